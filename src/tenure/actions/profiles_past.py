"""What was learnt of many customers in a past that is written down at once: the same rows and events as by ``profiles.set_value``.

Callers know what they write (the demo company): rights and conflicts aren't looked at, values are.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction

from tenure.actions import decisions, events, profiles
from tenure.actions.events import Entry
from tenure.models import Account, ProfileValue
from tenure.queries import clock, handbook


@dataclass(frozen=True)
class Learnt:
    """One value: ``raw`` as for ``profiles.set_value``; ``by`` is the author's id."""

    account: Account
    field: str
    raw: Any
    day: date
    source: str = "call"
    confidence: str = "high"
    note: str = ""
    by: int | None = None


def add(learnt: Sequence[Learnt], *, today: date, at: datetime) -> int:
    """Write these values, at most one for each field of an account, each on its own day but never after ``at``; how many. The accounts are
    decided anew. Raises Refused."""
    fields = handbook.pack().profiles.fields
    rows = [
        ProfileValue(
            account=one.account, field=one.field, value=profiles.checked_value(fields[one.field], one.raw, one.account), source=one.source,
            source_note=one.note, confidence=one.confidence, learnt_on=one.day, author_id=one.by,
            recorded_at=min(clock.midnight(one.day) + timedelta(hours=15), at),
        )
        for one in sorted(learnt, key=lambda one: one.day)
    ]  # fmt: skip
    with transaction.atomic():
        decisions.lock()
        made = ProfileValue.objects.bulk_create(rows, batch_size=500)
        events.record_past((row.recorded_at, row.author_id, _entry(row)) for row in made)
        decisions.redecide({row.account_id for row in made}, as_of=today, at=at, actor=None, reason="Profiles")
    return len(made)


def _entry(row: ProfileValue) -> Entry:
    field = handbook.pack().profiles.fields[row.field]
    return Entry(
        "profile.set",
        "profile",
        row.pk,
        row.account_id,
        events.body(after=profiles.told(field, row), name=field.title, field=row.field),
    )
