"""The handbook's way from the sale to value, for reading: matrix, hand-overs, stages, onboarding and profiles, as they hold on a day."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from tenure.queries import journeys, onboarding_words, opportunities, roles
from tenure.rules.facts import Fact
from tenure.rules.journey import TEAM, ConditionShape, HandOverShape, ItemShape, StepShape
from tenure.rules.journeyfacts import FACTS
from tenure.rules.onboarding import FIELDS, latest
from tenure.rules.packs import Pack
from tenure.rules.schema import Dated

SPANS = {
    "purchase_date": "purchase", "contract_date": "original contract", "start_date": "start of the onboarding", "tam_assigned_on": "assignment of the TAM",
    "first_reach_out": "first call or meeting", "infrastructure_ready": "infrastructure ready", "first_value": "first value",
    "outcome_achieved": "outcome achieved", "finish_date": "end of the onboarding",
}  # fmt: skip
NOTHING = "–"


@dataclass(frozen=True)
class Row:
    """One line: its cells, the first one its name; ``note`` and ``source`` stand small below and behind it."""

    cells: Sequence[str]
    note: str = ""
    source: str = ""

    def has(self, text: str) -> bool:
        """Whether a text stands in it, in any case."""
        return text in " ".join((*self.cells, self.note, self.source)).casefold()


@dataclass(frozen=True)
class Section:
    """A table of the page. ``since``: from when its edition holds; ``others``: when other editions begin."""

    key: str
    title: str
    file: str
    heads: Sequence[str]
    rows: Sequence[Row]
    source: str = ""
    note: str = ""
    since: date | None = None
    others: Sequence[date] = field(default_factory=tuple)


def sections(pack: Pack, day: date, text: str = "") -> list[Section]:
    """Every table that holds on a day, with only the lines that have the text."""
    asked = text.casefold()
    found = [*_matrix(pack, day), *_handovers(pack, day), *_stages(pack, day), *_onboarding(pack, day), *_profiles(pack, day)]
    if not asked:
        return found
    left = ((one, [row for row in one.rows if row.has(asked)]) for one in found)
    return [Section(**{**one.__dict__, "rows": rows}) for one, rows in left if rows]


def _others(shapes: Iterable[Dated], now: Dated) -> list[date]:
    return [one.start for one in shapes if one.start != now.start]


def _said(condition: ConditionShape | None, pack: Pack) -> str:
    """What completes something by itself, in words."""
    if condition is None:
        return "Ticked by hand"
    titles = {
        key: one.title
        for names in (pack.timeline.kinds, pack.timeline.templates, pack.profiles.fields)
        for key, one in names.items()
    }
    steps = journeys.step_titles(pack)
    parts = [_asked(FACTS[name], test) for name, test in condition.when.items()]
    parts += [f"{titles.get(key, key)} is known" for key in condition.fields]
    parts += [f"{' or '.join(titles.get(key, key) for key in condition.entries)} was held"] if condition.entries else []
    parts += [f"{' or '.join(steps.get(key, key) for key in condition.steps)}: done in the playbook"] if condition.steps else []
    return "; ".join(parts)


def _spared(item: ItemShape) -> str:
    """Where an item of a hand-over isn't needed, in words."""
    sets = [", ".join(f"{FACTS[name].label}: {_word(test)}" for name, test in one.items()) for one in item.waived_when]
    return f". Not needed where {'; or '.join(sets)}" if sets else ""


def _word(test: Any) -> str:
    return {True: "yes", False: "no", "missing": "not known"}.get(test) or str(test)


def _asked(fact: Fact, test: Any) -> str:
    """One test in words: what a yes means, or the number that is asked."""
    if test is True:
        return fact.meaning.rstrip(".")
    return f"{fact.label[:1].upper()}{fact.label[1:]} {test} {'%' if fact.unit == 'per cent' else fact.unit}".strip()


def _role(key: str, pack: Pack) -> str:
    return "Everybody on the account" if key == TEAM else roles.title(key, pack)


def _matrix(pack: Pack, day: date) -> Iterator[Section]:
    matrix = pack.journey.matrix(day)
    if matrix is not None:
        rows = [Row(_step(step, pack, day), step.note, step.source) for step in matrix.on(day)]
        yield Section(
            "matrix", "Responsibility matrix", "journey.yaml", ("Step", "Who", "Stage", "Done when"), rows, matrix.source or "", matrix.note or "",
            matrix.start, _others(pack.journey.matrices, matrix),
        )  # fmt: skip


def _step(step: StepShape, pack: Pack, day: date) -> list[str]:
    stage = opportunities.title_of(step.stage, pack, day)
    if step.counts_from:
        stage += f", due at {opportunities.title_of(step.counts_from, pack, day)}"
    return [
        f"{step.number}. {step.title}" if step.number else step.title,
        ", ".join(_role(role, pack) for role in step.by),
        stage,
        _said(step.done_when, pack),
    ]


def _handovers(pack: Pack, day: date) -> Iterator[Section]:
    for key in dict.fromkeys(one.key for one in pack.journey.handovers):
        kind = pack.journey.handover(key, day)
        if kind is not None:
            rows = [
                Row([item.title, f"{'Gives' if item.side == 'giver' else 'Takes'}: {_role(item.by, pack)}", ", ".join(item.plans) or "Every plan",
                     "Needed" if item.needed else "If it helps", _said(item.done_when, pack) + _spared(item)], item.note, item.source)
                for item in kind.items
            ]  # fmt: skip
            heads = ("What", "Who", "Plan", "Needed", "Done when")
            editions = [one for one in pack.journey.handovers if one.key == key]
            yield Section(
                f"handover-{key}", f"Hand-over: {kind.title[:1].lower()}{kind.title[1:]}", "journey.yaml", heads, rows, kind.source or "",
                _meeting(kind, pack), kind.start, _others(editions, kind),
            )  # fmt: skip


