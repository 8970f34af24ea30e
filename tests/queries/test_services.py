"""What an account gets and how it stands with it: on its page, in the list of a service, in the coverage report; all three agree."""

from datetime import date, timedelta
from typing import Any

import pytest

from tenure.actions import overrides, services
from tenure.models import AccountSummary, Decision, ServiceDelivery
from tenure.queries import account as accounts
from tenure.queries import coverage, entitlements, handbook, lists, sections
from tenure.queries import services as queries
from tenure.queries.coverage import Cell
from tenure.queries.sections import Day
from tenure.rules.services import State
from tests import work
from tests.world import TODAY, World

DAY = timedelta(days=1)


@pytest.fixture
def known(decided: World) -> World:
    """The cast as if each had been decided a year ago, but Funland last week."""
    Decision.objects.update(from_date=TODAY - timedelta(days=365))
    Decision.objects.filter(account=decided.funland).update(from_date=TODAY - timedelta(days=7))
    return decided


def give(world: World, account: str, service: str, days: int, **fields: Any) -> ServiceDelivery:
    given = {"service": service, "delivered_on": TODAY - timedelta(days=days), **fields}
    return services.deliver(world.accounts[account], given, today=TODAY, actor=None, at=world.at)


def book(world: World, account: str, day: date = TODAY, who: str = "ops") -> queries.Book:
    row = world.accounts[account].__class__.objects.select_related("summary", "territory").get(pk=world.accounts[account].pk)
    page = sections.page(work.fresh(world.people[who]), row, "services", Day(day, TODAY, accounts.end_of(day)), handbook.pack())
    found: queries.Book = page.data["book"]
    return found


def line(found: queries.Book, key: str) -> queries.Line:
    return next(one for one in (*(line for _, lines in found.groups for line in lines), *found.outside) if one.service.key == key)


def states(world: World, service: str, query: str = "", who: str = "ops") -> dict[str, State]:
    pack = handbook.pack()
    params = [("f", part) for part in query.split("&") if part]
    state = lists.read(params, entitlements.columns(pack), entitlements.DEFAULTS)
    rows = entitlements.matching(work.fresh(world.people[who]), state, pack.services[service], TODAY)
    return {row.name: row.state for row in entitlements.everything(rows, state)}  # type: ignore[attr-defined]


def test_an_account_sees_what_it_gets_and_why(known: World) -> None:
    found = book(known, "homeworld")

    checks, weeks = line(found, "health_checks"), line(found, "on_site_support")
    assert (checks.included, checks.state, checks.due, checks.late) == (True, "overdue", date(2026, 2, 16), 273)
    assert [(why.title, why.value, why.is_rule) for why in checks.reasons] == [("Gets a TAM", "Yes", True)]
    assert (weeks.included, weeks.state, weeks.reasons[0].value) == (True, "never", "Diamond")
    assert [title for title, _ in found.groups] == ["Relationship management", "Training", "Support", "Onboarding", "Paid"]
    assert {one.service.key for one in found.outside} == {"on_site_kick_off", "remote_week"}
    assert all(one.service.key != "qbr" for _, lines in found.groups for one in lines)


def test_an_account_without_a_tam_gets_little(known: World) -> None:
    found = book(known, "big_donut")

    assert {one.service.key for _, lines in found.groups for one in lines} == {"automated_outreach", "white_glove"}
    assert line(found, "ebr").state == "outside"


def test_what_is_not_decided_is_not_known(world: World) -> None:
    assert line(book(world, "homeworld"), "ebr").state == "unknown"
    assert states(world, "ebr")["Homeworld Inc."] == "unknown"


def test_a_recurring_service_becomes_due_and_late(known: World) -> None:
    assert (line(book(known, "homeworld"), "health_checks").state, line(book(known, "homeworld"), "health_checks").due) == (
        "overdue",
        date(2026, 2, 16),
    )
    assert line(book(known, "funland"), "health_checks").state == "ahead"

    give(known, "homeworld", "health_checks", 31, delivered_by=None, minutes=45)
    one = line(book(known, "homeworld"), "health_checks")
    assert (one.state, one.due, one.times, one.minutes, one.last and one.last.delivered_on) == (
        "in_time",
        date(2027, 1, 16),
        1,
        45,
        date(2026, 10, 16),
    )
    assert line(book(known, "homeworld", date(2026, 10, 15)), "health_checks").times == 0
    assert line(book(known, "homeworld", date(2027, 1, 17)), "health_checks").state == "overdue"


def test_more_time_than_included_is_told(known: World) -> None:
    give(known, "homeworld", "on_site_support", 3, minutes=4800)
    assert not line(book(known, "homeworld"), "on_site_support").over
    give(known, "homeworld", "on_site_support", 2, minutes=1)
    assert line(book(known, "homeworld"), "on_site_support").over


def test_what_is_deleted_called_off_or_planned_does_not_count(known: World) -> None:
    row = give(known, "homeworld", "ebr", 3)
    services.delete(row, actor=None, at=known.at)
    plan = services.plan(known.homeworld, {"service": "ebr", "delivered_on": TODAY + DAY}, today=TODAY, actor=None, at=known.at)

    one = line(book(known, "homeworld"), "ebr")
    assert (one.times, one.planned and one.planned.pk) == (0, plan.pk)
    assert states(known, "ebr")["Homeworld Inc."] == one.state
    services.cancel(plan, "No", actor=None, at=known.at)
    assert line(book(known, "homeworld"), "ebr").planned is None


