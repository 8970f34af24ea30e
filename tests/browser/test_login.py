"""Logging in and out by the form and the keyboard."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.world import PASSWORD, World


@pytest.mark.usefixtures("checked")
def test_a_person_logs_in_by_keyboard_and_lands_where_they_wanted(world: World, site: str, page: Page) -> None:
    page.goto(f"{site}/handbook/")
    expect(page).to_have_url(re.compile(r"/login/\?next="))

    page.keyboard.type("mona@example.com")  # the first field has the focus
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")

    expect(page).to_have_url(f"{site}/handbook/")
    expect(page.get_by_role("link", name="Mona Manager")).to_be_visible()


def test_a_wrong_password_is_told_without_saying_which_half_was_wrong(world: World, site: str, page: Page) -> None:
    page.goto(f"{site}/login/")
    page.get_by_label("Mail address").fill("mona@example.com")
    page.get_by_label("Password").fill("not her password")
    page.get_by_role("button", name="Log in").click()

    expect(page.get_by_role("alert")).to_be_visible()
    expect(page).to_have_url(re.compile("/login/"))
    expect(page.get_by_label("Mail address")).to_have_value("mona@example.com")
