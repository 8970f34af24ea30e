"""Writing many rows at once: executemany on SQLite, COPY on PostgreSQL. Callers give plain Python values and ready JSON text.

Every function must run inside ``transaction.atomic()``; none of them writes Events (the action that calls them does).
"""

import gc
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from io import BytesIO
from typing import Any

import polars as pl
from django.db import connection, models

BUFFER = 20_000  # rows of a frame that become Python values at a time
GARBAGE = (100_000, 50, 100)
ROWS = 10  # of one INSERT on SQLite: more are no quicker


def is_sqlite() -> bool:
    """Whether the database is SQLite."""
    return connection.vendor == "sqlite"


def lock(name: str) -> None:
    """Let one transaction at a time pass for ``name``. SQLite's IMMEDIATE transactions do so already."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("select pg_advisory_xact_lock(hashtext(%s))", [name])


def next_ids(model: type[models.Model], count: int) -> Sequence[int]:
    """Reserve ``count`` ids of a table. Call within a transaction."""
    if not count:
        return range(0)
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            lock(f"ids:{table}")
            cursor.execute("select pg_get_serial_sequence(%s, 'id')", [f'"{table}"'])
            sequence = cursor.fetchone()[0]
            # One by one from the sequence: a jump would take ids that somebody else's single insert has drawn meanwhile.
            cursor.execute("select nextval(%s) from generate_series(1, %s)", [sequence, count])
            return [int(row[0]) for row in cursor.fetchall()]
        cursor.execute("select seq from sqlite_sequence where name = %s", [table])
        row = cursor.fetchone()
        cursor.execute(f'select coalesce(max(id), 0) from "{table}"')  # noqa: S608 - table name of a model
        first = max(int(row[0]) if row else 0, int(cursor.fetchone()[0])) + 1
    return range(first, first + count)


def _sqlite_value(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None).isoformat(sep=" ")
    return value.isoformat() if hasattr(value, "isoformat") else value


def moment(at: datetime) -> Any:
    """A moment as the database takes it, for rows that are ``adapted`` already."""
    return _sqlite_value(at) if is_sqlite() else at


def long_work() -> None:
    """Tune this process for much work: SQLite keeps more pages than a web process would, and folds its log in less often; Python looks
    less often for garbage that goes in circles: rows are many small objects, and never any."""
    gc.set_threshold(*GARBAGE)
    if is_sqlite():
        with connection.cursor() as cursor:
            cursor.execute("pragma cache_size = -64000")
            cursor.execute("pragma wal_autocheckpoint = 20000")


def adapt_columns(model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> list[Sequence[Any]]:
    """Rows with dates and moments as SQLite stores them; unchanged where no column needs it or the database is PostgreSQL."""
    rows = list(rows)
    if not is_sqlite():
        return rows
    by_column = {field.column: field for field in model._meta.concrete_fields}
    dated = [i for i, name in enumerate(columns) if isinstance(by_column[name], models.DateField)]
    if not dated:
        return rows
    adapted: list[Any] = [list(row) for row in rows]
    for row in adapted:
        for i in dated:
            if row[i] is not None:
                row[i] = _sqlite_value(row[i])
    return adapted


def insert(model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]], *, adapted: bool = False) -> int:
    """Insert rows of database columns (``account_id``, not ``account``) and return how many. ``adapted``: see ``adapt_columns``."""
    rows = list(rows) if adapted else adapt_columns(model, columns, rows)
    if not rows:
        return 0
    table, names = model._meta.db_table, ", ".join(f'"{name}"' for name in columns)
    with connection.cursor() as cursor:
        if is_sqlite():
            marks = ", ".join("?" * len(columns))
            # The wrapped sqlite3 cursor: Django's own executemany rewrites every parameter list.
            cursor.cursor.connection.executemany(f'insert into "{table}" ({names}) values ({marks})', rows)  # noqa: S608
        else:
            with cursor.copy(f'copy "{table}" ({names}) from stdin') as copy:
                for row in rows:
                    copy.write_row(row)
    return len(rows)


def update(model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]], key: str = "id") -> int:
    """Update rows by ``key``, which is the LAST value of each row; ``columns`` are the others in order."""
    names = [*columns, key]
    rows = adapt_columns(model, names, rows)
    if not rows:
        return 0
    table = model._meta.db_table
    sets = ", ".join(f'"{name}" = ' + ("?" if is_sqlite() else f'n."{name}"') for name in columns)
    with connection.cursor() as cursor:
        if is_sqlite():
            cursor.cursor.connection.executemany(f'update "{table}" set {sets} where "{key}" = ?', rows)  # noqa: S608
        else:
            fresh = ", ".join(f'"{name}"' for name in names)
            cursor.execute("drop table if exists tenure_changed")
            cursor.execute(f'create temp table tenure_changed on commit drop as select {fresh} from "{table}" with no data')  # noqa: S608
            with cursor.copy(f"copy tenure_changed ({fresh}) from stdin") as copy:
                for row in rows:
                    copy.write_row(row)
            cursor.execute(f'update "{table}" t set {sets} from tenure_changed n where t."{key}" = n."{key}"')  # noqa: S608
            cursor.execute("drop table tenure_changed")
    return len(rows)


def insert_frame(model: type[models.Model], frame: pl.DataFrame, **same: Any) -> int:
    """Insert a frame whose columns are database columns; ``same`` are columns that hold one value in all rows.

    The quickest way in where values are columns already. SQLite's own look at JSON columns is left out: the text is ours.
    """
    if not frame.height:
        return 0
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if is_sqlite():
            _insert_sqlite(cursor.cursor.connection, table, frame, {name: _sqlite_value(value) for name, value in same.items()})
        else:
            whole = frame.with_columns(pl.lit(_copied_value(value)).alias(name) for name, value in same.items())
            _copy(cursor, f'"{table}" ({_listed(whole.columns)})', whole)
    return frame.height


def update_frame(model: type[models.Model], frame: pl.DataFrame, key: str = "id") -> int:
    """Update rows by the frame's column ``key``; its other columns are database columns."""
    if not frame.height:
        return 0
    table, columns = model._meta.db_table, [name for name in frame.columns if name != key]
    frame = frame.select(*columns, key)
    with connection.cursor() as cursor:
        if is_sqlite():
            _update_sqlite(cursor.cursor.connection, table, frame)
        else:
            sets = ", ".join(f'"{name}" = n."{name}"' for name in columns)
            fresh = _listed(frame.columns)
            cursor.execute(f'create temp table tenure_changed on commit drop as select {fresh} from "{table}" with no data')  # noqa: S608
            _copy(cursor, f"tenure_changed ({fresh})", frame)
            cursor.execute(f'update "{table}" t set {sets} from tenure_changed n where t."{key}" = n."{key}"')  # noqa: S608
            cursor.execute("drop table tenure_changed")
    return frame.height


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


