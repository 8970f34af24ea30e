"""How full people are on average, now and with one account more: for whoever assigns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from tenure.models import Account, CapacityPlan, User
from tenure.queries import absences, capacity, capacity_weeks, capacity_work
from tenure.queries.capacity_weeks import Cell
from tenure.queries.capacity_work import Window
from tenure.queries.people import Person
from tenure.rules import capacity as rules
from tenure.rules.capacity import Time
from tenure.rules.packs import Pack

SPANS = (4, 13)  # weeks over which the average goes


@dataclass(frozen=True)
class Load:
    """An average week of the next ``weeks``, now and with an account more."""

    weeks: int
    now: Cell
    then: Cell


@dataclass(frozen=True)
class Offer:
    """What an account asks of a TAM, and how full it would make people. ``plan`` None: nothing is planned yet. ``minutes``: its own
    average week, by ``SPANS``. ``loads``: by person, in the order of ``SPANS``; of the people whose hours the reader sees."""

    plan: CapacityPlan | None
    minutes: Sequence[int] = ()
    loads: Mapping[int, Sequence[Load]] | None = None

    def of(self, user_id: int) -> Sequence[Load]:
        """The loads of one person."""
        return (self.loads or {}).get(user_id, ())

    @property
    def own(self) -> str:
        """What the account asks, in words."""
        hours = [capacity_weeks.decimal(one) for one in self.minutes]
        more = [f"{one} h over the next {span}" for one, span in zip(hours, SPANS, strict=False)][1:]
        return ", ".join([f"{hours[0]} h a week over the next {SPANS[0]} weeks", *more]) if hours else ""


@dataclass(frozen=True)
class Offered:
    """A person who could take the account."""

    person: Person
    loads: Sequence[Load]


def ranked(offer: Offer, people: Sequence[Person]) -> list[Offered]:
    """Those of the account's region first, then the lighter weeks with the account, then by name."""
    rows = [Offered(one, offer.of(one.user.pk)) for one in people]
    return sorted(rows, key=lambda row: (not row.person.here, _fullness(row.loads), row.person.accounts, row.person.user.name))


def _fullness(loads: Sequence[Load]) -> float:
    """Of the longest span, in per cent; people whose hours aren't known, and those without time, come last."""
    last = loads[-1].then if loads else None
    return last.percent if last and last.percent is not None else float("inf")


def offer(reader: User, account: Account, people: Sequence[User], today: date, pack: Pack) -> Offer:
    """How full an account would make people who could be its TAM. A fixed number of queries."""
    plan = capacity.ready(rules.monday(today))
    if plan is None or not people:
        return Offer(plan)
    more = capacity_work.with_tam(account.pk, Window(today, plan.first, plan.weeks), pack)
    weeks = rules.weeks(plan.first, max(SPANS))
    minutes = [mean([more.get(week, 0) for week in weeks[:span]]) for span in SPANS]
    seen = set(absences.reached(reader, absences.VIEW).values_list("pk", flat=True))
    return Offer(plan, minutes, loads([user for user in people if user.pk in seen], plan, more, pack))


def loads(people: Sequence[User], plan: CapacityPlan, more: Mapping[date, int], pack: Pack) -> dict[int, list[Load]]:
    """How full people are over each of ``SPANS``, and would be with the minutes of one account more. Three queries."""
    weeks = rules.weeks(plan.first, max(SPANS))
    rows = capacity_weeks.rows(people, plan, weeks, pack)
    return {row.key: [Load(span, _mean(row.cells[:span], {}), _mean(row.cells[:span], more)) for span in SPANS] for row in rows}


def of_team(people: Sequence[User], today: date, pack: Pack) -> dict[int, list[Load]]:
    """How full the people of a team are; {} while nothing is planned. Four queries."""
    plan = capacity.ready(rules.monday(today))
    return loads(people, plan, {}, pack) if plan and people else {}


def mean(values: Sequence[int]) -> int:
    """The average, rounded."""
    return round(sum(values) / len(values)) if values else 0


def _mean(cells: Sequence[Cell], more: Mapping[date, int]) -> Cell:
    """An average week."""
    minutes = mean([cell.minutes + more.get(cell.week, 0) for cell in cells])
    times = [cell.time for cell in cells]
    time = Time(cells[0].week, mean([one.minutes for one in times]), mean([one.plannable for one in times]), ())
    return Cell(cells[0].week, minutes, time, cells[0].near)
