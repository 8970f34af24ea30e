"""A composed mail as a message for Django's mail back ends."""

from email.mime.base import MIMEBase
from email.mime.text import MIMEText

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend

from tenure.queries.mails import Mail


def build(mail: Mail, connection: BaseEmailBackend | None = None, *, calendar: bytes = b"") -> EmailMultiAlternatives:
    """Text, HTML and, for an invitation, iCalendar: as another form of the mail, which programs show with buttons, and as a file.

    The sender of the envelope, to whom bounces go, may differ from the one that people see.
    """
    headers = {"Message-ID": mail.message_id, "From": settings.DEFAULT_FROM_EMAIL, **mail.headers}
    message = EmailMultiAlternatives(
        mail.subject, mail.text, settings.BOUNCES_TO or settings.DEFAULT_FROM_EMAIL, [mail.to], connection=connection, headers=headers,
        reply_to=[mail.reply_to] if mail.reply_to else None,
    )  # fmt: skip
    message.attach_alternative(mail.html, "text/html")
    if calendar and mail.meeting:
        message.attach_alternative(calendar.decode(), f"text/calendar; method={mail.meeting.method}")
        message.attach(_file(calendar))
    return message


def _file(calendar: bytes) -> MIMEBase:
    part = MIMEText(calendar.decode(), "calendar", "utf-8")
    part.replace_header("Content-Type", 'application/ics; charset="utf-8"; name="invitation.ics"')
    part["Content-Disposition"] = 'attachment; filename="invitation.ics"'
    return part
