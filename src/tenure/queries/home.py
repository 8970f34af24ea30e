"""Where one lands: the team's page of a TAM manager, a TAM's book of business, the portfolio of operations and executives."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, Min, Q, QuerySet, Sum

from tenure.models import AccountDay, Assignment, BuiltDay, Decision, Run, SummaryFields, User, WaitingRow
from tenure.queries import assignments, capacity_loads, decisions, handbook, visible
from tenure.rules.packs import Pack

SHOWN = 25  # rows of a table on a home page
LATELY = 8
WEEK = timedelta(days=7)
SOON, LATER = timedelta(days=90), timedelta(days=180)
NEW = timedelta(days=30)
UNDECIDED = Q(kind="customer") & (Q(segment="") | Q(gemstone="") | Q(service_tier="") | Q(tam_eligible=""))
CHOICES = 60  # people offered for one account


@dataclass(frozen=True)
class Load:
    """What a TAM carries; ``gems`` are (name, count) from the highest down, undecided ones left out."""

    user: User
    accounts: int
    arr_minor: int
    gems: Sequence[tuple[str, int]]
    share: int  # of the largest ARR in the team, in percent

    @property
    def regions(self) -> str:
        """Where the person works, in words."""
        return self.user.region or ", ".join(territory.name for territory in self.user.territories.all())


@dataclass(frozen=True)
class Choice:
    """A TAM who could take an account: the load before and after, and whether the region fits."""

    load: Load
    arr_after: int
    here: bool

    @property
    def accounts_after(self) -> int:
        """How many accounts the person would have."""
        return self.load.accounts + 1


@dataclass(frozen=True)
class Waiting:
    """An account that gets a TAM by the handbook and has none. ``choices``: best first."""

    row: SummaryFields
    reason: str
    days: int
    choices: Sequence[Choice]

    @property
    def pk(self) -> int:
        """The account's id."""
        return self.row.account_id

    @property
    def name(self) -> str:
        """The account's name."""
        return self.row.name

    @property
    def late(self) -> bool:
        """Waiting for more than a week."""
        return self.days > WEEK.days


@dataclass(frozen=True)
class Cover:
    """How well a region's entitled accounts are covered, and by whom."""

    region: str
    entitled: int
    covered: int
    arr_open_minor: int
    people: Sequence[User]

    @property
    def percent(self) -> int:
        """Share of the entitled accounts with a TAM, rounded down."""
        return self.covered * 100 // self.entitled if self.entitled else 100


@dataclass(frozen=True)
class Sums:
    """Count and ARR of some accounts."""

    accounts: int
    arr_minor: int | None


@dataclass(frozen=True)
class TeamHome:
    """The TAM manager's page."""

    team: Sums
    open: Sums
    oldest_days: int | None
    late: int
    undecided: int
    waiting: Sequence[Waiting]
    loads: Sequence[Load]
    lately: Sequence[Assignment]
    covers: Sequence[Cover]
    people: int
    in_sight: int  # accounts that the reader sees at all
    hours: Mapping[int, Sequence[capacity_loads.Load]] = field(default_factory=dict)  # by person; of today only


@dataclass(frozen=True)
class BookHome:
    """A TAM's page."""

    book: Sums
    soon: Sums
    later: Sums
    new: Sequence[Assignment]
    incomplete: int  # accounts with contacts that lack something, or with none
    without_contacts: int
    undecided: int
    rows: Sequence[SummaryFields]
    gems: Sequence[tuple[str, int, int, int]]
    months: Sequence[tuple[date, int, int, int]]
    territory: Sums


@dataclass(frozen=True)
class PortfolioHome:
    """The page of operations and executives."""

    all: Sums
    open: Sums
    undecided: int
    overridden: int
    gems: Sequence[tuple[str, int, int, int]]
    segments: Sequence[tuple[str, int, int, int]]
    renewing: Sums
    months: Sequence[tuple[date, int, int, int]]
    covers: Sequence[Cover]
    runs: Sequence[Run] = field(default=())
    waiting_rows: int = 0


