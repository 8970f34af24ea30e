"""Onboardings by the handbook: days, track, missing fields; one at a time and many at once."""

import shutil
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tenure.rules import lint, onboarding, onboardingexamples, packs
from tenure.rules.errors import PackError

PACK = packs.load()
BOOK = PACK.onboarding
V18, V20, LATE_2020, V22, V23 = date(2018, 6, 1), date(2020, 1, 1), date(2020, 9, 1), date(2022, 11, 11), date(2023, 3, 29)
COLUMNS = (*onboarding.BEGINS, *(name for name in onboarding.ENDS if name not in onboarding.BEGINS))


@pytest.mark.parametrize("result", onboardingexamples.results(PACK), ids=lambda result: result.example.name)
def test_example_of_onboarding(result: onboardingexamples.Result) -> None:
    assert result.message == ""


def test_the_worked_dates_of_the_pages_are_there() -> None:
    got = {result.example.name: result.got for result in onboardingexamples.results(PACK)}

    assert got["A first call eleven days after the contract"]["engage"] == 11
    assert got["A call on the day of the start counts as none"]["engage"] == 0
    assert got["A call before the start counts as none"]["engage"] == 0
    assert got["In late 2020 onboarding counts from the contract"]["onboard"] == 36
    assert got["Later onboarding counts from the start of its task"]["onboard"] == 34


@pytest.mark.parametrize(
    ("day", "statuses", "asked"),
    [
        (V18, ["not_started", "scheduled", "in_progress", "completed"], ("survey_sent", "survey_received", "survey_score", "takeaways")),
        (date(2019, 12, 31), ["not_started", "scheduled", "in_progress", "completed"],
         ("survey_sent", "survey_received", "survey_score", "takeaways")),
        (V20, ["not_started", "scheduled", "in_progress", "on_hold", "completed"], ("survey_sent", "survey_received", "survey_score")),
        (date(2026, 11, 16), ["not_started", "scheduled", "in_progress", "on_hold", "completed"],
         ("survey_sent", "survey_received", "survey_score")),
    ],
)  # fmt: skip
def test_statuses_and_what_completion_asks_by_edition(day: date, statuses: list[str], asked: tuple[str, ...]) -> None:
    edition = BOOK.edition(day)
    assert edition is not None
    completed = edition.status("completed")
    assert completed is not None

    assert [status.key for status in edition.statuses] == statuses
    assert completed.asks == asked
    assert edition.status("cancelled") is None


def test_before_the_first_page_there_are_no_onboardings() -> None:
    day = date(2018, 5, 31)

    assert (BOOK.edition(day), BOOK.since(day), BOOK.times(day), BOOK.play("Diamond", day)) == (None, None, {}, None)
    assert onboarding.track(BOOK, day, {"start_date": day}, date(2026, 1, 1)) == ""


@pytest.mark.parametrize(
    ("day", "since"),
    [
        (V18, V18),
        (date(2020, 8, 31), V20),
        (LATE_2020, LATE_2020),
        (date(2022, 2, 1), date(2022, 2, 1)),
        (date(2026, 11, 16), V23),
    ],
)
def test_the_edition_of_an_onboarding_is_the_last_change_before_it(day: date, since: date) -> None:
    assert BOOK.since(day) == since


@pytest.mark.parametrize(
    ("day", "spans", "goals"),
    [
        (V18, {"onboard": ("start_date", "finish_date")}, {"onboard": None}),
        (V20, {"engage": ("purchase_date", "first_reach_out"), "value": ("purchase_date", "first_value"),
               "onboard": ("start_date", "finish_date")}, {"engage": None, "value": None, "onboard": None}),
        (LATE_2020, {"engage": ("contract_date", "first_reach_out"), "value": ("contract_date", "first_value"),
                     "onboard": ("contract_date", "finish_date")}, {"engage": 14, "value": 30, "onboard": 45}),
        (V22, {"engage": ("start_date", "first_reach_out"), "value": ("contract_date", "first_value"),
               "onboard": ("start_date", "finish_date")}, {"engage": 14, "value": 30, "onboard": 45}),
    ],
)  # fmt: skip
def test_times_and_goals_by_edition(day: date, spans: dict[str, tuple[str, str]], goals: dict[str, int | None]) -> None:
    times = BOOK.times(day)

    assert {key: metric.span({"cause": "closed_won"}) for key, metric in times.items()} == spans
    assert {key: metric.goal for key, metric in times.items()} == goals


