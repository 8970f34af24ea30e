"""Building a day: once whoever asks, all of it or nothing of it, kept while it is used."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext
from django_tasks_db.models import DBTaskResult

from tenure.actions import accounts, assignments, runs, saved_views
from tenure.actions import days as actions
from tenure.actions.refusals import Refused
from tenure.actions.saved_views import Given
from tenure.models import AccountDay, BuiltDay, Event, Notice, Run, User
from tenure.queries import columns, days, days_rows, handbook, visible
from tenure.runs import days as building
from tenure.runs import scheduler, tasks
from tests.world import AT, World

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
PAST = date(2026, 8, 22)


def ask(world: World, day: date = PAST, who: User | None = None, **more: Any) -> days.Asked:
    return building.prepare(day, actor=who or world.ops, today=world.today, at=AT, **more)


def work(run: Run | None, minutes: int = 1) -> Run:
    """Do a queued run as a worker does, some minutes after it was asked for."""
    assert run is not None
    building.execute(run, now=lambda: AT + minutes * MINUTE)
    run.refresh_from_db()
    return run


def build(world: World, day: date = PAST, minutes: int = 1) -> BuiltDay:
    work(ask(world, day).run, minutes)
    found = days.ready(day)
    assert found is not None
    return found


def change(world: World) -> None:
    """Something that lists show is recorded."""
    assignments.assign(world.le_hotel, world.tessa, "tam", from_date=world.today, actor=world.mona, at=AT)


def test_whoever_asks_first_has_it_built_once(decided: World) -> None:
    first, second = ask(decided), ask(decided, who=decided.tam)

    assert first.run == second.run
    assert (first.built, first.live, first.wanted) == (None, True, True)
    assert list(Run.objects.filter(kind="day").values_list("title", "as_of", "started_by__name")) == [
        ("Lists of 22 Aug 2026", PAST, "Ops Operations")
    ]
    assert DBTaskResult.objects.filter(args_kwargs__args=[first.run.pk if first.run else 0]).count() == 1


def test_the_worker_builds_it_and_it_is_there(decided: World) -> None:
    run = ask(decided).run
    assert run is not None

    tasks.execute.call(run.pk)

    run.refresh_from_db()
    found = ask(decided)
    assert (run.status, run.counts, run.message, run.percent) == ("done", {"accounts": 7}, "7 accounts of that day", 100)
    assert (found.wanted, found.run) == (False, None)
    assert found.built is not None
    assert (found.built.accounts, visible.listed(decided.ops, found.built).count()) == (7, 7)
    assert Run.objects.filter(kind="day").count() == 1


def test_a_repeat_of_the_task_does_nothing(decided: World) -> None:
    run = work(ask(decided).run)
    work(run, 9)

    assert (BuiltDay.objects.count(), AccountDay.objects.count(), run.finished_at) == (1, 7, AT + MINUTE)


def test_what_is_recorded_later_makes_it_be_built_anew_while_the_old_rows_stay(decided: World) -> None:
    old = build(decided)
    change(decided)

    found = ask(decided)

    assert (found.built, found.newer, found.live) == (old, True, True)
    assert ask(decided).run == found.run
    work(found.run, 5)
    fresh = days.ready(PAST)
    assert fresh is not None
    assert (fresh.pk > old.pk, fresh.recorded_at) == (True, AT + 5 * MINUTE)
    assert ask(decided).wanted is False


def test_another_text_of_the_handbook_makes_it_be_built_anew(decided: World) -> None:
    BuiltDay.objects.filter(pk=build(decided).pk).update(digest="of another text")

    assert ask(decided).newer is True


def test_a_look_ahead_is_built_anew_on_another_day(decided: World) -> None:
    """What renews itself is looked at from today: tomorrow a term may have ended. A past day stays as it is."""
    to_come = date(2027, 5, 1)
    build(decided, to_come)
    build(decided)
    tomorrow = decided.today + DAY

    digest = handbook.pack().digest
    assert (days.asked(to_come, decided.today, digest).newer, days.asked(to_come, tomorrow, digest).newer) == (False, True)
    assert days.asked(to_come, to_come + DAY, digest).newer is True
    assert days.asked(PAST, tomorrow, digest).newer is False


def test_what_lists_do_not_show_changes_nothing(decided: World) -> None:
    build(decided)
    before = days.newest_event()
    saved_views.create("accounts", Given("Mine", "f=tam:me", False, False, False), actor=decided.tam, at=AT)
    runs.finish(runs.queue("daily", "Daily run", actor=decided.ops, at=AT), at=AT)

    assert days.newest_event() > before
    assert ask(decided).wanted is False


def test_half_of_a_day_is_not_shown(decided: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The process ends after the first block: nothing can be seen of it, and another worker does it all."""
    monkeypatch.setattr(building, "BLOCK", 3)
    run, real = ask(decided).run, days_rows.rows
    assert run is not None

    def die(*args: Any, **more: Any) -> Any:
        if AccountDay.objects.count() >= 3:
            raise KeyboardInterrupt
        return real(*args, **more)

    with monkeypatch.context() as patch:
        patch.setattr(days_rows, "rows", die)
        with pytest.raises(KeyboardInterrupt):
            work(run)

    assert (AccountDay.objects.count(), days.ready(PAST), ask(decided).live) == (3, None, True)
    assert f"Run {run.pk} put back into the queue: its worker gave no sign of life" in scheduler.tick(AT + 20 * MINUTE)
    work(run, 21)
    assert (run.status, BuiltDay.objects.count(), AccountDay.objects.count()) == ("done", 1, 7)


