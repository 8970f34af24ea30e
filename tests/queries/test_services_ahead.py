"""The next due day of a service whose schedule asks for nothing yet: the one on which the daily run then raises it."""

from datetime import date, timedelta

from django.db import connection
from django.test.utils import CaptureQueriesContext

from tenure.actions import activities, ctas
from tenure.models import CallToAction
from tenure.queries import entitlements, handbook, lists, services_ahead
from tenure.runs import daily
from tests import work
from tests.queries.test_services import book, known, line  # noqa: F401 - known is a fixture
from tests.world import AT, TODAY, World

DAY = timedelta(days=1)
CALL, REVIEW = "cadence_call", "business_review"


def call(world: World, account: str, day: date) -> None:
    moment = {"today": day, "actor": None, "at": AT + (day - TODAY)}
    activities.log(
        world.accounts[account], {"kind": "call", "subject": "Talk", "happened_at": moment["at"]}, author=world.tam, **moment
    )


def run(day: date) -> None:
    assert daily.apply(daily.plan(day), at=AT + (day - TODAY) + timedelta(hours=1), actor=None).failed == []


def ahead(world: World, day: date = TODAY) -> dict[tuple[str, str], date]:
    names = {account.pk: key for key, account in world.accounts.items()}
    found = services_ahead.of(list(names), [CALL, REVIEW], day, handbook.pack(), today=TODAY)
    return {(names[account], name): due for (account, name), due in found.items()}


def test_the_page_and_the_list_show_the_day_that_the_run_will_raise(known: World) -> None:  # noqa: F811
    call(known, "homeworld", TODAY)
    run(TODAY)
    shown = line(book(known, "homeworld"), "cadence_calls")

    assert (shown.state, shown.due, shown.expected) == ("ahead", None, date(2026, 12, 16))
    listed = {row.name: getattr(row, "expected", None) for row in rows(known)}
    assert listed["Homeworld Inc."] == shown.expected
    for n in range(1, 40):
        if CallToAction.objects.filter(account=known.homeworld, rule=CALL, is_open=True).exists():
            break
        run(TODAY + n * DAY)
    assert CallToAction.objects.get(account=known.homeworld, rule=CALL, is_open=True).due_date == shown.expected


def rows(world: World) -> list[entitlements.AccountSummary]:
    pack, service = handbook.pack(), handbook.pack().services["cadence_calls"]
    state = lists.read([], entitlements.columns(pack), entitlements.DEFAULTS)
    found = entitlements.matching(work.fresh(world.ops), state, service, TODAY)
    page = entitlements.page(found, state, entitlements.sums(found, work.fresh(world.ops), state))
    entitlements.look_ahead(page.rows, service, TODAY, pack)
    return page.rows


def test_what_is_asked_for_already_is_not_expected_besides(known: World) -> None:  # noqa: F811
    run(TODAY)
    asked = CallToAction.objects.get(account=known.homeworld, rule=CALL, is_open=True)
    shown = line(book(known, "homeworld"), "cadence_calls")

    assert (shown.due, shown.expected) == (asked.due_date, None)
    assert ("homeworld", CALL) not in ahead(known)


def test_closed_without_a_call_it_counts_from_its_closing(known: World) -> None:  # noqa: F811
    run(TODAY)
    asked = CallToAction.objects.get(account=known.homeworld, rule=CALL, is_open=True)
    ctas.close(asked, "closed_not_relevant", actor=work.fresh(known.tam), at=AT)

    assert ahead(known)["homeworld", CALL] == date(2026, 12, 16)


def test_an_account_without_a_tam_has_no_next_call(known: World) -> None:  # noqa: F811
    assert {name for name, schedule in ahead(known) if schedule == CALL} <= {"homeworld"}


def test_a_review_is_expected_before_the_renewal(known: World) -> None:  # noqa: F811
    known.homeworld.subscriptions.update(end_date=date(2027, 12, 31))
    assert ahead(known)["homeworld", REVIEW] == date(2027, 7, 15)  # seven months before it, and 45 days

    known.homeworld.subscriptions.update(end_date=date(2027, 4, 30))
    assert ("homeworld", REVIEW) not in ahead(known)  # its day has passed: the next run raises it


def test_a_past_day_shows_what_was_expected_then(known: World) -> None:  # noqa: F811
    call(known, "homeworld", TODAY - 40 * DAY)
    then = line(book(known, "homeworld", TODAY - 35 * DAY), "cadence_calls")

    assert (then.due, then.expected) == (None, date(2026, 11, 6))


def test_the_queries_do_not_grow_with_the_accounts(known: World) -> None:  # noqa: F811
    ids = [account.pk for account in known.accounts.values()]
    counts = []
    for some in (ids[:1], ids):
        with CaptureQueriesContext(connection) as queries:
            services_ahead.of(some, [CALL, REVIEW], TODAY, handbook.pack(), today=TODAY)
        counts.append(len(queries))

    assert counts[0] == counts[1] <= 8
