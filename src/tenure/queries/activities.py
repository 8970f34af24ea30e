"""The timeline of one account and of all that a person sees: pages by key, search, what is planned, when a customer was last engaged."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.db.models import F, Max, OuterRef, Q, QuerySet, Subquery

from tenure.models import Account, AccountSummary, Activity, Assignment, Attachment, Comment, Event, Feedback, User
from tenure.queries import activities_rights as rights
from tenure.queries import activities_search, activity_kinds, assignments, clock, keyset, visible
from tenure.queries.activities_lines import Line, lines

SIZE = 30
FEW = 1_000  # hits below which they are sorted instead of walking the index of moments
PEOPLE = 300
BESIDE, COMING = 50, 6  # plans and drafts read beside an account's timeline, plans shown
NEWEST = (keyset.Key("happened_at", True, True), keyset.Key("id", True))
SOONEST = (keyset.Key("happened_at", False, True), keyset.Key("id"))
STATES = ("", "planned")


@dataclass(frozen=True)
class Asked:
    """What a page of the timeline shows. ``who``: blank, me, team or the id of an author; ``state``: blank = held, or planned."""

    kind: str = ""
    who: str = ""
    sentiment: str = ""
    search: str = ""
    state: str = ""
    after: str = ""
    before: str = ""

    @property
    def narrowed(self) -> bool:
        """Whether something is left out."""
        return bool(self.kind or self.who or self.sentiment or self.search)

    def params(self) -> list[tuple[str, str]]:
        """The parameters of its address, without the place."""
        names = (("kind", self.kind), ("who", self.who), ("sentiment", self.sentiment), ("q", self.search), ("state", self.state))
        return [(name, value) for name, value in names if value]

    def plain(self) -> "Asked":
        """The same from the first page on."""
        return replace(self, after="", before="")


@dataclass(frozen=True)
class Page:
    """Some entries and the tokens of the pages around them; ``count`` of a narrowed page (capped at ``FEW`` + 1), else None."""

    lines: list[Line]
    before: str
    after: str
    count: int | None = None

    @property
    def counted(self) -> str:
        """The count in words."""
        if self.count is None:
            return ""
        return f"{FEW:,}+ entries" if self.count > FEW else f"{self.count:,} entr{'y' if self.count == 1 else 'ies'}"


def matching(
    user: User, asked: Asked, account: Account | None = None, until: datetime | None = None, *, walked: bool = False
) -> QuerySet[Activity]:
    """The entries that the user sees and that fit; ``until``: what had happened by then. ``walked``: most of them fit, so that walking the
    index of moments finds a page sooner than gathering them by author and sorting."""
    rows = visible.activities(user)
    rows = rows.filter(account=account) if account else rows
    rows = rows.filter(draft=False, planned=asked.state == "planned")
    if until is not None and asked.state == "":
        # Not "before then or without a date": SQLite would gather both by index and sort them all.
        rows = rows.exclude(happened_at__gte=until).exclude(happened_at=None, recorded_at__gte=until)
    rows = rows.filter(kind=asked.kind) if asked.kind else rows
    rows = rows.filter(sentiment=asked.sentiment) if asked.sentiment else rows
    if asked.who:
        rows = rows.annotate(writer=keyset.Unindexed(F("owner_id")) if walked else F("owner_id")).filter(_by(user, asked.who))
    return rows.filter(activities_search.condition(asked.search)) if asked.search else rows


def _by(user: User, who: str) -> Q:
    """Entries of an author; one's own are those that one took part in, too."""
    if who == "me":
        return Q(writer=user.pk) | Q(pk__in=Activity.participants.through.objects.filter(user=user).values("activity"))
    if who == "team":
        return Q(writer__in=[user.pk, *visible.team_ids(user)])
    return Q(writer=int(who)) if who.isascii() and who.isdecimal() and len(who) < 18 else Q(pk__in=[])


def page(
    user: User, asked: Asked, now: datetime, *, account: Account | None = None, until: datetime | None = None, size: int = SIZE
) -> Page:
    """One page: newest first, what is planned soonest first. A constant number of queries."""
    found, count = _rows(user, asked, account, until, size)
    return Page(lines(found.rows, now), found.before, found.after, count)


def _rows(
    user: User, asked: Asked, account: Account | None, until: datetime | None, size: int
) -> tuple[keyset.Page[Activity], int | None]:
    """The rows of a page; and how many there are, where something is left out."""
    rows = matching(user, asked, account, until)
    count = rows[: FEW + 1].count() if asked.narrowed else None
    if count == 0:
        return keyset.Page([], "", ""), 0
    keys = SOONEST if asked.state == "planned" else NEWEST
    # Of one account everything is few: its own index is used and sorted.
    few = count is not None and count <= FEW and account is None
    if not few and account is None:
        rows = matching(user, asked, account, until, walked=True)
    rows = rows.select_related("owner", "account")
    return keyset.page(rows, keys, size, after=asked.after, before=asked.before, few=few), count


@dataclass(frozen=True)
class Section:
    """An account's timeline with what stands beside it: what is planned (soonest first; what should be written up stands before it),
    and the reader's own drafts."""

    feed: Page
    coming: list[Line]
    drafts: list[Activity]


def section(user: User, asked: Asked, now: datetime, account: Account, until: datetime, *, is_today: bool) -> Section:
    """The timeline of an account; on another day nothing is planned and nothing is written."""
    found, count = _rows(user, asked, account, until, SIZE)
    beside = visible.activities(user).filter(Q(planned=True) | Q(draft=True), account=account).select_related("owner", "account")
    rows = list(beside.order_by("happened_at", "pk")[:BESIDE]) if is_today else []
    plans = [row for row in rows if not row.draft]
    told = lines([*found.rows, *plans], now)
    size = len(found.rows)
    return Section(Page(told[:size], found.before, found.after, count), told[size:][:COMING], [row for row in rows if row.draft])


