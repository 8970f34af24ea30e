"""The rank of calls to action: as one expression of the database, and as the arithmetic of one row."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import IntegerField

from tenure.models import CallToAction
from tenure.queries import handbook
from tenure.queries.formula import Branch, Formula, case
from tenure.rules import ranking
from tenure.rules.cells import Test
from tenure.rules.ranking import PRIORITIES, Scored, Term

OPERATORS = {">=": ">= %s", ">": "> %s", "<=": "<= %s", "<": "< %s", "=": "= %s", "..": "BETWEEN %s AND %s"}
TURNED = {">=": "<=", ">": "<", "<=": ">=", "<": ">"}  # the later the day, the fewer days have passed since
# The column of each fact; health has none until there is a health to keep.
COLUMNS = {
    "days_late": "due_date", "days_to_renewal": "summary__renewal_date", "arr": "summary__arr_minor", "priority": "priority",
    "important": "important",
}  # fmt: skip
FAR = 100_000  # days: further than any date reaches


@dataclass(frozen=True)
class Rank:
    """What a CTA's rank is made of."""

    terms: Sequence[Scored]

    @property
    def sum(self) -> int:
        """All points."""
        return sum(one.points for one in self.terms)

    @property
    def most(self) -> int:
        """The most that the terms could give."""
        return sum(max((band.points for band in one.term.bands), default=0) for one in self.terms)

    @property
    def unknown(self) -> list[tuple[str, int]]:
        """The terms whose fact nothing keeps yet, each with the points that it could give."""
        return [
            (one.term.title, max((band.points for band in one.term.bands), default=0)) for one in self.terms if is_unknown(one)
        ]


def is_unknown(one: Scored) -> bool:
    """Whether the fact of a term is known of no CTA at all."""
    return one.value is None and one.term.fact.name not in COLUMNS


def expression(today: date) -> Formula:
    """The rank as the database counts it, for rows of CallToAction."""
    names = list(COLUMNS.values())
    parts = [_points(term, names, today) for term in ranking.terms(handbook.pack(), today)]
    pattern = " + ".join(["0", *(sql for sql, _ in parts)])
    return Formula(f"({pattern})", names, [value for _, values in parts for value in values], IntegerField())


def of(row: CallToAction, today: date) -> Rank:
    """The arithmetic of one row; its ``summary`` is read."""
    return Rank(ranking.score(ranking.terms(handbook.pack(), today), facts(row, today)))


def facts(row: CallToAction, today: date) -> dict[str, Any]:
    """What the terms ask of a row; None = not known."""
    due, renewal = row.due_date, row.summary.renewal_date
    return {
        "days_late": (today - due).days if due else None,
        "days_to_renewal": (renewal - today).days if renewal else None,
        "arr": row.summary.arr_minor,
        "priority": PRIORITIES[row.priority - 1] if 0 < row.priority <= len(PRIORITIES) else None,
        "important": row.important,
        "health": None,
    }


def _points(term: Term, names: Sequence[str], today: date) -> tuple[str, list[Any]]:
    column = COLUMNS.get(term.fact.name)
    if column is None:  # never known: only a band for what is missing can hold
        band = next((band for band in term.bands if band.test.op == "missing"), None)
        return str(int(band.points) if band else 0), []
    return case([_branch(names.index(column), term.fact.name, band.test, band.points, today) for band in term.bands], 0)


def _branch(column: int, fact: str, test: Test, points: int, today: date) -> Branch:
    if test.op in ("missing", "present"):
        return f"{{{column}}} IS {'' if test.op == 'missing' else 'NOT '}NULL", (), points
    op: str = test.op
    values: list[Any] = list(test.operands)
    if fact == "priority":
        values = [PRIORITIES.index(word) + 1 for word in values]
    elif fact == "days_late":
        op, values = TURNED.get(op, op), [_day(today, -days) for days in reversed(values)]
    elif fact == "days_to_renewal":
        values = [_day(today, days) for days in values]
    means = f"IN ({', '.join(['%s'] * len(values))})" if op == "in" else OPERATORS[op]
    return f"{{{column}}} {means}", values, points


def _day(today: date, days: int) -> date:
    try:
        return today + timedelta(days=max(-FAR, min(FAR, days)))
    except OverflowError:
        return date.max if days > 0 else date.min
