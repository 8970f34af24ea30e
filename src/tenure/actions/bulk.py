"""Writing many rows at once: executemany on SQLite, COPY on PostgreSQL. Callers give plain Python values and ready JSON text.

Every function must run inside ``transaction.atomic()``; none of them writes Events (the action that calls them does).
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import polars as pl
from django.db import connection, models

BUFFER = 20_000  # rows of a frame that become Python values at a time


def is_sqlite() -> bool:
    """Whether the database is SQLite."""
    return connection.vendor == "sqlite"


def lock(name: str) -> None:
    """Let one transaction at a time pass for ``name``. SQLite's IMMEDIATE transactions do so already."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("select pg_advisory_xact_lock(hashtext(%s))", [name])


def next_ids(model: type[models.Model], count: int) -> range:
    """Reserve ``count`` ids of a table. Call within a transaction."""
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            lock(f"ids:{table}")
            cursor.execute("select pg_get_serial_sequence(%s, 'id')", [f'"{table}"'])
            sequence = cursor.fetchone()[0]
            cursor.execute("select nextval(%s)", [sequence])
            first = int(cursor.fetchone()[0])
            cursor.execute("select setval(%s, %s)", [sequence, first + max(count, 1) - 1])
        else:
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
    """Tune this process's connection for writing much: SQLite's file isn't mapped into memory, and its log is folded in less often."""
    if is_sqlite():
        with connection.cursor() as cursor:
            cursor.execute("pragma mmap_size = 0")
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
    table, names = model._meta.db_table, ", ".join(f'"{name}"' for name in (*frame.columns, *same))
    with connection.cursor() as cursor:
        if is_sqlite():
            _insert_sqlite(
                cursor.cursor.connection,
                f'insert into "{table}" ({names})',
                frame,
                [_sqlite_value(value) for value in same.values()],
            )
        else:
            whole = frame.with_columns(pl.lit(value).alias(name) for name, value in same.items())
            _copy(cursor, f'"{table}" ({names})', whole)
    return frame.height


def update_frame(model: type[models.Model], frame: pl.DataFrame, key: str = "id") -> int:
    """Update rows by the frame's column ``key``; its other columns are database columns."""
    if not frame.height:
        return 0
    table, columns = model._meta.db_table, [name for name in frame.columns if name != key]
    frame = frame.select(*columns, key)
    with connection.cursor() as cursor:
        if is_sqlite():
            sets = ", ".join(f'"{name}" = ?' for name in columns)
            _write_sqlite(cursor.cursor.connection, f'update "{table}" set {sets} where "{key}" = ?', frame)  # noqa: S608
        else:
            fresh = ", ".join(f'"{name}"' for name in frame.columns)
            sets = ", ".join(f'"{name}" = n."{name}"' for name in columns)
            cursor.execute(f'create temp table tenure_changed on commit drop as select {fresh} from "{table}" with no data')  # noqa: S608
            _copy(cursor, f"tenure_changed ({fresh})", frame)
            cursor.execute(f'update "{table}" t set {sets} from tenure_changed n where t."{key}" = n."{key}"')  # noqa: S608
            cursor.execute("drop table tenure_changed")
    return frame.height


def _copy(cursor: Any, target: str, frame: pl.DataFrame) -> None:
    """COPY a frame as CSV: blank text is quoted, null is not."""
    moments = pl.selectors.datetime().dt.convert_time_zone("UTC").dt.strftime("%Y-%m-%d %H:%M:%S%.6f+00")
    with cursor.copy(f"copy {target} from stdin (format csv, null '')") as copy:
        copy.write(frame.with_columns(moments).write_csv(include_header=False, quote_style="non_numeric", null_value="").encode())


def _insert_sqlite(raw: Any, head: str, frame: pl.DataFrame, same: list[Any]) -> None:
    marks = ", ".join(f"?{number}" for number in range(1, len(frame.columns) + 1))
    held = ", ".join(_quoted(value) for value in same)
    _write_sqlite(raw, f"{head} values ({', '.join(part for part in (marks, held) if part)})", frame)


def _write_sqlite(raw: Any, statement: str, frame: pl.DataFrame) -> None:
    """Run a statement with each row; dates and moments as Django writes them, for SQLite compares them as text."""
    moments = pl.selectors.datetime().dt.convert_time_zone("UTC").dt.strftime("%Y-%m-%d %H:%M:%S%.6f").str.strip_suffix(".000000")
    texts = frame.with_columns(moments, pl.selectors.date().dt.strftime("%Y-%m-%d"), pl.selectors.enum().cast(pl.String))
    raw.execute("pragma ignore_check_constraints = 1")
    try:
        for part in texts.iter_slices(BUFFER):
            raw.executemany(statement, part.rows())
    finally:
        raw.execute("pragma ignore_check_constraints = 0")


def _quoted(value: Any) -> str:
    """A value as an SQL literal."""
    if isinstance(value, bool | int):
        return str(int(value))
    return "null" if value is None else "'" + str(value).replace("'", "''") + "'"
