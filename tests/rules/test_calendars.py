"""Days: offsets, business days, holidays."""

from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenure.rules import calendars
from tenure.rules.calendars import Calendar, Offset
from tenure.rules.packs import load

PACK = load()
EMEA, US = calendars.of(PACK, "EMEA"), calendars.of(PACK, "US East")
PLAIN = Calendar()
OWN = Calendar("own", weekdays=frozenset({1, 2, 3, 4, 7}), days=((date(2024, 2, 29), "Leap day off"),))
days = st.dates(date(2017, 1, 1), date(2032, 12, 31))
offsets = st.builds(Offset, st.integers(-40, 40), st.sampled_from(["days", "business_days", "weeks", "months", "years"]))


def test_a_month_after_31_january_is_the_last_day_of_february() -> None:
    assert calendars.shift(date(2019, 1, 31), Offset(1, "months"), PLAIN) == date(2019, 2, 28)
    assert calendars.shift(date(2020, 1, 31), Offset(1, "months"), PLAIN) == date(2020, 2, 29)


def test_a_year_after_a_leap_day_is_28_february_and_four_years_are_a_leap_day_again() -> None:
    assert calendars.shift(date(2020, 2, 29), Offset(1, "years"), PLAIN) == date(2021, 2, 28)
    assert calendars.shift(date(2020, 2, 29), Offset(4, "years"), PLAIN) == date(2024, 2, 29)
    assert calendars.shift(date(2020, 2, 29), Offset(-1, "years"), PLAIN) == date(2019, 2, 28)


def test_month_ends_do_not_wear_off_because_offsets_count_from_the_anchor() -> None:
    series = [calendars.shift(date(2019, 1, 31), Offset(n, "months"), PLAIN) for n in range(1, 5)]

    assert series == [date(2019, 2, 28), date(2019, 3, 31), date(2019, 4, 30), date(2019, 5, 31)]


def test_months_go_back_over_the_turn_of_the_year() -> None:
    assert calendars.shift(date(2023, 9, 30), Offset(-7, "months"), PLAIN) == date(2023, 2, 28)
    assert calendars.shift(date(2024, 1, 15), Offset(-1, "months"), PLAIN) == date(2023, 12, 15)


@pytest.mark.parametrize(
    ("day", "n", "expected"),
    [
        (date(2019, 3, 1), 1, date(2019, 3, 4)),  # Friday -> Monday
        (date(2019, 3, 2), 1, date(2019, 3, 4)),  # Saturday -> Monday, not Tuesday
        (date(2019, 3, 2), -1, date(2019, 3, 1)),
        (date(2019, 3, 3), 0, date(2019, 3, 4)),
        (date(2019, 3, 4), 0, date(2019, 3, 4)),
        (date(2019, 3, 4), -1, date(2019, 3, 1)),
        (date(2018, 12, 24), 1, date(2018, 12, 27)),  # Christmas Day and the day after it are holidays
        (date(2019, 12, 30), 2, date(2020, 1, 2)),
    ],
)
def test_business_days_in_emea(day: date, n: int, expected: date) -> None:
    assert calendars.add_business_days(EMEA, day, n) == expected


def test_the_business_days_before_and_after_a_day_off() -> None:
    assert calendars.next_business_day(EMEA, date(2018, 12, 25)) == date(2018, 12, 27)
    assert calendars.previous_business_day(EMEA, date(2018, 12, 25)) == date(2018, 12, 24)


def test_a_holiday_counts_once_enough_countries_of_the_region_have_it() -> None:
    assert EMEA.is_business_day(date(2019, 7, 14).replace(day=15))
    assert "2019-12-26" in {day.isoformat() for day in EMEA.holidays(2019)}  # Germany, the Netherlands and Britain
    assert date(2019, 10, 3) not in EMEA.holidays(2019)  # Germany alone
    assert US.holidays(2019)[date(2019, 11, 28)] == "Thanksgiving Day"
    assert [US.is_business_day(day) for day in (date(2019, 11, 28), date(2019, 3, 2), date(2019, 3, 1))] == [False, False, True]


def test_a_company_has_its_own_weekdays_and_days_off() -> None:
    assert OWN.is_business_day(date(2024, 3, 3))  # Sunday
    assert not OWN.is_business_day(date(2024, 3, 1))  # Friday
    assert OWN.holidays(2024) == {date(2024, 2, 29): "Leap day off"}
    assert calendars.add_business_days(OWN, date(2024, 2, 28), 1) == date(2024, 3, 3)


