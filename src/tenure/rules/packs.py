"""The handbook pack: loading it, and what is in force on a day."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache, lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from tenure.rules import cataloguebuilding, workbuilding
from tenure.rules.building import Builder, frozen
from tenure.rules.calendars import Calendar
from tenure.rules.catalogues import Catalogues, NoticeBook, Service, Timeline
from tenure.rules.cells import MINOR_DIGITS, Cell, Ref, Test, parse
from tenure.rules.errors import Ended, Finding, NotYetInForce, PackError, UnknownName, suggestion
from tenure.rules.facts import Fact
from tenure.rules.journey import Book as Journey
from tenure.rules.onboarding import Book
from tenure.rules.parts import DatedValue, DraftRow, Entry, InForce, Place, Row, Rule, current
from tenure.rules.profiles import Profiles
from tenure.rules.projects import Book as Projects
from tenure.rules.schema import HandbookShape
from tenure.rules.work import CtaStatus, CtaType, Playbook, PlaybookEdition, Running, Schedule, ScheduleEdition

YAML_ENDS = (".yaml", ".yml")
FOLDERS = ("playbooks/", "projects/")  # read like the files beside them
KEPT = 8  # parsed packs kept, by path, names, times and sizes of their files


@dataclass(frozen=True, eq=False)
class Pack:
    """A loaded handbook; it never changes. `facts` is the catalogue with this pack's words and its rules' outcomes;
    `schedules`, `playbooks`, `calendars` (by region, and `default`), `cta_types` and `cta_statuses` are what makes work; `texts` every file (relative path -> text); `sections` what other readers want, raw (file name -> key -> data);
    `digest` the SHA-256 (hex) of all files' text and the choices. Compared by identity: `load` returns the same
    object until a file changes."""

    root: str
    handbook: HandbookShape
    digits: int
    facts: Mapping[str, Fact]
    values: Mapping[str, DatedValue]
    rules: Mapping[str, Rule]
    sections: Mapping[str, Any]
    choose: Mapping[str, str]
    texts: Mapping[str, str]
    digest: str
    schedules: Mapping[str, Schedule]
    playbooks: Mapping[str, Playbook]
    calendars: Mapping[str, Calendar]
    cta_types: Mapping[str, CtaType]
    cta_statuses: Mapping[str, CtaStatus]
    catalogues: Catalogues

    @property
    def timeline(self) -> Timeline:
        """Kinds of entries, texts, feedback (timeline.yaml)."""
        return self.catalogues.timeline

    @property
    def services(self) -> Mapping[str, Service]:
        """The services of technical account management (services.yaml)."""
        return self.catalogues.services

    @property
    def notices(self) -> NoticeBook:
        """Kinds of notices, words of mails, quiet hours (notices.yaml)."""
        return self.catalogues.notices

    @property
    def profiles(self) -> Profiles:
        """The two profiles of a customer's meta-record (profiles.yaml)."""
        return self.catalogues.profiles

    @property
    def onboarding(self) -> Book:
        """What an onboarding is and how long it takes (onboarding.yaml)."""
        return self.catalogues.onboarding

    @property
    def projects(self) -> Projects:
        """The templates of customer projects and what holds for them (projects/)."""
        return self.catalogues.projects

    @property
    def journey(self) -> Journey:
        """The responsibility matrix, hand-overs and the stages of a customer's life (journey.yaml)."""
        return self.catalogues.journey

    def rule(self, name: str) -> Rule:
        """The rule of that name. Raises UnknownName (with a suggestion)."""
        if name not in self.rules:
            raise UnknownName("rule", name, self.rules)
        return self.rules[name]

    def fact(self, name: str) -> Fact:
        """The fact of that name. Raises UnknownName (with a suggestion)."""
        if name not in self.facts:
            raise UnknownName("fact", name, self.facts)
        return self.facts[name]

    def value(self, name: str, as_of: date) -> Entry:
        """The entry of a dated value that holds on `as_of`. Raises UnknownName, NotYetInForce or Ended."""
        if name not in self.values:
            raise UnknownName("value", name, self.values)
        return current("value", name, self.values[name].entries, self.choose.get(name), as_of)

    def number(self, name: str, as_of: date) -> Any:
        """The plain content of a dated value on `as_of` (30, "5-Negotiating"), as the file has it."""
        return self.value(name, as_of).value

    def edition(self, name: str, as_of: date) -> InForce:
        """What a rule says on `as_of`. Raises UnknownName; NotYetInForce or Ended, also when a dated value that the
        edition reads does not hold that day."""
        return _table(self, "rule", name, self.rule(name), as_of)

    def schedule(self, name: str) -> Schedule:
        """The schedule of that name. Raises UnknownName (with a suggestion)."""
        if name not in self.schedules:
            raise UnknownName("schedule", name, self.schedules)
        return self.schedules[name]

    def schedule_on(self, name: str, as_of: date) -> Running:
        """What a schedule says on `as_of`. Raises UnknownName, NotYetInForce or Ended."""
        schedule = self.schedule(name)
        edition = current("schedule", name, schedule.editions, self.choose.get(name), as_of)
        tables = (_table(self, "table", name, schedule.table, as_of), _table(self, "closing", name, schedule.closing, as_of))
        return _running(schedule, edition, *tables)

    def running(self, as_of: date) -> dict[str, Running]:
        """Every schedule in force on `as_of`, in the order of the pack."""
        return dict(_running_on(self, as_of))

    def playbook(self, name: str) -> Playbook:
        """The playbook of that name. Raises UnknownName (with a suggestion)."""
        if name not in self.playbooks:
            raise UnknownName("playbook", name, self.playbooks)
        return self.playbooks[name]

    def playbook_on(self, name: str, as_of: date) -> PlaybookEdition:
        """A playbook's edition in force on `as_of`. Raises UnknownName, NotYetInForce or Ended."""
        return self.playbook(name).on(as_of, self.choose.get(name))

    def in_force(self, as_of: date) -> dict[str, InForce]:
        """Every rule that holds on `as_of`, in the order of the pack."""
        return dict(_day(self, as_of))

    def period_starts(self, name: str) -> list[date]:
        """Every day on which what the rule says may change: starts of its editions and of the values they read."""
        editions = self.rule(name).editions
        days = {edition.start for edition in editions}
        for edition in editions:
            days |= {e.start for ref in edition.refs for e in self.values[ref].entries if e.start >= edition.start}
        return sorted(days)

    def choosing(self, **choices: str) -> Pack:
        """This pack with other alternatives chosen (rule or value name -> alternative), and a digest of its own.
        Raises PackError for a name or an alternative that does not exist."""
        wrong = _wrong_choices(choices, _editions(self.values, self.rules, self.schedules, self.playbooks))
        if wrong:
            raise PackError(wrong)
        choose = {**self.choose, **choices}
        digest = hashlib.sha256(f"{self.digest} {sorted(choose.items())}".encode()).hexdigest()
        return replace(self, choose=frozen(choose), digest=digest)

    def region_of(self, place: str) -> str | None:
        """The region of a country or state code (`DE`, `US-CA`), or None."""
        code = place.strip().upper()
        return next((region.key for region in self.handbook.regions if code in region.countries), None)


