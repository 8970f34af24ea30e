"""The timeline: server time of one request over a mix of filters and searches, among many entries.

    python -m bench.timeline [ENTRIES]                                    SQLite
    python -m tools.postgres python -m bench.timeline [ENTRIES]           PostgreSQL

A thousand accounts; every note has 120 words out of four thousand, one entry has a word of its own. CPU time of this process, so that a busy machine
counts less (on PostgreSQL the database's own time is not in it: see the wall time beside it).
"""

import os
import random
import statistics
import tempfile
import time
from datetime import timedelta
from typing import Any

from bench import common, list_page

ACCOUNTS, ROUNDS, BATCH = 1_000, 9, 2_000
BARS = {"p50": 50.0, "p95": 120.0}
KINDS = ("call", "meeting", "email", "update")
BASE = "runner capacity pipeline jenkins deploy cluster health upgrade ticket security".split()

# what is asked: (reader, query)
MIX = {
    "as it opens": ("ops", ""),
    "one kind": ("ops", "kind=call"),
    "a kind that nobody used": ("ops", "kind=ebr"),
    "one author": ("ops", "who={tam}"),
    "a manager's team": ("mona", "who=team"),
    "a TAM's accounts": ("tam", ""),
    "a word of one entry": ("ops", "q=zebra"),
    "a word of none": ("ops", "q=okapi"),
    "a word of most": ("ops", "q=runn"),
    "two words": ("ops", "q=runner+term77"),
    "two words, one kind, a TAM's accounts": ("tam", "q=runner+term77&kind=call"),
    "planned": ("ops", "state=planned"),
}


def fill(cast: dict[str, Any], size: int) -> None:
    """Entries over all accounts and ten authors, seven minutes apart."""
    from django.db import connection

    from tenure.models import Activity

    chance = random.Random(1)
    words = BASE + [f"term{number}" for number in range(4_000)]
    authors = [tam.pk for tam in cast["tams"][:10]]
    for start in range(0, size, BATCH):
        Activity.objects.bulk_create(
            Activity(
                account_id=number % ACCOUNTS + 1, owner_id=authors[number % 10], kind=KINDS[number % 4], subject=" ".join(chance.choices(words, k=5)),
                body=" ".join([chance.choice(BASE), *chance.choices(words, k=119)]) + (" zebra" if number == size // 2 else ""),
                happened_at=list_page.AT - timedelta(minutes=7 * number), planned=number % 500 == 3, source="tenure", recorded_at=list_page.AT,
            )
            for number in range(start, min(start + BATCH, size))
        )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("vacuum analyze" if connection.vendor == "postgresql" else "analyze")


def asked(client: Any, query: str) -> tuple[float, float]:
    """CPU and wall seconds of one request."""
    started, begun = time.perf_counter(), time.process_time()
    answer = client.get(f"/timeline/?{query}", headers={"host": "localhost"})
    taken = time.process_time() - begun, time.perf_counter() - started
    if answer.status_code != 200:
        raise SystemExit(f"{query}: status {answer.status_code}")
    return taken


def main(size: int) -> None:
    """Print every kind of request and the bars."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "tenure.settings"
    os.environ["TENURE_HOME"] = tempfile.mkdtemp(prefix="tenure-bench-")
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection
    from django.test import Client

    if connection.introspection.table_names():
        raise SystemExit("This fills the database that it measures: give it an empty one.")
    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    cast = list_page.people()
    list_page.fill(cast, 1, ACCOUNTS)
    fill(cast, size)
    common.header(f"Timeline, {size:,} entries, {connection.vendor}", f"n = {ROUNDS} requests of each kind; 30 entries")
    every = []
    for title, (reader, query) in MIX.items():
        client = Client()
        client.force_login(cast[reader], backend="allauth.account.auth_backends.AuthenticationBackend")
        taken = [asked(client, query.format(tam=cast["tam"].pk)) for _ in range(ROUNDS + 1)][1:]
        every += [cpu for cpu, _ in taken]
        wall = statistics.median(wall for _, wall in taken)
        common.row(title, statistics.median(cpu for cpu, _ in taken), ROUNDS, f"wall {wall * 1000:7.1f} ms")
    common.verdict("p50 of all requests, CPU", common.quantile(every, 0.5) * 1000, BARS["p50"], "ms")
    common.verdict("p95 of all requests, CPU", common.quantile(every, 0.95) * 1000, BARS["p95"], "ms")


if __name__ == "__main__":
    main(common.rows_from_arguments(100_000))
