"""The times of onboardings as expressions of the database: by a definition of the handbook, whatever edition an onboarding was made under."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from dateutil.relativedelta import relativedelta
from django.db.models import (
    Aggregate,
    Case,
    CharField,
    DateField,
    F,
    Func,
    IntegerField,
    OuterRef,
    Q,
    Subquery,
    TextField,
    Value,
    When,
)
from django.db.models.functions import Coalesce
from django.db.models.lookups import GreaterThan

from tenure.models import Assignment
from tenure.rules.onboarding import Book, InsteadShape, MetricShape, latest

TIMES = ("engage", "value", "onboard")
ASSIGNED = "tam_assigned_on"


class DaysBetween(Func):
    """Whole days from one day to another; null where one of them is."""

    output_field = IntegerField()

    def as_sqlite(self, compiler: Any, connection: Any, **more: Any) -> Any:
        """SQLite keeps days as text."""
        one, other = (compiler.compile(part) for part in self.get_source_expressions())
        return f"cast(julianday({other[0]}) - julianday({one[0]}) as integer)", (*other[1], *one[1])

    def as_postgresql(self, compiler: Any, connection: Any, **more: Any) -> Any:
        """The difference of two days is a number there."""
        one, other = (compiler.compile(part) for part in self.get_source_expressions())
        return f"({other[0]} - {one[0]})", (*other[1], *one[1])


class Month(Func):
    """The month of a day as ``2026-11``; null where the day is."""

    output_field = CharField()

    def as_sqlite(self, compiler: Any, connection: Any, **more: Any) -> Any:
        """SQLite keeps days as text."""
        return self.as_sql(compiler, connection, template="substr(%(expressions)s, 1, 7)")

    def as_postgresql(self, compiler: Any, connection: Any, **more: Any) -> Any:
        """A day as text is the same there."""
        return self.as_sql(compiler, connection, template="left((%(expressions)s)::text, 7)")


class Listed(Aggregate):
    """The whole numbers of a group as text with commas, the nulls left out: thousands of them cost one row. Null where there is none."""

    output_field = TextField()

    def as_sqlite(self, compiler: Any, connection: Any, **more: Any) -> Any:
        """Text as it is put together."""
        return self.as_sql(compiler, connection, template="group_concat(%(expressions)s)")

    def as_postgresql(self, compiler: Any, connection: Any, **more: Any) -> Any:
        """Numbers become text before."""
        return self.as_sql(compiler, connection, template="string_agg((%(expressions)s)::text, ',')")


class Quarter(Func):
    """The fiscal quarter of a day as ``FY27-Q4``; blank for none. ``start``: the month in which the fiscal year begins."""

    output_field = CharField()

    def __init__(self, day: Any, start: int) -> None:
        self.start = start
        super().__init__(day)

    @cached_property
    def identity(self) -> tuple[Any, ...]:
        """What makes two of them the same."""
        return (*super().identity, self.start)

    def as_sqlite(self, compiler: Any, connection: Any, **more: Any) -> Any:
        """SQLite keeps days as text."""
        return self._sql(
            compiler, "cast(substr({0}, 1, 4) as integer)", "cast(substr({0}, 6, 2) as integer)", "substr('0' || {0}, -2)"
        )

    def as_postgresql(self, compiler: Any, connection: Any, **more: Any) -> Any:
        """Its own functions of a day."""
        return self._sql(compiler, "extract(year from {0})::int", "extract(month from {0})::int", "lpad(({0})::text, 2, '0')")

    def _sql(self, compiler: Any, year: str, month: str, two: str) -> Any:
        day, given = compiler.compile(self.get_source_expressions()[0])
        year, month = year.format(day), month.format(day)
        later = f" + (case when {month} >= {self.start} then 1 else 0 end)" if self.start > 1 else ""
        number = f"(({month} + 12 - {self.start}) %% 12) / 3 + 1"
        sql = (
            f"(case when {day} is null then '' else 'FY' || {two.format(f'(({year}{later}) %% 100)')} || '-Q' || ({number}) end)"
        )
        return sql, (*given,) * sql.count(day)


def quarter_of(day: date, start: int) -> str:
    """The same of one day."""
    year = day.year + (1 if start > 1 and day.month >= start else 0)
    return f"FY{year % 100:02}-Q{(day.month - start) % 12 // 3 + 1}"


def quarter_of_month(month: str | None, start: int) -> str:
    """The same of a month (``Month``); blank for none."""
    return quarter_of(date.fromisoformat(f"{month}-01"), start) if month else ""


def quarter_span(day: date, start: int) -> tuple[date, date]:
    """The first and the last day of the fiscal quarter of a day."""
    first = day.replace(day=1) - relativedelta(months=(day.month - start) % 3)
    return first, first + relativedelta(months=3, days=-1)


def quarters(today: date, start: int, since: date) -> list[str]:
    """Every quarter from one day to another, the newest first."""
    found, day = [], quarter_span(today, start)[0]
    while day > since - relativedelta(months=3):
        found.append(quarter_of(day, start))
        day -= relativedelta(months=3)
    return found


def begun() -> Coalesce:
    """The day by which an onboarding belongs to a quarter: its start, else its purchase, else the contract."""
    return Coalesce("start_date", "purchase_date", "contract_date")


def customer(book: Book, today: date) -> Any:
    """``existing`` or ``new``: whose onboarding it is by the handbook of today, as its rule says it of one."""
    rule = latest(book.customers, today)
    if rule is None:
        return Value("new", CharField())
    age = Coalesce(DaysBetween(F("contract_date"), Coalesce("start_date", "purchase_date")), Value(0))
    whens = [When(cause__in=list(rule.causes), then=Value("existing"))] if rule.causes else []
    old = When(GreaterThan(age, Value(rule.older_than)), then=Value("existing"))
    return Case(*whens, old, default=Value("new"), output_field=CharField())


def assigned() -> Subquery:
    """The day from which the account had the TAM of its onboarding, as ``onboardings.tam_assigned_on`` says it of one."""
    since = Coalesce(OuterRef("start_date"), OuterRef("purchase_date"), OuterRef("contract_date"), Value(date.min, DateField()))
    rows = Assignment.objects.filter(Q(until_date=None) | Q(until_date__gt=since), account=OuterRef("account_id"), role="tam")
    return Subquery(rows.order_by("from_date", "pk").values("from_date")[:1])


def begin_of(metric: MetricShape) -> Any:
    """The day from which a time counts."""
    return _side(metric.begins, [(one, one.begins or metric.begins) for one in metric.instead])


def end_of(metric: MetricShape) -> Any:
    """The day until which it counts."""
    return _side(metric.ends, [(one, one.ends or metric.ends) for one in metric.instead])


def _side(usual: str, instead: list[tuple[InsteadShape, str]]) -> Any:
    whens = [When(_fits(one), then=_day(name)) for one, name in instead if name != usual]
    return Case(*whens, default=_day(usual), output_field=DateField()) if whens else _day(usual)


def _fits(one: InsteadShape) -> Q:
    found = Q(cause__in=list(one.causes))
    if one.older_than is None:
        return found
    age = Coalesce(DaysBetween(F("contract_date"), assigned()), Value(one.older_than + 1))
    return found & Q(GreaterThan(age, Value(one.older_than)))


def _day(name: str) -> Any:
    return assigned() if name == ASSIGNED else F(name)


def days_of(metric: MetricShape) -> Any:
    """The days that it took by this definition; null while they are not known."""
    took = DaysBetween(begin_of(metric), end_of(metric))
    if metric.least is None:
        return took
    return _AtLeast(took, Value(metric.least))


class _AtLeast(Func):
    """The larger of two numbers, null where the first is null: GREATEST of PostgreSQL would leave the null out."""

    output_field = IntegerField()

    def as_sql(self, compiler: Any, connection: Any, **more: Any) -> Any:  # type: ignore[override]
        """CASE names the first twice."""
        took, least = (compiler.compile(part) for part in self.get_source_expressions())
        sql = f"(case when {took[0]} < {least[0]} then {least[0]} else {took[0]} end)"
        return sql, (*took[1], *least[1], *least[1], *took[1])


@dataclass(frozen=True)
class Definition:
    """A time as one edition of the handbook defines it: key of its column in lists."""

    key: str
    metric: MetricShape

    @property
    def title(self) -> str:
        """``Time to engage, as of 2020-09-01``."""
        return f"{self.metric.title}, as of {self.metric.start.isoformat()}"


def column_of(metric: MetricShape) -> str:
    """The key of the column that holds the days by this definition."""
    return f"{metric.key}_{metric.start:%Y%m%d}"


def definitions(book: Book) -> Iterator[Definition]:
    """Every definition of every time, oldest first."""
    for metric in sorted(book.metrics, key=lambda one: (TIMES.index(one.key), one.start)):
        yield Definition(column_of(metric), metric)
