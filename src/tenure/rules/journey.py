"""The customer's journey by the handbook: the responsibility matrix (each step: who, at which stage of the opportunity), the hand-over from
sales to the TAM, and the stages of a customer's life. Pure: what is known of one opportunity goes in, the state of each step comes out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from tenure.rules import ranking
from tenure.rules.cells import Test
from tenure.rules.facts import Fact
from tenure.rules.journeyfacts import FACTS, typed
from tenure.rules.onboarding import latest
from tenure.rules.schema import Dated, Name, Strict, Text

State = Literal["done", "waived", "ahead", "due", "missing"]
TEAM = "team"  # everybody on the account


class ConditionShape(Strict):
    """What completes a step or an item by itself; everything given must hold. ``when``: tests of the facts above; ``fields``: fields of the
    profiles that are known; ``entries``: texts or kinds of timeline entries of which one was held since the opportunity began; ``steps``: steps
    of playbooks (``playbook.step``) of which one was done since."""

    when: dict[Name, Any] = {}
    fields: tuple[Name, ...] = ()
    entries: tuple[Name, ...] = ()
    steps: tuple[Annotated[str, Field(pattern=r"^\w+\.\w+$")], ...] = ()

    @model_validator(mode="after")
    def _readable(self) -> ConditionShape:
        if not (self.when or self.fields or self.entries or self.steps):
            raise ValueError("says nothing: give 'when', 'fields', 'entries' or 'steps'")
        tests(self)
        return self


class StepShape(Strict):
    """A step of the matrix. ``number``: the page's; none for what another page asks for between two of them, ``since`` its day where that is
    later than the edition's. ``stage``: the stage that the page gives; ``counts_from``: the stage from which it counts as due where the page's
    own cannot be meant; ``relation``: what the customer is by then; ``engages``: the role in which it names somebody; ``before_sale``: work asks
    for it before the sale only. Without ``done_when`` people tick it."""

    key: Name
    number: Annotated[int, Field(ge=1)] | None = None
    title: Text
    by: Annotated[tuple[Name, ...], Field(min_length=1)]
    stage: Name
    counts_from: Name | None = None
    relation: Literal["lead", "opportunity", "customer"]
    plans: tuple[Text, ...] = ()
    since: date | None = None
    before_sale: bool = False
    done_when: ConditionShape | None = None
    engages: Name | None = None
    note: str = ""
    source: str = ""

    @property
    def mark(self) -> int | str:
        """What examples and tables call it: its number, else its key."""
        return self.number or self.key

    @property
    def due_at(self) -> str:
        """The stage at which it is due."""
        return self.counts_from or self.stage


class InsteadShape(Strict):
    """The roles that are asked instead of one that nobody has, before and after the sale."""

    before_sale: Annotated[tuple[Name, ...], Field(min_length=1)]
    after_sale: Annotated[tuple[Name, ...], Field(min_length=1)]


class MatrixShape(Dated):
    """The responsibility matrix from a day on. ``stages`` in order; ``late_after``: days after the sale from which a step of the last stage is
    missing instead of due; ``asked_for``: days after the sale in which its steps are asked for at all; ``instead``: who is asked, before and after
    the sale, for the steps of everybody and of a role that nobody has on the account: the first role that somebody has, else the last."""

    stages: Annotated[tuple[Name, ...], Field(min_length=2)]
    late_after: Annotated[int, Field(ge=0)]
    asked_for: Annotated[int, Field(ge=0)]
    instead: InsteadShape
    steps: Annotated[tuple[StepShape, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _whole(self) -> MatrixShape:
        keys, numbers = [step.key for step in self.steps], [step.number for step in self.steps if step.number is not None]
        if len(set(keys)) < len(keys):
            raise ValueError("a step stands twice")
        if numbers != list(range(1, len(numbers) + 1)):
            raise ValueError("steps are numbered from 1 on, without gaps")
        for step in self.steps:
            if {step.stage, step.due_at} - set(self.stages):
                raise ValueError(f"step {step.mark}: '{step.stage}' is not a stage: {', '.join(self.stages)}")
        return self

    def on(self, day: date) -> list[StepShape]:
        """The steps of a day."""
        return [step for step in self.steps if step.since is None or step.since <= day]

    def step(self, key: str) -> StepShape | None:
        """The step of that key."""
        return next((one for one in self.steps if one.key == key), None)

    def rank(self, stage: str) -> int:
        """The place of a stage; -1 for one that the matrix doesn't name."""
        return self.stages.index(stage) if stage in self.stages else -1


