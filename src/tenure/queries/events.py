"""Reading the event log, and proving that nobody changed it."""

from dataclasses import dataclass
from hashlib import sha256

from tenure.models import Event

START = bytes(32)


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
        moment = at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        head = f"{row_id}|{moment}|{actor_id}|{verb}|{noun}|{object_id}|{account_id}|{run_id}|"
        if bytes(prev_hash) != prev or sha256(prev + head.encode() + text.encode()).digest() != bytes(link):
            return LogState(count, row_id, f"event {row_id} was changed")
        prev, expected, count = bytes(link), row_id + 1, count + 1
    return LogState(count, None)
