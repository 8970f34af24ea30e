"""What stands in a person's calendar: calls and reviews that are planned or were held lately, and their due CTAs. Titles and account
names only: a feed lies on phones and with calendar services, so nothing that was said of a customer is in it."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet

from tenure.models import Activity, CalendarFeed, CallToAction, User
from tenure.queries import clock, meetings, visible
from tenure.rules.packs import Pack

PAST, AHEAD = timedelta(days=30), timedelta(days=400)  # what calendar programs show of it
MOST = 1000  # of each sort


@dataclass(frozen=True)
class Entry:
    """One entry. ``start`` and ``end`` are moments of a call; a due CTA has a ``day`` instead. ``sequence`` grows with each change."""

    uid: str
    sequence: int
    title: str
    url: str
    changed_at: datetime
    start: datetime | None = None
    end: datetime | None = None
    day: date | None = None


def hashed(token: str) -> str:
    """What is kept of a feed's secret."""
    return sha256(token.encode()).hexdigest()


def by_token(token: str) -> CalendarFeed | None:
    """The feed of an address that works: of somebody whose log-in is open, not revoked."""
    feeds = CalendarFeed.objects.filter(token_hash=hashed(token), revoked_at=None, user__is_active=True)
    return feeds.select_related("user").prefetch_related("user__roles").first()


def of(user: User) -> QuerySet[CalendarFeed]:
    """The user's feeds that work, newest first."""
    return CalendarFeed.objects.filter(user=user, revoked_at=None).order_by("-pk")


def entries(user: User, now: datetime, pack: Pack) -> list[Entry]:
    """Calls and reviews with the user in them and CTAs that are theirs, on accounts that they see; calls first. Two queries, and those
    of what the user sees."""
    return [_call(row) for row in _calls(user, now, pack)] + [_cta(row) for row in _ctas(user, now)]


def _calls(user: User, now: datetime, pack: Pack) -> QuerySet[Activity]:
    kinds = [key for key, kind in pack.timeline.kinds.items() if kind.invites]
    mine = Activity.participants.through.objects.filter(user_id=user.pk).values("activity_id")
    rows = Activity.objects.filter(
        Q(owner=user) | Q(pk__in=mine), Exists(visible.summaries(user).filter(pk=OuterRef("account_id"))), kind__in=kinds,
        source="tenure", draft=False, deleted_at=None, happened_at__gte=now - PAST, happened_at__lte=now + AHEAD,
    )  # fmt: skip
    return rows.select_related("account").order_by("happened_at", "pk")[:MOST]


def _ctas(user: User, now: datetime) -> QuerySet[CallToAction]:
    day = clock.day_of(now)
    rows = visible.ctas(user).filter(owner=user, is_open=True, due_date__gte=day - PAST, due_date__lte=day + AHEAD)
    rested = Q(snoozed_until__gt=day)
    return rows.exclude(rested).select_related("account").order_by("due_date", "pk")[:MOST]


def _call(row: Activity) -> Entry:
    start = row.happened_at or row.recorded_at
    changed = row.updated_at or row.created_at or row.recorded_at
    return Entry(
        meetings.uid(row), row.sequence, _title(row.account.name, row.subject), f"{settings.BASE_URL}/activities/{row.pk}/", changed,
        start, start + timedelta(minutes=row.minutes or meetings.USUAL),
    )  # fmt: skip


def _cta(row: CallToAction) -> Entry:
    return Entry(
        f"cta-{row.pk}@{meetings.host()}", max(0, int((row.updated_at - row.created_at).total_seconds())), _title(row.account.name, row.title),
        f"{settings.BASE_URL}/ctas/{row.pk}/", row.updated_at, day=row.due_date,
    )  # fmt: skip


def _title(account: str, title: str) -> str:
    return title if account in title else f"{account}: {title}" if title else account
