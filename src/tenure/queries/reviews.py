"""Reviews that managers hold: of which things, for which period, how far they are, and what stands in one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery

from tenure.models import AccountSummary, Activity, ManagerReview, Onboarding, ReviewItem, Task, User
from tenure.queries import handbook, onboardings, onboardings_follow, visible
from tenure.queries.onboardings_one import Time, times_of
from tenure.rules import onboarding as rules

HOLD = "review.hold"
FREE = "free"  # the step of what nobody owns
FORMER = 24


@dataclass(frozen=True)
class Kind:
    """What a review goes through. ``noun``: of its items."""

    key: str
    title: str
    noun: str
    many: str
    source: str


KINDS = {
    "onboarding": Kind(
        "onboarding", "Onboarding review", "onboarding", "onboardings", "TAM Manager Handbook, Onboarding Object Review"
    ),
}  # fmt: skip


def period_of(day: date) -> date:
    """The first day of the period for which a review of this day stands: the handbook says how long one is."""
    rule = rules.latest(handbook.pack().onboarding.reviews, day)
    return rule.period(day) if rule else day.replace(day=1)


def current(user: User, kind: str, today: date) -> ManagerReview | None:
    """The user's review of this period."""
    return ManagerReview.objects.filter(kind=kind, reviewer=user, period=period_of(today)).first()


def one(user: User, kind: str, pk: int) -> ManagerReview | None:
    """A review that the user has held."""
    return ManagerReview.objects.filter(kind=kind, reviewer=user, pk=pk).first()


def former(user: User, kind: str, today: date) -> list[ManagerReview]:
    """The reviews of earlier periods, newest first, with how many things were looked at (``looked``) and named (``said``)."""
    rows = ManagerReview.objects.filter(kind=kind, reviewer=user).exclude(period=period_of(today))
    counted = rows.annotate(said=Count("items"), looked=Count("items", filter=Q(items__seen_at__isnull=False)))
    return list(counted.order_by("-period")[:FORMER])


def of_team(user: User) -> QuerySet[Onboarding]:
    """The open onboardings that a manager goes through: those of the team, those of customers of the team that somebody else still has, and those in sight
    that nobody owns."""
    if not visible.may(user, HOLD):
        return Onboarding.objects.none()
    team = [user.pk, *visible.team_ids(user)]
    return onboardings.seen(user).filter(Q(owner=None) | Q(owner__in=team) | Q(account__summary__tam__in=team), is_open=True)


@dataclass(frozen=True)
class Step:
    """One part of a review: what nobody owns, or what one person does. ``key``: ``free`` or the person's id."""

    key: str
    person: User | None
    count: int
    looked: int
    late: int

    @property
    def title(self) -> str:
        """As it is called."""
        return self.person.name if self.person else "Unassigned"


@dataclass(frozen=True)
class Item:
    """One onboarding in a review: its facts, the last entry of its account, what was said of it and what came of that."""

    row: Onboarding
    summary: AccountSummary | None
    times: Sequence[Time]
    lacking: Sequence[str]
    last: Activity | None
    note: ReviewItem | None
    tasks: Sequence[Task] = field(default_factory=list)

    @property
    def notes(self) -> str:
        """What was said of it."""
        return self.note.notes if self.note else ""

    @property
    def looked(self) -> bool:
        """Whether it was marked as looked at."""
        return self.note is not None and self.note.seen_at is not None


def steps(user: User, review: ManagerReview | None) -> list[Step]:
    """What nobody owns first, then each person of the team with something, by name. Three queries."""
    counted = (
        of_team(user)
        .order_by()
        .values_list("owner")
        .annotate(n=Count("pk"), late=Count("pk", filter=Q(track__in=["behind", "stuck"])))
    )
    numbers: dict[int | None, tuple[int, int]] = {
        owner: (n, late) for owner, n, late in counted.values_list("owner", "n", "late")
    }
    rows = of_team(user).filter(pk__in=_looked(review) if review else []).order_by().values_list("owner").annotate(n=Count("pk"))
    looked: dict[int | None, int] = dict(rows.values_list("owner", "n")) if review else {}
    people = User.objects.in_bulk([pk for pk in numbers if pk is not None])
    keys: list[int | None] = [*([None] if None in numbers else []), *sorted(people, key=lambda pk: (people[pk].name, pk))]
    return [
        Step(str(key) if key else FREE, people.get(key) if key else None, numbers[key][0], looked.get(key, 0), numbers[key][1])
        for key in keys
    ]


