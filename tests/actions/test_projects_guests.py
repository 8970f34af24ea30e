"""Guests of a project: invited by a link, they see one project, speak and tick where they may, and are gone at once."""

import pytest

from tenure.actions import projects_guests
from tenure.actions.refusals import Refused
from tenure.models import Event, Notice
from tenure.queries import projects as queries
from tests.actions.test_projects import DAY, begun, kept
from tests.world import World


def test_a_guest_sees_one_project_until_the_link_ends(world: World) -> None:
    row = begun(world)
    contact = world.homeworld.contacts.get(name="Carol of Homeworld Inc.")
    guest, token = projects_guests.invite(row, contact=contact, actor=world.tam, at=world.at)

    assert (guest.name, guest.address, guest.expires_at) == (contact.name, contact.email, world.at + 30 * DAY)
    assert guest.token_digest == queries.digest(token) != token
    assert token not in "".join(Event.objects.values_list("body", flat=True))
    assert queries.guest_of(queries.digest(token), world.at) == guest
    assert queries.guest_of(queries.digest(token), world.at + 30 * DAY) is None
    projects_guests.revoke(row, guest.pk, actor=world.tam, at=world.at)
    assert queries.guest_of(queries.digest(token), world.at) is None


def test_a_guest_ticks_and_speaks_where_they_may_and_never_where_it_is_confidential(world: World) -> None:
    row = begun(world)
    _, token = projects_guests.invite(row, name="Dan", address="dan@homeworld.example", actor=world.tam, at=world.at)
    _, quiet = projects_guests.invite(row, name="Eve", actor=world.tam, at=world.at, may_comment=False, may_tick=False)
    welcome, brief = row.issues.get(key="welcome"), row.issues.get(key="team_brief")

    projects_guests.tick(token, welcome.iid, 0, "Day agreed, invitation sent", True, at=world.at)
    projects_guests.comment(token, welcome.iid, "Monday suits us.", at=world.at)

    welcome.refresh_from_db()
    assert (welcome.ticked, welcome.remarks) == (1, 1)
    assert [notice.title for notice in Notice.objects.filter(user=world.tam, kind="comment", channel="app")] == [
        "Dan on #7 Welcome to GitLab call"
    ]
    was = kept()
    for call in (
        lambda: projects_guests.comment(token, brief.iid, "x", at=world.at),
        lambda: projects_guests.comment(quiet, welcome.iid, "x", at=world.at),
        lambda: projects_guests.tick(quiet, welcome.iid, 1, "x", True, at=world.at),
        lambda: projects_guests.comment("wrong", welcome.iid, "x", at=world.at),
    ):
        with pytest.raises(Refused):
            call()
    assert kept() == was
