"""Facts as of a day: one row per account, one typed column per fact of the handbook's catalogue that Tenure can know.

Money is in minor units of the handbook's currency. Missing is null. What could not be read (an unknown product, a currency without
a rate) is null too and told in ``Facts.problems``, so that nobody takes it for "not given".
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import polars as pl

from tenure.queries import columns, facts_base, facts_given, facts_sales, money
from tenure.queries.columns import Scope
from tenure.queries.words import Problems
from tenure.rules import tables
from tenure.rules.packs import Pack

ACCOUNT = "account"


@dataclass(frozen=True)
class Facts:
    """``frame``: ``account`` (id) and the facts, ordered by account. ``more``: what lists show beside them (subscriptions,
    renewal_date, name ...), same order. ``problems``: account, fact, value, message."""

    frame: pl.DataFrame
    more: pl.DataFrame
    problems: pl.DataFrame

    def only(self, account_ids: list[int]) -> "Facts":
        """Those of some accounts."""
        if len(account_ids) == self.frame.height:
            return self
        keep = pl.col(ACCOUNT).is_in(account_ids)
        return Facts(self.frame.filter(keep), self.more.filter(keep), self.problems.filter(keep))


def frame(as_of: date, pack: Pack, *, known_at: datetime | None = None, account_ids: list[int] | None = None) -> pl.DataFrame:
    """One row per account: what was true on ``as_of`` (and, with ``known_at``, what Tenure knew at that moment)."""
    if account_ids is not None:
        return build(columns.of_ids(account_ids), as_of, pack, known_at=known_at).frame
    families = facts_base.families(as_of, known_at)
    parts = [build(scope, as_of, pack, known_at=known_at, families=families).frame for scope in columns.blocks()]
    return pl.concat(parts) if parts else build(columns.of_ids([]), as_of, pack).frame


def one(account_id: int, as_of: date, pack: Pack, *, known_at: datetime | None = None) -> dict[str, Any]:
    """The facts of one account exactly as in the frame (money in minor units); {} when it was not there on that day."""
    rows = frame(as_of, pack, known_at=known_at, account_ids=[account_id])
    return {name: value for name, value in rows.row(0, named=True).items() if value is not None} if rows.height else {}


def build(
    scope: Scope, as_of: date, pack: Pack, *, known_at: datetime | None = None, families: pl.DataFrame | None = None
) -> Facts:
    """The facts of some accounts. ``families`` may be read once for many scopes: ``facts_base.families(as_of, known_at)``."""
    problems = Problems()
    base = facts_base.accounts(scope, as_of, known_at)
    base = facts_base.with_family(base, facts_base.families(as_of, known_at, scope) if families is None else families)
    rates = money.rates(as_of, pack)
    sales = facts_sales.of(scope, as_of, known_at, rates, pack, problems)
    joined = base.join(sales, on=ACCOUNT, how="left", maintain_order="left")
    full = facts_given.complete(joined, as_of, rates, pack, problems)
    full = facts_given.with_overrides(full, scope, as_of, known_at, pack, problems)
    names = [name for name in full.columns if name in pack.facts]
    casts = [pl.col(name).cast(tables.dtype(pack.facts[name])) for name in names if name != ACCOUNT]
    return Facts(full.select(ACCOUNT, *casts), full.select(ACCOUNT, *facts_given.MORE), problems.frame())
