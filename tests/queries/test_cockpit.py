"""The cockpit's list: buckets of due days, whose work it is, filters, groups, pages, counts."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tenure.actions import ctas
from tenure.models import CallToAction
from tenure.queries import cockpit, cockpit_board, cockpit_calendar, handbook, lists
from tenure.queries.lists import State
from tests import work
from tests.world import TODAY, World

MON = date(2026, 11, 16)  # today is a Monday


def state(query: str = "") -> State:
    pairs = [tuple(part.split("=", 1)) for part in query.split("&") if part]
    found = lists.read(pairs, cockpit.columns(handbook.pack()), cockpit.DEFAULTS)  # type: ignore[arg-type]
    assert found.ignored == ()
    return found


def titles(world: World, query: str = "", who: str = "tam") -> list[str]:
    user, asked = work.fresh(world.people[who]), state(query)
    found = cockpit.matching(user, asked, TODAY)
    return [row.title for row in cockpit.page(found, asked, cockpit.counts(found, asked), TODAY).rows]


def groups(world: World, query: str = "", who: str = "tam") -> list[tuple[str, int | None, list[str]]]:
    user, asked = work.fresh(world.people[who]), state(query)
    found = cockpit.matching(user, asked, TODAY)
    known = cockpit.counts(found, asked)
    page = cockpit.page(found, asked, known, TODAY)
    return [(one.label, one.count, [row.title for row in one.rows]) for one in cockpit.grouped(found, page.rows, asked, known)]


def week(world: World) -> None:
    """Work of Tam's on every edge of the due days."""
    for title, days in {"Late": -1, "Now": 0, "Sunday": 6, "Monday": 7, "Next Sunday": 13, "Later": 14}.items():
        work.cta(world, title=title, due_date=TODAY + timedelta(days=days))
    work.cta(world, title="Whenever", due_date=None)
    rests = work.cta(world, title="Rests", due_date=TODAY - timedelta(days=3))
    ctas.snooze(rests, TODAY + timedelta(days=1), "Freeze", today=TODAY, actor=None, at=world.at)
    woken = work.cta(world, title="Woken", due_date=TODAY)
    CallToAction.objects.filter(pk=woken.pk).update(snoozed_until=TODAY)
    gone = work.cta(world, title="Gone", due_date=TODAY)
    ctas.close(gone, "closed_success", actor=None, at=world.at)


def test_work_is_grouped_by_its_due_day(world: World) -> None:
    week(world)

    assert groups(world) == [
        ("Overdue", 1, ["Late"]), ("Today", 2, ["Now", "Woken"]), ("This week", 1, ["Sunday"]), ("Next week", 2, ["Monday", "Next Sunday"]),
        ("Later", 1, ["Later"]), ("No date", 1, ["Whenever"]), ("Snoozed", 1, ["Rests"]),
    ]  # fmt: skip
    assert cockpit.today_count(work.fresh(world.tam), TODAY) == 3


def test_within_a_group_the_highest_rank_comes_first(world: World) -> None:
    for title, priority in (("Low", 3), ("High", 1), ("Medium", 2)):
        work.cta(world, title=title, priority=priority, due_date=TODAY)
    work.cta(world, title="Late but low", priority=3, due_date=TODAY - timedelta(days=1))

    assert titles(world) == ["Late but low", "High", "Medium", "Low"]
    assert titles(world, "sort=-rank,due") == ["High", "Medium", "Late but low", "Low"]
    assert groups(world, "sort=-rank,due")[0][:2] == ("", None)
    assert groups(world, "sort=due")[0] == ("Overdue", 1, ["Late but low"])


def test_mine_is_what_i_own_and_what_waits_for_a_task_of_mine(world: World) -> None:
    work.cta(world, title="Tam's")
    shared = work.cta(world, title="Ari's with a task of Tam's", owner=world.ari)
    task = work.task(world, shared, "Help", owner=world.tam)
    work.cta(world, title="Ari's", owner=world.ari)
    work.cta(world, title="Nobody's", owner=None)

    assert sorted(titles(world, "f=owner:me")) == ["Ari's with a task of Tam's", "Tam's"]
    assert titles(world, "f=owner:empty") == ["Nobody's"]
    assert titles(world, "f=waiting:yes") == ["Ari's with a task of Tam's"]
    task.status = "done"
    task.save()
    assert titles(world, "f=owner:me") == ["Tam's"]


def test_a_manager_sees_the_team_s_work_and_a_stranger_none(world: World) -> None:
    work.cta(world, title="Tam's")
    work.cta(world, world.crab_shack, title="Tessa's", owner=world.tessa)
    work.cta(world, world.homeworld, title="Ari's", owner=world.ari)
    work.cta(world, world.big_donut, title="Far away", owner=None)

    assert sorted(titles(world, "f=owner:team", "mona")) == ["Tam's", "Tessa's"]
    assert sorted(titles(world, "", "mona")) == ["Ari's", "Tam's", "Tessa's"]
    assert sorted(titles(world, "", "ops")) == ["Ari's", "Far away", "Tam's", "Tessa's"]
    assert titles(world, "", "olga") == []
    assert titles(world, "", "fin") == []
    assert (cockpit.today_count(work.fresh(world.mona), TODAY + timedelta(days=30), team=True)) == 2


