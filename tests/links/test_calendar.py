"""iCalendar as others read it: what we write is parsed back by the icalendar library and held against the RFCs."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar, Event

from tenure.links.calendar import feeds, invitations
from tenure.queries.feeds import Entry
from tenure.queries.meetings import Meeting, Person

BERLIN, KATHMANDU = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Kathmandu")
CHANGED = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)
START = datetime(2026, 12, 3, 9, 0, tzinfo=UTC)
CALL = Entry(
    "activity-7@tenure.example",
    3,
    "Homeworld Inc.: Cadence call",
    "https://t.example/activities/7/",
    CHANGED,
    START,
    START + timedelta(minutes=45),
)
CTA = Entry(
    "cta-9@tenure.example",
    60,
    "Le Hotel: Ünïcode, with; signs \\ and\nlines " + "long " * 30,
    "https://t.example/ctas/9/",
    CHANGED,
    day=date(2026, 12, 24),
)
MEETING = Meeting(
    "activity-7@tenure.example", 1, "REQUEST", "Cadence call", START, START + timedelta(minutes=45), "Europe/Berlin",
    Person("Tam Technical", "tam@example.com", 2), (Person("Carol, Head of IT", "carol@homeworld.example"), Person("Mona", "mona@example.com", 1)), CHANGED,
)  # fmt: skip


def events(text: bytes) -> list[Event]:
    return [part for part in Calendar.from_ical(text).walk("VEVENT") if isinstance(part, Event)]


def test_a_feed_is_read_back_as_it_was_meant() -> None:
    text = feeds.text([CALL, CTA], name="Tenure", zone=BERLIN)

    calendar = Calendar.from_ical(text)
    assert (str(calendar["VERSION"]), str(calendar["PRODID"]), str(calendar["X-WR-CALNAME"])) == (
        "2.0",
        "-//Tenure//Calendar 1.0//EN",
        "Tenure",
    )
    assert "METHOD" not in calendar
    call, cta = events(text)
    assert (str(call["UID"]), call["SEQUENCE"], str(call["SUMMARY"]), str(call["URL"])) == (CALL.uid, 3, CALL.title, CALL.url)
    assert (call.decoded("DTSTART"), call.decoded("DTEND")) == (START, START + timedelta(minutes=45))
    assert (call.decoded("DTSTART").isoformat(), call["DTSTART"].params["TZID"]) == ("2026-12-03T10:00:00+01:00", "Europe/Berlin")
    assert (call.decoded("DTSTAMP"), call.decoded("LAST-MODIFIED")) == (CHANGED, CHANGED)
    assert (str(cta["UID"]), str(cta["SUMMARY"])) == (CTA.uid, CTA.title)
    assert (cta.decoded("DTSTART"), cta.decoded("DTEND"), str(cta["TRANSP"])) == (
        date(2026, 12, 24),
        date(2026, 12, 25),
        "TRANSPARENT",
    )
    assert "TRANSP" not in call


def test_the_lines_of_a_feed_are_as_long_as_the_rfc_allows() -> None:
    text = feeds.text([CALL, CTA], name="Tenure", zone=BERLIN)

    assert text.endswith(b"END:VCALENDAR\r\n")
    assert {line.endswith(b"\r") for line in text.split(b"\n")[:-1]} == {True}
    assert max(len(line) for line in text.split(b"\r\n")) <= 75


@pytest.mark.parametrize(
    ("zone", "start", "local"),
    [
        (BERLIN, datetime(2026, 7, 1, 9, tzinfo=UTC), "2026-07-01T11:00:00+02:00"),
        (BERLIN, datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "2026-10-25T02:30:00+02:00"),  # the hour that comes twice
        (KATHMANDU, datetime(2026, 7, 1, 9, tzinfo=UTC), "2026-07-01T14:45:00+05:45"),
        (ZoneInfo("UTC"), datetime(2026, 7, 1, 9, tzinfo=UTC), "2026-07-01T09:00:00+00:00"),
    ],
)
def test_times_stand_in_the_readers_zone_and_its_rules_go_along(zone: ZoneInfo, start: datetime, local: str) -> None:
    text = feeds.text([replace(CALL, start=start, end=start + timedelta(hours=1))], name="Tenure", zone=zone)

    calendar = Calendar.from_ical(text)
    (event,) = events(text)
    assert event.decoded("DTSTART").isoformat() == local
    assert calendar.get_missing_tzids() == set()
    if str(zone) != "UTC":
        (told,) = calendar.timezones
        assert told.tz_name == str(zone)
        assert (
            told.to_tz(lookup_tzid=False).utcoffset(start.astimezone(zone).replace(tzinfo=None))
            == start.astimezone(zone).utcoffset()
        )


def test_the_same_entries_give_the_same_bytes() -> None:
    assert feeds.text([CALL, CTA], name="Tenure", zone=BERLIN) == feeds.text([CALL, CTA], name="Tenure", zone=BERLIN)


def test_an_empty_feed_is_a_calendar_too() -> None:
    assert events(feeds.text([], name="Tenure", zone=BERLIN)) == []


def test_an_invitation_names_who_asks_and_who_is_asked() -> None:
    text = invitations.text(MEETING)

    calendar, (event,) = Calendar.from_ical(text), events(text)
    assert (str(calendar["METHOD"]), str(event["STATUS"]), str(event["UID"]), event["SEQUENCE"]) == (
        "REQUEST", "CONFIRMED", MEETING.uid, 1,
    )  # fmt: skip
    assert (str(event["ORGANIZER"]), event["ORGANIZER"].params["CN"]) == ("mailto:tam@example.com", "Tam Technical")
    assert [(str(one), one.params["CN"], one.params["PARTSTAT"], one.params["RSVP"]) for one in event["ATTENDEE"]] == [
        ("mailto:carol@homeworld.example", "Carol, Head of IT", "NEEDS-ACTION", "TRUE"),
        ("mailto:mona@example.com", "Mona", "NEEDS-ACTION", "TRUE"),
    ]
    assert (event.decoded("DTSTART").isoformat(), event.decoded("DTSTAMP")) == ("2026-12-03T10:00:00+01:00", CHANGED)


def test_an_update_and_a_cancellation_keep_the_name_and_raise_the_number() -> None:
    moved = replace(MEETING, sequence=2, start=START + timedelta(days=1), end=START + timedelta(days=1, minutes=45))
    gone = replace(moved, sequence=3, method="CANCEL", attendees=MEETING.attendees[:1])

    read = [Calendar.from_ical(invitations.text(one)) for one in (MEETING, moved, gone)]

    assert [(str(one["METHOD"]), str(one.events[0]["UID"]), one.events[0]["SEQUENCE"]) for one in read] == [
        ("REQUEST", MEETING.uid, 1), ("REQUEST", MEETING.uid, 2), ("CANCEL", MEETING.uid, 3),
    ]  # fmt: skip
    assert str(read[2].events[0]["STATUS"]) == "CANCELLED"
    assert str(read[2].events[0]["ATTENDEE"]) == "mailto:carol@homeworld.example"


def test_a_meeting_survives_being_kept_as_text() -> None:
    from tenure.queries import meetings

    assert meetings.read(MEETING.text()) == MEETING
    assert meetings.read("") is None
    assert meetings.when(MEETING) == "Thursday, 3 December 2026, 10:00 to 10:45 (Europe/Berlin)"
