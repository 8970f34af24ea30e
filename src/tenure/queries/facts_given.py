"""From what was read to the facts of the catalogue: what people gave beats what follows from other records."""

from collections.abc import Mapping
from datetime import date, datetime
from functools import lru_cache
from typing import Any

import polars as pl

from tenure.queries import columns, facts_work, money, profiles_facts
from tenure.queries.columns import Columns, Read, Scope
from tenure.queries.words import Problems, translate
from tenure.rules import frames, tables
from tenure.rules.facts import Fact
from tenure.rules.packs import Pack

# Shown by lists beside the facts.
MORE = ("name", "kind", "territory_id", "subscriptions", "renewal_date", "region_text", "product_text")


def complete(
    rows: pl.DataFrame, as_of: date, rates: money.Rates, pack: Pack, problems: Problems, found: Mapping[str, pl.DataFrame],
    fed: pl.DataFrame,
) -> pl.DataFrame:  # fmt: skip
    """The columns of the catalogue, named as facts, of accounts with what follows from other records.

    ``found``: what was read; whether opportunities are kept at all (``deals``), and ``overrides``. ``fed``: see ``profiles_facts.told``."""
    rows = _words(_stated_money(rows, rates, problems), pack, problems)
    steps = rows.lazy().with_columns(**_following(bool(found["deals"]["kept"][0])))
    rows = columns.collected(facts_work.complete(steps.with_columns(months_since_first_purchase=_months(as_of)), as_of))
    rows = columns.collected(facts_work.with_days(_own_facts(rows, pack, problems), as_of))
    rows = profiles_facts.applied(rows, fed, pack, early=False)
    return with_overrides(rows, found["overrides"], pack, problems)


@lru_cache(maxsize=2)
def _following(deals: bool) -> dict[str, pl.Expr]:
    """What follows from what was given and what is on record. ``deals``: opportunities are kept at all."""
    none_bought = pl.col("any_active").is_null()
    renewed = pl.any_horizontal(pl.col("renewed", "renewal_won").fill_null(False))
    either = {"arr": "stated_arr", "users": "stated_users", "product": "stated_word", "product_text": "stated_product"}
    return {
        **{name: pl.when(none_bought).then(given).otherwise(name) for name, given in either.items()},
        "iacv": pl.coalesce("stated_iacv", "won_iacv"),
        "customer_since": pl.coalesce("customer_since", pl.min_horizontal("first_start", "first_won")),
        "growth_opportunity": pl.coalesce("growth_opportunity", _growing(deals)),
        "first_renewal_done": pl.when(renewed).then(True).when(~none_bought | pl.col("renewal_won").is_not_null()).then(False),
        "subscriptions": pl.col("subscriptions").fill_null(0).cast(pl.Int64),
    }


def _growing(deals: bool) -> pl.Expr:
    """On record: an open opportunity. None on record counts as no where opportunities are kept at all."""
    return pl.col("growing").fill_null(False) if deals else pl.lit(None, pl.Boolean)


def _months(as_of: date) -> pl.Expr:
    """Whole months from ``customer_since`` to the day; a month is over on the same day number, null before the purchase."""
    since = pl.col("customer_since")
    months = (as_of.year - since.dt.year().cast(pl.Int64)) * 12 + as_of.month - since.dt.month().cast(pl.Int64)
    months = months - (since.dt.day().cast(pl.Int64) > as_of.day).cast(pl.Int64)
    return pl.when(since <= as_of).then(months)


def _stated_money(rows: pl.DataFrame, rates: money.Rates, problems: Problems) -> pl.DataFrame:
    """``stated_arr`` and ``stated_iacv`` in the handbook's currency."""
    if money.all_own(rows, rates):
        return rows.with_columns(stated_arr="stated_arr_minor", stated_iacv="iacv_minor")
    for source, name, fact in (("stated_arr_minor", "stated_arr", "arr"), ("iacv_minor", "stated_iacv", "iacv")):
        some = money.converted(rows.select("account", "currency", pl.col(source).alias(name)), name, rates)
        lost = some.filter(pl.col(name).is_null() & rows[source].is_not_null())
        problems.add(lost, fact, "currency", rates.why_not)
        rows = rows.with_columns(some[name])
    return rows


def _words(rows: pl.DataFrame, pack: Pack, problems: Problems) -> pl.DataFrame:
    """``segment`` as given, ``region`` as given or by country, ``stated_word`` for the product: as words of the handbook."""
    by_country = translate(rows["country"], pack.region_of)
    region = _read(rows, "region", pack.fact("region"), problems)
    segment = _read(rows, "given_segment", pack.fact("segment"), problems)
    product = _read(rows, "stated_product", pack.fact("product"), problems, pl.col("any_active").is_null())
    given = pl.col("region").fill_null("") != ""
    return rows.with_columns(
        segment.alias("segment"), product.alias("stated_word"), pl.col("region").alias("region_text"),
        pl.when(given).then(region).otherwise(by_country).alias("region"),
    )  # fmt: skip


