"""Services that a schedule asks for: late, in time or to come as its CTAs say, on the page, in the list and in the report alike."""

from datetime import date, datetime, timedelta
from typing import Any

from tenure.actions import ctas, services
from tenure.models import CallToAction
from tenure.queries import coverage, entitlements, handbook, lists
from tenure.queries.coverage import Cell
from tests import work
from tests.queries.test_services import book, cells, give, known, line, states  # noqa: F401 - known is a fixture
from tests.world import AT, TODAY, World

DAY = timedelta(days=1)
CALLS = "cadence_calls"


def asked(world: World, account: str, due: date, at: datetime = AT, rule: str = "cadence_call", **fields: Any) -> CallToAction:
    """The open CTA of a schedule, as the daily run of a day raised it."""
    row = ctas.create(
        world.accounts[account], type="activity", title="Hold the call", due_date=due, today=TODAY, actor=None, at=at
    )
    CallToAction.objects.filter(pk=row.pk).update(rule=rule, origin="schedule", **fields)
    row.refresh_from_db()
    return row


def clear() -> None:
    """Without what the run of the fixture raised."""
    CallToAction.objects.all().delete()


def told(world: World, account: str = "homeworld") -> tuple[str, date | None, int]:
    one = line(book(world, account), CALLS)
    return one.state, one.due, one.late


def test_a_longer_rhythm_is_not_late_before_its_schedule_says_so(known: World) -> None:  # noqa: F811
    clear()
    give(known, "homeworld", CALLS, 55)  # two months by its priority: nothing is asked for yet

    assert told(known) == ("in_time", None, 0)
    assert states(known, CALLS)["Homeworld Inc."] == "in_time"


def test_it_is_due_when_its_schedule_asks(known: World) -> None:  # noqa: F811
    clear()
    give(known, "homeworld", CALLS, 55)
    asked(known, "homeworld", TODAY + 5 * DAY)
    assert told(known) == ("in_time", TODAY + 5 * DAY, 0)
    CallToAction.objects.update(due_date=TODAY - 2 * DAY)
    assert told(known) == ("overdue", TODAY - 2 * DAY, 2)
    assert states(known, CALLS)["Homeworld Inc."] == "overdue"


def test_what_was_delivered_since_is_not_late_though_the_run_has_not_settled_it_yet(known: World) -> None:  # noqa: F811
    clear()
    asked(known, "homeworld", TODAY - 2 * DAY, at=AT - 10 * DAY)
    assert told(known)[0] == "overdue"
    give(known, "homeworld", CALLS, 0)

    assert told(known) == ("in_time", None, 0)
    assert states(known, CALLS)["Homeworld Inc."] == "in_time"
    assert cells(known, CALLS)["all"] == Cell(included=4, in_time=1, overdue=0, ahead=3)


def test_what_came_before_it_was_asked_for_does_not_meet_it(known: World) -> None:  # noqa: F811
    clear()
    give(known, "homeworld", CALLS, 11)
    asked(known, "homeworld", TODAY - DAY, at=AT - 10 * DAY)

    assert told(known)[0] == states(known, CALLS)["Homeworld Inc."] == "overdue"


def test_a_cta_of_another_rule_or_one_that_is_closed_asks_for_nothing(known: World) -> None:  # noqa: F811
    clear()
    asked(known, "homeworld", TODAY - DAY, rule="health_update")
    ctas.close(asked(known, "homeworld", TODAY - DAY), "closed_success", actor=None, at=AT)

    assert told(known) == ("ahead", None, 0)


def test_a_day_of_the_past_shows_what_was_asked_for_then(known: World) -> None:  # noqa: F811
    clear()
    ctas.close(asked(known, "homeworld", TODAY - 20 * DAY, at=AT - 30 * DAY), "closed_success", actor=None, at=AT - 5 * DAY)

    then = line(book(known, "homeworld", TODAY - 6 * DAY), CALLS)
    assert (then.state, then.due, then.late) == ("overdue", TODAY - 20 * DAY, 14)
    assert line(book(known, "homeworld", TODAY - 5 * DAY), CALLS).state == "ahead"


def test_page_list_and_report_agree_about_every_account(known: World) -> None:  # noqa: F811
    clear()
    give(known, "homeworld", CALLS, 3)
    give(known, "beach_city", CALLS, 90)
    asked(known, "homeworld", TODAY - 8 * DAY, at=AT - 12 * DAY)  # met
    asked(known, "beach_city", TODAY - DAY, at=AT - 12 * DAY)  # late
    asked(known, "funland", TODAY + DAY)
    asked(known, "big_donut", TODAY - DAY)  # doesn't get it
    listed = states(known, CALLS)

    assert {key: line(book(known, key), CALLS).state for key in known.accounts} == {
        key: listed[account.name] for key, account in known.accounts.items()
    }
    assert cells(known, CALLS)["all"] == Cell(included=4, in_time=1, overdue=1, ahead=2)
    state = lists.read([("f", "due:past:30")], entitlements.columns(handbook.pack()), entitlements.DEFAULTS)
    late = entitlements.matching(work.fresh(known.ops), state, handbook.pack().services[CALLS], TODAY)
    assert [(row.name, row.due) for row in late] == [("Beach City Corp.", TODAY - DAY)]  # type: ignore[attr-defined]


def test_the_file_of_the_report_says_that_a_schedule_decides(known: World) -> None:  # noqa: F811
    found = coverage.report(work.fresh(known.ops), lists.read([], coverage.columns(handbook.pack()), coverage.DEFAULTS), handbook.pack(), TODAY)  # fmt: skip

    assert {row.every for row in coverage.rows_of(found) if row.service == "Regular cadence calls"} == {"by schedule"}


def test_a_delivery_needs_no_day_of_its_schedule(known: World) -> None:  # noqa: F811
    row = services.deliver(known.homeworld, {"service": CALLS, "delivered_on": TODAY}, today=TODAY, actor=None, at=AT)

    assert (row.service, row.status) == (CALLS, "delivered")
