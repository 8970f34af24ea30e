"""Subscriptions on a day to come: what the handbook lets Tenure assume of those that renew themselves."""

from datetime import date

import polars as pl

from tenure.models import Subscription
from tenure.rules.errors import RuleError
from tenure.rules.packs import Pack

VALUE, CONTINUES = "auto_renewal", "continues"
YEAR = 12


def looks_ahead(pack: Pack, as_of: date, today: date) -> bool:
    """Whether the day is to come and the handbook lets a subscription with auto-renewal go on beyond its term (``auto_renewal``)."""
    if as_of <= today:
        return False
    try:
        return str(pack.number(VALUE, as_of)) == CONTINUES
    except RuleError:
        return False


def renews(row: Subscription) -> int:
    """1 where a subscription renews itself at the end of its term, else 0."""
    return int(row.status == "active" and row.cancelled_on is None and row.auto_renew is True)


def on_day(rows: pl.LazyFrame, as_of: date, today: date | None) -> pl.LazyFrame:
    """Subscriptions with ``active`` (on ``as_of``), ``assumed`` and ``begun``, the start of the term that runs on the day.

    ``rows``: ``over`` (0 or 1), ``last`` (the first day on which it no longer held). With ``today`` a look ahead: what renews itself and
    was not replaced by then goes on at the same ARR, term after term, and ``ends`` is the end of the term of that day. For this ``rows``
    has ``account``, ``product``, ``number``, ``start``, ``ends`` and ``renews`` (0 or 1) too.
    """
    rows = rows.with_columns(
        active=(pl.col("over") == 0) & (pl.col("last").is_null() | (pl.col("last") > as_of)), assumed=pl.lit(False), begun="start"
    )
    if today is None:
        return rows
    rows = rows.with_columns(pl.col("product").str.to_lowercase().alias("same"))
    later = [pl.col("start").max().over("account", name) >= pl.col("ends") for name in ("same", "number")]
    replaced = later[0] | (later[1] & (pl.col("number") != ""))
    renewing = (pl.col("renews") == 1) & (pl.col("ends") > today) & (pl.col("ends") <= as_of) & ~replaced.fill_null(False)
    rows = rows.with_columns(assumed=renewing.fill_null(False)).drop("same")
    return rows.with_columns(
        active=pl.col("active") | pl.col("assumed"), ends=pl.when("assumed").then(_end(as_of, 1)).otherwise("ends"),
        begun=pl.when("assumed").then(_end(as_of, 0)).otherwise("start"),
    )  # fmt: skip


def _end(as_of: date, more: int) -> pl.Expr:
    """The end of the term that runs on the day (0: of the one before), if every term is as long as the last one; a year where that has
    no whole months."""
    start, end = pl.col("start"), pl.col("ends")
    length = _months(start, end.dt.year(), end.dt.month())
    whole = pl.when((length > 0) & (start.dt.day() == end.dt.day())).then(length).otherwise(YEAR)
    passed = _months(end, pl.lit(as_of.year), pl.lit(as_of.month)) - (end.dt.day() > as_of.day).cast(pl.Int64)
    return end.dt.offset_by(pl.format("{}mo", (passed // whole + more) * whole))


def _months(since: pl.Expr, year: pl.Expr, month: pl.Expr) -> pl.Expr:
    return (year.cast(pl.Int64) - since.dt.year()) * 12 + month.cast(pl.Int64) - since.dt.month()
