"""The list of playbooks at work: its columns, filters, pages and groups."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Case, Count, F, IntegerField, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce, Lower

from tenure.models import CallToAction, PlaybookUse, Task, User
from tenure.queries import accounts, keyset, listed, visible
from tenure.queries.accounts import Group, Sums
from tenure.queries.clock import DayOf
from tenure.queries.lists import Column, Defaults, State
from tenure.rules.packs import Pack

SIZE = listed.SIZE
STATUSES = (("active", "At work"), ("done", "Done"), ("ended", "Ended"), ("replaced", "Replaced"), ("cancelled", "Cancelled"))
DEFAULTS = Defaults(
    sorts=(("start", True),), shown=("playbook", "account", "status", "progress", "late", "due", "owner", "start", "edition")
)
OF_ACCOUNT = {
    "segment": "segment",
    "gemstone": "gemstone",
    "tier": "service_tier",
    "tam": "tam_id",
    "arr": "arr_minor",
    "region": "region",
}
FILES = {"account": "account_name"}  # what a file shows where the list searches in lower case


def columns(pack: Pack) -> dict[str, Column]:
    """The columns by key."""
    theirs = accounts.columns(pack)
    known = tuple((key, one.title) for key, one in pack.playbooks.items())
    found = [
        Column("playbook", "Playbook", "enum", "key", sort="title_key", choices=known, place="a", fixed=True, groupable=True),
        Column("account", "Account", "text", "account_key", place="c"),
        Column("status", "Status", "enum", "status", sort="status_rank", choices=STATUSES, place="b", groupable=True),
        Column("progress", "Done, %", "int", "progress", nullable=True),
        Column("late", "Late tasks", "int", "late"),
        Column("skipped", "Skipped tasks", "int", "skipped"),
        Column("due", "Due", "date", "due", nullable=True, place="d"),
        Column("owner", "Owner", "person", "owner_id", sort="owner_name", nullable=True, groupable=True),
        Column("start", "Started on", "date", "start"),
        Column("edition", "Edition", "date", "edition", nullable=True, groupable=False),
        Column("applied", "Applied by", "person", "applied_by_id", sort="applied_name", nullable=True, groupable=True),
        Column("applied_on", "Applied on", "date", "applied_on"),
        Column("ended", "Ended on", "date", "ended_on", nullable=True),
        Column("reason", "Why it ended", "text", "reason"),
    ]
    plain: dict[str, Any] = {"place": "", "total": False}
    found += [replace(theirs[key], sort="tam_name" if key == "tam" else "", **plain) for key in OF_ACCOUNT]
    return {column.key: column for column in found}


def seen(user: User) -> QuerySet[PlaybookUse]:
    """The playbooks at work on the accounts that the user sees."""
    rows = PlaybookUse.objects.filter(account__in=visible.summaries(user).values("pk"))
    return rows if visible.may(user, "cta.view") else rows.none()


def rows(user: User, today: date) -> QuerySet[PlaybookUse]:
    """What the user sees, with the CTA's and the account's columns beside it."""
    mine = CallToAction.objects.filter(playbook_use=OuterRef("pk")).order_by("pk")
    late = (
        Task.objects.filter(cta__playbook_use=OuterRef("pk"), status="open", due_date__lt=today)
        .order_by()
        .values("cta__playbook_use")
    )
    skipped = Task.objects.filter(cta__playbook_use=OuterRef("pk"), status="skipped").order_by().values("cta__playbook_use")
    found = seen(user).annotate(
        key=F("version__key"), title=F("version__title"), title_key=Lower("version__title"), edition=F("version__edition"),
        account_name=F("account__summary__name"), account_key=F("account__summary__name_key"), tam_name=F("account__summary__tam_name"),
        **{field: F(f"account__summary__{field}") for field in OF_ACCOUNT.values()},
        cta_id=Subquery(mine.values("pk")[:1]), owner_id=Subquery(mine.values("owner")[:1]), due=Subquery(mine.values("due_date")[:1]),
        owner_name=Coalesce(Subquery(mine.values("owner__name")[:1]), Value("")), applied_name=Coalesce("applied_by__name", Value("")),
        done=Coalesce(Subquery(mine.values("tasks_done")[:1]), 0), skipped=Coalesce(Subquery(skipped.annotate(n=Count("pk")).values("n")), 0),
        total=F("done") + Coalesce(Subquery(mine.values("tasks_open")[:1]), 0) + F("skipped"),
        late=Coalesce(Subquery(late.annotate(n=Count("pk")).values("n")), 0), applied_on=DayOf("applied_at"), ended_on=DayOf("ended_at"),
    )  # fmt: skip
    progress = Case(When(total__gt=0, then=F("done") * 100 / F("total")), default=None, output_field=IntegerField())
    places = [When(status=key, then=Value(place)) for place, (key, _) in enumerate(STATUSES)]
    return found.annotate(progress=progress, status_rank=Case(*places, default=Value(9), output_field=IntegerField()))


def matching(user: User, state: State, today: date) -> QuerySet[PlaybookUse]:
    """The visible rows that match the search and the filters."""
    return rows(user, today).filter(conditions(user, state, today))


def conditions(user: User, state: State, today: date) -> Q:
    """Search and filters as one test. The search looks at the playbook and at the account."""
    words = state.search.lower()
    found = Q(title_key__contains=words) | Q(account_key__contains=words) if words else Q()
    for group in state.filters:
        found &= reduce(or_, (accounts.where(condition, user, today) for condition in group))
    return found


def sums(found: QuerySet[PlaybookUse], user: User, state: State) -> Sums:
    """How many rows match, and of how many."""
    count = found.count()
    return Sums(count, seen(user).count() if state.narrowed else count, {})


def page(found: QuerySet[PlaybookUse], state: State, known: Sums, size: int = SIZE) -> keyset.Page[PlaybookUse]:
    """One page, by key."""
    return listed.page(found, keys(state), state, known, size)


def everything(found: QuerySet[PlaybookUse], state: State) -> QuerySet[PlaybookUse]:
    """All rows in the list's order, for files."""
    return listed.everything(found, keys(state))


def keys(state: State) -> list[keyset.Key]:
    """The sort keys, made unique by the id: later ones first where nothing else tells."""
    return listed.keys(state, keyset.Key("id", True))


def groups(found: QuerySet[PlaybookUse], state: State) -> list[Group]:
    """The groups of ``state.group`` with their counts: words in the handbook's order, people by name, blanks last."""
    return listed.groups(found, state)


def counts(user: User, states: Sequence[State], today: date) -> list[int]:
    """How many rows each of these states holds; one query."""
    asked = {f"n{n}": Count("pk", filter=conditions(user, state, today)) for n, state in enumerate(states) if state.narrowed}
    found = rows(user, today).aggregate(everything=Count("pk"), **asked) if states else {}
    return [found.get(f"n{n}", found["everything"]) for n in range(len(states))]


def people(column: Column) -> list[tuple[str, str]]:
    """(id, name) of the people whom a filter on this column can name."""
    held = ["tam"] if column.key == "tam" else [key for key, role in visible.roles().items() if "cta.edit" in role.may]
    found = User.objects.filter(roles__role__in=held).distinct().order_by("name", "pk")
    return [(str(pk), name) for pk, name in found.values_list("pk", "name")[: accounts.PEOPLE]]
