"""What differs from the template and is mended; a template that moves on in a project that people have changed."""

from datetime import date, timedelta

import pytest

from tenure.actions import projects, projects_issues, projects_mending, projects_parts, projects_updating
from tenure.actions.refusals import Refused
from tenure.models import Project, ProjectIssue, ProjectMember
from tenure.queries import projects as queries
from tenure.queries import projects_check, projects_template
from tests.actions.test_projects import before_sale, begun, kept, moment
from tests.world import World

PSE = "member:professional_services"
SA = "member:solutions_architect"


def codes(project: Project, world: World) -> list[str]:
    return [one.code for one in projects_check.differences(project, world.today)]


def broken(world: World) -> Project:
    """A project that lost an issue, a label of another, a milestone and a section, and was made public."""
    row = begun(world)
    projects_issues.delete(row, row.issues.get(key="welcome").pk, **moment(world))
    worn = [label.pk for label in row.issues.get(key="success_plan").labels.exclude(name="Onboarding")]
    projects_issues.change(row, row.issues.get(key="success_plan").pk, {"labels": worn}, **moment(world))
    projects_parts.delete_milestone(row, row.milestones.get(key="value").pk, **moment(world))
    projects.change(row, {"readme": "# Homeworld\n", "visibility": "public"}, **moment(world))
    return row


def test_what_differs_is_listed_and_counted(world: World) -> None:
    row = broken(world)

    assert codes(row, world) == [
        "visibility:private", SA, PSE, "readme:Why we are here", "readme:Who is who", "readme:How we work together", "readme:Plan", "readme:Links",
        "milestone:value", "issue:welcome", "issue_labels:success_plan",
    ]  # fmt: skip
    assert row.differs == 11


def test_everything_that_can_be_is_mended_and_taken_back(world: World) -> None:
    row = broken(world)
    before = codes(row, world)

    events, left = projects_mending.mend(row, None, **moment(world))

    assert codes(row, world) == [SA, PSE]
    assert left == [
        "No solutions architect is a member. Give the account a solutions architect first.",
        "No professional services engineer is a member. Give the account a professional services engineer first.",
    ]
    assert (row.visibility, row.differs) == ("private", 2)
    assert row.readme.startswith("# Homeworld\n\n## Why we are here\n- Goals of Homeworld Inc., in their words:")
    assert [label.name for label in row.issues.get(key="success_plan").labels.order_by("name")] == ["Onboarding", "Status::To do"]
    projects.undo(row, events, **moment(world))
    assert (codes(row, world), row.visibility, row.differs) == (before, "public", 11)


def test_one_is_mended_by_itself_and_only_while_it_differs(world: World) -> None:
    row = broken(world)
    projects_mending.mend(row, ["issue:welcome"], **moment(world))
    was = kept()

    for code, sentence in (
        ("issue:welcome", "doesn't differ any more"),
        (PSE, "Give the account a professional services engineer first"),
    ):
        with pytest.raises(Refused, match=sentence):
            projects_mending.mend(row, [code], **moment(world))

    assert kept() == was
    assert "issue:welcome" not in codes(row, world)


def test_a_missing_member_is_added_by_the_role_they_have(world: World) -> None:
    row = begun(world)
    world.assign(world.homeworld, world.sol, "solutions_architect")

    projects_mending.mend(row, [SA], **moment(world))

    assert [(one.user.name, one.access) for one in queries.members(row).filter(role="solutions_architect")] == [
        ("Sol Architect", "developer")
    ]


def of_2019(world: World) -> Project:
    """A project made from the first version, as it was before the handbook moved on."""
    row = projects.create(
        world.homeworld, "enterprise", start=date(2019, 5, 1), today=date(2019, 5, 1), actor=world.tam, at=world.at
    )
    assert row.version == 1
    return row


