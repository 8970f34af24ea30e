"""Forms of projects with what nobody should send: what is refused says where, keeps what was typed, and changes nothing."""

from datetime import date
from typing import Any

import pytest

from tenure.actions import projects, projects_comments, projects_parts
from tenure.actions.refusals import Refused
from tenure.models import Project
from tests.actions.test_projects import begun, kept, moment
from tests.conftest import ClientFor
from tests.views.test_projects import HTMX, text
from tests.world import World

NO_DAY = "That is no day. Give one like 2026-11-16."


def parts(row: Project) -> list[Any]:
    """Everything that a form of a project may write."""
    return [
        list(found.order_by("pk").values())
        for found in (row.issues.all(), row.milestones.all(), row.labels.all(), row.members.all(), row.guests.all())
    ]


@pytest.mark.parametrize("wrong", ["2026-02-31", "12026-01-01", "tomorrow"])
@pytest.mark.parametrize(
    ("path", "form", "field"),
    [
        (
            "change/",
            {"name": "H", "tree": "account-management", "visibility": "private", "start_date": "2026-11-01"},
            "contract_date",
        ),
        ("issues/new/", {"title": "One"}, "due_date"),
        ("issues/7/change/", {"title": "One"}, "due_date"),
        ("milestones/new/", {"title": "One"}, "start_date"),
        ("milestones/new/", {"title": "One"}, "due_date"),
    ],
)
def test_what_is_no_day_is_said_beside_it_and_takes_no_day_away(
    path: str, form: dict[str, str], field: str, wrong: str, world: World, client_for: ClientFor
) -> None:
    row = begun(world)
    was = kept(), parts(row)

    response = client_for(world.tam).post(f"/projects/{row.pk}/{path}", {**form, field: wrong}, **HTMX)

    assert (response.status_code, f'id="err-{field}">{NO_DAY}' in text(response), f'value="{wrong}"' in text(response)) == (
        422,
        True,
        True,
    )
    assert (kept(), parts(row)) == was


@pytest.mark.parametrize(("field", "sentence"), [("start", NO_DAY), ("contract", NO_DAY)])
def test_a_project_is_not_made_with_what_is_no_day(field: str, sentence: str, world: World, client_for: ClientFor) -> None:
    was = kept()
    form = {"template": "enterprise", "name": "H", "start": "2026-11-01", "contract": "2026-11-10", field: "2026-02-31"}

    response = client_for(world.tam).post(f"/accounts/{world.homeworld.pk}/projects/new/", form)

    assert (response.status_code, text(response).count(sentence)) == (422, 1)
    assert kept() == was


def test_a_wrong_day_for_many_takes_the_day_of_none(world: World, client_for: ClientFor) -> None:
    row = begun(world)
    was = kept(), parts(row)
    client, issue = client_for(world.tam), row.issues.get(key="welcome")

    client.post(f"/projects/{row.pk}/issues/bulk/", {"id": [issue.pk], "do": "due:2026-02-31"})

    assert NO_DAY in text(client.get(f"/projects/{row.pk}/"))
    assert (kept(), parts(row)) == was


def test_a_milestone_that_somebody_changed_meanwhile_keeps_what_they_wrote(world: World, client_for: ClientFor) -> None:
    row = begun(world)
    stone = row.milestones.order_by("pk")[0]
    days = {"start_date": date(2026, 11, 1), "due_date": date(2026, 12, 1)}
    projects_parts.save_milestone(row, stone.pk, {**days, "title": "First", "description": "As it was"}, **moment(world))
    url, client = f"/projects/{row.pk}/milestones/{stone.pk}/", client_for(world.tam)
    form = dict(client.get(url).context["was"].items())
    seen = {f"was-{name}": value for name, value in form.items()}
    theirs = {"title": "Theirs", "description": "What they found", "state": "closed", "start_date": date(2026, 11, 20)}
    projects_parts.save_milestone(row, stone.pk, theirs, **moment(world, world.mona))

    response = client.post(url, {**form, **seen, "title": "Mine"})

    page = text(response)
    assert (response.status_code, "meanwhile to: Theirs" in page, 'value="Mine"' in page) == (422, True, True)
    assert ("What they found" in page, 'name="was-title" value="Theirs"' in page) == (True, True)
    stone.refresh_from_db()
    assert (stone.title, stone.description, stone.state, stone.due_date) == (
        "Theirs",
        "What they found",
        "closed",
        date(2026, 12, 1),
    )
    before_it_begins = client.post(url, {**form, **seen, "due_date": "2026-11-10"})
    assert "It is due on or after the day on which it begins." in text(before_it_begins)
    client.post(url, {**form, **seen, "was-title": "Theirs", "title": "Mine"})
    stone.refresh_from_db()
    assert (stone.title, stone.description, stone.state) == ("Mine", "What they found", "closed")


