"""Workbooks: every sheet is a table. Formulas are read as what they last gave."""

import csv
import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from tenure.links.files import sheets
from tenure.links.files.tables import Chunk, Table, Unreadable, clean_header, fit

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
LOCKED = "{} is protected by a password. Save it without one, or export it as CSV."
BROKEN = "{} can't be read as a workbook. Save it again as XLSX, or export it as CSV."
TOO_MUCH = "{} takes too much memory or time: it is damaged, or its cells lie very far apart. Export the table as CSV."


def is_workbook(name: str, head: bytes) -> bool:
    """Whether name or first bytes say workbook."""
    return head.startswith(OLE) or name.lower().endswith((".xlsx", ".xlsm", ".xls", ".xlsb", ".ods"))


def tables(name: str, data: bytes) -> list[Table]:
    """The sheets that hold anything. Raises Unreadable."""
    if data.startswith(OLE) and ENCRYPTED in data:
        raise Unreadable(LOCKED.format(name))
    folder = TemporaryDirectory(prefix="tenure-sheets-", ignore_cleanup_errors=True)
    titles = _unfold(name, data, Path(folder.name))
    filled = [(number, title) for number, title in enumerate(titles) if title is not None]
    if not filled:
        raise Unreadable(f"{name} is empty. Export it again.")
    notes = ["Some cells are formulas: they were read as what they last gave."] if _has_formulas(data) else []
    return [
        _table(name if len(filled) == 1 else f"{name} [{title}]", folder, number, len(data), notes) for number, title in filled
    ]


def _unfold(name: str, data: bytes, folder: Path) -> list[str | None]:
    """The titles of the sheets, None for an empty one; their rows are files of the folder then. By another process: see ``sheets``."""
    book = folder / "book"
    book.write_bytes(data)
    command = [sys.executable, "-I", sheets.__file__, str(book), str(folder)]
    status = subprocess.run(command, check=False, capture_output=True).returncode  # noqa: S603 - our own program
    book.unlink()
    if status:
        told = {sheets.LOCKED: LOCKED, sheets.BROKEN: BROKEN}.get(status, TOO_MUCH)
        raise Unreadable(told.format(name))
    titles: list[str | None] = json.loads((folder / "titles.json").read_text(encoding="utf-8"))
    return titles


def _table(name: str, folder: "TemporaryDirectory[str]", number: int, size: int, notes: list[str]) -> Table:
    rows = _rows(folder, number)
    _, header = next(rows)
    while header and not header[-1].strip():
        header.pop()
    names = clean_header(header, name)
    return Table(name, names, lambda size: _read(folder, number, len(names), size), "XLSX", size=size, notes=list(notes))


def _rows(folder: "TemporaryDirectory[str]", number: int) -> Iterator[tuple[int, list[str]]]:
    """Each row that isn't blank with its number. The folder lives as long as somebody can read from it."""
    with (Path(folder.name) / f"{number}.csv").open(encoding="utf-8", newline="") as opened:
        for row in csv.reader(opened):
            yield int(row[0]), row[1:]


def _read(folder: "TemporaryDirectory[str]", sheet: int, width: int, size: int) -> Iterator[Chunk]:
    chunk = Chunk([], [])
    rows = _rows(folder, sheet)
    next(rows, None)
    for number, cells in rows:
        fitted, problem = fit(cells + [""] * (width - len(cells)), width, number)
        if fitted is None:
            chunk.broken += [problem] if problem else []
            continue
        chunk.rows.append(fitted)
        chunk.numbers.append(number)
        if len(chunk.rows) >= size:
            yield chunk
            chunk = Chunk([], [])
    if chunk.rows or chunk.broken:
        yield chunk


def _has_formulas(data: bytes) -> bool:
    """Whether a sheet holds a formula, by the first megabytes of each sheet."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for entry in archive.infolist():
                if entry.filename.startswith("xl/worksheets/sheet"):
                    with archive.open(entry) as sheet:
                        if b"<f>" in (text := sheet.read(4_000_000)) or b"<f " in text:
                            return True
    except (zipfile.BadZipFile, OSError, RuntimeError, EOFError):
        return False
    return False
