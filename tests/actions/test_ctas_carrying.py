"""What people added or changed in a CTA goes on when it closes: in a follow-up, told, linked, and taken back exactly."""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from tenure.actions import activities, assignments, cascades, ctas, ctas_bulk, playbooks, tasks
from tenure.actions.activities_fields import NextStep
from tenure.models import CallToAction, Event, Notice, PlaybookUse, Task
from tenure.queries import ctas_history
from tenure.runs import daily
from tests import work
from tests.world import TODAY, World

DAY = timedelta(days=1)
FRIDAY = date(2026, 11, 20)


def settle(world: World, *rows: CallToAction) -> int:
    return work.settle_many([row.pk for row in rows], "closed_success", "Done: last engaged", today=TODAY, at=world.at)


def follow_up() -> CallToAction:
    return CallToAction.objects.get(origin="follow_up")


def state(task: Task) -> tuple[str, int]:
    task.refresh_from_db()
    return task.status, task.cta_id


def test_a_run_that_closes_a_cta_moves_what_people_added_to_a_follow_up(world: World) -> None:
    row = work.cta(world, title="Hold the cadence call", priority=1)
    ctas.link(row, ctas.Link("url", None, "The plan", "https://plan.example"), actor=None, at=world.at)
    steps = [work.task(world, row, "Read the notes"), work.task(world, row, "Send the roll-back plan", FRIDAY, own=True)]
    changed = work.task(world, row, "Write the mail")
    tasks.update(changed, {"note": "In French"}, actor=world.tam, at=world.at)

    assert settle(world, row) == 1

    row.refresh_from_db()
    made = follow_up()
    assert (row.is_open, row.tasks_open, row.tasks_done) == (False, 0, 0)
    assert [state(task) for task in (*steps, changed)] == [("skipped", row.pk), ("open", made.pk), ("open", made.pk)]
    assert (made.title, made.type, made.reason, made.account, made.owner, made.due_date, made.priority, made.tasks_open) == (
        "Next steps: Hold the cadence call", "activity", "Next step", world.homeworld, world.tam, FRIDAY, 1, 2,
    )  # fmt: skip
    assert [(one.noun, one.title) for one in made.links.all()] == [("url", "The plan")]
    assert ("Continues", "Hold the cadence call, closed on 16 Nov 2026") in ctas_history.origin(made)
    letter = Notice.objects.get(url=f"/ctas/{made.pk}/", channel="app")
    assert (letter.user, letter.title) == (world.tam, "Next steps: Hold the cadence call: Homeworld Inc.")
    told = Event.objects.get(verb="cta.continued")
    assert (told.object_id, json.loads(told.body)["after"]) == (row.pk, {"title": made.title, "tasks": 2})
    assert Event.objects.filter(verb="task.carried").count() == 2


def test_a_follow_up_says_the_companys_day_on_which_the_other_was_closed(world: World, settings: Any) -> None:
    settings.TIME_ZONE = "Australia/Sydney"
    row = work.cta(world, title="Hold the cadence call")
    work.task(world, row, "Send the roll-back plan", FRIDAY, own=True)

    ctas.close(row, "closed_success", actor=world.tam, at=datetime(2026, 11, 16, 20, tzinfo=UTC))

    assert follow_up().because["continues"] == "Hold the cadence call, closed on 17 Nov 2026"


def test_without_anything_of_peoples_own_no_follow_up_is_made(world: World) -> None:
    row = work.cta(world)
    skipped = work.task(world, row, "A step")
    done = work.task(world, row, "Done already", own=True)
    tasks.done(done, actor=world.tam, at=world.at)

    settle(world, row)

    assert (state(skipped)[0], state(done)[0]) == ("skipped", "done")
    assert not CallToAction.objects.filter(origin="follow_up").exists()


def test_a_person_who_closes_keeps_them_and_takes_all_of_it_back(world: World) -> None:
    row = work.cta(world)
    step, mine = work.task(world, row, "A step"), work.task(world, row, "My own", FRIDAY, own=True)
    before = work.rows()

    kept = ctas.close(row, "closed_success", actor=world.tam, at=world.at)
    made = follow_up()
    assert (state(step), state(mine)) == (("skipped", row.pk), ("open", made.pk))
    assert kept is not None
    cascades.undo(kept, actor=world.tam, at=world.at)

    made.refresh_from_db()
    assert (state(step), state(mine)) == (("open", row.pk), ("open", row.pk))
    assert (made.is_open, made.status, made.outcome_note, made.tasks_open) == (
        False, "closed_not_relevant", "Taken back", 0,
    )  # fmt: skip
    now = work.rows()
    assert {
        name: [line for line in lines if line[0] != made.pk or name != "CallToAction"] for name, lines in now.items()
    } == before


def test_what_was_added_to_the_follow_up_since_keeps_it_from_being_taken_back(world: World) -> None:
    row = work.cta(world)
    work.task(world, row, "My own", own=True)
    kept = ctas.close(row, "closed_success", actor=world.tam, at=world.at)
    work.task(world, follow_up(), "One more", own=True)
    before = work.content()

    assert kept is not None
    with pytest.raises(ctas.Refused, match="One more was changed since"):
        cascades.undo(kept, actor=world.tam, at=world.at)
    assert work.content() == before


