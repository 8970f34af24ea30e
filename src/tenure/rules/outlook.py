"""The work of days to come, before it exists: schedules asked again and again, each time with what was due before taken as done.

One look covers `STEP` days; the next one takes the facts of its own first day. So an onboarding ends when its days are over, a change of edition
shows, and a call that is held moves the next one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import polars as pl

from tenure.rules import calendars, playbooks, schedules
from tenure.rules.engine import ACCOUNT
from tenure.rules.errors import RuleError
from tenure.rules.packs import Pack
from tenure.rules.work import PlaybookEdition, Timing

STEP = timedelta(days=28)
ALSO = {"last_engaged": "last_contact"}  # a call is a contact too
KNOWN: dict[str, Any] = {"natural_key": pl.String, ACCOUNT: pl.Int64, "schedule": pl.String, "open": pl.Boolean}
_PLANNED = [
    ACCOUNT, "schedule", "natural_key", "type", "reason", "title", "owner_role", "playbook", "start", "raise_on", "due_date",
]  # fmt: skip
_STEPS: dict[str, Any] = {
    "playbook": pl.String, "start": pl.Date, "cal": pl.String, "only": pl.String, "step": pl.String, "step_role": pl.String,
    "step_day": pl.Date, "part": pl.Int64, "parts": pl.Int64,
}  # fmt: skip


def looks(as_of: date, until: date) -> list[tuple[date, date]]:
    """The days on which one looks, each with the last day that it covers."""
    found, day = [], as_of
    while day <= until:
        found.append((day, min(day + STEP - timedelta(days=1), until)))
        day += STEP
    return found


def planned(
    frame_of: Callable[[date], pl.DataFrame], pack: Pack, as_of: date, until: date, known: pl.DataFrame | None = None
) -> pl.DataFrame:
    """What is raised from `as_of` to `until` and isn't there yet: columns of `schedules.due`.

    `frame_of` gives the facts of a day. `known`: what is there or was (columns `KNOWN`): no natural key comes twice, and no second one
    where the schedule lets only one be open."""
    known = pl.DataFrame(schema=KNOWN) if known is None else known
    held = known.filter("open").select(ACCOUNT, "schedule").unique()
    seen = known.select("natural_key")
    moved: dict[str, pl.DataFrame] = {}
    parts = []
    for day, last in looks(as_of, until):
        due = schedules.due(with_moved(frame_of(day), moved), pack, day, last)
        moved = later(moved, done(due, pack, day))  # also by what is there already
        found = due.join(seen, on="natural_key", how="anti", maintain_order="left")
        found = _not_held(found, held) if day == as_of else found.filter(~pl.col("fixed"))
        seen = pl.concat([seen, found.select("natural_key")])
        parts.append(found)
    return pl.concat(parts)


def _not_held(found: pl.DataFrame, held: pl.DataFrame) -> pl.DataFrame:
    """Without what waits for something open. Later that is done, and what is raised when it is first seen (`once`) can't be foreseen."""
    now = ~pl.col("projected") & (pl.col("one_open") | pl.col("fixed"))
    held = held.with_columns(pl.col(ACCOUNT).cast(found.schema[ACCOUNT]))
    waits = found.filter(now).join(held, on=[ACCOUNT, "schedule"], how="semi")["natural_key"]
    return found.filter(~pl.col("natural_key").is_in(waits.implode()))


def done(found: pl.DataFrame, pack: Pack, as_of: date) -> pl.DataFrame:
    """The facts that move when what is due is done in time: `account`, `fact`, `day`."""
    parts = [pl.DataFrame(schema={ACCOUNT: found.schema[ACCOUNT], "fact": pl.String, "day": pl.Date})]
    for (key, row), rows in found.partition_by("schedule", "row", as_dict=True).items():
        timing = _timing(pack, str(key), int(row), as_of)
        if timing and timing.kind == "every" and timing.anchors:
            held = pl.max_horizontal(pl.col("due_date").max(), pl.lit(as_of))  # what is late is done today
            days = rows.group_by(ACCOUNT).agg(day=held)
            name = timing.anchors[0]
            names = [name, ALSO[name]] if name in ALSO else [name]
            parts += [days.select(ACCOUNT, pl.lit(fact).alias("fact"), "day") for fact in names]
    return pl.concat(parts)


