"""Due dates and owners that move together: shown first, carried out as shown, taken back exactly."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction

from tenure.actions import cascades_writing as writing
from tenure.actions import ctas_steps as steps
from tenure.actions import onboardings, onboardings_runs
from tenure.actions.cascades_writing import Change, Held, Moment
from tenure.actions.refusals import Refused
from tenure.models import CallToAction, Cascade, Task, User
from tenure.queries import clock, ctas, handbook
from tenure.rules import calendars
from tenure.rules.calendars import Calendar, Offset

STALE = "{} was changed meanwhile. Nothing was moved: look again."
CHANGED = "{} was changed since, so nothing was taken back."


@dataclass(frozen=True)
class Move:
    """One row that would change with another: ``field`` is due_date or owner_id; ``asked`` is the row that was asked for."""

    noun: str
    pk: int
    title: str
    field: str
    before: Any
    after: Any
    asked: bool = False

    @property
    def key(self) -> str:
        """``task:12``, as forms send it."""
        return f"{self.noun}:{self.pk}"


def preview_due(row: CallToAction | Task, due_date: date, *, unit: str = "") -> list[Move]:
    """What moves when a due date moves: the row itself first, then the open tasks that come after it, by as much.

    After a CTA come its open tasks. After a task come those that depend on it, and, where nothing depends on anything, the
    later ones; the CTA too where it is not due before its last task and would be then. ``unit`` is days or business_days; blank: business days
    when both days are such days. Nothing is written.
    """
    cta, cal = _cta(row), calendar_of(_cta(row))
    moves = [_move(row, "due_date", due_date, asked=True)]
    old = row.due_date
    if old is None or old == due_date:
        return moves
    by = offset_between(old, due_date, cal, unit)
    later = _after(row)
    moves += [_move(task, "due_date", shifted(task.due_date, by, cal)) for task in later if task.due_date]
    tasks = [move for move in moves if move.noun == "task"]
    if (
        isinstance(row, Task)
        and cta.due_date
        and max(move.before for move in tasks) <= cta.due_date < max(move.after for move in tasks)
    ):
        moves.append(_move(cta, "due_date", max(move.after for move in tasks)))
    return [move for move in moves if move.asked or move.before != move.after]


def preview_owner(row: CallToAction | Task, owner: User | None) -> list[Move]:
    """What changes hands with a CTA: its open tasks that its owner had. A task changes hands alone. Nothing is written."""
    new = owner.pk if owner else None
    moves = [_move(row, "owner_id", new, asked=True)]
    if isinstance(row, CallToAction) and row.owner_id is not None and row.owner_id != new:
        mine = row.tasks.filter(status="open", owner=row.owner_id).order_by("position", "pk")
        moves += [_move(task, "owner_id", new) for task in mine]
    return moves


def apply(row: CallToAction | Task, moves: Sequence[Move], *, actor: User | None, at: datetime) -> Cascade | None:
    """Carry out what a preview showed, or a part of it; None when nothing differs. Raises Refused where a row isn't as it was shown."""
    cta_id, moment = _cta(row).pk, Moment(actor, at)
    with transaction.atomic():
        held = writing.hold([cta_id])
        cta = held.ctas.get(cta_id)
        if cta is None:
            raise Refused(steps.UNKNOWN, "not_found")
        _check(held, cta, moves, actor)
        changes = [change for move in moves if (change := _change(held, move))]
        if not changes:
            return None
        writing.write(changes, held, moment, "updated")
        writing.tell_owners(changes, held, moment)
        kind = "owner" if any(move.field == "owner_id" for move in moves) else "due"
        return writing.keep(kind, told(moves, held), changes, moment)


