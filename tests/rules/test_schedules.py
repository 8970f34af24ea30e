"""What falls due when, over whole frames."""

from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tenure.rules import packs, schedules
from tenure.rules.errors import FactsError, UnknownName
from tests.rules.conftest import MakePack, write
from tests.rules.work import DAY, accounts, files, rows, schedule

CALL = schedule("{every: 2 weeks, raise_before: 3 days}", edition="anchor: [last_engaged, tam_assigned_on]")


def pack_of(make_pack: MakePack, text: str) -> packs.Pack:
    return make_pack("", **files(text))


def test_a_row_says_everything_that_a_call_to_action_needs(make_pack: MakePack) -> None:
    pack = pack_of(make_pack, CALL)

    found = schedules.due(accounts(pack, {"last_engaged": date(2019, 5, 21)}), pack, DAY)

    assert found.to_dicts() == [
        {
            "account": "a", "schedule": "s", "edition": date(2019, 1, 1), "row": 1, "occasion": "2019-05-21", "anchor": "last_engaged",
            "anchor_day": date(2019, 5, 21), "start": date(2019, 6, 4), "offset": "2 weeks", "due_date": date(2019, 6, 4),
            "raise_on": date(2019, 6, 1), "lapses_on": None, "projected": False, "fixed": False, "one_open": True,
            "natural_key": "s:a:2019-05-21", "type": "activity", "reason": "Call", "title": "Call", "note": "", "priority": 2,
            "owner_role": "tam", "playbook": "", "source": "Page",
        }
    ]  # fmt: skip


def test_an_empty_answer_has_the_same_columns(make_pack: MakePack) -> None:
    pack = pack_of(make_pack, CALL)

    found = schedules.due(accounts(pack, {"last_engaged": DAY}), pack, DAY)

    assert found.height == 0
    assert found.columns == list(schedules.COLUMNS)


def test_the_first_anchor_that_is_known_counts(make_pack: MakePack) -> None:
    pack = pack_of(make_pack, CALL)
    frame = accounts(
        pack, {"last_engaged": date(2019, 5, 1), "tam_assigned_on": date(2019, 5, 20)}, {"tam_assigned_on": date(2019, 5, 20)}, {}
    )

    found = schedules.due(frame, pack, DAY)

    assert rows(found, "account", "anchor", "due_date") == [
        ("a", "last_engaged", date(2019, 5, 15)),
        ("b", "tam_assigned_on", date(2019, 6, 3)),
    ]
    assert rows(schedules.waiting(frame, pack, DAY), "account", "missing") == [("c", ["last_engaged", "tam_assigned_on"])]


def test_looking_ahead_gives_what_follows_when_each_is_done_in_time(make_pack: MakePack) -> None:
    pack = pack_of(make_pack, CALL)
    frame = accounts(pack, {"last_engaged": date(2019, 5, 21)}, {"last_engaged": date(2018, 1, 1)})

    found = schedules.due(frame, pack, DAY, date(2019, 7, 1))

    assert rows(found, "account", "due_date", "projected", "natural_key") == [
        ("a", date(2019, 6, 4), False, "s:a:2019-05-21"), ("a", date(2019, 6, 18), True, "s:a:~2019-06-18"),
        ("a", date(2019, 7, 2), True, "s:a:~2019-07-02"), ("b", date(2018, 1, 15), False, "s:b:2018-01-01"),
        ("b", date(2019, 6, 17), True, "s:b:~2019-06-17"), ("b", date(2019, 7, 1), True, "s:b:~2019-07-01"),
    ]  # fmt: skip


def test_several_offsets_of_one_anchor_are_told_apart_by_their_keys(make_pack: MakePack) -> None:
    pack = pack_of(
        make_pack,
        schedule(
            '{at: [{offset: -3 months, key: first, title: "First before {day}"}, {offset: -1 month, key: second}], anchor: renewal_date}',
            edition="lapse_after: 10 days",
        ),
    )

    found = schedules.due(accounts(pack, {"renewal_date": date(2019, 8, 31)}), pack, date(2019, 6, 3), date(2019, 9, 1))

    assert rows(found, "natural_key", "due_date", "title") == [
        ("s:a:2019-08-31/first", date(2019, 5, 31), "First before 31 August 2019"),
        ("s:a:2019-08-31/second", date(2019, 7, 31), "Call"),
    ]


@pytest.mark.parametrize(("per", "key"), [("anchor", "s:a:2019-06-01"), ("year", "s:a:2019"), ("account", "s:a:once")])
def test_what_makes_an_occasion_a_new_one_is_said(make_pack: MakePack, per: str, key: str) -> None:
    pack = pack_of(make_pack, schedule(f"{{at: 0 days, anchor: purchase_date, per: {per}}}"))

    found = schedules.due(accounts(pack, {"purchase_date": date(2019, 6, 1)}), pack, DAY)

    assert found["natural_key"].to_list() == [key]


