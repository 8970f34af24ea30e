"""The profiles of an account, value by value: setting, confirming, taking back and undoing. History is kept."""

from datetime import date, datetime
from typing import Any

from django.db import transaction

from tenure.actions import accounts, decisions, events, handovers_runs, settling
from tenure.actions.refusals import Refused
from tenure.models import Account, AccountSummary, Contact, ProfileValue, User
from tenure.queries import clock, columns, handbook, profiles_summary, visible
from tenure.queries.settling import STEPS
from tenure.rules.profiles import ProfileField
from tenure.rules.profilesreading import Unreadable, read, said

EDIT = "profile.edit"
EARLIEST = date(2000, 1, 1)
SHOWN = 300  # characters of a value in the log
UNKNOWN = "There is no such account."
CHANGED = "That has been changed since. Look at it again."


class Clash(Refused):
    """Somebody else changed the field after it was shown: ``row`` is what holds now (None = nothing), ``value`` what was to be saved."""

    def __init__(self, title: str, row: ProfileValue | None, value: Any) -> None:
        super().__init__(f"{title} was changed by somebody else meanwhile. Choose which value holds.", "conflict", "seen")
        self.row, self.value = row, value


def set_value(
    account: Account, field: str, raw: Any, *, learnt_on: date, today: date, actor: User | None, at: datetime,
    source: str = "person", note: str = "", confidence: str = "high", seen: int | None = None,
) -> ProfileValue:  # fmt: skip
    """Record what was learnt on a day: ``raw`` is a text, or a value in the shape of the field's type. The same value again confirms it and
    makes its day the newer one. ``seen``: the id of the row that the writer saw (0 = none, None = not asked). Returns what holds now: the
    old row where nothing is new. Raises Refused, and Clash where another row than ``seen`` holds another value."""
    with transaction.atomic():
        begin(field, account.pk, at)
        check_account(account, actor)
        found = field_of(field, today)
        value = checked_value(found, raw, account)
        _check_origin(learnt_on, source, note, confidence, today)
        given = {"value": value, "learnt_on": learnt_on, "source": source, "source_note": note.strip(), "confidence": confidence}
        old = _now(account, field)
        if seen is not None and seen != (old.pk if old else 0) and value != (old.value if old else None):
            raise Clash(found.title, old, value)
        if old is not None and old.value is not None:
            if old.value == value and (learnt_on < old.learnt_on or all(getattr(old, name) == given[name] for name in given)):
                return old
            if learnt_on < old.learnt_on:
                raise Refused(
                    f"{found.title} was learnt later, on {old.learnt_on}. Give a day from then on, or take that back first.",
                    "conflict",
                    "learnt_on",
                )
        same = old is not None and old.value is not None and old.value == value
        return _replace(account, found, old, given, "profile.confirmed" if same else "profile.set", actor, at)


def take_back(
    account: Account, field: str, *, today: date, actor: User | None, at: datetime, reason: str = "", seen: int | None = None
) -> ProfileValue:  # fmt: skip
    """Say that a field isn't known after all; its history stays. ``seen``: as for ``set_value``. Returns the row that says so. Raises Refused."""
    reason = reason.strip()
    if len(reason) > 300 or "\x00" in reason:
        raise Refused("Say why in at most 300 characters.", "invalid", "reason")
    with transaction.atomic():
        begin(field, account.pk, at)
        check_account(account, actor)
        found = field_of(field)
        old = _now(account, field)
        if old is None or old.value is None:
            raise Refused(f"{found.title} has no value to take back.", "conflict", "field")
        if seen is not None and seen != old.pk:
            now = f"it says {in_words(found, old.value)} now. Take that back, or leave it."
            raise Refused(f"{found.title} was changed by somebody else meanwhile: {now}", "conflict")
        given = {"value": None, "learnt_on": today, "source": "person", "source_note": reason, "confidence": "high"}
        return _replace(account, found, old, given, "profile.taken_back", actor, at)


def undo(row: ProfileValue, *, actor: User | None, at: datetime) -> ProfileValue:
    """Let what was before ``row`` hold again; only while nothing came after it. Returns what holds now, without a value where nothing was
    before. Undoing that again brings ``row`` back. Raises Refused."""
    with transaction.atomic():
        begin(row.field, row.account_id, at)
        check_account(row.account, actor)
        old = _now(row.account, row.field)
        if old is None or old.pk != row.pk:
            raise Refused(CHANGED, "conflict", "field")
        found = field_of(row.field)
        before = ProfileValue.objects.filter(account=row.account, field=row.field, pk__lt=row.pk).order_by("-pk").first()
        names = ("value", "learnt_on", "source", "source_note", "confidence")
        given = {name: getattr(before or old, name) for name in names}
        if before is None:
            given |= {"value": None, "source_note": ""}
        return _replace(row.account, found, old, given, "profile.undone", actor, at, author=before.author if before else None)


# --- what sheets and proposals share


def begin(field: str, account_id: int, at: datetime) -> None:
    """Call first in a transaction that may change a value: where it feeds a fact, rules decide anew, and only one transaction does at a time; work
    that asks for missing steps may close."""
    found = handbook.pack().profiles.fields.get(field)
    if found is not None and found.feeds:
        decisions.lock()
    settling.begin([account_id], STEPS, today=clock.day_of(at), taken_back=True)


