"""What customers propose on an account's page: decided one by one or together, and taken back."""

from typing import Any

from django.test import Client

from tenure.models import Account, Event, ProfileProposal
from tenure.queries import profiles as queries
from tests.conftest import ClientFor
from tests.views.test_profiles import HTMX, propose, put, url
from tests.world import World


def known(account: Account) -> dict[str, Any]:
    return {key: row.value for key, row in queries.current(account).items()}


def test_proposals_stand_beside_what_is_known_and_are_decided_there(world: World, client_for: ClientFor) -> None:
    put(world, "nodes", "12", days=3)
    nodes, version, hosted = propose(world, "nodes", "14"), propose(world, "version", "16.5"), propose(world, "hosted", "no")
    client = client_for(world.tam)

    page = client.get(url(world, "technical/")).content.decode()
    assert "3 answers from the customer wait." in page
    assert "Ann Lee proposes this" in page

    done = client.post(url(world, f"proposals/one/{nodes.pk}/accept/"), headers=HTMX).content.decode()
    assert "Servers accepted." in done
    assert "2 answers from the customer wait." in done
    assert known(world.homeworld) == {"nodes": 14}
    assert client.post(url(world, f"proposals/one/{version.pk}/decline/"), {"reason": " "}, headers=HTMX).status_code == 422
    client.post(url(world, f"proposals/one/{version.pk}/decline/"), {"reason": "Out of date"}, headers=HTMX)
    version.refresh_from_db()
    assert (version.state, version.reason) == ("declined", "Out of date")
    client.post(url(world, f"proposals/one/{version.pk}/reopen/"))
    client.post(url(world, "proposals/technical/accept/"), {"proposal": [version.pk, hosted.pk]})
    assert known(world.homeworld) == {"nodes": 14, "version": "16.5", "hosted": False}


def toast(client: Client, world: World) -> str:
    """The address of Undo in the toast of the next page."""
    page = client.get(url(world, "technical/")).content.decode()
    return page.split("/proposals/undo/")[1].split('"')[0] if "/proposals/undo/" in page else ""


def test_all_answers_are_accepted_at_once_and_one_undo_brings_everything_back(world: World, client_for: ClientFor) -> None:
    put(world, "nodes", "12", days=3)
    rows = [propose(world, "nodes", "14"), propose(world, "version", "16.5"), propose(world, "hosted", "no")]
    before = [(row.pk, row.state, row.reason, row.decided_by, row.decided_at) for row in rows]
    client = client_for(world.tam)

    client.post(url(world, "proposals/technical/accept/"), {"proposal": [row.pk for row in rows]})
    assert known(world.homeworld) == {"nodes": 14, "version": "16.5", "hosted": False}
    undo = toast(client, world)
    client.post(url(world, f"proposals/undo/{undo}"))

    assert known(world.homeworld) == {"nodes": 12}
    for row in rows:
        row.refresh_from_db()
    assert [(row.pk, row.state, row.reason, row.decided_by, row.decided_at) for row in rows] == before
    page = client.get(url(world, "technical/")).content.decode()
    assert ("3 proposals wait for a decision again." in page, "3 answers from the customer wait." in page) == (True, True)


def test_what_was_changed_since_keeps_all_of_it(world: World, client_for: ClientFor) -> None:
    rows = [propose(world, "nodes", "14"), propose(world, "version", "16.5")]
    client = client_for(world.tam)
    client.post(url(world, "proposals/technical/accept/"), {"proposal": [row.pk for row in rows]})
    undo = toast(client, world)
    put(world, "nodes", "15")
    events = Event.objects.count()

    client.post(url(world, f"proposals/undo/{undo}"))

    assert known(world.homeworld) == {"nodes": 15, "version": "16.5"}
    assert set(ProfileProposal.objects.values_list("state", flat=True)) == {"accepted"}
    assert Event.objects.count() == events
    assert "That has been changed since." in client.get(url(world, "technical/")).content.decode()


def test_only_who_accepted_them_takes_them_back_and_no_address_is_made_up(world: World, client_for: ClientFor) -> None:
    rows = [propose(world, "nodes", "14"), propose(world, "version", "16.5")]
    client = client_for(world.tam)
    client.post(url(world, "proposals/technical/accept/"), {"proposal": [row.pk for row in rows]})
    undo = toast(client, world)

    client_for(world.mona).post(url(world, f"proposals/undo/{undo}"))
    assert client_for(world.olga).post(url(world, f"proposals/undo/{undo}")).status_code == 404
    assert client.post(url(world, "proposals/undo/made-up/")).status_code == 404
    assert client_for(world.mona).post(f"/accounts/{world.funland.pk}/proposals/undo/{undo}").status_code == 404

    assert known(world.homeworld) == {"nodes": 14, "version": "16.5"}


def test_two_answers_to_one_question_are_left_to_be_chosen(world: World, client_for: ClientFor) -> None:
    rows = [propose(world, "nodes", "14"), propose(world, "nodes", "16"), propose(world, "version", "16.5")]
    client = client_for(world.tam)

    client.post(url(world, "proposals/technical/accept/"), {"proposal": [row.pk for row in rows]})

    assert known(world.homeworld) == {"version": "16.5"}
    assert "1 proposal accepted. Servers has 2 answers: choose one." in client.get(url(world, "technical/")).content.decode()


def test_only_who_keeps_a_field_gets_the_buttons(world: World, client_for: ClientFor) -> None:
    row = propose(world, "champion", "Ann Lee")
    world.assign(world.homeworld, world.sol, "account_executive")
    client = client_for(world.ari)

    page = client.get(url(world, "business/")).content.decode()

    assert "Accept Champion" not in page
    assert "Sol Architect decides." in page
    answer = client.post(url(world, f"proposals/one/{row.pk}/accept/"), headers=HTMX).content.decode()
    assert "Champion is kept by Sol Architect, who decides on it." in answer
    assert known(world.homeworld) == {}


def test_what_was_decided_meanwhile_is_told_and_so_is_how_much_was_not_accepted(world: World, client_for: ClientFor) -> None:
    client, address = client_for(world.tam), url(world, "proposals/technical/accept/")
    row = propose(world, "version", "16.5")
    client.post(address, {"proposal": [row.pk]})
    before = Event.objects.count()

    told = client.post(address, {"proposal": [row.pk]}, follow=True).content.decode()

    assert "Nothing waits any more: it was decided meanwhile." in told
    assert "0 proposals accepted" not in told
    twice = [propose(world, field, raw) for field in ("nodes", "version", "projects", "growth") for raw in ("1", "2")]
    told = client.post(address, {"proposal": [one.pk for one in twice]}, follow=True).content.decode()
    assert "Servers has 2 answers: choose one." in told
    assert "1 more could not be accepted." in told
    assert (Event.objects.filter(verb="profile.set").count(), Event.objects.count() - before) == (1, len(twice))
    assert known(world.homeworld) == {"version": "16.5"}
