"""Explanations: which checks, which words, and what else can be said."""

import json
from datetime import date
from typing import Any

import pytest

from tenure.rules.engine import decide
from tenure.rules.errors import UnknownName
from tenure.rules.explain import Explanation, explain
from tenure.rules.frames import frame
from tenure.rules.packs import load
from tests.rules.conftest import TIERS, MakePack, rule_yaml

DAY = date(2020, 6, 1)
GEMS = """
{any: [{users: "> 1000"}, {iacv: "> 100000"}], then: A}
{when: {product: ">= Premium", users: "> 100"}, then: B}
{then: C}
"""


def why(make_pack: MakePack, facts: dict[str, Any], yaml: str = rule_yaml(GEMS), rule: str = "r") -> Explanation:
    return explain(facts, make_pack(yaml), DAY)[rule]


def test_the_decisive_checks_are_those_of_the_row_that_holds(make_pack: MakePack) -> None:
    found = why(make_pack, {"users": "2,100", "iacv": 92000, "product": "Starter"})

    assert (found.status, found.outcome, found.row) == ("decided", "A", 1)
    assert [(c.fact, c.value, c.cell, c.test, c.passed, c.decisive) for c in found.checks] == [
        ("users", 2100, "> 1000", "> 1,000", True, True),
        ("iacv", 92000, "> 100000", "> 100,000", False, False),
    ]
    assert found.sentence() == "A, because users 2,100 > 1,000 (Rule r, row 1, in force since 2018-06-01, source: Page)."


def test_a_default_row_is_explained_by_what_does_not_hold(make_pack: MakePack) -> None:
    found = why(make_pack, {"users": 50, "iacv": 0, "product": "Gold"})

    assert (found.outcome, found.row) == ("C", 3)
    assert [(c.row, c.fact, c.passed) for c in found.decisive] == [(1, "users", False), (1, "iacv", False), (2, "users", False)]
    assert found.sentence().startswith("C, because no row above it holds (")


def test_words_are_said_as_words(make_pack: MakePack) -> None:
    found = why(make_pack, {"users": 150, "iacv": 0, "product": "Gold"})

    assert "because product Ultimate is at least Premium and users 150 > 100 (" in found.sentence()


def test_an_undecided_rule_names_what_is_missing(make_pack: MakePack) -> None:
    found = why(make_pack, {"users": 150, "product": "Gold"})

    assert (found.status, found.outcome, found.missing, found.row) == ("undecided", None, ("iacv",), 0)
    assert [(c.fact, c.passed) for c in found.decisive] == [("iacv", None)]
    assert found.sentence() == "Undecided, because iACV is missing (Rule r, in force since 2018-06-01, source: Page)."


def test_a_given_outcome_is_called_given(make_pack: MakePack) -> None:
    found = why(make_pack, {"users": 5000, "r": "B"})

    assert (found.status, found.outcome, found.missing) == ("given", "B", ())
    assert "given with the facts" in found.sentence()


def test_a_bad_fact_breaks_only_the_rules_that_need_it(make_pack: MakePack) -> None:
    found = explain({"product": "Platinum", "arr": 60000}, make_pack(TIERS + rule_yaml(GEMS).removeprefix("rules:\n")), DAY)

    assert found["tier"].outcome == "High"
    assert (found["r"].status, found["r"].outcome) == ("error", None)
    assert found["r"].sentence().startswith("product: 'Platinum' is not a known product")


def test_a_rule_of_the_future_is_not_in_force(make_pack: MakePack) -> None:
    found = explain({"users": 1}, make_pack(rule_yaml(GEMS)), date(2018, 5, 31))["r"]

    assert (found.status, found.edition) == ("not_in_force", None)
    assert "holds from 2018-06-01" in found.sentence()


def test_a_dated_value_is_named_and_dates_the_decision(make_pack: MakePack) -> None:
    found = explain({"arr": "50000.01"}, make_pack(), DAY)["tier"]

    assert (found.edition, found.in_force_since, found.values) == (date(2018, 6, 1), date(2020, 1, 1), ("floor",))
    assert (found.checks[0].ref, found.checks[0].cell, found.checks[0].shown) == ("floor", "> 50000", "50,000.01")


def test_two_true_rows_of_a_unique_table_are_said(make_pack: MakePack) -> None:
    rows = '{when: {users: "> 5"}, then: A}\n{when: {users: "> 10"}, then: B}'
    found = why(make_pack, {"users": 11}, rule_yaml(rows, hit="unique"))

    assert (found.status, found.message) == ("undecided", "rows 1 and 2 hold at once, and the table allows only one")


def test_it_becomes_json(make_pack: MakePack) -> None:
    found = json.loads(json.dumps(why(make_pack, {"users": 2100, "iacv": "0.5"}).to_json()))

    assert found["outcome"] == "A"
    assert found["edition"] == "2018-06-01"
    assert found["checks"][1]["value"] == 0.5
    assert len(found["digest"]) == 64


def test_an_unknown_rule_is_refused(make_pack: MakePack) -> None:
    with pytest.raises(UnknownName, match="Did you mean 'tier'"):
        explain({}, make_pack(), DAY, ["tiers"])


def test_all_rules_of_the_shipped_pack_are_explained_as_they_are_decided() -> None:
    pack = load()
    facts = {
        "arr": 60000,
        "users": 2100,
        "product": "Silver",
        "iacv": 92000,
        "segment": "Large",
        "hosted": True,
        "support_hold": False,
    }
    known, _ = frame([facts], pack)

    for day in (date(2018, 6, 1), date(2020, 1, 1), date(2020, 9, 1), date(2023, 3, 29), date(2026, 8, 15)):
        decided = decide(known, pack, day).row(0, named=True)
        explained = explain(facts, pack, day)
        assert {name: item.outcome for name, item in explained.items() if item.status != "not_in_force"} == {
            name: value for name, value in decided.items() if name in pack.rules
        }
