"""When a service is expected again, how an account stands with it, and which paid hours a delivery takes."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenure.rules import services
from tenure.rules.calendars import offset
from tenure.rules.catalogues import Service
from tenure.rules.services import Lot, Use, cutoff, due, settle, state, words

DAY = date(2026, 11, 16)


def service(every: str | None = "1 month", start: date = date(2018, 6, 1)) -> Service:
    return Service.model_validate({"key": "a", "title": "A", "category": "training", "from": start, "every": every})


@pytest.mark.parametrize(
    ("every", "since", "last", "expected"),
    [
        ("1 month", None, date(2026, 10, 31), date(2026, 11, 30)),
        ("1 month", None, date(2026, 1, 31), date(2026, 2, 28)),
        ("1 year", None, date(2024, 2, 29), date(2025, 2, 28)),
        ("3 months", date(2026, 9, 1), None, date(2026, 12, 1)),
        ("3 months", date(2017, 9, 1), None, date(2018, 9, 1)),  # the handbook has it from June 2018 on
        ("3 months", None, None, date(2018, 9, 1)),
        ("2 weeks", date(2020, 1, 1), date(2026, 11, 2), date(2026, 11, 16)),
        (None, date(2020, 1, 1), date(2026, 11, 2), None),
    ],
)
def test_a_service_is_due_so_long_after_the_last_time(
    every: str | None, since: date | None, last: date | None, expected: date | None
) -> None:
    assert due(service(every), since, last) == expected


@pytest.mark.parametrize(
    ("included", "due_on", "last", "expected"),
    [
        (False, None, None, "outside"), (None, DAY, None, "unknown"), (True, None, None, "never"), (True, None, DAY, "delivered"),
        (True, DAY, DAY, "in_time"), (True, DAY - timedelta(days=1), DAY, "overdue"), (True, DAY, None, "ahead"),
        (True, DAY - timedelta(days=1), None, "overdue"),
    ],
)  # fmt: skip
def test_an_account_stands_with_a_service(included: bool | None, due_on: date | None, last: date | None, expected: str) -> None:
    assert state(service(), included, due_on, last, DAY) == expected


BY_SCHEDULE = Service.model_validate(
    {"key": "calls", "title": "Calls", "category": "relationship", "from": "2018-06-01", "schedule": "cadence_call", "templates": ["agenda"], "kinds": ["call", "meeting"]}
)  # fmt: skip
REVIEWS = Service.model_validate(
    {
        "key": "reviews",
        "title": "Reviews",
        "category": "relationship",
        "from": "2018-06-01",
        "schedule": "review",
        "kinds": ["ebr"],
    }
)


@pytest.mark.parametrize(
    ("due_on", "last", "expected"),
    [(None, None, "ahead"), (None, DAY, "in_time"), (DAY, None, "ahead"), (DAY - timedelta(days=1), DAY, "overdue")],
)
def test_a_service_of_a_schedule_is_late_when_that_says_so(due_on: date | None, last: date | None, expected: str) -> None:
    assert state(BY_SCHEDULE, True, due_on, last, DAY) == expected
    assert (due(BY_SCHEDULE, None, last), cutoff(BY_SCHEDULE, DAY), BY_SCHEDULE.recurs) == (None, None, True)


@pytest.mark.parametrize(
    ("kind", "template", "schedule", "expected"),
    [
        ("call", "", "", "calls"), ("meeting", "", "", "calls"), ("email", "", "", ""), ("call", "agenda", "", "calls"),
        ("call", "kick_off", "", ""), ("call", "", "review", "reviews"), ("call", "agenda", "review", "calls"), ("email", "", "cadence_call", "calls"), ("ebr", "", "", "reviews"),
    ],
)  # fmt: skip
def test_an_entry_delivers_a_service_by_its_text_its_schedule_or_its_kind(kind: str, template: str, schedule: str, expected: str) -> None:  # fmt: skip
    assert services.of_entry([BY_SCHEDULE, REVIEWS], kind, template, schedule) == expected


def test_a_service_has_one_rhythm() -> None:
    with pytest.raises(ValueError, match="either 'every' or 'schedule'"):
        Service.model_validate(
            {"key": "a", "title": "A", "category": "training", "from": "2018-06-01", "every": "1 month", "schedule": "b"}
        )


@given(st.dates(date(2019, 1, 1), date(2032, 12, 31)), st.dates(date(2018, 1, 1), date(2032, 12, 31)), st.sampled_from(["1 month", "3 months", "1 year", "10 days", "2 weeks"]))  # fmt: skip
def test_the_cutoff_tells_the_same_as_the_due_day(day: date, last: date, every: str) -> None:
    one = service(every)
    found, expected = cutoff(one, day), due(one, None, last)
    assert found is not None
    assert expected is not None
    assert (last >= found) == (expected >= day)


def test_a_service_recurs_by_the_calendar() -> None:
    with pytest.raises(ValueError, match="by days, weeks, months or years"):
        service("3 business days")
    assert str(offset("3 months")) == "3 months"


LOTS = [Lot(1, date(2026, 1, 1), date(2026, 6, 30), 120), Lot(2, date(2026, 3, 1), None, 60), Lot(3, date(2026, 3, 1), date(2026, 12, 31), 600)]  # fmt: skip


def test_the_oldest_hours_that_can_be_used_go_first() -> None:
    found = settle(
        LOTS, [Use(9, date(2026, 7, 1), 90), Use(8, date(2026, 4, 1), 130), Use(7, date(2026, 7, 2), 100, planned=True)]
    )

    assert found.used == {1: 120, 2: 60, 3: 40}  # 130 = 120 + 10; then the first lot has ended: 50 + 40
    assert found.kept == {3: 100}
    assert found.short == []
    assert (found.left(date(2026, 8, 1)), found.left(date(2026, 2, 1)), found.left(date(2027, 1, 1))) == (460, 0, 0)


def test_what_is_not_covered_takes_nothing_and_is_told() -> None:
    found = settle(LOTS, [Use(1, date(2026, 2, 1), 121), Use(2, date(2026, 2, 2), 120), Use(3, date(2025, 1, 1), 1)])

    assert [(use.key, left) for use, left in found.short] == [(3, 0), (1, 120)]
    assert found.used == {1: 120}


lots = st.builds(Lot, st.integers(1, 9), st.dates(date(2026, 1, 1), date(2026, 6, 1)), st.none() | st.dates(date(2026, 6, 1), date(2026, 12, 1)), st.integers(1, 300))  # fmt: skip
uses = st.builds(Use, st.integers(1, 99), st.dates(date(2026, 1, 1), date(2026, 12, 31)), st.integers(0, 200), st.booleans())


@given(st.lists(lots, unique_by=lambda lot: lot.key), st.lists(uses, unique_by=lambda use: use.key))
def test_no_lot_gives_more_than_it_has_and_every_minute_is_told(bought: list[Lot], taken: list[Use]) -> None:
    found = settle(bought, taken)
    short = {use.key for use, _ in found.short}

    assert all(found.left_of(lot) >= 0 for lot in bought)
    assert sum(found.used.values()) + sum(found.kept.values()) == sum(use.minutes for use in taken if use.key not in short)
    assert all(left < use.minutes for use, left in found.short)


@pytest.mark.parametrize(("minutes", "text"), [(0, "0 h"), (45, "45 min"), (60, "1 h"), (90, "1 h 30 min"), (72_000, "1,200 h")])
def test_minutes_are_told_in_hours(minutes: int, text: str) -> None:
    assert words(minutes) == text


def test_facts_that_decide_are_named() -> None:
    one = Service.model_validate({"key": "a", "title": "A", "category": "training", "from": DAY, "only": {"gemstone": ["Pearl"]}})

    assert services.facts_of(one, {"gemstone": "", "segment": "Large"}) == {"gemstone": None}
