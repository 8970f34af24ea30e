"""How many issues a project has, by state, column, milestone and confidentiality: counted when something is written, kept with the project.

A row of the tally is ``[state, column id, milestone id, confidential, issues, weight]``; there are few, however many issues there are.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

from django.db.models import Count, Sum

from tenure.models import Project, ProjectIssue


class Part(NamedTuple):
    """Issues that are alike: how many, and what they weigh together."""

    state: str  # opened | closed
    column: int | None
    milestone: int | None
    confidential: bool
    issues: int
    weight: int


class Progress(NamedTuple):
    """How many issues are open and closed, and how much of them is closed, in %; None where there are none."""

    opened: int
    closed: int

    @property
    def total(self) -> int:
        """All of them."""
        return self.opened + self.closed

    @property
    def percent(self) -> int | None:
        """Closed ones of 100, rounded down."""
        return self.closed * 100 // self.total if self.total else None


def counted(project: Project) -> list[list[Any]]:
    """The tally of the issues as they stand. One query that reads every issue's entry in an index."""
    rows = ProjectIssue.objects.filter(project=project, deleted_at=None).order_by()
    names = ("state", "column_id", "milestone_id", "confidential")
    found = rows.values_list(*names).annotate(n=Count("pk"), heavy=Sum("weight"))
    return sorted(([*alike, n, heavy or 0] for *alike, n, heavy in found), key=lambda row: tuple(map(str, row)))


def parts(project: Project, hidden: bool) -> Iterator[Part]:
    """What the project's row says, with what is confidential only if ``hidden``. No query."""
    return (part for part in (Part(*row) for row in project.tally) if hidden or not part.confidential)


def total(project: Project, hidden: bool) -> int:
    """How many issues the reader sees."""
    return progress(project, hidden).total


def progress(project: Project, hidden: bool) -> Progress:
    """How far the project is, of the issues that the reader sees."""
    found = Counter[str]()
    for part in parts(project, hidden):
        found[part.state] += part.issues
    return Progress(found["opened"], found["closed"])


def by_column(project: Project, hidden: bool) -> Counter[tuple[str, int | None]]:
    """How many there are by state and column."""
    found: Counter[tuple[str, int | None]] = Counter()
    for part in parts(project, hidden):
        found[part.state, part.column] += part.issues
    return found
