"""Hand-overs of a past that is built at once."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from tenure.actions import events
from tenure.models import HandOver, HandOverItem
from tenure.queries import clock, handbook, handovers_states
from tenure.rules import handovers as rules


@transaction.atomic
def accept_many(rows: Sequence[HandOver], *, at: datetime) -> int:
    """Have hand-overs of sales and upgrades been taken over at a moment by whom they name, once who gives them had ticked what no fact shows; nobody is
    told. How many."""
    found = [row for row in rows if row.is_open and row.taker_id and row.kind in ("sale", "upgrade")]
    day, pack = clock.day_of(at), handbook.pack()
    states = handovers_states.of(found, day, pack) if found else {}
    HandOverItem.objects.bulk_create(
        HandOverItem(handover=row, key=one.item.key, state="done", on=day, author_id=row.giver_id, recorded_at=at)
        for row in found
        for one in rules.missing(states[row.pk])
    )
    for row in found:
        shape = handovers_states.shape(row, pack)
        items = [item.key for item in shape.of(row.plan) if item.needed] if shape else []
        row.moved = {"items": items, "from": row.giver_id, "taker": row.taker_id}
    return _end(found, "accepted", "", at)


@transaction.atomic
def cancel_many(rows: Sequence[HandOver], reason: str, *, at: datetime) -> int:
    """Have hand-overs been called off at a moment; nobody is told. How many."""
    return _end([row for row in rows if row.is_open], "cancelled", reason, at)


def _end(rows: Sequence[HandOver], state: str, reason: str, at: datetime) -> int:
    entries = []
    for row in rows:
        body = events.body({"state": row.state}, {"state": state}, reason)
        entries.append((at, row.taker_id, events.Entry(f"handover.{state}", "handover", row.pk, row.account_id, body)))
        row.state, row.is_open, row.ended_at, row.updated_at, row.missing, row.reason = state, False, at, at, 0, reason
    HandOver.objects.bulk_update(
        rows, ["state", "is_open", "ended_at", "updated_at", "missing", "moved", "reason"], batch_size=500
    )
    events.record_past(entries)
    return len(rows)
