"""Adding, changing, snoozing, closing CTAs: exact values, and refusals that leave everything as it was."""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from tenure.actions import cascades, ctas, tasks
from tenure.actions.ctas import Link
from tenure.actions.refusals import Refused
from tenure.models import CallToAction, Event, Notice
from tenure.queries import events
from tests import work
from tests.world import TODAY, World

DAY = timedelta(days=1)


def create(world: World, **fields: Any) -> CallToAction:
    given: dict[str, Any] = {
        "account": world.homeworld, "type": "risk", "title": "Low licence use", "actor": world.mona, "today": world.today, "at": world.at,
        **fields,
    }  # fmt: skip
    return ctas.create(given.pop("account"), **given)


def test_a_cta_is_added_with_an_event_and_its_owner_is_told(world: World) -> None:
    made = create(world, reason="Low licence use", owner=world.tam, due_date=date(2026, 11, 20), priority=1, note="Call Carol")

    assert (made.status, made.is_open, made.origin, made.created_by, made.edited) == ("new", True, "person", world.mona, [])
    assert (made.owner, made.due_date, made.priority, made.created_at) == (world.tam, date(2026, 11, 20), 1, world.at)
    event = Event.objects.get(verb="cta.created")
    assert (event.object_id, event.account_id, event.actor) == (made.pk, world.homeworld.pk, world.mona)
    assert json.loads(event.body)["after"] == {
        "type": "risk", "reason": "Low licence use", "title": "Low licence use", "owner_id": world.tam.pk, "due_date": "2026-11-20", "priority": 1,
    }  # fmt: skip
    notice = Notice.objects.filter(channel="app").get()
    assert (notice.user, notice.kind, notice.title) == (world.tam, "cta", "Low licence use: Homeworld Inc.")
    assert (notice.body, notice.url) == ("By Mona Manager, it is yours", f"/ctas/{made.pk}/")


def test_who_takes_work_for_oneself_is_not_told(world: World) -> None:
    create(world, owner=world.tam, actor=world.tam)

    assert Notice.objects.filter(channel="app").count() == 0


def test_a_cta_knows_what_it_is_about(world: World) -> None:
    carol = world.homeworld.contacts.get(name__startswith="Carol")
    made = create(world, links=[Link("contact", carol.pk), Link("url", url="https://issues.example/7", title="Issue 7")])

    assert list(made.links.order_by("pk").values_list("noun", "object_id", "title", "url")) == [
        ("contact", carol.pk, "Carol of Homeworld Inc.", ""), ("url", None, "Issue 7", "https://issues.example/7"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"type": "party"}, "Choose a type."),
        ({"title": "  "}, "A CTA has a title."),
        ({"title": "x" * 301}, "The title has more than 300 characters."),
        ({"title": "a\x00b"}, "The title holds a character that can't be kept."),
        ({"reason": "Because"}, "'Because' is not a reason of Risk."),
        ({"priority": 4}, "The priority is 1, 2 or 3."),
        ({"due_date": date(1926, 11, 16)}, "1926-11-16 is not a day to plan for."),
        ({"links": [Link("url", url="javascript:alert(1)")]}, "An address begins with https:// and has at most 500 characters."),
        ({"links": [Link("contact", 999_999)]}, "There is nothing of that kind on this account."),
        ({"links": [Link("salary", 1)]}, "There is nothing of that kind on this account."),
    ],
)
def test_what_makes_no_sense_is_refused(world: World, fields: dict[str, Any], sentence: str) -> None:
    before = work.content()

    with pytest.raises(Refused) as refusal:
        create(world, **fields)

    assert refusal.value.sentence == sentence
    assert work.content() == before


@pytest.mark.parametrize(
    ("who", "account", "sentence", "code"),
    [
        ("olga", "homeworld", "There is no such account.", "not_found"),
        ("tessa", "homeworld", "There is no such account.", "not_found"),
        ("tam", "beach_city", "You may not add CTAs to Beach City Corp..", "not_allowed"),
        ("mona", "big_donut", "There is no such account.", "not_found"),
        ("exa", "homeworld", "You may not add CTAs to Homeworld Inc..", "not_allowed"),
    ],
)
def test_who_may_not_adds_nothing(world: World, who: str, account: str, sentence: str, code: str) -> None:
    before = work.content()

    with pytest.raises(Refused) as refusal:
        create(world, actor=work.fresh(world.people[who]), account=world.accounts[account])

    assert (refusal.value.sentence, refusal.value.code) == (sentence, code)
    assert work.content() == before


