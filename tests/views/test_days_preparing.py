"""While a day is being prepared: what the pages of lists say, and what becomes of them."""

from datetime import date, timedelta
from typing import Any

import pytest

from tenure.actions import workers
from tenure.models import Event, Run
from tenure.runs import days as building
from tests.conftest import ClientFor
from tests.world import AT, World

MINUTE = timedelta(minutes=1)
PAST = date(2026, 8, 22)
ON = f"as_of={PAST}"
HTMX = {"HX-Request": "true"}


def text(client: Any, url: str, status: int = 200, **headers: str) -> str:
    answer = client.get(url, headers=headers)
    assert answer.status_code == status
    return str(answer.content.decode())


@pytest.mark.parametrize(
    ("who", "url", "heading"),
    [("ops", "/accounts/", "Accounts"), ("mona", "/", "Home"), ("tam", "/", "Home"), ("exa", "/", "Home"), ("ops", "/reports/portfolio/", "Portfolio")],
)  # fmt: skip
def test_a_day_that_is_not_there_is_prepared_once(
    who: str, url: str, heading: str, decided: World, client_for: ClientFor
) -> None:
    client = client_for(decided.people[who])

    first, second = (text(client, f"{url}?{ON}") for _ in range(2))

    assert f"<h1>{heading}</h1>" in first
    assert "Preparing 22 Aug 2026" in first
    assert "Every account is decided by the handbook of that day." in second
    assert 'hx-get="/days/2026-08-22/" hx-trigger="every 1s"' in first
    assert "Homeworld" not in first + second
    assert list(Run.objects.filter(kind="day").values_list("as_of", "started_by")) == [(PAST, decided.people[who].pk)]


def test_the_page_that_waits_comes_again_when_the_day_is_there(decided: World, client_for: ClientFor) -> None:
    client = client_for(decided.ops)
    text(client, f"/accounts/?{ON}")
    waiting = client.get("/days/2026-08-22/", headers=HTMX)

    building.execute(Run.objects.get(kind="day"), now=lambda: AT + MINUTE)
    there = client.get("/days/2026-08-22/", headers=HTMX)

    assert (waiting.status_code, waiting.headers.get("HX-Refresh")) == (200, None)
    assert "Preparing 22 Aug 2026" in waiting.content.decode()
    assert (there.status_code, there.headers["HX-Refresh"]) == (204, "true")
    assert client.get("/days/2026-08-22/")["Location"] == "/accounts/?as_of=2026-08-22"


@pytest.mark.parametrize("part", ["rows/", "tabs/", "export/", ""])
def test_a_part_of_a_page_makes_the_page_come_again(part: str, decided: World, client_for: ClientFor) -> None:
    headers = {} if part == "export/" else HTMX | {"HX-Target": "list"}
    answer = client_for(decided.ops).get(f"/accounts/{part}?{ON}&f=segment:is:Large", headers=headers)

    assert (answer.status_code, answer.headers["HX-Refresh"]) == (409, "true")
    assert answer.content.decode() == "This day is being prepared. Open the list again."
    assert Event.objects.filter(verb="account.exported").count() == 0


def test_that_no_worker_runs_is_said(decided: World, client_for: ClientFor) -> None:
    client = client_for(decided.ops)
    text(client, f"/accounts/?{ON}")
    Run.objects.filter(kind="day").update(queued_at=AT - MINUTE)

    silent = text(client, f"/accounts/?{ON}")
    workers.beat(at=AT)
    busy = text(client, "/days/2026-08-22/", **HTMX)

    assert "No worker is running, so nothing is being prepared." in silent
    assert "<code>tenure worker</code>" in silent
    assert "The worker finishes something else first." in busy
    assert "No worker" not in busy


def test_a_failure_is_told_with_a_button_to_try_again(decided: World, client_for: ClientFor) -> None:
    client = client_for(decided.ops)
    text(client, f"/accounts/?{ON}")
    Run.objects.filter(kind="day").update(status="failed", message="DatabaseError: The disk is full")

    page = text(client, f"/accounts/?{ON}")
    again = client.post("/days/2026-08-22/prepare/", headers=HTMX)

    assert "22 Aug 2026 couldn&#x27;t be prepared" in page or "22 Aug 2026 couldn't be prepared" in page
    assert "DatabaseError: The disk is full" in page
    assert "every 1s" not in page
    assert "Preparing 22 Aug 2026" in again.content.decode()
    assert sorted(Run.objects.filter(kind="day").values_list("status", flat=True)) == ["failed", "queued"]


def test_a_day_out_of_reach_is_told_and_nothing_is_built(decided: World, client_for: ClientFor) -> None:
    page = text(client_for(decided.ops), "/accounts/?as_of=1970-01-01")

    assert "1 Jan 1970 can't be shown now" in page
    assert "Lists can be shown from 16 Nov 1996 to 16 Nov 2036." in page
    assert Run.objects.filter(kind="day").count() == 0


@pytest.mark.parametrize("day", ["yesterday", "2026-02-30"])
def test_what_is_no_day_is_not_found(day: str, decided: World, client_for: ClientFor) -> None:
    assert client_for(decided.ops).get(f"/days/{day}/").status_code == 404


@pytest.mark.parametrize(("who", "status"), [("olga", 404), ("fin", 403)])
def test_who_may_not_see_the_list_has_no_day_built(who: str, status: int, decided: World, client_for: ClientFor) -> None:
    client = client_for(decided.people[who])

    assert client.get(f"/accounts/?{ON}").status_code == status
    assert client.get("/days/2026-08-22/").status_code == status
    assert client.post("/days/2026-08-22/prepare/").status_code == status
    assert client.get(f"/?{ON}")["Location"] == "/"
    assert Run.objects.filter(kind="day").count() == 0
