"""Several at the same moment: every tick counts, numbers are given once, an account gets one project."""

import pytest
from django.db import transaction

from tenure.actions import projects_issues, projects_runs
from tenure.models import Account, Project, ProjectIssue
from tests import work
from tests.actions.test_projects import before_sale, begun, moment
from tests.actions.test_work_at_once import at_once
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)
BOXES = ["- [ ] One", "- [ ] Two", "- [ ] Three", "- [ ] Four"]


def test_four_who_tick_at_once_all_count(transactional_db: None, world: World) -> None:
    row = begun(world)
    issue, _ = projects_issues.create(row, {"title": "Boxes", "description": "\n".join(BOXES)}, **moment(world))

    def tick(number: int) -> None:
        words = BOXES[number].removeprefix("- [ ] ")
        projects_issues.tick(
            Project.objects.get(pk=row.pk), issue.pk, number, words, True, actor=work.fresh(world.tam), at=world.at
        )

    failed = at_once(*[lambda number=number: tick(number) for number in range(4)])  # type: ignore[misc]

    issue.refresh_from_db()
    assert (failed, issue.description, issue.ticked) == ([], "- [x] One\n- [x] Two\n- [x] Three\n- [x] Four", 4)


def test_numbers_are_given_once(transactional_db: None, world: World) -> None:
    row = begun(world)

    def add(title: str) -> None:
        projects_issues.create(Project.objects.get(pk=row.pk), {"title": title}, **moment(world, work.fresh(world.tam)))

    failed = at_once(*[lambda title=title: add(title) for title in "abcd"])  # type: ignore[misc]

    assert (failed, sorted(ProjectIssue.objects.filter(project=row, key="").values_list("iid", flat=True))) == (
        [],
        [15, 16, 17, 18],
    )


def test_an_account_gets_one_project(transactional_db: None, world: World) -> None:
    failed = at_once(
        *[lambda who=who: begun(world, **moment(world, work.fresh(world.people[who]))) for who in ("tam", "mona", "ops", "ada")]
    )  # type: ignore[misc]

    assert {str(error) for error in failed} == {"Homeworld Inc. has a project already (Homeworld Inc.)."}
    assert (len(failed), Project.objects.count()) == (3, 1)


@pytest.mark.only_postgresql  # SQLite has one writer at a time
def test_the_night_leaves_out_a_project_in_which_somebody_works_and_takes_it_up_the_next_time(
    transactional_db: None, world: World
) -> None:
    row = before_sale(world)
    Account.objects.filter(pk=world.homeworld.pk).update(customer_since=world.today)
    turned: list[int] = []

    with transaction.atomic():
        Project.objects.select_for_update().get(pk=row.pk)
        failed = at_once(lambda: turned.append(projects_runs.follow(world.today)))

    assert (failed, turned, Project.objects.get().unmoved) == ([], [0], False)
    assert (projects_runs.follow(world.today), Project.objects.get().unmoved) == (1, True)