def _sums(rows: QuerySet[SummaryFields]) -> Sums:
    found = rows.aggregate(n=Count("account"), arr=Sum("arr_minor"))
    return Sums(found["n"], found["arr"])


# --- the team's page


def team(user: User, today: date, pack: Pack, built: BuiltDay | None = None) -> TeamHome:
    """The manager's page, of today or of a built day, which is then ``today``. A fixed number of queries, whatever the team holds."""
    seen = visible.listed(user, built)
    people = people_of(user, built)
    loads = team_loads(people, pack, built)
    open_rows = seen.filter(needs_tam_since__isnull=False)
    totals = seen.aggregate(
        n=Count("account"), open=Count("account", filter=Q(needs_tam_since__isnull=False)), arr=Sum("arr_minor", filter=Q(needs_tam_since__isnull=False)),
        oldest=Min("needs_tam_since"), late=Count("account", filter=Q(needs_tam_since__lt=today - WEEK)), undecided=Count("account", filter=UNDECIDED),
    )  # fmt: skip
    mine = Sums(sum(load.accounts for load in loads), sum(load.arr_minor for load in loads))
    oldest = (today - totals["oldest"]).days if totals["oldest"] else None
    first = list(open_rows.order_by("needs_tam_since", "-arr_minor", "account")[:SHOWN])
    return TeamHome(
        mine, Sums(totals["open"], totals["arr"]), oldest, totals["late"], totals["undecided"], waiting(first, loads, today, pack), loads,
        lately(people, built, user), covers(seen, people, pack), len(people), totals["n"],
        capacity_loads.of_team(people, today, pack) if built is None else {},
    )  # fmt: skip


def people_of(user: User, built: BuiltDay | None = None) -> list[User]:
    """The TAMs that a manager may assign: those of the team; where the role sees everything, all of them. With a built day also those
    who were TAMs on it."""
    found = assignments.candidates("tam") if built is None else assignments.held("tam", built)
    reach = {role.sees for role in visible.roles_of(user)}
    return list(found if "all" in reach else found.filter(pk__in=visible.team_ids(user)))


def team_loads(people: Sequence[User], pack: Pack, built: BuiltDay | None = None) -> list[Load]:
    """What each of these people carries, biggest ARR first, then by name."""
    found = {row["user_id"]: row for row in assignments.loads([one.pk for one in people], built)}
    top = max((row["arr_minor"] for row in found.values()), default=0)
    none: dict[str, Any] = {"accounts": 0, "arr_minor": 0, "gems": {}}
    gems = handbook.outcomes(pack, "gemstone")[::-1]
    loads = [_load(one, found.get(one.pk, none), top, gems) for one in people]
    return sorted(loads, key=lambda load: (-load.arr_minor, load.user.name, load.user.pk))