def _timing(pack: Pack, key: str, number: int, as_of: date) -> Timing | None:
    running = pack.running(as_of)
    rows = running[key].edition.rows if key in running else ()
    return next((row.timing for row in rows if row.number == number), None)


def later(moved: dict[str, pl.DataFrame], now: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """The latest day of each fact and account, of what was known and what came."""
    found = dict(moved)
    for (fact,), rows in now.partition_by("fact", as_dict=True).items():
        before = found.get(str(fact))
        both = rows.select(ACCOUNT, "day") if before is None else pl.concat([before, rows.select(ACCOUNT, "day")])
        found[str(fact)] = both.group_by(ACCOUNT).agg(pl.col("day").max())
    return found


def with_moved(frame: pl.DataFrame, moved: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """The facts, with the days on which things are taken as done."""
    for fact, days in moved.items():
        before = pl.col(fact) if fact in frame.columns else pl.lit(None, pl.Date)
        frame = frame.join(days, on=ACCOUNT, how="left", maintain_order="left")
        frame = frame.with_columns(pl.max_horizontal(before, "day").alias(fact)).drop("day")
    return frame


# --- steps of playbooks


def with_steps(found: pl.DataFrame, frame: pl.DataFrame, pack: Pack, as_of: date) -> pl.DataFrame:
    """Planned work cut into the steps of its playbook, one row each: `step`, `step_role`, `step_due`, `part`, `parts`; of a playbook that isn't in force
    by its first edition, as when it is put to work. Work without a playbook is one step of its own. `frame`: the facts, for the region and for steps of some accounts only."""
    names = _only(pack)
    facts = frame.select(
        ACCOUNT,
        *(
            pl.col(name).cast(pl.String) if name in frame.columns else pl.lit(None, pl.String).alias(name)
            for name in ("region", *names)
        ),
    )
    cal = pl.col("region").fill_null(calendars.DEFAULT).alias("cal")
    only = (pl.concat_str([pl.col(name).fill_null("") for name in names], separator="|") if names else pl.lit("")).alias("only")
    rows = found.select(_PLANNED).join(facts, on=ACCOUNT, how="left", maintain_order="left").with_columns(cal, only)
    wanted = rows.filter(pl.col("playbook") != "").select("playbook", "start", "cal", "only").unique(maintain_order=True)
    told = pl.DataFrame([line for row in wanted.iter_rows() for line in _steps(row, names, pack, as_of)], _STEPS, orient="row")
    rows = rows.join(told, on=["playbook", "start", "cal", "only"], how="left", maintain_order="left")
    due = pl.coalesce("step_day", "due_date").alias("step_due")
    filled = (pl.coalesce("step", "title").alias("step"), pl.coalesce("step_role", "owner_role").alias("step_role"), due)
    return rows.with_columns(*filled, pl.col("part").fill_null(1), pl.col("parts").fill_null(1)).drop(
        "step_day", "region", *names
    )


def _only(pack: Pack) -> list[str]:
    """The facts by which steps are for some accounts only."""
    steps = (step for book in pack.playbooks.values() for edition in book.editions for step in edition.steps)
    return sorted({name for step in steps for name, _ in step.only})


def _steps(wanted: tuple[Any, ...], names: list[str], pack: Pack, as_of: date) -> Iterator[tuple[Any, ...]]:
    """The steps of one playbook, start, calendar and words of the facts ``names``: rows of ``_STEPS``."""
    key, start, region, only = wanted
    facts = {name: word for name, word in zip(names, only.split("|"), strict=True) if word} if names else {}
    edition = _edition(key, pack, as_of)
    if edition is None:
        return
    chosen = pack.choose.get(key)
    cal = calendars.of(pack, region)
    found = playbooks.steps(pack.playbook(key), start, cal, as_of=edition.start, chosen=chosen, facts=facts)
    for number, step in enumerate(found, 1):
        yield *wanted, step.title, step.owner_role, step.due_date, number, len(found)


def _edition(key: str, pack: Pack, as_of: date) -> PlaybookEdition | None:
    book = pack.playbooks.get(key)
    try:
        return book.on(as_of, pack.choose.get(key)) if book else None
    except RuleError:
        return book.editions[0] if book else None
