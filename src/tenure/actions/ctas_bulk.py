"""The same thing done to many CTAs at once: assign, shift dates, snooze, close. Each row is refused alone."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial

from django.db import transaction

from tenure.actions import cascades, ctas
from tenure.actions import cascades_writing as writing
from tenure.actions import ctas_carrying as carrying
from tenure.actions import ctas_steps as steps
from tenure.actions.cascades_writing import Change, Held, Moment
from tenure.actions.ctas_calls import BulkResult
from tenure.actions.ctas_carrying import Carried
from tenure.actions.refusals import Refused
from tenure.models import CallToAction, Task, User
from tenure.queries import cta_types, handbook, visible
from tenure.queries import ctas as queries
from tenure.rules import calendars
from tenure.rules.calendars import Offset

MOST = 2_000  # CTAs at once: what one transaction should hold
UNITS = ("days", "business_days")
FARTHEST = 400  # units of one shift
Plan = Callable[[Held, CallToAction], list[Change]]


@dataclass(frozen=True)
class Assign:
    """Give them to a person; with ``tasks`` also the open tasks that their owner had."""

    owner: User
    tasks: bool = True


@dataclass(frozen=True)
class Shift:
    """Move their due dates by ``n`` days or business days of their account's region; with ``tasks`` also those of open tasks."""

    n: int
    unit: str = "days"
    tasks: bool = True


@dataclass(frozen=True)
class Snooze:
    """Let them rest until a day, with a reason."""

    until: date
    reason: str


@dataclass(frozen=True)
class Close:
    """Close them with an outcome. Open tasks that a person added or changed go on in follow-up CTAs."""

    status: str
    note: str = ""


What = Assign | Shift | Snooze | Close


def bulk(ids: Iterable[int], what: What, *, today: date, actor: User, at: datetime) -> BulkResult:
    """Do it to these CTAs in one transaction. What a person may not change, or what doesn't fit, is refused alone and stays as it was;
    a request that fits none is refused as a whole (Refused). One cascade takes all of it back."""
    wanted = list(dict.fromkeys(ids))
    if not wanted or len(wanted) > MOST:
        raise Refused(f"Choose between 1 and {MOST:,} CTAs. Nothing was changed.", "invalid", "id")
    moment = Moment(actor, at)
    with transaction.atomic():
        plan, verb = _plan(what, today, moment)
        writing.lock()
        held = writing.hold(visible.ctas(actor).filter(pk__in=wanted).values_list("pk", flat=True))
        result, changes = _planned(wanted, held, plan, actor, steps.ASSIGN if isinstance(what, Assign) else steps.EDIT)
        moved = Carried()
        if isinstance(what, Close):
            moved = carrying.carry(held, [held.ctas[pk] for pk in result.done], moment)
            changes = [*moved.changes, *(one for one in changes if one.noun != "task" or one.pk not in moved.kept)]
        if changes:
            writing.write(changes, held, moment, verb)
            writing.tell_owners(changes, held, moment)
            result.cascade = writing.keep("bulk", f"{len(result.done)} CTAs: {verb}", [*changes, *moved.undone], moment)
    return result


@dataclass(frozen=True)
class Preview:
    """What a shift would do: the CTAs that move with their days before and after, how many tasks move along, who is refused and why."""

    moves: Sequence[cascades.Move]
    tasks: int
    refused: Sequence[tuple[int, str]]


def preview(ids: Iterable[int], what: Shift, *, today: date, actor: User, at: datetime) -> Preview:
    """What ``bulk`` would move. Nothing is written. Raises Refused for what can't be done to any row."""
    plan, _ = _plan(what, today, Moment(actor, at))
    wanted = list(dict.fromkeys(ids))[:MOST]
    rows = visible.ctas(actor).filter(pk__in=wanted).select_related("account")
    held = Held({row.pk: row for row in rows})
    held.tasks |= {task.pk: task for task in Task.objects.filter(cta__in=held.ctas, status="open")}
    result, changes = _planned(wanted, held, plan, actor, steps.EDIT)
    dated = [change for change in changes if "due_date" in change.after]
    moves = [
        cascades.Move("cta", one.pk, held.ctas[one.pk].title, "due_date", one.before["due_date"], one.after["due_date"], True)
        for one in dated
        if one.noun == "cta"
    ]
    return Preview(moves, len(dated) - len(moves), result.refused)


