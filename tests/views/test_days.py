"""Any day on lists, homes and the report: what it shows, what was recorded since, and that nothing is changed there."""

import io
import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from python_calamine import load_workbook

from tenure.actions import accounts, assignments
from tenure.actions.saved_views import Given
from tenure.actions.saved_views import create as save_view
from tenure.models import Assignment, BuiltDay, Event, Run, Subscription, User
from tenure.runs import days as building
from tests.conftest import ClientFor
from tests.world import AT, World

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
PAST, FUTURE = date(2026, 8, 22), date(2027, 5, 1)
ON = f"as_of={PAST}"
HTMX = {"HX-Request": "true"}


def text(client: Any, url: str, status: int = 200, **headers: str) -> str:
    answer = client.get(url, headers=headers)
    assert answer.status_code == status
    return str(answer.content.decode())


def build(world: World, day: date = PAST, minutes: int = 1) -> None:
    """As if somebody had asked for the day and a worker had built it."""
    run = building.prepare(day, actor=world.ops, today=world.today, at=AT).run
    assert run is not None
    building.execute(run, now=lambda: AT + minutes * MINUTE)


def change(world: World) -> None:
    assignments.assign(world.le_hotel, world.tessa, "tam", from_date=world.today, actor=world.mona, at=AT)


@pytest.fixture
def then(decided: World) -> World:
    """The cast with a past day built on which Tessa was TAM of Funland and Homeworld was nobody's."""
    Assignment.objects.filter(account=decided.homeworld, role="tam").update(from_date=PAST + DAY)
    Assignment.objects.create(
        account=decided.funland, user=decided.tessa, role="tam", from_date=PAST - DAY, until_date=PAST + 9 * DAY, recorded_at=AT
    )
    decided.refresh(decided.homeworld, decided.funland)
    build(decided)
    return decided


# --- what it shows


def test_the_list_shows_the_people_and_facts_of_that_day(then: World, client_for: ClientFor) -> None:
    answer = client_for(then.ops).get(f"/accounts/?{ON}")
    tams = {row.name: row.tam_name for row in answer.context["page"].rows if row.tam_name}
    page = answer.content.decode()

    assert tams == {"Funland Arcade": "Tessa Technical"}
    assert (answer.context["known"].count, answer.context["known"].totals["arr"]) == (7, 229_970_000)
    assert "You look at 22 Aug 2026, by what is recorded of that day. Nothing can be changed here." in page
    assert f'href="/accounts/{then.homeworld.pk}/?as_of=2026-08-22"' in page
    assert "As recorded until" not in page


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("f=tam:me", []),
        ("f=tam:team&sort=name", ["Funland Arcade"]),
        ("f=waiting:filled&sort=name", ["Beach City Corp.", "Homeworld Inc.", "Le Hotel"]),
        ("f=renewal:next:251&sort=name", ["Beach City Corp.", "Buddwick Public Library", "Funland Arcade", "Homeworld Inc.", "Le Hotel", "The Crab Shack"]),
        ("f=renewal:next:250", []),
        ("q=hotel", ["Le Hotel"]),
    ],
)  # fmt: skip
def test_filters_and_their_days_count_from_that_day(query: str, found: list[str], then: World, client_for: ClientFor) -> None:
    answer = client_for(then.mona).get(f"/accounts/?{query}&{ON}")

    page = answer.context.get("page")
    assert ([row.name for row in page.rows] if page else []) == found


def test_pages_groups_and_counts_are_of_that_day(then: World, client_for: ClientFor, monkeypatch: pytest.MonkeyPatch) -> None:
    client = client_for(then.ops)
    groups = client.get(f"/accounts/?group=tam&{ON}").context["groups"]
    inner = client.get(f"/accounts/rows/?f=tam:is:{then.tessa.pk}&{ON}").content.decode()
    tabs = client.get(f"/accounts/tabs/?{ON}").content.decode()

    assert [(group.label, group.count, group.arr) for group, _ in groups] == [
        ("Tessa Technical", 1, 30_000_000), ("No TAM", 6, 199_970_000)
    ]  # fmt: skip
    assert all(f"as_of={PAST}" in state.query() for _, state in groups)
    assert "Funland Arcade" in inner
    assert "Homeworld" not in inner
    assert re.findall(r'href="([^"]+)"[^>]*>([^<]+)<span class="n tnum">(\d+)', tabs) == [
        ("/accounts/?view=all&amp;as_of=2026-08-22", "All", "7"),
        ("/accounts/?f=renewal:next:90&amp;sort=renewal&amp;as_of=2026-08-22", "Renewing in 90 days", "0"),
        ("/accounts/?f=waiting:filled&amp;sort=waiting&amp;as_of=2026-08-22", "Needs a TAM", "3"),
    ]


