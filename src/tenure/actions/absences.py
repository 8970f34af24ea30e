"""Absences: added, changed, deleted, and each of these taken back. Two of one person never share a day."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction

from tenure.actions import bulk, events
from tenure.actions.refusals import Refused
from tenure.models import Absence, User
from tenure.queries import absences

LONGEST = timedelta(days=730)
NOTE = 200


@dataclass(frozen=True)
class Given:
    """What an absence says: both days included; ``deputy`` is the id of who stands in."""

    first: date | None
    last: date | None
    kind: str = "leave"
    note: str = ""
    deputy: int | None = None


def given(row: Absence) -> Given:
    """What an absence says now."""
    return Given(row.first, row.last, row.kind, row.note, row.deputy_id)


@transaction.atomic
def create(user: User, wanted: Given, *, actor: User | None, at: datetime) -> Absence:
    """Note days on which a person doesn't work. Raises Refused for days that another absence has."""
    _may(user, actor)
    values = _checked(user, wanted, None)
    row = Absence.objects.create(user=user, created_at=at, **values)
    _told("absence.created", row, actor, at, after=values)
    return row


@transaction.atomic
def update(absence: Absence, wanted: Given, *, actor: User | None, at: datetime) -> bool:
    """Say something else of an absence; False where that is what it says. Raises Refused."""
    row = _locked(absence.pk)
    _may(row.user, actor)
    before, after = _columns(given(row)), _checked(row.user, wanted, row.pk)
    if before == after:
        return False
    Absence.objects.filter(pk=row.pk).update(**after)
    changed = [name for name in after if before[name] != after[name]]
    absence.refresh_from_db()
    _told("absence.updated", row, actor, at, {name: before[name] for name in changed}, {name: after[name] for name in changed})
    return True


@transaction.atomic
def put_back(absence: Absence, wanted: Given, *, expected: Mapping[str, Any], actor: User | None, at: datetime) -> None:
    """Take a change back, while the absence still says what it made of it. Raises Refused."""
    _same(_locked(absence.pk), expected)
    update(absence, wanted, actor=actor, at=at)


@transaction.atomic
def delete(absence: Absence, *, actor: User | None, at: datetime, expected: Mapping[str, Any] | None = None) -> None:
    """Take an absence away; ``create`` with what it said brings it back. With ``expected`` (an undo) only while it still says that. Raises
    Refused."""
    row = _locked(absence.pk)
    _may(row.user, actor)
    if expected is not None:
        _same(row, expected)
    _told("absence.deleted", row, actor, at, before=_columns(given(row)))
    row.delete()


def plain(wanted: Given) -> dict[str, Any]:
    """What an absence says, as JSON values."""
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in asdict(wanted).items()}


def read(kept: Mapping[str, Any]) -> Given:
    """The other way round."""
    days = {name: date.fromisoformat(kept[name]) for name in ("first", "last")}
    return Given(**{**kept, **days})


def _same(row: Absence, expected: Mapping[str, Any]) -> None:
    if plain(given(row)) != dict(expected):
        raise Refused("It was changed in the meantime.", "conflict")


def _locked(pk: int) -> Absence:
    bulk.lock("absences")
    row = Absence.objects.filter(pk=pk).select_related("user").first()
    if row is None:
        raise Refused("That absence is not there any more.", "not_found")
    return row


def _may(user: User, actor: User | None) -> None:
    bulk.lock("absences")
    if actor is not None and not absences.may_edit(actor, user):
        raise Refused(f"You may not change the time of {user}.", "not_allowed")


def _columns(wanted: Given) -> dict[str, Any]:
    values = asdict(wanted)
    return {"deputy_id" if name == "deputy" else name: value for name, value in values.items()}


def _checked(user: User, wanted: Given, but: int | None) -> dict[str, Any]:
    first, last = wanted.first, wanted.last or wanted.first
    if first is None or last is None:
        raise Refused("An absence has a first day.", "invalid", "first")
    if last < first:
        raise Refused("The last day comes before the first.", "invalid", "last")
    if last - first > LONGEST:
        raise Refused("An absence lasts two years at most.", "invalid", "last")
    if wanted.kind not in absences.KINDS:
        raise Refused("Choose what it is.", "invalid", "kind")
    note = " ".join(wanted.note.replace("\x00", "").split())
    if len(note) > NOTE:
        raise Refused(f"The note has more than {NOTE} characters.", "invalid", "note")
    if wanted.deputy is not None and not absences.deputies(user).filter(pk=wanted.deputy).exists():
        raise Refused("Choose somebody else who works here.", "invalid", "deputy")
    if (other := absences.overlapping(user, first, last, but)) is not None:
        raise Refused(f"{user} is away from {other.first:%-d %b %Y} to {other.last:%-d %b %Y} already.", "conflict", "first")
    return {"first": first, "last": last, "kind": wanted.kind, "note": note, "deputy_id": wanted.deputy}


def _told(verb: str, row: Absence, actor: User | None, at: datetime, before: Any = None, after: Any = None) -> None:
    events.record(verb, "absence", row.pk, at=at, actor=actor, before=before, after=after, user=row.user_id)
