"""The drawer that logs a call, drafts as one writes, one entry with its comments, and taking things back."""

import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tenure.actions import activities_drafts as drafts
from tenure.models import Activity, Attachment, CallToAction, Comment, Feedback, Notice, Task
from tests import entries
from tests.conftest import ClientFor
from tests.entries import entry, planned
from tests.world import World

HTMX = {"HX-Request": "true", "HX-Current-URL": "http://testserver/timeline/?kind=call"}


def form(world: World, **fields: Any) -> dict[str, Any]:
    return {
        "kind": "call",
        "subject": "Cadence call",
        "happened_at": "2026-11-16T08:30",
        "minutes": "30",
        "body": "Notes",
        **fields,
    }


def log(client: Client, world: World, **fields: Any) -> Any:
    return client.post(f"/accounts/{world.homeworld.pk}/activities/new/", form(world, **fields), headers=HTMX)


def test_the_drawer_opens_with_a_call_begun_from_the_handbook_s_text(world: World, client_for: ClientFor) -> None:
    response = client_for(world.tam).get(f"/accounts/{world.homeworld.pk}/activities/new/", headers=HTMX)

    values = response.context["v"]
    assert (values["kind"], values["template"], values["subject"], values["happened_at"], values["minutes"]) == (
        "call", "cadence_call", "Cadence call Homeworld Inc.", "2026-11-16T10:00", 30,
    )  # fmt: skip
    assert values["body"].startswith("## Our actions")
    assert 'role="dialog"' in response.content.decode()
    texts = response.context["o"].templates
    assert texts["welcome_mail"]["text"].count("Tam Technical") == 2
    assert "{contact}" in texts["welcome_mail"]["text"]


def test_a_call_is_logged_with_steps_that_become_tasks_and_feedback(world: World, client_for: ClientFor) -> None:
    carol = world.homeworld.contacts.get(name__startswith="Carol")
    response = log(
        client_for(world.tam), world, attendee=[carol.pk], participant=[world.tam.pk], participant_names="ari account,", sentiment="yellow", outcome="Fine",
        step_title=["Size the runners", "", "Send the quote"], step_owner=[world.tam.pk, "", world.ari.pk], step_due=["2026-11-20", "", "x"],
        feedback="Quick answers", feedback_kind="support",
    )  # fmt: skip

    assert (response.status_code, response["HX-Redirect"]) == (204, "/timeline/?kind=call")
    row = Activity.objects.get()
    assert (row.owner, row.sentiment, row.outcome, row.minutes) == (world.tam, "yellow", "Fine", 30)
    assert {user.name for user in row.participants.all()} == {"Tam Technical", "Ari Account"}
    assert list(row.attendees.all()) == [carol]
    assert list(Task.objects.order_by("pk").values_list("title", "owner__name", "due_date")) == [
        ("Size the runners", "Tam Technical", date(2026, 11, 20)), ("Send the quote", "Ari Account", None),
    ]  # fmt: skip
    assert Feedback.objects.get().activity == row


def test_the_toast_says_what_came_of_it_and_takes_it_back(world: World, client_for: ClientFor) -> None:
    client = client_for(world.tam)
    log(client, world, step_title=["One"], step_owner=[world.tam.pk], step_due=[""])
    html = client.get("/timeline/").content.decode()
    assert "Cadence call is logged. 1 task added." in html
    undo = re.search(r'action="(/activities/\d+/delete/)"', html)
    assert undo

    client.post(undo[1])
    assert Activity.objects.get().deleted_at is not None
    assert CallToAction.objects.get().is_open is False
    html = client.get("/timeline/").content.decode()
    assert "Cadence call is deleted." in html
    again = re.search(r'action="(/activities/\d+/restore/)"', html)
    assert again
    client.post(again[1])
    assert Activity.objects.get().deleted_at is None
    assert CallToAction.objects.get().is_open is True


