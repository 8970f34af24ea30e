"""The people at an account: adding, changing, taking away."""

import re
from datetime import date, datetime
from typing import Any

from django.db import transaction

from tenure.actions import events, summaries
from tenure.actions.imports_checks import ADDRESS
from tenure.actions.refusals import Refused
from tenure.models import Account, Contact, User
from tenure.queries import visible

FIELDS = (
    "name", "salutation", "title", "role", "email", "phone", "is_champion", "is_decision_maker", "is_licence_contact", "is_billing_contact",
)  # fmt: skip


def create(account: Account, fields: dict[str, Any], *, today: date, actor: User | None, at: datetime) -> Contact:
    """Add a person to an account. Raises Refused."""
    _check_right(account, actor)
    values = _checked(fields)
    if not values.get("name"):
        raise Refused("A contact has a name.", "invalid", "name")
    with transaction.atomic():
        row = Contact.objects.create(account=account, created_at=at, updated_at=at, **values)
        events.record("contact.created", "contact", row.pk, at=at, actor=actor, account_id=account.pk, after=values)
        summaries.refresh([account.pk], today=today)
    return row


def update(contact: Contact, fields: dict[str, Any], *, today: date, actor: User | None, at: datetime) -> bool:
    """Change what differs; False when nothing does. Raises Refused."""
    with transaction.atomic():
        row = Contact.objects.select_for_update(of=("self",)).select_related("account").get(pk=contact.pk, deleted_at=None)
        _check_right(row.account, actor)
        values = {name: value for name, value in _checked(fields).items() if getattr(row, name) != value}
        if values.get("name") == "":
            raise Refused("A contact has a name.", "invalid", "name")
        if not values:
            return False
        before = {name: getattr(row, name) for name in values}
        Contact.objects.filter(pk=row.pk).update(updated_at=at, **values)
        events.record(
            "contact.updated", "contact", row.pk, at=at, actor=actor, account_id=row.account_id, before=before, after=values
        )
        summaries.refresh(_ids(row), today=today)
    contact.refresh_from_db()
    return True


def delete(contact: Contact, *, today: date, actor: User | None, at: datetime, reason: str = "") -> None:
    """Take a contact off its account; ``restore`` brings it back. Raises Refused."""
    _mark(contact, at, today, actor, at, "contact.deleted", reason)


def restore(contact: Contact, *, today: date, actor: User | None, at: datetime) -> None:
    """Bring a deleted contact back. Raises Refused."""
    _mark(contact, None, today, actor, at, "contact.restored", "")


def _mark(
    contact: Contact, deleted_at: datetime | None, today: date, actor: User | None, at: datetime, verb: str, reason: str
) -> None:
    with transaction.atomic():
        row = Contact.objects.select_for_update(of=("self",)).select_related("account").get(pk=contact.pk)
        _check_right(row.account, actor)
        if (row.deleted_at is None) == (deleted_at is None):
            raise Refused("That has been done already.", "conflict")
        Contact.objects.filter(pk=row.pk).update(deleted_at=deleted_at, updated_at=at)
        told = {"name": row.name, "email": row.email}
        events.record(verb, "contact", row.pk, at=at, actor=actor, account_id=row.account_id, before=told, reason=reason)
        summaries.refresh(_ids(row), today=today)


def _ids(row: Contact) -> list[int]:
    return [row.account_id] if row.account_id else []


def _check_right(account: Account | None, actor: User | None) -> None:
    if actor is None or account is None:
        return
    if not visible.accounts(actor).filter(pk=account.pk).exists():
        raise Refused("There is no such account.", "not_found")
    if not visible.may_on(actor, "contact.edit", account):
        raise Refused("You may not change the contacts of this account.", "not_allowed")


def _checked(fields: dict[str, Any]) -> dict[str, Any]:
    strange = set(fields) - set(FIELDS)
    if strange:
        raise Refused(f"A contact has no {', '.join(sorted(strange))}.", "invalid", min(strange))
    values = {name: value.strip() if isinstance(value, str) else value for name, value in fields.items()}
    email = values.get("email")
    if email and not re.match(ADDRESS, email):
        raise Refused(f"'{email}' is not an e-mail address.", "invalid", "email")
    for name, value in values.items():
        longest = getattr(Contact._meta.get_field(name), "max_length", None)
        if isinstance(value, str) and longest and len(value) > longest:
            raise Refused(f"The {name} has more than {longest} characters.", "invalid", name)
    return values
