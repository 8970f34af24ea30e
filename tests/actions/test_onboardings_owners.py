"""Many onboardings given to somebody: the TAM that accounts without one get with it, who may say so, notices, and one Undo."""

from datetime import timedelta

import pytest

from tenure.actions import assignments, onboardings, onboardings_bulk, summaries
from tenure.actions.onboardings_bulk import Result
from tenure.models import AccountSummary, Assignment, Notice, Onboarding, User
from tests import work
from tests.world import TODAY, World


@pytest.fixture
def rows(world: World) -> list[Onboarding]:
    """Open ones of two accounts without a TAM and of one that has Tessa."""
    free = [world.funland, world.beach_city]
    Assignment.objects.filter(account__in=free, role="tam").delete()
    assignments.assign(world.homeworld, world.tessa, "tam", from_date=TODAY, actor=None, at=world.at)
    summaries.refresh([one.pk for one in free], today=TODAY)
    Notice.objects.all().delete()
    return [
        onboardings.create(
            account, {"name": account.name, "start_date": TODAY - timedelta(days=3)}, today=TODAY, actor=None, at=world.at,
            cause="closed_won",
        )
        for account in [*free, world.homeworld]
    ]  # fmt: skip


def give(world: World, rows: list[Onboarding], owner: User, actor: User) -> Result:
    moment = {"today": TODAY, "actor": work.fresh(actor), "at": world.at}
    return onboardings_bulk.assign([row.pk for row in rows], owner, **moment)  # type: ignore[arg-type]


def stand(rows: list[Onboarding]) -> list[tuple[str | None, str | None]]:
    """The owner of each, and the TAM of its account."""
    summary = AccountSummary.objects.in_bulk([row.account_id for row in rows])
    found = Onboarding.objects.select_related("owner").in_bulk([row.pk for row in rows])
    return [((o := found[row.pk].owner) and o.name, summary[row.account_id].tam_name or None) for row in rows]


def told(world: World) -> list[str]:
    rows = Notice.objects.filter(user=world.tam, kind="assignment", channel="app")
    return list(rows.order_by("pk").values_list("title", flat=True))


def test_accounts_without_a_tam_get_the_owner_as_theirs_who_is_told_once_and_all_is_taken_back(
    world: World, rows: list[Onboarding]
) -> None:
    done = give(world, rows, world.tam, world.mona)

    tam, tessa = "Tam Technical", "Tessa Technical"
    assert (len(done.done), done.unchanged, done.refused, done.named, done.stays) == (3, 0, [], 2, 1)
    assert stand(rows) == [(tam, tam), (tam, tam), (tam, tessa)]
    assert told(world) == [
        f"{name} is yours: you are its technical account manager" for name in ("Beach City Corp.", "Funland Arcade")
    ]
    again = give(world, rows, world.tam, world.mona)
    assert (again.done, again.unchanged) == ([], 3)

    back = onboardings_bulk.undo(done.done, today=TODAY, actor=work.fresh(world.mona), at=world.at)

    assert (len(back.done), back.refused) == (3, [])
    assert stand(rows) == [(None, None), (None, None), (None, tessa)]
    assert told(world)[2:] == ["You are no longer a technical account manager of 2 accounts"]
    twice = onboardings_bulk.undo(done.done, today=TODAY, actor=work.fresh(world.mona), at=world.at)
    assert [sentence for _, _, sentence in twice.refused] == ["It has been changed since."] * 3


def test_one_whose_tam_was_changed_since_is_left_alone_with_its_owner(world: World, rows: list[Onboarding]) -> None:
    done = give(world, rows, world.tam, world.mona)
    assignments.assign(rows[0].account, world.tessa, "tam", from_date=TODAY, actor=work.fresh(world.mona), at=world.at)

    back = onboardings_bulk.undo(done.done, today=TODAY, actor=work.fresh(world.mona), at=world.at)

    assert [(name, sentence) for name, _, sentence in back.refused] == [(rows[0].name, "Its TAM has been changed since.")]
    assert stand(rows) == [("Tam Technical", "Tessa Technical"), (None, None), (None, "Tessa Technical")]


def test_who_may_not_name_a_tam_and_an_owner_who_is_none_change_the_owner_alone(world: World, rows: list[Onboarding]) -> None:
    done = give(world, rows, world.mona, world.mona)
    assert (len(done.done), done.named, done.stays) == (3, 0, 1)
    assert stand(rows) == [("Mona Manager", None), ("Mona Manager", None), ("Mona Manager", "Tessa Technical")]

    for row in rows[:2]:  # of the third one Ari is account manager already
        world.assign(row.account, world.ari, "account_manager")
    done = give(world, rows, world.tam, world.ari)
    assert (len(done.done), done.named, done.stays) == (3, 0, 1)
    assert not Assignment.objects.filter(
        user=world.tam, account__in=[row.account_id for row in rows], role="tam", until_date=None
    ).exists()
