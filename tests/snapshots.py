"""The cast and the demo company, built once in each test run and then put back row by row: building them asks every layer, for every test
the same.

The keys of the rows are those of the first time. A sequence never goes back, so that what a test adds gets later ones.
"""

import pickle
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar, cast

from django.apps import apps
from django.db import connection, transaction
from django.db.models import Model

from tests import shared

T = TypeVar("T")
SHIPPED = {"contenttypes", "auth"}  # filled by the migrations


@dataclass(frozen=True)
class Snapshot:
    """What building gave, pickled, (statement, rows) for each table that is not empty, and what sets the sequences past those rows."""

    made: bytes
    tables: tuple[tuple[str, list[tuple[Any, ...]]], ...]
    sequences: str


_TAKEN: dict[str, Snapshot] = {}


def of(name: str, build: Callable[[], T]) -> T:
    """What ``build`` makes in an empty database, and all that it wrote; built only the first time for this name."""
    if name not in _TAKEN:
        _TAKEN[name], built = shared.kept(f"{connection.vendor} {name}", partial(_taken, build))
        if built:
            return cast("T", pickle.loads(_TAKEN[name].made))  # noqa: S301 - our own, a moment ago
        _pass(_TAKEN[name].sequences)
    with transaction.atomic(), connection.cursor() as cursor:  # within one transaction the order of the tables doesn't matter
        for statement, rows in _TAKEN[name].tables:
            if rows:
                cursor.executemany(statement, rows)
            else:
                cursor.execute(statement)
    found: T = pickle.loads(_TAKEN[name].made)  # noqa: S301 - our own, a moment ago
    return found


def _taken(build: Callable[[], Any]) -> Snapshot:
    made = build()
    return Snapshot(pickle.dumps(made), tuple(_tables()), _sequences())


def _sequences() -> str:
    """For PostgreSQL, whose sequences don't see a row that comes with its key."""
    if connection.vendor != "postgresql":
        return ""
    with connection.cursor() as cursor:
        cursor.execute(
            "select quote_ident(schemaname) || '.' || quote_ident(sequencename), last_value from pg_sequences where last_value > 0"
        )
        return "; ".join(f"select setval('{name}', greatest({last}, nextval('{name}')))" for name, last in cursor.fetchall())


def _pass(sequences: str) -> None:
    if sequences:
        with connection.cursor() as cursor:
            cursor.execute(sequences)


def _tables() -> list[tuple[str, list[tuple[Any, ...]]]]:
    found = [_rows(model) for model in apps.get_models(include_auto_created=True) if _is_table(model)]
    found = [(statement, rows) for statement, rows in found if rows]
    return [(";\n".join(_written(*table) for table in found), [])] if connection.vendor == "postgresql" else found


def _written(statement: str, rows: list[tuple[Any, ...]]) -> str:
    """The statement with its rows in it: all tables at once are one trip to a server."""
    head, _, marks = statement.partition(" values ")
    with connection.cursor() as cursor:
        return f"{head} values {', '.join(cursor.cursor.mogrify(marks, row) for row in rows)}"


def _is_table(model: type[Model]) -> bool:
    return model._meta.managed and not model._meta.proxy and model._meta.app_label not in SHIPPED


def _rows(model: type[Model]) -> tuple[str, list[tuple[Any, ...]]]:
    quote = connection.ops.quote_name
    names = [quote(item.column) for item in model._meta.local_concrete_fields if not item.generated]
    table, columns = quote(model._meta.db_table), ", ".join(names)
    with connection.cursor() as cursor:
        cursor.execute(f"select {columns} from {table}")
        rows = cursor.fetchall()
    marks = ", ".join(["%s"] * len(names))
    return f"insert into {table} ({columns}) values ({marks})", rows
