"""Services for an account: recording what was delivered, planning it, changing and taking that back; paid ones use up paid hours."""

import json
from collections.abc import Mapping
from contextlib import suppress
from datetime import date, datetime
from typing import Any

from django.db import transaction

from tenure.actions import events, hours
from tenure.actions.hours import LOG, check_account
from tenure.actions.refusals import Refused
from tenure.models import Account, Activity, Event, ServiceDelivery, User
from tenure.queries import clock, handbook, visible
from tenure.queries import services as queries

FIELDS = ("service", "delivered_on", "delivered_by", "minutes", "paid", "note", "activity")
EARLIEST = date(2000, 1, 1)
FARTHEST = 366  # days from today to a plan
MOST_MINUTES = 60 * 24 * 31
UNKNOWN = "There is no such delivery."
DONE = "That has been done already."
TAKEN_BACK = "The entry that delivered it was taken back"


def deliver(account: Account, fields: Mapping[str, Any], *, today: date, actor: User | None, at: datetime) -> ServiceDelivery:
    """Record a service that was delivered on a day up to ``today``; ``service`` is needed. One marked as ``paid`` takes its minutes from
    the account's paid hours. Raises Refused."""
    return _create(account, fields, "delivered", today, actor, at)


def plan(account: Account, fields: Mapping[str, Any], *, today: date, actor: User | None, at: datetime) -> ServiceDelivery:
    """Plan a service for a day from ``today`` on; paid hours are kept for it. Raises Refused."""
    return _create(account, fields, "planned", today, actor, at)


def update(
    delivery: ServiceDelivery,
    fields: Mapping[str, Any],
    *,
    today: date,
    actor: User | None,
    at: datetime,
    delivered: bool = False,
) -> bool:
    """Change what differs; False when nothing does. ``delivered``: what was planned has been delivered. Raises Refused."""
    with transaction.atomic():
        row = _held(delivery, actor)
        if row.deleted_at is not None or row.status == "cancelled" or (delivered and row.status != "planned"):
            raise Refused(DONE, "conflict")
        plan = {"plan": _plan(row)} if delivered else {}
        status = "delivered" if delivered else row.status
        values = _checked({**_values(row), **fields}, row.account, status, today, row) | {"status": status}
        before = hours.short(row.account)
        changed = {name: value for name, value in values.items() if getattr(row, name) != value}
        if not changed:
            return False
        was = {name: _plain(getattr(row, name)) for name in changed}
        for name, value in changed.items():
            setattr(row, name, value)
        row.save()
        hours.check(row.account, before, row.pk)
        verb = "service.delivered" if "status" in changed else "service.updated"
        _tell(verb, row, actor, at, before=was, after={name: _plain(value) for name, value in changed.items()}, **plan)
    delivery.refresh_from_db()
    return True


def cancel(delivery: ServiceDelivery, reason: str, *, actor: User | None, at: datetime) -> None:
    """Call off what was planned; paid hours that were kept for it are free again. ``restore`` brings it back. Raises Refused."""
    reason = reason.strip()
    if not reason or len(reason) > 300 or "\x00" in reason:
        raise Refused("Say why, in at most 300 characters.", "invalid", "reason")
    with transaction.atomic():
        row = _held(delivery, actor)
        if row.status != "planned" or row.deleted_at is not None:
            raise Refused("Only what is planned can be called off.", "conflict")
        row.status = "cancelled"
        row.save(update_fields=["status"])
        _tell("service.cancelled", row, actor, at, before=_told(row), reason=reason)
    delivery.refresh_from_db()


def delete(delivery: ServiceDelivery, *, actor: User | None, at: datetime) -> None:
    """Take a delivery off the account; its paid hours are free again. ``restore`` brings it back. Raises Refused."""
    with transaction.atomic():
        row = _held(delivery, actor)
        if row.deleted_at is not None:
            raise Refused(DONE, "conflict")
        row.deleted_at = at
        row.save(update_fields=["deleted_at"])
        _tell("service.deleted", row, actor, at, before=_told(row))
    delivery.refresh_from_db()


def restore(delivery: ServiceDelivery, *, actor: User | None, at: datetime) -> None:
    """Bring back what was deleted or called off; its paid hours must still be there. Raises Refused."""
    with transaction.atomic():
        row = _held(delivery, actor)
        if row.deleted_at is None and row.status != "cancelled":
            raise Refused(DONE, "conflict")
        before = hours.short(row.account)
        row.status = "planned" if row.deleted_at is None else row.status
        row.deleted_at = None
        row.save(update_fields=["status", "deleted_at"])
        hours.check(row.account, before, row.pk)
        _tell("service.restored", row, actor, at, after=_told(row))
    delivery.refresh_from_db()


