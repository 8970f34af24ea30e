"""What a pack's work files are refused for, and where it stands."""

from datetime import date
from pathlib import Path

import pytest

from tenure.rules import lint
from tenure.rules.errors import Finding, PackError, UnknownName
from tenure.rules.packs import load
from tests.rules.conftest import HANDBOOK, MakePack, write
from tests.rules.work import CALENDARS, CTAS, PLAYBOOK, files, schedule

ROLES = HANDBOOK + "\nteam_roles:\n  - {key: tam, title: TAM}\n  - {key: account_manager, title: AM}\n"
GOOD = schedule("{once: year}")


def wrong(make_pack: MakePack, **texts: str) -> list[Finding]:
    with pytest.raises(PackError) as caught:
        make_pack("", **{**files(GOOD), "handbook.yaml": ROLES, **texts})
    return list(caught.value.findings)


def test_a_pack_with_work_has_it(make_pack: MakePack) -> None:
    pack = make_pack("", **files(GOOD))

    assert (list(pack.schedules), list(pack.playbooks), list(pack.calendars)) == (["s"], ["start_up"], ["default", "EMEA"])
    assert pack.cta_types["activity"].statuses == ("new", "closed_success", "closed_gone")
    assert pack.cta_types["lifecycle"].statuses == ("new", "closed_success", "closed_gone", "not_needed")
    assert not pack.cta_statuses["closed_gone"].open


def test_a_playbook_in_the_folder_changes_the_digest_and_the_pack_is_read_again(tmp_path: Path) -> None:
    before = load(write(tmp_path, {"rules.yaml": "", **files(GOOD)}))

    (tmp_path / "playbooks" / "start.yaml").write_text(PLAYBOOK.replace("Say hello", "Say hello twice"), encoding="utf-8")
    after = load(tmp_path)

    assert after.digest != before.digest
    assert after.playbook("start_up").editions[0].steps[0].title == "Say hello twice"


@pytest.mark.parametrize(
    ("row", "code", "message"),
    [
        ("{when: {segmet: Large}, once: year}", "HB002", "there is no fact 'segmet'. Did you mean 'segment'?"),
        ("{when: {segment: Huge}, once: year}", "HB014", "'Huge' is not a segment: SMB, Mid-Market, Large, Strategic."),
        ("{at: 3 days, anchor: purchase_day}", "HB002", "there is no fact 'purchase_day'. Did you mean 'purchase_date'?"),
        ("{at: 3 days, anchor: segment}", "HB002", "'segment' is not a date"),
        ("{once: year, cta: {owner: tim}}", "HB020", "there is no role 'tim'. Did you mean 'tam'?"),
        ("{once: year, cta: {type: activty}}", "HB021", "there is no type of call to action 'activty'. Did you mean 'activity'?"),
        ("{once: year, cta: {reason: Cal}}", "HB021", "there is no reason of activity 'Cal'. Did you mean 'Call'?"),
        ("{once: year, cta: {playbook: start_op}}", "HB024", "there is no playbook 'start_op'. Did you mean 'start_up'?"),
        ('{once: year, cta: {title: "{segmint}"}}', "HB002", "there is no fact 'segmint'. Did you mean 'segment'?"),
        ('{once: year, cta: {title: "{arr}"}}', "HB001", "'arr' is money and can't stand in a text"),
        ('{once: year, cta: {title: "{arr"}}', "HB001", "'{arr': expected '}' before end of string"),
        ("{at: 3 days}", "HB023", "`at` needs an `anchor`, the date that it counts from"),
        ("{when: {}}", "HB023", "a row has one of `at`, `every`, `on`, `once`, or `skip: true`"),
        (
            "{at: 3 days, once: year, anchor: purchase_date}",
            "HB023",
            "a row has one of `at`, `every`, `on`, `once`, or `skip: true`",
        ),
        ("{skip: true, once: year}", "HB023", "a row with `skip` has no `once`"),
        ("{every: 1 week, raise_before: 7 days, anchor: last_engaged}", "HB023", "`raise_before` is as long as `every`"),
        ("{every: 0 days, anchor: last_engaged}", "HB023", "`every` must be more than nothing"),
        ("{on: {every: month}}", "HB023", "`on` needs `lapse_after`"),
        ("{on: {every: month, day: 0}, lapse_after: 3 days}", "HB023", "`day: 0` is no day"),
        ("{at: [1 day, 2 days], anchor: purchase_date}", "HB023", "several offsets in `at` need a `key` each"),
        ("{at: 3 dozen, anchor: purchase_date}", "HB001", "'3 dozen' is not an offset like '30 days'"),
        ("{once: decade}", "HB001", "found 'decade'"),
        ("{onse: year}", "HB001", "'onse' is not a key that can stand here. Did you mean 'once'?"),
    ],
)
def test_a_row_that_cannot_be_is_refused_with_its_line(make_pack: MakePack, row: str, code: str, message: str) -> None:
    found = wrong(make_pack, **{"schedules.yaml": schedule("{once: year}\n" + row)})

    assert message in found[0].message
    assert (found[0].code, found[0].file, found[0].line, found[0].rule) == (code, "schedules.yaml", 10, "s")
    assert found[0].path.startswith("schedules.s.editions[0].rows[1]")


