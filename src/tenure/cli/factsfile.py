"""A spreadsheet of facts for commands that need no database: read, named by the handbook's facts, its bad rows told."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import polars as pl
import typer

from tenure.cli.ending import fail
from tenure.rules import engine
from tenure.rules.delimited import Broken, delimiter_of, rows
from tenure.rules.engine import ROW
from tenure.rules.errors import suggestion
from tenure.rules.facts import column_name, headings
from tenure.rules.frames import RowError, typed
from tenure.rules.packs import Pack


@dataclass(frozen=True)
class FactsFile:
    """`frame`: every row that is one, typed (a cell that can't be read is null); `errors`: rows that are none and cells
    that can't be read, by row."""

    frame: pl.DataFrame
    errors: list[RowError]

    def fit_for(self, pack: Pack, as_of: date, rule: str) -> pl.DataFrame:
        """The rows of which `rule` can be decided: every cell that it reads, directly or through other rules, could be
        read."""
        asked = _asked(pack, as_of, rule)
        bad = {error.row for error in self.errors if error.column in asked}
        return self.frame.filter(~pl.col(ROW).is_in(list(bad))) if bad else self.frame

    def parts(self, *sides: tuple[Pack, date]) -> Iterator[tuple[pl.DataFrame, list[str]]]:
        """Rows with the rules that can be decided of them in every pack on its day; rows with the same bad columns go together."""
        bad: dict[int, frozenset[str]] = {}
        for error in self.errors:
            bad[error.row] = bad.get(error.row, frozenset()) | {error.column}
        rules = dict.fromkeys(name for pack, day in sides for name in pack.in_force(day))
        reads = {
            name: {fact for pack, day in sides if name in pack.in_force(day) for fact in _asked(pack, day, name)}
            for name in rules
        }
        yield self.frame.filter(~pl.col(ROW).is_in(list(bad))), list(rules)
        for columns in dict.fromkeys(bad.values()):
            there = [row for row, found in bad.items() if found == columns]
            yield self.frame.filter(pl.col(ROW).is_in(there)), [name for name in rules if not reads[name] & columns]


def _asked(pack: Pack, as_of: date, rule: str) -> set[str]:
    """The facts that a rule reads, directly or through other rules, and the outcomes that may be given instead."""
    compiled = engine.program(pack, as_of, [rule])
    return {*compiled.facts, *(table.in_force.rule.outcome.name for table in compiled.tables.values())}


@dataclass
class _Read:
    """The rows as they are read: fact name -> text, each with its number, and those that are no rows."""

    width: int
    columns: Mapping[int, str]
    names: Sequence[str]
    kept: list[dict[str, str]] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    errors: list[RowError] = field(default_factory=list)

    def take(self, number: int, line: list[str] | Broken) -> None:
        """One row."""
        if isinstance(line, Broken):
            self.errors.append(RowError(number, self._name(line.cell or 0), line.message))
        elif len(line) < self.width or any(cell.strip() for cell in line[self.width :]):
            cells = "1 cell" if len(line) == 1 else f"{len(line)} cells"
            column = self._name(len(line)) if len(line) < self.width else ""
            self.errors.append(RowError(number, column, f"The row has {cells}, the heading has {self.width}."))
        else:
            self.kept.append({name: line[i] for i, name in self.columns.items()})
            self.numbers.append(number)

    def _name(self, index: int) -> str:
        return self.columns.get(index) or (self.names[index].strip() if index < len(self.names) else "")


def read_facts(path: str, pack: Pack) -> FactsFile:
    """Read a delimited file (UTF-8 or UTF-16) and name its columns by the pack's facts, or the end. Notes go to standard
    error: which columns are ignored."""
    text = _text(path)
    lines = (line for line in rows(text, delimiter_of(text)) if isinstance(line, Broken) or any(map(str.strip, line)))
    try:
        heading = next(lines, None)
    except csv.Error as error:
        fail(f"the file '{path}' is not CSV: {error}")
    if heading is None:
        fail(f"the file '{path}' is empty; the first line must name the columns")
    if isinstance(heading, Broken):
        fail(f"the file '{path}' has no line of column names: {heading.message}")
    found = _Read(len(heading), _columns(heading, pack), heading)
    for number, line in enumerate(lines, start=1):
        found.take(number, line)
    return _typed(found, pack)


def tell(errors: Iterable[RowError]) -> None:
    """Each error on a line of standard error."""
    for error in errors:
        typer.echo(f"Row {error.row}{', ' + error.column if error.column else ''}: {error.message}", err=True)


def _text(path: str) -> str:
    try:
        raw = sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
    except OSError as error:
        fail(f"the file '{path}' cannot be read: {error.strerror}")
    try:
        return raw.decode("utf-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except UnicodeDecodeError:
        fail(f"the file '{path}' is not UTF-8 text; save it as 'CSV UTF-8'")


def _typed(found: _Read, pack: Pack) -> FactsFile:
    frame, wrong = typed(found.kept, pack)
    numbers = pl.Series(ROW, found.numbers, dtype=pl.UInt32)
    frame = frame.with_columns(numbers) if found.kept else frame.clear()
    cells = [RowError(found.numbers[error.row - 1], error.column, error.message, error.code) for error in wrong]
    return FactsFile(frame, sorted([*found.errors, *cells], key=lambda error: error.row))


def _columns(heading: Sequence[str], pack: Pack) -> dict[int, str]:
    """Which fact each column holds."""
    known = headings(pack.facts)
    columns: dict[int, str] = {}
    for i, title in enumerate(heading):
        name = known.get(column_name(title), "")
        if not name:
            _note(f"the column '{title}' is ignored: there is no such fact.{suggestion(column_name(title), known)}")
        elif name not in columns.values():
            columns[i] = name
        elif name == "account":
            _note(f"the column '{title}' is ignored: an earlier one names the account.")
        else:
            fail(f"two columns hold '{name}' (the second is '{title}'); keep one")
    if not columns:
        fail(f"no column is a fact; the first line must name them, for example: {', '.join(list(pack.facts)[:6])}")
    return columns


def _note(text: str) -> None:
    typer.echo(f"Note: {text}", err=True)
