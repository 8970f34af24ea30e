"""Proving that nobody changed the log: links, gaps, and the heads that runs and operators saw."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client

from tenure.actions import events as log
from tenure.actions import runs
from tenure.models import Event, Notice, Run
from tenure.models.events import START
from tenure.queries import events
from tenure.queries.events import LogState
from tenure.runs import log as checking
from tenure.runs import tasks
from tests.conftest import ClientFor
from tests.world import AT, World


def write(count: int) -> None:
    """So many events."""
    for number in range(count):
        log.record("x.made", "x", number, at=AT, actor=None)


def ran() -> Run:
    """A finished run: two events of its own."""
    run = runs.queue("daily", "Daily run", actor=None, at=AT)
    runs.start(run, at=AT)
    runs.finish(run, at=AT)
    return run


def delete_from(first: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("delete from tenure_event where id >= %s", [first])


def test_a_finished_run_keeps_the_head_that_it_saw(db: None) -> None:
    write(3)
    run = ran()

    newest = Event.objects.latest("id")
    assert Run.objects.get(pk=run.pk).head == events.head() == f"5:{bytes(newest.hash).hex()}"
    assert events.verify() == LogState(5, None)


def test_an_empty_log_holds_and_its_head_is_nought(db: None) -> None:
    assert events.head() == f"0:{START.hex()}"
    assert events.verify([events.read_head(events.head(), "I")]) == LogState(0, None)
    assert events.verify([events.read_head("0:" + "1" * 64, "I")]).broken_at == 0


def test_newest_events_that_were_deleted_are_missed_by_the_run_that_saw_them(db: None) -> None:
    write(3)
    run = ran()
    write(2)
    delete_from(5)

    assert events.verify() == LogState(4, 5, f"the newest events are gone: run {run.pk} saw event 5")


def test_newest_events_that_were_written_anew_are_not_the_ones_that_the_run_saw(db: None) -> None:
    write(3)
    run = ran()
    delete_from(5)
    write(4)

    assert events.verify() == LogState(4, 5, f"event 5 isn't the one that run {run.pk} saw")


def test_what_came_after_the_last_run_is_missed_by_a_head_kept_elsewhere_only(db: None) -> None:
    ran()
    write(3)
    kept = events.read_head(events.head(), "the kept head")
    assert events.verify([kept]) == LogState(5, None)
    delete_from(4)

    assert events.verify() == LogState(3, None)
    assert events.verify([kept]) == LogState(3, 4, "the newest events are gone: the kept head saw event 5")


def test_the_log_is_read_in_batches_and_who_watches_is_told(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "BATCH", 4)
    write(11)
    told: list[int] = []

    assert events.verify(watch=told.append) == LogState(11, None)
    assert told == [4, 8]
    delete_from(9)
    assert events.verify() == LogState(8, None)


@pytest.mark.parametrize("text", ["", "12", "12:ab", "x:" + "0" * 64, "-1:" + "0" * 64, "1:" + "0" * 63 + "g", "1:" + "0" * 65])
def test_what_is_no_head_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no head of the log"):
        events.read_head(text, "I")


def check() -> Run:
    """The check of the log by a worker."""
    run = tasks.start_check(AT.date() + timedelta(days=Run.objects.count()), at=AT)
    checking.execute(run, now=lambda: AT)
    run.refresh_from_db()
    return run


def test_the_daily_check_says_that_the_log_holds(world: World, client_for: ClientFor) -> None:
    write(3)
    run = check()

    assert (run.status, run.counts, run.message) == ("done", {"checked": 4}, "")
    assert events.broken() is None
    assert Client().get("/health/").content == b"ok"
    page = client_for(world.ops).get("/runs/").content.decode()
    assert ("Somebody changed the log" in page, "4 events hold" in page) == (False, True)


def test_a_broken_log_is_told_to_operations_on_the_page_and_to_watchers(world: World, client_for: ClientFor) -> None:
    write(3)
    before = ran()
    delete_from(5)
    run = check()

    said = f"The log is broken at event 5: event 5 isn't the one that run {before.pk} saw. 4 events before it hold."
    assert (run.status, run.message, run.counts) == ("failed", said, {"checked": 4, "broken_at": 5})
    assert set(Notice.objects.filter(kind="run_failed").values_list("user__name", flat=True)) == {"Ops Operations", "Ada Admin"}
    assert events.broken() == run
    answer = Client().get("/health/")
    assert (answer.status_code, answer.content) == (200, b"ok, but the log of events is broken: see Runs")
    assert "Somebody changed the log of events." in client_for(world.ops).get("/runs/").content.decode()
    assert check().status == "failed"  # new events on top heal nothing
