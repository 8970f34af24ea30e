"""Services delivered and planned, paid hours and their balance: exact rows, refusals that change nothing, undo."""

from datetime import date, timedelta
from typing import Any

import pytest

from tenure.actions import hours as paid
from tenure.actions import services
from tenure.actions.refusals import Refused
from tenure.models import Account, Event, PaidHours, ServiceDelivery, User
from tenure.queries import hours as queries
from tests import work
from tests.world import TODAY, World

DAY = timedelta(days=1)


def content() -> list[list[tuple[Any, ...]]]:
    return [list(model.objects.order_by("pk").values_list()) for model in (ServiceDelivery, PaidHours, Event)]


def deliver(
    world: World, service: str = "ebr", who: str = "tam", account: Account | None = None, **fields: Any
) -> ServiceDelivery:
    given = {"service": service, **fields}
    return services.deliver(account or world.homeworld, given, today=TODAY, actor=work.fresh(world.people[who]), at=world.at)


def plan(world: World, service: str = "ebr", **fields: Any) -> ServiceDelivery:
    return services.plan(world.homeworld, {"service": service, **fields}, today=TODAY, actor=work.fresh(world.tam), at=world.at)


def buy(world: World, minutes: int, **fields: Any) -> PaidHours:
    given = {"minutes": minutes, **fields}
    return paid.buy(world.homeworld, given, today=TODAY, actor=work.fresh(world.tam), at=world.at)


def change(world: World, row: ServiceDelivery, **fields: Any) -> bool:
    more = {"delivered": fields.pop("delivered")} if "delivered" in fields else {}
    return services.update(row, fields, today=TODAY, actor=work.fresh(world.tam), at=world.at, **more)


def refused(sentence: str, code: str, do: Any) -> None:
    before = content()
    with pytest.raises(Refused) as refusal:
        do()
    assert (refusal.value.sentence, refusal.value.code) == (sentence, code)
    assert content() == before


def left(world: World, day: date = TODAY) -> int:
    return queries.balance(world.homeworld.pk, day).left


def test_a_delivery_is_recorded_with_day_person_and_time(world: World) -> None:
    row = deliver(world, "ebr", delivered_on=date(2026, 11, 3), minutes=90, note=" With the CIO ", delivered_by=world.mona)

    row.refresh_from_db()
    assert (row.account, row.service, row.status, row.delivered_on, row.delivered_by) == (world.homeworld, "ebr", "delivered", date(2026, 11, 3), world.mona)  # fmt: skip
    assert (row.minutes, row.paid, row.note, row.activity, row.created_by, row.created_at) == (90, False, "With the CIO", None, world.tam, world.at)  # fmt: skip
    event = Event.objects.get(noun="service")
    assert (event.verb, event.object_id, event.account_id, event.actor) == (
        "service.delivered",
        row.pk,
        world.homeworld.pk,
        world.tam,
    )
    assert '"name":"Executive business reviews"' in event.body
    assert '"minutes":90' in event.body


def test_whoever_records_it_did_it_today_unless_told(world: World) -> None:
    row = deliver(world, "demo_training")

    assert (row.delivered_on, row.delivered_by, row.minutes) == (TODAY, world.tam, 0)


REFUSED = [
    ({"service": "nothing"}, "Choose a service of the handbook."),
    ({"delivered_on": TODAY + DAY}, "What was delivered was so on a day up to today."),
    ({"delivered_on": None}, "Give the day."),
    ({"service": "qbr"}, "The handbook of 2026-11-16 has no Quarterly business reviews."),
    ({"service": "ebr", "delivered_on": date(2019, 5, 1)}, "The handbook of 2019-05-01 has no Executive business reviews."),
    ({"minutes": -1}, "Give the time in hours, like 1.5 or 1:30."),
    ({"minutes": "x"}, "Give the time in hours, like 1.5 or 1:30."),
    ({"paid": True}, "Paid hours are taken by time: say how long it took."),
    ({"note": "x" * 1001}, "A note has at most 1,000 characters."),
    ({"colour": "red"}, "A delivery has no colour."),
]


