"""Importing onboardings: as the other system has them, with the handbook's words, days and track; one open one for each account."""

from datetime import date, timedelta
from typing import Any

import pytest

from tenure.actions import imports, onboardings
from tenure.models import Account, Event, ExternalId, Onboarding, User
from tenure.runs import daily
from tests.world import TODAY, World

DAY = timedelta(days=1)


@pytest.fixture
def known(world: World) -> World:
    """Homeworld, Funland and Tam as the CRM knows them."""
    for noun, name, row in (("account", "A-1", world.homeworld), ("account", "A-2", world.funland), ("user", "U-1", world.tam)):
        ExternalId.objects.create(source="sf", noun=noun, external_id=name, object_id=row.pk, digest=b"")
    return world


def bring(world: World, *rows: dict[str, Any]) -> imports.UpsertResult:
    given = [
        {"external_id": f"O-{number}", "account_ref": "A-1", "name": "Onboarding", **row} for number, row in enumerate(rows, 1)
    ]
    return imports.upsert("onboarding", "sf", given, as_of=TODAY, at=world.at, actor=None)


DONE = {
    "status": "completed", "start_date": TODAY - 90 * DAY, "finish_date": TODAY - 50 * DAY, "contract_date": TODAY - 95 * DAY,
    "first_reach_out": TODAY - 80 * DAY, "first_value": TODAY - 70 * DAY, "survey_score": 4, "owner_ref": "U-1",
}  # fmt: skip


def test_one_comes_with_its_days_its_edition_and_its_end(known: World) -> None:
    done = bring(known, DONE, {"status": "in_progress", "start_date": TODAY - 95 * DAY})

    assert (done.created, done.refused, done.problems) == (2, 0, [])
    over, now = Onboarding.objects.order_by("pk")
    assert (over.status, over.is_open, over.cause, over.owner, over.edition) == (
        "completed",
        False,
        "import",
        known.tam,
        date(2023, 3, 29),
    )
    assert (over.days_to_engage, over.days_to_value, over.days_to_onboard, over.track, over.first_value_by) == (
        10,
        25,
        40,
        "",
        "person",
    )
    assert over.closed_at is not None
    assert (over.closed_at.date(), over.gemstone, over.team["tam"]["name"]) == (TODAY - 50 * DAY, "", "Tam Technical")
    assert (now.status, now.is_open, now.closed_at, now.track, now.contract_date) == (
        "in_progress",
        True,
        None,
        "stuck",
        TODAY - 400 * DAY,
    )
    assert list(Event.objects.filter(noun="onboarding").values_list("verb", flat=True)) == ["onboarding.created"] * 2
    again = bring(known, DONE, {"status": "in_progress", "start_date": TODAY - 95 * DAY})
    assert (again.created, again.updated, again.unchanged) == (0, 0, 2)


def test_a_later_import_ends_it_and_a_daily_run_leaves_what_it_told(known: World) -> None:
    bring(known, {"status": "scheduled", "start_date": TODAY - 3 * DAY, "owner_ref": "U-1"})
    Account.objects.get(pk=known.homeworld.pk).assignments.filter(role="tam").update(user=known.tessa)

    daily.apply(daily.plan(TODAY), at=known.at, actor=None)
    row = Onboarding.objects.get()
    assert (row.status, row.owner, row.start_date) == ("scheduled", known.tam, TODAY - 3 * DAY)
    assert row.playbook_use is None
    done = bring(known, {"status": "completed", "start_date": TODAY - 3 * DAY, "finish_date": TODAY, "owner_ref": "U-1"})
    row.refresh_from_db()
    assert (done.updated, row.status, row.is_open, row.days_to_onboard, row.track) == (1, "completed", False, 3, "")


WRONG: dict[str, tuple[dict[str, Any], str, str]] = {
    "a strange status": ({"status": "Paused"}, "status", "'Paused' is none of not_started, scheduled, in_progress, completed, on_hold."),
    "a strange gemstone": ({"gemstone": "Bronze"}, "gemstone", "'Bronze' is none of Quartz, Ruby, Sapphire, Pearl, Diamond."),
    "a score of 6": ({"survey_score": 6}, "survey_score", "'6' is not a score."),
    "an end before the start": ({"start_date": TODAY, "finish_date": TODAY - DAY}, "finish_date", "The finish date 2026-11-15 lies before the start date."),
    "no name": ({"name": ""}, "name", "The row has no name."),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_a_row_that_cannot_be_is_refused_alone(name: str, known: World) -> None:
    row, field, message = WRONG[name]

    done = bring(known, {**DONE, **row}, {"account_ref": "A-2"})

    assert [(one.row, one.field, one.message) for one in done.problems] == [(1, field, message)]
    assert (done.refused, Onboarding.objects.get().account) == (1, known.funland)


def test_an_account_never_gets_a_second_open_one(known: World) -> None:
    held = onboardings.create(
        known.funland, {"name": "Ours"}, cause="closed_won", natural_key="closed_won:1", today=TODAY, actor=None, at=known.at
    )

    done = bring(known, {"status": "in_progress"}, {"status": "on_hold"}, {"account_ref": "A-2"}, {**DONE, "account_ref": "A-2"})

    assert [(one.row, one.message) for one in done.problems] == [
        (2, "The account has another open onboarding."), (3, "The account has another open onboarding."),
    ]  # fmt: skip
    assert [row.account for row in Onboarding.objects.filter(is_open=True).order_by("pk")] == [known.funland, known.homeworld]
    assert (Onboarding.objects.order_by("pk")[0], Onboarding.objects.count()) == (held, 3)


def test_one_waits_for_its_account(known: World) -> None:
    done = bring(known, {"account_ref": "A-9"})

    assert (done.created, done.waiting, Onboarding.objects.count(), User.objects.count()) == (0, 1, 0, 11)
