"""Who works on the demo company's deals before the sale, what they have captured, and the projects they made."""

from datetime import timedelta

import pytest

from tenure.models import Account, AccountSummary, Assignment, Opportunity, ProfileValue, Project, Run, User
from tenure.runs import demo_presales
from tests.runs.test_demo import built  # noqa: F401 - the fixture, built once


@pytest.mark.xdist_group("demo")
def test_architects_work_on_the_deals_of_their_region_and_it_is_done_once(built: Run) -> None:  # noqa: F811
    assert built.as_of is not None
    rows = Assignment.objects.filter(role="solutions_architect", until_date=None).select_related("user", "account")

    assert rows.exists()
    assert all(row.user.region == row.account.region for row in rows)
    open_deals = Opportunity.objects.filter(is_closed=False, kind="new_account", stage__in=demo_presales.EARLY)
    assert rows.filter(account__in=open_deals.values("account")).count() * 2 > open_deals.count()
    assert ProfileValue.objects.filter(author__in=rows.values("user")).exists()
    for project in Project.objects.filter(owner__roles__role="solutions_architect"):
        assert (project.phase, project.contract_date) == ("pre_sales", None)
    before = Assignment.objects.count()
    demo_presales.engage(1, built.as_of, rows[0].recorded_at)
    assert Assignment.objects.count() == before


@pytest.mark.xdist_group("demo")
def test_the_manager_gives_tam_the_customers_of_the_territory_that_bought_lately(built: Run) -> None:  # noqa: F811
    assert built.as_of is not None
    tam = User.objects.get(email="tam@demo.example")
    architects = Assignment.objects.filter(role="solutions_architect")
    at = architects[0].recorded_at
    mine = list(Account.objects.filter(kind="customer", territory__in=tam.territories.all()).order_by("pk")[:2])
    other = Account.objects.filter(kind="customer").exclude(territory__in=tam.territories.all()).order_by("pk")[0]
    Assignment.objects.filter(account__in=[*mine, other], role="tam").delete()
    AccountSummary.objects.filter(pk__in=[row.pk for row in (*mine, other)]).update(tam=None)
    for days, account in enumerate([*mine, other]):
        Opportunity.objects.create(
            account=account, name="Lately", kind="new_account", stage="closed_won", is_won=True, is_closed=True,
            close_date=built.as_of - timedelta(days=days), created_at=at, updated_at=at,
        )  # fmt: skip
    architects.delete()

    demo_presales.engage(1, built.as_of, at)

    given = Assignment.objects.filter(reason="Bought lately; the book has room").order_by("pk")
    assert [(row.account, row.user, row.assigned_by, row.from_date) for row in given] == [
        (mine[0], tam, tam.manager, built.as_of), (mine[1], tam, tam.manager, built.as_of - timedelta(days=12)),
    ]  # fmt: skip
