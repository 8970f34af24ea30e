"""Playbooks: from a template to tasks with days, and to the text that work in flight keeps."""

import json
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenure.rules import calendars, playbooks
from tenure.rules.calendars import Calendar, Offset, Roll
from tenure.rules.errors import Ended, NotYetInForce, UnknownName
from tenure.rules.packs import load
from tenure.rules.work import NOWHERE, Playbook, PlaybookEdition, Step
from tests.rules.conftest import MakePack
from tests.rules.work import files

PACK = load()
PLAIN = Calendar()
TWO = """
playbooks:
  p:
    title: P
    source: Page
    type: lifecycle
    reason: Onboarding
    owner: tam
    people: {new_owner: Who takes it}
    editions:
      - {from: 2019-01-01, steps: [{key: a, title: A, due: 1 day}]}
      - from: 2020-01-01
        ended: 2020-12-31
        roll: forward
        steps:
          - {key: a, title: A, due: 1 business day, only: {segment: [Large, Strategic]}}
          - {key: b, title: B, owner: new_owner, due: 1 month, after: a, asked: [{key: x, label: X, kind: choice, choices: [1, 2]}]}
"""


def test_the_account_managers_checklist_has_its_eleven_steps_with_their_windows() -> None:
    """Sundays, Ascension Day, New Year: the business day before, in a window never before it begins."""
    steps = playbooks.steps(PACK.playbook("am_onboarding"), date(2019, 3, 1), calendars.of(PACK, "EMEA"))

    assert [(step.key, step.earliest, step.due_date) for step in steps] == [
        ("welcome", None, date(2019, 3, 1)),
        ("introduction", date(2019, 3, 4), date(2019, 3, 6)),
        ("installation_follow_up", date(2019, 3, 8), date(2019, 3, 11)),
        ("education", date(2019, 3, 21), date(2019, 3, 29)),
        ("discovery", None, date(2019, 4, 30)),
        ("check_in", None, date(2019, 5, 29)),
        ("outlook", None, date(2019, 8, 30)),
        ("renewal_expansion", None, date(2019, 12, 31)),
        ("renewal_check", None, date(2020, 1, 31)),
        ("renewal_follow_up", None, date(2020, 2, 28)),
        ("expansion", None, None),
    ]


def test_the_edition_of_the_day_asked_for_counts_not_that_of_the_start(make_pack: MakePack) -> None:
    playbook = make_pack("", **files(**{"playbooks/p.yaml": TWO})).playbook("p")

    now = playbooks.steps(playbook, date(2019, 12, 30), PLAIN, as_of=date(2020, 1, 2))
    then = playbooks.steps(playbook, date(2019, 12, 30), PLAIN)

    assert [(step.key, step.due_date) for step in now] == [("a", date(2019, 12, 31)), ("b", date(2020, 1, 30))]
    assert [(step.key, step.due_date) for step in then] == [("a", date(2019, 12, 31))]


def test_a_step_for_other_accounts_is_left_out_and_nobody_waits_for_it(make_pack: MakePack) -> None:
    playbook = make_pack("", **files(**{"playbooks/p.yaml": TWO})).playbook("p")

    small = playbooks.steps(playbook, date(2020, 2, 1), PLAIN, facts={"segment": "SMB"})
    large = playbooks.steps(playbook, date(2020, 2, 1), PLAIN, facts={"segment": "Large"})
    unknown = playbooks.steps(playbook, date(2020, 2, 1), PLAIN, facts={"arr": 5})

    assert [(step.key, step.after) for step in small] == [("b", ())]
    assert [(step.key, step.after) for step in large] == [("a", ()), ("b", ("a",))]
    assert [step.key for step in unknown] == ["a", "b"]


def test_a_step_on_a_day_off_moves_when_the_edition_says_so(make_pack: MakePack) -> None:
    playbook = make_pack("", **files(**{"playbooks/p.yaml": TWO})).playbook("p")

    steps = playbooks.steps(playbook, date(2020, 1, 1), PLAIN, as_of=date(2020, 1, 1))

    assert steps[1].due_date == date(2020, 2, 3)  # 1 February 2020 is a Saturday


def test_what_a_step_asks_and_who_does_it_travels_along(make_pack: MakePack) -> None:
    playbook = make_pack("", **files(**{"playbooks/p.yaml": TWO})).playbook("p")

    b = playbooks.steps(playbook, date(2020, 1, 1), PLAIN)[1]

    assert (b.owner_role, b.asked[0].choices, b.asked[0].required) == ("new_owner", ("1", "2"), True)
    assert playbook.people == {"new_owner": "Who takes it"}


