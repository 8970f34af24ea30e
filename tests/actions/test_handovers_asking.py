"""A TAM is asked for before the sale: by a hand-over that is begun with a deal that isn't won."""

from datetime import timedelta
from typing import Any

import pytest

from tenure.actions import handovers_starting
from tenure.models import Account, Assignment, Event, HandOver, Notice, Opportunity
from tenure.queries import journeys
from tests.actions.test_handovers import moment, refused, told
from tests.world import World


def deal(world: World, stage: str, account: Account | None = None, **more: Any) -> Opportunity:
    """An open opportunity that is to close in forty days."""
    named = {
        "name": "Homeworld Inc.: first purchase",
        "kind": "new_account",
        "created_at": world.at,
        "updated_at": world.at,
        **more,
    }
    closes = world.today + timedelta(days=40)
    return Opportunity.objects.create(account=account or world.homeworld, stage=stage, close_date=closes, **named)


def test_a_tam_is_asked_for_before_the_sale_with_the_deal_its_day_and_its_potential(decided: World) -> None:
    Assignment.objects.filter(account=decided.homeworld, role="tam").delete()
    Account.objects.filter(pk=decided.homeworld.pk).update(potential_users=5200)
    decided.homeworld.refresh_from_db()

    row = handovers_starting.start(
        decided.homeworld, "sale", opportunity=deal(decided, "technical_evaluation"), **moment(decided, decided.ari)
    )

    assert (row.plan, row.taker, row.due_on) == ("Enterprise", None, decided.today + timedelta(days=54))
    notice = Notice.objects.get(kind="handover", channel="app", user=decided.mona)
    assert (notice.title, notice.url) == ("Hand-over of Homeworld Inc. begins", f"/handovers/{row.pk}/")
    assert notice.body == (
        "From sales to the TAM. Nobody takes it over yet; wanted: technical account manager. "
        "Homeworld Inc.: first purchase: 3-Technical Evaluation, to close on 26 Dec 2026; potential users: 5,200. "
        "To be done by 9 Jan 2027."
    )


def test_where_there_is_a_tam_nobody_is_asked_for_one(decided: World) -> None:
    handovers_starting.start(
        decided.homeworld, "sale", opportunity=deal(decided, "technical_evaluation"), **moment(decided, decided.ari)
    )

    assert "Mona Manager" not in [name for name, _ in told()]


@pytest.mark.parametrize("stage", ["discovery", "scoping"])
def test_in_enterprise_it_does_not_begin_before_the_technical_evaluation(decided: World, stage: str) -> None:
    row, before = deal(decided, stage), (Notice.objects.count(), Event.objects.count())

    said = refused(lambda: handovers_starting.start(decided.homeworld, "sale", opportunity=row, **moment(decided, decided.ari)))

    assert (said.code, said.field) == ("conflict", "opportunity")
    assert said.sentence.startswith(
        "The handbook begins it from 3-Technical Evaluation on; Homeworld Inc.: first purchase is in "
    )
    assert (HandOver.objects.count(), Notice.objects.count(), Event.objects.count()) == (0, *before)


def test_in_commercial_it_is_asked_for_whenever_it_is_of_use(decided: World) -> None:
    account = next(
        one for one in decided.accounts.values() if journeys.plans([one.pk], decided.today).get(one.pk) == "Commercial"
    )

    row = handovers_starting.start(account, "sale", opportunity=deal(decided, "discovery", account), **moment(decided, None))

    assert (row.plan, row.due_on) == ("Commercial", decided.today + timedelta(days=54))
