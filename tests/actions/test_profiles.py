"""Values of the profiles: setting, confirming, taking back, undoing; exact rows, refusals that change nothing."""

import json
from datetime import date, timedelta
from typing import Any

import pytest

from tenure.actions import profiles
from tenure.actions.refusals import Refused
from tenure.models import Account, Contact, Event, Opportunity, ProfileProposal, ProfileSheet, ProfileValue
from tenure.queries import handbook
from tenure.queries import profiles as queries
from tests import work
from tests.world import TODAY, World

DAY = timedelta(days=1)


def content() -> list[list[tuple[Any, ...]]]:
    return [list(model.objects.order_by("pk").values_list()) for model in (ProfileValue, ProfileProposal, ProfileSheet, Event)]


def put(world: World, field: str, raw: Any, who: str = "tam", account: Account | None = None, **more: Any) -> ProfileValue:
    given: dict[str, Any] = {"learnt_on": TODAY, "today": TODAY, "at": world.at, **more}
    return profiles.set_value(account or world.homeworld, field, raw, actor=work.fresh(world.people[who]), **given)


def refused(sentence: str, code: str, do: Any, field: str | None = None) -> None:
    before = content()
    with pytest.raises(Refused) as refusal:
        do()
    assert (refusal.value.sentence, refusal.value.code) == (sentence, code)
    assert field is None or refusal.value.field == field
    assert content() == before


def now(world: World) -> dict[str, Any]:
    return {key: row.value for key, row in queries.current(world.homeworld).items()}


def test_a_value_is_kept_with_where_it_comes_from(world: World) -> None:
    row = put(world, "nodes", "12", learnt_on=TODAY - DAY, source="call", note=" With the admin ", confidence="medium")

    row.refresh_from_db()
    assert (row.account, row.field, row.value, row.source, row.source_note) == (world.homeworld, "nodes", 12, "call", "With the admin")  # fmt: skip
    assert (row.confidence, row.learnt_on, row.author, row.recorded_at, row.replaced_at) == ("medium", TODAY - DAY, world.tam, world.at, None)  # fmt: skip
    event = Event.objects.get(noun="profile")
    assert (event.verb, event.object_id, event.account_id, event.actor) == ("profile.set", row.pk, world.homeworld.pk, world.tam)
    after = {"value": "12", "learnt_on": "2026-11-15", "source": "call", "confidence": "medium", "note": "With the admin"}
    assert json.loads(event.body) == {"after": after, "name": "Servers", "field": "nodes"}


def test_another_value_takes_its_place_and_the_old_one_stays_in_the_history(world: World) -> None:
    old, later = put(world, "nodes", "12", learnt_on=TODAY - DAY), world.at + DAY

    new = put(world, "nodes", "14", at=later)

    old.refresh_from_db()
    assert (old.value, old.replaced_at) == (12, later)
    assert [(row.pk, row.value) for row in queries.history(world.homeworld, "nodes")] == [(new.pk, 14), (old.pk, 12)]
    assert now(world) == {"nodes": 14}
    assert list(Event.objects.filter(noun="profile").order_by("pk").values_list("verb", flat=True)) == [
        "profile.set",
        "profile.set",
    ]


def test_the_same_value_again_confirms_it_and_makes_it_fresh(world: World) -> None:
    put(world, "champion", "Ann Lee", learnt_on=date(2026, 3, 1), confidence="low")

    row = put(world, "champion", {"name": "Ann Lee"})

    assert (row.value, row.learnt_on, row.confidence) == ({"name": "Ann Lee"}, TODAY, "high")
    assert ProfileValue.objects.filter(replaced_at=None).count() == 1
    assert Event.objects.filter(noun="profile").last().verb == "profile.confirmed"  # type: ignore[union-attr]


def test_nothing_is_written_where_nothing_is_new(world: World) -> None:
    row = put(world, "nodes", "12")
    before = content()

    assert put(world, "nodes", "12.0") == row
    assert put(world, "nodes", "12", learnt_on=TODAY - DAY, source="crm") == row
    assert content() == before


def test_older_news_does_not_replace_newer_ones(world: World) -> None:
    put(world, "nodes", "12")

    refused(
        "Servers was learnt later, on 2026-11-16. Give a day from then on, or take that back first.", "conflict",
        lambda: put(world, "nodes", "9", learnt_on=TODAY - DAY), "learnt_on",
    )  # fmt: skip


def test_what_is_taken_back_is_not_known_any_more(world: World) -> None:
    put(world, "nodes", "12")

    row = profiles.take_back(
        world.homeworld, "nodes", today=TODAY, actor=work.fresh(world.tam), at=world.at, reason=" A mistake "
    )

    assert (row.value, row.source_note) == (None, "A mistake")
    assert now(world) == {}
    assert [one.value for one in queries.history(world.homeworld, "nodes")] == [None, 12]
    event = Event.objects.filter(verb="profile.taken_back").get()
    assert json.loads(event.body)["before"]["value"] == "12"
    refused(
        "Servers has no value to take back.", "conflict",
        lambda: profiles.take_back(world.homeworld, "nodes", today=TODAY, actor=work.fresh(world.tam), at=world.at),
    )  # fmt: skip
    assert put(world, "nodes", "9", learnt_on=TODAY - DAY).value == 9


