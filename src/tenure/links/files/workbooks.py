"""Workbooks: every sheet is a table. Formulas are read as what they last gave."""

import io
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook, PasswordError

from tenure.links.files.tables import Chunk, Table, Unreadable, clean_header, fit

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
LOCKED = "{} is protected by a password. Save it without one, or export it as CSV."
BROKEN = "{} can't be read as a workbook. Save it again as XLSX, or export it as CSV."


def is_workbook(name: str, head: bytes) -> bool:
    """Whether name or first bytes say workbook."""
    return head.startswith(OLE) or name.lower().endswith((".xlsx", ".xlsm", ".xls", ".xlsb", ".ods"))


def tables(name: str, data: bytes) -> list[Table]:
    """The sheets that hold anything. Raises Unreadable."""
    if data.startswith(OLE) and ENCRYPTED in data:
        raise Unreadable(LOCKED.format(name))
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        sheets = [(title, book.get_sheet_by_name(title).to_python(skip_empty_area=True)) for title in book.sheet_names]
    except PasswordError:
        raise Unreadable(LOCKED.format(name)) from None
    except (CalamineError, ValueError, OSError, zipfile.BadZipFile):
        raise Unreadable(BROKEN.format(name)) from None
    filled = [(title, rows) for title, rows in sheets if rows]
    if not filled:
        raise Unreadable(f"{name} is empty.")
    notes = ["Some cells are formulas: they were read as what they last gave."] if _has_formulas(data) else []
    return [_table(name if len(filled) == 1 else f"{name} [{title}]", rows, len(data), notes) for title, rows in filled]


def _table(name: str, rows: list[list[Any]], size: int, notes: list[str]) -> Table:
    start = next((at for at, row in enumerate(rows) if any(_text(cell).strip() for cell in row)), 0)
    header = [_text(cell) for cell in rows[start]]
    while header and not header[-1].strip():
        header.pop()
    names = clean_header(header, name)
    return Table(name, names, lambda size: _read(rows, start, len(names), size), "XLSX", size=size, notes=list(notes))


def _read(rows: list[list[Any]], start: int, width: int, size: int) -> Iterator[Chunk]:
    chunk = Chunk([], [])
    for number, row in enumerate(rows[start + 1 :], start=start + 2):
        cells = [_text(cell) for cell in row]
        if not any(cells):
            continue
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


def _text(cell: Any) -> str:
    """A cell as a CSV would have it: whole numbers without ``.0``, days and moments in ISO."""
    if cell is None or isinstance(cell, str):
        return cell or ""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ") if cell.time() != time() else cell.date().isoformat()
    if isinstance(cell, date | time):
        return cell.isoformat()
    return str(cell.total_seconds()) if isinstance(cell, timedelta) else str(cell)


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
