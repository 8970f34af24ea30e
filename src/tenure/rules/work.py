"""The parts of a pack that make work: types of calls to action, schedules and playbooks, as they are loaded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Literal

from tenure.rules.calendars import Offset, Roll
from tenure.rules.facts import Fact
from tenure.rules.parts import DraftRow, Edition, InForce, Output, Place, Rule, current

Kind = Literal["at", "every", "on", "once"]
DONE = "closed_success"  # the status of work whose thing was done
ZERO = Offset(0)
NOWHERE = Place("", "", 0)
ROW_FACT = Fact("row", "int", "row")


@dataclass(frozen=True)
class CtaType:
    """A type of call to action. `reasons` are its words; `statuses` the keys of the statuses it can have, in order. `at_risk`: the
    reasons that say that the account is at risk; `logs`: reason -> the kind of entry (timeline.yaml) by which its work is done."""

    key: str
    title: str
    icon: str
    reasons: tuple[str, ...]
    statuses: tuple[str, ...]
    note: str = ""
    source: str = ""
    at_risk: tuple[str, ...] = ()
    logs: Mapping[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class CtaStatus:
    """A status; `open` says whether there is still something to do. `types` limits it to some types (empty = all).
    `outcome` sorts the closing ones: won, lost or neither (blank)."""

    key: str
    title: str
    open: bool
    types: tuple[str, ...] = ()
    outcome: str = ""
    note: str = ""
    source: str = ""


@dataclass(frozen=True)
class Cta:
    """What a schedule raises. `title` and `note` may hold `{fact}` fields; `owner_role` is a role of the handbook, `priority` 1 high,
    2 medium, 3 low; `playbook` is the key of the one to apply, if any; `logs` the kind of entry by which it is done (blank: its reason's);
    `opens` the section of the account's page on which it is done, blank for none."""

    type: str
    reason: str
    title: str
    owner_role: str
    priority: int = 2
    note: str = ""
    playbook: str = ""
    logs: str = ""
    opens: str = ""


@dataclass(frozen=True)
class Occasion:
    """One day of a row: an offset from its anchor. `key` tells several of one row apart; `title` overrides the row's."""

    offset: Offset
    key: str = ""
    title: str = ""


@dataclass(frozen=True)
class Recurrence:
    """Days of the calendar: each `week` on an ISO `weekday`, or a `day` (1 = first, -1 = last) of each month, fiscal quarter or year
    (of the `month` of that year). A day that a month doesn't have is its last."""

    every: Literal["week", "month", "quarter", "year"]
    day: int = 1
    weekday: int = 1
    month: int = 1


@dataclass(frozen=True)
class Timing:
    """When a row's work is due. Its *day* comes from one of four: `at` (offsets from the first anchor that is known), `every`
    (so long after the anchor, a date that moves when the thing is done), `on` (the calendar; with an anchor, after it), `once` (the day on
    which the row is first seen to hold, at most once per week, month, quarter, year or account).

    It is raised `raise_before` that day and due `due` after it, moved to a business day by `roll`; more than `lapse_after` that day it
    is no longer raised. `per`: what makes an occasion of `at` a new one. `one_open`: no second one while one is open;
    of `at`, the open one moves when the anchor does."""

    kind: Kind
    anchors: tuple[str, ...] = ()
    occasions: tuple[Occasion, ...] = ()
    every: Offset | None = None
    on: Recurrence | None = None
    once: str = ""
    per: str = "anchor"
    due: Offset = ZERO
    raise_before: Offset = ZERO
    lapse_after: Offset | None = None
    roll: Roll = "none"
    one_open: bool = False


@dataclass(frozen=True)
class ScheduleRow:
    """One row: accounts for which its cells hold (they stand in the edition's `table`, same number) get this. Without a timing nothing
    is due for them, and `note` says why."""

    number: int
    timing: Timing | None
    cta: Cta | None
    place: Place
    note: str = ""
    source: str = ""


@dataclass(frozen=True)
class Closer:
    """Closes open work with `status` where its cells hold and, with `after`, that date fact is on or after the day the work was raised."""

    status: str
    after: str = ""


@dataclass(frozen=True, eq=False)
class ScheduleEdition:
    """A schedule from a day on. `table` holds the rows' cells, first that holds; `closing` those of `closers`, in the same order.
    `stops_as`: the status that open work gets when its account is no longer in any row (blank = people decide)."""

    index: int
    start: date
    rows: tuple[ScheduleRow, ...]
    table: Edition
    closing: Edition
    closers: tuple[Closer, ...]
    place: Place
    stops_as: str = ""
    ended: date | None = None
    alternative: str | None = None
    note: str = ""
    source: str = ""

    @cached_property
    def dates(self) -> tuple[str, ...]:
        """The date facts it counts from or closes by."""
        anchors = [name for row in self.rows if row.timing for name in row.timing.anchors]
        return tuple(dict.fromkeys([*anchors, *(closer.after for closer in self.closers if closer.after)]))


@dataclass(frozen=True, eq=False)
class Schedule:
    """What falls due when, with its history of editions in order of `start`."""

    key: str
    title: str
    source: str
    note: str
    review_by: date | None
    editions: tuple[ScheduleEdition, ...]
    place: Place

    @property
    def name(self) -> str:
        """Its key, as rules call it."""
        return self.key

    @cached_property
    def table(self) -> Rule:
        """Its rows as a decision table whose outcome is the row's number."""
        return self._rule(self.key, tuple(edition.table for edition in self.editions))

    @cached_property
    def closing(self) -> Rule:
        """Its closers as a decision table."""
        return self._rule(f"{self.key} closing", tuple(edition.closing for edition in self.editions))

    def _rule(self, name: str, editions: tuple[Edition, ...]) -> Rule:
        output = Output("row", "int", ROW_FACT)
        return Rule(name, self.title, "table", self.source, self.note, self.review_by, (output,), (), editions, self.place)


@dataclass(frozen=True, eq=False)
class Running:
    """A schedule on a day: its edition, and both tables with their dated values filled in."""

    schedule: Schedule
    edition: ScheduleEdition
    rows: InForce
    closing: InForce


# --- playbooks


@dataclass(frozen=True)
class Asked:
    """An answer that a step asks for. `kind`: text, number, date or choice (one of `choices`)."""

    key: str
    label: str
    kind: str = "text"
    choices: tuple[str, ...] = ()
    required: bool = True


@dataclass(frozen=True)
class Step:
    """One task of a playbook, in order. Due `due` after the start (None = no date), at the earliest `earliest` after it;
    `after` are keys of earlier steps. `owner_role` is a role, or one of the playbook's `people`. `only`: facts and the words of them for
    which the step is there; unknown keeps it. `template` is the text to use, of timeline.yaml."""

    key: str
    title: str
    owner_role: str
    due: Offset | None = None
    earliest: Offset | None = None
    note: str = ""
    after: tuple[str, ...] = ()
    asked: tuple[Asked, ...] = ()
    only: tuple[tuple[str, tuple[str, ...]], ...] = ()
    template: str = ""
    source: str = ""
    place: Place = NOWHERE


@dataclass(frozen=True)
class PlaybookEdition:
    """A playbook's steps from a day on."""

    index: int
    start: date
    steps: tuple[Step, ...]
    place: Place = NOWHERE
    roll: Roll = "none"
    ended: date | None = None
    alternative: str | None = None
    note: str = ""
    source: str = ""


@dataclass(frozen=True)
class Playbook:
    """A template for work. Applied, it is one call to action of `type` and `reason` with a task per step. `people` are the persons to name
    when it is applied (key -> who that is); a step's `owner_role` may be one of them. `applied`: automatic or manual in the source."""

    key: str
    title: str
    source: str
    note: str
    review_by: date | None
    type: str
    reason: str
    owner_role: str
    priority: int
    editions: tuple[PlaybookEdition, ...]
    place: Place
    applied: str = "manual"
    people: Mapping[str, str] | None = None

    @property
    def name(self) -> str:
        """Its key, as rules call it."""
        return self.key

    def on(self, as_of: date, chosen: str | None = None) -> PlaybookEdition:
        """The edition in force on a day. Raises NotYetInForce or Ended."""
        return current("playbook", self.key, self.editions, chosen, as_of)


def table_of(index: int, start: date, rows: tuple[DraftRow, ...], place: Place) -> Edition:
    """An edition of a decision table: the first row that holds."""
    return Edition(index, start, "first", rows, place)
