"""JSON answers of a web service: an object that holds one list of records, or one record."""

import json
from collections.abc import Iterator
from typing import Any

from tenure.links.files.tables import Chunk, Table, Unreadable, clean_header

LARGEST = 100 * 1024 * 1024


def table(name: str, data: bytes) -> Table:
    """The records as rows; nested parts stay JSON text. Raises Unreadable."""
    if len(data) > LARGEST:
        raise Unreadable(f"{name} is too large for JSON. Export it as CSV.")
    try:
        answer = json.loads(data)
    except (ValueError, RecursionError):
        raise Unreadable(f"{name} is not JSON. Export it as CSV.") from None
    records, key = _records(answer)
    if records is None:
        raise Unreadable(f"{name} holds no list of records. Export it as CSV.")
    names = list(dict.fromkeys(field for record in records for field in record))
    if not names:
        raise Unreadable(f"{name} is empty. Export it again.")
    rows = [[_text(record.get(field)) for field in names] for record in records]
    title = f"{name} [{_text(key)}]" if key else name
    return Table(
        title, clean_header([_text(field) for field in names], name), lambda size: _read(rows, size), "JSON", size=len(data)
    )


def _records(answer: Any) -> tuple[list[dict[str, Any]] | None, str]:
    if isinstance(answer, list):
        return (answer, "") if answer and all(isinstance(record, dict) for record in answer) else (None, "")
    if not isinstance(answer, dict):
        return None, ""
    for key, value in answer.items():
        if isinstance(value, list) and value and all(isinstance(record, dict) for record in value):
            return value, key
    inner = [(key, value) for key, value in answer.items() if isinstance(value, dict)]
    return ([inner[0][1]], inner[0][0]) if len(answer) == 1 and inner else (None, "")


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    told = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return told.encode("utf-8", "replace").decode()  # half a letter (a lone surrogate) is none


def _read(rows: list[list[str]], size: int) -> Iterator[Chunk]:
    for start in range(0, len(rows), size):
        part = rows[start : start + size]
        yield Chunk(part, list(range(start + 2, start + 2 + len(part))))
