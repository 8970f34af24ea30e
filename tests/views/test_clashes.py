"""Two people in one CTA or task: what only one changed stands, what both changed is shown with both values and a button for each."""

from datetime import date, timedelta
from typing import Any

import pytest

from tenure.actions import ctas, merging, tasks
from tenure.models import CallToAction, Event, Task
from tests import work
from tests.conftest import ClientFor
from tests.world import World

CARD = {"HTTP_HX_REQUEST": "true", "HTTP_HX_TARGET": "cta"}
DIALOG = {"HTTP_HX_REQUEST": "true", "HTTP_HX_TARGET": "dialog"}


def text(response: Any) -> str:
    return str(response.content.decode())


@pytest.fixture
def row(world: World) -> CallToAction:
    """A CTA whose title Mona has changed while Tam had its card open."""
    made = work.cta(world, title="Onboard", note="First")
    ctas.update(made, {"title": "Onboard them"}, today=world.today, actor=world.mona, at=world.at + timedelta(minutes=90))
    return made


def change(client: Any, row: CallToAction, **given: str) -> str:
    return text(
        client.post(f"/ctas/{row.pk}/change/", {name.replace("was_", "was-"): value for name, value in given.items()}, **CARD)
    )


def test_the_card_says_what_it_shows_of_each_field(world: World, client_for: ClientFor, row: CallToAction) -> None:
    html = text(client_for(world.tam).get(f"/ctas/{row.pk}/?tab=details", **CARD))

    for name, value in (("title", "Onboard them"), ("reason", ""), ("note", "First")):
        assert f'name="was-{name}" value="{value}"' in html
    assert '"was-status": "new"' in html
    assert '"was-priority": "2"' in html
    assert '"was-important": "0"' in html


def test_what_both_changed_is_not_saved_and_both_values_are_shown(world: World, client_for: ClientFor, row: CallToAction) -> None:
    before = work.content()

    html = change(client_for(world.tam), row, title="Onboard <Homeworld>", was_title="Onboard")

    assert work.content() == before
    assert "<b>Title was not saved.</b> Mona Manager changed it, 16 Nov, 11:30." in html.replace("  ", " ")
    assert "<dt>Mona Manager</dt><dd>Onboard them</dd><dt>You</dt><dd>Onboard &lt;Homeworld&gt;</dd>" in html
    assert ">Keep Mona Manager's</button>" in html
    assert '<button class="btn btn-sm" name="title" value="Onboard &lt;Homeworld&gt;">Use mine</button>' in html
    assert '<input type="hidden" name="was-title" value="Onboard them">' in html


def test_each_button_does_what_it_says(world: World, client_for: ClientFor, row: CallToAction) -> None:
    client = client_for(world.tam)

    assert "was not saved" not in change(client, row, keep="title", was_title="Onboard them")
    row.refresh_from_db()
    assert row.title == "Onboard them"
    assert "was not saved" not in change(client, row, title="Onboard Homeworld", was_title="Onboard them")
    row.refresh_from_db()
    assert row.title == "Onboard Homeworld"
    assert Event.objects.filter(verb="cta.updated", object_id=row.pk, actor=world.tam).count() == 1


def test_what_only_one_changed_stands_without_a_word(world: World, client_for: ClientFor, row: CallToAction) -> None:
    html = change(client_for(world.tam), row, title="Onboard", was_title="Onboard", note="First\r\nSecond", was_note="First", priority="1", was_priority="2")  # fmt: skip

    row.refresh_from_db()
    assert (row.title, row.note, row.priority) == ("Onboard them", "First\r\nSecond", 1)
    assert "was not saved" not in html


def test_of_two_fields_the_other_is_saved_and_asked_no_more(world: World, client_for: ClientFor, row: CallToAction) -> None:
    client, at = client_for(world.tam), world.at + timedelta(hours=2)
    ctas.update(row, {"note": "Hers", "status": "in_progress"}, today=world.today, actor=world.mona, at=at)
    given = {
        "title": "Mine",
        "was_title": "Onboard",
        "note": "Mine too",
        "was_note": "First",
        "priority": "3",
        "was_priority": "2",
    }

    html = change(client, row, **given)

    row.refresh_from_db()
    assert (row.title, row.note, row.priority) == ("Onboard them", "Hers", 3)
    assert html.count("was not saved") == 2
    assert '<input type="hidden" name="note" value="Mine too"><input type="hidden" name="was-note" value="First">' in html
    html = change(client, row, title="Mine", was_title="Onboard them", note="Mine too", was_note="First")
    row.refresh_from_db()
    assert (row.title, row.note, html.count("was not saved"), "Note was not saved" in html) == ("Mine", "Hers", 1, True)


def test_the_same_change_twice_is_no_clash_and_a_form_without_what_was_seen_saves(world: World, client_for: ClientFor, row: CallToAction) -> None:  # fmt: skip
    client = client_for(world.tam)

    assert "was not saved" not in change(client, row, title="Onboard them", was_title="Onboard")
    assert "was not saved" not in change(client, row, title="By hand")
    row.refresh_from_db()
    assert row.title == "By hand"


