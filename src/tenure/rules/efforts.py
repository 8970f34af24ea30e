"""From planned work to minutes per person and week, each piece with the words for its minutes.

A piece of work counts in the week in which it is due, one that is late in the week of the day from which one looks. Work with steps counts in
equal parts, each step for its own person in its own week; what is done counts no more. An effort *per week* counts for the owner in every
week from the one in which the work begins to the one in which it is due. Work without a date counts nowhere.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import polars as pl

from tenure.rules import capacity, catalogues
from tenure.rules.catalogues import Effort, Fixed
from tenure.rules.packs import Pack

# What counts: one row per step of a piece of work, or one for a piece without steps. `key` tells pieces apart; `owner` has the piece, `user` the
# step; `due` and `begins` are the piece's, `step_due` is the step's. `part` is its number of `parts`.
WORK: dict[str, Any] = {
    "key": pl.String, "account": pl.Int64, "cta": pl.Int64, "schedule": pl.String, "title": pl.String, "type": pl.String,
    "reason": pl.String, "segment": pl.String, "owner": pl.Int64, "user": pl.Int64, "begins": pl.Date, "due": pl.Date,
    "step": pl.String, "step_due": pl.Date, "part": pl.Int64, "parts": pl.Int64,
}  # fmt: skip
LINES: dict[str, Any] = {
    "user": pl.Int64, "week": pl.Date, "account": pl.Int64, "cta": pl.Int64, "schedule": pl.String, "kind": pl.String,
    "title": pl.String, "due_date": pl.Date, "minutes": pl.Int64, "why": pl.String,
}  # fmt: skip
WEEKS_A_YEAR, MONTHS_A_YEAR = 52, 12
UNKNOWN = "The handbook names no time for it"
_OF = ["type", "reason", "segment", "schedule"]


def lines(work: pl.DataFrame, pack: Pack, as_of: date, first: date, count: int) -> pl.DataFrame:
    """The minutes of some work (columns `WORK`) in `count` weeks from `first` on, as seen on `as_of`: columns `LINES`."""
    mondays = capacity.weeks(first, count)
    known = table(work.select(_OF).unique(maintain_order=True), pack, mondays)
    late, ends = (_not_before(as_of, pl.col(name)) for name in ("step_due", "due"))
    work = work.with_columns(week=_monday(late), last=_monday(ends), asked=_monday(ends).clip(mondays[0], mondays[-1]))
    per = known.select(*_OF, pl.col("week").alias("asked"), "weekly")
    work = work.join(per, on=[*_OF, "asked"], how="left", nulls_equal=True, maintain_order="left")
    pieces = work.filter(~pl.col("weekly").fill_null(False) & pl.col("week").is_in(mondays))
    weekly = work.filter(pl.col("weekly").fill_null(False)).unique("key", keep="first", maintain_order=True)
    return pl.concat([_pieces(pieces, known), _weekly(weekly, known, as_of, mondays)])


def table(wanted: pl.DataFrame, pack: Pack, mondays: Iterable[date]) -> pl.DataFrame:
    """The effort in force for each type, reason, segment and schedule of `wanted` in each week; null minutes where the handbook has none."""
    efforts = pack.catalogues.efforts
    rows = [
        (*row, week, *_told(catalogues.effort(efforts, row[0], row[1], row[2], week, row[3])))
        for week in mondays
        for row in wanted.iter_rows()
    ]
    schema: dict[str, Any] = dict.fromkeys(_OF, pl.String)
    return pl.DataFrame(
        rows, schema | {"week": pl.Date, "effort": pl.Int64, "weekly": pl.Boolean, "said": pl.String}, orient="row"
    )


def _told(effort: Effort | None) -> tuple[int | None, bool, str]:
    if effort is None:
        return None, False, UNKNOWN
    if effort.per == "week":
        return effort.minutes, True, f"{effort.minutes} min a week"
    return effort.minutes, False, parts_of(effort)


def parts_of(effort: Effort) -> str:
    """How an effort is cut up: `20 min preparation + 30 min talk + 10 min follow-up`, or only its minutes."""
    named = {"preparation": effort.preparation, "talk": effort.talk, "follow-up": effort.follow_up}
    said = [f"{minutes} min {name}" for name, minutes in named.items() if minutes]
    return " + ".join(said) if sum(named.values()) == effort.minutes and said else f"{effort.minutes} min"


def _pieces(work: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """A step's part of its piece; the parts add up to the whole."""
    found = work.join(known.drop("weekly"), on=[*_OF, "week"], how="left", nulls_equal=True, maintain_order="left")
    whole, number, parts = pl.col("effort").fill_null(0), pl.col("part"), pl.col("parts")
    minutes = whole * number // parts - whole * (number - 1) // parts
    step = pl.format("Step {} of {} ({}): 1/{} of {} min", number, parts, pl.col("step"), parts, whole)
    single = (parts == 1) | pl.col("effort").is_null()
    found = found.with_columns(minutes=minutes, why=pl.when(single).then(pl.col("said")).otherwise(step))
    return _final(found, pl.col("user"), pl.col("step_due"))


