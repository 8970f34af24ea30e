"""Who sees which accounts."""

from typing import Any

import pytest

from tenure.actions import summaries
from tenure.models import Account, AccountSummary, User
from tenure.queries import visible, waiting
from tests import work
from tests.world import World


def names(user: object) -> list[str]:
    return sorted(visible.accounts(user).values_list("name", flat=True))  # type: ignore[arg-type]


def test_an_outsider_sees_no_account(world: World) -> None:
    assert names(world.olga) == []


def test_a_tam_sees_own_accounts_and_those_of_the_own_territory(world: World) -> None:
    assert names(world.tam) == ["Beach City Corp.", "Funland Arcade", "Homeworld Inc.", "Le Hotel"]
    assert names(world.tessa) == ["Buddwick Public Library", "The Crab Shack"]


def test_a_manager_sees_what_the_team_sees(world: World) -> None:
    assert "Big Donut" not in names(world.mona)
    assert len(names(world.mona)) == 6


def test_operations_and_administrators_see_everything(world: World) -> None:
    everything = sorted(Account.objects.values_list("name", flat=True))

    assert names(world.ops) == everything
    assert names(world.ada) == everything


def test_finance_and_product_see_no_account(world: World) -> None:
    assert names(world.fin) == []
    assert names(world.pia) == []


def test_an_account_without_a_territory_belongs_to_those_who_cover_its_region(world: World) -> None:
    Account.objects.filter(name__in=["Funland Arcade", "Big Donut"]).update(territory=None)
    summaries.refresh(None, today=world.today)

    assert "Funland Arcade" in names(world.mona)
    assert "Funland Arcade" in names(world.tam)
    assert "Funland Arcade" not in names(world.tessa)
    assert "Big Donut" not in names(world.mona)


def test_the_manager_of_the_region_is_told_of_an_account_without_a_territory(world: World) -> None:
    Account.objects.filter(name__in=["Funland Arcade", "Big Donut"]).update(territory=None)
    found = waiting.managers()

    assert found.of(None, "EMEA") == [world.mona.pk]
    assert found.of(None, "APAC") == [world.ops.pk]
    assert found.of(world.territories["us-east"].pk, "EMEA") == [world.mona.pk]
    assert found.of(None, None) == [world.ops.pk]


def test_everybody_below_a_manager_is_found_in_one_query_at_any_depth(world: World, django_assert_num_queries: Any) -> None:
    chain = [world.tessa]
    for number in range(4):
        chain.append(User.objects.create(email=f"deep{number}@example.com", name=f"Deep {number}", manager=chain[-1]))
    User.objects.filter(pk=world.mona.pk).update(manager=chain[-1])  # a circle ends

    with django_assert_num_queries(1):
        found = visible.team_ids(world.mona)

    assert found == sorted(user.pk for user in (world.tam, *chain))


@pytest.mark.parametrize("reach", [0, 3, 5, 3_000])
def test_lists_hold_the_same_accounts_however_many_a_reader_reaches(world: World, monkeypatch: Any, reach: int) -> None:
    monkeypatch.setattr(visible, "REACH", reach)
    AccountSummary.objects.filter(account=world.le_hotel).update(deleted=True)

    def listed(user: User) -> list[str]:
        return sorted(row.name for row in visible.listed(user))

    team = ["Beach City Corp.", "Buddwick Public Library", "Funland Arcade", "Homeworld Inc.", "The Crab Shack"]
    assert listed(world.tam) == ["Beach City Corp.", "Funland Arcade", "Homeworld Inc."]
    assert listed(world.mona) == team
    assert listed(world.ops) == sorted(AccountSummary.objects.filter(deleted=False).values_list("name", flat=True))
    assert listed(world.olga) == []


def test_nobody_sees_anything_once_inactive(world: World) -> None:
    world.tam.is_active = False

    assert list(visible.listed(world.tam)) == []
    assert list(visible.summaries(world.tam)) == []


@pytest.mark.parametrize("reach", [0, 3_000])
@pytest.mark.parametrize("who", ["tam", "mona", "ari", "ops", "fin", "olga"])
def test_listed_work_is_what_one_sees_whether_its_accounts_are_named_or_not(
    who: str, reach: int, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [
        work.cta(world, account, owner=None) for account in (world.homeworld, world.le_hotel, world.crab_shack, world.big_donut)
    ]
    Account.objects.filter(pk=world.crab_shack.pk).update(deleted_at=world.at)
    world.refresh(world.crab_shack)
    monkeypatch.setattr(visible, "REACH", reach)
    user = work.fresh(world.people[who])

    found = list(visible.listed_ctas(user).order_by("pk"))

    seen = {"tam": [0, 1], "mona": [0, 1], "ari": [0, 1], "ops": [0, 1, 3], "fin": [], "olga": []}
    assert found == [rows[place] for place in seen[who]] == list(visible.ctas(user).order_by("pk"))
