"""What who sells opens first: own opportunities, the steps and fields that are asked of one, and how many queries that takes."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tenure.models import Opportunity, ProfileValue, User, UserRole
from tenure.queries import handbook, home_deals
from tests.world import World

DAY = timedelta(days=1)


@pytest.fixture
def eve(decided: World) -> User:
    user = User.objects.create(email="eve@example.com", name="Eve Executive", region="EMEA")
    user.territories.set([decided.territories["emea"]])
    UserRole.objects.create(user=user, role="account_executive")
    decided.assign(decided.homeworld, user, "account_executive")
    return User.objects.prefetch_related("roles").get(pk=user.pk)


def deal(world: World, name: str, account: str = "homeworld", **more: object) -> Opportunity:
    given: dict[str, object] = {
        "kind": "new_account",
        "stage": "scoping",
        "amount_minor": 100_000,
        "close_date": world.today + 9 * DAY,
    }
    moment = {"created_at": world.at - 9 * DAY, "updated_at": world.at}
    return Opportunity.objects.create(account=getattr(world, account), name=name, **(given | moment | more))


def of(user: User, world: World) -> home_deals.Deals:
    return home_deals.of(user, world.today, handbook.pack())


def test_own_steps_and_fields_stand_beside_each_open_opportunity(decided: World, eve: User) -> None:
    deal(decided, "First purchase")
    ProfileValue.objects.create(
        account=decided.homeworld, field="why", value="Speed", learnt_on=decided.today, recorded_at=decided.at
    )

    found = of(eve, decided)

    (line,) = found.lines
    assert (line.stage, line.plan, line.profile, line.project) == ("2-Scoping", "Enterprise", "business", None)
    assert line.missing == [
        "Qualify the value",
        "Engage a solutions architect",
        "Bring the solutions architect into the technical talks",
    ]
    assert line.due == ["Update the CRM fields", "Give a demo"]  # nobody owns it; there is no architect yet
    assert [(title, missing) for _, title, missing in found.steps] == [
        *((one, True) for one in line.missing),
        *((one, False) for one in line.due),
    ]
    assert (found.missing, found.due, found.open, found.amount_minor, found.soon, found.late) == (3, 2, 1, 100_000, 1, 0)
    assert (line.known, line.unknown) == (1, line.asked - 1)
    assert [(name, role) for name, _, role in line.people] == [("Tam Technical", "TAM")]


def test_the_architect_is_asked_for_other_steps_of_the_same_deal(decided: World, eve: User) -> None:
    deal(decided, "First purchase", stage="technical_evaluation")
    assert of(decided.sol, decided).lines == []
    decided.assign(decided.homeworld, decided.sol, "solutions_architect")

    (line,) = of(decided.sol, decided).lines

    assert (line.missing, line.profile) == (["Give a demo"], "technical")
    assert "Engage a solutions architect" not in [*line.missing, *line.due]


def test_what_is_over_of_others_or_out_of_sight_is_left_out(decided: World, eve: User) -> None:
    deal(decided, "Won", stage="closed_won", is_closed=True, is_won=True)
    deal(decided, "Taken back", deleted_at=decided.at)
    deal(decided, "Of somebody else", "beach_city")
    deal(decided, "Out of sight", "big_donut", owner=eve)
    deal(decided, "Owned, in my territory", "le_hotel", owner=eve, close_date=None)
    deal(decided, "Past its day", close_date=decided.today - DAY, kind="renewal", currency="EUR")

    found = of(eve, decided)

    assert [line.row.name for line in found.lines] == ["Past its day", "Owned, in my territory"]
    assert [line.has_journey for line in found.lines] == [False, True]
    assert (found.open, found.amount_minor, found.soon, found.late) == (2, 100_000, 0, 1)


def test_more_opportunities_take_no_more_queries(decided: World, eve: User) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as seen:
            of(User.objects.prefetch_related("roles").get(pk=eve.pk), decided)
        return len(seen)

    deal(decided, "First")
    few = asked()
    for number in range(12):
        account = decided.account(f"Prospect {number:02}")
        decided.assign(account, eve, "account_executive")
        Opportunity.objects.create(
            account=account,
            name=f"Deal {number}",
            kind="new_account",
            stage="scoping",
            created_at=decided.at,
            updated_at=decided.at,
        )

    assert (few, asked()) == (15, 15)
    assert len(of(eve, decided).lines) == 13


def test_nobody_without_deals_is_shown_any(decided: World, eve: User) -> None:
    found = of(eve, decided)

    assert (found.lines, found.open, found.amount_minor, found.steps, found.unknown, found.to_mend) == ([], 0, None, [], 0, 0)
