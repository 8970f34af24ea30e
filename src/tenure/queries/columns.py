"""Reading many rows as typed columns, straight from the database cursor, and the blocks of accounts that long work goes through.

The standard cursors only: a second SQLite library in the process would drop the file's locks.
"""

import gc
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any, Literal, Protocol

import polars as pl
from django.db import connection

from tenure.queries import clock

Kind = Literal["int", "bool", "text", "date", "json"]
BLOCK = 20_000  # accounts in one frame: bounds the memory and the length of a transaction
ROWS = 50_000
FEW = 500  # rows of which each operation of Polars costs more than reading them one by one

# How a column leaves the database, and what it becomes. Text for dates: the drivers would make a Python object of each.
_SQL = {"int": "{}", "bool": "cast({} as integer)", "text": "{}", "date": "cast({} as text)", "json": "cast({} as text)"}
_FETCHED: dict[str, type[pl.DataType]] = {
    "int": pl.Int64,
    "bool": pl.Int64,
    "text": pl.String,
    "date": pl.String,
    "json": pl.String,
}
TYPES: dict[str, type[pl.DataType]] = {
    "int": pl.Int64,
    "bool": pl.Boolean,
    "text": pl.String,
    "date": pl.Date,
    "json": pl.String,
}
_WORDS: dict[Kind, Callable[[Any], Any]] = {"bool": bool, "date": date.fromisoformat}  # what a value that was fetched says

Columns = Mapping[str, tuple[str, Kind]]  # name -> SQL expression, kind


@dataclass(frozen=True)
class Read:
    """``select columns from source``: types are given, never guessed. ``source`` is what follows FROM, ``params`` what it asks for."""

    columns: Columns
    source: str
    params: Sequence[Any] = ()

    @property
    def expressions(self) -> dict[str, str]:
        """Each column as it leaves the database."""
        return {name: _SQL[kind].format(expression) for name, (expression, kind) in self.columns.items()}


@dataclass(frozen=True)
class Scope:
    """Some accounts: those with ids from ``low`` to ``high`` (``size`` of them), or only ``ids`` of them."""

    low: int
    high: int
    ids: tuple[int, ...] | None = None
    size: int = 0

    def where(self, column: str) -> str:
        """The condition on an id column. Ids are integers of ours, so they may stand in the SQL."""
        if self.ids is None:
            return f"{column} between {self.low} and {self.high}"
        return f"{column} in ({','.join(map(str, self.ids))})" if self.ids else "1 = 0"

    def account_ids(self) -> list[int]:
        """The ids, deleted accounts too."""
        return read({"id": ("id", "int")}, f"tenure_account where {self.where('id')} order by id")["id"].to_list()

    def halves(self) -> tuple["Scope", "Scope"]:
        """Two scopes that hold these accounts; of one account the second is empty."""
        ids = self.ids if self.ids is not None else tuple(self.account_ids())
        middle = (len(ids) + 1) // 2
        return of_ids(ids[:middle]), of_ids(ids[middle:])


class Everything:
    """Every account there is: nothing is asked of their ids."""

    def where(self, column: str) -> str:
        """The condition on an id column."""
        return "1 = 1"


class Some(Protocol):
    """Accounts, or other things by their ids, as a condition on a column: a ``Scope``, ``Everything``, or what a query finds."""

    def where(self, column: str) -> str: ...  # noqa: D102 - as above


def of_ids(ids: Iterable[int]) -> Scope:
    """The scope of these accounts."""
    known = tuple(sorted({int(i) for i in ids}))
    return Scope(known[0], known[-1], known, len(known)) if known else Scope(0, -1, ())


def blocks(ids: Iterable[int] | None = None, size: int = BLOCK) -> Iterator[Scope]:
    """All accounts (deleted ones too), or those of ``ids``, in blocks of ``size`` by id."""
    if ids is not None:
        known = sorted({int(i) for i in ids})
        for start in range(0, len(known), size):
            yield of_ids(known[start : start + size])
        return
    known = read({"id": ("id", "int")}, "tenure_account order by id")["id"].to_list()
    for start in range(0, len(known), size):
        part = known[start : start + size]
        yield Scope(part[0], part[-1], size=len(part))


