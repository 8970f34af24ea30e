"""Days in the forms of onboardings that nobody means: each is refused with its field and a remedy, and nothing is kept."""

import pytest

from tenure.actions import onboardings
from tenure.models import Event, Onboarding
from tests.conftest import ClientFor
from tests.views.test_onboardings import CARD, HTMX, SURVEY, ago
from tests.world import World


@pytest.fixture
def row(world: World) -> Onboarding:
    """One that began 20 days ago."""
    fields = {"name": "Homeworld 2026", "owner": world.tam, "start_date": ago(20), "gemstone": "Diamond"}
    return onboardings.create(world.homeworld, fields, today=world.today, actor=None, at=world.at, cause="closed_won")


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("purchase_date", "0001-01-01", "Purchase: give a day since 2000, like 2026-11-16."),
        ("contract_date", "1999-12-31", "Original contract: give a day since 2000, like 2026-11-16."),
        ("start_date", "9999-12-31", "Start: give a day within a year of today, up to 2027-11-17."),
        ("first_value", "2026-11-17", "First value: what has happened was on a day up to today, 2026-11-16."),
        ("first_value", "2026-02-31", "That is no day. Give one like 2026-11-16."),
        ("start_date", "tomorrow", "That is no day. Give one like 2026-11-16."),
    ],
)
def test_a_day_that_nobody_means_is_refused_with_a_remedy(
    field: str, typed: str, sentence: str, row: Onboarding, client_for: ClientFor
) -> None:
    was = list(Onboarding.objects.order_by("pk").values()), Event.objects.count()

    response = client_for(row.owner).post(f"/onboardings/{row.pk}/change/", {field: typed}, headers=CARD)

    assert response.context["refusal"] == sentence
    assert (list(Onboarding.objects.order_by("pk").values()), Event.objects.count()) == was


def test_a_day_that_is_refused_stays_in_the_form_that_completes(row: Onboarding, client_for: ClientFor) -> None:
    was = list(Onboarding.objects.order_by("pk").values()), Event.objects.count()

    response = client_for(row.owner).post(
        f"/onboardings/{row.pk}/complete/",
        {**SURVEY, "first_value": ago(3).isoformat(), "finish_date": "0001-01-01"},
        headers=HTMX,
    )

    fields = {one.name: (one.raw, one.error) for one in response.context["fields"]}
    assert fields["finish_date"] == ("0001-01-01", "Finish: give a day since 2000, like 2026-11-16.")
    assert (list(Onboarding.objects.order_by("pk").values()), Event.objects.count()) == was


def test_a_day_of_a_milestone_that_nobody_means_is_refused_with_a_remedy(row: Onboarding, client_for: ClientFor) -> None:
    told = {}
    for typed in ("0001-01-01", "2026-02-31"):
        url = f"/onboardings/{row.pk}/milestones/scm_40/"
        told[typed] = client_for(row.owner).post(url, {"reached_on": typed}, headers=CARD).context["refusal"]

    assert told == {
        "0001-01-01": "Reached: give a day since 2000, like 2026-11-16.",
        "2026-02-31": "That is no day. Give one like 2026-11-16.",
    }
    assert row.milestones.count() == 0
