"""Services of the catalogue: whether one is due for an account, and how paid hours are used up. Pure arithmetic over days and minutes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Literal

from tenure.rules.calendars import Calendar, shift
from tenure.rules.catalogues import Service

State = Literal["overdue", "ahead", "in_time", "never", "delivered", "outside", "unknown"]
STATES: dict[State, str] = {
    "overdue": "Overdue",
    "ahead": "To come",
    "in_time": "In time",
    "never": "Not delivered",
    "delivered": "Delivered",
    "outside": "Not included",
    "unknown": "Not known",
}
ALWAYS = Calendar()  # services recur by days, weeks, months or years: no calendar of a region counts


def due(service: Service, since: date | None, last: date | None) -> date | None:
    """The day by which a service is expected again: so long after its last delivery; never delivered: after the account began to get it
    (``since``) or the handbook to have it, whichever is later. None for a service that doesn't recur, or does by a schedule."""
    if service.every is None:
        return None
    return shift(last or max(since or service.start, service.start), service.every, ALWAYS)


def state(service: Service, included: bool | None, due_on: date | None, last: date | None, day: date) -> State:
    """How an account stands with a service on a day."""
    if not included:
        return "unknown" if included is None else "outside"
    if due_on is None and service.schedule is None:
        return "delivered" if last else "never"
    if due_on is not None and due_on < day:
        return "overdue"
    return "in_time" if last else "ahead"


def cutoff(service: Service, day: date) -> date | None:
    """The first day on which a delivery still counts as in time on ``day``; None for a service that has no ``every``."""
    if service.every is None:
        return None
    found = shift(day, -service.every, ALWAYS)
    while shift(found, service.every, ALWAYS) < day:
        found += timedelta(days=1)
    while shift(found - timedelta(days=1), service.every, ALWAYS) >= day:
        found -= timedelta(days=1)
    return found


def of_entry(known: Iterable[Service], kind: str, template: str, schedule: str = "") -> str:
    """The key of the service that an entry of the timeline delivers: by the text it begins with, by the schedule whose call to action it
    settles, or by its kind; blank for none."""
    found = list(known)
    by_text = [one.key for one in found if template and template in one.templates]
    by_schedule = [one.key for one in found if schedule and schedule == one.schedule]
    by_kind = [one.key for one in found if kind in one.kinds and not template]
    return next(iter([*by_text, *by_schedule, *by_kind]), "")


# --- paid hours


@dataclass(frozen=True)
class Lot:
    """Minutes that were bought at once; ``expires`` is the last day on which they can be used."""

    key: int
    bought: date
    expires: date | None
    minutes: int

    def usable(self, day: date) -> bool:
        """Whether they can be used on a day."""
        return self.bought <= day and (self.expires is None or day <= self.expires)


@dataclass(frozen=True)
class Use:
    """Minutes that a delivery takes on its day; ``planned`` ones are kept for it."""

    key: int
    day: date
    minutes: int
    planned: bool = False


@dataclass
class Ledger:
    """Which lot gave how many minutes (``used``, and ``kept`` for what is planned), by key; ``short``: (use, minutes that were left for
    it) of those that the lots don't cover. These take nothing."""

    lots: tuple[Lot, ...]
    used: dict[int, int] = field(default_factory=dict)
    kept: dict[int, int] = field(default_factory=dict)
    short: list[tuple[Use, int]] = field(default_factory=list)

    def left_of(self, lot: Lot) -> int:
        """The minutes of a lot that nobody has used or kept."""
        return lot.minutes - self.used.get(lot.key, 0) - self.kept.get(lot.key, 0)

    def left(self, day: date) -> int:
        """The minutes that can still be used on a day."""
        return sum(self.left_of(lot) for lot in self.lots if lot.usable(day))


def settle(lots: Iterable[Lot], uses: Iterable[Use], last: int | None = None) -> Ledger:
    """Uses in the order of their days, each from the oldest lot that can be used on its day, then the next one. ``last``: the key of the
    use that stands behind the others of its day."""
    ledger = Ledger(tuple(sorted(lots, key=lambda lot: (lot.bought, lot.key))))
    for use in sorted(uses, key=lambda use: (use.day, use.key == last, use.key)):
        there = ledger.left(use.day)
        if there < use.minutes:
            ledger.short.append((use, there))
        else:
            _take(ledger, use, ledger.kept if use.planned else ledger.used)
    return ledger


def _take(ledger: Ledger, use: Use, shelf: dict[int, int]) -> None:
    wanted = use.minutes
    for lot in ledger.lots:
        if wanted and lot.usable(use.day) and ledger.left_of(lot):
            part = min(wanted, ledger.left_of(lot))
            shelf[lot.key] = shelf.get(lot.key, 0) + part
            wanted -= part


def words(minutes: int) -> str:
    """``1 h 30 min``, ``2 h``, ``45 min``; ``0 h`` for nothing."""
    hours, rest = divmod(minutes, 60)
    parts = ([f"{hours:,} h"] if hours or not rest else []) + ([f"{rest} min"] if rest else [])
    return " ".join(parts)


def facts_of(service: Service, facts: Mapping[str, str | None]) -> dict[str, str | None]:
    """The facts that decide whether an account gets the service; None = not known."""
    return {name: facts.get(name) or None for name in service.only}
