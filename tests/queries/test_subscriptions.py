"""The subscriptions of one account and how its ARR moved."""

from datetime import date, timedelta

import pytest

from tenure.models import AccountSummary, CurrencyRate, Subscription
from tenure.queries import handbook, subscriptions
from tests.world import World

PACK = handbook.pack


def book(world: World, day: date | None = None) -> subscriptions.Book:
    return subscriptions.book(world.homeworld.pk, day or world.today, PACK())


@pytest.mark.parametrize(
    ("fields", "state"),
    [
        ({"status": "draft"}, "draft"),
        ({"start_date": date(2026, 1, 1), "end_date": date(2026, 11, 17)}, "active"),
        ({"start_date": date(2026, 1, 1), "end_date": date(2026, 11, 16)}, "ended"),
        ({"start_date": date(2026, 11, 16)}, "active"),
        ({"start_date": date(2026, 11, 17)}, "upcoming"),
        ({"start_date": date(2026, 1, 1), "cancelled_on": date(2026, 11, 16)}, "cancelled"),
        ({"start_date": date(2026, 1, 1), "cancelled_on": date(2026, 11, 17)}, "active"),
        ({"start_date": date(2026, 1, 1), "status": "cancelled"}, "cancelled"),
        ({"start_date": date(2026, 1, 1), "status": "expired"}, "ended"),
        ({"start_date": date(2026, 1, 1), "is_trial": True}, "trial"),
    ],
)
def test_a_subscription_says_what_it_is_on_a_day(fields: dict[str, object], state: str) -> None:
    assert subscriptions.state_on(Subscription(**fields), date(2026, 11, 16)) == state


def test_the_page_and_the_list_agree_on_arr_seats_and_renewal(world: World) -> None:
    world.subscribe(world.homeworld, seats=500, arr=55_000, end_date=world.today + timedelta(days=30))
    row = AccountSummary.objects.get(pk=world.homeworld.pk)

    found = book(world)

    assert (found.arr_minor, found.seats) == (row.arr_minor, row.users) == (130_500_000, 13_000)
    assert found.renewal is not None
    assert found.renewal.on == row.renewal_date == world.today + timedelta(days=30)
    assert found.renewal.arr_minor == 5_500_000


def test_arr_moves_in_steps_on_the_days_when_terms_begin_and_end(world: World) -> None:
    start = world.today - timedelta(days=200)
    world.subscribe(
        world.homeworld,
        seats=750,
        arr=110_000,
        start_date=world.today - timedelta(days=40),
        end_date=world.today - timedelta(days=10),
    )

    found = book(world)

    assert [(step.on, step.change, step.seats) for step in found.steps] == [
        (start, 125_000_000, 12_500),
        (world.today - timedelta(days=40), 11_000_000, 750),
        (world.today - timedelta(days=10), -11_000_000, -750),
    ]
    assert found.points()[0] == ("2024-11-16", 0)
    assert found.points()[-1] == ("2026-11-16", 125_000_000)
    assert found.change_minor == 125_000_000


def test_a_renewal_at_the_same_price_is_no_step(world: World) -> None:
    Subscription.objects.filter(account=world.big_donut).update(end_date=world.today - timedelta(days=5))
    old = world.big_donut.subscriptions.get()
    world.subscribe(world.big_donut, seats=500, arr=18_000, start_date=old.end_date, end_date=world.today + timedelta(days=360))

    found = subscriptions.book(world.big_donut.pk, world.today, PACK())

    assert len(found.steps) == 1


def test_the_book_of_another_day_holds_that_days_subscriptions(world: World) -> None:
    before = book(world, world.today - timedelta(days=201))

    assert (before.arr_minor, before.active, before.renewal) == (None, [], None)
    assert [line.state for line in before.lines] == ["upcoming"]


def test_other_currencies_are_converted_by_the_days_rate_and_never_added_as_they_are(world: World) -> None:
    world.subscribe(world.homeworld, arr=100_000, currency="EUR")
    assert book(world).arr_minor == 125_000_000

    CurrencyRate.objects.create(currency="EUR", from_date=date(2026, 1, 1), rate="1.10")

    assert book(world).arr_minor == 136_000_000


def test_auto_renew_is_unknown_where_subscriptions_differ(world: World) -> None:
    first = world.homeworld.subscriptions.get()
    world.subscribe(world.homeworld, end_date=first.end_date)
    Subscription.objects.filter(pk=first.pk).update(auto_renew=False)

    renewal = book(world).renewal

    assert renewal is not None
    assert renewal.auto_renew is None


def test_the_book_takes_one_query_with_one_or_thirty_subscriptions(world: World, django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    PACK()
    with django_assert_num_queries(1):
        book(world)
    for _ in range(30):
        world.subscribe(world.homeworld)
    with django_assert_num_queries(1):
        book(world)
