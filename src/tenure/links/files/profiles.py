"""Profiles and data sheets as files: CSV, XLSX, Markdown, JSON; written so that a spreadsheet runs nothing, read back row by row."""

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from tenure.links.files import csvs, opening
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
HEADING = re.compile(
    r"^ {0,3}#{1,6}\s+(.*?)(?:\\?\{\\?#([a-z0-9_\\]+)\})?$"
)  # editors put a backslash before what Markdown might mean
BULLET = re.compile(r"^\s*(?:[-*+]|\d+[.)])\s+(?:\[(?P<box>[ xX])\]\s+)?")
PROSE = ("text", "longtext")  # types of fields whose answer stands as it was written
RUNS = ("=", "+", "-", "@", "\t", "\r", "\n")
NO_QUESTION = "{} holds none of the questions of this data sheet. Write below its headings and leave them as they were sent."
NO_TABLE = "{} holds no table that can be read: its first row names the columns {}."


@dataclass(frozen=True)
class Line:
    """One row of a file: its number as the file counts it, and its cells by the name of the column, in small letters; of a row that can't be
    read the ``problem`` instead."""

    number: int
    cells: Mapping[str, str]
    problem: str = ""


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
    rows = [(one.key, one.question, hint(one), "") for one in fields]
    if form == "xlsx":  # what looks like a number or a day stays as it is typed where it is a text: version 16.10 is not 16.1
        return _xlsx(HEAD, rows, title, [one.type in (*PROSE, "contact") for one in fields])
    return table(form, HEAD, rows, title)


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


def read(path: Path, name: str, columns: Sequence[str], limit: int = LIMIT, asked: Sequence[ProfileField] = ()) -> list[Line]:
    """The rows of a file that has these columns, blank ones left out. ``name`` is what the file is called; ``asked``: the questions of a data
    sheet, by which Markdown is known whose headings lost their keys. Raises Unreadable."""
    check_size(path.stat().st_size, name, limit)
    if name.lower().endswith((".md", ".markdown")):
        lines = list(_from_markdown(_text(path, name), {one.key: one for one in asked}))
    elif name.lower().endswith(".json"):
        lines = list(_from_json(_text(path, name), name))
    else:
        lines = list(_from_tables(path, name, limit, columns))
    if not any(set(columns) <= set(line.cells) for line in lines):
        if asked and name.lower().endswith((".md", ".markdown")):
            raise Unreadable(NO_QUESTION.format(name))
        raise Unreadable(NO_TABLE.format(name, ", ".join(columns)))
    return [line for line in lines if line.problem or any(text.strip() for text in line.cells.values())]


def check_size(size: int, name: str, limit: int = LIMIT) -> None:
    """Refuse a file of so many bytes, also before it is written anywhere. Raises Unreadable."""
    if size > limit:
        raise Unreadable(f"{name} is larger than {limit // 1024 // 1024} MB. Split it.")


# --- writing


def _csv(header: Sequence[str], rows: Sequence[Sequence[Any]]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(header)
    writer.writerows([safe("" if value is None else str(value)) for value in row] for row in rows)
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _xlsx(header: Sequence[str], rows: Sequence[Sequence[Any]], title: str, typed: Sequence[bool] = ()) -> bytes:
    """Text is always text, never a formula or a link. ``typed``: for each row whether what is typed into its last cell is one too."""
    out, xlsxwriter = io.BytesIO(), import_module("xlsxwriter")
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(out, options) as book:
        page = book.add_worksheet(re.sub(r"[\[\]:*?/\\']", " ", title)[:31].strip() or "Profiles")
        head, wrap = book.add_format({"bold": True, "bottom": 1}), book.add_format({"text_wrap": True, "valign": "top"})
        text = book.add_format({"text_wrap": True, "valign": "top", "num_format": "@"})
        page.freeze_panes(1, 0)
        for number, label in enumerate(header):
            page.set_column(number, number, 44 if label in ("Question", "Answer", "Value", "How to answer") else 18, wrap)
            page.write_string(0, number, label, head)
        for line, row in enumerate(rows, 1):
            for number, value in enumerate(row):
                if value not in (None, ""):
                    page.write_string(line, number, str(value), wrap)
        for line, kept in enumerate(typed, 1):
            if kept:
                page.write_blank(line, len(header) - 1, None, text)
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
    body = path.read_bytes()
    with suppress(UnicodeDecodeError, Unreadable):
        encoding = csvs.encoding_of(name, body, lambda: path.open("rb"), whole=True)
        return body.decode("utf-8-sig" if encoding == "utf-8" else encoding)
    raise Unreadable(f"{name} is not text in UTF-8. Save it as UTF-8.")


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
                yield Line(problem.row, {}, f"{problem.message} {problem.remedy}".strip())
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


def _from_markdown(text: str, asked: Mapping[str, ProfileField]) -> Iterator[Line]:
    """Questions with their key in the heading and the answer below, or a table."""
    lines, questions = text.replace("\r\n", "\n").split("\n"), {_words(one.question): key for key, one in asked.items()}
    keys = [_key(line, questions) for line in lines]
    if any(keys):
        yield from _answers(lines, keys, asked)
    else:
        yield from _rows(lines)


def _key(line: str, questions: Mapping[str, str]) -> str:
    """The field to whose question a heading belongs; blank for any other line."""
    found = HEADING.match(line.rstrip(" \t*_#"))
    return (found[2] or "").replace("\\", "") or questions.get(_words(found[1]), "") if found else ""


def _words(text: str) -> str:
    """A question without what editors change in it."""
    return " ".join(re.sub(r"[\\*_`#]", "", text).casefold().split())


def _answers(lines: Sequence[str], keys: Sequence[str], asked: Mapping[str, ProfileField]) -> Iterator[Line]:
    starts = [number for number, key in enumerate(keys) if key]
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        one = asked.get(keys[start])
        body = "\n".join(_unhinted(lines[start + 1 : end], one)).strip()
        yield Line(start + 1, {"field": keys[start], "answer": _unlisted(body) if one and one.type not in PROSE else body})


def _unhinted(lines: Sequence[str], one: ProfileField | None) -> Sequence[str]:
    """What stands below a question, without the hint before the answer."""
    first = next((number for number, line in enumerate(lines) if line.strip()), None)
    if first is None:
        return lines
    line, below = lines[first].strip(), lines[first + 1 :]
    if one and (said := re.fullmatch(rf"[_*]{re.escape(hint(one))}[_*](.*)", line)):
        return [said[1], *below]
    reworded = re.fullmatch(r"_.*_", line) and (one is None or (one.type not in PROSE and any(text.strip() for text in below)))
    return below if reworded else lines


def _unlisted(text: str) -> str:
    """An answer without the marks of a list; of boxes those that are ticked."""
    found = [(BULLET.match(line), line) for line in text.split("\n") if line.strip()]
    return "\n".join(line[mark.end() :] if mark else line for mark, line in found if not (mark and mark["box"] == " "))


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
