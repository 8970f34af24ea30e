"""``tenure import``: exit status, summary, report."""

import csv
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from tenure.cli import importing
from tenure.models import Account, Contact, Event, Onboarding, Run
from tenure.runs import import_reports

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
    assert rows == [
        ["file", "row", "id", "column", "value", "problem", "remedy", "outcome"],
        ["export/accounts.csv", "4", "A-3", "arr", "'=1+2", "'=1+2' is not a number.", "Give digits such as 1200, or leave the cell empty.", "refused"],
        ["export/accounts.csv", "5", "", "", "A-4", "The row has 2 cells, the header has 4.",
         "Fill in what is missing, or put a text that holds a delimiter in quotes.", "refused"],
    ]  # fmt: skip


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


def test_what_was_refused_is_summed_up_by_kind_with_the_first_rows(tmp_path: Path) -> None:
    rows = "".join(f"B-{number},Name,many,5\n" for number in range(20))

    result = run(folder(tmp_path, accounts=ACCOUNTS + rows + "C-1,,1,few\n"))

    assert "Refused: 21 rows, 22 cells." in result.output
    assert (
        "20 in export/accounts.csv, arr: row 4: 'many' is not a number. Give digits such as 1200, or leave the cell empty. "
        "Also rows 5, 6, 7, 8, 9 and 14 more." in result.output
    )
    assert (
        "1 in export/accounts.csv, account_name: row 24: The row has no name. Fill the cell, or map another column."
        in result.output
    )
    assert "1 in export/accounts.csv, employees: row 24: 'few' is not a number." in result.output
    assert Account.objects.count() == 2


def test_conflicts_are_told_and_stand_in_the_report_but_refuse_nothing(tmp_path: Path) -> None:
    home = folder(tmp_path, accounts=ACCOUNTS, accounts_more="account_id,account_name,arr\nA-1,Acme,7\n")

    first, second = run(home, "--report", tmp_path / "told.csv"), run(home)

    assert (first.exit_code, second.exit_code) == (0, 0)
    assert "Conflicts: 1 cell that two files state differently. The later file was taken." in first.output
    assert "Nothing changed." in second.output
    assert Account.objects.get(name="Acme").stated_arr_minor == 700
    with (tmp_path / "told.csv").open() as report:
        told = list(csv.DictReader(report))
    assert [(row["file"], row["row"], row["id"], row["column"], row["value"], row["outcome"]) for row in told] == [
        ("export/accounts_more.csv", "2", "A-1", "arr", "7.00", "conflict")
    ]


def test_a_file_that_no_preset_knows_comes_in_by_the_mapping_that_is_suggested(tmp_path: Path) -> None:
    home = folder(tmp_path, churn="customerID,Contract,MonthlyCharges,Churn\n1-A,One year,29.85,No\n2-B,Month-to-month,10,Yes\n")

    plain, suggested = run(home), run(home, "--suggest-mapping")
    (tmp_path / "m.yaml").write_text(suggested.stdout)
    first, second = run(home, "--mapping", tmp_path / "m.yaml"), run(home, "--mapping", tmp_path / "m.yaml")

    assert (plain.exit_code, suggested.exit_code, first.exit_code, second.exit_code) == (1, 0, 0, 0)
    assert "Not recognised, but it looks like accounts." in plain.output
    assert "--suggest-mapping" in plain.output
    assert list(Account.objects.order_by("name").values_list("name", "kind", "stated_arr_minor")) == [
        ("1-A", "customer", 35_820), ("2-B", "former", 12_000),
    ]  # fmt: skip
    assert "Nothing changed." in second.output


def test_a_mapping_of_nothing_known_is_a_comment_and_status_one(tmp_path: Path) -> None:
    result = run(folder(tmp_path, stuff="a,b\n1,2\n"), "--suggest-mapping")

    assert result.exit_code == 1
    assert "# - match: stuff.csv" in result.stdout
    assert "Complete the mapping and take the # away." in result.stderr
    assert Run.objects.count() == 0


