"""The accounts list: its columns, its filters as conditions, its sums, its pages and its groups."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Count, F, Max, Q, QuerySet, Sum

from tenure.models import AccountSummary, User
from tenure.queries import handbook, keyset, roles, visible
from tenure.queries.lists import Column, Condition, Defaults, State, person_choices, word_choices
from tenure.rules.packs import Pack

SIZE = 50
FEW = 0.02  # share of hits below which walking the sort index costs more than sorting the hits
DEFAULTS = Defaults(
    sorts=(("arr", True),),
    shown=("name", "gemstone", "tier", "segment", "region", "arr", "users", "product", "renewal", "tam", "owner"),
)
YES_NO = (("Yes", "Yes"), ("No", "No"))
KINDS = (("customer", "Customer"), ("prospect", "Prospect"), ("former", "Former"))


def columns(pack: Pack) -> dict[str, Column]:
    """The columns by key. Words to choose from come from the handbook, people from the assignments."""
    tams, owners = _people("tam"), _people("owner")
    regions = word_choices([region.key for region in pack.handbook.regions])
    products = word_choices([product.key for product in reversed(pack.handbook.products)])
    duties = tuple((key, roles.title(key, pack)) for key in handbook.outcomes(pack, "coverage"))

    def word(rule: str) -> tuple[tuple[str, str], ...]:
        return word_choices(list(reversed(handbook.outcomes(pack, rule))))

    found = [
        Column("name", "Account", "text", "name_key", place="a", fixed=True),
        Column("gemstone", "Gemstone", "enum", "gemstone", sort="gemstone_rank", choices=word("gemstone"), place="c", groupable=True),
        Column("tier", "Tier", "enum", "service_tier", sort="service_tier_rank", choices=word("service_tier"), groupable=True),
        Column("segment", "Segment", "enum", "segment", sort="segment_rank", choices=word("segment"), groupable=True),
        Column("region", "Region", "enum", "region", choices=regions, groupable=True),
        Column("arr", "ARR", "money", "arr_minor", nullable=True, total=True, place="b"),
        Column("users", "Licences", "int", "users", nullable=True, total=True),
        Column("product", "Product", "enum", "product", sort="product_rank", choices=products, groupable=True),
        Column("renewal", "Renewal", "date", "renewal_date", nullable=True, place="d"),
        Column("tam", "TAM", "person", "tam_id", sort="tam_name", choices=tams, groupable=True),
        Column("owner", "Owner", "person", "owner_id", sort="owner_name", choices=owners, groupable=True),
        Column("criteria", "Gets a TAM", "enum", "tam_eligible", choices=YES_NO, groupable=True),
        Column("waiting", "Without a TAM since", "date", "needs_tam_since", nullable=True),
        Column("coverage", "Coverage", "enum", "coverage", choices=duties, groupable=True),
        Column("plan", "Engagement plan", "enum", "engagement_plan", choices=word("engagement_plan"), groupable=True),
        Column("support", "Support level", "enum", "support_level", choices=word("support_level"), groupable=True),
        Column("since", "Customer since", "date", "customer_since", nullable=True),
        Column("employees", "Employees", "int", "employees", nullable=True),
        Column("iacv", "iACV", "money", "iacv_minor", nullable=True, total=True),
        Column("contacts", "Contacts", "int", "contacts"),
        Column("complete", "Contacts complete (%)", "int", "contact_completeness", nullable=True),
        Column("kind", "Kind", "enum", "kind", choices=KINDS, groupable=True),
        Column("override", "Overridden", "bool", "overridden", groupable=True),
    ]
    return {column.key: column for column in found}


def _people(kind: str) -> tuple[tuple[str, str], ...]:
    held = AccountSummary.objects.exclude(**{kind: None}).values(f"{kind}_id").distinct() if kind == "owner" else None
    people = User.objects.filter(roles__role="tam") if held is None else User.objects.filter(pk__in=held)
    return person_choices(people.order_by("name").values_list("pk", "name").distinct()[:500])


@dataclass(frozen=True)
class Sums:
    """What the head of the list says: rows that match, all that the reader sees, and the sums of the matching rows by column key."""

    count: int
    of: int
    totals: dict[str, int | None]


@dataclass(frozen=True)
class Group:
    """One group: its word, how to filter for it, rows and ARR (minor units)."""

    label: str
    condition: Condition
    count: int
    arr: int | None


def matching(user: User, state: State, today: date) -> QuerySet[AccountSummary]:
    """The visible rows that match the search and the filters."""
    rows = visible.summaries(user)
    if state.search:
        rows = rows.filter(name_key__contains=state.search.lower())
    for group in state.filters:
        rows = rows.filter(reduce(or_, (where(condition, user, today) for condition in group)))
    return rows


def where(condition: Condition, user: User, today: date) -> Q:
    """One condition as a test of the database. A blank never matches a comparison."""
    column, operator, value = condition.column, condition.operator, condition.value
    name = column.field
    blank = Q(**{f"{name}__isnull": True}) if column.nullable or column.kind == "person" else Q(**{name: ""})
    if column.kind == "text" and isinstance(value, str):
        value = value.lower()
    match operator:
        case "empty":
            return blank
        case "filled":
            return ~blank
        case "yes" | "no":
            return Q(**{name: operator == "yes"})
        case "me":
            return Q(**{name: user.pk})
        case "team":
            return Q(**{f"{name}__in": [user.pk, *visible.team_ids(user)]})
        case "next" | "past":
            days = timedelta(days=min(int(str(value)), 36_500))
            return Q(**{f"{name}__range": (today, today + days) if operator == "next" else (today - days, today)})
        case "any":
            return Q(**{f"{name}__in": _ids(column, value if isinstance(value, list) else [])})
        case "not":
            return ~Q(**{name: one}) | blank if (one := _one(column, value)) is not None else Q()
        case _:
            lookups = {"is": "", "has": "__contains", "starts": "__startswith", "before": "__lt", "after": "__gt"}
            one = _one(column, value)
            return Q(**{f"{name}{lookups.get(operator, f'__{operator}')}": one}) if one is not None else Q(pk__in=[])


def _one(column: Column, value: Any) -> Any:
    if column.kind == "person":
        return int(value) if str(value).isdecimal() else None
    return value


def _ids(column: Column, values: Iterable[str]) -> list[Any]:
    return [one for one in (_one(column, value) for value in values) if one is not None]


def sums(rows: QuerySet[AccountSummary], user: User, state: State) -> Sums:
    """Exact counts and sums; two queries, one where nothing is filtered."""
    wanted = [state.columns[key] for key in state.shown if state.columns[key].total]
    asked: dict[str, Any] = {f"sum_{column.key}": Sum(column.field) for column in wanted}
    found = rows.aggregate(n=Count("pk"), **asked)
    everything = visible.summaries(user).count() if state.filters or state.search else found["n"]
    return Sums(found["n"], everything, {column.key: found[f"sum_{column.key}"] for column in wanted})


def keys(state: State) -> list[keyset.Key]:
    """The sort keys, made unique by the id."""
    found = []
    for key, down in state.sorts:
        column = state.columns[key]
        found.append(keyset.Key(column.sort_field, down, column.nullable))
    return [*found, keyset.Key("account_id")]


def page(rows: QuerySet[AccountSummary], state: State, known: Sums, size: int = SIZE) -> keyset.Page[AccountSummary]:
    """One page, by key. Few hits are sorted; many are read along the sort index."""
    few = bool(state.filters or state.search) and known.count < max(known.of * FEW, 500)
    return keyset.page(rows, keys(state), size, after=state.after, before=state.before, few=few)


def groups(rows: QuerySet[AccountSummary], state: State) -> list[Group]:
    """The groups of ``state.group`` with count and ARR, in the handbook's order, highest first."""
    column = state.columns[state.group]
    counted = rows.order_by().values(column.field).annotate(n=Count("pk"), arr=Sum("arr_minor"), rank=Max(F(column.sort_field)))
    highest_first = column.kind == "enum" and bool(column.sort)
    ordered = sorted(counted, key=lambda row: row["rank"], reverse=highest_first)
    return [Group(_label(column, value), _condition(column, value), row["n"], row["arr"]) for row in ordered for value in [row[column.field]]]


def _label(column: Column, value: Any) -> str:
    if column.kind == "bool":
        return column.label if value else f"Not {column.label.lower()}"
    if value in (None, ""):
        return f"No {column.label}" if column.kind == "person" else "Undecided"
    return dict(column.choices).get(str(value), str(value))


def _condition(column: Column, value: Any) -> Condition:
    if column.kind == "bool":
        return Condition(column, "yes" if value else "no")
    return Condition(column, "empty") if value in (None, "") else Condition(column, "is", str(value))

