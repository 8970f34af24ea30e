"""A finite grid of facts that stands for all: the boundaries of a table's cells, just below and just above them,
every word, and missing. Between two boundaries every cell answers alike, so what holds on the grid holds everywhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import prod
from typing import Any

import polars as pl

from tenure.rules import tables
from tenure.rules.cells import Cell
from tenure.rules.facts import NUMBERS, WORDS, Fact
from tenure.rules.packs import Pack
from tenure.rules.tables import Table

CAP = 200_000
OTHER_TEXT = "(something else)"


@dataclass(frozen=True, eq=False)
class Grid:
    """`frame`: one row per point, one column per fact, with `?rule.n` (does row n hold) and `#rule` (the result)
    already evaluated. `complete` is False when the full product was too big and only every n-th point is there."""

    table: Table
    frame: pl.DataFrame
    axes: Mapping[str, Sequence[Any]]
    complete: bool


def build(table: Table, pack: Pack, fastest: str | None = None, with_missing: bool = True) -> Grid:
    """The grid of a table. `fastest`: the fact that varies first, all its points together."""
    names = [name for name in table.in_force.facts if name != fastest]
    axes = {name: points(table, pack.facts[name], pack.digits, with_missing) for name in names}
    inner = points(table, pack.facts[fastest], pack.digits, False) if fastest else [None]
    size = prod(len(axis) for axis in axes.values())
    most = max(CAP // len(inner), 1)
    step = -(-size // most)
    index = pl.int_range(0, -(-size // step) * len(inner), eager=True)
    columns = [] if fastest is None else [_axis(pack.facts[fastest], inner, index % len(inner))]
    outer, width = (index // len(inner)) * step, 1
    for name, axis in axes.items():
        columns.append(_axis(pack.facts[name], axis, (outer // width) % len(axis)))
        width *= len(axis)
    frame = pl.DataFrame([index.alias("#index"), *columns])
    frame = frame.lazy().with_columns(table.rows).with_columns(table.result.alias(tables.result_column(table.name))).collect()
    return Grid(table, frame, {**axes, **({fastest: inner} if fastest else {})}, step == 1)


def points(table: Table, fact: Fact, digits: int, with_missing: bool) -> list[Any]:
    """The values of a fact that matter to a table, in order; neighbours that no cell tells apart are merged. Missing
    (None) comes last."""
    cells = [cell for row in table.in_force.rows for cell in row.cells if cell.fact == fact.name]
    values = _candidates(cells, fact, digits)
    frame = pl.DataFrame({fact.name: pl.Series(values, dtype=tables.dtype(fact))})
    answers = frame.select(tables.check(cell, fact).alias(str(i)) for i, cell in enumerate(cells)).rows() or [()] * len(values)
    kept = [value for i, value in enumerate(values) if i == 0 or answers[i] != answers[i - 1]]
    return [*kept, None] if with_missing else kept


def facts_of(grid: Grid, point: int, pack: Pack) -> dict[str, Any]:
    """One point as typed facts (money in minor units), in the order of the table."""
    row = grid.frame.row(point, named=True)
    return {name: row[name] for name in grid.table.in_force.facts}


def _axis(fact: Fact, axis: Sequence[Any], positions: pl.Series) -> pl.Series:
    return pl.Series(axis, dtype=tables.dtype(fact)).gather(positions).alias(fact.name)


def _candidates(cells: Sequence[Cell], fact: Fact, digits: int) -> list[Any]:
    operands = [value for cell in cells for value in cell.test.operands]
    if fact.type in WORDS:
        return list(fact.words)
    if fact.type == "bool":
        return [False, True]
    if fact.type == "text":
        return [*sorted({str(value) for value in operands}), OTHER_TEXT]
    near = {value for edge in operands for value in _near(edge, fact)} or {_any_value(fact)}
    if fact.type in NUMBERS and fact.minimum is not None:
        least = fact.minimum * (10**digits if fact.type == "money" else 1)
        near = {value for value in near if value >= least} or {least}
    return sorted(near)


def _near(edge: Any, fact: Fact) -> tuple[Any, Any, Any]:
    if isinstance(edge, date):
        return edge - timedelta(days=1), edge, edge + timedelta(days=1)
    step = max(abs(edge), 1) * 1e-9 if fact.type == "float" else 1
    return edge - step, edge, edge + step


def _any_value(fact: Fact) -> Any:
    return date(2020, 1, 1) if fact.type == "date" else 0
