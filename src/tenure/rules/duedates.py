"""The engine of schedules: see `schedules`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache, reduce
from operator import or_
from string import Formatter
from typing import Any

import polars as pl

from tenure.rules import engine, tables, wording
from tenure.rules.engine import ACCOUNT
from tenure.rules.facts import Fact
from tenure.rules.packs import Pack
from tenure.rules.parts import Row
from tenure.rules.tables import Table
from tenure.rules.timing import FROM, Span, occasions, years
from tenure.rules.work import DONE, Closer, Cta, Running, ScheduleRow, Timing
from tenure.rules.workbuilding import FIELDS

COLUMNS: dict[str, Any] = {
    "account": None, "schedule": pl.String, "edition": pl.Date, "row": pl.Int16, "occasion": pl.String, "anchor": pl.String,
    "anchor_day": pl.Date, "start": pl.Date, "offset": pl.String, "due_date": pl.Date, "raise_on": pl.Date, "lapses_on": pl.Date,
    "projected": pl.Boolean, "fixed": pl.Boolean, "one_open": pl.Boolean, "natural_key": pl.String, "type": pl.String,
    "reason": pl.String, "title": pl.String, "note": pl.String, "priority": pl.Int8, "owner_role": pl.String,
    "playbook": pl.String, "source": pl.String,
}  # fmt: skip
MISSING = "–"


@dataclass(frozen=True, eq=False)
class Ready:
    """Accounts with all that schedules ask of them on a day, worked out once for `due`, `settled` and `waiting`."""

    wide: pl.DataFrame
    pack: Pack
    as_of: date
    running: tuple[Running, ...]


def prepare(frame: pl.DataFrame, pack: Pack, as_of: date, schedules: Iterable[str] | None = None) -> Ready:
    """What `due` and `settled` can be asked with instead of a frame. Raises as `due` does."""
    running = tuple(_chosen(pack, as_of, schedules))
    return Ready(ready(frame, pack, as_of, running), pack, as_of, running)


def due(
    frame: pl.DataFrame, pack: Pack, as_of: date, until: date | None = None, schedules: Iterable[str] | None = None
) -> pl.DataFrame:
    """What is to be raised by `as_of`, or, with `until`, by that later day too; of all schedules in force, or some.

    `frame`: facts, one row per account, with `account`; outcomes of rules that schedules read are decided here where the frame doesn't
    give them. The columns are `COLUMNS`:

    `anchor` and `anchor_day`: the fact that it counts from, and its day (of a calendar schedule: the day itself). `start`: the day
    that the row's timing gives, day 0 of its playbook. `occasion` tells apart what is due more than once; `natural_key` is
    `schedule:account:occasion`. `raise_on`: when it is to appear; `lapses_on`: the last day on which it is still worth raising (null = always).
    `projected`: assumes that what comes before it is done in time, so it is for looking ahead and isn't raised. `fixed`: its dates are
    those of the day on which it was first raised and must not be moved. `one_open`: not to be raised while another of the same
    schedule and account is open. `playbook` is blank for none.

    Undecided accounts (a fact is missing) and those without an anchor have no rows: see `waiting`. In order of schedule, account, due
    date. Raises FactsError for a column of the wrong type, UnknownName for a schedule that does not exist."""
    return due_of(prepare(frame, pack, as_of, schedules), until)


def due_of(found: Ready, until: date | None = None, closed: pl.DataFrame | None = None, *, project: bool = True) -> pl.DataFrame:
    """`due` of accounts that are ready; without `project` nothing that assumes that what comes before it is done.

    `closed` (`account`, `schedule`, `day`): work of an `every` row that was closed on that day though the anchor had not moved. The
    next one counts from there: closed without the thing being done, it would never come again."""
    pack, wide = found.pack, found.wide
    span = Span(found.as_of, max(until or found.as_of, found.as_of), pack.calendars, pack.handbook.fiscal_year_start, project)
    lazy = [part for item in found.running for part in _due(item, wide, span, pack, closed)]
    parts = engine.all_collected(lazy, wide.height)
    empty = pl.DataFrame(schema=COLUMNS | {"account": wide.schema[ACCOUNT]})
    order = {item.schedule.key: i for i, item in enumerate(found.running)}
    rank = pl.col("schedule").replace_strict(order, return_dtype=pl.Int32, default=0)
    return pl.concat([empty, *parts]).sort(rank, ACCOUNT, "due_date", "occasion", maintain_order=True)


def anchors(found: Ready) -> pl.DataFrame:
    """`account`, `schedule`, `now`: the day from which each schedule that hangs on a fact counts for an account; `waits`: it is one that
    moves when the thing is done, which has never been done yet, or one of which one at a time is open, which follows its anchor."""
    wide = found.wide
    parts = [pl.LazyFrame(schema={ACCOUNT: wide.schema[ACCOUNT], "schedule": pl.String, "now": pl.Date, "waits": pl.Boolean})]
    for item in found.running:
        for row, holds in rows_with(item, wide, found.pack):
            if row.timing and row.timing.kind in ("at", "every"):
                key = pl.lit(item.schedule.key).alias("schedule")
                never = pl.col(row.timing.anchors[0]).is_null()
                waits = never if row.timing.kind == "every" else pl.lit(row.timing.one_open)
                now = pl.coalesce(row.timing.anchors).alias("now")
                mine = wide.lazy().select(ACCOUNT, holds.alias("#holds"), key, now, waits.alias("waits"))
                parts.append(mine.filter(pl.col("#holds")).drop("#holds"))
    return pl.concat(engine.all_collected(parts, wide.height)).drop_nulls("now")


def settled(work: pl.DataFrame, frame: pl.DataFrame, pack: Pack, as_of: date) -> pl.DataFrame:
    """Which open work is over: `natural_key`, `account`, `schedule`, `status` (a key of ctas.yaml), `because` (words).

    `work`: what is open, with `natural_key`, `account`, `schedule`, `anchor_day` and `raise_on` as `due` gave them. It is over when one
    of the schedule's `closes` holds, when the thing was done (the anchor of an `every` row has moved on), or when the account has left all
    rows and the schedule says what then (`stops_as`). Undecided work stays open."""
    names = [name for name in work["schedule"].unique(maintain_order=True) if name in pack.schedules]
    return settled_of(prepare(frame, pack, as_of, names), work)


def settled_of(found: Ready, work: pl.DataFrame) -> pl.DataFrame:
    """`settled` of accounts that are ready."""
    pack, wide = found.pack, found.wide
    parts = [pl.LazyFrame(schema={"natural_key": pl.String, "account": wide.schema[ACCOUNT], "schedule": pl.String,
                                  "status": pl.String, "because": pl.String})]  # fmt: skip
    names = set(work["schedule"].unique())
    for item in (item for item in found.running if item.schedule.key in names):
        mine = (
            work.lazy()
            .filter(pl.col("schedule") == item.schedule.key)
            .select("natural_key", ACCOUNT, "schedule", "anchor_day", "raise_on")
        )
        over, read = _over(item, pack)
        joined = mine.join(wide.lazy().select(ACCOUNT, *read), on=ACCOUNT, how="inner", maintain_order="left")
        over_now = joined.with_columns(over).filter(pl.col("status").is_not_null())
        parts.append(over_now.select("natural_key", ACCOUNT, "schedule", "status", "because"))
    return pl.concat(engine.all_collected(parts, wide.height))


def waiting(frame: pl.DataFrame, pack: Pack, as_of: date, schedules: Iterable[str] | None = None) -> pl.DataFrame:
    """Accounts for which a schedule cannot tell: `account`, `schedule`, `missing` (the facts it misses: those of its cells, or, where
    a row holds, the anchors of which none is known)."""
    running = _chosen(pack, as_of, schedules)
    wide = ready(frame, pack, as_of, running)
    parts = [pl.DataFrame(schema={"account": wide.schema[ACCOUNT], "schedule": pl.String, "missing": pl.List(pl.String)})]
    for item in running:
        found = wide.with_columns(missing_facts(item, pack).alias("missing")).filter(pl.col("missing").list.len() > 0)
        parts.append(found.select(ACCOUNT, pl.lit(item.schedule.key).alias("schedule"), "missing"))
    return pl.concat(parts)


# --- the frame with all that schedules read


def ready(frame: pl.DataFrame, pack: Pack, as_of: date, running: Iterable[Running]) -> pl.DataFrame:
    """`account`, every fact that the schedules read (outcomes of rules decided), the conditions of their rows and closers and
    `#<schedule>`, the number of the result of the first row that holds (null = undecided, or none)."""
    steps, in_force = _steps(pack, tuple(running)), pack.in_force(as_of)
    program = engine.program(
        pack, as_of, dict.fromkeys(rule for name in steps.facts if (rule := pack.facts[name].rule) in in_force)
    )
    lazy = engine.with_decisions(engine.conform(frame, pack).lazy(), program, set(frame.columns))
    decided = (name for table in program.tables.values() for name in engine.decision_columns(table))
    there = {*frame.columns, *program.facts, *decided}
    absent = [pl.lit(None, dtype=tables.dtype(pack.facts[name])).alias(name) for name in steps.facts if name not in there]
    lazy = lazy.with_columns(absent).with_columns(steps.rows).with_columns(steps.results).with_columns(steps.closers)
    return engine.collected(lazy.select(ACCOUNT, *steps.facts, *steps.own), frame.height)


@dataclass(frozen=True, eq=False)
class _Steps:
    """What `ready` adds to a frame for some schedules: `own` are the names of all that isn't a fact."""

    facts: tuple[str, ...]
    rows: tuple[pl.Expr, ...]
    results: tuple[pl.Expr, ...]
    closers: tuple[pl.Expr, ...]
    own: tuple[str, ...]


