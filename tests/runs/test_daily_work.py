"""The loop of work: the daily run raises what is due, moves it, settles it and hands it over, and leaves alone what a person has set."""

from datetime import date, timedelta
from typing import Any

import pytest

from tenure.actions import activities, assignments, ctas, engagements, tasks
from tenure.actions.engagements import Confirmed
from tenure.models import Account, Activity, CallToAction, Event, Notice, Subscription, Task
from tenure.queries import columns, events
from tenure.runs import daily, plans, plans_work
from tests import work
from tests.world import World

DAY = timedelta(days=1)
KEYS = [
    "am_follow_up:{h}:2026-01-20", "assign_tam:{b}:2026-W47", "assign_tam:{f}:2026-W47", "assign_tam:{l}:2026-W47",
    "business_review:{h}:2027-04-30", "cadence_call:{h}:2026-01-20", "health_update:{h}:2026-01-20",
]  # fmt: skip


def apply(world: World, day: int = 0, **more: Any) -> daily.Applied:
    return daily.apply(daily.plan(world.today + day * DAY), at=world.at + day * DAY, actor=None, **more)


def changes(world: World, day: int = 0, **more: Any) -> list[plans.Change]:
    """What a plan would do with work."""
    kinds = (plans_work.CtaWanted, plans_work.CtaChanged, plans_work.CtaSettled, plans_work.CtaWakes, plans_work.WorkHandedOver)
    return [change for change in daily.plan(world.today + day * DAY, **more).changes() if isinstance(change, kinds)]


def open_keys(account: Account | None = None) -> list[str]:
    rows = CallToAction.objects.filter(is_open=True)
    return sorted((rows.filter(account=account) if account else rows).values_list("natural_key", flat=True))


def one(rule: str, **more: Any) -> CallToAction:
    """The open CTA of a schedule."""
    return CallToAction.objects.get(rule=rule, is_open=True, **more)


def log(world: World, account: Account, day: int, kind: str = "call", **fields: Any) -> Activity:
    moment = world.at + day * DAY
    given = {"kind": kind, "happened_at": moment, "subject": "Talk", **fields}
    return activities.log(account, given, today=moment.date(), actor=None, at=moment, author=world.tam)


# --- raising


def test_the_first_run_raises_what_is_due_with_all_that_a_person_needs(world: World) -> None:
    done = apply(world)

    names = {"h": world.homeworld.pk, "b": world.beach_city.pk, "f": world.funland.pk, "l": world.le_hotel.pk}
    assert (done.ctas_raised, open_keys()) == (7, sorted(key.format(**names) for key in KEYS))
    review = one("business_review")
    assert (review.type, review.reason, review.title, review.priority, review.owner, review.due_date, review.origin, review.edition) == (
        "lifecycle", "Business review", "Business review before the renewal of 30 April 2027", 2, world.tam, date(2026, 11, 14), "schedule",
        date(2022, 11, 11),
    )  # fmt: skip
    assert review.because == {
        "anchor": "renewal_date", "anchor_day": "2027-04-30", "offset": "-7 months", "raise_on": "2026-09-30", "owner_role": "tam",
    }  # fmt: skip
    use = review.playbook_use
    assert use is not None
    assert (use.version.key, use.start, review.tasks.count(), review.tasks_open) == ("ebr", date(2026, 9, 30), 10, 10)
    assert one("am_follow_up").owner == world.ari
    assert {row.owner for row in CallToAction.objects.filter(rule="assign_tam")} == {world.mona}


def test_a_second_run_changes_nothing_and_its_plan_is_empty(world: World) -> None:
    apply(world)
    before = work.content()

    assert apply(world).counts == daily.Applied(accounts=7).counts
    assert work.content() == before
    assert list(daily.plan(world.today).changes()) == []


def test_a_plan_tells_what_is_raised_and_why_and_raises_nothing(world: World) -> None:
    before = work.content()

    found = {change.key: change for change in changes(world)}

    assert work.content() == before
    cadence = found[f"cadence_call:{world.homeworld.pk}:2026-01-20"]
    assert plans.as_dict(cadence) == {
        "kind": "cta_wanted", "account_id": world.homeworld.pk, "account": "Homeworld Inc.", "rule": "cadence_call", "type": "activity",
        "title": "Hold the cadence call", "due_date": "2026-02-20", "raise_on": "2026-02-13", "owner_id": world.tam.pk,
        "owner": "Tam Technical", "playbook": "", "edition": "2026-08-15", "projected": False,
        "reason": "1 month after TAM since, 20 January 2026", "key": cadence.key,
    }  # fmt: skip
    assert plans.summary(daily.plan(world.today))["cta_wanted", "assign_tam", "", ""] == 3


