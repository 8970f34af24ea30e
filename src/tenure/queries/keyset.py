"""Pages by key instead of by offset: page 18,000 costs what page 1 costs, and a row is never shown twice or left out.

Blank values stand last, whichever way a column is sorted. The leading column's blanks are read by a query of their own, so that the
others can follow an index on both databases.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import cache
from typing import Any, Generic, TypeVar

from django.db.models import F, Field, Func, Model, OrderBy, Q, QuerySet

Row = TypeVar("Row", bound=Model)
Place = list[Any]  # the sort values of a row, the id last
LONGEST = 4_000  # characters of a place in a URL
INTEGERS = 2**63


@dataclass(frozen=True)
class Key:
    """One column to sort by."""

    field: str
    descending: bool = False
    nullable: bool = False


@dataclass(frozen=True)
class Page(Generic[Row]):
    """Some rows, and the tokens of the pages before and after (blank = there is none)."""

    rows: list[Row]
    before: str
    after: str


class Unindexed(Func):
    """The column as a value that comes from no index: where few rows hit, walking the sort index past all others costs more."""

    template = "+%(expressions)s"

    def as_postgresql(self, compiler: Any, connection: Any, **more: Any) -> Any:
        """PostgreSQL sees through a bare plus."""
        kind = self.get_source_expressions()[0].output_field.get_internal_type()
        ways = {
            "CharField": "(%(expressions)s || '')",
            "TextField": "(%(expressions)s || '')",
            "BooleanField": "(%(expressions)s::int)",
            "DateTimeField": "(%(expressions)s + interval '0')",
        }
        return self.as_sql(compiler, connection, template=ways.get(kind, "(%(expressions)s + 0)"), **more)


def token(place: Place) -> str:
    """A place as it stands in a URL."""
    return urlsafe_b64encode(json.dumps(place, default=str).encode()).decode().rstrip("=")


def place_of(rows: QuerySet[Row], keys: Sequence[Key], text: str) -> Place | None:
    """The place that a URL names among these rows; None where it names none that fits."""
    return read(text, keys, rows.model, _annotated(rows)) if text else None


def read(text: str, keys: Sequence[Key], model: type[Model], more: Mapping[str, str] | None = None) -> Place | None:
    """A place from a URL; None where it doesn't fit these keys. ``more``: kinds of columns that are no fields of the model."""
    if len(text) > LONGEST:
        return None
    try:
        place = json.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        if not isinstance(place, list) or len(place) != len(keys):
            return None
        return [
            _typed(value, (more or {}).get(key.field) or _kind(model, key.field), key)
            for value, key in zip(place, keys, strict=True)
        ]
    except (ValueError, TypeError, OverflowError, RecursionError):
        return None


def _typed(value: Any, kind: str, key: Key) -> Any:
    if value is None:
        if not key.nullable:
            raise ValueError("this column has no blanks")
        return None
    if kind in ("DateField", "DateTimeField"):
        return _moment(value) if kind == "DateTimeField" else date.fromisoformat(value)
    wanted: type = {"CharField": str, "TextField": str, "BooleanField": bool}.get(kind, int)
    if type(value) is not wanted or (isinstance(value, int) and abs(value) >= INTEGERS):
        raise ValueError("another kind of value")
    if isinstance(value, str) and "\x00" in value.encode().decode():  # encode() refuses half characters, with a ValueError too
        raise ValueError("no text that a database keeps")
    return value


def _kind(model: type[Model], name: str) -> str:
    field = model._meta.get_field(name)
    return field.get_internal_type() if isinstance(field, Field) else ""


def _annotated(rows: QuerySet[Row]) -> dict[str, str]:
    """The kinds of what was added to the rows."""
    return {name: expression.output_field.get_internal_type() for name, expression in rows.query.annotations.items()}


def _moment(value: Any) -> datetime:
    found = datetime.fromisoformat(value)
    if found.tzinfo is None:
        raise ValueError("a moment without its time zone")
    return found.astimezone(UTC)


