"""Assigning from the account and from the team's home, ending, and taking back."""

from datetime import timedelta

from tenure.models import AccountSummary, Assignment, Decision, Event, Notice, Opportunity, User, UserRole
from tests.conftest import ClientFor
from tests.world import PASSWORD, World

HTMX = {"HX-Request": "true", "HX-Target": "home-body"}


def test_a_tam_is_assigned_in_place_and_told_and_the_row_leaves(decided: World, client_for: ClientFor) -> None:
    client, pk = client_for(decided.mona), decided.funland.pk
    assert f"/accounts/{pk}/team/tam/" in client.get("/").content.decode()

    response = client.post(f"/accounts/{pk}/team/tam/", {"user": decided.tam.pk}, headers=HTMX)

    page = response.content.decode()
    assert page.lstrip().startswith('<div class="tn-page tn-col" id="home-body">')
    assert "Tam Technical is the TAM of Funland Arcade." in page
    assert f"/accounts/{pk}/team/tam/" not in page
    row = Assignment.objects.get(account=decided.funland, role="tam", until_date=None)
    assert (row.user, row.assigned_by, row.from_date) == (decided.tam, decided.mona, decided.today)
    assert Notice.objects.filter(user=decided.tam, kind="assignment", account=decided.funland).exists()


def test_an_assignment_is_taken_back_and_the_account_waits_as_long_as_before(decided: World, client_for: ClientFor) -> None:
    client, since = client_for(decided.mona), decided.today - timedelta(days=8)
    Decision.objects.filter(account=decided.funland).update(from_date=since)
    client.post(f"/accounts/{decided.funland.pk}/team/tam/", {"user": decided.tam.pk})
    undo = next(message.extra_tags for message in client.get("/").context["messages"])

    page = client.post(undo, follow=True).content.decode()

    assert "Funland Arcade waits for a TAM again." in page
    assert not Assignment.objects.filter(account=decided.funland, role="tam", until_date=None).exists()
    assert AccountSummary.objects.get(pk=decided.funland.pk).needs_tam_since == since


def test_without_htmx_one_comes_back_to_the_home_page(decided: World, client_for: ClientFor) -> None:
    response = client_for(decided.mona).post(f"/accounts/{decided.funland.pk}/team/tam/", {"user": decided.tam.pk})

    assert response["Location"] == "/"


def test_whoever_is_no_tam_is_refused_in_words_and_nothing_changes(decided: World, client_for: ClientFor) -> None:
    before = Event.objects.count()

    page = (
        client_for(decided.mona)
        .post(f"/accounts/{decided.funland.pk}/team/tam/", {"user": decided.ari.pk}, headers=HTMX)
        .content.decode()
    )

    assert "Ari Account is not a technical account manager." in page
    assert Event.objects.count() == before


def test_a_day_that_is_none_and_a_reason_that_does_not_fit_are_refused(decided: World, client_for: ClientFor) -> None:
    client, before = client_for(decided.mona), (Event.objects.count(), Assignment.objects.count())

    told = client.post(f"/accounts/{decided.funland.pk}/team/new/", {"who": f"tam:{decided.tam.pk}", "from_date": "2026-02-31"})

    assert (told.status_code, told.context["errors"]) == (422, {"from_date": "That is no day. Give one like 2026-11-16."})
    told = client.post(f"/accounts/{decided.funland.pk}/team/new/", {"who": f"tam:{decided.tam.pk}", "from_date": "0001-01-01"})
    assert (told.status_code, told.context["errors"]) == (422, {"from_date": "That day is too far away."})
    row = Assignment.objects.filter(until_date=None, role="tam").first()
    assert row is not None
    for path, given in (("new", {"who": f"tam:{decided.tam.pk}"}), (f"{row.pk}/end", {})):
        told = client.post(f"/accounts/{row.account_id}/team/{path}/", {**given, "reason": "x" * 501})
        assert told.context["errors"] == {"reason": "Say why in at most 500 characters."}
    told = client.post(f"/accounts/{row.account_id}/team/{row.pk}/end/", {"on": "31.2.", "reason": "x"})
    assert (told.status_code, told.context["errors"]) == (422, {"on": "That is no day. Give one like 2026-11-16."})
    assert (Event.objects.count(), Assignment.objects.count()) == before


def test_a_tam_may_not_assign(decided: World, client_for: ClientFor) -> None:
    before = Event.objects.count()

    assert (
        client_for(decided.tam).post(f"/accounts/{decided.homeworld.pk}/team/tam/", {"user": decided.tam.pk}).status_code == 403
    )
    assert (
        client_for(decided.mona).post(f"/accounts/{decided.big_donut.pk}/team/tam/", {"user": decided.tam.pk}).status_code == 404
    )
    assert Event.objects.count() == before


