"""Days: offsets from a day, business days and holidays of a region.

Month arithmetic keeps the day number and, where the month has no such day, takes its last: 31 January + 1 month is the last
day of February, 29 February + 1 year is 28 February. Offsets always count from the anchor, never from an earlier result, so
a series of month ends (31 January, 28 February, 31 March) does not wear off.

Business days: `+n` is the n-th business day after the day, `-n` the n-th before it, whether or not the day itself is one; `0` is the
day itself or, if it is none, the next business day.
"""

from __future__ import annotations

import re
import warnings
from calendar import monthrange
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

import holidays as library
import polars as pl

if TYPE_CHECKING:
    from tenure.rules.packs import Pack

Unit = Literal["days", "business_days", "weeks", "months", "years"]
Roll = Literal["none", "forward", "backward"]
DEFAULT = "default"
LANGUAGE = "en_US"  # the library's names of holidays in English, where it has them
FAR = 4000  # an offset of more business days is a mistake

_OFFSET = re.compile(r"([+-]?\s*\d{1,4})\s+(business\s+)?(day|week|month|year)s?", re.IGNORECASE)


@dataclass(frozen=True)
class Offset:
    """A distance between two days: `n` (negative = before) of a `unit`."""

    n: int
    unit: Unit = "days"

    def __str__(self) -> str:
        unit = self.unit.replace("_", " ")
        return f"{self.n} {unit if abs(self.n) != 1 else unit.removesuffix('s')}"

    def __neg__(self) -> Offset:
        return Offset(-self.n, self.unit)

    @property
    def words(self) -> str:
        """For people: `30 days after`, `7 months before`, `the same day`."""
        if self.n == 0:
            return "the next business day" if self.unit == "business_days" else "the same day"
        return f"{Offset(abs(self.n), self.unit)!s} {'after' if self.n > 0 else 'before'}"

    @property
    def length(self) -> int:
        """About how many days it is long; only for ordering."""
        return self.n * {"days": 1, "business_days": 1, "weeks": 7, "months": 30, "years": 365}[self.unit]


@dataclass(frozen=True)
class Calendar:
    """The days of one region. `timezone` is the clock of its people; `weekdays` are the ISO days on which they work (1 = Monday). A day is a holiday when it is a
    public one in at least `shared_by` of the `countries` (ISO 3166, `US-CA` for a part of one), or one of the company's own `days`."""

    key: str = DEFAULT
    timezone: str = "UTC"
    weekdays: frozenset[int] = frozenset({1, 2, 3, 4, 5})
    countries: tuple[str, ...] = ()
    shared_by: int = 1
    days: tuple[tuple[date, str], ...] = ()
    title: str = ""
    source: str = ""
    note: str = ""

    def holidays(self, year: int) -> Mapping[date, str]:
        """The holidays of a year with their names; those on a weekend too."""
        return _holidays(self, year)

    def is_business_day(self, day: date) -> bool:
        """Whether people of the region work on `day`."""
        return day.isoweekday() in self.weekdays and day not in _holidays(self, day.year)


def of(pack: Pack, region: str | None) -> Calendar:
    """The calendar of a region; the pack's default one for a region without its own, or none."""
    return pack.calendars.get(region or DEFAULT) or pack.calendars.get(DEFAULT) or Calendar()


def offset(text: str) -> Offset:
    """An offset as packs write it: `30 days`, `-6 months`, `3 business days`, `0 days`. Raises ValueError."""
    match = _OFFSET.fullmatch(text.strip())
    if match is None or (match[2] and match[3].lower() != "day"):
        raise ValueError(f"'{text}' is not an offset like '30 days', '-6 months' or '3 business days'")
    units: dict[str, Unit] = {"day": "days", "week": "weeks", "month": "months", "year": "years"}
    return Offset(int(match[1].replace(" ", "")), "business_days" if match[2] else units[match[3].lower()])