@lru_cache(maxsize=64)
def _steps(pack: Pack, running: tuple[Running, ...]) -> _Steps:
    found = [compiled(item, pack) for item in running]
    rows = tuple(row for table in found for row in table.rows)
    results = tuple(table.result.alias(tables.result_column(table.name)) for table in found)
    closers = tuple(expression for item in running for expression in closing(item, pack))
    own = tuple(expression.meta.output_name() for expression in (*rows, *closers, *results))
    return _Steps(tuple(facts(pack, running)), rows, results, closers, own)


def facts(pack: Pack, running: Iterable[Running]) -> list[str]:
    """The names of the facts that schedules read: cells, anchors, fields of titles, and the region for its calendar."""
    names: dict[str, None] = {"region": None}
    for item in running:
        names |= dict.fromkeys((*item.rows.facts, *item.closing.facts, *item.edition.dates))
        names |= dict.fromkeys(name for row in item.edition.rows for name in _fields(row))
    return [name for name in names if name in pack.facts and name != ACCOUNT]


@lru_cache(maxsize=1024)
def compiled(item: Running, pack: Pack) -> Table:
    """The rows of a running schedule as expressions."""
    return tables.compile_table(item.rows, pack.facts)


def closing(item: Running, pack: Pack) -> list[pl.Expr]:
    """One expression per closer: does it hold, by its cells alone (true, false or unknown)."""
    return [
        tables.row_condition(row, pack.facts).alias(tables.row_column(item.closing.rule.name, row)) for row in item.closing.rows
    ]