def test_every_link_of_the_list_to_the_list_keeps_the_day(then: World, client_for: ClientFor) -> None:
    page = text(client_for(then.ops), f"/accounts/?f=arr:gt:0&{ON}")
    shown = page.replace(page[page.index('<details class="pop asof"') : page.index('<div class="tn-bar')], "")
    links = re.findall(r'(?:href|hx-get)="(/accounts/[^"]*)"', shown)

    assert len(links) > 30
    assert [link for link in links if "as_of" not in link and link != "/accounts/"] == []
    assert re.findall(r'href="([^"]+)">Back to today', page) == ["/accounts/?f=arr%3Agt%3A0"]


def test_a_day_to_come_shows_what_today_s_records_become(decided: World, client_for: ClientFor) -> None:
    """All terms end on 30 April. Homeworld's renews itself; the others don't, so on 1 May they have no subscription and get no TAM."""
    Subscription.objects.exclude(account=decided.homeworld).update(auto_renew=False)
    build(decided, FUTURE)
    answer = client_for(decided.ops).get(f"/accounts/?as_of={FUTURE}")
    told = (
        "as planned from today's records; of 1 account it assumes that a subscription renews itself. Nothing can be changed here."
    )

    assert (answer.context["known"].count, answer.context["known"].totals["arr"]) == (7, 125_000_000)
    assert [row.name for row in answer.context["page"].rows if row.tam_eligible == "Yes"] == ["Homeworld Inc."]
    assert told in answer.content.decode()


def test_an_account_that_did_not_exist_is_absent(decided: World, client_for: ClientFor) -> None:
    accounts.create(
        {"name": "Fresh Ltd", "region": "EMEA"}, from_date=decided.today, today=decided.today, actor=decided.ops, at=AT
    )
    build(decided)

    page = text(client_for(decided.ops), f"/accounts/?{ON}")

    assert "Fresh Ltd" not in page
    assert "Fresh Ltd" in text(client_for(decided.ops), "/accounts/")


def test_the_homes_show_that_day(then: World, client_for: ClientFor) -> None:
    team = client_for(then.mona).get(f"/?{ON}")
    book = client_for(then.tam).get(f"/?{ON}")
    all_ = client_for(then.exa).get(f"/?{ON}")

    loads = {load.user.name: (load.accounts, load.arr_minor) for load in team.context["home"].loads}
    assert loads == {"Tessa Technical": (1, 30_000_000), "Tam Technical": (0, 0)}
    assert team.context["home"].open.accounts == 3
    assert [one.row.name for one in team.context["home"].waiting] == ["Homeworld Inc.", "Beach City Corp.", "Le Hotel"]
    assert [one.account.name for one in team.context["home"].lately] == ["Funland Arcade"]
    page = team.content.decode()
    assert "Enterprise and ARR over the floor" in page
    assert "Assign</button>" not in page
    assert "TAMs are assigned on today's page." in page
    assert f'href="/accounts/{then.homeworld.pk}/why/tam_eligible/?as_of=2026-08-22"' in page
    assert book.context["home"].book.accounts == 0
    assert (all_.context["home"].all.arr_minor, all_.context["home"].runs) == (229_970_000, [])
    assert 'href="/accounts/?f=waiting:filled&amp;as_of=2026-08-22"' in page


def test_a_tam_of_that_day_who_left_the_company_still_has_the_load_of_then(then: World, client_for: ClientFor) -> None:
    User.objects.filter(pk=then.tessa.pk).update(is_active=False)

    loads = client_for(then.mona).get(f"/?{ON}").context["home"].loads

    assert [(load.user.name, load.accounts) for load in loads] == [("Tessa Technical", 1), ("Tam Technical", 0)]


