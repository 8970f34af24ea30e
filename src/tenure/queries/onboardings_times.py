"""How long onboardings take: for each time median and percentiles, the share within its goal, the distribution, who took how long, and the trend.

One query reads the days of each group and month as one text, so that a hundred thousand onboardings are a few thousand rows; everything else
is counted of those. What isn't known is counted and named, never taken as zero.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import accumulate
from typing import Any

from django.db.models import BooleanField, Count, ExpressionWrapper, F, Q, QuerySet, Value

from tenure.models import Onboarding, User
from tenure.queries import accounts, handbook, onboardings_days, onboardings_list
from tenure.queries.lists import Condition, State, group_condition, group_label, group_place
from tenure.queries.onboarding_words import CUSTOMERS
from tenure.queries.onboardings_days import TIMES, Listed, Month, begun
from tenure.rules.onboarding import Book, MetricShape

BY = {"owner": "Owner", "gemstone": "Gemstone", "segment": "Segment", "quarter": "Quarter", "cause": "Cause"}
BINS = ((0, 7), (8, 14), (15, 21), (22, 30), (31, 45), (46, 60), (61, 90), (91, 180))
TREND = 8  # quarters
WHO = ("new", "existing", "all")  # whose onboardings are measured: the handbook's goals are for new customers
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
    """The page. ``trend``: the last quarters, oldest first. ``apart``: those of the other customers, who are in none of the figures."""

    count: int
    times: Sequence[Time]
    lines: Sequence[Line]
    trend: Sequence[Line] = field(default_factory=list)
    apart: Line | None = None


def days_known(book: Book) -> list[date]:
    """The days on which a definition of a time began."""
    return sorted({metric.start for metric in book.metrics})


def report(user: User, state: State, today: date, by: str, edition: date | None, who: str = "all") -> Report:
    """Times of the onboardings that match a list's state and are of these customers (``WHO``), split ``by`` a key of ``BY``; by the definitions in
    force on ``edition``, else each onboarding by its own. Only new customers are held against the goals. Two queries at most."""
    pack = handbook.pack()
    book = pack.onboarding
    metrics = book.times(edition) if edition else {}
    columns = {
        key: onboardings_days.column_of(metrics[key]) if key in metrics else key for key in TIMES if not edition or key in metrics
    }
    aims = {key: metrics[key].goal if edition else _goal(book, key) for key in columns}
    goals = dict.fromkeys(columns) if who == "existing" else aims
    shapes = {
        key: [metrics[key]] if edition else sorted((one for one in book.metrics if one.key == key), key=lambda one: one.start)
        for key in columns
    }
    named = [key for key in (by, "customer", *columns.values()) if key != "quarter"]
    everybody = _read(onboardings_list.counting(user, state, today, *named), state, by, columns, shapes)
    found = [one for one in everybody if who in (one.customer, "all")]
    shown = state if who == "all" else _only(state, who)
    times = [_time(key, shown, columns[key], found, metrics.get(key), shapes[key], goals[key]) for key in columns]
    quarterly = [
        replace(one, group=onboardings_days.quarter_of_month(one.month, pack.handbook.fiscal_year_start)) for one in found
    ]
    trend = _lines(_counted(quarterly, state, "quarter", columns), shown, "quarter", goals, columns)
    lines = trend if by == "quarter" else _lines(_counted(found, state, by, columns), shown, by, goals, columns)
    known = sorted((line for line in trend if line.label.startswith("FY")), key=lambda line: line.label)
    apart = _apart([one for one in everybody if who not in (one.customer, "all")], state, who, columns)
    return Report(sum(one.count for one in found), times, lines, known[-TREND:], apart)


def _goal(book: Book, key: str) -> int | None:
    """The newest goal: what is aimed at where each onboarding counts by its own edition."""
    return next((one.goal for one in sorted(book.metrics, key=lambda one: one.start, reverse=True) if one.key == key), None)


@dataclass(frozen=True)
class _Part:
    """Onboardings alike in all of this: how many, and for each time the known days as text. ``blank``: times without the day from which they count."""

    group: Any
    customer: str
    month: str | None
    is_open: bool
    blank: frozenset[str]
    count: int
    days: Mapping[str, str]

    def known(self, key: str) -> int:
        """Of how many the days are known."""
        return self.days[key].count(",") + 1 if self.days[key] else 0


def _read(
    rows: QuerySet[Onboarding], state: State, by: str, columns: Mapping[str, str], shapes: Mapping[str, Sequence[MetricShape]]
) -> list[_Part]:
    """What the database holds, in one query."""
    blank = {key: ExpressionWrapper(Q(**{f"{shapes[key][-1].begins}__isnull": True}), BooleanField()) for key in columns}
    group = Value("") if by == "quarter" else F(state.columns[by].field)  # that of a month is known without the database
    apart = {"group": group, "whose": F("customer"), "month": Month(begun()), "open": F("is_open")}
    listed = {f"days_{key}": Listed(F(state.columns[column].field)) for key, column in columns.items()}
    kept: Any = (
        rows.order_by().values(**apart, **{f"no_{key}": test for key, test in blank.items()}).annotate(n=Count("pk"), **listed)
    )
    return [
        _Part(
            row["group"], row["whose"], row["month"], row["open"], frozenset(key for key in columns if row[f"no_{key}"]), row["n"],
            {key: row[f"days_{key}"] or "" for key in columns},
        )
        for row in kept
    ]  # fmt: skip


def _taken(parts: Iterable[_Part], key: str) -> dict[int | None, int]:
    """How many took how many days; None = not known."""
    texts = ",".join(part.days[key] for part in parts if part.days[key])
    found: dict[int | None, int] = {int(days): n for days, n in Counter(texts.split(",")).items()} if texts else {}
    return found | ({None: unknown} if (unknown := sum(part.count - part.known(key) for part in parts)) else {})


def _only(state: State, who: str) -> State:
    return state.change(filters=(*state.filters, (Condition(state.columns["customer"], "is", who),)))


def _apart(parts: Sequence[_Part], state: State, who: str, columns: Mapping[str, str]) -> Line | None:
    """What is left out, in one line: without goals, which it isn't held against."""
    if not parts:
        return None
    other = "existing" if who == "new" else "new"
    stats = {key: stat(_taken(parts, key), None) for key in columns}
    return Line(dict(CUSTOMERS)[other], sum(one.count for one in parts), stats, _query(_only(state, other)), {})


