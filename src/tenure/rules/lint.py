"""What is wrong, doubtful or left open in a pack. A finding has a stable code; a known one is acknowledged in
`handbook.yaml` with a reason, and shown all the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from tenure.rules import examples, worklint
from tenure.rules.errors import Ended, Finding, NotYetInForce, PackError, Severity
from tenure.rules.packs import Pack, load
from tenure.rules.parts import DatedValue, Edition, Place, Rule
from tenure.rules.tablechecks import check_rule, lifespans, overlaps

CODES: dict[str, str] = {
    "HB001": "the files do not have the shape of a pack",
    "HB002": "a rule asks for a fact that does not exist",
    "HB003": "a value, a rule or a list has no source",
    "HB004": "two editions or values claim the same day",
    "HB005": "a row is never reached",
    "HB006": "rows of a `unique` table clash",
    "HB007": "a gap: facts for which no row holds",
    "HB008": "more of a fact moves the outcome the wrong way",
    "HB009": "review_by has passed",
    "HB010": "the source's example contradicts the source's rule",
    "HB011": "an example fails",
    "HB012": "a value that no rule reads",
    "HB013": "an alternative is kept beside the default",
    "HB014": "a word outside its list",
    "HB015": "too many combinations of facts to try all",
    "HB016": "an edition reads a value that does not hold for all its time",
    "HB017": "a rule reads a value that does not exist",
    "HB018": "an acknowledgement that fits no finding",
    "HB019": "a rule, schedule or playbook without an example",
    "HB020": "a role that does not exist",
    "HB021": "a type, reason or status of calls to action that does not exist",
    "HB022": "a step that waits for one that is not there, or comes later",
    "HB023": "a time that cannot be: a window that ends before it begins, an offset without an anchor",
    "HB024": "a playbook, template or kind that does not exist",
    "HB025": "a calendar that cannot be: unknown region, country or time zone",
    "HB026": "an automatic playbook that no schedule raises",
}


def check(pack: Pack, as_of: date | None = None) -> list[Finding]:
    """Every finding about a loaded pack, worst first, then by place. `as_of` is the day for `review_by` (None: not
    checked)."""
    found = [finding for part in _PARTS for finding in part(pack)]
    if as_of is not None:
        found += [*_overdue(pack, as_of), *worklint.overdue(pack, as_of)]
    settled = _acknowledged(pack, found)
    order = {"error": 0, "warning": 1, "info": 2}
    return sorted(settled, key=lambda finding: (order[finding.severity], finding.file, finding.line, finding.code))


def check_folder(path: Path | str | None, as_of: date | None = None) -> tuple[Pack | None, list[Finding]]:
    """Load and check a pack. One that cannot be loaded gives None and the loader's findings."""
    try:
        pack = load(path)
    except PackError as error:
        return None, list(error.findings)
    return pack, check(pack, as_of)


def open_errors(findings: list[Finding]) -> list[Finding]:
    """The findings for which a check fails: errors that nobody acknowledged."""
    return [finding for finding in findings if finding.severity == "error" and not finding.acknowledged]


def _at(code: str, severity: Severity, message: str, place: Place, rule: str = "") -> Finding:
    return Finding(code, severity, message, place.file, place.path, place.line, rule)


def _unsourced(pack: Pack) -> Iterator[Finding]:
    for value in pack.values.values():
        if not value.source and not all(entry.source for entry in value.entries):
            yield _at("HB003", "error", f"the value '{value.name}' has no source", value.place, value.name)
    for rule in pack.rules.values():
        if not rule.source and not all(edition.source for edition in rule.editions):
            yield _at("HB003", "error", f"the rule '{rule.name}' has no source", rule.place, rule.name)
    book = pack.handbook
    lists = (("products", book.products, book.products_source), ("segments", book.segments, book.segments_source),
             ("regions", book.regions, book.regions_source))  # fmt: skip
    for name, words, source in lists:
        if words and not source:
            yield _at("HB003", "error", f"'{name}' has no {name}_source", Place("handbook.yaml", name, 0), name)


def _lifespans(pack: Pack) -> Iterator[Finding]:
    for rule in pack.rules.values():
        yield from lifespans(rule)
    for value in pack.values.values():
        yield from overlaps([(e.start, e.ended, e.alternative, e.place) for e in value.entries], value.name)


def _tables(pack: Pack) -> Iterator[Finding]:
    for name in pack.rules:
        yield from check_rule(pack, name)


