"""Onboardings as list, board and drawer: what they show, what one does there, what is refused; the pages take few queries."""

import csv
import html
import io
import json
import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tenure.actions import onboardings
from tenure.models import Event, Onboarding
from tests.conftest import ClientFor
from tests.world import TODAY, World

HTMX = {"HX-Request": "true", "HX-Current-URL": "http://testserver/onboardings/?view=all"}
CARD = {**HTMX, "HX-Target": "ob"}
SURVEY = {"survey_sent": "yes", "survey_received": "no", "survey_score": "4"}


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


@pytest.fixture
def rows(world: World) -> dict[str, Onboarding]:
    """Homeworld's of Tam began 20 days ago, Funland's of nobody 100 days ago and is stuck, Beach City's is over."""
    moment = {"today": world.today, "actor": None, "at": world.at, "cause": "closed_won"}
    first = {
        "name": "Homeworld 2026",
        "owner": world.tam,
        "purchase_date": ago(30),
        "contract_date": ago(40),
        "start_date": ago(20),
        "first_reach_out": ago(9),
    }
    over = {"name": "Beach City 2025", "owner": world.tam, "start_date": ago(300), "contract_date": ago(300), "gemstone": "Pearl", "survey_score": 5,
            "survey_sent": True, "survey_received": True}  # fmt: skip
    found = {
        "homeworld": onboardings.create(world.homeworld, {**first, "gemstone": "Diamond"}, **moment),
        "funland": onboardings.create(
            world.funland, {"name": "Funland 2026", "start_date": ago(100), "gemstone": "Ruby"}, **moment
        ),
        "beach": onboardings.create(world.beach_city, over, **moment),
    }
    onboardings.complete(found["beach"], {"finish_date": ago(20)}, today=world.today, actor=None, at=world.at)
    return found


def names(response: Any) -> list[str]:
    return [row.name for row in response.context["page"].rows]


FOUND = {
    "?view=all": ["Homeworld 2026", "Funland 2026", "Beach City 2025"],
    "?q=HOME": ["Homeworld 2026"],
    "?q=arcade": ["Funland 2026"],
    "?f=track:is:stuck": ["Funland 2026"],
    "?f=owner:empty": ["Funland 2026"],
    "?f=owner:team&f=open:yes": ["Homeworld 2026"],
    "?f=status:is:completed": ["Beach City 2025"],
    "?f=engage:lte:11": ["Homeworld 2026"],
    "?f=engage_20200901:gt:14": ["Homeworld 2026"],
    "?f=quarter:is:FY26-Q4": ["Beach City 2025"],
    "?sort=-gemstone": ["Homeworld 2026", "Beach City 2025", "Funland 2026"],
    "?sort=-track": ["Funland 2026", "Homeworld 2026", "Beach City 2025"],
    "?sort=-age": ["Beach City 2025", "Funland 2026", "Homeworld 2026"],
    "?sort=owner,start": ["Funland 2026", "Beach City 2025", "Homeworld 2026"],
}


def test_the_list_is_searched_filtered_and_sorted(world: World, client_for: ClientFor, rows: dict[str, Onboarding]) -> None:
    client = client_for(world.mona)

    assert {query: names(client.get(f"/onboardings/{query}")) for query in FOUND} == FOUND
    assert client.get("/onboardings/").headers["Location"] == "/onboardings/?f=owner:team&f=open:yes"
    assert client_for(world.fin).get("/onboardings/").status_code == 403
    assert client_for(world.olga).get("/onboardings/").status_code == 404
    assert client_for(world.tessa).get(f"/onboardings/{rows['homeworld'].pk}/").status_code == 404


def test_the_file_has_the_shown_columns(world: World, client_for: ClientFor, rows: dict[str, Onboarding]) -> None:
    response = client_for(world.mona).get("/onboardings/export/?cols=name,account,owner,track,engage&sort=name")

    lines = list(csv.reader(io.StringIO(b"".join(response.streaming_content).decode("utf-8-sig"))))
    assert lines == [
        ["Onboarding", "Account", "Owner", "Track", "Days to engage"], ["Beach City 2025", "Beach City Corp.", "Tam Technical", "", ""],
        ["Funland 2026", "Funland Arcade", "", "Stuck", ""], ["Homeworld 2026", "Homeworld Inc.", "Tam Technical", "Behind", "11"],
    ]  # fmt: skip


