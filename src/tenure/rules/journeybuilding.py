"""What ``journey.yaml`` refers to must be there: roles, stages, texts and kinds of entries, fields of the profiles, playbooks."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tenure.rules.errors import suggestion
from tenure.rules.journey import TEAM, ConditionShape, HandOverShape, LifecycleShape, MatrixShape

Wrong = tuple[str, int, str, str]  # list, number in it, code, message
MATRICES, HANDOVERS, STAGES = "journey_matrices", "journey_handovers", "journey_stages"


@dataclass(frozen=True)
class Known:
    """What may be named; ``roles`` is empty where a pack names none."""

    roles: Collection[str]
    stages: Collection[str]
    entries: Collection[str]
    fields: Collection[str]
    playbooks: Collection[str]
    steps: Collection[str]  # of playbooks, as ``playbook.step``
    rules: Collection[str]


def wrong(lists: Mapping[str, list[Any]], known: Known) -> Iterator[Wrong]:
    """Everything that cannot be."""
    for part, names in ((MATRICES, _matrix), (HANDOVERS, _handover), (STAGES, _lifecycle)):
        seen: set[tuple[str, Any]] = set()
        for i, item in enumerate(lists.get(part, ())):
            for code, kind, name, there in names(item, known):
                if name not in there and (there or kind != "role"):
                    yield part, i, code, f"there is no {kind} '{name}'.{suggestion(name, there)}"
            if item.ended and item.ended < item.start:
                yield part, i, "HB004", f"it ends on {item.ended}, before it begins"
            if item.alternative:
                yield part, i, "HB001", "the journey has no alternatives: give the day from which another edition holds"
            if (key := (getattr(item, "key", ""), item.start)) in seen:
                yield part, i, "HB001", f"two begin on {item.start}"
            seen.add(key)


Named = tuple[str, str, str, Collection[str]]  # code, kind, name, what there is


def _matrix(matrix: MatrixShape, known: Known) -> Iterator[Named]:
    for stage in matrix.stages:
        yield "HB001", "value that names the stage", stage, known.stages
    for role in (*matrix.instead.before_sale, *matrix.instead.after_sale):
        yield "HB001", "role", role, known.roles
    for step in matrix.steps:
        yield from (("HB001", "role", role, known.roles) for role in (*step.by, step.engages) if role not in (TEAM, None))
        yield from _condition(step.done_when, known)


def _handover(kind: HandOverShape, known: Known) -> Iterator[Named]:
    roles = (kind.giver, kind.taker, *kind.convened_by.values(), *kind.joins, *(item.by for item in kind.items))
    yield from (("HB001", "role", role, known.roles) for role in roles)
    if kind.playbook:
        yield "HB024", "playbook", kind.playbook, known.playbooks
    yield from (("HB024", "step of a playbook", step, known.steps) for step in kind.steps)
    yield from (("HB001", "value that names the stage", stage, known.stages) for stage in kind.from_stage.values())
    for item in kind.items:
        yield from _condition(item.done_when, known)
        if item.rule:
            yield "HB002", "rule", item.rule, known.rules


def _lifecycle(stage: LifecycleShape, known: Known) -> Iterator[Named]:
    yield from (("HB001", "role", one.by, known.roles) for one in stage.confirmations)


def _condition(condition: ConditionShape | None, known: Known) -> Iterator[Named]:
    if condition is not None:
        yield from (("HB002", "field of the profiles", key, known.fields) for key in condition.fields)
        yield from (("HB024", "kind or template of an entry", key, known.entries) for key in condition.entries)
        yield from (("HB024", "step of a playbook", key, known.steps) for key in condition.steps)
