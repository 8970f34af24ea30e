"""What a person's doing settles closes with it, not only with the daily run; taken back, it is open again."""

import time
from datetime import date, timedelta
from typing import Any

import pytest

from tenure.actions import activities, assignments, bulk_accounts, ctas, handovers, handovers_accepting, handovers_starting
from tenure.models import Account, AccountSummary, Activity, Assignment, CallToAction, Event
from tenure.queries import handbook, settling
from tenure.runs import daily
from tests.world import TODAY, World

DAY, SOON = timedelta(days=1), timedelta(minutes=5)


@pytest.fixture
def raised(world: World) -> World:
    run(world)
    return world


def run(world: World, days: int = 0) -> Any:
    return daily.apply(daily.plan(TODAY + days * DAY), at=world.at + days * DAY, actor=None)


def one(rule: str, account: Account) -> CallToAction:
    return CallToAction.objects.get(rule=rule, account=account)


def log(world: World, kind: str = "call", account: Account | None = None, **fields: Any) -> Activity:
    given = {"kind": kind, "subject": "Talk", "happened_at": world.at, **fields}
    return activities.log(account or world.homeworld, given, today=TODAY, actor=world.tam, at=world.at)


def test_a_call_closes_the_cadence_call_and_the_daily_run_finds_nothing(raised: World) -> None:
    log(raised)

    row = one("cadence_call", raised.homeworld)
    assert (row.is_open, row.status, row.closed_by, row.closed_at) == (False, "closed_success", None, raised.at)
    assert row.outcome_note == "Done: last engaged on 16 November 2026"
    assert Event.objects.filter(verb="cta.closed", object_id=row.pk, actor=None).count() == 1
    before = CallToAction.objects.count()
    assert run(raised).counts | {"accounts": 0} == dict.fromkeys(run(raised).counts, 0)
    assert CallToAction.objects.count() == before


@pytest.mark.parametrize("kind", ["note", "email"])
def test_an_entry_that_is_none_closes_nothing(raised: World, kind: str) -> None:
    log(raised, kind)

    assert one("cadence_call", raised.homeworld).is_open


def test_a_plan_closes_nothing_until_it_was_held(raised: World) -> None:
    given = {"kind": "call", "subject": "Talk", "happened_at": raised.at + DAY}
    plan = activities.plan(raised.homeworld, given, today=TODAY, actor=raised.tam, at=raised.at)
    assert one("cadence_call", raised.homeworld).is_open

    activities.hold(plan, {"outcome": "Good"}, today=TODAY + DAY, actor=raised.tam, at=raised.at + 2 * DAY)

    assert not one("cadence_call", raised.homeworld).is_open


def test_what_a_person_has_put_to_rest_stays(raised: World) -> None:
    row = one("cadence_call", raised.homeworld)
    ctas.snooze(row, TODAY + 9 * DAY, "Holidays", today=TODAY, actor=raised.tam, at=raised.at)

    log(raised)

    assert one("cadence_call", raised.homeworld).is_open


def test_what_a_person_has_in_hand_closes_when_it_is_done(raised: World) -> None:
    row = one("cadence_call", raised.homeworld)
    ctas.update(row, {"status": "in_progress"}, today=TODAY, actor=raised.tam, at=raised.at)

    log(raised)

    row = one("cadence_call", raised.homeworld)
    assert (row.status, row.outcome_note) == (
        "closed_success",
        "Done: last engaged on 16 November 2026 (Tam Technical had it in hand)",
    )


def test_a_deleted_call_opens_again_what_it_had_closed(raised: World) -> None:
    row = log(raised)

    activities.delete(row, actor=raised.tam, at=raised.at + SOON)

    cta = one("cadence_call", raised.homeworld)
    assert (cta.is_open, cta.status, cta.closed_at, cta.outcome_note) == (True, "new", None, "")
    assert Event.objects.get(verb="cta.reopened", object_id=cta.pk).actor is None
    activities.restore(row, actor=raised.tam, at=raised.at + 2 * SOON)
    assert not one("cadence_call", raised.homeworld).is_open


