"""Hand-overs that begin by themselves: which, once, with their reason; what a repeat and a later day make of them."""

import json
from datetime import date, timedelta
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

from tenure.actions import assignments, handovers, handovers_accepting, handovers_runs, handovers_starting
from tenure.models import Account, Event, HandOver, Notice, Opportunity, Subscription
from tenure.queries import handbook
from tenure.runs import daily, plans
from tests.world import World


def win(world: World, account: Account, ago: int = 3, kind: str = "new_account", name: str = "First purchase") -> Opportunity:
    return Opportunity.objects.create(
        account=account, name=name, kind=kind, stage="closed_won", is_won=True, is_closed=True, close_date=world.today - timedelta(days=ago),
        created_at=world.at - timedelta(days=60), updated_at=world.at,
    )  # fmt: skip


def run(world: World, days: int = 0) -> daily.Applied:
    on = world.today + timedelta(days=days)
    return daily.apply(daily.plan(on), at=world.at + timedelta(days=days), actor=None)


def wanted(world: World) -> list[dict[str, Any]]:
    found = [plans.as_dict(change) for change in daily.plan(world.today).changes()]
    return [change for change in found if change["kind"] == "handover_wanted"]


def rows() -> list[tuple[str, str, str | None]]:
    return [(row.account.name, row.kind, row.natural_key) for row in HandOver.objects.order_by("pk")]


def test_a_sale_of_new_business_begins_one_with_its_reason_and_a_repeat_none(decided: World) -> None:
    deal = win(decided, decided.homeworld)
    win(decided, decided.funland, ago=91)
    win(decided, decided.le_hotel, kind="renewal")

    (change,) = wanted(decided)
    done = run(decided)

    assert (change["account"], change["rule"], change["reason"], change["key"], change["edition"]) == (
        "Homeworld Inc.", "sale", "First purchase was won, 13 November 2026", f"sale:{deal.pk}", "2022-11-11",
    )  # fmt: skip
    assert (done.handovers_begun, rows()) == (1, [("Homeworld Inc.", "sale", f"sale:{deal.pk}")])
    row = HandOver.objects.get()
    assert (row.plan, row.giver, row.taker, row.due_on) == ("Enterprise", decided.ari, decided.tam, date(2026, 11, 27))
    assert row.missing == 8
    assert Event.objects.get(noun="handover").body.count("First purchase was won") == 1
    titles = Notice.objects.filter(kind="handover", channel="app").order_by("user__name").values_list("user__name", "title")
    assert list(titles) == [
        ("Ari Account", "Hand-over of Homeworld Inc. begins"),
        ("Tam Technical", "Hand-over of Homeworld Inc. begins"),
    ]
    before = (rows(), Event.objects.count())
    assert (wanted(decided), run(decided).handovers_begun) == ([], 0)
    assert (rows(), Event.objects.count()) == before


def test_a_second_sale_is_noted_on_the_open_one_and_once_it_was_accepted_none_begins(decided: World) -> None:
    win(decided, decided.homeworld)
    run(decided)
    second = win(decided, decided.homeworld, ago=1, kind="new_subscription", name="Second product")

    assert wanted(decided)[0]["handover_id"] == HandOver.objects.get().pk
    run(decided)
    row = HandOver.objects.get()
    assert [one["key"] for one in row.because["also"]] == [f"sale:{second.pk}"]
    assert wanted(decided) == []

    moment: dict[str, Any] = {"today": decided.today, "actor": decided.mona, "at": decided.at}
    for item in next(one for one in handbook.pack().journey.handovers if one.start == row.edition and one.key == "sale").of(
        row.plan
    ):
        if item.needed and item.key != "tam_named":
            handovers.tick(row, item.key, "done", on=decided.today, **moment)
    handovers_accepting.accept(row, **moment)
    win(decided, decided.homeworld, ago=0, kind="new_subscription", name="Third product")
    assert wanted(decided) == []


def test_one_that_was_begun_before_the_sale_goes_on_when_the_deal_is_won(decided: World) -> None:
    deal = win(decided, decided.homeworld)
    Opportunity.objects.filter(pk=deal.pk).update(stage="proposal", is_won=False, is_closed=False, close_date=decided.today)
    deal.refresh_from_db()
    row = handovers_starting.start(
        decided.homeworld, "sale", opportunity=deal, today=decided.today, actor=decided.ari, at=decided.at
    )
    assert (wanted(decided), row.because) == ([], {"children": [], "open_work": "move"})

    Opportunity.objects.filter(pk=deal.pk).update(stage="closed_won", is_won=True, is_closed=True)
    run(decided)
    row.refresh_from_db()

    assert rows() == [("Homeworld Inc.", "sale", None)]
    assert [one["key"] for one in row.because["also"]] == [f"sale:{deal.pk}"]
    assert (row.opportunity, wanted(decided), run(decided).handovers_begun) == (deal, [], 0)


