"""The home pages: who waits for a TAM, who could take the account, who carries what, what one's own book holds."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tenure.actions import assignments
from tenure.models import AccountSummary, User
from tenure.queries import handbook, home, visible
from tests.world import World

PACK = handbook.pack


def team(world: World, user: User | None = None) -> home.TeamHome:
    return home.team(user or world.mona, world.today, PACK())


def test_a_manager_sees_the_entitled_accounts_without_a_tam_oldest_first_with_the_reason(decided: World) -> None:
    AccountSummary.objects.filter(pk=decided.le_hotel.pk).update(needs_tam_since=decided.today - timedelta(days=8))

    found = team(decided)

    assert [(one.row.name, one.days, one.late) for one in found.waiting] == [
        ("Le Hotel", 8, True), ("Beach City Corp.", 0, False), ("Funland Arcade", 0, False),
    ]  # fmt: skip
    assert {one.reason for one in found.waiting} == {"Enterprise and ARR over the floor"}
    assert (found.open.accounts, found.open.arr_minor, found.oldest_days, found.late) == (3, 96_000_000, 8, 1)


def test_a_week_is_not_over_a_week(decided: World) -> None:
    AccountSummary.objects.filter(pk=decided.le_hotel.pk).update(needs_tam_since=decided.today - timedelta(days=7))

    found = team(decided)

    assert (found.waiting[0].late, found.late) == (False, 0)


def test_the_tam_of_the_territory_is_suggested_first_then_the_lighter_load(decided: World) -> None:
    other = User.objects.create(email="una@example.com", name="Una Unloaded", region="EMEA", manager=decided.mona)
    other.roles.create(role="tam")

    choices = team(decided).waiting[0].choices

    assert [(one.load.user.name, one.load.accounts, one.accounts_after, one.here) for one in choices] == [
        ("Tam Technical", 1, 2, True), ("Una Unloaded", 0, 1, True), ("Tessa Technical", 0, 1, False),
    ]  # fmt: skip
    assert choices[0].arr_after == 125_000_000 + 51_000_000


def test_only_the_managers_own_people_are_offered_and_all_to_operations(decided: World) -> None:
    stranger = User.objects.create(email="una@example.com", name="Una Unknown", region="EMEA")
    stranger.roles.create(role="tam")

    assert stranger not in home.people_of(decided.mona)
    assert stranger in home.people_of(decided.ops)


def test_assigning_moves_the_account_from_the_waiting_to_the_load(decided: World) -> None:
    moment = {"from_date": decided.today, "actor": decided.mona, "at": decided.at, "today": decided.today}
    assignments.assign(decided.funland, decided.tam, "tam", **moment)

    found = team(decided)

    assert "Funland Arcade" not in [one.row.name for one in found.waiting]
    assert [(load.user.name, load.accounts, load.arr_minor, load.share) for load in found.loads] == [
        ("Tam Technical", 2, 155_000_000, 100), ("Tessa Technical", 0, 0, 0),
    ]  # fmt: skip
    assert found.loads[0].gems == [("Diamond", 1), ("Pearl", 1)]
    assert (found.lately[0].account.name, found.lately[0].user.name) == ("Funland Arcade", "Tam Technical")


def test_coverage_counts_the_entitled_accounts_of_a_region_and_names_who_works_there(decided: World) -> None:
    found = team(decided).covers

    assert [(one.region, one.covered, one.entitled, one.percent, one.arr_open_minor) for one in found] == [
        ("EMEA", 1, 4, 25, 96_000_000)
    ]
    assert list(found[0].people) == [decided.tam]


def test_an_account_with_a_missing_fact_counts_as_undecided(decided: World) -> None:
    before = team(decided).undecided
    AccountSummary.objects.filter(pk=decided.funland.pk).update(gemstone="")

    assert team(decided).undecided == before + 1


def test_a_book_holds_the_own_accounts_and_counts_the_territorys_apart(decided: World) -> None:
    found = home.book(decided.tam, decided.today, PACK())

    assert (found.book, found.territory.accounts) == (home.Sums(1, 125_000_000), 3)
    assert [row.name for row in found.rows] == ["Homeworld Inc."]
    assert (found.incomplete, found.without_contacts) == (1, 0)


@pytest.mark.parametrize(("days", "soon", "later"), [(90, 1, 1), (91, 0, 1), (180, 0, 1), (181, 0, 0), (0, 1, 1), (-1, 0, 0)])
def test_renewals_count_within_90_and_180_days_both_ends_included(decided: World, days: int, soon: int, later: int) -> None:
    AccountSummary.objects.filter(pk=decided.homeworld.pk).update(renewal_date=decided.today + timedelta(days=days))

    found = home.book(decided.tam, decided.today, PACK())

    assert (found.soon.accounts, found.later.accounts) == (soon, later)


def test_what_was_assigned_in_the_last_thirty_days_is_new(decided: World) -> None:
    decided.assign(decided.funland, decided.tam, from_date=decided.today - timedelta(days=29))
    decided.assign(decided.le_hotel, decided.tam, from_date=decided.today - timedelta(days=30))

    assert [one.account.name for one in home.book(decided.tam, decided.today, PACK()).new] == ["Funland Arcade"]


def test_the_portfolio_sums_to_the_list(decided: World) -> None:
    found = home.portfolio(decided.exa, decided.today, PACK())
    rows = visible.summaries(decided.exa)

    assert found.all == home.Sums(7, sum(row.arr_minor or 0 for row in rows))
    assert sum(n for _, n, _, _ in found.gems) == sum(n for _, n, _, _ in found.segments) == 7
    assert [word for word, *_ in found.gems] == ["Diamond", "Pearl", "Sapphire", "Ruby", "Quartz"]


@pytest.mark.parametrize("page", ["team", "book", "portfolio"])
def test_a_home_page_takes_the_same_queries_with_many_accounts(decided: World, page: str) -> None:
    who = {"team": decided.mona, "book": decided.tam, "portfolio": decided.ops}[page]

    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            getattr(home, page)(User.objects.get(pk=who.pk), decided.today, PACK())
        return len(queries)

    few = count()
    for account in decided.more_accounts(30):
        decided.assign(account, decided.tam)
    AccountSummary.objects.filter(name__startswith="Account 00").update(needs_tam_since=decided.today, tam=None)

    assert count() == few <= 20