@pytest.mark.parametrize(
    ("owner", "sentence"),
    [
        ("tessa", "Tessa Technical doesn't see Homeworld Inc.. Put them on its team first."),
        ("exa", "Exa Executive has no right to work on CTAs."),
        ("olga", "Olga Outsider has no right to work on CTAs."),
    ],
)
def test_an_owner_must_be_able_to_work_on_it(world: World, owner: str, sentence: str) -> None:
    before = work.content()

    with pytest.raises(Refused) as refusal:
        create(world, owner=world.people[owner])

    assert refusal.value.sentence == sentence
    assert work.content() == before


def test_one_without_the_right_to_assign_gives_work_to_oneself_only(world: World) -> None:
    world.assign(world.homeworld, world.sol, "solutions_architect")
    mine = create(world, actor=world.sol, owner=world.sol)

    with pytest.raises(Refused) as refusal:
        create(world, actor=world.sol, owner=world.tam)

    assert refusal.value.code == "not_allowed"
    assert list(CallToAction.objects.all()) == [mine]


def test_a_change_marks_what_a_person_set(world: World) -> None:
    row = work.cta(world)

    kept = ctas.update(row, {"title": "Onboard Homeworld", "priority": 1, "note": ""}, today=TODAY, actor=world.tam, at=world.at)

    assert kept is not None
    assert (row.title, row.priority, row.edited) == ("Onboard Homeworld", 1, ["priority", "title"])
    body = json.loads(Event.objects.get(verb="cta.updated").body)
    assert body["before"] == {"title": "Onboard", "priority": 2}
    assert body["after"] == {"title": "Onboard Homeworld", "priority": 1}


def test_a_change_of_nothing_leaves_nothing(world: World) -> None:
    row = work.cta(world)
    before = work.content()

    assert ctas.update(row, {"title": " Onboard ", "owner": world.tam}, today=TODAY, actor=world.tam, at=world.at) is None
    assert work.content() == before


def test_a_run_leaves_alone_what_a_person_set(world: World) -> None:
    row = work.cta(world)
    ctas.update(row, {"due_date": date(2026, 12, 1)}, today=TODAY, actor=world.tam, at=world.at)

    ctas.update(row, {"due_date": date(2026, 11, 25), "title": "Onboard by rule"}, today=TODAY, actor=None, at=world.at)

    assert (row.due_date, row.title, row.edited) == (date(2026, 12, 1), "Onboard by rule", ["due_date"])


def test_a_new_owner_is_told_once_a_day(world: World) -> None:
    row = work.cta(world, owner=None)

    for owner in (world.tam, world.mona, world.tam):
        ctas.update(row, {"owner": owner}, today=TODAY, actor=world.mona, at=world.at)

    assert [(one.user, one.natural_key) for one in Notice.objects.filter(channel="app")] == [
        (world.tam, f"app:{world.tam.pk}:cta.assigned:cta:{row.pk}:2026-11-16")
    ]


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"status": "closed_success"}, "'closed_success' is not an open status of Lifecycle."),
        ({"status": "dancing"}, "'dancing' is not an open status of Lifecycle."),
        ({"reason": "Low licence use"}, "'Low licence use' is not a reason of Lifecycle."),
        ({"natural_key": "mine"}, "A CTA has no natural_key."),
        ({"is_open": False}, "A CTA has no is_open."),
    ],
)
def test_a_wrong_change_is_refused(world: World, fields: dict[str, Any], sentence: str) -> None:
    row = work.cta(world)
    before = work.content()

    with pytest.raises(Refused) as refusal:
        ctas.update(row, fields, today=TODAY, actor=world.tam, at=world.at)

    assert refusal.value.sentence == sentence
    assert work.content() == before


