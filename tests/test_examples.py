"""Every example of the shipped handbook is a test."""

import pytest

from tenure.rules import examples, packs

PACK = packs.load()
EXAMPLES, FINDINGS = examples.load(PACK)


def test_every_example_file_can_be_read() -> None:
    assert FINDINGS == ()


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: f"{example.shape.rule}: {example.shape.name}")
def test_example(example: examples.Example) -> None:
    result = examples.run_one(example, PACK)
    assert result.passed, result.message


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
