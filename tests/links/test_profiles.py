"""Profiles and data sheets as files: what is written is read again as it was, and a spreadsheet runs nothing of it."""

from pathlib import Path
from typing import Any
from urllib import request

import pytest
from openpyxl import load_workbook

from tenure.links.files import pdf
from tenure.links.files import profiles as files
from tenure.links.files.tables import Unreadable
from tenure.rules import packs
from tools import machine

HEADER = ("Field", "Value", "Note")
ROWS = [
    ("why", "one\ntwo | three \\ four", ""),
    ("version", "=cmd|' /C calc'!A0", "+1"),
    ("nodes", "12", "-2"),
    ("organisation", "<br> and 'quotes', \"double\"; commas", "@SUM(A1)"),
    ("champion", "Ann Lee; title: CTO", "ümlaut"),
]


@pytest.mark.parametrize("form", ["csv", "xlsx", "md", "json"])
def test_what_is_written_is_read_again(tmp_path: Path, form: str) -> None:
    path = tmp_path / f"profiles.{form}"
    path.write_bytes(files.table(form, HEADER, ROWS))

    lines = files.read(path, path.name, ("field", "value"))

    found = [(line.cells["field"], line.cells["value"], line.cells.get("note", "")) for line in lines]
    assert found == [(key, value.replace("<br>", "\n") if form == "md" else value, note) for key, value, note in ROWS]


def test_a_spreadsheet_runs_nothing_of_it(tmp_path: Path) -> None:
    text = files.table("csv", HEADER, ROWS).decode("utf-8-sig")
    path = tmp_path / "p.xlsx"
    path.write_bytes(files.table("xlsx", HEADER, ROWS))
    cells = [cell for row in load_workbook(path).active.iter_rows() for cell in row]  # type: ignore[union-attr]

    assert "'=cmd|" in text
    assert ",=cmd" not in text
    assert {cell.data_type for cell in cells if cell.value is not None} == {"s"}
    assert all(cell.hyperlink is None for cell in cells)


def test_a_sheet_that_was_filled_in_by_hand_is_read(tmp_path: Path) -> None:
    fields = packs.load().profiles.fields
    text = files.sheet("md", "Kick-off", [fields["nodes"], fields["why"]], "Hello.").decode()
    path = tmp_path / "back.md"
    path.write_text(
        text.replace("_Digits only, like 1200 (servers)._", "_Digits only, like 1200 (servers)._\n12")
        + "\nFirst\n\n# A heading of theirs\n_last_\n"
    )

    lines = files.read(path, "back.md", ("field", "answer"))

    assert [dict(line.cells) for line in lines] == [
        {"field": "nodes", "answer": "12"},
        {"field": "why", "answer": "First\n\n# A heading of theirs\n_last_"},
    ]


WRONG: list[tuple[str, bytes, str]] = [
    ("p.json", b"{", "p.json is no JSON"),
    ("p.json", b'{"a": 1}', "p.json is no list of objects."),
    ("p.md", b"\xff\xfe\xff", "p.md is not text in UTF-8. Save it as UTF-8."),
    ("p.md", b"# Nothing here", "p.md holds no table that can be read: its first row names the columns field, value."),
    ("p.csv", b"a,b\n1,2\n", "p.csv holds no table that can be read: its first row names the columns field, value."),
]


@pytest.mark.parametrize(("name", "body", "said"), WRONG)
def test_what_is_no_such_file_is_refused(tmp_path: Path, name: str, body: bytes, said: str) -> None:
    path = tmp_path / name
    path.write_bytes(body)

    with pytest.raises(Unreadable) as refusal:
        files.read(path, name, ("field", "value"))

    assert refusal.value.sentence.startswith(said)


def test_pdfs_are_made_without_fetching_anything(monkeypatch: pytest.MonkeyPatch) -> None:
    machine.pango()
    asked: list[Any] = []
    monkeypatch.setattr(request.OpenerDirector, "open", lambda self, url, *more, **named: asked.append(url))
    html = '<img src="http://127.0.0.1:9/a.png"><img src="file:///etc/passwd"><link rel=stylesheet href="https://127.0.0.1:9/x.css"><p>Hi</p>'
    made = pdf.of(html, ("css/profiles_brief.css",))

    assert made[:5] == b"%PDF-"
    assert asked == []


MARKED = """# Kick-off

## On how many servers\\? {\\#nodes}
*Digits only, like 1200 (servers).*

- 12

# **Which version runs in production?**

_One line._ 16.10

### Which rules must they keep? {#frameworks} ##

- [x] SOC 2
- [ ] HIPAA
* GDPR

## Is it hosted? {#second\\_thing}
1. yes

## What do they want, and why now? {#why}


_One day_

- Audits

## Their own heading
- Speed
"""


def test_markdown_that_an_editor_and_a_customer_changed_is_read(tmp_path: Path) -> None:
    """Keys with backslashes or lost, emphasis, lists, boxes, blank lines, headings of their own."""
    fields = packs.load().profiles.of(("nodes", "version", "frameworks", "why"))
    path = tmp_path / "back.md"
    path.write_text(MARKED.replace("\n", "\r\n"))

    lines = files.read(path, "back.md", ("field", "answer"), asked=fields)

    assert [(line.number, line.cells["field"], line.cells["answer"]) for line in lines] == [
        (3, "nodes", "12"),
        (8, "version", "16.10"),
        (12, "frameworks", "SOC 2\nGDPR"),
        (18, "second_thing", "1. yes"),
        (21, "why", "_One day_\n\n- Audits\n\n## Their own heading\n- Speed"),
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize(("name", "body"), [("p.csv", "Field;Value\nwhy;Größe – 5 €\n"), ("p.tsv", "Field\tValue\nwhy\tGröße – 5 €\n"), ("p.md", "|Field|Value|\n|-|-|\n|why|Größe – 5 €|\n"), ("p.csv", "sep=,\nField,Value\nwhy,Größe – 5 €\n")])  # fmt: skip
def test_a_file_of_any_usual_encoding_and_delimiter_is_read(tmp_path: Path, name: str, body: str, encoding: str) -> None:
    path = tmp_path / name
    path.write_bytes(body.encode(encoding))

    assert [dict(line.cells) for line in files.read(path, name, ("field", "value"))] == [{"field": "why", "value": "Größe – 5 €"}]


def test_a_row_that_is_none_is_told_and_the_others_are_read(tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    path.write_text("Field,Value\nnodes,3,4\nwhy,x\n")

    lines = files.read(path, "p.csv", ("field", "value"))

    assert [(line.number, dict(line.cells)) for line in lines] == [(2, {}), (3, {"field": "why", "value": "x"})]
    assert lines[0].problem == (
        "The row has 3 cells, the header has 2. Fill in what is missing, or put a text that holds a delimiter in quotes."
    )


def test_a_version_typed_into_the_workbook_stays_a_text(tmp_path: Path) -> None:
    path = tmp_path / "p.xlsx"
    path.write_bytes(files.sheet("xlsx", "Kick-off", packs.load().profiles.of(("version", "nodes")), ""))

    page = load_workbook(path).active
    assert page is not None
    assert [page.cell(row, 4).number_format for row in (2, 3)] == ["@", "General"]
