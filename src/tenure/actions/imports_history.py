"""History that a source gives: earlier versions of accounts, and the chain of an opportunity's stages."""

from datetime import date
from typing import Any

import polars as pl

from tenure.actions import bulk, imports_checks, imports_writing
from tenure.actions.imports_checks import Refusals
from tenure.actions.imports_specs import Spec
from tenure.actions.imports_state import Session, UpsertResult
from tenure.models import AccountVersion, OpportunityStage
from tenure.queries import imports

# What a history that says nothing of it leaves unknown, instead of blank.
NOT_TOLD = frozenset({"name", "country", "industry", "website", "parent_id", "territory_id", "custom"})


def write(session: Session, spec: Spec, frame: pl.DataFrame) -> UpsertResult:
    """Earlier versions of rows that are there. History only fills the time before what is known already, so a repeat adds nothing."""
    result, refusals = UpsertResult(read=frame.height), Refusals()
    frame = imports_checks.apply(spec, frame, refusals)
    frame = frame.filter(pl.col("from_at").is_not_null()) if session.dry or spec.noun == "account" else frame
    result.refuse(refusals)
    result.superseded = result.read - result.refused
    if spec.noun == "account" and frame.height and not session.dry:
        result.accounts = _account_versions(session, spec, frame)
    return result


def _account_versions(session: Session, spec: Spec, frame: pl.DataFrame) -> set[int]:
    found = session.ids("account", frame["external_id"].to_list())
    frame = frame.filter(pl.col("external_id").is_in(list(found)))
    ids = [found[name] for name in frame["external_id"].to_list()]
    frame = frame.drop([ref.name for ref in spec.refs], strict=False)
    rows, same = imports_writing.full(session, spec, frame.with_columns(pl.Series("object_id", ids, dtype=pl.Int64)))
    texts = imports_writing.facts_text(rows, same, without=set(same) & NOT_TOLD).to_list()
    begins = _known_from(sorted(set(ids)))
    periods = frame.select(pl.col("from_at").dt.date(), pl.col("until_at").dt.date()).iter_rows()
    fresh: list[tuple[Any, ...]] = []
    for account, text, (begin, end) in sorted(
        zip(ids, texts, periods, strict=True), key=lambda row: (row[0], row[2][0]), reverse=True
    ):
        limit = begins[account]
        last = min(end or limit, limit)
        if begin >= last:  # known already, or shorter than a day
            continue
        fresh.append((account, begin, last, text, session.at))
        begins[account] = begin
    bulk.insert(AccountVersion, ["account_id", "from_date", "until_date", "facts", "recorded_at"], fresh)
    return {row[0] for row in fresh}


def _known_from(account_ids: list[int]) -> dict[int, date]:
    """The day from which the facts of each account are known."""
    found: dict[int, date] = {}
    for start in range(0, len(account_ids), 5000):
        part = AccountVersion.objects.filter(account__in=account_ids[start : start + 5000]).order_by("account", "-from_date")
        found |= dict(part.values_list("account_id", "from_date"))
    return found


def chain(spec: Spec, work: pl.DataFrame) -> None:
    """Each stage of an opportunity lasts until the next one begins, where the source doesn't say until when."""
    if spec.model is not OpportunityStage:
        return
    ids = work["opportunity_id"].unique().to_list()
    condition, params = imports.among("opportunity_id", ids, "int")
    rows = imports.rows(
        "select id, opportunity_id, from_at, until_at from tenure_opportunitystage "  # noqa: S608
        f"where {condition} order by opportunity_id, from_at, id", params,
    )  # fmt: skip
    wrong = []
    for row, after in zip(rows, [*rows[1:], None], strict=True):
        ends = after[2] if after is not None and after[1] == row[1] else None
        if ends != row[3] and (ends is not None or row[3] is None):
            wrong.append((ends, row[0]))
    bulk.update(OpportunityStage, ["until_at"], wrong)
