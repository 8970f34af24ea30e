"""Schedules and playbooks as people read them: the lists, and all that the page of one shows."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from tenure.queries import rulebook, rulepage, ruletable, ruletext
from tenure.queries.rulepage import Told
from tenure.queries.ruletext import Excerpt
from tenure.rules import workexamples
from tenure.rules import workwording as words
from tenure.rules.errors import Ended, Finding, NotYetInForce
from tenure.rules.packs import Pack
from tenure.rules.work import Playbook, PlaybookEdition, Running, Schedule, ScheduleEdition
from tenure.rules.workexamples import PlaybookExample, ScheduleExample, WorkResult

FIELD = re.compile(r"\{(\w+)\}")  # a field of a title, shown as [day]
Thing = Schedule | Playbook
Edition = ScheduleEdition | PlaybookEdition


@dataclass(frozen=True)
class Summary:
    """One line of a list. ``now`` is the edition of the day, None when none holds (``why_not`` says why)."""

    thing: Thing
    now: Edition | None
    why_not: str
    says: str
    source: str
    examples: int
    failed: int
    findings: int
    raised_by: tuple[Schedule, ...] = ()

    @property
    def size(self) -> int:
        """How many rows or steps it has."""
        now = self.now
        return 0 if now is None else len(now.steps) if isinstance(now, PlaybookEdition) else len(now.rows)


@dataclass(frozen=True)
class RowLine:
    """A row of a schedule in words."""

    number: int
    condition: str
    when: str
    details: str
    title: str
    kind: str
    owner: str
    playbook: Playbook | None
    note: str


@dataclass(frozen=True)
class StepLine:
    """A step of a playbook in words."""

    number: int
    key: str
    title: str
    day: str
    owner: str
    after: tuple[str, ...]
    asked: tuple[str, ...]
    only: str
    note: str
    template: str


@dataclass(frozen=True)
class Tried:
    """An example in words."""

    result: WorkResult
    day: date
    facts: str
    expected: str
    got: str


@dataclass(frozen=True)
class Page:
    """All that the page of a schedule or a playbook shows on a day; ``shown`` None when it isn't in force, then ``why_not`` says why."""

    thing: Thing
    shown: Edition | None
    why_not: str
    rows: Sequence[RowLine | StepLine]
    closes: Sequence[str]
    raised_by: Sequence[Schedule]
    tried: Sequence[Tried]
    findings: Sequence[Told]
    excerpt: Excerpt | None

    @property
    def passed(self) -> int:
        """How many examples give what they should."""
        return sum(one.result.passed for one in self.tried)

    @property
    def finding_count(self) -> int:
        """How many findings are about it."""
        return sum(len(told.findings) for told in self.findings)

    @property
    def source(self) -> str:
        """The page that it comes from."""
        return (self.shown.source if self.shown else "") or self.thing.source

    @property
    def history(self) -> list[Edition]:
        """Its editions, newest first."""
        return list(reversed(self.thing.editions))


def is_checked(pack: Pack, today: date) -> bool:
    """Whether everything that the pages tell of the handbook's checks is there."""
    return rulebook.is_checked(pack, today) and rulebook.known("work", pack) is not None


def check(pack: Pack, today: date) -> None:
    """Run every example and the linter, and keep what comes of it for all processes."""
    rulebook.results(pack)
    results(pack)
    rulebook.findings(pack, today)


def results(pack: Pack) -> tuple[WorkResult, ...]:
    """Every example of work with what came of it."""
    return rulebook.kept("work", pack, lambda: tuple(workexamples.run(pack)))


def schedules(pack: Pack, as_of: date, today: date, text: str = "") -> dict[str, list[Summary]]:
    """The schedules by file, those that hold ``text``."""
    running = pack.running(as_of)
    return _listed(pack, pack.schedules.values(), text, today, lambda thing: _schedule(pack, thing, running, as_of, today))


def playbooks(pack: Pack, as_of: date, today: date, text: str = "") -> dict[str, list[Summary]]:
    """The playbooks by file, those that hold ``text``."""
    return _listed(pack, pack.playbooks.values(), text, today, lambda thing: _playbook(pack, thing, as_of, today))


