"""What benchmarks of pages share: Django over an empty database of their own, and warm requests through the whole stack in this process."""

import os
import tempfile
import time
from collections.abc import Mapping
from typing import Any

PATIENCE = 20  # times that a vacuum is tried
Taken = tuple[float, float]  # wall and process seconds of a request


def begin() -> str:
    """Set Django up over an empty database, with its tables; the database's vendor."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "tenure.settings"
    os.environ["TENURE_HOME"] = tempfile.mkdtemp(prefix="tenure-bench-")
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    if connection.introspection.table_names():
        raise SystemExit("This fills the database that it measures: give it an empty one.")
    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    return connection.vendor


def tidy() -> None:
    """Have the database know what was just written in bulk, as it knows what was written an hour ago. Raises SystemExit where it doesn't."""
    from django.db import connection

    if connection.vendor != "postgresql":
        _ask("analyze")
        return
    # Rows whose commit isn't on the disk yet, or that an automatic vacuum looks at, don't count as seen by everybody, and every count would look them up.
    for _ in range(PATIENCE):
        _ask("checkpoint")
        _ask("vacuum analyze")
        if not _ask(
            "select 1 from pg_class where relkind = 'r' and relname like 'tenure%' and relallvisible < 0.9 * relpages limit 1"
        ):
            return
        time.sleep(1)
    raise SystemExit("Another transaction is open: the vacuum leaves rows that not everybody sees.")


def _ask(statement: str) -> list[tuple[Any, ...]]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(statement)
        return list(cursor.fetchall()) if cursor.description else []


def requests(cast: Mapping[str, Any], asked: Mapping[str, tuple[str, str]], rounds: int, warm: int = 2) -> dict[str, list[Taken]]:
    """``rounds`` requests of each kind (title -> reader and address), after ``warm`` unmeasured ones."""
    from django.test import Client

    found = {}
    for title, (reader, url) in asked.items():
        client = Client()
        client.force_login(cast[reader], backend="allauth.account.auth_backends.AuthenticationBackend")
        found[title] = [one(client, url) for _ in range(rounds + warm)][warm:]
    return found


def one(client: Any, url: str) -> Taken:
    """One request. Raises SystemExit where it isn't answered, or a filter isn't understood."""
    wall, cpu = time.perf_counter(), time.process_time()
    answer = client.get(url, headers={"host": "localhost"})
    taken = time.perf_counter() - wall, time.process_time() - cpu
    if answer.status_code != 200 or "Left out" in answer.content.decode():
        raise SystemExit(f"{url}: status {answer.status_code}, or not understood")
    return taken