def test_a_label_that_somebody_changed_meanwhile_keeps_what_they_wrote(world: World, client_for: ClientFor) -> None:
    row = begun(world)
    label = row.labels.get(key="doing")
    url, client = f"/projects/{row.pk}/labels/{label.pk}/", client_for(world.tam)
    form = dict(client.get(url).context["was"].items())
    seen = {f"was-{name}": value for name, value in form.items()}
    projects_parts.save_label(row, label.pk, {"name": "Theirs", "board": False}, **moment(world, world.mona))

    clashed = client.post(url, {**form, **seen, "name": "Mine"})
    saved = client.post(url, {**form, **seen, "note": "What it says"})

    assert (clashed.status_code, "meanwhile to: Theirs" in text(clashed), saved.status_code) == (422, True, 302)
    label.refresh_from_db()
    assert (label.name, label.board, label.note) == ("Theirs", False, "What it says")


@pytest.mark.parametrize(
    ("path", "form", "sentence"),
    [
        ("milestones/new/", {"title": "One", "start_date": "0001-01-01"}, "That day is too far away."),
        ("milestones/new/", {"title": "One", "due_date": "9999-12-31"}, "That day is too far away."),
        ("labels/new/", {"name": "One", "color": "n", "note": "x" * 301}, "A note has at most 300 characters."),
        ("labels/new/", {"name": "One", "color": "pink"}, "Choose one of the colours."),
        ("milestones/new/", {"title": "One", "state": "late"}, "A milestone is active or closed."),
        ("change/", {"name": "H", "tree": "elsewhere", "visibility": "private", "start_date": "2026-11-01"}, "Choose a group of the handbook."),
        ("change/", {"name": "H", "tree": "account-management", "visibility": "all", "start_date": "2026-11-01"}, "Choose a visibility of the handbook."),
        ("people/new/", {"user": "", "access": "developer"}, "Choose somebody."),
        ("guests/new/", {"contact": "999999", "name": "", "days": "30"}, "The account has no such contact any more. Choose another."),
        ("guests/new/", {"contact": "", "name": " ", "days": "30"}, "Say who is invited."),
        ("guests/new/", {"contact": "", "name": "Ann", "days": "0"}, "A link works for 1 to 366 days."),
    ],
)  # fmt: skip
def test_what_is_refused_is_said_in_the_form(
    path: str, form: dict[str, str], sentence: str, world: World, client_for: ClientFor
) -> None:
    row = begun(world)
    was = kept(), parts(row)

    response = client_for(world.tam).post(f"/projects/{row.pk}/{path}", form, **HTMX)

    assert (response.status_code, sentence in text(response)) == (422, True)
    assert (kept(), parts(row)) == was


def test_a_project_that_begins_too_long_ago_is_refused_in_words(world: World, client_for: ClientFor) -> None:
    was = kept()

    response = client_for(world.tam).post(
        f"/accounts/{world.homeworld.pk}/projects/new/", {"template": "enterprise", "name": "H", "start": "0001-01-01"}
    )

    assert (response.status_code, "That day is too far away." in text(response), kept()) == (422, True, was)


def test_who_was_chosen_stays_chosen_where_their_access_is_refused(world: World, client_for: ClientFor) -> None:
    row = begun(world)
    was = kept(), parts(row)

    response = client_for(world.tam).post(f"/projects/{row.pk}/people/new/", {"user": world.mona.pk, "access": "king"})

    page = text(response)
    assert (response.status_code, "Choose an access of the handbook." in page) == (422, True)
    assert f'<option value="{world.mona.pk}" selected>' in page
    assert (kept(), parts(row)) == was