def test_a_region_without_a_calendar_of_its_own_takes_the_default() -> None:
    assert calendars.of(PACK, None).key == "default"
    assert calendars.of(PACK, "Nowhere").key == "default"
    assert calendars.of(PACK, "EMEA").timezone == "Europe/Berlin"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("30 days", Offset(30)), ("-6 months", Offset(-6, "months")), ("+1 year", Offset(1, "years")), ("0 days", Offset(0)),
        ("3 business days", Offset(3, "business_days")), ("1 business day", Offset(1, "business_days")), ("2 Weeks", Offset(2, "weeks")),
    ],
)  # fmt: skip
def test_an_offset_is_read_and_written_back(text: str, expected: Offset) -> None:
    assert calendars.offset(text) == expected
    assert calendars.offset(str(expected)) == expected


@pytest.mark.parametrize("text", ["30", "days", "3 business months", "1.5 days", "2 fortnights", ""])
def test_what_is_no_offset_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not an offset like '30 days'"):
        calendars.offset(text)


def test_an_offset_has_words_for_people() -> None:
    words = [
        offset.words for offset in (Offset(30), Offset(-7, "months"), Offset(1, "weeks"), Offset(0), Offset(0, "business_days"))
    ]

    assert words == ["30 days after", "7 months before", "1 week after", "the same day", "the next business day"]


def test_a_calendar_without_business_days_does_not_run_for_ever() -> None:
    idle = Calendar("idle", days=tuple((date(2020, 1, 1) + timedelta(days=i), "off") for i in range(800)))

    with pytest.raises(ValueError, match="no business day within a year"):
        calendars.next_business_day(idle, date(2020, 1, 1))
    with pytest.raises(ValueError, match="too far"):
        calendars.add_business_days(PLAIN, date(2020, 1, 1), 5000)


# --- against a reference that walks day by day


def is_business_day(cal: Calendar, day: date) -> bool:
    return day.isoweekday() in cal.weekdays and day not in cal.holidays(day.year)


def walked(cal: Calendar, day: date, by: Offset) -> date:
    """Day by day: count business days, or step from month to month."""
    if by.unit == "business_days":
        if by.n == 0:
            while not is_business_day(cal, day):
                day += timedelta(days=1)
            return day
        left = abs(by.n)
        while left:
            day += timedelta(days=1 if by.n > 0 else -1)
            left -= is_business_day(cal, day)
        return day
    if by.unit in ("days", "weeks"):
        return day + timedelta(days=by.n * (7 if by.unit == "weeks" else 1))
    year, month = day.year, day.month
    for _ in range(abs(by.n) * (12 if by.unit == "years" else 1)):
        month += 1 if by.n > 0 else -1
        year, month = (year + 1, 1) if month == 13 else (year - 1, 12) if month == 0 else (year, month)
    last = (date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)).day
    return date(year, month, min(day.day, last))


@settings(max_examples=300, deadline=None)
@given(days, offsets, st.sampled_from([PLAIN, EMEA, US, OWN]))
def test_a_shift_is_what_walking_day_by_day_gives(day: date, by: Offset, cal: Calendar) -> None:
    assert calendars.shift(day, by, cal) == walked(cal, day, by)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(days, st.sampled_from([*PACK.calendars, None])), min_size=1, max_size=12), offsets)
def test_a_whole_column_is_shifted_like_one_day(rows: list[tuple[date, str | None]], by: Offset) -> None:
    frame = pl.DataFrame(rows, schema={"day": pl.Date, "region": pl.String}, orient="row")
    shifted = calendars.shifted(pl.col("day"), by, pl.col("region"), PACK.calendars, range(1970, 2080))

    expected = [calendars.shift(day, by, calendars.of(PACK, region)) for day, region in rows]
    assert frame.select(shifted).to_series().to_list() == expected


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(days, st.sampled_from(["EMEA", "US East", None])), min_size=1, max_size=12))
def test_a_whole_column_is_rolled_like_one_day(rows: list[tuple[date, str | None]]) -> None:
    frame = pl.DataFrame(rows, schema={"day": pl.Date, "region": pl.String}, orient="row")

    def rolled(roll: calendars.Roll) -> list[date]:
        return (
            frame.select(calendars.rolled(pl.col("day"), roll, pl.col("region"), PACK.calendars, range(2010, 2040)))
            .to_series()
            .to_list()
        )

    assert rolled("forward") == [calendars.next_business_day(calendars.of(PACK, region), day) for day, region in rows]
    assert rolled("backward") == [calendars.previous_business_day(calendars.of(PACK, region), day) for day, region in rows]
    assert rolled("none") == [day for day, _ in rows]
