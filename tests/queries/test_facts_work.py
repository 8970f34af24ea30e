"""Facts of the work with a customer, as of any day: people, what was held, how it feels, risks, playbooks."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from tenure.actions import activities, ctas, ctas_runs, engagements, onboardings, playbooks, tasks
from tenure.actions.ctas_calls import Call
from tenure.actions.engagements import Confirmed
from tenure.models import Account, Activity, Assignment, Onboarding, Opportunity
from tenure.queries import columns, facts, handbook
from tests import work
from tests.world import TODAY, World

DAY = timedelta(days=1)
NAMES = (
    "has_tam", "tam_assigned_on", "am_assigned_on", "has_account_manager", "managed", "last_engaged", "last_contact", "last_review",
    "last_risk_update", "sentiment", "sentiment_on", "at_risk", "at_risk_since", "introduced_on", "onboarding", "success_plan",
    "purchase_date", "days_since_purchase", "term_start", "renewal_date",
)  # fmt: skip


def known(account: Account, as_of: date = TODAY, **more: Any) -> dict[str, Any]:
    """What is known of the work with an account on a day."""
    found = facts.one(account.pk, as_of, handbook.pack(), **more)
    return {name: found[name] for name in NAMES if name in found}


def of(account: Account, *names: str, as_of: date = TODAY, **more: Any) -> list[Any]:
    found = known(account, as_of, **more)
    return [found.get(name) for name in names]


def log(world: World, account: Account, day: date, kind: str = "call", hour: int = 10, **fields: Any) -> Activity:
    moment = datetime(day.year, day.month, day.day, hour, tzinfo=UTC)
    given = {"kind": kind, "happened_at": moment, "subject": "Talk", **fields}
    return activities.log(account, given, today=TODAY, actor=None, at=max(world.at, moment), author=world.tam)


def test_an_account_of_which_nothing_is_known_says_no_where_that_is_known(world: World) -> None:
    account = world.account("Aquarium")

    assert known(account) == {"has_tam": False, "has_account_manager": False, "at_risk": False}


def test_people_count_from_the_day_on_which_they_got_the_account(world: World) -> None:
    assert of(world.homeworld, "has_tam", "tam_assigned_on", "am_assigned_on", "managed") == [
        True, TODAY - 300 * DAY, TODAY - 300 * DAY, True,
    ]  # fmt: skip
    Assignment.objects.filter(account=world.homeworld, role="tam").update(until_date=TODAY - 10 * DAY)
    assert of(world.homeworld, "has_tam", "tam_assigned_on", "managed") == [False, None, None]
    assert of(world.homeworld, "has_tam", "tam_assigned_on", as_of=TODAY - 11 * DAY) == [True, TODAY - 300 * DAY]
    world.assign(world.homeworld, world.tessa, from_date=TODAY - 5 * DAY)
    assert of(world.homeworld, "tam_assigned_on") == [TODAY - 5 * DAY]
    assert of(world.homeworld, "has_tam", as_of=TODAY - 301 * DAY) == [False]


def test_a_child_whose_parent_has_a_tam_is_not_managed_itself(world: World) -> None:
    child = world.account("Child", parent=world.homeworld)
    other = world.account("Other", parent=world.le_hotel)

    assert (of(child, "managed"), of(other, "managed")) == ([False], [None])
    world.assign(child, world.tam)
    assert of(child, "managed") == [True]
    assert of(child, "managed", as_of=TODAY - 101 * DAY) == [False]  # before its own TAM


def test_only_what_was_held_and_logged_here_moves_the_days(world: World) -> None:
    account, day = world.homeworld, TODAY - 10 * DAY
    log(world, account, day)
    log(world, account, day + DAY, "email")
    log(world, account, day + 2 * DAY, "workshop")
    log(world, account, day + 3 * DAY, "update")
    log(world, account, day - 20 * DAY, "ebr")
    log(world, account, day - 9 * DAY, "at_risk")
    later = datetime(2026, 11, 20, 9, tzinfo=UTC)
    activities.plan(account, {"kind": "call", "happened_at": later, "subject": "Next"}, today=TODAY, actor=world.tam, at=world.at)
    Activity.objects.create(account=account, kind="call", source="crm", happened_at=world.at, recorded_at=world.at)
    gone = log(world, account, day + 5 * DAY)
    activities.delete(gone, actor=None, at=world.at)

    names = ("last_engaged", "last_contact", "last_review", "last_risk_update")
    assert of(account, *names) == [day, day + 2 * DAY, day - 20 * DAY, day - 9 * DAY]
    assert of(account, *names, as_of=day) == [day, day, day - 20 * DAY, day - 9 * DAY]
    assert of(account, *names, as_of=day - DAY) == [day - 20 * DAY, day - 20 * DAY, day - 20 * DAY, day - 9 * DAY]
    assert of(account, *names, as_of=TODAY + 30 * DAY) == [day, day + 2 * DAY, day - 20 * DAY, day - 9 * DAY]
    assert of(account, "last_engaged", known_at=world.at - timedelta(hours=1)) == [None]


def test_the_day_is_that_of_the_companys_clock(world: World, settings: Any) -> None:
    settings.TIME_ZONE = "Australia/Sydney"
    log(world, world.homeworld, date(2026, 11, 10), hour=20)

    assert of(world.homeworld, "last_engaged") == [date(2026, 11, 11)]
    assert of(world.homeworld, "last_engaged", as_of=date(2026, 11, 10)) == [None]


def test_how_a_customer_feels_and_since_when_it_has_been_red(world: World) -> None:
    account = world.homeworld
    said = {40: "red", 30: "green", 20: "red", 12: "red", 5: "yellow"}
    for days, sentiment in said.items():
        log(world, account, TODAY - days * DAY, "update", sentiment=sentiment)
    log(world, account, TODAY - 2 * DAY, "call")  # says nothing of it

    names = ("sentiment", "sentiment_on", "at_risk", "at_risk_since")
    found = [of(account, *names, as_of=TODAY - days * DAY) for days in (41, 35, 25, 15, 10, 0)]
    assert found == [
        [None, None, False, None],
        ["Red", TODAY - 40 * DAY, True, TODAY - 40 * DAY],
        ["Green", TODAY - 30 * DAY, False, None],
        ["Red", TODAY - 20 * DAY, True, TODAY - 20 * DAY],
        ["Red", TODAY - 12 * DAY, True, TODAY - 20 * DAY],
        ["Yellow", TODAY - 5 * DAY, False, None],
    ]


def test_a_risk_counts_while_it_is_open_when_a_person_opened_it(world: World) -> None:
    account = world.homeworld
    by_rule = Call(
        account.pk, "risk", "No call for long", "non_engaged_customer:1:x", origin="schedule", rule="non_engaged_customer"
    )
    ctas_runs.raise_many([by_rule], today=TODAY, at=world.at)
    assert of(account, "at_risk", "at_risk_since") == [False, None]

    opened = ctas.create(
        account, type="risk", reason="Loss of budget", title="Budget is cut", today=TODAY, actor=world.tam, at=world.at
    )
    assert of(account, "at_risk", "at_risk_since") == [True, TODAY]
    assert of(account, "at_risk", as_of=TODAY - DAY) == [False]
    ctas.close(opened, "closed_success", actor=world.tam, at=world.at + 3 * DAY)
    assert of(account, "at_risk", as_of=TODAY + 2 * DAY) == [True]
    assert of(account, "at_risk", as_of=TODAY + 3 * DAY) == [False]


def test_an_introduction_waits_until_somebody_answers(world: World) -> None:
    account = world.homeworld
    log(world, account, TODAY - 20 * DAY)
    log(world, account, TODAY - 10 * DAY, "email", template="introduction")
    log(world, account, TODAY - 5 * DAY, "email", template="product_features")
    assert of(account, "introduced_on") == [TODAY - 10 * DAY]

    log(world, account, TODAY - 2 * DAY, "email")
    assert of(account, "introduced_on") == [None]
    assert of(account, "introduced_on", as_of=TODAY - 3 * DAY) == [TODAY - 10 * DAY]


def test_the_onboarding_is_as_far_as_its_playbook(world: World) -> None:
    account = world.homeworld
    use = playbooks.apply(account, "customer_onboarding", start=TODAY + 3 * DAY, today=TODAY, actor=world.mona, at=world.at)
    cta = use.ctas.get()
    states = [of(account, "onboarding", as_of=TODAY + n * DAY)[0] for n in (-1, 0, 2, 3)]
    assert states == [None, "Scheduled", "Scheduled", "Not started"]

    tasks.done(cta.tasks.first(), actor=world.tam, at=world.at + 4 * DAY)
    ctas.snooze(cta, TODAY + 9 * DAY, "Holidays", today=TODAY + 6 * DAY, actor=world.tam, at=world.at + 6 * DAY)
    assert [of(account, "onboarding", as_of=TODAY + n * DAY)[0] for n in (3, 5, 10)] == ["On Hold", "On Hold", "In Progress"]
    ctas.close(cta, "closed_success", actor=world.tam, at=world.at + 20 * DAY)
    assert [of(account, "onboarding", as_of=TODAY + n * DAY)[0] for n in (19, 20)] == ["In Progress", "Completed"]


def test_an_onboarding_that_was_called_off_is_none(world: World) -> None:
    use = playbooks.apply(world.homeworld, "customer_onboarding", start=TODAY, today=TODAY, actor=world.mona, at=world.at)
    playbooks.cancel(use, "Wrong account", outcome="closed_not_relevant", actor=world.mona, at=world.at + DAY)

    assert [of(world.homeworld, "onboarding", as_of=TODAY + n * DAY)[0] for n in (0, 1)] == ["Not started", None]


@pytest.mark.parametrize(("outcome", "after"), [("closed_success", "Active"), ("closed_not_relevant", None)])
def test_a_success_plan_is_a_draft_until_its_playbook_succeeds(world: World, outcome: str, after: str | None) -> None:
    use = playbooks.apply(world.homeworld, "create_success_plan", start=TODAY, today=TODAY, actor=world.mona, at=world.at)
    assert of(world.homeworld, "success_plan") == ["Draft"]

    ctas.close(use.ctas.get(), outcome, actor=world.tam, at=world.at + DAY)
    assert of(world.homeworld, "success_plan", as_of=TODAY + DAY) == [after]


def test_the_purchase_is_the_last_new_business_and_a_custom_column_beats_it(world: World) -> None:
    account = world.account("Aquarium", customer_since=date(2020, 1, 31))
    names = ("purchase_date", "days_since_purchase")
    assert of(account, *names, as_of=date(2026, 11, 16)) == [date(2020, 1, 31), 2481]

    stamps = {"created_at": world.at - 900 * DAY, "updated_at": world.at}
    for day, kind, won in (
        (date(2026, 9, 1), "new_subscription", True), (date(2026, 10, 1), "renewal", True), (date(2026, 11, 1), "new_account", False),
    ):  # fmt: skip
        Opportunity.objects.create(account=account, kind=kind, close_date=day, is_closed=True, is_won=won, **stamps)
    assert of(account, *names) == [date(2026, 9, 1), 76]
    assert of(account, *names, as_of=date(2026, 8, 31)) == [date(2020, 1, 31), 2404]

    stated = world.account(
        "Stated", customer_since=date(2020, 1, 31), custom={"purchase_date": "2026-11-06", "onboarding": "active"}
    )
    assert of(stated, *names, "onboarding") == [date(2026, 11, 6), 10, "In Progress"]


def test_facts_that_nobody_keeps_are_those_of_custom_columns(world: World) -> None:
    account = world.account("Aquarium", custom={"upgrade_on": "2026-12-01", "licence_use": "41.5", "digital_only": "yes"})

    found = facts.one(account.pk, TODAY, handbook.pack())
    assert (found["upgrade_on"], found["licence_use"], found["digital_only"]) == (date(2026, 12, 1), 41.5, True)


def test_the_term_is_that_of_the_subscription_which_ends_next(world: World) -> None:
    account = world.account("Aquarium")
    world.subscribe(account, start_date=date(2026, 1, 1), end_date=date(2027, 1, 1))
    world.subscribe(account, start_date=date(2026, 6, 1), end_date=date(2027, 6, 1))

    assert of(account, "term_start", "renewal_date") == [date(2026, 1, 1), date(2027, 1, 1)]
    assert of(account, "term_start", "renewal_date", as_of=date(2027, 1, 1)) == [date(2026, 6, 1), date(2027, 6, 1)]
    ahead = of(account, "term_start", "renewal_date", as_of=date(2027, 3, 1), today=TODAY)
    assert ahead == [date(2026, 6, 1), date(2027, 6, 1)]  # the first renewed itself until 2028
    ahead = of(account, "term_start", "renewal_date", as_of=date(2028, 3, 1), today=TODAY)
    assert ahead == [date(2027, 6, 1), date(2028, 6, 1)]


def test_one_statement_reads_work_as_many_do(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    log(world, world.homeworld, TODAY - 3 * DAY, sentiment="red")
    work.cta(world, world.le_hotel, type="risk", reason="Other", title="Risk")
    playbooks.apply(world.homeworld, "customer_onboarding", start=TODAY, today=TODAY, actor=world.mona, at=world.at)
    world.account("Child", parent=world.homeworld)
    ids = [account.pk for account in Account.objects.all()]

    together = facts.frame(TODAY, handbook.pack(), account_ids=ids)
    monkeypatch.setattr(facts, "FEW", 0)
    apart = facts.build(columns.of_ids(ids), TODAY, handbook.pack()).frame

    assert together.equals(apart)
    assert apart["at_risk"].sum() == 2


def test_the_place_by_arr_is_asked_for_where_a_rule_of_the_day_reads_it(world: World) -> None:
    """Among the accounts of the TAM's team on that day; the edition of 2021 alone asks for it."""
    day = date(2022, 1, 1)
    arr = {"First": 500_000, "Second": 300_000, "Twin": 300_000, "Last": 100}
    rows = {name: world.account(name) for name in (*arr, "Elsewhere")}
    for name, account in rows.items():
        Account.objects.filter(pk=account.pk).update(created_at=datetime(2020, 1, 1, tzinfo=UTC))
        account.versions.update(from_date=date(2020, 1, 1))
        world.subscribe(account, arr=arr.get(name, 900_000), start_date=date(2021, 6, 1), end_date=date(2023, 6, 1))
        world.assign(account, world.ari if name == "Elsewhere" else world.tam, from_date=date(2021, 7, 1))

    def places(as_of: date) -> list[Any]:
        return [facts.one(account.pk, as_of, handbook.pack()).get("arr_rank") for account in rows.values()]

    assert places(day) == [1, 2, 2, 4, 1]
    assert places(date(2021, 6, 30)) == [None] * 5
    assert places(date(2023, 1, 1)) == [None] * 5


