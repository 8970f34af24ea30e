"""Why something is due for one account, or is not, in words."""

from datetime import date

import pytest

from tenure.rules import schedules
from tenure.rules.errors import FactsError, UnknownName
from tenure.rules.packs import load

PACK = load()
DIAMOND = {"has_tam": True, "gemstone": "Diamond", "days_since_purchase": 20, "last_engaged": date(2019, 1, 10)}


def sentence(facts: dict[str, object], schedule: str, day: date) -> str:
    return schedules.explain(facts, PACK, day, [schedule])[schedule].sentence()


@pytest.mark.parametrize(
    ("facts", "schedule", "day", "expected"),
    [
        (DIAMOND, "cadence_call", date(2019, 1, 15),
         "Hold the cadence call: due on 17 January 2019, counted from the last call or meeting (10 January 2019)."),
        (DIAMOND, "cadence_call", date(2019, 1, 13),
         "Hold the cadence call: due on 17 January 2019, counted from the last call or meeting (10 January 2019); appears on 14 January 2019."),
        ({**DIAMOND, "gemstone": "Quartz"}, "cadence_call", date(2019, 1, 15),
         "Nothing is due here: The account manager looks after Quartz; its outreach is automated."),
        ({"has_tam": True}, "cadence_call", date(2019, 1, 15), "Undecided, because gemstone is missing."),
        ({"has_tam": True, "gemstone": "Diamond"}, "cadence_call", date(2019, 1, 15),
         "Nothing is due, because no date is known of the last call or meeting or the assignment of the TAM."),
        (DIAMOND, "assign_tam", date(2019, 1, 15), "The schedule 'assign_tam' is not yet in force on 2019-01-15: it holds from 2020-01-01."),
        ({"coverage": "account_manager", "purchase_date": date(2019, 1, 31)}, "am_checklist", date(2019, 3, 3),
         "Nothing is due: it is over, or lies more than a year ahead."),
        ({"coverage": "account_manager", "introduced_on": date(2019, 1, 1), "last_contact": date(2019, 1, 9)}, "unanswered_introduction",
         date(2019, 1, 10), "Nothing is due: it was done or is not needed any more."),
        ({"coverage": "tam"}, "am_checklist", date(2019, 3, 3), "Nothing is due: no row of the schedule holds."),
    ],
)  # fmt: skip
def test_a_sentence_says_why(facts: dict[str, object], schedule: str, day: date, expected: str) -> None:
    assert sentence(facts, schedule, day) == expected


def test_the_checks_on_which_it_hangs_are_marked() -> None:
    why = schedules.explain(DIAMOND, PACK, date(2019, 1, 15), ["cadence_call"])["cadence_call"]

    assert why.row == 4
    assert [(check.fact, check.shown, check.test) for check in why.checks if check.decisive] == [
        ("gemstone", "Diamond", "Diamond or Pearl"),
        ("days_since_purchase", "20", "<= 180"),
    ]
    assert [check.row for check in why.checks] == [1, 2, 3, 4, 4]


def test_what_follows_is_told_when_one_looks_ahead() -> None:
    why = schedules.explain(DIAMOND, PACK, date(2019, 1, 15), ["cadence_call"], until=date(2019, 1, 31))["cadence_call"]

    assert [(one.due_date, one.projected) for one in why.planned] == [
        (date(2019, 1, 17), False),
        (date(2019, 1, 24), True),
        (date(2019, 1, 31), True),
    ]
    assert [one.due_date for one in why.now] == [date(2019, 1, 17)]


def test_what_cannot_be_read_and_what_does_not_exist_is_refused() -> None:
    with pytest.raises(FactsError, match="last_engaged: 'soon' is not a date"):
        schedules.explain({"last_engaged": "soon"}, PACK, date(2019, 1, 15))
    with pytest.raises(UnknownName, match="Did you mean 'cadence_call'"):
        schedules.explain({}, PACK, date(2019, 1, 15), ["cadence_cal"])
