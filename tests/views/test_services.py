"""Services on the account's page, their drawers, the coverage report and its lists; a call that delivers a service."""

import csv
import io
import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tenure.actions import hours, services
from tenure.models import Activity, Event, PaidHours, SavedView, ServiceDelivery
from tenure.views.services import clock, minutes
from tests import work
from tests.conftest import ClientFor
from tests.world import TODAY, World

DAY = timedelta(days=1)
HTMX = {"HX-Request": "true", "HX-Current-URL": "http://testserver/accounts/1/services/"}


def give(world: World, service: str = "ebr", days: int = 3, account: str = "homeworld", **fields: Any) -> ServiceDelivery:
    given = {"service": service, "delivered_on": TODAY - timedelta(days=days), **fields}
    return services.deliver(world.accounts[account], given, today=TODAY, actor=work.fresh(world.ops), at=world.at)


def buy(world: World, minutes: int = 600) -> PaidHours:
    return hours.buy(world.homeworld, {"minutes": minutes, "bought_on": TODAY - 30 * DAY}, today=TODAY, actor=None, at=world.at)


def url(world: World, rest: str, account: str = "homeworld") -> str:
    return f"/accounts/{world.accounts[account].pk}/{rest}"


def filled(**fields: Any) -> dict[str, Any]:
    return {"service": "ebr", "delivered_on": TODAY.isoformat(), "hours": "1.5", "delivered_by": "", "note": "", **fields}


