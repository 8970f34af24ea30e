"""What customers say: recording it, passing it on, answering it."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any
from urllib.parse import urlparse

from django.db import transaction

from tenure.actions import activities, events, notices
from tenure.actions.notices import Letter
from tenure.actions.refusals import Refused
from tenure.models import Account, Activity, Contact, Feedback, User
from tenure.queries import activity_kinds, clock, owners, visible
from tenure.queries.assignments import assignable_ids

EDIT = "feedback.edit"
STATUSES = {"open": "Open", "passed_on": "Passed on", "answered": "Answered"}
FIELDS = ("kind", "text", "status", "labels", "issue_url", "given_on", "contact", "activity")
LONGEST = 10_000  # characters
MOST = 500  # marked at once
EARLIEST = date(2000, 1, 1)
SHOWN = 300  # of the text in a letter
UNKNOWN = "There is no such feedback."
DONE = "That has been done already."


def create(account: Account, fields: Mapping[str, Any], *, today: date, actor: User, at: datetime) -> Feedback:
    """Record what a customer said: kind and text are needed; given_on is ``today`` unless told. The account's TAM is told. Raises Refused."""
    values = _checked({"given_on": today, "kind": "", "text": "", **fields}, account, today)
    _check_right(account, actor)
    with transaction.atomic():
        row = Feedback.objects.create(account=account, author=actor, created_at=at, updated_at=at, **values)
        told = {name: getattr(row, name) for name in ("kind", "text", "labels", "given_on")}
        events.record(
            "feedback.created",
            "feedback",
            row.pk,
            at=at,
            actor=actor,
            account_id=account.pk,
            after={**told, "text": row.text[:SHOWN]},
        )
        tam = owners.of([account.pk], today).get(account.pk, "tam")
        if tam is not None and tam != actor.pk:
            _tell(tam, row, f"Feedback from {account.name}", f"feedback:{row.pk}", at)
    return row


def log_with(
    account: Account, fields: Mapping[str, Any], said: Mapping[str, Any], *, today: date, actor: User, at: datetime
) -> Activity:
    """Log a call and record what the customer said in it, both or neither. Raises Refused."""
    with transaction.atomic():
        row = activities.log(account, fields, today=today, actor=actor, at=at)
        guests = list(row.attendees.all()[:2])
        contact = guests[0] if len(guests) == 1 else None
        day = min(clock.day_of(row.happened_at), today) if row.happened_at else today
        try:
            create(account, {**said, "contact": contact, "activity": row, "given_on": day}, today=today, actor=actor, at=at)
        except Refused as refusal:
            raise Refused(refusal.sentence, refusal.code, "feedback") from refusal
    return row


def update(feedback: Feedback, fields: Mapping[str, Any], *, today: date, actor: User, at: datetime) -> bool:
    """Change what differs; False when nothing does. Its author is told of another status. Raises Refused."""
    with transaction.atomic():
        row = _held(feedback, actor)
        values = {name: value for name, value in _checked(fields, row.account, today).items() if getattr(row, name) != value}
        if row.deleted_at is not None:
            raise Refused(DONE, "conflict")
        if not values:
            return False
        before = {name: _plain(getattr(row, name)) for name in values}
        for name, value in values.items():
            setattr(row, name, value)
        row.updated_at = at
        row.save()
        after = {name: _plain(value) for name, value in values.items()}
        events.record(
            "feedback.updated", "feedback", row.pk, at=at, actor=actor, account_id=row.account_id, before=before, after=after
        )
        if "status" in values:
            _tell_author(row, actor, at)
    feedback.refresh_from_db()
    return True


def delete(feedback: Feedback, *, actor: User, at: datetime) -> None:
    """Take feedback off the list; ``restore`` brings it back. Raises Refused."""
    _mark(feedback, at, actor, at)


def restore(feedback: Feedback, *, actor: User, at: datetime) -> None:
    """Bring deleted feedback back. Raises Refused."""
    _mark(feedback, None, actor, at)


def mark_many(ids: Iterable[int], status: str, *, actor: User, at: datetime) -> dict[int, str]:
    """Set the status of many; those that the actor may not change are left as they are. Returns the old status by id. Raises Refused."""
    wanted = list(dict.fromkeys(ids))
    if status not in STATUSES:
        raise Refused("Choose a status.", "invalid", "status")
    if len(wanted) > MOST:
        raise Refused(f"At most {MOST} can be marked at once.", "invalid")
    return mark_each(dict.fromkeys(wanted, status), actor=actor, at=at)