def read(columns: Columns, source: str, params: Sequence[Any] = ()) -> pl.DataFrame:
    """``select columns from source`` as a frame: see ``Read``."""
    names = ", ".join(f'{expression} as "{name}"' for name, expression in Read(columns, source).expressions.items())
    parts: list[pl.DataFrame] = []
    with uncollected(), connection.cursor() as cursor:
        cursor.execute(f"select {names} from {source}", list(params))  # noqa: S608 - SQL of ours, values are parameters
        while rows := cursor.fetchmany(ROWS):
            if not parts and len(rows) <= FEW:
                return _few(columns, rows)
            parts.append(_fetched(columns, rows))
    return _final(columns, pl.concat(parts)) if parts else _few(columns, ())


@contextmanager
def uncollected() -> Iterator[None]:
    """For work over many rows: they are many small objects that no collection could free."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def read_all(reads: Mapping[str, Read], together: bool) -> dict[str, pl.DataFrame]:
    """Several reads by name. ``together``, for few rows: all in one statement, each row as a JSON array, so that a page pays one query."""
    if not together:
        return {name: read(one.columns, one.source, one.params) for name, one in reads.items()}
    array = "json_array" if is_sqlite() else "json_build_array"
    parts = [
        f"select {number} as part, cast({array}({', '.join(one.expressions.values())}) as text) as line from {one.source}"  # noqa: S608
        for number, one in enumerate(reads.values())
    ]
    with connection.cursor() as cursor:
        cursor.execute(" union all ".join(parts), [param for one in reads.values() for param in one.params])
        lines = cursor.fetchall()
    rows: list[list[Sequence[Any]]] = [[] for _ in reads]
    for number, line in lines:
        rows[number].append(json.loads(line))
    return {name: _few(one.columns, part) for (name, one), part in zip(reads.items(), rows, strict=True)}


def _few(columns: Columns, rows: Sequence[Sequence[Any]]) -> pl.DataFrame:
    """Few rows as typed columns at once: see ``FEW``."""
    if not rows:
        return _none(tuple((name, kind) for name, (_, kind) in columns.items())).clone()
    found = []
    for (name, (_, kind)), values in zip(columns.items(), _values(columns, rows), strict=True):
        word = _WORDS.get(kind)
        told = [None if one is None else word(one) for one in values] if word else values
        found.append(pl.Series(name, told, dtype=TYPES[kind]))
    return pl.DataFrame(found)


@lru_cache(maxsize=256)
def _none(kinds: tuple[tuple[str, Kind], ...]) -> pl.DataFrame:
    """No rows of such columns."""
    return pl.DataFrame(schema={name: TYPES[kind] for name, kind in kinds})


def _fetched(columns: Columns, rows: Sequence[Sequence[Any]]) -> pl.DataFrame:
    """Rows as they leave the database."""
    types = {name: _FETCHED[kind] for name, (_, kind) in columns.items()}
    parts = zip(types.items(), _values(columns, rows), strict=True)
    return pl.DataFrame([pl.Series(name, part, dtype=dtype) for (name, dtype), part in parts])


def _values(columns: Columns, rows: Sequence[Sequence[Any]]) -> Iterable[Sequence[Any]]:
    """Rows column by column."""
    return zip(*rows, strict=True) if rows else [()] * len(columns)


def _final(columns: Columns, frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(
        pl.col(name).str.to_date("%Y-%m-%d") if kind == "date" else pl.col(name).cast(TYPES[kind])
        for name, (_, kind) in columns.items()
        if kind in ("date", "bool")
    )


def side_by_side(parts: Iterable[pl.LazyFrame], key: str) -> pl.LazyFrame:
    """One row for each ``key`` of any part, in no order. Every part has one row per key, and every other column stands in one part only:
    so its one value is its greatest. A join for each part takes longer."""
    return pl.concat(parts, how="diagonal").group_by(key).agg(pl.all().max())


def collected(steps: pl.LazyFrame) -> pl.DataFrame:
    """What these steps give, done in memory as they stand: for few rows optimising them costs more than they do. What two of them
    share would be done twice: collect it first."""
    return steps.collect(optimizations=pl.QueryOptFlags.none(), engine="in-memory")


def moment(value: datetime) -> Any:
    """An aware datetime as a parameter of raw SQL."""
    return connection.ops.adapt_datetimefield_value(value)


def is_sqlite() -> bool:
    """Whether the database is SQLite."""
    return connection.vendor == "sqlite"


def end_of(day: date) -> Any:
    """The first moment after a day, local time, as a parameter of raw SQL."""
    return moment(clock.end_of(day))
