"""Telling people: rows of the outbox, each once."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet

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
    """Put letters into the outbox, one notice for each channel of ``settings.NOTICE_CHANNELS``; those already there are left alone,
    and mail of a kind that the person muted isn't queued.

    Returns how many people are told something new. Call in the transaction of the write that the letters tell of.
    """
    letters = list(letters)
    muted = _muted(letters) if "mail" in settings.NOTICE_CHANNELS else {}
    rows = [
        _notice(letter, channel, at)
        for letter in letters
        for channel in settings.NOTICE_CHANNELS
        if channel != "mail" or letter.kind not in muted.get(letter.user_id, ())
    ]
    known = _known([row.natural_key for row in rows])
    fresh = {row.natural_key: row for row in rows if row.natural_key not in known}
    Notice.objects.bulk_create(fresh.values(), ignore_conflicts=True, batch_size=1000)
    return sum(row.channel == "app" for row in fresh.values())


def _muted(letters: list[Letter]) -> dict[int, list[str]]:
    """The kinds that each of these people doesn't want by mail."""
    return dict(User.objects.filter(pk__in={letter.user_id for letter in letters}).values_list("pk", "muted_kinds"))


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


def claim(notice: Notice, *, at: datetime, lease: timedelta) -> bool:
    """Take a notice for sending: True for one caller only, while the row is as it was read. After ``lease`` it is free again."""
    free = Q(next_try_at=None) | Q(next_try_at__lte=at)
    mine = Notice.objects.filter(free, pk=notice.pk, state=notice.state, attempts=notice.attempts)
    return bool(mine.update(state="sending", attempts=notice.attempts + 1, next_try_at=at + lease))


def mark_delivered(notice: Notice, *, at: datetime) -> None:
    """It has been sent."""
    Notice.objects.filter(pk=notice.pk).update(state="delivered", delivered_at=at)


def put_back(notice: Notice, *, try_at: datetime | None) -> None:
    """It could not be sent: again at ``try_at``, or never (None)."""
    Notice.objects.filter(pk=notice.pk).update(state="queued" if try_at else "failed", next_try_at=try_at)


def mark_read(user: User, notice_id: int, *, at: datetime) -> bool:
    """Mark one of the user's own notices as read; False when there is no such unread notice."""
    return bool(Notice.objects.filter(pk=notice_id, user=user, channel="app", read_at=None).update(read_at=at))


def unread(kind: str) -> QuerySet[Notice]:
    """What nobody has read of one kind."""
    return Notice.objects.filter(kind=kind, channel="app", read_at=None)


def settle(kind: str, account_ids: list[int], *, at: datetime) -> int:
    """What these notices asked for is done: they count as read. Returns how many were not."""
    parts = (account_ids[start : start + 5000] for start in range(0, len(account_ids), 5000))
    return sum(unread(kind).filter(account__in=part).update(read_at=at) for part in parts)


def mark_all_read(user: User, *, at: datetime) -> int:
    """Mark all of the user's notices as read and return how many were not."""
    with transaction.atomic():
        return Notice.objects.filter(user=user, channel="app", read_at=None).update(read_at=at)
