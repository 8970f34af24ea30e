"""Reading rows as typed columns: few, many and none of them alike."""

from datetime import date

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from tenure.queries import columns
from tenure.queries.columns import Columns, Read
from tests.world import World

READ: Columns = {
    "id": ("n.id", "int"), "even": ("case when n.id = 2 * (n.id / 2) then 1 else 0 end", "bool"), "name": ("u.name", "text"),
    "since": ("case when n.id > 1 then '2026-11-16' end", "date"),
}  # fmt: skip
TYPES = {"id": pl.Int64, "even": pl.Boolean, "name": pl.String, "since": pl.Date}


def numbered(count: int) -> str:
    """So many rows with one user's name."""
    rows = f"with recursive n(id) as (select 1 union all select id + 1 from n where id < {count}) select id from n"
    return f"({rows}) n join tenure_user u on u.email = 'tam@example.com' where n.id <= {count} order by n.id"


def expected(count: int) -> pl.DataFrame:
    ids = range(1, count + 1)
    rows = [(number, number % 2 == 0, "Tam Technical", date(2026, 11, 16) if number > 1 else None) for number in ids]
    return pl.DataFrame(rows, TYPES, orient="row")


@pytest.mark.parametrize("count", [0, 1, columns.FEW, columns.FEW + 1])
def test_few_and_many_rows_are_read_alike(world: World, count: int) -> None:
    assert_frame_equal(columns.read(READ, numbered(count)), expected(count))


def test_two_reads_of_nothing_are_frames_of_their_own(world: World) -> None:
    first, second = columns.read(READ, numbered(0)), columns.read(READ, numbered(0))
    first.insert_column(0, pl.Series("more", [], dtype=pl.Int64))

    assert first.columns == ["more", *TYPES]
    assert second.columns == list(TYPES)


def test_several_reads_in_one_statement_give_what_each_gives_alone(world: World) -> None:
    people = "tenure_user u join (select 1 as id) n on 1 = 1 where u.email like 't%%' order by u.email"
    asked = {"some": Read(READ, f"(select * from (select n.id, u.name from {people}) q) n join tenure_user u on u.name = n.name"),
             "none": Read(READ, "tenure_user u join (select 1 as id) n on 1 = 1 where u.email = %s", ["nobody"])}  # fmt: skip

    together, apart = columns.read_all(asked, True), columns.read_all(asked, False)

    assert together["some"]["name"].sort().to_list() == ["Tam Technical", "Tessa Technical"]
    for name in asked:
        assert_frame_equal(together[name], apart[name], check_row_order=False)


def test_frames_side_by_side_hold_one_row_for_each_key() -> None:
    left, right = pl.LazyFrame({"account": [1, 2], "arr": [10, None]}), pl.LazyFrame({"account": [2, 3], "word": ["b", "c"]})

    found = columns.collected(columns.side_by_side([left, right], "account"))

    assert sorted(found.iter_rows()) == [(1, 10, None), (2, None, "b"), (3, None, "c")]
