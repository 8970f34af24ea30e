"""The import wizard from the first file to the result."""

import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tenure.actions import runs
from tenure.models import Account, Contact, ExternalId, ImportMapping, Run, Upload
from tenure.runs import import_reports, importing
from tests.conftest import ClientFor
from tests.world import World

ACCOUNTS = (
    'Account ID,Account Name,ARR,Employees,Customer since\nA-1,Acme,"1,200.50",50,2024-02-01\nA-2,Globex,abc,70,2024-02-01\n'
)
CONTACTS = "contact_id;account_id;first_name;last_name;email\nC-1;A-1;Ann;Fox;ann@acme.example\nC-2;A-9;Bob;Hill;bob@x.example\n"


def sent(client: Client, **files: str) -> Any:
    """Upload files and return the answer."""
    given = [SimpleUploadedFile(f"{name}.csv", text.encode()) for name, text in files.items()]
    return client.post("/imports/new/", {"files": given})


def batch_of(answer: Any) -> str:
    return answer.url.split("/")[2]


def work(kind: str) -> Run:
    """What a worker does with the newest run of this kind."""
    from django.utils import timezone

    run = Run.objects.filter(kind=kind).latest("pk")
    importing.execute(run, now=timezone.now)
    return Run.objects.get(pk=run.pk)


@pytest.fixture
def ops(world: World, client_for: ClientFor) -> Client:
    return client_for(world.ops)


def test_nobody_without_the_right_finds_the_pages(world: World, client_for: ClientFor) -> None:
    assert client_for(world.olga).get("/imports/").status_code == 404
    assert client_for(world.olga).post("/imports/new/", {}).status_code == 404
    assert client_for(world.tam).get("/imports/").status_code == 403
    assert Upload.objects.count() == 0


def test_the_empty_list_says_what_comes_next(ops: Client) -> None:
    page = ops.get("/imports/").content.decode()

    assert "Nothing imported yet" in page
    assert 'href="/imports/new/"' in page


def test_files_are_recognised_with_their_delimiter(ops: Client) -> None:
    answer = sent(ops, accounts=ACCOUNTS, contacts=CONTACTS)
    page = ops.get(answer.url).content.decode()

    assert "Accounts" in page
    assert "Contacts" in page
    assert "CSV, utf-8, semicolon" in page
    assert Account.objects.filter(name="Acme").count() == 0


def test_the_check_counts_and_writes_nothing(ops: Client) -> None:
    batch = batch_of(sent(ops, accounts=ACCOUNTS, contacts=CONTACTS))
    before = Account.objects.count()

    ops.post(f"/imports/{batch}/check/")
    run = work("import_check")
    page = ops.get(f"/imports/{batch}/check/").content.decode()

    assert run.status == "done"
    assert (run.counts["created"], run.counts["waiting"], run.counts["refused"]) == (2, 1, 1)
    assert "2 rows would be written" in page
    assert "&#x27;abc&#x27; is not a number." in page
    assert Account.objects.count() == before
    assert ExternalId.objects.count() == 0


def test_the_import_writes_and_tells_what_was_refused(ops: Client, world: World) -> None:
    batch = batch_of(sent(ops, accounts=ACCOUNTS, contacts=CONTACTS))

    answer = ops.post(f"/imports/{batch}/start/")
    run = work("import")
    page = ops.get(answer.url).content.decode()
    refused = ops.get(f"/imports/runs/{run.pk}/refused.csv")
    lines = b"".join(refused.streaming_content).decode().splitlines()

    assert run.status == "done"
    assert Account.objects.get(name="Acme").stated_arr_minor == 120_050
    assert Contact.objects.get(name="Ann Fox").account.name == "Acme"
    assert "2 rows written" in page
    assert lines[0] == "\ufefffile,row,id,column,value,problem,remedy,outcome"
    assert lines[1:] == [
        "accounts.csv,3,A-2,ARR,abc,'abc' is not a number.,\"Give digits such as 1200, or leave the cell empty.\",refused",
        "contacts.csv,3,C-2,account_id,A-9,\"Waits for account 'A-9', which isn't there.\",Import that account: the row comes in with it.,waiting",
    ]
    assert world.ops.notices.filter(kind="import_done").count() == 1
    assert Run.objects.get(pk=run.pk).params["lists"] == "current"


