"""Playbooks at work: the list, one of them, the plan before it is applied, many at once, replacing, cancelling, taking back."""

import csv
import io
import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tenure.actions import playbooks, tasks
from tenure.models import CallToAction, Event, PlaybookUse, SavedView, Task
from tests import handbooks, work
from tests.conftest import ClientFor
from tests.world import TODAY, World

HTMX = {"HX-Request": "true", "HX-Current-URL": "http://testserver/accounts/"}


@pytest.fixture(autouse=True)
def pack(settings: Any) -> None:
    settings.HANDBOOK = handbooks.testing()


def apply(world: World, account: str = "homeworld", days: int = 0, who: str = "mona", key: str = "testing") -> PlaybookUse:
    start = TODAY - timedelta(days=days)
    return playbooks.apply(
        world.accounts[account], key, start=start, today=TODAY, actor=work.fresh(world.people[who]), at=world.at
    )


def form(world: World, account: str = "homeworld") -> str:
    return f"/accounts/{world.accounts[account].pk}/playbooks/new/"


def undo_of(html: str) -> str:
    found = re.search(r'action="(/[^"]*undo/[^"]*)"', html)
    assert found
    return found[1]


def test_the_plan_is_shown_before_anything_is_done(world: World, client_for: ClientFor) -> None:
    client = client_for(world.tam)
    assert client.get(form(world), headers=HTMX).context["plan"] is None
    answer = client.get(form(world) + "?playbook=testing&start=2026-11-20", headers=HTMX)

    plan, html = answer.context["plan"], answer.content.decode()
    assert [(task.title, str(task.due_date), person.name) for task, person in plan.tasks][:2] == [
        ("Hand over", "2026-11-21", "Ari Account"), ("Welcome", "2026-11-24", "Tam Technical"),
    ]  # fmt: skip
    assert "after Hand over, Welcome" in html
    assert "asks for Why bought, Seats" in html
    assert f'name="seen" value="{plan.digest}"' in html
    assert PlaybookUse.objects.count() == 0


def test_what_was_shown_is_applied_and_taken_back(world: World, client_for: ClientFor) -> None:
    client = client_for(world.tam)
    plan = client.get(form(world) + "?playbook=testing", headers=HTMX).context["plan"]
    given = {"playbook": "testing", "start": TODAY.isoformat(), "owner": "", "seen": plan.digest}
    answer = client.post(form(world), given, headers=HTMX)

    use = PlaybookUse.objects.get()
    assert (answer.status_code, answer["HX-Redirect"], use.status) == (204, "/accounts/", "active")
    html = client.get("/accounts/").content.decode()
    assert "Testing is at work." in html
    client.post(undo_of(html))
    use.refresh_from_db()
    assert (use.status, use.reason) == ("cancelled", "Taken back")


def test_another_plan_than_the_one_shown_is_not_applied(world: World, client_for: ClientFor) -> None:
    client = client_for(world.tam)
    before = work.content()
    for seen in ("", "another"):
        given = {"playbook": "testing", "start": TODAY.isoformat(), "seen": seen}
        answer = client.post(form(world), given, headers=HTMX)
        assert answer.status_code == 422
        assert "The plan is another one than you saw. Look at it again." in answer.content.decode()
    assert "Choose a playbook." in client.post(form(world), {"start": TODAY.isoformat()}, headers=HTMX).content.decode()
    answer = client.post(form(world), {"playbook": "testing", "start": "someday"}, headers=HTMX)
    assert "Give the day on which it starts." in answer.content.decode()
    assert work.content() == before


def test_persons_are_named_and_shown_in_the_plan(world: World, client_for: ClientFor) -> None:
    client = client_for(world.mona)
    asked = {"playbook": "passing_on", "start": TODAY.isoformat()}
    html = client.get(form(world), asked, headers=HTMX).content.decode()
    assert "Who gives" in html
    assert "What falls to those who are not named yet" in html

    named = asked | {"person_giver": world.tam.pk, "person_taker": world.ari.pk}
    plan = client.get(form(world), named, headers=HTMX).context["plan"]
    assert [person.name for _, person in plan.tasks] == ["Tam Technical", "Ari Account"]
    unnamed = client.get(form(world), asked, headers=HTMX).context["plan"]
    answer = client.post(form(world), asked | {"seen": unnamed.digest}, headers=HTMX)
    assert "Passing on asks who is: Who gives, Who takes." in answer.content.decode()
    client.post(form(world), named | {"seen": plan.digest})
    assert list(Task.objects.values_list("owner__name", flat=True)) == ["Tam Technical", "Ari Account"]


