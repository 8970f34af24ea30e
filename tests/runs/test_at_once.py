"""Several at once: two daily runs, and people who work meanwhile. Nothing is done twice, nobody waits for ever."""

from collections.abc import Callable
from datetime import timedelta
from threading import Thread

import pytest
from django.db import connection
from django_tasks_db.models import DBTaskResult

from tenure.actions import assignments, overrides
from tenure.models import Account, AccountDay, Assignment, BuiltDay, Decision, Event, Notice, Run
from tenure.queries import columns, events
from tenure.runs import daily, days
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*works: Callable[[], object]) -> list[BaseException]:
    failed: list[BaseException] = []

    def thread(work: Callable[[], object]) -> None:
        try:
            work()
        except BaseException as error:
            failed.append(error)
        finally:
            connection.close()

    threads = [Thread(target=thread, args=(work,)) for work in works]
    for one in threads:
        one.start()
    for one in threads:
        one.join(timeout=60)
    return failed


def test_two_runs_at_once_do_it_once_while_people_work(
    transactional_db: None, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(columns.blocks, "__defaults__", (None, 2))
    today, at = world.today, world.at

    def run() -> None:
        daily.apply(daily.plan(today), at=at, actor=None)

    def assign() -> None:
        for account in (world.le_hotel, world.funland, world.beach_city):
            assignments.assign(account, world.tessa, "tam", from_date=today, actor=world.mona, at=at)

    def decide() -> None:
        for account in (world.crab_shack, world.buddwick):
            overrides.set(account, "gemstone", "Ruby", "Agreed", today + timedelta(days=9), today=today, actor=world.ops, at=at)

    assert at_once(run, assign, run, decide) == []

    run()
    assert Decision.objects.filter(until_date=None).count() == 49
    assert Decision.objects.get(account=world.crab_shack, rule="gemstone", until_date=None).outcome == "Ruby"
    assert Assignment.objects.filter(role="tam", until_date=None).count() == 4
    assert Notice.objects.filter(channel="app", user=world.tessa, kind="assignment").count() == 3
    state = events.verify()
    assert (state.broken_at, state.events) == (None, Event.objects.count())
    assert Account.objects.filter(summary__needs_tam_since__isnull=False).count() == 0


def test_several_who_ask_for_a_day_at_once_have_it_built_once(transactional_db: None, world: World) -> None:
    day, found = world.today - timedelta(days=30), []

    def ask() -> None:
        found.append(days.prepare(day, actor=world.ops, today=world.today, at=world.at).run)

    assert at_once(ask, ask, ask, ask) == []

    run = Run.objects.get(kind="day")
    assert found == [run] * 4
    assert DBTaskResult.objects.count() == 1

    def work() -> None:
        days.execute(Run.objects.get(pk=run.pk), now=lambda: world.at)

    assert at_once(work, work) == []
    assert (BuiltDay.objects.count(), AccountDay.objects.count()) == (1, 7)
