"""The onboardings that the handbook begins on a day: what happened lately that asks for one and of which none knows yet."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import polars as pl

from tenure.queries import clock, columns, facts, facts_sales
from tenure.queries.changes import ACCOUNT, Changes
from tenure.queries.columns import Columns, Scope, Some
from tenure.rules.onboarding import CauseShape
from tenure.rules.packs import Pack

Days = tuple[date | None, date | None]
GEM = "gemstone"
MOST = 2_000  # accounts that are asked for by name, else by the ends of their block
TAM_COMES = "not exists(select 1 from tenure_assignment b where b.account_id = s.account_id and b.role = 'tam' and b.from_date < s.from_date and (b.until_date is null or b.until_date > b.from_date))"  # fmt: skip


@dataclass(frozen=True)
class Event:
    """Something that happened and for which the handbook begins an onboarding. ``said``: in words; ``opportunity``: the one that was won."""

    account: int
    cause: str
    key: str
    day: date
    said: str
    opportunity: int | None = None


@dataclass(frozen=True)
class Wanted:
    """An onboarding to begin, for the first of its events; or one that is there (``held``) and on which they are noted. ``purchase``: the day
    of the account's latest purchase, ``since``: since when it has been a customer."""

    account: int
    events: tuple[Event, ...]
    held: int | None = None
    purchase: date | None = None
    since: date | None = None

    @property
    def first(self) -> Event:
        """What it begins for."""
        return self.events[0]


def of(scope: Scope, found: Changes, as_of: date, pack: Pack) -> list[Wanted]:
    """What is to be begun for the accounts of a block, by their facts and decisions of the day; one for each account, whatever coincides."""
    edition = pack.onboarding.edition(as_of)
    causes = edition.causes() if edition and found.facts.frame.height else {}
    asked: dict[str, Callable[[CauseShape], list[Event]]] = {
        "closed_won": lambda cause: _won(scope, as_of, cause),
        "upgrade": lambda cause: upgraded(scope, as_of, cause.within or 0, pack),
        "gem_change": lambda cause: _risen(scope, found, as_of, cause),
        "tam_filled": lambda cause: _tam(found.facts.frame, as_of, cause),
    }
    told = [event for key, cause in causes.items() for event in _fitting(asked[key](cause), found, cause)]
    return _wanted(told, found.facts.frame)


def _fitting(told: list[Event], found: Changes, cause: CauseShape) -> list[Event]:
    """Those of accounts with a gemstone for which this cause begins one."""
    if not told or not cause.gems or GEM not in found.decisions.columns:
        return told
    fit = set(found.decisions.filter(pl.col(GEM).cast(pl.String).is_in(list(cause.gems)))[ACCOUNT].to_list())
    return [one for one in told if one.account in fit]


def begun(frame: pl.DataFrame, wanted: Iterable[Wanted], pack: Pack, as_of: date) -> pl.DataFrame:
    """Facts as they are once these have begun, so that the work that counts from an onboarding is asked for with it and not by a repeat."""
    edition, days = pack.onboarding.edition(as_of), {one.account: one.first.day for one in wanted if one.held is None}
    if edition is None or not days:
        return frame
    first_status, fact = edition.statuses[0], pack.fact("onboarding")
    status = fact.word(first_status.title) or fact.word(first_status.key)
    begins, first = pl.col(ACCOUNT).is_in(list(days)), pl.col(ACCOUNT).replace_strict(days, default=None, return_dtype=pl.Date)
    since = pl.when("has_tam").then(pl.max_horizontal("tam_assigned_on", first))  # as actions.onboardings_runs begins it
    return frame.with_columns(
        onboarding=pl.when(begins).then(pl.lit(status).cast(frame.schema["onboarding"])).otherwise("onboarding"),
        onboarding_since=pl.when(begins).then(since).otherwise("onboarding_since"),
    )


def of_tams(scope: Scope, as_of: date, pack: Pack) -> list[Wanted]:
    """Those that begin because of their TAM alone, for some accounts of which one has just been assigned."""
    edition = pack.onboarding.edition(as_of)
    cause = edition.causes().get("tam_filled") if edition else None
    if cause is None:
        return []
    frame = facts.build(scope, as_of, pack).frame
    return _wanted(_tam(frame, as_of, cause), frame)


