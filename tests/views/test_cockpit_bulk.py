"""The cockpit's dialogs: assign, shift, snooze, close, apply a playbook; what was refused is named, what was done can be taken back."""

import re
from datetime import date
from typing import Any

import pytest
from django.test import Client

from tenure.models import CallToAction, Cascade, PlaybookUse, Task
from tests import handbooks, work
from tests.conftest import ClientFor
from tests.world import World

HTMX = {"HX-Request": "true"}
FRI, MON = date(2026, 11, 20), date(2026, 11, 23)


def many(world: World) -> list[CallToAction]:
    """Two of Tam's, one with a task, and one on Le Hotel that Tam only reads."""
    rows = [work.cta(world, title=title, due_date=FRI) for title in ("One", "Two")]
    work.task(world, rows[0], "Call", FRI)
    return [*rows, work.cta(world, world.le_hotel, title="Theirs", owner=None, due_date=FRI)]


def post(client: Client, verb: str, rows: list[CallToAction], **fields: Any) -> Any:
    return client.post(f"/cockpit/{verb}/", {"id": [row.pk for row in rows], **fields}, headers=HTMX)


def undo_in(html: str) -> str:
    found = re.search(r'action="(/(?:cascades|playbooks)/[^"]+)"', html)
    assert found, html
    return found[1]


def test_each_dialog_names_what_it_is_about(world: World, client_for: ClientFor) -> None:
    rows, client = many(world), client_for(world.mona)

    for verb, said in (
        ("assign", "Assign"),
        ("shift", "Shift the due date of"),
        ("snooze", "Snooze"),
        ("close", "Close"),
    ):
        one = client.get(f"/cockpit/{verb}/?id={rows[0].pk}", headers=HTMX).content.decode()
        two = client.get(f"/cockpit/{verb}/?id={rows[0].pk}&id={rows[1].pk}", headers=HTMX).content.decode()
        none = client.get(f"/cockpit/{verb}/", headers=HTMX).content.decode()
        assert (f">{said} One</h2>" in one, f">{said} 2 CTAs</h2>" in two, "No CTA is chosen" in none) == (True, True, True), verb


def test_a_shift_shows_what_moves_before_it_does(world: World, client_for: ClientFor) -> None:
    rows, client = many(world), client_for(world.tam)
    query = "&".join(f"id={row.pk}" for row in rows) + "&n=1&unit=business_days"
    before = work.content()

    html = client.get(f"/cockpit/shift/?{query}&tasks=1", headers={**HTMX, "HX-Target": "shift-moves"}).content.decode()
    alone = client.get(f"/cockpit/shift/?{query}", headers={**HTMX, "HX-Target": "shift-moves"}).content.decode()

    assert "2 CTAs and 1 task would move." in html
    assert "1 stays: You may not change this CTA." in html
    assert ("Fri 20 Nov" in html, "Mon 23 Nov" in html, "<form" in html) == (True, True, False)
    assert "2 CTAs would move." in alone
    assert "Shift by 1 to 400 days" in client.get("/cockpit/shift/?id=1&n=900", headers=HTMX).content.decode()
    assert work.content() == before


def test_dates_are_shifted_with_their_tasks_the_refused_are_named_and_all_is_taken_back(
    world: World, client_for: ClientFor
) -> None:
    rows, client = many(world), client_for(world.tam)
    before = work.rows()

    response = post(client, "shift", rows, n="1", unit="business_days", tasks="1")
    html = response.content.decode()

    assert response["HX-Trigger"] == "tenure:cta-changed, tenure:cta-reload"
    assert "2 CTAs moved 1 business day later." in html
    assert "1 was left as it was" in html
    assert (
        '<span class="med">Theirs</span> <span class="mut">Le Hotel</span><br><span class="sec">You may not change this CTA.</span>'
        in html
    )
    assert set(CallToAction.objects.filter(title__in=("One", "Two")).values_list("due_date", flat=True)) == {MON}
    assert Task.objects.get().due_date == MON
    client.post(undo_in(html), headers=HTMX)
    assert work.rows() == before


def test_work_is_assigned_with_its_tasks_or_without(world: World, client_for: ClientFor) -> None:
    rows, client = many(world), client_for(world.mona)

    html = post(client, "assign", rows[:1], owner=world.ari.pk).content.decode()
    post(client, "assign", rows[1:], owner=world.ari.pk, tasks="1")

    assert "1 CTA assigned to Ari Account." in html
    assert set(CallToAction.objects.values_list("owner__name", flat=True)) == {"Ari Account"}
    assert Task.objects.get().owner == world.tam


