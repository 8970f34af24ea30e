"""Projects of customers: made from a template, changed, moved past the sale, taken back."""

import json
from datetime import date, timedelta
from typing import Any

import pytest

from tenure.actions import projects, projects_issues, projects_mending, projects_parts, projects_runs
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
from tenure.queries import projects_check
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
    assert next(one.code for one in projects_check.differences(Project.objects.get(pk=row.pk), world.today)) == "phase:post_sales"

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

    events, clashes = projects.change(row, {"name": "HW", "description": "All of it"}, **moment(world), seen=seen)

    assert (row.name, row.description) == ("Homeworld 2026", "All of it")
    assert [(one.name, one.theirs, one.mine) for one in clashes] == [("name", "Homeworld 2026", "HW")]
    body = json.loads(Event.objects.get(pk=events[0]).body)
    assert (body["before"], body["after"]) == ({"description": ""}, {"description": "All of it"})


def test_a_change_is_taken_back_unless_somebody_changed_it_since(world: World) -> None:
    row = begun(world)
    events, _ = projects.change(row, {"description": "One"}, **moment(world))
    projects.change(row, {"description": "Two"}, **moment(world, world.mona))
    was = kept()

    with pytest.raises(Refused, match="changed since"):
        projects.undo(row, events, **moment(world))

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
    assert (projects_runs.follow(world.today), Project.objects.get().differs) == (0, row.differs)

    assert (projects_runs.follow(world.today + 3 * DAY), Project.objects.get().differs) == (1, row.differs + 1)
    assert projects_runs.follow(world.today + 3 * DAY) == 0


def test_a_template_that_moves_on_is_noticed(world: World) -> None:
    old = date(2019, 5, 1)
    projects.create(world.homeworld, "enterprise", start=old, today=old, actor=world.tam, at=world.at)
    assert Project.objects.get().outdated is False

    projects_runs.follow(world.today)

    assert Project.objects.get().outdated is True


def test_who_pays_without_a_day_gives_the_project_its_days_too(world: World) -> None:
    row = before_sale(world)
    open_ = row.milestones.filter(due_date=None).count(), row.issues.filter(due_date=None).count()
    world.subscribe(world.homeworld, start_date=world.today - 2 * DAY)
    row = Project.objects.get(pk=row.pk)

    events = projects.move(row, "post_sales", **moment(world, world.sol))

    assert (world.homeworld.customer_since, row.contract_date, open_) == (None, world.today - 2 * DAY, (4, 9))
    assert row.issues.get(key="welcome").due_date == world.today + 5 * DAY
    dated = row.milestones.filter(due_date=None).count(), row.issues.filter(due_date=None).count()
    assert dated == (0, 0)
    projects.undo(row, events, **moment(world, world.sol))
    assert (row.milestones.filter(due_date=None).count(), row.issues.filter(due_date=None).count()) == open_


def test_the_day_of_the_contract_set_by_hand_gives_days_to_what_hung_on_it(world: World) -> None:
    row = before_sale(world)
    signed = row.start_date + 3 * DAY

    events, clashes = projects.change(row, {"contract_date": signed}, **moment(world, world.sol))

    assert (clashes, row.issues.get(key="welcome").due_date) == ([], signed + 7 * DAY)
    closing = row.milestones.get(key="closing")
    assert (closing.start_date, closing.due_date) == (signed + 7 * DAY, signed + 7 * DAY)  # day 31 would be after it is due
    projects.undo(row, events, **moment(world, world.sol))
    closing.refresh_from_db()
    assert (closing.start_date, closing.due_date) == (row.start_date + 31 * DAY, None)


def test_who_gets_a_role_later_gets_what_waits_for_it_and_nothing_of_others(world: World) -> None:
    row = begun(world, **moment(world, world.mona))
    assert row.owner == world.tam
    waiting = row.issues.filter(role="solutions_architect", assignees=None)
    assert (waiting.count(), row.issues.filter(assignees=world.sol).count()) == (5, 0)
    first = waiting.order_by("pk").first()
    projects_issues.change(row, first.pk, {"assignees": [world.tam.pk]}, **moment(world))  # type: ignore[union-attr]
    world.assign(world.homeworld, world.sol, "solutions_architect")

    events, _ = projects_mending.mend(row, ["member:solutions_architect"], **moment(world))

    assert (waiting.count(), row.issues.filter(assignees=world.sol).count(), row.owner) == (0, 4, world.tam)
    projects.undo(row, events, **moment(world))
    assert (waiting.count(), row.issues.filter(assignees=world.sol).count()) == (4, 0)


def test_who_made_a_project_passes_it_on_to_whose_it_is(world: World) -> None:
    row = before_sale(world)
    world.homeworld.assignments.filter(role="solutions_architect").delete()
    ProjectMember.objects.filter(project=row, role="solutions_architect").update(deleted_at=world.at)
    Project.objects.filter(pk=row.pk).update(owner=world.ari, created_by=world.ari)

    events = projects_parts.add_member(row, world.sol, "solutions_architect", "maintainer", **moment(world, world.mona))

    assert row.owner == world.sol
    projects.undo(row, events, **moment(world, world.mona))
    assert row.owner == world.ari


def test_what_somebody_took_from_a_person_stays_nobodys(world: World) -> None:
    row = before_sale(world)
    brief, first = row.issues.get(key="discovery"), row.issues.get(key="success_criteria")
    projects_issues.change(row, brief.pk, {"assignees": []}, **moment(world, world.sol))
    ProjectMember.objects.filter(project=row, role="solutions_architect").update(deleted_at=world.at)
    first.assignees.clear()  # as one that was nobody's from the start

    events = projects_parts.add_member(row, world.sol, "solutions_architect", "maintainer", **moment(world, world.mona))

    assert (list(brief.assignees.all()), list(first.assignees.all())) == ([], [world.sol])
    projects.undo(row, events, **moment(world, world.mona))
    assert list(first.assignees.all()) == []
    projects_parts.add_member(row, world.sol, "solutions_architect", "maintainer", **moment(world, world.mona))
    assert (list(brief.assignees.all()), list(first.assignees.all())) == ([], [world.sol])


def test_the_move_past_the_sale_gives_issues_to_who_was_in_the_project_by_then(world: World) -> None:
    row = before_sale(world)
    plan = row.issues.get(key="success_plan")
    plan.assignees.clear()  # of a time when the TAM wasn't named yet
    world.homeworld.customer_since = world.today
    world.homeworld.save()

    events = projects.move(row, "post_sales", **moment(world, world.sol))

    assert list(plan.assignees.all()) == [world.tam]
    projects.undo(row, events, **moment(world, world.sol))
    assert list(plan.assignees.all()) == []


def test_many_that_are_closed_at_once_are_told_as_closed(world: World) -> None:
    row = begun(world)
    ids = [row.issues.get(key=key).pk for key in ("welcome", "production")]

    shut = projects_issues.bulk(row, ids, {"state": "closed"}, **moment(world))
    opened = projects_issues.bulk(row, ids, {"state": "opened"}, **moment(world))
    heavier = projects_issues.bulk(row, ids, {"weight": 9}, **moment(world))

    verbs = [Event.objects.get(pk=one.events[0]).verb for one in (shut, opened, heavier)]
    assert verbs == ["project_issue.closed", "project_issue.reopened", "project_issue.updated"]
