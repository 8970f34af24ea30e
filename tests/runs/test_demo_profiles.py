"""What the demo company knows of its customers."""

import pytest

from tenure.models import AccountSummary, ProfileProposal, ProfileSheet, ProfileValue, Run
from tenure.runs import demo_profiles
from tests.runs.test_demo import built  # noqa: F401 - the fixture, built once


@pytest.mark.xdist_group("demo")
def test_the_examples_are_known_well_and_others_in_part(built: Run) -> None:  # noqa: F811
    assert built.as_of is not None
    row = AccountSummary.objects.get(name="Homeworld Inc.")
    assert (row.profile_percent, row.profile_stale) == (62, 5)
    known = AccountSummary.objects.filter(profile_percent__gt=0)
    assert known.count() >= 7
    assert {"Big Donut", "Buddwick Public Library", "Le Hotel"} <= set(known.values_list("name", flat=True))
    assert (ProfileSheet.objects.count(), ProfileProposal.objects.filter(state="pending").count()) == (4, 5)
    before = ProfileValue.objects.count()
    demo_profiles.learn(1, built.as_of, ProfileValue.objects.latest("recorded_at").recorded_at)
    assert ProfileValue.objects.count() == before
