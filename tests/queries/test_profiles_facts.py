"""What profiles tell the rules: by day, by what was known, against what stands on the account; the same for one and for many."""

from datetime import date, timedelta
from typing import Any

import pytest

from tenure.actions import journeys, profiles
from tenure.models import Account, AccountSummary, Assignment, Decision, Opportunity, ProfileValue
from tenure.queries import columns, facts, handbook, profiles_summary, why
from tenure.rules.profilesmeasures import Known, completeness
from tests import work
from tests.queries.test_journeys import deal
from tests.world import TODAY, World

DAY = timedelta(days=1)


def learn(
    world: World, field: str, raw: Any, learnt_on: date = TODAY, account: Account | None = None, **more: Any
) -> ProfileValue:
    given = {"today": TODAY, "actor": work.fresh(world.tam), "at": world.at, **more}
    return profiles.set_value(account or world.homeworld, field, raw, learnt_on=learnt_on, **given)


def fact(world: World, name: str, day: date = TODAY, account: Account | None = None, **more: Any) -> Any:
    """The fact, equal on the path for one account and in the frame of all."""
    pk = (account or world.homeworld).pk
    one = facts.one(pk, day, handbook.pack(), **more).get(name)
    frame = facts.frame(day, handbook.pack(), **more)
    assert dict(frame.select("account", name).iter_rows())[pk] == one
    return one


def test_a_value_is_a_fact_from_the_day_on_which_it_was_learnt(world: World) -> None:
    learn(world, "potential_users", "20000", TODAY - 10 * DAY)

    assert (fact(world, "potential_users", TODAY - 11 * DAY), fact(world, "potential_users", TODAY - 10 * DAY)) == (
        12_500,
        20_000,
    )
    learn(world, "potential_users", "21000")
    assert [fact(world, "potential_users", TODAY - n * DAY) for n in (11, 1, 0)] == [12_500, 20_000, 21_000]
    assert fact(world, "potential_users", TODAY + DAY, today=TODAY) == 21_000


def test_only_what_was_known_at_a_moment_counts(world: World) -> None:
    learn(world, "hosted", "yes", TODAY - 5 * DAY)
    later = world.at + DAY
    profiles.take_back(world.homeworld, "hosted", today=TODAY, actor=work.fresh(world.tam), at=later)

    assert fact(world, "hosted") is False
    assert fact(world, "hosted", known_at=world.at) is True
    assert fact(world, "hosted", known_at=later) is False
    assert fact(world, "hosted", TODAY - DAY) is True


def test_what_was_undone_never_counted(world: World) -> None:
    learn(world, "potential_users", "20000", TODAY - 10 * DAY)
    row = learn(world, "potential_users", "21000", TODAY - 5 * DAY)

    profiles.undo(row, actor=work.fresh(world.tam), at=world.at)

    assert [fact(world, "potential_users", TODAY - n * DAY) for n in (11, 6, 4, 0)] == [12_500, 20_000, 20_000, 20_000]


def test_a_stale_value_only_fills_a_gap(world: World) -> None:
    learn(world, "potential_users", "20000", TODAY - 365 * DAY)
    learn(world, "employees", "70000", TODAY - 366 * DAY)

    assert (fact(world, "potential_users"), fact(world, "employees")) == (
        20_000,
        48_000,
    )  # after exactly one half-life it isn't stale
    Account.objects.filter(pk=world.homeworld.pk).update(employees=None)
    assert fact(world, "employees") == 70_000


def test_a_family_shares_what_a_profile_tells_and_is_decided_anew(decided: World) -> None:
    child = decided.le_hotel
    Account.objects.filter(pk=child.pk).update(parent=decided.homeworld)
    version = child.versions.get()
    version.facts = {**version.facts, "parent_id": decided.homeworld.pk}
    version.save()

    learn(decided, "employees", "90000")

    assert (fact(decided, "employees"), fact(decided, "employees", account=child)) == (90_000, 90_000)
    assert AccountSummary.objects.get(pk=child.pk).employees == 90_000


def test_rules_decide_at_once_and_why_names_the_source(decided: World) -> None:
    made, actor = decided.account("Newco", employees=50), work.fresh(decided.ops)

    def segment() -> str:
        return Decision.objects.get(account=made, rule="segment", until_date=None).outcome

    row = profiles.set_value(made, "employees", "3000", learnt_on=TODAY, today=TODAY, actor=actor, at=decided.at, source="call")

    assert segment() == "Large"
    found = why.why(made, "segment", TODAY, handbook.pack())
    assert found is not None
    sentence = "Employees 3,000 comes from the business profile: Call or meeting, learnt on 2026-11-16."
    assert sentence in found.behind
    assert sentence in found.text
    profiles.undo(row, actor=actor, at=decided.at)
    assert segment() == "SMB"
    assert sentence not in why.why(made, "segment", TODAY, handbook.pack()).behind  # type: ignore[union-attr]


