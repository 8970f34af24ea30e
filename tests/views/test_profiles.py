"""The two profiles on an account's page: reading, filling in, confirming, taking back, proposals, the brief."""

import sys
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from tenure.actions import profiles, profiles_proposals
from tenure.models import Account, Contact, Event, ProfileProposal, ProfileValue
from tenure.queries import handbook, profiles_page
from tenure.queries import profiles as queries
from tests import work
from tests.conftest import ClientFor
from tests.views.test_assignments import executive
from tests.world import TODAY, World
from tools import machine

DAY = timedelta(days=1)
HTMX = {"HX-Request": "true"}
ANSWERS = {
    "text": "Yes",
    "longtext": "Yes",
    "number": "7",
    "money": "7",
    "date": "2026-11-02",
    "bool": "yes",
    "contact": "Ann Lee",
}
ORIGIN = {"source": "call", "confidence": "high", "learnt_on": TODAY.isoformat(), "note": "", "seen": "0"}


def put(world: World, field: str, raw: Any, who: str = "tam", days: int = 0) -> ProfileValue:
    return profiles.set_value(
        world.homeworld, field, raw, learnt_on=TODAY - days * DAY, today=TODAY, actor=work.fresh(world.people[who]), at=world.at
    )


def propose(world: World, field: str, raw: str) -> ProfileProposal:
    return profiles_proposals.propose(world.homeworld, field, raw, from_name="Ann Lee", today=TODAY, actor=None, at=world.at)


def url(world: World, rest: str) -> str:
    return f"/accounts/{world.homeworld.pk}/{rest}"


def fill(client: Client, world: World, field: str, **given: Any) -> Any:
    return client.post(url(world, f"profiles/{field}/change/"), {**ORIGIN, **given}, headers=HTMX)


def known(account: Account) -> dict[str, Any]:
    return {key: row.value for key, row in queries.current(account).items()}


def test_a_profile_shows_values_with_their_origin_and_what_is_missing(world: World, client_for: ClientFor) -> None:
    put(world, "champion", "Ann Lee; title: CTO", days=181)
    put(world, "employees", "52000")

    page = client_for(world.tam).get(url(world, "business/")).content.decode()

    assert "Ann Lee" in page
    assert "Own knowledge, Tam Technical" in page
    assert "181 days ago" in page
    assert "50 % still counts" in page
    assert page.count('<span class="lab lab-y">Stale</span>') == 1
    assert "52,000" in page
    assert "Who holds the budget and signs?" in page  # what is asked stands where nothing is known
    assert "Hosted on GitLab.com" not in page
    assert "Hosted on GitLab.com" in client_for(world.tam).get(url(world, "technical/")).content.decode()
    assert "52,000" in client_for(world.tam).get(url(world, "")).content.decode()  # the facts of the summary tell what counts


INPUTS: list[tuple[str, dict[str, Any], Any]] = [
    ("why", {"value": "One tool\r\ninstead of six"}, "One tool\ninstead of six"),
    ("nodes", {"value": "12"}, 12),
    ("budget", {"value": "1200.50"}, {"minor": 120_050, "currency": "USD"}),
    ("next_audit", {"value": "2027-03-31"}, "2027-03-31"),
    ("network", {"value": "proxy"}, "proxy"),
    ("frameworks", {"value": ["gdpr", "soc2"]}, ["soc2", "gdpr"]),
    ("hosted", {"value": "no"}, False),
    ("champion", {"contact": "", "name": "Ann Lee", "email": "ann@example.com"}, {"name": "Ann Lee", "email": "ann@example.com"}),
]


@pytest.mark.parametrize(("field", "given", "value"), INPUTS)
def test_a_field_is_filled_in_by_its_own_input(
    world: World, client_for: ClientFor, field: str, given: dict[str, Any], value: Any
) -> None:
    client = client_for(world.tam)
    form = client.get(url(world, f"profiles/{field}/change/"), headers=HTMX)
    assert f'id="pf-{field}"' in form.content.decode()

    done = fill(client, world, field, **given)

    assert done.status_code == 200
    assert known(world.homeworld)[field] == value
    answer = done.content.decode()
    assert f'id="pf-{field}"' in answer
    assert 'id="pf-side" hx-swap-oob="true"' in answer
    assert "saved." in answer
    row = ProfileValue.objects.get(field=field)
    client.post(url(world, f"profiles/values/{row.pk}/undo/"))
    assert known(world.homeworld) == {}
    assert fill(client, world, field, **given, seen=str(ProfileValue.objects.get(replaced_at=None).pk)).status_code == 200
    assert client.get(url(world, f"profiles/{field}/change/"), headers=HTMX).status_code == 200


