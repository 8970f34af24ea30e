"""The drawer of the people at an account."""

import pytest

from tenure.models import AccountSummary, Contact, Event
from tests.conftest import ClientFor
from tests.world import World


def test_a_contact_is_added_with_its_duties_and_the_completeness_moves(decided: World, client_for: ClientFor) -> None:
    pk = decided.homeworld.pk
    filled = {
        "name": "Pearl Aquino",
        "title": "VP",
        "role": "Sponsor",
        "email": "pearl@homeworld.example",
        "phone": "1",
        "is_decision_maker": "on",
    }

    response = client_for(decided.tam).post(f"/accounts/{pk}/contacts/new/", filled, follow=True)

    page = response.content.decode()
    assert "Pearl Aquino saved." in page
    assert "Decision maker" in page
    row = Contact.objects.get(name="Pearl Aquino")
    assert (row.is_decision_maker, row.is_champion) == (True, False)
    assert AccountSummary.objects.get(pk=pk).contact_completeness == 83
    assert "83 % complete" in page


def test_what_is_missing_stands_beside_the_name(decided: World, client_for: ClientFor) -> None:
    page = client_for(decided.tam).get(f"/accounts/{decided.homeworld.pk}/contacts/").content.decode()

    assert "Role, phone" in page
    assert "Nobody is decision maker, licence contact, billing contact." in page
    assert "Salutations are asked for" not in page


def test_the_salutation_is_asked_for_in_apac(decided: World, client_for: ClientFor) -> None:
    client, pk = client_for(decided.ops), decided.big_donut.pk

    assert "Salutations are asked for in APAC." in client.get(f"/accounts/{pk}/contacts/").content.decode()
    assert "Asked for in APAC" in client.get(f"/accounts/{pk}/contacts/new/").content.decode()


def test_a_contact_is_changed_and_unticked(decided: World, client_for: ClientFor) -> None:
    row = decided.homeworld.contacts.get(is_champion=True)

    client_for(decided.tam).post(f"/accounts/{decided.homeworld.pk}/contacts/{row.pk}/", {"name": row.name, "title": "CTO"})

    row.refresh_from_db()
    assert (row.title, row.is_champion, row.email) == ("CTO", False, "")


def test_a_deleted_contact_comes_back_by_undo(decided: World, client_for: ClientFor) -> None:
    client, row = client_for(decided.tam), decided.homeworld.contacts.get(is_champion=True)

    response = client.post(f"/accounts/{decided.homeworld.pk}/contacts/{row.pk}/delete/", follow=True)

    row.refresh_from_db()
    assert row.deleted_at is not None
    undo = next(message.extra_tags for message in response.context["messages"])
    client.post(undo)
    row.refresh_from_db()
    assert row.deleted_at is None


@pytest.mark.parametrize(
    ("field", "value", "sentence"), [("name", "", "A contact has a name."), ("email", "nowhere", "is not an e-mail address.")]
)
def test_a_refused_contact_keeps_what_was_typed(
    field: str, value: str, sentence: str, decided: World, client_for: ClientFor
) -> None:
    before = Event.objects.count()

    response = client_for(decided.tam).post(
        f"/accounts/{decided.homeworld.pk}/contacts/new/",
        {"name": "Pearl", "title": "Kept title", field: value},
        headers={"HX-Request": "true"},
    )

    assert response.status_code == 422
    page = response.content.decode()
    assert sentence in page
    assert 'value="Kept title"' in page
    assert page.lstrip().startswith('<div class="tn-scrim"')
    assert Event.objects.count() == before


def test_a_contact_of_another_account_is_not_there(decided: World, client_for: ClientFor) -> None:
    stranger = decided.big_donut.contacts.first()
    assert stranger is not None

    assert client_for(decided.tam).get(f"/accounts/{decided.homeworld.pk}/contacts/{stranger.pk}/").status_code == 404


def test_htmx_is_sent_back_to_the_list(decided: World, client_for: ClientFor) -> None:
    response = client_for(decided.tam).post(
        f"/accounts/{decided.homeworld.pk}/contacts/new/", {"name": "Pearl"}, headers={"HX-Request": "true"}
    )

    assert (response.status_code, response["HX-Redirect"]) == (204, f"/accounts/{decided.homeworld.pk}/contacts/")
