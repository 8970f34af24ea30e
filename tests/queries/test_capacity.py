"""The page of hours: whose, against what time, and how full people would be."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tenure.actions import absences, working_times
from tenure.models import CapacityLine, CapacityPlan, User
from tenure.queries import capacity_cells, capacity_file, capacity_loads, capacity_weeks, handbook
from tenure.queries.capacity_weeks import Row, Table, Wanted
from tenure.runs import capacity as planning
from tests import work
from tests.work import fresh
from tests.world import AT, World

MONDAY = date(2026, 11, 16)
WEEK = timedelta(days=7)


@pytest.fixture
def plan(decided: World) -> CapacityPlan:
    return planning.build(MONDAY, today=decided.today, now=lambda: AT)


def table(user: User, plan: CapacityPlan, **wanted: Any) -> Table:
    return capacity_weeks.table(fresh(user), plan, Wanted(**wanted), handbook.pack())


def names(user: User, plan: CapacityPlan, **wanted: Any) -> list[str]:
    return [row.user.name for row in table(user, plan, **wanted).rows if row.user]


def row_of(user: User, plan: CapacityPlan, world: World) -> Row:
    return next(row for row in table(world.ops, plan, role="all").rows if row.user == user)


@pytest.mark.parametrize(
    ("who", "role", "seen"),
    [
        ("mona", "tam", ["Tam Technical", "Tessa Technical"]),
        ("mona", "all", ["Mona Manager", "Tam Technical", "Tessa Technical"]),
        ("tam", "all", ["Tam Technical"]),
        ("ari", "all", ["Ari Account"]),
        ("ops", "tam", ["Tam Technical", "Tessa Technical"]),
        ("exa", "account_manager", ["Ari Account"]),
        ("fin", "all", []),
        ("olga", "all", []),
    ],
)
def test_whose_hours_one_sees(decided: World, plan: CapacityPlan, who: str, role: str, seen: list[str]) -> None:
    assert names(decided.people[who], plan, role=role) == seen


def test_people_are_narrowed_by_region_and_team(decided: World, plan: CapacityPlan) -> None:
    assert names(decided.ops, plan, region="US East") == ["Tessa Technical"]
    assert names(decided.ops, plan, role="all", manager=decided.mona.pk) == ["Tam Technical", "Tessa Technical"]
    assert "Ari Account" in names(decided.ops, plan, role="all")
    assert capacity_weeks.managers(fresh(decided.ops)) == [decided.mona]


def test_people_who_left_are_not_shown(decided: World, plan: CapacityPlan) -> None:
    User.objects.filter(pk=decided.tessa.pk).update(is_active=False)

    assert names(decided.mona, plan) == ["Tam Technical"]


def test_a_cell_stands_against_the_time_there_is(decided: World, plan: CapacityPlan) -> None:
    """345 minutes this week, 31.25 hours plannable; in the week of Christmas a day less; a week of leave leaves nothing."""
    absences.create(decided.tam, absences.Given(date(2027, 1, 11), date(2027, 1, 15)), actor=None, at=AT)
    cells = {cell.week: cell for cell in row_of(decided.tam, plan, decided).cells}

    now, christmas, leave = cells[MONDAY], cells[date(2026, 12, 21)], cells[date(2027, 1, 11)]
    assert (now.minutes, now.late, now.time.plannable, now.percent, now.level, now.short, now.line) == (
        345, 60 + 15 + 8 * 27, 1875, 18, "under", "5.8", "31.25",
    )  # fmt: skip
    assert (christmas.time.minutes, christmas.time.plannable) == (1920, 1500)
    assert (leave.minutes, leave.time.plannable, leave.level, leave.percent, leave.bar) == (75, 0, "over", None, 100)
    assert (cells[date(2026, 12, 28)].level, cells[date(2026, 12, 28)].words) == ("free", "no work planned")


def test_another_working_time_moves_the_line_at_once(decided: World, plan: CapacityPlan) -> None:
    working_times.put(decided.tam, working_times.Given(MONDAY, 360, "12345"), actor=None, at=AT)
    now = row_of(decided.tam, plan, decided).cells[0]

    assert (now.time.minutes, now.time.plannable, now.percent, now.level) == (360, 281, 123, "over")


def test_sums_are_of_whoever_is_shown(decided: World, plan: CapacityPlan) -> None:
    found = table(decided.mona, plan)

    assert found.sums[0].minutes == 345
    assert found.sums[0].time.plannable == 2 * 1875
    assert found.total is not None
    assert found.total.minutes == sum(row.total.minutes for row in found.rows)
    assert (found.over, found.hidden, found.undated, found.line) == (0, 0, 0, 1875)
    assert len(table(decided.mona, plan, weeks=4).weeks) == 4


def test_what_has_no_date_is_told(decided: World, plan: CapacityPlan) -> None:
    work.cta(decided, due_date=None)

    assert table(decided.mona, plan).undated == 1


def test_work_without_a_person_is_shown_to_whoever_sees_the_account(decided: World, plan: CapacityPlan) -> None:
    lines = CapacityLine.objects.filter(plan=plan, account=decided.beach_city)
    lines.update(user=None)
    apac = CapacityLine.objects.create(
        plan=plan, user=None, week=MONDAY, account=decided.big_donut, kind="Risk", title="T", minutes=90, why=""
    )

    assert table(decided.mona, plan).nobody_total == 15
    assert table(decided.ops, plan).nobody_total == 15 + apac.minutes
    assert table(decided.tam, plan, role="all").nobody_total == 0


# --- behind a cell


def test_what_is_behind_a_cell_adds_up_to_it(decided: World, plan: CapacityPlan) -> None:
    found = capacity_cells.behind(fresh(decided.mona), decided.tam, plan, MONDAY, handbook.pack())

    assert found.minutes == 345
    assert [(kind.title, kind.minutes, [len(piece.lines) for piece in kind.pieces]) for kind in found.kinds] == [
        ("Business review", 270, [10]), ("Cadence call", 60, [1]), ("Review", 15, [1]),
    ]  # fmt: skip
    assert found.cell is not None
    assert (found.cell.minutes, found.kept) == (345, (0, 0))


def test_accounts_that_one_doesn_t_see_are_counted_and_not_named(decided: World, plan: CapacityPlan) -> None:
    CapacityLine.objects.create(
        plan=plan, user=decided.tam, week=MONDAY, account=decided.big_donut, kind="Risk", title="Secret", minutes=90, why=""
    )
    found = capacity_cells.behind(fresh(decided.mona), decided.tam, plan, MONDAY, handbook.pack())

    assert (found.kept, found.minutes) == ((1, 90), 435)
    assert "Secret" not in [piece.first.title for kind in found.kinds for piece in kind.pieces]


def test_a_week_without_work_is_empty(decided: World, plan: CapacityPlan) -> None:
    found = capacity_cells.behind(fresh(decided.ops), decided.tessa, plan, MONDAY, handbook.pack())

    assert (found.kinds, found.minutes, found.kept) == ([], 0, (0, 0))


# --- with an account more


def test_an_offer_shows_everybody_s_weeks_now_and_with_the_account(decided: World, plan: CapacityPlan) -> None:
    pack, people = handbook.pack(), [decided.tam, decided.tessa]
    offer = capacity_loads.offer(fresh(decided.mona), decided.beach_city, people, decided.today, pack)

    for user in people:
        for load, own in zip(offer.of(user.pk), offer.minutes, strict=True):
            assert abs(load.then.minutes - load.now.minutes - own) <= 1  # each is rounded by itself
    tam, tessa = offer.of(decided.tam.pk)[0], offer.of(decided.tessa.pk)[0]
    assert (tam.now.minutes, tessa.now.minutes) == (round((345 + 10) / 4), 0)
    assert tam.weeks == 4
    assert offer.own.startswith(f"{capacity_weeks.decimal(offer.minutes[0])} h a week over the next 4 weeks, ")


def test_another_team_s_hours_are_not_told(decided: World, plan: CapacityPlan) -> None:
    User.objects.filter(pk=decided.tessa.pk).update(manager=None)
    offer = capacity_loads.offer(
        fresh(decided.mona), decided.beach_city, [decided.tam, decided.tessa], decided.today, handbook.pack()
    )

    assert offer.of(decided.tessa.pk) == ()
    assert len(offer.of(decided.tam.pk)) == 2


def test_while_nothing_is_planned_nothing_is_told(decided: World) -> None:
    offer = capacity_loads.offer(fresh(decided.mona), decided.beach_city, [decided.tam], decided.today, handbook.pack())

    assert (offer.plan, offer.of(decided.tam.pk), offer.own) == (None, (), "")
    assert capacity_loads.of_team([decided.tam], decided.today, handbook.pack()) == {}


# --- the file


def test_the_file_has_a_line_for_each_person_and_week(decided: World, plan: CapacityPlan) -> None:
    lines = capacity_file.Lines(table(decided.mona, plan))
    tam = [line for line in lines if line.person == "Tam Technical"]

    assert len(lines) == 2 * 13
    assert (tam[0].week, tam[0].planned, tam[0].plannable, tam[0].working, tam[0].percent, tam[0].manager) == (
        MONDAY, 575, 3125, 4000, 18, "Mona Manager",
    )  # fmt: skip
    assert tam[5].missing == "25 Dec: Christmas Day"


def test_queries_don_t_grow_with_people_or_work(decided: World, plan: CapacityPlan) -> None:
    def count() -> list[int]:
        found = []
        for asked in (
            lambda: table(decided.ops, plan, role="all"),
            lambda: capacity_cells.behind(fresh(decided.ops), decided.tam, plan, MONDAY, handbook.pack()),
            lambda: capacity_loads.offer(
                fresh(decided.ops), decided.beach_city, list(User.objects.all()), decided.today, handbook.pack()
            ),
        ):
            with CaptureQueriesContext(connection) as queries:
                asked()
            found.append(len(queries))
        return found

    before = count()
    for number in range(30):
        user = User.objects.create(email=f"t{number}@example.com", name=f"T {number}", region="EMEA")
        user.roles.create(role="tam")
        absences.create(user, absences.Given(MONDAY, MONDAY), actor=None, at=AT)
        CapacityLine.objects.create(
            plan=plan, user=decided.tam, week=MONDAY, account=decided.homeworld, kind="Risk", title="T", minutes=9, why=""
        )

    assert count() == before
