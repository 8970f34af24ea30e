"""What comes first: points for facts of a call to action and of its account, by the bands of ``ranking.yaml``, and their sum."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from tenure.rules import cells
from tenure.rules.cells import CellError, Test
from tenure.rules.facts import Fact
from tenure.rules.schema import Dated, Name, Strict, Text

if TYPE_CHECKING:
    from tenure.rules.packs import Pack

PRIORITIES = ("High", "Medium", "Low")
COLOURS = ("Green", "Yellow", "Red")
FACTS: dict[str, Fact] = {
    "days_late": Fact("days_late", "int", "Days late", "days"),
    "priority": Fact("priority", "category", "Priority").with_words(dict.fromkeys(PRIORITIES, ())),
    "important": Fact("important", "bool", "Marked as important"),
    "arr": Fact("arr", "money", "ARR", "money"),
    "days_to_renewal": Fact("days_to_renewal", "int", "Days to the renewal", "days"),
    "health": Fact("health", "category", "Health").with_words(dict.fromkeys(COLOURS, ())),
}


class BandShape(Strict):
    """Points for values of the fact; ``title`` says in words what the cell tests."""

    when: Any
    points: Annotated[int, Field(ge=-1000, le=1000)]
    title: Text | None = None


class TermShape(Dated):
    """One term of the sum, from a day on: the first band that holds; none, or a fact that isn't known, gives nothing."""

    key: Name
    title: Text
    fact: Text
    bands: Annotated[list[BandShape], Field(min_length=1)]


class ExampleShape(Strict):
    """Facts (money in major units; those that aren't named are missing), what terms give for them, and the sum of all."""

    name: Text
    as_of: date
    facts: dict[str, Any] = {}
    expect: dict[str, int]
    sum: int


@dataclass(frozen=True)
class Band:
    """One band; ``says`` is its test in words."""

    test: Test
    points: int
    says: str


@dataclass(frozen=True)
class Term:
    """One term as it holds on a day."""

    key: str
    title: str
    fact: Fact
    bands: tuple[Band, ...]
    start: date
    note: str = ""


@dataclass(frozen=True)
class Scored:
    """What a term gives: ``value`` of the fact (money in minor units; None = not known), the band that holds, if any."""

    term: Term
    value: Any
    band: Band | None

    @property
    def points(self) -> int:
        """Points of the band; none gives 0."""
        return self.band.points if self.band else 0


@lru_cache(maxsize=32)
def terms(pack: Pack, on: date) -> tuple[Term, ...]:
    """The terms in force on a day, in the order of the file. A pack without ``ranking.yaml`` has none: then nothing comes first."""
    latest: dict[str, TermShape] = {}
    for shape in pack.catalogues.ranking:
        held = latest.get(shape.key)
        if shape.start <= on and (shape.ended is None or on <= shape.ended) and (held is None or held.start <= shape.start):
            latest[shape.key] = shape
    return tuple(_term(shape, pack.digits) for shape in latest.values())


def _term(shape: TermShape, digits: int) -> Term:
    fact = FACTS[shape.fact]
    bands = []
    for item in shape.bands:
        test = cells.parse(item.when, fact, digits)
        if isinstance(test, Test):  # the loader has refused the others
            bands.append(Band(test, item.points, item.title or cells.human(test, fact, digits)))
    return Term(shape.key, shape.title, fact, tuple(bands), shape.start, shape.note or "")


def score(terms: tuple[Term, ...], facts: Mapping[str, Any]) -> list[Scored]:
    """What every term gives for these facts (typed; None or absent = not known)."""
    return [_scored(term, facts.get(term.fact.name)) for term in terms]


def _scored(term: Term, value: Any) -> Scored:
    return Scored(term, value, next((band for band in term.bands if holds(band.test, value)), None))


def holds(test: Test, value: Any) -> bool:
    """Whether a test holds for a value; a comparison with what isn't known doesn't."""
    if test.op in ("missing", "present"):
        return (value is None) == (test.op == "missing")
    if value is None:
        return False
    if test.op == "in":
        return value in test.operands
    if test.op == "..":
        return bool(test.operands[0] <= value <= test.operands[1])
    other = test.operands[0]
    return bool(
        {">=": value >= other, ">": value > other, "<=": value <= other, "<": value < other, "=": value == other}[test.op]
    )


# --- what is wrong


def wrong(shape: TermShape, digits: int) -> str:
    """Why a term can't be read; blank where it can."""
    fact = FACTS.get(shape.fact)
    if fact is None:
        return f"there is no fact of ranking '{shape.fact}': {', '.join(FACTS)}"
    for band in shape.bands:
        try:
            test = cells.parse(band.when, fact, digits)
        except CellError as error:
            return str(error)
        if not isinstance(test, Test):
            return f"'{band.when}' can't stand here: a band is a comparison, a word, missing or present"
    return ""


@dataclass(frozen=True)
class Result:
    """What came of an example; ``message`` says what differs, blank when nothing does."""

    example: ExampleShape
    got: Mapping[str, int]
    message: str = ""


def examples(pack: Pack) -> Iterator[Result]:
    """Every example of the pack with what came of it."""
    for example in pack.catalogues.ranking_examples:
        found = score(terms(pack, example.as_of), _typed(example.facts, pack.digits))
        got = {one.term.key: one.points for one in found}
        differs = [
            f"{key} gives {got.get(key)}, not {points}" for key, points in example.expect.items() if got.get(key) != points
        ]
        if sum(got.values()) != example.sum:
            differs.append(f"the sum is {sum(got.values())}, not {example.sum}")
        yield Result(example, got, "; ".join(differs))


def _typed(facts: Mapping[str, Any], digits: int) -> dict[str, Any]:
    return {name: cells.operand(raw, FACTS[name], digits) for name, raw in facts.items()}


def wrong_example(shape: ExampleShape, digits: int) -> str:
    """Why an example can't be read; blank where it can."""
    for name, raw in shape.facts.items():
        if name not in FACTS:
            return f"there is no fact of ranking '{name}': {', '.join(FACTS)}"
        try:
            cells.operand(raw, FACTS[name], digits)
        except CellError as error:
            return str(error)
    return ""
