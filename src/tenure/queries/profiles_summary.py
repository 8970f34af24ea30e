"""How complete and how stale the profiles of many accounts are: two numbers for the row that lists read."""

from collections.abc import Iterator
from datetime import date, timedelta
from functools import lru_cache

import polars as pl

from tenure.queries import columns, profiles_facts
from tenure.queries.columns import Columns, Scope
from tenure.rules.packs import Pack
from tenure.rules.profilesmeasures import OTHER, confidences

KEY = "account_id"
NEVER = date(1, 1, 1)
READ: Columns = {KEY: ("x.account", "int"), "profile_weight": ("x.weight", "int"), "profile_stale": ("x.stale", "int")}


def of(scope: Scope, day: date, pack: Pack, *, then: bool = False) -> pl.DataFrame:
    """``account_id``, ``profile_percent`` (known, by weight) and ``profile_stale`` (fields) of the accounts that have values. ``then``:
    as was known on a day that isn't today. One query."""
    rows = columns.read(READ, f"({_sums(scope, day, pack, then)}) x")
    total = weight(pack, day)
    percent = 100 * pl.col("profile_weight") // total if total else pl.lit(None, pl.Int64)
    return rows.select(KEY, percent.alias("profile_percent"), "profile_stale")


@lru_cache(maxsize=64)
def weight(pack: Pack, day: date) -> int:
    """Of all fields that the handbook of a day has."""
    return sum(one.weight for one in pack.profiles.on(day))


def stale(scope: Scope, today: date, pack: Pack) -> list[int]:
    """The accounts whose row says something else than ``of``: values have grown old, or the handbook has changed."""
    now = columns.read(
        {KEY: (KEY, "int"), "percent": ("profile_percent", "int"), "stale": ("profile_stale", "int")},
        f"tenure_accountsummary where {scope.where(KEY)} and not deleted",
    )
    both = now.join(of(scope, today, pack), on=KEY, how="left").with_columns(**filled(pack, today))
    differs = pl.col("percent").ne_missing(pl.col("profile_percent")) | pl.col("stale").ne_missing(pl.col("profile_stale"))
    return both.filter(differs)[KEY].to_list()


def filled(pack: Pack, day: date) -> dict[str, pl.Expr]:
    """The numbers of accounts of which nothing is known."""
    nothing = pl.lit(0 if weight(pack, day) else None, pl.Int64)
    return {
        "profile_percent": pl.col("profile_percent").fill_null(nothing),
        "profile_stale": pl.col("profile_stale").fill_null(0),
    }


def _sums(scope: Scope, day: date, pack: Pack, then: bool) -> str:
    """SQL; every value in it is ours."""
    last = "p.replaced_at is null"
    if then:
        later = f"q.account_id = p.account_id and q.field = p.field and q.learnt_on <= '{day}'"
        last = f"p.learnt_on <= '{day}' and p.id = (select max(q.id) from tenure_profilevalue q where {later})"  # noqa: S608
    table = ", ".join(_rows(pack, day)) or f"('', '', 0, {_day(NEVER)})"
    words = ", ".join(f"'{word}'" for word in confidences(pack.profiles.terms)) or "''"
    known = f"case when p.confidence in ({words}) then p.confidence else '{OTHER}' end"
    return (
        f"with t(field, confidence, weight, cutoff) as (values {table}) "  # noqa: S608
        "select p.account_id as account, sum(t.weight) as weight, sum(case when p.learnt_on <= t.cutoff then 1 else 0 end) as stale "
        f"from tenure_profilevalue p join t on t.field = p.field and t.confidence = {known} "
        f"where {scope.where('p.account_id')} and {last} and p.value is not null group by p.account_id"
    )


def _rows(pack: Pack, day: date) -> Iterator[str]:
    """For each field and confidence: the weight, and the last day of learning that is stale on the day."""
    for one in pack.profiles.on(day):
        for word in confidences(pack.profiles.terms):
            days = profiles_facts.days_of(one, word, pack)
            cutoff = NEVER if days is None else day - timedelta(days=days)
            yield f"('{one.key}', '{word}', {one.weight}, {_day(cutoff)})"


def _day(day: date) -> str:
    return f"'{day.isoformat()}'" if columns.is_sqlite() else f"date '{day.isoformat()}'"
