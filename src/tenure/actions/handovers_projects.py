"""What hand-overs do to customer projects: the sale's moves them past the sale, another TAM takes the old one's place in them."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from tenure.actions import projects, projects_writing
from tenure.models import HandOver, Project, ProjectIssue, ProjectMember, User
from tenure.queries import projects as queries

AFTER = "post_sales"
Kept = dict[str, Any]  # {"project": id, "events": [ids]}: what takes it back


def move(row: HandOver, *, today: date, actor: User | None, at: datetime) -> list[Kept]:
    """Move the account's projects of before the sale past it, with the template's owner and access; those of an account that isn't known to pay
    stay."""
    found: list[Kept] = []
    if not queries.is_paid(row.account, today):
        return found
    for project in queries.live_of(row.account_id).exclude(phase=AFTER).exclude(state="archived").order_by("pk"):
        by = actor if actor is None or queries.rights(actor, project).move else None
        found.append({"project": project.pk, "events": projects.move(project, AFTER, today=today, actor=by, at=at)})
    return found


def pass_on(
    account_ids: Collection[int], giver: User, taker: User, *, today: date, actor: User | None, at: datetime
) -> list[Kept]:
    """Put the taker into the giver's place in the projects of these accounts: as member with the same access, as owner, and on open issues."""
    found = []
    rows = Project.objects.filter(account__in=account_ids, deleted_at=None).exclude(state="archived").order_by("pk")
    for project in rows.filter(pk__in=ProjectMember.objects.filter(user=giver, deleted_at=None).values("project")):
        row = projects_writing.held(project, None)
        events = [*_members(row, giver, taker, actor, at), *_issues(row, giver, taker, actor, at)]
        if row.owner_id == giver.pk:
            events.append(projects_writing.write(row, row, {"owner_id": taker.pk}, "updated", actor, at))
        projects_writing.settle(row, today)
        found.append({"project": project.pk, "events": [event for event in events if event]})
    return found


def take_back(kept: Sequence[Mapping[str, Any]], *, today: date, actor: User, at: datetime) -> None:
    """Take both back. Raises Refused where something of a project was changed since."""
    for one in kept:
        if one["events"]:
            row = projects_writing.held(Project.objects.get(pk=one["project"]), None)
            projects_writing.take_back(row, one["events"], actor, at)
            projects_writing.settle(row, today)


def _members(project: Project, giver: User, taker: User, actor: User | None, at: datetime) -> list[int | None]:
    old = ProjectMember.objects.filter(project=project, user=giver, deleted_at=None).get()
    events: list[int | None] = [projects_writing.write(project, old, {"deleted_at": at}, "deleted", actor, at)]
    there = ProjectMember.objects.filter(project=project, user=taker, deleted_at=None).first()
    if there is not None:
        return [*events, projects_writing.write(project, there, {"access": old.access, "role": old.role}, "updated", actor, at)]
    made = ProjectMember.objects.create(project=project, user=taker, role=old.role, access=old.access, added_at=at)
    return [*events, projects_writing.made(project, made, actor, at, {"name": taker.name, "access": made.access})]


def _issues(project: Project, giver: User, taker: User, actor: User | None, at: datetime) -> list[int | None]:
    events = []
    for issue in ProjectIssue.objects.filter(project=project, state="opened", assignees=giver, deleted_at=None).order_by("pk"):
        people = {pk for pk in issue.assignees.values_list("pk", flat=True) if pk != giver.pk} | {taker.pk}
        events.append(projects_writing.write(project, issue, {"assignees": sorted(people)}, "updated", actor, at))
    return events
