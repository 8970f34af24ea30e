"""Issues of a project: adding, changing, closing, the board, boxes ticked by two at once, many at once, comments."""

from datetime import date
from typing import Any

import pytest

from tenure.actions import projects, projects_comments, projects_issues, projects_parts
from tenure.actions.refusals import Refused
from tenure.models import Notice, Project, ProjectIssue, ProjectIssueState
from tests.actions.test_projects import begun, kept, moment
from tests.world import World


def issue(project: Project, key: str = "adoption") -> ProjectIssue:
    return ProjectIssue.objects.get(project=project, key=key)


def labels(row: ProjectIssue) -> list[str]:
    return [label.name for label in row.labels.order_by("name")]


def test_an_issue_gets_the_next_number_and_can_be_taken_back(world: World) -> None:
    row = begun(world)
    blocked = row.labels.get(name="Blocked")

    made, event = projects_issues.create(
        row,
        {
            "title": "Proxy",
            "description": "- [x] Asked\n- [ ] Set",
            "labels": [blocked.pk],
            "assignees": [world.ari.pk],
            "weight": 2,
        },
        **moment(world),
    )

    assert (made.iid, made.ticked, made.boxes, labels(made), row.issues_open) == (15, 1, 2, ["Blocked"], 15)
    assert [notice.title for notice in Notice.objects.filter(user=world.ari, channel="app")] == [
        "Tam Technical gave you #15 Proxy"
    ]
    projects.undo(row, [event], **moment(world))
    made.refresh_from_db()
    assert (made.deleted_at, row.issues_open) == (world.at, 14)
    assert projects_issues.create(row, {"title": "Another"}, **moment(world))[0].iid == 16  # a number is given once


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"title": ""}, "title"), ({"title": "x" * 256}, "title"), ({"weight": 101}, "weight"), ({"due_date": date(1900, 1, 1)}, "due_date"),
        ({"labels": [999]}, "labels"), ({"milestone": 999}, "milestone"), ({"state": "closed"}, "state"),
    ],
)  # fmt: skip
def test_what_an_issue_can_not_be_is_refused(world: World, fields: dict[str, Any], field: str) -> None:
    row = begun(world)
    was = kept()

    with pytest.raises(Refused) as refusal:
        projects_issues.change(row, issue(row).pk, fields, **moment(world))

    assert (refusal.value.field, kept()) == (field, was)


def test_an_issue_is_given_to_members_only(world: World) -> None:
    row = begun(world)
    was = kept()

    with pytest.raises(Refused, match="members of the project only"):
        projects_issues.change(row, issue(row).pk, {"assignees": [world.tessa.pk]}, **moment(world))

    assert kept() == was


def test_of_a_scope_an_issue_has_one_label(world: World) -> None:
    row = begun(world)
    known = {label.name: label.pk for label in row.labels.all()}

    projects_issues.change(
        row, issue(row).pk, {"labels": [known["Status::To do"], known["Onboarding"], known["Status::Doing"]]}, **moment(world)
    )

    assert labels(issue(row)) == ["Onboarding", "Status::Doing"]
    assert str(issue(row).column) == "Status::Doing"


def test_a_card_moves_on_the_board_and_back(world: World) -> None:
    row = begun(world)
    pk, doing = issue(row).pk, row.labels.get(name="Status::Doing")

    moved = projects_issues.move(row, pk, str(doing.pk), **moment(world))
    closed = projects_issues.move(row, pk, "closed", **moment(world))

    assert (issue(row).state, labels(issue(row)), row.issues_closed, row.progress) == (
        "closed",
        ["Onboarding", "Status::Doing"],
        1,
        7,
    )
    projects.undo(row, [closed or 0], **moment(world))
    assert (issue(row).state, issue(row).closed_at) == ("opened", None)
    projects.undo(row, [moved or 0], **moment(world))
    assert labels(issue(row)) == ["Onboarding", "Status::To do"]
    assert [one.state for one in ProjectIssueState.objects.filter(issue=pk).order_by("pk")] == ["opened", "closed", "reopened"]
    with pytest.raises(Refused, match="no such column"):
        projects_issues.move(row, pk, str(row.labels.get(name="Blocked").pk), **moment(world))


def test_two_who_tick_at_once_both_count(world: World) -> None:
    row = begun(world)
    pk = issue(row).pk
    stale = Project.objects.get(pk=row.pk)

    projects_issues.tick(row, pk, 0, "Licences in use against licences bought", True, actor=world.tam, at=world.at)
    projects_issues.tick(stale, pk, 2, "What holds teams back", True, actor=world.mona, at=world.at)

    assert issue(row).description.split("\n") == [
        "- [x] Licences in use against licences bought", "- [ ] Use cases in use: source code, CI, CD, security", "- [x] What holds teams back",
        "- [ ] Next use case chosen",
    ]  # fmt: skip
    assert (issue(row).ticked, issue(row).boxes) == (2, 4)


def test_a_box_that_moved_is_found_and_one_that_is_gone_is_not_guessed(world: World) -> None:
    row = begun(world)
    pk = issue(row).pk
    projects_issues.change(row, pk, {"description": "- [ ] New\n- [ ] What holds teams back"}, **moment(world))

    projects_issues.tick(row, pk, 2, "What holds teams back", True, actor=world.tam, at=world.at)
    was = kept()
    with pytest.raises(Refused, match="has been changed since"):
        projects_issues.tick(row, pk, 0, "Licences in use against licences bought", True, actor=world.tam, at=world.at)

    assert (issue(row).description, kept()) == ("- [ ] New\n- [x] What holds teams back", was)


