"""Work for tests: CTAs with tasks on the accounts of the cast, and what a database holds of work."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.apps import apps

from tenure.actions import ctas, ctas_runs, tasks
from tenure.actions.ctas_runs import Ending
from tenure.models import Account, CallToAction, Event, Task, User
from tests.world import World

# Everything that work writes; a refusal leaves all of it as it was.
WRITTEN = (
    "CallToAction", "Task", "CtaLink", "Comment", "Attachment", "Cascade", "PlaybookUse", "PlaybookVersion", "Event", "Notice",
)  # fmt: skip


def cta(world: World, account: Account | None = None, **fields: Any) -> CallToAction:
    """A CTA of Tam's on Homeworld, due in a week, made by nobody: no notice, no edited field."""
    given: dict[str, Any] = {
        "type": "lifecycle",
        "title": "Onboard",
        "owner": world.tam,
        "due_date": date(2026, 11, 23),
        **fields,
    }
    return ctas.create(account or world.homeworld, today=world.today, actor=None, at=world.at, **given)


def task(world: World, on: CallToAction, title: str, due_date: date | None = None, own: bool = False, **fields: Any) -> Task:
    """A task of Tam's at the end of a CTA: a playbook's step; ``own``: one that a person added."""
    made = tasks.add(on, title, owner=fields.pop("owner", world.tam), due_date=due_date, actor=None, at=world.at, **fields)
    if not own:
        made.key = f"step_{made.pk}"
        made.save(update_fields=["key"])
    return made


def content() -> dict[str, list[tuple[Any, ...]]]:
    """Every row of the tables of work."""
    found = {}
    for name in WRITTEN:
        model = apps.get_model("tenure", name)
        columns = [field.attname for field in model._meta.concrete_fields]
        found[name] = list(model._default_manager.order_by("pk").values_list(*columns))
    links = Task.after.through.objects.order_by("from_task_id", "to_task_id")
    return {**found, "after": list(links.values_list("from_task_id", "to_task_id"))}


def rows() -> dict[str, list[tuple[Any, ...]]]:
    """What CTAs, tasks and uses say, without when they were last touched: what an undo must bring back."""
    found: dict[str, list[tuple[Any, ...]]] = {}
    for name in ("CallToAction", "Task", "PlaybookUse"):
        model = apps.get_model("tenure", name)
        columns = [field.attname for field in model._meta.concrete_fields if field.attname != "updated_at"]
        found[name] = list(model._default_manager.order_by("pk").values_list(*columns))
    return found


def verbs(of: CallToAction | None = None) -> list[str]:
    """The verbs of the log about work, oldest first."""
    events = Event.objects.filter(noun__in=("cta", "task", "playbook", "comment", "attachment")).order_by("pk")
    return [event.verb for event in events if of is None or event.account_id == of.account_id]


def fresh(user: User) -> User:
    """The user as a new request knows them."""
    return User.objects.prefetch_related("roles").get(pk=user.pk)


def settle_many(ids: Iterable[int], status: str, reason: str, **stamps: Any) -> int:
    """Close CTAs as a run does, with one outcome and one reason for all."""
    return ctas_runs.close_many([Ending(pk, status, reason) for pk in ids], **stamps)