def texts(response: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def test_the_section_tells_what_one_gets_and_what_was_delivered(decided: World, client_for: ClientFor) -> None:
    buy(decided)
    give(decided, "white_glove", minutes=90, note="Upgrade night")
    told = texts(client_for(decided.tam).get(url(decided, "services/")))

    assert "Executive business reviews by its schedule" in told
    assert "Account health checks every 3 months" in told
    assert "Gets a TAM: Yes" in told
    assert "13 Nov White glove assistance Paid hours Ops Operations 1 h 30 min Upgrade night" in told
    assert "8 h 30 min left" in told
    assert "2 not included" in told


def test_a_day_of_the_past_shows_what_was_there_then(decided: World, client_for: ClientFor) -> None:
    give(decided, "demo_training", days=40)
    client = client_for(decided.tam)

    assert "never" in texts(client.get(url(decided, "services/?as_of=2026-09-01")))
    html = client.get(url(decided, "services/?as_of=2026-11-01")).content.decode()
    assert "7 Oct" in html
    assert "Log a delivery" not in html


def test_a_delivery_is_logged_and_taken_back(decided: World, client_for: ClientFor) -> None:
    client = client_for(decided.tam)
    assert client.get(url(decided, "services/new/?service=ebr"), headers=HTMX).status_code == 200
    answer = client.post(url(decided, "services/new/"), filled(note="Good"), headers=HTMX)

    row = ServiceDelivery.objects.get()
    assert (answer.status_code, answer["HX-Redirect"]) == (204, "/accounts/1/services/")
    assert (row.service, row.minutes, row.note, row.delivered_by, row.created_by) == ("ebr", 90, "Good", None, decided.tam)
    html = client.get(url(decided, "services/")).content.decode()
    assert "Executive business reviews is logged." in html
    client.post(f"/services/deliveries/{row.pk}/delete/")
    row.refresh_from_db()
    assert row.deleted_at is not None
    client.post(f"/services/deliveries/{row.pk}/restore/")
    row.refresh_from_db()
    assert row.deleted_at is None


def test_a_refusal_shows_the_form_again_with_what_was_typed(decided: World, client_for: ClientFor) -> None:
    buy(decided, 60)
    answer = client_for(decided.tam).post(
        url(decided, "services/new/"), filled(service="white_glove", hours="2", note="Kept"), headers=HTMX
    )

    assert answer.status_code == 422
    html = answer.content.decode()
    assert "This takes 2 h of paid hours, and Homeworld Inc. has 1 h left on 16 Nov 2026." in html
    assert 'value="2"' in html
    assert ">Kept</textarea>" in html
    assert ServiceDelivery.objects.count() == 0


def test_a_plan_is_called_off_or_delivered(decided: World, client_for: ClientFor) -> None:
    client = client_for(decided.tam)
    day = (TODAY + DAY).isoformat()
    client.post(url(decided, "services/plan/"), filled(delivered_on=day))
    row = ServiceDelivery.objects.get()
    assert (row.status, row.delivered_on) == ("planned", TODAY + DAY)

    assert client.post(f"/services/deliveries/{row.pk}/cancel/", {"reason": ""}, headers=HTMX).status_code == 422
    assert client.get(f"/services/deliveries/{row.pk}/cancel/", headers=HTMX).status_code == 200
    client.post(f"/services/deliveries/{row.pk}/cancel/", {"reason": "The customer waits"})
    row.refresh_from_db()
    assert row.status == "cancelled"
    client.post(f"/services/deliveries/{row.pk}/restore/")
    assert client.get(f"/services/deliveries/{row.pk}/delivered/", headers=HTMX).context["v"]["delivered_on"] == TODAY.isoformat()
    client.post(f"/services/deliveries/{row.pk}/delivered/", filled(hours="0:45"))
    row.refresh_from_db()
    assert (row.status, row.delivered_on, row.minutes) == ("delivered", TODAY, 45)
    assert client.get(f"/services/deliveries/{row.pk}/delivered/").status_code == 404


def test_a_delivery_is_changed(decided: World, client_for: ClientFor) -> None:
    row = give(decided)
    client = client_for(decided.tam)
    client.post(f"/services/deliveries/{row.pk}/", filled(service="demo_training", hours="3", delivered_by=decided.tam.pk))

    row.refresh_from_db()
    assert (row.service, row.minutes, row.delivered_by) == ("demo_training", 180, decided.tam)


@pytest.mark.parametrize(
    ("who", "status"), [("tam", 200), ("mona", 200), ("sol", 403), ("exa", 403), ("tessa", 404), ("olga", 404), ("fin", 403)]
)
def test_who_may_change_a_delivery(decided: World, client_for: ClientFor, who: str, status: int) -> None:
    row, bought = give(decided), buy(decided)
    client = client_for(decided.people[who])

    assert client.get(f"/services/deliveries/{row.pk}/", headers=HTMX).status_code == status
    assert client.get(f"/services/hours/{bought.pk}/", headers=HTMX).status_code == status


def test_hours_are_added_changed_and_deleted(decided: World, client_for: ClientFor) -> None:
    client = client_for(decided.tam)
    typed = {"hours": "20", "bought_on": TODAY.isoformat(), "expires_on": "", "reference": "Order 7"}
    client.post(url(decided, "hours/new/"), typed)
    row = PaidHours.objects.get()
    assert (row.minutes, row.bought_on, row.expires_on, row.reference) == (1200, TODAY, None, "Order 7")

    assert client.get(f"/services/hours/{row.pk}/", headers=HTMX).context["v"]["hours"] == "20:00"
    client.post(f"/services/hours/{row.pk}/", typed | {"hours": "25", "expires_on": "2027-01-01"})
    give(decided, "white_glove", days=0, minutes=60)
    assert "would have 0 h left" in client.post(f"/services/hours/{row.pk}/delete/", follow=True).content.decode()
    assert client.post(url(decided, "hours/new/"), typed | {"hours": "many"}, headers=HTMX).status_code == 422
    row.refresh_from_db()
    assert (row.minutes, row.expires_on.isoformat(), row.deleted_at, PaidHours.objects.count()) == (1500, "2027-01-01", None, 1)
    ServiceDelivery.objects.all().delete()
    client.post(f"/services/hours/{row.pk}/delete/")
    assert client.get(f"/services/hours/{row.pk}/").status_code == 404
    client.post(f"/services/hours/{row.pk}/restore/")
    assert client.get(f"/services/hours/{row.pk}/").status_code == 200


@pytest.mark.parametrize(
    ("text", "expected"),
    [("1.5", 90), ("1,5", 90), ("1:30", 90), ("0:05", 5), ("", None), ("x", -1), ("1:60", -1), ("-1", -1), ("nan", -1), ("1e5", -1), ("1:3", -1)],
)  # fmt: skip
def test_time_is_read(text: str, expected: int | None) -> None:
    assert minutes(text) == expected
    assert clock(90) == "1:30"


def test_a_call_delivers_a_service_and_both_are_taken_back(decided: World, client_for: ClientFor) -> None:
    client = client_for(decided.tam)
    page = client.get(url(decided, "activities/new/"), headers=HTMX)
    assert "It delivered a service" in page.content.decode()
    call = {"kind": "call", "subject": "Review", "happened_at": "2026-11-16T08:00", "minutes": "50", "service": "ebr"}
    client.post(url(decided, "activities/new/"), call, headers=HTMX)

    entry, row = Activity.objects.get(), ServiceDelivery.objects.get()
    assert (row.activity, row.service, row.minutes, row.delivered_on, row.delivered_by) == (entry, "ebr", 50, TODAY, decided.tam)
    assert "Executive business reviews" in client.get(f"/activities/{entry.pk}/", headers=HTMX).content.decode()
    client.post(f"/activities/{entry.pk}/delete/")
    row.refresh_from_db()
    assert row.deleted_at is not None
    client.post(f"/activities/{entry.pk}/restore/")
    row.refresh_from_db()
    assert row.deleted_at is None


def test_a_call_whose_service_is_refused_is_not_logged(decided: World, client_for: ClientFor) -> None:
    call = {"kind": "call", "subject": "Help", "happened_at": "2026-11-16T08:00", "minutes": "50", "service": "white_glove"}
    answer = client_for(decided.tam).post(url(decided, "activities/new/"), call, headers=HTMX)

    assert answer.status_code == 422
    assert "This takes 50 min of paid hours, and Homeworld Inc. has 0 h left" in answer.content.decode()
    assert (Activity.objects.filter(draft=False).count(), ServiceDelivery.objects.count()) == (0, 0)


def test_the_report_leads_to_its_lists(decided: World, client_for: ClientFor) -> None:
    give(decided, "ebr")
    client = client_for(decided.mona)
    html = client.get("/services/").content.decode()
    links = [link.replace("&amp;", "&") for link in re.findall(r'href="(/services/accounts/[^"]+)"', html)]

    assert "/services/accounts/?f=service:is:ebr&f=tier:is:Tier%201&f=state:any:overdue,ahead,in_time,never,delivered" in links
    found = client.get(
        links[
            links.index(
                "/services/accounts/?f=service:is:ebr&f=tier:is:Tier%201&f=state:any:overdue,ahead,in_time,never,delivered"
            )
        ]
    )
    assert {row.name for row in found.context["page"].rows} == {"Homeworld Inc.", "Beach City Corp."}


def test_the_report_keeps_its_filters_on_the_way_to_a_list(decided: World, client_for: ClientFor) -> None:
    html = client_for(decided.mona).get("/services/?f=tam:team&f=segment:any:Large,Strategic").content.decode()

    assert "/services/accounts/?f=service:is:ebr&amp;f=tam:team&amp;f=segment:any:Large,Strategic" in html


def test_the_report_has_views_filters_and_files(decided: World, client_for: ClientFor) -> None:
    client = client_for(decided.mona)
    client.post("/views/new/", {"page": "services", "name": "Large ones", "query": "f=segment:is:Large", "is_default": "on"})
    assert SavedView.objects.get().page == "services"
    assert "f=segment:is:Large" in client.get("/services/")["Location"]
    assert "Large ones" in client.get("/services/tabs/").content.decode()
    assert client.get("/services/filter/?column=segment").status_code == 200
    assert (
        client.get("/services/adjust/?do=filter&column=segment&operator=is&value=Large")["Location"]
        == "/services/?f=segment:is:Large"
    )
    answer = client.get("/services/export/?form=csv&f=segment:is:Large")
    rows = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))
    assert rows[0] == ["Category", "Service", "Every", "Tier", "Included", "In time", "Overdue", "First to come"]
    assert ["Relationship management", "Account health checks", "3 months", "Tier 1", "1", "0", "0", "1"] in rows
    assert b"".join(client.get("/services/export/?form=xlsx").streaming_content)[:2] == b"PK"
    assert Event.objects.filter(verb="services.exported").count() == 2


