"""What who sells or designs opens first: the open opportunities, what each still needs from one, and the projects to mend. Of today."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, TypeAlias

from django.db.models import Count, F, Q, QuerySet, Sum

from tenure.models import Assignment, Opportunity, ProfileValue, Project, User
from tenure.queries import journeys, opportunities, projects, roles, visible
from tenure.rules.journey import StepState
from tenure.rules.journeyasked import asked
from tenure.rules.packs import Pack
from tenure.rules.profiles import ProfileField

SHOWN = 25  # opportunities; the steps of these are counted
STEPS, MENDED = 8, 4
SOON = timedelta(days=30)
Asked: TypeAlias = tuple[StepState, set[str]]  # a step, and the roles of whom it is asked
WITH = ("account_executive", "solutions_architect", "professional_services", "tam")


@dataclass(frozen=True)
class Line:
    """One open opportunity. ``missing`` and ``due``: the steps that the reader is asked for; ``known`` of ``asked`` fields that the reader
    captures by this stage, most of what is left of them in the profile ``profile``; ``project`` None = there is none; ``people``: (name, id, role) of the others."""

    row: Opportunity
    stage: str
    plan: str
    missing: Sequence[str]
    due: Sequence[str]
    known: int
    asked: int
    profile: str
    project: Project | None
    people: Sequence[tuple[str, int, str]]
    has_journey: bool

    @property
    def title(self) -> str:
        """The opportunity's name, without the account's before it."""
        short = self.row.name.removeprefix(f"{self.row.account.name}: ")
        return short[:1].upper() + short[1:]

    @property
    def unknown(self) -> int:
        """How many fields of the reader are not known yet."""
        return self.asked - self.known


@dataclass(frozen=True)
class Deals:
    """``soon``: to be closed within 30 days; ``late``: open after their close date; money in minor units of the handbook's currency, of the
    opportunities in it. ``steps``: the reader's next ones, as (line, title, missing)."""

    lines: Sequence[Line]
    open: int
    amount_minor: int | None
    soon: int
    late: int
    mend: Sequence[Project]
    to_mend: int

    @property
    def steps(self) -> list[tuple[Line, str, bool]]:
        """The reader's steps that are missing, then those that are due, of the deals that close first."""
        missing = [(line, title, True) for line in self.lines for title in line.missing]
        return [*missing, *((line, title, False) for line in self.lines for title in line.due)][:STEPS]

    @property
    def missing(self) -> int:
        """How many of the reader's steps are missing."""
        return sum(len(line.missing) for line in self.lines)

    @property
    def due(self) -> int:
        """How many of the reader's steps are due now."""
        return sum(len(line.due) for line in self.lines)

    @property
    def unknown(self) -> int:
        """How many fields the reader has still to capture; of an account with several opportunities once."""
        return sum({line.row.account_id: line.unknown for line in self.lines}.values())


def of(user: User, today: date, pack: Pack) -> Deals:
    """The open opportunities of a person: those they own, and those of accounts on which they work. A fixed number of queries."""
    mine = Assignment.objects.filter(user=user, until_date=None).values("account")
    rows = Opportunity.objects.filter(deleted_at=None, is_closed=False, account__in=visible.summaries(user).values("pk"))
    rows = rows.filter(Q(owner=user) | Q(account__in=mine))
    totals = rows.aggregate(
        n=Count("pk"), amount=Sum("amount_minor", filter=Q(currency=pack.handbook.currency)), late=Count("pk", filter=Q(close_date__lt=today)),
        soon=Count("pk", filter=Q(close_date__gte=today, close_date__lte=today + SOON)),
    )  # fmt: skip
    first = list(rows.select_related("account").order_by(F("close_date").asc(nulls_last=True), "pk")[:SHOWN])
    mend = projects.seen(user).filter(Q(owner=user) | Q(account__in=mine), state="opened", differs__gt=0)
    return Deals(
        _lines(user, first, today, pack), totals["n"], totals["amount"], totals["soon"], totals["late"],
        list(mend.select_related("account").order_by("-differs", "pk")[:MENDED]), mend.count(),
    )  # fmt: skip


def _lines(user: User, rows: Sequence[Opportunity], today: date, pack: Pack) -> list[Line]:
    if not rows:
        return []
    accounts, own = {row.account_id for row in rows}, user.role_keys
    states = _states(rows, accounts, today, pack)
    plans, known, people = journeys.plans(accounts, today), _known(accounts), _people(accounts, user)
    made = {
        project.account_id: project for project in projects.seen(user).filter(account__in=accounts, state="opened").order_by("pk")
    }
    lines = []
    for row in rows:
        mine = [one for one, roles_of in states.get(row.pk, ()) if not roles_of.isdisjoint(own)]
        fields = [
            one for one in pack.profiles.on(today) if set(own) & set(one.captured_by) and pack.profiles.expected(one, row.stage)
        ]
        titles = {word: [one.step.title for one in mine if one.state == word] for word in ("missing", "due")}
        lines.append(Line(
            row, opportunities.stage_title(row, pack, today), plans.get(row.account_id, ""), titles["missing"], titles["due"],
            sum(one.key in known[row.account_id] for one in fields), len(fields), _most(fields, known[row.account_id]), made.get(row.account_id),
            [(name, pk, roles.short(role, pack)) for name, pk, role in people[row.account_id]], row.pk in states,
        ))  # fmt: skip
    return lines


def _most(asked: Sequence[ProfileField], known: Collection[str]) -> str:
    """The profile in which most of these fields are to be captured yet; where none is, in which most of them stand. "" of no fields."""
    count = Counter(one.profile for one in asked if one.key not in known) or Counter(one.profile for one in asked)
    return count.most_common(1)[0][0] if count else ""


def _states(rows: Sequence[Opportunity], accounts: Collection[int], today: date, pack: Pack) -> dict[int, Sequence[Asked]]:
    """The steps of those of the opportunities that the matrix follows. Two queries."""
    shown, matrix = {row.pk for row in rows}, pack.journey.matrix(today)
    deals = [one for one in journeys.deals(accounts, today) if one.pk in shown] if matrix else []
    cases = journeys.cases(deals, today, pack)
    return {
        deal.pk: [
            (one, set(asked(matrix, one.step, cases[deal.pk]))) for one in journeys.states(deal, cases[deal.pk], pack, today)
        ]
        for deal in deals
        if matrix
    }


def _known(accounts: Collection[int]) -> Mapping[int, set[str]]:
    found: dict[int, set[str]] = defaultdict(set)
    rows = ProfileValue.objects.filter(account__in=accounts, replaced_at=None, value__isnull=False)
    for account, field in rows.values_list("account_id", "field"):
        found[account].add(field)
    return found


def _people(accounts: Collection[int], user: User) -> Mapping[int, Sequence[tuple[str, int, str]]]:
    """The others who work on each account, in the order of ``WITH``."""
    found: dict[int, list[tuple[str, int, str]]] = defaultdict(list)
    rows: QuerySet[Any, Any] = Assignment.objects.filter(account__in=accounts, role__in=WITH, until_date=None).exclude(user=user)
    for account, name, pk, role in rows.order_by("pk").values_list("account_id", "user__name", "user_id", "role"):
        found[account].append((name, pk, role))
    return defaultdict(list, {account: sorted(people, key=lambda one: WITH.index(one[2])) for account, people in found.items()})
