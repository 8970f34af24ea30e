"""Reviews that managers hold: starting one, notes and next steps of what it goes through, what was looked at, and signing it off."""

import json
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction

from tenure.actions import assignments, cascades_writing, ctas, events, merging, onboardings, onboardings_owners, settling, tasks
from tenure.actions.merging import Clash
from tenure.actions.onboardings_owners import TAM, Given, Step
from tenure.actions.refusals import Refused
from tenure.models import CallToAction, Event, ManagerReview, Onboarding, ReviewItem, Task, User
from tenure.queries import cta_types, reviews, visible
from tenure.queries import onboardings as onboarding_queries
from tenure.queries.reviews import HOLD, KINDS

TYPE, REASON = "activity", "Next step"
LONGEST = 20_000
SIGNED = "This review is signed off."


def start(kind: str, *, today: date, actor: User, at: datetime) -> ManagerReview:
    """Begin the review of this period, or go on with the one that was begun. Raises Refused."""
    if kind not in KINDS:
        raise Refused("There is no such review.", "not_found")
    if not visible.may(actor, HOLD):
        raise Refused("You may not hold reviews.", "not_allowed")
    with transaction.atomic():
        row, made = ManagerReview.objects.get_or_create(
            kind=kind, reviewer=actor, period=reviews.period_of(today), defaults={"started_at": at}
        )
        if made:
            _tell("started", row, actor, at)
    return row


def note(
    review: ManagerReview, onboarding: Onboarding, text: str, *, seen: str | None, actor: User, at: datetime
) -> Clash | None:
    """Keep what is said of an onboarding. ``seen``: what the page had shown; what was written elsewhere since is not overwritten but comes
    back. Raises Refused."""
    if len(text) > LONGEST or "\x00" in text:
        raise Refused(f"At most {LONGEST:,} characters.", "invalid", "notes")
    with transaction.atomic():
        item = _item(review, onboarding, actor, at)
        mine, clashes = merging.split({"notes": item.notes}, {"notes": text}, {} if seen is None else {"notes": seen})
        if "notes" in mine and item.notes != mine["notes"]:
            item.notes, item.updated_at = mine["notes"], at
            item.save(update_fields=["notes", "updated_at"])
            _tell("noted", review, actor, at, onboarding=onboarding.pk)
    return clashes[0] if clashes else None


def look(review: ManagerReview, onboarding: Onboarding, looked: bool, *, actor: User, at: datetime) -> None:
    """Mark an onboarding as looked at, or not. Raises Refused."""
    with transaction.atomic():
        item = _item(review, onboarding, actor, at)
        item.seen_at, item.updated_at = (at if looked else None), at
        item.save(update_fields=["seen_at", "updated_at"])
        _tell("looked" if looked else "unlooked", review, actor, at, onboarding=onboarding.pk)


def assign(review: ManagerReview, onboarding: Onboarding, owner: User, *, today: date, actor: User, at: datetime) -> Given:
    """Give an onboarding to somebody within a review, as ``onboardings_owners.give`` does. Raises Refused."""
    with transaction.atomic():
        settling.lock()
        assignments.begin([onboarding.account_id], TAM, today, actor)
        _item(review, onboarding, actor, at)
        given = onboardings_owners.give([onboarding], owner, reason="Onboarding review", today=today, actor=actor, at=at)
        for _, refusal in given.refused:
            raise refusal
    return given


def unassign(
    review: ManagerReview, onboarding: Onboarding, done: Sequence[Step], *, today: date, actor: User, at: datetime
) -> None:
    """Take all of that back, as if it had not been. Raises Refused where something was changed since."""
    with transaction.atomic():
        settling.lock()
        assignments.begin([onboarding.account_id], TAM, today, actor, taken_back=True)
        _item(review, onboarding, actor, at)
        for _, refusal in onboardings_owners.take_back(done, today=today, actor=actor, at=at).refused:
            raise refusal


def step(
    review: ManagerReview, onboarding: Onboarding, title: str, *, owner: User | None, due: date | None, today: date, actor: User, at: datetime
) -> Task:  # fmt: skip
    """A next step: a task for the owner of the onboarding, or for somebody else. Steps of one onboarding stand in one CTA. Raises Refused."""
    if not title.strip():
        raise Refused("Say what is to be done.", "invalid", "title")
    with transaction.atomic():
        cascades_writing.lock()
        item = _item(review, onboarding, actor, at)
        who = owner or onboarding.owner
        cta = CallToAction.objects.filter(tasks__review_items=item, is_open=True).order_by("-pk").first()
        if cta is None:
            named = f"Next steps of the onboarding review: {onboarding.name}"[:300]
            cta = ctas.create(
                onboarding.account, type=TYPE, reason=REASON if REASON in cta_types.reasons(TYPE) else "", title=named, owner=who, due_date=due,
                today=today, actor=actor, at=at,
            )  # fmt: skip
        made = tasks.add(cta, title, owner=who, due_date=due, actor=actor, at=at)
        item.tasks.add(made)
    return made


