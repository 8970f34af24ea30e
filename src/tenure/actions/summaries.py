"""Keeping the lists' rows true. Every action that changes what a list shows calls ``refresh`` in its transaction."""

from collections.abc import Iterable
from datetime import date, datetime

import polars as pl
from django.db import transaction

from tenure.actions import bulk, days, portfolio, waiting
from tenure.models import AccountSummary
from tenure.queries import columns, facts, facts_base, handbook, summaries
from tenure.rules.packs import Pack

KEY = "account_id"


def refresh(account_ids: Iterable[int] | None, *, today: date, at: datetime | None = None) -> int:
    """Bring the summary rows of these accounts (None = all) to what holds on ``today``; returns how many were written.

    Only rows that differ are written. Derived, so it leaves no Event: the write that caused it has one. With ``at`` the managers of
    accounts that now wait for a TAM are told, and what they were told of accounts that no longer wait counts as read.
    """
    pack = handbook.pack()
    families = facts_base.families(today, None) if account_ids is None else None
    written = 0
    for scope in columns.blocks(account_ids):
        with transaction.atomic():
            found = facts.build(scope, today, pack, families=families)
            written += write(found, scope, pack, today=today, at=at)
    return written


def write(
    found: facts.Facts,
    scope: columns.Scope,
    pack: Pack,
    *,
    today: date,
    at: datetime | None = None,
    shown: pl.DataFrame | None = None,
) -> int:
    """The same for one block whose facts are at hand, and maybe its decisions (``shown``: see ``queries.summaries.decided``)."""
    bulk.lock("events")  # the cells of the portfolio take what changed: two must not both change one row from what it was
    before = summaries.current(scope)
    after = summaries.wanted(found, before, scope, today, pack, shown)
    gone = before.filter(~pl.col("deleted")).join(after, on=KEY, how="anti")
    AccountSummary.objects.filter(pk__in=gone[KEY].to_list()).update(deleted=True, needs_tam_since=None)
    days.forget(gone[KEY].to_list())
    fresh = after.join(before, on=KEY, how="anti").sort("arr_minor", descending=True)  # the order of most indexes
    bulk.insert_frame(AccountSummary, fresh)
    changed = _changed(before, after)
    written = gone.height + fresh.height + _update(changed, after.columns)
    if written:
        touched = changed.select(KEY)
        portfolio.adjust(
            pl.concat([gone, before.join(touched, on=KEY, how="semi")]),
            pl.concat([fresh, after.join(touched, on=KEY, how="semi")]),
        )
    if at is not None:
        known = before.filter(pl.col("needs_tam_since").is_not_null()).select(KEY)
        began = after.filter(pl.col("needs_tam_since").is_not_null()).join(known, on=KEY, how="anti", maintain_order="left")
        waiting.tell(began, pack, today=today, at=at)
        waits = after.filter(pl.col("needs_tam_since").is_not_null()).select(KEY)
        waiting.settle(known.join(waits, on=KEY, how="anti")[KEY].to_list(), at=at)
    return written


def _changed(before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    """The rows that differ, with a column ``NAME:differs`` for each of the others."""
    both = after.join(before, on=KEY, how="inner", suffix=":old", maintain_order="left")
    differs = [pl.col(name).ne_missing(pl.col(f"{name}:old")).alias(f"{name}:differs") for name in after.columns if name != KEY]
    marked = both.with_columns(differs).select(*after.columns, pl.selectors.ends_with(":differs"))
    return marked.filter(pl.any_horizontal(pl.selectors.ends_with(":differs")))


def _update(changed: pl.DataFrame, columns: list[str]) -> int:
    """Write these rows, and of them only the columns in which any differs."""
    if not changed.height:
        return 0
    names = [name for name in columns if name != KEY and changed[f"{name}:differs"].any()]
    return bulk.update_frame(AccountSummary, changed.select(*names, KEY), key=KEY)
