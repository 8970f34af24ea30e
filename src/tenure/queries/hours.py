"""Paid hours of an account: what was bought, what was used and is kept for plans, what is left. Two queries."""

from dataclasses import dataclass
from datetime import date

from tenure.models import PaidHours, ServiceDelivery
from tenure.rules import services
from tenure.rules.services import Ledger, Lot, Use


def ledger(account_id: int, last: int | None = None) -> Ledger:
    """What every paid delivery, plans too, takes from which hours; the delivery ``last`` stands behind the others of its day."""
    return services.settle([_lot(row) for row in _bought(account_id, None)], _uses(account_id, None), last)


def _bought(account_id: int, until: date | None) -> list[PaidHours]:
    rows = PaidHours.objects.filter(account=account_id, deleted_at=None)
    rows = rows.filter(bought_on__lte=until) if until else rows
    return list(rows.order_by("bought_on", "pk"))


def _uses(account_id: int, until: date | None) -> list[Use]:
    rows = ServiceDelivery.objects.filter(account=account_id, deleted_at=None, paid=True).exclude(status="cancelled")
    rows = rows.filter(delivered_on__lte=until, status="delivered") if until else rows
    return [Use(pk, day, minutes, status == "planned") for pk, day, minutes, status in rows.values_list("pk", "delivered_on", "minutes", "status")]  # fmt: skip


def _lot(row: PaidHours) -> Lot:
    return Lot(row.pk, row.bought_on, row.expires_on, row.minutes)


@dataclass(frozen=True)
class Bought:
    """Hours that were bought at once, in minutes: used, kept for plans, left; ``expired``: what is left can't be used any more."""

    row: PaidHours
    used: int
    kept: int
    left: int
    expired: bool

    @property
    def percent(self) -> int:
        """How much is used or kept, 0 to 100."""
        return round(100 * (self.used + self.kept) / self.row.minutes)


@dataclass(frozen=True)
class Balance:
    """An account's paid hours on a day, in minutes; what has expired counts for nothing in ``left``."""

    lots: list[Bought]
    left: int
    used: int
    kept: int
    lost: int
    next_end: date | None  # the first day on which some of what is left ends


def balance(account_id: int, day: date, is_today: bool = True) -> Balance:
    """The paid hours of an account on a day."""
    until = None if is_today else day
    rows = _bought(account_id, until)
    found = services.settle([_lot(row) for row in rows], _uses(account_id, until))
    lots = [
        Bought(row, found.used.get(row.pk, 0), found.kept.get(row.pk, 0), found.left_of(_lot(row)), bool(row.expires_on and row.expires_on < day))
        for row in rows
    ]  # fmt: skip
    alive = [one for one in lots if not one.expired]
    ends = [one.row.expires_on for one in alive if one.left and one.row.expires_on]
    return Balance(
        lots, sum(one.left for one in alive), sum(one.used for one in lots), sum(one.kept for one in lots),
        sum(one.left for one in lots if one.expired), min(ends, default=None),
    )  # fmt: skip