def test_a_higher_product_begins_an_upgrade_and_the_same_again_none(decided: World) -> None:
    since = decided.today - timedelta(days=10)
    Subscription.objects.create(
        account=decided.homeworld,
        number="S-2",
        product="Ultimate",
        seats=1,
        arr_minor=100,
        start_date=since,
        recorded_at=decided.at,
    )
    Subscription.objects.create(
        account=decided.le_hotel,
        number="S-3",
        product="Premium",
        seats=1,
        arr_minor=100,
        start_date=since,
        recorded_at=decided.at,
    )
    deal = win(decided, decided.homeworld, ago=12, kind="add_on", name="Up-tier")

    (change,) = wanted(decided)
    run(decided)

    assert (change["rule"], change["reason"]) == ("upgrade", "Upgraded to Ultimate, 6 November 2026")
    assert rows() == [("Homeworld Inc.", "upgrade", f"upgrade:{decided.homeworld.pk}:2026-11-06")]
    assert HandOver.objects.get().opportunity == deal
    assert wanted(decided) == []


def test_who_is_late_is_told_once_with_those_above(decided: World) -> None:
    win(decided, decided.homeworld)
    run(decided)
    Notice.objects.all().delete()

    for days in (11, 12, 13):
        run(decided, days)

    late = Notice.objects.filter(kind="handover", channel="app", title="Hand-over of Homeworld Inc. is late").order_by(
        "user__name"
    )
    assert [row.user.name for row in late if row.user] == ["Ari Account", "Mona Manager", "Tam Technical"]
    assert {row.body for row in late} == {"It was to be done by 27 Nov 2026. 8 things missing."}


def test_a_tam_who_is_assigned_later_takes_it(decided: World) -> None:
    win(decided, decided.beach_city)
    run(decided)
    assert HandOver.objects.get().taker is None
    decided.assign(decided.beach_city, decided.tam, from_date=decided.today)

    assert run(decided, 1).handovers_changed == 1
    row = HandOver.objects.get()
    assert (row.taker, row.missing) == (decided.tam, 8)


def test_it_follows_a_tam_who_is_replaced_or_leaves(decided: World) -> None:
    win(decided, decided.homeworld)
    run(decided)
    row = HandOver.objects.get()
    assert row.taker == decided.tam
    moment = {"today": decided.today, "actor": decided.mona}
    begun = assignments.assign(
        decided.homeworld, decided.tessa, "tam", from_date=decided.today, at=decided.at + timedelta(minutes=1), **moment
    )
    row.refresh_from_db()
    assert row.taker == decided.tessa
    event = Event.objects.filter(verb="handover.updated").latest("pk")
    assert json.loads(event.body)["reason"] == "The TAM of the account has changed"
    assert Notice.objects.filter(title="Hand-over of Homeworld Inc. is yours", user=decided.tessa, channel="app").count() == 1

    assignments.end(begun, on=decided.today, at=decided.at + timedelta(minutes=2), **moment)
    row.refresh_from_db()
    assert (row.giver, row.taker) == (decided.ari, None)
    assert run(decided).handovers_changed == 0


def test_whom_somebody_chose_to_take_it_stays(decided: World) -> None:
    win(decided, decided.homeworld)
    run(decided)
    row = HandOver.objects.get()
    handovers.change(row, {"taker_id": decided.mona.pk}, today=decided.today, actor=decided.mona, at=decided.at)

    assignments.assign(
        decided.homeworld, decided.tessa, "tam", from_date=decided.today, today=decided.today, actor=decided.mona, at=decided.at
    )

    assert HandOver.objects.get().taker == decided.mona


def test_many_that_begin_at_once_are_told_as_a_number(decided: World) -> None:
    for number, account in enumerate(decided.more_accounts(6)):
        decided.assign(account, decided.tam)
        win(decided, account, ago=number)

    assert run(decided).handovers_begun == 6
    told = Notice.objects.filter(kind="handover", channel="app").values_list("user__name", "title", "url")
    assert list(told) == [("Tam Technical", "6 hand-overs begin", "/handovers/")]


def test_following_open_ones_takes_the_same_queries_however_many_there_are(decided: World) -> None:
    for account in decided.more_accounts(6):
        decided.assign(account, decided.tam)
        decided.assign(account, decided.ari, "account_executive")
        win(decided, account)
    run(decided)
    ids = list(HandOver.objects.order_by("pk").values_list("account_id", flat=True))
    assert len(ids) == 6

    counts = []
    for some in (ids[:2], ids):
        with CaptureQueriesContext(connection) as asked:
            handovers_runs.follow(decided.today, at=decided.at, account_ids=some)
        counts.append(len(asked))

    assert counts[0] == counts[1]
