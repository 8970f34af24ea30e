"""Keeping planned windows: begun, filled block by block, shown at once when complete, brought up to date account by account, dropped as a whole.

Derived and for reading only, so nothing here leaves an Event: the run that builds a window has its own.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

import polars as pl
from django.db import connection, transaction
from django.db.models import Count, Q, Sum
from django.db.models.functions import Coalesce

from tenure.actions import bulk
from tenure.models import CapacityLine, CapacityPlan, CapacityWeek, Run
from tenure.queries import capacity

BATCH = 20_000  # rows deleted in one transaction
CHUNK = 5_000
LOOKED_AT = timedelta(minutes=10)  # a page that is being read may go on asking for rows that were replaced


def lock() -> None:
    """Let one transaction at a time ask for a window, or change one."""
    bulk.lock("capacity")


def begin(run: Run | None, *, first: date, weeks: int, as_of: date, at: datetime, event: int, digest: str) -> CapacityPlan:
    """A window without lines, not shown. ``event`` is the newest one that its lines can know of."""
    for left in CapacityPlan.objects.filter(run=run, ready_at=None) if run else ():  # by a worker that died
        drop(left)
    return CapacityPlan.objects.create(
        first=first, weeks=weeks, run=run, as_of=as_of, recorded_at=at, event=event, digest=digest, used_at=at
    )


def store(plan: CapacityPlan, lines: pl.DataFrame) -> int:
    """Add lines to a window; returns how many."""
    with transaction.atomic():
        return _insert(plan, lines)


def finish(plan: CapacityPlan, *, at: datetime) -> int:
    """Add the lines up and show the window, all of it at once; returns how many lines it has."""
    with transaction.atomic():
        _add_up(plan, None)
        plan.lines, plan.ready_at, plan.used_at = CapacityLine.objects.filter(plan=plan).count(), at, at
        plan.save()
    if connection.vendor == "postgresql":  # so that the planner knows the rows before its own look at the tables
        with connection.cursor() as cursor:
            for model in (CapacityLine, CapacityWeek):
                cursor.execute(f'analyze "{model._meta.db_table}"')
    return plan.lines


def replace(
    plan: CapacityPlan, account_ids: Iterable[int], lines: pl.DataFrame, fixed: pl.DataFrame, *, event: int, at: datetime
) -> int:
    """Put new lines in the place of those of some accounts and of those that hang on none (``fixed``); returns how many there are now."""
    ids = sorted(set(account_ids))
    with transaction.atomic():
        lock()
        people: set[int | None] = {*lines["user"].to_list(), *fixed["user"].to_list()}
        parts = [Q(account__in=ids[start : start + CHUNK]) for start in range(0, len(ids), CHUNK)]
        for part in [Q(account=None), *parts]:
            rows = CapacityLine.objects.filter(part, plan=plan)
            people |= set(rows.values_list("user", flat=True).distinct())
            rows.delete()
        _insert(plan, pl.concat([lines, fixed]))
        _add_up(plan, people)
        plan.event, plan.recorded_at, plan.lines = event, at, CapacityLine.objects.filter(plan=plan).count()
        plan.save()
    return plan.lines


def _insert(plan: CapacityPlan, lines: pl.DataFrame) -> int:
    cut = [pl.col(name).str.slice(0, _longest(name)) for name in ("kind", "title", "why", "schedule")]
    refs = {name: f"{name}_id" for name in ("user", "account", "cta")}
    return bulk.insert_frame(CapacityLine, lines.with_columns(cut).rename(refs), plan_id=plan.pk)


def _longest(name: str) -> int:
    return int(getattr(CapacityLine._meta.get_field(name), "max_length", 0))


def _add_up(plan: CapacityPlan, people: set[int | None] | None) -> None:
    """The sums per person, week and kind; of some people only, where given."""
    lines, sums = CapacityLine.objects.filter(plan=plan), CapacityWeek.objects.filter(plan=plan)
    if people is not None:
        lines, sums = capacity.of_people(lines, people), capacity.of_people(sums, people)
    sums.delete()
    late = Coalesce(Sum("minutes", filter=Q(due_date__lt=plan.as_of)), 0)  # before ``minutes`` is the name of a sum
    rows = (
        lines.values_list("user", "week", "kind")
        .annotate(late=late)
        .annotate(pieces=Count("pk"), minutes=Sum("minutes"))
        .order_by()
    )
    names = ("user_id", "week", "kind", "late", "pieces", "minutes", "plan_id")
    bulk.insert(CapacityWeek, names, [(*row, plan.pk) for row in rows])


def use(plan: CapacityPlan, *, at: datetime) -> None:
    """Note that somebody looks at the window; not more often than is needed to know which windows are used."""
    if at - plan.used_at > LOOKED_AT:
        CapacityPlan.objects.filter(pk=plan.pk).update(used_at=at)


def tidy(keep: int, *, at: datetime) -> int:
    """Drop what nobody will look at: windows that were replaced, that a killed worker left unfinished, that are over, and all but the ``keep``
    used last. Returns how many were dropped."""
    gone = capacity.useless(keep, at, LOOKED_AT)
    for plan in gone:
        drop(plan)
    return len(gone)


def drop(plan: CapacityPlan) -> None:
    """Remove a window: first it is no longer shown, then its rows go in bounded transactions."""
    CapacityPlan.objects.filter(pk=plan.pk).update(ready_at=None, run=None)
    for model in (CapacityWeek, CapacityLine):
        rows = model.objects.filter(plan=plan.pk).order_by("pk")
        while ids := list(rows.values_list("pk", flat=True)[:BATCH]):
            model.objects.filter(plan=plan.pk, pk__range=(ids[0], ids[-1])).delete()
    CapacityPlan.objects.filter(pk=plan.pk).delete()