def test_a_playbook_at_work_is_not_applied_twice(world: World, client_for: ClientFor) -> None:
    apply(world)
    client = client_for(world.tam)
    page = client.get(form(world) + "?playbook=testing", headers=HTMX)

    assert "Testing is at work here already" in page.content.decode()
    given = {"playbook": "testing", "start": TODAY.isoformat(), "seen": page.context["plan"].digest}
    answer = client.post(form(world), given, headers=HTMX)
    assert "Testing is at work on Homeworld Inc. already, since 16 Nov 2026." in answer.content.decode()
    assert PlaybookUse.objects.count() == 1


@pytest.mark.parametrize(("who", "account", "status"), [("tam", "le_hotel", 403), ("sol", "homeworld", 403), ("tessa", "homeworld", 404), ("olga", "homeworld", 404)])  # fmt: skip
def test_who_may_not_apply_gets_no_plan(world: World, client_for: ClientFor, who: str, account: str, status: int) -> None:
    assert client_for(world.people[who]).get(form(world, account), headers=HTMX).status_code == status


@pytest.mark.usefixtures("checked")
def test_an_account_is_chosen_for_a_playbook_of_the_handbook(world: World, client_for: ClientFor) -> None:
    client = client_for(world.tam)
    assert "/playbooks/start/?playbook=testing" in client.get("/handbook/playbooks/testing/").content.decode()
    assert "/playbooks/start/" not in client_for(world.exa).get("/handbook/playbooks/testing/").content.decode()
    html = client.get("/playbooks/start/?playbook=testing", headers=HTMX).content.decode()
    assert "Apply Testing to" in html
    assert f'href="{form(world)}?playbook=testing"' in html
    part = client.get("/playbooks/start/?playbook=testing&q=le", headers={**HTMX, "HX-Target": "start-rows"}).content.decode()
    assert "Type the name of an account of yours." in part


def many(world: World, *names: str, **fields: Any) -> dict[str, Any]:
    given = {"playbook": "testing", "start": TODAY.isoformat(), "query": "sort=name", **fields}
    return {**given, "id": [world.accounts[name].pk for name in names]}


def test_many_accounts_get_it_after_a_look_and_it_is_taken_back(world: World, client_for: ClientFor) -> None:
    apply(world, "le_hotel", who="ops")
    client = client_for(world.mona)
    chosen = many(world, "homeworld", "beach_city", "le_hotel")
    assert client.get("/playbooks/apply/", {"id": chosen["id"]}, headers=HTMX).context["plan"] is None
    look = client.post("/playbooks/apply/?look", chosen, headers=HTMX)

    html = look.content.decode()
    assert "Apply a playbook to 3 accounts" in html
    assert "1 left as it is" in html
    assert "Testing is at work on Le Hotel already" in html
    assert PlaybookUse.objects.count() == 1
    answer = client.post("/playbooks/apply/", chosen | {"seen": look.context["seen"]}, headers=HTMX)
    assert (answer.status_code, answer["HX-Redirect"]) == (204, "/accounts/?sort=name")
    assert PlaybookUse.objects.filter(status="active").count() == 3
    told = client.get("/accounts/").content.decode()
    assert "Testing is at work on 2 accounts. 1 left as they were: Testing is at work on Le Hotel already" in told
    client.post(undo_of(told))
    assert list(PlaybookUse.objects.filter(status="active").values_list("account__name", flat=True)) == ["Le Hotel"]


def test_many_get_nothing_that_was_not_shown(world: World, client_for: ClientFor) -> None:
    client = client_for(world.mona)
    before = work.content()
    answer = client.post("/playbooks/apply/", many(world, "homeworld"), headers=HTMX)
    assert "The plan is another one than you saw." in answer.content.decode()
    look = client.post("/playbooks/apply/?look", many(world, "homeworld"), headers=HTMX)
    answer = client.post("/playbooks/apply/", many(world, "homeworld", "le_hotel", seen=look.context["seen"]), headers=HTMX)
    assert answer.status_code == 422
    nobody = client.post("/playbooks/apply/?look", many(world), headers=HTMX).content.decode()
    assert "No account was chosen." in nobody
    assert work.content() == before


