"""Why a rule decided what it decided about one account: the engine's own explanation, put into what a page shows.

Nothing is decided here: every check, row and outcome comes from ``tenure.rules.explain`` on the facts of the day.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from tenure.models import Account, Override
from tenure.queries import account_then, decisions, facts_sales, handbook, profiles_facts, roles
from tenure.queries.account_then import Then
from tenure.queries.decisions import Past
from tenure.rules import engine, examples
from tenure.rules.errors import RuleError
from tenure.rules.explain import Check, Explanation, explain_all, spoken
from tenure.rules.frames import typed
from tenure.rules.packs import Pack
from tenure.rules.parts import Row

RESULTS = {True: "Holds", False: "Doesn't hold", None: "Not known"}
MORE_RULES = ("gem_service", "upgrade_project")  # about accounts too; their decisions are not kept
IS_RULES = ("gemstone", "service_tier", "segment")  # outcomes that an account "is"


@dataclass(frozen=True)
class Asked:
    """One check in words. ``mark``: pass | fail | unknown; ``joint``: "or" before a further alternative, "and" within one."""

    label: str
    value: str
    test: str
    mark: str
    result: str
    decisive: bool
    joint: str
    ref: str

    @property
    def sentence(self) -> str:
        """``users 13,750 > 5,000``, ``product Premium is at least Premium``, ``employees is missing``."""
        if self.test == "is missing":
            return f"{self.label} {self.test}"
        return (
            f"{self.label} {self.value} {'is ' if self.test[0].isalpha() and not self.test.startswith('is ') else ''}{self.test}"
        )

    @property
    def heading(self) -> str:
        """The label as the first word of a line; ``iACV`` and ``ARR`` stay as they are."""
        return self.label if self.label[1:2].isupper() else self.label[:1].upper() + self.label[1:]


@dataclass(frozen=True)
class Line:
    """One row of the rule's table with its checks. ``state``: a key of ``STATES``."""

    number: int
    outcome: str
    state: str
    checks: list[Asked]
    note: str


@dataclass(frozen=True)
class Value:
    """A dated value that the rule reads."""

    title: str
    text: str
    since: date
    source: str


@dataclass(frozen=True)
class Clash:
    """An example of the source that doesn't follow the source's rule."""

    name: str
    says: str
    reason: str
    source: str


@dataclass(frozen=True)
class Why:
    """Everything that the drawer shows about one rule and one account on a day.

    ``found`` is the engine's explanation as it counts; ``bare`` what the rule says by itself where its outcome is given or overridden.
    ``editions``: the same facts by each edition of the rule (day in force, outcome). ``assumed``: on how many subscriptions, assumed to
    have renewed themselves by then, what the rule reads rests; ``untold``: facts that it reads and nobody recorded for the day, in words;
    ``learnt``: which of them a profile tells, in sentences.
    """

    account: Account
    rule: str
    as_of: date
    pack: Pack
    found: Explanation
    bare: Explanation
    override: Override | None
    recorded: str | None
    lines: list[Line]
    skipped: int
    values: list[Value]
    clashes: list[Clash]
    editions: list[tuple[date, str]]
    past: list[Past]
    assumed: int = 0
    untold: Sequence[str] = ()
    learnt: Sequence[str] = ()

    @property
    def outcome(self) -> str:
        """The outcome that counts, in words; blank = undecided."""
        return decisions.in_words(self.override.outcome if self.override else decisions.said(self.found), self.pack)

    @property
    def title(self) -> str:
        """The answer as a title: ``Why Homeworld Inc. is Diamond``."""
        name = self.account.name
        if self.found.status == "not_in_force" and not self.override:
            return f"{self.found.title}: not in force"
        if not self.outcome:
            return f"Why {name} is undecided: {self.found.title.lower()}"
        if self.rule in IS_RULES:
            return f"Why {name} is {self.outcome}"
        if self.rule == "tam_eligible" and self.outcome in ("Yes", "No"):
            return f"Why {name} gets {'a' if self.outcome == 'Yes' else 'no'} TAM"
        return f"Why {name} has {self.found.title.lower()}: {self.outcome}"

    @property
    def reason(self) -> str:
        """The rule's own decision in one sentence, without where it stands."""
        said = decisions.in_words(decisions.said(self.bare), self.pack)
        if self.bare.status == "decided":
            asked = dict.fromkeys(
                one.sentence for line in self.lines for one in line.checks if one.decisive and one.mark == "pass"
            )
            because = " and ".join(asked) or ("no row above it holds" if self.bare.row > 1 else "the rule asks for nothing")
            return f"{said}, because {because}"
        if self.bare.status == "undecided" and self.missing:
            return f"Undecided, because {' and '.join(word for _, word in self.missing)} {'is' if len(self.missing) == 1 else 'are'} missing"
        return (self.bare.message or said).removesuffix(".")

    @property
    def missing(self) -> list[tuple[str, str]]:
        """(fact, in words) that the rule asks for in vain."""
        return [(fact, decisions.label(fact, self.pack)) for fact in self.bare.missing]

    @property
    def differs(self) -> bool:
        """Whether the last run recorded something else than what the facts give now."""
        return self.recorded is not None and self.recorded != (
            self.override.outcome if self.override else decisions.said(self.found)
        )

    @property
    def limits(self) -> list[str]:
        """What the answer rests on without being known, in sentences."""
        said = []
        if self.assumed:
            one = self.assumed == 1
            what = (
                "1 subscription with auto-renewal goes on beyond its"
                if one
                else f"{self.assumed} subscriptions with auto-renewal go on beyond their"
            )
            said.append(f"Assumes that {what} term at the same ARR.")
        if self.untold:
            said.append(f"Not recorded for that day: {', '.join(self.untold)}.")
        if self.bare.not_given:
            named = ", ".join(decisions.label(fact, self.pack) for fact in self.bare.not_given)
            said.append(f"Not given, and so not counted: {named}.")
        return said

    @property
    def behind(self) -> list[str]:
        """Where the facts come from that other rules decided, in sentences."""
        return [
            *self.learnt,
            *(_behind(decisions.label(fact, self.pack), found, self.pack) for fact, found in self.bare.basis.items()),
        ]

    @property
    def text(self) -> str:
        """The whole as plain text, to paste into a mail."""
        return "\n".join(self._text())

    def _text(self) -> Iterator[str]:
        yield self.title
        yield f"As of {self.as_of}. {self.reason}."
        if self.override:
            yield f"Set by {self.override.author} until {self.override.expires_on}: {self.override.reason}"
        yield from self.limits
        yield from self.behind
        for line in self.lines:
            yield f"Row {line.number}, {line.outcome}: {STATES[line.state]}"
            yield from (f"  {one.label}: {one.value}, asked {one.test}: {one.result.lower()}" for one in line.checks)
        yield from (f"{value.title}: {value.text}, since {value.since} ({value.source})" for value in self.values)
        if self.bare.in_force_since:
            yield f"Edition of {self.bare.edition}, in force since {self.bare.in_force_since}. Source: {self.bare.source}"


