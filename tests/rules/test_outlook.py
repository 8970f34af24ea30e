"""The work of days to come, before it exists."""

from datetime import date, timedelta
from typing import Any

import polars as pl

from tenure.rules import outlook, packs
from tenure.rules.packs import Pack
from tests.rules.conftest import MakePack
from tests.rules.work import DAY, accounts, files, schedule

CALL = schedule("{every: 2 weeks, raise_before: 3 days}", edition="anchor: [last_engaged, tam_assigned_on]")
UNTIL = DAY + timedelta(days=90)
KNOWN = {"natural_key": "", "account": "a", "schedule": "s", "open": True}


def pack_of(make_pack: MakePack, text: str) -> Pack:
    return make_pack("", **files(text))


def look(
    pack: Pack, *facts: dict[str, Any], known: list[dict[str, Any]] | None = None, until: date = UNTIL
) -> list[tuple[Any, ...]]:
    frame = accounts(pack, *facts)
    there = (
        pl.DataFrame(known, outlook.KNOWN | {"account": pl.String})
        if known
        else pl.DataFrame(schema=outlook.KNOWN | {"account": pl.String})
    )
    found = outlook.planned(lambda day: frame, pack, DAY, until, there)
    return found.sort("due_date").select("natural_key", "due_date").rows()


def test_one_looks_four_weeks_at_a_time() -> None:
    assert outlook.looks(DAY, DAY + timedelta(days=60)) == [
        (date(2019, 6, 3), date(2019, 6, 30)), (date(2019, 7, 1), date(2019, 7, 28)), (date(2019, 7, 29), date(2019, 8, 2)),
    ]  # fmt: skip
    assert outlook.looks(DAY, DAY) == [(DAY, DAY)]


def test_a_call_follows_a_call_over_the_whole_time_and_none_comes_twice(make_pack: MakePack) -> None:
    found = look(pack_of(make_pack, CALL), {"last_engaged": date(2019, 5, 27)})

    days = [due for _, due in found]
    assert days == [date(2019, 6, 10) + timedelta(weeks=2 * number) for number in range(7)]
    assert len({key for key, _ in found}) == 7


def test_what_is_late_is_taken_as_done_today(make_pack: MakePack) -> None:
    """Due on 15 January, held today: the next one is two weeks from today."""
    found = look(pack_of(make_pack, CALL), {"last_engaged": date(2019, 1, 1)}, until=DAY + timedelta(days=35))

    assert [due for _, due in found] == [date(2019, 1, 15), date(2019, 6, 17), date(2019, 7, 1)]


def test_a_rare_thing_that_is_late_comes_once_and_not_in_every_look(make_pack: MakePack) -> None:
    pack = pack_of(make_pack, schedule("{every: 3 months}", edition="anchor: last_engaged"))

    assert [due for _, due in look(pack, {"last_engaged": date(2018, 1, 1)})] == [date(2018, 4, 1)]


def test_what_is_there_already_isn_t_planned_again(make_pack: MakePack) -> None:
    known = [{**KNOWN, "natural_key": "s:a:2019-05-27"}]
    found = look(pack_of(make_pack, CALL), {"last_engaged": date(2019, 5, 27)}, known=known)

    assert [due for _, due in found][:2] == [date(2019, 6, 24), date(2019, 7, 8)]


def test_what_is_open_keeps_its_day_for_what_follows(make_pack: MakePack) -> None:
    """Open and due on 10 June: the next one is three months after that, and not after the look in which it comes."""
    pack = pack_of(make_pack, schedule("{every: 3 months}", edition="anchor: last_engaged"))
    known = [{**KNOWN, "natural_key": "s:a:2019-03-10"}]

    assert look(pack, {"last_engaged": date(2019, 3, 10)}, known=known, until=date(2019, 12, 1))[0][1] == date(2019, 9, 10)


def test_what_was_closed_isn_t_planned_again_either(make_pack: MakePack) -> None:
    pack = pack_of(make_pack, schedule("{at: 10 days}", edition="anchor: purchase_date"))
    known = [{**KNOWN, "natural_key": "s:a:2019-06-01", "open": False}]

    assert look(pack, {"purchase_date": date(2019, 6, 1)}) == [("s:a:2019-06-01", date(2019, 6, 11))]
    assert look(pack, {"purchase_date": date(2019, 6, 1)}, known=known) == []


def test_one_occasion_is_planned_in_one_look_only(make_pack: MakePack) -> None:
    pack = pack_of(
        make_pack,
        schedule(
            "{at: [{offset: 10 days, key: a}, {offset: 40 days, key: b}, {offset: 70 days, key: c}]}",
            edition="anchor: purchase_date",
        ),
    )

    assert [due for _, due in look(pack, {"purchase_date": DAY})] == [DAY + timedelta(days=number) for number in (10, 40, 70)]


