"""Opportunities on a day, what is known of each, and the facts that raise work for missing steps."""

from datetime import date, timedelta
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tenure.actions import engagements, tasks
from tenure.actions import journeys as actions
from tenure.models import (
    Account,
    Assignment,
    CallToAction,
    EngagementStage,
    HandOver,
    Opportunity,
    OpportunityStage,
    User,
    UserRole,
)
from tenure.queries import clock, facts, handbook, journeys
from tenure.queries import engagements as pages
from tenure.runs import daily
from tests import entries, work
from tests.world import TODAY, World

DAY = timedelta(days=1)


def deal(world: World, stage: str = "scoping", days: int = 3, account: Account | None = None, **fields: Any) -> Opportunity:
    """An opportunity that began 40 days ago in discovery and reached ``stage`` so many days ago."""
    given = {"name": "New business", "kind": "new_account", "amount_minor": 1, "close_date": TODAY + 30 * DAY, "owner": world.ari}
    began = clock.midnight(TODAY - 40 * DAY)
    row = Opportunity.objects.create(
        account=account or world.homeworld, stage=stage, created_at=began, updated_at=began, **{**given, **fields}
    )
    reached = clock.midnight(TODAY - days * DAY)
    OpportunityStage.objects.create(opportunity=row, stage="discovery", from_at=began, until_at=reached)
    OpportunityStage.objects.create(opportunity=row, stage=stage, amount_minor=1, from_at=reached, until_at=reached + DAY)
    OpportunityStage.objects.create(opportunity=row, stage=stage, amount_minor=2, from_at=reached + DAY)
    return row


def states(world: World, row: Opportunity, day: date = TODAY) -> dict[str, list[int]]:
    pack = handbook.pack()
    (found,) = (one for one in journeys.deals([row.account_id], day) if one.pk == row.pk)
    case = journeys.cases([found], day, pack)[row.pk]
    told: dict[str, list[int]] = {}
    for one in journeys.states(found, case, pack, day):
        told.setdefault(one.state, []).append(one.step.number)
    return told


def test_a_stage_is_that_of_the_day_and_a_changed_amount_does_not_begin_it_again(world: World) -> None:
    row = deal(world)

    def of(day: date) -> tuple[str, date | None]:
        (found,) = journeys.deals([world.homeworld.pk], day)
        return found.stage, found.reached_on

    assert of(TODAY) == ("scoping", TODAY - 3 * DAY)
    assert of(TODAY - 4 * DAY) == ("discovery", TODAY - 40 * DAY)
    assert journeys.deals([world.homeworld.pk], TODAY - 41 * DAY) == []
    Opportunity.objects.filter(pk=row.pk).update(is_closed=True, is_won=True, close_date=TODAY - DAY)
    assert of(TODAY) == ("closed_won", TODAY - DAY)
    assert of(TODAY - 2 * DAY) == ("scoping", TODAY - 3 * DAY)  # that day nobody had won it


def test_the_journey_is_about_the_furthest_open_deal_else_the_latest_won_one(world: World) -> None:
    won = {"is_closed": True, "is_won": True, "stage": "closed_won"}
    old = deal(world, close_date=TODAY - 30 * DAY, **{key: value for key, value in won.items() if key != "stage"})
    new = deal(world, close_date=TODAY - 5 * DAY, **{key: value for key, value in won.items() if key != "stage"})
    deal(world, kind="renewal")

    def current() -> int:
        return journeys.current(journeys.deals([world.homeworld.pk], TODAY), handbook.pack(), TODAY)[world.homeworld.pk].pk

    assert current() == new.pk != old.pk
    first = deal(world, "discovery")
    assert current() == first.pk
    further = deal(world, "proposal")
    deal(world, "closed_lost", is_closed=True)
    assert current() == further.pk


def test_steps_complete_themselves_where_the_facts_say_so(world: World) -> None:
    row = deal(world)
    # Homeworld has a TAM and no solutions architect; the deal has its CRM fields; nothing was held.
    later = [number for number in range(7, 24) if number != 16]
    assert states(world, row) == {"done": [1, 5], "missing": [2, 3, 4], "due": [6], "ahead": sorted([*later, 16])}

    Assignment.objects.create(
        account=world.homeworld, user=world.sol, role="solutions_architect", from_date=TODAY - DAY, recorded_at=world.at
    )
    Opportunity.objects.filter(pk=row.pk).update(owner=None)
    assert states(world, row)["done"] == [1, 3]
    assert states(world, row)["missing"] == [2, 4]
    assert states(world, row, TODAY - 2 * DAY)["missing"] == [2, 3, 4]  # that day Sol was not on the account


