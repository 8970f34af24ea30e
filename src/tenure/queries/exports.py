"""A list's rows as CSV or XLSX: every matching row, the shown columns, nothing that a spreadsheet would run as a formula."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from importlib import import_module
from tempfile import TemporaryFile
from typing import IO, Any

from django.db.models import QuerySet

from tenure.queries.cells import safe
from tenure.queries.lists import Column

CHUNK = 2_000
WIDTHS = {"text": 34, "person": 22, "enum": 18}


def titled(column: Column, currency: str) -> Column:
    """The column with its currency in the head, where it holds money: a file must say in what."""
    return replace(column, label=f"{column.label} ({currency})") if column.kind == "money" else column


def cell(row: Any, column: Column, names: Mapping[str, str]) -> Any:
    """A value for a file: money as a decimal of major units, people by name, words as people read them."""
    if column.key == "name":
        return row.name
    value = getattr(row, column.field)
    if value is None or value == "":
        return None
    match column.kind:
        case "money":
            return Decimal(value).scaleb(-column.digits)
        case "bool":
            return "yes" if value else "no"
        case "person":
            return names.get(str(value), "")
        case "enum":
            return column.label_of(value)
        case _:
            return value


def rows_of(rows: QuerySet[Any], columns: Sequence[Column], names: Mapping[str, str]) -> Iterator[list[Any]]:
    """The rows' values, read in chunks."""
    for row in rows.iterator(chunk_size=CHUNK):
        yield [cell(row, column, names) for column in columns]


def as_csv(rows: QuerySet[Any], columns: Sequence[Column], names: Mapping[str, str]) -> Iterator[bytes]:
    """The file in pieces: UTF-8 with a mark, so that spreadsheets read it right."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([safe(column.label) for column in columns])
    yield b"\xef\xbb\xbf"
    for number, values in enumerate(rows_of(rows, columns, names), 1):
        writer.writerow([safe(value) for value in values])
        if number % CHUNK == 0:
            yield _take(out)
    yield _take(out)


def _take(out: io.StringIO) -> bytes:
    text = out.getvalue().encode()
    out.seek(0)
    out.truncate()
    return text


def as_xlsx(rows: QuerySet[Any], columns: Sequence[Column], names: Mapping[str, str], title: str) -> IO[bytes]:
    """The workbook as an open temporary file, written row by row; text is always text, never a formula or a link."""
    target = TemporaryFile()  # noqa: SIM115 - whoever sends it closes it
    xlsxwriter = import_module("xlsxwriter")  # 8 MB of memory: only a web worker that makes a workbook has it
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(target, options) as book:
        sheet = book.add_worksheet(title)
        head = book.add_format({"bold": True, "bottom": 1})
        money = "#,##0." + "0" * max((column.digits for column in columns), default=2)
        formats = {"money": book.add_format({"num_format": money}), "date": book.add_format({"num_format": "yyyy-mm-dd"})}
        sheet.freeze_panes(1, 1)
        for number, column in enumerate(columns):
            sheet.set_column(number, number, WIDTHS.get(column.kind, 14), formats.get(column.kind))
            sheet.write_string(0, number, column.label, head)
        line = 0
        for line, values in enumerate(rows_of(rows, columns, names), 1):
            for number, (value, column) in enumerate(zip(values, columns, strict=True)):
                _write(sheet, line, number, value, formats.get(column.kind))
        sheet.autofilter(0, 0, line, max(len(columns) - 1, 0))
    target.seek(0)
    return target


def _write(sheet: Any, line: int, number: int, value: Any, form: Any) -> None:
    if value is None:
        return
    if isinstance(value, int | Decimal):
        sheet.write_number(line, number, value, form)
    elif isinstance(value, date):
        sheet.write_datetime(line, number, value, form)
    else:
        sheet.write_string(line, number, str(value))
