"""Data sheets and proposals: the link and its end, answers, accepting, declining, deciding again; refusals that change nothing."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tenure.actions import profiles, profiles_proposals, profiles_sheets
from tenure.actions.refusals import Refused
from tenure.models import Contact, Event, Opportunity, ProfileProposal, ProfileSheet, ProfileValue
from tenure.queries import profiles as queries
from tests import locks, work
from tests.actions.test_profiles import now, put, refused
from tests.world import TODAY, World

DAY = timedelta(days=1)
GONE = "This link doesn't work any more. Ask for a new one."


def make(world: World, who: str = "tam", fields: tuple[str, ...] = ("version", "nodes", "hosted"), **more: Any) -> tuple[ProfileSheet, str]:  # fmt: skip
    given: dict[str, Any] = {"title": "Before the kick-off", "today": TODAY, "at": world.at, **more}
    return profiles_sheets.make(world.homeworld, fields=fields, actor=work.fresh(world.people[who]), **given)


def answer(world: World, token: str, answers: dict[str, Any], **more: Any) -> list[ProfileProposal]:
    given: dict[str, Any] = {"from_name": "Ann Lee", "today": TODAY, "at": world.at, **more}
    return profiles_sheets.answer(token, answers, **given)


def propose(world: World, raw: Any = "12", field: str = "nodes") -> ProfileProposal:
    return profiles_proposals.propose(world.homeworld, field, raw, from_name="Ann Lee", today=TODAY, actor=None, at=world.at)


def accept(world: World, row: ProfileProposal, who: str = "tam") -> ProfileValue:
    return profiles_proposals.accept(row, today=TODAY, actor=work.fresh(world.people[who]), at=world.at)


def decline(world: World, row: ProfileProposal, reason: str = "Out of date", who: str = "tam") -> None:
    profiles_proposals.decline(row, reason, today=TODAY, actor=work.fresh(world.people[who]), at=world.at)


def test_only_a_digest_of_the_link_is_kept(world: World) -> None:
    sheet, token = make(world, address="ann@example.com")

    sheet.refresh_from_db()
    assert (sheet.fields, sheet.address, sheet.created_by) == (["version", "nodes", "hosted"], "ann@example.com", world.tam)
    assert (sheet.expires_at, sheet.token_digest) == (world.at + 30 * DAY, queries.digest(token))
    assert len(token) == 43
    event = Event.objects.get(noun="profile_sheet")
    assert event.verb == "profile_sheet.made"
    assert token not in event.body
    assert queries.digest(token) not in event.body


def test_a_link_works_until_it_ends(world: World) -> None:
    sheet, token = make(world, days=2)

    assert queries.open_sheet(token, world.at + 2 * DAY - timedelta(seconds=1)) == sheet
    assert queries.open_sheet(token, world.at + 2 * DAY) is None
    assert queries.open_sheet("", world.at) is None
    assert queries.open_sheet(token + "x", world.at) is None
    refused(GONE, "not_found", lambda: answer(world, token, {"nodes": "3"}, at=world.at + 2 * DAY))
    profiles_sheets.revoke(sheet, actor=work.fresh(world.tam), at=world.at)
    refused(GONE, "not_found", lambda: answer(world, token, {"nodes": "3"}))
    refused(GONE, "not_found", lambda: profiles_sheets.mark_opened(token, at=world.at))
    refused(
        "That link has ended already.",
        "conflict",
        lambda: profiles_sheets.revoke(sheet, actor=work.fresh(world.tam), at=world.at),
    )


def test_the_first_opening_is_kept(world: World) -> None:
    _, token = make(world)

    assert profiles_sheets.mark_opened(token, at=world.at).opened_at == world.at
    assert profiles_sheets.mark_opened(token, at=world.at + DAY).opened_at == world.at
    assert Event.objects.filter(verb="profile_sheet.opened").count() == 1


def test_answers_are_proposals_and_change_nothing_yet(world: World) -> None:
    sheet, token = make(world)

    rows = answer(world, token, {"hosted": "no", "nodes": " 3 ", "version": ""}, from_address="ann@example.com")

    assert [(row.field, row.value, row.state, row.sheet) for row in rows] == [("nodes", 3, "pending", sheet), ("hosted", False, "pending", sheet)]  # fmt: skip
    assert {(row.from_name, row.from_address, row.proposed_at) for row in rows} == {("Ann Lee", "ann@example.com", world.at)}
    sheet.refresh_from_db()
    assert sheet.answered_at == world.at
    assert now(world) == {}
    assert queries.pending(world.homeworld) == rows
    refused(GONE, "not_found", lambda: answer(world, token, {"nodes": "4"}))


WRONG = [
    ({"nodes": "3", "why": "x"}, {}, "This data sheet doesn't ask for why."),
    ({"nodes": " "}, {}, "Answer at least one question."),
    ({"version": "16.5", "nodes": "three"}, {}, "Servers: 'three' is no number. Write digits only, like 1200 or 12.5."),
    ({"nodes": "3"}, {"from_name": " "}, "Say whose answer it is, in at most 200 characters."),
    ({"nodes": "3"}, {"from_address": "ann"}, "'ann' is no mail address. Write it like ann@example.com."),
]


@pytest.mark.parametrize(("answers", "more", "sentence"), WRONG)
def test_answers_with_a_fault_are_not_taken_at_all(
    world: World, answers: dict[str, str], more: dict[str, str], sentence: str
) -> None:
    _, token = make(world)

    refused(sentence, "invalid", lambda: answer(world, token, answers, **more))


def test_a_sheet_that_cannot_go_out_is_refused(world: World) -> None:
    stranger = Contact.objects.create(account=world.funland, name="Bo", created_at=world.at, updated_at=world.at)

    refused("Choose at least one field to ask for.", "invalid", lambda: make(world, fields=()))
    refused("The handbook has no field 'moon'. Choose one of its profiles.", "invalid", lambda: make(world, fields=("moon",)))
    refused("Give the data sheet a title of at most 200 characters.", "invalid", lambda: make(world, title=" "))
    refused("Bo is not a contact of Homeworld Inc..", "invalid", lambda: make(world, contact=stranger))
    refused("A link works for 1 to 366 days.", "invalid", lambda: make(world, days=0))
    refused("You may not change the profiles of Homeworld Inc..", "not_allowed", lambda: make(world, "exa"))
    refused("There is no such account.", "not_found", lambda: make(world, "olga"))


def test_an_accepted_proposal_holds_as_the_customer_said_it(world: World) -> None:
    _, token = make(world)
    row = answer(world, token, {"nodes": "3"})[0]

    value = accept(world, row)

    assert (value.value, value.source, value.source_note, value.learnt_on, value.author) == (3, "customer", "From Ann Lee by the data sheet Before the kick-off", TODAY, world.tam)  # fmt: skip
    assert (row.state, row.decided_by, row.decided_at) == ("accepted", world.tam, world.at)
    assert now(world) == {"nodes": 3}
    refused("That has been decided already.", "conflict", lambda: accept(world, row))
    refused("That has been decided already.", "conflict", lambda: decline(world, row))


def test_a_declined_proposal_changes_nothing_and_says_why(world: World) -> None:
    put(world, "nodes", "5")
    row = propose(world)
    refused("Say why, in at most 300 characters.", "invalid", lambda: decline(world, row, " "))

    decline(world, row, " Only the test servers ")

    assert (row.state, row.reason, now(world)) == ("declined", "Only the test servers", {"nodes": 5})
    profiles_proposals.reopen(row, today=TODAY, actor=work.fresh(world.tam), at=world.at)
    assert (row.state, row.reason, row.decided_by, row.decided_at) == ("pending", "", None, None)
    refused(
        "It has not been decided yet.", "conflict",
        lambda: profiles_proposals.reopen(row, today=TODAY, actor=work.fresh(world.tam), at=world.at),
    )  # fmt: skip


def test_accepting_is_undone_with_its_value_unless_that_was_changed_since(world: World) -> None:
    put(world, "nodes", "5", at=world.at - DAY)
    row = propose(world)

    def reopen() -> None:
        profiles_proposals.reopen(row, today=TODAY, actor=work.fresh(world.tam), at=world.at + DAY)

    accept(world, row)
    reopen()
    assert (row.state, now(world)) == ("pending", {"nodes": 5})
    accept(world, row)
    put(world, "nodes", "14", at=world.at + DAY)
    refused("That has been changed since. Look at it again.", "conflict", reopen)


@pytest.mark.only_postgresql
def test_taking_back_what_was_accepted_together_locks_what_rules_decide_before_the_account(world: World) -> None:
    rows = [propose(world, "900", "employees"), propose(world)]
    stamp: dict[str, Any] = {"today": TODAY, "actor": work.fresh(world.tam), "at": world.at}
    assert profiles_proposals.accept_many(rows, **stamp).refused == []

    with CaptureQueriesContext(connection) as done:
        profiles_proposals.reopen_many(world.homeworld, [row.pk for row in rows], accepted_at=world.at, **stamp)

    assert [row.state for row in ProfileProposal.objects.order_by("pk")] == ["pending", "pending"]
    assert locks.taken(done, "account") == ["decisions", "ctas", "onboardings", "account", "events"]


def test_after_the_sale_the_tam_decides_and_before_it_the_seller(world: World) -> None:
    Opportunity.objects.filter(account=world.homeworld).delete()
    row = propose(world, "Ann Lee", "champion")
    world.assign(world.homeworld, world.olga, "account_executive")
    refused("Champion is kept by Olga Outsider, who decides on it.", "not_allowed", lambda: accept(world, row))
    moments = {"created_at": world.at, "updated_at": world.at}
    Opportunity.objects.create(account=world.homeworld, name="B", stage="closed_won", is_closed=True, is_won=True, close_date=TODAY, **moments)  # fmt: skip
    refused("Champion is kept by Tam Technical, who decides on it.", "not_allowed", lambda: accept(world, row, "ari"))

    accept(world, row)

    assert now(world) == {"champion": {"name": "Ann Lee"}}
    decline(world, propose(world, "Bo", "champion"), who="mona")
    refused("There is no such proposal.", "not_found", lambda: accept(world, row, "tessa"))


def test_newer_knowledge_is_not_overwritten_by_an_old_answer(world: World) -> None:
    row = propose(world)
    ProfileProposal.objects.filter(pk=row.pk).update(proposed_at=world.at - 3 * DAY)
    put(world, "nodes", "5")

    with pytest.raises(Refused) as refusal:
        accept(world, row)

    assert refusal.value.code == "conflict"
    row.refresh_from_db()
    assert (row.state, now(world)) == ("pending", {"nodes": 5})
    assert profiles.take_back(world.homeworld, "nodes", today=TODAY, actor=None, at=world.at).value is None
    assert accept(world, row).learnt_on == TODAY - 3 * DAY
