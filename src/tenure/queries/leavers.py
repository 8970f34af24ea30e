"""Previous owners whose time on an account's team is over."""

from collections.abc import Iterable
from datetime import date

import polars as pl

from tenure.queries import columns, facts
from tenure.queries.changes import Changes
from tenure.queries.columns import Scope
from tenure.rules.errors import RuleError
from tenure.rules.packs import Pack

MONTHS = "previous_owner_months"
REASON = "The handbook keeps the previous owner for the first months and the first renewal: both are over"
NONE = pl.DataFrame(schema={"assignment": pl.Int64, "account": pl.Int64})


def due(scope: Scope, found: Changes, pack: Pack, *, then: bool = False) -> pl.DataFrame:
    """``assignment`` and ``account`` of previous owners to end: the first months are over and the first renewal is done
    (Account Management, Customer Roles). ``then``: of those who were that on the day, instead of now."""
    day = found.as_of.isoformat()
    held, params = "until_date is null", []
    if then:
        held, params = "from_date <= %s and (until_date is null or until_date > %s)", [day, day]
    where = f"{scope.where('account_id')} and role = 'previous_owner' and {held} order by id"
    rows = columns.read(
        {"assignment": ("id", "int"), "account": ("account_id", "int")}, f"tenure_assignment where {where}", params
    )
    if not rows.height:
        return NONE
    return rows.join(_over(found.facts.frame, pack, found.as_of), on="account", how="semi", maintain_order="left")


def over(account_ids: Iterable[int], as_of: date, pack: Pack) -> set[int]:
    """Those of some accounts for which that time is over already."""
    frame = facts.build(columns.of_ids(list(account_ids)), as_of, pack).frame
    return set(_over(frame, pack, as_of)["account"])


def _over(frame: pl.DataFrame, pack: Pack, as_of: date) -> pl.DataFrame:
    """``account``: the first months are over and the first renewal is done; none where the handbook gives no months."""
    try:
        months = int(pack.number(MONTHS, as_of))
    except RuleError:
        return frame.clear().select("account")
    return frame.filter((pl.col("months_since_first_purchase") >= months) & pl.col("first_renewal_done")).select("account")
