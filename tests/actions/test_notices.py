"""Queueing: each letter once, by the channels and at the times that its reader wants."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tenure.actions import notices, preferences
from tenure.actions.notices import Letter
from tenure.models import Event, Notice
from tenure.queries.preferences import Choice
from tests.world import AT, World

EVENING = datetime(2026, 11, 16, 20, 0, tzinfo=UTC)  # 21:00 in Berlin


def letter(world: World, kind: str = "assignment", key: str = "", **more: Any) -> Letter:
    return Letter(world.tam.pk, kind, "Le Hotel is yours", key or kind, "By Mona", "/accounts/4/", world.le_hotel.pk, **more)


def outbox() -> list[tuple[Any, ...]]:
    return list(Notice.objects.order_by("id").values_list("kind", "channel", "state", "next_try_at", "digest"))


def test_a_letter_is_in_the_bell_at_once_and_its_mail_as_the_handbook_says(world: World) -> None:
    letters = [
        letter(world),
        letter(world, "cta"),
        letter(world, "feedback"),
        letter(world, "import_done"),
        letter(world, "invitation"),
    ]

    assert notices.queue(letters, at=AT) == 5
    assert notices.queue(letters, at=AT + timedelta(hours=1)) == 0

    assert outbox() == [
        ("assignment", "app", "delivered", None, ""),
        ("assignment", "mail", "queued", None, ""),
        ("cta", "app", "delivered", None, ""),
        ("cta", "mail", "held", datetime(2026, 11, 17, 6, 30, tzinfo=UTC), "daily:2026-11-17"),
        ("feedback", "app", "delivered", None, ""),
        ("feedback", "mail", "held", datetime(2026, 11, 23, 6, 30, tzinfo=UTC), "weekly:2026-11-23"),
        ("import_done", "app", "delivered", None, ""),  # the handbook never mails it, so nobody misses a mail
        ("invitation", "mail", "queued", None, ""),
    ]


def test_in_quiet_hours_a_mail_waits_unless_it_can_not(world: World) -> None:
    notices.queue([letter(world), letter(world, "escalation")], at=EVENING)

    assert [row for row in outbox() if row[1] == "mail"] == [
        ("assignment", "mail", "held", datetime(2026, 11, 17, 6, 0, tzinfo=UTC), ""),
        ("escalation", "mail", "queued", None, ""),
    ]


def test_the_own_time_zone_goes_before_the_regions(world: World) -> None:
    preferences.move(world.tam, "America/Los_Angeles", at=AT)  # 12:00 there

    notices.queue([letter(world)], at=EVENING)

    assert outbox()[1] == ("assignment", "mail", "queued", None, "")


def test_what_somebody_chose_holds(world: World) -> None:
    preferences.change(
        world.tam, {"assignment": Choice("never", True), "cta": Choice("now", False), "mention": Choice("daily", True)}, at=AT
    )

    notices.queue([letter(world), letter(world, "cta"), letter(world, "mention")], at=AT)

    assert outbox() == [
        ("assignment", "app", "delivered", None, ""),
        ("assignment", "mail", "muted", None, ""),
        ("cta", "mail", "queued", None, ""),
        ("mention", "app", "delivered", None, ""),
        ("mention", "mail", "held", datetime(2026, 11, 17, 6, 30, tzinfo=UTC), "daily:2026-11-17"),
    ]


def test_a_letter_for_the_application_alone_and_one_to_somebody_outside(world: World) -> None:
    outside = Letter(None, "invitation", "Cadence call", "call:1", address="Carol@Homeworld.example")

    assert notices.queue([letter(world, mail=False), outside], at=AT) == 2

    rows = Notice.objects.order_by("id").values_list("channel", "user", "address", "natural_key")
    assert list(rows) == [
        ("app", world.tam.pk, "", f"app:{world.tam.pk}:assignment"),
        ("mail", None, "carol@homeworld.example", "mail:carol@homeworld.example:call:1"),
    ]


def test_a_natural_key_that_is_too_long_still_counts_whole(world: World) -> None:
    first, other = letter(world, key="k" * 300 + "a"), letter(world, key="k" * 300 + "b")

    assert notices.queue([first, other, first], at=AT) == 2
    assert notices.queue([first], at=AT) == 0
    assert max(len(key) for key in Notice.objects.values_list("natural_key", flat=True)) <= 200


def test_a_thousand_letters_take_as_many_reads_as_one(world: World) -> None:
    one = [letter(world, key="a")]
    many = [Letter(person.pk, "assignment", f"Letter {n}", f"m:{n}") for n in range(100) for person in world.people.values()]

    with CaptureQueriesContext(connection) as few:
        notices.queue(one, at=AT)
    with CaptureQueriesContext(connection) as lots:
        assert notices.queue(many, at=AT) == 1100

    reads = [sum(query["sql"].startswith("SELECT") for query in captured) for captured in (few, lots)]
    assert reads == [3, 3]


def test_without_letters_nothing_is_asked(django_assert_num_queries: Any, db: None) -> None:
    with django_assert_num_queries(0):
        assert notices.queue([], at=AT) == 0


@pytest.mark.parametrize("switched_on", [False, True])
def test_an_opened_mail_is_noticed_only_where_the_handbook_says_so(
    world: World, switched_on: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notices, "receipts_on", lambda: switched_on)
    notices.queue([letter(world)], at=AT)
    row = Notice.objects.get(channel="mail")

    assert notices.mark_opened(row.pk, at=AT) is switched_on
    assert notices.mark_opened(row.pk, at=AT) is False
    row.refresh_from_db()
    assert row.read_at == (AT if switched_on else None)
    assert Event.objects.filter(noun="notice").count() == 0
