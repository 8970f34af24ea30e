"""The demo company as built: through the import and the daily run, once."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
import time_machine
from django.db.models import F, Q
from django.utils import timezone

from tenure.actions import attachments, summaries, users
from tenure.models import (
    Absence,
    Account,
    AccountSummary,
    Activity,
    Assignment,
    Attachment,
    CallToAction,
    Comment,
    Decision,
    Engagement,
    Event,
    Feedback,
    HandOver,
    MailBlock,
    Notice,
    NoticePreference,
    Onboarding,
    Override,
    PaidHours,
    Run,
    RunFailure,
    ServiceDelivery,
    Task,
    User,
)
from tenure.queries import events, handbook, handovers_states, hours
from tenure.runs import daily, demo, demo_files, demo_mails, demo_rows, demo_services, demo_work
from tests import snapshots
from tests.world import AT, TODAY

pytestmark = pytest.mark.django_db
ONCE = pytest.mark.xdist_group("demo")  # so that it is built in one process


def quiet(title: str, done: int, total: int) -> None:
    """Progress that nobody watches."""


@pytest.fixture(autouse=True)
def evening() -> Iterator[None]:
    """The same day whenever the tests run: how much of a past is late depends on weekends and holidays. The clock goes on."""
    with time_machine.travel(AT.replace(hour=18), tick=True):
        yield


@pytest.fixture
def built(db: None) -> Run:
    return snapshots.of("demo", _build)


def _build() -> Run:
    run = demo.start(accounts=30, seed=1)
    demo.build(run, quiet)
    return run


@ONCE
def test_the_company_is_built_through_import_and_daily_runs(built: Run) -> None:
    assert demo.state() == "demo"
    assert (built.status, Account.objects.count(), AccountSummary.objects.count()) == ("done", 30, 30)
    assert (built.counts["refused"], built.counts["waiting"], built.counts["unlinked"]) == (0, 0, 0)
    assert Run.objects.filter(kind="daily", status="done").count() == 30
    assert Decision.objects.filter(rule="segment", until_date=None).count() == 30
    assert events.verify().broken_at is None

    listed = {row.account_id: row.tam_id for row in AccountSummary.objects.all() if row.tam_id}
    assert listed == dict(Assignment.objects.filter(role="tam", until_date=None).values_list("account_id", "user_id"))

    assert User.objects.get(email="mona@demo.example").reports.count() == 3
    assert User.objects.get(email="tam@demo.example").check_password(demo.PASSWORD)
    shown = dict(demo.log_ins())
    assert (len(shown), shown["mona@demo.example"]) == (13, "Manager, technical account management")


@ONCE
def test_the_daily_runs_took_as_long_as_they_took_and_began_in_the_morning_of_their_day(built: Run) -> None:
    found = list(Run.objects.filter(kind="daily").exclude(as_of=built.as_of).order_by("as_of"))

    assert [run.started_at for run in found] == [demo_rows.moment(run.as_of, 8) for run in found if run.as_of]
    for run in found:
        assert run.finished_at is not None
        assert timedelta() < run.finished_at - run.started_at < timedelta(minutes=1)
        assert run.steps[0]["ms"] == round((run.finished_at - run.started_at).total_seconds() * 1000)


@ONCE
def test_two_years_of_work_lie_behind_it_and_little_of_it_is_late(built: Run) -> None:
    today = built.as_of
    assert today is not None
    ctas, held = CallToAction.objects.all(), Activity.objects.filter(source="tenure", planned=False)

    closed = ctas.filter(is_open=False)
    assert closed.filter(created_at__lt=demo_rows.moment(today - timedelta(days=600))).exists()
    assert closed.filter(closed_by=None).exists()
    assert closed.exclude(closed_by=None).exists()
    assert {"call", "email", "update"} <= set(held.values_list("kind", flat=True))
    assert held.count() > 30
    assert closed.count() > 100
    assert Task.objects.filter(status="done").exists()
    assert ServiceDelivery.objects.exists()
    assert set(ctas.filter(is_open=True).values_list("origin", flat=True)) >= {"schedule", "person"}
    late = ctas.filter(is_open=True, due_date__lt=today - timedelta(days=60)).exclude(rule="assign_tam")
    assert late.count() * 4 < ctas.filter(is_open=True).count()
    keys = list(ctas.exclude(natural_key=None).values_list("natural_key", flat=True))
    assert len(keys) == len(set(keys))
    assert list(daily.plan(today).changes()) == []


@ONCE
def test_every_tam_has_a_week_before_them(built: Run) -> None:
    today = built.as_of
    assert today is not None
    tams = User.objects.filter(assignments__role="tam", assignments__until_date=None).distinct()
    assert tams.count() >= 5
    for tam in tams:
        mine = CallToAction.objects.filter(owner=tam, is_open=True)
        assert mine.filter(origin="person", due_date=today, status="new").exists()
        assert Activity.objects.filter(owner=tam, planned=True, happened_at__gt=timezone.now()).exists()
        late = mine.filter(due_date__lt=today).exclude(snoozed_until__gt=today)
        assert late.count() < 10
    ctas = CallToAction.objects.filter(is_open=True)
    assert ctas.filter(status="in_progress").exists()
    assert ctas.filter(snoozed_until__gt=today).exists()
    assert Task.objects.filter(status="open", cta__is_open=True, after__status="open").exists()


@ONCE
def test_the_outbox_shows_the_last_weeks_and_claims_nothing_that_was_not_sent(built: Run) -> None:
    today = built.as_of
    assert today is not None
    mails = Notice.objects.filter(channel="mail")

    assert not mails.filter(created_at__lt=demo_rows.moment(today - demo_mails.SINCE, 0)).exists()
    assert not mails.filter(state="delivered", digest="", message_id="").exists()
    assert not mails.filter(state="delivered", delivered_at__lt=F("created_at")).exists()
    assert set(mails.values_list("state", flat=True)) >= {"delivered", "held", "failed", "bounced"}
    assert set(mails.values_list("kind", flat=True)) >= {"due", "overdue", "mention", "feedback", "invitation", "digest", "cta"}
    assert {row.problem for row in mails.filter(state="failed")} == set(demo_mails.REFUSALS)
    bounced = mails.get(state="bounced")
    assert [(row.address, row.reason) for row in MailBlock.objects.all()] == [(bounced.address, "bounced")]
    stopped = NoticePreference.objects.get()
    assert (stopped.kind, stopped.mail, stopped.user.role_keys) == ("overdue", "never", ["account_manager"])
    old = Notice.objects.filter(channel="app", created_at__lt=demo_rows.moment(today - demo_mails.SINCE, 8))
    assert old.exists()
    assert not old.filter(read_at=None).exists()


@ONCE
def test_people_talked_kept_files_and_passed_feedback_on(built: Run) -> None:
    kinds = set(Activity.objects.filter(source="tenure").values_list("kind", flat=True))

    assert {"call", "meeting", "email", "update", "at_risk", "ebr", "workshop", "note"} <= kinds
    assert Comment.objects.exclude(mentioned=None).count() >= 8
    assert any("customer" in row.labels for row in Feedback.objects.filter(status="passed_on"))
    names = list(Attachment.objects.values_list("name", "type"))
    assert {name.rpartition(".")[2] for name, _ in names} >= {"pdf", "csv"}
    for row in Attachment.objects.all():
        assert attachments.path_of(row).stat().st_size == row.size


@ONCE
def test_somebody_is_away_with_a_deputy_and_some_paid_hours_run_low(built: Run) -> None:
    today = built.as_of
    assert today is not None
    leave = Absence.objects.filter(kind="leave").first()
    assert leave is not None
    assert leave.deputy is not None
    assert timedelta() < leave.first - today < timedelta(days=28)

    left = [hours.balance(pk, today).left for pk in PaidHours.objects.values_list("account", flat=True).distinct()]
    assert demo_services.LOW in left


@ONCE
def test_nobody_is_late_with_eight_things(built: Run) -> None:
    late = CallToAction.objects.filter(is_open=True, due_date__lt=built.as_of).exclude(rule="assign_tam")

    assert late.exists()
    assert max(Counter(late.values_list("owner", flat=True)).values()) < 8


def test_a_file_of_one_page_is_a_pdf() -> None:
    found = demo_files.pdf(("Business review (with brackets)", "2026-11-22"))

    assert found.startswith(b"%PDF-1.4")
    assert found.endswith(b"%%EOF\n")
    assert rb"(Business review \(with brackets\)) Tj" in found
    start = int(found.rpartition(b"startxref\n")[2].split()[0])
    assert found[start:].startswith(b"xref\n0 6\n")


@ONCE
def test_a_renewal_that_was_agreed_does_not_look_like_a_customer_who_left(built: Run) -> None:
    """Between two imports the new term is known before the old one ends."""
    homeworld = Account.objects.get(name="Homeworld Inc.")

    assert homeworld.subscriptions.count() > 1
    assert not homeworld.ctas.filter(rule="offboarding").exists()
    changed = homeworld.decisions.filter(rule="tam_eligible").values_list("outcome", flat=True)
    assert set(changed) == {"Yes"}


@ONCE
def test_nothing_of_its_past_lies_ahead_but_plans(built: Run) -> None:
    now = timezone.now()

    assert not Activity.objects.filter(happened_at__gt=now, planned=False).exists()
    assert not Task.objects.filter(done_at__gt=now).exists()
    assert not CallToAction.objects.filter(Q(created_at__gt=now) | Q(closed_at__gt=now)).exists()
    for row in CallToAction.objects.filter(is_open=False):
        assert row.closed_at is not None
        assert row.closed_at >= row.created_at
    moments = list(Event.objects.filter(verb__in=("activity.logged", "task.done")).order_by("id").values_list("at", flat=True))
    assert len(moments) > 50


def test_the_same_company_has_the_same_past() -> None:
    company = demo_rows.Company.of(30, 1, date(2026, 11, 22))
    steps = demo_work.days(company, date(2026, 8, 24), date(2026, 10, 23))

    def done() -> demo_work.Doings:
        found = demo_work.Doings(company, steps[0], steps[-1], {4: [11, 12, 13]}, {9: [(1, None, []), (2, None, [{"key": "a", "kind": "choice", "choices": ["x", "y"]}])]})  # fmt: skip
        for number, rule in enumerate(("cadence_call", "health_update", "release_education", "renewal_review", "assign_tam")):
            found.take(
                9 if rule == "renewal_review" else number,
                4,
                rule,
                f"{rule}:4:x",
                7,
                steps[-1] - timedelta(days=9),
                {},
                0,
                None,
                "Aquarium",
            )
        return found

    assert done() == done()
    assert len(done().held) + len(done().finished) >= 3
    assert steps[-1] == date(2026, 10, 22)
    assert demo_work.days(demo_rows.Company.of(20_000, 1, date(2026, 11, 22)), date(2026, 8, 24), date(2026, 10, 23)) == [
        steps[-1]
    ]
    assert demo_work.days(demo_rows.Company.of(20_001, 1, date(2026, 11, 22)), date(2026, 8, 24), date(2026, 10, 23)) == []


@ONCE
def test_the_lists_say_what_the_facts_and_the_people_of_today_do(built: Run) -> None:
    assert summaries.refresh(None, today=timezone.localdate()) == 0


@ONCE
def test_a_few_customers_are_undecided_for_want_of_facts(built: Run) -> None:
    undecided = Decision.objects.filter(until_date=None, outcome="", account__kind="customer", rule="gemstone")

    assert [(row.account.name, row.missing) for row in undecided.select_related("account")] == [
        ("Rowan Moor Biotech Inc.", ["users"])
    ]
    assert RunFailure.objects.count() == 0


@ONCE
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


@pytest.mark.any_database
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


@pytest.mark.any_database
def test_nothing_is_written_in_the_future_however_early_the_day(db: None) -> None:
    early = AT.replace(hour=3)
    with time_machine.travel(early, tick=False):
        demo.build(demo.start(accounts=10, seed=1), quiet)

    assert Event.objects.filter(at__gt=early).count() == 0
    assert Event.objects.filter(at=early).exists()
    assert events.verify().broken_at is None


@ONCE
def test_its_onboardings_were_begun_by_rule_or_brought_along_and_lie_around_the_goals(built: Run) -> None:
    """Days to the first call, to first value and to the end, and the survey's score. Ember Bridge Games got stuck."""
    rows = Onboarding.objects.filter(deleted_at=None).order_by("pk")

    found = list(
        rows.values_list("account__name", "cause", "status", "days_to_engage", "days_to_value", "days_to_onboard", "survey_score")
    )
    assert found == [
        ("Funland Arcade", "closed_won", "completed", 7, 17, 51, 4), ("Le Hotel", "closed_won", "completed", 17, 26, 59, 4),
        ("Ember Bridge Games Inc.", "closed_won", "completed", 3, 25, 210, 2), ("Homeworld Inc.", "import", "completed", 6, 25, 171, 5),
        ("Beach City Corp.", "import", "completed", 9, 33, 118, 4), ("Big Donut", "import", "completed", 3, 14, 28, 4),
    ]  # fmt: skip
    assert all(row.first_reach_out and row.finish_date and row.owner for row in rows)


