"""``tenure import``: exit status, summary, report."""

import csv
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from tenure.cli import importing
from tenure.models import Account, Contact, Event, Run

pytestmark = pytest.mark.django_db
ACCOUNTS = "account_id,account_name,arr,employees\nA-1,Acme,1200.50,50\nA-2,Beta,100,7\n"


def run(*arguments: str | Path) -> Any:
    app = typer.Typer()
    importing.register(app)
    app.command("other")(lambda: None)
    return CliRunner().invoke(app, ["import", *map(str, arguments)])


def folder(tmp_path: Path, **files: str) -> Path:
    home = tmp_path / "export"
    home.mkdir(exist_ok=True)
    for name, text in files.items():
        (home / f"{name}.csv").write_text(text)
    return home


def test_a_folder_comes_in_parents_first_and_again_changes_nothing(tmp_path: Path) -> None:
    home = folder(tmp_path, contacts="contact_id,account_id,name,email\nC-1,A-1,Ann,a@x.example\n", accounts=ACCOUNTS)

    first, second = run(home), run(home)

    assert (first.exit_code, second.exit_code) == (0, 0)
    assert Contact.objects.get().account.name == "Acme"
    assert Account.objects.get(name="Acme").stated_arr_minor == 120_050
    assert "Nothing changed." in second.output
    assert Event.objects.filter(verb="account.created").count() == 2
    assert list(Run.objects.values_list("kind", "status")) == [("import", "done")] * 2


def test_refused_rows_give_status_one_and_a_report_without_formulas(tmp_path: Path) -> None:
    home = folder(tmp_path, accounts=ACCOUNTS + "A-3,Gamma,=1+2,5\nA-4,half\n")

    result = run(home, "--report", tmp_path / "refused.csv")

    assert result.exit_code == 1
    assert Account.objects.count() == 2
    assert "row 4: '=1+2' is not a number." in result.output
    with (tmp_path / "refused.csv").open() as report:
        rows = list(csv.reader(report))
    assert rows[0] == ["file", "row", "id", "column", "value", "reason"]
    assert [row[:5] for row in rows[1:]] == [
        ["export/accounts.csv", "4", "A-3", "arr", "'=1+2"],
        ["export/accounts.csv", "5", "", "", "A-4"],
    ]


def test_a_dry_run_writes_nothing(tmp_path: Path) -> None:
    result = run(folder(tmp_path, accounts=ACCOUNTS), "--dry-run")

    assert result.exit_code == 0
    assert "A dry run: nothing was written." in result.output
    assert Account.objects.count() == 0


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["nowhere.csv"], "There is no nowhere.csv."), (["{home}", "--as-of", "soon"], "'soon' is not a day like 2024-01-31."),
        (["{home}", "--preset", "hubspot"], "There is no preset 'hubspot'. Known are salesforce, zuora, zendesk, files."),
        (["{home}", "--mapping", "{home}/accounts.csv"], "this is not YAML"),
    ],
)  # fmt: skip
def test_a_wrong_command_line_gives_a_sentence_and_status_two(tmp_path: Path, arguments: list[str], sentence: str) -> None:
    home = folder(tmp_path, accounts="a: [\n")

    result = run(*[argument.format(home=home) for argument in arguments])

    assert result.exit_code == 2
    assert sentence in result.output.replace("\n", " ")
    assert "Traceback" not in result.output


def test_a_file_that_is_no_table_gives_status_one_and_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_bytes(b"%PDF-1.7")

    result = run(tmp_path / "x.csv")

    assert result.exit_code == 1
    assert "it is a PDF document" in result.output
    assert (Run.objects.count(), Account.objects.count()) == (0, 0)


def test_a_mapping_file_names_source_and_columns(tmp_path: Path) -> None:
    home = folder(tmp_path, firms="Key,Firm,Kind\nK1,Initech,Client\n")
    (tmp_path / "m.yaml").write_text(
        "source: erp\nfiles:\n  - match: firms.csv\n    noun: account\n    keep_unknown: true\n"
        "    columns: {external_id: Key, name: Firm}\n"
    )

    result = run(home, "--mapping", tmp_path / "m.yaml", "--as-of", "2024-01-31")

    account = Account.objects.get()
    assert result.exit_code == 0
    assert (account.name, account.custom) == ("Initech", {"Kind": "Client"})
    assert str(account.versions.get().from_date) == "2024-01-31"