def check_account(account: Account, actor: User | None) -> None:
    """Refuse who may not keep this account's profiles; then hold the account, so that two never set one field at once. Call in a transaction."""
    if actor is not None:
        if not visible.accounts(actor).filter(pk=account.pk).exists():
            raise Refused(UNKNOWN, "not_found")
        if not visible.may_on(actor, EDIT, account):
            raise Refused(f"You may not change the profiles of {account.name}.", "not_allowed")
    Account.objects.select_for_update(no_key=True).get(pk=account.pk)


def field_of(key: str, day: date | None = None) -> ProfileField:
    """The field of that key, if the handbook of that day (None: of any day) has it. Raises Refused."""
    found = handbook.pack().profiles.fields.get(key)
    if found is None:
        raise Refused(f"The handbook has no field '{key}'. Choose one of its profiles.", "invalid", "field")
    if day is not None and not found.on(day):
        raise Refused(f"The handbook of {day} has no field '{found.title}'.", "invalid", "field")
    return found


def checked_value(field: ProfileField, raw: Any, account: Account) -> Any:
    """The value of a field as it is stored. Raises Refused."""
    pack = handbook.pack()
    try:
        value = read(field, raw, pack.handbook.currency, pack.digits)
    except Unreadable as error:
        raise Refused(error.sentence, "invalid", field.key) from error
    contact = value.get("id") if isinstance(value, dict) else None
    if contact is not None and not Contact.objects.filter(pk=contact, account=account, deleted_at=None).exists():
        raise Refused(
            f"{field.title}: that contact is not one of {account.name}. Choose one of its contacts.", "invalid", field.key
        )
    return value


def in_words(field: ProfileField, value: Any) -> str:
    """A value as the log and pages show it."""
    text = said(field, value, handbook.pack().digits)
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"


def told(field: ProfileField, row: ProfileValue) -> dict[str, Any]:
    """What the log keeps of a value."""
    if row.value is None:
        return {"reason": row.source_note} if row.source_note else {}
    found = {"value": in_words(field, row.value), "learnt_on": row.learnt_on, "source": row.source, "confidence": row.confidence}
    return {**found, "note": row.source_note} if row.source_note else found


# --- steps


def _check_origin(learnt_on: date, source: str, note: str, confidence: str, today: date) -> None:
    terms = handbook.pack().profiles.terms
    if terms is None or source not in {one.key for one in terms.sources}:
        raise Refused("Choose where it comes from.", "invalid", "source")
    if confidence not in terms.trust:
        raise Refused(f"Choose how sure it is: {', '.join(terms.trust)}.", "invalid", "confidence")
    if len(note.strip()) > 300 or "\x00" in note:
        raise Refused("A note has at most 300 characters.", "invalid", "note")
    if not EARLIEST <= learnt_on <= today:
        raise Refused("It was learnt on a day up to today.", "invalid", "learnt_on")


def _now(account: Account, field: str) -> ProfileValue | None:
    return ProfileValue.objects.select_related("author").filter(account=account, field=field, replaced_at=None).first()


def _replace(
    account: Account, field: ProfileField, old: ProfileValue | None, given: dict[str, Any], verb: str, actor: User | None, at: datetime,
    author: User | None = None,
) -> ProfileValue:  # fmt: skip
    """Write what holds from now on, and tell of it."""
    if old is not None:
        old.replaced_at = at
        old.save(update_fields=["replaced_at"])
    row = ProfileValue.objects.create(account=account, field=field.key, author=author or actor, recorded_at=at, **given)
    before = told(field, old) if old is not None else None
    _tell(verb, row, field, actor, at, before=before, after=told(field, row))
    _settle(account, field, actor, at, old.recorded_at if old is not None and given["value"] is None else None)
    return row


def _settle(account: Account, field: ProfileField, actor: User | None, at: datetime, since: datetime | None) -> None:
    """What follows: decisions where the field feeds a fact (of the whole family where that shares it), else the account's row of lists; steps of
    the journey and hand-overs that ask for the profiles. ``since``: when what is no longer said was written down."""
    today, pack = clock.day_of(at), handbook.pack()
    if field.feeds:
        ids = accounts.family(account.pk) if field.feeds == "employees" else {account.pk}
        profile = pack.profiles.shapes[field.profile].title.lower()
        decisions.redecide(ids, as_of=today, at=at, actor=actor, reason=f"{field.title} of the {profile}")
    else:
        sums = profiles_summary.of(columns.of_ids([account.pk]), today, pack)
        percent, stale = sums.row(0)[1:] if sums.height else (0, 0)
        AccountSummary.objects.filter(pk=account.pk).update(profile_percent=percent, profile_stale=stale)
    settling.follow([account.pk], STEPS, today=today, at=at, taken_back=since)
    handovers_runs.follow(today, at=at, account_ids=[account.pk])


def _tell(verb: str, row: ProfileValue, field: ProfileField, actor: User | None, at: datetime, **sides: Any) -> None:
    events.record(
        verb, "profile", row.pk, at=at, actor=actor, account_id=row.account_id, name=field.title, field=field.key, **sides
    )
