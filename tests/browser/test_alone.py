"""Drawers and dialogs that stand on pages of their own: opened by their address they answer there, with a refusal in place and nothing over the page."""

from playwright.sync_api import Page, expect

from tenure.models import Engagement, JourneyStep, Opportunity
from tests.browser.conftest import Enter, complaints
from tests.world import World


def alone(page: Page) -> None:
    """One form, nothing over the page, nothing for axe to say."""
    expect(page.locator("#drawer > *, #dialog > *, [role=dialog]")).to_have_count(0)
    expect(page.locator(".drawer-card form, .dialog-card form")).to_have_count(1)
    assert complaints(page) == []


def test_a_drawer_asks_refuses_and_saves_on_its_own_page(decided: World, enter: Enter, site: str) -> None:
    page, url = enter(decided.tam), f"/journeys/accounts/{decided.homeworld.pk}/stage/"
    page.goto(site + url)
    page.get_by_label("Stage").select_option("will_churn")
    expect(page.get_by_label("The manager agrees")).to_be_visible()
    alone(page)

    page.get_by_label("All options are exhausted").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Will churn asks for: The manager agrees")).to_be_visible()
    alone(page)
    assert page.url.endswith(url)
    assert not Engagement.objects.exists()

    for name in ("All options are exhausted", "The manager agrees", "The opportunity is marked Will Churn or Will Contract"):
        page.get_by_label(name).check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Stage of the customer's life")).to_be_visible()
    assert Engagement.objects.get().stage == "will_churn"


def test_a_button_of_the_form_that_does_something_else_does_it_there_too(decided: World, enter: Enter, site: str) -> None:
    deal = Opportunity.objects.create(
        account=decided.homeworld, name="First purchase", kind="new_account", stage="scoping", created_at=decided.at, updated_at=decided.at
    )  # fmt: skip
    page, url = enter(decided.tam), f"/journeys/{deal.pk}/steps/demo/"
    page.goto(site + url)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Responsibility matrix")).to_be_visible()
    assert JourneyStep.objects.count() == 1
    page.goto(site + url)
    alone(page)

    page.get_by_role("button", name="Open again").click()

    expect(page.get_by_role("heading", name="Responsibility matrix")).to_be_visible()
    assert JourneyStep.objects.count() == 0


def test_a_dialog_refuses_on_its_own_page(decided: World, enter: Enter, site: str) -> None:
    page = enter(decided.tam)
    page.goto(f"{site}/onboardings/new/?account={decided.homeworld.pk}")
    alone(page)
    page.locator(".dialog-card form").evaluate("form => { form.noValidate = true; }")
    page.get_by_role("button", name="Begin").click()

    expect(page.get_by_role("alert").first).to_contain_text("An onboarding that is made by hand needs")
    alone(page)
