"""Which accounts another handbook, or another day of it, would decide otherwise."""

from datetime import date

import polars as pl

from tenure.queries import columns, facts, facts_base, handbook
from tenure.rules import compare
from tenure.rules.packs import Pack

SCHEMA = {"account": pl.Int64(), "name": pl.String(), "rule": pl.String(), "before": pl.String(), "after": pl.String()}


def accounts(before: Pack, before_day: date, after: Pack, after_day: date, *, today: date) -> pl.DataFrame:
    """``account`` (id), ``name``, ``rule``, ``before``, ``after``: the outcomes of account rules that differ, on the facts and overrides
    of ``today`` both times, so that nothing but the handbook makes the difference."""
    families = facts_base.families(today, None)
    parts = [_of(scope, families, before, before_day, after, after_day, today) for scope in columns.blocks()]
    return pl.concat(parts) if parts else pl.DataFrame(schema=SCHEMA)


def _of(
    scope: columns.Scope, families: pl.DataFrame, before: Pack, before_day: date, after: Pack, after_day: date, today: date
) -> pl.DataFrame:
    found = facts.build(scope, today, before, families=families)
    moved = compare.accounts(found.frame, before, before_day, after, after_day, handbook.ACCOUNT_RULES)
    names = found.more.select("account", "name")
    return moved.join(names, on="account", how="left", maintain_order="left").select(list(SCHEMA))
