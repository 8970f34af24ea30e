"""Facts that come from what an account bought and may buy: subscriptions and opportunities."""

from collections.abc import Mapping
from datetime import date, datetime

import polars as pl

from tenure.queries import columns, money, renewals
from tenure.queries.columns import Columns, Read, Scope
from tenure.queries.words import Problems, translate
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
) -> pl.DataFrame:
    """One row per account that has any subscription or opportunity on ``as_of``; with ``today`` a look ahead from that day."""
    rows = _with_products(found["subscriptions"], found["products"], pack)
    bought = _subscribed(renewals.on_day(rows, as_of, today), as_of, pack, rates, problems)
    dealt = _dealt(_opportunities_then(found["opportunities"], as_of), rates, problems)
    both = bought.join(dealt, on="account", how="full", coalesce=True)
    won_back = pl.col("last_start") > pl.col("loss_recorded_on")
    return both.with_columns(
        loss_recorded_on=pl.when(~(pl.col("lost_renewal") & won_back).fill_null(False)).then("loss_recorded_on")
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
        renews = f"status = 'active' and cancelled_on is null and auto_renew = {_boolean(True)}"
        read = {**read, "number": ("number", "text"), "renews": (f"(case when {renews} then 1 else 0 end)", "int")}
    where = f"{scope.where('account_id')} and deleted_at is null and status <> 'draft' and is_trial = {_boolean(False)}"
    where += f" and (start_date is null or start_date <= %s){known}"
    return Read(read, f"tenure_subscription where {where}", [as_of.isoformat(), *params])


def _boolean(value: bool) -> str:
    return str(int(value)) if columns.is_sqlite() else str(value).lower()


def _subscribed(rows: pl.DataFrame, as_of: date, pack: Pack, rates: money.Rates, problems: Problems) -> pl.DataFrame:
    active = rows.filter("active")
    worth = money.sums(active, "arr", "arr", rates, problems)
    history = rows.group_by("account").agg(
        first_start=pl.col("start").min(),
        first_end=pl.col("last").min(),
        last_start=pl.col("start").max(),
        any_active=pl.col("active").any(),
        assumed=pl.col("assumed").sum().cast(pl.Int64),
    )
    now = active.sort("rank", descending=True, nulls_last=True, maintain_order=True).group_by("account").agg(
        subscriptions=pl.len(),
        users=pl.when(pl.col("seats").is_not_null().any()).then(pl.col("seats").sum()),
        product=pl.col("word").first(),
        product_text=pl.col("product").first(),
        hosted=pl.col("hosted").first(),
        has_support_addon=pl.col("support").any(),
        renewal_date=pl.col("ends").min(),
        term_start=pl.col("begun").sort_by("ends", nulls_last=True).first(),
    )  # fmt: skip
    _unknown_products(active, pack, problems)
    found = history.join(now, on="account", how="left").join(worth, on="account", how="left")
    found = found.join(_lost(rows, worth, as_of, rates), on="account", how="left")
    # Whose subscriptions have all run out has no revenue; that is known, not missing.
    nothing = ~pl.col("any_active")
    return found.with_columns(
        arr=pl.when(nothing).then(pl.lit(0, pl.Int64)).otherwise("arr"),
        users=pl.when(nothing).then(pl.lit(0, pl.Int64)).otherwise("users"),
        expired=nothing,
        renewed=(pl.col("assumed") > 0) | (pl.col("first_end") <= as_of) & (pl.col("last_start") >= pl.col("first_end")),
    )


def _lost(rows: pl.DataFrame, worth: pl.DataFrame, as_of: date, rates: money.Rates) -> pl.DataFrame:
    """``lost_on``: the last day on which a subscription ended, where less is there on ``as_of`` than the day before: in ARR or in the
    rank of the product."""
    ended = (
        rows.filter((pl.col("last") <= as_of) & pl.col("last").is_not_null())
        .group_by("account")
        .agg(lost_on=pl.col("last").max())
    )
    both = rows.join(ended, on="account", how="inner")
    begun = pl.col("start").is_null() | (pl.col("start") < pl.col("lost_on"))
    before = both.filter(begun & (pl.col("over") == 0) & (pl.col("last").is_null() | (pl.col("last") >= pl.col("lost_on"))))
    was = money.sums(before, "arr", "arr_before", rates, Problems())
    ranks = before.group_by("account").agg(rank_before=pl.col("rank").max())
    now = rows.filter("active").group_by("account").agg(rank_now=pl.col("rank").max(), there=pl.lit(True))
    found = ended.join(was, on="account", how="left").join(ranks, on="account", how="left")
    found = found.join(worth, on="account", how="left").join(now, on="account", how="left")
    arr = pl.when(pl.col("there")).then("arr").otherwise(pl.lit(0, pl.Int64))
    less = (arr < pl.col("arr_before")).fill_null(False) | (pl.col("rank_now") < pl.col("rank_before")).fill_null(False)
    return found.filter(less | pl.col("there").is_null()).select("account", "lost_on")


def _with_products(rows: pl.DataFrame, products: pl.DataFrame, pack: Pack) -> pl.DataFrame:
    """``word`` (the handbook's product), ``rank``, ``support`` (a support add-on), ``strange`` (nobody knows the product)."""
    keys = {name.casefold(): key for name, key in products.iter_rows()}
    fact = pack.fact("product")

    def word(text: str) -> str | None:
        return fact.word(text) or fact.word(keys.get(text.casefold(), ""))

    words = translate(rows["product"], word).alias("word")
    listed = translate(rows["product"], lambda text: "yes" if text.casefold() in keys else None)
    rank = words.cast(pl.Enum(fact.words)).to_physical().cast(pl.Int64).alias("rank")
    support = rows["product"].str.to_lowercase().str.contains(SUPPORT, literal=True) & words.is_null()
    strange = words.is_null() & listed.is_null() & ~support & (rows["product"] != "")
    return rows.with_columns(words, rank, support.alias("support"), strange.alias("strange"))


def _unknown_products(active: pl.DataFrame, pack: Pack, problems: Problems) -> None:
    words = ", ".join(pack.fact("product").words)
    problems.add(
        active.filter("strange"), "product", "product",
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


def _dealt(rows: pl.DataFrame, rates: money.Rates, problems: Problems) -> pl.DataFrame:
    won = rows.filter(pl.col("won") & pl.col("iacv").is_not_null())
    growing = ~pl.col("closed") & pl.col("kind").is_in(GROWTH) & ~pl.col("stage").is_in(UNQUALIFIED)
    found = rows.group_by("account").agg(
        growing=growing.any(),
        renewal_won=(pl.col("won") & (pl.col("kind") == "renewal")).any(),
        first_won=pl.col("close").filter(pl.col("won")).min(),
        purchased=pl.col("close").filter(pl.col("won") & pl.col("kind").is_in(NEW_BUSINESS)).max(),
    )
    found = found.join(_recorded(rows), on="account", how="left")
    return found.join(money.sums(won, "iacv", "won_iacv", rates, problems, fact="iacv"), on="account", how="left")


def _recorded(rows: pl.DataFrame) -> pl.DataFrame:
    """``loss_recorded_on`` and ``lost_renewal``: the latest opportunity that decides, where it records a loss: a renewal that was lost,
    or a won one with negative iACV (Sales Handbook 2018, Churn). One that is won with more takes an older loss back."""
    lost = pl.col("closed") & ~pl.col("won") & (pl.col("kind") == RENEWAL)
    deciding = rows.filter(pl.col("close").is_not_null() & (lost | (pl.col("won") & (pl.col("iacv") != 0)))).with_columns(
        lost=lost
    )
    latest = deciding.sort("close", "lost").group_by("account", maintain_order=True).last()
    losses = latest.filter(pl.col("lost") | (pl.col("iacv") < 0))
    return losses.select("account", loss_recorded_on="close", lost_renewal="lost")
