"""The account's page: what it shows to whom, on which day, and the drawer that changes facts."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tenure.actions import accounts as actions
from tenure.actions import contacts, overrides
from tenure.models import Account, Event, Opportunity
from tenure.queries import sections
from tests.conftest import ClientFor
from tests.world import World


def text(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200
    return response.content.decode()


@pytest.mark.parametrize("section", ["", *(f"{key}/" for key in sections.TITLES if key != "summary")])
def test_an_outsider_is_not_told_that_an_account_exists(section: str, world: World, client_for: ClientFor) -> None:
    assert client_for(world.olga).get(f"/accounts/{world.homeworld.pk}/{section}").status_code == 404
    assert client_for(world.tessa).get(f"/accounts/{world.homeworld.pk}/{section}").status_code == 404


def test_the_header_says_gemstone_tier_segment_arr_renewal_and_team(decided: World, client_for: ClientFor) -> None:
    page = text(client_for(decided.tam), f"/accounts/{decided.homeworld.pk}/")

    for words in (
        "Homeworld Inc.",
        "Diamond",
        "Tier 1",
        "Strategic",
        "Premium, self-managed",
        "$1,250,000",
        "165 days",
        "Tam Technical, ",
    ):
        assert words in page
    assert f'href="/accounts/{decided.homeworld.pk}/why/gemstone/"' in page


@pytest.mark.parametrize("section", list(sections.TITLES))
def test_a_section_is_a_page_of_its_own_and_a_part_for_htmx(section: str, decided: World, client_for: ClientFor) -> None:
    client = client_for(decided.tam)
    path = f"/accounts/{decided.homeworld.pk}/{section}/"

    whole = client.get(path)
    part = client.get(path, headers={"HX-Request": "true", "HX-Target": "acc-body"})
    restored = client.get(path, headers={"HX-Request": "true", "HX-Target": "acc-body", "HX-History-Restore-Request": "true"})

    assert "account/show.html" in [template.name for template in whole.templates]
    assert "account/show.html" not in [template.name for template in part.templates]
    assert "account/show.html" in [template.name for template in restored.templates]
    assert f"account/{section}.html" in [template.name for template in part.templates]


def test_an_unknown_section_is_not_there(world: World, client_for: ClientFor) -> None:
    assert client_for(world.tam).get(f"/accounts/{world.homeworld.pk}/health/").status_code == 404


def test_a_territory_account_can_be_read_and_has_no_controls(decided: World, client_for: ClientFor) -> None:
    client, pk = client_for(decided.tam), decided.funland.pk

    for path in ("", "contacts/", "team/", "decisions/"):
        page = text(client, f"/accounts/{pk}/{path}")
        for control in ("/change/", "contacts/new/", "team/new/", "overrides/"):
            assert control not in page, (path, control)
    for path in ("change/", "contacts/new/", "team/new/", "overrides/gemstone/new/"):
        before = Event.objects.count()
        assert client.post(f"/accounts/{pk}/{path}", {"name": "Other", "employees": "1"}).status_code == 403
        assert Event.objects.count() == before


def test_the_page_of_another_day_shows_its_facts_and_decisions_without_controls(decided: World, client_for: ClientFor) -> None:
    later = decided.today
    decided.homeworld.subscriptions.update(seats=600)
    actions.update(decided.homeworld, {"iacv_minor": 100}, from_date=later, today=later, actor=None, at=decided.at)
    client, pk = client_for(decided.tam), decided.homeworld.pk

    now = text(client, f"/accounts/{pk}/")
    then = text(client, f"/accounts/{pk}/?as_of={later - timedelta(days=1)}")

    assert '<span class="gem" data-g="Ruby">' in now
    assert "/change/" in now
    assert '<span class="gem" data-g="Diamond">' in then
    assert "$1,250,000" in then
    assert "/change/" not in then
    assert "You look at 15 Nov 2026" in then


def test_the_page_of_another_day_shows_what_was_known_then_and_what_nobody_recorded(
    decided: World, client_for: ClientFor
) -> None:
    account, today = decided.homeworld, decided.today
    actions.update(account, {"industry": "Space", "country": "DE"}, from_date=today, today=today, actor=None, at=decided.at)
    before = account.versions.get(until_date=today)
    before.facts = {name: value for name, value in before.facts.items() if name != "country"} | {"industry": "Gems"}
    before.save()
    carol = account.contacts.get(name__startswith="Carol")
    account.contacts.update(created_at=decided.at - timedelta(days=9))
    contacts.update(carol, {"phone": "+1 555 0199"}, today=today, actor=None, at=decided.at)
    client, yesterday = client_for(decided.tam), f"?as_of={today - timedelta(days=1)}"

    then, now = text(client, f"/accounts/{account.pk}/{yesterday}"), text(client, f"/accounts/{account.pk}/")
    people_then = text(client, f"/accounts/{account.pk}/contacts/{yesterday}")
    people_now = text(client, f"/accounts/{account.pk}/contacts/")

    assert ("<dd>Gems</dd>" in then, "<dd>Space</dd>" in then) == (True, False)
    assert ("<dd>Gems</dd>" in now, "<dd>Space</dd>" in now) == (False, True)
    assert '<dt>Country</dt><dd class="mut">Not recorded then</dd>' in then
    assert ("+1 555 0100" in people_then, "+1 555 0199" in people_then) == (True, False)
    assert ("+1 555 0100" in people_now, "+1 555 0199" in people_now) == (False, True)


def test_a_day_to_come_says_what_it_assumes(decided: World, client_for: ClientFor) -> None:
    client, pk, end = client_for(decided.tam), decided.homeworld.pk, decided.today + timedelta(days=165)

    page = text(client, f"/accounts/{pk}/?as_of={end}")
    terms = text(client, f"/accounts/{pk}/subscriptions/?as_of={end}")
    why = text(client, f"/accounts/{pk}/why/gemstone/?as_of={end}")

    assert "$1,250,000" in page
    assert "Assumes that 1 subscription with auto-renewal goes on beyond its term at the same ARR." in page
    assert "assumed since 30 Apr" in terms
    assert "Assumes that 1 subscription with auto-renewal goes on beyond its term at the same ARR." in why
    decided.homeworld.subscriptions.update(auto_renew=False)
    assert "Assumes" not in text(client, f"/accounts/{pk}/?as_of={end}")
    assert "No current subscription." in text(client, f"/accounts/{pk}/?as_of={end}")


def test_an_account_that_was_not_known_on_the_day_says_so(decided: World, client_for: ClientFor) -> None:
    page = text(client_for(decided.tam), f"/accounts/{decided.homeworld.pk}/?as_of={decided.today - timedelta(days=500)}")

    assert "Homeworld Inc. was not known on 4 Jul 2025" in page


def test_a_missing_fact_is_named_with_the_way_to_add_it(decided: World, client_for: ClientFor) -> None:
    actions.update(
        decided.homeworld, {"iacv_minor": None}, from_date=decided.today, today=decided.today, actor=None, at=decided.at
    )
    decided.homeworld.subscriptions.update(seats=600)
    actions.update(decided.homeworld, {"employees": 1}, from_date=decided.today, today=decided.today, actor=None, at=decided.at)

    page = text(client_for(decided.tam), f"/accounts/{decided.homeworld.pk}/")

    assert "Onboarding gemstone: iACV" in page
    assert f"/accounts/{decided.homeworld.pk}/change/?field=iacv" in page


def test_an_override_shows_who_set_it_until_when_and_why(decided: World, client_for: ClientFor) -> None:
    overrides.set(
        decided.homeworld, "gemstone", "Pearl", "Agreed with sales", decided.today + timedelta(days=30), today=decided.today,
        actor=decided.mona, at=decided.at,
    )  # fmt: skip

    page = text(client_for(decided.tam), f"/accounts/{decided.homeworld.pk}/decisions/")

    assert "Set by Mona Manager until 16 Dec: Agreed with sales" in page
    assert "By hand" in page


def test_changing_facts_decides_anew_and_can_be_undone(decided: World, client_for: ClientFor) -> None:
    client, pk = client_for(decided.tam), decided.homeworld.pk

    response = client.post(f"/accounts/{pk}/change/", {"employees": "52,000", "reason": "Annual report"}, follow=True)

    assert Account.objects.get(pk=pk).employees == 52_000
    page = response.content.decode()
    assert "Homeworld Inc. saved." in page
    undo = next(message.extra_tags for message in response.context["messages"])
    client.post(undo)
    assert Account.objects.get(pk=pk).employees == 48_000


def test_an_undo_gives_way_to_what_somebody_else_changed_since(decided: World, client_for: ClientFor) -> None:
    client, pk = client_for(decided.tam), decided.homeworld.pk
    response = client.post(f"/accounts/{pk}/change/", {"employees": "52000"}, follow=True)
    undo = next(message.extra_tags for message in response.context["messages"])
    account = Account.objects.get(pk=pk)
    actions.update(account, {"employees": 60_000}, from_date=decided.today, today=decided.today, actor=decided.ops, at=decided.at)

    page = client.post(undo, follow=True).content.decode()

    assert "The facts were changed since, so nothing was taken back." in page
    assert Account.objects.get(pk=pk).employees == 60_000


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("employees", "many", "&#x27;many&#x27; is not a number."),
        ("employees", "1.5", "&#x27;1.5&#x27; is not a number."),
        ("iacv_minor", "1.005", "&#x27;1.005&#x27; is not a number."),
        ("customer_since", "yesterday", "&#x27;yesterday&#x27; is not a day."),
        ("parent_id", "Nowhere Ltd", "No account is named &#x27;Nowhere Ltd&#x27;."),
        ("parent_id", "Big Donut", "No account is named &#x27;Big Donut&#x27;."),
        ("name", " ", "An account has a name."),
        ("is_public_sector", "perhaps", "&#x27;perhaps&#x27; is neither yes nor no. Choose one of them, or nothing."),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_by_name_and_nothing_changes(
    field: str, value: str, sentence: str, decided: World, client_for: ClientFor
) -> None:
    before = Event.objects.count()

    response = client_for(decided.tam).post(f"/accounts/{decided.homeworld.pk}/change/", {field: value, "potential_users": "1"})

    assert response.status_code == 422
    assert sentence in response.content.decode()
    assert Event.objects.count() == before
    assert Account.objects.get(pk=decided.homeworld.pk).potential_users == 12_500


def test_a_parent_is_found_by_its_name(decided: World, client_for: ClientFor) -> None:
    client, pk = client_for(decided.mona), decided.funland.pk

    client.post(f"/accounts/{pk}/change/", {"parent_id": "homeworld inc."})

    assert Account.objects.get(pk=pk).parent == decided.homeworld
    assert "$1,550,000" in text(client, f"/accounts/{pk}/family/")
    assert f"Homeworld Inc. ({decided.homeworld.pk})" in text(client, "/accounts/names/?parent_id=home")


def test_a_section_takes_no_more_queries_for_many_rows_than_for_few(decided: World, client_for: ClientFor) -> None:
    client, path = client_for(decided.mona), f"/accounts/{decided.homeworld.pk}/"
    children = decided.more_accounts(2, parent=decided.homeworld)

    def count() -> dict[str, int]:
        found = {}
        for section in sections.TITLES:
            text(client, f"{path}{section}/")
            with CaptureQueriesContext(connection) as queries:
                text(client, f"{path}{section}/")
            found[section] = len(queries)
        return found

    few = count()
    for number in range(20):
        decided.subscribe(decided.homeworld, start_date=decided.today - timedelta(days=number + 1))
        contacts.create(decided.homeworld, {"name": f"Person {number}"}, today=decided.today, actor=decided.tam, at=decided.at)
    decided.more_accounts(20, name="Child", parent=children[0])

    many = count()
    # Not the same number: the newest events of the history may name nobody.
    assert {section: (many[section], few[section]) for section in few if not many[section] <= few[section] <= 20} == {}


def test_a_prospect_that_has_bought_is_not_called_one(decided: World, client_for: ClientFor) -> None:
    account = decided.account("Prospect Inc.", kind="prospect")
    decided.assign(account, decided.tam)
    page = text(client_for(decided.tam), f"/accounts/{account.pk}/")
    assert '<span class="chip">Prospect</span>' in page

    Opportunity.objects.create(
        account=account, name="First", stage="closed_won", is_closed=True, is_won=True, close_date=decided.today, created_at=decided.at,
        updated_at=decided.at,
    )  # fmt: skip

    page = text(client_for(decided.tam), f"/accounts/{account.pk}/")
    assert (
        '<span class="chip">Prospect</span>' in page,
        'Customer <span class="mut sm">recorded as prospect</span>' in page,
    ) == (False, True)
    yesterday = text(client_for(decided.tam), f"/accounts/{account.pk}/?as_of={decided.today - timedelta(days=1)}")
    assert "recorded as prospect" not in yesterday


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01"])
def test_a_day_so_far_away_that_nobody_means_it_is_today(day: str, decided: World, client_for: ClientFor) -> None:
    page = client_for(decided.tam).get(f"/accounts/{decided.homeworld.pk}/?as_of={day}")

    assert (page.status_code, page.context["as_of"], page.context["is_as_of"]) == (200, decided.today, False)
