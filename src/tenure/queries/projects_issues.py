"""The issues of one project: as a list, and one of them."""

from datetime import date
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet, prefetch_related_objects
from django.db.models.functions import Lower

from tenure.models import Project, ProjectComment, ProjectIssue, ProjectLabel, ProjectMilestone, User
from tenure.queries import keyset, listed, projects, projects_tally, visible
from tenure.queries.accounts import FEW, Group, Sums, where
from tenure.queries.among import Among
from tenure.queries.lists import Column, Condition, Defaults, State

STATES = (("opened", "Open"), ("closed", "Closed"))
DEFAULTS = Defaults(sorts=(("due", False),), shown=("title", "labels", "milestone", "assignee", "weight", "boxes", "due"))
LINKS: dict[str, tuple[Any, str]] = {
    "labels": (ProjectIssue.labels.through, "projectlabel_id"),
    "assignee": (ProjectIssue.assignees.through, "user_id"),
}


def columns(project: Project) -> dict[str, Column]:
    """The columns by key; labels and milestones are the project's own. Two queries."""
    labels = list(ProjectLabel.objects.filter(project=project, deleted_at=None).values_list("pk", "name", "board"))
    stones = ProjectMilestone.objects.filter(project=project, deleted_at=None).values_list("pk", "title")
    found = [
        Column("title", "Issue", "text", "title_key", place="a", fixed=True),
        Column("iid", "No.", "int", "iid"),
        Column("state", "State", "enum", "state", choices=STATES, groupable=True),
        Column("labels", "Labels", "enum", "labels", sort="column_id", nullable=True, choices=tuple((str(pk), name) for pk, name, _ in labels), place="e"),
        Column("column", "Column", "enum", "column_id", nullable=True, choices=tuple((str(pk), name) for pk, name, board in labels if board), groupable=True),
        Column("milestone", "Milestone", "enum", "milestone_id", nullable=True, choices=tuple((str(pk), title) for pk, title in stones), groupable=True, place="c"),
        Column("assignee", "Assignee", "person", "assignees", sort="iid", nullable=True),
        Column("weight", "Weight", "int", "weight", nullable=True),
        Column("boxes", "Boxes", "int", "ticked"),
        Column("comments", "Comments", "int", "remarks"),
        Column("due", "Due", "date", "due_date", nullable=True, place="d"),
        Column("confidential", "Confidential", "bool", "confidential"),
    ]  # fmt: skip
    return {column.key: column for column in found}


def rows(project: Project, hidden: bool) -> QuerySet[ProjectIssue]:
    """The issues of the project that the reader sees."""
    return projects.issues(project, hidden).annotate(title_key=Lower("title"))


def matching(project: Project, hidden: bool, user: User | None, state: State, today: date) -> QuerySet[ProjectIssue]:
    """Those that match the search and the filters."""
    return rows(project, hidden).filter(conditions(user, state, today))


def conditions(user: User | None, state: State, today: date, walked: bool = False) -> Q:
    """Search and filters as one test. The search looks at titles, and at the number after a #. ``walked``: for the first rows in the order of an
    index, where many match."""
    words = state.search
    found = Q(title__icontains=words) if words else Q()
    if (number := words.removeprefix("#")).isascii() and number.isdecimal() and len(number) < 9:
        found |= Q(iid=int(number))
    for group in state.filters:
        found &= reduce(or_, (_where(condition, user, today, walked) for condition in group))
    return found


def _where(condition: Condition, user: User | None, today: date, walked: bool) -> Q:
    """One condition. Labels and people are found by their own index, or (``walked``) looked up issue by issue; an issue with two of them is one row
    still."""
    key, values = (
        condition.column.key,
        [int(one) for one in condition.values if one.isascii() and one.isdecimal() and len(one) < 18],
    )
    if key not in LINKS:
        if condition.column.kind == "enum" and condition.column.nullable and condition.operator not in ("empty", "filled"):
            found = Q(**{f"{condition.column.field}__in": values})
            return ~found | Q(**{f"{condition.column.field}__isnull": True}) if condition.operator in ("none", "not") else found
        return where(condition, user or User(), today)
    through, name = LINKS[key]
    links: Any = through.objects.all()
    if condition.operator in ("me", "team"):
        values = [user.pk, *(visible.team_ids(user) if condition.operator == "team" else [])] if user else []
    if condition.operator not in ("empty", "filled"):
        links = links.filter(**{f"{name}__in": values})
    held = Q(Exists(links.filter(projectissue=OuterRef("pk")))) if walked else Q(pk__in=links.values("projectissue_id"))
    return ~held if condition.operator in ("empty", "none", "not") else held


