"""The page of hours: people x weeks of a planned window, what is behind a cell, and how full people would be with one account more."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from django.db.models import QuerySet, Sum

from tenure.models import CallToAction, CapacityLine, CapacityPlan, CapacityWeek, User
from tenure.queries import absences, roles, visible
from tenure.rules import capacity
from tenure.rules.capacity import Level, Time
from tenure.rules.packs import Pack

MOST = 200  # people on one page
EVERYBODY, USUAL = "all", "tam"
NOBODY = 0  # in addresses: work without a person
WORDS: dict[Level, str] = {"free": "no work planned", "away": "away", "under": "under", "near": "nearly full", "over": "over"}


@dataclass(frozen=True)
class Cell:
    """A person's week: planned ``minutes`` against the time there is. ``late`` of them were due before the plan was made."""

    week: date
    minutes: int
    time: Time
    near: int
    late: int = 0

    @property
    def level(self) -> Level:
        """How full it is."""
        return capacity.level(self.minutes, self.time.plannable, self.near)

    @property
    def percent(self) -> int | None:
        """Of the plannable time; None where there is none."""
        return capacity.percent(self.minutes, self.time.plannable)

    @property
    def short(self) -> str:
        """The planned hours: ``28.5``."""
        return decimal(self.minutes)

    @property
    def line(self) -> str:
        """The plannable hours, quarters in full: ``31.25``."""
        return decimal(self.time.plannable, 2 if self.time.plannable % 15 == 0 else 1)

    @property
    def working(self) -> str:
        """The working hours."""
        return decimal(self.time.minutes)

    @property
    def behind(self) -> str:
        """The hours that are late."""
        return decimal(self.late)

    @property
    def bar(self) -> int:
        """The percentage as far as a bar can show it."""
        return min(100, self.percent if self.percent is not None else 100 * bool(self.minutes))

    @property
    def words(self) -> str:
        """How full it is, in words."""
        return WORDS[self.level]


@dataclass(frozen=True)
class Row:
    """One person's weeks."""

    user: User | None
    cells: Sequence[Cell]

    @property
    def key(self) -> int:
        """The person in addresses."""
        return self.user.pk if self.user else NOBODY

    @property
    def total(self) -> Cell:
        """All weeks together."""
        return summed(self.cells[0].week, self.cells)

    @property
    def over(self) -> int:
        """In how many weeks the person is over the line."""
        return sum(cell.level == "over" for cell in self.cells)


@dataclass(frozen=True)
class Wanted:
    """Which people: those of a role (``all`` = everybody), a region, a manager's team; ``weeks`` of the window are shown."""

    role: str = USUAL
    region: str = ""
    manager: int | None = None
    weeks: int = 13


@dataclass(frozen=True)
class Table:
    """The page. ``nobody``: minutes per week of work that has no person, of accounts that the reader sees. ``hidden``: people beyond
    ``MOST``. ``undated``: open CTAs of these people without a due date, which count nowhere. ``line``: the minutes of a full week."""

    weeks: Sequence[date]
    rows: Sequence[Row]
    nobody: Sequence[tuple[date, int]]
    hidden: int
    undated: int
    line: int

    @property
    def sums(self) -> list[Cell]:
        """Everybody together, by week."""
        return [summed(week, [row.cells[number] for row in self.rows]) for number, week in enumerate(self.weeks)]

    @property
    def total(self) -> Cell | None:
        """Everybody and all weeks."""
        return summed(self.weeks[0], self.sums) if self.rows else None

    @property
    def over(self) -> int:
        """How many people are over the line in at least one week."""
        return sum(bool(row.over) for row in self.rows)

    @property
    def nobody_cells(self) -> list[tuple[date, int, str]]:
        """Work without a person by week: minutes, hours."""
        return [(week, minutes, decimal(minutes)) for week, minutes in self.nobody]

    @property
    def nobody_hours(self) -> str:
        """Hours of work without a person."""
        return decimal(self.nobody_total)

    @property
    def nobody_total(self) -> int:
        """Minutes of work without a person."""
        return sum(minutes for _, minutes in self.nobody)


def decimal(minutes: int, places: int = 1) -> str:
    """Hours with one decimal at most, halves up: ``28.5``."""
    text = f"{(Decimal(minutes) / 60).quantize(Decimal(10) ** -places, ROUND_HALF_UP):,}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def summed(week: date, cells: Sequence[Cell]) -> Cell:
    """Several cells together."""
    times = [cell.time for cell in cells]
    time = Time(week, sum(one.minutes for one in times), sum(one.plannable for one in times), ())
    minutes, late = sum(cell.minutes for cell in cells), sum(cell.late for cell in cells)
    return Cell(week, minutes, time, cells[0].near if cells else 100, late)


