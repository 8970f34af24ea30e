"""Pages of projects: what they show, to whom, and what their forms do."""

import re
from datetime import date
from typing import Any

import pytest
from django.test import Client

from tenure.actions import projects, projects_issues
from tenure.models import Event, Project, ProjectIssue
from tenure.views import projects_list, projects_tags
from tests.actions.test_projects import begun, kept, moment
from tests.actions.test_projects_mending import broken, of_2019
from tests.conftest import ClientFor
from tests.world import World

HTMX = {"HTTP_HX_REQUEST": "true"}


def undo_in(client: Client, url: str) -> str:
    """The address that the toast of the page offers."""
    found = re.search(
        r'<form method="post" action="(/projects/[^"]+)"', client.get(url).content.decode().partition('id="toasts"')[2]
    )
    assert found is not None
    return found[1]


def text(response: Any) -> str:
    return str(response.content.decode())


def test_a_text_can_not_forge_the_box_of_another() -> None:
    marks = ("\ue0000\ue001", "&#xe000;0&#xe001;", "&#57344;0&#57345;")

    html = projects_tags.checklist("\n\n".join([*marks, "- [ ] The real one", *marks]), "/tick/")

    assert html.count('type="checkbox"') == 1
    assert re.search(r'<li><input [^>]*aria-label="The real one"[^>]*> The real one', html)
    assert "\ue000" not in html


@pytest.mark.parametrize(("template", "issues"), [("enterprise", 14), ("commercial", 6)])
def test_a_project_is_made_from_each_template_and_taken_back(
    template: str, issues: int, world: World, client_for: ClientFor
) -> None:
    client = client_for(world.tam)
    url = f"/accounts/{world.homeworld.pk}/projects/new/"
    assert "Enterprise customer success plan" in text(client.get(url))

    response = client.post(url, {"template": template, "name": "Homeworld", "start": "2026-11-01", "contract": "2026-11-10"})

    row = Project.objects.get()
    assert (response.status_code, response["Location"]) == (302, f"/projects/{row.pk}/")
    assert (row.template, row.issues_open, row.start_date, row.contract_date) == (
        template,
        issues,
        date(2026, 11, 1),
        date(2026, 11, 10),
    )
    client.post(f"/projects/{row.pk}/delete/")
    assert client.get(f"/projects/{row.pk}/").status_code == 404
    client.post(f"/projects/{row.pk}/restore/")
    assert client.get(f"/projects/{row.pk}/").status_code == 200


def test_what_is_missing_in_the_form_is_said_and_nothing_is_made(world: World, client_for: ClientFor) -> None:
    was = kept()
    response = client_for(world.tam).post(
        f"/accounts/{world.homeworld.pk}/projects/new/", {"template": "enterprise", "name": "H"}
    )

    assert (response.status_code, "Say on which day the project began." in text(response)) == (422, True)
    assert kept() == was


def test_the_page_shows_readme_milestones_and_what_was_done(world: World, client_for: ClientFor) -> None:
    row = begun(world)
    projects_issues.close(row, row.issues.get(key="welcome").pk, **moment(world))
    page = text(client_for(world.tam).get(f"/projects/{row.pk}/"))

    assert "This project is where Homeworld Inc. and GitLab work on one plan together." in page
    assert "PLEASE-READ-THESE-INSTRUCTIONS.md" in page
    assert all(f'href="/accounts/{row.account_id}/{profile}/"' in page for profile in ("business", "technical"))
    assert "1 of 14 issues closed" in page
    assert re.search(r"Issue closed</span> <span class=\"sec\">#7 Welcome to GitLab call", page)


