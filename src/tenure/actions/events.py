"""The event log: every write of an action leaves an Event; the log is append-only and hash-chained."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, NamedTuple

import polars as pl
from django.db import connection

from tenure.actions import bulk
from tenure.models import Event, User
from tenure.models.events import LINE, MOMENT, START, chained, linked

_text = json.JSONEncoder(default=str, ensure_ascii=False, separators=(",", ":")).encode  # made once: it is used for every event
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
    return _text(kept)


def last() -> tuple[int, bytes]:
    """Id and hash of the newest event; (0, zeros) when the log is empty."""
    with connection.cursor() as cursor:
        cursor.execute("select id, hash from tenure_event order by id desc limit 1")
        row = cursor.fetchone()
    return (int(row[0]), bytes(row[1])) if row else (0, START)


def record_many(entries: Iterable[Entry], *, at: datetime, actor: User | None = None, run_id: int | None = None) -> int:
    """Append events in order and return how many. Must run in the transaction of the write that they tell of."""
    actor_id = actor.pk if actor else None
    return record_past(((at, actor_id, entry) for entry in entries), run_id=run_id)


def record_past(told: Iterable[tuple[datetime, int | None, Entry]], *, run_id: int | None = None) -> int:
    """The same with a moment and a person (an id) for each."""
    bulk.lock("events")
    row_id, prev = last()
    rows: list[tuple[Any, ...]] = []
    known, moment, stored = None, "", None
    for at, actor_id, entry in told:
        if at is not known:
            known, moment, stored = at, at.astimezone(UTC).strftime(MOMENT), bulk.moment(at)
        row_id += 1
        verb, noun, object_id, account_id, text = entry
        link = chained(prev, row_id, moment, actor_id, verb, noun, object_id, account_id, run_id, text)
        rows.append((row_id, stored, actor_id, verb, noun, object_id, account_id, text, run_id, prev, link))
        prev = link
    return bulk.insert(Event, COLUMNS, rows, adapted=True)


def record_frame(told: pl.DataFrame, *, at: datetime, actor: User | None = None, run_id: int | None = None) -> int:
    """The same for many: a frame with the columns of ``Entry``."""
    bulk.lock("events")
    newest, prev = last()
    actor_id = actor.pk if actor else None
    told = told.select(pl.int_range(newest + 1, newest + 1 + told.height, dtype=pl.Int64).alias("id"), *Entry._fields)
    links = [prev]
    for line in _lines(told, at.astimezone(UTC).strftime(MOMENT), actor_id, run_id):
        prev = linked(prev, line)
        links.append(prev)
    links_of = pl.Series("hash", links, dtype=pl.Binary)
    rows = told.with_columns(links_of[:-1].alias("prev_hash"), links_of[1:])
    return bulk.insert_frame(Event, rows, at=at, actor_id=actor_id, run_id=run_id)


def _lines(told: pl.DataFrame, moment: str, actor_id: int | None, run_id: int | None) -> list[bytes]:
    """The text of which ``models.events.chained`` makes a hash, for all rows at once."""
    parts = {name: pl.col(name).cast(pl.String).fill_null("None") for name in told.columns}
    parts |= {"moment": pl.lit(moment), "actor_id": pl.lit(str(actor_id)), "run_id": pl.lit(str(run_id))}
    return told.select(pl.concat_str([parts[name] for name in LINE], separator="|").cast(pl.Binary)).to_series().to_list()


def record(
    verb: str, noun: str, object_id: int | None, *, at: datetime, actor: User | None, account_id: int | None = None,
    before: Any = None, after: Any = None, reason: str = "", run_id: int | None = None, **more: Any,
) -> None:  # fmt: skip
    """Append one event."""
    text = body(before, after, reason, **more)
    record_many([Entry(verb, noun, object_id, account_id, text)], at=at, actor=actor, run_id=run_id)
