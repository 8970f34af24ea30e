"""Reading the event log, and proving that nobody changed it."""

from dataclasses import dataclass

from tenure.models import Event
from tenure.models.events import MOMENT, START, chained


@dataclass(frozen=True)
class LogState:
    """What ``verify`` found: ``broken_at`` is the id of the first event that doesn't fit, None when the chain holds."""

    events: int
    broken_at: int | None
    reason: str = ""


def verify() -> LogState:
    """Recompute the chain from the first event; ids must have no gap, hashes must fit."""
    prev, expected, count = START, 1, 0
    fields = ("id", "at", "actor_id", "verb", "noun", "object_id", "account_id", "body", "run_id", "prev_hash", "hash")
    for row in Event.objects.order_by("id").values_list(*fields).iterator(chunk_size=20_000):
        row_id, at, actor_id, verb, noun, object_id, account_id, text, run_id, prev_hash, link = row
        if row_id != expected:
            return LogState(count, expected, f"event {expected} is missing")
        wanted = chained(prev, row_id, at.strftime(MOMENT), actor_id, verb, noun, object_id, account_id, run_id, text)
        if bytes(prev_hash) != prev or wanted != bytes(link):
            return LogState(count, row_id, f"event {row_id} was changed")
        prev, expected, count = bytes(link), row_id + 1, count + 1
    return LogState(count, None)