def test_so_it_does_when_the_daily_run_had_closed_it(raised: World) -> None:
    given = {"kind": "call", "subject": "Talk", "happened_at": raised.at}
    row = activities.log(raised.homeworld, given, today=TODAY, actor=None, author=raised.tam, at=raised.at)
    assert one("cadence_call", raised.homeworld).is_open  # what a run writes, a run settles
    run(raised)
    assert not one("cadence_call", raised.homeworld).is_open

    activities.delete(row, actor=raised.tam, at=raised.at + SOON)

    assert one("cadence_call", raised.homeworld).is_open


def test_what_a_person_closed_stays_closed(raised: World) -> None:
    row = log(raised, "note")
    cta = one("cadence_call", raised.homeworld)
    ctas.close(cta, "closed_success", actor=raised.tam, at=raised.at)
    activities.update(row, {"kind": "call"}, today=TODAY, actor=raised.tam, at=raised.at + SOON)

    activities.delete(row, actor=raised.tam, at=raised.at + 2 * SOON)

    assert not one("cadence_call", raised.homeworld).is_open


def test_a_call_that_turns_out_to_be_a_note_opens_it_again_and_undoing_that_closes_it(raised: World) -> None:
    row = log(raised)

    activities.update(row, {"kind": "note"}, today=TODAY, actor=raised.tam, at=raised.at + SOON)
    assert one("cadence_call", raised.homeworld).is_open
    activities.undo(row, actor=raised.tam, at=raised.at + 2 * SOON)

    assert not one("cadence_call", raised.homeworld).is_open


def test_a_green_sentiment_ends_the_risk_at_once(world: World) -> None:
    log(world, "update", sentiment="red")
    run(world)
    assert one("at_risk_account", world.homeworld).is_open

    later = {"kind": "update", "subject": "Better", "happened_at": world.at + DAY, "sentiment": "green"}
    activities.log(world.homeworld, later, today=TODAY + DAY, actor=world.tam, at=world.at + DAY)

    assert one("at_risk_account", world.homeworld).status == "closed_success"


# --- people


def assign(world: World, *, days: int = 0) -> Assignment:
    moment = {"from_date": TODAY + days * DAY, "today": TODAY + days * DAY, "at": world.at + days * DAY}
    return assignments.assign(world.le_hotel, world.tam, "tam", actor=world.mona, **moment)


def test_assigning_a_tam_closes_what_asked_for_one(raised: World) -> None:
    assign(raised)

    row = one("assign_tam", raised.le_hotel)
    assert (row.is_open, row.status, row.outcome_note) == (False, "closed_success", "A TAM was assigned")
    assert one("assign_tam", raised.funland).is_open


def test_an_assignment_that_is_ended_in_the_same_week_opens_it_again(raised: World) -> None:
    row = assign(raised)

    assignments.end(row, on=TODAY, actor=raised.mona, at=raised.at + SOON, today=TODAY)

    assert one("assign_tam", raised.le_hotel).is_open
    assert run(raised).ctas_raised == 0


def test_so_does_a_bulk_assignment_that_is_taken_back(raised: World) -> None:
    rows = AccountSummary.objects.filter(pk__in=[raised.le_hotel.pk, raised.funland.pk])
    bulk_accounts.assign(rows, raised.tam.pk, actor=raised.mona, at=raised.at, today=TODAY)
    assert [one("assign_tam", account).is_open for account in (raised.le_hotel, raised.funland)] == [False, False]

    bulk_accounts.undo(raised.tam.pk, raised.at.isoformat(), actor=raised.mona, at=raised.at + SOON, today=TODAY)

    assert [one("assign_tam", account).is_open for account in (raised.le_hotel, raised.funland)] == [True, True]
    assert run(raised).ctas_raised == 0


