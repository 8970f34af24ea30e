"""Labels and milestones of a project, and who is in it."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, get_args

from django.db import transaction

from tenure.actions import merging
from tenure.actions.merging import Clash
from tenure.actions.projects_making import joined
from tenure.actions.projects_writing import held, made, near, next_position, part, settle, write
from tenure.actions.refusals import Refused
from tenure.models import Project, ProjectIssue, ProjectLabel, ProjectMember, ProjectMilestone, User
from tenure.queries import projects as queries
from tenure.rules.projects import Colour

COLOURS = get_args(Colour)
MOST_COLUMNS = 8
LABEL, MILESTONE = ("name", "color", "note", "board"), ("title", "description", "start_date", "due_date", "state")


def save_label(
    project: Project, pk: int | None, fields: Mapping[str, Any], *, today: date, actor: User | None, at: datetime, seen: Mapping[str, Any] | None = None
) -> tuple[int | None, Sequence[Clash]]:  # fmt: skip
    """Add a label (``pk`` None) or change one; the event that takes it back, and what was not saved because somebody else had changed it since it was
    ``seen``. Raises Refused."""
    with transaction.atomic():
        row = held(project, actor)
        label = part(row, ProjectLabel, pk) if pk else None
        values, clashes = _merged(label, _label(row, label, fields), seen)
        if label is None:
            label = ProjectLabel.objects.create(project=row, position=next_position(ProjectLabel, row), **values)
            event: int | None = made(row, label, actor, at, {"name": label.name})
        else:
            event = write(row, label, values, "updated", actor, at)
            if "board" in values:
                _columns(label)
        settle(row, today)
    project.refresh_from_db()
    return event, clashes


def delete_label(project: Project, pk: int, *, today: date, actor: User | None, at: datetime) -> int | None:
    """Delete a label: issues keep the mark, and show it again when it is brought back. Raises Refused."""
    with transaction.atomic():
        row = held(project, actor)
        label = part(row, ProjectLabel, pk)
        event = write(row, label, {"deleted_at": at}, "deleted", actor, at)
        ProjectIssue.objects.filter(project=row, column=label).update(column=None)
        settle(row, today)
    project.refresh_from_db()
    return event


def save_milestone(
    project: Project, pk: int | None, fields: Mapping[str, Any], *, today: date, actor: User | None, at: datetime, seen: Mapping[str, Any] | None = None
) -> tuple[int | None, Sequence[Clash]]:  # fmt: skip
    """Add a milestone (``pk`` None) or change one; the event that takes it back, and what was not saved because somebody else had changed it since it was
    ``seen``. Raises Refused."""
    with transaction.atomic():
        row = held(project, actor)
        stone = part(row, ProjectMilestone, pk) if pk else None
        values, clashes = _merged(stone, _milestone(stone, fields), seen)
        _check_order(stone, values)
        if stone is None:
            row.next_milestone += 1
            row.save(update_fields=["next_milestone"])
            stone = ProjectMilestone.objects.create(
                project=row, iid=row.next_milestone - 1, position=next_position(ProjectMilestone, row), **values
            )
            event: int | None = made(row, stone, actor, at, {"title": stone.title})
        else:
            event = write(row, stone, values, "updated", actor, at)
        settle(row, today)
    project.refresh_from_db()
    return event, clashes


def delete_milestone(project: Project, pk: int, *, today: date, actor: User | None, at: datetime) -> list[int]:
    """Delete a milestone; its issues stand under none. The events that take it back. Raises Refused."""
    with transaction.atomic():
        row = held(project, actor)
        stone = part(row, ProjectMilestone, pk)
        below = ProjectIssue.objects.filter(project=row, milestone=stone, deleted_at=None).order_by("pk")
        events = [write(row, issue, {"milestone_id": None}, "updated", actor, at) for issue in below]
        events.insert(0, write(row, stone, {"deleted_at": at}, "deleted", actor, at))
        settle(row, today)
    project.refresh_from_db()
    return [event for event in events if event is not None]


def add_member(
    project: Project, user: User, role: str, access: str, *, today: date, actor: User | None, at: datetime
) -> list[int]:
    """Put somebody of ours into the project, and give them what waits for their role; the events that take it back. Raises Refused."""
    with transaction.atomic():
        row = held(project, actor)
        if user.pk not in {one.pk for one in queries.candidates(row)}:
            raise Refused(f"{user.name} is in the project already, or may see none.", "invalid", "user")
        member = ProjectMember.objects.create(project=row, user=user, role=role[:40], access=_access(access), added_at=at)
        events = [made(row, member, actor, at, {"name": user.name, "access": member.access}), *joined(row, member, actor, at)]
        settle(row, today)
    project.refresh_from_db()
    return events


def change_member(project: Project, pk: int, access: str, *, today: date, actor: User | None, at: datetime) -> int | None:
    """Give a member another access. Raises Refused."""
    with transaction.atomic():
        row = held(project, actor)
        event = write(row, part(row, ProjectMember, pk), {"access": _access(access)}, "updated", actor, at)
        settle(row, today)
    project.refresh_from_db()
    return event


def remove_member(project: Project, pk: int, *, today: date, actor: User | None, at: datetime) -> int | None:
    """Take a member out; issues that they were given stay theirs until somebody else is. Raises Refused."""
    with transaction.atomic():
        row = held(project, actor)
        member = part(row, ProjectMember, pk)
        event = write(row, member, {"deleted_at": at}, "deleted", actor, at)
        settle(row, today)
    project.refresh_from_db()
    return event


# --- checks


def _access(access: str) -> str:
    terms = queries.book().terms
    if not terms or access not in {one.key for one in terms.access}:
        raise Refused("Choose an access of the handbook.", "invalid", "access")
    return access


def _label(project: Project, label: ProjectLabel | None, fields: Mapping[str, Any]) -> dict[str, Any]:
    values = {name: fields[name].strip() if isinstance(fields[name], str) else fields[name] for name in LABEL if name in fields}
    if label is None or "name" in values:
        name = values.get("name", "")
        if not 1 <= len(name) <= 100 or "\x00" in name or "," in name:
            raise Refused("Give the label a name of at most 100 characters, without a comma.", "invalid", "name")
        others = ProjectLabel.objects.filter(project=project, name=name, deleted_at=None).exclude(pk=label.pk if label else 0)
        if others.exists():
            raise Refused("The project has a label of this name.", "invalid", "name")
    if values.get("color", "n") not in COLOURS:
        raise Refused("Choose one of the colours.", "invalid", "color")
    if len(values.get("note", "")) > 300 or "\x00" in values.get("note", ""):
        raise Refused("A note has at most 300 characters.", "invalid", "note")
    more = values.get("board") and not (label and label.board)
    if more and ProjectLabel.objects.filter(project=project, board=True, deleted_at=None).count() >= MOST_COLUMNS:
        raise Refused(f"A board has at most {MOST_COLUMNS} columns of labels.", "invalid", "board")
    return values


def _columns(label: ProjectLabel) -> None:
    """The issues that have a label stand in its column, or no more."""
    if label.board:
        ProjectIssue.objects.filter(labels=label, column=None).update(column=label)
    else:
        ProjectIssue.objects.filter(column=label).update(column=None)


def _milestone(stone: ProjectMilestone | None, fields: Mapping[str, Any]) -> dict[str, Any]:
    values = {
        name: fields[name].strip() if isinstance(fields[name], str) else fields[name] for name in MILESTONE if name in fields
    }
    if (stone is None or "title" in values) and (
        not 1 <= len(values.get("title", "")) <= 200 or "\x00" in values.get("title", "")
    ):
        raise Refused("Give the milestone a title of at most 200 characters.", "invalid", "title")
    if len(values.get("description", "")) > 20_000 or "\x00" in values.get("description", ""):
        raise Refused("A description has at most 20,000 characters.", "invalid", "description")
    if values.get("state", "active") not in ("active", "closed"):
        raise Refused("A milestone is active or closed.", "invalid", "state")
    near({name: values.get(name) for name in ("start_date", "due_date")})
    return values


def _check_order(stone: ProjectMilestone | None, values: Mapping[str, Any]) -> None:
    start = values.get("start_date", stone.start_date if stone else None)
    due = values.get("due_date", stone.due_date if stone else None)
    if start and due and due < start:
        raise Refused("It is due on or after the day on which it begins.", "invalid", "due_date")


def _merged(
    row: ProjectLabel | ProjectMilestone | None, values: dict[str, Any], seen: Mapping[str, Any] | None
) -> tuple[dict[str, Any], Sequence[Clash]]:
    """What to write of the values, and what clashes with what somebody else wrote meanwhile."""
    return (values, ()) if row is None else merging.split({name: getattr(row, name) for name in values}, values, dict(seen or {}))
