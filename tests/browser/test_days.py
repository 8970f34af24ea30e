"""Another day in the browser: it is prepared while one waits, becomes the list by itself, and says when more was recorded."""

import re
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone
from playwright.sync_api import Page, expect

from tenure.actions import assignments
from tests.browser.conftest import Enter, complaints
from tests.world import World

DAY = timedelta(days=1)


def work() -> None:
    """What the worker does: everything that is queued."""
    call_command("db_worker", batch=True, interval=0.1, startup_delay=False, verbosity=0)


def fits(page: Page) -> bool:
    """Whether nothing is wider than the window."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


@pytest.mark.parametrize("width", [1440, 360])
def test_a_day_is_prepared_while_one_waits_and_brought_up_to_date(width: int, decided: World, enter: Enter, site: str) -> None:
    page = enter(decided.mona)
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(f"{site}/accounts/?f=arr:gt:0")
    page.get_by_label(re.compile("^As of today")).click()
    page.get_by_label("Another day").fill((decided.today - 30 * DAY).isoformat())
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_role("heading", name=re.compile("^Preparing"))).to_be_visible()
    assert (complaints(page), fits(page)) == ([], True)

    work()
    expect(page.get_by_role("link", name="Homeworld Inc.")).to_be_visible()
    expect(page).to_have_url(re.compile("f=arr.*as_of="))
    assert (complaints(page), fits(page)) == ([], True)

    assignments.assign(decided.le_hotel, decided.tam, "tam", from_date=decided.today, actor=decided.mona, at=timezone.now())
    page.reload()
    expect(page.get_by_text(re.compile("^As recorded until"))).to_be_visible()
    assert (complaints(page), fits(page)) == ([], True)
    work()
    expect(page.get_by_text(re.compile("^Brought up to date at"))).to_be_visible()
    page.get_by_role("link", name="Show", exact=True).click()
    expect(page.get_by_text(re.compile("^As recorded until"))).to_have_count(0)
    expect(page.get_by_role("link", name="Homeworld Inc.")).to_be_visible()

    page.get_by_role("link", name="Back to today").click()
    expect(page).to_have_url(re.compile(r"/accounts/\?f=arr[^&]*$"))


@pytest.mark.parametrize(("who", "title"), [("mona", "Team home"), ("tam", "My book"), ("exa", "Portfolio")])
def test_a_home_of_another_day_is_fit_for_everybody(who: str, title: str, decided: World, enter: Enter, site: str) -> None:
    page = enter(decided.people[who])
    page.goto(f"{site}/?as_of={decided.today - 30 * DAY}")
    work()

    expect(page.get_by_role("heading", name=title, exact=True)).to_be_visible()
    expect(page.get_by_text("Nothing can be changed here.")).to_be_visible()
    assert complaints(page) == []
    page.set_viewport_size({"width": 360, "height": 760})
    assert (complaints(page), fits(page)) == ([], True)
