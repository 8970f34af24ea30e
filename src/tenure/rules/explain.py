"""Why: the same expressions as the engine's, check by check, on the rows asked for.

There is no second way of deciding: outcomes come from the engine's own columns, and every check, row and group shown
is a column of the very expression that the tables are made of.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, Literal, NamedTuple

import polars as pl

from tenure.rules import tables
from tenure.rules.cells import Cell, human, major, show
from tenure.rules.engine import Program, conform, decision_columns, program, with_decisions
from tenure.rules.errors import Ended, NotYetInForce
from tenure.rules.facts import Fact
from tenure.rules.frames import RowError, typed
from tenure.rules.packs import Pack
from tenure.rules.parts import InForce, Row

FEW = 1000  # rows
Status = Literal["decided", "undecided", "not_in_force", "given", "error"]


class Check(NamedTuple):
    """One cell of one row, asked of one account. `group` is 0 for the row's `when`, else the number of the group of
    `any`; `value` is the fact (money in major units; None = missing); `cell` the test in the pack's notation, `test`
    in plain words; `passed` None = unknown; `decisive`: the outcome (or its absence) hangs on it."""

    row: int
    group: int
    fact: str
    label: str
    value: Any
    shown: str
    test: str
    cell: str
    passed: bool | None
    decisive: bool
    ref: str = ""


@dataclass(frozen=True)
class Explanation:
    """One rule's decision about one account, with everything it rests on.

    `outcome` and `outputs` (all outputs by name, the outcome among them) have money in major units; `missing` names
    the facts asked for in vain; `row` is the row that matched (0 = none); `edition` the day from which the edition
    holds, `in_force_since` from which it holds with exactly these dated values; `values` the dated values read;
    `message` says what went wrong (not in force, a fact that cannot be read). `digest` is that of the pack."""

    rule: str
    title: str
    as_of: date
    status: Status
    outcome: Any
    outputs: Mapping[str, Any]
    missing: tuple[str, ...]
    row: int
    edition: date | None
    in_force_since: date | None
    source: str
    note: str
    values: tuple[str, ...]
    checks: tuple[Check, ...]
    digest: str
    message: str = ""

    @property
    def decisive(self) -> tuple[Check, ...]:
        """The checks on which the outcome hangs."""
        return tuple(check for check in self.checks if check.decisive)

    def sentence(self) -> str:
        """The decision in plain words, on one line."""
        where = self._where()
        if self.status in ("not_in_force", "error"):
            return self.message
        if self.status == "given":
            return f"{spoken(self.outcome)}, given with the facts and not decided by the rule ({where})."
        if self.status == "undecided":
            asked = " and ".join(self._label(name) for name in self.missing)
            why = f"{asked} {'is' if len(self.missing) == 1 else 'are'} missing" if asked else self.message
            return f"Undecided, because {why} ({where})."
        why = self._why()
        return f"{spoken(self.outcome)}{', because ' + why if why else ''} ({where})."

    def to_json(self) -> dict[str, Any]:
        """Plain data for JSON: dates as ISO text, money as numbers."""
        return {
            "rule": self.rule, "title": self.title, "as_of": self.as_of.isoformat(), "status": self.status,
            "outcome": plain(self.outcome), "outputs": {k: plain(v) for k, v in self.outputs.items()},
            "missing": list(self.missing), "row": self.row or None,
            "edition": plain(self.edition), "in_force_since": plain(self.in_force_since),
            "source": self.source, "note": self.note, "values": list(self.values), "message": self.message,
            "checks": [
                {"row": c.row, "group": c.group, "fact": c.fact, "label": c.label, "value": plain(c.value),
                 "test": c.test, "cell": c.cell, "passed": c.passed, "decisive": c.decisive, "ref": c.ref}
                for c in self.checks
            ],
            "digest": self.digest, "sentence": self.sentence(),
        }  # fmt: skip

    def _why(self) -> str:
        said = dict.fromkeys(
            f"{c.label} {c.shown} {'is ' if c.test[0].isalpha() else ''}{_verb(c)}" for c in self.decisive if c.passed
        )
        if said:
            return " and ".join(said)
        return "no row above it holds" if self.row > 1 else ""

    def _where(self) -> str:
        parts = [self.title, f"row {self.row}" if self.row and self.status == "decided" else ""]
        parts += [
            f"in force since {self.in_force_since}" if self.in_force_since else "",
            self.source and f"source: {self.source}",
        ]
        return ", ".join(part for part in parts if part)

    def _label(self, name: str) -> str:
        return next((check.label for check in self.checks if check.fact == name), name)


def explain(facts: Mapping[str, Any], pack: Pack, as_of: date, rules: Iterable[str] | None = None) -> dict[str, Explanation]:
    """Explain one account's decisions: rule name -> Explanation, for all rules of the pack or only `rules`.

    `facts` holds plain values as `frames.frame` takes them. A fact that cannot be read makes the rules that need it
    `error`; the others are decided. Raises UnknownName for a name in `rules`."""
    names = list(pack.rules) if rules is None else list(rules)
    frame, errors = typed([facts], pack)
    return next(_explained(frame, pack, as_of, names, errors))


def explain_all(
    frame: pl.DataFrame, pack: Pack, as_of: date, rules: Iterable[str] | None = None
) -> Iterator[dict[str, Explanation]]:
    """`explain` for every row of a fact frame, in its order."""
    names = list(pack.rules) if rules is None else list(rules)
    return _explained(conform(frame, pack), pack, as_of, names, [])


def plain(value: Any) -> Any:
    """A value as JSON knows it."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value if value is None or isinstance(value, (bool, int, float, str)) else float(value)


