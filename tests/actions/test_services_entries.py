"""An entry of the timeline fulfils the service that was planned, and leaves the plan when it is taken back."""

from datetime import timedelta
from typing import Any

from tenure.actions import activities, calls
from tenure.models import Activity, Event, ServiceDelivery
from tests import work
from tests.actions.test_services import DAY, buy, change, deliver, left, plan, refused
from tests.world import TODAY, World


def logged(world: World, days: int = 0, service: str = "ebr", **fields: Any) -> Activity:
    moment = world.at - timedelta(days=days, hours=1)
    given = {"kind": "ebr", "subject": "Review", "happened_at": moment, "minutes": 60, **fields}
    return calls.log(world.homeworld, given, service=service, today=TODAY, actor=work.fresh(world.tam), at=world.at)


def rows() -> list[tuple[Any, ...]]:
    found = ServiceDelivery.objects.filter(deleted_at=None).order_by("pk")
    return list(found.values_list("status", "delivered_on", "minutes", "delivered_by__name", "activity"))


def test_a_held_call_fulfils_the_service_that_was_planned_for_its_day(world: World) -> None:
    plan(world, delivered_on=TODAY + 9 * DAY, minutes=90, delivered_by=world.mona, note="With the CIO")
    given = {"kind": "meeting", "subject": "Review", "happened_at": world.at + 9 * DAY}
    entry = activities.plan(world.homeworld, given, today=TODAY, actor=work.fresh(world.tam), at=world.at)
    moment = {"today": TODAY + 7 * DAY, "actor": work.fresh(world.tam), "at": world.at + 7 * DAY + timedelta(hours=2)}

    calls.hold(entry, {"happened_at": world.at + 7 * DAY, "minutes": 75}, service="ebr", **moment)  # two days early

    assert rows() == [("delivered", TODAY + 7 * DAY, 75, "Tam Technical", entry.pk)]
    assert ServiceDelivery.objects.get().note == "With the CIO"
    later = {"actor": work.fresh(world.tam), "at": world.at + 8 * DAY}
    activities.undo(entry, **later)
    assert rows() == [("planned", TODAY + 9 * DAY, 90, "Mona Manager", entry.pk)]
    calls.hold(entry, {"happened_at": world.at + 8 * DAY - timedelta(hours=1)}, service="ebr", today=TODAY + 8 * DAY, **later)
    assert rows() == [("delivered", TODAY + 8 * DAY, 90, "Tam Technical", entry.pk)]  # no time of its own: the planned one


def test_a_logged_one_fulfils_the_earliest_plan_that_has_come(world: World) -> None:
    for days in (0, 5):
        plan(world, delivered_on=TODAY + days * DAY, minutes=30)
    entry = logged(world)

    assert rows() == [
        ("delivered", TODAY, 60, "Tam Technical", entry.pk),
        ("planned", TODAY + 5 * DAY, 30, "Tam Technical", None),
    ]


def test_a_plan_for_a_later_day_or_another_service_stays(world: World) -> None:
    plan(world, delivered_on=TODAY + DAY)
    plan(world, "demo_training")
    entry = logged(world)

    assert rows() == [
        ("planned", TODAY + DAY, 0, "Tam Technical", None), ("planned", TODAY, 0, "Tam Technical", None),
        ("delivered", TODAY, 60, "Tam Technical", entry.pk),
    ]  # fmt: skip


def test_a_deleted_entry_leaves_its_plan_and_fulfils_it_again_when_it_is_back(world: World) -> None:
    plan(world, minutes=30, delivered_by=None)
    entry, tam = logged(world), work.fresh(world.tam)
    activities.delete(entry, actor=tam, at=world.at)
    assert rows() == [("planned", TODAY, 30, None, entry.pk)]
    assert Event.objects.filter(verb="service.planned").order_by("-id").values_list("noun", flat=True)[0] == "service"

    activities.restore(entry, actor=tam, at=world.at)

    assert rows() == [("delivered", TODAY, 60, "Tam Technical", entry.pk)]
    other = logged(world, subject="Again", form="x")
    assert rows()[1:] == [("delivered", TODAY, 60, "Tam Technical", other.pk)]  # nothing else is planned
    activities.delete(other, actor=tam, at=world.at)
    assert len(rows()) == 1


def test_a_plan_whose_paid_hours_are_gone_is_not_planned_again(world: World) -> None:
    buy(world, 120)
    plan(world, minutes=120, paid=True)
    entry = logged(world)
    assert left(world) == 60
    deliver(world, "demo_training", minutes=60, paid=True)

    activities.delete(entry, actor=work.fresh(world.tam), at=world.at)

    assert [(row[0], row[2]) for row in rows()] == [("delivered", 60)]
    assert left(world) == 60


def test_what_is_delivered_is_not_delivered_twice_over_its_plan(world: World) -> None:
    row = plan(world)
    change(world, row, delivered=True)

    refused("That has been done already.", "conflict", lambda: change(world, row, delivered=True))
