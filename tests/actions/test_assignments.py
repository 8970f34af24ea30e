"""Assigning people: one TAM at a time, told once, refused without a trace."""

import json
from datetime import timedelta
from typing import Any

import pytest

from tenure.actions import assignments, decisions
from tenure.actions.refusals import Refused
from tenure.models import Account, AccountSummary, Assignment, Event, Notice, User
from tenure.runs import daily
from tests.world import World

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def assign(world: World, account: Account, user: User, role: str = "tam", **more: Any) -> Assignment:
    given: dict[str, Any] = {"actor": world.mona, "from_date": world.today, "at": world.at}
    return assignments.assign(account, user, role, **{**given, **more})


def traces() -> tuple[int, int, int]:
    return Assignment.objects.count(), Event.objects.count(), Notice.objects.count()


def test_assigning_a_tam_shows_in_the_list_is_logged_and_told(world: World) -> None:
    row = assign(world, world.le_hotel, world.tessa, reason="Region fits")

    summary = AccountSummary.objects.get(pk=world.le_hotel.pk)
    assert (summary.tam_id, summary.tam_name, summary.needs_tam_since) == (world.tessa.pk, "Tessa Technical", None)
    event = Event.objects.get(verb="assignment.started", account_id=world.le_hotel.pk)
    assert (event.actor_id, event.object_id) == (world.mona.pk, row.pk)
    assert json.loads(event.body)["reason"] == "Region fits"
    told = Notice.objects.filter(user=world.tessa).order_by("channel").values_list("channel", "kind", "title")
    title = "Le Hotel is yours: you are its technical account manager"
    assert list(told) == [("app", "assignment", title), ("mail", "assignment", title)]  # one letter, by both ways


def test_the_runs_after_an_assignment_tell_of_the_work_and_not_of_the_account_again(world: World) -> None:
    daily.apply(daily.plan(world.today), at=world.at, actor=None)
    assign(world, world.le_hotel, world.tessa, at=world.at + HOUR)
    for day in (0, 1, 2):
        daily.apply(daily.plan(world.today + day * DAY), at=world.at + day * DAY + 2 * HOUR, actor=None)

    mine = Notice.objects.filter(account=world.le_hotel, user=world.tessa)
    assert sorted(mine.filter(kind="assignment").values_list("channel", flat=True)) == ["app", "mail"]
    assert set(mine.exclude(kind="assignment").values_list("kind", flat=True)) == {"cta"}


def test_who_gets_an_account_back_on_the_same_day_is_told_again(world: World) -> None:
    for user in (world.tessa, world.tam, world.tessa):
        assign(world, world.le_hotel, user)

    told = Notice.objects.filter(channel="app", title__startswith="Le Hotel is yours").order_by("pk")
    assert list(told.values_list("user__name", flat=True)) == ["Tessa Technical", "Tam Technical", "Tessa Technical"]


def test_who_loses_an_account_to_somebody_else_is_told_each_time(world: World) -> None:
    for user in (world.tessa, world.tam, world.tessa):
        assign(world, world.homeworld, user)

    lost = Notice.objects.filter(channel="app", title="You are no longer a technical account manager of Homeworld Inc.")
    assert list(lost.order_by("pk").values_list("user__name", "body", "url")) == [
        (loser, f"{winner} has taken over, from 2026-11-16", f"/accounts/{world.homeworld.pk}/")
        for loser, winner in [
            ("Tam Technical", "Tessa Technical"),
            ("Tessa Technical", "Tam Technical"),
            ("Tam Technical", "Tessa Technical"),
        ]
    ]


def test_many_lost_at_once_are_told_as_one_and_never_to_who_does_it(world: World) -> None:
    ids = [account.pk for account in world.more_accounts(6)]
    moment: dict[str, Any] = {"from_date": world.today, "at": world.at}
    assignments.assign_many(ids, world.tam, "tam", actor=world.mona, **moment)
    assignments.assign_many([world.homeworld.pk, *ids], world.tessa, "tam", actor=world.mona, **moment)
    assignments.assign_many(ids, world.tam, "tam", actor=world.ops, **moment)
    assignments.assign_many(ids, world.tessa, "tam", actor=world.mona, **moment)

    told = Notice.objects.filter(channel="app", title__startswith="You are no longer").order_by("pk")
    role = "You are no longer a technical account manager of"
    assert list(told.values_list("user__name", "title", "url")) == [
        ("Tam Technical", f"{role} 7 accounts", "/accounts/"),
        ("Tessa Technical", f"{role} 6 accounts", "/accounts/"),
        ("Tam Technical", f"{role} 6 accounts", "/accounts/"),
    ]


