"""The drawer of a CTA: done by mouse and by keyboard, over a page, on its own and on a phone."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from tenure.actions import ctas, tasks
from tenure.models import CallToAction, Notice, Task
from tests.browser.conftest import Enter, complaints
from tests.world import World

WEEK = timedelta(days=7)


def onboarding(world: World) -> CallToAction:
    """A CTA of Tam's, due in a week, with three tasks; the last asks two things."""
    at, today = world.at, world.today
    row = ctas.create(
        world.homeworld, type="lifecycle", title="Onboard Homeworld", reason="Onboarding", owner=world.tam, due_date=monday(today), today=today,
        actor=None, at=at,
    )  # fmt: skip
    made = [
        tasks.add(row, title, owner=world.tam, due_date=monday(today), actor=None, at=at)
        for title in ("Welcome", "Kick-off", "Plan")
    ]
    asked = [
        {"key": "why", "label": "Why bought", "kind": "text", "choices": [], "required": True},
        {"key": "how", "label": "How", "kind": "choice", "choices": ["Call", "Meeting"], "required": True},
    ]
    Task.objects.filter(pk=made[2].pk).update(asked=asked)
    tasks.depend(made[2], [made[1]], actor=None, at=at)
    return row


def work_of(world: World) -> str:
    return reverse("account:section", args=[world.homeworld.pk, "work"])


def monday(today: date) -> date:
    return today + timedelta(days=7 - today.weekday())


def opened(page: Page, row: CallToAction) -> Any:
    """The drawer over a page, opened as a list does it."""
    page.goto(page.url.split("/", 3)[0] + "//" + page.url.split("/")[2] + "/notices/")
    page.evaluate(f"htmx.ajax('GET', '/ctas/{row.pk}/', {{target: '#drawer', swap: 'innerHTML'}})")
    drawer = page.get_by_role("dialog", name=row.title, exact=True)
    expect(drawer).to_be_visible()
    return drawer


def test_tasks_are_done_answered_and_taken_back(world: World, enter: Enter) -> None:
    row = onboarding(world)
    page = enter(world.tam)
    drawer = opened(page, row)

    drawer.get_by_label("Do Welcome").check()
    expect(drawer.get_by_role("link", name="Tasks 1 of 3")).to_be_visible()
    expect(drawer.get_by_label("Do Plan")).to_be_disabled()
    drawer.get_by_label("Do Kick-off").check()
    expect(drawer.get_by_role("link", name="Tasks 2 of 3")).to_be_visible()
    drawer.get_by_label("Do Plan").check()
    dialog = page.get_by_role("dialog", name="Plan")
    dialog.get_by_label("Why bought").fill("Compliance")
    dialog.get_by_role("button", name="Done").click()
    expect(dialog.get_by_role("alert")).to_contain_text("Plan asks for: How.")
    dialog.get_by_label("How").select_option("Call")
    dialog.get_by_role("button", name="Done").click()

    expect(drawer).to_contain_text("Every task is done.")
    expect(drawer).to_contain_text("Why bought: Compliance")
    page.get_by_role("button", name="Undo").last.click()
    expect(drawer.get_by_role("link", name="Tasks 2 of 3")).to_be_visible()
    expect(page.locator("#toasts")).to_contain_text("Taken back.")


def test_a_day_is_moved_with_what_comes_after_and_taken_back(world: World, enter: Enter) -> None:
    row = onboarding(world)
    page = enter(world.tam)
    drawer = opened(page, row)
    due = monday(world.today)

    drawer.get_by_role("button", name="Kick-off due").click()
    dialog = page.get_by_role("dialog", name="Due date: Kick-off")
    dialog.get_by_label("Due").fill((due + timedelta(days=2)).isoformat())
    expect(dialog.get_by_label("Plan")).to_be_checked()
    expect(dialog).to_contain_text("(the CTA itself)")
    dialog.get_by_role("button", name="Set date").click()

    expect(page.locator("#toasts")).to_contain_text("2 more moved with it")
    assert list(Task.objects.order_by("position").values_list("due_date", flat=True)) == [
        due,
        due + timedelta(days=2),
        due + timedelta(days=2),
    ]
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#toasts")).to_contain_text("Taken back.")
    assert set(Task.objects.values_list("due_date", flat=True)) == {due}


