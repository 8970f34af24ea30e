"""Other days than today on lists, homes and reports: which are built, whether more was recorded since, and who is building one."""

from dataclasses import dataclass
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta
from django.db.models import Max, Q

from tenure.models import BuiltDay, Event, Run, User
from tenure.queries import visible

KIND = "day"  # of the runs that build one
LIVE = ("queued", "running")
MOST_WAITING = 3  # days that one person may have built at a time
BACK, AHEAD = relativedelta(years=30), relativedelta(years=10)
PATIENCE = timedelta(seconds=10)  # a worker that runs takes a day sooner than this
# Events that change nothing that lists show.
SILENT = Q(noun__in=("run", "log", "saved_view", "session", "import", "mapping")) | Q(verb__endswith=".exported")
SILENT |= Q(noun="user") & ~Q(verb="user.changed")


@dataclass(frozen=True)
class Asked:
    """What there is of a day. ``built`` None: nothing can be shown yet. ``newer``: more was recorded since it was built. ``run``: the
    latest that builds it, None where it isn't asked about (``built`` is up to date). ``refused``: why nobody builds it."""

    day: date
    built: BuiltDay | None
    newer: bool = False
    run: Run | None = None
    refused: str = ""

    @property
    def wanted(self) -> bool:
        """Whether it has to be built."""
        return self.built is None or self.newer

    @property
    def live(self) -> bool:
        """Whether somebody builds it."""
        return self.run is not None and self.run.status in LIVE

    @property
    def failed(self) -> bool:
        """Whether the last attempt failed; it is made again when a person says so."""
        return self.run is not None and self.run.status == "failed"


def asked(day: date, today: date, digest: str) -> Asked:
    """What there is of a day under the handbook of this digest. At most three queries."""
    built = ready(day)
    newer = built is not None and _is_old(built, today, digest)
    if built is not None and not newer:
        return Asked(day, built)
    return Asked(day, built, newer, Run.objects.filter(kind=KIND, as_of=day).order_by("-pk").first())


def _is_old(built: BuiltDay, today: date, digest: str) -> bool:
    """Whether it would be built otherwise now: by another text of the handbook, from another today, or with more that was recorded."""
    looked_ahead = built.day > built.seen_from
    return built.digest != digest or (looked_ahead and built.seen_from != today) or recorded_since(built.event)


def ready(day: date) -> BuiltDay | None:
    """The rows that a day shows."""
    return BuiltDay.objects.filter(day=day, ready_at__isnull=False).order_by("-pk").first()


def recorded_since(event: int) -> bool:
    """Whether anything that lists may show was recorded after an event."""
    return Event.objects.filter(pk__gt=event).exclude(SILENT).exists()


def newest_event() -> int:
    """The id of the newest event; 0 in an empty log."""
    return Event.objects.aggregate(newest=Max("pk"))["newest"] or 0


def waiting_for(user_id: int) -> int:
    """How many days are being built because this person asked."""
    return Run.objects.filter(kind=KIND, status__in=LIVE, started_by=user_id).count()


def assumed(user: User, built: BuiltDay) -> int:
    """How many of the accounts that the user sees rest on a renewal that is only assumed; see ``queries.renewals``."""
    return visible.listed(user, built).filter(Q(assumed__gt=0)).count()


def reach(today: date) -> tuple[date, date]:
    """The first and the last day that can be asked for."""
    return today - BACK, today + AHEAD
