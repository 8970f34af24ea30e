"""Facts as of a day: what was true, converted, never guessed; one account as in the frame."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tenure.actions import accounts
from tenure.models import Account, AccountVersion, CurrencyRate, Opportunity, OpportunityStage, Override, Product
from tenure.queries import columns, facts, handbook
from tests.world import World

DAY = timedelta(days=1)


def fact(world: World, account: Account, name: str, as_of: date | None = None, known_at: datetime | None = None) -> Any:
    return facts.one(account.pk, as_of or world.today, handbook.pack(), known_at=known_at).get(name)


def problems(world: World, account: Account) -> list[tuple[str, str]]:
    found = facts.build(columns.of_ids([account.pk]), world.today, handbook.pack())
    return list(found.problems.select("fact", "message").iter_rows())


def opportunity(world: World, account: Account, **fields: Any) -> Opportunity:
    given: dict[str, Any] = {"name": "Deal", "created_at": world.at - 30 * DAY, "updated_at": world.at}
    return Opportunity.objects.create(account=account, **{**given, **fields})


# --- one account and many


def test_one_account_has_the_same_facts_as_in_the_frame(world: World) -> None:
    pack = handbook.pack()
    frame = facts.frame(world.today, pack)

    for row in frame.iter_rows(named=True):
        given = {name: value for name, value in row.items() if value is not None}
        assert facts.one(row["account"], world.today, pack) == given
    assert frame["account"].to_list() == sorted(account.pk for account in world.accounts.values())


def test_blocks_give_the_same_frame_as_one_piece(world: World) -> None:
    pack = handbook.pack()
    ids = [account.pk for account in world.accounts.values()]

    parts = [facts.build(scope, world.today, pack).frame for scope in columns.blocks(ids, size=3)]

    assert [row for part in parts for row in part.rows()] == facts.frame(world.today, pack).rows()


def test_the_number_of_queries_does_not_grow_with_accounts(world: World, django_assert_num_queries: Any) -> None:
    pack = handbook.pack()
    few = columns.of_ids([world.homeworld.pk])
    many = columns.of_ids([account.pk for account in world.more_accounts(20, parent=world.homeworld)])
    for day in (world.today - DAY, world.today, world.today + 400 * DAY):
        for scope in (few, many):
            with django_assert_num_queries(1):
                facts.build(scope, day, pack, today=world.today)
    hundred = [columns.of_ids([account.pk for account in world.more_accounts(count)]) for count in (30, 100)]
    for scope in hundred:
        with django_assert_num_queries(2):
            facts.build(scope, world.today, pack)


@pytest.mark.parametrize("offset", [-30, 0, 400])
def test_one_statement_reads_what_many_do(world: World, offset: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Few accounts are read in one statement, as JSON; more in one statement each, as columns."""
    CurrencyRate.objects.create(currency="EUR", from_date=date(2020, 1, 1), rate=Decimal("1.0712345678"))
    account = world.account("Aquarium", parent=world.homeworld, custom={"legacy_package": "Standard"}, community=True)
    world.subscribe(account, arr=7, currency="EUR", hosted=True)
    opportunity(world, account, kind="add_on", stage="discovery", iacv_minor=5)
    accounts.update(account, {"country": "DE", "employees": 3}, from_date=world.today, today=world.today, actor=None, at=world.at)
    scope, day = columns.of_ids([each.pk for each in (account, *world.accounts.values())]), world.today + offset * DAY

    together = facts.build(scope, day, handbook.pack(), today=world.today)
    monkeypatch.setattr(facts, "FEW", 0)
    apart = facts.build(scope, day, handbook.pack(), today=world.today)

    for name in ("frame", "more", "problems", "base"):
        assert getattr(together, name).equals(getattr(apart, name)), name
    assert (together.assumed, together.parents, together.told) == (apart.assumed, apart.parents, apart.told)
    assert together.frame.height == 8


def test_an_account_that_is_gone_has_no_facts(world: World) -> None:
    accounts.delete(world.le_hotel, today=world.today, actor=None, at=world.at)

    assert fact(world, world.le_hotel, "arr", world.today + DAY) is None
    assert facts.one(world.le_hotel.pk, world.today - DAY, handbook.pack())["arr"] == 150_000_00


