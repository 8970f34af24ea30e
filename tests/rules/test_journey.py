"""The journey by the handbook: steps by stage, conditions, hand-overs, and what a pack may not say."""

import shutil
from dataclasses import replace
from datetime import date, timedelta
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from tenure.rules import journey, journeyasked, journeyexamples, packs
from tenure.rules.journey import Case, ConditionShape, MatrixShape

DAY = date(2020, 10, 1)
PACK = packs.load()


def numbers(case: Case, state: str, day: date = DAY) -> list[int]:
    matrix = PACK.journey.matrix(day)
    assert matrix is not None
    return [one.step.number for one in journey.states(matrix, case, day) if one.state == state]


def test_the_examples_of_the_pack_hold_and_show_every_step_of_both_editions() -> None:
    assert [result.message for result in journeyexamples.results(PACK) if result.message] == []
    numbered = [[step.number for step in matrix.steps if step.number] for matrix in PACK.journey.matrices]
    assert numbered == [list(range(1, 23)), list(range(1, 24))]
    assert [finding.message for finding in journeyexamples.check(PACK) if finding.code == "HB019"] == []


def test_a_step_without_its_example_is_told(tmp_path: Path) -> None:
    shutil.copytree(PACK.root, tmp_path / "pack")
    (tmp_path / "pack/examples/journey.yaml").write_text("examples: []\n")
    told = [finding.message for finding in journeyexamples.check(packs.load(tmp_path / "pack"))]
    assert len(told) == 47
    assert told[0] == "no example shows step 1 ('Create the meta-record') of 2018-06-01 as done"


def test_a_stage_that_the_matrix_does_not_know_leaves_everything_for_later() -> None:
    assert numbers(Case("closed_lost"), "ahead") == list(range(1, 24))


def test_what_the_facts_say_is_done_even_before_its_stage() -> None:
    case = Case("discovery", facts={"record": True, "crm_fields": True, "has_tam": True}, entries=frozenset({"welcome_call"}))
    assert numbers(case, "done") == [1, 5, 16, 18]


def test_why_names_what_holds_and_what_does_not() -> None:
    condition = ConditionShape(
        when={"technical_profile": ">= 50", "has_tam": True}, fields=("nodes",), entries=("demo", "technical_talk")
    )
    known = Case("discovery", facts={"technical_profile": 40, "has_tam": True})
    assert journey.holds(condition, known) == (
        False,
        "technical profile: 40 %; nodes: not known; demo or technical talk: not held yet",
    )
    full = Case(
        "discovery", facts={"technical_profile": 50, "has_tam": True}, fields=frozenset({"nodes"}), entries=frozenset({"demo"})
    )
    assert journey.holds(condition, full) == (True, "technical profile: 50 %; TAM: yes; nodes: known; demo: held")
    assert journey.holds(ConditionShape(when={"has_tam": True}), Case("discovery")) == (False, "TAM: not known")


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({}, "says nothing: give 'when', 'fields', 'entries' or 'steps'"),
        ({"when": {"has_dog": True}}, "'has_dog' is not a fact of the journey"),
        ({"when": {"has_tam": "perhaps"}}, "has_tam: 'perhaps' is neither true nor false"),
        ({"when": {"business_profile": "-"}}, "business_profile: give a test, not '-'"),
    ],
)
def test_a_condition_that_cannot_be_read_is_refused(given: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValidationError, match=sentence.replace("(", r"\(")):
        ConditionShape(**given)


def test_steps_are_numbered_without_gaps_and_at_known_stages() -> None:
    step = {"key": "a", "number": 1, "title": "A", "by": ["tam"], "stage": "discovery", "relation": "lead"}
    matrix = {"from": "2020-01-01", "stages": ["discovery", "closed_won"], "late_after": 14, "asked_for": 60}
    matrix |= {"instead": {"before_sale": ["tam"], "after_sale": ["tam"]}}
    assert MatrixShape.model_validate({**matrix, "steps": [step]}).rank("closed_won") == 1
    for wrong, sentence in (
        ([{**step, "number": 2}], "numbered from 1"),
        ([step, {**step, "number": 2}], "a step stands twice"),
        ([{**step, "stage": "scoping"}], "'scoping' is not a stage"),
    ):
        with pytest.raises(ValidationError, match=sentence):
            MatrixShape.model_validate({**matrix, "steps": wrong})


def test_the_stages_of_a_life_are_those_of_the_day() -> None:
    assert PACK.journey.lifecycle(date(2020, 1, 1)) == {}
    assert list(PACK.journey.lifecycle(date(2023, 1, 1)))[-1] == "will_churn"
    assert PACK.journey.lifecycle(date(2023, 1, 1))["will_churn"].reporting is False


def test_counting_many_cases_gives_what_their_steps_say() -> None:
    """Every example of the matrix, at each stage, when it was reached and long after."""
    examples = [example for example, _ in journeyexamples.load(PACK)[0] if example.journey == "steps"]
    told = {False: 0, True: 0}
    for example in examples:
        matrix = PACK.journey.matrix(example.on)
        assert matrix is not None
        count = journeyasked.counting(matrix, example.on)
        for stage, days in product((*matrix.stages, "closed_lost"), (0, 60)):
            case = replace(journeyexamples.case_of(example), stage=stage, reached_on=example.on - timedelta(days=days))
            said = len(journey.missing(journey.states(matrix, case, example.on)))
            assert count(case)[0] == said
            told[said > 0] += 1
    assert min(told.values()) > 20


def test_counting_looks_at_the_steps_of_playbooks_too() -> None:
    matrix = PACK.journey.matrix(date(2020, 9, 1))
    assert matrix is not None
    asks = ConditionShape(steps=("new_customer.welcome", "new_customer.kick_off"))
    matrix = matrix.model_copy(update={"steps": (matrix.steps[0].model_copy(update={"done_when": asks, "stage": "discovery"}),)})
    for steps, missing in (((), 1), (("other.welcome",), 1), (("new_customer.kick_off",), 0)):
        case = Case("scoping", date(2020, 9, 1), steps=frozenset(steps))
        assert journeyasked.counting(matrix, date(2020, 9, 1))(case)[0] == missing
        assert len(journey.missing(journey.states(matrix, case, date(2020, 9, 1)))) == missing
