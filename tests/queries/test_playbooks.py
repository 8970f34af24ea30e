"""What is asked about playbooks: what one would mean, where they are at work."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tenure.actions import playbooks as actions
from tenure.actions import tasks
from tenure.models import AccountSummary
from tenure.queries import playbooks, playbooks_one
from tests import handbooks, work
from tests.world import TODAY, World


@pytest.fixture(autouse=True)
def pack(settings: Any) -> None:
    settings.HANDBOOK = handbooks.testing()


def test_what_is_shown_before_is_what_comes(world: World) -> None:
    shown = playbooks.preview(world.homeworld, "testing", start=date(2026, 11, 20), today=TODAY, user=world.tam)
    assert shown is not None
    before = work.content()

    use = actions.apply(
        world.homeworld, "testing", start=date(2026, 11, 20), today=TODAY, actor=work.fresh(world.tam), at=world.at
    )

    assert before["Task"] == []
    made = [(task.title, task.due_date, task.owner) for task in use.ctas.get().tasks.select_related("owner")]
    assert [(task.title, task.due_date, person) for task, person in shown.tasks] == made
    assert playbooks.preview(world.homeworld, "nothing", start=TODAY, today=TODAY, user=world.tam) is None


def test_a_playbook_tells_where_it_is_at_work(world: World) -> None:
    asked = {"start": TODAY, "today": TODAY, "at": world.at, "actor": work.fresh(world.mona)}
    for account in (world.homeworld, world.le_hotel):
        actions.apply(account, "testing", **asked)
    done = actions.apply(world.crab_shack, "testing", **asked)
    actions.cancel(done, "Left", outcome="not_needed", actor=work.fresh(world.mona), at=world.at)

    def counted(who: str) -> tuple[int, int]:
        shelf = next(one for one in playbooks.listed(work.fresh(world.people[who]), TODAY) if one.book.key == "testing")
        return shelf.at_work, shelf.done

    assert (counted("mona"), counted("tam"), counted("tessa"), counted("olga")) == ((2, 0), (2, 0), (0, 0), (0, 0))
    assert [use.status for use in playbooks.of_account(work.fresh(world.mona), world.crab_shack)] == ["cancelled"]
    assert playbooks.of_account(work.fresh(world.tam), world.crab_shack) == []
    assert playbooks.use(work.fresh(world.tam), done.pk) is None


def test_only_what_is_in_force_can_be_applied(world: World) -> None:
    keys = {one.key for one in playbooks.usable(TODAY)}

    assert ("testing" in keys, "not_yet" in keys) == (True, False)
    assert next(one for one in playbooks.listed(work.fresh(world.tam), TODAY) if one.book.key == "not_yet").edition is None


def many(world: World, *names: str, who: str = "mona", **fields: Any) -> playbooks.Many:
    given: dict[str, Any] = {"key": "testing", "start": TODAY, "today": TODAY, "user": work.fresh(world.people[who]), **fields}
    found = playbooks.preview_many([world.accounts[name].pk for name in names], given.pop("key"), **given)
    assert found is not None
    return found


def test_what_many_would_get_is_told_by_person_and_what_is_left(world: World) -> None:
    AccountSummary.objects.update(segment="Large")  # the plan of growth is for strategic accounts
    actions.apply(world.le_hotel, "testing", start=TODAY, today=TODAY, actor=work.fresh(world.mona), at=world.at)
    before = work.content()

    found = many(world, "homeworld", "beach_city", "le_hotel", "big_donut")

    assert [(name, tasks) for _, name, tasks in found.ready] == [("Homeworld Inc.", 5), ("Beach City Corp.", 5)]
    assert [(name, why) for _, name, why in found.refused] == [
        ("Le Hotel", "Testing is at work on Le Hotel already, since 16 Nov 2026."),
        (f"No. {world.big_donut.pk}", "There is no such account."),
    ]  # fmt: skip
    assert [(share.user, share.ctas, share.tasks) for share in found.shares] == [
        (world.mona, 1, 6),
        (world.tam, 1, 3),
        (world.ari, 0, 1),
    ]
    assert (found.tasks, found.first, found.last) == (10, date(2026, 11, 17), date(2026, 12, 16))
    assert work.content() == before


def test_what_is_told_of_many_is_what_comes(world: World) -> None:
    names = ("homeworld", "beach_city", "le_hotel", "crab_shack", "big_donut")
    for who in ("mona", "tam", "ops"):
        told = many(world, *names, who=who)
        result = actions.apply_many([world.accounts[name].pk for name in names], "testing", start=TODAY, today=TODAY, actor=work.fresh(world.people[who]), at=world.at)  # fmt: skip
        assert sorted(result.done) == sorted(pk for pk, _, _ in told.ready)
        assert sorted(result.refused) == sorted((pk, why) for pk, _, why in told.refused)


def test_who_may_not_apply_is_told_why(world: World) -> None:
    found = many(world, "homeworld", "le_hotel", who="tam")

    assert [why for _, _, why in found.refused] == ["You may not apply playbooks to Le Hotel."]
    assert playbooks.refusals(None, [world.homeworld.pk, 999_999], "testing") == [(999_999, "There is no such account.")]


def test_the_preview_names_the_owner_and_what_comes_first(world: World) -> None:
    user = work.fresh(world.tam)
    shown = playbooks.preview(world.homeworld, "testing", start=TODAY, today=TODAY, user=user, owner=world.mona)
    assert shown is not None

    assert (shown.owner, shown.due, shown.running) == (world.mona, date(2026, 12, 16), None)
    assert [after for _, _, after in shown.lines] == [[], ["Hand over"], ["Hand over", "Welcome"], [], [], []]
    other = playbooks.preview(world.homeworld, "testing", start=date(2026, 11, 17), today=TODAY, user=user)
    assert other is not None
    assert shown.digest != other.digest


def test_a_constant_number_of_queries_tells_of_many(world: World) -> None:
    more = world.more_accounts(30)
    user = work.fresh(world.ops)
    counts = []
    for ids in ([row.pk for row in more[:3]], [row.pk for row in more]):
        with CaptureQueriesContext(connection) as asked:
            playbooks.preview_many(ids, "testing", start=TODAY, today=TODAY, user=user)
        counts.append(len(asked))
    assert counts[0] == counts[1] <= 10


def one(world: World, pk: int, who: str = "tam") -> playbooks_one.One:
    found = playbooks_one.one(work.fresh(world.people[who]), pk, TODAY)
    assert found is not None
    return found


def test_one_at_work_shows_its_steps_with_their_state(world: World) -> None:
    actor = work.fresh(world.tam)
    AccountSummary.objects.update(segment="Large")
    use = actions.apply(world.homeworld, "testing", start=date(2026, 11, 2), today=TODAY, actor=actor, at=world.at)
    row = use.ctas.get()
    tasks.done(row.tasks.get(key="hand_over"), actor=actor, at=world.at)
    tasks.skip(row.tasks.get(key="thanks"), actor=actor, at=world.at)
    tasks.add(row, "Send a cake", actor=actor, at=world.at)

    found = one(world, use.pk)

    assert [(step.title, step.state, step.late, step.waits) for step in found.steps] == [
        ("Hand over", "done", 0, []), ("Welcome", "open", 12, []), ("Kick-off", "open", 7, ["Welcome"]), ("Review with the manager", "open", 0, []),
        ("Write the plan of growth", "outside", 0, []), ("Say thank you", "skipped", 0, []),
    ]  # fmt: skip
    assert [(step.role, step.day) for step in found.steps[:3]] == [
        ("Account manager", "1 day after"), ("Technical account manager", "2 business days after"), ("Technical account manager", "7 days after"),
    ]  # fmt: skip
    assert ([task.title for task in found.more], found.counts, found.percent) == (["Send a cake"], (1, 6), 17)
    assert (found.is_current, found.differing, found.may, found.usable) == (True, 0, True, True)
    assert playbooks_one.one(work.fresh(world.tessa), use.pk, TODAY) is None


def test_one_at_work_stands_beside_the_handbook_of_today(world: World, tmp_path: Path, settings: Any) -> None:
    use = actions.apply(world.homeworld, "testing", start=TODAY, today=TODAY, actor=work.fresh(world.tam), at=world.at)
    text = handbooks.PLAYBOOKS.replace("title: Welcome, due: 2 business days", "title: Greet, due: 3 business days")
    text = text.replace(
        "          - {key: thanks, title: Say thank you, owner: solutions_architect}\n",
        "          - {key: cake, title: Send a cake}\n",
    )
    settings.HANDBOOK = str(handbooks.with_testing_playbooks(tmp_path / "later", text))

    found = one(world, use.pk)

    assert [step.title for step in found.steps if step.other or step.gone] == ["Welcome", "Say thank you"]
    assert found.steps[1].other == [("title", "Welcome", "Greet"), ("day", "2 business days", "3 business days")]
    assert (found.steps[5].gone, [new.title for new in found.added]) == (True, ["Send a cake"])
    assert (found.is_current, found.differing) == (False, 3)


def test_a_playbook_that_the_handbook_dropped_goes_on(world: World, tmp_path: Path, settings: Any) -> None:
    use = actions.apply(world.homeworld, "testing", start=TODAY, today=TODAY, actor=work.fresh(world.tam), at=world.at)
    settings.HANDBOOK = str(handbooks.with_testing_playbooks(tmp_path / "later", "playbooks: {}\n"))

    found = one(world, use.pk)
    assert (found.usable, found.is_current, len(found.steps)) == (False, False, 6)


def test_accounts_to_apply_to_are_found_by_name(world: World) -> None:
    def names(who: str, text: str) -> list[str]:
        return [row.name for row in playbooks.accounts_like(work.fresh(world.people[who]), text)]

    assert (names("tam", ""), names("tam", "ho"), names("tam", "le")) == (["Homeworld Inc."], ["Homeworld Inc."], [])
    assert (names("mona", ""), names("mona", "LE h"), names("olga", "ho")) == (["Homeworld Inc."], ["Le Hotel"], [])
