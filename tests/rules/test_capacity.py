"""How much time people have in a week, and how full planned work makes it."""

from datetime import date, timedelta
from fractions import Fraction

import pytest

from tenure.rules import capacity, packs
from tenure.rules.capacity import Away, Person, Working

PACK = packs.load(None)
WEEK = date(2026, 11, 16)  # a Monday without holidays anywhere
WEEKDAYS = frozenset({1, 2, 3, 4, 5})


def time(person: Person, week: date = WEEK) -> tuple[int, int]:
    found = capacity.time_of(person, week, PACK)
    return found.minutes, found.plannable


@pytest.mark.parametrize(
    ("day", "monday"),
    [
        (date(2026, 11, 16), date(2026, 11, 16)),
        (date(2026, 11, 22), date(2026, 11, 16)),
        (date(2026, 11, 23), date(2026, 11, 23)),
        (date(2027, 1, 1), date(2026, 12, 28)),
        (date(2028, 2, 29), date(2028, 2, 28)),
    ],
)
def test_a_week_begins_on_monday(day: date, monday: date) -> None:
    assert capacity.monday(day) == monday


def test_weeks_follow_each_other_over_the_end_of_a_year() -> None:
    assert capacity.weeks(date(2026, 12, 24), 3) == [date(2026, 12, 21), date(2026, 12, 28), date(2027, 1, 4)]


def test_without_a_working_time_the_handbook_s_holds() -> None:
    assert time(Person("EMEA")) == (2400, 1875)
    assert time(Person(None)) == (2400, 1875)


def test_a_public_holiday_of_the_region_takes_its_day() -> None:
    """Friday, 25 December 2026; of the United States Thanksgiving too, a Thursday."""
    assert time(Person("EMEA"), date(2026, 12, 21)) == (1920, 1500)
    assert time(Person("US East"), date(2026, 11, 23)) == (1920, 1500)
    assert time(Person("EMEA"), date(2026, 11, 23)) == (2400, 1875)


def test_a_holiday_on_a_day_that_isn_t_worked_takes_nothing() -> None:
    three_days = Person("EMEA", (Working(date(2026, 1, 1), 1440, frozenset({1, 2, 3})),))

    assert time(three_days, date(2026, 12, 21)) == (1440, 1125)


def test_an_absence_over_part_of_a_week_takes_its_days() -> None:
    away = Person("EMEA", away=(Away(date(2026, 11, 12), date(2026, 11, 17), "Leave"),))

    assert time(away, date(2026, 11, 9)) == (1440, 1125)  # Thursday and Friday are off
    assert time(away) == (1440, 1125)  # Monday and Tuesday
    assert time(away, date(2026, 11, 23)) == (2400, 1875)


def test_an_absence_of_a_whole_week_leaves_nothing() -> None:
    assert time(Person("EMEA", away=(Away(WEEK, WEEK + timedelta(days=6)),))) == (0, 0)


def test_two_reasons_for_one_day_count_once() -> None:
    away = Person("EMEA", away=(Away(date(2026, 12, 21), date(2026, 12, 27), "Leave"),))
    found = capacity.time_of(away, date(2026, 12, 21), PACK)

    assert found.minutes == 0
    assert [day.free for day in found.days] == ["Leave", "Leave", "Leave", "Leave", "Christmas Day", "Saturday", "Sunday"]
    assert [day.day.day for day in found.missing] == [21, 22, 23, 24, 25]


def test_a_working_time_holds_from_its_day_on_also_within_a_week() -> None:
    """Monday and Tuesday of the old hours, 8 each; from Wednesday on 4 hours a day."""
    person = Person("EMEA", (Working(date(2026, 11, 18), 1200, WEEKDAYS),))

    assert time(person, date(2026, 11, 9)) == (2400, 1875)
    assert time(person) == (2 * 480 + 3 * 240, 1313)  # 1680 of 2400 of 1875 is 1312.5
    assert time(person, date(2026, 11, 23)) == (1200, 938)


def test_the_newest_working_time_that_has_begun_counts() -> None:
    person = Person("EMEA", (Working(date(2026, 1, 1), 1200, WEEKDAYS), Working(date(2026, 6, 1), 1800, WEEKDAYS)))

    assert time(person) == (1800, 1406)
    assert time(person, date(2026, 5, 18)) == (1200, 938)


def test_hours_that_don_t_divide_evenly_add_up() -> None:
    person = Person(None, (Working(date(2026, 1, 1), 1000, frozenset({1, 2, 6})),))
    found = capacity.time_of(person, WEEK, PACK)

    assert [day.minutes for day in found.days if day.minutes] == [Fraction(1000, 3)] * 3
    assert found.minutes == 1000


def test_weekend_work_is_work() -> None:
    assert time(Person("EMEA", (Working(date(2026, 1, 1), 960, frozenset({6, 7})),))) == (960, 750)


def test_nobody_works_no_hours() -> None:
    person = Person("EMEA", (Working(date(2026, 1, 1), 0, frozenset()),))
    found = capacity.time_of(person, WEEK, PACK)

    assert (found.minutes, found.plannable) == (0, 0)
    assert {day.free for day in found.days} == {"no working time"}


def test_before_the_handbook_there_is_no_time_to_tell() -> None:
    assert time(Person("EMEA"), date(2018, 1, 1)) == (0, 0)


@pytest.mark.parametrize(
    ("minutes", "plannable", "level", "percent"),
    [
        (0, 1875, "free", 0),
        (1593, 1875, "under", 85),
        (1594, 1875, "near", 85),  # from 85 % on: 1593.75
        (1875, 1875, "near", 100),
        (1876, 1875, "over", 100),
        (0, 0, "away", None),
        (30, 0, "over", None),
    ],
)
def test_how_full_a_week_is(minutes: int, plannable: int, level: str, percent: int | None) -> None:
    near = capacity.near_full(PACK, WEEK)

    assert near == 85
    assert capacity.level(minutes, plannable, near) == level
    assert capacity.percent(minutes, plannable) == percent


def test_the_line_is_the_book_of_business_of_the_handbook() -> None:
    """40 hours less 56 days off of 256 are the page's 31.25 hours."""
    off = PACK.number("absent_days_a_year", WEEK)

    assert capacity.line(PACK, WEEK) == 1875
    assert Fraction(capacity.usual(PACK, WEEK) * (256 - off), 256) == 1875
