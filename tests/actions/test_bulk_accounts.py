"""A TAM for many accounts at once: it happens once, is told, and can be taken back; a refusal changes nothing."""

from datetime import timedelta

import pytest

from tenure.actions import bulk_accounts
from tenure.actions.refusals import Refused
from tenure.models import AccountSummary, Assignment, Event, Notice, User
from tenure.queries import visible
from tests.world import World


def rows(world: World, *accounts: str) -> object:
    return AccountSummary.objects.filter(pk__in=[world.accounts[name].pk for name in accounts])


def assign(world: World, actor: User, user: User, *accounts: str, reason: str = "") -> bulk_accounts.Done:
    moment = {"actor": actor, "at": world.at, "today": world.today}
    return bulk_accounts.assign(rows(world, *accounts), user.pk, reason=reason, **moment)  # type: ignore[arg-type]


def tams(world: World) -> dict[str, str]:
    return {row.name: row.tam_name for row in AccountSummary.objects.exclude(tam=None)}


def test_the_chosen_accounts_get_the_tam_and_the_history_says_why(decided: World) -> None:
    done = assign(decided, decided.mona, decided.tessa, "funland", "le_hotel", "homeworld", reason=" New region ")

    assert (done.started, done.unchanged, done.refused) == (3, 0, 0)
    assert done.told == "Tessa Technical is the TAM of 3 accounts."
    assert tams(decided) == dict.fromkeys(["Funland Arcade", "Le Hotel", "Homeworld Inc."], "Tessa Technical")
    assert {row.reason for row in Assignment.objects.filter(user=decided.tessa)} == {"New region"}
    assert Notice.objects.filter(user=decided.tessa, kind="assignment", channel="app").count() == 3


def test_what_was_theirs_and_what_is_not_the_actor_s_is_told(decided: World) -> None:
    done = assign(decided, decided.mona, decided.tam, "homeworld", "funland", "big_donut")

    assert (done.started, done.unchanged, done.refused) == (1, 1, 1)
    assert done.told.startswith("Tam Technical is the TAM of 1 account. 1 was theirs already. 1 left as it was:")
    assert "Big Donut" not in tams(decided)


@pytest.mark.parametrize("who", ["tam", "ari", "olga"])
def test_somebody_without_the_right_changes_nothing(decided: World, who: str) -> None:
    before, events = tams(decided), Event.objects.count()
    done = assign(decided, decided.people[who], decided.tessa, "funland")

    assert (done.started, done.refused) == (0, 1)
    assert (tams(decided), Event.objects.count()) == (before, events)
    assert Notice.objects.filter(user=decided.tessa).count() == 0


@pytest.mark.parametrize(("who", "accounts"), [("nobody", ["funland"]), ("ari", ["funland"]), ("tessa", [])])
def test_a_choice_that_makes_no_sense_is_refused_and_nothing_changes(decided: World, who: str, accounts: list[str]) -> None:
    before = tams(decided)
    user = decided.people[who].pk if who != "nobody" else 0
    with pytest.raises(Refused):
        bulk_accounts.assign(rows(decided, *accounts), user, actor=decided.mona, at=decided.at, today=decided.today)  # type: ignore[arg-type]

    assert tams(decided) == before


def test_too_many_are_refused_as_a_whole(decided: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk_accounts, "MOST", 2)
    with pytest.raises(Refused, match="At most 2 accounts"):
        assign(decided, decided.ops, decided.tessa, "funland", "le_hotel", "beach_city")

    assert tams(decided) == {"Homeworld Inc.": "Tam Technical"}


def test_taking_back_gives_the_accounts_to_whoever_had_them(decided: World) -> None:
    assign(decided, decided.mona, decided.tessa, "homeworld", "funland")
    count = bulk_accounts.undo(
        decided.tessa.pk, decided.at.isoformat(), actor=decided.mona, at=decided.at + timedelta(minutes=1), today=decided.today
    )

    assert count == 2
    assert tams(decided) == {"Homeworld Inc.": "Tam Technical"}
    assert AccountSummary.objects.get(name="Funland Arcade").needs_tam_since is not None
    assert Assignment.objects.filter(user=decided.tessa, until_date=None).count() == 0
    assert Event.objects.filter(verb="assignment.ended", account_id=decided.funland.pk).count() == 1


def test_what_ended_since_stays_ended_and_twice_is_refused(decided: World) -> None:
    assign(decided, decided.mona, decided.tessa, "funland")
    moment = {"actor": decided.mona, "at": decided.at + timedelta(minutes=1), "today": decided.today}
    bulk_accounts.undo(decided.tessa.pk, decided.at.isoformat(), **moment)  # type: ignore[arg-type]
    with pytest.raises(Refused, match="nothing to take back"):
        bulk_accounts.undo(decided.tessa.pk, decided.at.isoformat(), **moment)  # type: ignore[arg-type]


def test_nobody_takes_back_what_somebody_else_did(decided: World) -> None:
    assign(decided, decided.mona, decided.tessa, "funland")
    with pytest.raises(Refused):
        bulk_accounts.undo(decided.tessa.pk, decided.at.isoformat(), actor=decided.ops, at=decided.at, today=decided.today)

    assert tams(decided)["Funland Arcade"] == "Tessa Technical"


def test_the_dialog_sums_what_was_chosen(decided: World) -> None:
    summed = bulk_accounts.summed(visible.summaries(decided.mona).filter(name__in=["Funland Arcade", "Le Hotel"]))

    assert (summed["count"], summed["arr"], summed["too_many"]) == (2, 45_000_000, False)
