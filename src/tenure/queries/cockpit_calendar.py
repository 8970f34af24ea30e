"""The calendar: what is due on which day, CTAs and tasks, by month or week."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, F, Q, Window
from django.db.models.functions import RowNumber

from tenure.models import CallToAction, Task, User
from tenure.queries import cockpit, visible
from tenure.queries.lists import State

DAY, WEEK = timedelta(days=1), timedelta(days=7)
FEW, MANY = 4, 30  # items shown of a day: of a month, of a week


@dataclass(frozen=True)
class Item:
    """A CTA or a task on its day. ``may`` be moved while it is open."""

    noun: str
    pk: int
    cta: int
    type: str
    title: str
    account: str
    late: bool
    snoozed: bool = False


@dataclass
class Day:
    """A day with what is due on it; ``count`` are all, of which some may not be shown."""

    day: date
    within: bool  # the month that is looked at
    items: list[Item] = field(default_factory=list)
    count: int = 0

    @property
    def more(self) -> int:
        """How many are not shown."""
        return self.count - len(self.items)


@dataclass(frozen=True)
class Span:
    """A month or a week: its days by weeks, the first day of the one before and after."""

    kind: str
    first: date
    last: date
    weeks: Sequence[Sequence[Day]]
    before: date
    after: date
    undated: int = 0


def span(kind: str, at: date) -> tuple[date, date]:
    """First and last day that are shown: whole weeks from Monday."""
    if kind == "week":
        monday = at - timedelta(days=at.weekday())
        return monday, monday + 6 * DAY
    first = at.replace(day=1)
    last = (first + 31 * DAY).replace(day=1) - DAY
    return first - timedelta(days=first.weekday()), last + timedelta(days=6 - last.weekday())


def calendar(user: User, state: State, kind: str, at: date, today: date) -> Span:
    """The days with their work; a constant number of queries (five)."""
    first, last = span(kind, at)
    days = {
        first + n * DAY: Day(first + n * DAY, kind == "week" or (first + n * DAY).month == at.month)
        for n in range((last - first).days + 1)
    }
    size = MANY if kind == "week" else FEW
    names = [*cockpit.needed(state), "rank"]
    matching = cockpit.rows(user, today, names).filter(cockpit.conditions(user, state, today))
    for found in (_ctas(matching, first, last, size, today), _tasks(user, matching, first, last, size, today)):
        counts = {}
        for due, count, item in found:
            counts[due] = count
            if len(days[due].items) < size:
                days[due].items.append(item)
        for due, count in counts.items():
            days[due].count += count
    found_days = list(days.values())
    weeks = [found_days[n : n + 7] for n in range(0, len(found_days), 7)]
    before, after = _neighbours(kind, at)
    return Span(kind, first, last, weeks, before, after, matching.filter(due_date=None).count())


def _neighbours(kind: str, at: date) -> tuple[date, date]:
    if kind == "week":
        return at - WEEK, at + WEEK
    first = at.replace(day=1)
    return (first - DAY).replace(day=1), (first + 31 * DAY).replace(day=1)


Found = list[tuple[date, int, Item]]  # day, how many are due on it, one of the first of them


def _ctas(matching: Any, first: date, last: date, size: int, today: date) -> Found:
    """The first CTAs of each day by rank: first which, from narrow columns alone, then those."""
    due = matching.filter(due_date__range=(first, last))
    chosen = _chosen(due, "pk", "due_date", [F("rank").desc(), F("pk").asc()], size)
    rows = CallToAction.objects.filter(pk__in=[pk for _, _, pk in chosen])
    known = {row[0]: row[1:] for row in rows.values_list("pk", "type", "title", "summary__name", "snoozed_until")}
    return [(day, count, _cta(pk, *known[pk], day, today)) for day, count, pk in chosen if pk in known]


def _cta(pk: int, kind: str, title: str, account: str, rest: date | None, day: date, today: date) -> Item:
    return Item("cta", pk, pk, kind, title, account, day < today, rest is not None and rest > today)


def _tasks(user: User, matching: Any, first: date, last: date, size: int, today: date) -> Found:
    """The first open tasks of each day, of matching CTAs: those that are the CTA owner's, one's own and nobody's."""
    whose = Q(tasks__owner=F("owner")) | Q(tasks__owner=user.pk) | Q(tasks__owner=None)
    due = matching.filter(whose, tasks__status="open", tasks__due_date__range=(first, last))
    chosen = _chosen(due, "tasks__pk", "tasks__due_date", [F("priority").asc(), F("tasks__pk").asc()], size)
    rows = Task.objects.filter(pk__in=[pk for _, _, pk in chosen])
    known = {row[0]: row[1:] for row in rows.values_list("pk", "cta", "cta__type", "title", "cta__summary__name")}
    return [(day, count, Item("task", pk, *known[pk], day < today)) for day, count, pk in chosen if pk in known]


def _chosen(due: Any, key: str, field: str, order: list[Any], size: int) -> list[tuple[date, int, int]]:
    """(day, how many it has, id) of the first ``size`` of each day."""
    number = Window(RowNumber(), partition_by=F(field), order_by=order)
    found = due.annotate(day=F(field), number=number, of_day=Window(Count(key), partition_by=F(field)))
    return list(found.filter(number__lte=size).order_by("day", "number").values_list("day", "of_day", key))


def row(user: User, noun: str, pk: int) -> CallToAction | Task | None:
    """A CTA or a task that the user sees."""
    if noun == "task":
        return visible.tasks(user).select_related("cta__account").filter(pk=pk).first()
    return visible.ctas(user).select_related("account").filter(pk=pk).first() if noun == "cta" else None
