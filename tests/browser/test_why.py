"""Finding an account and asking why."""

import re

from playwright.sync_api import expect

from tests.browser.conftest import Enter, complaints
from tests.world import World


def test_somebody_finds_an_account_by_keyboard_and_asks_why_it_has_its_gemstone(decided: World, enter: Enter) -> None:
    page = enter(decided.mona)

    page.keyboard.press("Control+k")
    expect(page.get_by_role("combobox", name="Search or jump to")).to_be_focused()
    page.keyboard.type("crab")
    expect(page.get_by_role("listbox", name="Results").get_by_role("option").first).to_contain_text("The Crab Shack")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(rf"/accounts/{decided.crab_shack.pk}/"))
    page.get_by_role("link", name=re.compile("Why The Crab Shack, .*gemstone", re.IGNORECASE)).first.click()

    why = page.get_by_role("dialog")
    expect(why).to_contain_text("Sapphire")
    expect(why).to_contain_text("2,100")
    expect(why).to_contain_text("in force since")
    expect(why).to_contain_text("Using Salesforce within Customer Success")
    assert complaints(page) == []

    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_an_outcome_is_settled_by_hand_with_a_reason(decided: World, enter: Enter, site: str) -> None:
    page = enter(decided.mona)
    page.goto(f"{site}/accounts/{decided.crab_shack.pk}/")
    page.get_by_role("link", name=re.compile("Why The Crab Shack, .*gemstone", re.IGNORECASE)).first.click()
    page.get_by_role("dialog").get_by_role("link", name="Override").click()

    form = page.get_by_role("dialog")
    form.get_by_role("radio", name="Ruby").check()
    form.get_by_label("Why").fill("The handbook's own table says Ruby")
    form.get_by_role("button", name="Set outcome").click()

    expect(page.locator("header .chip").get_by_text("Ruby").first).to_be_visible()
    row = decided.crab_shack.overrides.get()
    assert (row.outcome, row.reason, row.author) == ("Ruby", "The handbook's own table says Ruby", decided.mona)
