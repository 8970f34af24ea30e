"""Calendars, types of calls to action, schedules and playbooks: from the parsed files to the parts of a pack."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from string import Formatter
from typing import Any, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel

from tenure.rules.building import Builder
from tenure.rules.calendars import DEFAULT, Calendar, Offset, knows
from tenure.rules.errors import Finding, suggestion
from tenure.rules.parts import DraftRow, Place
from tenure.rules.schema import Shape, validated
from tenure.rules.work import (
    Asked,
    Closer,
    Cta,
    CtaStatus,
    CtaType,
    Kind,
    Occasion,
    Playbook,
    PlaybookEdition,
    Recurrence,
    Schedule,
    ScheduleEdition,
    ScheduleRow,
    Step,
    Timing,
    table_of,
)  # fmt: skip
from tenure.rules.workschema import (
    CalendarShape,
    CloserShape,
    CtaShape,
    CtaStatusShape,
    CtaTypeShape,
    PlaybookEditionShape,
    PlaybookShape,
    ScheduleEditionShape,
    ScheduleRowShape,
    ScheduleShape,
    StepShape,
)  # fmt: skip
from tenure.rules.yamls import Lines, Path, dotted, line_of

FIELDS = ("day", "due", "month")  # fields of a title beside the facts
MODES: tuple[Kind, ...] = ("at", "every", "on", "once")
T = TypeVar("T")


@dataclass
class Work:
    """What makes work, by key."""

    calendars: dict[str, Calendar] = field(default_factory=dict)
    cta_types: dict[str, CtaType] = field(default_factory=dict)
    cta_statuses: dict[str, CtaStatus] = field(default_factory=dict)
    schedules: dict[str, Schedule] = field(default_factory=dict)
    playbooks: dict[str, Playbook] = field(default_factory=dict)


def build(builder: Builder) -> Work:
    """All of it, once the rules are built. Problems go to the builder's findings."""
    return _WorkBuilder(builder).build()


