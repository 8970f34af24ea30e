"""Projects of customers at night: compared again where the day alone changed what they are compared with, in chunks, under a lock, and no others."""

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tenure.actions import projects, projects_runs
from tenure.models import Account, Event, Opportunity, Project, Subscription
from tenure.queries import projects as queries
from tenure.queries import projects_check
from tests.actions.test_projects import DAY, before_sale, begun
from tests.world import World

STORED = ("differs", "unmoved", "outdated")


def stored(project: Project) -> tuple[Any, ...]:
    return Project.objects.values_list(*STORED).get(pk=project.pk)


def old(world: World, count: int) -> list[Project]:
    """Projects of a template of 2019."""
    day = date(2019, 5, 1)
    return [
        projects.create(account, "enterprise", start=day, today=day, actor=None, at=world.at)
        for account in world.more_accounts(count)
    ]


def asked(world: World) -> tuple[int, int]:
    """How many were changed, and the queries that it took."""
    with CaptureQueriesContext(connection) as found:
        turned = projects_runs.follow(world.today)
    return turned, len([one for one in found if "SAVEPOINT" not in one["sql"]])


def test_a_night_with_nothing_to_do_asks_once_and_the_paying_in_pre_sales_are_not_compared_again(world: World) -> None:
    row = before_sale(world)
    Account.objects.filter(pk=world.homeworld.pk).update(customer_since=world.today)

    assert projects_runs.follow(world.today) == 1
    assert stored(row) == (row.differs + 1, True, False)

    assert asked(world) == (0, 1)


def test_many_take_as_many_queries_as_one_and_only_what_the_template_says_is_written(world: World) -> None:
    first = old(world, 1)
    Project.objects.update(issues_open=7, updated_at=world.at - DAY)
    one = asked(world)
    more = old(world, 6)
    events, updated = Event.objects.count(), set(Project.objects.values_list("updated_at", flat=True))

    assert asked(world) == (6, one[1])
    assert one[0] == 1
    assert one[1] <= 12
    assert {stored(row)[2] for row in (*first, *more)} == {True}
    assert Project.objects.get(pk=first[0].pk).issues_open == 7  # whoever counts issues holds the project
    assert (Event.objects.count(), set(Project.objects.values_list("updated_at", flat=True))) == (events, updated)


def test_in_chunks_every_one_has_its_turn(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    found = old(world, 5)
    monkeypatch.setattr(projects_runs, "CHUNK", 2)

    assert projects_runs.follow(world.today) == 5
    assert {stored(row)[2] for row in found} == {True}
    assert projects_runs.follow(world.today) == 0


def test_the_stored_figures_of_many_are_those_of_each(world: World) -> None:
    rows = [begun(world), *old(world, 2)]
    rows[1].labels.filter(key="implementation").update(deleted_at=world.at)

    together = projects_check.of(rows, world.today)

    assert together == {row.pk: projects_check.differences(row, world.today) for row in rows}
    codes = {row.pk: [one.code for one in together[row.pk]] for row in rows}
    assert ("label:implementation" in codes[rows[1].pk], "label:implementation" in codes[rows[2].pk]) == (True, False)
    assert codes[rows[0].pk] != codes[rows[2].pk]


def test_who_pays_is_told_alike_of_one_and_of_many(world: World) -> None:
    row, account = before_sale(world), world.homeworld
    deal = Opportunity.objects.create(
        account=account, name="Deal", close_date=world.today, created_at=world.at, updated_at=world.at
    )
    world.subscribe(account, start_date=world.today)
    subscription = Subscription.objects.filter(account=account)
    found = Project.objects.filter(pk=row.pk)
    nothing, begins = ({"deleted_at": world.at}, {"is_won": False}), {"deleted_at": None, "is_trial": False, "status": "active"}
    cases: list[tuple[dict[str, Any], dict[str, Any], bool]] = [
        (*nothing, False), (nothing[0], {"is_won": True}, True), (begins, nothing[1], True), ({**begins, "is_trial": True}, nothing[1], False),
        ({**begins, "status": "draft"}, nothing[1], False), ({**begins, "start_date": world.today + DAY}, {"is_won": True, "close_date": world.today + DAY}, False),
    ]  # fmt: skip
    for bought, won, without in cases:
        subscription.update(**{"start_date": world.today, **bought})
        Opportunity.objects.filter(pk=deal.pk).update(**{"close_date": world.today, **won})
        for since, pays in ((None, without), (-1, True), (0, True), (1, False)):
            account.customer_since = None if since is None else world.today + since * DAY
            account.save()
            paying = queries.paying(world.today)
            told = (queries.is_paid(account, world.today), found.filter(paying).exists(), not found.exclude(paying).exists())
            projects_runs.follow(world.today)
            assert (*told, stored(row)[1]) == (pays, pays, pays, pays), (bought, won, since)


def test_a_customer_who_was_none_after_all_is_noticed_too(world: World) -> None:
    row = before_sale(world)
    Account.objects.filter(pk=world.homeworld.pk).update(customer_since=world.today)
    projects_runs.follow(world.today)
    Account.objects.filter(pk=world.homeworld.pk).update(customer_since=world.today + 3 * DAY)

    assert projects_runs.follow(world.today) == 1
    assert stored(row) == (row.differs, False, False)
