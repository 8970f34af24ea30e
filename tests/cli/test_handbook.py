"""``tenure handbook show`` and ``diff`` in every form, and what every command says about a handbook or a database that isn't there."""

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from tenure.cli import handbook, users
from tenure.models import User
from tenure.queries import handbook as handbooks
from tests.world import World

SHIPPED = Path(handbooks.__file__).parents[1] / "handbook" / "gitlab"
app = typer.Typer()
handbook.register(app)
users.register(app)
DAYS = ["--as-of", "2020-08-31", "--as-of", "2020-09-01"]


def run(*words: str, columns: str = "200") -> Result:
    return CliRunner().invoke(app, list(words), env={"TENURE_HANDBOOK": "", "COLUMNS": columns}, catch_exceptions=False)


def rows(result: Result) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(result.stdout)))


# --- show


def test_the_list_names_rules_values_schedules_and_playbooks_in_every_form() -> None:
    said = run("handbook", "show", "--as-of", "2019-01-01").stdout
    assert "service_tier" in said
    assert "tam_arr_floor" in said

    found = json.loads(run("handbook", "show", "--as-of", "2019-01-01", "--format", "json").stdout)
    value = next(one for one in found["values"] if one["name"] == "tam_arr_floor")
    assert (found["as_of"], value["value"], value["in_force_since"]) == ("2019-01-01", ">= 100000", "2018-06-01")
    assert next(one for one in found["rules"] if one["name"] == "tam_assigner")["in_force_since"] is None
    listed = rows(run("handbook", "show", "--as-of", "2019-01-01", "--format", "csv"))
    assert [row["name"] for row in listed] == [
        one["name"] for kind in ("rules", "values", "schedules", "playbooks") for one in found[kind]
    ]
    renewal = next(one for one in found["schedules"] if one["name"] == "renewal_review")
    assert (renewal["in_force_since"], renewal["value"]) == (None, None)
    assert next(one for one in found["playbooks"] if one["name"] == "am_onboarding")["value"] == 11


def test_schedules_and_playbooks_come_as_data_too() -> None:
    found = json.loads(run("handbook", "show", "am_onboarding", "--as-of", "2019-01-01", "--format", "json").stdout)
    assert (found["playbook"], len(found["steps"]), found["raised_by"]) == ("am_onboarding", 11, ["am_checklist"])
    steps = rows(run("handbook", "show", "am_onboarding", "--as-of", "2019-01-01", "--format", "csv"))
    assert [row["step"] for row in steps] == [step["step"] for step in found["steps"]]

    cadence = json.loads(run("handbook", "show", "am_follow_up", "--as-of", "2019-01-01", "--format", "json").stdout)
    assert (cadence["schedule"], len(cadence["rows"])) == ("am_follow_up", 2)
    assert rows(run("handbook", "show", "am_follow_up", "--as-of", "2019-01-01", "--format", "csv"))[0]["row"] == "1"


@pytest.mark.parametrize(("day", "floor"), [("2019-12-31", ">= 100000"), ("2020-01-01", "> 50000")])
def test_a_value_is_shown_with_its_history(day: str, floor: str) -> None:
    said = run("handbook", "show", "tam_arr_floor", "--as-of", day).stdout
    assert f"{floor} USD per year, in force since" in said
    assert "Read by: tam_eligible" in said

    found = json.loads(run("handbook", "show", "tam_arr_floor", "--as-of", day, "--format", "json").stdout)
    assert (found["value"], found["is"], found["read_by"]) == ("tam_arr_floor", floor, ["tam_eligible"])
    assert [one["value"] for one in found["values"]] == [">= 100000", "> 50000"]
    assert [row["value"] for row in rows(run("handbook", "show", "tam_arr_floor", "--format", "csv"))] == [">= 100000", "> 50000"]


def test_a_rule_is_shown_in_every_form() -> None:
    said = run("handbook", "show", "coverage", "--as-of", "2026-11-16").stdout
    assert "Counts only where known: Account Manager filled, partner-owned" in said

    found = json.loads(run("handbook", "show", "coverage", "--as-of", "2026-11-16", "--format", "json").stdout)
    assert (found["rule"], found["edition"], found["optional"]) == (
        "coverage",
        "2020-09-01",
        ["has_account_manager", "partner_owned"],
    )
    assert (found["rows"][4]["when"], found["rows"][4]["coverage"]) == ("segment is Mid-Market", "tam")
    listed = rows(run("handbook", "show", "coverage", "--as-of", "2026-11-16", "--format", "csv"))
    assert [row["coverage"] for row in listed] == [row["coverage"] for row in found["rows"]]


def test_a_name_that_is_none_lists_the_rules() -> None:
    result = run("handbook", "show", "tam_arr_flor")

    assert result.exit_code == 2
    assert (
        "There is no rule, value, schedule or playbook named 'tam_arr_flor'. Did you mean 'tam_arr_floor'? The rules: "
        in result.stderr
    )


