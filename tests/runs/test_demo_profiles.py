"""What the demo company knows of its customers."""

import pytest

from tenure.models import AccountSummary, ProfileProposal, ProfileSheet, ProfileValue, Run
from tenure.runs import demo_profiles
from tenure.runs.demo_profiles_words import DECLINED, TAKEN
from tests.runs.test_demo import built, evening  # noqa: F401 - the fixtures: built once, on the same day


@pytest.mark.xdist_group("demo")
def test_the_examples_are_known_well_and_others_in_part(built: Run) -> None:  # noqa: F811
    assert built.as_of is not None
    row = AccountSummary.objects.get(name="Homeworld Inc.")
    assert (row.profile_percent, row.profile_stale) == (62, 5)
    known = AccountSummary.objects.filter(profile_percent__gt=0)
    assert known.count() >= 7
    assert {"Big Donut", "Buddwick Public Library", "Le Hotel"} <= set(known.values_list("name", flat=True))
    assert (ProfileSheet.objects.count(), ProfileProposal.objects.filter(state="pending").count()) == (5, 5)
    before = ProfileValue.objects.count()
    demo_profiles.learn(1, built.as_of, ProfileValue.objects.latest("recorded_at").recorded_at)
    assert ProfileValue.objects.count() == before


@pytest.mark.xdist_group("demo")
def test_a_data_sheet_was_gone_through_and_what_is_guessed_says_so(built: Run) -> None:  # noqa: F811
    sheet = ProfileSheet.objects.get(title="Before the second team starts")
    given = ProfileProposal.objects.filter(sheet=sheet).order_by("pk")

    assert [(row.field, row.value, row.state, row.decided_by.email if row.decided_by else "") for row in given] == [
        ("potential_users", 4200, "accepted", "tam@demo.example"), ("nodes", 6, "accepted", "tam@demo.example"),
        ("authentication", ["saml"], "accepted", "tam@demo.example"), ("growth", 3000, "declined", "tam@demo.example"),
    ]  # fmt: skip
    assert given[3].reason == DECLINED["growth"]
    now = ProfileValue.objects.filter(account=sheet.account, field__in=TAKEN["Beach City Corp."], replaced_at=None)
    assert {row.field: (row.value, row.source) for row in now} == {
        "potential_users": (4200, "customer"), "nodes": (6, "customer"), "authentication": (["saml"], "customer"),
    }  # fmt: skip
    low = ProfileValue.objects.filter(confidence="low").order_by("account__name").values_list("account__name", "field")
    assert list(low) == [("Beach City Corp.", "executive_sponsor"), ("Funland Arcade", "decision_process")]
    row = AccountSummary.objects.get(name="Beach City Corp.")
    assert (row.profile_percent, row.profile_stale) == (38, 3)
