"""The coverage report: for every service, how many accounts of each tier get it, got it in time, and wait for it too long."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Q, QuerySet

from tenure.models import AccountSummary, ServiceDelivery, User
from tenure.queries import accounts, entitlements, handbook, visible
from tenure.queries.lists import Column, Defaults, State
from tenure.queries.services import CATEGORIES
from tenure.rules.calendars import Offset
from tenure.rules.catalogues import Service
from tenure.rules.packs import Pack
from tenure.rules.services import cutoff

DEFAULTS = Defaults()
FILTERS = (
    "tier",
    "gemstone",
    "segment",
    "arr",
    "region",
    "product",
    "tam",
    "owner",
    "renewal",
    "since",
    "plan",
    "support",
    "kind",
)
ACCOUNT = "account__summary__"
Shape = tuple[tuple[tuple[str, tuple[str, ...]], ...], Offset | None, date, str]  # what tells services apart for the database


@dataclass(frozen=True)
class Cell:
    """Accounts that get a service: all of them; delivered in time (of a service that doesn't recur: at all); overdue; whose first one is to come."""

    included: int = 0
    in_time: int = 0
    overdue: int = 0
    ahead: int = 0

    def __add__(self, other: "Cell") -> "Cell":
        return Cell(*(mine + theirs for mine, theirs in zip(self.numbers, other.numbers, strict=True)))

    @property
    def numbers(self) -> tuple[int, int, int, int]:
        """The four of them."""
        return self.included, self.in_time, self.overdue, self.ahead

    @property
    def percent(self) -> int | None:
        """How many of the accounts whose turn has come got it in time, 0 to 100; None where it is nobody's turn."""
        expected = self.included - self.ahead
        return round(100 * self.in_time / expected) if expected else None


@dataclass(frozen=True)
class Line:
    """A service with a cell for each tier and one for all."""

    service: Service
    cells: list[Cell]
    total: Cell

    @property
    def recurs(self) -> bool:
        """Whether it can be late."""
        return self.service.recurs


@dataclass(frozen=True)
class Report:
    """The services by category; ``tiers`` are (word, title), the last one blank for accounts without a tier where there are such."""

    tiers: list[tuple[str, str]]
    groups: list[tuple[str, list[Line]]]
    accounts: int
    of: int

    @property
    def lines(self) -> list[Line]:
        """Every line."""
        return [line for _, lines in self.groups for line in lines]

    @property
    def recurring(self) -> Cell:
        """The services that recur, summed."""
        return sum((line.total for line in self.lines if line.recurs), Cell())


def columns(pack: Pack) -> dict[str, Column]:
    """The columns of accounts by which the report can be narrowed."""
    theirs = accounts.columns(pack)
    return {key: theirs[key] for key in FILTERS}


def report(user: User, state: State, pack: Pack, today: date) -> Report:
    """The report of today over the visible accounts that match. Three queries, and those of what the reader sees."""
    rows = visible.summaries(user).filter(accounts.conditions(user, state, today))
    known = [one for one in pack.services.values() if one.on(today)]
    shapes = {_shape(one): one for one in known}
    there, done = _accounts(rows, shapes, today), _delivered(rows, known, today)
    words = _tiers(there, pack)
    groups = []
    for key, title in CATEGORIES.items():
        lines = [_line(one, [word for word, _ in words], there, done) for one in known if one.category == key]
        groups += [(title, lines)] if lines else []
    total = sum(row["n"] for row in there.values())
    return Report(words, groups, total, visible.summaries(user).count() if state.narrowed else total)


def _shape(one: Service) -> Shape:
    return (
        tuple((name, tuple(words)) for name, words in sorted(one.only.items())),
        one.every,
        one.start,
        one.key if one.schedule else "",
    )


def _name(shape: Shape, shapes: Sequence[Shape]) -> str:
    return f"s{list(shapes).index(shape)}"


def _accounts(rows: QuerySet[AccountSummary], shapes: Mapping[Shape, Service], today: date) -> dict[str, dict[str, Any]]:
    """By tier: all accounts, those that get each shape of service, and those of them who began to get it too lately to be late."""
    asked: dict[str, Any] = {}
    for shape, one in shapes.items():
        name, test = _name(shape, list(shapes)), entitlements.included(one)
        asked[name] = Count("pk", filter=test)
        if one.schedule is not None:
            asked[f"{name}_late"] = Count("pk", filter=test & Q(entitlements.late(one, today)))
        elif (first := cutoff(one, today)) is not None:
            rows = rows.annotate(**{f"since_{name}": entitlements.since(one, today)})
            asked[f"{name}_new"] = Count("pk", filter=test & Q(**{f"since_{name}__gte": first}))
    found = rows.order_by().values("service_tier").annotate(n=Count("pk"), **asked)
    return {row["service_tier"]: {**row, "shapes": list(shapes)} for row in found}


def _delivered(rows: QuerySet[AccountSummary], known: Iterable[Service], today: date) -> dict[tuple[str, str], dict[str, int]]:
    """By (service, tier): the accounts that got it in time, and those who got it and began to get it too lately to be late."""
    told = ServiceDelivery.objects.filter(
        account__in=rows.values("pk"),
        status="delivered",
        deleted_at=None,
        delivered_on__lte=today,
        service__in=[one.key for one in known],
    )
    in_time, new = Q(pk__in=[]), Q(pk__in=[])
    shapes: dict[Shape, list[Service]] = {}
    for one in known:
        shapes.setdefault(_shape(one), []).append(one)
    for shape, alike in shapes.items():
        test = Q(service__in=[one.key for one in alike]) & entitlements.included(alike[0], ACCOUNT)
        first = cutoff(alike[0], today)
        if first is None:
            in_time |= test & ~Q(entitlements.late(alike[0], today, "account")) if alike[0].schedule else test
            continue
        name = f"since_{_name(shape, list(shapes))}"
        told = told.annotate(**{name: entitlements.since(alike[0], today, "account_id")})
        in_time |= test & Q(delivered_on__gte=first)
        new |= test & Q(**{f"{name}__gte": first})
    found = told.order_by().values("service", f"{ACCOUNT}service_tier")
    counted = found.annotate(on=Count("account", distinct=True, filter=in_time), new=Count("account", distinct=True, filter=new))
    return {(row["service"], row[f"{ACCOUNT}service_tier"]): {"on": row["on"], "new": row["new"]} for row in counted}


def _line(
    one: Service, words: list[str], there: Mapping[str, dict[str, Any]], done: Mapping[tuple[str, str], dict[str, int]]
) -> Line:
    cells = [_cell(one, there.get(word, {}), done.get((one.key, word), {})) for word in words]
    return Line(one, cells, sum(cells, Cell()))


def _cell(one: Service, there: Mapping[str, Any], done: Mapping[str, int]) -> Cell:
    if not there:
        return Cell()
    name = _name(_shape(one), there["shapes"])
    included, on = there[name], done.get("on", 0)
    if one.schedule:
        late = there[f"{name}_late"]
        return Cell(included, on, late, included - on - late)
    ahead = there[f"{name}_new"] - done.get("new", 0) if one.every else 0
    return Cell(included, on, included - on - ahead if one.every else 0, ahead)


def rhythm(one: Service) -> str:
    """How often a service is expected, for a file; blank for one that doesn't recur."""
    return "by schedule" if one.schedule else str(one.every or "")


def _tiers(there: Mapping[str, Any], pack: Pack) -> list[tuple[str, str]]:
    """The handbook's tiers, best first, then whatever else there is; accounts without one stand last."""
    words = list(reversed(handbook.outcomes(pack, "service_tier")))
    others = sorted(word for word in there if word and word not in words)
    return [*((word, word) for word in (*words, *others)), *([("", "No tier")] if "" in there else [])]


# --- files


@dataclass(frozen=True)
class Row:
    """One service of one tier, as a line of a file."""

    category: str
    service: str
    every: str
    tier: str
    included: int
    in_time: int
    overdue: int
    ahead: int


FILE = (
    Column("category", "Category", "text", "category"),
    Column("service", "Service", "text", "service"),
    Column("every", "Every", "text", "every"),
    Column("tier", "Tier", "text", "tier"),
    Column("included", "Included", "int", "included"),
    Column("in_time", "In time", "int", "in_time"),
    Column("overdue", "Overdue", "int", "overdue"),
    Column("ahead", "First to come", "int", "ahead"),
)


class Rows(list[Row]):
    """The lines of a file, read like rows of a table."""

    def iterator(self, chunk_size: int = 0) -> Iterator[Row]:
        """Each line."""
        return iter(self)


def rows_of(found: Report) -> Rows:
    """The report as lines of a file: one for each service and tier."""
    return Rows(
        Row(title, line.service.title, rhythm(line.service), tier, *cell.numbers)
        for title, lines in found.groups
        for line in lines
        for (_, tier), cell in zip(found.tiers, line.cells, strict=True)
    )
