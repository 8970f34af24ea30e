"""What the lists beside the accounts read alike: their sort keys, one page, all rows for a file, and groups."""

from collections.abc import Sequence
from typing import Any, TypeVar

from django.db.models import Count, Model, QuerySet, Sum

from tenure.queries import keyset
from tenure.queries.accounts import FEW, Group, Sums
from tenure.queries.lists import State, group_condition, group_label, group_place

SIZE = 50
M = TypeVar("M", bound=Model)


def keys(state: State, unique: keyset.Key) -> list[keyset.Key]:
    """The sort keys, made unique by one more."""
    sorts = [(state.columns[key], down) for key, down in state.sorts]
    return [*(keyset.Key(column.sort_field, down, column.nullable and not column.sort) for column, down in sorts), unique]


def page(found: QuerySet[M], by: Sequence[keyset.Key], state: State, known: Sums, size: int = SIZE) -> keyset.Page[M]:
    """One page, by key. No hit: nothing is read."""
    if not known.count:
        return keyset.Page([], "", "")
    return keyset.page(found, by, size, after=state.after, before=state.before, few=known.count < FEW)


def everything(found: QuerySet[M], by: Sequence[keyset.Key]) -> QuerySet[M]:
    """All rows in the list's order, for files."""
    return found.order_by(*keyset.ordering(by))


def groups(found: QuerySet[Any], state: State, arr: str = "") -> list[Group]:
    """The groups of ``state.group`` with their counts, and the sum of the field ``arr``: words in the handbook's order, people by name,
    blanks last."""
    column = state.columns[state.group]
    named = column.sort if column.kind == "person" else ""
    more = {"total": Sum(arr)} if arr else {}
    counted = found.order_by().values(column.field, *([named] if named else [])).annotate(n=Count("pk"), **more)
    order = {value: place for place, (value, _) in enumerate(column.choices)}
    rows = [(row[column.field], row[named] if named else None, row["n"], row.get("total")) for row in counted]
    rows.sort(key=lambda row: group_place(column, row[0], row[1], order))
    return [Group(group_label(column, value, name), group_condition(column, value), n, total) for value, name, n, total in rows]
