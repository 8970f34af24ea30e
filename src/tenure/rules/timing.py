"""From a schedule's row to days: when its work is raised, due and no longer worth raising. Whole columns at once."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from tenure.rules import calendars
from tenure.rules.calendars import Calendar, Offset, add_months
from tenure.rules.work import Occasion, Recurrence, Timing

FROM = "#from"  # a column with a day after the anchor from which to count, if there is any
MOST = 400  # occasions looked ahead for one account and row: more than a year of days


@dataclass(frozen=True)
class Span:
    """The day for which one asks, the last day looked ahead to, and the calendars of the pack. `fiscal`: month in which the fiscal
    year begins. `project`: also what comes after something that is not done yet."""

    as_of: date
    until: date
    calendars: Mapping[str, Calendar]
    fiscal: int = 1
    project: bool = True


def occasions(rows: pl.LazyFrame, timing: Timing, span: Span, around: range, *, later: bool = False) -> pl.LazyFrame:
    """Every occasion of `rows` (accounts for which one row of a schedule holds) that is to be raised by the end of the span and has not
    lapsed on its first day: the columns of `rows` with `anchor`, `anchor_day`, `start`, `offset`, `occasion`, `due_date`,
    `raise_on`, `lapses_on`, `projected` and `said`, the title that the occasion itself gives (blank = none). `around`: see `years`;
    `later`: the rows have `FROM`."""
    make = {"at": _at, "every": _every, "on": _on, "once": _once}[timing.kind]
    maker = _Maker(timing, span, around)
    parts = list(make(maker.anchored(rows, later), maker))
    return pl.concat(parts) if parts else _none(rows, maker)


def _none(rows: pl.LazyFrame, maker: _Maker) -> pl.LazyFrame:
    found = maker.live(rows.filter(False), pl.lit(None, pl.Date))
    return _named(found.with_columns(anchor=pl.lit(""), anchor_day=pl.lit(None, pl.Date)), pl.lit(""), "")


@dataclass(frozen=True)
class _Maker:
    """One row's timing over a span; `around` are the years whose holidays count."""

    timing: Timing
    span: Span
    around: range

    def shifted(self, column: pl.Expr, by: Offset) -> pl.Expr:
        """Days moved by an offset, each by the calendar of its region."""
        return (
            calendars.shifted(column, by, pl.col("region"), self.span.calendars, self.around)
            if by.n or by.unit != "days"
            else column
        )

    def anchored(self, rows: pl.LazyFrame, later: bool) -> pl.LazyFrame:
        """With the first anchor that is known, and without the accounts that have none."""
        anchors = self.timing.anchors
        if not anchors:
            return rows
        names = [pl.when(pl.col(name).is_not_null()).then(pl.lit(name)) for name in anchors]
        day = pl.coalesce(anchors)
        known = rows.with_columns(pl.coalesce(names).alias("anchor")).filter(day.is_not_null())
        return known.with_columns((pl.max_horizontal(day, pl.col(FROM)) if later else day).alias("anchor_day"))

    def live(self, rows: pl.LazyFrame, day: pl.Expr) -> pl.LazyFrame:
        """With its day as `start`, and `raise_on`, `due_date` and `lapses_on`; only what is raised by the end of the span and has not
        lapsed on its first day."""
        timing, span, start = self.timing, self.span, pl.col("start")
        due = calendars.rolled(self.shifted(start, timing.due), timing.roll, pl.col("region"), span.calendars, self.around)
        lapses = self.shifted(start, timing.lapse_after) if timing.lapse_after else pl.lit(None, pl.Date)
        rows = rows.with_columns(day.alias("start")).with_columns(raise_on=self.shifted(start, -timing.raise_before))
        rows = rows.filter(pl.col("raise_on") <= span.until).with_columns(due_date=due, lapses_on=lapses)
        return rows.filter(pl.col("lapses_on") >= span.as_of) if timing.lapse_after else rows


def _asks_calendar(timing: Timing) -> bool:
    """Whether any of its days depends on holidays."""
    offsets = [item.offset for item in timing.occasions] + [timing.every, timing.due, timing.raise_before, timing.lapse_after]
    return timing.roll != "none" or any(offset and offset.unit == "business_days" for offset in offsets)


def _at(rows: pl.LazyFrame, maker: _Maker) -> Iterator[pl.LazyFrame]:
    for item in maker.timing.occasions:
        found = maker.live(rows, maker.shifted(pl.col("anchor_day"), item.offset))
        yield _named(found, _key(item, maker.timing.per), str(item.offset), said=item.title)


def _key(item: Occasion, per: str) -> pl.Expr:
    if per == "account":
        return pl.lit(item.key or "once")
    day = pl.col("anchor_day")
    base = day.dt.year().cast(pl.String) if per == "year" else day.cast(pl.String)
    return pl.concat_str(base, pl.lit(f"/{item.key}")) if item.key else base


