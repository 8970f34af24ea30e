"""Recording what customers say, and what becomes of it."""

from datetime import date, timedelta
from typing import Any

import pytest

from tenure.actions import feedback
from tenure.actions.refusals import Refused
from tenure.models import Activity, Event, Feedback, Notice, User
from tests import entries, work
from tests.world import World


def moment(world: World, actor: User | None = None) -> dict[str, Any]:
    return {"today": world.today, "actor": actor or world.tam, "at": world.at}


def heard(world: World, actor: User | None = None, **fields: Any) -> Feedback:
    return feedback.create(world.homeworld, {"kind": "product", "text": "Runners are slow", **fields}, **moment(world, actor))


def told() -> list[tuple[str, str]]:
    return list(Notice.objects.filter(channel="app").order_by("pk").values_list("user__name", "title"))


def test_feedback_is_kept_with_all_that_is_known_of_it(world: World) -> None:
    carol = world.homeworld.contacts.get(name__startswith="Carol")
    row = heard(
        world, text=" Runners are slow ", labels=["customer+", "customer", "strange"], contact=carol, given_on=date(2026, 11, 10),
        issue_url="https://tracker.example/1",
    )  # fmt: skip

    kept = Feedback.objects.get()
    assert (kept.text, kept.labels, kept.contact, kept.given_on, kept.status, kept.author, kept.issue_url) == (
        "Runners are slow", ["customer", "customer+"], carol, date(2026, 11, 10), "open", world.tam, "https://tracker.example/1",
    )  # fmt: skip
    event = Event.objects.get()
    assert (event.verb, event.object_id, event.account_id) == ("feedback.created", row.pk, world.homeworld.pk)
    assert told() == []


def test_the_tam_hears_what_somebody_else_recorded(world: World) -> None:
    heard(world, world.ari)

    assert told() == [("Tam Technical", "Feedback from Homeworld Inc.")]


REFUSED = {
    "nothing said": ({"text": " "}, "text"),
    "too much": ({"text": "x" * 10_001}, "text"),
    "no kind": ({"kind": ""}, "kind"),
    "a strange kind": ({"kind": "gossip"}, "kind"),
    "tomorrow": ({"given_on": date(2026, 11, 17)}, "given_on"),
    "no day": ({"given_on": None}, "given_on"),
    "no address": ({"issue_url": "javascript:alert(1)"}, "issue_url"),
    "a strange status": ({"status": "lost"}, "status"),
    "a strange field": ({"author": 1}, "author"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_is_refused_and_nothing_is_kept(world: World, case: str) -> None:
    fields, field = REFUSED[case]
    before = entries.content()

    with pytest.raises(Refused) as refusal:
        heard(world, **fields)

    assert refusal.value.field == field
    assert entries.content() == before


def test_people_and_calls_of_other_accounts_are_refused(world: World) -> None:
    with pytest.raises(Refused, match="is no contact of Homeworld"):
        heard(world, contact=world.funland.contacts.first())
    with pytest.raises(Refused, match="with another account"):
        heard(world, activity=entries.told_by_crm(world.funland, world.at))


@pytest.mark.parametrize(
    ("who", "code"), [("tessa", "not_found"), ("olga", "not_found"), ("sol", "not_allowed"), ("exa", "not_allowed")]
)
def test_who_does_not_work_on_the_account_records_and_changes_nothing(world: World, who: str, code: str) -> None:
    row = heard(world)
    before, actor = entries.content(), work.fresh(world.people[who])

    for act in (
        lambda: heard(world, actor),
        lambda: feedback.update(row, {"text": "x"}, **moment(world, actor)),
        lambda: feedback.delete(row, actor=actor, at=world.at),
    ):
        with pytest.raises(Refused) as refusal:
            act()
        assert refusal.value.code == code
    assert entries.content() == before


def test_its_author_hears_what_became_of_it(world: World) -> None:
    row = heard(world)
    assert feedback.update(row, {"status": "open", "text": "Runners are slow"}, **moment(world, world.mona)) is False
    assert feedback.update(
        row, {"status": "passed_on", "issue_url": "https://tracker.example/7"}, **moment(world, work.fresh(world.mona))
    )

    assert (row.status, row.issue_url) == ("passed_on", "https://tracker.example/7")
    assert told() == [("Tam Technical", "Feedback from Homeworld Inc.: passed on")]


def test_what_is_deleted_comes_back(world: World) -> None:
    row = heard(world)
    feedback.delete(row, actor=world.tam, at=world.at)
    for act in (
        lambda: feedback.delete(row, actor=world.tam, at=world.at),
        lambda: feedback.update(row, {"text": "x"}, **moment(world)),
    ):
        with pytest.raises(Refused, match="done already"):
            act()
    feedback.restore(row, actor=world.tam, at=world.at)
    with pytest.raises(Refused, match="done already"):
        feedback.restore(row, actor=world.tam, at=world.at)

    assert Feedback.objects.get().deleted_at is None
    assert list(Event.objects.order_by("pk").values_list("verb", flat=True)) == [
        "feedback.created",
        "feedback.deleted",
        "feedback.restored",
    ]


def test_many_are_marked_at_once_as_far_as_they_are_one_s_own(world: World) -> None:
    mine = [heard(world, text=f"No. {number}") for number in range(3)]
    other = Feedback.objects.create(
        account=world.funland, kind="product", text="Theirs", given_on=world.today, created_at=world.at, updated_at=world.at
    )
    before = feedback.mark_many([*(row.pk for row in mine), other.pk, 999_999], "answered", actor=world.tam, at=world.at)

    assert before == {row.pk: "open" for row in mine}
    assert list(Feedback.objects.order_by("pk").values_list("status", flat=True)) == ["answered", "answered", "answered", "open"]
    assert Event.objects.filter(verb="feedback.updated").count() == 3
    assert feedback.mark_each(before, actor=world.tam, at=world.at) == {row.pk: "answered" for row in mine}
    assert set(Feedback.objects.values_list("status", flat=True)) == {"open"}
    with pytest.raises(Refused, match="Choose a status"):
        feedback.mark_many([mine[0].pk], "lost", actor=world.tam, at=world.at)


def test_a_call_and_what_was_said_in_it_are_kept_together_or_not_at_all(world: World) -> None:
    carol = world.homeworld.contacts.get(name__startswith="Carol")
    fields = {"kind": "call", "happened_at": world.at - timedelta(days=2), "attendees": [carol]}
    before = entries.content()
    with pytest.raises(Refused) as refusal:
        feedback.log_with(world.homeworld, fields, {"kind": "gossip", "text": "x"}, **moment(world))
    assert refusal.value.field == "feedback"
    assert entries.content() == before

    call = feedback.log_with(world.homeworld, fields, {"kind": "support", "text": "Quick answers"}, **moment(world))
    row = Feedback.objects.get()
    assert (row.activity, row.contact, row.given_on, row.text) == (call, carol, date(2026, 11, 14), "Quick answers")
    assert Activity.objects.get() == call
