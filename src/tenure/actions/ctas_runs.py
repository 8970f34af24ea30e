"""What runs do to CTAs: raise, revise, settle and wake many. A person's edit, snooze or closing is never overwritten."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction

from tenure.actions import cascades, ctas_making, notices, playbooks_plan
from tenure.actions import cascades_writing as writing
from tenure.actions import ctas_carrying as carrying
from tenure.actions import ctas_steps as steps
from tenure.actions.cascades_writing import Change, Held, Moment, Values
from tenure.actions.ctas_calls import Call
from tenure.actions.notices import Letter
from tenure.actions.refusals import Refused
from tenure.models import CallToAction, Task
from tenure.queries import cta_types, ctas, ctas_history, handbook
from tenure.rules import calendars

CHUNK = 5000
IN_HAND = "{} had it in hand"
NOT_DONE = "It was not done after all"
ALWAYS = ("because", "edition", "natural_key")  # what a rule saw is the rule's to say
REVISED = ("title", "reason", "note", "priority", "owner_id", "due_date", *ALWAYS)


@dataclass(frozen=True)
class Revision:
    """What a rule says now about a CTA that it raised, by column (see ``REVISED``). A new natural key: its occasion has moved to another
    day; one that another CTA has makes the whole revision void."""

    natural_key: str
    values: Mapping[str, Any]


@transaction.atomic
def raise_many(calls: Iterable[Call], *, today: date, at: datetime, run_id: int | None = None) -> int:
    """Raise CTAs, each natural key once for ever; how many are new. Those that ask for a playbook come with its tasks.

    Safe to repeat, and for two runs at once: the second finds everything known.
    """
    moment = Moment(None, at, run_id)
    writing.lock()
    return len(ctas_making.make(playbooks_plan.expanded(ctas_making.unknown(calls), today=today, moment=moment), moment))


@transaction.atomic
def revise_many(revisions: Iterable[Revision], *, today: date, at: datetime, run_id: int | None = None) -> int:
    """Bring open CTAs to what their rule says now; how many changed. Fields that a person has set stay, and so does everything of
    a snoozed CTA. Open tasks move with the due date and change hands with the owner, unless a person has set theirs."""
    moment, wanted = Moment(None, at, run_id), {one.natural_key: dict(one.values) for one in revisions}
    writing.lock()
    _without_taken(wanted)
    held = writing.hold(_ids_of(list(wanted)))
    regions = ctas.regions({cta.account_id for cta in held.ctas.values()})
    changes: list[Change] = []
    for cta in held.ctas.values():
        if not cta.is_open or cta.is_snoozed(today) or cta.natural_key is None:
            continue
        changes += _revised(held, cta, _given(wanted[cta.natural_key]), regions.get(cta.account_id))
    writing.write(changes, held, moment, "updated")
    writing.tell_owners(changes, held, moment)
    return len({change.pk for change in changes if change.noun == "cta"})


@dataclass(frozen=True)
class Ending:
    """A CTA whose occasion is over: the outcome (a key of ctas.yaml) and why."""

    pk: int
    status: str
    reason: str


@transaction.atomic
def close_many(endings: Iterable[Ending], *, today: date, at: datetime, run_id: int | None = None) -> int:
    """Close CTAs whose occasion is over; how many were closed.

    Left alone: what is closed already, what a person snoozed, and, unless what it asked for was done, what a person gave a status of their
    own; done, its note says who had it in hand. Open tasks that a person added or changed go on in a follow-up CTA. Raises Refused where
    the handbook has no such outcome for a type.
    """
    moment, over = Moment(None, at, run_id), {one.pk: one for one in endings}
    writing.lock()
    held = writing.hold(over)
    closing = [
        cta for cta in held.ctas.values() if cta.is_open and not cta.is_snoozed(today) and _is_over(cta, over[cta.pk].status)
    ]
    hands = ctas_history.starters(cta for cta in closing if "status" in cta.edited)
    for type_key, status in {(cta.type, over[cta.pk].status) for cta in closing}:
        if status not in {one.key for one in cta_types.outcomes(type_key)}:
            raise Refused(f"'{status}' is not an outcome of {cta_types.title(type_key)}.", "invalid", "status")
    moved = carrying.carry(held, closing, moment)
    changes = [*moved.changes]
    for cta in closing:
        note = f"{over[cta.pk].reason[:800]}{f' ({IN_HAND.format(hands[cta.pk])})' if cta.pk in hands else ''}"
        changes += steps.closing(held, cta, over[cta.pk].status, note, moment, kept=moved.kept)
    writing.write(changes, held, moment, "closed")
    return len(closing)


def _is_over(cta: CallToAction, status: str) -> bool:
    """Whether a run may close it so: what a person has in hand only as done."""
    found = cta_types.status(cta.type, status)
    return "status" not in cta.edited or found is None or cta_types.done(found)


@transaction.atomic
def reopen_many(ids: Iterable[int], *, at: datetime, run_id: int | None = None) -> int:
    """Open again what was closed without a person and was not done after all; how many. What its closing skipped comes back."""
    moment = Moment(None, at, run_id)
    writing.lock()
    held = writing.hold(ids)
    closed = [cta for cta in held.ctas.values() if not cta.is_open and cta.closed_by_id is None]
    writing.write([change for cta in closed for change in steps.reopening(held, cta)], held, moment, "reopened", reason=NOT_DONE)
    return len(closed)


@dataclass(frozen=True)
class HandOver:
    """An open task or CTA (``noun``) that passes from one person to another, who took over the role."""

    noun: str
    pk: int
    before: int
    after: int


@transaction.atomic
def hand_over_many(given: Iterable[HandOver], *, today: date, at: datetime, run_id: int | None = None) -> int:
    """Give open work to whoever took over its person's role; how many. What a person gave to somebody, what is done and what rests stays."""
    given = list(given)
    moment, by_noun = (
        Moment(None, at, run_id),
        {noun: {one.pk: one for one in given if one.noun == noun} for noun in ("task", "cta")},
    )
    writing.lock()
    tasks = Task.objects.filter(pk__in=by_noun["task"]).values_list("cta_id", flat=True)
    held = writing.hold({*tasks, *by_noun["cta"]})
    changes = []
    for cta in held.ctas.values():
        if cta.is_open and not cta.is_snoozed(today):
            things: list[tuple[str, CallToAction | Task]] = [
                ("cta", cta),
                *(("task", task) for task in held.of(cta) if task.status == "open"),
            ]
            changes += [_passed(noun, row, by_noun[noun].get(row.pk)) for noun, row in things]
    kept = [change for change in changes if change]
    writing.write(kept, held, moment, "updated")
    writing.tell_owners(kept, held, moment)
    return len(kept)


