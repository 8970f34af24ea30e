"""Drafts of timeline entries: kept as one writes, for their author alone.

A person has one draft of a new entry, one of a plan per account, and one per entry that is being changed. Saving again changes the same row and
leaves no further Event: what a draft says is nobody's record yet. Its Events name neither account nor content.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from tenure.actions import bulk, events
from tenure.actions.activities_fields import BODY, LONGEST, MOST_MINUTES, MOST_PEOPLE, MOST_STEPS, WIDTHS, NextStep, form_of
from tenure.actions.refusals import Refused
from tenure.models import Account, Activity, Contact, User
from tenure.queries import activities_rights as rights
from tenure.queries import visible

MORE = ("feedback", "feedback_kind", "cta", "about", "step", "from_step")  # what the form holds beyond an entry's columns


def of_author(account: Account, author: User, *, of: int | None = None, planned: bool = False) -> QuerySet[Activity]:
    """The author's draft of a new entry (``of``: of changes to that entry) on an account, if there is one."""
    rows = Activity.objects.filter(account=account, owner=author, draft=True, deleted_at=None)
    return rows.filter(custom__of=of) if of is not None else rows.filter(custom__of__isnull=True, planned=planned)


def save(
    account: Account, fields: Mapping[str, Any], *, actor: User, at: datetime, of: int | None = None, planned: bool = False
) -> Activity | None:
    """Keep what is written so far. Nothing is refused for being incomplete; what can't be kept is cut or left out.

    None where the entry itself has been written from this form meanwhile: a draft that comes late is no draft.
    Raises Refused without the right to log on the account.
    """
    if not visible.accounts(actor).filter(pk=account.pk).exists():
        raise Refused("There is no such account.", "not_found")
    if not rights.may_log(actor, account):
        raise Refused(f"You may not log anything on {account.name}.", "not_allowed")
    with transaction.atomic():
        lock(account, actor)
        if written(account, form_of(fields)):
            return None
        row = of_author(account, actor, of=of, planned=planned).order_by("pk").first()
        is_new = row is None
        row = row or Activity(
            account=account, owner=actor, source="tenure", draft=True, planned=planned, created_at=at, recorded_at=at
        )
        for name, value in _columns(fields).items():
            setattr(row, name, value)
        row.custom = {
            **{name: str(fields[name])[:BODY] for name in MORE if fields.get(name)},
            **({"of": of} if of is not None else {}),
        }
        row.updated_at = at
        row.save()
        row.participants.set(User.objects.filter(pk__in=_ids(fields.get("participants")), is_active=True))
        row.attendees.set(Contact.objects.filter(pk__in=_ids(fields.get("attendees")), account=account, deleted_at=None))
        if is_new:
            events.record("activity.drafted", "activity", row.pk, at=at, actor=actor)
    return row


def discard(draft: Activity, *, actor: User, at: datetime) -> None:
    """Throw a draft of one's own away, for good. Raises Refused."""
    with transaction.atomic():
        if draft.owner_id != actor.pk or not Activity.objects.filter(pk=draft.pk, draft=True).delete()[0]:
            raise Refused("There is no such draft.", "not_found")
        events.record("activity.draft_discarded", "activity", draft.pk, at=at, actor=actor)


def lock(account: Account, author: User) -> None:
    """Let one of an author's forms for an account write at a time. Call in a transaction, before anything is written."""
    bulk.lock(f"draft:{author.pk}:{account.pk}")


def written(account: Account, form: str) -> QuerySet[Activity]:
    """What was written for good from a form, deleted or not."""
    rows = Activity.objects.filter(account=account, draft=False, custom__form=form)
    return rows if form else rows.none()


def use_up(account: Account, author: User, *, of: int | None = None, planned: bool = False) -> None:
    """Remove the draft of what has just been written for good. Call in that transaction."""
    of_author(account, author, of=of, planned=planned).delete()


def _columns(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of what is written so far, cut to what they hold."""
    found: dict[str, Any] = {
        name: str(fields.get(name) or "").replace("\x00", "").replace("\r\n", "\n")[:longest] for name, longest in LONGEST.items()
    }
    found |= {name: str(fields.get(name) or "").replace("\x00", "")[: WIDTHS[name]] for name in ("kind", "sentiment")}
    minutes = fields.get("minutes")
    moment = fields.get("happened_at")
    found["minutes"] = minutes if isinstance(minutes, int) and 0 < minutes <= MOST_MINUTES else None
    found["happened_at"] = moment if isinstance(moment, datetime) and moment.tzinfo else None
    found["next_steps"] = [_step(step) for step in list(fields.get("next_steps") or [])[:MOST_STEPS]]
    return found


def _step(step: NextStep) -> dict[str, Any]:
    kept = NextStep(step.title.replace("\x00", "")[:300], step.owner_id, step.due if isinstance(step.due, date) else None)
    return kept.stored()


def _ids(found: Any) -> list[int]:
    return [one.pk for one in list(found or [])[:MOST_PEOPLE]]
