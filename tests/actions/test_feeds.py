"""Calendar feeds: their secrets, and what stands in them."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from tenure.actions import activities, ctas, feeds
from tenure.actions.refusals import Refused
from tenure.models import Activity, CalendarFeed, Event, User
from tenure.queries import feeds as queries
from tenure.queries import handbook
from tests.world import AT, World

THURSDAY = datetime(2026, 12, 3, 9, 0, tzinfo=UTC)


def entries(world: World, user: User) -> list[queries.Entry]:
    return queries.entries(User.objects.prefetch_related("roles").get(pk=user.pk), AT, handbook.pack())


def plan(world: World, **more: Any) -> Activity:
    fields = {"kind": "call", "subject": "Cadence call", "happened_at": THURSDAY, "minutes": 45, "body": "They pay late", **more}
    return activities.plan(world.homeworld, fields, today=world.today, actor=world.tam, at=AT)


def test_a_secret_is_told_once_and_only_its_hash_is_kept(world: World) -> None:
    token = feeds.create(world.tam, at=AT)

    feed = CalendarFeed.objects.get()
    assert len(token) >= 43  # 256 bits
    assert (feed.token_hash, feed.hint) == (queries.hashed(token), token[-4:])
    assert token not in str(list(CalendarFeed.objects.values())) + str(list(Event.objects.values_list("body", flat=True)))
    assert queries.by_token(token) == feed
    assert queries.by_token(feed.token_hash) is None


def test_a_revoked_feed_is_over_and_so_is_that_of_a_closed_log_in(world: World) -> None:
    first, second = feeds.create(world.tam, at=AT), feeds.create(world.tam, at=AT)
    feeds.revoke(world.tam, queries.by_token(first).pk, at=AT)  # type: ignore[union-attr]
    assert queries.by_token(first) is None
    assert queries.by_token(second) is not None

    User.objects.filter(pk=world.tam.pk).update(is_active=False)
    assert queries.by_token(second) is None
    verbs = Event.objects.filter(noun="calendar_feed").order_by("id").values_list("verb", flat=True)
    assert list(verbs) == ["calendar_feed.created", "calendar_feed.created", "calendar_feed.revoked"]


def test_nobody_ends_the_feed_of_others_and_nobody_has_more_than_ten(world: World) -> None:
    feeds.create(world.tam, at=AT)
    pk = CalendarFeed.objects.get().pk

    with pytest.raises(Refused):
        feeds.revoke(world.mona, pk, at=AT)
    for _ in range(9):
        feeds.create(world.tam, at=AT)
    with pytest.raises(Refused, match="You have 10 addresses"):
        feeds.create(world.tam, at=AT)
    assert CalendarFeed.objects.filter(revoked_at=None).count() == 10


def test_reading_is_noted_every_few_minutes(world: World) -> None:
    feeds.create(world.tam, at=AT)
    for minutes in (0, 4, 5, 9):
        feeds.mark_read(CalendarFeed.objects.get(), at=AT + timedelta(minutes=minutes))

    assert CalendarFeed.objects.get().last_read_at == AT + timedelta(minutes=5)


def test_calls_and_due_ctas_stand_in_it_by_name_and_nothing_that_was_said(world: World) -> None:
    call = plan(world, participants=[world.mona])
    cta = ctas.create(
        world.homeworld, type="risk", title="Licence use is low", owner=world.tam, due_date=date(2026, 12, 10), note="They pay late",
        today=world.today, actor=world.tam, at=AT,
    )  # fmt: skip

    mine, hers = entries(world, world.tam), entries(world, world.mona)

    assert [(one.uid, one.title, one.start, one.end, one.day) for one in mine] == [
        (f"activity-{call.pk}@127.0.0.1", "Homeworld Inc.: Cadence call", THURSDAY, THURSDAY + timedelta(minutes=45), None),
        (f"cta-{cta.pk}@127.0.0.1", "Homeworld Inc.: Licence use is low", None, None, date(2026, 12, 10)),
    ]
    assert [one.uid for one in hers] == [f"activity-{call.pk}@127.0.0.1"]
    assert "late" not in str(mine)
    assert entries(world, world.ops) == []


def test_the_name_of_an_entry_stays_and_its_number_grows(world: World) -> None:
    cta = ctas.create(
        world.homeworld, type="risk", title="Licence use", owner=world.tam, due_date=date(2026, 12, 10), today=world.today,
        actor=world.tam, at=AT,
    )  # fmt: skip
    (before,) = entries(world, world.tam)
    ctas.update(cta, {"due_date": date(2026, 12, 11)}, today=world.today, actor=world.tam, at=AT + timedelta(minutes=1))
    (after,) = entries(world, world.tam)

    assert (before.uid, before.sequence, before.day) == (after.uid, 0, date(2026, 12, 10))
    assert (after.sequence, after.day, after.changed_at) == (60, date(2026, 12, 11), AT + timedelta(minutes=1))


def test_what_is_done_rests_or_is_gone_is_not_in_it(world: World) -> None:
    def make(title: str) -> Any:
        return ctas.create(
            world.homeworld, type="risk", title=title, owner=world.tam, due_date=date(2026, 12, 10), today=world.today,
            actor=world.tam, at=AT,
        )  # fmt: skip

    rests, stays = make("Rests"), make("Stays")
    ctas.snooze(rests, date(2026, 12, 1), "Holidays", today=world.today, actor=world.tam, at=AT)
    activities.delete(plan(world), actor=world.tam, at=AT)
    Activity.objects.create(
        account=world.homeworld, owner=world.tam, kind="call", happened_at=THURSDAY, recorded_at=AT
    )  # of a CRM

    assert [one.title for one in entries(world, world.tam)] == [f"Homeworld Inc.: {stays.title}"]


def test_an_account_that_one_no_longer_sees_is_not_in_it(world: World) -> None:
    plan(world, participants=[world.mona])
    world.mona.roles.all().delete()

    assert entries(world, world.mona) == []


def test_a_feed_takes_the_same_queries_however_much_is_in_it(world: World, django_assert_num_queries: Any) -> None:
    def cost() -> int:
        user, pack = User.objects.prefetch_related("roles").get(pk=world.tam.pk), handbook.pack()
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        with CaptureQueriesContext(connection) as found:
            queries.entries(user, AT, pack)
        return len(found)

    plan(world)
    few = cost()
    for day in range(20):
        plan(world, happened_at=THURSDAY + timedelta(days=day))

    assert (cost(), few <= 6) == (few, True)
