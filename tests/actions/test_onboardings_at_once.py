"""Two who begin an onboarding of one account at the same moment: it gets one."""

import pytest

from tenure.actions import onboardings
from tenure.models import Onboarding
from tests import work
from tests.actions.test_onboardings import given
from tests.actions.test_work_at_once import at_once
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


def test_an_account_never_gets_two_open_onboardings(transactional_db: None, world: World) -> None:
    def begin(who: str) -> None:
        onboardings.create(world.homeworld, given(world), today=world.today, actor=work.fresh(world.people[who]), at=world.at)

    failed = at_once(*[lambda who=who: begin(who) for who in ("tam", "mona", "ops", "ada")])  # type: ignore[misc]

    assert {str(error) for error in failed} == {"Homeworld Inc. has an open onboarding: Homeworld 2026."}
    assert (len(failed), Onboarding.objects.count()) == (3, 1)
