"""How anything of a project is written: one way for all of its parts, so that everything can be taken back.

A row is changed by a mapping of fields; the event keeps both sides as they are stored. Adding and deleting are changes of ``deleted_at``.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db.models import Max, Min
from django.utils.dateparse import parse_datetime

from tenure.actions import events, notices
from tenure.actions.refusals import Refused
from tenure.models import (
    Event,
    Notice,
    Project,
    ProjectComment,
    ProjectIssue,
    ProjectIssueState,
    ProjectLabel,
    ProjectMember,
    ProjectMilestone,
    User,
)
from tenure.queries import clock, projects_check, projects_tally, visible
from tenure.queries import projects as queries
from tenure.rules import projects_text
from tenure.rules.projects_check import Difference

Row = Project | ProjectIssue | ProjectLabel | ProjectMilestone | ProjectMember | ProjectComment
NOUNS: dict[str, type[Any]] = {
    "project": Project, "project_issue": ProjectIssue, "project_label": ProjectLabel, "project_milestone": ProjectMilestone,
    "project_member": ProjectMember, "project_comment": ProjectComment,
}  # fmt: skip
MANY = ("labels", "assignees")
SILENT = frozenset(
    {"base", "column_id", "position", "boxes", "ticked", "deleted_at", "closed_at", "closed_by_id", "version", "mentioned", "key"}
)
EARLIEST, LATEST = date(2000, 1, 1), date(2100, 1, 1)
UNKNOWN = "There is no such project."
DONE = "That has been done already."
CHANGED = "It has been changed since."
CONFIDENTIAL = "#{} (confidential)"  # what is told of such an issue
STEP = 1024  # between the positions of two cards


def noun_of(row: Row) -> str:
    """The noun of a row in the log."""
    return next(noun for noun, model in NOUNS.items() if isinstance(row, model))


def near(days: Mapping[str, date | None]) -> None:
    """Raises Refused for a day that nobody means."""
    for name, day in days.items():
        if day is not None and not EARLIEST <= day <= LATEST:
            raise Refused("That day is too far away.", "invalid", name)


def held(project: Project, actor: User | None, right: str = "edit", *, deleted: bool = False) -> Project:
    """The locked project, if the actor may: ``edit``, ``move`` or ``invite``. One change at a time in one project. Raises Refused."""
    rows = Project.objects.select_for_update(of=("self",), no_key=True).select_related("account", "owner")
    row = rows.filter(pk=project.pk).first()
    if row is None or (actor is not None and not visible.accounts(actor).filter(pk=row.account_id).exists()):
        raise Refused(UNKNOWN, "not_found")
    if (row.deleted_at is not None) != deleted:
        raise Refused(DONE if deleted else UNKNOWN, "conflict" if deleted else "not_found")
    if actor is not None and not visible.may(actor, queries.VIEW):
        raise Refused(UNKNOWN, "not_found")
    if actor is not None and not getattr(queries.rights(actor, row), right):
        if row.state == "archived" and right != "move":
            raise Refused("The project is archived: it can be read, not changed.", "conflict")
        raise Refused(f"You may not change {row.name}.", "not_allowed")
    return row


def part(project: Project, model: type[Any], pk: int | None, actor: User | None = None, *, deleted: bool = False) -> Any:
    """A part of a locked project. What is confidential isn't there for who may not read it. Raises Refused."""
    row = model.objects.filter(project=project, pk=pk).first() if pk else None
    if row is None or (row.deleted_at is not None) != deleted:
        raise Refused("That isn't there any more.", "not_found")
    if isinstance(row, ProjectIssue) and row.confidential and actor is not None and not queries.rights(actor, project).hidden:
        raise Refused("That isn't there any more.", "not_found")
    return row


def stored(row: Row, names: Sequence[str]) -> dict[str, Any]:
    """Fields as JSON keeps them: people and parts by id, days and moments as text."""
    return {name: _plain(_value(row, name)) for name in names}


def _value(row: Row, name: str) -> Any:
    if name in MANY:
        return sorted(getattr(row, name).values_list("pk", flat=True))
    return getattr(row, name)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date | datetime) else value


def _typed(row: Row, name: str, value: Any) -> Any:
    """A value from the log as the row has it."""
    kind = row._meta.get_field(name).get_internal_type() if name not in MANY else ""
    if kind == "DateTimeField" and isinstance(value, str):
        return parse_datetime(value)
    return date.fromisoformat(value) if kind == "DateField" and isinstance(value, str) else value


