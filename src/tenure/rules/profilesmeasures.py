"""How much of a profile is known, how much of it still counts, and what to ask next. Pure arithmetic over days and weights."""

from __future__ import annotations

import math
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from tenure.rules.profiles import ProfileField, Profiles, TermsShape


@dataclass(frozen=True)
class Known:
    """That a field has a value: when it was learnt, and how sure that is."""

    learnt_on: date
    confidence: str


@dataclass(frozen=True)
class Completeness:
    """Weights and fields: all of them, those that are known, and those of which enough still counts (``fresh``). ``missing`` and ``stale``
    are keys in the order of the handbook."""

    weight: int = 0
    known_weight: int = 0
    fresh_weight: int = 0
    fields: int = 0
    known: int = 0
    missing: tuple[str, ...] = ()
    stale: tuple[str, ...] = ()

    @property
    def percent(self) -> int | None:
        """How much is known by weight, rounded down: 100 is everything; None where nothing is asked."""
        return 100 * self.known_weight // self.weight if self.weight else None

    @property
    def fresh_percent(self) -> int | None:
        """The same of what isn't stale."""
        return 100 * self.fresh_weight // self.weight if self.weight else None


@dataclass(frozen=True)
class Question:
    """A field worth asking for, its points, and why in words."""

    field: ProfileField
    points: int
    why: str


OTHER = ""  # stands for every word of confidence that the handbook doesn't have


def full_trust(confidence: str, terms: TermsShape) -> int:
    """How much a value counts on its day, in percent; one whose word the handbook doesn't have (any more) counts as the least sure."""
    return terms.trust.get(confidence, min(terms.trust.values()))


def confidences(terms: TermsShape | None) -> tuple[str, ...]:
    """The words of the handbook, and ``OTHER``."""
    return (*terms.trust, OTHER) if terms else ()


def trust(field: ProfileField, known: Known | None, day: date, terms: TermsShape) -> float:
    """How much of a value counts on a day, in percent: that of its confidence, halved with every half-life; 0 for what isn't known."""
    if known is None:
        return 0.0
    full = float(full_trust(known.confidence, terms))
    age = max((day - known.learnt_on).days, 0)
    return full if field.half_life is None else full * 0.5 ** (age / field.half_life)


def stale(field: ProfileField, known: Known, day: date, terms: TermsShape) -> bool:
    """Whether too little of a value counts on a day."""
    return trust(field, known, day, terms) < terms.stale_percent


def stale_on(field: ProfileField, known: Known, terms: TermsShape) -> date | None:
    """The first day on which a value is stale; None for one that never is."""
    if stale(field, known, known.learnt_on, terms):
        return known.learnt_on
    if field.half_life is None:
        return None
    full = full_trust(known.confidence, terms)
    day = known.learnt_on + timedelta(days=math.floor(field.half_life * math.log2(full / terms.stale_percent)))
    while not stale(field, known, day, terms):  # rounding may put the day one off
        day += timedelta(days=1)
    return day


def completeness(profiles: Profiles, known: Mapping[str, Known], day: date, profile: str | None = None) -> Completeness:
    """How complete a profile (None: both) is on a day."""
    return _completeness(profiles, profiles.on(day, profile), known, day)


def percent_of(weights: Mapping[str, int], keys: Iterable[str]) -> int | None:
    """The same as ``Completeness.percent`` of fields with these weights by key, of which ``keys`` are known."""
    whole = sum(weights.values())
    return 100 * sum(weights.get(key, 0) for key in keys) // whole if whole else None


def by_role(profiles: Profiles, known: Mapping[str, Known], day: date, stage: str) -> dict[str, Completeness]:
    """How complete that is for which each role answers at a stage: fields that are to be known by then."""
    fields: dict[str, list[ProfileField]] = {}
    for one in profiles.on(day):
        if profiles.expected(one, stage):
            fields.setdefault(profiles.responsible(one, stage)[0], []).append(one)
    return {role: _completeness(profiles, theirs, known, day) for role, theirs in fields.items()}


def questions(
    profiles: Profiles, known: Mapping[str, Known], day: date, stage: str, role: str | None = None, elsewhere: Container[str] = ()
) -> list[Question]:
    """What to ask next, the most worth first: weight times the percent that doesn't count. Left out: what is fresh, what is asked at a later
    stage, what is known from ``elsewhere``, and, with ``role``, that for which others answer."""
    terms, found = profiles.terms, []
    if terms is None:
        return []
    for one in profiles.on(day):
        if not profiles.expected(one, stage) or (role is not None and role not in profiles.responsible(one, stage)):
            continue
        held = known.get(one.key)
        if held is None and one.key in elsewhere:
            continue
        if held is None or stale(one, held, day, terms):
            counts = trust(one, held, day, terms)
            points = math.floor(one.weight * (100 - counts) + 0.5)
            found.append(Question(one, points, _why(one, held, day, counts, points)))
    return sorted(found, key=lambda question: -question.points)  # stable: the order of the handbook among equals


def _completeness(profiles: Profiles, fields: Iterable[ProfileField], known: Mapping[str, Known], day: date) -> Completeness:
    asked = list(fields)
    there = [one for one in asked if one.key in known]
    old = [one for one in there if profiles.terms and stale(one, known[one.key], day, profiles.terms)]
    weight = sum(one.weight for one in there)
    return Completeness(
        sum(one.weight for one in asked), weight, weight - sum(one.weight for one in old), len(asked), len(there),
        tuple(one.key for one in asked if one.key not in known), tuple(one.key for one in old),
    )  # fmt: skip


def _why(field: ProfileField, known: Known | None, day: date, counts: float, points: int) -> str:
    if known is None:
        return f"Not known. Weight {field.weight} × 100 = {points} points."
    age = (day - known.learnt_on).days
    days = "today" if age <= 0 else "1 day ago" if age == 1 else f"{age} days ago"
    ages = f", half-life {field.half_life} days" if field.half_life else ""
    missing = math.floor(100 - counts + 0.5)
    return (
        f"Learnt {days} with {known.confidence} confidence{ages}: {100 - missing} % of it still counts. "
        f"Weight {field.weight} × {missing} = {points} points."
    )
