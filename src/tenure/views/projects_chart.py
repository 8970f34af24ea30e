"""The burndown as SVG: what was open at the end of each day, and the even line down to the day on which it is due."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from tenure.queries.projects_progress import Day

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 720, 220, 36, 12, 12, 26
MARKS = 5  # days named below
ROWS = 14  # lines of the table beside it


@dataclass(frozen=True)
class Chart:
    """Everything that the template draws: points as SVG has them, grid lines as (y, words), days as (x, words), and the table's rows."""

    days: Sequence[Day]
    line: str
    area: str
    ideal: str
    grid: Sequence[tuple[float, int]]
    marks: Sequence[tuple[float, str]]
    table: Sequence[tuple[Day, int, int]]
    said: str
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    bottom: int = HEIGHT - BOTTOM


def chart(days: Sequence[Day], by: str) -> Chart | None:
    """The chart by issues or by weight; None where there is nothing to draw."""
    if not days:
        return None
    values = [day.weight if by == "weight" else day.issues for day in days]
    step = _step(max([*values, 1]))
    most = -(-max([*values, 1]) // step) * step
    points = [(_x(number, len(days)), _y(value, most)) for number, value in enumerate(values)]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    area = f"{points[0][0]:.1f},{HEIGHT - BOTTOM} {line} {points[-1][0]:.1f},{HEIGHT - BOTTOM}"
    even = [(number, day.ideal) for number, day in enumerate(days) if day.ideal is not None] if by == "issues" else []
    ideal = " ".join(f"{_x(number, len(days)):.1f},{_y(value, most):.1f}" for number, value in even)
    grid = [(_y(value, most), value) for value in range(0, most + 1, step)]
    return Chart(days, line, area, ideal, grid, _marks(days), _table(days, values), _said(days, values, by))


def _x(number: int, count: int) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * (number / (count - 1) if count > 1 else 0.5)


def _y(value: float, most: int) -> float:
    return TOP + (HEIGHT - TOP - BOTTOM) * (1 - value / most)


def _step(most: int) -> int:
    """A round distance of the grid lines, of which there are at most five."""
    size = 1
    while most / size > 5:
        size = size * 5 // 2 if str(size)[0] == "2" else size * 2
    return size


def _marks(days: Sequence[Day]) -> list[tuple[float, str]]:
    places = sorted({round(number * (len(days) - 1) / (MARKS - 1)) for number in range(MARKS)})
    return [(_x(place, len(days)), f"{days[place].on:%-d %b}") for place in places]


def _table(days: Sequence[Day], values: Sequence[int]) -> list[tuple[Day, int, int]]:
    """The days on which something turned, newest first, with what is open and by how much it changed."""
    turned = [
        (day, value, value - (values[number - 1] if number else 0))
        for number, (day, value) in enumerate(zip(days, values, strict=True))
    ]
    return [row for row in reversed(turned) if row[2]][:ROWS]


def _said(days: Sequence[Day], values: Sequence[int], by: str) -> str:
    word = "weight" if by == "weight" else "issues"
    week = [value for day, value in zip(days, values, strict=True) if day.on <= days[-1].on - timedelta(days=7)]
    since = f", {week[-1]} a week before" if week else ""
    return f"{values[-1]} {word} open on {days[-1].on:%-d %B %Y}{since}; at most {max(values)}."