@pytest.mark.parametrize(("fields", "sentence"), REFUSED)
def test_what_cannot_be_is_refused(world: World, fields: dict[str, Any], sentence: str) -> None:
    refused(sentence, "invalid", lambda: deliver(world, **{"service": "ebr", **fields}))


def test_somebody_who_does_not_work_there_delivered_nothing(world: World) -> None:
    with pytest.raises(Refused, match=r"Tessa Technical doesn't work on Homeworld Inc\."):
        deliver(world, delivered_by=world.tessa)
    assert ServiceDelivery.objects.count() == 0


@pytest.mark.parametrize(
    ("who", "account", "code"),
    [("olga", "homeworld", "not_found"), ("tessa", "homeworld", "not_found"), ("tam", "le_hotel", "not_allowed"), ("exa", "homeworld", "not_allowed")],
)  # fmt: skip
def test_only_who_works_on_the_account_records(world: World, who: str, account: str, code: str) -> None:
    before, user = content(), work.fresh(world.people[who])
    doings = [
        lambda: deliver(world, who=who, account=world.accounts[account]),
        lambda: paid.buy(world.accounts[account], {"minutes": 60}, today=TODAY, actor=user, at=world.at),
    ]
    for do in doings:
        with pytest.raises(Refused) as refusal:
            do()
        assert refusal.value.code == code
    assert content() == before


@pytest.mark.parametrize(("who", "code"), [("tessa", "not_found"), ("exa", "not_allowed")])
def test_nobody_else_changes_a_delivery(world: World, who: str, code: str) -> None:
    row, hours, planned = deliver(world), buy(world, 60), plan(world, delivered_on=TODAY + DAY)
    moment: dict[str, Any] = {"actor": work.fresh(world.people[who]), "at": world.at}
    before = content()

    for do in (
        lambda: services.update(row, {"minutes": 1}, today=TODAY, **moment),
        lambda: services.delete(row, **moment),
        lambda: services.cancel(planned, "No", **moment),
        lambda: paid.update(hours, {"minutes": 1}, today=TODAY, **moment),
        lambda: paid.delete(hours, **moment),
    ):
        with pytest.raises(Refused) as refusal:
            do()
        assert refusal.value.code == code
    assert content() == before


def test_a_plan_is_delivered_called_off_and_brought_back(world: World) -> None:
    row = plan(world, "upgrade_planning", delivered_on=date(2026, 12, 1))
    assert (row.status, row.delivered_on) == ("planned", date(2026, 12, 1))

    services.cancel(row, "The customer waits", actor=work.fresh(world.tam), at=world.at)
    assert row.status == "cancelled"
    refused("That has been done already.", "conflict", lambda: change(world, row, note="x"))
    services.restore(row, actor=work.fresh(world.tam), at=world.at)
    assert row.status == "planned"

    refused("What was delivered was so on a day up to today.", "invalid", lambda: change(world, row, delivered=True))
    assert change(world, row, delivered=True, delivered_on=TODAY, minutes=120)
    assert (row.status, row.delivered_on, row.minutes) == ("delivered", TODAY, 120)
    refused(
        "Only what is planned can be called off.",
        "conflict",
        lambda: services.cancel(row, "x", actor=work.fresh(world.tam), at=world.at),
    )
    verbs = list(Event.objects.filter(noun="service").order_by("pk").values_list("verb", flat=True))
    assert verbs == ["service.planned", "service.cancelled", "service.restored", "service.delivered"]


def test_a_plan_lies_ahead_and_a_cancel_says_why(world: World) -> None:
    refused("A plan is for today or a later day.", "invalid", lambda: plan(world, delivered_on=TODAY - DAY))
    refused("Plan within a year of today.", "invalid", lambda: plan(world, delivered_on=TODAY + 367 * DAY))
    row = plan(world, delivered_on=TODAY)
    refused(
        "Say why, in at most 300 characters.",
        "invalid",
        lambda: services.cancel(row, " ", actor=work.fresh(world.tam), at=world.at),
    )


