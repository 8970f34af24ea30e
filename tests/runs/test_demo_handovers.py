"""A hand-over of the demo company that is sent back with a reason and offered again."""

from datetime import timedelta

import pytest

from tenure.actions import handovers_starting
from tenure.models import Event
from tenure.runs import demo_handovers
from tests.world import World

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def test_one_of_the_latest_is_sent_back_with_a_reason_and_offered_again(world: World) -> None:
    row = handovers_starting.start(world.homeworld, "sale", today=world.today, actor=world.ari, at=world.at)
    back, again = world.today + DAY, world.today + 3 * DAY

    demo_handovers.day(2, back, world.at + DAY)

    row.refresh_from_db()
    assert (row.state, row.reason, row.missing) == ("returned", demo_handovers.WHY[0], 1)
    assert list(row.items.filter(state="returned").values_list("key", "note")) == [("technical_profile", demo_handovers.WHY[0])]
    before = Event.objects.count()
    demo_handovers.day(2, back, world.at + DAY)
    assert Event.objects.count() == before

    demo_handovers.lay_out(2, again, world.at + 3 * DAY)

    row.refresh_from_db()
    assert (row.state, row.missing, row.offered_at) == ("offered", 0, world.at + 3 * DAY)
    verbs = list(Event.objects.filter(noun="handover", object_id=row.pk).order_by("pk").values_list("verb", flat=True))
    told = [verb.removeprefix("handover.") for verb in verbs if verb != "handover.ticked"]
    assert told == ["started", "offered", "returned", "offered"]


def test_an_older_one_is_left_as_it_is(world: World) -> None:
    row = handovers_starting.start(world.homeworld, "sale", today=world.today, actor=world.ari, at=world.at)

    demo_handovers.day(2, world.today + 40 * DAY, world.at + 40 * DAY)

    row.refresh_from_db()
    assert (row.state, row.offered_at, row.items.count()) == ("preparing", None, 0)
