"""The pack's worked examples of schedules and playbooks: days in, days out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

import polars as pl
from pydantic import BaseModel, ConfigDict, Field

from tenure.rules import calendars, examplesread, playbooks, schedules
from tenure.rules.errors import Finding, PackError, RuleError
from tenure.rules.examples import Contradiction, is_work
from tenure.rules.frames import frame
from tenure.rules.packs import Pack
from tenure.rules.parts import Place
from tenure.rules.playbooks import PlannedStep
from tenure.rules.schedules import Planned, Why
from tenure.rules.schema import Text

WORDS = {"not_here": "nothing", "closed": "closed", "lapsed": "lapsed", "later": "later"}
KEYS = {"due": "due_date", "raised": "raise_on", "lapses": "lapses_on", "start": "start", "title": "title", "owner": "owner_role",
        "occasion": "occasion", "anchor": "anchor", "projected": "projected"}  # fmt: skip


class _Base(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Text
    facts: dict[str, Any] = {}
    choose: dict[str, Text] = {}
    contradicts: Contradiction | None = None
    source: Text | None = None
    note: Text | None = None


class OpenShape(BaseModel):
    """Open work that a schedule raised before."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    anchor_day: date
    raise_on: date


class ScheduleExample(_Base):
    """What one account's schedule gives on a day. `expect`: a due date; a list of mappings (due, raised, lapses, start, title, owner,
    occasion, anchor, projected), all that is to be there; `nothing`, `closed`, `lapsed`; {later: day on which it appears};
    {undecided: [facts]}, {no_anchor: [facts]}, {not_in_force: true}; with `open` work: {settled: status} or {settled: open}.
    `until` looks ahead."""

    schedule: str
    as_of: date
    until: date | None = None
    open: OpenShape | None = None
    expect: Any


class PlaybookExample(_Base):
    """The days of a playbook's steps. `expect`: step -> due date, or [earliest, due], or null for none; `count`: how many steps."""

    playbook: str
    start: date
    as_of: date | None = None
    region: Text | None = None
    count: int | None = Field(default=None, ge=1)
    expect: dict[str, Any]


@dataclass(frozen=True)
class WorkExample:
    """An example and where it stands."""

    shape: ScheduleExample | PlaybookExample
    place: Place

    @property
    def subject(self) -> str:
        """The schedule or playbook that it shows."""
        return self.shape.schedule if isinstance(self.shape, ScheduleExample) else self.shape.playbook


@dataclass(frozen=True)
class WorkResult:
    """What came of an example; `message` says what differs (empty when it passed), `told` what happened in words."""

    example: WorkExample
    passed: bool
    got: Any
    message: str = ""
    told: str = ""


@lru_cache(maxsize=8)
def load(pack: Pack) -> tuple[tuple[WorkExample, ...], tuple[Finding, ...]]:
    """The examples of schedules and playbooks (in `examples/`), and findings (HB001) about those that cannot be read."""
    found: tuple[tuple[ScheduleExample | PlaybookExample, Place], ...]
    found, findings = examplesread.read(pack, _shape)
    return tuple(WorkExample(*one) for one in found), findings


def _shape(item: Mapping[str, Any]) -> type[ScheduleExample | PlaybookExample] | None:
    return None if not is_work(item) else ScheduleExample if "schedule" in item else PlaybookExample


def run(pack: Pack, subject: str | None = None) -> list[WorkResult]:
    """Run every example (of one schedule or playbook, if named). Raises PackError when an example cannot be read."""
    _, findings = load(pack)
    if findings:
        raise PackError(findings)
    return [result for result in results(pack) if subject in (None, result.example.subject)]


@lru_cache(maxsize=8)
def results(pack: Pack) -> tuple[WorkResult, ...]:
    """What came of every example that can be read; run once per pack."""
    return tuple(run_one(example, pack) for example in load(pack)[0])


