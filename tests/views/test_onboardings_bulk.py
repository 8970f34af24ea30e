"""The dialog that gives many onboardings to somebody: whose TAM they become, said before and after, and one Undo."""

from django.contrib.messages import get_messages

from tenure.actions import assignments, summaries
from tenure.models import Assignment, Onboarding
from tests.conftest import ClientFor
from tests.views.test_onboardings import HTMX, rows
from tests.world import TODAY, World

__all__ = ["rows"]  # the fixture


def test_assigning_many_says_before_and_after_whose_tam_they_become_and_one_undo_takes_it_back(
    world: World, client_for: ClientFor, rows: dict[str, Onboarding]
) -> None:
    free = [world.funland.pk, world.beach_city.pk]  # the second one's onboarding is over
    Assignment.objects.filter(account__in=free, role="tam").delete()
    summaries.refresh(free, today=TODAY)
    assignments.assign(world.homeworld, world.tessa, "tam", from_date=TODAY, actor=None, at=world.at)
    Onboarding.objects.update(owner=None)
    client, ids = client_for(world.mona), [rows["homeworld"].pk, rows["funland"].pk, rows["beach"].pk]
    asked = client.get("/onboardings/assign/", {"id": ids}, headers=HTMX)
    assert (asked.context["free"], asked.context["kept"]) == (1, 1)
    assert "1 account has no TAM: an owner who is one becomes theirs." in asked.content.decode()

    done = client.post("/onboardings/assign/", {"id": ids, "owner": world.tam.pk}, headers=HTMX)

    told = list(get_messages(done.wsgi_request))[-1]
    assert told.message == (
        "3 onboardings assigned to Tam Technical. Tam Technical is the TAM of 1 account now. The TAM of 1 account stays."
    )
    assert [(row.account.name, row.user.name) for row in tams(world)] == [
        ("Funland Arcade", "Tam Technical"),
        ("Homeworld Inc.", "Tessa Technical"),
    ]
    client.post(told.extra_tags, headers=HTMX)
    assert [row.account.name for row in tams(world)] == ["Homeworld Inc."]
    assert [Onboarding.objects.get(pk=pk).owner_id for pk in ids] == [None, None, None]


def tams(world: World) -> list[Assignment]:
    rows = Assignment.objects.filter(account__in=[world.homeworld, world.funland], role="tam", until_date=None)
    return list(rows.select_related("account", "user").order_by("account__name"))
