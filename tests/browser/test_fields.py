"""What is wrong with a field stands beside it, before anything is sent as well as after; the browser's own bubbles stay away."""

from datetime import timedelta

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from tenure.actions import handovers_starting, profiles_sheets, projects
from tenure.models import HandOver, ProjectIssue
from tests import work
from tests.browser.conftest import Enter, complaints
from tests.world import World

SLOW = 40_000  # ms: the first page reads the handbook


def go(page: Page, path: str) -> Page:
    page.goto(f"{'/'.join(page.url.split('/')[:3])}{path}", timeout=SLOW)
    return page


def test_an_empty_reason_is_told_beside_it_and_goes_once_it_is_there(world: World, enter: Enter) -> None:
    row = handovers_starting.start(
        world.homeworld, "sale", giver=world.ari, taker=world.tam, today=world.today, actor=work.fresh(world.mona), at=world.at
    )
    page = go(enter(world.mona), f"/handovers/{row.pk}/")
    page.get_by_label("More for this hand-over").click()
    page.get_by_role("link", name="Call off").click()
    dialog = page.locator("#dialog")
    reason = dialog.get_by_role("textbox", name="Why")

    dialog.get_by_role("button", name="Call off").click()

    expect(dialog.locator(".err-t")).to_have_text("Fill this in.")
    expect(reason).to_be_focused()
    expect(reason).to_have_attribute("aria-invalid", "true")
    expect(reason).to_have_accessible_description("Fill this in.")
    assert complaints(page) == []
    assert HandOver.objects.get().is_open
    reason.fill("They left")
    expect(dialog.locator(".err-t")).to_have_count(0)
    dialog.get_by_role("button", name="Call off").click()
    expect(page.locator("#toasts")).to_contain_text("called off")
    assert not HandOver.objects.get().is_open


def test_days_out_of_bounds_are_told_in_the_words_of_the_house(world: World, enter: Enter) -> None:
    row = handovers_starting.start(
        world.homeworld, "sale", giver=world.ari, taker=world.tam, today=world.today, actor=work.fresh(world.mona), at=world.at
    )
    page = go(enter(world.mona), f"/handovers/{row.pk}/")
    page.get_by_role("link", name="Tick Command plan").click()
    drawer = page.locator("#drawer")

    drawer.get_by_label("On", exact=True).fill((world.today + timedelta(days=1)).isoformat())
    drawer.get_by_label("Where it is").fill("no address")
    drawer.get_by_role("button", name="Save").click()

    today = f"{world.today.day} {world.today:%b %Y}"
    expect(drawer.locator(".err-t")).to_have_text(
        [f"Give a day up to {today}.", "Give the whole address, with https:// before it."]
    )
    expect(drawer.locator("[name=on]")).to_be_focused()
    assert row.items.count() == 0


@pytest.mark.parametrize("path", ["issues/new/", "milestones/new/"])
def test_a_form_of_a_project_without_its_title_sends_nothing(path: str, world: World, enter: Enter) -> None:
    row = projects.create(
        world.homeworld, "enterprise", start=world.today, today=world.today, actor=work.fresh(world.tam), at=world.at
    )
    before = ProjectIssue.objects.count(), row.milestones.count()
    page = go(enter(world.tam), f"/projects/{row.pk}/{path}")

    page.locator("main form").get_by_role("button").last.click()

    expect(page.locator("main .err-t").first).to_have_text("Fill this in.")
    assert (ProjectIssue.objects.count(), row.milestones.count()) == before


def test_what_the_server_found_wrong_goes_too_once_the_field_is_right(world: World, enter: Enter) -> None:
    sheet, _ = profiles_sheets.make(
        world.homeworld, "Before the kick-off", ["nodes"], today=world.today, actor=work.fresh(world.tam), at=world.at
    )
    page = go(enter(world.tam), reverse("profiles_sheets:read", args=[world.homeworld.pk, sheet.pk]))
    main, file = page.locator("main"), page.locator("input[type=file]")
    main.get_by_label("Who answered").fill("Ann Lee")
    file.set_input_files({"name": "answers.pdf", "mimeType": "application/pdf", "buffer": b"%PDF"})
    main.get_by_role("button", name="Read").click()
    expect(main.locator(".err-t")).to_have_text("answers.pdf is neither CSV, XLSX nor Markdown.")

    main.get_by_role("button", name="Read").click()
    expect(main.locator(".err-t")).to_have_text("Choose a file.")
    expect(file).to_have_accessible_description("Choose a file.")
    file.set_input_files({"name": "answers.csv", "mimeType": "text/csv", "buffer": b"field,answer"})

    expect(main.locator(".err-t")).to_have_count(0)