@dataclass(frozen=True)
class _Counted:
    """Of each group (value, and a person's name): onboardings, and for each time how many took so many days (None = not known)."""

    totals: Mapping[Any, int]
    names: Mapping[Any, str]
    days: Mapping[str, Mapping[Any, Mapping[int | None, int]]]


def _counted(parts: Sequence[_Part], state: State, by: str, columns: Mapping[str, str]) -> _Counted:
    groups: dict[Any, list[_Part]] = {}
    for part in parts:
        groups.setdefault(part.group, []).append(part)
    asked = [str(one) for one in groups if one is not None] if state.columns[by].kind == "person" else []
    names = accounts.names(asked) if asked else {}
    return _Counted(
        {group: sum(part.count for part in alike) for group, alike in groups.items()},
        {group: names.get(str(group), "") for group in groups},
        {key: {group: _taken(alike, key) for group, alike in groups.items()} for key in columns},
    )


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
    within = None if goal is None else sum(n for days, n in known.items() if days <= goal)
    marks = [percentile(known, share) for share in (0.5, 0.75, 0.9)]
    return Stat(sum(known.values()), taken.get(None, 0), marks[0], marks[1], marks[2], within)


def percentile(counts: Counts, share: float) -> float | None:
    """The value below which this share lies, by straight lines between neighbours (as spreadsheets do); None of nothing."""
    days = sorted(counts)
    upto = list(accumulate(counts[one] for one in days))
    if not upto:
        return None
    place = share * (upto[-1] - 1)
    low = int(place)
    one, other = (days[bisect_right(upto, at)] for at in (low, min(low + 1, upto[-1] - 1)))
    return round(one + (other - one) * (place - low), 6)


def _time(
    key: str, state: State, column: str, found: Sequence[_Part], metric: MetricShape | None, shapes: Sequence[MetricShape], goal: int | None,
) -> Time:  # fmt: skip
    taken = _taken(found, key)
    known = _query(state, Condition(state.columns[column], "filled"))
    reasons = _reasons(_unknown(found, key), state, column, shapes[-1])
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


def _unknown(parts: Iterable[_Part], key: str) -> dict[str, int]:
    """How many have no number in a time, by why."""
    found = {"running": 0, "over": 0, "begin": 0}
    for part in parts:
        why = "begin" if key in part.blank else "running" if part.is_open else "over"
        found[why] += part.count - part.known(key)
    return found


def _reasons(asked: Mapping[str, int], state: State, column: str, shape: MetricShape) -> list[Reason]:
    """Why some have no number, each with its rows."""
    blank, columns = Condition(state.columns[column], "empty"), state.columns
    first = next((one for one in columns.values() if one.field == shape.begins), None)
    there = Condition(first, "filled") if first else None
    words = [
        ("still counting: open, and not reached yet", "running", _query(state, blank, there, Condition(columns["open"], "yes"))),
        ("over without the day being recorded, or left out by its edition", "over", _query(state, blank, there, Condition(columns["open"], "no"))),
        ("without the day from which it counts", "begin", _query(state, blank, Condition(first, "empty") if first else None)),
    ]  # fmt: skip
    return [Reason(said, asked[why], query) for said, why, query in words if asked[why]]
