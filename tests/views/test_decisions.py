"""Why: the drawer says what the rule decided, from which facts, by which edition; it never disagrees with what is stored."""

from datetime import date, timedelta

import pytest

from tenure.actions import accounts, overrides
from tenure.models import Decision
from tenure.queries import handbook, why
from tests.conftest import ClientFor
from tests.world import SEEDS, World


@pytest.mark.parametrize("rule", list(handbook.ACCOUNT_RULES))
@pytest.mark.parametrize("name", list(SEEDS))
def test_why_says_what_the_run_stored(name: str, rule: str, decided: World) -> None:
    account = decided.accounts[name]
    stored = Decision.objects.get(account=account, rule=rule, until_date=None)

    found = why.why(account, rule, decided.today, handbook.pack())

    assert found is not None
    assert not found.differs
    assert found.recorded == stored.outcome
    assert list(found.bare.missing) == (stored.missing if found.found.status != "given" else [])


def page(client_for: ClientFor, world: World, who: str, account: str, rule: str, **query: object) -> str:
    response = client_for(world.people[who]).get(f"/accounts/{world.accounts[account].pk}/why/{rule}/", query)
    assert response.status_code == 200
    return response.content.decode()


def test_the_title_is_the_answer_and_the_deciding_row_is_marked(decided: World, client_for: ClientFor) -> None:
    found = page(client_for, decided, "tam", "homeworld", "gemstone")

    assert "Why Homeworld Inc. is Diamond" in found
    assert "Diamond, because users 12,500 &gt; 5,000 and iACV $1,250,000 &gt; $500,000." in found
    assert "Row 1 gives Diamond" in found
    assert "Edition of 1 Jan 2020" in found
    assert "Source: Using Salesforce within Customer Success, Gemstone Automations" in found
    assert "4 more rows were not asked" in found


@pytest.mark.parametrize(
    ("account", "rule", "title"),
    [
        ("homeworld", "tam_eligible", "Why Homeworld Inc. gets a TAM"),
        ("funland", "segment", "Why Funland Arcade is Strategic"),
        ("homeworld", "coverage", "Why Homeworld Inc. has owner after the sale: Account manager"),
    ],
)
def test_the_title_fits_the_rule(account: str, rule: str, title: str, decided: World, client_for: ClientFor) -> None:
    assert title in page(client_for, decided, "mona", account, rule)


def test_a_missing_fact_is_said_plainly_with_a_link_to_add_it(decided: World, client_for: ClientFor) -> None:
    account = decided.funland
    accounts.update(account, {"iacv_minor": None}, from_date=decided.today, today=decided.today, actor=None, at=decided.at)

    found = page(client_for, decided, "mona", "funland", "gemstone")

    assert "Why Funland Arcade is undecided: onboarding gemstone" in found
    assert "<b>Undecided:</b> iACV is missing." in found
    assert f"/accounts/{account.pk}/change/?field=iacv" in found
    assert "Can&#x27;t be told" in found or "Can't be told" in found
    assert "change/?field" not in page(client_for, decided, "tam", "funland", "gemstone")


def test_a_fact_that_another_rule_decided_says_where_it_comes_from(decided: World, client_for: ClientFor) -> None:
    decided.accounts["aquarium"] = decided.account("Aquarium", stated_arr_minor=3_000_000, is_public_sector=False)

    found = page(client_for, decided, "mona", "aquarium", "tam_eligible")
    assert (
        "Segment SMB comes from Market segment, because employees is missing. Edition of 2022-11-11, source: Go-to-Market Resources, Segmentation"
        in found
    )
    found = page(client_for, decided, "mona", "aquarium", "coverage")
    assert "Not given, and so not counted: partner-owned." in found
    assert "comes from Market segment" not in page(client_for, decided, "mona", "homeworld", "coverage")  # its segment is given


