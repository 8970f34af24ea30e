"""Hand-overs: what is asked for, who may do what, what changes hands when one is accepted, and what comes back."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from tenure.actions import activities, handovers, handovers_accepting, handovers_starting, playbooks, services, tasks
from tenure.actions.handovers_starting import Options
from tenure.actions.refusals import Refused
from tenure.models import (
    Account,
    Activity,
    Assignment,
    CallToAction,
    Event,
    HandOver,
    HandOverItem,
    Notice,
    Onboarding,
    PlaybookUse,
    ServiceDelivery,
    Task,
    User,
)
from tenure.queries import handbook, handovers_states
from tests.world import World

NEEDED = ("command_plan", "welcome_call", "business_profile", "technical_profile")
TAM_ITEMS = ("updated", "review_meeting", "introduced", "mailed")


def moment(world: World, user: User | None, minutes: int = 0) -> dict[str, Any]:
    return {"today": world.today, "actor": user, "at": world.at + timedelta(minutes=minutes)}


def sale(world: World, account: Account | None = None) -> HandOver:
    return handovers_starting.start(account or world.homeworld, "sale", **moment(world, world.ari))


def tick_all(world: World, row: HandOver, keys: tuple[str, ...], user: User) -> None:
    for key in keys:
        handovers.tick(row, key, "done", on=world.today, **moment(world, user))


def refused(act: Any) -> Refused:
    with pytest.raises(Refused) as caught:
        act()
    return caught.value


def told(kind: str = "handover") -> list[tuple[str, str]]:
    rows = Notice.objects.filter(kind=kind, channel="app").order_by("pk")
    return [(row.user.name if row.user else "", row.title) for row in rows]


def state() -> list[Any]:
    """Everything that a hand-over may change."""
    models = (
        HandOver,
        HandOverItem,
        Assignment,
        CallToAction,
        Task,
        Activity,
        Onboarding,
        ServiceDelivery,
        PlaybookUse,
        Notice,
        Event,
    )
    return [list(model.objects.order_by("pk").values()) for model in models]


def test_a_sale_asks_for_what_the_handbook_of_the_day_names_and_is_due_in_two_weeks(world: World) -> None:
    row = sale(world)

    assert (row.giver, row.taker, row.due_on, row.edition) == (world.ari, world.tam, date(2026, 11, 30), date(2022, 11, 11))
    assert row.missing == len(NEEDED)  # without a decision no plan: what only one plan asks for is left out
    assert told() == [("Tam Technical", "Hand-over of Homeworld Inc. begins")]


def test_an_account_has_one_open_hand_over_of_each_kind(world: World) -> None:
    sale(world)
    before = state()

    found = refused(lambda: sale(world))

    assert (found.code, found.sentence) == (
        "conflict",
        "Homeworld Inc. has one open already: From sales to the TAM, since 16 Nov 2026.",
    )
    assert state() == before


def test_it_is_accepted_only_when_nothing_is_missing_and_the_sentence_says_what(world: World) -> None:
    row = sale(world)
    tick_all(world, row, NEEDED[:2], world.ari)
    before = state()

    found = refused(lambda: handovers_accepting.accept(row, **moment(world, world.tam)))

    assert found.code == "conflict"
    assert found.sentence == (
        "It can't be accepted yet. Missing: Business profile handed over (business profile: 0 %); "
        "Technical profile handed over (technical profile: 0 %)."
    )
    assert state() == before


def test_only_the_taking_side_accepts_and_only_the_giving_side_offers(world: World) -> None:
    row = sale(world)
    tick_all(world, row, NEEDED, world.ari)
    before = state()

    assert refused(lambda: handovers.offer(row, **moment(world, world.tam))).code == "not_allowed"
    assert refused(lambda: handovers.offer(row, **moment(world, world.mona))).code == "not_allowed"
    assert refused(lambda: handovers_accepting.accept(row, **moment(world, world.ari))).code == "not_allowed"
    assert refused(lambda: handovers.offer(row, **moment(world, world.olga))).code == "not_found"
    assert refused(lambda: handovers.offer(row, **moment(world, world.exa))).code == "not_allowed"
    assert state() == before

    handovers.offer(row, **moment(world, world.ari))
    handovers_accepting.accept(row, **moment(world, world.mona))
    assert (row.state, row.is_open, row.missing, row.moved["items"]) == ("accepted", False, 0, ["tam_named", *NEEDED])


def test_what_is_sent_back_has_to_be_seen_to_before_it_is_offered_again(world: World) -> None:
    row = sale(world)
    tick_all(world, row, NEEDED, world.ari)
    handovers.offer(row, **moment(world, world.ari))
    Notice.objects.all().delete()

    event = handovers.send_back(row, "The plan has no risks in it", items=["command_plan"], **moment(world, world.tam)).event

    assert (row.state, row.reason, row.missing) == ("returned", "The plan has no risks in it", 1)
    assert told() == [("Ari Account", "Hand-over of Homeworld Inc. comes back")]
    sentence = refused(lambda: handovers.offer(row, **moment(world, world.ari))).sentence
    assert sentence == "Say first what became of what was sent back: Command plan."
    found = refused(lambda: handovers_accepting.accept(row, **moment(world, world.tam))).sentence
    assert found == "It can't be accepted yet. Missing: Command plan (sent back: The plan has no risks in it)."

    assert event is not None
    handovers.undo(row, event, **moment(world, world.tam))
    assert (row.state, row.reason, row.missing) == ("offered", "", 0)
    handovers.send_back(row, "The plan has no risks in it", items=["command_plan"], **moment(world, world.tam))
    tick_all(world, row, ("command_plan",), world.ari)
    handovers.offer(row, **moment(world, world.ari))
    assert (row.state, row.missing) == ("offered", 0)


def test_a_waived_item_needs_a_reason_and_an_undo_is_refused_where_it_has_changed_since(world: World) -> None:
    row = sale(world)
    before = state()
    found = refused(lambda: handovers.tick(row, "command_plan", "waived", on=world.today, **moment(world, world.ari)))
    assert (found.field, state()) == ("note", before)

    first = handovers.tick(row, "command_plan", "waived", on=world.today, note="A small deal", **moment(world, world.ari)).event
    handovers.tick(row, "command_plan", "done", on=world.today, **moment(world, world.tam))
    assert first is not None
    before = state()
    assert refused(lambda: handovers.undo(row, first, **moment(world, world.ari))).code == "conflict"
    assert state() == before


def test_accepting_a_sale_can_be_taken_back_exactly(world: World) -> None:
    row = sale(world)
    tick_all(world, row, NEEDED, world.ari)
    was = HandOver.objects.values().get()

    event = handovers_accepting.accept(row, **moment(world, world.tam))
    handovers.undo(row, event, **moment(world, world.tam))

    assert HandOver.objects.values().get() == was
    undone = Event.objects.get(verb="handover.undone")
    assert refused(lambda: handovers.undo(row, undone.pk, **moment(world, world.tam))).code == "not_found"
    assert HandOver.objects.values().get() == was


def work_of_tam(world: World, account: Account) -> None:
    """One thing of every kind that Tam has open, and one that Ari has."""
    stamps = {"created_at": world.at, "updated_at": world.at, "type": "activity"}
    mine = CallToAction.objects.create(account=account, title="Mine", owner=world.tam, **stamps)
    other = CallToAction.objects.create(account=account, title="Other", owner=world.ari, **stamps)
    Task.objects.create(cta=mine, title="My task", owner=world.tam)
    Task.objects.create(cta=other, title="My task in another", owner=world.tam)
    Task.objects.create(cta=other, title="Ari's task", owner=world.ari)
    fields = {"kind": "call", "happened_at": datetime(2026, 11, 20, 10, tzinfo=UTC), "participants": [world.tam, world.ari]}
    activities.plan(account, fields, **moment(world, world.tam))
    services.plan(
        account, {"service": "ebr", "delivered_on": date(2026, 12, 1), "delivered_by": world.tam}, **moment(world, world.tam)
    )
    Onboarding.objects.create(
        account=account, name="Onboarding", cause="person", owner=world.tam, created_at=world.at, updated_at=world.at
    )


def owners() -> dict[str, str | None]:
    """Who has what."""
    found: dict[str, Any] = {
        row.title: row.owner for row in [*CallToAction.objects.filter(playbook_use=None), *Task.objects.filter(key="")]
    }
    found |= {
        "call": Activity.objects.get().owner,
        "service": ServiceDelivery.objects.get().delivered_by,
        "onboarding": Onboarding.objects.get().owner,
    }
    return {name: user.name if user else None for name, user in found.items()}


def tams(account: Account) -> list[tuple[str, str, date, date | None]]:
    rows = Assignment.objects.filter(account=account, role__in=("tam", "incoming_tam")).order_by("pk")
    return [(row.user.name, row.role, row.from_date, row.until_date) for row in rows]


def hand_off(world: World, account: Account, **more: Any) -> HandOver:
    return handovers_starting.start(account, "tam", taker=world.tessa, **more, **moment(world, world.mona))


def test_from_tam_to_tam_everything_open_passes_at_once_and_comes_back(world: World) -> None:
    child = world.account("Moon Base", parent=world.homeworld)
    world.assign(child, world.tam)
    work_of_tam(world, world.homeworld)
    before, was = owners(), tams(world.homeworld)
    row = hand_off(world, world.homeworld, options=Options(children=True))
    assert tams(world.homeworld) == [*was, ("Tessa Technical", "incoming_tam", world.today, None)]
    assert row.playbook_use is not None
    assert sorted({task.owner.name for task in Task.objects.exclude(key="")}) == [
        "Mona Manager",
        "Tam Technical",
        "Tessa Technical",
    ]
    tick_all(world, row, TAM_ITEMS, world.tam)

    event = handovers_accepting.accept(row, **moment(world, world.tessa, 5))

    new = ("Tessa Technical", "tam", world.today, None)
    assert tams(world.homeworld)[-1] == new
    assert tams(child)[-1] == new
    assert Assignment.objects.filter(role="incoming_tam", until_date=None).count() == 0
    mine = ("Mine", "My task", "My task in another", "call", "service", "onboarding")
    assert owners() == {**before, **dict.fromkeys(mine, "Tessa Technical")}
    assert sorted(user.name for user in Activity.objects.get().participants.all()) == ["Ari Account", "Tessa Technical"]

    handovers.undo(row, event, **moment(world, world.tessa, 6))

    assert owners() == before
    assert tams(world.homeworld)[0] == was[0]
    assert [one for one in tams(child) if one[3] is None] == [("Tam Technical", "tam", world.today - timedelta(days=100), None)]
    assert sorted(user.name for user in Activity.objects.get().participants.all()) == ["Ari Account", "Tam Technical"]
    assert (row.state, row.is_open) == ("preparing", True)
    assert [one[0] for one in tams(world.homeworld) if one[1:] == ("incoming_tam", world.today, None)] == ["Tessa Technical"]


def test_one_begun_when_only_a_yes_was_kept_of_the_accounts_below_takes_them_all_along(world: World) -> None:
    child = world.account("Moon Base", parent=world.homeworld)
    world.assign(child, world.tam)
    row = hand_off(world, world.homeworld, options=Options(children=True))
    HandOver.objects.update(because={**row.because, "children": True})
    row.refresh_from_db()
    tick_all(world, row, TAM_ITEMS, world.tam)

    handovers_accepting.accept(row, **moment(world, world.tessa, 5))

    assert tams(child)[-1] == ("Tessa Technical", "tam", world.today, None)


def test_an_acceptance_is_not_taken_back_where_something_that_moved_has_changed_since(world: World) -> None:
    work_of_tam(world, world.homeworld)
    row = hand_off(world, world.homeworld)
    tick_all(world, row, TAM_ITEMS, world.tam)
    event = handovers_accepting.accept(row, **moment(world, world.tessa, 5))
    ServiceDelivery.objects.update(delivered_by=world.tam)
    before = state()

    found = refused(lambda: handovers.undo(row, event, **moment(world, world.tessa, 6)))

    assert (found.code, found.sentence) == ("conflict", "Ebr was changed since, so nothing was taken back.")
    assert state() == before


def test_a_hand_over_that_a_tam_began_needs_somebody_who_may_assign(world: World) -> None:
    row = handovers_starting.start(
        world.homeworld, "tam", taker=world.tessa, options=Options(manager=world.mona), **moment(world, world.tam)
    )
    tick_all(world, row, TAM_ITEMS, world.tam)
    before = state()

    found = refused(lambda: handovers_accepting.accept(row, **moment(world, world.tessa)))
    assert found.sentence == "It was begun by somebody who may not assign people: a manager has to accept it."
    assert state() == before

    handovers_accepting.accept(row, **moment(world, world.mona))
    assert row.state == "accepted"


@pytest.mark.parametrize("open_work", ["move", "close"])
def test_a_disengagement_ends_the_assignment_and_moves_or_closes_the_work(world: World, open_work: str) -> None:
    work_of_tam(world, world.homeworld)
    before, was = owners(), tams(world.homeworld)
    row = handovers_starting.start(
        world.homeworld, "disengagement", options=Options(open_work=open_work), **moment(world, world.mona)
    )
    assert (row.giver, row.taker) == (world.tam, world.ari)
    tick_all(world, row, ("agreed", "talked", "summary"), world.tam)

    event = handovers_accepting.accept(row, **moment(world, world.ari, 5))

    assert tams(world.homeworld) == [(*was[0][:3], world.today)]
    if open_work == "move":
        assert owners() == {
            **before,
            **dict.fromkeys(("Mine", "My task", "My task in another", "call", "service", "onboarding"), "Ari Account"),
        }
    else:
        assert CallToAction.objects.get(title="Mine").is_open is False
        assert Activity.objects.get().deleted_at == world.at + timedelta(minutes=5)
        assert ServiceDelivery.objects.get().status == "cancelled"

    handovers.undo(row, event, **moment(world, world.ari, 6))

    assert owners() == before
    assert tams(world.homeworld) == was
    assert (
        CallToAction.objects.get(title="Mine").is_open,
        Activity.objects.get().deleted_at,
        ServiceDelivery.objects.get().status,
    ) == (True, None, "planned")


def test_a_beginning_is_taken_back_as_if_it_had_not_been(world: World) -> None:
    before = list(Assignment.objects.filter(until_date=None).values("user", "role"))
    row = hand_off(world, world.homeworld)
    event = Event.objects.get(verb="handover.started")

    handovers.undo(row, event.pk, **moment(world, world.mona, 1))

    assert HandOver.objects.count() == 0
    assert list(Assignment.objects.filter(until_date=None).values("user", "role")) == before
    assert PlaybookUse.objects.get().status == "cancelled"


def test_calling_off_stops_the_playbook_and_can_be_taken_back(world: World) -> None:
    row = hand_off(world, world.homeworld)

    event = handovers.cancel(row, "She stays after all", **moment(world, world.tam)).event

    assert (row.state, row.is_open, row.reason) == ("cancelled", False, "She stays after all")
    assert PlaybookUse.objects.get().status == "cancelled"
    assert Assignment.objects.filter(role="incoming_tam", until_date=None).count() == 0
    assert event is not None
    handovers.undo(row, event, **moment(world, world.tam))
    assert (row.state, row.is_open, PlaybookUse.objects.get().status) == ("preparing", True, "active")
    assert Assignment.objects.filter(role="incoming_tam", until_date=None).count() == 1


def test_what_two_people_change_at_once_is_asked(world: World) -> None:
    row = sale(world)
    seen = {"due_on": row.due_on, "note": row.note}
    handovers.change(row, {"due_on": date(2026, 12, 4)}, **moment(world, world.tam))

    found = handovers.change(
        row, {"due_on": date(2026, 12, 11), "note": "Call them first"}, seen=seen, **moment(world, world.ari)
    )

    assert [(one.name, one.theirs, one.mine) for one in found.clashes] == [("due_on", date(2026, 12, 4), date(2026, 12, 11))]
    assert (row.due_on, row.note) == (date(2026, 12, 4), "Call them first")


def test_an_upgrade_is_planned_once_its_plan_has_a_rollback(world: World) -> None:
    row = handovers_starting.start(world.homeworld, "upgrade", **moment(world, world.mona))

    def planned() -> tuple[str, str]:
        (item,) = (one for one in handovers_states.one(row, world.today, handbook.pack()) if one.item.key == "upgrade_plan")
        return item.state, item.why

    use = playbooks.apply(
        world.homeworld, "upgrade_assistance", start=world.today + timedelta(days=30), **moment(world, world.tam)
    )
    assert planned() == ("open", "See that the plan has a rollback strategy: not done yet")
    for key, fields in (
        ("plan", {"from_version": "12", "to_version": "13"}),
        ("rollback", {"rollback": "The snapshot of the day before"}),
    ):
        tasks.done(Task.objects.get(cta__playbook_use=use, key=key), fields, actor=world.tam, at=world.at)

    assert planned() == ("done", "See that the plan has a rollback strategy: done")
    assert row.missing == handovers_states.missing([row], world.today, handbook.pack())[row.pk]  # it isn't needed