def take_back(review: ManagerReview, task: Task, *, actor: User, at: datetime) -> None:
    """Take a next step back while it is open; a CTA in which nothing else is to do is closed. Raises Refused."""
    with transaction.atomic():
        cascades_writing.lock()
        _held(review, actor)
        if task.status != "open" or not task.review_items.filter(review=review).exists():
            raise Refused("It has been done or changed since.", "conflict")
        if task.cta.is_open and task.cta.tasks.filter(status="open").count() == 1:
            ctas.close(task.cta, _dropped(), note="Taken back in the review.", actor=actor, at=at, skip_own=True)
        else:
            tasks.skip(task, actor=actor, at=at, reason="Taken back in the review")
        for item in task.review_items.filter(review=review):
            item.tasks.remove(task)


def sign(review: ManagerReview, *, today: date, actor: User, at: datetime) -> int:
    """Sign a review off: what was looked at says from then on when it was reviewed. How many those are. Raises Refused."""
    with transaction.atomic():
        onboardings.lock()
        row = _held(review, actor)
        looked = row.items.filter(noun="onboarding").exclude(seen_at=None).values_list("object_id", flat=True)
        rows = list(onboarding_queries.seen(actor).filter(pk__in=list(looked)).order_by("pk"))
        if not rows:
            raise Refused("Nothing has been looked at yet.", "conflict")
        before = {str(one.pk): one.reviewed_on.isoformat() if one.reviewed_on else None for one in rows}
        Onboarding.objects.filter(pk__in=[one.pk for one in rows]).update(reviewed_on=today)
        row.signed_at = at
        row.save(update_fields=["signed_at"])
        _tell("signed", row, actor, at, after={"looked_at": len(rows)}, undo=before, on=today.isoformat())
        entries = [
            events.Entry("onboarding.reviewed", "onboarding", one.pk, one.account_id, events.body(None, {"reviewed_on": today.isoformat()}, name=one.name))
            for one in rows
        ]  # fmt: skip
        events.record_many(entries, at=at, actor=actor)
    review.refresh_from_db()
    return len(rows)


def reopen(review: ManagerReview, *, today: date, actor: User, at: datetime) -> None:
    """Take the sign-off back within its period: what it said of the days of review is as it was. Raises Refused."""
    with transaction.atomic():
        onboardings.lock()
        row = _locked(review, actor)
        if row.signed_at is None or row.period != reviews.period_of(today):
            raise Refused("Only this period's review can be opened again.", "conflict")
        event = Event.objects.filter(verb="review.signed", object_id=row.pk, noun="review").order_by("-id").first()
        told: dict[str, Any] = json.loads(event.body) if event else {}
        for pk, was in told.get("undo", {}).items():
            was_on = date.fromisoformat(was) if was else None
            Onboarding.objects.filter(pk=int(pk), reviewed_on=told["on"]).update(reviewed_on=was_on)
        row.signed_at = None
        row.save(update_fields=["signed_at"])
        _tell("reopened", row, actor, at)
    review.refresh_from_db()


# --- steps


def _locked(review: ManagerReview, actor: User) -> ManagerReview:
    """The locked review of its own manager. Raises Refused."""
    row = ManagerReview.objects.select_for_update(of=("self",), no_key=True).filter(pk=review.pk, reviewer=actor).first()
    if row is None or not visible.may(actor, HOLD):
        raise Refused("There is no such review.", "not_found")
    return row


def _held(review: ManagerReview, actor: User) -> ManagerReview:
    row = _locked(review, actor)
    if row.signed_at is not None:
        raise Refused(SIGNED, "conflict")
    return row


def _item(review: ManagerReview, onboarding: Onboarding, actor: User, at: datetime) -> ReviewItem:
    """The item of an onboarding of the manager's team. Raises Refused."""
    row = _held(review, actor)
    if not reviews.of_team(actor).filter(pk=onboarding.pk).exists():
        raise Refused("There is no such onboarding in this review.", "not_found")
    found, _ = ReviewItem.objects.get_or_create(
        review=row, noun="onboarding", object_id=onboarding.pk, defaults={"account_id": onboarding.account_id, "updated_at": at}
    )
    return found


def _dropped() -> str:
    """The outcome that says least."""
    found = cta_types.outcomes(TYPE)
    return next((one.key for one in found if not one.outcome), found[-1].key)


def _tell(verb: str, row: ManagerReview, actor: User, at: datetime, **sides: Any) -> None:
    more: dict[str, Any] = {"kind": row.kind, "period": row.period.isoformat()}
    events.record(f"review.{verb}", "review", row.pk, at=at, actor=actor, **more, **sides)
