"""One's own page."""

import re
import time

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.test import Client

from tenure.actions import two_step
from tenure.models import Event, User
from tests.conftest import ClientFor
from tests.world import PASSWORD, World


def test_name_and_title_are_saved_and_a_blank_name_is_not(world: World, client_for: ClientFor) -> None:
    client = client_for(world.tam)

    assert client.post("/profile/change/", {"name": "Tam  T.", "title": "TAM"}).status_code == 302
    assert client.post("/profile/change/", {"name": " ", "title": "Boss"}).status_code == 422
    user = User.objects.get(pk=world.tam.pk)
    assert (user.name, user.title) == ("Tam T.", "TAM")


def test_the_theme_is_on_the_next_page(world: World, client_for: ClientFor) -> None:
    client = client_for(world.tam)
    client.post("/profile/prefer/", {"theme": "dark"})

    assert 'data-theme-choice="dark"' in client.get("/profile/").content.decode()
    assert client.post("/profile/prefer/", {"theme": "pink"}).status_code == 422
    assert User.objects.get(pk=world.tam.pk).theme == "dark"


def test_the_password_changes_with_the_old_one_and_this_session_stays(world: World, client_for: ClientFor) -> None:
    client, other = client_for(world.tam), client_for(world.tam)
    new = "a new and long password"

    wrong = client.post("/profile/password/", {"old": "guess", "password": new, "again": new})
    assert wrong.status_code == 422
    assert "That isn&#x27;t your password." in wrong.content.decode()
    assert client.post("/profile/password/", {"old": PASSWORD, "password": new, "again": "other"}).status_code == 422
    assert client.post("/profile/password/", {"old": PASSWORD, "password": new, "again": new}).status_code == 302

    assert User.objects.get(pk=world.tam.pk).check_password(new)
    assert client.get("/profile/").status_code == 200
    assert other.get("/profile/").status_code == 302


def test_the_second_step_goes_on_with_a_code_and_off_with_the_password(world: World, client_for: ClientFor) -> None:
    client = client_for(world.tam)
    page = client.get("/profile/two-step/").content.decode()
    found = re.search(r'<code class="mono">([A-Z2-7 ]+)</code>', page)
    assert found is not None
    assert "<svg" in page
    secret = found[1].replace(" ", "")

    assert client.post("/profile/two-step/", {"code": "000000"}).status_code == 422
    assert not two_step.is_on(world.tam)
    done = client.post(
        "/profile/two-step/", {"code": format_hotp_value(hotp_value(secret, int(time.time()) // 30))}
    ).content.decode()
    codes = re.findall(r"\d{8}", re.sub(r"<svg.*?</svg>", "", done))
    assert len(codes) == 10
    assert two_step.is_on(world.tam)

    assert client.post("/profile/two-step/off/", {"password": "guess"}).status_code == 422
    assert two_step.is_on(world.tam)
    renewed = client.post("/profile/two-step/codes/", {"password": PASSWORD}).content.decode()
    assert not set(codes) & set(re.findall(r"\d{8}", renewed))
    client.post("/profile/two-step/off/", {"password": PASSWORD})
    assert not two_step.is_on(world.tam)
    verbs = [event.verb for event in Event.objects.filter(object_id=world.tam.pk).order_by("id")]
    assert verbs == ["user.two_step_on", "user.recovery_codes_made", "user.two_step_off"]


def test_one_ends_only_own_sessions(world: World) -> None:
    tam, mona = Client(), Client()
    tam.post("/login/", {"login": "tam@example.com", "password": PASSWORD})
    mona.post("/login/", {"login": "mona@example.com", "password": PASSWORD})
    theirs = world.mona.usersession_set.get()

    assert tam.post(f"/profile/sessions/{theirs.pk}/end/").status_code == 422

    assert mona.get("/profile/").status_code == 200
