"""The ranking: bands of the pack, its examples, what the loader refuses."""

import shutil
from datetime import date
from pathlib import Path

import pytest

from tenure.rules import lint, packs, ranking
from tenure.rules.errors import PackError

DAY = date(2026, 11, 16)


def test_every_example_of_the_pack_gives_what_it_says() -> None:
    results = list(ranking.examples(packs.load()))

    assert len(results) == 6
    assert [result.message for result in results] == [""] * 6


def test_the_terms_and_the_most_that_each_gives() -> None:
    found = ranking.terms(packs.load(), DAY)

    assert {term.key: max(band.points for band in term.bands) for term in found} == {
        "due": 30, "priority": 20, "important": 10, "renewal": 15, "arr": 15, "health": 15,
    }  # fmt: skip
    assert ranking.terms(packs.load(), date(2018, 5, 31)) == ()


def test_a_later_edition_of_a_term_takes_the_place_of_the_earlier_one(tmp_path: Path) -> None:
    pack = _pack(
        tmp_path,
        """
ranking:
  - {key: due, title: Due, fact: days_late, from: 2020-01-01, bands: [{when: ">= 0", points: 1}]}
  - {key: due, title: Due, fact: days_late, from: 2021-01-01, bands: [{when: "> 3", points: 2}, {when: "-3..3", points: 1}, {when: missing, points: 5}]}
  - {key: arr, title: ARR, fact: arr, from: 2020-01-01, ended: 2020-12-31, bands: [{when: "< 100", points: -4}]}
""",
    )

    def points(day: date, **facts: object) -> dict[str, int]:
        return {one.term.key: one.points for one in ranking.score(ranking.terms(pack, day), facts)}

    assert points(date(2020, 6, 1), days_late=0, arr=9_999) == {"due": 1, "arr": -4}
    assert points(date(2020, 6, 1), days_late=-1, arr=10_000) == {"due": 0, "arr": 0}
    assert points(DAY, days_late=4) == {"due": 2}
    assert points(DAY, days_late=3) == {"due": 1}
    assert points(DAY, days_late=-4) == {"due": 0}
    assert points(DAY) == {"due": 5}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("ranking: [{key: a, title: A, fact: moon, from: 2020-01-01, bands: [{when: 1, points: 1}]}]", "no fact of ranking 'moon'"),
        ("ranking: [{key: a, title: A, fact: priority, from: 2020-01-01, bands: [{when: Urgent, points: 1}]}]", "'Urgent' is not a priority"),
        ("ranking: [{key: a, title: A, fact: arr, from: 2020-01-01, bands: [{when: '-', points: 1}]}]", "'-' can't stand here"),
        ("ranking: [{key: a, title: A, fact: arr, from: 2020-01-01, bands: []}]", "at least 1 item"),
        ("ranking_examples: [{name: X, as_of: 2020-01-01, facts: {moon: 1}, expect: {}, sum: 0}]", "no fact of ranking 'moon'"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_with_its_place(text: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(PackError) as refused:
        _pack(tmp_path, text)

    assert [message in finding.message for finding in refused.value.findings] == [True]
    assert refused.value.findings[0].file == "ranking.yaml"
    assert refused.value.findings[0].line == 1


def test_an_example_that_fails_and_a_missing_source_are_findings(tmp_path: Path) -> None:
    pack = _pack(
        tmp_path,
        """
ranking: [{key: due, title: Due, fact: days_late, from: 2020-01-01, bands: [{when: ">= 0", points: 1}]}]
ranking_examples: [{name: Late, as_of: 2020-01-01, facts: {days_late: 1}, expect: {due: 2}, sum: 2}]
""",
    )

    found = {(finding.code, finding.message) for finding in lint.check(pack) if "ranking" in finding.file}
    assert found == {
        ("HB011", "'Late': due gives 1, not 2; the sum is 1, not 2"), ("HB003", "'ranking' has no ranking_source"),
    }  # fmt: skip


def _pack(folder: Path, text: str) -> packs.Pack:
    """The shipped pack with this ranking in place of its own."""
    target = folder / "pack"
    shutil.copytree(packs.shipped(), target)
    (target / "ranking.yaml").write_text(text)
    return packs.load(target)