def _planned(wanted: Sequence[int], held: Held, plan: Plan, actor: User, capability: str) -> tuple[BulkResult, list[Change]]:
    """Ask the plan for every row; its refusal is the row's."""
    result, changes = BulkResult(), list[Change]()
    allowed = queries.editable(actor, held.ctas.values(), capability)
    for pk in wanted:
        row = held.ctas.get(pk)
        if row is None:
            result.refused.append((pk, steps.UNKNOWN))
            continue
        try:
            if pk not in allowed:
                raise Refused(steps.DENIED, "not_allowed")
            steps.check_open(row)
            found = plan(held, row)
        except Refused as refusal:
            result.refused.append((pk, refusal.sentence))
            continue
        changes += found
        (result.done if found else result.unchanged).append(pk)
    return result, changes


def _plan(what: What, today: date, moment: Moment) -> tuple[Plan, str]:
    """What to do with each row, and what the log calls it. Raises Refused for what can't be done to any row."""
    if isinstance(what, Assign):
        if not what.owner.is_active or not visible.may(what.owner, steps.EDIT):
            raise Refused(f"{what.owner} can't work on CTAs.", "invalid", "owner")
        sees = set(visible.summaries(what.owner).values_list("pk", flat=True))
        return partial(_assigned, what, sees), "updated"
    if isinstance(what, Shift):
        if what.unit not in UNITS or not what.n or abs(what.n) > FARTHEST:
            raise Refused(f"Shift by 1 to {FARTHEST} days or business days.", "invalid", "n")
        return partial(_shifted, what, {}), "updated"
    if isinstance(what, Snooze):
        reason = ctas.check_snooze(what.until, what.reason, today)
        return partial(_snoozed, what.until, reason), "snoozed"
    return partial(_closed, what.status, ctas.check_note(what.note), moment, {}), "closed"


def _assigned(what: Assign, sees: set[int], held: Held, row: CallToAction) -> list[Change]:
    if row.account_id not in sees:
        raise Refused(f"{what.owner} doesn't see {row.account.name}. Put them on its team first.", "invalid")
    values = {"owner_id": what.owner.pk}
    found = [steps.changed("cta", row, values, by_hand=True)]
    if what.tasks and row.owner_id is not None:
        mine = [task for task in held.of(row) if task.status == "open" and task.owner_id == row.owner_id]
        found += [steps.changed("task", task, values, by_hand=True) for task in mine]
    return [change for change in found if change]


def _shifted(what: Shift, cals: dict[int, calendars.Calendar], held: Held, row: CallToAction) -> list[Change]:
    if not cals:  # asked once for all rows
        regions = queries.regions(cta.account_id for cta in held.ctas.values())
        pack = handbook.pack()
        cals |= {account: calendars.of(pack, region) for account, region in regions.items()}
    if row.due_date is None:
        raise Refused(f"{row.title} has no due date to shift.", "invalid")
    by, cal = Offset(what.n, "business_days" if what.unit == "business_days" else "days"), cals[row.account_id]
    found = [steps.changed("cta", row, {"due_date": cascades.shifted(row.due_date, by, cal)}, by_hand=True)]
    found += [
        steps.changed("task", task, {"due_date": cascades.shifted(task.due_date, by, cal)}, by_hand=True)
        for task in held.of(row)
        if what.tasks and task.status == "open" and task.due_date
    ]
    return [change for change in found if change]


def _snoozed(until: date, reason: str, held: Held, row: CallToAction) -> list[Change]:
    if (row.snoozed_until, row.snooze_reason) == (until, reason):
        return []
    return [steps.snoozing(row, until, reason)]


def _closed(status: str, note: str, moment: Moment, fits: dict[str, bool], held: Held, row: CallToAction) -> list[Change]:
    if row.type not in fits:
        fits[row.type] = any(one.key == status for one in cta_types.outcomes(row.type))
    if not fits[row.type]:
        raise Refused(f"'{cta_types.status_title(status)}' is not an outcome of {cta_types.title(row.type)}.", "invalid")
    return steps.closing(held, row, status, note, moment)
