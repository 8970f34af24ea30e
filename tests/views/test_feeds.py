"""The calendar's address: made and ended on one's own page, read by calendar programs."""

import re
from datetime import UTC, datetime

from django.test import Client
from icalendar import Calendar

from tenure.actions import activities, feeds
from tenure.models import CalendarFeed
from tests.conftest import ClientFor
from tests.world import AT, World


def plan(world: World) -> None:
    fields = {
        "kind": "call",
        "subject": "Cadence call",
        "happened_at": datetime(2026, 12, 3, 9, 0, tzinfo=UTC),
        "body": "They pay late",
    }
    activities.plan(world.homeworld, fields, today=world.today, actor=world.tam, at=AT)


def test_the_address_is_shown_once_and_works_without_log_in(world: World, client_for: ClientFor) -> None:
    plan(world)
    client = client_for(world.tam)

    shown = client.post("/profile/calendar/").content.decode()
    found = re.search(r'value="http://testserver(/calendar/([\w-]{43})\.ics)"', shown)
    assert found is not None
    assert f"webcal://testserver{found[1]}" in shown
    assert found[2] not in client.get("/profile/").content.decode()
    assert f"Ends in {found[2][-4:]}" in client.get("/profile/").content.decode()

    got = Client().get(found[1])
    assert (got.status_code, got["Content-Type"], got["Cache-Control"]) == (
        200,
        "text/calendar; charset=utf-8",
        "private, max-age=300",
    )
    (event,) = Calendar.from_ical(got.content).events
    assert (str(event["SUMMARY"]), event.decoded("DTSTART").isoformat()) == (
        "Homeworld Inc.: Cadence call",
        "2026-12-03T10:00:00+01:00",
    )
    assert b"late" not in got.content
    assert CalendarFeed.objects.get().last_read_at == AT


def test_what_has_not_changed_is_not_sent_again(world: World, clock: None) -> None:
    address = f"/calendar/{feeds.create(world.tam, at=AT)}.ics"
    first = Client().get(address)

    again = Client().get(address, headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    plan(world)
    assert Client().get(address, headers={"If-None-Match": first["ETag"]}).status_code == 200


def test_a_wrong_and_an_ended_address_are_not_there(world: World, client_for: ClientFor) -> None:
    address = f"/calendar/{feeds.create(world.tam, at=AT)}.ics"
    pk = CalendarFeed.objects.get().pk

    client_for(world.mona).post(f"/profile/calendar/{pk}/end/")
    assert Client().get(address).status_code == 200
    client_for(world.tam).post(f"/profile/calendar/{pk}/end/")
    assert Client().get(address).status_code == 404
    assert Client().get("/calendar/wrong.ics").status_code == 404
    assert Client().post(address).status_code == 405


def test_an_address_is_limited_in_rate(world: World, clock: None) -> None:
    address = f"/calendar/{feeds.create(world.tam, at=AT)}.ics"

    answers = [Client().get(address).status_code for _ in range(61)]

    assert answers == [200] * 60 + [429]
    assert Client().get(f"/calendar/{feeds.create(world.mona, at=AT)}.ics").status_code == 200


def test_guessing_is_limited_in_rate(world: World, clock: None) -> None:
    answers = [Client().get(f"/calendar/guess-{n}.ics").status_code for n in range(121)]

    assert answers == [404] * 120 + [429]