def test_a_status_that_closes_nothing_is_refused(make_pack: MakePack) -> None:
    found = wrong(make_pack, **{"schedules.yaml": schedule("{once: year}", edition="stops_as: new")})

    assert [(finding.code, finding.message) for finding in found] == [("HB021", "'new' does not close anything")]


@pytest.mark.parametrize(
    ("row", "edition"),
    [
        ("{once: year}", "stops_as: not_needed"),
        ("{once: year}", "closes: [{when: {has_tam: true}, as: not_needed}]"),
    ],
)
def test_a_status_that_the_type_does_not_have_is_refused(make_pack: MakePack, row: str, edition: str) -> None:
    found = wrong(make_pack, **{"schedules.yaml": schedule(row, edition=edition)})

    assert [(finding.code, finding.line, finding.rule) for finding in found] == [("HB021", 7, "s")]
    assert found[0].message.startswith("there is no status of activity 'not_needed'.")


def test_what_is_done_again_and_again_needs_the_status_of_what_was_done(make_pack: MakePack) -> None:
    text = schedule("{every: 1 week, anchor: last_engaged}")
    others = CTAS.replace("  - {key: closed_success, title: Closed Success, open: false, outcome: won}\n", "")

    found = wrong(make_pack, **{"schedules.yaml": text, "ctas.yaml": others})

    assert [(finding.code, finding.message, finding.rule) for finding in found] == [
        ("HB021", "there is no status of activity 'closed_success'. Did you mean 'closed_gone'?", "s")
    ]


def test_a_kind_of_entry_that_the_timeline_does_not_have_is_refused(make_pack: MakePack) -> None:
    kinds = {"timeline.yaml": "activity_kinds_source: Page\nactivity_kinds: [{key: call, title: Call}]\n"}
    reasons = CTAS.replace("[Call, Other]", "[{title: Call, logs: kall}, Other]")
    row = "{once: year, cta: {logs: kall}}"

    by_reason = wrong(make_pack, **kinds, **{"ctas.yaml": reasons})
    by_row = wrong(make_pack, **kinds, **{"schedules.yaml": schedule(row)})

    message = "there is no kind of entry 'kall'. Did you mean 'call'?"
    assert [(f.code, f.message, f.file, f.rule) for f in by_reason] == [("HB024", message, "ctas.yaml", "activity")]
    assert [(f.code, f.message, f.line, f.rule) for f in by_row] == [("HB024", message, 9, "s")]


@pytest.mark.parametrize(
    ("step", "code", "message"),
    [
        ("{key: look, title: L, after: helo}", "HB022", "'look' comes after 'helo', which does not exist. Did you mean 'hello'?"),
        ("{key: look, title: L, after: last}", "HB022", "'look' comes after 'last', which stands later or is itself"),
        ("{key: look, title: L, after: look}", "HB022", "'look' comes after 'look', which stands later or is itself"),
        ("{key: hello, title: L}", "HB022", "the step 'hello' stands twice"),
        ("{key: look, title: L, within: [3 days, 2 days]}", "HB023", "'look': the window ends before it begins"),
        ("{key: look, title: L, within: [3 days, 4 days], due: 3 days}", "HB023", "'look' has both `due` and `within`"),
        ("{key: look, title: L, owner: boss}", "HB020", "there is no role 'boss'."),
        ("{key: look, title: L, template: letter}", "HB024", "there is no template 'letter'."),
        ("{key: look, title: L, asked: [{key: a, label: A, kind: choice}]}", "HB001", "a choice (and nothing else) has choices"),
        ("{key: look, title: L, only: {segmant: Large}}", "HB002", "there is no fact 'segmant'. Did you mean 'segment'?"),
        ("{key: look, title: L, only: {segment: Huge}}", "HB014", "Huge: segment is one of SMB, Mid-Market, Large, Strategic"),
    ],
)
def test_a_step_that_cannot_be_is_refused_with_its_line(make_pack: MakePack, step: str, code: str, message: str) -> None:
    text = PLAYBOOK.replace("{key: look, title: Look around, within: [2 days, 1 month], after: hello}", step)

    found = wrong(make_pack, **{"playbooks/start.yaml": text + "          - {key: last, title: Last}\n"})

    assert message in found[0].message
    assert (found[0].code, found[0].file, found[0].line, found[0].rule) == (code, "playbooks/start.yaml", 13, "start_up")


@pytest.mark.parametrize(
    ("calendar", "message"),
    [
        ("XY: {timezone: UTC}", "there is no region 'XY'."),
        ("APAC: {timezone: Asia/Atlantis}", "there is no time zone 'Asia/Atlantis'"),
        ("APAC: {timezone: UTC, countries: [XX]}", "the holidays of XX are not known"),
        ("APAC: {timezone: UTC, countries: [JP], shared_by: 2}", "no day can be shared by 2 of 1 countries"),
    ],
)
def test_a_calendar_that_cannot_be_is_refused(make_pack: MakePack, calendar: str, message: str) -> None:
    found = wrong(make_pack, **{"calendars.yaml": CALENDARS + f"  {calendar}\n"})

    assert [(finding.code, finding.message, finding.line) for finding in found] == [("HB025", message, 6)]