def people(user: User, wanted: Wanted) -> QuerySet[User]:
    """The people whose hours the reader sees, as far as they are wanted, by name."""
    rows = absences.reached(user, absences.VIEW)
    rows = rows.filter(roles__role__in=working_roles() if wanted.role == EVERYBODY else [wanted.role])
    if wanted.region:
        rows = rows.filter(region=wanted.region)
    if wanted.manager:
        rows = rows.filter(manager=wanted.manager)
    return rows.distinct().order_by("name", "pk")


def working_roles() -> list[str]:
    """The roles that work on accounts, and those who lead them."""
    return [key for key, role in visible.roles().items() if "cta.edit" in role.may and role.sees in ("own_and_territory", "team")]


def reach(user: User) -> str:
    """Whose hours the reader sees: ``all``, ``team`` or ``own``."""
    sees = {role.sees for role in visible.roles_of(user) if absences.VIEW in role.may}
    return "all" if "all" in sees else "team" if "team" in sees else "own"


def table(user: User, plan: CapacityPlan, wanted: Wanted, pack: Pack) -> Table:
    """The page of a window. A fixed number of queries, whatever it holds."""
    weeks = capacity.weeks(plan.first, min(wanted.weeks, plan.weeks))
    found = list(people(user, wanted).select_related("manager")[: MOST + 1])
    shown = found[:MOST]
    hidden = people(user, wanted).count() - MOST if len(found) > MOST else 0
    undated = CallToAction.objects.filter(owner__in=shown, is_open=True, due_date=None).count()
    return Table(weeks, rows(shown, plan, weeks, pack), nobody(user, plan, weeks), hidden, undated, capacity.line(pack, weeks[0]))


def rows(users: Sequence[User], plan: CapacityPlan, weeks: Sequence[date], pack: Pack) -> list[Row]:
    """People's weeks in the order of ``users``. Three queries."""
    minutes = planned([user.pk for user in users], plan, weeks)
    times = absences.times(users, weeks[0], weeks[-1] + timedelta(days=6))
    near = {week: capacity.near_full(pack, week) for week in weeks}

    def cell(user: User, week: date) -> Cell:
        asked, late = minutes[user.pk, week]
        return Cell(week, asked, capacity.time_of(times[user.pk], week, pack), near[week], late)

    return [Row(user, [cell(user, week) for week in weeks]) for user in users]


def planned(user_ids: Sequence[int], plan: CapacityPlan, weeks: Sequence[date]) -> Mapping[tuple[int, date], tuple[int, int]]:
    """(person, week) -> minutes, and those that are late; 0 where nothing is planned. One query."""
    found = CapacityWeek.objects.filter(plan=plan, user__in=user_ids, week__range=(weeks[0], weeks[-1])).order_by()
    sums = found.values_list("user_id", "week").annotate(n=Sum("minutes"), late=Sum("late"))
    return defaultdict(lambda: (0, 0), {(pk, week): (n, late) for pk, week, n, late in sums})


def nobody(user: User, plan: CapacityPlan, weeks: Sequence[date]) -> list[tuple[date, int]]:
    """The work that has no person, of the accounts that the reader sees, by week. One query."""
    if reach(user) == "own":
        return [(week, 0) for week in weeks]
    found = _seen(user, CapacityLine.objects.filter(plan=plan, user=None, week__range=(weeks[0], weeks[-1])))
    sums = dict(found.values_list("week").annotate(n=Sum("minutes")).order_by())
    return [(week, sums.get(week, 0)) for week in weeks]


def _seen(user: User, lines: QuerySet[CapacityLine]) -> QuerySet[CapacityLine]:
    return lines if visible.sees_all(user) else lines.filter(account__in=visible.summaries(user).values("pk"))


def titles(pack: Pack) -> list[tuple[str, str]]:
    """The roles by which the page can be narrowed: (key, title)."""
    return [(key, roles.title(key, pack)) for key in working_roles()]


def source(pack: Pack) -> str:
    """Where the handbook's efforts come from."""
    return str(pack.sections.get("capacity", {}).get("efforts_source", ""))


def managers(user: User) -> list[User]:
    """The people to whom those report whose hours the reader sees, by name. One query."""
    led = absences.reached(user, absences.VIEW).filter(manager__isnull=False)
    return list(User.objects.filter(pk__in=led.values("manager"), is_active=True).order_by("name", "pk"))
