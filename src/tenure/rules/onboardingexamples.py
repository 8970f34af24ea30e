"""The pack's worked examples of onboardings: days in; days, track and missing fields out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import Annotated, Any, Literal

from pydantic import Field

from tenure.rules import onboarding
from tenure.rules.errors import Finding
from tenure.rules.examples import Contradiction
from tenure.rules.onboarding import BEGINS, ENDS, FIELDS
from tenure.rules.packs import YAML_ENDS, Pack
from tenure.rules.parts import Place
from tenure.rules.schema import Name, Strict, Text, validated
from tenure.rules.yamls import dotted, line_of, read_once

KNOWN = frozenset({*BEGINS, *ENDS, *FIELDS, "cause", "gemstone"})
LISTS = ("metrics", "tracks", "editions", "milestones", "plays")


class OnboardingExample(Strict):
    """One onboarding by the handbook of `edition`. `expect` may name engage, value and onboard (days, null = not known), the keys of milestones
    in `reached` (days), `track` on the day `on`, `missing` (the fields that `status` asks for), and `days` of the gem's play."""

    name: Text
    onboarding: Literal["days", "track", "status", "milestones", "play"]
    edition: date
    on: date | None = None
    status: Name | None = None
    values: dict[str, Any] = {}
    reached: dict[Name, date] = {}
    expect: Annotated[dict[str, Any], Field(min_length=1)]
    contradicts: Contradiction | None = None
    source: Text
    note: Text | None = None


@dataclass(frozen=True)
class Result:
    """What came of an example; `message` says what differs, blank when nothing does."""

    example: OnboardingExample
    place: Place
    got: dict[str, Any]
    message: str = ""


@lru_cache(maxsize=8)
def load(pack: Pack) -> tuple[tuple[tuple[OnboardingExample, Place], ...], tuple[Finding, ...]]:
    """The examples (in `examples/`), and findings (HB001) about those that cannot be read."""
    found, findings = [], []
    for file, text in pack.texts.items():
        if not (file.startswith("examples/") and file.endswith(YAML_ENDS)):
            continue
        data, lines, _ = read_once(text, file)
        items = data.get("examples") if isinstance(data, dict) else None
        for i, item in enumerate(items if isinstance(items, list) else ()):
            if not (isinstance(item, dict) and "onboarding" in item):
                continue
            path = ("examples", i)
            shape, wrong = validated(OnboardingExample, item, file, lines, path)
            findings += wrong
            if shape:
                found.append((shape, Place(file, dotted(path), line_of(lines, path))))
    return tuple(found), tuple(findings)


@lru_cache(maxsize=8)
def results(pack: Pack) -> tuple[Result, ...]:
    """What came of every example that can be read."""
    return tuple(run_one(example, place, pack) for example, place in load(pack)[0])


def run_one(example: OnboardingExample, place: Place, pack: Pack) -> Result:
    """Run one example."""
    if strange := sorted(set(example.values) - KNOWN):
        return Result(example, place, {}, f"an onboarding has no '{strange[0]}'")
    got = _got(example, pack)
    differs = [
        f"{key} is {got.get(key)}, not {value}" for key, value in example.expect.items() if key not in got or got[key] != value
    ]
    return Result(example, place, got, "; ".join(differs))


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
    for result in results(pack):
        example, place = result.example, result.place
        if example.contradicts:
            message = f"'{example.name}': the source says {example.contradicts.source_says}"
            told = Finding("HB010", "warning", message, place.file, place.path, place.line, "onboarding")
            yield replace(told, acknowledged=True, reason=example.contradicts.reason)
        if result.message:
            message = f"'{example.name}': {result.message}"
            yield Finding("HB011", "error", message, place.file, place.path, place.line, "onboarding")
    shown = set(_shown(pack))
    for name in LISTS[:3]:
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
        elif example.onboarding == "status" and (edition := book.edition(example.edition)):
            yield "editions", "", edition.start
