"""How long onboardings take: medians, percentiles, shares and reasons of known data, by each edition; every figure leads to its rows."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.http import QueryDict

from tenure.models import Onboarding
from tenure.queries import handbook, onboardings_days, onboardings_list, onboardings_times
from tenure.queries.onboardings_times import Report, percentile, stat
from tenure.views.onboardings_site import state_of
from tests import work
from tests.world import TODAY, World

NEWEST = date(2023, 3, 29)


def made(world: World, account: str, **fields: Any) -> Onboarding:
    """An onboarding that is over, of a day of its own edition."""
    values: dict[str, Any] = {
        "name": account,
        "cause": "closed_won",
        "edition": NEWEST,
        "status": "completed",
        "is_open": False,
        **fields,
    }
    return Onboarding.objects.create(account=world.accounts[account], created_at=world.at, updated_at=world.at, **values)


def report(world: World, query: str = "", by: str = "owner", edition: date | None = None) -> Report:
    user = work.fresh(world.ops)
    return onboardings_times.report(user, state_of(QueryDict(query), world.today), world.today, by, edition)


def rows(world: World, query: str) -> int:
    """How many rows the list shows under a link of the report."""
    return onboardings_list.matching(work.fresh(world.ops), state_of(QueryDict(query), world.today), world.today).count()


@pytest.fixture
def five(world: World) -> None:
    """The handbook's worked days, and one that is still counting: engaged after 11, 0 and -4 days, onboarded after 36 and 34."""
    first, third = date(2020, 1, 1), TODAY - timedelta(days=3)
    same: dict[str, Any] = {"start_date": first, "purchase_date": first, "contract_date": first}
    made(world, "homeworld", owner=world.tam, gemstone="Diamond", first_reach_out=date(2020, 1, 12), days_to_engage=11, **same)
    made(world, "beach_city", owner=world.tam, gemstone="Pearl", first_reach_out=first, days_to_engage=0, **same)
    early = first - timedelta(days=4)
    made(world, "funland", owner=world.tessa, gemstone="Pearl", first_reach_out=early, days_to_engage=0, **same)
    spans = {
        "le_hotel": (date(2020, 8, 15), date(2020, 8, 17), date(2020, 9, 20), 36, world.tessa),
        "crab_shack": (date(2020, 8, 10), date(2020, 8, 15), date(2020, 9, 18), 34, None),
    }
    for name, (contract, start, finish, days, owner) in spans.items():
        made(world, name, owner=owner, contract_date=contract, start_date=start, finish_date=finish, days_to_onboard=days)
    made(world, "buddwick", is_open=True, status="in_progress", start_date=third, contract_date=third)


def figures(found: Report, key: str) -> tuple[Any, ...]:
    one = next(time for time in found.times if time.key == key).stat
    return one.known, one.unknown, one.median, one.p75, one.p90, one.within, one.share


@pytest.mark.usefixtures("five")
def test_the_worked_days_of_the_handbook_give_these_figures(world: World) -> None:
    found = report(world)

    assert found.count == 6
    assert figures(found, "engage") == (3, 3, 0, 5.5, 8.8, 3, 100)
    assert figures(found, "onboard") == (2, 4, 35, 35.5, 35.8, 2, 100)
    assert figures(found, "value") == (0, 6, None, None, None, 0, None)
    assert [(line.label, line.count, line.stats["engage"].median, line.stats["onboard"].median) for line in found.lines] == [
        ("Tam Technical", 2, 5.5, None), ("Tessa Technical", 2, 0, 36), ("No owner", 2, None, 34),
    ]  # fmt: skip


@pytest.mark.usefixtures("five")
def test_the_definitions_of_each_edition_measure_otherwise(world: World) -> None:
    assert figures(report(world, edition=date(2020, 1, 1)), "engage") == (3, 3, 0, 5.5, 8.8, None, None)
    late = report(world, edition=date(2020, 9, 1))
    assert figures(late, "engage") == (3, 3, 0, 5.5, 8.8, 3, 100)
    assert figures(late, "onboard") == (2, 4, 37.5, 38.25, 38.7, 2, 100)  # 36 and 39 days from the contract
    assert figures(report(world, edition=NEWEST), "onboard") == (2, 4, 34, 34, 34, 2, 100)  # 34 and 34 from the start
    assert [one.key for one in report(world, edition=date(2018, 6, 1)).times] == ["onboard"]


@pytest.mark.usefixtures("five")
@pytest.mark.parametrize("edition", [None, date(2020, 9, 1), NEWEST])
def test_every_figure_leads_to_just_its_rows(world: World, edition: date | None) -> None:
    for by in onboardings_times.BY:
        found = report(world, by=by, edition=edition)
        for time in found.times:
            assert [rows(world, bar.query) for bar in time.bins] == [bar.count for bar in time.bins]
            assert [rows(world, one.query) for one in time.reasons] == [one.count for one in time.reasons]
            assert sum(one.count for one in time.reasons) == time.stat.unknown
            assert rows(world, time.query) == time.stat.known
        for line in found.lines:
            assert rows(world, line.query) == line.count
            assert [rows(world, line.within[key]) for key in line.within] == [line.stats[key].within for key in line.within]


