"""One service over all accounts: how each stands with it, as a list with filters, pages and groups; and the sums of the coverage report."""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import (
    Case,
    CharField,
    Count,
    DateField,
    Exists,
    F,
    Func,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce, Greatest

from tenure.models import AccountSummary, CallToAction, Decision, Override, ServiceDelivery, User
from tenure.queries import accounts, handbook, keyset, listed, services_ahead, visible
from tenure.queries.accounts import Group, Sums
from tenure.queries.clock import DayOf
from tenure.queries.lists import Column, Defaults, State
from tenure.rules.calendars import Offset
from tenure.rules.catalogues import Service
from tenure.rules.packs import Pack
from tenure.rules.services import STATES

SIZE = listed.SIZE
FILES = dict[str, str]()  # a file shows what the list shows
DEFAULTS = Defaults(sorts=(("due", False),), shown=("name", "state", "last", "by", "due", "tier", "gemstone", "tam"))
OF_ACCOUNTS = (
    "tier",
    "gemstone",
    "segment",
    "arr",
    "region",
    "product",
    "renewal",
    "tam",
    "owner",
    "criteria",
    "since",
    "plan",
    "support",
    "kind",
)
WORDS = frozenset(one.name for one in AccountSummary._meta.concrete_fields if one.get_internal_type() == "CharField")


def services(pack: Pack, day: date) -> dict[str, Service]:
    """The services of a day by key, those that recur first."""
    known = [one for one in pack.services.values() if one.on(day)]
    return {one.key: one for one in sorted(known, key=lambda one: not one.recurs)}


def columns(pack: Pack) -> dict[str, Column]:
    """The columns by key: the account's own, and those of the service that the list is about."""
    theirs = accounts.columns(pack)
    choices = tuple((key, one.title) for key, one in pack.services.items())
    found = [
        theirs["name"],
        Column("service", "Service", "enum", "service", choices=choices),
        Column("state", "State", "enum", "state", sort="state_rank", choices=tuple(STATES.items()), place="b", groupable=True),
        Column("due", "Due", "date", "due", nullable=True, place="d"),
        Column("last", "Last time", "date", "last", nullable=True, place="c"),
        Column("by", "By", "person", "by_id", sort="by_name", nullable=True, groupable=True),
        *(theirs[key] for key in OF_ACCOUNTS),
    ]
    return {column.key: column for column in found}


def chosen(state: State, known: Mapping[str, Service]) -> Service | None:
    """The service that a list is about: the one that a filter names, else the first that recurs."""
    tests = [test for group in state.filters for test in group if test.column.key == "service" and test.operator in ("is", "any")]
    names = [value for test in tests for value in test.values]
    return next((known[name] for name in names if name in known), next(iter(known.values()), None))


def included(service: Service, prefix: str = "") -> Q:
    """The accounts that get a service, as a test of their summary."""
    found = Q(pk__isnull=False)  # everybody
    for name, words in service.only.items():
        column = handbook.ACCOUNT_RULES.get(name, name)
        found &= Q(**{f"{prefix}{column}__in": words}) if column in WORDS else Q(pk__in=[])
    return found


def outside(service: Service) -> Q:
    """The accounts that are known not to get a service."""
    found = Q(pk__in=[])
    for name, words in service.only.items():
        column = handbook.ACCOUNT_RULES.get(name, name)
        if column in WORDS:
            found |= ~Q(**{f"{column}__in": [*words, ""]})
    return found


def since(service: Service, today: date, key: str = "pk") -> Any:
    """The day from which an account gets the service: when the last of the outcomes that decide it came to hold, not before the
    handbook had the service. ``key`` is the account's column."""
    days: list[Any] = [_held(name, today, key, service.start) for name in service.only if name in handbook.ACCOUNT_RULES]
    start = Value(service.start, output_field=DateField())
    return Greatest(start, *days) if days else start


def _held(rule: str, today: date, key: str, otherwise: date) -> Any:
    """Since when an outcome holds: that set by a person, else the rule's."""
    mine = {"account": OuterRef(key), "rule": rule, "from_date__lte": today}
    by_hand = Override.objects.filter(Q(ended_on=None) | Q(ended_on__gt=today), expires_on__gt=today, **mine)
    decided = Decision.objects.filter(Q(until_date=None) | Q(until_date__gt=today), **mine)
    latest = [rows.order_by("-from_date", "-pk").values("from_date")[:1] for rows in (by_hand, decided)]
    return Coalesce(Subquery(latest[0]), Subquery(latest[1]), Value(otherwise), output_field=DateField())


class Shifted(Func):
    """A day moved by days, weeks, months or years as ``rules.calendars.shift`` does: a month without such a day ends on its last."""

    output_field = DateField()

    def __init__(self, day: Any, by: Offset) -> None:
        super().__init__(day)
        self.by = by

    @property
    def parts(self) -> tuple[int, int]:
        """Months and days."""
        months = {"months": self.by.n, "years": 12 * self.by.n}.get(self.by.unit, 0)
        return months, {"days": self.by.n, "weeks": 7 * self.by.n}.get(self.by.unit, 0)

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        """SQLite lets 31 January + 1 month run into March: the last day of the month holds it."""
        sql, params = compiler.compile(self.source_expressions[0])
        months, days = self.parts
        if not months:
            return f"date({sql}, '{days:+} days')", [*params]
        return f"min(date({sql}, '{months:+} months'), date({sql}, 'start of month', '{months + 1:+} months', '-1 day'))", [
            *params,
            *params,
        ]

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        """PostgreSQL keeps to the month by itself."""
        sql, params = compiler.compile(self.source_expressions[0])
        months, days = self.parts
        return f"(({sql})::date + make_interval(months => {months}, days => {days}))::date", [*params]


def rows(user: User, service: Service, today: date) -> QuerySet[AccountSummary]:
    """The accounts that the user sees, each with how it stands with the service today."""
    told = ServiceDelivery.objects.filter(
        account=OuterRef("pk"), service=service.key, status="delivered", deleted_at=None, delivered_on__lte=today
    ).order_by("-delivered_on", "-pk")
    found = visible.summaries(user).annotate(
        service=Value(service.key),
        last=Subquery(told.values("delivered_on")[:1]),
        by_id=Subquery(told.values("delivered_by")[:1]),
        by_name=Coalesce(Subquery(told.values("delivered_by__name")[:1]), Value("")),
    )
    found = found.annotate(due=Case(When(included(service), then=_due(service, today)), default=None, output_field=DateField()))
    return found.annotate(state=_state(service, today)).annotate(state_rank=_rank())


def _due(service: Service, today: date) -> Any:
    """The day by which it is expected again; None for never, or while its schedule asks for nothing yet."""
    if service.schedule is not None:
        return Subquery(asked(service, today).order_by("due_date", "pk").values("due_date")[:1])
    if service.every is not None:
        return Shifted(Coalesce(F("last"), since(service, today)), service.every)
    return Value(None, output_field=DateField())


def asked(service: Service, today: date, key: str = "pk") -> QuerySet[CallToAction]:
    """The open calls to action of a service's schedule for the account in the column ``key``, but for those that a delivery since has
    met: the next run settles them."""
    met = ServiceDelivery.objects.filter(
        account=OuterRef("account"), service=service.key, status="delivered", deleted_at=None, delivered_on__lte=today,
        delivered_on__gte=OuterRef("asked_on"),
    )  # fmt: skip
    rows = CallToAction.objects.filter(account=OuterRef(key), rule=service.schedule, is_open=True, due_date__isnull=False)
    return rows.annotate(asked_on=DayOf("created_at")).filter(~Exists(met))


def late(service: Service, today: date, key: str = "pk") -> Exists:
    """Whether the account in the column ``key`` waits too long for a service of a schedule."""
    return Exists(asked(service, today, key).filter(due_date__lt=today))


def _state(service: Service, today: date) -> Case:
    """The state as ``rules.services.state`` tells it."""
    known = Q(last__isnull=False)
    recurring = [When(due__lt=today, then=Value("overdue")), When(known, then=Value("in_time"))]
    whens = [When(outside(service), then=Value("outside")), When(~included(service), then=Value("unknown"))]
    whens += recurring if service.recurs else [When(known, then=Value("delivered"))]
    return Case(*whens, default=Value("ahead" if service.recurs else "never"), output_field=CharField())


def _rank() -> Case:
    places = [When(state=key, then=Value(place)) for place, key in enumerate(STATES)]
    return Case(*places, default=Value(len(STATES)), output_field=IntegerField())


# --- the list


def matching(user: User, state: State, service: Service, today: date) -> QuerySet[AccountSummary]:
    """The visible rows that match the search and the filters."""
    return rows(user, service, today).filter(conditions(user, state, today))


def conditions(user: User, state: State, today: date) -> Q:
    """Search and filters as one test; a filter on the service chooses it and leaves nothing out."""
    found = Q(name_key__contains=state.search.lower()) if state.search else Q()
    for group in state.filters:
        tests = [test for test in group if test.column.key != "service"]
        if tests:
            found &= reduce(or_, (accounts.where(test, user, today) for test in tests))
    return found


def narrowed(state: State) -> bool:
    """Whether a search or a filter besides the service leaves rows out."""
    return bool(state.search or any(test.column.key != "service" for group in state.filters for test in group))


def sums(found: QuerySet[AccountSummary], user: User, state: State) -> Sums:
    """How many rows match, and of how many."""
    count = found.count()
    return Sums(count, visible.summaries(user).count() if narrowed(state) else count, {})


def page(found: QuerySet[AccountSummary], state: State, known: Sums, size: int = SIZE) -> keyset.Page[AccountSummary]:
    """One page, by key."""
    return listed.page(found, keys(state), state, known, size)


def look_ahead(rows: Sequence[AccountSummary], service: Service, today: date, pack: Pack) -> None:
    """Give those of a page's rows whose service a schedule will ask for, and doesn't yet, that day as ``expected``. A fixed number of queries."""
    waiting = [row for row in rows if getattr(row, "due") is None and getattr(row, "state") in ("in_time", "ahead")]  # noqa: B009 - annotated
    if service.schedule is None or not waiting:
        return
    found = services_ahead.of([row.account_id for row in waiting], [service.schedule], today, pack, today=today)
    for row in waiting:
        row.expected = found.get((row.account_id, service.schedule))  # type: ignore[attr-defined]


def everything(found: QuerySet[AccountSummary], state: State) -> QuerySet[AccountSummary]:
    """All rows in the list's order, for files."""
    return listed.everything(found, keys(state))


def keys(state: State) -> list[keyset.Key]:
    """The sort keys, made unique by the account."""
    return listed.keys(state, keyset.Key("account_id"))


def groups(found: QuerySet[AccountSummary], state: State) -> list[Group]:
    """The groups of ``state.group`` with count and ARR: words in the handbook's order, people by name, blanks last."""
    return listed.groups(found, state, "arr_minor")


def counts(user: User, states: Sequence[State], service: Service, today: date) -> list[int]:
    """How many rows each of these states holds; one query."""
    asked = {f"n{n}": Count("pk", filter=conditions(user, state, today)) for n, state in enumerate(states) if narrowed(state)}
    found = rows(user, service, today).aggregate(everything=Count("pk"), **asked) if states else {}
    return [found.get(f"n{n}", found["everything"]) for n in range(len(states))]


def people(column: Column) -> list[tuple[str, str]]:
    """(id, name) of the people whom a filter on this column can name."""
    if column.key != "by":
        return accounts.people(column)
    roles = [key for key, role in visible.roles().items() if "service.log" in role.may]
    found = User.objects.filter(roles__role__in=roles).distinct().order_by("name", "pk")
    return [(str(pk), name) for pk, name in found.values_list("pk", "name")[: accounts.PEOPLE]]
