"""The meta-record by mouse and keyboard: a data sheet that a customer fills in, its answers decided; a field in place; on a phone too."""

from typing import Any

from playwright.sync_api import Browser, Page, expect

from tenure.actions import profiles_sheets
from tenure.models import ProfileProposal, ProfileValue
from tests.browser.conftest import Enter, complaints
from tests.world import World


def opened(page: Page, world: World, section: str = "technical") -> Page:
    page.goto(f"{page.url.rstrip('/')}/accounts/{world.homeworld.pk}/{section}/")
    expect(page.get_by_role("heading", name="Known", exact=True)).to_be_visible()
    return page


QUESTIONS = ("Which version runs in production?", "On how many servers does it run?", "Which frameworks must you comply with?")


def asked(page: Page) -> str:
    """Make a data sheet of three questions; its link."""
    page.get_by_role("link", name="Ask the customer").click()
    drawer = page.get_by_role("dialog", name="Ask Homeworld Inc.")
    title = drawer.get_by_role("textbox", name="Title The customer reads it")
    expect(title).to_be_visible()
    assert complaints(page) == []
    title.fill("Before the kick-off")
    for box in drawer.locator("input[name=fields]:checked").all():
        box.uncheck()
    for question in QUESTIONS:
        drawer.get_by_label(question).check()
    drawer.get_by_role("button", name="Make the data sheet").click()
    link = page.locator("#sheet-link").input_value()
    page.get_by_role("link", name="Done").click()
    return page.url.partition("/accounts/")[0] + "/answers/" + link.partition("/answers/")[2]


def answered(form: Page) -> None:
    """Fill the form in on a phone, with a mistake on the way."""
    assert complaints(form) == []
    assert form.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    version, nodes, _ = (form.get_by_label(question) for question in QUESTIONS)
    version.fill("16.5")
    nodes.fill("three")
    form.get_by_label("SOC 2").check()
    form.get_by_label("Your name").fill("Ann Lee")
    form.get_by_role("button", name="Send answers").click()
    expect(form.get_by_role("alert")).to_contain_text("1 answer needs another look.")
    assert complaints(form) == []
    expect(form.get_by_label("SOC 2")).to_be_checked()
    nodes.fill("3")
    nodes.press("Enter")  # keeps, never sends by mistake
    expect(form.get_by_role("status")).to_contain_text("Kept. Come back with the same link")
    form.get_by_role("button", name="Send answers").click()
    expect(form.get_by_role("heading", name="Thank you")).to_be_visible()


def test_a_customer_fills_in_a_data_sheet_and_the_owner_decides(
    decided: World, enter: Enter, browser: Browser, browser_context_args: dict[str, Any]
) -> None:
    page = opened(enter(decided.tam), decided)
    link = asked(page)
    with browser.new_context(**{**browser_context_args, "viewport": {"width": 360, "height": 740}}) as phone:
        form = phone.new_page()
        form.goto(link)
        answered(form)
        assert phone.cookies() == []

    page.reload()
    expect(page.locator("#pf-waits")).to_contain_text("3 answers from the customer wait.")
    assert complaints(page) == []
    page.get_by_role("button", name="Accept Servers").click()
    expect(page.locator("#toasts")).to_contain_text("Servers accepted.")
    expect(page.locator("#pf-waits")).to_contain_text("2 answers from the customer wait.")
    page.get_by_role("link", name="Decline Version").click()
    dialog = page.get_by_role("dialog", name="Decline version")
    dialog.get_by_label("Why").fill("Only the test servers")
    dialog.get_by_role("button", name="Decline").click()
    expect(page.locator("#toasts")).to_contain_text("Version declined.")
    expect(page.locator("#pf-waits")).to_contain_text("1 answer from the customer waits.")
    states = dict(ProfileProposal.objects.values_list("field", "state"))
    assert states == {"nodes": "accepted", "version": "declined", "frameworks": "pending"}
    assert list(ProfileValue.objects.values_list("field", "value", "source")) == [("nodes", 3, "customer")]


def test_a_field_is_filled_in_by_keyboard_and_taken_back_by_undo(decided: World, enter: Enter) -> None:
    page = opened(enter(decided.tam), decided, "business")
    page.get_by_role("link", name="Fill in Champion").press("Enter")
    form = page.get_by_role("form", name="Champion")
    form.get_by_label("Contact", exact=True).select_option(index=1)
    assert complaints(page) == []
    form.get_by_label("Note").fill("Said on the call")
    form.get_by_label("Note").press("Control+Enter")
    expect(page.locator("#toasts")).to_contain_text("Champion saved.")
    expect(page.get_by_role("link", name="Edit Champion")).to_be_focused()
    page.get_by_role("link", name="History of Champion").click()
    expect(page.get_by_role("dialog", name="Champion")).to_contain_text("Said on the call")
    assert complaints(page) == []
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#pf-champion")).to_contain_text("Who inside speaks up for us?")

    page.set_viewport_size({"width": 360, "height": 740})
    page.get_by_role("link", name="Fill in Main contact").click()
    assert complaints(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.goto(page.url.replace("/business/", "/brief/"))
    assert complaints(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_a_customer_names_somebody_on_a_phone_by_keyboard(
    decided: World, browser: Browser, browser_context_args: dict[str, Any], live_server: Any
) -> None:
    given = {"title": "People", "today": decided.today, "at": decided.at}
    _, token = profiles_sheets.make(decided.homeworld, fields=("second_contact",), actor=decided.tam, **given)
    with browser.new_context(**{**browser_context_args, "viewport": {"width": 360, "height": 740}}) as phone:
        form = phone.new_page()
        form.goto(f"{live_server.url}/answers/{token}/")
        expect(form.get_by_label("Phone")).to_be_hidden()
        assert complaints(form) == []
        form.get_by_label("E-mail").focus()
        form.keyboard.press("Tab")
        form.keyboard.press("Enter")
        expect(form.get_by_label("Phone")).to_be_visible()
        assert complaints(form) == []
        assert form.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        form.get_by_label("Name", exact=True).fill("Bo")
        form.get_by_label("Phone").fill("+1 555 0101")
        form.get_by_label("Your name").fill("Ann Lee")
        form.get_by_role("button", name="Send answers").click()
        expect(form.get_by_role("heading", name="Thank you")).to_be_visible()

    assert ProfileProposal.objects.get(field="second_contact").value == {"name": "Bo", "phone": "+1 555 0101"}
