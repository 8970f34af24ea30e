"""Checking the log of events once a day."""

from collections.abc import Callable
from datetime import datetime

from tenure.actions import runs
from tenure.models import Run
from tenure.queries import events


def execute(run: Run, *, now: Callable[[], datetime]) -> None:
    """Do a queued run of kind ``log``; a log that is broken makes the run a failed one, of which people are told."""
    if not runs.start(run, at=now()):
        return
    runs.step(run, "verify", "Recompute the chain of events, and look for every head that a run saw", at=now())
    try:
        total = events.count()
        state = events.verify(watch=lambda done: runs.progress(run, done, at=now(), total=total, count=done))
    except Exception as error:
        runs.fail(run, f"{type(error).__name__}: {error}", at=now())
        raise
    runs.progress(run, state.events, at=now(), total=state.events, count=state.events)
    if state.broken_at is None:
        runs.finish(run, at=now(), counts={"checked": state.events})
    else:
        runs.fail(run, state.sentence, at=now(), counts={"checked": state.events, "broken_at": state.broken_at})