def test_a_change_tells_what_was_and_nothing_is_no_change(world: World) -> None:
    row = deliver(world, minutes=60)
    assert not change(world, row, minutes=60)
    assert change(world, row, minutes=90, note="Longer")

    event = Event.objects.filter(noun="service").latest("pk")
    assert (event.verb, row.minutes, row.note) == ("service.updated", 90, "Longer")
    assert '"before":{"minutes":60' in event.body


def test_deleting_is_taken_back(world: World) -> None:
    row = deliver(world)
    services.delete(row, actor=work.fresh(world.tam), at=world.at)
    assert row.deleted_at == world.at
    refused("That has been done already.", "conflict", lambda: services.delete(row, actor=work.fresh(world.tam), at=world.at))
    services.restore(row, actor=work.fresh(world.tam), at=world.at)
    assert row.deleted_at is None
    refused("That has been done already.", "conflict", lambda: services.restore(row, actor=work.fresh(world.tam), at=world.at))


def test_a_paid_delivery_takes_from_the_oldest_hours_first(world: World) -> None:
    old = buy(world, 120, bought_on=date(2026, 1, 10), expires_on=date(2026, 12, 31))
    new = buy(world, 600, bought_on=date(2026, 6, 1), reference="Order 7")
    row = deliver(world, "white_glove", minutes=180)

    assert row.paid  # the service itself is a paid one
    found = queries.balance(world.homeworld.pk, TODAY)
    assert [(one.row.pk, one.used, one.kept, one.left, one.percent) for one in found.lots] == [(old.pk, 120, 0, 0, 100), (new.pk, 60, 0, 540, 10)]  # fmt: skip
    assert (found.left, found.used, found.kept, found.lost, found.next_end) == (540, 180, 0, 0, None)


def test_hours_that_have_ended_are_lost(world: World) -> None:
    buy(world, 300, bought_on=date(2026, 1, 10), expires_on=TODAY - DAY)
    buy(world, 60, expires_on=TODAY + 30 * DAY)
    found = queries.balance(world.homeworld.pk, TODAY)

    assert (found.left, found.lost, found.next_end) == (60, 300, TODAY + 30 * DAY)
    assert deliver(world, "ebr", paid=True, minutes=300, delivered_on=TODAY - DAY).minutes == 300  # then they could still be used
    assert queries.balance(world.homeworld.pk, TODAY).lost == 0


def test_more_than_there_is_is_refused_with_balance_and_need(world: World) -> None:
    buy(world, 150)
    deliver(world, "white_glove", minutes=30)

    sentence = "This takes 2 h 30 min of paid hours, and Homeworld Inc. has 2 h left on 16 Nov 2026."
    refused(sentence, "conflict", lambda: deliver(world, "white_glove", minutes=150))
    refused(sentence, "conflict", lambda: deliver(world, "ebr", paid=True, minutes=150))
    assert left(world) == 120


def test_hours_of_another_day_or_account_do_not_help(world: World) -> None:
    buy(world, 600)

    refused(
        "This takes 1 h of paid hours, and Homeworld Inc. has 0 h left on 15 Nov 2026.", "conflict",
        lambda: deliver(world, "white_glove", minutes=60, delivered_on=TODAY - DAY),
    )  # fmt: skip
    world.assign(world.le_hotel, world.tam)
    refused(
        "This takes 1 h of paid hours, and Le Hotel has 0 h left on 16 Nov 2026.", "conflict",
        lambda: deliver(world, "white_glove", minutes=60, account=world.le_hotel),
    )  # fmt: skip


def test_a_plan_keeps_hours_until_it_is_called_off(world: World) -> None:
    buy(world, 120)
    row = plan(world, "white_glove", minutes=90, delivered_on=TODAY + DAY)
    refused(
        "Then the 1 h 30 min of paid hours on 17 Nov 2026 would have 1 h left.", "conflict",
        lambda: deliver(world, "white_glove", minutes=60),
    )  # fmt: skip
    assert (queries.balance(world.homeworld.pk, TODAY).kept, left(world)) == (90, 30)

    services.cancel(row, "Not now", actor=work.fresh(world.tam), at=world.at)
    deliver(world, "white_glove", minutes=60)
    refused(
        "This takes 1 h 30 min of paid hours, and Homeworld Inc. has 1 h left on 17 Nov 2026.", "conflict",
        lambda: services.restore(row, actor=work.fresh(world.tam), at=world.at),
    )  # fmt: skip


