"""Several files of one import: rows of which more than one speaks are put together, the later file having the last word."""

from typing import Any

import polars as pl

from tenure.actions.imports_specs import SPECS
from tenure.links.files import merging
from tenure.links.files.merging import Merged, Statement

Row = dict[str, Any]


def says(name: str, *rows: Row, keys: tuple[str, ...] = ()) -> Statement:
    schema = {"row": pl.Int64, "external_id": pl.String}
    numbered = [{"row": number, **row} for number, row in enumerate(rows, start=2)]
    return Statement(name, pl.DataFrame(numbered, schema_overrides=schema), keys)


def merged(*statements: Statement) -> list[Merged]:
    return list(merging.merge(SPECS["account"], statements))


def told(one: Merged) -> list[tuple[int, int, str, str, str]]:
    return [(place, said.row, said.field, said.value, said.message) for place, said in one.conflicts]


def test_the_last_file_has_the_last_word_and_what_differs_is_told() -> None:
    first = says("a.csv", {"external_id": "A1", "industry": "Steel", "employees": 5, "region": "EMEA"})
    second = says("b.csv", {"external_id": "A1", "industry": "Glass", "employees": 5, "country": "FR"})

    (one,) = merged(first, second)

    assert one.places == (0, 1)
    assert one.frame.select(sorted(one.frame.columns)).to_dicts() == [
        {"country": "FR", "employees": 5, "external_id": "A1", "industry": "Glass", "region": "EMEA", "row": 2}
    ]
    assert told(one) == [
        (1, 2, "industry", "Glass", "a.csv, row 2, says 'Steel', this later file says 'Glass': the later was taken.")
    ]
    assert one.conflicts[0][1].outcome == "conflict"


def test_a_blank_cell_of_the_later_file_clears_and_one_of_the_earlier_is_filled_in() -> None:
    first = says("a.csv", {"external_id": "A1", "industry": "Steel", "region": None})
    second = says("b.csv", {"external_id": "A1", "industry": None, "region": "EMEA"})

    (one,) = merged(first, second)

    assert one.frame.select("industry", "region").rows() == [(None, "EMEA")]
    assert [(field, message) for _, _, field, _, message in told(one)] == [
        ("industry", "a.csv, row 2, says 'Steel', this later file says nothing: the later was taken.")
    ]


def test_amounts_are_told_in_major_units() -> None:
    first = says("a.csv", {"external_id": "A1", "currency": "USD", "stated_arr_minor": 120_050})
    second = says("b.csv", {"external_id": "A1", "currency": "JPY", "stated_arr_minor": 900})

    (one,) = merged(first, second)

    assert [(field, value) for _, _, field, value, _ in told(one)] == [("currency", "JPY"), ("stated_arr_minor", "900")]
    assert "says '1200.50'" in one.conflicts[1][1].message


def test_amounts_of_two_files_in_two_currencies_are_refused() -> None:
    first = says(
        "a.csv",
        {"external_id": "A1", "currency": "EUR", "iacv_minor": 100},
        {"external_id": "A2", "currency": "USD", "iacv_minor": 7},
    )
    second = says("b.csv", {"external_id": "A1", "currency": "USD", "stated_arr_minor": 5}, {"external_id": "A2", "currency": "USD", "stated_arr_minor": 6})  # fmt: skip

    (one,) = merged(first, second)

    assert one.frame.select("external_id", "iacv_minor", "stated_arr_minor").rows() == [("A2", 7, 6)]
    assert [(place, said.row, said.message) for place, said in one.refused] == [
        (1, 2, "This row's amounts are in USD here and in EUR in a.csv: a row has one currency.")
    ]
    assert one.conflicts == []


def test_each_set_of_files_is_put_together_apart_so_that_a_column_nobody_states_clears_nothing() -> None:
    first = says("a.csv", {"external_id": "A1", "industry": "x"}, {"external_id": "A2", "industry": "x"})
    second = says("b.csv", {"external_id": "A2", "region": "y"}, {"external_id": "A3", "region": "y"})
    third = says("c.csv", {"external_id": "A1", "country": "z"}, {"external_id": "A3", "country": "z"})

    found = {
        one.places: (one.frame["external_id"].to_list(), set(one.frame.columns) - {"row", "external_id"})
        for one in merged(first, second, third)
    }

    assert found == {
        (0, 2): (["A1"], {"industry", "country"}),
        (0, 1): (["A2"], {"industry", "region"}),
        (1, 2): (["A3"], {"region", "country"}),
    }


def test_custom_facts_of_both_files_are_kept_and_the_later_file_counts() -> None:
    first = says(
        "a.csv", {"external_id": "A1", "custom": '{"tier": "x", "plan": "p", "seat": "1"}'}, keys=("tier", "plan", "seat")
    )
    second = says("b.csv", {"external_id": "A1", "custom": '{"tier": "y"}'}, keys=("tier", "plan"))

    (one,) = merged(first, second)

    assert one.frame["custom"].to_list() == ['{"seat": "1", "tier": "y"}']
    assert one.keys == ("tier", "plan", "seat")
    assert [(field, value) for _, _, field, value, _ in told(one)] == [("tier", "y"), ("plan", "")]


def test_ids_of_several_files_are_found_by_their_hashes() -> None:
    files = [merging.hashes(pl.Series(ids, dtype=pl.String)) for ids in (["A", "B", "B", None], ["C", "B"], ["C", "D"])]

    shared = merging.in_several(files)

    assert set(shared) == set(pl.Series(["B", "C"]).hash())