def deliver_with(
    entry: Activity, service: str, *, until: date, today: date, actor: User | None, at: datetime
) -> ServiceDelivery | None:
    """Record the service that an entry of the timeline delivers, once: what was planned for it, or for a day up to ``until``, is fulfilled;
    else it is a delivery of its own. None where the entry has delivered it already. Raises Refused."""
    with transaction.atomic():
        check_account(entry.account, actor)
        if ServiceDelivery.objects.filter(activity=entry, service=service, status="delivered", deleted_at=None).exists():
            return None
        day = min(clock.day_of(entry.happened_at), today) if entry.happened_at else today
        given = {"service": service, "activity": entry, "minutes": entry.minutes or 0, "delivered_on": day}
        plan = queries.plan_of(entry, service, max(until, day))
        if plan is None:
            return deliver(entry.account, given, today=today, actor=actor, at=at)
        given |= {"minutes": entry.minutes or plan.minutes, "delivered_by": actor or plan.delivered_by}
        update(plan, given, today=today, actor=actor, at=at, delivered=True)
    return plan


def take_along(activity: Activity, *, actor: User | None, at: datetime) -> None:
    """Take back what was delivered with an entry that is deleted or not held after all: what it fulfilled is planned again, for this entry;
    the rest is deleted. Call in its transaction."""
    rows = ServiceDelivery.objects.select_for_update(of=("self",), no_key=True).select_related("account")
    for row in rows.filter(activity=activity, status="delivered", deleted_at=None):
        if (plan := _planned_before(row)) and _plan_again(row, plan, actor, at):
            continue
        row.deleted_at = at
        row.save(update_fields=["deleted_at"])
        _tell("service.deleted", row, actor, at, before=_told(row))


def bring_along(activity: Activity, deleted_at: datetime, *, actor: User | None, at: datetime) -> None:
    """Bring back what was deleted with an entry, and fulfil again what is planned for it. Call in the transaction that brings the entry back.
    Raises Refused where the paid hours are gone."""
    rows = ServiceDelivery.objects.select_for_update(of=("self",), no_key=True).select_related("account")
    for row in rows.filter(activity=activity, deleted_at=deleted_at):
        before = hours.short(row.account)
        row.deleted_at = None
        row.save(update_fields=["deleted_at"])
        hours.check(row.account, before, row.pk)
        _tell("service.restored", row, actor, at, after=_told(row))
    today = clock.day_of(at)
    for row in rows.filter(activity=activity, status="planned", deleted_at=None) if not activity.planned else ():
        deliver_with(activity, row.service, until=today, today=today, actor=actor, at=at)


# --- checks and steps


def _create(
    account: Account, fields: Mapping[str, Any], status: str, today: date, actor: User | None, at: datetime
) -> ServiceDelivery:
    given = {"service": "", "delivered_on": today, "delivered_by": actor, **fields}
    with transaction.atomic():
        check_account(account, actor)
        values = _checked(given, account, status, today)
        before = hours.short(account)
        row = ServiceDelivery.objects.create(account=account, status=status, created_by=actor, created_at=at, **values)
        hours.check(account, before, row.pk)
        _tell(f"service.{status}", row, actor, at, after=_told(row))
    return row


def _plan(row: ServiceDelivery) -> dict[str, Any]:
    """What was planned, as the log keeps it beside its fulfilment."""
    kept = {name: getattr(row, name) for name in ("minutes", "paid", "note", "delivered_by_id")}
    return {**kept, "delivered_on": row.delivered_on.isoformat()}


def _planned_before(row: ServiceDelivery) -> dict[str, Any] | None:
    """What a delivery fulfilled; None where it was no plan."""
    told = Event.objects.filter(account_id=row.account_id, noun="service", object_id=row.pk, verb="service.delivered")
    last = told.order_by("-id").first()
    found: dict[str, Any] | None = json.loads(last.body).get("plan") if last else None
    return found


def _plan_again(row: ServiceDelivery, plan: Mapping[str, Any], actor: User | None, at: datetime) -> bool:
    """Plan again what an entry fulfilled that is taken back; False where the paid hours for it are gone."""
    before, was, now = hours.short(row.account), _told(row), {**plan, "status": "planned"}
    with suppress(Refused), transaction.atomic():
        for name, value in {**now, "delivered_on": date.fromisoformat(plan["delivered_on"])}.items():
            setattr(row, name, value)
        row.save(update_fields=list(now))
        hours.check(row.account, before, row.pk)
        _tell("service.planned", row, actor, at, before=was, after=_told(row), reason=TAKEN_BACK)
        return True
    row.refresh_from_db()
    return False


