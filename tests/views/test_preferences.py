"""Notices on one's own page."""

import re

from tenure.actions import outbox
from tenure.models import Event, NoticePreference, User
from tests.conftest import ClientFor
from tests.world import AT, World


def form(page: str) -> dict[str, str]:
    """What the form of notices would send, as a browser reads it."""
    part = page[page.index('id="notices"') : page.index("</form>", page.index('id="notices"'))]
    ticked = re.findall(r'type="checkbox" name="([\w-]+)"[^>]* checked', part)
    chosen = {
        name: re.search(r'<option value="(\w+)" selected', rest)
        for name, rest in re.findall(r'<select [^>]*name="(mail-\w+)"[^>]*>(.*?)</select>', part)
    }
    return dict.fromkeys(ticked, "on") | {name: found[1] for name, found in chosen.items() if found}


def test_the_form_shows_what_holds_and_saving_it_unchanged_changes_nothing(world: World, client_for: ClientFor) -> None:
    client = client_for(world.tam)
    shown = form(client.get("/profile/").content.decode())

    assert (shown["mail-assignment"], shown["mail-cta"], shown["mail-import_done"]) == ("now", "daily", "never")
    assert "mail-invitation" not in shown
    before = Event.objects.count()
    client.post("/profile/notices/", {**shown, "time_zone": ""})
    assert (NoticePreference.objects.count(), Event.objects.count()) == (0, before)


def test_choices_and_time_zone_are_saved(world: World, client_for: ClientFor) -> None:
    client = client_for(world.tam)
    given = form(client.get("/profile/").content.decode()) | {"mail-cta": "weekly", "time_zone": "Asia/Kathmandu"}
    del given["app-mention"]

    client.post("/profile/notices/", given)

    rows = NoticePreference.objects.order_by("kind").values_list("user", "kind", "mail", "app")
    assert list(rows) == [(world.tam.pk, "cta", "weekly", True), (world.tam.pk, "mention", "now", False)]
    assert User.objects.get(pk=world.tam.pk).time_zone == "Asia/Kathmandu"
    assert form(client.get("/profile/").content.decode()) == {key: value for key, value in given.items() if key != "time_zone"}


def test_a_forged_choice_saves_nothing(world: World, client_for: ClientFor) -> None:
    client = client_for(world.tam)

    for given in ({"mail-cta": "hourly"}, {"mail-invitation": "never"}, {"mail-forged": "never"}, {"time_zone": "Mars/Olympus"}):
        assert client.post("/profile/notices/", given)["Location"] == "/profile/"

    assert NoticePreference.objects.count() == 0
    assert User.objects.get(pk=world.tam.pk).time_zone == ""


def test_the_page_says_when_mails_come_and_that_none_can(world: World, client_for: ClientFor) -> None:
    client = client_for(world.tam)
    page = client.get("/profile/").content.decode()

    assert "No mail from 19:00 to 07:00 and at weekends" in page
    assert "Summaries come at 07:30 on working days, weekly ones on Monday." in page
    assert "As my region: Europe/Berlin" in page
    assert "No mail reaches you" not in page
    outbox.block("tam@example.com", "bounced", "550", at=AT)
    assert "No mail reaches you: one to tam@example.com came back on 16 Nov 2026" in client.get("/profile/").content.decode()