def test_the_state_of_onboarding_is_that_of_the_latest_onboarding(world: World) -> None:
    """What the play says counts only where there is none."""
    account = world.homeworld
    playbooks.apply(account, "customer_onboarding", start=TODAY, today=TODAY, actor=world.mona, at=world.at)
    stamps: dict[str, Any] = {"today": TODAY, "actor": None, "at": world.at}
    row = onboardings.create(
        account, {"name": "First", "start_date": TODAY}, cause="closed_won", natural_key="closed_won:1", **stamps
    )

    def state(day: int) -> Any:
        return facts.one(account.pk, TODAY + day * DAY, handbook.pack()).get("onboarding")

    assert (state(-1), state(0)) == (None, "Not started")
    onboardings.set_status(row, "on_hold", today=TODAY, actor=world.tam, at=world.at)
    assert state(1) == "On Hold"
    survey = {"survey_sent": True, "survey_received": True, "survey_score": 5, "first_reach_out": TODAY + 2 * DAY}
    onboardings.complete(row, survey, today=TODAY + 5 * DAY, actor=world.tam, at=world.at + 5 * DAY)
    assert [state(day) for day in (-1, 0, 1, 4, 5)] == [None, "On Hold", "On Hold", "On Hold", "Completed"]
    onboardings.delete(row, actor=world.tam, at=world.at + 6 * DAY)
    assert state(6) == "Not started"


