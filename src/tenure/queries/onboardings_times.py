"""How long onboardings take: for each time median and percentiles, the share within its goal, the distribution, who took how long, and the trend.

The database counts how many took how many days; percentiles are made of those counts, so that a hundred thousand onboardings are read as a
few hundred numbers. What isn't known is counted and named, never taken as zero.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Count, F, Q, QuerySet

from tenure.models import Onboarding, User
from tenure.queries import accounts, handbook, onboardings_days, onboardings_list
from tenure.queries.lists import Condition, State, group_condition, group_label, group_place
from tenure.queries.onboardings_days import TIMES
from tenure.rules.onboarding import Book, MetricShape

BY = {"owner": "Owner", "gemstone": "Gemstone", "segment": "Segment", "quarter": "Quarter", "cause": "Cause"}
BINS = ((0, 7), (8, 14), (15, 21), (22, 30), (31, 45), (46, 60), (61, 90), (91, 180))
TREND = 8  # quarters
Counts = Mapping[int, int]  # days -> how many onboardings took so many


@dataclass(frozen=True)
class Stat:
    """What became of some onboardings in one time: ``known`` took a known number of days, ``unknown`` have none. ``within``: reached the goal."""

    known: int
    unknown: int
    median: float | None
    p75: float | None
    p90: float | None
    within: int | None

    @property
    def share(self) -> int | None:
        """Per cent of the known ones within the goal, half up."""
        return None if self.within is None or not self.known else (self.within * 200 + self.known) // (2 * self.known)


@dataclass(frozen=True)
class Bin:
    """A bar of the distribution: from and to in days (None = open), how many, and the filter that lists them."""

    low: int | None
    high: int | None
    count: int
    query: str
    within: bool

    @property
    def label(self) -> str:
        """``8–14``."""
        if self.low is None:
            return "before"
        return f"{self.low}–{self.high}" if self.high is not None else f"over {self.low - 1}"


@dataclass(frozen=True)
class Reason:
    """Why some have no number: in words, how many, and the list of them where a filter says it."""

    words: str
    count: int
    query: str


@dataclass(frozen=True)
class Time:
    """One time over everything that is looked at. ``metric`` None: each onboarding by its own edition. ``column`` holds its days in lists."""

    key: str
    title: str
    column: str
    goal: int | None
    metric: MetricShape | None
    shapes: Sequence[MetricShape]
    stat: Stat
    bins: Sequence[Bin]
    reasons: Sequence[Reason]
    query: str


@dataclass(frozen=True)
class Line:
    """One TAM, gemstone, segment or quarter: its onboardings and how each time went; ``query`` lists them."""

    label: str
    count: int
    stats: Mapping[str, Stat]
    query: str
    within: Mapping[str, str]


@dataclass(frozen=True)
class Report:
    """The page. ``trend``: the last quarters, oldest first. ``others``: days on which another definition began."""

    count: int
    times: Sequence[Time]
    lines: Sequence[Line]
    trend: Sequence[Line] = field(default_factory=list)


def days_known(book: Book) -> list[date]:
    """The days on which a definition of a time began."""
    return sorted({metric.start for metric in book.metrics})


def report(user: User, state: State, today: date, by: str, edition: date | None) -> Report:
    """Times of the onboardings that match a list's state, split ``by`` a key of ``BY``; by the definitions in force on ``edition``, else each
    onboarding by its own. Eight queries at most."""
    book = handbook.pack().onboarding
    metrics = book.times(edition) if edition else {}
    columns = {
        key: onboardings_days.column_of(metrics[key]) if key in metrics else key for key in TIMES if not edition or key in metrics
    }
    rows = onboardings_list.counting(user, state, today, *columns.values())
    goals = {key: metrics[key].goal if edition else _goal(book, key) for key in columns}
    found = _counted(onboardings_list.counting(user, state, today, by, *columns.values()), state, by, columns)
    shapes = {
        key: [metrics[key]] if edition else sorted((one for one in book.metrics if one.key == key), key=lambda one: one.start)
        for key in columns
    }
    unknown = _unknown(rows, state, columns, shapes)
    times = [_time(key, state, columns[key], found, metrics.get(key), shapes[key], goals[key], unknown) for key in columns]
    count = sum(found.totals.values())
    lines = _lines(found, state, by, goals, columns)
    by_quarter = onboardings_list.counting(user, state, today, "quarter", *columns.values())
    trend = (
        lines if by == "quarter" else _lines(_counted(by_quarter, state, "quarter", columns), state, "quarter", goals, columns)
    )
    known = [line for line in trend if line.label.startswith("FY")]
    return Report(count, times, lines, list(reversed(sorted(known, key=lambda line: line.label, reverse=True)[:TREND])))


def _goal(book: Book, key: str) -> int | None:
    """The newest goal: what is aimed at where each onboarding counts by its own edition."""
    return next((one.goal for one in sorted(book.metrics, key=lambda one: one.start, reverse=True) if one.key == key), None)


@dataclass(frozen=True)
class _Counted:
    """Of each group (value, and a person's name): onboardings, and for each time how many took so many days (None = not known)."""

    totals: Mapping[Any, int]
    names: Mapping[Any, str]
    days: Mapping[str, Mapping[Any, Mapping[int | None, int]]]


def _counted(rows: QuerySet[Onboarding], state: State, by: str, columns: Mapping[str, str]) -> _Counted:
    column = state.columns[by]
    totals: dict[Any, int] = {}
    days: dict[str, dict[Any, dict[int | None, int]]] = {}
    for key, taken in columns.items():
        counted = rows.order_by().values(group=F(column.field), took=F(state.columns[taken].field)).annotate(n=Count("pk"))
        days[key], totals = {}, {}
        for group, took, n in counted.values_list("group", "took", "n"):
            totals[group] = totals.get(group, 0) + n
            days[key].setdefault(group, {})[took] = n
    names = accounts.names([str(one) for one in totals if one is not None]) if column.kind == "person" else {}
    return _Counted(totals, {group: names.get(str(group), "") for group in totals}, days)


def _lines(found: _Counted, state: State, by: str, goals: Mapping[str, int | None], columns: Mapping[str, str]) -> list[Line]:
    column = state.columns[by]
    order = {value: place for place, (value, _) in enumerate(column.choices)}
    groups = sorted(found.totals, key=lambda value: group_place(column, value, found.names[value] or None, order))
    lines = []
    for value in groups:
        condition = group_condition(column, value)
        stats = {key: stat(found.days[key].get(value, {}), goals[key]) for key in columns}
        within = {key: _query(state, condition, _most(state, columns[key], goals[key])) for key in columns}
        lines.append(
            Line(group_label(column, value, found.names[value]), found.totals[value], stats, _query(state, condition), within)
        )
    return lines


def _most(state: State, column: str, days: int | None) -> Condition | None:
    return None if days is None else Condition(state.columns[column], "lte", days)


def _query(state: State, *more: Condition | None) -> str:
    """The list of what matches the state and these conditions as well."""
    filters = (*state.filters, *((one,) for one in more if one is not None))
    return state.change(group="", view="", filters=filters).query() or "view=all"


def stat(taken: Mapping[int | None, int], goal: int | None) -> Stat:
    """Median and percentiles of counts by days. The unknown are none of them."""
    known = {days: n for days, n in taken.items() if days is not None}
    count = sum(known.values())
    within = None if goal is None else sum(n for days, n in known.items() if days <= goal)
    marks = [percentile(known, share) for share in (0.5, 0.75, 0.9)]
    return Stat(count, taken.get(None, 0), marks[0], marks[1], marks[2], within)


def percentile(counts: Counts, share: float) -> float | None:
    """The value below which this share lies, by straight lines between neighbours (as spreadsheets do); None of nothing."""
    count = sum(counts.values())
    if not count:
        return None
    place = share * (count - 1)
    low = int(place)
    one, other = _at(counts, low), _at(counts, min(low + 1, count - 1))
    return round(one + (other - one) * (place - low), 6)


def _at(counts: Counts, place: int) -> int:
    """The value at a place of the ordered values."""
    for value in sorted(counts):
        place -= counts[value]
        if place < 0:
            return value
    raise IndexError(place)


def _time(
    key: str, state: State, column: str, found: _Counted, metric: MetricShape | None, shapes: Sequence[MetricShape], goal: int | None,
    unknown: Mapping[str, int],
) -> Time:  # fmt: skip
    taken: dict[int | None, int] = {}
    for part in found.days[key].values():
        for days, n in part.items():
            taken[days] = taken.get(days, 0) + n
    known = _query(state, Condition(state.columns[column], "filled"))
    reasons = _reasons(unknown, state, key, column, shapes[-1])
    bins = _bins(taken, state, column, goal)
    return Time(key, shapes[-1].title, column, goal, metric, shapes, stat(taken, goal), bins, reasons, known)


def _bins(taken: Mapping[int | None, int], state: State, column: str, goal: int | None) -> list[Bin]:
    """The distribution; below 0 only where there is something."""
    test = state.columns[column]
    counts = {days: n for days, n in taken.items() if days is not None}
    found = []
    if early := sum(n for days, n in counts.items() if days < 0):
        found.append(Bin(None, -1, early, _query(state, Condition(test, "lt", 0)), True))
    for low, high in BINS:
        n = sum(n for days, n in counts.items() if low <= days <= high)
        found.append(Bin(low, high, n, _query(state, Condition(test, "between", (low, high))), goal is not None and high <= goal))
    last = BINS[-1][1] + 1
    n = sum(n for days, n in counts.items() if days >= last)
    return [*found, Bin(last, None, n, _query(state, Condition(test, "gte", last)), False)]


def _unknown(
    rows: QuerySet[Onboarding], state: State, columns: Mapping[str, str], shapes: Mapping[str, Sequence[MetricShape]]
) -> dict[str, int]:
    """Of each time how many have no number, by why. One query."""
    asked = {}
    for key, column in columns.items():
        none = Q(**{f"{state.columns[column].field}__isnull": True})
        starts = Q(**{f"{shapes[key][-1].begins}__isnull": True})
        asked[f"{key}_running"] = Count("pk", filter=none & ~starts & Q(is_open=True))
        asked[f"{key}_over"] = Count("pk", filter=none & ~starts & Q(is_open=False))
        asked[f"{key}_begin"] = Count("pk", filter=none & starts)
    return dict(rows.order_by().aggregate(**asked))


def _reasons(asked: Mapping[str, int], state: State, key: str, column: str, shape: MetricShape) -> list[Reason]:
    """Why some have no number, each with its rows."""
    blank, columns = Condition(state.columns[column], "empty"), state.columns
    first = next((one for one in columns.values() if one.field == shape.begins), None)
    there = Condition(first, "filled") if first else None
    words = [
        ("still counting: open, and not reached yet", "running", _query(state, blank, there, Condition(columns["open"], "yes"))),
        ("over without the day being recorded, or left out by its edition", "over", _query(state, blank, there, Condition(columns["open"], "no"))),
        ("without the day from which it counts", "begin", _query(state, blank, Condition(first, "empty") if first else None)),
    ]  # fmt: skip
    return [Reason(said, asked[f"{key}_{why}"], query) for said, why, query in words if asked[f"{key}_{why}"]]