def _chosen(pack: Pack, as_of: date, schedules: Iterable[str] | None) -> list[Running]:
    in_force = pack.running(as_of)
    if schedules is None:
        return list(in_force.values())
    names = {pack.schedule(name).key for name in schedules}
    return [item for key, item in in_force.items() if key in names]


# --- one schedule


def _due(item: Running, wide: pl.DataFrame, span: Span, pack: Pack, closed: pl.DataFrame | None) -> Iterator[pl.LazyFrame]:
    for row, holds in rows_with(item, wide, pack):
        if row.timing and row.cta:
            mine = wide.lazy().select(*needed(item, row, row.timing), holds.alias("#holds")).filter(pl.col("#holds"))
            later = closed is not None and row.timing.kind == "every"
            if closed is not None and later:
                days = closed.lazy().filter(pl.col("schedule") == item.schedule.key).select(ACCOUNT, pl.col("day").alias(FROM))
                mine = mine.join(days, on=ACCOUNT, how="left", maintain_order="left")
            around = years((wide.select(pl.col(name).filter(holds))[name] for name in row.timing.anchors), row.timing, span)
            found = occasions(mine, row.timing, span, around, later=later).filter(still_open(item))
            yield found.with_columns(told(item, row, row.timing, row.cta, pack)).select(list(COLUMNS))


