"""Data sheets on the account's page: making one, ending its link, the questions as files, reading what came back."""

import csv
import io
import re
import shutil
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from openpyxl import Workbook, load_workbook

from tenure.models import Notice, ProfileProposal, ProfileSheet, ProfileValue
from tenure.queries import handbook
from tenure.rules import packs
from tenure.runs import deliver
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
    for gone in ("999999", "ann"):
        told = client.post(url(world, "sheets/new/"), {**given, "contact": gone}, headers=HTMX)
        assert (told.status_code, "The account has no such contact any more. Choose another." in told.content.decode()) == (
            422,
            True,
        )
    assert ProfileSheet.objects.count() == 1


def test_a_link_is_ended(world: World, client_for: ClientFor) -> None:
    sheet, address = make(world)
    client = client_for(world.tam)

    client.post(url(world, f"sheets/{sheet.pk}/revoke/"))

    assert Client().get(address).status_code == 404
    assert "Link taken back" in client.get(url(world, "technical/")).content.decode()


def test_a_link_that_was_mailed_is_kept_only_until_the_mail_has_gone(world: World, client_for: ClientFor) -> None:
    _, address = make(world, address="ann@example.com", mail=True)
    ops, row = client_for(world.ops), Notice.objects.get()
    waits = ops.get(f"/outbox/{row.pk}/").content.decode()
    assert (row.url, address in waits, "/answers/…/" in waits) == (address, False, True)
    assert "isn't kept" not in waits

    assert deliver.deliver(world.at) == 1

    assert address in str(mail.outbox[0].body)
    row.refresh_from_db()
    assert (row.state, row.url) == ("delivered", "")
    page = ops.get(f"/outbox/{row.pk}/").content.decode()
    assert "this mail can't be sent again: make a new data sheet" in page
    assert ("/answers/…/" in page, "Send again" in page) == (True, False)
    ops.post("/outbox/again/", {"id": row.pk})
    Notice.objects.update(state="bounced")
    ops.post("/outbox/again/", {"all": "1"})
    assert [(one.state, one.url) for one in Notice.objects.all()] == [("bounced", "")]


def test_a_mail_that_waits_does_not_go_once_its_link_was_ended(world: World, client_for: ClientFor) -> None:
    sheet, _ = make(world, address="ann@example.com", mail=True)
    make(world, address="bo@example.com", mail=True)
    failed, _ = make(world, address="cy@example.com", mail=True)
    Notice.objects.filter(address="cy@example.com").update(state="failed", problem="No such mailbox")

    for one in (sheet, failed):
        client_for(world.tam).post(url(world, f"sheets/{one.pk}/revoke/"))

    assert [(one.address, one.state, one.problem) for one in Notice.objects.order_by("pk")] == [
        ("ann@example.com", "cancelled", "The link was ended before the mail went"),
        ("bo@example.com", "queued", ""),
        ("cy@example.com", "failed", "No such mailbox"),
    ]
    assert [bool(one.url) for one in Notice.objects.order_by("pk")] == [False, True, False]
    client_for(world.ops).post("/outbox/again/", {"all": "1"})
    assert deliver.deliver(world.at) == 1


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
    (
        "back.md",
        b"# Hello",
        "back.md holds none of the questions of this data sheet. Write below its headings and leave them as they were sent.",
    ),
    ("back.md", b" \n", "back.md holds none of the questions of this data sheet."),
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


def test_a_refusal_on_a_page_of_its_own_stays_on_that_page(world: World, client_for: ClientFor) -> None:
    sheet, _ = make(world)
    address, target = url(world, f"sheets/{sheet.pk}/answers/"), 'hx-target="#dialog"'
    client = client_for(world.tam)
    given = {"file": SimpleUploadedFile("back.exe", b"MZ"), "from_name": "Ann Lee"}

    alone, over = client.get(address).content.decode(), client.get(address, headers=HTMX).content.decode()
    refused = client.post(address, given)

    assert (target in alone, target in over) == (False, True)
    assert refused.status_code == 422
    page = refused.content.decode()
    assert "<title>" in page
    assert "back.exe is neither CSV, XLSX nor Markdown." in page
    assert target not in page
    assert ProfileProposal.objects.count() == 0


