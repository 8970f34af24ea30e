"""Deciding: the edges, and what missing facts do."""

from datetime import date
from typing import Any

import polars as pl
import pytest

from tenure.rules.engine import decide, missing
from tenure.rules.errors import FactsError, NotYetInForce, UnknownName
from tenure.rules.frames import frame
from tenure.rules.packs import Pack
from tests.rules.conftest import TIERS, MakePack, rule_yaml

DAY = date(2020, 6, 1)


def outcomes(pack: Pack, rows: list[dict[str, Any]], rule: str = "r", day: date = DAY) -> list[Any]:
    facts, errors = frame(rows, pack)
    assert errors == []
    return decide(facts, pack, day, [rule])[rule].to_list()


@pytest.mark.parametrize(
    ("cell", "facts", "expected"),
    [
        (">= 100000", ["99999.99", "100000", "100000.01"], [False, True, True]),
        ("> 100000", ["99999.99", "100000", "100000.01"], [False, False, True]),
        ("<= 100000", ["99999.99", "100000", "100000.01"], [True, True, False]),
        ("< 100000", ["99999.99", "100000", "100000.01"], [True, False, False]),
        ("= 100000", ["99999.99", "100000", "100000.01"], [False, True, False]),
        ("100..200", ["99.99", "100", "200", "200.01"], [False, True, True, False]),
    ],
)
def test_a_comparison_at_its_edge(make_pack: MakePack, cell: str, facts: list[str], expected: list[bool]) -> None:
    pack = make_pack(rule_yaml(f'{{when: {{arr: "{cell}"}}, then: A}}\n{{then: B}}'))

    assert outcomes(pack, [{"arr": value} for value in facts]) == ["A" if yes else "B" for yes in expected]


def test_words_compare_by_rank_and_by_alias(make_pack: MakePack) -> None:
    pack = make_pack(rule_yaml('{when: {product: ">= Silver"}, then: A}\n{when: {product: [Bronze, Free]}, then: B}'))

    assert outcomes(pack, [{"product": p} for p in ("gold", "Premium", "starter", "Core")]) == ["A", "A", "B", "B"]


def test_dates_compare_by_day(make_pack: MakePack) -> None:
    pack = make_pack(rule_yaml('{when: {customer_since: ">= 2020-02-29"}, then: A}\n{then: B}'))

    rows = [{"customer_since": day} for day in ("2020-02-28", "2020-02-29", date(2020, 3, 1))]
    assert outcomes(pack, rows) == ["B", "A", "A"]


def test_the_edition_changes_on_its_day(make_pack: MakePack) -> None:
    pack = make_pack()
    rows = [{"arr": 60000}]

    assert outcomes(pack, rows, "tier", date(2019, 12, 31)) == ["Low"]
    assert outcomes(pack, rows, "tier", date(2020, 1, 1)) == ["High"]


def test_a_missing_fact_leaves_the_row_undecided(make_pack: MakePack) -> None:
    pack = make_pack(rule_yaml('{when: {users: "> 5", product: Gold}, then: A}\n{then: B}'))
    rows: list[dict[str, Any]] = [{"users": 6}, {"users": 5}, {"product": "Core"}, {"users": 6, "product": "Gold"}]

    assert outcomes(pack, rows) == [None, "B", "B", "A"]


def test_a_missing_fact_that_changes_nothing_decides(make_pack: MakePack) -> None:
    pack = make_pack(rule_yaml("{when: {segment: Large}, then: A}\n{when: {product: Gold}, then: B}\n{then: A}"))

    assert outcomes(pack, [{"product": "Core"}, {"product": "Gold"}, {"segment": "SMB"}]) == ["A", None, None]


def test_an_or_row_holds_although_the_other_fact_is_missing(make_pack: MakePack) -> None:
    pack = make_pack(rule_yaml('{any: [{users: "> 5"}, {iacv: "> 10"}], then: A}\n{then: B}'))

    assert outcomes(pack, [{"users": 6}, {"users": 5}, {"users": 5, "iacv": 10}]) == ["A", None, "B"]


def test_a_row_for_missing_is_reached(make_pack: MakePack) -> None:
    pack = make_pack(rule_yaml('{when: {employees: "> 5"}, then: A}\n{when: {employees: missing}, then: B}\n{then: C}'))

    assert outcomes(pack, [{"employees": 6}, {"employees": ""}, {"employees": 5}]) == ["A", "B", "C"]


def test_present_is_never_unknown(make_pack: MakePack) -> None:
    pack = make_pack(rule_yaml("{when: {employees: present}, then: A}\n{then: B}"))

    assert outcomes(pack, [{"employees": 6}, {"employees": None}]) == ["A", "B"]


def test_no_row_gives_no_outcome(make_pack: MakePack) -> None:
    pack = make_pack(rule_yaml('{when: {users: "> 5"}, then: A}'))
    facts, _ = frame([{"users": 5}, {"users": None}], pack)

    assert decide(facts, pack, DAY)["r"].to_list() == [None, None]
    assert missing(facts, pack, DAY, "r").rows() == [(1, []), (2, ["users"])]


