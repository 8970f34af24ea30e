"""Working times: how many hours of which weekdays a person works from a day on."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction

from tenure.actions import bulk, events
from tenure.actions.refusals import Refused
from tenure.models import User, WorkingTime
from tenure.queries import absences

MOST = 7 * 24 * 60


@dataclass(frozen=True)
class Given:
    """What a working time says: minutes a week over ISO weekdays (``135`` = Monday, Wednesday, Friday)."""

    from_date: date | None
    minutes_a_week: int | None
    days: str = "12345"


def given(row: WorkingTime) -> Given:
    """What a working time says now."""
    return Given(row.from_date, row.minutes_a_week, row.days)


@transaction.atomic
def put(user: User, wanted: Given, *, actor: User | None, at: datetime) -> WorkingTime:
    """Let a working time hold from a day on; one that begins on the same day is replaced. Raises Refused."""
    _may(user, actor)
    values = _checked(wanted)
    row = WorkingTime.objects.filter(user=user, from_date=values["from_date"]).first()
    before = asdict(given(row)) if row else None
    if row and before == values:
        return row
    row, _ = WorkingTime.objects.update_or_create(user=user, from_date=values["from_date"], defaults=values)
    verb = "working_time.updated" if before else "working_time.created"
    events.record(verb, "working_time", row.pk, at=at, actor=actor, before=before, after=values, user=user.pk)
    return row


@transaction.atomic
def delete(row: WorkingTime, *, actor: User | None, at: datetime, expected: Mapping[str, Any] | None = None) -> None:
    """Take a working time away; what was before holds again. With ``expected`` (an undo) only while it still says that. Raises Refused."""
    _may(row.user, actor)
    found = WorkingTime.objects.filter(pk=row.pk).first()
    if found is None:
        raise Refused("That working time is not there any more.", "not_found")
    if expected is not None and plain(given(found)) != dict(expected):
        raise Refused("It was changed in the meantime.", "conflict")
    events.record(
        "working_time.deleted", "working_time", found.pk, at=at, actor=actor, before=asdict(given(found)), user=row.user_id
    )
    found.delete()


def plain(wanted: Given) -> dict[str, Any]:
    """What a working time says, as JSON values."""
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in asdict(wanted).items()}


def read(kept: Mapping[str, Any]) -> Given:
    """The other way round."""
    return Given(**{**kept, "from_date": date.fromisoformat(kept["from_date"])})


def _may(user: User, actor: User | None) -> None:
    bulk.lock("absences")
    if actor is not None and not absences.may_edit(actor, user):
        raise Refused(f"You may not change the time of {user}.", "not_allowed")


def _checked(wanted: Given) -> dict[str, Any]:
    if wanted.from_date is None:
        raise Refused("Say from which day on.", "invalid", "from_date")
    days = "".join(sorted(set(wanted.days)))
    if set(days) - set("1234567"):
        raise Refused("Choose weekdays.", "invalid", "days")
    minutes = wanted.minutes_a_week
    if minutes is None or not 0 <= minutes <= MOST:
        raise Refused("Hours of a week are from 0 to 168.", "invalid", "hours")
    if minutes and not days:
        raise Refused("Choose the days over which the hours are spread.", "invalid", "days")
    if minutes > len(days) * 24 * 60:
        raise Refused("So many hours don't fit into these days.", "invalid", "hours")
    return {"from_date": wanted.from_date, "minutes_a_week": minutes, "days": days}
