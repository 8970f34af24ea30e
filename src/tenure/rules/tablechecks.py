"""What can be wrong with a table although it reads well: rows never reached, rows that clash, gaps, steps the wrong
way. Found by evaluating the table itself, with the engine's expressions, on a grid that stands for all facts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import prod
from typing import Any

import polars as pl

from tenure.rules import grid as grids
from tenure.rules import tables
from tenure.rules.cells import show
from tenure.rules.errors import Ended, Finding, NotYetInForce, Severity
from tenure.rules.grid import Grid
from tenure.rules.packs import Pack
from tenure.rules.parts import InForce, Place, Rule
from tenure.rules.tables import Table


def check_rule(pack: Pack, name: str) -> Iterator[Finding]:
    """All findings about the tables of one rule, in every period and every alternative, each once per edition."""
    seen: set[tuple[str, str, int]] = set()
    for chosen, in_force in _periods(pack, name):
        table = tables.compile_table(in_force, chosen.facts)
        for finding in check_table(table, chosen):
            key = (finding.code, finding.path, finding.line)
            if key not in seen:
                seen.add(key)
                yield finding


def check_table(table: Table, pack: Pack) -> Iterator[Finding]:
    """Findings HB005 to HB008 and HB015 about one compiled table."""
    grid = grids.build(table, pack)
    if not grid.complete:
        yield _finding(
            "HB015",
            "info",
            f"too many combinations of facts to try all ({_size(grid):,}): every n-th was tried",
            table,
            _edition(table),
        )
    if table.in_force.edition.hit == "first" and grid.complete:
        yield from _unreachable(grid)
    if table.in_force.edition.hit == "unique":
        yield from _clashes(grid, pack)
    if table.in_force.edition.hit != "collect":
        yield from _gaps(grid, pack)
        for fact, direction in table.in_force.rule.monotone:
            if fact in table.in_force.facts:
                yield from _wrong_steps(table, pack, fact, direction)


def unreachable(table: Table, pack: Pack) -> Iterator[Finding]:
    """HB005 alone: rows of a table that are never the first to hold."""
    grid = grids.build(table, pack)
    if grid.complete:
        yield from _unreachable(grid)


def _periods(pack: Pack, name: str) -> Iterator[tuple[Pack, InForce]]:
    """Every distinct state of a rule: per edition, per change of a value, per alternative (with the pack choosing it)."""
    rule = pack.rules[name]
    refs = {ref for edition in rule.editions for ref in edition.refs}
    choices: list[dict[str, str]] = [{}]
    choices += [{name: alt} for alt in dict.fromkeys(e.alternative for e in rule.editions if e.alternative)]
    choices += [{ref: e.alternative} for ref in sorted(refs) for e in pack.values[ref].entries if e.alternative]
    seen = set()
    for choice in choices:
        chosen = pack.choosing(**choice) if choice else pack
        for day in pack.period_starts(name):
            try:
                in_force = chosen.edition(name, day)
            except (NotYetInForce, Ended):
                continue
            key = (in_force.edition.index, tuple((ref, entry.place.path) for ref, entry in in_force.entries))
            if key not in seen:
                seen.add(key)
                yield chosen, in_force


def _unreachable(grid: Grid) -> Iterator[Finding]:
    """HB005: a row that is never the first to hold."""
    free = pl.lit(True)
    for row in grid.table.in_force.rows:
        holds = pl.col(tables.row_column(grid.table.name, row))
        ever, first = grid.frame.select(holds.any().alias("ever"), (holds & free).any().alias("first")).row(0)
        free = free & ~holds
        if not ever:
            yield _finding(
                "HB005", "error", f"row {row.number} can never hold: its cells exclude each other", grid.table, row.place
            )
        elif not first:
            message = f"row {row.number} is never reached: whenever it holds, a row above it holds"
            yield _finding("HB005", "error", message, grid.table, row.place)


def _clashes(grid: Grid, pack: Pack) -> Iterator[Finding]:
    """HB006: two rows of a `unique` table that hold together and say different things; the first case per pair."""
    rows = grid.table.in_force.rows
    for i, one in enumerate(rows):
        for other in rows[i + 1 :]:
            if one.then == other.then:
                continue
            both = pl.col(tables.row_column(grid.table.name, one)) & pl.col(tables.row_column(grid.table.name, other))
            point = _first(grid, both)
            if point is not None:
                where = told(grids.facts_of(grid, point, pack), pack)
                message = f"rows {one.number} and {other.number} both hold and differ, for example at {where}"
                yield _finding("HB006", "error", message, grid.table, other.place)


def _gaps(grid: Grid, pack: Pack) -> Iterator[Finding]:
    """HB007: facts for which no row holds, and none could for want of a missing fact."""
    none = pl.all_horizontal(~pl.col(tables.row_column(grid.table.name, row)) for row in grid.table.in_force.rows)
    point = _first(grid, none)
    if point is not None:
        where = told(grids.facts_of(grid, point, pack), pack)
        yield _finding("HB007", "warning", f"no row holds, for example at {where}", grid.table, _edition(grid.table))


def _wrong_steps(table: Table, pack: Pack, fact: str, direction: str) -> Iterator[Finding]:
    """HB008: more of a fact lowers the outcome (or, for `down`, lifts it) although the pack says it must not."""
    grid = grids.build(table, pack, fastest=fact)
    width = len(grid.axes[fact])
    ranks = pl.Series([_rank(table, result) for result in range(len(table.results))], dtype=pl.Float64)
    sign = 1 if direction == "up" else -1
    frame = grid.frame.select(
        "#index",
        (pl.col("#index") // width).alias("#group"),
        (pl.lit(ranks).gather(pl.col(tables.result_column(table.name))) * sign).alias("#rank"),
    ).filter(pl.col("#rank").is_not_null())
    best = pl.col("#rank").cum_max().over("#group")
    wrong = frame.filter(pl.col("#rank") < best)
    if wrong.is_empty():
        return
    index, group, rank = wrong.row(0)
    earlier = frame.filter((pl.col("#group") == group) & (pl.col("#index") < index) & (pl.col("#rank") > rank))
    low, high = grids.facts_of(grid, earlier["#index"][-1], pack), grids.facts_of(grid, index, pack)
    said = f"{told(low, pack)} gives {_outcome(grid, earlier['#index'][-1], pack)}, but {told(high, pack)} gives {_outcome(grid, index, pack)}"
    yield _finding("HB008", "error", f"more {fact} must move the outcome {direction} only: {said}", table, _edition(table))


def told(facts: Mapping[str, Any], pack: Pack) -> str:
    """Facts in words: `ARR 50,000, product Starter`; only those that are not missing, if any is there."""
    known = {name: value for name, value in facts.items() if value is not None} or facts
    return (
        ", ".join(f"{pack.facts[n].label or n} {show(value, pack.facts[n], pack.digits)}" for n, value in known.items())
        or "any facts"
    )


def _rank(table: Table, result: int) -> float:
    outcome = table.in_force.rule.outcome
    value = table.results[result][0]
    if outcome.type == "enum":
        return float(outcome.fact.words.index(value))
    return float(value.toordinal() if outcome.type == "date" else value)


def _outcome(grid: Grid, point: int, pack: Pack) -> str:
    number = grid.frame[tables.result_column(grid.table.name)][point]
    return show(grid.table.results[number][0], grid.table.in_force.rule.outcome.fact, pack.digits)


def _first(grid: Grid, condition: pl.Expr) -> int | None:
    """The first point where `condition` is true; one without missing facts if there is one."""
    found = grid.frame.filter(condition)
    if found.is_empty():
        return None
    names = list(grid.table.in_force.facts)
    gaps = pl.sum_horizontal(pl.col(name).is_null().cast(pl.Int32) for name in names) if names else pl.lit(0)
    point: int = found.sort(gaps, maintain_order=True)["#index"][0]
    return point


def _edition(table: Table) -> Place:
    return table.in_force.edition.place


def _size(grid: Grid) -> int:
    return prod(len(axis) for axis in grid.axes.values())


def _finding(code: str, severity: Severity, message: str, table: Table, place: Place) -> Finding:
    edition = table.in_force.edition
    alternative = f" ({edition.alternative})" if edition.alternative else ""
    said = f"{table.name}{alternative}, from {table.in_force.since}: {message}"
    return Finding(code, severity, said, place.file, place.path, place.line, table.name)


def lifespans(rule: Rule) -> Iterator[Finding]:
    """HB004 for the editions of one rule."""
    yield from overlaps([(e.start, e.ended, e.alternative, e.place) for e in rule.editions], rule.name)


def overlaps(spans: list[Any], name: str) -> Iterator[Finding]:
    """HB004: two of `spans` (start, ended, alternative, place) claim the same day, or one ends before it starts."""
    for i, (start, ended, alternative, place) in enumerate(spans):
        if ended and ended < start:
            yield Finding(
                "HB004", "error", f"ends on {ended}, before it starts on {start}", place.file, place.path, place.line, name
            )
        for other_start, _, other_alternative, other in spans[i + 1 :]:
            if alternative != other_alternative:
                continue
            if other_start == start or (ended and other_start <= ended):
                message = f"from {other_start} overlaps the one from {start}" + (f", which ends on {ended}" if ended else "")
                yield Finding("HB004", "error", message, other.file, other.path, other.line, name)
