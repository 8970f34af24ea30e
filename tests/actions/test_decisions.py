"""Storing decisions: only what changed, with history, inputs and one event for each account."""

import json
from datetime import timedelta

from tenure.actions import decisions
from tenure.models import Account, AccountSummary, Decision, Event
from tenure.queries import events, handbook
from tests.world import World

DAY = timedelta(days=1)


def redecide(world: World, *accounts: Account, day: int = 0) -> int:
    return decisions.redecide([row.pk for row in accounts], as_of=world.today + day * DAY, at=world.at + day * DAY, actor=None)


def test_a_first_decision_of_every_rule_is_stored(world: World) -> None:
    rules = handbook.kept_rules(handbook.pack(), world.today)

    assert redecide(world, world.homeworld) == len(rules)

    stored = Decision.objects.filter(account=world.homeworld, until_date=None)
    assert sorted(stored.values_list("rule", flat=True)) == sorted(rules)
    gem = stored.get(rule="gemstone")
    assert (gem.outcome, gem.missing, gem.overridden, gem.from_date) == ("Diamond", [], False, world.today)
    assert gem.inputs == {"users": 12_500, "product": "Premium", "iacv": 1_250_000_00}
    assert handbook.pack().digest.startswith(gem.digest)


def test_deciding_again_changes_nothing(world: World) -> None:
    redecide(world, world.homeworld)
    before = (list(Decision.objects.values()), Event.objects.count())

    assert redecide(world, world.homeworld) == 0
    assert redecide(world, world.homeworld, day=1) == 0
    assert (list(Decision.objects.values()), Event.objects.count()) == before


def test_only_what_changed_is_closed_and_begun(world: World) -> None:
    redecide(world, world.crab_shack)
    world.crab_shack.subscriptions.update(seats=400)

    assert redecide(world, world.crab_shack, day=3) == 1

    rows = Decision.objects.filter(account=world.crab_shack, rule="gemstone").order_by("from_date")
    assert [(row.outcome, row.from_date, row.until_date) for row in rows] == [
        ("Sapphire", world.today, world.today + 3 * DAY), ("Quartz", world.today + 3 * DAY, None),
    ]  # fmt: skip
    told = json.loads(Event.objects.order_by("-id")[0].body)
    assert (told["before"], told["after"]) == ({"gemstone": "Sapphire"}, {"gemstone": "Quartz"})
    summary = AccountSummary.objects.get(pk=world.crab_shack.pk)
    assert (summary.gemstone, summary.users) == ("Quartz", 400)


def test_a_fact_that_moves_without_moving_an_outcome_stores_nothing(world: World) -> None:
    redecide(world, world.homeworld)
    world.homeworld.subscriptions.update(seats=12_501)

    assert redecide(world, world.homeworld) == 0
    assert AccountSummary.objects.get(pk=world.homeworld.pk).users == 12_501


def test_what_is_undecided_names_the_missing_facts(world: World) -> None:
    account = world.account("Aquarium")
    redecide(world, account)

    tier = Decision.objects.get(account=account, rule="service_tier")
    assert (tier.outcome, tier.missing) == ("", ["arr"])
    assert AccountSummary.objects.get(pk=account.pk).service_tier == ""


def test_other_missing_facts_are_another_decision(world: World) -> None:
    account = world.account("Aquarium")
    redecide(world, account)
    world.subscribe(account, product="Premium", seats=200, arr=10_000)

    redecide(world, account, day=1)

    tiers = Decision.objects.filter(account=account, rule="service_tier").order_by("from_date")
    assert [row.outcome for row in tiers] == ["", "Tier 4"]


def test_an_unreadable_fact_leaves_the_stored_decision(world: World) -> None:
    redecide(world, world.crab_shack)
    world.crab_shack.subscriptions.update(arr_minor=None)

    redecide(world, world.crab_shack, day=1)

    tier = Decision.objects.get(account=world.crab_shack, rule="service_tier")
    assert (tier.outcome, tier.until_date) == ("Tier 4", None)


def test_the_log_holds_after_bulk_writes(world: World) -> None:
    redecide(world, *world.accounts.values())

    state = events.verify()
    assert (state.broken_at, state.events) == (None, Event.objects.count())
