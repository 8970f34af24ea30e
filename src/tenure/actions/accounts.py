"""Accounts: making, changing, deleting them. Facts that rules read keep their history by day."""

import json
from datetime import date, datetime
from typing import Any

from django.db import transaction

from tenure.actions import bulk, decisions, events, summaries
from tenure.actions.refusals import Refused
from tenure.models import VERSIONED_FACTS, Account, AccountVersion, User
from tenure.queries import handbook, visible

KINDS = ("customer", "prospect", "former")
FIELDS = tuple(name for name in VERSIONED_FACTS if name != "custom")
SHOWN_ONLY = frozenset({"name", "territory_id", "industry", "website"})  # no rule reads them
NUMBERS = ("employees", "potential_users", "stated_users", "stated_arr_minor")
LARGEST = 2**63 - 1


def create(fields: dict[str, Any], *, from_date: date, today: date, actor: User | None, at: datetime) -> Account:
    """Make an account whose facts hold from ``from_date``. ``fields`` are names of FIELDS (money in minor units). Raises Refused."""
    if actor is not None and not visible.may(actor, "account.edit"):
        raise Refused("You may not add accounts.", "not_allowed")
    values = _checked(fields)
    if not values.get("name"):
        raise Refused("An account has a name.", "invalid", "name")
    with transaction.atomic():
        decisions.lock()
        _check_parent(None, values)
        account = Account.objects.create(created_at=at, updated_at=at, **values)
        AccountVersion.objects.create(account=account, from_date=from_date, facts=facts_of(account), recorded_at=at)
        events.record("account.created", "account", account.pk, at=at, actor=actor, account_id=account.pk, after=values)
        decisions.redecide([account.pk], as_of=today, at=at, actor=actor, reason="New account")
    return account


def update(
    account: Account, fields: dict[str, Any], *, from_date: date, today: date, actor: User | None, at: datetime, reason: str = ""
) -> bool:
    """Change what differs; False when nothing does. What rules read holds from ``from_date``: until then the old facts did.

    The account is decided anew at once. Raises Refused.
    """
    values = _checked(fields)
    with transaction.atomic():
        decisions.lock()
        row = Account.objects.select_for_update(no_key=True).get(pk=account.pk)
        _check_right(row, actor)
        changed = {name: value for name, value in values.items() if getattr(row, name) != value}
        if not changed:
            return False
        if changed.get("name") == "":
            raise Refused("An account has a name.", "invalid", "name")
        _check_parent(row, changed)
        before = {name: getattr(row, name) for name in changed}
        for name, value in changed.items():
            setattr(row, name, value)
        row.updated_at = at
        row.save(update_fields=[*changed, "updated_at"])
        new_version(row, from_date, at)
        events.record(
            "account.updated",
            "account",
            row.pk,
            at=at,
            actor=actor,
            account_id=row.pk,
            before=before,
            after=changed,
            reason=reason,
        )
        _settle(row, changed, today, at, actor, reason)
    account.refresh_from_db()
    return True


def delete(account: Account, *, today: date, actor: User | None, at: datetime, reason: str = "") -> None:
    """Take an account out of every list; its history stays and ``restore`` brings it back. Raises Refused."""
    _mark(account, at, today, actor, at, "account.deleted", reason)


def restore(account: Account, *, today: date, actor: User | None, at: datetime, reason: str = "") -> None:
    """Bring a deleted account back. Raises Refused."""
    _mark(account, None, today, actor, at, "account.restored", reason)


def facts_of(account: Account) -> dict[str, Any]:
    """The facts of an account that a version keeps, as JSON values; custom facts as JSON text."""
    values = {name: getattr(account, name) for name in VERSIONED_FACTS if name != "custom"}
    texts = {name: value.isoformat() if isinstance(value, date) else value for name, value in values.items()}
    return texts | {"custom": json.dumps(account.custom, sort_keys=True)}


def new_version(account: Account, from_date: date, at: datetime) -> None:
    """Let the account's facts as they are now hold from ``from_date``; the version before ends. Raises Refused for a day before it began."""
    open_version = AccountVersion.objects.filter(account=account, until_date=None).first()
    if open_version and open_version.from_date > from_date:
        raise Refused(
            f"The facts of {account.name} are known from {open_version.from_date}: a change can't hold earlier.",
            "invalid",
            "from_date",
        )
    AccountVersion.objects.filter(account=account, until_date=None).update(until_date=from_date)
    AccountVersion.objects.create(account=account, from_date=from_date, facts=facts_of(account), recorded_at=at)


# --- steps


