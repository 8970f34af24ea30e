"""Planning the hours of a window: what counts, once whoever asks, brought up to date by what has changed."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db.models import Sum
from django_tasks_db.models import DBTaskResult

from tenure.actions import assignments, ctas, hours, outbox, runs, saved_views, services
from tenure.actions import capacity as actions
from tenure.actions import tasks as steps
from tenure.actions.refusals import Refused
from tenure.actions.saved_views import Given
from tenure.models import AccountSummary, CallToAction, CapacityLine, CapacityPlan, CapacityWeek, Run, Task, User
from tenure.queries import capacity, capacity_work, handbook
from tenure.queries.capacity_work import Window
from tenure.runs import capacity as planning
from tenure.runs import daily, scheduler, tasks
from tests import work
from tests.world import AT, World

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
MONDAY = date(2026, 11, 16)


def build(world: World, first: date = MONDAY, today: date | None = None) -> CapacityPlan:
    return planning.build(first, today=today or world.today, now=lambda: AT)


def of(user: User | None, plan: CapacityPlan) -> list[tuple[Any, ...]]:
    rows = CapacityLine.objects.filter(plan=plan, user=user).order_by("week", "kind", "due_date")
    return list(rows.values_list("week", "kind", "minutes", "due_date"))


def sums(plan: CapacityPlan) -> dict[tuple[int | None, date], int]:
    rows = CapacityWeek.objects.filter(plan=plan).values_list("user", "week").annotate(n=Sum("minutes")).order_by()
    return {(user, week): n for user, week, n in rows}


def content(plan: CapacityPlan) -> list[Any]:
    lines = CapacityLine.objects.filter(plan=plan).order_by("user", "week", "account", "kind", "title", "due_date", "why")
    weeks = CapacityWeek.objects.filter(plan=plan).order_by("user", "week", "kind")
    names = [
        [f.attname for f in model._meta.concrete_fields if f.attname not in ("id", "plan_id")]
        for model in (CapacityLine, CapacityWeek)
    ]
    return [list(lines.values_list(*names[0])), list(weeks.values_list(*names[1]))]


def ask(world: World, first: date = MONDAY, who: User | None = None, **more: Any) -> capacity.Asked:
    return planning.prepare(first, actor=who or world.ops, today=world.today, at=AT, **more)


def do(run: Run | None, minutes: int = 1) -> Run:
    """Do a queued run as a worker does."""
    assert run is not None
    planning.execute(run, now=lambda: AT + minutes * MINUTE)
    run.refresh_from_db()
    return run


# --- what counts


def test_what_is_late_what_is_open_and_what_will_be_raised_counts_in_its_week(decided: World) -> None:
    """Homeworld: a call and a health update are late, so is its review of ten steps; calls follow monthly, releases on the 22nd."""
    found = of(decided.tam, build(decided))

    assert sum(row[2] for row in found if row[0] == MONDAY) == 60 + 15 + 10 * 27
    assert found[12:] == [
        (date(2026, 11, 23), "Product education", 10, date(2026, 11, 23)),
        (date(2026, 12, 14), "Cadence call", 60, date(2026, 12, 16)),
        (date(2026, 12, 14), "Review", 15, date(2026, 12, 16)),
        (date(2026, 12, 21), "Product education", 10, date(2026, 12, 22)),
        (date(2027, 1, 4), "Upcoming renewal", 20, date(2027, 1, 8)),
        (date(2027, 1, 11), "Cadence call", 60, date(2027, 1, 15)),  # the 16th is a Saturday
        (date(2027, 1, 11), "Review", 15, date(2027, 1, 15)),
        (date(2027, 1, 18), "Product education", 10, date(2027, 1, 22)),
        (date(2027, 1, 25), "Review", 15, date(2027, 1, 31)),
        (date(2027, 1, 25), "Upcoming renewal", 20, date(2027, 1, 29)),
        (date(2027, 1, 25), "Upcoming renewal", 20, date(2027, 1, 29)),
    ]


def test_raising_the_work_changes_nobody_s_hours(world: World) -> None:
    """What is planned and what is there is counted by one rule, and nothing twice."""
    daily.apply(daily.plan(world.today), at=world.at, actor=None)
    there = build(world)
    CallToAction.objects.all().delete()
    before = build(world)

    assert before.lines == there.lines
    for user in (world.tam, world.ari):
        assert of(user, before) == of(user, there)


def test_the_sums_are_those_of_the_lines(decided: World) -> None:
    plan = build(decided)
    lines = CapacityLine.objects.filter(plan=plan).values_list("user", "week").annotate(n=Sum("minutes")).order_by()

    assert sums(plan) == {(user, week): n for user, week, n in lines}
    late = CapacityWeek.objects.get(plan=plan, user=decided.tam, week=MONDAY, kind="Business review")
    assert (late.minutes, late.pieces, late.late) == (270, 10, 8 * 27)


def test_a_task_that_is_done_counts_no_more_and_another_person_s_counts_for_them(decided: World) -> None:
    first, second = Task.objects.filter(cta__reason="Business review").order_by("position")[:2]
    steps.done(first, actor=None, at=AT)
    Task.objects.filter(pk=second.pk).update(owner=decided.sol)

    plan = build(decided)

    review = CapacityLine.objects.filter(plan=plan, kind="Business review")
    assert review.filter(user=decided.tam).count() == 8
    assert [(line.user, line.minutes, line.why) for line in review.filter(user=decided.sol)] == [
        (decided.sol, 27, "Step 2 of 10 (Schedule it): 1/10 of 270 min")
    ]


def test_a_call_to_action_of_somebody_s_own_counts_too_and_a_closed_one_does_not(decided: World) -> None:
    mine = work.cta(decided, type="risk", reason="", title="Talk to the sponsor", due_date=date(2026, 12, 3))
    closed = work.cta(decided, title="Old", due_date=date(2026, 12, 3))
    ctas.close(closed, "closed_success", actor=None, at=AT)

    found = CapacityLine.objects.filter(plan=build(decided), cta__in=[mine, closed])

    assert [(line.cta_id, line.week, line.minutes, line.title) for line in found] == [
        (mine.pk, date(2026, 11, 30), 90, "Talk to the sponsor")
    ]


def test_a_snoozed_one_counts_when_it_comes_back(decided: World) -> None:
    row = work.cta(decided, type="risk", due_date=date(2026, 11, 20))
    ctas.snooze(row, date(2026, 12, 9), "Waits for budget", today=decided.today, actor=None, at=AT)

    assert CapacityLine.objects.get(plan=build(decided), cta=row).week == date(2026, 12, 7)


def test_work_without_a_date_counts_nowhere_and_that_of_people_who_left_is_nobody_s(decided: World) -> None:
    undated = work.cta(decided, type="risk", due_date=None)
    left = work.cta(decided, type="risk", owner=decided.ari)
    User.objects.filter(pk=decided.ari.pk).update(is_active=False)

    plan = build(decided)

    assert not CapacityLine.objects.filter(plan=plan, cta=undated).exists()
    assert CapacityLine.objects.get(plan=plan, cta=left).user is None


def test_work_of_a_deleted_account_counts_no_more(decided: World) -> None:
    AccountSummary.objects.filter(pk=decided.homeworld.pk).update(deleted=True)

    assert of(decided.tam, build(decided)) == []


def test_a_tam_of_small_customers_has_webinars_and_workshops(decided: World) -> None:
    AccountSummary.objects.filter(pk=decided.homeworld.pk).update(segment="SMB")
    plan = build(decided)
    found = CapacityLine.objects.filter(plan=plan, user=decided.tam, account=None)

    assert found.count() == 2 * 13
    assert set(found.values_list("kind", "minutes", "due_date")) == {("Webinar", 28, None), ("Workshop", 28, None)}


def test_a_later_window_goes_on_where_the_first_ends(decided: World) -> None:
    """What is late by then is done; calls go on every month, from the Friday before 16 January, a Saturday."""
    plan = build(decided, date(2027, 2, 15))

    calls = [row for row in of(decided.tam, plan) if row[1] == "Cadence call"]
    assert [row[3] for row in calls] == [date(2027, 2, 15), date(2027, 3, 15), date(2027, 4, 15), date(2027, 5, 14)]
    assert all(row[0] >= date(2027, 2, 15) for row in of(decided.tam, plan))
    assert CapacityWeek.objects.filter(plan=plan, late__gt=0).count() == 0


def test_an_account_whose_facts_can_t_be_read_is_left_out_and_noted(decided: World, monkeypatch: pytest.MonkeyPatch) -> None:
    run, real = ask(decided).run, capacity_work.lines

    def broken(scope: Any, *args: Any) -> Any:
        if decided.funland.pk in scope.account_ids():
            raise ValueError("a strange value")
        return real(scope, *args)

    monkeypatch.setattr(capacity_work, "lines", broken)
    done = do(run)

    assert done.status == "done"
    assert [(row.account, row.message) for row in done.failures.all()] == [
        (decided.funland, "It can't be planned: ValueError: a strange value")
    ]
    assert CapacityLine.objects.filter(account=decided.homeworld).exists()


# --- with an account more


def test_what_an_account_asks_of_a_tam_is_what_it_will_ask_once_assigned(decided: World) -> None:
    window = Window(decided.today, MONDAY, 13)
    asked = capacity_work.with_tam(decided.beach_city.pk, window, handbook.pack())
    assignments.assign(
        decided.beach_city, decided.tessa, "tam", from_date=decided.today, actor=decided.mona, at=AT, today=decided.today
    )

    plan = build(decided)

    found = (
        CapacityLine.objects.filter(plan=plan, user=decided.tessa).values_list("week").annotate(n=Sum("minutes")).order_by("week")
    )
    assert list(asked.items()) == list(found)
    assert sum(asked.values()) > 0


def test_an_account_that_has_a_tam_asks_the_same_of_another(decided: World) -> None:
    window = Window(decided.today, MONDAY, 13)
    plan = build(decided)

    asked = capacity_work.with_tam(decided.homeworld.pk, window, handbook.pack())

    assert asked == {week: n for (user, week), n in sums(plan).items() if user == decided.tam.pk}


# --- once, and up to date


def test_whoever_asks_first_has_it_planned_once(decided: World) -> None:
    first, second = ask(decided), ask(decided, date(2026, 11, 19), who=decided.tam)

    assert first.run == second.run
    assert (first.plan, first.live, first.wanted) == (None, True, True)
    assert list(Run.objects.filter(kind="capacity").values_list("title", "as_of", "started_by__name")) == [
        ("Hours from 16 Nov 2026", MONDAY, "Ops Operations")
    ]
    assert DBTaskResult.objects.filter(args_kwargs__args=[first.run.pk if first.run else 0]).count() == 1


def test_the_worker_plans_it_and_it_is_there(decided: World) -> None:
    run = ask(decided).run
    assert run is not None

    tasks.execute.call(run.pk)

    run.refresh_from_db()
    plan = CapacityPlan.objects.get()
    assert (run.status, run.counts, run.percent) == ("done", {"lines": plan.lines}, 100)
    assert [step["key"] for step in run.steps] == ["build", "tidy"]
    assert (plan.first, plan.weeks, plan.lines) == (MONDAY, 13, CapacityLine.objects.count())


def test_what_is_recorded_later_is_brought_in_account_by_account(decided: World) -> None:
    """The same lines as if all were planned again, in the window that is there."""
    do(ask(decided).run)
    plan = CapacityPlan.objects.get()
    assert ask(decided).wanted is False
    assignments.assign(
        decided.le_hotel, decided.tessa, "tam", from_date=decided.today, actor=decided.mona, at=AT, today=decided.today
    )
    work.cta(decided, type="risk", due_date=date(2026, 12, 3))

    found = ask(decided)
    assert (found.plan, found.newer, found.live) == (plan, True, True)
    run = do(found.run, 5)

    assert [step["key"] for step in run.steps] == ["update", "tidy"]
    plan.refresh_from_db()
    assert (CapacityPlan.objects.count(), plan.recorded_at, plan.lines) == (1, AT + 5 * MINUTE, CapacityLine.objects.count())
    assert capacity.asked(MONDAY, decided.today, handbook.pack().digest).wanted is False
    assert content(plan) == content(build(decided))


def test_what_changes_nobody_s_hours_changes_nothing(decided: World) -> None:
    do(ask(decided).run)
    saved_views.create("accounts", Given("Mine", "f=tam:me", False, False, False), actor=decided.tam, at=AT)
    runs.finish(runs.queue("daily", "Daily run", actor=decided.ops, at=AT), at=AT)
    outbox.block("gone@homeworld.example", "bounced", "5.1.1 No such user", at=AT)
    hours.buy(decided.homeworld, {"minutes": 600}, today=decided.today, actor=decided.tam, at=AT)
    services.deliver(
        decided.homeworld, {"service": "white_glove", "minutes": 60, "paid": True}, today=decided.today, actor=decided.tam, at=AT
    )

    assert ask(decided).wanted is False


def test_from_another_day_on_and_by_another_handbook_it_is_planned_anew(decided: World) -> None:
    do(ask(decided).run)
    digest = handbook.pack().digest
    assert capacity.asked(MONDAY, decided.today + DAY, digest).newer is True
    CapacityPlan.objects.update(digest="of another text")

    run = do(ask(decided).run, 3)

    assert [step["key"] for step in run.steps] == ["build", "tidy"]
    assert CapacityPlan.objects.count() == 2
    assert actions.tidy(9, at=AT + timedelta(hours=1)) == 1  # the one that was replaced, once nobody reads it any more
    assert CapacityLine.objects.count() == CapacityPlan.objects.get().lines


def test_what_can_t_be_told_by_account_is_planned_anew(decided: World) -> None:
    do(ask(decided).run)
    User.objects.filter(pk=decided.tessa.pk).update(is_active=False)
    plan = CapacityPlan.objects.get()
    assert capacity.changed(plan) == []
    runs.events.record("user.deactivated", "user", decided.tessa.pk, at=AT, actor=None)

    assert capacity.changed(plan) is None
    assert [step["key"] for step in do(ask(decided).run, 2).steps] == ["build", "tidy"]


def test_the_daily_run_is_followed_by_the_next_13_weeks(decided: World) -> None:
    run = tasks.start_daily(decided.today, actor=None, at=AT)

    daily.execute(run, now=lambda: AT)

    queued = Run.objects.get(kind="capacity")
    assert (queued.as_of, queued.status, queued.started_by) == (MONDAY, "queued", None)
    assert planning.follow(decided.today, at=AT) is None  # once


def test_a_failed_one_is_tried_again_when_a_person_says_so(decided: World, monkeypatch: pytest.MonkeyPatch) -> None:
    run = ask(decided).run
    with monkeypatch.context() as patch:
        patch.setattr(actions, "finish", lambda *args, **more: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            do(run)

    found = ask(decided)
    assert (found.failed, found.live, found.run) == (True, False, run)
    again = ask(decided, again=True).run
    assert again != run
    do(again)
    assert CapacityPlan.objects.filter(ready_at=None).count() == 0  # what the failed one left is gone


@pytest.mark.parametrize("first", [date(2026, 11, 15), date(2028, 11, 20)])
def test_only_weeks_to_come_of_two_years_can_be_asked_for(first: date, decided: World) -> None:
    with pytest.raises(Refused, match=r"Hours can be planned from 16 Nov 2026 to 13 Nov 2028\."):
        ask(decided, first)
    assert not Run.objects.filter(kind="capacity").exists()


def test_nobody_waits_for_more_than_three(decided: World) -> None:
    for number in range(3):
        ask(decided, MONDAY + timedelta(weeks=number))

    with pytest.raises(Refused, match="3 windows are being planned for you already"):
        ask(decided, MONDAY + timedelta(weeks=3))
    assert ask(decided, MONDAY + timedelta(weeks=3), who=decided.tam).live


def test_whoever_may_not_see_hours_has_none_planned(decided: World) -> None:
    with pytest.raises(Refused):
        ask(decided, who=work.fresh(decided.fin))
    assert not Run.objects.filter(kind="capacity").exists()


def test_the_windows_used_last_are_kept_and_those_that_are_over_go(decided: World) -> None:
    plans = [build(decided, MONDAY + timedelta(weeks=number)) for number in range(3)]
    actions.use(plans[0], at=AT + 20 * MINUTE)

    assert actions.tidy(2, at=AT + 30 * MINUTE) == 1
    assert CapacityPlan.objects.filter(pk=plans[0].pk).exists()
    CapacityPlan.objects.filter(pk=plans[0].pk).update(first=MONDAY - timedelta(weeks=14))
    assert actions.tidy(9, at=AT + 30 * MINUTE) == 1
    assert set(CapacityLine.objects.values_list("plan", flat=True)) == set(CapacityPlan.objects.values_list("pk", flat=True))


def test_a_window_whose_worker_died_is_taken_up_again(decided: World) -> None:
    run = ask(decided).run
    assert run is not None
    runs.start(run, at=AT)
    actions.begin(run, first=MONDAY, weeks=13, as_of=decided.today, at=AT, event=0, digest="")
    scheduler.tick(AT + timedelta(hours=1))
    run.refresh_from_db()

    do(run, 90)

    assert CapacityPlan.objects.get().ready_at == AT + 90 * MINUTE
