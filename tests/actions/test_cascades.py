"""Dates and owners that move together: shown, carried out as shown, taken back exactly."""

from datetime import date, timedelta

import pytest

from tenure.actions import cascades, ctas, tasks
from tenure.actions.cascades import Move
from tenure.actions.refusals import Refused
from tenure.models import CallToAction, Cascade, Event, Notice, Task
from tenure.queries import events
from tests import work
from tests.world import TODAY, World

# 16 Nov 2026 is a Monday.
MON, TUE, WED, THU, FRI = (date(2026, 11, day) for day in (16, 17, 18, 19, 20))


def onboarding(world: World) -> tuple[CallToAction, list[Task]]:
    """Three tasks on Tuesday, Thursday and Friday, and one without a day; the CTA is due on Friday."""
    row = work.cta(world, due_date=FRI)
    days = (("Kick-off", TUE), ("Infrastructure", THU), ("Plan", FRI), ("Thank you", None))
    return row, [work.task(world, row, title, day) for title, day in days]


def moves(found: list[Move]) -> list[tuple[str, object, object]]:
    return [(move.title, move.before, move.after) for move in found]


def test_later_tasks_go_along_by_business_days_and_take_the_cta_with_them(world: World) -> None:
    _row, made = onboarding(world)

    found = cascades.preview_due(made[0], THU)

    assert moves(found) == [
        ("Kick-off", TUE, THU), ("Infrastructure", THU, date(2026, 11, 23)), ("Plan", FRI, date(2026, 11, 24)),
        ("Onboard", FRI, date(2026, 11, 24)),
    ]  # fmt: skip
    assert [move.asked for move in found] == [True, False, False, False]
    assert moves(cascades.preview_due(made[0], THU, unit="days"))[1:] == [
        ("Infrastructure", THU, date(2026, 11, 21)), ("Plan", FRI, date(2026, 11, 22)), ("Onboard", FRI, date(2026, 11, 22)),
    ]  # fmt: skip
    assert moves(cascades.preview_due(made[2], THU)) == [("Plan", FRI, THU)]


def test_where_tasks_depend_on_each_other_only_those_that_follow_go_along(world: World) -> None:
    _row, made = onboarding(world)
    tasks.depend(made[2], [made[0]], actor=None, at=world.at)

    assert moves(cascades.preview_due(made[0], WED)) == [
        ("Kick-off", TUE, WED), ("Plan", FRI, date(2026, 11, 23)), ("Onboard", FRI, date(2026, 11, 23)),
    ]  # fmt: skip
    assert moves(cascades.preview_due(made[1], FRI)) == [("Infrastructure", THU, FRI)]


def test_a_cta_takes_its_open_tasks_along(world: World) -> None:
    row, made = onboarding(world)
    tasks.done(made[0], actor=world.tam, at=world.at)

    assert moves(cascades.preview_due(row, date(2026, 11, 23))) == [
        ("Onboard", FRI, date(2026, 11, 23)), ("Infrastructure", THU, FRI), ("Plan", FRI, date(2026, 11, 23)),
    ]  # fmt: skip


def test_a_holiday_of_the_region_is_no_business_day(world: World) -> None:
    christmas_eve = date(2026, 12, 24)
    row = work.cta(world, due_date=christmas_eve)
    made = work.task(world, row, "Call", christmas_eve)

    assert moves(cascades.preview_due(row, date(2026, 12, 28)))[1] == ("Call", christmas_eve, date(2026, 12, 28))
    assert made.due_date == christmas_eve


def test_looking_changes_nothing(world: World) -> None:
    row, made = onboarding(world)
    before = work.content()

    cascades.preview_due(made[0], THU)
    cascades.preview_due(row, THU)
    cascades.preview_owner(row, world.mona)

    assert work.content() == before


def test_what_was_shown_is_carried_out_and_taken_back_exactly(world: World) -> None:
    row, made = onboarding(world)
    before, count = work.rows(), Event.objects.count()

    kept = cascades.apply(made[0], cascades.preview_due(made[0], THU), actor=world.tam, at=world.at)

    assert (kept.kind, kept.title, kept.made_by) == ("due", "Kick-off moved to 19 Nov. 3 more moved with it.", world.tam)
    assert [row.due_date, *(task.due_date for task in row.tasks.order_by("position"))] == [
        FRI, THU, date(2026, 11, 23), date(2026, 11, 24), None,
    ]  # fmt: skip
    row.refresh_from_db()
    assert (row.due_date, row.edited) == (date(2026, 11, 24), ["due_date"])
    assert Event.objects.count() == count + 4

    assert cascades.undo(kept, actor=world.tam, at=world.at) == 4

    assert work.rows() == before
    assert work.verbs()[-4:] == ["task.undone", "task.undone", "task.undone", "cta.undone"]
    with pytest.raises(Refused, match="That was taken back already"):
        cascades.undo(kept, actor=world.tam, at=world.at)
    assert events.verify().broken_at is None


