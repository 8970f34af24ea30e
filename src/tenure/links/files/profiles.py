"""Profiles and data sheets as files: CSV, XLSX, Markdown, JSON; written so that a spreadsheet runs nothing, read back row by row."""

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from tenure.links.files import opening
from tenure.links.files.tables import Unreadable
from tenure.queries.cells import safe
from tenure.rules.profiles import ProfileField

FORMS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "md": "text/markdown; charset=utf-8",
    "json": "application/json",
}
LIMIT = 5 * 1024 * 1024
ROWS = 200_000
HEAD = ("Field", "Question", "How to answer", "Answer")
HEADING = re.compile(r"^#{1,6} .*\{#([a-z0-9_]+)\}\s*$")
RUNS = ("=", "+", "-", "@", "\t", "\r", "\n")
NO_TABLE = "{} holds no table that can be read: its first row names the columns {}."


@dataclass(frozen=True)
class Line:
    """One row of a file: its number as the file counts it, and its cells by the name of the column, in small letters."""

    number: int
    cells: Mapping[str, str]


def hint(field: ProfileField) -> str:
    """How to answer a question, in a sentence."""
    titles = "; ".join(title for _, title in field.choices)
    return {
        "text": "One line.", "longtext": "As much as helps.", "number": f"Digits only, like 1200{f' ({field.unit})' if field.unit else ''}.",
        "money": "An amount, like 1200.50.", "date": "Year-month-day, like 2026-03-31.", "choice": f"One of: {titles}.",
        "choices": f"Any of these, with semicolons between: {titles}.", "bool": "Yes or no.",
        "contact": "Name; title: CTO; email: ann@example.com; phone: +1 555 0100.",
    }[field.type]  # fmt: skip


def sheet(form: str, title: str, fields: Sequence[ProfileField], intro: str) -> bytes:
    """A data sheet to be filled in."""
    if form == "md":
        return _markdown_sheet(title, fields, intro).encode()
    return table(form, HEAD, [(one.key, one.question, hint(one), "") for one in fields], title)


def table(form: str, header: Sequence[str], rows: Sequence[Sequence[Any]], title: str = "Profiles") -> bytes:
    """Rows in one of ``FORMS``."""
    match form:
        case "csv":
            return _csv(header, rows)
        case "xlsx":
            return _xlsx(header, rows, title)
        case "md":
            return _markdown(header, rows, title)
    found = [{name.lower(): value for name, value in zip(header, row, strict=True) if value not in (None, "")} for row in rows]
    return (json.dumps(found, ensure_ascii=False, indent=2, default=str) + "\n").encode()


def read(path: Path, name: str, columns: Sequence[str], limit: int = LIMIT) -> list[Line]:
    """The rows of a file that has these columns, blank ones left out. ``name`` is what the file is called. Raises Unreadable."""
    if path.stat().st_size > limit:
        raise Unreadable(f"{name} is larger than {limit // 1024 // 1024} MB. Split it.")
    if name.lower().endswith((".md", ".markdown")):
        lines = list(_from_markdown(_text(path, name)))
    elif name.lower().endswith(".json"):
        lines = list(_from_json(_text(path, name), name))
    else:
        lines = list(_from_tables(path, name, limit, columns))
    if not any(set(columns) <= set(line.cells) for line in lines):
        raise Unreadable(NO_TABLE.format(name, ", ".join(columns)))
    return [line for line in lines if any(text.strip() for text in line.cells.values())]


# --- writing


