"""The page of hours: its states, what it shows to whom, its drawer and its files."""

import json
from datetime import date, timedelta
from io import BytesIO
from typing import Any

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tenure.actions import absences, workers, working_times
from tenure.models import CapacityLine, CapacityPlan, Event, Run, User
from tenure.queries import days
from tenure.runs import capacity as planning
from tests import work
from tests.conftest import ClientFor
from tests.world import AT, World

MONDAY = date(2026, 11, 16)
HTMX = {"HX-Request": "true"}
MINUTE = timedelta(minutes=1)


@pytest.fixture
def plan(decided: World) -> CapacityPlan:
    return planning.build(MONDAY, today=decided.today, now=lambda: AT)


def text(client: Any, url: str, status: int = 200, **headers: str) -> str:
    answer = client.get(url, headers=headers)
    assert answer.status_code == status
    return str(answer.content.decode())


def test_a_window_that_is_not_there_is_planned_once(decided: World, client_for: ClientFor) -> None:
    client = client_for(decided.mona)

    first, second = (text(client, "/capacity/?from=2027-02-18") for _ in range(2))

    assert "Planning the weeks from 15 Feb 2027" in first
    assert 'hx-get="/capacity/from/2027-02-15/" hx-trigger="every 1s"' in second
    assert list(Run.objects.filter(kind="capacity").values_list("as_of", "started_by")) == [(date(2027, 2, 15), decided.mona.pk)]


def test_the_page_that_waits_comes_again_when_the_window_is_there(decided: World, client_for: ClientFor) -> None:
    client = client_for(decided.mona)
    text(client, "/capacity/")
    waiting = client.get("/capacity/from/2026-11-16/", headers=HTMX)

    planning.execute(Run.objects.get(kind="capacity"), now=lambda: AT + MINUTE)
    there = client.get("/capacity/from/2026-11-16/", headers=HTMX)

    assert (waiting.status_code, waiting.headers.get("HX-Refresh")) == (200, None)
    assert (there.status_code, there.headers["HX-Refresh"]) == (204, "true")
    assert client.get("/capacity/from/2026-11-18/")["Location"] == "/capacity/?from=2026-11-16"
    assert client.get("/capacity/from/soon/", headers=HTMX).status_code == 404


def test_without_a_worker_the_page_says_so(decided: World, client_for: ClientFor) -> None:
    client = client_for(decided.mona)
    text(client, "/capacity/")
    Run.objects.filter(kind="capacity").update(queued_at=AT - MINUTE)
    assert "No worker is running" in text(client, "/capacity/")

    workers.beat(at=AT)

    assert "The worker finishes something else first." in text(client, "/capacity/")


def test_one_that_failed_is_told_and_tried_again(decided: World, client_for: ClientFor) -> None:
    client = client_for(decided.mona)
    text(client, "/capacity/")
    Run.objects.filter(kind="capacity").update(status="failed", message="The disk is full")

    page = text(client, "/capacity/")
    assert "The weeks from 16 Nov 2026 couldn’t be planned" in page
    assert "The disk is full" in page
    assert Run.objects.filter(kind="capacity").count() == 1

    again = client.post("/capacity/from/2026-11-16/prepare/", headers=HTMX).content.decode()

    assert "Planning the weeks from 16 Nov 2026" in again
    assert Run.objects.filter(kind="capacity").count() == 2


@pytest.mark.parametrize("day", ["2020-01-01", "2099-01-01", "soon"])
def test_days_out_of_reach_are_brought_into_it(day: str, decided: World, client_for: ClientFor) -> None:
    first = {"2099-01-01": "13 Nov 2028"}.get(day, "16 Nov 2026")

    assert f"Planning the weeks from {first}" in text(client_for(decided.mona), f"/capacity/?from={day}")


def test_a_manager_sees_the_team_with_sums_and_a_chart(decided: World, plan: CapacityPlan, client_for: ClientFor) -> None:
    answer = client_for(decided.mona).get("/capacity/")

    page, found = answer.content.decode(), answer.context["table"]
    assert [row.user.name for row in found.rows] == ["Tam Technical", "Tessa Technical"]
    assert "Tam Technical, week from 16 Nov: 5.8 of 31.25 hours, under" in page
    assert "<td>Together</td>" in page
    assert 'aria-label="Planned hours a week against plannable and working time.' in page
    chart = json.loads(page.split('id="d-capacity" type="application/json">')[1].split("</script>")[0])
    assert (chart["weeks"][0], chart["planned"][0], chart["late"][0], chart["plannable"][0]) == ("16 Nov", 0.9, 4.85, 62.5)
    assert chart["sentence"].endswith("No week is over the line")