def test_undo_brings_back_what_was_before_and_undo_again_what_came_then(world: World) -> None:
    def undo(row: ProfileValue) -> ProfileValue:
        return profiles.undo(row, actor=work.fresh(world.mona), at=world.at)

    first = put(world, "nodes", "12", source="call")
    second = put(world, "nodes", "14")

    third = undo(second)
    assert (third.value, third.source, third.author) == (12, "call", world.tam)
    refused("That has been changed since. Look at it again.", "conflict", lambda: undo(second))
    assert undo(third).value == 14
    back = profiles.take_back(world.homeworld, "nodes", today=TODAY, actor=work.fresh(world.tam), at=world.at)
    assert undo(back).value == 14
    refused("That has been changed since. Look at it again.", "conflict", lambda: undo(first))


def test_undo_of_the_first_value_leaves_none(world: World) -> None:
    row = put(world, "nodes", "12")

    assert profiles.undo(row, actor=work.fresh(world.tam), at=world.at).value is None
    assert now(world) == {}
    again = put(world, "nodes", "7")
    assert profiles.undo(again, actor=work.fresh(world.tam), at=world.at).value is None


REFUSED = [
    ("moon", "x", {}, "The handbook has no field 'moon'. Choose one of its profiles.", "field"),
    ("nodes", "many", {}, "Servers: 'many' is no number. Write digits only, like 1200 or 12.5.", "nodes"),
    ("nodes", "1", {"source": "gossip"}, "Choose where it comes from.", "source"),
    ("nodes", "1", {"confidence": "sure"}, "Choose how sure it is: high, medium, low.", "confidence"),
    ("nodes", "1", {"note": "x" * 301}, "A note has at most 300 characters.", "note"),
    ("nodes", "1", {"learnt_on": TODAY + DAY}, "It was learnt on a day up to today.", "learnt_on"),
    ("business_goals", "x", {"today": date(2020, 1, 1)}, "The handbook of 2020-01-01 has no field 'Business goals'.", "field"),
]  # fmt: skip


@pytest.mark.parametrize(("field", "raw", "more", "sentence", "at"), REFUSED)
def test_what_is_wrong_is_refused(world: World, field: str, raw: str, more: dict[str, Any], sentence: str, at: str) -> None:
    refused(sentence, "invalid", lambda: put(world, field, raw, **more), at)


def test_a_contact_must_be_one_of_the_account(world: World) -> None:
    moments = {"created_at": world.at, "updated_at": world.at}
    own = Contact.objects.create(account=world.homeworld, name="Ann Lee", **moments)
    other = Contact.objects.create(account=world.funland, name="Bo", **moments)

    assert put(world, "champion", {"name": "Ann Lee", "id": own.pk}).value == {"name": "Ann Lee", "id": own.pk}
    refused(
        "Champion: that contact is not one of Homeworld Inc.. Choose one of its contacts.", "invalid",
        lambda: put(world, "champion", {"name": "Bo", "id": other.pk}), "champion",
    )  # fmt: skip


def test_who_may_keep_profiles(world: World) -> None:
    for who in ("tam", "mona", "ari", "ops", "ada"):
        assert put(world, "nodes", str(len(who)), who).value == len(who)
    refused("You may not change the profiles of Homeworld Inc..", "not_allowed", lambda: put(world, "nodes", "99", "exa"))
    refused("You may not change the profiles of Homeworld Inc..", "not_allowed", lambda: put(world, "nodes", "99", "sol"))
    for who in ("tessa", "fin", "olga"):
        refused("There is no such account.", "not_found", lambda who=who: put(world, "nodes", "99", who))
    row = queries.current(world.homeworld)["nodes"]
    refused("There is no such account.", "not_found", lambda: profiles.undo(row, actor=work.fresh(world.olga), at=world.at))


def test_who_answers_for_a_field_goes_by_the_stage_of_the_account(world: World) -> None:
    def keepers() -> tuple[str, ...]:
        return queries.keepers(world.homeworld, "champion", TODAY, handbook.pack())

    Opportunity.objects.filter(account=world.homeworld).delete()
    assert (queries.stage(world.homeworld, TODAY, handbook.pack().profiles), keepers()) == ("", ("account_executive",))
    moments = {"created_at": world.at, "updated_at": world.at}
    Opportunity.objects.create(account=world.homeworld, name="A", stage="scoping", **moments)
    deal = Opportunity.objects.create(account=world.homeworld, name="B", stage="proposal", **moments)
    assert (queries.stage(world.homeworld, TODAY, handbook.pack().profiles), keepers()) == ("proposal", ("account_executive",))
    deal.stage, deal.is_closed, deal.is_won, deal.close_date = "closed_won", True, True, TODAY + DAY
    deal.save()
    assert queries.stage(world.homeworld, TODAY, handbook.pack().profiles) == "scoping"
    assert queries.stage(world.homeworld, TODAY + DAY, handbook.pack().profiles) == "closed_won"
    Opportunity.objects.filter(pk=deal.pk).update(close_date=TODAY)
    assert keepers() == ("tam",)
