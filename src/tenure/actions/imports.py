"""Imports: rows of a source, mapped to our fields, brought in by the id that the source gives them.

New rows are inserted, of changed ones only what differs is written, unchanged ones are left alone: a second run changes nothing.
Every change leaves an Event. Rows go through in transactions of ``BATCH``; killed half-way, a repeat does the rest.
"""

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from datetime import date, datetime
from typing import Any

import polars as pl
from django.db import transaction

from tenure.actions import (
    bulk,
    imports_checks,
    imports_frames,
    imports_history,
    imports_onboardings,
    imports_refs,
    imports_roles,
    imports_waiting,
    imports_writing,
    onboardings,
)
from tenure.actions.imports_checks import Problem, Refusals
from tenure.actions.imports_specs import ORDER, SPECS, Spec
from tenure.actions.imports_state import Session, UpsertResult
from tenure.actions.refusals import Refused
from tenure.models import Run, User
from tenure.queries import visible

__all__ = ["BATCH", "ORDER", "Problem", "Session", "UpsertResult", "begin", "upsert", "write"]

BATCH = 20_000


def begin(source: str, *, as_of: date, at: datetime, actor: User | None, run: Run | None = None, dry: bool = False) -> Session:
    """Begin an import of ``source``: what its rows say holds from ``as_of``. Raises Refused without the right to import."""
    if actor is not None and not visible.may(actor, "import.run"):
        raise Refused("You may not import files.", "not_allowed")
    if not source or len(source) > 40:
        raise Refused("A source has a name of at most 40 characters.", "invalid", "source")
    return Session(source, as_of, at, actor, run, dry)


def upsert(
    noun: str,
    source: str,
    rows: Sequence[Mapping[str, Any]],
    *,
    as_of: date,
    at: datetime,
    actor: User | None,
    run: Run | None = None,
) -> UpsertResult:
    """Bring in mapped rows: our field names, ``external_id``, and references (``account_ref`` ...) as external ids of the same source.

    Returns the counts, the refused rows with reasons and the accounts concerned: the caller refreshes their summaries once, at the end
    of the whole import. Raises Refused for an unknown noun, field or type, or without the right to import.
    """
    spec = SPECS.get(noun)
    if spec is None:
        raise Refused(f"Nothing called '{noun}' can be imported.", "invalid", "noun")
    session = begin(source, as_of=as_of, at=at, actor=actor, run=run)
    result = UpsertResult()
    for start in range(0, len(rows), BATCH):
        frame = imports_frames.from_rows(spec, rows[start : start + BATCH], first=start + 1)
        result.add(write(session, noun, frame))
    return result


def write(session: Session, noun: str, frame: pl.DataFrame) -> UpsertResult:
    """Bring in one batch, a frame of typed columns with ``row`` numbers, in one transaction. In a dry session only count."""
    with nullcontext() if session.dry else transaction.atomic():
        if not session.dry:
            bulk.lock(f"imports:{session.source}")
            if noun == imports_onboardings.NOUN:
                onboardings.lock()
        return _write(session, SPECS[noun], frame, False)


def write_history(session: Session, noun: str, frame: pl.DataFrame) -> UpsertResult:
    """Earlier versions of rows (columns ``from_at`` and ``until_at``): kept for accounts and opportunities, else only counted."""
    with nullcontext() if session.dry else transaction.atomic():
        return imports_history.write(session, SPECS[noun], frame)


def _write(session: Session, spec: Spec, frame: pl.DataFrame, adopting: bool) -> UpsertResult:
    result, refusals = UpsertResult(read=frame.height), Refusals()
    more = list(imports_onboardings.checks(spec, frame))
    frame = imports_frames.with_digest(imports_checks.apply(spec, frame, refusals, more=more))
    if not adopting:
        frame, result.duplicates = imports_checks.once(frame, session.seen, refusals)
    known = session.known(spec.noun, frame["external_id"].to_list())
    frame = frame.join(known, on="external_id", how="left", maintain_order="left")
    work = frame.filter(pl.col("old").ne_missing(pl.col("digest")))
    result.unchanged = frame.height - work.height
    if work.height:
        waiting = _work(session, spec, work, refusals, result)
        result.problems += [] if adopting else imports_waiting.told(spec, waiting)
    result.refuse(refusals)
    return result


