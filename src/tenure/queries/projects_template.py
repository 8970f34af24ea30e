"""What a version of a template says of a project, field by field as rows keep it; and what a later version would change."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from tenure.models import Account, Project, ProjectIssue, ProjectLabel, ProjectMilestone
from tenure.queries import projects
from tenure.rules import projects as rules
from tenure.rules import projects_merge
from tenure.rules.projects import TemplateShape
from tenure.rules.projects_merge import Change, Fields, Part

WHOLE = "project"  # the one part of the noun "project"


@dataclass(frozen=True)
class Sides:
    """The parts of a template for one project: key -> fields. Labels and milestones of issues by their keys, days as ISO text."""

    project: Fields
    labels: dict[str, Fields]
    milestones: dict[str, Fields]
    issues: dict[str, Fields]


def sides(template: TemplateShape, words: Mapping[str, str], start: date, contract: date | None) -> Sides:
    """What a version says with these words in its placeholders, for a project of these days."""
    return Sides(
        {part: rules.filled(getattr(template, part), words).strip() for part in rules.TEXTS},
        {one.key: {"name": one.name, "color": one.color, "board": one.board, "note": one.note} for one in template.labels},
        {one.key: {"title": one.title, "description": one.text, **_days(one, start, contract)} for one in template.milestones},
        {one.key: {"title": rules.filled(one.title, words), "description": rules.filled(one.body, words).strip(), "labels": sorted(one.labels),
                   "milestone": one.milestone, "weight": one.weight, "confidential": one.confidential,
                   "due_date": _day(one.due, start, contract)} for one in template.issues},
    )  # fmt: skip


def _days(one: rules.MilestoneShape, start: date, contract: date | None) -> dict[str, str | None]:
    """When a milestone begins and is due. One counts from the start, the other from the contract: where these lie close together it begins the day it is
    due, not after."""
    begins, due = _day(one.begins, start, contract), _day(one.due, start, contract)
    return {"start_date": min(begins, due) if begins and due else begins, "due_date": due}


def _day(due: rules.DueShape | None, start: date, contract: date | None) -> str | None:
    found = due.on(start, contract) if due else None
    return found.isoformat() if found else None


def of_project(project: Project, template: TemplateShape) -> Sides:
    """What a version says of a project that is there."""
    return sides(template, words_of(project, template), project.start_date, project.contract_date)


def words_of(project: Project, template: TemplateShape) -> dict[str, str]:
    """What stands in the placeholders of a project: what was known when it was made. One made before people were filled in keeps its blanks."""
    people = project.base.get("people")
    blank = "" if people is None else rules.UNNAMED
    account = str(project.base.get("account") or project.account.name)
    return {"account": account, **dict.fromkeys(rules.blanks(template), blank), **(people or {})}


def people_of(account: Account, day: date) -> dict[str, str]:
    """Who is who at an account, as texts say it: its team by role, its contacts by what they are; who isn't there isn't told."""
    found = {role: people[0].name for role, people in projects.people_of(account.pk, day).items()}
    contacts = list(account.contacts.filter(deleted_at=None))
    for what in rules.CONTACTS:
        named = [one.name for one in contacts if getattr(one, f"is_{what}")]
        found |= {what: ", ".join(named)} if named else {}
    return {key: rules.spelt(name) for key, name in found.items()}


def ours(project: Project) -> dict[str, dict[str, Part]]:
    """What the project says, by noun and key: what came from its template, also what was deleted since. Five queries."""
    labels = list(ProjectLabel.objects.filter(project=project).exclude(key=""))
    stones = list(ProjectMilestone.objects.filter(project=project).exclude(key=""))
    rows = list(ProjectIssue.objects.filter(project=project).exclude(key=""))
    label_keys, stone_keys = {row.pk: row.key for row in labels}, {row.pk: row.key for row in stones}
    worn: dict[int, list[str]] = {row.pk: [] for row in rows}
    for issue, label in ProjectIssue.labels.through.objects.filter(projectissue__in=worn).values_list(
        "projectissue_id", "projectlabel_id"
    ):
        worn[issue] += [label_keys[label]] if label in label_keys else []
    texts = {part: getattr(project, part) for part in rules.TEXTS}
    return {
        "project": {WHOLE: Part(texts, {part: project.base.get(part, "") for part in rules.TEXTS})},
        "label": {row.key: _part(row, ("name", "color", "board", "note")) for row in labels},
        "milestone": {row.key: _part(row, ("title", "description", "start_date", "due_date")) for row in stones},
        "issue": {
            row.key: _part(row, ("title", "description", "weight", "confidential", "due_date"),
                           labels=sorted(worn[row.pk]), milestone=stone_keys.get(row.milestone_id or 0)) for row in rows
        },
    }  # fmt: skip


def _part(row: Any, names: tuple[str, ...], **more: Any) -> Part:
    fields = {name: value.isoformat() if isinstance(value := getattr(row, name), date) else value for name in names}
    return Part({**fields, **more}, row.base, row.deleted_at is not None)


def changes(project: Project, template: TemplateShape) -> list[Change]:
    """What a later version would change, in the order in which it is applied."""
    theirs, mine = of_project(project, template), ours(project)
    return [
        *projects_merge.changes("label", mine["label"], theirs.labels),
        *projects_merge.changes("milestone", mine["milestone"], theirs.milestones),
        *projects_merge.changes("issue", mine["issue"], theirs.issues),
        *projects_merge.changes("project", mine["project"], {WHOLE: theirs.project}),
    ]


def coming(project: Project, day: date) -> tuple[TemplateShape | None, list[Change]]:
    """The later version of the handbook of a day, if there is one, and what it would change."""
    found = projects.newer(project, day)
    return (found, changes(project, found)) if found else (None, [])