def test_a_sheet_opened_without_a_profile_asks_for_what_is_missing_of_both(world: World, client_for: ClientFor) -> None:
    moments = {"created_at": world.at, "updated_at": world.at}
    world.homeworld.opportunities.create(name="A", stage="closed_won", is_won=True, is_closed=True, **moments)
    client = client_for(world.tam)

    def ticked(query: str) -> set[str]:
        page = client.get(url(world, f"sheets/new/{query}"), headers=HTMX).content.decode()
        return set(re.findall(r'name="fields" value="(\w+)" checked', page))

    business, technical = ticked("?profile=business"), ticked("?profile=technical")
    assert "economic_buyer" in business - technical
    assert "version" in technical - business
    assert ticked("") == business | technical


def test_what_is_asked_among_ourselves_is_not_ticked_for_the_customer(world: World, client_for: ClientFor) -> None:
    world.homeworld.opportunities.create(
        name="A", stage="closed_won", is_won=True, is_closed=True, created_at=world.at, updated_at=world.at
    )
    client = client_for(world.tam)

    form = client.get(url(world, "sheets/new/?profile=business"), headers=HTMX)

    assert {"economic_buyer", "pains"} <= set(form.context["chosen"])
    assert {"champion", "risks", "contacts_checked"} & set(form.context["chosen"]) == set()
    assert form.content.decode().count(">Internal</span>") == 3
    client.post(url(world, "sheets/new/"), {"title": "Q", "fields": ["champion"], "days": "7"}, headers=HTMX)
    assert ProfileSheet.objects.get().fields == ["champion"]


def test_the_first_words_of_a_file_end_in_one_full_stop(world: World, client_for: ClientFor) -> None:
    sheet, _ = make(world)

    text = client_for(world.tam).get(url(world, f"sheets/{sheet.pk}/questions.md")).content.decode()

    assert "Questions to Homeworld Inc. Write your answers below each question" in text


