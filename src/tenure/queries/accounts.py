"""The accounts list: its columns, its filters as conditions, its sums, its pages and its groups."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Count, Max, Q, QuerySet, Sum

from tenure.models import PORTFOLIO_WORDS, BuiltDay, SummaryFields, User
from tenure.queries import handbook, keyset, money, portfolio, roles, visible
from tenure.queries.among import Among
from tenure.queries.assignments import OWNER_ROLES
from tenure.queries.lists import Column, Condition, Defaults, State, group_condition, group_label, group_place, word_choices
from tenure.rules.packs import Pack

SIZE = 50
FEW = 1_000  # hits below which walking the sort index past everything else costs more than sorting the hits
PROBE = 300  # one row in so many is read one by one, to see whether a filter hits only these
NAMED = ("any", "is", "me", "team")  # tests of a person that an index answers
PEOPLE = 500  # offered for one column
DEFAULTS = Defaults(
    sorts=(("arr", True),),
    shown=("name", "gemstone", "tier", "segment", "arr", "region", "product", "users", "renewal", "tam", "owner"),
)
CRITERIA = (("Yes", "Met"), ("No", "Not met"))
KINDS = (("customer", "Customer"), ("prospect", "Prospect"), ("former", "Former customer"))


def columns(pack: Pack) -> dict[str, Column]:
    """The columns by key; words to choose from come from the handbook."""
    digits = money.digits(pack.handbook.currency)
    regions = word_choices([region.key for region in pack.handbook.regions])
    products = word_choices([product.key for product in reversed(pack.handbook.products)])
    duties = tuple((key, roles.title(key, pack)) for key in handbook.outcomes(pack, "coverage"))

    def word(rule: str) -> tuple[tuple[str, str], ...]:
        return word_choices(list(reversed(handbook.outcomes(pack, rule))))

    found = [
        Column("name", "Account", "text", "name_key", place="a", fixed=True),
        Column(
            "gemstone", "Gemstone", "enum", "gemstone", sort="gemstone_rank", choices=word("gemstone"), place="c", groupable=True
        ),
        Column("tier", "Tier", "enum", "service_tier", sort="service_tier_rank", choices=word("service_tier"), groupable=True),
        Column("segment", "Segment", "enum", "segment", sort="segment_rank", choices=word("segment"), groupable=True),
        Column("arr", "ARR", "money", "arr_minor", nullable=True, total=True, place="b", digits=digits),
        Column("region", "Region", "enum", "region", choices=regions, groupable=True),
        Column("product", "Product", "enum", "product", sort="product_rank", choices=products, groupable=True),
        Column("users", "Users", "int", "users", nullable=True, total=True),
        Column("renewal", "Renewal", "date", "renewal_date", nullable=True, place="d"),
        Column("tam", "TAM", "person", "tam_id", sort="tam_name", nullable=True, groupable=True),
        Column("owner", "Owner", "person", "owner_id", sort="owner_name", nullable=True, groupable=True),
        Column("criteria", "TAM criteria", "enum", "tam_eligible", choices=CRITERIA, groupable=True),
        Column("waiting", "Without a TAM since", "date", "needs_tam_since", nullable=True),
        Column("coverage", "Coverage", "enum", "coverage", choices=duties, groupable=True),
        Column("plan", "Engagement plan", "enum", "engagement_plan", choices=word("engagement_plan"), groupable=True),
        Column("support", "Support level", "enum", "support_level", choices=word("support_level"), groupable=True),
        Column("since", "Customer since", "date", "customer_since", nullable=True),
        Column("employees", "Employees", "int", "employees", nullable=True),
        Column("iacv", "iACV", "money", "iacv_minor", nullable=True, total=True, digits=digits),
        Column("subscriptions", "Subscriptions", "int", "subscriptions"),
        Column("contacts", "Contacts", "int", "contacts"),
        Column("complete", "Contacts complete, %", "int", "contact_completeness", nullable=True),
        Column("known", "Profiles known, %", "int", "profile_percent", nullable=True),
        Column("stale", "Stale profile fields", "int", "profile_stale"),
        Column("kind", "Kind", "enum", "kind", choices=KINDS, groupable=True),
        Column("override", "Set by hand", "bool", "overridden", groupable=True),
    ]
    return {column.key: column for column in found}


def people(column: Column) -> list[tuple[str, str]]:
    """(id, name) of the people whom a filter on this column can name."""
    held = ("tam",) if column.key == "tam" else OWNER_ROLES
    rows = User.objects.filter(roles__role__in=held).distinct().order_by("name", "pk")
    return [(str(pk), name) for pk, name in rows.values_list("pk", "name")[:PEOPLE]]


def names(ids: Iterable[str]) -> dict[str, str]:
    """The names of people by id; at most one query."""
    wanted = [int(pk) for pk in ids]
    return {str(pk): name for pk, name in User.objects.filter(pk__in=wanted).values_list("pk", "name")} if wanted else {}


def every_name(columns: Iterable[Column]) -> dict[str, str]:
    """The names of everybody, where a column shows people; at most one query. Files need them all."""
    if not any(column.kind == "person" for column in columns):
        return {}
    return {str(pk): name for pk, name in User.objects.values_list("pk", "name")}


@dataclass(frozen=True)
class Sums:
    """What the head of the list says: rows that match, all that the reader sees, the sums of the matching rows by shown column, and
    their ARR (minor units). ``ids`` are the keys of the rows that match, where they are few enough to have been read one by one; ``near``:
    the reader reaches few accounts, which are named by id."""

    count: int
    of: int
    totals: Mapping[str, int | None]
    arr: int | None = None
    ids: tuple[int, ...] | None = None
    near: bool = False


@dataclass(frozen=True)
class Group:
    """One group: its word, how to filter for it, rows and ARR (minor units)."""

    label: str
    condition: Condition
    count: int
    arr: int | None


def matching(user: User, state: State, today: date, built: BuiltDay | None = None) -> QuerySet[SummaryFields]:
    """The visible rows that match the search and the filters: today's, or those of a built day, which is then ``today``."""
    return visible.listed(user, built).filter(conditions(user, state, today))


