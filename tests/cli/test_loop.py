"""The commands of the loop: plan, apply, runs, log verify."""

import csv
import io
import json

import pytest
import typer
from django.db import connection
from typer.testing import CliRunner

from tenure.cli import log, loop
from tenure.models import CallToAction, Decision, Event, HandOver, Run
from tests.queries.test_journeys import deal
from tests.world import World

app = typer.Typer()
loop.register(app)
log.register(app)
run = CliRunner()


@pytest.mark.usefixtures("clock")
def test_a_plan_as_json_lists_every_change(world: World) -> None:
    found = run.invoke(app, ["plan", "--as-of", "2026-11-16", "--format", "json"])

    plan = json.loads(found.stdout)
    assert (found.exit_code, plan["as_of"], len(plan["changes"])) == (0, "2026-11-16", 59)
    assert Decision.objects.count() == 0


@pytest.mark.usefixtures("clock")
def test_a_plan_shows_the_work_of_days_to_come_and_marks_what_it_assumes(world: World) -> None:
    found = run.invoke(app, ["plan", "--as-of", "2026-11-16", "--until", "2026-12-31", "--format", "json"])

    changes = [change for change in json.loads(found.stdout)["changes"] if change["kind"] == "cta_wanted"]
    ahead = [
        (one["rule"], one["raise_on"], one["due_date"], one["projected"]) for one in changes if one["raise_on"] > "2026-11-16"
    ]
    assert ahead == [
        ("release_education", "2026-11-19", "2026-11-23", False), ("cadence_call", "2026-12-09", "2026-12-16", True),
        ("health_update", "2026-12-09", "2026-12-16", True), ("am_follow_up", "2026-12-11", "2026-12-16", True),
        ("release_education", "2026-12-19", "2026-12-22", False), ("renewal_review", "2026-12-30", "2027-01-29", False),
    ]  # fmt: skip
    rows = list(
        csv.DictReader(
            io.StringIO(run.invoke(app, ["plan", "--as-of", "2026-11-16", "--until", "2026-12-31", "--format", "csv"]).stdout)
        )
    )
    assert [row["title"] for row in rows if row["projected"] == "True"] == ["Hold the cadence call", "Say how the customer feels", "Follow up with the customer"]  # fmt: skip
    shown = run.invoke(app, ["plan", "--as-of", "2026-11-16", "--until", "2026-12-31"]).stdout
    assert ("Plan for 2026-11-16 to 2026-12-31" in shown, "cta ahead" in shown) == (True, True)
    assert CallToAction.objects.count() == 0


@pytest.mark.parametrize("until", ["2026-11-15", "2028-01-01", "soon"])
def test_a_last_day_that_cannot_be_is_refused(world: World, until: str) -> None:
    found = run.invoke(app, ["plan", "--as-of", "2026-11-16", "--until", until])

    assert (found.exit_code, found.stderr.startswith("Error: ")) == (2, True)


def test_a_past_day_has_no_days_ahead(world: World) -> None:
    found = run.invoke(app, ["plan", "--as-of", "2019-01-01", "--until", "2019-02-01"])

    assert (found.exit_code, found.stdout, found.stderr) == (
        2,
        "",
        "Error: --until looks ahead: it goes with today or a day to come.\n",
    )


def test_a_plan_as_csv_is_safe_to_open(world: World) -> None:
    world.account("=HYPERLINK()", stated_arr_minor=1)

    rows = list(csv.DictReader(io.StringIO(run.invoke(app, ["plan", "--as-of", "2026-11-16", "--format", "csv"]).stdout)))

    assert {row["account"] for row in rows if row["account"].endswith("HYPERLINK()")} == {"'=HYPERLINK()"}


def test_a_plan_as_a_table_counts(world: World) -> None:
    found = run.invoke(app, ["plan", "--as-of", "2026-11-16"])

    assert "assignment wanted" in found.stdout
    assert "Diamond" in found.stdout