def page(
    rows: QuerySet[Row], keys: Sequence[Key], size: int, *, after: str = "", before: str = "", few: bool = False
) -> Page[Row]:
    """``size`` rows of ``rows`` in the order of ``keys`` (the last one unique), after or before a place.

    ``few``: the filter is known to hit few rows; the sort index is then not walked. A place that can't be read is the first page.
    """
    added = _annotated(rows)
    # Rows with columns of their own are read as they are: by their ids alone these would be lost.
    narrow = not few and not added and keys[0].field not in _walkable(rows.model)
    place = read(after or before, keys, rows.model, added) if after or before else None
    back = bool(before) and not after and place is not None
    found: list[Row] = []
    for number, blanks in enumerate(_parts(keys[0], place, back)):
        part, left, at = _part(rows, keys, place if number == 0 else None, blanks)
        if at is not None:
            part = part.filter(_beyond(left, at, back))
        order = [_order(key, back, few and key is left[0]) for key in left]
        taken = part.order_by(*order)[: size + 1 - len(found)]
        # Without an index in this order all hits are sorted: their keys alone, which an index may hold, not whole rows.
        found += list(QuerySet(rows.model).filter(pk__in=taken.values("pk")).order_by(*order) if narrow else taken)
        if len(found) > size:
            break
    more = len(found) > size
    found = found[:size]
    if back:
        found.reverse()
    first, last = (token(_place(found[0], keys)), token(_place(found[-1], keys))) if found else ("", "")
    return Page(found, first if (more if back else place is not None) else "", last if back or more else "")


@cache
def _walkable(model: type[Model]) -> frozenset[str]:
    """The columns by which an index of the table is ordered."""
    plain = [index.fields[0].lstrip("-") for index in model._meta.indexes if index.fields and index.condition is None]
    return frozenset([*plain, model._meta.pk.attname])


def ordering(keys: Sequence[Key]) -> list[OrderBy]:
    """The same order for all rows at once, as files want it."""
    return [_order(key, back=False, unindexed=False) for key in keys]


def _part(
    rows: QuerySet[Row], keys: Sequence[Key], place: Place | None, blanks: bool | None
) -> tuple[QuerySet[Row], Sequence[Key], Place | None]:
    """The rows, keys and place of one part: among blanks the leading key says nothing; among the others it has no blanks."""
    if blanks is None:
        return rows, keys, place
    part = rows.filter(**{f"{keys[0].field}__isnull": blanks})
    if blanks:
        return part, keys[1:], place[1:] if place is not None else None
    return part, [replace(keys[0], nullable=False), *keys[1:]], place


def _parts(leading: Key, place: Place | None, back: bool) -> list[bool | None]:
    """Which parts to read, in order: False = filled, True = blank, None = all at once (a column without blanks)."""
    if not leading.nullable:
        return [None]
    if back:
        return [True, False] if place is not None and place[0] is None else [False]
    return [True] if place is not None and place[0] is None else [False, True]


def _order(key: Key, back: bool, unindexed: bool) -> OrderBy:
    column: Any = Unindexed(F(key.field)) if unindexed else F(key.field)
    down = key.descending != back
    if not key.nullable:
        return OrderBy(column, descending=down)
    return OrderBy(column, descending=down, nulls_first=True) if back else OrderBy(column, descending=down, nulls_last=True)


def _beyond(keys: Sequence[Key], place: Place, back: bool) -> Q:
    """Rows beyond a place: the leading bound stands alone, so that an index can be entered there."""
    lead, value = keys[0], place[0]
    bounded = value is not None and (back or not lead.nullable)  # blanks, which stand last, would not pass a bound
    bound = Q(**{f"{lead.field}__{'lte' if lead.descending != back else 'gte'}": value}) if bounded else Q()
    later = Q()
    same = Q()
    for key, at in zip(keys, place, strict=True):
        step = _step(key, at, back)
        if step is not None:
            later |= same & step
        same &= Q(**{f"{key.field}__isnull": True}) if at is None else Q(**{key.field: at})
    return bound & later


def _step(key: Key, value: Any, back: bool) -> Q | None:
    """Strictly beyond ``value`` in this column; None where nothing is (blanks stand last)."""
    if value is None:
        return Q(**{f"{key.field}__isnull": False}) if back else None
    step = Q(**{f"{key.field}__{'lt' if key.descending != back else 'gt'}": value})
    return step | Q(**{f"{key.field}__isnull": True}) if key.nullable and not back else step


def _place(row: Model, keys: Sequence[Key]) -> Place:
    return [getattr(row, key.field) for key in keys]
