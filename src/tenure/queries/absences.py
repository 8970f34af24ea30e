"""People's time: absences and working times, whose one may see and keep."""

from calendar import day_abbr
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Q, QuerySet

from tenure.models import Absence, User, WorkingTime
from tenure.queries import visible
from tenure.rules import calendars, capacity
from tenure.rules.calendars import Calendar
from tenure.rules.packs import Pack

KINDS = {"leave": "Leave", "sick": "Sick", "training": "Training", "other": "Other"}
EDIT, VIEW = "absence.edit", "capacity.view"
PAST = timedelta(days=90)  # absences that are over are listed so long


def reached(user: User, capability: str) -> QuerySet[User]:
    """The active people on whom a capability reaches: all, the team and oneself, or oneself alone."""
    people = User.objects.filter(is_active=True)
    reach = {role.sees for role in visible.roles_of(user) if capability in role.may}
    if "all" in reach:
        return people
    return people.filter(Q(pk=user.pk) | Q(pk__in=visible.team_ids(user) if "team" in reach else []))


def may_edit(user: User | None, whose: User) -> bool:
    """Whether the user keeps this person's time: one's own always."""
    if user is None or not user.is_active:
        return False
    return user.pk == whose.pk or reached(user, EDIT).filter(pk=whose.pk).exists()


def of(user: User, today: date) -> list[Absence]:
    """A person's absences, those to come first and soonest first; then those lately over, latest first."""
    rows = Absence.objects.filter(user=user, last__gte=today - PAST).select_related("deputy").order_by("first", "pk")
    ahead = [row for row in rows if row.last >= today]
    return ahead + [row for row in reversed(rows) if row.last < today]


@dataclass(frozen=True)
class Ahead:
    """An absence to come, in words."""

    first: date
    last: date
    words: str


def ahead(user: User, today: date, limit: int = 3) -> list[Ahead]:
    """A person's next absences. One query."""
    rows = Absence.objects.filter(user=user, last__gte=today).select_related("deputy").order_by("first")[:limit]
    return [Ahead(row.first, row.last, called(row)) for row in rows]


def working_times(user: User) -> list[WorkingTime]:
    """A person's working times, newest first."""
    return list(WorkingTime.objects.filter(user=user).order_by("-from_date"))


def weekdays(days: str) -> str:
    """ISO weekdays in words: ``Mon to Fri``, ``Mon, Wed, Fri``."""
    names = [day_abbr[int(number) - 1] for number in sorted(days)]
    whole = "".join(sorted(days))
    return f"{names[0]} to {names[-1]}" if len(names) > 2 and whole in "1234567" else ", ".join(names)


def overlapping(user: User, first: date, last: date, but: int | None = None) -> Absence | None:
    """An absence of the person on any of these days, other than the one of id ``but``."""
    rows = Absence.objects.filter(user=user, first__lte=last, last__gte=first).order_by("first")
    return (rows if but is None else rows.exclude(pk=but)).first()


def deputies(user: User) -> QuerySet[User]:
    """Who could stand in for a person: everybody who is active, by name."""
    return User.objects.filter(is_active=True).exclude(pk=user.pk).order_by("name", "pk")


def times(users: Sequence[User], first: date, last: date) -> dict[int, capacity.Person]:
    """What is known of people's time from one day to another. Two queries."""
    ids = [user.pk for user in users]
    working: dict[int, list[capacity.Working]] = {}
    for row in WorkingTime.objects.filter(user__in=ids, from_date__lte=last).order_by("from_date"):
        weekdays = frozenset(int(number) for number in row.days)
        working.setdefault(row.user_id, []).append(capacity.Working(row.from_date, row.minutes_a_week, weekdays))
    away: dict[int, list[capacity.Away]] = {}
    for one in Absence.objects.filter(user__in=ids, first__lte=last, last__gte=first).order_by("first").select_related("deputy"):
        away.setdefault(one.user_id, []).append(capacity.Away(one.first, one.last, called(one)))
    return {
        user.pk: capacity.Person(user.region, tuple(working.get(user.pk, ())), tuple(away.get(user.pk, ()))) for user in users
    }


def called(row: Absence) -> str:
    """An absence in words: ``Leave, Tessa Technical stands in``."""
    kind = KINDS.get(row.kind, row.kind.capitalize())
    return f"{kind}, {row.deputy.name} stands in" if row.deputy else kind


def usual(pack: Pack, day: date) -> int:
    """The minutes of a week of whoever has no working time of their own."""
    return capacity.usual(pack, day)


@dataclass(frozen=True)
class Holiday:
    """A holiday of a region."""

    day: date
    name: str


def holidays(user: User, pack: Pack, today: date, ahead: timedelta = timedelta(days=182)) -> tuple[Calendar, list[Holiday]]:
    """The calendar of a person's region, and its holidays on weekdays in the next half-year."""
    cal = calendars.of(pack, user.region)
    found = [Holiday(day, name) for year in (today.year, today.year + 1) for day, name in sorted(cal.holidays(year).items())]
    return cal, [one for one in found if today <= one.day <= today + ahead and one.day.isoweekday() in cal.weekdays]


def days_lost(row: Absence, person: capacity.Person, pack: Pack) -> int:
    """How many working days an absence takes."""
    cal = calendars.of(pack, person.region)
    return sum(_works(person, cal, row.first + timedelta(days=number)) for number in range((row.last - row.first).days + 1))


def _works(person: capacity.Person, cal: Calendar, day: date) -> bool:
    hours = capacity.working_on(person, day)
    weekdays = hours.weekdays if hours else cal.weekdays
    return day.isoweekday() in weekdays and day not in cal.holidays(day.year)