@pytest.mark.parametrize("days", [1, 2])
def test_an_entry_held_since_the_deal_began_completes_its_step(world: World, days: int) -> None:
    row = deal(world)
    entries.entry(world, kind="call", template="demo", happened_at=clock.midnight(TODAY - days * DAY) + timedelta(hours=1))
    found = states(world, row)
    assert 4 in found["done"]
    assert 6 in found["done"]
    assert found["missing"] == [2, 3]
    assert 6 not in states(world, row, TODAY - 3 * DAY)["done"]


def test_an_accepted_hand_over_completes_its_steps_from_that_day_on(world: World) -> None:
    row = deal(world, is_closed=True, is_won=True, close_date=TODAY - 3 * DAY)
    HandOver.objects.create(
        account=world.homeworld, kind="sale", edition=TODAY, opportunity=row, state="accepted", is_open=False, started_on=TODAY - 3 * DAY,
        due_on=TODAY, ended_at=world.at - DAY, created_at=world.at, updated_at=world.at, moved={"items": ["business_profile"]},
    )  # fmt: skip

    assert (21 in states(world, row)["done"], 20 in states(world, row)["done"]) == (True, False)
    assert 21 not in states(world, row, TODAY - 2 * DAY)["done"]


def test_the_facts_tell_what_is_missing_and_work_follows_and_ends(decided: World) -> None:
    row = deal(decided, days=2)
    pack = handbook.pack()
    told = facts.one(decided.homeworld.pk, TODAY, pack)
    assert (told["journey_stage"], told["journey_reached"], told["journey_missing"]) == ("scoping", TODAY - 2 * DAY, 3)
    assert "journey_missing" not in facts.one(decided.funland.pk, TODAY, pack)

    daily.apply(daily.plan(TODAY), at=decided.at, actor=None)
    (cta,) = CallToAction.objects.filter(rule="journey_gap")
    assert (cta.account, cta.reason, cta.due_date) == (
        decided.homeworld,
        "Customer journey",
        TODAY + 4 * DAY,
    )  # five business days from a Saturday
    moment: dict[str, Any] = {"today": TODAY, "actor": work.fresh(decided.tam), "at": decided.at}
    for step in ("qualify_value", "engage_sa"):
        actions.tick(row, step, "done", on=TODAY, **moment)
        cta.refresh_from_db()
        assert cta.is_open
    actions.tick(row, "sa_in_talks", "done", on=TODAY, **moment)  # the last one that was missing
    cta.refresh_from_db()
    assert (cta.is_open, cta.status) == (False, "closed_success")
    actions.untick(row, "sa_in_talks", **moment)
    cta.refresh_from_db()
    assert cta.is_open


def test_each_is_asked_for_the_own_steps_and_for_those_of_a_role_that_nobody_has(decided: World) -> None:
    sal = User.objects.create(name="Sal Executive", email="sal@example.com", region="EMEA")
    UserRole.objects.create(user=sal, role="account_executive")
    decided.assign(decided.homeworld, sal, "account_executive")
    deal(decided, "proposal", days=2, name="First purchase")
    alone = {"account_executive": 10, "solutions_architect": None, "professional_services": None, "tam": 0}

    def asked() -> dict[str, Any]:
        told = facts.one(decided.homeworld.pk, TODAY, handbook.pack())
        assert (told["journey_missing"], told["journey_deal"]) == (10, "First purchase")
        return asks(told)

    def asks(told: dict[str, Any]) -> dict[str, Any]:
        return {role: told.get(f"journey_asks_{role}") for role in alone}

    assert asked() == alone
    decided.assign(decided.homeworld, decided.sol, "solutions_architect")
    told = facts.one(decided.homeworld.pk, TODAY, handbook.pack())
    assert asks(told) == {**alone, "account_executive": 3, "solutions_architect": 6}

    daily.apply(daily.plan(TODAY), at=decided.at, actor=None)
    rows = CallToAction.objects.filter(rule__startswith="journey_gap").order_by("rule")
    assert [(row.rule, row.owner, row.title) for row in rows] == [
        ("journey_gap", sal, "Catch up on the journey: First purchase, 4-Proposal"),
        ("journey_gap_architect", decided.sol, "Catch up on the journey: First purchase, 4-Proposal"),
    ]
    assert rows[1].note == (
        "First purchase is at 4-Proposal and steps are missing that are yours to do: Give a demo; Technical discovery and fit: the technical profile; "
        "Create the customer project, with professional services and the TAM in it; Draw the solution blueprint; Hand the blueprint to professional "
        "services engineer and TAM for full review; Plan the proof of value. Do them, or say on the account's Journey why one is not needed."
    )
    mine = pages.gaps(decided.homeworld.pk, "solutions_architect", TODAY, handbook.pack())
    assert (mine[0], len(mine[1]), mine[1][1]) == (
        "First purchase", 6, ("Technical discovery and fit: the technical profile", "Solutions architect"),
    )  # fmt: skip


