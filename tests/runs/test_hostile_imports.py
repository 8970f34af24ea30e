"""Hostile and broken files, by the command line and by the wizard: a clear refusal, and nothing has changed."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import typer
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from typer.testing import CliRunner

from tenure.actions.refusals import Refused
from tenure.cli import importing as command
from tenure.models import Account, Event, ExternalId, Run, RunFailure, Upload
from tenure.runs import import_pages, import_reports, importing
from tests.world import World

pytestmark = pytest.mark.django_db
HEAD = "account_id,account_name,arr,employees\n"
NAMESPACE = "http://schemas.openxmlformats.org"
PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{NAMESPACE}/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/>'
    '<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{NAMESPACE}/package/2006/relationships"><Relationship Id="r1" '
    f'Type="{NAMESPACE}/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook xmlns="{NAMESPACE}/spreadsheetml/2006/main" xmlns:r="{NAMESPACE}/officeDocument/2006/relationships">'
    '<sheets><sheet name="Accounts" sheetId="1" r:id="r1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{NAMESPACE}/package/2006/relationships"><Relationship Id="r1" '
    f'Type="{NAMESPACE}/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
}  # fmt: skip


def cell(place: str, text: str) -> str:
    return f'<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>'


TITLES = f'<row r="1">{cell("A1", "account_id")}{cell("B1", "account_name")}{cell("C1", "arr")}</row>'
ACME = f'<row r="2">{cell("A2", "A-1")}{cell("B2", "Acme")}<c r="C2"><v>5</v></c></row>'


def workbook(*rows: str) -> bytes:
    """A workbook by hand: libraries don't write hostile ones."""
    sheet = f'<worksheet xmlns="{NAMESPACE}/spreadsheetml/2006/main"><sheetData>{"".join(rows)}</sheetData></worksheet>'
    return packed({**PARTS, "xl/worksheets/sheet1.xml": sheet})


def packed(files: dict[str, str | bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def locked_zip() -> bytes:
    data = bytearray(packed({"accounts.csv": HEAD + "A-1,Acme,5,3\n"}))
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + at] |= 1
    return bytes(data)


# What is refused as a whole: name, content, what the refusal says.
FILES: list[tuple[str, Callable[[], str | bytes], str]] = [
    ("accounts.csv", lambda: b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "is not a table: it is a picture. Export it as CSV or XLSX."),
    ("accounts.csv", lambda: bytes(range(256)) * 40, "it holds bytes that are no text"),
    ("accounts.csv", lambda: "", "is empty. Export it again."),
    ("accounts.csv", lambda: "\n  \n", "is empty. Export it again."),
    ("accounts.csv", lambda: HEAD + "x" * 17_000_000, "it has a line of more than 16 MB"),
    ("accounts.csv", lambda: HEAD.encode() + bytes(3000), "it holds bytes that are no text"),
    ("accounts.csv", lambda: ",".join(f"c{n}" for n in range(2001)), "has 2,001 columns; at most 2,000 can be read."),
    ("accounts.csv", lambda: 'account_id,"account_name\nA-1,Acme\n', "its first line is not a line of column names"),
    ("accounts.json", lambda: '{"accounts":' + "[" * 100_000 + "]" * 100_000 + "}", "is not JSON. Export it as CSV."),
    ("accounts.zip", lambda: packed({"accounts.csv": "0" * 60_000_000}), "far more than its own size. It was not opened."),
    ("accounts.zip", lambda: packed({"inner.zip": packed({"accounts.csv": HEAD})}), "holds another archive, inner.zip. Unpack it first."),
    ("accounts.zip", lambda: packed({"accounts.csv": packed({"a.csv": HEAD})}), "it holds bytes that are no text"),
    ("accounts.zip", locked_zip, "is protected by a password. Pack it again without one."),
    ("accounts.zip", lambda: packed({"../accounts.csv": HEAD}), "leads out of it"),
    ("accounts.xlsx", lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512) + "EncryptedPackage".encode("utf-16-le"), "is protected by a password."),
    ("accounts.xlsx", lambda: workbook(TITLES, ACME, f'<row r="1048576">{cell("XFD1048576", "x")}</row>'), "its cells lie very far apart."),
    ("accounts.xlsx", lambda: workbook(TITLES, f"<!--{'x' * 60_000_000}-->"), "far more than its own size. It was not opened."),
]  # fmt: skip