def test_everything_that_matches_can_be_chosen(world: World, client_for: ClientFor) -> None:
    many(world)
    client = client_for(world.mona)

    html = client.get("/cockpit/snooze/?all=1&query=f%3Downer:me|owner:team", headers=HTMX).content.decode()
    client.post(
        "/cockpit/snooze/", {"all": "1", "query": "f=owner:team", "until": "2026-12-01", "reason": "Freeze"}, headers=HTMX
    )

    assert ">Snooze 2 CTAs</h2>" in html
    assert list(CallToAction.objects.order_by("pk").values_list("snoozed_until", flat=True)) == [
        date(2026, 12, 1),
        date(2026, 12, 1),
        None,
    ]


def test_closing_offers_the_outcomes_of_the_types_and_names_what_does_not_fit(world: World, client_for: ClientFor) -> None:
    rows = [work.cta(world, title="Life"), work.cta(world, title="Goal", type="objective")]
    work.task(world, rows[0], "Call")
    client = client_for(world.tam)

    dialog = client.get(f"/cockpit/close/?id={rows[0].pk}&id={rows[1].pk}", headers=HTMX).content.decode()
    html = post(client, "close", rows, status="not_needed", note="Reorganised").content.decode()

    assert 'value="not_needed" required>Not needed <span class="mut">1 of 2</span>' in " ".join(dialog.split())
    assert 'value="closed_success" required autofocus>Closed Success</label>' in dialog
    assert "1 open task will be skipped, but for those that people added or changed" in dialog
    assert "1 CTA closed: Not needed." in html
    assert "&#x27;Not needed&#x27; is not an outcome of Objective." in html
    assert list(CallToAction.objects.order_by("pk").values_list("status", flat=True)) == ["not_needed", "new"]


def test_a_playbook_is_applied_to_the_accounts_of_ctas_after_a_look_and_taken_back(
    world: World, client_for: ClientFor, settings: Any
) -> None:
    settings.HANDBOOK = handbooks.testing()
    rows = [work.cta(world, title=title) for title in ("One", "Two")] + [
        work.cta(world, world.le_hotel, title="Three", owner=None)
    ]
    client, given = (
        client_for(world.mona),
        {"list": "cockpit", "playbook": "testing", "start": "2026-11-16", "query": "f=owner:team"},
    )
    before = work.content()

    empty = client.get(f"/playbooks/apply/?list=cockpit&id={rows[0].pk}&id={rows[2].pk}", headers=HTMX)
    look = client.post("/playbooks/apply/?look", given | {"id": [row.pk for row in rows]}, headers=HTMX)

    assert (empty.context["plan"], "Apply a playbook to 2 accounts" in empty.content.decode()) == (None, True)
    plan = look.context["plan"]
    assert [(name, count) for _, name, count in plan.ready] == [("Homeworld Inc.", 6), ("Le Hotel", 5)]
    assert (plan.refused, plan.first, plan.last) == ([], date(2026, 11, 17), date(2026, 12, 16))
    assert "On 2 accounts</summary>" in look.content.decode()
    assert work.content() == before

    done = client.post("/playbooks/apply/", given | {"id": [row.pk for row in rows], "seen": look.context["seen"]}, headers=HTMX)
    assert (done.status_code, done["HX-Trigger"]) == (200, "tenure:cta-changed, tenure:cta-reload")
    assert "Testing is at work on 2 accounts." in done.content.decode()
    assert sorted(PlaybookUse.objects.values_list("account__name", "status")) == [
        ("Homeworld Inc.", "active"), ("Le Hotel", "active"),
    ]  # fmt: skip
    here = {**HTMX, "HX-Current-URL": "http://testserver/cockpit/?f=owner:team"}
    undone = client.post(undo_in(done.content.decode()), headers=here)
    assert "Taken back on 2 accounts." in undone.content.decode()
    assert undone["HX-Trigger"] == "tenure:cta-changed, tenure:cta-reload"
    assert PlaybookUse.objects.filter(status="active").count() == 0


