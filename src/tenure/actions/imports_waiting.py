"""Orphans: rows kept until their parent arrives, and references set when the other row is there."""

import json
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any

import polars as pl

from tenure.actions import bulk, events, imports_frames, imports_roles, imports_writing
from tenure.actions.imports_checks import KEPT, TOLD, Problem
from tenure.actions.imports_refs import id_column, of
from tenure.actions.imports_specs import MOMENT, SPECS, Spec
from tenure.actions.imports_state import Session, UpsertResult
from tenure.models import Account, WaitingRow
from tenure.queries import imports

COLUMNS = ("source", "noun", "external_id", "parent_noun", "parent_id", "row", "run_id", "since")


def keep(session: Session, spec: Spec, waiting: pl.DataFrame) -> None:
    """Keep orphans; one that waits already is only rewritten when it says something else."""
    if not waiting.height or session.dry:
        return
    rows = [
        (spec.noun, key, noun, parent, text)
        for key, noun, parent, text in waiting.select("external_id", "parent_noun", "parent_id", "text").iter_rows()
    ]
    _store(session, rows)


def told(spec: Spec, waiting: pl.DataFrame) -> list[Problem]:
    """What each orphan waits for, to tell people."""
    fields = {ref.noun: ref.name for ref in reversed(spec.refs)} | ({spec.updates: "external_id"} if spec.updates else {})
    return [
        Problem(
            row, key, fields[noun], parent[:KEPT], f"Waits for {noun.replace('_', ' ')} '{parent[:TOLD]}', which isn't there.",
            f"Import that {noun.replace('_', ' ')}: the row comes in with it.", "waiting",
        )
        for row, key, noun, parent in waiting.select("row", "external_id", "parent_noun", "parent_id").iter_rows()
    ]  # fmt: skip


def keep_links(session: Session, spec: Spec, frame: pl.DataFrame) -> int:
    """Keep references of imported rows to what isn't there yet; how many rows have one."""
    lost = [ref for ref in of(spec, frame) if ref.missing == "later"]
    tests = {ref.name: pl.col(ref.name).is_not_null() & pl.col(id_column(ref)).is_null() for ref in lost}
    if not tests:
        return 0
    unlinked = frame.filter(pl.any_horizontal(tests.values()))
    if session.dry or not unlinked.height:
        return unlinked.height
    rows = []
    for ref in lost:
        part = unlinked.filter(tests[ref.name]).select("external_id", ref.name, "object_id")
        rows += [
            (f"{spec.noun}:{ref.name}", key, ref.noun, parent, json.dumps({"object_id": pk}))
            for key, parent, pk in part.iter_rows()
        ]
    _store(session, rows)
    return unlinked.height


def _store(session: Session, rows: list[tuple[str, str, str, str, str]]) -> None:
    """Write those that are new or different."""
    by_noun: dict[str, list[tuple[str, str, str, str, str]]] = {}
    for row in rows:
        by_noun.setdefault(row[0], []).append(row)
    fresh: list[tuple[Any, ...]] = []
    for noun, part in by_noun.items():
        there = imports.waiting_rows(session.source, noun, [row[1] for row in part])
        for _, key, parent_noun, parent, text in part:
            old = there.get(key)
            if old is None:
                fresh.append((session.source, noun, key, parent_noun, parent, text, session.run_id, session.at))
            elif (old.parent_noun, old.parent_id, old.row) != (parent_noun, parent, json.loads(text)):
                old.parent_noun, old.parent_id, old.row = parent_noun, parent, json.loads(text)
                old.save(update_fields=["parent_noun", "parent_id", "row"])
    bulk.insert(WaitingRow, COLUMNS, fresh)
    session.waits = True


def settle(session: Session, spec: Spec, frame: pl.DataFrame) -> None:
    """Rows that came in wait no more; nor do their references that are there, or that the source took back."""
    if session.dry or not session.something_waits():
        return
    _delete(session, spec.noun, frame["external_id"].to_list())
    for ref in of(spec, frame):
        if ref.missing == "later":
            done = frame.filter(pl.col(ref.name).is_null() | pl.col(id_column(ref)).is_not_null())
            _delete(session, f"{spec.noun}:{ref.name}", done["external_id"].to_list())


def _delete(session: Session, noun: str, names: Sequence[str]) -> None:
    for start in range(0, len(names), 5000):
        WaitingRow.objects.filter(source=session.source, noun=noun, external_id__in=names[start : start + 5000]).delete()


Write = Callable[[Session, Spec, pl.DataFrame, bool], UpsertResult]


def adopt(session: Session, spec: Spec, names: list[str], write: Write, result: UpsertResult) -> None:
    """Import what waited for these rows, and set the references that waited for them."""
    if session.dry or not names or not session.something_waits():
        return
    found = imports.waiting_for(session.source, spec.noun, names)
    if not found:
        return
    WaitingRow.objects.filter(pk__in=[row.pk for row in found]).delete()
    by_noun: dict[str, list[WaitingRow]] = {}
    for row in found:
        by_noun.setdefault(row.noun, []).append(row)
    for noun, rows in sorted(by_noun.items(), key=lambda item: ":" in item[0]):
        if ":" in noun:
            result.accounts |= _link(session, noun, rows)
            continue
        done = write(session, SPECS[noun], _frame(SPECS[noun], rows), True)
        result.adopted += done.created + done.updated + done.adopted
        result.accounts |= done.accounts
        result.problems += done.problems
        result.refused += done.refused


def _frame(spec: Spec, rows: list[WaitingRow]) -> pl.DataFrame:
    """Kept rows as a frame again."""
    return imports_frames.from_rows(spec, [{name: _value(spec, name, value) for name, value in row.row.items()} for row in rows])


def _value(spec: Spec, name: str, value: Any) -> Any:
    dtype = spec.dtype(name)
    if value is None or not isinstance(value, str):
        return value
    if dtype == pl.Date:
        return date.fromisoformat(value)
    return datetime.fromisoformat(value) if dtype == MOMENT else value


def _link(session: Session, noun: str, rows: list[WaitingRow]) -> set[int]:
    """Set one reference of rows that were imported without it; returns the accounts concerned."""
    spec = SPECS[noun.partition(":")[0]]
    ref = next(ref for ref in spec.refs if ref.name == noun.partition(":")[2])
    found = session.ids(ref.noun, {row.parent_id for row in rows})
    wanted = {row.row["object_id"]: found[row.parent_id] for row in rows if row.parent_id in found}
    if ref.role:
        return imports_roles.give(session, ref, wanted, False)
    wanted = {pk: other for pk, other in wanted.items() if pk != other}
    before = imports.values_of(spec.model, ref.column, wanted)
    bulk.update(spec.model, [ref.column], ((other, pk) for pk, other in wanted.items()))
    if spec.model is Account:
        imports_writing.new_versions(session, sorted(wanted))
    owners = _owners(spec, wanted)
    entries = [
        events.Entry(
            f"{spec.noun}.updated", spec.noun, pk, owners.get(pk), events.body(was, {ref.column: other}, source=session.source)
        )
        for pk, other in wanted.items()
        for was in [{ref.column: before.get(pk)}]
    ]
    events.record_many(entries, at=session.at, actor=session.actor, run_id=session.run_id)
    return set(owners.values())


def _owners(spec: Spec, wanted: dict[int, int]) -> dict[int, int]:
    if spec.account == "id":
        return {pk: pk for pk in wanted}
    return imports.values_of(spec.model, spec.account, wanted) if spec.account else {}
