"""The daily loop: facts -> decisions -> plan -> apply. A repeat changes nothing; killed half-way and repeated it does the rest."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime

import polars as pl
from django.db import DatabaseError, transaction

from tenure.actions import (
    assignments,
    bulk,
    ctas_runs,
    decisions,
    handovers_runs,
    onboardings,
    onboardings_runs,
    overrides,
    portfolio,
    projects_runs,
    reminders,
    runs,
    summaries,
    work,
)
from tenure.actions.refusals import Refused
from tenure.models import Assignment, Decision, Run, RunFailure, User
from tenure.queries import clock, facts, handbook, workbook
from tenure.queries import work as due
from tenure.queries.columns import Scope, of_ids
from tenure.queries.summaries import stale as stale_rows
from tenure.rules.packs import Pack
from tenure.runs import capacity
from tenure.runs.plans import Block, Plan

Progress = Callable[[int, int], None]  # accounts done, of how many


@dataclass
class Applied:
    """What an apply did."""

    accounts: int = 0
    decisions: int = 0
    accounts_changed: int = 0
    waiting: int = 0
    overrides_expired: int = 0
    assignments_ended: int = 0
    ctas_woken: int = 0
    ctas_raised: int = 0
    ctas_changed: int = 0
    ctas_settled: int = 0
    handed_over: int = 0
    handovers_begun: int = 0
    handovers_changed: int = 0
    onboardings_begun: int = 0
    onboardings_joined: int = 0
    onboardings_changed: int = 0
    onboardings_completed: int = 0
    skipped: int = 0
    failed: list[RunFailure] = field(default_factory=list)

    @property
    def counts(self) -> dict[str, int]:
        """The figures for the run."""
        return {name: value for name, value in vars(self).items() if isinstance(value, int)}

    def add(self, worked: work.Done) -> None:
        """Count what was done to work."""
        self.ctas_raised += worked.raised
        self.ctas_changed += worked.changed
        self.ctas_settled += worked.settled
        self.handed_over += worked.handed_over

    def onboard(self, done: onboardings_runs.Done) -> None:
        """Count what was done to onboardings."""
        self.onboardings_begun += done.begun
        self.onboardings_joined += done.joined
        self.onboardings_changed += done.changed
        self.onboardings_completed += done.completed


def plan(
    as_of: date, pack: Pack | None = None, account_ids: Iterable[int] | None = None, *, today: date | None = None,
    until: date | None = None,
) -> Plan:  # fmt: skip
    """What is to be changed on ``as_of``: by the company's handbook or, to look at only, by another one; of all accounts or some.

    A day after ``today`` is a look ahead: see ``queries.renewals``. With ``until`` also the work of the days up to it."""
    return Plan(as_of, pack or handbook.pack(), None if account_ids is None else tuple(account_ids), today, until)


def apply(plan: Plan, *, at: datetime, actor: User | None, run: Run | None = None, progress: Progress | None = None) -> Applied:
    """Carry a plan out through actions, one transaction for each block of accounts. Accounts whose facts can't be read fail alone.

    Raises Refused for a plan that is only for looking: another handbook's, a future day's, or a day before what is stored.
    """
    check(plan, at)
    bulk.long_work()
    done = Applied()
    run_id = run.pk if run else None
    done.overrides_expired = overrides.expire([row.pk for row in plan.expiring()], today=plan.as_of, at=at, run_id=run_id)
    if waking := [row.pk for row in plan.waking()]:
        done.ctas_woken = ctas_runs.wake_many(waking, today=plan.as_of, at=at, run_id=run_id)
    total = sum(scope.size for scope in plan.scopes)
    for scope in plan.scopes:
        _apply_or_split(plan, scope, done, at, actor, run_id)
        done.accounts += scope.size
        if run:
            runs.add_failures(run, done.failed)
        done.failed.clear()
        if progress:
            progress(done.accounts, total)
    done.handovers_changed = handovers_runs.follow(plan.as_of, at=at, account_ids=plan.account_ids)
    return done


def only_work(as_of: date, *, at: datetime, run_id: int | None = None) -> Applied:
    """The part of a daily run that concerns work, for a day of a company's past that is built at once: snoozes end, what is due is raised,
    changed, settled and handed over. Decisions are left as they are, and nobody is told of what is new."""
    plan = Plan(as_of, handbook.pack())
    done = Applied()
    done.ctas_woken = ctas_runs.wake_many(today=as_of, at=at, run_id=run_id)
    for scope in plan.scopes:
        with transaction.atomic():
            found = facts.build(scope, as_of, plan.pack, families=plan.families)
            onboardings.lock()
            done.add(work.apply(due.of(scope, found, as_of, plan.pack, plan.managers), None, today=as_of, at=at, run_id=run_id))
            if (moves := plan.moves(scope, found.frame)).height:
                done.onboard(onboardings_runs.follow_many(moves, today=as_of, at=at, run_id=run_id))
            done.accounts += found.frame.height
    return done


def check(plan: Plan, at: datetime) -> None:
    """Raise Refused for a plan that can't be applied at this moment: see ``apply``."""
    today = clock.day_of(at)
    if plan.pack.digest != handbook.pack().digest:
        raise Refused("This plan was made with another handbook: it shows what would change and can't be applied.", "conflict")
    if plan.as_of > today:
        raise Refused(f"A plan for {plan.as_of} looks ahead: it can be applied on that day.", "conflict")
    if plan.as_of < today and (later := Decision.objects.filter(until_date=None, from_date__gt=plan.as_of).first()):
        raise Refused(f"Decisions are stored up to {later.from_date}: an earlier day can't be applied any more.", "conflict")


