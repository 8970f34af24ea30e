"""Onboardings: making one, keeping it true, its status, completing it, milestones of use, taking back. The days that it took and its track
follow every change."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction

from tenure.actions import bulk, cascades_writing, engagements, events, merging, onboardings_play
from tenure.actions.merging import Clash
from tenure.actions.onboardings_fields import Incomplete, check_day, check_order, checked, put, stored, told
from tenure.actions.refusals import Refused
from tenure.models import Account, AccountSummary, Event, Onboarding, OnboardingMilestone, User
from tenure.queries import handbook, visible
from tenure.queries import onboardings as queries
from tenure.queries.onboardings import EDIT
from tenure.rules import onboarding as rules
from tenure.rules.onboarding import OnboardingShape

UNKNOWN = "There is no such onboarding."
DONE = "That has been done already."
STATE = ("status", "is_open", "closed_at")


@dataclass(frozen=True)
class Changed:
    """What came of a change: the id of its event, which ``undo`` takes back (None = nothing was saved), and what was not saved."""

    event: int | None = None
    clashes: Sequence[Clash] = ()


def create(
    account: Account, fields: Mapping[str, Any], *, today: date, actor: User | None, at: datetime, cause: str = "person",
    natural_key: str | None = None, run_id: int | None = None,
) -> Onboarding:  # fmt: skip
    """Begin an onboarding by the handbook of ``today``. By hand everything must be given that the edition asks for. Defaults: the purchase date is the
    close date of the opportunity, the contract date the day since which the account is a customer (else the purchase date), the gemstone the account's. The team
    is copied. An account has one open onboarding: by hand a second one is refused, of a rule it is noted on the open one, which is returned. A natural key makes one only once. Raises Refused."""
    with transaction.atomic():
        _check_account(account, actor)
        lock()
        edition = handbook.pack().onboarding.edition(today)
        if edition is None or cause not in {one.key for one in edition.created}:
            raise Refused("The handbook of today begins no such onboarding.", "invalid")
        if natural_key is not None and (made := Onboarding.objects.filter(natural_key=natural_key).first()):
            return made
        held = queries.open_of(account.pk).first()
        if held is not None:
            return _join(held, cause, natural_key, today, at, run_id)
        values = _defaults(account, checked(fields, account, today))
        if cause == "person" and (lacking := rules.missing(edition.by_hand, {**values, "account": account.pk})):
            raise Incomplete("An onboarding that is made by hand needs", lacking)
        if values.get("finish_date"):
            raise Refused("Complete the onboarding to give its finish.", "invalid", "finish_date")
        row = Onboarding(
            account=account, cause=cause, natural_key=natural_key, edition=handbook.pack().onboarding.since(today),
            status=edition.statuses[0].key, team=queries.team_of(account.pk, today), created_by=actor, created_at=at, updated_at=at,
            edited=sorted(fields) if actor else [], first_value_by="person" if values.get("first_value") else "", **values,
        )  # fmt: skip
        reckon(row, today)
        row.save()
        given = {name: value for name, value in told(row, values).items() if value not in (None, "")}
        _tell("created", row, actor, at, run_id=run_id, after={**given, "status": row.status, "cause": cause})
        engagements.follow(account, "onboarding", today=today, actor=actor, at=at)
    return row


def change(
    onboarding: Onboarding, fields: Mapping[str, Any], *, today: date, actor: User | None, at: datetime, seen: Mapping[str, Any] | None = None
) -> Changed:  # fmt: skip
    """Change fields. ``seen``: what the person saw; what somebody else has changed since is not overwritten but comes back as clashes. Raises Refused."""
    with transaction.atomic():
        row = _held(onboarding, actor)
        values = checked(fields, row.account, today, row)
        if row.is_open and values.get("finish_date"):
            raise Refused("Complete the onboarding to give its finish.", "invalid", "finish_date")
        mine, clashes = merging.split({name: getattr(row, name) for name in values}, values, dict(seen or {}))
        event = _write(row, mine, "updated", today, actor, at)
    onboarding.refresh_from_db()
    return Changed(event, clashes)


def set_status(onboarding: Onboarding, status: str, *, today: date, actor: User | None, at: datetime) -> Changed:
    """Give it a status of its edition. One that ends it asks for what ``complete`` asks; an open one opens what was over again, without its finish. Raises Refused."""
    with transaction.atomic():
        cascades_writing.lock()
        row = _held(onboarding, actor)
        found = _edition(row).status(status)
        if found is None:
            raise Refused("Choose a status of the handbook.", "invalid", "status")
        if not found.open and row.status != status:
            event = _complete(row, {}, status, today, actor, at)
        else:
            again = {"finish_date": None} if found.open and not row.is_open else {}
            if again and row.playbook_use_id:  # its play is over: a run must not complete it again by that
                row.because = {**row.because, "reopened": row.playbook_use_id}
            state = {"status": status, "is_open": found.open, "closed_at": None if found.open else row.closed_at}
            event = _write(row, {**again, **state}, "status", today, actor, at)
    onboarding.refresh_from_db()
    return Changed(event)


def complete(onboarding: Onboarding, fields: Mapping[str, Any], *, today: date, actor: User | None, at: datetime) -> Changed:
    """Complete it, with what the person gives along; the finish is ``today`` unless told. The CTA of its playbook closes with it. Raises Incomplete with what the edition still asks for, else
    Refused; then nothing is changed."""
    with transaction.atomic():
        cascades_writing.lock()
        row = _held(onboarding, actor)
        last = next(status.key for status in _edition(row).statuses if not status.open)
        event = _complete(row, checked(fields, row.account, today, row), last, today, actor, at)
    onboarding.refresh_from_db()
    return Changed(event)


def milestone(
    onboarding: Onboarding, key: str, reached_on: date | None, *, today: date, actor: User | None, at: datetime, source: str = "person"
) -> Changed:  # fmt: skip
    """Record the day on which a milestone of use was reached (None takes it away). That of first value sets the first value date, unless a
    person has. Raises Refused."""
    with transaction.atomic():
        row = _held(onboarding, actor)
        book, edition = handbook.pack().onboarding, row.edition or today
        if key not in book.milestones_on(edition):
            raise Refused("The handbook of this onboarding has no such milestone.", "invalid", "key")
        check_day("reached_on", reached_on, today)
        value = book.times(edition).get("value")
        along: dict[str, Any] = {}
        if value and value.milestone == key and (row.first_value is None or row.first_value_by == "licences"):
            along = {"first_value": reached_on, "first_value_by": "licences" if reached_on else ""}
        before = _mark(row, key, reached_on, source, actor, at)
        event = None
        if before != reached_on:
            event = _write(row, along, "milestone", today, actor, at, mark=(key, before, reached_on, source))
    onboarding.refresh_from_db()
    return Changed(event)


def delete(onboarding: Onboarding, *, actor: User | None, at: datetime) -> None:
    """Take an onboarding off the account; ``restore`` brings it back. Raises Refused."""
    with transaction.atomic():
        row = _held(onboarding, actor)
        row.deleted_at = row.updated_at = at
        row.save(update_fields=["deleted_at", "updated_at"])
        _tell("deleted", row, actor, at, before={"name": row.name, "status": row.status})
    onboarding.refresh_from_db()


def restore(onboarding: Onboarding, *, actor: User | None, at: datetime) -> None:
    """Bring a deleted one back. Raises Refused, also where the account has another open one by now."""
    with transaction.atomic():
        row = _held(onboarding, actor, deleted=True)
        row.deleted_at, row.updated_at = None, at
        _check_alone(row)
        row.save(update_fields=["deleted_at", "updated_at"])
        _tell("restored", row, actor, at, after={"name": row.name, "status": row.status})
    onboarding.refresh_from_db()


def undo(onboarding: Onboarding, event_id: int, *, today: date, actor: User | None, at: datetime) -> None:
    """Take a change, a status, a completion or a milestone back. Raises Refused where what it wrote has been changed since."""
    with transaction.atomic():
        cascades_writing.lock()
        row = _held(onboarding, actor)
        event = Event.objects.filter(pk=event_id, account_id=row.account_id, noun="onboarding", object_id=row.pk).first()
        kept = json.loads(event.body).get("undo") if event else None
        if kept is None:
            raise Refused("There is nothing to take back.", "not_found")
        mark = kept.get("mark")
        if stored(row, kept["after"]) != kept["after"] or (mark and _reached(row, mark["key"]) != mark["after"]):
            raise Refused("It has been changed since.", "conflict")
        was = told(row, kept["after"])
        if mark:
            _mark(row, mark["key"], date.fromisoformat(mark["before"]) if mark["before"] else None, mark["source"], actor, at)
        onboardings_play.take_back(kept.get("play"), actor=actor, at=at)
        put(row, kept["before"])
        _save(row, today, at)
        _stage_back(row, event, today, actor, at)
        _tell("undone", row, actor, at, before=was, after=told(row, kept["before"]), of=event_id)
    onboarding.refresh_from_db()


def lock() -> None:
    """Let one transaction at a time work on onboardings, so that an account has one open one. Taken after the lock of work, and before any row
    and any event."""
    bulk.lock("onboardings")


def reckon(row: Onboarding, today: date, tam: Mapping[int, date | None] | None = None) -> None:
    """Set the days that it took and its track, by its edition; nothing is saved. ``tam``: see ``queries.values_of``."""
    book, edition, values = handbook.pack().onboarding, row.edition or today, queries.values_of(row, tam)
    times = book.times(edition)
    for key in ("engage", "value", "onboard"):
        setattr(row, f"days_to_{key}", rules.days(times[key], values) if key in times else None)
    row.track = rules.track(book, edition, values, today) if row.is_open else ""


# --- steps


def _join(held: Onboarding, cause: str, natural_key: str | None, today: date, at: datetime, run_id: int | None) -> Onboarding:
    """A further cause for an onboarding that is open already, noted once. Raises Refused for one by hand."""
    if cause == "person":
        raise Refused(f"{held.account.name} has an open onboarding: {held.name}.", "conflict")
    also = list(held.because.get("also", ()))
    if natural_key != held.natural_key and natural_key not in [one["key"] for one in also]:
        held.because = {**held.because, "also": [*also, {"cause": cause, "key": natural_key, "on": today.isoformat()}]}
        held.updated_at = at
        held.save(update_fields=["because", "updated_at"])
        _tell("joined", held, None, at, run_id=run_id, after={"cause": cause})
    return held


def _defaults(account: Account, values: dict[str, Any]) -> dict[str, Any]:
    opportunity = values.get("opportunity")
    if values.get("purchase_date") is None and opportunity is not None:
        values["purchase_date"] = opportunity.close_date
    if values.get("contract_date") is None:
        values["contract_date"] = account.customer_since or values.get("purchase_date")
    if not values.get("gemstone"):
        values["gemstone"] = AccountSummary.objects.filter(pk=account.pk).values_list("gemstone", flat=True).first() or ""
    return values


def _stage_back(row: Onboarding, event: Event | None, today: date, actor: User | None, at: datetime) -> None:
    """Give the customer back the stage that a completion ended, where nobody has set another since."""
    if event is not None and event.verb == "onboarding.completed":
        engagements.take_back(row.account_id, event.at, today=today, actor=actor, at=at)


def _complete(row: Onboarding, values: dict[str, Any], status: str, today: date, actor: User | None, at: datetime) -> int | None:
    if not row.is_open:
        raise Refused(DONE, "conflict")
    finish = values.get("finish_date") or today
    ended = {**values, "finish_date": finish, "status": status, "is_open": False, "closed_at": at}
    play = {"play": onboardings_play.close(row, actor=actor, at=at)} if row.playbook_use_id else {}
    event = _write(row, ended, "completed", today, actor, at, more=play)
    engagements.follow(row.account, "end_of_onboarding", today=today, actor=actor, at=at)
    return event


def _write(
    row: Onboarding, values: Mapping[str, Any], verb: str, today: date, actor: User | None, at: datetime,
    mark: tuple[str, date | None, date | None, str] | None = None, more: Mapping[str, Any] | None = None,
) -> int | None:  # fmt: skip
    """Set what differs, reckon, save and tell; the event's id, None where nothing differs. ``more`` is kept for taking it back. Raises Refused."""
    new = {name: value for name, value in values.items() if getattr(row, name) != value}
    if not new and mark is None:
        return None
    if actor is not None and verb in ("updated", "completed", "status"):
        mine = {name for name in new if name == "status" or name not in STATE}
        row.edited = sorted({*row.edited, *mine})  # an undo leaves it: a person has been there
        if "first_value" in new:
            new["first_value_by"] = "person" if new["first_value"] else ""
    shown = [name for name in new if name not in ("is_open", "closed_at", "first_value_by")]
    was, kept = told(row, shown), stored(row, new)
    for name, value in new.items():
        setattr(row, name, value)
    _check_whole(row)
    _save(row, today, at)
    undo: dict[str, Any] = {"before": kept, "after": stored(row, new), **(more or {})}
    now = told(row, shown)
    if mark is not None:
        key, before, after, source = mark
        undo["mark"] = {
            "key": key,
            "before": before and before.isoformat(),
            "after": after and after.isoformat(),
            "source": source,
        }
        was, now = {**was, key: before}, {**now, key: after}
    return _tell(verb, row, actor, at, before=was, after=now, undo=undo)


