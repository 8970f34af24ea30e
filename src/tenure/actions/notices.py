"""Telling people: rows of the outbox, each once. What happens to a mail on its way is in ``actions.outbox``."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet

from tenure.models import Notice, User
from tenure.queries import handbook, preferences
from tenure.queries.preferences import Choice, Reader
from tenure.rules import notices as rules
from tenure.rules.catalogues import NoticeBook

KEY = 190  # a longer natural key is kept as its hash
CANCELLED = "cancelled"  # what it asked for was done before it went


@dataclass(frozen=True)
class Letter:
    """What one person is told. ``key`` is the natural key: the same key is never sent twice to the same person by the same channel.

    ``user_id`` is a person of ours; a contact of a customer has ``address`` instead and gets mail only. ``mail=False``: in the
    application alone. ``html`` (optional, our own mark-up) stands for ``body`` in a mail; ``invitation`` is a meeting as JSON.
    """

    user_id: int | None
    kind: str
    title: str
    key: str
    body: str = ""
    url: str = ""
    account_id: int | None = None
    mail: bool = True
    address: str = ""
    html: str = ""
    invitation: str = ""


def queue(letters: Iterable[Letter], *, at: datetime) -> int:
    """Put letters into the outbox, one notice for each channel of ``settings.NOTICE_CHANNELS`` that its reader wants; those already
    there are left alone. What the reader chose, digests and quiet hours are settled here.

    Returns how many letters are new to somebody, or news again (see ``settle``). Call in the transaction of the write that the letters
    tell of. Three reads for any number.
    """
    letters = list(letters)
    if not letters:
        return 0
    pack = handbook.pack()
    known_readers = preferences.readers((letter.user_id for letter in letters if letter.user_id), pack)
    rows = [
        row
        for letter in letters
        for row in _rows(letter, known_readers.get(letter.user_id or 0) or preferences.somebody(), pack.notices, at)
    ]
    known = _known([row.natural_key for row in rows])
    fresh = {row.natural_key: row for row in rows if row.natural_key not in known}
    Notice.objects.bulk_create(fresh.values(), ignore_conflicts=True, batch_size=1000)
    again = [row for row in rows if known.get(row.natural_key) == CANCELLED]
    for row in again:
        _revive(row)
    return len({key.partition(":")[2] for key in [*fresh, *(row.natural_key for row in again)]})


def _revive(wanted: Notice) -> None:
    """What was settled is asked for again, on the same day: the notice comes back as a new one would."""
    Notice.objects.filter(natural_key=wanted.natural_key, state=CANCELLED).update(
        state=wanted.state, next_try_at=wanted.next_try_at, digest=wanted.digest, problem="", read_at=None
    )


def _rows(letter: Letter, reader: Reader, book: NoticeBook, at: datetime) -> list[Notice]:
    kind = rules.kind(book, letter.kind)
    choice = reader.choice(kind)
    rows = []
    if "app" in settings.NOTICE_CHANNELS and letter.user_id and choice.app:
        rows.append(_notice(letter, "app", at))
    wanted = choice.mail != "never" or choice != Choice(kind.mail, kind.app)  # nobody expects what the handbook never mails
    if "mail" in settings.NOTICE_CHANNELS and letter.mail and wanted:
        wished = choice.mail if letter.user_id or choice.mail == "never" else "now"  # nobody outside has chosen a summary
        planned = rules.plan(book, letter.kind, wished, at, reader.zone)
        row = _notice(letter, "mail", at)
        row.state, row.next_try_at, row.digest = planned.state, planned.at, planned.digest
        row.html, row.invitation = letter.html, letter.invitation
        rows.append(row)
    return rows


def _notice(letter: Letter, channel: str, at: datetime) -> Notice:
    here = channel == "app"  # the bell reads the row itself
    return Notice(
        user_id=letter.user_id, address=letter.address.lower(), kind=letter.kind, channel=channel, title=letter.title[:300],
        body=letter.body[:1000], url=letter.url, account_id=letter.account_id, natural_key=_key(letter, channel), created_at=at,
        state="delivered" if here else "queued", delivered_at=at if here else None,
    )  # fmt: skip


def _key(letter: Letter, channel: str) -> str:
    rest = f"{letter.user_id or letter.address.lower()}:{letter.key}"
    return f"{channel}:{rest if len(rest) <= KEY else sha256(rest.encode()).hexdigest()}"


def _known(keys: list[str]) -> dict[str, str]:
    """The state of those that are there."""
    found: dict[str, str] = {}
    for start in range(0, len(keys), 5000):
        rows = Notice.objects.filter(natural_key__in=keys[start : start + 5000])
        found |= dict(rows.values_list("natural_key", "state"))
    return found


def mark_read(user: User, notice_id: int, *, at: datetime) -> bool:
    """Mark one of the user's own notices as read; False when there is no such unread notice."""
    return bool(Notice.objects.filter(pk=notice_id, user=user, channel="app", read_at=None).update(read_at=at))


def pending(*kinds: str) -> QuerySet[Notice]:
    """What has reached nobody yet, of these kinds: not read in the application, or a mail that hasn't gone."""
    mail = Q(channel="mail", state__in=("queued", "held"))
    return Notice.objects.filter(Q(channel="app", read_at=None) | mail, kind__in=kinds)


def settle(found: QuerySet[Notice], reason: str, *, at: datetime) -> int:
    """What these notices (of ``pending``) asked for is done: they count as read, and mails that still wait are taken back, with the reason.
    What a deliverer holds goes out. Returns how many notices that makes."""
    done = found.filter(channel="app").update(read_at=at, state=CANCELLED)
    return done + found.filter(channel="mail").update(state=CANCELLED, problem=reason[:500], next_try_at=None)


def mark_all_read(user: User, *, at: datetime) -> int:
    """Mark all of the user's notices as read and return how many were not."""
    with transaction.atomic():
        return Notice.objects.filter(user=user, channel="app", read_at=None).update(read_at=at)


def mark_opened(notice_id: int, *, at: datetime) -> bool:
    """Note that a mail was opened, where the handbook asks for receipts; True the first time."""
    mails = Notice.objects.filter(pk=notice_id, channel="mail", read_at=None)
    return receipts_on() and bool(mails.update(read_at=at))


def receipts_on() -> bool:
    """Whether the handbook has read receipts switched on."""
    receipt = handbook.pack().notices.read_receipt
    return receipt is not None and receipt.enabled
