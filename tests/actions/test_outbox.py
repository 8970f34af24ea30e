"""A mail on its way: digests, claims, sending again, blocked addresses."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tenure.actions import notices, outbox, past
from tenure.actions.notices import Letter
from tenure.actions.refusals import Refused
from tenure.models import Event, MailBlock, Notice
from tests.world import AT, World

LEASE = timedelta(minutes=10)
TUESDAY = datetime(2026, 11, 17, 6, 30, tzinfo=UTC)  # 7:30 in Berlin
WEDNESDAY = TUESDAY + timedelta(days=1)


def tell(world: World, *kinds: str, at: datetime = AT) -> list[Notice]:
    notices.queue([Letter(world.tam.pk, kind, f"Told of {kind}", f"{kind}:{at}") for kind in kinds], at=at)
    return list(Notice.objects.filter(channel="mail").order_by("id"))


def states() -> list[tuple[Any, ...]]:
    return list(Notice.objects.filter(channel="mail").order_by("id").values_list("kind", "state", "digest"))


def taken(notice: Notice, by: str = "one", at: datetime = AT) -> bool:
    return outbox.claim(notice, by=by, at=at, lease=LEASE, message_id="<1@x>")


def test_due_items_become_one_mail(world: World) -> None:
    tell(world, "cta", "due", "comment")

    assert outbox.gather(at=TUESDAY - timedelta(seconds=1)) == 0
    assert [outbox.gather(at=TUESDAY), outbox.gather(at=TUESDAY)] == [1, 0]

    day = "daily:2026-11-17"
    assert states() == [
        ("cta", "gathered", day),
        ("due", "gathered", day),
        ("comment", "gathered", day),
        ("digest", "queued", day),
    ]
    assert Notice.objects.get(kind="digest").title == "3 notices"


def test_digests_that_were_missed_go_together_and_periods_apart(world: World) -> None:
    tell(world, "cta", "feedback")
    tell(world, "cta", at=AT + timedelta(days=1))

    assert outbox.gather(at=TUESDAY + timedelta(days=7)) == 2

    assert sorted(states()) == [
        ("cta", "gathered", "daily:2026-11-18"),
        ("cta", "gathered", "daily:2026-11-18"),
        ("digest", "queued", "daily:2026-11-18"),
        ("digest", "queued", "weekly:2026-11-23"),
        ("feedback", "gathered", "weekly:2026-11-23"),
    ]


def test_an_item_that_came_too_late_waits_for_the_next_digest(world: World) -> None:
    tell(world, "cta")
    outbox.gather(at=TUESDAY)
    late = tell(world, "due", at=AT + timedelta(hours=1))[-1]  # written before, seen only now

    assert outbox.gather(at=TUESDAY + timedelta(minutes=1)) == 0

    late.refresh_from_db()
    assert (late.state, late.digest, late.next_try_at) == ("held", "daily:2026-11-18", WEDNESDAY)


def test_one_claim_at_a_time_and_a_dead_ones_ends(world: World) -> None:
    (notice,) = tell(world, "assignment")
    again = Notice.objects.get(pk=notice.pk)

    assert taken(notice)
    assert not taken(again, "two")
    seen = Notice.objects.get(pk=notice.pk)
    assert (seen.state, seen.attempts, seen.claimed_by, seen.claimed_until) == ("sending", 1, "one", AT + LEASE)
    assert not taken(seen, "two", AT + LEASE - timedelta(seconds=1))
    assert taken(seen, "two", AT + LEASE)

    assert not outbox.mark_delivered(notice, at=AT)  # the first one wakes up: it has lost its claim
    assert outbox.mark_delivered(seen, at=AT)
    assert not taken(Notice.objects.get(pk=notice.pk), "three", AT + timedelta(days=1))


def test_a_digest_takes_its_items_along_whether_it_goes_or_fails(world: World) -> None:
    tell(world, "cta", "due")
    outbox.gather(at=TUESDAY)
    digest = Notice.objects.get(kind="digest")
    taken(digest)

    outbox.give_up(digest, "Refused")
    assert {state for _, state, _ in states()} == {"failed"}

    assert outbox.send_again([digest.pk], actor=world.ops, at=AT) == 1
    assert [(kind, state) for kind, state, _ in states()] == [("cta", "gathered"), ("due", "gathered"), ("digest", "queued")]
    digest = Notice.objects.get(kind="digest")
    taken(digest)
    assert outbox.mark_delivered(digest, at=WEDNESDAY)
    assert {state for _, state, _ in states()} == {"delivered"}
    assert set(Notice.objects.filter(channel="mail").values_list("delivered_at", flat=True)) == {WEDNESDAY}


def test_an_item_that_failed_with_its_digest_goes_by_itself(world: World) -> None:
    item = tell(world, "cta")[0]
    outbox.gather(at=TUESDAY)
    outbox.give_up(Notice.objects.get(kind="digest"), "Refused")

    outbox.send_again([item.pk], actor=world.ops, at=AT)

    assert states() == [("cta", "queued", ""), ("digest", "failed", "daily:2026-11-17")]


def test_what_failed_is_tried_anew_and_what_went_goes_as_a_second_copy(world: World) -> None:
    first, second, waits = tell(world, "assignment", "mention", "needs_tam")
    taken(first)
    outbox.mark_delivered(first, at=AT)
    Notice.objects.filter(pk=second.pk).update(state="failed", attempts=6, problem="Refused")

    assert outbox.send_again([first.pk, second.pk, waits.pk, 999_999], actor=world.ops, at=AT) == 2
    assert outbox.send_again([first.pk], actor=world.ops, at=AT) == 1

    rows = Notice.objects.filter(channel="mail").order_by("id").values_list("natural_key", "state", "attempts")
    key = f"mail:{world.tam.pk}:assignment:{AT}"
    assert [row for row in rows if row[0].startswith(key)] == [
        (key, "delivered", 1), (f"{key}#2", "queued", 0), (f"{key}#3", "queued", 0),
    ]  # fmt: skip
    assert Notice.objects.get(pk=second.pk).state == "queued"
    assert Event.objects.filter(verb="notice.sent_again", actor=world.ops).count() == 3


@pytest.mark.parametrize("who", ["tam", "mona", "fin", "olga"])
def test_sending_again_and_lifting_are_refused_without_the_right(world: World, who: str) -> None:
    (notice,) = tell(world, "assignment")
    Notice.objects.filter(pk=notice.pk).update(state="failed")
    outbox.block("tam@example.com", "bounced", "550 no such user", at=AT)
    before = Event.objects.count()

    for refused in (
        lambda: outbox.send_again([notice.pk], actor=getattr(world, who), at=AT),
        lambda: outbox.lift(MailBlock.objects.get().pk, actor=getattr(world, who), at=AT),
    ):
        with pytest.raises(Refused):
            refused()

    assert (Notice.objects.get(pk=notice.pk).state, MailBlock.objects.count(), Event.objects.count()) == ("failed", 1, before)


def test_an_address_is_blocked_once_and_lifted_once(world: World) -> None:
    assert [
        outbox.block("Tam@Example.com", "bounced", "550", at=AT),
        outbox.block("tam@example.com", "bounced", "550", at=AT),
    ] == [True, False]
    pk = MailBlock.objects.get(address="tam@example.com").pk

    assert outbox.lift(pk, actor=world.ops, at=AT) == "tam@example.com"
    with pytest.raises(Refused, match="lifted already"):
        outbox.lift(pk, actor=world.ops, at=AT)
    assert list(Event.objects.filter(noun="mail_block").order_by("id").values_list("verb", flat=True)) == [
        "mail.blocked",
        "mail.unblocked",
    ]


def test_nobody_else_takes_back_that_somebody_unsubscribed(world: World) -> None:
    outbox.block("carol@homeworld.example", "unsubscribed", "By the link", kind="newsletter", at=AT)

    with pytest.raises(Refused, match="Only they"):
        outbox.lift(MailBlock.objects.get().pk, actor=world.ada, at=AT)
    assert MailBlock.objects.count() == 1


def test_a_past_that_was_written_afterwards_is_told_and_not_mailed(world: World) -> None:
    tell(world, "assignment", "cta", at=AT - timedelta(days=300))
    tell(world, "mention")

    assert past.tell_nobody(before=AT - timedelta(days=1)) == 2

    rows = Notice.objects.order_by("id").values_list("kind", "channel", "state", "read_at")
    then = AT - timedelta(days=299)
    assert list(rows) == [
        ("assignment", "app", "delivered", then),
        ("cta", "app", "delivered", then),
        ("mention", "app", "delivered", None),
        ("mention", "mail", "queued", None),
    ]
