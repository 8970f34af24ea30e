"""Open onboardings follow what has happened, but for what a person has set: owner and start, status, days and track, their play, licences in use."""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from tenure.actions import activities, ctas, onboardings, onboardings_runs, playbooks
from tenure.actions.accounts import facts_of
from tenure.models import Account, AccountVersion, Activity, CallToAction, Event, Notice, Onboarding, OnboardingMilestone
from tenure.queries import columns, handbook, onboardings_follow
from tenure.runs import daily, plans, plans_onboardings
from tests import entries
from tests.runs.test_daily_onboardings import DAY, apply, begun, changes, content, win
from tests.world import TODAY, World


def young(world: World, tam: bool = True) -> Onboarding:
    """An onboarding of Homeworld's, begun today by a deal of yesterday; without ``tam`` nobody's."""
    if not tam:
        world.homeworld.assignments.filter(role="tam").delete()
    win(world, world.homeworld, ago=1)
    apply(world)
    return Onboarding.objects.get()


def talk(world: World, day: int = 0, hour: int = 0, **fields: Any) -> Activity:
    moment = world.at + day * DAY + timedelta(hours=hour)
    given = {"kind": "call", "happened_at": moment, "subject": "Talk", **fields}
    return activities.log(world.homeworld, given, today=moment.date(), actor=None, at=moment, author=world.tam)


def test_a_planned_call_and_a_held_one_move_the_status(world: World) -> None:
    row = young(world)
    planned = {"kind": "call", "happened_at": world.at + 5 * DAY, "subject": "Kick-off"}
    call = activities.plan(world.homeworld, planned, today=TODAY, actor=None, at=world.at)

    (change,) = changes()
    assert isinstance(change, plans_onboardings.OnboardingChanged)
    assert (change.before, change.after, change.reason) == (
        {"status": "not_started"},
        {"status": "scheduled"},
        "A call or meeting is planned",
    )
    assert begun(world) == (0, 0, 1, 0)
    row.refresh_from_db()
    assert (row.status, row.first_reach_out, row.days_to_engage) == ("scheduled", None, None)
    activities.hold(call, {"happened_at": world.at + 4 * DAY}, today=TODAY + 5 * DAY, actor=None, at=world.at + 5 * DAY)
    assert begun(world, 6) == (0, 0, 1, 0)
    row.refresh_from_db()
    assert (row.status, row.first_reach_out, row.days_to_engage) == ("in_progress", TODAY + 4 * DAY, 5)
    event = Event.objects.filter(noun="onboarding").latest("pk")
    assert (event.verb, event.actor, json.loads(event.body)["after"]) == (
        "onboarding.updated", None, {"first_reach_out": "2026-11-20", "status": "in_progress"},
    )  # fmt: skip
    assert begun(world, 7) == (0, 0, 0, 0)
    activities.delete(call, actor=None, at=world.at + 8 * DAY)
    assert begun(world, 8) == (0, 0, 1, 0)
    row.refresh_from_db()
    assert (row.status, row.first_reach_out) == ("not_started", None)


def test_a_mail_a_draft_and_a_call_before_the_purchase_reach_nobody(world: World) -> None:
    row = young(world)
    talk(world, kind="email")
    talk(world, day=-3)

    assert begun(world) == (0, 0, 0, 0)
    row.refresh_from_db()
    assert (row.status, row.first_reach_out) == ("not_started", None)


@pytest.mark.parametrize(
    ("zone", "before", "of_the_day"),
    [
        # The deal was won on the 15th. In New York that begins at 05:00 of UTC, in Singapore at 16:00 of the day before.
        ("America/New_York", (15, 4, 30), (15, 5, 0)),
        ("Asia/Singapore", (14, 15, 30), (14, 16, 0)),
    ],
)
def test_the_first_talk_is_found_by_the_company_s_day(
    world: World, settings: Any, zone: str, before: tuple[int, int, int], of_the_day: tuple[int, int, int]
) -> None:
    settings.TIME_ZONE = zone
    row = young(world)
    assert row.purchase_date == date(2026, 11, 15)
    entries.entry(world, kind="call", subject="Sales call", happened_at=datetime(2026, 11, *before, tzinfo=UTC))
    row.refresh_from_db()
    assert (row.status, row.first_reach_out, begun(world)) == ("not_started", None, (0, 0, 0, 0))

    entries.entry(world, kind="call", subject="Kick-off", happened_at=datetime(2026, 11, *of_the_day, tzinfo=UTC))

    row.refresh_from_db()
    assert (row.status, row.first_reach_out, begun(world)) == ("in_progress", date(2026, 11, 15), (0, 0, 0, 0))