def test_confidential_issues_are_nowhere_for_who_is_no_member_and_does_not_work_on_the_account(
    world: World, client_for: ClientFor
) -> None:
    row = begun(world)
    brief = row.issues.get(key="team_brief")
    pages = [f"/projects/{row.pk}/issues/?view=all", f"/projects/{row.pk}/board/?view=all", f"/projects/{row.pk}/issues/export/?view=all",
             f"/projects/{row.pk}/", f"/accounts/{row.account_id}/history/"]  # fmt: skip
    projects_issues.change(row, brief.pk, {"title": "What was promised"}, **moment(world))

    mine = client_for(world.tam)
    assert "What was promised" in text(mine.get(pages[0])) + text(mine.get(pages[1]))
    assert mine.get(f"/projects/{row.pk}/issues/{brief.iid}/").status_code == 200
    other = client_for(world.exa)
    for page in pages:
        response = other.get(page)
        said = b"".join(response.streaming_content).decode() if response.streaming else text(response)  # type: ignore[union-attr]
        assert (response.status_code, "What was promised" in said, "Brief the account team" in said) == (200, False, False), page
    assert other.get(f"/projects/{row.pk}/issues/{brief.iid}/").status_code == 404


def test_confidential_issues_are_not_counted_for_who_does_not_read_them(world: World, client_for: ClientFor) -> None:
    row = begun(world)
    row.refresh_from_db()
    pages = [f"/projects/{row.pk}/", f"/accounts/{row.account_id}/project/", f"/projects/{row.pk}/labels/"]
    assert (row.issues_open, row.issues.filter(confidential=True).count()) == (14, 1)

    found = []
    for reader in (world.tam, world.exa):
        said = [text(client_for(reader).get(page)) for page in pages]
        found.append(["0 of 14 issues closed" in one for one in said[:2]] + ["0 of 13 issues closed" in one for one in said[:2]])
        found.append([f'Issues<span class="n tnum">{n}</span>' in said[2] for n in (14, 13)])

    assert found == [[True, True, False, False], [True, False], [False, False, True, True], [False, True]]


def test_only_who_may_read_an_issue_is_suggested_after_an_at_sign(world: World, client_for: ClientFor) -> None:
    row = begun(world)
    welcome, brief = row.issues.get(key="welcome"), row.issues.get(key="team_brief")

    def suggested(client: Client, issue: ProjectIssue) -> list[str]:
        response = client.get(f"/projects/{row.pk}/issues/{issue.iid}/people/?q=ex")
        return re.findall(r'data-name="([^"]+)"', text(response)) if response.status_code == 200 else [str(response.status_code)]

    mine, other = client_for(world.tam), client_for(world.exa)
    assert (brief.confidential, suggested(mine, welcome), suggested(mine, brief)) == (True, [world.exa.name], [])
    assert (suggested(other, welcome), suggested(other, brief)) == ([world.exa.name], ["404"])


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("f=milestone:is:{stone}", 3), ("f=labels:any:{label}", 3), ("f=labels:none:{label}", 11), ("f=assignee:me", 4), ("f=assignee:empty", 10),
        ("f=due:before:2026-11-09", 2), ("q=training", 2), ("q=%237", 1), ("f=confidential:yes", 1), ("f=weight:gte:5", 3), ("f=column:any:{doing}", 0),
        ("f=labels:any:nonsense", 0), ("f=state:is:opened&f=labels:any:{label}|milestone:is:{stone}", 5),
    ],
)  # fmt: skip
def test_issues_are_found_by_search_and_filters(query: str, found: int, world: World, client_for: ClientFor) -> None:
    row = begun(world)
    known = {
        "stone": row.milestones.get(key="closing").pk,
        "label": row.labels.get(key="implementation").pk,
        "doing": row.labels.get(key="doing").pk,
    }
    page = text(client_for(world.tam).get(f"/projects/{row.pk}/issues/?{query.format(**known)}"))

    assert page.count("data-row>") == found


def test_many_issues_are_changed_from_the_list_and_back(world: World, client_for: ClientFor) -> None:
    row = begun(world)
    client, ids = client_for(world.tam), list(row.issues.filter(key__in=("welcome", "adoption")).values_list("pk", flat=True))
    client.post(f"/projects/{row.pk}/issues/bulk/", {"id": ids, "do": "state:closed", "query": "view=all"})
    assert set(row.issues.filter(state="closed").values_list("pk", flat=True)) == set(ids)

    client.post(undo_in(client, f"/projects/{row.pk}/"))

    assert row.issues.filter(state="closed").count() == 0


