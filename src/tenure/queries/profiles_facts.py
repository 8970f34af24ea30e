"""What the profiles tell the rules: values of fields that feed a fact, as of a day.

A value holds from the day on which it was learnt; of several learnt by a day the one written last holds, so what was taken back or undone
counts no more. It beats what stands on the account and what follows from other records while it is fresh; a stale one only fills a gap.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

import polars as pl

from tenure.models import Account
from tenure.queries import columns
from tenure.queries.columns import Columns, Read
from tenure.rules.packs import Pack
from tenure.rules.profiles import ProfileField
from tenure.rules.profilesmeasures import OTHER, Known, confidences, stale_on

READ = "profiles"  # the name of the read in ``facts``
NOT_FOUND = -1  # a count that was looked for and not found (``rules.facts``): as good as none
SOME_DAY = date(2000, 1, 1)
COLUMNS: Columns = {
    "id": ("p.id", "int"), "account": ("p.account_id", "int"), "field": ("p.field", "text"), "value": ("p.value", "json"),
    "source": ("p.source", "text"), "confidence": ("p.confidence", "text"), "learnt_on": ("p.learnt_on", "date"),
}  # fmt: skip
TOLD = {"account": pl.Int64, "field": pl.String, "fact": pl.String, "value": pl.String, "source": pl.String, "confidence": pl.String,
        "learnt_on": pl.Date, "fresh": pl.Boolean}  # fmt: skip
UNTIL = {"field": pl.String, "word": pl.String, "fact": pl.String, "days": pl.Int64}


@dataclass(frozen=True)
class Source:
    """Where a fact of an account comes from, where that is a profile: ``fresh`` = it beats the account's own field."""

    fact: str
    field: str
    source: str
    confidence: str
    learnt_on: date
    fresh: bool


def feeding(pack: Pack, day: date | None = None) -> list[ProfileField]:
    """The fields of the handbook (of a day) that feed a fact."""
    return [one for one in pack.profiles.fields.values() if one.feeds and (day is None or one.on(day))]


def fed(keys: Iterable[str], pack: Pack) -> frozenset[str]:
    """The facts that fields of these keys feed."""
    return frozenset(one.feeds for one in feeding(pack) if one.feeds and one.key in set(keys))


def recorded(account: Account, hosted: Iterable[bool | None], day: date, pack: Pack) -> dict[str, Any]:
    """What the account's own records say of fields that feed a fact, by the field's key: its own columns, and how its active subscriptions are run
    (``hosted`` of each), where they agree."""
    ways = {one for one in hosted if one is not None}
    told = {"hosted": ways.pop() if len(ways) == 1 else None}
    found = {one.key: told.get(fact, getattr(account, fact, None)) for one in feeding(pack, day) if (fact := one.feeds)}
    return {key: value for key, value in found.items() if value not in (None, "", NOT_FOUND)}


def read(where: str, params: Iterable[object], as_of: date, known_at: datetime | None, pack: Pack) -> Read:
    """What ``told`` needs; ``where`` is about ``p.account_id``. What was replaced by the end of the day is left where it is."""
    keys = ", ".join(f"'{one.key}'" for one in feeding(pack, as_of)) or "''"  # keys of the handbook are plain names
    asked: list[object] = [*params, as_of.isoformat(), columns.end_of(as_of)]
    there = "p.replaced_at is null or p.replaced_at >= %s"
    if known_at is not None:
        there, asked = f"{there} or p.replaced_at > %s", [*asked, *[columns.moment(known_at)] * 2]
    known = "" if known_at is None else " and p.recorded_at <= %s"
    return Read(
        COLUMNS, f"tenure_profilevalue p where {where} and p.field in ({keys}) and p.learnt_on <= %s and ({there}){known}", asked
    )


