"""One bookkeeping: the items of a hand-over and the steps of its playbook complete each other, and accepting does what it does in both."""

from datetime import timedelta
from typing import Any

from tenure.actions import handovers, handovers_accepting, handovers_starting, tasks
from tenure.models import CallToAction, HandOver, PlaybookUse, Task, User
from tenure.queries import handbook, handovers_states
from tests.actions.test_handovers import TAM_ITEMS, hand_off, moment, tick_all
from tests.world import World


def steps(row: HandOver) -> dict[str, str]:
    rows = Task.objects.filter(cta__playbook_use=row.playbook_use_id).order_by("position")
    return {task.key: task.status for task in rows if task.status != "open"}


def items(world: World, row: HandOver) -> dict[str, tuple[str, str]]:
    found = handovers_states.one(row, world.today, handbook.pack())
    return {one.item.key: (one.state, one.why) for one in found if one.state != "open"}


def rows() -> list[Any]:
    """What a tick or an acceptance may change in the playbook's work, but for when it was touched."""
    ctas = CallToAction.objects.order_by("pk").values("pk", "status", "is_open", "owner", "closed_at", "tasks_open", "tasks_done")
    done = Task.objects.order_by("pk").values("pk", "status", "owner", "done_at", "done_by")
    return [list(ctas), list(done), list(PlaybookUse.objects.order_by("pk").values("pk", "status", "ended_at", "reason"))]


def disengagement(world: World, by: User) -> HandOver:
    return handovers_starting.start(world.homeworld, "disengagement", taker=world.ari, **moment(world, by))


def test_an_item_and_its_step_complete_each_other(world: World) -> None:
    row = hand_off(world, world.homeworld)
    assert (steps(row), items(world, row)) == ({}, {})

    tasks.done(Task.objects.get(key="read_old"), actor=world.mona, at=world.at)
    tasks.done(Task.objects.get(key="update"), actor=world.mona, at=world.at)
    ticked = handovers.tick(row, "review_meeting", "done", on=world.today, **moment(world, world.tam, 1))
    handovers.tick(row, "series", "waived", on=world.today, note="None is needed", **moment(world, world.tessa, 2))

    assert steps(row) == {"read_old": "done", "update": "done", "meeting": "done", "new_series": "skipped"}
    assert items(world, row) == {
        "updated": ("done", "Update success plan, tasks, and the links to project, notes and triage: done"),
        "review_meeting": ("done", "Ticked by hand"),
        "series": ("waived", "Said not to be needed: None is needed"),
    }

    handovers.untick(row, "series", **moment(world, world.tessa, 3))
    assert ticked.event is not None
    handovers.undo(row, ticked.event, today=world.today, actor=world.tam, at=world.at + timedelta(minutes=4))

    assert steps(row) == {"read_old": "done", "update": "done"}
    assert list(items(world, row)) == ["updated"]


def test_opening_an_item_again_leaves_alone_what_somebody_did_in_the_playbook(world: World) -> None:
    row = hand_off(world, world.homeworld)
    for key in ("read_old", "update"):
        tasks.done(Task.objects.get(key=key), actor=world.tam, at=world.at)
    handovers.tick(row, "updated", "done", on=world.today, **moment(world, world.tam, 1))

    handovers.untick(row, "updated", **moment(world, world.tam, 2))

    assert steps(row) == {"read_old": "done", "update": "done"}


def test_accepting_does_its_steps_passes_the_play_on_and_gives_all_of_it_back(world: World) -> None:
    row = hand_off(world, world.homeworld)
    tick_all(world, row, TAM_ITEMS, world.tam)
    before = rows()

    event = handovers_accepting.accept(row, **moment(world, world.tessa, 5))

    done = ("update", "meeting", "introduce", "mail", "assign", "reassign")
    assert steps(row) == dict.fromkeys(done, "done")
    assert CallToAction.objects.get(playbook_use=row.playbook_use_id).owner == world.tessa

    handovers.undo(row, event, today=world.today, actor=world.tessa, at=world.at + timedelta(minutes=6))
    assert rows() == before


def test_what_falls_due_after_the_acceptance_is_ticked_then_with_its_step(world: World) -> None:
    row = hand_off(world, world.homeworld)
    tick_all(world, row, TAM_ITEMS, world.tam)
    event = handovers_accepting.accept(row, **moment(world, world.tessa, 5))

    handovers.tick(row, "tickets", "done", on=world.today, **moment(world, world.tessa, 6))

    assert (steps(row)["subscribe"], row.state, items(world, row)["tickets"]) == ("done", "accepted", ("done", "Ticked by hand"))
    handovers.untick(row, "tickets", **moment(world, world.tessa, 7))
    handovers.undo(row, event, today=world.today, actor=world.tessa, at=world.at + timedelta(minutes=8))
    assert (row.state, list(steps(row))) == ("preparing", ["update", "meeting", "introduce", "mail"])


def test_a_disengagement_closes_its_play_when_it_is_accepted_and_opens_it_again(world: World) -> None:
    row = disengagement(world, world.mona)
    tick_all(world, row, ("agreed", "talked", "summary"), world.tam)
    before = rows()

    event = handovers_accepting.accept(row, **moment(world, world.mona, 5))

    play = CallToAction.objects.get(playbook_use=row.playbook_use_id)
    use = PlaybookUse.objects.get(pk=row.playbook_use_id)
    assert steps(row) == dict.fromkeys(("agree", "talk", "summary", "close"), "done")
    assert (play.is_open, play.status, use.status) == (False, "closed_success", "done")

    handovers.undo(row, event, today=world.today, actor=world.mona, at=world.at + timedelta(minutes=6))
    assert rows() == before
