"""The lists that people work by: timeline, services, notices, efforts."""

from datetime import date, time

import pytest

from tenure.rules import catalogues
from tenure.rules.catalogues import QuietHours
from tenure.rules.errors import PackError
from tenure.rules.packs import load
from tests.rules.conftest import MakePack
from tests.rules.work import files

PACK = load()


def test_only_calls_and_meetings_move_last_engaged() -> None:
    assert PACK.timeline.engaging == ("call", "meeting", "ebr")  # a review is a meeting
    assert PACK.timeline.contacting == ("call", "meeting", "email", "workshop", "ebr")


def test_the_agenda_of_a_cadence_call_has_the_minimum_topics() -> None:
    template = PACK.timeline.templates["cadence_call"]

    assert template.topics == ("Our actions", "News from the customer", "Tickets", "Questions and answers", "Health")
    assert all(f"## {topic}" in template.text for topic in template.topics)


def test_every_text_belongs_to_a_kind_of_entry() -> None:
    assert {template.kind for template in PACK.timeline.templates.values()} <= set(PACK.timeline.kinds)


@pytest.mark.parametrize(
    ("service", "facts", "expected"),
    [
        ("cadence_calls", {"tam_eligible": "Yes"}, True),
        ("cadence_calls", {"tam_eligible": "No"}, False),
        ("cadence_calls", {}, None),
        ("on_site_support", {"gemstone": "Diamond"}, True),
        ("on_site_support", {"gemstone": "Pearl"}, False),
        ("remote_support", {"gemstone": "Pearl"}, True),
        ("automated_outreach", {"gemstone": "Quartz"}, True),
        ("personal_outreach", {"gemstone": "Quartz"}, False),
    ],
)
def test_what_an_account_gets_follows_from_its_facts(service: str, facts: dict[str, str], expected: bool | None) -> None:
    assert PACK.services[service].included(facts) is expected


def test_quarterly_reviews_became_executive_ones_in_2020() -> None:
    held = {day: [key for key in ("qbr", "ebr") if PACK.services[key].on(day)] for day in (date(2019, 12, 31), date(2020, 1, 1))}

    assert list(held.values()) == [["qbr"], ["ebr"]]


def test_paid_services_are_told_apart() -> None:
    assert [key for key, service in PACK.services.items() if service.paid] == ["white_glove"]


@pytest.mark.parametrize(("at", "quiet"), [("18:59", False), ("19:00", True), ("23:30", True), ("06:59", True), ("07:00", False)])
def test_quiet_hours_go_over_midnight(at: str, quiet: bool) -> None:
    hours = PACK.notices.quiet
    assert hours is not None
    assert hours.holds(time.fromisoformat(at)) is quiet


def test_quiet_hours_within_a_day() -> None:
    hours = QuietHours.model_validate({"from": "12:00", "until": "13:00"})

    assert [hours.holds(time(hour)) for hour in (11, 12, 13)] == [False, True, False]


def test_opened_mails_are_not_noticed_and_the_reader_would_be_told() -> None:
    receipt = PACK.notices.read_receipt
    assert receipt is not None
    assert not receipt.enabled
    assert "tells its sender when it is opened" in receipt.sentence


def test_mails_have_a_way_out() -> None:
    assert all("{settings_url}" in PACK.notices.mails[key].text for key in ("notice", "digest"))


@pytest.mark.parametrize(
    ("type_", "reason", "segment", "minutes"),
    [
        ("activity", "Cadence call", "SMB", 60),
        ("activity", "Next step", "SMB", 30),
        ("lifecycle", "Business review", "Mid-Market", 240),
        ("lifecycle", "Business review", "Large", 270),
        ("lifecycle", "Migration", None, 60),
        ("objective", "Success plan", "Large", 60),
    ],
)
def test_the_most_particular_effort_counts(type_: str, reason: str, segment: str | None, minutes: int) -> None:
    found = catalogues.effort(PACK.catalogues.efforts, type_, reason, segment, date(2026, 1, 1))

    assert found is not None
    assert found.minutes == minutes


def test_before_the_handbook_nothing_has_an_effort() -> None:
    assert catalogues.effort(PACK.catalogues.efforts, "activity", "Cadence call", None, date(2018, 5, 31)) is None


def test_every_type_of_call_to_action_has_an_effort() -> None:
    for key, kind in PACK.cta_types.items():
        for reason in kind.reasons:
            assert catalogues.effort(PACK.catalogues.efforts, key, reason, None, date(2026, 1, 1)), (key, reason)


def test_parts_of_an_effort_add_up() -> None:
    for item in PACK.catalogues.efforts:
        parts = item.preparation + item.talk + item.follow_up
        assert parts in (0, item.minutes), (item.type, item.reason)


@pytest.mark.parametrize(
    ("text", "code", "message"),
    [
        ("services: [{key: a, title: A, category: help, from: 2019-01-01}]", "HB001", "found 'help'"),
        ("services: [{key: a, title: A, category: training, from: 2019-01-01, only: {segmant: SMB}}]", "HB002", "there is no fact 'segmant'"),
        ("services: [{key: a, title: A, category: training, from: 2019-01-01, only: {segment: Tiny}}]", "HB014", "'Tiny' is not a segment"),
        ("services: [{key: a, title: A, category: training, from: 2019-01-01, schedule: cal}]", "HB021", "there is no schedule 'cal'"),
        ("services: [{key: a, title: A, category: training, from: 2019-01-01, kinds: [chat]}]", "HB024", "there is no kind of entry 'chat'"),
        ("services: [{key: a, title: A, category: training, from: 2019-01-01, templates: [x]}]", "HB024", "there is no template 'x'"),
        ("releases: [{version: '16', day: 2023-05-22}]", "HB001", "found '16'"),
        ("activity_templates: [{key: a, title: A, kind: chat, text: Hi}]", "HB024", "there is no kind of entry 'chat'."),
        ("efforts: [{type: activty, from: 2019-01-01, minutes: 5}]", "HB021", "there is no type of call to action 'activty'"),
        ("efforts: [{type: activity, reason: Cal, from: 2019-01-01, minutes: 5}]", "HB021", "there is no reason of activity 'Cal'"),
        ("efforts: [{type: activity, schedules: [cal], from: 2019-01-01, minutes: 5}]", "HB021", "there is no schedule 'cal'"),
        ("feedback_kinds: [{key: a, title: A}, {key: a, title: B}]", "HB001", "'a' stands twice in feedback_kinds"),
        ("feedback_kinds: {a: A}", "HB001", "'feedback_kinds' is a list"),
        ("quiet_hours: {from: '25:00', until: '07:00'}", "HB001", "found '25:00'"),
        ("notice_kinds: [{key: a, title: A, mail: hourly}]", "HB001", "found 'hourly'"),
    ],
)  # fmt: skip
def test_a_list_that_cannot_be_is_refused(make_pack: MakePack, text: str, code: str, message: str) -> None:
    with pytest.raises(PackError) as caught:
        make_pack("", **files(**{"lists.yaml": text}))

    finding = caught.value.findings[0]
    assert (finding.code, finding.file, finding.line) == (code, "lists.yaml", 1)
    assert message in finding.message