def _check_whole(row: Onboarding) -> None:
    """What an onboarding must keep to as a whole. Raises Refused."""
    check_order(row)
    status = _edition(row).status(row.status)
    if status and (lacking := rules.missing(status.asks, queries.values_of(row))):
        raise Incomplete(f"{status.title} asks for", lacking)
    if not row.is_open and row.finish_date is None:
        raise Incomplete("An onboarding that is over needs", ["finish_date"])


def _save(row: Onboarding, today: date, at: datetime) -> None:
    _check_alone(row)
    reckon(row, today)
    row.updated_at = at
    row.save()


def _check_alone(row: Onboarding) -> None:
    if row.is_open and queries.open_of(row.account_id).exclude(pk=row.pk).exists():
        raise Refused(f"{row.account.name} has another open onboarding.", "conflict")


def _mark(row: Onboarding, key: str, reached_on: date | None, source: str, actor: User | None, at: datetime) -> date | None:
    """Set or take away a milestone; the day that it had."""
    held = OnboardingMilestone.objects.filter(onboarding=row, key=key).first()
    before = held.reached_on if held else None
    if before == reached_on:
        return before
    if held and reached_on is None:
        held.delete()
    elif reached_on is not None:
        values = {"reached_on": reached_on, "source": source, "author": actor, "recorded_at": at}
        OnboardingMilestone.objects.update_or_create(onboarding=row, key=key, defaults=values)
    return before


