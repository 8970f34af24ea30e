"""Onboardings: making one, keeping it true, completing it, taking back; the days that it took follow."""

import json
from datetime import date, timedelta
from typing import Any

import pytest

from tenure.actions import engagements, onboardings
from tenure.actions.onboardings_fields import Incomplete
from tenure.actions.refusals import Refused
from tenure.models import Assignment, Engagement, Event, Onboarding, OnboardingMilestone, Opportunity, User
from tenure.queries import onboardings as queries
from tests.world import TODAY, World

SURVEY = {"survey_sent": True, "survey_received": False, "survey_score": 4}


def day(n: int) -> date:
    """n days before today."""
    return TODAY - timedelta(days=n)


def moment(world: World, actor: User | None = None) -> dict[str, Any]:
    return {"today": world.today, "actor": actor or world.tam, "at": world.at}


def run(world: World) -> dict[str, Any]:
    return {"today": world.today, "actor": None, "at": world.at}


def given(world: World, **fields: Any) -> dict[str, Any]:
    return {"name": "Homeworld 2026", "owner": world.tam, "purchase_date": day(30), "start_date": day(20), "greenfield": True,
            "contract_date": day(40), **fields}  # fmt: skip


def begun(world: World, **fields: Any) -> Onboarding:
    return onboardings.create(world.homeworld, given(world, **fields), **moment(world))


def taken(row: Onboarding) -> tuple[int | None, int | None, int | None, str]:
    return row.days_to_engage, row.days_to_value, row.days_to_onboard, row.track


def kept() -> tuple[list[dict[str, Any]], int, int]:
    """Everything that a refusal must leave alone."""
    return list(Onboarding.objects.order_by("pk").values()), OnboardingMilestone.objects.count(), Event.objects.count()


