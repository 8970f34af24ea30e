"""Moments are told and taken in the reader's time zone; days are the company's, whoever reads."""

import ast
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

import tenure
from tenure.actions import ctas
from tenure.models import Activity, CallToAction, Notice, ServiceDelivery, User
from tenure.queries import activities, clock, cockpit, meetings, preferences
from tests.conftest import log_in
from tests.entries import planned
from tests.world import World

HTMX = {"HX-Request": "true"}
LATE = datetime(2026, 11, 16, 20, 0, tzinfo=UTC)  # in Singapore it is 04:00 of the 17th
SOURCE = Path(tenure.__file__).parent
# What asks for the zone that the page has activated: only the front doors may, and the two that tell a page its moments.
READERS = {
    "views/activityform.py",
    "views/notices.py",
    "views/tags.py",
    "views/shell.py",
    "queries/activities_lines.py",
    "queries/history_words.py",
}
OWN_PROCESS = ("cli/", "runs/scheduler.py", "runs/demo_desk.py")  # no page is made there: the zone is the company's
CURRENT = {"get_current_timezone", "get_current_timezone_name", "localtime", "localdate", "make_aware", "TruncDate", "TruncDay"}


@pytest.fixture
def abroad(world: World) -> User:
    """Tam, who works from Singapore for now."""
    world.tam.time_zone = "Asia/Singapore"
    world.tam.save(update_fields=["time_zone"])
    return world.tam


@pytest.fixture
def late(world: World) -> Any:
    with time_machine.travel(LATE, tick=False):
        yield


def post(client: Client, world: World, verb: str, **fields: Any) -> Any:
    given = {"kind": "call", "subject": "Cadence call", "minutes": "30", **fields}
    return client.post(f"/accounts/{world.homeworld.pk}/activities/{verb}/", given, headers=HTMX)


@pytest.mark.usefixtures("clock")
def test_a_call_is_planned_at_the_hour_that_its_guests_are_invited_for(world: World) -> None:
    carol = world.homeworld.contacts.get(name__startswith="Carol")
    client = log_in(world.tam)
    post(client, world, "plan", happened_at="2026-11-25T10:00", attendee=[carol.pk], invite="on")

    row = Activity.objects.get(planned=True)
    assert row.happened_at == datetime(2026, 11, 25, 9, 0, tzinfo=UTC)  # Tam's region is EMEA: Europe/Berlin
    meeting = meetings.read(Notice.objects.get(kind="invitation", address="carol@homeworld.example").invitation)
    assert meeting is not None
    assert meetings.when(meeting) == "Wednesday, 25 November 2026, 10:00 to 10:30 (Europe/Berlin)"
    shown = client.get(f"/activities/{row.pk}/", headers=HTMX).content.decode()
    assert "Wed 25 Nov 2026, 10:00" in shown
    assert "Europe/Berlin" in shown
    changed = client.get(f"/activities/{row.pk}/change/", headers=HTMX).content.decode()
    assert 'value="2026-11-25T10:00"' in changed
    assert 'When <small class="mut">Europe/Berlin</small>' in changed


@pytest.mark.usefixtures("late")
def test_a_form_begins_at_the_reader_s_own_hour(world: World, abroad: User) -> None:
    url = f"/accounts/{world.homeworld.pk}/activities/new/"

    assert 'value="2026-11-17T04:00"' in log_in(abroad).get(url, headers=HTMX).content.decode()
    assert 'value="2026-11-16T21:00"' in log_in(world.mona).get(url, headers=HTMX).content.decode()


@pytest.mark.usefixtures("late")
def test_a_page_leaves_no_zone_behind(world: World, abroad: User) -> None:
    log_in(abroad).get("/timeline/")

    assert timezone.get_current_timezone_name() == "UTC"