@pytest.mark.parametrize(
    ("who", "code"),
    [("tessa", "not_found"), ("olga", "not_found"), ("sol", "not_allowed"), ("exa", "not_allowed"), ("fin", "not_found")],
)
def test_who_may_not_changes_nothing(world: World, who: str, code: str) -> None:
    row = work.cta(world)
    actor = work.fresh(world.people[who])
    tries = [
        lambda: ctas.update(row, {"title": "Mine now"}, today=TODAY, actor=actor, at=world.at),
        lambda: ctas.close(row, "closed_success", actor=actor, at=world.at),
        lambda: ctas.snooze(row, TODAY + 9 * DAY, "Holidays", today=TODAY, actor=actor, at=world.at),
        lambda: ctas.wake(row, today=TODAY, actor=actor, at=world.at),
        lambda: ctas.reopen(row, actor=actor, at=world.at),
        lambda: ctas.link(row, Link("url", url="https://a.example"), actor=actor, at=world.at),
    ]
    before = work.content()

    for attempt in tries:
        with pytest.raises(Refused) as refusal:
            attempt()
        assert refusal.value.code == code
    assert work.content() == before


def test_an_owner_works_on_what_is_theirs_in_an_account_of_another(world: World) -> None:
    row = work.cta(world, owner=world.sol)

    ctas.update(row, {"title": "Draw the design"}, today=TODAY, actor=work.fresh(world.sol), at=world.at)

    assert row.title == "Draw the design"


def test_a_snooze_has_a_day_and_a_reason(world: World) -> None:
    row = work.cta(world)

    ctas.snooze(row, date(2026, 12, 1), " Customer is on holiday ", today=TODAY, actor=world.tam, at=world.at)

    assert (row.snoozed_until, row.snooze_reason, row.is_open) == (date(2026, 12, 1), "Customer is on holiday", True)
    assert (row.is_snoozed(date(2026, 11, 30)), row.is_snoozed(date(2026, 12, 1))) == (True, False)
    ctas.wake(row, today=TODAY, actor=world.tam, at=world.at)
    assert (row.snoozed_until, row.snooze_reason) == (None, "")
    assert work.verbs() == ["cta.raised", "cta.snoozed", "cta.woken"]


@pytest.mark.parametrize(
    ("until", "reason", "sentence"),
    [
        (TODAY, "Later", "A snooze ends on a day to come."),
        (TODAY - DAY, "Later", "A snooze ends on a day to come."),
        (TODAY + 367 * DAY, "Later", "A snooze lasts a year at most. Close the CTA instead."),
        (TODAY + DAY, "  ", "Say why it can wait."),
        (TODAY + DAY, "x" * 301, "The reason has at most 300 characters."),
    ],
)
def test_a_snooze_without_sense_is_refused(world: World, until: date, reason: str, sentence: str) -> None:
    row = work.cta(world)
    before = work.content()

    with pytest.raises(Refused) as refusal:
        ctas.snooze(row, until, reason, today=TODAY, actor=world.tam, at=world.at)

    assert refusal.value.sentence == sentence
    assert work.content() == before


def test_closing_skips_what_is_open_and_opening_again_brings_it_back(world: World) -> None:
    row = work.cta(world)
    first, second = (work.task(world, row, title) for title in ("Welcome", "Kick-off"))
    tasks.done(first, actor=world.tam, at=world.at)

    ctas.close(row, "closed_lack_of_engagement", note="No answer", actor=world.tam, at=world.at)

    second.refresh_from_db()
    assert (row.status, row.is_open, row.closed_by, row.closed_at) == ("closed_lack_of_engagement", False, world.tam, world.at)
    assert (row.outcome_note, row.tasks_open, row.tasks_done, second.status) == ("No answer", 0, 1, "skipped")

    ctas.reopen(row, actor=world.tam, at=world.at + timedelta(hours=1))

    second.refresh_from_db()
    assert (row.status, row.is_open, row.closed_at, row.outcome_note) == ("new", True, None, "")
    assert (row.tasks_open, row.tasks_done, second.status, second.done_at) == (1, 1, "open", None)
    assert work.verbs()[-4:] == ["cta.closed", "task.skipped", "cta.reopened", "task.reopened"]


@pytest.mark.parametrize("outcome", ["in_progress", "lost_lack_of_budget", "won"])
def test_an_outcome_must_be_one_of_the_type(world: World, outcome: str) -> None:
    row = work.cta(world)
    before = work.content()

    with pytest.raises(Refused) as refusal:
        ctas.close(row, outcome, actor=world.tam, at=world.at)

    assert refusal.value.sentence == f"'{outcome}' is not an outcome of Lifecycle."
    assert work.content() == before


