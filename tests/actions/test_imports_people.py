"""Imports: people, owners and TAMs, deleted rows, and several sources that speak of the same account."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from tenure.actions import decisions, imports
from tenure.actions.imports import UpsertResult
from tenure.actions.imports_frames import from_rows
from tenure.actions.imports_specs import SPECS
from tenure.models import Account, Assignment, Event, ExternalId, Product, User, UserRole
from tests.world import World

pytestmark = pytest.mark.django_db
DAY, AT = date(2026, 11, 16), datetime(2026, 11, 16, 9, tzinfo=UTC)
Row = dict[str, Any]


def bring(noun: str, *rows: Row, as_of: date = DAY, at: datetime = AT, source: str = "crm") -> UpsertResult:
    return imports.upsert(noun, source, rows, as_of=as_of, at=at, actor=None)


def told(result: UpsertResult) -> dict[str, int]:
    """The counts that aren't zero, without how many were read."""
    return {name: count for name, count in result.counts().items() if count and name != "read"}


def account(key: str = "A1", **fields: Any) -> Row:
    return {"external_id": key, "name": f"Account {key}", **fields}


# --- deleted, people, products


def test_a_deleted_flag_hides_the_row_and_its_absence_brings_it_back() -> None:
    bring("account", account(deleted=False))

    gone = bring("account", account(deleted=True), at=AT + timedelta(hours=1))
    assert (told(gone), Account.objects.get().deleted_at) == ({"updated": 1, "deleted": 1}, AT + timedelta(hours=1))

    back = bring("account", account(deleted=False))
    assert (told(back), Account.objects.get().deleted_at) == ({"updated": 1}, None)
    assert list(Event.objects.order_by("pk").values_list("verb", flat=True)) == [
        "account.created",
        "account.deleted",
        "account.restored",
    ]


def test_people_come_in_without_rights_and_are_known_by_their_address() -> None:
    known = User.objects.create(email="tam@x.example", name="Tam Own")
    UserRole.objects.create(user=known, role="tam")

    bring(
        "user",
        {"external_id": "U1", "email": "TAM@x.example", "name": "T. Other", "title": "TAM"},
        {"external_id": "U2", "email": "new@x.example"},
    )

    known.refresh_from_db()
    fresh = User.objects.get(email="new@x.example")
    assert (known.name, known.title) == ("Tam Own", "TAM")  # who has a role here is only completed
    assert (fresh.role_keys, fresh.has_usable_password(), fresh.is_active) == ([], False, True)


def test_two_records_of_one_person_lead_to_one_person() -> None:
    bring("user", {"external_id": "U1", "email": "a@x.example"}, {"external_id": "U2", "email": "a@x.example"})

    assert User.objects.count() == 1
    assert set(ExternalId.objects.values_list("object_id", flat=True)) == {User.objects.get().pk}
    assert told(bring("user", {"external_id": "U1", "email": "a@x.example"}, {"external_id": "U2", "email": "a@x.example"})) == {
        "unchanged": 2
    }


def test_an_import_never_closes_the_log_in_of_somebody_who_is_there(world: World) -> None:
    bring("user", {"external_id": "U1", "email": world.ada.email, "is_active": False, "deleted": True})

    world.ada.refresh_from_db()
    assert world.ada.is_active


def test_a_product_of_the_handbook_is_kept_and_found_by_name() -> None:
    Product.objects.create(name="Premium", handbook_key="Premium")

    bring("product", {"external_id": "P1", "name": "premium", "sku": "SKU-1"})

    assert list(Product.objects.values_list("name", "sku")) == [("Premium", "SKU-1")]


# --- owners and TAMs


def user(key: str, *roles: str) -> User:
    bring("user", {"external_id": key, "email": f"{key.lower()}@x.example", "name": key})
    made = User.objects.get(email=f"{key.lower()}@x.example")
    for place, role in enumerate(roles):
        UserRole.objects.create(user=made, role=role, position=place)
    return made


def held() -> list[tuple[str, str, date, date | None]]:
    rows = Assignment.objects.order_by("id").select_related("user")
    return [(row.user.name, row.role, row.from_date, row.until_date) for row in rows]


