"""How much time people have in a week, and how full planned work makes it.

A week is an ISO week, named by its Monday. A day is worked when it is one of the person's weekdays, no holiday of the region's calendar and no
day of an absence. The line over which a week is full is the handbook's (`planned_minutes_a_week` of `minutes_a_week`), in proportion
to the person's own hours and to the days that are worked.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Literal

from tenure.rules import calendars
from tenure.rules.calendars import Calendar
from tenure.rules.errors import RuleError
from tenure.rules.packs import Pack

Level = Literal["free", "away", "under", "near", "over"]
DAYS = timedelta(days=7)
HOURS, PLANNED, NEAR = "minutes_a_week", "planned_minutes_a_week", "near_full_percent"
NO_HOURS = "no working time"


@dataclass(frozen=True)
class Working:
    """The hours of a person's week from a day on: minutes, and the ISO weekdays over which they are spread evenly."""

    start: date
    minutes: int
    weekdays: frozenset[int]


@dataclass(frozen=True)
class Away:
    """Days of an absence, both ends included, and what it is called."""

    first: date
    last: date
    called: str = "away"


@dataclass(frozen=True)
class Person:
    """What is known of a person's time."""

    region: str | None = None
    working: tuple[Working, ...] = ()
    away: tuple[Away, ...] = ()


@dataclass(frozen=True)
class Day:
    """One day: its minutes, or why there are none."""

    day: date
    minutes: Fraction
    free: str = ""

    @property
    def rounded(self) -> int:
        """Its minutes, half up."""
        return half_up(self.minutes)


@dataclass(frozen=True)
class Time:
    """A person's week: `minutes` of work, of which `plannable` before it is full."""

    week: date
    minutes: int
    plannable: int
    days: tuple[Day, ...]

    @property
    def missing(self) -> tuple[Day, ...]:
        """The days on which the person would work, but for a holiday or an absence."""
        return tuple(day for day in self.days if day.free and day.free != f"{day.day:%A}")


def monday(day: date) -> date:
    """The Monday of the ISO week in which a day lies."""
    return day - timedelta(days=day.weekday())


def weeks(first: date, count: int) -> list[date]:
    """The Mondays of `count` weeks, beginning with that of `first`."""
    return [monday(first) + DAYS * number for number in range(count)]


def time_of(person: Person, week: date, pack: Pack) -> Time:
    """A person's week; without time where neither the person nor the handbook of that day has any."""
    start = monday(week)
    usual, planned = _number(pack, HOURS, start), _number(pack, PLANNED, start)
    days = tuple(_days(person, start, usual, calendars.of(pack, person.region)))
    minutes = sum((day.minutes for day in days), Fraction())
    return Time(start, half_up(minutes), half_up(minutes * planned / usual) if usual else 0, days)


def _days(person: Person, start: date, usual: int, cal: Calendar) -> Iterator[Day]:
    for number in range(7):
        day = start + timedelta(days=number)
        hours = working_on(person, day) or Working(date.min, usual, cal.weekdays)
        free = _why_free(person, day, hours, cal)
        yield Day(day, Fraction() if free else Fraction(hours.minutes, len(hours.weekdays)), free)


def working_on(person: Person, day: date) -> Working | None:
    """The working time that holds on a day; None = the handbook's."""
    begun = [one for one in person.working if one.start <= day]
    return max(begun, key=lambda one: one.start, default=None)


def _why_free(person: Person, day: date, hours: Working, cal: Calendar) -> str:
    if not hours.minutes or not hours.weekdays:
        return NO_HOURS
    if day.isoweekday() not in hours.weekdays:
        return f"{day:%A}"
    if holiday := cal.holidays(day.year).get(day):
        return holiday
    return next((one.called for one in person.away if one.first <= day <= one.last), "")


def level(minutes: int, plannable: int, near: int) -> Level:
    """How full a week is: `over` the line, `near` it (from `near` per cent on), `under` it, `free` of work; `away`: neither time nor work."""
    if not minutes:
        return "free" if plannable else "away"
    if minutes > plannable:
        return "over"
    return "near" if minutes * 100 >= plannable * near else "under"


def percent(minutes: int, plannable: int) -> int | None:
    """How much of the line is taken, half up; None where there is no time."""
    return half_up(Fraction(minutes * 100, plannable)) if plannable else None


def near_full(pack: Pack, day: date) -> int:
    """From how many per cent a week is nearly full."""
    return _number(pack, NEAR, day, 100)


def usual(pack: Pack, day: date) -> int:
    """The minutes of a week without a working time of one's own."""
    return _number(pack, HOURS, day)


def line(pack: Pack, day: date) -> int:
    """The minutes over which a full week is full."""
    return _number(pack, PLANNED, day)


def half_up(value: Fraction) -> int:
    """The nearest whole number, halves up."""
    return (value.numerator * 2 + value.denominator) // (value.denominator * 2)


def _number(pack: Pack, name: str, day: date, otherwise: int = 0) -> int:
    """A dated value; `otherwise` where the handbook has none on that day."""
    try:
        return int(pack.number(name, day))
    except RuleError:
        return otherwise
