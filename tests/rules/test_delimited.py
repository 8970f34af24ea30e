"""Rows of delimited text: nothing is swallowed without a word."""

import csv
import io

import pytest

from tenure.rules.delimited import OPEN_QUOTE, STRAY_QUOTE, Broken, batches, delimiter_of, rows

REST = " The lines after it are read as rows of their own."


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ('a,b\n"x, y",1\n"two\nlines",2\n', [["a", "b"], ["x, y", "1"], ["two\nlines", "2"]]),
        ('a,b\n"A,5\nB,6\n', [["a", "b"], Broken(f"{OPEN_QUOTE}.{REST}", True, 0), ["B", "6"]]),
        ('a,b\nA,"5\nB,6\n', [["a", "b"], Broken(f"{OPEN_QUOTE}.{REST}", True, 1), ["B", "6"]]),
        ('a,b\nA,5\nB,"6', [["a", "b"], ["A", "5"], Broken(f"{OPEN_QUOTE}.", True, 1)]),
        ('a,b\nA,"5"0\nB,6\n', [["a", "b"], Broken(STRAY_QUOTE, False, 1), ["B", "6"]]),
        ('a,b\n"A,5\n"B",6\nC,7\n', [["a", "b"], Broken(STRAY_QUOTE + REST, False, 0), ["B", "6"], ["C", "7"]]),
        ("", []),
    ],
)  # fmt: skip
def test_a_broken_row_is_one_line_and_names_its_cell(text: str, read: list[object]) -> None:
    assert list(rows(text, ",")) == read


def test_a_quote_in_every_row_breaks_every_row_and_costs_no_more_than_one_pass() -> None:
    text = "a,b\n" + '"A,5\n' * 20_001

    found = list(rows(text, ","))

    assert (len(found), sum(isinstance(row, Broken) for row in found)) == (20_002, 20_001)


def test_a_stream_ends_at_a_quote_that_is_never_closed() -> None:
    reader = csv.reader(io.StringIO('a,1\nb,2\n"c,3\nd,4\n'), strict=True)

    assert list(batches(reader, 1)) == [
        ([["a", "1"]], None), ([["b", "2"]], None), ([], Broken(f"{OPEN_QUOTE}, so this row and all after it could not be read.", True)),
    ]  # fmt: skip


@pytest.mark.parametrize(("text", "delimiter"), [("a,b\n1,2", ","), ("a;b\n1,5;2", ";"), ("a\tb\n1\t2", "\t"), ("a\n1", ",")])
def test_the_delimiter_is_the_one_that_splits_the_rows_alike(text: str, delimiter: str) -> None:
    assert delimiter_of(text) == delimiter
