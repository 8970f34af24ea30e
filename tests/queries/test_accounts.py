"""The accounts list: exactly the rows that a filter asks for, sums, groups, and nothing of what one doesn't see."""

from datetime import timedelta

import pytest
from django.http import QueryDict

from tenure.models import AccountSummary, User
from tenure.queries import accounts
from tenure.views.accounts import state_of
from tests.world import World


def found(world: World, user: User, query: str) -> list[str]:
    """Names of the matching rows, in the list's order."""
    state = state_of(QueryDict(query))
    assert state.ignored == ()
    rows = accounts.matching(user, state, world.today)
    return [row.name for row in accounts.everything(rows, state)]


ALL = [
    "Homeworld Inc.",
    "Beach City Corp.",
    "Funland Arcade",
    "Le Hotel",
    "The Crab Shack",
    "Buddwick Public Library",
    "Big Donut",
]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("f=arr:between:300000..150000", ["Funland Arcade", "Le Hotel"]),
        ("f=renewal:between:2028-01-01..2026-01-01", ALL),
        ("f=arr:is:300000", ["Funland Arcade"]),
        ("f=gemstone:none:Diamond,Pearl,Sapphire,Ruby", ["Big Donut"]),
        ("f=gemstone:not:Diamond", ALL[1:]),
        ("f=region:is:APAC|gemstone:is:Diamond", ["Homeworld Inc.", "Big Donut"]),
        ("f=tam:empty", ALL[1:]),
        ("f=criteria:is:Yes&f=tam:empty", ["Beach City Corp.", "Funland Arcade", "Le Hotel"]),
        ("f=renewal:next:165", ALL),
        ("f=renewal:next:164", []),
        ("f=renewal:past:30", []),
        ("f=since:before:2026-01-01", ALL),
        ("f=name:has:CITY", ["Beach City Corp."]),
        ("f=name:has:%25", []),
        ("f=override:yes", []),
        ("f=users:lt:500", ["Le Hotel", "Buddwick Public Library"]),
        ("q=hotel", ["Le Hotel"]),
    ],
)
def test_a_filter_finds_exactly(decided: World, query: str, names: list[str]) -> None:
    assert found(decided, decided.ops, query) == names


def test_a_blank_fits_no_comparison_and_stands_last_both_ways(decided: World) -> None:
    decided.account("Nameless Blank", territory="emea")

    assert found(decided, decided.ops, "sort=arr")[-1] == found(decided, decided.ops, "sort=-arr")[-1] == "Nameless Blank"
    assert "Nameless Blank" not in found(decided, decided.ops, "f=arr:lt:9999999")
    assert found(decided, decided.ops, "f=arr:empty") == ["Nameless Blank"]
    assert found(decided, decided.ops, "f=gemstone:empty") == ["Nameless Blank"]


def test_days_count_from_today_and_both_ends_are_in(decided: World) -> None:
    AccountSummary.objects.filter(name="Le Hotel").update(renewal_date=decided.today)
    AccountSummary.objects.filter(name="Big Donut").update(renewal_date=decided.today - timedelta(days=3))

    assert found(decided, decided.ops, "f=renewal:next:0") == ["Le Hotel"]
    assert found(decided, decided.ops, "f=renewal:past:3") == ["Le Hotel", "Big Donut"]
    assert found(decided, decided.ops, "f=renewal:past:2") == ["Le Hotel"]


def test_my_accounts_and_my_team_are_the_reader_s(decided: World) -> None:
    assert found(decided, decided.tam, "f=tam:me|owner:me") == ["Homeworld Inc."]
    assert found(decided, decided.ari, "f=tam:me|owner:me") == ["Homeworld Inc."]
    assert found(decided, decided.mona, "f=tam:team") == ["Homeworld Inc."]
    assert found(decided, decided.tessa, "f=tam:me") == []


def test_a_tam_sees_own_accounts_and_the_territory_and_an_outsider_none(decided: World) -> None:
    decided.assign(decided.big_donut, decided.tam)

    assert found(decided, decided.tam, "") == [*ALL[:4], "Big Donut"]
    assert found(decided, decided.tessa, "") == ALL[4:6]
    assert found(decided, decided.olga, "") == []
    assert found(decided, decided.fin, "") == []


def test_a_deleted_account_is_in_no_list(decided: World) -> None:
    AccountSummary.objects.filter(name="Le Hotel").update(deleted=True)

    assert "Le Hotel" not in found(decided, decided.ops, "")