@pytest.mark.usefixtures("clock")
def test_apply_does_it_once_and_says_so(world: World) -> None:
    first = run.invoke(app, ["apply", "--as-of", "2026-11-16"])
    second = run.invoke(app, ["apply", "--as-of", "2026-11-16"])

    assert first.stdout == "49 decisions of 7 accounts changed, 3 more need a TAM; CTAs: 7 raised: 7 accounts looked at.\n"
    assert second.stdout == "Nothing changed: 7 accounts looked at.\n"
    assert [row.status for row in Run.objects.filter(kind="daily")] == ["done", "done"]


@pytest.mark.usefixtures("clock")
def test_apply_says_how_many_hand_overs_it_began(world: World) -> None:
    deal(world, "closed_won", is_won=True, is_closed=True, close_date=world.today)

    found = run.invoke(app, ["apply", "--as-of", "2026-11-16"])

    assert "; hand-overs: 1 begun" in found.stdout
    assert HandOver.objects.count() == 1


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize("day", ["2026-11-17", "tomorrow", "2026-02-30"])
def test_a_day_that_cannot_be_applied_is_refused(world: World, day: str) -> None:
    found = run.invoke(app, ["apply", "--as-of", day])

    assert (found.exit_code, Run.objects.count(), Decision.objects.count()) == (2, 0, 0)
    assert found.stderr.startswith("Error: ")


def test_a_handbook_that_is_not_there_is_refused(world: World) -> None:
    found = run.invoke(app, ["plan", "--handbook", "/no/such/folder"])

    assert (found.exit_code, "no folder" in found.stderr) == (2, True)


@pytest.mark.usefixtures("clock")
def test_runs_are_listed(world: World) -> None:
    assert run.invoke(app, ["runs"]).stdout == "No run yet.\n"
    run.invoke(app, ["apply", "--as-of", "2026-11-16"])

    rows = json.loads(run.invoke(app, ["runs", "--format", "json"]).stdout)
    (daily,) = (row for row in rows if row["kind"] == "daily")
    assert (daily["status"], "decisions 49" in daily["counts"], "ctas raised 7" in daily["counts"]) == ("done", True, True)


@pytest.mark.usefixtures("clock")
def test_a_log_that_was_changed_is_found_out(world: World) -> None:
    run.invoke(app, ["apply", "--as-of", "2026-11-16"])
    assert run.invoke(app, ["log", "verify"]).exit_code == 0
    third = Event.objects.order_by("id")[2]

    with connection.cursor() as cursor:
        cursor.execute("update tenure_event set body = '{}' where id = %s", [third.pk])

    found = run.invoke(app, ["log", "verify"])
    assert (found.exit_code, f"broken at event {third.pk}" in found.stderr) == (1, True)


@pytest.mark.usefixtures("clock")
def test_a_head_that_was_kept_elsewhere_is_found_again_or_missed(world: World) -> None:
    run.invoke(app, ["apply", "--as-of", "2026-11-16"])
    head = run.invoke(app, ["log", "head"]).stdout.strip()
    assert head == f"{Event.objects.latest('id').pk}:{bytes(Event.objects.latest('id').hash).hex()}"
    assert run.invoke(app, ["log", "verify", "--head", head]).exit_code == 0

    last = int(head.split(":")[0])
    with connection.cursor() as cursor:
        cursor.execute("delete from tenure_event where id = %s", [last])
        cursor.execute("update tenure_run set head = ''")
    assert run.invoke(app, ["log", "verify"]).exit_code == 0

    found = run.invoke(app, ["log", "verify", "--head", head])
    assert found.exit_code == 1
    assert f"broken at event {last}: the newest events are gone: whoever kept that head saw event {last}." in found.stderr


def test_a_head_that_is_none_is_refused_with_a_sentence(world: World) -> None:
    found = run.invoke(app, ["log", "verify", "--head", "12"])

    assert (found.exit_code, "Error: '12' is no head of the log" in found.stderr) == (2, True)
