"""The manager's page: an account that needs a TAM gets one, and the TAM hears of it."""

import re

from playwright.sync_api import expect

from tests.browser.conftest import Enter
from tests.world import World


def test_a_manager_assigns_a_tam_in_place_and_the_tam_is_told(decided: World, enter: Enter) -> None:
    page = enter(decided.mona)
    needs = page.get_by_role("region", name="Needs a TAM")
    expect(needs.get_by_role("link", name="Beach City Corp.", exact=True)).to_be_visible()

    needs.get_by_label("TAM for Beach City Corp.").select_option(str(decided.tam.pk))
    needs.get_by_role("button", name="Assign a TAM to Beach City Corp.").click()

    expect(needs.get_by_role("link", name="Beach City Corp.", exact=True)).to_have_count(0)
    expect(page.get_by_role("region", name="Assigned lately")).to_contain_text("Beach City Corp.")
    row = decided.beach_city.assignments.get(role="tam")
    assert (row.user, row.assigned_by, row.until_date) == (decided.tam, decided.mona, None)
    assert decided.tam.notices.filter(account=decided.beach_city, kind="assignment", channel="app").count() == 1


def test_the_tam_sees_the_notice_and_opens_the_account(decided: World, enter: Enter) -> None:
    page = enter(decided.mona)
    page.get_by_role("button", name="Assign a TAM to Funland Arcade").click()
    expect(page.get_by_role("region", name="Needs a TAM").get_by_role("link", name="Funland Arcade", exact=True)).to_have_count(0)
    user = decided.funland.assignments.get(role="tam").user
    page.close()

    page = enter(user)
    page.get_by_role("link", name=re.compile(r"Notifications, \d+ new")).click()
    page.get_by_role("button", name=re.compile("Funland Arcade")).click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Funland Arcade")
