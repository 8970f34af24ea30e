"""The daily run begins onboardings by rule, each occasion once."""

from datetime import date, timedelta
from typing import Any

import pytest

from tenure.actions import assignments, decisions, onboardings
from tenure.models import (
    Account,
    Event,
    Notice,
    Onboarding,
    OnboardingMilestone,
    Opportunity,
    RunFailure,
    Subscription,
)
from tenure.runs import daily, plans, plans_onboardings
from tests.world import TODAY, World

DAY = timedelta(days=1)


def apply(world: World, day: int = 0) -> daily.Applied:
    return daily.apply(daily.plan(TODAY + day * DAY), at=world.at + day * DAY, actor=None)


def begun(world: World, day: int = 0) -> tuple[int, int, int, int]:
    done = apply(world, day)
    return done.onboardings_begun, done.onboardings_joined, done.onboardings_changed, done.onboardings_completed


def changes(day: int = 0) -> list[plans.Change]:
    kinds = (plans_onboardings.OnboardingWanted, plans_onboardings.OnboardingChanged)
    return [change for change in daily.plan(TODAY + day * DAY).changes() if isinstance(change, kinds)]


def win(world: World, account: Account, ago: int = 10, kind: str = "new_account", **fields: Any) -> Opportunity:
    given = {"name": "First 100 seats", "is_closed": True, "is_won": True, "close_date": TODAY - ago * DAY, **fields}
    return Opportunity.objects.create(account=account, kind=kind, created_at=world.at, updated_at=world.at, **given)


def content() -> list[Any]:
    return [list(model.objects.order_by("pk").values()) for model in (Onboarding, OnboardingMilestone, Event, Notice)]


# --- what begins one


def test_a_portfolio_that_is_brought_over_begins_none(world: World) -> None:
    """Seven customers of 400 days, one with a TAM, all of them with a gemstone from this day on."""
    assert begun(world) == (0, 0, 0, 0)
    assert begun(world, 1) == (0, 0, 0, 0)
    assert Onboarding.objects.count() == 0


def test_a_plan_tells_what_begins_and_why_and_begins_nothing(world: World) -> None:
    deal = win(world, world.homeworld)
    before = content()

    change = changes()[0]

    assert content() == before
    assert plans.as_dict(change) == {
        "kind": "onboarding_wanted", "account_id": world.homeworld.pk, "account": "Homeworld Inc.", "rule": "closed_won", "onboarding_id": None,
        "day": "2026-11-06", "also": (), "edition": "2020-01-01",
        "source": "Using Salesforce within Customer Success (2020), Onboarding Objects; TAM Manager Handbook, Account Assignment",
        "reason": "First 100 seats was won, 6 November 2026", "key": f"closed_won:{deal.pk}",
    }  # fmt: skip
    assert plans.summary(daily.plan(TODAY))["onboarding_wanted", "closed_won", "", ""] == 1


def test_new_business_that_was_won_begins_one_with_all_that_is_known(world: World) -> None:
    deal = win(world, world.homeworld)

    assert begun(world) == (1, 0, 0, 0)
    row = Onboarding.objects.get()
    assert (row.account, row.name, row.cause, row.natural_key, row.edition) == (
        world.homeworld, "Homeworld Inc., November 2026", "closed_won", f"closed_won:{deal.pk}", date(2023, 3, 29),
    )  # fmt: skip
    assert (row.status, row.is_open, row.owner, row.opportunity, row.gemstone) == (
        "not_started",
        True,
        world.tam,
        deal,
        "Diamond",
    )
    assert (row.purchase_date, row.contract_date, row.start_date) == (date(2026, 11, 6),) * 3
    assert row.because == {"day": "2026-11-06", "said": "First 100 seats was won", "rule": "onboarding", "edition": "2020-01-01"}
    assert row.team == {
        "tam": {"id": world.tam.pk, "name": "Tam Technical"},
        "account_manager": {"id": world.ari.pk, "name": "Ari Account"},
    }
    event = Event.objects.get(noun="onboarding")
    assert (event.verb, event.object_id, event.account_id, event.actor) == (
        "onboarding.created",
        row.pk,
        world.homeworld.pk,
        None,
    )
    assert changes() == []
    assert begun(world) == (0, 0, 0, 0)