def write(
    project: Project, row: Row, values: Mapping[str, Any], verb: str, actor: User | None, at: datetime, **more: Any
) -> int | None:  # fmt: skip
    """Set what differs and tell; the id of the event, None where nothing differs. ``values`` by the names of the columns (``owner_id``); labels and
    assignees as lists of ids. ``more``: further parts of the event; ``before`` and ``after`` say it in other words."""
    new = {name: value for name, value in derived(row, values).items() if _value(row, name) != value}
    if not new:
        return None
    before, words = stored(row, list(new)), told(row, list(new))
    put(row, new, actor, at)
    sides = {"before": words, "after": told(row, list(new)), "undo": {"before": before, "after": stored(row, list(new))}}
    return tell(project, row, verb, actor, at, **{**sides, **more})


def made(
    project: Project, row: Row, actor: User | None, at: datetime, after: Mapping[str, Any] | None = None, **more: Any
) -> int:
    """Tell of a row that has just been added; taking it back deletes it."""
    undo = {"before": {"deleted_at": at.isoformat()}, "after": {"deleted_at": None}}
    return tell(project, row, "created", actor, at, after=dict(after or {}), undo=undo, **more)


def put(row: Row, values: Mapping[str, Any], actor: User | None, at: datetime) -> None:
    """Save fields. Of an issue that is closed or opened again a line is kept for the burndown; of one that becomes confidential nobody hears
    any more who may not read it."""
    plain = {name: value for name, value in values.items() if name not in MANY}
    before, shut = (row.state, row.confidential) if isinstance(row, ProjectIssue) else ("", False)
    for name, value in plain.items():
        setattr(row, name, value)
    if isinstance(row, ProjectIssue | Project):
        row.updated_at = at
        plain["updated_at"] = at
    row.save(update_fields=list(plain)) if plain else None
    for name in MANY:
        if name in values:
            getattr(row, name).set(values[name])
    if isinstance(row, ProjectIssue) and row.state != before:
        turned(row, "closed" if row.state == "closed" else "reopened", actor, at)
    if isinstance(row, ProjectIssue) and row.confidential and not shut:
        _hush(row, at)


def _hush(issue: ProjectIssue, at: datetime) -> None:
    """People who may not read an issue that is confidential now keep the notices of it without what they said; those that wait don't go."""
    project = issue.project
    rows = Notice.objects.filter(account=project.account_id, url=f"/projects/{project.pk}/issues/{issue.iid}/")
    people = set(rows.exclude(user=None).values_list("user_id", flat=True))
    rows = rows.filter(user__in=people - queries.readers(project, people, confidential=True))
    notices.settle(rows & notices.pending("mention", "comment", "cta"), "The issue became confidential", at=at)
    rows.update(title=CONFIDENTIAL.format(issue.iid), body="")


def turned(issue: ProjectIssue, state: str, actor: User | None, at: datetime) -> None:
    """Keep a line of an issue that was opened, closed or opened again, for the burndown."""
    ProjectIssueState.objects.create(issue=issue, state=state, at=at, on=clock.day_of(at), by=actor)


def derived(row: Row, values: Mapping[str, Any]) -> dict[str, Any]:
    """What follows along: the column of an issue from its labels, its place in it, the boxes from its text."""
    found = dict(values)
    if not isinstance(row, ProjectIssue):
        return found
    if "description" in found:
        found["ticked"], found["boxes"] = projects_text.progress(found["description"])
    if "labels" in found:
        column = (
            ProjectLabel.objects.filter(pk__in=found["labels"], board=True, deleted_at=None).order_by("position", "pk").first()
        )
        found["column_id"] = column.pk if column else None
        if found["column_id"] != row.column_id and "position" not in found:
            found["position"] = top(row.project_id, found["column_id"])
    return found


def top(project_id: int, column_id: int | None) -> int:
    """The place above the first card of a column."""
    rows = ProjectIssue.objects.filter(project=project_id, state="opened", column=column_id, deleted_at=None)
    first = rows.aggregate(least=Min("position"))["least"]
    return (first or 0) - STEP