def _load(user: User, row: dict[str, Any], top: int, order: Sequence[str]) -> Load:
    gems = [(gem, row["gems"][gem]) for gem in order if row["gems"].get(gem)]
    return Load(user, row["accounts"], row["arr_minor"], gems, row["arr_minor"] * 100 // top if top else 0)


def waiting(rows: Sequence[SummaryFields], loads: Sequence[Load], today: date, pack: Pack) -> list[Waiting]:
    """The accounts that need a TAM, with the reason that the decision gives, and who could take them (today; nobody is suggested for
    another day). One query at most."""
    then = {row.account_id: row.tam_basis for row in rows if isinstance(row, AccountDay)}
    asked = [row.account_id for row in rows if row.account_id not in then]
    found = Decision.objects.filter(account__in=asked, rule="tam_eligible", until_date=None)
    reasons = then | {row.account_id: _reason(row, pack) for row in found}
    return [
        Waiting(
            row, reasons.get(row.account_id, ""), (today - row.needs_tam_since).days if row.needs_tam_since else 0,
            [] if row.account_id in then else suggested(row, loads),
        )
        for row in rows
    ]  # fmt: skip


def _reason(row: Decision, pack: Pack) -> str:
    basis = row.outputs.get("tam_basis") if isinstance(row.outputs, dict) else ""
    return str(basis or decisions.basis(row.inputs, pack))


def suggested(row: SummaryFields, loads: Sequence[Load]) -> list[Choice]:
    """Who could take the account: whose territory it is, then whose region, then the lighter load, then by name."""

    def key(load: Load) -> tuple[bool, bool, int, int, str]:
        covers_it = any(territory.pk == row.territory_id for territory in load.user.territories.all())
        return (not covers_it, not _same_region(row, load), load.accounts, load.arr_minor, load.user.name)

    return [
        Choice(load, load.arr_minor + (row.arr_minor or 0), _same_region(row, load)) for load in sorted(loads, key=key)[:CHOICES]
    ]


def _same_region(row: SummaryFields, load: Load) -> bool:
    places = {load.user.region, *(territory.region for territory in load.user.territories.all())}
    return bool(row.region) and row.region in places


def lately(people: Sequence[User], built: BuiltDay | None = None, user: User | None = None) -> list[Assignment]:
    """The newest assignments that these TAMs hold, or held on a built day (then only of accounts that ``user`` sees). One query."""
    rows = Assignment.objects.filter(role="tam", user__in=[one.pk for one in people]).select_related(
        "account", "user", "assigned_by"
    )
    if built is None or user is None:
        return list(rows.filter(until_date=None).order_by("-recorded_at", "-pk")[:LATELY])
    seen = visible.listed(user, built).values("account")
    return list(rows.filter(assignments.active(built.day), account__in=seen).order_by("-from_date", "-pk")[:LATELY])


def covers(seen: QuerySet[SummaryFields], people: Iterable[User], pack: Pack) -> list[Cover]:
    """Coverage of the entitled accounts by region, in the handbook's order. One query."""
    rows = seen.filter(tam_eligible="Yes").values("region").annotate(
        n=Count("account"), covered=Count("tam"), arr=Sum("arr_minor", filter=Q(tam=None))
    )  # fmt: skip
    found = {row["region"]: row for row in rows}
    order = [region.key for region in pack.handbook.regions]
    team = list(people)
    return [
        Cover(region or "No region", found[region]["n"], found[region]["covered"], found[region]["arr"] or 0, _in(region, team))
        for region in sorted(found, key=lambda region: (order.index(region) if region in order else len(order), region))
    ]


def _in(region: str, people: Sequence[User]) -> list[User]:
    return [one for one in people if region and region in {one.region, *(place.region for place in one.territories.all())}]


# --- a TAM's page


def book(user: User, today: date, pack: Pack, built: BuiltDay | None = None) -> BookHome:
    """A TAM's own accounts, of today or of a built day, which is then ``today``. A fixed number of queries."""
    seen = visible.listed(user, built)
    mine = seen.filter(account__in=Assignment.objects.filter(assignments.active(today), user=user).values("account"))
    soon = Q(renewal_date__gte=today, renewal_date__lte=today + SOON)
    later = Q(renewal_date__gte=today, renewal_date__lte=today + LATER)
    gaps = Q(contact_completeness__lt=100) | Q(contacts=0)
    totals = mine.aggregate(
        n=Count("account"), arr=Sum("arr_minor"), soon=Count("account", filter=soon), soon_arr=Sum("arr_minor", filter=soon),
        later=Count("account", filter=later), later_arr=Sum("arr_minor", filter=later), gaps=Count("account", filter=gaps),
        none=Count("account", filter=Q(contacts=0)), undecided=Count("account", filter=UNDECIDED),
    )  # fmt: skip
    others = _sums(seen.exclude(account__in=mine.values("account")))
    return BookHome(
        Sums(totals["n"], totals["arr"]), Sums(totals["soon"], totals["soon_arr"]), Sums(totals["later"], totals["later_arr"]),
        _new_to(user, today, seen), totals["gaps"], totals["none"], totals["undecided"], _by_renewal(mine, today),
        split(mine, "gemstone", pack), months(mine, today), others,
    )  # fmt: skip


def _new_to(user: User, today: date, seen: QuerySet[SummaryFields]) -> list[Assignment]:
    rows = Assignment.objects.filter(assignments.active(today), user=user, from_date__gt=today - NEW)
    rows = rows.filter(account__in=seen.values("account"))
    return list(rows.select_related("account", "assigned_by").order_by("-from_date", "-pk")[:LATELY])


def _by_renewal(mine: QuerySet[SummaryFields], today: date) -> list[SummaryFields]:
    """The next renewals first; what has none (or had it) after them, by ARR."""
    ahead = list(mine.filter(renewal_date__gte=today).order_by("renewal_date", "-arr_minor", "account")[:SHOWN])
    rest = (
        mine.exclude(renewal_date__gte=today).order_by("-arr_minor", "account")[: SHOWN - len(ahead)]
        if len(ahead) < SHOWN
        else []
    )
    return [*ahead, *rest]


def months(rows: QuerySet[SummaryFields], today: date) -> list[tuple[date, int, int, int]]:
    """Renewals of the next 180 days by month: (first day, accounts, ARR, share of the largest month in percent). One query."""
    found: dict[date, list[int]] = {}
    ahead = rows.filter(renewal_date__gte=today, renewal_date__lte=today + LATER).values("renewal_date")
    for row in ahead.annotate(n=Count("account"), arr=Sum("arr_minor")).order_by("renewal_date"):
        sums = found.setdefault(_month(row["renewal_date"]), [0, 0])
        sums[0] += row["n"]
        sums[1] += row["arr"] or 0
    top = max((arr for _, arr in found.values()), default=0)
    return [(month, n, arr, arr * 100 // top if top else 0) for month, (n, arr) in found.items()]


def _month(day: date | None) -> date:
    return (day or date.max).replace(day=1)


# --- the portfolio's page


def portfolio(user: User, today: date, pack: Pack, built: BuiltDay | None = None) -> PortfolioHome:
    """What the company has and what waits, of today or of a built day, which is then ``today``. A fixed number of queries."""
    seen = visible.listed(user, built)
    needs, soon = Q(needs_tam_since__isnull=False), Q(renewal_date__gte=today, renewal_date__lte=today + SOON)
    totals = seen.aggregate(
        n=Count("account"), arr=Sum("arr_minor"), open=Count("account", filter=needs), open_arr=Sum("arr_minor", filter=needs),
        undecided=Count("account", filter=UNDECIDED), overridden=Count("account", filter=Q(overridden=True)), soon=Count("account", filter=soon),
        soon_arr=Sum("arr_minor", filter=soon),
    )  # fmt: skip
    now = built is None  # what runs and waits, does so today
    tams = assignments.candidates("tam") if built is None else assignments.held("tam", built)
    runs = (
        list(Run.objects.select_related("started_by").order_by("-pk")[:LATELY]) if now and visible.may(user, "run.view") else []
    )
    return PortfolioHome(
        Sums(totals["n"], totals["arr"]), Sums(totals["open"], totals["open_arr"]), totals["undecided"], totals["overridden"],
        split(seen, "gemstone", pack), split(seen, "segment", pack),
        Sums(totals["soon"], totals["soon_arr"]), months(seen, today), covers(seen, list(tams[:SHOWN]), pack), runs,
        WaitingRow.objects.count() if now and visible.may(user, "import.run") else 0,
    )  # fmt: skip


def split(rows: QuerySet[SummaryFields], column: str, pack: Pack) -> list[tuple[str, int, int, int]]:
    """(word, accounts, ARR, share of the largest in percent), highest word of the handbook first, undecided ("") last. One query."""
    found = {row[column]: row for row in rows.values(column).annotate(n=Count("account"), arr=Sum("arr_minor")).order_by(column)}
    top = max((row["arr"] or 0 for row in found.values()), default=0)
    words = [word for word in (*handbook.outcomes(pack, column)[::-1], "") if word in found]
    return [
        (word, found[word]["n"], found[word]["arr"] or 0, (found[word]["arr"] or 0) * 100 // top if top else 0) for word in words
    ]