STATES = {"holds": "decides", "would": "holds, but a row above can't be told", "open": "can't be told", "not": "doesn't hold"}


def why(account: Account, rule: str, as_of: date, pack: Pack, today: date | None = None) -> Why | None:
    """The explanation of one rule for one account on a day; None where the account was not there. Three queries. Raises UnknownName.

    With ``today`` a later day is a look ahead.
    """
    then = account_then.of(account, as_of, today or as_of, pack)
    if then is None:
        return None
    frame, account = then.facts.frame, then.account
    found, bare = _explain(frame, rule, as_of, pack)
    override = decisions.overrides(account.pk, as_of, rule).get(rule)
    past = decisions.history(account.pk, pack, as_of, rule).get(rule, [])
    held = next(
        (one.row for one in past if one.row.from_date <= as_of and (not one.row.until_date or one.row.until_date > as_of)), None
    )
    lines = list(_lines(bare, pack))
    return Why(
        account, rule, as_of, pack, found, bare, override, held.outcome if held else None, lines,
        _rows_of(bare, pack) - len(lines), list(_values(bare, pack)), list(_clashes(account, rule, frame, pack)),
        list(_editions(frame, rule, as_of, pack)), past, *_limits(then, rule, as_of, pack),
    )  # fmt: skip


def _behind(label: str, found: Explanation, pack: Pack) -> str:
    said = decisions.in_words(decisions.said(found), pack) or "undecided"
    because = f", because {found.because}" if found.because else ""
    return f"{label[:1].upper()}{label[1:]} {said} comes from {found.title}{because}. Edition of {found.edition}, source: {found.source}"


def _limits(then: Then, rule: str, as_of: date, pack: Pack) -> tuple[int, list[str], list[str]]:
    """How many assumed subscriptions, which facts that nobody recorded, and which that a profile tells, are behind what the rule reads,
    directly or through others."""
    try:
        read = set(engine.program(pack, as_of, [rule]).facts)
    except RuleError:
        return 0, [], []
    assumed = then.facts.assumed.get(then.account.pk, 0) if read & facts_sales.ASSUMABLE else 0
    untold = [decisions.label(name, pack) for name in sorted(read & account_then.open_facts(then.untold, pack))]
    told = profiles_facts.sources(then.facts.fed, then.facts.frame, then.facts.base, then.account.pk)
    return assumed, untold, [_learnt(told[name], then, pack) for name in sorted(read & told.keys())]


def _learnt(one: profiles_facts.Source, then: Then, pack: Pack) -> str:
    """Where a fact comes from that a profile tells."""
    label, value = decisions.label(one.fact, pack), decisions.shown(one.fact, then.facts.frame[one.fact][0], pack)
    where = pack.profiles.shapes[pack.profiles.fields[one.field].profile].title.lower()
    source = pack.profiles.source(one.source)
    said = f"{label[:1].upper()}{label[1:]} {value} comes from the {where}: {source}, learnt on {one.learnt_on}"
    return f"{said}." if one.fresh else f"{said}. It is stale, but nothing else is known."