def test_a_playbook_for_all_that_match_names_who_is_left(world: World, client_for: ClientFor, settings: Any) -> None:
    settings.HANDBOOK = handbooks.testing()
    client = client_for(world.ops)
    work.cta(world, title="One")
    work.cta(world, world.le_hotel, title="Two", owner=None)
    work.cta(world, world.big_donut, title="Other", type="risk", owner=None)
    given = {"list": "cockpit", "all": "1", "query": "f=type:any:lifecycle", "playbook": "testing", "start": "2026-11-16"}
    first = client.post("/playbooks/apply/?look", given | {"query": "q=le hotel"}, headers=HTMX)
    client.post("/playbooks/apply/", given | {"query": "q=le hotel", "seen": first.context["seen"]}, headers=HTMX)

    look = client.post("/playbooks/apply/?look", given, headers=HTMX)
    done = client.post("/playbooks/apply/", given | {"seen": look.context["seen"]})

    assert "<b>1 left as it is</b>" in look.content.decode()
    assert "Testing is at work on Le Hotel already, since 16 Nov 2026." in look.content.decode()
    assert (done.status_code, done["Location"]) == (302, "/cockpit/?f=type:any:lifecycle")
    assert sorted(PlaybookUse.objects.values_list("account__name", flat=True)) == ["Homeworld Inc.", "Le Hotel"]


def test_the_accounts_of_ctas_that_one_may_not_see_get_no_playbook(world: World, client_for: ClientFor, settings: Any) -> None:
    settings.HANDBOOK = handbooks.testing()
    hidden = work.cta(world, world.big_donut, title="Secret", owner=None)
    given = {"list": "cockpit", "playbook": "testing", "start": "2026-11-16", "id": hidden.pk}
    before = work.content()

    html = client_for(world.tam).post("/playbooks/apply/?look", given, headers=HTMX).content.decode()
    client_for(world.tam).post("/playbooks/apply/", given, headers=HTMX)

    assert ("No account was chosen." in html, "Secret" in html, "Big Donut" in html) == (True, False, False)
    assert work.content() == before


@pytest.mark.parametrize(
    ("verb", "fields", "said"),
    [
        ("assign", {}, "Choose a person."),
        ("assign", {"owner": "999999"}, "Choose a person."),
        ("shift", {"n": "0"}, "Shift by 1 to 400 days"),
        ("shift", {"n": "x"}, "Shift by 1 to 400 days"),
        ("snooze", {}, "Choose a day."),
        ("snooze", {"until": "2026-11-16", "reason": "x"}, "A snooze ends on a day to come."),
        ("snooze", {"until": "2026-11-17"}, "Say why it can wait."),
        ("close", {}, "Choose an outcome."),
        ("close", {"status": "closed_success", "note": "x" * 1001}, "at most 1,000 characters"),
    ],
)
def test_a_request_that_fits_none_comes_back_with_its_reason(
    verb: str, fields: dict[str, str], said: str, world: World, client_for: ClientFor
) -> None:
    rows, client = many(world), client_for(world.mona)
    before = work.content()

    response = post(client, verb, rows, **fields)

    assert response.status_code == 422
    assert said in response.content.decode()
    assert work.content() == before


def test_nothing_chosen_or_too_much_is_refused(world: World, client_for: ClientFor) -> None:
    client, before = client_for(world.mona), work.content()

    assert post(client, "close", [], status="closed_success").status_code == 422
    many_ids = client.post("/cockpit/close/", {"id": list(range(1, 2002)), "status": "closed_success"}, headers=HTMX)
    assert (many_ids.status_code, "At most 2,000 CTAs at once." in many_ids.content.decode()) == (422, True)
    assert work.content() == before


def test_work_that_one_may_not_see_stays_without_a_name(world: World, client_for: ClientFor) -> None:
    row = work.cta(world, world.big_donut, title="Secret", owner=None)

    html = post(client_for(world.tam), "close", [row], status="closed_success").content.decode()

    assert ("Secret" in html, "Big Donut" in html, "There is no such CTA." in html) == (False, False, True)
    assert Cascade.objects.count() == 0


def test_the_cockpit_works_without_htmx(world: World, client_for: ClientFor) -> None:
    rows = many(world)

    response = client_for(world.tam).post(
        "/cockpit/close/", {"id": rows[0].pk, "status": "closed_success", "query": "f=owner:me"}
    )

    assert (response.status_code, response["Location"]) == (302, "/cockpit/?f=owner:me")
    assert CallToAction.objects.get(pk=rows[0].pk).is_open is False