# --- revenue


def test_revenue_is_the_sum_of_the_subscriptions_active_on_the_day(world: World) -> None:
    account = world.account("Aquarium")
    world.subscribe(account, seats=10, arr=1_000, start_date=date(2026, 1, 1), end_date=date(2026, 12, 31))
    world.subscribe(account, seats=5, arr=500, start_date=date(2026, 6, 1), end_date=date(2026, 11, 16))

    assert fact(world, account, "arr", date(2026, 11, 15)) == 1_500_00
    assert fact(world, account, "users", date(2026, 11, 15)) == 15
    assert fact(world, account, "arr", date(2026, 11, 16)) == 1_000_00
    assert fact(world, account, "arr", date(2026, 12, 31)) == 0


def test_a_trial_a_draft_and_a_cancelled_subscription_are_no_revenue(world: World) -> None:
    account = world.account("Aquarium")
    world.subscribe(account, arr=100)
    world.subscribe(account, arr=200, is_trial=True)
    world.subscribe(account, arr=400, status="draft")
    world.subscribe(account, arr=800, status="cancelled", cancelled_on=world.today)

    assert fact(world, account, "arr") == 100_00
    assert fact(world, account, "arr", world.today - DAY) == 900_00


def test_the_stated_revenue_counts_only_where_there_is_no_subscription(world: World) -> None:
    account = world.account("Aquarium", stated_arr_minor=70_000_00, stated_users=30, stated_product="Silver")
    assert [fact(world, account, name) for name in ("arr", "users", "product")] == [70_000_00, 30, "Premium"]

    world.subscribe(account, product="Gold", seats=7, arr=1_000)
    assert [fact(world, account, name) for name in ("arr", "users", "product")] == [1_000_00, 7, "Ultimate"]


def test_another_currency_is_converted_by_the_rate_of_the_day_half_up(world: World) -> None:
    CurrencyRate.objects.create(currency="EUR", from_date=date(2026, 1, 1), rate=Decimal("1.05"))
    CurrencyRate.objects.create(currency="EUR", from_date=date(2026, 11, 10), rate=Decimal("1.10005"))
    CurrencyRate.objects.create(currency="JPY", from_date=date(2026, 1, 1), rate=Decimal("0.0065"))
    account = world.account("Aquarium")
    world.subscribe(account, arr=100, currency="EUR")

    assert fact(world, account, "arr", date(2026, 11, 9)) == 105_00
    assert fact(world, account, "arr", date(2026, 11, 10)) == 110_01  # 11,000.5 cents
    world.subscribe(account, arr=10, currency="JPY")  # 1,000 yen: the minor unit is the yen
    assert fact(world, account, "arr", date(2026, 11, 10)) == 110_01 + 6_50


def test_a_currency_without_a_rate_leaves_the_sum_open_and_says_so(world: World) -> None:
    account = world.account("Aquarium")
    world.subscribe(account, arr=100)
    world.subscribe(account, arr=100, currency="CHF")

    assert fact(world, account, "arr") is None
    assert problems(world, account) == [("arr", "There is no rate for CHF on 2026-11-16: amounts in it are not added to USD.")]


def test_a_subscription_without_an_amount_leaves_the_sum_open(world: World) -> None:
    account = world.account("Aquarium")
    world.subscribe(account, arr=100)
    account.subscriptions.create(product="Premium", recorded_at=world.at)

    assert fact(world, account, "arr") is None
    assert problems(world, account) == [("arr", "An active subscription has no amount, so the sum is not known.")]


# --- products


def test_the_product_is_the_highest_ranked_active_one(world: World) -> None:
    account = world.account("Aquarium")
    world.subscribe(account, product="Bronze", hosted=True)
    world.subscribe(account, product="Premium", hosted=False)
    world.subscribe(account, product="Ultimate", end_date=world.today)

    assert [fact(world, account, name) for name in ("product", "hosted")] == ["Premium", False]


