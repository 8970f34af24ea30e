"""The cockpit in a browser: a week of work by keyboard alone, bulk with undo, the board and the calendar by pointer and by key, a phone."""

import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tenure.actions import ctas, tasks
from tenure.models import CallToAction, PlaybookUse, Task, User
from tests import handbooks
from tests.browser.conftest import Enter, complaints
from tests.world import World

DAY = timedelta(days=1)


def monday(today: date) -> date:
    return today + timedelta(days=7 - today.weekday())


def make(world: World, title: str, due: date | None = None, **fields: Any) -> CallToAction:
    """A CTA of Tam's on Homeworld, due next Monday."""
    given = {"type": "lifecycle", "owner": world.tam, "due_date": due or monday(world.today), **fields}
    return ctas.create(given.pop("account", world.homeworld), title=title, today=world.today, actor=None, at=world.at, **given)


def task(world: World, row: CallToAction, title: str) -> Task:
    return tasks.add(row, title, owner=world.tam, due_date=row.due_date, actor=None, at=world.at)


def cockpit(enter: Enter, user: User, path: str = "") -> Page:
    page = enter(user)
    page.goto(page.url.rstrip("/") + f"/cockpit/{path}?f=owner:me")
    expect(page.locator("#list")).to_be_visible()
    return page


def pressed(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def three(world: World) -> list[CallToAction]:
    return [make(world, title, priority=place) for place, title in enumerate(("One", "Two", "Three"), 1)]


def test_one_goes_from_cta_to_cta_beside_the_list_by_keyboard(world: World, enter: Enter) -> None:
    three(world)
    page = cockpit(enter, world.tam)
    lines = page.locator("[data-row]")

    pressed(page, "j", "Enter")
    expect(page.get_by_role("complementary", name="One")).to_be_visible()
    expect(lines.nth(0)).to_have_attribute("aria-current", "true")
    pressed(page, "j")
    expect(page.get_by_role("complementary", name="Two")).to_be_visible()
    pressed(page, "j", "k")
    expect(page.get_by_role("complementary", name="Two")).to_be_visible()
    pressed(page, "Escape")
    expect(page.locator("#drawer > *")).to_have_count(0)
    expect(lines.nth(1)).to_be_focused()
    pressed(page, "?")
    expect(page.get_by_role("dialog", name="Keys of the cockpit")).to_be_visible()
    pressed(page, "Escape", "w")
    expect(page.get_by_role("dialog", name="Rank")).to_contain_text("Sum")
    pressed(page, "Escape", "/")
    expect(page.get_by_role("searchbox")).to_be_focused()


def test_a_week_is_worked_by_keyboard_alone(world: World, enter: Enter) -> None:
    rows = three(world)
    page = cockpit(enter, world.tam)

    pressed(page, "j", "j", "s")
    dialog = page.get_by_role("dialog", name="Snooze Two")
    expect(dialog.get_by_label("Until")).to_be_focused()
    dialog.get_by_role("button", name="In 2 weeks").focus()
    pressed(page, "Enter")
    dialog.get_by_label("Why it can wait").focus()
    page.keyboard.type("Freeze")
    pressed(page, "Enter")
    expect(dialog).to_have_count(0)
    expect(page.locator("tbody th")).to_contain_text([re.compile("Next week"), re.compile("Snoozed")])
    expect(page.locator(f"#c-{rows[1].pk}")).to_be_focused()

    pressed(page, "k")
    expect(page.locator(f"#c-{rows[2].pk}")).to_be_focused()
    pressed(page, "c")
    dialog = page.get_by_role("dialog", name="Close Three")
    expect(dialog.get_by_label("Closed Success")).to_be_focused()
    pressed(page, "Space")
    dialog.get_by_label("How it ended").focus()
    page.keyboard.type("They did it")
    pressed(page, "Enter")
    expect(page.locator("[data-row]")).to_have_count(2)
    expect(page.locator("#toasts")).to_contain_text("1 CTA closed: Closed Success.")
    expect(page.locator(f"#c-{rows[1].pk}")).to_be_focused()
    found = {row.title: (row.is_open, row.status, row.snooze_reason, row.outcome_note) for row in CallToAction.objects.all()}
    assert found == {
        "One": (True, "new", "", ""), "Two": (True, "new", "Freeze", ""), "Three": (False, "closed_success", "", "They did it"),
    }  # fmt: skip


def test_a_due_day_takes_its_tasks_along_after_a_look_and_comes_back(world: World, enter: Enter) -> None:
    row, due = make(world, "Onboard"), monday(world.today)
    moved = task(world, row, "Call")
    page = cockpit(enter, world.tam)

    pressed(page, "j", "d")
    dialog = page.get_by_role("dialog", name="Due date: Onboard")
    dialog.get_by_label("Due").fill((due + 2 * DAY).isoformat())
    expect(dialog.get_by_label("Call")).to_be_checked()
    dialog.get_by_role("button", name="Set date").click()
    expect(page.locator("#toasts")).to_contain_text("1 more moved with it")
    expect(page.locator(f"#c-{row.pk}")).to_contain_text(f"{due + 2 * DAY:%a} {(due + 2 * DAY).day} {due + 2 * DAY:%b}")
    moved.refresh_from_db()
    assert moved.due_date == due + 2 * DAY
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#toasts")).to_contain_text("Taken back.")
    moved.refresh_from_db()
    row.refresh_from_db()
    assert (row.due_date, moved.due_date) == (due, due)


def test_many_are_shifted_after_a_look_and_what_is_refused_is_named(world: World, enter: Enter) -> None:
    due = monday(world.today)
    task(world, make(world, "One"), "Call")
    make(world, "Whenever", None, due_date=None)
    page = cockpit(enter, world.tam)

    pressed(page, "j", "x", "j", "x")
    bar = page.get_by_role("toolbar", name="Actions on the selection")
    expect(bar).to_contain_text("2 selected")
    pressed(page, "d")
    dialog = page.get_by_role("dialog", name="Shift the due date of 2 CTAs")
    dialog.get_by_label("Later by").fill("1")
    expect(dialog.get_by_text("1 CTA and 1 task would move.")).to_be_visible()
    expect(dialog).to_contain_text("1 stays: Whenever has no due date to shift.")
    dialog.get_by_label("Open tasks move along").uncheck()
    expect(dialog).to_contain_text("1 CTA would move.")
    dialog.get_by_label("Open tasks move along").check()
    expect(dialog).to_contain_text("1 CTA and 1 task would move.")
    dialog.get_by_role("button", name="Shift dates").click()
    told = page.get_by_role("dialog", name="1 was left as it was")
    expect(told).to_contain_text("Whenever has no due date to shift.")
    assert complaints(page) == []
    pressed(page, "Escape")
    assert (CallToAction.objects.get(title="One").due_date, Task.objects.get().due_date) == (due + DAY, due + DAY)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#toasts")).to_contain_text("Taken back.")
    assert (CallToAction.objects.get(title="One").due_date, Task.objects.get().due_date) == (due, due)


def test_a_playbook_is_applied_in_bulk_and_taken_back(world: World, enter: Enter, tmp_path: Path, settings: Any) -> None:
    settings.HANDBOOK = handbooks.testing()
    make(world, "One")
    page = cockpit(enter, world.tam)

    page.get_by_role("checkbox", name="Select One").check()
    page.get_by_role("button", name="Apply a playbook").click()
    dialog = page.get_by_role("dialog", name="Apply a playbook to 1 account")
    dialog.get_by_label("Playbook").select_option(label="Testing")
    expect(dialog).to_contain_text("Who gets the work")
    expect(dialog.get_by_role("list", name="Accounts that get it")).to_contain_text("Homeworld Inc.6 tasks")
    assert complaints(page) == []
    assert PlaybookUse.objects.count() == 0
    dialog.get_by_role("button", name="Apply").click()
    expect(page.locator("[data-row]")).to_have_count(2)
    expect(page.locator("#toasts")).to_contain_text("Testing is at work on 1 account.")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("[data-row]")).to_have_count(1)
    expect(page.locator("#toasts")).to_contain_text("Taken back on 1 account.")
    assert PlaybookUse.objects.get().status != "active"


