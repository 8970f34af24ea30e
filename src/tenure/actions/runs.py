"""Runs: started, moved on step by step, finished or failed. A run tells of itself; what it changes is told by Events with its id."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction

from tenure.actions import events, notices
from tenure.actions.notices import Letter
from tenure.actions.refusals import Refused
from tenure.models import Run, RunFailure, User
from tenure.queries import events as log
from tenure.queries import visible

KEPT_FAILURES = 10_000  # of one run; the count goes on


def queue(
    kind: str, title: str, *, actor: User | None, at: datetime, as_of: date | None = None, params: dict[str, Any] | None = None,
    natural_key: str | None = None, capability: str = "run.start",
) -> Run:  # fmt: skip
    """Put a run into the queue. Raises Refused without the capability, or when a run of this natural key is there ("conflict")."""
    if actor is not None and not visible.may(actor, capability):
        raise Refused("You may not start runs.", "not_allowed")
    try:
        with transaction.atomic():
            run = Run.objects.create(
                kind=kind, title=title, as_of=as_of, started_by=actor, queued_at=at, params=params or {}, natural_key=natural_key
            )
            events.record("run.queued", "run", run.pk, at=at, actor=actor, after={"kind": kind, "as_of": as_of}, run_id=run.pk)
    except IntegrityError as error:
        raise Refused("This run has been started already.", "conflict") from error
    return run


def start(run: Run, *, at: datetime, total: int = 0) -> bool:
    """Begin a queued run; False when another worker did. Only one caller gets True."""
    began = Run.objects.filter(pk=run.pk, status="queued").update(status="running", started_at=at, beat_at=at, total=total)
    if began:
        RunFailure.objects.filter(run=run).delete()  # of an attempt that died
    run.refresh_from_db()
    return bool(began)


def step(run: Run, key: str, title: str, *, at: datetime) -> None:
    """Begin a step; the one before is done."""
    _close_step(run, at)
    run.steps.append({"key": key, "title": title, "status": "running", "count": 0, "ms": 0, "began": at.isoformat()})
    run.beat_at = at
    run.save(update_fields=["steps", "beat_at"])


def progress(run: Run, done: int, *, at: datetime, total: int | None = None, count: int | None = None) -> None:
    """Say how far the run is; also its sign of life. ``count`` is that of the step under way."""
    run.done, run.beat_at = done, at
    run.total = run.total if total is None else total
    if count is not None and run.steps:
        run.steps[-1]["count"] = count
    run.save(update_fields=["done", "total", "beat_at", "steps"])


def finish(run: Run, *, at: datetime, counts: dict[str, int] | None = None, message: str = "") -> None:
    """The run is done."""
    _close_step(run, at)
    _end(run, "done", at, counts, message)


def fail(run: Run, sentence: str, *, at: datetime, counts: dict[str, int] | None = None) -> None:
    """The run has failed as a whole: whoever may start runs is told."""
    _close_step(run, at, "failed")
    with transaction.atomic():
        _end(run, "failed", at, counts, sentence)
        keys = [key for key, role in visible.roles().items() if "run.start" in role.may]
        people = User.objects.filter(is_active=True, roles__role__in=keys).distinct()
        letters = [
            Letter(user.pk, "run_failed", f"{run.title or run.kind} failed", f"run.failed:{run.pk}", sentence, f"/runs/{run.pk}/")
            for user in people
        ]
        notices.queue(letters, at=at)


def mark_handed_over(run: Run, *, at: datetime) -> bool:
    """Note that a queued run nobody took is handed to the workers again. Only one caller gets True."""
    return bool(Run.objects.filter(pk=run.pk, status="queued", beat_at=run.beat_at).update(beat_at=at))


def requeue(run: Run, *, at: datetime) -> bool:
    """Put a run whose worker has died back into the queue; what it did stands, a repeat does the rest. Only one caller gets True."""
    with transaction.atomic():
        params = {**run.params, "restarts": run.params.get("restarts", 0) + 1}
        mine = Run.objects.filter(pk=run.pk, status="running", beat_at=run.beat_at)
        back = mine.update(status="queued", steps=[], done=0, started_at=None, beat_at=at, params=params)
        if back:
            events.record(
                "run.requeued", "run", run.pk, at=at, actor=None, reason="Its worker gave no sign of life", run_id=run.pk
            )
    return bool(back)


def add_failures(run: Run, rows: Iterable[RunFailure]) -> int:
    """Keep what failed alone, up to ``KEPT_FAILURES``; returns how many were given."""
    rows = list(rows)
    for row in rows:
        row.run = run
    room = max(0, KEPT_FAILURES - RunFailure.objects.filter(run=run).count()) if rows else 0
    RunFailure.objects.bulk_create(rows[:room], batch_size=1000)
    return len(rows)


def _close_step(run: Run, at: datetime, status: str = "done") -> None:
    if run.steps and run.steps[-1]["status"] == "running":
        last = run.steps[-1]
        last["status"] = status
        last["ms"] = round((at - datetime.fromisoformat(last["began"])).total_seconds() * 1000)


def _end(run: Run, status: str, at: datetime, counts: dict[str, int] | None, message: str) -> None:
    run.status, run.finished_at, run.beat_at, run.message = status, at, at, message
    run.counts = {**run.counts, **(counts or {})}
    with transaction.atomic():
        run.save(update_fields=["status", "finished_at", "beat_at", "message", "counts", "steps"])
        events.record(
            f"run.{status}", "run", run.pk, at=at, actor=run.started_by, after=run.counts, reason=message, run_id=run.pk
        )
        # An anchor: should the newest events vanish one day, this run has seen them.
        run.head = log.head()
        run.save(update_fields=["head"])
