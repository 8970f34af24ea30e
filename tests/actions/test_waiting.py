"""Telling managers of accounts that need a TAM, and taking it back when they need none any more."""

from datetime import timedelta
from typing import Any

import pytest

from tenure.actions import assignments, bulk_accounts, decisions, notices, outbox, waiting
from tenure.actions.notices import Letter
from tenure.models import Account, AccountSummary, Notice
from tenure.queries import mails
from tenure.queries import outbox as reading
from tenure.queries.handbook import pack
from tests.world import World

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
STATE = ("channel", "state", "read_at", "problem")


@pytest.fixture
def told(world: World) -> World:
    """Mona has been told that Le Hotel needs a TAM."""
    decisions.redecide([world.le_hotel.pk], as_of=world.today, at=world.at, actor=None)
    return world


def of(account: Account | None) -> list[tuple[Any, ...]]:
    return list(Notice.objects.filter(kind="needs_tam", account=account).order_by("channel").values_list(*STATE))


def assign(world: World, account: Account, at: Any) -> None:
    assignments.assign(account, world.tam, "tam", from_date=world.today, actor=world.mona, at=at)


def test_an_account_that_gets_its_tam_takes_back_what_was_told(told: World) -> None:
    assert of(told.le_hotel) == [("app", "delivered", None, ""), ("mail", "queued", None, "")]

    assign(told, told.le_hotel, told.at + HOUR)

    assert of(told.le_hotel) == [("app", "cancelled", told.at + HOUR, ""), ("mail", "cancelled", None, waiting.DONE)]
    assert list(reading.due(told.at + 2 * HOUR).filter(kind="needs_tam")) == []
    mail = Notice.objects.get(kind="needs_tam", channel="mail")
    assert outbox.claim(mail, by="a", at=told.at + 2 * HOUR, lease=HOUR, message_id="<1@x>") is False


def test_a_mail_that_was_claimed_in_between_goes_out(told: World) -> None:
    mail = Notice.objects.get(kind="needs_tam", channel="mail")
    assert outbox.claim(mail, by="a", at=told.at, lease=HOUR, message_id="<1@x>")

    assign(told, told.le_hotel, told.at + HOUR)

    assert outbox.mark_delivered(mail, at=told.at + HOUR)
    assert of(told.le_hotel)[1][:2] == ("mail", "delivered")


def test_what_was_read_or_sent_before_stays_as_it_was(told: World) -> None:
    Notice.objects.filter(channel="app").update(read_at=told.at)
    Notice.objects.filter(channel="mail").update(state="delivered", delivered_at=told.at)

    assign(told, told.le_hotel, told.at + HOUR)

    assert of(told.le_hotel) == [("app", "delivered", told.at, ""), ("mail", "delivered", None, "")]


def test_a_mail_held_for_a_summary_is_left_out_of_it(told: World) -> None:
    digest = f"daily:{told.today + DAY}"
    Notice.objects.filter(channel="mail").update(state="held", digest=digest, next_try_at=told.at + DAY)
    notices.queue([Letter(told.mona.pk, "cta", "Call Homeworld", "1")], at=told.at)
    Notice.objects.filter(kind="cta", channel="mail").update(state="held", digest=digest, next_try_at=told.at + DAY)

    assign(told, told.le_hotel, told.at + HOUR)

    assert of(told.le_hotel)[1] == ("mail", "cancelled", None, waiting.DONE)
    assert outbox.gather(at=told.at + DAY) == 1
    summary = Notice.objects.get(kind="digest")
    assert summary.title == "1 notice"
    assert "Le Hotel" not in mails.compose(summary, pack()).text


def test_a_number_of_accounts_is_taken_back_with_the_last_of_them(world: World) -> None:
    some = world.more_accounts(6, "Big", given_segment="Large")
    for account in some:
        world.subscribe(account, arr=500_000)
    decisions.redecide([account.pk for account in some], as_of=world.today, at=world.at, actor=None)
    assert of(None) == [("app", "delivered", None, ""), ("mail", "queued", None, "")]

    for account in some[:5]:
        assign(world, account, world.at + HOUR)
    assert of(None) == [("app", "delivered", None, ""), ("mail", "queued", None, "")]
    assign(world, some[5], world.at + HOUR)

    assert of(None) == [("app", "cancelled", world.at + HOUR, ""), ("mail", "cancelled", None, waiting.DONE)]


def test_an_assignment_that_is_undone_on_the_same_day_tells_it_again(told: World) -> None:
    rows = AccountSummary.objects.filter(pk=told.le_hotel.pk)
    done = bulk_accounts.assign(rows, told.tam.pk, actor=told.mona, at=told.at + HOUR, today=told.today)
    assert of(told.le_hotel)[1][1] == "cancelled"

    bulk_accounts.undo(done.user.pk, (told.at + HOUR).isoformat(), actor=told.mona, at=told.at + 2 * HOUR, today=told.today)

    assert of(told.le_hotel) == [("app", "delivered", None, ""), ("mail", "queued", None, "")]