def spoken(value: Any) -> str:
    """An outcome for people."""
    if isinstance(value, list):
        return ", ".join(spoken(item) for item in value) or "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:,}" if isinstance(value, (int, float)) else str(value)


def _verb(check: Check) -> str:
    return check.test.removeprefix("is ")


# --- the plan: which columns tell what, made once per program


@dataclass(frozen=True)
class _Asked:
    """A cell with the names of the columns that answer it (`alive`: does its whole group hold), and its words."""

    fact: Fact
    group: int
    check: str
    alive: str
    label: str
    test: str
    cell: str
    ref: str


@dataclass(frozen=True)
class _RowPlan:
    row: Row
    truth: str
    asked: tuple[_Asked, ...]


@dataclass(frozen=True, eq=False)
class _Plan:
    """What to read of a frame with decisions: `asked` are the columns to add for the checks (compiled once), `names`
    all that is read; and per rule how to read them."""

    asked: tuple[pl.Expr, ...]
    names: tuple[str, ...]
    rows: Mapping[str, tuple[_RowPlan, ...]]
    outputs: Mapping[str, tuple[tuple[str, str, Fact], ...]]  # name, column and type of each output


@lru_cache(maxsize=128)
def _plan(compiled: Program, names: tuple[str, ...]) -> _Plan:
    columns: dict[str, pl.Expr] = {}
    read: dict[str, None] = {}
    shared: dict[tuple[Cell, ...], str] = {}
    rows: dict[str, tuple[_RowPlan, ...]] = {}
    outputs: dict[str, tuple[tuple[str, str, Fact], ...]] = {}
    for name in names:
        table = compiled.tables[name]
        made, found = decision_columns(table), table.in_force.rule.outputs
        outputs[name] = tuple((output.name, column, output.fact) for output, column in zip(found, made, strict=True))
        rows[name] = tuple(_row_plan(name, row, compiled.pack, columns, shared) for row in table.in_force.rows)
        read |= dict.fromkeys([*made, *(item.truth for item in rows[name])])
    read |= dict.fromkeys([*columns, *compiled.facts])
    return _Plan(tuple(expression.alias(name) for name, expression in columns.items()), tuple(read), rows, outputs)