def test_the_list_of_a_service_has_groups_and_files(decided: World, client_for: ClientFor) -> None:
    give(decided, "health_checks", delivered_by=decided.tam)
    client = client_for(decided.ops)
    groups = client.get("/services/accounts/?f=service:is:health_checks&group=state").context["groups"]
    assert [(group.label, group.count) for group, _ in groups] == [("To come", 3), ("In time", 1), ("Not included", 3)]
    by = client.get("/services/accounts/?f=service:is:health_checks&group=by").context["groups"]
    assert [(group.label, group.count) for group, _ in by] == [("Tam Technical", 1), ("No by", 6)]
    assert client.get(f"/services/accounts/rows/?{groups[1][1].query()}").context["known"].count == 1
    answer = client.get("/services/accounts/export/?f=service:is:health_checks&sort=name&cols=name,service,state,last,by,due")
    rows = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))
    assert rows[0] == ["Account", "Service", "State", "Last time", "By", "Due"]
    assert ["Homeworld Inc.", "Account health checks", "In time", "2026-11-13", "Tam Technical", "2027-02-13"] in rows
    assert client.get("/services/accounts/?sort=-due,by&q=HOME").context["known"].count == 1
    for part in ("tabs/", "menu/?of=groups", "filter/?column=by", "filter/?column=state"):
        assert client.get(f"/services/accounts/{part}").status_code == 200