def again(wanted: Iterable[Wanted]) -> list[Wanted]:
    """The same against what is there now."""
    known = list(wanted)
    days = {one.account: (one.purchase, one.since) for one in known}
    return list(_gathered([event for one in known for event in one.events], days))


def _wanted(told: list[Event], frame: pl.DataFrame) -> list[Wanted]:
    days = _days(frame, {one.account for one in told}) if told else {}
    return list(_gathered([one for one in told if one.account in days], days))


def _days(frame: pl.DataFrame, ids: Iterable[int]) -> dict[int, Days]:
    """The day of the latest purchase and since when they have been customers, of those that are there and that have not left."""
    here = frame.filter(pl.col(ACCOUNT).is_in(list(ids)) & ~pl.col("expired").fill_null(False))
    return {
        account: (bought, since) for account, bought, since in here.select(ACCOUNT, "purchase_date", "customer_since").iter_rows()
    }


# --- what happened


def _since(as_of: date, cause: CauseShape) -> str:
    return (as_of - timedelta(days=cause.within or 0)).isoformat()


def _unknown(cause: str, number: str) -> str:
    """The condition that no onboarding was begun for it; what is noted on one is looked at later."""
    return f"not exists(select 1 from tenure_onboarding k where k.natural_key = '{cause}:' || cast({number} as text))"  # noqa: S608


def _won(scope: Scope, as_of: date, cause: CauseShape) -> list[Event]:
    """Opportunities of new business that were won."""
    yes = facts_sales.boolean(True)
    marks = ", ".join(["%s"] * len(cause.kinds))
    where = f"{scope.where('o.account_id')} and o.deleted_at is null and o.is_won = {yes} and o.kind in ({marks}) and o.close_date >= %s and o.close_date <= %s"
    where += f" and {_unknown('closed_won', 'o.id')} order by o.close_date, o.id"
    read: Columns = {
        ACCOUNT: ("o.account_id", "int"),
        "id": ("o.id", "int"),
        "day": ("o.close_date", "date"),
        "name": ("o.name", "text"),
    }
    rows = columns.read(read, f"tenure_opportunity o where {where}", [*cause.kinds, _since(as_of, cause), as_of.isoformat()])
    return [
        Event(account, "closed_won", f"closed_won:{pk}", day, f"{name} was won", pk)
        for account, pk, day, name in rows.iter_rows()
    ]


def upgraded(scope: Some, as_of: date, within: int, pack: Pack) -> list[Event]:
    """Subscriptions of a higher product than any before them, that began in so many days until a day: hand-overs begin with them too."""
    no = facts_sales.boolean(False)
    live = f"deleted_at is null and status <> 'draft' and is_trial = {no}"
    mine = " and ".join(f"s.{part}" for part in live.split(" and "))
    other = f"select 1 from tenure_subscription b where b.account_id = s.account_id and b.start_date < s.start_date and b.{' and b.'.join(live.split(' and '))}"  # noqa: S608 - our own SQL
    where = f"{scope.where('s.account_id')} and s.start_date >= %s and s.start_date <= %s and {mine}"
    where += f" and exists({other} and b.product <> s.product) and not exists({other} and b.product = s.product)"
    read: Columns = {ACCOUNT: ("s.account_id", "int"), "day": ("s.start_date", "date")}
    since = as_of - timedelta(days=within)
    fresh = columns.read(read, f"tenure_subscription s where {where}", [since.isoformat(), as_of.isoformat()])
    if not fresh.height:
        return []
    ids = columns.of_ids(fresh[ACCOUNT].unique().to_list())
    read = {ACCOUNT: ("account_id", "int"), "product": ("product", "text"), "day": ("start_date", "date")}
    bought = columns.read(
        read, f"tenure_subscription where {ids.where('account_id')} and {live} and start_date <= %s", [as_of.isoformat()]
    )
    products = columns.read({"name": ("name", "text"), "key": ("handbook_key", "text")}, "tenure_product")
    ranked = columns.collected(facts_sales.with_products(bought.with_columns(seats=None), products, pack)).drop_nulls("rank")
    days = fresh.unique().sort(ACCOUNT, "day")
    before = pl.col("day:then") < pl.col("day")
    both = days.join(ranked, on=ACCOUNT, suffix=":then")
    best = both.group_by(ACCOUNT, "day", maintain_order=True).agg(
        was=pl.col("rank").filter(before).max(),
        now=pl.col("rank").filter(pl.col("day:then") == pl.col("day")).max(),
        word=pl.col("word")
        .filter(pl.col("day:then") == pl.col("day"))
        .sort_by(pl.col("rank").filter(pl.col("day:then") == pl.col("day")))
        .last(),
    )
    rows = best.filter(pl.col("now") > pl.col("was")).select(ACCOUNT, "day", "word")
    return [
        Event(account, "upgrade", f"upgrade:{account}:{day}", day, f"Upgraded to {word}")
        for account, day, word in rows.iter_rows()
    ]


