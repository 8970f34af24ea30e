"""Every example of the shipped handbook is a test."""

import pytest

from tenure.rules import examples, packs, workexamples

PACK = packs.load()
EXAMPLES, FINDINGS = examples.load(PACK)
WORK, WORK_FINDINGS = workexamples.load(PACK)


def test_every_example_file_can_be_read() -> None:
    assert FINDINGS == WORK_FINDINGS == ()


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: f"{example.shape.rule}: {example.shape.name}")
def test_example(example: examples.Example) -> None:
    result = examples.run_one(example, PACK)
    assert result.passed, result.message


@pytest.mark.parametrize("example", WORK, ids=lambda example: f"{example.subject}: {example.shape.name}")
def test_example_of_work(example: workexamples.WorkExample) -> None:
    result = workexamples.run_one(example, PACK)
    assert result.passed, result.message


def test_every_edition_of_a_schedule_and_a_playbook_has_examples() -> None:
    shown = set(workexamples.editions_shown(PACK))
    there = {
        (thing.key, e.start, e.alternative)
        for shelf in (PACK.schedules, PACK.playbooks)
        for thing in shelf.values()
        for e in thing.editions
    }
    assert there - shown == set()


def test_every_schedule_shows_its_beginning_a_day_that_is_due_and_a_date_that_is_missing() -> None:
    """The day before its first edition; a due date; and, where it counts from a date, what happens without it."""
    expected: dict[str, list[object]] = {}
    for example in WORK:
        if isinstance(example.shape, workexamples.ScheduleExample):
            expected.setdefault(example.subject, []).append(example.shape.expect)
    for key, schedule in PACK.schedules.items():
        kinds = {name for one in expected[key] if isinstance(one, dict) for name in one}
        assert "not_in_force" in kinds, key
        assert any(isinstance(one, list) or hasattr(one, "year") for one in expected[key]), key
        assert ("no_anchor" in kinds) == any(edition.dates for edition in schedule.editions), key


def test_names_of_examples_of_work_are_sentences_that_stand_once() -> None:
    names = [(example.subject, example.shape.name) for example in WORK]
    assert len(set(names)) == len(names)
    assert all(example.shape.source for example in WORK)


def test_every_rule_and_every_edition_has_examples() -> None:
    """An edition counts as shown when an example is decided by it, with its alternative where it has one."""
    shown = set()
    for example in EXAMPLES:
        shape = example.shape
        if shape.expect == {"not_in_force": True}:
            continue
        in_force = PACK.choosing(**shape.choose).edition(shape.rule, shape.as_of)
        shown.add((shape.rule, in_force.edition.start, in_force.edition.alternative))
    there = {(name, edition.start, edition.alternative) for name, rule in PACK.rules.items() for edition in rule.editions}
    assert there - shown == set()


def test_the_seven_accounts_of_the_first_page_are_shown() -> None:
    names = ["Homeworld", "Beach City", "Funland", "Le Hotel", "Crab Shack", "Buddwick", "Big Donut"]
    gems = [example.shape.name for example in EXAMPLES if example.shape.rule == "gemstone"]
    assert all(any(name in gem for gem in gems) for name in names)


def test_every_example_has_a_source_and_a_contradiction_has_a_reason() -> None:
    assert all(example.shape.source for example in EXAMPLES)
    contradicting = [example.shape for example in EXAMPLES if example.shape.contradicts]
    assert contradicting
    assert all(shape.contradicts and shape.contradicts.source_says != shape.expect for shape in contradicting)