def test_what_a_person_has_set_stays(world: World) -> None:
    row = young(world)
    moment: dict[str, Any] = {"today": TODAY, "actor": world.mona, "at": world.at}
    onboardings.set_status(row, "on_hold", **moment)
    onboardings.change(row, {"first_reach_out": TODAY - DAY, "owner": world.mona, "start_date": TODAY}, **moment)
    talk(world)
    world.homeworld.assignments.filter(role="tam").update(user=world.tessa)

    assert begun(world) == (0, 0, 0, 0)
    row.refresh_from_db()
    assert (row.status, row.first_reach_out, row.owner, row.start_date) == ("on_hold", TODAY - DAY, world.mona, TODAY)


def test_the_owner_is_the_tam_and_the_start_the_day_on_which_there_is_one(world: World) -> None:
    row = young(world, tam=False)
    assert (row.owner, row.start_date, row.team) == (None, None, {"account_manager": {"id": world.ari.pk, "name": "Ari Account"}})

    world.assign(world.homeworld, world.tam, from_date=TODAY + 3 * DAY)
    assert begun(world, 3) == (0, 1, 1, 0)  # the first TAM of a customer who has just bought: noted, too
    row.refresh_from_db()
    assert (row.owner, row.start_date, row.team) == (
        world.tam,
        TODAY + 3 * DAY,
        {"account_manager": {"id": world.ari.pk, "name": "Ari Account"}},
    )


def test_days_go_by_until_it_is_behind_and_stuck_and_owner_and_manager_are_told_once(world: World) -> None:
    row = young(world)
    assert row.track == "on_track"

    seen = []
    for day in (13, 14, 15, 89, 90, 91, 92):
        done = begun(world, day)
        row.refresh_from_db()
        seen.append((day, done[2], row.track))
    assert seen == [
        (13, 0, "on_track"),
        (14, 1, "behind"),
        (15, 0, "behind"),
        (89, 0, "behind"),
        (90, 1, "stuck"),
        (91, 0, "stuck"),
        (92, 0, "stuck"),
    ]
    silent = CallToAction.objects.filter(rule="non_engaged_customer", title__startswith="Onboarding").values_list(
        "title", "created_at__date"
    )
    assert list(silent) == [("Onboarding open since 15 November 2026", TODAY + 90 * DAY)]  # the TAM has been there for 300 days
    assert [event.verb for event in Event.objects.filter(noun="onboarding").order_by("pk")] == [
        "onboarding.created", "onboarding.tracked", "onboarding.tracked",
    ]  # fmt: skip
    told = Notice.objects.filter(kind="onboarding", channel="app").order_by("pk").values_list("user__name", "title", "url")
    url = f"/onboardings/{row.pk}/"
    assert list(told) == [
        ("Tam Technical", "Onboarding is behind: Homeworld Inc.", url), ("Mona Manager", "Onboarding is behind: Homeworld Inc.", url),
        ("Tam Technical", "Onboarding is stuck: Homeworld Inc.", url), ("Mona Manager", "Onboarding is stuck: Homeworld Inc.", url),
    ]  # fmt: skip


def test_a_look_ahead_tells_what_will_be_late_if_nothing_happens(world: World) -> None:
    row = young(world)
    before = content()

    plan = daily.plan(TODAY, until=TODAY + 95 * DAY)

    ahead = [change for change in plan.changes() if isinstance(change, plans_onboardings.OnboardingChanged)]
    assert [(one.onboarding_id, one.before, one.after, one.reason) for one in ahead] == [
        (row.pk, {"track": "on_track"}, {"track": "stuck"}, "By 19 February 2027, if nothing happens"),
    ]  # fmt: skip
    assert plans.summary(plan)["onboarding_ahead", "", "on_track", "stuck"] == 1
    assert content() == before
    assert changes() == []