def test_a_later_version_changes_what_nobody_touched_and_asks_where_both_did(world: World) -> None:
    row = of_2019(world)
    blueprint = row.issues.get(key="blueprint")
    text = blueprint.description.replace("Reviewed by the implementation engineer and the TAM", "Reviewed by Ann of the customer")
    projects_issues.change(row, blueprint.pk, {"description": text}, **moment(world))
    adoption = row.issues.get(key="adoption")
    projects_issues.tick(row, adoption.pk, 0, "Licences in use against licences bought", True, actor=world.tam, at=world.at)
    projects_issues.delete(row, row.issues.get(key="poc_kickoff").pk, **moment(world))

    template, found = projects_template.coming(row, world.today)

    assert template is not None
    assert template.version == 2
    assert [(one.code, one.what, one.state) for one in found] == [
        ("label:internal:note", "changed", "clean"), ("label:upgrade", "added", "clean"),
        ("milestone:value:start_date", "changed", "clean"), ("milestone:value:due_date", "changed", "clean"),
        ("issue:blueprint:description", "changed", "clash"), ("issue:team_brief:description", "changed", "clean"),
        ("issue:welcome:description", "changed", "clean"), ("issue:adoption:description", "changed", "clean"), ("issue:adoption:due_date", "changed", "clean"),
        ("issue:success_plan", "added", "clean"), ("issue:upgrade_plan", "added", "clean"), ("project:project:readme", "changed", "clean"),
    ]  # fmt: skip
    was = kept()
    with pytest.raises(Refused, match="Choose for Design of the solution first"):
        projects_updating.update(row, 2, {}, **moment(world))
    assert kept() == was

    events = projects_updating.update(row, 2, {"issue:blueprint:description": "ours"}, **moment(world))

    assert (row.version, row.issues_open, row.outdated) == (2, 13, False)
    assert row.issues.get(key="adoption").description.split("\n")[:2] == [
        "- [x] Licences in use against licences bought", "- [ ] Use cases in use: source code, CI, CD, security",
    ]  # fmt: skip
    assert "Ann of the customer" in row.issues.get(key="blueprint").description
    assert "How we work together" in row.readme
    assert ProjectIssue.objects.get(project=row, key="poc_kickoff").deleted_at is not None  # what people deleted stays deleted
    assert projects_template.coming(row, world.today) == (None, [])
    projects.undo(row, events, **moment(world))
    assert (row.version, row.issues_open) == (1, 11)
    assert [(one.code, one.state) for one in projects_template.coming(row, world.today)[1]] == [
        (one.code, one.state) for one in found
    ]


def test_the_texts_of_the_template_can_be_chosen_over_ours(world: World) -> None:
    row = of_2019(world)
    blueprint = row.issues.get(key="blueprint")
    projects_issues.change(row, blueprint.pk, {"description": "- [ ] Reviewed by Ann"}, **moment(world))

    projects_updating.update(row, 2, {"issue:blueprint:description": "theirs"}, **moment(world))

    assert (
        row.issues.get(key="blueprint").description.split("\n")[2]
        == "- [ ] Reviewed by the professional services engineer and the TAM"
    )


def test_a_preview_that_is_old_is_not_carried_out(world: World) -> None:
    row = of_2019(world)
    was = kept()

    with pytest.raises(Refused, match="moved on since you looked"):
        projects_updating.update(row, 3, {}, **moment(world))

    assert kept() == was


def test_what_has_no_day_though_the_contract_is_known_differs_and_gets_it(world: World) -> None:
    row = before_sale(world)
    own = row.issues.get(key="production")
    projects_issues.change(row, own.pk, {"due_date": world.today}, **moment(world, world.sol))
    projects_issues.close(row, row.issues.get(key="team_brief").pk, **moment(world, world.sol))
    Project.objects.filter(pk=row.pk).update(contract_date=world.today)  # as it was set before days followed it
    row = Project.objects.get(pk=row.pk)
    one = next(one for one in projects_check.differences(row, world.today) if one.kind == "contract")
    assert (one.code, one.title[:25]) == ("contract:days", "11 open without a day, th")  # 9 issues and 4 milestones, but for two

    events, _ = projects_mending.mend(row, ["contract:days"], **moment(world, world.sol))

    welcome = row.issues.get(key="welcome")
    assert (welcome.due_date, row.issues.get(key="production").due_date) == (world.today + timedelta(days=7), world.today)
    projects_issues.change(row, welcome.pk, {"due_date": None}, **moment(world, world.sol))  # somebody's own wish
    assert "contract:days" not in codes(row, world)
    projects_issues.change(row, welcome.pk, {"due_date": welcome.due_date}, **moment(world, world.sol))
    projects.undo(row, events, **moment(world, world.sol))
    assert "contract:days" in codes(row, world)


def test_a_paid_customers_project_is_to_be_moved_and_nothing_else_is_said_of_the_tams_access(world: World) -> None:
    row = before_sale(world)
    ProjectMember.objects.filter(project=row, role="tam").update(access="maintainer")
    assert [one for one in codes(row, world) if one in ("access:tam", "phase:post_sales")] == ["access:tam"]
    world.homeworld.customer_since = world.today
    world.homeworld.save()

    row = Project.objects.get(pk=row.pk)

    assert [one for one in codes(row, world) if one in ("access:tam", "phase:post_sales")] == ["phase:post_sales"]
