"""Projects as the comparison with their templates sees them: of one for its page, of many at once for the night."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date

from django.db.models import BooleanField, ExpressionWrapper, Q

from tenure.models import Assignment, Project, ProjectIssue, ProjectLabel, ProjectMember, ProjectMilestone
from tenure.queries import assignments, handbook, projects, roles
from tenure.rules import projects_check
from tenure.rules.projects_check import Difference, Facts, IssueFacts

# Neither the template nor anybody has given it a day: what it said of one is null. Whoever takes a day away wants it so.
WAITS = ExpressionWrapper(Q(due_date=None) & Q(base__due_date=None), BooleanField())


def differences(project: Project, day: date) -> list[Difference]:
    """In what a project differs from what its template requires. Empty where the handbook doesn't know its template."""
    return of([project], day)[project.pk]


def of(rows: Sequence[Project], day: date) -> dict[int, list[Difference]]:
    """The same of many, by project; their accounts must be there."""
    terms, shapes = projects.book().terms, {row.pk: projects.template_of(row) for row in rows}
    known = facts([row for row in rows if terms and shapes[row.pk]], day)
    return {pk: projects_check.differences(known[pk], shape, terms) if terms and shape else [] for pk, shape in shapes.items()}


def facts(rows: Sequence[Project], day: date) -> dict[int, Facts]:
    """What the comparison asks of these projects. A fixed number of queries, however many projects and issues there are: of issues only those of the
    template are read."""
    ids, accounts = [row.pk for row in rows], {row.account_id for row in rows}
    labels, (stones, waiting) = _labels(ids), _stones(ids)
    issues, access = _issues(ids, labels, stones), _access(ids)
    people: dict[int, set[str]] = defaultdict(set)
    held = Assignment.objects.filter(assignments.active(day), account__in=accounts, user__is_active=True)
    for account, role in held.values_list("account_id", "role"):
        people[account].add(role)
    paid = projects.paid(rows, day)
    titles = roles.titles(handbook.pack())
    return {
        row.pk: Facts(
            row.phase, row.pk in paid, row.visibility, row.tree, bool(row.account.is_public_sector), row.readme,
            tuple(labels[row.pk].values()), tuple(stones[row.pk].values()), issues[row.pk], access[row.pk], tuple(people[row.account_id]), titles,
            row.contract_date is not None or row.pk in paid, tuple(waiting[row.pk]),
        )
        for row in rows
    }  # fmt: skip


def _stones(ids: Sequence[int]) -> tuple[dict[int, dict[int, str]], dict[int, list[str]]]:
    """The keys of the template's milestones by project and id, and of those that are open and got no day yet by project."""
    found, waiting = defaultdict[int, dict[int, str]](dict), defaultdict[int, list[str]](list)
    rows = ProjectMilestone.objects.filter(project__in=ids, deleted_at=None).exclude(key="").annotate(waits=WAITS)
    for project, pk, key, state, waits in rows.values_list("project_id", "pk", "key", "state", "waits"):
        found[project][pk] = key
        if waits and state == "active":
            waiting[project].append(key)
    return found, waiting


def _labels(ids: Sequence[int]) -> dict[int, dict[int, str]]:
    """The keys of the template's labels by project and id."""
    found: dict[int, dict[int, str]] = defaultdict(dict)
    rows = ProjectLabel.objects.filter(project__in=ids, deleted_at=None).exclude(key="")
    for project, pk, key in rows.values_list("project_id", "pk", "key"):
        found[project][pk] = key
    return found


def _issues(
    ids: Sequence[int], labels: dict[int, dict[int, str]], stones: dict[int, dict[int, str]]
) -> dict[int, dict[str, IssueFacts]]:
    rows = list(
        ProjectIssue.objects.filter(project__in=ids, deleted_at=None)
        .exclude(key="")
        .annotate(waits=WAITS)
        .only("project_id", "key", "state", "milestone_id")
    )
    worn: dict[int, set[int]] = defaultdict(set)
    links = ProjectIssue.labels.through.objects.filter(projectissue__in=[row.pk for row in rows])
    for issue, label in links.values_list("projectissue_id", "projectlabel_id"):
        worn[issue].add(label)
    found: dict[int, dict[str, IssueFacts]] = defaultdict(dict)
    for row in rows:
        keys = labels[row.project_id]
        milestone = stones[row.project_id].get(row.milestone_id, "") if row.milestone_id else None
        worn_keys = frozenset(keys[pk] for pk in worn[row.pk] if pk in keys)
        found[row.project_id][row.key] = IssueFacts(worn_keys, milestone, row.state == "opened", row.waits)
    return found


def _access(ids: Sequence[int]) -> dict[int, dict[str, str]]:
    """The highest access by role."""
    terms = projects.book().terms
    found: dict[int, dict[str, str]] = defaultdict(dict)
    rows = ProjectMember.objects.filter(project__in=ids, deleted_at=None).values_list("project_id", "role", "access")
    for project, role, access in rows:
        if terms and terms.level(access) >= terms.level(found[project].get(role)):
            found[project][role] = access
    return found