def schedule(pack: Pack, name: str, as_of: date, today: date, shown: str = "") -> Page:
    """The page of a schedule on a day; ``shown`` names another edition (its day, with ``~`` and the alternative)."""
    thing, (chosen, day) = pack.schedule(name), _chosen(pack, pack.schedule(name), shown, as_of)
    try:
        item = chosen.schedule_on(name, day)
    except (NotYetInForce, Ended) as error:
        return _page(pack, thing, None, error.message, (), (), (), today)
    return _page(pack, thing, item.edition, "", _rows(item, pack), words.closers(item, pack), (), today)


def playbook(pack: Pack, name: str, as_of: date, today: date, shown: str = "") -> Page:
    """The page of a playbook on a day."""
    thing, (chosen, day) = pack.playbook(name), _chosen(pack, pack.playbook(name), shown, as_of)
    raised = words.raised_by(pack, name)
    try:
        edition = chosen.playbook_on(name, day)
    except (NotYetInForce, Ended) as error:
        return _page(pack, thing, None, error.message, (), (), raised, today)
    return _page(pack, thing, edition, "", _steps(thing, edition, pack), (), raised, today)


def _listed(pack: Pack, things: Any, text: str, today: date, line: Any) -> dict[str, list[Summary]]:
    groups: dict[str, list[Summary]] = {}
    for thing in things:
        found: Summary = line(thing)
        hay = f"{thing.title} {thing.key} {found.says} {found.source}".lower()
        if all(word in hay for word in text.lower().split()):
            groups.setdefault(thing.place.file, []).append(found)
    return groups


def _schedule(pack: Pack, thing: Schedule, running: dict[str, Running], as_of: date, today: date) -> Summary:
    item = running.get(thing.key)
    if item is None:
        return _summary(pack, thing, None, _why_not(pack, thing, as_of), "", today)
    said = dict.fromkeys(words.when(row.timing, pack) for row in item.edition.rows if row.timing)
    return _summary(pack, thing, item.edition, "", "; ".join(said) or "nothing by itself", today)


def _playbook(pack: Pack, thing: Playbook, as_of: date, today: date) -> Summary:
    raised = tuple(words.raised_by(pack, thing.key))
    try:
        edition = pack.playbook_on(thing.key, as_of)
    except (NotYetInForce, Ended) as error:
        return _summary(pack, thing, None, error.message, "", today, raised)
    return _summary(pack, thing, edition, "", ", ".join(step.title for step in edition.steps), today, raised)


def _summary(
    pack: Pack, thing: Thing, now: Edition | None, why_not: str, says: str, today: date, raised: tuple[Schedule, ...] = ()
) -> Summary:
    mine = [one for one in results(pack) if one.example.subject == thing.key]
    return Summary(
        thing, now, why_not, says, (now.source if now else "") or thing.source, len(mine), sum(not one.passed for one in mine),
        len(_findings(pack, thing.key, today)), raised,
    )  # fmt: skip


def _why_not(pack: Pack, thing: Schedule, as_of: date) -> str:
    try:
        pack.schedule_on(thing.key, as_of)
    except (NotYetInForce, Ended) as error:
        return error.message
    return ""


def _chosen(pack: Pack, thing: Thing, shown: str, as_of: date) -> tuple[Pack, date]:
    """The pack and day with which the asked edition holds."""
    for edition in thing.editions:
        if shown and ruletable.day_key(edition.start, edition.alternative) == shown:
            return (pack.choosing(**{thing.key: edition.alternative}) if edition.alternative else pack), edition.start
    return pack, as_of


def _page(
    pack: Pack, thing: Thing, shown: Edition | None, why_not: str, rows: Sequence[RowLine | StepLine], closes: Sequence[str],
    raised: Sequence[Schedule], today: date,
) -> Page:  # fmt: skip
    tried = [_tried(one, pack) for one in results(pack) if one.example.subject == thing.key]
    excerpt = ruletext.of_place(pack, shown.place) if shown else None
    told = rulepage.told(_findings(pack, thing.key, today))
    return Page(thing, shown, why_not, rows, closes, raised, tried, told, excerpt)


