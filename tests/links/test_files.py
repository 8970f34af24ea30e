"""Files that people drop in: usual ones are read, hostile ones are refused with a sentence."""

import csv
import io
import zipfile
from pathlib import Path

import openpyxl
import pytest

from tenure.links.files import opening
from tenure.links.files.tables import Table, Unreadable

LIMIT = 5_000_000


def write(folder: Path, name: str, content: bytes | str) -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def one(path: Path) -> Table:
    opened = opening.tables([path], LIMIT)
    assert opened.unreadable == []
    return opened.tables[0]


def refused(path: Path) -> str:
    opened = opening.tables([path], LIMIT)
    assert opened.tables == []
    return opened.unreadable[0][1]


def rows(table: Table) -> list[list[str]]:
    return [row for chunk in table.chunks() for row in chunk.rows]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "latin-1"])
def test_letters_survive_every_usual_encoding(tmp_path: Path, encoding: str) -> None:
    text = "id,name\r\n1,Müller & Søn\r\n2,Café Zoë\r\n" * 1
    table = one(write(tmp_path, "a.csv", text.encode(encoding)))

    assert table.header == ["id", "name"]
    assert rows(table) == [["1", "Müller & Søn"], ["2", "Café Zoë"]]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_every_usual_delimiter_is_found(tmp_path: Path, delimiter: str) -> None:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows(
        [["id", "name", "note"], ["1", "a, b; c", 'said "no"\nand left'], ["2", "x|y", "tab\there"]]
    )

    table = one(write(tmp_path, "a.txt", out.getvalue()))

    assert table.delimiter == delimiter
    assert rows(table) == [["1", "a, b; c", 'said "no"\nand left'], ["2", "x|y", "tab\there"]]


def test_four_hundred_columns_and_names_that_come_twice(tmp_path: Path) -> None:
    header = ["id", "name", "name", ""] + [f"c{number}" for number in range(396)]
    table = one(write(tmp_path, "wide.csv", ",".join(header) + "\n" + ",".join("x" for _ in header) + "\n"))

    assert len(table.header) == 400
    assert table.header[:4] == ["id", "name", "name (2)", "Column 4"]


def test_half_a_row_is_told_with_its_number_and_the_others_are_read(tmp_path: Path) -> None:
    table = one(write(tmp_path, "a.csv", "id,name,city\n1,a,b\n2,half\n3,c,d,extra\n4,e,f,,\n\n5,g,h\n"))
    chunk = next(table.chunks())

    assert [row[0] for row in chunk.rows] == ["1", "4", "5"]
    assert chunk.numbers == [2, 5, 7]
    assert [(problem.row, problem.message.split(".")[0]) for problem in chunk.broken] == [
        (3, "The row has 2 cells, the header has 3"),
        (4, "The row has 4 cells, the header has 3"),
    ]


def test_a_quote_that_never_closes_is_told(tmp_path: Path) -> None:
    table = one(write(tmp_path, "a.csv", 'id,name\n1,a\n2,"open\n3,b\n'))
    chunk = next(table.chunks())

    assert [row[0] for row in chunk.rows] == ["1"]
    assert "never closed" in chunk.broken[0].message


def test_a_file_with_a_header_only_has_no_row(tmp_path: Path) -> None:
    assert rows(one(write(tmp_path, "a.csv", "id,name\n"))) == []


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("empty.csv", b"", "is empty"), ("blank.csv", b"  \n\n ", "is empty"), ("logo.csv", b"\x89PNG\r\n\x1a\n" + bytes(500), "it is a picture"),
        ("doc.csv", b"%PDF-1.7 ...", "it is a PDF"), ("page.csv", b"<!DOCTYPE html><html></html>", "it is a web page"),
        ("junk.csv", bytes(range(256)) * 40, "bytes that are no text"), ("nul.csv", b"id,name\n1,a\x00b\n" * 50, "bytes that are no text"),
        ("bad.xlsx", b"id,name\n1,a\n", "can't be read as a workbook"), ("bad.zip", b"id,name\n1,a\n", "is not a ZIP archive"),
        ("cut.xlsx", b"PK\x03\x04" + bytes(100), "is not a ZIP archive, or it is damaged"), ("a.json", b"{not json", "is not JSON"),
        ("b.json", b'{"count": 3}', "holds no list of records"),
        ("locked.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512) + "EncryptedPackage".encode("utf-16-le"), "protected by a password"),
        ("old.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(4096), "can't be read as a workbook"),
    ],
)  # fmt: skip
def test_what_is_no_table_is_refused_with_a_sentence(tmp_path: Path, name: str, content: bytes, reason: str) -> None:
    assert reason in refused(write(tmp_path, name, content))


