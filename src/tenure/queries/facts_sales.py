"""Facts that come from what an account bought and may buy: subscriptions and opportunities."""

from collections.abc import Mapping
from datetime import date, datetime

import polars as pl

from tenure.queries import columns, money, renewals
from tenure.queries.columns import Columns, Read, Scope
from tenure.queries.words import Problems, translate
from tenure.rules import tables
from tenure.rules.packs import Pack

# Business Operations, Opportunity Stages: an opportunity is qualified once Sales has accepted it.
UNQUALIFIED = ("", "pre_opportunity", "pending_acceptance", "unqualified", "duplicate")
GROWTH = ("add_on", "new_subscription")
NEW_BUSINESS = ("new_account", "new_subscription")
SUPPORT, RENEWAL = "support", "renewal"
DEALS = "case when exists(select 1 from tenure_opportunity) then 1 else 0 end"
# The facts that rest on subscriptions, so that a look ahead may only assume them.
ASSUMABLE = frozenset({"arr", "users", "product", "hosted", "has_support_addon", "expired", "first_renewal_done"})


def reads(scope: Scope, as_of: date, known_at: datetime | None = None, *, ahead: bool = False) -> dict[str, Read]:
    """What ``of`` needs; ``ahead``: for a day to come."""
    return {
        "subscriptions": _subscriptions(scope, as_of, known_at, ahead), "opportunities": _opportunities(scope, as_of, known_at),
        "products": Read({"name": ("name", "text"), "key": ("handbook_key", "text")}, "tenure_product"),
        "deals": Read({"kept": (DEALS, "bool")}, "(select 1 as one) x"),
    }  # fmt: skip


def of(
    found: Mapping[str, pl.DataFrame], as_of: date, today: date | None, rates: money.Rates, pack: Pack, problems: Problems
) -> pl.LazyFrame:
    """One row per account that has any subscription or opportunity on ``as_of``; with ``today`` a look ahead from that day."""
    rows = with_products(found["subscriptions"], found["products"], pack)
    bought = _subscribed(renewals.on_day(rows, as_of, today), found["products"], as_of, pack, rates, problems)
    dealt = _dealt(_opportunities_then(found["opportunities"], as_of), rates, problems)
    both = bought.join(dealt, on="account", how="full", coalesce=True)
    won_back = (pl.col("last_start") > pl.col("loss_recorded_on")).fill_null(False)
    seen = pl.col("lost_on") <= (today or as_of)  # a loss to come is not one yet: what runs out may still renew
    return both.with_columns(
        loss_recorded_on=pl.when(~(pl.col("lost_renewal") & won_back).fill_null(False)).then("loss_recorded_on"),
        renewal_lost=pl.col("lost_renewal") & ~won_back,
        days_since_loss=pl.when(seen).then((pl.lit(as_of) - pl.col("lost_on")).dt.total_days()),
    )


def _known(known_at: datetime | None, column: str) -> tuple[str, list[object]]:
    return ("", []) if known_at is None else (f" and {column} <= %s", [columns.moment(known_at)])


# --- subscriptions


def _subscriptions(scope: Scope, as_of: date, known_at: datetime | None, ahead: bool) -> Read:
    """The subscriptions begun by the day, without drafts and trials. ``last`` is the first day on which it no longer held."""
    known, params = _known(known_at, "recorded_at")
    last = (
        "case when cancelled_on is not null and (end_date is null or cancelled_on < end_date) then cancelled_on else end_date end"
    )
    over = "status in ('cancelled', 'expired') and end_date is null and cancelled_on is null"
    read: Columns = {
        "account": ("account_id", "int"), "product": ("product", "text"), "hosted": ("hosted", "bool"), "arr": ("arr_minor", "int"),
        "currency": ("currency", "text"), "seats": ("seats", "int"), "start": ("start_date", "date"), "last": (f"({last})", "date"),
        "ends": ("end_date", "date"), "over": (f"(case when {over} then 1 else 0 end)", "int"),
    }  # fmt: skip
    if ahead:
        renews = f"status = 'active' and cancelled_on is null and auto_renew = {boolean(True)}"
        read = {**read, "number": ("number", "text"), "renews": (f"(case when {renews} then 1 else 0 end)", "int")}
    where = f"{scope.where('account_id')} and deleted_at is null and status <> 'draft' and is_trial = {boolean(False)}"
    where += f" and (start_date is null or start_date <= %s){known}"
    return Read(read, f"tenure_subscription where {where}", [as_of.isoformat(), *params])