def test_so_does_a_hand_over_that_is_taken_back(raised: World) -> None:
    stamp = {"today": TODAY, "actor": raised.mona}
    row = handovers_starting.start(raised.homeworld, "tam", taker=raised.tessa, at=raised.at, **stamp)
    for key in ("updated", "review_meeting", "introduced", "mailed"):
        handovers.tick(row, key, "done", on=TODAY, at=raised.at, **stamp)
    assignments.end(Assignment.objects.get(account=raised.homeworld, role="tam"), on=TODAY, at=raised.at, **stamp)
    run(raised)
    assert one("assign_tam", raised.homeworld).is_open  # who hands it over has left it meanwhile

    event = handovers_accepting.accept(row, at=raised.at + SOON, **stamp)
    assert not one("assign_tam", raised.homeworld).is_open
    handovers.undo(row, event, at=raised.at + 2 * SOON, **stamp)

    assert one("assign_tam", raised.homeworld).is_open
    assert run(raised).ctas_raised == 0


def test_one_that_is_ended_months_later_is_asked_for_anew(raised: World) -> None:
    row = assign(raised)

    assignments.end(row, on=TODAY + 90 * DAY, actor=raised.mona, at=raised.at + 90 * DAY, today=TODAY + 90 * DAY)
    assert not CallToAction.objects.filter(rule="assign_tam", account=raised.le_hotel, is_open=True).exists()
    run(raised, 90)

    rows = CallToAction.objects.filter(rule="assign_tam", account=raised.le_hotel).order_by("pk")
    assert [row.is_open for row in rows] == [False, True]


def test_the_account_that_waited_is_onboarded_by_its_tam(raised: World) -> None:
    """TAM Manager Handbook, Account Assignment: the onboarding opens once the TAM is named, however long that took."""
    Account.objects.filter(pk=raised.le_hotel.pk).update(customer_since=date(2023, 1, 1))
    assign(raised, days=3)
    run(raised, 3)

    row = one("new_customer", raised.le_hotel)
    assert (row.playbook_use.version.key, row.owner, row.due_date) == ("customer_onboarding", raised.tam, TODAY + 48 * DAY)
    assignments.assign(
        raised.le_hotel, raised.tessa, "tam", from_date=TODAY + 60 * DAY, today=TODAY + 60 * DAY, actor=raised.mona, at=raised.at + 60 * DAY
    )  # fmt: skip
    run(raised, 60)
    assert CallToAction.objects.filter(rule="new_customer", account=raised.le_hotel).count() == 1  # another TAM is a hand-off


# --- what it costs


def test_nothing_is_worked_out_where_nothing_can_close(raised: World, django_assert_num_queries: Any) -> None:
    changed = settling.of_entry("note", "", "agenda")
    with django_assert_num_queries(0):
        assert settling.of([raised.homeworld.pk], changed, TODAY, None) == settling.NOTHING
    with django_assert_num_queries(1):  # a call with an account of which no work is open
        assert settling.of([raised.big_donut.pk], settling.of_entry("call"), TODAY, None) == settling.NOTHING


def test_it_costs_the_page_that_logs_a_call_a_few_queries_and_little_time(
    raised: World, django_assert_max_num_queries: Any
) -> None:
    settling.of([raised.homeworld.pk], settling.of_entry("call"), TODAY, None)  # the handbook is read once
    begun = time.process_time()
    with django_assert_max_num_queries(5):
        found = settling.of([raised.homeworld.pk], settling.of_entry("call"), TODAY, None)
    assert time.process_time() - begun < 0.15
    assert found == settling.NOTHING  # no call was held yet


def test_the_facts_that_an_entry_moves() -> None:
    assert settling.of_entry("call") == {"last_engaged", "last_contact", "introduced_on"}
    assert settling.of_entry("ebr", "red") == {
        "last_engaged", "last_contact", "introduced_on", "last_review", "sentiment", "sentiment_on", "at_risk", "at_risk_since",
    }  # fmt: skip
    assert settling.of_entry("at_risk") == {"last_risk_update"}
    assert (settling.done_by("cadence_call", TODAY, "call"), settling.done_by("cadence_call", TODAY, "email")) == (True, False)
    assert (settling.done_by("am_follow_up", TODAY, "email"), settling.done_by("unknown", TODAY, "call")) == (True, False)
    assert "cadence_call" in handbook.pack().running(TODAY)
