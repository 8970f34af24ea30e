"""The rows of another day: what held on it, decided by the editions in force on it."""

import shutil
from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest

from tenure.actions import accounts, assignments, overrides
from tenure.models import Account, AccountDay, AccountSummary, Contact
from tenure.queries import columns, days_rows, decisions, facts, handbook
from tenure.rules import packs
from tenure.rules.explain import explain_all
from tests.world import AT, World

DAY = timedelta(days=1)


def rows(world: World, day: date) -> dict[str, dict[str, Any]]:
    """The rows of a day by the account's name."""
    frame = days_rows.rows(next(columns.blocks()), day, handbook.pack(), today=world.today)
    return {row["name"]: row for row in frame.iter_rows(named=True)}


def test_built_for_today_the_rows_are_those_of_the_list(decided: World) -> None:
    overrides.set(
        decided.le_hotel, "gemstone", "Ruby", "Agreed", decided.today + 9 * DAY, today=decided.today, actor=decided.ops, at=AT
    )
    assignments.assign(decided.funland, decided.tessa, "tam", from_date=decided.today, actor=decided.mona, at=AT)
    built = rows(decided, decided.today)

    names = [field.column for field in AccountSummary._meta.concrete_fields if field.column != "deleted"]
    today = {row["name"]: row for row in AccountSummary.objects.values(*names)}
    assert {name: {key: row[key] for key in names} for name, row in built.items()} == today
    assert built["Le Hotel"]["overridden"] is True


def test_they_are_in_the_columns_of_the_table(decided: World) -> None:
    frame = days_rows.rows(next(columns.blocks()), decided.today, handbook.pack(), today=decided.today)

    wanted = {field.column for field in AccountDay._meta.concrete_fields} - {"id", "built_id"}
    assert set(frame.columns) == wanted
    assert frame.schema["renewal_date"] == pl.Date


def test_on_a_past_day_the_facts_of_then_decide(decided: World) -> None:
    """Today Funland has become a small company with a small deal; its present subscription began 200 days ago."""
    fresh = {"given_segment": "SMB", "iacv_minor": 500_000, "potential_users": 100, "employees": 80}
    accounts.update(decided.funland, fresh, from_date=decided.today, today=decided.today, actor=decided.ops, at=AT)

    found = [rows(decided, decided.today - days * DAY)["Funland Arcade"] for days in (0, 1, 200, 201)]

    assert [row["segment"] for row in found] == ["SMB", "Strategic", "Strategic", "Strategic"]
    assert [row["gemstone"] for row in found] == ["Sapphire", "Pearl", "Pearl", ""]
    assert [row["arr_minor"] for row in found] == [30_000_000, 30_000_000, 30_000_000, None]
    assert [row["service_tier"] for row in found] == ["Tier 2", "Tier 2", "Tier 2", ""]
    assert [row["subscriptions"] for row in found] == [1, 1, 1, 0]


def test_the_people_are_those_of_that_day(decided: World) -> None:
    """Tam has had Homeworld for 300 days; Tessa takes it in ten."""
    later = decided.today + 10 * DAY
    decided.homeworld.assignments.filter(role="tam").update(until_date=later)
    decided.assign(decided.homeworld, decided.tessa, from_date=later)

    found = {day: rows(decided, day)["Homeworld Inc."] for day in (decided.today - 301 * DAY, later - DAY, later)}

    assert [row["tam_name"] for row in found.values()] == ["", "Tam Technical", "Tessa Technical"]
    assert [row["owner_name"] for row in found.values()] == ["", "Ari Account", "Ari Account"]


def test_an_account_that_came_later_or_was_deleted_is_not_there(decided: World) -> None:
    begun = decided.today - 400 * DAY

    assert rows(decided, begun - DAY) == {}
    assert len(rows(decided, begun)) == 7
    Account.objects.filter(pk=decided.le_hotel.pk).update(deleted_at=AT - 10 * DAY)
    assert "Le Hotel" not in rows(decided, decided.today - DAY)
    assert "Le Hotel" in rows(decided, decided.today - 11 * DAY)


