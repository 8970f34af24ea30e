"""The shell by hand: palette, day, phone menu, undo, two-step log-in; and axe on the pages of people and the handbook."""

import re
import time

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core.cache import cache
from playwright.sync_api import Page, expect

from tenure.models import User
from tenure.queries import rulebook
from tests.browser.conftest import COLOURS, RULES, Enter, complaints
from tests.world import PASSWORD, World

PAGES = [
    "/people/", "/people/new/", "/people/2/", "/territories/", "/profile/", "/profile/two-step/", "/notices/", "/palette/?q=o", "/handbook/",
    "/handbook/rules/gemstone/", "/handbook/rules/tam_eligible/", "/handbook/rules/gem_service/", "/handbook/schedules/",
    "/handbook/schedules/cadence_call/", "/handbook/playbooks/", "/handbook/playbooks/am_onboarding/", "/handbook/values/", "/handbook/findings/",
    "/handbook/?as_of=2020-01-01", "/nowhere/",
]  # fmt: skip


@pytest.mark.usefixtures("checked")
@pytest.mark.parametrize("width", [1440, 360])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_pages_of_people_and_handbook_are_clean_and_fit(width: int, theme: str, site: str, world: World, enter: Enter) -> None:
    User.objects.filter(pk=world.ada.pk).update(theme=theme)
    page = enter(world.ada)
    page.set_viewport_size({"width": width, "height": 800})
    for address in PAGES:
        page.goto(site + address)
        assert complaints(page, RULES if theme == "light" else COLOURS) == [], address
        assert page.evaluate("document.documentElement.scrollWidth") == width, address


@pytest.mark.usefixtures("checked")
def test_the_palette_opens_finds_and_goes_by_keyboard_alone(site: str, world: World, enter: Enter) -> None:
    page = enter(world.ops)
    page.goto(f"{site}/profile/")
    page.keyboard.press("Control+k")
    expect(page.get_by_role("combobox", name="Search or jump to")).to_be_focused()
    page.keyboard.type("findings", delay=20)
    expect(page.get_by_role("dialog").get_by_role("option")).to_have_count(1)
    page.keyboard.press("Enter")

    expect(page).to_have_url(re.compile("/handbook/findings/"))


def test_escape_closes_the_palette_and_gives_the_focus_back(site: str, world: World, enter: Enter) -> None:
    page = enter(world.ops)
    page.goto(f"{site}/profile/")
    button = page.get_by_role("button", name=re.compile("Search or jump to"))
    button.click()
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")

    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(button).to_be_focused()


@pytest.mark.usefixtures("checked")
def test_a_day_is_chosen_and_left_again(site: str, world: World, enter: Enter) -> None:
    page = enter(world.ops)
    page.goto(f"{site}/handbook/?q=segment")
    page.get_by_text("As of today").click()
    page.get_by_label("Another day").fill("2019-01-01")
    page.get_by_role("button", name="Show", exact=True).click()

    expect(page.get_by_text("You look at 1 Jan 2019")).to_be_visible()
    expect(page).to_have_url(re.compile("q=segment.*as_of=2019-01-01"))
    page.get_by_role("link", name="Back to today").click()
    expect(page.get_by_text("As of today")).to_be_visible()
    expect(page).to_have_url(re.compile(r"q=segment$"))


def test_on_a_phone_every_page_is_within_two_taps(site: str, world: World, enter: Enter) -> None:
    page = enter(world.ada)
    page.goto(f"{site}/profile/")
    wanted = set(page.eval_on_selector_all(".tn-nav a", "all => all.map(a => a.getAttribute('href'))"))
    page.set_viewport_size({"width": 360, "height": 740})
    page.get_by_text("More", exact=True).click()

    shown = set(
        page.eval_on_selector_all(".tn-tabbar a", "all => all.filter(a => a.offsetParent).map(a => a.getAttribute('href'))")
    )
    assert wanted <= shown
    assert {"/profile/", "/notices/", "/palette/"} <= shown


def test_closing_a_log_in_can_be_undone(site: str, world: World, enter: Enter) -> None:
    page = enter(world.ada)
    page.goto(f"{site}/people/{world.tam.pk}/")
    page.get_by_role("button", name="Close log-in").click()
    expect(page.get_by_role("dialog")).to_contain_text("Homeworld Inc.")
    page.get_by_role("dialog").get_by_role("button", name="Close log-in").click()
    page.get_by_role("button", name="Undo").click()

    expect(page.get_by_role("button", name="Close log-in")).to_be_visible()
    assert User.objects.get(pk=world.tam.pk).is_active


def test_two_step_log_in_from_the_secret_to_the_next_log_in(site: str, world: World, page: Page) -> None:
    def enter_code(secret: str) -> None:
        page.locator("[name=code]").fill(format_hotp_value(hotp_value(secret, int(time.time()) // 30)))

    page.goto(f"{site}/login/?next=/profile/two-step/")
    page.get_by_label("Mail address").fill("tam@example.com")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.get_by_text("Or type the secret").click()
    secret = page.locator("code").inner_text().replace(" ", "")
    enter_code(secret)
    page.get_by_role("button", name="Turn on").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    page.goto(f"{site}/profile/")
    page.get_by_role("button", name="Log out").click()
    page.get_by_label("Mail address").fill("tam@example.com")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("heading", name="Second step")).to_be_visible()
    enter_code(secret)
    page.get_by_role("button", name="Continue").click()

    expect(page).not_to_have_url(re.compile("/login/"))
    page.goto(f"{site}/profile/")
    expect(page.get_by_role("heading", name="Profile")).to_be_visible()


def test_a_handbook_that_is_not_checked_yet_comes_by_itself(site: str, world: World, enter: Enter) -> None:
    page = enter(world.ops)
    cache.clear()
    rulebook._HERE.clear()
    page.goto(f"{site}/handbook/values/")

    expect(page.get_by_role("status").filter(has_text="Checking the handbook’s examples")).to_be_visible()
    expect(page.get_by_role("status").filter(has_text="Checking the handbook’s examples")).to_have_count(0, timeout=30_000)
    expect(page).to_have_url(f"{site}/handbook/values/")
    expect(page.get_by_role("link", name="Findings")).to_be_visible()
