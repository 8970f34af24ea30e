"""Facts of the customer's journey: how many steps of the responsibility matrix are missing at the stage that an opportunity has reached."""

from collections.abc import Mapping
from datetime import date, timedelta

import polars as pl

from tenure.queries import columns, journeys, journeys_reads
from tenure.queries.columns import Read, Scope
from tenure.rules.packs import Pack

ACCOUNT, ARCHITECT = "account", "has_solutions_architect"
SCHEMA = {
    ACCOUNT: pl.Int64,
    "journey_stage": pl.String,
    "journey_reached": pl.Date,
    "journey_missing": pl.Int64,
    "has_solutions_architect": pl.Boolean,
}
AFTER = (
    60  # days after the sale in which its steps are still asked for: an onboarding of 45 days and the two weeks of a hand-over
)


def reads(scope: Scope, as_of: date) -> dict[str, Read]:
    """The deals that may have a journey under way: accounts without one cost nothing more."""
    no, yes = ("0", "1") if columns.is_sqlite() else ("false", "true")
    going = f"(o.is_closed = {no} or o.close_date > %s or (o.is_won = {yes} and o.close_date >= %s))"
    return journeys_reads.deals(scope, as_of, going, [as_of.isoformat(), (as_of - timedelta(days=AFTER)).isoformat()])


def of(found: Mapping[str, pl.DataFrame], as_of: date, pack: Pack) -> pl.LazyFrame:
    """One row per account with a journey under way."""
    if not found["journeys"].height or pack.journey.matrix(as_of) is None:
        return pl.LazyFrame(schema=SCHEMA)
    there = [deal for deal in journeys.deals_of(found, as_of) if _under_way(deal, as_of, pack)]
    cases, word = journeys.cases(there, as_of, pack), pack.fact("journey_stage").word
    worst: dict[
        int, tuple[int, int, journeys.Deal]
    ] = {}  # of several deals of an account the one that lacks most: its work must not close with another's
    for deal in there:
        lacks = (journeys.gaps(deal, cases[deal.pk], pack, as_of), deal.pk, deal)
        if deal.account not in worst or lacks[:2] > worst[deal.account][:2]:
            worst[deal.account] = lacks
    rows = [
        (account, word(deal.stage), deal.reached_on, gaps, cases[deal.pk].facts[ARCHITECT])
        for account, (gaps, _, deal) in sorted(worst.items())
    ]
    return pl.LazyFrame(rows, SCHEMA, orient="row")


def _under_way(deal: journeys.Deal, as_of: date, pack: Pack) -> bool:
    matrix = pack.journey.matrix(as_of)
    if matrix is None or matrix.rank(deal.stage) < 0:
        return False
    if deal.closed and not deal.won:
        return False
    return not deal.won or (deal.reached_on is not None and deal.reached_on >= as_of - timedelta(days=AFTER))