def _reached(row: Onboarding, key: str) -> str | None:
    found = OnboardingMilestone.objects.filter(onboarding=row, key=key).first()
    return found.reached_on.isoformat() if found else None


def _edition(row: Onboarding) -> OnboardingShape:
    found = handbook.pack().onboarding.edition(row.edition) if row.edition else None
    if found is None:
        raise Refused("The handbook has no edition for this onboarding.", "conflict")
    return found


def _check_account(account: Account, actor: User | None) -> None:
    if actor is None:
        return
    if not visible.accounts(actor).filter(pk=account.pk).exists():
        raise Refused("There is no such account.", "not_found")
    if not visible.may_on(actor, EDIT, account):
        raise Refused(f"You may not change onboardings of {account.name}.", "not_allowed")


def _held(onboarding: Onboarding, actor: User | None, deleted: bool = False) -> Onboarding:
    """The locked row, if the actor may change it. Raises Refused."""
    known = Onboarding.objects.select_related("account").filter(pk=onboarding.pk).first()
    if known is None or (actor is not None and not visible.accounts(actor).filter(pk=known.account_id).exists()):
        raise Refused(UNKNOWN, "not_found")
    _check_account(known.account, actor)
    lock()
    rows = Onboarding.objects.select_for_update(of=("self",), no_key=True).select_related("account", "owner", "opportunity")
    row = rows.get(pk=known.pk)
    if (row.deleted_at is not None) != deleted:
        raise Refused(DONE, "conflict")
    return row


def _tell(verb: str, row: Onboarding, actor: User | None, at: datetime, **sides: Any) -> int:
    """Append the event; its id."""
    events.record(
        f"onboarding.{verb}", "onboarding", row.pk, at=at, actor=actor, account_id=row.account_id, name=row.name, **sides
    )
    return events.last()[0]
