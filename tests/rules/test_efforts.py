"""From planned work to minutes per person and week, with the words for them."""

from datetime import date
from typing import Any

import polars as pl
import pytest

from tenure.rules import efforts, packs

PACK = packs.load(None)
TODAY, FIRST = date(2026, 11, 18), date(2026, 11, 16)  # a Wednesday, and its Monday
TAM, OTHER = 7, 8


def work(*rows: dict[str, Any]) -> pl.DataFrame:
    usual = {
        "account": 1, "cta": None, "schedule": "", "title": "Call", "type": "activity", "reason": "Cadence call", "segment": "Large", "owner": TAM,
        "user": TAM, "begins": TODAY, "due": date(2026, 11, 24), "step": "Call", "part": 1, "parts": 1,
    }  # fmt: skip
    full = [{"key": f"k{number}", **usual, **row} for number, row in enumerate(rows)]
    return pl.DataFrame([{"step_due": row["due"], **row} for row in full], efforts.WORK)


def lines(*rows: dict[str, Any], weeks: int = 4, first: date = FIRST, today: date = TODAY) -> list[tuple[Any, ...]]:
    found = efforts.lines(work(*rows), PACK, today, first, weeks)
    assert found.columns == list(efforts.LINES)
    return found.select("user", "week", "minutes", "why").rows()


def test_a_call_counts_in_its_week_with_the_parts_of_its_hour() -> None:
    assert lines({}) == [(TAM, date(2026, 11, 23), 60, "20 min preparation + 30 min talk + 10 min follow-up")]


@pytest.mark.parametrize(
    ("due", "week"),
    [
        (date(2026, 11, 22), date(2026, 11, 16)),  # a Sunday belongs to the week that ends
        (date(2026, 11, 23), date(2026, 11, 23)),
        (date(2026, 12, 13), date(2026, 12, 7)),
    ],
)
def test_weeks_end_on_sunday(due: date, week: date) -> None:
    assert [row[1] for row in lines({"due": due})] == [week]


def test_what_is_due_after_the_window_or_has_no_date_counts_nowhere() -> None:
    assert lines({"due": date(2026, 12, 14)}, {"due": None}) == []


def test_what_is_late_counts_in_the_week_from_which_one_looks() -> None:
    assert [row[:2] for row in lines({"due": date(2026, 2, 1)}, {"due": date(2026, 11, 16)})] == [(TAM, FIRST)] * 2


def test_what_is_late_is_over_before_a_later_window() -> None:
    assert lines({"due": date(2026, 2, 1)}, first=date(2027, 2, 15)) == []


def test_the_segment_and_the_reason_choose_the_effort() -> None:
    review = {"type": "lifecycle", "reason": "Business review"}
    found = lines({**review}, {**review, "segment": "SMB"}, {"reason": "Next step"}, {"type": "risk", "reason": ""})

    assert [(row[2], row[3]) for row in found] == [
        (270, "150 min preparation + 90 min talk + 30 min follow-up"),
        (240, "150 min preparation + 60 min talk + 30 min follow-up"),
        (30, "30 min"),
        (90, "90 min"),
    ]


def test_work_with_steps_counts_in_equal_parts_for_whoever_has_the_step() -> None:
    """100 minutes in three steps: 33, 33 and 34; together the whole."""
    plan = {"type": "lifecycle", "reason": "Success plan", "parts": 3, "key": "one"}  # 120 minutes
    steps = [
        {**plan, "part": 1, "step": "Draft", "step_due": date(2026, 11, 20)},
        {**plan, "part": 2, "step": "Agree", "step_due": date(2026, 11, 27), "user": OTHER},
        {**plan, "part": 3, "step": "Activate", "step_due": date(2026, 12, 31)},
    ]

    assert lines(*steps) == [
        (TAM, FIRST, 40, "Step 1 of 3 (Draft): 1/3 of 120 min"),
        (OTHER, date(2026, 11, 23), 40, "Step 2 of 3 (Agree): 1/3 of 120 min"),
    ]


@pytest.mark.parametrize("parts", [1, 3, 7, 11])
def test_parts_add_up_to_the_whole(parts: int) -> None:
    steps = [{"type": "risk", "reason": "", "parts": parts, "part": number, "key": "one"} for number in range(1, parts + 1)]

    assert sum(row[2] for row in lines(*steps)) == 90


def test_an_effort_per_week_counts_for_its_owner_as_long_as_the_work_is_open() -> None:
    onboarding = {"type": "lifecycle", "reason": "Onboarding", "due": date(2026, 12, 2), "key": "one", "parts": 2}
    found = lines({**onboarding, "part": 1, "user": OTHER}, {**onboarding, "part": 2})

    assert found == [
        (TAM, week, 60, "60 min a week, until 2 Dec 2026") for week in (FIRST, date(2026, 11, 23), date(2026, 11, 30))
    ]


def test_an_effort_per_week_begins_with_the_week_in_which_the_work_is_raised() -> None:
    onboarding = {"type": "lifecycle", "reason": "Onboarding", "begins": date(2026, 11, 29), "due": date(2027, 1, 13)}

    assert [row[1] for row in lines(onboarding)] == [date(2026, 11, 23), date(2026, 11, 30), date(2026, 12, 7)]


def test_an_effort_per_week_that_is_late_counts_this_week_only() -> None:
    assert [row[1] for row in lines({"type": "lifecycle", "reason": "Onboarding", "due": date(2026, 10, 1)})] == [FIRST]


def test_a_schedule_may_have_an_effort_of_its_own() -> None:
    """The account manager's checklist takes a year: an hour a week of it would be none of theirs."""
    checklist = {"type": "lifecycle", "reason": "Onboarding", "schedule": "am_checklist", "parts": 11, "key": "one"}
    found = lines(*[{**checklist, "part": number, "step": f"S{number}"} for number in (1, 11)])

    assert [(row[2], row[3]) for row in found] == [
        (30, "Step 1 of 11 (S1): 1/11 of 330 min"),
        (30, "Step 11 of 11 (S11): 1/11 of 330 min"),
    ]


def test_what_the_handbook_names_no_time_for_is_told_so() -> None:
    old = date(2018, 5, 7)

    assert lines({"due": old}, first=old, today=old) == [(TAM, old, 0, "The handbook names no time for it")]


def test_work_without_a_person_stays_without_one() -> None:
    assert lines({"owner": None, "user": None})[0][0] is None


def test_webinars_and_workshops_come_with_accounts_of_their_segments() -> None:
    found = efforts.fixed({TAM: {"SMB", "Large"}, OTHER: {"Strategic"}}, PACK, FIRST, 2)

    assert found.select("user", "week", "kind", "minutes", "why", "account", "due_date").rows() == [
        (TAM, week, kind, 28, "1 x 120 min a month, x 12 / 52", None, None)
        for week in (FIRST, date(2026, 11, 23))
        for kind in ("Webinar", "Workshop")
    ]


def test_before_they_were_in_the_handbook_there_are_none() -> None:
    assert efforts.fixed({TAM: {"SMB"}}, PACK, date(2023, 3, 13), 2).height == 0
    assert efforts.fixed({TAM: {"SMB"}}, PACK, date(2023, 3, 27), 1).height == 2  # in force from the Wednesday
