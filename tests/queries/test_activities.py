"""Pages of the timeline, its search, and when a customer was last engaged."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tenure.actions import activities, activities_drafts, comments, imports
from tenure.actions.activities_fields import NextStep
from tenure.models import Account, Activity, User
from tenure.queries import activities as queries
from tenure.queries import activities_search
from tenure.queries.activities import Asked
from tests import work
from tests.entries import entry, planned, told_by_crm
from tests.world import World


def subjects(world: World, user: User | None = None, asked: Asked | None = None, **more: object) -> list[str]:
    page = queries.page(user or work.fresh(world.ops), asked or Asked(), world.at, **more)  # type: ignore[arg-type]
    return [line.row.subject for line in page.lines]


def _section(world: World) -> queries.Section:
    return queries.section(world.tam, Asked(), world.at, world.homeworld, world.at, is_today=True)


def ago(world: World, **parts: float) -> dict[str, object]:
    return {"happened_at": world.at - timedelta(**parts)}


def test_the_newest_stands_first_and_what_has_no_date_last(world: World) -> None:
    entry(world, subject="Old", **ago(world, days=9))
    told_by_crm(world.homeworld, world.at - timedelta(days=3), subject="Told")
    Activity.objects.create(account=world.homeworld, subject="Some day", recorded_at=world.at)
    entry(world, subject="New")
    planned(world)

    assert subjects(world) == ["New", "Told", "Old", "Some day"]
    assert subjects(world, asked=Asked(state="planned")) == ["Next call"]


def test_everybody_sees_the_entries_of_their_accounts_and_no_others(world: World) -> None:
    entry(world, subject="Homeworld")
    told_by_crm(world.big_donut, world.at - timedelta(days=1), subject="Big Donut")
    told_by_crm(world.crab_shack, world.at - timedelta(days=2), subject="Crab Shack")

    seen = {name: subjects(world, work.fresh(world.people[name])) for name in ("tam", "tessa", "mona", "exa", "fin", "olga")}
    assert seen == {
        "tam": ["Homeworld"], "tessa": ["Crab Shack"], "mona": ["Homeworld", "Crab Shack"], "exa": ["Homeworld", "Big Donut", "Crab Shack"],
        "fin": [], "olga": [],
    }  # fmt: skip


def test_entries_are_found_by_kind_author_sentiment_and_part(world: World) -> None:
    entry(world, subject="Call", sentiment="red")
    entry(world, subject="Note", kind="note", actor=work.fresh(world.mona), **ago(world, days=1))
    entry(
        world,
        subject="Meeting",
        kind="meeting",
        actor=world.ari,
        participants=[world.tam],
        sentiment="green",
        **ago(world, days=2),
    )

    assert subjects(world, asked=Asked(kind="note")) == ["Note"]
    assert subjects(world, asked=Asked(sentiment="green")) == ["Meeting"]
    assert subjects(world, asked=Asked(who=str(world.ari.pk))) == ["Meeting"]
    assert subjects(world, world.tam, Asked(who="me")) == ["Call", "Meeting"]
    assert subjects(world, work.fresh(world.mona), Asked(who="team")) == ["Call", "Note"]
    assert subjects(world, asked=Asked(who="nobody")) == []


def test_a_search_finds_beginnings_of_words_in_subject_outcome_and_notes(world: World) -> None:
    entry(world, subject="Runner capacity", body="## Tickets\n- **Jenkins-Fallback** for _Größe_ 18.6, see ops@homeworld.example")
    entry(world, subject="Other", outcome="They roll it out", **ago(world, days=1))
    told_by_crm(world.homeworld, world.at - timedelta(days=2), subject="Invoice of the runner")

    found = {text: subjects(world, asked=Asked(search=text)) for text in (
        "runner", "RUNN", "capa run", "jenkins fall", "fallback", "größe", "18.6", "homeworld", "roll-out", "roll out", "unner", "runner jenkins invoice", "%", "a'b\"c", "'; drop", "*",
    )}  # fmt: skip
    assert found == {
        "runner": ["Runner capacity", "Invoice of the runner"], "RUNN": ["Runner capacity", "Invoice of the runner"],
        "capa run": ["Runner capacity"], "jenkins fall": ["Runner capacity"], "fallback": ["Runner capacity"], "größe": ["Runner capacity"],
        "18.6": ["Runner capacity"], "homeworld": ["Runner capacity"], "roll-out": ["Other"], "roll out": ["Other"], "unner": [],
        "runner jenkins invoice": [], "%": [], "a'b\"c": [], "'; drop": [], "*": [],
    }  # fmt: skip


def test_the_search_follows_what_changes_and_goes(world: World) -> None:
    row = entry(world, subject="Before")
    activities.update(row, {"subject": "After"}, today=world.today, actor=world.tam, at=world.at)
    assert (subjects(world, asked=Asked(search="before")), subjects(world, asked=Asked(search="after"))) == ([], ["After"])

    Activity.objects.all().delete()
    told_by_crm(world.homeworld, world.at, subject="Anew")
    assert (subjects(world, asked=Asked(search="after")), subjects(world, asked=Asked(search="anew"))) == ([], ["Anew"])


def test_words_of_a_search_are_bounded() -> None:
    assert activities_search.words("a b_c-d") == ["a", "b", "c", "d"]
    assert activities_search.words("x" * 99) == ["x" * 40]
    assert len(activities_search.words("w " * 50)) == 8
    assert activities_search.words(" \x00*'\" ") == []


def test_pages_show_every_entry_once_both_ways(world: World) -> None:
    told = Activity.objects.bulk_create(
        Activity(account=world.homeworld, subject=f"{n:02}", recorded_at=world.at, happened_at=None if n > 20 else world.at - timedelta(days=n // 3))
        for n in range(23)
    )  # fmt: skip
    wanted = [
        row.subject
        for row in sorted(told, key=lambda row: (row.happened_at is None, -(row.happened_at or world.at).timestamp(), -row.pk))
    ]
    ops = work.fresh(world.ops)
    for narrowed in (Asked(), Asked(kind="task")):
        forth, asked = [], narrowed
        pages = []
        while True:
            page = queries.page(ops, asked, world.at, size=5)
            pages.append(page)
            forth += [line.row.subject for line in page.lines]
            if not page.after:
                break
            asked = Asked(kind=narrowed.kind, after=page.after)
        assert forth == wanted
        back = queries.page(ops, Asked(kind=narrowed.kind, before=pages[-1].before), world.at, size=5)
        assert [line.row.subject for line in back.lines] == [line.row.subject for line in pages[-2].lines]
    assert queries.page(ops, Asked(after="nonsense"), world.at, size=5).lines[0].row.subject == wanted[0]


def test_a_day_in_the_past_shows_what_had_happened_by_then(world: World) -> None:
    entry(world, subject="Then", **ago(world, days=9))
    entry(world, subject="Now")

    assert subjects(world, until=world.at - timedelta(days=5)) == ["Then"]


def test_a_line_says_who_was_there_and_how_far_the_next_steps_are(world: World) -> None:
    guests = list(world.homeworld.contacts.order_by("name"))
    row = entry(
        world, attendees=guests, participants=[world.tam, world.ari], sentiment="yellow",
        next_steps=[NextStep("One", world.tam.pk), NextStep("Two", world.tam.pk)],
    )  # fmt: skip
    comments.add(row, "Well done", actor=work.fresh(world.mona), at=world.at)
    late = planned(world)
    Activity.objects.filter(pk=late.pk).update(happened_at=world.at - timedelta(days=1))

    line = queries.page(world.tam, Asked(), world.at).lines[0]
    assert (line.title, line.icon, line.by, line.sentiment, line.company, line.done, len(line.steps), line.comments, line.late) == (
        "Customer call", "phone", "Tam Technical", "Yellow", "with Carol of Homeworld Inc., Dan of Homeworld Inc., Ari Account", 0, 2, 1, False,
    )  # fmt: skip
    assert [line.late for line in _section(world).coming] == [True]


def test_a_page_costs_the_same_with_three_entries_and_with_thirty(world: World) -> None:
    def count() -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries_made:
            queries.page(work.fresh(world.tam), Asked(), world.at)
        return len(queries_made)

    for number in range(3):
        entry(world, participants=[world.ari], next_steps=[NextStep("One", world.tam.pk)], **ago(world, days=number + 1))
    few = count()
    for number in range(27):
        entry(world, participants=[world.ari], **ago(world, days=number + 5))

    assert count() == few
    assert few <= 12


# --- last engaged


def test_only_calls_and_meetings_that_were_held_and_logged_here_move_last_engaged(world: World) -> None:
    home = world.homeworld.pk
    assert queries.last_engaged([home], world.at) == {}
    entry(world, **ago(world, days=30))
    engaged = {home: date(2026, 10, 17)}
    assert queries.last_engaged([home], world.at) == engaged

    for kind in ("email", "update", "workshop", "at_risk", "note"):
        entry(world, kind=kind)
    told_by_crm(world.homeworld, world.at - timedelta(days=1), owner=world.tam)
    planned(world)
    call = entry(world, **ago(world, days=2))
    activities.delete(call, actor=world.tam, at=world.at)

    activities_drafts.save(world.homeworld, {"kind": "call", "happened_at": world.at}, actor=world.tam, at=world.at)
    assert queries.last_engaged([home], world.at) == engaged
    assert queries.last_contact([home], world.at) == {home: date(2026, 11, 16)}

    entry(world, kind="meeting", **ago(world, days=5))
    entry(world, kind="ebr", **ago(world, days=3))
    assert queries.last_engaged([home], world.at) == {home: date(2026, 11, 13)}
    assert queries.last_engaged(None, world.at - timedelta(days=4)) == {home: date(2026, 11, 11)}


def test_tasks_and_events_of_a_crm_are_imported_shown_and_never_counted(world: World) -> None:
    stamps: dict[str, Any] = {"as_of": world.today, "at": world.at, "actor": None}
    imports.upsert("account", "salesforce", [{"external_id": "A1", "name": "Imported Inc.", "region": "EMEA"}], **stamps)
    called = world.at - timedelta(days=1)
    rows = [
        {"external_id": "E1", "account_ref": "A1", "kind": "call", "subject": "Call of the CRM", "happened_at": called},
        {
            "external_id": "T1",
            "account_ref": "A1",
            "kind": "task",
            "subject": "Task of the CRM",
            "due_date": world.today,
            "status": "Open",
        },
    ]
    imports.upsert("activity", "salesforce", rows, **stamps)
    imports.upsert("activity", "salesforce", [{**rows[0], "subject": "Call of the CRM, renamed"}, rows[1]], **stamps)

    assert set(Activity.objects.values_list("source", "planned", "draft", "body")) == {("crm", False, False, "")}
    account = Account.objects.get(name="Imported Inc.")
    world.refresh(account)
    assert subjects(world, account=account) == ["Call of the CRM, renamed", "Task of the CRM"]
    assert subjects(world, asked=Asked(search="renamed")) == ["Call of the CRM, renamed"]
    assert (queries.last_engaged(None, world.at), queries.last_contact(None, world.at)) == ({}, {})


@pytest.mark.parametrize(("user", "expected"), [("tam", ["Homeworld Inc."]), ("mona", []), ("tessa", [])])
def test_accounts_to_log_on_are_those_that_one_works_on(world: World, user: str, expected: list[str]) -> None:
    assert [row.name for row in queries.mine(work.fresh(world.people[user]))] == expected


def test_accounts_to_log_on_are_found_by_name_where_one_may(world: World) -> None:
    assert [row.name for row in queries.loggable(world.tam, "")] == ["Homeworld Inc."]
    assert [row.name for row in queries.loggable(work.fresh(world.mona), "f")] == ["Funland Arcade"]
    assert queries.loggable(work.fresh(world.olga), "") == []