def test_the_play_is_tied_and_its_end_asks_for_what_is_missing_and_then_completes(world: World) -> None:
    row = young(world)
    use = playbooks.apply(world.homeworld, "customer_onboarding", start=TODAY, today=TODAY, actor=world.mona, at=world.at)
    assert begun(world) == (0, 0, 1, 0)
    row.refresh_from_db()
    assert row.playbook_use == use
    cta = CallToAction.objects.get(playbook_use=use)
    ctas.close(cta, "closed_success", actor=None, at=world.at + 5 * DAY)

    assert begun(world, 6) == (0, 0, 1, 0)
    row.refresh_from_db()
    assert (row.is_open, row.because["asked"]) == (True, use.pk)
    (told,) = Notice.objects.filter(kind="onboarding", channel="app")
    assert (told.user, told.title, told.body) == (
        world.tam, "Complete the onboarding: Homeworld Inc.",
        "Its work is done. It still needs whether the survey was sent, whether the survey's results were received and the survey's score.",
    )  # fmt: skip
    assert begun(world, 7) == (0, 0, 0, 0)
    survey = {"survey_sent": True, "survey_received": True, "survey_score": 4}
    onboardings.change(row, survey, today=TODAY + 8 * DAY, actor=world.tam, at=world.at + 8 * DAY)
    (change,) = changes(8)
    assert isinstance(change, plans_onboardings.OnboardingChanged)
    assert (change.after["status"], change.reason) == ("completed", "The work of its play is done")
    assert begun(world, 8) == (0, 0, 0, 1)
    row.refresh_from_db()
    assert (row.status, row.is_open, row.finish_date, row.days_to_onboard, row.track) == (
        "completed",
        False,
        TODAY + 5 * DAY,
        6,
        "",
    )
    assert begun(world, 9) == (0, 0, 0, 0)


def test_the_use_of_licences_sets_milestones_and_first_value(world: World) -> None:
    row = young(world)
    for use, there in ((9, set()), (10, {"licences_10"}), (83, {"licences_10", "licences_50", "licences_80"})):
        Account.objects.filter(pk=world.homeworld.pk).update(custom={"licence_use": use})
        AccountVersion.objects.filter(account=world.homeworld).update(facts=facts_of(Account.objects.get(pk=world.homeworld.pk)))
        apply(world, use)
        assert set(row.milestones.values_list("key", flat=True)) == there
    row.refresh_from_db()
    assert (row.first_value, row.first_value_by) == (TODAY + 10 * DAY, "licences")
    assert {(one.reached_on, one.source) for one in row.milestones.exclude(key="licences_10")} == {(TODAY + 83 * DAY, "licences")}
    assert begun(world, 84) == (0, 0, 0, 0)


def test_milestones_of_many_are_written_together_and_each_can_be_taken_back(world: World) -> None:
    made = world.more_accounts(5, name="Reef")
    stamps: dict[str, Any] = {"today": TODAY, "actor": None, "at": world.at}
    rows = [
        onboardings.create(one, {"name": one.name, "start_date": TODAY, "contract_date": TODAY}, cause="closed_won", natural_key=f"closed_won:{one.pk}", **stamps)
        for one in made
    ]  # fmt: skip

    def reach(some: list[Onboarding], day: int) -> int:
        licences = pl.DataFrame({"account": [row.account_id for row in some], "licence_use": [83.0] * len(some)})
        scope = columns.of_ids([row.account_id for row in some])
        with transaction.atomic(), CaptureQueriesContext(connection) as asked:
            onboardings_runs.lock()
            moves = onboardings_follow.of(scope, TODAY + day * DAY, handbook.pack(), licences)
            onboardings_runs.follow_many(moves, today=TODAY + day * DAY, at=world.at + day * DAY, run_id=7)
        return len(asked)

    assert reach(rows[:1], 3) == reach(rows[1:], 3)

    told = Event.objects.filter(verb="onboarding.milestone", run_id=7)
    assert (OnboardingMilestone.objects.count(), told.count()) == (15, 15)
    row = rows[4]
    row.refresh_from_db()
    assert (row.first_value, row.first_value_by, row.days_to_value) == (TODAY + 3 * DAY, "licences", 3)
    event = next(one for one in told.filter(object_id=row.pk) if "licences_10" in one.body)
    onboardings.undo(row, event.pk, today=TODAY + 4 * DAY, actor=world.mona, at=world.at + 4 * DAY)
    assert (row.first_value, row.first_value_by, row.days_to_value) == (None, "", None)
    assert set(row.milestones.values_list("key", flat=True)) == {"licences_50", "licences_80"}
