"""The groups of the cockpit by due day: overdue, today, this week ... and which of them a page of the list can show."""

from collections.abc import Mapping
from datetime import date, timedelta

from django.db.models import Q

from tenure.queries.formula import Formula, numbered

BUCKETS = ("Overdue", "Today", "This week", "Next week", "Later", "No date", "Snoozed", "Closed")
OVERDUE, TODAY, THIS_WEEK, NEXT_WEEK, LATER, NO_DATE, SNOOZED, CLOSED = range(8)


def bucket(today: date) -> Formula:
    """The place of a CTA's due day among ``BUCKETS``. A week ends on Sunday."""
    days = [("{2} <= %s", [last], place) for place, last in _ends(today).items()]
    branches = [("NOT {0}", (), CLOSED), ("{1} > %s", [today], SNOOZED), ("{2} IS NULL", (), NO_DATE), *days]
    return numbered(["is_open", "snoozed_until", "due_date"], branches, LATER)


def _ends(today: date) -> dict[int, date]:
    """The last day of the groups that have one."""
    sunday = today + timedelta(days=6 - today.weekday())
    return {OVERDUE: today - timedelta(days=1), TODAY: today, THIS_WEEK: sunday, NEXT_WEEK: sunday + timedelta(days=7)}


def reached(counts: Mapping[int, int], at: int | None, back: bool, size: int) -> tuple[int, int] | None:
    """The first and the last group that ``size`` rows after (``back``: before) a place in the group ``at`` can come from; None = nothing.

    How much of its own group lies beyond the place isn't known, so that counts for nothing.
    """
    found: list[int] = []
    for place in sorted(counts, reverse=back):
        if at is not None and (place > at if back else place < at):
            continue
        found.append(place)
        size -= 0 if place == at else counts[place]
        if size <= 0:
            break
    return (min(found), max(found)) if found else None


def within(first: int, last: int, today: date) -> Q:
    """Whether a row (with its ``bucket``) is of these groups; what that says of its day stands beside it, so that an index is entered there."""
    ends = _ends(today)
    found = Q(bucket__range=(first, last))
    if last in ends:
        found &= Q(due_date__lte=ends[last])
    if last <= LATER and first - 1 in ends:
        found &= Q(due_date__gt=ends[first - 1])
    return found
