"""Onboardings in a browser: completing one that still lacks answers, the board by key, the manager's review; pages fit for everybody."""

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from tenure.actions import onboardings, reviews
from tenure.models import Onboarding, ReviewItem, Task
from tests.browser.conftest import Enter, complaints
from tests.browser.test_pages import too_wide
from tests.world import World


def make(world: World, account: str = "homeworld", owned: bool = True) -> Onboarding:
    given = {
        "name": f"{account} 2026",
        "owner": world.tam if owned else None,
        "start_date": world.today - timedelta(days=20),
        "contract_date": world.today - timedelta(days=20),
    }
    return onboardings.create(world.accounts[account], given, today=world.today, actor=None, at=world.at, cause="closed_won")


def test_an_onboarding_is_completed_with_what_it_asks_for_and_taken_back(world: World, enter: Enter, site: str) -> None:
    row = make(world)
    page = enter(world.tam)
    page.goto(f"{site}/onboardings/?view=all")

    page.get_by_role("link", name="homeworld 2026").click()
    drawer = page.get_by_role("dialog", name="homeworld 2026")
    drawer.get_by_label("First reach-out").fill((world.today - timedelta(days=9)).isoformat())
    drawer.get_by_label("Notes").click()
    expect(drawer.locator(".ob-time").first).to_contain_text("11 days")
    drawer.get_by_label("Status").select_option("completed")
    dialog = page.get_by_role("dialog", name="Complete homeworld 2026")
    dialog.get_by_label("Survey sent").select_option("yes")
    dialog.get_by_role("button", name="Complete").click()
    expect(dialog.get_by_text("Still asked for")).to_have_count(2)
    dialog.get_by_label("Results received").select_option("no")
    dialog.get_by_label("Score").select_option("4")
    dialog.get_by_role("button", name="Complete").click()
    expect(dialog).to_have_count(0)
    expect(drawer.get_by_role("button", name="Reopen")).to_be_visible()
    assert Onboarding.objects.get().status == "completed"

    page.locator("#toasts form button", has_text="Undo").last.click()
    expect(drawer.get_by_role("link", name="Complete")).to_be_visible()
    row.refresh_from_db()
    assert (row.status, row.survey_score, row.days_to_engage) == ("not_started", None, 11)


def test_a_card_moves_by_key_and_one_that_asks_opens_its_form(world: World, enter: Enter, site: str) -> None:
    row = make(world)
    page = enter(world.tam)
    page.goto(f"{site}/onboardings/board/?view=all")

    page.locator(f"#o-{row.pk}").focus()
    for key in ("Space", "ArrowRight", "Space"):
        page.keyboard.press(key)
    expect(page.locator('[data-zone="scheduled"] .ck-card')).to_have_count(1)
    expect(page.locator(f"#o-{row.pk}")).to_be_focused()
    for key in ("Space", "ArrowRight", "ArrowRight", "ArrowRight", "Space"):
        page.keyboard.press(key)
    expect(page.get_by_role("dialog", name="Complete homeworld 2026")).to_be_visible()
    row.refresh_from_db()
    assert row.status == "scheduled"


def test_a_manager_holds_the_review(world: World, enter: Enter, site: str) -> None:
    free, row = make(world, "funland", owned=False), make(world)
    page = enter(world.mona)
    page.goto(f"{site}/reviews/onboarding/")

    page.get_by_role("button", name="Start the review").click()
    item = page.locator(f"#rv-{free.pk}")
    item.get_by_label("Owner").select_option(str(world.tam.pk))
    item.get_by_role("button", name="Assign").click()
    expect(page.locator("#toasts")).to_contain_text("assigned to Tam Technical")
    page.goto(f"{site}/reviews/onboarding/")
    item = page.locator(f"#rv-{row.pk}")
    item.get_by_label("Notes").fill("Needs the goals")
    item.get_by_label("Next step for").fill("Ask for them")
    item.get_by_role("button", name="Add").click()
    expect(page.locator(f"#rv-{row.pk} .rv-tasks")).to_contain_text("Ask for them")
    expect(page.locator(f"#rv-{row.pk}").get_by_label("Notes")).to_have_value("Needs the goals")
    page.locator(f"#rv-{row.pk}").get_by_label("Looked at").check()
    expect(page.locator(f"#rv-{row.pk}.looked")).to_be_visible()
    page.reload()
    page.get_by_role("button", name="Sign off").click()

    expect(page.get_by_text("Signed off by Mona Manager")).to_be_visible()
    assert (ReviewItem.objects.get(object_id=row.pk).notes, Task.objects.get().owner) == ("Needs the goals", world.tam)
    row.refresh_from_db()
    assert row.reviewed_on == world.today


PAGES = ("/onboardings/?view=all", "/onboardings/board/?view=all", "/onboardings/times/?view=all", "/onboardings/{pk}/", "/onboardings/{pk}/complete/",
         "/onboardings/new/?account={account}", "/accounts/{account}/onboarding/", "/reviews/", "/reviews/onboarding/?who=all", "/")  # fmt: skip


def test_every_page_is_fit_for_everybody(world: World, enter: Enter, site: str) -> None:
    row = make(world)
    onboardings.milestone(row, "scm_40", world.today, today=world.today, actor=world.tam, at=world.at)
    reviews.start("onboarding", today=world.today, actor=world.mona, at=world.at)
    page = enter(world.mona)
    found = {path: said for path in PAGES if (said := looked(page, site + path.format(pk=row.pk, account=row.account_id)))}
    page.goto(f"{site}/onboardings/?view=all")
    page.get_by_role("link", name="homeworld 2026").click()
    expect(page.get_by_role("dialog")).to_be_visible()

    if found or (said := complaints(page)):
        pytest.fail(f"{found} drawer: {said if not found else ''}", pytrace=False)


def looked(page: Page, url: str) -> list[str]:
    """What is wrong with a page, wide and in light, narrow and in the dark."""
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(url)
    said = complaints(page)
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    page.set_viewport_size({"width": 360, "height": 740})
    page.reload()
    return [*said, *(f"dark: {line}" for line in complaints(page)), *(f"wide: {line}" for line in too_wide(page))]
