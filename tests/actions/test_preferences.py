"""What people choose about notices, and the links that stop them."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from tenure.actions import notices, preferences
from tenure.actions.notices import Letter
from tenure.actions.refusals import Refused
from tenure.models import Event, MailBlock, Notice, NoticePreference, User
from tenure.queries import unsubscribe
from tenure.queries.preferences import Choice
from tenure.queries.unsubscribe import Stop
from tests.world import AT, World


def kept(world: World) -> list[tuple[Any, ...]]:
    return list(NoticePreference.objects.filter(user=world.tam).order_by("kind").values_list("kind", "mail", "app"))


def test_only_what_differs_from_the_handbook_is_kept(world: World) -> None:
    assert preferences.change(world.tam, {"cta": Choice("never", True), "mention": Choice("now", True)}, at=AT) == 1
    assert kept(world) == [("cta", "never", True)]
    assert preferences.change(world.tam, {"cta": Choice("daily", True)}, at=AT) == 1
    assert kept(world) == []
    assert preferences.change(world.tam, {"cta": Choice("daily", True)}, at=AT) == 0

    last = Event.objects.filter(verb="user.notices_chosen").order_by("-id")[0]
    assert (last.actor_id, json.loads(last.body)) == (
        world.tam.pk, {"before": {"cta": {"mail": "never", "app": True}}, "after": {"cta": {"mail": "daily", "app": True}}},
    )  # fmt: skip


@pytest.mark.parametrize(
    "choices",
    [{"forged": Choice("now", True)}, {"cta": Choice("hourly", True)}, {"invitation": Choice("never", False)}],
    ids=["unknown kind", "unknown word", "a kind that stays on"],
)
def test_what_cannot_be_chosen_is_refused_and_nothing_changes(world: World, choices: dict[str, Choice]) -> None:
    before = Event.objects.count()

    with pytest.raises(Refused):
        preferences.change(world.tam, {"mention": Choice("never", True), **choices}, at=AT)

    assert (kept(world), Event.objects.count()) == ([], before)


def test_mails_that_wait_follow_a_new_choice(world: World) -> None:
    notices.queue([Letter(world.tam.pk, kind, kind, kind) for kind in ("cta", "comment", "due")], at=AT)

    preferences.change(
        world.tam, {"cta": Choice("never", True), "comment": Choice("now", True), "due": Choice("weekly", True)}, at=AT
    )

    rows = Notice.objects.filter(channel="mail").order_by("kind").values_list("kind", "state", "next_try_at", "digest")
    assert list(rows) == [
        ("comment", "queued", None, ""),
        ("cta", "muted", None, ""),
        ("due", "held", datetime(2026, 11, 23, 6, 30, tzinfo=UTC), "weekly:2026-11-23"),
    ]


def test_a_link_stops_one_kind_and_can_be_taken_back(world: World) -> None:
    asked = unsubscribe.read(unsubscribe.token("mention", world.tam.pk))
    assert asked == Stop("mention", world.tam)

    assert [preferences.stop(asked, at=AT), preferences.stop(asked, at=AT)] == [1, 0]
    assert kept(world) == [("mention", "never", True)]
    preferences.resume(asked, at=AT)
    assert kept(world) == []
    verbs = Event.objects.filter(object_id=world.tam.pk, noun="user").order_by("id").values_list("verb", flat=True)
    assert list(verbs) == ["user.unsubscribed", "user.resubscribed"]


def test_the_link_of_a_digest_stops_what_comes_in_it(world: World) -> None:
    preferences.change(world.tam, {"comment": Choice("weekly", True)}, at=AT)

    asked = unsubscribe.read(unsubscribe.token("digest", world.tam.pk, period="weekly"))
    assert asked is not None

    assert preferences.stop(asked, at=AT) == 3
    assert kept(world) == [("capacity", "never", True), ("comment", "never", True), ("feedback", "never", True)]


def test_a_kind_that_stays_on_is_not_stopped_by_a_link(world: World) -> None:
    asked = Stop("invitation", world.tam)

    assert (preferences.stop(asked, at=AT), kept(world)) == (0, [])


def test_somebody_outside_stops_a_kind_for_their_address(world: World) -> None:
    asked = unsubscribe.read(unsubscribe.token("newsletter", None, "carol@homeworld.example"))
    assert asked is not None

    assert [preferences.stop(asked, at=AT), preferences.stop(asked, at=AT)] == [1, 0]
    assert list(MailBlock.objects.values_list("address", "kind", "reason")) == [
        ("carol@homeworld.example", "newsletter", "unsubscribed")
    ]
    preferences.resume(asked, at=AT)
    assert MailBlock.objects.count() == 0


@pytest.mark.parametrize("text", ["", "forged", "eyJrIjoiY3RhIiwidSI6MX0:forged"])
def test_a_link_that_we_never_made_says_nothing(db: None, text: str) -> None:
    assert unsubscribe.read(text) is None


def test_a_changed_link_says_nothing(world: World) -> None:
    token = unsubscribe.token("mention", world.tam.pk)
    other = unsubscribe.token("mention", world.mona.pk)

    assert unsubscribe.read(other.partition(":")[0] + ":" + token.partition(":")[2]) is None
    of_nobody = unsubscribe.token("mention", 999_999)
    assert unsubscribe.read(of_nobody) is None


def test_a_time_zone_that_does_not_exist_is_refused(world: World) -> None:
    assert preferences.move(world.tam, "Asia/Kathmandu", at=AT)
    assert not preferences.move(world.tam, "Asia/Kathmandu", at=AT)
    with pytest.raises(Refused, match="no such time zone"):
        preferences.move(world.tam, "../etc/passwd", at=AT)

    assert User.objects.get(pk=world.tam.pk).time_zone == "Asia/Kathmandu"
