"""The link in mails that stops them, by a person and by a mail program; and the dot of a read receipt."""

from typing import Any

import pytest
from django.test import Client

from tenure.actions import notices
from tenure.actions.notices import Letter
from tenure.models import Event, Notice, NoticePreference
from tenure.queries import handbook, unsubscribe
from tests.world import AT, World


@pytest.fixture
def link(world: World) -> str:
    return f"/mail/stop/{unsubscribe.token('mention', world.tam.pk)}/"


def kept() -> list[Any]:
    return list(NoticePreference.objects.values_list("user__name", "kind", "mail"))


def test_the_link_asks_once_stops_and_can_be_taken_back(link: str, clock: None) -> None:
    client = Client()  # nobody is logged in

    asked = client.get(link).content.decode()
    assert "To tam@example.com: Somebody mentioned you." in asked
    assert kept() == []
    assert "No more of these mails" in client.post(link).content.decode()
    assert kept() == [("Tam Technical", "mention", "never")]
    assert "Taken back" in client.post(link, {"resume": "1"}).content.decode()
    assert kept() == []


def test_looking_at_the_link_changes_nothing(link: str, clock: None) -> None:
    for _ in range(2):
        Client().get(link)
        Client().get(f"{link}one-click/")

    assert (kept(), Event.objects.count()) == ([], 0)


def test_a_mail_program_stops_it_with_one_click_without_a_cookie(link: str, clock: None) -> None:
    client = Client(enforce_csrf_checks=True)

    done = client.post(f"{link}one-click/", "List-Unsubscribe=One-Click", content_type="application/x-www-form-urlencoded")

    assert (done.status_code, kept()) == (200, [("Tam Technical", "mention", "never")])
    assert client.get(f"{link}one-click/")["Location"] == link


@pytest.mark.parametrize("body", ["", "List-Unsubscribe=Maybe"])
def test_anything_else_posted_there_leads_to_the_page(link: str, clock: None, body: str) -> None:
    client = Client(enforce_csrf_checks=True)

    done = client.post(f"{link}one-click/", body, content_type="application/x-www-form-urlencoded")

    assert (done.status_code, done["Location"], kept()) == (302, link, [])


def test_the_page_itself_takes_no_form_of_others(link: str, clock: None) -> None:
    assert Client(enforce_csrf_checks=True).post(link).status_code == 403
    assert kept() == []


def test_a_forged_link_is_not_there(world: World, clock: None) -> None:
    for address in ("/mail/stop/forged/", "/mail/stop/forged/one-click/", "/mail/seen/forged.gif"):
        assert Client().get(address).status_code == 404
    assert Client().post("/mail/stop/forged/one-click/", {"List-Unsubscribe": "One-Click"}).status_code == 404


def test_what_stays_on_says_so(world: World, clock: None) -> None:
    address = f"/mail/stop/{unsubscribe.token('invitation', world.tam.pk)}/"

    assert "These mails stay on" in Client().get(address).content.decode()
    Client().post(address)
    assert kept() == []


def test_a_summary_names_what_it_would_stop(world: World, clock: None) -> None:
    address = f"/mail/stop/{unsubscribe.token('digest', world.tam.pk, period='weekly')}/"

    assert "A customer gave feedback, A week has too little time" in Client().get(address).content.decode()
    Client().post(address)
    assert "Nothing left to stop" in Client().get(address).content.decode()


def test_links_are_limited_in_rate(link: str, clock: None) -> None:
    client = Client()

    assert [client.get(link).status_code for _ in range(61)][-2:] == [200, 429]


def test_the_dot_tells_of_an_opened_mail_only_where_the_handbook_has_it(world: World, clock: None) -> None:
    notices.queue([Letter(world.tam.pk, "assignment", "Le Hotel is yours", "1")], at=AT)
    row = Notice.objects.get(channel="mail")
    address, receipt = f"/mail/seen/{unsubscribe.seen_token(row.pk)}.gif", handbook.pack().notices.read_receipt
    assert receipt is not None

    assert Client().get(address).status_code == 404
    receipt.__dict__["enabled"] = True
    try:
        seen = Client().get(address)
    finally:
        receipt.__dict__["enabled"] = False

    assert (seen.status_code, seen["Content-Type"], len(seen.content)) == (200, "image/gif", 42)
    row.refresh_from_db()
    assert row.read_at == AT
