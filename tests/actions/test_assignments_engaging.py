"""Who engages whom: an executive an architect, an architect a services engineer, on their own accounts and nothing else."""

import pytest

from tenure.actions import assignments
from tenure.actions.refusals import Refused
from tenure.models import Assignment, Notice, User, UserRole
from tests.actions.test_assignments import assign, traces
from tests.world import World


def sales(world: World) -> tuple[User, User]:
    """An account executive who works on Homeworld, and a professional services engineer."""
    made = [
        User.objects.create(email=f"{name}@example.com", name=name, region="EMEA") for name in ("Eve Executive", "Pat Services")
    ]
    for user, role in zip(made, ("account_executive", "professional_services"), strict=True):
        UserRole.objects.create(user=user, role=role)
    eve, pat = User.objects.prefetch_related("roles").filter(pk__in=[one.pk for one in made]).order_by("pk")
    world.assign(world.homeworld, eve, "account_executive")
    return eve, pat


def test_an_account_executive_names_the_architect_of_an_own_account_and_takes_it_back(world: World) -> None:
    eve, _ = sales(world)

    row = assign(world, world.homeworld, world.sol, "solutions_architect", actor=eve, reason="First technical talk")

    assert (row.user, row.assigned_by, row.from_date) == (world.sol, eve, world.today)
    assert Notice.objects.get(user=world.sol, channel="app").title == "Homeworld Inc. is yours: you are its solutions architect"
    assignments.end(row, on=world.today, actor=eve, at=world.at)
    assert not Assignment.objects.filter(role="solutions_architect", until_date=None).exists()


def test_an_architect_names_the_services_engineer_of_an_own_account(world: World) -> None:
    _, pat = sales(world)
    world.assign(world.homeworld, world.sol, "solutions_architect")

    assert assign(world, world.homeworld, pat, "professional_services", actor=world.sol).user == pat


@pytest.mark.parametrize(
    ("who", "account", "role", "sentence"),
    [
        ("eve", "beach_city", "solutions_architect", "You may not assign people to Beach City Corp."),  # not an own account
        ("eve", "homeworld", "tam", "You may not assign people to Homeworld Inc."),  # the manager's
        ("eve", "homeworld", "professional_services", "You may not assign people to Homeworld Inc."),  # the architect's
        ("eve", "big_donut", "solutions_architect", "There is no such account."),
        ("sol", "homeworld", "solutions_architect", "You may not assign people to Homeworld Inc."),  # the executive's
        ("sol", "homeworld", "professional_services", "You may not assign people to Homeworld Inc."),  # not on the account
        ("tam", "homeworld", "solutions_architect", "You may not assign people to Homeworld Inc."),
    ],
)
def test_whoever_engages_nobody_like_that_is_refused_without_a_trace(
    world: World, who: str, account: str, role: str, sentence: str
) -> None:
    eve, pat = sales(world)
    eve.territories.set([world.territories["emea"]])
    actor = eve if who == "eve" else getattr(world, who)
    named = {"solutions_architect": world.sol, "professional_services": pat, "tam": world.tessa}[role]
    before = traces()

    with pytest.raises(Refused, match=sentence):
        assign(world, getattr(world, account), named, role, actor=actor)

    assert traces() == before


def test_an_executive_who_is_on_the_account_as_something_else_engages_nobody(world: World) -> None:
    eve, _ = sales(world)
    world.assign(world.beach_city, eve, "previous_owner")
    before = traces()

    with pytest.raises(Refused, match=r"You may not assign people to Beach City Corp\."):
        assign(world, world.beach_city, world.sol, "solutions_architect", actor=eve)

    assert traces() == before


def test_an_executive_ends_no_one_whom_the_role_does_not_engage(world: World) -> None:
    eve, _ = sales(world)
    row, before = Assignment.objects.get(account=world.homeworld, role="tam"), traces()

    with pytest.raises(Refused, match=r"You may not assign people to Homeworld Inc\."):
        assignments.end(row, on=world.today, actor=eve, at=world.at)

    row.refresh_from_db()
    assert (row.until_date, traces()) == (None, before)