def test_a_contact_is_picked_among_those_of_the_account(world: World, client_for: ClientFor) -> None:
    moments = {"created_at": world.at, "updated_at": world.at}
    own = Contact.objects.create(account=world.homeworld, name="Ann Lee", title="CTO", **moments)
    other = Contact.objects.create(account=world.funland, name="Bo", **moments)
    client = client_for(world.tam)
    form = client.get(url(world, "profiles/champion/change/"), headers=HTMX).content.decode()
    assert f'<option value="{own.pk}">Ann Lee, CTO</option>' in form
    assert "Bo</option>" not in form

    assert fill(client, world, "champion", contact=str(own.pk)).status_code == 200
    assert known(world.homeworld)["champion"] == {"name": "Ann Lee", "title": "CTO", "id": own.pk}
    seen = str(ProfileValue.objects.get().pk)
    assert fill(client, world, "champion", contact=str(other.pk), seen=seen).status_code == 422
    assert known(world.homeworld)["champion"]["name"] == "Ann Lee"


def test_what_is_wrong_is_told_beside_its_input_and_nothing_is_lost(world: World, client_for: ClientFor) -> None:
    refused = fill(client_for(world.tam), world, "nodes", value="many", note="From the admin")

    answer = refused.content.decode()
    assert refused.status_code == 422
    assert "Servers: &#x27;many&#x27; is no number. Write digits only, like 1200 or 12.5." in answer
    assert 'value="many"' in answer
    assert 'value="From the admin"' in answer
    assert ProfileValue.objects.count() == 0


def test_of_two_who_edit_one_field_the_second_chooses(world: World, client_for: ClientFor) -> None:
    client = client_for(world.tam)
    put(world, "nodes", "14", who="ops")

    clash = fill(client, world, "nodes", value="12")

    answer = clash.content.decode()
    assert clash.status_code == 422
    assert "Ops Operations changed it" in answer
    assert "<dd>14</dd><dt>You</dt><dd>12</dd>" in answer
    assert known(world.homeworld) == {"nodes": 14}
    seen = str(ProfileValue.objects.get(replaced_at=None).pk)
    assert f'name="seen" value="{seen}"' in answer
    assert fill(client, world, "nodes", value="12", seen=seen).status_code == 200
    assert known(world.homeworld) == {"nodes": 12}


def test_what_is_still_true_is_fresh_again(world: World, client_for: ClientFor) -> None:
    old = put(world, "champion", "Ann Lee", days=300)
    client = client_for(world.tam)

    client.post(url(world, "profiles/champion/confirm/"), {"seen": old.pk}, headers=HTMX)

    row = ProfileValue.objects.get(replaced_at=None)
    assert (row.value, row.learnt_on) == ({"name": "Ann Lee"}, TODAY)
    assert Event.objects.filter(noun="profile").last().verb == "profile.confirmed"  # type: ignore[union-attr]
    assert "has no value to confirm" in client.post(url(world, "profiles/nodes/confirm/"), headers=HTMX).content.decode()


def test_a_value_is_taken_back_with_a_reason_and_its_history_stays(world: World, client_for: ClientFor) -> None:
    put(world, "nodes", "14")
    client = client_for(world.tam)

    client.post(url(world, "profiles/nodes/take-back/"), {"reason": "Only the test servers"})

    assert known(world.homeworld) == {}
    page = client.get(url(world, "profiles/nodes/history/")).content.decode()
    assert "Only the test servers" in page
    assert '<p class="pf-w">14</p>' in page
    assert "Profile value taken back" in client.get(url(world, "history/")).content.decode()


def test_what_somebody_else_said_meanwhile_is_not_taken_back_unseen(world: World, client_for: ClientFor) -> None:
    put(world, "nodes", "14")
    client = client_for(world.tam)
    shown = client.get(url(world, "profiles/nodes/take-back/")).content.decode()
    seen = shown.partition('name="seen" value="')[2].partition('"')[0]
    put(world, "nodes", "16")

    told = client.post(url(world, "profiles/nodes/take-back/"), {"reason": "A mistake", "seen": seen})

    assert told.status_code == 422
    assert "Servers was changed by somebody else meanwhile: it says 16 now. Take that back, or leave it." in told.content.decode()
    assert known(world.homeworld) == {"nodes": 16}
    fresh = told.content.decode().partition('name="seen" value="')[2].partition('"')[0]
    client.post(url(world, "profiles/nodes/take-back/"), {"reason": "A mistake", "seen": fresh})
    assert known(world.homeworld) == {}


def test_another_day_shows_what_had_been_learnt_by_then_and_changes_nothing(world: World, client_for: ClientFor) -> None:
    put(world, "nodes", "12", days=30)
    put(world, "nodes", "14")
    client = client_for(world.tam)

    then = client.get(url(world, f"technical/?as_of={TODAY - 10 * DAY}")).content.decode()

    assert '<p class="pf-w tnum">12 ' in then
    assert "Edit Servers" not in then
    assert client.post(url(world, f"profiles/nodes/change/?as_of={TODAY - DAY}"), {**ORIGIN, "value": "9"}).status_code == 403
    assert known(world.homeworld) == {"nodes": 14}


