"""Why: the same expressions as the engine's, check by check, on the rows asked for.

There is no second way of deciding: outcomes come from the engine's own columns, and every check, row and group shown
is a column of the very expression that the tables are made of.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

import polars as pl

from tenure.rules import tables
from tenure.rules.cells import Cell, human, major, show
from tenure.rules.engine import FEW, Program, collected, conform, decision_columns, program, with_decisions
from tenure.rules.errors import Ended, NotYetInForce
from tenure.rules.explanation import GIVEN, Check, Explanation, Status, plain, spoken
from tenure.rules.facts import Fact
from tenure.rules.frames import RowError, typed
from tenure.rules.packs import Pack
from tenure.rules.parts import InForce, Row

__all__ = ["Check", "Explanation", "explain", "explain_all", "plain", "spoken"]


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
    compiled = program(pack, as_of, tuple(name for name in names if name not in absent))
    plan = _plan(compiled, tuple(compiled.tables))
    broken = _broken(compiled, {error.column: error.message for error in errors}) if errors else {}
    silent = absent | {name: _silent(pack, name, as_of, "error", message) for name, message in broken.items()}
    given = _given(frame, compiled)
    wide = _collected(frame, compiled, plan)
    columns = wide.columns
    for i, values in enumerate(wide.rows()):
        held = {name for name, flags in given.items() if flags[i]}
        account = _Account(compiled, plan, as_of, dict(zip(columns, values, strict=True)), held)
        yield {name: silent.get(name) or account.explained(name) for name in names}


def _collected(frame: pl.DataFrame, compiled: Program, plan: _Plan) -> pl.DataFrame:
    """The frame with decisions and checks. For a few rows, optimising the query and choosing columns costs more than it saves."""
    lazy = with_decisions(frame.lazy(), compiled, set(frame.columns)).with_columns(plan.asked)
    if frame.height < FEW:
        return collected(lazy, frame.height)
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


def _given(frame: pl.DataFrame, compiled: Program) -> dict[str, list[bool]]:
    """Per rule whose outcome the frame has a column for: whether a row gives it."""
    found, columns = {}, set(frame.columns)
    for name, table in compiled.tables.items():
        outcome = table.in_force.rule.outcome.name
        if outcome in columns and not table.collects:
            found[name] = frame[outcome].is_not_null().to_list()
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


class _Account:
    """The decisions about one account, each made once: a rule's own, and those of the rules that it reads."""

    def __init__(self, compiled: Program, plan: _Plan, as_of: date, cells: Mapping[str, Any], given: set[str]) -> None:
        self.compiled, self.plan, self.as_of, self.cells, self.given = compiled, plan, as_of, cells, given
        self.digits = compiled.pack.digits
        self.shown: dict[str, tuple[Any, str]] = {}  # how each fact is shown
        self.made: dict[str, Explanation] = {}

    def explained(self, name: str) -> Explanation:
        """The decision of one rule, with those behind it."""
        if name not in self.made:
            self.made[name] = self._decision(name)
        return self.made[name]

    def _decision(self, name: str) -> Explanation:
        in_force, cells = self.compiled.tables[name].in_force, self.cells
        outputs = {output: _major(cells[column], fact, self.digits) for output, column, fact in self.plan.outputs[name]}
        outcome = outputs[in_force.rule.outcome.name]
        status: Status = "given" if name in self.given else "undecided" if outcome is None else "decided"
        rows = self.plan.rows[name]
        matched = next((item for item in rows if cells[item.truth]), None) if status == "decided" else None
        row = matched.row if matched else None
        checks = tuple(self._checks(rows, row, status, in_force.edition.hit)) if status != "given" else self._own(in_force)
        missing = tuple(dict.fromkeys(c.fact for c in checks if c.decisive)) if status == "undecided" else ()
        message = "" if outcome is not None or missing else _no_row(in_force, rows, cells)
        return Explanation(
            name, in_force.rule.title, self.as_of, status, outcome, outputs, missing, row.number if row else 0,
            in_force.edition.start, in_force.since, (row.source if row else "") or in_force.source,
            (row.note if row else "") or in_force.edition.note, tuple(ref for ref, _ in in_force.entries), checks,
            self.compiled.pack.digest, message, _not_given(in_force, checks), self._basis(checks),
        )  # fmt: skip

    def _basis(self, checks: Sequence[Check]) -> dict[str, Explanation]:
        """The decisions that gave the facts asked for, where another rule gave them."""
        facts = self.compiled.pack.facts
        behind = {check.fact: facts[check.fact].rule for check in checks if facts[check.fact].rule}
        made = {fact: rule for fact, rule in behind.items() if rule in self.compiled.tables and rule not in self.given}
        return {fact: self.explained(rule) for fact, rule in made.items()}

    def _own(self, in_force: InForce) -> tuple[Check]:
        """The one check of an outcome that was given."""
        fact = in_force.rule.outcome.fact
        value, shown = self._fact(fact)
        return (Check(0, 0, fact.name, fact.label or fact.name, value, shown, GIVEN, GIVEN, True, True),)

    def _fact(self, fact: Fact) -> tuple[Any, str]:
        if fact.name not in self.shown:
            raw = self.cells[fact.name]
            self.shown[fact.name] = (_major(raw, fact, self.digits), show(raw, fact, self.digits))
        return self.shown[fact.name]

    def _checks(self, rows: Sequence[_RowPlan], matched: Row | None, status: Status, hit: str) -> Iterator[Check]:
        """The checks of the rows that were asked."""
        default, cells = matched is not None and not matched.cells, self.cells
        for item in rows:
            truth = cells[item.truth]
            holds = item.row is matched or (hit != "first" and truth is True and status == "decided")
            for asked in item.asked:
                passed, alive = cells[asked.check], cells[asked.alive]
                if status == "undecided":
                    decisive = passed is None and truth is None and (asked.group == 0 or alive is None)
                else:  # a row without cells holds because those above it do not
                    decisive = passed is False if default else holds and passed is True and alive is True
                value, shown = self._fact(asked.fact)
                yield Check(
                    item.row.number, asked.group, asked.fact.name, asked.label, value, shown, asked.test, asked.cell, passed,
                    decisive, asked.ref,
                )  # fmt: skip
            if hit == "first" and truth:  # rows below the first true one were not asked
                return


def _not_given(in_force: InForce, checks: Sequence[Check]) -> tuple[str, ...]:
    """The optional facts that were asked for in vain."""
    optional = in_force.edition.optional
    return tuple(dict.fromkeys(check.fact for check in checks if check.value is None and check.fact in optional))


def _no_row(in_force: InForce, rows: Sequence[_RowPlan], cells: Mapping[str, Any]) -> str:
    both = [str(item.row.number) for item in rows if cells[item.truth]]
    if in_force.edition.hit == "unique" and len(both) > 1:
        return f"rows {' and '.join(both)} hold at once, and the table allows only one"
    return "no row of the table holds"


def _major(value: Any, fact: Fact, digits: int) -> Any:
    if fact.type != "money" or value is None:
        return value
    return [major(item, digits) for item in value] if isinstance(value, list) else major(value, digits)
