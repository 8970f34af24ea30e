"""The pages of a manager's review: beginning it, one person after the other, notes and steps in place, former ones to read."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tenure.actions import onboardings
from tenure.models import Assignment, ManagerReview, Onboarding, ReviewItem, Task
from tests.conftest import ClientFor
from tests.world import TODAY, World

URL = "/reviews/onboarding/"
HTMX = {"HX-Request": "true", "HX-Current-URL": f"http://testserver{URL}"}


@pytest.fixture
def rows(world: World) -> list[Onboarding]:
    given: list[tuple[str, Any]] = [("homeworld", world.tam), ("funland", None), ("crab_shack", world.tessa)]
    return [
        onboardings.create(world.accounts[name], {"name": name, "owner": owner, "start_date": TODAY}, today=TODAY, actor=None, at=world.at, cause="closed_won")
        for name, owner in given
    ]  # fmt: skip


def test_a_manager_goes_from_person_to_person_and_signs_off(world: World, client_for: ClientFor, rows: list[Onboarding]) -> None:
    client, (first, free, _) = client_for(world.mona), rows
    assert [one.title for one in client.get(URL).context["steps"]] == ["Unassigned", "Tam Technical", "Tessa Technical"]
    assert ManagerReview.objects.count() == 0
    client.post(f"{URL}start/")

    page = client.get(URL)
    assert ([item.row.pk for item in page.context["items"]], page.context["next"].title) == ([free.pk], "Tam Technical")
    client.post(f"{URL}{free.pk}/assign/", {"owner": world.tam.pk}, headers=HTMX)
    page = client.get(f"{URL}?who={world.tam.pk}")
    assert [item.row.name for item in page.context["items"]] == ["homeworld", "funland"]
    client.post(f"{URL}{first.pk}/note/", {"notes": "Slow start", "was-notes": ""}, headers=HTMX)
    client.post(f"{URL}{first.pk}/step/", {"title": "Call them", "due": (TODAY + timedelta(days=2)).isoformat()}, headers=HTMX)
    client.post(f"{URL}{first.pk}/look/", {"looked": "1"}, headers=HTMX)
    client.post(f"{URL}sign/")

    item = ReviewItem.objects.get(object_id=first.pk)
    assert (item.notes, Task.objects.get().owner, Onboarding.objects.get(pk=first.pk).reviewed_on) == (
        "Slow start",
        world.tam,
        TODAY,
    )
    read = client.get(URL)
    assert (read.templates[0].name, [one.notes for one in read.context["items"]]) == ("reviews/past.html", ["", "Slow start"])
    assert client.post(f"{URL}{first.pk}/look/", {}, headers=HTMX).context["refusal"] == "This review is signed off."
    ManagerReview.objects.update(period=TODAY.replace(month=10, day=1))
    listed = client.get("/reviews/").context["kinds"][0][2]
    assert [(one.looked, one.said) for one in listed] == [(1, 2)]
    assert client.get(f"{URL}{listed[0].pk}/").status_code == 200


def test_assigning_says_who_is_the_tam_now_and_its_undo_takes_both_back(
    world: World, client_for: ClientFor, rows: list[Onboarding]
) -> None:
    client, free = client_for(world.mona), rows[1]
    Assignment.objects.filter(account=world.funland, role="tam").delete()
    client.post(f"{URL}start/")

    told = client.post(f"{URL}{free.pk}/assign/", {"owner": world.tam.pk}, headers=HTMX)

    message = list(get_messages(told.wsgi_request))[-1]
    assert message.message == f"funland assigned to Tam Technical. Tam Technical is the TAM of {world.funland.name} now."
    assert client.post(f"{URL}{free.pk}/unassign/forged/").status_code == 404
    client.post(message.extra_tags)
    free.refresh_from_db()
    assert (free.owner, Assignment.objects.filter(account=world.funland, role="tam", until_date=None).exists()) == (None, False)


def test_a_next_step_that_is_refused_can_be_put_right(world: World, client_for: ClientFor, rows: list[Onboarding]) -> None:
    client, first = client_for(world.mona), rows[0]
    client.post(f"{URL}start/")

    told = client.post(f"{URL}{first.pk}/step/", {"title": "Call Ann", "due": "16.11."}, headers=HTMX)

    assert told.context["refusal"] == "That is not a day."
    assert 'name="title" value="Call Ann"' in told.content.decode()
    assert Task.objects.count() == 0


def test_nobody_else_reads_or_holds_it(world: World, client_for: ClientFor, rows: list[Onboarding]) -> None:
    client_for(world.mona).post(f"{URL}start/")
    review = ManagerReview.objects.get()

    assert [client_for(world.people[who]).get(URL).status_code for who in ("tam", "ops", "olga")] == [403, 403, 404]
    assert client_for(world.mona).get(f"{URL}{review.pk + 1}/").status_code == 404
    assert client_for(world.mona).get("/reviews/renewal/").status_code == 404


def test_a_page_takes_as_many_queries_for_thirty_as_for_three(
    world: World, client_for: ClientFor, rows: list[Onboarding]
) -> None:
    client = client_for(world.mona)
    client.post(f"{URL}start/")

    def asked() -> int:
        with CaptureQueriesContext(connection) as found:
            assert client.get(f"{URL}?who=all").status_code == 200
        return len(found)

    few = asked()
    for account in world.more_accounts(27):
        Onboarding.objects.create(
            account=account,
            name="More",
            cause="closed_won",
            edition=TODAY,
            owner=world.tam,
            created_at=world.at,
            updated_at=world.at,
        )
    assert (asked(), few <= 22) == (few, True)
