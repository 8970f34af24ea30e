"""Cells of text as values: what is read, and what is refused instead of guessed."""

from datetime import UTC, date, datetime
from typing import Any

import polars as pl
import pytest

from tenure.links.files import casts


def column(*cells: str | None) -> pl.Series:
    return pl.Series("c", cells, dtype=pl.String)


def money(cell: str, currency: str = "USD", times: int = 1) -> tuple[Any, casts.Errors]:
    values, errors = casts.money(column(cell), column(currency), times)
    return values[0], errors


@pytest.mark.parametrize(
    ("cell", "minor"),
    [
        ("1200", 120_000), ("1200.5", 120_050), ("1200.50", 120_050), ("-3.07", -307), ("$1,200.50", 120_050), ("1.200,50", 120_050),
        ("1 200,50 ", 120_050), ("1'200.50", 120_050), ("USD 1,200", 120_000), ("1200 USD", 120_000), ("(1,200.00)", -120_000),
        ("1200-", -120_000), ("\u22125", -500), ("0", 0), ("49.000", 4_900), ("1,234", 123_400), ("12,5", 1_250), ("0.07", 7),
    ],
)  # fmt: skip
def test_an_amount_is_read_to_the_cent(cell: str, minor: int) -> None:
    assert money(cell) == (minor, [])


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("1.234", "more decimals than USD has (2)"), ("€12", "is in EUR, the row is in USD"), ("abc", "is not a number"), ("1e5", "is not a number"),
        ("1,2,3", "is not a number"), ("12.345,6.7", "is not a number"), ("1" * 25, "is too large"), ("5 EUR", "is in EUR"),
    ],
)  # fmt: skip
def test_an_amount_that_could_be_read_wrong_is_refused(cell: str, reason: str) -> None:
    value, errors = money(cell)

    assert value is None
    assert errors[0][0] == 0
    assert reason in errors[0][1]


def test_currencies_have_their_own_decimals() -> None:
    assert money("570860", "JPY") == (570_860, [])
    assert money("570860.00", "JPY") == (570_860, [])
    assert money("1.234", "KWD") == (1_234, [])
    assert "more decimals than JPY has (0)" in money("5.5", "JPY")[1][0][1]


def test_monthly_revenue_times_twelve_is_exact() -> None:
    assert money("49.99", times=12) == (59_988, [])
    assert money("49,99", times=12) == (59_988, [])


def test_blank_is_missing_and_zero_is_zero() -> None:
    values, errors = casts.money(column("", "0", None, "  ", "NULL", "n/a"), column(*["USD"] * 6))

    assert (values.to_list(), errors) == ([None, 0, None, None, None, None], [])


def test_whole_numbers_with_separators_and_point_zero() -> None:
    values, errors = casts.whole(column("120210", "120210.0", "1,234", "1 234", "", "1.234.567"))

    assert (values.to_list(), errors) == ([120210, 120210, 1234, 1234, None, 1234567], [])


def test_half_a_seat_is_refused() -> None:
    values, errors = casts.whole(column("12.5", "twelve", "1" * 30))

    assert values.to_list() == [None, None, None]
    assert errors == [
        (0, "'12.5' is not a whole number.", "Give a whole number such as 12, or leave the cell empty."),
        (1, "'twelve' is not a number.", "Give digits such as 1200, or leave the cell empty."),
        (2, f"'{'1' * 30}' is too large.", "Give a number of at most 18 digits, or leave the cell empty."),
    ]


def test_yes_and_no_in_their_usual_forms() -> None:
    values, errors = casts.flag(column("TRUE", "true", "1", "yes", "Y", "FALSE", "0", "No", "f", "", "maybe"))

    assert values.to_list() == [True] * 5 + [False] * 4 + [None, None]
    assert errors == [(10, "'maybe' is neither yes nor no.", "Give TRUE or FALSE, or leave the cell empty.")]


def test_days_with_and_without_a_time() -> None:
    cells = column(
        "2024-02-01", "2024-02-01 23:59:59", "2024-02-01T10:00:00.000+0000", "01.02.2024", "1-Feb-2024", "Feb 1, 2024", "20240201"
    )

    values, errors = casts.day(cells)

    assert (values.to_list(), errors) == ([date(2024, 2, 1)] * 7, [])


def test_a_slash_date_is_read_by_what_the_column_tells() -> None:
    european, american = column("13/02/2024", "01/02/2024"), column("02/13/2024", "02/01/2024")

    for cells in (european, american):
        values, errors = casts.day(cells, order=casts.slash_order(cells))
        assert (values.to_list()[1], errors) == (date(2024, 2, 1), [])


def test_a_slash_date_that_nothing_decides_is_refused() -> None:
    cells = column("01/02/2024")

    values, errors = casts.day(cells, order=casts.slash_order(cells))

    assert values.to_list() == [None]
    assert "can be read in two ways" in errors[0][1]
    assert casts.day(cells, form="%m/%d/%Y")[0].to_list() == [date(2024, 1, 2)]


def test_the_year_9999_is_an_open_end_only_where_something_ends() -> None:
    cells = column("9999-12-31", "9999-12-31 23:59:59")

    values, errors = casts.day(cells, open_end=True)
    assert (values.to_list(), errors) == ([None, None], [])
    assert "can't be right" in casts.day(cells)[1][0][1]
    assert casts.moment(cells, open_end=True)[0].to_list() == [None, None]


def test_no_day_is_guessed_from_a_number_or_a_day_that_never_was() -> None:
    for cell in ("45000", "2024-02-30", "31.04.2024", "soon", "0001-01-01"):
        _values, errors = casts.day(column(cell))
        assert len(errors) == 1, cell
        assert "date" in errors[0][1] or "year" in errors[0][1]


def test_moments_are_utc() -> None:
    values, errors = casts.moment(
        column("2024-02-01 10:00:00", "2024-02-01T10:00:00Z", "2024-02-01T12:00:00+02:00", "2024-02-01T12:00:00.000+0200")
    )

    assert (values.to_list(), errors) == ([datetime(2024, 2, 1, 10, tzinfo=UTC)] * 4, [])
    assert casts.moment(column("2024-02-01"))[0][0] == datetime(2024, 2, 1, tzinfo=UTC)
