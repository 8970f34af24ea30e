"""The timeline: server time of one request over a mix of filters and searches, among many entries.

    python -m bench.timeline [ENTRIES]                                    SQLite
    python -m tools.postgres python -m bench.timeline [ENTRIES]           PostgreSQL

A thousand accounts; every note has 120 words out of four thousand, one entry has a word of its own. CPU time of this process, so that a busy machine
counts less (on PostgreSQL the database's own time is not in it: see the wall time beside it).
"""

import random
import statistics
from datetime import timedelta
from typing import Any

from bench import common, list_page, pages

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
    pages.tidy()


def main(size: int) -> None:
    """Print every kind of request and the bars."""
    vendor = pages.begin()
    cast = list_page.people()
    list_page.fill(cast, 1, ACCOUNTS)
    fill(cast, size)
    common.header(f"Timeline, {size:,} entries, {vendor}", f"n = {ROUNDS} requests of each kind; 30 entries")
    every = []
    asked = {title: (reader, f"/timeline/?{query.format(tam=cast['tam'].pk)}") for title, (reader, query) in MIX.items()}
    for title, taken in pages.requests(cast, asked, ROUNDS, warm=1).items():
        every += [cpu for _, cpu in taken]
        wall = statistics.median(wall for wall, _ in taken)
        common.row(title, statistics.median(cpu for _, cpu in taken), ROUNDS, f"wall {wall * 1000:7.1f} ms")
    common.verdict("p50 of all requests, CPU", common.quantile(every, 0.5) * 1000, BARS["p50"], "ms")
    common.verdict("p95 of all requests, CPU", common.quantile(every, 0.95) * 1000, BARS["p95"], "ms")


if __name__ == "__main__":
    main(common.rows_from_arguments(100_000))
