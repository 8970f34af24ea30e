"""What the page of hours is asked for in its address, and what it offers to choose from."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode

from tenure.models import User
from tenure.queries import capacity, capacity_weeks, handbook
from tenure.queries.capacity_weeks import EVERYBODY, USUAL, Table, Wanted
from tenure.rules import capacity as rules
from tenure.views.drawers import day
from tenure.views.shell import PageRequest

SPANS = {13: "13 weeks", 4: "4 weeks"}


@dataclass(frozen=True)
class Form:
    """The state of the page. ``first`` is a Monday; ``show`` is hours or percent."""

    first: date
    wanted: Wanted
    show: str
    today: date

    def query(self, **changed: Any) -> str:
        """The address of this state with some of it changed; what is usual stays away."""
        wanted = self.wanted
        values = {
            "from": self.first.isoformat() if self.first != rules.monday(self.today) else "", "role": wanted.role if wanted.role != USUAL else "",
            "region": wanted.region, "manager": wanted.manager or "", "weeks": wanted.weeks if wanted.weeks != capacity.WEEKS else "",
            "show": self.show if self.show != "hours" else "", **changed,
        }  # fmt: skip
        return urlencode({name: value for name, value in values.items() if value})

    @property
    def kept(self) -> list[tuple[str, str]]:
        """What another choice of weeks keeps."""
        return parse_qsl(self.query(**{"from": ""}))

    @property
    def last(self) -> date:
        """The last day that is shown."""
        return self.first + timedelta(days=7 * self.wanted.weeks - 1)

    @property
    def is_now(self) -> bool:
        """Whether the window begins this week."""
        return self.first == rules.monday(self.today)

    @property
    def spans(self) -> list[tuple[str, str, bool]]:
        """How many weeks are shown: (words, address, chosen)."""
        return [(words, self.query(weeks=n if n != capacity.WEEKS else ""), n == self.wanted.weeks) for n, words in SPANS.items()]

    @property
    def shows(self) -> list[tuple[str, str, bool]]:
        """Hours or per cent: (words, address, chosen)."""
        return [("Hours", self.query(show=""), self.show == "hours"), ("%", self.query(show="percent"), self.show != "hours")]

    @property
    def windows(self) -> list[tuple[str, date, str, bool]]:
        """Windows that one looks at often: (words, first day, address, chosen)."""
        now = rules.monday(self.today)
        firsts = [now + timedelta(weeks=capacity.WEEKS * number) for number in range(4)]
        words = ("Next 13 weeks", "The 13 after", "Weeks 27 to 39", "Weeks 40 to 52")
        return [
            (said, first, self.query(**{"from": first.isoformat() if first != now else ""}), first == self.first)
            for said, first in zip(words, firsts, strict=True)
        ]


def read(request: PageRequest) -> Form:
    """The state in the address; what can't be read is as usual."""
    given = request.GET
    low, high = capacity.reach(request.today)
    first = rules.monday(day(given.get("from")) or request.today)
    weeks, manager = given.get("weeks", ""), given.get("manager", "")
    known = {key for key, _ in capacity_weeks.titles(handbook.pack())} | {EVERYBODY}
    own = capacity_weeks.reach(request.user) == "own"
    role = EVERYBODY if own else given.get("role", "") if given.get("role") in known else USUAL
    span = int(weeks) if weeks.isdecimal() and int(weeks) in SPANS else capacity.WEEKS
    wanted = Wanted(role, "" if own else given.get("region", ""), int(manager) if manager.isdecimal() and not own else None, span)
    show = "percent" if given.get("show") == "percent" else "hours"
    return Form(min(max(first, low), high), wanted, show, request.today)


def choices(user: User) -> dict[str, Any]:
    """What the filters offer: roles, regions, managers; nothing for whoever sees only the own hours."""
    reach, pack = capacity_weeks.reach(user), handbook.pack()
    if reach == "own":
        return {"reach": reach}
    roles = [*capacity_weeks.titles(pack), (EVERYBODY, "Everybody")]
    managers = capacity_weeks.managers(user) if reach == "all" else []
    return {"reach": reach, "roles": roles, "regions": [region.key for region in pack.handbook.regions], "managers": managers}


def chart(table: Table) -> dict[str, Any]:
    """What the chart draws, by week, in hours; and the sentence that says it."""
    sums = table.sums if table.rows else []
    return {
        "weeks": [f"{cell.week:%-d %b}" for cell in sums], "planned": [_hours(cell.minutes - cell.late) for cell in sums],
        "late": [_hours(cell.late) for cell in sums],
        "plannable": [_hours(cell.time.plannable) for cell in sums], "working": [_hours(cell.time.minutes) for cell in sums],
        "sentence": sentence(table),
    }  # fmt: skip


def sentence(table: Table) -> str:
    """The window in words."""
    total = table.total
    if total is None:
        return "Nobody to show"
    share = f", {total.percent} %" if total.percent is not None else ""
    late = f", {total.behind} h of them late" if total.late else ""
    said = f"{total.short} of {total.line} plannable hours{share}{late}"
    full = [cell for cell in table.sums if cell.level == "over"]
    if not full:
        return f"{said}. No week is over the line"
    worst = max(full, key=lambda cell: cell.minutes - cell.time.plannable)
    more = f"{len(full)} weeks are over the line, most of all that" if len(full) > 1 else "One week is over the line: that"
    return f"{said}. {more} of {worst.week:%-d %b}"


def _hours(minutes: int) -> float:
    return round(minutes / 60, 2)
