"""Inviting people: who gets what when a call is planned, moved, called off, and when people come and go."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tenure.actions import activities, invitations
from tenure.actions.refusals import Refused
from tenure.models import Activity, Event, Notice
from tenure.queries import meetings
from tests.world import AT, World

THURSDAY = datetime(2026, 12, 3, 9, 0, tzinfo=UTC)
FIELDS = {"kind": "call", "subject": "Cadence call", "happened_at": THURSDAY, "minutes": 45}
LATER = AT + timedelta(hours=1)


def plan(world: World, *, invite: bool = True, **more: Any) -> Activity:
    carol = world.homeworld.contacts.get(name__startswith="Carol")
    fields = {**FIELDS, "participants": [world.mona], "attendees": [carol], "body": "They pay late", **more}
    return activities.plan(world.homeworld, fields, today=world.today, actor=world.tam, at=AT, invite=invite)


def change(world: World, call: Activity, **fields: Any) -> None:
    activities.update(call, fields, today=world.today, actor=world.tam, at=LATER)


def sent() -> list[tuple[str, str, int]]:
    """Whom each invitation went to, its method and its number."""
    rows = Notice.objects.filter(kind="invitation").select_related("user").order_by("id")
    found = [(row, meetings.read(row.invitation)) for row in rows]
    return [(row.user.name if row.user else row.address, one.method, one.sequence) for row, one in found if one]


CAROL = "carol@homeworld.example"
FIRST = [("Mona Manager", "REQUEST", 0), (CAROL, "REQUEST", 0)]


def test_those_who_take_part_are_invited_and_the_notes_stay_inside(world: World) -> None:
    call = plan(world)

    assert sent() == FIRST
    (one, _) = Notice.objects.filter(kind="invitation")
    meeting = meetings.read(one.invitation)
    assert meeting is not None
    assert (meeting.uid, meeting.start, meeting.end, meeting.zone) == (
        f"activity-{call.pk}@127.0.0.1", THURSDAY, THURSDAY + timedelta(minutes=45), "Europe/Berlin",
    )  # fmt: skip
    assert (meeting.organizer.email, sorted(meeting.addresses)) == ("tam@example.com", [CAROL, "mona@example.com"])
    assert not Notice.objects.filter(invitation__contains="late").exists()
    assert set(Notice.objects.filter(kind="invitation").values_list("channel", "state")) == {("mail", "queued")}
    assert Event.objects.filter(verb="activity.invited", actor=world.tam).count() == 1


def test_nothing_goes_out_unless_it_is_asked_for(world: World) -> None:
    call = plan(world, invite=False)
    change(world, call, subject="Another call")

    assert sent() == []
    assert invitations.send(call, note="See you there", actor=world.tam, at=LATER) == 2
    assert invitations.send(call, actor=world.tam, at=LATER) == 0
    assert set(Notice.objects.filter(kind="invitation").values_list("body", flat=True)) == {"See you there"}


def test_another_time_is_told_to_everybody_under_the_same_name_and_a_higher_number(world: World) -> None:
    call = plan(world)
    change(world, call, happened_at=THURSDAY + timedelta(days=1))
    change(world, call, body="Only the notes differ")

    assert sent() == [*FIRST, ("Mona Manager", "REQUEST", 1), (CAROL, "REQUEST", 1)]
    uids = {one.uid for row in Notice.objects.filter(kind="invitation") if (one := meetings.read(row.invitation))}
    call.refresh_from_db()
    assert (uids, call.sequence) == ({call.series}, 1)


def test_people_who_come_are_invited_and_people_who_go_are_told_alone(world: World) -> None:
    call = plan(world)
    change(world, call, participants=[world.mona, world.ari])
    change(world, call, participants=[world.ari])
    change(world, call, participants=[world.mona, world.ari])

    assert sent()[2:] == [("Ari Account", "REQUEST", 0), ("Mona Manager", "CANCEL", 1), ("Mona Manager", "REQUEST", 1)]
    gone = meetings.read(Notice.objects.get(kind="invitation", invitation__contains='"CANCEL"').invitation)
    assert gone is not None
    assert gone.addresses == {"mona@example.com"}


def test_a_call_that_is_deleted_is_called_off_and_on_again(world: World) -> None:
    call = plan(world)
    activities.delete(call, actor=world.tam, at=LATER)
    assert sent()[2:] == [("Mona Manager", "CANCEL", 1), (CAROL, "CANCEL", 1)]

    activities.restore(call, actor=world.tam, at=LATER)
    assert sorted(sent()[4:]) == sorted([("Mona Manager", "REQUEST", 2), (CAROL, "REQUEST", 2)])


def test_a_call_that_was_held_is_no_news(world: World) -> None:
    call = plan(world)
    activities.hold(call, {"outcome": "Good"}, today=world.today, actor=world.tam, at=THURSDAY + timedelta(days=1))

    assert sent() == FIRST
    assert invitations.follow(call, actor=world.tam, at=LATER) == 0


@pytest.mark.parametrize("who", ["olga", "fin", "tessa"])
def test_inviting_is_refused_without_the_right_on_the_account(world: World, who: str) -> None:
    call = plan(world, invite=False)
    before = Event.objects.count()

    with pytest.raises(Refused):
        invitations.send(call, actor=getattr(world, who), at=AT)

    assert (sent(), Event.objects.count()) == ([], before)


def test_what_is_not_planned_or_has_nobody_is_refused(world: World) -> None:
    nobody = plan(world, invite=False, participants=[], attendees=[])
    held = activities.log(world.homeworld, {"kind": "call", "happened_at": AT}, today=world.today, actor=world.tam, at=AT)

    with pytest.raises(Refused, match="Nobody with a mail address"):
        invitations.send(nobody, actor=world.tam, at=AT)
    with pytest.raises(Refused, match="Only a planned call"):
        invitations.send(held, actor=world.tam, at=AT)
    assert sent() == []


def test_planning_with_invitations_to_nobody_plans_nothing(world: World) -> None:
    with pytest.raises(Refused, match="Nobody"):
        plan(world, participants=[], attendees=[])

    assert Activity.objects.filter(source="tenure").count() == 0
