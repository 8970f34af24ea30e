"""The feedback list and the drawers of one entry."""

import csv
import io
import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tenure.actions import feedback
from tenure.models import Event, Feedback, SavedView
from tests import entries, work
from tests.conftest import ClientFor
from tests.world import World

HTMX = {"HX-Request": "true", "HX-Current-URL": "http://testserver/feedback/"}


@pytest.fixture
def said(world: World) -> list[Feedback]:
    """Three of Homeworld by Tam, one of Funland by Mona; days 1 to 4 ago."""
    rows = [
        ("homeworld", "tam", "Runners are slow", "product", ["customer"]), ("homeworld", "tam", "=SUM(1;2) is a formula", "support", []),
        ("homeworld", "tam", "Merge trains", "feature_request", ["customer", "customer+"]), ("funland", "mona", "Prices are fine", "price", []),
    ]  # fmt: skip
    return [
        feedback.create(
            world.accounts[account], {"kind": kind, "text": text, "labels": labels, "given_on": world.today - timedelta(days=number)},
            today=world.today, actor=work.fresh(world.people[who]), at=world.at,
        )
        for number, (account, who, text, kind, labels) in enumerate(rows, 1)
    ]  # fmt: skip


def texts(response: Any) -> list[str]:
    return [row.text for row in response.context["page"].rows]


def test_the_newest_stands_first_and_only_what_one_sees(world: World, client_for: ClientFor, said: list[Feedback]) -> None:
    assert texts(client_for(world.mona).get("/feedback/")) == [
        "Runners are slow",
        "=SUM(1;2) is a formula",
        "Merge trains",
        "Prices are fine",
    ]
    assert texts(client_for(world.ari).get("/feedback/"))[:1] == ["Runners are slow"]
    assert client_for(world.tessa).get("/feedback/").context["known"].count == 0
    assert client_for(world.fin).get("/feedback/").status_code == 403
    assert client_for(world.olga).get("/feedback/").status_code == 404


FOUND = {
    "?q=RUNNERS": ["Runners are slow"],
    "?q=funland": ["Prices are fine"],
    "?f=kind:any:support,price": ["=SUM(1;2) is a formula", "Prices are fine"],
    "?f=label:is:customer%2B": ["Merge trains"],
    "?f=label:is:customer": ["Runners are slow"],
    "?f=label:empty": ["=SUM(1;2) is a formula", "Prices are fine"],
    "?f=text:has:Trains": ["Merge trains"],
    "?f=account:starts:home&sort=text": ["=SUM(1;2) is a formula", "Merge trains", "Runners are slow"],
    "?f=day:past:2": ["Runners are slow", "=SUM(1;2) is a formula"],
    "?f=author:me": ["Prices are fine"],
    "?f=tam:empty": ["Prices are fine"],
    "?f=arr:gte:1000000&sort=day": ["Merge trains", "=SUM(1;2) is a formula", "Runners are slow"],
    "?sort=arr,-day": ["Prices are fine", "Runners are slow", "=SUM(1;2) is a formula", "Merge trains"],
    "?sort=-account,text": ["=SUM(1;2) is a formula", "Merge trains", "Runners are slow", "Prices are fine"],
    "?sort=tam,-day": ["Prices are fine", "Runners are slow", "=SUM(1;2) is a formula", "Merge trains"],
    "?f=nothing:is:x": ["Runners are slow", "=SUM(1;2) is a formula", "Merge trains", "Prices are fine"],
}


@pytest.mark.parametrize("query", FOUND)
def test_the_list_is_searched_filtered_and_sorted(world: World, client_for: ClientFor, said: list[Feedback], query: str) -> None:
    response = client_for(world.mona).get(f"/feedback/{query}")

    assert texts(response) == FOUND[query]