def _every(rows: pl.LazyFrame, maker: _Maker) -> Iterator[pl.LazyFrame]:
    """The next one after the anchor, and, looking ahead, those that follow when each is done in time, the overdue one today."""
    step, span = maker.timing.every or Offset(1), maker.span
    said, anchor = str(step), pl.col("anchor_day")
    yield _named(maker.live(rows, maker.shifted(anchor, step)), anchor.cast(pl.String), said)
    if span.until <= span.as_of or not span.project:
        return
    after = rows.with_columns(anchor_day=pl.max_horizontal(maker.shifted(anchor, step), pl.lit(span.as_of)))
    for n in range(1, min(MOST, (span.until - span.as_of).days // max(step.length, 1) + 2)):
        found = maker.live(after, maker.shifted(anchor, Offset(step.n * n, step.unit)))
        yield _named(found, pl.concat_str(pl.lit("~"), pl.col("due_date").cast(pl.String)), said, projected=True)


def _on(rows: pl.LazyFrame, maker: _Maker) -> Iterator[pl.LazyFrame]:
    """The days of the calendar, for each account those after its anchor, if the row has one."""
    for day in calendar_days(maker.timing, maker.span):
        mine = rows.filter(pl.col("anchor_day") < day) if maker.timing.anchors else rows
        found = maker.live(mine, pl.lit(day)).with_columns(anchor=pl.lit(""), anchor_day=pl.lit(day))
        yield _named(found, pl.lit(day.isoformat()), "")


def _once(rows: pl.LazyFrame, maker: _Maker) -> Iterator[pl.LazyFrame]:
    """Today, under the name of the period in which it lies."""
    today = maker.span.as_of
    found = maker.live(rows, pl.lit(today)).with_columns(anchor=pl.lit(""), anchor_day=pl.lit(today))
    yield _named(found, pl.lit(period(today, maker.timing.once)), "")


def _named(rows: pl.LazyFrame, key: pl.Expr, offset: str, *, said: str = "", projected: bool = False) -> pl.LazyFrame:
    columns = (
        key.alias("occasion"),
        pl.lit(offset).alias("offset"),
        pl.lit(said).alias("said"),
        pl.lit(projected).alias("projected"),
    )
    return rows.with_columns(columns)


def years(anchors: Iterable[pl.Series], timing: Timing, span: Span) -> range:
    """The years whose holidays may count: around the days of the anchors and the span; none where no day hangs on holidays."""
    if not _asks_calendar(timing):
        return range(0)
    found = [day for anchor in anchors for day in (anchor.min(), anchor.max())]
    days = [day for day in (*found, span.as_of, span.until) if isinstance(day, date)]
    return range(max(min(days).year - 3, 1), min(max(days).year + 4, 9999))


# --- the calendar


def calendar_days(timing: Timing, span: Span) -> list[date]:
    """The days of a recurrence that can be raised within the span, in order."""
    on, cal = timing.on or Recurrence("month"), Calendar()
    lapse = timing.lapse_after or Offset(0)
    back = abs(timing.due.length) + abs(lapse.length) * 2 + 10  # generous: what has lapsed is left out later
    first = span.as_of - timedelta(days=back)
    last = calendars.shift(span.until, timing.raise_before, cal)
    found = [day for month in _months(first, last) for day in _days_of(on, month, span.fiscal) if first <= day <= last]
    return sorted(set(found))


def _months(first: date, last: date) -> Iterator[date]:
    """The first days of all months that touch the span, with a quarter's margin."""
    month = add_months(first.replace(day=1), -3)
    while month <= last:
        yield month
        month = add_months(month, 1)


def _days_of(on: Recurrence, month: date, fiscal: int) -> Iterator[date]:
    """The days of a recurrence that belong to a month: of a quarter or a year, to its first month."""
    if on.every == "week":
        days = (month.replace(day=n) for n in range(1, monthrange(month.year, month.month)[1] + 1))
        yield from (day for day in days if day.isoweekday() == on.weekday)
    elif on.every == "month" or (on.every == "year" and month.month == on.month):
        yield _nth(month, 1, on.day)
    elif on.every == "quarter" and (month.month - fiscal) % 3 == 0:
        yield _nth(month, 3, on.day)


def _nth(first: date, months: int, number: int) -> date:
    """The n-th day of some months beginning with `first`, -1 the last; too far out is the last, or the first."""
    after = add_months(first, months)
    day = first + timedelta(days=number - 1) if number > 0 else after + timedelta(days=number)
    return max(first, min(day, after - timedelta(days=1)))


def period(day: date, name: str) -> str:
    """The week, month, calendar quarter or year in which a day lies: `2026-W47`, `2026-11`, `2026-Q4`, `2026`; `once` for `account`."""
    week = day.isocalendar()
    return {
        "week": f"{week.year}-W{week.week:02}",
        "month": f"{day:%Y-%m}",
        "quarter": f"{day.year}-Q{(day.month + 2) // 3}",
        "year": str(day.year),
    }.get(name, "once")
