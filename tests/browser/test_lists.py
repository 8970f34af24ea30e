"""The list by hand and by keyboard: filters, columns, groups, many accounts at once; nothing for axe to say of what opens."""

import re

from playwright.sync_api import Page, expect

from tenure.models import AccountSummary, Assignment
from tests.browser.conftest import Enter, complaints
from tests.world import World


def names(page: Page) -> list[str]:
    return [text.strip() for text in page.locator("[data-row] .lst-name").all_inner_texts()]


def test_a_filter_is_built_by_keyboard_changed_and_given_an_alternative(decided: World, enter: Enter, site: str) -> None:
    page = enter(decided.ops)
    page.goto(f"{site}/accounts/")
    page.locator("summary", has_text="Filter").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Narrow the columns")).to_be_focused()
    page.keyboard.type("gem")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator(".lst-pop select[name=operator]")).to_be_focused()
    assert complaints(page) == []
    page.get_by_label("Diamond").check()
    page.get_by_role("button", name="Filter", exact=True).click()
    expect(page).to_have_url(f"{site}/accounts/?f=gemstone:any:Diamond")
    assert names(page) == ["Homeworld Inc."]

    page.locator("summary", has_text="Change the filter: Gemstone").click()
    page.get_by_role("button", name="Or", exact=True).click()
    page.get_by_role("button", name="ARR", exact=True).click()
    expect(page.locator(".lst-pop select[name=operator]")).to_be_focused()  # it listens by then
    page.locator(".lst-pop select[name=operator]").select_option("lt")
    expect(page.locator(".lst-pop option[value=lt][selected]")).to_be_attached()  # the form has come anew
    page.get_by_label("Amount").fill("20,000")
    page.get_by_role("button", name="Filter", exact=True).click()
    expect(page).to_have_url(f"{site}/accounts/?f=gemstone:any:Diamond%7Carr:lt:20000")
    assert names(page) == ["Homeworld Inc.", "Big Donut"]


def test_columns_are_chosen_and_moved_and_a_second_sort_is_added(decided: World, enter: Enter, site: str) -> None:
    page = enter(decided.ops)
    page.goto(f"{site}/accounts/")
    page.get_by_label("Columns", exact=True).click()
    page.get_by_label("Region", exact=True).uncheck()
    page.get_by_label("Move ARR up").click()
    assert complaints(page) == []
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page).to_have_url(re.compile("cols=name,gemstone,tier,arr,segment,product,users,renewal,tam,owner$"))

    page.locator("thead").get_by_role("link", name="Segment").click()
    page.locator("thead").get_by_role("link", name="ARR").click(modifiers=["Shift"])
    expect(page).to_have_url(re.compile("sort=-segment,-arr"))
    assert names(page)[:3] == ["Homeworld Inc.", "Funland Arcade", "Buddwick Public Library"]


def test_keys_move_select_open_and_search(decided: World, enter: Enter, site: str) -> None:
    page = enter(decided.mona)
    page.goto(f"{site}/accounts/")
    for key in ("j", "j", "x", "ArrowDown", "x"):
        page.keyboard.press(key)
    expect(page.locator("[data-bulk-count]")).to_have_text("2 selected")
    expect(page.locator("[data-bulk-sum]")).to_have_text("$810,000 ARR")
    page.keyboard.press("Escape")
    expect(page.locator("[data-bulk]")).to_be_hidden()
    page.keyboard.press("/")
    expect(page.get_by_label("Search by name")).to_be_focused()
    page.get_by_label("Search by name").blur()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{site}/accounts/{decided.homeworld.pk}/")


def test_many_accounts_get_a_tam_and_it_is_taken_back(decided: World, enter: Enter, site: str) -> None:
    page = enter(decided.mona)
    page.goto(f"{site}/accounts/?f=waiting:filled")
    page.get_by_label("Select every row shown").check()
    page.get_by_role("button", name="Assign TAM").click()
    dialog = page.get_by_role("dialog", name="Assign a TAM to 3 accounts")
    expect(dialog).to_be_visible()
    assert complaints(page) == []
    dialog.get_by_text("Tessa Technical").click()
    dialog.get_by_label("Why").fill("New region")
    dialog.get_by_role("button", name="Assign").click()
    expect(page.get_by_text("Tessa Technical is the TAM of 3 accounts.")).to_be_visible()
    assert AccountSummary.objects.filter(tam=decided.tessa).count() == 3

    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Taken back for 3 accounts.")).to_be_visible()
    assert Assignment.objects.filter(user=decided.tessa, until_date=None).count() == 0


def test_groups_open_where_they_stand(decided: World, enter: Enter, site: str) -> None:
    page = enter(decided.ops)
    page.goto(f"{site}/accounts/?group=gemstone")
    expect(page.locator("[data-row]")).to_have_count(3)  # the first two groups open by themselves
    page.get_by_role("button", name="Sapphire").click()
    expect(page.locator("[data-row]")).to_have_count(5)
    page.get_by_role("button", name="Sapphire").click()
    expect(page.get_by_text("Le Hotel")).to_be_hidden()


def test_on_a_phone_accounts_are_ticked_by_a_touch_on_their_box_or_beside_it(decided: World, enter: Enter, site: str) -> None:
    page = enter(decided.ops)
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(f"{site}/accounts/")
    boxes, bar = page.locator("[data-row] [data-select]"), page.get_by_role("toolbar", name="Actions on the selection")
    boxes.nth(0).click()
    expect(bar).to_contain_text("1 selected")
    place = page.locator("[data-row]").nth(1).locator("td").first.bounding_box()
    assert place
    assert place["width"] >= 40
    page.mouse.click(place["x"] + 4, place["y"] + 4)
    expect(bar).to_contain_text("2 selected")
    expect(bar.get_by_role("button", name="Clear the selection")).to_be_in_viewport()
    assert page.url == f"{site}/accounts/"
    assert complaints(page) == []
    bar.get_by_role("button", name="Clear the selection").click()
    expect(bar).to_be_hidden()


def test_on_a_phone_a_row_is_two_lines_and_filters_open_from_below(decided: World, enter: Enter, site: str) -> None:
    page = enter(decided.ops)
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(f"{site}/accounts/?f=arr:gte:1000")
    row = page.locator("[data-row]").first
    box = row.bounding_box()
    assert box
    assert box["width"] == 360
    assert box["height"] < 80
    page.locator("summary", has_text="Change the filter: ARR").click()
    expect(page.get_by_label("Amount")).to_be_in_viewport()
    assert complaints(page) == []