NOT: dict[str, dict[str, Any]] = {
    "a renewal": {"kind": "renewal"}, "an add-on": {"kind": "add_on"}, "one that was lost": {"is_won": False},
    "one of 91 days ago": {"ago": 91}, "one that is deleted": {"deleted_at": None},
}  # fmt: skip


@pytest.mark.parametrize("name", NOT)
def test_other_deals_begin_none(name: str, world: World) -> None:
    given = {**NOT[name], **({"deleted_at": world.at} if "deleted_at" in NOT[name] else {})}
    win(world, world.homeworld, **given)

    assert begun(world) == (0, 0, 0, 0)


def test_one_of_90_days_ago_still_begins_one_and_a_customer_who_left_gets_none(world: World) -> None:
    win(world, world.homeworld, ago=90)
    win(world, world.funland, ago=5)
    Subscription.objects.filter(account=world.funland).update(end_date=TODAY - DAY)

    assert begun(world) == (1, 0, 0, 0)
    assert Onboarding.objects.get().account == world.homeworld


def test_causes_that_coincide_make_one_and_a_later_one_is_noted_on_it(world: World) -> None:
    first, second = win(world, world.homeworld), win(world, world.homeworld, ago=3, kind="new_subscription", name="Second unit")

    assert begun(world) == (1, 0, 0, 0)
    row = Onboarding.objects.get()
    also = {"cause": "closed_won", "key": f"closed_won:{second.pk}", "on": "2026-11-13", "said": "Second unit was won"}
    assert (row.natural_key, row.because["also"]) == (f"closed_won:{first.pk}", [also])
    third = win(world, world.homeworld, ago=1, name="Third")
    (noted,) = [change for change in changes(1) if isinstance(change, plans_onboardings.OnboardingWanted)]
    assert (noted.onboarding_id, noted.key) == (row.pk, f"closed_won:{third.pk}")
    assert begun(world, 1) == (0, 1, 0, 0)
    row.refresh_from_db()
    assert [one["key"] for one in row.because["also"]] == [f"closed_won:{second.pk}", f"closed_won:{third.pk}"]
    assert [event.verb for event in Event.objects.filter(noun="onboarding").order_by("pk")] == [
        "onboarding.created",
        "onboarding.joined",
    ]
    assert begun(world, 2) == (0, 0, 0, 0)


def test_what_was_known_never_comes_again_deleted_completed_or_noted(world: World) -> None:
    win(world, world.homeworld)
    win(world, world.homeworld, ago=3, name="Second")
    apply(world)
    onboardings.delete(Onboarding.objects.get(), actor=world.tam, at=world.at)

    assert begun(world, 1) == (0, 0, 0, 0)
    win(world, world.homeworld, ago=2, name="Third")
    assert begun(world, 1) == (1, 0, 0, 0)
    row = Onboarding.objects.get(is_open=True, deleted_at=None)
    survey = {"survey_sent": True, "survey_received": True, "survey_score": 5}
    onboardings.complete(row, survey, today=TODAY + 2 * DAY, actor=world.tam, at=world.at + 2 * DAY)
    win(world, world.homeworld, ago=-1, name="Told late")
    assert begun(world, 3) == (0, 1, 0, 0)
    win(world, world.homeworld, ago=-3, name="Next")
    assert begun(world, 3) == (1, 0, 0, 0)
    assert Onboarding.objects.filter(is_open=True, deleted_at=None).count() == 1


def test_an_account_that_rises_to_the_first_four_gemstones_gets_one(world: World) -> None:
    apply(world)
    big_donut = world.big_donut
    assert big_donut.decisions.get(rule="gemstone", until_date=None).outcome == "Quartz"
    Subscription.objects.filter(account=big_donut).update(seats=1_200)

    (change,) = changes(1)

    assert (change.key, change.reason) == (f"gem:{big_donut.pk}:2026-11-17", "From Quartz to Sapphire, 17 November 2026")
    assert begun(world, 1) == (1, 0, 0, 0)
    row = Onboarding.objects.get()
    assert (row.cause, row.gemstone, row.owner, row.start_date, row.purchase_date) == (
        "gem_change",
        "Sapphire",
        None,
        None,
        TODAY - 400 * DAY,
    )
    assert (row.track, begun(world, 1), begun(world, 2)) == ("behind", (0, 0, 0, 0), (0, 0, 0, 0))


