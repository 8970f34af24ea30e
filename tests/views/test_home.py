"""Where one lands, by role."""

import pytest

from tenure.models import AccountSummary, Opportunity, Run
from tests.conftest import ClientFor
from tests.world import World


def page(client_for: ClientFor, world: World, who: str) -> str:
    response = client_for(world.people[who]).get("/")
    assert response.status_code == 200
    return response.content.decode()


@pytest.mark.parametrize(
    ("who", "title", "words"),
    [
        ("mona", "Team home", "Needs a TAM"),
        ("tam", "My book", "My accounts"),
        ("ari", "My book", "My accounts"),
        ("sol", "My deals", "No open opportunity is yours"),
        ("ops", "Portfolio", "Set by hand"),
        ("exa", "Portfolio", "Gemstones"),
        ("fin", "Home", "Nothing waits for you"),
        ("olga", "Home", "You have no role yet"),
    ],
)
def test_everybody_lands_where_the_role_works(who: str, title: str, words: str, decided: World, client_for: ClientFor) -> None:
    found = page(client_for, decided, who)

    assert f"<h1>{title}</h1>" in found
    assert words in found


@pytest.mark.parametrize(("who", "words"), [("ops", "Import files"), ("tam", "Customer success operations imports them.")])
def test_an_empty_company_says_what_comes_next(who: str, words: str, decided: World, client_for: ClientFor) -> None:
    AccountSummary.objects.update(deleted=True)

    found = page(client_for, decided, who)

    assert "No accounts yet" in found
    assert words in found


def test_the_manager_reads_reason_days_and_the_load_before_and_after(decided: World, client_for: ClientFor) -> None:
    found = page(client_for, decided, "mona")

    assert "$960,000 not covered" in found
    assert "Enterprise and ARR over the floor" in found
    assert "Tam Technical: 1 → 2 accounts, $1.25M → $1.76M</option>" in found
    assert f"/accounts/{decided.funland.pk}/why/tam_eligible/" in found
    assert "Big Donut" not in found


def test_an_outsider_reads_nothing_of_the_company(decided: World, client_for: ClientFor) -> None:
    found = page(client_for, decided, "olga") + page(client_for, decided, "fin")

    assert not [name for name in ("Homeworld", "Funland", "$1.25M") if name in found]


def test_runs_are_shown_to_those_who_may_see_them(decided: World, client_for: ClientFor) -> None:
    Run.objects.create(
        kind="import", title="Import of accounts.csv", status="failed", queued_at=decided.at, message="Row 7 has no id"
    )

    assert "Row 7 has no id" in page(client_for, decided, "ops")
    assert "Row 7 has no id" not in page(client_for, decided, "tam")


def test_a_team_that_covers_everybody_is_told_so(decided: World, client_for: ClientFor) -> None:
    AccountSummary.objects.update(needs_tam_since=None)

    assert "Every account that gets a TAM has one" in page(client_for, decided, "mona")


def test_who_sells_reads_steps_and_the_way_to_them(decided: World, client_for: ClientFor) -> None:
    decided.assign(decided.homeworld, decided.sol, "solutions_architect")
    deal = Opportunity.objects.create(
        account=decided.homeworld, name="Homeworld Inc.: first purchase", kind="new_account", stage="technical_evaluation",
        close_date=decided.today, created_at=decided.at, updated_at=decided.at,
    )  # fmt: skip

    found = page(client_for, decided, "sol")

    for words in (
        "My open opportunities",
        "First purchase, Enterprise",
        "1 missing",
        "Give a demo",
        'hx-get="/handovers/urgent/"',
    ):
        assert words in found
    assert f"/accounts/{decided.homeworld.pk}/journey/?deal={deal.pk}" in found
    assert "My open opportunities" not in page(client_for, decided, "tam")
