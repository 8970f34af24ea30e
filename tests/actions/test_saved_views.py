"""Saved views: kept under a name, shared by whoever may, changed by their owner, and brought back."""

from dataclasses import replace
from typing import Any

import pytest

from tenure.actions import saved_views
from tenure.actions.refusals import Refused
from tenure.actions.saved_views import Given
from tenure.models import Event, SavedView, User
from tests.world import World

DIAMONDS = Given("Diamonds", "f=gemstone:is:Diamond")


def create(world: World, user: User, given: Given = DIAMONDS, page: str = "accounts") -> SavedView:
    return saved_views.create(page, given, actor=user, at=world.at)


def test_a_view_is_kept_and_the_log_says_what_it_shows(world: World) -> None:
    view = create(world, world.tam, Given("  Diamonds   only ", "f=gemstone:is:Diamond", pinned=True))

    assert saved_views.content(view) == {
        "name": "Diamonds only", "query": "f=gemstone:is:Diamond", "shared": False, "pinned": True, "is_default": False,
    }  # fmt: skip
    assert '"query":"f=gemstone:is:Diamond"' in Event.objects.get(verb="saved_view.created").body


@pytest.mark.parametrize(
    ("given", "field"),
    [
        (Given("", ""), "name"), (Given("   ", ""), "name"), (Given("x" * 121, ""), "name"), (Given("Long", "q=" + "x" * 4000), "name"),
        (Given("Shared", "", shared=True), "shared"), (DIAMONDS, "name"),
    ],
)  # fmt: skip
def test_a_view_that_cannot_be_kept_is_refused_and_nothing_changes(world: World, given: Given, field: str) -> None:
    create(world, world.tam)
    with pytest.raises(Refused) as refusal:
        create(world, world.tam, given)

    assert refusal.value.field == field
    assert SavedView.objects.count() == 1
    assert Event.objects.filter(noun="saved_view").count() == 1


def test_there_is_no_view_of_a_list_that_does_not_exist(world: World) -> None:
    with pytest.raises(Refused):
        create(world, world.tam, page="secrets")

    assert SavedView.objects.count() == 0


def test_a_person_opens_a_list_with_one_view(world: World) -> None:
    first = create(world, world.tam, replace(DIAMONDS, is_default=True))
    second = create(world, world.tam, Given("Rubies", "", is_default=True))
    other = create(world, world.mona, replace(DIAMONDS, is_default=True))

    assert [SavedView.objects.get(pk=view.pk).is_default for view in (first, second, other)] == [False, True, True]


def test_only_what_differs_is_written_down(world: World) -> None:
    view = create(world, world.tam)
    saved_views.change(view, DIAMONDS, actor=world.tam, at=world.at)
    saved_views.change(view, replace(DIAMONDS, name="Gems"), actor=world.tam, at=world.at)

    assert [event.body for event in Event.objects.filter(verb="saved_view.changed")] == [
        '{"before":{"name":"Diamonds"},"after":{"name":"Gems"}}'
    ]


def test_a_shared_view_is_changed_by_its_owner_only(world: World) -> None:
    view = create(world, world.mona, replace(DIAMONDS, shared=True))
    with pytest.raises(Refused) as refusal:
        saved_views.change(view, replace(DIAMONDS, name="Mine now"), actor=world.ops, at=world.at)

    assert refusal.value.code == "not_allowed"
    assert SavedView.objects.get().name == "Diamonds"


def test_who_may_share_may_clear_away_what_others_shared(world: World) -> None:
    view = create(world, world.mona, replace(DIAMONDS, shared=True))
    with pytest.raises(Refused):
        saved_views.delete(view, actor=world.tam, at=world.at)
    assert SavedView.objects.count() == 1

    saved_views.delete(view, actor=world.ops, at=world.at)
    assert SavedView.objects.count() == 0


def test_a_private_view_of_somebody_else_is_not_deleted(world: World) -> None:
    view = create(world, world.tam)
    with pytest.raises(Refused):
        saved_views.delete(view, actor=world.ops, at=world.at)

    assert SavedView.objects.count() == 1


def test_a_deleted_view_comes_back_to_its_owner_as_it_was(world: World) -> None:
    view = create(world, world.mona, replace(DIAMONDS, shared=True, pinned=True))
    kept: dict[str, Any] = saved_views.content(view)
    saved_views.delete(view, actor=world.ops, at=world.at)
    back = saved_views.restore("accounts", kept, world.mona.pk, actor=world.ops, at=world.at)

    assert (back.owner, saved_views.content(back)) == (world.mona, kept)
    with pytest.raises(Refused):
        saved_views.restore("accounts", kept, world.mona.pk, actor=world.ops, at=world.at)
    with pytest.raises(Refused):
        saved_views.restore("accounts", {**kept, "name": "Other"}, world.mona.pk, actor=world.tam, at=world.at)
    assert SavedView.objects.count() == 1
