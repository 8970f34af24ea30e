"""The pack's worked examples of onboardings: days in; days, track and missing fields out."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from typing import Any, Literal

from tenure.rules import examplesread, onboarding
from tenure.rules.errors import Finding
from tenure.rules.examplesread import Result, Shown
from tenure.rules.onboarding import BEGINS, ENDS, FIELDS
from tenure.rules.packs import Pack
from tenure.rules.parts import Place
from tenure.rules.schema import Name

KNOWN = frozenset({*BEGINS, *ENDS, *FIELDS, "cause", "gemstone"})
SHOWN = ("metrics", "tracks", "editions", "customers")


class OnboardingExample(Shown):
    """One onboarding by the handbook of `edition`. `expect` may name engage, value and onboard (days, null = not known), the keys of milestones
    in `reached` (days), `track` on the day `on`, `missing` (the fields that `status` asks for), `days` of the gem's play, and whether the customer is an `existing` one."""

    onboarding: Literal["days", "track", "status", "milestones", "play", "customers"]
    edition: date
    on: date | None = None
    status: Name | None = None
    values: dict[str, Any] = {}
    reached: dict[Name, date] = {}


@lru_cache(maxsize=8)
def load(pack: Pack) -> tuple[tuple[tuple[OnboardingExample, Place], ...], tuple[Finding, ...]]:
    """The examples (in `examples/`), and findings (HB001) about those that cannot be read."""
    return examplesread.read(pack, lambda item: OnboardingExample if "onboarding" in item else None)


@lru_cache(maxsize=8)
def results(pack: Pack) -> tuple[Result[OnboardingExample], ...]:
    """What came of every example that can be read."""
    return tuple(run_one(example, place, pack) for example, place in load(pack)[0])


def run_one(example: OnboardingExample, place: Place, pack: Pack) -> Result[OnboardingExample]:
    """Run one example."""
    if strange := sorted(set(example.values) - KNOWN):
        return Result(example, place, {}, f"an onboarding has no '{strange[0]}'")
    return examplesread.compared(example, place, _got(example, pack))


def _got(example: OnboardingExample, pack: Pack) -> dict[str, Any]:
    book, day, values = pack.onboarding, example.edition, example.values
    if example.onboarding == "days":
        times = book.times(day)
        return {key: onboarding.days(times[key], values) if key in times else None for key in ("engage", "value", "onboard")}
    if example.onboarding == "track":
        return {"track": onboarding.track(book, day, values, example.on or day)}
    if example.onboarding == "play":
        play = book.play(str(values.get("gemstone")), day)
        return dict(play.model_dump()) if play else {"days": None}
    if example.onboarding == "customers":
        rule = onboarding.latest(book.customers, day)
        return {"existing": rule.existing(values) if rule else None}
    if example.onboarding == "milestones":
        known = book.milestones_on(day)
        return {
            key: onboarding.milestone_days(known[key], values, on) if key in known else None
            for key, on in example.reached.items()
        }
    edition = book.edition(day)
    status = edition.status(example.status or "") if edition else None
    return {"missing": onboarding.missing(status.asks, values) if status else None, "open": status.open if status else None}


def check(pack: Pack) -> Iterator[Finding]:
    """HB001, HB010 and HB011 of the examples; HB019 for an edition of a time, and of the words, that none shows."""
    yield from load(pack)[1]
    yield from examplesread.told(results(pack), "onboarding")
    shown = set(_shown(pack))
    for name in SHOWN:
        for i, item in enumerate(getattr(pack.onboarding, name)):
            if (name, getattr(item, "key", ""), item.start) not in shown:
                message = f"no example shows '{getattr(item, 'key', 'onboarding')}' from {item.start}"
                yield Finding("HB019", "warning", message, "onboarding.yaml", f"onboarding_{name}[{i}]", rule="onboarding")


def _shown(pack: Pack) -> Iterator[tuple[str, str, date]]:
    """The list, key and start of every edition that some example shows."""
    book = pack.onboarding
    for example, _ in load(pack)[0]:
        if example.onboarding == "days":
            times = book.times(example.edition)
            yield from (("metrics", key, times[key].start) for key in example.expect if key in times)
        elif example.onboarding == "track" and (rule := onboarding.latest(book.tracks, example.edition)):
            yield "tracks", "track", rule.start
        elif example.onboarding == "customers" and (whose := onboarding.latest(book.customers, example.edition)):
            yield "customers", "customers", whose.start
        elif example.onboarding == "status" and (edition := book.edition(example.edition)):
            yield "editions", "", edition.start