_LOADED: dict[tuple[str, tuple[tuple[str, int, int], ...]], Pack] = {}


def as_of_key(starts: tuple[date, ...], as_of: date) -> date:
    """A day that stands for all days with the same values: the latest start, or any day when there are none."""
    return max(starts, default=date.min) if starts else date.min


@cache
def shipped() -> Traversable:
    """The folder of the pack that comes with Tenure."""
    return files("tenure").joinpath("handbook", "gitlab")


def load(path: str | Path | None = None) -> Pack:
    """The pack in folder `path`, parsed once and kept until a file in it changes; None is the shipped one, which is a part of the program and
    is read as its code is: once. Raises PackError with every finding when it cannot be used."""
    root = shipped() if path is None else Path(path)
    if not root.is_dir():
        raise PackError([Finding("HB001", "error", f"there is no folder {root}", str(root))])
    key = (str(root), tuple(_fingerprints(root)) if path is not None else ())
    if key not in _LOADED:
        while len(_LOADED) >= KEPT:
            _LOADED.pop(next(iter(_LOADED)), None)
        _LOADED[key] = _load(root)
    return _LOADED[key]


def _load(root: Traversable) -> Pack:
    builder = Builder()
    texts = dict(sorted(_texts(root, builder)))
    if "handbook.yaml" not in texts:
        raise PackError([Finding("HB001", "error", "the pack has no handbook.yaml", str(root))])
    builder.read_handbook(texts["handbook.yaml"], "handbook.yaml")
    if builder.handbook is None:
        raise PackError(builder.findings)
    builder.digits = MINOR_DIGITS.get(builder.handbook.currency, 2)
    for name, text in texts.items():
        if _beside(name) and name != "handbook.yaml" and name.endswith(YAML_ENDS):
            builder.read_file(text, name)
    builder.build_rules()
    work = workbuilding.build(builder)
    catalogues = cataloguebuilding.build(builder, work)
    choose = builder.handbook.choose
    dated = _editions(builder.values, builder.rules, work.schedules, work.playbooks)
    findings = [*builder.findings, *_wrong_choices(choose, dated), *_circles(builder)]
    if findings:
        raise PackError(sorted(findings, key=lambda finding: (finding.file, finding.line)))
    digest = hashlib.sha256("".join(f"{name}\0{text}\0" for name, text in texts.items()).encode()).hexdigest()
    return Pack(
        str(root), builder.handbook, builder.digits, frozen(builder.facts), frozen(builder.values),
        frozen(builder.rules), frozen(builder.sections), frozen(dict(choose)), frozen(texts), digest,
        frozen(work.schedules), frozen(work.playbooks), frozen(work.calendars), frozen(work.cta_types),
        frozen(work.cta_statuses), catalogues,
    )  # fmt: skip


