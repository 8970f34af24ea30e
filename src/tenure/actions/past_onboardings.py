"""What people did about onboardings in a past that is written down at once: see ``actions.past``. Nothing is checked here, and nobody is told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from tenure.actions import engagements, events, onboardings
from tenure.actions.onboardings_fields import told
from tenure.actions.past import Told
from tenure.models import Onboarding
from tenure.queries import clock, onboardings_follow

BATCH = 500
STATE = ("is_open", "closed_at")


@dataclass(frozen=True)
class Kept:
    """Fields that somebody (``by``, an id; None: Tenure itself, by what was done) gave one onboarding; with ``status`` completed it ends."""

    onboarding_id: int
    by: int | None
    at: datetime
    fields: Mapping[str, Any]


@transaction.atomic
def write(kept: Sequence[Kept]) -> int:
    """Write all of it with its events in the order of their moments; how many things."""
    onboardings.lock()
    found = Onboarding.objects.select_related("account", "owner", "opportunity")
    rows, entries, last = found.in_bulk([one.onboarding_id for one in kept]), list[Told](), dict[int, datetime]()
    for one in sorted(kept, key=lambda one: one.at):
        row = rows[one.onboarding_id]
        names = [name for name in one.fields if name not in STATE]
        before = told(row, names)
        for name, value in one.fields.items():
            setattr(row, name, value)
        row.edited, row.updated_at = sorted({*row.edited, *(names if one.by else ())}), one.at
        last[row.pk] = one.at
        body = events.body(before, told(row, names), name=row.name)
        verb = "completed" if one.fields.get("is_open") is False else "status" if names == ["status"] else "updated"
        entries.append((one.at, one.by, events.Entry(f"onboarding.{verb}", "onboarding", row.pk, row.account_id, body)))
    tam = onboardings_follow.tam_days(rows.values())
    for row in rows.values():
        onboardings.reckon(row, clock.day_of(last[row.pk]), tam)
    written = {name for one in kept for name in one.fields} | {*onboardings_follow.RECKONED, "edited", "updated_at"}
    Onboarding.objects.bulk_update(rows.values(), sorted(written), batch_size=BATCH)
    events.record_past(entries)
    for row in sorted((row for row in rows.values() if not row.is_open), key=lambda row: last[row.pk]):
        at = last[row.pk]
        engagements.follow(row.account, "end_of_onboarding", today=clock.day_of(at), actor=None, at=at)
    return len(kept)
