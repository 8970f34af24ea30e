"""The project that the handbook wants for an Enterprise customer: who is asked for it, once, and that the work is done once it is there."""

from datetime import date, timedelta

from tenure.actions import projects
from tenure.models import CallToAction, Project
from tenure.queries import facts, handbook, journeys
from tenure.runs import daily
from tests.conftest import ClientFor
from tests.runs.test_handovers import run, win
from tests.world import World

RULE, HTMX = "customer_project", {"HX-Request": "true"}


def asked() -> list[tuple[str, str, date, bool, str]]:
    rows = CallToAction.objects.filter(rule=RULE).select_related("account", "owner").order_by("pk")
    return [(row.account.name, row.owner.name if row.owner else "", row.due_date, row.is_open, row.status) for row in rows]


def test_after_a_sale_the_tam_is_asked_for_the_project_once_and_making_it_is_enough(
    decided: World, client_for: ClientFor
) -> None:
    win(decided, decided.homeworld)
    win(decided, decided.funland)  # Mid-Market: the TAM decides whether there is to be one

    run(decided)

    wanted = ("Homeworld Inc.", "Tam Technical", date(2026, 11, 27))
    assert asked() == [(*wanted, True, "new")]
    assert [change for change in daily.plan(decided.today).changes() if getattr(change, "rule", "") == RULE] == []
    client = client_for(decided.tam)
    assert "Make the customer project" in client.get("/cockpit/?view=all").content.decode()
    card = client.get(f"/ctas/{CallToAction.objects.get(rule=RULE).pk}/", headers=HTMX).content.decode()
    assert f'href="/accounts/{decided.homeworld.pk}/project/"' in card
    assert "It closes by itself once what it asks for is there." in card
    form = {"template": "enterprise", "name": "Homeworld", "start": "2026-11-16"}
    client.post(f"/accounts/{decided.homeworld.pk}/projects/new/", form)
    assert Project.objects.get().account == decided.homeworld
    run(decided, days=1)
    assert asked() == [(*wanted, False, "closed_success")]
    run(decided, days=2)
    assert len(asked()) == 1


def test_a_day_knows_the_project_that_was_there(decided: World) -> None:
    day, pack = decided.today, handbook.pack()
    row = projects.create(decided.homeworld, "enterprise", start=day, today=day, actor=decided.tam, at=decided.at)
    projects.delete(row, actor=decided.tam, at=decided.at + timedelta(days=2))
    deal = win(decided, decided.homeworld)

    def told(on: date) -> tuple[bool, bool]:
        deals = [one for one in journeys.deals([decided.homeworld.pk], on) if one.pk == deal.pk]
        case = journeys.cases(deals, on, pack)[deal.pk]
        return facts.one(decided.homeworld.pk, on, pack)["has_project"], case.facts["project"]

    days = [day + timedelta(days=number) for number in (-1, 0, 1, 2)]
    assert [told(on) for on in days] == [(False, False), (True, True), (True, True), (False, False)]


def test_a_project_that_is_there_before_the_sale_asks_for_nothing(decided: World) -> None:
    projects.create(
        decided.homeworld, "enterprise", start=date(2026, 11, 1), today=decided.today, actor=decided.tam, at=decided.at
    )
    win(decided, decided.homeworld)

    run(decided)

    assert asked() == []
