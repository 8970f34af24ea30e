"""Services by mouse and keyboard: a delivery logged and its balance seen, a refusal, a plan, the coverage report; on a phone too."""

from datetime import timedelta

from playwright.sync_api import Page, expect

from tenure.actions import hours, services
from tenure.models import ServiceDelivery
from tests.browser.conftest import Enter, complaints
from tests.world import World

MONTH = timedelta(days=30)


def opened(page: Page, world: World) -> Page:
    page.goto(f"{page.url.rstrip('/')}/accounts/{world.homeworld.pk}/services/")
    expect(page.get_by_role("heading", name="Paid hours")).to_be_visible()
    return page


def test_a_delivery_is_logged_and_the_balance_goes_down(decided: World, enter: Enter) -> None:
    hours.buy(
        decided.homeworld, {"minutes": 600, "bought_on": decided.today - MONTH}, today=decided.today, actor=None, at=decided.at
    )
    page = opened(enter(decided.tam), decided)
    expect(page.locator(".svc-left")).to_contain_text("10 h left")
    assert complaints(page) == []

    page.get_by_role("link", name="Log a delivery").click()
    drawer = page.get_by_role("dialog", name="Log a service for Homeworld Inc.")
    drawer.get_by_label("Service").select_option("white_glove")
    drawer.get_by_label("Time, in hours").fill("12")
    drawer.get_by_role("button", name="Log").click()
    expect(drawer).to_contain_text("This takes 12 h of paid hours, and Homeworld Inc. has 10 h left on")
    assert complaints(page) == []
    drawer.get_by_label("Time, in hours").fill("1:30")
    drawer.get_by_label("Note").fill("Upgrade night")
    drawer.get_by_label("Note").press("Control+Enter")

    expect(page.locator("#toasts")).to_contain_text("White glove assistance is logged.")
    expect(page.locator(".svc-left")).to_contain_text("8 h 30 min left")
    expect(page.get_by_role("region", name="Deliveries, scrollable")).to_contain_text("Upgrade night")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".svc-left")).to_contain_text("10 h left")


def test_what_is_planned_is_delivered(decided: World, enter: Enter) -> None:
    page = opened(enter(decided.tam), decided)
    page.get_by_role("link", name="Plan", exact=True).click()
    drawer = page.get_by_role("dialog", name="Plan a service for Homeworld Inc.")
    drawer.get_by_label("Service").select_option("ebr")
    drawer.get_by_role("button", name="Plan").click()
    expect(page.locator("#toasts")).to_contain_text("Executive business reviews is planned.")

    page.get_by_role("link", name="Executive business reviews was delivered").click()
    page.get_by_role("dialog", name="Executive business reviews was delivered").get_by_role("button", name="Log").click()
    expect(page.locator("#toasts")).to_contain_text("Executive business reviews is saved.")
    assert list(ServiceDelivery.objects.values_list("service", "status")) == [("ebr", "delivered")]


def test_the_report_leads_to_the_accounts_that_wait(decided: World, enter: Enter) -> None:
    services.deliver(decided.homeworld, {"service": "ebr"}, today=decided.today, actor=None, at=decided.at)
    page = enter(decided.mona)
    page.goto(f"{page.url.rstrip('/')}/services/")
    assert complaints(page) == []
    row = page.get_by_role("row", name="Executive business reviews")
    row.get_by_role("link", name="1 of 2").click()

    expect(page.get_by_role("heading", name="Executive business reviews")).to_be_visible()
    expect(page.locator("[data-row]")).to_have_count(2)
    assert complaints(page) == []
    page.get_by_role("link", name="Homeworld Inc.").click()
    expect(page.get_by_role("heading", name="Services", exact=True)).to_be_visible()


def test_a_call_is_logged_as_a_delivery(decided: World, enter: Enter) -> None:
    page = opened(enter(decided.tam), decided)
    page.get_by_role("link", name="Log activity").click()
    drawer = page.get_by_role("dialog", name="Log with Homeworld Inc.")
    drawer.locator("[name=service]").select_option("cadence_calls")
    drawer.get_by_role("button", name="Log", exact=True).click()

    expect(page.locator("#toasts")).to_contain_text("is logged.")
    row = ServiceDelivery.objects.get()
    assert (row.service, row.delivered_by, row.activity is not None) == ("cadence_calls", decided.tam, True)
    expect(page.get_by_role("region", name="Deliveries, scrollable")).to_contain_text("Regular cadence calls")


def test_the_pages_fit_a_phone(decided: World, enter: Enter) -> None:
    services.deliver(decided.homeworld, {"service": "ebr", "note": "x" * 200}, today=decided.today, actor=None, at=decided.at)
    hours.buy(decided.homeworld, {"minutes": 600}, today=decided.today, actor=None, at=decided.at)
    page = enter(decided.mona)
    base = page.url.rstrip("/")
    page.set_viewport_size({"width": 360, "height": 760})
    for path in (
        f"/accounts/{decided.homeworld.pk}/services/",
        "/services/",
        "/services/accounts/?f=service:is:ebr",
        f"/accounts/{decided.homeworld.pk}/services/new/",
    ):
        page.goto(base + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, path
        assert complaints(page) == [], path
