"""The hand-overs that the handbook begins on a day: sales and upgrades of late that nobody has handed over yet. Asked once for a whole run, so
that a day without any costs a few queries, however many accounts there are."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import polars as pl
from django.db.models import Exists, OuterRef, QuerySet

from tenure.models import HandOver, Opportunity, Product, Subscription
from tenure.queries import columns, summaries
from tenure.rules.facts import Fact
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
    """Subscriptions of a higher product than any before them, that began of late."""
    live = Subscription.objects.filter(deleted_at=None, is_trial=False).exclude(status="draft")
    before = live.filter(account=OuterRef("account"), start_date__lt=OuterRef("start_date"))
    rows = live.filter(
        Exists(before.exclude(product=OuterRef("product"))), ~Exists(before.filter(product=OuterRef("product"))),
        start_date__gte=as_of - timedelta(days=begins.within), start_date__lte=as_of,
    )  # fmt: skip
    fresh = list(_among(rows, account_ids).order_by("start_date", "pk").values_list("account_id", "start_date", "product"))
    if not fresh:
        return []
    ids, rank = {account for account, _, _ in fresh}, _ranks(pack)
    bought: dict[int, list[tuple[date, int]]] = defaultdict(list)
    for account, day, product in live.filter(account__in=ids, start_date__lte=as_of).values_list(
        "account_id", "start_date", "product"
    ):
        if day is not None and rank(product) is not None:
            bought[account].append((day, rank(product) or 0))
    found: dict[str, Event] = {}
    deals = _deals(ids)
    for account, day, product in fresh:
        now, past = rank(product), [one for then, one in bought[account] if then < day]
        if now is not None and past and now > max(past):
            key = f"{kind}:{account}:{day}"
            found.setdefault(
                key, Event(account, kind, key, day, f"Upgraded to {product}", _near(deals.get(account, ()), day, begins.within))
            )
    return list(found.values())


def _ranks(pack: Pack) -> Any:
    fact: Fact = pack.fact("product")
    keys = {name.casefold(): key for name, key in Product.objects.values_list("name", "handbook_key")}

    def rank(product: str) -> int | None:
        word = fact.word(product) or fact.word(keys.get(product.casefold(), ""))
        return fact.words.index(word) if word in fact.words else None

    return rank


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
