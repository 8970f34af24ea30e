"""Making, changing and closing people."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client

from tenure.actions import passwords, sessions, territories
from tenure.actions import users as actions
from tenure.actions.refusals import Refused
from tenure.models import AccountSummary, Event, Territory, User
from tenure.queries import users
from tests.world import AT, PASSWORD, World

NEW = actions.Profile("new@example.com", "New Person", "TAM", "EMEA", ("tam",))


def test_a_person_is_made_with_roles_manager_and_territories_and_an_event(world: World) -> None:
    profile = replace(
        NEW,
        email=" New@Example.COM ",
        manager=world.mona.pk,
        territories=(world.territories["emea"].pk,),
        roles=("tam", "support"),
    )

    user = actions.create(profile, actor=world.ada, at=AT)

    assert (user.email, user.role_keys, user.manager, user.has_usable_password()) == (
        "new@example.com",
        ["tam", "support"],
        world.mona,
        False,
    )
    assert [place.key for place in user.territories.all()] == ["emea"]
    event = Event.objects.get(verb="user.created", object_id=user.pk)
    assert event.actor == world.ada
    assert '"email":"new@example.com"' in event.body


@pytest.mark.parametrize(
    ("wrong", "code", "field"),
    [
        ({"email": "TAM@example.com"}, "conflict", "email"),
        ({"email": "no address"}, "invalid", "email"),
        ({"name": " "}, "invalid", "name"),
        ({"roles": ("wizard",)}, "invalid", "roles"),
        ({"manager": 999_999}, "not_found", "manager"),
        ({"territories": (999_999,)}, "not_found", "territories"),
    ],
)
def test_a_person_that_cannot_be_made_is_refused_whole(wrong: dict[str, object], code: str, field: str, world: World) -> None:
    people, events = User.objects.count(), Event.objects.count()

    with pytest.raises(Refused) as refused:
        actions.create(replace(NEW, **wrong), actor=world.ada, at=AT)

    assert (refused.value.code, refused.value.field) == (code, field)
    assert (User.objects.count(), Event.objects.count()) == (people, events)


@pytest.mark.parametrize("who", ["tam", "mona", "ops", "olga"])
def test_only_who_manages_people_may_change_them(who: str, world: World) -> None:
    actor, before = world.people[who], list(User.objects.values_list("pk", "name", "is_active"))
    tries = [
        lambda: actions.create(NEW, actor=actor, at=AT),
        lambda: actions.change(world.tam, replace(actions.profile_of(world.tam), name="X"), actor=actor, at=AT),
        lambda: actions.deactivate(world.tam, actor=actor, at=AT),
        lambda: actions.activate(world.tam, actor=actor, at=AT),
        lambda: passwords.make_link(world.tam, actor=actor, at=AT),
        lambda: territories.save(None, name="X", region="EMEA", segment="", actor=actor, at=AT),
        lambda: territories.delete(world.territories["apac"], actor=actor, at=AT),
    ]
    for attempt in tries:
        with pytest.raises(Refused) as refused:
            attempt()
        assert refused.value.code == "not_allowed"
    assert list(User.objects.values_list("pk", "name", "is_active")) == before
    assert Event.objects.filter(noun__in=["user", "territory"]).count() == 0


def test_only_what_differs_is_written_and_told(world: World) -> None:
    profile = actions.profile_of(world.tam)

    assert actions.change(world.tam, profile, actor=world.ada, at=AT) is False
    assert actions.change(world.tam, replace(profile, title="Senior TAM"), actor=world.ada, at=AT) is True

    event = Event.objects.get(verb="user.changed")
    assert event.body == '{"before":{"title":""},"after":{"title":"Senior TAM"}}'


def test_a_new_name_reaches_the_lists_of_accounts(world: World) -> None:
    actions.change(world.tam, replace(actions.profile_of(world.tam), name="Tamara Technical"), actor=world.ada, at=AT)

    assert AccountSummary.objects.get(account=world.homeworld).tam_name == "Tamara Technical"


def test_a_manager_never_reports_to_the_own_team(world: World) -> None:
    with pytest.raises(Refused, match="Tam Technical reports to Mona Manager"):
        actions.change(world.mona, replace(actions.profile_of(world.mona), manager=world.tam.pk), actor=world.ada, at=AT)

    assert User.objects.get(pk=world.mona.pk).manager is None


def test_the_last_administrator_keeps_role_and_log_in(world: World) -> None:
    with pytest.raises(Refused, match="last person who can manage people"):
        actions.deactivate(world.ada, actor=world.ada, at=AT)
    with pytest.raises(Refused, match="last person who can manage people"):
        actions.change(world.ada, replace(actions.profile_of(world.ada), roles=("executive",)), actor=world.ada, at=AT)
    assert User.objects.get(pk=world.ada.pk).is_active

    actions.change(world.ops, replace(actions.profile_of(world.ops), roles=("cs_operations", "admin")), actor=world.ada, at=AT)
    actions.deactivate(world.ada, actor=world.ops, at=AT)

    assert not User.objects.get(pk=world.ada.pk).is_active


def test_closing_a_log_in_ends_its_sessions_and_keeps_its_work(world: World) -> None:
    browsers = [Client(), Client()]
    for browser in browsers:
        browser.post("/login/", {"login": "tam@example.com", "password": PASSWORD})
    assert UserSession.objects.filter(user=world.tam).count() == 2

    actions.deactivate(world.tam, actor=world.ada, at=AT)

    assert Session.objects.count() == 0
    assert [row.account for row in users.open_work(world.tam)] == [world.homeworld]
    with pytest.raises(Refused, match="closed already"):
        actions.deactivate(world.tam, actor=world.ada, at=AT)
    actions.activate(world.tam, actor=world.ada, at=AT)
    assert [event.verb for event in Event.objects.filter(object_id=world.tam.pk).order_by("id")] == [
        "user.deactivated",
        "user.activated",
    ]


def test_ending_the_other_sessions_keeps_this_one(world: World) -> None:
    here, there = Client(), Client()
    for browser in (here, there):
        browser.post("/login/", {"login": "tam@example.com", "password": PASSWORD})

    assert sessions.end_others(world.tam, keep=here.session.session_key or "", at=AT) == 1

    assert here.get("/profile/").status_code == 200
    assert there.get("/profile/").status_code == 302


def test_a_link_for_a_closed_log_in_is_refused(world: World) -> None:
    actions.deactivate(world.tam, actor=world.ada, at=AT)

    with pytest.raises(Refused, match="Open it first"):
        passwords.make_link(world.tam, actor=world.ada, at=AT)


def test_a_territory_with_accounts_stays_and_an_empty_one_goes(world: World) -> None:
    with pytest.raises(Refused, match="1 account in APAC"):
        territories.delete(world.territories["apac"], actor=world.ada, at=AT)

    made = territories.save(None, name="LATAM  North", region="LATAM", segment="SMB", actor=world.ada, at=AT)
    assert (made.key, made.name) == ("latam-north", "LATAM North")
    with pytest.raises(Refused, match="already"):
        territories.save(None, name="latam north", region="LATAM", segment="", actor=world.ada, at=AT)
    territories.delete(made, actor=world.ada, at=AT)
    assert not Territory.objects.filter(key="latam-north").exists()


@pytest.mark.django_db(transaction=True)
def test_of_two_first_runs_at_the_same_time_one_makes_the_administrator() -> None:
    def attempt(name: str) -> str:
        try:
            actions.create_first(f"{name}@example.com", name.title(), "correct horse battery", at=AT)
        except Refused as refused:
            return refused.code
        finally:
            connection.close()
        return "made"

    with ThreadPoolExecutor(2) as pool:
        results = sorted(pool.map(attempt, ["anna", "berta"]))

    assert results == ["conflict", "made"]
    assert User.objects.count() == 1