def _values_in_force(pack: Pack) -> Iterator[Finding]:
    """HB016: at its start, and at every change within it, an edition must have all its values."""
    for rule in _tables_of(pack):
        for edition in rule.editions:
            for ref in edition.refs:
                yield from _value_in_force(pack, rule, edition, pack.values[ref])


def _tables_of(pack: Pack) -> list[Rule]:
    """All tables: rules, and the rows and closers of schedules."""
    return [
        *pack.rules.values(),
        *(table for schedule in pack.schedules.values() for table in (schedule.table, schedule.closing)),
    ]


def _value_in_force(pack: Pack, rule: Rule, edition: Edition, value: DatedValue) -> Iterator[Finding]:
    following = [e.start for e in rule.editions if e.start > edition.start and e.alternative == edition.alternative]
    until = min([*following, *([edition.ended] if edition.ended else [])], default=date.max)
    try:
        for day in (edition.start, until if until == date.max else until - timedelta(days=1)):
            pack.value(value.name, max(day, edition.start))
    except NotYetInForce as error:
        message = f"reads '{value.name}', which holds only from {error.first}: until then '{rule.name}' is not in force"
        yield _at("HB016", "warning", message, edition.place, rule.name)
    except Ended as error:
        message = f"reads '{value.name}', which ended on {error.last}: after that '{rule.name}' is not in force"
        yield _at("HB016", "warning", message, edition.place, rule.name)


def _unused(pack: Pack) -> Iterator[Finding]:
    read = {ref for rule in _tables_of(pack) for edition in rule.editions for ref in edition.refs}
    for value in pack.values.values():
        if value.name not in read and not value.used_for:
            yield _at("HB012", "info", f"no rule reads the value '{value.name}'", value.place, value.name)


def _alternatives(pack: Pack) -> Iterator[Finding]:
    dated = [(rule.name, rule.editions) for rule in pack.rules.values()]
    dated += [(value.name, value.entries) for value in pack.values.values()]  # type: ignore[misc]
    for name, items in dated:
        for item in items:
            if item.alternative:
                used = "chosen here" if pack.choose.get(name) == item.alternative else "not chosen here"
                message = f"'{name}' has the alternative '{item.alternative}' from {item.start} ({used})"
                yield _at("HB013", "info", message, item.place, name)


def _examples(pack: Pack) -> Iterator[Finding]:
    known, wrong = examples.load(pack)
    yield from wrong
    for result in examples.results(pack):
        example, shape = result.example, result.example.shape
        if shape.contradicts:
            says = f"'{shape.name}': the source says {shape.contradicts.source_says}"
            finding = _at("HB010", "warning", says, example.place, shape.rule)
            yield replace(finding, acknowledged=True, reason=shape.contradicts.reason)
        if not result.passed:
            yield _at("HB011", "error", f"'{shape.name}': {result.message}", example.place, shape.rule)
    shown = {example.shape.rule for example in known}
    for rule in pack.rules.values():
        if rule.name not in shown:
            yield _at("HB019", "warning", f"the rule '{rule.name}' has no example", rule.place, rule.name)


def _overdue(pack: Pack, as_of: date) -> Iterator[Finding]:
    things: list[DatedValue | Rule] = [*pack.values.values(), *pack.rules.values()]
    for thing in things:
        if thing.review_by and thing.review_by < as_of:
            message = f"'{thing.name}' was to be reviewed by {thing.review_by}"
            yield _at("HB009", "warning", message, thing.place, thing.name)


def _acknowledged(pack: Pack, findings: list[Finding]) -> list[Finding]:
    """Mark what the pack accepts; HB018 for an acknowledgement that fits nothing."""
    settled = list(findings)
    for i, known in enumerate(pack.handbook.acknowledged):
        hits = [n for n, f in enumerate(settled) if f.code == known.code and known.rule in ("", f.rule)]
        for n in hits:
            settled[n] = replace(settled[n], acknowledged=True, reason=f"{known.reason} ({known.by}, {known.on})")
        if not hits:
            message = f"{known.code} {known.rule}: there is no such finding (any more)"
            settled.append(Finding("HB018", "warning", message, "handbook.yaml", f"acknowledged[{i}]", rule=known.rule))
    return settled


_PARTS: tuple[Callable[[Pack], Iterator[Finding]], ...] = (
    _unsourced, _lifespans, _values_in_force, _tables, _unused, _alternatives, _examples, worklint.check,
)  # fmt: skip