@pytest.mark.parametrize("sort", ["day", "-day", "text", "account", "arr", "-arr", "author", "tam", "contact", "label"])
def test_pages_show_every_entry_once(world: World, client_for: ClientFor, sort: str) -> None:
    Feedback.objects.bulk_create(
        Feedback(
            account=world.homeworld if number % 2 else world.funland, kind="product", text=f"No. {number % 7}", given_on=date(2026, 1, 1 + number % 5),
            author=world.tam if number % 3 else None, created_at=world.at, updated_at=world.at,
        )
        for number in range(120)
    )  # fmt: skip
    client, address, seen = client_for(world.mona), f"/feedback/?sort={sort}", []
    while address:
        response = client.get(address)
        seen += [row.pk for row in response.context["page"].rows]
        address = response.context["pager"]["on"]

    assert len(seen) == 120
    assert len(set(seen)) == 120


def test_groups_count_their_entries(world: World, client_for: ClientFor, said: list[Feedback]) -> None:
    client = client_for(world.mona)
    groups = client.get("/feedback/?group=author").context["groups"]

    assert [(group.label, group.count) for group, _ in groups] == [("Mona Manager", 1), ("Tam Technical", 3)]
    assert [(group.label, group.count) for group, _ in client.get("/feedback/?group=kind").context["groups"]] == [
        ("Product", 1), ("Feature request", 1), ("Support", 1), ("Price and licences", 1),
    ]  # fmt: skip
    assert texts(client.get(f"/feedback/rows/?{groups[0][1].query()}")) == ["Prices are fine"]


def test_a_file_holds_what_the_list_shows_and_runs_nothing(world: World, client_for: ClientFor, said: list[Feedback]) -> None:
    response = client_for(world.mona).get("/feedback/export/?cols=text,account,status,arr&sort=-day&form=csv")
    rows = list(csv.reader(io.StringIO(b"".join(response.streaming_content).decode("utf-8-sig"))))

    assert rows[0] == ["What was said", "Account", "Status", "ARR (USD)"]
    assert rows[1] == ["Runners are slow", "Homeworld Inc.", "Open", "1250000.00"]
    assert rows[2][0] == "'=SUM(1;2) is a formula"
    assert Event.objects.filter(verb="feedback.exported").count() == 1
    assert client_for(world.sol).get("/feedback/export/").status_code in (403, 404)


def test_the_workbook_opens(world: World, client_for: ClientFor, said: list[Feedback]) -> None:
    response = client_for(world.mona).get("/feedback/export/?form=xlsx")

    assert b"".join(response.streaming_content)[:2] == b"PK"


def test_a_view_of_the_list_is_saved(world: World, client_for: ClientFor, said: list[Feedback]) -> None:
    client = client_for(world.mona)
    client.post("/views/new/", {"page": "feedback", "name": "Wishes", "query": "f=kind:is:feature_request"})

    view = SavedView.objects.get()
    assert (view.page, view.name) == ("feedback", "Wishes")
    assert "Wishes" in client.get("/feedback/").content.decode()
    assert "Wishes" not in client.get("/accounts/").content.decode()


def test_entries_are_marked_together_and_that_is_taken_back(world: World, client_for: ClientFor, said: list[Feedback]) -> None:
    client = client_for(world.mona)
    client.post("/feedback/mark/", {"status": "passed_on", "id": [said[0].pk, said[3].pk], "query": "sort=day"})
    assert list(Feedback.objects.order_by("pk").values_list("status", flat=True)) == ["passed_on", "open", "open", "passed_on"]
    html = client.get("/feedback/").content.decode()
    assert "2 marked: passed on." in html

    feedback.update(said[3], {"status": "answered"}, today=world.today, actor=work.fresh(world.mona), at=world.at)
    undo = re.search(r'action="(/feedback/unmark/[^"]+)"', html)
    assert undo
    client.post(undo[1])
    assert list(Feedback.objects.order_by("pk").values_list("status", flat=True)) == ["open", "open", "open", "answered"]


def test_everything_that_fits_is_marked(world: World, client_for: ClientFor, said: list[Feedback]) -> None:
    client_for(world.mona).post(
        "/feedback/mark/", {"status": "answered", "all": "1", "query": "f=kind:any:product,price", "id": [said[0].pk]}
    )

    assert list(Feedback.objects.order_by("pk").values_list("status", flat=True)) == ["answered", "open", "open", "answered"]