# --- PostgreSQL


def _copied_value(value: Any) -> Any:
    """A value that all rows share, as COPY reads it: written once, not for each row."""
    return value.isoformat() if isinstance(value, date) else value  # a datetime is a date


def _copy(cursor: Any, target: str, frame: pl.DataFrame) -> None:
    """COPY a frame as CSV: blank text is quoted, null is not. In parts, so that the server reads one while the next is written."""
    moments = pl.selectors.datetime().dt.convert_time_zone("UTC").dt.strftime("%Y-%m-%d %H:%M:%S%.6f+00")
    binary = [name for name, dtype in frame.schema.items() if dtype == pl.Binary]
    blobs = [pl.concat_str(pl.lit("\\x"), pl.col(name).bin.encode("hex")).alias(name) for name in binary]
    with cursor.copy(f"copy {target} from stdin (format csv, null '')") as copy:
        for part in frame.iter_slices(BUFFER):
            out = BytesIO()
            part.with_columns(moments, *blobs).write_csv(out, include_header=False, quote_style="non_numeric", null_value="")
            copy.write(out.getbuffer())


# --- SQLite: few and cheap Python objects. Its driver takes int, str and bytearray as they are and looks for an adapter for all else,
# null and bool too, which takes it longer than to write the value: so what all rows share is handed over once for several rows.


