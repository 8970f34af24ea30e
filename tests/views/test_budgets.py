"""Queries of the account page and the Why drawer: few, and the same for 3 rows of everything as for 30, today, before and after."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tenure.actions import accounts, contacts, feedback, overrides
from tenure.models import Account, Assignment, Decision, Opportunity, OpportunityStage, Subscription
from tenure.queries import sections
from tests import work
from tests.conftest import ClientFor
from tests.entries import entry, planned
from tests.world import World

DAY = timedelta(days=1)
DAYS = {"today": 0, "past": -30, "future": 400}
PAGES = [*(f"{section}/" for section in sections.TITLES), "why/gemstone/", "why/segment/", "why/tam_eligible/"]
# What each page takes, log-in and frame included: today, past, future.
BUDGET = {
    "summary/": (20, 19, 19), "work/": (17, 15, 15), "journey/": (18, 18, 18), "onboarding/": (14, 13, 13), "project/": (14, 15, 15), "services/": (19, 18, 18),
    "timeline/": (18, 16, 17), "subscriptions/": (15, 15, 15), "contacts/": (13, 13, 13), "business/": (17, 15, 15), "technical/": (17, 15, 15), "team/": (13, 13, 13),
    "decisions/": (15, 15, 15), "family/": (15, 15, 15), "history/": (15, 14, 15),
    "why/gemstone/": (11, 10, 10), "why/segment/": (11, 10, 10), "why/tam_eligible/": (11, 10, 10),
}  # fmt: skip
FULL = {"timeline/": (17, 16, 16)}  # a page that is full doesn't look for what has no date


def more(world: World, account: Account, start: int, end: int) -> None:
    """Rows number ``start`` to ``end`` of everything that the pages show; each leaves Events."""
    for number in range(start, end):
        since = world.today - (100 + number) * DAY
        world.subscribe(account, product="Premium", start_date=since, end_date=since + 365 * DAY)
        person = contacts.create(
            account, {"name": f"P {number}", "phone": "1"}, today=world.today, actor=world.mona, at=world.at - 50 * DAY
        )
        contacts.update(person, {"phone": "2"}, today=world.today, actor=world.mona, at=world.at)
        deal = Opportunity.objects.create(
            account=account, name=f"D {number}", kind="new_account", stage="scoping", created_at=world.at - 60 * DAY, updated_at=world.at
        )  # fmt: skip
        OpportunityStage.objects.create(opportunity=deal, stage="discovery", from_at=world.at - 60 * DAY)
        Assignment.objects.create(
            account=account,
            user=world.sol,
            role="solutions_architect",
            from_date=since,
            until_date=since + DAY,
            recorded_at=world.at,
        )
        Decision.objects.create(
            account=account,
            rule="gemstone",
            outcome="Ruby",
            from_date=since,
            until_date=since + DAY,
            decided_at=world.at,
            digest="",
        )
        entry(world, account, subject=f"Call {number}")
        entry(world, account, subject=f"Note {number}", kind="note")  # two, so that the newest ones are alike for 3 and for 30
        planned(world, account, subject=f"Plan {number}")
        work.task(world, work.cta(world, account, title=f"Work {number}"), "First")
        feedback.create(account, {"kind": "product", "text": f"Wish {number}"}, today=world.today, actor=world.tam, at=world.at)
        place = world.territories["us-east" if number % 3 == 2 else "emea"].pk  # it ends elsewhere than it began
        accounts.update(
            account, {"territory_id": place}, from_date=world.today, today=world.today, actor=world.ops, at=world.at, reason="x"
        )
    world.more_accounts(end - start, name=f"Child {start}", parent=account)


@pytest.fixture
def count(decided: World, client_for: ClientFor) -> Callable[[str], dict[str, int]]:
    account = decided.homeworld
    overrides.set(
        account,
        "support_level",
        "Gold",
        "Agreed",
        decided.today + 500 * DAY,
        today=decided.today,
        actor=decided.mona,
        at=decided.at,
    )
    client = client_for(decided.mona)

    def asked(page: str) -> dict[str, int]:
        return {name: queries(client, f"/accounts/{account.pk}/{page}", decided, offset) for name, offset in DAYS.items()}

    return asked


def queries(client: Client, path: str, world: World, offset: int) -> int:
    with CaptureQueriesContext(connection) as found:
        response = client.get(f"{path}?as_of={world.today + offset * DAY}" if offset else path)
    assert response.status_code == 200
    return len(found)


def test_the_pages_take_few_queries_and_no_more_for_more_rows(decided: World, count: Callable[[str], dict[str, int]]) -> None:
    more(decided, decided.homeworld, 0, 3)
    few = {page: tuple(count(page).values()) for page in PAGES}
    more(decided, decided.homeworld, 3, 30)
    many = {page: tuple(count(page).values()) for page in PAGES}

    assert Subscription.objects.filter(account=decided.homeworld).count() == 31
    assert few == BUDGET
    assert many == BUDGET | FULL