def boolean(value: bool) -> str:
    """A truth value in raw SQL."""
    return str(int(value)) if columns.is_sqlite() else str(value).lower()


# What all subscriptions that were begun tell of an account, and what those of the day do, the highest product first.
_HISTORY = {
    "ended": pl.col("ended").first(), "first_start": pl.col("start").min(), "first_end": pl.col("last").min(),
    "last_start": pl.col("start").max(), "any_active": pl.col("active").any(), "assumed": pl.col("assumed").sum().cast(pl.Int64),
}  # fmt: skip
_NOW = {
    "subscriptions": pl.len(), "users": pl.when(pl.col("seats").is_not_null().any()).then(pl.col("seats").sum()),
    "product": pl.col("word").first(), "product_text": pl.col("product").first(), "hosted": pl.col("hosted").first(),
    "has_support_addon": pl.col("support").any(), "renewal_date": pl.col("ends").min(),
    "term_start": pl.col("begun").sort_by("ends", nulls_last=True).first(), "rank_now": pl.col("rank").max(),
}  # fmt: skip


def _subscribed(
    rows: pl.LazyFrame, products: pl.DataFrame, as_of: date, pack: Pack, rates: money.Rates, problems: Problems
) -> pl.LazyFrame:
    ended = pl.when(pl.col("last") <= as_of).then("last")
    then = columns.collected(rows.with_columns(ended=ended.max().over("account")))
    active = then.filter("active")
    worth = money.sums(active, "arr", "arr", rates, problems)
    _unknown_products(active, products, pack, problems)
    history = then.lazy().group_by("account").agg(**_HISTORY)
    now = active.lazy().sort("rank", descending=True, nulls_last=True, maintain_order=True).group_by("account").agg(**_NOW)
    # Whose subscriptions have all run out has no revenue; that is known, not missing.
    nothing = ~pl.col("any_active")
    now_worth = {name: pl.when(nothing).then(pl.lit(0, pl.Int64)).otherwise(name) for name in ("arr", "users")}
    return columns.side_by_side([history, now, worth, *_before(then, rates)], "account").with_columns(
        **now_worth,
        lost_on=_lost(now_worth["arr"], nothing),
        expired=nothing,
        renewed=(pl.col("assumed") > 0) | (pl.col("first_end") <= as_of) & (pl.col("last_start") >= pl.col("first_end")),
    )


def _before(rows: pl.DataFrame, rates: money.Rates) -> list[pl.LazyFrame]:
    """What was there the day before ``ended``, the last day on which a subscription ended: ``arr_before`` and ``rank_before``."""
    begun = pl.col("start").is_null() | (pl.col("start") < pl.col("ended"))
    held = pl.col("last").is_null() | (pl.col("last") >= pl.col("ended"))
    before = rows.filter(pl.col("ended").is_not_null() & begun & held & (pl.col("over") == 0))
    ranks = before.lazy().group_by("account").agg(rank_before=pl.col("rank").max())
    return [ranks, money.sums(before, "arr", "arr_before", rates, Problems())]


def _lost(arr: pl.Expr, nothing: pl.Expr) -> pl.Expr:
    """``lost_on``: the last day on which a subscription ended, where less is there than the day before: in ARR or in the rank of the
    product."""
    less = (arr < pl.col("arr_before")).fill_null(False) | (pl.col("rank_now") < pl.col("rank_before")).fill_null(False)
    return pl.when(less | nothing).then("ended")


def with_products(rows: pl.DataFrame, products: pl.DataFrame, pack: Pack) -> pl.LazyFrame:
    """``word`` (the handbook's product), ``rank``, ``support`` (a support add-on)."""
    keys = _keys(products)
    fact = pack.fact("product")

    def word(text: str) -> str | None:
        return fact.word(text) or fact.word(keys.get(text.casefold(), ""))

    words = translate(rows["product"], word).alias("word")
    support = pl.col("product").str.to_lowercase().str.contains(SUPPORT, literal=True) & pl.col("word").is_null()
    rank = pl.col("word").cast(tables.dtype(fact)).to_physical().cast(pl.Int64)
    return rows.with_columns(words).lazy().with_columns(rank=rank, support=support)