def test_two_who_edit_an_issue_lose_nothing(world: World) -> None:
    row = begun(world)
    pk, seen = issue(row).pk, {"title": "Review the first weeks", "weight": 2}
    projects_issues.change(row, pk, {"title": "Review of 60 days"}, **moment(world, world.mona), seen=seen)

    _, clashes = projects_issues.change(row, pk, {"title": "Review week 8", "weight": 3}, **moment(world), seen=seen)

    assert (issue(row).title, issue(row).weight) == ("Review of 60 days", 3)
    assert [(one.name, one.theirs, one.mine) for one in clashes] == [("title", "Review of 60 days", "Review week 8")]


def test_many_are_changed_at_once_and_taken_back(world: World) -> None:
    row = begun(world)
    ids = [issue(row, key).pk for key in ("adoption", "user_training", "welcome")]
    done = projects_issues.bulk(
        row,
        ids,
        {"state": "closed", "add_labels": [row.labels.get(name="Blocked").pk], "due_date": date(2026, 12, 1)},
        **moment(world),
    )

    assert (sorted(done.done), row.issues_closed) == (sorted(ids), 3)
    assert {(one.due_date, one.state) for one in row.issues.filter(pk__in=ids)} == {(date(2026, 12, 1), "closed")}
    projects.undo(row, done.events, **moment(world))
    assert (row.issues_closed, row.issues.filter(labels__name="Blocked").count()) == (0, 0)


def test_what_is_confidential_is_not_there_for_who_only_sees_the_account(world: World) -> None:
    row = begun(world)
    brief = issue(row, "team_brief")
    world.tessa.territories.add(world.territories["emea"])  # sees the account, works on it in no way
    was = kept()

    with pytest.raises(Refused):
        projects_comments.add(row, brief.pk, "x", actor=world.tessa, at=world.at)
    with pytest.raises(Refused):
        projects_issues.close(row, brief.pk, **moment(world, world.tessa))

    assert kept() == was


def test_what_becomes_confidential_reaches_nobody_any_more_who_may_not_read_it(world: World) -> None:
    row = begun(world)
    world.tessa.territories.add(world.territories["emea"])  # sees the account, works on it in no way
    one = issue(row)
    projects_comments.add(row, one.pk, f"Look, @[Ari Account] @[{world.tessa.name}]", actor=world.mona, at=world.at)
    named = Notice.objects.filter(kind="mention", user__in=(world.ari, world.tessa)).order_by("user", "channel")
    assert {(notice.user_id, notice.state) for notice in named.filter(channel="app")} == {
        (world.ari.pk, "delivered"), (world.tessa.pk, "delivered"),
    }  # fmt: skip
    told = named.values_list("channel", "state", "title", "body")
    kept = list(told.filter(user=world.ari))

    projects_issues.change(row, one.pk, {"confidential": True}, **moment(world))

    assert list(told.filter(user=world.tessa)) == [
        ("app", "cancelled", f"#{one.iid} (confidential)", ""),
        ("mail", "cancelled", f"#{one.iid} (confidential)", ""),
    ]
    assert list(told.filter(user=world.ari)) == kept


def test_who_is_named_and_who_has_the_issue_is_told_once(world: World) -> None:
    row = begun(world)
    one = issue(row)
    comment = projects_comments.add(row, one.pk, "Look, @[Ari Account]", actor=world.mona, at=world.at)

    told = [
        (notice.user.name, notice.kind, notice.title)
        for notice in Notice.objects.filter(channel="app").order_by("pk")
        if notice.user
    ]
    assert told == [
        ("Ari Account", "mention", f"Mona Manager mentioned you: #{one.iid} Review the first weeks"),
        ("Tam Technical", "comment", f"Mona Manager on #{one.iid} Review the first weeks"),
    ]
    assert issue(row).remarks == 1
    with pytest.raises(Refused, match="Only its author"):
        projects_comments.delete(row, comment.pk, actor=world.tam, at=world.at)
    projects_comments.delete(row, comment.pk, actor=world.mona, at=world.at)
    assert issue(row).remarks == 0


def test_a_label_that_is_a_column_takes_its_issues_along(world: World) -> None:
    row = begun(world)
    label = row.labels.get(name="Status::To do")
    event, _ = projects_parts.save_label(row, label.pk, {"board": False}, **moment(world))
    assert row.issues.filter(column=label).count() == 0

    projects_parts.save_label(row, label.pk, {"board": True}, **moment(world))

    assert (event is not None, row.issues.filter(column=label).count()) == (True, 13)


def test_a_milestone_that_is_deleted_lets_its_issues_go_and_gets_them_back(world: World) -> None:
    row = begun(world)
    stone = row.milestones.get(key="value")
    events = projects_parts.delete_milestone(row, stone.pk, **moment(world))
    assert issue(row, "upgrade_plan").milestone is None

    projects.undo(row, events, **moment(world))

    assert issue(row, "upgrade_plan").milestone == stone
