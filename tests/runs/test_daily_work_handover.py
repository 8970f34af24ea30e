"""The loop of work when people change: what is open follows the role, and what a person gave to somebody stays."""

from datetime import timedelta

from tenure.actions import assignments, ctas, playbooks, tasks
from tenure.models import CallToAction, Notice, Task, User, UserRole
from tests import work
from tests.runs.test_daily_work import apply, changes, one
from tests.world import World

DAY = timedelta(days=1)


def test_a_hand_over_gives_the_open_work_to_the_new_tam_but_for_what_a_person_gave(world: World) -> None:
    apply(world)
    ctas.update(one("health_update"), {"owner": world.mona}, today=world.today, actor=world.mona, at=world.at)
    kept = one("business_review").tasks.all()[0]
    for user in (world.mona, world.tam):
        tasks.update(kept, {"owner": user}, actor=world.mona, at=world.at)
    tomorrow = {"today": world.today + DAY, "actor": world.mona, "at": world.at + DAY}
    assignments.assign(world.homeworld, world.tessa, "tam", from_date=world.today + DAY, **tomorrow)

    apply(world, 1)

    review = one("business_review")
    assert (review.owner, one("health_update").owner) == (world.tessa, world.mona)
    assert (
        CallToAction.objects.get(rule="cadence_call").outcome_note
        == "The day has moved to 17 November 2026: it comes again in its time"
    )
    assert set(review.tasks.exclude(pk=kept.pk).values_list("owner__name", flat=True)) == {"Tessa Technical"}
    kept.refresh_from_db()
    assert kept.owner == world.tam  # given to Tam by hand, though the CTA was Tam's anyway
    assert changes(world, 1) == []
    assert Notice.objects.filter(channel="app", user=world.tessa, kind="cta").exists()


def test_tasks_of_another_role_and_work_put_there_by_hand_follow_the_role_too(world: World) -> None:
    mine = work.cta(world)
    given = work.task(world, mine, "Ask for the order", owner=world.ari)
    other = work.task(world, mine, "For Sol", owner=world.sol)
    ends = {"today": world.today + DAY, "actor": None, "at": world.at + DAY}
    nick = _colleague()
    assignments.assign(world.homeworld, nick, "account_manager", from_date=world.today + DAY, **ends)
    apply(world, 1)

    owners = Task.objects.order_by("pk").filter(cta=mine).values_list("owner", flat=True)
    assert list(owners) == [nick.pk, world.sol.pk]
    assert (given.pk, other.pk) == tuple(Task.objects.filter(cta=mine).order_by("pk").values_list("pk", flat=True))


def _colleague() -> User:
    user = User.objects.create(email="nick@example.com", name="Nick New", password="!")
    UserRole.objects.create(user=user, role="account_manager")
    return user


def test_a_playbook_that_was_put_on_many_accounts_by_hand_follows_the_role_but_not_a_cta_that_somebody_gave(world: World) -> None:
    done = playbooks.apply_many(
        [world.homeworld.pk], "enable_ci", start=world.today, today=world.today, actor=world.tam, at=world.at
    )
    assert done.refused == []
    given = ctas.create(
        world.homeworld, type="activity", title="Send the notes", owner=world.tam, today=world.today, actor=world.tam, at=world.at
    )
    tomorrow = {"today": world.today + DAY, "actor": world.mona, "at": world.at + DAY}
    assignments.assign(world.homeworld, world.tessa, "tam", from_date=world.today + DAY, **tomorrow)

    apply(world, 1)

    put = CallToAction.objects.get(origin="playbook")
    assert (put.owner, put.created_by, set(put.tasks.values_list("owner__name", flat=True))) == (
        world.tessa, world.tam, {"Tessa Technical"},
    )  # fmt: skip
    given.refresh_from_db()
    assert given.owner == world.tam
    assert changes(world, 1) == []


def test_work_that_rests_passes_to_the_new_tam_when_it_wakes(world: World) -> None:
    apply(world)
    ctas.snooze(one("business_review"), world.today + 9 * DAY, "Later", today=world.today, actor=world.tam, at=world.at)
    tomorrow = {"today": world.today + DAY, "actor": world.mona, "at": world.at + DAY}
    assignments.assign(world.homeworld, world.tessa, "tam", from_date=world.today + DAY, **tomorrow)

    apply(world, 1)
    assert one("business_review").owner == world.tam
    apply(world, 9)

    review = one("business_review")
    assert (review.owner, set(review.tasks.values_list("owner__name", flat=True))) == (world.tessa, {"Tessa Technical"})


def test_work_whose_holder_left_is_nobodys_until_there_is_another(world: World) -> None:
    apply(world)
    held = world.homeworld.assignments.get(role="tam")
    assignments.end(held, on=world.today + DAY, today=world.today + DAY, actor=world.mona, at=world.at + DAY)

    apply(world, 1)

    assert set(CallToAction.objects.filter(account=world.homeworld, is_open=True).exclude(rule__in=("am_follow_up", "assign_tam")).values_list("owner", flat=True)) == {None}  # fmt: skip
