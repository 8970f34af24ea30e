"""Saved views: a narrowed list kept under a name, and found again."""

import re

from playwright.sync_api import expect

from tenure.models import SavedView
from tests.browser.conftest import Enter
from tests.world import World


def test_a_narrowed_list_is_saved_as_a_view_and_opened_again(decided: World, enter: Enter, site: str) -> None:
    page = enter(decided.mona)
    page.get_by_role("link", name="Accounts", exact=True).click()
    page.get_by_role("searchbox", name="Search by name").fill("land")
    rows = page.locator("#list tbody tr")
    expect(rows).to_have_count(1)
    expect(page).to_have_url(re.compile("q=land"))

    page.get_by_label("Views: save, change, open").click()
    page.get_by_role("button", name="Save as a view").click()
    dialog = page.get_by_role("dialog", name="Save as a view")
    dialog.get_by_label("Name").fill("Lands")
    dialog.get_by_role("button", name="Save").click()
    expect(page.get_by_role("navigation", name="Views").get_by_role("link", name="Lands")).to_be_visible()
    view = SavedView.objects.get()
    assert (view.name, view.owner, view.shared) == ("Lands", decided.mona, False)

    page.goto(f"{site}/accounts/")
    page.get_by_role("navigation", name="Views").get_by_role("link", name="Lands").click()
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("Funland Arcade")


def test_accounts_are_exported_as_they_are_shown(decided: World, enter: Enter, site: str) -> None:
    page = enter(decided.ops)
    page.goto(f"{site}/accounts/?q=arcade")

    page.get_by_label("Export", exact=True).click()
    with page.expect_download() as waiting:
        page.get_by_role("link", name=re.compile("^CSV")).click()

    lines = waiting.value.path().read_text(encoding="utf-8-sig").splitlines()
    assert len(lines) == 2
    assert lines[1].startswith("Funland Arcade,")