def undo(cascade: Cascade, *, actor: User | None, at: datetime) -> int:
    """Take a cascade back exactly, and the onboarding that ended by itself with what it closed; how many rows went back. Raises Refused where
    anything of it was changed since, and then nothing is taken back."""
    uses = [change.pk for change in writing.kept(cascade) if change.noun == "use"]
    with transaction.atomic():
        tied = onboardings_runs.ended_with(uses)
        if tied or len(cascade.before) > 1:
            writing.lock()
        if tied:
            onboardings.lock()
        row = Cascade.objects.select_for_update(of=("self",), no_key=True).get(pk=cascade.pk)
        changes = [change.inverse for change in writing.kept(row)]
        held = writing.hold(_ctas(changes))
        _check_undo(row, held, changes, actor)
        writing.write(changes, held, Moment(actor, at), "undone", reason=row.title, cascade=row.pk)
        Cascade.objects.filter(pk=row.pk).update(undone_at=at)
        if tied:
            onboardings_runs.reopen(uses, today=clock.day_of(at), at=at, exactly=True)
    cascade.undone_at = at
    return len(changes)


# --- days


def calendar_of(cta: CallToAction) -> Calendar:
    """The calendar by which a CTA's days are counted: its account's region's."""
    return calendars.of(handbook.pack(), ctas.regions([cta.account_id]).get(cta.account_id))


def offset_between(old: date, new: date, cal: Calendar, unit: str = "") -> Offset:
    """How far a day moved: in business days where both are such days and no other unit is asked for, else in days."""
    both = cal.is_business_day(old) and cal.is_business_day(new)
    if unit == "days" or (not unit and not both) or abs((new - old).days) > calendars.FAR:
        return Offset((new - old).days, "days")
    first, last = min(old, new), max(old, new)
    steps_between = calendars.business_days_between(cal, first, last) - cal.is_business_day(first)
    return Offset(steps_between if new > old else -steps_between, "business_days")


def unit_of(row: CallToAction | Task, due_date: date | None) -> str:
    """The unit by which a preview counts when none is asked for; blank where nothing is counted."""
    if row.due_date is None or due_date is None:
        return ""
    return offset_between(row.due_date, due_date, calendar_of(_cta(row))).unit


def shifted(day: date, by: Offset, cal: Calendar) -> date:
    """A day moved by an offset; an offset of nothing leaves it."""
    return calendars.shift(day, by, cal) if by.n else day


# --- steps


def _cta(row: CallToAction | Task) -> CallToAction:
    return row.cta if isinstance(row, Task) else row


def _move(row: CallToAction | Task, field: str, after: Any, asked: bool = False) -> Move:
    noun = "task" if isinstance(row, Task) else "cta"
    return Move(noun, row.pk, row.title, field, getattr(row, field), after, asked)


def _after(row: CallToAction | Task) -> list[Task]:
    """The open tasks that come after a row, in order."""
    tasks = list(_cta(row).tasks.filter(status="open").order_by("position", "pk"))
    if isinstance(row, CallToAction):
        return tasks
    links = ctas.dependencies([row.cta_id])
    if links:
        following, level = set[int](), {row.pk}
        while level:
            level = {task for task, first in links if first in level} - following
            following |= level
        return [task for task in tasks if task.pk in following]
    day = row.due_date
    return [
        task
        for task in tasks
        if task.pk != row.pk and task.due_date and day and (task.due_date, task.position) > (day, row.position)
    ]


def _check(held: Held, cta: CallToAction, moves: Sequence[Move], actor: User | None) -> None:
    """Refuse what may not move, and rows that aren't as they were shown."""
    steps.check_open(cta)
    fields = {move.field for move in moves}
    for capability in [steps.EDIT] + ([steps.ASSIGN] if "owner_id" in fields else []):
        steps.check_right(actor, cta, capability)
    for owner in User.objects.filter(pk__in={move.after for move in moves if move.field == "owner_id" and move.after}):
        steps.check_owner(owner, cta.account)
    for move in moves:
        shelf: dict[int, Any] = held.tasks if move.noun == "task" else held.ctas
        row = shelf.get(move.pk)
        if row is None or getattr(row, move.field) != move.before or (isinstance(row, Task) and row.status != "open"):
            raise Refused(STALE.format(move.title), "conflict")
        if move.field == "due_date":
            steps.check_day(move.after)


def _change(held: Held, move: Move) -> Change | None:
    row: CallToAction | Task = held.tasks[move.pk] if move.noun == "task" else held.ctas[move.pk]
    return steps.changed(move.noun, row, {move.field: move.after}, by_hand=True)


