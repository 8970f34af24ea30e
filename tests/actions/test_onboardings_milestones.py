"""Milestones of use in an onboarding: before the contract too, and what they say of first value."""

from datetime import timedelta

import pytest

from tenure.actions import onboardings
from tenure.actions.refusals import Refused
from tests.actions.test_onboardings import begun, day, kept, moment
from tests.world import TODAY, World


def test_milestones_may_lie_before_the_contract_and_the_first_sets_first_value(world: World) -> None:
    row = begun(world)
    done = onboardings.milestone(row, "licences_10", day(50), source="licences", **moment(world))

    assert (row.first_value, row.first_value_by, row.days_to_value) == (day(50), "licences", -10)
    onboardings.milestone(row, "licences_10", day(35), source="licences", **moment(world))
    assert (row.first_value, row.days_to_value, row.milestones.get().reached_on) == (day(35), 5, day(35))
    assert done.event is not None
    with pytest.raises(Refused, match="changed since"):
        onboardings.undo(row, done.event, **moment(world))
    last = onboardings.milestone(row, "licences_10", None, **moment(world))
    assert (row.first_value, row.first_value_by, row.days_to_value, row.milestones.count()) == (None, "", None, 0)
    assert last.event is not None
    onboardings.undo(row, last.event, **moment(world))
    assert (row.first_value, row.days_to_value, row.milestones.get().reached_on) == (day(35), 5, day(35))

    onboardings.change(row, {"first_value": day(30)}, **moment(world))
    onboardings.milestone(row, "licences_10", day(34), **moment(world))
    assert (row.first_value, row.first_value_by) == (day(30), "person")
    assert onboardings.milestone(row, "licences_10", day(34), **moment(world)).event is None


def test_a_strange_milestone_and_one_of_tomorrow_are_refused(world: World) -> None:
    row = begun(world)
    before = kept()
    with pytest.raises(Refused, match="no such milestone"):
        onboardings.milestone(row, "moon", TODAY, **moment(world))
    with pytest.raises(Refused, match="up to today"):
        onboardings.milestone(row, "ci_25", TODAY + timedelta(days=1), **moment(world))
    assert kept() == before
