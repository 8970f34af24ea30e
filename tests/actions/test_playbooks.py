"""Playbooks at work: exact days and people, versions, replacing and cancelling, many at once."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from tenure.actions import cascades, ctas, ctas_runs, playbooks, tasks
from tenure.actions.ctas_calls import Call
from tenure.actions.refusals import Refused
from tenure.models import Account, AccountSummary, CallToAction, Notice, PlaybookUse, PlaybookVersion, Task, User
from tests import handbooks, work
from tests.world import TODAY, World


@pytest.fixture(autouse=True)
def pack(settings: Any) -> None:
    settings.HANDBOOK = handbooks.testing()


def apply(world: World, key: str = "testing", account: Account | None = None, who: str = "tam", **fields: Any) -> PlaybookUse:
    given = {"start": TODAY, "today": TODAY, "actor": work.fresh(world.people[who]), "at": world.at, **fields}
    return playbooks.apply(account or world.homeworld, key, **given)


def test_a_playbook_becomes_a_cta_with_days_and_people(world: World) -> None:
    AccountSummary.objects.filter(pk=world.homeworld.pk).update(segment="Strategic")

    use = apply(world)

    row = use.ctas.get()
    assert (row.title, row.type, row.reason, row.priority, row.owner) == ("Testing", "lifecycle", "Onboarding", 1, world.tam)
    assert (row.origin, row.created_by, row.due_date, row.tasks_open) == ("playbook", world.tam, date(2026, 12, 16), 6)
    assert list(row.tasks.values_list("key", "owner__name", "due_date")) == [
        ("hand_over", "Ari Account", date(2026, 11, 17)), ("welcome", "Tam Technical", date(2026, 11, 18)),
        ("kick_off", "Tam Technical", date(2026, 11, 23)), ("review", "Mona Manager", date(2026, 12, 16)),
        ("big", "Tam Technical", date(2026, 12, 16)), ("thanks", "Tam Technical", None),
    ]  # fmt: skip
    kick_off = row.tasks.get(key="kick_off")
    assert [task.key for task in kick_off.after.order_by("position")] == ["hand_over", "welcome"]
    assert kick_off.asked == [
        {"key": "why", "label": "Why bought", "kind": "text", "choices": [], "required": True},
        {"key": "seats", "label": "Seats", "kind": "number", "choices": [], "required": False},
    ]  # fmt: skip
    assert (use.status, use.start, use.applied_by, use.version.title) == ("active", TODAY, world.tam, "Testing")
    assert sorted(Notice.objects.filter(channel="app").values_list("user__name", "title")) == [
        ("Ari Account", "1 task of Testing: Homeworld Inc."), ("Mona Manager", "1 task of Testing: Homeworld Inc."),
    ]  # fmt: skip
    assert work.verbs() == ["cta.created"]


def test_a_step_for_other_accounts_is_left_out(world: World) -> None:
    AccountSummary.objects.filter(pk=world.homeworld.pk).update(segment="Large")

    assert list(apply(world).ctas.get().tasks.values_list("key", flat=True)) == [
        "hand_over",
        "welcome",
        "kick_off",
        "review",
        "thanks",
    ]


def test_people_are_named_when_it_is_applied(world: World) -> None:
    with pytest.raises(Refused) as refusal:
        apply(world, "passing_on", people={"giver": world.tam})
    assert refusal.value.sentence == "Passing on asks who is: Who takes."

    use = apply(world, "passing_on", people={"giver": world.tam, "taker": world.mona})

    assert list(use.ctas.get().tasks.values_list("owner__name", flat=True)) == ["Tam Technical", "Mona Manager"]


@pytest.mark.parametrize(
    ("key", "start", "sentence"),
    [
        ("nothing", TODAY, "The handbook has no such playbook."),
        ("testing", TODAY + timedelta(days=367), "A playbook starts within a year of today."),
        ("not_yet", TODAY, "Not yet is not in force on 2026-11-16."),
    ],
)
def test_what_cannot_be_applied_is_refused(world: World, key: str, start: date, sentence: str) -> None:
    before = work.content()

    with pytest.raises(Refused) as refusal:
        apply(world, key, start=start)

    assert refusal.value.sentence == sentence
    assert work.content() == before


@pytest.mark.parametrize(
    ("who", "account", "code"),
    [
        ("olga", "homeworld", "not_found"),
        ("tessa", "homeworld", "not_found"),
        ("tam", "le_hotel", "not_allowed"),
        ("exa", "homeworld", "not_allowed"),
        ("sol", "homeworld", "not_allowed"),
    ],
)
def test_who_may_not_applies_nothing(world: World, who: str, account: str, code: str) -> None:
    before = work.content()

    with pytest.raises(Refused) as refusal:
        apply(world, account=world.accounts[account], who=who)

    assert refusal.value.code == code
    assert work.content() == before


def test_a_playbook_is_at_work_once(world: World) -> None:
    use = apply(world)
    before = work.content()

    with pytest.raises(Refused) as refusal:
        apply(world)
    assert refusal.value.sentence == "Testing is at work on Homeworld Inc. already, since 16 Nov 2026."
    assert work.content() == before

    ctas.close(use.ctas.get(), "closed_success", actor=world.tam, at=world.at)
    assert PlaybookUse.objects.get(pk=use.pk).status == "ended"
    apply(world)
    assert PlaybookUse.objects.count() == 2


@pytest.mark.parametrize(
    ("done", "skipped", "note", "told"),
    [
        (0, 0, "", ("ended", "Closed Success")),
        (2, 0, "The customer left", ("ended", "The customer left")),
        (0, "all", "", ("ended", "Closed Success")),
        (2, "all", "", ("done", "")),
        ("all", 0, "Worked", ("done", "")),
    ],
)
def test_a_playbook_is_done_only_when_its_steps_were_worked(
    world: World, done: Any, skipped: Any, note: str, told: tuple[str, str]
) -> None:
    use = playbooks.apply(world.homeworld, "at_risk", start=TODAY, today=TODAY, actor=world.tam, at=world.at)
    steps = list(use.ctas.get().tasks.order_by("position"))
    number = len(steps) if done == "all" else done
    Task.objects.filter(pk__in=[step.pk for step in steps[:number]]).update(status="done", done_at=world.at)
    for step in steps[number:] if skipped == "all" else ():
        tasks.skip(step, actor=world.tam, at=world.at)

    ctas.close(use.ctas.get(), "closed_success", note=note, actor=world.tam, at=world.at + timedelta(minutes=1))

    use.refresh_from_db()
    assert (use.status, use.reason) == told
    ctas.reopen(use.ctas.get(), actor=world.tam, at=world.at + timedelta(minutes=2))
    use.refresh_from_db()
    assert (use.status, use.reason, use.ended_at) == ("active", "", None)


def test_a_playbook_that_a_run_settles_says_why_it_ended(world: World) -> None:
    use = playbooks.apply(world.homeworld, "at_risk", start=TODAY, today=TODAY, actor=world.tam, at=world.at)

    work.settle_many([use.ctas.get().pk], "closed_success", "The account is no longer at risk", today=TODAY, at=world.at)

    use.refresh_from_db()
    assert (use.status, use.reason) == ("ended", "The account is no longer at risk")


def test_an_occasion_is_used_once(world: World) -> None:
    use = apply(world, natural_key="testing:1")
    ctas.close(use.ctas.get(), "closed_success", actor=world.tam, at=world.at)

    with pytest.raises(Refused, match="applied for this occasion already"):
        apply(world, natural_key="testing:1")
    assert PlaybookUse.objects.count() == 1


def test_work_in_flight_keeps_its_version(world: World, tmp_path: Path, settings: Any) -> None:
    settings.HANDBOOK = str(handbooks.with_testing_playbooks(tmp_path))
    first = apply(world)
    handbooks.with_testing_playbooks(tmp_path, handbooks.PLAYBOOKS.replace("title: Kick-off", "title: Kick-off call"))

    second = apply(world, account=world.le_hotel, who="mona")
    third = apply(world, account=world.funland, who="mona")

    assert PlaybookVersion.objects.count() == 2
    assert (first.version_id == second.version_id, second.version_id == third.version_id) == (False, True)
    assert first.ctas.get().tasks.get(key="kick_off").title == "Kick-off"
    assert second.ctas.get().tasks.get(key="kick_off").title == "Kick-off call"
    assert [step["title"] for step in first.version.text["steps"]][2] == "Kick-off"


def test_cancelling_skips_what_is_open_and_can_be_taken_back(world: World) -> None:
    use = apply(world)
    row = use.ctas.get()
    tasks.done(row.tasks.get(key="hand_over"), actor=world.tam, at=world.at)
    before = work.rows()

    kept = playbooks.cancel(use, "They left", outcome="closed_not_relevant", actor=world.tam, at=world.at)

    row.refresh_from_db()
    assert (use.status, use.reason, use.ended_at) == ("cancelled", "They left", world.at)
    assert (row.status, row.is_open, row.outcome_note) == ("closed_not_relevant", False, "They left")
    assert list(row.tasks.values_list("status", flat=True)) == ["done", "skipped", "skipped", "skipped", "skipped", "skipped"]
    cascades.undo(kept, actor=world.tam, at=world.at)
    assert work.rows() == before


def test_cancelling_is_not_taken_back_over_the_same_playbook(world: World) -> None:
    use = apply(world)
    kept = playbooks.cancel(use, "Again from the start", outcome="not_needed", actor=world.tam, at=world.at)
    apply(world)
    before = work.content()

    with pytest.raises(Refused, match="at work again already"):
        cascades.undo(kept, actor=world.tam, at=world.at)
    assert work.content() == before


def test_one_playbook_takes_the_place_of_another(world: World) -> None:
    use = apply(world)

    new = playbooks.replace(
        use, "passing_on", "Other plan", outcome="not_needed", start=date(2026, 11, 20), today=TODAY, actor=world.tam, at=world.at,
        people={"giver": world.tam, "taker": world.mona},
    )  # fmt: skip

    assert (use.status, use.replaced_by, use.reason) == ("replaced", new, "Other plan")
    assert (use.ctas.get().status, new.status, new.start) == ("not_needed", "active", date(2026, 11, 20))
    assert list(new.ctas.get().tasks.values_list("due_date", flat=True)) == [date(2026, 11, 21), date(2026, 11, 22)]
    with pytest.raises(Refused, match="Testing is replaced already"):
        playbooks.cancel(use, "Too late", outcome="not_needed", actor=world.tam, at=world.at)


@pytest.mark.parametrize(
    ("reason", "outcome", "who", "sentence"),
    [
        ("", "not_needed", "tam", "Say why, in at most 300 characters."),
        ("x" * 301, "not_needed", "tam", "Say why, in at most 300 characters."),
        ("Left", "in_progress", "tam", "'in_progress' is not an outcome of Lifecycle."),
        ("Left", "not_needed", "sol", "You may not apply playbooks to Homeworld Inc.."),
        ("Left", "not_needed", "olga", "There is no such account."),
    ],
)
def test_a_cancelling_that_is_refused_leaves_all(world: World, reason: str, outcome: str, who: str, sentence: str) -> None:
    use = apply(world)
    before = work.content()

    with pytest.raises(Refused) as refusal:
        playbooks.cancel(use, reason, outcome=outcome, actor=work.fresh(world.people[who]), at=world.at)

    assert refusal.value.sentence == sentence
    assert work.content() == before


def test_many_accounts_at_once_each_refused_alone(world: World) -> None:
    apply(world)
    ids = [world.homeworld.pk, world.le_hotel.pk, world.funland.pk, world.big_donut.pk, 999_999]

    done = playbooks.apply_many(ids, "testing", start=TODAY, today=TODAY, actor=work.fresh(world.mona), at=world.at)

    assert done.done == [world.le_hotel.pk, world.funland.pk]
    assert sorted(done.refused) == sorted([
        (world.homeworld.pk, "Testing is at work on Homeworld Inc. already, since 16 Nov 2026."),
        (world.big_donut.pk, "There is no such account."), (999_999, "There is no such account."),
    ])  # fmt: skip
    assert CallToAction.objects.get(account=world.le_hotel).owner == world.mona  # nobody holds the role there


def test_a_rule_raises_a_playbook_once(world: World) -> None:
    call = Call(
        world.homeworld.pk, "lifecycle", "Onboard Homeworld", "onboarding:1:first", reason="Onboarding", origin="schedule", rule="onboarding",
        playbook="testing", start=date(2026, 11, 18), due_date=date(2026, 12, 1),
    )  # fmt: skip

    assert ctas_runs.raise_many([call], today=TODAY, at=world.at) == 1
    assert ctas_runs.raise_many([call, call], today=TODAY, at=world.at) == 0

    use = PlaybookUse.objects.get()
    row = use.ctas.get()
    assert (use.natural_key, use.applied_by, row.title, row.due_date, row.owner) == (
        "onboarding:1:first", None, "Onboard Homeworld", date(2026, 12, 1), world.tam,
    )  # fmt: skip
    assert Task.objects.filter(cta=row).count() == row.tasks_open
    assert row.tasks.get(key="hand_over").due_date == date(2026, 11, 19)
    assert set(User.objects.filter(notices__title="Onboard Homeworld: Homeworld Inc.")) == {world.tam}
