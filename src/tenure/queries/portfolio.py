"""Counts and sums over all accounts from the portfolio's cells: what a million rows come to, read from a few thousand."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Q, QuerySet, Sum

from tenure.models import PORTFOLIO_SUMS, PORTFOLIO_WORDS, AccountSummary, BuiltDay, PortfolioCell, User
from tenure.queries import visible
from tenure.queries.lists import State


def answers(rows: QuerySet[Any], user: User, state: State) -> bool:
    """Whether the cells can tell the sums of these rows: they are today's, only words are asked for, and the reader sees everything."""
    if rows.model is not AccountSummary or state.search:
        return False
    tests = [condition.column.field for group in state.filters for condition in group]
    return all(field in PORTFOLIO_WORDS for field in tests) and visible.sees_all(user)


def total(cells: QuerySet[PortfolioCell], sums: Mapping[str, str]) -> tuple[int, dict[str, int | None]]:
    """The accounts in these cells, and the sum of each column of ``sums`` (key -> column); None where no account has a value."""
    asked = {f"sum_{key}": Sum(column) for key, column in sums.items()}
    known = {f"known_{key}": Sum(PORTFOLIO_SUMS[column]) for key, column in sums.items()}
    found = cells.aggregate(n=Sum("accounts"), **asked, **known)
    return int(found["n"] or 0), {key: int(found[f"sum_{key}"]) if found[f"known_{key}"] else None for key in sums}


def matching(test: Q) -> QuerySet[PortfolioCell]:
    """The cells whose words pass a test that is made for summary rows."""
    return PortfolioCell.objects.filter(test)


def count(user: User, built: BuiltDay | None = None) -> int:
    """How many accounts the user sees, today or on a built day."""
    if built is not None or not visible.sees_all(user):
        return visible.listed(user, built).count()
    return total(PortfolioCell.objects.all(), {})[0]


def groups(cells: QuerySet[PortfolioCell], field: str) -> list[dict[str, Any]]:
    """Accounts (``n``) and ``arr`` by the values of one word; combinations that nobody holds any more are left out."""
    found = cells.order_by().values(field).annotate(n=Sum("accounts"), arr_sum=Sum("arr_minor"), known=Sum("arr_known"))
    return [
        {field: row[field], "n": int(row["n"]), "arr": int(row["arr_sum"]) if row["known"] else None} for row in found if row["n"]
    ]