def test_the_drawer_is_worked_by_keyboard_alone(world: World, enter: Enter) -> None:
    row = onboarding(world)
    page = enter(world.tam)
    opened(page, row)

    page.locator("#cta-title").focus()
    page.keyboard.press("Control+A")
    page.keyboard.type("Onboard them")
    page.keyboard.press("Enter")
    expect(page.locator("#cta-title")).to_have_value("Onboard them")
    expect(page.locator("#toasts")).to_contain_text("saved")
    page.locator("#task-title").focus()
    page.keyboard.type("Thank them")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Thank them", exact=True)).to_be_visible()
    page.get_by_role("button", name="Thank them", exact=True).focus()
    page.keyboard.press("Alt+ArrowUp")
    expect(page.locator("[data-task]").nth(2)).to_contain_text("Thank them")
    page.locator("#cta-snooze").focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Snooze Onboard them")
    expect(dialog.get_by_label("Until")).to_be_focused()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(page.locator("#cta-snooze")).to_be_focused()
    expect(page.get_by_role("dialog")).to_have_count(1)
    page.locator("#cta-close").focus()
    page.keyboard.press("Enter")
    page.get_by_label("Note on the outcome").focus()
    page.keyboard.type("They left")
    page.get_by_role("button", name="Not needed").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Reopen")).to_be_visible()
    row.refresh_from_db()
    assert (row.title, row.status, row.outcome_note, row.tasks_open) == ("Onboard them", "not_needed", "They left", 0)
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_a_snoozed_cta_says_so_and_wakes(world: World, enter: Enter) -> None:
    row = onboarding(world)
    page = enter(world.tam)
    drawer = opened(page, row)

    drawer.get_by_role("button", name="Snooze").click()
    dialog = page.get_by_role("dialog", name="Snooze")
    dialog.get_by_role("button", name="In 2 weeks").click()
    dialog.get_by_label("Why it can wait").fill("Freeze over the holidays")
    dialog.get_by_role("button", name="Snooze").click()

    expect(drawer).to_contain_text("Freeze over the holidays")
    drawer.get_by_role("button", name="Wake").click()
    expect(drawer.get_by_role("button", name="Snooze")).to_be_visible()


def test_it_is_handed_over_with_its_open_tasks(world: World, enter: Enter) -> None:
    row = onboarding(world)
    page = enter(world.tam)
    drawer = opened(page, row)

    drawer.get_by_role("button", name="Change owner: Tam Technical").click()
    dialog = page.get_by_role("dialog", name="Owner: Onboard Homeworld")
    dialog.get_by_label("Owner").select_option(label="Ari Account")
    expect(dialog.get_by_label("Kick-off")).to_be_checked()
    dialog.get_by_label("Plan").uncheck()
    dialog.get_by_role("button", name="Hand over").click()

    expect(drawer.get_by_role("button", name="Change owner: Ari Account")).to_be_visible()
    assert list(Task.objects.order_by("position").values_list("owner__name", flat=True)) == [
        "Ari Account",
        "Ari Account",
        "Tam Technical",
    ]
    assert Notice.objects.filter(user=world.ari, kind="cta", channel="app").count() == 1


def test_a_comment_names_somebody(world: World, enter: Enter) -> None:
    row = onboarding(world)
    page = enter(world.tam)
    drawer = opened(page, row)

    drawer.get_by_role("link", name="Comments").click()
    field = drawer.get_by_label("Comment", exact=True)
    field.press_sequentially("Ask @mon")
    expect(drawer.get_by_role("option", name="Mona Manager")).to_be_visible()
    page.keyboard.press("Enter")
    expect(field).to_have_value("Ask @[Mona Manager] ")
    page.keyboard.type("first")
    drawer.get_by_role("button", name="Comment", exact=True).click()

    expect(drawer.locator(".said")).to_have_text("Ask @Mona Manager first")
    assert (
        Notice.objects.get(user=world.mona, kind="mention", channel="app").title
        == "Tam Technical mentioned you: Onboard Homeworld"
    )


def test_a_file_and_a_link_are_kept(world: World, enter: Enter, tmp_path: Any, settings: Any) -> None:
    settings.ATTACHMENTS = tmp_path / "attachments"
    row = onboarding(world)
    page = enter(world.tam)
    drawer = opened(page, row)

    drawer.get_by_role("link", name="Linked").click()
    drawer.locator("#cta-file").set_input_files({"name": "Plan.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7 plan"})
    expect(drawer.get_by_role("link", name="Plan.pdf")).to_be_visible()
    drawer.locator("#cta-file").set_input_files({"name": "Evil.pdf", "mimeType": "application/pdf", "buffer": b"<script>"})
    expect(drawer.get_by_role("alert")).to_contain_text("Evil.pdf isn't what its ending says. Nothing was kept.")
    drawer.get_by_label("What it is about").select_option(label="Carol of Homeworld Inc.")
    drawer.get_by_role("button", name="Link", exact=True).click()
    expect(drawer.get_by_text("Carol of Homeworld Inc.").first).to_be_visible()
    with page.expect_download() as download:
        drawer.get_by_role("link", name="Plan.pdf").click()
    assert download.value.suggested_filename == "Plan.pdf"