class _WorkBuilder:
    def __init__(self, builder: Builder) -> None:
        self.builder = builder
        self.work = Work()
        handbook = builder.sections.get("handbook", {})
        self.roles = {str(role.get("key")) for role in handbook.get("team_roles") or () if isinstance(role, dict)}
        self.names = {*builder.values, *builder.drafts}

    def build(self) -> Work:
        order: tuple[tuple[str, Callable[[Any, str, Lines], None]], ...] = (
            ("calendars", self._calendars), ("cta_statuses", self._statuses), ("cta_types", self._types),
            ("playbooks", self._playbooks), ("schedules", self._schedules),
        )  # fmt: skip
        for part, read in order:
            for key, section, file, lines in self.builder.work:
                if key == part:
                    read(section, file, lines)
        return self.work

    # --- helpers

    def wrong(self, code: str, message: str, place: Place, rule: str = "") -> None:
        self.builder.findings.append(Finding(code, "error", message, place.file, place.path, place.line, rule))

    def _shapes(
        self, part: str, section: Any, shape: type[Shape], file: str, lines: Lines
    ) -> Iterable[tuple[str, Shape, Place, Path]]:
        """Every thing of a section, mapping or list, that has the right shape."""
        items = section.items() if isinstance(section, dict) else enumerate(section) if isinstance(section, list) else None
        if items is None:
            self.wrong("HB001", f"'{part}' is a list or a mapping of names", Place(file, part, line_of(lines, (part,))))
            return
        for name, data in items:
            path: Path = (part, name)
            found, wrong = validated(shape, data, file, lines, path)
            self.builder.findings += [replace(finding, rule=str(name)) for finding in wrong]
            if found is not None:
                yield str(name), found, self._place(file, lines, path), path

    def _place(self, file: str, lines: Lines, path: Path) -> Place:
        return Place(file, dotted(path), line_of(lines, path))

    def _new(self, shelf: Mapping[str, Any], key: str, place: Place) -> bool:
        if key in shelf or key in self.names:
            self.wrong("HB001", f"'{key}' is already defined in this pack", place, key)
            return False
        return True

    def _known(self, code: str, kind: str, name: str, known: Iterable[str], place: Place, rule: str) -> bool:
        there = set(known)
        if name in there:
            return True
        self.wrong(code, f"there is no {kind} '{name}'.{suggestion(name, there)}", place, rule)
        return False

    def _role(self, role: str, place: Place, rule: str, people: Iterable[str] = ()) -> None:
        if self.roles:
            self._known("HB020", "role", role, {*self.roles, *people}, place, rule)

    def _reason(self, kind: str, reason: str, place: Place, rule: str) -> None:
        if self._known("HB021", "type of call to action", kind, self.work.cta_types, place, rule):
            reasons = self.work.cta_types[kind].reasons
            self._known("HB021", f"reason of {kind}", reason, reasons, place, rule)

    # --- calendars and calls to action

    def _calendars(self, section: Any, file: str, lines: Lines) -> None:
        regions = {region.key for region in self.builder.handbook.regions} if self.builder.handbook else set()
        for name, shape, place, _ in self._shapes("calendars", section, CalendarShape, file, lines):
            if name != DEFAULT:
                self._known("HB025", "region", name, regions, place, name)
            for country in shape.countries:
                if not knows(country):
                    self.wrong("HB025", f"the holidays of {country} are not known", place, name)
            try:
                ZoneInfo(shape.timezone)
            except (ZoneInfoNotFoundError, ValueError):
                self.wrong("HB025", f"there is no time zone '{shape.timezone}'", place, name)
            if shape.shared_by > max(len(shape.countries), 1):
                self.wrong("HB025", f"no day can be shared by {shape.shared_by} of {len(shape.countries)} countries", place, name)
            self.work.calendars[name] = Calendar(
                name, shape.timezone, frozenset(shape.weekdays), tuple(shape.countries), shape.shared_by,
                tuple((item.day, item.title) for item in shape.days), shape.title or name, shape.source or "", shape.note or "",
            )  # fmt: skip

    def _statuses(self, section: Any, file: str, lines: Lines) -> None:
        for _, shape, place, _ in self._shapes("cta_statuses", section, CtaStatusShape, file, lines):
            if shape.key in self.work.cta_statuses:
                self.wrong("HB001", f"the status '{shape.key}' stands twice", place, shape.key)
            self.work.cta_statuses[shape.key] = CtaStatus(
                shape.key, shape.title, shape.open, tuple(shape.types), shape.outcome, shape.note or "", shape.source or ""
            )

    def _types(self, section: Any, file: str, lines: Lines) -> None:
        for _, shape, place, _ in self._shapes("cta_types", section, CtaTypeShape, file, lines):
            if shape.key in self.work.cta_types:
                self.wrong("HB001", f"the type '{shape.key}' stands twice", place, shape.key)
            statuses = self.work.cta_statuses.values()
            allowed = tuple(status.key for status in statuses if not status.types or shape.key in status.types)
            reasons = tuple(reason.title for reason in shape.reasons)
            if len(set(reasons)) != len(reasons):
                self.wrong("HB001", "a reason stands twice", place, shape.key)
            self.work.cta_types[shape.key] = CtaType(
                shape.key, shape.title, shape.icon, reasons, allowed, shape.note or "", shape.source or "",
                tuple(reason.title for reason in shape.reasons if reason.at_risk),
                {reason.title: reason.logs for reason in shape.reasons if reason.logs},
            )  # fmt: skip
        for status in self.work.cta_statuses.values():
            for kind in status.types:
                self._known(
                    "HB021", "type of call to action", kind, self.work.cta_types, Place(file, "cta_statuses", 0), status.key
                )

    # --- playbooks

    def _playbooks(self, section: Any, file: str, lines: Lines) -> None:
        for key, shape, place, path in self._shapes("playbooks", section, PlaybookShape, file, lines):
            if not self._new(self.work.playbooks, key, place):
                continue
            self._reason(shape.type, shape.reason, place, key)
            self._role(shape.owner, place, key, shape.people)
            editions = [self._playbook_edition(key, i, shape, item, file, lines, (*path, "editions", i))
                        for i, item in enumerate(shape.editions)]  # fmt: skip
            self.work.playbooks[key] = Playbook(
                key, shape.title, shape.source or "", shape.note or "", shape.review_by, shape.type, shape.reason, shape.owner,
                shape.priority, tuple(sorted(editions, key=lambda edition: edition.start)), place, shape.applied, dict(shape.people),
            )  # fmt: skip

    def _playbook_edition(
        self, key: str, index: int, shape: PlaybookShape, item: PlaybookEditionShape, file: str, lines: Lines, path: Path
    ) -> PlaybookEdition:
        steps: dict[str, Step] = {}
        later = {step.key for step in item.steps}
        for i, step in enumerate(item.steps):
            place = self._place(file, lines, (*path, "steps", i))
            if step.key in steps:
                self.wrong("HB022", f"the step '{step.key}' stands twice", place, key)
            self._check_step(key, step, set(steps), later, place)
            self._role(step.owner or shape.owner, place, key, shape.people)
            steps[step.key] = _step(step, step.owner or shape.owner, place)
        return PlaybookEdition(
            index, item.start, tuple(steps.values()), self._place(file, lines, path), item.roll, item.ended, item.alternative,
            item.note or "", item.source or "",
        )  # fmt: skip

    def _check_step(self, key: str, step: StepShape, earlier: set[str], there: set[str], place: Place) -> None:
        for other in step.after:
            if other not in there:
                self.wrong(
                    "HB022", f"'{step.key}' comes after '{other}', which does not exist.{suggestion(other, there)}", place, key
                )
            elif other not in earlier:
                self.wrong("HB022", f"'{step.key}' comes after '{other}', which stands later or is itself", place, key)
        if step.within and step.due:
            self.wrong("HB023", f"'{step.key}' has both `due` and `within`", place, key)
        if step.within and _reversed(*step.within):
            self.wrong("HB023", f"'{step.key}': the window ends before it begins", place, key)
        asked = [item.key for item in step.asked]
        if len(set(asked)) != len(asked) or any((item.kind == "choice") != bool(item.choices) for item in step.asked):
            self.wrong(
                "HB001", f"'{step.key}': each answer is asked once, and a choice (and nothing else) has choices", place, key
            )
        for name, words in step.only.items():
            fact = self.builder.facts.get(name)
            if fact is None:
                self.wrong("HB002", f"there is no fact '{name}'.{suggestion(name, self.builder.facts)}", place, key)
            elif fact.words and any(fact.word(word) is None for word in words):
                self.wrong("HB014", f"{', '.join(words)}: {name} is one of {', '.join(fact.words)}", place, key)

    # --- schedules

    def _schedules(self, section: Any, file: str, lines: Lines) -> None:
        for key, shape, place, path in self._shapes("schedules", section, ScheduleShape, file, lines):
            if self._new({**self.work.schedules, **self.work.playbooks}, key, place):
                editions = [self._edition(key, i, shape.cta, item, file, lines, (*path, "editions", i))
                            for i, item in enumerate(shape.editions)]  # fmt: skip
                self.work.schedules[key] = Schedule(
                    key, shape.title, shape.source or "", shape.note or "", shape.review_by,
                    tuple(sorted(editions, key=lambda edition: edition.start)), place,
                )  # fmt: skip

    def _edition(
        self, key: str, index: int, cta: CtaShape, item: ScheduleEditionShape, file: str, lines: Lines, path: Path
    ) -> ScheduleEdition:
        place = self._place(file, lines, path)
        drafts, rows = [], []
        for i, row in enumerate(item.rows):
            here = (*path, "rows", i)
            drafts.append(self._draft(key, i, row, file, lines, here))
            rows.append(self._row(key, i, row, item, (cta, item.cta, row.cta), self._place(file, lines, here)))
        drafts = [replace(draft, then=(_same(rows, i),)) for i, draft in enumerate(drafts)]
        closing = [self._draft(key, i, closer, file, lines, (*path, "closes", i)) for i, closer in enumerate(item.closes)]
        for status in [closer.status for closer in item.closes] + ([item.stops_as] if item.stops_as else []):
            if self._known("HB021", "status", status, self.work.cta_statuses, place, key) and self.work.cta_statuses[status].open:
                self.wrong("HB021", f"'{status}' does not close anything", place, key)
        closers = tuple(Closer(closer.status, closer.after or "") for closer in item.closes)
        for closer in closers:
            if closer.after:
                self._date(key, closer.after, place)
        return ScheduleEdition(
            index, item.start, tuple(rows), replace(table_of(index, item.start, tuple(drafts), place), alternative=item.alternative,
            ended=item.ended, note=item.note or "", source=item.source or ""),
            replace(table_of(index, item.start, tuple(closing), place), alternative=item.alternative, ended=item.ended), closers,
            place, item.stops_as or "", item.ended, item.alternative, item.note or "", item.source or "",
        )  # fmt: skip

    def _draft(self, key: str, i: int, item: ScheduleRowShape | CloserShape, file: str, lines: Lines, path: Path) -> DraftRow:
        when = self.builder.cells(key, item.when, file, lines, (*path, "when"))
        groups = tuple(self.builder.cells(key, group, file, lines, (*path, "any", n)) for n, group in enumerate(item.any))
        source = item.source or "" if isinstance(item, ScheduleRowShape) else ""
        return DraftRow(i + 1, when, groups, (i + 1,), self._place(file, lines, path), item.note or "", source)

    def _row(
        self, key: str, i: int, row: ScheduleRowShape, edition: ScheduleEditionShape, ctas: tuple[CtaShape, ...], place: Place
    ) -> ScheduleRow:
        modes = [mode for mode in MODES if getattr(row, mode) is not None]
        timing = cta = None
        if row.skip and modes:
            self.wrong("HB023", f"a row with `skip` has no `{modes[0]}`", place, key)
        elif len(modes) == 1:
            timing = self._timing(key, modes[0], row, edition, place)
            cta = self._cta(key, ctas, place)
        elif not row.skip:
            self.wrong("HB023", "a row has one of `at`, `every`, `on`, `once`, or `skip: true`", place, key)
        return ScheduleRow(i + 1, timing, cta, place, row.note or "", row.source or "")

    def _timing(self, key: str, kind: Kind, row: ScheduleRowShape, edition: ScheduleEditionShape, place: Place) -> Timing:
        def given(name: str, default: T) -> T:
            for shape in (row, edition):
                value: T | None = getattr(shape, name)
                if value is not None:
                    return value
            return default

        nothing: list[str] = []
        anchors = tuple(given("anchor", nothing)) if kind != "once" else ()
        for name in anchors:
            self._date(key, name, place)
        occasions = tuple(Occasion(item.offset, item.key or "", item.title or "") for item in row.at or ())
        on = Recurrence(row.on.every, row.on.day, row.on.weekday, row.on.month) if row.on else None
        timing = Timing(
            kind, anchors, occasions, row.every, on, row.once or "", given("per", "anchor"), given("due", Offset(0)),
            given("raise_before", Offset(0)), given("lapse_after", None), given("roll", "none"),
            given("one_open", kind in ("every", "once")),
        )  # fmt: skip
        for message in _faults(timing):
            self.wrong("HB023", message, place, key)
        return timing

    def _cta(self, key: str, parts: tuple[CtaShape, ...], place: Place) -> Cta | None:
        given = {name: value for part in parts for name, value in _given(part).items()}
        absent = [name for name in ("type", "reason", "title", "owner") if name not in given]
        if absent:
            self.wrong("HB001", f"the call to action has no {' and no '.join(absent)}", place, key)
            return None
        self._reason(given["type"], given["reason"], place, key)
        self._role(given["owner"], place, key)
        if playbook := given.get("playbook"):
            self._known("HB024", "playbook", playbook, self.work.playbooks, place, key)
        self._fields(key, given["title"], place)
        self._fields(key, given.get("note", ""), place)
        return Cta(given["type"], given["reason"], given["title"], given["owner"], given.get("priority", 2),
                   given.get("note", ""), given.get("playbook", ""), given.get("logs", ""), given.get("opens", ""))  # fmt: skip

    def _fields(self, key: str, text: str, place: Place) -> None:
        try:
            names = [name for _, name, _, _ in Formatter().parse(text) if name is not None]
        except ValueError as error:
            self.wrong("HB001", f"'{text}': {error}", place, key)
            return
        for name in names:
            if name not in FIELDS and self._known("HB002", "fact", name, {*self.builder.facts, *FIELDS}, place, key):
                fact = self.builder.facts[name]
                if fact.type in ("money", "float"):
                    self.wrong("HB001", f"'{name}' is {fact.type} and can't stand in a text", place, key)

    def _date(self, key: str, name: str, place: Place) -> None:
        if self._known("HB002", "fact", name, self.builder.facts, place, key) and self.builder.facts[name].type != "date":
            self.wrong("HB002", f"'{name}' is not a date", place, key)


