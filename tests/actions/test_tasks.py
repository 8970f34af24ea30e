"""The steps of a CTA: order, what comes first, answers that are asked for."""

from datetime import date, timedelta
from typing import Any

import pytest

from tenure.actions import cascades, ctas, tasks
from tenure.actions.refusals import Refused
from tenure.models import CallToAction, Notice, Task
from tests import work
from tests.world import World

ASKED = [
    {"key": "why", "label": "Why bought", "kind": "text", "choices": [], "required": True},
    {"key": "seats", "label": "Seats", "kind": "number", "choices": [], "required": False},
    {"key": "on", "label": "Held on", "kind": "date", "choices": [], "required": True},
    {"key": "how", "label": "How", "kind": "choice", "choices": ["Call", "Meeting"], "required": True},
]
GOOD = {"why": "Compliance", "seats": "12.50", "on": "2026-11-16", "how": "Call"}


def titles(cta: CallToAction) -> list[str]:
    return list(cta.tasks.order_by("position", "pk").values_list("title", flat=True))


def test_a_task_goes_to_the_end_and_its_owner_is_told(world: World) -> None:
    row = work.cta(world)
    tasks.add(row, " Welcome ", actor=world.tam, at=world.at)
    second = tasks.add(row, "Kick-off", owner=world.sol, due_date=date(2026, 11, 20), actor=world.tam, at=world.at)

    row.refresh_from_db()
    assert (titles(row), row.tasks_open, row.tasks_done) == (["Welcome", "Kick-off"], 2, 0)
    assert (second.position, second.status, second.due_date) == (1, "open", date(2026, 11, 20))
    notice = Notice.objects.filter(channel="app").get(user=world.sol)
    assert (notice.title, notice.body, notice.url) == (
        "Kick-off: Homeworld Inc.",
        "By Tam Technical, it is yours",
        f"/ctas/{row.pk}/",
    )
    assert work.verbs() == ["cta.raised", "task.created", "task.created"]


def test_a_task_is_done_skipped_and_taken_up_again(world: World) -> None:
    row = work.cta(world)
    one, two = work.task(world, row, "Welcome"), work.task(world, row, "Kick-off")

    tasks.done(one, actor=world.tam, at=world.at)
    tasks.skip(two, actor=world.tam, at=world.at, reason="They know us")

    row.refresh_from_db()
    assert (one.status, one.done_by, one.done_at, two.status) == ("done", world.tam, world.at, "skipped")
    assert (row.tasks_open, row.tasks_done) == (0, 1)
    tasks.reopen(one, actor=world.tam, at=world.at)
    row.refresh_from_db()
    assert (one.status, one.done_at, row.tasks_open, row.tasks_done) == ("open", None, 1, 0)


def test_a_task_waits_for_what_comes_first(world: World) -> None:
    row = work.cta(world)
    first, second = work.task(world, row, "Hand-over"), work.task(world, row, "Welcome mail")
    third = work.task(world, row, "Kick-off", after=[first, second])
    before = work.content()

    with pytest.raises(Refused) as refusal:
        tasks.done(third, actor=world.tam, at=world.at)
    assert refusal.value.sentence == "First comes: Hand-over, Welcome mail."
    assert work.content() == before

    tasks.done(first, actor=world.tam, at=world.at)
    tasks.skip(second, actor=world.tam, at=world.at)
    tasks.done(third, actor=world.tam, at=world.at)
    with pytest.raises(Refused, match="Kick-off came after it and is done"):
        tasks.reopen(first, actor=world.tam, at=world.at)
    assert third.status == "done"


def test_a_change_with_an_order_that_cannot_be_changes_nothing(world: World) -> None:
    row = work.cta(world)
    first = work.task(world, row, "First")
    second = work.task(world, row, "Second", after=[first])
    before = work.content()

    with pytest.raises(Refused, match="each of two tasks"):
        tasks.update(first, {"title": "Renamed"}, after=[second], actor=world.tam, at=world.at)

    assert work.content() == before
    assert tasks.update(second, {"title": "Renamed"}, after=[], actor=world.tam, at=world.at) is not None
    assert (second.title, second.after.count()) == ("Renamed", 0)


def test_a_circle_of_tasks_is_refused(world: World) -> None:
    row, other = work.cta(world), work.cta(world, title="Other")
    first = work.task(world, row, "First")
    second = work.task(world, row, "Second", after=[first])
    third = work.task(world, row, "Third", after=[second])
    stranger = work.task(world, other, "Stranger")
    before = work.content()

    for after, sentence in (
        ([third], "Then each of two tasks would wait for the other."),
        ([first], "What comes first is another task of the same CTA."),
        ([stranger], "What comes first is another task of the same CTA."),
    ):
        with pytest.raises(Refused) as refusal:
            tasks.depend(first, after, actor=world.tam, at=world.at)
        assert refusal.value.sentence == sentence
    assert work.content() == before
    assert tasks.depend(third, [first], actor=world.tam, at=world.at)
    assert list(third.after.all()) == [first]


def asking(world: World) -> Task:
    row = work.task(world, work.cta(world), "Kick-off")
    Task.objects.filter(pk=row.pk).update(asked=ASKED)
    row.refresh_from_db()
    return row


def test_answers_are_kept_as_their_kind_says(world: World) -> None:
    row = asking(world)

    tasks.done(row, {**GOOD, "why": " Compliance "}, actor=world.tam, at=world.at)

    assert (row.status, row.fields) == ("done", {"why": "Compliance", "seats": "12.50", "on": "2026-11-16", "how": "Call"})


