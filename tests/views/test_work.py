"""Work on the account's page: what is to do, what rests, playbooks, what was closed; and beginning it from the header and the palette."""

import re
from datetime import date, timedelta
from html import unescape
from typing import Any

import pytest
from django.urls import reverse

from tenure.actions import ctas, playbooks
from tenure.models import Task
from tenure.queries import cta_types, handbook
from tests import work
from tests.conftest import ClientFor
from tests.world import World

HTMX = {"HX-Request": "true", "HX-Target": "dialog"}
PART = {"HX-Request": "true", "HX-Target": "acc-body"}
TUE = date(2026, 11, 17)


def text(response: Any) -> str:
    return str(response.content.decode())


def plain(html: str) -> str:
    return unescape(" ".join(re.sub(r"<[^>]+>", " ", html).split()))


def url_of(world: World) -> str:
    return reverse("account:section", args=[world.homeworld.pk, "work"])


def section(world: World, client: Any, **headers: Any) -> str:
    return text(client.get(url_of(world), **headers))


def test_the_section_shows_what_is_to_do_what_rests_and_how_it_ended(world: World, client_for: ClientFor) -> None:
    late = work.cta(
        world, title="Licences", type="risk", reason="Low licence use", priority=1, due_date=world.today - timedelta(days=2)
    )
    Task.objects.filter(pk=work.task(world, late, "Look").pk).update(status="done")
    work.task(world, late, "Call")
    rests = work.cta(world, title="Sponsor")
    ctas.snooze(rests, TUE + timedelta(days=10), "Reorganization", today=world.today, actor=world.tam, at=world.at)
    shut = work.cta(world, title="Welcome")
    ctas.close(shut, cta_types.outcomes("lifecycle")[0].key, note="Dana is the champion", actor=world.tam, at=world.at)
    key = next(iter(handbook.pack().playbooks))
    playbooks.apply(world.homeworld, key, start=world.today, today=world.today, actor=world.mona, at=world.at)

    cards = {
        card.partition("<")[0]: plain(card) for card in re.split(r'<h2 id="h-\w+">', section(world, client_for(world.tam)))[1:]
    }

    assert list(cards) == ["Open CTAs", "Snoozed", "Playbooks", "Closed"]
    assert "Licences High Low licence use" in cards["Open CTAs"]
    assert "2 d late" in cards["Open CTAs"]
    assert "Sponsor" not in cards["Open CTAs"]
    assert "Sponsor Reorganization" in cards["Snoozed"]
    assert (handbook.pack().playbooks[key].title in cards["Playbooks"], "At work" in cards["Playbooks"]) == (True, True)
    assert "Welcome Dana is the champion" in cards["Closed"]


def test_the_head_and_the_summary_tell_of_it(world: World, client_for: ClientFor) -> None:
    for number in range(6):
        work.cta(world, title=f"Step {number}", due_date=world.today + timedelta(days=number - 1))
    rests = work.cta(world, title="Later")
    ctas.snooze(rests, TUE + timedelta(days=10), "Freeze", today=world.today, actor=world.tam, at=world.at)
    client = client_for(world.tam)

    page = plain(text(client.get(f"/accounts/{world.homeworld.pk}/")))

    assert "Open CTAs 6 1 late" in page
    shown = page[page.index("Next actions") : page.index("What the handbook decides")]
    assert [f"Step {number}" in shown for number in range(6)] == [True, True, True, True, False, False]
    assert "Later" not in shown
    assert 'id="acc-ctas" hx-swap-oob="true"' in section(world, client, headers=PART)
    assert "Open CTAs" not in plain(text(client.get(f"/accounts/{world.homeworld.pk}/?as_of=2026-10-20")))


def test_who_only_reads_is_offered_no_work(world: World, client_for: ClientFor) -> None:
    work.cta(world, title="Kick-off")

    reads, works = section(world, client_for(world.exa)), section(world, client_for(world.tam))

    assert ("Kick-off" in reads, "New CTA" in reads) == (True, False)
    assert 'data-key="n"' in works
    assert client_for(world.fin).get(url_of(world)).status_code == 403


