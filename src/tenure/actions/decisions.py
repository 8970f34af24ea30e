"""Storing what the handbook decides. Only what changed is written: the old row is closed, a new one begins."""

import json
from collections.abc import Iterable
from datetime import date, datetime

import polars as pl
from django.db import transaction

from tenure.actions import bulk, events, summaries
from tenure.models import Decision, User
from tenure.queries import changes, columns, facts_base, handbook
from tenure.queries.changes import Changes
from tenure.rules.packs import Pack

DIGITS = 16  # of the handbook's digest: enough to tell its texts apart


def lock() -> None:
    """Let one transaction decide at a time. What decides takes this before any other lock, so that two never wait for each other."""
    bulk.lock("decisions")


def redecide(account_ids: Iterable[int] | None, *, as_of: date, at: datetime, actor: User | None, reason: str = "") -> int:
    """Decide these accounts (None = all) anew at once, store what changed, bring their summary rows up to date; how many decisions changed."""
    pack, count = handbook.pack(), 0
    families = facts_base.families(as_of, None, pack=pack) if account_ids is None else None
    for scope in columns.blocks(account_ids):
        with transaction.atomic():
            lock()
            found = changes.of(scope, as_of, pack, families)
            count += store(found, pack, at=at, actor=actor, reason=reason)
            summaries.write(found.facts, scope, pack, today=as_of, at=at)
    return count


def store(
    found: Changes, pack: Pack, *, at: datetime, actor: User | None = None, run_id: int | None = None, reason: str = ""
) -> int:
    """Store the decisions of one block and return how many. One Event per account tells all that changed for it.

    Call in a transaction that has taken ``lock`` before the changes were read.
    """
    rows = found.decided
    if not rows.height:
        return 0
    closing = rows.filter(pl.col("open_id").is_not_null()).select(id="open_id", until_date=pl.lit(found.as_of))
    bulk.update_frame(Decision, closing)
    fresh = rows.filter(pl.col("outcome").is_not_null())
    bulk.insert_frame(Decision, _new_rows(fresh), from_date=found.as_of, digest=pack.digest[:DIGITS], decided_at=at)
    events.record_frame(_entries(rows, reason, pack.digest), at=at, actor=actor, run_id=run_id)
    return rows.height


def _new_rows(rows: pl.DataFrame) -> pl.DataFrame:
    names = ("rule", "edition", "outcome", "outputs", "missing", "inputs", "overridden", "fingerprint")
    ids = bulk.next_ids(Decision, rows.height)  # given here: PostgreSQL would ask its sequence for each row
    return rows.select(pl.Series("id", ids, dtype=pl.Int64), pl.col("account").alias("account_id"), *names)


def _entries(rows: pl.DataFrame, reason: str, digest: str) -> pl.DataFrame:
    """``decisions.changed`` per account: before and after by rule ("" = undecided)."""
    tail = json.dumps({"reason": reason, "handbook": digest[:DIGITS]} if reason else {"handbook": digest[:DIGITS]})[1:]
    pairs = rows.select("account", _pair("before"), _pair("outcome"))
    lists = pairs.group_by("account", maintain_order=True).agg(pl.col("before", "outcome").drop_nulls())
    texts = lists.with_columns(pl.col("before", "outcome").list.join(","))
    was = (
        pl.when(pl.col("before") != "").then(pl.concat_str(pl.lit('{"before":{'), "before", pl.lit("},"))).otherwise(pl.lit("{"))
    )
    body = pl.concat_str(was, pl.lit('"after":{'), "outcome", pl.lit("},"), pl.lit(tail))
    return texts.select(
        pl.lit("decisions.changed").alias("verb"),
        pl.lit("account").alias("noun"),
        pl.col("account").alias("object_id"),
        pl.col("account").alias("account_id"),
        body.alias("body"),
    )


def _pair(column: str) -> pl.Expr:
    """``"rule":"outcome"`` as JSON text; null where there is no outcome."""
    escaped = pl.col(column).str.replace_all("\\", "\\\\", literal=True).str.replace_all('"', '\\"', literal=True)
    return pl.format('"{}":"{}"', pl.col("rule").cast(pl.String), escaped).alias(column)
