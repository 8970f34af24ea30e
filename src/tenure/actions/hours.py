"""Paid hours: buying them, changing and taking that back. No delivery may take more than there is."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction

from tenure.actions import events
from tenure.actions.refusals import Refused
from tenure.models import Account, PaidHours, User
from tenure.queries import hours as queries
from tenure.queries import visible
from tenure.rules.services import words

LOG = "service.log"
FIELDS = ("minutes", "bought_on", "expires_on", "reference")
MOST_MINUTES = 60 * 20_000
EARLIEST, LATEST = date(2000, 1, 1), date(2100, 1, 1)
UNKNOWN = "There are no such hours."
DONE = "That has been done already."


def buy(account: Account, fields: Mapping[str, Any], *, today: date, actor: User | None, at: datetime) -> PaidHours:
    """Record hours that the customer bought: minutes are needed, bought_on is ``today`` unless told, expires_on is the last day on which
    they can be used (None = they don't end). Raises Refused."""
    with transaction.atomic():
        check_account(account, actor)
        values = _checked({"minutes": None, "bought_on": today, "expires_on": None, "reference": "", **fields}, today)
        row = PaidHours.objects.create(account=account, created_by=actor, created_at=at, **values)
        _tell("hours.bought", row, actor, at, after=_told(row))
    return row


def update(hours: PaidHours, fields: Mapping[str, Any], *, today: date, actor: User | None, at: datetime) -> bool:
    """Change what differs; False when nothing does. Raises Refused, also where deliveries would no longer be covered."""
    with transaction.atomic():
        row = _held(hours, actor)
        values = _checked({**{name: getattr(row, name) for name in FIELDS}, **fields}, today)
        if row.deleted_at is not None:
            raise Refused(DONE, "conflict")
        changed = {name: value for name, value in values.items() if getattr(row, name) != value}
        if not changed:
            return False
        before, was = short(row.account), {name: getattr(row, name) for name in changed}
        for name, value in changed.items():
            setattr(row, name, value)
        row.save()
        check(row.account, before)
        _tell("hours.updated", row, actor, at, before=was, after=changed)
    hours.refresh_from_db()
    return True


def delete(hours: PaidHours, *, actor: User | None, at: datetime) -> None:
    """Take bought hours off the account; refused while deliveries use them. ``restore`` brings them back. Raises Refused."""
    _mark(hours, at, actor, at)


def restore(hours: PaidHours, *, actor: User | None, at: datetime) -> None:
    """Bring deleted hours back. Raises Refused."""
    _mark(hours, None, actor, at)


# --- the balance


def check_account(account: Account, actor: User | None) -> None:
    """Refuse who may not record services here; then hold the account, so that two never use the same hours. Call in a transaction."""
    if actor is not None:
        if not visible.accounts(actor).filter(pk=account.pk).exists():
            raise Refused("There is no such account.", "not_found")
        if not visible.may_on(actor, LOG, account):
            raise Refused(f"You may not record services of {account.name}.", "not_allowed")
    Account.objects.select_for_update(no_key=True).get(pk=account.pk)


def short(account: Account) -> set[int]:
    """The deliveries (ids) that the hours don't cover now: none, unless they came so from elsewhere."""
    return {use.key for use, _ in queries.ledger(account.pk).short}


def check(account: Account, before: set[int], mine: int | None = None) -> None:
    """Refuse what was just written if a delivery is short of hours that wasn't ``before``; ``mine`` is the one that was written."""
    found = [(use, left) for use, left in queries.ledger(account.pk, mine).short if use.key not in before or use.key == mine]
    if not found:
        return
    use, left = next((one for one in found if one[0].key == mine), found[0])
    day, need, there = f"{use.day.day} {use.day:%b %Y}", words(use.minutes), words(left)
    if use.key == mine:
        raise Refused(f"This takes {need} of paid hours, and {account.name} has {there} left on {day}.", "conflict", "minutes")
    raise Refused(f"Then the {need} of paid hours on {day} would have {there} left.", "conflict", "minutes")


# --- steps


def _checked(fields: Mapping[str, Any], today: date) -> dict[str, Any]:
    """The fields as they are stored. Raises Refused."""
    if strange := set(fields) - set(FIELDS):
        raise Refused(f"Paid hours have no {', '.join(sorted(strange))}.", "invalid", min(strange))
    minutes, bought, expires = fields["minutes"], fields["bought_on"], fields["expires_on"]
    if not isinstance(minutes, int) or not 0 < minutes <= MOST_MINUTES:
        raise Refused("Give the hours that were bought, like 20 or 7.5.", "invalid", "minutes")
    if bought is None or not EARLIEST <= bought <= today:
        raise Refused("They were bought on a day up to today.", "invalid", "bought_on")
    if expires is not None and not bought <= expires <= LATEST:
        raise Refused("They can be used until a day after they were bought.", "invalid", "expires_on")
    reference = fields["reference"].strip()
    if len(reference) > 200 or "\x00" in reference:
        raise Refused("A reference has at most 200 characters.", "invalid", "reference")
    return {"minutes": minutes, "bought_on": bought, "expires_on": expires, "reference": reference}


def _held(hours: PaidHours, actor: User | None) -> PaidHours:
    """The locked row, if the actor may change it. Raises Refused."""
    row = PaidHours.objects.select_related("account").filter(pk=hours.pk).first()
    if row is None or (actor is not None and not visible.accounts(actor).filter(pk=row.account_id).exists()):
        raise Refused(UNKNOWN, "not_found")
    check_account(row.account, actor)
    return PaidHours.objects.select_for_update(of=("self",), no_key=True).select_related("account").get(pk=row.pk)


def _mark(hours: PaidHours, deleted_at: datetime | None, actor: User | None, at: datetime) -> None:
    with transaction.atomic():
        row = _held(hours, actor)
        if (row.deleted_at is None) == (deleted_at is None):
            raise Refused(DONE, "conflict")
        before = short(row.account)
        row.deleted_at = deleted_at
        row.save(update_fields=["deleted_at"])
        check(row.account, before)
        _tell("hours.deleted" if deleted_at else "hours.restored", row, actor, at, before=_told(row))
    hours.refresh_from_db()


def _told(row: PaidHours) -> dict[str, Any]:
    """What the log keeps of hours."""
    return {name: value for name in FIELDS if (value := getattr(row, name)) not in (None, "")}


def _tell(verb: str, row: PaidHours, actor: User | None, at: datetime, **sides: Any) -> None:
    name = f"{words(row.minutes)} of paid hours"
    events.record(verb, "hours", row.pk, at=at, actor=actor, account_id=row.account_id, name=name, **sides)