def conditions(user: User, state: State, today: date) -> Q:
    """Search and filters as one test of the database."""
    found = Q(name_key__contains=state.search.lower()) if state.search else Q()
    for group in state.filters:
        found &= reduce(or_, (where(condition, user, today) for condition in group))
    return found


def where(condition: Condition, user: User, today: date) -> Q:
    """One condition as a test of the database. A blank never matches a comparison; what "is not" a word may be blank."""
    column, value = condition.column, condition.value
    name = column.field
    blank = Q(**{f"{name}__isnull": True}) if column.nullable else Q(**{name: ""})
    match condition.operator:
        case "empty":
            return blank
        case "filled":
            return ~blank
        case "yes" | "no":
            return Q(**{name: condition.operator == "yes"})
        case "me":
            return Q(**{name: user.pk})
        case "team":
            return Q(**{f"{name}__in": [user.pk, *visible.team_ids(user)]})
        case "any":
            return Q(**{f"{name}__in": _plain(column, value)})
        case "none" | "not":
            return ~Q(**{f"{name}__in": _plain(column, value)}) | blank
        case _:
            return _compared(condition, today)


def _compared(condition: Condition, today: date) -> Q:
    name, operator = condition.column.field, condition.operator
    value = _plain(condition.column, condition.value)
    if operator in ("next", "past"):
        days = timedelta(days=value[0])
        return Q(**{f"{name}__range": (today, today + days) if operator == "next" else (today - days, today)})
    if operator == "between":
        return Q(**{f"{name}__range": tuple(value)})
    lookups = {"is": "", "has": "__contains", "starts": "__startswith", "before": "__lt", "after": "__gt"}
    return Q(**{f"{name}{lookups.get(operator, f'__{operator}')}": value[0]})


def _plain(column: Column, value: Any) -> list[Any]:
    """The value's parts as the database keeps them: people by number, names in lower case."""
    parts = list(value) if isinstance(value, tuple) else [value]
    if column.kind == "person":
        return [int(one) for one in parts]
    return [one.lower() for one in parts] if column.kind == "text" else parts


