"""Delivering the outbox: each notice is claimed by compare-and-set, sent, and tried again later when that fails."""

import logging
import smtplib
from datetime import datetime, timedelta
from hashlib import sha256

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend

from tenure.actions import notices as actions
from tenure.models import Notice
from tenure.queries import notices

log = logging.getLogger(__name__)
BATCH = 200
LEASE = timedelta(minutes=10)  # a claim of a process that died is free again after this
BACK_OFF = [timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 720)]


def deliver(now: datetime) -> int:
    """Send what is due and return how many were sent. A mail server that doesn't answer ends the round; nothing fails because of it."""
    sent = 0
    waiting = notices.due(["mail"], now)[:BATCH]
    if not waiting:
        return 0
    connection = get_connection(fail_silently=False)
    for notice in waiting:
        if not actions.claim(notice, at=now, lease=LEASE):
            continue
        try:
            _mail(notice, connection).send(fail_silently=False)
        except (OSError, smtplib.SMTPException) as error:
            _put_back(notice, now)
            log.warning("Notice %s could not be mailed: %s", notice.pk, error)
            if not isinstance(error, smtplib.SMTPRecipientsRefused):
                return sent
        else:
            actions.mark_delivered(notice, at=now)
            sent += 1
    return sent


def _put_back(notice: Notice, now: datetime) -> None:
    """Try again after a while; give up after the last."""
    over = notice.attempts >= len(BACK_OFF)
    actions.put_back(notice, try_at=None if over else now + BACK_OFF[notice.attempts])


def _mail(notice: Notice, connection: BaseEmailBackend) -> EmailMessage:
    """The mail of a notice. Its id comes from the natural key, so that a mail sent twice after a crash is known as one."""
    link = f"{settings.BASE_URL}{notice.url}" if notice.url.startswith("/") else notice.url
    text = "\n\n".join(part for part in (notice.body, link) if part)
    name = sha256(notice.natural_key.encode()).hexdigest()[:32]
    headers = {"Message-ID": f"<{name}@tenure>"}
    return EmailMessage(notice.title, text, to=[notice.user.email], headers=headers, connection=connection)