def test_feedback_is_recorded_changed_deleted_and_brought_back(world: World, client_for: ClientFor) -> None:
    client = client_for(world.tam)
    carol = world.homeworld.contacts.get(name__startswith="Carol")
    fields = {
        "text": "Runners",
        "kind": "product",
        "given_on": "2026-11-10",
        "contact": carol.pk,
        "label": ["customer"],
        "issue_url": "",
    }
    response = client.post(f"/accounts/{world.homeworld.pk}/feedback/new/", fields, headers=HTMX)
    assert response["HX-Redirect"] == "/feedback/"
    row = Feedback.objects.get()
    assert (row.text, row.contact, row.labels, row.given_on) == ("Runners", carol, ["customer"], date(2026, 11, 10))

    client.post(f"/feedback/{row.pk}/change/", {**fields, "status": "answered", "label": []}, headers=HTMX)
    row.refresh_from_db()
    assert (row.status, row.labels) == ("answered", [])
    client.post(f"/feedback/{row.pk}/delete/", headers=HTMX)
    assert client.get(f"/feedback/{row.pk}/").status_code == 404
    client.post(f"/feedback/{row.pk}/restore/")
    assert client.get(f"/feedback/{row.pk}/").status_code == 200


def test_what_is_refused_comes_back_with_what_was_typed(world: World, client_for: ClientFor) -> None:
    before = entries.content()
    fields = {"text": "Runners", "kind": "product", "given_on": "2027-01-01", "issue_url": "x"}
    response = client_for(world.tam).post(f"/accounts/{world.homeworld.pk}/feedback/new/", fields, headers=HTMX)

    assert response.status_code == 422
    assert response.context["errors"] == {"given_on": "It was said on a day up to today."}
    assert response.context["v"]["text"] == "Runners"
    assert entries.content() == before


@pytest.mark.parametrize(
    ("who", "read", "write"), [("mona", 200, 200), ("sol", 200, 403), ("exa", 200, 403), ("fin", 403, 403), ("tessa", 404, 404)]
)
def test_who_reads_and_who_writes(
    world: World, client_for: ClientFor, said: list[Feedback], who: str, read: int, write: int
) -> None:
    client = client_for(world.people[who])

    assert client.get(f"/feedback/{said[0].pk}/").status_code == read
    assert client.get(f"/feedback/{said[0].pk}/change/").status_code == write


def test_the_list_asks_the_same_number_of_questions_whatever_it_holds(
    world: World, client_for: ClientFor, said: list[Feedback]
) -> None:
    client = client_for(world.mona)

    def asked() -> int:
        client.get("/feedback/")
        with CaptureQueriesContext(connection) as made:
            client.get("/feedback/")
        return len(made)

    few = asked()
    for row in said * 9:
        row.pk = None
        row.save()

    assert asked() == few
    assert few <= 20


def test_saved_on_a_page_of_its_own_one_reads_it_and_not_an_empty_form(world: World, client_for: ClientFor) -> None:
    url = f"/accounts/{world.homeworld.pk}/feedback/new/"
    given = {"kind": "product", "text": "Faster runners", "given_on": world.today.isoformat()}
    client = client_for(world.tam)

    alone = client.post(url, given, headers={"HX-Request": "true", "HX-Current-URL": f"http://testserver{url}"})
    row = Feedback.objects.get()
    assert (alone.status_code, alone["HX-Redirect"]) == (204, f"/feedback/{row.pk}/")
    assert client.post(url, {**given, "text": "Without scripts"})["Location"] == f"/feedback/{row.pk + 1}/"
    timeline = f"/accounts/{world.homeworld.pk}/timeline/"
    headers = {"HX-Request": "true", "HX-Current-URL": f"http://testserver{timeline}"}
    assert client.post(url, {**given, "text": "Beside"}, headers=headers)["HX-Redirect"] == timeline
    gone = client.post(
        f"/feedback/{row.pk}/delete/", headers={"HX-Request": "true", "HX-Current-URL": f"http://testserver/feedback/{row.pk}/"}
    )
    assert gone["HX-Redirect"] == timeline
