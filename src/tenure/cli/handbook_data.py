"""A handbook as plain data, for ``tenure handbook show`` and ``diff`` as JSON and CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

import polars as pl

from tenure.queries.cells import safe
from tenure.rules import compare, wording
from tenure.rules.errors import Ended, NotYetInForce
from tenure.rules.explain import plain
from tenure.rules.frames import RowError
from tenure.rules.packs import Pack
from tenure.rules.parts import DatedValue, Entry, InForce, Rule

Record = dict[str, Any]
CHANGE = ("kind", "rule", "account", "name", "before", "after", "before_since", "after_since", "before_source", "after_source")


def rules(pack: Pack, day: date) -> list[Record]:
    """Every rule, and since when it has held; null where it isn't in force."""
    in_force = pack.in_force(day)
    return [
        {"kind": "rule", "name": rule.name, "title": rule.title, "in_force_since": plain(held.since) if held else None, "value": None,
         "unit": None, "source": held.source if held else rule.source}
        for rule in pack.rules.values() for held in [in_force.get(rule.name)]
    ]  # fmt: skip


def values(pack: Pack, day: date) -> list[Record]:
    """Every dated value as on the day; null where it doesn't hold."""
    found = []
    for value in pack.values.values():
        entry = entry_on(pack, value, day)
        found.append(
            {"kind": "value", "name": value.name, "title": value.title, "in_force_since": plain(entry.start) if entry else None,
             "value": plain(entry.value) if entry else None, "unit": value.unit or None, "source": source_of(entry, value)}
        )  # fmt: skip
    return found


def entry_on(pack: Pack, value: DatedValue, day: date) -> Entry | None:
    """The entry that holds on a day, if any."""
    try:
        return pack.value(value.name, day)
    except (NotYetInForce, Ended):
        return None


def source_of(entry: Entry | None, value: DatedValue) -> str:
    """Where a dated value stands."""
    return (entry.source if entry else "") or value.source


def rule(found: Rule, in_force: InForce, pack: Pack, day: date) -> Record:
    """One rule on a day: head, rows in words, the values that they read, the history."""
    edition = in_force.edition
    return {
        "rule": found.name, "title": found.title, "as_of": plain(day), "edition": plain(edition.start),
        "in_force_since": plain(in_force.since), "alternative": edition.alternative, "hit": edition.hit, "source": in_force.source,
        "note": edition.note, "optional": list(edition.optional), "outputs": [output.name for output in found.outputs],
        "rows": rows(found, in_force, pack),
        "values": [
            {"name": name, "since": plain(entry.start), "value": plain(entry.value), "source": source_of(entry, pack.values[name])}
            for name, entry in in_force.entries
        ],
        "editions": [
            {"from": plain(one.start), "ended": plain(one.ended), "alternative": one.alternative, "rows": len(one.rows),
             "source": one.source or found.source}
            for one in found.editions
        ],
    }  # fmt: skip


def rows(found: Rule, in_force: InForce, pack: Pack) -> list[Record]:
    """The rows of a rule, each with its condition and its outputs in words."""
    return [
        {"row": row.number, "when": wording.condition(row, pack)}
        | {output.name: wording.value(item, output, pack) for item, output in zip(row.then, found.outputs, strict=True)}
        | {"note": row.note, "source": row.source or in_force.source}
        for row in in_force.rows
    ]


def value(found: DatedValue, pack: Pack, day: date) -> Record:
    """One dated value on a day, with its history and the rules that read it."""
    entry = entry_on(pack, found, day)
    return {
        "value": found.name, "title": found.title, "unit": found.unit, "as_of": plain(day), "is": plain(entry.value) if entry else None,
        "in_force_since": plain(entry.start) if entry else None, "source": source_of(entry, found),
        "note": (entry.note if entry else "") or found.note, "read_by": readers(found, pack), "values": entries(found),
    }  # fmt: skip


def entries(found: DatedValue) -> list[Record]:
    """The history of a dated value."""
    return [
        {"from": plain(one.start), "value": plain(one.value), "ended": plain(one.ended), "alternative": one.alternative,
         "source": one.source or found.source, "note": one.note}
        for one in found.entries
    ]  # fmt: skip


def readers(found: DatedValue, pack: Pack) -> list[str]:
    """The rules that read a value."""
    return [rule.name for rule in pack.rules.values() if any(found.name in edition.refs for edition in rule.editions)]


# --- what differs


def differences(changes: Sequence[compare.RuleChange], moved: pl.DataFrame | None, errors: Iterable[RowError]) -> Record:
    """Rules that differ, and, where facts were given, the accounts whose outcome does."""
    found: Record = {"rules": [asdict(change) for change in changes]}
    if moved is not None:
        found["accounts"] = moved.to_dicts()
        found["errors"] = [{"row": error.row, "column": error.column, "message": error.message} for error in errors]
    return found


def lines(changes: Sequence[compare.RuleChange], moved: pl.DataFrame | None) -> list[Record]:
    """The same as one table: a line per row of a rule that differs (one for the rule where only its date or source
    does), then one per account and rule."""
    found = []
    for change in changes:
        head = {"rule": change.rule, "before_since": plain(change.before_since), "after_since": plain(change.after_since),
                "before_source": change.before_source, "after_source": change.after_source}  # fmt: skip
        rows_of = change.rows or (compare.RowChange(change.kind, "", ""),)
        what = "row" if change.rows else "rule"
        found += [head | {"kind": f"{what} {row.kind}", "before": row.before, "after": row.after} for row in rows_of]
    for one in moved.to_dicts() if moved is not None else ():
        account = one.get("account", one.get("row"))
        found.append(
            {
                "kind": "outcome changed",
                "rule": one["rule"],
                "account": account,
                "name": one.get("name"),
                "before": one["before"],
                "after": one["after"],
            }
        )
    return found


def csv_text(found: Sequence[Mapping[str, Any]], names: Sequence[str]) -> str:
    """Records as CSV under these names."""
    out = io.StringIO()
    writer = csv.DictWriter(out, names, restval="", extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: safe(value) for name, value in record.items()} for record in found)
    return out.getvalue()
