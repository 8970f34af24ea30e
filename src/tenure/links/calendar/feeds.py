"""A feed as iCalendar."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event

from tenure.queries.feeds import Entry

PRODUCT = "-//Tenure//Calendar 1.0//EN"
EVERY = timedelta(hours=1)  # how often programs should look


def text(entries: Iterable[Entry], *, name: str, zone: ZoneInfo) -> bytes:
    """The feed of ``entries``; times stand in the reader's ``zone``, whose rules go along. The same entries give the same bytes."""
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("x-wr-calname", name)
    calendar.add("x-wr-timezone", str(zone))
    calendar.add("refresh-interval", EVERY, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT1H")
    told = list(entries)
    for entry in told:
        calendar.add_component(_event(entry, zone))
    return finished(calendar, [moment for entry in told for moment in (entry.start, entry.end) if moment])


def finished(calendar: Calendar, moments: Iterable[datetime]) -> bytes:
    """The calendar as text, with the rules of its time zones for the years of these moments and those around them."""
    years = sorted(moment.year for moment in moments)
    if years:
        calendar.add_missing_timezones(date(years[0] - 1, 1, 1), date(years[-1] + 2, 1, 1))
    return bytes(calendar.to_ical())


def _event(entry: Entry, zone: ZoneInfo) -> Event:
    event = Event()
    event.add("uid", entry.uid)
    event.add("sequence", entry.sequence)
    event.add("dtstamp", entry.changed_at)
    event.add("last-modified", entry.changed_at)
    event.add("summary", entry.title)
    event.add("url", entry.url)
    if entry.start and entry.end:
        event.add("dtstart", entry.start.astimezone(zone))
        event.add("dtend", entry.end.astimezone(zone))
    elif entry.day:  # the whole day, and the person is free: something is due, nobody is met
        event.add("dtstart", entry.day)
        event.add("dtend", entry.day + timedelta(days=1))
        event.add("transp", "TRANSPARENT")
    return event
