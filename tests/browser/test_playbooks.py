"""Playbooks by mouse and keyboard: applied after a look at the plan, to many from the accounts list, replaced, cancelled, taken back."""

from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from tenure.actions import playbooks
from tenure.models import PlaybookUse
from tests import handbooks, work
from tests.browser.conftest import Enter, complaints
from tests.world import World

SLOW = 40_000  # ms: the first look at a pack reads and lints it


@pytest.fixture(autouse=True)
def pack(settings: Any) -> None:
    settings.HANDBOOK = handbooks.testing()


def applied(world: World) -> PlaybookUse:
    return playbooks.apply(
        world.homeworld, "testing", start=world.today, today=world.today, actor=work.fresh(world.tam), at=world.at
    )


def go(page: Page, path: str) -> Page:
    page.goto(f"{'/'.join(page.url.split('/')[:3])}{path}", timeout=SLOW)
    return page


def test_a_playbook_is_applied_after_a_look_at_its_plan(world: World, enter: Enter) -> None:
    page = go(enter(world.tam), reverse("account:section", args=[world.homeworld.pk, "work"]))
    page.get_by_role("link", name="Apply a playbook").click()
    drawer = page.get_by_role("dialog", name="Apply a playbook to Homeworld Inc.")
    expect(drawer).to_contain_text("The plan comes here")
    drawer.locator("[name=playbook]").select_option("testing")
    expect(drawer.get_by_role("region", name="The plan, scrollable")).to_contain_text("Kick-off", timeout=SLOW)
    expect(drawer.locator("[name=playbook]")).to_be_focused()
    assert complaints(page) == []
    assert PlaybookUse.objects.count() == 0

    drawer.get_by_role("button", name="Apply").click()
    expect(page.locator("#toasts")).to_contain_text("Testing is at work.")
    expect(page.get_by_role("region", name="Playbooks", exact=True)).to_contain_text("At work")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#toasts")).to_contain_text("Taken back on 1 account.")
    assert PlaybookUse.objects.get().status == "cancelled"


@pytest.mark.usefixtures("checked")
def test_persons_are_asked_for(world: World, enter: Enter) -> None:
    page = go(enter(world.mona), "/handbook/playbooks/passing_on/")
    page.get_by_role("link", name="Apply to an account").click()
    page.get_by_role("dialog", name="Apply Passing on to").get_by_role("link", name="Homeworld Inc.").click()
    drawer = page.get_by_role("dialog", name="Apply a playbook to Homeworld Inc.")
    drawer.locator("[name=person_giver]").select_option(label="Tam Technical")
    expect(drawer.locator(".pb-t tbody tr").first).to_contain_text("Tam Technical", timeout=SLOW)
    drawer.locator("[name=person_taker]").select_option(label="Ari Account")
    expect(drawer.locator(".pb-t tbody tr").last).to_contain_text("Ari Account", timeout=SLOW)
    assert complaints(page) == []

    drawer.get_by_role("button", name="Apply").click()
    expect(page.locator("#toasts")).to_contain_text("Passing on is at work.")


def test_many_accounts_get_a_playbook_and_it_is_taken_back(world: World, enter: Enter) -> None:
    applied(world)
    page = go(enter(world.mona), "/accounts/?sort=name")
    for name in ("Beach City Corp.", "Homeworld Inc.", "Le Hotel"):
        page.get_by_label(f"Select {name}").check()
    page.get_by_role("button", name="Apply a playbook").click()
    dialog = page.get_by_role("dialog", name="Apply a playbook to 3 accounts")
    dialog.locator("[name=playbook]").select_option("testing")
    expect(dialog).to_contain_text("Testing is at work on Homeworld Inc. already", timeout=SLOW)
    expect(dialog.get_by_role("listitem").filter(has_text="Mona Manager")).to_contain_text("2 CTAs")
    assert complaints(page) == []

    dialog.get_by_role("button", name="Apply").click()
    expect(page.locator("#toasts")).to_contain_text("Testing is at work on 2 accounts.")
    assert PlaybookUse.objects.filter(status="active").count() == 3
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#toasts")).to_contain_text("Taken back on 2 accounts.")
    assert PlaybookUse.objects.filter(status="active").count() == 1


def test_one_at_work_is_replaced_and_cancelled(world: World, enter: Enter) -> None:
    use = applied(world)
    page = go(enter(world.tam), "/playbooks/")
    assert complaints(page) == []
    page.get_by_role("link", name="Testing").click()
    drawer = page.get_by_role("dialog", name="Testing", exact=True)
    expect(drawer).to_contain_text("Hand over")
    assert complaints(page) == []
    drawer.get_by_role("link", name="Replace").click()
    form = page.get_by_role("dialog", name="Replace Testing")
    form.get_by_label("Why").fill("Begin again")
    form.get_by_label("Outcome of its CTA").select_option("not_needed")
    form.get_by_role("button", name="Replace").click()
    expect(page.locator("#toasts")).to_contain_text("Testing took the place of Testing.")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#toasts")).to_contain_text("Testing is at work again.")

    go(page, f"/playbooks/{use.pk}/")
    page.get_by_role("button", name="Cancel it").click()
    dialog = page.get_by_role("dialog", name="Cancel Testing")
    dialog.get_by_label("Why").fill("The customer left")
    dialog.get_by_label("Outcome of its CTA").select_option("not_needed")
    assert complaints(page) == []
    dialog.get_by_role("button", name="Cancel it").click()
    expect(page.locator("#toasts")).to_contain_text("Testing is cancelled.")
    use.refresh_from_db()
    assert use.status == "cancelled"


def test_the_pages_fit_a_phone(world: World, enter: Enter) -> None:
    use = applied(world)
    page = enter(world.mona)
    page.set_viewport_size({"width": 360, "height": 760})
    account = world.homeworld.pk
    for path in (
        "/playbooks/",
        f"/playbooks/{use.pk}/",
        f"/accounts/{account}/playbooks/new/?playbook=passing_on",
        reverse("account:section", args=[account, "work"]),
        "/playbooks/start/",
    ):
        go(page, path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, path
        assert complaints(page) == [], path
