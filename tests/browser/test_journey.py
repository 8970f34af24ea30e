"""Who sells begins with the deals, and engages who helps."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from tenure.models import Opportunity, UserRole
from tests.browser.conftest import COLOURS, Enter, complaints
from tests.world import World


@pytest.fixture
def seller(decided: World, enter: Enter) -> Page:
    """An account executive with a deal in scoping, at home."""
    UserRole.objects.create(user=decided.olga, role="account_executive")
    decided.assign(decided.homeworld, decided.olga, "account_executive")
    Opportunity.objects.create(
        account=decided.homeworld, name="First purchase", kind="new_account", stage="scoping", amount_minor=100_000,
        close_date=decided.today + timedelta(days=9), created_at=decided.at - timedelta(days=9), updated_at=decided.at,
    )  # fmt: skip
    return enter(decided.olga)


def fits(page: Page) -> None:
    """Nothing for axe to say in light and dark, and nothing wider than a phone."""
    assert complaints(page) == []
    page.emulate_media(color_scheme="dark")
    assert complaints(page, COLOURS) == []
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 360, "height": 780})
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    assert complaints(page) == []
    page.set_viewport_size({"width": 1440, "height": 900})


def test_the_next_step_leads_to_the_journey_and_an_architect_is_engaged_there(seller: Page, decided: World) -> None:
    page = seller
    expect(page.get_by_role("heading", level=1)).to_have_text("My deals")
    fits(page)
    page.get_by_role("link", name="Engage a solutions architect").first.click()

    expect(page.get_by_role("heading", name="Responsibility matrix")).to_be_visible()
    fits(page)
    step = page.get_by_role("row", name=re.compile("Engage a solutions architect"))
    expect(step).to_contain_text("Missing")
    step.get_by_role("link", name="Engage a solutions architect: choose who").click()
    drawer = page.get_by_role("dialog")
    drawer.get_by_label("Who").select_option(f"solutions_architect:{decided.sol.pk}")
    assert complaints(page) == []
    drawer.get_by_role("button", name=re.compile("Assign|Engage")).click()

    expect(step).to_contain_text("Done")
    row = decided.homeworld.assignments.get(role="solutions_architect", until_date=None)
    assert (row.user, row.assigned_by) == (decided.sol, decided.olga)
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("status").filter(has_text="Taken back")).to_be_visible()
    row.refresh_from_db()
    assert row.until_date == row.from_date