def run_one(example: WorkExample, pack: Pack) -> WorkResult:
    """Run one example."""
    shape = example.shape
    unknown = [name for name in shape.facts if name not in pack.facts]
    if unknown:
        return WorkResult(example, False, None, f"there is no fact '{unknown[0]}'")
    try:
        chosen = pack.choosing(**shape.choose) if shape.choose else pack
        got, told = _schedule(shape, chosen) if isinstance(shape, ScheduleExample) else (_playbook(shape, chosen), "")
    except (RuleError, PackError, ValueError) as error:
        return WorkResult(example, False, None, str(error))
    same = _same(shape.expect, got) and (not isinstance(shape, PlaybookExample) or shape.count in (None, len(got)))
    message = "" if same else f"expected {plain(shape.expect)}, got {plain(got)}{': ' + told if told else ''}"
    return WorkResult(example, same, got, message, told)


def _schedule(shape: ScheduleExample, pack: Pack) -> tuple[Any, str]:
    """What happens, in the terms of `expect`, and in words."""
    why = schedules.explain(shape.facts, pack, shape.as_of, [shape.schedule], until=shape.until)[shape.schedule]
    if shape.open:
        return _settled(shape, shape.open, pack), ""
    return _status(why, shape), why.message


def _status(why: Why, shape: ScheduleExample) -> Any:
    if why.status == "not_in_force":
        return {"not_in_force": True}
    if why.status in ("undecided", "no_anchor"):
        return {why.status: list(why.missing)}
    raised = why.planned if shape.until else why.now
    if raised:
        return [_told(item) for item in raised]
    return {"later": why.planned[0].raise_on} if why.planned else WORDS[why.status]


def _told(item: Planned) -> dict[str, Any]:
    return {key: getattr(item, name) for key, name in KEYS.items()}


def _settled(shape: ScheduleExample, work: OpenShape, pack: Pack) -> dict[str, str]:
    facts, errors = frame([{"account": "account", **shape.facts}], pack)
    if errors:
        raise ValueError(errors[0].message)
    row = {
        "natural_key": "x",
        "account": "account",
        "schedule": shape.schedule,
        "anchor_day": work.anchor_day,
        "raise_on": work.raise_on,
    }
    found = schedules.settled(pl.DataFrame([row]), facts, pack, shape.as_of)
    return {"settled": found["status"][0] if found.height else "open"}


def _playbook(shape: PlaybookExample, pack: Pack) -> dict[str, Any]:
    playbook = pack.playbook(shape.playbook)
    cal = calendars.of(pack, shape.region)
    steps = playbooks.steps(
        playbook, shape.start, cal, as_of=shape.as_of, chosen=pack.choose.get(playbook.key), facts=shape.facts or None
    )
    return {step.key: _days(step) for step in steps}


def _days(step: PlannedStep) -> Any:
    return [step.earliest, step.due_date] if step.earliest else step.due_date


def _same(wanted: Any, got: Any) -> bool:
    """Dates may be given for a whole list; of mappings, the keys that are there count."""
    if isinstance(got, list) and isinstance(wanted, date):
        return len(got) == 1 and got[0].get("due") == wanted
    if isinstance(got, list) and isinstance(wanted, list) and all(isinstance(item, Mapping) for item in wanted):
        return len(got) == len(wanted) and all(_same(w, g) for w, g in zip(wanted, got, strict=True))
    if isinstance(got, Mapping) and isinstance(wanted, Mapping):
        return all(key in got and _same(value, got[key]) for key, value in wanted.items())
    if isinstance(wanted, list) and isinstance(got, list) and all(isinstance(item, str) for item in wanted):
        return sorted(wanted) == sorted(got)
    return bool(wanted == got)


def plain(value: Any) -> Any:
    """For people: dates as ISO text; of a due occasion its due date and the day on which it appears."""
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items() if key in ("due", "raised") or "due" not in value}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [plain(item) for item in value]
    return value.isoformat() if isinstance(value, date) else value


def editions_shown(pack: Pack) -> Iterator[tuple[str, date, str | None]]:
    """Subject, start and alternative of every edition that some example shows."""
    for example in load(pack)[0]:
        shape = example.shape
        chosen = pack.choosing(**shape.choose) if shape.choose else pack
        try:
            if isinstance(shape, ScheduleExample):
                edition: Any = chosen.schedule_on(shape.schedule, shape.as_of).edition
            else:
                edition = chosen.playbook_on(shape.playbook, shape.as_of or shape.start)
        except RuleError:
            continue
        yield example.subject, edition.start, edition.alternative