def test_all_that_match_get_it_only_on_the_list_of_today(world: World, client_for: ClientFor) -> None:
    client = client_for(world.mona)
    every = {"all": "1", "playbook": "testing", "start": TODAY.isoformat(), "query": "q=ho"}
    look = client.post("/playbooks/apply/?look", every, headers=HTMX)
    assert [name for _, name, _ in look.context["plan"].ready] == ["Homeworld Inc.", "Le Hotel"]

    past = client.get("/playbooks/apply/", {"all": "1", "query": "as_of=2026-01-01"}, headers=HTMX)
    assert "Playbooks are applied on today" in past.content.decode()
    assert PlaybookUse.objects.count() == 0


def test_the_form_shows_its_plan_in_place_also_on_a_page_of_its_own(world: World, client_for: ClientFor) -> None:
    client, own = client_for(world.tam), {"HX-Request": "true", "HX-Current-URL": f"http://testserver{form(world)}"}
    html = client.get(form(world)).content.decode()
    assert 'hx-target="#pb-form" hx-select="#pb-form"' in html
    assert 'hx-target="#drawer"' not in html.partition('id="pb-form"')[2].partition("</form>")[0]

    look = client.get(form(world), {"playbook": "testing", "start": TODAY.isoformat()}, headers=own)
    given = {"playbook": "testing", "start": TODAY.isoformat(), "seen": look.context["plan"].digest}
    answer = client.post(form(world), given, headers=own)

    assert (answer.status_code, answer["HX-Redirect"]) == (204, reverse("account:section", args=[world.homeworld.pk, "work"]))


def test_the_overdue_of_a_service_get_a_playbook(decided: World, client_for: ClientFor) -> None:
    client = client_for(decided.mona)
    assert 'value="entitlements"' in client.get("/services/accounts/?f=service:is:health_checks").content.decode()
    given = {"all": "1", "list": "entitlements", "query": "f=service:is:health_checks&f=state:is:ahead&f=tier:is:Tier 1"}
    look = client.post("/playbooks/apply/?look", given | {"playbook": "testing", "start": TODAY.isoformat()}, headers=HTMX)
    assert [name for _, name, _ in look.context["plan"].ready] == ["Beach City Corp.", "Homeworld Inc."]


def test_a_forged_or_foreign_undo_does_nothing(world: World, client_for: ClientFor) -> None:
    client = client_for(world.tam)
    plan = client.get(form(world) + "?playbook=testing", headers=HTMX).context["plan"]
    client.post(form(world), {"playbook": "testing", "start": TODAY.isoformat(), "seen": plan.digest})
    undo = undo_of(client.get("/accounts/").content.decode())

    assert client_for(world.mona).post(undo).status_code == 404
    assert client.post("/playbooks/apply/undo/forged/").status_code == 404
    assert PlaybookUse.objects.get().status == "active"


def test_one_at_work_is_shown_replaced_and_that_taken_back(world: World, client_for: ClientFor) -> None:
    use = apply(world, days=20)
    tasks.done(use.ctas.get().tasks.get(key="hand_over"), actor=work.fresh(world.tam), at=world.at)
    client = client_for(world.tam)
    html = client.get(f"/playbooks/{use.pk}/", headers=HTMX).content.decode()
    assert "1 of 6 done" in html
    assert f"/playbooks/{use.pk}/replace/" in html

    page = client.get(f"/playbooks/{use.pk}/replace/", headers=HTMX)
    assert "5 open tasks of Testing will be skipped" in " ".join(re.sub(r"<[^>]+>", "", page.content.decode()).split())
    given = {
        "playbook": "testing",
        "start": TODAY.isoformat(),
        "reason": "Begin again",
        "outcome": "not_needed",
        "seen": page.context["plan"].digest,
    }
    assert client.post(f"/playbooks/{use.pk}/replace/", given | {"reason": ""}, headers=HTMX).status_code == 422
    client.post(f"/playbooks/{use.pk}/replace/", given)
    use.refresh_from_db()
    assert (use.status, use.reason, use.replaced_by.start) == ("replaced", "Begin again", TODAY)
    told = client.get("/accounts/").content.decode()
    assert "Testing took the place of Testing." in told
    client.post(undo_of(told))
    use.refresh_from_db()
    assert (use.status, use.replaced_by) == ("active", None)


