"""Previous owners whose time on an account's team is over."""

import polars as pl

from tenure.queries import columns
from tenure.queries.changes import Changes
from tenure.queries.columns import Scope
from tenure.rules.errors import RuleError
from tenure.rules.packs import Pack

MONTHS = "previous_owner_months"
REASON = "The handbook keeps the previous owner for the first months and the first renewal: both are over"
NONE = pl.DataFrame(schema={"assignment": pl.Int64, "account": pl.Int64})


def due(scope: Scope, found: Changes, pack: Pack) -> pl.DataFrame:
    """``assignment`` and ``account`` of previous owners to end: the first months are over and the first renewal is done
    (Account Management, Customer Roles)."""
    where = f"{scope.where('account_id')} and role = 'previous_owner' and until_date is null order by id"
    rows = columns.read({"assignment": ("id", "int"), "account": ("account_id", "int")}, f"tenure_assignment where {where}")
    if not rows.height:
        return NONE
    try:
        months = int(pack.number(MONTHS, found.as_of))
    except RuleError:
        return NONE
    over = found.facts.frame.filter((pl.col("months_since_first_purchase") >= months) & pl.col("first_renewal_done")).select(
        "account"
    )
    return rows.join(over, on="account", how="semi", maintain_order="left")
