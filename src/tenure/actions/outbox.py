"""A mail on its way: gathered into digests, claimed by one deliverer, sent, tried again, given up, sent once more by a person.

Every step compares before it sets: it changes a row only while the row is as it was read, so two deliverers never both hold a notice.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import groupby

from django.db import transaction
from django.db.models import Q, QuerySet

from tenure.actions import bulk, events
from tenure.actions.refusals import Refused
from tenure.models import MailBlock, Notice, User
from tenure.queries import handbook, preferences, visible
from tenure.queries import outbox as queries
from tenure.queries.preferences import DIGEST
from tenure.rules import notices as rules
from tenure.rules.packs import Pack

SEND = "outbox.send"
NO_RIGHT = "Your role can't send notices again."
AGAIN = ("failed", "bounced")  # states from which a mail is simply tried anew
MOST = 500  # notices of one request
PEOPLE = 500  # whose digests are made in one transaction


def gather(*, at: datetime) -> int:
    """Make one mail of each person's due digest items; returns how many mails. Items that came too late for a digest that has gone wait
    for the next one; digests that were missed go together. Of at most ``PEOPLE`` in one transaction: call it again."""
    due = Notice.objects.filter(channel="mail", state="held", next_try_at__lte=at).exclude(digest="").exclude(kind=DIGEST)
    if not due.exists():
        return 0
    pack, made = handbook.pack(), 0
    with transaction.atomic():
        bulk.lock("digests")
        people = due.order_by("user").values_list("user", flat=True).distinct()[:PEOPLE]
        rows = sorted(
            due.filter(user__in=list(people)).select_related("user"),
            key=lambda row: (row.user_id or 0, row.digest.partition(":")[0], row.digest),
        )
        for (user_id, _), found in groupby(rows, key=lambda row: (row.user_id, row.digest.partition(":")[0])):
            if user_id is not None:
                made += _gathered(list(found), pack, at)
    return made


def _gathered(items: list[Notice], pack: Pack, at: datetime) -> int:
    """One person's items of one period, oldest digest first: they go with the newest of these digests."""
    key, user = items[-1].digest, items[0].user
    natural = f"mail:{items[0].user_id}:{DIGEST}:{key}"
    mine = Notice.objects.filter(pk__in=[item.pk for item in items], state="held")
    if Notice.objects.filter(natural_key=natural).exists():
        zone, period = preferences.zone_of(user, pack), key.partition(":")[0]  # type: ignore[arg-type]
        planned = rules.plan(pack.notices, items[0].kind, period, at, zone)
        mine.update(digest=planned.digest, next_try_at=planned.at, state=planned.state)
        return 0
    count = mine.update(state="gathered", digest=key, next_try_at=None)
    Notice.objects.create(
        user=user, kind=DIGEST, channel="mail", title=f"{count} notice{'' if count == 1 else 's'}", natural_key=natural, digest=key,
        created_at=at, url="/notices/",
    )  # fmt: skip
    return 1


def claim(notice: Notice, *, by: str, at: datetime, lease: timedelta, message_id: str) -> bool:
    """Take a notice for sending: True for one caller only, while the row is as it was read. After ``lease`` it is free again.

    The id under which the mail goes out is written down before it does: a bounce, or a second copy after a crash, is known by it.
    """
    free = Q(state__in=("queued", "held")) | Q(state="sending", claimed_until__lte=at)
    mine = Notice.objects.filter(free, pk=notice.pk, state=notice.state, attempts=notice.attempts)
    taken = mine.update(
        state="sending",
        attempts=notice.attempts + 1,
        claimed_by=by,
        claimed_until=at + lease,
        message_id=message_id,
        next_try_at=None,
    )
    if taken:
        notice.state, notice.attempts, notice.claimed_by = "sending", notice.attempts + 1, by
    return bool(taken)


def mark_delivered(notice: Notice, *, at: datetime) -> bool:
    """The mail server took it; what the digest gathered went with it, and a link that is the customer's alone is kept no longer. False when
    somebody else holds the notice by now."""
    spent = {"url": ""} if notice.kind == queries.LINK else {}
    with transaction.atomic():
        done = _held(notice).update(state="delivered", delivered_at=at, problem="", claimed_by="", claimed_until=None, **spent)
        if done and notice.kind == DIGEST:
            _items(notice).update(state="delivered", delivered_at=at)
    return bool(done)


def put_back(notice: Notice, problem: str, *, try_at: datetime) -> None:
    """It could not be sent: again at ``try_at``."""
    _held(notice).update(state="queued", problem=problem[:500], next_try_at=try_at, claimed_by="", claimed_until=None)