@pytest.mark.parametrize(
    ("gem", "length", "on_site", "remote", "project"),
    [("Diamond", 180, (10, 10), 0, True), ("Pearl", 180, (1, 3), 0, True), ("Sapphire", 90, (0, 0), 5, True),
     ("Ruby", 90, (0, 0), 0, True), ("Quartz", 30, (0, 0), 0, False)],
)  # fmt: skip
def test_the_play_of_each_gem(gem: str, length: int, on_site: tuple[int, int], remote: int, project: bool) -> None:
    play = BOOK.play(gem, date(2026, 1, 1))
    assert play is not None

    assert (play.days, play.on_site, play.remote, play.project) == (length, on_site, remote, project)


def test_no_is_an_answer_and_blank_is_none() -> None:
    values = {"survey_sent": False, "survey_received": None, "survey_score": 0, "takeaways": ""}

    assert onboarding.missing(values, values) == ["survey_received", "takeaways"]


def _rows() -> list[dict[str, Any]]:
    """Onboardings of every edition and some causes, with days that are there or not, before and after each other."""
    base, rows = date(2022, 6, 15), []
    editions = [date(2018, 5, 31), V18, V20, date(2020, 8, 31), LATE_2020, date(2022, 11, 10), V22, V23]
    for e, edition in enumerate(editions):
        for c, cause in enumerate(("closed_won", "upgrade", "tam_filled", "person")):
            for n in range(7):
                shifts = [((e + c) * 3 + n * 11 + k * 17) % 40 - 15 for k in range(len(COLUMNS))]
                given = {name: None if (n + k) % 5 == 4 else base + timedelta(shifts[k]) for k, name in enumerate(COLUMNS)}
                rows.append({"edition": edition, "cause": cause, **given})
    return rows


@pytest.mark.parametrize("key", ["engage", "value", "onboard"])
def test_many_at_once_give_the_same_days_as_one_at_a_time(key: str) -> None:
    rows = _rows()
    frame = pl.DataFrame(rows, schema={"edition": pl.Date, "cause": pl.String, **dict.fromkeys(COLUMNS, pl.Date)})

    got = frame.select(onboarding.days_expr(BOOK, key)).to_series().to_list()
    wanted = [
        onboarding.days(BOOK.times(row["edition"])[key], row) if key in BOOK.times(row["edition"]) else None for row in rows
    ]
    assert got == wanted
    assert len(rows) == 224
    known = [days for days in got if days is not None]
    assert known
    assert (min(known) < 0) == (key != "engage")
    assert None in got


def test_a_time_that_has_ended_has_no_days_after_its_end(tmp_path: Path) -> None:
    text = _with(
        onboarding_metrics="[{key: engage, title: E, from: 2020-01-01, ended: 2020-12-31, begins: start_date, ends: first_reach_out}]"
    )
    book = _pack(tmp_path, text).onboarding
    values = {"start_date": date(2020, 1, 1), "first_reach_out": date(2020, 1, 3), "cause": "person"}
    frame = pl.DataFrame([{"edition": day, **values} for day in (date(2019, 12, 31), V20, date(2020, 12, 31), date(2021, 1, 1))])

    assert frame.select(onboarding.days_expr(book, "engage")).to_series().to_list() == [None, 2, 2, None]
    assert sorted(book.times(date(2020, 12, 31))) == ["engage"]
    assert book.times(date(2021, 1, 1)) == {}