def test_a_note_holds_no_character_that_is_no_text(world: World) -> None:
    row = begun(world)
    was = kept(), parts(row)

    with pytest.raises(Refused, match="A note has at most 300 characters"):
        projects_parts.save_label(row, None, {"name": "One", "color": "n", "note": "a\x00b"}, **moment(world))
    assert (kept(), parts(row)) == was


def test_a_comment_that_is_refused_stays_where_it_was_written(world: World, client_for: ClientFor) -> None:
    row = begun(world)
    url, client = f"/projects/{row.pk}/issues/7/", client_for(world.tam)
    long = "A long story. " * 400
    was = kept()

    refused = client.post(f"{url}comments/new/", {"text": long}, HTTP_HX_TARGET="issue", **HTMX)
    assert ("A comment has at most 5,000 characters." in text(refused), f">{long}</textarea>" in text(refused)) == (True, True)
    assert kept() == was
    projects.archive(row, actor=world.mona, at=world.at)
    was = kept()

    archived = client.post(f"{url}comments/new/", {"text": "What they said"}, HTTP_HX_TARGET="issue", **HTMX)
    assert ("You may read this, not comment on it." in text(archived), ">What they said</textarea>" in text(archived)) == (
        True,
        True,
    )
    assert kept() == was


def test_a_comment_half_written_stays_while_a_box_is_ticked_and_is_gone_once_it_is_said(
    world: World, client_for: ClientFor
) -> None:
    row = begun(world)
    issue = row.issues.get(key="adoption")
    url, client = f"/projects/{row.pk}/issues/{issue.iid}/", client_for(world.tam)
    box = {"box": 2, "words": "What holds teams back", "done": "1", "text": "Half a comm"}

    ticked = client.post(f"{url}tick/", box, HTTP_HX_TARGET="issue", **HTMX)
    closed = client.post(f"{url}close/", {"text": "Half a comm"}, HTTP_HX_TARGET="issue", **HTMX)
    said = client.post(f"{url}comments/new/", {"text": "A comment"}, HTTP_HX_TARGET="issue", **HTMX)

    assert [">Half a comm</textarea>" in text(one) for one in (ticked, closed, said)] == [True, True, False]
    assert [one.text for one in issue.comments.all()] == ["A comment"]


def test_a_state_that_there_is_not_changes_no_issue_and_says_so(world: World, client_for: ClientFor) -> None:
    row = begun(world)
    was = kept(), parts(row)
    client, issue = client_for(world.tam), row.issues.get(key="welcome")

    told = client.post(f"/projects/{row.pk}/issues/bulk/", {"id": [issue.pk], "do": "state:odd"}, follow=True)

    assert ("Choose what to change." in text(told), "0 issues changed." in text(told)) == (True, False)
    assert (kept(), parts(row)) == was


def test_the_day_of_many_issues_is_chosen_from_a_menu_and_can_be_taken_away(world: World, client_for: ClientFor) -> None:
    row = begun(world)
    url, client, issue = f"/projects/{row.pk}/issues/", client_for(world.tam), row.issues.get(key="welcome")

    menu = text(client.get(f"{url}choices/?of=due&due_date=2026-12-24"))
    first = menu.index('value="due:2026-12-24">Due · 24 Dec 2026<')
    assert first < menu.index(">Tomorrow · ") < menu.index('value="due:none">No due day<')

    found = []
    for wanted in ("due:2026-12-24", "due:none"):
        client.post(f"{url}bulk/", {"id": [issue.pk], "do": wanted})
        issue.refresh_from_db()
        found.append(issue.due_date)
    assert found == [date(2026, 12, 24), None]


