"""The list of hand-overs: its columns, filters, sums, pages and groups."""

from collections.abc import Sequence
from datetime import date
from functools import reduce
from operator import or_

from django.db.models import BooleanField, Case, Count, Exists, F, OuterRef, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce

from tenure.models import Assignment, HandOver, User
from tenure.queries import assignments, handbook, handovers, keyset, listed, money, visible
from tenure.queries.accounts import Group, Sums, where
from tenure.queries.handovers_rights import EDIT
from tenure.queries.lists import Column, Defaults, State, word_choices
from tenure.rules.handovers import KINDS, STATES
from tenure.rules.packs import Pack

SIZE = listed.SIZE
DEFAULTS = Defaults(
    sorts=(("due", False),), shown=("account", "kind", "state", "due", "missing", "giver", "taker", "plan", "arr")
)
FILES = {"account": "account_name"}


def columns(pack: Pack) -> dict[str, Column]:
    """The columns by key; words to choose from come from the handbook."""
    plans = word_choices(handbook.outcomes(pack, "engagement_plan")) if "engagement_plan" in pack.rules else ()
    segments = word_choices(list(reversed(handbook.outcomes(pack, "segment"))))
    found = [
        Column("account", "Account", "text", "account_key", place="a", fixed=True),
        Column("kind", "Kind", "enum", "kind", choices=tuple(KINDS.items()), place="c", groupable=True),
        Column("state", "State", "enum", "state", choices=tuple(STATES.items()), place="b", groupable=True),
        Column("open", "Open", "bool", "is_open"),
        Column("due", "Due", "date", "due_on", place="d"),
        Column("late", "Late", "bool", "late"),
        Column("missing", "Missing", "int", "missing", place="e"),
        Column("giver", "From", "person", "giver_id", sort="giver_name", nullable=True, groupable=True),
        Column("taker", "To", "person", "taker_id", sort="taker_name", nullable=True, groupable=True),
        Column("part", "I take part", "bool", "part"),
        Column("plan", "Plan", "enum", "plan", choices=plans, groupable=True),
        Column("started", "Began", "date", "started_on"),
        Column("opportunity", "Opportunity", "text", "deal_name"),
        Column("arr", "ARR", "money", "arr_minor", nullable=True, digits=money.digits(pack.handbook.currency)),
        Column("segment", "Segment", "enum", "segment", choices=segments, groupable=True),
        Column("reason", "Why it came back or was called off", "text", "reason"),
    ]
    return {column.key: column for column in found}


def rows(user: User, today: date) -> QuerySet[HandOver]:
    """What the user sees, with the account's columns beside it. ``part``: the user works on the account."""
    part = Exists(Assignment.objects.filter(assignments.active(today), account=OuterRef("account"), user=user))
    late = Case(When(is_open=True, due_on__lt=today, then=Value(True)), default=Value(False), output_field=BooleanField())
    return handovers.seen(user).annotate(
        late=late, part=part, account_name=F("account__summary__name"), account_key=F("account__summary__name_key"), arr_minor=F("account__summary__arr_minor"),
        segment=F("account__summary__segment"), giver_name=Coalesce("giver__name", Value("")), taker_name=Coalesce("taker__name", Value("")),
        deal_name=Coalesce("opportunity__name", Value("")),
    )  # fmt: skip


def matching(user: User, state: State, today: date) -> QuerySet[HandOver]:
    """The visible rows that match the search and the filters."""
    return rows(user, today).filter(conditions(user, state, today))


def conditions(user: User, state: State, today: date) -> Q:
    """Search and filters as one test. The search looks at the account and at both people."""
    words = state.search.lower()
    named = Q(giver__name__icontains=words) | Q(taker__name__icontains=words)
    found = Q(account_key__contains=words) | named if words else Q()
    for group in state.filters:
        found &= reduce(or_, (where(condition, user, today) for condition in group))
    return found


def sums(found: QuerySet[HandOver], user: User, state: State) -> Sums:
    """How many rows match, and of how many."""
    count = found.count()
    return Sums(count, handovers.seen(user).count() if state.narrowed else count, {})


def page(found: QuerySet[HandOver], state: State, known: Sums, size: int = SIZE) -> keyset.Page[HandOver]:
    """One page, by key."""
    return listed.page(found, keys(state), state, known, size)


def everything(found: QuerySet[HandOver], state: State) -> QuerySet[HandOver]:
    """All rows in the list's order, for files."""
    return listed.everything(found, keys(state))


def keys(state: State) -> list[keyset.Key]:
    """The sort keys, made unique by the id."""
    return listed.keys(state, keyset.Key("id"))


def groups(found: QuerySet[HandOver], state: State) -> list[Group]:
    """The groups of ``state.group`` with their counts."""
    return listed.groups(found, state)


def counts(user: User, states: Sequence[State], today: date) -> list[int]:
    """How many rows each of these states holds; one query."""
    asked = {
        f"n{number}": Count("pk", filter=conditions(user, state, today)) for number, state in enumerate(states) if state.narrowed
    }
    found = rows(user, today).aggregate(everything=Count("pk"), **asked) if states else {}
    return [found.get(f"n{number}", found["everything"]) for number in range(len(states))]


def people(column: Column) -> list[tuple[str, str]]:
    """(id, name) of the people whom a filter on this column can name."""
    able = [key for key, role in visible.roles().items() if EDIT in role.may]
    found = User.objects.filter(roles__role__in=able).distinct().order_by("name", "pk")
    return [(str(pk), name) for pk, name in found.values_list("pk", "name")[:500]]
