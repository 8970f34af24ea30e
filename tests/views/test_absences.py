"""One's own time and the team's: seen, kept, taken back."""

import re
from datetime import date
from typing import Any

import pytest

from tenure.actions import absences, working_times
from tenure.models import Absence, WorkingTime
from tests.conftest import ClientFor
from tests.world import AT, World

HTMX = {"HX-Request": "true"}
LEAVE = {"first": "2026-12-21", "last": "2026-12-31", "kind": "leave", "note": "Skiing", "deputy": ""}


def undo_of(page: str) -> str:
    found = re.search(r'action="(/time/[a-z]+/undo/[^"]+)"', page)
    assert found, page
    return found[1]


def test_one_keeps_the_own_time(world: World, client_for: ClientFor) -> None:
    client = client_for(world.tam)
    assert "No absence is known." in client.get("/profile/").content.decode()

    page = client.post(f"/time/{world.tam.pk}/absences/new/", {**LEAVE, "deputy": world.tessa.pk}, headers=HTMX).content.decode()

    assert "Mon 21 Dec 2026 to Thu 31 Dec 2026" in page
    assert "8 working days, Tessa Technical stands in, Skiing" in page  # without Christmas Day
    assert "Tam Technical is away: 21 Dec to 31 Dec 2026." in page
    assert "21 Dec to 31 Dec" in client.get("/profile/").content.decode()


def test_without_htmx_it_is_a_page(world: World, client_for: ClientFor) -> None:
    client = client_for(world.tam)

    answer = client.post(f"/time/{world.tam.pk}/absences/new/", LEAVE, follow=True)

    page = answer.content.decode()
    assert answer.redirect_chain == [(f"/time/{world.tam.pk}/", 302)]
    assert "<h1" in page
    assert '<a class="tn-crumb" href="/profile/">Profile</a>' in page


@pytest.mark.parametrize(
    ("who", "status"), [("mona", 200), ("ops", 200), ("tessa", 404), ("ari", 404), ("fin", 404), ("olga", 404)]
)
def test_who_sees_somebody_s_time(who: str, status: int, world: World, client_for: ClientFor) -> None:
    assert client_for(world.people[who]).get(f"/time/{world.tam.pk}/").status_code == status


@pytest.mark.parametrize(("who", "status"), [("mona", 200), ("ada", 200), ("exa", 403), ("tessa", 404), ("fin", 404)])
def test_who_keeps_it(who: str, status: int, world: World, client_for: ClientFor) -> None:
    row = absences.create(world.tam, absences.Given(date(2027, 3, 1), date(2027, 3, 2)), actor=None, at=AT)
    client = client_for(world.people[who])

    answers = [
        client.post(f"/time/{world.tam.pk}/absences/new/", LEAVE, headers=HTMX),
        client.post(f"/time/absences/{row.pk}/", {**LEAVE, "first": "2027-04-01", "last": ""}, headers=HTMX),
        client.post(
            f"/time/{world.tam.pk}/hours/new/", {"from_date": "2027-01-01", "hours": "20", "day": ["1", "2"]}, headers=HTMX
        ),
        client.post(f"/time/absences/{row.pk}/delete/", headers=HTMX),
    ]

    assert {answer.status_code for answer in answers} == {status}
    kept = status == 200
    assert Absence.objects.filter(pk=row.pk).exists() != kept
    assert Absence.objects.filter(first=date(2026, 12, 21)).exists() == kept
    assert WorkingTime.objects.exists() == kept


def test_an_executive_sees_and_is_not_offered_to_change(world: World, client_for: ClientFor) -> None:
    page = client_for(world.exa).get(f"/time/{world.tam.pk}/", headers=HTMX).content.decode()

    assert "Time of Tam Technical" in page
    assert "absences/new" not in page
    assert "Fri 25 Dec 2026" in page
    assert "EMEA: DE, FR, GB, NL" in page


def test_what_overlaps_is_refused_in_its_field(world: World, client_for: ClientFor) -> None:
    client = client_for(world.mona)
    client.post(f"/time/{world.tam.pk}/absences/new/", LEAVE, headers=HTMX)

    answer = client.post(f"/time/{world.tam.pk}/absences/new/", {**LEAVE, "first": "2026-12-31", "last": ""}, headers=HTMX)

    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'id="err-first">Tam Technical is away from 21 Dec 2026 to 31 Dec 2026 already.' in page
    assert 'value="2026-12-31"' in page
    assert Absence.objects.count() == 1


def act(client: Any, world: World, what: str) -> str:
    """Do something to the absence that there is; the page it answers with."""
    if what == "add":
        return str(
            client.post(
                f"/time/{world.tam.pk}/absences/new/", {**LEAVE, "first": "2027-02-01", "last": ""}, headers=HTMX
            ).content.decode()
        )
    row = Absence.objects.get()
    if what == "change":
        return str(client.post(f"/time/absences/{row.pk}/", {**LEAVE, "note": "Sailing"}, headers=HTMX).content.decode())
    return str(client.post(f"/time/absences/{row.pk}/delete/", headers=HTMX).content.decode())


