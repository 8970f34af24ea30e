"""Passwords: choosing one, and the link by which somebody else chooses theirs."""

from collections.abc import Sequence
from datetime import datetime

from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from tenure.actions import bulk, events, sessions
from tenure.actions.refusals import Refused
from tenure.models import User
from tenure.queries import passwords, visible


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


def choose_by_link(uid: str, token: str, password: str, *, at: datetime) -> User:
    """Set the password of whoever the link is for and end all their sessions. Of two tries at the same time one is refused.

    Raises ``Refused`` ("not_found") for a link that has ended.
    """
    with transaction.atomic():
        bulk.lock("users")
        user = passwords.person_of(uid, token)
        if user is None:
            raise Refused("This link has ended.", "not_found")
        choose(user, password, at=at)
    return user


def make_link(user: User, *, actor: User | None, at: datetime, reason: str = "") -> None:
    """Record that a link to set a password was made for ``user``; the link itself is never stored.

    Refused for a closed log-in, and for an actor who can't manage people.
    """
    if actor is not None and not visible.may(actor, "user.manage"):
        raise Refused("Only an administrator can change people.", "not_allowed")
    if not user.is_active:
        raise Refused(f"The log-in of {user.name} is closed. Open it first.", "conflict")
    with transaction.atomic():
        events.record("user.link_made", "user", user.pk, at=at, actor=actor, reason=reason)


def check_address(email: str) -> str:
    """A mail address as people's are kept. Raises ``Refused`` for what is none."""
    address = email.strip().lower()
    try:
        validate_email(address)
    except ValidationError:
        raise Refused(f"{email.strip() or 'A blank'} isn't a mail address.", field="email") from None
    return address
