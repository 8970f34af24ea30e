"""Reading the event log, and proving that nobody changed it."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from tenure.models import Event, Run
from tenure.models.events import MOMENT, START, chained
from tenure.queries.cells import counted

BATCH = 20_000


@dataclass(frozen=True)
class Head:
    """The newest event as somebody saw it: its number and the hex of its hash. ``seen_by`` stands in sentences."""

    event: int
    link: str
    seen_by: str


@dataclass(frozen=True)
class LogState:
    """What ``verify`` found: ``broken_at`` is the id of the first event that doesn't fit, None when the chain holds."""

    events: int
    broken_at: int | None
    reason: str = ""

    @property
    def sentence(self) -> str:
        """The finding in words."""
        if self.broken_at is None:
            return f"The log holds: {counted(self.events, 'event')}, each linked to the one before."
        return f"The log is broken at event {self.broken_at}: {self.reason}. {counted(self.events, 'event')} before it hold{'s' * (self.events == 1)}."


def head() -> str:
    """``SEQ:HASH`` of the newest event; 0 and zeros while there is none."""
    row_id, link = Event.objects.order_by("-id").values_list("id", "hash").first() or (0, START)
    return f"{row_id}:{bytes(link).hex()}"


def count() -> int:
    """How many events there are, by the number of the newest."""
    return int(head().split(":")[0])


def read_head(text: str, seen_by: str) -> Head:
    """A head from its text. Raises ValueError for anything else."""
    found = re.fullmatch(r"(\d{1,18}):([0-9a-f]{64})", text.strip().lower())
    if found is None:
        raise ValueError(f"'{text}' is no head of the log: it is a number, a colon and 64 hexadecimal digits")
    return Head(int(found[1]), found[2], seen_by)


def recorded() -> Iterator[Head]:
    """The heads that runs saw when they ended, oldest first."""
    for pk, text in Run.objects.exclude(head="").order_by("pk").values_list("pk", "head"):
        yield read_head(text, f"run {pk}")


def verify(more: Iterable[Head] = (), watch: Callable[[int], None] | None = None) -> LogState:
    """Recompute the chain from the first event: ids have no gap, hashes fit, and every head that a run or ``more`` saw is still there.

    ``watch`` is told now and then how many events hold so far.
    """
    seen: dict[int, list[Head]] = {}
    for one in (*recorded(), *more):  # before the events: none of these may be newer than what is read then
        seen.setdefault(one.event, []).append(one)
    prev, count = START, 0
    for row in _rows():
        row_id, at, actor_id, verb, noun, object_id, account_id, text, run_id, prev_hash, link = row
        if row_id != count + 1:
            return LogState(count, count + 1, f"event {count + 1} is missing")
        wanted = chained(prev, row_id, at.strftime(MOMENT), actor_id, verb, noun, object_id, account_id, run_id, text)
        if bytes(prev_hash) != prev or wanted != bytes(link):
            return LogState(count, row_id, f"event {row_id} was changed")
        if other := _other(seen.pop(row_id, ()), wanted):
            return LogState(count, row_id, f"event {row_id} isn't the one that {other.seen_by} saw")
        prev, count = wanted, row_id
        if watch and count % BATCH == 0:
            watch(count)
    if other := _other(seen.pop(0, ()), START):
        return LogState(count, 0, f"event 0 is the start of every log, {other.seen_by} has another")
    if seen:
        last = seen[max(seen)][0]
        return LogState(count, count + 1, f"the newest events are gone: {last.seen_by} saw event {last.event}")
    return LogState(count, None)


def _rows() -> Iterator[tuple[Any, ...]]:
    """Every event in order. One batch after the other: no statement stays open, so that whoever watches may write."""
    fields = ("id", "at", "actor_id", "verb", "noun", "object_id", "account_id", "body", "run_id", "prev_hash", "hash")
    rows, last = Event.objects.order_by("id").values_list(*fields), 0
    while part := list(rows.filter(id__gt=last)[:BATCH]):
        yield from part
        last = part[-1][0]


def _other(heads: Iterable[Head], link: bytes) -> Head | None:
    """The first of these that is another event."""
    return next((one for one in heads if one.link != link.hex()), None)


def broken() -> Run | None:
    """The latest check of the log by a run, where it found the log broken."""
    latest = Run.objects.filter(kind="log", finished_at__isnull=False).order_by("-pk").first()
    return latest if latest is not None and latest.counts.get("broken_at") is not None else None
