"""Facts that come from what an account bought and may buy: subscriptions, opportunities, and who holds the account."""

from datetime import date, datetime

import polars as pl

from tenure.models import Product
from tenure.queries import columns, money
from tenure.queries.columns import Columns, Scope
from tenure.queries.words import Problems, translate
from tenure.rules.packs import Pack

# Business Operations, Opportunity Stages: an opportunity is qualified once Sales has accepted it.
UNQUALIFIED = ("", "pre_opportunity", "pending_acceptance", "unqualified", "duplicate")
GROWTH = ("add_on", "new_subscription")
SUPPORT = "support"


def of(scope: Scope, as_of: date, known_at: datetime | None, rates: money.Rates, pack: Pack, problems: Problems) -> pl.DataFrame:
    """One row per account that has any subscription, opportunity or assignment on ``as_of``."""
    bought = _subscribed(_subscriptions(scope, as_of, known_at), as_of, pack, rates, problems)
    dealt = _dealt(_opportunities(scope, as_of, known_at), as_of, rates, problems)
    held = _held(scope, as_of, known_at)
    return bought.join(dealt, on="account", how="full", coalesce=True).join(held, on="account", how="full", coalesce=True)


def _known(known_at: datetime | None, column: str) -> tuple[str, list[object]]:
    return ("", []) if known_at is None else (f" and {column} <= %s", [columns.moment(known_at)])


# --- subscriptions


def _subscriptions(scope: Scope, as_of: date, known_at: datetime | None) -> pl.DataFrame:
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
    where = f"{scope.where('account_id')} and deleted_at is null and status <> 'draft' and is_trial = {_false()}"
    where += f" and (start_date is null or start_date <= %s){known}"
    rows = columns.read(read, f"tenure_subscription where {where}", [as_of.isoformat(), *params])
    return rows.with_columns(active=(pl.col("over") == 0) & (pl.col("last").is_null() | (pl.col("last") > as_of)))


def _false() -> str:
    return "0" if columns.is_sqlite() else "false"


def _subscribed(rows: pl.DataFrame, as_of: date, pack: Pack, rates: money.Rates, problems: Problems) -> pl.DataFrame:
    rows = _with_products(rows, pack)
    active = rows.filter("active")
    worth = money.sums(active, "arr", "arr", rates, problems)
    history = rows.group_by("account").agg(
        first_start=pl.col("start").min(),
        first_end=pl.col("last").min(),
        last_start=pl.col("start").max(),
        any_active=pl.col("active").any(),
    )
    now = active.sort("rank", descending=True, nulls_last=True, maintain_order=True).group_by("account").agg(
        subscriptions=pl.len(),
        users=pl.when(pl.col("seats").is_not_null().any()).then(pl.col("seats").sum()),
        product=pl.col("word").first(),
        product_text=pl.col("product").first(),
        hosted=pl.col("hosted").first(),
        has_support_addon=pl.col("support").any(),
        renewal_date=pl.col("ends").min(),
    )  # fmt: skip
    _unknown_products(active, pack, problems)
    found = history.join(now, on="account", how="left").join(worth, on="account", how="left")
    # Whose subscriptions have all run out has no revenue; that is known, not missing.
    nothing = ~pl.col("any_active")
    return found.with_columns(
        arr=pl.when(nothing).then(pl.lit(0, pl.Int64)).otherwise("arr"),
        users=pl.when(nothing).then(pl.lit(0, pl.Int64)).otherwise("users"),
        expired=nothing,
        renewed=(pl.col("first_end") <= as_of) & (pl.col("last_start") >= pl.col("first_end")),
    )


def _with_products(rows: pl.DataFrame, pack: Pack) -> pl.DataFrame:
    """``word`` (the handbook's product), ``rank``, ``support`` (a support add-on), ``strange`` (nobody knows the product)."""
    keys = {name.casefold(): key for name, key in Product.objects.values_list("name", "handbook_key")}
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


def _opportunities(scope: Scope, as_of: date, known_at: datetime | None) -> pl.DataFrame:
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
    rows = columns.read(read, f"tenure_opportunity o where {where}", [end, end, *params])
    past = pl.col("close").is_null() | (pl.col("close") <= as_of)
    return rows.with_columns(closed=pl.col("closed") & past, won=pl.col("won") & past)


def _dealt(rows: pl.DataFrame, as_of: date, rates: money.Rates, problems: Problems) -> pl.DataFrame:
    won = rows.filter(pl.col("won") & pl.col("iacv").is_not_null())
    growing = ~pl.col("closed") & pl.col("kind").is_in(GROWTH) & ~pl.col("stage").is_in(UNQUALIFIED)
    found = rows.group_by("account").agg(
        growing=growing.any(),
        renewal_won=(pl.col("won") & (pl.col("kind") == "renewal")).any(),
        first_won=pl.col("close").filter(pl.col("won")).min(),
    )
    return found.join(money.sums(won, "iacv", "won_iacv", rates, problems, fact="iacv"), on="account", how="left")


# --- assignments


def _held(scope: Scope, as_of: date, known_at: datetime | None) -> pl.DataFrame:
    """Accounts whose Account Manager field names a person on the day."""
    known, params = _known(known_at, "recorded_at")
    where = f"{scope.where('account_id')} and role = 'account_manager' and from_date <= %s and (until_date is null or until_date > %s){known}"
    rows = columns.read(
        {"account": ("account_id", "int")}, f"tenure_assignment where {where}", [as_of.isoformat(), as_of.isoformat(), *params]
    )
    return rows.unique().with_columns(has_account_manager=pl.lit(True))