def sums(rows: QuerySet[SummaryFields], user: User, state: State, today: date, built: BuiltDay | None = None) -> Sums:
    """Exact counts and sums; at most three queries, one where nothing is filtered."""
    wanted = {"arr"} | {key for key in state.shown if state.columns[key].total}
    fields = {key: state.columns[key].field for key in sorted(wanted)}
    everything = portfolio.count(user, built) if state.narrowed else None
    ids = None
    if portfolio.answers(rows, user, state):
        count, found = portfolio.total(portfolio.matching(conditions(user, state, today)), fields)
    else:
        count, found, ids = _read(rows, fields, min(FEW, max(PROBE, (everything or 0) // PROBE)))
    of = count if everything is None else everything
    shown = {key: found[key] for key in wanted if key in state.shown}
    return Sums(count, of, shown, found["arr"], ids, visible.few(user) is not None)


def _read(
    rows: QuerySet[SummaryFields], fields: Mapping[str, str], most: int
) -> tuple[int, dict[str, int | None], tuple[int, ...] | None]:
    """Count and sums of rows. Fewer than ``most`` are read one by one: a filter that no index helps then goes through the table once, and
    the page after it asks for these accounts alone."""
    few = list(rows.values_list("pk", *fields.values())[:most])
    if len(few) == most:
        found = rows.aggregate(n=Count("account"), **{key: Sum(field) for key, field in fields.items()})
        return int(found["n"] or 0), found, None
    values = {key: [row[place] for row in few if row[place] is not None] for place, key in enumerate(fields, 1)}
    return len(few), {key: sum(known) if known else None for key, known in values.items()}, tuple(row[0] for row in few)


def keys(state: State) -> list[keyset.Key]:
    """The sort keys, made unique by the id."""
    sorts = [(state.columns[key], down) for key, down in state.sorts]
    return [
        *(keyset.Key(column.sort_field, down, column.nullable and not column.sort) for column, down in sorts),
        keyset.Key("account_id"),
    ]


def page(rows: QuerySet[SummaryFields], state: State, known: Sums, size: int = SIZE) -> keyset.Page[SummaryFields]:
    """One page, by key. No hit: nothing is read. Few hits are sorted; many are read along the sort index."""
    if not known.count:
        return keyset.Page([], "", "")
    # Ids were read through the reader's own rows a moment ago: asking for both lists would cost their product.
    found = rows if known.ids is None else QuerySet(rows.model).filter(Among("pk", known.ids))
    return keyset.page(found, keys(state), size, after=state.after, before=state.before, few=_sorts(state, known))


def _sorts(state: State, known: Sums) -> bool:
    """Whether sorting the hits costs less than walking the sort index past all other rows: for each row shown that is ``of / count``."""
    named = any(len(group) == 1 and group[0].column.kind == "person" and group[0].operator in NAMED for group in state.filters)
    return known.count < FEW or known.near or (named and known.count**2 < SIZE * known.of)


def everything(rows: QuerySet[SummaryFields], state: State) -> QuerySet[SummaryFields]:
    """All rows in the list's order, for files."""
    return rows.order_by(*keyset.ordering(keys(state)))


def groups(rows: QuerySet[SummaryFields], user: User, state: State, today: date) -> list[Group]:
    """The groups of ``state.group`` with count and ARR: words in the handbook's order, highest first, people by name, blanks last."""
    column = state.columns[state.group]
    counted: Iterable[dict[str, Any]]
    if column.field in PORTFOLIO_WORDS and portfolio.answers(rows, user, state):
        counted = portfolio.groups(portfolio.matching(conditions(user, state, today)), column.field)
    else:
        more = {"word": Max(column.sort)} if column.kind == "person" else {}
        counted = rows.order_by().values(column.field).annotate(n=Count("account"), arr=Sum("arr_minor"), **more)
    order = {value: place for place, (value, _) in enumerate(column.choices)}
    found = sorted(counted, key=lambda row: group_place(column, row[column.field], row.get("word"), order))
    return [Group(_label(column, row), group_condition(column, row[column.field]), row["n"], row["arr"]) for row in found]


def _label(column: Column, row: Mapping[str, Any]) -> str:
    value = row[column.field]
    if column.kind == "bool":
        return column.label if value else f"Not {column.label.lower()}"
    if value in (None, "") and column.field in handbook.ACCOUNT_RULES.values():
        return "Undecided"
    return group_label(column, value, row.get("word"))


def counts(user: User, states: Sequence[State], today: date, built: BuiltDay | None = None) -> list[int]:
    """How many rows each of these states holds; one query."""
    if not states:
        return []
    asked = {
        f"n{number}": Count("account", filter=conditions(user, state, today))
        for number, state in enumerate(states)
        if state.narrowed
    }
    found = visible.listed(user, built).aggregate(everything=Count("account"), **asked)
    return [found.get(f"n{number}", found["everything"]) for number in range(len(states))]
