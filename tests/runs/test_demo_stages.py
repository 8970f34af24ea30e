"""In which stages of their lives the demo company's customers stand, who said so, and who will leave."""

from datetime import date, timedelta

import pytest

from tenure.models import Account, AccountSummary, Activity, Assignment, Engagement, Event, Run
from tenure.runs import demo_stages
from tests.runs.test_demo import built, evening  # noqa: F401 - the fixtures: built once, on the same day
from tests.world import AT

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("demo")]


# Ends of onboardings tell two of them; the rest is what TAMs said after an import, of customers who came before the book was kept here.
STAGES = [
    ("Beach City Corp.", "optimize", "They run the whole platform on it and ask for more teams", 2),
    ("Ember Bridge Games Inc.", "optimize", "They run the whole platform on it and ask for more teams", 3),
    ("Funland Arcade", "adoption", "The onboarding is completed", 2),
    ("Hazel Quay Systems AG", "adoption", "Most of the seats are in use, and the second team is starting with pipelines", 1),
    ("Homeworld Inc.", "optimize", "All first use cases are adopted; now they look at security scanning", 2),
    ("Le Hotel", "adoption", "The onboarding is completed", 2),
    ("Long Lane Diagnostics Pte", "optimize", "All first use cases are adopted; now they look at security scanning", 2),
]


def test_tams_say_in_which_stage_their_customers_are(built: Run) -> None:  # noqa: F811
    rows = Engagement.objects.exclude(stage="").order_by("account")
    said = Event.objects.filter(verb="engagement.stage")

    assert [
        (row.account.name, row.stage, row.stage_reason, said.filter(account_id=row.account_id).count()) for row in rows
    ] == STAGES
    tams = dict(Assignment.objects.filter(role="tam", until_date=None).values_list("account", "user"))
    assert {(row.account_id, row.actor_id) for row in said.exclude(actor_id=None)} <= set(tams.items())
    assert all(row.stage_since and row.stage_since >= (row.account.customer_since or date.max) for row in rows)


def test_of_those_at_risk_who_renew_soon_a_few_will_leave_and_it_is_said_once(built: Run) -> None:  # noqa: F811
    today = built.as_of
    assert today is not None
    at = AT
    beach, homeworld = (Account.objects.get(name=name) for name in ("Beach City Corp.", "Homeworld Inc."))
    tam = Assignment.objects.get(account=beach, role="tam", until_date=None).user
    for account, days in ((beach, 60), (homeworld, 121)):
        AccountSummary.objects.filter(pk=account.pk).update(renewal_date=today + timedelta(days=days))
        Activity.objects.create(
            account=account, owner=tam, kind="at_risk", sentiment="red", subject="At risk", happened_at=at, recorded_at=at, updated_at=at,
        )  # fmt: skip

    demo_stages.today(today, at)

    row = Engagement.objects.get(stage="will_churn")
    confirmed = {"by": tam.pk, "name": tam.name, "on": today.isoformat(), "link": ""}
    assert (row.account, row.stage_since, row.stage_reason) == (beach, today - timedelta(days=4), demo_stages.LEAVES[0])
    assert row.confirmations == dict.fromkeys(("options_exhausted", "manager_agrees", "opportunity_marked"), confirmed)
    assert Engagement.objects.get(account=homeworld).stage == "optimize"
    before = Event.objects.count()
    demo_stages.today(today, at)
    assert Event.objects.count() == before