def test_who_gives_an_account_away_is_not_told(world: World) -> None:
    world.assign(world.le_hotel, world.mona, "tam")
    assign(world, world.le_hotel, world.tessa)

    assert not Notice.objects.filter(user=world.mona, kind="assignment").exists()


def test_an_executive_whose_account_passes_to_an_account_manager_is_told(world: World) -> None:
    account = mid_market(world, "account_executive")

    assignments.assign(account, world.ari, "account_manager", from_date=world.today, actor=None, at=world.at)

    told = Notice.objects.get(channel="app", kind="assignment", user__name="Eve Executive")
    assert (told.title, told.body) == (
        "You are no longer an account executive of Aquarium", "Ari Account has taken over, from 2026-11-16",
    )  # fmt: skip


def test_a_new_tam_ends_the_first_the_same_day(world: World) -> None:
    assign(world, world.homeworld, world.tessa)

    rows = Assignment.objects.filter(account=world.homeworld, role="tam").order_by("from_date")
    assert [(row.user, row.until_date) for row in rows] == [(world.tam, world.today), (world.tessa, None)]
    assert json.loads(Event.objects.get(verb="assignment.started").body)["before"]["user"] == "Tam Technical"


def test_assigning_twice_is_assigning_once(world: World) -> None:
    first = assign(world, world.le_hotel, world.tessa)
    before = traces()

    assert assign(world, world.le_hotel, world.tessa).pk == first.pk
    assert traces() == before


@pytest.mark.parametrize(
    ("who", "account", "user", "role", "code"),
    [
        ("olga", "le_hotel", "tessa", "tam", "not_found"),
        ("tam", "le_hotel", "tessa", "tam", "not_allowed"),
        ("exa", "le_hotel", "tessa", "tam", "not_allowed"),
        ("mona", "big_donut", "tessa", "tam", "not_found"),
        ("mona", "le_hotel", "ari", "tam", "invalid"),
        ("mona", "le_hotel", "olga", "tam", "invalid"),
        ("mona", "le_hotel", "tessa", "wizard", "invalid"),
    ],
)
def test_assigning_is_refused_without_a_trace(world: World, who: str, account: str, user: str, role: str, code: str) -> None:
    before = traces()

    with pytest.raises(Refused) as refusal:
        assign(world, getattr(world, account), getattr(world, user), role, actor=getattr(world, who))

    assert refusal.value.code == code
    assert traces() == before


def test_somebody_whose_log_in_is_closed_is_not_assigned(world: World) -> None:
    User.objects.filter(pk=world.tessa.pk).update(is_active=False)

    with pytest.raises(Refused, match="not active"):
        assign(world, world.le_hotel, User.objects.get(pk=world.tessa.pk))


def test_an_assignment_is_neither_in_the_future_nor_before_the_present_one(world: World) -> None:
    with pytest.raises(Refused, match="today or earlier"):
        assign(world, world.le_hotel, world.tessa, from_date=world.today + DAY, today=world.today)
    with pytest.raises(Refused, match="has had Tam Technical since"):
        assign(world, world.homeworld, world.tessa, from_date=world.today - timedelta(days=301), today=world.today)


def test_many_are_assigned_at_once_and_told_as_one(world: World) -> None:
    some = world.more_accounts(6)
    ids = [account.pk for account in some] + [world.homeworld.pk, world.big_donut.pk]

    done = assignments.assign_many(ids, world.tam, "tam", from_date=world.today, actor=world.mona, at=world.at)

    assert done.started == [account.pk for account in some]
    assert done.unchanged == [world.homeworld.pk]
    assert done.refused == {world.big_donut.pk: "There is no such account."}
    assert Event.objects.filter(verb="assignment.started").count() == 6
    assert (
        Notice.objects.get(channel="app", user=world.tam).title == "6 accounts are yours: you are their technical account manager"
    )