@ONCE
def test_the_stage_of_a_customers_life_follows_its_onboardings(built: Run) -> None:
    """What was brought along as completed says nothing of it."""
    rows = Engagement.objects.filter(stage_reason="The onboarding is completed").order_by("stage_since")

    assert list(rows.values_list("account__name", "stage", "stage_since")) == [
        ("Funland Arcade", "adoption", date(2025, 1, 16)), ("Le Hotel", "adoption", date(2025, 1, 24)),
    ]  # fmt: skip
    account = Account.objects.get(name="Le Hotel").pk
    kept = Event.objects.filter(verb="engagement.stage", account_id=account).order_by("pk").values_list("at__date", flat=True)
    assert list(kept) == [date(2024, 11, 26), date(2025, 1, 24)]


@ONCE
def test_what_was_taken_over_lacks_nothing_and_some_customers_keep_a_previous_owner(built: Run) -> None:
    rows = list(HandOver.objects.filter(state="accepted"))
    lacking = handovers_states.missing(rows, TODAY, handbook.pack())

    assert (len(lacking), set(lacking.values())) == (3, {0})
    owners = Assignment.objects.filter(role="previous_owner", until_date=None).values_list("account", "user")
    assert len(owners) == 3
    for account, user in owners:
        now = Assignment.objects.get(account=account, role="account_manager", until_date=None)
        assert (now.user_id != user, now.from_date) == (True, TODAY)