def _checked(
    fields: Mapping[str, Any], account: Account, status: str, today: date, row: ServiceDelivery | None = None
) -> dict[str, Any]:
    """The fields as they are stored. Raises Refused."""
    if strange := set(fields) - set(FIELDS):
        raise Refused(f"A delivery has no {', '.join(sorted(strange))}.", "invalid", min(strange))
    values: dict[str, Any] = {name: value.strip() if isinstance(value, str) else value for name, value in fields.items()}
    found = handbook.pack().services.get(values["service"])
    if found is None:
        raise Refused("Choose a service of the handbook.", "invalid", "service")
    _check_day(values["delivered_on"], status, today, row)
    if not found.on(values["delivered_on"]):
        raise Refused(f"The handbook of {values['delivered_on']} has no {found.title}.", "invalid", "delivered_on")
    values["paid"] = bool(values.get("paid")) or found.paid
    values["minutes"] = _minutes(values.get("minutes"), values["paid"])
    note = values.get("note", "")
    if len(note) > 1000 or "\x00" in note:
        raise Refused("A note has at most 1,000 characters.", "invalid", "note")
    _check_person(values.get("delivered_by"), account, row)
    activity: Activity | None = values.get("activity")
    if activity is not None and activity.account_id != account.pk:
        raise Refused("That call was with another account.", "invalid", "activity")
    return values


def _check_day(day: date | None, status: str, today: date, row: ServiceDelivery | None) -> None:
    if day is None or not day >= EARLIEST:
        raise Refused("Give the day.", "invalid", "delivered_on")
    if status == "delivered" and day > today:
        raise Refused("What was delivered was so on a day up to today.", "invalid", "delivered_on")
    if status == "planned" and (day - today).days > FARTHEST:
        raise Refused("Plan within a year of today.", "invalid", "delivered_on")
    if status == "planned" and day < today and (row is None or row.delivered_on != day):
        raise Refused("A plan is for today or a later day.", "invalid", "delivered_on")


def _minutes(minutes: Any, paid: bool) -> int:
    if minutes is None:
        minutes = 0
    if not isinstance(minutes, int) or not 0 <= minutes <= MOST_MINUTES:
        raise Refused("Give the time in hours, like 1.5 or 1:30.", "invalid", "minutes")
    if paid and not minutes:
        raise Refused("Paid hours are taken by time: say how long it took.", "invalid", "minutes")
    return minutes


def _check_person(person: User | None, account: Account, row: ServiceDelivery | None) -> None:
    if person is None or (row is not None and row.delivered_by_id == person.pk):
        return
    if not person.is_active or not visible.may(person, LOG) or not visible.accounts(person).filter(pk=account.pk).exists():
        raise Refused(f"{person.name} doesn't work on {account.name}.", "invalid", "delivered_by")


def _held(delivery: ServiceDelivery, actor: User | None) -> ServiceDelivery:
    """The locked row, if the actor may change it. Raises Refused."""
    row = ServiceDelivery.objects.select_related("account", "delivered_by", "activity").filter(pk=delivery.pk).first()
    if row is None or (actor is not None and not visible.accounts(actor).filter(pk=row.account_id).exists()):
        raise Refused(UNKNOWN, "not_found")
    check_account(row.account, actor)
    return ServiceDelivery.objects.select_for_update(of=("self",), no_key=True).select_related("account").get(pk=row.pk)


def _values(row: ServiceDelivery) -> dict[str, Any]:
    return {name: getattr(row, name) for name in FIELDS}


def _told(row: ServiceDelivery) -> dict[str, Any]:
    """What the log keeps of a delivery."""
    found = {name: _plain(getattr(row, name)) for name in ("delivered_on", "delivered_by", "minutes", "paid", "note")}
    return {name: value for name, value in found.items() if value not in (None, "", 0, False)}


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, User | Activity) else value


def _tell(verb: str, row: ServiceDelivery, actor: User | None, at: datetime, **sides: Any) -> None:
    service = handbook.pack().services.get(row.service)
    name = service.title if service else row.service
    events.record(verb, "service", row.pk, at=at, actor=actor, account_id=row.account_id, name=name, **sides)
