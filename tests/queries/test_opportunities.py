"""Opportunities of an account as its page shows them."""

from datetime import UTC, date, datetime
from typing import Any

from tenure.models import Opportunity, OpportunityStage
from tenure.queries import clock, handbook, opportunities
from tests.world import TODAY, World


def test_a_stage_is_reached_on_the_companys_day(world: World, settings: Any) -> None:
    settings.TIME_ZONE = "Australia/Sydney"
    deal = Opportunity.objects.create(
        account=world.homeworld, name="Upgrade", stage_label="Scoping", created_at=world.at, updated_at=world.at
    )
    for label, at in (
        ("Discovery", datetime(2026, 11, 2, 12, 59, tzinfo=UTC)),
        ("Scoping", datetime(2026, 11, 2, 13, tzinfo=UTC)),
    ):
        OpportunityStage.objects.create(opportunity=deal, stage_label=label, from_at=at)

    found = opportunities.of_account(world.homeworld.pk, TODAY, clock.end_of(TODAY), handbook.pack())

    assert [one.history for one in found] == [[(date(2026, 11, 2), "Discovery"), (date(2026, 11, 3), "Scoping")]]
