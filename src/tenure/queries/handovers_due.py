"""The hand-overs that the handbook begins on a day: sales and upgrades of late that nobody has handed over yet. Asked once for a whole run, so
that a day without any costs a few queries, however many accounts there are."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import polars as pl
from django.db.models import Exists, OuterRef, QuerySet

from tenure.models import HandOver, Opportunity
from tenure.queries import columns, onboardings_due, summaries
from tenure.rules.journey import StartShape
from tenure.rules.packs import Pack

MOST = 2_000  # accounts that are asked for by name


@dataclass(frozen=True)
class Event:
    """Something that happened and for which a hand-over begins; ``said`` in words."""

    account: int
    kind: str
    key: str
    day: date
    said: str
    opportunity: int | None = None


@dataclass(frozen=True)
class Wanted:
    """A hand-over to begin, for the first of its events; or one that is open (``held``) on which they are noted."""

    account: int
    events: tuple[Event, ...]
    held: int | None = None

    @property
    def first(self) -> Event:
        """What it begins for."""
        return self.events[0]


@dataclass(frozen=True)
class Due:
    """What is to be begun, by account."""

    wanted: dict[int, list[Wanted]] = field(default_factory=dict)

    def of(self, scope: columns.Scope, frame: pl.DataFrame, decisions: pl.DataFrame) -> list[Wanted]:
        """Those of a block of accounts, by their facts and decisions of the day: of customers who have a TAM, or get one by the handbook. Of the
        others nobody would take anything over."""
        inside = set(scope.ids) if scope.ids is not None else None
        ids = [pk for pk in sorted(self.wanted) if (pk in inside if inside is not None else scope.low <= pk <= scope.high)]
        if not ids:
            return []
        covered = set(frame.filter(pl.col("account").is_in(ids) & pl.col("has_tam").fill_null(False))["account"])
        if "tam_eligible" in decisions.columns:
            entitled = pl.col("account").is_in(ids) & (pl.col("tam_eligible").cast(pl.String) == summaries.ENTITLED)
            covered |= set(decisions.filter(entitled)["account"])
        return [one for pk in ids if pk in covered for one in self.wanted[pk]]


def of(as_of: date, pack: Pack, account_ids: Collection[int] | None = None) -> Due:
    """What is to be begun on a day; of all accounts or some."""
    found: list[Event] = []
    for kind in ("sale", "upgrade"):
        shape = pack.journey.handover(kind, as_of)
        begins = shape.begins if shape else None
        if begins is not None:
            found += (
                _sold(kind, begins, as_of, account_ids) if begins.kinds else _upgraded(kind, begins, as_of, pack, account_ids)
            )
    return Due(_gathered(found))


def again(wanted: Iterable[Wanted]) -> list[Wanted]:
    """The same against what is there now."""
    return [one for ones in _gathered([event for one in wanted for event in one.events]).values() for one in ones]


# --- what happened


def _among(rows: QuerySet[Any], account_ids: Collection[int] | None) -> QuerySet[Any]:
    """Those of accounts that are there; of many accounts all are asked for, and their blocks take their own."""
    live = rows.filter(account__deleted_at=None)
    return live if account_ids is None or len(account_ids) > MOST else live.filter(account__in=account_ids)


def _sold(kind: str, begins: StartShape, as_of: date, account_ids: Collection[int] | None) -> list[Event]:
    """Deals of these kinds that were won of late, of customers whom no TAM has taken over yet."""
    taken = HandOver.objects.filter(account=OuterRef("account"), kind=kind, state="accepted")
    rows = Opportunity.objects.filter(
        ~Exists(taken),
        deleted_at=None,
        is_won=True,
        kind__in=begins.kinds,
        close_date__gte=as_of - timedelta(days=begins.within),
        close_date__lte=as_of,
    )
    found = _among(rows, account_ids).order_by("close_date", "pk").values_list("account_id", "pk", "close_date", "name")
    return [Event(account, kind, f"{kind}:{pk}", day, f"{name} was won", pk) for account, pk, day, name in found]


def _upgraded(kind: str, begins: StartShape, as_of: date, pack: Pack, account_ids: Collection[int] | None) -> list[Event]:
    """Higher products than any before them that began of late, each with the deal by which it was bought."""
    few = account_ids is not None and len(account_ids) <= MOST
    scope: columns.Some = columns.of_ids(account_ids or ()) if few else columns.Everything()
    told = onboardings_due.upgraded(scope, as_of, begins.within, pack)
    deals = _deals({one.account for one in told}) if told else {}
    return [
        Event(one.account, kind, f"{kind}:{one.account}:{one.day}", one.day, one.said, _near(deals.get(one.account, ()), one.day, begins.within))
        for one in told
    ]  # fmt: skip


def _deals(ids: Collection[int]) -> dict[int, list[tuple[date, int]]]:
    """Account -> the add-ons that it bought: day and id."""
    found: dict[int, list[tuple[date, int]]] = defaultdict(list)
    rows = Opportunity.objects.filter(account__in=ids, deleted_at=None, is_won=True, kind="add_on")
    for account, day, pk in rows.order_by("pk").values_list("account_id", "close_date", "pk"):
        if day is not None:
            found[account].append((day, pk))
    return found


def _near(deals: Iterable[tuple[date, int]], day: date, within: int) -> int | None:
    """The deal with which it was bought: the one that was won nearest to its start."""
    near = [(abs(on - day), pk) for on, pk in deals if abs((on - day).days) <= within]
    return min(near)[1] if near else None


# --- against what is there


def _gathered(told: list[Event]) -> dict[int, list[Wanted]]:
    """One for each account and kind: a new one, or what is to be noted on the open one; what is known already is left out."""
    if not told:
        return {}
    known, held = _there({one.account for one in told})
    grouped: dict[tuple[int, str], list[Event]] = defaultdict(list)
    for one in told:
        if one.key not in known:
            grouped[one.account, one.kind].append(one)
    found: dict[int, list[Wanted]] = defaultdict(list)
    for (account, kind), events in grouped.items():
        found[account].append(Wanted(account, tuple(events), held.get((account, kind))))
    return dict(found)


def _there(ids: Collection[int]) -> tuple[set[str], dict[tuple[int, str], int]]:
    """Every key that hand-overs of these accounts know, and the open ones by account and kind."""
    known, held = set[str](), dict[tuple[int, str], int]()
    rows = HandOver.objects.filter(account__in=ids).values_list("pk", "account_id", "kind", "natural_key", "because", "is_open")
    for pk, account, kind, key, because, is_open in rows:
        known |= {one["key"] for one in because.get("also", ())} | ({key} if key else set())
        if is_open:
            held[account, kind] = pk
    return known, held