def test_who_only_reads_sees_no_buttons(world: World, client_for: ClientFor) -> None:
    put(world, "nodes", "12")
    client = client_for(world.exa)

    page = client.get(url(world, "technical/")).content.decode()

    assert '<p class="pf-w tnum">12 ' in page
    assert "Edit Servers" not in page
    assert "Ask the customer" not in page
    assert fill(client, world, "nodes", value="9").status_code == 403
    assert known(world.homeworld) == {"nodes": 12}


def test_what_the_account_says_is_not_asked_again(world: World, client_for: ClientFor) -> None:
    moments = {"created_at": world.at, "updated_at": world.at}
    world.homeworld.opportunities.create(name="A", stage="closed_won", is_won=True, is_closed=True, **moments)
    found = profiles_page.frame(world.mona, world.homeworld, TODAY, handbook.pack())
    assert dict(found.own) == {"employees": 48_000, "potential_users": 12_500, "hosted": False, "public_sector": False}
    asked = {one.question.field.key for one in found.questions(200)}
    assert asked & set(found.own) == set()
    assert {"champion", "version"} <= asked

    page = client_for(world.tam).get(url(world, "business/")).content.decode()
    line = page[page.index('id="pf-employees"') :].split("</li>")[0]
    assert ("48,000" in line, "On the account" in line, "Missing" in line, "How many people" in line) == (
        True,
        True,
        False,
        False,
    )
    assert 'value="48000"' in client_for(world.tam).get(url(world, "profiles/employees/change/"), headers=HTMX).content.decode()

    put(world, "employees", "50000", days=4_000)  # learnt so long ago that it is stale: that is asked
    found = profiles_page.frame(world.mona, world.homeworld, TODAY, handbook.pack())
    assert "employees" in {one.question.field.key for one in found.questions(200)}


def test_a_count_that_nobody_found_is_no_value_of_the_account(world: World, client_for: ClientFor) -> None:
    Account.objects.filter(pk=world.homeworld.pk).update(employees=-1)
    world.homeworld.refresh_from_db()

    found = profiles_page.frame(world.mona, world.homeworld, TODAY, handbook.pack())

    assert dict(found.own) == {"potential_users": 12_500, "hosted": False, "public_sector": False}
    page = client_for(world.tam).get(url(world, "business/")).content.decode()
    line = page[page.index('id="pf-employees"') :].split("</li>")[0]
    assert ("-1" in line, "On the account" in line, "How many people" in line) == (False, False, True)


def test_who_has_asked_everything_is_given_what_others_have_not(world: World, client_for: ClientFor) -> None:
    world.homeworld.opportunities.create(name="A", stage="technical_evaluation", created_at=world.at, updated_at=world.at)
    eve, pack = executive(world), handbook.pack()
    mine = profiles_page.frame(eve, world.homeworld, TODAY, pack).questions(200)
    assert {one.who for one in mine} == {"AE", "AE, AM", "AE, SA"}
    for one in mine:
        field = one.question.field
        put(world, field.key, field.choices[0][0] if field.choices else ANSWERS[field.type])

    left = profiles_page.frame(eve, world.homeworld, TODAY, pack).questions(200)

    assert [(one.question.field.key, one.who) for one in left[:2]] == [("architecture", "SA, PSE"), ("security", "SA, PSE")]
    assert {one.who for one in left} == {"SA, PSE"}
    page = client_for(eve).get(url(world, "technical/")).content.decode()
    assert left[0].question.field.question in page[page.index('id="h-ask"') :]


def test_one_figure_says_how_much_is_known_wherever_it_stands(world: World, client_for: ClientFor) -> None:
    put(world, "champion", "Ann Lee", days=4_000)
    put(world, "nodes", "12")
    world.homeworld.summary.refresh_from_db()
    percent = world.homeworld.summary.profile_percent
    found = profiles_page.frame(world.mona, world.homeworld, TODAY, handbook.pack())
    business, technical = (one.percent for _, one in found.each)
    assert (percent, found.complete.percent) == (4, 4)

    pages = [client_for(world.tam).get(url(world, f"{section}/")).content.decode() for section in ("business", "technical")]

    for page in pages:
        side = page[page.index('id="pf-side"') : page.index('id="h-ask"')]
        assert f'<b class="tnum">{percent} %</b>' in side
        assert f'style="--w:{percent}%"' in side
        assert (
            f'<dt>Business profile</dt><dd><span class="warn sm">1 stale</span> {business} %</dd><dt>Technical profile</dt><dd>{technical} %</dd>'
            in side
        )
    assert f"{percent} % of the profiles known" in client_for(world.tam).get(url(world, "summary/")).content.decode()


