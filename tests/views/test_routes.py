"""Every route with every role: who gets a page, who a plain no, and who isn't told that there is anything."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client

from tenure.models import User, UserRole
from tenure.queries import visible
from tenure.rules import access, packs
from tests.conftest import ClientFor
from tests.views.routes import OPEN, OWN, TABLE, WITHOUT_TOKEN, every
from tests.world import World

KNOWN = access.roles(packs.load())
ROLES = ["", *KNOWN]
# Of those who see the same accounts the one who may do most: what the others may is the same table of rights on every database.
SIGHTS = {role.sees: role.key for role in sorted(KNOWN.values(), key=lambda role: len(role.may))}
NO = {403, 404}


@contextmanager
def writes() -> Iterator[list[str]]:
    """The statements that change Tenure's own tables while it lasts, without what log-in itself writes."""
    found: list[str] = []

    def watch(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if "tenure_" in sql and not sql.lstrip().upper().startswith(("SELECT", "WITH")) and "last_login" not in sql:
            found.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        yield found


def test_a_write_is_seen_and_a_read_is_not(world: World) -> None:
    with writes() as found:
        assert User.objects.filter(pk=world.tam.pk).exists()
        User.objects.filter(pk=world.tam.pk).update(name="Another")
        UserRole.objects.create(user=world.olga, role="tam")
        UserRole.objects.filter(user=world.olga).delete()

    assert [sql.split()[0] for sql in found] == ["UPDATE", "INSERT", "DELETE"]


@contextmanager
def undone() -> Iterator[None]:
    """Whatever happens within is rolled back."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def person(world: World, role: str) -> User:
    """Somebody with this one role, whose territory is EMEA, where Homeworld lies."""
    user = User.objects.create(email=f"{role or 'none'}@roles.example", name=f"Person {role or 'without a role'}")
    user.set_password("x")
    user.save()
    user.territories.set([world.territories["emea"]])
    if role:
        UserRole.objects.create(user=user, role=role)
    return User.objects.prefetch_related("roles").get(pk=user.pk)


def answer(client: Client, url: str, method: str) -> int:
    client.raise_request_exception = False
    call = client.get if method == "GET" else client.post
    return int(call(url).status_code)


def test_every_route_is_in_the_table_and_nothing_else() -> None:
    assert sorted(route.name for route in TABLE) == sorted(name for name, _ in every())


def test_the_table_and_the_views_name_the_same_capability() -> None:
    said = {name: getattr(pattern.callback, "capability", "") for name, pattern in every()}
    table = {route.name: "" if route.need in {OPEN, OWN} else route.need for route in TABLE}

    assert {name: need for name, need in said.items() if need} == {name: need for name, need in table.items() if need}


@pytest.mark.any_database
def test_nobody_gets_in_without_log_in(world: World, client: Client, clock: None) -> None:
    urls = {route: route.url(world) for route in TABLE if route.need != OPEN}
    let_in = []
    with writes() as written:
        for route, url in urls.items():
            for method in route.methods.split():
                call = client.get if method == "GET" else client.post
                response = call(url)
                if response.status_code != 302 or not response["Location"].startswith("/login/?next="):
                    let_in.append(f"{method} {route.name}: {response.status_code}")
    assert (let_in, written) == ([], [])
    assert len(urls) > 200


@pytest.mark.parametrize(
    "role",
    [pytest.param(role, marks=() if role in SIGHTS.values() else pytest.mark.any_database) for role in ROLES],
    ids=lambda role: role or "no role",
)
def test_every_route_answers_a_role_as_the_handbook_says(role: str, world: World, client_for: ClientFor) -> None:
    user = person(world, role)
    client = client_for(user)
    outsider = not any(held.may for held in visible.roles_of(user))
    sees_account = visible.accounts(user).filter(pk=world.homeworld.pk).exists()
    urls = {route.name: route.url(world) for route in TABLE}
    wrong = []
    for route in TABLE:
        for method in route.methods.split():
            may = route.need in {OPEN, OWN} or visible.may(user, route.need)
            with undone(), writes() as changed:
                status = answer(client, urls[route.name], method)
            client = client_for(user) if route.name == "login:out" else client
            if status >= 500:
                wrong.append(f"{method} {route.name}: {status}")
            elif not may and (status != (404 if outsider else 403) or changed):
                wrong.append(f"{method} {route.name}: {status} without the right, changed={changed}")
            elif may and route.of_account and not sees_account and (status != 404 or changed):
                wrong.append(f"{method} {route.name}: {status} for an account that the role doesn't see, changed={changed}")
            elif may and route.of_unknown and route.need not in {OPEN, OWN} and status != 404:
                wrong.append(f"{method} {route.name}: {status} for what isn't there")
            elif may and not (route.of_account or route.of_unknown) and route.need not in {OPEN, OWN} and status in NO:
                wrong.append(f"{method} {route.name}: {status} with the right")
    assert wrong == []


@pytest.mark.any_database
def test_no_form_is_taken_without_its_token(world: World, clock: None) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(world.ada, backend="allauth.account.auth_backends.AuthenticationBackend")
    urls = {route.name: route.url(world) for route in TABLE if "POST" in route.methods and route.name not in WITHOUT_TOKEN}

    with writes() as written:
        answers = {name: client.post(url).status_code for name, url in urls.items()}

    assert ({name: status for name, status in answers.items() if status != 403}, written) == ({}, [])
    assert len(answers) > 200


def test_a_closed_log_in_is_out_at_once(world: World, client_for: ClientFor) -> None:
    client = client_for(world.tam)
    User.objects.filter(pk=world.tam.pk).update(is_active=False)

    assert client.get("/profile/")["Location"].startswith("/login/?next=")
