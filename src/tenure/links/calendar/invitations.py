"""An invitation, its update or its cancellation as iCalendar (iTIP, RFC 5546)."""

from zoneinfo import ZoneInfo

from icalendar import Calendar, Event, vCalAddress, vText

from tenure.links.calendar.feeds import PRODUCT, finished
from tenure.queries.meetings import Meeting, Person


def text(meeting: Meeting) -> bytes:
    """Method REQUEST invites or updates, CANCEL takes back; the UID stays and the sequence grows, so programs know which entry is meant."""
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", meeting.method)
    calendar.add_component(_event(meeting))
    return finished(calendar, (meeting.start, meeting.end))


def _event(meeting: Meeting) -> Event:
    zone, event = ZoneInfo(meeting.zone), Event()
    event.add("uid", meeting.uid)
    event.add("sequence", meeting.sequence)
    event.add("dtstamp", meeting.stamp)
    event.add("dtstart", meeting.start.astimezone(zone))
    event.add("dtend", meeting.end.astimezone(zone))
    event.add("summary", meeting.summary)
    event.add("status", "CANCELLED" if meeting.method == "CANCEL" else "CONFIRMED")
    event.add("organizer", _address(meeting.organizer))
    for person in meeting.attendees:
        event.add("attendee", _asked(person))
    return event


def _address(person: Person) -> vCalAddress:
    address = vCalAddress(f"mailto:{person.email}")
    address.params["cn"] = vText(person.name)
    return address


def _asked(person: Person) -> vCalAddress:
    address = _address(person)
    address.params["role"] = vText("REQ-PARTICIPANT")
    address.params["partstat"] = vText("NEEDS-ACTION")
    address.params["rsvp"] = vText("TRUE")
    return address