def test_a_tam_sees_the_own_hours_only(decided: World, plan: CapacityPlan, client_for: ClientFor) -> None:
    client = client_for(decided.tam)
    page = text(client, "/capacity/?role=tam&region=US+East&manager=1")

    assert "My hours" in page
    assert "Tessa" not in page
    assert 'name="region"' not in page
    assert client.get(f"/capacity/{decided.tessa.pk}/2026-11-16/").status_code == 404
    assert client.get("/capacity/0/2026-11-16/").status_code == 404
    assert client.get(f"/capacity/{decided.tam.pk}/2026-11-16/").status_code == 200


def test_filters_spans_and_units_stay_in_the_address(decided: World, plan: CapacityPlan, client_for: ClientFor) -> None:
    page = text(client_for(decided.ops), "/capacity/?role=account_manager&weeks=4&show=percent")

    assert "Ari Account" in page
    assert "Tam Technical, week" not in page
    assert page.count('<th scope="col" class="num">') == 5
    assert 'href="?role=account_manager&amp;show=percent"' in page  # 13 weeks
    assert f'<option value="{decided.mona.pk}">Team of Mona Manager</option>' in page
    assert '<input type="hidden" name="role" value="account_manager"><input type="hidden" name="weeks" value="4">' in page


def test_where_nobody_fits_the_page_says_what_it_shows(decided: World, plan: CapacityPlan, client_for: ClientFor) -> None:
    page = text(client_for(decided.mona), "/capacity/?region=APAC")

    assert "Nobody fits these filters" in page
    assert "echarts" not in page


def test_what_is_recorded_later_is_told_and_brought_in(decided: World, plan: CapacityPlan, client_for: ClientFor) -> None:
    client = client_for(decided.mona)
    work.cta(decided, type="risk", due_date=date(2026, 12, 3))

    assert "It is being brought up to date" in text(client, "/capacity/")
    assert 'hx-get="/capacity/from/2026-11-16/?of=note"' in text(client, "/capacity/from/2026-11-16/?of=note", **HTMX)
    planning.execute(Run.objects.get(kind="capacity"), now=lambda: AT + MINUTE)
    assert "Brought up to date at 10:01." in text(client, "/capacity/from/2026-11-16/?of=note", **HTMX)
    assert "As recorded until" not in text(client, "/capacity/")


def test_a_cell_opens_what_is_behind_it(decided: World, plan: CapacityPlan, client_for: ClientFor) -> None:
    page = text(client_for(decided.mona), f"/capacity/{decided.tam.pk}/2026-11-16/", **HTMX)

    assert "Tam Technical, 16 Nov to 22 Nov 2026: 5 h 45 min" in page
    assert "5 h 45 min of 31 h 15 min that can be planned, 18 %" in page
    assert "20 min preparation + 30 min talk + 10 min follow-up" in page
    assert "Step 3 of 10 (Put the review together): 1/10 of 270 min = 27" in page
    assert "345 min = 5 h 45 min" in page
    assert "an hour per customer and cadence call with preparation" in page
    assert 'class="num nb warn" data-c="d">20 Feb</td>' in page


def test_a_cell_names_the_days_off(decided: World, plan: CapacityPlan, client_for: ClientFor) -> None:
    page = text(client_for(decided.mona), f"/capacity/{decided.tessa.pk}/2026-11-26/", **HTMX)

    assert "Thanksgiving" in page
    assert "32 h working time, of which 25 h before the week is full. Thu 26 Nov: Thanksgiving Day." in page
    assert "Nothing is planned for this week." in page


def test_nobody_s_work_opens_too(decided: World, plan: CapacityPlan, client_for: ClientFor) -> None:
    CapacityLine.objects.filter(plan=plan, account=decided.beach_city).update(user=None)
    client = client_for(decided.mona)

    assert 'href="/capacity/0/2026-11-23/?from=2026-11-16"' in text(client, "/capacity/")
    page = text(client, "/capacity/0/2026-11-23/?from=2026-11-16", **HTMX)
    assert "Nobody’s work, 23 Nov to 29 Nov 2026: 15 min" in page
    assert "Beach City Corp." in page
    assert "The time there is" not in page


@pytest.mark.parametrize("url", ["/capacity/{}/soon/", "/capacity/{}/2027-06-07/", "/capacity/{}/2026-11-16/?from=2027-02-15"])
def test_what_is_not_planned_is_not_there(url: str, decided: World, plan: CapacityPlan, client_for: ClientFor) -> None:
    client = client_for(decided.mona)

    status = client.get(url.format(decided.tam.pk)).status_code
    assert status == (200 if "?from" in url else 404)  # a window that isn't there: the one that holds the week


