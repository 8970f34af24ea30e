"""The handbook as people read it: its rules by file, the editions of one, examples with their results, findings, who reads what."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from django.core.cache import cache

from tenure.queries.ruletable import day_key, is_same
from tenure.rules import examples, lint
from tenure.rules.errors import Finding, RuleError
from tenure.rules.examples import Result
from tenure.rules.packs import Pack
from tenure.rules.parts import DatedValue, Entry, InForce, Rule

KEEP = 30 * 24 * 3600
HERE = 12  # of them a process keeps
T = TypeVar("T")
_HERE: dict[str, Any] = {}


@dataclass(frozen=True)
class Period:
    """A stretch of time in which a rule says exactly one thing. ``until`` is the first day on which it no longer does."""

    start: date
    in_force: InForce
    alternative: str | None = None
    until: date | None = None

    @property
    def key(self) -> str:
        """How addresses name it."""
        return day_key(self.start, self.alternative)

    @property
    def note(self) -> str:
        """What the file says about the edition."""
        return self.in_force.edition.note

    @property
    def source(self) -> str:
        """The page that it comes from."""
        return self.in_force.source

    @property
    def is_edition(self) -> bool:
        """Whether the table itself began here; otherwise a dated value that it reads changed."""
        return self.in_force.edition.start == self.start


@dataclass(frozen=True)
class Summary:
    """One line of the list of rules."""

    rule: Rule
    words: tuple[str, ...]
    now: InForce | None
    why_not: str
    editions: int
    source: str
    examples: int
    failed: int
    contradictions: int
    findings: int


def known(name: str, pack: Pack) -> Any:
    """What was found out about a pack under a name, by this process or another one; None before."""
    key = f"rulebook:{name}:{pack.digest}"
    if key not in _HERE and (found := cache.get(key)) is not None:
        _remember(key, found)
    return _HERE.get(key)


def kept(name: str, pack: Pack, make: Callable[[], T]) -> T:
    """What is costly to find out about a pack, made once per text of the handbook and shared by the web workers."""
    found: T | None = known(name, pack)
    if found is None:
        found = make()
        cache.set(f"rulebook:{name}:{pack.digest}", found, KEEP)
        _remember(f"rulebook:{name}:{pack.digest}", found)
    return found


def _remember(key: str, found: Any) -> None:
    while len(_HERE) >= HERE:
        _HERE.pop(next(iter(_HERE)), None)
    _HERE[key] = found


def is_checked(pack: Pack, today: date) -> bool:
    """Whether examples and findings of the day are there: making them takes seconds, so that no page waits for it."""
    return all(known(name, pack) is not None for name in ("examples", f"findings:{today}"))


def results(pack: Pack) -> tuple[Result, ...]:
    """Every example of the pack with what came of it."""
    return kept("examples", pack, lambda: tuple(examples.run(pack)))


def findings(pack: Pack, today: date) -> tuple[Finding, ...]:
    """What the linter says today, worst first."""
    return kept(f"findings:{today}", pack, lambda: tuple(lint.check(pack, today)))


def listed(pack: Pack, as_of: date, today: date, text: str = "") -> dict[str, list[Summary]]:
    """The rules by file, as they hold on the day; ``text`` keeps those whose title, name, outcomes or source hold it."""
    groups: dict[str, list[Summary]] = {}
    in_force = pack.in_force(as_of)
    for rule in pack.rules.values():
        line = _summary(pack, rule, in_force.get(rule.name), as_of, today)
        hay = " ".join([rule.title, rule.name, line.source, *line.words, *(output.name for output in rule.outputs)]).lower()
        if all(word in hay for word in text.lower().split()):
            groups.setdefault(rule.place.file, []).append(line)
    return groups


def _summary(pack: Pack, rule: Rule, now: InForce | None, as_of: date, today: date) -> Summary:
    mine = [result for result in results(pack) if result.example.shape.rule == rule.name]
    return Summary(
        rule, tuple(rule.outputs[0].fact.words), now, "" if now else why_not(pack, rule.name, as_of),
        sum(edition.alternative is None for edition in rule.editions), now.source if now else rule.source,
        len(mine), sum(not result.passed for result in mine), sum(result.example.shape.contradicts is not None for result in mine),
        sum(finding.rule == rule.name for finding in findings(pack, today)),
    )  # fmt: skip


def why_not(pack: Pack, name: str, as_of: date) -> str:
    """Why a rule doesn't hold on a day, in a sentence; blank when it does."""
    try:
        pack.edition(name, as_of)
    except RuleError as error:
        return error.message
    return ""


