"""What time triggers: once a day, after downtime too; workers that died; the outbox with a broken mail server."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django_tasks_db.models import DBTaskResult

from tenure.actions import notices, runs
from tenure.actions.notices import Letter
from tenure.actions.refusals import Refused
from tenure.models import Decision, Event, Notice, Run
from tenure.runs import scheduler, tasks
from tests.world import World

FOUR = datetime(2026, 11, 16, 4, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def at_four(settings: Any) -> None:
    settings.DAILY_AT = "04:00"


def test_the_daily_run_starts_at_its_hour_once_a_day(world: World) -> None:
    assert scheduler.tick(FOUR - MINUTE) == []
    assert scheduler.tick(FOUR) == ["Daily run for 2026-11-16 queued", "Check of the log for 2026-11-16 queued"]
    assert scheduler.tick(FOUR + MINUTE) == []
    assert scheduler.tick(FOUR + timedelta(days=1))[:1] == ["Daily run for 2026-11-17 queued"]

    assert Run.objects.filter(natural_key="daily:2026-11-16").count() == 1
    assert DBTaskResult.objects.filter(args_kwargs__args=[Run.objects.get(natural_key="daily:2026-11-16").pk]).exists()


def test_after_downtime_the_day_is_caught_up(world: World) -> None:
    assert scheduler.tick(FOUR + timedelta(hours=9)) == [
        "Daily run for 2026-11-16 queued", "Check of the log for 2026-11-16 queued",
    ]  # fmt: skip


def test_without_an_hour_nothing_starts_by_itself(world: World, settings: Any) -> None:
    settings.DAILY_AT = ""

    assert scheduler.tick(FOUR) == []


def test_the_worker_does_the_queued_run(world: World) -> None:
    run = tasks.start_daily(world.today, actor=world.ops, at=world.at)

    tasks.execute.call(run.pk)

    run.refresh_from_db()
    assert (run.status, run.counts["decisions"], run.steps[0]["status"]) == ("done", 49, "done")
    assert (run.done, run.total, run.percent) == (7, 7, 100)
    assert set(Event.objects.filter(verb="decisions.changed").values_list("run_id", flat=True)) == {run.pk}


def test_a_run_whose_worker_died_is_done_by_another(world: World, settings: Any) -> None:
    settings.DAILY_AT = ""
    run = runs.queue("daily", "Daily run", actor=None, at=world.at, as_of=world.today, natural_key="daily:2026-11-16")
    runs.start(run, at=world.at)

    assert scheduler.tick(world.at + 14 * MINUTE) == []
    assert scheduler.tick(world.at + 16 * MINUTE) == [f"Run {run.pk} put back into the queue: its worker gave no sign of life"]
    assert scheduler.tick(world.at + 17 * MINUTE) == []
    tasks.execute.call(run.pk)

    run.refresh_from_db()
    assert (run.status, Decision.objects.count()) == ("done", 49)


def test_a_run_that_kills_its_workers_fails_in_the_end(world: World) -> None:
    run = runs.queue("daily", "Daily run", actor=None, at=world.at, as_of=world.today, natural_key="daily:2026-11-16")
    at = world.at
    for _ in range(3):
        runs.start(run, at=at)
        at += 16 * MINUTE
        scheduler.tick(at)
        run.refresh_from_db()

    assert (run.status, run.message) == ("failed", "Its worker died 3 times")
    assert set(Notice.objects.filter(kind="run_failed").values_list("user__name", flat=True)) == {"Ops Operations", "Ada Admin"}


def test_a_queued_run_that_nobody_took_is_handed_over_again(world: World, settings: Any) -> None:
    settings.DAILY_AT = ""
    run = runs.queue("daily", "Daily run", actor=None, at=world.at, as_of=world.today, natural_key="daily:2026-11-16")

    assert scheduler.tick(world.at + 16 * MINUTE) == [f"Run {run.pk} handed over again: no worker took it"]
    assert scheduler.tick(world.at + 17 * MINUTE) == []


@pytest.mark.parametrize("who", ["olga", "tam", "mona", "fin", "exa"])
def test_a_run_is_refused_to_whoever_may_not_start_one(world: World, who: str) -> None:
    before = Event.objects.count()

    with pytest.raises(Refused):
        tasks.start_daily(world.today, actor=getattr(world, who), at=world.at)

    assert (Run.objects.count(), DBTaskResult.objects.count(), Event.objects.count()) == (0, 0, before)


# --- the outbox


def test_the_scheduler_delivers_and_says_how_many(world: World) -> None:
    letters = [Letter(user.pk, "assignment", "Le Hotel is yours", f"a:{user.pk}", "By Mona") for user in (world.tam, world.ari)]
    notices.queue(letters, at=world.at)

    assert scheduler.tick(world.at)[-1:] == ["2 notices delivered"]
    assert len(mail.outbox) == 2
    assert scheduler.tick(world.at + MINUTE) == []


def test_reading_notices_marks_only_ones_own(world: World) -> None:
    notices.queue([Letter(world.tam.pk, "assignment", "Le Hotel is yours", "a:1")], at=world.at)
    row = Notice.objects.get(channel="app")

    assert not notices.mark_read(world.olga, row.pk, at=world.at)
    assert notices.mark_all_read(world.tam, at=world.at) == 1
    assert notices.mark_all_read(world.tam, at=world.at) == 0
