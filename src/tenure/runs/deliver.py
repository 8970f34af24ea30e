"""Delivering the outbox: each mail is claimed by compare-and-set, sent, and tried again later when that fails.

A mail server takes a mail and then says so; who dies between the two can't know. So a claimed mail whose deliverer died is sent once more,
under the same Message-ID: never lost, and a second copy is known as one. Written as files it is there once (see docs/notices.md).
"""

import logging
import os
import secrets
import smtplib
import socket
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from zlib import crc32

from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import OperationalError

from tenure.actions import outbox as actions
from tenure.links.calendar import invitations
from tenure.links.mail import messages
from tenure.models import MailBlock, Notice
from tenure.queries import handbook, mails, outbox, preferences
from tenure.rules import notices as rules
from tenure.rules.packs import Pack

log = logging.getLogger(__name__)
BATCH = 500
LEASE = timedelta(minutes=10)  # a claim of a process that died is free again after this
BACK_OFF = [timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 720)]
JITTER = 20  # per cent, so that what failed together isn't tried together
PAUSES = (0.5, 2.0, 5.0)  # seconds before a busy database is asked again
NO_MAILBOX = (550, 551, 553)  # with an enhanced status of 5.1: the address doesn't exist


class ServerAway(Exception):
    """The mail server doesn't answer: nothing else of this round would go either."""


def deliver(now: datetime, *, by: str = "") -> int:
    """Send what is due and return how many mails were sent. A mail server that doesn't answer ends the round; nothing fails because of it.

    ``by`` names who delivers, in the outbox.
    """
    actions.gather(at=now)
    waiting = list(outbox.due(now)[:BATCH])
    if not waiting:
        return 0
    pack, me, sent = handbook.pack(), by or _name(), 0
    blocks = {(row.address, row.kind): row for row in MailBlock.objects.all()}
    connection = get_connection(fail_silently=False)
    try:
        for notice in waiting:
            if _settled(notice, blocks, pack, now):
                continue
            if actions.claim(notice, by=me, at=now, lease=LEASE, message_id=mails.message_id(notice)):
                sent += _send(notice, connection, pack, now)
    except ServerAway:
        pass
    finally:
        _close(connection)
    return sent


def _name() -> str:
    return f"{socket.gethostname()[:40]}:{os.getpid()}:{secrets.token_hex(3)}"


def _close(connection: BaseEmailBackend) -> None:
    try:
        connection.close()
    except (OSError, smtplib.SMTPException):
        log.info("The connection to the mail server was gone when it was to be closed")


def _settled(notice: Notice, blocks: dict[tuple[str, str], MailBlock], pack: Pack, now: datetime) -> bool:
    """What needs no mail server: a closed log-in, an address that is blocked, quiet hours that have begun, too many tries."""
    address = (notice.user.email if notice.user else notice.address).lower()
    blocked = blocks.get((address, "")) or blocks.get((address, notice.kind))
    if notice.user and not notice.user.is_active:
        actions.give_up(notice, f"The log-in of {notice.user.name} is closed")
    elif blocked:
        told = "Unsubscribed" if blocked.reason == "unsubscribed" else f"{address} is blocked since a mail came back"
        actions.give_up(notice, f"{told}: {blocked.note}", state="muted" if blocked.reason == "unsubscribed" else "failed")
    elif notice.attempts > len(BACK_OFF):
        actions.give_up(notice, notice.problem or f"Whoever delivered it died, {notice.attempts} times")
    elif until := _quiet(notice, pack, now):
        actions.hold(notice, until)
    else:
        return False
    return True


def _quiet(notice: Notice, pack: Pack, now: datetime) -> datetime | None:
    if notice.user is None or not rules.kind(pack.notices, notice.kind).quiet:
        return None
    return rules.quiet_until(pack.notices.quiet, now, preferences.zone_of(notice.user, pack))


def _send(notice: Notice, connection: BaseEmailBackend, pack: Pack, now: datetime) -> int:
    """Send one claimed mail; 1 when it went. Raises ServerAway."""
    try:
        mail = mails.compose(notice, pack)
        calendar = invitations.text(mail.meeting) if mail.meeting else b""
        connection.open()  # here, so that it stays open: an error when it closes is none of this mail's
        messages.build(mail, connection, calendar=calendar).send(fail_silently=False)
    except smtplib.SMTPDataError as error:
        _refused(notice, [(error.smtp_code, error.smtp_error)], now)
    except smtplib.SMTPRecipientsRefused as error:
        _refused(notice, list(error.recipients.values()), now)
    except (OSError, smtplib.SMTPException) as error:
        _put_back(notice, f"The mail server did not take it: {error}", now)
        log.warning("Notice %s could not be mailed: %s", notice.pk, error)
        raise ServerAway from error
    except Exception as error:  # a mail that can't be made must not keep the others from going
        _put_back(notice, f"The mail could not be made: {type(error).__name__}: {error}", now)
        log.exception("The mail of notice %s could not be made", notice.pk)
    else:
        return _note(notice, now)
    return 0


def _note(notice: Notice, now: datetime) -> int:
    """Write down that it went. A database that is busy is asked again: otherwise the mail would go a second time."""
    for pause in PAUSES:
        try:
            return int(actions.mark_delivered(notice, at=now))
        except OperationalError:
            time.sleep(pause)
    return int(actions.mark_delivered(notice, at=now))


def _refused(notice: Notice, answers: Sequence[tuple[int, bytes | str]], now: datetime) -> None:
    """The server said no: for good (5xx), or for now."""
    code, words = answers[0] if answers else (0, "")
    said = " ".join((words.decode(errors="replace") if isinstance(words, bytes) else words).split())
    if code in NO_MAILBOX and said.startswith("5.1."):
        actions.give_up(notice, f"Came back: {code} {said}", state="bounced")
        actions.block(notice.user.email if notice.user else notice.address, "bounced", f"{code} {said}", at=now)
    elif 500 <= code < 600:
        actions.give_up(notice, f"The mail server refused it: {code} {said}")
    else:
        _put_back(notice, f"The mail server said: {code} {said}", now)


def _put_back(notice: Notice, problem: str, now: datetime) -> None:
    """Try again after a while; give up after the last."""
    if notice.attempts > len(BACK_OFF):
        actions.give_up(notice, problem)
    else:
        actions.put_back(notice, problem, try_at=now + wait(notice))


def wait(notice: Notice) -> timedelta:
    """How long until the next try: longer each time, and for each mail a little different."""
    share = crc32(f"{notice.natural_key}:{notice.attempts}".encode()) % (2 * JITTER + 1) - JITTER
    return BACK_OFF[notice.attempts - 1] * (100 + share) / 100
