"""Keeping the portfolio's cells true: each change of summary rows appends what it adds and takes away."""

import polars as pl
from django.db import connection, transaction

from tenure.actions import bulk
from tenure.models import PORTFOLIO_SUMS, PORTFOLIO_WORDS, AccountSummary, PortfolioCell

NUMBERS = ("accounts", *(name for pair in PORTFOLIO_SUMS.items() for name in pair))


def adjust(before: pl.DataFrame, after: pl.DataFrame) -> int:
    """Append the difference between the summary rows as they were and as they are (both only the accounts that are written).

    Rows marked as deleted count for nothing. Returns how many cells were appended. Call in the transaction that writes the rows.
    """
    parts = [_cells(before, -1), _cells(after, 1)]
    moved = pl.concat(parts).group_by(PORTFOLIO_WORDS).agg(pl.col(NUMBERS).sum()).filter(pl.any_horizontal(pl.col(NUMBERS) != 0))
    return bulk.insert_frame(PortfolioCell, moved)


def _cells(rows: pl.DataFrame, sign: int) -> pl.DataFrame:
    sums = [(pl.col(name).fill_null(0) * sign).alias(name) for name in PORTFOLIO_SUMS]
    known = [pl.col(name).is_not_null().cast(pl.Int64).mul(sign).alias(count) for name, count in PORTFOLIO_SUMS.items()]
    kept = rows.filter(~pl.col("deleted")).select(*PORTFOLIO_WORDS, pl.lit(sign, pl.Int64).alias("accounts"), *sums, *known)
    return kept.group_by(PORTFOLIO_WORDS).agg(pl.col(NUMBERS).sum()).select(*PORTFOLIO_WORDS, *NUMBERS)


def fold() -> int:
    """Make one cell of each combination's cells again, from the summary rows themselves; returns how many there are."""
    words = ", ".join(f'"{name}"' for name in PORTFOLIO_WORDS)
    sums = ", ".join(f'coalesce(sum("{name}"), 0), count("{name}")' for name in PORTFOLIO_SUMS)
    names = ", ".join(f'"{name}"' for name in (*PORTFOLIO_WORDS, *NUMBERS))
    cells, rows = PortfolioCell._meta.db_table, AccountSummary._meta.db_table
    with transaction.atomic(), connection.cursor() as cursor:
        bulk.lock("events")  # whoever writes summary rows holds it
        cursor.execute(f'delete from "{cells}"')  # noqa: S608 - names of models
        found = f'select {words}, count(*), {sums} from "{rows}" where not deleted group by {words}'  # noqa: S608
        cursor.execute(f'insert into "{cells}" ({names}) {found}')
    return PortfolioCell.objects.count()