def test_a_change_and_a_return_must_be_covered_too(world: World) -> None:
    buy(world, 120)
    row = deliver(world, "white_glove", minutes=120)
    refused(
        "This takes 2 h 1 min of paid hours, and Homeworld Inc. has 2 h left on 16 Nov 2026.", "conflict",
        lambda: change(world, row, minutes=121),
    )  # fmt: skip
    services.delete(row, actor=work.fresh(world.tam), at=world.at)
    deliver(world, "white_glove", minutes=10)
    refused(
        "This takes 2 h of paid hours, and Homeworld Inc. has 1 h 50 min left on 16 Nov 2026.", "conflict",
        lambda: services.restore(row, actor=work.fresh(world.tam), at=world.at),
    )  # fmt: skip


def test_hours_in_use_stay(world: World) -> None:
    hours = buy(world, 120)
    deliver(world, "white_glove", minutes=60)
    user = work.fresh(world.tam)
    sentence = "Then the 1 h of paid hours on 16 Nov 2026 would have {} left."

    refused(sentence.format("0 h"), "conflict", lambda: paid.delete(hours, actor=user, at=world.at))
    refused(
        sentence.format("59 min"),
        "conflict",
        lambda: paid.update(hours, {"minutes": 59}, today=TODAY, actor=user, at=world.at),
    )
    assert paid.update(hours, {"minutes": 60, "reference": "Order 8"}, today=TODAY, actor=user, at=world.at)
    assert not paid.update(hours, {"minutes": 60}, today=TODAY, actor=user, at=world.at)
    assert (hours.minutes, hours.reference, left(world)) == (60, "Order 8", 0)


def test_bought_hours_are_deleted_and_brought_back(world: World) -> None:
    hours, user = buy(world, 120), work.fresh(world.tam)
    paid.delete(hours, actor=user, at=world.at)
    assert left(world) == 0
    paid.restore(hours, actor=user, at=world.at)
    assert left(world) == 120
    refused("That has been done already.", "conflict", lambda: paid.restore(hours, actor=user, at=world.at))
    verbs = list(Event.objects.filter(noun="hours").order_by("pk").values_list("verb", flat=True))
    assert verbs == ["hours.bought", "hours.deleted", "hours.restored"]


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"minutes": 0}, "Give the hours that were bought, like 20 or 7.5."),
        ({"minutes": None}, "Give the hours that were bought, like 20 or 7.5."),
        ({"minutes": 60, "bought_on": TODAY + DAY}, "They were bought on a day up to today."),
        ({"minutes": 60, "expires_on": TODAY - DAY}, "They can be used until a day after they were bought."),
        ({"minutes": 60, "reference": "x" * 201}, "A reference has at most 200 characters."),
    ],
)
def test_hours_that_cannot_be_are_refused(world: World, fields: dict[str, Any], sentence: str) -> None:
    refused(sentence, "invalid", lambda: buy(world, **fields))


def test_a_past_day_shows_the_hours_of_then(world: World) -> None:
    buy(world, 120, bought_on=date(2026, 1, 1))
    deliver(world, "white_glove", minutes=60, delivered_on=date(2026, 3, 1))
    plan(world, "white_glove", minutes=30, delivered_on=TODAY + DAY)

    found = [
        queries.balance(world.homeworld.pk, day, day == TODAY)
        for day in (date(2025, 12, 31), date(2026, 2, 1), date(2026, 4, 1), TODAY)
    ]
    assert [(one.left, one.used, one.kept) for one in found] == [(0, 0, 0), (120, 0, 0), (60, 60, 0), (30, 60, 30)]


def test_a_run_may_record_what_it_knows(world: World) -> None:
    row = services.deliver(world.big_donut, {"service": "ebr"}, today=TODAY, actor=None, at=world.at)

    assert (row.delivered_by, row.created_by) == (None, None)
    assert User.objects.filter(deliveries=row).count() == 0
