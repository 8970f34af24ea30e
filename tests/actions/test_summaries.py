"""The lists' rows: true after every write, written only when they differ."""

from datetime import timedelta
from typing import Any

from django.db import connection

from tenure.actions import decisions, summaries
from tenure.models import Account, AccountSummary, Notice
from tests.world import World

DAY = timedelta(days=1)


def row(account: Account) -> AccountSummary:
    return AccountSummary.objects.get(pk=account.pk)


def test_a_row_shows_facts_people_and_contacts(world: World) -> None:
    found = row(world.homeworld)

    assert (found.name, found.name_key, found.region, found.segment) == ("Homeworld Inc.", "homeworld inc.", "EMEA", "Strategic")
    assert (found.arr_minor, found.users, found.product, found.product_rank) == (1_250_000_00, 12_500, "Premium", 2)
    assert (found.tam_name, found.owner_name) == ("Tam Technical", "Ari Account")
    assert (found.contacts, found.contact_completeness) == (2, 75)
    assert found.renewal_date == world.today + timedelta(days=165)


def test_apac_asks_for_the_salutation_too(world: World) -> None:
    assert row(world.big_donut).contact_completeness == 70


def test_nothing_is_written_where_nothing_differs(world: World) -> None:
    assert summaries.refresh(None, today=world.today) == 0

    world.homeworld.subscriptions.update(seats=1)
    assert summaries.refresh(None, today=world.today) == 1
    assert row(world.homeworld).users == 1


def test_a_row_of_an_account_that_has_none_is_made(world: World) -> None:
    AccountSummary.objects.filter(pk=world.homeworld.pk).delete()

    assert summaries.refresh([world.homeworld.pk], today=world.today) == 1
    assert row(world.homeworld).name == "Homeworld Inc."


def test_a_deleted_account_is_marked(world: World) -> None:
    Account.objects.filter(pk=world.homeworld.pk).update(deleted_at=world.at - DAY)

    summaries.refresh([world.homeworld.pk], today=world.today)

    assert row(world.homeworld).deleted is True


def test_an_unknown_product_and_region_are_shown_as_the_source_writes_them(world: World) -> None:
    account = world.account("Aquarium", region="Atlantis")
    world.subscribe(account, product="Platinum")

    found = row(account)
    assert (found.product, found.product_rank, found.region) == ("Platinum", -1, "Atlantis")


def test_whoever_waits_for_a_tam_waits_since_the_day_of_the_decision(world: World) -> None:
    decisions.redecide([world.le_hotel.pk], as_of=world.today, at=world.at, actor=None)
    assert row(world.le_hotel).needs_tam_since == world.today
    assert Notice.objects.get(channel="app", kind="needs_tam").user == world.mona

    summaries.refresh([world.le_hotel.pk], today=world.today + 5 * DAY, at=world.at + 5 * DAY)
    assert row(world.le_hotel).needs_tam_since == world.today
    assert Notice.objects.filter(channel="app", kind="needs_tam").count() == 1


def test_where_no_manager_covers_the_territory_operations_is_told(world: World) -> None:
    world.subscribe(world.big_donut, arr=500_000)
    decisions.redecide([world.big_donut.pk], as_of=world.today, at=world.at, actor=None)

    assert Notice.objects.get(channel="app", kind="needs_tam").user == world.ops


def test_the_number_of_queries_does_not_grow_with_rows(world: World, django_assert_num_queries: Any) -> None:
    """Of up to 20 accounts the families are looked for in the statement that reads their facts, of more in one of its own."""
    locks = int(connection.vendor == "postgresql")  # SQLite's transactions are locks themselves
    for count, queries in ((3, 8), (20, 8), (21, 9), (90, 9)):
        some = [account.pk for account in world.more_accounts(count, "Some")]
        with django_assert_num_queries(queries + locks):
            summaries.refresh(some, today=world.today)