@lru_cache(maxsize=1024)
def still_open(item: Running) -> pl.Expr:
    """Whether none of the closers has settled it already."""
    return ~reduce(or_, _closed(item)) if item.closing.rows else pl.lit(True)


def _closed(item: Running) -> list[pl.Expr]:
    """Per closer: is work raised on `raise_on` over by it."""
    name = item.closing.rule.name
    conditions = []
    for row, closer in zip(item.closing.rows, item.edition.closers, strict=True):
        holds = pl.col(tables.row_column(name, row)).fill_null(False)
        conditions.append(holds & (pl.col(closer.after) >= pl.col("raise_on")).fill_null(False) if closer.after else holds)
    return conditions


@lru_cache(maxsize=4096)
def told(item: Running, row: ScheduleRow, timing: Timing, cta: Cta, pack: Pack) -> tuple[pl.Expr, ...]:
    """The columns that say what is raised, and by what."""
    key, source = item.schedule.key, row.source or item.edition.source or item.schedule.source
    title = pl.when(pl.col("said") == "").then(_filled(cta.title, pack))
    for text in dict.fromkeys(occasion.title for occasion in timing.occasions if occasion.title):
        title = title.when(pl.col("said") == text).then(_filled(text, pack))  # type: ignore[assignment]
    words = {"schedule": key, "type": cta.type, "reason": cta.reason, "owner_role": cta.owner_role, "playbook": cta.playbook,
             "source": source}  # fmt: skip
    natural = pl.concat_str(pl.lit(f"{key}:"), pl.col(ACCOUNT).cast(pl.String), pl.lit(":"), pl.col("occasion"))
    return (
        *(pl.lit(text).alias(name) for name, text in words.items()),
        title.alias("title"), _filled(cta.note, pack).alias("note"), natural.alias("natural_key"),
        pl.lit(item.edition.start).alias("edition"), pl.lit(row.number, pl.Int16).alias("row"),
        pl.lit(cta.priority, pl.Int8).alias("priority"), pl.lit(timing.kind == "once").alias("fixed"),
        pl.lit(timing.one_open).alias("one_open"),
    )  # fmt: skip


def _filled(text: str, pack: Pack) -> pl.Expr:
    """A text with its `{fields}` filled in."""
    parts: list[pl.Expr] = []
    for literal, name, _, _ in Formatter().parse(text):
        parts += [pl.lit(literal)] if literal else []
        parts += [_field(name, pack)] if name else []
    return pl.concat_str(parts) if parts else pl.lit("")


def _field(name: str, pack: Pack) -> pl.Expr:
    if name == "month":
        return pl.col("anchor_day").dt.strftime("%B %Y")
    fact = pack.facts.get(name, Fact(name, "date"))
    column = pl.col({"day": "anchor_day", "due": "due_date"}.get(name, name))
    if fact.type == "date":
        said = column.dt.strftime("%-d %B %Y")
    elif fact.type == "bool":
        said = pl.when(column).then(pl.lit("yes")).when(~column).then(pl.lit("no"))
    else:
        said = column.cast(pl.String)
    return said.fill_null(MISSING)


def _fields(row: ScheduleRow) -> list[str]:
    texts = (row.cta.title, row.cta.note, *(item.title for item in row.timing.occasions)) if row.cta and row.timing else ()
    return [name for text in texts for _, name, _, _ in Formatter().parse(text) if name]


def needed(item: Running, row: ScheduleRow, timing: Timing) -> list[str]:
    """The columns that one row reads: fewer columns make the filter cheap."""
    closers = (tables.row_column(item.closing.rule.name, draft) for draft in item.closing.rows)
    fields = (name for name in _fields(row) if name not in FIELDS)
    after = (closer.after for closer in item.edition.closers if closer.after)
    return list(dict.fromkeys((ACCOUNT, "region", *timing.anchors, *after, *closers, *fields)))


# --- what is over, what cannot be told


