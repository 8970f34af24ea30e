"""Keeping the rows of other days: begun, filled block by block, shown at once when complete, dropped as a whole.

Derived and for reading only, so nothing here leaves an Event: the run that builds a day has its own.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

import polars as pl
from django.db import connection, transaction
from django.db.models import QuerySet

from tenure.actions import bulk
from tenure.models import AccountDay, AccountSummary, BuiltDay, Run
from tenure.queries import days

BATCH = 20_000  # rows deleted in one transaction
LOOKED_AT = timedelta(minutes=10)  # a page that is being read may go on asking for rows that were replaced


def lock() -> None:
    """Let one transaction at a time ask for a day."""
    bulk.lock("days")


def begin(run: Run, *, today: date, at: datetime, event: int, digest: str) -> BuiltDay:
    """A day without rows, not shown. ``event`` is the newest one that its rows can know of."""
    if run.as_of is None:
        raise ValueError("a run that builds a day names it")
    for left in BuiltDay.objects.filter(run=run, ready_at=None):  # by a worker that died
        drop(left)
    return BuiltDay.objects.create(
        day=run.as_of, run=run, seen_from=today, recorded_at=at, event=event, digest=digest, used_at=at
    )


def store(built: BuiltDay, rows: pl.DataFrame) -> int:
    """Add rows to a day that isn't shown yet; returns how many."""
    with transaction.atomic():
        return bulk.insert_frame(AccountDay, rows, built_id=built.pk)


def finish(built: BuiltDay, *, at: datetime) -> int:
    """Show the day, all of it at once; returns how many accounts it has. What was deleted in the meantime is not among them."""
    with transaction.atomic():
        rows = AccountDay.objects.filter(built=built)
        rows.filter(account__in=AccountSummary.objects.filter(deleted=True).values("pk")).delete()
        built.accounts, built.ready_at, built.used_at = rows.count(), at, at
        built.save()
    if connection.vendor == "postgresql":  # so that the planner knows the rows before its own look at the table
        with connection.cursor() as cursor:
            cursor.execute(f'analyze "{AccountDay._meta.db_table}"')
    return built.accounts


def use(built: BuiltDay, *, at: datetime) -> None:
    """Note that somebody looks at the day; not more often than is needed to know which days are used."""
    if at - built.used_at > LOOKED_AT:
        BuiltDay.objects.filter(pk=built.pk).update(used_at=at)


def forget(account_ids: Iterable[int]) -> None:
    """Take accounts that nobody may see any more out of every day."""
    if ids := list(account_ids):
        AccountDay.objects.filter(built__in=BuiltDay.objects.values("pk"), account__in=ids).delete()


def tidy(keep: int, *, at: datetime) -> int:
    """Drop what nobody will look at: days that were replaced, that a killed worker left unfinished, and all but the ``keep`` used last.

    Returns how many were dropped.
    """
    gone = [*_replaced(at), *_unfinished(), *_unused(keep)]
    for built in gone:
        drop(built)
    return len(gone)


def drop(built: BuiltDay) -> None:
    """Remove a day: first it is no longer shown, then its rows go in bounded transactions."""
    BuiltDay.objects.filter(pk=built.pk).update(ready_at=None, run=None)
    rows = AccountDay.objects.filter(built=built.pk).order_by("account")
    while ids := list(rows.values_list("pk", flat=True)[:BATCH]):
        AccountDay.objects.filter(built=built.pk, pk__range=(min(ids), max(ids))).delete()
    BuiltDay.objects.filter(pk=built.pk).delete()


def _shown() -> QuerySet[BuiltDay]:
    return BuiltDay.objects.filter(ready_at__isnull=False)


def _replaced(at: datetime) -> list[BuiltDay]:
    found: list[BuiltDay] = []
    newest: dict[date, BuiltDay] = {}
    for row in _shown().order_by("-pk"):
        later = newest.setdefault(row.day, row)
        if later is not row and later.ready_at and at - later.ready_at > LOOKED_AT:
            found.append(row)
    return found


def _unfinished() -> list[BuiltDay]:
    """Those that no run fills any more; a run that is taken up again drops what it left itself."""
    return list(BuiltDay.objects.filter(ready_at=None).exclude(run__status__in=days.LIVE))


def _unused(keep: int) -> list[BuiltDay]:
    """All rows of the days beyond those used last."""
    used: dict[date, datetime] = {}
    rows = list(_shown())
    for row in rows:
        used[row.day] = max(row.used_at, used.get(row.day, row.used_at))
    kept = sorted(used, key=lambda day: used[day], reverse=True)[: max(keep, 1)]
    return [row for row in rows if row.day not in kept]
