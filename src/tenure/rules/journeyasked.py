"""Of whom the missing steps of many opportunities are asked: as ``rules.journey`` says, without words and without the steps that need nothing."""

from collections.abc import Callable, Mapping
from datetime import date
from functools import cache, partial

from tenure.rules import ranking
from tenure.rules.cells import Test
from tenure.rules.journey import TEAM, Case, ConditionShape, MatrixShape, StepShape, tests, timed

WON = "closed_won"


def counting(matrix: MatrixShape, day: date) -> Callable[[Case], tuple[int, dict[str, list[str]]]]:
    """What counts the steps that should have been done, of many cases on a day: as many as ``missing(states(matrix, case, day))``, and the titles
    of those that are asked of each role that there is to ask."""
    roles = {role for step in matrix.steps for role in step.by} - {TEAM}
    known = [(step, tests(step.done_when) if step.done_when else {}) for step in matrix.on(day)]

    @cache
    def late(stage: str, reached_on: date | None) -> list[tuple[StepShape, dict[str, Test]]]:
        case = Case(stage, reached_on)
        return [(step, found) for step, found in known if timed(matrix, step, case, day) == "missing"]

    def count(case: Case) -> tuple[int, dict[str, list[str]]]:
        mine = (one for one in late(case.stage, case.reached_on) if not one[0].plans or case.plan in one[0].plans)
        open_ = [step for step, found in mine if step.key not in case.ticked and not _met(step.done_when, found, case)]
        found: dict[str, list[str]] = {role: [] for role in {*filter(partial(_has, case), roles), _instead(matrix, case)}}
        for step in open_:
            for role in asked(matrix, step, case):
                found[role].append(step.title)
        return len(open_), found

    return count


def asked(matrix: MatrixShape, step: StepShape, case: Case) -> list[str]:
    """The roles of whom a step is asked: those of the step that somebody has on the account, else who is asked ``instead``; nobody after the sale for what is
    asked ``before_sale``."""
    if step.before_sale and case.stage == WON:
        return []
    there = [role for role in step.by if role != TEAM and _has(case, role)]
    return there or [_instead(matrix, case)]


def _instead(matrix: MatrixShape, case: Case) -> str:
    instead = matrix.instead.after_sale if case.stage == WON else matrix.instead.before_sale
    return next((role for role in instead if _has(case, role)), instead[-1])


def _has(case: Case, role: str) -> bool:
    return bool(case.facts.get(f"has_{role}"))


def _met(condition: ConditionShape | None, asked: Mapping[str, Test], case: Case) -> bool:
    """The answer of ``holds`` alone; ``asked``: the tests of the condition."""
    return condition is not None and (
        all(ranking.holds(test, case.facts.get(name)) for name, test in asked.items())
        and case.fields.issuperset(condition.fields)
        and not (condition.entries and case.entries.isdisjoint(condition.entries))
        and not (condition.steps and case.steps.isdisjoint(condition.steps))
    )
