"""The parts of a pack: rules with their editions and rows, dated values, and what is in force on a day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any, Protocol, TypeVar

from tenure.rules.cells import Cell, Ref, Test
from tenure.rules.errors import Ended, NotYetInForce
from tenure.rules.facts import Fact


@dataclass(frozen=True)
class Place:
    """Where something stands in the pack's files."""

    file: str
    path: str
    line: int


@dataclass(frozen=True)
class Entry:
    """One dated value: the raw `value` holds from `start` until the next entry, or until `ended` (last day)."""

    value: Any
    start: date
    place: Place
    ended: date | None = None
    alternative: str | None = None
    note: str = ""
    source: str = ""


@dataclass(frozen=True)
class DatedValue:
    """A named value with its history, in order of `start`. `used_for`: what reads it when no table does."""

    name: str
    title: str
    unit: str
    source: str
    note: str
    review_by: date | None
    entries: tuple[Entry, ...]
    place: Place
    used_for: str = ""


@dataclass(frozen=True)
class Output:
    """One output column of a rule. `fact` types its values (an enum's words are ordered, lowest first)."""

    name: str
    type: str
    fact: Fact
    title: str = ""


@dataclass(frozen=True)
class DraftRow:
    """A row as written: `when` all of them, and, if `any` isn't empty, all of at least one of its groups.
    `then` has one typed value per output (None = nothing). Cells may still refer to dated values."""

    number: int
    when: tuple[tuple[str, Test | Ref], ...]
    any: tuple[tuple[tuple[str, Test | Ref], ...], ...]
    then: tuple[Any, ...]
    place: Place
    note: str = ""
    source: str = ""


@dataclass(frozen=True)
class Row:
    """A row on a day: every cell is a test."""

    number: int
    when: tuple[Cell, ...]
    any: tuple[tuple[Cell, ...], ...]
    then: tuple[Any, ...]
    place: Place
    note: str = ""
    source: str = ""

    @cached_property
    def cells(self) -> tuple[Cell, ...]:
        """Every cell of the row, `when` first."""
        return (*self.when, *(cell for group in self.any for cell in group))


@dataclass(frozen=True)
class Edition:
    """A table that holds from `start` until the next edition, or until `ended` (last day in force). `optional`: facts
    that count only where they are known; a decision without them says so."""

    index: int
    start: date
    hit: str
    rows: tuple[DraftRow, ...]
    place: Place
    ended: date | None = None
    alternative: str | None = None
    note: str = ""
    source: str = ""
    optional: tuple[str, ...] = ()

    @cached_property
    def asks(self) -> tuple[tuple[str, Test | Ref], ...]:
        """Every cell of every row: fact name and test."""
        return tuple(cell for row in self.rows for cell in (*row.when, *(cell for group in row.any for cell in group)))

    @cached_property
    def facts(self) -> tuple[str, ...]:
        """The names of the facts read, in order of first use."""
        return tuple(dict.fromkeys(fact for fact, _ in self.asks))

    @cached_property
    def refs(self) -> tuple[str, ...]:
        """The names of the dated values read, in order of first use."""
        return tuple(dict.fromkeys(test.name for _, test in self.asks if isinstance(test, Ref)))


@dataclass(frozen=True)
class Rule:
    """A decision table with its history of editions, in order of `start`. The first output is the outcome."""

    name: str
    title: str
    kind: str
    source: str
    note: str
    review_by: date | None
    outputs: tuple[Output, ...]
    monotone: tuple[tuple[str, str], ...]
    editions: tuple[Edition, ...]
    place: Place

    @property
    def outcome(self) -> Output:
        """The first output."""
        return self.outputs[0]


@dataclass(frozen=True, eq=False)
class InForce:
    """A rule on a day: its edition, the rows with every dated value filled in, and `since`, the day from which
    exactly this has held (the latest of the edition's start and those of its values). Compared by identity: days
    with the same edition and values share one object."""

    rule: Rule
    edition: Edition
    rows: tuple[Row, ...]
    entries: tuple[tuple[str, Entry], ...]
    since: date
    facts: tuple[str, ...] = field(default=())

    @property
    def source(self) -> str:
        """The edition's source, else the rule's."""
        return self.edition.source or self.rule.source


class _Dated(Protocol):
    @property
    def start(self) -> date: ...
    @property
    def ended(self) -> date | None: ...
    @property
    def alternative(self) -> str | None: ...


D = TypeVar("D", bound=_Dated)


def current(kind: str, name: str, dated: Sequence[D], chosen: str | None, as_of: date) -> D:
    """The one of `dated` that holds on `as_of`: the latest begun, of the default ones and the `chosen` alternative
    (which wins over a default of the same day). Raises NotYetInForce or Ended."""
    usable = [item for item in dated if item.alternative in (None, chosen)]
    begun = [item for item in usable if item.start <= as_of]
    if not begun:
        raise NotYetInForce(kind, name, as_of, min(item.start for item in usable or dated))
    last = max(begun, key=lambda item: (item.start, item.alternative is not None))
    if last.ended and last.ended < as_of:
        raise Ended(kind, name, as_of, last.ended)
    return last
