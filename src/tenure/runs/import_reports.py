"""What an import tells of single rows: every refused cell, every row that waits and every conflict in a file; a summary by kind."""

import csv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

from django.conf import settings

from tenure.actions.imports import Problem
from tenure.queries import cells

HEADINGS = ("file", "row", "id", "column", "value", "problem", "remedy", "outcome")
FIRST_ROWS = 6  # named of each kind
KINDS = 200  # kept; more differ in nothing that helps
WAITING, FIRST_WAITING = "waiting", 20


@dataclass
class Kind:
    """Cells of one column of one file with the same remedy. ``example`` is what is wrong with the first of them."""

    file: str
    column: str
    outcome: str
    remedy: str
    example: str
    count: int = 0
    rows: list[int] = field(default_factory=list)

    @property
    def others(self) -> str:
        """The other rows in words: ``rows 7, 12 and 9 more``."""
        named = [f"{row:,}" for row in self.rows[1:]]
        more = self.count - len(self.rows)
        if not named:
            return f"and {more:,} more" if more else ""
        word = "row" if len(named) == 1 and not more else "rows"
        return f"{word} {', '.join(named)}" + (f" and {more:,} more" if more else "")


class Reporter:
    """Takes what is told: each problem as a line of every ``out``, the first rows that wait, and counts by kind."""

    def __init__(self, *outs: TextIO) -> None:
        self.writers: list[Any] = [csv.writer(out) for out in outs]
        self.kinds: dict[tuple[str, str, str], Kind] = {}
        self.cells = {"refused": 0, "conflict": 0, "waiting": 0}
        self.waiting: list[tuple[str, Problem]] = []
        for writer in self.writers:
            writer.writerow(HEADINGS)

    def tell(self, name: str, problems: Sequence[Problem]) -> None:
        """Problems of rows of one file."""
        for problem in problems:
            self._count(name, problem)
            if problem.outcome == WAITING and len(self.waiting) < FIRST_WAITING:
                self.waiting.append((name, problem))
            row = (name, problem.row, problem.external_id, problem.field, problem.value, problem.message, problem.remedy)
            for writer in self.writers:
                writer.writerow([cells.safe(cell) for cell in (*row, problem.outcome)])

    def _count(self, name: str, problem: Problem) -> None:
        self.cells[problem.outcome] += 1
        key = (name, problem.field, problem.remedy)
        if key not in self.kinds:
            if len(self.kinds) >= KINDS:
                return
            self.kinds[key] = Kind(name, problem.field, problem.outcome, problem.remedy, problem.message)
        kind = self.kinds[key]
        kind.count += 1
        if len(kind.rows) < FIRST_ROWS and problem.row not in kind.rows:
            kind.rows.append(problem.row)

    def of(self, outcome: str) -> list[Kind]:
        """The kinds of this outcome, the most frequent first."""
        return sorted((kind for kind in self.kinds.values() if kind.outcome == outcome), key=lambda kind: -kind.count)

    def summary(self) -> dict[str, Any]:
        """For the run's record; ``kinds`` reads it back."""
        return {"cells": self.cells, "kinds": [asdict(kind) for kind in (*self.of("refused"), *self.of("conflict"))]}


def kinds(summary: dict[str, Any], outcome: str) -> list[Kind]:
    """The kinds of a run's record."""
    return [Kind(**kind) for kind in summary.get("kinds", []) if kind["outcome"] == outcome]


def path_of(run_id: int) -> Path:
    """Where everything that an import in the browser told of its rows is kept."""
    return Path(settings.UPLOADS) / "reports" / f"import-{run_id}.csv"


@contextmanager
def kept(run_id: int, *others: TextIO) -> Iterator[Reporter]:
    """A reporter that keeps everything in the run's file, and in others; an earlier attempt's is overwritten."""
    path = path_of(run_id)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8-sig") as out:
        yield Reporter(out, *others)


def waiting(run_id: int, start: int, count: int) -> list[dict[str, str]]:
    """Rows of the run's file (by ``HEADINGS``) that waited when it ended: ``count`` of them from number ``start`` on; [] without a file."""
    path = path_of(run_id)
    if not path.exists():
        return []
    with path.open(newline="", encoding="utf-8-sig") as file:
        rows = (row for row in csv.DictReader(file) if row["outcome"] == WAITING)
        return list(islice(rows, start, start + count))
