"""The section Journey of an account and its drawers: what is shown, ticked, confirmed, refused and taken back."""

import re
from datetime import timedelta
from typing import Any

import pytest

from tenure.models import Account, CallToAction, Engagement, Event, JourneyStep, Opportunity, Project
from tenure.queries import engagements, handbook
from tests.conftest import ClientFor
from tests.queries.test_journeys import deal as gap
from tests.runs.test_handovers import run
from tests.views.test_assignments import executive
from tests.world import TODAY, World

MAKE = "Create the customer project, with professional services and the TAM in it"
HTMX = {"HX-Request": "true", "HX-Current-URL": "http://testserver/accounts/1/journey/"}


@pytest.fixture
def deal(decided: World) -> Opportunity:
    return Opportunity.objects.create(
        account=decided.homeworld, name="First purchase", kind="new_account", stage="scoping", created_at=decided.at - timedelta(days=9),
        updated_at=decided.at,
    )  # fmt: skip


def texts(response: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def test_the_section_tells_plan_owner_stage_and_every_step(decided: World, client_for: ClientFor, deal: Opportunity) -> None:
    told = texts(client_for(decided.tam).get(f"/accounts/{decided.homeworld.pk}/journey/"))

    assert "Plan Enterprise Phase Before the sale Owner now Solutions architect nobody With Account executive nobody" in told
    assert "Responsibility matrix 1 of 23 4 missing 1 due" not in told  # the CRM fields are missing too, and due
    assert "Responsibility matrix 1 of 23 3 missing 2 due" in told
    assert f"Not a step of the page, and not counted: {MAKE} Later" in told
    assert re.findall(r"\d+ of \d+", told.partition("Responsibility matrix")[2]) == [
        "1 of 23",
        "1 of 4",
        "0 of 2",
        "0 of 5",
        "0 of 2",
        "0 of 3",
        "0 of 7",
    ]
    assert "First purchase · 2-Scoping since 7 Nov" in told
    assert (
        "2 Qualify the value Account executive nobody Missing Why they bought: not known; Objectives of the implementation: not known Tick"
        in told
    )
    assert "1 Create the meta-record Account executive nobody Done Customer record: yes Add note" in told
    assert "Nobody has said which stage Homeworld Inc. is in." in told


def test_the_missing_project_is_told_apart_from_the_steps_of_either_edition(decided: World, client_for: ClientFor) -> None:
    row, section = gap(decided, "proposal"), f"/accounts/{decided.homeworld.pk}/journey/"
    board = client_for(decided.tam).get(section).context["p"].data["board"]
    assert (board.steps, board.counts["missing"], [(one.found.step.number, one.word) for one in board.apart]) == (
        23, 9, [(None, "Missing")],
    )  # fmt: skip

    Opportunity.objects.filter(pk=row.pk).update(created_at=decided.at - timedelta(days=9 * 365))
    board = client_for(decided.tam).get(f"{section}?as_of=2019-11-16").context["p"].data["board"]
    assert (board.steps, board.apart) == (22, [])


def test_a_reader_sees_it_and_changes_nothing(decided: World, client_for: ClientFor, deal: Opportunity) -> None:
    client = client_for(decided.exa)
    page = client.get(f"/accounts/{decided.homeworld.pk}/journey/")
    assert "/journeys/" not in page.content.decode().replace("/static/css/journeys.css", "")
    assert client.post(f"/journeys/{deal.pk}/steps/demo/", {"state": "done"}).status_code == 403
    assert client.post(f"/journeys/accounts/{decided.homeworld.pk}/stage/", {"stage": "adoption"}).status_code == 403
    assert client_for(decided.fin).get(f"/accounts/{decided.homeworld.pk}/journey/").status_code in (403, 404)
    assert (JourneyStep.objects.count(), Engagement.objects.count()) == (0, 0)


def test_a_step_is_ticked_and_the_toast_takes_it_back(decided: World, client_for: ClientFor, deal: Opportunity) -> None:
    client = client_for(decided.tam)
    url = f"/journeys/{deal.pk}/steps/demo/"
    assert "Step 6 of First purchase" in texts(client.get(url, headers=HTMX))

    back = client.post(url, {"state": "done", "on": "", "note": "Twice"}, headers=HTMX)
    assert (back.status_code, back["HX-Redirect"]) == (204, f"/accounts/{decided.homeworld.pk}/journey/?deal={deal.pk}")
    row = JourneyStep.objects.get()
    assert (row.state, row.on, row.note) == ("done", TODAY, "Twice")
    page = texts(client.get(back["HX-Redirect"]))
    assert re.search(r"Done Tam Technical, 16 Nov: Twice Not on record [Dd]emo: not held yet Change", page), page[-3000:]

    client.post(f"{url}open/", headers=HTMX)
    assert not JourneyStep.objects.exists()


def test_what_a_drawer_refuses_stands_at_its_field(decided: World, client_for: ClientFor, deal: Opportunity) -> None:
    client = client_for(decided.tam)
    told = client.post(f"/journeys/{deal.pk}/steps/demo/", {"state": "waived", "note": ""}, headers=HTMX)
    assert (told.status_code, "Say why, in at most 500 characters." in texts(told)) == (422, True)
    told = client.post(f"/journeys/accounts/{decided.homeworld.pk}/project/", {"wanted": "perhaps"}, headers=HTMX)
    assert (told.status_code, "Choose one of the three." in texts(told)) == (422, True)
    assert client.get(f"/journeys/{deal.pk}/steps/dance/").status_code == 404
    assert (JourneyStep.objects.count(), Engagement.objects.count()) == (0, 0)


def test_will_churn_asks_in_its_drawer_and_can_be_undone(decided: World, client_for: ClientFor) -> None:
    client, url = client_for(decided.tam), f"/journeys/accounts/{decided.homeworld.pk}/stage/"
    asked = texts(client.get(url, {"stage": "will_churn"}, headers=HTMX))
    assert "Confirm All options are exhausted The manager agrees The opportunity is marked Will Churn or Will Contract" in asked

    given = {"stage": "will_churn", "stage_since": TODAY.isoformat(), "options_exhausted": "on", "manager_agrees": "on"}
    told = client.post(url, given, headers=HTMX)
    assert (told.status_code, Engagement.objects.filter(stage="will_churn").exists()) == (422, False)
    assert "Will churn asks for: The opportunity is marked Will Churn or Will Contract." in texts(told)
    assert re.findall(r'name="(\w+)" checked', told.content.decode()) == ["options_exhausted", "manager_agrees"]

    assert client.post(url, {**given, "opportunity_marked": "on"}, headers=HTMX).status_code == 204
    page = client.get(f"/accounts/{decided.homeworld.pk}/journey/")
    assert "Left out of health reports. Confirmed by Tam Technical." in texts(page)
    undo = re.search(r"/journeys/accounts/\d+/undo/\d+/", page.content.decode())
    assert undo is not None
    client.post(undo[0], headers=HTMX)
    assert Engagement.objects.get().stage == ""


def test_another_stage_in_the_drawer_keeps_what_was_typed(decided: World, client_for: ClientFor) -> None:
    client, url = client_for(decided.tam), f"/journeys/accounts/{decided.homeworld.pk}/stage/"
    assert 'hx-include="closest form"' in client.get(url, headers=HTMX).content.decode()
    typed = {"stage": "will_churn", "stage_since": "2026-11-02", "reason": "They said so <b>twice</b>"}

    asked = client.get(url, typed, headers=HTMX).content.decode()

    assert 'value="2026-11-02"' in asked
    assert "They said so &lt;b&gt;twice&lt;/b&gt;</textarea>" in asked
    assert Engagement.objects.count() == 0


@pytest.fixture
def commercial(decided: World) -> Account:
    """An account for which the handbook leaves it to the TAM whether there is to be a customer project."""
    decided.assign(decided.big_donut, decided.tam)
    return decided.big_donut


def test_the_tam_decides_on_a_project_and_takes_it_back(decided: World, commercial: Account, client_for: ClientFor) -> None:
    client, url = client_for(decided.tam), f"/journeys/accounts/{commercial.pk}/project/"
    told = texts(client.get(f"/accounts/{commercial.pk}/journey/"))
    assert "Customer project Optional (technical account manager decides)" in told
    assert client.post(url, {"wanted": "no", "reason": "One team, one list"}, headers=HTMX).status_code == 204
    told = texts(client.get(f"/accounts/{commercial.pk}/journey/"))
    assert "Not wanted Tam Technical" in told
    assert ": One team, one list" in told

    assert client.post(url, {"wanted": "open", "reason": "One team, one list"}, headers=HTMX).status_code == 204
    row = Engagement.objects.get(account=commercial)
    assert (row.wants_project, row.wants_project_by, row.wants_project_on, row.wants_project_reason) == (None, None, None, "")
    assert "One team, one list" not in texts(client.get(f"/accounts/{commercial.pk}/journey/"))


def test_nobody_decides_on_a_project_that_the_handbook_requires(decided: World, client_for: ClientFor) -> None:
    client, url = client_for(decided.tam), f"/journeys/accounts/{decided.homeworld.pk}/project/"
    events = Event.objects.count()

    for wanted in ("no", "yes"):
        told = client.post(url, {"wanted": wanted, "reason": "One team, one list"})
        wrong = "The handbook requires a customer project for Homeworld Inc.: there is nothing to decide."
        assert (told.status_code, told.context["errors"]) == (422, {"wanted": wrong})

    assert not Engagement.objects.filter(account=decided.homeworld).exists()
    assert Event.objects.count() == events


def test_a_decision_without_its_reason_is_refused_and_keeps_what_was_chosen(
    decided: World, commercial: Account, client_for: ClientFor
) -> None:
    client, url = client_for(decided.tam), f"/journeys/accounts/{commercial.pk}/project/"

    told = client.post(url, {"wanted": "no", "reason": ""})

    assert (told.status_code, told.context["chosen"], list(told.context["errors"])) == (422, "no", ["reason"])
    assert 'value="no" checked' in told.content.decode()
    client.post(url, {"wanted": "no", "reason": "One team, one list"})
    told = client.post(url, {"wanted": "no", "reason": ""}).content.decode()  # it was taken out, and is missing
    assert "One team, one list" not in told.partition("<textarea")[2].partition("</textarea>")[0]
    client.post(url, {"wanted": "open"})
    told = client.post(url, {"wanted": "open", "reason": "Too small"})
    assert (told.status_code, told.context["errors"]) == (422, {"wanted": "Choose yes or no for this reason, or leave it out."})
    assert not Engagement.objects.filter(wants_project_reason__gt="").exists()


def test_what_nobody_can_mean_is_refused(decided: World, client_for: ClientFor, deal: Opportunity) -> None:
    client, huge = client_for(decided.tam), 10**30
    for path in (f"{huge}/steps/demo/", f"{deal.pk}/steps/no_such_step/", f"accounts/{huge}/stage/", f"accounts/{huge}/project/"):
        assert client.get(f"/journeys/{path}").status_code == 404
    assert client.get(f"/accounts/{decided.homeworld.pk}/journey/?deal={huge}").status_code == 200

    wrong = "That is no day. Give one like 2026-11-16."
    told = client.post(f"/journeys/{deal.pk}/steps/demo/", {"state": "done", "on": "yesterday"})
    assert (told.status_code, told.context["errors"]) == (422, {"on": wrong})
    stage = f"/journeys/accounts/{decided.homeworld.pk}/stage/"
    told = client.post(stage, {"stage": "adoption", "stage_since": "2026-02-30"})
    assert (told.status_code, told.context["errors"]) == (422, {"stage_since": wrong})
    told = client.post(stage, {"stage": "no_such_stage"})
    assert (told.status_code, list(told.context["errors"])) == (422, ["stage"])
    told = client.post(f"/journeys/accounts/{decided.homeworld.pk}/project/", {"wanted": "perhaps"})
    assert (told.status_code, told.context["errors"]) == (422, {"wanted": "Choose one of the three."})
    assert (JourneyStep.objects.count(), Engagement.objects.filter(stage__gt="").count()) == (0, 0)


def test_the_work_of_a_journey_names_its_missing_steps_and_leads_there(decided: World, client_for: ClientFor) -> None:
    gap(decided)
    run(decided)
    row = CallToAction.objects.get(rule="journey_gap")

    card = texts(client_for(decided.mona).get(f"/ctas/{row.pk}/", headers=HTMX))

    deal, missing = engagements.gaps(decided.homeworld.pk, "account_executive", TODAY, handbook.pack())
    assert (deal, len(missing)) == ("New business", 3)
    assert "3 missing steps of New business" in card
    assert all(f"{what} {who}" in card for what, who in missing)
    assert "Open Journey" in card


def test_of_two_deals_the_work_names_the_one_that_lacks_steps(decided: World, client_for: ClientFor) -> None:
    """The furthest deal lacks none: the fact that raises the work takes the other, and so does the list."""
    lacking, whole = gap(decided), gap(decided, "technical_evaluation", name="Second team")
    for step in (pack_step.key for pack_step in handbook.pack().journey.matrix(TODAY).steps):  # type: ignore[union-attr]
        JourneyStep.objects.create(
            account=decided.homeworld,
            opportunity=whole,
            step=step,
            state="done",
            on=TODAY,
            author=decided.mona,
            recorded_at=decided.at,
        )
    run(decided)
    row = CallToAction.objects.get(rule="journey_gap")

    card = texts(client_for(decided.mona).get(f"/ctas/{row.pk}/", headers=HTMX))

    assert f"3 missing steps of {lacking.name}" in card
    assert "Qualify the value Account executive" in card


def test_the_executive_who_is_asked_instead_of_an_architect_makes_the_project_from_the_matrix(
    decided: World, client_for: ClientFor
) -> None:
    eve = executive(decided)
    gap(decided, "proposal")
    client, pack = client_for(eve), handbook.pack()
    asked = dict(engagements.gaps(decided.homeworld.pk, "account_executive", TODAY, pack)[1])
    make = f'aria-label="{MAKE}: make it"'
    assert (MAKE in asked, engagements.gaps(decided.homeworld.pk, "solutions_architect", TODAY, pack)[1]) == (True, [])
    url, section = f"/accounts/{decided.homeworld.pk}/projects/new/", f"/accounts/{decided.homeworld.pk}/journey/"
    assert f'hx-get="{url}"' in (page := client.get(section).content.decode())
    assert make in page

    made = client.post(url, {"template": "enterprise", "name": "Homeworld", "start": TODAY.isoformat()}, headers=HTMX)

    assert made.status_code < 400
    assert Project.objects.get().created_by == eve
    assert MAKE not in dict(engagements.gaps(decided.homeworld.pk, "account_executive", TODAY, pack)[1])
    assert make not in client.get(section).content.decode()


def test_who_may_not_make_projects_finds_no_button_for_it(decided: World, client_for: ClientFor) -> None:
    gap(decided, "proposal")
    assert MAKE in texts(page := client_for(decided.exa).get(f"/accounts/{decided.homeworld.pk}/journey/"))
    assert "/projects/new/" not in page.content.decode()
    assert client_for(decided.exa).post(f"/accounts/{decided.homeworld.pk}/projects/new/", {}).status_code == 403
    assert Project.objects.count() == 0


def test_a_step_that_somebody_ticked_meanwhile_is_shown_and_not_overwritten(
    decided: World, client_for: ClientFor, deal: Opportunity
) -> None:
    client, url = client_for(decided.tam), f"/journeys/{deal.pk}/steps/demo/"
    opened = client.get(url, headers=HTMX).context["was"]
    assert opened == {"state": "", "on": "", "note": ""}
    client_for(decided.mona).post(url, {"state": "waived", "on": "", "note": "Not in this deal"}, headers=HTMX)
    was = list(JourneyStep.objects.values()), Event.objects.count()
    mine = {"state": "done", "on": TODAY.isoformat(), "note": "Twice"}

    late = client.post(url, {**mine, **{f"was-{name}": value for name, value in opened.items()}}, headers=HTMX)

    said = "Mona Manager said meanwhile: not needed on 2026-11-16; Not in this deal. Save again to overwrite it."
    assert (late.status_code, late.context["errors"], late.context["v"]) == (422, {"form": said}, mine)
    assert (list(JourneyStep.objects.values()), Event.objects.count()) == was
    client.post(url, {**mine, **{f"was-{name}": value for name, value in late.context["was"].items()}}, headers=HTMX)
    row = JourneyStep.objects.get()
    assert (row.state, row.note, row.author) == ("done", "Twice", decided.tam)