def _findings(pack: Pack, key: str, today: date) -> list[Finding]:
    return [finding for finding in rulebook.findings(pack, today) if finding.rule == key]


def _rows(item: Running, pack: Pack) -> list[RowLine]:
    found = []
    for row, draft in zip(item.edition.rows, item.rows.rows, strict=True):
        cta, timing = row.cta, row.timing
        kind = f"{pack.cta_types[cta.type].title}: {cta.reason}" if cta and cta.type in pack.cta_types else ""
        found.append(
            RowLine(
                row.number, _symbols(words.condition(draft, pack)), words.when(timing, pack) if timing else "", words.details(timing) if timing else "",
                FIELD.sub(r"[\1]", cta.title) if cta else "", kind, words.role(cta.owner_role, pack) if cta else "",
                pack.playbooks.get(cta.playbook) if cta else None, row.note,
            )
        )  # fmt: skip
    return found


def _symbols(text: str) -> str:
    return text.replace(">=", "≥").replace("<=", "≤")


def _steps(thing: Playbook, edition: PlaybookEdition, pack: Pack) -> list[StepLine]:
    titles = {step.key: step.title for step in edition.steps}
    return [
        StepLine(
            number, step.key, step.title, words.step_day(step), words.role(step.owner_role, pack, thing),
            tuple(titles[key] for key in step.after), tuple(item.label for item in step.asked), words.step_only(step, pack), step.note,
            pack.timeline.templates[step.template].title if step.template else "",
        )
        for number, step in enumerate(edition.steps, start=1)
    ]  # fmt: skip


def _tried(result: WorkResult, pack: Pack) -> Tried:
    shape = result.example.shape
    said = [f"{ruletable.label(pack.facts[n], pack)} {_fact(n, raw, pack)}" for n, raw in shape.facts.items() if n in pack.facts]
    if isinstance(shape, PlaybookExample):
        said += [f"Region {shape.region}"] if shape.region else []
        return Tried(result, shape.start, ", ".join(said), _days(shape.expect), _days(result.got))
    said += [f"open since {spoken(shape.open.raise_on)}"] if shape.open else []
    return Tried(result, shape.as_of, ", ".join(said), expected(shape, pack), told(result.got, pack))


def _fact(name: str, raw: Any, pack: Pack) -> str:
    return spoken(raw) if isinstance(raw, date) else rulepage.fact_words(name, raw, pack)


def spoken(day: date) -> str:
    """``31 Jan 2019``."""
    return f"{day.day} {day:%b %Y}"


def expected(shape: ScheduleExample, pack: Pack) -> str:
    """What an example expects, for people."""
    return told(shape.expect, pack)


def told(value: Any, pack: Pack) -> str:
    """What came of a schedule, for people: ``due 17 Jan 2019``, ``appears 14 Jan 2019``, ``undecided: gemstone``."""
    if isinstance(value, date):
        return f"due {spoken(value)}"
    if isinstance(value, list):
        return "; ".join(f"due {spoken(item['due'])}{', looking ahead' if item.get('projected') else ''}" for item in value)
    if not isinstance(value, dict):
        return {"nothing": "nothing is due", "closed": "done or not needed", "lapsed": "too late or not yet"}.get(
            str(value), str(value)
        )
    (key, found), *_ = value.items()
    if key == "later":
        return f"appears {spoken(found)}"
    if key == "settled":
        return "stays open" if found == "open" else words.status(found, pack)
    if key == "not_in_force":
        return "not in force"
    if key == "no_anchor":
        return f"nothing: no date of {' or '.join(words.event(name, pack) for name in found)}"
    return f"undecided: {' or '.join(pack.facts[name].label or name for name in found)} missing"


def _days(value: Any) -> str:
    if not isinstance(value, dict):
        return str(value)
    return ", ".join(f"{key.replace('_', ' ')} {_window(day)}" for key, day in value.items())


def _window(day: Any) -> str:
    if isinstance(day, list):
        return f"{spoken(day[0])} to {spoken(day[1])}"
    return spoken(day) if day else "no day"
