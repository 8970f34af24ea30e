"""The onboarding of an existing customer: its days count, the goals are for new ones, on its card and in the review as on the page of times."""

from datetime import timedelta

from tenure.models import Onboarding
from tests.conftest import ClientFor
from tests.views.test_onboardings import HTMX, ago, rows
from tests.world import World

__all__ = ["rows"]  # the fixture


def test_its_card_and_its_review_hold_it_against_no_goal(
    world: World, client_for: ClientFor, rows: dict[str, Onboarding]
) -> None:
    row, client = rows["homeworld"], client_for(world.mona)
    text = " ".join(client.get(f"/onboardings/{row.pk}/", headers=HTMX).content.decode().split())
    assert text.count('<span class="down">past it</span>') == 1
    assert "existing customer" not in text
    assert row.start_date is not None

    Onboarding.objects.filter(pk=row.pk).update(contract_date=row.start_date - timedelta(days=91))

    page = client.get(f"/onboardings/{row.pk}/", headers=HTMX)
    text = " ".join(page.content.decode().split())
    times = page.context["o"].times
    assert [(one.metric.key, one.days, one.so_far, one.metric.goal, one.goal, one.late) for one in times] == [
        ("engage", 11, None, 14, None, False), ("value", None, 111, 30, None, False), ("onboard", None, 20, 45, None, False),
    ]  # fmt: skip
    assert text.count("existing customer: the goal of") == 3
    assert ("past it" in text, 'class="ob-time late"' in text) == (False, False)
    report = client.get("/onboardings/times/?view=all&who=existing").context["report"]
    assert [(one.key, one.goal) for one in report.times] == [("engage", None), ("value", None), ("onboard", None)]

    client.post("/reviews/onboarding/start/")
    item = client.get(f"/reviews/onboarding/?who={world.tam.pk}").context["items"][0]
    assert (item.row.pk, [(one.goal, one.late) for one in item.times]) == (row.pk, [(None, False)] * 3)


def test_one_of_a_cause_that_only_customers_have_is_an_existing_ones_from_the_first_day(
    world: World, client_for: ClientFor, rows: dict[str, Onboarding]
) -> None:
    Onboarding.objects.filter(pk=rows["homeworld"].pk).update(cause="upgrade", contract_date=ago(20))

    one = client_for(world.mona).get(f"/onboardings/{rows['homeworld'].pk}/", headers=HTMX).context["o"]

    assert [time.goal for time in one.times] == [None, None, None]