def test_the_source_that_contradicts_itself_is_shown(decided: World, client_for: ClientFor) -> None:
    found = page(client_for, decided, "mona", "crab_shack", "gemstone")

    assert "The source contradicts itself:" in found
    assert "its example says Ruby" in found
    assert "The source contradicts itself:" not in page(client_for, decided, "mona", "homeworld", "gemstone")


def test_an_override_is_shown_beside_what_the_rule_says(decided: World, client_for: ClientFor) -> None:
    until = decided.today + timedelta(days=30)
    overrides.set(
        decided.crab_shack, "gemstone", "Ruby", "Page caps Starter", until, today=decided.today, actor=decided.mona, at=decided.at
    )

    found = page(client_for, decided, "tessa", "crab_shack", "gemstone")

    assert "Why The Crab Shack is Ruby" in found
    assert "Ruby is set by Mona Manager</b> from 16 Nov until 16 Dec: Page caps Starter" in found
    assert "The rule by itself says Sapphire." in found
    assert "Sapphire, because users 2,100 &gt; 1,000." in found
    assert "Set by hand" in found


def test_another_day_is_explained_with_its_facts_and_its_edition(decided: World, client_for: ClientFor) -> None:
    accounts.update(
        decided.homeworld, {"iacv_minor": 100}, from_date=decided.today, today=decided.today, actor=None, at=decided.at
    )

    now = page(client_for, decided, "tam", "homeworld", "gemstone")
    then = page(client_for, decided, "tam", "homeworld", "gemstone", as_of=decided.today - timedelta(days=1))

    assert "iACV $1 " not in now.split("why-rows")[0]
    assert "iACV $1,250,000 &gt; $500,000" in then
    assert "Override" not in then


def test_the_same_facts_are_told_by_every_edition(decided: World) -> None:
    found = why.why(decided.buddwick, "tam_eligible", decided.today, handbook.pack())

    assert found is not None
    assert [(day, said) for day, said in found.editions] == [
        (date(2020, 9, 1), "No"),
        (date(2020, 1, 1), "No"),
        (date(2018, 6, 1), "No"),
    ]


def test_a_changed_outcome_tells_what_brought_it(decided: World) -> None:
    accounts.update(
        decided.funland, {"iacv_minor": 60_000_000}, from_date=decided.today, today=decided.today, actor=None, at=decided.at
    )

    found = why.why(decided.funland, "gemstone", decided.today, handbook.pack())

    assert found is not None
    assert [(one.words, one.cause, one.detail) for one in found.past] == [
        ("Diamond", "Data", "iACV $300,000 to $600,000"),
        ("Pearl", "First", "First decision"),
    ]


def test_the_whole_can_be_copied_as_text(decided: World, client_for: ClientFor) -> None:
    found = page(client_for, decided, "tam", "le_hotel", "tam_eligible", format="text")

    assert found.splitlines()[:2] == [
        "Why Le Hotel gets a TAM",
        "As of 2026-11-16. Yes, because segment Large is Large or Strategic and ARR $150,000 > $50,000.",
    ]
    assert "  ARR: $150,000, asked > $50,000: holds" in found


def test_a_rule_that_is_not_about_accounts_is_not_there(decided: World, client_for: ClientFor) -> None:
    client = client_for(decided.tam)

    assert client.get(f"/accounts/{decided.homeworld.pk}/why/deal_size/").status_code == 404
    assert client.get(f"/accounts/{decided.homeworld.pk}/why/nothing/").status_code == 404


def test_an_outsider_gets_no_answer(decided: World, client_for: ClientFor) -> None:
    assert client_for(decided.olga).get(f"/accounts/{decided.homeworld.pk}/why/gemstone/").status_code == 404


def test_a_drawer_comes_without_the_page_for_htmx(decided: World, client_for: ClientFor) -> None:
    response = client_for(decided.tam).get(f"/accounts/{decided.homeworld.pk}/why/gemstone/", headers={"HX-Request": "true"})

    assert response.content.decode().lstrip().startswith('<div class="tn-scrim"')