def test_an_objective_has_outcomes_of_its_own(world: World) -> None:
    row = work.cta(world, type="objective")

    ctas.close(row, "lost_lack_of_budget", actor=world.tam, at=world.at)

    assert row.status == "lost_lack_of_budget"


def test_what_is_put_off_comes_back_as_a_reminder(world: World) -> None:
    row = work.cta(world, type="objective", reason="Success plan", note="SAST everywhere", priority=1)

    ctas.close(row, "lost_deferred", actor=world.mona, at=world.at, remind_on=date(2027, 2, 1))

    again = CallToAction.objects.get(is_open=True)
    assert (again.title, again.type, again.reason, again.note, again.priority, again.owner) == (
        row.title, "objective", "Success plan", "SAST everywhere", 1, world.tam,
    )  # fmt: skip
    assert (again.due_date, again.created_by, again.because) == (
        date(2027, 2, 1),
        world.mona,
        {"reminder_of": f"CTA {row.pk}, closed on 2026-11-16"},
    )


def test_a_reminder_says_the_companys_day_on_which_it_was_closed(world: World, settings: Any) -> None:
    settings.TIME_ZONE = "Australia/Sydney"
    row = work.cta(world, type="objective", reason="Success plan")

    ctas.close(row, "lost_deferred", actor=world.mona, at=datetime(2026, 11, 16, 20, tzinfo=UTC), remind_on=date(2027, 2, 1))

    again = CallToAction.objects.get(is_open=True)
    assert again.because == {"reminder_of": f"CTA {row.pk}, closed on 2026-11-17"}


@pytest.mark.parametrize("day", [TODAY, date(1999, 1, 1)])
def test_a_reminder_in_the_past_closes_nothing(world: World, day: date) -> None:
    row = work.cta(world)
    before = work.content()

    with pytest.raises(Refused):
        ctas.close(row, "closed_success", actor=world.tam, at=world.at, remind_on=day)
    assert work.content() == before


def test_a_closed_cta_takes_nothing_more(world: World) -> None:
    row = work.cta(world)
    ctas.close(row, "closed_success", actor=world.tam, at=world.at)
    before = work.content()

    for attempt in (
        lambda: ctas.close(row, "closed_success", actor=world.tam, at=world.at),
        lambda: ctas.update(row, {"title": "More"}, today=TODAY, actor=world.tam, at=world.at),
        lambda: ctas.snooze(row, TODAY + DAY, "Later", today=TODAY, actor=world.tam, at=world.at),
    ):
        with pytest.raises(Refused) as refusal:
            attempt()
        assert refusal.value.sentence == "This CTA is closed. Reopen it first."
    assert work.content() == before


def test_a_link_is_kept_once_and_goes_with_an_event(world: World) -> None:
    row = work.cta(world)
    made = ctas.link(row, Link("url", url="https://docs.example/plan"), actor=world.tam, at=world.at)

    assert made.title == "docs.example"
    with pytest.raises(Refused, match="It is linked already"):
        ctas.link(row, Link("url", url="https://docs.example/plan"), actor=world.tam, at=world.at)
    ctas.unlink(made, actor=world.tam, at=world.at)

    assert row.links.count() == 0
    assert work.verbs() == ["cta.raised", "cta.linked", "cta.unlinked"]


def test_what_was_done_by_hand_can_be_taken_back(world: World) -> None:
    row = work.cta(world)
    work.task(world, row, "Kick-off")
    before = work.rows()

    for do in (
        lambda: ctas.update(row, {"title": "Other", "owner": world.mona}, today=TODAY, actor=world.tam, at=world.at),
        lambda: ctas.snooze(row, TODAY + 3 * DAY, "Later", today=TODAY, actor=world.tam, at=world.at),
        lambda: ctas.close(row, "closed_success", note="Done", actor=world.tam, at=world.at),
    ):
        kept = do()
        assert work.rows() != before
        cascades.undo(kept, actor=world.tam, at=world.at)
        assert work.rows() == before
    assert events.verify().broken_at is None
