"""Two people or two runs at once: nothing is done twice, nobody waits for ever."""

from collections.abc import Callable
from datetime import date, timedelta
from threading import Barrier, Thread
from threading import Event as Signal
from time import sleep
from typing import Any

import pytest
from django.db import connection, transaction

from tenure.actions import assignments, cascades, ctas, ctas_bulk, ctas_runs, playbooks, tasks
from tenure.actions import cascades_writing as writing
from tenure.actions.ctas_bulk import Shift
from tenure.actions.ctas_calls import Call
from tenure.actions.refusals import Refused
from tenure.models import Assignment, CallToAction, Cascade, Event, Notice, PlaybookUse, Task
from tenure.queries import events
from tenure.runs import daily
from tests import handbooks, work
from tests.world import TODAY, World

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*works: Callable[[], object]) -> list[BaseException]:
    """Do these at the same moment; what they raised."""
    failed: list[BaseException] = []
    gate = Barrier(len(works))

    def thread(do: Callable[[], object]) -> None:
        try:
            gate.wait(timeout=30)
            do()
        except BaseException as error:
            failed.append(error)
        finally:
            connection.close()

    threads = [Thread(target=thread, args=(do,)) for do in works]
    for one in threads:
        one.start()
    for one in threads:
        one.join(timeout=60)
    return failed


def whole() -> None:
    """The log holds and counts of tasks are true."""
    state = events.verify()
    assert (state.broken_at, state.events) == (None, Event.objects.count())
    for row in CallToAction.objects.all():
        open_, done = (row.tasks.filter(status=status).count() for status in ("open", "done"))
        assert (row.tasks_open, row.tasks_done) == (open_, done)


def test_two_runs_raise_each_occasion_once_while_people_add_their_own(transactional_db: None, world: World) -> None:
    calls = [
        Call(
            world.homeworld.pk, "activity", "Call", f"cadence:{number}", owner_id=world.tam.pk, origin="schedule", rule="cadence"
        )
        for number in range(200)
    ]

    def run() -> None:
        ctas_runs.raise_many(calls, today=TODAY, at=world.at)

    def person() -> None:
        for number in range(5):
            row = ctas.create(
                world.homeworld, type="risk", title=f"Mine {number}", today=TODAY, actor=world.mona, owner=world.tam, at=world.at
            )
            tasks.add(row, "Step", actor=world.mona, at=world.at)

    assert at_once(run, run, person) == []

    assert CallToAction.objects.filter(rule="cadence").count() == 200
    assert CallToAction.objects.filter(title__startswith="Mine").count() == 5
    assert Notice.objects.filter(channel="app", user=world.tam, title="200 CTAs and tasks are yours").count() == 1
    whole()


def test_a_task_is_done_once_and_counted_right(transactional_db: None, world: World) -> None:
    row = work.cta(world)
    made = [work.task(world, row, f"Task {number}") for number in range(4)]

    failed = at_once(
        *(lambda one=one: tasks.done(Task.objects.get(pk=one.pk), actor=world.tam, at=world.at) for one in [*made, made[0]])
    )

    assert [type(error) for error in failed] == [Refused]
    assert Event.objects.filter(verb="task.done").count() == 4
    whole()


def test_one_of_two_people_closes_it(transactional_db: None, world: World) -> None:
    row = work.cta(world)
    work.task(world, row, "Step")

    failed = at_once(
        lambda: ctas.close(CallToAction.objects.get(pk=row.pk), "closed_success", actor=world.tam, at=world.at),
        lambda: ctas.close(CallToAction.objects.get(pk=row.pk), "not_needed", actor=world.mona, at=world.at),
        lambda: work.settle_many([row.pk], "closed_already_solved", "Held", today=TODAY, at=world.at),
    )

    assert all(isinstance(error, Refused) for error in failed)
    assert Event.objects.filter(verb="cta.closed").count() == 1
    assert Event.objects.filter(verb="task.skipped").count() == 1
    whole()