def test_owners_are_told_and_the_manager_not_twice_of_the_same_account(world: World) -> None:
    apply(world)

    told = Notice.objects.filter(channel="app").order_by("pk").values_list("user__name", "kind")
    assert sorted(told) == [("Ari Account", "cta"), ("Mona Manager", "needs_tam"), ("Mona Manager", "needs_tam"), ("Mona Manager", "needs_tam"),
                            ("Tam Technical", "cta"), ("Tam Technical", "cta"), ("Tam Technical", "cta")]  # fmt: skip


def test_work_that_nobody_holds_waits_for_its_owner_and_finds_it(world: World) -> None:
    other = world.account("Aquarium", given_segment="Large")
    world.subscribe(other, arr=10_000)
    work_of = CallToAction.objects.filter(account=other)
    assert apply(world).ctas_raised == 7
    renewal = (other.subscriptions.get().end_date - timedelta(weeks=11) - world.today).days + 1
    apply(world, renewal)
    assert list(work_of.values_list("rule", "owner")) == [("renewal_contact", None)]

    world.assign(other, world.ari, "account_manager", from_date=world.today)
    assert apply(world, renewal + 1).ctas_changed == 1
    assert work_of.get(rule="renewal_contact").owner == world.ari


# --- settling, and the next one


def test_a_call_that_was_held_settles_its_work_and_brings_the_next_in_time(world: World) -> None:
    apply(world)
    first = one("cadence_call")
    log(world, world.homeworld, 2)

    done = apply(world, 3)

    first.refresh_from_db()
    assert (done.ctas_settled, first.status, first.outcome_note, first.closed_by) == (
        2, "closed_success", "Done: last engaged on 18 November 2026", None,
    )  # fmt: skip
    assert not CallToAction.objects.filter(rule="cadence_call", is_open=True).exists()
    apply(world, 24)
    assert not CallToAction.objects.filter(
        rule="cadence_call", is_open=True
    ).exists()  # 18 December less a week is the 11th, day 25
    apply(world, 25)
    following = one("cadence_call")
    assert (following.natural_key, following.due_date) == (f"cadence_call:{world.homeworld.pk}:2026-11-18", date(2026, 12, 18))


def test_work_closed_by_hand_without_being_done_comes_again_counted_from_then(world: World) -> None:
    apply(world)
    ctas.close(one("cadence_call"), "closed_success", actor=world.tam, at=world.at + DAY)

    for day in (1, 2, 23):
        apply(world, day)
        assert not CallToAction.objects.filter(rule="cadence_call", is_open=True).exists()
    apply(world, 24)
    again = one("cadence_call")
    assert (again.natural_key, again.due_date) == (f"cadence_call:{world.homeworld.pk}:2026-11-17", date(2026, 12, 17))
    before = work.content()
    assert apply(world, 24).ctas_raised == 0
    assert work.content() == before
    ctas.close(again, "closed_not_relevant", actor=world.tam, at=world.at + 30 * DAY)
    log(world, world.homeworld, 28)  # it was held after all: from there it counts
    apply(world, 60)
    assert one("cadence_call").natural_key == f"cadence_call:{world.homeworld.pk}:2026-12-14"


def test_an_account_that_gets_its_tam_needs_none_any_more(world: World) -> None:
    apply(world)
    assignments.assign(world.le_hotel, world.tam, "tam", from_date=world.today + DAY, actor=world.mona, at=world.at + DAY, today=world.today + DAY)  # fmt: skip

    apply(world, 1)

    assert not CallToAction.objects.filter(rule="assign_tam", account=world.le_hotel, is_open=True).exists()
    assert CallToAction.objects.get(rule="assign_tam", account=world.le_hotel).outcome_note == "A TAM was assigned"
    assert {"success_plan_start", "success_strategy_plan"} <= set(
        CallToAction.objects.filter(account=world.le_hotel, is_open=True).values_list("rule", flat=True)
    )


