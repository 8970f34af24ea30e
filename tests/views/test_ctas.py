"""The drawer of a CTA and its dialogs over HTTP: who sees what, what a refusal shows, and that pages cost the same for more rows."""

import io
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tenure.actions import attachments, comments, ctas
from tenure.actions.ctas import Link
from tenure.models import Activity, CallToAction, Cascade, Task
from tests import work
from tests.conftest import ClientFor
from tests.world import World

HTMX = {"HTTP_HX_REQUEST": "true"}
CARD = {**HTMX, "HTTP_HX_TARGET": "cta"}
FRI = date(2026, 11, 20)


def text(response: Any) -> str:
    return str(response.content.decode())


def full(world: World, count: int) -> CallToAction:
    """A CTA with so many of everything."""
    row = work.cta(world, title=f"With {count}")
    before: list[Task] = []
    for number in range(count):
        before.append(work.task(world, row, f"Task {number}", FRI, after=before[-1:]))
        ctas.link(row, Link("url", url=f"https://a.example/{number}"), actor=world.tam, at=world.at)
        comments.add(row, f"Remark {number} for @[Mona Manager]", actor=world.tam, at=world.at)
        Activity.objects.create(
            account=world.homeworld,
            cta=row,
            kind="call",
            subject=f"Call {number}",
            source="tenure",
            happened_at=world.at,
            recorded_at=world.at,
            owner=world.tam,
        )
        attachments.add(row, f"{number}.txt", io.BytesIO(b"hello"), actor=world.tam, at=world.at)
    return row


@pytest.fixture(autouse=True)
def store(tmp_path: Path, settings: Any) -> None:
    settings.ATTACHMENTS = tmp_path / "attachments"


@pytest.mark.parametrize("tab", ["tasks", "details", "timeline", "linked", "comments"])
def test_a_tab_costs_the_same_for_more_rows(world: World, client_for: ClientFor, tab: str) -> None:
    few, many = full(world, 3), full(world, 20)
    client = client_for(world.tam)
    client.get(f"/ctas/{few.pk}/?tab={tab}", **CARD)
    counts = []
    for row in (few, many):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert client.get(f"/ctas/{row.pk}/?tab={tab}", **CARD).status_code == 200
        counts.append(len(queries))

    assert counts[0] == counts[1]
    assert counts[0] <= 20


def test_the_drawer_is_a_page_a_drawer_a_pane_or_a_card(world: World, client_for: ClientFor) -> None:
    row = work.cta(world)
    client = client_for(world.tam)

    page, drawer = text(client.get(f"/ctas/{row.pk}/")), text(client.get(f"/ctas/{row.pk}/", **HTMX))
    pane, card = text(client.get(f"/ctas/{row.pk}/?beside=1", **HTMX)), text(client.get(f"/ctas/{row.pk}/", **CARD))

    assert "<!doctype html>" in page
    assert ("aria-modal" in drawer, "tn-scrim" in drawer, "<html" in drawer) == (True, True, False)
    assert ("tn-pane" in pane, "tn-scrim" in pane, 'data-cta-step="1"' in pane) == (True, False, True)
    assert card.strip().startswith("<div") or card.strip().startswith('\n<div class="cta-c" id="cta"')
    assert "tn-drawer-h" not in card


@pytest.mark.parametrize(
    ("who", "status"), [("mona", 200), ("exa", 200), ("sol", 200), ("tessa", 404), ("olga", 404), ("fin", 403), ("pia", 403)]
)
def test_who_sees_a_cta(world: World, client_for: ClientFor, who: str, status: int) -> None:
    row = work.cta(world)

    assert client_for(world.people[who]).get(f"/ctas/{row.pk}/").status_code == status


def test_who_only_reads_gets_no_buttons(world: World, client_for: ClientFor) -> None:
    row = work.cta(world)
    work.task(world, row, "Kick-off")

    shown = text(client_for(world.exa).get(f"/ctas/{row.pk}/"))

    assert ("Close CTA" in shown, "Add task" in shown, 'name="status"' in shown, "Kick-off" in shown) == (
        False,
        False,
        False,
        True,
    )