def test_the_next_questions_say_why(world: World, client_for: ClientFor) -> None:
    world.homeworld.opportunities.all().delete()
    page = client_for(world.mona).get(url(world, "")).content.decode()
    assert "Nothing is asked before the first opportunity." in page

    moments = {"created_at": world.at, "updated_at": world.at}
    world.homeworld.opportunities.create(name="A", stage="discovery", **moments)

    page = client_for(world.mona).get(url(world, "")).content.decode()
    assert "Who inside speaks up for us?" in page
    assert "Champion, AE. Not known. Weight 5 × 100 = 500 points." in page


def test_the_brief_is_a_page_markdown_and_a_pdf(world: World, client_for: ClientFor) -> None:
    machine.pango()
    put(world, "why", "<b>Audits</b> & *speed*")
    put(world, "champion", "Ann Lee; title: CTO")
    client = client_for(world.tam)

    page, text, pdf = (client.get(url(world, rest)) for rest in ("brief/", "brief.md", "brief.pdf"))

    assert "&lt;b&gt;Audits&lt;/b&gt; &amp; *speed*" in page.content.decode()
    lines = text.content.decode().splitlines()
    assert lines[0] == "# Homeworld Inc."
    assert r"- **Why they bought**: \<b\>Audits\</b\> & \*speed\* _(Own knowledge, 2026-11-16)_" in lines
    assert "- **Champion**: Ann Lee, CTO _(Own knowledge, 2026-11-16)_" in lines
    assert "- Technical account manager: Tam Technical" in lines
    assert text["Content-Disposition"] == 'attachment; filename="homeworld-inc-brief.md"'
    assert (pdf["Content-Type"], pdf.content[:5]) == ("application/pdf", b"%PDF-")
    assert client.get(url(world, "brief.exe")).status_code == 404
    assert client_for(world.olga).get(url(world, "brief.pdf")).status_code == 404


def test_a_server_that_makes_no_pdf_says_so(world: World, client_for: ClientFor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "weasyprint", None)

    answer = client_for(world.tam).get(url(world, "brief.pdf"))

    assert answer.status_code == 503
    assert "This server can&#x27;t make a PDF: Pango is missing." in answer.content.decode()


def test_a_profile_takes_the_same_queries_however_much_is_known(
    world: World, client_for: ClientFor, django_assert_max_num_queries: Any
) -> None:
    client = client_for(world.mona)
    for key in ("nodes", "storage", "projects", "growth", "jobs"):
        put(world, key, "3")
        propose(world, key, "4")
    for rest in ("technical/", "business/", "brief/", "brief.md"):
        with django_assert_max_num_queries(20):
            assert client.get(url(world, rest)).status_code == 200


def test_a_call_is_prepared_with_the_questions(world: World, client_for: ClientFor) -> None:
    client = client_for(world.tam)
    form = client.get(url(world, "activities/plan/"), headers=HTMX).content.decode()
    address = url(world, "profiles/asked/next/")

    assert f'hx-get="{address}"' in form
    world.homeworld.opportunities.all().delete()
    assert "Ask on this call" not in client.get(address, headers=HTMX).content.decode()
    moments = {"created_at": world.at, "updated_at": world.at}
    world.homeworld.opportunities.create(name="A", stage="closed_won", is_won=True, is_closed=True, **moments)
    assert "What is this implementation to achieve?" in client.get(address, headers=HTMX).content.decode()


def test_the_report_says_who_has_what_to_fill(world: World, client_for: ClientFor, django_assert_max_num_queries: Any) -> None:
    for key in ("champion", "main_contact", "why"):
        put(world, key, "Ann Lee" if key != "why" else "Audits", days=200)
    client = client_for(world.ops)

    with django_assert_max_num_queries(12):
        page = " ".join(client.get("/reports/profiles/").content.decode().split())

    share = 100 * (5 + 4 + 5) // sum(one.weight for one in handbook.pack().profiles.on(TODAY))
    assert 'Tam Technical</span></a></td> <td class="num" data-c="b">1<' in page
    assert f"{share} %" in page
    assert f'f=tam:any:{world.tam.pk}&amp;f=stale:gt:0&amp;sort=-stale">2 on 1</a>' in page
    listed = client.get(f"/accounts/?f=tam:any:{world.tam.pk}&f=stale:gt:0&cols=name,known,stale").content.decode()
    assert "Homeworld Inc." in listed
    assert "Le Hotel" not in listed
    assert "Ari Account" in client.get("/reports/profiles/?by=owner").content.decode()
    assert "Homeworld" not in client_for(world.tessa).get("/reports/profiles/").content.decode()
