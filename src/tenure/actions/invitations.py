"""Inviting people to a call or meeting by mail: everybody who takes part gets it in the own calendar, and every change of it."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from django.db import transaction

from tenure.actions import events, notices
from tenure.actions.notices import Letter
from tenure.actions.refusals import Refused
from tenure.models import Activity, Notice, User
from tenure.queries import handbook, meetings, visible
from tenure.queries.meetings import Meeting, Person

KIND = "invitation"
LOG = "activity.log"


def send(activity: Activity, *, note: str = "", actor: User | None, at: datetime) -> int:
    """Invite those who take part in a planned call or meeting, or tell them what has changed since; returns how many mails are queued.

    ``note`` is a word to go with it. Nobody gets the same twice. Refused without the right on the account, for what isn't planned or has no
    time, and where nobody with a mail address takes part.
    """
    if actor is not None and not visible.may_on(actor, LOG, activity.account):
        raise Refused("Your role can't invite people of this account.", "not_allowed")
    if not activity.planned or activity.draft or activity.deleted_at or activity.happened_at is None or activity.owner is None:
        raise Refused("Only a planned call or meeting with a time and an owner can be sent as an invitation.", "conflict")
    with transaction.atomic():
        return _send(activity, note, actor, at)


def follow(activity: Activity, *, actor: User | None, at: datetime) -> int:
    """After any change of an activity: those who were invited are told of another time, that it is cancelled, or that it is on again.
    Nothing happens to one that nobody was invited to, and to one that was held. Returns how many mails are queued."""
    before = last(activity)
    if before is None:
        return 0
    with transaction.atomic():
        if activity.deleted_at or activity.draft:
            return _cancel(activity, before, actor, at)
        return _send(activity, "", actor, at) if activity.planned and activity.happened_at and activity.owner else 0


def last(activity: Activity) -> Meeting | None:
    """The meeting as those invited know it; None when nobody was invited. Its attendees are those who still are."""
    if not activity.series:
        return None
    rows = Notice.objects.filter(account=activity.account_id, kind=KIND, channel="mail").exclude(invitation="").order_by("pk")
    known: Meeting | None = None
    invited: dict[str, Person] = {}
    for row in rows:
        found = meetings.read(row.invitation)
        if found is None or found.uid != activity.series:
            continue
        known = found if known is None or found.sequence >= known.sequence else known
        person = next(one for one in found.attendees if (one.user_id == row.user_id if row.user_id else one.email == row.address))
        invited[person.email] = person
        if found.method == "CANCEL":
            del invited[person.email]
    if known is None:
        return None
    return replace(known, attendees=tuple(invited.values()), method="REQUEST" if invited else "CANCEL")


def _send(activity: Activity, note: str, actor: User | None, at: datetime) -> int:
    pack, before = handbook.pack(), last(activity)
    now = meetings.of(activity, pack, method="REQUEST", sequence=activity.sequence, at=at)
    if before is None and not now.attendees:
        raise Refused("Nobody with a mail address takes part.", "conflict", "participants")
    if before is None or before.method == "CANCEL":
        return _told(activity, replace(now, sequence=_next(activity, before)), now.attendees, note, actor, at)
    gone = [person for person in before.attendees if person.email not in now.addresses]
    if not gone and not now.differs(before):
        fresh = [person for person in now.attendees if person.email not in before.addresses]
        return _told(activity, replace(now, sequence=before.sequence), fresh, note, actor, at)
    now = replace(now, sequence=before.sequence + 1)
    told = _told(activity, replace(now, method="CANCEL"), gone, note, actor, at)
    # Who is left hears of another time, and of nothing else.
    rest = now.attendees if now.differs(before) else [one for one in now.attendees if one.email not in before.addresses]
    return told + _told(activity, now, rest, note, actor, at)


def _next(activity: Activity, before: Meeting | None) -> int:
    return activity.sequence if before is None else before.sequence + 1


def _cancel(activity: Activity, before: Meeting, actor: User | None, at: datetime) -> int:
    gone = replace(before, method="CANCEL", sequence=before.sequence + 1, stamp=at)
    return _told(activity, gone, before.attendees, "", actor, at)


def _told(activity: Activity, meeting: Meeting, people: Iterable[Person], note: str, actor: User | None, at: datetime) -> int:
    """Queue one letter for each of these people, and keep name and number of the meeting with the activity."""
    people = list(people)
    if not people:
        return 0
    letters = [
        Letter(
            person.user_id, KIND, meeting.summary, f"{KIND}:{meeting.uid}:{meeting.sequence}:{meeting.method}", note,
            f"/activities/{activity.pk}/" if person.user_id else "", activity.account_id, address="" if person.user_id else person.email,
            invitation=_for(meeting, person).text(),
        )
        for person in people
    ]  # fmt: skip
    queued = notices.queue(letters, at=at)
    Activity.objects.filter(pk=activity.pk).update(series=meeting.uid, sequence=meeting.sequence)
    activity.series, activity.sequence = meeting.uid, meeting.sequence
    verb = "activity.cancelled" if meeting.method == "CANCEL" else "activity.invited"
    events.record(
        verb, "activity", activity.pk, at=at, actor=actor, account_id=activity.account_id,
        after={"people": [person.email for person in people], "sequence": meeting.sequence, "start": meeting.start},
    )  # fmt: skip
    return queued


def _for(meeting: Meeting, person: Person) -> Meeting:
    """What one person gets: a cancellation names only them, so that nobody else's entry goes."""
    return replace(meeting, attendees=(person,)) if meeting.method == "CANCEL" else meeting
