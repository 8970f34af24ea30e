"""Hours: from a full week to what is behind it, an absence and its undo, and an account given to whoever has room."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from tenure.models import Absence, CapacityPlan
from tenure.rules import capacity as rules
from tenure.runs import capacity as planning
from tests.browser.conftest import Enter, complaints
from tests.world import World


@pytest.fixture
def plan(decided: World) -> CapacityPlan:
    """This week's window; its absences are those of the tests."""
    return planning.build(decided.today, today=decided.today, now=timezone.now)


def test_a_manager_looks_behind_a_week_and_notes_an_absence(decided: World, plan: CapacityPlan, enter: Enter) -> None:
    page = enter(decided.mona)
    page.get_by_role("link", name="Hours", exact=True).first.click()
    table = page.get_by_role("region", name="Hours by person and week")
    expect(table.get_by_role("row", name=re.compile("Tam Technical"))).to_be_visible()
    expect(page.locator("#c-capacity svg")).to_be_visible()
    assert complaints(page) == []

    cell = table.locator(f"#cap-{decided.tam.pk}-{rules.monday(decided.today)}")
    cell.focus()
    page.keyboard.press("Enter")
    drawer = page.get_by_role("dialog")
    expect(drawer.get_by_role("heading", level=2)).to_contain_text("Tam Technical")
    expect(drawer.get_by_role("row", name=re.compile("Cadence call")).first).to_be_visible()
    assert complaints(page) == []

    drawer.get_by_role("link", name="Working time and absences").click()
    page.get_by_role("dialog").get_by_role("link", name="Add").click()
    first, last = decided.today + timedelta(days=60), decided.today + timedelta(days=64)
    page.get_by_label("First day").fill(first.isoformat())
    page.get_by_label("Last day").fill(last.isoformat())
    page.get_by_label("Who stands in").select_option(label="Tessa Technical")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("dialog")).to_contain_text("Tessa Technical stands in")
    assert complaints(page) == []
    assert Absence.objects.get().user == decided.tam

    page.keyboard.press("Escape")
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Taken back.")).to_be_visible()
    assert not Absence.objects.exists()


def test_an_overlap_is_told_in_its_field(decided: World, plan: CapacityPlan, enter: Enter) -> None:
    first = decided.today + timedelta(days=60)
    Absence.objects.create(user=decided.tam, first=first, last=first, created_at=decided.at)
    page = enter(decided.tam)
    page.goto(f"{page.url}profile/")
    page.locator("#my-time").click()
    page.get_by_role("dialog").get_by_role("link", name="Add").click()

    page.get_by_label("First day").fill(first.isoformat())
    page.get_by_role("button", name="Add", exact=True).click()

    expect(page.get_by_label("First day")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_role("dialog")).to_contain_text("already.")
    assert complaints(page) == []


def test_a_manager_assigns_by_the_hours_that_people_would_have(decided: World, plan: CapacityPlan, enter: Enter) -> None:
    page = enter(decided.mona)
    page.get_by_role("link", name="Hours of each TAM with Beach City Corp.").click()
    drawer = page.get_by_role("dialog")
    expect(drawer.get_by_role("heading", level=2)).to_have_text("Assign a TAM to Beach City Corp.")
    expect(drawer.get_by_text(re.compile("asks a TAM for"))).to_be_visible()
    assert complaints(page) == []

    drawer.get_by_role("radio", name=re.compile("Tessa Technical")).check()
    drawer.get_by_role("button", name="Assign").click()

    expect(page.get_by_text("Tessa Technical is on Beach City Corp.")).to_be_visible(timeout=15_000)
    expect(page.get_by_role("heading", level=1)).to_have_text("Team home")
    assert decided.beach_city.assignments.get(role="tam").user == decided.tessa


def test_a_window_of_another_quarter_is_planned_and_comes_by_itself(decided: World, enter: Enter) -> None:
    page = enter(decided.tam)
    page.get_by_role("link", name="Hours", exact=True).first.click()
    expect(page.get_by_role("heading", name=re.compile("Planning the weeks from"))).to_be_visible()
    assert complaints(page) == []

    planning.build(decided.today, today=decided.today, now=timezone.now)

    expect(page.get_by_role("region", name="Hours by person and week")).to_be_visible(timeout=15_000)
    expect(page.get_by_role("heading", name="My hours")).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_on_a_phone_the_weeks_scroll_under_the_names(decided: World, plan: CapacityPlan, enter: Enter, theme: str) -> None:
    page = enter(decided.mona)
    page.set_viewport_size({"width": 360, "height": 760})
    page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
    page.goto(f"{page.url}capacity/")
    table = page.get_by_role("region", name="Hours by person and week")
    expect(table).to_be_visible()

    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert complaints(page) == []
    page.locator(".cap-c").first.click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert complaints(page) == []
