"""Territories: making, changing and deleting the parts of the market."""

from datetime import datetime

from django.db import transaction

from tenure.actions import events
from tenure.actions.refusals import Refused
from tenure.models import Territory, User
from tenure.queries import visible


def save(territory: Territory | None, *, name: str, region: str, segment: str, actor: User | None, at: datetime) -> Territory:
    """Make a territory (None), or change one; ``region`` and ``segment`` are the handbook's words, a blank segment means all."""
    _check_right(actor)
    name = " ".join(name.split())
    if not 1 <= len(name) <= 80:
        raise Refused("Give the territory a name of up to 80 characters.", field="name")
    if Territory.objects.filter(name__iexact=name).exclude(pk=territory.pk if territory else 0).exists():
        raise Refused(f"There is a territory {name} already.", "conflict", "name")
    after = {"name": name, "region": region.strip(), "segment": segment.strip()}
    row = territory or Territory(key=name.lower().replace(" ", "-"))
    before = {key: getattr(row, key) for key in after} if territory else None
    if before == after:
        return row
    with transaction.atomic():
        row.name, row.region, row.segment = after["name"], after["region"], after["segment"]
        row.save()
        verb = "territory.changed" if territory else "territory.created"
        events.record(verb, "territory", row.pk, at=at, actor=actor, before=before, after=after)
    return row


def delete(territory: Territory, *, actor: User | None, at: datetime) -> None:
    """Delete a territory that no account lies in; people lose it."""
    _check_right(actor)
    with transaction.atomic():
        count = territory.accounts.count()
        if count:
            raise Refused(f"{count:,} account{'s' if count > 1 else ''} in {territory.name}. Move them first.", "conflict")
        events.record("territory.deleted", "territory", territory.pk, at=at, actor=actor, before={"name": territory.name})
        territory.delete()


def _check_right(actor: User | None) -> None:
    if actor is not None and not visible.may(actor, "user.manage"):
        raise Refused("Only an administrator can change territories.", "not_allowed")
