"""Contacts: added, changed, taken away and brought back; the list's completeness follows."""

from typing import Any

import pytest

from tenure.actions import contacts
from tenure.actions.refusals import Refused
from tenure.models import AccountSummary, Contact, Event
from tests.world import World


def create(world: World, **given: Any) -> Contact:
    fields = {"name": "Eve", "title": "Buyer", "role": "Procurement", "email": "eve@example.com", "phone": "+1 555 0199"}
    more = {"today": world.today, "actor": world.tam, "at": world.at, **{k: v for k, v in given.items() if k == "actor"}}
    return contacts.create(world.homeworld, {**fields, **{k: v for k, v in given.items() if k != "actor"}}, **more)


def shown(world: World) -> tuple[int, int | None]:
    row = AccountSummary.objects.get(pk=world.homeworld.pk)
    return row.contacts, row.contact_completeness


def test_a_new_contact_counts_at_once(world: World) -> None:
    assert shown(world) == (2, 75)

    row = create(world)

    assert shown(world) == (3, 83)
    assert Event.objects.get(verb="contact.created").object_id == row.pk


def test_a_change_is_logged_with_before_and_after(world: World) -> None:
    dan = Contact.objects.get(account=world.homeworld, name__startswith="Dan")

    assert contacts.update(dan, {"phone": "+1 555 0101", "role": "Champion"}, today=world.today, actor=world.tam, at=world.at)
    assert not contacts.update(dan, {"phone": "+1 555 0101"}, today=world.today, actor=world.tam, at=world.at)

    assert shown(world) == (2, 100)
    assert Event.objects.filter(verb="contact.updated").count() == 1


def test_a_deleted_contact_can_be_brought_back(world: World) -> None:
    row = create(world)

    contacts.delete(row, today=world.today, actor=world.tam, at=world.at)
    assert shown(world) == (2, 75)
    contacts.restore(row, today=world.today, actor=world.tam, at=world.at)
    assert shown(world) == (3, 83)
    with pytest.raises(Refused, match="done already"):
        contacts.restore(row, today=world.today, actor=world.tam, at=world.at)


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"name": " "}, "invalid"),
        ({"email": "eve at example"}, "invalid"),
        ({"phone": "0" * 81}, "invalid"),
        ({"shoe_size": 42}, "invalid"),
        ({"actor": "olga"}, "not_found"),
        ({"actor": "fin"}, "not_found"),
        ({"actor": "exa"}, "not_allowed"),
        ({"actor": "tessa"}, "not_found"),
    ],
)
def test_a_contact_is_refused_without_a_trace(world: World, given: dict[str, Any], code: str) -> None:
    before = (Contact.objects.count(), Event.objects.count())
    if "actor" in given:
        given = {"actor": getattr(world, given["actor"])}

    with pytest.raises(Refused) as refusal:
        create(world, **given)

    assert refusal.value.code == code
    assert (Contact.objects.count(), Event.objects.count()) == before


def test_an_address_without_a_domain_is_none(world: World) -> None:
    for text in ("notamail", "eve@example", "eve@", "@example.com", "eve@ex ample.com"):
        with pytest.raises(Refused, match=f"'{text}' is not an e-mail address."):
            create(world, email=text)
    assert not Contact.objects.filter(name="Eve").exists()
