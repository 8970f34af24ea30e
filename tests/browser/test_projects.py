"""Projects by mouse and keyboard: made from each template, issues worked on, what differs found and mended, the board, a guest."""

import re
from datetime import date

import pytest
from playwright.sync_api import Page, expect

from tenure.actions import projects, projects_comments, projects_issues
from tenure.models import Project
from tests import work
from tests.browser.conftest import Enter, complaints
from tests.world import World

SLOW = 40_000  # ms: the first page reads the handbook


def go(page: Page, path: str) -> Page:
    page.goto(f"{'/'.join(page.url.split('/')[:3])}{path}", timeout=SLOW)
    return page


def made(world: World) -> Project:
    return projects.create(
        world.homeworld, "enterprise", start=world.today, today=world.today, actor=work.fresh(world.tam), at=world.at
    )


@pytest.mark.parametrize(("template", "title", "issues"), [("enterprise", "Enterprise", 14), ("commercial", "Commercial", 6)])
def test_a_project_is_made_from_a_template_and_taken_back(
    template: str, title: str, issues: int, world: World, enter: Enter
) -> None:
    page = go(enter(world.tam), f"/accounts/{world.homeworld.pk}/project/")
    page.get_by_role("link", name="Make the project").click()
    drawer = page.get_by_role("dialog", name="New project for Homeworld Inc.")
    drawer.get_by_role("radio", name=re.compile(title)).check()
    assert complaints(page) == []
    drawer.get_by_role("button", name="Make the project").click()

    expect(page.locator("#toasts")).to_contain_text(f"Homeworld Inc. is made, with {issues} issues.")
    expect(page.get_by_role("heading", name="README.md")).to_be_visible()
    assert complaints(page) == []
    page.get_by_role("link", name=re.compile("^Issues")).click()
    expect(page.get_by_role("table")).to_contain_text("Welcome to GitLab call")
    assert complaints(page) == []
    go(page, f"/projects/{Project.objects.get().pk}/")
    page.get_by_label("More").click()
    page.get_by_role("button", name="Delete").click()
    expect(page.locator("#toasts")).to_contain_text("Homeworld Inc. is deleted.")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#toasts")).to_contain_text("Homeworld Inc. is back.")
    assert Project.objects.get().template == template


def test_what_does_not_comply_is_found_mended_and_taken_back(world: World, enter: Enter) -> None:
    row = made(world)
    me = work.fresh(world.tam)
    projects_issues.delete(row, row.issues.get(key="welcome").pk, today=world.today, actor=me, at=world.at)
    projects.change(row, {"visibility": "public"}, today=world.today, actor=me, at=world.at)
    page = go(enter(world.tam), "/projects/")
    page.get_by_role("link", name="4 differences").click()
    expect(page.get_by_role("heading", name="What differs from the template")).to_be_visible()
    assert complaints(page) == []

    page.get_by_role("button", name="Add the issue: The issue “Welcome to GitLab call” is missing").click()
    expect(page.locator("#toasts")).to_contain_text("Mended.")
    expect(page.get_by_text("Welcome to GitLab call")).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#toasts")).to_contain_text("Taken back.")
    expect(page.get_by_text("The issue “Welcome to GitLab call” is missing")).to_be_visible()
    page.get_by_role("button", name="Mend what can be").click()
    expect(page.locator("#toasts")).to_contain_text("Mended what could be. 2 need a person.")
    expect(page.get_by_text("Give the account a solutions architect first.")).to_be_visible()
    row.refresh_from_db()
    assert (row.visibility, row.differs, row.issues.filter(key="welcome", deleted_at=None).count()) == ("private", 2, 1)


