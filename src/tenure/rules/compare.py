"""What differs between two packs, or between two days of one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher
from typing import Literal, NamedTuple

import polars as pl

from tenure.rules import wording, workwording
from tenure.rules.engine import ACCOUNT, ROW, conform, decide
from tenure.rules.errors import Ended, NotYetInForce
from tenure.rules.packs import Pack
from tenure.rules.parts import InForce

Kind = Literal["added", "removed", "changed"]


@dataclass(frozen=True)
class RowChange:
    """One row that came, went or was changed; in words, empty where there is none."""

    kind: Kind
    before: str
    after: str


@dataclass(frozen=True)
class RuleChange:
    """One rule that differs: `added` holds only after, `removed` only before, `changed` both. `rows` is empty when
    only the edition's date, source or note differs. Dates are those since which each side has held."""

    rule: str
    title: str
    kind: Kind
    before_since: date | None
    after_since: date | None
    before_source: str
    after_source: str
    rows: tuple[RowChange, ...]


def rules(before: Pack, before_as_of: date, after: Pack, after_as_of: date) -> list[RuleChange]:
    """The rules that differ between `before` on one day and `after` on another, in the packs' order."""
    old, new = before.in_force(before_as_of), after.in_force(after_as_of)
    found = []
    for name in dict.fromkeys((*old, *new)):
        left, right = old.get(name), new.get(name)
        if left is right:
            continue
        lines = (_lines(left, before), _lines(right, after))
        if left and right and lines[0] == lines[1] and (left.since, left.source) == (right.since, right.source):
            continue
        found.append(_change(name, left, right, *lines))
    return found


def work(before: Pack, before_as_of: date, after: Pack, after_as_of: date) -> list[RuleChange]:
    """The schedules and playbooks that differ; a row is a row of a schedule or a step of a playbook, in words."""
    old, new = _works(before, before_as_of), _works(after, after_as_of)
    found = []
    for name in dict.fromkeys((*old, *new)):
        left, right = old.get(name, _NONE), new.get(name, _NONE)
        if left != right:
            kind: Kind = "added" if left is _NONE else "removed" if right is _NONE else "changed"
            rows = tuple(_rows(list(left.lines), list(right.lines)))
            title = right.title or left.title
            found.append(RuleChange(name, title, kind, left.since, right.since, left.source, right.source, rows))
    return found


def accounts(
    frame: pl.DataFrame, before: Pack, before_as_of: date, after: Pack, after_as_of: date, names: Iterable[str] | None = None
) -> pl.DataFrame:
    """The accounts of a fact frame whose outcome differs: `account` (or `row`), `rule`, `before`, `after` as text
    (null = undecided or not in force). `names` limits the rules. Raises FactsError when a fact does not fit a pack."""
    old = _long(decide(conform(frame, before), before, before_as_of), before)
    new = _long(decide(conform(frame, after), after, after_as_of), after)
    wanted = [name for name in dict.fromkeys((*old, *new)) if names is None or name in set(names)]
    key = ACCOUNT if ACCOUNT in frame.columns else ROW
    ids = frame[key] if key in frame.columns else pl.Series(ROW, range(1, frame.height + 1), dtype=pl.UInt32)
    nothing = pl.Series([None] * frame.height, dtype=pl.String)
    parts = []
    for name in wanted:
        pair = pl.DataFrame({key: ids, "before": old.get(name, nothing), "after": new.get(name, nothing)})
        differs = pair.filter(pl.col("before").ne_missing(pl.col("after")))
        parts.append(differs.select(key, pl.lit(name).alias("rule"), "before", "after"))
    schema = {key: ids.dtype, "rule": pl.String(), "before": pl.String(), "after": pl.String()}
    return pl.concat(parts) if parts else pl.DataFrame(schema=schema)


class _Work(NamedTuple):
    """A schedule or playbook on a day, for comparing."""

    title: str
    since: date | None
    source: str
    lines: tuple[str, ...]


_NONE = _Work("", None, "", ())


def _works(pack: Pack, day: date) -> dict[str, _Work]:
    found = {}
    for key, item in pack.running(day).items():
        lines = tuple(workwording.line(row, draft, pack) for row, draft in zip(item.edition.rows, item.rows.rows, strict=True))
        found[key] = _Work(item.schedule.title, item.edition.start, item.edition.source or item.schedule.source, lines)
    for key, playbook in pack.playbooks.items():
        try:
            edition = pack.playbook_on(key, day)
        except (NotYetInForce, Ended):
            continue
        steps = tuple(workwording.step_line(step, playbook, pack) for step in edition.steps)
        found[key] = _Work(playbook.title, edition.start, edition.source or playbook.source, steps)
    return found


def _change(name: str, left: InForce | None, right: InForce | None, old: list[str], new: list[str]) -> RuleChange:
    kind: Kind = "added" if left is None else "removed" if right is None else "changed"
    title = right.rule.title if right else left.rule.title if left else ""
    return RuleChange(
        name, title, kind, left.since if left else None, right.since if right else None,
        left.source if left else "", right.source if right else "", tuple(_rows(old, new)),
    )  # fmt: skip


def _lines(in_force: InForce | None, pack: Pack) -> list[str]:
    return [wording.line(row, in_force.rule, pack) for row in in_force.rows] if in_force else []


def _rows(old: list[str], new: list[str]) -> list[RowChange]:
    found: list[RowChange] = []
    for tag, a, b, c, d in SequenceMatcher(a=old, b=new, autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        left, right = old[a:b], new[c:d]
        paired = min(len(left), len(right))
        found += [RowChange("changed", *pair) for pair in zip(left[:paired], right[:paired], strict=True)]
        found += [RowChange("removed", text, "") for text in left[paired:]]
        found += [RowChange("added", "", text) for text in right[paired:]]
    return found


def _long(decisions: pl.DataFrame, pack: Pack) -> dict[str, pl.Series]:
    """Rule -> its outcomes as text; money in major units."""
    found = {}
    for name in decisions.columns:
        if name in pack.rules and name not in (ACCOUNT, ROW):
            column = decisions[name]
            if pack.rules[name].outcome.type == "money":
                column = column / 10**pack.digits
            if isinstance(column.dtype, pl.List):
                column = column.list.eval(pl.element().cast(pl.String)).list.join(", ")
            found[name] = column.cast(pl.String)
    return found
