"""The report of customers' profiles over 100,000 accounts: server time of one request, by TAM and by owner.

    python -m bench.profiles [ACCOUNTS]                                     SQLite
    python -m tools.postgres python -m bench.profiles [ACCOUNTS]            PostgreSQL

Each request goes through the whole stack in this process: session, rights, queries, cells, template.
"""

import random
import statistics
from typing import Any

from bench import common, list_page, pages

ROUNDS = 15
BARS = {"page": 50.0}
MIX = {
    "operations, by TAM": ("ops", "/reports/profiles/"),
    "operations, by owner": ("ops", "/reports/profiles/?by=owner"),
    "a manager's team, by TAM": ("mona", "/reports/profiles/"),
}


def fill(cast: dict[str, Any], count: int) -> None:
    """The accounts of the list's benchmark, with something known of most of them and an owner each."""
    from tenure.models import AccountSummary

    list_page.fill(cast, 1, count)
    dice = random.Random(7)
    rows = list(AccountSummary.objects.only("pk"))
    for row in rows:
        row.profile_percent, row.profile_stale = dice.randrange(0, 101), dice.choice((0, 0, 0, 1, 4))
        row.owner_id = cast["tams"][row.pk % len(cast["tams"])].pk
    AccountSummary.objects.bulk_update(rows, ["profile_percent", "profile_stale", "owner"], batch_size=5_000)
    list_page.settle()


def main(size: int) -> None:
    """Print the medians and the verdict."""
    vendor = pages.begin()
    cast = list_page.people()
    fill(cast, size)
    common.header(
        f"The report of customers' profiles over {size:,} accounts, {vendor}", f"n = {ROUNDS} requests of each kind; median"
    )
    for title, taken in pages.requests(cast, MIX, ROUNDS).items():
        wall, cpu = (statistics.median(part) for part in zip(*taken, strict=True))
        common.row(title, wall, ROUNDS, f"best {min(one for one, _ in taken) * 1000:6.2f}  cpu {cpu * 1000:6.2f} ms")
        common.verdict(f"{title}, {size:,} accounts", wall * 1000, BARS["page"], "ms")


if __name__ == "__main__":
    main(common.rows_from_arguments(100_000))
