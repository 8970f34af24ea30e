"""`tenure decide` and `tenure handbook`: for somebody with a spreadsheet and no database."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from tenure.cli import decide, handbook
from tests.rules.conftest import TIERS, rule_yaml, write
from tests.rules.work import PLAYBOOK, files, schedule

CSV = """Account,ARR,Product,Colour
Homeworld,"600,000",Gold,red
Beach,,Premium,
Bad,many,Platinum,
Donut,50000.00,,
"""


@pytest.fixture
def run(tmp_path: Path):  # type: ignore[no-untyped-def]
    """Run a command on a tiny pack and the facts of `CSV`."""
    app = typer.Typer()
    decide.register(app)
    handbook.register(app)
    pack = write(tmp_path / "pack", {"rules.yaml": TIERS})
    facts = tmp_path / "facts.csv"
    facts.write_text(CSV, encoding="utf-8")

    def invoke(*words: str):  # type: ignore[no-untyped-def]
        filled = [word.replace("FACTS", str(facts)).replace("PACK", str(pack)).replace("TMP", str(tmp_path)) for word in words]
        return CliRunner().invoke(app, filled, env={"TENURE_HANDBOOK": str(pack), "COLUMNS": "200"}, catch_exceptions=False)

    return invoke


def test_json_has_exactly_the_promised_shape(run) -> None:  # type: ignore[no-untyped-def]
    result = run("decide", "tier", "--facts", "FACTS", "--as-of", "2020-06-01", "--format", "json")

    assert result.exit_code == 1
    found = json.loads(result.stdout)
    assert {key: found[key] for key in ("rule", "as_of", "edition")} == {
        "rule": "tier",
        "as_of": "2020-06-01",
        "edition": "2018-06-01",
    }
    assert list(found) == ["rule", "as_of", "edition", "decisions", "errors"]
    assert found["decisions"][:2] == [
        {
            "row": 1, "account": "Homeworld", "outcome": "High", "missing": [], "source": "Page, Tiers",
            "checks": [{"fact": "arr", "value": 600000, "test": "> 50000", "passed": True}],
        },
        {
            "row": 2, "account": "Beach", "outcome": None, "missing": ["arr"], "source": "Page, Tiers",
            "checks": [{"fact": "arr", "value": None, "test": "> 50000", "passed": None}],
        },
    ]  # fmt: skip
    assert [(d["row"], d["outcome"]) for d in found["decisions"]] == [(1, "High"), (2, None), (4, "Low")]
    assert [(e["row"], e["column"]) for e in found["errors"]] == [(3, "arr"), (3, "product")]
    assert list(found["errors"][0]) == ["row", "column", "message"]


def test_a_file_without_errors_gives_status_0(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "good.csv").write_text("arr;users\n5;\n", encoding="utf-8-sig")

    result = run("decide", "tier", "--facts", "TMP/good.csv", "--as-of", "2020-06-01", "--format", "csv")

    assert (result.exit_code, result.stdout) == (0, "row,account,outcome,missing\n1,,Low,\n")


def test_the_table_says_why_and_what_was_refused(run) -> None:  # type: ignore[no-untyped-def]
    result = run("decide", "tier", "--facts", "FACTS", "--as-of", "2020-06-01", "--explain")

    assert "High, because ARR 600,000 > 50,000 (Tier, row 1, in force since 2020-01-01, source: Page, Tiers)." in result.stdout
    assert "? row 1: ARR missing, asked: > 50,000 (decisive)" in result.stdout
    assert "Row 3, product: 'Platinum' is not a known product: Core, Starter, Premium, Ultimate." in result.stderr
    assert "the column 'Colour' is ignored" in result.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["decide", "teir", "--facts", "FACTS"], "Did you mean 'tier'?"),
        (["decide", "tier", "--facts", "TMP/none.csv"], "cannot be read: No such file"),
        (["decide", "tier", "--facts", "TMP"], "cannot be read: Is a directory"),
        (["decide", "tier", "--facts", "FACTS", "--as-of", "yesterday"], "'yesterday' is not a date"),
        (["decide", "tier", "--facts", "FACTS", "--as-of", "2018-05-31"], "holds from 2018-06-01"),
        (["decide", "tier", "--facts", "FACTS", "--handbook", "TMP/none"], "there is no folder"),
        (["handbook", "show", "teir"], "Did you mean 'tier'?"),
        (["handbook", "init", "PACK"], "is not an empty folder"),
        (["handbook", "diff", "--as-of", "2020-01-01"], "give --as-of twice"),
    ],
)
def test_a_users_mistake_is_one_sentence_and_status_2(run, words: list[str], said: str) -> None:  # type: ignore[no-untyped-def]
    result = run(*words)

    assert result.exit_code == 2
    assert said in result.stderr
    assert "Traceback" not in result.output


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"colour\nred\n", "no column is a fact"),
        (b"arr,ARR\n1,2\n", "two columns hold 'arr'"),
        (b"arr\n\xff\xfe\xfa\n", "is not UTF-8"),
    ],
)
def test_a_file_that_is_no_table_of_facts_is_refused(run, tmp_path: Path, content: bytes, said: str) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "odd.csv").write_bytes(content)

    result = run("decide", "tier", "--facts", "TMP/odd.csv", "--as-of", "2020-06-01")

    assert (result.exit_code, said in result.stderr) == (2, True)


def test_a_misspelled_column_is_pointed_out(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "odd.csv").write_text("account,arr,usres\na,1,2\n", encoding="utf-8")

    assert "Did you mean 'users'?" in run("decide", "tier", "--facts", "TMP/odd.csv", "--as-of", "2020-06-01").stderr


def test_a_row_with_too_many_cells_is_an_error_of_that_row(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "odd.csv").write_text("account,arr\na,1,000\nb,2\n", encoding="utf-8")

    found = json.loads(run("decide", "tier", "--facts", "TMP/odd.csv", "--as-of", "2020-06-01", "--format", "json").stdout)

    assert ([d["row"] for d in found["decisions"]], [e["row"] for e in found["errors"]]) == ([2], [1])


def test_check_fails_on_an_open_error_only(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    assert run("handbook", "check", "--as-of", "2020-01-01").exit_code == 0

    write(tmp_path / "bad", {"rules.yaml": rule_yaml("{when: {usres: 5}, then: A}")})
    result = run("handbook", "check", "--handbook", "TMP/bad", "--format", "json")

    assert result.exit_code == 1
    assert json.loads(result.stdout)["findings"][0]["code"] == "HB002"


def test_show_prints_the_table_in_words(run) -> None:  # type: ignore[no-untyped-def]
    shown = run("handbook", "show", "tier", "--as-of", "2020-06-01").stdout

    assert "Edition from 2018-06-01; in force since 2020-01-01" in shown
    assert "ARR > 50,000" in shown
    assert "Later page" in shown
    assert "tier" in run("handbook", "show").stdout


def test_diff_lists_rules_and_accounts(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "good.csv").write_text("account,arr\nHomeworld,60000\n", encoding="utf-8")

    result = run("handbook", "diff", "--as-of", "2019-01-01", "--as-of", "2020-06-01", "--facts", "TMP/good.csv")

    assert result.exit_code == 0
    assert "- ARR >= 100,000 -> High\n  + ARR > 50,000 -> High\n" in result.stdout
    assert "Homeworld: tier Low -> High" in result.stdout


def test_init_copies_a_pack_that_checks(run) -> None:  # type: ignore[no-untyped-def]
    assert run("handbook", "init", "TMP/own").exit_code == 0
    assert run("handbook", "show", "--handbook", "TMP/own").exit_code == 0
    assert (
        "Nothing differs."
        in run("handbook", "diff", "--as-of", "2020-01-01", "--other", "TMP/own", "--handbook", "TMP/own").stdout
    )


def test_show_prints_a_schedule_and_a_playbook_in_words(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    write(
        tmp_path / "work", {"rules.yaml": "", **files(schedule("{when: {has_tam: true}, every: 2 weeks, anchor: last_engaged}"))}
    )
    work = ("--handbook", "TMP/work", "--as-of", "2020-01-01")

    assert "each time 2 weeks" in run("handbook", "show", "s", *work).stdout
    assert "2 days to 1 month" in run("handbook", "show", "start_up", *work).stdout
    listed = run("handbook", "show", *work).stdout
    assert "start_up" in listed
    early = run("handbook", "show", "start_up", "--handbook", "TMP/work", "--as-of", "2018-01-01")
    assert early.exit_code == 2
    assert "not yet in force on 2018-01-01" in early.stderr


def test_diff_tells_rows_of_schedules_and_steps_of_playbooks(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    write(tmp_path / "one", {"rules.yaml": "", **files(schedule("{every: 2 weeks, anchor: last_engaged}"))})
    changed = {"playbooks/start.yaml": PLAYBOOK.replace("Say hello", "Say hi")}
    write(tmp_path / "two", {"rules.yaml": "", **files(schedule("{every: 3 weeks, anchor: last_engaged}"), **changed)})

    shown = run("handbook", "diff", "--handbook", "TMP/one", "--other", "TMP/two", "--as-of", "2020-01-01").stdout

    assert "  - all accounts -> each time 2 weeks after the last call or meeting: Call (Activity, Call), for: tam" in shown
    assert "  + the same day: Say hi, for: tam" in shown


def test_neither_command_imports_django() -> None:
    code = "import sys, tenure.cli.decide, tenure.cli.handbook; sys.exit(any(m.split('.')[0] == 'django' for m in sys.modules))"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
