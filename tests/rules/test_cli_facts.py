"""`tenure decide` on the shipped pack: what a facts file may lack, what a broken row costs, and where a computed fact comes from."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from tenure.cli import decide, handbook

ISSUE = "account,arr,iacv,users,potential_users,employees,product,segment,region,growth_opportunity,is_public_sector"
Decide = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path) -> Decide:
    """`run(rule, text of the file, *further words)`."""
    app = typer.Typer()
    decide.register(app)
    handbook.register(app)

    def invoke(rule: str, text: str, *words: str, form: str = "json") -> Result:
        file = tmp_path / "facts.csv"
        file.write_text(text, encoding="utf-8")
        command = ["decide", rule, "--facts", str(file), "--format", form, *words]
        return CliRunner().invoke(app, command, env={"TENURE_HANDBOOK": "", "COLUMNS": "200"}, catch_exceptions=False)

    return invoke


def outcomes(result: Result) -> list[tuple[int, Any]]:
    return [(one["row"], one["outcome"]) for one in json.loads(result.stdout)["decisions"]]


def first(result: Result) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(result.stdout)["decisions"][0]
    return found


def errors(result: Result) -> list[tuple[int, str, str]]:
    return [(one["row"], one["column"], one["message"]) for one in json.loads(result.stdout)["errors"]]


# --- facts that need not be given


@pytest.mark.parametrize(
    ("iacv", "size"), [("100000", "Jumbo"), ("99999.99", "Big"), ("24999.99", "Medium"), ("4999", "Small"), ("-390", "Small")]
)
def test_the_size_of_a_deal_is_decided_by_the_iacv_of_the_file(run: Decide, iacv: str, size: str) -> None:
    result = run("deal_size", f"account,iacv\nA,{iacv}\n", "--as-of", "2026-11-16")

    assert (result.exit_code, first(result)["outcome"], first(result)["not_given"]) == (0, size, ["deal_iacv"])


def test_the_deals_own_iacv_comes_first_and_without_either_the_size_is_undecided(run: Decide) -> None:
    result = run("deal_size", "account,iacv,deal_iacv\nA,100000,4000\nB,,\n", "--as-of", "2026-11-16")

    assert outcomes(result) == [(1, "Small"), (2, None)]
    assert json.loads(result.stdout)["decisions"][1]["missing"] == ["iacv"]


@pytest.mark.parametrize("day", ["2018-06-01", "2020-08-31", "2020-09-01", "2026-11-16"])
def test_coverage_is_decided_by_segment_and_public_sector_in_every_edition(run: Decide, day: str) -> None:
    text = (
        "account,segment,is_public_sector,region\nA,Large,no,EMEA\nB,Mid-Market,no,EMEA\nC,SMB,no,APAC\nD,SMB,yes,EMEA\nE,SMB,,\n"
    )
    result = run("coverage", text, "--as-of", day)

    middle = "account_manager" if day < "2020-09-01" else "tam"
    assert outcomes(result) == [(1, "account_executive"), (2, middle), (3, "sales_admin"), (4, "account_executive"), (5, None)]
    assert first(result)["not_given"] == ["has_account_manager", "partner_owned"]
    assert json.loads(result.stdout)["decisions"][4]["missing"] == ["is_public_sector"]


def test_an_exception_applies_where_it_is_known(run: Decide) -> None:
    text = "account,segment,is_public_sector,partner_owned,has_account_manager\nA,SMB,no,yes,\nB,SMB,no,yes,yes\nC,SMB,no,no,no\n"
    result = run("coverage", text, "--as-of", "2026-11-16")

    assert outcomes(result) == [(1, "partner"), (2, "account_manager"), (3, "sales_admin")]
    assert [one.get("not_given") for one in json.loads(result.stdout)["decisions"]] == [["has_account_manager"], None, None]


def test_the_explanation_says_what_was_not_given(run: Decide) -> None:
    said = run(
        "coverage", "account,segment,is_public_sector\nA,Large,no\n", "--as-of", "2026-11-16", "--explain", form="table"
    ).stdout

    assert (
        "account_executive, because segment Large is Large or Strategic; not given and so not counted: Account Manager filled and "
        "partner-owned (Owner after the sale, row 4, in force since 2020-09-01, "
    ) in said


def test_a_support_level_needs_product_and_installation_but_no_exceptions(run: Decide) -> None:
    result = run("support_level", "account,product,hosted\nA,Premium,no\nB,Gold,yes\nC,Premium,\n", "--as-of", "2026-11-16")

    assert outcomes(result) == [(1, "Premium"), (2, "Gold"), (3, None)]
    assert json.loads(result.stdout)["decisions"][2]["missing"] == ["hosted"]


@pytest.mark.parametrize("day", ["2020-08-31", "2020-09-01", "2026-11-16"])
def test_the_previous_owner_of_a_mid_market_account_stays_to_this_day(run: Decide, day: str) -> None:
    text = "account,segment,is_public_sector,partner_owned,has_account_manager\nA,Mid-Market,no,no,no\n"

    lines = run("coverage", text, "--as-of", day, form="csv").stdout.splitlines()

    assert dict(zip(lines[0].split(","), lines[1].split(","), strict=True))["previous_owner_stays"] == "true"


# --- given and computed outcomes


def test_a_given_outcome_has_no_check_but_that_it_was_given(run: Decide) -> None:
    for words in ([], ["--explain"]):
        found = first(run("segment", "account,potential_users,segment\nA,9000,SMB\n", "--as-of", "2019-01-01", *words))
        given = {"fact": "segment", "value": "SMB", "test": "given with the facts", "passed": True}
        assert (found["outcome"], found["checks"], found["source"]) == ("SMB", [given], "given with the facts")


def test_a_computed_fact_names_the_rule_that_gave_it(run: Decide) -> None:
    text = "account,arr,potential_users\nA,30000,9000\n"
    found = first(run("tam_eligible", text, "--as-of", "2023-01-01"))

    assert found["checks"] == [
        {
            "fact": "segment", "value": "SMB", "test": "[SMB, Mid-Market]", "passed": True,
            "decided_by": {
                "rule": "segment", "edition": "2022-11-11", "because": "employees is missing", "missing": [],
                "checks": [{"fact": "employees", "value": None, "test": "missing", "passed": True}],
                "source": "Go-to-Market Resources, Segmentation",
            },
        },
        {"fact": "arr", "value": 30000, "test": "> 20000", "passed": True},
    ]  # fmt: skip
    said = run("tam_eligible", text, "--as-of", "2023-01-01", "--explain", form="table").stdout
    assert (
        "Segment: SMB, because employees is missing (Market segment, row 1, in force since 2022-11-11, source: Go-to-Market Resources, "
        "Segmentation)."
    ) in said
    assert "segment SMB, because employees is missing (Market segment, edition of 2022-11-11, source: Go-to-Market" in said
    assert "+ row 1: employees missing, asked: is missing (decisive)" in said


def test_the_chain_goes_as_far_as_the_facts(run: Decide) -> None:
    found = first(run("tam_assigner", "account,arr\nA,30000\n", "--as-of", "2023-01-01"))

    eligible = next(check["decided_by"] for check in found["checks"] if check["fact"] == "tam_eligible")
    assert (found["outcome"], eligible["rule"], eligible["edition"]) == ("tam_manager", "tam_eligible", "2020-09-01")
    assert eligible["checks"][0]["decided_by"]["because"] == "employees is missing"


def test_an_account_without_facts_says_why_its_plan_is_commercial(run: Decide) -> None:
    result = run("engagement_plan", ISSUE + "\nA,,,,,,,,,,\n", "--as-of", "2026-11-16")

    assert first(result)["outcome"] == "Commercial"
    assert first(result)["checks"][0]["decided_by"]["because"] == "employees is missing"


def test_a_given_segment_needs_no_rule_behind_it(run: Decide) -> None:
    found = first(run("tam_eligible", "account,arr,segment\nA,30000,SMB\n", "--as-of", "2023-01-01"))

    assert [sorted(check) for check in found["checks"]] == [["fact", "passed", "test", "value"]] * 2


# --- broken rows and cells


def test_an_unclosed_quote_costs_one_row(run: Decide) -> None:
    result = run("service_tier", 'account,arr\n"A,500000\nB,600000\nC,100000\nD,1', "--as-of", "2026-11-16")

    assert (result.exit_code, outcomes(result)) == (1, [(2, "Tier 1"), (3, "Tier 3"), (4, "Tier 4")])
    message = "A quote is opened in this row and never closed. The lines after it are read as rows of their own."
    assert errors(result) == [(1, "account", message)]


def test_a_row_with_too_few_cells_or_too_many_is_an_error_of_that_row(run: Decide) -> None:
    result = run("service_tier", "account,arr\nA\nB,600000\nC,1,000\n\nD,1,\n", "--as-of", "2026-11-16")

    assert (result.exit_code, outcomes(result)) == (1, [(2, "Tier 1"), (4, "Tier 4")])
    assert errors(result) == [
        (1, "arr", "The row has 1 cell, the heading has 2."),
        (3, "", "The row has 3 cells, the heading has 2."),
    ]
    said = run("service_tier", "account,arr\nA,1,2\n", form="table").stderr
    assert said == "Row 1: The row has 3 cells, the heading has 2.\n"


@pytest.mark.parametrize(
    ("column", "cell", "said"),
    [
        ("product", "Platinum", "is not a known product"), ("region", "US-EAST", "is not a known region"),
        ("deal_iacv", "x", "is not an amount of money"),
    ],
)  # fmt: skip
def test_a_bad_cell_of_another_fact_is_told_and_the_row_is_decided(run: Decide, column: str, cell: str, said: str) -> None:
    result = run("service_tier", f"account,arr,{column}\nA,500000,{cell}\nB,many,\n", "--as-of", "2026-11-16")

    assert (result.exit_code, outcomes(result)) == (1, [(1, "Tier 1")])
    assert [(row, where) for row, where, _ in errors(result)] == [(1, column), (2, "arr")]
    assert said in errors(result)[0][2]


def test_a_bad_cell_that_a_rule_behind_reads_refuses_the_row(run: Decide) -> None:
    result = run("tam_eligible", "account,arr,employees\nA,60000,many\nB,60000,3000\n", "--as-of", "2026-11-16")

    assert (outcomes(result), errors(result)[0][:2]) == ([(2, "Yes")], (1, "employees"))
    given = run("tam_eligible", "account,arr,segment\nA,60000,Galactic\n", "--as-of", "2026-11-16")
    assert (outcomes(given), errors(given)[0][:2]) == ([], (1, "segment"))


def test_a_number_that_is_too_large_is_said_to_be(run: Decide) -> None:
    result = run("service_tier", "account,arr\nA,99999999999999999999\n", "--as-of", "2026-11-16")

    assert errors(result)[0][2] == "'99999999999999999999' is too large: at most 92,233,720,368,547,758.07 can be kept"


# --- words of the command line


def test_an_unknown_rule_lists_the_rules(run: Decide) -> None:
    result = run("tier", "account,arr\nA,1\n")

    assert result.exit_code == 2
    assert result.stderr.startswith("Error: There is no rule named 'tier'.")
    assert "The rules: calls_a_week, coverage, customer_state, deal_size, " in result.stderr


def test_an_unknown_format_is_said_plainly(run: Decide) -> None:
    result = run("service_tier", "account,arr\nA,1\n", form="yaml")

    assert (result.exit_code, "'yaml' is not one of table, json, csv." in result.stderr) == (2, True)
    assert "Value error" not in result.stderr
