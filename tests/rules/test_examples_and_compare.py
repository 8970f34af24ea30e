"""The pack's examples, and what differs between two packs or two days."""

from datetime import date

import pytest

from tenure.rules import compare, examples
from tenure.rules.errors import PackError
from tenure.rules.frames import frame
from tenure.rules.packs import load
from tests.rules.conftest import HANDBOOK, TIERS, MakePack

DAY = date(2020, 6, 1)


@pytest.mark.parametrize(
    ("facts", "as_of", "expect", "passed"),
    [
        ("{arr: 50001}", "2020-06-01", "High", True),
        ("{arr: 50001}", "2020-06-01", "{tier: High}", True),
        ("{arr: 50001}", "2020-06-01", "Low", False),
        ("{arr: 50001}", "2020-06-01", "{undecided: [arr]}", False),
        ("{}", "2020-06-01", "{undecided: [arr]}", True),
        ("{}", "2020-06-01", "{undecided: []}", False),
        ("{}", "2020-06-01", "Low", False),
        ("{arr: 1}", "2018-05-31", "{not_in_force: true}", True),
        ("{arr: 1}", "2018-06-01", "{not_in_force: true}", False),
        ("{arr: many}", "2020-06-01", "{error: wrong_type}", True),
        ("{arr: 1}", "2020-06-01", "{teir: Low}", False),
        ("{aar: 1}", "2020-06-01", "{undecided: [arr]}", False),
    ],
)
def test_an_example_passes_only_when_it_is_so(make_pack: MakePack, facts: str, as_of: str, expect: str, passed: bool) -> None:
    text = f"examples:\n  - {{name: E, rule: tier, as_of: {as_of}, facts: {facts}, expect: {expect}}}\n"

    results = examples.run(make_pack(**{"examples/tier.yaml": text}))

    assert [(result.passed, bool(result.message)) for result in results] == [(passed, not passed)]


def test_an_example_that_cannot_be_read_names_its_line(make_pack: MakePack) -> None:
    pack = make_pack(**{"examples/x.yaml": "examples:\n  - {name: E, rule: tier, asof: 2020-01-01, expect: 1}\n"})

    with pytest.raises(PackError) as caught:
        examples.run(pack)
    assert (caught.value.findings[0].file, caught.value.findings[0].line) == ("examples/x.yaml", 2)


def test_every_example_of_the_shipped_pack_passes() -> None:
    assert [result.message for result in examples.run(load()) if not result.passed] == []


def test_a_value_that_changes_is_a_changed_row(make_pack: MakePack) -> None:
    pack = make_pack()

    changes = compare.rules(pack, date(2019, 12, 31), pack, date(2020, 1, 1))

    assert [(c.rule, c.kind, c.before_since, c.after_since) for c in changes] == [
        ("tier", "changed", date(2018, 6, 1), date(2020, 1, 1))
    ]
    assert changes[0].rows == (compare.RowChange("changed", "ARR >= 100,000 -> High", "ARR > 50,000 -> High"),)


def test_the_same_day_and_pack_do_not_differ(make_pack: MakePack) -> None:
    pack = make_pack()
    assert compare.rules(pack, DAY, pack, date(2024, 1, 1)) == []


def test_rules_come_and_go_and_rows_are_added(make_pack: MakePack, tmp_path) -> None:  # type: ignore[no-untyped-def]
    before = make_pack()
    (tmp_path / "rules.yaml").write_text(
        TIERS.replace("          - {then: Low}", "          - {when: {product: Gold}, then: High}\n          - {then: Low}"),
        encoding="utf-8",
    )
    after = load(tmp_path)

    assert compare.rules(before, DAY, after, DAY)[0].rows == (compare.RowChange("added", "", "product is Ultimate -> High"),)
    assert [c.kind for c in compare.rules(before, date(2018, 1, 1), after, DAY)] == ["added"]
    assert [c.kind for c in compare.rules(before, DAY, after, date(2018, 1, 1))] == ["removed"]


def test_the_accounts_that_change_are_listed(make_pack: MakePack) -> None:
    pack = make_pack()
    facts, _ = frame([{"account": "a", "arr": 60000}, {"account": "b", "arr": 100000}, {"account": "c"}], pack)

    assert compare.accounts(facts, pack, date(2019, 1, 1), pack, DAY).rows() == [("a", "tier", "Low", "High")]
    assert compare.accounts(facts, pack, date(2018, 1, 1), pack, DAY).rows() == [
        ("a", "tier", None, "High"), ("b", "tier", None, "High"),
    ]  # fmt: skip


def test_a_pack_with_other_products_is_compared_by_word(make_pack: MakePack, tmp_path) -> None:  # type: ignore[no-untyped-def]
    before = make_pack(TIERS.replace('arr: "@floor"', "product: Ultimate").replace("    monotone: {arr: up}\n", ""))
    (tmp_path / "handbook.yaml").write_text(HANDBOOK.replace("  - {key: Core, aliases: [Free]}\n", ""), encoding="utf-8")
    after = load(tmp_path)
    facts, _ = frame([{"account": "a", "product": "Ultimate"}], before)

    assert compare.accounts(facts, before, DAY, after, DAY).height == 0
