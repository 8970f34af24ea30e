"""The first run."""

import pytest
from django.test import Client

from tenure.actions import users as actions
from tenure.actions.refusals import Refused
from tenure.models import Event, User
from tests.world import AT, World

GIVEN = {"name": "Ada Admin", "email": "Ada@Example.com", "password": "correct horse battery"}


def test_an_empty_installation_leads_everywhere_to_the_first_run(db: None, client: Client) -> None:
    for address in ("/", "/accounts/", "/login/"):
        assert client.get(address)["Location"] == "/setup/"


def test_the_first_person_becomes_administrator_and_is_logged_in(db: None, client: Client) -> None:
    response = client.post("/setup/", GIVEN)

    ada = User.objects.get()
    assert response["Location"] == "/"
    assert (ada.email, ada.name, ada.role_keys) == ("ada@example.com", "Ada Admin", ["admin"])
    assert client.session["_auth_user_id"] == str(ada.pk)
    assert Event.objects.filter(verb="user.created", object_id=ada.pk).count() == 1


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("email", "not a mail address", "isn&#x27;t a mail address"),
        ("name", "  ", "Give a name"),
        ("password", "short", "too short"),
        ("password", "password1234", "too common"),
    ],
)
def test_the_first_run_says_what_is_wrong_and_makes_nobody(
    field: str, value: str, sentence: str, db: None, client: Client
) -> None:
    response = client.post("/setup/", {**GIVEN, field: value})

    assert response.status_code == 422
    assert sentence in response.content.decode()
    assert not User.objects.exists()


def test_there_is_no_second_first_run(world: World, client: Client) -> None:
    assert client.get("/setup/").status_code == 404
    assert client.post("/setup/", GIVEN).status_code == 404
    assert not User.objects.filter(email="ada@example.com", name="Ada Admin").exclude(pk=world.ada.pk).exists()
    with pytest.raises(Refused, match="has an administrator already"):
        actions.create_first("late@example.com", "Late", "correct horse battery", at=AT)
    assert not User.objects.filter(email="late@example.com").exists()
