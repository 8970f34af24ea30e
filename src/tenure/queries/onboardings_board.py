"""The board: open onboardings by status, the longest open first, and those that were completed lately."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, Q, QuerySet

from tenure.models import Onboarding, User
from tenure.queries import handbook, keyset, onboarding_words, onboardings_list
from tenure.queries.lists import State
from tenure.rules.packs import Pack

CARDS = 25  # shown of a column
LATELY = 30  # days for which a completed one stays on the board
BY_AGE = (keyset.Key("start_date", nullable=True), keyset.Key("id"))
BY_END = (keyset.Key("finish_date", True, nullable=True), keyset.Key("id", True))


@dataclass(frozen=True)
class Column:
    """One column: its cards and how many there are in all."""

    key: str
    title: str
    is_open: bool
    cards: Sequence[Onboarding]
    count: int

    @property
    def more(self) -> int:
        """How many are not shown."""
        return self.count - len(self.cards)


def columns(user: User, state: State, today: date) -> list[Column]:
    """Every column; as many queries as there are statuses, and one for the counts of the open and one for those of the others."""
    rows, pack = onboardings_list.matching(user, state, today), handbook.pack()
    lately = Q(is_open=False, finish_date__gt=today - timedelta(days=LATELY), finish_date__lte=today)
    counts = _counts(onboardings_list.counting(user, state, today), lately)
    return [
        Column(
            key,
            title,
            is_open,
            _cards(rows.filter(Q(is_open=True) if is_open else lately), key, is_open, counts.get(key, 0)),
            counts.get(key, 0),
        )
        for key, title, is_open in titles(pack, today, counts)
    ]


def _counts(rows: QuerySet[Onboarding], lately: Q) -> dict[str, int]:
    """How many there are of each status: each half by its own index, which both at once would not have."""
    asked = (rows.filter(half).order_by().values_list("status").annotate(n=Count("pk")) for half in (Q(is_open=True), lately))
    return {status: n for half in asked for status, n in half.values_list("status", "n")}


def _cards(rows: QuerySet[Onboarding], key: str, is_open: bool, count: int) -> list[Onboarding]:
    if not count:
        return []
    return keyset.page(rows.filter(status=key), BY_AGE if is_open else BY_END, CARDS).rows


def titles(pack: Pack, today: date, known: dict[str, int]) -> list[tuple[str, str, bool]]:
    """Key, title and whether it is open: the statuses of the day's edition, and older ones that are still in use."""
    edition = pack.onboarding.edition(today)
    now = edition.statuses if edition else ()
    found = [(one.key, one.title, one.open) for one in now]
    older = [
        (key, title, True)
        for key, title in onboarding_words.statuses(pack)
        if known.get(key) and key not in {one.key for one in now}
    ]
    return [*(one for one in found if one[2]), *older, *(one for one in found if not one[2])]