def _risen(scope: Scope, found: Changes, as_of: date, cause: CauseShape) -> list[Event]:
    """Accounts whose gemstone rose: what is stored since lately, and what this run is about to store."""
    high = list(cause.gems)
    since = as_of - timedelta(days=cause.within or 0)
    told = []
    new = found.decided.filter(
        (pl.col("rule").cast(pl.String) == GEM) & pl.col("outcome").is_in(high) & pl.col("open_id").is_not_null()
    )
    new = new.filter(~pl.col("before").is_in(high))
    if new.height:
        held = columns.read(
            {"open_id": ("id", "int"), "was": ("inputs", "text"), "was_set": ("overridden", "bool")},
            f"tenure_decision where {columns.of_ids(new['open_id'].to_list()).where('id')}",
        )
        rows = new.join(held, on="open_id").filter(_is_risen()).select(ACCOUNT, "before", "outcome")
        told += [(account, as_of, was, now) for account, was, now in rows.iter_rows()]
    changing = set(found.decided.filter(pl.col("rule").cast(pl.String) == GEM)[ACCOUNT].to_list())
    told += [row for row in _stored(scope, found, since, high) if row[0] not in changing]
    recent = _new(found, cause, [row[0] for row in told])
    return [
        Event(account, "gem_change", f"gem:{account}:{day}", day, f"From {was or 'no gemstone'} to {now}")
        for account, day, was, now in told
        if day >= since and (was or account in recent)
    ]


def _is_risen() -> pl.Expr:
    """Whether the customer, or a person's word, moved it; the handbook alone doesn't."""
    return (pl.col("inputs") != pl.col("was")) | (pl.col("overridden") != pl.col("was_set"))


def _stored(scope: Scope, found: Changes, since: date, high: list[str]) -> Iterator[tuple[int, date, str, str]]:
    """``account``, day, the gemstone before and the one since, of stored ones that are so young."""
    if GEM not in found.decisions.columns or not found.gems.height:
        return
    now = found.decisions.filter(pl.col(GEM).cast(pl.String).is_in(high)).select(ACCOUNT)
    ids = found.gems.filter(pl.col("since") >= since).join(now, on=ACCOUNT, how="semi")[ACCOUNT].to_list()
    if not ids:
        return
    some = columns.of_ids(ids) if len(ids) <= MOST else scope
    read: Columns = {
        ACCOUNT: ("d.account_id", "int"), "day": ("d.from_date", "date"), "before": ("p.outcome", "text"), "outcome": ("d.outcome", "text"),
        "inputs": ("d.inputs", "text"), "was": ("p.inputs", "text"), "overridden": ("d.overridden", "bool"), "was_set": ("p.overridden", "bool"),
    }  # fmt: skip
    joined = "tenure_decision d join tenure_decision p on p.account_id = d.account_id and p.rule = d.rule and p.until_date = d.from_date and p.id <> d.id"
    where = f"{some.where('d.account_id')} and d.rule = '{GEM}' and d.until_date is null and d.from_date >= %s"
    rows = columns.read(read, f"{joined} where {where}", [since.isoformat()])
    rows = rows.filter(pl.col("outcome").is_in(high) & ~pl.col("before").is_in(high) & _is_risen())
    yield from rows.unique(ACCOUNT, keep="last", maintain_order=True).select(ACCOUNT, "day", "before", "outcome").iter_rows()