@pytest.mark.parametrize(
    ("part", "text", "code", "message"),
    [
        ("onboarding_metrics", "[{key: engage, title: E, from: 2020-01-01, begins: moon, ends: first_reach_out}]", "HB001", "Input should be"),
        ("onboarding_metrics", "[{key: value, title: V, from: 2020-01-01, begins: start_date, ends: first_value, milestone: moon}]", "HB024",
         "there is no milestone 'moon'"),
        ("onboarding_tracks", "[{from: 2020-01-01, stuck_after: 90, playbook: moon}]", "HB024", "there is no playbook 'moon'"),
        ("onboarding_tracks", "[{from: 2020-01-01, alternative: other}]", "HB001", "an onboarding has no alternatives"),
        ("onboarding_tracks", "[{from: 2020-01-01, ended: 2019-01-01}]", "HB004", "ends on 2019-01-01, before it begins"),
        ("onboarding_tracks", "[{from: 2020-01-01}, {from: 2020-01-01}]", "HB001", "stands twice"),
        ("onboarding_plays", "[{key: x, gem: Bronze, from: 2020-01-01, calls: none, days: 1}]", "HB014", "'Bronze' is not a gemstone"),
        ("onboarding_plays", "[{key: x, gem: Ruby, from: 2020-01-01, calls: none, days: 1, on_site: [3, 1]}]", "HB001", "least days"),
        ("onboarding_editions", "[{from: 2020-01-01, created: [{key: person, title: P}], statuses: [{key: a, title: A}, {key: b, title: B}]}]",
         "HB001", "at least one ends the onboarding"),
        ("onboarding_editions",
         "[{from: 2020-01-01, by_hand: [moon], created: [{key: person, title: P}], statuses: [{key: a, title: A}, {key: b, title: B, open: false}]}]",
         "HB001", "'moon' is not a field of an onboarding"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_with_its_place(part: str, text: str, code: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(PackError) as refused:
        _pack(tmp_path, _with(**{part: text}))

    found = refused.value.findings
    assert [(finding.file, finding.code, message in finding.message) for finding in found] == [("onboarding.yaml", code, True)]


def test_an_example_that_fails_an_unknown_field_and_what_nobody_shows_are_findings(tmp_path: Path) -> None:
    examples = """
examples:
  - {name: Wrong, onboarding: days, edition: 2018-06-01, values: {start_date: 2020-01-01, finish_date: 2020-01-03}, expect: {onboard: 3}, source: S}
  - {name: Strange, onboarding: days, edition: 2018-06-01, values: {moon: 1}, expect: {onboard: 3}, source: S}
"""
    pack = _pack(tmp_path, None, examples)

    found = [(finding.code, finding.message) for finding in lint.check(pack) if finding.rule == "onboarding"]
    assert found[:2] == [("HB011", "'Wrong': onboard is 2, not 3"), ("HB011", "'Strange': an onboarding has no 'moon'")]
    assert [code for code, _ in found[2:]] == ["HB019"] * 14
    assert ("HB019", "no example shows 'onboard' from 2018-06-01") not in found
    assert ("HB019", "no example shows 'engage' from 2020-01-01") in found


def test_an_example_that_cannot_be_read_is_a_finding(tmp_path: Path) -> None:
    pack = _pack(tmp_path, None, "examples:\n  - {name: X, onboarding: moon, edition: 2018-06-01, expect: {a: 1}, source: S}\n")

    found = [finding for finding in lint.check(pack) if finding.file == "examples/onboarding.yaml"]
    assert [finding.code for finding in found] == ["HB001"]


def _with(**parts: str) -> str:
    """An onboarding.yaml of only these lists."""
    return "\n".join(f"{name}_source: S\n{name}: {text}" for name, text in parts.items())


def _pack(folder: Path, text: str | None, examples: str = "") -> packs.Pack:
    """The shipped pack with this onboarding.yaml and these examples in place of its own."""
    target = folder / "pack"
    shutil.copytree(packs.shipped(), target)  # type: ignore[arg-type]
    if text is not None:
        (target / "onboarding.yaml").write_text(text)
    if examples:
        (target / "examples" / "onboarding.yaml").write_text(examples)
    return packs.load(target)


@pytest.mark.parametrize(
    ("months", "day", "first"),
    [(1, date(2026, 11, 30), date(2026, 11, 1)), (3, date(2026, 12, 31), date(2026, 10, 1)), (3, date(2027, 1, 1), date(2027, 1, 1)), (12, date(2026, 11, 16), date(2026, 1, 1))],
)  # fmt: skip
def test_a_review_stands_for_a_period_from_january_on(months: int, day: date, first: date) -> None:
    assert onboarding.ReviewShape.model_validate({"from": date(2018, 6, 1), "months": months}).period(day) == first
