"""The onboarding reviews of the demo company's managers: what is gone through, what comes of it, and that this month's is half done."""

from datetime import date, datetime, timedelta

import pytest

from tenure.actions import onboardings
from tenure.models import Assignment, CallToAction, Event, ManagerReview, Onboarding, ReviewItem
from tenure.runs import demo_reviews
from tests.world import AT, TODAY, World

pytestmark = pytest.mark.django_db
BEFORE, LATER = TODAY - timedelta(days=30), TODAY - timedelta(days=9)


@pytest.fixture
def rows(world: World) -> list[Onboarding]:
    """One that nobody has, and two of Tam's: of three months ago and of last week."""
    Assignment.objects.create(account=world.accounts["le_hotel"], user=world.tam, role="tam", from_date=BEFORE, recorded_at=AT)
    given = (("funland", None, 9), ("homeworld", world.tam, 120), ("le_hotel", world.tam, 5))
    return [
        onboardings.create(
            world.accounts[name], {"name": name, "owner": owner, "start_date": BEFORE - timedelta(days=days)},
            today=BEFORE, actor=None, at=at(BEFORE), cause="closed_won",
        )
        for name, owner, days in given
    ]  # fmt: skip


def at(day: date) -> datetime:
    return datetime.combine(day, AT.timetz())


def test_a_month_of_the_past_is_signed_off_and_what_it_asked_for_is_done(world: World, rows: list[Onboarding]) -> None:
    demo_reviews.hold(BEFORE, at(BEFORE), TODAY)

    review = ManagerReview.objects.get()
    assert (review.reviewer, review.period, review.signed_at) == (world.mona, date(2026, 10, 1), at(BEFORE))
    assert said(review) == [
        ("Funland Arcade", demo_reviews.NOTES[""][0], None),
        ("Homeworld Inc.", demo_reviews.NOTES["stuck"][1], "Call the sponsor"),
        ("Le Hotel", demo_reviews.NOTES["behind"][1], "Bring an architect to the next call"),
    ]
    assert list(Onboarding.objects.values_list("reviewed_on", flat=True)) == [BEFORE] * 3
    assert CallToAction.objects.filter(is_open=True).count() == 2

    demo_reviews.hold(LATER, at(LATER), TODAY)

    done = CallToAction.objects.filter(tasks__review_items__review=review)
    assert list(done.values_list("status", "closed_by", "closed_at", "tasks__status")) == [
        ("closed_success", world.tam.pk, at(LATER), "done")
    ] * 2  # fmt: skip
    assert ManagerReview.objects.count() == 1


def test_this_months_is_half_done_and_begun_once(world: World, rows: list[Onboarding]) -> None:
    demo_reviews.begin(TODAY, AT)

    review = ManagerReview.objects.get()
    assert (review.reviewer, review.period, review.signed_at) == (world.mona, date(2026, 11, 1), None)
    assert said(review) == [("Funland Arcade", demo_reviews.NOTES[""][0], None)]
    before = Event.objects.count()
    demo_reviews.begin(TODAY, AT)
    demo_reviews.hold(TODAY, AT, TODAY)
    demo_reviews.hold(TODAY - timedelta(days=101), AT, TODAY)
    assert Event.objects.count() == before


def said(review: ManagerReview) -> list[tuple[str, str, str | None]]:
    """Account, note and next step of what was looked at."""
    rows = ReviewItem.objects.filter(review=review).exclude(seen_at=None).order_by("pk")
    return list(rows.values_list("account__name", "notes", "tasks__title"))