@pytest.mark.parametrize(
    ("once", "key"), [("week", "2019-W23"), ("month", "2019-06"), ("quarter", "2019-Q2"), ("year", "2019"), ("account", "once")]
)
def test_what_is_seen_is_raised_once_in_its_period(make_pack: MakePack, once: str, key: str) -> None:
    pack = pack_of(make_pack, schedule(f"{{when: {{at_risk: true}}, once: {once}, due: 1 week}}"))
    frame = accounts(pack, {"at_risk": True}, {"at_risk": False})

    found = schedules.due(frame, pack, DAY)

    assert rows(found, "natural_key", "raise_on", "due_date", "fixed", "one_open") == [
        (f"s:a:{key}", DAY, date(2019, 6, 10), True, True)
    ]


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        ("{every: week, weekday: 5}", ["2019-05-31", "2019-06-07", "2019-06-14", "2019-06-21", "2019-06-28"]),
        ("{every: month, day: 31}", ["2019-05-31", "2019-06-30"]),
        ("{every: month, day: -1}", ["2019-05-31", "2019-06-30"]),
        ("{every: quarter, day: 1}", ["2019-07-01"]),
        ("{every: year, month: 6, day: 10}", ["2019-06-10"]),
    ],
)
def test_days_of_the_calendar(make_pack: MakePack, on: str, expected: list[str]) -> None:
    pack = pack_of(make_pack, schedule(f"{{on: {on}, raise_before: 0 days, lapse_after: 4 days}}"))

    found = schedules.due(accounts(pack, {}), pack, DAY, date(2019, 7, 3))

    assert [day.isoformat() for day in found["due_date"]] == expected


def test_a_day_of_the_calendar_comes_after_the_anchor(make_pack: MakePack) -> None:
    pack = pack_of(make_pack, schedule("{on: {every: month, day: 3}, anchor: tam_assigned_on, lapse_after: 5 days}"))
    frame = accounts(pack, {"tam_assigned_on": date(2019, 6, 3)}, {"tam_assigned_on": date(2019, 6, 2)}, {})

    assert schedules.due(frame, pack, DAY)["account"].to_list() == ["b"]


def test_business_days_and_days_off_follow_the_region(make_pack: MakePack) -> None:
    pack = pack_of(make_pack, schedule("{at: 0 days, anchor: purchase_date, due: 2 business days}"))
    frame = accounts(pack, {"purchase_date": date(2019, 5, 29), "region": "EMEA"}, {"purchase_date": date(2019, 5, 29)})

    found = schedules.due(frame, pack, DAY)

    assert rows(found, "account", "due_date") == [("a", date(2019, 6, 3)), ("b", date(2019, 5, 31))]  # Ascension Day in Germany


@pytest.mark.parametrize(("roll", "expected"), [("none", 30), ("forward", 31), ("backward", 29)])
def test_a_due_date_on_a_day_off_moves_as_the_schedule_says(make_pack: MakePack, roll: str, expected: int) -> None:
    pack = pack_of(make_pack, schedule(f"{{at: 0 days, anchor: purchase_date, roll: {roll}}}"))

    found = schedules.due(accounts(pack, {"purchase_date": date(2019, 5, 30), "region": "EMEA"}), pack, DAY)

    assert found["due_date"].to_list() == [date(2019, 5, expected)]


def test_a_row_that_is_undecided_raises_nothing_and_says_what_is_missing(make_pack: MakePack) -> None:
    text = schedule("{when: {segment: Large}, once: year}\n{when: {arr: '> 5'}, once: year}")
    pack = pack_of(make_pack, text)
    frame = accounts(
        pack, {"segment": "Large"}, {"segment": "SMB", "arr": 10}, {"arr": 10}, {"segment": "SMB"}, {"segment": "SMB", "arr": 1}
    )

    found = schedules.due(frame, pack, DAY)

    assert found["account"].to_list() == ["a", "b", "c"]  # both rows give the same, so c need not be decided
    assert rows(schedules.waiting(frame, pack, DAY), "account", "missing") == [("d", ["arr"])]


def test_outcomes_of_rules_are_decided_on_the_way_and_given_ones_win(make_pack: MakePack) -> None:
    rule = (
        "rules:\n  level:\n    title: Level\n    source: Page\n    outputs: [{name: level, type: enum, values: [Low, High]}]\n"
        "    editions:\n      - from: 2018-01-01\n        rows:\n          - {when: {arr: '>= 100'}, then: High}\n          - {then: Low}\n"
    )
    pack = make_pack(rule, **files(schedule("{when: {level: High}, once: year}")))
    frame = accounts(pack, {"arr": 100}, {"arr": 99}, {"arr": 99, "level": "High"})

    assert schedules.due(frame, pack, DAY)["account"].to_list() == ["a", "c"]