def test_a_box_is_ticked_in_its_place(world: World, client_for: ClientFor) -> None:
    row = begun(world)
    issue = row.issues.get(key="adoption")
    url = f"/projects/{row.pk}/issues/{issue.iid}/"
    client = client_for(world.tam)
    sent = {"box": 2, "words": "What holds teams back", "done": "1"}

    response = client.post(f"{url}tick/", sent, HTTP_HX_TARGET="issue", **HTMX)

    assert 'id="box-2"' in text(response)
    assert re.search(r'id="box-2"[^>]* checked', text(response))
    assert response["HX-Trigger"] == "tenure:project-changed"
    client.post(f"{url}tick/", {**sent, "words": "Something else"}, **HTMX)
    assert ProjectIssue.objects.get(pk=issue.pk).ticked == 1


def test_a_form_that_others_overtook_shows_both_and_saves_nothing_of_that_field(world: World, client_for: ClientFor) -> None:
    row = begun(world)
    issue = row.issues.get(key="adoption")
    url = f"/projects/{row.pk}/issues/{issue.iid}/change/"
    form = {
        "title": "Mine",
        "description": issue.description,
        "weight": "4",
        "was-title": issue.title,
        "was-weight": "2",
        "was-description": issue.description,
    }
    projects_issues.change(row, issue.pk, {"title": "Theirs"}, **moment(world, world.mona))

    response = client_for(world.tam).post(url, form)

    assert (response.status_code, "meanwhile to: Theirs" in text(response), 'value="Mine"' in text(response)) == (422, True, True)
    issue.refresh_from_db()
    assert (issue.title, issue.weight) == ("Theirs", 4)


def test_a_card_is_put_into_another_column(world: World, client_for: ClientFor) -> None:
    row = begun(world)
    issue, doing = row.issues.get(key="adoption"), row.labels.get(key="doing")
    client = client_for(world.tam)
    page = text(client.get(f"/projects/{row.pk}/board/?view=all"))
    assert [title.strip() for title in re.findall(r'data-label="([^"]+)"', page)] == [
        "Open",
        "To do",
        "Doing",
        "With the customer",
        "Closed",
    ]

    client.post(f"/projects/{row.pk}/board/{issue.iid}/", {"to": doing.pk})

    assert ProjectIssue.objects.get(pk=issue.pk).column == doing
    assert client_for(world.exa).post(f"/projects/{row.pk}/board/{issue.iid}/", {"to": "closed"}).status_code == 403


def test_what_differs_is_mended_and_taken_back(world: World, client_for: ClientFor) -> None:
    row = broken(world)
    client = client_for(world.tam)
    page = text(client.get(f"/projects/{row.pk}/check/"))
    assert "The issue “Welcome to GitLab call” is missing" in page
    assert "Give the account a solutions architect first." in page

    client.post(f"/projects/{row.pk}/mend/", {"code": "issue:welcome"})
    assert row.issues.filter(key="welcome", deleted_at=None).exists()
    client.post(undo_in(client, f"/projects/{row.pk}/check/"))
    assert not row.issues.filter(key="welcome", deleted_at=None).exists()
    assert "Mend what can be" in text(client.get(f"/projects/{row.pk}/check/"))
    client.post(f"/projects/{row.pk}/mend/")
    row.refresh_from_db()
    assert row.differs == 2
    assert "Mend what can be" not in text(client.get(f"/projects/{row.pk}/check/"))  # both need a person


def test_many_projects_are_mended_from_the_list_and_back(world: World, client_for: ClientFor) -> None:
    row = broken(world)
    client = client_for(world.mona)
    client.post("/projects/mend/", {"id": [row.pk], "query": "view=all"})
    row.refresh_from_db()
    assert row.differs == 2

    client.post(undo_in(client, "/projects/?view=all"))

    row.refresh_from_db()
    assert row.differs == 11


def test_one_changed_since_it_was_mended_with_others_is_told_and_stays(world: World, client_for: ClientFor) -> None:
    row = broken(world)
    client = client_for(world.mona)
    client.post("/projects/mend/", {"id": [row.pk], "query": "view=all"})
    back = undo_in(client, "/projects/?view=all")
    projects_issues.delete(row, row.issues.get(key="welcome", deleted_at=None).pk, **moment(world))

    client.post(back)

    row.refresh_from_db()
    assert row.differs == 3
    assert "Nothing was taken back: 1 has been changed since." in text(client.get("/projects/?view=all"))


