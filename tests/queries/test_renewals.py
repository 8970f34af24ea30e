"""A look ahead: what renews itself goes on at the same ARR and is said to be assumed; everything else ends with its term."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from tenure.models import Account, Subscription
from tenure.queries import account_then, facts, handbook, subscriptions, why
from tenure.rules import packs
from tenure.runs import daily
from tenure.runs.plans import DecisionChanged
from tests.world import World

DAY = timedelta(days=1)
END = date(2027, 1, 31)
LATER = date(2027, 6, 1)


def customer(world: World, **fields: object) -> Account:
    """A customer since January 2026 with one subscription of a year, renewing itself."""
    account = world.account("Aquarium", given_segment="Large", iacv_minor=0, employees=3_000)
    given = {"product": "Premium", "seats": 40, "arr": 60_000, "start_date": date(2026, 1, 31), "end_date": END, **fields}
    world.subscribe(account, **given)  # type: ignore[arg-type]
    return account


def known(world: World, account: Account, day: date) -> tuple[int | None, int | None, bool | None, date | None]:
    """ARR in dollars, users, whether all has expired, the next renewal."""
    found = facts.build(facts.columns.of_ids([account.pk]), day, handbook.pack(), today=world.today)
    row, more = found.frame.row(0, named=True), found.more.row(0, named=True)
    return row["arr"] // 100, row["users"], row["expired"], more["renewal_date"]


def test_what_renews_itself_goes_on_term_after_term(world: World) -> None:
    account = customer(world)

    assert known(world, account, END - DAY) == (60_000, 40, False, END)
    assert known(world, account, END) == (60_000, 40, False, date(2028, 1, 31))
    assert known(world, account, date(2028, 1, 30)) == (60_000, 40, False, date(2028, 1, 31))
    assert known(world, account, date(2028, 1, 31)) == (60_000, 40, False, date(2029, 1, 31))


@pytest.mark.parametrize(
    ("start", "end", "day", "until"),
    [
        (date(2026, 10, 31), date(2027, 1, 31), date(2027, 5, 1), date(2027, 7, 31)),  # terms of three months
        (date(2026, 8, 31), date(2027, 2, 28), date(2027, 3, 1), date(2028, 2, 28)),  # no whole months: a year
        (None, date(2027, 1, 1), date(2027, 1, 1), date(2028, 1, 1)),
    ],
)
def test_every_term_is_as_long_as_the_last(start: date | None, end: date, day: date, until: date, world: World) -> None:
    account = customer(world)
    Subscription.objects.filter(account=account).update(start_date=start, end_date=end)

    assert known(world, account, day) == (60_000, 40, False, until)
    (line,) = subscriptions.book(account.pk, day, handbook.pack(), world.today).lines
    assert (line.state, line.renewed_until, line.ends) == ("active", until, until)


@pytest.mark.parametrize("fields", [{"auto_renew": False}, {"auto_renew": None}, {"cancelled_on": END}, {"status": "cancelled"}])
def test_everything_else_ends_with_its_term(fields: dict[str, object], world: World) -> None:
    account = customer(world)
    Subscription.objects.filter(account=account).update(**fields)

    assert known(world, account, LATER) == (0, 0, True, None)
    book = subscriptions.book(account.pk, LATER, handbook.pack(), world.today)
    assert (book.arr_minor, book.assumed, book.renewal) == (None, [], None)


def test_what_ended_before_today_stays_ended(world: World) -> None:
    account = customer(world, start_date=date(2025, 11, 1), end_date=world.today - DAY)

    assert known(world, account, LATER) == (0, 0, True, None)


def test_a_renewal_that_is_booked_already_takes_its_place(world: World) -> None:
    account = customer(world)
    world.subscribe(account, product="premium", seats=50, arr=75_000, start_date=END, end_date=date(2028, 1, 31))

    assert known(world, account, END - DAY)[:2] == (60_000, 40)
    assert known(world, account, END)[:2] == (75_000, 50)


def test_today_and_the_past_assume_nothing(world: World) -> None:
    account = customer(world)

    for day in (LATER, END):  # as known on that day itself, and looked back at from a later one
        for today in (day, day + DAY, None):
            frame = facts.frame(day, handbook.pack(), account_ids=[account.pk], today=today)
            assert frame["arr"].to_list() == [0]


def test_the_page_and_the_facts_agree_and_say_what_is_assumed(world: World) -> None:
    account = customer(world)
    world.subscribe(account, product="Starter", seats=5, arr=1_000, end_date=LATER + 200 * DAY)

    book = subscriptions.book(account.pk, LATER, handbook.pack(), world.today)

    assert (book.arr_minor, book.seats) == (61_000_00, 45)
    assert [line.row.product for line in book.assumed] == ["Premium"]
    assert book.renewal is not None
    assert (book.renewal.on, book.renewal.arr_minor) == (LATER + 200 * DAY, 1_000_00)
    assert [step.on for step in book.steps] == [date(2026, 1, 31), world.today - 200 * DAY]
    then = account_then.of(Account.objects.get(pk=account.pk), LATER, world.today, handbook.pack())
    assert then is not None
    assert then.facts.assumed == {account.pk: 1}


def test_why_says_what_is_assumed_where_the_rule_reads_it(world: World) -> None:
    account = customer(world)

    def limits(rule: str, day: date) -> list[str]:
        found = why.why(Account.objects.get(pk=account.pk), rule, day, handbook.pack(), world.today)
        assert found is not None
        return found.limits

    said = ["Assumes that 1 subscription with auto-renewal goes on beyond its term at the same ARR."]
    assert [limits("tam_eligible", day) for day in (END - DAY, END)] == [[], said]
    assert limits("gem_service", END) == said  # it reads the gemstone, which reads users
    assert limits("segment", END) == []


def test_a_company_may_plan_by_what_is_contracted(world: World) -> None:
    account = customer(world)
    contracted = handbook.pack().choosing(auto_renewal="contracted")

    frame = facts.frame(LATER, contracted, account_ids=[account.pk], today=world.today)

    assert frame["arr"].to_list() == [0]
    assert subscriptions.book(account.pk, LATER, contracted, world.today).assumed == []


def test_a_handbook_that_says_nothing_of_it_assumes_nothing(world: World, tmp_path: Path) -> None:
    (tmp_path / "handbook.yaml").write_text((packs.shipped() / "handbook.yaml").read_text().split("acknowledge")[0])
    account = customer(world)

    frame = facts.frame(LATER, packs.load(tmp_path), account_ids=[account.pk], today=world.today)

    assert frame["arr"].to_list() == [0]


def test_a_plan_for_a_day_to_come_looks_ahead_too(world: World) -> None:
    account = customer(world)
    world.assign(account, world.tam)
    daily.apply(daily.plan(world.today), at=world.at, actor=None)

    def eligible(today: date | None) -> list[str]:
        plan = daily.plan(LATER, account_ids=[account.pk], today=today)
        return [
            change.after or ""
            for change in plan.changes()
            if isinstance(change, DecisionChanged) and change.rule == "tam_eligible"
        ]

    assert (eligible(world.today), eligible(None)) == ([], ["No"])
