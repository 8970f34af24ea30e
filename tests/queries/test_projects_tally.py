"""What a project's row says of its issues is what there is, whatever was written, and nobody reads more in it than they may."""

from importlib import import_module

from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tenure.actions import projects, projects_issues, projects_parts
from tenure.models import Project
from tenure.queries import projects_board, projects_progress, projects_tally
from tenure.queries import projects_issues as queries
from tenure.queries.lists import State, read
from tests.actions.test_projects import begun, moment
from tests.world import World


def everything(row: Project) -> State:
    return read([("view", "all")], queries.columns(row), queries.DEFAULTS)


def told(row: Project, hidden: bool = True) -> dict[str, tuple[int, int, int]]:
    """Issues of each milestone, how many are closed, and their weight."""
    return {stone.row.title: (stone.total, stone.closed, stone.weight) for stone in projects_progress.milestones(row, hidden)}


def test_the_row_says_what_there_is_after_each_kind_of_change(world: World) -> None:
    row, now = begun(world), moment(world)
    doing, stone = row.labels.get(name="Status::Doing"), row.milestones.order_by("position", "pk")[1]
    was, open_to_all = told(row), told(row, False)

    def is_true() -> bool:
        row.refresh_from_db()
        return row.tally == projects_tally.counted(row)

    made, _ = projects_issues.create(
        row, {"title": "Proxy", "weight": 5, "milestone": stone.pk, "labels": [doing.pk], "confidential": True}, **now
    )
    assert (is_true(), told(row)[stone.title]) == (True, (was[stone.title][0] + 1, was[stone.title][1], was[stone.title][2] + 5))
    assert projects_tally.by_column(row, True)["opened", doing.pk] == projects_tally.by_column(row, False)["opened", doing.pk] + 1
    assert told(row, False) == open_to_all != was
    projects_issues.close(row, made.pk, **now)
    assert (is_true(), told(row)[stone.title][1]) == (True, was[stone.title][1] + 1)
    projects_issues.change(row, made.pk, {"milestone": None, "weight": None, "confidential": False}, **now)
    assert (is_true(), told(row)) == (True, was)
    gone = projects_issues.delete(row, made.pk, **now)
    assert (is_true(), projects_tally.total(row, True)) == (True, 14)
    projects_parts.delete_label(row, doing.pk, **now)
    assert (is_true(), projects_tally.by_column(row, True)["opened", doing.pk]) == (True, 0)
    projects_parts.delete_milestone(row, stone.pk, **now)
    assert (is_true(), stone.title in told(row)) == (True, False)
    projects.undo(row, [gone], **now)
    assert (is_true(), projects_tally.total(row, True)) == (True, 15)


def test_a_whole_board_counts_nothing(world: World) -> None:
    row = begun(world)
    projects_issues.close(row, row.issues.get(key="welcome").pk, **moment(world))
    row.refresh_from_db()

    with CaptureQueriesContext(connection) as asked:
        columns = projects_board.columns(row, True, world.tam, everything(row), world.today)

    assert sum(column.count for column in columns) == sum(len(column.cards) for column in columns) == 14
    assert {column.title: column.count for column in columns}["Closed"] == 1
    assert [query["sql"] for query in asked if "COUNT(" in query["sql"]] == []


def test_the_migration_counts_the_issues_that_were_there(world: World) -> None:
    row = begun(world)
    projects_issues.close(row, row.issues.get(key="welcome").pk, **moment(world))
    row.refresh_from_db()
    kept = sorted(map(str, row.tally))
    Project.objects.update(tally=[])

    import_module("tenure.migrations.0009_project_tally").fill(apps, None)

    row.refresh_from_db()
    assert (sorted(map(str, row.tally)), projects_tally.total(row, True)) == (kept, 14)