def _row_plan(name: str, row: Row, pack: Pack, columns: dict[str, pl.Expr], shared: dict[tuple[Cell, ...], str]) -> _RowPlan:
    facts = pack.facts
    truth = tables.row_column(name, row)

    def column(cells: tuple[Cell, ...]) -> str:
        """The column that says whether all of `cells` hold; the row's own where that is the same."""
        if cells == row.cells and (len(cells) == 1 or not row.any):
            return truth
        if cells not in shared:
            shared[cells] = f"?{len(shared)}"
            columns[shared[cells]] = tables.group_condition(cells, facts)
        return shared[cells]

    def asked(number: int, cell: Cell, group: tuple[Cell, ...]) -> _Asked:
        fact, test = facts[cell.fact], cell.test
        said = human(test, fact, pack.digits)
        return _Asked(fact, number, column((cell,)), column(group), fact.label or fact.name, said, test.text, test.ref)

    groups = enumerate((row.when, *row.any))
    return _RowPlan(row, truth, tuple(asked(number, cell, group) for number, group in groups for cell in group))


def _explained(
    frame: pl.DataFrame, pack: Pack, as_of: date, names: Sequence[str], errors: Sequence[RowError]
) -> Iterator[dict[str, Explanation]]:
    absent = _absent(pack, as_of, names)
    present = tuple(name for name in names if name not in absent)
    compiled = program(pack, as_of, present)
    plan = _plan(compiled, present)
    broken = _broken(compiled, {error.column: error.message for error in errors}) if errors else {}
    given = _given(frame, compiled, present)
    wide = _collected(frame, compiled, plan)
    columns = wide.columns
    for i, values in enumerate(wide.rows()):
        cells = dict(zip(columns, values, strict=True))
        found = dict(absent)
        shown: dict[str, tuple[Any, str]] = {}
        for name in present:
            if name in broken:
                found[name] = _silent(pack, name, as_of, "error", broken[name])
            else:
                found[name] = _one(compiled, plan, name, as_of, cells, shown, name in given and given[name][i])
        yield {name: found[name] for name in names}


def _collected(frame: pl.DataFrame, compiled: Program, plan: _Plan) -> pl.DataFrame:
    """The frame with decisions and checks. For a few rows, optimising the query and choosing columns costs more than it saves."""
    lazy = with_decisions(frame.lazy(), compiled, set(frame.columns)).with_columns(plan.asked)
    if frame.height < FEW:
        return lazy.collect(optimizations=pl.QueryOptFlags.none())
    number = pl.int_range(pl.len()).alias("#index")  # so that no rule at all gives rows too
    return lazy.select(number, *plan.names).collect()


def _absent(pack: Pack, as_of: date, names: Sequence[str]) -> dict[str, Explanation]:
    """The rules of `names` that do not hold on the day. Raises UnknownName."""
    in_force = pack.in_force(as_of)
    found = {}
    for name in names:
        if name not in in_force:
            try:
                pack.edition(name, as_of)
            except (NotYetInForce, Ended) as error:
                found[name] = _silent(pack, name, as_of, "not_in_force", error.message)
    return found


def _given(frame: pl.DataFrame, compiled: Program, names: Sequence[str]) -> dict[str, list[bool]]:
    """Per rule whose outcome the frame has a column for: whether a row gives it."""
    found, columns = {}, set(frame.columns)
    for name in names:
        table = compiled.tables[name]
        outcome = table.in_force.rule.outcome.name
        if outcome in columns and not table.collects:
            found[name] = [value is not None for value in frame[outcome].to_list()]
    return found


