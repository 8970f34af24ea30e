"""Telling people: rows of the outbox, each once."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction

from tenure.models import Notice, User


@dataclass(frozen=True)
class Letter:
    """What one person is told. ``key`` is the natural key: the same key is never sent twice to the same person by the same channel."""

    user_id: int
    kind: str
    title: str
    key: str
    body: str = ""
    url: str = ""
    account_id: int | None = None


def queue(letters: Iterable[Letter], *, at: datetime) -> int:
    """Put letters into the outbox, one notice for each channel of ``settings.NOTICE_CHANNELS``; those already there are left alone.

    Returns how many people are told something new. Call in the transaction of the write that the letters tell of.
    """
    rows = [_notice(letter, channel, at) for letter in letters for channel in settings.NOTICE_CHANNELS]
    known = _known([row.natural_key for row in rows])
    fresh = {row.natural_key: row for row in rows if row.natural_key not in known}
    Notice.objects.bulk_create(fresh.values(), ignore_conflicts=True, batch_size=1000)
    return sum(row.channel == "app" for row in fresh.values())


def _notice(letter: Letter, channel: str, at: datetime) -> Notice:
    here = channel == "app"  # the bell reads the row itself
    return Notice(
        user_id=letter.user_id, kind=letter.kind, channel=channel, title=letter.title[:300], body=letter.body[:1000], url=letter.url,
        account_id=letter.account_id, natural_key=f"{channel}:{letter.user_id}:{letter.key}"[:200], created_at=at,
        state="delivered" if here else "queued", delivered_at=at if here else None,
    )  # fmt: skip


def _known(keys: list[str]) -> set[str]:
    found: set[str] = set()
    for start in range(0, len(keys), 5000):
        found |= set(Notice.objects.filter(natural_key__in=keys[start : start + 5000]).values_list("natural_key", flat=True))
    return found


def mark_read(user: User, notice_id: int, *, at: datetime) -> bool:
    """Mark one of the user's own notices as read; False when there is no such unread notice."""
    return bool(Notice.objects.filter(pk=notice_id, user=user, channel="app", read_at=None).update(read_at=at))


def mark_all_read(user: User, *, at: datetime) -> int:
    """Mark all of the user's notices as read and return how many were not."""
    with transaction.atomic():
        return Notice.objects.filter(user=user, channel="app", read_at=None).update(read_at=at)
