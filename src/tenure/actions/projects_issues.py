"""Issues of a project: adding, changing, closing, moving on the board, ticking boxes in place, many at once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from tenure.actions import merging
from tenure.actions.merging import Clash
from tenure.actions.notices import Letter, queue
from tenure.actions.projects_making import number
from tenure.actions.projects_writing import DONE, STEP, derived, held, made, near, part, settle, top, turned, write
from tenure.actions.refusals import Refused
from tenure.models import Project, ProjectIssue, ProjectLabel, ProjectMember, ProjectMilestone, User
from tenure.queries import projects as queries
from tenure.rules import projects_text
from tenure.rules.projects import scope

FIELDS = ("title", "description", "labels", "milestone", "assignees", "due_date", "weight", "confidential")
LONGEST = 100_000  # characters
HEAVIEST = 100
MOST = 500  # changed at once
VERBS = {"closed": "closed", "opened": "reopened", "": "updated"}  # by the state that is written
STALE = "This list has been changed since you opened it. Look at it again."


@dataclass(frozen=True)
class Bulk:
    """What came of a change of many: ids of the issues that it changed, the events that take it back, and (issue, sentence) of those it didn't."""

    done: Sequence[int] = ()
    events: Sequence[int] = ()
    refused: Sequence[tuple[str, str]] = field(default_factory=tuple)


def create(
    project: Project, fields: Mapping[str, Any], *, today: date, actor: User | None, at: datetime
) -> tuple[ProjectIssue, int]:
    """Add an issue; a title is needed. Returns it with the event that takes it back. Raises Refused."""
    with transaction.atomic():
        row = held(project, actor)
        values = checked(row, {"title": "", **fields})
        if values.get("confidential") and actor is not None and not queries.rights(actor, row).hidden:
            raise Refused("You may not read what is confidential here.", "not_allowed", "confidential")
        many = {name: values.pop(name) for name in ("labels", "assignees") if name in values}
        issue = ProjectIssue(project=row, iid=number(row), author=actor, created_at=at, updated_at=at, position=top(row.pk, None))
        for name, value in derived(issue, {**values, "labels": many.get("labels", [])}).items():
            if name != "labels":
                setattr(issue, name, value)
        issue.save()
        issue.labels.set(many.get("labels", ()))
        issue.assignees.set(many.get("assignees", ()))
        turned(issue, "opened", actor, at)
        event = made(row, issue, actor, at, {"title": issue.title})
        _tell_new(row, issue, set(many.get("assignees", ())), actor, at)
        settle(row, today)
    project.refresh_from_db()
    return issue, event


def change(
    project: Project, pk: int, fields: Mapping[str, Any], *, today: date, actor: User | None, at: datetime, seen: Mapping[str, Any] | None = None
) -> tuple[int | None, Sequence[Clash]]:  # fmt: skip
    """Change fields of an issue; the event that takes it back (None: nothing differs), and what was not saved because somebody else had changed it since
    it was ``seen``. Raises Refused."""
    with transaction.atomic():
        row = held(project, actor)
        issue = part(row, ProjectIssue, pk, actor)
        values = checked(row, fields)
        now = {
            name: sorted(getattr(issue, name).values_list("pk", flat=True))
            if name in ("labels", "assignees")
            else getattr(issue, name)
            for name in values
        }
        mine, clashes = merging.split(now, values, dict(seen or {}))
        before = set(now.get("assignees", ()))
        event = write(row, issue, mine, "updated", actor, at)
        _tell_new(row, issue, set(mine.get("assignees", ())) - before, actor, at)
        settle(row, today)
    project.refresh_from_db()
    return event, clashes


def close(project: Project, pk: int, *, today: date, actor: User | None, at: datetime) -> int:
    """Close an issue. Raises Refused."""
    return _turn(project, pk, "closed", today, actor, at)


def reopen(project: Project, pk: int, *, today: date, actor: User | None, at: datetime) -> int:
    """Open a closed issue again. Raises Refused."""
    return _turn(project, pk, "opened", today, actor, at)


def delete(project: Project, pk: int, *, today: date, actor: User | None, at: datetime) -> int:
    """Delete an issue; taking it back brings it back. Raises Refused."""
    with transaction.atomic():
        row = held(project, actor)
        event = write(row, part(row, ProjectIssue, pk, actor), {"deleted_at": at}, "deleted", actor, at)
        settle(row, today)
    project.refresh_from_db()
    return event or 0