def test_the_list_of_a_service_says_what_each_page_says(known: World) -> None:
    give(known, "homeworld", "health_checks", 10)
    give(known, "beach_city", "health_checks", 200)
    give(known, "big_donut", "health_checks", 5)
    give(known, "le_hotel", "demo_training", 500)
    for service in ("health_checks", "ebr", "demo_training", "on_site_support", "white_glove", "automated_outreach"):
        listed = states(known, service)
        for key, account in known.accounts.items():
            assert listed[account.name] == line(book(known, key), service).state, (service, key)


def test_the_list_tells_the_due_day_as_the_page_does(known: World) -> None:
    for days in (0, 17, 44, 75, 76, 80, 260):  # among them ends of months: 31 August, 1 September, 29 February's neighbours
        ServiceDelivery.objects.all().delete()
        give(known, "homeworld", "health_checks", days)
        row = entitlements.rows(work.fresh(known.ops), handbook.pack().services["health_checks"], TODAY).get(
            pk=known.homeworld.pk
        )
        assert row.due == line(book(known, "homeworld"), "health_checks").due  # type: ignore[attr-defined]


def test_an_outcome_set_by_a_person_counts_from_its_day(known: World) -> None:
    overrides.set(
        known.big_donut, "tam_eligible", "Yes", "Agreed", TODAY + 90 * DAY, today=TODAY, actor=work.fresh(known.ops), at=known.at
    )

    assert line(book(known, "big_donut"), "health_checks").state == "ahead"
    assert states(known, "health_checks")["Big Donut"] == "ahead"


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("state:is:overdue", {"Beach City Corp.", "Le Hotel"}),
        ("state:is:in_time", {"Homeworld Inc."}),
        ("state:is:ahead", {"Funland Arcade"}),
        ("last:past:30", {"Homeworld Inc."}),
        ("due:after:2027-01-01", {"Homeworld Inc.", "Funland Arcade"}),
        ("by:empty&state:is:in_time", {"Homeworld Inc."}),
        ("service:is:ebr&tier:is:Tier 1&state:any:overdue,in_time", {"Homeworld Inc.", "Beach City Corp."}),
    ],
)
def test_the_list_is_filtered(known: World, query: str, names: set[str]) -> None:
    give(known, "homeworld", "health_checks", 10)

    assert set(states(known, "health_checks", query)) == names


def test_one_sees_only_ones_own(known: World) -> None:
    assert set(states(known, "ebr", who="tessa")) == {"The Crab Shack", "Buddwick Public Library"}
    assert states(known, "ebr", who="olga") == {}


def cells(world: World, service: str, query: str = "", who: str = "ops") -> dict[str, Cell]:
    pack = handbook.pack()
    state = lists.read([("f", part) for part in query.split("&") if part], coverage.columns(pack), coverage.DEFAULTS)
    found = coverage.report(work.fresh(world.people[who]), state, pack, TODAY)
    one = next(line for line in found.lines if line.service.key == service)
    return {title: cell for (_, title), cell in zip(found.tiers, one.cells, strict=True)} | {"all": one.total}


def test_the_report_counts_by_tier(known: World) -> None:
    give(known, "homeworld", "health_checks", 10)
    give(known, "homeworld", "health_checks", 20)
    give(known, "beach_city", "health_checks", 200)
    give(known, "funland", "health_checks", 300)  # it has it since last week, but the last time is long ago
    give(known, "big_donut", "health_checks", 1)  # doesn't get it
    found = cells(known, "health_checks")

    assert found["all"] == Cell(included=4, in_time=1, overdue=3, ahead=0)
    assert found["Tier 1"] == Cell(2, 1, 1, 0)
    assert found["Tier 2"] == Cell(1, 0, 1, 0)
    assert (found["all"].percent, Cell(3, 0, 0, 3).percent) == (25, None)


def test_the_report_agrees_with_its_lists(known: World) -> None:
    for account, service, days in (
        ("homeworld", "ebr", 100), ("beach_city", "ebr", 400), ("crab_shack", "ebr", 365), ("le_hotel", "demo_training", 20), ("funland", "cadence_calls", 31),
        ("homeworld", "cadence_calls", 30), ("beach_city", "cadence_calls", 31), ("crab_shack", "cadence_calls", 32), ("funland", "automated_outreach", 3),
    ):  # fmt: skip
        give(known, account, service, days)
    for service in handbook.pack().services.values():
        if not service.on(TODAY):
            continue
        told = list(states(known, service.key).values())
        cell = cells(known, service.key)["all"]
        done = told.count("in_time") + told.count("delivered")
        included = len(told) - told.count("outside") - told.count("unknown")
        assert cell == Cell(included, done, told.count("overdue"), told.count("ahead")), service.key


def test_the_report_is_narrowed(known: World) -> None:
    assert cells(known, "ebr", "tam:me", who="tam")["all"].included == 1
    assert cells(known, "ebr", "tam:team", who="mona")["all"].included == 1
    assert cells(known, "ebr", who="mona")["all"].included == 4
    assert (
        cells(known, "ebr", "segment:is:Large")["all"].included
        == AccountSummary.objects.filter(tam_eligible="Yes", segment="Large").count()
    )


def test_the_file_has_a_line_for_each_service_and_tier(known: World) -> None:
    state = lists.read([], coverage.columns(handbook.pack()), coverage.DEFAULTS)
    found = coverage.report(work.fresh(known.ops), state, handbook.pack(), TODAY)
    rows = coverage.rows_of(found)

    assert len(rows) == len(found.lines) * len(found.tiers)
    first = next(row for row in rows if row.service == "Account health checks" and row.tier == "Tier 1")
    assert (first.category, first.every, first.included, first.overdue) == ("Relationship management", "3 months", 2, 2)