REFUSED = {
    "to come": ({"happened_at": "2026-11-16T10:30"}, "happened_at", "That is still to come. Plan it instead."),
    "no moment": ({"happened_at": "soon"}, "happened_at", "Say when it was."),
    "a stranger": (
        {"participant_names": "Tessa Technical"},
        "participant_names",
        "Nobody called tessa technical sees Homeworld Inc..",
    ),
    "no such CTA": ({"cta": "999"}, "cta", "There is no such CTA on this account."),
    "odd feedback": ({"feedback": "x", "feedback_kind": "gossip"}, "feedback", "Choose a kind."),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused_comes_back_with_what_was_typed(world: World, client_for: ClientFor, case: str) -> None:
    fields, field, sentence = REFUSED[case]
    client, before = client_for(world.tam), entries.content()

    response = log(client, world, step_title=["One"], step_owner=[world.tam.pk], step_due=["2026-11-20"], **fields)

    assert response.status_code == 422
    assert response.context["errors"] == {field: sentence}
    assert response.context["v"]["body"] == "Notes"
    assert response.context["v"]["steps"] == [("One", world.tam.pk, "2026-11-20")]
    assert entries.content() == before


def test_what_is_written_is_kept_and_opened_again(world: World, client_for: ClientFor) -> None:
    client = client_for(world.tam)
    url = f"/accounts/{world.homeworld.pk}/activities/"
    response = client.post(
        f"{url}draft/",
        form(world, body="Half", happened_at="", step_title=["One"], step_owner=[""], step_due=[""], feedback="Good"),
        headers=HTMX,
    )

    assert response.content.decode().strip() == "Saved 10:00"
    opened = client.get(f"{url}new/", headers=HTMX)
    values = opened.context["v"]
    assert (values["body"], values["steps"], values["feedback"]) == ("Half", [("One", None, "")], "Good")
    assert "Your draft of 16 Nov, 10:00." in opened.content.decode()
    assert "Half" not in client_for(world.ari).get(f"{url}new/", headers=HTMX).content.decode()

    log(client, world)
    assert not Activity.objects.filter(draft=True).exists()


def test_a_draft_is_thrown_away_by_its_author_alone(world: World, client_for: ClientFor) -> None:
    row = drafts.save(world.homeworld, {"kind": "call", "body": "Half"}, actor=world.tam, at=world.at)

    assert client_for(world.mona).post(f"/activities/{row.pk}/discard/").status_code == 404
    assert client_for(world.mona).get(f"/activities/{row.pk}/").status_code == 404
    client_for(world.tam).post(f"/activities/{row.pk}/discard/", headers=HTMX)
    assert not Activity.objects.exists()


def test_a_draft_of_a_change_belongs_to_that_entry(world: World, client_for: ClientFor) -> None:
    client, row = client_for(world.tam), entry(world)
    client.post(f"/accounts/{world.homeworld.pk}/activities/draft/?of={row.pk}", form(world, outcome="Half"), headers=HTMX)

    assert client.get(f"/activities/{row.pk}/change/", headers=HTMX).context["v"]["outcome"] == "Half"
    assert client.post(f"/accounts/{world.funland.pk}/activities/draft/?of={row.pk}", form(world)).status_code == 403
    assert client.post(f"/accounts/{world.homeworld.pk}/activities/draft/?of=999", form(world)).status_code == 404


def test_a_call_is_planned_with_an_invitation_and_written_up_when_it_was_held(world: World, client_for: ClientFor) -> None:
    client = client_for(world.tam)
    carol = world.homeworld.contacts.get(name__startswith="Carol")
    fields = form(world, happened_at="2026-11-20T10:00", attendee=[carol.pk], invite="on")
    client.post(f"/accounts/{world.homeworld.pk}/activities/plan/", fields, headers=HTMX)
    row = Activity.objects.get()
    assert (row.planned, Notice.objects.get(kind="invitation").address) == (True, "carol@homeworld.example")
    assert client.get(f"/activities/{row.pk}/hold/", headers=HTMX).context["writes_up"] is True

    client.post(f"/activities/{row.pk}/hold/", form(world, happened_at="2026-11-16T08:00", outcome="Held earlier"), headers=HTMX)
    row.refresh_from_db()
    assert (row.planned, row.outcome) == (False, "Held earlier")
    assert client.get(f"/activities/{row.pk}/hold/", headers=HTMX).status_code == 404


def test_a_change_can_be_taken_back(world: World, client_for: ClientFor) -> None:
    client, row = client_for(world.tam), entry(world, body="As it was")
    client.post(f"/activities/{row.pk}/change/", form(world, body="Anew"), headers=HTMX)
    row.refresh_from_db()
    assert row.body == "Anew"

    client.post(f"/activities/{row.pk}/undo/")
    row.refresh_from_db()
    assert (row.body, row.minutes) == ("As it was", None)
    client.post(f"/activities/{row.pk}/undo/")
    assert "The entry was changed since" in client.get("/timeline/").content.decode()


def test_one_entry_shows_its_notes_and_takes_comments(world: World, client_for: ClientFor) -> None:
    row = entry(world, body="## News\n<script>alert(1)</script>")
    client = client_for(world.mona)
    html = client.get(f"/activities/{row.pk}/", headers=HTMX).content.decode()
    assert "<h3>News</h3>" in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html

    html = client.post(
        f"/activities/{row.pk}/comments/new/", {"text": "Well done @[Tam Technical]"}, headers=HTMX
    ).content.decode()
    assert "Well done" in html
    assert Notice.objects.filter(user=world.tam, kind="mention", channel="app").count() == 1
    refused = client.post(f"/activities/{row.pk}/comments/new/", {"text": " "}, headers=HTMX)
    assert (refused.status_code, refused.context["errors"]) == (422, {"text": "Write something first."})
    comment = Comment.objects.get()
    assert client_for(world.tam).post(f"/activities/{row.pk}/comments/{comment.pk}/delete/").status_code == 404
    client.post(f"/activities/{row.pk}/comments/{comment.pk}/delete/", headers=HTMX)
    comment.refresh_from_db()
    assert comment.deleted_at is not None


def test_a_file_is_kept_with_an_entry_taken_away_and_brought_back(
    world: World, client_for: ClientFor, tmp_path: Path, settings: Any
) -> None:
    settings.ATTACHMENTS = tmp_path / "attachments"
    row, client = entry(world), client_for(world.tam)
    url = f"/activities/{row.pk}/attachments/new/"

    kept = client.post(url, {"file": SimpleUploadedFile("Plan.pdf", b"%PDF-1.7")}, headers=HTMX)
    refused = client.post(url, {"file": SimpleUploadedFile("Plan.pdf", b"<script>")}, headers=HTMX)
    nothing = client.post(url, {}, headers=HTMX)

    file = Attachment.objects.get()
    assert (file.activity, file.cta, file.name) == (row, None, "Plan.pdf")
    assert f'href="/attachments/{file.pk}/"' in kept.content.decode()
    assert refused.context["errors"] == {"file": "Plan.pdf isn't what its ending says. Nothing was kept."}
    assert (nothing.status_code, nothing.context["errors"]) == (422, {"file": "Choose a file."})
    gone = client.post(f"/attachments/{file.pk}/delete/", headers=HTMX).content.decode()
    assert (f"/attachments/{file.pk}/restore/" in gone, "No files." in gone) == (True, True)
    assert client.get(f"/attachments/{file.pk}/").status_code == 404
    assert client.post(f"/attachments/{file.pk}/restore/")["Location"] == f"/activities/{row.pk}/"
    assert b"".join(client_for(world.mona).get(f"/attachments/{file.pk}/").streaming_content) == b"%PDF-1.7"
    assert client_for(world.tessa).post(url, {"file": SimpleUploadedFile("Plan.pdf", b"%PDF-1.7")}).status_code == 404
    assert Attachment.objects.count() == 1


def test_who_takes_part_in_a_plan_is_invited_when_it_is_changed(world: World, client_for: ClientFor) -> None:
    row, client = planned(world, participants=[world.tam, world.mona]), client_for(world.tam)
    form = {
        "kind": "call",
        "subject": row.subject,
        "happened_at": "2026-11-17T10:00",
        "participant": [world.tam.pk, world.mona.pk],
    }
    assert 'name="invite"' in client.get(f"/activities/{row.pk}/change/", headers=HTMX).content.decode()

    client.post(f"/activities/{row.pk}/change/", {**form, "invite": "on"}, headers=HTMX)

    assert Notice.objects.filter(kind="invitation", channel="mail").count() == 1
    assert 'name="invite"' not in client.get(f"/activities/{row.pk}/change/", headers=HTMX).content.decode()


@pytest.mark.parametrize(
    ("who", "read", "write"),
    [
        ("tam", 200, 200),
        ("mona", 200, 200),
        ("sol", 200, 403),
        ("exa", 200, 403),
        ("fin", 403, 403),
        ("tessa", 404, 404),
        ("olga", 404, 404),
    ],
)
def test_who_reads_an_entry_and_who_changes_it(world: World, client_for: ClientFor, who: str, read: int, write: int) -> None:
    row = entry(world)
    client, before = client_for(world.people[who]), entries.content()

    assert client.get(f"/activities/{row.pk}/").status_code == read
    assert client.get(f"/activities/{row.pk}/change/").status_code == write
    assert client.get(f"/accounts/{world.homeworld.pk}/activities/new/").status_code == write
    if write != 200:
        assert client.post(f"/activities/{row.pk}/delete/").status_code == write
        assert log(client, world).status_code == write
    assert entries.content() == before


def test_a_colleague_s_entry_is_not_one_s_own_to_change(world: World, client_for: ClientFor) -> None:
    row = entry(world)
    client, before = client_for(world.ari), entries.content()

    client.post(f"/activities/{row.pk}/delete/", headers=HTMX)

    assert entries.content() == before
    assert "Only its author and managers can change an entry." in client.get("/timeline/").content.decode()


def test_people_are_suggested_as_one_types(world: World, client_for: ClientFor) -> None:
    html = client_for(world.tam).get(f"/accounts/{world.homeworld.pk}/activities/people/?q=ari").content.decode()

    assert "Ari Account" in html
    assert "Tessa" not in html


def test_the_account_of_an_entry_is_chosen_by_name(world: World, client_for: ClientFor) -> None:
    client = client_for(world.mona)

    assert "Homeworld Inc." in client_for(world.tam).get("/activities/new/", headers=HTMX).content.decode()
    html = client.get("/activities/new/?q=fun&verb=plan", headers={**HTMX, "HX-Target": "start-rows"}).content.decode()
    assert f"/accounts/{world.funland.pk}/activities/plan/" in html
    assert "<input" not in html


def test_what_is_called_off_is_told_so(world: World, client_for: ClientFor) -> None:
    client, row = client_for(world.tam), planned(world, happened_at=world.at + timedelta(days=2))
    client.post(f"/activities/{row.pk}/delete/", headers=HTMX)

    assert "Next call is called off." in client.get("/timeline/").content.decode()
