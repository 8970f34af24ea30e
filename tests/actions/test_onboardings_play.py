"""Completing an onboarding closes the CTA of its playbook, and taking that back opens both again."""

from typing import Any

import pytest

from tenure.actions import onboardings, playbooks, tasks
from tenure.actions.refusals import Refused
from tenure.models import CallToAction, Onboarding, Task
from tests.actions.test_onboardings_runs import SURVEY, played, stamps
from tests.world import TODAY, World


def test_completing_it_closes_its_play_and_taking_that_back_opens_both_again(world: World) -> None:
    row, cta = played(world, **SURVEY)
    own = tasks.add(cta, "Ask for a reference", actor=world.tam, at=world.at)

    def work() -> list[Any]:
        columns = ("status", "is_open", "outcome_note", "tasks_open", "playbook_use__status")
        return [
            list(CallToAction.objects.filter(pk=cta.pk).values(*columns)),
            list(Task.objects.filter(cta=cta).order_by("pk").values_list("pk", "status", "done_at")),
        ]

    before = work()

    done = onboardings.complete(row, {}, **stamps(world, "tam", 3))

    cta.refresh_from_db()
    own.refresh_from_db()
    assert (row.is_open, cta.is_open, cta.status, cta.outcome_note) == (
        False,
        False,
        "closed_success",
        "The onboarding is completed",
    )
    assert set(cta.tasks.values_list("status", flat=True)) == {"skipped"}
    assert (own.status, own.cta_id != cta.pk, own.cta.is_open) == ("open", True, True)
    assert done.event is not None
    after = work()
    again = playbooks.apply(world.homeworld, "customer_onboarding", start=TODAY, **stamps(world))
    with pytest.raises(Refused, match="was changed since"):
        onboardings.undo(row, done.event, **stamps(world, "tam", 4))
    assert (Onboarding.objects.get(pk=row.pk).is_open, work()) == (False, after)
    playbooks.cancel(again, "Not needed", outcome="closed_not_relevant", actor=world.mona, at=world.at)

    onboardings.undo(row, done.event, **stamps(world, "tam", 4))
    assert (row.is_open, work()) == (True, before)
