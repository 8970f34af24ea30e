"""The state of a list in its address: read back as it was written, and never trusted."""

from datetime import date
from typing import Any
from urllib.parse import parse_qsl, quote, unquote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenure.queries import lists
from tenure.queries.lists import Column, Condition, Defaults, State

COLUMNS = {
    column.key: column
    for column in [
        Column("name", "Account", "text", "name_key", fixed=True),
        Column("segment", "Segment", "enum", "segment", choices=(("Large", "Large"), ("SMB", "Small")), groupable=True),
        Column("arr", "ARR", "money", "arr_minor", nullable=True, digits=2),
        Column("yen", "Yen", "money", "yen_minor", nullable=True),
        Column("contacts", "Contacts", "int", "contacts"),
        Column("renewal", "Renewal", "date", "renewal_date", nullable=True),
        Column("tam", "TAM", "person", "tam_id", nullable=True, groupable=True),
        Column("override", "Set by hand", "bool", "overridden", groupable=True),
    ]
}
USUAL = Defaults((("arr", True),), ("name", "arr"))


def state(query: str) -> State:
    return lists.read(parse_qsl(query, keep_blank_values=True), COLUMNS, USUAL)


def only(text: str) -> Condition:
    found = lists.condition_of(text, COLUMNS)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("text", "value", "shown"),
    [
        ("arr:gte:1,250.50", 125_050, "1,250.50"),
        ("arr:gte:$1 000", 100_000, "1,000"),
        ("yen:lt:500", 500, "500"),
        ("arr:between:10..20.5", (1_000, 2_050), "10 and 20.50"),
        ("contacts:is:0", 0, "0"),
        ("segment:any:Large,SMB", ("Large", "SMB"), "Large, Small"),
        ("renewal:next:90", 90, "90 days"),
        ("renewal:before:2027-01-31", date(2027, 1, 31), "31 Jan 2027"),
        ("renewal:between:2027-01-01..2027-02-01", (date(2027, 1, 1), date(2027, 2, 1)), "1 Jan 2027 and 1 Feb 2027"),
        ("tam:any:7,8", ("7", "8"), "Tam, somebody unknown"),
        ("renewal:between:2027-02-01..2027-01-01", (date(2027, 1, 1), date(2027, 2, 1)), "1 Jan 2027 and 1 Feb 2027"),
        ("arr:between:20.5..10", (1_000, 2_050), "10 and 20.50"),
        ("tam:me", None, ""),
        ("tam:none", None, ""),
        ("segment:none", None, ""),
        ("override:yes", None, ""),
        ("name:has:50%25 off%7C a%2C b", "50% off| a, b", "50% off| a, b"),
    ],
)
def test_a_condition_is_read_with_its_type(text: str, value: Any, shown: str) -> None:
    found = only(text)

    assert found.value == value
    assert found.shown({"7": "Tam"}) == shown
    assert only(found.text()) == found


def test_none_without_a_value_means_blank() -> None:
    assert (only("tam:none"), only("segment:none")) == (only("tam:empty"), only("segment:empty"))


