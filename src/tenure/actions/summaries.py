"""Keeping the lists' rows true. Every action that changes what a list shows calls ``refresh`` in its transaction."""

from collections.abc import Iterable
from datetime import date, datetime

import polars as pl
from django.db import transaction

from tenure.actions import bulk, waiting
from tenure.models import AccountSummary
from tenure.queries import columns, facts, facts_base, handbook, summaries
from tenure.rules.packs import Pack

KEY = "account_id"


def refresh(account_ids: Iterable[int] | None, *, today: date, at: datetime | None = None) -> int:
    """Bring the summary rows of these accounts (None = all) to what holds on ``today``; returns how many were written.

    Only rows that differ are written. Derived, so it leaves no Event: the write that caused it has one. With ``at`` the managers of
    accounts that now wait for a TAM are told.
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
    before = summaries.current(scope)
    after = summaries.wanted(found, before, scope, today, pack, shown)
    gone = before.filter(~pl.col("deleted")).join(after, on=KEY, how="anti")
    AccountSummary.objects.filter(pk__in=gone[KEY].to_list()).update(deleted=True, needs_tam_since=None)
    fresh = after.join(before, on=KEY, how="anti", maintain_order="left")
    bulk.insert_frame(AccountSummary, fresh)
    written = gone.height + fresh.height + _update(before, after)
    if at is not None:
        known = before.filter(pl.col("needs_tam_since").is_not_null()).select(KEY)
        began = after.filter(pl.col("needs_tam_since").is_not_null()).join(known, on=KEY, how="anti", maintain_order="left")
        waiting.tell(began, pack, today=today, at=at)
    return written


def _update(before: pl.DataFrame, after: pl.DataFrame) -> int:
    """Write the rows that differ, and of them only the columns in which any differs."""
    both = after.join(before, on=KEY, how="inner", suffix=":old", maintain_order="left")
    differs = {name: pl.col(name).ne_missing(pl.col(f"{name}:old")) for name in after.columns if name != KEY}
    changed = both.filter(pl.any_horizontal(differs.values()))
    if not changed.height:
        return 0
    counts = changed.select(test.any().alias(name) for name, test in differs.items()).row(0, named=True)
    names = [name for name, any_differs in counts.items() if any_differs]
    return bulk.update_frame(AccountSummary, changed.select(*names, KEY), key=KEY)
