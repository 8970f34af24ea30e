"""Log-in, log-out, the second step, links to set a password."""

import json
import re
import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from tenure.actions import passwords, two_step
from tenure.actions import users as actions
from tenure.models import Event, User
from tenure.queries import passwords as links
from tests.world import AT, PASSWORD, World

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def enter(client: Client, email: str, password: str = PASSWORD, **more: str) -> object:
    return client.post("/login/", {"login": email, "password": password, **more})


def code(moment: float | None = None) -> str:
    return format_hotp_value(hotp_value(SECRET, int(moment or time.time()) // 30))


def logged_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def test_the_right_password_opens_home(world: World, client: Client) -> None:
    response = enter(client, "TAM@example.com ")

    assert response["Location"] == "/"
    assert client.session["_auth_user_id"] == str(world.tam.pk)


def test_unknown_mail_and_wrong_password_get_the_same_answer(world: World, client: Client) -> None:
    wrong = enter(client, "tam@example.com", "not the password")
    unknown = enter(client, "nobody@example.com", "not the password")

    bare = [re.sub(r'[A-Za-z0-9]{64}|value="[^"]*"', "", response.content.decode()) for response in (wrong, unknown)]
    assert bare[0] == bare[1]
    assert "The mail address and the password don&#x27;t fit." in bare[0]
    assert wrong.status_code == unknown.status_code == 200
    assert not logged_in(client)


def test_too_many_wrong_passwords_close_the_door_even_for_the_right_one(world: World, client: Client) -> None:
    for _ in range(5):
        assert enter(client, "tam@example.com", "guess").status_code == 200

    response = enter(client, "tam@example.com")

    assert response.status_code == 429
    assert response["Retry-After"] == "300"
    assert "Too many tries. Wait five minutes" in response.content.decode()
    assert not logged_in(client)


def test_too_many_requests_from_one_place_get_a_page_that_says_so(world: World, client: Client) -> None:
    for _ in range(60):
        client.post("/login/", {})

    response = client.post("/login/", {})

    assert response.status_code == 429
    assert "Too many tries from here" in response.content.decode()


def test_the_session_gets_a_new_key_at_log_in(world: World, client: Client) -> None:
    client.get("/login/")
    session = client.session
    session["x"] = 1
    session.save()
    before = session.session_key

    client.cookies["sessionid"] = before
    enter(client, "tam@example.com")

    assert client.session.session_key != before


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", "/\\evil.example"])
def test_log_in_never_leads_elsewhere(target: str, world: World, client: Client) -> None:
    assert enter(client, "tam@example.com", next=target)["Location"] == "/"


def test_log_in_leads_back_to_the_page_that_was_asked_for(world: World, client: Client) -> None:
    asked = client.get("/handbook/?as_of=2020-01-01&q=tam")

    assert asked["Location"] == "/login/?next=/handbook/%3Fas_of%3D2020-01-01%26q%3Dtam"
    assert (
        enter(client, "tam@example.com", next="/handbook/?as_of=2020-01-01&q=tam")["Location"]
        == "/handbook/?as_of=2020-01-01&q=tam"
    )


def test_a_part_of_a_page_sends_the_whole_page_to_log_in(world: World, client: Client) -> None:
    response = client.get("/palette/", headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/handbook/"})

    assert response.status_code == 401
    assert response["HX-Redirect"].startswith("/login/?next=")


def test_a_closed_log_in_stays_closed(world: World, client: Client) -> None:
    actions.deactivate(world.tam, actor=world.ada, at=AT)

    response = enter(client, "tam@example.com")

    assert response["Location"] == "/login/"
    assert "This log-in was closed" in client.get("/login/").content.decode()
    assert not logged_in(client)


def test_log_out_ends_the_session_and_needs_a_form(world: World, client: Client) -> None:
    enter(client, "tam@example.com")

    assert client.get("/login/out/").status_code == 405
    assert logged_in(client)
    client.post("/login/out/")
    assert not logged_in(client)
    assert Session.objects.count() == 0


def test_the_second_step_asks_for_a_code_before_anything_opens(world: World, client: Client) -> None:
    two_step.turn_on(world.tam, SECRET, code(), at=AT)

    response = enter(client, "tam@example.com", next="/handbook/")

    assert response["Location"].startswith("/login/code/")
    assert not logged_in(client)
    assert client.get("/handbook/").status_code == 302
    assert client.post("/login/code/", {"code": "000000"}).status_code == 200
    assert not logged_in(client)
    assert client.post("/login/code/", {"code": code()})["Location"] == "/handbook/"
    assert logged_in(client)


def test_a_code_works_once(world: World, client: Client) -> None:
    two_step.turn_on(world.tam, SECRET, code(), at=AT)
    now = code()
    for page in (client, Client()):
        enter(page, "tam@example.com")
        page.post("/login/code/", {"code": now})

    assert logged_in(client)
    assert not logged_in(page)


def test_a_recovery_code_works_once(world: World, client: Client) -> None:
    spare = two_step.turn_on(world.tam, SECRET, code(), at=AT)
    for page in (client, Client()):
        enter(page, "tam@example.com")
        page.post("/login/code/", {"code": spare[0]})

    assert logged_in(client)
    assert not logged_in(page)
    assert two_step.codes_left(world.tam) == 9


def test_guessing_codes_is_stopped(world: World, client: Client) -> None:
    two_step.turn_on(world.tam, SECRET, code(), at=AT)
    enter(client, "tam@example.com")
    for _ in range(5):
        client.post("/login/code/", {"code": "000000"})

    response = client.post("/login/code/", {"code": code()})

    assert response.status_code == 429
    assert not logged_in(client)


def test_secrets_of_the_second_step_are_sealed_in_the_database(world: World) -> None:
    two_step.turn_on(world.tam, SECRET, code(), at=AT)
    stored = json.dumps(list(Authenticator.objects.values_list("data", flat=True)))

    assert SECRET not in stored
    assert Authenticator.objects.filter(user=world.tam).count() == 2


def address(user: User) -> str:
    return reverse("login:password", args=links.parts(user))


def test_a_link_sets_a_password_once(world: World, client: Client) -> None:
    invited = actions.create(actions.Profile("new@example.com", "New Person", roles=("tam",)), actor=world.ada, at=AT)
    url = address(invited)

    assert client.get(url).status_code == 200
    answer = client.post(url, {"password": "a good long one", "again": "a good long one"})

    assert answer["Location"] == "/login/"
    assert enter(client, "new@example.com", "a good long one")["Location"] == "/"
    assert Client().get(url).status_code == 410
    assert Client().post(url, {"password": "another long one", "again": "another long one"}).status_code == 410
    assert Event.objects.filter(verb="user.password_set", object_id=invited.pk).count() == 1


def test_a_link_refuses_what_is_no_password(world: World, client: Client) -> None:
    url, before = address(world.tam), world.tam.password

    short = client.post(url, {"password": "short", "again": "short"}).content.decode()
    differ = client.post(url, {"password": "a good long one", "again": "a good long two"}).content.decode()

    assert "too short" in short
    assert "The two differ." in differ
    assert User.objects.get(pk=world.tam.pk).password == before


def test_a_forged_link_and_that_of_a_closed_log_in_are_ended(world: World, client: Client) -> None:
    uid, token = links.parts(world.tam)
    actions.deactivate(world.tam, actor=world.ada, at=AT)

    assert client.get(reverse("login:password", args=[uid, token])).status_code == 410
    assert client.get(reverse("login:password", args=["x" * 40, "y-z"])).status_code == 410


def test_a_new_password_ends_the_sessions(world: World, client: Client) -> None:
    enter(client, "tam@example.com")
    passwords.choose(world.tam, "another good long one", at=AT)

    assert client.get("/profile/").status_code == 302