def _beside(name: str) -> bool:
    """Whether a file is one of the pack's own, not of its examples or deeper."""
    folder, _, rest = name.rpartition("/")
    return not folder or (f"{folder}/" in FOLDERS and bool(rest))


def _files(root: Traversable, prefix: str = "") -> Iterator[tuple[str, Traversable]]:
    for item in root.iterdir():
        if item.name.startswith((".", "__")):
            continue
        if item.is_dir():
            yield from _files(item, f"{prefix}{item.name}/")
        else:
            yield f"{prefix}{item.name}", item


def _fingerprints(root: Traversable) -> list[tuple[str, int, int]]:
    """Name, time and size of every file; inside a zip archive there is nothing to watch."""
    return sorted(_watched(str(root), "")) if isinstance(root, Path) else []


def _watched(folder: str, prefix: str) -> Iterator[tuple[str, int, int]]:
    # Every request asks: scanning a folder costs a tenth of a Path for each file in it.
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith((".", "__")):
                continue
            if entry.is_dir():
                yield from _watched(entry.path, f"{prefix}{entry.name}/")
            else:
                stat = entry.stat()
                yield f"{prefix}{entry.name}", stat.st_mtime_ns, stat.st_size


def _texts(root: Traversable, builder: Builder) -> Iterator[tuple[str, str]]:
    for name, item in _files(root):
        try:
            yield name, item.read_text(encoding="utf-8").replace("\r\n", "\n")
        except UnicodeDecodeError:
            builder.wrong("the file is not UTF-8 text", Place(name, "", 0))


def _editions(*shelves: Mapping[str, Any]) -> dict[str, Sequence[Any]]:
    """What has alternatives: name -> its editions or entries."""
    return {name: item.entries if isinstance(item, DatedValue) else item.editions for s in shelves for name, item in s.items()}


def _wrong_choices(choose: Mapping[str, str], editions: Mapping[str, Sequence[Any]]) -> list[Finding]:
    found = []
    for name, alternative in choose.items():
        known = [item.alternative for item in editions.get(name, ()) if item.alternative]
        if alternative not in known:
            there = f"it has: {', '.join(known) or 'none'}"
            hint = there if name in editions else f"no such rule, value, schedule or playbook.{suggestion(name, editions)}"
            message = f"choose: '{name}' has no alternative '{alternative}'; {hint}"
            found.append(Finding("HB001", "error", message, "handbook.yaml", "choose", rule=name))
    return found