def test_a_card_is_put_under_a_status_and_one_that_asks_for_more_opens_its_form(
    world: World, client_for: ClientFor, rows: dict[str, Onboarding]
) -> None:
    client, row = client_for(world.mona), rows["homeworld"]
    board = client.get("/onboardings/board/?view=all").context["columns"]
    assert [(column.key, column.count, [card.name for card in column.cards]) for column, _ in board] == [
        ("not_started", 2, ["Funland 2026", "Homeworld 2026"]), ("scheduled", 0, []), ("in_progress", 0, []), ("on_hold", 0, []),
        ("completed", 1, ["Beach City 2025"]),
    ]  # fmt: skip

    client.post(f"/onboardings/move/{row.pk}/", {"to": "scheduled"}, headers=HTMX)
    row.refresh_from_db()
    events = Event.objects.count()
    asked = client.post(f"/onboardings/move/{row.pk}/", {"to": "completed"}, headers=HTMX)

    assert json.loads(asked.headers["HX-Trigger"])["tenure:ask"] == {"url": f"/onboardings/{row.pk}/complete/"}
    row.refresh_from_db()
    assert (row.status, row.is_open, Event.objects.count()) == ("scheduled", True, events)
    assert client_for(world.sol).post(f"/onboardings/move/{row.pk}/", {"to": "scheduled"}, headers=HTMX).status_code == 403


def test_completing_asks_for_what_is_missing_and_is_taken_back(
    world: World, client_for: ClientFor, rows: dict[str, Onboarding]
) -> None:
    client, row = client_for(world.tam), rows["homeworld"]
    refused = client.post(f"/onboardings/{row.pk}/complete/", {"survey_sent": "yes"}, headers=HTMX)

    assert refused.status_code == 422
    assert [(f.name, f.error) for f in refused.context["fields"] if f.error] == [
        ("survey_received", "Still asked for"),
        ("survey_score", "Still asked for"),
    ]
    assert (
        refused.context["errors"]["form"]
        == "Completed asks for whether the survey's results were received and the survey's score."
    )
    row.refresh_from_db()
    assert (row.is_open, row.survey_sent) == (True, None)

    client.post(f"/onboardings/{row.pk}/complete/", {**SURVEY, "finish_date": ago(2).isoformat()}, headers=HTMX)
    row.refresh_from_db()
    assert (row.status, row.survey_score, row.finish_date, row.days_to_onboard, row.track) == ("completed", 4, ago(2), 18, "")
    event = Event.objects.filter(verb="onboarding.completed", object_id=row.pk).latest("id").pk
    client.post(f"/onboardings/{row.pk}/undo/{event}/", headers=HTMX)
    row.refresh_from_db()
    assert (row.status, row.survey_score, row.finish_date, row.days_to_onboard) == ("not_started", None, None, None)


def test_fields_are_changed_in_place_and_what_two_changed_is_shown(
    world: World, client_for: ClientFor, rows: dict[str, Onboarding]
) -> None:
    client, row = client_for(world.tam), rows["homeworld"]
    client.post(
        f"/onboardings/{row.pk}/change/",
        {"first_reach_out": ago(5).isoformat(), "was-first_reach_out": ago(9).isoformat()},
        headers=CARD,
    )
    row.refresh_from_db()
    assert (row.first_reach_out, row.days_to_engage) == (ago(5), 15)

    late = client_for(world.mona).post(
        f"/onboardings/{row.pk}/change/",
        {"first_reach_out": ago(1).isoformat(), "was-first_reach_out": ago(9).isoformat()},
        headers=CARD,
    )
    assert [(one.label, one.by, one.raw_theirs, one.raw_mine) for one in late.context["clashes"]] == [
        ("First reach-out", "Tam Technical", ago(5).isoformat(), ago(1).isoformat())
    ]
    wrong = client.post(f"/onboardings/{row.pk}/change/", {"first_value": (TODAY + timedelta(days=3)).isoformat()}, headers=CARD)
    assert wrong.context["refusal"] == "First value: what has happened was on a day up to today, 2026-11-16."
    row.refresh_from_db()
    assert (row.first_reach_out, row.first_value) == (ago(5), None)


