"""The demo company's onboarding reviews: its managers went through their teams' onboardings in the last months and signed that off; this month's is
half done."""

from collections import Counter
from datetime import date, datetime, timedelta

from tenure.actions import ctas, reviews, tasks
from tenure.models import CallToAction, ManagerReview, Onboarding, User
from tenure.queries import reviews as queries
from tenure.queries import visible

KIND, DONE = "onboarding", "closed_success"
BACK = timedelta(days=100)  # so far back reviews were held
DUE = timedelta(days=7)
NOTES = {
    "on_track": (
        "On track. The kick-off went well, and the first project moves over next week.",
        "Going as planned; the sponsor joins the calls. Nothing to do for me.",
        "Good start. They know their first use case, and the training is booked.",
    ),
    "behind": (
        "Behind: nobody there has time before their release. A date for the kick-off is what counts now.",
        "First value is late, because single sign-on isn't set up yet. Agreed to bring an architect to the next call.",
        "They wait for servers. We talk to the head of IT together, not to the administrators alone.",
    ),
    "stuck": (
        "Stuck for three months: the champion left. Ask the account executive for another way in, then try the non-engaged play.",
        "No answer for weeks. One more try by phone, after that by mail to the sponsor.",
        "The project is frozen on their side. Agree a day on which we ask again, and put it on hold until then.",
    ),
    "ahead": (
        "The kick-off is set, and the account team has met. Nothing to decide yet.",
        "Begins these days. The hand-over says whom to ask for; look at it again in two weeks.",
    ),
    "": ("Nobody has it yet. Two of the team have room; to be decided in the one-on-ones of this week.",),
}  # fmt: skip
STEPS = {
    "behind": ("Agree a date for the kick-off", "Bring an architect to the next call", "Ask the head of IT when the servers are ready"),
    "stuck": ("Ask the account executive who else can open a door", "Call the sponsor", "Agree when we ask again"),
}  # fmt: skip


def hold(on: date, at: datetime, today: date) -> None:
    """After the daily run of a wave: what the last review asked for is done; where a month of the past has had none, one is held and signed off."""
    if today - on > BACK or on == today:
        return
    _finish(at)
    if queries.period_of(on) != queries.period_of(today):
        for manager in _managers():
            if queries.current(manager, KIND, on) is None and (rows := _rows(manager)):
                review = _go_through(rows, manager, on, at)
                reviews.sign(review, today=on, actor=manager, at=at)


def _finish(at: datetime) -> None:
    """What was asked for is done by now."""
    for cta in CallToAction.objects.filter(is_open=True, tasks__review_items__review__kind=KIND).distinct().order_by("pk"):
        for task in cta.tasks.filter(status="open").order_by("pk"):
            tasks.done(task, actor=cta.owner, at=at)
        ctas.close(cta, DONE, actor=cta.owner, at=at)


def begin(today: date, at: datetime) -> None:
    """This month's, of which the first half is looked at. Do it once: a repeat finds them and leaves."""
    for manager in _managers():
        rows = _rows(manager)
        if len(rows) > 1 and queries.current(manager, KIND, today) is None:
            _go_through(rows[: len(rows) // 2], manager, today, at)


def _managers() -> list[User]:
    found = list(User.objects.filter(roles__role="tam_manager", is_active=True).prefetch_related("roles").order_by("pk"))
    for manager in found:
        visible.remember(manager)
    return found


def _rows(manager: User) -> list[Onboarding]:
    """What a review goes through, in the order of its steps: first what nobody has, then person by person."""
    rows = queries.of_team(manager).select_related("account", "owner").order_by("pk")
    return sorted(rows, key=lambda row: (row.owner is not None, row.owner.name if row.owner else "", row.pk))


def _go_through(rows: list[Onboarding], manager: User, on: date, at: datetime) -> ManagerReview:
    """Say something of each, and what is to be done where it doesn't go well."""
    review = reviews.start(KIND, today=on, actor=manager, at=at)
    said = Counter[str]()
    for row in rows:
        begun = row.track != "on_track" or row.first_reach_out is not None
        track = "" if row.owner is None else row.track if begun else "ahead"
        place, said[track] = on.month + said[track], said[track] + 1
        reviews.note(review, row, NOTES[track][place % len(NOTES[track])], seen=None, actor=manager, at=at)
        if track in STEPS:
            title = STEPS[track][place % len(STEPS[track])]
            reviews.step(review, row, title, owner=None, due=on + DUE, today=on, actor=manager, at=at)
        reviews.look(review, row, True, actor=manager, at=at)
    return review
