"""Loading a pack: what is refused, where it stands, and what holds on a day."""

from datetime import date
from pathlib import Path

import pytest

from tenure.rules.errors import Ended, NotYetInForce, PackError, UnknownName
from tenure.rules.packs import load
from tests.rules.conftest import HANDBOOK, TIERS, MakePack, rule_yaml, write


def test_the_shipped_pack_loads_and_is_kept() -> None:
    assert load() is load(None)
    assert "gemstone" in load().rules


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    first = load(write(tmp_path, {"rules.yaml": TIERS}))

    (tmp_path / "rules.yaml").write_text(TIERS.replace("Tiers", "Tiers and more"), encoding="utf-8")

    assert load(tmp_path) is not first
    assert load(tmp_path).digest != first.digest


def test_the_digest_is_that_of_the_text(tmp_path: Path) -> None:
    one = load(write(tmp_path / "one", {"rules.yaml": TIERS}))
    two = load(write(tmp_path / "two", {"rules.yaml": TIERS.replace("\n", "\r\n")}))

    assert one.digest == two.digest
    assert len(one.digest) == 64


def test_an_unknown_fact_names_file_path_line_and_a_suggestion(make_pack: MakePack) -> None:
    with pytest.raises(PackError) as caught:
        make_pack(rule_yaml('{when: {usres: "> 5"}, then: A}'))

    finding = caught.value.findings[0]
    assert (finding.code, finding.file, finding.line, finding.path) == (
        "HB002", "rules.yaml", 10, "rules.r.editions[0].rows[0].when.usres",
    )  # fmt: skip
    assert "Did you mean 'users'?" in finding.message


@pytest.mark.parametrize(
    ("row", "code", "words"),
    [
        ('{when: {arr: "> many"}, then: A}', "HB001", "'many' is not a number"),
        ('{when: {users: "> 5.5"}, then: A}', "HB001", "not a whole number"),
        ('{when: {arr: "> 5.001"}, then: A}', "HB001", "at most 2 decimals"),
        ('{when: {users: "9..5"}, then: A}', "HB001", "not a range from low to high"),
        ("{when: {product: Platinum}, then: A}", "HB014", "'Platinum' is not a product"),
        ('{when: {region: ">= EMEA"}, then: A}', "HB001", "has no order"),
        ('{when: {growth_opportunity: "maybe"}, then: A}', "HB001", "neither true nor false"),
        ('{when: {customer_since: ">= soon"}, then: A}', "HB001", "not a date"),
        ("{when: {product: []}, then: A}", "HB001", "empty list"),
        ("{when: {arr: '@flor'}, then: A}", "HB017", "no value 'flor'"),
        ("{when: {users: 5}, then: D}", "HB014", "'D' is not a r"),
        ("{when: {users: 5}, then: {r: A}}", "HB001", "one value for a rule with one output"),
        ("{when: {users: 5}}", "HB001", "'then' is missing"),
        ("{wehn: {users: 5}, then: A}", "HB001", "Did you mean 'when'?"),
        ("{when: {users: 5}, then: A, then: B}", "HB001", "stands twice"),
    ],
)
def test_a_bad_row_is_refused_with_its_reason(make_pack: MakePack, row: str, code: str, words: str) -> None:
    with pytest.raises(PackError) as caught:
        make_pack(rule_yaml(row))

    assert [finding.code for finding in caught.value.findings] == [code]
    assert words in str(caught.value)
    assert caught.value.findings[0].line == 10


def test_all_errors_are_reported_at_once(make_pack: MakePack) -> None:
    with pytest.raises(PackError) as caught:
        make_pack(rule_yaml("{when: {usres: 5}, then: A}\n{when: {product: X}, then: A}"))

    assert [finding.line for finding in caught.value.findings] == [10, 11]


def test_a_dated_value_that_does_not_fit_is_refused_at_its_own_line(make_pack: MakePack) -> None:
    with pytest.raises(PackError) as caught:
        make_pack(TIERS.replace('"> 50000"', "a lot"))

    assert (caught.value.findings[0].line, caught.value.findings[0].rule) == (9, "floor")


