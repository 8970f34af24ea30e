"""What runs do to CTAs: each occasion once for ever, a person's word stands, ten thousand in seconds."""

import json
import time
from datetime import date, timedelta
from typing import Any

import pytest

from tenure.actions import ctas, ctas_runs, tasks
from tenure.actions.ctas_calls import Call, Planned
from tenure.actions.ctas_runs import HandOver, Revision
from tenure.actions.refusals import Refused
from tenure.models import CallToAction, Event, Notice, Run, Task
from tenure.queries import events
from tests import work
from tests.world import TODAY, World

LATER = timedelta(days=9)


def call(world: World, occasion: str = "first", **fields: Any) -> Call:
    given: dict[str, Any] = {
        "reason": "Cadence call", "owner_id": world.tam.pk, "due_date": date(2026, 11, 20), "origin": "schedule", "rule": "cadence_call",
        "edition": date(2018, 6, 1), "because": {"anchor": "last_call", "day": "2026-11-06"}, **fields,
    }  # fmt: skip
    return Call(world.homeworld.pk, "activity", "Cadence call", f"cadence_call:{world.homeworld.pk}:{occasion}", **given)


def raise_many(world: World, *calls: Call, run: Run | None = None) -> int:
    return ctas_runs.raise_many(calls, today=TODAY, at=world.at, run_id=run.pk if run else None)


def test_an_occasion_is_raised_once_whatever_became_of_it(world: World) -> None:
    run = Run.objects.create(kind="daily", status="running", queued_at=world.at)
    assert raise_many(world, call(world), call(world), call(world, "second"), run=run) == 2
    one, two = CallToAction.objects.order_by("pk")
    ctas.close(one, "closed_success", actor=world.tam, at=world.at)
    ctas.snooze(two, TODAY + LATER, "Later", today=TODAY, actor=world.tam, at=world.at)

    assert raise_many(world, call(world), call(world, "second"), call(world, "third"), run=run) == 1

    assert CallToAction.objects.count() == 3
    assert (one.origin, one.rule, one.edition, one.because) == (
        "schedule", "cadence_call", date(2018, 6, 1), {"anchor": "last_call", "day": "2026-11-06"},
    )  # fmt: skip
    event = Event.objects.filter(verb="cta.raised").first()
    assert (event.run_id, event.actor, json.loads(event.body)["rule"], json.loads(event.body)["key"]) == (
        run.pk,
        None,
        "cadence_call",
        one.natural_key,
    )
    assert events.verify().broken_at is None


def test_a_person_is_told_of_each_or_of_their_number(world: World) -> None:
    raise_many(world, call(world))
    raise_many(
        world,
        *(call(world, str(number)) for number in range(6)),
        *(call(world, f"m{n}", owner_id=world.mona.pk) for n in range(2)),
    )

    assert [one.title for one in Notice.objects.filter(channel="app", user=world.tam).order_by("pk")] == [
        "Cadence call: Homeworld Inc.",
        "6 CTAs and tasks are yours",
    ]
    assert Notice.objects.filter(channel="app", user=world.mona).count() == 2


def test_what_the_rule_says_now_is_taken_over_but_for_what_a_person_set(world: World) -> None:
    raise_many(world, call(world), call(world, "second"))
    one, two = CallToAction.objects.order_by("pk")
    for row in (one, two):
        work.task(world, row, "Prepare", date(2026, 11, 18))
    tasks.update(two.tasks.get(), {"due_date": date(2026, 11, 17)}, actor=world.tam, at=world.at)
    ctas.update(two, {"title": "Call Carol"}, today=TODAY, actor=world.tam, at=world.at)
    said = {
        "title": "Cadence call, weekly",
        "due_date": date(2026, 11, 24),
        "owner_id": world.mona.pk,
        "because": {"anchor": "x"},
    }

    changed = ctas_runs.revise_many([Revision(row.natural_key, said) for row in (one, two)], today=TODAY, at=world.at)

    assert changed == 2
    one.refresh_from_db()
    two.refresh_from_db()
    assert (one.title, one.due_date, one.owner, one.because, one.edited) == (
        "Cadence call, weekly",
        date(2026, 11, 24),
        world.mona,
        {"anchor": "x"},
        [],
    )
    assert (two.title, two.due_date, two.edited) == ("Call Carol", date(2026, 11, 24), ["title"])
    assert list(Task.objects.order_by("pk").values_list("due_date", "owner__name")) == [
        (date(2026, 11, 20), "Mona Manager"), (date(2026, 11, 17), "Mona Manager"),
    ]  # fmt: skip
    before = work.content()
    assert ctas_runs.revise_many([Revision(row.natural_key, said) for row in (one, two)], today=TODAY, at=world.at) == 0
    assert work.content() == before


