"""Facts of the customer's journey: how many steps of the responsibility matrix are missing at the stage that an opportunity has reached."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

import polars as pl

from tenure.queries import columns, journeys, journeys_reads, opportunities
from tenure.queries.columns import Read, Scope
from tenure.rules.journeyasked import counting
from tenure.rules.packs import Pack

ACCOUNT = "account"
NAMED = 200  # characters of a deal's name that go into a title
READ = "journey:"  # begins the names of its reads in ``facts``
SCHEMA = {
    ACCOUNT: pl.Int64,
    "journey_stage": pl.String,
    "journey_reached": pl.Date,
    "journey_missing": pl.Int64,
    **{f"journey_asks_{role}": pl.Int64 for role in journeys.ROLES},
    **{f"journey_steps_{role}": pl.String for role in journeys.ROLES},
    "journey_deal": pl.String,
    "journey_at": pl.String,
}


def reads(scope: Scope, as_of: date, pack: Pack, known_at: datetime | None = None) -> dict[str, Read]:
    """The deals that may have a journey under way, and what is known of them; nothing where the handbook of the day has no matrix."""
    matrix = pack.journey.matrix(as_of)
    if matrix is None:
        return {}
    no, yes = ("0", "1") if columns.is_sqlite() else ("false", "true")
    late = as_of - timedelta(days=matrix.asked_for)
    going = f"(o.is_closed = {no} or o.close_date > '{as_of}' or (o.is_won = {yes} and o.close_date >= '{late}'))"
    there = f"from tenure_opportunity o where {journeys_reads.of_new_business(scope, going)}"
    accounts, deals = (journeys_reads.Among(f"select o.{name} {there}") for name in ("account_id", "id"))
    asked = journeys_reads.deals(scope, as_of, going, known_at) | journeys_reads.reads(accounts, deals, as_of, pack, known_at)
    return {f"{READ}{name}": read for name, read in asked.items()}


def of(found: Mapping[str, pl.DataFrame], as_of: date, pack: Pack) -> pl.LazyFrame:
    """One row per account with a journey under way."""
    read = {name.removeprefix(READ): rows for name, rows in found.items() if name.startswith(READ)}
    if not read or not read["journeys"].height:
        return pl.LazyFrame(schema=SCHEMA)
    with columns.uncollected():
        return pl.LazyFrame(_rows(read, as_of, pack), SCHEMA, orient="row")


def _rows(read: Mapping[str, pl.DataFrame], as_of: date, pack: Pack) -> list[tuple[Any, ...]]:
    """The values of ``SCHEMA``; of several deals of an account those of the one that lacks most: its work must not close with another's."""
    matrix = pack.journey.matrix(as_of)
    if matrix is None:
        return []
    there = [deal for deal in journeys.deals_of(read, as_of) if journeys.under_way(deal, as_of, matrix)]
    word, missing = pack.fact("journey_stage").word, counting(matrix, as_of)
    title = cache(lambda stage: opportunities.title_of(stage, pack, as_of))
    found = journeys.worst((deal, *missing(case)) for deal, case in journeys.cases_of(there, read, as_of, pack))
    return [
        (account, word(deal.stage), deal.reached_on, gaps, *_asked(asked), deal.name[:NAMED], title(deal.stage))
        for account, (deal, gaps, asked) in sorted(found.items())
    ]


def _asked(found: Mapping[str, list[str]]) -> list[Any]:
    """How many steps each role is asked for (nothing where there is nobody to ask), then what they are called."""
    of = [found.get(role) for role in journeys.ROLES]
    return [*(None if titles is None else len(titles) for titles in of), *("; ".join(titles or ()) or None for titles in of)]