def _settle(row: Account, changed: dict[str, Any], today: date, at: datetime, actor: User | None, reason: str) -> None:
    """Decide anew where rules read what changed: the account, and its family where that shares facts."""
    if not set(changed) - SHOWN_ONLY:
        summaries.refresh([row.pk], today=today)
        return
    ids = family(row.pk) if set(changed) & {"employees", "parent_id"} else {row.pk}
    decisions.redecide(ids, as_of=today, at=at, actor=actor, reason=reason)


def _mark(
    account: Account, deleted_at: datetime | None, today: date, actor: User | None, at: datetime, verb: str, reason: str
) -> None:
    with transaction.atomic():
        row = Account.objects.select_for_update(no_key=True).get(pk=account.pk)
        _check_right(row, actor, of_deleted=deleted_at is None)
        if (row.deleted_at is None) == (deleted_at is None):
            raise Refused("That has been done already.", "conflict")
        Account.objects.filter(pk=row.pk).update(deleted_at=deleted_at, updated_at=at)
        events.record(verb, "account", row.pk, at=at, actor=actor, account_id=row.pk, before={"name": row.name}, reason=reason)
        summaries.refresh([row.pk], today=today)
    account.refresh_from_db()


# --- checks


def _check_right(account: Account, actor: User | None, of_deleted: bool = False) -> None:
    if actor is None:
        return
    if of_deleted:  # nobody sees it in lists: whoever sees everything may bring it back
        if not any("account.edit" in role.may and role.sees == "all" for role in visible.roles_of(actor)):
            raise Refused("There is no such account.", "not_found")
        return
    if not visible.accounts(actor).filter(pk=account.pk).exists():
        raise Refused("There is no such account.", "not_found")
    if not visible.may_on(actor, "account.edit", account):
        raise Refused("You may not change this account.", "not_allowed")


def _check_parent(account: Account | None, values: dict[str, Any]) -> None:
    """A parent exists and is not the account itself or one of its children, at any depth."""
    parent = values.get("parent_id")
    if parent is None:
        return
    bulk.lock("hierarchy")
    if account is not None and parent == account.pk:
        raise Refused(f"{account.name} can't be its own parent.", "invalid", "parent_id")
    walked: set[int] = set()
    above: int | None = parent
    while above is not None and above not in walked:
        walked.add(above)
        row = Account.objects.filter(pk=above, deleted_at=None).values("name", "parent_id").first()
        if row is None:
            raise Refused("There is no such parent account.", "invalid", "parent_id")
        above = row["parent_id"]
        if account is not None and above == account.pk:
            raise Refused(f"{row['name']} belongs to {account.name} already, so it can't be above it.", "invalid", "parent_id")


def family(account_id: int) -> set[int]:
    """Everybody above and below."""
    found, level = {account_id}, {account_id}
    while level:
        up = set(Account.objects.filter(pk__in=level, parent__isnull=False).values_list("parent_id", flat=True))
        down = set(Account.objects.filter(parent__in=level).values_list("pk", flat=True))
        level = {pk for pk in up | down if pk is not None} - found
        found |= level
    return found


def _checked(fields: dict[str, Any]) -> dict[str, Any]:
    strange = set(fields) - set(FIELDS)
    if strange:
        raise Refused(f"An account has no {', '.join(sorted(strange))}.", "invalid", min(strange))
    values = {name: value.strip() if isinstance(value, str) else value for name, value in fields.items()}
    for name, value in values.items():
        _check_field(name, value)
    pack = handbook.pack()
    for name, fact in (("region", "region"), ("given_segment", "segment"), ("stated_product", "product")):
        if values.get(name):
            word = pack.fact(fact).word(values[name])
            if word is None:
                raise Refused(
                    f"'{values[name]}' is not a {fact} of the handbook: {', '.join(pack.fact(fact).words)}.", "invalid", name
                )
            values[name] = word
    return values


def _check_field(name: str, value: Any) -> None:
    longest = getattr(Account._meta.get_field(name), "max_length", None)
    if isinstance(value, str) and longest and len(value) > longest:
        raise Refused(f"The {name} has more than {longest} characters.", "invalid", name)
    lowest = -1 if name == "employees" else 0  # -1: looked for, not found
    if name in NUMBERS and value is not None and not lowest <= value <= LARGEST:
        raise Refused(f"The {name.removesuffix('_minor').replace('_', ' ')} can't be {value}.", "invalid", name)
    if name == "kind" and value not in KINDS:
        raise Refused(f"An account is a {', '.join(KINDS)}: not '{value}'.", "invalid", "kind")
    if name == "currency" and not (len(value) == 3 and value.isascii() and value.isalpha() and value.isupper()):
        raise Refused(f"'{value}' is not a currency like USD.", "invalid", "currency")
