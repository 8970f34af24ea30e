"""One account on another day: what was known of it then, its contacts, its family, what rules said; nothing is invented."""

from datetime import date, timedelta
from typing import Any

from tenure.actions import accounts, contacts, events, imports
from tenure.actions.imports_frames import from_rows
from tenure.actions.imports_specs import SPECS
from tenure.models import Account, AccountVersion, Contact
from tenure.queries import account as queries
from tenure.queries import account_then, contacts_then, decisions, facts, handbook, why
from tests.world import World

DAY = timedelta(days=1)


def then(world: World, account: Account, offset: int = -1) -> account_then.Then:
    found = account_then.of(Account.objects.get(pk=account.pk), world.today + offset * DAY, world.today, handbook.pack())
    assert found is not None
    return found


def change(world: World, account: Account, **fields: Any) -> None:
    assert accounts.update(account, fields, from_date=world.today, today=world.today, actor=None, at=world.at)


def said(world: World, account: Account, rule: str, offset: int) -> str:
    found = why.why(Account.objects.get(pk=account.pk), rule, world.today + offset * DAY, handbook.pack(), world.today)
    assert found is not None
    return decisions.said(found.found)


# --- the account


def test_what_changed_today_is_shown_as_it_was_yesterday(world: World) -> None:
    change(
        world, world.le_hotel, name="Le Grand Hotel", country="FR", industry="Hotels", website="hotel.example",
        territory_id=world.territories["apac"].pk, customer_since=date(2020, 2, 29),
    )  # fmt: skip

    names = ("name", "country", "industry", "website", "territory_id", "customer_since")
    before, after = then(world, world.le_hotel, -1), then(world, world.le_hotel, 0)

    assert [getattr(before.account, name) for name in names] == [
        "Le Hotel", "", "", "", world.territories["emea"].pk, world.today - 400 * DAY,
    ]  # fmt: skip
    assert before.account.territory == world.territories["emea"]
    assert [getattr(after.account, name) for name in names] == [
        "Le Grand Hotel", "FR", "Hotels", "hotel.example", world.territories["apac"].pk, date(2020, 2, 29),
    ]  # fmt: skip
    assert (before.untold, after.untold) == (frozenset(), frozenset())


def test_a_change_that_holds_from_an_earlier_day_is_seen_from_that_day(world: World) -> None:
    accounts.update(
        world.le_hotel, {"industry": "Hotels"}, from_date=world.today - 10 * DAY, today=world.today, actor=None, at=world.at
    )

    assert [then(world, world.le_hotel, -days).account.industry for days in (11, 10)] == ["", "Hotels"]


def test_a_custom_fact_and_the_rule_that_reads_it_are_those_of_the_day(world: World) -> None:
    row = {"external_id": "A1", "name": "Aquarium", "support_hold": False, "community": False}
    start = world.today - 30 * DAY
    legacy = {**row, "custom": {"legacy_package": "Standard"}}
    imports.upsert("account", "crm", [legacy], as_of=start, at=world.at - 30 * DAY, actor=None)
    account = Account.objects.get(name="Aquarium")
    world.subscribe(account, product="Starter", hosted=False, start_date=start)

    session = imports.begin("crm", as_of=world.today, at=world.at, actor=None)
    session.custom_keys = ("legacy_package", "floors")
    imports.write(session, "account", from_rows(SPECS["account"], [{**row, "custom": {"floors": 3}}]))

    assert facts.one(account.pk, world.today - DAY, handbook.pack())["legacy_package"] == "Standard"
    assert "legacy_package" not in facts.one(account.pk, world.today, handbook.pack())
    assert then(world, account).account.custom == {"legacy_package": "Standard"}
    assert [said(world, account, "support_level", offset) for offset in (-1, 0)] == ["Custom", "Basic"]


def test_the_region_follows_from_the_country_of_the_day(world: World) -> None:
    account = world.account("Aquarium", region="", country="DE")
    change(world, account, country="JP")

    assert [then(world, account, offset).region for offset in (-1, 0)] == ["EMEA", "APAC"]
    frame = facts.frame(world.today - DAY, handbook.pack())
    assert dict(frame.select("account", "region").iter_rows())[account.pk] == "EMEA"


# --- its family


def test_yesterdays_parent_gives_yesterdays_employees_and_segment(world: World) -> None:
    """Homeworld has 48,000 employees: a child of it is Large, whatever its own count."""
    child = world.account("Homeworld Labs", parent=world.homeworld, employees=12)
    change(world, child, parent_id=None)

    assert [said(world, child, "segment", offset) for offset in (-1, 0)] == ["Large", "SMB"]
    whole = facts.frame(world.today - DAY, handbook.pack())
    assert dict(whole.select("account", "employees").iter_rows())[child.pk] == 48_000
    now = facts.frame(world.today, handbook.pack())
    assert dict(now.select("account", "employees").iter_rows())[child.pk] == 12


