"""The handbook's pages of schedules and playbooks."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tenure.queries import handbook
from tests.conftest import ClientFor
from tests.world import World

pytestmark = pytest.mark.usefixtures("checked")


def page(world: World, client_for: ClientFor, address: str) -> str:
    return client_for(world.tam).get(address).content.decode()


def words(text: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())


def test_every_schedule_and_playbook_stands_in_its_list_and_has_a_page(world: World, client_for: ClientFor) -> None:
    client, pack = client_for(world.tam), handbook.pack()
    for noun, shelf in (("schedules", pack.schedules), ("playbooks", pack.playbooks)):
        listed = client.get(f"/handbook/{noun}/").content.decode()
        for key, thing in shelf.items():
            assert f'href="/handbook/{noun}/{key}/"' in listed
            response = client.get(f"/handbook/{noun}/{key}/")
            assert response.status_code == 200, key
            assert thing.title in response.content.decode().replace("&#x27;", "'")
        assert client.get(f"/handbook/{noun}/no-such-thing/").status_code == 404


def test_a_schedule_reads_as_sentences(world: World, client_for: ClientFor) -> None:
    text = words(page(world, client_for, "/handbook/schedules/cadence_call/?as_of=2019-06-01"))

    assert (
        "4 Gemstone is Diamond or Pearl and days since the purchase ≤ 180 Each time 1 week after the last call or meeting, else after the assignment of the TAM"
        in text
    )
    assert (
        "Appears 3 days before; on a day off it moves to the business day before Hold the cadence call Activity: Cadence call Technical account manager"
        in text
    )
    assert "3 Gemstone is Quartz Nothing is due. The account manager looks after Quartz; its outreach is automated." in text
    assert "1 Customer state is Left Nothing is due. The customer has left" in text
    assert "Closed Success when it was done: the date that it counts from has moved on" in text


def test_a_schedule_that_raises_a_playbook_leads_to_it_and_back(world: World, client_for: ClientFor) -> None:
    assert 'href="/handbook/playbooks/am_onboarding/"' in page(world, client_for, "/handbook/schedules/am_checklist/")
    assert 'href="/handbook/schedules/am_checklist/"' in page(world, client_for, "/handbook/playbooks/am_onboarding/")
    assert "No schedule: it is applied by hand." in page(world, client_for, "/handbook/playbooks/geo/")


def test_a_playbook_shows_its_eleven_steps_with_days_people_and_answers(world: World, client_for: ClientFor) -> None:
    text = words(page(world, client_for, "/handbook/playbooks/am_onboarding/"))

    assert "Steps 11" in text
    assert "2 Personal introduction A quick, informal call" in text
    assert "2 to 5 days Account manager" in text
    assert "Decision makers and licence contacts are current" in text
    assert "11 Account expansion template Segment Strategic" in text.replace("segment", "Segment")


def test_the_day_decides_which_edition_is_shown_and_another_can_be_asked_for(world: World, client_for: ClientFor) -> None:
    early = page(world, client_for, "/handbook/schedules/assign_tam/?as_of=2019-01-01")
    assert "is not yet in force on 2019-01-01" in early

    now = page(world, client_for, "/handbook/schedules/business_review/?as_of=2023-06-01")
    other = page(world, client_for, "/handbook/schedules/business_review/?as_of=2023-06-01&to=2023-03-29~growth-page")
    assert "7 months before the renewal" in now
    assert "6 months after the start of the term" in other
    assert "growth-page" in other


def test_contradicting_pages_are_shown_with_the_reason(world: World, client_for: ClientFor) -> None:
    text = page(world, client_for, "/handbook/schedules/business_review/")

    assert "source says 7 months before the renewal" in text
    assert "Two pages of 2023 open the review at different times" in text


def test_every_example_of_work_passes_on_its_page(world: World, client_for: ClientFor) -> None:
    text = page(world, client_for, "/handbook/schedules/release_education/")

    assert "14 of 14 pass" in text
    assert "Nothing: no date of the assignment of the TAM" in text
    assert "Appears 19 Feb 2019" in text


def test_search_finds_schedules_by_time_and_playbooks_by_step(world: World, client_for: ClientFor) -> None:
    found = page(world, client_for, "/handbook/schedules/?q=22nd")
    assert "/handbook/schedules/release_education/" in found
    assert "/handbook/schedules/cadence_call/" not in found
    steps = page(world, client_for, "/handbook/playbooks/?q=rollback")
    assert "/handbook/playbooks/upgrade_assistance/" in steps
    assert "/handbook/playbooks/ebr/" not in steps
    assert "No playbook fits" in page(world, client_for, "/handbook/playbooks/?q=zeppelin")


def test_findings_about_a_schedule_lead_to_it(world: World, client_for: ClientFor) -> None:
    assert 'href="/handbook/schedules/cadence_call/"' in page(world, client_for, "/handbook/findings/")


def test_the_pages_ask_the_database_for_people_only(world: World, client_for: ClientFor) -> None:
    client = client_for(world.tam)
    for address in (
        "/handbook/schedules/",
        "/handbook/schedules/cadence_call/",
        "/handbook/playbooks/",
        "/handbook/playbooks/ebr/",
    ):
        client.get(address)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            client.get(address)
        assert len(queries) <= 10, address


def test_olga_sees_no_handbook(world: World, client_for: ClientFor) -> None:
    for address in (
        "/handbook/schedules/",
        "/handbook/schedules/cadence_call/",
        "/handbook/playbooks/",
        "/handbook/playbooks/ebr/",
    ):
        assert client_for(world.olga).get(address).status_code == 404
