"""What is behind a person's week: every piece of work with its minutes, and the time there is."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Q, Sum

from tenure.models import Account, CapacityLine, CapacityPlan, User
from tenure.queries import capacity_weeks, visible
from tenure.queries.capacity_weeks import Cell
from tenure.rules.packs import Pack


@dataclass(frozen=True)
class Piece:
    """One piece of work in a week: its lines, which are its steps where it has some."""

    lines: Sequence[CapacityLine]

    @property
    def first(self) -> CapacityLine:
        """The line that is due first: it says whose, what and when."""
        return self.lines[0]

    @property
    def account(self) -> Account | None:
        """Whom it is for."""
        return self.first.account

    @property
    def minutes(self) -> int:
        """All steps together."""
        return sum(line.minutes for line in self.lines)


@dataclass(frozen=True)
class Kind:
    """The work of one kind in a week, what is due first first."""

    title: str
    pieces: Sequence[Piece]

    @property
    def minutes(self) -> int:
        """Their sum."""
        return sum(piece.minutes for piece in self.pieces)


@dataclass(frozen=True)
class Behind:
    """What is behind a cell. ``kept``: lines and minutes of accounts that the reader doesn't see. ``cell`` None: work without a person."""

    week: date
    user: User | None
    cell: Cell | None
    kinds: Sequence[Kind]
    kept: tuple[int, int]
    minutes: int


def behind(user: User, whose: User | None, plan: CapacityPlan, week: date, pack: Pack) -> Behind:
    """The work of a person's week, most of it first, with the arithmetic. A fixed number of queries."""
    lines = CapacityLine.objects.filter(plan=plan, user=whose, week=week)
    shown = lines if visible.sees_all(user) else lines.filter(_own(user))
    found = list(shown.select_related("account").order_by("due_date", "title", "pk"))
    minutes = sum(line.minutes for line in found)
    whole = lines.aggregate(n=Count("pk"), minutes=Sum("minutes")) if whose else {"n": len(found), "minutes": minutes}
    kept = (int(whole["n"] or 0) - len(found), int(whole["minutes"] or 0) - minutes)
    cell = capacity_weeks.rows([whose], plan, [week], pack)[0].cells[0] if whose else None
    return Behind(week, whose, cell, _kinds(found), kept, minutes + kept[1])


def _own(user: User) -> Q:
    return Q(account__in=visible.summaries(user).values("pk")) | Q(account=None)


def _kinds(lines: Sequence[CapacityLine]) -> list[Kind]:
    kinds: dict[str, dict[tuple[object, ...], list[CapacityLine]]] = defaultdict(lambda: defaultdict(list))
    for line in lines:
        kinds[line.kind][line.account_id, line.cta_id, line.title, line.schedule].append(line)
    found = [Kind(title, [Piece(rows) for rows in pieces.values()]) for title, pieces in kinds.items()]
    return sorted(found, key=lambda kind: (-kind.minutes, kind.title))