def _weekly(work: pl.DataFrame, known: pl.DataFrame, as_of: date, mondays: list[date]) -> pl.DataFrame:
    """One line for each week in which a piece is under way."""
    begins = pl.max_horizontal(pl.col("begins").fill_null(as_of), pl.lit(as_of))
    since = pl.max_horizontal(_monday(begins), pl.lit(mondays[0]))
    until = pl.min_horizontal(pl.col("last"), pl.lit(mondays[-1]))
    work = work.with_columns(since=since, until=until).filter(pl.col("due").is_not_null() & (pl.col("since") <= pl.col("until")))
    work = work.with_columns(week=pl.date_ranges("since", "until", "1w")).explode("week", empty_as_null=False)
    found = work.join(known.drop("weekly"), on=[*_OF, "week"], how="left", nulls_equal=True, maintain_order="left")
    said = pl.format("{}, until {}", pl.col("said"), pl.col("due").dt.strftime("%-d %b %Y"))
    return _final(found.with_columns(minutes=pl.col("effort").fill_null(0), why=said), pl.col("owner"), pl.col("due"))


def _final(found: pl.DataFrame, user: pl.Expr, due: pl.Expr) -> pl.DataFrame:
    kind = pl.when(pl.col("reason") == "").then(pl.col("type").str.replace_all("_", " ").str.to_titlecase()).otherwise("reason")
    columns = found.with_columns(user.alias("user"), due.alias("due_date"), kind.alias("kind"))
    return columns.select(pl.col(name).cast(dtype) for name, dtype in LINES.items())


def _not_before(first: date, day: pl.Expr) -> pl.Expr:
    """A day, but not earlier than ``first``; none stays none."""
    return pl.when(day < first).then(pl.lit(first)).otherwise(day)


def _monday(day: pl.Expr) -> pl.Expr:
    return day - pl.duration(days=day.dt.weekday().cast(pl.Int64) - 1)


# --- work that hangs on no account


def fixed(books: dict[int, set[str]], pack: Pack, first: date, count: int) -> pl.DataFrame:
    """Webinars and workshops of the people who look after accounts: user -> the segments of their accounts. Their days aren't known, so
    each week has its share of the year: columns `LINES`."""
    rows = [
        (user, week, None, None, "", item.title, item.title, None, minutes, why)
        for week in capacity.weeks(first, count)
        for item, minutes, why in _shares(pack, week)
        for user, segments in sorted(books.items())
        if not item.segments or segments & set(item.segments)
    ]
    return pl.DataFrame(rows, LINES, orient="row")


def _shares(pack: Pack, week: date) -> list[tuple[Fixed, int, str]]:
    """What is in force in a week, the later of two with one title; its minutes of that week, half up, and the words for them."""
    end = week + timedelta(days=6)
    running: dict[str, Fixed] = {}
    for item in pack.catalogues.fixed:
        if item.start <= end and (item.ended is None or week <= item.ended):
            running[item.title] = max(running.get(item.title, item), item, key=lambda one: one.start)
    return [(item, _share(item), f"{item.times} x {item.minutes} min a month, x 12 / 52") for item in running.values()]


def _share(item: Fixed) -> int:
    return capacity.half_up(Fraction(item.minutes * item.times * MONTHS_A_YEAR, WEEKS_A_YEAR))
