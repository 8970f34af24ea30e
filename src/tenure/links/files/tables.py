"""A table of text: a header, and rows in chunks with their numbers. What cannot be read is refused with a sentence, never a traceback."""

import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from tenure.actions.imports_checks import Problem, visible
from tenure.actions.refusals import Refused

CELLS = 1_500_000  # in one chunk: bounds the memory of wide files
ROWS = 20_000
WIDEST = 2_000  # columns
HALF_A_ROW = "Fill in what is missing, or put a text that holds a delimiter in quotes."


class Unreadable(Refused):
    """A file, or a part of it, that is not a table. Nothing was changed."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence, "unreadable", "file")


@dataclass
class Chunk:
    """Some rows of a table: cells as text, the number of each row (the header is row 1), and rows that are no rows."""

    rows: list[list[str]]
    numbers: list[int]
    broken: list[Problem] = field(default_factory=list)
    position: int = 0  # bytes of the file read so far; 0 = not known

    @property
    def read(self) -> int:
        """How many rows there were, broken ones too."""
        return len(self.rows) + len(self.broken)


@dataclass
class Table:
    """One table of a file. ``read`` starts from the top each time it is called; ``size`` is in bytes."""

    name: str
    header: list[str]
    read: Callable[[int], Iterator[Chunk]]
    form: str = "CSV"
    encoding: str = ""
    delimiter: str = ""
    size: int = 0
    notes: list[str] = field(default_factory=list)

    def chunks(self, rows: int | None = None) -> Iterator[Chunk]:
        """The rows, at most ``rows`` in a chunk; fewer where the table is wide."""
        try:
            yield from self.read(rows or max(500, min(ROWS, CELLS // max(1, len(self.header)))))
        except (OSError, EOFError, zipfile.BadZipFile, zlib.error, UnicodeError):
            raise Unreadable(f"{self.name} is damaged: a part of it can't be read. Rows before that part came in.") from None

    def first(self, rows: int) -> Chunk:
        """The first rows, for a look at the table."""
        return next(self.chunks(rows), Chunk([], []))


def clean_header(cells: list[str], name: str) -> list[str]:
    """Names of columns: without blanks around, numbered where one is empty or comes twice. Raises Unreadable."""
    if len(cells) > WIDEST:
        raise Unreadable(f"{name} has {len(cells):,} columns; at most {WIDEST:,} can be read.")
    names: list[str] = []
    taken: set[str] = set()
    for number, cell in enumerate(cells, start=1):
        title = base = cell.replace("\ufeff", "").replace("\x00", "").strip() or f"Column {number}"
        again = 2
        while title in taken:
            title, again = f"{base} ({again})", again + 1
        taken.add(title)
        names.append(title)
    return names


def fit(row: list[str], width: int, number: int) -> tuple[list[str] | None, Problem | None]:
    """The row with as many cells as the header: empty cells too many are cut, anything else is half a row."""
    if len(row) == width:
        return row, None
    if len(row) > width and not any(cell.strip() for cell in row[width:]):
        return row[:width], None
    cells = "1 cell" if len(row) == 1 else f"{len(row)} cells"
    return None, Problem(
        number, "", "", visible(row[0] if row else "")[:200], f"The row has {cells}, the header has {width}.", HALF_A_ROW
    )


def human(size: float) -> str:
    """A size in words: ``2.0 GB``."""
    for unit in ("bytes", "KB", "MB", "GB"):
        if size < 1024 or unit == "GB":
            return f"{size:,.0f} {unit}" if unit in ("bytes", "KB") else f"{size:,.1f} {unit}"
        size /= 1024
    return f"{size:,.1f} GB"