def test_what_lets_only_one_be_open_waits_for_it(make_pack: MakePack) -> None:
    """The open one has another anchor: somebody held a call, and the run has not closed it yet."""
    known = [{**KNOWN, "natural_key": "s:a:2019-05-01"}]
    found = look(pack_of(make_pack, CALL), {"last_engaged": date(2019, 5, 27)}, known=known)

    assert found[0][1] == date(2019, 6, 24)


def test_what_is_raised_when_it_is_first_seen_is_planned_for_today_only(make_pack: MakePack) -> None:
    pack = pack_of(make_pack, schedule("{when: {has_tam: false}, once: week, due: 5 days}"))

    assert look(pack, {"has_tam": False}) == [("s:a:2019-W23", date(2019, 6, 8))]
    assert look(pack, {"has_tam": False}, known=[{**KNOWN, "natural_key": "s:a:2019-W22"}]) == []


def test_each_look_takes_the_facts_of_its_own_day(make_pack: MakePack) -> None:
    """Weekly for thirty days after the purchase, then monthly."""
    text = schedule(
        '{when: {days_since_purchase: "<= 30"}, every: 1 week}\n{when: {days_since_purchase: "> 30"}, every: 1 month}',
        edition="anchor: last_engaged",
    )
    pack, bought = pack_of(make_pack, text), DAY - timedelta(days=10)

    def frame(day: date) -> pl.DataFrame:
        return accounts(pack, {"last_engaged": DAY, "days_since_purchase": (day - bought).days})

    found = outlook.planned(frame, pack, DAY, UNTIL)

    assert found["due_date"].to_list() == [
        *(DAY + timedelta(weeks=number) for number in (1, 2, 3)), date(2019, 7, 24), date(2019, 8, 24),
    ]  # fmt: skip


def test_a_call_is_a_contact_too(make_pack: MakePack) -> None:
    text = CALL + schedule("{every: 30 days}", key="f", edition="anchor: last_contact").removeprefix("schedules:\n")
    found = look(pack_of(make_pack, text), {"last_engaged": DAY, "last_contact": DAY})

    assert [key for key, _ in found if key.startswith("f:")] == []


def test_work_is_cut_into_the_steps_of_its_playbook(make_pack: MakePack) -> None:
    text = schedule(
        "{at: 0 days, cta: {playbook: start_up, type: lifecycle, reason: Onboarding}}", edition="anchor: purchase_date"
    )
    pack = pack_of(make_pack, text)
    frame = accounts(pack, {"purchase_date": DAY})
    found = outlook.planned(lambda day: frame, pack, DAY, UNTIL)

    steps = outlook.with_steps(found, frame, pack, DAY)

    assert steps.select("step", "step_role", "step_due", "part", "parts").rows() == [
        ("Say hello", "tam", DAY, 1, 2),
        ("Look around", "tam", date(2019, 7, 3), 2, 2),
    ]


def test_work_without_a_playbook_is_one_step(make_pack: MakePack) -> None:
    pack = pack_of(make_pack, CALL)
    frame = accounts(pack, {"last_engaged": DAY})
    found = outlook.planned(lambda day: frame, pack, DAY, DAY + timedelta(days=14))

    steps = outlook.with_steps(found, frame, pack, DAY)

    assert steps.select("step", "step_role", "step_due", "part", "parts").rows() == [("Call", "tam", date(2019, 6, 17), 1, 1)]


def test_of_the_shipped_handbook_nothing_is_planned_twice() -> None:
    """A year of looks at one account in onboarding: every key once, a call every two weeks by the edition of 2022."""
    pack, today = packs.load(None), date(2026, 11, 16)
    facts = {
        "segment": "Strategic", "region": "EMEA", "has_tam": True, "tam_assigned_on": date(2026, 11, 1), "last_engaged": date(2026, 11, 10),
        "purchase_date": date(2026, 10, 27), "renewal_date": date(2027, 10, 27), "arr": 1_000_000,
    }  # fmt: skip

    def frame(day: date) -> pl.DataFrame:
        return accounts(pack, {**facts, "days_since_purchase": (day - date(2026, 10, 27)).days})

    found = outlook.planned(frame, pack, today, date(2027, 11, 14))

    assert found["natural_key"].is_unique().all()
    calls = found.filter(pl.col("schedule") == "cadence_call")["due_date"].to_list()
    assert calls == [date(2026, 11, 24) + timedelta(weeks=2 * number) for number in range(len(calls))]
    assert len(calls) == 26
    assert found.filter(pl.col("schedule") == "non_engaged_customer").height == 0