def test_the_hierarchy_of_a_day_is_the_one_of_that_day(decided: World) -> None:
    child = decided.account("Homeworld Labs", parent=decided.homeworld, employees=12)
    change(decided, child, parent_id=decided.funland.pk)
    change(decided, decided.funland, name="Funland")

    def tree(offset: int) -> list[tuple[str, int, bool, int | None, str]]:
        found = account_then.family(decided.ops, then(decided, child, offset), decided.today, handbook.pack())
        return [(one.name, one.depth, one.here, one.arr_minor, one.gemstone) for one in found.members]

    labs = ("Homeworld Labs", 1, True, None, "Quartz")
    before, after = tree(-1), tree(0)
    assert before[0] == ("Homeworld Inc.", 0, False, 125_000_000, "Diamond")
    assert after[0] == ("Funland", 0, False, 30_000_000, "Pearl")
    assert [line[:4] for line in (before[1], after[1])] == [labs[:4], labs[:4]]
    assert [then(decided, decided.homeworld, offset).relatives for offset in (-1, 0)] == [1, 0]


def test_accounts_of_the_family_that_one_does_not_see_are_only_counted(decided: World) -> None:
    change(decided, decided.big_donut, parent_id=decided.homeworld.pk)

    found = account_then.family(decided.tam, then(decided, decided.homeworld, 1), decided.today, handbook.pack())

    assert ([one.name for one in found.members], found.hidden) == (["Homeworld Inc."], 1)


# --- its contacts


def contact(world: World, name: str = "Carol of Homeworld Inc.") -> Contact:
    row = Contact.objects.get(account=world.homeworld, name=name)
    row.created_at = world.at - 30 * DAY
    row.save()
    return row


def phones(world: World, offset: int = -1) -> dict[str, str]:
    found = contacts_then.of(world.homeworld.pk, queries.end_of(world.today + offset * DAY))
    return {one.row.name: one.row.phone for one in found}


def test_a_contact_is_shown_with_the_phone_of_the_day(world: World) -> None:
    carol, dan = contact(world), contact(world, "Dan of Homeworld Inc.")
    contacts.update(carol, {"phone": "+1 555 0199", "name": "Carol Pearl"}, today=world.today, actor=None, at=world.at)
    contacts.update(carol, {"phone": "+1 555 0200"}, today=world.today, actor=None, at=world.at)
    contacts.delete(dan, today=world.today, actor=None, at=world.at)
    contacts.create(world.homeworld, {"name": "Eve"}, today=world.today, actor=None, at=world.at)

    assert phones(world) == {"Carol of Homeworld Inc.": "+1 555 0100", "Dan of Homeworld Inc.": ""}
    assert phones(world, 0) == {"Carol Pearl": "+1 555 0200", "Eve": ""}
    assert phones(world, -31) == {}


def test_a_contact_that_was_deleted_then_and_brought_back_since_is_not_there(world: World) -> None:
    carol = contact(world)
    contacts.delete(carol, today=world.today, actor=None, at=world.at - 5 * DAY)
    contacts.restore(carol, today=world.today, actor=None, at=world.at)

    assert [sorted(phones(world, offset)) for offset in (-6, -1, 0)] == [
        ["Carol of Homeworld Inc."], [], ["Carol of Homeworld Inc.", "Dan of Homeworld Inc."],
    ]  # fmt: skip


def test_a_contact_that_came_from_another_account_was_not_here(world: World) -> None:
    carol = contact(world)
    events.record(
        "contact.updated", "contact", carol.pk, at=world.at, actor=None, account_id=world.homeworld.pk,
        before={"account_id": world.funland.pk}, after={"account_id": world.homeworld.pk},
    )  # fmt: skip

    assert phones(world) == {}


def test_what_nobody_recorded_is_said_and_not_invented(world: World) -> None:
    carol = contact(world)
    events.record(
        "contact.updated", "contact", carol.pk, at=world.at, actor=None, account_id=world.homeworld.pk, after={"phone": "1"}
    )
    version = AccountVersion.objects.get(account=world.homeworld)
    kept = {name: value for name, value in version.facts.items() if name not in ("industry", "custom", "parent_id")}
    AccountVersion.objects.create(
        account=world.homeworld, from_date=world.today - 800 * DAY, until_date=version.from_date, facts=kept, recorded_at=world.at
    )

    (found,) = contacts_then.of(world.homeworld.pk, queries.end_of(world.today - DAY))
    old = then(world, world.homeworld, -500)

    assert found.untold == {"phone"}
    assert old.untold == {"industry", "custom", "parent_id"}
    assert account_then.open_facts(old.untold, handbook.pack()) >= {"legacy_package", "employees"}
    told = why.why(world.homeworld, "support_level", old.day, handbook.pack(), world.today)
    assert told is not None
    assert told.limits == [
        "Not recorded for that day: legacy package.",
        "Not given, and so not counted: support on hold, expired, community.",
    ]
    assert "Not recorded for that day: legacy package." in told.text


def test_nothing_is_known_before_the_first_day(world: World) -> None:
    assert account_then.of(world.homeworld, world.today - 401 * DAY, world.today, handbook.pack()) is None