def test_assigning_many_costs_the_same_queries_as_a_few(world: World, django_assert_max_num_queries: Any) -> None:
    ids = [account.pk for account in world.more_accounts(60)]

    with django_assert_max_num_queries(60):
        assignments.assign_many(ids, world.tam, "tam", from_date=world.today, actor=world.mona, at=world.at)


def test_ending_leaves_the_account_waiting_and_tells_both(world: World) -> None:
    decisions.redecide([world.homeworld.pk], as_of=world.today, at=world.at, actor=None)
    row = Assignment.objects.get(account=world.homeworld, role="tam")

    assignments.end(row, on=world.today, actor=world.mona, at=world.at, reason="Leaves the team")

    assert Assignment.objects.get(pk=row.pk).until_date == world.today
    assert AccountSummary.objects.get(pk=world.homeworld.pk).needs_tam_since == world.today
    assert (
        Notice.objects.get(channel="app", user=world.tam).title
        == "You are no longer a technical account manager of Homeworld Inc."
    )
    assert Notice.objects.get(channel="app", user=world.mona).title == "Homeworld Inc. needs a TAM"


@pytest.mark.parametrize("who", ["olga", "tam", "ari"])
def test_ending_is_refused_without_a_trace(world: World, who: str) -> None:
    row = Assignment.objects.get(account=world.homeworld, role="tam")
    before = traces()

    with pytest.raises(Refused):
        assignments.end(row, on=world.today, actor=getattr(world, who), at=world.at)

    assert traces() == before
    assert Assignment.objects.get(pk=row.pk).until_date is None


def test_an_assignment_ends_once(world: World) -> None:
    row = Assignment.objects.get(account=world.homeworld, role="tam")
    assignments.end(row, on=world.today, actor=world.mona, at=world.at)

    with pytest.raises(Refused, match="ended on 2026-11-16 already"):
        assignments.end(row, on=world.today, actor=world.mona, at=world.at)


def test_the_previous_owner_stays_where_the_handbook_says_so(world: World) -> None:
    # 2018: Mid-Market passes to the account manager of the region, the owner before stays on the team.
    day = world.today.replace(year=2018, month=7)
    account = world.account("Aquarium", given_segment="Mid-Market", partner_owned=False, is_public_sector=False)
    account.versions.update(from_date=day)
    boss = User.objects.create(email="ae@example.com", name="Eve Executive")
    boss.roles.create(role="account_executive")
    world.assign(account, boss, "account_executive", from_date=day)
    decisions.redecide([account.pk], as_of=day, at=world.at, actor=None)

    assignments.assign(account, world.ari, "account_manager", from_date=day, actor=None, at=world.at)

    held = Assignment.objects.filter(account=account, until_date=None).order_by("role").values_list("role", "user__name")
    assert list(held) == [("account_manager", "Ari Account"), ("previous_owner", "Eve Executive")]
    summary = AccountSummary.objects.get(pk=account.pk)
    assert (summary.owner_name, summary.coverage) == ("Ari Account", "account_manager")


def mid_market(world: World, role: str, **fields: Any) -> Account:
    """A Mid-Market account, decided today, with Eve as its owner in this role."""
    facts = {
        "given_segment": "Mid-Market",
        "is_public_sector": False,
        "customer_since": world.today - timedelta(days=90),
        **fields,
    }
    account = world.account("Aquarium", **facts)
    boss = User.objects.create(email="eve@example.com", name="Eve Executive")
    boss.roles.create(role=role)
    world.assign(account, boss, role)
    decisions.redecide([account.pk], as_of=world.today, at=world.at, actor=None)
    return account


def team(account: Account) -> list[tuple[str, str, str]]:
    open_rows = Assignment.objects.filter(account=account, until_date=None)
    return [(row.role, row.user.name, row.reason) for row in open_rows.select_related("user").order_by("role", "user__name")]


KEPT = "Owner before the account was handed over"


@pytest.mark.parametrize("role", ["account_executive", "account_manager"])
def test_a_reassigned_owner_stays_on_the_team_today(world: World, role: str) -> None:
    # No page after 2018 takes the first 12 months of the previous owner back.
    account = mid_market(world, role)
    new = User.objects.create(email="nora@example.com", name="Nora New")
    new.roles.create(role=role)

    assignments.assign(account, new, role, from_date=world.today, actor=None, at=world.at, reason="Hand-over")

    assert team(account) == [(role, "Nora New", "Hand-over"), ("previous_owner", "Eve Executive", KEPT)]
    assert AccountSummary.objects.get(pk=account.pk).owner_name == "Nora New"
    kept = Event.objects.get(account_id=account.pk, verb="assignment.started", body__contains="previous_owner")
    assert json.loads(kept.body)["before"] == {"user": "Eve Executive", "role": role, "from": "2026-08-08"}
    assert json.loads(kept.body)["after"] == {"user": "Eve Executive", "role": "previous_owner", "from": "2026-11-16"}


