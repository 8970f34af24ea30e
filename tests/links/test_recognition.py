"""What a table is taken for: by its columns first, the name being one hint."""

import pytest

from tenure.links.files.tables import Chunk, Table
from tenure.runs import import_plan, import_suggest
from tenure.runs.import_plan import Choice

ACCOUNT = "Id,Name,AnnualRevenue,NumberOfEmployees,Type,BillingCountry,IsDeleted,CreatedDate,ParentId"


def table(name: str, header: str) -> Table:
    names = header.split(",")
    return Table(name, names, lambda _: iter([Chunk([["x"] * len(names)], [2])]))


@pytest.mark.parametrize(
    "name", ["acc.csv", "account_tab.csv", "Export Account 2026.csv", "xyz.csv", "contacts.csv", "Account.csv"]
)
@pytest.mark.parametrize("preset", ["salesforce", ""])
def test_accounts_of_salesforce_are_known_by_their_columns_whatever_the_file_is_called(name: str, preset: str) -> None:
    source = table(name, ACCOUNT)

    preset = preset or import_plan.guess([source], [])
    [part] = import_plan.recognise(source, preset, Choice())

    assert (preset, part.title) == ("salesforce", "Account")
    assert {field: take.column for field, take in part.mapping.columns.items()} == {
        "external_id": ("Id",), "name": ("Name",), "parent_ref": ("ParentId",), "kind": ("Type",), "country": ("BillingCountry",),
        "employees": ("NumberOfEmployees",), "deleted": ("IsDeleted",),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("header", "seen"),
    [
        ("Id,AccountId,FirstName,LastName,Email,MailingCity,LeadSource", ["Contact"]),
        ("Id,Name,AccountId,Amount,Probability,LeadSource,ForecastCategory", ["Opportunity"]),
        ("Id,Name,Email,Username,ProfileId,IsActive", ["User"]),
        ("Id,Name,Company,Industry,AnnualRevenue,NumberOfEmployees,Website,LeadSource", []),  # leads
        ("Id,AccountId,Status,EffectiveDate,TotalAmount,BillingCity,Type,CreatedDate", []),  # orders
        ("Id,Name,ParentRoleId,RollupDescription", []),  # roles of users
        ("Name,AnnualRevenue,NumberOfEmployees,BillingCountry,ParentId", []),  # no id
    ],
)  # fmt: skip
def test_columns_speak_for_one_object_and_against_others(header: str, seen: list[str]) -> None:
    assert [part.title for part in import_plan.recognise(table("tab.csv", header), "salesforce", Choice())] == seen


def test_columns_that_fit_two_objects_alike_are_not_guessed_but_told(tmp_path: object) -> None:
    source = table("people of x.csv", "Id,Name,FirstName,LastName,Email,Phone,Title")
    batch = import_plan.Batch("salesforce", "salesforce", tables=[source])

    assert import_plan.guess([source], []) == "salesforce"
    assert import_plan.recognise(source, "salesforce", Choice()) == []
    assert import_plan._why(source, batch) == (
        "Its columns fit User and Contact alike. Name the file after what it holds, or map its columns to bring it in."
    )
    [(_, suggestions)] = import_plan.suggested(batch, Choice(), "USD")
    assert [(one.mapping.noun, one.plausible, one.among) for one in suggestions] == [
        ("user", False, "User or Contact"), ("contact", False, "User or Contact"),
    ]  # fmt: skip
    text = import_suggest.text("salesforce", [(source, suggestions)])
    assert "# people of x.csv may be User or Contact: its columns fit them alike. If its rows are contacts:" in text


def test_a_name_settles_what_the_columns_leave_open() -> None:
    header = "Id,Name,FirstName,LastName,Email,Phone,Title"

    assert [p.title for p in import_plan.recognise(table("Contact.csv", header), "salesforce", Choice())] == ["Contact"]
    assert [p.title for p in import_plan.recognise(table("users.csv", header), "salesforce", Choice())] == ["User"]