def test_the_drawer_tells_the_arithmetic_the_asked_and_negative_days(
    world: World, client_for: ClientFor, rows: dict[str, Onboarding]
) -> None:
    client, row = client_for(world.tam), rows["homeworld"]
    client.post(f"/onboardings/{row.pk}/milestones/scm_40/", {"reached_on": ago(45).isoformat()}, headers=CARD)

    found = client.get(f"/onboardings/{row.pk}/", headers=HTMX)
    one, text = found.context["o"], " ".join(found.content.decode().split())
    assert [(time.key_words, time.days, time.so_far, time.late) for time in map(Words, one.times)] == [
        ("Start to First reach-out", 11, None, False), ("Original contract to First value", None, 40, True), ("Start to Finish", None, 20, False),
    ]  # fmt: skip
    assert list(one.lacking) == ["survey_sent", "survey_received", "survey_score"]
    assert [(mark.shape.key, mark.days) for mark in one.marks if mark.reached] == [("scm_40", -5)]
    assert "= <b>11 days</b>" in text
    assert "5 days before the contract" in text
    assert next((member.role, member.then, member.now) for member in one.team) == (
        "Technical account manager",
        "Tam Technical",
        "Tam Technical",
    )


class Words:
    """A time of the drawer with its ends in words."""

    def __init__(self, time: Any) -> None:
        self.key_words, self.days, self.so_far, self.late = f"{time.begins} to {time.ends}", time.days, time.so_far, time.late


def test_many_are_assigned_at_once_and_that_is_taken_back(
    world: World, client_for: ClientFor, rows: dict[str, Onboarding]
) -> None:
    client, ids = client_for(world.mona), [rows["homeworld"].pk, rows["funland"].pk]
    asked = client.get("/onboardings/assign/", {"id": ids}, headers=HTMX)
    assert (asked.context["preview"], [(one.name, n) for one, n in asked.context["people"]][:3]) == (
        [("Not started", 2)], [("Mona Manager", 0), ("Tam Technical", 1), ("Tessa Technical", 0)],
    )  # fmt: skip

    done = client.post("/onboardings/assign/", {"id": ids, "owner": world.mona.pk}, headers=HTMX)
    assert list(Onboarding.objects.filter(pk__in=ids).values_list("owner", flat=True)) == [world.mona.pk] * 2
    undo = re.search(r'action="(/onboardings/many/undo/[^"]+)"', done.content.decode())
    assert undo is not None
    client.post(undo[1], headers=HTMX)
    assert [Onboarding.objects.get(pk=pk).owner_id for pk in ids] == [world.tam.pk, None]


def test_many_that_are_asked_for_more_are_left_as_they_are(
    world: World, client_for: ClientFor, rows: dict[str, Onboarding]
) -> None:
    client, ids = client_for(world.mona), [rows["homeworld"].pk, rows["funland"].pk]

    refused = client.post("/onboardings/mark/", {"id": ids, "status": "completed"}, headers=HTMX)
    assert [(name, account) for name, account, _ in refused.context["refused"]] == [
        ("Homeworld 2026", "Homeworld Inc."),
        ("Funland 2026", "Funland Arcade"),
    ]
    assert Onboarding.objects.filter(is_open=True).count() == 2


def test_one_by_hand_asks_what_the_edition_asks(world: World, client_for: ClientFor) -> None:
    client = client_for(world.tam)
    form = client.get("/onboardings/new/", {"account": world.homeworld.pk}, headers=HTMX)
    asked = {f.name: value for f, value in form.context["asked"]}
    assert (list(asked), asked["owner"]) == (["name", "owner", "purchase_date", "start_date", "greenfield"], str(world.tam.pk))

    given = {**asked, "account": world.homeworld.pk, "purchase_date": ago(3).isoformat()}
    refused = client.post("/onboardings/new/", given, headers=HTMX)
    assert (refused.status_code, refused.context["errors"]) == (
        422, {"greenfield": "Still asked for", "form": "An onboarding that is made by hand needs whether it is greenfield."},
    )  # fmt: skip
    assert Onboarding.objects.count() == 0
    made = client.post("/onboardings/new/", {**given, "greenfield": "no"}, headers=HTMX)
    row = Onboarding.objects.get()
    assert (made.headers["HX-Redirect"], row.owner, row.greenfield) == (f"/onboardings/{row.pk}/", world.tam, False)


