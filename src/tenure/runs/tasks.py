"""Background work by name: a run waits in the queue, a worker does it."""

from collections.abc import Callable
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone
from django.utils.module_loading import import_string
from django_tasks import task

from tenure.actions import runs
from tenure.models import Run, User

# What does a run of each kind, by name (those modules hand over their own runs here): called with the queued Run and the clock.
HANDLERS = {
    "daily": "tenure.runs.daily.execute",
    "log": "tenure.runs.log.execute",
    "day": "tenure.runs.days.execute",
    "capacity": "tenure.runs.capacity.execute",
    "import": "tenure.runs.importing.execute",
    "import_check": "tenure.runs.importing.execute",
}


@task()
def execute(run_id: int) -> None:
    """Do a queued run. One that is gone, or that another worker took, is left alone."""
    run = Run.objects.filter(pk=run_id).first()
    if run is not None and run.kind in HANDLERS:
        handler: Callable[..., None] = import_string(HANDLERS[run.kind])
        handler(run, now=timezone.now)


def enqueue(run: Run) -> None:
    """Hand a queued run to the workers."""
    execute.enqueue(run.pk)


def title(as_of: date) -> str:
    """``Daily run for 22 Nov 2026``."""
    return f"Daily run for {as_of.day} {as_of:%b %Y}"


def start_check(day: date, *, at: datetime) -> Run:
    """Queue the day's check of the log and hand it over, both or neither. Raises Refused when it was queued before."""
    with transaction.atomic():
        run = runs.queue("log", "Check of the log", actor=None, at=at, natural_key=f"log:{day}")
        enqueue(run)
    return run


def start_daily(as_of: date, *, actor: User | None, at: datetime, natural_key: str | None = None) -> Run:
    """Queue a daily run and hand it over, both or neither. Raises Refused."""
    with transaction.atomic():
        run = runs.queue("daily", title(as_of), actor=actor, at=at, as_of=as_of, natural_key=natural_key)
        enqueue(run)
    return run
