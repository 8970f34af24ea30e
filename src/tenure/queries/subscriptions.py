"""Subscriptions of one account: what is sold, until when, at what price, and how its ARR moved."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import polars as pl
from dateutil.relativedelta import relativedelta
from django.db.models import OuterRef, Subquery

from tenure.models import CurrencyRate, Subscription
from tenure.queries import columns, money, renewals
from tenure.rules.packs import Pack

WINDOW_MONTHS = 24
TERMS = {
    "id": pl.Int64, "account": pl.Int64, "product": pl.String, "number": pl.String, "start": pl.Date, "ends": pl.Date, "last": pl.Date,
    "over": pl.Int64, "renews": pl.Int64,
}  # fmt: skip
ORDER = {"active": 0, "trial": 1, "upcoming": 2, "draft": 3, "cancelled": 4, "ended": 5}


@dataclass(frozen=True)
class Line:
    """A subscription on a day. ``state`` is a key of ``ORDER``; ``arr_minor`` is in the handbook's currency, None = unknown or no rate.

    ``renewed_until``: on a day to come, the end of the term that it is assumed to have renewed itself for."""

    row: Subscription
    state: str
    arr_minor: int | None
    renewed_until: date | None = None

    @property
    def ends(self) -> date | None:
        """The end of the term of the day; None = open."""
        return self.renewed_until or self.row.end_date

    def runs_on(self, day: date) -> bool:
        """Whether its ARR is part of the account's on a day up to the one that the line is about."""
        renewed = bool(self.renewed_until and self.row.end_date and self.row.end_date <= day)
        return renewed or state_on(self.row, day) == "active"

    @property
    def counts(self) -> bool:
        """Whether its ARR is part of the account's on that day."""
        return self.state == "active"


@dataclass(frozen=True)
class Step:
    """A day on which the ARR of the account changed; money in minor units of the handbook's currency."""

    on: date
    before: int
    after: int
    seats: int  # more (or fewer) seats than the day before

    @property
    def change(self) -> int:
        """How much ARR came or went."""
        return self.after - self.before


@dataclass(frozen=True)
class Renewal:
    """The next day on which paid subscriptions end, and what ends that day."""

    on: date
    lines: list[Line]

    @property
    def arr_minor(self) -> int:
        """ARR that is up for renewal."""
        return sum(line.arr_minor or 0 for line in self.lines)

    @property
    def seats(self) -> int:
        """Seats that are up for renewal."""
        return sum(line.row.seats or 0 for line in self.lines)

    @property
    def auto_renew(self) -> bool | None:
        """True or False where all say the same, None where they differ or don't say."""
        said = {line.row.auto_renew for line in self.lines}
        return said.pop() if len(said) == 1 else None


@dataclass(frozen=True)
class Book:
    """The subscriptions of one account on ``as_of``, current ones first."""

    as_of: date
    lines: list[Line]
    steps: list[Step]
    start_minor: int  # ARR on the first day of the window

    @property
    def since(self) -> date:
        """First day of the window that ``steps`` cover."""
        return window_start(self.as_of)

    @property
    def active(self) -> list[Line]:
        """The subscriptions whose ARR counts on the day."""
        return [line for line in self.lines if line.counts]

    @property
    def arr_minor(self) -> int | None:
        """ARR on the day; None without a subscription that states one."""
        known = [line.arr_minor for line in self.active if line.arr_minor is not None]
        return sum(known) if known else None

    @property
    def seats(self) -> int | None:
        """Seats bought on the day; None where no subscription states them."""
        known = [line.row.seats for line in self.active if line.row.seats is not None]
        return sum(known) if known else None

    @property
    def products(self) -> str:
        """What is subscribed to on the day, as the source names it."""
        return ", ".join(dict.fromkeys(line.row.product for line in self.active if line.row.product))

    @property
    def change_minor(self) -> int:
        """How far the ARR moved over the window."""
        return (self.arr_minor or 0) - self.start_minor

    @property
    def renewal(self) -> Renewal | None:
        """The earliest end of a current subscription that has one."""
        first = min((line.ends for line in self.active if line.ends), default=None)
        return Renewal(first, [line for line in self.active if line.ends == first]) if first else None

    @property
    def assumed(self) -> list[Line]:
        """The current subscriptions that are assumed to have renewed themselves by then."""
        return [line for line in self.active if line.renewed_until]

    def points(self) -> list[tuple[str, int]]:
        """The step chart: (ISO day, ARR in minor units) at the window's start, at each change and on the day."""
        inner = [(step.on.isoformat(), step.after) for step in self.steps]
        return [(self.since.isoformat(), self.start_minor), *inner, (self.as_of.isoformat(), self.arr_minor or 0)]


