"""Delimited text, read strictly: rows, and what is no row. The one way in which facts files and imports read it.

Read loosely, a quote that nobody closes would swallow every row after it without a word.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

DELIMITERS = ",;\t|"
OPEN_QUOTE = "A quote is opened in this row and never closed"
STRAY_QUOTE = "Text stands after a closing quote."


@dataclass(frozen=True)
class Broken:
    """A row that is none. `open_ended`: where it stops nobody knows, so a stream of rows ends with it. `cell` counts
    from 0 (None = not looked for)."""

    message: str
    open_ended: bool
    cell: int | None = None


def delimiter_of(text: str) -> str:
    """The delimiter that splits the first lines into the same number of cells; a comma where none does."""
    head = text[:64_000]
    if head[:10].lower().startswith("sep=") and len(head) > 4:
        return head[4]
    best, score = ",", (0.0, 0)
    for delimiter in DELIMITERS:
        try:
            reader = csv.reader(io.StringIO(head, newline=""), delimiter=delimiter)
            rows = [row for _, row in zip(range(30), reader, strict=False) if row]
        except csv.Error:
            continue
        if not rows or len(rows[0]) < 2:
            continue
        even = sum(len(row) == len(rows[0]) for row in rows) / len(rows)
        if (round(even, 1), len(rows[0])) > score:
            best, score = delimiter, (round(even, 1), len(rows[0]))
    return best


def batches(reader: Iterator[list[str]], size: int) -> Iterator[tuple[list[list[str]], Broken | None]]:
    """Rows of a strict `csv.reader`, at most `size` at a time, and the broken row right after them, if any. Ends after
    one that is open-ended: what follows is not known to be rows."""
    while True:
        rows: list[list[str]] = []
        broken = None
        try:
            rows.extend(islice(reader, size))  # what came before an error is kept
        except csv.Error as error:
            broken = broken_by(error)
        if not rows and broken is None:
            return
        yield rows, broken
        if broken and broken.open_ended:
            return


def broken_by(error: csv.Error) -> Broken:
    """What a strict reader's error says about the row."""
    if "unexpected end" in str(error) or "field limit" in str(error):
        return Broken(f"{OPEN_QUOTE}, so this row and all after it could not be read.", True)
    return Broken(STRAY_QUOTE, False)


def rows(text: str, delimiter: str) -> Iterator[list[str] | Broken]:
    """Every row of a whole text. A broken row is one line: where a quote took in more of them, those after its first are
    read as rows of their own, so that nothing is swallowed."""
    lines, at = list(io.StringIO(text, newline="")), 0
    while at < len(lines):
        start = at
        reader = csv.reader((lines[i] for i in range(start, len(lines))), delimiter=delimiter, strict=True)
        at = len(lines)
        begin = start
        try:
            for row in reader:
                yield row
                begin = start + reader.line_num
        except csv.Error as error:
            taken = lines[begin : start + reader.line_num]
            yield _told(broken_by(error), taken, delimiter)
            at = begin + 1


def _told(broken: Broken, lines: list[str], delimiter: str) -> Broken:
    """A broken row of these lines, with its cell, and with what becomes of the lines after the first."""
    message = f"{OPEN_QUOTE}." if broken.open_ended else broken.message
    more = " The lines after it are read as rows of their own." if len(lines) > 1 else ""
    cell = _open_cell(lines, delimiter) if broken.open_ended else _stray_cell("".join(lines), delimiter)
    return Broken(message + more, broken.open_ended, cell)


def _open_cell(lines: list[str], delimiter: str) -> int:
    """Which cell has no end: the last one, read loosely."""
    try:
        return len(next(csv.reader(lines, delimiter=delimiter))) - 1
    except csv.Error:  # too long
        return len(next(csv.reader(lines[:1], delimiter=delimiter))) - 1


def _stray_cell(text: str, delimiter: str) -> int:
    """Which cell goes on after its closing quote: the last one of the shortest part of the row that can't be read."""
    for end in [i for i, letter in enumerate(text) if letter == delimiter] + [len(text)]:
        try:
            next(csv.reader(io.StringIO(text[:end], newline=""), delimiter=delimiter, strict=True))
        except csv.Error as error:
            if not broken_by(error).open_ended:
                return len(next(csv.reader(io.StringIO(text[:end], newline=""), delimiter=delimiter))) - 1
    return 0
