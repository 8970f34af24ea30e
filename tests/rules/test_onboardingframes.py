"""Many onboardings at once get the days and the track that each gets alone."""

from datetime import date, timedelta
from itertools import product

import polars as pl

from tenure.rules import onboarding, onboardingframes, packs
from tenure.rules.onboarding import BEGINS, CAUSES, ENDS

DAY = timedelta(days=1)
BOOK = packs.load().onboarding
EDITIONS = (date(2018, 6, 1), date(2020, 1, 1), date(2020, 9, 1), date(2022, 2, 1), date(2022, 11, 11), date(2023, 3, 29))
NAMES = tuple(dict.fromkeys((*BEGINS, *ENDS)))


def test_a_frame_says_what_each_says_alone() -> None:
    """Every edition and cause, with days near the goals of 14, 30 and 45, near 90, and missing ones; 2,232 onboardings."""
    day, rows = date(2026, 11, 16), []
    for number, (edition, cause, age, gem) in enumerate(
        product(EDITIONS, CAUSES, (None, -3, 14, 15, 30, 31, 90, 91, 180, 181), ("Diamond", "Quartz"))
    ):
        for known in range(0, 7, 3) if age is not None else (0, 1, 2, 5):
            start = None if age is None else day - age * DAY
            days = {
                name: None if (number + place) % 4 == known % 4 else day - ((number * 7 + place * 13) % 120) * DAY
                for place, name in enumerate(NAMES)
            }
            ends = dict.fromkeys(ENDS) if known == 0 else {}
            rows.append({**days, **ends, "start_date": start, "edition": edition, "cause": cause, "gemstone": gem})
    schema = {**dict.fromkeys(NAMES, pl.Date), "edition": pl.Date, "cause": pl.String, "gemstone": pl.String}

    found = onboardingframes.reckoned(pl.DataFrame(rows, schema), BOOK, day)

    tracks = set()
    for row, got in zip(rows, found.iter_rows(named=True), strict=True):
        edition = row["edition"]
        assert isinstance(edition, date)
        times = BOOK.times(edition)
        for key in ("engage", "value", "onboard"):
            assert got[f"days_to_{key}"] == (onboarding.days(times[key], row) if key in times else None), (row, key)
        assert got["track"] == onboarding.track(BOOK, edition, row, day), row
        tracks.add(got["track"])
    assert tracks == {"on_track", "behind", "stuck"}


def test_none_is_none() -> None:
    schema = {**dict.fromkeys(NAMES, pl.Date), "edition": pl.Date, "cause": pl.String, "gemstone": pl.String}
    assert onboardingframes.reckoned(pl.DataFrame(schema=schema), BOOK, date(2026, 11, 16)).height == 0
