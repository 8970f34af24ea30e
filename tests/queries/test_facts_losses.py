"""Facts of what a customer gave up, so that a renewal that is recorded late is not taken for a loss; and what declares a risk."""

from datetime import date, timedelta
from typing import Any

import pytest

from tenure.actions import assignments, ctas, playbooks
from tenure.models import Account, CallToAction, Opportunity
from tenure.queries import facts, handbook
from tenure.runs import daily
from tests.world import TODAY, World

DAY = timedelta(days=1)
END = TODAY - 10 * DAY


def of(account: Account, *names: str, as_of: date = TODAY) -> list[Any]:
    found = facts.one(account.pk, as_of, handbook.pack())
    return [found.get(name) for name in names]


def term(world: World, account: Account, *, until: date | None = END, since: date | None = None, **fields: Any) -> None:
    """A subscription of a year that ends on a day."""
    start = since or (until or TODAY) - 365 * DAY
    world.subscribe(account, start_date=start, end_date=until, **fields)


def deal(world: World, account: Account, day: date, *, kind: str = "renewal", won: bool = False, iacv: int | None = None) -> None:
    Opportunity.objects.create(
        account=account, kind=kind, close_date=day, is_closed=True, is_won=won, iacv_minor=iacv, stage="closed", currency="USD",
        created_at=world.at - 900 * DAY, updated_at=world.at,
    )  # fmt: skip


def test_a_subscription_that_ended_with_nothing_in_its_place_is_a_loss_seen(world: World) -> None:
    account = world.account("Aquarium")
    term(world, account)

    assert of(account, "lost_on", "loss_recorded_on", "arr") == [END, None, 0]
    assert of(account, "lost_on", as_of=END - DAY) == [None]
    term(world, account, since=END, until=END + 365 * DAY)  # recorded at last
    assert of(account, "lost_on") == [None]


@pytest.mark.parametrize(
    ("after", "lost"),
    [({"arr": 100_000}, None), ({"arr": 130_000}, None), ({"arr": 99_999}, END), ({"arr": 100_000, "product": "Starter"}, END)],
)
def test_what_renews_for_less_or_lower_is_one_too(world: World, after: dict[str, Any], lost: date | None) -> None:
    account = world.account("Aquarium")
    term(world, account, arr=100_000)
    term(world, account, since=END, until=END + 365 * DAY, **after)

    assert of(account, "lost_on") == [lost]


def test_of_two_subscriptions_one_that_ends_is_a_loss_until_it_is_replaced(world: World) -> None:
    account = world.account("Aquarium")
    term(world, account, product="Ultimate", until=TODAY + 90 * DAY)
    term(world, account, arr=40_000)

    assert of(account, "lost_on") == [END]
    term(world, account, since=END, until=END + 365 * DAY, arr=40_000)
    assert of(account, "lost_on") == [None]


def test_a_lost_renewal_is_a_loss_on_record_until_a_subscription_begins(world: World) -> None:
    account = world.account("Aquarium")
    term(world, account)
    deal(world, account, END - 20 * DAY)

    assert of(account, "loss_recorded_on") == [END - 20 * DAY]
    term(world, account, since=TODAY - 2 * DAY, until=TODAY + 363 * DAY)
    assert of(account, "loss_recorded_on", "lost_on") == [None, None]


def test_so_is_one_that_is_won_with_less_until_more_is_won(world: World) -> None:
    account = world.account("Aquarium")
    deal(world, account, TODAY - 90 * DAY, kind="new_account", won=True, iacv=5_000_000)
    assert of(account, "loss_recorded_on") == [None]
    deal(world, account, TODAY - 60 * DAY, won=True, iacv=-100)
    assert of(account, "loss_recorded_on") == [TODAY - 60 * DAY]
    deal(world, account, TODAY - 40 * DAY, won=True, iacv=0)
    assert of(account, "loss_recorded_on") == [TODAY - 60 * DAY]
    deal(world, account, TODAY - 30 * DAY, kind="add_on", won=True, iacv=100)
    assert of(account, "loss_recorded_on") == [None]


def test_a_lost_renewal_is_told_until_a_subscription_begins_and_less_is_no_lost_one(world: World) -> None:
    account = world.account("Aquarium")
    term(world, account)
    deal(world, account, END, won=True, iacv=-100)
    assert of(account, "renewal_lost", "days_since_loss", "expired") == [False, 10, True]
    deal(world, account, END + DAY)

    assert of(account, "renewal_lost") == [True]
    term(world, account, since=TODAY - 2 * DAY, until=TODAY + 363 * DAY)
    assert of(account, "renewal_lost", "days_since_loss", "expired") == [False, None, False]


def test_what_runs_out_on_a_day_to_come_is_no_loss_yet(world: World) -> None:
    account = world.account("Aquarium")
    term(world, account, until=TODAY + 10 * DAY)
    account.subscriptions.update(auto_renew=False)
    ahead = facts.one(account.pk, TODAY + 60 * DAY, handbook.pack(), today=TODAY)

    assert (ahead.get("expired"), ahead.get("days_since_loss")) == (True, None)
    assert of(account, "expired", "days_since_loss", as_of=TODAY + 60 * DAY) == [True, 50]


# --- what comes of it


def run(world: World, day: date) -> None:
    daily.apply(daily.plan(day), at=world.at + (day - TODAY), actor=None)


def offboarding(account: Account) -> list[str]:
    return [
        row.natural_key.partition(":")[2]
        for row in CallToAction.objects.filter(rule="offboarding", account=account).order_by("pk")
    ]


