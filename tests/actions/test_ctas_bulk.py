"""The same thing done to many CTAs: each row is refused alone, one cascade takes all back."""

from datetime import date, timedelta
from typing import Any

import pytest

from tenure.actions import cascades, ctas, ctas_bulk
from tenure.actions.ctas_bulk import Assign, Close, Shift, Snooze
from tenure.actions.ctas_calls import BulkResult
from tenure.actions.refusals import Refused
from tenure.models import CallToAction, Cascade, Notice, Task
from tests import work
from tests.world import TODAY, World

FRI = date(2026, 11, 20)


def many(world: World) -> list[CallToAction]:
    """Two of Tam's on Homeworld, one objective, one that is closed, and one on Le Hotel, which Tam only reads."""
    rows = [work.cta(world, title=title, due_date=FRI) for title in ("One", "Two")]
    rows.append(work.cta(world, title="Three", type="objective", due_date=None))
    rows.append(work.cta(world, title="Four", due_date=FRI))
    ctas.close(rows[3], "closed_success", actor=None, at=world.at)
    rows.append(work.cta(world, world.le_hotel, title="Five", owner=None, due_date=FRI))
    work.task(world, rows[0], "Call", FRI)
    work.task(world, rows[0], "Sol's part", FRI, owner=world.sol)
    return rows


def bulk(world: World, rows: list[CallToAction], what: Any, who: str = "tam", more: tuple[int, ...] = ()) -> BulkResult:
    return ctas_bulk.bulk([*(row.pk for row in rows), *more], what, today=TODAY, actor=work.fresh(world.people[who]), at=world.at)


def test_many_are_shifted_by_business_days_each_refused_alone(world: World) -> None:
    rows = many(world)
    before = work.rows()

    done = bulk(world, rows, Shift(1, "business_days"), more=(999_999,))

    assert done.done == [rows[0].pk, rows[1].pk]
    assert done.refused == [
        (rows[2].pk, "Three has no due date to shift."), (rows[3].pk, "This CTA is closed. Reopen it first."),
        (rows[4].pk, "You may not change this CTA."), (999_999, "There is no such CTA."),
    ]  # fmt: skip
    assert done.told == "2 done. 4 left as they were: Three has no due date to shift."
    assert set(CallToAction.objects.filter(pk__in=done.done).values_list("due_date", flat=True)) == {date(2026, 11, 23)}
    assert set(Task.objects.values_list("due_date", flat=True)) == {date(2026, 11, 23)}
    cascades.undo(done.cascade, actor=world.tam, at=world.at)
    assert work.rows() == before


def test_many_are_shifted_by_days_without_their_tasks(world: World) -> None:
    rows = many(world)[:2]

    bulk(world, rows, Shift(-3, "days", tasks=False))

    assert set(CallToAction.objects.filter(title__in=("One", "Two")).values_list("due_date", flat=True)) == {date(2026, 11, 17)}
    assert set(Task.objects.values_list("due_date", flat=True)) == {FRI}


def test_many_are_assigned_and_the_new_owner_is_told(world: World) -> None:
    rows = many(world)
    before = work.rows()

    done = bulk(world, [rows[0], rows[1], rows[4]], Assign(world.ari), who="mona")

    assert (done.done, done.refused) == ([rows[0].pk, rows[1].pk, rows[4].pk], [])
    assert list(rows[0].tasks.values_list("title", "owner__name")) == [("Call", "Ari Account"), ("Sol's part", "Sol Architect")]
    assert sorted(Notice.objects.filter(channel="app", user=world.ari).values_list("title", flat=True)) == [
        "Five: Le Hotel", "One: Homeworld Inc.", "Two: Homeworld Inc.",
    ]  # fmt: skip
    cascades.undo(done.cascade, actor=world.mona, at=world.at)
    assert work.rows() == before


def test_more_than_five_are_told_as_a_number(world: World) -> None:
    rows = [work.cta(world, title=f"No. {number}") for number in range(6)]

    bulk(world, rows, Assign(world.ari), who="mona")

    assert [one.title for one in Notice.objects.filter(channel="app", user=world.ari)] == ["6 CTAs and tasks are yours"]