def move(project: Project, pk: int, to: str, *, today: date, actor: User | None, at: datetime) -> int | None:
    """Put an issue into a column of the board: ``closed``, ``open`` (no column), or the id of a label that is a column. It comes on top. Raises Refused."""
    with transaction.atomic():
        row = held(project, actor)
        issue = part(row, ProjectIssue, pk, actor)
        values = _column(row, issue, to)
        if to == "closed":
            values |= _state("closed", actor, at) if issue.state != "closed" else {}
        elif issue.state == "closed":
            values |= _state("opened", actor, at)
        verb = "closed" if to == "closed" else "moved"
        event = write(row, issue, values, verb, actor, at) if values else None
        settle(row, today)
    project.refresh_from_db()
    return event


def tick(
    project: Project, pk: int, box: int, words: str, done: bool, *, actor: User | None, at: datetime, guest: str = ""
) -> int | None:  # fmt: skip
    """Tick one box of an issue's checklist, or take the tick away: the text that is there now is changed in that one place. Where the box isn't to be
    found any more, nothing is. ``guest``: the name of who does it for a guest (who has no log-in; ``actions.projects_guests`` asks for the right). Raises Refused."""
    with transaction.atomic():
        row = held(project, actor)
        issue = part(row, ProjectIssue, pk, actor)
        text = projects_text.ticked(issue.description, box, words, done)
        if text is None:
            raise Refused(STALE, "conflict")
        said = {"before": {}, "after": {"text": words[:200], "state": "ticked" if done else "open"}}
        more = {**said, "guest": guest} if guest else said
        return write(row, issue, {"description": text}, "ticked", actor, at, **more)


def bulk(
    project: Project, ids: Iterable[int], fields: Mapping[str, Any], *, today: date, actor: User | None, at: datetime
) -> Bulk:
    """Change many issues the same way. ``fields``: milestone, due_date, weight, confidential, assignees as in ``change``; ``add_labels`` and
    ``drop_labels`` (ids); ``state``. Raises Refused, then nothing is changed."""
    wanted = list(dict.fromkeys(ids))
    if not wanted:
        raise Refused("Choose at least one issue.", "invalid")
    if len(wanted) > MOST:
        raise Refused(f"At most {MOST} can be changed at once.", "invalid")
    with transaction.atomic():
        row = held(project, actor)
        hidden = actor is None or queries.rights(actor, row).hidden
        found: QuerySet[ProjectIssue] = (
            queries.issues(row, hidden).filter(pk__in=wanted).prefetch_related("labels").order_by("pk")
        )
        shared = checked(row, {name: value for name, value in fields.items() if name in FIELDS})
        add, drop = (_labels(row, fields.get(name, ())) for name in ("add_labels", "drop_labels"))
        done: list[int] = []
        kept: list[int] = []
        for issue in found:
            values = {**shared, **_each(issue, fields, add, drop, actor, at)}
            event = write(row, issue, values, VERBS[str(values.get("state", ""))], actor, at)
            if event is not None:
                done.append(issue.pk)
                kept.append(event)
        settle(row, today)
    project.refresh_from_db()
    return Bulk(done, kept, [(f"{len(wanted) - len(done)} issues", "were so already")] if len(wanted) > len(done) else [])


# --- checks and steps


