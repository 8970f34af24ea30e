"""The portfolio's cells: after every write they add up to what the summary rows say."""

from collections.abc import Callable
from datetime import timedelta
from threading import Thread
from typing import Any

import pytest
from django.db import connection
from django.db.models import Count, Sum
from django.http import QueryDict

from tenure.actions import accounts as account_actions
from tenure.actions import assignments, contacts, decisions, overrides, portfolio, summaries
from tenure.models import PORTFOLIO_SUMS, PORTFOLIO_WORDS, Account, AccountSummary, PortfolioCell
from tenure.queries import accounts
from tenure.views.accounts import state_of
from tests.world import World

DAY = timedelta(days=1)
NUMBERS = ("accounts", *PORTFOLIO_SUMS, *PORTFOLIO_SUMS.values())


def by_rows() -> dict[tuple[Any, ...], tuple[int, ...]]:
    """What the rows themselves come to."""
    sums = {f"sum_{name}": Sum(name) for name in PORTFOLIO_SUMS} | {known: Count(name) for name, known in PORTFOLIO_SUMS.items()}
    rows = AccountSummary.objects.filter(deleted=False).values(*PORTFOLIO_WORDS).annotate(n=Count("pk"), **sums)
    names = ("n", *(f"sum_{name}" for name in PORTFOLIO_SUMS), *PORTFOLIO_SUMS.values())
    return {tuple(row[word] for word in PORTFOLIO_WORDS): tuple(int(row[name] or 0) for name in names) for row in rows}


def by_cells() -> dict[tuple[Any, ...], tuple[int, ...]]:
    """What the cells come to, without combinations that nobody holds any more."""
    sums = {f"sum_{name}": Sum(name) for name in NUMBERS}
    rows = PortfolioCell.objects.values(*PORTFOLIO_WORDS).annotate(**sums)
    found = {tuple(row[word] for word in PORTFOLIO_WORDS): tuple(int(row[f"sum_{name}"]) for name in NUMBERS) for row in rows}
    return {words: numbers for words, numbers in found.items() if any(numbers)}


def end_subscriptions(w: World) -> None:
    w.homeworld.subscriptions.update(seats=None, arr_minor=0, status="cancelled")
    decisions.redecide([w.homeworld.pk], as_of=w.today, at=w.at, actor=w.ops)


def gone(w: World) -> None:
    Account.objects.filter(pk=w.funland.pk).update(deleted_at=w.at - DAY)
    summaries.refresh(None, today=w.today)


def gone_and_back(w: World) -> None:
    gone(w)
    Account.objects.filter(pk=w.funland.pk).update(deleted_at=None)
    summaries.refresh(None, today=w.today)


WRITES: dict[str, Callable[[World], Any]] = {
    "nothing": lambda w: summaries.refresh(None, today=w.today),
    "a TAM": lambda w: assignments.assign(w.funland, w.tessa, "tam", from_date=w.today, actor=w.mona, at=w.at),
    "an override": lambda w: overrides.set(
        w.crab_shack, "gemstone", "Ruby", "Agreed", w.today + 9 * DAY, today=w.today, actor=w.ops, at=w.at
    ),
    "a contact": lambda w: contacts.create(
        w.funland, {"name": "New Contact", "email": "new@example.com"}, actor=w.ops, at=w.at, today=w.today
    ),
    "another region": lambda w: account_actions.update(
        w.funland, {"region": "APAC"}, from_date=w.today, actor=w.ops, at=w.at, today=w.today
    ),
    "the end of all subscriptions": end_subscriptions,
    "a deleted account": gone,
    "a deleted account that came back": gone_and_back,
}


@pytest.mark.parametrize("write", WRITES)
def test_the_cells_add_up_to_the_rows_after(decided: World, write: str) -> None:
    assert by_cells() == by_rows()
    WRITES[write](decided)

    assert by_cells() == by_rows()


def test_folding_leaves_one_cell_for_each_combination_and_the_same_sums(decided: World) -> None:
    before = by_rows()
    for _ in range(3):
        gone_and_back(decided)
    assert PortfolioCell.objects.count() > len(before)

    assert portfolio.fold() == len(before) == PortfolioCell.objects.count()
    assert by_cells() == before


@pytest.mark.parametrize(
    "query", ["", "f=segment:any:Strategic", "f=segment:none:Strategic", "f=gemstone:empty", "f=override:no&f=kind:is:customer"]
)
def test_the_head_says_the_same_from_cells_and_from_rows(decided: World, query: str) -> None:
    state = state_of(QueryDict(query))
    rows = accounts.matching(decided.ops, state, decided.today)
    found = accounts.sums(rows, decided.ops, state, decided.today)
    direct = rows.aggregate(n=Count("pk"), arr=Sum("arr_minor"), users=Sum("users"))

    assert (found.count, found.of, found.arr, found.totals["users"]) == (direct["n"], 7, direct["arr"], direct["users"])


def test_who_does_not_see_everything_gets_sums_of_what_they_see(decided: World) -> None:
    PortfolioCell.objects.all().delete()
    state = state_of(QueryDict(""))
    found = accounts.sums(accounts.matching(decided.tam, state, decided.today), decided.tam, state, decided.today)

    assert found.count == accounts.matching(decided.tam, state, decided.today).count() > 0


@pytest.mark.django_db(transaction=True)
def test_writers_at_once_count_each_change_once(transactional_db: None, decided: World) -> None:
    ids = list(Account.objects.values_list("pk", flat=True))
    decided.homeworld.subscriptions.update(seats=7)
    decided.funland.subscriptions.update(seats=9)
    failed: list[BaseException] = []

    def write() -> None:
        try:
            summaries.refresh(ids, today=decided.today)
        except BaseException as error:
            failed.append(error)
        finally:
            connection.close()

    threads = [Thread(target=write) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(timeout=60)

    assert failed == []
    assert by_cells() == by_rows()
    assert AccountSummary.objects.get(pk=decided.homeworld.pk).users == 7