@lru_cache(maxsize=1024)
def _over(item: Running, pack: Pack) -> tuple[tuple[pl.Expr, ...], tuple[str, ...]]:
    """`status` and `because` of open work of a schedule (null = not over), and the columns that they read of its account."""
    status, because = pl.lit(None, pl.String), pl.lit(None, pl.String)
    for condition, row, closer in zip(_closed(item), item.closing.rows, item.edition.closers, strict=True):
        said = row.note or " and ".join(_why(row, closer, pack))
        status = pl.coalesce(status, pl.when(condition).then(pl.lit(closer.status)))
        because = pl.coalesce(because, pl.when(condition).then(pl.lit(said)))
    moved, words = _moved(item, pack)
    status, because = pl.coalesce(status, pl.when(moved).then(pl.lit(DONE))), pl.coalesce(because, pl.when(moved).then(words))
    if item.edition.stops_as:
        left = _left(item, pack)
        status = pl.coalesce(status, pl.when(left).then(pl.lit(item.edition.stops_as)))
        because = pl.coalesce(because, pl.when(left).then(pl.lit("The account no longer meets the conditions")))
    read = {*status.meta.root_names(), *because.meta.root_names()} - {"anchor_day", "raise_on"}
    return (status.alias("status"), because.alias("because")), tuple(sorted(read))


def _why(row: Row, closer: Closer, pack: Pack) -> list[str]:
    said = [wording.condition(row, pack)] if row.cells else []
    return [*said, f"{pack.facts[closer.after].label} since it was raised"] if closer.after else said


def _moved(item: Running, pack: Pack) -> tuple[pl.Expr, pl.Expr]:
    """Whether what an `every` row asks for was done: its first anchor has moved on; the others only say from when the first one counts.
    And the words for it."""
    moved, words = pl.lit(False), pl.lit(None, pl.String)
    for row, holds in rows_of(item, pack):
        if row.timing and row.timing.kind == "every":
            name = row.timing.anchors[0]
            moved = moved | (holds & (pl.col(name) > pl.col("anchor_day"))).fill_null(False)
            said = pl.concat_str(
                pl.lit(f"Done: {pack.facts[name].label.removesuffix(' on')} on "), pl.col(name).dt.strftime("%-d %B %Y")
            )
            words = pl.coalesce(words, pl.when(holds).then(said))
    return moved, words


def _left(item: Running, pack: Pack) -> pl.Expr:
    """Whether the account is in no row, or in one for which nothing is due; not so while a fact is missing."""
    table = compiled(item, pack)
    unknown = reduce(or_, [pl.col(row.meta.output_name()).is_null() for row in table.rows])
    none = pl.col(tables.result_column(table.name)).is_null() & ~unknown
    return reduce(or_, [none, *(holds.fill_null(False) for row, holds in rows_of(item, pack) if row.timing is None)])


@lru_cache(maxsize=1024)
def rows_of(item: Running, pack: Pack) -> tuple[tuple[ScheduleRow, pl.Expr], ...]:
    """Each row that some account can be in, with whether it is."""
    table = compiled(item, pack)
    number = pl.col(tables.result_column(table.name))
    there = [row for row in item.edition.rows if (row.number,) in table.results]
    return tuple((row, number == table.results.index((row.number,))) for row in there)


def rows_with(item: Running, wide: pl.DataFrame, pack: Pack) -> Iterator[tuple[ScheduleRow, pl.Expr]]:
    """Each row that any of the accounts is in, with whether one is."""
    table = compiled(item, pack)
    there = wide.get_column(tables.result_column(table.name))
    numbers = set(there if len(there) < engine.FEW else there.unique())
    for row, holds in rows_of(item, pack):
        if table.results.index((row.number,)) in numbers:
            yield row, holds


def missing_facts(item: Running, pack: Pack) -> pl.Expr:
    """The facts that keep a schedule from telling."""
    table = compiled(item, pack)
    undecided = pl.col(tables.result_column(table.name)).is_null()
    names = [pl.when(undecided & flag).then(pl.lit(name)) for name, flag in engine.missing_flags(table, pack).items()]
    for row, holds in rows_of(item, pack):
        if row.timing and row.timing.anchors:
            none = holds & pl.all_horizontal(pl.col(name).is_null() for name in row.timing.anchors)
            names += [pl.when(none).then(pl.lit(name)) for name in row.timing.anchors]
    return pl.concat_list(names or [pl.lit(None, pl.String)]).list.drop_nulls().list.unique(maintain_order=True)
