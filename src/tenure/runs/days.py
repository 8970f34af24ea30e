"""Building the lists' rows of another day than today: once for everybody who asks, in a run process, never in a web worker."""

from collections.abc import Callable
from datetime import date, datetime

import polars as pl
from django.conf import settings
from django.db import DatabaseError, transaction

from tenure.actions import bulk, days, runs
from tenure.actions.refusals import Refused
from tenure.models import BuiltDay, Run, RunFailure, User
from tenure.queries import clock, columns, days_rows, facts_base, handbook
from tenure.queries import days as questions
from tenure.queries.cells import counted
from tenure.queries.columns import Scope
from tenure.rules.packs import Pack
from tenure.runs import tasks

BLOCK = 5_000  # accounts at a time: people watch, and others write in between


def prepare(day: date, *, actor: User, today: date, at: datetime, again: bool = False) -> questions.Asked:
    """What there is of a day; where something is missing, its building is queued, exactly once whoever asks.

    A build that failed isn't tried again unless ``again``. Raises Refused for a day out of reach, and for somebody who waits for
    several already.
    """
    digest = handbook.pack().digest
    found = questions.asked(day, today, digest)
    if not found.wanted or found.live or (found.failed and not again):
        return found
    _check(day, today)
    with transaction.atomic():
        days.lock()
        found = questions.asked(day, today, digest)  # somebody else may have asked in the meantime
        if not found.wanted or found.live or (found.failed and not again):
            return found
        if questions.waiting_for(actor.pk) >= questions.MOST_WAITING:
            raise Refused(
                f"{questions.MOST_WAITING} days are being prepared for you already. Open this one when they are there.", "busy"
            )
        run = runs.queue(questions.KIND, title(day), actor=actor, at=at, as_of=day, capability="account.view")
        tasks.enqueue(run)
    return questions.Asked(day, found.built, found.newer, run)


def _check(day: date, today: date) -> None:
    if day == today:
        raise Refused("Today's lists are always there.", "invalid")
    first, last = questions.reach(today)
    if not first <= day <= last:
        raise Refused(f"Lists can be shown from {spoken(first)} to {spoken(last)}.", "invalid")


def title(day: date) -> str:
    """``Lists of 22 Aug 2026``."""
    return f"Lists of {spoken(day)}"


def spoken(day: date) -> str:
    """``22 Aug 2026``."""
    return f"{day.day} {day:%b %Y}"


def execute(run: Run, *, now: Callable[[], datetime]) -> None:
    """Do a queued run of kind ``day``. A run that another worker took is left alone."""
    if not runs.start(run, at=now()):
        return
    try:
        runs.step(run, "build", "Decide every account for that day", at=now())
        built, skipped = build(run, now=now)
        runs.step(run, "tidy", "Drop days that nobody looks at", at=now())
        days.tidy(settings.KEPT_DAYS, at=now())
    except Exception as error:
        runs.fail(run, f"{type(error).__name__}: {error}", at=now())
        raise
    counts = {"accounts": built.accounts} | ({"skipped": skipped} if skipped else {})
    runs.finish(run, at=now(), counts=counts, message=f"{counted(built.accounts, 'account')} of that day")


def build(run: Run, *, now: Callable[[], datetime]) -> tuple[BuiltDay, int]:
    """Build the run's day block by block of accounts and show it; also returns how many accounts could not be worked out."""
    bulk.long_work()
    pack = handbook.pack()
    # The newest event first: what is recorded while this runs counts as not known, whether the rows have it or not.
    event = questions.newest_event()
    at = now()
    built = days.begin(run, today=clock.day_of(at), at=at, event=event, digest=pack.digest)
    families = facts_base.families(built.day, None)
    scopes, done, skipped = list(columns.blocks(size=BLOCK)), 0, 0
    total = sum(scope.size for scope in scopes)
    for scope in scopes:
        skipped += runs.add_failures(run, _store(built, scope, pack, families))
        done += scope.size
        runs.progress(run, done, at=now(), total=total, count=done)
    days.finish(built, at=now())
    return built, skipped


def _store(built: BuiltDay, scope: Scope, pack: Pack, families: pl.DataFrame) -> list[RunFailure]:
    """Store the rows of a block; where an account breaks it, halve it until that account stands alone, and go on with the rest."""
    try:
        rows = days_rows.rows(scope, built.day, pack, today=built.seen_from, families=families)
    except DatabaseError:
        raise
    except Exception as error:
        if scope.size == 1:
            message = f"It can't be worked out: {type(error).__name__}: {error}"
            return [RunFailure(account_id=scope.low, message=message[:500])]
        return [failure for half in scope.halves() for failure in _store(built, half, pack, families)]
    days.store(built, rows)
    return []
