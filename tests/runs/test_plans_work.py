"""The work of days to come, before it exists."""

from datetime import date, timedelta

from tenure.models import CallToAction
from tenure.runs import daily, plans, plans_work
from tests import work
from tests.runs.test_daily_work import apply, changes, log
from tests.world import World

DAY = timedelta(days=1)


def test_a_look_ahead_shows_what_the_runs_raise_then(world: World) -> None:
    """What is not assumed comes exactly so; what counts from something that isn't done yet is marked."""
    apply(world)
    log(world, world.homeworld, 0)
    log(world, world.homeworld, 0, "update", sentiment="green")
    apply(world, 1)
    until = world.today + 60 * DAY
    before = work.content()

    ahead = [
        change for change in changes(world, 1, until=until, today=world.today + DAY) if isinstance(change, plans_work.CtaWanted)
    ]

    assert work.content() == before
    assert [(change.rule, change.raise_on, change.due_date, change.projected, change.owner) for change in ahead] == [
        ("release_education", date(2026, 11, 19), date(2026, 11, 23), False, "Tam Technical"),
        ("cadence_call", date(2026, 12, 9), date(2026, 12, 16), False, "Tam Technical"),
        ("health_update", date(2026, 12, 9), date(2026, 12, 16), False, "Tam Technical"),
        ("am_follow_up", date(2026, 12, 11), date(2026, 12, 16), False, "Ari Account"),
        ("release_education", date(2026, 12, 19), date(2026, 12, 22), False, "Tam Technical"),
        ("renewal_review", date(2026, 12, 30), date(2027, 1, 29), False, "Tam Technical"),
        ("cadence_call", date(2027, 1, 9), date(2027, 1, 15), True, "Tam Technical"),
        ("health_update", date(2027, 1, 9), date(2027, 1, 15), True, "Tam Technical"),
        ("am_follow_up", date(2027, 1, 10), date(2027, 1, 15), True, "Ari Account"),
    ]
    assert (
        plans.summary(daily.plan(world.today + DAY, today=world.today + DAY, until=until))["cta_ahead", "cadence_call", "", ""]
        == 2
    )
    for day in range(2, 61):
        apply(world, day)
    raised = CallToAction.objects.filter(created_at__gt=world.at + DAY).values_list("natural_key", "due_date")
    told = {(change.key, change.due_date) for change in ahead if not change.projected}
    # Nobody closes the first release's, so that the second waits.
    assert set(raised) == {(key, due) for key, due in told if not key.endswith("2026-12-22")}


def test_a_look_ahead_leaves_out_what_is_there_though_it_would_appear_later_now(world: World) -> None:
    """Raised for two weeks while the customer was at risk; a month has to pass by now, but the CTA is there."""
    log(world, world.homeworld, 0, sentiment="red")
    apply(world, 8)
    log(world, world.homeworld, 9, "update", sentiment="green")
    apply(world, 9)
    there = CallToAction.objects.get(rule="cadence_call", is_open=True)
    assert (there.natural_key, there.because["offset"]) == (f"cadence_call:{world.homeworld.pk}:2026-11-16", "2 weeks")

    found = changes(world, 9, until=world.today + 70 * DAY, today=world.today + 9 * DAY)

    keys = [change.key for change in found if isinstance(change, plans_work.CtaWanted) and change.rule == "cadence_call"]
    assert keys == [f"cadence_call:{world.homeworld.pk}:2026-12-16"]


def test_a_plan_with_days_to_come_is_applied_for_its_own_day_only(world: World) -> None:
    plan = daily.plan(world.today, until=world.today + 60 * DAY)

    assert daily.apply(plan, at=world.at, actor=None).ctas_raised == 7
