"""Decides: evaluates every rule in force on a day over a whole frame of facts at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache, reduce
from operator import and_, or_

import polars as pl

from tenure.rules import tables
from tenure.rules.errors import FactsError
from tenure.rules.facts import Fact
from tenure.rules.packs import Pack
from tenure.rules.parts import InForce, Row
from tenure.rules.tables import Table

ACCOUNT, ROW = "account", "row"
FEW = 1000  # rows for which optimising a query, or streaming it, costs more than it saves


@dataclass(frozen=True, eq=False)
class Program:
    """The compiled rules of one day. `levels` are evaluated in turn: a table reads facts and outcomes of earlier
    levels only. `facts` are the columns that all of them read."""

    pack: Pack
    levels: tuple[tuple[Table, ...], ...]
    facts: tuple[str, ...]

    @cached_property
    def tables(self) -> dict[str, Table]:
        """Rule name -> its compiled table, in the order of evaluation."""
        return {table.name: table for level in self.levels for table in level}


def program(pack: Pack, as_of: date, rules: Iterable[str] | None = None) -> Program:
    """The rules in force on `as_of` (or only `rules` and what they read), compiled once per edition set.
    Raises UnknownName, NotYetInForce or Ended for a name in `rules`."""
    in_force = pack.in_force(as_of)
    if rules is None:
        return _program(pack, tuple(in_force.values()))
    wanted: dict[str, InForce] = {}
    open_names = list(rules)
    for name in open_names:
        if name not in in_force:
            pack.edition(name, as_of)
    while open_names:
        name = open_names.pop()
        if name in in_force and name not in wanted:
            wanted[name] = in_force[name]
            open_names += [pack.facts[fact].rule for fact in wanted[name].facts]
    return _program(pack, tuple(item for name, item in in_force.items() if name in wanted))


def decide(frame: pl.DataFrame, pack: Pack, as_of: date, rules: Iterable[str] | None = None) -> pl.DataFrame:
    """Decide all rules in force on `as_of`, or only `rules`, for every row of a fact frame (see `frames.frame`).

    Returns, in the frame's order, `account` (or `row`, counted from 1, when the frame has none), and per rule
    `<rule>` with the outcome (an Enum in the pack's order, or the output's type; null = undecided, or no row of the
    table holds) and `<rule>.<output>` for further outputs; a rule with hit policy `collect` gives lists. Money is in
    minor units. Where the frame gives an outcome as a fact (non-null), that value stands, for later rules too.
    Facts that the frame lacks are missing. Raises FactsError for a column of the wrong type, and UnknownName,
    NotYetInForce or Ended for a name in `rules`."""
    names = None if rules is None else list(rules)
    compiled = program(pack, as_of, names)
    lazy = with_decisions(conform(frame, pack).lazy(), compiled, set(frame.columns))
    shown = [name for name in compiled.tables if names is None or name in names]
    columns = [pl.col(ACCOUNT) if ACCOUNT in frame.columns else pl.int_range(1, pl.len() + 1, dtype=pl.UInt32).alias(ROW)]
    for name in shown:
        table = compiled.tables[name]
        shown_as = [name, *(f"{name}.{output.name}" for output in table.in_force.rule.outputs[1:])]
        columns += [pl.col(column).alias(alias) for column, alias in zip(decision_columns(table), shown_as, strict=True)]
    return collected(lazy.select(columns), frame.height)


def missing(frame: pl.DataFrame, pack: Pack, as_of: date, rule: str) -> pl.DataFrame:
    """Which facts are missing, for the rows of `frame` that `rule` leaves undecided only: `account` (if the frame has
    it), `row` (counted from 1) and `missing`, the names of the facts asked for in vain (empty = the facts are there,
    but no row of the table holds)."""
    compiled = program(pack, as_of, [rule])
    table = compiled.tables[rule]
    lazy = with_decisions(conform(frame, pack).lazy(), compiled, set(frame.columns))
    flags = missing_flags(table, pack)
    names = pl.concat_list([pl.when(flag).then(pl.lit(name)) for name, flag in flags.items()] or [pl.lit(None, pl.String)])
    lazy = lazy.with_columns(
        pl.int_range(1, pl.len() + 1, dtype=pl.UInt32).alias("#row"), names.list.drop_nulls().alias("#missing")
    )
    lazy = lazy.filter(pl.col(decision_columns(table)[0]).is_null())
    account = [pl.col(ACCOUNT)] if ACCOUNT in frame.columns else []
    return collected(lazy.select(*account, pl.col("#row").alias(ROW), pl.col("#missing").alias("missing")), frame.height)


def missing_flags(table: Table, pack: Pack) -> dict[str, pl.Expr]:
    """Per fact of a table: does an unknown row (for `first`: one before the first true one) ask for it in vain."""
    flags: dict[str, list[pl.Expr]] = {}
    before: list[pl.Expr] = []
    first = table.in_force.edition.hit == "first"
    for row, condition in zip(table.in_force.rows, table.rows, strict=True):
        unknown = condition.is_null()
        open_row = unknown & ~reduce(or_, before) if before and first else unknown
        before.append(condition.fill_null(False))
        for name, asked in _asked(row, pack).items():
            flags.setdefault(name, []).append(open_row & asked)
    return {name: reduce(or_, parts) for name, parts in flags.items()}


def _asked(row: Row, pack: Pack) -> dict[str, pl.Expr]:
    """Per fact of a row: missing, where a cell that could still count asks for it."""
    found: dict[str, list[pl.Expr]] = {}
    for group in (row.when, *row.any):
        alive = tables.group_condition(group, pack.facts).is_null() if group is not row.when else pl.lit(True)
        for cell in group:
            unknown = tables.check(cell, pack.facts[cell.fact]).is_null()
            found.setdefault(cell.fact, []).append(and_(alive, unknown))
    return {name: reduce(or_, parts) for name, parts in found.items()}


def collected(lazy: pl.LazyFrame, rows: int) -> pl.DataFrame:
    """The result of a query over so many rows."""
    return lazy.collect(optimizations=pl.QueryOptFlags.none(), engine="in-memory") if rows < FEW else lazy.collect()


def all_collected(lazy: Iterable[pl.LazyFrame], rows: int) -> list[pl.DataFrame]:
    """The results of queries over so many rows each, which there is nothing to optimise in."""
    return pl.collect_all(lazy, optimizations=pl.QueryOptFlags.none(), engine="in-memory" if rows < FEW else "auto")


# --- the steps, shared with explanations


def decision_columns(table: Table) -> list[str]:
    """The columns of a rule's outputs: the outcome's is the fact of that name (`=rule` for a list, which is no fact),
    then the working columns `=rule.output`."""
    first, *others = table.in_force.rule.outputs
    return [f"={table.name}" if table.collects else first.name, *(f"={table.name}.{output.name}" for output in others)]


def with_decisions(lazy: pl.LazyFrame, compiled: Program, given: set[str]) -> pl.LazyFrame:
    """Add to a fact frame (whose own columns are `given`) the working columns of every decision, and the outcomes as
    facts: a given value wins where it is not null."""
    for step in _steps(compiled, frozenset(given)):
        lazy = lazy.with_columns(step)
    return lazy


@lru_cache(maxsize=256)
def _steps(compiled: Program, given: frozenset[str]) -> tuple[tuple[pl.Expr, ...], ...]:
    """The columns to add one after another: made once per program and kind of frame."""
    facts = compiled.pack.facts
    absent = [name for name in compiled.facts if name not in given]
    steps = [tuple(pl.lit(None, dtype=tables.dtype(facts[name])).alias(name) for name in absent)]
    for level in compiled.levels:
        steps.append(tuple(row for table in level for row in table.rows))
        steps.append(tuple(table.result.alias(tables.result_column(table.name)) for table in level))
        steps.append(tuple(column for table in level for column in _decided(table, given)))
    return tuple(steps)


def _decided(table: Table, given: frozenset[str]) -> list[pl.Expr]:
    """The output columns. Where another outcome is given, the further outputs of the table do not hold."""
    outcome = table.in_force.rule.outcome.name
    (_, first), *others = table.outputs
    into, *names = decision_columns(table)
    columns = [expression.alias(name) for name, (_, expression) in zip(names, others, strict=True)]
    if outcome not in given or table.collects:
        return [first.alias(into), *columns]
    fact = pl.col(outcome)
    agrees = fact.is_null() | fact.eq_missing(first)
    kept = [pl.when(agrees).then(column).alias(column.meta.output_name()) for column in columns]
    return [pl.coalesce(fact, first).alias(into), *kept]


@lru_cache(maxsize=256)
def _program(pack: Pack, in_force: tuple[InForce, ...]) -> Program:
    rest = {item.rule.name: item for item in in_force}
    levels = []
    while rest:
        ready = [name for name, item in rest.items() if not any(pack.facts[fact].rule in rest for fact in item.facts)]
        levels.append(tuple(tables.compile_table(rest.pop(name), pack.facts) for name in ready))
    facts = dict.fromkeys(fact for item in in_force for fact in item.facts)
    return Program(pack, tuple(levels), tuple(facts))


# --- the frame that comes in


def conform(frame: pl.DataFrame, pack: Pack) -> pl.DataFrame:
    """The frame with every fact column in the catalogue's type. Words given as text, or in another pack's order,
    are taken over; anything that would lose something is refused with FactsError."""
    casts = []
    for name, found in frame.schema.items():
        fact = pack.facts.get(name)
        if fact is None or name == ACCOUNT:
            continue
        wanted = tables.dtype(fact)
        if found.is_float() and frame[name].is_nan().any():
            raise FactsError(f"the column '{name}' holds NaN; leave a missing number null")
        if found != wanted:
            casts.append(_cast(frame[name], fact, wanted))
    return frame.with_columns(casts) if casts else frame


def _cast(column: pl.Series, fact: Fact, wanted: pl.DataType) -> pl.Series:
    allowed = (
        column.dtype == pl.Null
        or (isinstance(wanted, pl.Enum) and column.dtype in (pl.String, pl.Categorical, pl.Enum))
        or (wanted == pl.Int64 and column.dtype.is_integer())
        or (wanted == pl.Float64 and column.dtype.is_numeric())
    )
    if not allowed:
        raise FactsError(f"the column '{fact.name}' is {column.dtype}; a fact of type {fact.type} is {wanted}")
    try:
        text = column.cast(pl.String) if isinstance(wanted, pl.Enum) else column
        return text.cast(wanted)
    except pl.exceptions.PolarsError as error:
        raise FactsError(f"the column '{fact.name}' holds a value that is not a {fact.type} of this pack: {error}") from error
