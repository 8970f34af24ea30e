"""One onboarding with all that its drawer shows: what is still asked for, its times and how they came about, milestones, team, play, history."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery

from tenure.models import Account, AccountSummary, Assignment, Onboarding, OnboardingMilestone, Opportunity, User
from tenure.queries import assignments, clock, handbook, history, onboarding_words, onboardings, roles, visible
from tenure.queries.history import Line
from tenure.queries.onboardings import EDIT
from tenure.rules import onboarding as rules
from tenure.rules.onboarding import FIELDS, MetricShape, MilestoneShape, OnboardingShape, PlayShape, StatusShape
from tenure.rules.packs import Pack

LINES = 12  # of the history
DAYS = {
    "purchase_date": "Purchase", "contract_date": "Original contract", "start_date": "Start", "tam_assigned_on": "TAM assigned",
    "first_reach_out": "First reach-out", "infrastructure_ready": "Infrastructure ready", "first_value": "First value",
    "outcome_achieved": "Outcome achieved", "finish_date": "Finish",
}  # fmt: skip
SOURCES = {"person": "given by a person", "licences": "from licence data", "import": "imported"}


@dataclass(frozen=True)
class Time:
    """A time of one onboarding: what it took by its edition, or the days so far; the arithmetic, and the definition with its source.
    ``existing``: the customer was one before, and the goals are for new ones."""

    metric: MetricShape
    begins: str
    ends: str
    first: date | None
    last: date | None
    days: int | None
    so_far: int | None
    existing: bool

    @property
    def goal(self) -> int | None:
        """The goal against which it is held."""
        return None if self.existing else self.metric.goal

    @property
    def late(self) -> bool:
        """Whether it took, or takes, longer than its goal."""
        took = self.days if self.days is not None else self.so_far
        return self.goal is not None and took is not None and took > self.goal

    @property
    def lowered(self) -> bool:
        """Whether it counts as more days than lie between, because the definition has a least."""
        return (
            self.days is not None
            and self.first is not None
            and self.last is not None
            and self.days != (self.last - self.first).days
        )

    @property
    def between(self) -> int | None:
        """The days that lie between."""
        return (self.last - self.first).days if self.first and self.last else None

    @property
    def share(self) -> int:
        """How full its bar is: the goal is three quarters of it."""
        took, goal = self.days if self.days is not None else self.so_far, self.goal
        return min(100, max(0, took) * 75 // goal) if took is not None and goal else 0


@dataclass(frozen=True)
class Mark:
    """A milestone of use: when it was reached, and after how many days; fewer than none where it was before the contract."""

    shape: MilestoneShape
    reached: date | None
    days: int | None
    source: str


@dataclass(frozen=True)
class Member:
    """Who had a role when the onboarding began, and who has it today."""

    role: str
    then: str
    now: str


@dataclass(frozen=True)
class One:
    """What the drawer shows. ``lacking``: what its end still asks for, in words by field; ``also``: further causes (title, day)."""

    row: Onboarding
    account: Account
    summary: AccountSummary | None
    edition: OnboardingShape
    may: bool
    asked: Sequence[str]
    lacking: dict[str, str]
    times: Sequence[Time]
    marks: Sequence[Mark]
    team: Sequence[Member]
    cause: str
    also: Sequence[tuple[str, date | None]]
    play: PlayShape | None
    work: Sequence[Any] = field(default_factory=list)
    lines: Sequence[Line] = field(default_factory=list)

    @property
    def last_undo(self) -> int | None:
        """The event of the newest change, where it can be taken back."""
        newest = self.lines[0].row if self.lines else None
        return newest.pk if newest and json.loads(newest.body).get("undo") else None

    others: int = 0

    @property
    def ending(self) -> StatusShape | None:
        """The status that ends it."""
        return next((one for one in self.edition.statuses if not one.open), None)

    @property
    def answered(self) -> int:
        """How many of the fields that its end asks for are filled in."""
        return len(self.asked) - len(self.lacking)

    @property
    def status_title(self) -> str:
        """Its status in words."""
        found = self.edition.status(self.row.status)
        return found.title if found else self.row.status


def find(user: User, pk: int, *, deleted: bool = False) -> Onboarding | None:
    """An onboarding that the user sees."""
    rows = onboardings.seen(user)
    if deleted:
        rows = Onboarding.objects.filter(account__in=visible.summaries(user).values("pk")).exclude(deleted_at=None)
    return rows.select_related("account", "owner", "opportunity", "playbook_use__version").filter(pk=pk).first()


def one(user: User, pk: int, today: date, *, lines: int = LINES) -> One | None:
    """An onboarding with what its drawer shows; None where the user sees none. A constant number of queries."""
    row = find(user, pk)
    return None if row is None else shown(user, row, today, lines=lines)


def shown(user: User, row: Onboarding, today: date, *, lines: int = LINES) -> One:
    """The same of a row that is known to be seen."""
    pack = handbook.pack()
    book, day = pack.onboarding, row.edition or today
    edition = book.edition(day) or book.editions[-1]
    values = onboardings.values_of(row)
    ending = next((one for one in edition.statuses if not one.open), None)
    asked = ending.asks if ending else ()
    kept = {one.key: one for one in OnboardingMilestone.objects.filter(onboarding=row)}
    titles: dict[str, str] = {one.key: one.title for shape in book.editions for one in shape.created}
    return One(
        row, row.account, AccountSummary.objects.filter(pk=row.account_id).first(), edition, visible.may_on(user, EDIT, row.account), asked,
        {name: FIELDS[name] for name in rules.missing(asked, values)}, times_of(row, values, day, today),
        [_mark(key, shape, kept.get(key), values) for key, shape in book.milestones_on(day).items()], _team(row, today, pack),
        titles.get(row.cause, row.cause), [(titles.get(one.get("cause", ""), one.get("cause", "")), _day(one.get("on"))) for one in row.because.get("also", ())],
        book.play(row.gemstone, day) or book.play(row.gemstone, today), _work(user, row), _lines(row, today, pack, lines) if lines else [],
        onboardings.seen(user).filter(account=row.account_id).exclude(pk=row.pk).count(),
    )  # fmt: skip


def _day(text: Any) -> date | None:
    return date.fromisoformat(text) if isinstance(text, str) else None


def times_of(row: Onboarding, values: dict[str, Any], day: date, today: date) -> list[Time]:
    """The times of an onboarding whose values these are, by the handbook of ``day``; whose they are by that of today."""
    book = handbook.pack().onboarding
    whose, found = rules.latest(book.customers, today), []
    existing = whose is not None and whose.existing(values)
    for metric in book.times(day).values():
        (begins, ends), took = metric.span(values), rules.days(metric, values)
        so_far = rules.days(metric, values, today) if took is None and row.is_open else None
        found.append(Time(metric, DAYS[begins], DAYS[ends], values.get(begins), values.get(ends), took, so_far, existing))
    return found


def _mark(key: str, shape: MilestoneShape, kept: OnboardingMilestone | None, values: dict[str, Any]) -> Mark:
    if kept is None:
        return Mark(shape, None, None, "")
    return Mark(
        shape, kept.reached_on, rules.milestone_days(shape, values, kept.reached_on), SOURCES.get(kept.source, kept.source)
    )


def _team(row: Onboarding, today: date, pack: Pack) -> list[Member]:
    """Everybody of then, beside who has the role today."""
    rows = Assignment.objects.filter(assignments.active(today), account=row.account_id).select_related("user")
    now: dict[str, list[str]] = {}
    for held in rows.order_by("from_date", "pk"):
        now.setdefault(held.role, []).append(held.user.name)
    keys = [*row.team, *(role for role in now if role not in row.team)]
    return [
        Member(roles.title(key, pack), str((row.team.get(key) or {}).get("name") or ""), ", ".join(now.get(key, [])))
        for key in keys
    ]


def _work(user: User, row: Onboarding) -> list[Any]:
    """The CTAs of the playbook that runs with it."""
    if row.playbook_use_id is None or not visible.may(user, "cta.view"):
        return []
    return list(visible.ctas(user).filter(playbook_use=row.playbook_use_id).order_by("-is_open", "due_date", "pk")[:5])


def _lines(row: Onboarding, today: date, pack: Pack, size: int) -> list[Line]:
    found = history.page(row.account_id, clock.end_of(today), pack, about=("onboarding", row.pk), size=size)
    return found.lines


def owners(account: Account, known: Sequence[User], row: Onboarding | None) -> list[User]:
    """Who can own it: those who may keep the onboardings of the account, and who does already."""
    if row is not None and row.owner is not None and row.owner not in known:
        return [*known, row.owner]
    return list(known)


def opportunities(account: Account) -> QuerySet[Opportunity]:
    """The opportunities that it can come from, the newest first."""
    return Opportunity.objects.filter(account=account).order_by("-close_date", "-pk")[:50]


@dataclass(frozen=True)
class Running:
    """The open onboarding of an account in a line: status and track in words; ``track`` is its key."""

    status: str
    track: str
    stands: str
    start: date | None


def noted(rows: QuerySet[Account]) -> QuerySet[Account]:
    """Accounts with what ``running`` says of them: no query of its own."""
    found = Onboarding.objects.filter(account=OuterRef("pk"), is_open=True, deleted_at=None).order_by("pk")
    names = {"onboarding_status": "status", "onboarding_track": "track", "onboarding_start": "start_date"}
    return rows.annotate(**{name: Subquery(found.values(column)[:1]) for name, column in names.items()})


def running(account: Account) -> Running | None:
    """The open onboarding of an account of ``noted``."""
    status, track = getattr(account, "onboarding_status", None), getattr(account, "onboarding_track", None) or ""
    if status is None:
        return None
    title = onboarding_words.title
    return Running(
        title("status", status) or status, track, title("track", track) or "", getattr(account, "onboarding_start", None)
    )


def of_account(user: User, account: Account) -> list[Onboarding]:
    """The onboardings of an account: the open one, then the others, newest first."""
    rows = onboardings.seen(user).filter(account=account).select_related("owner")
    return list(rows.order_by("-is_open", "-start_date", "-pk"))