def test_the_report_adds_that_day_up_and_leads_to_its_lists(then: World, client_for: ClientFor) -> None:
    client = client_for(then.ops)
    report = client.get(f"/reports/portfolio/?{ON}").context["report"]

    tams = {bar.label: (bar.accounts, bar.arr) for cut in report.cuts if cut.key == "tam" for bar in cut.bars}
    assert tams == {"No TAM": (6, 199_970_000), "Tessa Technical": (1, 30_000_000)}
    for cut in report.cuts:
        for bar in cut.bars:
            known = client.get(f"/accounts/?{bar.query}").context["known"]
            assert (known.count, known.arr) == (bar.accounts, bar.arr), (cut.key, bar.label)


@pytest.mark.usefixtures("checked")
def test_the_side_bar_keeps_the_day_where_a_page_knows_other_days(then: World, client_for: ClientFor) -> None:
    side = text(client_for(then.ops), f"/accounts/?{ON}").partition('<nav class="tn-nav"')[2].partition("</nav>")[0]

    links = re.findall(r'href="([^"]+)"', side)
    assert [link for link in links if "as_of" in link] == [
        f"{path}?{ON}" for path in ("/", "/accounts/", "/timeline/", "/reports/portfolio/", "/handbook/")
    ]
    assert "/imports/" in links


# --- what was recorded since


def test_older_rows_are_shown_with_the_time_until_which_they_hold(then: World, client_for: ClientFor) -> None:
    client = client_for(then.ops)
    change(then)

    page = text(client, f"/accounts/?{ON}")

    assert "As recorded until 09:01. It is being brought up to date." in page
    assert 'hx-get="/days/2026-08-22/?of=note" hx-trigger="every 2s"' in page
    assert "Homeworld Inc." in page
    assert Run.objects.filter(kind="day", status="queued").count() == 1
    headers = HTMX | {"HX-Current-URL": "http://testserver/accounts/?q=home&as_of=2026-08-22"}
    assert "As recorded until 09:01" in text(client, "/days/2026-08-22/?of=note", **headers)
    building.execute(Run.objects.get(kind="day", status="queued"), now=lambda: AT + 5 * MINUTE)
    note = text(client, "/days/2026-08-22/?of=note", **headers)
    assert "Brought up to date at 09:05." in note
    assert 'href="/accounts/?q=home&amp;as_of=2026-08-22">Show' in note
    assert "every 2s" not in note
    assert "As recorded until" not in text(client, f"/accounts/?{ON}")


def test_looking_at_a_day_keeps_it(then: World, client_for: ClientFor) -> None:
    BuiltDay.objects.update(used_at=AT - DAY)

    text(client_for(then.ops), f"/accounts/?{ON}")

    assert BuiltDay.objects.get().used_at == AT


# --- nothing is changed, and files carry the day


def test_nobody_assigns_on_the_list_of_another_day(then: World, client_for: ClientFor) -> None:
    client = client_for(then.mona)
    page = text(client, f"/accounts/?{ON}")
    before = Assignment.objects.count(), Event.objects.count()

    answers = [
        client.post("/accounts/assign/", {"id": then.le_hotel.pk, "user": then.tam.pk, "query": ON}),
        client.post(f"/accounts/assign/?{ON}", {"all": "1", "user": then.tam.pk, "query": ""}),
    ]
    dialog = text(client, f"/accounts/assign/?id={then.le_hotel.pk}&query={ON}", **HTMX)

    assert "TAMs are assigned on today's list" in page
    assert "/accounts/assign/" not in page
    assert "This is the list of 22 Aug 2026. TAMs are assigned on today&#x27;s list; nothing was changed." in dialog
    assert "Who becomes TAM" not in dialog
    assert [answer.status_code for answer in answers] == [302, 302]
    assert (Assignment.objects.count(), Event.objects.count()) == before


