"""Files of one import that speak of the same rows: the later counts, conflicts are told, and the same files again change nothing."""

from pathlib import Path

import pytest
from django.utils import timezone

from tenure.actions import runs
from tenure.models import Account, AccountVersion, Contact, Event, Subscription
from tenure.runs import import_plan, import_reports, importing
from tenure.runs.import_plan import Choice
from tenure.runs.import_reports import Reporter

pytestmark = pytest.mark.django_db
Counts = dict[str, int]


def bring(folder: Path, choice: Choice | None = None, *, dry: bool = False) -> tuple[Counts, Reporter]:
    """Import a folder; the counts that aren't zero and what was told."""
    choice = choice or Choice()
    batch = import_plan.plan([folder], choice)
    run = importing.start(batch, choice, actor=None, at=timezone.now(), dry=dry)
    runs.start(run, at=timezone.now())
    reporter = import_reports.Reporter()
    outcome = importing.perform(run, batch, report=reporter.tell, progress=lambda *_: None)
    runs.finish(run, at=timezone.now(), counts=outcome.totals())
    assert [file.error for file in outcome.files if file.error] == []
    return {name: count for name, count in outcome.totals().items() if count}, reporter


def files(folder: Path, **texts: str) -> Path:
    home = folder / "export"
    home.mkdir()
    for name, text in texts.items():
        (home / f"{name}.csv").write_text(text)
    return home


def test_two_files_that_differ_settle_at_once_and_a_second_run_changes_nothing(tmp_path: Path) -> None:
    home = files(
        tmp_path,
        accounts_1="account_id,account_name,industry,employees\nA-1,Acme,Steel,50\nA-2,Beta,Wood,7\n",
        accounts_2="account_id,account_name,industry,region\nA-1,Acme,Glass,EMEA\nA-3,Gamma,Oil,AMER\n",
    )

    first, reporter = bring(home)
    before = Event.objects.exclude(noun="run").count()
    second, again = bring(home)

    assert first == {"read": 4, "created": 3, "merged": 1, "conflicts": 1}
    assert second == {"read": 4, "unchanged": 3, "merged": 1, "conflicts": 1}
    assert Event.objects.exclude(noun="run").count() == before
    acme = Account.objects.get(name="Acme")
    assert (acme.industry, acme.employees, acme.region) == ("Glass", 50, "EMEA")
    assert AccountVersion.objects.filter(account=acme).count() == 1
    assert [(kind.file, kind.column, kind.rows, kind.example) for kind in reporter.of("conflict")] == [
        (
            "export/accounts_2.csv", "industry", [2],
            "export/accounts_1.csv, row 2, says 'Steel', this later file says 'Glass': the later was taken.",
        )
    ]  # fmt: skip
    assert again.of("conflict") == reporter.of("conflict")


def test_a_change_made_here_stays_while_both_files_say_the_same(tmp_path: Path) -> None:
    home = files(
        tmp_path,
        accounts_1="account_id,account_name,industry\nA-1,Acme,Steel\n",
        accounts_2="account_id,account_name,industry\nA-1,Acme,Glass\n",
    )
    bring(home)
    Account.objects.update(industry="Stone")

    assert bring(home)[0] == {"read": 2, "unchanged": 1, "merged": 1, "conflicts": 1}
    assert Account.objects.get().industry == "Stone"

    (home / "accounts_1.csv").write_text("account_id,account_name,industry\nA-1,Acme,Sand\n")
    assert bring(home)[0] == {"read": 2, "unchanged": 1, "merged": 1, "conflicts": 1}
    (home / "accounts_2.csv").write_text("account_id,account_name,industry\nA-1,Acme,Clay\n")
    assert bring(home)[0] == {"read": 2, "updated": 1, "merged": 1, "conflicts": 1}
    assert Account.objects.get().industry == "Clay"


def test_a_dry_run_counts_as_the_import_does_and_writes_nothing(tmp_path: Path) -> None:
    home = files(
        tmp_path,
        accounts_1="account_id,account_name,industry\nA-1,Acme,Steel\n",
        accounts_2="account_id,account_name,industry\nA-1,Acme,Glass\n",
        contacts_1="contact_id,account_id,name,email\nC-1,A-1,Ann,a@x.example\n",
        contacts_2="contact_id,account_id,name,email\nC-1,A-1,Anna,a@x.example\nC-2,A-9,Bob,b@x.example\n",
    )

    dry, _ = bring(home, dry=True)
    assert (Account.objects.count(), Contact.objects.count()) == (0, 0)
    wet, _ = bring(home)

    assert dry == wet == {"read": 5, "created": 2, "waiting": 1, "merged": 2, "conflicts": 2}
    assert Contact.objects.get().name == "Anna"
    assert bring(home)[0] == {"read": 5, "unchanged": 2, "waiting": 1, "merged": 2, "conflicts": 2}


