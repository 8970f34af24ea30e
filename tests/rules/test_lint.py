"""Every code of the linter, with the smallest pack that has the fault."""

from datetime import date

import pytest

from tenure.rules import grid, lint
from tenure.rules.errors import Finding
from tenure.rules.packs import load
from tests.rules.conftest import HANDBOOK, TIERS, MakePack, rule_yaml, write

EXAMPLE = """
examples:
  - {name: Over the floor is high, rule: tier, as_of: 2020-06-01, facts: {arr: 50001}, expect: High, source: Page}
"""
CLEAN = {"examples/tier.yaml": EXAMPLE}


def found(make_pack: MakePack, code: str, yaml: str = TIERS, day: date | None = None, **files: str) -> list[Finding]:
    return [finding for finding in lint.check(make_pack(yaml, **files), day) if finding.code == code]


def test_a_clean_pack_has_no_findings(make_pack: MakePack) -> None:
    assert lint.check(make_pack(TIERS, **CLEAN), date(2026, 1, 1)) == []


def test_the_shipped_pack_has_no_open_error() -> None:
    assert lint.open_errors(lint.check(load())) == []


def test_a_pack_that_does_not_load_gives_the_loaders_findings(tmp_path) -> None:  # type: ignore[no-untyped-def]
    pack, findings = lint.check_folder(write(tmp_path, {"rules.yaml": rule_yaml("{when: {usres: 5}, then: A}")}))

    assert pack is None
    assert [finding.code for finding in findings] == ["HB002"]


def test_hb003_no_source(make_pack: MakePack) -> None:
    findings = found(make_pack, "HB003", TIERS.replace("    source: Page\n", "").replace("    source: Page, Tiers\n", ""))
    assert [finding.rule for finding in findings] == ["floor", "tier"]


def test_hb003_a_list_without_source(make_pack: MakePack) -> None:
    findings = found(make_pack, "HB003", **{"handbook.yaml": HANDBOOK.replace("products_source: Price list\n", "")})
    assert [finding.rule for finding in findings] == ["products"]


@pytest.mark.parametrize(
    "change",
    [
        ("from: 2020-01-01", "from: 2018-06-01"),
        ('2018-06-01, value: ">= 100000"', '2018-06-01, ended: 2020-01-01, value: ">= 100000"'),
        ('2020-01-01, value: "> 50000"', '2020-01-01, ended: 2019-12-31, value: "> 50000"'),
    ],
)
def test_hb004_overlapping_life_spans(make_pack: MakePack, change: tuple[str, str]) -> None:
    assert [finding.rule for finding in found(make_pack, "HB004", TIERS.replace(*change))] == ["floor"]


def test_hb004_values_that_touch_do_not_overlap(make_pack: MakePack) -> None:
    touching = TIERS.replace('2018-06-01, value: ">= 100000"', '2018-06-01, ended: 2019-12-31, value: ">= 100000"')
    assert found(make_pack, "HB004", touching) == []


def test_hb004_two_editions_from_one_day(make_pack: MakePack) -> None:
    assert len(found(make_pack, "HB004", TIERS + "      - from: 2018-06-01\n        rows: [{then: Low}]\n")) == 1


def test_hb005_a_row_that_is_never_reached(make_pack: MakePack) -> None:
    rows = '{when: {users: "> 5"}, then: A}\n{when: {users: "> 10", product: Gold}, then: B}\n{then: C}'
    findings = found(make_pack, "HB005", rule_yaml(rows))
    assert [finding.path for finding in findings] == ["rules.r.editions[0].rows[1]"]


def test_hb005_a_row_that_contradicts_itself(make_pack: MakePack) -> None:
    rows = '{when: {users: "> 5"}, any: [{users: "< 3"}], then: A}\n{then: C}'
    assert "can never hold" in found(make_pack, "HB005", rule_yaml(rows))[0].message


def test_hb005_a_row_for_missing_is_reached(make_pack: MakePack) -> None:
    rows = '{when: {users: ">= 0"}, then: A}\n{when: {users: missing}, then: B}'
    assert found(make_pack, "HB005", rule_yaml(rows)) == []


def test_hb006_rows_that_clash_with_a_case(make_pack: MakePack) -> None:
    rows = '{when: {users: "<= 10"}, then: A}\n{when: {users: ">= 10"}, then: B}'
    findings = found(make_pack, "HB006", rule_yaml(rows, hit="unique"))
    assert [finding.message.split("at ")[-1] for finding in findings] == ["users 10"]


def test_hb006_rows_that_touch_do_not_clash(make_pack: MakePack) -> None:
    rows = '{when: {users: "<= 10"}, then: A}\n{when: {users: ">= 11"}, then: B}'
    assert found(make_pack, "HB006", rule_yaml(rows, hit="unique")) == []


def test_hb007_a_gap_with_a_case(make_pack: MakePack) -> None:
    rows = '{when: {arr: "< 100"}, then: A}\n{when: {arr: "> 100"}, then: B}'
    assert found(make_pack, "HB007", rule_yaml(rows))[0].message.endswith("at ARR 100")


def test_hb007_a_gap_of_one_cent(make_pack: MakePack) -> None:
    rows = '{when: {arr: "0..99.99"}, then: A}\n{when: {arr: "> 100"}, then: B}\n{when: {arr: "= 100"}, then: C}'
    assert found(make_pack, "HB007", rule_yaml(rows)) == []