@pytest.mark.usefixtures("five")
def test_what_is_not_known_is_named_and_no_zero(world: World) -> None:
    found = {time.key: [(one.count, one.words) for one in time.reasons] for time in report(world, edition=NEWEST).times}

    assert found["onboard"] == [
        (1, "still counting: open, and not reached yet"), (3, "over without the day being recorded, or left out by its edition"),
    ]  # fmt: skip
    assert [one.label for one in report(world, by="quarter").trend] == ["FY20-Q4", "FY21-Q3", "FY27-Q4"]


def test_a_customer_who_had_value_before_is_measured_to_the_day_of_the_tam(world: World) -> None:
    start = TODAY - timedelta(days=391)
    made(world, "homeworld", cause="tam_filled", contract_date=start, start_date=start, first_value=start + timedelta(days=90))

    found = report(world, edition=NEWEST)
    assert figures(found, "value")[:3] == (1, 0, 91)  # Tam has had the account for 300 days
    Onboarding.objects.update(contract_date=start + timedelta(days=1))  # 90 days: a new customer, measured as usual
    assert figures(report(world, edition=NEWEST), "value")[:3] == (1, 0, 89)
    Onboarding.objects.update(contract_date=start)
    assert figures(report(world, edition=date(2020, 9, 1)), "value")[:3] == (1, 0, 90)


def test_only_what_one_sees_is_counted(world: World) -> None:
    made(world, "big_donut", days_to_onboard=5)
    made(world, "homeworld", days_to_onboard=7)

    mine = onboardings_times.report(work.fresh(world.mona), state_of(QueryDict(""), world.today), world.today, "owner", None)
    assert (mine.count, figures(mine, "onboard")[2]) == (1, 7)
    assert figures(report(world), "onboard")[2] == 6


def test_percentiles_lie_on_straight_lines_between_neighbours() -> None:
    assert [percentile({0: 2, 11: 1, 34: 1, 36: 1}, share) for share in (0.5, 0.75, 0.9)] == [11, 34, 35.2]
    assert (percentile({}, 0.5), percentile({-3: 1}, 0.9)) == (None, -3)
    assert stat({None: 4, 14: 1, 15: 1}, 14).share == 50


def test_quarters_follow_the_fiscal_year() -> None:
    assert [onboardings_days.quarter_of(date(2026, month, 1), 2) for month in (1, 2, 4, 5, 11, 12)] == [
        "FY26-Q4", "FY27-Q1", "FY27-Q1", "FY27-Q2", "FY27-Q4", "FY27-Q4",
    ]  # fmt: skip
    assert onboardings_days.quarter_span(date(2026, 1, 15), 2) == (date(2025, 11, 1), date(2026, 1, 31))
    assert onboardings_days.quarter_of(date(2026, 5, 1), 1) == "FY26-Q2"


@pytest.fixture
def three(world: World) -> None:
    """A new customer, one who bought 91 days before their onboarding began, and one who upgraded a new contract."""
    start = TODAY - timedelta(days=200)
    same: dict[str, Any] = {"start_date": start, "owner": world.tam}
    made(world, "homeworld", contract_date=start - timedelta(days=90), days_to_value=95, **same)
    made(world, "beach_city", cause="gem_change", contract_date=start - timedelta(days=91), days_to_value=900, **same)
    made(world, "funland", cause="upgrade", contract_date=start, days_to_value=20, **same)


def of(world: World, who: str, query: str = "", by: str = "owner") -> Report:
    user = work.fresh(world.ops)
    return onboardings_times.report(user, state_of(QueryDict(query), world.today), world.today, by, None, who)


@pytest.mark.usefixtures("three")
def test_the_goals_are_held_against_new_customers_and_the_others_stand_apart(world: World) -> None:
    new, existing, everybody = of(world, "new"), of(world, "existing"), of(world, "all")

    assert (new.count, figures(new, "value")) == (1, (1, 0, 95, 95, 95, 0, 0))
    assert new.apart is not None
    assert (new.apart.label, new.apart.count, new.apart.stats["value"].median) == ("Existing customer", 2, 460)
    assert (existing.count, figures(existing, "value")) == (2, (2, 0, 460, 680, 812, None, None))
    assert existing.apart is not None
    assert (existing.apart.label, existing.apart.count) == ("New customer", 1)
    assert (everybody.count, figures(everybody, "value")[2:], everybody.apart) == (3, (95, 497.5, 739, 1, 33), None)


@pytest.mark.usefixtures("three")
@pytest.mark.parametrize("who", ["new", "existing"])
def test_figures_of_some_customers_lead_to_just_their_rows(world: World, who: str) -> None:
    for by in onboardings_times.BY:
        found = of(world, who, by=by)
        for time in found.times:
            assert [rows(world, bar.query) for bar in time.bins] == [bar.count for bar in time.bins]
            assert rows(world, time.query) == time.stat.known
            assert sum(rows(world, one.query) for one in time.reasons) == time.stat.unknown
        assert [rows(world, line.query) for line in found.lines] == [line.count for line in found.lines]
        assert found.apart is not None
        assert rows(world, found.apart.query) == found.apart.count


@pytest.mark.usefixtures("three")
def test_the_database_and_the_rule_agree_whose_onboarding_it_is(world: World) -> None:
    rule = handbook.pack().onboarding.customers[-1]
    for row in onboardings_list.rows(work.fresh(world.ops), world.today):
        values = {"cause": row.cause, "contract_date": row.contract_date, "start_date": row.start_date}
        assert row.customer == ("existing" if rule.existing(values) else "new")  # type: ignore[attr-defined]
    assert rows(world, "f=customer:is:existing") == 2