def _csv(header: Sequence[str], rows: Sequence[Sequence[Any]]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(header)
    writer.writerows([safe("" if value is None else str(value)) for value in row] for row in rows)
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _xlsx(header: Sequence[str], rows: Sequence[Sequence[Any]], title: str) -> bytes:
    """Text is always text, never a formula or a link."""
    out, xlsxwriter = io.BytesIO(), import_module("xlsxwriter")
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(out, options) as book:
        page = book.add_worksheet(re.sub(r"[\[\]:*?/\\']", " ", title)[:31].strip() or "Profiles")
        head, wrap = book.add_format({"bold": True, "bottom": 1}), book.add_format({"text_wrap": True, "valign": "top"})
        page.freeze_panes(1, 0)
        for number, label in enumerate(header):
            page.set_column(number, number, 44 if label in ("Question", "Answer", "Value", "How to answer") else 18, wrap)
            page.write_string(0, number, label, head)
        for line, row in enumerate(rows, 1):
            for number, value in enumerate(row):
                if value not in (None, ""):
                    page.write_string(line, number, str(value), wrap)
    return out.getvalue()


def _markdown(header: Sequence[str], rows: Sequence[Sequence[Any]], title: str) -> bytes:
    lines = [f"# {title}", "", f"| {' | '.join(header)} |", f"|{' --- |' * len(header)}"]
    lines += [f"| {' | '.join(_cell(value) for value in row)} |" for row in rows]
    return ("\n".join(lines) + "\n").encode()


def _cell(value: Any) -> str:
    text = "" if value is None else str(value)
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("\r", "").replace("\n", "<br>")


def _markdown_sheet(title: str, fields: Sequence[ProfileField], intro: str) -> str:
    parts = [f"# {title}", "", intro, ""]
    for one in fields:
        parts += [f"## {one.question} {{#{one.key}}}", "", f"_{hint(one)}_", "", "", ""]
    return "\n".join(parts)


# --- reading


def _text(path: Path, name: str) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise Unreadable(f"{name} is not text in UTF-8. Save it as UTF-8.") from None


def _from_tables(path: Path, name: str, limit: int, columns: Sequence[str]) -> Iterator[Line]:
    opened = opening.tables([path], limit, {path: name})
    for _, sentence in opened.unreadable:
        raise Unreadable(sentence)
    for one in opened.tables:
        names = [label.strip().lower() for label in one.header]
        if not set(columns) <= set(names):
            continue
        for chunk in one.chunks():
            for problem in chunk.broken:
                yield Line(problem.row, {"": problem.message})
            for number, row in zip(chunk.numbers, chunk.rows, strict=True):
                if number > ROWS:
                    raise Unreadable(f"{name} has more than {ROWS:,} rows. Split it.")
                yield Line(number, {label: _plain(text) for label, text in zip(names, row, strict=True)})


def _plain(text: str) -> str:
    """A cell without the apostrophe that kept a spreadsheet from running it."""
    return text[1:] if text[:1] == "'" and text[1:2] in RUNS else text


def _from_json(text: str, name: str) -> Iterator[Line]:
    try:
        found = json.loads(text)
    except ValueError as error:
        raise Unreadable(f"{name} is no JSON: {error}.") from None
    if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
        raise Unreadable(f"{name} is no list of objects.")
    for number, row in enumerate(found, 1):
        yield Line(number, {str(key).lower(): "" if value is None else _word(value) for key, value in row.items()})


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "; ".join(str(one) for one in value) if isinstance(value, list) else str(value)


def _from_markdown(text: str) -> Iterator[Line]:
    """Questions with their key in the heading and the answer below, or a table."""
    lines = text.replace("\r\n", "\n").split("\n")
    if any(HEADING.match(line) for line in lines):
        yield from _answers(lines)
    else:
        yield from _rows(lines)


def _answers(lines: Sequence[str]) -> Iterator[Line]:
    key, start, body = "", 0, list[str]()
    for number, line in enumerate([*lines, "## {#end}"], 1):
        if found := HEADING.match(line):
            if key:
                yield Line(start, {"field": key, "answer": "\n".join(body).strip()})
            key, start, body = found[1], number, []
        elif key and not (not "".join(body).strip() and re.fullmatch(r"_.*_", line.strip())):  # the hint stands before the answer
            body.append(line)


def _rows(lines: Sequence[str]) -> Iterator[Line]:
    header: list[str] = []
    for number, line in enumerate(lines, 1):
        if not line.strip().startswith("|"):
            header = [] if not line.strip() else header
            continue
        cells = [_uncell(cell) for cell in re.split(r"(?<!\\)(?:\\\\)*\|", line.strip().strip("|"))]
        if not header:
            header = [cell.lower() for cell in cells]
        elif not all(re.fullmatch(r":?-+:?", cell) for cell in cells):
            yield Line(number, dict(zip(header, [*cells, *[""] * len(header)], strict=False)))


def _uncell(cell: str) -> str:
    return re.sub(r"\\([\\|])", r"\1", cell.strip()).replace("<br>", "\n")
