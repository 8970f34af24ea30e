"""Working times: from a day on, replaced, deleted, and what is refused."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from tenure.actions import working_times
from tenure.actions.refusals import Refused
from tenure.actions.working_times import Given
from tenure.models import Event, WorkingTime
from tests.work import fresh
from tests.world import World

PART = Given(date(2027, 1, 1), 1200, "321")


def content() -> list[Any]:
    return [list(WorkingTime.objects.order_by("pk").values()), Event.objects.count()]


def test_hours_hold_from_a_day_on(world: World) -> None:
    row = working_times.put(world.tam, PART, actor=fresh(world.mona), at=world.at)

    assert (row.from_date, row.minutes_a_week, row.days) == (date(2027, 1, 1), 1200, "123")
    assert Event.objects.get(noun="working_time").verb == "working_time.created"


def test_those_of_the_same_day_are_replaced_and_the_same_again_says_nothing(world: World) -> None:
    working_times.put(world.tam, PART, actor=None, at=world.at)
    working_times.put(world.tam, PART, actor=None, at=world.at)
    working_times.put(world.tam, replace(PART, minutes_a_week=1500), actor=None, at=world.at)

    assert list(WorkingTime.objects.values_list("minutes_a_week", flat=True)) == [1500]
    assert list(Event.objects.filter(noun="working_time").order_by("pk").values_list("verb", flat=True)) == [
        "working_time.created", "working_time.updated",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"from_date": None}, "from_date"),
        ({"minutes_a_week": None}, "hours"),
        ({"minutes_a_week": -60}, "hours"),
        ({"minutes_a_week": 169 * 60}, "hours"),
        ({"days": ""}, "days"),
        ({"days": "18"}, "days"),
        ({"days": "1", "minutes_a_week": 1441}, "hours"),
    ],
)
def test_what_can_t_be_is_refused(world: World, changed: dict[str, Any], field: str) -> None:
    before = content()

    with pytest.raises(Refused) as caught:
        working_times.put(world.tam, replace(PART, **changed), actor=None, at=world.at)
    assert caught.value.field == field
    assert content() == before


def test_no_hours_at_all_are_hours(world: World) -> None:
    assert working_times.put(world.tam, Given(date(2027, 1, 1), 0, ""), actor=None, at=world.at).minutes_a_week == 0


def test_nobody_else_keeps_them(world: World) -> None:
    row = working_times.put(world.tam, PART, actor=None, at=world.at)
    before = content()

    for verb in (
        lambda: working_times.put(world.tam, replace(PART, minutes_a_week=60), actor=fresh(world.tessa), at=world.at),
        lambda: working_times.delete(row, actor=fresh(world.tessa), at=world.at),
    ):
        with pytest.raises(Refused, match="You may not change the time of Tam Technical"):
            verb()
    assert content() == before


def test_deleted_is_what_was_before(world: World) -> None:
    row = working_times.put(world.tam, PART, actor=None, at=world.at)
    said = working_times.plain(working_times.given(row))

    with pytest.raises(Refused, match="changed in the meantime"):
        working_times.delete(row, expected={**said, "days": "12345"}, actor=None, at=world.at)
    working_times.delete(row, expected=said, actor=None, at=world.at)
    assert not WorkingTime.objects.exists()
    with pytest.raises(Refused, match="not there any more"):
        working_times.delete(WorkingTime(pk=1, user=world.tam), actor=None, at=world.at)

    back = working_times.put(world.tam, working_times.read(said), actor=None, at=world.at)
    assert working_times.plain(working_times.given(back)) == said
