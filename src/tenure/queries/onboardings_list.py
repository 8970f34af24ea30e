"""The onboarding list: its columns, filters, sums, pages and groups."""

from collections.abc import Container, Iterable, Mapping, Sequence
from datetime import date, timedelta
from functools import lru_cache, reduce
from operator import or_
from typing import Any

from django.db.models import Case, Count, F, IntegerField, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce, Lower

from tenure.models import AccountSummary, Onboarding, User
from tenure.queries import handbook, keyset, listed, money, onboardings_days, visible
from tenure.queries.accounts import PEOPLE, Group, Sums, where
from tenure.queries.among import Among
from tenure.queries.lists import Column, Defaults, State, word_choices
from tenure.queries.onboarding_words import CUSTOMERS, TRACKS, causes, statuses
from tenure.queries.onboardings import EDIT, VIEW
from tenure.queries.onboardings_days import DaysBetween, Quarter
from tenure.rules.packs import Pack

SIZE = listed.SIZE
DEFAULTS = Defaults(
    sorts=(("start", True),),
    shown=("name", "account", "status", "track", "owner", "gemstone", "start", "age", "engage", "value", "onboard"),
)
FILES = {"name": "name", "account": "account_name"}  # what a file shows where the list searches in lower case
SINCE, YEAR = (
    date(2018, 1, 1),
    timedelta(days=366),
)  # quarters that a filter offers: from the first edition until as far as one may plan
TITLES = {"engage": "Days to engage", "value": "Days to first value", "onboard": "Days to onboard"}


@lru_cache(maxsize=16)
def columns(pack: Pack, today: date) -> dict[str, Column]:
    """The columns by key; words to choose from come from the handbook."""
    gems, segments = (word_choices(list(reversed(handbook.outcomes(pack, rule)))) for rule in ("gemstone", "segment"))
    quarters = word_choices(onboardings_days.quarters(today + YEAR, pack.handbook.fiscal_year_start, SINCE))
    found = [
        Column("name", "Onboarding", "text", "name_key", place="a", fixed=True),
        Column("account", "Account", "text", "account_key", place="c"),
        Column("status", "Status", "enum", "status", sort="status_rank", choices=statuses(pack), place="b", groupable=True),
        Column("track", "Track", "enum", "track", sort="track_rank", choices=TRACKS, place="e", groupable=True),
        Column("owner", "Owner", "person", "owner_id", sort="owner_name", nullable=True, groupable=True),
        Column("gemstone", "Gemstone", "enum", "gemstone", sort="gem_rank", choices=gems, groupable=True),
        Column("segment", "Segment", "enum", "segment", sort="segment_rank", choices=segments, groupable=True),
        Column("cause", "Why it began", "enum", "cause", choices=causes(pack), groupable=True),
        Column("customer", "Customer", "enum", "customer", choices=CUSTOMERS, groupable=True),
        Column("quarter", "Quarter of its start", "enum", "quarter", choices=quarters, groupable=True),
        Column("arr", "ARR", "money", "arr_minor", nullable=True, digits=money.digits(pack.handbook.currency)),
        Column("tam", "TAM of today", "person", "tam_id", sort="tam_name", nullable=True, groupable=True),
        *(Column(key, label, "date", name, nullable=True, place="d" if key == "start" else "") for key, label, name in DAYS),
        Column("age", "Days open", "int", "age", nullable=True),
        *(Column(key, label, "int", f"days_to_{key}", nullable=True) for key, label in TITLES.items()),
        Column("greenfield", "Greenfield", "enum", "greenfield_word", choices=ANSWERS, groupable=True),
        Column("survey", "Survey's score", "int", "survey_score", nullable=True),
        Column("reviewed", "Reviewed on", "date", "reviewed_on", nullable=True),
        Column("open", "Open", "bool", "is_open", groupable=True),
        *(Column(one.key, one.title, "int", one.key, nullable=True) for one in onboardings_days.definitions(pack.onboarding)),
    ]
    return {column.key: column for column in found}


ANSWERS = (("yes", "Greenfield"), ("no", "Not greenfield"))
DAYS = (
    ("purchase", "Purchase", "purchase_date"), ("contract", "Original contract", "contract_date"), ("start", "Start", "start_date"),
    ("reached", "First reach-out", "first_reach_out"), ("ready", "Infrastructure ready", "infrastructure_ready"),
    ("valued", "First value", "first_value"), ("achieved", "Outcome achieved", "outcome_achieved"), ("finish", "Finish", "finish_date"),
)  # fmt: skip


def scope(user: User) -> QuerySet[Onboarding]:
    """The onboardings that the user sees. What few readers reach is named by id; of many accounts only those that are gone are left out."""
    if not visible.may(user, VIEW):
        return Onboarding.objects.none()
    rows = Onboarding.objects.filter(deleted_at=None)
    # With its id tested too SQLite takes the index of those that are gone; else it would rather go through another one of all accounts.
    gone = AccountSummary.objects.filter(deleted=True, pk__gt=0).values("pk")
    if visible.sees_all(user):
        return rows.exclude(account__in=gone)
    reached = visible.few(user)
    if reached is None:
        return rows.filter(account__in=visible.summaries(user).values("pk"))
    return rows.filter(Among("account_id", reached)).exclude(account__in=gone)