@pytest.mark.parametrize(
    "text",
    [
        "", "arr", "arr:", "arr:gte", "arr:gte:", "arr:gte:ten", "arr:gte:1.001", "arr:gte:NaN", "arr:gte:-Infinity", "arr:gte:9e99", "arr:gte:1e-999999",
        "arr:has:1", "arr:between:1", "arr:between:1..2..3", "arr:between:..", "yen:is:1.5", "contacts:empty", "contacts:gte:99999999999999999999",
        "renewal:next:-1", "renewal:next:36501", "renewal:next:x", "renewal:before:2027-02-30", "renewal:before:tomorrow", "tam:is:Tam", "tam:is:-1",
        "tam:is:99999999999999999999", "segment:any:", "segment:any:,,", "segment:any:%00", "override:is:1", "nothing:is:1", ":::", "name:is:\x00", "name:has:%20",
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_left_out_and_named(text: str) -> None:
    found = state(f"f={quote(text)}&f=segment:is:Large")

    assert found.filters == ((Condition(COLUMNS["segment"], "is", "Large"),),)
    assert found.ignored == (f"filter {unquote(text.replace(chr(0), ''))}",)


def test_a_filter_holds_alternatives_and_filters_narrow_each_other() -> None:
    found = state("f=segment:is:Large|arr:gte:5&f=tam:me")

    assert [[test.text() for test in group] for group in found.filters] == [["segment:is:Large", "arr:gte:5"], ["tam:me"]]
    assert found.query() == "f=segment:is:Large%7Carr:gte:5&f=tam:me"


def test_sorts_columns_and_groups_that_do_not_exist_are_named() -> None:
    found = state("sort=nothing,-arr,arr,,--name&cols=nothing,renewal&group=arr")

    assert found.sorts == (("arr", True),)
    assert found.shown == ("name", "renewal")
    assert found.group == ""
    assert found.ignored == ("group by arr", "sort by nothing", "sort by -name", "column nothing")


def test_columns_may_come_one_by_one_and_the_fixed_one_stays() -> None:
    assert state("cols=tam&cols=name&cols=arr").shown == ("tam", "name", "arr")
    assert state("cols=").shown == ("name",)


def test_the_usual_is_left_out_of_the_address() -> None:
    assert state("").query() == ""
    assert state("sort=-arr&cols=name,arr").query() == ""
    assert state("sort=arr").query() == "sort=arr"


def test_another_state_starts_on_the_first_page() -> None:
    assert state("after=x&from=50&q=beach").change(group="segment").query() == "q=beach&group=segment"


def test_a_saved_view_keeps_neither_its_name_nor_the_page() -> None:
    assert state("view=7&after=x&from=50&f=tam:me").plain() == "f=tam:me"


KINDS: dict[str, st.SearchStrategy[list[str]]] = {
    "text": st.text(min_size=1, max_size=20).map(lambda text: [text]),
    "enum": st.lists(st.sampled_from(["Large", "SMB", "a,b", "50%", "x|y"]), min_size=1, max_size=3),
    "money": st.integers(-(10**12), 10**12).map(lambda cents: [f"{cents / 100:.2f}"]),
    "int": st.integers(-(10**15), 10**15).map(lambda number: [str(number)]),
    "date": st.dates(date(1000, 1, 1)).map(lambda day: [day.isoformat()]),
    "person": st.lists(st.integers(1, 10**9).map(str), min_size=1, max_size=3),
    "bool": st.just([]),
}


@st.composite
def conditions(draw: st.DrawFn) -> Condition | None:
    column = draw(st.sampled_from([column for column in COLUMNS.values() if column.key != "yen"]))
    operator = draw(st.sampled_from(sorted(column.operators)))
    values = draw(st.integers(0, 999).map(lambda days: [str(days)])) if operator in lists.DAYS else draw(KINDS[column.kind])
    values = values * 2 if operator == "between" else values
    return lists.condition(
        COLUMNS, column.key, operator, values if operator in lists.MANY or operator == "between" else values[:1]
    )


@settings(max_examples=100, deadline=None)
@given(groups=st.lists(st.lists(conditions(), min_size=1, max_size=3), max_size=4), search=st.text(max_size=30))
def test_every_state_is_read_back_as_it_was_written(groups: list[list[Condition | None]], search: str) -> None:
    filters = tuple(tuple(test for test in group if test) for group in groups)
    wanted = state("").change(filters=tuple(group for group in filters if group), search=search.replace("\x00", "").strip())

    assert state(wanted.query()) == wanted


NAMES = st.sampled_from(["f", "sort", "cols", "group", "q", "view", "after", "from"])


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(NAMES, st.text(max_size=60)), max_size=6))
def test_no_address_breaks_a_list(pairs: list[tuple[str, str]]) -> None:
    found = lists.read(pairs, COLUMNS, USUAL)

    assert state(found.query()).filters == found.filters