def test_a_second_import_of_the_same_file_changes_nothing_and_says_so(ops: Client) -> None:
    ops.post(f"/imports/{batch_of(sent(ops, accounts=ACCOUNTS))}/start/")
    work("import")

    answer = ops.post(f"/imports/{batch_of(sent(ops, accounts=ACCOUNTS))}/start/")
    run = work("import")

    assert (run.counts["created"], run.counts["updated"], run.counts["unchanged"]) == (0, 0, 1)
    assert "Nothing changed" in ops.get(answer.url).content.decode()


def test_a_column_is_mapped_by_hand_and_the_mapping_saved(ops: Client) -> None:
    batch = batch_of(sent(ops, stuff="Key,Firm,Heads\nK1,Initech,12\n"))
    assert "Not recognised" in ops.get(f"/imports/{batch}/files/").content.decode()
    given = {
        "noun": "account",
        "column:external_id": "Key",
        "column:name": "Firm",
        "column:employees": "Heads",
        "save_as": "Firms",
    }

    answer = ops.post(f"/imports/{batch}/files/0/?noun=account", given)
    ops.post(f"/imports/{batch}/start/")
    work("import")

    assert answer.url == f"/imports/{batch}/files/"
    assert Account.objects.get(name="Initech").employees == 12
    assert ImportMapping.objects.get(name="Firms").columns["columns"]["employees"] == {"column": ["Heads"]}


def test_a_column_that_is_not_there_is_refused_on_the_page(ops: Client) -> None:
    batch = batch_of(sent(ops, stuff="Key,Firm\nK1,Initech\n"))

    answer = ops.post(
        f"/imports/{batch}/files/0/?noun=account", {"noun": "account", "column:external_id": "Nope", "column:name": "Firm"}
    )

    assert answer.status_code == 422
    assert "has no column &#x27;Nope&#x27;" in answer.content.decode()
    assert "tables" not in Upload.objects.get().settings


def test_what_is_no_table_is_refused_and_not_kept(ops: Client) -> None:
    answer = ops.post("/imports/new/", {"files": SimpleUploadedFile("logo.csv", b"\x89PNG\r\n\x1a\n" + bytes(200))})

    assert answer.status_code == 422
    assert "is not a table: it is a picture" in answer.content.decode()
    assert Upload.objects.count() == 0


def test_files_of_somebody_else_are_not_found(ops: Client, world: World, client_for: ClientFor) -> None:
    batch = batch_of(sent(ops, accounts=ACCOUNTS))

    other = client_for(world.ada)

    assert other.get(f"/imports/{batch}/files/").status_code == 404
    assert other.post(f"/imports/{batch}/start/").status_code == 404
    assert Run.objects.filter(kind="import").count() == 0


def test_discarded_files_are_gone(ops: Client) -> None:
    batch = batch_of(sent(ops, accounts=ACCOUNTS))

    ops.post(f"/imports/{batch}/discard/")

    assert Upload.objects.count() == 0
    assert ops.get(f"/imports/{batch}/files/").status_code == 404


def test_the_progress_part_stops_asking_when_the_run_is_done(ops: Client) -> None:
    batch = batch_of(sent(ops, accounts=ACCOUNTS))
    url = ops.post(f"/imports/{batch}/start/").url

    waiting = ops.get(url, HTTP_HX_REQUEST="true", HTTP_HX_TARGET="result")
    work("import")
    done = ops.get(url, HTTP_HX_REQUEST="true", HTTP_HX_TARGET="result")

    assert (waiting.status_code, done.status_code) == (200, 286)
    assert "Waiting for a worker" in waiting.content.decode()
    assert re.search(r"1\s+refused", done.content.decode())


