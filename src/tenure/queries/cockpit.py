"""The cockpit: calls to action as a list with columns, filters and groups; its pages and counts."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import (
    BooleanField,
    Count,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
    Value,
)
from django.db.models.functions import Lower, NullIf

from tenure.models import CallToAction, Task, User
from tenure.queries import accounts, cta_types, keyset, ranking, visible
from tenure.queries.clock import DayOf
from tenure.queries.cockpit_buckets import BUCKETS, bucket, reached, within
from tenure.queries.formula import Formula, numbered
from tenure.queries.lists import Column, Condition, Defaults, State
from tenure.rules.packs import Pack

SIZE = 50
MOST = 2_000  # CTAs that something can be done to at once
DEFAULTS = Defaults(sorts=(("rank", True),), shown=("title", "account", "tasks", "rank", "due"))
ORIGINS = (
    ("rule", "Rule"), ("schedule", "Schedule"), ("playbook", "Playbook"), ("activity", "Activity"), ("person", "Person"),
)  # fmt: skip
PRIORITIES = (("1", "High"), ("2", "Medium"), ("3", "Low"))
OF_ACCOUNT = ("gemstone", "tier", "segment", "region", "product", "arr", "renewal", "tam", "coverage", "plan", "support")
FIELDS = (  # of the account's row, by the name that the accounts list uses
    "gemstone", "gemstone_rank", "service_tier", "service_tier_rank", "segment", "segment_rank", "region", "product", "product_rank",
    "arr_minor", "renewal_date", "tam_id", "coverage", "engagement_plan", "support_level",
)  # fmt: skip


def columns(pack: Pack) -> dict[str, Column]:
    """The columns by key; words to choose from come from the handbook."""
    types = tuple((key, one.title) for key, one in pack.cta_types.items())
    statuses = tuple((key, one.title) for key, one in pack.cta_statuses.items())
    words = dict.fromkeys(reason for one in pack.cta_types.values() for reason in one.reasons)
    known = accounts.columns(pack)
    found = [
        Column("title", "What is to do", "text", "title_key", place="a", fixed=True),
        Column("account", "Account", "text", "account_key", place="c", groupable=True),
        Column("type", "Type", "enum", "type", sort="type_order", choices=types, groupable=True),
        Column("reason", "Reason", "enum", "reason", choices=tuple((word, word) for word in words), groupable=True),
        Column("priority", "Priority", "enum", "priority", sort="priority", choices=PRIORITIES, groupable=True),
        Column("important", "Important", "bool", "important"),
        Column("status", "Status", "enum", "status", sort="status_order", choices=statuses, groupable=True),
        Column("owner", "Owner", "person", "owner_id", sort="owner_name", nullable=True, groupable=True),
        Column("tasks", "Tasks", "int", "tasks_open"),
        Column("waiting", "Waits for others", "bool", "waiting"),
        Column("rank", "Rank", "int", "rank", place="d"),
        Column("due", "Due", "date", "due_date", nullable=True, place="b", groupable=True),
        Column("snoozed", "Rests until", "date", "snoozed_until", nullable=True),
        Column("origin", "Origin", "enum", "origin", choices=ORIGINS, groupable=True),
        Column("added", "Added", "date", "added_on"),
        Column("closed", "Closed", "date", "closed_on", nullable=True),
        *(known[key] for key in OF_ACCOUNT),
    ]
    return {column.key: column for column in found}


def rows(user: User, today: date, names: Iterable[str]) -> QuerySet[CallToAction]:
    """Every CTA that the user sees; ``names`` of what lists ask of it and of its account can be filtered and sorted by."""
    return visible.listed_ctas(user).alias(**beside(names, today))


def beside(names: Iterable[str], today: date) -> dict[str, Any]:
    """What stands beside a CTA by name, as expressions of the database. Only what is asked for: to build them all takes longer than to
    read a page."""
    own = {field.attname for field in CallToAction._meta.concrete_fields} | {"id", "pk"}
    return {name: _made(name, today) for name in dict.fromkeys(names) if name not in own}


def _made(name: str, today: date) -> Any:
    if name in FIELDS:
        return F(f"summary__{name}")
    match name:
        case "bucket":
            return bucket(today)
        case "rank":
            return ranking.expression(today)
        case "type_order":
            return _order("type", cta_types.types())
        case "status_order":
            return _order("status", cta_types.every_status())
        case "waiting":
            return _waiting()
    return PLAIN[name]


PLAIN: dict[str, Any] = {
    "title_key": Lower("title"), "account_key": F("summary__name_key"), "account_name": F("summary__name"), "owner_name": F("owner__name"),
    "tam_name": NullIf(F("summary__tam_name"), Value("")), "added_on": DayOf("created_at"), "closed_on": DayOf("closed_at"),
}  # fmt: skip


def needed(state: State) -> list[str]:
    """The names that a state filters and sorts by."""
    tests = [test.column.field for group in state.filters for test in group]
    return [*tests, *(["title_key", "account_key"] if state.search else []), *(key.field for key in keys(state))]


def _order(field: str, words: Mapping[str, Any]) -> Formula:
    """A word's place in the handbook; unknown ones stand last."""
    return numbered([field], [("{0} = %s", [word], place) for place, word in enumerate(words)], len(words))


