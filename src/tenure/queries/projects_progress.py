"""How far a project is: its milestones with their issues, what was done, and the burndown."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, Q, Sum
from django.db.models.functions import Coalesce

from tenure.models import Event, Project, ProjectIssue, ProjectIssueState, ProjectMilestone
from tenure.queries import projects, projects_tally
from tenure.queries.projects_words import QUIET, VERBS

LONGEST = 400  # days of a burndown
RECENT = 12


@dataclass(frozen=True)
class Stone:
    """A milestone with the issues under it that the reader sees: how many, how many are closed, and their weight."""

    row: ProjectMilestone
    total: int
    closed: int
    weight: int

    @property
    def percent(self) -> int:
        """How much of it is closed."""
        return self.closed * 100 // self.total if self.total else 0

    def is_late(self, today: date) -> bool:
        """Whether it should be over."""
        return (
            self.row.state == "active"
            and self.row.due_date is not None
            and self.row.due_date < today
            and self.closed < self.total
        )


@dataclass(frozen=True)
class Day:
    """What was open at the end of a day: issues and their weight. ``ideal``: where it should be, were it done evenly until the end."""

    on: date
    issues: int
    weight: int
    ideal: float | None = None


@dataclass(frozen=True)
class Line:
    """One thing that was done in a project."""

    event: Event
    title: str
    about: str
    by: str


def milestones(project: Project, hidden: bool) -> list[Stone]:
    """The milestones in their order. One query; how many issues are under each is in the project's own row."""
    parts = list(projects_tally.parts(project, hidden))
    rows = ProjectMilestone.objects.filter(project=project, deleted_at=None)
    return [_stone(row, [part for part in parts if part.milestone == row.pk]) for row in rows]


def _stone(row: ProjectMilestone, parts: Sequence[projects_tally.Part]) -> Stone:
    closed = sum(part.issues for part in parts if part.state == "closed")
    return Stone(row, sum(part.issues for part in parts), closed, sum(part.weight for part in parts))


def burndown(project: Project, hidden: bool, until: date, milestone: ProjectMilestone | None = None) -> list[Day]:
    """What was open at the end of each day, from the first day on which there was anything until ``until``, of the whole project or of one milestone. One
    query, one row for each day and kind of turn."""
    rows = ProjectIssueState.objects.filter(issue__project=project, issue__deleted_at=None)
    rows = rows if hidden else rows.filter(issue__confidential=False)
    rows = rows.filter(issue__milestone=milestone) if milestone else rows
    turned = rows.order_by().values_list("on", "state").annotate(n=Count("pk"), weight=Coalesce(Sum("issue__weight"), 0))
    steps: dict[date, list[int]] = {}
    for day, state, n, weight in turned:
        sign = -1 if state == "closed" else 1
        step = steps.setdefault(day, [0, 0])
        step[0], step[1] = step[0] + sign * n, step[1] + sign * weight
    return _ideal(_days(steps, until), milestone.due_date if milestone else None)


def _days(steps: dict[date, list[int]], until: date) -> list[Day]:
    if not steps:
        return []
    day, issues, weight, found = min(steps), 0, 0, []
    while day <= until:
        more = steps.get(day, (0, 0))
        issues, weight = issues + more[0], weight + more[1]
        found.append(Day(day, issues, weight))
        day += timedelta(days=1)
    return found[-LONGEST:]


def _ideal(days: list[Day], due: date | None) -> list[Day]:
    """The even line from the most that was open down to nothing on the day that it is due."""
    if not days or due is None or due <= days[0].on:
        return days
    most, length = max(day.issues for day in days), (due - days[0].on).days
    return [Day(day.on, day.issues, day.weight, max(0.0, most * (1 - (day.on - days[0].on).days / length))) for day in days]


def activity(project: Project, hidden: bool, size: int = RECENT) -> list[Line]:
    """What was done last, newest first, without what concerns confidential issues unless ``hidden``. One query, by the account."""
    mark = f'"project":{project.pk}'
    rows = (
        Event.objects.filter(account_id=project.account_id, noun__startswith="project")
        .exclude(verb__in=QUIET)
        .select_related("actor")
    )
    if not hidden:
        rows = projects.open_events(rows, ProjectIssue.objects.filter(project=project))
    found = rows.filter(Q(body__contains=f"{mark},") | Q(body__endswith=f"{mark}}}")).order_by("-pk")[:size]
    return [_line(event) for event in found]


def _line(event: Event) -> Line:
    body = json.loads(event.body)
    guest = body.get("guest")
    by = event.actor.name if event.actor else f"{guest} (guest)" if guest else "Tenure"
    return Line(event, VERBS.get(event.verb, event.verb), str(body.get("name") or ""), by)
