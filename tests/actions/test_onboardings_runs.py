"""What a person does moves the onboarding at once: assigning a TAM, planning and holding a call, closing the work of its play; taking it back too."""

from datetime import timedelta
from typing import Any

import pytest

from tenure.actions import activities, assignments, bulk_accounts, cascades, ctas, onboardings, playbooks
from tenure.actions.refusals import Refused
from tenure.models import Account, Assignment, CallToAction, Event, Notice, Onboarding
from tenure.queries import visible
from tenure.runs import daily
from tests import entries
from tests.world import TODAY, World

DAY = timedelta(days=1)
SURVEY = {"survey_sent": True, "survey_received": True, "survey_score": 4}


def stamps(world: World, who: str = "mona", day: int = 0) -> dict[str, Any]:
    return {"today": TODAY + day * DAY, "actor": world.people[who], "at": world.at + day * DAY}


def give(world: World, account: Account, who: str, day: int = 0) -> Assignment:
    on = TODAY + day * DAY
    return assignments.assign(account, world.people[who], "tam", from_date=on, **stamps(world, day=day))


def young(world: World) -> Account:
    """A customer of ten days without a TAM."""
    made = world.account("Aquarium", customer_since=TODAY - 10 * DAY)
    world.subscribe(made, start_date=TODAY - 10 * DAY)
    return made


def left(world: World, day: int = 0) -> dict[str, int]:
    """What the daily run has left to do about onboardings."""
    done = daily.apply(daily.plan(TODAY + day * DAY), at=world.at + day * DAY, actor=None)
    return {name: count for name, count in done.counts.items() if name.startswith("onboardings") and count}


def begun(world: World, **fields: Any) -> Onboarding:
    """One of Homeworld's, made by the run of a deal of its own."""
    given = {"name": "Homeworld 2026", "purchase_date": TODAY, "start_date": TODAY, **fields}
    return onboardings.create(
        world.homeworld, given, cause="closed_won", natural_key="closed_won:1", today=TODAY, actor=None, at=world.at
    )


def test_assigning_a_tam_to_a_new_customer_begins_one_at_once(world: World) -> None:
    account = young(world)
    assert Onboarding.objects.count() == 0

    made = give(world, account, "tam")

    row = Onboarding.objects.get()
    assert (row.account, row.cause, row.natural_key, row.owner, row.start_date) == (
        account,
        "tam_filled",
        f"tam:{account.pk}:{made.pk}",
        world.tam,
        TODAY,
    )
    assert left(world) == {"onboardings_changed": 1}  # the play that the run raises is tied to it
    row.refresh_from_db()
    assert row.playbook_use is not None
    assert row.playbook_use.version.key == "customer_onboarding"
    assert left(world) == {}


def test_taking_the_assignment_back_takes_it_back_and_another_day_leaves_it_to_nobody(world: World) -> None:
    account = young(world)
    made = give(world, account, "tam")
    assignments.end(made, on=TODAY, **stamps(world))
    row = Onboarding.objects.get()
    assert (row.deleted_at, Event.objects.filter(noun="onboarding").latest("pk").verb) == (world.at, "onboarding.deleted")
    assert left(world) == {}

    again = give(world, account, "tam", 1)
    row = Onboarding.objects.get(deleted_at=None)
    assert row.natural_key == f"tam:{account.pk}:{again.pk}"
    assignments.end(again, on=TODAY + 9 * DAY, **stamps(world, day=9))
    row.refresh_from_db()
    assert (row.owner, row.deleted_at, row.is_open) == (None, None, True)
    assert left(world, 9) == {}


def test_a_new_tam_takes_the_open_one_over_and_its_team_stays_copied(world: World) -> None:
    row = begun(world)
    assert row.owner is None  # by the action alone
    give(world, world.homeworld, "tessa")
    row.refresh_from_db()
    assert (row.owner, row.team["tam"]["name"]) == (world.tessa, "Tam Technical")
    last = Event.objects.filter(noun="onboarding").latest("pk")
    assert (last.verb, last.object_id) == ("onboarding.updated", row.pk)

    give(world, world.homeworld, "tam", 1)
    row.refresh_from_db()
    assert row.owner == world.tam
    assert left(world, 1) == {}


def test_many_at_once_and_back(world: World) -> None:
    new = [young(world), world.account("Reef", customer_since=TODAY - 3 * DAY)]
    rows = visible.summaries(world.mona).filter(pk__in=[account.pk for account in new])

    bulk_accounts.assign(rows, world.tam.pk, **stamps(world))
    assert sorted(Onboarding.objects.values_list("account__name", "owner__name")) == [
        ("Aquarium", "Tam Technical"),
        ("Reef", "Tam Technical"),
    ]

    bulk_accounts.undo(world.tam.pk, world.at.isoformat(), **stamps(world))
    assert Onboarding.objects.filter(deleted_at=None).count() == 0