def test_a_field_is_changed_in_place_with_a_way_back(world: World, client_for: ClientFor) -> None:
    row = work.cta(world)
    client = client_for(world.tam)

    response = client.post(f"/ctas/{row.pk}/change/", {"title": "Onboard them"}, **CARD)

    kept = Cascade.objects.get()
    assert (response.status_code, response["HX-Trigger"]) == (200, "tenure:cta-changed")
    assert f'hx-post="/cascades/{kept.pk}/undo/"' in text(response)
    assert "Onboard them saved." in text(response)
    undone = client.post(f"/cascades/{kept.pk}/undo/", **HTMX)
    assert undone["HX-Trigger"] == "tenure:cta-changed, tenure:cta-reload"
    row.refresh_from_db()
    assert row.title == "Onboard"


def test_a_refusal_is_shown_in_the_card_and_nothing_is_changed(world: World, client_for: ClientFor) -> None:
    row = work.cta(world)
    before = work.content()

    response = client_for(world.tam).post(f"/ctas/{row.pk}/change/", {"title": " "}, **CARD)

    assert 'role="alert"' in text(response)
    assert "A CTA has a title." in text(response)
    assert work.content() == before


def test_what_others_did_is_not_one_s_own_to_take_back(world: World, client_for: ClientFor) -> None:
    row = work.cta(world)
    kept = ctas.update(row, {"title": "Onboard them"}, today=world.today, actor=world.tam, at=world.at)

    assert client_for(world.mona).post(f"/cascades/{kept.pk}/undo/").status_code == 404
    row.refresh_from_db()
    assert row.title == "Onboard them"


def test_closing_and_opening_again(world: World, client_for: ClientFor) -> None:
    row = work.cta(world)
    client = client_for(world.tam)

    closed = client.post(f"/ctas/{row.pk}/close/", {"status": "closed_success", "note": "They are live"}, **CARD)
    assert ("Reopen" in text(closed), "They are live" in text(closed), "Onboard closed." in text(closed)) == (True, True, True)
    client.post(f"/ctas/{row.pk}/reopen/", **CARD)

    row.refresh_from_db()
    assert row.is_open


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"until": "", "reason": "Later"}, "Choose a day."),
        ({"until": "2026-11-16", "reason": "Later"}, "A snooze ends on a day to come."),
        ({"until": "2026-12-01", "reason": ""}, "Say why it can wait."),
    ],
)
def test_a_wrong_snooze_comes_back_with_its_sentence(
    world: World, client_for: ClientFor, given: dict[str, str], sentence: str
) -> None:
    row = work.cta(world)
    before = work.content()

    response = client_for(world.tam).post(f"/ctas/{row.pk}/snooze/", given, **HTMX)

    assert (response.status_code, sentence in text(response)) == (422, True)
    assert work.content() == before


def token(response: Any) -> str:
    return text(response).split('name="shown" value="')[1].split('"')[0]


def test_a_day_is_set_as_it_was_shown(world: World, client_for: ClientFor) -> None:
    row = work.cta(world, due_date=FRI)
    work.task(world, row, "Kick-off", FRI)
    client = client_for(world.tam)

    shown = client.get(f"/ctas/{row.pk}/due/?due_date=2026-11-24", HTTP_HX_TARGET="moves", **HTMX)
    assert ("Kick-off" in text(shown), "Tue 24 Nov" in text(shown), "tn-dialog" in text(shown)) == (True, True, False)
    stale = client.post(f"/ctas/{row.pk}/due/", {"due_date": "2026-11-25", "shown": token(shown), "with": "task:1"}, **HTMX)
    assert (stale.status_code, "This is what moves now: look again." in text(stale)) == (422, True)
    assert CallToAction.objects.get().due_date == FRI

    task = Task.objects.get()
    client.post(f"/ctas/{row.pk}/due/", {"due_date": "2026-11-24", "shown": token(shown), "with": f"task:{task.pk}"}, **HTMX)

    task.refresh_from_db()
    assert (CallToAction.objects.get().due_date, task.due_date) == (date(2026, 11, 24), date(2026, 11, 24))


