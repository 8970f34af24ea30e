"""The handbook's way to value, for reading: which tables hold on a day, what their lines say, and what a search leaves."""

from datetime import date

from tenure.queries import journeybook
from tenure.rules import packs

PACK = packs.load()
ALL = [
    "matrix",
    "handover-sale",
    "handover-upgrade",
    "handover-tam",
    "handover-disengagement",
    "stages",
    "statuses",
    "causes",
    "times",
    "customers",
    "plays",
]


def rows(key: str, day: date, text: str = "") -> list[list[str]]:
    (found,) = (one for one in journeybook.sections(PACK, day, text) if one.key == key)
    return [list(row.cells) for row in found.rows]


def test_each_day_has_its_editions() -> None:
    keys = [one.key for one in journeybook.sections(PACK, date(2023, 6, 1))]
    assert keys == [*ALL, "profile-business", "profile-technical"]
    early = [(one.key, len(one.rows)) for one in journeybook.sections(PACK, date(2019, 1, 1))]
    assert early == [("matrix", 22), ("handover-sale", 6), ("statuses", 4), ("causes", 3), ("times", 1), ("customers", 2), ("plays", 5), ("profile-business", 13), ("profile-technical", 19)]  # fmt: skip
    assert journeybook.sections(PACK, date(2018, 5, 31)) == []


def test_a_step_says_who_when_and_what_completes_it() -> None:
    found = rows("matrix", date(2019, 1, 1))
    assert found[17] == [
        "18. Welcome call: transition to the TAM",
        "Account executive",
        "3-Technical Evaluation, due at 7-Closed Won",
        "Welcome to GitLab call was held",
    ]
    assert found[6][3] == "Technical profile >= 50 %"
    assert found[8] == ["9. Draw the solution blueprint", "Solutions architect", "3-Technical Evaluation", "Ticked by hand"]
    assert found[2][3] == "Somebody is solutions architect of the account"
    assert found[1][3] == "Why they bought is known; Objectives of the implementation is known"


def test_a_time_says_from_when_until_when_and_its_goal() -> None:
    assert rows("times", date(2023, 6, 1)) == [
        ["Time to engage", "start of the onboarding", "first call or meeting", "14 days", "At least 0"],
        ["Time to first value", "original contract", "first value", "30 days", "May be negative"],
        ["Time to onboard", "start of the onboarding", "end of the onboarding", "45 days", "May be negative"],
    ]


def test_a_search_leaves_the_lines_that_have_it() -> None:
    found = journeybook.sections(PACK, date(2023, 6, 1), "Champion")
    assert [(one.key, len(one.rows)) for one in found] == [("profile-business", 1)]
    assert journeybook.sections(PACK, date(2023, 6, 1), "no such word") == []