def test_a_call_that_is_planned_held_and_deleted_moves_the_status_at_once(world: World) -> None:
    row = begun(world)
    seen = []

    def look() -> None:
        row.refresh_from_db()
        seen.append((row.status, row.first_reach_out))

    moment = stamps(world, "tam")
    call = activities.plan(world.homeworld, {"kind": "call", "subject": "Kick-off", "happened_at": world.at + DAY}, **moment)
    look()
    activities.hold(call, {"happened_at": world.at}, **moment)
    look()
    activities.delete(call, actor=world.tam, at=world.at)
    look()
    activities.log(world.homeworld, {"kind": "email", "subject": "Hello", "happened_at": world.at}, **moment)
    look()
    assert seen == [("scheduled", None), ("in_progress", TODAY), ("not_started", None), ("not_started", None)]
    assert left(world) == {}


def played(world: World, **fields: Any) -> tuple[Onboarding, CallToAction]:
    row = begun(world)
    use = playbooks.apply(world.homeworld, "customer_onboarding", start=TODAY, **stamps(world))
    Onboarding.objects.filter(pk=row.pk).update(playbook_use=use, **fields)
    return row, CallToAction.objects.get(playbook_use=use)


def test_closing_its_play_completes_it_when_all_is_there(world: World) -> None:
    row, cta = played(world, **SURVEY)

    ctas.close(cta, "closed_success", actor=world.tam, at=world.at + 3 * DAY)

    row.refresh_from_db()
    assert (row.status, row.is_open, row.finish_date, row.days_to_onboard, row.closed_at) == (
        "completed",
        False,
        TODAY + 3 * DAY,
        3,
        world.at + 3 * DAY,
    )
    assert Notice.objects.filter(kind="onboarding").count() == 0


@pytest.mark.parametrize("way", ["undo", "reopen"])
def test_work_that_is_open_again_brings_back_the_onboarding_that_ended_with_it(world: World, way: str) -> None:
    row, cta = played(world, **SURVEY)
    was = Onboarding.objects.filter(pk=row.pk).values("status", "is_open", "finish_date", "closed_at", "days_to_onboard").get()
    closed = ctas.close(cta, "closed_success", actor=world.tam, at=world.at + 3 * DAY)
    assert not Onboarding.objects.get(pk=row.pk).is_open

    if way == "undo":
        cascades.undo(closed, actor=world.tam, at=world.at + 4 * DAY)  # type: ignore[arg-type]
    else:
        ctas.reopen(cta, actor=world.tam, at=world.at + 4 * DAY)

    assert Onboarding.objects.filter(pk=row.pk).values(*was).get() == was
    assert left(world, 4) == {}


def test_what_a_person_has_done_with_it_since_stays(world: World) -> None:
    row, cta = played(world, **SURVEY)
    closed = ctas.close(cta, "closed_success", actor=world.tam, at=world.at + 3 * DAY)
    row.refresh_from_db()
    onboardings.change(row, {"finish_date": TODAY + 2 * DAY}, today=TODAY + 3 * DAY, actor=world.tam, at=world.at + 3 * DAY)
    before = entries.content()

    with pytest.raises(Refused, match=f"The onboarding “{row.name}”, which ended with it, was changed since, so nothing"):
        cascades.undo(closed, actor=world.tam, at=world.at + 4 * DAY)  # type: ignore[arg-type]
    row.refresh_from_db()
    assert (entries.content() == before, row.is_open, row.finish_date) == (True, False, TODAY + 2 * DAY)

    ctas.reopen(cta, actor=world.tam, at=world.at + 4 * DAY)
    row.refresh_from_db()
    assert (CallToAction.objects.get(pk=cta.pk).is_open, row.is_open, row.finish_date) == (True, False, TODAY + 2 * DAY)


def test_another_onboarding_that_has_begun_since_keeps_it_from_being_taken_back(world: World) -> None:
    row, cta = played(world, **SURVEY)
    closed = ctas.close(cta, "closed_success", actor=world.tam, at=world.at + 3 * DAY)
    onboardings.create(
        world.homeworld, {"name": "Second"}, cause="upgrade", natural_key="upgrade:9", today=TODAY + 3 * DAY, actor=None, at=world.at + 3 * DAY
    )  # fmt: skip
    before = entries.content()

    with pytest.raises(Refused, match="nothing was taken back"):
        cascades.undo(closed, actor=world.tam, at=world.at + 4 * DAY)  # type: ignore[arg-type]
    assert (entries.content() == before, Onboarding.objects.get(pk=row.pk).is_open) == (True, False)


def test_closing_its_play_asks_the_owner_for_the_rest(world: World) -> None:
    row, cta = played(world, survey_sent=True)

    ctas.close(cta, "closed_success", actor=world.tam, at=world.at + 3 * DAY)

    row.refresh_from_db()
    assert (row.is_open, row.owner) == (True, world.tam)
    (told,) = Notice.objects.filter(kind="onboarding", channel="app")
    assert (told.user, told.body) == (
        world.tam,
        "Its work is done. It still needs whether the survey's results were received and the survey's score.",
    )


def test_closing_it_without_success_completes_nothing(world: World) -> None:
    row, cta = played(world, **SURVEY)

    ctas.close(cta, "closed_not_relevant", actor=world.tam, at=world.at)

    row.refresh_from_db()
    assert (row.is_open, Notice.objects.filter(kind="onboarding").count()) == (True, 0)
