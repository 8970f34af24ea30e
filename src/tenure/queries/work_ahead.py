"""The work that will be there by a later day, before it exists. Only for run processes, and for a few accounts."""

from collections.abc import Iterable, Mapping
from datetime import date

import polars as pl

from tenure.queries import columns, facts, waiting, work_rows
from tenure.queries.columns import Columns, Scope
from tenure.queries.facts import Facts
from tenure.queries.work import Work
from tenure.rules import outlook
from tenure.rules.packs import Pack

_THERE: Columns = {
    "natural_key": ("natural_key", "text"), "account": ("account_id", "int"), "schedule": ("rule", "text"), "open": ("is_open", "bool"),
}  # fmt: skip


def of(
    scope: Scope, found: Facts, work: Work, as_of: date, until: date, pack: Pack, *, today: date, families: Mapping[date, pl.DataFrame],
    managers: waiting.Managers,
) -> pl.DataFrame:  # fmt: skip
    """What is raised after ``as_of``, up to ``until``: columns of ``schedules.due`` and ``wanted_owner``, in order of the days on which it
    appears. ``projected``: it counts from something that hasn't happened yet and is taken as done in time.

    ``found`` and ``work``: the facts and the differences of ``as_of``; ``families``: see ``facts_base.families``, by day of ``outlook.looks``.
    """

    def frame_of(day: date) -> pl.DataFrame:
        return found.frame if day == as_of else facts.build(scope, day, pack, families=families[day], today=today).frame

    where = f"natural_key is not null and {scope.where('account_id')}"
    there = columns.read(_THERE, f"tenure_calltoaction where {where}")
    over = pl.col("natural_key").is_in(work.settled["natural_key"].to_list())
    coming = work.wanted.select("natural_key", "account", "schedule", open=pl.lit(True))
    known = pl.concat([there.with_columns(open=pl.col("open") & ~over), coming])
    rows = outlook.planned(frame_of, pack, as_of, until, known).filter(pl.col("raise_on") > as_of)
    assumed = (pl.col("anchor_day") > as_of) & pl.col("anchor").is_in(_moving(pack))
    rows = rows.with_columns(projected=pl.col("projected") | assumed).sort("raise_on", "account", "schedule", maintain_order=True)
    holders = work_rows.Holders(rows["account"].unique().to_list(), as_of, found, managers)
    return work_rows.owned(rows, holders, {key: book.owner_role for key, book in pack.playbooks.items()})


def _moving(pack: Pack) -> list[str]:
    """The facts that move when something is done."""
    return list(dict.fromkeys(_anchors(pack)))


def _anchors(pack: Pack) -> Iterable[str]:
    for schedule in pack.schedules.values():
        for edition in schedule.editions:
            for row in edition.rows:
                if row.timing and row.timing.kind == "every":
                    yield from row.timing.anchors
