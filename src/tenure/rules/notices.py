"""When a mail may go out: at once, after quiet hours, or in the reader's next digest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from tenure.rules.catalogues import Digest, NoticeBook, NoticeKind, QuietHours

Choice = Literal["now", "daily", "weekly", "never"]
CHOICES: dict[str, str] = {"now": "At once", "daily": "Once a day", "weekly": "Once a week", "never": "Never"}
SATURDAY = 6
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Plan:
    """What becomes of one mail: `state` queued (goes now), held (until `at`) or muted; `digest` is the key of the summary it waits for."""

    state: Literal["queued", "held", "muted"]
    at: datetime | None = None
    digest: str = ""


def kind(book: NoticeBook, key: str) -> NoticeKind:
    """A kind of the handbook. One that it doesn't know has the usual behaviour and its key for a title."""
    return book.kinds.get(key) or NoticeKind(key=key, title=key.replace("_", " ").capitalize())


def plan(book: NoticeBook, key: str, choice: str, at: datetime, zone: ZoneInfo) -> Plan:
    """What becomes of a mail of the kind `key` that is written at the moment `at` to a reader in `zone` who chose `choice`.

    A handbook without a digest has none: such mails go at once.
    """
    if choice == "never":
        return Plan("muted")
    if choice in ("daily", "weekly") and book.digest is not None:
        moment = next_digest(book.digest, book.quiet, choice, at, zone)
        return Plan("held", moment, f"{choice}:{moment.astimezone(zone).date()}")
    until = quiet_until(book.quiet, at, zone) if kind(book, key).quiet else None
    return Plan("held", until) if until else Plan("queued")


def quiet_until(quiet: QuietHours | None, at: datetime, zone: ZoneInfo) -> datetime | None:
    """The end of the reader's quiet hours that hold at the moment `at`; None when none do."""
    if quiet is None:
        return None
    moment = at.astimezone(zone)
    while end := _end(quiet, moment, zone):
        moment = end
    return None if moment == at else moment


def next_digest(digest: Digest, quiet: QuietHours | None, period: str, at: datetime, zone: ZoneInfo) -> datetime:
    """The first moment after `at` at which the summary of the `period` (daily | weekly) goes to a reader in `zone`. The daily one leaves
    out weekends where they are quiet; of the weekly one the handbook names the day."""
    day = at.astimezone(zone).date()
    weekends = quiet is None or not quiet.weekends
    while True:
        moment = datetime.combine(day, digest.at, zone)
        fits = day.isoweekday() == digest.weekday if period == "weekly" else weekends or day.isoweekday() < SATURDAY
        if fits and moment > at:
            return moment
        day += DAY


def _end(quiet: QuietHours, moment: datetime, zone: ZoneInfo) -> datetime | None:
    """The end of the stretch of quiet that `moment` (in `zone`) lies in; None outside. Stretches may follow each other."""
    day = moment.date()
    if quiet.weekends and day.isoweekday() >= SATURDAY:
        return datetime.combine(day + DAY, time(), zone)
    if not quiet.holds(moment.time().replace(microsecond=0)):
        return None
    return datetime.combine(day if moment.time() < quiet.until else day + DAY, quiet.until, zone)
