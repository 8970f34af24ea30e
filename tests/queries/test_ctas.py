"""What is asked about CTAs: who sees them, who works on them, where they come from."""

from datetime import date

import pytest

from tenure.actions import ctas, tasks
from tenure.models import CallToAction, Task
from tenure.queries import cta_types, ctas_history, owners, visible
from tenure.queries import ctas as queries
from tests import work
from tests.world import TODAY, World


@pytest.mark.parametrize(
    ("who", "seen"),
    [
        ("mona", {"homeworld", "le_hotel", "crab_shack"}), ("tam", {"homeworld", "le_hotel"}), ("tessa", {"crab_shack"}), ("olga", set()),
        ("fin", set()), ("pia", set()), ("ops", {"homeworld", "le_hotel", "crab_shack", "big_donut"}), ("sol", {"homeworld", "le_hotel"}),
    ],
)  # fmt: skip
def test_ctas_and_tasks_are_seen_with_their_accounts(world: World, who: str, seen: set[str]) -> None:
    for name in ("homeworld", "le_hotel", "crab_shack", "big_donut"):
        work.task(world, work.cta(world, world.accounts[name], owner=None, title=name), name, owner=None)
    user = work.fresh(world.people[who])

    assert {row.title for row in visible.ctas(user)} == seen
    assert {row.title for row in visible.tasks(user)} == seen


def test_a_deleted_account_takes_its_ctas_out_of_sight(world: World) -> None:
    work.cta(world)
    world.homeworld.deleted_at = world.at
    world.homeworld.save()
    world.refresh(world.homeworld)

    assert visible.ctas(work.fresh(world.ops)).count() == 0


@pytest.mark.parametrize(
    ("who", "titles"),
    [
        ("tam", {"Homeworld"}), ("mona", {"Homeworld", "Le Hotel"}), ("sol", {"Le Hotel"}), ("ops", {"Homeworld", "Le Hotel"}), ("exa", set()),
        ("olga", set()), ("tessa", set()),
    ],
)  # fmt: skip
def test_who_may_work_on_what(world: World, who: str, titles: set[str]) -> None:
    work.cta(world, title="Homeworld")
    work.cta(world, world.le_hotel, title="Le Hotel", owner=world.sol)

    found = queries.editable(work.fresh(world.people[who]), CallToAction.objects.all())

    assert {row.title for row in CallToAction.objects.filter(pk__in=found)} == titles


def test_a_card_tells_what_waits_and_what_is_late(world: World) -> None:
    row = work.cta(world, due_date=date(2026, 11, 14))
    first = work.task(world, row, "Hand-over", date(2026, 11, 12))
    second = work.task(world, row, "Kick-off", date(2026, 11, 20), after=[first])
    tasks.done(work.task(world, row, "Welcome"), actor=world.tam, at=world.at)

    card = queries.one(work.fresh(world.tam), row.pk, TODAY)

    assert card is not None
    assert [(step.row.title, step.waits, step.late, step.may) for step in card.steps] == [
        ("Hand-over", [], 4, True), ("Kick-off", ["Hand-over"], 0, True), ("Welcome", [], 0, True),
    ]  # fmt: skip
    assert (card.late, card.total, card.percent, card.may_edit, card.may_assign) == (2, 3, 33, True, True)
    assert second.status == "open"
    assert queries.one(work.fresh(world.tessa), row.pk, TODAY) is None


def test_the_timeline_tells_it_newest_first(world: World) -> None:
    row = work.cta(world)
    task = work.task(world, row, "Kick-off")
    ctas.update(row, {"due_date": date(2026, 12, 1), "owner": world.mona}, today=TODAY, actor=world.tam, at=world.at)
    tasks.done(task, actor=world.tam, at=world.at)
    ctas.close(row, "closed_success", note="Live", actor=world.tam, at=world.at)

    lines = [(line.title, line.by, line.text) for line in ctas_history.timeline(row, work.fresh(world.tam))]

    assert lines == [
        ("Closed", "Tam Technical", "Closed Success, note Live"), ("Task done: Kick-off", "Tam Technical", ""),
        ("Changed", "Tam Technical", "due 1 Dec 2026, owner Mona Manager"), ("Task added: Kick-off", "Tenure", "owner Tam Technical"),
        ("Raised", "Tenure", "owner Tam Technical, due 23 Nov 2026, priority medium"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("because", "words"),
    [
        ({"anchor": "last_engaged", "anchor_day": "2026-10-23", "offset": "1 month"}, "1 month after the last call or meeting on 23 Oct 2026"),
        ({"anchor": "renewal_date", "anchor_day": "2026-07-15", "offset": "-7 months"}, "7 months before the renewal on 15 Jul 2026"),
        ({"anchor": "tam_assigned_on", "anchor_day": "2024-12-02", "offset": "0 days"}, "with the assignment of the TAM on 2 Dec 2024"),
        ({"anchor_day": "2026-11-22", "raise_on": "2026-11-19"}, ""),
        ({"anchor": "gone", "anchor_day": "2026-11-22"}, ""),
        ({}, ""),
    ],
)  # fmt: skip
def test_why_a_cta_is_due_then(world: World, because: dict[str, str], words: str) -> None:
    row = CallToAction(because=because)

    assert ctas_history.counted_from(row) == words


def test_where_a_cta_of_a_rule_comes_from(world: World) -> None:
    row = CallToAction(
        account=world.homeworld, rule="cadence_call", edition=date(2026, 8, 15),
        because={"anchor": "last_engaged", "anchor_day": "2026-10-23", "offset": "1 month", "raise_on": "2026-11-16", "owner_role": "tam"},
    )  # fmt: skip
    told = dict(ctas_history.origin(row))

    assert told.pop("Source")
    assert told == {
        "Raised by": "Cadence call", "Edition of": "15 Aug 2026", "Due": "1 month after the last call or meeting on 23 Oct 2026",
        "Raised from": "16 Nov 2026", "Falls to": "Technical account manager",
    }  # fmt: skip


def test_a_role_means_a_person(world: World) -> None:
    found = owners.of([world.homeworld.pk, world.le_hotel.pk], TODAY)

    named = {
        role: found.get(world.homeworld.pk, role)
        for role in ("tam", "tam_manager", "account_manager", "account_executive", "support")
    }
    assert named == {
        "tam": world.tam.pk, "tam_manager": world.mona.pk, "account_manager": world.ari.pk, "account_executive": world.ari.pk, "support": None,
    }  # fmt: skip
    assert found.get(world.le_hotel.pk, "tam") is None
    world.tam.is_active = False
    world.tam.save()
    assert owners.of([world.homeworld.pk], TODAY).get(world.homeworld.pk, "tam") is None


def test_statuses_and_outcomes_are_the_handbook_s(world: World) -> None:
    assert [one.key for one in cta_types.outcomes("risk")] == [
        "closed_success", "closed_lost_not_a_priority", "closed_already_solved", "closed_not_relevant", "closed_lack_of_engagement",
    ]  # fmt: skip
    assert [one.title for one in cta_types.outcomes("lifecycle")][-1] == "Not needed"
    assert len(cta_types.outcomes("objective")) == 11
    assert (cta_types.first("risk"), cta_types.status("risk", "not_needed")) == ("new", None)
    assert Task.objects.count() == 0
