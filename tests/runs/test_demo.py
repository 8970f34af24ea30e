"""The demo company as built: through the import and the daily run, once."""

import pytest

from tenure.actions import users
from tenure.models import Account, AccountSummary, Assignment, Decision, Event, Override, Run, User
from tenure.queries import events
from tenure.runs import demo
from tests.world import AT

pytestmark = pytest.mark.django_db


def quiet(title: str, done: int, total: int) -> None:
    """Progress that nobody watches."""


@pytest.fixture
def built(db: None) -> Run:
    run = demo.start(accounts=60, seed=1)
    demo.build(run, quiet)
    return run


def test_the_company_is_built_through_import_and_daily_run(built: Run) -> None:
    assert (built.status, Account.objects.count(), AccountSummary.objects.count()) == ("done", 60, 60)
    assert demo.state() == "demo"
    assert User.objects.get(email="mona@demo.example").reports.count() == 3
    assert User.objects.get(email="tam@demo.example").check_password(demo.PASSWORD)
    assert Decision.objects.filter(rule="segment", until_date=None).count() == 60
    assert events.verify().broken_at is None


def test_the_crab_shack_is_a_ruby_by_hand(built: Run) -> None:
    row = Override.objects.select_related("account", "author").get()

    assert (row.account.name, row.rule, row.outcome) == ("The Crab Shack", "gemstone", "Ruby")
    assert row.author.role_keys == ["cs_operations"]
    assert AccountSummary.objects.get(name="The Crab Shack").gemstone == "Ruby"


def test_the_seven_examples_come_out_as_the_table_says(built: Run) -> None:
    rows = AccountSummary.objects.filter(
        pk__lte=Account.objects.get(name="Big Donut").pk, name__in=[e.name for e in demo.EXAMPLES]
    )

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


def test_a_finished_company_is_not_built_again(built: Run) -> None:
    before = (Event.objects.count(), Assignment.objects.count(), Run.objects.count())

    assert demo.state() == "demo"

    assert (Event.objects.count(), Assignment.objects.count(), Run.objects.count()) == before


def test_a_company_that_was_left_half_way_is_finished_the_same(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    run = demo.start(accounts=40, seed=2)
    waves: list[str] = []

    def stop_in_the_third(title: str, done: int, total: int) -> None:
        waves.append(title)
        if len({title for title in waves if title.startswith("Importing")}) == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        demo.build(run, stop_in_the_third)
    assert demo.state() == "unfinished"

    again = demo.start(accounts=999, seed=9)
    demo.build(again, quiet)

    assert again.pk == run.pk
    assert Account.objects.count() == 40
    assert demo.state() == "demo"


def test_a_database_with_real_people_is_left_alone(db: None) -> None:
    users.create_first("ada@example.com", "Ada", "correct horse battery", at=AT)

    assert demo.state() == "real"


def test_the_log_ins_that_are_printed_exist(built: Run) -> None:
    shown = dict(demo.log_ins())

    assert len(shown) == 13
    assert shown["mona@demo.example"] == "Manager, technical account management"