def test_brackets_in_a_name_are_printed_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "accounts [red].csv").write_text("account_id,account_name\nA-1,Acme\n")
    (tmp_path / "stuff [bold].csv").write_text("a,b\n1,2\n")

    result = run(tmp_path)

    assert "accounts [red].csv" in result.output
    assert "stuff [bold].csv: Not an object" in result.output


def test_rows_that_wait_are_listed_with_what_is_missing_and_stand_in_the_report(tmp_path: Path) -> None:
    people = "contact_id,account_id,name,email\nC-1,A-1,Ann,a@x.example\nC-2,A-9,Bob,b@x.example\n"
    home = folder(tmp_path, accounts=ACCOUNTS, contacts=people)

    result = run(home, "--report", tmp_path / "told.csv")

    assert result.exit_code == 0
    assert "Waiting: 1 row. What it belongs to isn't there; import that, and it comes in." in result.output
    lines = [line.split() for line in result.output.splitlines()]
    assert ["export/contacts.csv", "3", "C-2", "account_id", "A-9"] in lines
    with (tmp_path / "told.csv").open() as report:
        rows = list(csv.reader(report))
    assert rows[1:] == [
        ["export/contacts.csv", "3", "C-2", "account_id", "A-9", "Waits for account 'A-9', which isn't there.",
         "Import that account: the row comes in with it.", "waiting"],
    ]  # fmt: skip
    assert import_reports.waiting(Run.objects.get().pk, 0, 50)[0]["id"] == "C-2"

    (home / "accounts.csv").write_text(ACCOUNTS + "A-9,Late,1,1\n")
    again = run(home)
    assert "Waiting:" not in again.output
    assert Contact.objects.get(name="Bob").account.name == "Late"


def test_columns_that_nothing_reads_are_named(tmp_path: Path) -> None:
    home = folder(tmp_path, accounts="account_id,account_name,mood,shoe\nA-1,Acme,good,44\n")

    told, kept = run(home, "--dry-run"), run(home, "--keep-unknown")

    assert "export/accounts.csv: 2 columns not read and not kept: mood, shoe." in told.output
    assert "not read" not in kept.output


def test_a_day_that_has_not_come_is_refused(tmp_path: Path) -> None:
    result = run(folder(tmp_path, accounts=ACCOUNTS), "--as-of", "2099-01-01")

    assert result.exit_code == 2
    assert "Facts hold from a day that has come: 2099-01-01 lies ahead." in result.output
    assert (Run.objects.count(), Account.objects.count()) == (0, 0)


def test_a_contact_whose_address_is_none_is_refused(tmp_path: Path) -> None:
    people = "contact_id,account_id,name,email\nC-1,A-1,Ann,notamail\nC-2,A-1,Bob,\n"

    result = run(folder(tmp_path, accounts=ACCOUNTS, contacts=people))

    assert result.exit_code == 1
    assert "email: row 2: 'notamail' is not an e-mail address. Give an address such as ann@example.com." in result.output
    assert [row.name for row in Contact.objects.all()] == ["Bob"]


def test_an_answer_that_is_neither_yes_nor_no_refuses_its_row_and_clears_nothing(tmp_path: Path) -> None:
    rows = "O-1,A-1,First,{},completed\nO-2,A-2,Second,no,completed\n"
    head = "onboarding_id,account_id,onboarding_name,greenfield,status\n"
    run(folder(tmp_path, accounts=ACCOUNTS, onboardings=head + rows.format("yes")))

    result = run(folder(tmp_path, onboardings=head + rows.format("perhaps").replace("Second", "Other")))

    assert result.exit_code == 1
    assert "row 2: 'perhaps' is neither yes nor no." in result.output
    assert list(Onboarding.objects.order_by("name").values_list("name", "greenfield")) == [("First", True), ("Other", False)]
