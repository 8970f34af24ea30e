"""Onboardings with 100,000 of them: server time of one request (list, groups, board, views, times, one of them).

    python -m bench.onboardings [ONBOARDINGS]                               SQLite
    python -m tools.postgres python -m bench.onboardings [ONBOARDINGS]      PostgreSQL

Each request goes through the whole stack in this process: session, rights, queries, cells, template. One in fifty is open; the accounts are
those of the list's benchmark.
"""

import random
import statistics
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from bench import common, list_page, pages

ACCOUNTS, ROUNDS = 100_000, 9
BARS = {"page": 50.0, "times": 500.0}
OPENS, ALL, BOARD = "the list as a manager opens it", "all of them, newest first", "the board of all that are open"
MIX = {
    OPENS: ("mona", "/onboardings/?f=owner:team&f=open:yes"),
    "a TAM's own": ("tam", "/onboardings/?f=owner:me&f=open:yes"),
    ALL: ("ops", "/onboardings/?view=all"),
    "all, completed lately first": ("ops", "/onboardings/?f=open:no&sort=-finish"),
    "stuck ones of everybody": ("ops", "/onboardings/?f=track:is:stuck"),
    "90 % deep": ("ops", "/onboardings/?view=all&{deep}"),
    "by status": ("ops", "/onboardings/?view=all&group=status"),
    BOARD: ("ops", "/onboardings/board/?f=open:yes"),
    "the board of a manager": ("mona", "/onboardings/board/?f=owner:team"),
    "the counts of the views, after the page": ("ops", "/onboardings/list/tabs/?view=all"),
    "times of a manager's team": ("mona", "/onboardings/times/?f=owner:team"),
    "times of everybody by TAM": ("ops", "/onboardings/times/?view=all"),
    "times by the definitions of a day": ("ops", "/onboardings/times/?view=all&edition=2022-11-11"),
}
COLUMNS = [
    "account_id", "name", "cause", "because", "edition", "status", "is_open", "owner_id", "gemstone", "purchase_date", "contract_date", "start_date",
    "first_reach_out", "first_value", "first_value_by", "finish_date", "challenges", "notes", "takeaways", "success_plan_url", "team",
    "days_to_engage", "days_to_value", "days_to_onboard", "track", "edited", "created_at", "updated_at",
]  # fmt: skip


def rows(owners: list[int], count: int) -> Iterator[list[Any]]:
    """Onboardings of the last three years; one in fifty is open."""
    dice = random.Random(7)
    for number in range(count):
        opened = number % 50 == 0
        start = list_page.TODAY - timedelta(days=dice.randrange(0, 120 if opened else 1_100))
        engage, value, onboard = dice.randrange(0, 30), dice.randrange(0, 70), dice.randrange(5, 90)
        track = dice.choice(("on_track", "on_track", "behind", "stuck")) if opened else ""
        status = dice.choice(("not_started", "scheduled", "in_progress")) if opened else "completed"
        account = number % ACCOUNTS + 1
        yield [
            account, f"Onboarding {number}", "closed_won", '{"said": "' + "b" * 120 + '"}', date(2023, 3, 29), status, opened, owners[account // 5 % len(owners)],
            dice.choice(("Diamond", "Pearl", "Sapphire", "Ruby", "Quartz")), start, start, start, start + timedelta(days=engage), start + timedelta(days=value), "person",
            None if opened else start + timedelta(days=onboard), "c" * 200, "n" * 200, "", "", '{"tam": {"id": 1, "name": "A TAM"}}', engage, value,
            None if opened else onboard, track, "[]", list_page.AT, list_page.AT,
        ]  # fmt: skip


def fill(cast: dict[str, Any], count: int) -> None:
    """The onboardings, spread over all TAMs."""
    from django.db import transaction

    from tenure.actions import bulk
    from tenure.models import Onboarding

    with transaction.atomic():
        bulk.insert(Onboarding, COLUMNS, rows([one.pk for one in cast["tams"]], count))
    pages.tidy()


def deep() -> str:
    """The place 90 % down the whole list."""
    from tenure.models import Onboarding
    from tenure.queries import keyset

    found = Onboarding.objects.order_by("-start_date", "-id")
    row = found[int(0.9 * found.count())]
    return "after=" + keyset.token([row.start_date, row.pk])


def main(size: int) -> None:
    """Print every kind of request, and the bars."""
    vendor = pages.begin()
    cast = list_page.people()
    list_page.fill(cast, 1, ACCOUNTS)
    fill(cast, size)
    common.header(
        f"Onboardings, {size:,} of {ACCOUNTS:,} accounts, {vendor}",
        f"n = {ROUNDS} requests of each kind; 50 rows; median of the whole request",
    )
    place, medians = deep(), {}
    asked = {title: (reader, url.format(deep=place)) for title, (reader, url) in MIX.items()}
    for title, taken in pages.requests(cast, asked, ROUNDS, warm=1).items():
        wall, cpu = statistics.median(wall for wall, _ in taken), statistics.median(cpu for _, cpu in taken)
        medians[title] = wall if vendor == "postgresql" else cpu  # with SQLite all of the work is in this process
        common.row(title, wall, ROUNDS, f"best {min(wall for wall, _ in taken) * 1000:7.2f}  cpu {cpu * 1000:7.2f} ms")
    for title in (OPENS, ALL, BOARD, "the board of a manager"):
        common.verdict(title, medians[title] * 1000, BARS["page"], "ms")
    common.verdict("times of everybody by TAM", medians["times of everybody by TAM"] * 1000, BARS["times"], "ms")


if __name__ == "__main__":
    main(common.rows_from_arguments(100_000))
