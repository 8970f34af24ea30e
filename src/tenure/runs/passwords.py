"""Mails with links to set a password. A worker sends them: no request waits for the mail server, and asking for a link takes as long
for an address that nobody has."""

from datetime import datetime

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django_tasks import task

from tenure.actions import passwords as actions
from tenure.models import User
from tenure.queries import passwords

FIRST = 100  # a person waits for it
FORGOTTEN = """Hello {name},

somebody asked for a new password for your log-in at Tenure. Choose it here:
{url}

The link works once, for an hour. If it wasn't you, do nothing: your password stays as it is.
"""
INVITED = """Hello {name},

set your password for Tenure here:
{url}

The link works once, for three days.
"""


def ask(email: str) -> None:
    """Queue the mail for whoever has this address. Raises Refused for what is no address, never for one that nobody has."""
    mail_forgotten.enqueue(actions.check_address(email))


def invite(user: User, *, actor: User | None, at: datetime) -> bool:
    """Record that a link is made for somebody, and queue it as mail where a mail server is set. Returns whether it will be mailed."""
    mailed = bool(settings.MAILS_LEAVE)
    with transaction.atomic():
        actions.make_link(user, actor=actor, at=at)
        if mailed:
            mail_invitation.enqueue(user.pk)
    return mailed


def address(user: User, *, forgotten: bool = False) -> str:
    """The full address of a fresh link."""
    return f"{settings.BASE_URL}{reverse('login:password', args=passwords.parts(user, forgotten=forgotten))}"


@task(priority=FIRST)
def mail_forgotten(email: str) -> None:
    """Mail a link to whoever logs in with this address; nothing happens where nobody does."""
    user = passwords.holder(email)
    if user is not None:
        actions.make_link(user, actor=None, at=timezone.now(), reason="asked for at log-in")
        text = FORGOTTEN.format(name=user.name, url=address(user, forgotten=True))
        send_mail("A new password for Tenure", text, None, [user.email])


@task(priority=FIRST)
def mail_invitation(user_id: int) -> None:
    """Mail the link that an administrator made."""
    user = User.objects.filter(pk=user_id, is_active=True).first()
    if user is not None:
        send_mail("Your log-in for Tenure", INVITED.format(name=user.name, url=address(user)), None, [user.email])