def periods(pack: Pack, name: str) -> list[Period]:
    """The history of a rule, oldest first, then its alternatives that nobody chose."""
    found = _line(pack, name, None)
    chosen = pack.choose.get(name)
    for alternative in dict.fromkeys(e.alternative for e in pack.rule(name).editions if e.alternative):
        if alternative != chosen:
            other = pack.choosing(**{name: alternative})
            found += [period for period in _line(other, name, alternative) if period.in_force.edition.alternative == alternative]
    return found


def _line(pack: Pack, name: str, alternative: str | None) -> list[Period]:
    found: list[Period] = []
    for start in pack.period_starts(name):
        if why_not(pack, name, start):
            continue
        here = pack.edition(name, start)
        if not found or found[-1].in_force is not here:
            found.append(Period(start, here, alternative))
    ends = [period.start for period in found[1:]] + [None]
    return [Period(p.start, p.in_force, alternative, until) for p, until in zip(found, ends, strict=True)]


def current(history: list[Period], pack: Pack, as_of: date) -> Period | None:
    """The period in which the day lies; None before the first and after the last."""
    begun = [period for period in history if period.alternative is None and period.start <= as_of]
    return begun[-1] if begun and not why_not(pack, begun[-1].in_force.rule.name, as_of) else None


def before(history: list[Period], now: Period, pack: Pack) -> tuple[Period | None, list[Period]]:
    """The latest earlier period that says something else, and those between that say the same."""
    same: list[Period] = []
    for period in reversed([p for p in history if p.alternative is None and p.start < now.start]):
        if not is_same(period.in_force, now.in_force, pack):
            return period, same
        same.append(period)
    return None, same


def readers(pack: Pack, name: str) -> list[tuple[Rule, str]]:
    """The rules that read an outcome of this one, each with the fact that it reads."""
    outputs = [output.name for output in pack.rule(name).outputs]
    found = []
    for rule in pack.rules.values():
        asked = {fact for edition in rule.editions for fact in edition.facts}
        found += [(rule, output) for output in outputs if output in asked and rule.name != name]
    return found


def value_readers(pack: Pack) -> dict[str, list[Rule]]:
    """Which rules read each dated value."""
    found: dict[str, list[Rule]] = {}
    for rule in pack.rules.values():
        for ref in dict.fromkeys(ref for edition in rule.editions for ref in edition.refs):
            found.setdefault(ref, []).append(rule)
    return found


@dataclass(frozen=True)
class ValueLine:
    """A dated value on a day: ``now`` is the entry that holds (None = none does), ``others`` its other entries."""

    value: DatedValue
    now: Entry | None
    others: tuple[Entry, ...]
    readers: tuple[Rule, ...]

    @property
    def source(self) -> str:
        """The page that it comes from."""
        return (self.now.source if self.now else "") or self.value.source


def values(pack: Pack, as_of: date, text: str = "") -> dict[str, list[ValueLine]]:
    """The dated values by file, as they hold on the day."""
    read = value_readers(pack)
    groups: dict[str, list[ValueLine]] = {}
    for value in pack.values.values():
        now = _entry(pack, value.name, as_of)
        others = tuple(entry for entry in reversed(value.entries) if entry is not now)
        if all(word in f"{value.title} {value.name} {value.source}".lower() for word in text.lower().split()):
            groups.setdefault(value.place.file, []).append(ValueLine(value, now, others, tuple(read.get(value.name, ()))))
    return groups


def _entry(pack: Pack, name: str, as_of: date) -> Entry | None:
    try:
        return pack.value(name, as_of)
    except RuleError:
        return None
