"""One account: who may change it, its team and its family."""

from dataclasses import fields, replace
from datetime import date, timedelta

from tenure.models import Account, Assignment
from tenure.queries import account, contacts, gemstones, handbook
from tests.world import World

READS = account.Rights(timeline=True, ctas=True, journeys=True, projects=True, onboarding=True, profiles=True)


def test_the_own_account_can_be_changed_and_the_territorys_only_read(world: World) -> None:
    works = replace(account.Rights(*[True] * len(fields(account.Rights))), assign=False, override=False, engage=False)

    assert account.rights(world.tam, world.homeworld, False) == works
    assert account.rights(world.tam, world.funland, False) == READS


def test_a_manager_assigns_and_overrides_what_the_team_sees(world: World) -> None:
    everything = account.Rights(*[True] * len(fields(account.Rights)))

    assert account.rights(world.mona, world.funland, False) == everything
    assert account.rights(world.mona, world.big_donut, False) == READS
    assert account.rights(world.ops, world.big_donut, False) == everything


def test_nobody_changes_another_day(world: World) -> None:
    assert account.rights(world.ops, world.homeworld, True) == READS


def test_the_team_of_a_day_tells_who_was_there_then(world: World) -> None:
    row = Assignment.objects.get(account=world.homeworld, role="tam")
    row.until_date = world.today - timedelta(days=10)
    row.save()
    world.assign(world.homeworld, world.tessa, from_date=world.today - timedelta(days=10))
    pack = handbook.pack()

    now = account.team(world.homeworld.pk, world.today, pack)
    before = account.team(world.homeworld.pk, world.today - timedelta(days=11), pack)

    assert now.tam is not None
    assert now.tam.row.user == world.tessa
    assert [one.row.user for one in now.past] == [world.tam]
    assert before.tam is not None
    assert (before.tam.row.user, before.tam.title, before.tam.short) == (world.tam, "Technical account manager", "TAM")


def test_a_previous_owner_stays_with_the_reason_and_the_day(world: World) -> None:
    world.assign(world.homeworld, world.sol, role="previous_owner", from_date=world.today)

    team = account.team(world.homeworld.pk, world.today, handbook.pack())

    note = next(one.note for one in team.current if one.row.role == "previous_owner")
    assert note == "Stays on the team for the first 12 months, until 16 Nov 2027"


def test_the_family_is_shown_from_its_top_with_the_sum_of_what_one_sees(world: World) -> None:
    Account.objects.filter(pk=world.funland.pk).update(parent=world.homeworld)
    Account.objects.filter(pk=world.le_hotel.pk).update(parent=world.funland)
    Account.objects.filter(pk=world.big_donut.pk).update(parent=world.homeworld)
    funland = Account.objects.get(pk=world.funland.pk)

    found = account.family(world.tam, funland)

    assert [(one.name, one.depth, one.here) for one in found.members] == [
        ("Homeworld Inc.", 0, False), ("Funland Arcade", 1, True), ("Le Hotel", 2, False),
    ]  # fmt: skip
    assert found.arr_minor == 170_000_000
    assert found.hidden == 1


def test_a_circle_of_parents_ends(world: World) -> None:
    Account.objects.filter(pk=world.funland.pk).update(parent=world.homeworld)
    Account.objects.filter(pk=world.homeworld.pk).update(parent=world.funland)

    found = account.family(world.ops, Account.objects.get(pk=world.homeworld.pk))

    assert [one.name for one in found.members] == ["Homeworld Inc."]


def test_contacts_are_complete_by_what_the_handbook_asks_of_their_region(world: World) -> None:
    rows = contacts.book(world.homeworld, "EMEA", account.end_of(world.today))
    asia = contacts.book(world.homeworld, "APAC", account.end_of(world.today))

    assert (rows.completeness, asia.completeness) == (75, 70)
    assert [(line.row.name, line.missing) for line in asia.incomplete] == [
        ("Dan of Homeworld Inc.", ["role", "phone", "salutation"])
    ]
    assert rows.no_one_is == ["Decision maker", "Licence contact", "Billing contact"]


def test_an_account_is_found_by_its_name_or_its_number_among_those_one_sees(world: World) -> None:
    assert account.named(world.tam, "homeworld inc.") == [world.homeworld.pk]
    assert account.named(world.tam, f"Anything ({world.homeworld.pk})") == [world.homeworld.pk]
    assert account.named(world.tam, "Big Donut") == []
    assert [row.name for row in account.like(world.tam, "home")] == ["Homeworld Inc."]


def test_the_level_of_service_and_the_calls_say_from_which_edition_they_stand() -> None:
    said = gemstones.service_since(handbook.pack(), date(2026, 11, 16))

    assert (said["rule"], said["calls"]) == (date(2018, 6, 1), date(2026, 8, 15))
    assert said["source"] == "Technical Account Management, Example Onboarding Experience based on the Gemstone awarded"