def test_a_file_that_is_too_large_is_written_nowhere(
    world: World, client_for: ClientFor, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    sheet, _ = make(world)
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 8 * 1024 * 1024
    monkeypatch.setattr("tempfile.tempdir", "/nowhere")

    answer = upload(client_for(world.tam), world, sheet, "back.csv", b"x" * (5 * 1024 * 1024 + 1))

    assert (answer.status_code, "back.csv is larger than 5 MB. Split it." in answer.content.decode()) == (422, True)


def test_the_same_file_again_proposes_nothing_twice(world: World, client_for: ClientFor) -> None:
    sheet, _ = make(world, fields=("nodes", "version", "hosted"))
    client, first = client_for(world.tam), b"Field,Answer\nnodes,3\nversion,16.5\nhosted,perhaps\n"
    upload(client, world, sheet, "back.csv", first)
    heard = Notice.objects.count()

    again = upload(client, world, sheet, "back.csv", first).content.decode()
    assert "Nothing new. 2 answers had come before. 1 row couldn't be read:" in again
    assert (ProfileProposal.objects.count(), Notice.objects.count()) == (2, heard)
    ProfileProposal.objects.filter(field="nodes").update(state="declined")
    mended = upload(
        client, world, sheet, "back.md", b"## {#nodes}\n- 3\n## {#version}\n16.6\n## {#hosted}\nTRUE\n"
    ).content.decode()

    assert "<b>2 answers</b> wait for a decision. 1 answer had come before." in mended
    found = ProfileProposal.objects.order_by("pk").values_list("field", "value", "state")
    assert list(found) == [("nodes", 3, "declined"), ("version", "16.5", "pending"), ("version", "16.6", "pending"), ("hosted", True, "pending")]  # fmt: skip


def test_answers_that_excel_changed_are_read_or_told(world: World, client_for: ClientFor) -> None:
    fields = handbook.pack().profiles.fields
    kinds = {
        kind: next(key for key, one in fields.items() if one.type == kind)
        for kind in ("date", "money", "number", "bool", "choice")
    }
    sheet, _ = make(world, fields=(*kinds.values(), "version", "why", "champion"))
    book, out = Workbook(), io.BytesIO()
    page = book.active
    assert page is not None
    given = [
        (kinds["date"], date(2026, 3, 31)), (kinds["money"], 1200.5), (kinds["number"], 40000.0), (kinds["bool"], True), ("version", 16.5),
        (kinds["choice"], "Anything"), ("why", "x" * 10_001), ("champion", "=cmd|' /C calc'!A0"),
    ]  # fmt: skip
    for row in [("Field", "Answer"), *given]:
        page.append(row)
    page["B9"].data_type = "s"
    book.save(out)

    told = upload(client_for(world.tam), world, sheet, "back.xlsx", out.getvalue()).content.decode()

    assert {row.field: row.value for row in ProfileProposal.objects.all()} == {
        kinds["date"]: "2026-03-31", kinds["money"]: {"minor": 120_050, "currency": "USD"}, kinds["number"]: 40_000, kinds["bool"]: True,
        "version": "16.5", "champion": {"name": "=cmd|' /C calc'!A0"},
    }  # fmt: skip
    assert (
        f"<b>Row 7</b>, {kinds['choice']}: {fields[kinds['choice']].title}: &#x27;Anything&#x27; is not a choice. Choose from: "
        in told
    )
    assert "<b>Row 8</b>, why: Why they bought: it has 10,001 characters, at most 10,000 fit. Shorten it." in told


def test_a_field_that_the_handbook_dropped_is_asked_and_taken_no_more(
    world: World, client_for: ClientFor, clock: None, settings: Any, tmp_path: Path
) -> None:
    sheet, address = make(world, fields=("nodes", "version"))
    _, dead = make(world, fields=("nodes",))
    ProfileSheet.objects.filter(pk=sheet.pk).update(fields=["nodes", "version", "moon"])
    shutil.copytree(packs.shipped(), tmp_path / "pack")
    file = tmp_path / "pack/profiles.yaml"
    file.write_text(file.read_text().replace("{key: nodes,", "{key: nodes, ended: 2026-11-01,"))
    settings.HANDBOOK = str(tmp_path / "pack")

    page = Client().get(address).content.decode()
    assert ("Which version" in page, "how many servers" in page) == (True, False)
    assert Client().get(dead).status_code == 404
    questions = client_for(world.tam).get(url(world, f"sheets/{sheet.pk}/questions.csv")).content.decode()
    assert ("version" in questions, "nodes" in questions) == (True, False)
    body = b"Field,Answer\nnodes,3\nversion,16.5\nmoon,full\n"
    told = upload(client_for(world.tam), world, sheet, "back.csv", body).content.decode()

    assert "<b>Row 2</b>, nodes: The handbook of 2026-11-16 has no field &#x27;Servers&#x27;." in told
    assert "<b>Row 4</b>, moon: The handbook has no field &#x27;moon&#x27;. Choose one of its profiles." in told
    assert [(row.field, row.value) for row in ProfileProposal.objects.all()] == [("version", "16.5")]


def test_of_many_bad_rows_the_first_are_told_and_an_answer_has_a_name(world: World, client_for: ClientFor) -> None:
    sheet, _ = make(world, fields=("nodes",))
    body = b"Field,Answer\n" + b"nodes,many\n" * 60 + b"nodes,3,4\n"
    client = client_for(world.tam)

    nameless = upload(client, world, sheet, "back.csv", body, " ")
    assert (nameless.status_code, "Say whose answer it is" in nameless.content.decode()) == (422, True)
    told = upload(client, world, sheet, "back.csv", body).content.decode()

    assert ("No answer was taken. 61 rows couldn't be read:" in told, told.count("<b>Row "), "These are the first 50." in told) == (True, 50, True)  # fmt: skip
    sheet.refresh_from_db()
    assert (sheet.answered_at, ProfileProposal.objects.count()) == (None, 0)


def test_a_sheet_on_a_page_of_its_own_is_made_and_refused_there(world: World, client_for: ClientFor) -> None:
    address, target = url(world, "sheets/new/"), 'hx-target="#drawer"'
    client = client_for(world.tam)

    alone, over = client.get(address).content.decode(), client.get(address, headers=HTMX).content.decode()
    refused = client.post(address, {"title": "", "days": "30", "fields": ["champion"]})

    assert (f'action="{address}"><input' in alone, target in over) == (True, True)
    assert refused.status_code == 422
    assert ("<title>" in (page := refused.content.decode()), 'value="champion" checked' in page) == (True, True)
    assert ProfileSheet.objects.count() == 0
    made = client.post(address, {"title": "Questions", "days": "30", "fields": ["champion"]})
    assert (made.status_code, ProfileSheet.objects.get().title, "It is shown only now" in made.content.decode()) == (
        200,
        "Questions",
        True,
    )


def test_a_sheet_asked_for_from_a_profile_that_is_none_begins_as_one_of_both(world: World, client_for: ClientFor) -> None:
    client, url = client_for(world.tam), reverse("profiles_sheets:create", args=[world.homeworld.pk])

    page = client.get(url, {"profile": "²"})

    assert (page.status_code, page.context["profile"]) == (200, "")
    assert page.context["chosen"] == client.get(url).context["chosen"]