def test_a_deleted_one_leaves_every_page_and_comes_back(world: World, client_for: ClientFor, rows: dict[str, Onboarding]) -> None:
    client, row = client_for(world.tam), rows["homeworld"]
    client.post(f"/onboardings/{row.pk}/delete/", headers=HTMX)

    assert client.get(f"/onboardings/{row.pk}/").status_code == 404
    assert client.get("/onboardings/?q=homeworld").context["known"].count == 0
    client.post(f"/onboardings/{row.pk}/restore/", headers=HTMX)
    assert client.get(f"/onboardings/{row.pk}/").status_code == 200


def test_the_times_page_and_the_account_tell_of_them(world: World, client_for: ClientFor, rows: dict[str, Onboarding]) -> None:
    client = client_for(world.mona)
    page = client.get("/onboardings/times/?view=all&by=gemstone&edition=2020-09-01&who=all")
    assert [(line.label, line.count, line.stats["engage"].median) for line in page.context["report"].lines] == [
        ("Diamond", 1, 31), ("Pearl", 1, None), ("Ruby", 1, None),
    ]  # fmt: skip
    lines = client.get("/onboardings/times/export/?by=gemstone&edition=2020-09-01&who=all").content.decode().splitlines()
    assert lines[1] == "Time to engage,2020-09-01,All,All,3,1,2,31.0,31.0,31.0,14,0"

    tab = client.get(f"/accounts/{world.homeworld.pk}/onboarding/")
    assert tab.context["p"].data["open"].row == rows["homeworld"]
    assert tab.context["p"].data["play"].gem == "Diamond"
    home = client.get("/")
    assert (home.context["onboard"].open, home.context["onboard"].free, home.context["onboard"].stuck) == (1, 1, 0)
    assert client_for(world.tam).get("/").context["onboard"].open == 1


PAGES = {
    "/onboardings/?view=all": 13, "/onboardings/?view=all&group=owner": 13, "/onboardings/board/?view=all": 18, "/onboardings/times/?view=all": 20,
    "/onboardings/list/tabs/?view=all": 10, "/onboardings/assign/?id=1": 10,
}  # fmt: skip


def count(client: Client, path: str) -> int:
    with CaptureQueriesContext(connection) as found:
        assert client.get(path).status_code == 200
    return len(found)


def test_pages_take_few_queries_and_no_more_for_more_rows(world: World, client_for: ClientFor) -> None:
    client = client_for(world.mona)
    many(world, 0, 3)
    few = {path: count(client, path) for path in PAGES}
    many(world, 3, 30)

    assert {path: count(client, path) for path in PAGES} == few
    assert {path: n for path, n in few.items() if n > PAGES[path]} == {}


def many(world: World, start: int, end: int) -> None:
    for number, account in enumerate(world.more_accounts(end - start, name=f"More {start}"), start):
        Onboarding.objects.create(
            account=account, name=f"No. {number}", cause="closed_won", edition=ago(0), owner=world.tam if number % 2 else None, start_date=ago(number),
            status="not_started" if number % 3 else "in_progress", days_to_engage=number, created_at=world.at, updated_at=world.at,
        )  # fmt: skip


ANSWERED = ("greenfield", "survey_sent", "survey_received")


