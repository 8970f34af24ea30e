"""A manager's review: what it goes through, notes and next steps, assigning, signing off and opening again; only the manager's own team."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tenure.actions import onboardings, reviews, summaries
from tenure.actions.refusals import Refused
from tenure.models import AccountSummary, Assignment, CallToAction, Event, ManagerReview, Notice, Onboarding, ReviewItem, Task
from tenure.queries import reviews as queries
from tests import locks, work
from tests.world import TODAY, World


def moment(world: World) -> dict[str, Any]:
    return {"actor": work.fresh(world.mona), "at": world.at}


@pytest.fixture
def rows(world: World) -> dict[str, Onboarding]:
    """One of Tam's, one that nobody owns, one in APAC that Mona doesn't see."""
    given = {"homeworld": world.tam, "funland": None, "big_donut": None}
    return {
        name: onboardings.create(
            world.accounts[name], {"name": name, "owner": owner, "start_date": TODAY - timedelta(days=9)}, today=TODAY, actor=None, at=world.at, cause="closed_won"
        )
        for name, owner in given.items()
    }  # fmt: skip


@pytest.fixture
def review(world: World) -> ManagerReview:
    return reviews.start("onboarding", today=TODAY, **moment(world))


def test_it_goes_through_what_nobody_owns_first_then_person_by_person(
    world: World, rows: dict[str, Onboarding], review: ManagerReview
) -> None:
    mona = work.fresh(world.mona)

    assert [(one.title, one.count, one.looked) for one in queries.steps(mona, review)] == [
        ("Unassigned", 1, 0),
        ("Tam Technical", 1, 0),
    ]
    assert reviews.start("onboarding", today=TODAY, **moment(world)).pk == review.pk
    reviews.assign(review, rows["funland"], world.tam, today=TODAY, **moment(world))
    reviews.look(review, rows["funland"], True, **moment(world))
    assert [(one.title, one.count, one.looked) for one in queries.steps(mona, review)] == [("Tam Technical", 2, 1)]


def tams(world: World) -> list[tuple[str, date | None]]:
    rows = Assignment.objects.filter(account=world.funland, role="tam").order_by("pk")
    return [(row.user.name, row.until_date) for row in rows]


def test_assigning_one_of_an_account_without_a_tam_gives_it_both_and_is_taken_back(
    world: World, rows: dict[str, Onboarding], review: ManagerReview
) -> None:
    Assignment.objects.filter(account=world.funland, role="tam").delete()
    summaries.refresh([world.funland.pk], today=TODAY)

    given = reviews.assign(review, rows["funland"], world.tam, today=TODAY, **moment(world))

    rows["funland"].refresh_from_db()
    assert (rows["funland"].owner, tams(world), given.stays) == (world.tam, [("Tam Technical", None)], {})
    assert AccountSummary.objects.get(pk=world.funland.pk).tam_id == world.tam.pk
    assert Event.objects.filter(verb="assignment.started", account_id=world.funland.pk).count() == 1
    assert given.named == 1
    reviews.unassign(review, rows["funland"], given.done, today=TODAY, **moment(world))
    rows["funland"].refresh_from_db()
    assert (rows["funland"].owner, tams(world)) == (None, [("Tam Technical", TODAY)])
    assert AccountSummary.objects.get(pk=world.funland.pk).tam_id is None
    with pytest.raises(Refused, match="changed since"):
        reviews.unassign(review, rows["funland"], given.done, today=TODAY, **moment(world))


@pytest.mark.only_postgresql
def test_whatever_a_review_does_locks_in_one_order_so_that_nobody_waits_for_ever(
    world: World, rows: dict[str, Onboarding], review: ManagerReview
) -> None:
    order = ["decisions", "ctas", "onboardings", "managerreview", "events"]
    Assignment.objects.filter(account=world.funland, role="tam").delete()
    summaries.refresh([world.funland.pk], today=TODAY)
    with CaptureQueriesContext(connection) as assigning:
        given = reviews.assign(review, rows["funland"], world.tam, today=TODAY, **moment(world))
    assert given.named == 1
    with CaptureQueriesContext(connection) as taking_back:
        reviews.unassign(review, rows["funland"], given.done, today=TODAY, **moment(world))
    with CaptureQueriesContext(connection) as step:
        made = reviews.step(review, rows["funland"], "Call", owner=world.tam, due=None, today=TODAY, **moment(world))
    with CaptureQueriesContext(connection) as dropping:
        reviews.take_back(review, made, **moment(world))
    with CaptureQueriesContext(connection) as noting:
        reviews.note(review, rows["funland"], "Call them", seen=None, **moment(world))
    assert locks.taken(noting, "managerreview") == ["managerreview", "events"]  # who writes waits for no run
    with CaptureQueriesContext(connection) as looking:
        reviews.look(review, rows["funland"], True, **moment(world))
    assert locks.taken(looking, "managerreview") == ["managerreview", "events"]
    with CaptureQueriesContext(connection) as signing:
        reviews.sign(review, today=TODAY, **moment(world))

    for done in (assigning, taking_back, step, dropping, signing):
        found = locks.taken(done, "managerreview")
        assert found == [name for name in order if name in found]


def test_an_account_that_has_a_tam_keeps_them_and_who_is_none_becomes_none(
    world: World, rows: dict[str, Onboarding], review: ManagerReview
) -> None:
    given = reviews.assign(review, rows["homeworld"], world.mona, today=TODAY, **moment(world))
    assert (given.stays, given.named) == ({world.homeworld.pk: world.tam}, 0)
    Assignment.objects.filter(account=world.funland, role="tam").delete()
    summaries.refresh([world.funland.pk], today=TODAY)

    given = reviews.assign(review, rows["funland"], world.mona, today=TODAY, **moment(world))

    rows["funland"].refresh_from_db()
    assert (rows["funland"].owner, tams(world), given.named) == (world.mona, [], 0)


def test_a_refused_assigning_leaves_owner_and_tam_as_they_were(
    world: World, rows: dict[str, Onboarding], review: ManagerReview
) -> None:
    Assignment.objects.filter(account=world.funland, role="tam").delete()
    summaries.refresh([world.funland.pk], today=TODAY)
    world.tam.is_active = False
    world.tam.save()
    events = Event.objects.count()

    with pytest.raises(Refused):
        reviews.assign(review, rows["funland"], world.tam, today=TODAY, **moment(world))

    rows["funland"].refresh_from_db()
    assert (rows["funland"].owner, tams(world), Event.objects.count(), Notice.objects.count()) == (None, [], events, 0)


def test_one_of_a_customer_of_the_team_that_somebody_else_still_has_is_not_left_out(
    world: World, rows: dict[str, Onboarding], review: ManagerReview
) -> None:
    Onboarding.objects.filter(pk=rows["homeworld"].pk).update(owner=world.ari)
    summaries.refresh([world.homeworld.pk], today=TODAY)

    shown = [(one.title, one.count) for one in queries.steps(work.fresh(world.mona), review)]

    assert shown == [("Unassigned", 1), ("Ari Account", 1)]
    Assignment.objects.filter(account=world.homeworld, role="tam").delete()
    summaries.refresh([world.homeworld.pk], today=TODAY)
    assert [(one.title, one.count) for one in queries.steps(work.fresh(world.mona), review)] == [("Unassigned", 1)]


def test_a_next_step_becomes_a_task_of_the_owner_and_is_taken_back(
    world: World, rows: dict[str, Onboarding], review: ManagerReview
) -> None:
    due = TODAY + timedelta(days=3)
    first = reviews.step(review, rows["homeworld"], "Ask for the goals", owner=None, due=due, today=TODAY, **moment(world))
    second = reviews.step(
        review, rows["homeworld"], "Book the training", owner=world.mona, due=None, today=TODAY, **moment(world)
    )

    assert (first.owner, first.due_date, first.cta.account, first.cta.owner) == (world.tam, due, world.homeworld, world.tam)
    assert (second.owner, second.cta_id) == (world.mona, first.cta_id)
    assert [one.title for one in queries.items(work.fresh(world.mona), review, str(world.tam.pk), TODAY)[0].tasks] == [
        "Ask for the goals",
        "Book the training",
    ]
    reviews.take_back(review, second, **moment(world))
    second.refresh_from_db()
    assert (second.status, CallToAction.objects.get().is_open) == ("skipped", True)
    reviews.take_back(review, first, **moment(world))
    assert (CallToAction.objects.get().is_open, ReviewItem.objects.get().tasks.count()) == (False, 0)


def test_notes_of_two_windows_do_not_overwrite_each_other(
    world: World, rows: dict[str, Onboarding], review: ManagerReview
) -> None:
    assert reviews.note(review, rows["homeworld"], "One", seen="", **moment(world)) is None
    clash = reviews.note(review, rows["homeworld"], "Two", seen="", **moment(world))

    assert clash is not None
    assert (clash.theirs, clash.mine, ReviewItem.objects.get().notes) == ("One", "Two", "One")
    assert reviews.note(review, rows["homeworld"], "Two", seen="One", **moment(world)) is None
    assert ReviewItem.objects.get().notes == "Two"


def test_signing_off_says_when_each_was_reviewed_and_can_be_taken_back(
    world: World, rows: dict[str, Onboarding], review: ManagerReview
) -> None:
    Onboarding.objects.filter(pk=rows["homeworld"].pk).update(reviewed_on=date(2026, 10, 5))
    with pytest.raises(Refused, match="Nothing has been looked at yet"):
        reviews.sign(review, today=TODAY, **moment(world))
    reviews.look(review, rows["homeworld"], True, **moment(world))
    assert reviews.sign(review, today=TODAY, **moment(world)) == 1

    assert (review.signed_at, Onboarding.objects.get(pk=rows["homeworld"].pk).reviewed_on) == (world.at, TODAY)
    assert Onboarding.objects.get(pk=rows["funland"].pk).reviewed_on is None
    assert [one.account_id for one in Event.objects.filter(verb="onboarding.reviewed")] == [world.homeworld.pk]
    with pytest.raises(Refused, match="signed off"):
        reviews.note(review, rows["homeworld"], "Late", seen=None, **moment(world))
    assert ReviewItem.objects.get().notes == ""
    reviews.reopen(review, today=TODAY, **moment(world))
    assert (review.signed_at, Onboarding.objects.get(pk=rows["homeworld"].pk).reviewed_on) == (None, date(2026, 10, 5))
    reviews.sign(review, today=TODAY, **moment(world))
    with pytest.raises(Refused, match="this period"):
        reviews.reopen(review, today=TODAY + timedelta(days=31), **moment(world))


def test_only_a_manager_holds_it_and_only_of_the_own_team(
    world: World, rows: dict[str, Onboarding], review: ManagerReview
) -> None:
    before = (ManagerReview.objects.count(), ReviewItem.objects.count(), Task.objects.count(), Event.objects.count())

    for who in ("tam", "ops", "olga"):
        actor = work.fresh(world.people[who])
        with pytest.raises(Refused, match="may not hold"):
            reviews.start("onboarding", today=TODAY, actor=actor, at=world.at)
        with pytest.raises(Refused, match="no such review"):
            reviews.note(review, rows["homeworld"], "x", seen=None, actor=actor, at=world.at)
    with pytest.raises(Refused, match="no such onboarding"):
        reviews.look(review, rows["big_donut"], True, **moment(world))
    with pytest.raises(Refused, match="what is to be done"):
        reviews.step(review, rows["homeworld"], " ", owner=None, due=None, today=TODAY, **moment(world))
    assert (ManagerReview.objects.count(), ReviewItem.objects.count(), Task.objects.count(), Event.objects.count()) == before
