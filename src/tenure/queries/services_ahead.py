"""The day on which a schedule will ask for a service that it doesn't ask for yet: what the account's facts imply, before any CTA is there."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date

import polars as pl

from tenure.models import CallToAction
from tenure.queries import clock, columns, facts
from tenure.queries.facts import Facts
from tenure.queries.work_rows import PAIR, SCHEDULE
from tenure.rules import schedules
from tenure.rules.packs import Pack
from tenure.rules.schedules import Ready

AHEAD = 1100  # days: a renewal three years from now implies its review
Expected = Mapping[tuple[int, str], date]  # (account, schedule) -> due date


def of(account_ids: Collection[int], names: Iterable[str], day: date, pack: Pack, *, today: date, found: Facts | None = None) -> Expected:  # fmt: skip
    """The next due date of these schedules for each of a few accounts, by the handbook and the facts of ``day``; not of an occasion that was
    raised by then, nor of a day that has passed.

    Queries: those of the facts (unless they are ``found`` already) and at most three, however many accounts there are: keep it to a page of them.
    """
    running = pack.running(day)
    wanted = [name for name in dict.fromkeys(names) if name in running]
    if not wanted or not account_ids:
        return {}
    known = found or facts.build(columns.of_ids(account_ids), day, pack, today=today)
    ready = schedules.prepare(known.frame, pack, day, wanted)
    due = _fresh(ready, date.fromordinal(day.toordinal() + AHEAD)).filter(pl.col("due_date") >= day)
    first = due.sort("due_date").unique(PAIR, keep="first", maintain_order=True)
    return {(account, name): due_on for account, name, due_on in first.select(*PAIR, "due_date").iter_rows()}


def _fresh(ready: Ready, until: date) -> pl.DataFrame:
    """What falls due by ``until`` and was not raised by the day. What was closed without being done (``every``) counts from its closing."""
    due = schedules.due_of(ready, until, project=False)
    raised = _raised(due["natural_key"].to_list(), ready.as_of)
    fresh, over = due.filter(~pl.col("natural_key").is_in(list(raised))), [key for key, is_open in raised.items() if not is_open]
    stuck = due.filter(pl.col("natural_key").is_in(over)).join(_repeated(ready), on=["schedule", "row"], how="semi")
    if not stuck.height:
        return fresh
    some = ready.wide.filter(pl.col("account").is_in(stuck["account"].unique().to_list()))
    closed = _closed(stuck, ready.as_of)
    again = schedules.due_of(Ready(some, ready.pack, ready.as_of, ready.running), until, closed, project=False)
    known = _raised(again["natural_key"].to_list(), ready.as_of)
    return pl.concat([fresh, again.join(stuck, on=PAIR, how="semi").filter(~pl.col("natural_key").is_in(list(known)))])


def _repeated(ready: Ready) -> pl.DataFrame:
    """``schedule`` and ``row`` of what asks for a thing so long after it was done last."""
    rows = [(item.schedule.key, row.number) for item in ready.running for row in item.edition.rows if row.timing and row.timing.kind == "every"]  # fmt: skip
    return pl.DataFrame(rows, {"schedule": pl.String, "row": pl.Int16}, orient="row")


def _raised(keys: list[str], day: date) -> dict[str, bool]:
    """Of these occasions those that were raised by the day, and whether they were open then."""
    end = clock.end_of(day)
    rows = CallToAction.objects.filter(natural_key__in=keys, created_at__lt=end).order_by()
    return {key or "": closed is None or closed >= end for key, closed in rows.values_list("natural_key", "closed_at")}


def _closed(stuck: pl.DataFrame, day: date) -> pl.DataFrame:
    """``account``, ``schedule``, ``day``: when the work of these pairs was closed last by the day without their anchor having moved."""
    since: dict[tuple[int, str], date] = {(account, name): anchor for account, name, anchor in stuck.select(*PAIR, "anchor_day").iter_rows()}  # fmt: skip
    rows = CallToAction.objects.filter(
        account__in={account for account, _ in since}, rule__in={name for _, name in since}, origin=SCHEDULE, closed_at__lt=clock.end_of(day)
    ).order_by()  # fmt: skip
    last: dict[tuple[int, str], date] = {}
    for account, name, closed_at, because in rows.values_list("account_id", "rule", "closed_at", "because"):
        pair, anchor = (account, name), (because or {}).get("anchor_day") or ""
        if closed_at and pair in since and anchor >= since[pair].isoformat():
            last[pair] = max(clock.day_of(closed_at), last.get(pair, date.min))
    schema: dict[str, pl.DataType | type[pl.DataType]] = {
        "account": stuck.schema["account"],
        "schedule": pl.String,
        "day": pl.Date,
    }
    return pl.DataFrame([(*pair, found) for pair, found in last.items()], schema, orient="row")
