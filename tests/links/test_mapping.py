"""Mappings: the shipped examples, mistakes with their place, and what the presets see in a file."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tenure.actions.imports_specs import SPECS
from tenure.actions.refusals import Refused
from tenure.links import shape
from tenure.links.files import applying, csvs, wholes
from tenure.links.files.applying import Applier
from tenure.links.files.mapping import FileMapping, field_names, load, parse
from tenure.links.files.tables import Table
from tenure.runs import import_plan
from tenure.runs.import_plan import PRESETS, Choice

EXAMPLES = sorted((Path(__file__).parents[2] / "docs" / "mappings").glob("*.yaml"))


def table(tmp_path: Path, text: str, name: str = "file.csv") -> Table:
    path = tmp_path / name
    path.write_text(text)
    return csvs.table(name, lambda: path.open("rb"), path.stat().st_size)


def mapping(noun: str, columns: dict[str, Any], **more: Any) -> FileMapping:
    return parse({"source": "x", "files": [{"match": "*", "noun": noun, "columns": columns, **more}]}, "m").files[0]


def typed(tmp_path: Path, text: str, noun: str, columns: dict[str, Any], **more: Any) -> applying.Typed:
    source = table(tmp_path, text)
    return Applier(source, mapping(noun, columns, **more), "USD").apply(source.first(100))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_the_shipped_examples_are_right(path: Path) -> None:
    assert load(path).files


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ([], "m.yaml: a mapping has 'source' and 'files'."),
        ({"source": "x", "files": [{"match": "*", "noun": "ship", "columns": {}}]}, "m.yaml: files[0].noun: 'ship' can't be imported"),
        ({"source": "x", "files": [{"match": "*", "noun": "account", "columns": {"colour": "c"}}]}, "m.yaml: files[0]: Accounts have no field colour"),
        ({"source": "x", "files": [{"match": "*", "noun": "account", "columns": {"name": {"colum": "c"}}}]}, "files[0].columns.name.colum"),
        ({"source": "x", "files": [{"match": "*", "noun": "account", "columns": {"name": {"format": "x"}}}]}, "give 'column', 'parts' or 'default'"),
        ({"source": "x", "files": [{"match": "*", "noun": "account", "columns": {"name": {"column": "a", "only": "("}}}]}, "is not a regular expression"),
        ({"files": []}, "m.yaml: source: Field required."),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_place(data: Any, sentence: str) -> None:
    with pytest.raises(Refused) as refusal:
        parse(data, "m.yaml")

    assert sentence in refusal.value.sentence


def test_what_is_no_yaml_is_told_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "m.yaml").write_text("source: x\nfiles: [\n  - a: {\n")

    with pytest.raises(Refused, match=r"m\.yaml, line \d+: this is not YAML"):
        load(tmp_path / "m.yaml")


def test_a_column_that_is_not_in_the_file_refuses_the_file(tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"file\.csv has no column Nope\. Correct the mapping\."):
        typed(tmp_path, "id,name\n1,a\n", "account", {"external_id": "id", "name": "Nope"})


def test_columns_are_taken_as_the_mapping_says(tmp_path: Path) -> None:
    text = "id,name,first,last,what,mrr,type,when\n1,,Ann,Fox,001X,10.5,Client,31/01/2024\n2,Bob,x,y,006Y,1,Odd,01/02/2024\n"
    columns = {
        "external_id": "id", "name": {"column": "name", "parts": ["first", "last"]}, "parent_ref": {"column": "what", "only": "^001"},
        "stated_arr": {"column": "mrr", "times": 12}, "kind": {"column": "type", "map": {"client": "customer", "*": None}},
        "customer_since": {"column": "when", "format": "%d/%m/%Y"}, "industry": {"default": "Steel"},
    }  # fmt: skip

    found = typed(tmp_path, text, "account", columns)

    assert found.problems == []
    rows = found.frame.drop("row", "currency").to_dicts()
    assert rows[0] | {"customer_since": str(rows[0]["customer_since"])} == {
        "external_id": "1", "name": "Ann Fox", "parent_ref": "001X", "stated_arr_minor": 12_600, "kind": "customer",
        "customer_since": "2024-01-31", "industry": "Steel",
    }  # fmt: skip
    assert (rows[1]["name"], rows[1]["parent_ref"], rows[1]["kind"]) == ("Bob", None, None)


def test_a_mapping_by_hand_finds_columns_whatever_their_capitals_and_may_allow_their_absence() -> None:
    hand = mapping("account", {"external_id": "Id", "name": ["Nick", "AccountName"], "stated_arr": {"column": "ARR__c", "optional": True},
                               "kind": {"column": "Type", "default": "customer"}, "industry": "Sector"})  # fmt: skip

    found = shape.resolve(hand, ["id", "account_name"])

    assert {name: take.column for name, take in found.columns.items()} == {
        "external_id": ("id",), "name": ("account_name",), "kind": (), "industry": ("Sector",),
    }  # fmt: skip


def test_a_word_that_the_mapping_does_not_name_refuses_the_row(tmp_path: Path) -> None:
    found = typed(
        tmp_path,
        "id,st\n1,Live\n2,Odd\n",
        "subscription",
        {"external_id": "id", "status": {"column": "st", "map": {"live": "active"}}},
    )

    assert found.frame["status"].to_list() == ["active"]
    assert [(problem.row, problem.external_id, problem.field, problem.value) for problem in found.problems] == [
        (3, "2", "st", "Odd")
    ]
    assert found.problems[0].sentence == "'Odd' is not in the mapping (live). Add it to the mapping, or add '*' for all others."


def test_unknown_columns_become_custom_facts_without_those_of_the_loader(tmp_path: Path) -> None:
    found = typed(
        tmp_path,
        "id,name,b,a,_fivetran_synced\n1,x,2,,2020\n2,y,,,2020\n",
        "account",
        {"external_id": "id", "name": "name"},
        keep_unknown=True,
    )

    assert found.frame["custom"].to_list() == ['{"b": "2"}', None]


def test_only_the_rows_that_where_names(tmp_path: Path) -> None:
    found = typed(
        tmp_path, "id,role\n1,agent\n2,end-user\n3,ADMIN\n", "contact", {"external_id": "id"}, where={"role": ["agent", "admin"]}
    )

    assert (found.frame["external_id"].to_list(), found.read) == (["1", "3"], 2)


def test_stages_are_known_whatever_their_number(tmp_path: Path) -> None:
    source = table(tmp_path, "id,st\n1,4-Proposal\n2,Closed Won\n3,Odd one\n")
    stages = {"proposal": "proposal", "closedwon": "closed_won"}

    found = Applier(source, mapping("opportunity", {"external_id": "id", "stage_label": "st"}), "USD", stages).apply(
        source.first(9)
    )

    assert found.frame["stage"].to_list() == ["proposal", "closed_won", ""]
    assert found.frame["stage_label"].to_list() == ["4-Proposal", "Closed Won", "Odd one"]


def test_of_a_history_the_active_version_counts_and_none_active_is_deleted(tmp_path: Path) -> None:
    text = (
        "id,name,_fivetran_active,_fivetran_start,_fivetran_end\n"
        "1,old,false,2020-01-01 00:00:00,2021-01-01 00:00:00\n1,new,true,2021-01-01 00:00:00,9999-12-31 23:59:59\n"
        "2,gone,false,2020-01-01 00:00:00,2020-06-01 00:00:00\n"
    )
    found = typed(tmp_path, text, "account", {"external_id": "id", "name": "name"})

    current, past = wholes.current_and_past(found.frame)

    assert current.select("external_id", "name", "deleted").rows() == [("1", "new", False), ("2", "gone", True)]
    assert past.select("external_id", "name", pl.col("until_at").dt.year()).rows() == [("1", "old", 2021)]


def test_charges_are_added_up_by_subscription(tmp_path: Path) -> None:
    text = "id,sub,qty,mrr,cur,prod\n1,S1,10,100,USD,plan\n2,S1,5,50,USD,plan\n3,S1,15,0,USD,support\n4,S2,1,1,USD,p\n5,S2,1,1,EUR,p\n6,S3,,,USD,p\n"
    columns = {
        "external_id": "id", "subscription_ref": "sub", "seats": "qty", "arr": {"column": "mrr", "times": 12}, "currency": "cur", "group": "prod",
    }  # fmt: skip

    folded, problems = wholes.fold_charges([typed(tmp_path, text, "charge", columns).frame])

    assert folded.select("external_id", "seats", "arr_minor", "currency").rows() == [
        ("S1", 15, 180_000, "USD"),
        ("S3", None, None, "USD"),
    ]
    assert [(problem.external_id, problem.field) for problem in problems] == [("S2", "currency")]


# --- presets


@pytest.mark.parametrize(
    ("preset", "name", "header", "seen"),
    [
        ("salesforce", "Account.csv", "Id,Name,OwnerId,NumberOfEmployees", ["Account"]),
        ("salesforce", "sf_account_data.csv", "id,name,owner_id,number_of_employees", ["Account"]),
        ("salesforce", "extract-2024-01-31.csv", "Id,AccountId,Name,StageName,CloseDate,Amount", ["Opportunity"]),
        ("salesforce", "OpportunityHistory.csv", "Id,OpportunityId,StageName,Amount,CreatedDate", ["OpportunityHistory"]),
        ("salesforce", "Lead.csv", "Id,Name,Email,ConvertedDate", []),
        ("salesforce", "Task.csv", "Id,WhoId,AccountId,Subject,TaskSubtype,ActivityDate", ["Task"]),
        ("zuora", "rate_plan_charge.csv", "id,subscription_id,mrr,quantity,charge_type,is_last_segment", ["RatePlanCharge"]),
        ("zuora", "amendment.csv", "id,subscription_id,status,name,auto_renew,term_start_date,term_type", []),
        ("zendesk", "user_data.csv", "id,name,email,role,organization_id,ticket_restriction", ["User (agents)", "User (end users)"]),
        ("zendesk", "ticket_comment_data.csv", "id,ticket_id,author_id,body", []),
        ("files", "customers (2).csv", "Customer ID,Customer Name,ARR,Segment", ["Accounts"]),
        ("files", "book.xlsx [Subscriptions]", "Subscription ID,Account ID,Start Date,End Date,ARR", ["Subscriptions"]),
        ("files", "notes.csv", "a,b,c", []),
    ],
)  # fmt: skip
def test_objects_are_known_by_the_names_of_files_and_columns(
    tmp_path: Path, preset: str, name: str, header: str, seen: list[str]
) -> None:
    source = Table(name, header.split(","), lambda _: iter(()))

    assert [part.title for part in import_plan.recognise(source, preset, Choice())] == seen


def test_files_of_several_systems_are_refused_together(tmp_path: Path) -> None:
    for name in ("sf_account_data.csv", "zuora_account_data.csv"):
        (tmp_path / name).write_text("id,name\n1,a\n")

    with pytest.raises(Refused, match=r"several systems \(salesforce, zuora\)"):
        import_plan.plan([tmp_path], Choice())


def test_every_field_of_every_preset_is_one_of_its_noun() -> None:
    for module in PRESETS.values():
        for item in module.OBJECTS:
            assert set(item.columns) <= set(field_names(item.noun)), item.name
            assert item.noun in SPECS


def test_column_names_match_whatever_their_capitals_and_marks() -> None:
    assert {
        shape.plain(name) for name in ("Potential_EE_Users__c", "potential_ee_users_c", "PotentialEEUsers", "potential ee users")
    } == {"potentialeeusers"}
