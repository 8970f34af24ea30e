"""What the processes of one test run make once for all of them: the migrated database, the cast, the demo company.

The first process that needs a thing makes it, and the others wait for it: they would be busy with the same otherwise.
"""

import fcntl
import os
import pickle
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from django.db import connection
from django.test.utils import setup_databases, teardown_databases

T = TypeVar("T")
FOLDER = "TENURE_TESTS_SHARED"  # set by the process that starts the others
TEMPLATE = "test_tenure_template"


def kept(name: str, make: Callable[[], T]) -> tuple[T, bool]:
    """What ``make`` gives, pickled for the other processes, and whether this one has made it."""
    with _alone(name) as file:
        if file.exists():
            found: T = pickle.loads(file.read_bytes())  # noqa: S301 - our own, a moment ago
            return found, False
        made = make()
        file.write_bytes(pickle.dumps(made))
        return made, True


@contextmanager
def database() -> Iterator[None]:
    """This process's own empty database with all tables: migrated by the first, copied by the others."""
    plain = connection.settings_dict["NAME"]
    with _alone("database") as file:
        made = not file.exists()
        if made:
            config = setup_databases(verbosity=0, interactive=False)
            _save(file)
        else:
            _copy(file)
    yield
    if made:
        teardown_databases(config, verbosity=0)
    else:
        connection.creation.destroy_test_db(plain, verbosity=0)


def drop() -> None:
    """Remove what ``database`` left on a server."""
    file = Path(os.environ[FOLDER], "database")
    if connection.vendor == "postgresql" and file.exists():
        with connection.creation._nodb_cursor() as cursor:  # type: ignore[attr-defined]
            cursor.execute(f"drop database if exists {TEMPLATE}")


def _save(file: Path) -> None:
    if connection.vendor == "postgresql":
        name = connection.settings_dict["NAME"]
        connection.close()  # a database that somebody uses can't be copied
        with connection.creation._nodb_cursor() as cursor:  # type: ignore[attr-defined]
            cursor.execute(f"drop database if exists {TEMPLATE}")
            cursor.execute(f"create database {TEMPLATE} template {name}")
        file.touch()
    else:
        with connection.cursor() as cursor:
            cursor.execute("vacuum into %s", [str(file)])


def _copy(file: Path) -> None:
    name = connection.creation._get_test_db_name()  # type: ignore[attr-defined]
    if connection.vendor == "postgresql":
        with connection.creation._nodb_cursor() as cursor:  # type: ignore[attr-defined]
            cursor.execute(f"drop database if exists {name}")
            cursor.execute(f"create database {name} template {TEMPLATE}")
    else:
        shutil.copyfile(file, name)
    connection.close()
    connection.settings_dict["NAME"] = name


@contextmanager
def _alone(name: str) -> Iterator[Path]:
    file = Path(os.environ[FOLDER], name)
    with file.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield file
