"""Delimited text of any usual encoding and delimiter, read as a stream."""

import codecs
import csv
import io
from collections.abc import Callable, Iterator
from typing import BinaryIO

from charset_normalizer import from_bytes

from tenure.actions.imports_checks import Problem
from tenure.links.files.tables import Chunk, Table, Unreadable, clean_header, fit
from tenure.rules.delimited import batches, delimiter_of

SAMPLE = 256 * 1024
LONGEST_CELL = 4 * 1024 * 1024
BLOCK, LONGEST_LINE = 1024 * 1024, 16  # blocks
BOMS = [
    (codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"), (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
]  # fmt: skip
MAGIC = {
    b"%PDF": "a PDF document", b"\x89PNG": "a picture", b"\xff\xd8\xff": "a picture", b"GIF8": "a picture", b"\x7fELF": "a program",
    b"MZ": "a program", b"\x1f\x8b": "a gzip archive", b"7z\xbc\xaf": "a 7z archive", b"Rar!": "a RAR archive", b"PAR1": "a Parquet file",
    b"SQLite format 3": "a database",
}  # fmt: skip
NOT_A_TABLE = "{} is not a table: {}. Export it as CSV or XLSX."
NO_LINES = "it has a line of more than 16 MB"
CLOSE_IT = "Close the quote, or delete it, and import the file again."
DOUBLE_IT = "Double the quotes inside a quoted text."

csv.field_size_limit(LONGEST_CELL)
Open = Callable[[], BinaryIO]


def table(name: str, opened: Open, size: int) -> Table:
    """The table in a text file. Raises Unreadable when it is none."""
    with opened() as stream:
        sample = stream.read(SAMPLE)
    whole = len(sample) >= size
    _refuse_others(name, sample)
    encoding = encoding_of(name, sample, opened, whole)
    text = sample.decode(encoding, errors="ignore")
    delimiter = delimiter_of(text)
    header = _header(name, opened, encoding, delimiter)
    return Table(
        name, header, lambda rows: _read(name, opened, encoding, delimiter, len(header), rows), "CSV", encoding, delimiter, size
    )


def _refuse_others(name: str, sample: bytes) -> None:
    if not sample.strip():
        raise Unreadable(f"{name} is empty. Export it again.")
    for start, what in MAGIC.items():
        if sample.startswith(start):
            raise Unreadable(NOT_A_TABLE.format(name, f"it is {what}"))
    begin = sample[:2000].lstrip().lower()
    if begin.startswith((b"<!doctype html", b"<html", b"<?xml")):
        raise Unreadable(NOT_A_TABLE.format(name, "it is a web page or XML"))


def encoding_of(name: str, sample: bytes, opened: Open, whole: bool = False) -> str:
    """The encoding: by its mark, else UTF-8 where all of the file is, else UTF-16 by its zeros, else by the letters found."""
    for mark, encoding in BOMS:
        if sample.startswith(mark):
            if not whole:
                for _ in _blocks(name, opened):
                    pass
            return encoding
    zeros = sample.count(0)
    if zeros:
        even, odd = sample[0::2].count(0), sample[1::2].count(0)
        if odd > len(sample) // 5 and even < odd // 10:
            return "utf-16-le"
        if even > len(sample) // 5 and odd < even // 10:
            return "utf-16-be"
        raise Unreadable(NOT_A_TABLE.format(name, "it holds bytes that are no text"))
    if _is_utf8(name, sample if whole else None, opened):
        return "utf-8"
    controls = sum(byte < 32 and byte not in (9, 10, 12, 13, 26, 27) for byte in sample[:20_000])
    if controls > 20:
        raise Unreadable(NOT_A_TABLE.format(name, "it holds bytes that are no text"))
    return _single_byte(sample)


def _single_byte(sample: bytes) -> str:
    """Windows' or ISO's Western letters, or what the letters themselves suggest."""
    guess = from_bytes(
        sample[:50_000], cp_isolation=["cp1252", "latin_1", "cp1250", "cp1251", "mac_roman", "shift_jis", "gb18030"]
    ).best()
    if (
        guess is not None
        and guess.encoding in ("cp1251", "shift_jis", "gb18030", "cp1250")
        and guess.percent_chaos < 5
        and guess.percent_coherence > 20
    ):
        return guess.encoding
    try:
        sample.decode("cp1252")
    except UnicodeDecodeError:
        return "latin-1"
    return "cp1252"


def _is_utf8(name: str, sample: bytes | None, opened: Open) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    whole = True
    for block in [sample] if sample is not None else _blocks(name, opened):
        try:
            if whole:
                decoder.decode(block)
        except UnicodeDecodeError:
            whole = False
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return whole


def _blocks(name: str, opened: Open) -> Iterator[bytes]:
    """The file in blocks. Raises Unreadable at a line that is too long to be one."""
    without = 0
    with opened() as stream:
        while block := stream.read(BLOCK):
            without = 0 if b"\n" in block or b"\r" in block else without + 1
            if without >= LONGEST_LINE:
                raise Unreadable(NOT_A_TABLE.format(name, NO_LINES))
            yield block


def _text(stream: BinaryIO, encoding: str) -> io.TextIOWrapper:
    return io.TextIOWrapper(stream, encoding=encoding, errors="replace", newline="")


def _header(name: str, opened: Open, encoding: str, delimiter: str) -> list[str]:
    with _text(opened(), encoding) as stream:
        try:
            for row in csv.reader(stream, delimiter=delimiter, strict=True):
                if any(cell.strip() for cell in row) and not _is_separator_line(row):
                    return clean_header(row, name)
        except csv.Error:
            raise Unreadable(NOT_A_TABLE.format(name, "its first line is not a line of column names")) from None
    raise Unreadable(f"{name} is empty. Export it again.")


def _is_separator_line(row: list[str]) -> bool:
    """Excel's first line ``sep=;``."""
    return row[0].lower().startswith("sep=")


def _read(name: str, opened: Open, encoding: str, delimiter: str, width: int, size: int) -> Iterator[Chunk]:
    """Chunks of rows. A row that is no row is told and left out; the rows after it are read."""
    binary = opened()
    with _text(binary, encoding) as stream:
        reader = csv.reader(stream, delimiter=delimiter, strict=True)
        number = _skip_header(reader)
        for rows, broken in batches(reader, size):
            chunk = _chunk(rows, width, number + 1)
            number += len(rows)
            if broken:  # where a text without an end stops nobody knows: the rest is not read as rows
                number += 1
                chunk.broken.append(Problem(number, "", "", "", broken.message, CLOSE_IT if broken.open_ended else DOUBLE_IT))
            chunk.position = binary.tell()
            yield chunk


def _skip_header(reader: Iterator[list[str]]) -> int:
    """Read up to the header; its number."""
    number = 0
    for row in reader:
        number += 1
        if any(cell.strip() for cell in row) and not _is_separator_line(row):
            break
    return number


def _chunk(rows: list[list[str]], width: int, first: int) -> Chunk:
    """Rows as a chunk, the odd ones apart."""
    if set(map(len, rows)) <= {width}:
        return Chunk(rows, list(range(first, first + len(rows))))
    chunk = Chunk([], [])
    for number, row in enumerate(rows, start=first):
        if len(row) == width:
            chunk.rows.append(row)
            chunk.numbers.append(number)
        else:
            _take_odd(chunk, row, width, number)
    return chunk


def _take_odd(chunk: Chunk, row: list[str], width: int, number: int) -> None:
    if not any(cell.strip() for cell in row):
        return
    fitted, problem = fit(row, width, number)
    if fitted is not None:
        chunk.rows.append(fitted)
        chunk.numbers.append(number)
    elif problem is not None:
        chunk.broken.append(problem)
