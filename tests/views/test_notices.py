"""The bell and its page."""

import re
from datetime import timedelta

from tenure.actions import notices
from tenure.actions.notices import Letter
from tenure.models import Notice
from tests.conftest import ClientFor
from tests.world import AT, World


def tell(world: World) -> None:
    notices.queue(
        [Letter(world.mona.pk, "needs_tam", "Le Hotel needs a TAM", "n:1", url=f"/accounts/{world.le_hotel.pk}/")], at=AT
    )
    notices.queue([Letter(world.mona.pk, "assignment", "Homeworld is Tam's", "a:1")], at=AT - timedelta(days=1))
    notices.queue([Letter(world.tam.pk, "assignment", "Only for Tam", "a:2")], at=AT)


def test_the_bell_counts_what_is_new(world: World, client_for: ClientFor) -> None:
    tell(world)

    assert 'aria-label="Notifications, 2 new"' in client_for(world.mona).get("/profile/").content.decode()
    assert 'aria-label="Notifications"' in client_for(world.ari).get("/profile/").content.decode()


def test_notices_are_grouped_by_day_and_are_ones_own(world: World, client_for: ClientFor) -> None:
    tell(world)

    page = client_for(world.mona).get("/notices/").content.decode()

    assert page.index("Today") < page.index("Le Hotel needs a TAM")
    assert page.index("15 Nov") < page.index("Homeworld is Tam&#x27;s")
    assert "Only for Tam" not in page
    names = re.findall(r'<section aria-labelledby="([^"]+)"', page)  # each day is a landmark with a name of its own
    assert [f'id="{name}"' in page for name in names] == [True] * len(set(names)) == [True, True]


def test_the_list_filters_by_kind_and_by_unread(world: World, client_for: ClientFor) -> None:
    tell(world)
    client = client_for(world.mona)
    Notice.objects.filter(user=world.mona, kind="assignment").update(read_at=AT)

    by_kind, unread = (client.get(f"/notices/?{query}").content.decode() for query in ("kind=assignment", "unread=1"))

    assert ("Homeworld is" in by_kind, "Le Hotel" in by_kind) == (True, False)
    assert ("Homeworld is" in unread, "Le Hotel" in unread) == (False, True)
    assert "Nothing fits this filter" in client.get("/notices/?kind=unknown").content.decode()


def test_opening_a_notice_reads_it_and_leads_on(world: World, client_for: ClientFor) -> None:
    tell(world)
    row = Notice.objects.get(channel="app", user=world.mona, kind="needs_tam")

    assert client_for(world.mona).post(f"/notices/{row.pk}/read/")["Location"] == f"/accounts/{world.le_hotel.pk}/"

    row.refresh_from_db()
    assert row.read_at == AT


def test_a_notice_never_leads_elsewhere(world: World, client_for: ClientFor) -> None:
    tell(world)
    Notice.objects.filter(user=world.mona).update(url="https://evil.example/")
    row = Notice.objects.filter(channel="app", user=world.mona).first()
    assert row is not None

    assert client_for(world.mona).post(f"/notices/{row.pk}/read/")["Location"] == "/notices/"


def test_nobody_reads_the_notices_of_others(world: World, client_for: ClientFor) -> None:
    tell(world)
    row = Notice.objects.get(channel="app", user=world.tam)

    client_for(world.mona).post(f"/notices/{row.pk}/read/")
    client_for(world.mona).post("/notices/read/")

    row.refresh_from_db()
    assert row.read_at is None
    assert not Notice.objects.filter(channel="app", user=world.mona, read_at=None).exists()


def test_without_notices_the_page_says_what_will_come(world: World, client_for: ClientFor) -> None:
    assert "No notices yet" in client_for(world.ari).get("/notices/").content.decode()
