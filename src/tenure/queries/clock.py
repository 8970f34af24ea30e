"""The company's clock: a day is what it is where the company keeps its calendar (``TENURE_TIME_ZONE``).

Moments are shown and entered in the reader's own zone, which a page activates (``views.shell``). Today, due dates, ``as_of`` and the day of
an entry in the facts are the company's: they don't change with who reads. So nothing asks Django for its *current* zone to find a day.
"""

from datetime import UTC, date, datetime, time, timedelta, tzinfo

from django.db.models.functions import TruncDate
from django.utils import timezone


def zone() -> tzinfo:
    """The company's time zone, whatever zone a page has activated."""
    return timezone.get_default_timezone()


def zone_name() -> str:
    """Its name, like ``Europe/Berlin``."""
    return timezone.get_default_timezone_name()


def day_of(moment: datetime) -> date:
    """The company's day at a moment; of the present moment: today."""
    return moment.astimezone(zone()).date()


def midnight(day: date) -> datetime:
    """The first moment of a day, in the company's zone."""
    return datetime.combine(day, time(), tzinfo=zone())


def end_of(day: date) -> datetime:
    """The first moment that no longer belongs to a day, in UTC."""
    return midnight(day + timedelta(days=1)).astimezone(UTC)


class DayOf(TruncDate):
    """The company's day of a column of moments, as an expression of a query."""

    def get_tzname(self) -> str:
        """Not the zone that the page has activated."""
        return zone_name()