def _explain(frame: pl.DataFrame, rule: str, as_of: date, pack: Pack) -> tuple[Explanation, Explanation]:
    found = next(explain_all(frame, pack, as_of, [rule]))[rule]
    if found.status != "given":
        return found, found
    return found, next(explain_all(_bare(frame, rule, pack), pack, as_of, [rule]))[rule]


def _bare(frame: pl.DataFrame, rule: str, pack: Pack) -> pl.DataFrame:
    """The facts without a given outcome of the rule itself."""
    name = pack.rule(rule).outcome.name
    return frame.drop(name) if name in frame.columns else frame


def _rows_of(found: Explanation, pack: Pack) -> int:
    return len(_in_force(found, pack))


def _in_force(found: Explanation, pack: Pack) -> tuple[Row, ...]:
    try:
        return pack.edition(found.rule, found.as_of).rows
    except RuleError:
        return ()


def _lines(found: Explanation, pack: Pack) -> Iterator[Line]:
    """The rows that were asked, in order; those after the one that holds were not."""
    for row in _in_force(found, pack):
        checks = [check for check in found.checks if check.row == row.number]
        truth = _truth(checks)
        state = "holds" if row.number == found.row else {True: "would", None: "open", False: "not"}[truth]
        outcome = decisions.in_words(spoken(row.then[0]), pack)
        yield Line(
            row.number,
            outcome,
            state,
            [_asked(check, before, pack) for before, check in zip([None, *checks], checks, strict=False)],
            row.note,
        )
        if truth is True:
            return


def _truth(checks: Sequence[Check]) -> bool | None:
    """A row's marks read together: all of its ``when``, and one of its alternatives; None where that can't be told."""
    groups: dict[int, bool | None] = {}
    for check in checks:
        groups[check.group] = _both(groups.get(check.group, True), check.passed)
    needed, others = groups.pop(0, True), list(groups.values())
    either = True if True in others or not others else None if None in others else False
    return _both(needed, either)


def _both(one: bool | None, other: bool | None) -> bool | None:
    return False if one is False or other is False else None if one is None or other is None else True


def _asked(check: Check, before: Check | None, pack: Pack) -> Asked:
    mark = {True: "pass", False: "fail", None: "unknown"}[check.passed]
    sign = decisions.sign(check.fact, pack)
    value = sign + check.shown if check.value is not None else "missing"
    test = re.sub(r"\d[\d,.]*", lambda number: sign + number[0], check.test) if sign else check.test
    joint = "" if before is None else "or" if before.group and check.group != before.group else "and"
    return Asked(check.label, value, test, mark, RESULTS[check.passed], check.decisive, joint, check.ref)


def _values(found: Explanation, pack: Pack) -> Iterator[Value]:
    for name in found.values:
        entry, value = pack.value(name, found.as_of), pack.values[name]
        text = re.sub(r"\d{4,}", lambda number: f"{int(number[0]):,}", str(entry.value))
        yield Value(value.title, f"{text} {value.unit}".strip(), entry.start, entry.source or value.source)


def _clashes(account: Account, rule: str, frame: pl.DataFrame, pack: Pack) -> Iterator[Clash]:
    """The source's own examples that contradict its rule, where they name this account or have just its facts."""
    for example in examples.load(pack)[0]:
        shape = example.shape
        if (
            shape.rule == rule
            and shape.contradicts
            and (account.name.casefold() in shape.name.casefold() or _same(shape, frame, pack))
        ):
            yield Clash(
                shape.name,
                spoken(shape.contradicts.source_says),
                shape.contradicts.reason,
                shape.source or pack.rule(rule).source,
            )


def _same(shape: examples.ExampleShape, frame: pl.DataFrame, pack: Pack) -> bool:
    row = frame.row(0, named=True)
    wanted: dict[str, Any] = typed([shape.facts], pack)[0].row(0, named=True)
    return all(row.get(name) == wanted.get(name) for name in shape.facts)


def _editions(frame: pl.DataFrame, rule: str, as_of: date, pack: Pack) -> Iterator[tuple[date, str]]:
    """What each edition of the rule says about the same facts, newest first."""
    facts_only = _bare(frame, rule, pack)
    for day in reversed(pack.period_starts(rule)):
        found = next(explain_all(facts_only, pack, day, [rule]))[rule]
        said = decisions.said(found) or ("not in force" if found.status == "not_in_force" else "undecided")
        yield day, roles.titles(pack).get(said, said)


def rule_exists(rule: str, pack: Pack) -> bool:
    """Whether the handbook has a rule of that name that is about accounts."""
    return rule in pack.rules and (rule in handbook.ACCOUNT_RULES or rule in MORE_RULES)