def _read(rows: pl.DataFrame, column: str, fact: Fact, problems: Problems, counts: pl.Expr | None = None) -> pl.Series:
    words = translate(rows[column], fact.word)
    strange = [text for text in set(rows[column].to_list()) if text and fact.word(text) is None]
    if not strange:
        return words
    found = pl.col(column).is_in(strange)
    lost = rows.filter(found if counts is None else found & counts)
    known = ", ".join(fact.words)
    problems.add(lost, fact.name, column, lambda text: f"'{text}' is not a {fact.label or fact.name} of the handbook: {known}.")
    return words


def _own_facts(rows: pl.DataFrame, pack: Pack, problems: Problems) -> pl.LazyFrame:
    """The facts that the handbook declares itself, those of the catalogue that only custom columns hold, and what these say of ``STATED``."""
    asked = [fact for name, fact in pack.facts.items() if not fact.rule and name != "account" and name not in _OF_A_DEAL]
    there = set(rows.columns) - set(STATED)
    wanted = [fact for fact in asked if fact.name not in there]
    held = rows.filter(pl.col("custom").is_not_null() & (pl.col("custom") != "{}")) if wanted else rows.clear()
    if not held.height:
        return rows.lazy().with_columns(_unknown(tuple(fact.name for fact in wanted if fact.name not in STATED), pack))
    texts = held["custom"].str.json_path_match
    found = held.select("account").with_columns(texts(f"$.{fact.name}").alias(fact.name) for fact in wanted)
    given = _typed(found, wanted, pack, problems)
    rows = rows.join(given, on="account", how="left", maintain_order="left", suffix=":stated")
    both = [name for name in STATED if f"{name}:stated" in rows.columns]
    dtypes = {name: given.schema[name] for name in both}
    rows = rows.with_columns(pl.coalesce(f"{name}:stated", pl.col(name).cast(dtypes[name])).alias(name) for name in both)
    return rows.drop(f"{name}:stated" for name in both).lazy()


@lru_cache(maxsize=64)
def _unknown(names: tuple[str, ...], pack: Pack) -> tuple[pl.Expr, ...]:
    """Facts of which nothing is known."""
    return tuple(pl.lit(None, tables.dtype(pack.facts[name])).alias(name) for name in names)


# Facts that follow from Tenure's own records, unless a custom column says otherwise.
STATED = ("purchase_date", "onboarding", "success_plan", "managed")


# Facts of one opportunity or one upgrade: an account has none of its own.
_OF_A_DEAL = frozenset({"deal_iacv", "acv", "upgrade", "account_is_new", "subscription_is_new", "at_renewal"})


def _typed(found: pl.DataFrame, wanted: list[Fact], pack: Pack, problems: Problems) -> pl.DataFrame:
    typed, errors = frames.typed(found.select(fact.name for fact in wanted).to_dicts(), pack)
    for error in errors:
        row = found[error.row - 1].select("account", pl.col(error.column).alias("value"))
        message = error.message
        problems.add(row, error.column, "value", lambda _, message=message: message)  # type: ignore[misc]
    return pl.concat([found.select("account"), typed.drop("row")], how="horizontal")


def with_overrides(rows: pl.DataFrame, told: pl.DataFrame, pack: Pack, problems: Problems) -> pl.DataFrame:
    """What people decided stands as a fact of the rule's name: it beats the rule until it expires, for later rules too."""
    if not told.height:
        return rows
    for rule, found in _latest(told).partition_by("rule", as_dict=True, maintain_order=True).items():
        if rule[0] not in pack.rules:
            continue
        fact = pack.rule(str(rule[0])).outcome.fact
        words = translate(found["outcome"], fact.word).alias("outcome")
        label = f"The handbook's rule {rule[0]} cannot give"
        problems.add(found.filter(words.is_null()), fact.name, "outcome", lambda text, label=label: f"{label} '{text}'.")  # type: ignore[misc]
        said = found.select("account", words).rename({"outcome": "said"})
        before: Any = pl.col(fact.name).cast(pl.String) if fact.name in rows.columns else pl.lit(None, pl.String)
        rows = rows.join(said, on="account", how="left", maintain_order="left")
        rows = rows.with_columns(pl.coalesce("said", before).alias(fact.name)).drop("said")
    return rows


def overrides(scope: Scope, as_of: date, known_at: datetime | None) -> pl.DataFrame:
    """``account``, ``rule``, ``outcome`` of the overrides that hold on the day."""
    asked = read(scope, as_of, known_at)
    return _latest(columns.read(asked.columns, asked.source, asked.params)).select("account", "rule", "outcome")


def _latest(told: pl.DataFrame) -> pl.DataFrame:
    return told.sort("account", "rule", "id").unique(["account", "rule"], keep="last", maintain_order=True)


def read(scope: Scope, as_of: date, known_at: datetime | None = None) -> Read:
    """What ``with_overrides`` needs."""
    names: Columns = {
        "id": ("id", "int"),
        "account": ("account_id", "int"),
        "rule": ("rule", "text"),
        "outcome": ("outcome", "text"),
    }
    where = f"{scope.where('account_id')} and from_date <= %s and expires_on > %s and (ended_on is null or ended_on > %s)"
    params: list[Any] = [as_of.isoformat()] * 3
    if known_at is not None:
        where, params = f"{where} and recorded_at <= %s", [*params, columns.moment(known_at)]
    return Read(names, f"tenure_override where {where}", params)
