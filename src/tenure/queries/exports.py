"""A list's rows as CSV or XLSX: every matching row, the shown columns, nothing that a spreadsheet would run as a formula."""

import csv
import io
from collections.abc import Iterator, Sequence
from decimal import Decimal
from importlib import import_module
from tempfile import TemporaryFile
from typing import IO, Any

from django.db.models import Model, QuerySet

from tenure.queries.lists import Column

CHUNK = 2_000
DANGEROUS = ("=", "+", "-", "@", "\t", "\r")


def safe(value: Any) -> Any:
    """Text that a spreadsheet would take for a formula gets an apostrophe in front."""
    return f"'{value}" if isinstance(value, str) and value.startswith(DANGEROUS) else value


def cell(row: Model, column: Column, labels: dict[str, dict[str, str]]) -> Any:
    """A value for a file: money as a decimal of major units, people by name, words by their label."""
    if column.key == "name":
        return getattr(row, "name")  # noqa: B009 - the list's row has it, Model has not
    value = getattr(row, column.field)
    if value is None:
        return None
    if column.kind == "money":
        return Decimal(value) / 100
    if column.kind == "bool":
        return "yes" if value else "no"
    if column.kind in ("person", "enum"):
        return labels[column.key].get(str(value), str(value))
    return value


def rows_of(rows: QuerySet[Any], columns: Sequence[Column]) -> Iterator[list[Any]]:
    """The rows' values, read in chunks."""
    labels = {column.key: dict(column.choices) for column in columns}
    for row in rows.iterator(chunk_size=CHUNK):
        yield [cell(row, column, labels) for column in columns]


def as_csv(rows: QuerySet[Any], columns: Sequence[Column]) -> Iterator[bytes]:
    """The file in pieces: UTF-8 with a mark, so that spreadsheets read it right."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([column.label for column in columns])
    yield b"\xef\xbb\xbf"
    for number, values in enumerate(rows_of(rows, columns), 1):
        writer.writerow([safe(value) for value in values])
        if number % CHUNK == 0:
            yield _take(out)
    yield _take(out)


def _take(out: io.StringIO) -> bytes:
    text = out.getvalue().encode()
    out.seek(0)
    out.truncate()
    return text


def as_xlsx(rows: QuerySet[Any], columns: Sequence[Column]) -> IO[bytes]:
    """The workbook as an open temporary file, written row by row."""
    target = TemporaryFile()
    xlsxwriter = import_module("xlsxwriter")  # 8 MB of memory: only a web worker that makes a workbook has it
    with xlsxwriter.Workbook(target, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        sheet = book.add_worksheet("Accounts")
        bold = book.add_format({"bold": True})
        formats = {"money": book.add_format({"num_format": "#,##0.00"}), "date": book.add_format({"num_format": "yyyy-mm-dd"})}
        for number, column in enumerate(columns):
            sheet.write_string(0, number, column.label, bold)
            sheet.set_column(number, number, 30 if column.key == "name" else 16, formats.get(column.kind))
        for line, values in enumerate(rows_of(rows, columns), 1):
            for number, (value, column) in enumerate(zip(values, columns, strict=True)):
                _write(sheet, line, number, value, formats.get(column.kind))
    target.seek(0)
    return target


def _write(sheet: Any, line: int, number: int, value: Any, form: Any) -> None:
    if value is None:
        return
    if isinstance(value, (int, Decimal)):
        sheet.write_number(line, number, value, form)
    elif hasattr(value, "isoformat"):
        sheet.write_datetime(line, number, value, form)
    else:
        sheet.write_string(line, number, str(value))