def test_what_is_still_open_when_the_next_stage_is_reached_is_not_asked_for_twice(decided: World) -> None:
    row = deal(decided, days=2)
    daily.apply(daily.plan(TODAY), at=decided.at, actor=None)
    (cta,) = CallToAction.objects.filter(rule="journey_gap")
    was = CallToAction.objects.get(rule="journey_gap")
    tasks.add(cta, "Ask the buyer", actor=work.fresh(decided.mona), at=decided.at)

    later = TODAY + 7 * DAY
    OpportunityStage.objects.filter(opportunity=row, until_at=None).update(until_at=clock.midnight(later))
    OpportunityStage.objects.create(opportunity=row, stage="proposal", from_at=clock.midnight(later))
    Opportunity.objects.filter(pk=row.pk).update(stage="proposal")
    daily.apply(daily.plan(later), at=decided.at + 7 * DAY, actor=None)

    assert list(CallToAction.objects.filter(rule="journey_gap")) == [cta]
    assert (was.title, was.due_date) == ("Catch up on the journey: New business, 2-Scoping", TODAY + 4 * DAY)
    cta.refresh_from_db()  # the one that is open is about the new stage now, with the same tasks
    assert (cta.is_open, cta.title, cta.due_date) == (True, "Catch up on the journey: New business, 4-Proposal", later + 7 * DAY)
    assert "Give a demo" not in was.note
    assert "Give a demo" in cta.note
    assert list(cta.tasks.values_list("title", flat=True)) == ["Ask the buyer"]
    daily.apply(daily.plan(later), at=decided.at + 8 * DAY, actor=None)
    assert CallToAction.objects.filter(rule="journey_gap").count() == 1
    told = facts.one(decided.homeworld.pk, later, handbook.pack())
    assert (told["journey_stage"], told["journey_missing"] > 3) == ("proposal", True)


def test_who_leaves_the_account_has_not_done_the_steps(decided: World) -> None:
    deal(decided, "proposal", days=2)
    held = decided.assign(decided.homeworld, decided.sol, "solutions_architect")
    daily.apply(daily.plan(TODAY), at=decided.at, actor=None)
    cta = CallToAction.objects.get(rule="journey_gap_architect")

    Assignment.objects.filter(pk=held.pk).update(until_date=TODAY + DAY)
    daily.apply(daily.plan(TODAY + DAY), at=decided.at + DAY, actor=None)

    cta.refresh_from_db()
    assert (cta.is_open, cta.status, cta.outcome_note) == (
        False,
        "closed_not_relevant",
        "The account no longer meets the conditions",
    )
    assert "Give a demo" in CallToAction.objects.get(rule="journey_gap", is_open=True).note


def test_after_the_sale_the_project_is_asked_for_by_its_own_work_alone(decided: World) -> None:
    row = deal(decided, "proposal", days=2)
    decided.assign(decided.homeworld, decided.sol, "solutions_architect")

    def told() -> dict[str, Any]:
        return facts.one(decided.homeworld.pk, TODAY, handbook.pack())

    project = "Create the customer project"
    assert project in told()["journey_steps_solutions_architect"]
    before = told()["journey_missing"]
    Opportunity.objects.filter(pk=row.pk).update(is_closed=True, is_won=True, close_date=TODAY)
    after = told()
    assert after["journey_missing"] > before  # it still shows as missing
    assert not any(project in str(after.get(f"journey_steps_{role}")) for role in journeys.ROLES)


def test_a_long_name_of_a_deal_is_cut_in_the_title_of_its_work(decided: World) -> None:
    deal(decided, name="x" * 300)
    daily.apply(daily.plan(TODAY), at=decided.at, actor=None)
    assert CallToAction.objects.get(rule="journey_gap").title == f"Catch up on the journey: {'x' * 200}, 2-Scoping"


@pytest.mark.parametrize(("days", "known"), [(60, True), (61, False)])
def test_a_sale_of_long_ago_has_no_journey_under_way(world: World, days: int, known: bool) -> None:
    deal(world, is_closed=True, is_won=True, close_date=TODAY - timedelta(days=days))
    assert ("journey_missing" in facts.one(world.homeworld.pk, TODAY, handbook.pack())) is known


