"""Carrying out what the handbook wants of work: raising, changing, settling and handing over, many at once."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from tenure.actions import cascades_writing as writing
from tenure.actions import ctas_runs
from tenure.actions.ctas_calls import Call
from tenure.actions.ctas_runs import Ending, HandOver, Revision
from tenure.queries.waiting import MANAGER
from tenure.queries.work import FOLLOWED, Work
from tenure.queries.work_rows import SCHEDULE


@dataclass(frozen=True)
class Done:
    """How many CTAs were raised, changed and settled, and how many things passed to another person."""

    raised: int = 0
    changed: int = 0
    settled: int = 0
    handed_over: int = 0


def begin(found: Work) -> None:
    """Where ``apply`` will have something to do, let one at a time work on CTAs: call before anything of the transaction writes to the log.
    Whoever closes a CTA holds the CTAs first and then the log."""
    if found.size:
        writing.lock()


def apply(found: Work, told: Iterable[int] | None, *, today: date, at: datetime, run_id: int | None = None) -> Done:
    """Bring the work of some accounts to what the handbook wants. Every step asks again what it finds: a repeat changes nothing.

    ``told``: accounts of which the manager hears in this run anyway, so that work for the manager isn't told a second time; None: nobody is
    told of what is raised. Call in a transaction, with the differences of that moment. What is over goes first, so that the next occasion can come.
    """
    heard = None if told is None else set(told)
    stamps: dict[str, Any] = {"today": today, "at": at, "run_id": run_id}
    settled = changed = handed = raised = 0
    if found.settled.height:
        settled = ctas_runs.close_many(
            [Ending(*row) for row in found.settled.select("id", "status", "because").iter_rows()], **stamps
        )
    if found.changed.height:
        changed = ctas_runs.revise_many([_revision(row) for row in found.changed.iter_rows(named=True)], **stamps)
    if found.tasks.height:
        rows = found.tasks.select("noun", "id", "owner_id", "wanted_owner").iter_rows()
        handed = ctas_runs.hand_over_many([HandOver(*row) for row in rows], **stamps)
    if found.wanted.height:
        raised = ctas_runs.raise_many([_call(row, heard) for row in found.wanted.iter_rows(named=True)], **stamps)
    return Done(raised, changed, settled, handed)


def _call(row: dict[str, Any], heard: set[int] | None) -> Call:
    """A CTA to raise. Its playbook counts from the occasion's day, as the schedule says."""
    return Call(
        row["account"], row["type"], row["title"], row["natural_key"], reason=row["reason"], note=row["note"], priority=row["priority"],
        owner_id=row["wanted_owner"], due_date=row["due_date"], origin=SCHEDULE, rule=row["schedule"], edition=row["edition"],
        because=_because(row), playbook=row["playbook"], start=row["start"],
        quiet=heard is None or (row["account"] in heard and row["owner_role"] == MANAGER),
    )  # fmt: skip


def _because(row: dict[str, Any], suffix: str = "") -> dict[str, Any]:
    """What a CTA keeps of what its schedule saw: by ``anchor_day`` and ``raise_on`` it is settled, by ``owner_role`` it finds its person."""
    said = {
        "anchor": row["anchor"], "anchor_day": row[f"anchor_day{suffix}"], "offset": row["offset"], "raise_on": row[f"raise_on{suffix}"],
        "owner_role": row["owner_role"],
    }  # fmt: skip
    return {name: str(value) for name, value in said.items() if value not in (None, "")}


def _revision(row: dict[str, Any]) -> Revision:
    """What a CTA is to say from now on: the fields that differ, and what its schedule saw."""
    values = {name: row[name] for name in FOLLOWED if row[f"{name}:differs"] and name != "anchor_day"}
    if row["edition:said"] is not None:  # it is due: else only its owner follows
        values["because"] = _because(row, ":said")
    return Revision(row["natural_key:was"], values)
