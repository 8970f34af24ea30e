"""Why something falls due for one account, or does not: the same expressions as for all of them, on one row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, Literal, NamedTuple

import polars as pl

from tenure.rules import duedates, tables, workwording
from tenure.rules.calendars import add_months
from tenure.rules.cells import Cell, human, major, show
from tenure.rules.engine import ACCOUNT, collected
from tenure.rules.errors import Ended, FactsError, NotYetInForce
from tenure.rules.explain import Check
from tenure.rules.frames import typed
from tenure.rules.packs import Pack
from tenure.rules.parts import Row
from tenure.rules.timing import Span, occasions, years
from tenure.rules.work import Running, ScheduleRow

Status = Literal["due", "later", "closed", "lapsed", "not_here", "undecided", "no_anchor", "not_in_force"]
AHEAD = 12  # months looked ahead for what comes later


class Planned(NamedTuple):
    """One occasion of a schedule for one account."""

    occasion: str
    natural_key: str
    anchor: str
    anchor_day: date | None
    start: date
    raise_on: date
    due_date: date
    lapses_on: date | None
    title: str
    owner_role: str
    projected: bool


@dataclass(frozen=True)
class Why:
    """One schedule for one account on a day. `planned`: what is to be there now (status due) or comes within a year (later), soonest
    first; what follows from it only with `until`. `row` is the row that holds (0 = none), `missing` the facts asked for in vain, `checks` every cell up to the row that holds."""

    schedule: str
    title: str
    as_of: date
    status: Status
    planned: tuple[Planned, ...]
    row: int
    missing: tuple[str, ...]
    checks: tuple[Check, ...]
    edition: date | None
    source: str
    note: str
    message: str

    @property
    def now(self) -> tuple[Planned, ...]:
        """What is to be there on the day."""
        return tuple(item for item in self.planned if item.raise_on <= self.as_of and not item.projected)

    def sentence(self) -> str:
        """In plain words, on one line."""
        return self.message


def explain(
    facts: Mapping[str, Any], pack: Pack, as_of: date, schedules: Iterable[str] | None = None, *, until: date | None = None
) -> dict[str, Why]:
    """Every schedule (or some) for one account. `facts`: plain values by name, money in major units. Raises UnknownName for a schedule
    that does not exist, FactsError for a fact that cannot be read."""
    frame, errors = typed([{ACCOUNT: "account", **facts}], pack)
    if errors:
        raise FactsError(f"{errors[0].column}: {errors[0].message}")
    return explained(frame, pack, as_of, schedules, until=until)


def explained(
    frame: pl.DataFrame, pack: Pack, as_of: date, schedules: Iterable[str] | None = None, *, until: date | None = None
) -> dict[str, Why]:
    """The same for the one account of a fact frame (money in minor units)."""
    names = list(pack.schedules) if schedules is None else [pack.schedule(name).key for name in schedules]
    in_force = pack.running(as_of)
    running = [in_force[name] for name in names if name in in_force]
    wide = duedates.ready(frame.head(1), pack, as_of, running)
    span = Span(
        as_of, until or add_months(as_of, AHEAD), pack.calendars, pack.handbook.fiscal_year_start, project=until is not None
    )
    return {name: _one(in_force[name], wide, span, pack) if name in in_force else _absent(pack, name, as_of) for name in names}


def _absent(pack: Pack, name: str, as_of: date) -> Why:
    schedule = pack.schedules[name]
    try:
        pack.schedule_on(name, as_of)
        message = ""
    except (NotYetInForce, Ended) as error:
        message = error.message
    return Why(name, schedule.title, as_of, "not_in_force", (), 0, (), (), None, schedule.source, schedule.note, message)


def _one(item: Running, wide: pl.DataFrame, span: Span, pack: Pack) -> Why:
    schedule, edition = item.schedule, item.edition
    asked = _asked(item, pack)
    cells = wide.select(asked.columns).row(0, named=True)
    row = next((row for row in edition.rows if cells.get(f"#{row.number}")), None)
    missing = tuple(cells["#missing"])
    planned: tuple[Planned, ...] = ()
    if row is None:
        status: Status = "undecided" if missing else "not_here"
    elif row.timing is None:
        status = "not_here"
    elif missing:
        status = "no_anchor"
    else:
        status, planned = _planned(item, row, wide, span, pack)
    row = _shown(item, row, cells)
    note = (row.note if row else "") or edition.note
    source = (row.source if row else "") or edition.source or schedule.source
    return Why(
        schedule.key, schedule.title, span.as_of, status, planned, row.number if row else 0, missing,
        tuple(_checks(item, row, asked, cells, pack)), edition.start, source, note, _message(status, planned, row, missing, pack),
    )  # fmt: skip


def _shown(item: Running, row: ScheduleRow | None, cells: Mapping[str, Any]) -> ScheduleRow | None:
    """Rows that give the same stand for each other; to people the one is shown whose own cells hold, if any does."""
    own = (draft.number for draft in item.rows.rows if row and draft.then[0] == row.number and cells[f"?{draft.number}"])
    number = next(own, None)
    return next((other for other in item.edition.rows if other.number == number), row)


@dataclass(frozen=True, eq=False)
class _Asked:
    """The columns that tell all about one running schedule: which row holds, what is missing, and every cell; and of each cell its row,
    the number of its group, the cell, and the names of the columns that say whether it and its group hold."""

    columns: tuple[pl.Expr, ...]
    cells: tuple[tuple[Row, int, Cell, str, str], ...]


@lru_cache(maxsize=512)
def _asked(item: Running, pack: Pack) -> _Asked:
    columns = [holds.fill_null(False).alias(f"#{row.number}") for row, holds in duedates.rows_of(item, pack)]
    columns.append(duedates.missing_facts(item, pack).alias("#missing"))
    columns += [pl.col(name) for name in dict.fromkeys(item.rows.facts)]
    cells = []
    for row in item.rows.rows:
        truth = f"?{row.number}"
        columns.append(tables.row_condition(row, pack.facts).alias(truth))
        for number, group in enumerate((row.when, *row.any)):
            alive = f"{truth}.{number}"
            columns.append(tables.group_condition(group, pack.facts).alias(alive))
            for i, cell in enumerate(group):
                columns.append(tables.check(cell, pack.facts[cell.fact]).alias(f"{alive}.{i}"))
                cells.append((row, number, cell, f"{alive}.{i}", alive))
    return _Asked(tuple(columns), tuple(cells))


def _planned(item: Running, row: ScheduleRow, wide: pl.DataFrame, span: Span, pack: Pack) -> tuple[Status, tuple[Planned, ...]]:
    if row.timing is None or row.cta is None:
        return "not_here", ()
    mine = wide.select(duedates.needed(item, row, row.timing))
    columns = [duedates.still_open(item).alias("#open"), *duedates.told(item, row, row.timing, row.cta, pack)]
    around = years((mine[name] for name in row.timing.anchors), row.timing, span)
    found = occasions(mine.lazy(), row.timing, span, around).with_columns(columns).select("#open", *Planned._fields)
    every = collected(found, mine.height).rows()
    planned = sorted((Planned(*values) for is_open, *values in every if is_open), key=lambda one: (one.due_date, one.occasion))
    now = [one for one in planned if one.raise_on <= span.as_of and not one.projected]
    if now or planned:
        return "due" if now else "later", tuple(planned)
    return ("closed" if every else "lapsed"), ()


def _message(status: Status, planned: tuple[Planned, ...], row: ScheduleRow | None, missing: tuple[str, ...], pack: Pack) -> str:
    labels = [pack.facts[name].label or name for name in missing]
    if status == "undecided":
        return f"Undecided, because {' and '.join(labels)} {'is' if len(labels) == 1 else 'are'} missing."
    if status == "no_anchor":
        return f"Nothing is due, because no date is known of {' or '.join(workwording.event(name, pack) for name in missing)}."
    if status == "not_here":
        return f"Nothing is due here: {row.note}" if row and row.note else "Nothing is due: no row of the schedule holds."
    if status == "closed":
        return "Nothing is due: it was done or is not needed any more."
    if status == "lapsed":
        return "Nothing is due: it is over, or lies more than a year ahead."
    first = planned[0]
    said = f"{first.title}: due on {_day(first.due_date)}"
    since = f", counted from {workwording.event(first.anchor, pack)} ({_day(first.anchor_day)})" if first.anchor else ""
    return f"{said}{since}." if status == "due" else f"{said}{since}; appears on {_day(first.raise_on)}."


def _day(day: date | None) -> str:
    return f"{day.day} {day:%B %Y}" if day else ""


def _checks(item: Running, held: ScheduleRow | None, asked: _Asked, cells: Mapping[str, Any], pack: Pack) -> Iterator[Check]:
    """Every cell of the rows up to the one that holds."""
    last = next((row.number for row in item.rows.rows if cells[f"?{row.number}"]), len(item.rows.rows))
    for row, number, cell, name, alive in asked.cells:
        if row.number > last:
            return
        fact, test = pack.facts[cell.fact], cell.test
        value, passed = cells[fact.name], cells[name]
        here = held is not None and held.number == row.number and passed is True and cells[alive] is True
        plain = major(value, pack.digits) if fact.type == "money" and value is not None else value
        yield Check(
            row.number, number, fact.name, fact.label or fact.name, plain, show(value, fact, pack.digits),
            human(test, fact, pack.digits), test.text, passed, here or (held is None and passed is None), test.ref,
        )  # fmt: skip
