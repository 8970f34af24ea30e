"""Setting an outcome by hand, and giving it back to the rule."""

from datetime import timedelta

import pytest

from tenure.models import AccountSummary, Event, Override
from tests.conftest import ClientFor
from tests.world import World


def test_an_outcome_is_set_with_a_reason_and_an_end(decided: World, client_for: ClientFor) -> None:
    until = decided.today + timedelta(days=60)
    given = {"outcome": "Ruby", "reason": "The page caps Starter", "expires_on": until}

    page = (
        client_for(decided.mona)
        .post(f"/accounts/{decided.crab_shack.pk}/overrides/gemstone/new/", given, follow=True)
        .content.decode()
    )

    row = Override.objects.get()
    assert (row.outcome, row.reason, row.author, row.expires_on) == ("Ruby", "The page caps Starter", decided.mona, until)
    assert AccountSummary.objects.get(pk=decided.crab_shack.pk).gemstone == "Ruby"
    assert "Onboarding gemstone is Ruby, set by you." in page
    assert "Set by Mona Manager until 15 Jan 2027: The page caps Starter" in page


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"reason": " "}, "Say why: an override has a reason."),
        ({"expires_on": "2026-11-16"}, "An override ends on a later day than today."),
        ({"expires_on": ""}, "An override ends on a later day than today."),
        ({"outcome": "Granite"}, "is not an outcome of the rule"),
    ],
)
def test_an_override_without_reason_end_or_a_known_outcome_is_refused(
    changed: dict[str, str], sentence: str, decided: World, client_for: ClientFor
) -> None:
    before = Event.objects.count()
    given = {"outcome": "Ruby", "reason": "Typed reason", "expires_on": "2027-01-01"} | changed

    response = client_for(decided.mona).post(f"/accounts/{decided.crab_shack.pk}/overrides/gemstone/new/", given)

    assert response.status_code == 422
    assert sentence in response.content.decode()
    assert Override.objects.count() == 0
    assert Event.objects.count() == before


def test_an_override_is_given_back_to_the_rule(decided: World, client_for: ClientFor) -> None:
    client, pk = client_for(decided.mona), decided.crab_shack.pk
    client.post(f"/accounts/{pk}/overrides/gemstone/new/", {"outcome": "Ruby", "reason": "Because", "expires_on": "2027-01-01"})

    page = client.post(f"/accounts/{pk}/overrides/{Override.objects.get().pk}/end/", follow=True).content.decode()

    assert "The rule decides again." in page
    assert AccountSummary.objects.get(pk=pk).gemstone == "Sapphire"


def test_a_rule_without_stored_outcomes_has_no_override(decided: World, client_for: ClientFor) -> None:
    assert client_for(decided.mona).get(f"/accounts/{decided.homeworld.pk}/overrides/gem_service/new/").status_code == 404


def test_a_tam_may_not_override(decided: World, client_for: ClientFor) -> None:
    response = client_for(decided.tam).post(f"/accounts/{decided.homeworld.pk}/overrides/gemstone/new/", {"outcome": "Ruby"})

    assert response.status_code == 403
    assert Override.objects.count() == 0
