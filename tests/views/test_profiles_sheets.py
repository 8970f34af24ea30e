"""Data sheets on the account's page: making one, ending its link, the questions as files, reading what came back."""

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl import Workbook, load_workbook

from tenure.models import Notice, ProfileProposal, ProfileSheet, ProfileValue
from tests.conftest import ClientFor
from tests.views.test_profiles_answers import make
from tests.world import World

HTMX = {"HX-Request": "true"}


def url(world: World, rest: str) -> str:
    return f"/accounts/{world.homeworld.pk}/{rest}"


def upload(client: Client, world: World, sheet: ProfileSheet, name: str, body: bytes, who: str = "Ann Lee") -> Any:
    given = {"file": SimpleUploadedFile(name, body), "from_name": who}
    return client.post(url(world, f"sheets/{sheet.pk}/answers/"), given, headers=HTMX)


def test_a_sheet_is_made_of_chosen_questions_and_its_link_is_shown_once(world: World, client_for: ClientFor) -> None:
    client = client_for(world.tam)
    form = client.get(url(world, "sheets/new/?profile=technical"), headers=HTMX).content.decode()
    assert "Which version runs in production?" in form
    given = {"title": "Kick-off", "fields": ["nodes", "version"], "days": "7", "contact": "", "address": ""}

    made = client.post(url(world, "sheets/new/"), given, headers=HTMX).content.decode()

    sheet = ProfileSheet.objects.get()
    assert (sheet.fields, sheet.expires_at, sheet.created_by) == (["nodes", "version"], world.at + timedelta(days=7), world.tam)
    token = made.partition("/answers/")[2].partition("/")[0]
    assert Client().get(f"/answers/{token}/").status_code == 200
    page = client.get(url(world, "technical/")).content.decode()
    assert "Kick-off" in page
    assert "Opened 16 Nov" in page
    assert token not in page
    assert Notice.objects.count() == 0
    refused = client.post(url(world, "sheets/new/"), {**given, "fields": [], "mail": "1"}, headers=HTMX)
    assert refused.status_code == 422
    assert "Choose at least one field to ask for." in refused.content.decode()
    nobody = client.post(url(world, "sheets/new/"), {**given, "mail": "1"}, headers=HTMX).content.decode()
    assert "Give a contact with an e-mail address, or an address." in nobody
    assert ProfileSheet.objects.count() == 1


def test_a_link_is_ended(world: World, client_for: ClientFor) -> None:
    sheet, address = make(world)
    client = client_for(world.tam)

    client.post(url(world, f"sheets/{sheet.pk}/revoke/"))

    assert Client().get(address).status_code == 404
    assert "Link taken back" in client.get(url(world, "technical/")).content.decode()


def test_the_questions_go_out_as_csv_xlsx_and_markdown(world: World, client_for: ClientFor) -> None:
    sheet, _ = make(world, fields=("nodes", "frameworks"))
    client = client_for(world.tam)
    table, book, text = (client.get(url(world, f"sheets/{sheet.pk}/questions.{form}")) for form in ("csv", "xlsx", "md"))

    rows = list(csv.reader(io.StringIO(table.content.decode("utf-8-sig"))))
    assert rows[:2] == [
        ["Field", "Question", "How to answer", "Answer"],
        ["nodes", "On how many servers does it run?", "Digits only, like 1200 (servers).", ""],
    ]
    cells = [[cell.value for cell in row] for row in load_workbook(io.BytesIO(book.content)).active.iter_rows()]  # type: ignore[union-attr]
    assert [[cell or "" for cell in row] for row in cells] == rows
    assert "## On how many servers does it run? {#nodes}" in text.content.decode()
    assert table["Content-Disposition"] == f'attachment; filename="before-the-kick-off-{sheet.pk}.csv"'
    assert client.get(url(world, f"sheets/{sheet.pk}/questions.exe")).status_code == 404


CSV = b"Field,Question,How to answer,Answer\nnodes,,,3\nversion,,,'=16.5\nwhy,,,\nfrots,,,x\nhosted,,,perhaps\n"
MARKDOWN = b"# X\n\n## How many? {#nodes}\n\n_Digits only._\n\n3\n\n## V? {#version}\n_One line._\n=16.5\n## F {#frots}\nx\n## H {#hosted}\nperhaps\n"


def workbook() -> bytes:
    book, out = Workbook(), io.BytesIO()
    for row in (["Field", "Answer"], ["nodes", 3], ["version", "'=16.5"], ["frots", "x"], ["hosted", "perhaps"]):
        book.active.append(row)  # type: ignore[union-attr]
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize(("name", "rows"), [("back.csv", (5, 6)), ("back.md", (12, 14)), ("back.xlsx", (4, 5))])
def test_an_answered_file_becomes_proposals_and_bad_rows_are_told(
    world: World, client_for: ClientFor, name: str, rows: tuple[int, int]
) -> None:
    sheet, _ = make(world, fields=("nodes", "version", "why", "hosted"))
    body = {"csv": CSV, "md": MARKDOWN}.get(name.rpartition(".")[2]) or workbook()

    page = upload(client_for(world.tam), world, sheet, name, body).content.decode()

    assert {row.field: row.value for row in ProfileProposal.objects.all()} == {"nodes": 3, "version": "=16.5"}
    assert "<b>2 answers</b> wait for a decision. 2 rows couldn't be read:" in page
    assert (
        f"<b>Row {rows[0]}</b>, frots: This data sheet doesn&#x27;t ask for &#x27;frots&#x27;. Leave the first column as it was."
        in page
    )
    assert f"<b>Row {rows[1]}</b>, hosted: Hosted on GitLab.com: &#x27;perhaps&#x27; is neither. Write yes or no." in page
    assert ProfileValue.objects.count() == 0
    sheet.refresh_from_db()
    assert sheet.answered_at == world.at


UNREADABLE = [
    ("back.exe", b"MZ", "back.exe is neither CSV, XLSX nor Markdown."),
    ("back.csv", b"", "The submitted file is empty"),
    ("back.csv", b"A,B\n1,2\n", "back.csv holds no table that can be read: its first row names the columns field, answer."),
    ("back.xlsx", b"not a workbook", "can't be read as a workbook"),
    ("back.csv", b"Field,Answer\n" + b"x" * (5 * 1024 * 1024), "back.csv is larger than 5 MB. Split it."),
]


@pytest.mark.parametrize(("name", "body", "said"), UNREADABLE)
def test_a_file_that_is_none_is_refused(world: World, client_for: ClientFor, name: str, body: bytes, said: str) -> None:
    sheet, _ = make(world)

    answer = upload(client_for(world.tam), world, sheet, name, body)

    assert answer.status_code == 422
    page = answer.content.decode().replace("&#x27;", "'")
    assert said in page or (not body and "empty" in page)
    assert ProfileProposal.objects.count() == 0