def _waiting() -> ExpressionWrapper[Q]:
    """Whether only others have something open to do in it."""
    mine = Task.objects.filter(Q(owner=OuterRef("owner")) | Q(owner=None), cta=OuterRef("pk"), status="open")
    return ExpressionWrapper(Q(tasks_open__gt=0) & ~Q(Exists(mine)), output_field=BooleanField())


def matching(user: User, state: State, today: date) -> QuerySet[CallToAction]:
    """The visible CTAs that match the search and the filters: open ones, unless a filter asks when they were closed."""
    return rows(user, today, needed(state)).filter(conditions(user, state, today))


def conditions(user: User, state: State, today: date, *, is_open: bool = True) -> Q:
    """Search and filters as one test, of open CTAs or closed ones. The search looks at titles and accounts."""
    words = state.search.lower()
    # As a list of one: SQLite takes a bare boolean for no equality, and its index would be read without what follows in it.
    found = Q() if asks_closed(state) else Q(is_open__in=[is_open])
    if words:
        found &= Q(title_key__contains=words) | Q(account_key__contains=words)
    for group in state.filters:
        found &= reduce(or_, (where(test, user, today) for test in group))
    return found


def asks_closed(state: State) -> bool:
    """Whether a filter is about what is closed."""
    closed = {key for key, one in cta_types.every_status().items() if not one.open}
    tests = [test for group in state.filters for test in group]
    return any(test.column.key == "closed" or (test.column.key == "status" and closed & set(test.values)) for test in tests)


def where(test: Condition, user: User, today: date) -> Q:
    """One condition as a test of the database. "Is me" holds also where one has a task of somebody else's CTA."""
    key, operator = test.column.key, test.operator
    if key == "owner" and operator == "me":
        return Q(owner=user.pk) | Q(pk__in=visible.helped(user))
    if key == "snoozed" and operator in ("filled", "empty"):
        return Q(snoozed_until__gt=today) if operator == "filled" else ~Q(snoozed_until__gt=today) | Q(snoozed_until=None)
    if key == "priority":
        return _priority(test)
    return accounts.where(test, user, today)


def _priority(test: Condition) -> Q:
    """Priorities are numbers and never blank."""
    wanted = Q(priority__in=[int(value) for value in test.values if value.isdecimal()])
    return {"empty": Q(pk__in=[]), "filled": Q(), "none": ~wanted, "not": ~wanted}.get(test.operator, wanted)


# --- groups


def grouping(state: State) -> str:
    """The column by which the list is grouped: what the reader chose, else the due day, as long as it is sorted by it or as it opens;
    blank = none."""
    return state.group or ("due" if state.sorts[:1] == (("due", False),) or state.sorts == state.defaults.sorts else "")