def test_snoozed_and_closed_ones_are_not_revised(world: World) -> None:
    raise_many(world, call(world), call(world, "second"))
    one, two = CallToAction.objects.order_by("pk")
    ctas.close(one, "closed_success", actor=world.tam, at=world.at)
    ctas.snooze(two, TODAY + LATER, "Later", today=TODAY, actor=world.tam, at=world.at)
    before = work.content()

    assert (
        ctas_runs.revise_many([Revision(row.natural_key, {"title": "New"}) for row in (one, two)], today=TODAY, at=world.at) == 0
    )
    assert ctas_runs.revise_many([Revision("nobody:1:x", {"title": "New"})], today=TODAY, at=world.at) == 0
    with pytest.raises(Refused, match="A run can't revise status"):
        ctas_runs.revise_many([Revision(two.natural_key, {"status": "new"})], today=TODAY + LATER, at=world.at)
    assert work.content() == before


def test_what_is_over_is_settled_but_for_what_a_person_holds(world: World) -> None:
    raise_many(world, *(call(world, str(number)) for number in range(4)))
    plain, closed, snoozed, started = CallToAction.objects.order_by("pk")
    work.task(world, plain, "Prepare")
    ctas.close(closed, "closed_not_relevant", actor=world.tam, at=world.at)
    ctas.snooze(snoozed, TODAY + LATER, "Later", today=TODAY, actor=world.tam, at=world.at)
    ctas.update(started, {"status": "in_progress"}, today=TODAY, actor=world.tam, at=world.at)
    ids = [row.pk for row in (plain, closed, snoozed, started)]

    assert work.settle_many(ids, "closed_not_relevant", "The customer has left", today=TODAY, at=world.at) == 1

    states = list(CallToAction.objects.order_by("pk").values_list("status", "is_open", "outcome_note"))
    assert states == [
        ("closed_not_relevant", False, "The customer has left"), ("closed_not_relevant", False, ""), ("new", True, ""), ("in_progress", True, ""),
    ]  # fmt: skip
    assert Task.objects.get().status == "skipped"
    assert work.settle_many(ids, "closed_not_relevant", "Again", today=TODAY, at=world.at) == 0
    assert work.settle_many(ids, "closed_not_relevant", "Over", today=TODAY + LATER, at=world.at) == 1


def test_what_a_person_has_in_hand_is_settled_when_it_was_done_and_says_who_had_it(world: World) -> None:
    raise_many(world, call(world), call(world, "second"))
    mine, plain = CallToAction.objects.order_by("pk")
    task = work.task(world, mine, "Bring the figures", own=True)
    ctas.update(mine, {"status": "in_progress"}, today=TODAY, actor=world.tam, at=world.at)
    ctas.update(mine, {"title": "Talk with Steven"}, today=TODAY, actor=world.mona, at=world.at)

    assert work.settle_many([mine.pk, plain.pk], "closed_success", "The call was held", today=TODAY, at=world.at) == 2

    notes = list(CallToAction.objects.filter(pk__in=[mine.pk, plain.pk]).order_by("pk").values_list("status", "outcome_note"))
    assert notes == [
        ("closed_success", "The call was held (Tam Technical had it in hand)"),
        ("closed_success", "The call was held"),
    ]
    task.refresh_from_db()
    assert (task.status, task.cta.title, task.cta.is_open) == ("open", "Next steps: Talk with Steven", True)


def test_an_occasion_that_moves_onto_one_that_is_known_changes_nothing(world: World) -> None:
    first, second = call(world), call(world, "second")
    raise_many(world, first, second)
    taken = Revision(first.natural_key or "", {"natural_key": second.natural_key, "title": "Moved"})

    assert ctas_runs.revise_many([taken], today=TODAY, at=world.at) == 0
    assert set(CallToAction.objects.values_list("natural_key", "title")) == {
        (first.natural_key, "Cadence call"), (second.natural_key, "Cadence call"),
    }  # fmt: skip


