"""Notices in a browser: the outbox by keyboard alone, one's own choices, the calendar's address, the link that stops mails."""

from playwright.sync_api import Page, expect

from tenure.actions import notices, outbox
from tenure.actions.notices import Letter
from tenure.models import MailBlock, Notice, NoticePreference
from tenure.queries import unsubscribe
from tests.browser.conftest import Enter, complaints
from tests.browser.test_pages import too_wide
from tests.world import World


def failed_mail(world: World) -> Notice:
    notices.queue([Letter(world.tam.pk, "run_failed", "The night run failed", "1", "Disk full", "/runs/1/")], at=world.at)
    Notice.objects.filter(channel="mail").update(state="failed", problem="The mail server refused it: 554 Spam")
    return Notice.objects.get(channel="mail")


def test_a_failed_mail_is_read_and_sent_again_by_keyboard(world: World, enter: Enter, site: str) -> None:
    mail = failed_mail(world)
    page = enter(world.ops)
    page.goto(f"{site}/outbox/?state=failed")

    page.get_by_role("link", name="The night run failed").focus()
    page.keyboard.press("Enter")
    drawer = page.get_by_role("dialog", name="Mail: The night run failed")
    expect(drawer).to_contain_text("The mail server refused it: 554 Spam")
    expect(drawer.frame_locator("iframe").get_by_text("Disk full")).to_be_visible()
    assert complaints(page) == []
    page.keyboard.press("Escape")
    expect(drawer).to_have_count(0)

    page.keyboard.press("Enter")
    expect(drawer).to_be_visible()
    drawer.get_by_role("button", name="Send again").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").filter(has_text="1 mail goes out again.")).to_be_visible()
    mail.refresh_from_db()
    assert mail.state == "queued"


def test_a_mail_in_a_drawer_runs_nothing_and_fits_a_phone(world: World, enter: Enter, site: str) -> None:
    notices.queue(
        [Letter(world.tam.pk, "mention", "<script>document.title='x'</script>", "1", "<img src=x onerror=alert(1)>")], at=world.at
    )
    page = enter(world.ops)
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(f"{site}/outbox/{Notice.objects.get(channel='mail').pk}/")

    expect(page.frame_locator("iframe").get_by_text("<img src=x onerror=alert(1)>")).to_be_visible()
    assert (too_wide(page), complaints(page)) == ([], [])


def test_blocks_fit_a_phone_and_are_lifted(world: World, enter: Enter, site: str) -> None:
    outbox.block("somebody.with.a.long.name@a-long-domain.example", "bounced", "5.1.1 550 5.1.1 User unknown " * 4, at=world.at)
    page = enter(world.ops)
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(f"{site}/outbox/blocks/")
    assert (too_wide(page), complaints(page)) == ([], [])

    page.get_by_role("button", name="Lift the block of somebody").click()
    expect(page.get_by_text("No blocked address")).to_be_visible()
    assert MailBlock.objects.count() == 0


def test_choices_are_saved_and_a_calendar_is_made_and_ended(world: World, enter: Enter, site: str) -> None:
    page = enter(world.tam)
    page.goto(f"{site}/profile/")
    page.get_by_label("A customer gave feedback: by mail").select_option("never")
    page.get_by_label("Time zone").select_option("Asia/Kathmandu")
    page.locator("#notices").get_by_role("button", name="Save").click()
    expect(page.get_by_label("A customer gave feedback: by mail")).to_have_value("never")
    expect(page.get_by_label("Time zone")).to_have_value("Asia/Kathmandu")
    assert NoticePreference.objects.get().kind == "feedback"

    page.get_by_role("button", name="New address").click()
    address = page.get_by_role("textbox", name="Address").input_value()
    assert complaints(page) == []
    page.get_by_role("link", name="Done").click()
    assert page.request.get(address).text().startswith("BEGIN:VCALENDAR")
    page.get_by_role("button", name="End the address that ends in").click()
    expect(page.get_by_text("An address for the calendar")).to_be_visible()
    assert page.request.get(address).status == 404


def test_a_mail_is_stopped_without_log_in(world: World, page: Page, site: str) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(f"{site}/mail/stop/{unsubscribe.token('mention', world.tam.pk)}/")
    assert (too_wide(page), complaints(page)) == ([], [])

    page.get_by_role("button", name="Stop them").click()
    expect(page.get_by_role("heading", name="No more of these mails")).to_be_visible()
    page.get_by_role("button", name="Take it back").click()
    expect(page.get_by_role("heading", name="Taken back")).to_be_visible()
    assert NoticePreference.objects.count() == 0
