"""The pages of hand-overs: the list with its views and files, the page for both sides, the guided forms, undo."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tenure.actions import handovers, handovers_starting, playbooks
from tenure.models import Account, Assignment, HandOver, Notice, Opportunity
from tenure.queries import handovers as queries
from tests.conftest import ClientFor
from tests.world import World

ITEMS = ("command_plan", "welcome_call", "business_profile", "technical_profile")


def begin(world: World, account: Account | None = None, **more: Any) -> HandOver:
    given = {"giver": world.ari, "taker": world.tam, **more}
    return handovers_starting.start(account or world.homeworld, "sale", **given, today=world.today, actor=None, at=world.at)


def tick(world: World, row: HandOver, keys: tuple[str, ...] = ITEMS) -> None:
    for key in keys:
        handovers.tick(row, key, "done", on=world.today, today=world.today, actor=world.ari, at=world.at)


def rows(client: Client, query: str = "view=all") -> list[str]:
    found = client.get(f"/handovers/?{query}").context
    return [str(line).split('class="med cut lst-name" title="')[1].split('"')[0] for line in found["lines"]]


def test_the_list_has_its_views_filters_groups_and_files(world: World, client_for: ClientFor) -> None:
    late = begin(world)
    HandOver.objects.filter(pk=late.pk).update(due_on=world.today - timedelta(days=1))
    world.assign(world.funland, world.tessa)
    begin(world, world.funland, taker=world.tessa)
    done = begin(world, world.le_hotel)
    handovers.cancel(done, "A mistake", today=world.today, actor=None, at=world.at)
    client = client_for(world.mona)

    assert rows(client, "") == ["Homeworld Inc.", "Funland Arcade"]
    assert rows(client) == ["Homeworld Inc.", "Funland Arcade", "Le Hotel"]
    assert rows(client, "f=late:yes") == ["Homeworld Inc."]
    assert rows(client, "f=state:is:cancelled") == ["Le Hotel"]
    assert rows(client, f"f=taker:is:{world.tessa.pk}") == ["Funland Arcade"]
    assert rows(client, "q=tessa") == ["Funland Arcade"]
    assert rows(client, "f=missing:gt:0&sort=-account") == ["Homeworld Inc.", "Funland Arcade"]
    assert rows(client_for(world.tam), "f=giver:me|taker:me&f=open:yes") == ["Homeworld Inc."]
    file = b"".join(client.get("/handovers/export/?view=all&cols=account&cols=state&cols=missing").streaming_content).decode(
        "utf-8-sig"
    )  # type: ignore[attr-defined]
    assert file.splitlines()[1:] == ["Homeworld Inc.,Preparing,4", "Funland Arcade,Preparing,4", "Le Hotel,Called off,0"]
    assert [(group.label, group.count) for group, _ in client.get("/handovers/?group=state&view=all").context["groups"]] == [
        ("Preparing", 2),
        ("Called off", 1),
    ]


def test_the_list_and_the_page_take_as_many_queries_for_more(world: World, client_for: ClientFor) -> None:
    row = begin(world)
    client = client_for(world.mona)

    def asked(path: str) -> int:
        with CaptureQueriesContext(connection) as found:
            assert client.get(path).status_code == 200
        return len(found)

    few = asked("/handovers/"), asked(f"/handovers/{row.pk}/")
    for account in world.more_accounts(30):
        begin(world, account)
    tick(world, row)
    many = asked("/handovers/"), asked(f"/handovers/{row.pk}/")

    assert few == many == (10, 19)


def test_the_page_shows_both_sides_what_is_missing_and_what_they_may_do(world: World, client_for: ClientFor) -> None:
    row = begin(world)
    seen = client_for(world.ari).get(f"/handovers/{row.pk}/")
    assert [(line.found.item.key, line.word, line.verb) for line in seen.context["b"].gives][:2] == [
        ("tam_named", "Done", "Add note"),
        ("command_plan", "Open", "Tick"),
    ]
    assert (len(seen.context["b"].missing), seen.context["main"]) == (4, "offer")
    assert [one.found.percent for one in seen.context["b"].profiles] == [0, 0]
    html = seen.content.decode()
    assert f"/accounts/{world.homeworld.pk}/activities/plan/?template=welcome_call&amp;who=" in html
    assert f"/handovers/{row.pk}/accept/" not in html

    taker = client_for(world.tam).get(f"/handovers/{row.pk}/")
    assert (taker.context["main"], f"/handovers/{row.pk}/offer/" in taker.content.decode()) == ("", False)
    reader = client_for(world.exa).get(f"/handovers/{row.pk}/").content.decode()
    assert "/accept/" not in reader
    assert "/items/" not in reader


def test_a_refusal_stands_in_the_dialog_and_an_acceptance_has_its_undo(world: World, client_for: ClientFor) -> None:
    row = begin(world)
    client = client_for(world.tam)
    refused = client.post(f"/handovers/{row.pk}/accept/")
    assert (refused.status_code, HandOver.objects.get().state) == (422, "preparing")

    tick(world, row)
    assert client.post(f"/handovers/{row.pk}/accept/", {"note": "Thank you"}).status_code == 302
    assert HandOver.objects.get().state == "accepted"
    (toast,) = client.get(f"/handovers/{row.pk}/").context["messages"]
    assert toast.message == "Homeworld Inc. is taken over."
    assert f'action="{toast.extra_tags}"' in client.get(f"/handovers/{row.pk}/").content.decode()  # later too
    assert "Undo acceptance" not in client_for(world.ari).get(f"/handovers/{row.pk}/").content.decode()
    client.post(toast.extra_tags)
    assert HandOver.objects.get().state == "preparing"
    assert "Undo acceptance" not in client.get(f"/handovers/{row.pk}/").content.decode()


def test_the_list_says_how_late_one_is(world: World, client_for: ClientFor) -> None:
    row = begin(world)
    HandOver.objects.update(due_on=world.today - timedelta(days=90))
    client = client_for(world.mona)

    assert '<span class="down med">90 d late</span>' in str(client.get("/handovers/").context["lines"][0])
    assert '<span class="down">90 d late</span>' in client.get(f"/handovers/{row.pk}/").content.decode()


def test_a_hand_off_is_begun_step_by_step_and_nothing_is_done_before_the_last(world: World, client_for: ClientFor) -> None:
    client, url = client_for(world.mona), f"/accounts/{world.homeworld.pk}/handovers/new/"
    assert client.get(url).status_code == 200
    given: dict[str, Any] = {"kind": "tam", "step": "who"}
    lacking = client.post(url, given)
    assert (lacking.status_code, lacking.context["errors"]) == (422, {"taker": "Say who takes it over."})

    given["taker"] = world.tessa.pk
    for step, shown in (("who", "what"), ("what", "when"), ("when", "confirm")):
        page = client.post(url, given | {"step": step})
        assert (page.status_code, page.context["f"].step) == (200, shown)
    half = client.post(url, given | {"step": "when", "shadow_from": "2026-11-20", "note": "Mind the audit"})
    assert (half.status_code, half.context["f"].step) == (422, "when")
    assert half.context["errors"] == {"shadow_until": "Give the shadow phase both its days, or none."}
    past = client.post(url, given | {"step": "when", "due_on": "2020-01-01"})
    assert past.context["errors"] == {"due_on": "It is to be done between today and a year from today."}
    back = client.post(url, given | {"step": "when", "shadow_from": "2026-11-20", "go": "back"})
    assert (back.status_code, back.context["f"].step) == (200, "what")
    told = client.post(url, given | {"step": "when", "note": "Mind the <audit>"}).content.decode()
    assert "<dt>Note</dt><dd>Mind the &lt;audit&gt;</dd>" in told
    assert (HandOver.objects.count(), Notice.objects.count(), Assignment.objects.count()) == (0, 0, 2)
    wrong = client.post(url, given | {"step": "confirm", "due_on": "2020-01-01"})
    assert (wrong.status_code, wrong.context["f"].step, HandOver.objects.count()) == (422, "when", 0)

    client.post(url, given | {"step": "confirm"})
    row = HandOver.objects.get()
    assert (row.kind, row.giver, row.taker, row.due_on) == ("tam", world.tam, world.tessa, world.today + timedelta(days=28))
    assert client_for(world.tessa).get(f"/handovers/{row.pk}/").status_code == 200  # who takes it sees it at once


def test_accounts_below_that_one_does_not_see_are_neither_named_nor_moved(world: World, client_for: ClientFor) -> None:
    seen, hidden = world.account("Moon Base", parent=world.homeworld), world.account("Dark Side", "apac", parent=world.homeworld)
    for account in (seen, hidden):
        world.assign(account, world.tam)
    world.assign(seen, world.ari, role="account_executive")
    client, url = client_for(world.ari), f"/accounts/{world.homeworld.pk}/handovers/new/"
    given = {"kind": "tam", "taker": world.tessa.pk, "children": "1"}

    page = client.post(url, given | {"step": "who"})

    assert page.context["f"].step == "what"
    assert ("Moon Base" in page.content.decode(), "Dark Side" in page.content.decode()) == (True, False)
    client.post(url, given | {"step": "confirm", "giver": world.olga.pk})
    row = HandOver.objects.get()
    assert (row.giver, row.because["children"]) == (world.tam, [seen.pk])
    assert queries.accounts(row) == [world.homeworld.pk, seen.pk]


def test_who_saves_over_somebody_else_is_asked(world: World, client_for: ClientFor) -> None:
    row = begin(world)
    seen = {"was-due_on": row.due_on.isoformat(), "was-note": "", "was-giver": row.giver_id, "was-taker": row.taker_id}
    handovers.change(row, {"note": "Mine"}, today=world.today, actor=world.ari, at=world.at)

    answer = client_for(world.tam).post(
        f"/handovers/{row.pk}/change/",
        seen | {"due_on": row.due_on.isoformat(), "note": "Yours", "giver": row.giver_id, "taker": row.taker_id},
    )

    assert (answer.status_code, answer.context["clashes"]) == (422, [("Note", "Mine")])
    assert HandOver.objects.get().note == "Mine"


@pytest.mark.parametrize(("who", "text"), [("mona", "1 late"), ("tam", "1 late")])
def test_home_shows_what_is_late_and_incomplete(who: str, text: str, world: World, client_for: ClientFor) -> None:
    row = begin(world)
    HandOver.objects.filter(pk=row.pk).update(due_on=world.today - timedelta(days=1))

    client = client_for(world.people[who])
    assert 'hx-get="/handovers/urgent/"' in client.get("/").content.decode()
    page = client.get("/handovers/urgent/").content.decode()

    assert text in page
    assert "1 incomplete" in page
    assert f"/handovers/{row.pk}/" in page


HUGE = 10**30


def test_what_nobody_can_mean_is_refused_and_changes_nothing(world: World, client_for: ClientFor) -> None:
    row, client = begin(world), client_for(world.mona)
    for path in (f"{HUGE}/", f"{HUGE}/items/welcome_call/", f"{HUGE}/accept/", f"{row.pk}/items/no_such_item/"):
        assert client.get(f"/handovers/{path}").status_code == 404
    assert client.post(f"/handovers/{row.pk}/undo/{HUGE}/", follow=True).status_code == 200
    assert client.get(f"/handovers/?f=account:is:{HUGE}&f=due:is:2026-99-99&sort=-nothing&after=nowhere").status_code == 200

    told = client.post(f"/handovers/{row.pk}/items/welcome_call/", {"state": "done", "on": "16.11."})
    assert (told.status_code, told.context["errors"]) == (422, {"on": "That is no day. Give one like 2026-11-16."})
    told = client.post(f"/handovers/{row.pk}/items/welcome_call/", {"state": "done", "link": "intranet/page"})
    assert told.context["errors"] == {"link": "Give the whole address, with https:// before it."}
    told = client.post(f"/handovers/{row.pk}/change/", {"due_on": "soon", "note": ""})
    assert (told.status_code, told.context["errors"]) == (422, {"due_on": "Give a day."})
    told = client.post(f"/handovers/{row.pk}/change/", {"note": "a" * 10_001})
    assert told.status_code == 422
    assert '<span class="err-t" id="err-note">Write at most 10,000 characters.</span>' in told.content.decode()
    for nobody in (HUGE, 999_999_999, "me"):
        told = client.post(f"/handovers/{row.pk}/change/", {"taker": nobody})
        assert (told.status_code, told.context["errors"]) == (422, {"taker": "There is no such person."})
    row.refresh_from_db()
    assert row.taker == world.tam
    assert (row.items.count(), row.state, row.due_on) == (0, "preparing", world.today + timedelta(days=14))


@pytest.mark.parametrize(
    ("given", "field"),
    [({"due_on": "tomorrow"}, "due_on"), ({"shadow_from": "2026-13-01", "shadow_until": "2026-12-01"}, "shadow_from"),
     ({"shadow_from": "2026-11-20", "shadow_until": "9999-12-31"}, "shadow_until"), ({"shadow_from": "2026-11-20"}, "shadow_until"), ({"shadow_from": "2026-11-20", "shadow_until": "2027-03-30"}, "shadow_until")],
)  # fmt: skip
def test_a_hand_off_with_days_that_are_none_goes_back_to_its_days(
    given: dict[str, str], field: str, world: World, client_for: ClientFor
) -> None:
    url = f"/accounts/{world.homeworld.pk}/handovers/new/"
    told = client_for(world.mona).post(url, {"kind": "tam", "taker": world.tessa.pk, "step": "confirm", **given})

    assert (told.status_code, list(told.context["errors"]), told.context["f"].step) == (422, [field], "when")
    assert HandOver.objects.count() == 0


def test_the_page_of_an_upgrade_shows_the_gemstone_the_rule_and_the_plan_of_the_technical_upgrade(
    decided: World, client_for: ClientFor
) -> None:
    row = handovers_starting.start(
        decided.homeworld, "upgrade", giver=decided.ari, taker=decided.tam, today=decided.today, actor=None, at=decided.at
    )
    client, url, asks = (
        client_for(decided.tam),
        f"/handovers/{row.pk}/",
        f"/accounts/{decided.homeworld.pk}/playbooks/new/?playbook=upgrade_assistance",
    )

    with CaptureQueriesContext(connection) as few:
        page = client.get(url).content.decode()

    assert len(few) == 19
    assert "Project on a customer upgrade: required; project complies: no" in page
    assert f"/accounts/{decided.homeworld.pk}/why/upgrade_project/" in page
    assert (f'href="{asks}"' in page, "Plan: Upgrade assistance" in page) == (True, True)
    assert "Diamond" in page[page.index('id="h-gem"') :]
    assert client.get(f"/accounts/{decided.homeworld.pk}/why/upgrade_project/").status_code == 200

    reader = client_for(decided.exa).get(url).content.decode()
    assert ("The customer project keeps to its template" in reader, "Plan: Upgrade assistance" in reader) == (True, False)

    use = playbooks.apply(
        decided.homeworld,
        "upgrade_assistance",
        start=decided.today + timedelta(days=28),
        today=decided.today,
        actor=decided.tam,
        at=decided.at,
    )
    page = client.get(url).content.decode()
    assert (f'href="/playbooks/{use.pk}/"' in page, "Plan: Upgrade assistance" in page) == (True, False)


def test_an_outsider_sees_no_upgrade(decided: World, client_for: ClientFor) -> None:
    row = handovers_starting.start(
        decided.homeworld, "upgrade", taker=decided.tam, today=decided.today, actor=None, at=decided.at
    )
    assert client_for(decided.olga).get(f"/handovers/{row.pk}/").status_code == 404


def test_the_page_of_a_sale_that_is_not_won_yet_says_when_it_is_to_close_and_leads_to_its_deal(
    world: World, client_for: ClientFor
) -> None:
    Account.objects.filter(pk=world.homeworld.pk).update(potential_users=5200)
    closes = world.today + timedelta(days=40)
    deal = Opportunity.objects.create(
        account=world.homeworld, name="Homeworld Inc.: first purchase", kind="new_account", stage="proposal", close_date=closes,
        created_at=world.at, updated_at=world.at,
    )  # fmt: skip
    client, url = client_for(world.ari), f"/accounts/{world.homeworld.pk}/handovers/new/"

    flow = {"kind": "sale", "step": "who", "giver": world.ari.pk, "taker": world.tam.pk, "opportunity": deal.pk}
    assert "2027-01-09" in client.post(url, flow).content.decode()  # two weeks after it is to close
    lost = client.post(url, {**flow, "step": "when", "opportunity": 999_999_999}).content.decode()
    assert ("has no such opportunity any more" in lost, HandOver.objects.exists()) == (True, False)
    client.post(url, {**flow, "step": "when"})
    row = HandOver.objects.get()
    page = client.get(f"/handovers/{row.pk}/").content.decode()

    assert (row.opportunity, row.due_on) == (deal, date(2027, 1, 9))
    assert f'<a class="link" href="/accounts/{world.homeworld.pk}/journey/?deal={deal.pk}">First purchase</a>' in page
    assert "<dt>Expected close</dt><dd>26 Dec</dd>" in page
    assert "<dt>Potential users</dt><dd>5,200</dd>" in page
    Opportunity.objects.update(is_closed=True, is_won=True, stage="closed_won")
    assert "Expected close" not in client.get(f"/handovers/{row.pk}/").content.decode()


def test_mine_are_those_of_accounts_on_which_one_works_too(world: World, client_for: ClientFor) -> None:
    row = begin(world)
    begin(world, world.funland)
    mine = "/handovers/?f=open:yes&f=giver:me%7Ctaker:me%7Cpart:yes"
    assert mine.partition("?")[2] in client_for(world.sol).get("/handovers/").content.decode().replace("&amp;", "&")

    before = [one.pk for one in client_for(world.sol).get(mine).context["page"].rows]
    world.assign(world.homeworld, world.sol, "solutions_architect")

    assert (before, [one.pk for one in client_for(world.sol).get(mine).context["page"].rows]) == ([], [row.pk])


def test_who_may_assign_names_the_tam_on_the_page_and_comes_back_to_it(decided: World, client_for: ClientFor) -> None:
    Assignment.objects.filter(account=decided.homeworld, role="tam").delete()
    row = handovers_starting.start(decided.homeworld, "sale", giver=decided.ari, today=decided.today, actor=None, at=decided.at)
    url = f"/accounts/{decided.homeworld.pk}/team/new/?role=tam"
    manager, seller = client_for(decided.mona), client_for(decided.ari)
    assert [url in one.get(f"/handovers/{row.pk}/").content.decode() for one in (manager, seller)] == [True, False]

    here = {"HX-Request": "true", "HX-Current-URL": f"http://testserver/handovers/{row.pk}/"}
    done = manager.post(url, {"who": f"tam:{decided.tessa.pk}"}, headers=here)

    row.refresh_from_db()
    assert (done.status_code, done["HX-Redirect"], row.taker) == (204, f"/handovers/{row.pk}/", decided.tessa)
    assert "Name a TAM" not in manager.get(f"/handovers/{row.pk}/").content.decode()