def test_a_past_day_shows_what_was_open_then(world: World, client_for: ClientFor) -> None:
    row = work.cta(world, title="Old work")
    type(row).objects.filter(pk=row.pk).update(created_at=world.at - timedelta(days=60), closed_at=world.at, is_open=False)
    html = text(client_for(world.tam).get(f"{url_of(world)}?as_of=2026-10-20"))

    assert ("Old work" in html, "New CTA" in html, 'hx-trigger="tenure:cta-changed' in html) == (True, False, False)


def test_a_dialog_opens_over_the_page_or_is_one(world: World, client_for: ClientFor) -> None:
    row, client = work.cta(world), client_for(world.tam)
    step = work.task(world, row, "Kick-off")
    urls = [f"/ctas/new/?account={world.homeworld.pk}", f"/ctas/{row.pk}/snooze/", f"/ctas/{row.pk}/due/", f"/ctas/{row.pk}/owner/",
            f"/tasks/{step.pk}/", f"/tasks/{step.pk}/due/", f"/tasks/{step.pk}/done/", "/activities/new/"]  # fmt: skip

    for url in urls:
        over, page = text(client.get(url, headers=HTMX)), text(client.get(url))
        assert ('role="dialog"' in over, "<html" in over) == (True, False), url
        assert ('role="dialog"' in page, "dialog-card" in page, "<h1" in page) == (False, True, True), url


def test_a_new_cta_is_a_step_away_in_its_toast(world: World, client_for: ClientFor) -> None:
    client, asked = (
        client_for(world.tam),
        {"account": world.homeworld.pk, "type": "lifecycle", "title": "Onboard", "owner": world.tam.pk},
    )

    over = client.post("/ctas/new/", asked, headers={**HTMX, "HX-Current-URL": "http://testserver/cockpit/"})
    own = client.post("/ctas/new/", asked, headers={**HTMX, "HX-Current-URL": "http://testserver/ctas/new/?account=1"})

    first, second = world.homeworld.ctas.order_by("pk")
    assert f'hx-get="/ctas/{first.pk}/" hx-target="#drawer"' in text(over)
    assert own["HX-Redirect"] == f"/ctas/{second.pk}/"


def found(page: str) -> list[tuple[str, str]]:
    """(label, address) of the palette's actions."""
    part = page.partition('aria-label="Actions"')[2].partition("</div>\n</div>")[0].partition('aria-label="Pages"')[0]
    return [(label, url) for url, label in re.findall(r'href="([^"]+)".*?<span class="cut">([^<]+)</span>', part, re.DOTALL)]


@pytest.mark.parametrize(
    ("who", "typed", "where", "told"),
    [
        ("tam", "", "/", [("New CTA", "/ctas/new/"), ("Log a call", "/activities/new/"), ("Plan a call", "/activities/new/?verb=plan"), ("New onboarding", "/onboardings/new/")]),
        ("tam", "log", "/", [("Log a call", "/activities/new/")]),
        ("tam", "call", "/accounts/{pk}/timeline/", [("New CTA", "/ctas/new/?account={pk}"), ("Log a call", "/accounts/{pk}/activities/new/"), ("Plan a call", "/accounts/{pk}/activities/plan/")]),
        ("tam", "feedback", "/accounts/{pk}/", [("Record feedback", "/accounts/{pk}/feedback/new/")]),
        ("exa", "", "/accounts/{pk}/", []),
        ("fin", "", "/", []),
    ],
)  # fmt: skip
def test_work_begins_in_the_palette(
    world: World, client_for: ClientFor, who: str, typed: str, where: str, told: list[tuple[str, str]]
) -> None:
    pk = world.homeworld.pk
    headers = {"HX-Request": "true", "HX-Target": "palette-results", "HX-Current-URL": "http://testserver" + where.format(pk=pk)}
    page = text(client_for(world.people[who]).get("/palette/", {"q": typed}, headers=headers))

    assert found(page) == [(label, url.format(pk=pk)) for label, url in told]