@pytest.mark.parametrize("sort", ["due", "-due", "state", "-last", "by", "name", "-arr"])
def test_pages_of_the_list_show_every_account_once(decided: World, client_for: ClientFor, sort: str) -> None:
    for number, account in enumerate(decided.more_accounts(120)):
        if number % 3:
            ServiceDelivery.objects.create(
                account=account, service="ebr", delivered_on=TODAY - timedelta(days=number % 5), created_at=decided.at, delivered_by=decided.tam if number % 2 else None
            )  # fmt: skip
    client, address, seen = client_for(decided.ops), f"/services/accounts/?f=service:is:ebr&sort={sort}", []
    while address:
        response = client.get(address)
        seen += [row.pk for row in response.context["page"].rows]
        address = response.context["pager"]["on"]
    assert (len(seen), len(set(seen))) == (127, 127)


PAGES = ("/services/", "/services/accounts/?f=service:is:health_checks", "/services/tabs/", "/services/accounts/tabs/")


def queries(client: Client, path: str) -> int:
    with CaptureQueriesContext(connection) as found:
        assert client.get(path).status_code == 200
    return len(found)


def test_pages_take_few_queries_and_no_more_for_more_rows(decided: World, client_for: ClientFor) -> None:
    def more(first: int, last: int) -> None:
        for account in decided.more_accounts(last - first, name=f"More {first}"):
            ServiceDelivery.objects.create(
                account=account, service="health_checks", delivered_on=TODAY, created_at=decided.at, delivered_by=decided.tam
            )
        for number in range(first, last):
            give(decided, "ebr", days=number, note=str(number), delivered_by=decided.tam)
            buy(decided, 60)

    client = client_for(decided.mona)
    paths = [*PAGES, url(decided, "services/"), url(decided, "services/new/")]
    more(0, 3)
    few = {path: queries(client, path) for path in paths}
    more(3, 30)

    assert {path: queries(client, path) for path in paths} == few
    assert max(few.values()) <= 20, few
