"""The board of a project: open issues without a column, one column for each label that is one, and what was closed. Each shows its first cards."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, QuerySet, prefetch_related_objects

from tenure.models import Project, ProjectIssue, ProjectLabel, User
from tenure.queries import projects_issues, projects_tally
from tenure.queries.accounts import FEW
from tenure.queries.among import Among
from tenure.queries.lists import State
from tenure.rules.projects import scope

CARDS = 25  # shown of a column
OPEN, CLOSED = "open", "closed"


@dataclass(frozen=True)
class Column:
    """One column: its first cards, and how many there are in all."""

    key: str
    title: str
    color: str
    cards: Sequence[ProjectIssue]
    count: int

    @property
    def more(self) -> int:
        """How many are not shown."""
        return self.count - len(self.cards)


def columns(project: Project, hidden: bool, user: User | None, state: State, today: date) -> list[Column]:
    """Every column. A query for each, from its own index, and a few more: none depends on how many issues there are."""
    found = projects_issues.matching(project, hidden, user, state, today)
    labels = list(ProjectLabel.objects.filter(project=project, board=True, deleted_at=None))
    there, ids = projects_issues.rows(project, hidden), projects_issues.few(found) if state.search else None
    found = found if ids is None else there.filter(Among("pk", ids))
    counts: dict[str, int] = {}
    for turned, column, n in _known(project, hidden, found, state):
        key = CLOSED if turned == "closed" else str(column or OPEN)
        counts[key] = counts.get(key, 0) + n
    if sum(counts.values()) >= FEW:
        found = there.filter(projects_issues.conditions(user, state, today, walked=True))
    made = [
        Column(key, title, color, list(_cards(found, key)) if counts.get(key) else [], counts.get(key, 0))
        for key, title, color in _titles(labels)
    ]
    prefetch_related_objects([card for column in made for card in column.cards], *projects_issues.shown())
    return made


def _known(project: Project, hidden: bool, found: QuerySet[ProjectIssue], state: State) -> Iterable[tuple[str, int | None, int]]:
    """How many of which state and column: of all, the project's own row says so."""
    if not state.narrowed:
        return [(*key, n) for key, n in projects_tally.by_column(project, hidden).items()]
    return found.order_by().values_list("state", "column_id").annotate(n=Count("*"))


def _titles(labels: Sequence[ProjectLabel]) -> list[tuple[str, str, str]]:
    named = [(str(label.pk), label.name.removeprefix(f"{scope(label.name)}::"), label.color) for label in labels]
    return [(OPEN, "Open", ""), *named, (CLOSED, "Closed", "")]


def _cards(found: QuerySet[ProjectIssue], key: str) -> QuerySet[ProjectIssue]:
    if key == CLOSED:
        return found.filter(state="closed").order_by("-iid")[:CARDS]
    return found.filter(state="opened", column=None if key == OPEN else int(key)).order_by("position", "iid")[:CARDS]