@pytest.mark.parametrize("days", [0, 181, 400])
def test_the_row_of_lists_says_what_the_rules_measure(world: World, days: int) -> None:
    for key, raw, confidence in (
        ("champion", "Ann", "high"),
        ("why", "x", "low"),
        ("nodes", "3", "medium"),
        ("version", "16", "high"),
    ):
        learn(world, key, raw, TODAY - days * DAY, confidence=confidence)
    known = {row.field: Known(row.learnt_on, row.confidence) for row in ProfileValue.objects.all()}

    measured = completeness(handbook.pack().profiles, known, TODAY)

    row = AccountSummary.objects.get(pk=world.homeworld.pk)
    assert (row.profile_percent, row.profile_stale) == (measured.percent, len(measured.stale))
    world.refresh(world.homeworld)
    row.refresh_from_db()
    assert (row.profile_percent, row.profile_stale) == (measured.percent, len(measured.stale))


def test_growing_old_is_noticed_and_another_day_has_its_own_numbers(world: World) -> None:
    learn(world, "champion", "Ann", TODAY - 180 * DAY)
    scope, pack = columns.of_ids([world.homeworld.pk]), handbook.pack()

    assert profiles_summary.stale(scope, TODAY, pack) == []
    assert profiles_summary.stale(scope, TODAY + DAY, pack) == [world.homeworld.pk]
    assert profiles_summary.of(scope, TODAY + DAY, pack)["profile_stale"].to_list() == [1]
    assert profiles_summary.of(scope, TODAY - 181 * DAY, pack, then=True).height == 0
    share = 100 * 5 // profiles_summary.weight(pack, TODAY)
    assert profiles_summary.of(scope, TODAY - 180 * DAY, pack, then=True).rows() == [(world.homeworld.pk, share, 0)]


def test_a_confidence_that_the_handbook_does_not_have_any_more_counts_as_the_least_sure(world: World) -> None:
    """On the page, in the row of lists and for the rules alike."""
    for account, word in ((world.homeworld, "hearsay"), (world.le_hotel, "low")):
        for key, raw in (("potential_users", "20000"), ("champion", "Ann"), ("why", "x")):
            learn(world, key, raw, TODAY - 60 * DAY, account, actor=None, confidence="low")
        ProfileValue.objects.filter(account=account).update(confidence=word)
        world.refresh(account)
    terms, rows = handbook.pack().profiles.terms, AccountSummary.objects
    assert terms is not None
    assert "hearsay" not in terms.trust

    strange, low = (rows.get(pk=one.pk) for one in (world.homeworld, world.le_hotel))
    assert (strange.profile_percent, strange.profile_stale) == (low.profile_percent, low.profile_stale)
    known = {row.field: Known(row.learnt_on, row.confidence) for row in ProfileValue.objects.filter(account=world.homeworld)}
    measured = completeness(handbook.pack().profiles, known, TODAY)
    assert (strange.profile_percent, strange.profile_stale) == (measured.percent, len(measured.stale))
    Account.objects.filter(pk=world.homeworld.pk).update(potential_users=None)
    assert fact(world, "potential_users") == 20_000
    scope = columns.of_ids([world.homeworld.pk])
    assert profiles_summary.of(scope, TODAY, handbook.pack(), then=True)["profile_percent"].to_list() == [measured.percent]


def test_the_journey_tells_what_was_known_at_a_moment(world: World) -> None:
    row, later = deal(world), world.at + DAY
    assert fact(world, "journey_missing") == 3

    journeys.tick(row, "sa_in_talks", "done", on=TODAY, today=TODAY, actor=work.fresh(world.tam), at=later)
    Assignment.objects.create(
        account=world.homeworld, user=world.sol, role="solutions_architect", from_date=TODAY - DAY, recorded_at=later
    )

    assert (fact(world, "journey_missing"), fact(world, "journey_asks_solutions_architect")) == (1, 0)
    assert fact(world, "journey_missing", known_at=world.at) == 3
    assert fact(world, "journey_asks_solutions_architect", known_at=world.at) is None
    Opportunity.objects.filter(pk=row.pk).update(created_at=world.at + timedelta(hours=1))
    assert (fact(world, "journey_stage"), fact(world, "journey_stage", known_at=world.at)) == ("scoping", None)
