"""Onboardings by the handbook, many at once: the days that they took and how they stand, as columns."""

from __future__ import annotations

from datetime import date

import polars as pl

from tenure.rules.onboarding import Book, MetricShape, TrackShape, days_expr, latest

KEYS = ("engage", "value", "onboard")
NONE = pl.lit(None, pl.Int64)


def reckoned(frame: pl.DataFrame, book: Book, day: date) -> pl.DataFrame:
    """``frame`` with ``days_to_engage``, ``days_to_value``, ``days_to_onboard`` and ``track`` as `onboarding.days` and `onboarding.track` give
    them on a day: columns of the names of `BEGINS` and `ENDS` (dates), `cause` and `gemstone` (text), `edition` (date), in the order of the frame."""
    frame = frame.with_columns(days_expr(book, key) for key in KEYS)
    if not frame.height:
        return frame.with_columns(track=pl.lit("", pl.String))
    tracks = pl.lit("", pl.String)
    for edition in frame["edition"].drop_nulls().unique().sort().to_list():
        rule = latest(book.tracks, edition)
        found = _track(rule, book, edition, day) if rule else pl.lit("", pl.String)
        tracks = pl.when(pl.col("edition") == edition).then(found).otherwise(tracks)
    return frame.with_columns(track=tracks)


def _track(rule: TrackShape, book: Book, edition: date, day: date) -> pl.Expr:
    age = (pl.lit(day) - pl.col(rule.begins)).dt.total_days().fill_null(0)
    late = pl.any_horizontal(
        pl.lit(False), *(_late(metric, day) for metric in book.times(edition).values() if metric.goal is not None)
    )
    if rule.by_gem:
        plays = {gem: play.days for gem in {play.gem for play in book.plays} if (play := book.play(gem, edition))}
        late = late | (age > pl.col("gemstone").replace_strict(plays, default=None, return_dtype=pl.Int64)).fill_null(False)
    stuck = pl.lit(False) if rule.stuck_after is None else age > rule.stuck_after
    return pl.when(stuck).then(pl.lit("stuck")).when(late).then(pl.lit("behind")).otherwise(pl.lit("on_track"))


def _late(metric: MetricShape, day: date) -> pl.Expr:
    begins, ends = pl.col(metric.begins), pl.col(metric.ends)
    for other in reversed(metric.instead):
        fits = other.fits_expr()
        begins = pl.when(fits).then(pl.col(other.begins or metric.begins)).otherwise(begins)
        ends = pl.when(fits).then(pl.col(other.ends or metric.ends)).otherwise(ends)
    so_far = (pl.lit(day) - begins).dt.total_days()
    least = so_far if metric.least is None else pl.max_horizontal(so_far, pl.lit(metric.least))
    return (ends.is_null() & so_far.is_not_null() & (least > metric.goal)).fill_null(False)
