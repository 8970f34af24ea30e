"""The page of hours as a file: a line for each person and week."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from tenure.queries.capacity_weeks import Cell, Row, Table
from tenure.queries.lists import Column

COLUMNS = (
    Column("person", "Person", "text", "person"), Column("region", "Region", "text", "region"),
    Column("manager", "Manager", "text", "manager"), Column("week", "Week from", "date", "week"),
    Column("planned", "Planned hours", "money", "planned", digits=2), Column("plannable", "Plannable hours", "money", "plannable", digits=2),
    Column("working", "Working hours", "money", "working", digits=2), Column("percent", "Planned in % of plannable", "int", "percent"),
    Column("level", "State", "text", "level"), Column("missing", "Days off", "text", "missing"),
)  # fmt: skip
NOBODY = "Nobody yet"


@dataclass(frozen=True)
class Line:
    """A line of the file; hours in hundredths, as money is in minor units."""

    person: str
    region: str
    manager: str
    week: date
    planned: int
    plannable: int | None = None
    working: int | None = None
    percent: int | None = None
    level: str = ""
    missing: str = ""


class Lines(list[Line]):
    """All lines of a table, people in its order."""

    def __init__(self, table: Table) -> None:
        """``table``: the page."""
        super().__init__(line for row in table.rows for line in _of(row))
        self += [Line(NOBODY, "", "", week, _hours(minutes)) for week, minutes in table.nobody if minutes]

    def iterator(self, chunk_size: int = 0) -> Iterator[Line]:
        """As a query set gives its rows."""
        return iter(self)


def _of(row: Row) -> Iterator[Line]:
    user = row.user
    if user is not None:
        manager = user.manager.name if user.manager else ""
        yield from (_line(user.name, user.region, manager, cell) for cell in row.cells)


def _line(name: str, region: str, manager: str, cell: Cell) -> Line:
    time = cell.time
    off = ", ".join(f"{day.day:%-d %b}: {day.free}" for day in time.missing)
    hours = (_hours(cell.minutes), _hours(time.plannable), _hours(time.minutes))
    return Line(name, region, manager, cell.week, *hours, cell.percent, cell.words, off)


def _hours(minutes: int) -> int:
    return int((Decimal(minutes) * 100 / 60).quantize(Decimal(1)))
