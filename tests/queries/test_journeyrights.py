"""Whoever the matrix asks for a step may do what completes it: a role without the capability would be asked in vain."""

import pytest

from tenure.queries import handbook, visible
from tenure.rules.journey import TEAM, MatrixShape, StepShape

# what completes a step by a page, and the capability that it takes; who engages somebody must engage that role
BY_FACT = {
    "project": "project.edit", "technical_profile": "profile.edit", "business_profile": "profile.edit", "technical_taken": "handover.edit",
    "business_taken": "handover.edit",
}  # fmt: skip
BY_FILE = {"record", "crm_fields", "won"}  # what the CRM says
BY_OTHERS = {"has_tam": "the manager", "success_plan": "who keeps the onboarding"}
STEPS = [(matrix, step) for matrix in handbook.pack().journey.matrices for step in matrix.steps]


def roles(matrix: MatrixShape, step: StepShape) -> set[str]:
    """All of whom it can be asked."""
    after = set() if step.before_sale else set(matrix.instead.after_sale)
    return {role for role in step.by if role != TEAM} | set(matrix.instead.before_sale) | after


@pytest.mark.parametrize(("matrix", "step"), STEPS, ids=lambda one: getattr(one, "key", "") or str(one.start.year))
def test_who_is_asked_for_a_step_may_do_it(matrix: MatrixShape, step: StepShape) -> None:
    known, condition = visible.roles(), step.done_when
    facts = set(condition.when) if condition else set()
    wanted = {BY_FACT[fact] for fact in facts & BY_FACT.keys()} | {"journey.edit"}
    wanted |= {"profile.edit"} if condition and condition.fields else set()
    wanted |= {"activity.log"} if condition and condition.entries else set()
    engaged = {fact.removeprefix("has_") for fact in facts if fact.startswith("has_")} - {"tam"}

    assert facts - BY_FACT.keys() - BY_FILE - BY_OTHERS.keys() == {f"has_{role}" for role in engaged}
    assert {role: wanted - set(known[role].may) for role in roles(matrix, step)} == {role: set() for role in roles(matrix, step)}
    lacking = {
        role for role in roles(matrix, step) if "account.assign" not in known[role].may and engaged - set(known[role].engages)
    }
    assert lacking == set()
