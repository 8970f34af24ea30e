"""Saved views as people use them."""

import re

from tenure.actions.saved_views import PAGES
from tenure.models import SavedView
from tenure.views import saved_views
from tests.conftest import ClientFor
from tests.world import World


def names(answer: object) -> list[str]:
    return [row.name for row in answer.context["page"].rows]  # type: ignore[attr-defined]


def test_a_view_is_saved_opened_by_default_and_deleted(decided: World, client_for: ClientFor) -> None:
    client = client_for(decided.tam)
    client.post("/views/new/", {"name": "Diamonds", "query": "f=gemstone:is:Diamond&after=x&view=9", "is_default": "on"})
    view = SavedView.objects.get()
    opened = client.get("/accounts/", follow=True)

    assert view.query == "f=gemstone:is:Diamond"
    assert opened.redirect_chain == [(f"/accounts/?view={view.pk}&f=gemstone:is:Diamond", 302)]
    assert names(opened) == ["Homeworld Inc."]
    assert names(client.get("/accounts/?view=all")) != ["Homeworld Inc."]
    client.post(f"/views/{view.pk}/delete/")
    assert SavedView.objects.count() == 0


def test_a_deleted_view_comes_back_by_one_click(decided: World, client_for: ClientFor) -> None:
    client = client_for(decided.tam)
    client.post("/views/new/", {"name": "Diamonds", "query": "f=gemstone:is:Diamond", "pinned": "on"})
    answer = client.post(f"/views/{SavedView.objects.get().pk}/delete/", follow=True)
    undo = re.search(r'action="(/views/restore/[^"]+)"', answer.content.decode())
    assert undo
    client.post(undo.group(1))

    view = SavedView.objects.get()
    assert (view.name, view.query, view.pinned, view.owner) == ("Diamonds", "f=gemstone:is:Diamond", True, decided.tam)


def test_a_view_that_moved_on_can_be_brought_up_to_date(decided: World, client_for: ClientFor) -> None:
    client = client_for(decided.tam)
    client.post("/views/new/", {"name": "Gems", "query": "f=gemstone:is:Diamond"})
    view = SavedView.objects.get()

    assert f"/views/{view.pk}/update/" not in client.get(f"/accounts/?view={view.pk}&{view.query}").content.decode()
    assert f"/views/{view.pk}/update/" in client.get(f"/accounts/?view={view.pk}&f=gemstone:is:Pearl").content.decode()
    client.post(f"/views/{view.pk}/update/", {"query": f"view={view.pk}&f=gemstone:is:Pearl&from=50"})
    view.refresh_from_db()
    assert (view.name, view.query) == ("Gems", "f=gemstone:is:Pearl")


def test_a_name_that_is_taken_is_said_in_the_dialog(decided: World, client_for: ClientFor) -> None:
    client = client_for(decided.tam)
    client.post("/views/new/", {"name": "Gems", "query": ""})
    answer = client.post("/views/new/", {"name": "Gems", "query": "q=x"})

    assert answer.status_code == 422
    assert "You have a view called Gems already." in answer.content.decode()
    assert SavedView.objects.get().query == ""


def test_a_view_is_renamed_and_shared(decided: World, client_for: ClientFor) -> None:
    client = client_for(decided.mona)
    client.post("/views/new/", {"name": "Gems", "query": "q=x"})
    view = SavedView.objects.get()
    client.post(f"/views/{view.pk}/", {"name": "All gems", "query": "q=x", "shared": "on"})
    view.refresh_from_db()

    assert (view.name, view.shared, view.query) == ("All gems", True, "q=x")


def test_a_shared_view_shows_each_reader_their_own_accounts(decided: World, client_for: ClientFor) -> None:
    client_for(decided.ops).post("/views/new/", {"name": "All big", "query": "f=arr:gte:20000", "shared": "on"})
    view = SavedView.objects.get()
    other = client_for(decided.tam)

    assert "All big" in other.get("/accounts/").content.decode()
    assert len(names(other.get(f"/accounts/?view={view.pk}&{view.query}"))) == 4
    other.post(f"/views/{view.pk}/delete/")
    other.post(f"/views/{view.pk}/", {"name": "Taken over", "query": ""})
    view.refresh_from_db()
    assert view.name == "All big"


def test_a_private_view_is_nobody_elses(decided: World, client_for: ClientFor) -> None:
    client_for(decided.ops).post("/views/new/", {"name": "Mine alone", "query": "q=big"})
    view, other = SavedView.objects.get(), client_for(decided.tam)

    assert "Mine alone" not in other.get("/accounts/").content.decode()
    for verb in ("", "delete/", "update/"):
        assert other.post(f"/views/{view.pk}/{verb}", {"name": "x"}).status_code == 404
    assert other.get(f"/views/{view.pk}/").status_code == 404


def test_sharing_without_the_right_is_refused(decided: World, client_for: ClientFor) -> None:
    answer = client_for(decided.tam).post("/views/new/", {"name": "For all", "query": "", "shared": "on"})

    assert answer.status_code == 422
    assert SavedView.objects.count() == 0


def test_a_view_whose_state_is_no_longer_understood_opens_and_says_so(decided: World, client_for: ClientFor) -> None:
    SavedView.objects.create(
        page="accounts", name="Old", query="f=health:is:Red", owner=decided.tam, is_default=True, updated_at=decided.at
    )
    opened = client_for(decided.tam).get("/accounts/", follow=True)

    assert opened.status_code == 200
    assert "filter health:is:Red" in opened.content.decode()


def test_every_list_that_offers_views_can_save_them() -> None:
    assert set(saved_views.LISTS) == set(PAGES)