class ItemShape(Strict):
    """Something that a hand-over needs. ``side``: who sees to it; ``by``: the role; ``needed``: it can't be accepted without; ``by_accepting``:
    the acceptance itself does it; ``step``: the step of the hand-over's playbook that means the same: whichever is done, the other is too;
    ``waived_when``: sets of tests of the facts of which one says that it isn't needed here; ``rule``: the rule that it follows."""

    key: Name
    title: Text
    side: Literal["giver", "taker"]
    by: Name
    needed: bool = True
    by_accepting: bool = False
    step: Name | None = None
    plans: tuple[Text, ...] = ()
    done_when: ConditionShape | None = None
    waived_when: tuple[Annotated[dict[Name, Any], Field(min_length=1)], ...] = ()
    rule: Name | None = None
    days: Annotated[int, Field(ge=0)] | None = None
    note: str = ""
    source: str = ""

    @model_validator(mode="after")
    def _readable(self) -> ItemShape:
        for asked in self.waived_when:
            typed(asked)
        return self


class StartShape(Strict):
    """What begins a hand-over by itself, within so many days: a deal of these ``kinds`` was won, or the customer has a ``higher_product``."""

    kinds: tuple[Name, ...] = ()
    higher_product: bool = False
    within: Annotated[int, Field(ge=1, le=400)]

    @model_validator(mode="after")
    def _something(self) -> StartShape:
        if bool(self.kinds) == self.higher_product:
            raise ValueError("give 'kinds' or 'higher_product'")
        return self


