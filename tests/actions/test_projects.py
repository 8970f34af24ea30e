"""Projects of customers: made from a template, changed, moved past the sale, taken back."""

import json
from datetime import date, timedelta
from typing import Any

import pytest

from tenure.actions import projects
from tenure.actions.refusals import Refused
from tenure.models import (
    Event,
    Notice,
    Project,
    ProjectIssue,
    ProjectIssueState,
    ProjectMember,
    ProjectMilestone,
    Subscription,
    User,
)
from tenure.queries import projects as queries
from tests.world import World

DAY = timedelta(days=1)


def moment(world: World, actor: User | None = None) -> dict[str, Any]:
    return {"today": world.today, "actor": actor or world.tam, "at": world.at}


def begun(world: World, template: str = "enterprise", **more: Any) -> Project:
    """A project of Homeworld, made by its TAM on the first of November."""
    return projects.create(world.homeworld, template, start=date(2026, 11, 1), **{**moment(world), **more})


def before_sale(world: World) -> Project:
    """A project of Homeworld that the architect makes before it is a customer; the TAM looks on."""
    world.homeworld.customer_since = None
    world.homeworld.save()
    Subscription.objects.filter(account=world.homeworld).delete()
    world.assign(world.homeworld, world.sol, "solutions_architect")
    return begun(world, **moment(world, world.sol))


def kept() -> tuple[list[dict[str, Any]], int, int, int]:
    """Everything that a refusal must leave alone."""
    return (
        list(Project.objects.order_by("pk").values()),
        ProjectIssue.objects.count(),
        Event.objects.count(),
        Notice.objects.count(),
    )


def who(project: Project) -> dict[str, tuple[str, str]]:
    return {row.user.name: (row.role, row.access) for row in queries.members(project)}


def test_the_enterprise_template_gives_a_project_with_everything_of_it(world: World) -> None:
    row = begun(world)

    row.refresh_from_db()
    assert (row.name, row.path, row.tree, row.phase, row.visibility, row.state) == (
        "Homeworld Inc.", "homeworld-inc", "account-management", "post_sales", "private", "opened",
    )  # fmt: skip
    assert (row.template, row.version, row.owner, row.issues_open, row.issues_closed, row.progress) == (
        "enterprise",
        2,
        world.tam,
        14,
        0,
        0,
    )
    assert queries.full_path(row) == "gitlab-com/account-management/homeworld-inc"
    assert row.readme.startswith("# Homeworld Inc.\n\nThis project is where Homeworld Inc. and GitLab work on one plan together.")
    assert who(row) == {"Ari Account": ("account_manager", "developer"), "Tam Technical": ("tam", "maintainer")}
    welcome = row.issues.get(key="welcome")
    assert (welcome.iid, welcome.title, welcome.milestone and welcome.milestone.title) == (
        7,
        "Welcome to GitLab call",
        "Closing and hand-over",
    )
    assert (welcome.boxes, welcome.ticked, str(welcome.column)) == (7, 0, "Status::To do")
    assert welcome.due_date == date(2026, 11, 8)  # a customer of before: counted from the start
    assert row.issues.get(key="adoption").assignees.get() == world.tam
    assert [issue.key for issue in row.issues.filter(confidential=True)] == ["team_brief"]
    assert ProjectIssueState.objects.filter(issue__project=row, state="opened").count() == 14


def test_a_project_before_the_sale_stands_in_pre_sales_and_the_tam_only_looks(world: World) -> None:
    row = before_sale(world)

    assert (row.phase, row.owner, row.contract_date) == ("pre_sales", world.sol, None)
    assert queries.full_path(row) == "gitlab-com/account-management/pre-sales/homeworld-inc"
    assert who(row)["Tam Technical"] == ("tam", "reporter")
    assert row.issues.get(key="discovery").due_date == date(2026, 11, 11)
    assert row.issues.get(key="welcome").due_date is None  # it hangs on the contract
    rights = queries.rights(world.tam, row)
    assert (rights.edit, rights.hidden) == (False, True)


def test_a_second_project_is_made_only_when_it_is_asked_for(world: World) -> None:
    first = begun(world)
    was = kept()

    with pytest.raises(Refused, match="has a project already"):
        begun(world)

    assert kept() == was
    second = begun(world, another=True)
    assert (first.path, second.path) == ("homeworld-inc", "homeworld-inc-2")


def test_a_natural_key_makes_one_project_only(world: World) -> None:
    assert begun(world, natural_key="journey:1") == begun(world, natural_key="journey:1")
    assert Project.objects.count() == 1


@pytest.mark.parametrize(
    ("actor", "template", "sentence"),
    [
        ("olga", "enterprise", "no such account"),
        ("exa", "enterprise", "may not make a project"),
        ("tam", "gold", "no such template"),
    ],
)
def test_who_may_not_and_what_is_not_there_makes_no_project(world: World, actor: str, template: str, sentence: str) -> None:
    was = kept()

    with pytest.raises(Refused, match=sentence):
        begun(world, template, **moment(world, world.people[actor]))

    assert kept() == was