def test_who_says_so_skips_them(world: World) -> None:
    row = work.cta(world)
    mine = work.task(world, row, "My own", own=True)

    ctas.close(row, "closed_success", actor=world.tam, at=world.at, skip_own=True)

    assert state(mine) == ("skipped", row.pk)
    assert CallToAction.objects.count() == 1


def test_many_that_close_get_a_follow_up_each_and_are_taken_back_together(world: World) -> None:
    rows = [work.cta(world, title="First"), work.cta(world, title="Second"), work.cta(world, title="Third")]
    mine = [work.task(world, row, "My own", own=True) for row in rows[:2]]

    result = ctas_bulk.bulk(
        [row.pk for row in rows], ctas_bulk.Close("closed_success"), today=TODAY, actor=world.tam, at=world.at
    )

    made = list(CallToAction.objects.filter(origin="follow_up").order_by("pk"))
    assert [row.title for row in made] == ["Next steps: First", "Next steps: Second"]
    assert [state(task) for task in mine] == [("open", row.pk) for row in made]
    assert result.cascade is not None
    cascades.undo(result.cascade, actor=world.tam, at=world.at)
    assert [state(task) for task in mine] == [("open", row.pk) for row in rows[:2]]
    assert not CallToAction.objects.filter(origin="follow_up", is_open=True).exists()


def test_a_playbook_that_is_cancelled_leaves_what_people_added(world: World) -> None:
    use = playbooks.apply(world.homeworld, "update_stale_sentiment", start=TODAY, today=TODAY, actor=world.tam, at=world.at)
    mine = work.task(world, use.ctas.get(), "Ask Ari first", own=True)

    playbooks.cancel(use, "Not now", outcome="closed_not_relevant", actor=world.tam, at=world.at)

    assert state(mine) == ("open", follow_up().pk)
    assert PlaybookUse.objects.get().status == "cancelled"
    assert Task.objects.filter(cta__playbook_use=use).exclude(status="skipped").count() == 0


def test_a_follow_up_passes_on_with_the_role(world: World) -> None:
    row = work.cta(world)
    mine = work.task(world, row, "My own", own=True)
    settle(world, row)
    assignments.assign(
        world.homeworld, world.tessa, "tam", from_date=TODAY + DAY, actor=world.mona, at=world.at + DAY, today=TODAY + DAY
    )

    daily.apply(daily.plan(TODAY + DAY), at=world.at + DAY, actor=None)

    assert (follow_up().owner, Task.objects.get(pk=mine.pk).owner) == (world.tessa, world.tessa)


# --- next steps of a call


def call(world: World, **fields: Any) -> Any:
    given = {"kind": "call", "subject": "Cadence call", "happened_at": world.at, "next_steps": [NextStep("Send the roll-back plan", world.tam.pk, FRIDAY)]}  # fmt: skip
    return activities.log(world.homeworld, {**given, **fields}, today=TODAY, actor=world.tam, at=world.at)


@pytest.fixture
def cadence(world: World) -> CallToAction:
    daily.apply(daily.plan(TODAY), at=world.at, actor=None)
    return CallToAction.objects.get(rule="cadence_call", account=world.homeworld)


def test_the_next_steps_of_a_cadence_call_outlive_it(world: World, cadence: CallToAction) -> None:
    row = call(world, cta=cadence)

    cadence.refresh_from_db()
    (task,) = Task.objects.filter(title="Send the roll-back plan")
    assert (cadence.is_open, task.status, task.cta) == (False, "open", follow_up())
    assert (task.cta.due_date, task.cta.owner) == (FRIDAY, world.tam)
    assert [(one.noun, one.object_id) for one in task.cta.links.all()] == [("activity", row.pk)]
    daily.apply(daily.plan(TODAY + DAY), at=world.at + DAY, actor=None)
    task.refresh_from_db()
    assert task.status == "open"


def test_they_can_have_a_cta_of_their_own_from_the_start(world: World, cadence: CallToAction) -> None:
    row = call(world, cta=cadence, own_cta=True)

    (task,) = Task.objects.filter(title="Send the roll-back plan")
    assert (task.cta.title, task.cta.origin, task.status) == ("Next steps: Cadence call", "activity", "open")
    assert (row.cta, not CallToAction.objects.filter(origin="follow_up").exists()) == (cadence, True)


def test_deleting_the_call_takes_them_out_of_the_follow_up(world: World, cadence: CallToAction) -> None:
    row = call(world, cta=cadence)

    activities.delete(row, actor=world.tam, at=world.at + timedelta(minutes=5))

    made = follow_up()
    assert (made.is_open, made.status, made.outcome_note) == (
        False,
        "closed_not_relevant",
        "The entry that it came from was deleted.",
    )
    assert Task.objects.get(title="Send the roll-back plan").status == "skipped"
    cadence.refresh_from_db()
    assert cadence.is_open
