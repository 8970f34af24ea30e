"""Drafts: kept for their author alone, used up by what becomes of them."""

from datetime import date, timedelta
from typing import Any

import pytest

from tenure.actions import activities
from tenure.actions import activities_drafts as drafts
from tenure.actions.activities_fields import NextStep
from tenure.actions.refusals import Refused
from tenure.models import Activity, Event, Notice, Task, User
from tenure.queries import activities as queries
from tenure.queries import visible
from tests import entries, work
from tests.entries import entry
from tests.world import World


def keep(world: World, actor: User | None = None, of: int | None = None, planned: bool = False, **fields: Any) -> Activity:
    row = late(world, actor, of, planned, **fields)
    assert row is not None
    return row


def late(world: World, actor: User | None = None, of: int | None = None, planned: bool = False, **fields: Any) -> Activity | None:
    given = {"kind": "call", "subject": "Cadence call", "body": "Half a thought", **fields}
    return drafts.save(world.homeworld, given, actor=actor or world.tam, at=world.at, of=of, planned=planned)


def test_a_draft_keeps_what_is_written_so_far_and_tells_nobody(world: World) -> None:
    row = keep(
        world,
        body="@[Ari Account]",
        minutes=30,
        participants=[world.ari],
        next_steps=[NextStep("Ask", world.tam.pk, date(2026, 11, 20))],
    )

    assert (row.draft, row.owner, row.body, row.minutes, row.happened_at) == (True, world.tam, "@[Ari Account]", 30, None)
    assert row.next_steps == [{"title": "Ask", "owner": world.tam.pk, "due": "2026-11-20", "task": None}]
    assert not Notice.objects.exists()
    assert not Task.objects.exists()
    event = Event.objects.get()
    assert (event.verb, event.account_id, event.body) == ("activity.drafted", None, "{}")


def test_saving_again_changes_the_same_draft_and_leaves_no_further_event(world: World) -> None:
    keep(world)
    keep(world, body="A whole thought")

    assert Activity.objects.get().body == "A whole thought"
    assert Event.objects.count() == 1


def test_a_draft_of_an_entry_of_a_plan_and_of_a_change_are_three(world: World) -> None:
    row = entry(world)
    kept = [keep(world), keep(world, planned=True), keep(world, of=row.pk), keep(world, of=row.pk, body="x")]

    assert len({one.pk for one in kept}) == 3
    assert drafts.of_author(world.homeworld, world.tam, of=row.pk).get().body == "x"


def test_nobody_but_its_author_sees_a_draft(world: World) -> None:
    row = keep(world)

    assert [user.name for user in world.people.values() if visible.activities(work.fresh(user)).filter(pk=row.pk).exists()] == [
        "Tam Technical"
    ]
    assert queries.drafts(world.tam) == [row]
    assert queries.drafts(work.fresh(world.mona)) == []
    assert queries.page(world.tam, queries.Asked(), world.at).lines == []


def test_what_cannot_be_kept_is_cut_not_refused(world: World) -> None:
    row = keep(
        world,
        subject="s" * 600,
        body="b\x00" + "b" * 30_000,
        kind="k" * 99,
        minutes=-3,
        happened_at="soon",
        next_steps=[NextStep("t" * 400)],
    )

    assert (len(row.subject), len(row.body), len(row.kind), row.minutes, row.happened_at) == (500, 20_000, 40, None, None)
    assert len(row.next_steps[0]["title"]) == 300


def test_logging_uses_up_the_draft(world: World) -> None:
    keep(world)
    keep(world, planned=True)
    entry(world)

    assert list(Activity.objects.filter(draft=True).values_list("planned", flat=True)) == [True]


def test_a_draft_that_comes_after_its_entry_is_no_draft(world: World) -> None:
    keep(world, form="a1")
    row = entry(world, form="a1")
    before = entries.content()

    assert late(world, form="a1", body="The same, sent too late") is None
    activities.delete(row, actor=world.tam, at=world.at)
    assert late(world, form="a1") is None
    assert not Activity.objects.filter(draft=True).exists()
    assert entries.content()["Activity"] != before["Activity"]  # deleted, and nothing more
    assert keep(world, form="a2").body == "Half a thought"


def test_a_form_that_is_sent_twice_is_written_down_once(world: World) -> None:
    row = entry(world, form="a1", next_steps=[NextStep("Ask", world.tam.pk)])
    before = entries.content()

    with pytest.raises(Refused) as refused:
        entry(world, form="a1", next_steps=[NextStep("Ask", world.tam.pk)])
    assert (refused.value.sentence, refused.value.code) == ("That is written down already.", "conflict")
    change = {"subject": "Kick-off", "form": "b1", "next_steps": [NextStep("Send", world.tam.pk)]}
    assert entries.content() == before
    assert activities.update(row, change, today=world.today, actor=world.tam, at=world.at) is True
    with pytest.raises(Refused):
        activities.update(row, change, today=world.today, actor=world.tam, at=world.at)
    assert Task.objects.count() == 2
    assert late(world, of=row.pk, form="b1") is None


def test_changing_an_entry_uses_up_its_draft(world: World) -> None:
    row = entry(world)
    keep(world, of=row.pk)
    activities.update(row, {"outcome": "Done"}, today=world.today, actor=world.tam, at=world.at)

    assert not Activity.objects.filter(draft=True).exists()


@pytest.mark.parametrize(("who", "code"), [("tessa", "not_found"), ("olga", "not_found"), ("sol", "not_allowed")])
def test_who_may_not_log_keeps_no_draft(world: World, who: str, code: str) -> None:
    before = entries.content()

    with pytest.raises(Refused) as refusal:
        keep(world, work.fresh(world.people[who]))

    assert refusal.value.code == code
    assert entries.content() == before


def test_only_its_author_throws_a_draft_away(world: World) -> None:
    row = keep(world)

    with pytest.raises(Refused, match="no such draft"):
        drafts.discard(row, actor=world.mona, at=world.at)
    with pytest.raises(Refused, match="no such draft"):
        drafts.discard(entry(world, happened_at=world.at - timedelta(days=1), kind="note"), actor=world.tam, at=world.at)
    row = keep(world)
    drafts.discard(row, actor=world.tam, at=world.at)
    assert not Activity.objects.filter(draft=True).exists()
    assert Event.objects.order_by("-pk").values_list("verb", flat=True)[0] == "activity.draft_discarded"