def _new(found: Changes, cause: CauseShape, ids: Iterable[int]) -> set[int]:
    """Those of the accounts that are new customers."""
    rows = found.facts.frame.filter(pl.col(ACCOUNT).is_in(list(ids)) & (pl.col("days_since_purchase") <= cause.new_within))
    return set(rows[ACCOUNT].to_list())


def _tam(frame: pl.DataFrame, as_of: date, cause: CauseShape) -> list[Event]:
    """First TAMs of customers who are new or waited for one."""
    fresh = pl.col("tam_assigned_on") >= as_of - timedelta(days=cause.within or 0)
    new = pl.col("waited_for_tam") | (pl.col("days_since_purchase") <= cause.new_within).fill_null(False)
    ids = frame.filter((fresh & new).fill_null(False))[ACCOUNT].to_list()
    if not ids:
        return []
    some = columns.of_ids(ids)
    where = f"{some.where('s.account_id')} and s.role = 'tam' and s.from_date <= %s and (s.until_date is null or s.until_date > %s) and {TAM_COMES}"
    where += " and not exists(select 1 from tenure_onboarding k where k.natural_key = 'tam:' || cast(s.account_id as text) || ':' || cast(s.id as text))"
    read: Columns = {
        ACCOUNT: ("s.account_id", "int"),
        "id": ("s.id", "int"),
        "day": ("s.from_date", "date"),
        "name": ("u.name", "text"),
    }
    joined = f"tenure_assignment s join tenure_user u on u.id = s.user_id where {where} order by s.account_id"
    rows = columns.read(read, joined, [as_of.isoformat()] * 2)
    return [
        Event(account, "tam_filled", f"tam:{account}:{pk}", day, f"{name} became the TAM")
        for account, pk, day, name in rows.iter_rows()
    ]


# --- against what is there


def _gathered(told: list[Event], days: Mapping[int, Days]) -> Iterator[Wanted]:
    """One for each account: a new one, or what is to be noted on the one that is open, or that was when it happened."""
    events: dict[int, list[Event]] = {}
    for one in told:
        events.setdefault(one.account, []).append(one)
    there = _there(events)
    for account, found in sorted(events.items()):
        rows = there.get(account, [])
        keys = {key for row in rows for key in (row["key"], *row["also"])}
        fresh = [one for one in found if one.key not in keys]
        rows = [row for row in rows if not row["deleted"]]
        held = next((row["id"] for row in rows if row["open"]), None)
        ended = [(row["ended"], row["id"]) for row in rows if row["ended"]]
        if held is None and ended and fresh:
            until, last = max(ended)
            past = tuple(one for one in fresh if one.day <= until)
            fresh = [one for one in fresh if one.day > until]
            if past:
                yield Wanted(account, past, last, *days[account])
        if fresh:
            yield Wanted(account, tuple(fresh), held, *days[account])


def _there(ids: Iterable[int]) -> dict[int, list[dict[str, Any]]]:
    """The onboardings of accounts, deleted ones too: every key that each knows, whether it is open, and the day on which it ended."""
    read: Columns = {
        ACCOUNT: ("account_id", "int"), "id": ("id", "int"), "key": ("natural_key", "text"), "because": ("because", "json"), "open": ("is_open", "bool"),
        "deleted": ("case when deleted_at is null then 0 else 1 end", "bool"), "closed": ("cast(closed_at as text)", "text"), "finish": ("finish_date", "date"),
    }  # fmt: skip
    known, found = list(ids), dict[int, list[dict[str, Any]]]()
    for start in range(0, len(known), MOST):
        where = columns.of_ids(known[start : start + MOST]).where("account_id")
        rows = columns.read(read, f"tenure_onboarding where {where} order by id")
        closed = (
            pl.col("closed")
            .str.head(19)
            .str.to_datetime("%Y-%m-%d %H:%M:%S", time_zone="UTC")
            .dt.convert_time_zone(clock.zone_name())
        )
        for row in rows.with_columns(ended=pl.max_horizontal("finish", closed.dt.date())).iter_rows(named=True):
            also = [one["key"] for one in json.loads(row["because"]).get("also", ())]
            found.setdefault(row[ACCOUNT], []).append({**row, "also": also})
    return found
