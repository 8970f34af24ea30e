"""The outbox page."""

import html
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tenure.actions import notices, outbox
from tenure.actions.notices import Letter
from tenure.models import Event, MailBlock, Notice
from tests.conftest import ClientFor
from tests.world import AT, World


@pytest.fixture
def mails(world: World) -> list[Notice]:
    """One that waits, one that went, one that failed, one in a summary."""
    for user, kind, title in (
        (world.tam, "assignment", "Le Hotel is yours"),
        (world.mona, "needs_tam", "Funland needs a TAM"),
        (world.ari, "run_failed", "The night run failed"),
        (world.tam, "cta", "Call Homeworld"),
    ):
        notices.queue([Letter(user.pk, kind, title, title, "By <Mona>", "/accounts/1/", world.le_hotel.pk)], at=AT)
    rows = list(Notice.objects.filter(channel="mail").order_by("id"))
    Notice.objects.filter(pk=rows[1].pk).update(state="delivered", delivered_at=AT)
    Notice.objects.filter(pk=rows[2].pk).update(state="failed", problem="The mail server refused it: 554 Spam", attempts=1)
    return rows


def page(world: World, client_for: ClientFor, address: str) -> str:
    return html.unescape(client_for(world.ops).get(address).content.decode())


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("", ["Le Hotel is yours", "Funland needs a TAM", "The night run failed", "Call Homeworld"]),
        ("state=waits", ["Le Hotel is yours", "Call Homeworld"]),
        ("state=sent", ["Funland needs a TAM"]),
        ("state=failed", ["The night run failed"]),
        ("state=unsent", []),
        ("kind=cta", ["Call Homeworld"]),
        ("q=mona+funland", ["Funland needs a TAM"]),
        ("q=ARI%40example", ["The night run failed"]),
        ("q=nobody", []),
        ("state=forged&before=x", ["Le Hotel is yours", "Funland needs a TAM", "The night run failed", "Call Homeworld"]),
    ],
)
def test_the_list_shows_what_is_asked_for(
    world: World, client_for: ClientFor, mails: list[Notice], query: str, shown: list[str]
) -> None:
    text = page(world, client_for, f"/outbox/?{query}")

    assert [
        title for title in ("Le Hotel is yours", "Funland needs a TAM", "The night run failed", "Call Homeworld") if title in text
    ] == shown
    assert ("No mail fits this filter" in text) is (not shown)


def test_a_mail_that_was_taken_back_says_why_and_is_not_sent_again(
    world: World, client_for: ClientFor, mails: list[Notice]
) -> None:
    notices.settle(notices.pending("assignment"), "Le Hotel has another TAM by now", at=AT)

    text = page(world, client_for, "/outbox/?state=unsent")
    assert [title for title in ("Le Hotel is yours", "Funland needs a TAM") if title in text] == ["Le Hotel is yours"]
    assert "Taken back" in text
    mail = page(world, client_for, f"/outbox/{mails[0].pk}/")
    assert "Le Hotel has another TAM by now" in mail
    assert "Send again" not in mail
    client_for(world.ops).post("/outbox/again/", {"id": mails[0].pk})
    assert Notice.objects.get(pk=mails[0].pk).state == "cancelled"


def test_an_empty_outbox_says_what_will_come(world: World, client_for: ClientFor) -> None:
    assert "Mails that Tenure writes to people stand here" in page(world, client_for, "/outbox/")


def test_one_mail_is_shown_as_it_is_read_and_why_it_failed(world: World, client_for: ClientFor, mails: list[Notice]) -> None:
    response = client_for(world.ops).get(f"/outbox/{mails[2].pk}/", headers={"HX-Request": "true"})

    text = response.content.decode()
    assert "The mail server refused it: 554 Spam" in text
    assert "srcdoc=" in text
    assert "<Mona>" not in text
    assert "By &amp;lt;Mona&amp;gt;" in text  # mark-up of the mail within an attribute of the page
    assert "Send again" in text
    assert response.templates[0].name == "outbox/show.html"
    assert "<!doctype html>" in client_for(world.ops).get(f"/outbox/{mails[2].pk}/").content.decode()[:20]


def test_a_summary_is_shown_as_it_stands_now(world: World, client_for: ClientFor, mails: list[Notice]) -> None:
    text = page(world, client_for, f"/outbox/{mails[3].pk}/")

    assert "1 thing in Tenure, 17 November 2026" in text
    assert "* Call Homeworld" in text
    assert "in the daily summary" in text


def test_what_failed_is_sent_again_all_at_once_or_one(world: World, client_for: ClientFor, mails: list[Notice]) -> None:
    client = client_for(world.ops)

    client.post("/outbox/again/", {"all": "1", "q": "", "kind": "needs_tam"})
    assert Notice.objects.get(pk=mails[2].pk).state == "failed"
    client.post("/outbox/again/", {"all": "1"})
    assert (Notice.objects.get(pk=mails[2].pk).state, Notice.objects.filter(channel="mail").count()) == ("queued", 4)
    client.post("/outbox/again/", {"id": mails[1].pk})
    assert Notice.objects.filter(channel="mail", title="Funland needs a TAM").count() == 2


def test_a_manager_may_neither_look_nor_send(world: World, client_for: ClientFor, mails: list[Notice]) -> None:
    client, before = client_for(world.mona), Event.objects.count()

    assert [client.get("/outbox/").status_code, client.post("/outbox/again/", {"id": mails[2].pk}).status_code] == [403, 403]
    assert (Notice.objects.get(pk=mails[2].pk).state, Event.objects.count()) == ("failed", before)


def test_a_mail_about_an_account_that_one_does_not_see_is_not_there(
    world: World, client_for: ClientFor, mails: list[Notice], settings: Any
) -> None:
    world.le_hotel.summary.deleted = True
    world.le_hotel.summary.save()
    client = client_for(world.ops)

    assert client.get(f"/outbox/{mails[0].pk}/").status_code == 404
    assert "Le Hotel is yours" not in client.get("/outbox/").content.decode()
    client.post("/outbox/again/", {"id": mails[2].pk})
    assert Notice.objects.get(pk=mails[2].pk).state == "failed"


def test_blocked_addresses_are_listed_and_lifted(world: World, client_for: ClientFor) -> None:
    outbox.block("gone@example.com", "bounced", "550 5.1.1 No such user", at=AT)
    outbox.block("carol@homeworld.example", "unsubscribed", "By the link in a mail", kind="feedback", at=AT)
    client = client_for(world.ops)

    text = client.get("/outbox/blocks/").content.decode()
    assert text.count(">Lift<") == 1
    assert "A customer gave feedback" in text
    client.post(f"/outbox/blocks/{MailBlock.objects.get(reason='bounced').pk}/lift/")
    assert list(MailBlock.objects.values_list("reason", flat=True)) == ["unsubscribed"]
    client.post(f"/outbox/blocks/{MailBlock.objects.get().pk}/lift/")
    assert MailBlock.objects.count() == 1


def test_the_page_asks_the_same_of_the_database_however_long_the_outbox_is(world: World, client_for: ClientFor) -> None:
    client, costs = client_for(world.ops), []
    client.get("/outbox/")
    for size in (3, 30):
        notices.queue(
            [Letter(world.tam.pk, "assignment", f"L {n}", f"{size}:{n}", account_id=world.le_hotel.pk) for n in range(size)],
            at=AT + timedelta(size),
        )
        with CaptureQueriesContext(connection) as found:
            client.get("/outbox/")
        costs.append(len(found))

    assert costs[0] == costs[1] <= 20
