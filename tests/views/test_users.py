"""The administration of people."""

import re
from typing import Any

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django_tasks_db.models import DBTaskResult

from tenure.models import User, UserRole
from tests.conftest import ClientFor
from tests.world import World


def names(page: str) -> list[str]:
    return re.findall(r'<b class="med">([^<]+)</b>', page)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("q=technical", ["Tam Technical", "Tessa Technical"]),
        ("q=MONA@", ["Mona Manager"]),
        ("role=finance", ["Fin Finance"]),
        ("state=closed", ["Pia Product"]),
        ("q=technical&sort=-name", ["Tessa Technical", "Tam Technical"]),
        ("sort=-accounts&role=tam", ["Tam Technical", "Tessa Technical"]),
        ("q=nobody+at+all", []),
        ("sort=nonsense&page=99&q=fin", ["Fin Finance"]),
    ],
)
def test_the_list_searches_filters_and_sorts(query: str, expected: list[str], world: World, client_for: ClientFor) -> None:
    User.objects.filter(pk=world.pia.pk).update(is_active=False)

    assert names(client_for(world.ada).get(f"/people/?{query}").content.decode()) == expected


def test_the_list_asks_the_database_as_often_for_many_as_for_few(world: World, client_for: ClientFor) -> None:
    client = client_for(world.ada)
    counts = []
    for start in (0, 30):
        made = User.objects.bulk_create(
            User(email=f"p{start}{n}@example.com", name=f"P {n}", manager=world.mona) for n in range(start)
        )
        UserRole.objects.bulk_create(UserRole(user=user, role="tam") for user in made)
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert client.get("/people/").status_code == 200
        counts.append(len(captured))
    assert counts[0] == counts[1] <= 20


def test_adding_a_person_shows_the_link_once(world: World, client_for: ClientFor) -> None:
    page = client_for(world.ada).post(
        "/people/new/", {"name": "New Person", "email": "new@example.com", "main_role": "tam", "roles": ["support", "tam"]}
    )

    link = re.search(r'value="(http://testserver/login/password/[^"]+)"', page.content.decode())
    assert link is not None
    assert client_for(world.ada).get(link[1]).status_code == 200
    assert User.objects.get(email="new@example.com").role_keys == ["tam", "support"]
    assert mail.outbox == []


def test_the_link_is_mailed_where_a_mail_server_is_set(world: World, client_for: ClientFor, settings: Any) -> None:
    settings.MAILS_LEAVE = True

    page = client_for(world.ada).post(f"/people/{world.tam.pk}/link/").content.decode()
    queued = DBTaskResult.objects.get()
    assert mail.outbox == []
    queued.task.call(*queued.args_kwargs["args"])

    assert "It was mailed to tam@example.com" in page
    assert [letter.to for letter in mail.outbox] == [["tam@example.com"]]
    link = re.search(r"http://127.0.0.1:8000(/login/password/\S+)", mail.outbox[0].body)
    assert link is not None
    assert Client().get(link[1]).status_code == 200


def test_a_wrong_form_keeps_what_was_typed(world: World, client_for: ClientFor) -> None:
    page = client_for(world.ada).post("/people/new/", {"name": "New Person", "email": "tam@example.com", "main_role": "tam"})

    assert page.status_code == 422
    text = page.content.decode()
    assert "tam@example.com is in use by another person." in text
    assert 'value="New Person"' in text
    assert '<option value="tam" selected>' in text


def test_closing_shows_the_open_work_first(world: World, client_for: ClientFor) -> None:
    client = client_for(world.ada)

    asked = client.get(f"/people/{world.tam.pk}/deactivate/").content.decode()

    assert "Tam Technical still works on 1 account." in asked
    assert "Homeworld Inc." in asked
    assert User.objects.get(pk=world.tam.pk).is_active
    after = client.post(f"/people/{world.tam.pk}/deactivate/", follow=True).content.decode()
    assert not User.objects.get(pk=world.tam.pk).is_active
    assert f'action="/people/{world.tam.pk}/activate/"' in after


def test_a_person_page_shows_changes_in_words(world: World, client_for: ClientFor) -> None:
    client = client_for(world.ada)
    client.post(
        f"/people/{world.tam.pk}/change/",
        {"name": "Tam Technical", "email": "tam@example.com", "main_role": "tam", "title": "Lead"},
    )

    page = client.get(f"/people/{world.tam.pk}/").content.decode()

    assert 'Changed<span class="mut">: ' in page
    assert "title" in page


def test_territories_are_added_changed_and_deleted(world: World, client_for: ClientFor) -> None:
    client = client_for(world.ada)
    client.post("/territories/", {"name": "LATAM", "region": "LATAM", "segment": ""})
    page = client.get("/territories/").content.decode()
    pk = re.search(r'/territories/(\d+)/delete/"><input[^>]*><button class="btn btn-quiet">', page)
    assert pk is not None

    client.post(f"/territories/{pk[1]}/change/", {"name": "LATAM all", "region": "LATAM", "segment": "SMB"})
    assert "LATAM all" in client.get("/territories/").content.decode()
    client.post(f"/territories/{pk[1]}/delete/")
    assert "LATAM all deleted." in client.get("/territories/").content.decode()
    assert client.post("/territories/", {"name": "emea", "region": "EMEA"}).status_code == 422