def test_owner_and_tam_become_assignments_and_a_change_ends_the_former() -> None:
    user("U1", "account_manager"), user("U2", "tam"), user("U3", "tam")
    bring("account", account(owner_ref="U1", tam_ref="U2"))

    later = DAY + timedelta(days=10)
    result = bring("account", account(owner_ref="U1", tam_ref="U3"), as_of=later)

    assert told(result) == {"updated": 1}
    assert held() == [("U1", "account_manager", DAY, None), ("U2", "tam", DAY, later), ("U3", "tam", later, None)]


def test_an_assignment_made_here_stays_until_the_source_names_another_person() -> None:
    user("U2", "tam")
    mine, _ = user("U3", "tam"), user("U4", "tam")
    bring("account", account(tam_ref="U2"))
    Assignment.objects.update(until_date=DAY)
    Assignment.objects.create(account=Account.objects.get(), user=mine, role="tam", from_date=DAY, recorded_at=AT)

    bring("account", account(tam_ref="U2", industry="Steel"))
    assert [name for name, _, _, until in held() if until is None] == ["U3"]

    bring("account", account(tam_ref="U4", industry="Steel"))
    assert [name for name, _, _, until in held() if until is None] == ["U4"]


def test_an_owner_who_comes_later_is_assigned_then() -> None:
    assert told(bring("account", account(owner_ref="U1"))) == {"created": 1, "unlinked": 1}

    user("U1")

    assert held() == [("U1", "account_owner", DAY, None)]


# --- several sources


def test_billing_completes_the_account_of_the_crm_and_overwrites_nothing() -> None:
    bring("account", account("001", industry="Steel"))

    result = bring(
        "account", {"external_id": "Z1", "name": "ACME BILLING", "same_as_ref": "001", "country": "DE"}, source="zuora"
    )

    row = Account.objects.get()
    assert told(result) == {"updated": 1}
    assert (row.name, row.country, row.industry) == ("Account 001", "DE", "Steel")
    again = bring("account", {"external_id": "Z1", "name": "ACME 2", "same_as_ref": "001", "country": "FR"}, source="zuora")
    assert (told(again), Account.objects.get().name, Account.objects.get().country) == ({"unchanged": 1}, "Account 001", "DE")


def test_the_same_id_in_two_sources_is_two_accounts() -> None:
    bring("account", account("1"))
    bring("account", account("1"), source="billing")

    assert Account.objects.count() == 2


def test_custom_facts_of_several_sources_live_side_by_side() -> None:
    bring("account", account("001", custom={"tier": "gold", "old": "x"}))
    session = imports.begin("crm", as_of=DAY, at=AT, actor=None)
    session.custom_keys = ("tier", "old")
    Account.objects.update(custom={"tier": "gold", "old": "x", "billing": 7})

    imports.write(session, "account", from_rows(SPECS["account"], [account("001", custom={"tier": "silver"})]))

    assert Account.objects.get().custom == {"tier": "silver", "billing": 7}


def test_an_owner_whom_the_source_replaces_stays_on_the_team_of_a_mid_market_account() -> None:
    for key, name in (("ae", "Eve Executive"), ("am", "Ari Account")):
        person = User.objects.create(email=f"{key}@x.example", name=name)
        UserRole.objects.create(user=person, role="account_executive" if key == "ae" else "account_manager")
        bring("user", {"external_id": key, "email": person.email})
    facts = {"given_segment": "Mid-Market", "is_public_sector": False, "customer_since": date(2026, 8, 1)}
    bring("account", account(owner_ref="ae", **facts), account("A2", owner_ref="ae", **{**facts, "given_segment": "Large"}))
    decisions.redecide(None, as_of=DAY, at=AT, actor=None)

    bring("account", account(owner_ref="am", **facts), account("A2", owner_ref="am", **{**facts, "given_segment": "Large"}))
    bring("account", account(owner_ref="am", **facts), account("A2", owner_ref="am", **{**facts, "given_segment": "Large"}))

    held = (
        Assignment.objects.filter(until_date=None).order_by("account", "role").values_list("account__name", "role", "user__name")
    )
    assert list(held) == [
        ("Account A1", "account_manager", "Ari Account"), ("Account A1", "previous_owner", "Eve Executive"),
        ("Account A2", "account_manager", "Ari Account"),
    ]  # fmt: skip
    assert Event.objects.filter(body__contains="previous_owner").count() == 1
