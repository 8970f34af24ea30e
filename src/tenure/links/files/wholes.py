"""Tables that only make sense as a whole: every version of each row, or charges that add up."""

from collections.abc import Iterable

import polars as pl

from tenure.actions.imports_checks import Problem

ONE_CURRENCY = "Correct the currency in the source, or leave the charges of one currency out."


def current_and_past(frame: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Of each row the version that holds, and the others. Where none is active the source has deleted the row: the last one stands for it."""
    order = [pl.col("active")] + ([pl.col("from_at")] if "from_at" in frame.columns else []) + [pl.col("row")]
    ranked = frame.sort(order, descending=True, nulls_last=True).with_columns(
        pl.int_range(pl.len()).over("external_id").alias("rank")
    )
    first = (pl.col("rank") == 0) | pl.col("external_id").is_null()
    current = ranked.filter(first).sort("row")
    gone = ~pl.col("active")
    deleted = (gone | pl.col("deleted").fill_null(False)) if "deleted" in frame.columns else gone
    current = current.with_columns(deleted.alias("deleted")).drop("rank", "active")
    return current, ranked.filter(~first).sort("row").drop("rank", "active")


def fold_charges(frames: Iterable[pl.DataFrame]) -> tuple[pl.DataFrame, list[Problem]]:
    """Charges as one row per subscription: recurring revenue added up, and the seats of the charge group that has most.

    A charge that comes twice counts once, as it was told last. A subscription whose charges are in several currencies is refused.
    With a column ``place`` (which file) the folded rows keep that of the subscription's first charge.
    """
    parts = [frame for frame in frames if frame.height]
    if not parts:
        return pl.DataFrame(schema={"row": pl.Int64, "external_id": pl.String}), []
    rows = pl.concat(parts, how="diagonal").filter(pl.col("subscription_ref").is_not_null())
    rows = rows.filter(pl.col("external_id").is_null() | pl.col("external_id").is_last_distinct())
    group = "group" if "group" in rows.columns else "subscription_ref"
    first = [name for name in ("row", "place") if name in rows.columns]
    measures = [name for name in ("seats", "arr_minor") if name in rows.columns]
    by_group = rows.group_by("subscription_ref", group, "currency", maintain_order=True).agg(
        pl.col(first).first(), *[pl.when(pl.col(name).is_not_null().any()).then(pl.col(name).sum()).alias(name) for name in measures]
    ) if group != "subscription_ref" else rows  # fmt: skip
    whole = [
        pl.col(first).first(),
        pl.col("currency").first(),
        pl.col("currency").unique().sort().str.join(" and ").alias("currencies"),
    ]
    whole.append(pl.col("currency").n_unique().alias("count"))
    if "seats" in measures:
        whole.append(
            pl.col("seats").max()
            if group != "subscription_ref"
            else pl.when(pl.col("seats").is_not_null().any()).then(pl.col("seats").sum()).alias("seats")
        )
    if "arr_minor" in measures:
        whole.append(pl.when(pl.col("arr_minor").is_not_null().any()).then(pl.col("arr_minor").sum()).alias("arr_minor"))
    if "product" in rows.columns:
        whole.append(pl.col("product").drop_nulls().first())
    folded = by_group.group_by("subscription_ref", maintain_order=True).agg(whole).rename({"subscription_ref": "external_id"})
    mixed = folded.filter(pl.col("count") > 1)
    problems = [
        Problem(
            row, key, "currency", said, f"The charges of this subscription are in {said}, which can't be added up.", ONE_CURRENCY
        )
        for row, key, said in mixed.select("row", "external_id", "currencies").iter_rows()
    ]
    return folded.filter(pl.col("count") == 1).drop("currencies", "count"), problems
