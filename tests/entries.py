"""Timeline entries for tests, and what a database holds of them."""

from datetime import datetime, timedelta
from typing import Any

from django.apps import apps

from tenure.actions import activities
from tenure.models import Account, Activity, User
from tests.world import World

WRITTEN = ("Activity", "Feedback", "CallToAction", "Task", "CtaLink", "Event", "Notice")


def entry(world: World, account: Account | None = None, actor: User | None = None, **fields: Any) -> Activity:
    """A call of Tam's with Homeworld an hour ago."""
    given: dict[str, Any] = {"kind": "call", "subject": "Cadence call", "happened_at": world.at - timedelta(hours=1), **fields}
    return activities.log(account or world.homeworld, given, today=world.today, actor=actor or world.tam, at=world.at)


def planned(world: World, account: Account | None = None, **fields: Any) -> Activity:
    """A call that Tam plans with Homeworld for tomorrow."""
    given: dict[str, Any] = {"kind": "call", "subject": "Next call", "happened_at": world.at + timedelta(days=1), **fields}
    return activities.plan(account or world.homeworld, given, today=world.today, actor=world.tam, at=world.at)


def told_by_crm(account: Account, at: datetime, **fields: Any) -> Activity:
    """An entry that came with an import."""
    return Activity.objects.create(
        account=account, happened_at=at, recorded_at=at, **{"kind": "call", "subject": "From the CRM", **fields}
    )


def content() -> dict[str, list[tuple[Any, ...]]]:
    """Every row of the tables that the timeline writes to."""
    found = {}
    for name in WRITTEN:
        model = apps.get_model("tenure", name)
        columns = [field.attname for field in model._meta.concrete_fields]
        found[name] = list(model._default_manager.order_by("pk").values_list(*columns))
    return found
