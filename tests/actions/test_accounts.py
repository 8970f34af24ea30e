"""Accounts: facts with history, hierarchies without circles, deleted and brought back."""

import json
from datetime import date, timedelta
from typing import Any

import pytest

from tenure.actions import accounts, decisions
from tenure.actions.refusals import Refused
from tenure.models import Account, AccountSummary, AccountVersion, Decision, Event
from tenure.queries import visible
from tests.world import World

DAY = timedelta(days=1)


def update(world: World, account: Account, fields: dict[str, Any], **more: Any) -> bool:
    given: dict[str, Any] = {"from_date": world.today, "today": world.today, "actor": world.ops, "at": world.at}
    return accounts.update(account, fields, **{**given, **more})


def test_a_new_account_has_a_first_version_decisions_and_a_row(world: World) -> None:
    made = accounts.create(
        {"name": " Aquarium ", "employees": 300, "region": "emea", "stated_arr_minor": 90_000_00},
        from_date=world.today - DAY, today=world.today, actor=world.ops, at=world.at,
    )  # fmt: skip

    assert (made.name, made.region) == ("Aquarium", "EMEA")
    version = AccountVersion.objects.get(account=made)
    assert (version.from_date, version.until_date, version.facts["employees"]) == (world.today - DAY, None, 300)
    assert Decision.objects.get(account=made, rule="segment").outcome == "Mid-Market"
    assert AccountSummary.objects.get(pk=made.pk).arr_minor == 90_000_00
    assert Event.objects.get(verb="account.created").actor_id == world.ops.pk


def test_a_changed_fact_begins_a_version_and_decides_anew(world: World) -> None:
    decisions.redecide([world.big_donut.pk], as_of=world.today - DAY, at=world.at, actor=None)

    assert update(world, world.big_donut, {"employees": 9_000, "given_segment": ""}, reason="Annual report")

    versions = AccountVersion.objects.filter(account=world.big_donut).order_by("from_date")
    assert [(row.until_date, row.facts["employees"]) for row in versions] == [(world.today, 1_400), (None, 9_000)]
    assert Decision.objects.get(account=world.big_donut, rule="segment", until_date=None).outcome == "Large"
    told = json.loads(Event.objects.get(verb="account.updated").body)
    assert told["before"] == {"employees": 1_400, "given_segment": "Mid-Market"}
    assert told["reason"] == "Annual report"


def test_what_rules_do_not_read_keeps_its_history_too_and_decides_nothing(world: World) -> None:
    assert update(world, world.le_hotel, {"name": "Le Grand Hotel", "website": "hotel.example"})

    versions = AccountVersion.objects.filter(account=world.le_hotel).order_by("from_date")
    assert [(row.until_date, row.facts["name"]) for row in versions] == [(world.today, "Le Hotel"), (None, "Le Grand Hotel")]
    assert not Decision.objects.exists()
    assert AccountSummary.objects.get(pk=world.le_hotel.pk).name_key == "le grand hotel"


def test_saying_the_same_again_changes_nothing(world: World) -> None:
    before = Event.objects.count()

    assert not update(world, world.le_hotel, {"name": "Le Hotel", "employees": 3_200})
    assert Event.objects.count() == before


def test_an_account_is_never_above_itself(world: World) -> None:
    update(world, world.le_hotel, {"parent_id": world.homeworld.pk})
    update(world, world.funland, {"parent_id": world.le_hotel.pk})

    for account, parent in (
        (world.homeworld, world.homeworld),
        (world.homeworld, world.le_hotel),
        (world.homeworld, world.funland),
    ):
        with pytest.raises(Refused) as refusal:
            update(world, account, {"parent_id": parent.pk})
        assert refusal.value.field == "parent_id"
    assert Account.objects.get(pk=world.homeworld.pk).parent_id is None


def test_the_family_is_decided_anew_when_it_grows(world: World) -> None:
    small = world.account("Aquarium", employees=20)
    decisions.redecide([small.pk], as_of=world.today, at=world.at, actor=None)

    update(world, small, {"parent_id": world.homeworld.pk})

    assert Decision.objects.get(account=small, rule="segment", until_date=None).outcome == "Large"


def test_a_change_does_not_reach_behind_the_present_facts(world: World) -> None:
    with pytest.raises(Refused, match="can't hold earlier"):
        update(world, world.le_hotel, {"employees": 1}, from_date=world.today - timedelta(days=401))

    assert Account.objects.get(pk=world.le_hotel.pk).employees == 3_200


@pytest.mark.parametrize(
    "fields",
    [
        {"name": ""},
        {"name": "x" * 301},
        {"employees": -2},
        {"stated_arr_minor": 2**63},
        {"kind": "friend"},
        {"currency": "usd"},
        {"region": "Atlantis"},
        {"given_segment": "Gigantic"},
        {"parent_id": 999_999},
        {"is_staff": True},
    ],
)
def test_what_makes_no_sense_is_refused_without_a_trace(world: World, fields: dict[str, Any]) -> None:
    before = (Account.objects.values().get(pk=world.le_hotel.pk), Event.objects.count(), AccountVersion.objects.count())

    with pytest.raises(Refused):
        update(world, world.le_hotel, fields)

    assert (Account.objects.values().get(pk=world.le_hotel.pk), Event.objects.count(), AccountVersion.objects.count()) == before


@pytest.mark.parametrize(
    ("who", "code"), [("olga", "not_found"), ("fin", "not_found"), ("tam", "not_allowed"), ("exa", "not_allowed")]
)
def test_changing_is_refused_to_whoever_may_not(world: World, who: str, code: str) -> None:
    before = Event.objects.count()

    with pytest.raises(Refused) as refusal:
        update(world, world.le_hotel, {"employees": 1}, actor=getattr(world, who))

    assert (refusal.value.code, Event.objects.count()) == (code, before)


def test_a_tam_changes_an_own_account(world: World) -> None:
    assert update(world, world.homeworld, {"employees": 50_000}, actor=world.tam)


def test_a_deleted_account_is_in_no_list_until_it_is_restored(world: World) -> None:
    accounts.delete(world.le_hotel, today=world.today, actor=world.ops, at=world.at, reason="Twice in the CRM")
    assert not visible.accounts(world.ops).filter(pk=world.le_hotel.pk).exists()

    with pytest.raises(Refused, match="no such account"):
        accounts.restore(world.le_hotel, today=world.today, actor=world.mona, at=world.at)
    accounts.restore(world.le_hotel, today=world.today, actor=world.ops, at=world.at)
    assert visible.accounts(world.ops).filter(pk=world.le_hotel.pk).exists()
    verbs = Event.objects.filter(account_id=world.le_hotel.pk).order_by("id").values_list("verb", flat=True)
    assert list(verbs) == ["account.deleted", "account.restored"]


def test_the_day_of_the_change_shows_in_the_past(world: World) -> None:
    update(world, world.le_hotel, {"customer_since": date(2020, 2, 29)})

    assert AccountVersion.objects.get(account=world.le_hotel, until_date=None).facts["customer_since"] == "2020-02-29"