@pytest.mark.parametrize(("name", "said"), [("coverage", "holds from 2018-06-01"), ("tam_arr_floor", "holds from 2018-06-01")])
def test_what_is_not_yet_in_force_says_from_when(name: str, said: str) -> None:
    result = run("handbook", "show", name, "--as-of", "2018-05-31", "--format", "json")

    assert (result.exit_code, result.stdout, said in result.stderr) == (2, "", True)


def test_findings_come_as_csv_too() -> None:
    found = rows(run("handbook", "check", "--format", "csv"))

    assert {"code", "severity", "message", "file", "line"} <= set(found[0])
    assert {row["severity"] for row in found} <= {"info", "warning"}


# --- diff


def test_a_csv_holds_the_rules_and_the_accounts_that_change(tmp_path: Path) -> None:
    facts = tmp_path / "facts.csv"
    facts.write_text(
        "account,segment,is_public_sector,product\nAquarium,Mid-Market,no,\nBad,Mid-Market,no,Platinum\n", encoding="utf-8"
    )

    result = run("handbook", "diff", *DAYS, "--facts", str(facts), "--format", "csv")

    found = rows(result)
    kinds = {row["kind"] for row in found}
    assert {"row changed", "row added", "outcome changed"} <= kinds
    coverage = [(row["account"], row["before"], row["after"]) for row in found if row["kind"] == "outcome changed"]
    assert coverage == [("Aquarium", "account_manager", "tam"), ("Bad", "account_manager", "tam")]
    assert {row["rule"] for row in found if row["kind"] != "outcome changed"} == {
        "coverage", "tam_eligible", "cadence_call", "business_review", "new_customer", "health_update", "renewal_review", "at_risk_update",
        "upcoming_renewal", "customer_onboarding",
    }  # fmt: skip
    assert (result.exit_code, result.stderr.startswith("Row 2, product: 'Platinum' is not")) == (1, True)


def test_the_accounts_of_the_database_are_compared_on_the_facts_of_today(world: World) -> None:
    aquarium = world.account("Aquarium", given_segment="Mid-Market", is_public_sector=False)

    found = json.loads(run("handbook", "diff", *DAYS, "--database", "--format", "json").stdout)

    pk = world.big_donut.pk
    moved = [(one["account"], one["name"], one["before"], one["after"]) for one in found["accounts"] if one["rule"] == "coverage"]
    assert moved == [(pk, "Big Donut", "account_manager", "tam"), (aquarium.pk, "Aquarium", "account_manager", "tam")]
    said = run("handbook", "diff", *DAYS, "--database").stdout
    assert f"Big Donut ({pk}): coverage account_manager -> tam" in said


def test_another_pack_is_compared_with_the_database(world: World, tmp_path: Path) -> None:
    ours = tmp_path / "ours"
    copytree(SHIPPED, ours)
    tiers = ours / "service_tiers.yaml"
    tiers.write_text(tiers.read_text().replace('value: ">= 500000"', 'value: ">= 1500000"'))

    found = rows(run("handbook", "diff", "--as-of", "2026-11-16", "--other", str(ours), "--database", "--format", "csv"))

    moved = [(row["name"], row["before"], row["after"]) for row in found if row["kind"] == "outcome changed"]
    assert moved == [("Homeworld Inc.", "Tier 1", "Tier 2"), ("Beach City Corp.", "Tier 1", "Tier 2")]


def test_a_file_and_the_database_are_one_too_many() -> None:
    assert run("handbook", "diff", *DAYS, "--database", "--facts", "x.csv").exit_code == 2


# --- what isn't there


def tenure(words: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tenure", *words.split()], capture_output=True, text=True, check=False, env={**os.environ, **env}
    )  # fmt: skip


@pytest.mark.parametrize(
    ("command", "broken"),
    [("plan", "none"), ("apply", "yaml"), ("users add a@x.example --name A --role tam", "yaml"), ("demo --no-serve", "none")],
)
def test_a_broken_handbook_is_a_sentence_and_status_2(command: str, broken: str, tmp_path: Path) -> None:
    folder = tmp_path / "pack"
    if broken == "yaml":
        folder.mkdir()
        (folder / "handbook.yaml").write_text("name: x\ncurrency: [USD\n")

    result = tenure(command, TENURE_HANDBOOK=str(folder), TENURE_HOME=str(tmp_path / "home"), DATABASE_URL="")

    assert result.returncode == 2, result.stderr
    assert result.stderr.startswith("Error: the handbook cannot be used:\n")
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("command", ["plan", "log verify", f"handbook diff {' '.join(DAYS)} --database"])
def test_a_database_that_is_not_there_is_a_sentence_and_status_2(command: str, tmp_path: Path) -> None:
    result = tenure(command, TENURE_HANDBOOK="", TENURE_HOME=str(tmp_path), DATABASE_URL="")

    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr == "Error: there is no database yet, or one of an earlier version: run `tenure migrate`\n"


def test_addresses_are_never_cut_off(db: Any) -> None:
    long = "a-person-with-a-rather-long-name@customer-success.example.com"
    User.objects.create(email=long, name="Someone With A Long Name Too")

    assert long in run("users", "list", columns="80").stdout
