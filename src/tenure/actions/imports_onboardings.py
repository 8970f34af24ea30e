"""Imported onboardings: what refuses one beyond its cells, and what follows from what the file says."""

from collections.abc import Iterator
from datetime import datetime, time

import polars as pl

from tenure.actions import onboardings
from tenure.actions.imports_checks import Check, Refusals
from tenure.actions.imports_specs import Spec
from tenure.actions.imports_state import Session
from tenure.models import AccountSummary, Onboarding
from tenure.queries import clock, handbook, onboardings_follow
from tenure.queries import onboardings as queries

NOUN = "onboarding"
CHUNK = 2_000
ANOTHER = "The account has another open onboarding."
REMEDY = "Give this one a status that ends it, or complete or delete the other first."
SET = (
    *onboardings_follow.RECKONED,
    "edition",
    "is_open",
    "closed_at",
    "status",
    "gemstone",
    "contract_date",
    "purchase_date",
    "first_value_by",
    "team",
)


def statuses() -> dict[str, bool]:
    """The keys of the handbook's statuses -> whether an onboarding with it is open."""
    return {status.key: status.open for edition in handbook.pack().onboarding.editions for status in edition.statuses}


def checks(spec: Spec, frame: pl.DataFrame) -> Iterator[Check]:
    """Words of the handbook, and a score that is one."""
    if spec.noun != NOUN:
        return
    words = {"status": tuple(statuses()), "gemstone": handbook.outcomes(handbook.pack(), "gemstone")}
    for name, known in words.items():
        if name in frame.columns:
            wrong = pl.col(name).is_not_null() & ~pl.col(name).is_in(known)
            yield Check(
                wrong, name, f"'{{}}' is none of {', '.join(known)}.", "Give one of them, or map the word to one of them."
            )
    if "survey_score" in frame.columns:
        wrong = ~pl.col("survey_score").is_between(1, 5)
        yield Check(wrong, "survey_score", "'{}' is not a score.", "Give 1, 2, 3, 4 or 5, or leave the cell empty.")


def alone(spec: Spec, work: pl.DataFrame, refusals: Refusals) -> pl.DataFrame:
    """Without rows that would give an account a second open onboarding."""
    if spec.noun != NOUN or not work.height:
        return work
    ends = [key for key, is_open in statuses().items() if not is_open]
    status = pl.col("status") if "status" in work.columns else pl.lit(None, pl.String)
    rows = work.with_columns(opens=~status.is_in(ends).fill_null(False))
    if "deleted" in rows.columns:
        rows = rows.with_columns(opens=pl.col("opens") & ~pl.col("deleted").fill_null(False))
    if "status" not in work.columns:  # those that are there keep theirs
        rows = rows.with_columns(opens=pl.col("opens") & pl.col("object_id").is_null())
    there = Onboarding.objects.filter(account__in=rows["account_id"].unique().to_list(), is_open=True, deleted_at=None)
    held = dict(there.values_list("account_id", "pk"))
    mine = pl.col("account_id").replace_strict(held, default=None, return_dtype=pl.Int64) if held else pl.lit(None, pl.Int64)
    taken = mine.is_not_null() & mine.ne_missing(pl.col("object_id"))
    second = pl.col("opens") & (pl.col("opens").cast(pl.Int64).cum_sum().over("account_id") > 1)
    return refusals.take(rows, pl.col("opens") & (taken | second), "status", ANOTHER, REMEDY).drop("opens")


def complete(session: Session, spec: Spec, ids: list[int]) -> None:
    """What follows for written rows: their edition and team, whether they are open, defaults as for one made by hand, days and track."""
    if spec.noun != NOUN:
        return
    for start in range(0, len(ids), CHUNK):
        rows = list(Onboarding.objects.select_related("account", "opportunity").filter(pk__in=ids[start : start + CHUNK]))
        gems = dict(AccountSummary.objects.filter(pk__in={row.account_id for row in rows}).values_list("pk", "gemstone"))
        for row in rows:
            _put(row, gems.get(row.account_id, ""), session)
        tam = onboardings_follow.tam_days(rows)
        for row in rows:
            onboardings.reckon(row, session.as_of, tam)
        Onboarding.objects.bulk_update(rows, SET, batch_size=500)


def _put(row: Onboarding, gemstone: str, session: Session) -> None:
    book, known = handbook.pack().onboarding, statuses()
    if row.edition is None:
        row.edition = book.since(row.start_date or row.purchase_date or session.as_of) or book.since(session.as_of)
        row.team = queries.team_of(row.account_id, session.as_of)
    row.status = row.status or next(iter(known))
    row.is_open = known.get(row.status, True)
    end = datetime.combine(row.finish_date, time(12), tzinfo=clock.zone()) if row.finish_date else session.at
    row.closed_at = None if row.is_open else row.closed_at or min(end, session.at)
    row.gemstone = row.gemstone or gemstone
    row.purchase_date = row.purchase_date or (row.opportunity.close_date if row.opportunity else None)
    row.contract_date = row.contract_date or row.account.customer_since or row.purchase_date
    row.first_value_by = row.first_value_by or ("person" if row.first_value else "")
