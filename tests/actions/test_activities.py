"""Logging, planning, changing and deleting entries of the timeline."""

import json
from datetime import date, timedelta
from typing import Any

import pytest

from tenure.actions import activities, ctas, tasks
from tenure.actions.activities_fields import NextStep
from tenure.actions.refusals import Refused
from tenure.models import Activity, CallToAction, Event, Notice, Task, User
from tests import entries, work
from tests.entries import entry, planned
from tests.world import World


def moment(world: World, actor: User | None = None) -> dict[str, Any]:
    return {"today": world.today, "actor": actor or world.tam, "at": world.at}


def told(row: Activity) -> list[str]:
    return list(Event.objects.filter(noun="activity", object_id=row.pk).order_by("pk").values_list("verb", flat=True))


def test_a_call_is_logged_with_all_that_was_said_of_it(world: World) -> None:
    carol = world.homeworld.contacts.get(name__startswith="Carol")
    row = entry(
        world, subject=" Cadence call ", body="## News\r\nRunners are slow", minutes=30, outcome="They compare", sentiment="yellow",
        template="cadence_call", participants=[world.tam, world.ari], attendees=[carol],
    )  # fmt: skip

    kept = Activity.objects.get()
    assert kept == row
    assert (kept.account, kept.owner, kept.kind, kept.subject, kept.body) == (
        world.homeworld, world.tam, "call", "Cadence call", "## News\nRunners are slow",
    )  # fmt: skip
    assert (kept.happened_at, kept.minutes, kept.outcome, kept.sentiment) == (
        world.at - timedelta(hours=1), 30, "They compare", "yellow",
    )  # fmt: skip
    assert (kept.source, kept.draft, kept.planned, kept.template, kept.created_at) == (
        "tenure", False, False, "cadence_call", world.at,
    )  # fmt: skip
    assert {user.name for user in kept.participants.all()} == {"Tam Technical", "Ari Account"}
    assert list(kept.attendees.all()) == [carol]
    assert told(row) == ["activity.logged"]
    assert Event.objects.get(verb="activity.logged").account_id == world.homeworld.pk
    assert not CallToAction.objects.exists()


def test_an_entry_without_a_subject_is_called_by_its_kind(world: World) -> None:
    assert entry(world, subject="", kind="meeting").subject == "In-person meeting"


def test_next_steps_become_tasks_of_a_cta_of_their_own(world: World) -> None:
    steps = [
        NextStep("Size the runners", world.tam.pk, date(2026, 11, 20)),
        NextStep("Send the quote", world.ari.pk, date(2026, 11, 18)),
        NextStep("  "),
        NextStep("Ask about SAST"),
    ]
    row = entry(world, next_steps=steps)

    cta = CallToAction.objects.get()
    assert (cta.type, cta.reason, cta.title, cta.owner, cta.due_date, cta.origin) == (
        "activity", "Next step", "Next steps: Cadence call", world.tam, date(2026, 11, 18), "activity",
    )  # fmt: skip
    made = list(cta.tasks.order_by("position").values_list("title", "owner__name", "due_date"))
    assert made == [
        ("Size the runners", "Tam Technical", date(2026, 11, 20)), ("Send the quote", "Ari Account", date(2026, 11, 18)), ("Ask about SAST", None, None),
    ]  # fmt: skip
    first, second, third = cta.tasks.order_by("position").values_list("pk", flat=True)
    row.refresh_from_db()
    assert row.cta == cta
    assert row.next_steps == [
        {"title": "Size the runners", "owner": world.tam.pk, "due": "2026-11-20", "task": first},
        {"title": "Send the quote", "owner": world.ari.pk, "due": "2026-11-18", "task": second},
        {"title": "Ask about SAST", "owner": None, "due": None, "task": third},
    ]
    assert list(cta.links.values_list("noun", "object_id", "title")) == [("activity", row.pk, "Cadence call")]
    assert [notice.user for notice in Notice.objects.filter(channel="app")] == [world.ari]


def test_steps_that_one_person_does_make_a_cta_of_theirs(world: World) -> None:
    entry(world, next_steps=[NextStep("Send the quote", world.ari.pk), NextStep("Call the buyer", world.ari.pk)])

    assert CallToAction.objects.get().owner == world.ari


def test_next_steps_go_to_the_cta_that_the_call_was_about(world: World) -> None:
    cta = work.cta(world)
    row = entry(world, cta=cta, next_steps=[NextStep("Book the kick-off", world.tam.pk)])

    assert list(CallToAction.objects.all()) == [cta]
    assert (row.cta, cta.tasks.get().title) == (cta, "Book the kick-off")