def test_a_forged_showing_moves_nothing(world: World, client_for: ClientFor) -> None:
    row = work.cta(world, due_date=FRI)
    before = work.content()

    for shown in ("", "forged", "W1tdXQ:1:2"):
        response = client_for(world.tam).post(f"/ctas/{row.pk}/due/", {"due_date": "2026-11-24", "shown": shown}, **HTMX)
        assert response.status_code == 422
    assert work.content() == before


def test_no_day_at_all(world: World, client_for: ClientFor) -> None:
    row = work.cta(world, due_date=FRI)
    client = client_for(world.tam)

    assert client.post(f"/ctas/{row.pk}/due/", {"due_date": "soon", "shown": ""}, **HTMX).status_code == 422
    assert client.post(f"/ctas/{row.pk}/due/", {"due_date": "", "shown": ""}, **HTMX).status_code == 200
    assert CallToAction.objects.get().due_date is None


def test_a_new_cta(world: World, client_for: ClientFor) -> None:
    client = client_for(world.tam)
    form = client.get(f"/ctas/new/?account={world.homeworld.pk}&type=risk", **HTMX)
    assert ("New CTA for Homeworld Inc." in text(form), "Low licence use" in text(form)) == (True, True)

    made = client.post(
        "/ctas/new/", {"account_name": "Homeworld Inc.", "type": "risk", "title": "Look", "owner": world.mona.pk, "due_date": "2026-11-20", "priority": "1"}, **HTMX
    )  # fmt: skip

    row = CallToAction.objects.get()
    assert (made.status_code, made["HX-Trigger"]) == (200, "tenure:cta-changed, tenure:cta-reload")
    assert (row.title, row.owner, row.due_date, row.priority, row.created_by) == ("Look", world.mona, FRI, 1, world.tam)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"account_name": "Nowhere"}, "Choose an account from the list."),
        ({"account_name": "The Crab Shack"}, "Choose an account from the list."),
        ({"type": ""}, "Choose a type."),
        ({"title": ""}, "A CTA has a title."),
        ({"owner": "999999"}, "Choose an owner from the list."),
        ({"due_date": "soon"}, "That is not a day."),
        ({"priority": "9"}, "The priority is 1, 2 or 3."),
        ({"priority": "high"}, "The priority is 1, 2 or 3."),
    ],
)
def test_a_new_cta_that_is_refused_comes_back(world: World, client_for: ClientFor, given: dict[str, str], sentence: str) -> None:
    before = work.content()
    asked = {"account_name": "Homeworld Inc.", "type": "risk", "title": "Look", "priority": "2", **given}

    response = client_for(world.tam).post("/ctas/new/", asked, **HTMX)

    assert (response.status_code, sentence in text(response)) == (422, True)
    assert work.content() == before


def test_what_is_linked_leads_there(world: World, client_for: ClientFor) -> None:
    row, carol = work.cta(world), world.homeworld.contacts.get(name__startswith="Carol")
    call = Activity.objects.create(account=world.homeworld, kind="call", subject="Review", source="tenure", recorded_at=world.at)
    for noun, pk in (("contact", carol.pk), ("activity", call.pk)):
        ctas.link(row, Link(noun, pk), actor=world.tam, at=world.at)
    client = client_for(world.tam)

    linked, told = (text(client.get(f"/ctas/{row.pk}/?tab={tab}", **CARD)) for tab in ("linked", "timeline"))

    assert f'href="/accounts/{world.homeworld.pk}/contacts/">{carol.name}</a>' in linked
    assert f'hx-get="/activities/{call.pk}/"' in linked
    assert ("Linked: Review" in told, f"Linked: {carol.name}" in told) == (True, True)


def test_why_leads_to_the_handbook(world: World, client_for: ClientFor) -> None:
    row = work.cta(world)
    CallToAction.objects.filter(pk=row.pk).update(rule="cadence_call", created_by=None)

    shown = text(client_for(world.tam).get(f"/ctas/{row.pk}/?tab=details", **CARD))

    assert '<a class="link" href="/handbook/schedules/cadence_call/">Cadence call</a>' in shown