def test_hb008_more_that_gives_less_with_two_cases(make_pack: MakePack) -> None:
    yaml = rule_yaml(
        '{when: {users: "< 10"}, then: B}\n{when: {users: "< 20"}, then: A}\n{then: C}', extra="    monotone: {users: up}\n"
    )
    assert "users 9 gives B, but users 10 gives A" in found(make_pack, "HB008", yaml)[0].message


def test_hb008_is_checked_downwards_too(make_pack: MakePack) -> None:
    rows = '{when: {users: "< 10"}, then: B}\n{when: {users: "< 20"}, then: A}\n{then: C}'
    assert (
        "users 10 gives A, but users 20 gives C"
        in found(make_pack, "HB008", rule_yaml(rows, extra="    monotone: {users: down}\n"))[0].message
    )


def test_hb008_holds_for_every_other_fact(make_pack: MakePack) -> None:
    rows = '{when: {users: "> 10", product: ">= Premium"}, then: C}\n{when: {users: "> 10"}, then: A}\n{then: B}'
    findings = found(make_pack, "HB008", rule_yaml(rows, extra="    monotone: {users: up}\n"))
    assert "product Core" in findings[0].message


@pytest.mark.parametrize(("day", "overdue"), [(date(2027, 1, 31), 0), (date(2027, 2, 1), 1)])
def test_hb009_review_by_has_passed(make_pack: MakePack, day: date, overdue: int) -> None:
    yaml = TIERS.replace("    unit: USD\n", "    unit: USD\n    review_by: 2027-01-31\n")
    assert len(found(make_pack, "HB009", yaml, day)) == overdue


def test_hb010_a_contradiction_is_shown_with_its_reason(make_pack: MakePack) -> None:
    example = EXAMPLE.replace("expect: High,", "expect: High, contradicts: {source_says: Low, reason: A slip},")
    finding = found(make_pack, "HB010", **{"examples/tier.yaml": example})[0]
    assert (finding.acknowledged, finding.reason) == (True, "A slip")


def test_hb011_an_example_that_fails(make_pack: MakePack) -> None:
    findings = found(make_pack, "HB011", **{"examples/tier.yaml": EXAMPLE.replace("50001", "50000")})
    assert "expected High, got Low" in findings[0].message


def test_hb012_a_value_that_no_rule_reads(make_pack: MakePack) -> None:
    assert [f.rule for f in found(make_pack, "HB012", TIERS.replace('"@floor"', '"> 1"'))] == ["floor"]


def test_hb013_an_alternative_is_kept(make_pack: MakePack) -> None:
    yaml = TIERS + "      - from: 2018-06-01\n        alternative: other\n        rows: [{then: Low}]\n"
    assert [finding.severity for finding in found(make_pack, "HB013", yaml)] == ["info"]


def test_an_alternative_is_checked_like_the_default(make_pack: MakePack) -> None:
    yaml = TIERS + "      - from: 2018-06-01\n        alternative: other\n        rows: [{when: {arr: '> 1'}, then: Low}]\n"
    assert "tier (other)" in found(make_pack, "HB007", yaml)[0].message


def test_hb015_a_grid_that_is_too_big_is_said(make_pack: MakePack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grid, "CAP", 5)
    rows = '{when: {users: "> 10", product: Gold}, then: A}\n{then: B}'
    assert len(found(make_pack, "HB015", rule_yaml(rows))) == 1


@pytest.mark.parametrize(
    "change",
    [
        ("from: 2018-06-01, value", "from: 2019-06-01, value"),
        ('2020-01-01, value: "> 50000"', '2020-01-01, ended: 2021-01-01, value: "> 50000"'),
    ],
)
def test_hb016_a_value_that_does_not_hold_all_the_time(make_pack: MakePack, change: tuple[str, str]) -> None:
    assert [finding.rule for finding in found(make_pack, "HB016", TIERS.replace(*change))] == ["tier"]


def test_hb018_an_acknowledgement_that_fits_nothing(make_pack: MakePack) -> None:
    known = "acknowledged:\n  - {code: HB007, rule: tier, reason: Meant so, by: Olga, on: 2020-01-01}\n"
    assert len(found(make_pack, "HB018", **{"handbook.yaml": HANDBOOK + known})) == 1


def test_hb019_a_rule_without_an_example(make_pack: MakePack) -> None:
    assert [finding.rule for finding in found(make_pack, "HB019")] == ["tier"]


def test_an_acknowledged_error_is_shown_but_not_open(make_pack: MakePack) -> None:
    known = "acknowledged:\n  - {code: HB003, rule: tier, reason: Our own rule, by: Olga, on: 2020-01-01}\n"
    files = {"handbook.yaml": HANDBOOK + known, **CLEAN}

    findings = lint.check(make_pack(TIERS.replace("    source: Page, Tiers\n", ""), **files))

    assert [(finding.code, finding.acknowledged) for finding in findings] == [("HB003", True)]
    assert findings[0].reason == "Our own rule (Olga, 2020-01-01)"
    assert lint.open_errors(findings) == []


def test_every_code_is_described() -> None:
    assert sorted(lint.CODES) == [f"HB{number:03}" for number in range(1, 27)]