def add_months(day: date, months: int) -> date:
    """The same day number `months` later (or earlier); the month's last day where it has no such number."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def next_business_day(cal: Calendar, day: date) -> date:
    """`day` itself when people work on it, else the next day on which they do."""
    return _step(cal, day, 1)


def previous_business_day(cal: Calendar, day: date) -> date:
    """`day` itself when people work on it, else the last day before on which they did."""
    return _step(cal, day, -1)


def add_business_days(cal: Calendar, day: date, n: int) -> date:
    """The `n`-th business day after `day` (before it for a negative `n`); 0 is `next_business_day`. Raises ValueError
    for more than 4,000."""
    if abs(n) > FAR:
        raise ValueError(f"{n} business days is too far")
    if n == 0:
        return next_business_day(cal, day)
    step = 1 if n > 0 else -1
    for _ in range(abs(n)):
        day = _step(cal, day + timedelta(days=step), step)
    return day


def shift(day: date, by: Offset, cal: Calendar) -> date:
    """`day` moved by an offset, by the rules above. Raises OverflowError or ValueError outside the years 1 to 9999."""
    if by.unit == "business_days":
        return add_business_days(cal, day, by.n)
    if by.unit in ("months", "years"):
        return add_months(day, by.n * (12 if by.unit == "years" else 1))
    return day + timedelta(days=by.n * (7 if by.unit == "weeks" else 1))


def business_days_between(cal: Calendar, first: date, last: date) -> int:
    """How many business days lie from `first` to `last`, both counted; 0 when `last` comes before."""
    return sum(cal.is_business_day(first + timedelta(days=i)) for i in range((last - first).days + 1))


# --- the same over a column


def shifted(column: pl.Expr, by: Offset, region: pl.Expr, calendars: Mapping[str, Calendar], years: range) -> pl.Expr:
    """`shift` over a column of days, each by the calendar of its `region` (null = the default one). `years` must cover all
    days that come in or out: holidays outside of it aren't known."""
    if by.unit == "business_days":
        return per_calendar(region, calendars, lambda cal: _moved(column, by.n, cal, years))
    if by.unit in ("months", "years"):
        return column.dt.offset_by(f"{by.n}{'mo' if by.unit == 'months' else 'y'}")
    return column + pl.duration(days=by.n * (7 if by.unit == "weeks" else 1))


def rolled(column: pl.Expr, roll: Roll, region: pl.Expr, calendars: Mapping[str, Calendar], years: range) -> pl.Expr:
    """Days that nobody works on moved to the next business day (`forward`) or the last before (`backward`)."""
    if roll == "none":
        return column
    return per_calendar(region, calendars, lambda cal: _business(column, 0, roll, cal, years))


def per_calendar(region: pl.Expr, calendars: Mapping[str, Calendar], make: Callable[[Calendar], pl.Expr]) -> pl.Expr:
    """What `make` gives for the calendar of the row's region."""
    last = make(calendars.get(DEFAULT) or Calendar())
    chain: Any = pl
    for key, cal in calendars.items():
        if key != DEFAULT:
            chain = chain.when(region == key).then(make(cal))
    return last if chain is pl else chain.otherwise(last)


def _moved(column: pl.Expr, n: int, cal: Calendar, years: range) -> pl.Expr:
    # From a free day the count starts at the business day on the other side, so that Saturday + 1 is Monday.
    return _business(column, n, "forward" if n <= 0 else "backward", cal, years)


def _business(column: pl.Expr, n: int, roll: Literal["forward", "backward"], cal: Calendar, years: range) -> pl.Expr:
    mask = [number in cal.weekdays for number in range(1, 8)]
    return column.dt.add_business_days(n, week_mask=mask, holidays=_free(cal, years), roll=roll)


@lru_cache(maxsize=1024)
def _free(cal: Calendar, years: range) -> pl.Expr:
    """The holidays of some years, as one value."""
    return pl.lit(pl.Series([[day for year in years for day in cal.holidays(year)]], dtype=pl.List(pl.Date)))


# --- holidays


def knows(country: str) -> bool:
    """Whether the library of holidays knows a country, or a part of one (`US-CA`)."""
    name, _, part = country.partition("-")
    try:
        library.country_holidays(name, subdiv=part or None, years=[2020])
    except NotImplementedError:
        return False
    return True


# A calendar may be asked about years of which the library knows nothing: then nobody is free but at weekends.
warnings.filterwarnings("ignore", message="Requested Holidays are available only")


@lru_cache(maxsize=1024)
def _holidays(cal: Calendar, year: int) -> Mapping[date, str]:
    named: dict[date, list[str]] = {}
    for country in cal.countries:
        for day, name in _public(country, year).items():
            named.setdefault(day, []).append(name)
    found = {day: names[0] for day, names in named.items() if len(names) >= cal.shared_by}
    return found | {day: name for day, name in cal.days if day.year == year}


@lru_cache(maxsize=2048)
def _public(country: str, year: int) -> dict[date, str]:
    name, _, part = country.partition("-")
    return dict(library.country_holidays(name, subdiv=part or None, years=[year], language=LANGUAGE))


def _step(cal: Calendar, day: date, step: int) -> date:
    """The first business day from `day` on (itself included), forwards or backwards."""
    for _ in range(366):
        if cal.is_business_day(day):
            return day
        day += timedelta(days=step)
    raise ValueError(f"the calendar {cal.key} has no business day within a year of {day}")
