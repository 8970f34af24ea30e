"""A call or meeting as an invitation tells of it. It goes to people outside: nothing of the account's notes is in it."""

import json
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Literal
from urllib.parse import urlparse
from zoneinfo import ZoneInfo

from django.conf import settings

from tenure.models import Activity
from tenure.queries import preferences
from tenure.rules.packs import Pack

USUAL = 30  # minutes of a meeting that has no length
Method = Literal["REQUEST", "CANCEL"]


@dataclass(frozen=True)
class Person:
    """Somebody who takes part. ``user_id`` for people of ours."""

    name: str
    email: str
    user_id: int | None = None


@dataclass(frozen=True)
class Meeting:
    """``start`` and ``end`` are aware moments, ``zone`` the time zone in which they are told."""

    uid: str
    sequence: int
    method: Method
    summary: str
    start: datetime
    end: datetime
    zone: str
    organizer: Person
    attendees: tuple[Person, ...]
    stamp: datetime

    def differs(self, other: "Meeting") -> bool:
        """Whether it is another time or another subject: everybody has to be told."""
        return (self.summary, self.start, self.end, self.organizer.email) != (
            other.summary,
            other.start,
            other.end,
            other.organizer.email,
        )

    @property
    def addresses(self) -> set[str]:
        """The mail addresses of those invited."""
        return {person.email for person in self.attendees}

    def text(self) -> str:
        """As JSON, to keep with the notice."""
        return json.dumps(asdict(self), default=lambda moment: moment.isoformat(), ensure_ascii=False)


def read(text: str) -> Meeting | None:
    """The meeting of ``Meeting.text``; None for blank."""
    if not text:
        return None
    said = json.loads(text)
    moments = {name: datetime.fromisoformat(said[name]) for name in ("start", "end", "stamp")}
    people = {"organizer": Person(**said["organizer"]), "attendees": tuple(Person(**one) for one in said["attendees"])}
    return Meeting(**{**said, **moments, **people})


def of(activity: Activity, pack: Pack, *, method: Method, sequence: int, at: datetime) -> Meeting:
    """The meeting that an activity plans, as of now. Those without a mail address are left out; the owner organizes and isn't invited."""
    owner, start = activity.owner, activity.happened_at
    if owner is None or start is None:
        raise ValueError("a meeting has an owner and a time")
    people = {
        user.email: Person(user.name, user.email, user.pk)
        for user in activity.participants.filter(is_active=True).order_by("name")
    }
    people |= {
        one.email.lower(): Person(one.name, one.email.lower())
        for one in activity.attendees.exclude(email="").filter(deleted_at=None).order_by("name")
    }
    people.pop(owner.email, None)
    return Meeting(
        activity.series or uid(activity), sequence, method, activity.subject or activity.account.name, start,
        start + timedelta(minutes=activity.minutes or USUAL), str(preferences.zone_of(owner, pack)), Person(owner.name, owner.email, owner.pk),
        tuple(people.values()), at,
    )  # fmt: skip


def uid(activity: Activity) -> str:
    """The name of an activity in every calendar, the same for good."""
    return activity.series or f"activity-{activity.pk}@{host()}"


def host() -> str:
    """The name of this site."""
    return urlparse(settings.BASE_URL).hostname or "tenure"


def when(meeting: Meeting) -> str:
    """Day, time and time zone in words: ``Thursday, 3 December 2026, 10:00 to 10:45 (Europe/Berlin)``."""
    zone = ZoneInfo(meeting.zone)
    start, end = meeting.start.astimezone(zone), meeting.end.astimezone(zone)
    until = f"{end:%H:%M}" if end.date() == start.date() else f"{end:%A, %-d %B, %H:%M}"
    return f"{start:%A, %-d %B %Y, %H:%M} to {until} ({meeting.zone})"