def test_files_carry_the_day(then: World, client_for: ClientFor) -> None:
    client = client_for(then.ops)
    query = f"cols=name,tam&sort=name&{ON}"
    plain = client.get(f"/accounts/export/?{query}&form=csv")
    picked = client.get("/accounts/export/", {"query": query, "as_of": str(PAST), "id": [then.funland.pk], "form": "xlsx"})
    report = client.get(f"/reports/portfolio/export/?{ON}")
    book = load_workbook(io.BytesIO(b"".join(picked.streaming_content)))
    lines = b"".join(plain.streaming_content).decode("utf-8-sig").splitlines()

    assert plain["Content-Disposition"] == 'attachment; filename="accounts-2026-08-22.csv"'
    assert lines[:4] == ["Account,TAM", "Beach City Corp.,", "Big Donut,", "Buddwick Public Library,"]
    assert "Funland Arcade,Tessa Technical" in lines
    assert picked["Content-Disposition"] == 'attachment; filename="accounts-2026-08-22.xlsx"'
    assert book.sheet_names == ["Accounts 2026-08-22"]
    assert book.get_sheet_by_index(0).to_python() == [["Account", "TAM"], ["Funland Arcade", "Tessa Technical"]]
    assert report["Content-Disposition"] == 'attachment; filename="portfolio-2026-08-22.csv"'
    assert "TAM,Tessa Technical,1,300000.00" in report.content.decode()
    assert '"as_of":' not in Event.objects.filter(verb="account.exported").latest("pk").body
    assert "as_of=2026-08-22" in Event.objects.filter(verb="account.exported").latest("pk").body


# --- views


def test_a_saved_view_opens_on_the_day_one_looks_at_and_keeps_none(then: World, client_for: ClientFor) -> None:
    client = client_for(then.ops)
    view = save_view("accounts", Given("Mine", "f=tam:filled", False, False, True), actor=then.ops, at=AT)

    first = client.get(f"/accounts/?{ON}")
    page = client.get(first["Location"])
    client.post(f"/views/{view.pk}/update/", {"query": f"view={view.pk}&f=arr:gt:1&{ON}"})
    view.refresh_from_db()

    assert first["Location"] == f"/accounts/?view={view.pk}&f=tam:filled&as_of=2026-08-22"
    assert [row.name for row in page.context["page"].rows] == ["Funland Arcade"]
    assert page.context["edited"] is False
    assert view.query == "f=arr:gt:1"


@pytest.mark.parametrize("verb", ["update", "create", "delete"])
def test_whoever_works_on_views_stays_on_the_day(verb: str, then: World, client_for: ClientFor) -> None:
    client = client_for(then.ops)
    view = save_view("accounts", Given("Mine", "f=tam:filled", False, False, False), actor=then.ops, at=AT)
    url = f"/views/new/?{ON}" if verb == "create" else f"/views/{view.pk}/{verb}/?{ON}"

    answer = client.post(url, {"name": "Other", "page": "accounts", "query": f"f=arr:gt:1&{ON}"})

    assert answer.status_code == 302
    assert answer["Location"].endswith("as_of=2026-08-22")


# --- how often the database is asked


@pytest.mark.parametrize("url", ["/accounts/?f=arr:gte:0&", "/?", "/reports/portfolio/?", "/accounts/tabs/?"])
def test_the_number_of_queries_does_not_grow_with_rows(url: str, decided: World, client_for: ClientFor) -> None:
    client, counts = client_for(decided.mona), []
    for size in (3, 30):
        for account in decided.more_accounts(size, f"More {size}"):
            account.subscriptions.create(product="Premium", seats=10, arr_minor=9_000_000, start_date=PAST - DAY, recorded_at=AT)
        build(decided, PAST + size * DAY)
        with CaptureQueriesContext(connection) as seen:
            text(client, f"{url}as_of={PAST + size * DAY}")
        counts.append(len(seen))

    assert counts[0] == counts[1]
    assert counts[0] <= 20


def test_the_list_of_another_day_offers_no_import(world: World, client_for: ClientFor) -> None:
    build(world)
    ops = client_for(world.ops)

    button = 'Import <span class="hide-s">accounts</span>'
    assert button in text(ops, "/accounts/")
    assert button not in text(ops, f"/accounts/?{ON}")