def test_the_csv_holds_what_the_page_shows(decided: World, plan: CapacityPlan, client_for: ClientFor) -> None:
    answer = client_for(decided.mona).get("/capacity/export/?weeks=4")

    assert answer["Content-Disposition"] == 'attachment; filename="hours-2026-11-16.csv"'
    lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
    assert lines[:2] == [
        "Person,Region,Manager,Week from,Planned hours,Plannable hours,Working hours,Planned in % of plannable,State,Days off",
        "Tam Technical,EMEA,Mona Manager,2026-11-16,5.75,31.25,40.00,18,under,",
    ]
    assert len(lines) == 1 + 2 * 4
    event = Event.objects.get(verb="capacity.exported")
    assert event.actor == decided.mona
    assert json.loads(event.body)["after"]["rows"] == 8


def test_the_xlsx_has_numbers_and_days(decided: World, plan: CapacityPlan, client_for: ClientFor) -> None:
    answer = client_for(decided.mona).get("/capacity/export/?form=xlsx")

    sheet = openpyxl.load_workbook(BytesIO(b"".join(answer.streaming_content))).active
    assert sheet is not None
    assert [cell.value for cell in sheet[2]][4:8] == [5.75, 31.25, 40, 18]
    assert sheet.max_row == 1 + 2 * 13


def test_exports_need_the_right_and_a_window(decided: World, client_for: ClientFor) -> None:
    assert client_for(decided.sol).get("/capacity/export/").status_code == 403
    answer = client_for(decided.mona).get("/capacity/export/?weeks=4")

    assert answer["Location"] == "/capacity/?weeks=4"
    assert not Event.objects.filter(verb="capacity.exported").exists()


def test_the_pages_take_as_many_queries_for_thirty_as_for_three(
    decided: World, plan: CapacityPlan, client_for: ClientFor
) -> None:
    client, pk = client_for(decided.ops), decided.tam.pk
    urls = [
        "/capacity/?role=all",
        f"/capacity/{pk}/2026-11-16/",
        f"/time/{pk}/",
        f"/accounts/{decided.beach_city.pk}/team/new/?role=tam",
        "/profile/",
    ]

    def counts() -> list[int]:
        found = []
        for url in urls:
            with CaptureQueriesContext(connection) as queries:
                text(client, url)
            found.append(len(queries))
        return found

    def more(start: int, end: int) -> None:
        for number in range(start, end):
            user = User.objects.create(email=f"t{number}@example.com", name=f"T {number}", region="EMEA")
            user.roles.create(role="tam")
            for whose in (user, decided.tam):
                day = MONDAY + timedelta(days=2 * number)
                absences.create(whose, absences.Given(day, day, deputy=decided.tessa.pk), actor=None, at=AT)
            working_times.put(decided.tam, working_times.Given(MONDAY + timedelta(days=number), 1200, "123"), actor=None, at=AT)
            line = {"account": decided.homeworld, "kind": f"Risk {number}", "title": "T", "minutes": 9, "why": "9 min"}
            CapacityLine.objects.create(plan=plan, user=decided.tam, week=MONDAY, **line)
        CapacityPlan.objects.update(event=days.newest_event())

    more(0, 3)
    before = counts()
    more(3, 33)

    assert counts() == before
    assert before[:3] == [13, 11, 10]
    assert max(before[:3]) <= 20


def test_the_assign_dialog_shows_everybody_s_weeks_with_the_account(
    decided: World, plan: CapacityPlan, client_for: ClientFor
) -> None:
    client = client_for(decided.mona)
    assert f'href="/accounts/{decided.beach_city.pk}/team/new/?role=tam"' in text(client, "/")

    page = text(client, f"/accounts/{decided.beach_city.pk}/team/new/?role=tam", **HTMX)

    # Of this an hour, once, is for the customer project that an Enterprise customer is to have.
    assert "Beach City Corp. asks a TAM for 3 h a week over the next 4 weeks, 1.9 h over the next 13." in page
    assert f'name="who" value="tam:{decided.tessa.pk}"' in page
    assert page.index("Tam Technical") < page.index("Tessa Technical")  # works in the account's region
    assert "1.5 → <b>4.5</b>" in page
    assert "0 → <b>3</b>" in page
    answer = client.post(
        f"/accounts/{decided.beach_city.pk}/team/new/?role=tam", {"who": f"tam:{decided.tessa.pk}"},
        headers={**HTMX, "HX-Current-URL": "http://testserver/"},
    )  # fmt: skip
    assert answer.headers["HX-Redirect"] == "/"


def test_the_assign_dialog_offers_people_also_while_nothing_is_planned(decided: World, client_for: ClientFor) -> None:
    page = text(client_for(decided.mona), f"/accounts/{decided.beach_city.pk}/team/new/?role=tam", **HTMX)

    assert "Tessa Technical, US East: 0 accounts" in page
    assert "How full their weeks are isn’t planned yet" in page


def test_the_team_s_home_shows_the_hours_of_the_next_four_weeks(
    decided: World, plan: CapacityPlan, client_for: ClientFor
) -> None:
    page = text(client_for(decided.mona), "/")

    assert "Hours a week, next 4" in page
    assert "<b>1.5</b>" in page
