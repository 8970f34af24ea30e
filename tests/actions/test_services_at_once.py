"""Two people who spend the same paid hours at the same moment: one of them does."""

from datetime import timedelta

import pytest

from tenure.actions import hours, services
from tenure.models import PaidHours, ServiceDelivery
from tenure.queries import hours as queries
from tests import work
from tests.actions.test_work_at_once import at_once
from tests.world import TODAY, World

pytestmark = pytest.mark.django_db(transaction=True)


def test_two_never_spend_the_same_hour(transactional_db: None, world: World) -> None:
    hours.buy(world.homeworld, {"minutes": 300}, today=TODAY, actor=None, at=world.at)

    def spend(who: str) -> None:
        services.deliver(
            world.homeworld,
            {"service": "white_glove", "minutes": 60},
            today=TODAY,
            actor=work.fresh(world.people[who]),
            at=world.at,
        )

    failed = at_once(*[lambda who=who: spend(who) for who in ("tam", "mona", "ops", "ari")] * 2)  # type: ignore[misc]

    assert {str(error) for error in failed} == {"This takes 1 h of paid hours, and Homeworld Inc. has 0 h left on 16 Nov 2026."}
    assert (len(failed), ServiceDelivery.objects.count(), queries.balance(world.homeworld.pk, TODAY).left) == (3, 5, 0)


def test_hours_are_not_taken_away_while_they_are_spent(transactional_db: None, world: World) -> None:
    row = hours.buy(world.homeworld, {"minutes": 60}, today=TODAY, actor=None, at=world.at)

    failed = at_once(
        lambda: services.deliver(
            world.homeworld, {"service": "white_glove", "minutes": 60}, today=TODAY, actor=None, at=world.at
        ),
        lambda: hours.delete(row, actor=None, at=world.at + timedelta(seconds=1)),
    )

    spent, gone = ServiceDelivery.objects.count(), PaidHours.objects.exclude(deleted_at=None).count()
    assert (len(failed), spent + gone) == (1, 1)
