"""Reminding people of work that is due today, and of work that has become overdue: each piece once for each due date."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from itertools import islice

from django.db.models import Q, QuerySet

from tenure.actions import notices
from tenure.actions.notices import Letter
from tenure.models import CallToAction, Task

BACK = timedelta(days=7)  # days that nobody ran are made up for; what is overdue for longer was told before
BLOCK = 1000


def remind(today: date, *, at: datetime) -> int:
    """Tell the owners of open calls to action and of open tasks; returns how many letters were new. What rests isn't told.

    A repeat tells nobody anything, and a date that is moved is told anew. Call it once a day.
    """
    letters, told = iter([*_of_ctas(today), *_of_tasks(today)]), 0
    while block := list(islice(letters, BLOCK)):
        told += notices.queue(block, at=at)
    return told


def _lately(today: date) -> Q:
    return Q(due_date__lte=today, due_date__gt=today - BACK)


def _of_ctas(today: date) -> Iterator[Letter]:
    rows: QuerySet[CallToAction] = CallToAction.objects.filter(
        _lately(today), is_open=True, owner__is_active=True, account__deleted_at=None
    )
    awake = rows.exclude(snoozed_until__gt=today).select_related("account").order_by("due_date", "pk")
    yield from _letters(((row, row, row.owner_id) for row in awake), "cta", today)


def _of_tasks(today: date) -> Iterator[Letter]:
    rows: QuerySet[Task] = Task.objects.filter(
        _lately(today), status="open", owner__is_active=True, cta__is_open=True, cta__account__deleted_at=None
    )
    awake = rows.exclude(cta__snoozed_until__gt=today).select_related("cta__account").order_by("due_date", "pk")
    yield from _letters(((row, row.cta, row.owner_id) for row in awake), "task", today)


def _letters(found: Iterable[tuple[CallToAction | Task, CallToAction, int | None]], noun: str, today: date) -> Iterator[Letter]:
    for row, cta, owner in found:
        due = row.due_date
        if due is None or owner is None:
            continue
        kind, words = ("due", "Due today") if due == today else ("overdue", f"Overdue since {due:%-d %B}")
        body = cta.account.name if isinstance(row, CallToAction) else f"{cta.account.name}: {cta.title}"
        yield Letter(
            owner, kind, f"{words}: {row.title}"[:300], f"{kind}:{noun}:{row.pk}:{due}", body, f"/ctas/{cta.pk}/", cta.account_id
        )