@pytest.mark.parametrize("what", ["add", "change", "delete"])
def test_each_of_it_is_taken_back(what: str, world: World, client_for: ClientFor) -> None:
    client = client_for(world.mona)
    client.post(f"/time/{world.tam.pk}/absences/new/", LEAVE, headers=HTMX)
    before = list(Absence.objects.values_list("user", "first", "last", "kind", "note", "deputy"))
    undo = undo_of(act(client, world, what))
    assert list(Absence.objects.values_list("user", "first", "last", "kind", "note", "deputy")) != before

    page = client.post(undo, follow=True).content.decode()

    assert "Taken back." in page
    assert list(Absence.objects.values_list("user", "first", "last", "kind", "note", "deputy")) == before


def test_an_undo_after_another_change_says_so(world: World, client_for: ClientFor) -> None:
    client = client_for(world.mona)
    client.post(f"/time/{world.tam.pk}/absences/new/", LEAVE, headers=HTMX)
    undo = undo_of(act(client, world, "change"))
    absences.update(Absence.objects.get(), absences.Given(date(2026, 12, 21), date(2026, 12, 22)), actor=None, at=AT)

    assert "It was changed in the meantime." in client.post(undo, follow=True).content.decode()
    assert Absence.objects.get().last == date(2026, 12, 22)


def test_nobody_takes_back_what_isn_t_theirs(world: World, client_for: ClientFor) -> None:
    client = client_for(world.mona)
    undo = undo_of(act(client, world, "add"))

    assert client_for(world.tessa).post(undo).status_code == 404
    assert client_for(world.mona).post("/time/absences/undo/forged/").status_code == 404
    assert Absence.objects.count() == 1


def test_saying_the_same_again_changes_nothing_and_says_nothing(world: World, client_for: ClientFor) -> None:
    client = client_for(world.mona)
    client.post(f"/time/{world.tam.pk}/absences/new/", LEAVE, headers=HTMX)

    page = client.post(f"/time/absences/{Absence.objects.get().pk}/", LEAVE, headers=HTMX).content.decode()

    assert "The absence is changed." not in page


def test_working_times_from_a_day_on_and_back(world: World, client_for: ClientFor) -> None:
    client, url = client_for(world.tam), f"/time/{world.tam.pk}/hours/new/"
    assert 'value="40"' in client.get(url, headers=HTMX).content.decode()

    page = client.post(url, {"from_date": "2027-01-04", "hours": "22,5", "day": ["1", "2", "3"]}, headers=HTMX).content.decode()
    assert "22 h 30 min a week" in page
    assert "Mon to Wed" in page
    assert "Tam Technical works 22.5 hours a week from 4 Jan 2027." in page
    replaced = client.post(url, {"from_date": "2027-01-04", "hours": "30", "day": ["1", "3", "5"]}, headers=HTMX).content.decode()
    assert "Mon, Wed, Fri" in replaced

    client.post(undo_of(replaced))
    assert WorkingTime.objects.get().minutes_a_week == 1350
    deleted = client.post(f"/time/hours/{WorkingTime.objects.get().pk}/delete/", headers=HTMX).content.decode()
    assert not WorkingTime.objects.exists()
    client.post(undo_of(deleted))
    assert WorkingTime.objects.get().days == "123"
    assert "not there any more" in client.post(undo_of(page), follow=True).content.decode()  # it is another one now


@pytest.mark.parametrize(
    ("hours", "days", "field"),
    [("", ["1"], "hours"), ("many", ["1"], "hours"), ("inf", ["1"], "hours"), ("40", [], "days"), ("40", ["1"], "hours")],
)
def test_hours_that_can_t_be_are_refused(hours: str, days: list[str], field: str, world: World, client_for: ClientFor) -> None:
    answer = client_for(world.tam).post(
        f"/time/{world.tam.pk}/hours/new/", {"from_date": "2027-01-04", "hours": hours, "day": days}, headers=HTMX
    )

    assert answer.status_code == 422
    assert field in answer.context["errors"]
    assert not WorkingTime.objects.exists()


def test_an_undo_of_new_hours_is_refused_once_they_were_changed(world: World, client_for: ClientFor) -> None:
    client, url = client_for(world.tam), f"/time/{world.tam.pk}/hours/new/"
    undo = undo_of(client.post(url, {"from_date": "2027-01-04", "hours": "20", "day": ["1"]}, headers=HTMX).content.decode())
    working_times.put(world.tam, working_times.Given(date(2027, 1, 4), 600, "1"), actor=None, at=AT)

    assert "It was changed in the meantime." in client.post(undo, follow=True).content.decode()
    assert WorkingTime.objects.get().minutes_a_week == 600