def test_a_name_stands_for_one_thing_only(make_pack: MakePack) -> None:
    found = wrong(make_pack, **{"schedules.yaml": schedule("{once: year}", key="start_up")})

    assert found[0].message == "'start_up' is already defined in this pack"


def test_a_status_of_an_unknown_type_is_refused(make_pack: MakePack) -> None:
    found = wrong(make_pack, **{"ctas.yaml": CTAS.replace("types: [lifecycle]", "types: [lifecicle]")})

    assert found[0].message == "there is no type of call to action 'lifecicle'. Did you mean 'lifecycle'?"


def test_an_alternative_is_chosen_by_name(make_pack: MakePack) -> None:
    extra = "      - {from: 2019-01-01, alternative: other-page, rows: [{skip: true}]}\n"
    pack = make_pack("", **files(schedule("{once: year}", extra=extra)))

    assert pack.schedule_on("s", date(2019, 6, 1)).edition.alternative is None
    assert pack.choosing(s="other-page").schedule_on("s", date(2019, 6, 1)).edition.alternative == "other-page"
    with pytest.raises(PackError, match="has no alternative 'third'"):
        pack.choosing(s="third")
    with pytest.raises(UnknownName, match="There is no schedule named 't'"):
        pack.schedule_on("t", date(2019, 6, 1))


# --- the linter


def codes(make_pack: MakePack, **texts: str) -> list[str]:
    return [f"{finding.code} {finding.rule}" for finding in lint.check(make_pack("", **{**files(GOOD), **texts}))]


EXAMPLES = """
examples:
  - {name: Once a year, schedule: s, as_of: 2019-06-03, facts: {}, expect: 2019-06-03, source: Page}
  - {name: Two steps, playbook: start_up, start: 2019-01-31, expect: {hello: 2019-01-31, look: [2019-02-02, 2019-02-28]}, source: Page}
"""
SHOWN = {"examples/work.yaml": EXAMPLES}


def test_a_clean_pack_with_work_has_no_findings(make_pack: MakePack) -> None:
    assert codes(make_pack, **SHOWN) == []


def test_what_has_no_source_is_found(make_pack: MakePack) -> None:
    texts = {
        "schedules.yaml": GOOD.replace("    source: Page\n", ""),
        "ctas.yaml": CTAS.replace("cta_types_source: Page", ""),
        "calendars.yaml": CALENDARS.replace("calendars_source: Page", ""),
        "playbooks/start.yaml": PLAYBOOK.replace("    source: Page\n", ""),
    }

    assert codes(make_pack, **SHOWN, **texts) == ["HB003 calendars", "HB003 cta_types", "HB003 start_up", "HB003 s"]


def test_editions_that_claim_one_day_are_found(make_pack: MakePack) -> None:
    extra = "      - {from: 2019-01-01, rows: [{skip: true}]}\n"

    assert "HB004 s" in codes(make_pack, **SHOWN, **{"schedules.yaml": schedule("{once: year}", extra=extra)})


def test_a_row_that_is_never_reached_is_found(make_pack: MakePack) -> None:
    text = schedule("{when: {arr: '> 5'}, once: year}\n{when: {arr: '> 10'}, once: month}\n{once: week}")

    found = lint.check(make_pack("", **{**files(text), **SHOWN}))

    assert [(f.code, f.line) for f in found if f.code == "HB005"] == [("HB005", 10)]


def test_an_edition_without_an_example_and_an_example_that_fails_are_found(make_pack: MakePack) -> None:
    failing = EXAMPLES.replace("expect: 2019-06-03", "expect: 2019-06-04")

    assert codes(make_pack) == ["HB019 start_up", "HB019 s"]
    assert codes(make_pack, **{"examples/work.yaml": failing}) == ["HB011 s"]


def test_an_automatic_playbook_that_nothing_raises_is_found(make_pack: MakePack) -> None:
    text = PLAYBOOK.replace("    owner: tam\n", "    owner: tam\n    applied: automatic\n")

    assert codes(make_pack, **SHOWN, **{"playbooks/start.yaml": text}) == ["HB026 start_up"]


def test_a_review_that_is_overdue_is_found(make_pack: MakePack) -> None:
    text = GOOD.replace("    source: Page\n", "    source: Page\n    review_by: 2020-01-01\n")
    pack = make_pack("", **{**files(text), **SHOWN})

    assert [f.code for f in lint.check(pack, date(2020, 1, 2))] == ["HB009"]
    assert lint.check(pack, date(2020, 1, 1)) == []


def test_an_alternative_is_told(make_pack: MakePack) -> None:
    extra = "      - {from: 2019-01-01, alternative: other-page, rows: [{skip: true}]}\n"

    assert "HB013 s" in codes(make_pack, **SHOWN, **{"schedules.yaml": schedule("{once: year}", extra=extra)})
