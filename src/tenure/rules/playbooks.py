"""Playbooks: from a template and a start day to tasks with days, and to the text that work in flight keeps.

`text` gives the wording of one edition as plain data for the database, `from_text` reads it back; applied again from there, a playbook gives
the same steps whatever the handbook says by then.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from tenure.rules import calendars
from tenure.rules.calendars import Calendar, Offset, Roll
from tenure.rules.work import NOWHERE as PLACE
from tenure.rules.work import Asked, Playbook, PlaybookEdition, Step


@dataclass(frozen=True)
class PlannedStep:
    """A step with its days. `after` are keys of steps that come first; `earliest` is the first day of its window, if it has one."""

    key: str
    title: str
    note: str
    owner_role: str
    due_date: date | None
    after: tuple[str, ...]
    asked: tuple[Asked, ...]
    earliest: date | None = None
    template: str = ""


def steps(
    playbook: Playbook,
    start: date,
    cal: Calendar,
    *,
    as_of: date | None = None,
    chosen: str | None = None,
    facts: Mapping[str, Any] | None = None,
) -> list[PlannedStep]:
    """The tasks of a playbook that starts on `start`, in its order, by the edition in force on `as_of` (None: on `start`, or the
    first one for an earlier start). With `facts`, steps for other accounts are left out, and no step waits for one that is. Raises
    NotYetInForce or Ended."""
    edition = playbook.on(as_of, chosen) if as_of else _begun(playbook, start, chosen)
    kept = [step for step in edition.steps if facts is None or _fits(step, facts)]
    there = {step.key for step in kept}
    return [_planned(step, start, cal, edition.roll, there) for step in kept]


def _begun(playbook: Playbook, start: date, chosen: str | None) -> PlaybookEdition:
    usable = [edition for edition in playbook.editions if edition.alternative in (None, chosen)] or list(playbook.editions)
    begun = [edition for edition in usable if edition.start <= start]
    return max(begun, key=lambda edition: (edition.start, edition.alternative is not None)) if begun else usable[0]


def _fits(step: Step, facts: Mapping[str, Any]) -> bool:
    """Whether the step is for an account; one whose fact is not known keeps it, and a person decides."""
    return all(facts.get(name) is None or _word(facts[name]) in words for name, words in step.only)


def _word(value: Any) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def _planned(step: Step, start: date, cal: Calendar, roll: Roll, there: set[str]) -> PlannedStep:
    earliest = _on_business_day(step.earliest, start, cal, "forward" if roll != "none" else roll)
    floor = earliest or (start if step.due and step.due.n >= 0 else None)
    after = tuple(key for key in step.after if key in there)
    due = _on_business_day(step.due, start, cal, roll, floor, bool(step.earliest))
    return PlannedStep(step.key, step.title, step.note, step.owner_role, due, after, step.asked, earliest, step.template)


def _on_business_day(
    by: Offset | None, start: date, cal: Calendar, roll: Roll, floor: date | None = None, in_window: bool = False
) -> date | None:
    """The day of an offset, moved from a day off. Backward stops at ``floor`` and goes forward from there; a window is kept to where
    it has a business day."""
    if by is None:
        return None
    day = calendars.shift(start, by, cal)
    if roll == "none":
        return day
    before = calendars.previous_business_day(cal, day)
    kept = floor is None or before >= floor
    if roll == "backward":
        return before if kept else calendars.next_business_day(cal, day)
    return before if in_window and kept else calendars.next_business_day(cal, day)


# --- the text that is kept


def text(playbook: Playbook, edition: PlaybookEdition) -> dict[str, Any]:
    """One edition as plain data that JSON can hold."""
    return {
        "key": playbook.key, "title": playbook.title, "source": edition.source or playbook.source,
        "note": edition.note or playbook.note, "edition": edition.start.isoformat(), "alternative": edition.alternative or "",
        "type": playbook.type, "reason": playbook.reason, "owner_role": playbook.owner_role, "priority": playbook.priority,
        "people": dict(playbook.people or {}), "roll": edition.roll, "steps": [_step_text(step) for step in edition.steps],
    }  # fmt: skip


def digest(data: Mapping[str, Any]) -> str:
    """The SHA-256 (hex) of a text: the same wording has the same digest."""
    return hashlib.sha256(json.dumps(data, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def from_text(data: Mapping[str, Any]) -> Playbook:
    """The playbook that a kept text says, with its one edition."""
    kept = tuple(_step_from(item) for item in data["steps"])
    alternative = data.get("alternative") or None
    edition = PlaybookEdition(0, date.fromisoformat(data["edition"]), kept, PLACE, data.get("roll", "none"), None, alternative)
    return Playbook(
        data["key"], data["title"], data.get("source", ""), data.get("note", ""), None, data["type"], data["reason"],
        data["owner_role"], data.get("priority", 2), (edition,), PLACE, people=dict(data.get("people") or {}),
    )  # fmt: skip


def _step_text(step: Step) -> dict[str, Any]:
    return {
        "key": step.key, "title": step.title, "note": step.note, "owner_role": step.owner_role,
        "due": str(step.due) if step.due else None, "earliest": str(step.earliest) if step.earliest else None,
        "after": list(step.after), "only": {name: list(words) for name, words in step.only}, "template": step.template,
        "asked": [{"key": a.key, "label": a.label, "kind": a.kind, "choices": list(a.choices), "required": a.required}
                  for a in step.asked],
    }  # fmt: skip


def _step_from(item: Mapping[str, Any]) -> Step:
    def off(raw: str | None) -> Offset | None:
        return calendars.offset(raw) if raw else None

    asked = tuple(Asked(a["key"], a["label"], a["kind"], tuple(a["choices"]), a["required"]) for a in item.get("asked", ()))
    only = tuple((name, tuple(words)) for name, words in item.get("only", {}).items())
    return Step(item["key"], item["title"], item["owner_role"], off(item.get("due")), off(item.get("earliest")), item.get("note", ""),
                tuple(item.get("after", ())), asked, only, item.get("template", ""))  # fmt: skip


# --- two wordings


@dataclass(frozen=True)
class Difference:
    """A step that another wording has, has no longer, or words otherwise: ``kind`` is added, removed or changed; ``fields`` are
    (name of the field, what it was, what it is), as texts."""

    key: str
    title: str
    kind: str
    fields: tuple[tuple[str, str, str], ...] = ()


COMPARED = ("title", "note", "owner_role", "due", "earliest", "after", "asked", "only", "template")


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Difference]:
    """What another wording changes, step by step: in the order of the new one, then what it has no longer. Both as ``text`` gives them."""
    was, now = ({step["key"]: step for step in data["steps"]} for data in (old, new))
    found = [_difference(key, was.get(key), step) for key, step in now.items()]
    gone = [Difference(key, step["title"], "removed") for key, step in was.items() if key not in now]
    return [one for one in found if one] + gone


def _difference(key: str, was: Mapping[str, Any] | None, now: Mapping[str, Any]) -> Difference | None:
    if was is None:
        return Difference(key, now["title"], "added")
    fields = tuple((name, _told(was.get(name)), _told(now.get(name))) for name in COMPARED if was.get(name) != now.get(name))
    return Difference(key, now["title"], "changed", fields) if fields else None


def _told(value: Any) -> str:
    """A field of a step as one text."""
    if isinstance(value, Mapping):
        return ", ".join(f"{name}: {' or '.join(words)}" for name, words in value.items())
    if isinstance(value, list):
        return ", ".join(str(one["label"]) if isinstance(one, Mapping) else str(one) for one in value)
    return str(value or "")
