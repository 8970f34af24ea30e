"""Plans for days that are over: against what held on the day, not against what holds today."""

import json
from datetime import timedelta

import pytest
from typer.testing import CliRunner

from tenure.actions import accounts, assignments
from tenure.models import Decision
from tenure.runs import daily, plans
from tests.cli.test_loop import app
from tests.world import World

DAY = timedelta(days=1)


@pytest.fixture
def lived(world: World) -> World:
    """Decided forty days ago; since then Big Donut has grown, and Le Hotel got its TAM."""
    then, back = world.today - 40 * DAY, world.today - 20 * DAY
    daily.apply(daily.plan(then), at=world.at - 40 * DAY, actor=None)
    assignments.assign(world.le_hotel, world.tessa, "tam", actor=None, from_date=world.today - 30 * DAY, at=world.at - 30 * DAY)
    accounts.update(world.big_donut, {"iacv_minor": 99_000_000}, from_date=back, today=back, actor=None, at=world.at - 20 * DAY)
    daily.apply(daily.plan(back), at=world.at - 20 * DAY, actor=None)
    return world


def told(world: World, days: int) -> list[tuple[str, str]]:
    made = daily.plan(world.today - days * DAY, today=world.today)
    return [(change.kind, change.account) for change in made.changes()]


def test_a_day_on_which_what_held_is_what_the_handbook_decides_has_no_changes(lived: World) -> None:
    gems = Decision.objects.filter(account=lived.big_donut, rule="gemstone").order_by("from_date")
    assert [(row.outcome, row.until_date is None) for row in gems] == [("Quartz", False), ("Diamond", True)]

    assert [told(lived, days) for days in (40, 35, 25, 20, 10, 1)] == [[]] * 6
    assert plans.summary(daily.plan(lived.today - 25 * DAY, today=lived.today)) == {}


def test_a_day_before_the_first_decision_counts_everything_as_new_and_ends_nothing(lived: World) -> None:
    made = daily.plan(lived.today - 50 * DAY, today=lived.today)

    changes = [change for change in made.changes() if isinstance(change, plans.DecisionChanged)]

    assert made.stored_since == lived.today - 40 * DAY
    assert {change.before for change in changes} == {None}
    assert all(change.after is not None for change in changes)
    assert len(changes) == 49


def test_a_day_before_any_account_has_nothing_to_change(lived: World) -> None:
    found = CliRunner().invoke(app, ["plan", "--as-of", "2020-01-01"])

    assert found.stdout == "Nothing to change on 2020-01-01.\n"
    assert "No decision is stored for 2020-01-01: the first holds from 2026-10-07." in found.stderr.replace("\n", " ")


def test_where_the_outcome_stays_the_plan_says_what_else_differs(lived: World) -> None:
    row = Decision.objects.get(account=lived.homeworld, rule="tam_eligible", until_date=None)
    old = {**row.outputs, "tam_basis": "Another reason"}
    Decision.objects.filter(pk=row.pk).update(outputs=old, fingerprint=1)
    now = row.outputs["tam_basis"]

    made = daily.plan(lived.today, account_ids=[lived.homeworld.pk])
    [change] = made.changes()

    assert isinstance(change, plans.DecisionChanged)
    assert (change.before, change.after) == ("Yes", "Yes")
    assert change.reason.startswith(f"As before but for: tam basis Another reason -> tam basis {now}. ")
    assert plans.summary(made) == {
        ("decision_changed", "tam_eligible", "Yes: tam basis Another reason", f"Yes: tam basis {now}"): 1,
    }  # fmt: skip
    assert json.loads(json.dumps(plans.as_dict(change)))["after"] == "Yes"