@pytest.mark.parametrize("field", ANSWERED)
def test_an_answer_that_is_neither_yes_nor_no_is_refused_and_what_was_kept_stays(
    world: World, client_for: ClientFor, rows: dict[str, Onboarding], field: str
) -> None:
    client, row = client_for(world.tam), rows["homeworld"]
    Onboarding.objects.filter(pk=row.pk).update(**{field: True})
    events = Event.objects.count()

    changed = client.post(f"/onboardings/{row.pk}/change/", {field: "perhaps", f"was_{field}": "yes"}, headers=HTMX)
    completed = client.post(f"/onboardings/{row.pk}/complete/", {**SURVEY, field: "perhaps"}, headers=HTMX)

    said = "'perhaps' is neither yes nor no. Choose one of them, or nothing."
    assert said in html.unescape(changed.content.decode())
    assert (completed.status_code, completed.context["errors"][field]) == (422, said)
    assert said in html.unescape(completed.content.decode())  # greenfield has no place in that dialog: it stands above
    row.refresh_from_db()
    assert (getattr(row, field), row.is_open, Event.objects.count()) == (True, True, events)
    client.post(f"/onboardings/{row.pk}/change/", {field: "", f"was_{field}": "yes"}, headers=HTMX)
    row.refresh_from_db()
    assert getattr(row, field) is None


def test_one_is_not_made_with_an_answer_that_is_none(world: World, client_for: ClientFor) -> None:
    given = {"account": world.funland.pk, "name": "Ours", "owner": world.tam.pk, "purchase_date": ago(9), "start_date": ago(9)}

    refused = client_for(world.mona).post("/onboardings/new/", {**given, "greenfield": "perhaps"}, headers=HTMX)

    assert refused.context["errors"] == {"greenfield": "'perhaps' is neither yes nor no. Choose one of them, or nothing."}
    assert Onboarding.objects.count() == 0


def test_the_times_page_opens_with_new_customers_and_names_the_others(
    world: World, client_for: ClientFor, rows: dict[str, Onboarding]
) -> None:
    client = client_for(world.mona)
    Onboarding.objects.filter(pk=rows["beach"].pk).update(cause="upgrade", days_to_value=700)

    opened = client.get("/onboardings/times/?view=all")
    page = " ".join(html.unescape(opened.content.decode()).split())
    assert (opened.context["who"], opened.context["report"].count) == ("new", 1)
    assert "The goals are for new customers, and so are these figures." in page
    assert "2 onboardings of existing customers</a>" in page
    assert "time to first value 700 days" in page
    assert client.get("/onboardings/times/?view=all&who=all").context["report"].count == 3
    listed = client.get("/onboardings/?view=all&cols=name,value").content.decode()
    assert re.findall(r'<td class="(num[^"]*)"[^>]*>700<', listed) == ["num"]  # no goal that it could be past
    chosen = client.get("/onboardings/times/?f=customer:is:existing").context
    assert (chosen["who"], chosen["chosen"], chosen["report"].count) == ("all", True, 2)
    assert client.get("/onboardings/times/?view=all&who=moon").context["who"] == "new"
    lines = client.get("/onboardings/times/export/?who=existing&by=cause").content.decode("utf-8-sig").splitlines()
    assert (
        lines[0]
        == "Time,By definition of,Customers,Cause,Onboardings,Known,Not known,Median,75th percentile,90th percentile,Goal,Within the goal"
    )
    assert "Time to first value,its own edition,Existing customers,All,2,1,1,700.0,700.0,700.0,," in lines


def test_the_newest_change_is_taken_back_from_the_history(
    world: World, client_for: ClientFor, rows: dict[str, Onboarding]
) -> None:
    client, row = client_for(world.tam), rows["homeworld"]
    client.post(f"/onboardings/{row.pk}/change/", {"gemstone": "Pearl", "was_gemstone": "Diamond"}, headers=HTMX)
    event = Event.objects.filter(verb="onboarding.updated", object_id=row.pk).latest("id").pk

    assert re.findall(r"/onboardings/\d+/undo/\d+/", client.get(f"/onboardings/{row.pk}/").content.decode()) == [
        f"/onboardings/{row.pk}/undo/{event}/"
    ]
    client.post(f"/onboardings/{row.pk}/undo/{event}/", headers=HTMX)
    row.refresh_from_db()
    assert row.gemstone == "Diamond"
    assert "/undo/" not in client.get(f"/onboardings/{row.pk}/").content.decode()
    client.post(f"/onboardings/{row.pk}/change/", {"gemstone": "Pearl", "was_gemstone": "Diamond"}, headers=HTMX)
    assert "/undo/" not in client_for(world.sol).get(f"/onboardings/{row.pk}/").content.decode()
