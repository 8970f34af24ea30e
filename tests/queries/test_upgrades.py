"""An upgrade's project by the rule of that name, and the gemstone before and after it, with what each brings."""

from datetime import date, timedelta
from typing import Any

import pytest

from tenure.actions import engagements, handovers, handovers_accepting, handovers_starting
from tenure.actions.refusals import Refused
from tenure.models import Account, Event, HandOver
from tenure.queries import handbook, handovers_states, upgrades
from tenure.runs import daily
from tests.world import World

DAY = timedelta(days=1)


def begin(world: World, account: Account) -> HandOver:
    return handovers_starting.start(account, "upgrade", taker=world.tam, today=world.today, actor=world.mona, at=world.at)


def items(world: World, row: HandOver) -> dict[str, tuple[str, str]]:
    return {one.item.key: (one.state, one.why) for one in handovers_states.one(row, world.today, handbook.pack())}


@pytest.mark.parametrize(
    ("segment", "gemstone", "expected"),
    [
        ("Strategic", "Diamond", "required"), ("Large", "Ruby", "required"), ("Large", "Quartz", "not required"), ("Mid-Market", "Diamond", "optional"),
        ("SMB", "", "optional"), ("Large", "", ""), ("", "Ruby", ""),
    ],
)  # fmt: skip
def test_whether_an_upgrade_needs_a_project(segment: str, gemstone: str, expected: str) -> None:
    assert upgrades.project(segment, gemstone, handbook.pack(), date(2020, 3, 1)) == expected


def test_before_2020_the_handbook_says_nothing_of_it() -> None:
    assert upgrades.project("Large", "Ruby", handbook.pack(), date(2019, 12, 31)) == ""


def test_the_seven_accounts_need_a_project_by_segment_and_gemstone(decided: World) -> None:
    accounts = [decided.homeworld, decided.funland, decided.le_hotel, decided.buddwick, decided.big_donut]

    found = upgrades.projects([one.pk for one in accounts], decided.today, handbook.pack())

    assert {one.name: found.get(one.pk) for one in accounts} == {
        "Homeworld Inc.": "required", "Funland Arcade": "required", "Le Hotel": "required", "Buddwick Public Library": "required", "Big Donut": "optional",
    }  # fmt: skip


def test_the_project_of_an_enterprise_upgrade_is_needed_by_rule_and_keeps_it_from_being_accepted(decided: World) -> None:
    row = begin(decided, decided.homeworld)
    assert items(decided, row)["project"] == ("open", "Project on a customer upgrade: required; project complies: no")
    handovers.tick(row, "gem_aligned", "done", on=decided.today, today=decided.today, actor=decided.tam, at=decided.at)
    events = Event.objects.count()

    with pytest.raises(Refused, match="The customer project keeps to its template"):
        handovers_accepting.accept(row, today=decided.today, actor=decided.tam, at=decided.at)

    row.refresh_from_db()
    assert (row.state, row.missing, Event.objects.count()) == ("preparing", 1, events)


def test_commercial_decides_and_what_it_decides_counts(decided: World) -> None:
    decided.assign(decided.big_donut, decided.tam)
    row = begin(decided, decided.big_donut)
    moment: dict[str, Any] = {"today": decided.today, "actor": decided.tam, "at": decided.at}
    spared = ("waived", "Project on a customer upgrade: optional; project wanted: not known; customer project: no")
    assert (items(decided, row)["project"], items(decided, row)["project_decided"][0]) == (spared, "open")

    engagements.decide_project(decided.big_donut, True, reason="They plan with us", **moment)
    assert items(decided, row)["project"] == ("open", "Project on a customer upgrade: optional; project complies: no")
    assert items(decided, row)["project_decided"][0] == "done"

    engagements.decide_project(decided.big_donut, False, reason="They plan alone", **moment)
    assert items(decided, row)["project"] == ("waived", "Project on a customer upgrade: optional; project wanted: no")


def upgrade(world: World, account: Account) -> HandOver:
    """A higher product on the next day, decided on by the run of that day, which begins the hand-over."""
    world.subscribe(account, "Ultimate", 600, arr=30_000, start_date=world.today + DAY)
    daily.apply(daily.plan(world.today + DAY), at=world.at + DAY, actor=None)
    return HandOver.objects.get(account=account, kind="upgrade")


def test_the_gemstone_before_and_after_with_what_brought_each(decided: World) -> None:
    decided.assign(decided.big_donut, decided.tam)
    row = upgrade(decided, decided.big_donut)
    shape = handovers_states.shape(row, handbook.pack())
    assert shape is not None

    found = upgrades.gem(row, shape, decided.today + DAY, handbook.pack())

    assert found.before
    assert found.now
    assert (found.before.words, found.before.detail, found.before.row.until_date) == (
        "Quartz",
        "First decision",
        decided.today + DAY,
    )
    assert (found.now.words, found.moved, found.now.cause, found.now.detail) == (
        "Pearl",
        True,
        "Data",
        "product Starter to Ultimate; users 500 to 1,100",
    )
    assert found.levels == [
        ("TAM calls", "none", "weekly"), ("Who joins", "nobody else", "Implementation engineer when needed"),
        ("Outreach", "automated", "personal and automated"), ("Customer project", "no", "yes"),
        ("On site", "none", "1 to 3 days, kick-off with architecture discussion and training"), ("Remote support", "none", "throughout onboarding"),
        ("Onboarding days", "30", "180"),
    ]  # fmt: skip


def test_a_gemstone_that_stays_has_no_other_level_and_one_begun_by_hand_looks_back(decided: World) -> None:
    row = begin(decided, decided.homeworld)
    shape = handovers_states.shape(row, handbook.pack())
    assert shape is not None

    found = upgrades.gem(row, shape, decided.today, handbook.pack())

    assert found.now
    assert found.now.words == "Diamond"
    assert found.before is None  # decided for the first time today: nothing was known 90 days before
