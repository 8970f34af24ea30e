"""The portfolio report: accounts and ARR by segment, gemstone, tier, region, product and TAM."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Q, QuerySet, Sum

from tenure.models import AccountDay, BuiltDay, SummaryFields, User
from tenure.queries import accounts, visible
from tenure.queries.lists import Column, Condition, State
from tenure.rules.packs import Pack

CUTS = ("segment", "gemstone", "tier", "region", "product", "tam")
BY_ARR = ("region", "tam")  # the others stand in the handbook's order
PEOPLE = 12  # TAMs shown; the list holds the rest
SOON = 90


@dataclass(frozen=True)
class Bar:
    """One value of a cut: accounts, ARR (minor units), its share of the cut's ARR in percent, the state of the list of just them."""

    label: str
    accounts: int
    arr: int
    percent: int
    query: str


@dataclass(frozen=True)
class Cut:
    """One way to split the portfolio. ``rest`` values are not shown; ``query`` lists everything grouped this way."""

    key: str
    title: str
    bars: list[Bar]
    accounts: int
    arr: int
    rest: int
    query: str

    @property
    def sentence(self) -> str:
        """What the chart shows, in words."""
        if not self.arr:
            return "No ARR yet"
        top = max(self.bars, key=lambda bar: bar.arr)
        return f"{top.label} holds {top.percent} % of the ARR in {top.accounts:,} account{'' if top.accounts == 1 else 's'}"


@dataclass(frozen=True)
class Portfolio:
    """Everything that the report shows: ``arr`` in minor units, ``unknown`` accounts without an ARR."""

    accounts: int
    arr: int
    unknown: int
    waiting: int
    waiting_arr: int
    renewing: int
    renewing_arr: int
    undecided: int
    cuts: list[Cut]


def portfolio(user: User, today: date, pack: Pack, built: BuiltDay | None = None) -> Portfolio:
    """The report over what the user sees, of today or of a built day, which is then ``today``; one query for the sums and one for each
    cut."""
    rows = visible.listed(user, built)
    columns = accounts.columns(pack)
    waits, soon = Q(needs_tam_since__isnull=False), accounts.where(Condition(columns["renewal"], "next", SOON), user, today)
    found = rows.aggregate(
        n=Count("account"), arr=Sum("arr_minor"), known=Count("arr_minor"), waiting=Count("account", filter=waits),
        waiting_arr=Sum("arr_minor", filter=waits), renewing=Count("account", filter=soon), renewing_arr=Sum("arr_minor", filter=soon),
        undecided=Count("account", filter=Q(gemstone="")),
    )  # fmt: skip
    return Portfolio(
        found["n"], found["arr"] or 0, found["n"] - found["known"], found["waiting"], found["waiting_arr"] or 0, found["renewing"],
        found["renewing_arr"] or 0, found["undecided"], [cut(rows, user, columns, key, today) for key in CUTS],
    )  # fmt: skip


def cut(rows: QuerySet[SummaryFields], user: User, columns: Mapping[str, Column], key: str, today: date) -> Cut:
    """One cut: words in the handbook's order, highest first; people and regions by ARR. One query."""
    column, usual = columns[key], accounts.DEFAULTS
    day = today if rows.model is AccountDay else None
    state = State(columns=columns, sorts=usual.sorts, shown=usual.shown, group=key, as_of=day, defaults=usual)
    groups = accounts.groups(rows, user, state, today)
    if key in BY_ARR:
        groups = sorted(groups, key=lambda group: -(group.arr or 0))
    shown = groups[:PEOPLE] if key == "tam" else groups
    total = sum(group.arr or 0 for group in groups)
    bars = [
        Bar(group.label, group.count, group.arr or 0, _percent(group.arr, total), _only(state, group.condition))
        for group in shown
    ]
    title = column.label if column.label.isupper() else column.label.lower()
    return Cut(key, title, bars, sum(group.count for group in groups), total, len(groups) - len(shown), state.query())


def _percent(part: int | None, whole: int) -> int:
    """Half up; 0 where there is nothing to share."""
    return ((part or 0) * 200 + whole) // (2 * whole) if whole else 0


def _only(state: State, condition: Condition) -> str:
    return state.change(group="", filters=((condition,),)).query()