def test_an_account_that_the_new_owner_does_not_see_is_refused_alone(world: World) -> None:
    rows = [work.cta(world), work.cta(world, world.crab_shack, owner=None)]

    done = bulk(world, rows, Assign(world.tessa), who="mona")

    assert (done.done, done.refused) == (
        [rows[1].pk], [(rows[0].pk, "Tessa Technical doesn't see Homeworld Inc.. Put them on its team first.")],
    )  # fmt: skip


def test_many_are_snoozed(world: World) -> None:
    rows = many(world)
    before = work.rows()

    done = bulk(world, rows[:2], Snooze(TODAY + timedelta(days=9), "Freeze"))
    again = bulk(world, rows[:2], Snooze(TODAY + timedelta(days=9), "Freeze"))

    assert set(CallToAction.objects.filter(pk__in=done.done).values_list("snoozed_until", "snooze_reason")) == {
        (date(2026, 11, 25), "Freeze")
    }
    assert (again.done, again.unchanged, again.cascade) == ([], [rows[0].pk, rows[1].pk], None)
    cascades.undo(done.cascade, actor=world.tam, at=world.at)
    assert work.rows() == before


def test_many_are_closed_with_an_outcome_of_their_type(world: World) -> None:
    rows = many(world)
    before = work.rows()

    done = bulk(world, rows[:3], Close("not_needed", "Reorganised"))

    assert done.refused == [(rows[2].pk, "'Not needed' is not an outcome of Objective.")]
    assert set(CallToAction.objects.filter(pk__in=done.done).values_list("status", "is_open", "outcome_note")) == {
        ("not_needed", False, "Reorganised")
    }
    assert set(Task.objects.values_list("status", flat=True)) == {"skipped"}
    cascades.undo(done.cascade, actor=world.tam, at=world.at)
    assert work.rows() == before


@pytest.mark.parametrize(
    ("what", "sentence"),
    [
        (Shift(0), "Shift by 1 to 400 days or business days."),
        (Shift(1, "months"), "Shift by 1 to 400 days or business days."),
        (Shift(401), "Shift by 1 to 400 days or business days."),
        (Snooze(TODAY, "Later"), "A snooze ends on a day to come."),
        (Snooze(TODAY + timedelta(days=1), ""), "Say why it can wait."),
        (Close("closed_success", "x" * 1001), "The note has at most 1,000 characters."),
        ("olga", "Olga Outsider can't work on CTAs."),
    ],
)
def test_what_fits_no_row_is_refused_as_a_whole(world: World, what: Any, sentence: str) -> None:
    rows = many(world)
    before = work.content()

    with pytest.raises(Refused) as refusal:
        bulk(world, rows, Assign(world.olga) if what == "olga" else what)

    assert refusal.value.sentence == sentence
    assert work.content() == before


def test_nothing_and_too_much_are_refused(world: World) -> None:
    before = work.content()

    for ids in ([], range(2001)):
        with pytest.raises(Refused, match="Choose between 1 and 2,000 CTAs"):
            ctas_bulk.bulk(ids, Shift(1), today=TODAY, actor=world.tam, at=world.at)
    assert work.content() == before


@pytest.mark.parametrize("who", ["olga", "tessa", "exa"])
def test_who_may_not_changes_nothing(world: World, who: str) -> None:
    rows = many(world)
    before = work.content()

    for what in (Shift(1), Snooze(TODAY + timedelta(days=1), "Later"), Close("closed_success"), Assign(world.tam)):
        done = bulk(world, rows, what, who=who)
        assert (done.done, done.unchanged, len(done.refused)) == ([], [], 5)
    assert work.content() == before


def test_what_changed_since_keeps_all_from_being_taken_back(world: World) -> None:
    rows = many(world)[:2]
    done = bulk(world, rows, Shift(1))
    ctas.update(rows[1], {"due_date": date(2026, 12, 24)}, today=TODAY, actor=world.mona, at=world.at)
    before = work.content()

    with pytest.raises(Refused, match="Two was changed since"):
        cascades.undo(Cascade.objects.get(pk=done.cascade.pk), actor=world.tam, at=world.at)
    assert work.content() == before


def test_the_number_of_queries_does_not_grow_with_the_rows(world: World, django_assert_max_num_queries: Any) -> None:
    rows = [work.cta(world, title=f"No. {number}") for number in range(60)]

    with django_assert_max_num_queries(40):
        bulk(world, rows, Shift(1))
    with django_assert_max_num_queries(40):
        bulk(world, rows, Assign(world.ari), who="mona")