def sums(found: QuerySet[ProjectIssue], project: Project, hidden: bool, state: State) -> Sums:
    """How many rows match, and of how many. Few in which words were found are named by id: the page after it doesn't look again."""
    there = projects_tally.total(project, hidden)
    if (counted := _counted(project, hidden, state)) is not None:
        return Sums(counted, there, {})
    ids = few(found) if state.search else None
    count = len(ids) if ids is not None else found.count() if state.narrowed else there
    return Sums(count, there, {}, ids=ids)


def _counted(project: Project, hidden: bool, state: State) -> int | None:
    """How many are open, or closed, where nothing else is asked for: the project's own row says so."""
    asked = [condition for group in state.filters for condition in group]
    if state.search or len(asked) != 1 or asked[0].column.key != "state" or asked[0].operator not in ("is", "any"):
        return None
    values = set(asked[0].values)
    found = projects_tally.progress(project, hidden)
    return {"opened": found.opened, "closed": found.closed}.get(values.pop(), 0) if len(values) == 1 else None


def few(found: QuerySet[ProjectIssue]) -> tuple[int, ...] | None:
    """The ids of issues; None where there are many."""
    ids = tuple(found.order_by().values_list("pk", flat=True)[:FEW])
    return ids if len(ids) < FEW else None


def page(project: Project, hidden: bool, user: User | None, state: State, today: date, known: Sums) -> keyset.Page[ProjectIssue]:
    """One page, by key, with all that its cells show."""
    if not known.count:
        return keyset.Page([], "", "")
    is_few = known.count < FEW
    there = rows(project, hidden)
    found = there.filter(conditions(user, state, today, not is_few) if known.ids is None else Among("pk", known.ids))
    made = keyset.page(found, keys(state), listed.SIZE, after=state.after, before=state.before, few=is_few)
    prefetch_related_objects(made.rows, *shown())
    return made


def shown() -> tuple[Any, ...]:
    """What cells and cards show beside the issue itself; three queries."""
    return (Prefetch("labels", ProjectLabel.objects.filter(deleted_at=None)), "assignees", "milestone")


def everything(found: QuerySet[ProjectIssue], state: State) -> QuerySet[ProjectIssue]:
    """All rows in the list's order, for files."""
    return listed.everything(found.prefetch_related(*shown()), keys(state))


def keys(state: State) -> list[keyset.Key]:
    """The sort keys, made unique by the number in the project: the index of a due day ends with it."""
    found = listed.keys(state, keyset.Key("iid"))
    nullable = {"column_id", "milestone_id"}
    return [
        keyset.Key(key.field, key.descending, key.nullable or key.field in nullable) for key in found if key.field != "iid"
    ] + [next((key for key in found if key.field == "iid"), found[-1])]


def groups(found: QuerySet[ProjectIssue], state: State) -> list[Group]:
    """The groups of ``state.group`` with their counts."""
    return listed.groups(found, state)


def one(project: Project, hidden: bool, iid: int) -> ProjectIssue | None:
    """An issue by its number, with what its page shows."""
    rows = projects.issues(project, hidden).select_related("author", "closed_by")
    return rows.prefetch_related(*shown()).filter(iid=iid).first()


def comments(issue: ProjectIssue) -> list[ProjectComment]:
    """What was said, in order; of what was taken back that it was."""
    return list(ProjectComment.objects.filter(issue=issue).select_related("author", "guest"))


def people(project: Project) -> list[tuple[str, str]]:
    """(id, name) of the people to whom an issue may be given."""
    return [(str(row.user_id), row.user.name) for row in projects.members(project)]