def test_the_work_of_a_deleted_account_is_gone(world: World) -> None:
    work.cta(world, title="Tam's")
    type(world.homeworld).objects.filter(pk=world.homeworld.pk).update(deleted_at=world.at)
    world.refresh(world.homeworld)

    assert titles(world) == titles(world, "", "ops") == []


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("q=home", ["One", "Three"]),
        ("q=two", ["Two"]),
        ("f=type:any:risk", ["Two"]),
        ("f=type:none:risk", ["One", "Three"]),
        ("f=priority:is:1", ["Two"]),
        ("f=priority:none:1,3", ["One"]),
        ("f=priority:empty", []),
        ("f=reason:is:Onboarding", ["One"]),
        ("f=due:next:3", ["One"]),
        ("f=due:empty", ["Three"]),
        ("f=important:yes", ["Three"]),
        ("f=origin:is:person", ["One", "Two", "Three"]),
        ("f=segment:is:Strategic", ["One", "Three"]),
        ("f=arr:gte:1000000", ["One", "Three"]),
        ("f=account:is:le hotel", ["Two"]),
        ("f=tam:team", ["One", "Three"]),
        ("f=status:is:in_progress|due:empty", ["Two", "Three"]),
        ("f=snoozed:filled", []),
        ("f=snoozed:empty", ["One", "Two", "Three"]),
        ("f=tasks:gte:1", ["One"]),
        ("f=closed:past:1", ["Done"]),
        ("f=status:is:closed_success", ["Done"]),
        ("f=rank:gte:31", ["Two", "One"]),
    ],
)
def test_filters_and_search(query: str, expected: list[str], decided: World) -> None:
    world = decided
    one = work.cta(world, title="One", reason="Onboarding", due_date=TODAY + timedelta(days=3))
    work.task(world, one, "Call")
    two = work.cta(world, world.le_hotel, title="Two", type="risk", priority=1, due_date=TODAY - timedelta(days=30))
    ctas.update(two, {"status": "in_progress"}, today=TODAY, actor=None, at=world.at)
    three = work.cta(world, title="Three", priority=3, due_date=None)
    ctas.update(three, {"important": True}, today=TODAY, actor=None, at=world.at)
    ctas.close(work.cta(world, title="Done"), "closed_success", actor=None, at=world.at)
    made = {"One", "Two", "Three", "Done"}

    assert sorted(title for title in titles(world, query, "mona") if title in made) == sorted(expected)


def test_groups_by_account_type_owner_and_more(world: World) -> None:
    work.cta(world, title="A", type="activity", priority=1)
    work.cta(world, title="B", type="risk", owner=None)
    work.cta(world, world.beach_city, title="C", type="risk", owner=world.ari, priority=3)

    assert groups(world, "group=account") == [("Beach City Corp.", 1, ["C"]), ("Homeworld Inc.", 2, ["A", "B"])]
    assert groups(world, "group=type") == [("Risk", 2, ["B", "C"]), ("Activity", 1, ["A"])]
    assert groups(world, "group=owner") == [("Ari Account", 1, ["C"]), ("Tam Technical", 1, ["A"]), ("No owner", 1, ["B"])]
    assert groups(world, "group=priority") == [("High", 1, ["A"]), ("Medium", 1, ["B"]), ("Low", 1, ["C"])]
    assert groups(world, "group=status") == [("New", 3, ["A", "B", "C"])]
    assert groups(world, "group=region") == [("EMEA", 3, ["A", "B", "C"])]
    assert groups(world, "group=tam") == [("Tam Technical", 2, ["A", "B"]), ("No TAM", 1, ["C"])]


@pytest.mark.parametrize(
    "query",
    ["", "sort=due,-rank", "sort=-rank,due", "group=account", "group=owner&sort=-title", "group=type&sort=due", "sort=-arr", "sort=owner,-due", "group=tam"],
)  # fmt: skip
def test_pages_show_every_row_once_forwards_and_backwards(query: str, world: World) -> None:
    owners = [world.tam, world.ari, None]
    for number in range(23):
        due = None if number % 5 == 0 else TODAY + timedelta(days=number % 7 - 3)
        account = (world.homeworld, world.le_hotel, world.beach_city)[number % 3]
        work.cta(world, account, title=f"No. {number:02}", due_date=due, owner=owners[number % 3], priority=number % 3 + 1)
    user, asked = work.fresh(world.mona), state(query)
    found = cockpit.matching(user, asked, TODAY)
    known = cockpit.counts(found, asked)
    every = [row.pk for row in cockpit.everything(found, asked, TODAY)]

    forwards, place = [], asked
    while True:
        page = cockpit.page(found, place, known, TODAY, 5)
        forwards.append([row.pk for row in page.rows])
        if not page.after:
            break
        place = asked.change(after=page.after)
    backwards = [forwards[-1]]
    while page.before:
        page = cockpit.page(found, asked.change(before=page.before), known, TODAY, 5)
        backwards.append([row.pk for row in page.rows])

    assert known.count == len(every) == len(set(every)) == 23
    assert [pk for part in forwards for pk in part] == every
    assert backwards[::-1] == forwards


