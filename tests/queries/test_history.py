"""The history of one account in words."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.utils import timezone

import tenure
from tenure.actions import accounts, contacts, events, projects_comments, projects_issues
from tenure.models import ProjectIssue
from tenure.queries import account, handbook, history, history_words, visible
from tests.actions.test_projects import begun
from tests.world import World


def end(world: World):  # type: ignore[no-untyped-def]
    return account.end_of(world.today)


def test_a_change_is_told_with_before_and_after_in_words_who_and_why(world: World) -> None:
    accounts.update(
        world.homeworld, {"employees": 52_000, "growth_opportunity": True}, from_date=world.today, today=world.today, actor=world.tam,
        at=world.at, reason="Annual report",
    )  # fmt: skip

    line = next(
        line for line in history.page(world.homeworld.pk, end(world), handbook.pack()).lines if line.row.verb == "account.updated"
    )

    assert (line.title, line.by, line.reason) == ("Account changed", "Tam Technical", "Annual report")
    assert [(one.label, one.before, one.after) for one in line.changes] == [
        ("employees", "48,000", "52,000"),
        ("growth opportunity", "no", "yes"),
    ]


def test_ids_roles_days_and_money_are_told_as_people_say_them(world: World) -> None:
    before = {"territory_id": world.territories["emea"].pk, "role": "tam", "iacv_minor": None}
    after = {"territory_id": world.territories["apac"].pk, "role": "account_manager", "iacv_minor": 125_050, "from": "2026-03-01"}
    events.record(
        "assignment.started", "assignment", 1, at=world.at, actor=None, account_id=world.homeworld.pk, before=before, after=after
    )

    line = history.page(world.homeworld.pk, end(world), handbook.pack()).lines[0]

    assert line.by == "Tenure"
    assert [(one.label, one.before, one.after) for one in line.changes] == [
        ("territory", "EMEA", "APAC"),
        ("role", "Technical account manager", "Account manager"),
        ("iACV", "–", "1,250.50"),
        ("from", "–", "1 Mar 2026"),
    ]


def test_what_the_handbook_decided_is_told_by_the_rules_titles(decided: World) -> None:
    line = history.page(decided.homeworld.pk, end(decided), handbook.pack(), part="decisions").lines[0]

    assert line.title == "Decided by the handbook"
    assert ("Onboarding gemstone", "Diamond") in [(one.label, one.after) for one in line.changes]


def test_a_body_that_cannot_be_read_hides_only_itself(world: World) -> None:
    entry = events.Entry("account.updated", "account", world.homeworld.pk, world.homeworld.pk, "not JSON")
    events.record_many([entry], at=world.at)
    contacts.create(world.homeworld, {"name": "Pearl"}, today=world.today, actor=None, at=world.at)

    lines = history.page(world.homeworld.pk, end(world), handbook.pack()).lines

    assert [line.row.verb for line in lines] == ["contact.created", "account.updated"]
    assert lines[1].changes == []


def test_the_history_is_paged_without_loss_or_doubles(world: World) -> None:
    for number in range(7):
        contacts.create(world.homeworld, {"name": f"Person {number}"}, today=world.today, actor=world.tam, at=world.at)

    first = history.page(world.homeworld.pk, end(world), handbook.pack(), size=4)
    second = history.page(world.homeworld.pk, end(world), handbook.pack(), size=4, before=first.next)

    names = [line.about for page in (first, second) for line in page.lines]
    assert names == [f"Person {number}" for number in (6, 5, 4, 3, 2, 1, 0)]
    assert second.next is None


def test_the_history_of_a_day_ends_with_that_day(world: World) -> None:
    contacts.create(world.homeworld, {"name": "Pearl"}, today=world.today, actor=world.tam, at=world.at)

    yesterday = history.page(world.homeworld.pk, account.end_of(world.today - timedelta(days=1)), handbook.pack())

    assert yesterday.lines == []


def test_a_part_of_the_history_shows_only_that_part(decided: World) -> None:
    contacts.create(decided.homeworld, {"name": "Pearl"}, today=decided.today, actor=decided.tam, at=decided.at)

    verbs = {
        part: {line.row.verb for line in history.page(decided.homeworld.pk, end(decided), handbook.pack(), part=part).lines}
        for part in history.PARTS
    }

    assert verbs == {"facts": {"contact.created"}, "team": set(), "decisions": {"decisions.changed"}}


def test_a_page_takes_the_same_queries_for_three_and_thirty_events(world: World, django_assert_max_num_queries) -> None:  # type: ignore[no-untyped-def]
    for number in range(30):
        contacts.create(world.homeworld, {"name": f"Person {number}"}, today=world.today, actor=world.tam, at=world.at)

    with django_assert_max_num_queries(4):
        history.page(world.homeworld.pk, end(world), handbook.pack())


def told(world: World, verb: str, noun: str, **body: object) -> tuple[str, str, list[tuple[str, str, str]]]:
    """One event in words."""
    events.record(verb, noun, 1, at=world.at, actor=None, account_id=world.homeworld.pk, **body)  # type: ignore[arg-type]
    line = history.page(world.homeworld.pk, end(world), handbook.pack(), size=1).lines[0]
    return line.title, line.about, [(one.label, one.before, one.after) for one in line.changes]


def test_work_is_told_in_words(world: World) -> None:
    raised = {"type": "risk", "reason": "Low licence use", "title": "Talk about unused licences", "owner_id": world.tam.pk, "due_date": "2026-11-26", "priority": 1, "tasks": 4}  # fmt: skip
    assert told(world, "cta.raised", "cta", after=raised, rule="low_licences") == (
        "CTA raised", "Talk about unused licences",
        [("type", "–", "Risk"), ("reason", "–", "Low licence use"), ("owner", "–", "Tam Technical"), ("due", "–", "26 Nov 2026"), ("Priority", "–", "high"), ("tasks", "–", "4")],
    )  # fmt: skip
    closed = {
        "before": {"status": "new", "is_open": True},
        "after": {"status": "closed_success", "is_open": False, "outcome_note": "Done"},
    }
    assert told(world, "cta.closed", "cta", name="Ask", **closed) == (
        "CTA closed", "Ask", [("status", "New", "Closed Success"), ("note", "–", "Done")],
    )  # fmt: skip
    done = {"before": {"status": "open", "done_at": None}, "after": {"status": "done", "done_at": "2026-11-16 08:00:00+00:00"}}
    assert told(world, "task.done", "task", name="Welcome", **done) == ("Task done", "Welcome", [])


def test_moments_are_told_in_the_reader_s_zone_and_checksums_not_at_all(world: World) -> None:
    invited = {"people": ["carol@homeworld.example"], "sequence": 1, "start": datetime(2026, 11, 25, 17, 30, tzinfo=UTC)}
    logged = {"kind": "call", "subject": "Cadence call", "happened_at": "2026-11-25T17:30:00Z", "minutes": 90, "sentiment": "red"}
    with timezone.override("Asia/Singapore"):
        assert told(world, "activity.invited", "activity", after=invited) == (
            "Invitation sent", "", [("to", "–", "carol@homeworld.example"), ("when", "–", "26 Nov 2026, 01:30")],
        )  # fmt: skip
        assert told(world, "activity.logged", "activity", after=logged) == (
            "Logged", "Cadence call",
            [("kind", "–", "Customer call"), ("when", "–", "26 Nov 2026, 01:30"), ("time", "–", "1 h 30 min"), ("sentiment", "–", "Red")],
        )  # fmt: skip
    file = {"name": "Plan.pdf", "bytes": 1200, "sha256": "492d" * 16}
    assert told(world, "attachment.created", "attachment", after=file) == ("File added", "Plan.pdf", [])
    said = {"text": "@[Mona Manager] please look. " + "x" * 200}
    (title, _, [(_, _, text)]) = told(world, "comment.created", "comment", after=said)
    assert (title, text[:27], len(text)) == ("Comment", "@Mona Manager please look. ", 160)


def test_every_verb_of_work_on_an_account_has_words() -> None:
    nouns = {"activity", "attachment", "comment", "cta", "feedback", "hours", "override", "playbook", "service", "task"}
    recorded = {
        verb
        for path in Path(tenure.__file__).parent.joinpath("actions").glob("*.py")
        for verb in re.findall(r'"([a-z_]+\.[a-z_]+)"', path.read_text())
        if verb.partition(".")[0] in nouns
    }
    rights = {verb for role in visible.roles().values() for verb in role.may}

    assert sorted(recorded - rights - history_words.VERBS.keys()) == []


def test_what_became_confidential_is_told_no_more(world: World) -> None:
    row = begun(world)
    shut, other = (ProjectIssue.objects.get(project=row, key=key) for key in ("adoption", "discovery"))
    for one in (shut, other):
        projects_issues.change(row, one.pk, {"weight": 7}, actor=world.tam, at=world.at, today=world.today)
        projects_comments.add(row, one.pk, "Look", actor=world.tam, at=world.at)

    def verbs(issue: ProjectIssue) -> list[str]:
        lines = history.page(world.homeworld.pk, end(world), handbook.pack()).lines
        return [one.row.verb for one in lines if one.about.startswith((str(issue), f"#{issue.iid} "))]

    both = ["project_comment.created", "project_issue.updated"]
    assert (verbs(shut), verbs(other)) == (both, both)
    projects_issues.change(row, shut.pk, {"confidential": True}, actor=world.tam, at=world.at, today=world.today)
    assert (verbs(shut), verbs(other)) == ([], both)
    projects_issues.change(row, shut.pk, {"confidential": False}, actor=world.tam, at=world.at, today=world.today)
    assert verbs(shut)[-2:] == both
