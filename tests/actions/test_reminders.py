"""Reminders: what is due today and what became overdue, once for each due date."""

from datetime import date, timedelta
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

from tenure.actions import ctas, reminders, runs, tasks
from tenure.models import CallToAction, Notice, User
from tenure.runs import daily
from tests.world import AT, TODAY, World

DAY = timedelta(days=1)


def make(world: World, title: str, due: date, **more: Any) -> CallToAction:
    fields = {"type": "risk", "owner": world.tam, **more}
    made = ctas.create(world.homeworld, title=title, due_date=due, today=TODAY, actor=world.mona, at=AT, **fields)
    Notice.objects.all().delete()
    return made


def told(user: User) -> list[tuple[str, str, str]]:
    return list(Notice.objects.filter(channel="app", user=user).order_by("id").values_list("kind", "title", "body"))


def test_owners_are_told_once_what_is_due_and_once_what_is_overdue(world: World) -> None:
    make(world, "Licence use is low", TODAY + DAY)
    make(world, "Far away", TODAY + 9 * DAY)

    assert [reminders.remind(day, at=AT) for day in (TODAY, TODAY + DAY, TODAY + DAY, TODAY + 2 * DAY, TODAY + 3 * DAY)] == [
        0,
        1,
        0,
        1,
        0,
    ]

    assert told(world.tam) == [
        ("due", "Due today: Licence use is low", "Homeworld Inc."),
        ("overdue", "Overdue since 17 November: Licence use is low", "Homeworld Inc."),
    ]
    mails = Notice.objects.filter(channel="mail").order_by("id").values_list("state", "digest")
    assert list(mails) == [("held", "daily:2026-11-17"), ("held", "daily:2026-11-17")]


def test_tasks_are_told_to_their_owner(world: World) -> None:
    cta = make(world, "Onboard", TODAY + 5 * DAY)
    tasks.add(cta, "Send the welcome mail", owner=world.mona, due_date=TODAY, actor=world.mona, at=AT)
    Notice.objects.all().delete()

    assert reminders.remind(TODAY, at=AT) == 1
    assert told(world.mona) == [("due", "Due today: Send the welcome mail", "Homeworld Inc.: Onboard")]


def test_a_date_that_is_moved_is_told_anew(world: World) -> None:
    cta = make(world, "Licence use is low", TODAY)
    reminders.remind(TODAY, at=AT)
    ctas.update(cta, {"due_date": TODAY + DAY}, today=TODAY, actor=world.tam, at=AT)

    assert reminders.remind(TODAY + DAY, at=AT) == 1


def test_what_rests_is_done_or_has_nobody_is_not_told(world: World) -> None:
    rests, done = make(world, "Rests", TODAY), make(world, "Done", TODAY)
    ctas.snooze(rests, TODAY + 3 * DAY, "Holidays", today=TODAY, actor=world.tam, at=AT)
    CallToAction.objects.filter(pk=done.pk).update(is_open=False)
    make(world, "Old", TODAY)
    CallToAction.objects.filter(title="Old").update(due_date=TODAY - 30 * DAY)
    nobody = make(world, "Nobody's", TODAY)
    CallToAction.objects.filter(pk=nobody.pk).update(owner=None)

    assert reminders.remind(TODAY, at=AT) == 0
    User.objects.filter(pk=world.tam.pk).update(is_active=False)
    assert reminders.remind(TODAY + 4 * DAY, at=AT) == 0


def test_many_take_as_many_reads_as_few(world: World) -> None:
    make(world, "One", TODAY)
    with CaptureQueriesContext(connection) as few:
        reminders.remind(TODAY, at=AT)
    for n in range(30):
        make(world, f"CTA {n}", TODAY)
    with CaptureQueriesContext(connection) as many:
        assert reminders.remind(TODAY, at=AT) == 31

    reads = [sum(query["sql"].startswith("SELECT") for query in found) for found in (few, many)]
    assert reads[0] == reads[1] <= 6


def test_the_daily_run_reminds(world: World) -> None:
    make(world, "Licence use is low", TODAY)
    run = runs.queue("daily", "Daily run", actor=None, at=AT, as_of=TODAY, natural_key="daily:x")

    daily.execute(run, now=lambda: AT)

    assert ("due", "Due today: Licence use is low", "Homeworld Inc.") in told(world.tam)