def checked(project: Project, fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields as they are stored: labels and assignees as sorted ids, the milestone as its id. Raises Refused."""
    if strange := sorted(set(fields) - set(FIELDS)):
        raise Refused(f"An issue has no {strange[0]}.", "invalid", strange[0])
    values: dict[str, Any] = {
        name: value.replace("\r\n", "\n").strip() if isinstance(value, str) else value for name, value in fields.items()
    }
    if "title" in values and (not 1 <= len(values["title"]) <= 255 or "\x00" in values["title"]):
        raise Refused("Give the issue a title of at most 255 characters.", "invalid", "title")
    if "description" in values and (len(values["description"]) > LONGEST or "\x00" in values["description"]):
        raise Refused(f"A description has at most {LONGEST:,} characters.", "invalid", "description")
    if values.get("weight") is not None and not 0 <= values["weight"] <= HEAVIEST:
        raise Refused(f"A weight is a number from 0 to {HEAVIEST}.", "invalid", "weight")
    near({"due_date": values.get("due_date")})
    if "labels" in values:
        values["labels"] = exclusive(_labels(project, values["labels"]))
    if "assignees" in values:
        values["assignees"] = _people(project, values["assignees"])
    if "milestone" in values:
        values["milestone_id"] = _milestone(project, values.pop("milestone"))
    return values


def exclusive(labels: Sequence[ProjectLabel]) -> list[int]:
    """Ids of labels of which each scope has one: of several the last."""
    kept: dict[str, int] = {}
    for one in labels:
        kept[scope(one.name) or f"#{one.pk}"] = one.pk
    return sorted(kept.values())


def _labels(project: Project, ids: Iterable[int]) -> list[ProjectLabel]:
    wanted = list(dict.fromkeys(ids))
    found = {row.pk: row for row in ProjectLabel.objects.filter(project=project, pk__in=wanted, deleted_at=None)}
    if len(found) != len(wanted):
        raise Refused("One of these labels isn't there any more.", "invalid", "labels")
    return [found[pk] for pk in wanted]


def _people(project: Project, ids: Iterable[int]) -> list[int]:
    wanted = sorted(set(ids))
    inside = set(
        ProjectMember.objects.filter(project=project, user__in=wanted, deleted_at=None).values_list("user_id", flat=True)
    )
    if len(inside) != len(wanted):
        raise Refused("An issue is given to members of the project only: add them first.", "invalid", "assignees")
    return wanted


def _milestone(project: Project, pk: int | None) -> int | None:
    if pk is not None and not ProjectMilestone.objects.filter(project=project, pk=pk, deleted_at=None).exists():
        raise Refused("That milestone isn't there any more.", "invalid", "milestone")
    return pk


def _each(
    issue: ProjectIssue, fields: Mapping[str, Any], add: Sequence[ProjectLabel], drop: Sequence[ProjectLabel], actor: User | None, at: datetime
) -> dict[str, Any]:  # fmt: skip
    """What a change of many writes to one of them."""
    values: dict[str, Any] = {}
    if add or drop:
        gone = {one.pk for one in drop}
        values["labels"] = exclusive([*(one for one in issue.labels.all() if one.pk not in gone), *add])
    if fields.get("state") in ("opened", "closed") and issue.state != fields["state"]:
        values |= _state(fields["state"], actor, at)
    return values


def _state(state: str, actor: User | None, at: datetime) -> dict[str, Any]:
    closed = state == "closed"
    return {"state": state, "closed_at": at if closed else None, "closed_by_id": actor.pk if closed and actor else None}


def _column(project: Project, issue: ProjectIssue, to: str) -> dict[str, Any]:
    """The labels of an issue in a column, and its place."""
    if to == "closed":
        return {}
    label = _labels(project, [int(to)])[0] if to.isascii() and to.isdecimal() and len(to) < 18 else None
    if (label is None and to != "open") or (label is not None and not label.board):
        raise Refused("The board has no such column.", "invalid")
    kept = [one for one in issue.labels.filter(deleted_at=None) if not one.board]
    place = (
        {"position": top(project.pk, label.pk if label else None) - STEP}
        if (label.pk if label else None) != issue.column_id
        else {}
    )
    return {"labels": exclusive([*kept, *([label] if label else [])]), **place}


def _turn(project: Project, pk: int, state: str, today: date, actor: User | None, at: datetime) -> int:
    with transaction.atomic():
        row = held(project, actor)
        issue = part(row, ProjectIssue, pk, actor)
        if issue.state == state:
            raise Refused(DONE, "conflict")
        event = write(row, issue, _state(state, actor, at), "closed" if state == "closed" else "reopened", actor, at)
        settle(row, today)
    project.refresh_from_db()
    return event or 0


def _tell_new(project: Project, issue: ProjectIssue, people: set[int], actor: User | None, at: datetime) -> None:
    """Who is given an issue hears of it; nobody of their own."""
    url = f"/projects/{project.pk}/issues/{issue.iid}/"
    told = [pk for pk in sorted(queries.readers(project, people, issue.confidential)) if actor is None or pk != actor.pk]
    who = str(actor) if actor else "Tenure"
    queue(
        [
            Letter(
                pk,
                "cta",
                f"{who} gave you #{issue.iid} {issue.title}"[:300],
                f"project_issue.given:{issue.pk}:{at.isoformat()}",
                project.name,
                url,
                project.account_id,
            )
            for pk in told
        ],
        at=at,
    )