def test_rules_that_read_each_other_are_refused(make_pack: MakePack) -> None:
    two = rule_yaml("{when: {b: A}, then: A}", name="a") + rule_yaml("{when: {a: A}, then: A}", name="b").removeprefix("rules:\n")

    with pytest.raises(PackError, match="in a circle: a, b"):
        make_pack(two)


def test_a_collected_list_is_no_fact_for_another_rule(make_pack: MakePack) -> None:
    two = rule_yaml("{then: A}", name="a", hit="collect") + rule_yaml("{when: {a: A}, then: A}", name="b").removeprefix(
        "rules:\n"
    )

    with pytest.raises(PackError, match="'a' is a list"):
        make_pack(two)


def test_broken_yaml_names_the_line(make_pack: MakePack) -> None:
    with pytest.raises(PackError) as caught:
        make_pack("rules:\n  a: [1,\n  b: 2\n")

    assert caught.value.findings[0].line in (3, 4)


def test_a_folder_that_is_not_there_is_one_finding(tmp_path: Path) -> None:
    with pytest.raises(PackError, match="there is no folder"):
        load(tmp_path / "nowhere")


def test_norway_is_a_country_and_not_false(make_pack: MakePack) -> None:
    pack = make_pack(**{"handbook.yaml": HANDBOOK.replace('"NO"', "NO")})

    assert pack.region_of("no") == "EMEA"


def test_a_company_adds_a_fact_of_its_own(make_pack: MakePack) -> None:
    own = "facts:\n  plan_kind: {type: category, meaning: Kind of plan, words: [gold, plain]}\n"

    pack = make_pack(own + rule_yaml("{when: {plan_kind: gold}, then: A}"))

    assert pack.fact("plan_kind").words == ("gold", "plain")


def test_a_misspelled_part_is_not_silently_ignored(make_pack: MakePack) -> None:
    with pytest.raises(PackError, match="Did you mean 'rules'"):
        make_pack(rule_yaml("{then: A}").replace("rules:", "ruels:", 1))


@pytest.mark.parametrize(
    ("day", "raw"), [(date(2018, 6, 1), ">= 100000"), (date(2019, 12, 31), ">= 100000"), (date(2020, 1, 1), "> 50000")]
)
def test_a_value_holds_until_the_day_before_the_next(make_pack: MakePack, day: date, raw: str) -> None:
    assert make_pack().value("floor", day).value == raw


def test_unknown_not_yet_in_force_and_ended_are_three_errors(make_pack: MakePack) -> None:
    pack = make_pack(TIERS.replace("- from: 2018-06-01\n", "- from: 2018-06-01\n        ended: 2021-01-31\n"))

    with pytest.raises(UnknownName, match="Did you mean 'tier'"):
        pack.edition("teir", date(2020, 1, 1))
    with pytest.raises(NotYetInForce, match="holds from 2018-06-01"):
        pack.edition("tier", date(2018, 5, 31))
    assert pack.edition("tier", date(2021, 1, 31)).edition.start == date(2018, 6, 1)
    with pytest.raises(Ended, match="last day was 2021-01-31"):
        pack.edition("tier", date(2021, 2, 1))


def test_a_rule_is_in_force_since_its_latest_part(make_pack: MakePack) -> None:
    pack = make_pack()

    assert pack.edition("tier", date(2019, 6, 1)).since == date(2018, 6, 1)
    assert pack.edition("tier", date(2020, 6, 1)).since == date(2020, 1, 1)
    assert pack.edition("tier", date(2020, 6, 1)) is pack.edition("tier", date(2022, 6, 1))


ALTERNATIVE = """
      - from: 2019-01-01
        alternative: generous
        rows: [{then: High}]
"""


def test_an_alternative_holds_only_when_it_is_chosen(make_pack: MakePack) -> None:
    pack = make_pack(TIERS + ALTERNATIVE.lstrip("\n"))

    chosen = pack.choosing(tier="generous")

    assert pack.edition("tier", date(2019, 1, 1)).edition.alternative is None
    assert chosen.edition("tier", date(2018, 12, 31)).edition.alternative is None
    assert chosen.edition("tier", date(2019, 1, 1)).edition.alternative == "generous"
    assert chosen.digest != pack.digest
    with pytest.raises(PackError, match="has no alternative 'mean'"):
        pack.choosing(tier="mean")