def test_what_a_person_has_in_hand_stays_when_it_is_only_not_wanted_any_more(world: World) -> None:
    apply(world)
    log(world, world.homeworld, 0, "update", sentiment="red")
    apply(world, 6)
    mine = one("at_risk_update")
    ctas.update(mine, {"status": "in_progress"}, today=world.today, actor=world.tam, at=world.at + 6 * DAY)
    log(world, world.homeworld, 7, "update", sentiment="green")

    apply(world, 8)

    assert one("at_risk_update").status == "in_progress"  # the risk is over: whoever works on it decides
    assert not CallToAction.objects.filter(rule="at_risk_account", is_open=True).exists()


def test_what_rests_is_not_settled_until_it_wakes_and_what_is_in_hand_when_it_is_done(world: World) -> None:
    apply(world)
    ctas.update(one("cadence_call"), {"status": "in_progress"}, today=world.today, actor=world.tam, at=world.at)
    ctas.snooze(one("am_follow_up"), world.today + 9 * DAY, "Holidays", today=world.today, actor=world.ari, at=world.at)
    log(world, world.homeworld, 1)

    assert [change.kind for change in changes(world, 2)] == ["cta_settled"]
    assert apply(world, 2).ctas_settled == 1  # in hand, and done
    assert (
        CallToAction.objects.get(rule="cadence_call").outcome_note
        == "Done: last engaged on 17 November 2026 (Tam Technical had it in hand)"
    )
    assert one("am_follow_up").snooze_reason == "Holidays"
    assert [change.kind for change in changes(world, 9)] == ["cta_wakes", "cta_settled", "cta_wanted"]  # and the next release
    done = apply(world, 9)
    assert (done.ctas_woken, done.ctas_settled) == (1, 1)
    assert not CallToAction.objects.filter(rule="am_follow_up", is_open=True).exists()


# --- moving


def renewal(world: World, day: date) -> None:
    Subscription.objects.filter(account=world.homeworld).update(end_date=day)


def test_a_renewal_that_moves_takes_its_open_work_along_but_for_what_a_person_set(world: World) -> None:
    apply(world)
    review = one("business_review")
    kept = review.tasks.order_by("position").first()
    assert kept is not None
    tasks.update(kept, {"due_date": date(2026, 12, 1)}, actor=world.tam, at=world.at)
    moved = review.tasks.order_by("position").last()
    assert moved is not None
    assert moved.due_date is not None
    renewal(world, date(2027, 4, 20))

    found = changes(world, 1)
    assert apply(world, 1).ctas_changed == 1

    change = found[0]
    assert isinstance(change, plans_work.CtaChanged)
    assert change.after["natural_key"] == f"business_review:{world.homeworld.pk}:2027-04-20"
    review.refresh_from_db()
    assert (review.title, review.due_date, review.natural_key, review.because["anchor_day"]) == (
        "Business review before the renewal of 20 April 2027", date(2026, 11, 4), f"business_review:{world.homeworld.pk}:2027-04-20", "2027-04-20",
    )  # fmt: skip
    assert Task.objects.get(pk=kept.pk).due_date == date(2026, 12, 1)
    assert Task.objects.get(pk=moved.pk).due_date == moved.due_date - 10 * DAY
    assert apply(world, 1).ctas_changed == 0
    renewal(world, date(2027, 4, 30))  # and back
    assert (apply(world, 2).ctas_changed, CallToAction.objects.filter(rule="business_review").count()) == (1, 1)


def test_a_title_and_a_day_that_a_person_set_stay_when_the_renewal_moves(world: World) -> None:
    apply(world)
    review = one("business_review")
    fields = {"title": "EBR with Carol", "due_date": date(2026, 12, 24)}
    ctas.update(review, fields, today=world.today, actor=world.tam, at=world.at)
    renewal(world, date(2027, 4, 20))

    apply(world, 1)

    review.refresh_from_db()
    assert (review.title, review.due_date, review.natural_key) == (
        "EBR with Carol", date(2026, 12, 24), f"business_review:{world.homeworld.pk}:2027-04-20",
    )  # fmt: skip
    assert changes(world, 1) == []


