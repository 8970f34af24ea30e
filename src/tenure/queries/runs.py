"""Runs as pages and commands show them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet

from tenure.models import Run, RunFailure, User
from tenure.queries import visible

HEADINGS = ("account", "account id", "file", "row", "column", "value", "message")


@dataclass(frozen=True)
class Took:
    """How long something took, in words."""

    took: timedelta

    def __str__(self) -> str:
        seconds = self.took.total_seconds()
        if seconds < 60:
            return f"{seconds:.1f} s"
        return (
            f"{int(seconds // 60)} min {int(seconds % 60)} s"
            if seconds < 3600
            else f"{int(seconds // 3600)} h {int(seconds % 3600 // 60)} min"
        )


# What the counts of a kind of run are called; other names speak for themselves.
WORDS = {
    "log": {"checked": "events hold", "broken_at": "the first event that doesn't fit"},
    "daily": {
        "decisions": "decisions changed", "accounts_changed": "accounts changed", "waiting": "more need a TAM", "accounts": "accounts looked at",
        "overrides_expired": "overrides expired", "assignments_ended": "assignments ended",
        "ctas_raised": "CTAs raised", "ctas_changed": "CTAs changed", "ctas_settled": "CTAs settled",
        "ctas_woken": "CTAs back from their snooze", "handed_over": "tasks handed over",
        "onboardings_begun": "onboardings begun", "onboardings_joined": "further causes of onboardings", "onboardings_changed": "onboardings changed",
        "onboardings_completed": "onboardings completed", "handovers_begun": "hand-overs begun",
        "handovers_changed": "hand-overs followed what happened", "skipped": "accounts with facts that can't be read",
    }
}  # fmt: skip
CHANGES = (
    "decisions", "waiting", "overrides_expired", "assignments_ended", "ctas_raised", "ctas_changed", "ctas_settled", "ctas_woken",
    "handed_over", "handovers_begun", "handovers_changed", "onboardings_begun", "onboardings_changed", "onboardings_completed", "created", "updated", "checked",
)  # fmt: skip


def counted(run: Run) -> list[tuple[str, int]]:
    """The counts of a run in words, those that aren't zero."""
    words = WORDS.get(run.kind, {})
    return [(words.get(name, name.replace("_", " ")), count) for name, count in run.counts.items() if count]


def result(run: Run) -> str:
    """A run's result in a clause: ``7,000 decisions changed · 703 more need a TAM``, its message, or that nothing changed."""
    if run.message:
        return run.message
    words = WORDS.get(run.kind, {})
    said = [f"{run.counts[name]:,} {words.get(name, name.replace('_', ' '))}" for name in CHANGES if run.counts.get(name)]
    return " · ".join(said) or ("Nothing changed" if run.status == "done" else "")


def latest(number: int) -> list[Run]:
    """The newest runs."""
    return list(Run.objects.select_related("started_by").order_by("-pk")[:number])


def seen_by(user: User) -> QuerySet[Run]:
    """The runs that a person sees, newest first: all with the capability run.view, else the own ones."""
    rows = Run.objects.select_related("started_by").order_by("-pk")
    return rows if visible.may(user, "run.view") else rows.filter(started_by=user)


def listed(user: User, kind: str = "", status: str = "", before: int | None = None, number: int = 50) -> list[Run]:
    """A page of the list: ``before`` is the id of the last run of the page before. ``failed`` counts what failed alone."""
    rows = seen_by(user).annotate(failed=Count("failures"))
    rows = rows.filter(kind=kind) if kind else rows
    rows = rows.filter(status=status) if status else rows
    return list((rows.filter(pk__lt=before) if before else rows)[:number])


def kinds() -> list[str]:
    """The kinds of runs there are."""
    return list(Run.objects.order_by("kind").values_list("kind", flat=True).distinct())


def took(run: Run) -> Took | None:
    """From start to end, or to the last sign of life."""
    end = run.finished_at or run.beat_at
    return Took(end - run.started_at) if end and run.started_at else None


def failures(run: Run, user: User, number: int = 50) -> tuple[list[RunFailure], int]:
    """The first failures and how many there are. Accounts that the person doesn't see are not named."""
    rows = _failures(run, user)
    return list(rows[:number]), rows.count()


def failure_rows(run: Run, user: User) -> Iterator[list[Any]]:
    """Every failure as a row of HEADINGS."""
    for row in _failures(run, user).iterator(chunk_size=2000):
        yield [row.account.name if row.account else "", row.account_id, row.file, row.row, row.column, row.value, row.message]


def _failures(run: Run, user: User) -> QuerySet[RunFailure]:
    seen = Q(account=None) | Q(account__in=visible.accounts(user))
    return RunFailure.objects.filter(seen, run=run).select_related("account").order_by("pk")