def test_the_board_moves_cards_by_pointer_and_by_key(world: World, enter: Enter) -> None:
    rows = [make(world, title, priority=place) for place, title in enumerate(("One", "Two", "Three"), 1)]
    page = cockpit(enter, world.tam, "board/")
    column = {
        name: page.get_by_role("region", name=re.compile(f"^{name}")) for name in ("New", "Work in progress", "Snoozed", "Closed")
    }

    page.locator(f"#c-{rows[0].pk}").drag_to(column["Work in progress"])
    expect(column["Work in progress"]).to_contain_text("One")
    page.locator(f"#c-{rows[1].pk}").focus()
    pressed(page, "Space", "ArrowRight")
    expect(page.locator("#ck-say")).to_have_text("Work in progress")
    pressed(page, "Escape")
    expect(column["New"]).to_contain_text("Two")
    pressed(page, "Space", "ArrowRight", "Space")
    expect(column["Work in progress"]).to_contain_text("Two")
    expect(page.locator(f"#c-{rows[1].pk}")).to_be_focused()

    pressed(page, "Space", "ArrowRight", "ArrowRight", "Space")
    dialog = page.get_by_role("dialog", name="Close Two")
    dialog.get_by_label("Closed: Already Solved").check()
    dialog.get_by_role("button", name="Close CTA").click()
    expect(column["Closed"]).to_contain_text("Two")
    page.locator(f"#c-{rows[2].pk}").drag_to(column["Snoozed"])
    expect(page.get_by_role("dialog", name="Snooze Three")).to_be_visible()
    pressed(page, "Escape")
    page.locator(f"#c-{rows[1].pk}").drag_to(column["New"])
    expect(column["New"]).to_contain_text("Two")
    assert complaints(page) == []
    assert {row.title: (row.status, row.is_open) for row in CallToAction.objects.all()} == {
        "One": ("in_progress", True), "Two": ("new", True), "Three": ("new", True),
    }  # fmt: skip


