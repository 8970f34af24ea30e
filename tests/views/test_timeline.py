"""The pages of the timeline: of one account and across accounts."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tenure.actions import activities_drafts as drafts
from tests.conftest import ClientFor
from tests.entries import entry, planned, told_by_crm
from tests.world import World


def test_an_account_s_timeline_shows_what_happened_what_is_planned_and_one_s_draft(world: World, client_for: ClientFor) -> None:
    entry(world, subject="Cadence call", outcome="They compare", sentiment="yellow")
    planned(world, subject="Next one")
    told_by_crm(world.homeworld, world.at - timedelta(days=2), kind="task", subject="Call back")
    drafts.save(world.homeworld, {"kind": "call", "subject": "Half"}, actor=world.tam, at=world.at)
    url = f"/accounts/{world.homeworld.pk}/timeline/"

    html = client_for(world.tam).get(url).content.decode()
    for words in (
        "Cadence call",
        "They compare",
        "Yellow",
        "Next one",
        "Call back",
        '<span class="mut">CRM</span>',
        "Unfinished: Half",
        "Log activity",
        "Plan a call",
    ):
        assert words in html
    html = client_for(world.mona).get(url).content.decode()
    assert "Cadence call" in html
    assert "Unfinished" not in html


def test_who_only_reads_is_offered_nothing_to_write(world: World, client_for: ClientFor) -> None:
    entry(world)
    html = client_for(world.exa).get(f"/accounts/{world.homeworld.pk}/timeline/").content.decode()

    assert "Cadence call" in html
    assert "Log activity" not in html
    assert "Plan a call" not in html


def test_who_may_not_read_timelines_gets_a_plain_no(world: World, client_for: ClientFor) -> None:
    assert client_for(world.fin).get("/timeline/").status_code == 403
    assert client_for(world.olga).get("/timeline/").status_code == 404


def test_a_day_in_the_past_shows_what_had_happened_and_offers_nothing(world: World, client_for: ClientFor) -> None:
    entry(world, subject="Then", happened_at=world.at - timedelta(days=40))
    entry(world, subject="Lately")
    html = client_for(world.tam).get(f"/accounts/{world.homeworld.pk}/timeline/?as_of=2026-10-20").content.decode()

    assert "Then" in html
    assert "Lately" not in html
    assert "Log activity" not in html


def test_the_timeline_of_another_day_is_a_step_away_and_stays_on_that_day(world: World, client_for: ClientFor) -> None:
    entry(world, subject="Then", happened_at=world.at - timedelta(days=40))
    entry(world, subject="Lately")
    client, day = client_for(world.tam), "?as_of=2026-10-20"

    home, html = client.get(f"/{day}").content.decode(), client.get(f"/timeline/{day}").content.decode()

    assert f'href="/timeline/{day}"' in home
    assert f'href="/accounts/{day}"' in html
    assert ("Then" in html, "Lately" in html, "Log activity" in html) == (True, False, False)


def test_the_timeline_across_accounts_names_them_and_finds(world: World, client_for: ClientFor) -> None:
    entry(world, subject="Runner capacity")
    told_by_crm(world.funland, world.at - timedelta(days=1), subject="Arcade")
    client = client_for(world.mona)

    html = client.get("/timeline/").content.decode()
    assert html.index("Runner capacity") < html.index("Arcade")
    assert "Funland Arcade" in html
    found = client.get("/timeline/?q=capa").content.decode()
    assert ("Runner capacity" in found, "Arcade" in found, "1 entry" in found) == (True, False, True)
    none = client.get("/timeline/?q=zebra").content.decode()
    assert "No entry holds “zebra”." in none


def test_one_s_own_plans_stand_beside_the_timeline_and_what_is_not_written_up_first(world: World, client_for: ClientFor) -> None:
    late = planned(world, subject="Late call")
    type(late).objects.filter(pk=late.pk).update(happened_at=world.at - timedelta(days=400))
    planned(world, subject="Soon call")
    mine = client_for(world.tam).get("/timeline/").content.decode()
    other, past = (
        client_for(world.mona).get("/timeline/").content.decode(),
        client_for(world.tam).get("/timeline/?as_of=2026-10-20"),
    )

    assert mine.index("Your plans") < mine.index("Late call") < mine.index("Soon call")
    assert (f"/activities/{late.pk}/hold/" in mine, "Your plans" in other, "Your plans" in past.content.decode()) == (
        True,
        False,
        False,
    )


def test_entries_stand_under_their_months(world: World, client_for: ClientFor) -> None:
    for days in (1, 2, 40):
        entry(world, subject=f"Call {days}", happened_at=world.at - timedelta(days=days))
    html = client_for(world.tam).get("/timeline/").content.decode()
    of_one = client_for(world.tam).get(f"/accounts/{world.homeworld.pk}/timeline/").content.decode()

    assert re.findall(r"<h3>(2026|\w+ 2026)</h3>", of_one) == ["2026"]
    assert re.findall(r"<h3>(\w+ 2026)</h3>|<b>(Call \d+)</b>", html) == [
        ("November 2026", ""), ("", "Call 1"), ("", "Call 2"), ("October 2026", ""), ("", "Call 40"),
    ]  # fmt: skip


def test_pages_lead_to_older_entries_and_back(world: World, client_for: ClientFor) -> None:
    for number in range(31):
        told_by_crm(world.homeworld, world.at - timedelta(days=number), subject=f"No. {number:02}")
    client = client_for(world.tam)

    first = client.get("/timeline/?kind=call")
    older = first.context["older"]
    assert older.startswith("/timeline/?kind=call&after=")
    second = client.get(older)
    assert [line.row.subject for line in second.context["feed"].lines] == ["No. 30"]
    assert client.get(second.context["newer"]).context["feed"].lines[0].row.subject == "No. 00"


@pytest.mark.parametrize(
    "query",
    [
        "?after=x",
        "?before=%00",
        "?who=99999999999999999999",
        "?kind=%00",
        "?q=%00%22",
        "?state=nothing",
        "?sentiment=%F0%9F%98%80",
    ],
)
def test_an_odd_address_shows_a_page(world: World, client_for: ClientFor, query: str) -> None:
    assert client_for(world.tam).get(f"/timeline/{query}").status_code == 200


def test_a_page_asks_the_same_number_of_questions_whatever_it_holds(world: World, client_for: ClientFor) -> None:
    client = client_for(world.tam)
    url = f"/accounts/{world.homeworld.pk}/timeline/"

    def asked(address: str) -> int:
        client.get(address)
        with CaptureQueriesContext(connection) as made:
            client.get(address)
        return len(made)

    for number in range(3):
        entry(world, happened_at=world.at - timedelta(days=number), participants=[world.ari])
    few = {address: asked(address) for address in ("/timeline/", url)}
    for number in range(27):
        entry(world, happened_at=world.at - timedelta(days=number + 4), participants=[world.ari])

    assert {address: asked(address) for address in few} == few
    assert max(few.values()) <= 20