def test_a_cascade_is_taken_back_once(transactional_db: None, world: World) -> None:
    row = work.cta(world, due_date=date(2026, 11, 20))
    work.task(world, row, "Step", date(2026, 11, 18))
    kept = cascades.apply(row, cascades.preview_due(row, date(2026, 11, 23)), actor=world.tam, at=world.at)

    failed = at_once(*(lambda: cascades.undo(Cascade.objects.get(pk=kept.pk), actor=world.tam, at=world.at) for _ in range(2)))

    assert [str(error) for error in failed] == ["That was taken back already."]
    row.refresh_from_db()
    assert row.due_date == date(2026, 11, 20)
    whole()


def test_many_at_once_in_any_order_never_wait_for_each_other(transactional_db: None, world: World) -> None:
    rows = [work.cta(world, title=f"No. {number}", due_date=date(2026, 11, 20)) for number in range(12)]
    ids = [row.pk for row in rows]
    for row in rows:
        work.task(world, row, "Step", date(2026, 11, 19))

    def shift(order: list[int]) -> None:
        ctas_bulk.bulk(order, Shift(1), today=TODAY, actor=work.fresh(world.tam), at=world.at)

    def edits() -> None:
        for pk in reversed(ids):
            ctas.update(CallToAction.objects.get(pk=pk), {"priority": 1}, today=TODAY, actor=world.tam, at=world.at)

    assert at_once(lambda: shift(ids), lambda: shift(ids[::-1]), edits) == []

    assert set(CallToAction.objects.values_list("due_date", "priority")) == {(date(2026, 11, 22), 1)}
    assert set(Task.objects.values_list("due_date", flat=True)) == {date(2026, 11, 21)}
    whole()


def test_a_playbook_is_put_to_work_once(transactional_db: None, world: World, settings: Any) -> None:
    settings.HANDBOOK = handbooks.testing()
    asked = {"start": TODAY, "today": TODAY, "at": world.at + timedelta(minutes=1)}

    failed = at_once(
        lambda: playbooks.apply(world.homeworld, "testing", actor=work.fresh(world.tam), **asked),
        lambda: playbooks.apply(world.homeworld, "testing", actor=work.fresh(world.mona), **asked),
        lambda: playbooks.apply(world.le_hotel, "testing", actor=work.fresh(world.mona), **asked),
    )

    assert [str(error) for error in failed] == ["Testing is at work on Homeworld Inc. already, since 16 Nov 2026."]
    assert PlaybookUse.objects.count() == 2
    whole()


@pytest.mark.parametrize("who", ["assigning", "ending", "the daily run"])
def test_a_cta_is_closed_while_something_else_settles_work(transactional_db: None, world: World, who: str) -> None:
    """On PostgreSQL: what writes to the log and then closes CTAs waits for who closes one, before it holds the log."""
    if who != "the daily run":
        daily.apply(daily.plan(TODAY), at=world.at, actor=None)
    if who == "ending":
        assignments.assign(world.le_hotel, world.tam, "tam", from_date=TODAY, actor=work.fresh(world.mona), at=world.at)
    row, begun, later = work.cta(world), Signal(), {"actor": work.fresh(world.mona), "at": world.at + timedelta(minutes=1)}
    held, wanted = Assignment.objects.filter(account=world.le_hotel, role="tam").first(), daily.plan(TODAY)

    def close() -> None:
        with transaction.atomic():
            writing.lock()
            begun.set()
            sleep(1)
            ctas.close(CallToAction.objects.get(pk=row.pk), "closed_success", actor=work.fresh(world.tam), at=world.at)

    def settle() -> None:
        begun.wait(timeout=30)
        if who == "the daily run":
            daily.apply(wanted, at=world.at, actor=None)
        elif held is None:
            assignments.assign(world.le_hotel, world.tam, "tam", from_date=TODAY, **later)
        else:
            assignments.end(held, on=TODAY, **later)

    assert at_once(close, settle) == []

    asked = CallToAction.objects.get(rule="assign_tam", account=world.le_hotel)
    assert (CallToAction.objects.get(pk=row.pk).status, asked.is_open) == ("closed_success", who != "assigning")
    whole()
