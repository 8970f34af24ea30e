"""The feedback list: its columns, filters, sums, pages and groups; and one entry."""

from collections.abc import Sequence
from datetime import date
from functools import reduce
from operator import or_

from django.db.models import Case, CharField, Count, F, Q, QuerySet, TextField, Value, When, Window
from django.db.models.functions import Cast, Coalesce, Lower

from tenure.models import Account, Feedback, User
from tenure.queries import activity_kinds, handbook, keyset, listed, money, visible
from tenure.queries.accounts import Group, Sums, where
from tenure.queries.lists import Column, Defaults, State, word_choices
from tenure.rules.packs import Pack

SIZE = listed.SIZE
STATUSES = (("open", "Open"), ("passed_on", "Passed on"), ("answered", "Answered"))
DEFAULTS = Defaults(sorts=(("day", True),), shown=("text", "account", "kind", "status", "label", "day", "author", "arr"))
FILES = {
    "text": "text",
    "account": "account_name",
    "contact": "contact_name",
}  # what a file shows where the list searches in lower case


def columns(pack: Pack) -> dict[str, Column]:
    """The columns by key; words to choose from come from the handbook."""
    kinds = tuple((key, one.title) for key, one in pack.timeline.feedback_kinds.items())
    labels = tuple((key, one.title) for key, one in pack.timeline.feedback_labels.items())
    segments = word_choices(list(reversed(handbook.outcomes(pack, "segment"))))
    found = [
        Column("text", "What was said", "text", "text_key", place="a", fixed=True),
        Column("account", "Account", "text", "account_key", place="c"),
        Column("kind", "About", "enum", "kind", choices=kinds, groupable=True),
        Column("status", "Status", "enum", "status", choices=STATUSES, place="b", groupable=True),
        Column("label", "Label", "enum", "label", choices=labels, groupable=True),
        Column("day", "Given on", "date", "given_on", place="d"),
        Column("author", "Heard by", "person", "author_id", sort="author_name", nullable=True, groupable=True),
        Column("contact", "Said by", "text", "contact_key"),
        Column("arr", "ARR", "money", "arr_minor", nullable=True, digits=money.digits(pack.handbook.currency)),
        Column("segment", "Segment", "enum", "segment", choices=segments, groupable=True),
        Column("tam", "TAM", "person", "tam_id", sort="tam_name", nullable=True, groupable=True),
        Column("issue", "Issue", "text", "issue_url"),
    ]
    return {column.key: column for column in found}


def rows(user: User) -> QuerySet[Feedback]:
    """What the user sees, with the account's columns beside it."""
    labels = Cast("labels", TextField())
    marks = [When(label_text__contains=f'"{key}"', then=Value(key)) for key in reversed(activity_kinds.feedback_labels())]
    return (
        visible.feedback(user)
        .annotate(label_text=labels)
        .annotate(
            text_key=Lower("text"), account_name=F("account__summary__name"), account_key=F("account__summary__name_key"),
            arr_minor=F("account__summary__arr_minor"), segment=F("account__summary__segment"), tam_id=F("account__summary__tam_id"),
            tam_name=F("account__summary__tam_name"), contact_name=Coalesce("contact__name", Value("")), contact_key=Lower(Coalesce("contact__name", Value(""))),
            author_name=Coalesce("author__name", Value("")), label=Case(*marks, default=Value(""), output_field=CharField()) if marks else Value(""),
        )
    )  # fmt: skip


def matching(user: User, state: State, today: date) -> QuerySet[Feedback]:
    """The visible rows that match the search and the filters."""
    return rows(user).filter(conditions(user, state, today))


def conditions(user: User, state: State, today: date) -> Q:
    """Search and filters as one test. The search looks at what was said, at the account and at who said it."""
    words = state.search.lower()
    found = Q(text_key__contains=words) | Q(account_key__contains=words) | Q(contact_key__contains=words) if words else Q()
    for group in state.filters:
        found &= reduce(or_, (where(condition, user, today) for condition in group))
    return found


def sums(found: QuerySet[Feedback], user: User, state: State) -> Sums:
    """How many rows match, and of how many."""
    count = found.count()
    return Sums(count, visible.feedback(user).count() if state.narrowed else count, {})


def page(found: QuerySet[Feedback], state: State, known: Sums, size: int = SIZE) -> keyset.Page[Feedback]:
    """One page, by key."""
    return listed.page(found, keys(state), state, known, size)


def everything(found: QuerySet[Feedback], state: State) -> QuerySet[Feedback]:
    """All rows in the list's order, for files."""
    return listed.everything(found, keys(state))


def keys(state: State) -> list[keyset.Key]:
    """The sort keys, made unique by the id: later entries first where nothing else tells."""
    return listed.keys(state, keyset.Key("id", True))


def groups(found: QuerySet[Feedback], state: State) -> list[Group]:
    """The groups of ``state.group`` with their counts: words in the handbook's order, people by name, blanks last."""
    return listed.groups(found, state)


def counts(user: User, states: Sequence[State], today: date) -> list[int]:
    """How many rows each of these states holds; one query."""
    asked = {
        f"n{number}": Count("pk", filter=conditions(user, state, today)) for number, state in enumerate(states) if state.narrowed
    }
    found = rows(user).aggregate(everything=Count("pk"), **asked) if states else {}
    return [found.get(f"n{number}", found["everything"]) for number in range(len(states))]


def people(column: Column) -> list[tuple[str, str]]:
    """(id, name) of the people whom a filter on this column can name."""
    roles = [key for key, role in visible.roles().items() if "feedback.edit" in role.may]
    found = User.objects.filter(roles__role__in=["tam"] if column.key == "tam" else roles).distinct().order_by("name", "pk")
    return [(str(pk), name) for pk, name in found.values_list("pk", "name")[:500]]


def one(user: User, pk: int) -> Feedback | None:
    """An entry that the user sees."""
    return visible.feedback(user).select_related("account", "contact", "author", "activity").filter(pk=pk).first()


def of_account(user: User, account: Account, until: date, size: int = 4) -> tuple[list[Feedback], int]:
    """The newest entries of an account up to a day, and how many there are."""
    found = visible.feedback(user).filter(account=account, given_on__lte=until).annotate(of=Window(Count("pk")))
    rows = list(found.select_related("contact", "author").order_by("-given_on", "-pk")[:size])
    return list[Feedback](rows), rows[0].of if rows else 0
