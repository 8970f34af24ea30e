"""The Runs pages: the list, one run, failures as a file, and who may start one."""

from datetime import timedelta
from typing import Any

import pytest

from tenure.actions import runs
from tenure.models import Event, Run, RunFailure
from tests.conftest import ClientFor
from tests.world import World


def failed_run(world: World, **failure: Any) -> Run:
    run = runs.queue("daily", "Daily run for 16 Nov 2026", actor=world.ops, at=world.at, as_of=world.today)
    runs.start(run, at=world.at, total=7)
    runs.step(run, "decide", "Decide every account", at=world.at)
    given = {"account": world.homeworld, "column": "product", "value": "=cmd()", "message": "The product is not known."}
    runs.add_failures(run, [RunFailure(run=run, **{**given, **failure})])
    runs.finish(run, at=world.at + timedelta(seconds=75), counts={"decisions": 1_234, "accounts": 7, "skipped": 1})
    return run


def test_the_list_tells_state_time_and_result(world: World, client_for: ClientFor) -> None:
    failed_run(world)

    page = client_for(world.mona).get("/runs/").content.decode()

    assert "Daily run for 16 Nov 2026" in page
    assert "1,234 decisions changed" in page
    assert "1 min 15 s" in page
    assert "Run now" not in page
    assert 'hx-trigger="every 2s"' not in page


def test_an_empty_list_says_what_comes(world: World, client_for: ClientFor) -> None:
    page = client_for(world.ops).get("/runs/").content.decode()

    assert "No run yet" in page
    assert "Run now" in page


def test_while_a_run_is_under_way_the_page_asks_again_and_then_stops(world: World, client_for: ClientFor) -> None:
    run = runs.queue("daily", "Daily run", actor=world.ops, at=world.at)
    runs.start(run, at=world.at, total=10)
    runs.progress(run, 4, at=world.at)
    client = client_for(world.ops)
    part = {"HX-Request": "true", "HX-Target": "run"}

    assert 'hx-trigger="every 2s"' in client.get(f"/runs/{run.pk}/").content.decode()
    found = client.get(f"/runs/{run.pk}/", headers=part)
    assert (found.status_code, "40 %" in found.content.decode()) == (200, True)
    runs.finish(run, at=world.at)
    assert client.get(f"/runs/{run.pk}/", headers=part).status_code == 286
    assert client.get("/runs/", headers={**part, "HX-Target": "rows"}).status_code == 286


def test_a_run_shows_steps_counts_and_failures(world: World, client_for: ClientFor) -> None:
    run = failed_run(world)

    page = client_for(world.mona).get(f"/runs/{run.pk}/").content.decode()

    assert "Decide every account" in page
    assert "75,000 ms" in page
    assert "The product is not known." in page
    assert "Accounts with facts that can&#x27;t be read" in page


def test_failures_come_as_a_file_without_formulas(world: World, client_for: ClientFor) -> None:
    run = failed_run(world)

    answer = client_for(world.ops).get(f"/runs/{run.pk}/failures.csv")

    lines = answer.content.decode("utf-8-sig").splitlines()
    assert lines == [
        "account,account id,file,row,column,value,message",
        f"Homeworld Inc.,{world.homeworld.pk},,,product,'=cmd(),The product is not known.",
    ]


def test_accounts_that_one_does_not_see_are_not_named(world: World, client_for: ClientFor) -> None:
    run = failed_run(world, account=world.big_donut)

    assert "Big Donut" not in client_for(world.mona).get(f"/runs/{run.pk}/").content.decode()
    assert "Big Donut" in client_for(world.ops).get(f"/runs/{run.pk}/").content.decode()


def test_starting_a_run_queues_it_for_today(world: World, client_for: ClientFor) -> None:
    answer = client_for(world.ops).post("/runs/start/")

    run = Run.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/runs/{run.pk}/")
    assert (run.kind, run.status, run.as_of, run.started_by) == ("daily", "queued", world.today, world.ops)


@pytest.mark.parametrize(("who", "status"), [("olga", 404), ("mona", 403), ("tam", 403), ("fin", 403)])
def test_starting_is_for_those_who_may(world: World, client_for: ClientFor, who: str, status: int) -> None:
    before = Event.objects.count()

    assert client_for(getattr(world, who)).post("/runs/start/").status_code == status
    assert (Run.objects.count(), Event.objects.count()) == (0, before)


@pytest.mark.parametrize(
    ("who", "status"), [("olga", 404), ("tam", 403), ("mona", 200), ("exa", 200), ("ops", 200), ("ada", 200)]
)
def test_looking_is_for_those_who_may(world: World, client_for: ClientFor, who: str, status: int) -> None:
    run = failed_run(world)

    client = client_for(getattr(world, who))
    assert [client.get(path).status_code for path in ("/runs/", f"/runs/{run.pk}/", f"/runs/{run.pk}/failures.csv")] == [
        status
    ] * 3
    assert client.get("/runs/999/").status_code == (404 if status == 200 else status)


def test_the_list_costs_the_same_queries_for_many_runs(
    world: World, client_for: ClientFor, django_assert_num_queries: Any
) -> None:
    client = client_for(world.ops)
    failed_run(world)
    client.get("/runs/")  # the session is written on its first request
    with django_assert_num_queries(7):
        client.get("/runs/")

    for _ in range(30):
        failed_run(world)
    with django_assert_num_queries(7):
        client.get("/runs/")


def test_a_run_of_another_year_names_the_year(world: World, client_for: ClientFor) -> None:
    Run.objects.create(kind="daily", title="Daily run", status="done", queued_at=world.at, started_at=world.at.replace(year=2024))

    assert "16 Nov 2024" in client_for(world.ops).get("/runs/").content.decode()
