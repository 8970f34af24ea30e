"""Facts as of a day: one row per account, one typed column per fact of the handbook's catalogue that Tenure can know.

Money is in minor units of the handbook's currency. Missing is null. What could not be read (an unknown product, a currency without
a rate) is null too and told in ``Facts.problems``, so that nobody takes it for "not given".
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import polars as pl

from tenure.queries import (
    columns,
    facts_base,
    facts_given,
    facts_journey,
    facts_sales,
    facts_work,
    money,
    profiles_facts,
    renewals,
)
from tenure.queries.columns import Scope
from tenure.queries.words import Problems
from tenure.rules import tables
from tenure.rules.packs import Pack

ACCOUNT = "account"
FEW = 500  # accounts whose facts are read in one statement
KIN = 20  # accounts whose families are looked for in that statement too; PostgreSQL thinks a search for more worth compiling, which isn't


@dataclass(frozen=True)
class Facts:
    """``frame``: ``account`` (id) and the facts, ordered by account. ``more``: what lists show beside them (subscriptions,
    renewal_date, name ...), same order. ``problems``: account, fact, value, message.

    ``base``: what stood on the accounts themselves, by field. ``assumed``: account -> subscriptions of which a look ahead assumes that
    they renewed themselves. ``families``: see ``facts_base.families``; ``parents``: account -> parent of that day, of a few accounts and
    all their relatives.
    ``told``: account -> the version that held, as JSON text, where that isn't today's row. ``fed``: what profiles tell, see
    ``profiles_facts.told``."""

    frame: pl.DataFrame
    more: pl.DataFrame
    problems: pl.DataFrame
    base: pl.DataFrame = field(default_factory=pl.DataFrame)
    assumed: Mapping[int, int] = field(default_factory=dict)
    families: pl.DataFrame = field(default_factory=pl.DataFrame)
    parents: Mapping[int, int] = field(default_factory=dict)
    told: Mapping[int, str] = field(default_factory=dict)
    fed: pl.DataFrame = field(default_factory=pl.DataFrame)

    def only(self, account_ids: list[int]) -> "Facts":
        """Those of some accounts."""
        if len(account_ids) == self.frame.height:
            return self
        keep = pl.col(ACCOUNT).is_in(account_ids)
        return Facts(self.frame.filter(keep), self.more.filter(keep), self.problems.filter(keep))


def frame(
    as_of: date, pack: Pack, *, known_at: datetime | None = None, account_ids: list[int] | None = None, today: date | None = None
) -> pl.DataFrame:
    """One row per account: what was true on ``as_of`` (and, with ``known_at``, what Tenure knew at that moment).

    ``today`` makes a later ``as_of`` a look ahead: see ``queries.renewals``."""
    if account_ids is not None:
        return build(columns.of_ids(account_ids), as_of, pack, known_at=known_at, today=today).frame
    families = facts_base.families(as_of, known_at, pack=pack)
    parts = [build(scope, as_of, pack, known_at=known_at, families=families, today=today).frame for scope in columns.blocks()]
    return pl.concat(parts) if parts else build(columns.of_ids([]), as_of, pack).frame


def one(
    account_id: int, as_of: date, pack: Pack, *, known_at: datetime | None = None, today: date | None = None
) -> dict[str, Any]:
    """The facts of one account exactly as in the frame (money in minor units); {} when it was not there on that day."""
    rows = frame(as_of, pack, known_at=known_at, account_ids=[account_id], today=today)
    return {name: value for name, value in rows.row(0, named=True).items() if value is not None} if rows.height else {}


def build(
    scope: Scope,
    as_of: date,
    pack: Pack,
    *,
    known_at: datetime | None = None,
    families: pl.DataFrame | None = None,
    today: date | None = None,
) -> Facts:
    """The facts of some accounts. ``families`` may be read once for many scopes: ``facts_base.families(as_of, known_at)``."""
    problems, since = Problems(), today if today and renewals.looks_ahead(pack, as_of, today) else None
    kin = families is None and scope.ids is not None and len(scope.ids) <= KIN
    asked = facts_base.reads(scope, as_of, pack, known_at, kin=kin)
    asked |= facts_sales.reads(scope, as_of, known_at, ahead=since is not None)
    asked |= facts_work.reads(scope, as_of, pack, known_at)
    asked |= facts_journey.reads(scope, as_of, pack, known_at)
    asked |= {"rates": money.read(as_of), "overrides": facts_given.read(scope, as_of, known_at)}
    found = columns.read_all(asked, together=scope.ids is not None and len(scope.ids) <= FEW)
    there = facts_base.accounts(found, as_of)
    parents, fed = facts_base.links(there) if kin else {}, profiles_facts.told(found, as_of, pack)
    learnt = profiles_facts.applied(there, fed, pack, early=True)
    if families is None:
        families = facts_base.largest(learnt, parents) if kin else facts_base.families(as_of, known_at, scope, pack)
    base, learnt = (part.filter(~pl.col("gone") & _inside(scope)) for part in (there, learnt))
    rows = facts_base.with_family(learnt, families)
    rates = money.rates_of(found["rates"], as_of, pack)
    sales = facts_sales.of(found, as_of, since, rates, pack, problems)
    if since:  # asked twice
        sales = columns.collected(sales).lazy()
    joined = rows.lazy().join(sales, on=ACCOUNT, how="left", maintain_order="left")
    joined = joined.join(facts_work.of(found, as_of, rates, pack), on=ACCOUNT, how="left", maintain_order="left")
    joined = joined.join(facts_journey.of(found, as_of, pack), on=ACCOUNT, how="left", maintain_order="left")
    full = facts_given.complete(columns.collected(joined), as_of, rates, pack, problems, found, fed)
    assumed = dict(columns.collected(sales.filter(pl.col("assumed") > 0).select(ACCOUNT, "assumed")).iter_rows()) if since else {}
    told = dict(facts_base.held(found, as_of).iter_rows()) if scope.ids is not None else {}
    shown = _typed(full, pack), full.select(ACCOUNT, *facts_given.MORE)
    return Facts(*shown, problems.frame(), base, assumed, families, parents, told, fed)


def _typed(full: pl.DataFrame, pack: Pack) -> pl.DataFrame:
    """The facts of the catalogue in its types."""
    names = [name for name in full.columns if name in pack.facts and name != ACCOUNT]
    wanted, there = {name: tables.dtype(pack.facts[name]) for name in names}, full.schema
    return full.select(ACCOUNT, *(name if there[name] == wanted[name] else pl.col(name).cast(wanted[name]) for name in names))


def _inside(scope: Scope) -> pl.Expr:
    return pl.lit(True) if scope.ids is None else pl.col(ACCOUNT).is_in(scope.ids)
