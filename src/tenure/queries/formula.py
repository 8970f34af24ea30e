"""A whole CASE as one expression of the database.

Made of Django's Case, When and Q, the rank of a CTA is some eighty objects, which every query of a page copies, hashes and compiles several
times: more work than the database has with ten thousand rows.
"""

from collections.abc import Sequence
from datetime import date
from functools import cached_property
from typing import Any

from django.db.models import Func, IntegerField

Branch = tuple[str, Sequence[Any], int]  # a test as SQL with {0}, {1} ... for columns; its parameters; the number where it holds


class Formula(Func):
    """SQL with ``{0}``, ``{1}`` ... for the named columns and ``%s`` for values: whole numbers, words and days."""

    def __init__(self, pattern: str, columns: Sequence[str], values: Sequence[Any], output_field: Any) -> None:
        self.pattern, self.columns, self.values = pattern, tuple(columns), tuple(values)
        super().__init__(*columns, output_field=output_field)

    @cached_property
    def identity(self) -> tuple[Any, ...]:
        """What makes two of them the same."""
        return (self.__class__, self.pattern, self.columns, self.values)

    def as_sql(self, compiler: Any, connection: Any, **more: Any) -> tuple[str, list[Any]]:  # type: ignore[override]
        """The pattern with the columns' names."""
        names = [compiler.compile(one)[0] for one in self.get_source_expressions()]
        day = connection.ops.adapt_datefield_value
        return self.pattern.format(*names), [day(one) if isinstance(one, date) else one for one in self.values]


def case(branches: Sequence[Branch], default: int) -> tuple[str, list[Any]]:
    """CASE over numbers for a pattern: its SQL and its parameters."""
    whens = "".join(f" WHEN {test} THEN {int(number)}" for test, _, number in branches)
    return (f"CASE{whens} ELSE {int(default)} END" if whens else str(int(default))), [
        one for _, given, _ in branches for one in given
    ]


def numbered(columns: Sequence[str], branches: Sequence[Branch], default: int) -> Formula:
    """CASE over numbers as an expression of its own."""
    pattern, values = case(branches, default)
    return Formula(pattern, columns, values, IntegerField())
