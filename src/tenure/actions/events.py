"""The event log: every write of an action leaves an Event; the log is append-only and hash-chained."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, NamedTuple

from django.db import connection

from tenure.actions import bulk
from tenure.models import Event, User
from tenure.models.events import MOMENT, START, chained

COLUMNS = ("id", "at", "actor_id", "verb", "noun", "object_id", "account_id", "body", "run_id", "prev_hash", "hash")


class Entry(NamedTuple):
    """One event to write. ``body`` is JSON text: before, after, reason, rule, edition."""

    verb: str
    noun: str
    object_id: int | None
    account_id: int | None
    body: str


def body(before: Any = None, after: Any = None, reason: str = "", **more: Any) -> str:
    """The JSON text of an event: what was, what is, why; only what differs should be given."""
    parts = {"before": before, "after": after, "reason": reason, **more}
    kept = {name: value for name, value in parts.items() if value not in (None, "", {})}
    return json.dumps(kept, default=str, ensure_ascii=False, separators=(",", ":"))


def last() -> tuple[int, bytes]:
    """Id and hash of the newest event; (0, zeros) when the log is empty."""
    with connection.cursor() as cursor:
        cursor.execute("select id, hash from tenure_event order by id desc limit 1")
        row = cursor.fetchone()
    return (int(row[0]), bytes(row[1])) if row else (0, START)


def record_many(entries: Iterable[Entry], *, at: datetime, actor: User | None = None, run_id: int | None = None) -> int:
    """Append events in order and return how many. Must run in the transaction of the write that they tell of."""
    bulk.lock("events")
    row_id, prev = last()
    actor_id = actor.pk if actor else None
    moment = at.astimezone(UTC).strftime(MOMENT)
    rows, stored = [], bulk.moment(at)
    for entry in entries:
        row_id += 1
        verb, noun, object_id, account_id, text = entry
        link = chained(prev, row_id, moment, actor_id, verb, noun, object_id, account_id, run_id, text)
        rows.append((row_id, stored, actor_id, verb, noun, object_id, account_id, text, run_id, prev, link))
        prev = link
    return bulk.insert(Event, COLUMNS, rows, adapted=True)


def record(
    verb: str, noun: str, object_id: int | None, *, at: datetime, actor: User | None, account_id: int | None = None,
    before: Any = None, after: Any = None, reason: str = "", run_id: int | None = None, **more: Any,
) -> None:  # fmt: skip
    """Append one event."""
    text = body(before, after, reason, **more)
    record_many([Entry(verb, noun, object_id, account_id, text)], at=at, actor=actor, run_id=run_id)
