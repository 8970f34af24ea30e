"""Steps of the matrix, stages of a customer's life, the decision on a project: what is kept, what is refused, what is taken back."""

from datetime import date, timedelta
from typing import Any

import pytest

from tenure.actions import decisions, engagements, journeys
from tenure.actions.engagements import Confirmed
from tenure.actions.refusals import Refused
from tenure.models import Account, Engagement, Event, JourneyStep, Opportunity, Subscription, User
from tests import work
from tests.world import TODAY, World

DAY = timedelta(days=1)
EVERYTHING = {
    "options_exhausted": Confirmed(), "manager_agrees": Confirmed(), "opportunity_marked": Confirmed(),
}  # fmt: skip


def content() -> list[list[tuple[Any, ...]]]:
    return [list(model.objects.order_by("pk").values_list()) for model in (Engagement, JourneyStep, Event)]


def deal(world: World, account: Account | None = None, **fields: Any) -> Opportunity:
    given = {
        "name": "New business",
        "kind": "new_account",
        "stage": "scoping",
        "created_at": world.at,
        "updated_at": world.at,
        **fields,
    }
    return Opportunity.objects.create(account=account or world.homeworld, **given)


def moment(world: World, who: str = "tam") -> dict[str, Any]:
    return {"today": TODAY, "actor": work.fresh(world.people[who]), "at": world.at}


def refused(sentence: str, code: str, do: Any) -> None:
    before = content()
    with pytest.raises(Refused) as refusal:
        do()
    assert (refusal.value.sentence, refusal.value.code) == (sentence, code)
    assert content() == before


def told() -> tuple[str, int | None]:
    event = Event.objects.order_by("pk").last()
    assert event is not None
    return event.verb, event.account_id


def test_a_step_is_ticked_changed_and_opened_again(world: World) -> None:
    row = deal(world)
    made = journeys.tick(row, "blueprint", "done", on=TODAY - DAY, note=" By mail ", **moment(world))

    assert (made.state, made.on, made.note, made.author) == ("done", TODAY - DAY, "By mail", world.tam)
    assert told() == ("journey.done", world.homeworld.pk)
    events = Event.objects.count()
    assert journeys.tick(row, "blueprint", "done", on=TODAY - DAY, note="By mail", **moment(world)).pk == made.pk
    assert Event.objects.count() == events  # the same once more says nothing new

    journeys.tick(row, "blueprint", "waived", on=TODAY, note="They have their own", **moment(world, "mona"))
    assert JourneyStep.objects.get().author == world.mona
    assert told() == ("journey.waived", world.homeworld.pk)
    journeys.untick(row, "blueprint", **moment(world))
    assert not JourneyStep.objects.exists()
    assert told() == ("journey.reopened", world.homeworld.pk)


def test_what_cannot_be_ticked(world: World) -> None:
    row, far = deal(world), deal(world, world.big_donut)

    def tick(
        step: str = "blueprint", state: str = "done", on: date = TODAY, who: str = "tam", of: Opportunity = row, note: str = ""
    ) -> None:
        journeys.tick(of, step, state, on=on, note=note, **moment(world, who))

    refused("The handbook of 2026-11-16 has no step 'dance'.", "invalid", lambda: tick("dance"))
    refused("Say why, in at most 500 characters.", "invalid", lambda: tick(state="waived"))
    refused("A step is done or not needed.", "invalid", lambda: tick(state="open"))
    refused("It was done on a day up to today.", "invalid", lambda: tick(on=TODAY + DAY))
    refused("Nobody has ticked that step.", "conflict", lambda: journeys.untick(row, "blueprint", **moment(world)))
    refused("There is no such account.", "not_found", lambda: tick(of=far))
    refused("You may not change the journey of Homeworld Inc..", "not_allowed", lambda: tick(who="exa"))
    row.deleted_at = world.at
    row.save()
    refused("There is no such opportunity.", "not_found", tick)


def test_a_prospect_has_no_stage_of_a_customers_life_until_it_has_bought(world: World) -> None:
    account = world.homeworld
    Account.objects.filter(pk=account.pk).update(kind="prospect")
    Subscription.objects.filter(account=account).update(is_trial=True)
    Opportunity.objects.filter(account=account).delete()
    account.refresh_from_db()

    told = "Homeworld Inc. has not bought yet: the stages of a customer's life begin with the sale."
    refused(told, "conflict", lambda: engagements.set_stage(account, "onboarding", since=TODAY, **moment(world)))
    deal(world, account, stage="closed_won", is_won=True, is_closed=True, close_date=TODAY)
    assert engagements.set_stage(account, "onboarding", since=TODAY, **moment(world)) is not None


def test_a_stage_of_life_is_set_and_taken_back(world: World) -> None:
    first = engagements.set_stage(world.homeworld, "onboarding", since=TODAY - DAY, reason="Bought", **moment(world))
    second = engagements.set_stage(world.homeworld, "adoption", since=TODAY, **moment(world))
    row = Engagement.objects.get()
    assert (row.stage, row.stage_since, row.stage_reason) == ("adoption", TODAY, "")
    assert engagements.set_stage(world.homeworld, "adoption", since=TODAY, **moment(world)) is None

    assert second is not None
    assert first is not None
    refused(
        "That has been changed since. Look at it again.",
        "conflict",
        lambda: engagements.undo(first, **moment(world)),
    )
    assert engagements.undo(second, **moment(world)) == world.homeworld
    row.refresh_from_db()
    assert (row.stage, row.stage_since, row.stage_reason) == ("onboarding", TODAY - DAY, "Bought")


