"""The daily loop: planned, applied once, repeated without effect, taken up after a kill, one broken account alone."""

import shutil
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from tenure.actions import assignments, overrides, runs
from tenure.actions.refusals import Refused
from tenure.models import Account, AccountSummary, Assignment, Decision, Event, Notice, Override, Run, RunFailure
from tenure.queries import columns, events, handbook
from tenure.rules import packs
from tenure.runs import daily, plans
from tests.world import World

DAY = timedelta(days=1)


def apply(world: World, day: int = 0, **more: Any) -> daily.Applied:
    return daily.apply(daily.plan(world.today + day * DAY), at=world.at + day * DAY, actor=None, **more)


def state() -> tuple[Any, ...]:
    return (
        list(Decision.objects.order_by("pk").values()), list(AccountSummary.objects.order_by("pk").values()),
        list(Assignment.objects.order_by("pk").values()), Event.objects.count(), Notice.objects.count(),
    )  # fmt: skip


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two accounts a block, so that seven accounts make four transactions."""
    monkeypatch.setattr(columns.blocks, "__defaults__", (None, 2))


# --- planning


def test_a_plan_names_every_change_with_key_and_reason_and_changes_nothing(world: World) -> None:
    before = state()

    changes = list(daily.plan(world.today).changes())

    assert state() == before
    kinds = [change.kind for change in changes]
    assert (kinds.count("decision_changed"), kinds.count("assignment_wanted")) == (49, 3)
    assert len({change.key for change in changes}) == len(changes)
    gem = next(plans.as_dict(c) for c in changes if c.key == f"decision:{world.crab_shack.pk}:gemstone:2026-11-16")
    assert gem == {
        "kind": "decision_changed", "account_id": world.crab_shack.pk, "account": "The Crab Shack", "rule": "gemstone", "before": None,
        "after": "Sapphire", "edition": "2020-01-01", "missing": (), "reason": "users 2,100 · product Starter · iACV $42,000",
        "key": gem["key"],
    }  # fmt: skip


def test_the_sorts_of_changes_are_counted(world: World) -> None:
    counts = plans.summary(daily.plan(world.today))

    assert counts["decision_changed", "tam_eligible", "–", "Yes"] == 4
    assert counts["decision_changed", "coverage", "–", "account_executive"] == 5
    assert counts["decision_changed", "coverage", "–", "tam"] == 1
    assert counts["assignment_wanted", "", "", ""] == 3


def test_a_later_day_looks_ahead_and_cannot_be_applied(world: World) -> None:
    apply(world)
    ahead = daily.plan(world.today + timedelta(days=365))

    moved = {(c.account, c.rule): c.after for c in ahead.changes() if isinstance(c, plans.DecisionChanged)}
    assert moved["Homeworld Inc.", "service_tier"] == "Tier 4"
    with pytest.raises(Refused, match="looks ahead"):
        daily.apply(ahead, at=world.at, actor=None)


def test_another_handbook_shows_what_would_change_and_cannot_be_applied(world: World, tmp_path: Path) -> None:
    apply(world)
    shutil.copytree(str(packs.shipped()), tmp_path / "ours")
    tiers = tmp_path / "ours" / "service_tiers.yaml"
    tiers.write_text(tiers.read_text().replace(">= 500000", ">= 1500000"))
    other = daily.plan(world.today, packs.load(tmp_path / "ours"))
    before = state()

    changes = [(c.account, c.rule, c.before, c.after) for c in other.changes() if isinstance(c, plans.DecisionChanged)]

    assert changes == [
        ("Homeworld Inc.", "service_tier", "Tier 1", "Tier 2"), ("Beach City Corp.", "service_tier", "Tier 1", "Tier 2"),
    ]  # fmt: skip
    with pytest.raises(Refused, match="another handbook"):
        daily.apply(other, at=world.at, actor=None)
    assert state() == before


def test_a_plan_can_be_about_some_accounts(world: World) -> None:
    done = daily.apply(daily.plan(world.today, account_ids=[world.le_hotel.pk]), at=world.at, actor=None)

    assert (done.accounts, done.accounts_changed, done.waiting) == (1, 1, 1)


# --- applying


def test_applying_stores_decisions_rows_and_tells_the_manager(world: World) -> None:
    done = apply(world)

    assert (done.accounts, done.decisions, done.accounts_changed, done.waiting) == (7, 49, 7, 3)
    assert list(AccountSummary.objects.order_by("pk").values_list("gemstone", flat=True)) == [
        "Diamond", "Pearl", "Pearl", "Sapphire", "Sapphire", "Ruby", "Quartz",
    ]  # fmt: skip
    told = Notice.objects.filter(channel="app", user=world.mona).order_by("pk")
    assert [row.title for row in told] == ["Beach City Corp. needs a TAM", "Funland Arcade needs a TAM", "Le Hotel needs a TAM"]
    assert events.verify().broken_at is None


def test_applying_twice_is_applying_once(world: World) -> None:
    apply(world)
    before = state()

    done = apply(world)

    assert (done.decisions, done.waiting, done.accounts) == (0, 0, 7)
    assert state() == before
    assert list(daily.plan(world.today).changes()) == []


def test_many_waiting_accounts_are_told_as_a_number(world: World) -> None:
    for account in world.more_accounts(6, given_segment="Large"):
        world.subscribe(account, arr=80_000)

    apply(world)

    assert Notice.objects.get(channel="app", user=world.mona).title == "9 accounts need a TAM"


def test_killed_half_way_and_repeated_nothing_is_lost_or_twice(world: World, small_blocks: None) -> None:
    class Killed(BaseException):
        pass

    def kill(done: int, total: int) -> None:
        if done == 4:
            raise Killed

    with pytest.raises(Killed):
        apply(world, progress=kill)
    assert Decision.objects.count() == 28

    done = apply(world)

    assert (done.decisions, Decision.objects.count()) == (21, 49)
    assert Event.objects.filter(verb="decisions.changed").count() == 7
    assert Notice.objects.filter(channel="app", kind="needs_tam").count() == 3
    assert events.verify().broken_at is None


def test_blocks_make_no_difference(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = [(c.key, c.reason) for c in daily.plan(world.today).changes() if isinstance(c, plans.DecisionChanged)]
    monkeypatch.setattr(columns.blocks, "__defaults__", (None, 2))

    assert [(c.key, c.reason) for c in daily.plan(world.today).changes() if isinstance(c, plans.DecisionChanged)] == whole


def test_an_account_whose_facts_cannot_be_read_is_told_and_the_rest_goes_on(world: World) -> None:
    world.crab_shack.subscriptions.update(product="Platinum")
    run = runs.queue("daily", "Daily run", actor=None, at=world.at, as_of=world.today)

    daily.execute(run, now=lambda: world.at)

    run.refresh_from_db()
    assert (run.status, run.counts["skipped"], run.counts["accounts"]) == ("done", 1, 7)
    failure = RunFailure.objects.get(run=run)
    assert (failure.account, failure.column, failure.value) == (world.crab_shack, "product", "Platinum")
    kept = Decision.objects.filter(account=world.crab_shack).values_list("rule", flat=True)
    assert "service_tier" in kept
    assert "support_level" not in kept


def test_an_account_that_breaks_its_block_is_told_and_the_rest_goes_on(world: World) -> None:
    world.le_hotel.versions.update(facts="not an object", from_date=world.today - DAY, until_date=world.today + DAY)
    run = runs.queue("daily", "Daily run", actor=None, at=world.at, as_of=world.today)

    daily.execute(run, now=lambda: world.at)

    run.refresh_from_db()
    assert (run.status, run.counts["skipped"]) == ("done", 1)
    assert RunFailure.objects.get(run=run).account == world.le_hotel
    assert Decision.objects.values("account").distinct().count() == 6


def test_a_run_that_another_worker_has_is_left_alone(world: World) -> None:
    run = runs.queue("daily", "Daily run", actor=None, at=world.at, as_of=world.today)
    assert runs.start(Run.objects.get(pk=run.pk), at=world.at)

    daily.execute(run, now=lambda: world.at)

    assert Decision.objects.count() == 0


def test_an_earlier_day_is_not_applied_over_a_later_one(world: World) -> None:
    apply(world)

    with pytest.raises(Refused, match="stored up to 2026-11-16"):
        daily.apply(daily.plan(world.today - DAY), at=world.at, actor=None)


# --- overrides, assignments, time


def override(world: World, account: Account, outcome: str, days: int, rule: str = "gemstone") -> Override:
    return overrides.set(
        account, rule, outcome, "Agreed", world.today + days * DAY, today=world.today, actor=world.ops, at=world.at
    )


def test_an_override_beats_the_rule_until_it_expires(world: World) -> None:
    apply(world)
    override(world, world.crab_shack, "Ruby", 2)

    assert [apply(world, day).decisions for day in (0, 1)] == [0, 0]
    assert AccountSummary.objects.get(pk=world.crab_shack.pk).gemstone == "Ruby"
    ahead = [c.kind for c in daily.plan(world.today + 2 * DAY).changes()]
    assert ahead == ["override_expires", "decision_changed"]

    done = apply(world, 2)

    assert (done.overrides_expired, done.decisions) == (1, 1)
    row = AccountSummary.objects.get(pk=world.crab_shack.pk)
    assert (row.gemstone, row.overridden) == ("Sapphire", False)
    assert Notice.objects.get(channel="app", kind="override").user == world.ops
    assert apply(world, 3).overrides_expired == 0


def test_a_subscription_that_runs_out_moves_the_row_without_anybody_writing(world: World) -> None:
    apply(world)
    day = (date(2027, 4, 30) - world.today).days

    apply(world, day)

    row = AccountSummary.objects.get(pk=world.homeworld.pk)
    assert (row.arr_minor, row.subscriptions, row.renewal_date, row.service_tier) == (0, 0, None, "Tier 4")


def test_who_takes_over_on_a_day_stands_in_the_row_from_that_day(world: World) -> None:
    apply(world)
    held = Assignment.objects.get(account=world.homeworld, role="tam", until_date=None)
    change = world.today + 3 * DAY
    Assignment.objects.filter(pk=held.pk).update(until_date=change)
    Assignment.objects.create(account=world.homeworld, user=world.tessa, role="tam", from_date=change, recorded_at=world.at)
    Assignment.objects.filter(account=world.homeworld, user=world.ari).update(until_date=change)
    seen = []

    for day in (0, 2, 3):
        apply(world, day)
        row = AccountSummary.objects.get(account=world.homeworld)
        seen.append((row.tam_id, row.owner_id))

    assert seen == [(world.tam.pk, world.ari.pk), (world.tam.pk, world.ari.pk), (world.tessa.pk, None)]


def test_a_row_that_says_another_kind_than_the_account_is_mended(world: World) -> None:
    apply(world)
    before = AccountSummary.objects.get(account=world.homeworld)
    AccountSummary.objects.filter(account=world.homeworld).update(
        kind="prospect", customer_since=None, iacv_minor=1, territory=None
    )

    apply(world)

    mended = AccountSummary.objects.get(account=world.homeworld)
    for name in ("kind", "customer_since", "iacv_minor", "territory_id"):
        assert getattr(mended, name) == getattr(before, name)


def test_a_rule_that_ends_closes_its_decisions(world: World, tmp_path: Path, settings: Any) -> None:
    apply(world)
    shutil.copytree(str(packs.shipped()), tmp_path / "ours")
    tiers = tmp_path / "ours" / "service_tiers.yaml"
    text = tiers.read_text().replace(
        "      - from: 2018-06-01\n        note: >-", "      - from: 2018-06-01\n        ended: 2026-11-30\n        note: >-"
    )
    tiers.write_text(text)
    settings.HANDBOOK = str(tmp_path / "ours")

    apply(world, 20)

    assert not Decision.objects.filter(rule="service_tier", until_date=None).exists()
    assert set(AccountSummary.objects.values_list("service_tier", flat=True)) == {""}
    assert handbook.pack().edition("gemstone", world.today)


def test_the_previous_owner_leaves_when_the_months_and_the_renewal_are_over(world: World) -> None:
    row = world.assign(world.homeworld, world.ari, "previous_owner")
    assert apply(world).assignments_ended == 0  # 13 months, but not renewed
    world.subscribe(world.homeworld, start_date=date(2027, 4, 30))
    day = (date(2027, 4, 30) - world.today).days

    assert apply(world, day).assignments_ended == 1

    row.refresh_from_db()
    assert row.until_date == date(2027, 4, 30)
    assert apply(world, day + 1).assignments_ended == 0


def test_a_year_of_days(world: World) -> None:
    """Every fortnight for a year: a TAM is named, a customer grows, leaves; each day changes what it should and no more."""
    happened: dict[int, list[str]] = {}
    for day in range(0, 365, 14):
        if day == 14:
            for_hotel = {"from_date": world.today + 14 * DAY, "actor": world.mona, "at": world.at + 14 * DAY}
            assignments.assign(world.le_hotel, world.tam, "tam", **for_hotel)
        if day == 56:
            world.crab_shack.subscriptions.update(seats=2_600)
        applied = apply(world, day)
        assert apply(world, day).decisions == 0
        if applied.decisions:
            rows = Decision.objects.filter(from_date=world.today + day * DAY).select_related("account")
            happened[day] = sorted(f"{row.account.name}: {row.rule} {row.outcome}" for row in rows)
    assert list(happened) == [0, 56, 168]
    assert happened[56] == ["The Crab Shack: gemstone Pearl"]
    assert "Homeworld Inc.: service_tier Tier 4" in happened[168]
    assert AccountSummary.objects.filter(needs_tam_since__isnull=False).count() == 0
    assert events.verify().broken_at is None