def test_a_row_twice_in_one_file_is_refused_there_and_the_other_file_still_counts(tmp_path: Path) -> None:
    home = files(
        tmp_path,
        accounts_1="account_id,account_name,industry\nA-1,Acme,Steel\nA-1,Acme,Sand\nA-1,Acme,Steel\n",
        accounts_2="account_id,account_name,region\nA-1,Acme,EMEA\n",
    )

    counts, reporter = bring(home)

    assert counts == {"read": 4, "created": 1, "merged": 1, "duplicates": 1, "refused": 1}
    assert [(kind.file, kind.rows) for kind in reporter.of("refused")] == [("export/accounts_1.csv", [3])]
    assert list(Account.objects.values_list("industry", "region")) == [("Steel", "EMEA")]
    assert "updated" not in bring(home)[0]


def test_custom_facts_of_two_files_stand_side_by_side(tmp_path: Path) -> None:
    home = files(
        tmp_path,
        accounts_1="account_id,account_name,colour,mood\nA-1,Acme,gold,p\n",
        accounts_2="account_id,account_name,colour,stars\nA-1,Acme,iron,4\n",
    )
    choice = Choice(keep_unknown=True)

    counts, _ = bring(home, choice)

    assert counts == {"read": 2, "created": 1, "merged": 1, "conflicts": 1}
    assert Account.objects.get().custom == {"colour": "iron", "mood": "p", "stars": "4"}
    assert bring(home, choice)[0] == {"read": 2, "unchanged": 1, "merged": 1, "conflicts": 1}


def test_of_a_row_with_histories_in_two_files_the_later_file_holds_and_a_second_run_changes_nothing(tmp_path: Path) -> None:
    columns = "id,name,owner_id,number_of_employees,_fivetran_active,_fivetran_start,_fivetran_end\n"
    home = files(
        tmp_path,
        sf_account_history_1=columns
        + "A1,Acme,,5,false,2020-01-01 00:00:00,2021-01-01 00:00:00\nA1,Acme,,6,true,2021-01-01 00:00:00,9999-12-31 23:59:59\n",
        sf_account_history_2=columns + "A1,Acme,,9,true,2022-01-01 00:00:00,9999-12-31 23:59:59\n",
    )

    first, _ = bring(home)
    second, _ = bring(home)

    assert first == {"read": 3, "created": 1, "superseded": 1, "merged": 1, "conflicts": 1}
    assert second == {"read": 3, "unchanged": 1, "superseded": 1, "merged": 1, "conflicts": 1}
    assert Account.objects.get().employees == 9
    assert AccountVersion.objects.count() == 2


def test_charges_of_several_files_add_up_and_one_that_comes_twice_counts_once(tmp_path: Path) -> None:
    charges = "id,subscription_id,mrr,quantity,transaction_currency,charge_type,is_last_segment\n"
    home = files(
        tmp_path,
        zuora_account="id,name,currency,account_number,bill_cycle_day\nA1,Acme,USD,1,1\n",
        zuora_subscription="id,account_id,name,status,term_start_date,term_end_date,term_type\nS1,A1,N1,Active,2024-01-01,2024-12-31,TERMED\n",
        zuora_rate_plan_charge_1=charges + "C1,S1,100,10,USD,Recurring,TRUE\nC2,S1,50,5,USD,Recurring,TRUE\n",
        zuora_rate_plan_charge_2=charges + "C2,S1,60,5,USD,Recurring,TRUE\nC3,S1,1,1,USD,Recurring,TRUE\n",
    )

    first, _ = bring(home)
    second, _ = bring(home)

    assert Subscription.objects.get().arr_minor == 161 * 12 * 100
    assert first == {"read": 6, "created": 2, "updated": 1, "superseded": 3}
    assert second == {"read": 6, "unchanged": 3, "superseded": 3}


def test_every_bad_cell_of_a_file_is_told_by_its_own_column_and_value(tmp_path: Path) -> None:
    home = files(
        tmp_path,
        accounts="account_id,account_name,arr,employees,currency,country,billing_country\nA-1,,many,5.5,Dollar,,FR\nA-2,Beta,-5,7,usd,,FR\n",
    )

    counts, reporter = bring(home)

    assert counts == {"read": 2, "refused": 2}
    assert reporter.cells == {"refused": 5, "conflict": 0, "waiting": 0}
    assert {(kind.column, kind.example, kind.remedy) for kind in reporter.of("refused")} == {
        ("account_name", "The row has no name.", "Fill the cell, or map another column."),
        ("arr", "'many' is not a number.", "Give digits such as 1200, or leave the cell empty."),
        ("employees", "'5.5' is not a whole number.", "Give a whole number such as 12, or leave the cell empty."),
        ("currency", "'Dollar' is not a currency code.", "Give three letters such as USD."),
        ("arr", "'-5' is below zero.", "Give 0 or more, or leave the cell empty."),
    }
    assert Account.objects.count() == 0