def fresh(world: World, who: str = "tam") -> User:
    return work.fresh(world.people[who])


def test_will_churn_asks_for_its_confirmations(world: World) -> None:
    def churn(confirmed: dict[str, Confirmed]) -> int | None:
        return engagements.set_stage(world.homeworld, "will_churn", since=TODAY, confirmed=confirmed, **moment(world))

    refused(
        "Will churn asks for: The manager agrees; The opportunity is marked Will Churn or Will Contract.", "invalid",
        lambda: churn({"options_exhausted": Confirmed()}),
    )  # fmt: skip
    assert churn(EVERYTHING) is not None
    row = Engagement.objects.get()
    assert sorted(row.confirmations) == ["manager_agrees", "opportunity_marked", "options_exhausted"]
    assert row.confirmations["manager_agrees"] == {"by": world.tam.pk, "name": "Tam Technical", "on": "2026-11-16", "link": ""}


def test_the_page_of_2023_also_asks_for_two_addresses(world: World) -> None:
    day, account = date(2023, 6, 1), world.account("Old customer", customer_since=date(2020, 1, 1))

    def churn(**links: str) -> int | None:
        confirmed = {**EVERYTHING, **{key: Confirmed(link) for key, link in links.items()}}
        return engagements.set_stage(
            account, "will_churn", since=day, today=day, actor=fresh(world, "ops"), at=world.at, confirmed=confirmed
        )

    asked = "Will churn asks for: The triage issue is linked and closed (with its address)."
    refused(asked, "invalid", lambda: churn(issue_approved="https://issues.example.com/1", triage_closed=" "))
    wrong = "Give the whole address, with https:// before it."
    for link in ("later", "javascript:alert(1)"):
        refused(wrong, "invalid", lambda link=link: churn(issue_approved="https://issues.example.com/1", triage_closed=link))
    refused(wrong, "invalid", lambda: churn(manager_agrees="javascript:alert(1)"))
    refused(wrong, "invalid", lambda: churn(issue_approved="https://issues.example.com/1", triage_closed="https://a\x00b"))
    links = {"issue_approved": "https://issues.example.com/1", "triage_closed": "https://issues.example.com/2"}
    assert churn(**links) is not None

    assert churn(**links) is None
    assert churn(**links | {"triage_closed": "https://issues.example.com/3"}) is not None
    assert Engagement.objects.get(account=account).confirmations["triage_closed"]["link"] == "https://issues.example.com/3"


def test_what_stage_cannot_be(world: World) -> None:
    def stage(key: str, since: date = TODAY, who: str = "tam", account: Account | None = None) -> None:
        engagements.set_stage(account or world.homeworld, key, since=since, **moment(world, who))

    refused("The handbook of 2026-11-16 has no such stage of a customer's life.", "invalid", lambda: stage("retired"))
    refused(
        "A stage begins on a day up to today, not before the customer was one.", "invalid", lambda: stage("adoption", TODAY + DAY)
    )
    refused("There is no such account.", "not_found", lambda: stage("adoption", account=world.big_donut))
    refused("You may not change the journey of Homeworld Inc..", "not_allowed", lambda: stage("adoption", who="exa"))
    refused("There is no such change.", "not_found", lambda: engagements.undo(999_999, **moment(world)))


def test_a_project_is_decided_on_with_a_reason_where_there_is_to_be_none(world: World) -> None:
    refused(
        "Say why, in at most 500 characters.", "invalid",
        lambda: engagements.decide_project(world.homeworld, False, reason=" ", **moment(world)),
    )  # fmt: skip
    event = engagements.decide_project(world.homeworld, False, reason="Two people, one team", **moment(world))
    row = Engagement.objects.get()
    assert (row.wants_project, row.wants_project_by, row.wants_project_on) == (False, world.tam, TODAY)

    assert event is not None
    engagements.undo(event, **moment(world))
    row.refresh_from_db()
    assert (row.wants_project, row.wants_project_by, row.wants_project_on, row.wants_project_reason) == (None, None, None, "")


def test_no_undo_brings_back_a_decision_that_the_handbook_has_come_to_refuse(world: World) -> None:
    decided = engagements.decide_project(world.homeworld, False, reason="Two people, one team", **moment(world))
    opened = engagements.decide_project(world.homeworld, None, reason="", **moment(world))
    assert decided is not None
    assert opened is not None
    decisions.redecide([world.homeworld.pk], as_of=TODAY, at=world.at, actor=None)

    refused(
        "The handbook requires a customer project for Homeworld Inc.: there is nothing to decide.", "conflict",
        lambda: engagements.undo(opened, **moment(world)),
    )  # fmt: skip


def test_an_undo_that_opens_a_decision_is_never_refused_by_what_the_handbook_requires(world: World) -> None:
    event = engagements.decide_project(world.homeworld, True, reason="", **moment(world))
    assert event is not None
    decisions.redecide([world.homeworld.pk], as_of=TODAY, at=world.at, actor=None)

    engagements.undo(event, **moment(world))

    assert Engagement.objects.get().wants_project is None