def test_status_and_priority_are_told_in_words(world: World, client_for: ClientFor, row: CallToAction) -> None:
    ctas.update(row, {"priority": 1, "important": True}, today=world.today, actor=world.mona, at=world.at)

    html = change(client_for(world.tam), row, priority="3", was_priority="2", important="0", was_important="1")

    assert "<dt>Mona Manager</dt><dd>High</dd><dt>You</dt><dd>Low</dd>" in html
    assert "Important was not saved" not in html  # both want it off or it is as it was seen
    row.refresh_from_db()
    assert (row.priority, row.important) == (1, False)


def test_without_a_script_the_page_itself_asks(world: World, client_for: ClientFor, row: CallToAction) -> None:
    answer = client_for(world.tam).post(f"/ctas/{row.pk}/change/", {"title": "Mine", "was-title": "Onboard"})

    assert answer.status_code == 200
    assert "Title was not saved." in text(answer)
    assert "<!doctype html>" in text(answer).lower()


def test_who_may_not_change_it_learns_nothing_of_a_clash(world: World, client_for: ClientFor, row: CallToAction) -> None:
    before = work.content()

    assert client_for(world.tessa).post(f"/ctas/{row.pk}/change/", {"title": "X", "was-title": "Y"}, **CARD).status_code == 404
    assert "was not saved" not in text(
        client_for(world.exa).post(f"/ctas/{row.pk}/change/", {"title": "X", "was-title": "Y"}, **CARD)
    )
    assert work.content() == before


# --- tasks

ASKED = [{"key": "goal", "label": "Business goal", "kind": "text", "required": True}]


@pytest.fixture
def step(world: World) -> Task:
    made = work.task(world, work.cta(world), "Kick-off", date(2026, 11, 20), note="As it was")
    Task.objects.filter(pk=made.pk).update(asked=ASKED)
    made.refresh_from_db()
    tasks.update(
        made, {"title": "Kick-off call", "owner": world.mona, "fields": {"goal": "Speed"}}, actor=world.mona, at=world.at
    )
    return made


def save(client: Any, step: Task, given: dict[str, str]) -> Any:
    return client.post(f"/tasks/{step.pk}/", given, **DIALOG)


def test_the_dialog_of_a_task_keeps_what_another_person_changed(world: World, client_for: ClientFor, step: Task) -> None:
    seen = {"was-title": "Kick-off", "was-note": "As it was", "was-owner": str(world.tam.pk), "was-answer-goal": ""}
    given = {"order": "1", "title": "Kick-off", "note": "Bring the plan", "owner": str(world.tam.pk), "answer-goal": "", **seen}

    assert save(client_for(world.tam), step, given).status_code == 200

    step.refresh_from_db()
    assert (step.title, step.note, step.owner, step.fields) == ("Kick-off call", "Bring the plan", world.mona, {"goal": "Speed"})


def test_what_both_changed_of_a_task_is_asked_field_by_field(world: World, client_for: ClientFor, step: Task) -> None:
    first = work.task(world, step.cta, "Prepare")
    step.after.set([first])
    client = client_for(world.mona)
    seen = {"was-title": "Kick-off", "was-note": "As it was", "was-owner": str(world.tam.pk), "was-answer-goal": ""}
    given = {"order": "1", "after": str(first.pk), "title": "Welcome", "note": "New", "owner": "", "answer-goal": "Cost", **seen}

    html = text(save(client, step, given))

    step.refresh_from_db()
    assert (step.title, step.note, step.owner, step.fields) == ("Kick-off call", "New", world.mona, {"goal": "Speed"})
    assert [label in html for label in ("Title was not saved", "Owner was not saved", "Business goal was not saved")] == [
        True
    ] * 3
    assert "<dt>Mona Manager</dt><dd>Speed</dd><dt>You</dt><dd>Cost</dd>" in html
    assert "<dd>Mona Manager</dd><dt>You</dt><dd>Nobody</dd>" in html

    rest = {"title": "Welcome", "was-title": "Kick-off"}
    html = text(save(client, step, {"answer-goal": "Cost", "was-answer-goal": "Speed", **rest}))
    step.refresh_from_db()
    assert (step.fields, step.title, html.count("was not saved")) == ({"goal": "Cost"}, "Kick-off call", 1)
    assert list(step.after.all()) == [first]  # a button says nothing of the order


def test_the_dialog_says_what_it_shows(world: World, client_for: ClientFor, step: Task) -> None:
    html = text(client_for(world.tam).get(f"/tasks/{step.pk}/", **DIALOG))

    for name, value in (("title", "Kick-off call"), ("note", "As it was"), ("owner", world.mona.pk), ("answer-goal", "Speed")):
        assert f'name="was-{name}" value="{value}"' in html


# --- the comparison


@pytest.mark.parametrize(
    ("now", "seen", "mine", "saved", "clashes"),
    [
        ("a", "a", "b", {"f": "b"}, 0),
        ("b", "a", "a", {}, 0),
        ("b", "a", "b", {}, 0),
        ("b", "a", "c", {}, 1),
        ("a\nb", "a\r\nb ", "c", {"f": "c"}, 0),
        (None, None, 3, {"f": 3}, 0),
        (1, None, 2, {}, 1),
    ],
)
def test_three_values_are_compared(now: Any, seen: Any, mine: Any, saved: dict[str, Any], clashes: int) -> None:
    found, clashing = merging.split({"f": now}, {"f": mine}, {"f": seen})

    assert (found, len(clashing)) == (saved, clashes)