def test_a_rise_that_an_import_has_decided_begins_one_with_the_next_run(world: World) -> None:
    apply(world)
    Subscription.objects.filter(account=world.big_donut).update(seats=1_200)
    decisions.redecide([world.big_donut.pk], as_of=TODAY + DAY, at=world.at + DAY, actor=None)

    assert begun(world, 3) == (1, 0, 0, 0)
    assert Onboarding.objects.get().natural_key == f"gem:{world.big_donut.pk}:2026-11-17"
    assert begun(world, 4) == (0, 0, 0, 0)


def test_a_gemstone_between_the_first_four_or_from_late_data_begins_none(world: World) -> None:
    unknown = world.account("Aquarium", iacv_minor=0)
    apply(world)
    assert unknown.decisions.get(rule="gemstone", until_date=None).outcome == ""
    Subscription.objects.filter(account=world.crab_shack).update(seats=6_000)
    world.subscribe(unknown, seats=3_000, arr=90_000)

    assert begun(world, 1) == (0, 0, 0, 0)
    assert {row.decisions.get(rule="gemstone", until_date=None).outcome for row in (world.crab_shack, unknown)} == {
        "Diamond",
        "Pearl",
    }


def test_a_customer_who_upgrades_gets_one(world: World) -> None:
    start = TODAY - 5 * DAY
    world.subscribe(world.funland, "Ultimate", start_date=start)
    world.subscribe(world.le_hotel, "Premium", start_date=start)  # has Ultimate: less
    world.subscribe(world.beach_city, "Ultimate", start_date=TODAY - 91 * DAY)
    world.subscribe(world.homeworld, "Ultimate", start_date=start, is_trial=True)

    assert begun(world) == (1, 0, 0, 0)
    row = Onboarding.objects.get()
    assert (row.account, row.natural_key, row.because["said"]) == (
        world.funland,
        f"upgrade:{world.funland.pk}:{start}",
        "Upgraded to Ultimate",
    )
    assert begun(world, 1) == (0, 0, 0, 0)


def test_the_first_tam_of_a_new_customer_begins_one_and_a_hand_off_none(world: World) -> None:
    young = world.account("Aquarium", customer_since=TODAY - 30 * DAY)
    world.subscribe(young, start_date=TODAY - 30 * DAY)
    mine = world.assign(young, world.tam, from_date=TODAY - 4 * DAY)
    world.assign(world.funland, world.tam, from_date=TODAY - 4 * DAY)  # of 400 days, and nobody asked for one

    assert begun(world) == (1, 0, 0, 0)
    row = Onboarding.objects.get()
    assert (row.natural_key, row.owner, row.start_date, row.because["said"]) == (
        f"tam:{young.pk}:{mine.pk}", world.tam, TODAY - 4 * DAY, "Tam Technical became the TAM",
    )  # fmt: skip
    onboardings.delete(row, actor=world.tam, at=world.at)
    assignments.end(mine, on=TODAY, actor=world.mona, at=world.at, today=TODAY)
    world.assign(young, world.tessa, from_date=TODAY)
    assert begun(world, 1) == (0, 0, 0, 0)


def test_an_account_that_cannot_be_read_fails_alone(world: World) -> None:
    win(world, world.homeworld)
    win(world, world.funland)
    Onboarding.objects.create(
        account=world.funland, name="Broken", because=[], is_open=False, created_at=world.at, updated_at=world.at
    )

    done = apply(world)

    assert (done.onboardings_begun, done.skipped, Onboarding.objects.count()) == (1, 1, 2)
    assert [row.account_id for row in RunFailure.objects.all()] == []  # of a run that isn't kept
