"""What people did in a past that is written down at once: entries of the timeline, deliveries, finished tasks and closed CTAs by the thousand.

The same rows and events as by ``activities.log``, ``tasks.done`` and ``ctas.close``, each with its own person and moment, and nobody is told: it
is over. Callers know what they write (the demo company); nothing is checked here but what the database checks.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F

from tenure.actions import bulk, events
from tenure.actions import cascades_writing as writing
from tenure.actions.cascades_writing import column
from tenure.actions.events import Entry
from tenure.models import Activity, CallToAction, Comment, Feedback, Notice, PlaybookUse, ServiceDelivery, Task

LATER = timedelta(minutes=40)  # after it was held, an entry is written
ACTIVITY = (
    "id", "account_id", "contact_id", "owner_id", "kind", "subject", "body", "happened_at", "minutes", "planned", "outcome", "sentiment",
    "next_steps", "template", "status", "source", "draft", "series", "sequence", "custom", "created_at", "updated_at", "recorded_at",
)  # fmt: skip
DELIVERY = (
    "id",
    "account_id",
    "service",
    "status",
    "delivered_on",
    "delivered_by_id",
    "minutes",
    "paid",
    "note",
    "created_by_id",
    "created_at",
)
FEEDBACK = (
    "id", "account_id", "contact_id", "kind", "text", "status", "labels", "issue_url", "given_on", "author_id", "created_at", "updated_at",
)  # fmt: skip
COMMENT = ("id", "cta_id", "author_id", "text", "created_at")


@dataclass(frozen=True)
class Held:
    """An entry of the timeline by ``by``; ``guests`` are contacts who took part."""

    account_id: int
    by: int
    kind: str
    at: datetime
    subject: str
    body: str = ""
    minutes: int | None = None
    sentiment: str = ""
    outcome: str = ""
    template: str = ""
    guests: tuple[int, ...] = ()


@dataclass(frozen=True)
class Delivered:
    """A service that was delivered."""

    account_id: int
    service: str
    title: str
    by: int
    at: datetime
    minutes: int


@dataclass(frozen=True)
class Finished:
    """Tasks of a CTA that were done (id -> answers), and, with a ``status``, its end; ``left`` counts the tasks that stay open."""

    cta_id: int
    account_id: int
    by: int
    at: datetime
    tasks: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)
    status: str = ""
    note: str = ""
    left: int = 0
    done: int = 0  # tasks done before
    use_id: int | None = None
    comment: str = ""


@dataclass(frozen=True)
class Said:
    """Feedback of a customer, with the status that it has by now."""

    account_id: int
    by: int
    at: datetime
    kind: str
    text: str
    status: str = "open"
    contact_id: int | None = None
    labels: tuple[str, ...] = ()
    issue_url: str = ""


@transaction.atomic
def write(
    held: Sequence[Held], delivered: Sequence[Delivered] = (), finished: Sequence[Finished] = (), said: Sequence[Said] = ()
) -> int:
    """Write all of it, with the events in the order of their moments; how many things."""
    writing.lock()
    told = [*_entries(held), *_deliveries(delivered), *_comments(finished), *_finished(finished), *_feedback(said)]
    events.record_past(sorted(told, key=lambda one: one[0]))
    return len(held) + len(delivered) + len(finished) + len(said)


def tell_nobody(*, before: datetime) -> int:
    """Take the mails of a past out of the outbox, for nobody ever sent them, and count what was told in the application as read a day later.
    Returns how many mails that were."""
    old = Notice.objects.filter(created_at__lt=before)
    with transaction.atomic():
        old.filter(channel="app", read_at=None).update(read_at=F("created_at") + timedelta(days=1))
        return old.filter(channel="mail").delete()[0]


Told = tuple[datetime, int | None, Entry]


def _entries(held: Sequence[Held]) -> Iterable[Told]:
    ids = bulk.next_ids(Activity, len(held))
    rows = [
        (
            pk, one.account_id, one.guests[0] if one.guests else None, one.by, one.kind, one.subject, one.body, one.at, one.minutes, False,
            one.outcome, one.sentiment, "[]", one.template, "", "tenure", False, "", 0, "{}", one.at + LATER, one.at + LATER, one.at + LATER,
        )
        for pk, one in zip(ids, held, strict=True)
    ]  # fmt: skip
    bulk.insert(Activity, ACTIVITY, rows)
    guests = [(pk, guest) for pk, one in zip(ids, held, strict=True) for guest in one.guests]
    bulk.insert(Activity.attendees.through, ("activity_id", "contact_id"), guests)
    bulk.insert(
        Activity.participants.through, ("activity_id", "user_id"), [(pk, one.by) for pk, one in zip(ids, held, strict=True)]
    )
    for pk, one in zip(ids, held, strict=True):
        after = {"kind": one.kind, "subject": one.subject, "happened_at": one.at, "minutes": one.minutes, "outcome": one.outcome, "sentiment": one.sentiment}  # fmt: skip
        yield one.at + LATER, one.by, Entry("activity.logged", "activity", pk, one.account_id, events.body(None, after))


def _deliveries(delivered: Sequence[Delivered]) -> Iterable[Told]:
    ids = bulk.next_ids(ServiceDelivery, len(delivered))
    rows = [
        (pk, one.account_id, one.service, "delivered", one.at.date(), one.by, one.minutes, False, "", one.by, one.at)
        for pk, one in zip(ids, delivered, strict=True)
    ]
    bulk.insert(ServiceDelivery, DELIVERY, rows)
    for pk, one in zip(ids, delivered, strict=True):
        after = {"delivered_on": one.at.date(), "minutes": one.minutes}
        yield one.at, one.by, Entry("service.delivered", "service", pk, one.account_id, events.body(None, after, name=one.title))


def _feedback(said: Sequence[Said]) -> Iterable[Told]:
    ids = bulk.next_ids(Feedback, len(said))
    rows = [
        (
            pk, one.account_id, one.contact_id, one.kind, one.text, one.status, column(list(one.labels)), one.issue_url, one.at.date(), one.by,
            one.at, one.at,
        )
        for pk, one in zip(ids, said, strict=True)
    ]  # fmt: skip
    bulk.insert(Feedback, FEEDBACK, rows)
    for pk, one in zip(ids, said, strict=True):
        after = {"kind": one.kind, "text": one.text, "given_on": one.at.date()}
        yield one.at, one.by, Entry("feedback.created", "feedback", pk, one.account_id, events.body(None, after))


def _comments(finished: Sequence[Finished]) -> Iterable[Told]:
    said = [one for one in finished if one.comment]
    ids = bulk.next_ids(Comment, len(said))
    bulk.insert(Comment, COMMENT, [(pk, one.cta_id, one.by, one.comment, one.at) for pk, one in zip(ids, said, strict=True)])
    for pk, one in zip(ids, said, strict=True):
        yield one.at, one.by, Entry("comment.created", "comment", pk, one.account_id, events.body(None, {"text": one.comment}))


def _finished(finished: Sequence[Finished]) -> Iterable[Told]:
    tasks = [("done", column(dict(answers)), one.at, one.by, pk) for one in finished for pk, answers in one.tasks.items()]
    bulk.update(Task, ("status", "fields", "done_at", "done_by_id"), tasks)
    counts = [(one.left, one.done + len(one.tasks), one.at, one.cta_id) for one in finished]
    bulk.update(CallToAction, ("tasks_open", "tasks_done", "updated_at"), counts)
    closed = [one for one in finished if one.status]
    ends = [(one.status, False, one.at, one.by, one.note, one.cta_id) for one in closed]
    bulk.update(CallToAction, ("status", "is_open", "closed_at", "closed_by_id", "outcome_note"), ends)
    uses = [("done", one.at, one.use_id) for one in closed if one.use_id]
    bulk.update(PlaybookUse, ("status", "ended_at"), uses)
    for one in finished:
        for pk in one.tasks:
            body = events.body({"status": "open"}, {"status": "done"})
            yield one.at, one.by, Entry("task.done", "task", pk, one.account_id, body)
        if one.status:
            body = events.body(
                {"status": "new", "is_open": True}, {"status": one.status, "is_open": False, "outcome_note": one.note}
            )
            yield one.at, one.by, Entry("cta.closed", "cta", one.cta_id, one.account_id, body)
