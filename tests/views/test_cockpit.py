"""The cockpit's pages: what they show, how they open, their files, the rank's arithmetic, what moves on a board and in a calendar."""

import json
from datetime import date, timedelta
from io import BytesIO
from typing import Any

import openpyxl
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tenure.actions import ctas
from tenure.models import CallToAction, Cascade, SavedView, Task, User, UserRole
from tests import work
from tests.conftest import ClientFor
from tests.world import TODAY, World

HTMX = {"HX-Request": "true"}
PART = {**HTMX, "HX-Target": "list"}


def page(client: Client, url: str, **headers: str) -> str:
    response = client.get(url, headers=headers)
    assert response.status_code == 200
    return response.content.decode()


@pytest.mark.parametrize(
    ("who", "query"),
    [
        ("tam", "f=owner:me"),
        ("mona", "f=owner:team&cols=title,account,owner,tasks,rank,due"),
        ("ops", "cols=title,account,owner,tasks,rank,due"),
    ],
)
def test_a_plain_address_opens_one_s_own_work(who: str, query: str, world: World, client_for: ClientFor) -> None:
    response = client_for(world.people[who]).get("/cockpit/")

    assert (response.status_code, response["Location"]) == (302, f"/cockpit/?{query}")


def test_a_default_view_opens_instead(world: World, client_for: ClientFor) -> None:
    view = SavedView.objects.create(
        page="cockpit", name="Risk", query="f=type:any:risk", owner=world.tam, is_default=True, updated_at=world.at
    )

    assert client_for(world.tam).get("/cockpit/")["Location"] == f"/cockpit/?view={view.pk}&f=type:any:risk"


def test_the_list_shows_work_in_its_groups(world: World, client_for: ClientFor) -> None:
    row = work.cta(world, title="Call <them>", priority=1, due_date=TODAY)
    work.task(world, row, "Agenda")

    html = page(client_for(world.tam), "/cockpit/?f=owner:me")

    assert "Call &lt;them&gt;" in html
    assert "Call <them>" not in html
    assert f'href="/ctas/{row.pk}/" hx-get="/ctas/{row.pk}/?beside=1" hx-target="#drawer" data-open' in html
    assert "Today <span" in html
    assert "Mon 16 Nov" in html
    assert '<span class="sr">Tasks done: </span>0/1' in html
    assert html.count('class="btn btn-solid"') == 1


def test_htmx_gets_the_part_and_the_address_but_no_new_place_when_it_asks_again(world: World, client_for: ClientFor) -> None:
    client = client_for(world.tam)

    first = client.get("/cockpit/?f=owner:me&q=x", headers=PART)
    again = client.get("/cockpit/?f=owner:me&q=x", headers={**PART, "HX-Trigger": "ck-again"})

    assert (first["HX-Push-Url"], "HX-Push-Url" in again.headers) == ("/cockpit/?q=x&f=owner:me", False)
    assert "<html" not in first.content.decode()
    assert 'id="list-tools" hx-swap-oob="true"' in first.content.decode()


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("f=owner:me", "All done"),
        ("f=owner:me&f=type:any:risk", "Nothing fits"),
        ("q=zzz", "Nothing fits"),
        ("view=all", "No work yet"),
    ],
)
def test_where_there_is_nothing_the_page_says_what_that_means(query: str, said: str, world: World, client_for: ClientFor) -> None:
    assert said in page(client_for(world.tam), f"/cockpit/?{query}")


def test_what_a_link_asks_wrongly_is_left_out_and_told(world: World, client_for: ClientFor) -> None:
    html = page(client_for(world.tam), "/cockpit/?f=moon:is:1&sort=moon&group=moon&after=xyz")

    assert "Left out, because it can't be read: filter moon:is:1, group by moon, sort by moon." in html


@pytest.mark.parametrize("path", ["", "board/", "calendar/"])
def test_who_has_no_right_is_told_so_and_an_outsider_nothing(path: str, world: World, client_for: ClientFor) -> None:
    auditor = User.objects.create(email="fin2@example.com", name="Fin Two")
    UserRole.objects.create(user=auditor, role="finance")

    assert client_for(auditor).get(f"/cockpit/{path}").status_code == 403
    assert client_for(world.olga).get(f"/cockpit/{path}").status_code == 404


@pytest.mark.parametrize("layout", ["list", "board", "calendar"])
def test_filters_sorts_and_views_lead_back_to_their_layout(layout: str, world: World, client_for: ClientFor) -> None:
    client, home = client_for(world.tam), "/cockpit/" if layout == "list" else f"/cockpit/{layout}/"

    moved = client.get(f"/cockpit/{layout}/adjust/?do=filter&state=f%3Downer:me&column=type&operator=any&value=risk")
    assert moved["Location"] == f"{home}?f=owner:me&f=type:any:risk"
    assert f"{home}?f=owner:me" in page(client, f"/cockpit/{layout}/tabs/?f=owner:me")
    assert f'action="/cockpit/{layout}/adjust/"' in page(client, f"/cockpit/{layout}/filter/?column=owner&state=")
    assert "Nothing, by rank" in page(client, f"/cockpit/{layout}/menu/?of=groups&state=f%3Downer:me")
    assert client.get("/cockpit/moon/tabs/").status_code == 404


