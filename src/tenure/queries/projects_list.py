"""The list of projects: its columns, filters, sums, pages and groups."""

from collections.abc import Sequence
from datetime import date
from functools import reduce
from operator import or_

from django.db.models import Case, CharField, Count, F, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce, Lower

from tenure.models import Project, User
from tenure.queries import handbook, keyset, listed, projects, visible
from tenure.queries.accounts import Group, Sums, where
from tenure.queries.lists import Column, Defaults, State, word_choices
from tenure.rules.packs import Pack

STATES = (("opened", "Open"), ("archived", "Archived"))
CHECKS = (("complies", "Complies"), ("differs", "Differs"), ("outdated", "Template has moved on"))
DEFAULTS = Defaults(
    sorts=(("name", False),), shown=("name", "account", "plan", "phase", "check", "progress", "open", "owner", "start")
)
FILES = {"name": "name", "account": "account_name"}


def columns(pack: Pack) -> dict[str, Column]:
    """The columns by key; words to choose from come from the handbook."""
    terms = pack.projects.terms
    plans = tuple((key, versions[-1].title.partition(" ")[0]) for key, versions in pack.projects.templates.items())
    phases = tuple((one.key, one.title) for one in terms.phases) if terms else ()
    trees = tuple((one.key, one.title) for one in terms.trees) if terms else ()
    found = [
        Column("name", "Project", "text", "name_key", place="a", fixed=True),
        Column("account", "Account", "text", "account_key", place="c"),
        Column("plan", "Plan", "enum", "template", choices=plans, groupable=True),
        Column("phase", "Phase", "enum", "phase", choices=phases, groupable=True),
        Column("check", "Template", "enum", "conformity", choices=CHECKS, groupable=True, place="b"),
        Column("differs", "Differences", "int", "differs"),
        Column("progress", "Progress", "int", "progress", nullable=True, place="d"),
        Column("open", "Open issues", "int", "issues_open"),
        Column("closed", "Closed issues", "int", "issues_closed"),
        Column("owner", "Owner", "person", "owner_id", sort="owner_name", nullable=True, groupable=True),
        Column("tam", "TAM", "person", "tam_id", sort="tam_name", nullable=True, groupable=True),
        Column("start", "Began", "date", "start_date"),
        Column(
            "segment",
            "Segment",
            "enum",
            "segment",
            choices=word_choices(list(reversed(handbook.outcomes(pack, "segment")))),
            groupable=True,
        ),
        Column("tree", "Group", "enum", "tree", choices=trees, groupable=True),
        Column("state", "State", "enum", "state", choices=STATES, groupable=True),
        Column("version", "Version", "int", "version"),
    ]
    return {column.key: column for column in found}


def rows(user: User) -> QuerySet[Project]:
    """What the user sees, with the account's columns beside it."""
    check = Case(
        When(outdated=True, then=Value("outdated")),
        When(differs__gt=0, then=Value("differs")),
        default=Value("complies"),
        output_field=CharField(),
    )
    return projects.seen(user).annotate(
        name_key=Lower("name"), account_name=F("summary__name"), account_key=F("summary__name_key"), segment=F("summary__segment"),
        tam_id=F("summary__tam_id"), tam_name=F("summary__tam_name"), owner_name=Coalesce("owner__name", Value("")), conformity=check,
    )  # fmt: skip


def matching(user: User, state: State, today: date) -> QuerySet[Project]:
    """The visible rows that match the search and the filters."""
    return rows(user).filter(conditions(user, state, today))


def conditions(user: User, state: State, today: date) -> Q:
    """Search and filters as one test. The search looks at the names of project and account, and at the path."""
    words = state.search.lower()
    found = Q(name_key__contains=words) | Q(account_key__contains=words) | Q(path__contains=words) if words else Q()
    for group in state.filters:
        found &= reduce(or_, (where(condition, user, today) for condition in group))
    return found


def sums(found: QuerySet[Project], user: User, state: State) -> Sums:
    """How many rows match, and of how many."""
    count = found.count()
    return Sums(count, projects.seen(user).count() if state.narrowed else count, {})


def page(found: QuerySet[Project], state: State, known: Sums) -> keyset.Page[Project]:
    """One page, by key."""
    return listed.page(found, keys(state), state, known)


def everything(found: QuerySet[Project], state: State) -> QuerySet[Project]:
    """All rows in the list's order, for files."""
    return listed.everything(found, keys(state))


def keys(state: State) -> list[keyset.Key]:
    """The sort keys, made unique by the id."""
    return listed.keys(state, keyset.Key("id"))


def groups(found: QuerySet[Project], state: State) -> list[Group]:
    """The groups of ``state.group`` with their counts."""
    return listed.groups(found, state)


def counts(user: User, states: Sequence[State], today: date) -> list[int]:
    """How many rows each of these states holds; one query."""
    asked = {f"n{n}": Count("pk", filter=conditions(user, state, today)) for n, state in enumerate(states) if state.narrowed}
    found = rows(user).aggregate(everything=Count("pk"), **asked) if states else {}
    return [found.get(f"n{number}", found["everything"]) for number in range(len(states))]


def people(column: Column) -> list[tuple[str, str]]:
    """(id, name) of the people whom a filter on this column can name."""
    roles = ["tam"] if column.key == "tam" else [key for key, role in visible.roles().items() if projects.EDIT in role.may]
    found = User.objects.filter(roles__role__in=roles).distinct().order_by("name", "pk")
    return [(str(pk), name) for pk, name in found.values_list("pk", "name")[:500]]