def test_the_board_has_a_column_for_each_open_status_for_rest_and_for_what_was_closed_lately(world: World) -> None:
    week(world)
    moved = work.cta(world, title="Begun", due_date=TODAY)
    ctas.update(moved, {"status": "in_progress"}, today=TODAY, actor=None, at=world.at)
    old = work.cta(world, title="Long gone")
    ctas.close(old, "closed_success", actor=None, at=world.at - timedelta(days=8))

    columns = cockpit_board.columns(work.fresh(world.tam), state("f=owner:me"), TODAY)

    assert [(one.key, one.title, one.count, [row.title for row in one.cards]) for one in columns] == [
        ("new", "New", 8, ["Late", "Now", "Woken", "Sunday", "Monday", "Next Sunday", "Later", "Whenever"]),
        ("in_progress", "Work in progress", 1, ["Begun"]),
        ("snoozed", "Snoozed", 1, ["Rests"]),
        ("closed", "Closed in 7 days", 1, ["Gone"]),
    ]
    assert columns[1].arr == 1_250_000_00


def test_a_column_shows_the_first_cards_and_says_how_many_more(world: World) -> None:
    for number in range(30):
        work.cta(world, title=f"No. {number}")

    column = cockpit_board.columns(work.fresh(world.tam), state(), TODAY)[0]

    assert (column.count, len(column.cards), column.more) == (30, 25, 5)


def test_the_calendar_shows_work_and_tasks_on_their_days(world: World) -> None:
    one = work.cta(world, title="Call", due_date=date(2026, 11, 18))
    work.task(world, one, "Agenda", date(2026, 11, 17))
    work.task(world, one, "Sol's part", date(2026, 11, 17), owner=world.sol)
    work.cta(world, title="Whenever", due_date=None)
    work.cta(world, title="Next year", due_date=date(2027, 2, 1))
    user = work.fresh(world.tam)

    month = cockpit_calendar.calendar(user, state("f=owner:me"), "month", TODAY, TODAY)
    shown = {day.day: [(item.noun, item.title) for item in day.items] for part in month.weeks for day in part if day.items}

    assert (month.first, month.last, len(month.weeks), month.undated) == (date(2026, 10, 26), date(2026, 12, 6), 6, 1)
    assert shown == {date(2026, 11, 17): [("task", "Agenda")], date(2026, 11, 18): [("cta", "Call")]}
    assert (month.before, month.after) == (date(2026, 10, 1), date(2026, 12, 1))
    one_week = cockpit_calendar.calendar(user, state(), "week", date(2026, 11, 22), TODAY)
    assert (one_week.first, one_week.last, one_week.before, one_week.after) == (
        MON, date(2026, 11, 22), date(2026, 11, 15), date(2026, 11, 29),
    )  # fmt: skip


def test_a_full_day_shows_the_first_and_counts_the_rest(world: World) -> None:
    for number in range(7):
        row = work.cta(world, title=f"No. {number}", due_date=TODAY, priority=3 if number else 1)
    work.task(world, row, "One more", TODAY)

    month = cockpit_calendar.calendar(work.fresh(world.tam), state(), "month", TODAY, TODAY)
    (day,) = [day for part in month.weeks for day in part if day.items]

    assert ([item.title for item in day.items], day.count, day.more) == (["No. 0", "No. 1", "No. 2", "No. 3"], 8, 4)


def test_three_rows_and_thirty_take_the_same_queries(world: World) -> None:
    asked = [state(query) for query in ("", "f=owner:me", "group=account", "group=type&sort=-arr")]
    user = work.fresh(world.mona)

    def queries() -> list[int]:
        counts: list[Any] = []
        for one in asked:
            with CaptureQueriesContext(connection) as taken:
                found = cockpit.matching(user, one, TODAY)
                known = cockpit.counts(found, one)
                cockpit.grouped(found, cockpit.page(found, one, known, TODAY).rows, one, known)
            counts.append(len(taken))
        for ask in (
            lambda: cockpit_board.columns(user, asked[0], TODAY),
            lambda: cockpit_calendar.calendar(user, asked[0], "month", TODAY, TODAY),
        ):
            with CaptureQueriesContext(connection) as taken:
                ask()
            counts.append(len(taken))
        return counts

    for number in range(3):
        work.task(world, work.cta(world, title=f"{number}"), "x", TODAY)
    few = queries()
    for number in range(27):
        account = (world.homeworld, world.le_hotel)[number % 2]
        work.task(world, work.cta(world, account, title=f"{number}", type="risk" if number % 2 else "activity"), "x", TODAY)

    assert queries() == few