def coming(user: User, now: datetime, size: int = COMING) -> list[Line]:
    """What the user has planned on all accounts, soonest first: what should be written up by now stands before what is to come."""
    rows = visible.activities(user).filter(owner=user, planned=True, draft=False).select_related("owner", "account")
    return lines(list(rows.order_by("happened_at", "pk")[:size]), now)


def lately(user: User, account: Account, until: datetime, size: int) -> list[Line]:
    """The newest entries of an account up to a moment."""
    rows = matching(user, Asked(), account, until).select_related("owner", "account")
    return lines(keyset.page(rows, NEWEST, size).rows, until)


@dataclass(frozen=True)
class Card:
    """One entry with all that its drawer shows."""

    line: Line
    participants: list[User]
    attendees: list[Any]
    comments: list[Comment]
    attachments: list[Attachment]
    feedback: list[Feedback]
    may_change: bool
    may_comment: bool

    @property
    def row(self) -> Activity:
        """The entry."""
        return self.line.row


def one(user: User, pk: int, now: datetime) -> Card | None:
    """An entry that the user sees, None where there is none for them."""
    row = visible.activities(user).select_related("account", "owner", "cta").filter(pk=pk, draft=False).first()
    if row is None:
        return None
    return Card(
        lines([row], now)[0], list(row.participants.order_by("name", "pk")), list(row.attendees.order_by("name", "pk")),
        list(row.comments.filter(deleted_at=None).select_related("author")),
        list(row.attachments.filter(deleted_at=None).select_related("added_by")),
        list(row.feedback.filter(deleted_at=None).order_by("pk")), rights.may_change(user, row), visible.may(user, rights.LOG),
    )  # fmt: skip


def drafts(user: User, size: int = 20) -> list[Activity]:
    """The user's own drafts, newest first."""
    rows = visible.activities(user).filter(draft=True, owner=user).select_related("account")
    return list(rows.order_by("-updated_at", "-pk")[:size])


def authors() -> list[tuple[str, str]]:
    """(id, name) of the people who may write on timelines."""
    roles = [key for key, role in visible.roles().items() if rights.LOG in role.may]
    writers = User.objects.filter(is_active=True, roles__role__in=roles).distinct().order_by("name", "pk")
    return [(str(pk), name) for pk, name in writers.values_list("pk", "name")[:PEOPLE]]


def last_engaged(account_ids: Iterable[int] | None, until: datetime) -> dict[int, date]:
    """The local day of the last call or meeting (kinds that engage) held before ``until``, by account.

    Only what was logged in Tenure and held counts: no plans, no drafts, nothing that a CRM tells. One query.
    """
    return _last(account_ids, until, activity_kinds.engaging())


def last_contact(account_ids: Iterable[int] | None, until: datetime) -> dict[int, date]:
    """The local day of the last contact with a person of the customer, by account; counted like ``last_engaged``."""
    return _last(account_ids, until, activity_kinds.contacting())


def _last(account_ids: Iterable[int] | None, until: datetime, kinds: Sequence[str]) -> dict[int, date]:
    rows = held(kinds).filter(happened_at__lt=until)
    rows = rows if account_ids is None else rows.filter(account__in=list(account_ids))
    found = rows.order_by().values_list("account").annotate(last=Max("happened_at"))
    return {account: clock.day_of(last) for account, last in found}


def held(kinds: Sequence[str]) -> QuerySet[Activity]:
    """Entries of these kinds that count: logged in Tenure, held, not deleted."""
    return Activity.objects.filter(source="tenure", kind__in=kinds, planned=False, draft=False, deleted_at=None)


def called(rows: QuerySet[Account], until: datetime, since: datetime) -> QuerySet[Account]:
    """Accounts with the moment at which they were last engaged before ``until``, and that of the next plan from ``since`` on, as
    ``last_call`` and ``next_call``: no query of its own."""
    ours = Activity.objects.filter(account=OuterRef("pk"), source="tenure", draft=False, deleted_at=None)
    counts = ours.filter(kind__in=activity_kinds.engaging(), planned=False, happened_at__lt=until)
    plans = ours.filter(planned=True, happened_at__gte=since)
    return rows.annotate(
        last_call=Subquery(counts.order_by("-happened_at").values("happened_at")[:1]),
        next_call=Subquery(plans.order_by("happened_at").values("happened_at")[:1]),
    )


def last_change(row: Activity, verbs: Sequence[str]) -> Event | None:
    """The newest Event of an entry among these verbs."""
    return Event.objects.filter(noun="activity", object_id=row.pk, verb__in=verbs).order_by("-pk").first()


def mine(user: User, size: int = 12) -> list[AccountSummary]:
    """The accounts that the user works on, by name."""
    rows = visible.summaries(user).filter(account__in=Assignment.objects.filter(user=user, until_date=None).values("account"))
    return list(rows.order_by("name_key", "pk")[:size])


def loggable(user: User, text: str, size: int = 12) -> list[AccountSummary]:
    """Accounts whose names begin with a text and on which the user may log."""
    rows = list(visible.summaries(user).filter(name_key__startswith=text.strip().lower()).order_by("name_key", "pk")[: size * 4])
    allowed = assignments.assignable_ids(user, [row.pk for row in rows], rights.LOG)
    return [row for row in rows if row.pk in allowed][:size]