def _looked(review: ManagerReview) -> QuerySet[Any, Any]:
    return ReviewItem.objects.filter(review=review, noun="onboarding").exclude(seen_at=None).values("object_id")


def rows_of(user: User, key: str) -> QuerySet[Onboarding]:
    """The onboardings of a step; of all steps for a blank key. What is late stands first."""
    rows = of_team(user)
    if key == FREE:
        rows = rows.filter(owner=None)
    elif key:
        rows = rows.filter(owner=int(key))
    return rows.order_by("owner__name", "-track", "start_date", "pk") if not key else rows.order_by("-track", "start_date", "pk")


def items(user: User, review: ManagerReview, key: str, today: date) -> list[Item]:
    """The onboardings of a step with all that a one-on-one needs. A constant number of queries."""
    return _items(list(rows_of(user, key).select_related("account", "owner", "opportunity")[:200]), review, today)


def item(user: User, review: ManagerReview, pk: int, today: date) -> Item | None:
    """One of them."""
    found = _items(list(of_team(user).filter(pk=pk).select_related("account", "owner", "opportunity")), review, today)
    return found[0] if found else None


def kept(user: User, review: ManagerReview, today: date) -> list[Item]:
    """What stands in a review that is over: everything of which something was said or that was looked at, where the reader still sees it."""
    noted = ReviewItem.objects.filter(review=review, noun="onboarding").values("object_id")
    rows = onboardings.seen(user).filter(pk__in=noted).select_related("account", "owner", "opportunity")
    return _items(list(rows.order_by("owner__name", "name", "pk")[:500]), review, today)


def _items(rows: Sequence[Onboarding], review: ManagerReview, today: date) -> list[Item]:
    book, ids = handbook.pack().onboarding, [row.pk for row in rows]
    accounts = [row.account_id for row in rows]
    summaries = AccountSummary.objects.in_bulk(accounts)
    notes = {one.object_id: one for one in ReviewItem.objects.filter(review=review, noun="onboarding", object_id__in=ids)}
    tam, last = onboardings_follow.tam_days(rows), _last(accounts)
    tasks: dict[int, list[Task]] = {}
    links = ReviewItem.tasks.through.objects.filter(reviewitem__in=[one.pk for one in notes.values()])
    for link in links.select_related("task__owner").order_by("task_id"):
        tasks.setdefault(link.reviewitem_id, []).append(link.task)
    found = []
    for row in rows:
        values, day, note = onboardings.values_of(row, tam), row.edition or today, notes.get(row.pk)
        edition = book.edition(day)
        ending = next((one for one in edition.statuses if not one.open), None) if edition else None
        lacking = [rules.FIELDS[name] for name in rules.missing(ending.asks, values)] if ending else []
        found.append(
            Item(
                row,
                summaries.get(row.account_id),
                times_of(row, values, day, today),
                lacking,
                last.get(row.account_id),
                note,
                tasks.get(note.pk, []) if note else [],
            )
        )
    return found


def _last(accounts: Sequence[int]) -> Mapping[int, Activity]:
    """The newest entry of each account that was held. One query."""
    newest = Activity.objects.filter(account=OuterRef("account_id"), draft=False, planned=False, deleted_at=None).exclude(
        happened_at=None
    )
    ids = AccountSummary.objects.filter(pk__in=accounts).annotate(
        last=Subquery(newest.order_by("-happened_at", "-pk").values("pk")[:1])
    )
    rows = Activity.objects.filter(pk__in=ids.values("last")).select_related("owner")
    return {row.account_id: row for row in rows}


def due(user: User, today: date) -> bool:
    """Whether the review of this period is still to be held."""
    if not visible.may(user, HOLD):
        return False
    found = current(user, "onboarding", today)
    return found is None or found.signed_at is None
