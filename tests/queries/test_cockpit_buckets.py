"""The groups by due day: which of them a page can show, and pages that read no others."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tenure.actions import ctas
from tenure.models import CallToAction
from tenure.queries import cockpit, cockpit_board, cockpit_calendar
from tenure.queries.cockpit_buckets import BUCKETS, bucket, reached, within
from tests import work
from tests.queries.test_cockpit import state
from tests.world import TODAY, World

SUNDAY = date(2026, 11, 22)
ALL = {0: 3, 1: 50, 4: 200, 6: 7}


@pytest.mark.parametrize(
    ("at", "back", "size", "expected"),
    [
        (None, False, 3, (0, 0)),
        (None, False, 4, (0, 1)),
        (None, False, 54, (0, 4)),
        (None, False, 999, (0, 6)),
        (0, False, 50, (0, 1)),  # how many are left of Overdue isn't known
        (1, False, 51, (1, 4)),
        (4, False, 8, (4, 6)),
        (5, False, 8, (6, 6)),  # a group that is empty by now
        (7, False, 8, None),
        (6, True, 51, (4, 6)),
        (4, True, 51, (0, 4)),
        (1, True, 3, (0, 1)),
        (0, True, 3, (0, 0)),
    ],
)
def test_a_page_reaches_as_many_groups_as_it_can_show(
    at: int | None, back: bool, size: int, expected: tuple[int, int] | None
) -> None:
    assert reached(ALL, at, back, size) == expected


@pytest.mark.parametrize("today", [TODAY, SUNDAY])
def test_the_days_of_groups_are_those_of_their_rows(today: date, world: World) -> None:
    for days in range(-2, 18):
        row = work.cta(world, title=str(days), due_date=today + timedelta(days=days))
        CallToAction.objects.filter(pk=row.pk).update(snoozed_until=today + timedelta(days=3) if days % 5 == 1 else None)
    work.cta(world, due_date=None)
    ctas.close(work.cta(world, due_date=today), "closed_success", actor=None, at=world.at)
    places = dict(CallToAction.objects.annotate(bucket=bucket(today)).values_list("pk", "bucket"))
    assert set(places.values()) == set(range(8)) - ({2} if today == SUNDAY else set())

    for first in range(len(BUCKETS)):
        for last in range(first, len(BUCKETS)):
            found = CallToAction.objects.annotate(bucket=bucket(today)).filter(within(first, last, today))
            assert set(found.values_list("pk", flat=True)) == {pk for pk, place in places.items() if first <= place <= last}


def test_pages_forth_and_back_show_every_row_of_every_group_once(world: World) -> None:
    for number in range(23):
        due = None if number % 7 == 0 else TODAY + timedelta(days=(number * 5) % 31 - 6)
        row = work.cta(world, title=f"No. {number}", due_date=due, priority=number % 3 + 1)
        if number % 6 == 1:
            ctas.snooze(row, TODAY + timedelta(days=9), "Freeze", today=TODAY, actor=None, at=world.at)
    user, asked = work.fresh(world.tam), state()
    found = cockpit.matching(user, asked, TODAY)
    known = cockpit.counts(found, asked)
    whole = [row.pk for row in cockpit.everything(found, asked, TODAY)]

    forth, pages = [], [cockpit.page(found, asked, known, TODAY, 5)]
    while pages[-1].after:
        pages.append(cockpit.page(found, asked.__class__(**{**asked.__dict__, "after": pages[-1].after}), known, TODAY, 5))
    forth = [row.pk for page in pages for row in page.rows]
    back = [pages[-1]]
    while back[-1].before:
        back.append(cockpit.page(found, asked.__class__(**{**asked.__dict__, "before": back[-1].before}), known, TODAY, 5))

    assert len(whole) == 23
    assert forth == whole
    assert [row.pk for page in reversed(back) for row in page.rows] == whole


def test_the_first_page_ranks_no_more_groups_than_it_shows(world: World) -> None:
    for number in range(8):
        work.cta(world, due_date=TODAY + timedelta(days=number - 4))
    asked = state()
    found = cockpit.matching(work.fresh(world.tam), asked, TODAY)
    known = cockpit.counts(found, asked)

    with CaptureQueriesContext(
        connection,
    ) as asked_of:
        assert len(cockpit.page(found, asked, known, TODAY, 3).rows) == 3

    narrow = asked_of.captured_queries[0]["sql"]
    assert f"\"due_date\" <= '{TODAY - timedelta(days=1)}'" in narrow


def test_a_board_s_columns_show_the_first_of_many_of_one_rank_and_sum_all(world: World) -> None:
    for number in range(cockpit_board.CARDS + 4):
        work.cta(world, title=f"No. {number}", due_date=TODAY, priority=2)
    top = work.cta(world, title="Top", due_date=TODAY, priority=1)
    work.cta(world, world.le_hotel, title="Low", due_date=None, priority=3)
    worked = work.cta(world, title="At work", due_date=TODAY)
    CallToAction.objects.filter(pk=worked.pk).update(status="in_progress")

    columns = {one.key: one for one in cockpit_board.columns(work.fresh(world.mona), state(), TODAY)}

    new = columns["new"]
    arr = (
        cockpit.rows(work.fresh(world.mona), TODAY, ["arr_minor"])
        .filter(pk=top.pk)
        .values_list("summary__arr_minor", flat=True)[0]
    )
    hotel = cockpit.rows(work.fresh(world.mona), TODAY, []).get(title="Low").summary.arr_minor
    assert (new.count, len(new.cards), new.more) == (31, 25, 6)
    assert [row.title for row in new.cards] == ["Top", *(f"No. {number}" for number in range(24))]
    assert new.arr == 30 * arr + hotel
    assert [row.title for row in columns["in_progress"].cards] == ["At work"]
    assert (columns["snoozed"].count, columns["snoozed"].arr, columns["closed"].count) == (0, None, 0)


def test_a_calendar_shows_the_first_tasks_of_a_day_and_counts_all(world: World) -> None:
    row = work.cta(world, title="Work", due_date=TODAY)
    for number in range(6):
        work.task(world, row, f"Step {number}", TODAY + timedelta(days=1))
    work.task(world, row, "Ari's", TODAY + timedelta(days=1), owner=world.ari)

    month = cockpit_calendar.calendar(work.fresh(world.tam), state("f=owner:me"), "month", TODAY, TODAY)

    day = next(one for week in month.weeks for one in week if one.day == TODAY + timedelta(days=1))
    assert ([item.title for item in day.items], day.count, day.more) == ([f"Step {n}" for n in range(4)], 6, 2)
    assert {(item.noun, item.cta, item.account) for item in day.items} == {("task", row.pk, "Homeworld Inc.")}
