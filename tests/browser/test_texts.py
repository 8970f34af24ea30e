"""Writing from a text of the handbook: whom one ticks is addressed, what is left blank is named, the service is chosen; and what is too large."""

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from tenure.actions import contacts
from tenure.models import Comment
from tests import work
from tests.browser.conftest import Enter, complaints
from tests.world import World


def begin(page: Page, site: str, world: World, query: str = "") -> None:
    page.goto(f"{site}/accounts/{world.homeworld.pk}/activities/new/?{query}")


def test_a_letter_addresses_whom_one_ticks_and_names_what_is_left(decided: World, enter: Enter, site: str) -> None:
    given = {"name": "Dana Whitlock", "email": "dana@homeworld.example"}
    contacts.create(decided.homeworld, given, today=decided.today, actor=None, at=decided.at)
    page = enter(decided.tam)
    begin(page, site, decided, "template=product_features")
    notes, left = page.get_by_label("Notes"), page.locator("#act-left")
    expect(notes).to_have_value(re.compile("^Dear Ms Carol of Homeworld Inc.,"))
    expect(left).to_contain_text("Still to fill in: [feature]")
    assert complaints(page) == []

    page.get_by_label("Carol").uncheck()
    page.get_by_label("Dana Whitlock").check()
    expect(notes).to_have_value(re.compile("^Dear Dana Whitlock,"))
    notes.fill(notes.input_value().replace("[feature]", "merge trains"))
    expect(left).to_be_visible()  # the subject has it, too
    page.get_by_label("Subject").fill("Merge trains")
    expect(left).to_be_hidden()
    page.get_by_label("Dana Whitlock").uncheck()
    page.get_by_label("Carol").check()
    expect(notes).to_have_value(
        re.compile("^Dear Ms Carol of Homeworld Inc.,\n\nsome of our customers of your size gain from merge trains")
    )


def test_the_service_follows_the_text_until_somebody_chooses(decided: World, enter: Enter, site: str) -> None:
    page = enter(decided.tam)
    begin(page, site, decided)
    service, text = page.locator("select[name=service]"), page.get_by_label("Begin with")
    expect(service).to_have_value("cadence_calls")
    text.select_option("kick_off")
    expect(service).to_have_value("")
    text.select_option("ebr")
    expect(service).to_have_value("ebr")
    page.get_by_label("Kind").select_option("meeting")
    expect(service).to_have_value("cadence_calls")  # a meeting without an agenda
    service.select_option("product_guidance")
    text.select_option("cadence_call")
    expect(service).to_have_value("product_guidance")


def test_a_comment_is_sent_by_keyboard_and_a_large_file_told_over_the_drawer(
    decided: World, enter: Enter, site: str, tmp_path: Path, settings: object
) -> None:
    settings.MAX_ATTACHMENT_BYTES = 1024**2  # type: ignore[attr-defined]
    row = work.cta(decided)
    page = enter(decided.tam)
    page.goto(f"{site}/ctas/{row.pk}/?tab=comments")
    page.get_by_placeholder(re.compile("comment", re.IGNORECASE)).fill("By keyboard")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".cta-say")).to_contain_text("By keyboard")
    assert [one.text for one in Comment.objects.all()] == ["By keyboard"]

    page.goto(f"{site}/ctas/{row.pk}/?tab=linked")
    large = tmp_path / "Plan.pdf"
    large.write_bytes(b"%PDF-1.7".ljust(3 * 1024**2))
    page.locator("input[type=file]").set_input_files(str(large))
    toast = page.locator(".tn-toast")
    expect(toast).to_contain_text("A file may have up to 1 MB: send a smaller one")
    box = toast.bounding_box()
    assert box is not None
    assert box["height"] < 60
    expect(page.get_by_role("heading", name="Onboard").first).to_be_visible()  # the drawer is still there
