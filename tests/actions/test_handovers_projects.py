"""What hand-overs do to customer projects: past the sale with the sale's, from one TAM to the next, and back."""

from datetime import date, timedelta
from typing import Any

from tenure.actions import handovers, handovers_accepting, handovers_starting, projects, projects_runs, projects_writing
from tenure.models import Account, HandOver, Project, ProjectIssue, ProjectMember, Subscription, User
from tenure.queries import handbook, handovers_work, journeys, projects_check, projects_list
from tests.queries.test_journeys import deal
from tests.world import World


def moment(world: World, user: User | None) -> dict[str, Any]:
    return {"today": world.today, "actor": user, "at": world.at}


def made(world: World, by: User) -> Project:
    return projects.create(world.homeworld, "enterprise", start=date(2026, 11, 1), **moment(world, by))


def tick(world: World, row: HandOver, *keys: str) -> None:
    for key in keys:
        handovers.tick(row, key, "done", on=world.today, **moment(world, world.mona))


def members(project: Project) -> list[tuple[str, str]]:
    rows = ProjectMember.objects.filter(project=project, deleted_at=None).select_related("user")
    return sorted((row.user.name, row.access) for row in rows)


def test_accepting_a_sale_moves_the_project_past_it_and_taking_it_back_brings_it_back(decided: World) -> None:
    world = decided
    world.assign(world.homeworld, world.sol, "solutions_architect")
    since = world.homeworld.customer_since
    world.homeworld.customer_since = None
    world.homeworld.save()
    Subscription.objects.filter(account=world.homeworld).update(deleted_at=world.at)
    project = made(world, world.sol)
    world.homeworld.customer_since = since
    world.homeworld.save()
    Subscription.objects.filter(account=world.homeworld).update(deleted_at=None)
    before = (project.phase, members(project))
    row = handovers_starting.start(world.homeworld, "sale", **moment(world, world.ari))
    tick(
        world,
        row,
        "notes",
        "command_plan",
        "account_plan",
        "internal_meeting",
        "welcome_call",
        "business_profile",
        "technical_profile",
        "project",
    )

    event = handovers_accepting.accept(row, **moment(world, world.mona))

    project.refresh_from_db()
    assert (before[0], project.phase, row.moved["projects"][0]["project"]) == ("pre_sales", "post_sales", project.pk)
    handovers.undo(row, event, **moment(world, world.mona))
    project.refresh_from_db()
    assert (project.phase, members(project)) == before


def test_before_it_is_moved_only_a_real_difference_keeps_it_from_complying(world: World) -> None:
    world.assign(world.homeworld, world.sol, "solutions_architect")
    world.assign(world.homeworld, world.mona, "professional_services")
    world.homeworld.customer_since = world.today + timedelta(days=1)
    world.homeworld.save()
    project = made(world, world.sol)
    row = deal(world, "closed_won", is_won=True, is_closed=True, close_date=world.today)
    Account.objects.filter(pk=world.homeworld.pk).update(customer_since=world.today)

    def complies() -> Any:
        deals = journeys.deals([world.homeworld.pk], world.today)
        return journeys.cases(deals, world.today, handbook.pack())[row.pk].facts["project_complies"]

    def told() -> tuple[Any, ...]:
        projects_writing.settle(Project.objects.get(), world.today)
        shown = projects_list.rows(world.mona).get()
        return shown.differs, shown.unmoved, shown.conformity, complies()

    assert told() == (1, True, "differs", True)  # that it isn't moved yet: accepting the hand-over does that
    Project.objects.update(unmoved=False)  # counted before it was told apart
    assert complies() is False
    assert (projects_runs.follow(world.today), complies()) == (1, True)
    project.labels.filter(key="implementation").update(deleted_at=world.at)
    assert told() == (4, True, "differs", False)
    found = [one.code for one in projects_check.differences(Project.objects.get(), world.today)]
    assert found == ["phase:post_sales", "label:implementation", "issue_labels:blueprint", "issue_labels:production"]


def test_the_new_tam_takes_the_old_ones_place_in_the_project(world: World) -> None:
    project = made(world, world.tam)
    ProjectIssue.objects.filter(project=project, state="opened").first().assignees.set([world.tam])  # type: ignore[union-attr]
    before = (project.owner, members(project))
    assert dict(before[1])["Tam Technical"] == "maintainer"
    row = handovers_starting.start(world.homeworld, "tam", taker=world.tessa, **moment(world, world.mona))
    tick(world, row, "updated", "review_meeting", "introduced", "mailed")
    titles = list(ProjectIssue.objects.filter(assignees=world.tam, state="opened").order_by("pk").values_list("title", flat=True))
    work = handovers_work.of([world.homeworld.pk], world.tam.pk, without=row.playbook_use_id)
    shown = {what.removesuffix("s"): (count, names) for _, what, count, names, _ in work.parts if count}
    assert shown["customer project"] == (1, [f"{project.name} (owner)"])
    assert shown["open issue"] == (len(titles), titles[: handovers_work.FEW])
    assert titles

    event = handovers_accepting.accept(row, **moment(world, world.tessa))

    project.refresh_from_db()
    now = dict(members(project))
    assert (project.owner, now["Tessa Technical"], "Tam Technical" in now) == (world.tessa, "maintainer", False)
    assert {user.name for issue in ProjectIssue.objects.filter(project=project) for user in issue.assignees.all()} & {
        "Tam Technical"
    } == set()
    handovers.undo(row, event, **moment(world, world.tessa))
    project.refresh_from_db()
    assert (project.owner, members(project)) == before