def _ctas(changes: Iterable[Change]) -> set[int]:
    """The CTAs that changes are about, with those of their tasks and uses."""
    pks: dict[str, set[int]] = {"cta": set(), "task": set(), "use": set()}
    for change in changes:
        pks[change.noun].add(change.pk)
    found = pks["cta"]
    found |= set(Task.objects.filter(pk__in=pks["task"]).values_list("cta_id", flat=True))
    return found | set(CallToAction.objects.filter(playbook_use__in=pks["use"]).values_list("pk", flat=True))


def _check_undo(row: Cascade, held: Held, changes: Sequence[Change], actor: User | None) -> None:
    if actor is not None and row.made_by_id != actor.pk:
        raise Refused("Only who made this change can take it back.", "not_allowed")
    if row.undone_at is not None:
        raise Refused("That was taken back already.", "conflict")
    if any(held.row(change) is None for change in changes):
        raise Refused("A part of it is gone, so nothing was taken back.", "conflict")
    if actor is not None:
        may = ctas.editable(actor, held.ctas.values())
        if not all(_may_undo(change, held, actor, may) for change in changes):
            raise Refused(steps.DENIED, "not_allowed")
    for change in changes:
        if writing.differs(change, held):
            raise Refused(CHANGED.format(title_of(change, held)), "conflict")
    _check_sense(held, changes)


def _may_undo(change: Change, held: Held, actor: User, may: set[int]) -> bool:
    """Whoever may work on the CTA; of a task also its owner."""
    cta = held.cta_of(change)
    return cta is not None and (cta.pk in may or (change.noun == "task" and held.tasks[change.pk].owner_id == actor.pk))


def _check_sense(held: Held, changes: Sequence[Change]) -> None:
    """Refuse what would leave a closed CTA with open tasks, move things of a closed one, or open what a done task came after."""
    after = {(change.noun, change.pk): change.after for change in changes}
    now = [(task, after.get(("task", task.pk), {})) for task in held.tasks.values()]
    opened_in = [(task, then.get("cta_id", task.cta_id)) for task, then in now if then.get("status", task.status) == "open"]
    for cta in held.ctas.values():
        is_open = after.get(("cta", cta.pk), {}).get("is_open", cta.is_open)
        if not cta.is_open and not is_open:
            raise Refused(CHANGED.format(cta.title), "conflict")
        left = [task for task, where in opened_in if where == cta.pk]
        if not is_open and left:
            raise Refused(CHANGED.format(left[0].title), "conflict")
    for change in changes:
        use = held.uses.get(change.pk) if change.noun == "use" and change.after.get("status") == "active" else None
        others = use.account.playbook_uses.filter(status="active", version__key=use.version.key) if use else None
        if others is not None and others.exists():
            raise Refused("The playbook is at work again already, so nothing was taken back.", "conflict")
    opened = {change.pk for change in changes if change.noun == "task" and change.after.get("status") == "open"}
    for pk, first in ctas.dependencies(list(held.ctas)) if opened else ():
        if first in opened and pk not in opened and held.tasks[pk].status == "done":
            raise Refused(CHANGED.format(held.tasks[pk].title), "conflict")


def title_of(change: Change, held: Held) -> str:
    """What people call the row of a change."""
    row = held.row(change)
    return str(getattr(row, "title", "")) or f"A {writing.WORDS[change.noun]}"


def told(moves: Sequence[Move], held: Held) -> str:
    """A cascade in words: ``Kick-off call moved to 26 Nov. 3 more moved with it``."""
    first, rest = moves[0], len(moves) - 1
    if first.field == "owner_id":
        owner = User.objects.filter(pk=first.after).first() if first.after else None
        text = f"{first.title} is {owner}'s now." if owner else f"{first.title} has no owner now."
        more = f" {rest} open task{'' if rest == 1 else 's'} went along." if rest else ""
        return text + more
    day = f"{first.after.day} {first.after:%b}" if first.after else "no day"
    return f"{first.title} moved to {day}." + (f" {rest} more moved with it." if rest else "")