def test_one_at_work_is_cancelled_and_that_taken_back(world: World, client_for: ClientFor) -> None:
    use = apply(world)
    client = client_for(world.tam)
    assert "6 open tasks will be skipped" in client.get(f"/playbooks/{use.pk}/cancel/", headers=HTMX).content.decode()
    assert client.post(f"/playbooks/{use.pk}/cancel/", {"reason": "Left"}, headers=HTMX).status_code == 422
    client.post(f"/playbooks/{use.pk}/cancel/", {"reason": "The customer left", "outcome": "not_needed"})
    use.refresh_from_db()
    assert (use.status, use.reason) == ("cancelled", "The customer left")
    client.post(undo_of(client.get("/accounts/").content.decode()))
    use.refresh_from_db()
    assert use.status == "active"
    assert CallToAction.objects.get().is_open


@pytest.mark.parametrize(("who", "shown", "ends"), [("tam", 200, 200), ("ari", 200, 200), ("sol", 200, 403), ("exa", 200, 403), ("tessa", 404, 404), ("fin", 403, 403)])  # fmt: skip
def test_who_sees_one_and_who_may_end_it(world: World, client_for: ClientFor, who: str, shown: int, ends: int) -> None:
    use = apply(world)
    client = client_for(world.people[who])

    assert client.get(f"/playbooks/{use.pk}/", headers=HTMX).status_code == shown
    for verb in ("replace", "cancel"):
        assert client.get(f"/playbooks/{use.pk}/{verb}/", headers=HTMX).status_code == ends


def test_what_has_ended_is_not_ended_again(world: World, client_for: ClientFor) -> None:
    use = apply(world)
    playbooks.cancel(use, "Left", outcome="not_needed", actor=work.fresh(world.mona), at=world.at)
    client = client_for(world.tam)

    assert client.get(f"/playbooks/{use.pk}/", headers=HTMX).status_code == 200
    assert client.get(f"/playbooks/{use.pk}/cancel/", headers=HTMX).status_code == 404


FOUND = {
    "": ["Homeworld Inc.", "Crab", "Le Hotel"],
    "?q=CRAB": ["Crab"],
    "?q=testing&sort=account": ["Homeworld Inc.", "Le Hotel", "Crab"],
    "?f=status:is:active": ["Homeworld Inc.", "Le Hotel"],
    "?f=late:gte:1": ["Le Hotel"],
    "?f=playbook:is:passing_on": [],
    "?f=owner:me": ["Crab", "Le Hotel"],
    "?f=owner:team": ["Homeworld Inc.", "Crab", "Le Hotel"],
    "?f=start:past:5": ["Homeworld Inc.", "Crab"],
    "?f=progress:gt:0": ["Le Hotel"],
    "?f=tam:filled": ["Homeworld Inc."],
    "?f=ended:past:1": ["Crab"],
    "?f=applied:me&sort=-late": ["Le Hotel", "Homeworld Inc.", "Crab"],
    "?sort=due,account": ["Le Hotel", "Homeworld Inc.", "Crab"],
    "?sort=status,account": ["Homeworld Inc.", "Le Hotel", "Crab"],
}


@pytest.fixture
def three(world: World) -> list[PlaybookUse]:
    """Testing on Homeworld since today, on Le Hotel since 20 days with a task done, on the Crab Shack and cancelled."""
    rows = [apply(world, "le_hotel", days=20), apply(world, "crab_shack"), apply(world, "homeworld")]
    tasks.done(rows[0].ctas.get().tasks.get(key="hand_over"), actor=work.fresh(world.mona), at=world.at)
    playbooks.cancel(rows[1], "Left", outcome="not_needed", actor=work.fresh(world.mona), at=world.at)
    return rows


@pytest.mark.parametrize("query", FOUND)
def test_the_list_is_searched_filtered_and_sorted(
    world: World, client_for: ClientFor, three: list[PlaybookUse], query: str
) -> None:
    page = client_for(world.mona).get(f"/playbooks/{query or '?view=all'}").context["page"]

    assert [row.account_name.replace("The Crab Shack", "Crab") for row in page.rows] == FOUND[query]


