"""The cockpit with 10,000 open CTAs for one team: server time of one request (list, groups, board, calendar), and its growth against 1,000.

    python -m bench.cockpit [CTAS]                                          SQLite
    python -m tools.postgres python -m bench.cockpit [CTAS]                 PostgreSQL

Each request goes through the whole stack in this process: session, rights, queries, cells, template. Beside the team's work stands four
times as much of other teams, and as much again that is closed. ``cpu`` is this process's own time: on PostgreSQL the server's is not in it.
"""

import random
import statistics
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

from bench import common, list_page, pages

ACCOUNTS, TEAM, ROUNDS, SMALL = 20_000, 10, 15, 1_000
BARS = {"page": 50.0, "growth": 3.0}
TYPES = ("risk", "expansion", "lifecycle", "activity", "renewal", "objective")
COLUMNS = [
    "account_id", "type", "reason", "title", "note", "priority", "important", "status", "is_open", "owner_id", "due_date", "snoozed_until",
    "snooze_reason", "origin", "rule", "because", "edited", "tasks_open", "tasks_done", "created_at", "updated_at", "closed_at", "outcome_note",
]  # fmt: skip
OPENS = "the list as it opens: by due day, then rank"
# what is asked: (reader, address)
MIX = {
    OPENS: ("mona", "/cockpit/?f=owner:team"),
    "by rank alone": ("mona", "/cockpit/?f=owner:team&sort=-rank,due"),
    "by due day": ("mona", "/cockpit/?f=owner:team&sort=due,-rank"),
    "grouped by account": ("mona", "/cockpit/?f=owner:team&group=account"),
    "grouped by type": ("mona", "/cockpit/?f=owner:team&group=type"),
    "one type, high priority": ("mona", "/cockpit/?f=owner:team&f=type:any:risk&f=priority:is:1"),
    "by ARR": ("mona", "/cockpit/?f=owner:team&sort=-arr"),
    "90 % deep": ("mona", "/cockpit/?f=owner:team&sort=-rank,due&{deep}"),
    "a TAM's own": ("tam", "/cockpit/?f=owner:me"),
    "everything that a manager sees": ("mona", "/cockpit/?view=all"),
    "the board": ("mona", "/cockpit/board/?f=owner:team"),
    "a month": ("mona", "/cockpit/calendar/?f=owner:team"),
    "a week": ("mona", "/cockpit/calendar/?f=owner:team&span=week"),
    "the counts of the views, after the page": ("mona", "/cockpit/list/tabs/?f=owner:team"),
}


def rows(owners: Sequence[int], first: int, count: int, is_open: bool) -> Iterator[list[Any]]:
    """CTAs of these owners on accounts of theirs: a tenth late, the others over the next two months; texts as long as real ones."""
    dice = random.Random(first)
    for number in range(first, first + count):
        owner = number % len(owners)
        account = 5 * (owner + list_page.TAMS * dice.randrange(ACCOUNTS // (5 * list_page.TAMS))) or 5 * list_page.TAMS
        due = None if dice.random() < 0.05 else list_page.TODAY + timedelta(days=dice.randrange(-6, 55))
        rests = list_page.TODAY + timedelta(days=5) if dice.random() < 0.05 else None
        status = dice.choice(("new", "in_progress")) if is_open else "closed_success"
        yield [
            account, dice.choice(TYPES), "Other", f"What is to be done, no. {number}", "n" * 300, dice.choice((1, 2, 2, 3)), number % 10 == 0, status, is_open,
            owners[owner], due, rests, "", "schedule", "cadence_call", '{"anchor": "' + "b" * 200 + '"}', "[]", number % 4, number % 3, list_page.AT, list_page.AT,
            None if is_open else list_page.AT - timedelta(days=number % 500), "",
        ]  # fmt: skip


def fill(cast: dict[str, Any], first: int, count: int) -> None:
    """``count`` more open CTAs for the team, four times as many for others, as many closed ones, and a task for every second."""
    from django.db import transaction

    from tenure.actions import bulk
    from tenure.models import CallToAction, Task

    team, others = [one.pk for one in cast["tams"][:TEAM]], [one.pk for one in cast["tams"][TEAM:]]
    with transaction.atomic():
        bulk.insert(CallToAction, COLUMNS, rows(team, first, count, True))
        bulk.insert(CallToAction, COLUMNS, rows(others, first, 4 * count, True))
        bulk.insert(CallToAction, COLUMNS, rows(team, first, count, False))
        made = (
            CallToAction.objects.filter(is_open=True, owner__in=team)
            .order_by("-pk")
            .values_list("pk", "owner", "due_date")[:count]
        )
        names = ["cta_id", "key", "position", "title", "note", "owner_id", "due_date", "status", "asked", "fields", "edited"]
        tasks = ([pk, "", 0, "A step", "", owner, due, "open", "[]", "{}", "[]"] for pk, owner, due in made if pk % 2)
        bulk.insert(Task, names, tasks)
    pages.tidy()


def deep(cast: dict[str, Any]) -> str:
    """The place 90 % down the team's list by rank."""
    from django.http import QueryDict

    from tenure.models import User
    from tenure.queries import cockpit, keyset
    from tenure.views.cockpit_site import state_of

    user, state = User.objects.get(pk=cast["mona"].pk), state_of(QueryDict("f=owner:team&sort=-rank,due"))
    found = cockpit.everything(cockpit.matching(user, state, list_page.TODAY), state, list_page.TODAY)
    row = found[int(0.9 * found.count())]
    return "after=" + keyset.token([row.rank, row.due_date, row.pk])  # type: ignore[attr-defined]


def requests(cast: dict[str, Any]) -> dict[str, list[pages.Taken]]:
    """Seconds of each kind of request, warm."""
    place = deep(cast)
    return pages.requests(cast, {title: (reader, url.format(deep=place)) for title, (reader, url) in MIX.items()}, ROUNDS)


def main(size: int) -> None:
    """Print every kind of request with the growth from 1,000, and the bars."""
    vendor = pages.begin()
    cast = list_page.people()
    list_page.fill(cast, 1, ACCOUNTS)
    fill(cast, 0, SMALL)
    small = {title: statistics.median(wall for wall, _ in taken) for title, taken in requests(cast).items()}
    fill(cast, SMALL, size - SMALL)
    common.header(
        f"Cockpit, {size:,} open CTAs of one team, {5 * size:,} in all, {ACCOUNTS:,} accounts, {vendor}",
        f"n = {ROUNDS} requests of each kind; 50 rows; median of the whole request, in brackets with {SMALL:,}",
    )
    found = requests(cast)
    medians = {title: statistics.median(wall for wall, _ in taken) for title, taken in found.items()}
    for title, taken in found.items():
        best, cpu = min(wall for wall, _ in taken), statistics.median(cpu for _, cpu in taken)
        common.row(
            title, medians[title], ROUNDS, f"({small[title] * 1000:6.2f})  best {best * 1000:6.2f}  cpu {cpu * 1000:6.2f} ms"
        )
    for title in (OPENS, "grouped by account", "grouped by type", "the board", "a month", "a week"):
        common.verdict(f"{title}, {size:,} CTAs", medians[title] * 1000, BARS["page"], "ms")
    common.verdict(f"the same against {SMALL:,} CTAs", medians[OPENS] / small[OPENS], BARS["growth"])


if __name__ == "__main__":
    main(common.rows_from_arguments(10_000))