def test_a_note_stands_above_the_tasks_as_it_was_meant(world: World, client_for: ClientFor) -> None:
    row = work.cta(world, note="Agreed in the **last call**. <script>alert(1)</script>")
    Activity.objects.create(
        account=world.homeworld,
        kind="call",
        subject="To come",
        source="tenure",
        planned=True,
        recorded_at=world.at,
        happened_at=world.at,
    )
    shown = text(client_for(world.exa).get(f"/ctas/{row.pk}/", **CARD))

    assert "<strong>last call</strong>. &lt;script&gt;" in shown
    assert "To come" not in shown


def test_a_task_that_somebody_adds_is_its_cta_s_owner_s(world: World, client_for: ClientFor) -> None:
    row = work.cta(world)
    for who in ("mona", "ari"):
        client_for(world.people[who]).post(f"/ctas/{row.pk}/tasks/new/", {"title": f"By {who}"}, **CARD)

    assert list(Task.objects.order_by("pk").values_list("title", "owner__name")) == [
        ("By mona", "Tam Technical"),
        ("By ari", "Tam Technical"),
    ]


def test_only_one_s_own_remark_is_changed(world: World, client_for: ClientFor) -> None:
    row = comments.add(work.cta(world), "Hm", actor=world.mona, at=world.at)

    assert client_for(world.tam).post(f"/comments/{row.pk}/", {"text": "Mine"}, **CARD).status_code == 404
    shown = client_for(world.mona).post(
        f"/comments/{row.pk}/", {"text": "<b>@[Tam Technical]</b>\nLook at https://a.example"}, **CARD
    )

    assert '&lt;b&gt;<b class="at">@Tam Technical</b>&lt;/b&gt;<br>Look at <a href="https://a.example" rel="nofollow">' in text(
        shown
    )


def test_people_to_name_are_those_who_see_the_account(world: World, client_for: ClientFor) -> None:
    row = work.cta(world)
    client = client_for(world.tam)

    found = text(client.get(f"/ctas/{row.pk}/people/?q=t"))

    assert ("Tam Technical" in found, "Tessa Technical" in found) == (True, False)


def test_a_task_with_questions_asks_first(world: World, client_for: ClientFor) -> None:
    task = work.task(world, work.cta(world), "Kick-off")
    Task.objects.filter(pk=task.pk).update(
        asked=[{"key": "why", "label": "Why bought", "kind": "text", "choices": [], "required": True}]
    )
    client = client_for(world.tam)

    assert "Why bought" in text(client.get(f"/tasks/{task.pk}/done/", **HTMX))
    refused = client.post(f"/tasks/{task.pk}/done/", {"answer-why": ""}, **HTMX)
    assert (refused.status_code, "Kick-off asks for: Why bought." in text(refused)) == (422, True)
    done = client.post(f"/tasks/{task.pk}/done/", {"answer-why": "Compliance"}, **HTMX)

    task.refresh_from_db()
    assert (done["HX-Trigger"], task.status, task.fields) == (
        "tenure:cta-changed, tenure:cta-reload",
        "done",
        {"why": "Compliance"},
    )


def test_a_task_is_changed_in_its_dialog(world: World, client_for: ClientFor) -> None:
    row = work.cta(world)
    first, task = work.task(world, row, "Hand-over"), work.task(world, row, "Kick-off")
    client = client_for(world.tam)

    client.post(
        f"/tasks/{task.pk}/", {"title": "Kick-off call", "note": "By video", "owner": world.ari.pk, "after": first.pk}, **HTMX
    )

    task.refresh_from_db()
    assert (task.title, task.note, task.owner, list(task.after.all())) == ("Kick-off call", "By video", world.ari, [first])
    wrong = client.post(f"/tasks/{task.pk}/", {"title": "", "owner": world.ari.pk}, **HTMX)
    assert (wrong.status_code, "A task has a title." in text(wrong)) == (422, True)


def test_without_scripts_a_change_leads_back_to_the_page(world: World, client_for: ClientFor) -> None:
    row = work.cta(world)
    client = client_for(world.tam)

    response = client.post(f"/ctas/{row.pk}/tasks/new/", {"title": "Call"})

    assert (response.status_code, response["Location"]) == (302, f"/ctas/{row.pk}/?tab=tasks")
    assert "Call" in text(client.get(response["Location"]))