def test_a_part_of_what_was_shown_may_be_chosen(world: World) -> None:
    row, made = onboarding(world)
    found = cascades.preview_due(made[0], THU)

    kept = cascades.apply(made[0], found[:1], actor=world.tam, at=world.at)

    assert kept.title == "Kick-off moved to 19 Nov."
    assert [task.due_date for task in row.tasks.order_by("position")] == [THU, THU, FRI, None]


def test_an_owner_takes_open_tasks_along_and_is_told_once(world: World) -> None:
    row, made = onboarding(world)
    tasks.done(made[0], actor=world.tam, at=world.at)
    tasks.update(made[1], {"owner": world.sol}, actor=world.mona, at=world.at)
    Notice.objects.all().delete()
    before = work.rows()

    found = cascades.preview_owner(row, world.mona)
    kept = cascades.apply(row, found, actor=world.tam, at=world.at)

    assert [move.title for move in found] == ["Onboard", "Plan", "Thank you"]
    assert kept.title == "Onboard is Mona Manager's now. 2 open tasks went along."
    assert [(one.user, one.title) for one in Notice.objects.filter(channel="app")] == [(world.mona, "Onboard: Homeworld Inc.")]
    cascades.undo(kept, actor=world.tam, at=world.at)
    assert work.rows() == before


def test_what_changed_since_it_was_shown_is_not_moved(world: World) -> None:
    _row, made = onboarding(world)
    found = cascades.preview_due(made[0], THU)
    tasks.update(made[2], {"due_date": date(2026, 12, 9)}, actor=world.mona, at=world.at)
    before = work.content()

    with pytest.raises(Refused) as refusal:
        cascades.apply(made[0], found, actor=world.tam, at=world.at)

    assert refusal.value.sentence == "Plan was changed meanwhile. Nothing was moved: look again."
    assert work.content() == before


@pytest.mark.parametrize("change", ["date", "done", "closed", "gone"])
def test_what_changed_since_is_not_taken_back(world: World, change: str) -> None:
    row, made = onboarding(world)
    kept = cascades.apply(made[0], cascades.preview_due(made[0], THU), actor=world.tam, at=world.at)
    if change == "date":
        tasks.update(made[1], {"due_date": date(2026, 12, 9)}, actor=world.mona, at=world.at)
    if change == "closed":
        ctas.close(row, "closed_success", actor=world.mona, at=world.at)
    if change == "gone":
        Task.objects.filter(pk=made[1].pk).delete()
    if change == "done":
        tasks.done(made[0], actor=world.mona, at=world.at)
        cascades.undo(kept, actor=world.tam, at=world.at)  # its day is as it was left: being done is another matter
        return
    before = work.content()

    with pytest.raises(Refused) as refusal:
        cascades.undo(kept, actor=world.tam, at=world.at)

    assert refusal.value.code == "conflict"
    assert work.content() == before


def test_only_who_made_it_takes_it_back(world: World) -> None:
    _row, made = onboarding(world)
    kept = cascades.apply(made[0], cascades.preview_due(made[0], THU), actor=world.tam, at=world.at)
    before = work.content()

    with pytest.raises(Refused) as refusal:
        cascades.undo(kept, actor=world.mona, at=world.at)

    assert refusal.value.code == "not_allowed"
    assert work.content() == before


def test_who_lost_the_account_takes_nothing_back(world: World) -> None:
    _row, made = onboarding(world)
    kept = cascades.apply(made[0], cascades.preview_due(made[0], THU), actor=world.tam, at=world.at)
    world.homeworld.assignments.filter(user=world.tam).update(until_date=TODAY)
    world.tam.territories.clear()
    CallToAction.objects.update(owner=None)
    Task.objects.update(owner=None)
    world.refresh(world.homeworld)

    with pytest.raises(Refused) as refusal:
        cascades.undo(kept, actor=work.fresh(world.tam), at=world.at)

    assert refusal.value.code == "not_allowed"
    assert Cascade.objects.get(pk=kept.pk).undone_at is None


def test_a_cascade_that_nobody_may_make_changes_nothing(world: World) -> None:
    row, made = onboarding(world)
    found, owners = cascades.preview_due(made[0], THU), cascades.preview_owner(row, world.mona)
    before = work.content()

    for who in ("sol", "tessa", "olga", "exa"):
        for shown in (found, owners):
            with pytest.raises(Refused):
                cascades.apply(row, shown, actor=work.fresh(world.people[who]), at=world.at)
    with pytest.raises(Refused, match="doesn't see Homeworld"):
        cascades.apply(row, cascades.preview_owner(row, world.tessa), actor=world.tam, at=world.at)
    assert work.content() == before


def test_an_undone_closing_is_not_taken_back_over_a_task_added_since(world: World) -> None:
    row, _ = onboarding(world)
    ctas.close(row, "closed_success", actor=world.tam, at=world.at)
    kept = ctas.reopen(row, actor=world.tam, at=world.at + timedelta(hours=1))
    tasks.add(row, "One more", actor=world.mona, at=world.at)
    before = work.content()

    with pytest.raises(Refused) as refusal:
        cascades.undo(kept, actor=world.tam, at=world.at)

    assert refusal.value.sentence == "One more was changed since, so nothing was taken back."
    assert work.content() == before
