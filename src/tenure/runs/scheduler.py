"""What time triggers: the daily run and the check of the log once a day, runs whose worker died, and the outbox."""

import logging
import time
from datetime import date, datetime, timedelta
from datetime import time as clock_time

from django.conf import settings
from django.db import DatabaseError, close_old_connections, transaction
from django.db.models import Q
from django.utils import timezone

from tenure.actions import days, runs
from tenure.actions.refusals import Refused
from tenure.models import Run
from tenure.runs import deliver, tasks

log = logging.getLogger(__name__)
EVERY = 20  # seconds between two looks
SILENT = timedelta(minutes=15)  # a worker says more often than this that it lives
ATTEMPTS = 3  # of a run whose worker dies again and again


def tick(now: datetime) -> list[str]:
    """One look: start what is due, take up what was left lying, deliver; what was done, in words. A repeat does nothing twice."""
    return [*_daily(now), *_check(now), *_recover(now), *_tidy(now), *_deliver(now)]


def run_forever() -> None:
    """Look every ``EVERY`` seconds until the process is told to end; a database that is away for a while ends nothing."""
    while True:
        try:
            close_old_connections()
            for sentence in tick(timezone.now()):
                log.warning(sentence)
        except DatabaseError:
            log.exception("The database did not answer; trying again in %s s", EVERY)
        time.sleep(EVERY)


def daily_at() -> clock_time | None:
    """When the daily run starts, local time; None = never by itself. Raises ValueError for a setting that is no time."""
    return clock_time.fromisoformat(settings.DAILY_AT) if settings.DAILY_AT else None


def _due(kind: str, now: datetime) -> date | None:
    """The day whose run of this kind is to be started: its hour has come, also when that was while nothing ran."""
    at, local = daily_at(), timezone.localtime(now)
    if at is None or local.time() < at or Run.objects.filter(natural_key=f"{kind}:{local.date()}").exists():
        return None
    return local.date()


def _daily(now: datetime) -> list[str]:
    day = _due("daily", now)
    if day is None:
        return []
    try:
        tasks.start_daily(day, actor=None, at=now, natural_key=f"daily:{day}")
    except Refused:  # another scheduler was quicker
        return []
    return [f"Daily run for {day} queued"]


def _check(now: datetime) -> list[str]:
    day = _due("log", now)
    if day is None:
        return []
    try:
        tasks.start_check(day, at=now)
    except Refused:
        return []
    return [f"Check of the log for {day} queued"]


def _recover(now: datetime) -> list[str]:
    """Runs whose worker gave no sign of life, and queued ones that nobody took."""
    told, before = [], now - SILENT
    for run in Run.objects.filter(status="running", beat_at__lt=before, kind__in=tasks.HANDLERS):
        if run.params.get("restarts", 0) + 1 >= ATTEMPTS:
            runs.fail(run, f"Its worker died {ATTEMPTS} times", at=now)
        elif _again(run, now):
            told.append(f"Run {run.pk} put back into the queue: its worker gave no sign of life")
    silent = Q(beat_at=None, queued_at__lt=before) | Q(beat_at__lt=before)
    for run in Run.objects.filter(silent, status="queued", kind__in=tasks.HANDLERS):
        if runs.mark_handed_over(run, at=now):
            tasks.enqueue(run)
            told.append(f"Run {run.pk} handed over again: no worker took it")
    return told


def _again(run: Run, now: datetime) -> bool:
    with transaction.atomic():
        back = runs.requeue(run, at=now)
        if back:
            tasks.enqueue(run)
    return back


def _tidy(now: datetime) -> list[str]:
    dropped = days.tidy(settings.KEPT_DAYS, at=now)
    return [f"{dropped} built day{'' if dropped == 1 else 's'} dropped"] if dropped else []


def _deliver(now: datetime) -> list[str]:
    sent = deliver.deliver(now)
    return [f"{sent} notices delivered"] if sent else []
