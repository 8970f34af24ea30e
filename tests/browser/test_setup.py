"""The first run."""

import re

from playwright.sync_api import Page, expect

from tenure.models import User
from tests.world import PASSWORD


def test_the_first_visitor_becomes_the_administrator(site: str, page: Page) -> None:
    page.goto(site)
    expect(page).to_have_url(re.compile("/setup/"))

    page.get_by_label("Name").fill("Ada Admin")
    page.get_by_label("Mail address").fill("ada@example.com")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Make administrator").click()

    expect(page).not_to_have_url(re.compile("/setup/"))
    assert User.objects.get().role_keys == ["admin"]


def test_nobody_is_administrator_by_a_second_first_run(site: str, page: Page) -> None:
    User.objects.create(email="somebody@example.com", name="Somebody")

    page.goto(f"{site}/setup/")

    expect(page.get_by_role("heading", name="There is nothing here")).to_be_visible()
