"""The shape of what makes work in a pack's files: types of calls to action, calendars, schedules, playbooks."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from tenure.rules.calendars import Offset, Roll, offset
from tenure.rules.schema import Cells, Country, Dated, Name, Strict, Text, Word


def _offset(raw: object) -> object:
    return offset(raw) if isinstance(raw, str) else raw


def _list(raw: object) -> object:
    """One thing may stand for a list of one."""
    return raw if isinstance(raw, list) or raw is None else [raw]


def _items(raw: object) -> object:
    """`at: 30 days`, `at: [30 days, 60 days]`, or mappings with a key or a title of their own."""
    items = raw if isinstance(raw, list) else [raw]
    return [item if isinstance(item, dict) else {"offset": item} for item in items]


Off = Annotated[Offset, BeforeValidator(_offset)]
Names = Annotated[list[Name], BeforeValidator(_list)]
Words = dict[str, Annotated[list[Word], BeforeValidator(_list)]]  # facts and the words of them that fit
Period = Literal["week", "month", "quarter", "year", "account"]


def _reason(raw: object) -> object:
    """`Discovery`, or a mapping with what is to be known of the reason."""
    return raw if isinstance(raw, dict) else {"title": raw}


class ReasonShape(Strict):
    """A reason of a type: whether it says that the account is at risk, and the kind of entry by which its work is done."""

    title: Text
    at_risk: bool = False
    logs: Name | None = None


class CtaTypeShape(Strict):
    """One type of call to action."""

    key: Name
    title: Text
    icon: Text = "circle"
    reasons: Annotated[list[Annotated[ReasonShape, BeforeValidator(_reason)]], Field(min_length=1)]
    note: Text | None = None
    source: Text | None = None


class CtaStatusShape(Strict):
    """One status of a call to action."""

    key: Name
    title: Text
    open: bool
    outcome: Literal["won", "lost", ""] = ""
    types: Names = []
    note: Text | None = None
    source: Text | None = None


class DayOffShape(Strict):
    """A day off of the company's own."""

    day: date = Field(alias="date")
    title: Text


class CalendarShape(Strict):
    """The days of a region."""

    title: Text | None = None
    timezone: Text
    weekdays: Annotated[list[Annotated[int, Field(ge=1, le=7)]], Field(min_length=1)] = [1, 2, 3, 4, 5]
    countries: list[Country] = []
    shared_by: Annotated[int, Field(ge=1)] = 1
    days: list[DayOffShape] = []
    note: Text | None = None
    source: Text | None = None


class CtaShape(Strict):
    """What a schedule raises; parts of it may stand on the schedule, an edition or a row."""

    type: Text | None = None
    reason: Text | None = None
    title: Text | None = None
    owner: Text | None = None
    priority: Annotated[int, Field(ge=1, le=3)] | None = None
    note: Text | None = None
    playbook: Text | None = None
    logs: Name | None = None
    opens: Literal["onboarding", "journey", "project", "services", "business", "technical", "team"] | None = None


class OccasionShape(Strict):
    """One offset of `at`."""

    offset: Off
    key: Name | None = None
    title: Text | None = None


class RecurrenceShape(Strict):
    """`on`: days of the calendar."""

    every: Literal["week", "month", "quarter", "year"]
    day: Annotated[int, Field(ge=-92, le=92)] = 1
    weekday: Annotated[int, Field(ge=1, le=7)] = 1
    month: Annotated[int, Field(ge=1, le=12)] = 1


class TimingShape(Strict):
    """What may stand on an edition for all its rows, or on one row."""

    anchor: Names | None = None
    per: Literal["anchor", "year", "account"] | None = None
    due: Off | None = None
    raise_before: Off | None = None
    lapse_after: Off | None = None
    roll: Roll | None = None
    one_open: bool | None = None


class ScheduleRowShape(TimingShape):
    """One row of a schedule."""

    when: Cells = {}
    any: list[Cells] = []
    skip: bool = False
    at: Annotated[list[OccasionShape], BeforeValidator(_items), Field(min_length=1)] | None = None
    every: Off | None = None
    on: RecurrenceShape | None = None
    once: Period | None = None
    cta: CtaShape = CtaShape()
    note: Text | None = None
    source: Text | None = None


class CloserShape(Strict):
    """What closes open work."""

    when: Cells = {}
    any: list[Cells] = []
    after: Name | None = None
    status: Name = Field(alias="as")
    note: Text | None = None


class ScheduleEditionShape(Dated, TimingShape):
    """A schedule from a day on."""

    cta: CtaShape = CtaShape()
    rows: Annotated[list[ScheduleRowShape], Field(min_length=1)]
    closes: list[CloserShape] = []
    stops_as: Name | None = None


class ScheduleShape(Strict):
    """A schedule and its editions."""

    title: Text
    source: Text | None = None
    note: Text | None = None
    review_by: date | None = None
    cta: CtaShape = CtaShape()
    editions: Annotated[list[ScheduleEditionShape], Field(min_length=1)]


class AskedShape(Strict):
    """An answer that a step asks for."""

    key: Name
    label: Text
    kind: Literal["text", "number", "date", "choice"] = "text"
    choices: list[Word] = []
    required: bool = True


class StepShape(Strict):
    """One step of a playbook."""

    key: Name
    title: Text
    owner: Text | None = None
    due: Off | None = None
    within: Annotated[list[Off], Field(min_length=2, max_length=2)] | None = None
    note: Text | None = None
    after: Names = []
    asked: list[AskedShape] = []
    only: Words = {}
    template: Text | None = None
    source: Text | None = None


class PlaybookEditionShape(Dated):
    """A playbook's steps from a day on."""

    roll: Roll = "none"
    steps: Annotated[list[StepShape], Field(min_length=1)]


class PlaybookShape(Strict):
    """A playbook and its editions."""

    title: Text
    source: Text | None = None
    note: Text | None = None
    review_by: date | None = None
    type: Text
    reason: Text
    owner: Text
    priority: Annotated[int, Field(ge=1, le=3)] = 2
    applied: Literal["automatic", "manual"] = "manual"
    people: dict[Name, Text] = {}
    editions: Annotated[list[PlaybookEditionShape], Field(min_length=1)]