def test_an_issue_is_worked_on_in_its_drawer_by_keys(world: World, enter: Enter) -> None:
    row = made(world)
    page = go(enter(world.tam), f"/projects/{row.pk}/issues/?q=first%20weeks")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    drawer = page.get_by_role("dialog", name=re.compile("Review the first weeks"))
    box = drawer.get_by_role("checkbox", name="What holds teams back")
    box.focus()
    page.keyboard.press("Space")
    expect(drawer.get_by_text("1 of 4")).to_be_visible()
    assert complaints(page) == []
    drawer.get_by_label("Comment", exact=True).fill("Done with Carol")
    page.keyboard.press("Control+Enter")
    expect(drawer.locator("#said")).to_contain_text("Done with Carol")
    drawer.get_by_role("button", name="Close issue").click()
    expect(drawer.get_by_role("button", name="Open again")).to_be_visible()
    expect(page.locator("#toasts")).to_contain_text("is closed.")
    page.keyboard.press("Escape")
    expect(page.locator("#list .pj-done")).to_have_count(1)


def test_a_card_goes_along_the_board_by_keys(world: World, enter: Enter) -> None:
    row = made(world)
    page = go(enter(world.tam), f"/projects/{row.pk}/board/?q=first%20weeks")
    assert complaints(page) == []
    page.locator("[data-item]").focus()
    for key in ("Space", "ArrowRight", "Space"):
        page.keyboard.press(key)

    expect(page.get_by_role("region", name=re.compile("Doing")).locator("[data-item]")).to_have_count(1)
    expect(page.locator("#toasts")).to_contain_text("moved.")
    assert [label.name for label in row.issues.get(key="adoption").labels.order_by("name")] == ["Onboarding", "Status::Doing"]


def test_a_guest_is_invited_ticks_and_is_gone(world: World, enter: Enter, site: str) -> None:
    row = made(world)
    page = go(enter(world.tam), f"/projects/{row.pk}/people/")
    assert complaints(page) == []
    page.get_by_role("link", name="Invite a guest").click()
    drawer = page.get_by_role("dialog")
    drawer.locator("[name=contact]").select_option(label="Carol of Homeworld Inc.")
    drawer.get_by_role("button", name="Make the link").click()
    link = page.get_by_label("Link, shown only now").input_value()
    address = f"{site}/shared/{link.partition('/shared/')[2]}"  # the settings name another host than the test's server
    browser = page.context.browser
    assert browser is not None
    outside = browser.new_context().new_page()
    outside.goto(address)
    assert complaints(outside) == []
    outside.get_by_role("link", name="Welcome to GitLab call").click()
    outside.get_by_role("checkbox", name="Day agreed, invitation sent").check()
    expect(outside.get_by_role("checkbox", name="Day agreed, invitation sent")).to_be_checked()
    assert complaints(outside) == []
    outside.goto(f"{site}/projects/{row.pk}/")
    assert "/login/" in outside.url

    go(page, f"/projects/{row.pk}/people/").get_by_role("button", name="End the link of Carol of Homeworld Inc.").click()
    expect(page.locator("#toasts")).to_contain_text("has ended.")
    gone = outside.goto(address)
    assert gone is not None
    assert gone.status == 404
    assert row.issues.get(key="welcome").ticked == 1
    outside.context.close()


def test_the_other_pages_are_fit_for_everybody(world: World, enter: Enter) -> None:
    old = date(2019, 5, 1)
    row = projects.create(world.homeworld, "enterprise", start=old, today=old, actor=work.fresh(world.tam), at=world.at)
    page = enter(world.tam)
    found = {}
    for part in (
        "milestones/",
        "labels/",
        "update/",
        "issues/new/",
        "people/new/",
        "change/?part=readme",
        "../templates/enterprise/2/",
        "../templates/",
    ):
        go(page, f"/projects/{row.pk}/{part}")
        page.set_viewport_size({"width": 360, "height": 800})
        wide = page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
        found[part] = [*complaints(page), *(["wider than a phone"] if wide else [])]
        page.set_viewport_size({"width": 1440, "height": 900})
        found[part] += complaints(page)

    assert {part: said for part, said in found.items() if said} == {}