def told(row: Row, names: Sequence[str]) -> dict[str, Any]:
    """Fields in words, for the log: names instead of ids, texts cut."""
    found: dict[str, Any] = {}
    for name in names:
        if name in SILENT:
            continue
        plain = name.removesuffix("_id")
        value = ", ".join(str(one) for one in getattr(row, name).all()) if name in MANY else getattr(row, plain)
        found[plain] = str(value)[:300] if isinstance(value, str) or hasattr(value, "pk") else _plain(value)
    return found


def tell(project: Project, row: Row, verb: str, actor: User | None, at: datetime, **sides: Any) -> int:
    """Append the event; its id. Of what is confidential the log says that there was something, not what."""
    noun = noun_of(row)
    issue = row.issue if isinstance(row, ProjectComment) else row if isinstance(row, ProjectIssue) else None
    name = str(issue or (row.user if isinstance(row, ProjectMember) else row))
    if issue is not None and issue.confidential:
        name = CONFIDENTIAL.format(issue.iid)
        sides = {key: {} if key in ("before", "after") else value for key, value in sides.items() if key != "box"}
    events.record(
        f"{noun}.{verb}",
        noun,
        row.pk,
        at=at,
        actor=actor,
        account_id=project.account_id,
        **{"name": name, "project": project.pk, **sides},
    )
    return events.last()[0]


def take_back(project: Project, ids: Sequence[int], actor: User | None, at: datetime) -> None:
    """Take events of a locked project back, the latest first. Raises Refused where what one of them wrote has been changed since."""
    rows = Event.objects.filter(pk__in=ids, account_id=project.account_id, noun__in=NOUNS).order_by("-pk")
    found = list(rows)
    if not found or len(found) != len(set(ids)):
        raise Refused("There is nothing to take back.", "not_found")
    for event in found:
        _take_back(project, event, actor, at)


def _take_back(project: Project, event: Event, actor: User | None, at: datetime) -> None:
    body = json.loads(event.body)
    kept, row = body.get("undo"), _row_of(project, event, body)
    if kept is None or row is None:
        raise Refused("There is nothing to take back.", "not_found")
    after = {name: value for name, value in kept["after"].items() if name not in ("closed_at", "position")}
    if stored(row, list(after)) != after:
        raise Refused(CHANGED, "conflict")
    values = {name: _typed(row, name, value) for name, value in kept["before"].items()}
    if values.get("deleted_at") is not None:
        values["deleted_at"] = at
    words = told(row, list(values))
    if event.verb.endswith(".created") and isinstance(row, ProjectIssue | ProjectLabel | ProjectMilestone):
        values["key"] = ""  # it was never there: a mend or a later template may bring it again
    put(row, values, actor, at)
    tell(project, row, "undone", actor, at, before=words, after=told(row, list(values)), of=event.pk)
    if isinstance(row, Project):
        project.refresh_from_db()


def _row_of(project: Project, event: Event, body: Mapping[str, Any]) -> Any:
    """What an event was about, if it is of this project."""
    if event.noun == "project":
        return project if event.object_id == project.pk else None
    rows = NOUNS[event.noun].objects.filter(pk=event.object_id)
    return (rows.filter(issue__project=project) if event.noun == "project_comment" else rows.filter(project=project)).first()


def settle(project: Project, today: date) -> None:
    """Bring the columns of lists up to date: how many issues, how far, in how much it differs, whether its template has moved on."""
    project.tally = projects_tally.counted(project)
    all_of_it = projects_tally.progress(project, hidden=True)
    values = {
        "tally": project.tally, "issues_open": all_of_it.opened, "issues_closed": all_of_it.closed, "progress": all_of_it.percent,
        **compared(project, projects_check.differences(project, today), today),
    }  # fmt: skip
    for name, value in values.items():
        setattr(project, name, value)
    project.save(update_fields=list(values))


def compared(project: Project, found: Sequence[Difference], today: date) -> dict[str, int | bool]:
    """What lists say of a project's template: in how much it differs (and whether one of these is that it was to be moved), whether there is a later one."""
    unmoved = any(one.kind == "phase" for one in found)
    return {"differs": len(found), "unmoved": unmoved, "outdated": queries.newer(project, today) is not None}


def next_position(model: type[Any], project: Project) -> int:
    """The place after the last label or milestone."""
    return (model.objects.filter(project=project).aggregate(most=Max("position"))["most"] or 0) + 1
