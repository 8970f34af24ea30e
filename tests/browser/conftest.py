"""A Chromium of the machine, a live server with the cast, and axe."""

import os
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Page
from pytest_django.live_server_helper import LiveServer

from tenure.models import User
from tenure.queries import handbook, workbook
from tenure.runs import daily
from tests import snapshots
from tests import world as cast
from tests.conftest import log_in
from tools import machine

# Playwright keeps an event loop in this thread, and Django then refuses its ORM; nothing here is asynchronous.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text()
QUIET = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
    "--disable-sync",
]  # fmt: skip
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
COLOURS = ["color-contrast", "link-in-text-block"]
# A person sees a page before its scripts have run, and waits; a test is too quick and would follow a link that opens a drawer, or press a
# letter that nothing hears yet (what was saved in a drawer often shows on the next page).
PATIENT = """
document.addEventListener('click', event => {
  const target = event.isTrusted && document.readyState !== 'complete' && event.target.closest('a, button');
  if (!target) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  addEventListener('load', () => setTimeout(() => target.click()));
}, true);
document.addEventListener('keydown', event => {
  const {isTrusted, key, target} = event;
  if (!isTrusted || document.readyState === 'complete' || !/^[a-z]$/.test(key) || target.matches('input, select, textarea')) return;
  event.stopImmediatePropagation();
  addEventListener('load', () => setTimeout(() => target.dispatchEvent(new KeyboardEvent('keydown', {key, bubbles: true, cancelable: true}))));
}, true);
"""
Enter = Callable[[User], Page]


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    """The system's Chromium: nothing is downloaded."""
    return {"executable_path": machine.chromium(), "args": QUIET}


@pytest.fixture(scope="session")
def browser_context_args() -> dict[str, Any]:
    return {"viewport": {"width": 1440, "height": 900}, "reduced_motion": "reduce", "locale": "en-GB"}


@pytest.fixture(scope="session")
def _shared(browser: Browser, browser_context_args: dict[str, Any]) -> Iterator[BrowserContext]:
    context = browser.new_context(**browser_context_args)
    context.add_init_script(PATIENT)
    yield context
    context.close()


@pytest.fixture
def context(_shared: BrowserContext, site: str) -> Iterator[BrowserContext]:
    """A browser that has never been here, but for its cache of style sheets and scripts."""
    yield _shared
    page = _shared.new_page()
    _shared.new_cdp_session(page).send("Storage.clearDataForOrigin", {"origin": site, "storageTypes": "cookies,local_storage"})
    _shared.clear_cookies()
    _shared.clear_permissions()
    for page in _shared.pages:
        page.close()


@pytest.fixture
def site(live_server: LiveServer) -> str:
    """Address of a server with an empty database."""
    return str(live_server.url)


@pytest.fixture
def world(site: str, request: pytest.FixtureRequest) -> cast.World:
    """The cast as of the real today: the browser has no other."""
    today = timezone.localdate()
    if "decided" in request.fixturenames:
        return snapshots.of(f"browser decided {today}", partial(_decided, today))
    return snapshots.of(f"browser {today}", partial(cast.build, today))


@pytest.fixture
def decided(world: cast.World) -> cast.World:
    """The cast after today's run."""
    return world


def _decided(today: date) -> cast.World:
    world = cast.build(today)
    daily.apply(daily.plan(today), at=world.at, actor=None)
    return world


@pytest.fixture
def checked(site: str) -> None:
    """The handbook is checked for today, so that its pages show themselves at once."""
    workbook.check(handbook.pack(), timezone.localdate())


@pytest.fixture
def enter(site: str, context: BrowserContext) -> Enter:
    """A function from a user to a page in which that user is logged in."""

    def opened(user: User) -> Page:
        client: Client = log_in(user)
        context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": site}])
        context.set_default_timeout(8000)
        page = context.new_page()
        page.goto(site)
        return page

    return opened


def complaints(page: Page, rules: Sequence[str] = RULES) -> list[str]:
    """What axe finds on the page, each with its place. In another theme nothing but the ``COLOURS`` can be another."""
    if not page.evaluate("'axe' in window"):  # half a megabyte, once for each page
        page.evaluate(AXE)
    found = page.evaluate("rules => axe.run(document, {runOnly: rules, resultTypes: ['violations']})", list(rules))
    return [f"{rule['id']}: {node['target']} {rule['help']}" for rule in found["violations"] for node in rule["nodes"]]
