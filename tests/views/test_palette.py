"""The palette."""

import re

from django.db import connection
from django.test.utils import CaptureQueriesContext

from tenure.models import AccountSummary
from tests.conftest import ClientFor
from tests.world import World

PART = {"HX-Request": "true", "HX-Target": "palette-results"}


def found(page: str) -> list[str]:
    return re.findall(r'<span class="cut">([^<]+)</span>', page)


def test_names_that_begin_with_the_words_stand_before_names_that_hold_them(world: World, client_for: ClientFor) -> None:
    page = client_for(world.ops).get("/palette/?q=HO", headers=PART).content.decode()

    assert found(page)[:2] == ["Homeworld Inc.", "Le Hotel"]
    assert "<html" not in page


def test_one_finds_only_accounts_that_one_sees(world: World, client_for: ClientFor) -> None:
    assert found(client_for(world.tam).get("/palette/?q=big+donut", headers=PART).content.decode()) == []
    assert found(client_for(world.fin).get("/palette/?q=homeworld", headers=PART).content.decode()) == []
    assert found(client_for(world.ops).get("/palette/?q=big+donut", headers=PART).content.decode()) == ["Big Donut"]


def test_a_deleted_account_is_not_found(world: World, client_for: ClientFor) -> None:
    AccountSummary.objects.filter(account=world.homeworld).update(deleted=True)

    assert found(client_for(world.ops).get("/palette/?q=homeworld", headers=PART).content.decode()) == []


def test_signs_of_patterns_are_only_letters(world: World, client_for: ClientFor) -> None:
    assert found(client_for(world.ops).get("/palette/?q=%25", headers=PART).content.decode()) == []
    assert found(client_for(world.ops).get("/palette/?q=_", headers=PART).content.decode()) == []


def test_people_lead_to_their_page_only_for_who_manages_people(world: World, client_for: ClientFor) -> None:
    ada = client_for(world.ada).get("/palette/?q=tessa", headers=PART).content.decode()
    mona = client_for(world.mona).get("/palette/?q=tessa", headers=PART).content.decode()

    assert f'href="/people/{world.tessa.pk}/"' in ada
    assert "/people/" not in mona
    assert "Tessa Technical" in mona
    assert f"f=tam:is:{world.tessa.pk}" in mona
    assert found(client_for(world.fin).get("/palette/?q=tessa", headers=PART).content.decode()) == []


def test_pages_are_those_that_one_may_open(world: World, client_for: ClientFor) -> None:
    ada, fin, olga = (
        found(client_for(user).get("/palette/", headers=PART).content.decode()) for user in (world.ada, world.fin, world.olga)
    )

    assert "Add person" in ada
    assert "Handbook" in fin
    assert "Add person" not in fin
    assert olga == ["Home", "Notices", "Profile"]


def test_what_nobody_has_gets_a_sentence(world: World, client_for: ClientFor) -> None:
    assert "has “&lt;zzz&gt;” in its name" in client_for(world.ops).get("/palette/?q=<zzz>", headers=PART).content.decode()


def test_the_palette_works_as_a_page_of_its_own(world: World, client_for: ClientFor) -> None:
    page = client_for(world.ops).get("/palette/?q=home").content.decode()

    assert "<html" in page
    assert "Homeworld Inc." in found(page)


def test_the_palette_asks_as_often_for_many_accounts_as_for_few(world: World, client_for: ClientFor) -> None:
    client, counts = client_for(world.mona), []
    for more in (0, 30):
        if more:
            world.more_accounts(more, name="Hotel")
        with CaptureQueriesContext(connection) as captured:
            client.get("/palette/?q=hotel", headers=PART)
        counts.append(len(captured))
    assert max(counts) <= 20
    assert counts[1] <= counts[0]


def test_people_are_found_by_any_name_of_their_role(world: World, client_for: ClientFor) -> None:
    csm, success, am = (
        found(client_for(world.mona).get(f"/palette/?q={text}", headers=PART).content.decode())
        for text in ("csm", "customer+success", "AM")
    )

    assert {world.tam.name, world.tessa.name, world.mona.name} <= set(csm)
    assert "Assign TAMs to accounts that need one" in csm
    assert {world.tam.name, world.ops.name} <= set(success)
    assert world.ari.name in am
    assert world.ops.name not in am


def test_actions_are_those_that_one_may_take(world: World, client_for: ClientFor) -> None:
    ops, fin, tam = (
        client_for(user).get("/palette/?q=port", headers=PART).content.decode() for user in (world.ops, world.fin, world.tam)
    )

    assert {"Import files", "Export accounts as CSV", "Export accounts as XLSX"} <= set(found(ops))
    assert 'href="/accounts/export/?form=xlsx"' in ops
    assert "Import files" not in found(fin)
    assert "Import files" not in found(tam)
    assert "Import files" not in client_for(world.ops).get("/palette/", headers=PART).content.decode()