def test_work_passes_to_whoever_took_over_but_for_what_a_person_gave_and_what_is_over_or_rests(world: World) -> None:
    raise_many(world, *(call(world, str(number)) for number in range(4)))
    plain, given, snoozed, closed = CallToAction.objects.order_by("pk")
    open_task, done, kept = (work.task(world, plain, title) for title in ("Open", "Done", "Kept"))
    tasks.done(done, actor=world.tam, at=world.at)
    for row in (given, kept):
        change = ctas.update if isinstance(row, CallToAction) else tasks.update
        for user in (world.mona, world.tam):  # there and back: Tam has it by hand now
            change(row, {"owner": user}, actor=world.mona, at=world.at, **({"today": TODAY} if row is given else {}))
    ctas.snooze(snoozed, TODAY + LATER, "Later", today=TODAY, actor=world.tam, at=world.at)
    ctas.close(closed, "closed_success", actor=world.tam, at=world.at)
    Notice.objects.all().delete()
    found = [HandOver("cta", row.pk, world.tam.pk, world.tessa.pk) for row in (plain, given, snoozed, closed)]
    found += [HandOver("task", row.pk, world.tam.pk, world.tessa.pk) for row in (open_task, done, kept)]
    stale = [HandOver("cta", plain.pk, world.ari.pk, world.mona.pk)]  # Ari hasn't had it

    assert ctas_runs.hand_over_many(stale, today=TODAY, at=world.at) == 0
    assert ctas_runs.hand_over_many(found, today=TODAY, at=world.at) == 2
    assert ctas_runs.hand_over_many(found, today=TODAY, at=world.at) == 0

    owners = [row.owner for row in CallToAction.objects.order_by("pk")]
    assert owners == [world.tessa, world.tam, world.tam, world.tam]
    assert [row.owner for row in Task.objects.order_by("pk")] == [world.tessa, world.tam, world.tam]
    assert set(Notice.objects.values_list("user", "kind")) == {(world.tessa.pk, "cta")}


def test_an_outcome_that_the_handbook_lacks_settles_nothing(world: World) -> None:
    raise_many(world, call(world))
    before = work.content()

    with pytest.raises(Refused, match="'won' is not an outcome of Activity"):
        work.settle_many([CallToAction.objects.get().pk], "won", "", today=TODAY, at=world.at)
    assert work.content() == before


def test_a_snooze_ends_on_its_day_and_the_owner_is_told(world: World) -> None:
    raise_many(world, call(world), call(world, "second", owner_id=None))
    for row in CallToAction.objects.all():
        ctas.snooze(row, TODAY + LATER, "Customer is away", today=TODAY, actor=world.tam, at=world.at)
    Notice.objects.all().delete()

    assert ctas_runs.wake_many(today=TODAY + LATER - timedelta(days=1), at=world.at) == 0
    assert ctas_runs.wake_many(today=TODAY + LATER, at=world.at) == 2
    assert ctas_runs.wake_many(today=TODAY + LATER, at=world.at) == 0

    assert list(CallToAction.objects.values_list("snoozed_until", "snooze_reason")) == [(None, ""), (None, "")]
    notice = Notice.objects.filter(channel="app").get()
    assert (notice.user, notice.title, notice.body) == (
        world.tam,
        "Cadence call: Homeworld Inc.",
        "Back from its snooze: Customer is away",
    )


def test_ten_thousand_are_raised_and_settled_in_seconds(world: World) -> None:
    steps = (Planned("Prepare", "prepare"), Planned("Write up", "write_up", after=("prepare",)))
    calls = [call(world, str(number), tasks=steps) for number in range(10_000)]

    began = time.process_time()
    assert raise_many(world, *calls) == 10_000
    raised = time.process_time() - began
    assert raise_many(world, *calls) == 0
    ids = list(CallToAction.objects.values_list("pk", flat=True))
    began = time.process_time()
    assert work.settle_many(ids, "closed_success", "Held", today=TODAY, at=world.at) == 10_000
    settled = time.process_time() - began

    assert (Task.objects.count(), Task.after.through.objects.count(), Event.objects.filter(verb="cta.raised").count()) == (
        20_000,
        10_000,
        10_000,
    )
    assert Event.objects.filter(verb="task.skipped").count() == 20_000
    assert (raised < 5, settled < 8) == (True, True), (raised, settled)
    assert events.verify().broken_at is None