def test_a_file_over_the_limit_is_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "huge.csv"
    with path.open("wb") as out:
        out.truncate(2 * 1024**3)  # a sparse file: 2 GB

    assert "huge.csv is 2.0 GB; the limit is 4.8 MB. Split it" in refused(path)


def test_a_missing_file_and_a_folder_of_nothing_are_told(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()

    assert "There is no file" in refused(tmp_path / "nope.csv")
    assert "holds no file that can be read" in refused(tmp_path / "folder")


# --- workbooks


def test_a_workbook_gives_days_numbers_and_the_value_of_formulas(tmp_path: Path) -> None:
    from datetime import date

    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["id", "seats", "since", "active", "sum"])
    sheet.append(["A", 12, date(2024, 2, 1), True, "=B2*2"])
    book.save(tmp_path / "a.xlsx")

    table = one(tmp_path / "a.xlsx")

    assert rows(table) == [["A", "12", "2024-02-01", "TRUE", ""]]
    assert table.notes == ["Some cells are formulas: they were read as what they last gave."]


def test_every_filled_sheet_is_a_table(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for title in ("Account", "Contact"):
        book.create_sheet(title).append(["id", "name"])
    book.save(tmp_path / "a.xlsx")

    assert [table.name for table in opening.tables([tmp_path / "a.xlsx"], LIMIT).tables] == [
        "a.xlsx [Account]",
        "a.xlsx [Contact]",
    ]


# --- archives


def archive(folder: Path, name: str, files: dict[str, bytes]) -> Path:
    path = folder / name
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        for inner, content in files.items():
            out.writestr(inner, content)
    return path


def test_the_tables_of_an_archive_are_read(tmp_path: Path) -> None:
    path = archive(
        tmp_path, "export.zip", {"Account.csv": b"id,name\n1,a\n", "__MACOSX/._Account.csv": b"junk", "readme.md": b"#"}
    )

    table = one(path)

    assert (table.name, rows(table)) == ("export.zip/Account.csv", [["1", "a"]])


def test_a_zip_bomb_is_not_opened(tmp_path: Path) -> None:
    path = archive(tmp_path, "bomb.zip", {"a.csv": bytes(4_000_000), "b.csv": b"0" * 4_900_000, "c.csv": b"0" * 4_900_000, "d.csv": b"0" * 4_900_000,
                                          "e.csv": b"0" * 4_900_000})  # fmt: skip

    assert "far more than its own size. It was not opened." in refused(path)


def test_an_archive_that_lies_about_its_sizes_is_stopped(tmp_path: Path) -> None:
    path = archive(tmp_path, "liar.zip", {"a.csv": b"id,name\n" + b"1,a\n" * 2_000_000})
    data = bytearray(path.read_bytes())
    for mark, at in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        where = data.index(mark) + at
        data[where : where + 4] = (100).to_bytes(4, "little")
    path.write_bytes(data)

    assert "is damaged and can't be unpacked" in refused(path)


def test_a_file_that_breaks_off_inside_an_archive_is_told(tmp_path: Path) -> None:
    path = archive(tmp_path, "cut.zip", {"a.csv": b"id,name\n" + b"".join(b"%d,%d\n" % (n, n * n) for n in range(200_000))})
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    path.write_bytes(data)

    opened = opening.tables([path], LIMIT)
    if opened.tables:
        with pytest.raises(Unreadable, match="is damaged"):
            rows(opened.tables[0])
    else:
        assert "is damaged" in opened.unreadable[0][1]


@pytest.mark.parametrize(
    ("inner", "reason"),
    [
        ("../../etc/a.csv", "leads out of it"),
        ("/etc/a.csv", "leads out of it"),
        ("more.zip", "holds another archive"),
        ("a\\..\\..\\b.csv", "leads out of it"),
    ],
)
def test_archives_with_tricks_are_refused(tmp_path: Path, inner: str, reason: str) -> None:
    assert reason in refused(archive(tmp_path, "a.zip", {inner: b"id,name\n1,a\n"}))


def test_an_archive_of_very_many_files_is_refused(tmp_path: Path) -> None:
    assert "holds 2,001 files; at most 2,000" in refused(
        archive(tmp_path, "a.zip", {f"{number}.csv": b"a" for number in range(2_001)})
    )


def test_json_answers_of_a_web_service_are_tables(tmp_path: Path) -> None:
    table = one(
        write(
            tmp_path,
            "organizations.json",
            '{"organizations": [{"id": 7, "name": "Ü", "tags": ["a"], "shared_tickets": true}], "count": 1}',
        )
    )

    assert table.name == "organizations.json [organizations]"
    assert (table.header, rows(table)) == (["id", "name", "tags", "shared_tickets"], [["7", "Ü", '["a"]', "TRUE"]])
