"""The portfolio report: accounts and ARR by segment, gemstone, tier, region, TAM and product."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, QuerySet, Sum

from tenure.models import AccountSummary, User
from tenure.queries import accounts, visible
from tenure.queries.lists import Column, Condition, State
from tenure.rules.packs import Pack

CUTS = ("segment", "gemstone", "tier", "region", "product", "tam")
PEOPLE = 15  # TAMs shown; the rest are one bar


@dataclass(frozen=True)
class Bar:
    """One value of a cut: accounts, ARR (minor units), and the filter that lists them."""

    label: str
    accounts: int
    arr: int
    query: str


@dataclass(frozen=True)
class Cut:
    """One way to split the portfolio, with a sentence that says what the chart shows."""

    key: str
    title: str
    bars: list[Bar]
    sentence: str


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
    cuts: list[Cut]


def portfolio(user: User, today: date, pack: Pack) -> Portfolio:
    """The report over what the user sees; one query per cut and two for the sums."""
    rows = visible.summaries(user)
    columns = accounts.columns(pack)
    everything = rows.aggregate(n=Count("pk"), arr=Sum("arr_minor"), known=Count("arr_minor"))
    waiting = rows.filter(needs_tam_since__isnull=False).aggregate(n=Count("pk"), arr=Sum("arr_minor"))
    soon = Condition(columns["renewal"], "next", 90)
    renewing = rows.filter(accounts.where(soon, user, today)).aggregate(n=Count("pk"), arr=Sum("arr_minor"))
    return Portfolio(
        everything["n"], everything["arr"] or 0, everything["n"] - everything["known"], waiting["n"], waiting["arr"] or 0,
        renewing["n"], renewing["arr"] or 0, [cut(rows, columns, key) for key in CUTS],
    )  # fmt: skip


def cut(rows: QuerySet[AccountSummary], columns: Mapping[str, Column], key: str) -> Cut:
    """One cut: words in the handbook's order, highest first; people and regions by ARR."""
    column = columns[key]
    state = State(columns=columns, group=key, defaults=accounts.DEFAULTS, sorts=accounts.DEFAULTS.sorts, shown=accounts.DEFAULTS.shown)
    groups = accounts.groups(rows, state)
    if key in ("tam", "region"):
        groups = sorted(groups, key=lambda group: -(group.arr or 0))
    shown = groups[:PEOPLE] if key == "tam" else groups
    bars = [Bar(group.label, group.count, group.arr or 0, state.change(group="", filters=((group.condition,),)).query()) for group in shown]
    return Cut(key, column.label, bars, _sentence(column, bars, sum(group.arr or 0 for group in groups)))


def _sentence(column: Column, bars: list[Bar], total: int) -> str:
    if not bars or not total:
        return f"No ARR to split by {column.label}."
    top = max(bars, key=lambda bar: bar.arr)
    return f"{top.label} holds {top.arr * 100 / total:.0f} % of the ARR with {top.accounts:,} account{'' if top.accounts == 1 else 's'}."