def mark_each(statuses: Mapping[int, str], *, actor: User, at: datetime) -> dict[int, str]:
    """Give each its status (by id), as ``mark_many`` and its undo do. Returns the old ones of those that changed."""
    with transaction.atomic():
        rows = list(
            visible.feedback(actor)
            .select_for_update(of=("self",), no_key=True)
            .filter(pk__in=statuses)
            .select_related("account", "author")
            .order_by("pk")
        )
        mine = assignable_ids(actor, {row.account_id for row in rows}, EDIT)
        rows = [row for row in rows if row.account_id in mine and row.status != statuses[row.pk] and statuses[row.pk] in STATUSES]
        before = {row.pk: row.status for row in rows}
        for row in rows:
            row.status, row.updated_at = statuses[row.pk], at
            _tell_author(row, actor, at)
        Feedback.objects.bulk_update(rows, ["status", "updated_at"])
        events.record_many(
            [events.Entry("feedback.updated", "feedback", row.pk, row.account_id, events.body({"status": before[row.pk]}, {"status": row.status})) for row in rows],
            at=at, actor=actor,
        )  # fmt: skip
    return before


# --- checks and steps


def _checked(fields: Mapping[str, Any], account: Account, today: date) -> dict[str, Any]:
    """The fields as they are stored. Raises Refused."""
    if strange := set(fields) - set(FIELDS):
        raise Refused(f"Feedback has no {', '.join(sorted(strange))}.", "invalid", min(strange))
    values: dict[str, Any] = {name: value.strip() if isinstance(value, str) else value for name, value in fields.items()}
    if "text" in values and (not values["text"] or len(values["text"]) > LONGEST or "\x00" in values["text"]):
        raise Refused(f"Write down what was said, in at most {LONGEST:,} characters.", "invalid", "text")
    shelves = {"kind": set(activity_kinds.feedback_kinds()), "status": set(STATUSES)}
    for name, known in shelves.items():
        if name in values and values[name] not in known:
            raise Refused(f"Choose a {name}.", "invalid", name)
    if "labels" in values:
        values["labels"] = [key for key in activity_kinds.feedback_labels() if key in values["labels"]]
    if "given_on" in values and not EARLIEST <= (values["given_on"] or date.min) <= today:
        raise Refused("It was said on a day up to today.", "invalid", "given_on")
    _check_url(values.get("issue_url", ""))
    _check_related(values, account)
    return values


def _check_url(text: str) -> None:
    parts = urlparse(text)
    if text and (parts.scheme not in ("http", "https") or not parts.netloc or len(text) > 500 or any(c.isspace() for c in text)):
        raise Refused("The address of an issue begins with https:// and has at most 500 characters.", "invalid", "issue_url")


def _check_related(values: Mapping[str, Any], account: Account) -> None:
    contact: Contact | None = values.get("contact")
    activity: Activity | None = values.get("activity")
    if contact is not None and contact.account_id != account.pk:
        raise Refused(f"{contact.name} is no contact of {account.name}.", "invalid", "contact")
    if activity is not None and activity.account_id != account.pk:
        raise Refused("That call was with another account.", "invalid", "activity")


def _check_right(account: Account, actor: User) -> None:
    if not visible.accounts(actor).filter(pk=account.pk).exists():
        raise Refused("There is no such account.", "not_found")
    if not visible.may_on(actor, EDIT, account):
        raise Refused(f"You may not record feedback of {account.name}.", "not_allowed")


def _held(feedback: Feedback, actor: User) -> Feedback:
    """The locked row, if the actor may change it. Raises Refused."""
    rows = Feedback.objects.select_for_update(of=("self",), no_key=True).select_related("account", "author", "contact")
    row = rows.filter(pk=feedback.pk).first()
    if row is None or not visible.accounts(actor).filter(pk=row.account_id).exists():
        raise Refused(UNKNOWN, "not_found")
    _check_right(row.account, actor)
    return row


def _mark(feedback: Feedback, deleted_at: datetime | None, actor: User, at: datetime) -> None:
    with transaction.atomic():
        row = _held(feedback, actor)
        if (row.deleted_at is None) == (deleted_at is None):
            raise Refused(DONE, "conflict")
        row.deleted_at, row.updated_at = deleted_at, at
        row.save(update_fields=["deleted_at", "updated_at"])
        verb = "feedback.deleted" if deleted_at else "feedback.restored"
        events.record(verb, "feedback", row.pk, at=at, actor=actor, account_id=row.account_id, before={"text": row.text[:SHOWN]})
    feedback.refresh_from_db()


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, Contact | Activity) else value


def _tell_author(row: Feedback, actor: User, at: datetime) -> None:
    """Who recorded it hears what became of it."""
    if row.author_id is not None and row.author_id != actor.pk:
        title = f"Feedback from {row.account.name}: {STATUSES[row.status].lower()}"
        _tell(row.author_id, row, title, f"feedback.{row.status}:{row.pk}:{at.isoformat()}", at)


def _tell(user_id: int, row: Feedback, title: str, key: str, at: datetime) -> None:
    notices.queue([Letter(user_id, "feedback", title, key, row.text[:SHOWN], f"/feedback/{row.pk}/", row.account_id)], at=at)
