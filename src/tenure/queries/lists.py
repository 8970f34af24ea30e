"""Lists: columns as data, and the whole state of a list (filters, sorts, columns, group, place) read from and written to the URL.

Filters are ANDed; one filter may hold several conditions, which are ORed: ``f=segment:any:Large,Strategic&f=arr:gte:100000|users:gt:500``.
Input of a URL is never trusted: what can't be read is left out and named in ``State.ignored``. See docs/lists.md.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any, Literal
from urllib.parse import quote, unquote, urlencode

Kind = Literal["text", "enum", "money", "int", "date", "person", "bool"]
Value = str | int | date | tuple[str, ...] | tuple[int, int] | tuple[date, date] | None

_BLANKS = {"empty": "is empty", "filled": "is not empty"}
_WORDS = {"any": "is any of", "none": "is none of", "is": "is", "not": "is not"}
_AMOUNTS = {
    "gte": "at least",
    "gt": "more than",
    "lte": "at most",
    "lt": "less than",
    "between": "between",
    "is": "is",
    **_BLANKS,
}
OPERATORS: dict[Kind, dict[str, str]] = {
    "text": {"has": "contains", "starts": "starts with", "is": "is", "not": "is not", **_BLANKS},
    "enum": {**_WORDS, **_BLANKS},
    "money": _AMOUNTS,
    "int": _AMOUNTS,
    "date": {
        "next": "in the next", "past": "in the past", "before": "before", "after": "after", "between": "between", "is": "on", **_BLANKS,
    },
    "person": {"any": "is any of", "me": "is me", "team": "is in my team", "none": "is none of", "is": "is", "not": "is not", **_BLANKS},
    "bool": {"yes": "is yes", "no": "is no"},
}  # fmt: skip
NO_VALUE = {"empty", "filled", "me", "team", "yes", "no"}
MANY = {"any", "none"}
DAYS = {"next", "past"}
MOST_DAYS = 36_500
MOST = 30  # filters, conditions of one filter, sorts: what a person could make by hand
LARGEST = 2**62


@dataclass(frozen=True)
class Column:
    """One column of a list. ``field`` is the database column, ``sort`` the one to sort by (a word's rank), ``place`` its cell on a phone.

    ``choices`` are (value, label) pairs of an enum; people are looked up when they are asked for. ``total`` shows the sum in the head.
    ``digits`` are the decimals of the minor unit in which money is kept.
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
    digits: int = 0

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
        """Operator key -> words; a number that is never blank isn't asked whether it is."""
        known = OPERATORS[self.kind]
        return known if self.nullable or not self.numeric else {key: words for key, words in known.items() if key not in _BLANKS}

    def label_of(self, value: Any) -> str:
        """A word as people read it."""
        return dict(self.choices).get(str(value), str(value))


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
    def values(self) -> list[str]:
        """The value's parts as they stand in form fields."""
        found = self.value if isinstance(self.value, tuple) else () if self.value is None else (self.value,)
        return [self._raw(one) for one in found]

    def shown(self, names: Mapping[str, str]) -> str:
        """The value in words; blank where the operator has none. ``names`` are people by id."""
        if self.operator in DAYS:
            return f"{self.value} days"
        joint = " and " if self.operator == "between" else ", "
        return joint.join(self._words(one, names) for one in self.values)

    def text(self) -> str:
        """As it stands in the URL."""
        parts = [self.column.key, self.operator]
        if self.operator not in NO_VALUE:
            parts.append((".." if self.operator == "between" else ",").join(_escaped(one) for one in self.values))
        return ":".join(parts)

    def _raw(self, one: Any) -> str:
        if self.column.kind == "money" and isinstance(one, int):
            return f"{Decimal(one).scaleb(-self.column.digits):f}".removesuffix("." + "0" * self.column.digits)
        return str(one)

    def _words(self, one: str, names: Mapping[str, str]) -> str:
        match self.column.kind:
            case "person":
                return names.get(one, "somebody unknown")
            case "money" | "int":
                return f"{Decimal(one):,}"
            case "date":
                return f"{date.fromisoformat(one):%-d %b %Y}"
            case _:
                return self.column.label_of(one)


Filters = tuple[tuple[Condition, ...], ...]
Sorts = tuple[tuple[str, bool], ...]  # (column key, descending)


@dataclass(frozen=True)
class Defaults:
    """The list as it opens."""

    sorts: Sorts = ()
    shown: tuple[str, ...] = ()


@dataclass(frozen=True)
class State:
    """Everything about a list that a link can carry."""

    columns: Mapping[str, Column]
    search: str = ""
    filters: Filters = ()
    sorts: Sorts = ()
    shown: tuple[str, ...] = ()
    group: str = ""
    view: str = ""
    as_of: date | None = None  # None = today, whatever day that is
    after: str = ""
    before: str = ""
    number: int = 0  # how many rows stand before this page: only said, never relied on
    ignored: tuple[str, ...] = ()
    defaults: Defaults = field(default=Defaults(), compare=False)

    def params(self) -> list[tuple[str, str]]:
        """The URL's parameters; what equals the default is left out."""
        found = [("view", self.view)] if self.view else []
        found += [("q", self.search)] if self.search else []
        found += [("f", "|".join(condition.text() for condition in group)) for group in self.filters]
        if self.sorts != self.defaults.sorts:
            found.append(("sort", ",".join(("-" if down else "") + key for key, down in self.sorts)))
        if self.shown != self.defaults.shown:
            found.append(("cols", ",".join(self.shown)))
        found += [("group", self.group)] if self.group else []
        found += [("as_of", self.as_of.isoformat())] if self.as_of else []
        found += [(name, value) for name, value in (("after", self.after), ("before", self.before)) if value]
        return [*found, ("from", str(self.number))] if self.number and (self.after or self.before) else found

    def query(self) -> str:
        """The query string, without the question mark."""
        return urlencode(self.params(), safe=":,")

    def change(self, **changes: Any) -> "State":
        """Another state, from the first page on."""
        return replace(self, **{"after": "", "before": "", "number": 0, **changes})

    def plain(self) -> str:
        """The query string of what a saved view keeps: neither its name nor the day nor the page."""
        return self.change(view="", as_of=None).query()

    @property
    def narrowed(self) -> bool:
        """Whether a search or a filter leaves rows out."""
        return bool(self.search or self.filters)

    def people(self) -> set[str]:
        """Ids of the people whom filters name."""
        return {one for group in self.filters for test in group if test.column.kind == "person" for one in test.values}


def read(params: Iterable[tuple[str, str]], columns: Mapping[str, Column], defaults: Defaults) -> State:
    """The state that a URL asks for. Nothing here raises: what is wrong is left out and listed in ``ignored``."""
    given = [(name, value.replace("\x00", "")) for name, value in params]
    one = dict(given)
    ignored: list[str] = []
    filters = [found for name, text in given if name == "f" and (found := _group(text, columns, ignored))]
    group = one.get("group", "")
    if group and not (group in columns and columns[group].groupable):
        ignored.append(f"group by {group[:40]}")
        group = ""
    chosen = [value for name, value in given if name == "cols"]
    day = _day(one.get("as_of", ""))
    ignored += [f"day {one['as_of'][:40]}"] if one.get("as_of") and day is None else []
    number = one.get("from", "")
    return State(
        columns=columns, search=one.get("q", "").strip()[:200], filters=tuple(filters[:MOST]),
        sorts=_sorts(one["sort"], columns, ignored) or defaults.sorts if "sort" in one else defaults.sorts,
        shown=_shown(",".join(chosen), columns, ignored) if chosen else defaults.shown, group=group, view=one.get("view", "")[:20], as_of=day,
        after=one.get("after", ""), before=one.get("before", ""), number=int(number) if number.isdecimal() and len(number) < 10 else 0,
        ignored=tuple(ignored), defaults=defaults,
    )  # fmt: skip


def _group(text: str, columns: Mapping[str, Column], ignored: list[str]) -> tuple[Condition, ...]:
    found = []
    for part in text.split("|")[:MOST]:
        condition = condition_of(part, columns)
        if condition is None:
            ignored.append(f"filter {unquote(part)[:60]}")
        else:
            found.append(condition)
    return tuple(found)


def condition_of(text: str, columns: Mapping[str, Column]) -> Condition | None:
    """A condition from ``column:operator:value``; None where any part of it can't be read."""
    key, _, rest = text.partition(":")
    operator, _, raw = rest.partition(":")
    if operator == "none" and not raw and key in columns and "empty" in columns[key].operators:  # "tam:none": nobody
        operator = "empty"
    if operator in NO_VALUE:
        return condition(columns, key, operator, [])
    parts = raw.split(".." if operator == "between" else ",") if operator in MANY or operator == "between" else [raw]
    return condition(columns, key, operator, [unquote(part) for part in parts])


def condition(columns: Mapping[str, Column], key: str, operator: str, values: Sequence[str]) -> Condition | None:
    """A condition from the fields of a form; None where any of them can't be read."""
    column = columns.get(key)
    if column is None or operator not in column.operators:
        return None
    if operator in NO_VALUE:
        return Condition(column, operator)
    cleaned = [value.replace("\x00", "").strip() for value in values[:500]]
    parts = [_value(column, operator, value) for value in cleaned if value]
    if not parts or None in parts or (operator == "between") != (len(parts) == 2 and operator not in MANY):
        return None
    if operator in MANY or operator == "between":
        return Condition(column, operator, tuple(sorted(parts) if operator == "between" else parts))
    return Condition(column, operator, parts[0])


def _value(column: Column, operator: str, raw: str) -> Any:
    match column.kind:
        case "date" if operator in DAYS:
            days = _number(raw, 0)
            return days if days is not None and 0 <= days <= MOST_DAYS else None
        case "date":
            return _day(raw)
        case "money" | "int":
            return _number(raw, column.digits)
        case "person":
            return raw if raw.isascii() and raw.isdecimal() and len(raw) < 18 else None
        case _:
            return raw[:300]


def _number(raw: str, digits: int) -> int | None:
    try:
        amount = Decimal(raw.replace(",", "").replace(" ", "").lstrip("$€£"))
        if not amount.is_finite() or amount.adjusted() > 18:
            return None
        scaled = amount.scaleb(digits)
        return int(scaled) if abs(scaled) < LARGEST and scaled == scaled.to_integral_value() else None
    except ArithmeticError:
        return None


def _day(raw: str) -> date | None:
    try:
        return date.fromisoformat(raw)
    except ValueError:
        return None


def unreadable(text: str) -> str:
    """Something that couldn't be read, for the address of the page that says so."""
    return f"f={quote(text)}"


def _escaped(text: str) -> str:
    for sign, code in (("%", "%25"), ("|", "%7C"), (",", "%2C")):
        text = text.replace(sign, code)
    return text


def _sorts(text: str, columns: Mapping[str, Column], ignored: list[str]) -> Sorts:
    found: dict[str, bool] = {}
    for part in text.split(",")[:MOST]:
        key = part.removeprefix("-")
        if key in columns:
            found.setdefault(key, part.startswith("-"))
        elif key:
            ignored.append(f"sort by {key[:40]}")
    return tuple(found.items())[:4]


def _shown(text: str, columns: Mapping[str, Column], ignored: list[str]) -> tuple[str, ...]:
    keys = dict.fromkeys(part for part in text.split(",") if part)
    ignored += [f"column {key[:40]}" for key in list(keys)[:MOST] if key not in columns]
    fixed = [key for key, column in columns.items() if column.fixed and key not in keys]
    return (*fixed, *(key for key in keys if key in columns))


def word_choices(words: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Words as choices of themselves."""
    return tuple((word, word) for word in words)


def group_place(column: Column, value: Any, name: str | None, order: Mapping[str, int]) -> tuple[Any, ...]:
    """Where the group of a value stands: words in the order of the column's choices, people by ``name``, blanks last."""
    if column.kind == "person":
        return (value is None, (name or "").lower(), value or 0)
    return (value in ("", None), order.get(value, len(order)), str(value))


def group_label(column: Column, value: Any, name: str | None) -> str:
    """The word of a group; ``name`` is the person's."""
    if value in (None, ""):
        return f"No {column.label if column.label.isupper() else column.label.lower()}"
    return str(name) if column.kind == "person" else column.label_of(value)


def group_condition(column: Column, value: Any) -> Condition:
    """How to filter for a group."""
    if column.kind == "bool":
        return Condition(column, "yes" if value else "no")
    return Condition(column, "empty") if value in (None, "") else Condition(column, "is", str(value))