def _apply_or_split(plan: Plan, scope: Scope, done: Applied, at: datetime, actor: User | None, run_id: int | None) -> None:
    """Apply a block; where an account breaks it, halve it until the account stands alone, note it, and go on with the rest."""
    try:
        with transaction.atomic():
            decisions.lock()
            _apply(plan, plan.block(scope), done, at, actor, run_id)
    except (DatabaseError, Refused):
        raise
    except Exception as error:
        ids = scope.ids if scope.ids is not None else tuple(scope.account_ids())
        if len(ids) == 1:
            message = f"The facts can't be read: {type(error).__name__}: {error}"
            done.failed.append(RunFailure(account_id=ids[0], message=message[:500]))
            done.skipped += 1
            return
        middle = len(ids) // 2
        for part in (ids[:middle], ids[middle:]):
            _apply_or_split(plan, of_ids(part), done, at, actor, run_id)


def _apply(plan: Plan, block: Block, done: Applied, at: datetime, actor: User | None, run_id: int | None) -> None:
    work.begin(block.work)
    if block.work.size or block.begins or block.moves.height:
        onboardings.lock()
    found = block.decided
    stored = decisions.store(found, plan.pack, at=at, actor=actor, run_id=run_id)
    for row in Assignment.objects.filter(pk__in=block.leaving["assignment"].to_list()):
        assignments.end(row, on=plan.as_of, actor=None, at=at, reason="The handbook's time for the previous owner is over")
    stale = sorted({*found.decided["account"].to_list(), *block.wanted, *stale_rows(found.facts, found.scope, plan.as_of)})
    if stale:
        # Of most accounts of a block all of it is asked for, by its ends instead of by thousands of ids; what is right is not written.
        few = 2 * len(stale) < found.facts.frame.height
        facts, scope = (found.facts.only(stale), of_ids(stale)) if few else (found.facts, found.scope)
        shown = found.shown()
        shown = shown.filter(pl.col("account_id").is_in(stale)) if few else shown
        summaries.write(facts, scope, plan.pack, today=plan.as_of, at=at, shown=shown)
    done.add(work.apply(block.work, block.wanted, today=plan.as_of, at=at, run_id=run_id))
    done.handovers_begun += handovers_runs.begin_many(block.handing, today=plan.as_of, at=at, run_id=run_id).begun
    _onboard(plan, block, done, at, run_id)
    done.decisions += stored
    done.accounts_changed += found.decided["account"].n_unique()
    done.waiting += len(block.wanted)
    done.assignments_ended += block.leaving.height
    done.skipped += found.skipped["account"].n_unique()
    done.failed += _failures(found.skipped)


def _onboard(plan: Plan, block: Block, done: Applied, at: datetime, run_id: int | None) -> None:
    """Begin onboardings, and let the open ones follow what the work of this very run has moved."""
    begun = (
        onboardings_runs.begin_many(block.begins, today=plan.as_of, at=at, run_id=run_id)
        if block.begins
        else onboardings_runs.Done()
    )
    done.onboard(begun)
    if block.begins or block.moves.height or block.work.size:
        moves = plan.moves(block.decided.scope, block.decided.facts.frame)
        if moves.height:
            done.onboard(onboardings_runs.follow_many(moves, today=plan.as_of, at=at, run_id=run_id, fresh=begun.fresh))


def _failures(skipped: pl.DataFrame) -> list[RunFailure]:
    return [
        RunFailure(account_id=account, column=fact, value=(value or "")[:500], message=message[:500])
        for account, fact, value, message in skipped.iter_rows()
    ]


def execute(run: Run, *, now: Callable[[], datetime], watch: Progress | None = None) -> None:
    """Do a queued run of kind ``daily``; its steps, counts and failures are kept on it. A run that another worker took is left alone."""
    if not runs.start(run, at=now()):
        return
    try:
        runs.step(run, "decide", "Decide every account and store what changed", at=now())

        def progress(done: int, total: int) -> None:
            runs.progress(run, done, at=now(), total=total, count=done)
            if watch:
                watch(done, total)

        result = apply(plan(run.as_of or clock.day_of(now())), at=now(), actor=None, run=run, progress=progress)
        portfolio.fold()
        projects_runs.follow(clock.day_of(now()))
        reminders.remind(clock.day_of(now()), at=now())
    except Refused as refused:
        runs.fail(run, refused.sentence, at=now())
    except Exception as error:
        runs.fail(run, f"{type(error).__name__}: {error}", at=now())
        raise
    else:
        runs.finish(run, at=now(), counts=result.counts)
        capacity.follow(clock.day_of(now()), at=now())
        remember(run.as_of or clock.day_of(now()))


def remember(today: date) -> None:
    """Check the handbook here, so that web workers find the result and need no memory for it."""
    workbook.check(handbook.pack(), today)