def _keys(products: pl.DataFrame) -> dict[str, str]:
    return {name.casefold(): key for name, key in products.iter_rows()}


def _unknown_products(active: pl.DataFrame, products: pl.DataFrame, pack: Pack, problems: Problems) -> None:
    """Tell of products that nobody knows."""
    if not active["word"].null_count():
        return
    words, keys = ", ".join(pack.fact("product").words), _keys(products)
    unknown = active.filter(pl.col("word").is_null() & ~pl.col("support") & (pl.col("product") != ""))
    strange = [text for text in unknown["product"].unique().to_list() if text.casefold() not in keys]
    problems.add(
        unknown.filter(pl.col("product").is_in(strange)), "product", "product",
        lambda text: f"The product '{text}' is neither in the handbook ({words}) nor in the list of products.",
    )  # fmt: skip


# --- opportunities


def _opportunities(scope: Scope, as_of: date, known_at: datetime | None) -> Read:
    """The opportunities that were there on the day, with the stage that they had."""
    known, params = _known(known_at, "o.created_at")
    end = columns.end_of(as_of)
    then = "select s.stage from tenure_opportunitystage s where s.opportunity_id = o.id and s.from_at < %s order by s.from_at desc, s.id desc limit 1"
    read: Columns = {
        "account": ("o.account_id", "int"), "kind": ("o.kind", "text"), "closed": ("o.is_closed", "bool"), "won": ("o.is_won", "bool"),
        "close": ("o.close_date", "date"), "iacv": ("o.iacv_minor", "int"), "currency": ("o.currency", "text"),
        "stage": (f"coalesce(({then}), o.stage)", "text"),
    }  # fmt: skip
    where = f"{scope.where('o.account_id')} and o.deleted_at is null and o.created_at < %s{known}"
    return Read(read, f"tenure_opportunity o where {where}", [end, end, *params])


def _opportunities_then(rows: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """What is closed later was open on the day."""
    past = pl.col("close").is_null() | (pl.col("close") <= as_of)
    return rows.with_columns(closed=pl.col("closed") & past, won=pl.col("won") & past)


def _dealt(rows: pl.DataFrame, rates: money.Rates, problems: Problems) -> pl.LazyFrame:
    won = rows.filter(pl.col("won") & pl.col("iacv").is_not_null())
    growing = ~pl.col("closed") & pl.col("kind").is_in(GROWTH) & ~pl.col("stage").is_in(UNQUALIFIED)
    found = (
        rows.lazy()
        .group_by("account")
        .agg(
            growing=growing.any(),
            renewal_won=(pl.col("won") & (pl.col("kind") == "renewal")).any(),
            first_won=pl.col("close").filter(pl.col("won")).min(),
            purchased=pl.col("close").filter(pl.col("won") & pl.col("kind").is_in(NEW_BUSINESS)).max(),
        )
    )
    worth = money.sums(won, "iacv", "won_iacv", rates, problems, fact="iacv")
    return columns.side_by_side([found, _recorded(rows.lazy()), worth], "account")


def _recorded(rows: pl.LazyFrame) -> pl.LazyFrame:
    """``loss_recorded_on`` and ``lost_renewal``: the latest opportunity that decides, where it records a loss: a renewal that was lost,
    or a won one with negative iACV (Sales Handbook 2018, Churn). One that is won with more takes an older loss back."""
    lost = pl.col("closed") & ~pl.col("won") & (pl.col("kind") == RENEWAL)
    deciding = rows.filter(pl.col("close").is_not_null() & (lost | (pl.col("won") & (pl.col("iacv") != 0)))).with_columns(
        lost=lost
    )
    latest = deciding.sort("close", "lost").group_by("account", maintain_order=True).last()
    losses = latest.filter(pl.col("lost") | (pl.col("iacv") < 0))
    return losses.select("account", loss_recorded_on="close", lost_renewal="lost")