class HandOverShape(Dated):
    """A kind of hand-over from a day on. ``begins``: what starts it by itself; ``convened_by``: who calls the meeting, by engagement plan; ``joins``: the roles that are there;
    ``from_stage``: the stage of the deal before which it doesn't begin, by engagement plan; ``days``: within which it is to be accepted; ``told_late``: for how many days after
    that people are told that it is late; ``longest_shadow``: the most days of a shadow phase, none where it has none; ``playbook``: whose
    steps go with it; ``closes``: those of them that the acceptance itself does."""

    key: Literal["sale", "tam", "upgrade", "disengagement"]
    title: Text
    begins: StartShape | None = None
    giver: Name
    taker: Name
    convened_by: dict[Text, Name] = {}
    joins: tuple[Name, ...] = ()
    from_stage: dict[Text, Name] = {}
    days: Annotated[int, Field(ge=1)]
    told_late: Annotated[int, Field(ge=1)]
    longest_shadow: Annotated[int, Field(ge=0)] = 0
    playbook: Name | None = None
    closes: tuple[Name, ...] = ()
    agenda: tuple[Text, ...] = ()
    items: Annotated[tuple[ItemShape, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _once(self) -> HandOverShape:
        if len({item.key for item in self.items}) < len(self.items):
            raise ValueError("an item stands twice")
        if not self.playbook and (self.closes or any(item.step for item in self.items)):
            raise ValueError("names steps without a 'playbook'")
        return self

    @property
    def steps(self) -> tuple[str, ...]:
        """The steps of its playbook (``playbook.step``) that complete an item or are done by accepting."""
        named = (*(item.step for item in self.items if item.step), *self.closes)
        return tuple(f"{self.playbook}.{step}" for step in named)

    def item(self, key: str) -> ItemShape | None:
        """The item of that key."""
        return next((one for one in self.items if one.key == key), None)

    def of(self, plan: str) -> tuple[ItemShape, ...]:
        """The items of an engagement plan."""
        return tuple(item for item in self.items if not item.plans or plan in item.plans)


class ConfirmationShape(Strict):
    """Something that people must confirm before a customer gets a stage; ``link``: with the address of what shows it."""

    key: Name
    title: Text
    by: Name
    link: bool = False
    needed: bool = True
    note: str = ""


class LifecycleShape(Dated):
    """A stage of a customer's life from a day on. ``when``: what is true of a customer in it, in words; ``reporting``: it counts in health
    reports; ``begins_with``: what gives a customer the stage by itself, unless it is in a later one; ``confirmations``: what is asked before a
    customer gets it."""

    key: Name
    title: Text
    when: Text
    reporting: bool = True
    begins_with: Literal["", "onboarding", "end_of_onboarding"] = ""
    confirmations: tuple[ConfirmationShape, ...] = ()


LISTS: dict[str, type[Strict]] = {
    "journey_matrices": MatrixShape, "journey_handovers": HandOverShape, "journey_stages": LifecycleShape,
}  # fmt: skip


@dataclass(frozen=True)
class Book:
    """journey.yaml."""

    matrices: tuple[MatrixShape, ...] = ()
    handovers: tuple[HandOverShape, ...] = ()
    stages: tuple[LifecycleShape, ...] = ()

    def matrix(self, day: date) -> MatrixShape | None:
        """The matrix of a day."""
        return latest(self.matrices, day)

    def handover(self, key: str, day: date) -> HandOverShape | None:
        """What a kind of hand-over needs on a day."""
        return latest([one for one in self.handovers if one.key == key], day)

    def lifecycle(self, day: date) -> dict[str, LifecycleShape]:
        """The stages of a customer's life of a day, in the order of the file."""
        keys = dict.fromkeys(one.key for one in self.stages)
        found = ((key, latest([one for one in self.stages if one.key == key], day)) for key in keys)
        return {key: one for key, one in found if one is not None}


def made(lists: Mapping[str, list[Any]]) -> Book:
    """The book of what was read, by the names of ``LISTS``."""
    return Book(*(tuple(lists.get(name, ())) for name in LISTS))


@dataclass(frozen=True, slots=True)
class Case:
    """What is known of one opportunity on a day: its stage and since when, the facts, the profile fields that are known, the texts and kinds
    of entries held, what people ticked (step -> done or waived), and the steps of playbooks that were done. ``words``: what fields, entries
    and those steps are called."""

    stage: str
    reached_on: date | None = None
    plan: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    fields: frozenset[str] = frozenset()
    entries: frozenset[str] = frozenset()
    ticked: Mapping[str, Literal["done", "waived"]] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)
    steps: frozenset[str] = frozenset()

    def word(self, key: str) -> str:
        """What a field or an entry is called, to stand inside a sentence."""
        return self.words.get(key) or key.replace("_", " ")


@dataclass(frozen=True)
class StepState:
    """How a step stands, and why in words; ``by_itself``: the facts say so, nobody ticked it; ``against``: what the facts say where somebody
    ticked it and they don't."""

    step: StepShape
    state: State
    why: str
    by_itself: bool = False
    against: str = ""


def states(matrix: MatrixShape, case: Case, day: date) -> list[StepState]:
    """Every step of the case's plan on a day, in the order of the matrix."""
    return [_state(matrix, step, case, day) for step in matrix.on(day) if not step.plans or case.plan in step.plans]


def missing(found: Iterable[StepState]) -> list[StepShape]:
    """The steps that should have been done at an earlier stage."""
    return [one.step for one in found if one.state == "missing"]


def holds(condition: ConditionShape, case: Case) -> tuple[bool, str]:
    """Whether everything of a condition holds, and what does or does not in words."""
    met: list[str] = []
    open_: list[str] = []
    for name, test in tests(condition).items():
        (met if ranking.holds(test, case.facts.get(name)) else open_).append(said(name, case))
    for key in condition.fields:
        (met if key in case.fields else open_).append(f"{case.word(key)}: {'known' if key in case.fields else 'not known'}")
    for keys, there, word in ((condition.entries, case.entries, "held"), (condition.steps, case.steps, "done")):
        found = [key for key in keys if key in there]
        names = " or ".join(case.word(key) for key in found or keys)
        if keys:
            (met if found else open_).append(f"{names}: {word if found else f'not {word} yet'}")
    return (False, "; ".join(open_)) if open_ else (True, "; ".join(met))


def spared(item: ItemShape, case: Case) -> str:
    """Why an item isn't needed here, in words; blank where it is."""
    for asked in item.waived_when:
        if all(ranking.holds(test, case.facts.get(name)) for name, test in typed(asked).items()):
            return "; ".join(said(name, case) for name in asked)
    return ""


def said(name: str, case: Case) -> str:
    """A fact of a case in words: ``project complies: no``."""
    return f"{FACTS[name].label}: {_said(case.facts.get(name), FACTS[name])}"


def tests(condition: ConditionShape) -> dict[str, Test]:
    """The tests of ``when``, typed. Raises ValueError for what cannot be read."""
    return typed(condition.when)


def _state(matrix: MatrixShape, step: StepShape, case: Case, day: date) -> StepState:
    ticked = case.ticked.get(step.key)
    if ticked is not None:
        held, found = holds(step.done_when, case) if step.done_when and ticked == "done" else (True, "")
        why = "Ticked by hand" if ticked == "done" else "Said not to be needed"
        return StepState(step, ticked, why, against="" if held else found)
    why = "Ticked by hand once it is done"
    if step.done_when is not None:
        held, why = holds(step.done_when, case)
        if held:
            return StepState(step, "done", why[:1].upper() + why[1:], by_itself=True)
    return StepState(step, timed(matrix, step, case, day), why[:1].upper() + why[1:])


def timed(matrix: MatrixShape, step: StepShape, case: Case, day: date) -> State:
    """How a step stands that nothing has completed: by the stage and the day alone."""
    now, own = matrix.rank(case.stage), matrix.rank(step.due_at)
    if now < own:
        return "ahead"
    if now > own:
        return "missing"
    last = own == len(matrix.stages) - 1 and case.reached_on is not None
    return "missing" if last and day > case.reached_on + timedelta(days=matrix.late_after) else "due"  # type: ignore[operator]


def _said(value: Any, fact: Fact) -> str:
    if value is None:
        return "not known"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value} {'%' if fact.unit == 'per cent' else fact.unit}".strip()