def _leading(state: State) -> list[keyset.Key]:
    """The keys that keep a group together, those of the group before all others."""
    key = grouping(state)
    if key == "due":
        return [keyset.Key("bucket")]
    if key == "account":
        return [keyset.Key("account_key"), keyset.Key("account_id")]
    if not key:
        return []
    column = state.columns[key]
    if column.kind == "person":
        return [keyset.Key(column.sort_field, nullable=True), keyset.Key(column.field, nullable=True)]
    ranked = bool(column.sort) and key in OF_ACCOUNT and column.kind == "enum"  # highest first
    return [keyset.Key(column.sort_field, ranked, column.nullable)]


def keys(state: State) -> list[keyset.Key]:
    """The sort keys, made unique by the id. Rank and title are never blank."""
    sorts = [(state.columns[key], down) for key, down in state.sorts]
    named = [keyset.Key(column.sort_field, down, column.nullable) for column, down in sorts]
    found: dict[str, keyset.Key] = {}
    for key in [*_leading(state), *named, keyset.Key("id")]:
        found.setdefault(key.field, key)
    return list(found.values())


@dataclass(frozen=True)
class Group:
    """Rows of a page that belong together; ``count`` are all of the group, ``only`` the test that holds for just them."""

    label: str
    count: int | None
    rows: Sequence[CallToAction]
    only: Condition | None = None
    place: Any = None


@dataclass(frozen=True)
class Counts:
    """How many CTAs match; by due day where that is how they are grouped."""

    count: int
    buckets: Mapping[int, int]


def counts(found: QuerySet[CallToAction], state: State) -> Counts:
    """One query."""
    if grouping(state) != "due":
        return Counts(found.count(), {})
    counted = found.order_by().annotate(place=F("bucket")).values("place").annotate(n=Count("pk")).values_list("place", "n")
    buckets: dict[int, int] = dict(counted)
    return Counts(sum(buckets.values()), buckets)


def page(found: QuerySet[CallToAction], state: State, known: Counts, today: date, size: int = SIZE) -> keyset.Page[CallToAction]:
    """One page, by key: first which rows, from narrow columns alone, then those rows. Two queries."""
    if not known.count:
        return keyset.Page([], "", "")
    order = keys(state)
    near = _narrow(_near(found, state, known, today, size), order)
    narrow = keyset.page(near, order, size, after=state.after, before=state.before)
    return keyset.Page(full(narrow.rows, state, today), narrow.before, narrow.after)


def _near(found: QuerySet[CallToAction], state: State, known: Counts, today: date, size: int) -> QuerySet[CallToAction]:
    """Where the list is grouped by due day, only the groups that the page can show: to rank all others too is most of what it would cost."""
    if not known.buckets:
        return found
    place = keyset.place_of(found, keys(state), state.after or state.before)
    span = reached(known.buckets, place[0] if place else None, bool(place and not state.after), size + 1)
    return found.filter(within(*span, today)) if span else found


def _narrow(found: QuerySet[CallToAction], order: Iterable[keyset.Key]) -> QuerySet[CallToAction]:
    """Rows with nothing but what the keys need."""
    own = {field.attname for field in CallToAction._meta.concrete_fields}
    asked = [key.field for key in order]
    added = {name: F(name) for name in asked if name not in own}
    return found.only("pk", *(name for name in asked if name in own)).annotate(**added)


def full(narrow: Sequence[CallToAction], state: State, today: date) -> list[CallToAction]:
    """Rows that the reader sees with all that cells show, in this order. One query; what the narrow rows know isn't asked again."""
    known = {name: [getattr(row, name) for row in narrow] for name in ("rank", "bucket") if narrow and hasattr(narrow[0], name)}
    names = [name for name in shown_names(state) if name not in known]
    rows = (
        CallToAction.objects.filter(pk__in=[row.pk for row in narrow]).defer("note", "because").annotate(**beside(names, today))
    )
    by_id = rows.in_bulk()
    for name, values in known.items():
        for row, value in zip(narrow, values, strict=True):
            setattr(by_id[row.pk], name, value)
    return [by_id[row.pk] for row in narrow if row.pk in by_id]


def shown_names(state: State) -> list[str]:
    """What cells show, and by what they are grouped."""
    columns = [state.columns[key] for key in (*state.shown, *([grouping(state)] if grouping(state) else []))]
    names = [name for column in columns for name in (column.field, column.sort) if name]
    return [*names, "rank", "bucket", "account_name", "owner_name"]


