"""The parts of a project as its template has them: all of them for a new one, one of them where it is missing."""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any

from django.db.models import F

from tenure.actions.projects_writing import STEP, next_position, top, turned, write
from tenure.models import Event, Project, ProjectIssue, ProjectLabel, ProjectMember, ProjectMilestone, User
from tenure.queries import projects as queries
from tenure.queries import projects_template
from tenure.rules import projects_text
from tenure.rules.projects import TemplateShape
from tenure.rules.projects_merge import Fields


def fill(project: Project, template: TemplateShape, *, today: date, actor: User | None, at: datetime) -> dict[str, int]:
    """Everything of a template in a new project; how many of each."""
    said = projects_template.of_project(project, template)
    people = queries.people_of(project.account_id, today)
    roles = add_members(project, template, people, actor, at)
    labels = {key: label(project, key, fields) for key, fields in said.labels.items()}
    stones = {key: milestone(project, key, fields) for key, fields in said.milestones.items()}
    for number, one in enumerate(template.issues):
        fields = said.issues[one.key]
        row = issue(project, one.key, fields, labels, stones, one.role or "", actor, at, position=number * STEP)
        if one.role in roles:
            row.assignees.set([roles[one.role]])
    project.save(update_fields=["owner"])
    return {"labels": len(labels), "milestones": len(stones), "issues": len(template.issues), "members": len(roles)}


def add_members(
    project: Project, template: TemplateShape, people: Mapping[str, list[User]], actor: User | None, at: datetime
) -> dict[str, User]:  # fmt: skip
    """Who works on the account, by the template; who owns it in its phase, else who makes it, is its owner. Role -> person."""
    found: dict[str, User] = {}
    for one in template.members:
        access, there = one.access(project.phase), people.get(one.role)
        if access and there and there[0].pk not in {user.pk for user in found.values()}:
            found[one.role] = there[0]
            ProjectMember.objects.create(project=project, user=there[0], role=one.role, access=access, added_at=at)
            if access == "maintainer" and project.owner_id is None:
                project.owner = there[0]
    if actor is not None and actor.pk not in {user.pk for user in found.values()}:
        role = next((key for key in actor.role_keys), "")
        ProjectMember.objects.create(project=project, user=actor, role=role, access="maintainer", added_at=at)
    project.owner = project.owner or actor
    return found


def joined(project: Project, member: ProjectMember, actor: User | None, at: datetime) -> list[int]:
    """Give who has a role in the project what waits for it: the open issues of that role that are nobody's, unless a person wanted it so; and the project
    itself where its phase gives it to the role and only who made it has it so far. The events that take it back."""
    rows = ProjectIssue.objects.filter(project=project, role=member.role, state="opened", deleted_at=None).exclude(role="")
    waiting = list(rows.filter(assignees=None).order_by("pk"))
    taken = _taken_away(project, waiting)
    events = [
        write(project, row, {"assignees": [member.user_id]}, "updated", actor, at) for row in waiting if row.pk not in taken
    ]
    template = queries.template_of(project)
    owners = {one.role for one in template.members if one.access(project.phase) == "maintainer"} if template else set()
    has = ProjectMember.objects.filter(project=project, user=project.owner_id, role__in=owners, deleted_at=None).exists()
    if member.role in owners and not has and project.owner_id in (None, project.created_by_id):
        events.append(write(project, project, {"owner_id": member.user_id}, "updated", actor, at))
    return [event for event in events if event]


def _taken_away(project: Project, waiting: Collection[ProjectIssue]) -> set[int]:
    """Those of issues that are nobody's because somebody took them from who had them; what was taken back isn't among them."""
    if not waiting:
        return set()
    rows = Event.objects.filter(account_id=project.account_id, noun="project_issue", object_id__in=[row.pk for row in waiting])
    last = dict(rows.filter(body__contains='"assignees":').order_by("pk").values_list("object_id", "verb"))
    return {pk for pk, verb in last.items() if pk is not None and verb not in ("project_issue.undone", "project_issue.created")}


def label(project: Project, key: str, fields: Fields) -> ProjectLabel:
    """A label of the template. One of the same name that people made becomes it."""
    row = ProjectLabel.objects.filter(project=project, name=fields["name"], deleted_at=None).first()
    row = row or ProjectLabel(project=project, position=next_position(ProjectLabel, project))
    _keep(row, key, fields, ("name", "color", "note", "board"))
    return row


def milestone(project: Project, key: str, fields: Fields) -> ProjectMilestone:
    """A milestone of the template."""
    iid = project.next_milestone
    project.next_milestone = iid + 1
    Project.objects.filter(pk=project.pk).update(next_milestone=F("next_milestone") + 1)
    row = ProjectMilestone(project=project, iid=iid, position=next_position(ProjectMilestone, project))
    _keep(row, key, _days(fields), ("title", "description", "start_date", "due_date"), fields)
    return row


def issue(
    project: Project, key: str, fields: Fields, labels: Mapping[str, ProjectLabel], stones: Mapping[str, ProjectMilestone], role: str,
    actor: User | None, at: datetime, position: int | None = None,
) -> ProjectIssue:  # fmt: skip
    """An issue of the template, with its labels and under its milestone as far as they are there. Nobody is given it yet."""
    worn = [labels[one] for one in fields.get("labels", ()) if one in labels]
    column = next((one for one in worn if one.board), None)
    plain = _days(fields)
    ticked, boxes = projects_text.progress(plain["description"])
    row = ProjectIssue.objects.create(
        project=project, iid=number(project), title=plain["title"], description=plain["description"], weight=plain.get("weight"),
        confidential=plain.get("confidential", False), due_date=plain.get("due_date"), milestone=stones.get(fields.get("milestone") or ""),
        column=column, position=top(project.pk, column.pk if column else None) if position is None else position, key=key, base=dict(fields), role=role,
        boxes=boxes, ticked=ticked, author=actor, created_at=at, updated_at=at,
    )  # fmt: skip
    row.labels.set(worn)
    turned(row, "opened", actor, at)
    return row


def number(project: Project) -> int:
    """The next number of an issue of a locked project: given once."""
    found = project.next_issue
    project.next_issue = found + 1
    Project.objects.filter(pk=project.pk).update(next_issue=F("next_issue") + 1)
    return found


def _days(fields: Fields) -> dict[str, Any]:
    return {
        name: date.fromisoformat(value) if name.endswith("_date") and isinstance(value, str) else value
        for name, value in fields.items()
    }


def _keep(row: Any, key: str, fields: Fields, names: tuple[str, ...], base: Fields | None = None) -> None:
    for name in names:
        setattr(row, name, fields.get(name, getattr(row, name)))
    row.key, row.base = key, dict(fields if base is None else base)
    row.save()
