"""Lists: columns as data, and the whole state of a list (filters, sorts, columns, group, place) read from and written to the URL.

Filters are ANDed; one filter may hold several conditions, which are ORed: ``f=segment:any:Large,Strategic&f=arr:gte:100000|users:gt:500``.
Input of a URL is never trusted: what can't be read is left out and named in ``State.ignored``.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Literal
from urllib.parse import quote, unquote, urlencode

Kind = Literal["text", "enum", "money", "int", "date", "person", "bool"]
Value = str | int | date | list[str] | None

OPERATORS: dict[Kind, dict[str, str]] = {
    "text": {"has": "contains", "starts": "starts with", "is": "is", "not": "is not", "empty": "is empty", "filled": "is not empty"},
    "enum": {"is": "is", "not": "is not", "any": "is any of", "empty": "is empty", "filled": "is not empty"},
    "money": {"gte": "≥", "gt": ">", "lte": "≤", "lt": "<", "is": "=", "empty": "is empty", "filled": "is not empty"},
    "int": {"gte": "≥", "gt": ">", "lte": "≤", "lt": "<", "is": "=", "empty": "is empty", "filled": "is not empty"},
    "date": {
        "next": "in the next (days)", "past": "in the past (days)", "before": "before", "after": "after", "is": "on",
        "empty": "is empty", "filled": "is not empty",
    },
    "person": {"is": "is", "not": "is not", "any": "is any of", "me": "is me", "team": "is in my team", "empty": "is empty", "filled": "is not empty"},
    "bool": {"yes": "is yes", "no": "is no"},
}  # fmt: skip
NO_VALUE = {"empty", "filled", "me", "team", "yes", "no"}
MANY = {"any"}


@dataclass(frozen=True)
class Column:
    """One column of a list. ``field`` is the database column, ``sort`` the one to sort by (a word's rank), ``place`` its cell on a phone.

    ``choices`` are (value, label) pairs of an enum or a person; ``total`` shows the sum in the head.
    """

    key: str
    label: str
    kind: Kind
    field: str
    sort: str = ""
    nullable: bool = False
    choices: tuple[tuple[str, str], ...] = ()
    total: bool = False
    place: str = ""
    groupable: bool = False
    fixed: bool = False

    @property
    def sort_field(self) -> str:
        """The database column that orders rows."""
        return self.sort or self.field

    @property
    def numeric(self) -> bool:
        """Whether the column stands right-aligned."""
        return self.kind in ("money", "int")

    @property
    def operators(self) -> dict[str, str]:
        """Operator key -> words."""
        return OPERATORS[self.kind]


@dataclass(frozen=True)
class Condition:
    """One test on one column; ``value`` is typed (money in minor units)."""

    column: Column
    operator: str
    value: Value = None

    @property
    def words(self) -> str:
        """The operator in words."""
        return self.column.operators[self.operator]

    @property
    def shown(self) -> str:
        """The value in words; blank where the operator has none."""
        labels = dict(self.column.choices)
        if isinstance(self.value, list):
            return ", ".join(labels.get(one, one) for one in self.value)
        if self.column.kind == "money" and isinstance(self.value, int):
            return f"{self.value / 100:,.0f}" if self.value % 100 == 0 else f"{self.value / 100:,.2f}"
        if isinstance(self.value, int) and self.column.kind in ("int", "date"):
            return f"{self.value:,}" + (" d" if self.column.kind == "date" else "")
        return labels.get(str(self.value), str(self.value)) if self.value is not None else ""

    @property
    def raw(self) -> str:
        """The value as it stands in a form field."""
        if isinstance(self.value, list):
            return ",".join(self.value)
        if self.column.kind == "money" and isinstance(self.value, int):
            return str(self.value // 100) if self.value % 100 == 0 else f"{self.value / 100:.2f}"
        return "" if self.value is None else str(self.value)

    def text(self) -> str:
        """As it stands in the URL."""
        parts = [self.column.key, self.operator] + ([quote(self.raw, safe=", -.")] if self.operator not in NO_VALUE else [])
        return ":".join(parts)


@dataclass(frozen=True)
class State:
    """Everything about a list that a link can carry."""

    columns: Mapping[str, Column]
    search: str = ""
    filters: tuple[tuple[Condition, ...], ...] = ()
    sorts: tuple[tuple[str, bool], ...] = ()  # (column key, descending)
    shown: tuple[str, ...] = ()
    group: str = ""
    after: str = ""
    before: str = ""
    view: int | None = None
    ignored: tuple[str, ...] = ()
    defaults: "Defaults | None" = field(default=None, compare=False)

    def params(self) -> list[tuple[str, str]]:
        """The URL's parameters; what equals the default is left out."""
        found: list[tuple[str, str]] = [("view", str(self.view))] if self.view else []
        found += [("q", self.search)] if self.search else []
        found += [("f", "|".join(condition.text() for condition in group)) for group in self.filters]
        usual = self.defaults or Defaults()
        if self.sorts != usual.sorts:
            found.append(("sort", ",".join(("-" if down else "") + key for key, down in self.sorts)))
        if self.shown != usual.shown:
            found.append(("cols", ",".join(self.shown)))
        found += [(name, value) for name, value in (("group", self.group), ("after", self.after), ("before", self.before)) if value]
        return found

    def query(self) -> str:
        """The query string, without the question mark."""
        return urlencode(self.params())

    def change(self, **changes: Any) -> "State":
        """Another state from the first page on; the view stays named while only the place changes."""
        return replace(self, **{"after": "", "before": "", **changes})


@dataclass(frozen=True)
class Defaults:
    """The list as it opens."""

    sorts: tuple[tuple[str, bool], ...] = ()
    shown: tuple[str, ...] = ()


def read(params: Iterable[tuple[str, str]], columns: Mapping[str, Column], defaults: Defaults) -> State:
    """The state that a URL asks for. Nothing here raises: what is wrong is left out and listed in ``ignored``."""
    given = list(params)
    one = dict(given)
    ignored: list[str] = []
    filters = [group for name, text in given if name == "f" and (group := _group(text, columns, ignored))]
    group = one.get("group", "")
    if group and not (group in columns and columns[group].groupable):
        ignored.append(f"group by {group}")
        group = ""
    view = one.get("view", "")
    return State(
        columns=columns, search=one.get("q", "").strip()[:200], filters=tuple(filters),
        sorts=_sorts(one["sort"], columns, ignored) if "sort" in one else defaults.sorts,
        shown=_shown(one["cols"], columns, ignored) if "cols" in one else defaults.shown,
        group=group, after=one.get("after", ""), before=one.get("before", ""), view=int(view) if view.isdecimal() and len(view) < 18 else None,
        ignored=tuple(ignored), defaults=defaults,
    )  # fmt: skip


def _group(text: str, columns: Mapping[str, Column], ignored: list[str]) -> tuple[Condition, ...]:
    found = []
    for part in text.split("|"):
        condition = condition_of(part, columns)
        if condition is None:
            ignored.append(f"filter {part[:80]}")
        else:
            found.append(condition)
    return tuple(found)


def condition_of(text: str, columns: Mapping[str, Column]) -> Condition | None:
    """A condition from ``column:operator:value``; None where any part of it can't be read."""
    key, _, rest = text.partition(":")
    operator, _, raw = rest.partition(":")
    column = columns.get(key)
    if column is None or operator not in column.operators:
        return None
    if operator in NO_VALUE:
        return Condition(column, operator)
    value = _value(column, operator, unquote(raw).strip())
    return None if value is None else Condition(column, operator, value)


def _value(column: Column, operator: str, raw: str) -> Value:
    if not raw:
        return None
    if operator in MANY:
        return [part for part in raw.split(",") if part] or None
    if column.kind == "date":
        return _number(raw, 1) if operator in ("next", "past") else _day(raw)
    if column.kind in ("money", "int"):
        return _number(raw, 100 if column.kind == "money" else 1)
    return raw[:300]


def _number(raw: str, scale: int) -> int | None:
    try:
        amount = Decimal(raw.replace(",", "").replace(" ", "").lstrip("$")) * scale
    except InvalidOperation:
        return None
    return int(amount) if amount.is_finite() and abs(amount) < 2**62 and amount == amount.to_integral_value() else None


def _day(raw: str) -> date | None:
    try:
        return date.fromisoformat(raw)
    except ValueError:
        return None


def _sorts(text: str, columns: Mapping[str, Column], ignored: list[str]) -> tuple[tuple[str, bool], ...]:
    found: dict[str, bool] = {}
    for part in text.split(","):
        key = part.lstrip("-")
        if key in columns:
            found.setdefault(key, part.startswith("-"))
        elif key:
            ignored.append(f"sort by {key[:40]}")
    return tuple(found.items())[:4]


def _shown(text: str, columns: Mapping[str, Column], ignored: list[str]) -> tuple[str, ...]:
    keys = dict.fromkeys(part for part in text.split(",") if part)
    ignored += [f"column {key[:40]}" for key in keys if key not in columns]
    fixed = [key for key, column in columns.items() if column.fixed and key not in keys]
    return (*fixed, *(key for key in keys if key in columns))


def person_choices(rows: Iterable[tuple[int, str]]) -> tuple[tuple[str, str], ...]:
    """(id, name) pairs as choices."""
    return tuple((str(pk), name) for pk, name in rows)


def word_choices(words: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Words as choices of themselves."""
    return tuple((word, word) for word in words)