def _passed(noun: str, row: CallToAction | Task, given: HandOver | None) -> Change | None:
    if given is None or row.owner_id != given.before or "owner" in row.edited:
        return None
    return steps.changed(noun, row, {"owner_id": given.after}, by_hand=False)


@transaction.atomic
def wake_many(ids: Iterable[int] | None = None, *, today: date, at: datetime, run_id: int | None = None) -> int:
    """End the snoozes whose day has come, all or those of ``ids``; owners are told. How many woke."""
    moment = Moment(None, at, run_id)
    writing.lock()
    rows = CallToAction.objects.filter(is_open=True, snoozed_until__lte=today)
    rows = rows if ids is None else rows.filter(pk__in=list(ids))
    held = writing.hold(rows.values_list("pk", flat=True))
    waking = [cta for cta in held.ctas.values() if cta.is_open and cta.snoozed_until and cta.snoozed_until <= today]
    letters = [
        Letter(
            cta.owner_id, "cta", f"{cta.title}: {cta.account.name}", f"cta.woken:{cta.pk}:{cta.snoozed_until}",
            f"Back from its snooze: {cta.snooze_reason}"[:1000], f"/ctas/{cta.pk}/", cta.account_id,
        )
        for cta in waking
        if cta.owner_id
    ]  # fmt: skip
    writing.write([steps.snoozing(cta, None, "") for cta in waking], held, moment, "woken")
    notices.queue(letters, at=at)
    return len(waking)


def _without_taken(wanted: dict[str, Values]) -> None:
    """Drop revisions whose new natural key is known already."""
    keys = {values["natural_key"]: key for key, values in wanted.items() if values.get("natural_key", key) != key}
    for taken in CallToAction.objects.filter(natural_key__in=keys).values_list("natural_key", flat=True):
        del wanted[keys[taken]]


def _ids_of(keys: list[str]) -> list[int]:
    found: list[int] = []
    for start in range(0, len(keys), CHUNK):
        rows = CallToAction.objects.filter(natural_key__in=keys[start : start + CHUNK], is_open=True)
        found += rows.values_list("pk", flat=True)
    return found


def _given(values: Values) -> Values:
    strange = set(values) - set(REVISED)
    if strange:
        raise Refused(f"A run can't revise {', '.join(sorted(strange))}.", "invalid")
    return values


def _revised(held: Held, cta: CallToAction, values: Values, region: str | None) -> list[Change]:
    mine = {name: value for name, value in values.items() if name.removesuffix("_id") not in cta.edited}
    change = steps.changed("cta", cta, mine, by_hand=False)
    if change is None:
        return []
    tasks = [(task, _moved(task, cta, change.after, region)) for task in held.of(cta) if task.status == "open"]
    more = [steps.changed("task", task, moved, by_hand=False) for task, moved in tasks]
    return [change, *(one for one in more if one)]


def _moved(task: Task, cta: CallToAction, after: Values, region: str | None) -> Values:
    """What a task takes over from its CTA: the way of the due date, and the owner that they shared."""
    values: Values = {}
    old, new = cta.due_date, after.get("due_date")
    if old and new and task.due_date and "due_date" not in task.edited:
        cal = calendars.of(handbook.pack(), region)
        values["due_date"] = cascades.shifted(task.due_date, cascades.offset_between(old, new, cal), cal)
    if "owner_id" in after and task.owner_id == cta.owner_id and "owner" not in task.edited:
        values["owner_id"] = after["owner_id"]
    return values