def test_the_state_of_an_onboarding_on_a_past_day_is_told_by_the_log(world: World) -> None:
    account = world.homeworld
    stamps: dict[str, Any] = {"today": TODAY, "actor": None, "at": world.at}
    row = onboardings.create(
        account, {"name": "First", "start_date": TODAY}, cause="closed_won", natural_key="closed_won:1", **stamps
    )

    def then(day: int, **given: Any) -> Any:
        return facts.one(account.pk, TODAY + day * DAY, handbook.pack(), **given).get("onboarding")

    def on(day: int) -> dict[str, Any]:
        return {"today": TODAY + day * DAY, "actor": world.tam, "at": world.at + day * DAY}

    onboardings.change(row, {"challenges": "Few people"}, **on(1))
    onboardings.set_status(row, "on_hold", **on(3))
    onboardings.change(row, {"challenges": "Nobody", "first_reach_out": TODAY + 2 * DAY}, **on(4))
    onboardings.set_status(row, "in_progress", **on(6))

    states = ["Not started", "Not started", "Not started", "On Hold", "On Hold", "On Hold", "In Progress", "In Progress"]
    assert [then(day) for day in range(8)] == states
    assert facts.frame(TODAY + 5 * DAY, handbook.pack()).filter(account=account.pk)["onboarding"].to_list() == ["On Hold"]