def test_a_role_is_given_from_the_accounts_team_with_day_and_reason(decided: World, client_for: ClientFor) -> None:
    client, pk = client_for(decided.mona), decided.funland.pk
    start = decided.today - timedelta(days=3)
    assert "Sol Architect, EMEA: 0 accounts" in client.get(f"/accounts/{pk}/team/new/").content.decode()

    client.post(
        f"/accounts/{pk}/team/new/",
        {"who": f"solutions_architect:{decided.sol.pk}", "from_date": start, "reason": "Pre-sales project"},
    )

    page = client.get(f"/accounts/{pk}/team/").content.decode()
    for words in ("Sol Architect", "Solutions architect", "13 Nov", "Mona Manager", "Pre-sales project"):
        assert words in page


def test_the_people_of_the_accounts_region_come_first(decided: World, client_for: ClientFor) -> None:
    page = client_for(decided.mona).get(f"/accounts/{decided.crab_shack.pk}/team/new/", {"role": "tam"}).content.decode()

    assert page.index("Tessa Technical") < page.index("Tam Technical")
    assert "Sol Architect" not in page


def test_an_assignment_ends_on_a_day_and_stays_in_the_history(decided: World, client_for: ClientFor) -> None:
    client, pk = client_for(decided.mona), decided.homeworld.pk
    row = Assignment.objects.get(account=decided.homeworld, role="tam")

    client.post(f"/accounts/{pk}/team/{row.pk}/end/", {"on": decided.today, "reason": "Left the company"})

    row.refresh_from_db()
    assert row.until_date == decided.today
    assert "Nobody has left the account." not in client.get(f"/accounts/{pk}/team/").content.decode()


def test_nobody_chosen_is_refused(decided: World, client_for: ClientFor) -> None:
    response = client_for(decided.mona).post(f"/accounts/{decided.funland.pk}/team/new/", {"who": ""})

    assert response.status_code == 422
    assert "Choose a person." in response.content.decode()


def test_a_forged_undo_is_not_there(decided: World, client_for: ClientFor) -> None:
    assert client_for(decided.mona).post(f"/accounts/{decided.funland.pk}/team/undo/forged/").status_code == 404


def test_an_executive_engages_an_architect_from_the_journey_and_undoes_it(decided: World, client_for: ClientFor) -> None:
    eve, pk = executive(decided), decided.homeworld.pk
    client, journey, new = client_for(eve), f"/accounts/{pk}/journey/", f"/accounts/{pk}/team/new/?role=solutions_architect"
    Opportunity.objects.create(
        account=decided.homeworld,
        name="First purchase",
        kind="new_account",
        stage="discovery",
        created_at=decided.at,
        updated_at=decided.at,
    )
    assert client.get(journey).content.decode().count(f'href="{new}"') == 2  # of the step, and beside the owner
    drawer = client.get(new).content.decode()
    assert "Engage: solutions architect for Homeworld Inc." in drawer
    assert ("Sol Architect" in drawer, "Tessa Technical" in drawer) == (True, False)

    given = {"who": f"solutions_architect:{decided.sol.pk}"}
    response = client.post(new, given, headers={"HX-Request": "true", "HX-Current-URL": f"http://testserver{journey}?deal=1"})

    assert (response.status_code, response["HX-Redirect"]) == (204, journey)
    row = Assignment.objects.get(account=decided.homeworld, role="solutions_architect", until_date=None)
    assert (row.user, row.assigned_by) == (decided.sol, eve)
    page = client.get(journey)
    undo = next(message.extra_tags for message in page.context["messages"])
    assert f'href="{new}"' not in page.content.decode()
    assert "Taken back." in client.post(undo, follow=True).content.decode()
    assert not Assignment.objects.filter(account=decided.homeworld, role="solutions_architect", until_date=None).exists()


def test_an_executive_sees_only_the_buttons_that_work(decided: World, client_for: ClientFor) -> None:
    eve, pk, before = executive(decided), decided.homeworld.pk, Event.objects.count()
    client, tam = client_for(eve), Assignment.objects.get(account=decided.homeworld, role="tam")
    page = client.get(f"/accounts/{pk}/team/").content.decode()
    assert (f"/accounts/{pk}/team/new/" in page, "/end/" in page) == (True, False)

    assert client.get(f"/accounts/{pk}/team/{tam.pk}/end/").status_code == 403
    assert client.post(f"/accounts/{pk}/team/{tam.pk}/end/").status_code == 403
    assert client.post(f"/accounts/{pk}/team/tam/", {"user": decided.tessa.pk}).status_code == 403
    assert client.post(f"/accounts/{pk}/team/new/", {"who": f"tam:{decided.tessa.pk}"}).status_code == 422
    assert client.post(f"/accounts/{decided.beach_city.pk}/team/new/").status_code == 403  # only seen
    assert client.post(f"/accounts/{decided.big_donut.pk}/team/new/").status_code == 404
    assert Event.objects.count() == before


def executive(world: World) -> User:
    """Eve, the account executive of Homeworld, who sees EMEA."""
    user = User(email="eve@example.com", name="Eve Executive", region="EMEA")
    user.set_password(PASSWORD)
    user.save()
    user.territories.set([world.territories["emea"]])
    UserRole.objects.create(user=user, role="account_executive")
    world.assign(world.homeworld, user, "account_executive")
    return user
