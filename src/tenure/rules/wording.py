"""A table's rows in words, for `tenure handbook show` and for differences between packs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tenure.rules.cells import Cell, human, show
from tenure.rules.packs import Pack
from tenure.rules.parts import Output, Row, Rule


def condition(row: Row, pack: Pack) -> str:
    """`product at least Premium and ARR > 50,000`; `always` for a row without cells."""
    parts = [_cells(row.when, pack)] if row.when else []
    if row.any:
        groups = " or ".join(f"({_cells(group, pack)})" if len(group) > 1 else _cells(group, pack) for group in row.any)
        parts.append(f"({groups})" if row.when and len(row.any) > 1 else groups)
    return " and ".join(parts) or "always"


def result(then: Sequence[Any], rule: Rule, pack: Pack) -> str:
    """`Ruby`; for several outputs `Yes; tam basis: ...`."""
    first, *others = [value(item, output, pack) for item, output in zip(then, rule.outputs, strict=True)]
    said = [f"{output.fact.label}: {text}" for output, text in zip(rule.outputs[1:], others, strict=True)]
    return "; ".join([first, *said])


def value(item: Any, output: Output, pack: Pack) -> str:
    """One output of a row; a dash for nothing."""
    return "-" if item is None else show(item, output.fact, pack.digits)


def line(row: Row, rule: Rule, pack: Pack) -> str:
    """The whole row on one line."""
    return f"{condition(row, pack)} -> {result(row.then, rule, pack)}"


def _cells(cells: Sequence[Cell], pack: Pack) -> str:
    return " and ".join(_cell(cell, pack) for cell in cells)


def _cell(cell: Cell, pack: Pack) -> str:
    fact = pack.facts[cell.fact]
    said = human(cell.test, fact, pack.digits)
    is_word = fact.type in ("category", "ordered", "bool", "text") and cell.test.op in ("in", "=")
    return f"{fact.label or fact.name} {'is ' if is_word else ''}{said}"