@pytest.mark.usefixtures("late")
def test_each_reader_sees_a_moment_in_their_own_zone(world: World, abroad: User) -> None:
    row = planned(world, happened_at=LATE + timedelta(days=2))

    url = f"/activities/{row.pk}/"
    assert "Thu 19 Nov 2026, 04:00" in log_in(abroad).get(url, headers=HTMX).content.decode()
    mona = log_in(world.mona).get(url, headers=HTMX).content.decode()
    assert "Wed 18 Nov 2026, 21:00" in mona
    assert "Europe/Berlin" in mona


@pytest.mark.usefixtures("late")
def test_today_and_what_is_overdue_are_the_company_s(world: World, abroad: User) -> None:
    ctas.create(
        world.homeworld, type="activity", title="Send the agenda", owner=abroad, due_date=date(2026, 11, 16), today=world.today, actor=abroad, at=LATE
    )  # fmt: skip
    client = log_in(abroad)
    response = client.get("/cockpit/?view=all")

    assert (response.context["today"], response.context["as_of"]) == (date(2026, 11, 16), date(2026, 11, 16))
    assert "overdue" not in client.get(f"/ctas/{CallToAction.objects.get().pk}/", headers=HTMX).content.decode().lower()


@pytest.mark.usefixtures("late")
def test_a_call_of_the_reader_s_morning_counts_for_the_company_s_day(world: World, abroad: User) -> None:
    post(log_in(abroad), world, "new", happened_at="2026-11-17T03:30", service="cadence_calls")

    row = Activity.objects.get()
    assert row.happened_at == datetime(2026, 11, 16, 19, 30, tzinfo=UTC)
    assert ServiceDelivery.objects.get().delivered_on == date(2026, 11, 16)
    with timezone.override("Asia/Singapore"):
        assert activities.last_engaged([world.homeworld.pk], LATE) == {world.homeworld.pk: date(2026, 11, 16)}


@pytest.mark.usefixtures("late")
def test_a_moment_ahead_of_the_reader_s_clock_is_refused(world: World, abroad: User) -> None:
    response = post(log_in(abroad), world, "new", happened_at="2026-11-17T04:30")

    assert response.status_code == 422
    assert not Activity.objects.exists()


@pytest.mark.usefixtures("late")
def test_notices_stand_under_the_reader_s_day(world: World, abroad: User) -> None:
    Notice.objects.create(user=abroad, channel="app", kind="cta", title="A call is due", created_at=LATE, natural_key="n-1")

    assert ">Today " in log_in(abroad).get("/notices/").content.decode()


def test_a_column_s_day_is_the_company_s_in_any_zone(world: World) -> None:
    row = ctas.create(world.homeworld, type="activity", title="Ask", today=world.today, actor=world.tam, at=LATE)
    with timezone.override("Asia/Singapore"):
        found = CallToAction.objects.annotate(on=cockpit.PLAIN["added_on"]).get(pk=row.pk)

    assert found.on == date(2026, 11, 16)  # type: ignore[attr-defined]
    assert clock.end_of(date(2026, 11, 16)) == datetime(2026, 11, 17, tzinfo=UTC)


def test_a_handbook_that_cannot_be_read_leaves_the_reader_s_own_zone(
    world: World, abroad: User, settings: Any, tmp_path: Path
) -> None:
    assert [str(preferences.zone_here(one)) for one in (abroad, world.mona, world.fin)] == [
        "Asia/Singapore",
        "Europe/Berlin",
        "UTC",
    ]
    (tmp_path / "handbook.yaml").write_text("[")
    settings.HANDBOOK = str(tmp_path)

    assert [str(preferences.zone_here(one)) for one in (abroad, world.mona, world.fin)] == ["Asia/Singapore", "UTC", "UTC"]


def test_days_are_never_found_by_the_zone_of_a_page() -> None:
    found = set()
    for path in sorted(SOURCE.rglob("*.py")):
        name = path.relative_to(SOURCE).as_posix()
        if name.startswith(("migrations/", *OWN_PROCESS)) or name in READERS:
            continue
        used = {node.attr for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Attribute)}
        named = {node.id for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Name)}
        found |= {(name, word) for word in (used | named) & CURRENT}

    assert found == {("queries/clock.py", "TruncDate")}
