"""Amounts of several currencies in the handbook's, by the dated rate table; never added unconverted."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import polars as pl

from tenure.models import CurrencyRate
from tenure.queries.columns import Columns, Read
from tenure.queries.words import Problems
from tenure.rules.cells import MINOR_DIGITS
from tenure.rules.packs import Pack


@dataclass(frozen=True)
class Rates:
    """What one unit of each currency is worth in ``currency`` on a day."""

    currency: str
    day: date
    by_currency: Mapping[str, Decimal]

    def convert(self, minor: int, currency: str) -> int | None:
        """Minor units of ``currency`` as minor units of the handbook's, half up, exactly; None without a rate."""
        rate = self.by_currency.get(currency)
        if rate is None:
            return None
        scaled = Decimal(abs(minor)).scaleb(digits(self.currency) - digits(currency)) * rate
        whole = int(scaled + Decimal("0.5"))
        return whole if minor >= 0 else -whole

    def why_not(self, currency: str) -> str:
        """The sentence for a currency without a rate."""
        return f"There is no rate for {currency or 'a blank currency'} on {self.day}: amounts in it are not added to {self.currency}."


def digits(currency: str) -> int:
    """Decimals of a currency's minor unit."""
    return MINOR_DIGITS.get(currency, 2)


def rates(as_of: date, pack: Pack) -> Rates:
    """The rates that hold on a day: of each currency the latest one begun. One query."""
    own = pack.handbook.currency
    found = dict(CurrencyRate.objects.filter(from_date__lte=as_of).order_by("from_date").values_list("currency", "rate"))
    return Rates(own, as_of, {**found, own: Decimal(1)})


def read(as_of: date) -> Read:
    """What ``rates_of`` needs."""
    columns: Columns = {"currency": ("currency", "text"), "since": ("from_date", "date"), "rate": ("cast(rate as text)", "text")}
    return Read(columns, "tenure_currencyrate where from_date <= %s", [as_of.isoformat()])


def rates_of(found: pl.DataFrame, as_of: date, pack: Pack) -> Rates:
    """``rates`` from what was read."""
    latest = {currency: Decimal(rate) for currency, _, rate in found.sort("since").iter_rows()}
    return Rates(pack.handbook.currency, as_of, {**latest, pack.handbook.currency: Decimal(1)})


def sums(rows: pl.DataFrame, column: str, name: str, rates: Rates, problems: Problems, fact: str = "") -> pl.LazyFrame:
    """``account`` and ``name``: the sum of ``column`` in the handbook's currency; null where an amount is missing or has no rate."""
    if all_own(rows, rates) and not rows[column].null_count():
        return rows.lazy().group_by("account").agg(pl.col(column).sum().alias(name))
    fact = fact or name
    totals = rows.group_by("account", "currency", maintain_order=True).agg(
        pl.col(column).sum().alias("sum"), (pl.col(column).null_count() > 0).alias("open")
    )
    totals = converted(totals, "sum", rates)
    problems.add(totals.filter(pl.col("sum").is_null()), fact, "currency", rates.why_not)
    gaps = totals.filter("open").with_columns(pl.lit("").alias("currency"))
    problems.add(gaps, fact, "currency", lambda _: "An active subscription has no amount, so the sum is not known.")
    totals = totals.with_columns(pl.when(~pl.col("open")).then("sum").alias("sum"))
    whole = pl.col("sum").is_not_null().all()
    return totals.lazy().group_by("account").agg(pl.when(whole).then(pl.col("sum").sum()).alias(name))


def all_own(rows: pl.DataFrame, rates: Rates) -> bool:
    """Whether nothing has to be converted."""
    return bool((rows["currency"] == rates.currency).all())


def converted(rows: pl.DataFrame, column: str, rates: Rates) -> pl.DataFrame:
    """``rows`` with ``column`` in the handbook's currency by the row's ``currency``; null without a rate."""
    if all_own(rows, rates):
        return rows
    own = rows["currency"] == rates.currency
    foreign = rows.filter(~own).select(column, "currency")
    values = [None if minor is None else rates.convert(minor, currency) for minor, currency in foreign.iter_rows()]
    return rows.with_columns(rows[column].scatter((~own).arg_true(), pl.Series(values, dtype=pl.Int64)))


def major(minor: int, currency: str) -> Decimal:
    """Minor units as an exact decimal of major ones, for files."""
    return Decimal(minor).scaleb(-digits(currency))
