"""Two people who tick the same item of a hand-over."""

import pytest

from tenure.models import Event, HandOverItem
from tests.conftest import ClientFor
from tests.views.test_handovers import begin
from tests.world import World

HTMX = {"HX-Request": "true"}
KEYS = ("state", "on", "note", "link")


@pytest.fixture
def url(world: World) -> str:
    return f"/handovers/{begin(world).pk}/items/command_plan/"


def test_what_somebody_ticked_meanwhile_is_shown_and_not_overwritten(world: World, client_for: ClientFor, url: str) -> None:
    mine, other = client_for(world.tam), client_for(world.mona)
    opened = mine.get(url, headers=HTMX).context["was"]
    theirs = {"state": "done", "on": "", "note": "In the folder", "link": "https://plans.example/1"}
    assert (opened, other.post(url, theirs, headers=HTMX).status_code) == (dict.fromkeys(KEYS, ""), 204)
    kept = list(HandOverItem.objects.values()), Event.objects.count()
    form = {"state": "waived", "on": world.today.isoformat(), "note": "", "link": ""}

    wrong = mine.post(url, {**form, **{f"was-{name}": opened[name] for name in KEYS}}, headers=HTMX)
    late = mine.post(url, {**form, "note": "Small", **{f"was-{name}": wrong.context["was"][name] for name in KEYS}}, headers=HTMX)

    said = (
        f"Mona Manager said meanwhile: done on {world.today}; In the folder; https://plans.example/1. Save again to overwrite it."
    )
    assert (wrong.status_code, list(wrong.context["errors"]), wrong.context["was"]) == (422, ["note"], opened)
    assert (late.status_code, late.context["errors"], late.context["v"]["note"]) == (422, {"form": said}, "Small")
    assert (list(HandOverItem.objects.values()), Event.objects.count()) == kept

    again = mine.post(url, {**form, "note": "Small", **{f"was-{name}": late.context["was"][name] for name in KEYS}}, headers=HTMX)
    row = HandOverItem.objects.get()
    assert (again.status_code, row.state, row.note, row.author) == (204, "waived", "Small", world.tam)


def test_what_somebody_opened_again_meanwhile_is_said(world: World, client_for: ClientFor, url: str) -> None:
    mine, other = client_for(world.tam), client_for(world.mona)
    mine.post(url, {"state": "done", "note": "First"}, headers=HTMX)
    opened = mine.get(url, headers=HTMX).context["was"]
    other.post(f"{url}open/", headers=HTMX)
    assert HandOverItem.objects.count() == 0

    late = mine.post(url, {"state": "done", "note": "Second", **{f"was-{name}": opened[name] for name in KEYS}}, headers=HTMX)

    assert late.context["errors"] == {"form": "Somebody opened this again meanwhile. Save again to tick it."}
    assert HandOverItem.objects.count() == 0
