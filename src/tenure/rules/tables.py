"""Decision tables -> Polars expressions.

Every comparison is three-valued (true, false, unknown) and stays so through AND and OR; a `when(unknown)` would fall
silently to the next branch, so an undecided row is sent away before its branch. No join, no cut, no row loop.
"""

from __future__ import annotations

import operator
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, reduce
from typing import Any

import polars as pl

from tenure.rules.cells import Cell, Operand
from tenure.rules.facts import Fact
from tenure.rules.parts import InForce, Row

TRUE = pl.lit(True)
_SIMPLE: dict[str, pl.DataType] = {
    "money": pl.Int64(), "int": pl.Int64(), "float": pl.Float64(), "bool": pl.Boolean(), "date": pl.Date(),
    "text": pl.String(),
}  # fmt: skip


def dtype(fact: Fact) -> pl.DataType:
    """The column type of a fact in a frame: money is Int64 minor units, words an Enum in the pack's order."""
    if fact.type in ("category", "ordered"):
        return _enum(fact.words)
    return _SIMPLE[fact.type]


@lru_cache(maxsize=1024)
def _enum(words: tuple[str, ...]) -> pl.DataType:
    return pl.Enum(words)


@dataclass(frozen=True)
class Branch:
    """Rows that lead to one result: their joint condition (three-valued) and the result's number; `certain` if the
    condition is always true. `asks`: the facts without which it may be unknown; `proves`: those that are there where
    it is false."""

    condition: pl.Expr
    result: int
    certain: bool
    asks: frozenset[str] = frozenset()
    proves: frozenset[str] = frozenset()


@dataclass(frozen=True, eq=False)
class Table:
    """One rule on a day, compiled. `results` are the distinct `then`s; `result` gives per account the number of its
    result (UInt16; null = undecided or no row), or, for a hit policy `collect`, the list of them.
    `outputs` read the column `result_column`."""

    in_force: InForce
    results: tuple[tuple[Any, ...], ...]
    result: pl.Expr
    outputs: tuple[tuple[str, pl.Expr], ...]
    rows: tuple[pl.Expr, ...]

    @property
    def name(self) -> str:
        """The rule's name."""
        return self.in_force.rule.name

    @property
    def collects(self) -> bool:
        """Whether the outcome is a list."""
        return self.in_force.edition.hit == "collect"


def compile_table(in_force: InForce, facts: Mapping[str, Fact]) -> Table:
    """Compile a rule as it holds on a day. `facts`: the pack's."""
    name = in_force.rule.name
    rows = tuple(row_condition(row, facts).alias(row_column(name, row)) for row in in_force.rows)
    truths = [pl.col(row_column(name, row)) for row in in_force.rows]
    results = tuple(dict.fromkeys(row.then for row in in_force.rows))
    numbers = [results.index(row.then) for row in in_force.rows]
    branches = [_branch(*item) for item in zip(in_force.rows, truths, numbers, strict=True)]
    policies = {"first": _first, "unique": _unique, "collect": _collect}
    result = policies[in_force.edition.hit](branches)
    outputs = _outputs(in_force, results)
    return Table(in_force, results, result, outputs, rows)


def _branch(row: Row, condition: pl.Expr, result: int) -> Branch:
    asks = frozenset(cell.fact for cell in row.cells if not cell.lenient and cell.test.op not in ("missing", "present"))
    return Branch(condition, result, not row.cells and not row.any, asks, asks if len(row.cells) == 1 else frozenset())


def result_column(rule: str) -> str:
    """The working column with the numbers of a rule's results."""
    return f"#{rule}"


def row_column(rule: str, row: Row) -> str:
    """The working column that says whether a row holds: true, false or unknown."""
    return f"?{rule}.{row.number}"


def row_condition(row: Row, facts: Mapping[str, Fact]) -> pl.Expr:
    """True, false or unknown: `when` all, and one of the groups of `any`."""
    parts = [check(cell, facts[cell.fact]) for cell in row.when]
    if row.any:
        parts.append(_or([group_condition(group, facts) for group in row.any]))
    return _and(parts)


def group_condition(group: Sequence[Cell], facts: Mapping[str, Fact]) -> pl.Expr:
    """True, false or unknown: all cells of one group of `any`."""
    return _and([check(cell, facts[cell.fact]) for cell in group])


def check(cell: Cell, fact: Fact) -> pl.Expr:
    """True, false or unknown (the fact is missing): one cell."""
    column = pl.col(fact.name)
    test = cell.test
    if test.op == "missing":
        return column.is_null()
    if test.op == "present":
        return column.is_not_null()
    found = _comparison(column, test.op, test.operands, fact)
    return found.fill_null(False) if cell.lenient else found


