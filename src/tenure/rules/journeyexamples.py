"""The pack's worked examples of the journey: what is known of an opportunity in; the steps done, due and missing out."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from typing import Any, Literal

from tenure.rules import examplesread, handovers, journey
from tenure.rules.errors import Finding
from tenure.rules.examplesread import Result, Shown
from tenure.rules.journeyfacts import FACTS
from tenure.rules.packs import Pack
from tenure.rules.parts import Place
from tenure.rules.schema import Name, Text

STATES = ("done", "waived", "due", "missing", "ahead")


class JourneyExample(Shown):
    """One case on the day ``on``. ``journey: steps`` expects the steps (by number, else by key) that are done, waived, due, missing or ahead;
    ``handover`` the keys of the items of ``kind`` that are done, not needed (``waived``) or open; ``stages`` the keys of a customer's stages and of the
    confirmations that ``stage`` asks for."""

    journey: Literal["steps", "handover", "stages"]
    on: date
    stage: Name | None = None
    reached_on: date | None = None
    plan: str = ""
    kind: Name | None = None
    facts: dict[Name, Any] = {}
    fields: tuple[Name, ...] = ()
    entries: tuple[Name, ...] = ()
    steps: tuple[Text, ...] = ()
    ticked: dict[Name, Literal["done", "waived"]] = {}


@lru_cache(maxsize=8)
def load(pack: Pack) -> tuple[tuple[tuple[JourneyExample, Place], ...], tuple[Finding, ...]]:
    """The examples (in ``examples/``), and findings (HB001) about those that cannot be read."""
    return examplesread.read(pack, lambda item: JourneyExample if "journey" in item else None)


@lru_cache(maxsize=8)
def results(pack: Pack) -> tuple[Result[JourneyExample], ...]:
    """What came of every example that can be read."""
    return tuple(run_one(example, place, pack) for example, place in load(pack)[0])


def run_one(example: JourneyExample, place: Place, pack: Pack) -> Result[JourneyExample]:
    """Run one example."""
    if strange := sorted(set(example.facts) - set(FACTS)):
        return Result(example, place, {}, f"the journey has no fact '{strange[0]}'")
    return examplesread.compared(example, place, _got(example, pack))


def case_of(example: JourneyExample) -> journey.Case:
    """The case that an example gives."""
    return journey.Case(
        example.stage or "", example.reached_on, example.plan, example.facts, frozenset(example.fields), frozenset(example.entries),
        example.ticked, steps=frozenset(example.steps),
    )  # fmt: skip


def _got(example: JourneyExample, pack: Pack) -> dict[str, Any]:
    book, day, case = pack.journey, example.on, case_of(example)
    if example.journey == "stages":
        stages = book.lifecycle(day)
        chosen = stages.get(example.stage or "")
        return {"stages": list(stages), "confirmations": [one.key for one in chosen.confirmations] if chosen else []}
    if example.journey == "handover":
        kind = book.handover(example.kind or "", day)
        if kind is None:
            return {"done": None, "waived": None, "open": None}
        items = handovers.states(kind, case.plan, case, {})
        by_state = {state: [one.item.key for one in items if one.state == state] for state in ("done", "waived", "open")}
        return {**by_state, "convened_by": kind.convened_by.get(case.plan)}
    matrix = book.matrix(day)
    if matrix is None:
        return dict.fromkeys(STATES)
    found = journey.states(matrix, case, day)
    return {state: [one.step.mark for one in found if one.state == state] for state in STATES}


def check(pack: Pack) -> Iterator[Finding]:
    """HB001, HB010 and HB011 of the examples; HB019 for a step of an edition that no example shows as done."""
    yield from load(pack)[1]
    yield from examplesread.told(results(pack), "journey")
    yield from _unshown(pack)


def _unshown(pack: Pack) -> Iterator[Finding]:
    """Every step of every edition has an example in which it is done: the matrix is complete only then."""
    shown: set[tuple[date, int]] = set()
    for result in results(pack):
        matrix = pack.journey.matrix(result.example.on)
        if result.example.journey == "steps" and matrix:
            shown |= {(matrix.start, number) for number in result.got.get("done") or ()}
    for i, matrix in enumerate(pack.journey.matrices):
        for j, step in enumerate(matrix.steps):
            if (matrix.start, step.mark) not in shown:
                message = f"no example shows step {step.mark} ('{step.title}') of {matrix.start} as done"
                yield Finding("HB019", "warning", message, "journey.yaml", f"journey_matrices[{i}].steps[{j}]", rule="journey")
