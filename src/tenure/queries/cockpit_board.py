"""The board: open CTAs by status, those that rest, and those that were closed lately; each column by rank."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Case, CharField, Count, F, IntegerField, QuerySet, Sum, Value, When, Window
from django.db.models.functions import RowNumber

from tenure.models import CallToAction, User
from tenure.queries import clock, cockpit, cta_types
from tenure.queries.formula import Formula
from tenure.queries.lists import State

CARDS = 25  # shown of a column
LATELY = timedelta(days=7)  # how long closed ones stay on the board
SNOOZED, CLOSED = "snoozed", "closed"


@dataclass(frozen=True)
class Column:
    """One column: its cards, how many there are in all and the ARR of their accounts (minor units)."""

    key: str
    title: str
    cards: Sequence[CallToAction]
    count: int
    arr: int | None

    @property
    def more(self) -> int:
        """How many are not shown."""
        return self.count - len(self.cards)


def columns(user: User, state: State, today: date) -> list[Column]:
    """Every column, in a constant number of queries."""
    names = [*cockpit.needed(state), "rank", "bucket"]
    rows: Any = cockpit.rows(user, today, names)
    opened = rows.filter(cockpit.conditions(user, state, today)).annotate(place=_place(today))
    closed = rows.filter(cockpit.conditions(user, state, today, is_open=False), pk__in=_lately(today))
    sums, least = _sums(opened)
    sums[CLOSED] = tuple(closed.aggregate(n=Count("pk"), arr=Sum("summary__arr_minor")).values())
    narrow = [*_first(opened, least), *_latest(closed)]
    places, shown = {row.pk: row.place for row in narrow}, cockpit.full(narrow, state, today)
    return [
        Column(key, title, [row for row in shown if places[row.pk] == key], *sums.get(key, (0, None)))
        for key, title in titles().items()
    ]


def _sums(opened: Any) -> tuple[dict[str, tuple[int, int | None]], dict[str, int]]:
    """By column: how many and their ARR; and the least rank that a card among its first can have."""
    counted = opened.order_by().annotate(points=F("rank")).values("place", "points")
    counted = counted.annotate(n=Count("pk"), arr=Sum("summary__arr_minor")).values_list("place", "points", "n", "arr")
    sums: dict[str, tuple[int, int | None]] = {}
    least: dict[str, int] = {}
    for place, rank, n, arr in sorted(counted, key=lambda one: -one[1]):
        count, total = sums.get(place, (0, None))
        if count < CARDS:
            least[place] = rank
        sums[place] = (count + n, total if arr is None else arr + (total or 0))
    return sums, least


def _first(opened: Any, least: dict[str, int]) -> list[Any]:
    """The first cards of each column by rank. Only what can be among them is put in order: to order all would cost twice as much."""
    if not least:
        return []
    bound = Case(*(When(place=place, then=Value(rank)) for place, rank in least.items()), output_field=IntegerField())
    number = Window(RowNumber(), partition_by=F("place"), order_by=[F("rank").desc(), F("pk").asc()])
    rows = opened.filter(rank__gte=bound).only("pk").annotate(rank=F("rank"), bucket=F("bucket"), number=number)
    return list(rows.filter(number__lte=CARDS).order_by("number"))


def _latest(closed: Any) -> list[Any]:
    """What was closed last."""
    rows = closed.only("pk").annotate(rank=F("rank"), bucket=F("bucket"), place=Value(CLOSED))
    return list(rows.order_by("-closed_at", "-pk")[:CARDS])


def titles() -> dict[str, str]:
    """Key -> title of the columns: the open statuses in the handbook's order, then Snoozed and Closed."""
    opened = {key: one.title for key, one in cta_types.every_status().items() if one.open}
    return {**opened, SNOOZED: "Snoozed", CLOSED: "Closed in 7 days"}


def _place(today: date) -> Formula:
    """The column of what is open: its status, or that it rests."""
    pattern = "CASE WHEN {0} > %s THEN %s ELSE {1} END"
    return Formula(pattern, ["snoozed_until", "status"], [today, SNOOZED], CharField())


def _lately(today: date) -> QuerySet[CallToAction, Any]:
    """What was closed in the last days, from their own index: joined, the database would go through all that was ever closed."""
    since = clock.end_of(today - LATELY)
    return CallToAction.objects.filter(is_open=False, closed_at__gte=since).values("pk")
