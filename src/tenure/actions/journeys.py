"""Steps of the responsibility matrix: ticking them, saying that they are not needed, and taking that back."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction

from tenure.actions import engagements, events, settling, ticking
from tenure.actions.refusals import Refused
from tenure.models import JourneyStep, Opportunity, User
from tenure.queries import handbook
from tenure.queries.settling import STEPS
from tenure.rules.journey import StepShape

UNKNOWN = "There is no such opportunity."
STATES = {"done": "journey.done", "waived": "journey.waived"}
EARLIEST = date(2000, 1, 1)


def tick(
    opportunity: Opportunity, step: str, state: str, *, on: date, today: date, actor: User | None, at: datetime, note: str = "", seen: Mapping[str, str] | None = None,
) -> JourneyStep:  # fmt: skip
    """Say that a step is done, or (``waived``, with a reason) not needed. Once more changes day and note. Work that asked for it closes at once.
    Raises Refused, also where somebody has said something since it was ``seen``."""
    with transaction.atomic():
        settling.begin([opportunity.account_id], STEPS, today=today)
        row = _held(opportunity, actor)
        found = _step(step, today)
        note = engagements.checked_reason(note, needed=state == "waived", field="note")
        if state not in STATES:
            raise Refused("A step is done or not needed.", "invalid", "state")
        if not EARLIEST <= on <= today:
            raise Refused("It was done on a day up to today.", "invalid", "on")
        old = JourneyStep.objects.filter(opportunity=row, step=step).first()
        given = {"state": state, "on": on, "note": note}
        if old is not None and all(getattr(old, name) == value for name, value in given.items()):
            return old
        ticking.check(old, seen)
        before = _told(old)
        made, _ = JourneyStep.objects.update_or_create(
            opportunity=row, step=step, defaults={**given, "account": row.account, "author": actor, "recorded_at": at}
        )
        _tell(STATES[state], row, found, actor, at, before=before, after=_told(made))
        settling.follow([row.account_id], STEPS, today=today, at=at)
    return made


@dataclass(frozen=True)
class Ticked:
    """A tick of the past, by ``by``."""

    account: int
    opportunity: int
    deal: str
    step: str
    title: str
    state: str
    on: date
    note: str
    by: int


@transaction.atomic
def tick_past(rows: Iterable[Ticked], *, at: datetime) -> int:
    """Write down many ticks of the past at once; those that are there already are left alone. Callers know what they write (the demo company);
    no work is settled by it. How many were new."""
    there = set(JourneyStep.objects.values_list("opportunity_id", "step"))
    fresh = [row for row in rows if (row.opportunity, row.step) not in there]
    JourneyStep.objects.bulk_create(
        JourneyStep(account_id=row.account, opportunity_id=row.opportunity, step=row.step, state=row.state, on=row.on, note=row.note,
                    author_id=row.by, recorded_at=at)
        for row in fresh
    )  # fmt: skip
    told = ((at, row.by, _entry(row)) for row in fresh)
    events.record_past(told)
    return len(fresh)


def _entry(row: Ticked) -> events.Entry:
    after = {"state": row.state, "on": row.on, "note": row.note}
    return events.Entry(
        STATES[row.state], "journey", row.opportunity, row.account, events.body(None, after, name=row.title, opportunity=row.deal)
    )


def untick(opportunity: Opportunity, step: str, *, today: date, actor: User | None, at: datetime) -> None:
    """Take a tick back; what the facts say of the step holds again. Raises Refused."""
    with transaction.atomic():
        settling.begin([opportunity.account_id], STEPS, today=today, taken_back=True)
        row = _held(opportunity, actor)
        old = JourneyStep.objects.filter(opportunity=row, step=step).first()
        if old is None:
            raise Refused("Nobody has ticked that step.", "conflict", "step")
        before, since = _told(old), old.recorded_at
        old.delete()
        _tell("journey.reopened", row, _step(step, None), actor, at, before=before)
        settling.follow([row.account_id], STEPS, today=today, at=at, taken_back=since)


def _held(opportunity: Opportunity, actor: User | None) -> Opportunity:
    row = Opportunity.objects.select_related("account").filter(pk=opportunity.pk, deleted_at=None).first()
    if row is None:
        raise Refused(UNKNOWN, "not_found")
    engagements.check_account(row.account, actor)
    return row


def _step(key: str, day: date | None) -> StepShape | None:
    """The step of that key of a day's matrix (None: of any). Raises Refused."""
    book = handbook.pack().journey
    matrices = book.matrices if day is None else [found for found in (book.matrix(day),) if found]
    found = next((step for matrix in matrices if (step := matrix.step(key))), None)
    if found is None and day is not None:
        raise Refused(f"The handbook of {day} has no step '{key}'.", "invalid", "step")
    return found


def _told(row: JourneyStep | None) -> dict[str, object] | None:
    return None if row is None else {"state": row.state, "on": row.on, "note": row.note}


def _tell(verb: str, row: Opportunity, step: StepShape | None, actor: User | None, at: datetime, **sides: Any) -> None:
    name = f"{step.number}. {step.title}" if step else ""
    events.record(
        verb, "journey", row.pk, at=at, actor=actor, account_id=row.account_id, name=name, opportunity=row.name, **sides
    )