def test_answers_can_come_bit_by_bit(world: World) -> None:
    row = asking(world)
    tasks.update(row, {"fields": {"why": "Compliance", "how": "Call"}}, actor=world.tam, at=world.at)

    tasks.done(row, {"on": "2026-11-16"}, actor=world.tam, at=world.at)

    assert row.fields == {"why": "Compliance", "how": "Call", "on": "2026-11-16"}


@pytest.mark.parametrize(
    ("answers", "sentence"),
    [
        ({}, "Kick-off asks for: Why bought, Held on, How."),
        ({**GOOD, "why": " "}, "Kick-off asks for: Why bought."),
        ({**GOOD, "seats": "many"}, "Seats: 'many' is not a number."),
        ({**GOOD, "seats": "NaN"}, "Seats: 'NaN' is not a number."),
        ({**GOOD, "on": "16.11.2026"}, "Held on: '16.11.2026' is not a date."),
        ({**GOOD, "how": "Dance"}, "How: 'Dance' is none of Call, Meeting."),
        ({**GOOD, "salary": "1"}, "Kick-off doesn't ask for salary."),
        ({**GOOD, "why": "x" * 2001}, "Why bought: at most 2,000 characters."),
    ],
)
def test_wrong_or_missing_answers_leave_the_task_open(world: World, answers: dict[str, str], sentence: str) -> None:
    row = asking(world)
    before = work.content()

    with pytest.raises(Refused) as refusal:
        tasks.done(row, answers, actor=world.tam, at=world.at)

    assert refusal.value.sentence == sentence
    assert work.content() == before


def test_tasks_are_put_in_order(world: World) -> None:
    row = work.cta(world)
    made = [work.task(world, row, title) for title in ("One", "Two", "Three", "Four")]

    kept = tasks.move(made[3], 1, actor=world.tam, at=world.at)
    assert titles(row) == ["One", "Four", "Two", "Three"]
    tasks.move(made[0], 99, actor=world.tam, at=world.at)
    assert titles(row) == ["Four", "Two", "Three", "One"]
    assert tasks.move(made[3], 0, actor=world.tam, at=world.at) is None
    with pytest.raises(Refused, match="was changed since"):
        cascades.undo(kept, actor=world.tam, at=world.at)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"title": ""}, "A task has a title."),
        ({"title": "x" * 301}, "The title has more than 300 characters."),
        ({"status": "done"}, "A CTA has no status."),
        ({"due_date": date(1, 1, 1)}, "0001-01-01 is not a day to plan for."),
    ],
)
def test_a_wrong_change_is_refused(world: World, fields: dict[str, Any], sentence: str) -> None:
    row = work.task(world, work.cta(world), "Kick-off")
    before = work.content()

    with pytest.raises(Refused) as refusal:
        tasks.update(row, fields, actor=world.tam, at=world.at)

    assert refusal.value.sentence == sentence
    assert work.content() == before


@pytest.mark.parametrize(
    ("who", "code"), [("tessa", "not_found"), ("olga", "not_found"), ("sol", "not_allowed"), ("exa", "not_allowed")]
)
def test_who_may_not_touches_no_task(world: World, who: str, code: str) -> None:
    row = work.task(world, work.cta(world), "Kick-off")
    actor = work.fresh(world.people[who])
    before = work.content()

    for attempt in (
        lambda: tasks.add(row.cta, "More", actor=actor, at=world.at),
        lambda: tasks.update(row, {"title": "Mine"}, actor=actor, at=world.at),
        lambda: tasks.done(row, actor=actor, at=world.at),
        lambda: tasks.skip(row, actor=actor, at=world.at),
        lambda: tasks.move(row, 0, actor=actor, at=world.at),
        lambda: tasks.depend(row, [], actor=actor, at=world.at),
    ):
        with pytest.raises(Refused) as refusal:
            attempt()
        assert refusal.value.code == code
    assert work.content() == before


def test_the_owner_of_a_task_does_it_and_takes_it_back_without_a_right_to_the_cta(world: World) -> None:
    row = work.task(world, work.cta(world), "Draw the design", owner=world.sol)
    sol = work.fresh(world.sol)

    kept = tasks.done(row, actor=sol, at=world.at)
    assert (row.status, row.done_by) == ("done", sol)
    cascades.undo(kept, actor=sol, at=world.at)

    row.refresh_from_db()
    assert row.status == "open"
    with pytest.raises(Refused):
        ctas.close(row.cta, "closed_success", actor=sol, at=world.at)


def test_a_done_task_is_not_taken_back_once_what_came_after_is_done(world: World) -> None:
    row = work.cta(world)
    first = work.task(world, row, "First")
    second = work.task(world, row, "Second", after=[first])
    kept = tasks.done(first, actor=world.tam, at=world.at)
    tasks.done(second, actor=world.tam, at=world.at + timedelta(minutes=1))
    before = work.content()

    with pytest.raises(Refused) as refusal:
        cascades.undo(kept, actor=world.tam, at=world.at)

    assert refusal.value.sentence == "Second was changed since, so nothing was taken back."
    assert work.content() == before


def test_nothing_is_added_to_a_closed_cta(world: World) -> None:
    row = work.task(world, work.cta(world), "Kick-off")
    ctas.close(row.cta, "closed_success", actor=world.tam, at=world.at)
    before = work.content()

    for attempt in (
        lambda: tasks.add(row.cta, "More", actor=world.tam, at=world.at),
        lambda: tasks.done(row, actor=world.tam, at=world.at),
        lambda: tasks.reopen(row, actor=world.tam, at=world.at),
        lambda: tasks.update(row, {"title": "Other"}, actor=world.tam, at=world.at),
    ):
        with pytest.raises(Refused, match="This CTA is closed"):
            attempt()
    assert work.content() == before
