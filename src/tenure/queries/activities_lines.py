"""Entries of the timeline as they are shown: who was there, how far the next steps are, what belongs to them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db.models import Count, F, QuerySet, TextField, Value
from django.db.models.functions import Cast
from django.utils import timezone

from tenure.models import Activity, Attachment, Comment, Task
from tenure.queries import activity_kinds, handbook

NAMED = 2  # contacts that are named, more are counted


@dataclass(frozen=True)
class Step:
    """A next step and the task that it has become; ``task`` None = it is gone."""

    title: str
    task: Task | None

    @property
    def is_done(self) -> bool:
        """Whether its task is done."""
        return self.task is not None and self.task.status == "done"


@dataclass(frozen=True)
class Line:
    """An entry as the timeline shows it."""

    row: Activity
    title: str
    icon: str
    company: str  # who else was there, in words: "with Dana Whitlock and 3 colleagues"
    sentiment: str
    steps: list[Step] = field(default_factory=list)
    comments: int = 0
    attachments: int = 0
    late: bool = False  # planned, its time has come, and nobody wrote it up

    @property
    def by(self) -> str:
        """Its author, or where it comes from."""
        return self.row.owner.name if self.row.owner else "CRM" if self.row.source == "crm" else "Tenure"

    @property
    def day(self) -> date | None:
        """Its day as the page tells moments: in the zone of whoever reads."""
        moment = self.row.happened_at
        return moment.astimezone(timezone.get_current_timezone()).date() if moment else None

    @property
    def done(self) -> int:
        """How many next steps are done."""
        return sum(step.is_done for step in self.steps)


def lines(rows: Sequence[Activity], now: datetime) -> list[Line]:
    """The entries with all that stands around them. Two queries for any number of rows."""
    names, numbers = _around([row.pk for row in rows])
    tasks = Task.objects.select_related("owner").in_bulk(
        [step["task"] for row in rows for step in row.next_steps if step.get("task")]
    )
    book = handbook.pack().timeline
    return [
        Line(
            row, activity_kinds.title(row.kind, book), activity_kinds.icon(row.kind, book), _company(names.get((row.pk, "guest"), []), names.get((row.pk, "staff"), [])),
            activity_kinds.sentiment_title(row.sentiment, book), [Step(step["title"], tasks.get(step.get("task"))) for step in row.next_steps],
            numbers.get((row.pk, "comment"), 0), numbers.get((row.pk, "file"), 0), row.planned and row.happened_at is not None and row.happened_at <= now,
        )
        for row in rows
    ]  # fmt: skip


def _around(ids: Sequence[int]) -> tuple[dict[tuple[int, str], list[str]], dict[tuple[int, str], int]]:
    """Names (guest, staff: without the entry's own author) and numbers (comment, file) by entry. One query."""
    kept = {"activity__in": ids, "deleted_at": None}
    parts = [
        _named(Activity.attendees.through.objects.filter(activity__in=ids), "guest", "contact__name"),
        _named(Activity.participants.through.objects.filter(activity__in=ids).exclude(user=F("activity__owner")), "staff", "user__name"),
        _counted(Comment.objects.filter(**kept), "comment"), _counted(Attachment.objects.filter(**kept), "file"),
    ]  # fmt: skip
    names: dict[tuple[int, str], list[str]] = {}
    numbers: dict[tuple[int, str], int] = {}
    for activity, tag, name, number in parts[0].union(*parts[1:], all=True).order_by("said"):
        if number:
            numbers[activity, tag] = number
        else:
            names.setdefault((activity, tag), []).append(name)
    return names, numbers


def _named(rows: QuerySet[Any], tag: str, column: str) -> QuerySet[Any, Any]:
    rows = rows.order_by().annotate(tag=Value(tag), said=Cast(column, TextField()), number=Value(0))
    return rows.values_list("activity", "tag", "said", "number")


def _counted(rows: QuerySet[Any], tag: str) -> Any:
    rows = rows.order_by().annotate(tag=Value(tag), said=Value("", output_field=TextField()))
    return rows.values_list("activity", "tag", "said").annotate(number=Count("pk"))


def _company(guests: Sequence[str], staff: Sequence[str]) -> str:
    """``with Dana Whitlock, 3 colleagues``: contacts by name while they are few."""
    parts = list(guests) if len(guests) <= NAMED else [f"{len(guests)} contacts"]
    parts += list(staff) if len(staff) == 1 else [f"{len(staff)} colleagues"] if staff else []
    return f"with {', '.join(parts)}" if parts else ""
