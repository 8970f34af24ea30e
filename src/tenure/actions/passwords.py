"""Passwords: choosing one, and the link by which somebody else chooses theirs."""

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.mail import send_mail
from django.db import transaction

from tenure.actions import events, sessions
from tenure.actions.refusals import Refused
from tenure.models import User
from tenure.queries import visible


def check(password: str, user: User) -> None:
    """Raise ``Refused`` with what is wrong with a password (too short, too common, too much like the name)."""
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise Refused(" ".join(error.messages), field="password") from None


def choose(user: User, password: str, *, at: datetime, keep_session: str = "") -> None:
    """Set one's own password and end the other sessions."""
    check(password, user)
    with transaction.atomic():
        user.set_password(password)
        user.save(update_fields=["password"])
        sessions.end_all(user, keep=keep_session)
        events.record("user.password_set", "user", user.pk, at=at, actor=user)


def give_all(people: Sequence[User], password: str, *, at: datetime) -> None:
    """One password for people who have none yet, hashed once: for a company that is made up. Anybody who has one keeps it."""
    blank = [user for user in people if not user.has_usable_password()]
    if not blank:
        return
    check(password, blank[0])
    with transaction.atomic():
        User.objects.filter(pk__in=[user.pk for user in blank]).update(password=make_password(password))
        entries = [
            events.Entry("user.password_set", "user", user.pk, None, events.body(reason="Given to everybody")) for user in blank
        ]
        events.record_many(entries, at=at)


def change(user: User, old: str, new: str, *, at: datetime, keep_session: str) -> None:
    """Choose another password, knowing the old one."""
    if not user.check_password(old):
        raise Refused("That isn't your password.", field="old")
    choose(user, new, at=at, keep_session=keep_session)


def send_link(user: User, url: str, *, actor: User | None, at: datetime) -> bool:
    """Record that a link was made for ``user``, and mail it where a mail server is set. Returns whether it was mailed.

    The link itself is never stored. Refused for a closed log-in, and for anybody who can't manage people.
    """
    if actor is not None and not visible.may(actor, "user.manage"):
        raise Refused("Only an administrator can change people.", "not_allowed")
    if not user.is_active:
        raise Refused(f"The log-in of {user.name} is closed. Open it first.", "conflict")
    with transaction.atomic():
        events.record("user.link_made", "user", user.pk, at=at, actor=actor)
        mailed = "mail" in settings.NOTICE_CHANNELS
        if mailed:
            transaction.on_commit(lambda: _mail(user, url))
    return mailed


def _mail(user: User, url: str) -> None:
    text = f"Hello {user.name},\n\nset your password for Tenure here:\n{url}\n\nThe link works once, for three days.\n"
    send_mail("Your log-in for Tenure", text, None, [user.email], fail_silently=True)