def test_a_new_cta_comes_from_anywhere(world: World, enter: Enter) -> None:
    page = enter(world.tam)
    page.evaluate("htmx.ajax('GET', '/ctas/new/', {target: '#dialog', swap: 'innerHTML'})")
    dialog = page.get_by_role("dialog", name="New CTA")
    dialog.get_by_label("Account").fill(f"Homeworld Inc. ({world.homeworld.pk})")
    dialog.get_by_label("Account").blur()
    expect(page.get_by_role("dialog", name="New CTA for Homeworld Inc.")).to_be_visible()
    dialog.get_by_label("Type").select_option("risk")
    expect(dialog.get_by_label("Reason")).to_be_enabled()
    dialog.get_by_label("Reason").select_option("Low licence use")
    dialog.get_by_label("What is to be done").fill("Show them the licences")
    dialog.get_by_role("button", name="Next Monday").click()
    assert complaints(page) == []
    dialog.get_by_role("button", name="Add CTA").click()

    expect(page.locator("#toasts")).to_contain_text("Show them the licences added.")
    made = CallToAction.objects.get()
    assert (made.account, made.owner, made.reason, made.due_date) == (
        world.homeworld,
        world.tam,
        "Low licence use",
        monday(world.today),
    )


@pytest.mark.parametrize("width", [1440, 360])
@pytest.mark.parametrize("tab", ["tasks", "details", "timeline", "linked", "comments"])
def test_every_tab_is_accessible_and_fits(world: World, enter: Enter, width: int, tab: str) -> None:
    row = onboarding(world)
    page = enter(world.tam)
    page.set_viewport_size({"width": width, "height": 760})

    drawer = opened(page, row)
    drawer.locator(f"#cta-tab-{tab}").click()
    expect(drawer.locator(f"#cta-tab-{tab}")).to_have_attribute("aria-current", "true")

    assert complaints(page) == []
    assert page.evaluate("document.querySelector('.cta-d').scrollWidth <= document.querySelector('.cta-d').clientWidth")
    page.goto(page.url.replace("/notices/", f"/ctas/{row.pk}/?tab={tab}"))
    assert complaints(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


@pytest.mark.parametrize("width", [1440, 360])
@pytest.mark.parametrize("button", ["Snooze", "Kick-off due", "Change owner", "Plan"])
def test_every_dialog_is_accessible_and_fits(world: World, enter: Enter, width: int, button: str) -> None:
    row = onboarding(world)
    page = enter(world.tam)
    page.set_viewport_size({"width": width, "height": 760})

    opened(page, row).get_by_role("button", name=button, exact=button == "Plan").click()
    dialog = page.locator("#dialog [role=dialog]")
    expect(dialog).to_be_visible()

    assert complaints(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_work_begins_on_the_account_s_page_by_key_and_in_the_palette(world: World, enter: Enter, site: str) -> None:
    page = enter(world.tam)
    page.goto(site + work_of(world))
    expect(page.get_by_role("heading", name="Nothing to do")).to_be_visible()
    page.keyboard.press("n")
    dialog = page.get_by_role("dialog", name="New CTA for Homeworld Inc.")
    expect(dialog.get_by_label("Type")).to_be_focused()
    dialog.get_by_label("Type").select_option("risk")
    dialog.get_by_label("What is to be done").fill("Show them the licences")
    dialog.get_by_label("Due").fill((world.today - timedelta(days=2)).isoformat())
    dialog.get_by_label("Due").press("Enter")

    expect(page.get_by_role("link", name="Show them the licences")).to_be_visible()
    expect(page.locator("#acc-ctas")).to_have_text("Open CTAs1 1 late")
    page.locator("#toasts").get_by_role("link", name="Open").click()
    expect(page.get_by_role("dialog", name="Show them the licences")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)

    page.keyboard.press("Control+k")
    expect(page.get_by_role("combobox", name="Search or jump to")).to_be_focused()
    page.keyboard.type("log a")
    expect(page.get_by_role("option", name="Log a call")).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    drawer = page.get_by_role("dialog", name="Log with Homeworld Inc.")
    expect(drawer.get_by_label("Kind")).to_be_focused()
    expect(page.locator("[data-palette-box]")).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 360])
def test_the_account_s_work_is_accessible_and_fits(world: World, enter: Enter, site: str, width: int, scheme: Any) -> None:
    row = onboarding(world)
    ctas.snooze(row, world.today + WEEK, "Freeze over the holidays", today=world.today, actor=world.tam, at=world.at)
    ctas.create(
        world.homeworld,
        type="risk",
        title="Licences",
        priority=1,
        due_date=world.today,
        today=world.today,
        actor=None,
        at=world.at,
    )
    page = enter(world.tam)
    page.set_viewport_size({"width": width, "height": 760})
    page.emulate_media(color_scheme=scheme)

    for path in (work_of(world), f"/accounts/{world.homeworld.pk}/"):
        page.goto(site + path)
        assert complaints(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.get_by_label("More for Homeworld Inc.").click()
    page.get_by_role("link", name="Record feedback").click()
    expect(page.get_by_role("dialog", name="Record feedback of Homeworld Inc.")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_label("More for Homeworld Inc.")).to_be_focused()
