"""Taking back that playbooks were applied or replaced: exactly, and only what nobody has worked on."""

from datetime import timedelta
from typing import Any

import pytest

from tenure.actions import comments, ctas, playbooks, playbooks_undo, tasks
from tenure.actions.refusals import Refused
from tenure.models import PlaybookUse, Task, User
from tests import handbooks, work
from tests.world import TODAY, World

HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def pack(settings: Any) -> None:
    settings.HANDBOOK = handbooks.testing()


def apply_many(world: World, *names: str, who: str = "mona") -> Any:
    ids = [world.accounts[name].pk for name in names]
    return playbooks.apply_many(ids, "testing", start=TODAY, today=TODAY, actor=work.fresh(world.people[who]), at=world.at)


def undo(world: World, who: str = "mona", **fields: Any) -> playbooks_undo.Undone:
    given = {"key": "testing", "made_at": world.at, **fields}
    return playbooks_undo.apply(**given, actor=work.fresh(world.people[who]), at=world.at + HOUR)


def refused(sentence: str, do: Any) -> None:
    before = work.content()
    with pytest.raises(Refused) as refusal:
        do()
    assert (refusal.value.sentence, refusal.value.code) == (sentence, "conflict")
    assert work.content() == before


def test_what_was_applied_to_many_is_taken_back(world: World) -> None:
    apply_many(world, "homeworld", "le_hotel")

    assert undo(world).told == "Taken back on 2 accounts."
    for use in PlaybookUse.objects.all():
        row = use.ctas.get()
        assert (use.status, use.reason, row.is_open, row.status, row.outcome_note) == (
            "cancelled",
            "Taken back",
            False,
            "not_needed",
            "Taken back",
        )
        assert set(row.tasks.values_list("status", flat=True)) == {"skipped"}
    refused("There is nothing to take back any more.", lambda: undo(world))
    assert apply_many(world, "homeworld").done == [world.homeworld.pk]  # it can be applied anew


def test_what_somebody_worked_on_stays(world: World) -> None:
    apply_many(world, "homeworld", "le_hotel", "funland", "beach_city")
    rows = {
        name: PlaybookUse.objects.get(account=world.accounts[name]).ctas.get() for name in ("homeworld", "le_hotel", "funland")
    }
    tasks.done(rows["homeworld"].tasks.get(key="hand_over"), actor=work.fresh(world.mona), at=world.at)
    comments.add(rows["le_hotel"], "Seen", actor=work.fresh(world.mona), at=world.at)
    ctas.update(rows["funland"], {"priority": 3}, today=TODAY, actor=work.fresh(world.mona), at=world.at + HOUR)

    found = undo(world)

    assert (found.done, found.left, found.told) == (1, 3, "Taken back on 1 account. 3 stay: they were worked on.")
    assert list(PlaybookUse.objects.filter(status="active").values_list("account__name", flat=True).order_by("account__name")) == [
        "Funland Arcade", "Homeworld Inc.", "Le Hotel",
    ]  # fmt: skip
    refused("It was worked on since, so nothing was taken back.", lambda: undo(world))


def test_only_ones_own_is_taken_back(world: World) -> None:
    apply_many(world, "homeworld")

    refused("There is nothing to take back any more.", lambda: undo(world, who="tam"))
    refused("There is nothing to take back any more.", lambda: undo(world, made_at=world.at - HOUR))
    refused("There is nothing to take back any more.", lambda: undo(world, key="passing_on"))


def test_who_lost_the_right_takes_nothing_back(world: World) -> None:
    apply_many(world, "homeworld", who="tam")
    world.homeworld.assignments.filter(user=world.tam).update(until_date=TODAY)
    User.objects.filter(pk=world.tam.pk).update(manager=None)

    refused("It was worked on since, so nothing was taken back.", lambda: undo(world, who="tam"))


def replaced(world: World) -> tuple[PlaybookUse, PlaybookUse]:
    """Testing with its first task done, replaced by the same an hour later."""
    actor = work.fresh(world.tam)
    old = playbooks.apply(world.homeworld, "testing", start=TODAY, today=TODAY, actor=actor, at=world.at)
    tasks.done(old.ctas.get().tasks.get(key="hand_over"), actor=actor, at=world.at)
    new = playbooks.replace(
        old, "testing", "Begin again", outcome="not_needed", start=TODAY, today=TODAY, actor=actor, at=world.at + HOUR
    )
    return old, new


def test_a_replacement_is_taken_back_as_a_whole(world: World) -> None:
    old, new = replaced(world)
    assert (old.status, old.replaced_by, new.status) == ("replaced", new, "active")

    back = playbooks_undo.replace(new, actor=work.fresh(world.tam), at=world.at + 2 * HOUR)

    assert (back.pk, back.status, back.reason, back.replaced_by, back.ended_at) == (old.pk, "active", "", None, None)
    row = back.ctas.get()
    assert (row.is_open, row.status, row.tasks_open, row.tasks_done) == (True, "new", 5, 1)
    new.refresh_from_db()
    assert (new.status, new.reason) == ("cancelled", "Taken back")
    assert set(new.ctas.get().tasks.values_list("status", flat=True)) == {"skipped"}
    refused(
        "There is nothing to take back any more.", lambda: playbooks_undo.replace(new, actor=work.fresh(world.tam), at=world.at)
    )


def test_a_replacement_that_is_worked_on_stays(world: World) -> None:
    _, new = replaced(world)
    tasks.done(new.ctas.get().tasks.get(key="hand_over"), actor=work.fresh(world.tam), at=world.at + 2 * HOUR)

    refused(
        "Testing was worked on since, so nothing was taken back.",
        lambda: playbooks_undo.replace(new, actor=work.fresh(world.tam), at=world.at),
    )


def test_nobody_else_takes_a_replacement_back(world: World) -> None:
    _, new = replaced(world)

    refused(
        "There is nothing to take back any more.", lambda: playbooks_undo.replace(new, actor=work.fresh(world.mona), at=world.at)
    )


def test_a_replacement_after_which_the_old_cta_changed_stays(world: World) -> None:
    old, new = replaced(world)
    Task.objects.filter(cta__playbook_use=old, key="welcome").update(status="open")

    with pytest.raises(Refused):
        playbooks_undo.replace(new, actor=work.fresh(world.tam), at=world.at + 2 * HOUR)
    new.refresh_from_db()
    assert new.status == "active"
