"""Sessions: where a person is logged in, and ending that."""

from datetime import datetime

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db import transaction

from tenure.actions import events
from tenure.actions.refusals import Refused
from tenure.models import User


def end_all(user: User, *, keep: str = "") -> int:
    """End the sessions of a user but ``keep`` (a session key) and return how many. For actions that tell of it themselves."""
    keys = list(UserSession.objects.filter(user_id=user.pk).exclude(session_key=keep).values_list("session_key", flat=True))
    Session.objects.filter(session_key__in=keys).delete()
    UserSession.objects.filter(session_key__in=keys).delete()
    return len(keys)


def end_others(user: User, *, keep: str, at: datetime) -> int:
    """End one's other sessions."""
    with transaction.atomic():
        count = end_all(user, keep=keep)
        if count:
            events.record("session.ended", "user", user.pk, at=at, actor=user, after={"sessions": count})
    return count


def end(user: User, session_id: int, *, at: datetime) -> None:
    """End one of one's own sessions."""
    with transaction.atomic():
        row = UserSession.objects.filter(pk=session_id, user_id=user.pk).first()
        if row is None:
            raise Refused("That session has ended already.", "not_found")
        Session.objects.filter(session_key=row.session_key).delete()
        row.delete()
        events.record("session.ended", "user", user.pk, at=at, actor=user, after={"sessions": 1})