def _comparison(column: pl.Expr, op: str, operands: tuple[Operand, ...], fact: Fact) -> pl.Expr:
    values = [pl.lit(value, dtype=dtype(fact)) for value in operands]
    if op == "in":  # a chain of == beats is_in, and keeps unknown unknown
        return _or([column == value for value in values])
    if op == "..":
        return (column >= values[0]) & (column <= values[1])
    if fact.type == "bool":
        return column if operands[0] else ~column
    compare = {">=": operator.ge, ">": operator.gt, "<": operator.lt, "<=": operator.le, "=": operator.eq}
    found: pl.Expr = compare[op](column, values[0])
    return found


def _and(parts: Sequence[pl.Expr]) -> pl.Expr:
    return reduce(operator.and_, parts) if parts else TRUE


def _or(parts: Sequence[pl.Expr]) -> pl.Expr:
    return reduce(operator.or_, parts)


# --- hit policies


def _number(result: int) -> pl.Expr:
    return pl.lit(result, dtype=pl.UInt16)


def _first(branches: Sequence[Branch]) -> pl.Expr:
    """The first true row decides, unless an unknown row before it could lead elsewhere. Nobody asks again whether a row
    is unknown where the rows above have shown that its facts are there."""
    merged = _merged(branches)
    optimistic = _chain(merged)
    later = [{other.result for other in merged[i + 1 :]} for i in range(len(merged))]
    chain: Any = pl
    known: frozenset[str] = frozenset()
    for branch, follow in zip(merged, later, strict=True):
        if branch.certain:
            return _otherwise(chain, branch)
        unknown = branch.condition.is_null()
        if branch.result in follow:  # the same result may still come: undecided only if another one does
            unknown = unknown & optimistic.ne_missing(_number(branch.result))
        if not branch.asks <= known:
            chain = chain.when(unknown).then(pl.lit(None, dtype=pl.UInt16))
        if branch.result not in follow:  # otherwise an unknown row may have been passed
            known |= branch.proves
        chain = chain.when(branch.condition).then(_number(branch.result))
    return chain.otherwise(pl.lit(None, dtype=pl.UInt16))  # type: ignore[no-any-return]


def _otherwise(chain: Any, branch: Branch) -> pl.Expr:
    """Close a chain with a branch that always holds (it may be the only one)."""
    expression: pl.Expr = _number(branch.result) if chain is pl else chain.otherwise(_number(branch.result))
    return expression


def _merged(branches: Sequence[Branch]) -> list[Branch]:
    """Neighbours with the same result become one branch; nothing after a certain row counts."""
    merged: list[Branch] = []
    for branch in branches:
        if merged and merged[-1].result == branch.result:
            last = merged.pop()
            condition = TRUE if branch.certain else last.condition | branch.condition
            asks, proves = last.asks | branch.asks, last.proves | branch.proves
            branch = Branch(condition, branch.result, branch.certain, asks, proves)
        merged.append(branch)
        if branch.certain:
            break
    return merged


def _chain(branches: Sequence[Branch]) -> pl.Expr:
    """The result of the first true row, whatever is unknown before it."""
    chain: Any = pl
    for branch in branches:
        if branch.certain:
            return _otherwise(chain, branch)
        chain = chain.when(branch.condition).then(_number(branch.result))
    return chain.otherwise(pl.lit(None, dtype=pl.UInt16))  # type: ignore[no-any-return]


def _per_result(branches: Sequence[Branch]) -> list[Branch]:
    """One branch per distinct result, in order of first use."""
    groups: dict[int, list[Branch]] = {}
    for branch in branches:
        groups.setdefault(branch.result, []).append(branch)
    return [
        Branch(_or([branch.condition for branch in group]), result, any(branch.certain for branch in group))
        for result, group in groups.items()
    ]


def _unique(branches: Sequence[Branch]) -> pl.Expr:
    """The one result whose rows are true. Two possible results (true or unknown) decide nothing."""
    merged = _per_result(branches)
    possible = reduce(operator.add, [branch.condition.fill_null(True).cast(pl.UInt16) for branch in merged])
    return pl.when(possible == 1).then(_chain(merged))


def _collect(branches: Sequence[Branch]) -> pl.Expr:
    """The results of all true rows, in order, each once. An unknown one leaves the whole list undecided."""
    merged = _per_result(branches)
    known = reduce(operator.and_, [branch.condition.is_not_null() for branch in merged])
    items = [pl.when(branch.condition).then(_number(branch.result)) for branch in merged]
    return pl.when(known).then(pl.concat_list(items).list.drop_nulls())


# --- outputs


def _outputs(in_force: InForce, results: Sequence[tuple[Any, ...]]) -> tuple[tuple[str, pl.Expr], ...]:
    numbers = pl.col(result_column(in_force.rule.name))
    found = []
    for i, output in enumerate(in_force.rule.outputs):
        values = pl.lit(pl.Series([result[i] for result in results], dtype=dtype(output.fact)))
        if in_force.edition.hit == "collect":
            found.append((output.name, numbers.list.eval(_gather(values, pl.element()))))
        else:
            found.append((output.name, _gather(values, numbers)))
    return tuple(found)


def _gather(values: pl.Expr, numbers: pl.Expr) -> pl.Expr:
    return values.gather(numbers)