def body(row: Onboarding, verb: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(Event.objects.filter(object_id=row.pk, verb=f"onboarding.{verb}").latest("id").body)
    return found


def test_one_by_hand_is_kept_by_the_edition_of_the_day_with_the_team_copied(world: World) -> None:
    row = begun(world)

    row.refresh_from_db()
    assert (row.status, row.is_open, row.cause, row.edition, row.natural_key) == (
        "not_started",
        True,
        "person",
        date(2023, 3, 29),
        None,
    )
    assert row.team == {
        "tam": {"id": world.tam.pk, "name": "Tam Technical"},
        "account_manager": {"id": world.ari.pk, "name": "Ari Account"},
    }
    assert (row.contract_date, row.owner, row.created_by, row.greenfield) == (day(40), world.tam, world.tam, True)
    assert taken(row) == (None, None, None, "behind")  # the goals of 14 and 30 days have passed
    event = Event.objects.get(noun="onboarding")
    assert (event.verb, event.object_id, event.account_id) == ("onboarding.created", row.pk, world.homeworld.pk)
    assert body(row, "created")["after"] == {
        "name": "Homeworld 2026", "owner": "Tam Technical", "purchase_date": day(30).isoformat(), "start_date": day(20).isoformat(),
        "greenfield": True, "contract_date": day(40).isoformat(), "status": "not_started", "cause": "person",
    }  # fmt: skip
    Assignment.objects.filter(role="tam").update(user=world.tessa)
    row.refresh_from_db()
    assert row.team["tam"]["name"] == "Tam Technical"


def test_what_is_not_given_comes_from_the_opportunity_and_the_account(world: World) -> None:
    deal = Opportunity.objects.create(
        account=world.homeworld, name="Deal", close_date=day(9), created_at=world.at, updated_at=world.at
    )
    fields = given(world, opportunity=deal)
    del fields["purchase_date"], fields["contract_date"]

    row = onboardings.create(world.homeworld, fields, **moment(world))
    assert (row.purchase_date, row.contract_date) == (day(9), day(400))


def test_by_hand_all_six_are_needed(world: World) -> None:
    before = kept()
    with pytest.raises(Incomplete) as refused:
        onboardings.create(world.homeworld, {"name": "X"}, **moment(world))

    assert refused.value.missing == ("owner", "purchase_date", "start_date", "greenfield")
    assert refused.value.sentence == (
        "An onboarding that is made by hand needs the owner, the purchase date, the start and whether it is greenfield."
    )
    assert kept() == before


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "no name": ({"name": " "}, "name"),
    "a long name": ({"name": "x" * 301}, "name"),
    "a strange field": ({"track": "stuck"}, "track"),
    "a strange gem": ({"gemstone": "Bronze"}, "gemstone"),
    "a score of 6": ({"survey_score": 6}, "survey_score"),
    "a score of 0": ({"survey_score": 0}, "survey_score"),
    "a score that is yes": ({"survey_score": True}, "survey_score"),
    "tomorrow": ({"first_value": TODAY + timedelta(days=1)}, "first_value"),
    "a far start": ({"start_date": TODAY + timedelta(days=367)}, "start_date"),
    "long ago": ({"purchase_date": date(1999, 12, 31)}, "purchase_date"),
    "no link": ({"success_plan_url": "javascript:alert(1)"}, "success_plan_url"),
    "perhaps": ({"greenfield": "perhaps"}, "greenfield"),
    "a finish while open": ({"finish_date": TODAY}, "finish_date"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_is_refused_when_made_and_when_changed(name: str, world: World) -> None:
    fields, field = REFUSED[name]
    with pytest.raises(Refused) as refused:
        onboardings.create(world.homeworld, given(world, **fields), **moment(world))
    assert (refused.value.code, refused.value.field, Onboarding.objects.count()) == ("invalid", field, 0)

    row = begun(world)
    before = kept()
    with pytest.raises(Refused) as refused:
        onboardings.change(row, fields, **moment(world))
    assert (refused.value.code, refused.value.field) == ("invalid", field)
    assert kept() == before


def test_an_owner_must_work_there_and_an_opportunity_be_of_the_account(world: World) -> None:
    row = begun(world)
    deal = Opportunity.objects.create(account=world.funland, name="Other", created_at=world.at, updated_at=world.at)
    before = kept()
    for fields, sentence in (
        ({"owner": world.tessa}, "Tessa Technical doesn't work on Homeworld Inc."),
        ({"owner": world.fin}, "Fin Finance doesn't work on Homeworld Inc."),
        ({"opportunity": deal}, "That opportunity is not one of Homeworld Inc.."),
    ):
        with pytest.raises(Refused, match=sentence):
            onboardings.change(row, fields, **moment(world))
    assert kept() == before


@pytest.mark.parametrize(
    ("who", "code"),
    [("olga", "not_found"), ("tessa", "not_found"), ("fin", "not_found"), ("sol", "not_allowed"), ("exa", "not_allowed")],
)
def test_who_may_not_changes_nothing(who: str, code: str, world: World) -> None:
    row = begun(world)
    actor, at = world.people[who], {"actor": world.people[who], "at": world.at}
    before = kept()
    for attempt in (
        lambda: onboardings.create(world.homeworld, given(world), **moment(world, actor)),
        lambda: onboardings.change(row, {"notes": "x"}, **moment(world, actor)),
        lambda: onboardings.set_status(row, "scheduled", **moment(world, actor)),
        lambda: onboardings.complete(row, SURVEY, **moment(world, actor)),
        lambda: onboardings.milestone(row, "ci_25", TODAY, **moment(world, actor)),
        lambda: onboardings.delete(row, **at),
    ):
        with pytest.raises(Refused) as refused:
            attempt()
        assert refused.value.code == code
    assert kept() == before


def test_who_sees_the_account_sees_its_onboardings(world: World) -> None:
    row = begun(world)
    seen = {who for who, user in world.people.items() if queries.seen(user).filter(pk=row.pk).exists()}

    assert seen == {"mona", "tam", "ari", "sol", "ops", "ada", "exa"}
    onboardings.delete(row, actor=world.tam, at=world.at)
    assert not queries.seen(world.ada).exists()


def test_an_account_has_one_open_onboarding_and_further_causes_are_noted_on_it(world: World) -> None:
    row = onboardings.create(world.homeworld, {"name": "Won"}, cause="closed_won", natural_key="closed_won:7", **run(world))
    with pytest.raises(Refused, match="has an open onboarding: Won") as refused:
        begun(world)
    assert refused.value.code == "conflict"

    for _ in range(2):
        again = onboardings.create(world.homeworld, {"name": "TAM"}, cause="tam_filled", natural_key="tam:1:9", **run(world))
        assert again.pk == row.pk
    onboardings.create(world.homeworld, {"name": "Won"}, cause="closed_won", natural_key="closed_won:7", **run(world))
    row.refresh_from_db()
    assert row.because == {"also": [{"cause": "tam_filled", "key": "tam:1:9", "on": "2026-11-16"}]}
    assert list(Event.objects.order_by("id").values_list("verb", flat=True)) == [
        "onboarding.created", "engagement.stage", "onboarding.joined",
    ]  # fmt: skip
    assert Onboarding.objects.count() == 1
    assert row.edited == []


def test_a_natural_key_makes_one_only_once(world: World) -> None:
    row = onboardings.create(world.homeworld, {"name": "Won"}, cause="closed_won", natural_key="closed_won:7", **run(world))
    onboardings.complete(row, SURVEY, **moment(world))
    before = kept()

    again = onboardings.create(world.homeworld, {"name": "Won"}, cause="closed_won", natural_key="closed_won:7", **run(world))
    assert (again.pk, kept()) == (row.pk, before)


def test_a_cause_that_the_handbook_of_the_day_does_not_know_begins_nothing(world: World) -> None:
    early = {"today": date(2019, 6, 1), "actor": None, "at": world.at}
    with pytest.raises(Refused, match="begins no such onboarding"):
        onboardings.create(world.homeworld, {"name": "Gem"}, cause="gem_change", natural_key="gem:1", **early)
    with pytest.raises(Refused, match="begins no such onboarding"):
        onboardings.create(world.homeworld, {"name": "X"}, cause="whim", **run(world))
    assert kept() == ([], 0, 0)


def test_days_follow_each_change_and_a_change_can_be_taken_back(world: World) -> None:
    row = begun(world)
    done = onboardings.change(row, {"first_reach_out": day(9), "first_value": day(5)}, **moment(world))

    assert taken(row) == (11, 35, None, "on_track")
    assert (row.first_value_by, done.clashes) == ("person", [])
    assert body(row, "updated")["after"] == {"first_reach_out": day(9).isoformat(), "first_value": day(5).isoformat()}
    assert onboardings.change(row, {"first_value": day(5)}, **moment(world)).event is None
    onboardings.change(row, {"first_reach_out": day(25)}, **moment(world))
    assert taken(row) == (0, 35, None, "on_track")

    before = kept()
    assert done.event is not None
    with pytest.raises(Refused, match="It has been changed since"):
        onboardings.undo(row, done.event, **moment(world))
    assert kept() == before
    onboardings.change(row, {"first_reach_out": day(9), "notes": "Later"}, **moment(world))
    onboardings.undo(row, done.event, **moment(world))
    assert (row.first_reach_out, row.first_value, row.first_value_by, row.notes) == (None, None, "", "Later")
    assert taken(row) == (None, None, None, "behind")


def test_what_somebody_else_changed_is_asked_and_the_rest_is_saved(world: World) -> None:
    row = begun(world)
    onboardings.change(row, {"notes": "Mona's"}, **moment(world, world.mona))

    done = onboardings.change(
        row, {"notes": "Tam's", "challenges": "Firewall"}, seen={"notes": "", "challenges": ""}, **moment(world)
    )
    assert [(clash.name, clash.theirs, clash.seen, clash.mine) for clash in done.clashes] == [("notes", "Mona's", "", "Tam's")]
    assert (row.notes, row.challenges) == ("Mona's", "Firewall")


def test_completing_names_what_is_missing_and_changes_nothing(world: World) -> None:
    row = begun(world)
    before = kept()
    for attempt in (
        lambda: onboardings.complete(row, {"survey_sent": False}, **moment(world)),
        lambda: onboardings.set_status(row, "completed", **moment(world)),
    ):
        with pytest.raises(Incomplete) as refused:
            attempt()
    assert refused.value.missing == ("survey_sent", "survey_received", "survey_score")
    with pytest.raises(Incomplete) as refused:
        onboardings.complete(row, {"survey_sent": False}, **moment(world))
    assert refused.value.sentence == "Completed asks for whether the survey's results were received and the survey's score."
    with pytest.raises(Refused, match="It can't finish before it starts"):
        onboardings.complete(row, {**SURVEY, "finish_date": day(21)}, **moment(world))
    assert kept() == before


def test_completing_keeps_the_days_and_can_be_taken_back_or_opened_again(world: World) -> None:
    row = begun(world)
    done = onboardings.complete(row, {**SURVEY, "finish_date": day(2)}, **moment(world))

    assert (row.status, row.is_open, row.closed_at, row.finish_date, taken(row)) == (
        "completed",
        False,
        world.at,
        day(2),
        (None, None, 18, ""),
    )
    with pytest.raises(Refused, match="That has been done already"):
        onboardings.complete(row, SURVEY, **moment(world))
    with pytest.raises(Incomplete, match="Completed asks for the survey's score"):
        onboardings.change(row, {"survey_score": None}, **moment(world))
    with pytest.raises(Incomplete, match="An onboarding that is over needs the finish"):
        onboardings.change(row, {"finish_date": None}, **moment(world))

    assert done.event is not None
    onboardings.undo(row, done.event, **moment(world))
    assert (row.status, row.is_open, row.closed_at, row.finish_date, row.survey_score) == ("not_started", True, None, None, None)
    assert taken(row) == (None, None, None, "behind")
    onboardings.complete(row, SURVEY, **moment(world))
    assert (row.finish_date, row.days_to_onboard) == (TODAY, 20)
    onboardings.set_status(row, "on_hold", **moment(world))
    assert (row.status, row.is_open, row.finish_date, row.closed_at, row.days_to_onboard, row.survey_score) == (
        "on_hold",
        True,
        None,
        None,
        None,
        4,
    )


def test_one_that_is_over_is_not_opened_beside_another(world: World) -> None:
    first = begun(world)
    done = onboardings.complete(first, SURVEY, **moment(world))
    second = begun(world, name="Second")
    before = kept()
    assert done.event is not None
    for attempt in (
        lambda: onboardings.set_status(first, "in_progress", **moment(world)),
        lambda: onboardings.undo(first, done.event or 0, **moment(world)),
    ):
        with pytest.raises(Refused, match="has another open onboarding") as refused:
            attempt()
        assert refused.value.code == "conflict"
    assert kept() == before

    onboardings.delete(second, actor=world.tam, at=world.at)
    onboardings.undo(first, done.event, **moment(world))
    with pytest.raises(Refused, match="another open"):
        onboardings.restore(second, actor=world.tam, at=world.at)


def test_a_status_is_one_of_the_edition(world: World) -> None:
    row = begun(world)
    onboardings.set_status(row, "in_progress", **moment(world))
    assert (row.status, body(row, "status")["before"], body(row, "status")["after"]) == (
        "in_progress", {"status": "not_started"}, {"status": "in_progress"},
    )  # fmt: skip
    assert onboardings.set_status(row, "in_progress", **moment(world)).event is None
    Onboarding.objects.update(edition=date(2018, 6, 1))
    before = kept()
    with pytest.raises(Refused, match="Choose a status of the handbook"):
        onboardings.set_status(row, "on_hold", **moment(world))
    assert kept() == before


def test_for_a_customer_of_old_the_day_of_the_tam_is_first_value(world: World) -> None:
    fields = {"name": "TAM", "start_date": day(20), "contract_date": day(391)}
    row = onboardings.create(world.homeworld, fields, cause="tam_filled", natural_key="tam:1", **run(world))

    assert row.days_to_value == 91  # Tam since 300 days ago
    onboardings.change(
        row, {"contract_date": day(390)}, **moment(world)
    )  # 90 days: a new customer, whose first value isn't known
    assert row.days_to_value is None


def test_deleting_and_bringing_back(world: World) -> None:
    row = begun(world)
    onboardings.delete(row, actor=world.tam, at=world.at)
    assert row.deleted_at == world.at
    before = kept()
    for attempt in (
        lambda: onboardings.delete(row, actor=world.tam, at=world.at),
        lambda: onboardings.change(row, {"notes": "x"}, **moment(world)),
    ):
        with pytest.raises(Refused) as refused:
            attempt()
        assert refused.value.code == "conflict"
    assert kept() == before
    onboardings.restore(row, actor=world.tam, at=world.at)
    assert (row.deleted_at, Event.objects.latest("id").verb) == (None, "onboarding.restored")


def test_only_its_own_event_can_be_taken_back(world: World) -> None:
    row = begun(world)
    before = kept()
    for event in (0, Event.objects.get(noun="onboarding").pk):
        with pytest.raises(Refused, match="nothing to take back"):
            onboardings.undo(row, event, **moment(world))
    assert kept() == before


def test_the_stage_of_the_customers_life_follows_and_comes_back(world: World) -> None:
    def stage() -> tuple[str, date | None, str]:
        found = Engagement.objects.get(account=world.homeworld)
        return found.stage, found.stage_since, found.stage_reason

    row = begun(world)
    assert stage() == ("onboarding", TODAY, "The onboarding began")
    done = onboardings.complete(row, SURVEY, **moment(world))
    assert stage() == ("adoption", TODAY, "The onboarding is completed")
    assert done.event is not None
    onboardings.undo(row, done.event, **moment(world))
    assert stage() == ("onboarding", TODAY, "The onboarding began")

    engagements.set_stage(world.homeworld, "optimize", since=TODAY, **moment(world))
    onboardings.complete(row, SURVEY, **moment(world))
    assert stage()[0] == "optimize"  # later than adoption: it stays