def _same(rows: list[ScheduleRow], i: int) -> int:
    """The number of the first row that gives the same as the i-th: where a fact leaves only such rows open, it need not be known."""
    return next(row.number for row in rows if (row.timing, row.cta) == (rows[i].timing, rows[i].cta))


def _given(shape: BaseModel) -> dict[str, Any]:
    return {name: value for name, value in shape.model_dump().items() if value is not None}


def _step(shape: StepShape, owner: str, place: Place) -> Step:
    first, last = shape.within or (None, shape.due)
    asked = tuple(Asked(item.key, item.label, item.kind, tuple(item.choices), item.required) for item in shape.asked)
    only = tuple((name, tuple(words)) for name, words in shape.only.items())
    return Step(shape.key, shape.title, owner, last, first, shape.note or "", tuple(shape.after), asked, only,
                shape.template or "", shape.source or "", place)  # fmt: skip


def _reversed(first: Offset, last: Offset) -> bool:
    return first.length > last.length


def _faults(timing: Timing) -> Iterable[str]:
    """What can't be about a timing."""
    if timing.kind in ("at", "every") and not timing.anchors:
        yield f"`{timing.kind}` needs an `anchor`, the date that it counts from"
    keys = [item.key for item in timing.occasions]
    if len(keys) > 1 and (len(set(keys)) != len(keys) or "" in keys):
        yield "several offsets in `at` need a `key` each: {offset: 30 days, key: first}"
    if timing.every and timing.every.n <= 0:
        yield "`every` must be more than nothing"
    if timing.raise_before.n < 0:
        yield "`raise_before` must not be negative"
    if timing.every and timing.raise_before.length >= timing.every.length:
        yield "`raise_before` is as long as `every`: it would be raised before the last one is done"
    if timing.due.n < 0 or (timing.lapse_after and timing.lapse_after.n < 0):
        yield "`due` and `lapse_after` must not be negative"
    if timing.kind == "on" and timing.lapse_after is None:
        yield "`on` needs `lapse_after`: otherwise all days since the beginning are due"
    if timing.on and timing.on.day == 0:
        yield "`day: 0` is no day: 1 is the first, -1 the last"
