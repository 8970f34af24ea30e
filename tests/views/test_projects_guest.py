"""What a guest of the customer sees: one project by the link, and nothing else of Tenure."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client

from tenure.actions import projects_guests
from tenure.models import Event, Project, ProjectComment
from tests.actions.test_projects import begun
from tests.views.routes import OPEN, TABLE
from tests.views.test_projects import text
from tests.world import World

NEAR = (
    "projects:",
    "accounts:",
    "account:",
    "home:",
    "cockpit:list",
    "palette:",
    "handbook:list",
)  # the other routes: test_routes


@pytest.fixture(autouse=True)
def fresh(db: None) -> None:
    cache.clear()


def link(world: World, row: Project) -> str:
    _, token = projects_guests.invite(row, name="Carol", address="carol@homeworld.example", actor=world.tam, at=world.at)
    return f"/shared/{token}/"


def test_a_guest_reads_the_project_without_what_is_confidential(world: World, client: Client, clock: None) -> None:
    row = begun(world)
    url = link(world, row)
    page = client.get(url)

    assert "Welcome to GitLab call" in text(page)
    assert "Brief the account team" not in text(page)
    assert "Open 13" in text(page)
    assert (page["Cache-Control"], page["Referrer-Policy"]) == ("no-store", "same-origin")
    welcome, brief = row.issues.get(key="welcome"), row.issues.get(key="team_brief")
    assert "Day agreed, invitation sent" in text(client.get(f"{url}issues/{welcome.iid}/"))
    assert client.get(f"{url}issues/{brief.iid}/").status_code == 404
    assert client.post(f"{url}issues/{brief.iid}/comment/", {"text": "x"}).status_code == 404


def test_a_guest_comments_and_ticks(world: World, client: Client, clock: None) -> None:
    row = begun(world)
    url, welcome = link(world, row), row.issues.get(key="welcome")

    assert client.post(f"{url}issues/{welcome.iid}/comment/", {"text": "Monday <b>suits</b> us"}).status_code == 302
    response = client.post(
        f"{url}issues/{welcome.iid}/tick/",
        {"box": 0, "words": "Day agreed, invitation sent", "done": "1"},
        HTTP_HX_TARGET="issue",
    )

    welcome.refresh_from_db()
    assert (response.status_code, welcome.ticked) == (200, 1)
    assert "Monday &lt;b&gt;suits&lt;/b&gt; us" in text(client.get(f"{url}issues/{welcome.iid}/"))
    assert [(comment.author, comment.said_by) for comment in ProjectComment.objects.all()] == [(None, "Carol")]


def test_nothing_else_of_tenure_answers_a_guest(world: World, client: Client, clock: None) -> None:
    url = link(world, begun(world))
    client.get(url)
    asked = [(route.methods.split(), route.url(world)) for route in TABLE if route.need != OPEN and route.name.startswith(NEAR)]
    before = Event.objects.count()

    answers = {(method, path): getattr(client, method.lower())(path) for methods, path in asked for method in methods}

    assert [
        key for key, answer in answers.items() if answer.status_code != 302 or not answer["Location"].startswith("/login/")
    ] == []
    assert Event.objects.count() == before


def test_a_link_that_ended_is_gone_at_once(world: World, client: Client, clock: None) -> None:
    row = begun(world)
    url, welcome = link(world, row), row.issues.get(key="welcome")
    assert client.get(url).status_code == 200
    projects_guests.revoke(row, row.guests.get().pk, actor=world.tam, at=world.at)

    assert [
        client.get(url).status_code,
        client.get(f"{url}issues/{welcome.iid}/").status_code,
        client.post(f"{url}issues/{welcome.iid}/comment/", {"text": "x"}).status_code,
    ] == [404] * 3
    ended = client.get(url)
    assert ("This link doesn't work any more" in text(ended), "Go to Home" in text(ended)) == (True, False)
    assert (ended["Cache-Control"], ended["X-Robots-Tag"]) == ("no-store", "noindex, nofollow")
    row.guests.update(revoked_at=None, expires_at=world.at - timedelta(seconds=1))
    assert client.get(url).status_code == 404
    row.guests.update(expires_at=world.at + timedelta(days=1))
    Project.objects.update(state="archived")
    assert client.get(url).status_code == 404


def test_who_asks_too_often_is_told_to_wait(world: World, client: Client, clock: None) -> None:
    codes = {client.get(f"/shared/guess-{number}/").status_code for number in range(120)}

    assert codes == {404}
    assert client.get("/shared/guess-120/").status_code == 429


def test_a_form_of_a_guest_needs_its_token(world: World, clock: None) -> None:
    row = begun(world)
    url, welcome = link(world, row), row.issues.get(key="welcome")

    refused = Client(enforce_csrf_checks=True).post(f"{url}issues/{welcome.iid}/comment/", {"text": "x"})

    assert (refused.status_code, "Not saved" in text(refused)) == (403, True)
    assert ProjectComment.objects.count() == 0


def test_nothing_that_goes_wrong_leads_a_customer_into_tenure(world: World, client: Client, clock: None) -> None:
    row = begun(world)
    url, welcome = link(world, row), row.issues.get(key="welcome")
    comment = f"{url}issues/{welcome.iid}/comment/"
    answers = {
        "unknown": client.get("/shared/guess/"), "no such page": client.get(f"{url}else/"), "no such issue": client.get(f"{url}issues/999/"),
        "stale": Client(enforce_csrf_checks=True).post(comment, {"text": "x"}), "too large": client.post(comment, {"text": "x" * (7 * 1024 * 1024)}),
        "another verb": client.put(url),
    }  # fmt: skip
    for number in range(120):
        client.get(f"/shared/guess-{number}/")
    answers["too often"] = client.get("/shared/guess-120/")

    assert {key: answer.status_code for key, answer in answers.items()} == {
        "unknown": 404, "no such page": 404, "no such issue": 404, "stale": 403, "too large": 413, "another verb": 405, "too often": 429,
    }  # fmt: skip
    for key, answer in answers.items():
        page = answer.content.decode()
        assert [word for word in ("/login", 'href="/"', "Home", "Tenure", "Imports", "log-in") if word in page] == [], key
        assert (answer["X-Robots-Tag"], answer["Cache-Control"]) == ("noindex, nofollow", "no-store"), key
        assert answer["Referrer-Policy"] == "same-origin", key


def test_who_only_tries_the_address_has_not_been_here(world: World, client: Client, clock: None) -> None:
    row = begun(world)
    url = link(world, row)

    assert (client.head(url).status_code, client.head("/shared/guess/").status_code) == (200, 404)
    assert (row.guests.get().seen_at, Event.objects.filter(verb="project_guest.came").count()) == (None, 0)
    client.get(url)
    client.get(url)
    assert (row.guests.get().seen_at, Event.objects.filter(verb="project_guest.came").count()) == (world.at, 1)


def test_a_guest_sees_what_is_late_who_invited_and_until_when(world: World, client: Client, clock: None) -> None:
    row = begun(world)
    url = link(world, row)
    issue, stone = row.issues.get(key="welcome"), row.milestones.order_by("position").first()
    row.issues.exclude(pk=issue.pk).update(due_date=None)
    row.milestones.exclude(pk=stone.pk).update(due_date=None)
    row.issues.filter(pk=issue.pk).update(due_date=world.today - timedelta(days=1))
    row.milestones.filter(pk=stone.pk).update(due_date=world.today - timedelta(days=1))

    page = client.get(url)

    assert text(page).count("due 15 Nov 2026, late") == 2
    assert ("For Carol, invited by Tam Technical." in text(page), "Works until 16 Dec 2026" in text(page)) == (True, True)
    assert ("README.md" in text(page), "Tenure" in text(page)) == (False, False)