def test_the_tabs_count_each_view_in_one_query(world: World, client_for: ClientFor) -> None:
    work.cta(world, title="One")
    work.cta(world, title="Two", type="risk")
    work.cta(world, title="Three", owner=None)

    html = page(client_for(world.tam), "/cockpit/list/tabs/?f=owner:me")

    assert 'aria-current="page">Mine<span class="n tnum">2</span>' in html
    assert 'Risk<span class="n tnum">1</span>' in html
    assert 'Without an owner<span class="n tnum">1</span>' in html
    assert 'All<span class="n tnum">3</span>' in html


def test_files_hold_every_matching_row_with_the_shown_columns(world: World, client_for: ClientFor) -> None:
    row = work.cta(world, title="=SUM(A1)", type="risk", priority=1, due_date=TODAY)
    work.cta(world, title="Other", owner=world.ari)
    client = client_for(world.mona)
    query = "cols=title,account,type,priority,owner,tasks,rank,due,arr&f=type:any:risk"

    text = b"".join(client.get(f"/cockpit/export/?{query}&form=csv").streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    book = client.get(f"/cockpit/export/?{query}&form=xlsx&id={row.pk}")

    assert text.splitlines() == [
        "What is to do,Account,Type,Priority,Owner,Tasks,Rank,Due,ARR (USD)",
        "'=SUM(A1),Homeworld Inc.,Risk,High,Tam Technical,0,58,2026-11-16,1250000.00",
    ]
    assert book["Content-Disposition"] == 'attachment; filename="cockpit-2026-11-16.xlsx"'
    sheet = openpyxl.load_workbook(BytesIO(b"".join(book.streaming_content))).active  # type: ignore[attr-defined]
    assert [cell.value for cell in sheet[2]][:7] == ["=SUM(A1)", "Homeworld Inc.", "Risk", "High", "Tam Technical", 0, 58]


def test_what_rests_is_not_shown_as_late_on_the_board(world: World, client_for: ClientFor) -> None:
    row = work.cta(world, title="Rests", due_date=TODAY - timedelta(days=3))
    ctas.snooze(row, TODAY + timedelta(days=9), "Freeze", today=TODAY, actor=None, at=world.at)
    work.cta(world, title="Late", due_date=TODAY - timedelta(days=3))

    html = page(client_for(world.tam), "/cockpit/board/?f=owner:me")

    assert '<span class="push mut">until 25 Nov</span>' in html
    assert '<span class="push down med">3 d late</span>' in html
    assert html.count('data-drag draggable="true"') == 2


def test_a_rank_shows_its_arithmetic(world: World, client_for: ClientFor) -> None:
    row = work.cta(world, due_date=TODAY - timedelta(days=8))

    html = " ".join(page(client_for(world.tam), f"/cockpit/rank/{row.pk}/", **HTMX).split())

    assert "Rank 56 of 105" in html
    assert (
        '<td class="med">Due</td><td>8 days late</td><td class="sec">a week late or more</td><td class="num tnum">26</td>' in html
    )
    assert '<td class="med">ARR</td><td>$1,250,000</td><td class="sec">≥ 500,000</td><td class="num tnum">15</td>' in html
    assert (
        '<td class="med">Health</td><td>unknown</td><td class="sec">health unknown: 0 points</td><td class="num tnum mut">0</td>'
        in html
    )
    assert "Health isn't kept yet: it gives every CTA 0 of its 15 points, so health moves none of them." in html
    assert client_for(world.tessa).get(f"/cockpit/rank/{row.pk}/").status_code == 404


@pytest.mark.parametrize("path", ["", "board/", "calendar/", "calendar/?span=week&"])
def test_a_page_takes_the_same_queries_for_three_rows_and_for_thirty(path: str, world: World, client_for: ClientFor) -> None:
    client = client_for(world.mona)
    url = f"/cockpit/{path}" + ("" if "?" in path else "?") + "f=owner:team"

    def queries() -> int:
        with CaptureQueriesContext(connection) as taken:
            assert client.get(url).status_code == 200
        return len(taken)

    for number in range(3):
        work.task(world, work.cta(world, title=f"{number}", due_date=TODAY), "x", TODAY)
    few = queries()
    for number in range(27):
        work.task(world, work.cta(world, title=f"{number}", due_date=TODAY + timedelta(days=number % 9)), "x", TODAY)

    assert queries() == few <= 16


# --- board


def put(client: Client, row: CallToAction, to: str) -> Any:
    return client.post(f"/cockpit/move/{row.pk}/", {"to": to}, headers=HTMX)


def test_a_card_put_elsewhere_changes_its_status_and_can_be_taken_back(world: World, client_for: ClientFor) -> None:
    client, row = client_for(world.tam), work.cta(world)

    response = put(client, row, "in_progress")

    row.refresh_from_db()
    assert (response.status_code, response["HX-Trigger"]) == (200, "tenure:cta-changed, tenure:cta-reload")
    assert row.status == "in_progress"
    assert f"/cascades/{Cascade.objects.get().pk}/undo/" in response.content.decode()


def test_a_card_that_rests_wakes_and_one_that_is_closed_opens_again(world: World, client_for: ClientFor) -> None:
    client, rests, closed = client_for(world.tam), work.cta(world), work.cta(world)
    ctas.snooze(rests, TODAY + timedelta(days=9), "Freeze", today=TODAY, actor=None, at=world.at)
    ctas.close(closed, "closed_success", actor=None, at=world.at)

    put(client, rests, "in_progress")
    put(client, closed, "new")

    rests.refresh_from_db()
    closed.refresh_from_db()
    assert (rests.snoozed_until, rests.status) == (None, "in_progress")
    assert (closed.is_open, closed.status) == (True, "new")


def test_a_card_that_one_may_not_move_or_a_column_that_is_none_is_refused(world: World, client_for: ClientFor) -> None:
    row, other = work.cta(world), work.cta(world, world.le_hotel, owner=None)
    before = work.content()

    assert "not an open status" in put(client_for(world.tam), row, "closed_success").content.decode()
    assert "You may not change this CTA." in put(client_for(world.tam), other, "in_progress").content.decode()
    assert put(client_for(world.tessa), row, "in_progress").status_code == 404
    assert work.content() == before


# --- calendar


def to_day(client: Client, noun: str, pk: int, day: str) -> Any:
    return client.post(f"/cockpit/day/{noun}/{pk}/", {"day": day}, headers=HTMX)


def test_what_moves_alone_moves_at_once(world: World, client_for: ClientFor) -> None:
    client, row = client_for(world.tam), work.cta(world)
    task = work.task(world, work.cta(world, title="Other", due_date=None), "Call", TODAY)

    assert "Onboard moved to 25 Nov." in to_day(client, "cta", row.pk, "2026-11-25").content.decode()
    assert "Call moved to 25 Nov." in to_day(client, "task", task.pk, "2026-11-25").content.decode()

    row.refresh_from_db()
    task.refresh_from_db()
    assert (row.due_date, row.edited, task.due_date) == (date(2026, 11, 25), ["due_date"], date(2026, 11, 25))


def test_what_takes_tasks_along_asks_first(world: World, client_for: ClientFor) -> None:
    row = work.cta(world)
    work.task(world, row, "Call", date(2026, 11, 20))
    before = work.content()

    response = to_day(client_for(world.tam), "cta", row.pk, "2026-11-25")

    assert json.loads(response["HX-Trigger"]) == {"tenure:ask": {"url": f"/ctas/{row.pk}/due/?due_date=2026-11-25"}}
    assert work.content() == before
    assert "Fri 20 Nov" in page(client_for(world.tam), f"/ctas/{row.pk}/due/?due_date=2026-11-25", **HTMX)


def test_a_day_that_cannot_be_is_refused(world: World, client_for: ClientFor) -> None:
    row, other = work.cta(world), work.cta(world, world.le_hotel, owner=None)
    client, before = client_for(world.tam), work.content()

    assert to_day(client, "cta", row.pk, "soon").status_code == 404
    assert to_day(client, "moon", row.pk, "2026-11-25").status_code == 404
    assert to_day(client, "cta", 999_999, "2026-11-25").status_code == 404
    assert "not a day to plan for" in to_day(client, "cta", row.pk, "1999-01-01").content.decode()
    assert "You may not change this CTA." in to_day(client, "cta", other.pk, "2026-11-25").content.decode()
    assert to_day(client_for(world.tessa), "cta", row.pk, "2026-11-25").status_code == 404
    assert work.content() == before


def test_the_calendar_links_to_its_neighbours_and_to_full_days(world: World, client_for: ClientFor) -> None:
    for number in range(6):
        work.cta(world, title=f"No. {number}", due_date=TODAY)
    Task.objects.all().delete()

    html = page(client_for(world.tam), "/cockpit/calendar/?f=owner:me")

    assert "November 2026" in html
    assert "/cockpit/calendar/?f=owner:me&amp;span=month&amp;day=2026-10-01" in html
    assert '/cockpit/?f=owner:me&amp;f=due:is:2026-11-16" aria-label="2 more on 16 November">+2</a>' in html


# --- home


def test_the_home_pages_say_how_much_is_due_and_lead_there(world: World, client_for: ClientFor) -> None:
    work.cta(world, due_date=TODAY)
    work.cta(world, due_date=TODAY + timedelta(days=1))

    for who in ("tam", "mona"):
        html = page(client_for(world.people[who]), "/")
        assert '<a class="btn" href="/cockpit/">' in html
        assert '<span class="tnum">1</span> due' in html
    assert "due <span" not in page(client_for(world.ops), "/")


@pytest.mark.parametrize("span", ["month", "week"])
@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01"])
def test_a_calendar_of_a_day_that_nobody_means_is_todays(span: str, day: str, decided: World, client_for: ClientFor) -> None:
    page = client_for(decided.tam).get(f"/cockpit/calendar/?view=all&span={span}&day={day}")

    assert (page.status_code, page.context["at"]) == (200, decided.today)
