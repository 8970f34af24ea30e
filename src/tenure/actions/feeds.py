"""Calendar feeds: their secret addresses."""

import secrets
from datetime import datetime, timedelta

from django.db import transaction

from tenure.actions import events
from tenure.actions.refusals import Refused
from tenure.models import CalendarFeed, User
from tenure.queries import feeds

MOST = 10  # of one person: a phone, a laptop, some more
SELDOM = timedelta(minutes=5)  # how exactly it is kept when a feed was read


def create(user: User, *, at: datetime) -> str:
    """Make a feed and return its secret, which is shown once: only a hash of it is kept. Refused when there are ``MOST``."""
    token = secrets.token_urlsafe(32)
    with transaction.atomic():
        if feeds.of(user).count() >= MOST:
            raise Refused(f"You have {MOST} addresses. End one that you don't need.", "conflict", "feeds")
        feed = CalendarFeed.objects.create(user=user, token_hash=feeds.hashed(token), hint=token[-4:], created_at=at)
        events.record("calendar_feed.created", "calendar_feed", feed.pk, at=at, actor=user, after={"ends in": feed.hint})
    return token


def revoke(user: User, feed_id: int, *, at: datetime) -> None:
    """End one of one's own feeds: its address answers 404 from now on. Refused for one that isn't there."""
    with transaction.atomic():
        if not CalendarFeed.objects.filter(pk=feed_id, user=user, revoked_at=None).update(revoked_at=at):
            raise Refused("That address has ended already.", "not_found", "feeds")
        events.record("calendar_feed.revoked", "calendar_feed", feed_id, at=at, actor=user)


def mark_read(feed: CalendarFeed, *, at: datetime) -> None:
    """A calendar program asked for it."""
    if feed.last_read_at is None or at - feed.last_read_at >= SELDOM:
        CalendarFeed.objects.filter(pk=feed.pk).update(last_read_at=at)