def test_before_and_after_its_editions_a_playbook_is_not_in_force(make_pack: MakePack) -> None:
    pack = make_pack("", **files(**{"playbooks/p.yaml": TWO}))

    with pytest.raises(NotYetInForce):
        pack.playbook_on("p", date(2018, 12, 31))
    with pytest.raises(Ended):
        pack.playbook_on("p", date(2021, 1, 1))
    with pytest.raises(UnknownName, match="Did you mean 'start_up'"):
        pack.playbook_on("start_ub", date(2020, 1, 1))


@pytest.mark.parametrize("key", list(PACK.playbooks))
def test_a_kept_text_gives_the_same_steps_for_ever(key: str) -> None:
    playbook = PACK.playbook(key)
    for edition in playbook.editions:
        kept = json.loads(json.dumps(playbooks.text(playbook, edition)))
        again = playbooks.from_text(kept)

        assert playbooks.text(again, again.editions[0]) == kept
        day = edition.start
        assert playbooks.steps(again, date(2019, 1, 31), PLAIN) == playbooks.steps(playbook, date(2019, 1, 31), PLAIN, as_of=day)


def test_the_same_wording_has_the_same_digest_and_another_has_not() -> None:
    playbook = PACK.playbook("customer_onboarding")
    first, second = (playbooks.text(playbook, edition) for edition in playbook.editions)

    assert playbooks.digest(first) == playbooks.digest(dict(reversed(first.items())))
    assert playbooks.digest(first) != playbooks.digest(second)


@settings(max_examples=60, deadline=None)
@given(
    st.dates(date(2018, 6, 1), date(2027, 12, 31)),
    st.sampled_from(sorted(PACK.playbooks)),
    st.sampled_from(["EMEA", "US East", None]),
)
def test_no_step_is_due_before_one_that_it_waits_for(start: date, key: str, region: str | None) -> None:
    steps = playbooks.steps(PACK.playbook(key), start, calendars.of(PACK, region))
    due = {step.key: step.due_date for step in steps}

    for step in steps:
        for other in step.after:
            first, then = due[other], step.due_date
            assert first is None or then is None or first <= then, (key, other, step.key)
        assert step.earliest is None or (step.due_date is not None and step.earliest <= step.due_date)


@pytest.mark.parametrize(
    ("roll", "step", "start", "days"),
    [  # 2026-11-21 is a Saturday; Christmas Day 2026 a Friday
        ("none", {"due": "5 days"}, date(2026, 11, 16), (None, date(2026, 11, 21))),
        ("backward", {"due": "5 days"}, date(2026, 11, 16), (None, date(2026, 11, 20))),
        ("forward", {"due": "5 days"}, date(2026, 11, 16), (None, date(2026, 11, 23))),
        ("backward", {"due": "9 days"}, date(2026, 12, 16), (None, date(2026, 12, 24))),
        ("backward", {"due": "0 days"}, date(2026, 11, 21), (None, date(2026, 11, 23))),  # not before the start
        ("backward", {"due": "-1 day"}, date(2026, 11, 22), (None, date(2026, 11, 20))),  # before the day that it counts to
        ("backward", {"within": ["2 days", "5 days"]}, date(2026, 11, 16), (date(2026, 11, 18), date(2026, 11, 20))),
        (
            "forward",
            {"within": ["2 days", "5 days"]},
            date(2026, 11, 16),
            (date(2026, 11, 18), date(2026, 11, 20)),
        ),  # in its window
        ("backward", {"within": ["5 days", "6 days"]}, date(2026, 11, 16), (date(2026, 11, 23), date(2026, 11, 23))),  # has none
    ],
)
def test_a_day_off_is_moved_within_goals_and_windows(
    roll: Roll, step: dict[str, Any], start: date, days: tuple[date | None, date]
) -> None:
    offsets = [Offset(int(text.split()[0]), "days") for text in ([step["due"]] if "due" in step else step["within"])]
    one = Step("one", "One", "tam", offsets[-1], offsets[0] if len(offsets) > 1 else None)
    edition = PlaybookEdition(0, date(2018, 6, 1), (one,), roll=roll)
    book = Playbook("book", "Book", "", "", None, "lifecycle", "Other", "tam", 2, (edition,), NOWHERE)
    cal = Calendar(days=((date(2026, 12, 25), "Christmas Day"),))

    (found,) = playbooks.steps(book, start, cal)

    assert (found.earliest, found.due_date) == days
