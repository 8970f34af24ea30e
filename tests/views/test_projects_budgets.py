"""Queries of the pages of projects: few, and no more for many issues than for a few."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tenure.actions import projects, projects_comments, projects_guests, projects_writing
from tenure.models import Project, ProjectIssue, ProjectIssueState
from tests.actions.test_projects import begun
from tests.conftest import ClientFor
from tests.world import World

PAGES = {
    "/projects/?view=all": 8, "/projects/{pk}/": 11, "/projects/{pk}/issues/?view=all": 15, "/projects/{pk}/issues/?f=assignee:me&group=milestone": 12,
    "/projects/{pk}/board/?view=all": 18, "/projects/{pk}/milestones/": 10, "/projects/{pk}/labels/": 10, "/projects/{pk}/check/": 14,
    "/projects/{pk}/people/": 10, "/projects/{pk}/issues/7/": 15,
}  # fmt: skip
FULL = {"/projects/{pk}/issues/?view=all": 14}  # a page that is full doesn't look for what has no date


def more(project: Project, world: World, start: int, end: int) -> None:
    """Issues number ``start`` to ``end``, each with a label, somebody who does it, a comment; and guests."""
    labels, stone = list(project.labels.all()), project.milestones.first()
    made = ProjectIssue.objects.bulk_create(
        ProjectIssue(project=project, iid=number, title=f"Issue {number}", milestone=stone, created_at=world.at, updated_at=world.at,
                     state="closed" if number % 3 == 0 else "opened", due_date=date(2026, 12, 1) + timedelta(days=number), column=labels[number % 3])
        for number in range(start, end)
    )  # fmt: skip
    for row in made:
        row.labels.set([labels[row.iid % len(labels)], labels[row.iid % 3]])
        row.assignees.set([world.tam, world.ari])
        ProjectIssueState.objects.create(issue=row, state="opened", at=world.at, on=world.today - timedelta(days=row.iid % 40))
    for _ in range(start, end, 10):
        projects_comments.add(project, project.issues.get(iid=7).pk, "Said", actor=world.mona, at=world.at)
        projects_guests.invite(project, name="Guest", actor=world.tam, at=world.at)
    projects_writing.settle(project, world.today)


@pytest.fixture
def count(client_for: ClientFor, world: World) -> Callable[[Project], dict[str, int]]:
    client = client_for(world.tam)

    def asked(project: Project) -> dict[str, int]:
        found = {}
        for page in PAGES:
            with CaptureQueriesContext(connection) as queries:
                assert client.get(page.format(pk=project.pk)).status_code == 200
            found[page] = len(queries)
        return found

    return asked


def test_the_pages_take_few_queries_and_no_more_for_more_issues(world: World, count: Callable[[Project], dict[str, int]]) -> None:
    row = begun(world)
    more(row, world, 100, 103)
    few = count(row)
    more(row, world, 103, 180)
    for account in world.more_accounts(20):
        world.assign(account, world.tam)
        projects.create(account, "commercial", start=world.today, today=world.today, actor=world.tam, at=world.at)
    many = count(row)

    assert few == PAGES
    assert many == PAGES | FULL