def test_the_list_asks_the_same_number_of_questions_however_long_it_is(
    ops: Client, world: World, django_assert_max_num_queries: Any
) -> None:
    for number in range(30):
        Run.objects.create(kind="import", title=f"Import {number}", status="done", queued_at=world.at, started_by=world.ops)

    with django_assert_max_num_queries(16):
        assert ops.get("/imports/").status_code == 200


# --- what is too large, and what is refused in great number


@pytest.mark.parametrize(
    ("path", "size", "words"),
    [
        ("/imports/new/", 502 * 1024**2, "The files are over 500 MB"), ("/imports/new/", 2 * 1024**3, "The files are over 500 MB"),
        ("/login/", 7 * 1024**2, "The form is too large"), ("/accounts/", 400 * 1024**2, "The form is too large"),
    ],
)  # fmt: skip
def test_a_body_that_is_too_large_is_refused_by_its_announced_length(ops: Client, path: str, size: int, words: str) -> None:
    answer = ops.generic("POST", path, b"", content_type="multipart/form-data; boundary=x", CONTENT_LENGTH=str(size))

    assert answer.status_code == 413
    assert words in answer.content.decode()
    assert Upload.objects.count() == 0


def test_files_over_the_limit_together_are_refused_and_not_kept(ops: Client, settings: Any) -> None:
    settings.MAX_UPLOAD_BYTES = 1024 * 1024

    answer = sent(ops, accounts=ACCOUNTS + " " * 600_000, contacts=CONTACTS + " " * 600_000)

    assert answer.status_code == 422
    assert "The files are over 1 MB together. Send fewer at a time" in answer.content.decode()
    assert Upload.objects.count() == 0


def test_every_refused_cell_is_kept_however_many_the_page_shows(ops: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "KEPT_FAILURES", 60)
    rows = "".join(f"B-{number},Name,many,few,2024-02-01\n" for number in range(100))
    answer = ops.post(f"/imports/{batch_of(sent(ops, accounts=ACCOUNTS + rows))}/start/")
    run = work("import")

    page = ops.get(answer.url).content.decode()
    lines = b"".join(ops.get(f"/imports/runs/{run.pk}/refused.csv").streaming_content).decode("utf-8-sig").splitlines()

    assert (run.counts["refused"], len(lines), run.failures.count()) == (101, 202, 60)
    assert (
        lines[-1]
        == "accounts.csv,103,B-99,Employees,few,'few' is not a number.,\"Give digits such as 1200, or leave the cell empty.\",refused"
    )
    assert "The first 50 of 201 cells; the file has all." in page
    assert (
        "Row 3: &#x27;abc&#x27; is not a number. Give digits such as 1200, or leave the cell empty. Also rows 4, 5, 6, 7, 8 and 95 more."
        in page
    )

    import_reports.path_of(run.pk).unlink()
    lines = b"".join(ops.get(f"/imports/runs/{run.pk}/refused.csv").streaming_content).decode("utf-8-sig").splitlines()
    assert len(lines) == 61


def test_what_two_files_state_differently_is_listed_apart(ops: Client) -> None:
    more = "Account ID,Account Name,ARR\nA-1,Acme,7\n"

    answer = ops.post(f"/imports/{batch_of(sent(ops, accounts=ACCOUNTS, accounts_more=more))}/start/")
    run = work("import")
    page = ops.get(answer.url).content.decode()

    assert (run.counts["conflicts"], run.counts["merged"], run.counts["refused"]) == (1, 1, 1)
    assert "Conflicts between files" in page
    assert "accounts.csv, row 2, says &#x27;1200.50&#x27;, this later file says &#x27;7.00&#x27;: the later was taken." in page
    assert Account.objects.get(name="Acme").stated_arr_minor == 700


