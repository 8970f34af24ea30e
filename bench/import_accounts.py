"""Import of accounts from a CSV of 12 columns: rows a second, all new and nothing changed, against bare inserts of the same rows.

``python -m bench.import_accounts [ROWS]``. The bare side writes every row of every table that the import wrote (accounts, versions,
external ids, events) with executemany on SQLite or COPY on PostgreSQL (``DATABASE_URL``), prepared tuples, one transaction.
"""

import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

HOME = tempfile.mkdtemp(prefix="tenure-bench-")
os.environ["TENURE_HOME"] = HOME
os.environ["TENURE_SECRET_KEY"] = "only-for-the-bench"
os.environ["DJANGO_SETTINGS_MODULE"] = "tenure.settings"

import django  # noqa: E402

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection, transaction  # noqa: E402

from bench import common  # noqa: E402
from tenure.actions import bulk, imports  # noqa: E402
from tenure.links.files.mapping import FileMapping, Take  # noqa: E402
from tenure.models import Account, AccountVersion, Event, ExternalId  # noqa: E402
from tenure.runs import import_plan, importing  # noqa: E402

ROUNDS = 3
AT = datetime(2026, 11, 1, 9, tzinfo=UTC)
HEADER = "id,name,type,region,country,industry,website,employees,potential_users,arr,customer_since,public_sector"
MODELS = (Account, AccountVersion, ExternalId, Event)


def write_file(path: Path, rows: int, step: int = 0) -> None:
    """A CSV of made-up accounts; ``step`` changes one number in each row."""
    begin = date(2015, 1, 1)
    with path.open("w") as out:
        out.write(HEADER + "\n")
        for n in range(rows):
            out.write(
                f"001B{n:011},Account {n} of the {n % 977}th kind,customer,EMEA,DE,Industry {n % 40},https://a{n}.example,{n * 7 % 90_000 + step},"
                f"{n % 5000},{n * 13 % 900_000}.50,{begin + timedelta(days=n % 4000)},{'TRUE' if n % 9 == 0 else 'FALSE'}\n"
            )


def bring(path: Path) -> imports.UpsertResult:
    """The import as a run does it: open, recognise, read, type, write. Without deciding accounts afterwards."""
    choice = import_plan.Choice(preset="files", source="crm")
    batch = import_plan.plan([path], choice)
    fields = dict(batch.parts[0].mapping.columns) | {"stated_arr": Take(column=("arr",)), "kind": Take(column=("type",))}
    mapping = FileMapping(match=("*",), noun="account", columns=fields)
    batch.parts[0] = import_plan.Part(batch.parts[0].table, mapping, "Accounts")
    session = imports.begin("crm", as_of=AT.date(), at=AT, actor=None)
    outcome = importing.carry_out(batch, session, lambda _name, _problems: None, lambda _name, _done, _total: None)
    return outcome.files[0].result


def empty() -> None:
    """Delete what the import writes."""
    tables = [f'"{model._meta.db_table}"' for model in reversed(MODELS)]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":  # deleted rows would stay in the way until a vacuum
            cursor.execute(f"truncate {', '.join(tables)} cascade")
            cursor.execute("analyze")
            return
        for table in tables:
            cursor.execute(f"delete from {table}")


def bare_rows() -> dict[str, tuple[list[str], list[tuple[Any, ...]]]]:
    """Every row that the import wrote, as plain tuples of each table."""
    found = {}
    with connection.cursor() as cursor:
        for model in MODELS:
            names = [field.column for field in model._meta.concrete_fields if not field.generated]
            sql = f'select {", ".join(_plain(model, name) for name in names)} from "{model._meta.db_table}"'
            if connection.vendor == "sqlite":
                rows = cursor.cursor.connection.execute(sql).fetchall()
            else:
                cursor.execute(sql)
                rows = cursor.fetchall()
            found[model._meta.db_table] = (names, rows)
    return found


def _plain(model: Any, name: str) -> str:
    """A column as text where the driver would make an object of it: the bare side shall have nothing to convert."""
    field = next(field for field in model._meta.concrete_fields if field.column == name)
    is_text = field.get_internal_type() in ("DateField", "DateTimeField", "JSONField")
    return f'cast("{name}" as text)' if is_text else f'"{name}"'


def bare(tables: dict[str, tuple[list[str], list[tuple[Any, ...]]]]) -> None:
    """Insert prepared tuples, nothing else."""
    with transaction.atomic(), connection.cursor() as cursor:
        for table, (names, rows) in tables.items():
            listed = ", ".join(f'"{name}"' for name in names)
            if connection.vendor == "sqlite":
                cursor.cursor.connection.executemany(
                    f'insert into "{table}" ({listed}) values ({", ".join("?" * len(names))})', rows
                )
            else:
                with cursor.copy(f'copy "{table}" ({listed}) from stdin') as copy:
                    for row in rows:
                        copy.write_row(row)


def timed(*works: tuple[Callable[[], Any], Callable[[], Any] | None]) -> list[float]:
    """Median seconds of each work over ``ROUNDS``; the works take turns, so that a busy machine is unfair to none."""
    taken: list[list[float]] = [[] for _ in works]
    for _ in range(ROUNDS):
        for seconds, (work, before) in zip(taken, works, strict=True):
            if before:
                before()
            started = time.perf_counter()
            work()
            seconds.append(time.perf_counter() - started)
    return [statistics.median(seconds) for seconds in taken]


def main() -> int:
    rows = common.rows_from_arguments(100_000)
    call_command("migrate", verbosity=0)
    path, other = Path(HOME) / "accounts.csv", Path(HOME) / "accounts-2.csv"
    write_file(path, rows)
    write_file(other, rows, step=1)
    common.header(
        f"Import of {rows:,} accounts from a CSV of 12 columns ({connection.vendor})",
        "validation, change detection, external ids, versions, hash-chained events",
    )
    bulk.long_work()  # as an import's run does; it holds for the bare side too
    bring(path)
    prepared = bare_rows()
    plain, new, same, changed = timed(
        (lambda: bare(prepared), empty), (lambda: bring(path), empty), (lambda: bring(path), None), (lambda: bring(other), None)
    )
    for label, seconds in (
        ("bare inserts of the same rows", plain),
        ("import, all new", new),
        ("import, nothing changed", same),
        ("import, every row changed", changed),
    ):
        common.row(label, seconds, ROUNDS, f"{rows / seconds:,.0f} rows/s")
    good = [common.verdict("import, all new, of bare", plain / new, 0.5, "of bare rows/s", lower_is_better=False)]
    if connection.vendor == "sqlite":
        good.append(common.verdict("import, all new", rows / new, 30_000, "rows/s", lower_is_better=False))
        good.append(common.verdict("import, nothing changed", rows / same, 60_000, "rows/s", lower_is_better=False))
    return 0 if all(good) else 1


if __name__ == "__main__":
    try:
        status = main()
    finally:
        shutil.rmtree(HOME, ignore_errors=True)
    sys.exit(status)