def test_the_executive_of_a_mid_market_account_stays_on_the_team_when_an_account_manager_takes_over_today(world: World) -> None:
    account = mid_market(world, "account_executive")
    assert AccountSummary.objects.get(pk=account.pk).coverage == "tam"

    assignments.assign(account, world.ari, "account_manager", from_date=world.today, actor=None, at=world.at)

    assert [row[:2] for row in team(account)] == [("account_manager", "Ari Account"), ("previous_owner", "Eve Executive")]
    summary = AccountSummary.objects.get(pk=account.pk)
    assert (summary.owner_name, summary.coverage) == ("Ari Account", "account_manager")


def test_a_tam_takes_no_owner_off_the_account(world: World) -> None:
    account = mid_market(world, "account_executive")

    assignments.assign(account, world.tam, "tam", from_date=world.today, actor=None, at=world.at)

    assert [row[:2] for row in team(account)] == [("account_executive", "Eve Executive"), ("tam", "Tam Technical")]


@pytest.mark.parametrize(
    ("since", "segment", "stays"), [(90, "Mid-Market", True), (800, "Mid-Market", False), (90, "Large", False)]
)
def test_a_previous_owner_stays_only_in_the_first_year_and_where_coverage_says_so(
    world: World, since: int, segment: str, stays: bool
) -> None:
    account = mid_market(world, "account_executive", given_segment=segment, customer_since=world.today - timedelta(days=since))
    if since > 365:  # renewed twice
        for years in (2, 1, 0):
            world.subscribe(account, start_date=world.today - timedelta(days=60 + 365 * years))
    new = User.objects.create(email="nora@example.com", name="Nora New")
    new.roles.create(role="account_executive")

    assignments.assign(account, new, "account_executive", from_date=world.today, actor=None, at=world.at)

    kept = [("previous_owner", "Eve Executive")] if stays else []
    assert [row[:2] for row in team(account)] == [("account_executive", "Nora New"), *kept]


def test_a_second_account_manager_ends_the_first(world: World) -> None:
    other = User.objects.create(email="amy@example.com", name="Amy Account")
    other.roles.create(role="account_manager")

    assign(world, world.homeworld, other, "account_manager")

    active = Assignment.objects.filter(account=world.homeworld, role="account_manager", until_date=None)
    assert [row.user for row in active] == [other]
    assert AccountSummary.objects.get(pk=world.homeworld.pk).owner_name == "Amy Account"


def test_what_managers_were_told_of_a_missing_tam_counts_as_read_once_there_is_one(world: World) -> None:
    decisions.redecide([world.le_hotel.pk, world.funland.pk], as_of=world.today, at=world.at, actor=None)
    told = Notice.objects.filter(kind="needs_tam", channel="app", user=world.mona)
    before = set(told.filter(read_at=None).values_list("account__name", flat=True))

    assign(world, world.le_hotel, world.tessa, at=world.at + DAY)

    assert "Le Hotel" in before
    assert set(told.filter(read_at=None).values_list("account__name", flat=True)) == before - {"Le Hotel"}
    assert told.get(account=world.le_hotel).read_at == world.at + DAY


def test_a_notice_of_many_is_settled_when_none_waits_any_more(world: World) -> None:
    many = world.more_accounts(6, name="New", territory="emea", given_segment="Large")
    for account in many:
        world.subscribe(account, arr=500_000)
    decisions.redecide([account.pk for account in many], as_of=world.today, at=world.at, actor=None)
    told = Notice.objects.get(kind="needs_tam", channel="app", user=world.mona)
    assert (told.title, told.account) == ("6 accounts need a TAM", None)

    for account in many[:5]:
        assign(world, account, world.tessa)
    told.refresh_from_db()
    assert told.read_at is None

    assign(world, many[5], world.tessa, at=world.at + DAY)
    told.refresh_from_db()
    assert told.read_at == world.at + DAY
