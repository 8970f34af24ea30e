"""Rows of an import as typed frames, their JSON text and the digest by which a change is seen."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import blake2b
from typing import Any

import polars as pl

from tenure.actions.imports_specs import MOMENT, Spec
from tenure.actions.refusals import Refused

# Never part of what is compared or told.
APART = ("row", "digest", "old", "link", "object_id", "text")


def from_rows(spec: Spec, rows: Sequence[Mapping[str, Any]], first: int = 1) -> pl.DataFrame:
    """Mapped rows as a frame with the columns that any of them has; rows are numbered from ``first``. Raises Refused for an unknown field."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    columns = []
    for name in names:
        try:
            dtype = spec.dtype(name)
        except KeyError:
            raise Refused(f"{spec.title} have no field '{name}'.", "invalid", name) from None
        values = [row.get(name) for row in rows]
        columns.append(series(name, values, dtype))
    frame = pl.DataFrame(columns)
    return frame if "row" in names else frame.with_columns(pl.int_range(first, first + len(rows), dtype=pl.Int64).alias("row"))


def series(name: str, values: list[Any], dtype: pl.DataType) -> pl.Series:
    """A typed column; ``custom`` becomes JSON text with its keys in order. Raises Refused for a value of another type."""
    if name == "custom":
        values = [
            None if not value else value if isinstance(value, str) else json.dumps(value, sort_keys=True, default=str)
            for value in values
        ]
    if dtype == MOMENT:
        values = [value if value is None else _aware(name, value) for value in values]
    try:
        return pl.Series(name, values, dtype=dtype)
    except (TypeError, pl.exceptions.PolarsError):
        raise Refused(f"The field '{name}' holds a value of the wrong type.", "invalid", name) from None


def _aware(name: str, value: datetime) -> datetime:
    if value.tzinfo is None:
        raise Refused(f"The field '{name}' needs a time zone.", "invalid", name)
    return value


def pair(name: str, dtype: pl.DataType, column: pl.Expr | None = None) -> pl.Expr:
    """``"name":value`` as JSON text; null where there is no value."""
    value = pl.col(name) if column is None else column
    if name == "custom":
        text = value
    elif dtype == pl.String:
        encoded = pl.struct(value.alias("v")).struct.json_encode()
        return pl.when(value.is_not_null()).then(pl.lit(f'"{name}":') + encoded.str.slice(5, encoded.str.len_chars() - 6))
    elif dtype == pl.Date:
        text = pl.lit('"') + value.dt.strftime("%Y-%m-%d") + pl.lit('"')
    elif dtype == MOMENT:
        text = pl.lit('"') + value.dt.strftime("%Y-%m-%dT%H:%M:%S%.6fZ") + pl.lit('"')
    else:
        text = value.cast(pl.String)
    return pl.lit(f'"{name}":') + text


def text(frame: pl.DataFrame, names: Sequence[str]) -> pl.Expr:
    """The JSON text of each row: the given columns in order, without those that are null."""
    parts = [pair(name, frame.schema[name]) for name in names]
    return pl.lit("{") + pl.concat_str(parts, separator=",", ignore_nulls=True) + pl.lit("}")


def with_digest(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with ``text`` (canonical JSON of what the source says) and ``digest`` (16 bytes of BLAKE2b over it)."""
    names = sorted(name for name in frame.columns if name not in APART)
    texts = frame.select(text(frame, names).alias("text"))["text"]
    digests = [blake2b(line.encode(), digest_size=16).digest() for line in texts.to_list()]
    return frame.with_columns(texts, pl.Series("digest", digests, dtype=pl.Binary))
