"""Planned windows of weeks: which there are, whether more was recorded since, who is building one."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TypeVar

from dateutil.relativedelta import relativedelta
from django.db.models import Model, Q, QuerySet

from tenure.models import CapacityPlan, Event, Run
from tenure.queries import days
from tenure.rules import capacity

M = TypeVar("M", bound=Model)
KIND = "capacity"  # of the runs that build one
WEEKS = 13  # of every window: a quarter
LIVE = days.LIVE
MOST_WAITING = 3  # windows that one person may have built at a time
MOST_CHANGED = 2_000  # accounts: where more has changed, the whole window is built again
AHEAD = relativedelta(years=2)
# Events that change nobody's hours.
SILENT = Q(verb__endswith=".exported") | (Q(noun="user") & ~Q(verb__in=("user.changed", "user.deactivated", "user.activated")))
SILENT |= Q(noun__in=(
    "run", "log", "saved_view", "session", "import", "upload", "mapping", "absence", "working_time", "feedback", "comment", "attachment",
    "calendar_feed", "contact", "notice", "mail", "mail_block", "service", "hours",
))  # fmt: skip


@dataclass(frozen=True)
class Asked:
    """What there is of a window. ``plan`` None: nothing can be shown yet. ``newer``: it would be planned otherwise now. ``run``: the
    latest that builds it, None where it isn't asked about (``plan`` is up to date). ``refused``: why nobody builds it."""

    first: date
    plan: CapacityPlan | None
    newer: bool = False
    run: Run | None = None
    refused: str = ""

    @property
    def wanted(self) -> bool:
        """Whether it has to be built."""
        return self.plan is None or self.newer

    @property
    def live(self) -> bool:
        """Whether somebody builds it."""
        return self.run is not None and self.run.status in LIVE

    @property
    def failed(self) -> bool:
        """Whether the last attempt failed; it is made again when a person says so."""
        return self.run is not None and self.run.status == "failed"

    @property
    def last(self) -> date:
        """The last day of the window."""
        return self.first + timedelta(days=7 * WEEKS - 1)


def asked(first: date, today: date, digest: str) -> Asked:
    """What there is of the window that begins with a Monday. At most three queries."""
    plan = ready(first)
    newer = plan is not None and is_old(plan, today, digest)
    if plan is not None and not newer:
        return Asked(first, plan)
    return Asked(first, plan, newer, Run.objects.filter(kind=KIND, as_of=first).order_by("-pk").first())


def ready(first: date) -> CapacityPlan | None:
    """The lines that a window shows."""
    return CapacityPlan.objects.filter(first=first, weeks=WEEKS, ready_at__isnull=False).order_by("-pk").first()


def holding(week: date) -> CapacityPlan | None:
    """The window looked at last of those that hold a week."""
    rows = CapacityPlan.objects.filter(first__lte=week, first__gt=week - timedelta(days=7 * WEEKS), ready_at__isnull=False)
    return rows.order_by("-used_at", "-pk").first()


def is_old(plan: CapacityPlan, today: date, digest: str) -> bool:
    """Whether it would be planned otherwise now: from another day, by another handbook, or with more that was recorded."""
    return begun_anew(plan, today, digest) or _since(plan.event).exists()


def begun_anew(plan: CapacityPlan, today: date, digest: str) -> bool:
    """Whether all of it has to be planned again."""
    return plan.as_of != today or plan.digest != digest


def _since(event: int) -> QuerySet[Event]:
    return Event.objects.filter(pk__gt=event).exclude(SILENT)


def changed(plan: CapacityPlan) -> list[int] | None:
    """The accounts of which something was recorded since a window was planned; None where that can't be told, or is too much."""
    found = list(_since(plan.event).values_list("account_id", flat=True).distinct()[: MOST_CHANGED + 1])
    known = [pk for pk in found if pk is not None]
    return None if len(known) < len(found) or len(found) > MOST_CHANGED else known


def waiting_for(user_id: int) -> int:
    """How many windows are being built because this person asked."""
    return Run.objects.filter(kind=KIND, status__in=LIVE, started_by=user_id).count()


def reach(today: date) -> tuple[date, date]:
    """The first and the last Monday with which a window can begin: this week's, and one of two years ahead."""
    return capacity.monday(today), capacity.monday(today + AHEAD)


def of_people(rows: QuerySet[M], people: Iterable[int | None]) -> QuerySet[M]:
    """Those of some people; None among them stands for nobody."""
    people = set(people)
    test = Q(user__in=[pk for pk in people if pk is not None])
    return rows.filter(test | Q(user=None) if None in people else test)


def useless(keep: int, at: datetime, looked_at: timedelta) -> list[CapacityPlan]:
    """Windows that nobody will look at: replaced, over, left unfinished, or not among the ``keep`` used last. What was replaced a moment
    ago (``looked_at``) may still be read."""
    rows = list(CapacityPlan.objects.filter(ready_at__isnull=False).order_by("-pk"))
    newest: dict[date, CapacityPlan] = {}
    gone = list(CapacityPlan.objects.filter(ready_at=None).exclude(run__status__in=LIVE))
    for row in rows:
        later = newest.setdefault(row.first, row)
        if later is not row and later.ready_at and at - later.ready_at > looked_at:
            gone.append(row)
    kept = sorted(newest.values(), key=lambda row: row.used_at, reverse=True)
    over = at.date() - timedelta(days=7 * WEEKS)
    return gone + [row for number, row in enumerate(kept) if number >= keep or row.first < over]