def test_a_renewal_that_is_recorded_late_raises_no_offboarding_and_a_loss_in_the_same_year_does(world: World) -> None:
    account, held = world.homeworld, world.homeworld.subscriptions.get()
    held.end_date = TODAY
    held.save()
    run(world, TODAY + 29 * DAY)
    assert offboarding(account) == []

    more = {"seats": held.seats, "arr": held.arr_minor // 100}
    world.subscribe(account, held.product, start_date=TODAY, end_date=TODAY + 60 * DAY, **more)
    run(world, TODAY + 30 * DAY)
    assert offboarding(account) == []

    deal(world, account, TODAY + 58 * DAY)
    run(world, TODAY + 60 * DAY)
    assert offboarding(account) == [f"{account.pk}:{TODAY + 58 * DAY}"]


def test_without_a_record_thirty_days_without_a_successor_are_a_loss(world: World) -> None:
    account, held = world.homeworld, world.homeworld.subscriptions.get()
    held.end_date = TODAY
    held.save()
    run(world, TODAY + 30 * DAY)

    assert offboarding(account) == [f"{account.pk}:{TODAY}"]


# --- who is at risk


@pytest.mark.parametrize(
    ("reason", "risk"),
    [
        ("Loss of budget", True),
        ("Escalation", True),
        ("Other", True),
        ("Low licence use", False),
        ("Stale sentiment", False),
        ("", False),
    ],
)
def test_only_reasons_that_say_so_declare_a_risk(world: World, reason: str, risk: bool) -> None:
    ctas.create(world.homeworld, type="risk", reason=reason, title="Look", today=TODAY, actor=world.tam, at=world.at)

    assert of(world.homeworld, "at_risk", "at_risk_since") == [risk, TODAY if risk else None]


def test_a_playbook_of_type_risk_does_not_make_a_green_account_at_risk(world: World) -> None:
    stamps: dict[str, Any] = {"start": TODAY, "today": TODAY, "actor": world.tam, "at": world.at}
    playbooks.apply(world.homeworld, "update_stale_sentiment", **stamps)
    run(world, TODAY)
    assert not CallToAction.objects.filter(rule="at_risk_account").exists()

    playbooks.apply(world.homeworld, "at_risk", **stamps)
    run(world, TODAY)
    assert CallToAction.objects.filter(rule="at_risk_account", account=world.homeworld).count() == 1


# --- who waited for a TAM


def test_an_account_waited_when_a_tam_was_asked_for_before_its_first(world: World) -> None:
    account = world.le_hotel
    assert of(account, "waited_for_tam") == [False]
    run(world, TODAY)
    assert of(account, "waited_for_tam") == [False]

    later: dict[str, Any] = {
        "from_date": TODAY + 2 * DAY,
        "today": TODAY + 2 * DAY,
        "at": world.at + 2 * DAY,
        "actor": world.mona,
    }
    assignments.assign(account, world.tam, "tam", **later)
    assert of(account, "waited_for_tam", as_of=TODAY + 2 * DAY) == [True]
    assert of(account, "waited_for_tam", as_of=TODAY + DAY) == [False]
    assert of(world.homeworld, "has_tam", "waited_for_tam", as_of=TODAY + 2 * DAY) == [True, False]

    again = {**later, "from_date": TODAY + 9 * DAY, "today": TODAY + 9 * DAY, "at": world.at + 9 * DAY}
    assignments.assign(account, world.tessa, "tam", **again)
    assert of(account, "waited_for_tam", as_of=TODAY + 9 * DAY) == [False]


def open_work(account: Account) -> set[str]:
    return set(CallToAction.objects.filter(account=account, is_open=True).values_list("rule", flat=True))


def test_the_work_for_a_customer_that_has_left_stops_and_its_offboarding_goes_on(world: World) -> None:
    account = world.homeworld  # its TAM stays assigned
    account.subscriptions.update(end_date=TODAY + 75 * DAY)
    run(world, TODAY)
    before = open_work(account)
    assert {"cadence_call", "health_update", "renewal_review", "renewal_contact", "am_follow_up"} <= before
    run(world, TODAY + 104 * DAY)
    assert before <= open_work(account)

    run(world, TODAY + 105 * DAY)

    assert open_work(account) == {"offboarding"}
    closed = CallToAction.objects.filter(account=account, is_open=False)
    assert set(closed.values_list("status", "outcome_note", "closed_by")) == {
        ("closed_not_relevant", "The customer has left", None)
    }
    assert account.assignments.filter(role="tam", until_date=None).exists()
    for days in (106, 150, 400):
        run(world, TODAY + days * DAY)
        assert open_work(account) <= {"offboarding"}


def test_a_customer_that_comes_back_is_called_again(world: World) -> None:
    account = world.homeworld
    account.subscriptions.update(end_date=TODAY)
    for days in (0, 30):
        run(world, TODAY + days * DAY)
    term(world, account, since=TODAY + 40 * DAY, until=TODAY + 400 * DAY)
    run(world, TODAY + 40 * DAY)
    assert "cadence_call" not in open_work(account)  # a month after it was closed, a week before

    run(world, date(2027, 1, 9))

    call = CallToAction.objects.get(account=account, rule="cadence_call", is_open=True)
    assert (call.due_date, call.because["anchor_day"]) == (date(2027, 1, 15), "2026-12-16")


def test_an_account_of_which_no_subscription_is_known_keeps_its_work(world: World) -> None:
    world.homeworld.subscriptions.all().delete()
    run(world, TODAY)

    assert {"cadence_call", "health_update"} <= open_work(world.homeworld)