def test_fields_of_a_title_are_filled_in(make_pack: MakePack) -> None:
    text = schedule(
        '{once: year, cta: {title: "{segment}, {users} users, hosted {hosted}, renews {renewal_date}, {due}, {month}"}}'
    )
    pack = pack_of(make_pack, text)
    frame = accounts(pack, {"segment": "Large", "users": 2100, "hosted": True, "renewal_date": date(2020, 2, 1)}, {})

    assert schedules.due(frame, pack, DAY)["title"].to_list() == [
        "Large, 2100 users, hosted yes, renews 1 February 2020, 3 June 2019, June 2019", "–, – users, hosted –, renews –, 3 June 2019, June 2019",
    ]  # fmt: skip


# --- settled


def open_work(found: pl.DataFrame) -> pl.DataFrame:
    return found.select("natural_key", "account", "schedule", "anchor_day", "raise_on")


def test_what_was_done_is_settled_and_the_next_one_has_another_key(make_pack: MakePack) -> None:
    pack = pack_of(make_pack, CALL)
    before = accounts(pack, {"last_engaged": date(2019, 5, 21)}, {"last_engaged": date(2019, 5, 21)})
    after = accounts(pack, {"last_engaged": date(2019, 6, 3)}, {"last_engaged": date(2019, 5, 21)})
    work = open_work(schedules.due(before, pack, DAY))

    assert schedules.settled(work, before, pack, DAY).height == 0
    assert rows(schedules.settled(work, after, pack, DAY), "natural_key", "status", "because") == [
        ("s:a:2019-05-21", "closed_success", "Done: last engaged on 3 June 2019")
    ]
    assert schedules.due(after, pack, date(2019, 6, 14))["natural_key"].to_list() == ["s:a:2019-06-03", "s:b:2019-05-21"]


def test_a_closer_closes_and_keeps_away_what_it_has_closed(make_pack: MakePack) -> None:
    edition = "closes:\n  - {when: {at_risk: false}, as: closed_gone, note: The risk is over}\n  - {after: last_engaged, as: closed_success}"
    text = schedule(
        "{at: 0 days, anchor: at_risk_since}", edition=edition.replace("\n  -", "\n-").replace("\n-", "\n          -")
    )
    pack = pack_of(make_pack, text.replace("        - {", "          - {"))
    start = {"at_risk": True, "at_risk_since": date(2019, 6, 1)}
    work = open_work(schedules.due(accounts(pack, start, start, start), pack, DAY))
    now = accounts(
        pack,
        {**start, "at_risk": False},
        {**start, "last_engaged": date(2019, 6, 1)},
        {**start, "last_engaged": date(2019, 5, 31)},
    )

    assert rows(schedules.settled(work, now, pack, DAY), "account", "status", "because") == [
        ("a", "closed_gone", "The risk is over"),
        ("b", "closed_success", "last engaged since it was raised"),
    ]
    assert schedules.due(now, pack, DAY)["account"].to_list() == ["c"]


def test_an_account_that_leaves_all_rows_is_settled_only_where_the_schedule_says_so(make_pack: MakePack) -> None:
    leaves = pack_of(make_pack, schedule("{when: {at_risk: true}, once: year}", edition="stops_as: closed_gone"))
    work = open_work(schedules.due(accounts(leaves, *[{"at_risk": True}] * 3), leaves, DAY))
    now = accounts(leaves, {"at_risk": False}, {}, {"at_risk": True})

    assert rows(schedules.settled(work, now, leaves, DAY), "account", "status") == [("a", "closed_gone")]


def test_work_of_a_schedule_that_is_gone_stays_open(make_pack: MakePack) -> None:
    pack = pack_of(make_pack, CALL)
    work = pl.DataFrame([{"natural_key": "x", "account": "a", "schedule": "old", "anchor_day": DAY, "raise_on": DAY}])

    assert schedules.settled(work, accounts(pack, {}), pack, DAY).height == 0


# --- refusals


def test_a_schedule_that_does_not_exist_is_refused(make_pack: MakePack) -> None:
    pack = pack_of(make_pack, CALL)

    with pytest.raises(UnknownName, match="There is no schedule named 't'"):
        schedules.due(accounts(pack, {}), pack, DAY, schedules=["t"])


def test_a_column_of_the_wrong_type_is_refused(make_pack: MakePack) -> None:
    pack = pack_of(make_pack, CALL)

    with pytest.raises(FactsError, match="last_engaged"):
        schedules.due(pl.DataFrame({"account": ["a"], "last_engaged": ["yesterday"]}), pack, DAY)