def test_a_renewal_that_moves_far_ahead_ends_the_work_and_brings_it_back_in_time(world: World) -> None:
    apply(world)
    review = one("business_review")
    renewal(world, date(2027, 10, 31))

    assert apply(world, 1).ctas_settled == 1
    review.refresh_from_db()
    assert (review.status, review.outcome_note) == (
        "closed_not_relevant", "The day has moved to 31 October 2027: it comes again in its time",
    )  # fmt: skip
    apply(world, (date(2027, 3, 31) - world.today).days)
    assert one("business_review").title == "Business review before the renewal of 31 October 2027"


def test_the_same_thing_happening_again_is_another_occasion(world: World) -> None:
    """A renewal that is past doesn't take its open work along to the next one."""
    apply(world)
    Subscription.objects.filter(account=world.homeworld).update(end_date=date(2026, 11, 30))
    apply(world, 1)
    world.subscribe(world.homeworld, start_date=date(2026, 11, 30), end_date=date(2027, 11, 30))

    apply(world, (date(2027, 4, 30) - world.today).days)

    titles = CallToAction.objects.filter(rule="business_review").order_by("pk").values_list("title", flat=True)
    assert list(titles) == [
        "Business review before the renewal of 30 April 2027", "Business review before the renewal of 30 November 2027",
    ]  # fmt: skip


def test_a_new_edition_moves_what_is_open_and_raises_nothing_twice(world: World) -> None:
    earlier = (date(2026, 8, 14) - world.today).days
    daily.apply(daily.plan(date(2026, 8, 14)), at=world.at + earlier * DAY, actor=None)
    before = one("health_update")
    assert (before.edition, before.due_date) == (date(2022, 11, 11), date(2026, 4, 20))

    daily.apply(daily.plan(date(2026, 8, 15)), at=world.at + (earlier + 1) * DAY, actor=None)

    before.refresh_from_db()
    assert (before.edition, before.due_date) == (date(2026, 8, 15), date(2026, 2, 20))
    assert CallToAction.objects.filter(rule="health_update").count() == 1


# --- kills, and what rests


def test_killed_between_two_blocks_and_repeated_nothing_is_lost_or_twice(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(columns.blocks, "__defaults__", (None, 2))

    class Killed(BaseException):
        pass

    def kill(done: int, total: int) -> None:
        if done == 2:
            raise Killed

    with pytest.raises(Killed):
        apply(world, progress=kill)
    assert 0 < CallToAction.objects.count() < 7

    apply(world)

    assert len(open_keys()) == 7
    assert Event.objects.filter(verb="cta.raised").count() == 7
    assert changes(world) == []
    assert events.verify().broken_at is None


def test_snoozed_work_whose_day_moves_is_not_raised_a_second_time_and_moves_when_it_wakes(world: World) -> None:
    apply(world)
    review = one("business_review")
    ctas.snooze(review, world.today + 9 * DAY, "Later", today=world.today, actor=world.tam, at=world.at)
    renewal(world, date(2027, 5, 5))

    assert (apply(world, 1).ctas_changed, CallToAction.objects.filter(rule="business_review").count()) == (0, 1)
    assert apply(world, 9).ctas_changed == 1
    assert one("business_review").natural_key == f"business_review:{world.homeworld.pk}:2027-05-05"


def test_nobody_is_asked_for_health_updates_of_a_customer_who_will_churn(world: World) -> None:
    apply(world)
    row = one("health_update", account=world.homeworld)
    said = {key: Confirmed() for key in ("options_exhausted", "manager_agrees", "opportunity_marked")}
    by = {"today": world.today, "actor": work.fresh(world.tam), "at": world.at}
    event = engagements.set_stage(world.homeworld, "will_churn", since=world.today, confirmed=said, **by)

    apply(world, 1)
    row.refresh_from_db()
    assert (row.is_open, row.status) == (False, "closed_not_relevant")
    assert not CallToAction.objects.filter(rule="health_update", is_open=True).exists()
    assert one("cadence_call").account == world.homeworld  # calls go on
    assert event is not None
    engagements.undo(event, **by | {"at": world.at + DAY})
    apply(world, 30)
    again = one("health_update")  # it counts from the day on which it was closed
    assert (again.account, again.due_date) == (world.homeworld, date(2026, 12, 17))
