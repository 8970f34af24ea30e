"""What a table that no preset knows looks like, and the mapping that is printed for it."""

from pathlib import Path

import pytest

from tenure.links.files import csvs
from tenure.links.files.mapping import load
from tenure.links.files.tables import Table
from tenure.runs import import_suggest
from tenure.runs.import_suggest import Suggestion

TELCO = (
    "customerID,gender,Partner,tenure,Contract,MonthlyCharges,TotalCharges,Churn\n"
    "7590-VHVEG,Female,Yes,0,Month-to-month,29.85,,No\n5575-GNVDE,Male,No,34,One year,56.95,1889.5,Yes\n"
)


def table(tmp_path: Path, text: str, name: str = "churn.csv") -> Table:
    path = tmp_path / name
    path.write_text(text)
    return csvs.table(name, lambda: path.open("rb"), path.stat().st_size)


def looks(tmp_path: Path, text: str) -> Suggestion:
    found = import_suggest.of(table(tmp_path, text))
    assert found is not None
    return found


def test_a_file_of_customers_without_names_looks_like_accounts(tmp_path: Path) -> None:
    found = looks(tmp_path, TELCO)

    assert (found.plausible, found.what, found.mapping.currency) == (True, "accounts", "USD")
    told = {name: take.model_dump(exclude_defaults=True) for name, take in found.mapping.columns.items()}
    assert told == {
        "external_id": {"column": ("customerID",)}, "name": {"column": ("customerID",)},
        "stated_arr": {"column": ("MonthlyCharges",), "times": 12}, "kind": {"column": ("Churn",), "map": {"No": "customer", "Yes": "former"}},
    }  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "usage_id,account_id,count\nU1,A1,3\nU2,A1,4\n",  # an id that is nobody's
        "customerID,MonthlyCharges\nA1,3\nA1,4\n",  # an id that comes twice
        "customerID,MonthlyCharges\nA1,3\n,4\n",  # an id that is blank
        "customerID,stage,MonthlyCharges\nA1,x,3\n",  # a column that accounts never have
        "ticket_id,body\nT1,x\n",  # nothing but the id
        "a,b\n1,2\n",
    ],
)
def test_what_the_columns_do_not_say_is_not_guessed(tmp_path: Path, text: str) -> None:
    assert not looks(tmp_path, text).plausible


def test_a_table_without_rows_looks_like_nothing(tmp_path: Path) -> None:
    assert import_suggest.of(table(tmp_path, "customerID,MonthlyCharges\n")) is None


def test_a_column_whose_cells_cannot_be_read_is_left_out(tmp_path: Path) -> None:
    found = looks(tmp_path, "customer_id,customer_name,arr,employees\nA1,x,much,3\nA2,y,more,4\nA3,z,5,5\n")

    assert "stated_arr" not in found.mapping.columns
    assert found.mapping.columns["employees"].column == ("employees",)


def test_the_text_is_a_mapping_again_whatever_the_columns_are_called(tmp_path: Path) -> None:
    odd = 'customer_id,"na#me: x",Customer Name,"yes","arr, ""net"""\nA1,a,"# b\nc",1,5\nA2,c,d,2,6\n'
    source = table(tmp_path, odd, "odd [1].csv")
    found = import_suggest.of(source)
    assert found is not None

    (tmp_path / "m.yaml").write_text(import_suggest.text("no", [(source, [found])]))

    again = load(tmp_path / "m.yaml")
    assert again.source == "no"
    assert again.files[0].columns == found.mapping.columns
    assert again.files[0].takes("odd [1].csv")


def test_what_is_not_plausible_stands_there_as_a_comment_to_be_completed(tmp_path: Path) -> None:
    source = table(tmp_path, "a,b\n1,2\n", "stuff.csv")
    found = import_suggest.of(source)
    assert found is not None

    lines = import_suggest.text("files", [(source, [found])]).splitlines()

    assert lines[2] == "files:"
    assert all(line.startswith("  #") for line in lines[3:])
    assert "  # - match: stuff.csv" in lines
    completed = "\n".join([*lines[:3], *(line.replace("  # ", "  ", 1) for line in lines[4:])])
    (tmp_path / "m.yaml").write_text(completed)
    assert load(tmp_path / "m.yaml").files[0].columns["external_id"].column == ("a",)
