"""Whatever a form refuses is said on it, in words, and what was typed stays; a day that is none is never taken for no day."""

from datetime import date

import pytest

from tenure.actions import projects_issues
from tenure.models import Contact, Event, ProjectIssue, ProjectMilestone, Task
from tests import work
from tests.actions.test_projects import begun, moment
from tests.conftest import ClientFor
from tests.world import World

NO_DAY = "That is no day. Give one like 2026-11-16."


def project_form(world: World) -> dict[str, str]:
    return {"template": "enterprise", "name": "Homeworld", "start": world.today.isoformat(), "contract": ""}


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"start": "2026-02-31"}, NO_DAY), ({"contract": "soon"}, NO_DAY), ({"start": ""}, "Say on which day the project began."),
        ({"start": "0001-01-01"}, "That day is too far away."), ({"contract": "0001-01-01"}, "That day is too far away."),
    ],
)  # fmt: skip
def test_a_project_is_not_made_with_a_day_that_is_none(
    world: World, client_for: ClientFor, changed: dict[str, str], sentence: str
) -> None:
    before = Event.objects.count()

    response = client_for(world.tam).post(f"/accounts/{world.homeworld.pk}/projects/new/", project_form(world) | changed)

    assert (response.status_code, sentence in response.content.decode(), Event.objects.count()) == (422, True, before)


def test_an_account_that_has_a_project_gets_another_only_when_one_says_so(world: World, client_for: ClientFor) -> None:
    begun(world)

    response = client_for(world.tam).post(f"/accounts/{world.homeworld.pk}/projects/new/", project_form(world))

    assert (response.status_code, "Homeworld Inc. has a project already (Homeworld Inc.)." in response.content.decode()) == (
        422,
        True,
    )


@pytest.mark.parametrize("day", ["2026-02-31", "soon"])
def test_the_day_of_an_issue_stays_where_what_is_sent_is_none(world: World, client_for: ClientFor, day: str) -> None:
    row = begun(world)
    issue = row.issues.get(key="welcome")
    projects_issues.change(row, issue.pk, {"due_date": date(2026, 12, 1)}, **moment(world))
    client = client_for(world.tam)

    for url, form in (
        (f"/projects/{row.pk}/issues/{issue.iid}/change/", {"title": issue.title, "due_date": day}),
        (f"/projects/{row.pk}/issues/bulk/", {"id": str(issue.pk), "do": f"due:{day}"}),
    ):
        assert NO_DAY in client.post(url, form, follow=True).content.decode()
    assert ProjectIssue.objects.get(pk=issue.pk).due_date == date(2026, 12, 1)


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"due_date": "2026-02-31"}, NO_DAY),
        ({"start_date": "0001-01-01"}, "That day is too far away."),
        ({"state": "odd"}, "A milestone is active or closed."),
    ],
)
def test_a_milestone_keeps_its_days(world: World, client_for: ClientFor, changed: dict[str, str], sentence: str) -> None:
    row = begun(world)
    stone = ProjectMilestone.objects.filter(project=row).first()
    assert stone is not None
    form = {"title": "Another", "due_date": "2027-01-04", "start_date": "", "state": "active"} | changed

    response = client_for(world.tam).post(f"/projects/{row.pk}/milestones/{stone.pk}/", form)

    page = response.content.decode()
    assert (response.status_code, sentence in page, 'value="Another"' in page) == (422, True, True)
    assert ProjectMilestone.objects.get(pk=stone.pk).title == stone.title


def test_a_colour_that_there_is_not_is_refused_in_words(world: World, client_for: ClientFor) -> None:
    row = begun(world)

    response = client_for(world.tam).post(f"/projects/{row.pk}/labels/new/", {"name": "New", "color": "odd"})

    assert (response.status_code, "Choose one of the colours." in response.content.decode()) == (422, True)
    assert not row.labels.filter(name="New").exists()


def test_a_step_with_a_day_that_is_none_is_not_added(world: World, client_for: ClientFor) -> None:
    cta = work.cta(world)

    response = client_for(world.tam).post(
        f"/ctas/{cta.pk}/tasks/new/", {"title": "Ask", "due_date": "2026-02-31"}, headers={"HX-Request": "true"}
    )

    assert (NO_DAY in response.content.decode(), Task.objects.filter(cta=cta).exists()) == (True, False)


@pytest.mark.parametrize(
    ("who", "url", "form"),
    [
        ("ops", "change/", {"name": "Another", "from_date": "soon"}),
        ("mona", "team/new/", {"who": "tam:{tessa}", "from_date": "soon"}),
        ("tam", "feedback/new/", {"text": "Slow", "kind": "product", "status": "open", "given_on": "soon"}),
        ("tam", "services/new/", {"service": "cadence_call", "delivered_on": "soon"}),
    ],
)
def test_nothing_is_kept_with_a_day_that_is_none(
    world: World, client_for: ClientFor, who: str, url: str, form: dict[str, str]
) -> None:
    before = Event.objects.count()
    sent = {name: text.format(tessa=world.tessa.pk) for name, text in form.items()}

    response = client_for(getattr(world, who)).post(f"/accounts/{world.homeworld.pk}/{url}", sent)

    assert (response.status_code, NO_DAY in response.content.decode(), Event.objects.count()) == (422, True, before)


@pytest.mark.parametrize("url", ["profiles/champion/change/", "feedback/new/", "sheets/new/"])
def test_a_contact_that_the_account_does_not_have_is_not_taken_for_none(world: World, client_for: ClientFor, url: str) -> None:
    elsewhere = next(one for one in world.accounts.values() if one.pk != world.homeworld.pk)
    other = Contact.objects.create(account=elsewhere, name="Somebody else", created_at=world.at, updated_at=world.at)
    known = {"learnt_on": world.today.isoformat(), "confidence": "high", "source": "call", "name": "Ann Lee"}
    known |= {"title": "Questions", "fields": "version", "days": "30"}
    form = known | {"kind": "product", "status": "open", "text": "Slow", "given_on": world.today.isoformat()}
    before, client = Event.objects.count(), client_for(world.tam)

    for chosen in (str(other.pk), "999999999", "nobody"):
        response = client.post(f"/accounts/{world.homeworld.pk}/{url}", form | {"contact": chosen})
        assert (response.status_code, "has no such contact any more" in response.content.decode()) == (422, True), chosen
    assert Event.objects.count() == before
    assert client.post(f"/accounts/{world.homeworld.pk}/{url}", form | {"contact": ""}).status_code in (200, 302)
    assert Event.objects.count() > before


def test_a_guest_is_a_contact_of_the_account_or_somebody_named(world: World, client_for: ClientFor) -> None:
    row = begun(world)

    response = client_for(world.tam).post(
        f"/projects/{row.pk}/guests/new/", {"contact": "999999999", "name": "Ann", "days": "30"}
    )

    assert (response.status_code, "has no such contact any more" in response.content.decode()) == (422, True)
    assert not row.guests.exists()