@pytest.mark.parametrize("drawer", [True, False])
@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("  ", "Write something first."),
        ("A long story. " * 400, "A comment has at most 5,000 characters."),
    ],
)
def test_a_comment_changed_to_what_is_refused_stays_in_its_form(
    typed: str, sentence: str, drawer: bool, world: World, client_for: ClientFor
) -> None:
    row = begun(world)
    issue = row.issues.get(iid=7)
    comment = projects_comments.add(row, issue.pk, "First words", actor=world.tam, at=world.at)
    was = kept(), list(issue.comments.values())
    how: dict[str, Any] = {"HTTP_HX_TARGET": "issue", **HTMX} if drawer else {}

    response = client_for(world.tam).post(
        f"/projects/{row.pk}/issues/7/comments/{comment.pk}/", {"edit": typed, "text": "Half a comm"}, **how
    )

    said = text(response)
    assert f'>{typed}</textarea><span class="err-t" id="err-say-{comment.pk}">{sentence}</span>' in said
    assert ('class="cta-sf" hidden' in said, ">Half a comm</textarea>" in said, 'id="err-say"' in said) == (False, True, False)
    assert (kept(), list(issue.comments.values())) == was


def test_a_comment_taken_back_meanwhile_keeps_what_was_typed_until_it_is_brought_back(
    world: World, client_for: ClientFor
) -> None:
    row = begun(world)
    issue = row.issues.get(iid=7)
    comment = projects_comments.add(row, issue.pk, "First words", actor=world.tam, at=world.at)
    projects_comments.delete(row, comment.pk, actor=world.tam, at=world.at)
    url, client = f"/projects/{row.pk}/issues/7/comments/{comment.pk}/", client_for(world.tam)
    was = kept(), list(issue.comments.values())

    refused = text(client.post(url, {"edit": "Second words"}, HTTP_HX_TARGET="issue", **HTMX))
    assert ">Second words</textarea>" in refused
    assert f'id="err-say-{comment.pk}">You took this comment back meanwhile. Bring it back first.</span>' in refused
    assert (kept(), list(issue.comments.values())) == was

    back = text(client.post(f"{url}restore/", {"edit": "Second words"}, HTTP_HX_TARGET="issue", **HTMX))
    assert (">Second words</textarea>" in back, "err-t" in back) == (True, False)
    client.post(url, {"edit": "Second words"}, HTTP_HX_TARGET="issue", **HTMX)
    assert [(one.text, one.deleted_at) for one in issue.comments.all()] == [("Second words", None)]


def test_somebody_elses_comment_is_not_changed(world: World, client_for: ClientFor) -> None:
    row = begun(world)
    issue = row.issues.get(iid=7)
    comment = projects_comments.add(row, issue.pk, "First words", actor=world.tam, at=world.at)
    was = kept(), list(issue.comments.values())

    response = client_for(world.mona).post(f"/projects/{row.pk}/issues/7/comments/{comment.pk}/", {"edit": "Hers"}, **HTMX)

    assert response.status_code == 403
    assert (kept(), list(issue.comments.values())) == was


@pytest.mark.parametrize(("field", "typed"), [("name", "Dan Other"), ("address", "dan@homeworld.example")])
def test_who_is_invited_as_a_contact_and_written_by_hand_is_asked_which(
    field: str, typed: str, world: World, client_for: ClientFor
) -> None:
    row = begun(world)
    carol = world.homeworld.contacts.get(name="Carol of Homeworld Inc.")
    client, url, was = client_for(world.tam), f"/projects/{row.pk}/guests/new/", (kept(), parts(row))
    form = {"contact": str(carol.pk), "days": "30", field: typed}

    refused = client.post(url, form, **HTMX)

    sentence = "Carol of Homeworld Inc. is chosen as contact. Empty this, or choose “Somebody else” as contact."
    assert (refused.status_code, refused.context["errors"]) == (422, {field: sentence})
    assert (f'value="{typed}"' in text(refused), f'<option value="{carol.pk}" selected>' in text(refused)) == (True, True)
    assert (kept(), parts(row)) == was

    client.post(url, form | {field: ""}, **HTMX)
    client.post(url, form | {"name": " carol of homeworld inc. ", "address": carol.email}, **HTMX)
    assert list(row.guests.values_list("contact", "name", "address")) == [(carol.pk, carol.name, carol.email)] * 2
