"""Planning the hours of a window of weeks: once for everybody who asks, in a run process, never in a web worker.

A window that is there is brought up to date by the accounts that have changed since; from another day on, or by another handbook, it is planned anew.
"""

from collections.abc import Callable
from datetime import date, datetime

from django.conf import settings
from django.db import DatabaseError, transaction

from tenure.actions import bulk, runs
from tenure.actions import capacity as actions
from tenure.actions.refusals import Refused
from tenure.models import CapacityPlan, Run, RunFailure, User
from tenure.queries import capacity as questions
from tenure.queries import capacity_work, clock, columns, days, handbook
from tenure.queries.capacity_work import Frames, Window
from tenure.queries.columns import Scope
from tenure.rules import capacity as rules
from tenure.rules.packs import Pack
from tenure.runs import tasks

BLOCK = 5_000  # accounts at a time: people watch, and others write in between
Clock = Callable[[], datetime]
Watch = Callable[[int, int], None]  # accounts done, of how many


def prepare(first: date, *, actor: User, today: date, at: datetime, again: bool = False) -> questions.Asked:
    """What there is of the window that begins in a week; where something is missing, its planning is queued, exactly once whoever asks.

    One that failed isn't tried again unless ``again``. Raises Refused for a window out of reach, and for somebody who waits for several already.
    """
    first = rules.monday(first)
    digest = handbook.pack().digest
    _check(first, today)
    found = questions.asked(first, today, digest)
    if not found.wanted or found.live or (found.failed and not again):
        return found
    with transaction.atomic():
        actions.lock()
        found = questions.asked(first, today, digest)  # somebody else may have asked in the meantime
        if not found.wanted or found.live or (found.failed and not again):
            return found
        if questions.waiting_for(actor.pk) >= questions.MOST_WAITING:
            raise Refused(
                f"{questions.MOST_WAITING} windows are being planned for you already. Open this one when they are there.", "busy"
            )
        run = runs.queue(questions.KIND, title(first), actor=actor, at=at, as_of=first, capability="capacity.view")
        tasks.enqueue(run)
    return questions.Asked(first, found.plan, found.newer, run)


def _check(first: date, today: date) -> None:
    low, high = questions.reach(today)
    if not low <= first <= high:
        raise Refused(f"Hours can be planned from {spoken(low)} to {spoken(high)}.", "invalid")


def title(first: date) -> str:
    """``Hours from 16 Nov 2026``."""
    return f"Hours from {spoken(first)}"


def spoken(day: date) -> str:
    """``16 Nov 2026``."""
    return f"{day.day} {day:%b %Y}"


def follow(today: date, *, at: datetime) -> Run | None:
    """After a daily run: queue the planning of the next 13 weeks; None where it is queued or done already."""
    first = rules.monday(today)
    with transaction.atomic():
        actions.lock()
        found = questions.asked(first, today, handbook.pack().digest)
        if not found.wanted or found.live:
            return None
        run = runs.queue(questions.KIND, title(first), actor=None, at=at, as_of=first)
        tasks.enqueue(run)
    return run


def execute(run: Run, *, now: Clock) -> None:
    """Do a queued run of kind ``capacity``. A run that another worker took is left alone."""
    if not runs.start(run, at=now()):
        return
    try:
        plan = _done(run, now)
        runs.step(run, "tidy", "Drop windows that nobody looks at", at=now())
        actions.tidy(settings.KEPT_DAYS, at=now())
    except Exception as error:
        runs.fail(run, f"{type(error).__name__}: {error}", at=now())
        raise
    runs.finish(run, at=now(), counts={"lines": plan.lines}, message=f"{plan.lines:,} pieces of work in {plan.weeks} weeks")


def _done(run: Run, now: Clock) -> CapacityPlan:
    first = run.as_of or rules.monday(clock.day_of(now()))
    today, pack = clock.day_of(now()), handbook.pack()
    plan = questions.ready(first)
    ids = questions.changed(plan) if plan and not questions.begun_anew(plan, today, pack.digest) else None
    if plan and ids is not None:
        runs.step(run, "update", "Plan the accounts that have changed", at=now())
        return update(plan, ids, pack, at=now(), run=run)
    runs.step(run, "build", "Plan every account's work", at=now())

    def watch(done: int, total: int) -> None:
        runs.progress(run, done, at=now(), total=total, count=done)

    return build(first, questions.WEEKS, today=today, now=now, run=run, watch=watch)


def build(
    first: date, weeks: int = questions.WEEKS, *, today: date, now: Clock, run: Run | None = None, watch: Watch | None = None
) -> CapacityPlan:
    """Plan a window from ``today``'s records and show it. An account whose facts can't be read is left out and noted on the run."""
    bulk.long_work()
    pack, window = handbook.pack(), Window(today, rules.monday(first), weeks)
    # The newest event first: what is recorded while this runs counts as not known, whether the lines have it or not.
    event = days.newest_event()
    plan = actions.begin(run, first=window.first, weeks=weeks, as_of=today, at=now(), event=event, digest=pack.digest)
    families = capacity_work.families(window)
    scopes, done = list(columns.blocks(size=BLOCK)), 0
    for scope in scopes:
        failures = _store(plan, scope, window, pack, families)
        if run:
            runs.add_failures(run, failures)
        done += scope.size
        if watch:
            watch(done, sum(one.size for one in scopes))
    actions.store(plan, capacity_work.fixed(window, pack))
    actions.finish(plan, at=now())
    return plan


def update(plan: CapacityPlan, account_ids: list[int], pack: Pack, *, at: datetime, run: Run | None = None) -> CapacityPlan:
    """Plan some accounts of a window again, and the work that hangs on no account."""
    window = Window(plan.as_of, plan.first, plan.weeks)
    event = days.newest_event()
    lines = capacity_work.lines(columns.of_ids(account_ids), window, pack)
    actions.replace(plan, account_ids, lines, capacity_work.fixed(window, pack), event=event, at=at)
    return plan


def _store(plan: CapacityPlan, scope: Scope, window: Window, pack: Pack, families: Frames) -> list[RunFailure]:
    """Store the lines of a block; where an account breaks it, halve it until that account stands alone, and go on with the rest."""
    try:
        lines = capacity_work.lines(scope, window, pack, families)
    except DatabaseError:
        raise
    except Exception as error:
        if scope.size == 1:
            message = f"It can't be planned: {type(error).__name__}: {error}"
            return [RunFailure(account_id=scope.low, message=message[:500])]
        return [failure for half in scope.halves() for failure in _store(plan, half, window, pack, families)]
    actions.store(plan, lines)
    return []