def rows(user: User, today: date, named: Iterable[str] = (), *, only: Container[str] | None = None) -> QuerySet[Onboarding]:
    """What the user sees, with what lists search, sort and show beside it. ``named``: columns that are asked for; of the editions' definitions
    those alone are there. ``only``, for counting: the names of what is there at all, for what is beside a row is joined for every one of them."""
    pack, asked = handbook.pack(), set(named)
    beside = [(name, made) for parts in _beside(pack, today).values() for name, made in parts.items()]
    found = {name: made for name, made in beside if only is None or name in only}
    times = [one for one in onboardings_days.definitions(pack.onboarding) if one.key in asked]
    return scope(user).annotate(**found, **{one.key: onboardings_days.days_of(one.metric) for one in times})


def _beside(pack: Pack, today: date) -> dict[str, dict[str, Any]]:
    """By column what it adds to a row."""
    greenfield = Case(When(greenfield=True, then=Value("yes")), When(greenfield=False, then=Value("no")), default=Value(""))
    return {
        "name": {"name_key": Lower("name")},
        "account": {"account_name": F("summary__name"), "account_key": F("summary__name_key")},
        "status": {"status_rank": _rank("status", [key for key, _ in statuses(pack)])},
        "track": {"track_rank": _rank("track", [key for key, _ in reversed(TRACKS)])},
        "owner": {"owner_name": Coalesce("owner__name", Value(""))},
        "gemstone": {"gem_rank": _rank("gemstone", handbook.outcomes(pack, "gemstone"))},
        "segment": {"segment": F("summary__segment"), "segment_rank": F("summary__segment_rank")},
        "customer": {"customer": onboardings_days.customer(pack.onboarding, today)},
        "quarter": {"quarter": Quarter(onboardings_days.begun(), pack.handbook.fiscal_year_start)},
        "arr": {"arr_minor": F("summary__arr_minor")},
        "tam": {"tam_id": F("summary__tam_id"), "tam_name": F("summary__tam_name")},
        "age": {"age": DaysBetween(F("start_date"), Coalesce("finish_date", Value(today)))},
        "greenfield": {"greenfield_word": greenfield},
    }


def _rank(field: str, words: Iterable[str]) -> Case:
    """The place of a word in its order; 0 for one that isn't in it."""
    whens = [When(**{field: word}, then=Value(place)) for place, word in enumerate(words, 1)]
    return Case(*whens, default=Value(0), output_field=IntegerField())


def matching(user: User, state: State, today: date) -> QuerySet[Onboarding]:
    """The visible rows that match the search and the filters."""
    return rows(user, today, needed(state)).filter(conditions(user, state, today))


def counting(user: User, state: State, today: date, *more: str) -> QuerySet[Onboarding]:
    """The same rows for counting, with no more beside them than what is tested, and the columns ``more``."""
    named = {*tested(state), *more}
    return rows(user, today, named, only={state.columns[key].field for key in named}).filter(conditions(user, state, today))


def tested(state: State) -> set[str]:
    """The columns that a state searches and filters by."""
    return {condition.column.key for group in state.filters for condition in group} | (
        {"name", "account"} if state.search else set()
    )


def needed(state: State) -> set[str]:
    """The columns that a state shows, sorts, groups or filters by."""
    return {*state.shown, *(key for key, _ in state.sorts), state.group, *tested(state)}


def conditions(user: User, state: State, today: date) -> Q:
    """Search and filters as one test. The search looks at names of onboardings and of accounts."""
    words = state.search.lower()
    found = Q(name_key__contains=words) | Q(account_key__contains=words) if words else Q()
    for group in state.filters:
        found &= reduce(or_, (where(condition, user, today) for condition in group))
    return found


def sums(user: User, state: State, today: date) -> Sums:
    """How many rows match, and of how many."""
    count = counting(user, state, today).count()
    return Sums(count, scope(user).count() if state.narrowed else count, {})


def page(found: QuerySet[Onboarding], state: State, known: Sums, size: int = SIZE) -> keyset.Page[Onboarding]:
    """One page, by key."""
    return listed.page(found, keys(state), state, known, size)


def everything(found: QuerySet[Onboarding], state: State) -> QuerySet[Onboarding]:
    """All rows in the list's order, for files."""
    return listed.everything(found, keys(state))


def keys(state: State) -> list[keyset.Key]:
    """The sort keys, made unique by the id."""
    return listed.keys(state, keyset.Key("id", True))


def groups(user: User, state: State, today: date) -> list[Group]:
    """The groups of ``state.group`` with their counts: words in the handbook's order, people by name, blanks last."""
    named = {*tested(state), state.group}
    only = {state.columns[key].field for key in named} | {state.columns[state.group].sort}
    return listed.groups(rows(user, today, named, only=only).filter(conditions(user, state, today)), state)


def counts(user: User, states: Sequence[State], today: date) -> list[int]:
    """How many rows each of these states holds; one query."""
    asked = {
        f"n{number}": Count("pk", filter=conditions(user, state, today)) for number, state in enumerate(states) if state.narrowed
    }
    named = {key for state in states for key in tested(state)}
    only = {state.columns[key].field for state in states for key in tested(state)}
    found: Mapping[str, int] = rows(user, today, named, only=only).aggregate(everything=Count("pk"), **asked) if states else {}
    return [found.get(f"n{number}", found["everything"]) for number in range(len(states))]


def people(column: Column) -> list[tuple[str, str]]:
    """(id, name) of the people whom a filter on this column can name."""
    roles = [key for key, role in visible.roles().items() if EDIT in role.may] if column.key == "owner" else ["tam"]
    found = User.objects.filter(roles__role__in=roles).distinct().order_by("name", "pk")
    return [(str(pk), name) for pk, name in found.values_list("pk", "name")[:PEOPLE]]