def _work(session: Session, spec: Spec, work: pl.DataFrame, refusals: Refusals, result: UpsertResult) -> pl.DataFrame:
    """New and changed rows; returns those that wait."""
    work, waiting = imports_refs.split(session, spec, work, refusals)
    result.waiting += waiting.height
    imports_waiting.keep(session, spec, waiting)
    work = imports_refs.without_circles(session, spec, work, refusals)
    work = imports_onboardings.alone(spec, work, refusals)
    if not work.height:
        return waiting
    work = imports_refs.already_there(session, spec, work)
    work = imports_refs.tree(session, spec, _with_ids(session, spec, work))
    fresh, there = work.filter("fresh"), work.filter(~pl.col("fresh"))
    changed = imports_writing.changes(session, spec, there) if there.height else there
    _count(session, spec, fresh, there, changed, result)
    if session.dry:
        result.unlinked += imports_waiting.keep_links(session, spec, work)
        session.pretend(spec.noun, work)
        return waiting
    imports_writing.insert(session, spec, fresh.filter(pl.col("twin").is_null()))
    imports_writing.update(session, spec, changed)
    imports_writing.remember(session, spec, work.filter(pl.col("link").is_null()), known=False)
    imports_writing.remember(session, spec, work.filter(pl.col("link").is_not_null()), known=True)
    assigned = imports_roles.assign(session, spec, fresh, True) | imports_roles.assign(session, spec, there, False)
    result.accounts |= assigned
    result.updated += len(assigned & _same(there, changed))
    result.unchanged -= len(assigned & _same(there, changed))
    imports_history.chain(spec, work)
    imports_onboardings.complete(session, spec, sorted({*fresh["object_id"].to_list(), *changed["object_id"].to_list()}))
    imports_waiting.settle(session, spec, work)
    result.unlinked += imports_waiting.keep_links(session, spec, work)
    imports_waiting.adopt(session, spec, fresh["external_id"].to_list(), _write, result)
    return waiting


def _with_ids(session: Session, spec: Spec, work: pl.DataFrame) -> pl.DataFrame:
    """Ids for new rows; twins share the id of the first."""
    work = work.with_columns(pl.col("object_id").is_null().alias("fresh"))
    single = work.filter(pl.col("fresh") & pl.col("twin").is_null()).select("external_id")
    ids = (
        session.virtual_ids(single.height)
        if session.dry
        else bulk.next_ids(spec.model, single.height)
        if single.height
        else range(0)
    )
    given = dict(zip(single["external_id"].to_list(), ids, strict=True))
    if not given:
        return work
    key = pl.coalesce("twin", "external_id")
    made = key.replace_strict(list(given), list(given.values()), default=None, return_dtype=pl.Int64)
    return work.with_columns(pl.coalesce("object_id", pl.when("fresh").then(made)))


def _same(there: pl.DataFrame, changed: pl.DataFrame) -> set[int]:
    """Rows of which no column changed."""
    return set(there["object_id"].to_list()) - set(changed["object_id"].to_list())


def _count(
    session: Session, spec: Spec, fresh: pl.DataFrame, there: pl.DataFrame, changed: pl.DataFrame, result: UpsertResult
) -> None:
    result.created += fresh.height
    result.updated += changed.height
    result.unchanged += there.height - changed.height
    if "deleted" in fresh.columns and spec.deletable:
        result.deleted += fresh.filter(pl.col("deleted").fill_null(False)).height
        if "differs:deleted" in changed.columns:
            result.deleted += changed.filter(pl.col("differs:deleted") & pl.col("deleted")).height
    for part in (fresh, changed):
        owners = imports_writing.account_of(spec, part).drop_nulls().unique().to_list() if part.height else []
        result.accounts |= {pk for pk in owners if pk > 0}
