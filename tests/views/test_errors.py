"""Pages for what went wrong, and the headers that every page has."""

import logging
import logging.config
import re
from typing import Any

import pytest
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.test import Client, RequestFactory

from tenure.models import Territory
from tenure.views import errors
from tests.conftest import ClientFor
from tests.world import World


def test_a_page_without_the_right_says_so_in_plain_words(world: World, client_for: ClientFor) -> None:
    response = client_for(world.fin).get("/people/")

    assert response.status_code == 403
    assert "Your roles don't open this page" in response.content.decode()


def test_an_outsider_is_not_told_that_a_page_exists(world: World, client_for: ClientFor) -> None:
    client = client_for(world.olga)

    there, nowhere = client.get("/people/"), client.get("/nowhere/")

    assert there.status_code == nowhere.status_code == 404
    assert re.sub(rb"[A-Za-z0-9]{64}", b"", there.content) == re.sub(rb"[A-Za-z0-9]{64}", b"", nowhere.content)


@pytest.mark.parametrize("path", ["/people/", "/palette/", "/notices/", "/runs/", "/accounts/"])
def test_a_character_that_no_text_has_is_left_out(path: str, world: World, client_for: ClientFor) -> None:
    response = client_for(world.ada).get(path, {"q": "x\x00y", "kind": "x\x00y"})

    assert response.status_code == 200
    assert "\x00" not in response.content.decode()


def test_a_character_that_no_text_has_is_left_out_of_what_a_form_sends(world: World, client_for: ClientFor) -> None:
    before = set(Territory.objects.values_list("pk", flat=True))

    response = client_for(world.ada).post("/territories/", {"na\x00me": "Far \x00North", "region": "em\x00ea", "segment": ""})

    assert response.status_code == 302
    assert list(Territory.objects.exclude(pk__in=before).values_list("name", "region")) == [("Far North", "emea")]


@pytest.mark.parametrize("path", ["/days/2026-07-01%00/", "/password/x%00/y/", "/shared/x%00/", "/imports/x%00/"])
def test_no_page_has_such_a_character_in_its_path(path: str, world: World, client_for: ClientFor) -> None:
    assert client_for(world.ada).get(path).status_code == 404


def test_a_fault_has_a_page_that_needs_no_database(rf: RequestFactory) -> None:
    response = errors.broken(rf.get("/"))

    assert response.status_code == 500
    assert "Tenure made a mistake" in response.content.decode()


def test_a_stale_form_says_that_nothing_was_changed(world: World) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(world.ada, backend="allauth.account.auth_backends.AuthenticationBackend")

    response = client.post("/profile/change/", {"name": "Changed"})

    assert response.status_code == 403
    assert "This page was open too long" in response.content.decode()


@pytest.mark.parametrize(("page", "size"), [("/imports/new/", 2_000_000), ("/profile/change/", 6_500_000)])
def test_a_body_over_the_limit_is_refused_before_it_is_read(
    world: World, client_for: ClientFor, settings: Any, page: str, size: int
) -> None:
    settings.MAX_UPLOAD_BYTES = 1000

    response = client_for(world.ada).post(page, {"name": "x" * size})

    assert response.status_code == 413


def test_pages_forbid_foreign_scripts_frames_and_caches(world: World, client_for: ClientFor) -> None:
    headers = client_for(world.ada).get("/profile/").headers

    policy = dict(part.strip().split(" ", 1) for part in headers["Content-Security-Policy"].split(";"))
    assert policy["script-src"] == "'self'"
    assert policy["default-src"] == "'self'"
    assert policy["frame-ancestors"] == "'none'"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cache-Control"] == "no-store"


def test_a_day_that_is_none_is_today(world: World, client_for: ClientFor, checked: None) -> None:
    page = client_for(world.ops).get("/handbook/?as_of=31-31-2020").content.decode()

    assert "As of today" in page


def test_a_part_of_a_page_gets_only_the_words(world: World, client_for: ClientFor) -> None:
    response = client_for(world.fin).get("/people/", headers={"HX-Request": "true"})

    assert response.status_code == 403
    assert "<html" not in response.content.decode()


def test_a_refused_page_is_one_line_of_the_log_and_a_fault_keeps_its_trace(capsys: pytest.CaptureFixture[str]) -> None:
    log = logging.getLogger("test.short")
    logging.config.dictConfig(settings.LOGGING)
    try:
        raise PermissionDenied
    except PermissionDenied as error:
        log.warning("Forbidden: %s", "/people/", exc_info=error, extra={"status_code": 403})
        log.error("Broken: %s", "/people/", exc_info=error, extra={"status_code": 500})

    short, long = capsys.readouterr().err.split("Broken: ")
    assert short == "Forbidden: /people/\n"
    assert "Traceback" in long
