"""An onboarding is completed, taken back and its play closed by hand at the same moment: nobody waits for ever, and both end alike."""

import pytest

from tenure.actions import cascades, ctas, onboardings
from tenure.actions.refusals import Refused
from tenure.models import CallToAction, Onboarding
from tests.actions.test_onboardings_runs import SURVEY, played, stamps
from tests.actions.test_work_at_once import at_once, whole
from tests.world import World

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.only_postgresql]  # SQLite has one writer at a time


def alike(row: Onboarding, cta: CallToAction) -> bool:
    """Whether the onboarding and its play agree; the log and the counts of tasks hold."""
    row.refresh_from_db()
    cta.refresh_from_db()
    whole()
    return row.is_open == cta.is_open


def test_of_two_who_take_a_completion_back_one_does(transactional_db: None, world: World) -> None:
    row, cta = played(world, **SURVEY)
    event = onboardings.complete(row, {}, **stamps(world, "tam", 3)).event
    assert event is not None

    def back(who: str, minutes: int) -> None:
        onboardings.undo(Onboarding.objects.get(pk=row.pk), event, **stamps(world, who, minutes))

    failed = at_once(lambda: back("tam", 4), lambda: back("mona", 5))

    assert [type(error) for error in failed] == [Refused], failed
    assert (alike(row, cta), row.is_open) == (True, True)


@pytest.mark.parametrize("turn", range(4))
def test_completing_and_taking_back_at_once_leave_both_open_or_both_closed(
    transactional_db: None, world: World, turn: int
) -> None:
    row, cta = played(world, **SURVEY)
    event = onboardings.complete(row, {}, **stamps(world, "tam", 3)).event
    assert event is not None

    def back() -> None:
        onboardings.undo(Onboarding.objects.get(pk=row.pk), event, **stamps(world, "tam", 4))

    def again() -> None:
        onboardings.complete(Onboarding.objects.get(pk=row.pk), {}, **stamps(world, "mona", 5))

    failed = at_once(*([back, again] if turn % 2 else [again, back]))

    assert all(isinstance(error, Refused) for error in failed), failed
    assert alike(row, cta)


@pytest.mark.parametrize("turn", range(4))
def test_closing_the_play_by_hand_and_completing_at_once_leave_both_closed(
    transactional_db: None, world: World, turn: int
) -> None:
    row, cta = played(world, **SURVEY)

    def complete() -> None:
        onboardings.complete(Onboarding.objects.get(pk=row.pk), {}, **stamps(world, "tam", 3))

    def by_hand() -> None:
        ctas.close(CallToAction.objects.get(pk=cta.pk), "closed_success", actor=world.mona, at=world.at)

    failed = at_once(*([complete, by_hand] if turn % 2 else [by_hand, complete]))

    assert all(isinstance(error, Refused) for error in failed), failed
    assert (alike(row, cta), row.is_open) == (True, False)


@pytest.mark.parametrize("turn", range(4))
def test_taking_the_closed_play_back_against_closing_it_again_leaves_both_alike(
    transactional_db: None, world: World, turn: int
) -> None:
    row, cta = played(world, **SURVEY)
    closed = ctas.close(cta, "closed_success", actor=world.tam, at=world.at)
    assert closed is not None

    def back() -> None:
        cascades.undo(closed, actor=world.tam, at=world.at)

    def again() -> None:
        ctas.close(CallToAction.objects.get(pk=cta.pk), "closed_success", actor=world.mona, at=world.at)

    failed = at_once(*([back, again] if turn % 2 else [again, back]))

    assert all(isinstance(error, Refused) for error in failed), failed
    assert alike(row, cta)
