"""The foot of a CTA and what follows from it: closing, logging what does the work, the heading of its page."""

from typing import Any

import pytest

from tenure.models import CallToAction, Task
from tenure.runs import daily
from tests import work
from tests.conftest import ClientFor
from tests.world import TODAY, World

HTMX = {"HTTP_HX_REQUEST": "true"}
CARD = {**HTMX, "HTTP_HX_TARGET": "cta"}


def text(response: Any) -> str:
    return str(response.content.decode())


def test_closing_asks_what_becomes_of_peoples_own_tasks(world: World, client_for: ClientFor) -> None:
    client, row = client_for(world.tam), work.cta(world)
    work.task(world, row, "A step")
    mine = work.task(world, row, "My own", own=True)

    html = text(client.get(f"/ctas/{row.pk}/", **CARD))
    assert "1 open task that people added or changed goes on in a follow-up CTA." in html
    assert "Other open tasks will be skipped." in html
    html = text(client.post(f"/ctas/{row.pk}/close/", {"status": "closed_success"}, **CARD))

    made = CallToAction.objects.get(origin="follow_up")
    assert Task.objects.get(pk=mine.pk).cta == made
    assert f'Open tasks go on in <a class="link" href="/ctas/{made.pk}/"' in html


def test_or_they_are_skipped(world: World, client_for: ClientFor) -> None:
    row = work.cta(world)
    mine = work.task(world, row, "My own", own=True)

    client_for(world.tam).post(f"/ctas/{row.pk}/close/", {"status": "closed_success", "own": "skip"}, **CARD)

    assert (Task.objects.get(pk=mine.pk).status, CallToAction.objects.count()) == ("skipped", 1)


@pytest.mark.parametrize(
    ("fields", "rule", "button", "solid"),
    [
        ({"type": "activity", "reason": "Cadence call"}, "", "Log call", True),
        ({"type": "activity", "reason": "Review"}, "health_update", "Log update", True),
        ({"type": "activity", "reason": "Review"}, "", "Log call", False),
        ({"type": "risk", "reason": "At risk"}, "", "Log update", True),
        ({"type": "lifecycle", "reason": "Business review"}, "", "Log review", True),
        ({"type": "risk", "reason": "Offboarding"}, "", "Log call", False),
    ],
)
def test_the_solid_button_is_what_does_the_work(
    world: World, client_for: ClientFor, fields: dict[str, str], rule: str, button: str, solid: bool
) -> None:
    row = work.cta(world, **fields)
    CallToAction.objects.filter(pk=row.pk).update(rule=rule)

    html = text(client_for(world.tam).get(f"/ctas/{row.pk}/", **CARD))

    foot = html[html.index('class="tn-drawer-f"') :]
    (link,) = [part.partition("</a>")[0] for part in foot.split("<a ") if f"{button}</a>" in part]
    assert ("btn-solid" in link) == solid
    assert ('<summary class="btn btn-solid" id="cta-close">' in foot) == (
        not solid
    )  # nothing to log, nothing left to do: close it


def test_the_heading_of_its_page_follows_the_title(world: World, client_for: ClientFor) -> None:
    client, row = client_for(world.tam), work.cta(world)
    page = {"HTTP_HX_CURRENT_URL": f"http://testserver/ctas/{row.pk}/?tab=tasks"}

    html = text(client.post(f"/ctas/{row.pk}/change/", {"title": "Welcome"}, **CARD, **page))
    assert '<h1 class="cut" id="cta-crumb" hx-swap-oob="true">Welcome</h1>' in html
    elsewhere = {"HTTP_HX_CURRENT_URL": "http://testserver/cockpit/"}
    assert "cta-crumb" not in text(client.post(f"/ctas/{row.pk}/change/", {"title": "Hello"}, **CARD, **elsewhere))


# --- logging from a CTA


@pytest.fixture
def cadence(world: World) -> CallToAction:
    daily.apply(daily.plan(TODAY), at=world.at, actor=None)
    return CallToAction.objects.get(rule="cadence_call", account=world.homeworld)


def form(world: World, client: Any, cta: CallToAction, kind: str) -> str:
    return text(client.get(f"/accounts/{world.homeworld.pk}/activities/new/?cta={cta.pk}&kind={kind}", **HTMX))


def test_next_steps_go_to_a_follow_up_where_logging_closes_the_cta(
    world: World, client_for: ClientFor, cadence: CallToAction
) -> None:
    client = client_for(world.tam)

    html = form(world, client, cadence, "call")
    assert '<option value="">a follow-up CTA</option>' in html
    assert f'<input type="hidden" name="about" value="{cadence.pk}">' in html
    assert f'<option value="{cadence.pk}" selected>Hold' not in html
    assert "“Hold the cadence call” closes with this entry." in html

    html = form(world, client, cadence, "note")
    assert f'<option value="{cadence.pk}" selected>Hold' in html
    assert "closes with this entry" not in html


def test_what_rests_does_not_close(world: World, client_for: ClientFor, cadence: CallToAction) -> None:
    CallToAction.objects.filter(pk=cadence.pk).update(snoozed_until=TODAY.replace(month=12), snooze_reason="Later")

    html = form(world, client_for(world.tam), cadence, "call")

    assert f'<option value="{cadence.pk}" selected>Hold' in html
    assert "closes with this entry" not in html


def test_the_form_makes_a_follow_up_and_the_entry_stays_with_its_cta(
    world: World, client_for: ClientFor, cadence: CallToAction
) -> None:
    given = {
        "kind": "call", "subject": "Talk", "happened_at": "2026-11-16T08:00", "minutes": "30", "about": str(cadence.pk), "cta": "",
        "step_title": "Send the roll-back plan", "step_owner": str(world.tam.pk), "step_due": "2026-11-20",
    }  # fmt: skip

    client_for(world.tam).post(f"/accounts/{world.homeworld.pk}/activities/new/", given, **HTMX)

    task = Task.objects.get(title="Send the roll-back plan")
    assert (task.status, task.cta.title, task.cta.is_open) == ("open", "Next steps: Talk", True)
    cadence.refresh_from_db()
    assert (cadence.is_open, [one.subject for one in cadence.activities.all()]) == (False, ["Talk"])
