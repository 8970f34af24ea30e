"""Overrides: a person's outcome for a while, with a reason; the rules that read it follow."""

import json
from datetime import date, timedelta
from typing import Any

import pytest

from tenure.actions import decisions, overrides
from tenure.actions.refusals import Refused
from tenure.models import Account, AccountSummary, Decision, Event, Override
from tests.world import World

DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def decided(world: World) -> None:
    decisions.redecide([account.pk for account in world.accounts.values()], as_of=world.today, at=world.at, actor=None)


def override(world: World, account: Account | None = None, **given: Any) -> Override:
    wanted: dict[str, Any] = {
        "rule": "gemstone", "outcome": "Ruby", "reason": "As the page's table says", "expires_on": world.today + 90 * DAY,
        "today": world.today, "actor": world.mona, "at": world.at,
    }  # fmt: skip
    return overrides.set(account or world.crab_shack, **{**wanted, **given})


def outcome(account: Account, rule: str) -> tuple[str, bool]:
    row = Decision.objects.get(account=account, rule=rule, until_date=None)
    return row.outcome, row.overridden


def test_an_override_holds_at_once_and_is_logged(world: World) -> None:
    assert outcome(world.crab_shack, "gemstone") == ("Sapphire", False)

    row = override(world)

    assert outcome(world.crab_shack, "gemstone") == ("Ruby", True)
    summary = AccountSummary.objects.get(pk=world.crab_shack.pk)
    assert (summary.gemstone, summary.gemstone_rank, summary.overridden) == ("Ruby", 1, True)
    told = json.loads(Event.objects.get(verb="override.set").body)
    assert told == {
        "after": {"outcome": "Ruby", "expires_on": str(world.today + 90 * DAY)}, "reason": "As the page's table says", "rule": "gemstone",
    }  # fmt: skip
    assert (row.author, row.from_date) == (world.mona, world.today)


def test_the_rules_that_read_the_outcome_follow(world: World) -> None:
    assert outcome(world.big_donut, "engagement_plan") == ("Commercial", False)

    override(world, world.big_donut, rule="segment", outcome="large", actor=world.ops)

    assert outcome(world.big_donut, "segment") == ("Large", True)
    assert outcome(world.big_donut, "engagement_plan") == ("Enterprise", False)


def test_an_override_that_says_what_the_rule_says_is_still_one(world: World) -> None:
    override(world, outcome="Sapphire")

    assert outcome(world.crab_shack, "gemstone") == ("Sapphire", True)


def test_taking_it_back_lets_the_rule_decide_again(world: World) -> None:
    row = override(world)

    overrides.end(row, today=world.today, actor=world.mona, at=world.at)

    assert outcome(world.crab_shack, "gemstone") == ("Sapphire", False)
    assert AccountSummary.objects.get(pk=world.crab_shack.pk).overridden is False
    with pytest.raises(Refused, match="ended already"):
        overrides.end(row, today=world.today, actor=world.mona, at=world.at)


def test_a_second_override_ends_the_first(world: World) -> None:
    first = override(world)
    override(world, outcome="Pearl")

    first.refresh_from_db()
    assert first.ended_on == world.today
    assert outcome(world.crab_shack, "gemstone") == ("Pearl", True)


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"outcome": "Emerald"}, "invalid"),
        ({"rule": "deal_size"}, "invalid"),
        ({"rule": "no_such_rule"}, "invalid"),
        ({"reason": "  "}, "invalid"),
        ({"expires_on": date(2026, 11, 16)}, "invalid"),
        ({"actor": "olga"}, "not_found"),
        ({"actor": "fin"}, "not_found"),
        ({"actor": "tessa"}, "not_allowed"),
        ({"actor": "exa"}, "not_allowed"),
    ],
)
def test_an_override_is_refused_without_a_trace(world: World, given: dict[str, Any], code: str) -> None:
    before = (Override.objects.count(), Event.objects.count(), Decision.objects.count())
    if "actor" in given:
        given = {"actor": getattr(world, given["actor"])}

    with pytest.raises(Refused) as refusal:
        override(world, **given)

    assert refusal.value.code == code
    assert (Override.objects.count(), Event.objects.count(), Decision.objects.count()) == before
