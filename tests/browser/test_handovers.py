"""A hand-over by mouse and keyboard: offered, sent back, mended, accepted, taken back; one from TAM to TAM begun step by step, on a phone."""

from playwright.sync_api import Page, expect

from tenure.actions import handovers, handovers_starting
from tenure.models import Assignment, HandOver
from tests.browser.conftest import Enter, complaints
from tests.world import World


def to(page: Page, site: str, row: HandOver) -> Page:
    page.goto(f"{site}/handovers/{row.pk}/")
    expect(page.get_by_role("heading", name="Homeworld Inc.")).to_be_visible()
    return page


def offered(page: Page) -> None:
    """Offer the hand-over of the page."""
    page.get_by_role("link", name="Offer").click()
    page.get_by_role("dialog", name="Offer Homeworld Inc.").get_by_role("button", name="Offer").click()
    expect(page.locator("#toasts")).to_contain_text("Homeworld Inc. is offered.")


def ready(world: World) -> HandOver:
    """One of which only the command plan is missing."""
    moment = {"today": world.today, "at": world.at}
    row = handovers_starting.start(world.homeworld, "sale", actor=world.ari, **moment)
    for key in ("notes", "account_plan", "internal_meeting", "welcome_call", "business_profile", "technical_profile", "project"):
        handovers.tick(row, key, "done", on=world.today, actor=world.ari, **moment)
    return row


def test_an_account_is_handed_over_sent_back_accepted_and_taken_back(decided: World, enter: Enter, site: str) -> None:
    row = ready(decided)
    page = to(enter(decided.ari), site, row)
    expect(page.locator(".ho-head")).to_contain_text("1 of 9")
    assert complaints(page) == []
    page.get_by_role("link", name="Tick Command plan").click()
    drawer = page.get_by_role("dialog", name="Command plan")
    drawer.get_by_label("Where it is").fill("https://docs.example.com/plan")
    assert complaints(page) == []
    drawer.get_by_role("button", name="Save").click()
    expect(page.locator(".ho-head")).to_contain_text("Nothing")
    page.keyboard.press("o")
    page.get_by_role("dialog", name="Offer Homeworld Inc.").get_by_role("button", name="Offer").click()
    expect(page.locator("#toasts")).to_contain_text("Homeworld Inc. is offered.")

    page = to(enter(decided.tam), site, row)
    page.get_by_role("link", name="Send back").click()
    dialog = page.get_by_role("dialog", name="Send Homeworld Inc. back")
    dialog.get_by_label("Why").fill("The plan has no risks in it")
    dialog.get_by_label("Command plan").check()
    assert complaints(page) == []
    dialog.get_by_role("button", name="Send back").click()
    expect(page.get_by_text("Sent back: The plan has no risks in it").first).to_be_visible()

    page = to(enter(decided.ari), site, row)
    page.get_by_role("link", name="Change Command plan").click()
    page.get_by_role("dialog", name="Command plan").get_by_role("button", name="Save").click()
    offered(page)

    page = to(enter(decided.tam), site, row)
    page.get_by_role("link", name="Accept").click()
    page.get_by_role("dialog", name="Take Homeworld Inc. over").get_by_role("button", name="Accept").click()
    expect(page.locator("#toasts")).to_contain_text("Homeworld Inc. is taken over.")
    expect(page.get_by_text("Accepted").first).to_be_visible()
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(page.get_by_role("link", name="Send back")).to_be_visible()
    assert HandOver.objects.get().state == "offered"


def test_a_tam_is_followed_by_another_step_by_step_on_a_phone(decided: World, enter: Enter, site: str) -> None:
    page = enter(decided.mona)
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(f"{site}/accounts/{decided.homeworld.pk}/")
    page.get_by_role("link", name="Hand over", exact=True).click()
    page.get_by_role("link", name="From TAM to TAM").click()
    drawer = page.get_by_role("dialog", name="From TAM to TAM: Homeworld Inc.")
    drawer.locator("[name=taker]").select_option(str(decided.tessa.pk))
    drawer.get_by_role("button", name="Next").click()
    expect(drawer).to_contain_text("What Tam Technical has open here")
    assert complaints(page) == []
    drawer.get_by_role("button", name="Next").click()
    drawer.get_by_label("Note for both sides").fill("Call them first")
    drawer.get_by_role("button", name="Back").click()
    expect(drawer).to_contain_text("What Tam Technical has open here")
    drawer.get_by_role("button", name="Next").click()
    expect(drawer.get_by_label("Note for both sides")).to_have_value("Call them first")
    drawer.get_by_role("button", name="Next").click()
    expect(drawer).to_contain_text("Tessa Technical joins the team as incoming TAM")
    drawer.get_by_role("button", name="Begin").click()
    expect(page.locator("#toasts")).to_contain_text("From TAM to TAM: begun.")
    assert complaints(page) == []
    assert Assignment.objects.filter(account=decided.homeworld, role="incoming_tam", until_date=None).count() == 1