def test_one_account_that_cannot_be_worked_out_is_left_out_and_told(decided: World, monkeypatch: pytest.MonkeyPatch) -> None:
    real = days_rows.rows

    def rows(scope: columns.Scope, *args: Any, **more: Any) -> Any:
        if decided.le_hotel.pk in scope.account_ids():
            raise ValueError("this is no number")
        return real(scope, *args, **more)

    monkeypatch.setattr(days_rows, "rows", rows)
    run = work(ask(decided).run)

    assert (run.status, run.counts) == ("done", {"accounts": 6, "skipped": 1})
    failure = run.failures.get()
    assert (failure.account_id, failure.message) == (decided.le_hotel.pk, "It can't be worked out: ValueError: this is no number")


def test_a_build_that_fails_is_told_and_tried_again_only_when_somebody_says_so(
    decided: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: Any, **more: Any) -> Any:
        raise DatabaseError("The disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(days_rows, "rows", fail)
        with pytest.raises(DatabaseError):
            work(ask(decided).run)

    found = ask(decided)
    assert (found.failed, found.run and found.run.message) == (True, "DatabaseError: The disk is full")
    assert Run.objects.filter(kind="day").count() == 1
    assert set(Notice.objects.filter(kind="run_failed").values_list("user__name", flat=True)) == {"Ops Operations", "Ada Admin"}
    assert ask(decided, again=True).live is True
    assert Run.objects.filter(kind="day").count() == 2


@pytest.mark.parametrize("day", [date(1996, 11, 15), date(2036, 11, 17), date(9999, 12, 31), date.min])
def test_days_out_of_reach_are_refused(decided: World, day: date) -> None:
    before = Event.objects.count()

    with pytest.raises(Refused, match=r"Lists can be shown from 16 Nov 1996 to 16 Nov 2036\."):
        ask(decided, day)

    assert (Run.objects.filter(kind="day").count(), Event.objects.count()) == (0, before)


def test_nobody_has_more_than_three_days_built_at_a_time(decided: World) -> None:
    for back in range(3):
        ask(decided, PAST - back * DAY)

    with pytest.raises(Refused, match="3 days are being prepared for you already"):
        ask(decided, PAST - 3 * DAY)

    assert ask(decided, PAST).live is True
    assert ask(decided, PAST - 3 * DAY, who=decided.tam).live is True
    assert Run.objects.filter(kind="day").count() == 4


def test_who_may_not_see_accounts_has_nothing_built(decided: World) -> None:
    with pytest.raises(Refused):
        ask(decided, who=decided.fin)

    assert (Run.objects.filter(kind="day").count(), DBTaskResult.objects.count()) == (0, 0)


def test_the_days_used_last_are_kept(decided: World, settings: Any) -> None:
    settings.KEPT_DAYS = 2
    for back in range(3):
        build(decided, PAST - back * DAY, minutes=back + 1)
    assert list(BuiltDay.objects.order_by("day").values_list("day", flat=True)) == [PAST - 2 * DAY, PAST - DAY]

    used = days.ready(PAST - DAY)
    assert used is not None
    actions.use(used, at=AT + 30 * MINUTE)
    build(decided, PAST - 3 * DAY, minutes=31)

    assert list(BuiltDay.objects.order_by("day").values_list("day", flat=True)) == [PAST - 3 * DAY, PAST - DAY]
    assert AccountDay.objects.count() == 14


def test_replaced_rows_stay_for_a_page_that_is_being_read(decided: World) -> None:
    old = build(decided)
    change(decided)
    fresh = build(decided, minutes=2)

    assert actions.tidy(14, at=AT + 11 * MINUTE) == 0
    assert visible.listed(decided.ops, old).count() == 7
    assert actions.tidy(14, at=AT + 13 * MINUTE) == 1
    assert list(BuiltDay.objects.all()) == [fresh]
    assert AccountDay.objects.count() == 7


def test_a_deleted_account_leaves_every_day_at_once(decided: World) -> None:
    built = build(decided)

    accounts.delete(decided.le_hotel, today=decided.today, actor=decided.ops, at=AT)

    names = visible.listed(decided.ops, built).values_list("name", flat=True)
    assert len(names) == 6
    assert "Le Hotel" not in names


def test_an_account_deleted_since_is_on_no_day(decided: World) -> None:
    accounts.delete(decided.le_hotel, today=decided.today, actor=decided.ops, at=AT)

    assert build(decided).accounts == 6


def test_whom_one_sees_is_decided_by_the_rights_of_today(decided: World) -> None:
    """Tam had Buddwick in August; today it is nobody's, and its territory isn't Tam's."""
    then = decided.assign(decided.buddwick, decided.tam, from_date=PAST - 10 * DAY)
    then.until_date = PAST + 10 * DAY
    then.save()
    decided.refresh(decided.buddwick)
    built = build(decided)

    seen = {row.name: row.tam_name for row in visible.listed(decided.tam, built)}

    assert seen == {"Homeworld Inc.": "Tam Technical", "Beach City Corp.": "", "Funland Arcade": "", "Le Hotel": ""}
    assert AccountDay.objects.get(built=built, account=decided.buddwick).tam_name == "Tam Technical"
    assert visible.listed(decided.olga, built).count() == 0


def test_the_number_of_queries_of_a_build_does_not_grow_with_rows(decided: World) -> None:
    counts = []
    for size in (3, 30):
        decided.more_accounts(size, f"More {size}")
        run = ask(decided, PAST - size * DAY).run
        with CaptureQueriesContext(connection) as seen:
            work(run)
        counts.append(len(seen))

    assert counts[0] == counts[1]


def test_rows_of_a_day_and_their_index_are_found_by_day(decided: World) -> None:
    built = build(decided)

    plan = AccountDay.objects.filter(built=built).order_by("-arr_minor", "account")[:5].explain()

    assert connection.vendor != "sqlite" or "account_day_arr" in plan
    assert handbook.pack().digest == built.digest