def test_enter_in_a_form_that_can_also_delete_saves(world: World, enter: Enter) -> None:
    row = made(world)
    stone, label = row.milestones.order_by("pk")[0], row.labels.order_by("pk")[0]
    page = go(enter(world.tam), f"/projects/{row.pk}/milestones/{stone.pk}/")
    page.get_by_label("Title").fill("First day")
    page.get_by_label("Title").press("Enter")
    expect(page.locator("#toasts")).to_contain_text("First day saved.")
    go(page, f"/projects/{row.pk}/labels/{label.pk}/")
    page.get_by_label("Name").fill("first")
    page.get_by_label("Name").press("Enter")
    expect(page.locator("#toasts")).to_contain_text("first saved.")

    stone.refresh_from_db()
    label.refresh_from_db()
    assert (stone.title, stone.deleted_at, label.name, label.deleted_at) == ("First day", None, "first", None)


def test_a_comment_half_written_survives_a_tick(world: World, enter: Enter) -> None:
    row = made(world)
    issue = row.issues.get(key="adoption")
    page = go(enter(world.tam), f"/projects/{row.pk}/issues/{issue.iid}/")
    page.get_by_label("Comment").fill("Half a comment")

    page.get_by_role("checkbox", name="What holds teams back").check()
    expect(page.locator("#issue")).to_contain_text("1 of 4")
    expect(page.get_by_label("Comment")).to_have_value("Half a comment")
    page.get_by_role("button", name="Comment").click()

    expect(page.locator("#said")).to_contain_text("Half a comment")
    expect(page.get_by_label("Comment").last).to_have_value("")


def test_enter_on_a_ticked_box_opens_the_issue_and_changes_nothing(world: World, enter: Enter) -> None:
    row = made(world)
    page = enter(world.tam)
    go(page, f"/projects/{row.pk}/issues/?f=state:is:opened")
    box = page.locator("tbody input[type=checkbox]").first
    box.focus()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")

    expect(page.get_by_role("dialog")).to_be_visible()
    assert row.issues.filter(state="closed").count() == 0


def test_many_issues_get_a_day_from_the_bar(world: World, enter: Enter) -> None:
    row = made(world)
    issue = row.issues.get(key="adoption")
    page = go(enter(world.tam), f"/projects/{row.pk}/issues/?view=all")

    page.get_by_role("checkbox", name=issue.title).check()
    page.get_by_role("toolbar").get_by_text("Due", exact=True).click()
    page.get_by_label("Another day").fill("2027-01-15")
    page.get_by_label("Another day").press("Enter")
    assert complaints(page) == []
    page.get_by_role("button", name="Due · 15 Jan 2027").click()

    expect(page.get_by_text("1 issue changed.")).to_be_visible()
    issue.refresh_from_db()
    assert (issue.due_date, issue.state) == (date(2027, 1, 15), "opened")


def test_a_comment_that_is_changed_stays_in_its_form_until_it_is_saved(world: World, enter: Enter) -> None:
    row = made(world)
    issue = row.issues.get(key="adoption")
    comment = projects_comments.add(row, issue.pk, "First words", actor=world.tam, at=world.at)
    page = go(enter(world.tam), f"/projects/{row.pk}/issues/{issue.iid}/")
    form = page.locator(f"#say-{comment.pk}")
    page.locator("#say").fill("Half a comment")
    page.locator("#said [aria-label=More]").click()
    page.get_by_role("button", name="Edit", exact=True).click()
    expect(form.get_by_label("Comment")).to_be_focused()

    form.get_by_label("Comment").fill("   ")
    form.get_by_role("button", name="Save").click()
    expect(form).to_contain_text("Write something first.")
    form.get_by_label("Comment").fill("Second words")
    form.get_by_role("button", name="Save").click()

    expect(page.locator("#said .said")).to_have_text("Second words")
    expect(page.locator("#say")).to_have_value("Half a comment")
