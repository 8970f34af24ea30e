"""What else differs where a rule's outcome stays the same: its further outputs, what it waits for, and whether a person set it."""

import json
from typing import Any

import polars as pl

from tenure.queries import columns, decisions
from tenure.queries.columns import Columns
from tenure.rules.packs import Pack

SAME = ("", "written anew")


def of(changed: pl.DataFrame, pack: Pack) -> dict[int, tuple[str, str]]:
    """``open_id`` -> (before, after) in words, for the rows of ``Changes.decided`` whose outcome stays."""
    rows = changed.filter(pl.col("before") == pl.col("outcome"))
    if not rows.height:
        return {}
    read: Columns = {
        "open_id": ("id", "int"), "outputs:old": ("outputs", "text"), "missing:old": ("missing", "text"), "overridden:old": ("overridden", "bool"),
    }  # fmt: skip
    scope = columns.of_ids(rows["open_id"].to_list())
    both = rows.join(columns.read(read, f"tenure_decision where {scope.where('id')}"), on="open_id", how="inner")
    return {row["open_id"]: _words(row, pack) for row in both.iter_rows(named=True)}


def _words(row: dict[str, Any], pack: Pack) -> tuple[str, str]:
    was, now = _said(row, ":old", pack), _said(row, "", pack)
    names = [name for name in {**was, **now} if was.get(name) != now.get(name)]
    if not names:
        return SAME
    return ", ".join(was.get(name, "–") for name in names), ", ".join(now.get(name, "–") for name in names)


def _said(row: dict[str, Any], side: str, pack: Pack) -> dict[str, str]:
    """Everything beside the outcome, by name, in words."""
    outputs = json.loads(row[f"outputs{side}"] or "{}")
    missing = [decisions.label(name, pack) for name in json.loads(row[f"missing{side}"] or "[]")]
    told = {name: f"{name.replace('_', ' ')} {value}" for name, value in outputs.items() if value is not None}
    return told | {
        " missing": f"missing {', '.join(missing)}" if missing else "nothing missing",
        " overridden": "set by hand" if row[f"overridden{side}"] else "by the rule",
    }