def test_the_list_shows_how_far_each_is(world: World, client_for: ClientFor, three: list[PlaybookUse]) -> None:
    rows = {row.account_name: row for row in client_for(world.mona).get("/playbooks/?view=all").context["page"].rows}

    assert [(row.progress, row.done, row.total, row.late) for row in (rows["Le Hotel"], rows["Homeworld Inc."])] == [
        (20, 1, 5, 2),
        (0, 0, 6, 0),
    ]
    assert client_for(world.tam).get("/playbooks/?view=all").context["known"].count == 2
    assert client_for(world.tessa).get("/playbooks/?view=all").context["known"].count == 1


def test_the_list_has_groups_views_and_files(world: World, client_for: ClientFor, three: list[PlaybookUse]) -> None:
    client = client_for(world.mona)
    groups = client.get("/playbooks/?group=status").context["groups"]
    assert [(group.label, group.count) for group, _ in groups] == [("At work", 2), ("Cancelled", 1)]
    assert client.get(f"/playbooks/rows/?{groups[1][1].query()}").context["known"].count == 1
    client.post("/views/new/", {"page": "playbooks", "name": "Slow ones", "query": "f=late:gte:1"})
    assert SavedView.objects.get().page == "playbooks"
    assert "Slow ones" in client.get("/playbooks/tabs/").content.decode()
    answer = client.get("/playbooks/export/?cols=playbook,account,status,progress,owner,start,reason&sort=account")
    rows = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))
    assert rows[0] == ["Playbook", "Account", "Status", "Done, %", "Owner", "Started on", "Why it ended"]
    assert rows[3] == ["Testing", "The Crab Shack", "Cancelled", "0", "Mona Manager", "2026-11-16", "Left"]
    assert b"".join(client.get("/playbooks/export/?form=xlsx").streaming_content)[:2] == b"PK"
    assert Event.objects.filter(verb="playbook.exported").count() == 2
    for part in ("menu/?of=sorts", "filter/?column=owner", "filter/", "adjust/"):
        assert client.get(f"/playbooks/{part}").status_code in (200, 302)


@pytest.mark.parametrize("sort", ["start", "-progress", "owner", "playbook", "late", "due", "-ended", "arr", "tam"])
def test_pages_show_every_playbook_once(world: World, client_for: ClientFor, sort: str) -> None:
    ids = [row.pk for row in world.more_accounts(110)]
    playbooks.apply_many(ids, "testing", start=TODAY, today=TODAY, actor=work.fresh(world.ops), at=world.at)
    client, address, seen = client_for(world.ops), f"/playbooks/?sort={sort}", []
    while address:
        response = client.get(address)
        seen += [row.pk for row in response.context["page"].rows]
        address = response.context["pager"]["on"]
    assert (len(seen), len(set(seen))) == (110, 110)


def queries(client: Client, path: str, data: dict[str, Any] | None = None) -> int:
    with CaptureQueriesContext(connection) as found:
        answer = client.post(path, data, headers=HTMX) if data else client.get(path, headers=HTMX)
        assert answer.status_code == 200
    return len(found)


def test_pages_take_few_queries_and_no_more_for_more_rows(world: World, client_for: ClientFor) -> None:
    use, client = apply(world), client_for(world.ops)
    more = [row.pk for row in world.more_accounts(60)]

    def counts(ids: list[int]) -> dict[str, int]:
        playbooks.apply_many(ids[: len(ids) // 2], "testing", start=TODAY, today=TODAY, actor=work.fresh(world.ops), at=world.at)
        for number in range(len(ids)):
            tasks.add(use.ctas.get(), f"More {number}", owner=world.tam, actor=None, at=world.at)
        look = many(world) | {"id": ids}
        paths = (
            "/playbooks/",
            "/playbooks/tabs/",
            f"/playbooks/{use.pk}/",
            f"/playbooks/{use.pk}/replace/",
            form(world) + "?playbook=testing",
            "/playbooks/start/",
        )
        return {path: queries(client, path) for path in paths} | {"look": queries(client, "/playbooks/apply/?look", look)}

    few = counts(more[:6])
    assert counts(more[6:]) == few
    assert max(few.values()) <= 20, few
