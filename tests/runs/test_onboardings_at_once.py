"""A daily run, a person who begins one by hand and one who logs a call, all on the same account at the same moment: one open onboarding, and nobody waits for ever."""

import pytest

from tenure.actions import activities, assignments, onboardings
from tenure.actions.refusals import Refused
from tenure.models import Onboarding
from tenure.runs import daily
from tests import work
from tests.actions.test_onboardings import given
from tests.actions.test_work_at_once import at_once
from tests.runs.test_daily_onboardings import win
from tests.world import TODAY, World

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_run_and_people_at_once_make_one_open_onboarding(transactional_db: None, world: World) -> None:
    win(world, world.homeworld)

    def run() -> None:
        daily.apply(daily.plan(TODAY), at=world.at, actor=None)

    def by_hand() -> None:
        onboardings.create(world.homeworld, given(world), today=TODAY, actor=work.fresh(world.mona), at=world.at)

    def call() -> None:
        told = {"kind": "call", "subject": "Talk", "happened_at": world.at}
        activities.log(world.homeworld, told, today=TODAY, actor=work.fresh(world.mona), at=world.at)

    def assign() -> None:
        assignments.assign(
            world.homeworld, world.tessa, "tam", from_date=TODAY, actor=work.fresh(world.mona), at=world.at, today=TODAY
        )

    failed = at_once(run, by_hand, call, assign, run)

    assert all(isinstance(error, Refused) for error in failed), failed
    assert {str(error) for error in failed} <= {"Homeworld Inc. has an open onboarding: Homeworld Inc., November 2026."}
    daily.apply(daily.plan(TODAY), at=world.at, actor=None)
    row = Onboarding.objects.get()
    assert (row.is_open, row.first_reach_out) == (True, TODAY)
    assert daily.apply(daily.plan(TODAY), at=world.at, actor=None).onboardings_changed == 0
