"""Files: what may be kept, under which name, and that nothing stays of what is refused."""

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tenure.actions import attachments
from tenure.actions.refusals import Refused
from tenure.models import Attachment
from tests import work
from tests.world import World

PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)


def archive(*names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for name in names:
            file.writestr(name, "x")
    return out.getvalue()


@pytest.fixture(autouse=True)
def store(tmp_path: Path, settings: Any) -> Path:
    settings.ATTACHMENTS = tmp_path / "attachments"
    return tmp_path / "attachments"


def files(store: Path) -> list[Path]:
    return [path for path in store.rglob("*") if path.is_file()]


def add(world: World, name: str, content: bytes, who: str = "tam", on: Any = None) -> Attachment:
    return attachments.add(on or work.cta(world), name, io.BytesIO(content), actor=work.fresh(world.people[who]), at=world.at)


def test_a_file_is_kept_under_a_name_of_ours(world: World, store: Path) -> None:
    row = add(world, "../../etc\\Plan of Homeworld.pdf", PDF)

    assert row.name == "Plan of Homeworld.pdf"
    assert (row.type, row.size, len(row.stored), row.added_by) == ("application/pdf", len(PDF), 32, world.tam)
    assert files(store) == [store / row.stored[:2] / row.stored]
    assert attachments.path_of(row).read_bytes() == PDF
    assert oct(attachments.path_of(row).stat().st_mode)[-3:] == "600"
    assert work.verbs() == ["cta.raised", "attachment.created"]


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("C:\\Users\\tam\\Plan.PDF", "Plan.PDF"), ("/etc/passwd.pdf", "passwd.pdf"), ("a\u202efdp.pdf", "afdp.pdf"), ("  Plan \n 2.pdf ", "Plan 2.pdf"),
        ("x" * 300 + ".pdf", "x" * 251 + ".pdf"), ("Übersicht – März.pdf", "Übersicht – März.pdf"), ("..pdf.pdf", "pdf.pdf"),
    ],
)  # fmt: skip
def test_a_name_loses_what_could_do_harm(world: World, name: str, kept: str) -> None:
    assert add(world, name, PDF).name == kept


@pytest.mark.parametrize(
    ("name", "content", "media"),
    [
        ("a.png", PNG, "image/png"), ("a.txt", "Grüße\n".encode(), "text/plain"), ("a.csv", b"a;b\n1;2\n", "text/csv"),
        ("a.zip", archive("x.txt"), "application/zip"),
        ("a.docx", archive("[Content_Types].xml", "word/document.xml"), "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        ("a.ods", archive("mimetype", "content.xml"), "application/vnd.oasis.opendocument.spreadsheet"),
    ],
)  # fmt: skip
def test_a_file_is_what_its_ending_says(world: World, name: str, content: bytes, media: str) -> None:
    assert add(world, name, content).type == media


LIE = "isn't what its ending says. Nothing was kept."
KINDS = "Files of these kinds can be kept: "


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("a.pdf", b"<html><script>alert(1)</script>", LIE), ("a.png", PDF, LIE), ("a.txt", b"MZ\x90\x00\x03", LIE), ("a.docx", archive("x.txt"), LIE),
        ("a.docx", archive("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"), LIE), ("a.jpg", b"\xff\xd8", LIE),
        ("a.webp", b"RIFF0000WAVE", LIE), ("a.zip", b"PK\x03\x04 not one", LIE), ("a.html", b"<html>", KINDS), ("a.svg", b"<svg/>", KINDS),
        ("a.exe", b"MZ", KINDS), ("a.docm", archive("word/x"), KINDS), ("pdf", PDF, KINDS), (".pdf", PDF, KINDS), ("", PDF, KINDS),
        ("a.pdf\x00.exe", PDF, KINDS), ("a.pdf", b"", "This file is empty."), ("a.pdf", PDF + bytes(2000), "A file may have up to 0 MB."),
    ],
)  # fmt: skip
def test_a_file_that_is_refused_leaves_nothing(
    world: World, store: Path, settings: Any, name: str, content: bytes, sentence: str
) -> None:
    settings.MAX_ATTACHMENT_BYTES = 1500
    row = work.cta(world)
    before = work.content()

    with pytest.raises(Refused) as refusal:
        add(world, name, content, on=row)

    assert sentence in refusal.value.sentence
    assert work.content() == before
    assert files(store) == []


@pytest.mark.parametrize(("who", "code"), [("olga", "not_found"), ("tessa", "not_found"), ("exa", "not_allowed")])
def test_who_may_not_adds_nothing(world: World, store: Path, who: str, code: str) -> None:
    row = work.cta(world)
    before = work.content()

    with pytest.raises(Refused) as refusal:
        add(world, "a.pdf", PDF, who, on=row)

    assert refusal.value.code == code
    assert (work.content(), files(store)) == (before, [])


def test_a_file_is_taken_away_and_brought_back(world: World) -> None:
    row = add(world, "a.pdf", PDF, "mona")

    attachments.delete(row, actor=world.tam, at=world.at)
    assert row.deleted_at == world.at
    with pytest.raises(Refused, match="That has been done already"):
        attachments.delete(row, actor=world.tam, at=world.at)
    attachments.restore(row, actor=world.tam, at=world.at)

    assert row.deleted_at is None
    assert attachments.path_of(row).read_bytes() == PDF
    with pytest.raises(Refused, match="Only who added a file"):
        attachments.delete(row, actor=work.fresh(world.sol), at=world.at)


@pytest.mark.parametrize("stored", ["../../secret-key", "", "x" * 32, "0123456789abcdef0123456789abcde/"])
def test_no_stored_name_leads_out_of_the_store(world: World, store: Path, stored: str) -> None:
    row = add(world, "a.pdf", PDF)
    row.stored = stored

    with pytest.raises(Refused, match="no longer there"):
        attachments.path_of(row)