def test_moving_past_the_sale_changes_group_access_owner_and_open_days_and_can_be_taken_back(world: World) -> None:
    row = before_sale(world)
    with pytest.raises(Refused, match="isn't a paying customer yet"):
        projects.move(row, "post_sales", **moment(world, world.sol))
    world.homeworld.customer_since = world.today
    world.homeworld.save()
    assert next(one.code for one in queries.differences(Project.objects.get(pk=row.pk), world.today)) == "phase:post_sales"

    events = projects.move(row, "post_sales", **moment(world, world.sol))

    assert (row.phase, row.owner, row.contract_date) == ("post_sales", world.tam, world.today)
    assert who(row)["Tam Technical"] == ("tam", "maintainer")
    assert who(row)["Sol Architect"] == ("solutions_architect", "developer")
    assert row.issues.get(key="welcome").due_date == world.today + 7 * DAY
    assert ProjectMilestone.objects.get(project=row, key="onboarding").due_date == world.today + 90 * DAY

    projects.undo(row, events, **moment(world, world.sol))

    assert (row.phase, row.owner, row.contract_date) == ("pre_sales", world.sol, None)
    assert who(row)["Tam Technical"] == ("tam", "reporter")
    assert row.issues.get(key="welcome").due_date is None


def test_two_people_who_change_a_project_lose_nothing(world: World) -> None:
    row = begun(world)
    seen = {"name": row.name, "description": row.description}
    projects.change(row, {"name": "Homeworld 2026"}, **moment(world, world.mona), seen=seen)

    event, clashes = projects.change(row, {"name": "HW", "description": "All of it"}, **moment(world), seen=seen)

    assert (row.name, row.description) == ("Homeworld 2026", "All of it")
    assert [(one.name, one.theirs, one.mine) for one in clashes] == [("name", "Homeworld 2026", "HW")]
    body = json.loads(Event.objects.get(pk=event).body)
    assert (body["before"], body["after"]) == ({"description": ""}, {"description": "All of it"})


def test_a_change_is_taken_back_unless_somebody_changed_it_since(world: World) -> None:
    row = begun(world)
    event, _ = projects.change(row, {"description": "One"}, **moment(world))
    projects.change(row, {"description": "Two"}, **moment(world, world.mona))
    was = kept()

    with pytest.raises(Refused, match="changed since"):
        projects.undo(row, [event], **moment(world))

    assert kept() == was


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": " "}, "name"), ({"tree": "elsewhere"}, "tree"), ({"visibility": "secret"}, "visibility"),
        ({"success_plan_url": "javascript:alert(1)"}, "success_plan_url"), ({"start_date": None}, "start_date"), ({"readme": "x" * 100_001}, "readme"),
    ],
)  # fmt: skip
def test_what_a_project_can_not_be_is_refused(world: World, fields: dict[str, Any], field: str) -> None:
    row = begun(world)
    was = kept()

    with pytest.raises(Refused) as refusal:
        projects.change(row, fields, **moment(world))

    assert (refusal.value.field, kept()) == (field, was)


def test_an_archived_project_is_read_only_until_it_is_opened_again(world: World) -> None:
    row = begun(world)
    projects.archive(row, actor=world.tam, at=world.at)

    with pytest.raises(Refused, match="archived"):
        projects.change(row, {"name": "Other"}, **moment(world))
    projects.reopen(row, actor=world.tam, at=world.at)
    projects.change(row, {"name": "Other"}, **moment(world))

    assert (row.state, row.name) == ("opened", "Other")


def test_a_deleted_project_comes_back_unless_its_path_is_taken(world: World) -> None:
    row = begun(world)
    projects.delete(row, actor=world.tam, at=world.at)
    assert not queries.seen(world.tam).exists()
    other = begun(world)

    with pytest.raises(Refused, match="has its path by now"):
        projects.restore(row, actor=world.tam, at=world.at)
    projects.delete(other, actor=world.tam, at=world.at)
    projects.restore(row, actor=world.tam, at=world.at)

    assert queries.seen(world.tam).get() == row


def test_who_looks_on_before_the_sale_can_not_change_anything(world: World) -> None:
    row = before_sale(world)
    was = kept()

    with pytest.raises(Refused, match="may not change"):
        projects.change(row, {"name": "Mine"}, **moment(world, world.tam))

    assert kept() == was


def test_without_a_member_nobody_is_given_work(world: World) -> None:
    row = begun(world)

    assert ProjectMember.objects.filter(project=row, role="professional_services").count() == 0
    assert list(row.issues.get(key="production").assignees.all()) == []
    assert row.issues.get(key="production").role == "professional_services"


def test_the_day_alone_makes_a_project_differ(world: World) -> None:
    row = before_sale(world)
    type(world.homeworld).objects.filter(pk=world.homeworld.pk).update(customer_since=world.today + 3 * DAY)
    assert (projects.follow(world.today), Project.objects.get().differs) == (0, row.differs)

    assert (projects.follow(world.today + 3 * DAY), Project.objects.get().differs) == (1, row.differs + 1)
    assert projects.follow(world.today + 3 * DAY) == 0


def test_a_template_that_moves_on_is_noticed(world: World) -> None:
    old = date(2019, 5, 1)
    projects.create(world.homeworld, "enterprise", start=old, today=old, actor=world.tam, at=world.at)
    assert Project.objects.get().outdated is False

    projects.follow(world.today)

    assert Project.objects.get().outdated is True
