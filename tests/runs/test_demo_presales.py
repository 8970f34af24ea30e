"""Who works on the demo company's deals before the sale, what they have captured, and the projects they made."""

import pytest

from tenure.models import Assignment, Opportunity, ProfileValue, Project, Run, User
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
def test_what_tam_was_given_came_from_the_manager(built: Run) -> None:  # noqa: F811
    tam = User.objects.get(email="tam@demo.example")
    for row in Assignment.objects.filter(user=tam, reason="Bought lately; the book has room"):
        assert row.assigned_by == tam.manager