def test_a_product_of_the_list_is_known_by_its_handbook_key(world: World) -> None:
    Product.objects.create(name="Self-managed tier 3", handbook_key="Ultimate")
    Product.objects.create(name="Training day", handbook_key="")
    account = world.account("Aquarium")
    world.subscribe(account, product="self-managed TIER 3")
    world.subscribe(account, product="Training day")

    assert fact(world, account, "product") == "Ultimate"
    assert problems(world, account) == []


def test_an_unknown_product_is_told_and_not_taken_for_missing(world: World) -> None:
    account = world.account("Aquarium")
    world.subscribe(account, product="Platinum")

    assert fact(world, account, "product") is None
    assert problems(world, account)[0][0] == "product"
    assert "'Platinum'" in problems(world, account)[0][1]


def test_support_bought_on_top_is_no_product(world: World) -> None:
    account = world.account("Aquarium")
    world.subscribe(account, product="Starter")
    assert fact(world, account, "has_support_addon") is False

    world.subscribe(account, product="Priority Support")
    assert [fact(world, account, name) for name in ("product", "has_support_addon")] == ["Starter", True]
    assert problems(world, account) == []


# --- time


def test_months_since_the_first_purchase_are_whole_ones(world: World) -> None:
    account = world.account("Aquarium", customer_since=date(2025, 11, 16))

    months = "months_since_first_purchase"
    assert [fact(world, account, months, day) for day in (date(2026, 11, 15), date(2026, 11, 16))] == [11, 12]
    assert fact(world, account, months, date(2025, 11, 16)) == 0


def test_the_first_purchase_is_the_first_subscription_where_nothing_is_stated(world: World) -> None:
    account = world.account("Aquarium")
    world.subscribe(account, start_date=date(2024, 2, 29), end_date=date(2025, 2, 28))

    assert fact(world, account, "customer_since") == date(2024, 2, 29)
    assert fact(world, account, "months_since_first_purchase", date(2026, 2, 28)) == 23


def test_a_renewal_is_done_when_a_later_term_follows_or_a_renewal_was_won(world: World) -> None:
    account = world.account("Aquarium")
    world.subscribe(account, start_date=date(2025, 11, 1), end_date=date(2026, 5, 1))
    assert fact(world, account, "first_renewal_done") is False
    assert fact(world, account, "expired") is True

    world.subscribe(account, start_date=date(2026, 5, 1), end_date=date(2027, 5, 1))
    assert fact(world, account, "first_renewal_done") is True
    assert fact(world, account, "expired") is False
    assert fact(world, account, "first_renewal_done", date(2026, 4, 30)) is False

    other = world.account("Barn")
    opportunity(world, other, kind="renewal", is_closed=True, is_won=True, close_date=date(2026, 5, 1))
    assert fact(world, other, "first_renewal_done") is True


def test_a_growth_opportunity_counts_once_sales_has_accepted_it(world: World) -> None:
    account = world.account("Aquarium")
    assert fact(world, account, "growth_opportunity") is None

    found = opportunity(world, account, kind="add_on", stage="pending_acceptance")
    assert fact(world, account, "growth_opportunity") is False

    OpportunityStage.objects.create(opportunity=found, stage="pending_acceptance", from_at=datetime(2026, 10, 20, tzinfo=UTC))
    OpportunityStage.objects.create(opportunity=found, stage="discovery", from_at=datetime(2026, 11, 10, 12, tzinfo=UTC))
    assert fact(world, account, "growth_opportunity", date(2026, 11, 9)) is False
    assert fact(world, account, "growth_opportunity", date(2026, 11, 10)) is True


def test_what_the_account_says_beats_the_opportunities(world: World) -> None:
    account = world.account("Aquarium", growth_opportunity=False)
    opportunity(world, account, kind="add_on", stage="discovery")

    assert fact(world, account, "growth_opportunity") is False


def test_won_deals_make_the_iacv_where_none_is_stated(world: World) -> None:
    account = world.account("Aquarium")
    opportunity(world, account, is_closed=True, is_won=True, close_date=date(2026, 3, 1), iacv_minor=500_00)
    opportunity(world, account, is_closed=True, is_won=True, close_date=date(2026, 12, 1), iacv_minor=900_00)
    opportunity(world, account, is_closed=True, is_won=False, close_date=date(2026, 3, 1), iacv_minor=9_999_00)

    assert fact(world, account, "iacv") == 500_00
    assert fact(world, account, "iacv", date(2026, 12, 1)) == 1_400_00


