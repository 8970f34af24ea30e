"""Remarks, and who is told of them."""

from typing import Any

import pytest

from tenure.actions import comments
from tenure.actions.refusals import Refused
from tenure.models import Activity, Comment, Notice, User
from tenure.queries import mentions, people, visible
from tests import work
from tests.world import World


def add(world: World, text: str, who: str = "mona", on: Any = None) -> Comment:
    return comments.add(on or work.cta(world), text, actor=work.fresh(world.people[who]), at=world.at)


def told() -> list[tuple[str, str, str]]:
    return list(
        Notice.objects.filter(channel="app").exclude(kind="cta").order_by("pk").values_list("user__name", "kind", "title")
    )


def test_people_named_are_told_and_so_is_the_owner(world: World) -> None:
    row = add(world, "Ask @[Ari Account] first, @[tam technical] knows. @[Nobody Here]")

    assert [user.name for user in row.mentioned.order_by("name")] == ["Ari Account", "Tam Technical"]
    assert told() == [
        ("Ari Account", "mention", "Mona Manager mentioned you: Onboard"), ("Tam Technical", "mention", "Mona Manager mentioned you: Onboard"),
    ]  # fmt: skip
    assert (
        Notice.objects.filter(channel="app").get(user=world.ari, kind="mention").body
        == "Ask Ari Account first, tam technical knows. Nobody Here"
    )
    add(world, "Any news?", on=row.cta)
    assert told()[2:] == [("Tam Technical", "comment", "Mona Manager on Onboard")]
    assert work.verbs()[-2:] == ["comment.created", "comment.created"]


def test_nobody_is_told_of_their_own_words(world: World) -> None:
    add(world, "@[Tam Technical] to self", who="tam")

    assert told() == []


def test_who_does_not_see_the_account_is_not_told(world: World) -> None:
    row = add(world, "@[Tessa Technical] @[Olga Outsider] @[Ops Operations]")

    assert [user.name for user in row.mentioned.all()] == ["Ops Operations"]
    assert ("Tessa Technical", "mention", "Mona Manager mentioned you: Onboard") not in told()


def test_two_people_of_one_name_are_both_meant(world: World) -> None:
    twin = User.objects.create(email="ari2@example.com", name="Ari Account")
    twin.roles.create(role="executive")

    assert {user.email for user in mentions.named("@[Ari Account]", world.homeworld)} == {"ari@example.com", "ari2@example.com"}


def test_a_changed_remark_tells_only_who_is_new(world: World) -> None:
    row = add(world, "Ask @[Ari Account]")
    before = Notice.objects.filter(channel="app").count()

    assert comments.change(row, "Ask @[Ari Account] and @[Ops Operations]", actor=world.mona, at=world.at)
    assert not comments.change(row, "Ask @[Ari Account] and @[Ops Operations] ", actor=world.mona, at=world.at)

    assert (row.edited_at, Notice.objects.filter(channel="app").count()) == (world.at, before + 1)
    assert told()[-1] == ("Ops Operations", "mention", "Mona Manager mentioned you: Onboard")


def test_a_remark_is_taken_back_and_brought_back_by_its_author_only(world: World) -> None:
    row = add(world, "Hm")
    comments.delete(row, actor=world.mona, at=world.at)
    assert row.deleted_at == world.at
    comments.restore(row, actor=world.mona, at=world.at)
    before = work.content()

    for attempt in (
        lambda: comments.change(row, "Mine", actor=world.tam, at=world.at),
        lambda: comments.delete(row, actor=world.tam, at=world.at),
    ):
        with pytest.raises(Refused, match="Only its author can change a comment"):
            attempt()
    with pytest.raises(Refused, match="That has been done already"):
        comments.restore(row, actor=world.mona, at=world.at)
    assert work.content() == before


@pytest.mark.parametrize(
    ("text", "who", "sentence"),
    [
        ("  ", "mona", "Write something first."),
        ("x" * 5001, "mona", "A comment has at most 5,000 characters."),
        ("a\x00b", "mona", "A comment has at most 5,000 characters."),
        ("Hm", "olga", "There is no such thing."),
        ("Hm", "tessa", "There is no such thing."),
        ("Hm", "exa", "You may read this, not comment on it."),
    ],
)
def test_a_remark_that_is_refused_leaves_nothing(world: World, text: str, who: str, sentence: str) -> None:
    row = work.cta(world)
    before = work.content()

    with pytest.raises(Refused) as refusal:
        add(world, text, who, on=row)

    assert refusal.value.sentence == sentence
    assert work.content() == before


def test_a_draft_is_its_author_s_alone(world: World) -> None:
    draft = Activity.objects.create(
        account=world.homeworld,
        owner=world.tam,
        kind="call",
        subject="Cadence call",
        draft=True,
        source="tenure",
        recorded_at=world.at,
    )

    with pytest.raises(Refused, match="There is no such thing"):
        add(world, "Hm", "mona", on=draft)
    assert add(world, "Note to self", "tam", on=draft).activity == draft


def test_who_sees_an_account_is_the_same_from_both_sides(world: World) -> None:
    boss = User.objects.create(email="boss@example.com", name="Boss")
    boss.roles.create(role="tam_manager")
    User.objects.filter(pk=world.mona.pk).update(manager=boss)
    loose = world.account("Placeless", territory="apac", region="EMEA")
    type(loose).objects.filter(pk=loose.pk).update(territory=None)
    world.refresh(loose)
    everybody = User.objects.prefetch_related("roles").order_by("name", "pk")

    for account in [*world.accounts.values(), loose]:
        wanted = [
            user
            for user in everybody
            if visible.may(user, "account.view") and visible.accounts(user).filter(pk=account.pk).exists()
        ]
        assert people.seeing(account, "account.view") == wanted


def test_people_are_suggested_by_any_word_of_their_name(world: World) -> None:
    assert [user.name for user in mentions.like("ac", world.homeworld)] == ["Ari Account"]
    assert [user.name for user in mentions.like("ari a", world.homeworld)] == ["Ari Account"]
    assert mentions.like("tessa", world.homeworld) == []