def test_where_the_log_is_silent_the_first_talk_tells_whether_it_was_in_progress(world: World) -> None:
    stamps: dict[str, Any] = {"today": TODAY, "actor": None, "at": world.at}
    row = onboardings.create(
        world.homeworld, {"name": "First", "start_date": TODAY}, cause="closed_won", natural_key="closed_won:1", **stamps
    )
    closed = {"status": "completed", "is_open": False, "finish_date": TODAY + 5 * DAY, "closed_at": world.at + 5 * DAY}
    Onboarding.objects.filter(pk=row.pk).update(first_reach_out=TODAY + 2 * DAY, updated_at=world.at + 5 * DAY, **closed)

    states = [facts.one(world.homeworld.pk, TODAY + day * DAY, handbook.pack()).get("onboarding") for day in (1, 2, 4, 5)]

    assert states == ["Not started", "In Progress", "In Progress", "Completed"]


def test_who_will_churn_is_known_from_the_day_on_which_that_began(world: World) -> None:
    def churns(day: int = 0, **more: Any) -> Any:
        return facts.one(world.homeworld.pk, TODAY + day * DAY, handbook.pack(), **more)["will_churn"]

    assert churns() is False
    moment = {"today": TODAY, "actor": work.fresh(world.tam), "at": world.at}
    engagements.set_stage(world.homeworld, "adoption", since=TODAY - 9 * DAY, **moment)
    assert churns() is False
    said = {key: Confirmed() for key in ("options_exhausted", "manager_agrees", "opportunity_marked")}
    engagements.set_stage(
        world.homeworld, "will_churn", since=TODAY - 2 * DAY, confirmed=said, **moment | {"at": world.at + timedelta(hours=1)}
    )

    assert [churns(day) for day in (-3, -2, 0)] == [False, True, True]
    assert churns(known_at=world.at) is False

    later = moment | {"at": world.at + timedelta(hours=2)}
    back = engagements.set_stage(world.homeworld, "adoption", since=TODAY - DAY, **later)
    assert [churns(day) for day in (-3, -2, -1, 0)] == [False, True, False, False]
    assert churns(known_at=world.at + timedelta(hours=1)) is True
    engagements.undo(back or 0, **moment | {"at": world.at + timedelta(hours=3)})
    assert [churns(day) for day in (-3, -2, -1, 0)] == [False, True, True, True]
    assert churns(known_at=later["at"]) is False
    engagements.set_stage(world.homeworld, "", since=TODAY, **moment | {"at": world.at + timedelta(hours=4)})
    assert [churns(day) for day in (-1, 0)] == [True, False]
    assert facts.one(world.funland.pk, TODAY, handbook.pack())["will_churn"] is False
