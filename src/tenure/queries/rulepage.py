"""All that the page of one rule shows."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from tenure.queries import rulebook, ruletable, ruletext
from tenure.queries.rulebook import Period
from tenure.queries.ruletable import Table
from tenure.queries.ruletext import Excerpt
from tenure.rules.errors import Finding
from tenure.rules.examples import Result
from tenure.rules.facts import NUMBERS
from tenure.rules.lint import CODES
from tenure.rules.packs import Pack
from tenure.rules.parts import DatedValue, Entry, Rule

COLUMNS = 3  # facts of examples that get a column each; more of them share one, so that the outcome stays in sight
WIDE = 6  # columns that fit beside the column at the right
ALONE = "none"  # how an address says that one edition stands alone


@dataclass(frozen=True)
class Tried:
    """An example in words. ``facts`` are (text, is a number) under the page's heads, or all of them in one sentence."""

    result: Result
    facts: tuple[tuple[str, bool], ...]
    sentence: str
    expected: str
    got: str

    @property
    def name(self) -> str:
        """What it shows."""
        return self.result.example.shape.name


@dataclass(frozen=True)
class Told:
    """The findings of one code, with what the code means."""

    title: str
    code: str
    severity: str
    findings: list[Finding]


@dataclass(frozen=True)
class Read:
    """A dated value that the shown edition reads, as it held then."""

    value: DatedValue
    entry: Entry | None


@dataclass(frozen=True)
class Page:
    """See the fields; ``shown`` is None when the rule doesn't hold on the day, then ``why_not`` says why."""

    rule: Rule
    shown: Period | None
    left: Period | None
    why_not: str
    same: list[Period]
    history: list[Period]
    table: Table | None
    excerpt: Excerpt | None
    heads: list[tuple[str, bool]]
    tried: list[Tried]
    findings: list[Told]
    readers: list[tuple[Rule, str]]
    reads: list[Read]
    asks: list[tuple[str, Rule | None]]

    @property
    def passed(self) -> int:
        """How many examples give what they should."""
        return sum(row.result.passed for row in self.tried)

    @property
    def is_wide(self) -> bool:
        """Whether the table needs the whole width of the page."""
        table = self.table
        return table is not None and len(table.left_columns) + len(table.columns) + len(table.outputs) > WIDE

    @property
    def finding_count(self) -> int:
        """How many findings are about this rule."""
        return sum(len(told.findings) for told in self.findings)

    @property
    def alternatives(self) -> list[Period]:
        """What other pages of the same time say instead."""
        return [period for period in self.history if period.alternative]


def page(pack: Pack, name: str, as_of: date, today: date, *, left: str = "", shown: str = "") -> Page:
    """The rule's page on a day. ``left`` and ``shown`` are keys of periods that the reader chose, blank = the usual ones."""
    rule, history = pack.rule(name), rulebook.periods(pack, name)
    by_key = {period.key: period for period in history}
    now = by_key.get(shown) or rulebook.current(history, pack, as_of)
    usual, same = rulebook.before(history, now, pack) if now else (None, [])
    other = None if left == ALONE else by_key.get(left, usual)
    other = None if other is now else other
    heads, tried = _examples(pack, rule)
    return Page(
        rule, now, other, "" if now else rulebook.why_not(pack, name, as_of), same, history,
        _table(now, other, pack),
        ruletext.of_edition(pack, now.in_force.edition, other.in_force.edition if other else None) if now else None,
        heads, tried, told([finding for finding in rulebook.findings(pack, today) if finding.rule == name]),
        [(rule, ruletable.label(pack.facts[fact], pack)) for rule, fact in rulebook.readers(pack, name)],
        _reads(now, pack), _asks(now, pack),
    )  # fmt: skip


def _table(now: Period | None, other: Period | None, pack: Pack) -> Table | None:
    if now is None:
        return None
    return ruletable.side_by_side(other.in_force, now.in_force, pack) if other else ruletable.single(now.in_force, pack)


def told(found: list[Finding]) -> list[Told]:
    """Findings by what they are about."""
    by_code: dict[str, list[Finding]] = {}
    for finding in found:
        by_code.setdefault(finding.code, []).append(finding)
    return [Told(CODES.get(code, ""), code, rows[0].severity, rows) for code, rows in by_code.items()]


def _reads(now: Period | None, pack: Pack) -> list[Read]:
    entries = dict(now.in_force.entries) if now else {}
    return [Read(pack.values[name], entries.get(name)) for name in (now.in_force.edition.refs if now else ())]


def _asks(now: Period | None, pack: Pack) -> list[tuple[str, Rule | None]]:
    """The facts that the edition reads, each with the rule that decides it, if one does."""
    names = now.in_force.edition.facts if now else ()
    return [(ruletable.label(pack.facts[name], pack), pack.rules.get(pack.facts[name].rule)) for name in names]


def _examples(pack: Pack, rule: Rule) -> tuple[list[tuple[str, bool]], list[Tried]]:
    mine = [result for result in rulebook.results(pack) if result.example.shape.rule == rule.name]
    named = dict.fromkeys(name for result in mine for name in result.example.shape.facts)
    names = list(named) if len(named) <= COLUMNS else []
    heads = [(ruletable.label(pack.facts[name], pack), pack.facts[name].type in NUMBERS) for name in names if name in pack.facts]
    return heads, [_tried(result, names, rule, pack) for result in mine]


def _tried(result: Result, names: list[str], rule: Rule, pack: Pack) -> Tried:
    shape = result.example.shape
    facts = tuple(
        (fact_words(name, shape.facts[name], pack) if name in shape.facts else "–", pack.facts[name].type in NUMBERS)
        for name in names
        if name in pack.facts
    )
    said = [
        f"{ruletable.label(pack.facts[n], pack)} {fact_words(n, raw, pack)}" for n, raw in shape.facts.items() if n in pack.facts
    ]
    return Tried(result, facts, ", ".join(said), outcome_words(shape.expect, rule, pack), outcome_words(result.got, rule, pack))


def fact_words(name: str, raw: Any, pack: Pack) -> str:
    """A fact of an example for people: ``$92,000``, ``2,100``, ``Premium``, ``no``."""
    if raw is None:
        return "missing"
    if isinstance(raw, bool):
        return "yes" if raw else "no"
    text = f"{raw:,}" if isinstance(raw, int | float) else str(raw)
    is_money = pack.facts[name].type == "money" and isinstance(raw, int | float)
    return ruletable.SIGNS.get(pack.handbook.currency, "") + text if is_money else ruletable.spoken(text, pack)


def outcome_words(expect: Any, rule: Rule, pack: Pack) -> str:
    """What an example expects, or gave, for people: ``Ruby``, ``Undecided: ARR is missing``, ``Not in force``."""
    if not isinstance(expect, dict):
        return _word(expect, pack)
    if "undecided" in expect:
        missing = [ruletable.label(pack.facts[name], pack) for name in expect["undecided"] if name in pack.facts]
        return f"Undecided: {', '.join(missing)} missing"
    if "not_in_force" in expect:
        return "Not in force"
    if "error" in expect:
        return f"Refused: {str(expect['error']).replace('_', ' ')}"
    first = rule.outputs[0].name
    if first in expect:
        return _word(expect[first], pack)
    return ", ".join(f"{name.replace('_', ' ')}: {_word(value, pack)}" for name, value in expect.items())


def _word(value: Any, pack: Pack) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "–" if value is None else ruletable.spoken(str(value), pack)