def told(found: Mapping[str, pl.DataFrame], as_of: date, pack: Pack) -> pl.DataFrame:
    """One row per account and fact that a profile tells on the day: see ``TOLD``. ``value`` is JSON text."""
    rows = found[READ]
    if not rows.height:
        return pl.DataFrame(schema=TOLD)
    last = rows.sort("id").unique(["account", "field"], keep="last", maintain_order=True).filter(pl.col("value").is_not_null())
    known = pl.when(pl.col("confidence").is_in(confidences(pack.profiles.terms))).then("confidence").otherwise(pl.lit(OTHER))
    last = last.with_columns(word=known).join(_until(pack), on=["field", "word"], how="inner", maintain_order="left")
    ends = pl.col("learnt_on") + pl.duration(days=pl.col("days"))
    last = last.with_columns(fresh=pl.col("days").is_null() | (ends > as_of))
    return last.sort("fresh", "learnt_on", "id").unique(["account", "fact"], keep="last", maintain_order=True).select(*TOLD)


@lru_cache(maxsize=16)
def _until(pack: Pack) -> pl.DataFrame:
    """Field, word of confidence, the fact that it feeds, and the days after which a value is stale (null = never)."""
    words = confidences(pack.profiles.terms)
    rows = [(one.key, word, one.feeds, days_of(one, word, pack)) for one in feeding(pack) for word in words]
    return pl.DataFrame(rows, UNTIL, orient="row")


def days_of(field: ProfileField, confidence: str, pack: Pack) -> int | None:
    """The days after which a value is stale; None for never."""
    terms = pack.profiles.terms
    day = stale_on(field, Known(SOME_DAY, confidence), terms) if terms else None
    return None if day is None else (day - SOME_DAY) // timedelta(days=1)


def applied(rows: pl.DataFrame, told_: pl.DataFrame, pack: Pack, *, early: bool) -> pl.DataFrame:
    """``rows`` with what the profiles tell. ``early``: of the facts that stand on accounts themselves, before anything follows from them;
    else of the others."""
    for name in told_["fact"].unique().to_list() if told_.height else ():
        if name not in rows.columns or (name in EARLY) != early:
            continue
        one = told_.filter(pl.col("fact") == name)
        said = one.select(
            "account", "fresh", _typed(pack.facts[name].type, pack).cast(rows.schema[name], strict=False).alias("said")
        )
        joined = rows.join(said, on="account", how="left", maintain_order="left")
        value = pl.when(pl.col("fresh")).then(pl.coalesce("said", name)).otherwise(pl.coalesce(name, "said"))
        rows = joined.with_columns(value.alias(name)).drop("said", "fresh")
    return rows


# Facts that stand on the account by the same name.
EARLY = frozenset({
    "employees", "potential_users", "is_public_sector", "growth_opportunity", "partner_owned", "support_hold", "community", "customer_since",
})  # fmt: skip


def _typed(kind: str, pack: Pack) -> pl.Expr:
    """A JSON text as a fact's value; null where it isn't one."""
    text = pl.col("value")
    match kind:
        case "bool":
            return text == "true"
        case "date":
            return text.str.strip_chars('"').str.to_date("%Y-%m-%d", strict=False)
        case "money":
            own = text.str.json_path_match("$.currency") == pack.handbook.currency
            return pl.when(own).then(text.str.json_path_match("$.minor").cast(pl.Int64, strict=False))
        case "int":
            return text.cast(pl.Int64, strict=False)
    return text.cast(pl.Float64, strict=False)


def sources(told_: pl.DataFrame, frame: pl.DataFrame, plain: pl.DataFrame, account: int) -> dict[str, Source]:
    """By fact: the profile's value that a rule reads of one account. ``frame``: its facts; ``plain``: what stood on the account itself."""
    base = plain.filter(pl.col("account") == account)
    found = {}
    for row in told_.filter(pl.col("account") == account).iter_rows(named=True):
        name = row["fact"]
        gap = name not in base.columns or base[name][0] is None
        if name in frame.columns and (row["fresh"] or gap):
            found[name] = Source(name, row["field"], row["source"], row["confidence"], row["learnt_on"], row["fresh"])
    return found


__all__ = ["READ", "Source", "applied", "days_of", "fed", "feeding", "read", "sources", "told"]
