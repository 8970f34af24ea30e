"""Which release was the latest on a day, and how far behind it a version is."""

from datetime import date
from itertools import pairwise

import pytest

from tenure.rules import releases
from tenure.rules.catalogues import Release
from tenure.rules.packs import load

SHIPPED = load().catalogues.releases
ROWS = [Release(version=version, day=day) for version, day in (("15.11", date(2023, 4, 22)), ("16.0", date(2023, 5, 22)), ("16.1", date(2023, 6, 22)))]  # fmt: skip


@pytest.mark.parametrize(
    ("day", "version"),
    [(date(2023, 4, 21), None), (date(2023, 4, 22), "15.11"), (date(2023, 6, 21), "16.0"), (date(2023, 6, 22), "16.1"), (date(2030, 1, 1), "16.1")],
)  # fmt: skip
def test_the_latest_release_is_that_of_the_day(day: date, version: str | None) -> None:
    found = releases.latest(ROWS, day)

    assert (found.version if found else None) == version


@pytest.mark.parametrize(
    ("version", "count"),
    [
        ("16.1", 0), ("16.0", 1), ("v15.11.3-ee", 2), ("GitLab 15.2", 3), ("17.4", 0), ("16.1.9", 0), ("9.5", 3), ("", None), ("latest", None), ("16", None), ("2023.04.22", None),
    ],
)  # fmt: skip
def test_a_version_is_so_many_releases_behind(version: str, count: int | None) -> None:
    assert releases.behind(ROWS, version, date(2023, 6, 30)) == count


def test_releases_to_come_do_not_count() -> None:
    assert releases.behind(ROWS, "15.11", date(2023, 6, 21)) == 1


def test_the_gap_is_told_in_words() -> None:
    assert [releases.gap(count) for count in (0, 1, 3)] == ["up to date", "1 release behind", "3 releases behind"]


def test_the_shipped_list_has_one_release_a_month_in_order_and_each_major_begins_at_zero() -> None:
    months = [(one.day.year, one.day.month) for one in SHIPPED]
    assert months == sorted(set(months))
    assert (months[0], len(months)) == ((2018, 6), 102)
    numbers = [releases.number(one.version) for one in SHIPPED]
    assert all(now in ((was[0], was[1] + 1), (was[0] + 1, 0)) for was, now in pairwise(numbers) if was and now)
    known = {one.version: one.day for one in SHIPPED}
    assert (known["11.0"], known["13.12"], known["16.5"], known["16.6"]) == (
        date(2018, 6, 22), date(2021, 5, 22), date(2023, 10, 22), date(2023, 11, 16),
    )  # fmt: skip