def _circles(builder: Builder) -> list[Finding]:
    """Rules that read each other in a circle have no order to be decided in."""
    reads = {
        name: {builder.facts[fact].rule for edition in rule.editions for fact in edition.facts} & set(builder.rules)
        for name, rule in builder.rules.items()
    }
    while ready := [name for name, needs in reads.items() if not needs & set(reads)]:
        for name in ready:
            del reads[name]
    if not reads:
        return []
    first = builder.rules[min(reads)].place
    message = f"these rules read each other in a circle: {', '.join(sorted(reads))}"
    return [Finding("HB001", "error", message, first.file, first.path, first.line, min(reads))]


@lru_cache(maxsize=4096)
def _day(pack: Pack, as_of: date) -> tuple[tuple[str, InForce], ...]:
    found = []
    for name in pack.rules:
        try:
            found.append((name, pack.edition(name, as_of)))
        except (NotYetInForce, Ended):
            continue
    return tuple(found)


@lru_cache(maxsize=4096)
def _running_on(pack: Pack, as_of: date) -> tuple[tuple[str, Running], ...]:
    found = []
    for name in pack.schedules:
        try:
            found.append((name, pack.schedule_on(name, as_of)))
        except (NotYetInForce, Ended):
            continue
    return tuple(found)


@lru_cache(maxsize=4096)
def _running(schedule: Schedule, edition: ScheduleEdition, rows: InForce, closing: InForce) -> Running:
    """One object per edition and set of values, so that what is compiled of it is kept."""
    return Running(schedule, edition, rows, closing)


def _table(pack: Pack, kind: str, name: str, rule: Rule, as_of: date) -> InForce:
    edition = current(kind, name, rule.editions, pack.choose.get(name), as_of)
    starts = tuple(pack.value(ref, as_of).start for ref in edition.refs)
    chosen = tuple(pack.choose.get(ref) for ref in edition.refs)
    return _in_force(pack, kind, name, edition.index, starts, chosen, as_of_key(starts, as_of))


@lru_cache(maxsize=4096)
def _in_force(
    pack: Pack, kind: str, name: str, index: int, starts: tuple[date, ...], chosen: tuple[str | None, ...], day: date
) -> InForce:
    """The rows of one edition with its dated values as on `day`. One object per edition and set of values."""
    rule = pack.rules[name] if kind == "rule" else getattr(pack.schedules[name], kind)
    edition = next(item for item in rule.editions if item.index == index)
    entries = {ref: pack.value(ref, day) for ref in edition.refs}
    asked_for = frozenset(fact for fact, test in edition.asks if isinstance(test, Test) and test.op == "missing")
    lenient = asked_for | frozenset(edition.optional)
    rows = tuple(_resolved(row, pack, entries, lenient) for row in edition.rows)
    return InForce(rule, edition, rows, tuple(entries.items()), max(edition.start, *starts, date.min), edition.facts)


def _resolved(row: DraftRow, pack: Pack, entries: Mapping[str, Entry], lenient: frozenset[str]) -> Row:
    def cells(asks: tuple[tuple[str, Test | Ref], ...]) -> tuple[Cell, ...]:
        return tuple(Cell(name, _test(asked, pack.facts[name], pack, entries), name in lenient) for name, asked in asks)

    return Row(row.number, cells(row.when), tuple(cells(g) for g in row.any), row.then, row.place, row.note, row.source)


def _test(asked: Test | Ref, fact: Fact, pack: Pack, entries: Mapping[str, Entry]) -> Test:
    if isinstance(asked, Test):
        return asked
    test = parse(entries[asked.name].value, fact, pack.digits)
    if not isinstance(test, Test):  # the loader has refused such an entry
        raise TypeError(f"the value '{asked.name}' is not a test")
    return replace(test, ref=asked.name)