def test_on_a_day_to_come_terms_have_ended_and_overrides_expired(decided: World) -> None:
    end = decided.today + 165 * DAY
    decided.homeworld.subscriptions.update(auto_renew=False)
    overrides.set(decided.homeworld, "gemstone", "Ruby", "Agreed", end, today=decided.today, actor=decided.ops, at=AT)

    before, after = rows(decided, end - DAY)["Homeworld Inc."], rows(decided, end)["Homeworld Inc."]

    assert (before["gemstone"], before["overridden"], before["arr_minor"]) == ("Ruby", True, 125_000_000)
    assert (after["overridden"], after["arr_minor"], after["renewal_date"]) == (False, 0, None)


def test_what_renews_itself_goes_on_and_is_told_as_assumed(decided: World) -> None:
    row = rows(decided, decided.today + 166 * DAY)["Homeworld Inc."]

    assert (row["arr_minor"], row["assumed"], row["gemstone"]) == (125_000_000, 1, "Diamond")
    assert rows(decided, decided.today + 164 * DAY)["Homeworld Inc."]["assumed"] == 0


@pytest.mark.parametrize("days", [-201, -1, 0, 30, 200, 900])
def test_a_list_says_what_the_account_s_own_page_explains(days: int, decided: World) -> None:
    """The explanation is made from one account's facts, the list from everybody's at once."""
    day, pack = decided.today + days * DAY, handbook.pack()
    for row in rows(decided, day).values():
        facts_of_one = facts.frame(day, pack, account_ids=[row["account_id"]], today=decided.today)
        found = next(explain_all(facts_of_one, pack, day, decisions.rules_of(pack, day)))
        said = {column: decisions.said(found[rule]) for rule, column in handbook.ACCOUNT_RULES.items() if rule in found}
        assert {column: row[column] for column in said} == said


def test_a_day_is_decided_by_the_edition_in_force_on_it(decided: World, settings: Any, tmp_path: Any) -> None:
    """From New Year on the floor of ARR for a TAM is 600,000 in this handbook: Beach City with 510,000 gets none any more."""
    settings.HANDBOOK = str(_with_floor(tmp_path, "2027-01-01", 600_000))

    old, new = (rows(decided, day)["Beach City Corp."] for day in (date(2026, 12, 31), date(2027, 1, 1)))

    assert (old["tam_eligible"], old["needs_tam_since"]) == ("Yes", decided.today)
    assert (new["tam_eligible"], new["needs_tam_since"]) == ("No", None)


def test_since_when_an_account_waits_is_counted_from_what_was_recorded(decided: World) -> None:
    """Recorded today: Funland gets a TAM. A day before that nothing is recorded, so it counts from the day itself."""
    found = [
        rows(decided, day)["Funland Arcade"]["needs_tam_since"]
        for day in (decided.today - 5 * DAY, decided.today, decided.today + 7 * DAY)
    ]

    assert found == [decided.today - 5 * DAY, decided.today, decided.today]


def test_only_contacts_that_were_there_are_counted(decided: World) -> None:
    Contact.objects.filter(account=decided.homeworld).update(created_at=AT - 30 * DAY)
    Contact.objects.filter(account=decided.homeworld, name__startswith="Dan").update(deleted_at=AT - 3 * DAY)

    found = [rows(decided, decided.today - days * DAY)["Homeworld Inc."]["contacts"] for days in (31, 4, 2)]

    assert found == [0, 2, 1]


@pytest.mark.parametrize("day", [date(2000, 1, 1), date(2036, 1, 1)])
def test_days_far_away_are_built_too(decided: World, day: date) -> None:
    assert len(rows(decided, day)) == (0 if day.year == 2000 else 7)


def _with_floor(folder: Any, day: str, floor: int) -> Any:
    """A copy of the shipped handbook in which the floor of ARR for a TAM changes on a day."""
    copy = folder / "handbook"
    shutil.copytree(str(packs.shipped()), copy)
    page = copy / "tam.yaml"
    next_value = "  tam_arr_floor_commercial:\n"
    fresh = f'      - {{from: {day}, value: "> {floor}", note: For this test}}\n'
    page.write_text(page.read_text().replace(next_value, fresh + next_value, 1))
    return copy