REFUSED = {
    "no kind": ({"kind": ""}, "kind", "Say what it was: a call, a meeting, a note."),
    "a kind of a CRM": ({"kind": "task"}, "kind", "The handbook has no kind 'task'."),
    "no moment": ({"happened_at": None}, "happened_at", "Say when it was."),
    "an odd sentiment": ({"sentiment": "purple"}, "sentiment", "The handbook has no sentiment 'purple'."),
    "an unknown template": ({"template": "chat"}, "template", "The handbook has no template 'chat'."),
    "no time at all": ({"minutes": 0}, "minutes", "It took between a minute and a day."),
    "too long": ({"body": "x" * 20_001}, "body", "The notes has at most 20,000 characters."),
    "half a character": ({"subject": "a\x00b"}, "subject", "The subject has at most 500 characters."),
    "a strange field": ({"owner": 1}, "owner", "An entry has no owner."),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_is_refused_and_nothing_is_kept(world: World, case: str) -> None:
    fields, field, sentence = REFUSED[case]
    before = entries.content()

    with pytest.raises(Refused) as refusal:
        entry(world, **{"next_steps": [NextStep("Do it", world.tam.pk)], **fields})

    assert (refusal.value.field, refusal.value.sentence) == (field, sentence)
    assert entries.content() == before


def test_what_is_still_to_come_is_planned_not_logged(world: World) -> None:
    with pytest.raises(Refused, match="Plan it instead"):
        entry(world, happened_at=world.at + timedelta(minutes=1))
    assert entry(world, happened_at=world.at).happened_at == world.at


def test_people_of_other_accounts_take_no_part(world: World) -> None:
    stranger = world.funland.contacts.first()
    before = entries.content()

    with pytest.raises(Refused, match="is no contact of Homeworld"):
        entry(world, attendees=[stranger])
    with pytest.raises(Refused, match=r"Tessa Technical can't see Homeworld Inc\."):
        entry(world, participants=[world.tessa])
    with pytest.raises(Refused, match="belongs to another account"):
        entry(world, cta=work.cta(world, world.funland, owner=None))
    assert {name: rows for name, rows in entries.content().items() if name in ("Activity", "Task")} == {
        name: rows for name, rows in before.items() if name in ("Activity", "Task")
    }


@pytest.mark.parametrize(
    ("who", "account", "code"), [("tessa", "homeworld", "not_found"), ("olga", "homeworld", "not_found"), ("tam", "funland", "not_allowed")]
)  # fmt: skip
def test_who_does_not_work_on_an_account_logs_nothing_there(world: World, who: str, account: str, code: str) -> None:
    before = entries.content()

    with pytest.raises(Refused) as refusal:
        entry(world, world.accounts[account], work.fresh(world.people[who]))

    assert refusal.value.code == code
    assert entries.content() == before


def test_a_next_step_for_somebody_who_cannot_do_it_refuses_the_whole_entry(world: World) -> None:
    before = entries.content()

    with pytest.raises(Refused, match="Tessa Technical doesn't see Homeworld"):
        entry(world, next_steps=[NextStep("First", world.tam.pk), NextStep("Second", world.tessa.pk)])

    assert entries.content() == before


def test_people_named_in_the_notes_are_told_once(world: World) -> None:
    row = entry(world, body="Ask @[Ari Account] and @[Tam Technical]. @[Tessa Technical] need not know.")
    mine = moment(world)
    activities.update(row, {"body": "Ask @[Ari Account] and @[Mona Manager]."}, **mine)

    assert list(Notice.objects.filter(channel="app").order_by("pk").values_list("user__name", "kind", "title", "body", "url")) == [
        ("Ari Account", "mention", "Tam Technical mentioned you: Cadence call",
         "Ask Ari Account and Tam Technical. Tessa Technical need not know.", f"/activities/{row.pk}/"),
        ("Mona Manager", "mention", "Tam Technical mentioned you: Cadence call", "Ask Ari Account and Mona Manager.", f"/activities/{row.pk}/"),
    ]  # fmt: skip
    assert {user.name for user in row.mentioned.all()} == {"Ari Account", "Mona Manager"}


def test_a_plan_lies_ahead_and_becomes_an_entry_when_it_was_held(world: World) -> None:
    with pytest.raises(Refused, match="A plan is for a time to come"):
        planned(world, happened_at=world.at)
    with pytest.raises(Refused, match="that isn't planned, only logged"):
        planned(world, kind="note")
    row = planned(world)
    assert row.planned

    later = world.at + timedelta(days=2)
    with pytest.raises(Refused, match="Plan it instead"):
        activities.hold(row, {"outcome": "Held"}, today=world.today, actor=world.tam, at=world.at)
    assert activities.hold(row, {"outcome": "Held"}, today=later.date(), actor=world.tam, at=later)
    row.refresh_from_db()
    assert (row.planned, row.outcome, row.happened_at) == (False, "Held", world.at + timedelta(days=1))
    assert told(row) == ["activity.planned", "activity.held"]
    with pytest.raises(Refused, match="done already"):
        activities.hold(row, {}, today=later.date(), actor=world.tam, at=later)


def test_who_is_invited_hears_of_the_plan_of_another_time_and_of_its_end(world: World) -> None:
    carol = world.homeworld.contacts.get(name__startswith="Carol")
    given = {"kind": "call", "happened_at": world.at + timedelta(days=1), "attendees": [carol], "participants": [world.ari]}
    row = activities.plan(world.homeworld, given, invite=True, **moment(world))
    activities.update(row, {"happened_at": world.at + timedelta(days=3)}, **moment(world))
    activities.update(row, {"body": "An agenda is nobody else's business"}, **moment(world))
    activities.delete(row, actor=world.tam, at=world.at)

    mails = Notice.objects.filter(kind="invitation").order_by("pk")
    told_to = [(mail.address or mail.user.email, json.loads(mail.invitation)["method"], json.loads(mail.invitation)["sequence"]) for mail in mails]  # fmt: skip
    assert sorted(told_to) == [
        (address, method, number)
        for address in ("ari@example.com", "carol@homeworld.example")
        for method, number in (("CANCEL", 2), ("REQUEST", 0), ("REQUEST", 1))
    ]


def test_who_takes_part_can_be_invited_later(world: World) -> None:
    row = planned(world, participants=[world.tam, world.mona])
    assert not Notice.objects.filter(kind="invitation").exists()

    changed = activities.update(row, {}, invite=True, today=world.today, actor=world.tam, at=world.at)

    assert changed is False
    assert list(Notice.objects.filter(kind="invitation", channel="mail").values_list("user", flat=True)) == [world.mona.pk]


def test_a_plan_to_which_nobody_can_be_invited_is_refused_as_a_whole(world: World) -> None:
    before = entries.content()

    with pytest.raises(Refused, match="Nobody with a mail address takes part"):
        activities.plan(
            world.homeworld, {"kind": "call", "happened_at": world.at + timedelta(days=1)}, invite=True, **moment(world)
        )

    assert entries.content() == before


def test_only_what_differs_is_changed(world: World) -> None:
    row = entry(world, participants=[world.tam])
    before = entries.content()

    assert activities.update(row, {"subject": "Cadence call", "participants": [world.tam]}, **moment(world)) is False
    assert entries.content() == before
    assert activities.update(row, {"outcome": "Fine", "participants": [world.tam, world.ari]}, **moment(world)) is True
    told_so = json.loads(Event.objects.get(verb="activity.updated").body)
    assert (told_so["before"], told_so["after"]) == ({"outcome": ""}, {"outcome": "Fine"})
    assert (told_so["was"], told_so["now"]) == (
        {"participants": [world.tam.pk]},
        {"participants": sorted([world.tam.pk, world.ari.pk])},
    )


def test_further_next_steps_join_those_that_are_tasks_already(world: World) -> None:
    row = entry(world, next_steps=[NextStep("First", world.tam.pk)])
    activities.update(row, {"next_steps": [NextStep("Second", world.tam.pk)]}, **moment(world))

    assert [step["title"] for step in row.next_steps] == ["First", "Second"]
    assert Task.objects.count() == 2
    assert [cta.tasks.count() for cta in CallToAction.objects.all()] == [2]


def test_an_entry_of_somebody_else_is_changed_by_who_oversees_them(world: World) -> None:
    row = entry(world)

    with pytest.raises(Refused, match="Only its author and managers"):
        activities.update(row, {"outcome": "x"}, **moment(world, world.ari))
    with pytest.raises(Refused) as refusal:
        activities.update(row, {"outcome": "x"}, **moment(world, work.fresh(world.tessa)))
    assert refusal.value.code == "not_found"
    assert activities.update(row, {"outcome": "Checked"}, **moment(world, work.fresh(world.mona)))


def test_what_a_crm_tells_is_changed_there(world: World) -> None:
    row = entries.told_by_crm(world.homeworld, world.at, owner=world.tam)

    for act in (
        lambda: activities.update(row, {"outcome": "x"}, **moment(world)),
        lambda: activities.delete(row, actor=world.tam, at=world.at),
    ):
        with pytest.raises(Refused, match="comes from the CRM"):
            act()


def test_deleting_takes_open_next_steps_along_and_restoring_brings_them_back(world: World) -> None:
    row = entry(world, next_steps=[NextStep("First", world.tam.pk), NextStep("Second", world.tam.pk)])
    before = work.rows()
    activities.delete(row, actor=world.tam, at=world.at + timedelta(minutes=1))

    cta = CallToAction.objects.get()
    assert (cta.is_open, cta.status, cta.outcome_note) == (
        False,
        "closed_not_relevant",
        "The entry that it came from was deleted.",
    )
    assert set(cta.tasks.values_list("status", flat=True)) == {"skipped"}
    with pytest.raises(Refused, match="done already"):
        activities.delete(row, actor=world.tam, at=world.at)

    activities.restore(row, actor=world.tam, at=world.at + timedelta(minutes=2))
    assert work.rows() == before
    assert Activity.objects.get().deleted_at is None
    assert told(row) == ["activity.logged", "activity.deleted", "activity.restored"]
    with pytest.raises(Refused, match="done already"):
        activities.restore(row, actor=world.tam, at=world.at)


def test_what_was_done_stays_done_when_its_entry_is_deleted(world: World) -> None:
    cta = work.cta(world)
    row = entry(world, cta=cta, next_steps=[NextStep("First", world.tam.pk), NextStep("Second", world.tam.pk)])
    tasks.done(cta.tasks.get(title="First"), actor=world.tam, at=world.at)
    activities.delete(row, actor=world.tam, at=world.at + timedelta(minutes=1))

    assert dict(cta.tasks.values_list("title", "status")) == {"First": "done", "Second": "skipped"}
    cta.refresh_from_db()
    assert cta.is_open
    activities.restore(row, actor=world.tam, at=world.at + timedelta(minutes=2))
    assert dict(cta.tasks.values_list("title", "status")) == {"First": "done", "Second": "open"}


def test_restoring_leaves_alone_what_somebody_closed_meanwhile(world: World) -> None:
    row = entry(world, next_steps=[NextStep("First", world.tam.pk)])
    cta = CallToAction.objects.get()
    ctas.close(cta, "closed_success", actor=world.tam, at=world.at)
    activities.delete(row, actor=world.tam, at=world.at + timedelta(minutes=1))
    activities.restore(row, actor=world.tam, at=world.at + timedelta(minutes=2))

    cta.refresh_from_db()
    assert (cta.is_open, cta.status) == (False, "closed_success")


def test_a_run_writes_in_the_name_of_an_author(world: World) -> None:
    fields = {"kind": "call", "happened_at": world.at}
    row = activities.log(world.funland, fields, today=world.today, actor=None, at=world.at, author=world.tessa)

    assert (row.owner, Event.objects.get(verb="activity.logged").actor) == (world.tessa, None)


def test_a_change_is_taken_back_with_the_next_steps_that_came_with_it(world: World) -> None:
    row = entry(world, body="As it was", participants=[world.tam], next_steps=[NextStep("First", world.tam.pk)])
    before = activities.content(row)
    fields = {
        "body": "Anew",
        "happened_at": world.at,
        "participants": [world.ari],
        "next_steps": [NextStep("Second", world.tam.pk)],
    }
    activities.update(row, fields, **moment(world))

    activities.undo(row, actor=world.tam, at=world.at)

    row.refresh_from_db()
    assert activities.content(row) == before
    assert dict(Task.objects.values_list("title", "status")) == {"First": "open", "Second": "skipped"}
    assert told(row) == ["activity.logged", "activity.updated", "activity.undone"]
    with pytest.raises(Refused, match="changed since"):
        activities.undo(row, actor=world.tam, at=world.at)


def test_what_was_changed_since_is_not_taken_back(world: World) -> None:
    row = entry(world)
    activities.update(row, {"outcome": "One"}, **moment(world))
    activities.update(row, {"outcome": "Two"}, **moment(world, work.fresh(world.mona)))
    before = entries.content()

    with pytest.raises(Refused, match="changed since"):
        activities.undo(row, actor=world.tam, at=world.at)

    assert entries.content() == before


def test_writing_up_is_taken_back_to_the_plan(world: World) -> None:
    row = planned(world)
    later = world.at + timedelta(days=2)
    activities.hold(row, {"outcome": "Held", "sentiment": "green"}, today=later.date(), actor=world.tam, at=later)

    activities.undo(row, actor=world.tam, at=later)

    row.refresh_from_db()
    assert (row.planned, row.outcome, row.sentiment) == (True, "", "")
