"""Facts of the customer's journey: how many steps of the responsibility matrix are missing at the stage that an opportunity has reached."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

import polars as pl

from tenure.queries import columns, journeys, journeys_reads
from tenure.queries.columns import Read, Scope
from tenure.rules.journey import MatrixShape, counting
from tenure.rules.packs import Pack

ACCOUNT, ARCHITECT = "account", "has_solutions_architect"
READ = "journey:"  # begins the names of its reads in ``facts``
SCHEMA = {
    ACCOUNT: pl.Int64,
    "journey_stage": pl.String,
    "journey_reached": pl.Date,
    "journey_missing": pl.Int64,
    "has_solutions_architect": pl.Boolean,
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
    there = [deal for deal in journeys.deals_of(read, as_of) if _under_way(deal, as_of, matrix)]
    word, missing = pack.fact("journey_stage").word, counting(matrix, as_of)
    worst: dict[int, tuple[int, int, journeys.Deal, bool]] = {}
    for deal, case in journeys.cases_of(there, read, as_of, pack):
        lacks = (missing(case), deal.pk, deal, case.facts[ARCHITECT])
        if deal.account not in worst or lacks[:2] > worst[deal.account][:2]:
            worst[deal.account] = lacks
    return [
        (account, word(deal.stage), deal.reached_on, gaps, architect)
        for account, (gaps, _, deal, architect) in sorted(worst.items())
    ]


def _under_way(deal: journeys.Deal, as_of: date, matrix: MatrixShape) -> bool:
    if matrix.rank(deal.stage) < 0:
        return False
    if deal.closed and not deal.won:
        return False
    return not deal.won or (deal.reached_on is not None and deal.reached_on >= as_of - timedelta(days=matrix.asked_for))
