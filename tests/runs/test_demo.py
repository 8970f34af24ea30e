"""The demo company as built: through the import and the daily run, once."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from tenure.actions import summaries, users
from tenure.models import Account, AccountSummary, Assignment, Decision, Event, Override, Run, RunFailure, User
from tenure.queries import events
from tenure.runs import demo, demo_rows
from tests.world import AT

pytestmark = pytest.mark.django_db


def quiet(title: str, done: int, total: int) -> None:
    """Progress that nobody watches."""


@pytest.fixture
def built(db: None) -> Run:
    run = demo.start(accounts=30, seed=1)
    demo.build(run, quiet)
    return run


def test_the_company_is_built_through_import_and_daily_runs(built: Run) -> None:
    assert demo.state() == "demo"
    assert (built.status, Account.objects.count(), AccountSummary.objects.count()) == ("done", 30, 30)
    assert (built.counts["refused"], built.counts["waiting"], built.counts["unlinked"]) == (0, 0, 0)
    assert Run.objects.filter(kind="daily", status="done").count() == 8
    assert Decision.objects.filter(rule="segment", until_date=None).count() == 30
    assert events.verify().broken_at is None

    listed = {row.account_id: row.tam_id for row in AccountSummary.objects.all() if row.tam_id}
    assert listed == dict(Assignment.objects.filter(role="tam", until_date=None).values_list("account_id", "user_id"))

    assert User.objects.get(email="mona@demo.example").reports.count() == 3
    assert User.objects.get(email="tam@demo.example").check_password(demo.PASSWORD)
    shown = dict(demo.log_ins())
    assert (len(shown), shown["mona@demo.example"]) == (13, "Manager, technical account management")


def test_the_daily_runs_took_as_long_as_they_took_and_began_in_the_morning_of_their_day(built: Run) -> None:
    found = list(Run.objects.filter(kind="daily").exclude(as_of=built.as_of).order_by("as_of"))

    assert [run.started_at for run in found] == [demo_rows.moment(run.as_of, 8) for run in found if run.as_of]
    for run in found:
        assert run.finished_at is not None
        assert timedelta() < run.finished_at - run.started_at < timedelta(minutes=1)
        assert run.steps[0]["ms"] == round((run.finished_at - run.started_at).total_seconds() * 1000)


def test_the_lists_say_what_the_facts_and_the_people_of_today_do(built: Run) -> None:
    assert summaries.refresh(None, today=timezone.localdate()) == 0


def test_a_few_customers_are_undecided_for_want_of_facts(built: Run) -> None:
    undecided = Decision.objects.filter(until_date=None, outcome="", account__kind="customer", rule="gemstone")

    assert [(row.account.name, row.missing) for row in undecided.select_related("account")] == [
        ("Rowan Moor Biotech Inc.", ["users"])
    ]
    assert RunFailure.objects.count() == 0


def test_the_seven_examples_come_out_as_the_table_says_and_the_crab_shack_by_hand(built: Run) -> None:
    rows = AccountSummary.objects.filter(name__in=[example.name for example in demo.EXAMPLES])

    assert {
        row.name: (row.service_tier, row.segment, row.product, row.users, row.gemstone, bool(row.tam_id)) for row in rows
    } == {
        "Homeworld Inc.": ("Tier 1", "Strategic", "Premium", 12_500, "Diamond", True),
        "Beach City Corp.": ("Tier 1", "Large", "Premium", 1_020, "Pearl", True),
        "Funland Arcade": ("Tier 2", "Strategic", "Premium", 2_500, "Pearl", True),
        "Le Hotel": ("Tier 3", "Large", "Ultimate", 450, "Sapphire", True),
        "The Crab Shack": ("Tier 4", "Large", "Starter", 2_100, "Ruby", False),
        "Buddwick Public Library": ("Tier 4", "Strategic", "Ultimate", 25, "Ruby", False),
        "Big Donut": ("Tier 4", "Mid-Market", "Starter", 500, "Quartz", False),
    }
    by_hand = Override.objects.select_related("account", "author").get()
    assert (by_hand.account.name, by_hand.rule, by_hand.outcome) == ("The Crab Shack", "gemstone", "Ruby")
    assert by_hand.author.role_keys == ["cs_operations"]


def test_a_company_that_was_left_half_way_is_finished_with_its_own_size_and_seed(db: None) -> None:
    run = demo.start(accounts=20, seed=2)
    begun: set[str] = set()

    def stop_in_the_third(title: str, done: int, total: int) -> None:
        begun.add(title)
        if sum(title.startswith("Importing") for title in begun) == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        demo.build(run, stop_in_the_third)
    assert demo.state() == "unfinished"

    again = demo.start(accounts=999, seed=9)
    demo.build(again, quiet)

    assert again.pk == run.pk
    assert Account.objects.count() == 20
    assert demo.state() == "demo"


def test_a_database_with_real_people_is_left_alone(db: None) -> None:
    users.create_first("ada@example.com", "Ada", "correct horse battery", at=AT)

    assert demo.state() == "real"


def test_nothing_is_written_in_the_future_however_early_the_day(db: None) -> None:
    early = AT.replace(hour=3)
    with time_machine.travel(early, tick=False):
        demo.build(demo.start(accounts=10, seed=1), quiet)

    assert Event.objects.filter(at__gt=early).count() == 0
    assert Event.objects.filter(at=early).exists()
    assert events.verify().broken_at is None