def test_before_its_first_edition_a_schedule_raises_nothing(make_pack: MakePack) -> None:
    pack = pack_of(make_pack, CALL)

    assert schedules.due(accounts(pack, {"last_engaged": date(2018, 1, 1)}), pack, date(2018, 12, 31)).height == 0


# --- one account and all of them; days on end

PACK = packs.load()
FACTS = st.fixed_dictionaries(
    {"has_tam": st.sampled_from([True, True, False, None]), "segment": st.sampled_from(["SMB", "Large", "Strategic", None])},
    optional={
        name: st.dates(date(2025, 1, 1), date(2026, 12, 1))
        for name in ("last_engaged", "tam_assigned_on", "purchase_date", "renewal_date", "last_contact", "sentiment_on", "at_risk_since")
    }
    | {"at_risk": st.booleans(), "onboarding": st.sampled_from(["In Progress", "Completed"]), "tam_eligible": st.sampled_from(["Yes", "No"])}
    | {"coverage": st.sampled_from(["account_manager", "tam"]), "region": st.sampled_from(["EMEA", "US East"])},
)  # fmt: skip


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(FACTS, min_size=1, max_size=5), st.dates(date(2018, 6, 1), date(2026, 12, 31)))
def test_one_account_is_explained_as_the_whole_frame_is_decided(facts: list[dict[str, Any]], day: date) -> None:
    frame = accounts(PACK, *facts)
    found = schedules.due(frame, PACK, day)
    waiting = {(a, s): sorted(m) for a, s, m in schedules.waiting(frame, PACK, day).rows()}

    for i, one in enumerate(facts):
        for key, why in schedules.explain(one, PACK, day).items():
            mine = found.filter((pl.col("account") == chr(97 + i)) & (pl.col("schedule") == key))
            assert [(p.due_date, p.raise_on, p.title) for p in why.now] == rows(mine, "due_date", "raise_on", "title")
            assert (why.status == "due") == bool(mine.height)
            assert sorted(why.missing) == waiting.get((chr(97 + i), key), [])


@settings(max_examples=25, deadline=None)
@given(st.lists(st.dates(date(2019, 1, 1), date(2019, 12, 31)), min_size=1, max_size=8), st.integers(1, 20), st.integers(0, 5))
def test_day_after_day_no_key_is_raised_twice_for_two_things_and_every_call_gets_one(
    calls: list[date], every: int, early: int
) -> None:
    """A year of daily looks: each call that was held makes exactly one next occasion, whatever the days between the looks."""
    with TemporaryDirectory() as folder:
        text = schedule(f"{{every: {every + early} days, raise_before: {early} days}}", edition="anchor: last_engaged")
        pack = packs.load(write(Path(folder), {"rules.yaml": "", **files(text)}))
    raised: dict[str, tuple[date, date]] = {}
    for day in (date(2019, 1, 1) + timedelta(days=n) for n in range(0, 400, 3)):
        held = [call for call in calls if call <= day]
        frame = accounts(pack, {"last_engaged": max(held)} if held else {})
        for row in schedules.due(frame, pack, day).to_dicts():
            due = (row["anchor_day"], row["due_date"])
            assert raised.setdefault(row["natural_key"], due) == due
    # The last call's occasion always comes; an earlier one's only if nobody was quicker.
    assert f"s:a:{max(calls)}" in raised
    assert all(due == anchor + timedelta(days=every + early) for anchor, due in raised.values())
    assert {anchor for anchor, _ in raised.values()} <= set(calls)


def test_what_was_closed_without_being_done_counts_from_its_closing(make_pack: MakePack) -> None:
    pack = pack_of(make_pack, CALL)
    frame = accounts(pack, {"last_engaged": date(2019, 5, 21)}, {"last_engaged": date(2019, 5, 21)})
    closed = pl.DataFrame({"account": ["a"], "schedule": ["s"], "day": [date(2019, 5, 30)]})
    found = schedules.prepare(frame, pack, date(2019, 6, 10))

    assert rows(schedules.due_of(found, closed=closed), "natural_key", "due_date") == [
        ("s:a:2019-05-30", date(2019, 6, 13)), ("s:b:2019-05-21", date(2019, 6, 4)),
    ]  # fmt: skip
    earlier = closed.with_columns(day=pl.lit(date(2019, 5, 20)))  # the thing was done since
    assert schedules.due_of(found, closed=earlier).equals(schedules.due_of(found))
    work = pl.DataFrame({"natural_key": ["s:a:2019-05-30"], "account": ["a"], "schedule": ["s"], "anchor_day": [date(2019, 5, 30)], "raise_on": [date(2019, 6, 10)]})  # fmt: skip
    assert schedules.settled_of(found, work).height == 0
