"""The guests of the demo company's projects: what one of them did with the right of their link."""

from datetime import timedelta

import pytest

from tenure.models import Event, ProjectComment, ProjectGuest, Run
from tenure.runs import demo_guests
from tests.runs.test_demo import built, evening  # noqa: F401 - the fixtures: built once, on the same day
from tests.world import AT

DAY = timedelta(days=1)
pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("demo")]


def test_a_customer_works_along_in_a_project_of_tams_and_it_is_done_once(built: Run) -> None:  # noqa: F811
    came, invited = ProjectGuest.objects.order_by("pk")
    nine = AT.replace(hour=9, minute=0)
    said = ProjectComment.objects.filter(issue__project=came.project).order_by("-pk")[:2]
    issue = said[1].issue

    assert [(row.name, row.project.name, row.may_tick, row.revoked_at) for row in (came, invited)] == [
        ("Carlos Borges", "Homeworld Inc.", True, None), ("Anouk Adler", "Homeworld Inc.", False, None),
    ]  # fmt: skip
    assert (came.seen_at, came.expires_at, invited.seen_at) == (nine - 8 * DAY, nine + 21 * DAY, None)
    assert [(row.said_by, row.issue_id, row.created_at) for row in said] == [
        ("Tam Okada", issue.pk, nine), ("Carlos Borges", issue.pk, nine),
    ]  # fmt: skip
    assert issue.description.splitlines()[2:] == ["- [x] Monitoring and alerts", "- [ ] Log-in by the customer's own accounts"]
    (ticked,) = Event.objects.filter(verb="project_issue.ticked", body__contains='"guest":"Carlos Borges"')
    assert (ticked.object_id, ticked.actor_id, ticked.at) == (issue.pk, None, nine - 2 * DAY)
    before = Event.objects.count()
    demo_guests.invite(AT)
    assert (ProjectGuest.objects.count(), Event.objects.count()) == (2, before)