# What comes in but for single rows: content, how many accounts come in, and what is told of the refused ones (row, column).
ROWS: list[tuple[str, Callable[[], str | bytes], int, list[tuple[int, str]]]] = [
    ("accounts.csv", lambda: HEAD + "A-1,Acme,5,3\nA-2,Be\nA-3,C,1,2,9\n", 1, [(3, ""), (4, "")]),
    ("accounts.csv", lambda: HEAD + 'A-1,"=cmd",=1+1,5\nA-2,Good,5,@SUM(1)\n', 0, [(2, "arr"), (3, "employees")]),
    ("accounts.csv", lambda: HEAD + 'A-1,Acme,5,3\nA-2,"Beta,5,3\nA-3,C,1,1\n', 1, [(3, "")]),
    ("accounts.csv", lambda: HEAD + 'A-1,Acme,5,3\nA-2,"Beta,5,3\n' + "A-3,C,1,1\n" * 500_000, 1, [(3, "")]),
    ("accounts.csv", lambda: "account_id,account_name,note\n" + "".join(f"A-{n},Name,{'x' * 3000}\n" for n in range(99)) + "A-X,A\0me,\n", 99, [(101, "account_name")]),
    ("accounts.csv", lambda: (HEAD + "A-1,Müller,5,3\n").encode("utf-16"), 1, []),
    ("accounts.csv", lambda: (HEAD + "A-1,Müller,5,3\n").encode("utf-16-le"), 1, []),
    ("accounts.json", lambda: '[{"account_id": "A-1", "account_name": "A\\u0000", "ar\\u0000r": "5"}, {"account_id": "A-2", "account_name": "B"}]',
     1, [(2, "account_name")]),
    ("accounts.csv", lambda: HEAD, 0, []),
    ("accounts.csv", lambda: "account_id,account_name," + ",".join(f"c{n}" for n in range(398)) + "\nA-1,Acme" + ",v" * 398 + "\n", 1, []),
    ("accounts.csv", lambda: "account_id,account_name,arr,arr\nA-1,Acme,5,6\n", 0, []),
    ("accounts.xlsx", lambda: workbook(TITLES, ACME, *(f'<row r="{n}"><c r="A{n}" s="0"/></row>' for n in range(3, 200_000))), 1, []),
    ("accounts.xlsx", lambda: workbook(TITLES, ACME.replace("<v>5</v>", "<f>1+4</f><v>5</v>")), 1, []),
    ("account.json", lambda: '[{"account_id": "A-1", "account_name": "\\ud800"}]', 1, []),
]  # fmt: skip


def held() -> tuple[int, ...]:
    return tuple(model.objects.count() for model in (Account, ExternalId, Event, Run, RunFailure, Upload))


def run(path: Path) -> tuple[int, str]:
    """Exit status and output of ``tenure import``."""
    app = typer.Typer()
    command.register(app)
    app.command("other")(lambda: None)
    result = CliRunner().invoke(app, ["import", str(path)])
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result.exit_code, result.output


@pytest.mark.parametrize(("name", "content", "sentence"), FILES)
def test_what_is_no_table_is_refused_on_both_ways_and_changes_nothing(
    world: World, tmp_path: Path, name: str, content: Callable[[], str | bytes], sentence: str
) -> None:
    made = content()
    data = made.encode() if isinstance(made, str) else made
    (tmp_path / name).write_bytes(data)
    before = held()

    status, output = run(tmp_path / name)
    with pytest.raises(Refused) as refusal:
        import_pages.upload([SimpleUploadedFile(name, data)], actor=world.ops, at=timezone.now())

    assert (status, held()[:2] + held()[3:]) == (1, before[:2] + before[3:])
    assert sentence in output
    assert "Nothing was imported." in output
    assert sentence in refusal.value.sentence


@pytest.mark.parametrize(("name", "content", "accounts", "told"), ROWS)
def test_rows_that_are_none_are_told_on_both_ways_and_the_others_come_in(
    world: World, tmp_path: Path, name: str, content: Callable[[], str | bytes], accounts: int, told: list[tuple[int, str]]
) -> None:
    made = content()
    data = made.encode() if isinstance(made, str) else made
    before = Account.objects.count()

    batch = import_pages.upload([SimpleUploadedFile(name, data)], actor=world.ops, at=timezone.now())
    started = importing.begin_batch(
        list(Upload.objects.filter(settings__batch=batch)), actor=world.ops, at=timezone.now(), dry=False
    )
    importing.execute(started, now=timezone.now)
    assert Account.objects.count() == before + accounts
    assert list(RunFailure.objects.filter(run=started).values_list("row", "column"))[:2] == told
    assert import_reports.path_of(started.pk).exists()

    (tmp_path / name).write_bytes(data)
    status, output = run(tmp_path / name)

    assert Account.objects.count() == before + accounts
    assert status == (1 if told or "twice" in output else 0)
    assert all(f"row {row}" in output for row, _ in told[:1])


def test_a_file_of_two_gigabytes_is_refused_by_its_size(tmp_path: Path) -> None:
    before = held()
    for name in ("accounts.csv", "accounts.zip", "accounts.xlsx"):
        with (tmp_path / name).open("wb") as out:
            out.write(HEAD.encode())
            out.truncate(2 * 1024**3)

        status, output = run(tmp_path / name)

        assert status == 1
        assert f"{name} is 2.0 GB; the limit is {settings.MAX_UPLOAD_BYTES / 1024**2:.1f} MB." in output
    assert held() == before


def test_a_column_that_is_read_and_stands_twice_refuses_the_file_and_one_that_is_not_read_does_not(tmp_path: Path) -> None:
    (tmp_path / "accounts.csv").write_text("account_id,account_name,arr,arr\nA-1,Acme,5,6\n")

    status, output = run(tmp_path / "accounts.csv")

    assert status == 1
    assert "accounts.csv has the column 'arr' twice" in output
    assert Account.objects.count() == 0

    (tmp_path / "accounts.csv").write_text("account_id,account_name,note,note\nA-1,Acme,5,6\n")
    assert run(tmp_path / "accounts.csv")[0] == 0
    assert Account.objects.count() == 1


def test_a_file_of_column_names_alone_is_told_as_such(tmp_path: Path) -> None:
    (tmp_path / "accounts.csv").write_text(HEAD)

    status, output = run(tmp_path / "accounts.csv")

    assert (status, Account.objects.count()) == (0, 0)
    assert "accounts.csv: The file has column names and no row." in output