def test_what_an_unknown_file_looks_like_is_filled_in(ops: Client) -> None:
    batch = batch_of(sent(ops, churn="customerID,Contract,MonthlyCharges,Churn\n1-A,One year,29.85,No\n"))

    page = ops.get(f"/imports/{batch}/files/").content.decode()
    form = ops.get(f"/imports/{batch}/files/0/").content.decode()
    assert "looks like accounts" in page
    assert re.search(r'name="column:stated_arr" value="MonthlyCharges"', form)

    given = {"noun": "account", "column:external_id": "customerID", "column:name": "customerID", "column:stated_arr": "MonthlyCharges",
             "column:kind": "Churn"}  # fmt: skip
    ops.post(f"/imports/{batch}/files/0/", given)
    ops.post(f"/imports/{batch}/start/")
    work("import")

    account = Account.objects.get(name="1-A")
    assert (account.kind, account.stated_arr_minor) == ("customer", 35_820)


def test_rows_that_wait_are_listed_page_by_page_with_file_row_and_missing_id(ops: Client) -> None:
    many = CONTACTS + "".join(f"D-{number};B-{number};Eve;Day;\n" for number in range(60))
    batch = batch_of(sent(ops, accounts=ACCOUNTS, contacts=many))

    ops.post(f"/imports/{batch}/start/")
    run = work("import")
    first = ops.get(f"/imports/runs/{run.pk}/").content.decode()
    second = ops.get(f"/imports/runs/{run.pk}/?waiting=2").content.decode()

    assert run.counts["waiting"] == 61
    assert re.search(r"contacts\.csv</td>.*?</span>3</td>.*?C-2</td>.*?A-9</td>.*?Waits for account &#x27;A-9&#x27;", first)
    assert ("B-48<" in first, "B-49<" in first, "1–50 of 61" in first) == (True, False, True)
    assert ("B-49<" in second, "B-59<" in second, "51–61 of 61" in second) == (True, True, True)
    told = b"".join(ops.get(f"/imports/runs/{run.pk}/refused.csv")).decode("utf-8-sig")  # type: ignore[arg-type]
    assert told.count("waiting") == 61

    listed = ops.get("/imports/waiting/").content.decode()
    assert "1–50 of 61" in listed
    assert "B-59<" in listed
    assert "61 contacts of files" in ops.get("/imports/").content.decode()


def test_a_row_that_waits_is_one_row(ops: Client) -> None:
    batch = batch_of(sent(ops, accounts=ACCOUNTS, contacts=CONTACTS))

    ops.post(f"/imports/{batch}/start/")
    run = work("import")

    assert "1 contact of files" in ops.get("/imports/").content.decode()
    assert "2 rows written" in ops.get(f"/imports/runs/{run.pk}/").content.decode()


def test_a_table_that_is_not_recognised_begins_with_what_its_columns_say(ops: Client) -> None:
    text = "Id,Name,FirstName,LastName,Email,Phone,Shoe\n003,A,B,C,a@x.example,1,44\n"
    batch = batch_of(sent(ops, people_of_x=text))

    page, columns = (ops.get(f"/imports/{batch}/files/{more}").content.decode() for more in ("", "0/"))

    assert "looks like people or contacts" in page
    assert 'value="Email"' in columns
    assert "Keep the other 2 columns as custom facts" in columns  # People have no phone


def test_a_salesforce_export_of_any_name_is_recognised_in_the_wizard(ops: Client) -> None:
    header = "Id,Name,AnnualRevenue,NumberOfEmployees,Type,BillingCountry,IsDeleted,CreatedDate,ParentId"
    batch = batch_of(sent(ops, acc=f"{header}\n001,Acme,5,50,Customer,DE,false,2024-01-01,\n"))

    page = ops.get(f"/imports/{batch}/files/").content.decode()

    assert '<option value="salesforce" selected>' in page
    assert "Not recognised" not in page
    assert re.search(r'Accounts</td>\s*<td class="num sec">9</td><td class="num sec">7</td>', page)
    assert "Keep the other 2 columns" in ops.get(f"/imports/{batch}/files/0/").content.decode()