def test_sums_are_of_what_matches_and_of_what_the_reader_sees(decided: World) -> None:
    state = state_of(QueryDict("f=arr:gte:150000"))
    known = accounts.sums(accounts.matching(decided.tam, state, decided.today), decided.tam, state, decided.today)

    assert (known.count, known.of) == (4, 4)
    assert known.totals == {"arr": 221_000_000, "users": 16_470}
    assert known.arr == 221_000_000


def test_several_sorts_go_one_after_the_other(decided: World) -> None:
    assert found(decided, decided.ops, "sort=region,-segment,name") == [
        "Big Donut", "Funland Arcade", "Homeworld Inc.", "Beach City Corp.", "Le Hotel", "Buddwick Public Library", "The Crab Shack",
    ]  # fmt: skip


def test_groups_stand_in_the_handbook_s_order_with_blanks_last(decided: World) -> None:
    decided.account("Nameless Blank", territory="emea")
    state = state_of(QueryDict("group=gemstone"))
    groups = accounts.groups(accounts.matching(decided.ops, state, decided.today), decided.ops, state, decided.today)

    assert [(group.label, group.count) for group in groups] == [
        ("Diamond", 1), ("Pearl", 2), ("Sapphire", 2), ("Ruby", 1), ("Quartz", 1), ("Undecided", 1),
    ]  # fmt: skip
    assert groups[-1].condition.text() == "gemstone:empty"
    assert sum(group.arr or 0 for group in groups) == 229_970_000


def test_people_are_grouped_by_name_and_nobody_comes_last(decided: World) -> None:
    decided.assign(decided.le_hotel, decided.tessa)
    state = state_of(QueryDict("group=tam"))
    groups = accounts.groups(accounts.matching(decided.ops, state, decided.today), decided.ops, state, decided.today)

    assert [(group.label, group.count) for group in groups] == [("Tam Technical", 1), ("Tessa Technical", 1), ("No TAM", 5)]
    assert groups[0].condition.text() == f"tam:is:{decided.tam.pk}"


@pytest.mark.parametrize(
    "column", [column.key for column in accounts.columns(accounts.handbook.pack()).values() if column.groupable]
)
def test_the_groups_of_every_column_hold_every_account_once(decided: World, column: str) -> None:
    state = state_of(QueryDict(f"group={column}"))
    rows = accounts.matching(decided.ops, state, decided.today)
    groups = accounts.groups(rows, decided.ops, state, decided.today)
    inner = [
        accounts.matching(decided.ops, state.change(group="", filters=((group.condition,),)), decided.today) for group in groups
    ]

    assert [part.count() for part in inner] == [group.count for group in groups]
    assert sorted(row.pk for part in inner for row in part) == sorted(row.pk for row in rows)


def test_views_are_counted_by_one_query(decided: World, django_assert_num_queries: object) -> None:
    states = [state_of(QueryDict(query)) for query in ("", "f=gemstone:is:Diamond", "f=waiting:filled", "q=the")]
    user = User.objects.prefetch_related("roles").get(pk=decided.ops.pk)
    with django_assert_num_queries(1):  # type: ignore[operator]
        assert accounts.counts(user, states, decided.today) == [7, 1, 3, 1]


@pytest.mark.parametrize("column", list(accounts.columns(accounts.handbook.pack())))
@pytest.mark.parametrize("sign", ["", "-"])
def test_every_column_sorts_and_its_pages_hold_every_account_once(decided: World, column: str, sign: str) -> None:
    decided.more_accounts(4)
    state = state_of(QueryDict(f"sort={sign}{column}"))
    rows = accounts.matching(decided.ops, state, decided.today)
    known = accounts.sums(rows, decided.ops, state, decided.today)
    seen, after = [], ""
    for _ in range(20):
        page = accounts.page(rows, state.change(after=after), known, size=3)
        seen += [row.pk for row in page.rows]
        after = page.after
        if not after:
            break

    assert seen == [row.pk for row in accounts.everything(rows, state)]
    assert len(seen) == len(set(seen)) == 11


@pytest.mark.parametrize(
    "operator",
    [
        "is",
        "empty",
        "filled",
        "any",
        "none",
        "not",
        "gte",
        "between",
        "next",
        "before",
        "has",
        "starts",
        "me",
        "team",
        "yes",
        "no",
    ],
)
def test_every_column_takes_each_of_its_operators(decided: World, operator: str) -> None:
    values = {"text": "a", "enum": "a", "money": "1", "int": "1", "date": "2026-01-01", "person": "1", "bool": "1"}
    for column in accounts.columns(accounts.handbook.pack()).values():
        if operator in column.operators:
            value = "3" if operator == "next" else values[column.kind]
            text = f"{column.key}:{operator}:{value}" + (f"..{value}" if operator == "between" else "")
            found(decided, decided.ops, f"f={text}")