def give_up(notice: Notice, problem: str, *, state: str = "failed") -> None:
    """It can't be sent; ``state`` is failed, bounced or muted. A digest's items end with it."""
    with transaction.atomic():
        # Also one that nobody has claimed: a closed log-in, a blocked address.
        same = Notice.objects.filter(pk=notice.pk, state=notice.state, attempts=notice.attempts, claimed_by=notice.claimed_by)
        ended = same.update(state=state, problem=problem[:500], next_try_at=None, claimed_by="", claimed_until=None)
        if ended and notice.kind == DIGEST:
            _items(notice).update(state=state, problem=problem[:500])


def hold(notice: Notice, until: datetime) -> None:
    """Quiet hours have begun since it was written: not before ``until``."""
    Notice.objects.filter(pk=notice.pk, state=notice.state, attempts=notice.attempts).update(state="held", next_try_at=until)


def send_again(notice_ids: Sequence[int], *, actor: User, at: datetime) -> int:
    """Send mails again, and return how many. One that failed is tried anew under its old id, with all its tries; of one that was
    delivered a second copy goes out under a new id. What waits anyway, is muted, or was for a link that isn't kept, is left alone.

    Refused without the right, and for more than ``MOST``.
    """
    if not visible.may(actor, SEND):
        raise Refused(NO_RIGHT, "not_allowed")
    if len(notice_ids) > MOST:
        raise Refused(f"At most {MOST} at once.", "too_many")
    with transaction.atomic():
        found = Notice.objects.filter(pk__in=notice_ids, channel="mail", state__in=(*AGAIN, "delivered"))
        rows = [row for row in found if not queries.is_spent(row)]
        failed = [row for row in rows if row.state in AGAIN]
        copies = [_copy(row, at) for row in rows if row.state == "delivered"]
        _anew(failed)
        Notice.objects.bulk_create(copies)
        entries = [
            events.Entry(
                "notice.sent_again", "notice", row.pk, row.account_id, events.body({"state": row.state, "problem": row.problem})
            )
            for row in rows
        ]
        events.record_many(entries, at=at, actor=actor)
    return len(rows)


def _anew(failed: Sequence[Notice]) -> None:
    """Those that failed, as if never tried. One that had failed within a digest goes by itself; a digest takes its own along."""
    fresh = {"state": "queued", "attempts": 0, "next_try_at": None, "claimed_by": "", "claimed_until": None}
    Notice.objects.filter(pk__in=[row.pk for row in failed if row.kind != DIGEST]).update(**fresh, digest="")
    for row in failed:
        if row.kind == DIGEST:
            Notice.objects.filter(pk=row.pk).update(**fresh)
            Notice.objects.filter(user=row.user_id, digest=row.digest, state__in=AGAIN).update(state="gathered", problem="")


def _copy(row: Notice, at: datetime) -> Notice:
    number = Notice.objects.filter(natural_key__startswith=f"{row.natural_key[:190]}#").count() + 2
    return Notice(
        user_id=row.user_id, address=row.address, kind=row.kind, channel="mail", title=row.title, body=row.body, html=row.html,
        invitation=row.invitation, url=row.url, account_id=row.account_id, natural_key=f"{row.natural_key[:190]}#{number}",
        digest=row.digest if row.kind == DIGEST else "", created_at=at,
    )  # fmt: skip


def block(address: str, reason: str, note: str, *, kind: str = "", at: datetime) -> bool:
    """Send nothing to an address any more (nothing of ``kind``, if given); False when that is so already."""
    row = MailBlock(address=address.lower(), kind=kind, reason=reason, note=note[:500], created_at=at)
    with transaction.atomic():
        bulk.lock("mail_blocks")
        if MailBlock.objects.filter(address=row.address, kind=kind).exists():
            return False
        row.save()
        events.record(
            "mail.blocked", "mail_block", row.pk, at=at, actor=None, after={"address": row.address, "kind": kind}, reason=note
        )
    return True


def lift(block_id: int, *, actor: User, at: datetime) -> str:
    """Let mails go to an address again; returns the address. Mails that failed meanwhile stay as they are: send them again.

    Refused without the right, when it was lifted already, and for somebody who asked for no mail: that is for them to change.
    """
    if not visible.may(actor, SEND):
        raise Refused(NO_RIGHT, "not_allowed")
    with transaction.atomic():
        row = MailBlock.objects.filter(pk=block_id).first()
        if row is None:
            raise Refused("That block was lifted already.", "not_found")
        if row.reason != "bounced":
            raise Refused(f"{row.address} asked for no mail. Only they can take that back.", "conflict")
        row.delete()
        before = {"address": row.address, "reason": row.reason, "note": row.note}
        events.record("mail.unblocked", "mail_block", block_id, at=at, actor=actor, before=before)
    return row.address


def _held(notice: Notice) -> QuerySet[Notice]:
    return Notice.objects.filter(pk=notice.pk, state="sending", claimed_by=notice.claimed_by, attempts=notice.attempts)


def _items(digest: Notice) -> QuerySet[Notice]:
    return Notice.objects.filter(user=digest.user_id, digest=digest.digest, state="gathered")