def test_unique_refuses_two_results(make_pack: MakePack) -> None:
    pack = make_pack(rule_yaml('{when: {users: "> 5"}, then: A}\n{when: {users: "> 10"}, then: B}', hit="unique"))

    assert outcomes(pack, [{"users": 6}, {"users": 11}, {"users": 1}, {"users": None}]) == ["A", None, None, None]


def test_collect_lists_every_result_once(make_pack: MakePack) -> None:
    rows = '{when: {users: "> 5"}, then: A}\n{when: {users: "> 10"}, then: B}\n{when: {users: "> 20"}, then: A}'
    pack = make_pack(rule_yaml(rows, hit="collect"))

    assert outcomes(pack, [{"users": 6}, {"users": 21}, {"users": 1}, {"users": None}]) == [["A"], ["A", "B"], [], None]


TWO = """
  service:
    title: Service
    source: Page
    outputs: [{name: calls, type: int}, {name: fee, type: money}, {name: who, type: text}, {name: site, type: bool}]
    editions:
      - from: 2018-06-01
        rows:
          - {when: {tier: High}, then: {calls: 4, fee: 12.50, who: TAM, site: true}}
          - {when: {tier: Low}, then: {calls: 1}}
"""


def test_a_rule_reads_another_rules_outcome(make_pack: MakePack) -> None:
    pack = make_pack(TIERS + TWO)
    facts, _ = frame([{"account": "a", "arr": 60000}, {"account": "b", "arr": 1}, {"account": "c"}], pack)

    found = decide(facts, pack, DAY)

    assert found.columns == ["account", "tier", "service", "service.fee", "service.who", "service.site"]
    assert found.rows() == [
        ("a", "High", 4, 1250, "TAM", True),
        ("b", "Low", 1, None, None, None),
        ("c", None, None, None, None, None),
    ]


def test_a_given_outcome_wins_where_it_is_not_missing(make_pack: MakePack) -> None:
    pack = make_pack(TIERS + TWO)
    facts, _ = frame([{"arr": 60000, "tier": "Low"}, {"arr": 60000, "tier": None}], pack)

    found = decide(facts, pack, DAY)

    assert found["tier"].to_list() == ["Low", "High"]
    assert found["service"].to_list() == [1, 4]


def test_only_the_asked_rules_are_shown_and_a_wrong_name_is_refused(make_pack: MakePack) -> None:
    pack = make_pack(TIERS + TWO)
    facts, _ = frame([{"arr": 60000}], pack)

    assert decide(facts, pack, DAY, ["service"]).columns == ["row", "service", "service.fee", "service.who", "service.site"]
    with pytest.raises(UnknownName):
        decide(facts, pack, DAY, ["servce"])
    with pytest.raises(NotYetInForce):
        decide(facts, pack, date(2018, 5, 31), ["tier"])
    assert decide(facts, pack, date(2018, 5, 31)).columns == ["row"]


def test_the_outcome_is_an_ordered_enum(make_pack: MakePack) -> None:
    pack = make_pack()
    facts, _ = frame([{"arr": 1}], pack)

    assert decide(facts, pack, DAY).schema["tier"] == pl.Enum(["Low", "High"])


@pytest.mark.parametrize(
    "column",
    [
        pl.Series("arr", [1.5]),
        pl.Series("product", ["Platinum"]),
        pl.Series("users", ["12"]),
        pl.Series("growth_opportunity", [1]),
        pl.Series("users", [float("nan")]),
    ],
)
def test_a_frame_of_the_wrong_type_is_refused(make_pack: MakePack, column: pl.Series) -> None:
    pack = make_pack(TIERS)

    with pytest.raises(FactsError, match=column.name):
        decide(column.to_frame(), pack, DAY)


def test_words_as_text_and_small_integers_are_taken_over(make_pack: MakePack) -> None:
    pack = make_pack(rule_yaml('{when: {product: ">= Premium", users: "> 5"}, then: A}\n{then: B}'))
    facts = pl.DataFrame({"product": ["Ultimate", "Core"], "users": pl.Series([6, 6], dtype=pl.Int16), "other": [1, 2]})

    assert decide(facts, pack, DAY)["r"].to_list() == ["A", "B"]


def test_missing_names_only_what_could_still_count(make_pack: MakePack) -> None:
    rows = '{any: [{product: Gold, users: "> 5"}, {iacv: "> 9"}], then: A}\n{when: {segment: SMB}, then: B}\n{then: C}'
    pack = make_pack(rule_yaml(rows))
    facts, _ = frame(
        [{"account": "x", "product": "Core"}, {"account": "y", "product": "Gold", "segment": "SMB", "iacv": 1}], pack
    )

    assert missing(facts, pack, DAY, "r").rows() == [("x", 1, ["iacv", "segment"]), ("y", 2, ["users"])]


def test_nothing_to_decide_is_no_error(make_pack: MakePack) -> None:
    pack = make_pack()
    facts, _ = frame([], pack)

    assert decide(facts, pack, DAY).height == 0