def test_the_section_shows_plan_phase_owner_and_the_steps_by_stage(decided: World) -> None:
    deal(decided)
    board = pages.board(decided.homeworld, [], TODAY, handbook.pack())
    assert (board.plan, board.phase, board.project, board.stage_title) == (
        "Enterprise",
        "Before the sale",
        "required",
        "2-Scoping",
    )
    assert board.owner is not None
    assert (board.owner.title, board.owner.names) == ("Solutions architect", [])
    assert [(group.title, group.reached, group.done, len(group.lines)) for group in board.groups[:3]] == [
        ("1-Discovery", "before", 1, 4), ("2-Scoping", "now", 1, 2), ("3-Technical Evaluation", "later", 0, 6),
    ]  # fmt: skip
    assert board.counts == {"done": 2, "waived": 0, "due": 1, "missing": 3, "ahead": 17}  # of 23; the project has no number
    assert [(line.found.step.key, line.word) for line in board.apart] == [("customer_project", "Later")]
    assert [line.found.step.number for line in board.missing] == [2, 3, 4]


def test_another_day_shows_what_people_had_said_by_then(decided: World, django_assert_num_queries: Any) -> None:
    row, account = deal(decided, account=decided.big_donut), decided.big_donut
    decided.assign(account, decided.mona)
    for days, stage, wanted in ((-2, "onboarding", True), (0, "adoption", False)):
        moment = {"today": TODAY + days * DAY, "actor": decided.mona, "at": decided.at + days * DAY}
        engagements.set_stage(account, stage, since=moment["today"], **moment)
        engagements.decide_project(account, wanted, reason="One team", **moment)
    actions.tick(row, "demo", "done", on=TODAY, today=TODAY, actor=decided.mona, at=decided.at)

    def said(day: date) -> tuple[Any, ...]:
        board = pages.board(account, [], day, handbook.pack())
        kept, lines = board.engagement, [line for group in board.groups for line in group.lines]
        assert kept is not None
        return (
            kept.stage,
            kept.stage_since,
            kept.wants_project,
            str(kept.wants_project_by),
            [line.tick.step for line in lines if line.tick],
        )

    yesterday, before = TODAY - DAY, TODAY - 2 * DAY
    assert said(TODAY) == ("adoption", TODAY, False, "Mona Manager", ["demo"])
    assert said(yesterday) == ("onboarding", before, True, "Mona Manager", [])
    assert said(TODAY - 3 * DAY) == ("", None, None, "None", [])
    with django_assert_num_queries(1):
        pages.said(account.pk, TODAY)
    with django_assert_num_queries(2):
        pages.said(account.pk, yesterday)


def test_many_deals_cost_as_many_queries_as_one(world: World) -> None:
    def queries(ids: list[int]) -> int:
        with CaptureQueriesContext(connection) as seen:
            found = journeys.deals(ids, TODAY)
            journeys.cases(found, TODAY, handbook.pack())
        return len(seen)

    deal(world)
    one = queries([world.homeworld.pk])
    more = world.more_accounts(5, customer_since=None)
    for account in more:
        deal(world, account=account)
    assert queries([world.homeworld.pk, *(account.pk for account in more)]) == one == 2


def test_without_a_deal_there_is_nothing_to_show(world: World) -> None:
    engagements.set_stage(world.homeworld, "adoption", since=TODAY, today=TODAY, actor=world.tam, at=world.at)
    board = pages.board(world.homeworld, [], TODAY, handbook.pack())
    assert (board.deal, list(board.groups), board.stage and board.stage.title) == (None, [], "Adoption")
    assert pages.board(world.homeworld, [], date(2018, 1, 1), handbook.pack()).matrix is None


def test_the_migration_takes_the_stages_from_the_log(world: World) -> None:
    account = world.homeworld

    def moment(hour: int) -> dict[str, Any]:
        return {"today": TODAY, "actor": work.fresh(world.tam), "at": world.at + timedelta(hours=hour)}

    engagements.set_stage(account, "onboarding", since=TODAY - 9 * DAY, reason="It began", **moment(0))
    event = engagements.set_stage(account, "adoption", since=TODAY - 4 * DAY, **moment(1))
    engagements.undo(event or 0, **moment(2))
    engagements.set_stage(account, "", since=TODAY, **moment(3))
    back = engagements.set_stage(account, "optimize", since=TODAY, **moment(4))
    engagements.undo(back or 0, **moment(5))
    names = ("stage", "since", "reason", "confirmations", "recorded_at", "taken_back_at")
    kept = list(EngagementStage.objects.order_by("pk").values_list(*names))
    assert [(one[0], one[5] is None) for one in kept] == [
        ("onboarding", True),
        ("adoption", False),
        ("", True),
        ("optimize", False),
    ]
    EngagementStage.objects.all().delete()

    import_module("tenure.migrations.0010_engagement_stages").fill(apps, None)

    assert list(EngagementStage.objects.order_by("pk").values_list(*names)) == kept