def _insert_sqlite(raw: Any, table: str, frame: pl.DataFrame, same: dict[str, Any]) -> None:
    with _unchecked(raw):
        for part in _stored(frame).iter_slices(BUFFER):
            shared = _shared(part)
            held = [*shared.values(), *same.values()]
            rows = part.drop(shared)
            names, width, flat = [*rows.columns, *shared, *same], rows.width, _flat(rows)
            single = part.height % ROWS * width  # values of the rows that don't fill a statement
            for count, values in ((1, flat[:single]), (ROWS, flat[single:])):
                step, statement = count * width, _insertion(table, names, width, count)
                raw.executemany(statement, (values[at : at + step] + held for at in range(0, len(values), step)))


def _insertion(table: str, names: Sequence[str], width: int, count: int) -> str:
    """INSERT of ``count`` rows: the first ``width`` columns differ by row, the values of the others follow once after all rows."""
    first = count * width + 1
    held = [f"?{first + number}" for number in range(len(names) - width)]
    rows = ([*(f"?{row * width + number + 1}" for number in range(width)), *held] for row in range(count))
    return f'insert into "{table}" ({_listed(names)}) values ' + ", ".join(f"({', '.join(row)})" for row in rows)  # noqa: S608


def _update_sqlite(raw: Any, table: str, frame: pl.DataFrame) -> None:
    """The frame's last column is the key."""
    *columns, key = frame.columns
    with _unchecked(raw):
        for part in _stored(frame).iter_slices(BUFFER):
            null = {name for name in columns if part[name].null_count() == part.height}
            sets = ", ".join(f'"{name}" = ' + ("null" if name in null else "?") for name in columns)
            values = [column.to_list() for column in part.drop(null).get_columns()]
            raw.executemany(f'update "{table}" set {sets} where "{key}" = ?', zip(*values, strict=True))  # noqa: S608


def _stored(frame: pl.DataFrame) -> pl.DataFrame:
    """Dates and moments as Django writes them, for SQLite compares them as text; flags as 0 and 1."""
    moments = pl.selectors.datetime().dt.convert_time_zone("UTC").dt.strftime("%Y-%m-%d %H:%M:%S%.6f").str.strip_suffix(".000000")
    return frame.with_columns(
        moments,
        pl.selectors.date().dt.strftime("%Y-%m-%d"),
        pl.selectors.enum().cast(pl.String),
        pl.selectors.boolean().cast(pl.Int64),
    )


def _shared(frame: pl.DataFrame) -> dict[str, Any]:
    """Column -> the value that all rows hold, without the first column; of few rows it isn't asked."""
    if frame.height < ROWS:
        return {}
    first = pl.selectors.all() - pl.selectors.first()
    alike = frame.select(first.eq_missing(first.first()).all()).row(0, named=True)
    return {name: frame[name][0] for name, same in alike.items() if same}


def _flat(frame: pl.DataFrame) -> list[Any]:
    """The values row after row in one list."""
    flat: list[Any] = [None] * (frame.height * frame.width)
    for number, column in enumerate(frame.get_columns()):
        values = column.to_list()
        if column.dtype == pl.Binary and not column.null_count():
            values = list(map(bytearray, values))
        flat[number :: frame.width] = values
    return flat


@contextmanager
def _unchecked(raw: Any) -> Iterator[None]:
    raw.execute("pragma ignore_check_constraints = 1")
    try:
        yield
    finally:
        raw.execute("pragma ignore_check_constraints = 0")