def _broken(compiled: Program, errors: Mapping[str, str]) -> dict[str, str]:
    """The rules that need a fact that could not be read, directly or through another rule."""
    found: dict[str, str] = {}
    bad = {fact: f"{fact}: {message}" for fact, message in errors.items()}
    for level in compiled.levels:
        for table in level:
            outcome = table.in_force.rule.outcome.name
            reason = next((bad[fact] for fact in (outcome, *table.in_force.facts) if fact in bad), None)
            if reason:
                found[table.name] = bad[outcome] = reason
    return found


def _silent(pack: Pack, name: str, as_of: date, status: Status, message: str) -> Explanation:
    rule = pack.rules[name]
    return Explanation(
        rule.name, rule.title, as_of, status, None, {}, (), 0, None, None, rule.source, rule.note, (), (), pack.digest, message
    )


def _one(
    compiled: Program,
    plan: _Plan,
    name: str,
    as_of: date,
    cells: Mapping[str, Any],
    shown: dict[str, tuple[Any, str]],
    given: bool,
) -> Explanation:
    in_force, pack = compiled.tables[name].in_force, compiled.pack
    outputs = {output: _major(cells[column], fact, pack.digits) for output, column, fact in plan.outputs[name]}
    outcome = outputs[in_force.rule.outcome.name]
    status: Status = "given" if given else "undecided" if outcome is None else "decided"
    rows = plan.rows[name]
    matched = next((item for item in rows if cells[item.truth]), None) if status == "decided" else None
    row = matched.row if matched else None
    source = (row.source if row else "") or in_force.source
    note = (row.note if row else "") or in_force.edition.note
    checks = tuple(_checks(rows, cells, shown, row, status, in_force.edition.hit, pack.digits))
    asked_in_vain = [check.fact for check in checks if check.decisive] if status == "undecided" else ()
    missing = tuple(dict.fromkeys(asked_in_vain))
    message = "" if outcome is not None or missing else _no_row(in_force, rows, cells)
    return Explanation(
        name, in_force.rule.title, as_of, status, outcome, outputs, missing, row.number if row else 0,
        in_force.edition.start, in_force.since, source, note, tuple(ref for ref, _ in in_force.entries), checks,
        pack.digest, message,
    )  # fmt: skip


def _no_row(in_force: InForce, rows: Sequence[_RowPlan], cells: Mapping[str, Any]) -> str:
    both = [str(item.row.number) for item in rows if cells[item.truth]]
    if in_force.edition.hit == "unique" and len(both) > 1:
        return f"rows {' and '.join(both)} hold at once, and the table allows only one"
    return "no row of the table holds"


def _checks(
    rows: Sequence[_RowPlan],
    cells: Mapping[str, Any],
    values: dict[str, tuple[Any, str]],
    matched: Row | None,
    status: Status,
    hit: str,
    digits: int,
) -> Iterator[Check]:
    """The checks of the rows that were asked. `values` keeps how each fact is shown, for the other rules."""
    default = matched is not None and not matched.cells
    for item in rows:
        truth = cells[item.truth]
        holds = item.row is matched or (hit != "first" and truth is True and status == "decided")
        for asked in item.asked:
            fact = asked.fact
            if fact.name not in values:
                values[fact.name] = (_major(cells[fact.name], fact, digits), show(cells[fact.name], fact, digits))
            passed, alive = cells[asked.check], cells[asked.alive]
            if status == "undecided":
                decisive = passed is None and truth is None and (asked.group == 0 or alive is None)
            else:  # a row without cells holds because those above it do not
                decisive = passed is False if default else holds and passed is True and alive is True
            value, shown = values[fact.name]
            yield Check(
                item.row.number, asked.group, fact.name, asked.label, value, shown, asked.test, asked.cell, passed,
                decisive, asked.ref,
            )  # fmt: skip
        if hit == "first" and truth:  # rows below the first true one were not asked
            return


def _major(value: Any, fact: Fact, digits: int) -> Any:
    if fact.type != "money" or value is None:
        return value
    return [major(item, digits) for item in value] if isinstance(value, list) else major(value, digits)