def _meeting(kind: HandOverShape, pack: Pack) -> str:
    parts = [f"{plan}: {_role(role, pack)} convenes" for plan, role in kind.convened_by.items()]
    parts += [f"There: {', '.join(_role(role, pack) for role in kind.joins)}"] if kind.joins else []
    parts += [f"Agenda: {'; '.join(kind.agenda)}"] if kind.agenda else []
    parts += [f"A shadow phase of up to {kind.longest_shadow} days may come before"] if kind.longest_shadow else []
    return ". ".join([*parts, f"To be accepted within {kind.days} days", kind.note or ""]).rstrip(". ") + "."


def _stages(pack: Pack, day: date) -> Iterator[Section]:
    found = pack.journey.lifecycle(day)
    if found:
        rows = [
            Row([one.title, one.when, "; ".join(asked.title for asked in one.confirmations) or NOTHING, "Yes" if one.reporting else "No"],
                one.note or "", one.source or "")
            for one in found.values()
        ]  # fmt: skip
        heads = ("Stage", "A customer is in it", "To be confirmed", "In health reports")
        yield Section("stages", "Stages of a customer's life", "journey.yaml", heads, rows, "Customer Success Vision")


def _onboarding(pack: Pack, day: date) -> Iterator[Section]:
    book, edition = pack.onboarding, pack.onboarding.edition(day)
    if edition is None:
        return
    others = _others(book.editions, edition)
    statuses = [
        Row([one.title, "Open" if one.open else "Over", ", ".join(FIELDS[name] for name in one.asks) or NOTHING])
        for one in edition.statuses
    ]
    yield Section(
        "statuses", "Onboarding: statuses", "onboarding.yaml", ("Status", "State", "Asks for"), statuses, edition.source or "", edition.note or "",
        edition.start, others,
    )  # fmt: skip
    causes = [Row([one.title], one.note) for one in edition.created]
    yield Section(
        "causes",
        "Onboarding: when one begins",
        "onboarding.yaml",
        ("Because",),
        causes,
        edition.source or "",
        "",
        edition.start,
        others,
    )
    yield from _times(pack, day)
    yield from _customers(pack, day)
    yield from _plays(pack, day)


def _times(pack: Pack, day: date) -> Iterator[Section]:
    times = [
        Row([one.title, SPANS[one.begins], SPANS[one.ends], f"{one.goal} days" if one.goal is not None else "None",
             f"At least {one.least}" if one.least is not None else "May be negative"], one.note or "", one.source or "")
        for one in pack.onboarding.times(day).values()
    ]  # fmt: skip
    heads = ("Time", "From", "Until", "Goal", "Less than none")
    yield Section("times", "Onboarding: times", "onboarding.yaml", heads, times, "Customer Onboarding, Time to Value")


def _customers(pack: Pack, day: date) -> Iterator[Section]:
    rule = latest(pack.onboarding.customers, day)
    if rule:
        causes = dict(onboarding_words.causes(pack))
        rows = [
            Row(["Existing", ", ".join(causes.get(key, key) for key in rule.causes) or NOTHING, f"more than {rule.older_than} days after the contract"], rule.note or ""),
            Row(["New", "everything else", f"up to {rule.older_than} days after it"]),
        ]  # fmt: skip
        heads = ("Customer", "Why it began", "When it began")
        yield Section(
            "customers",
            "Onboarding: whose times are held against the goals",
            "onboarding.yaml",
            heads,
            rows,
            rule.source or "",
            "",
            rule.start,
        )


def _plays(pack: Pack, day: date) -> Iterator[Section]:
    plays = [
        Row(
            [one.gem, one.calls, one.joins or NOTHING, ", ".join(one.outreach), f"{one.days} days"],
            one.note or "",
            one.source or "",
        )
        for one in pack.onboarding.plays
        if one.start <= day and (one.ended is None or day <= one.ended)
    ]
    heads = ("Gemstone", "Calls", "Who joins", "Outreach", "Length")
    yield Section(
        "plays", "Onboarding: the play of each gemstone", "onboarding.yaml", heads, plays, "Technical Account Management (2018)"
    )


def _profiles(pack: Pack, day: date) -> Iterator[Section]:
    for key, shape in pack.profiles.shapes.items():
        rows = [
            Row([one.title, one.question, f"{', '.join(_role(role, pack) for role in one.captured_by)}, by {opportunities.title_of(one.stage, pack, day)}",
                 _role(one.kept_by, pack), str(one.weight), f"{one.half_life} days" if one.half_life else "None", pack.facts[one.feeds].label if one.feeds else NOTHING],
                one.note, one.source)
            for one in pack.profiles.on(day, key)
        ]  # fmt: skip
        if rows:
            heads = ("Field", "Question", "Captured by", "Kept by", "Weight", "Half-life", "Feeds")
            yield Section(f"profile-{key}", shape.title, "profiles.yaml", heads, rows, shape.source, shape.note, shape.start)