# --- the past


def test_the_past_shows_the_facts_that_held_then(world: World) -> None:
    changed = date(2026, 11, 1)
    accounts.update(
        world.homeworld, {"employees": 50, "given_segment": ""}, from_date=changed, today=world.today, actor=None, at=world.at
    )

    assert [fact(world, world.homeworld, name, changed) for name in ("employees", "segment")] == [50, None]
    assert [fact(world, world.homeworld, name, changed - DAY) for name in ("employees", "segment")] == [48_000, "Strategic"]


def test_an_account_is_not_there_before_its_first_day(world: World) -> None:
    account = accounts.create({"name": "Aquarium"}, from_date=world.today, today=world.today, actor=None, at=world.at)

    assert facts.one(account.pk, world.today - DAY, handbook.pack()) == {}
    assert facts.one(account.pk, world.today, handbook.pack())["account"] == account.pk


def test_what_was_learnt_later_was_not_known_then(world: World) -> None:
    later = world.at + timedelta(hours=5)
    accounts.update(world.homeworld, {"employees": 50}, from_date=world.today, today=world.today, actor=None, at=later)

    assert fact(world, world.homeworld, "employees", known_at=world.at) == 48_000
    assert fact(world, world.homeworld, "employees", known_at=later) == 50
    world.homeworld.subscriptions.create(product="Premium", arr_minor=1, seats=1, recorded_at=later)
    assert fact(world, world.homeworld, "arr", known_at=world.at) == 1_250_000_00


def test_two_changes_of_one_day_leave_the_last(world: World) -> None:
    for number in (10, 20):
        accounts.update(world.le_hotel, {"employees": number}, from_date=world.today, today=world.today, actor=None, at=world.at)

    assert fact(world, world.le_hotel, "employees", known_at=world.at) == 20
    assert AccountVersion.objects.filter(account=world.le_hotel, until_date=None).count() == 1


# --- families, regions, own facts, overrides


def test_employees_are_the_largest_number_in_the_family(world: World) -> None:
    child = world.account("Homeworld Labs", parent=world.homeworld, employees=12)
    grandchild = world.account("Homeworld Labs Berlin", parent=child)
    alone = world.account("Aquarium", employees=-1)

    assert [fact(world, one, "employees") for one in (child, grandchild, alone)] == [48_000, 48_000, -1]


def test_the_region_follows_from_the_country_where_it_is_not_given(world: World) -> None:
    by_country = world.account("Aquarium", region="", country="DE")
    strange = world.account("Barn", region="Atlantis", country="DE")

    assert fact(world, by_country, "region") == "EMEA"
    assert fact(world, strange, "region") is None
    assert [name for name, _ in problems(world, strange)] == ["region"]


def test_a_fact_of_the_handbooks_own_comes_from_a_custom_column(world: World) -> None:
    account = world.account("Aquarium", custom={"legacy_package": "Standard", "something": "else"})

    assert fact(world, account, "legacy_package") == "Standard"
    assert fact(world, world.homeworld, "legacy_package") is None


def test_an_override_stands_as_a_fact_until_the_day_it_expires(world: World) -> None:
    Override.objects.create(
        account=world.crab_shack, rule="gemstone", outcome="Ruby", reason="as agreed", author=world.mona,
        from_date=world.today, expires_on=world.today + 2 * DAY, recorded_at=world.at,
    )  # fmt: skip

    days = [world.today - DAY, world.today, world.today + DAY, world.today + 2 * DAY]
    assert [fact(world, world.crab_shack, "gemstone", day) for day in days] == [None, "Ruby", "Ruby", None]


@pytest.mark.parametrize("name", ["arr", "users", "product", "hosted"])
def test_an_account_without_anything_has_no_such_fact(world: World, name: str) -> None:
    assert fact(world, world.account("Aquarium"), name) is None