def test_the_calendar_moves_days_by_pointer_and_by_key(world: World, enter: Enter) -> None:
    middle = world.today.replace(day=15)
    row, other = make(world, "Call", middle), make(world, "Onboard", middle + DAY)
    with_it = tasks.add(other, "Agenda", owner=world.tam, due_date=middle + DAY, actor=None, at=world.at)
    page = cockpit(enter, world.tam, "calendar/")

    def day(one: date) -> Any:
        return page.locator(f"[data-zone='{one.isoformat()}']")

    page.locator(f"#c-{row.pk}").drag_to(day(middle + 2 * DAY))
    expect(day(middle + 2 * DAY)).to_contain_text("Call")
    pressed(page, "Space", "ArrowLeft", "ArrowUp", "Space")
    expect(day(middle - 6 * DAY)).to_contain_text("Call")
    expect(page.locator(f"#c-{row.pk}")).to_be_focused()
    page.get_by_role("button", name="Undo").last.click()
    expect(day(middle + 2 * DAY)).to_contain_text("Call")

    page.locator(f"#c-{other.pk}").drag_to(day(middle + 3 * DAY))
    dialog = page.get_by_role("dialog", name="Due date: Onboard")
    expect(dialog.get_by_label("Agenda")).to_be_checked()
    dialog.get_by_role("button", name="Set date").click()
    expect(day(middle + 3 * DAY)).to_contain_text("Onboard")
    with_it.refresh_from_db()
    assert with_it.due_date == middle + 3 * DAY
    assert complaints(page) == []
    page.get_by_role("link", name="Week", exact=True).click()
    expect(page.locator("[data-zone]")).to_have_count(7)
    assert complaints(page) == []


def test_what_the_drawer_changes_the_list_shows(world: World, enter: Enter) -> None:
    row = make(world, "Onboard")
    make(world, "Other", priority=3)
    page = cockpit(enter, world.tam)

    page.get_by_role("link", name="Lifecycle: Onboard").click()
    pane = page.get_by_role("complementary", name="Onboard")
    pane.get_by_label("Priority").select_option(label="High")
    expect(page.locator(f"#c-{row.pk}")).to_contain_text("High priority")
    expect(page.locator(f"#c-{row.pk}")).to_have_attribute("aria-current", "true")
    pane.get_by_role("button", name="Next").click()
    expect(page.get_by_role("complementary", name="Other")).to_be_visible()
    page.get_by_role("link", name="Lifecycle: Onboard").click()
    expect(pane).to_be_visible()
    assert complaints(page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_cockpit_and_its_dialogs_are_accessible(scheme: Any, world: World, enter: Enter) -> None:
    due = world.today - DAY
    make(world, "Late", due, priority=1, type="risk")
    rests = make(world, "Rests")
    ctas.snooze(rests, world.today + DAY, "Freeze", today=world.today, actor=None, at=world.at)
    page = cockpit(enter, world.tam)
    page.emulate_media(color_scheme=scheme)

    assert complaints(page) == []
    pressed(page, "j", "x")
    for name in ("Shift dates", "Snooze", "Close CTAs", "Apply a playbook"):
        page.get_by_role("toolbar").get_by_role("button", name=name).click()
        expect(page.locator("#dialog [role=dialog]")).to_be_visible()
        assert complaints(page) == [], name
        pressed(page, "Escape")
    for key in ("w", "?"):
        page.locator("[data-row]").first.focus()
        pressed(page, key)
        expect(page.locator("#dialog [role=dialog]")).to_be_visible()
        assert complaints(page) == [], key
        pressed(page, "Escape")


def test_on_a_phone_work_stands_in_cards(world: World, enter: Enter) -> None:
    row = make(world, "A call with a rather long title that does not fit into a line", world.today, priority=1)
    task(world, row, "Agenda")
    page = enter(world.tam)
    page.set_viewport_size({"width": 360, "height": 760})
    for path in ("", "board/", "calendar/"):
        page.goto(page.url.split("/", 3)[0] + "//" + page.url.split("/")[2] + f"/cockpit/{path}?f=owner:me")
        expect(page.get_by_text("A call with a rather long title").first).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, path
        assert complaints(page) == [], path
    page.get_by_role("link", name="List").click()
    expect(page.locator("[data-row]")).to_have_count(1)
    page.wait_for_load_state()
    pressed(page, "j", "w")
    points = page.get_by_role("dialog", name="Rank").get_by_role("columnheader", name="Points").bounding_box()
    assert points is not None
    assert points["x"] + points["width"] <= 348  # inside the dialog
    pressed(page, "Escape", "x")
    bar = page.get_by_role("toolbar", name="Actions on the selection")
    expect(bar).to_contain_text("1 selected")
    expect(bar.get_by_role("button", name="Clear the selection")).to_be_in_viewport(ratio=1)
    pressed(page, "x")
    expect(bar).to_be_hidden()
    page.get_by_role("link", name="A call with").click()
    pane = page.get_by_role("complementary", name="A call with")
    expect(pane).to_be_visible()
    assert pane.bounding_box()["width"] == 360  # type: ignore[index]
    pane.get_by_role("button", name="Close", exact=True).click()
    expect(pane).to_have_count(0)