def window_start(day: date) -> date:
    """The first day of the window that ends on a day."""
    start: date = day - relativedelta(months=WINDOW_MONTHS)
    return start


def state_on(row: Subscription, day: date) -> str:
    """What the subscription is on a day: active, trial, upcoming, draft, cancelled or ended."""
    if row.status == "draft":
        return "draft"
    over = row.status in ("cancelled", "expired") and row.end_date is None and row.cancelled_on is None
    if (row.cancelled_on and row.cancelled_on <= day) or (over and row.status == "cancelled"):
        return "cancelled"
    if over or (row.end_date and row.end_date <= day):
        return "ended"
    if row.start_date and row.start_date > day:
        return "upcoming"
    return "trial" if row.is_trial else "active"


def book(account_id: int, as_of: date, pack: Pack, today: date | None = None) -> Book:
    """All subscriptions of an account as of a day, ARR in the handbook's currency by the rates of that day. One query.

    With ``today`` a later day is a look ahead: see ``queries.renewals``.
    """
    rate = (
        CurrencyRate.objects.filter(currency=OuterRef("currency"), from_date__lte=as_of).order_by("-from_date").values("rate")[:1]
    )
    rows = list(Subscription.objects.filter(account_id=account_id, deleted_at=None).annotate(rate=Subquery(rate)))
    own = pack.handbook.currency
    known = {row.currency: row.rate for row in rows if row.rate is not None}
    rates = money.Rates(own, as_of, {**known, own: Decimal(1)})
    renewed = _renewed(rows, as_of, today) if today and renewals.looks_ahead(pack, as_of, today) else {}
    lines = [_line(row, as_of, rates, renewed.get(row.pk)) for row in rows]
    lines.sort(key=lambda line: (ORDER[line.state], -(line.row.start_date or date.min).toordinal(), -line.row.pk))
    since = window_start(as_of)
    return Book(as_of, lines, _steps(lines, since, as_of), _total(lines, since)[0])


def _line(row: Subscription, as_of: date, rates: money.Rates, renewed_until: date | None) -> Line:
    state = "active" if renewed_until else state_on(row, as_of)
    return Line(row, state, _home_arr(row, rates), renewed_until)


def _renewed(rows: Sequence[Subscription], as_of: date, today: date) -> dict[int, date]:
    """Which of them are assumed to have renewed themselves by a day, and until when: as for the facts."""
    begun = [
        row for row in rows if row.status != "draft" and not row.is_trial and (row.start_date is None or row.start_date <= as_of)
    ]
    terms = pl.DataFrame(
        [
            (row.pk, row.account_id, row.product, row.number, row.start_date, row.end_date, row.end_date, 0, renewals.renews(row))
            for row in begun
        ],
        schema=TERMS,
        orient="row",
    )
    assumed = renewals.on_day(terms.lazy(), as_of, today).filter("assumed").select("id", "ends")
    return dict(columns.collected(assumed).iter_rows())


def _home_arr(row: Subscription, rates: money.Rates) -> int | None:
    return None if row.arr_minor is None else rates.convert(row.arr_minor, row.currency)


def _total(lines: Sequence[Line], day: date) -> tuple[int, int]:
    """ARR and seats of the subscriptions that were active on a day."""
    active = [line for line in lines if line.runs_on(day)]
    return sum(line.arr_minor or 0 for line in active), sum(line.row.seats or 0 for line in active)


def _steps(lines: Sequence[Line], since: date, until: date) -> list[Step]:
    days = {day for line in lines for day in (line.row.start_date, line.row.end_date, line.row.cancelled_on) if day}
    steps = []
    for day in sorted(day for day in days if since < day <= until):
        before, seats_before = _total(lines, day - timedelta(days=1))
        after, seats_after = _total(lines, day)
        if after != before:
            steps.append(Step(day, before, after, seats_after - seats_before))
    return steps