def test_more_than_can_be_mended_at_once_are_refused_and_none_is_mended(
    world: World, client_for: ClientFor, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = broken(world)
    projects.create(world.funland, "enterprise", start=date(2026, 11, 1), **moment(world, world.mona))
    client, events = client_for(world.mona), Event.objects.count()
    monkeypatch.setattr(projects_list, "MOST", 1)

    client.post("/projects/mend/", {"all": "1", "query": "view=all"})

    row.refresh_from_db()
    assert (row.differs, Event.objects.count()) == (11, events)
    assert "At most 1 at once: choose fewer, or narrow the list first." in text(client.get("/projects/?view=all"))


def test_a_later_template_is_shown_chosen_and_taken_over(world: World, client_for: ClientFor) -> None:
    row = of_2019(world)
    blueprint = row.issues.get(key="blueprint")
    projects_issues.change(row, blueprint.pk, {"description": "- [ ] Reviewed by Ann"}, **moment(world))
    client, url = client_for(world.tam), f"/projects/{row.pk}/update/"
    page = text(client.get(url))
    assert ("From version 1 to 2" in page, page.count("Both changed it")) == (True, 1)
    assert '<span class="sr">Added: </span>- [ ] Use cases in use: source code, CI, CD, security</li>' in page
    assert '<span class="sr">Removed: </span>- [ ] Reviewed by the implementation engineer and the TAM</li>' in page
    assert '<li class="pj-kept">- Success plan: its link stands on the page of this project</li>' in page  # the whole README

    assert client.post(url, {"version": 2}).status_code == 422
    assert client.post(url, {"version": 2, "c-issue:blueprint:description": "ours"}).status_code == 302

    row.refresh_from_db()
    assert row.version == 2
    assert row.issues.get(key="blueprint").description == "- [ ] Reviewed by Ann"


def test_the_burndown_says_what_was_open_day_by_day(world: World, client_for: ClientFor) -> None:
    row = begun(world)
    projects_issues.close(row, row.issues.get(key="welcome").pk, **moment(world))
    page = text(client_for(world.tam).get(f"/projects/{row.pk}/milestones/"))

    assert "13 issues open on 16 November 2026; at most 13." in page
    assert re.search(r'<td class="num ">\+13</td><td class="num">13</td>', page)
    assert "40 weight open" in text(client_for(world.tam).get(f"/projects/{row.pk}/milestones/?by=weight"))


def test_the_list_of_projects_filters_and_exports(world: World, client_for: ClientFor) -> None:
    begun(world)
    client = client_for(world.tam)
    for query, n in (
        ("view=all", 1),
        ("f=plan:is:commercial", 0),
        ("f=check:is:differs", 1),
        ("f=check:is:complies", 0),
        ("f=owner:me", 1),
        ("q=home", 1),
        ("f=progress:gt:0", 0),
    ):
        assert text(client.get(f"/projects/?{query}")).count("data-row>") == n, query
    file = b"".join(client_for(world.ops).get("/projects/export/?view=all").streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    assert file.splitlines()[1].startswith(
        "Homeworld Inc.,Homeworld Inc.,Enterprise,Post-sales,Differs,0,14,Tam Technical,2026-11-01"
    )


def test_who_does_not_see_the_account_sees_no_project(world: World, client_for: ClientFor) -> None:
    row = begun(world)
    before = Event.objects.count()
    client = client_for(world.tessa)

    assert [
        client.get(f"/projects/{row.pk}/{page}").status_code
        for page in ("", "issues/", "board/", "check/", "people/", "issues/7/")
    ] == [404] * 6
    assert text(client.get("/projects/?view=all")).count("data-row>") == 0
    assert Event.objects.count() == before


def test_the_templates_can_be_read(world: World, client_for: ClientFor) -> None:
    page = text(client_for(world.tam).get("/projects/templates/enterprise/2/"))

    assert "7 days after the contract" in page
    assert "Welcome to GitLab call" in page
    assert client_for(world.tam).get("/projects/templates/enterprise/9/").status_code == 404