def everything(found: QuerySet[CallToAction], state: State, today: date) -> QuerySet[CallToAction]:
    """All rows in the list's order with what files show."""
    known = found.query.annotations
    added = {name: F(name) if name in known else one for name, one in beside(shown_names(state), today).items()}
    return found.defer("note", "because").annotate(**added).order_by(*keyset.ordering(keys(state)))


def grouped(found: QuerySet[CallToAction], page: Sequence[CallToAction], state: State, known: Counts) -> list[Group]:
    """The rows of a page cut into their groups, each with how many it has in all. At most one query."""
    key = grouping(state)
    if not key:
        return [Group("", None, page)]
    field = {"due": "bucket", "account": "account_id", "owner": "owner_id"}.get(key) or state.columns[key].field
    parts: list[tuple[Any, list[CallToAction]]] = []
    for row in page:
        value = getattr(row, field)
        if not parts or parts[-1][0] != value:
            parts.append((value, []))
        parts[-1][1].append(row)
    counted = known.buckets if key == "due" else _counted(found, field, [value for value, _ in parts])
    return [
        Group(_label(state, key, value, part[0]), counted.get(value), part, _only(state, key, value, part[0]), value)
        for value, part in parts
    ]


def _counted(found: QuerySet[CallToAction], field: str, values: Sequence[Any]) -> dict[Any, int]:
    known = Q(**{f"{field}__in": [value for value in values if value is not None]})
    test = known | Q(**{f"{field}__isnull": True}) if None in values else known
    return dict(
        found.filter(test).order_by().annotate(place=F(field)).values("place").annotate(n=Count("pk")).values_list("place", "n")
    )


def _label(state: State, key: str, value: Any, row: Any) -> str:
    if key == "due":
        return BUCKETS[value]
    if key == "account":
        return str(row.account_name)
    column = state.columns[key]
    if value in (None, ""):
        return f"No {column.label if column.label.isupper() else column.label.lower()}"
    return str(getattr(row, column.sort)) if column.kind == "person" else column.label_of(value)


def _only(state: State, key: str, value: Any, row: Any) -> Condition | None:
    column = state.columns[key]
    if key == "due":
        return None
    if key == "account":
        return Condition(column, "is", row.account_name.lower())
    return Condition(column, "empty") if value in (None, "") else Condition(column, "is", str(value))


# --- around the list


def tab_counts(user: User, states: Sequence[State], today: date) -> list[int]:
    """How many rows each of these states holds; one query."""
    asked = {f"n{number}": Count("pk", filter=conditions(user, state, today)) for number, state in enumerate(states)}
    names = [name for state in states for name in needed(state)]
    opened = Q() if any(asks_closed(state) for state in states) else Q(is_open__in=[True])
    found = rows(user, today, names).filter(opened).aggregate(**asked) if states else {}
    return [found[f"n{number}"] for number in range(len(states))]


def ids(found: QuerySet[CallToAction]) -> list[int]:
    """The ids of what matches, one more than can be worked on at once."""
    return list(found.order_by("pk").values_list("pk", flat=True)[: MOST + 1])


def one(user: User, pk: int) -> CallToAction | None:
    """A CTA that the user sees, with its account's row."""
    return visible.ctas(user).select_related("summary").filter(pk=pk).first()


def today_count(user: User, today: date, *, team: bool = False) -> int:
    """How much of the user's own work, or of the team's, is due today or late, snoozed work left out. At most two queries."""
    whose = Q(owner__in=[user.pk, *visible.team_ids(user)]) if team else Q(owner=user.pk) | Q(pk__in=visible.helped(user))
    due = visible.listed_ctas(user).filter(whose, is_open=True, due_date__lte=today)
    return due.exclude(snoozed_until__gt=today).count()


def people(column: Column) -> list[tuple[str, str]]:
    """(id, name) of the people whom a filter on this column can name."""
    may = [key for key, role in visible.roles().items() if "cta.edit" in role.may]
    found = User.objects.filter(roles__role__in=["tam"] if column.key == "tam" else may).distinct().order_by("name", "pk")
    return [(str(pk), name) for pk, name in found.values_list("pk", "name")[:500]]
