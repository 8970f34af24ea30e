"""Projects as the handbook has them: versions, checklists, three texts made into one, and what a pack can't say."""

from datetime import date
from pathlib import Path

import pytest

from tenure.rules import packs, projects_merge, projectsexamples
from tenure.rules.errors import PackError
from tenure.rules.packs import Pack
from tenure.rules.projects_merge import Change, Part
from tenure.rules.projects_text import Check, checks, compared, headings, merge, progress, ticked

LIST = "Intro\n\n- [ ] One\n* [x] Two\n1. [ ] One\n```\n- [ ] in code\n```\n"


@pytest.fixture(scope="module")
def pack() -> Pack:
    return packs.load()


def test_every_example_of_the_pack_holds(pack: Pack) -> None:
    assert [result.message for result in projectsexamples.results(pack) if result.message] == []
    assert len(projectsexamples.results(pack)) == 11


def test_a_later_version_is_the_earlier_one_with_what_it_changes(pack: Pack) -> None:
    first, second = pack.projects.templates["enterprise"]

    assert [one.key for one in second.issues] == [*(one.key for one in first.issues), "success_plan", "upgrade_plan"]
    assert first.issue("discovery") == second.issue("discovery")
    kept, changed = first.issue("adoption"), second.issue("adoption")
    assert kept is not None
    assert changed is not None
    assert (kept.title, kept.labels) == (changed.title, changed.labels)
    assert (kept.due and kept.due.days, changed.due and changed.due.days) == (90, 60)
    assert [pack.projects.on("enterprise", day) for day in (date(2017, 1, 1), date(2019, 12, 31), date(2020, 1, 1))] == [
        None,
        first,
        second,
    ]


def test_boxes_are_found_in_lists_and_not_in_code() -> None:
    assert checks(LIST) == [Check(0, 2, "One", False), Check(1, 3, "Two", True), Check(2, 4, "One", False)]
    assert progress(LIST) == (1, 3)


@pytest.mark.parametrize(
    ("number", "words", "done", "line"),
    [
        (0, "One", True, "- [x] One"),
        (2, "One", True, "1. [x] One"),
        (1, "Two", False, "* [ ] Two"),
        (9, "Two", False, "* [ ] Two"),
    ],
)
def test_one_box_is_ticked_and_nothing_else_changes(number: int, words: str, done: bool, line: str) -> None:
    text = ticked(LIST, number, words, done)

    assert text is not None
    assert [new for new, old in zip(text.split("\n"), LIST.split("\n"), strict=True) if new != old] == [line]


def test_a_box_that_can_not_be_told_is_not_ticked() -> None:
    assert ticked(LIST, 7, "One", True) is None  # there are two
    assert ticked(LIST, 0, "Three", True) is None


def test_headings_are_those_of_the_text() -> None:
    assert headings("# A\n```\n# no\n```\n## B ##\n#none") == ["A", "B"]


@pytest.mark.parametrize(
    ("ours", "theirs", "text", "clash"),
    [
        ("a\nb\nc", "a\nB\nc", "a\nB\nc", False), ("a\nb\nc\nmine", "A\nb\nc", "A\nb\nc\nmine", False), ("mine\nb\nc", "a\nb\nC", "mine\nb\nC", False),
        ("a\nB\nc", "a\nB\nc", "a\nB\nc", False), ("a\nc", "a\nb\nc\nd", "a\nc\nd", False),
        ("a\nmine\nc", "a\ntheirs\nc", "a\n<<<<<<< project\nmine\n=======\ntheirs\n>>>>>>> template\nc", True),
    ],
)  # fmt: skip
def test_three_texts_become_one(ours: str, theirs: str, text: str, clash: bool) -> None:
    found = merge("a\nb\nc", ours, theirs)

    assert (found.text, found.clash) == (text, clash)


def test_two_texts_are_told_line_by_line() -> None:
    assert [(one.what, one.text) for one in compared("a\nb\nc\nd", "a\nB\nc\n\ne")] == [
        ("kept", "a"), ("removed", "b"), ("added", "B"), ("kept", "c"), ("removed", "d"), ("added", ""), ("added", "e"),
    ]  # fmt: skip


def test_ticks_stay_on_the_lines_that_are_still_there() -> None:
    found = merge("- [ ] One\n- [ ] Two", "- [x] One\n- [x] Two", "- [ ] One\n- [ ] New")

    assert (found.text, found.clash) == ("- [x] One\n- [ ] New", False)


def test_what_people_and_the_template_changed_is_told_apart() -> None:
    base = {"title": "T", "labels": ["a", "b"], "weight": 1}
    ours = {
        "kept": Part({**base, "title": "Mine"}, base), "both": Part({**base, "weight": 2}, base), "labels": Part({**base, "labels": ["a", "own"]}, base),
        "gone": Part(base, base, gone=True), "dropped": Part(base, base), "used": Part({**base, "title": "Mine"}, base),
    }  # fmt: skip
    theirs = {
        "kept": base,
        "both": {**base, "weight": 3},
        "labels": {**base, "labels": ["a", "b", "c"]},
        "gone": {**base, "weight": 9},
        "new": base,
    }

    assert [(one.code, one.what, one.merged, one.state) for one in projects_merge.changes("issue", ours, theirs)] == [
        ("issue:both:weight", "changed", 3, "clash"), ("issue:labels:labels", "changed", ["a", "c", "own"], "clean"),
        ("issue:new", "added", base, "clean"), ("issue:dropped", "dropped", None, "clean"), ("issue:used", "dropped", None, "clash"),
    ]  # fmt: skip
    assert projects_merge.counted([Change("issue", "a", "added"), Change("issue", "b", "changed", state="clash")]) == (1, 1)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (("labels: [poc, to_do]\n        milestone: poc\n        role: solutions_architect", "labels: [pox]\n        milestone: poc\n        role: solutions_architect"), "there is no label 'pox'"),
        (("extends: 1", "extends: 7"), "there is no earlier version 7"),
        (("pre_sales: maintainer", "pre_sales: boss"), "there is no access 'boss'"),
        (("sections: [Why we are here, Who is who, Plan, Links]", "sections: [Weather]"), "no heading 'Weather'"),
        (("labels: [poc, customer]", "labels: [to_do, customer]"), "two labels of one scope"),
        (("begins: {days: 7, after: contract}", "begins: {days: 91, after: contract}"), "'onboarding' begins 91 days after the contract and is due 90 days"),
        (("role: solutions_architect\n        due: {days: 10}", "role: wizard\n        due: {days: 10}"), "there is no role 'wizard'"),
    ],
)  # fmt: skip
def test_a_template_that_can_not_be_is_refused(change: tuple[str, str], sentence: str, tmp_path: Path) -> None:
    for name, text in packs.load().texts.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        new = text.replace(*change, 1) if name == "projects/enterprise.yaml" else text
        assert name != "projects/enterprise.yaml" or new != text
        file.write_text(new)

    with pytest.raises(PackError) as error:
        packs.load(tmp_path)
    assert sentence in str(error.value)
