"""How a customer is engaged: the stage of the customer's life, and whether there is to be a customer project."""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction

from tenure.actions import bulk, events
from tenure.actions.refusals import Refused
from tenure.models import Account, Engagement, EngagementStage, Event, Subscription, User
from tenure.queries import clock, engagements, handbook, opportunities, visible
from tenure.rules.journey import ConfirmationShape, LifecycleShape

EDIT = "journey.edit"
LONGEST = 500
PROJECT = ("wants_project", "wants_project_by_id", "wants_project_on", "wants_project_reason")
REASONS = {"onboarding": "The onboarding began", "end_of_onboarding": "The onboarding is completed"}
CHANGED = "That has been changed since. Look at it again."


@dataclass(frozen=True)
class Confirmed:
    """Somebody confirmed something that a stage asks for; ``link`` is the address of what shows it."""

    link: str = ""


def set_stage(
    account: Account, stage: str, *, since: date, today: date, actor: User | None, at: datetime, reason: str = "",
    confirmed: Mapping[str, Confirmed] | None = None,
) -> int | None:  # fmt: skip
    """Give a customer a stage of its life from a day on (blank: none). A stage with confirmations asks for each. Returns the id of the event,
    which ``undo`` takes back; None when nothing is new. Raises Refused."""
    with transaction.atomic():
        row = _held(account, actor, at)
        reason = checked_reason(reason, needed=False, field="reason")
        shape = _stage(stage, today)
        if shape and not _has_bought(row.account, today):
            raise Refused(
                f"{row.account.name} has not bought yet: the stages of a customer's life begin with the sale.",
                "conflict",
                "stage",
            )
        if not (row.account.customer_since or date.min) <= since <= today:
            raise Refused("A stage begins on a day up to today, not before the customer was one.", "invalid", "stage_since")
        given = _confirmed(shape, confirmed or {}, actor, today) if shape else {}
        values = {"stage": stage, "stage_since": since if stage else None, "stage_reason": reason, "confirmations": given}
        same = row.stage == stage and (not stage or row.stage_since == since) and row.stage_reason == reason
        same = same and _links(row.confirmations) == _links(given)
        return None if same else _write(row, values, "engagement.stage", actor, at)


def decide_project(
    account: Account, wanted: bool | None, *, reason: str, today: date, actor: User | None, at: datetime
) -> int | None:  # fmt: skip
    """Say whether an account is to have a customer project, where the handbook doesn't require one; None takes it back. Returns as
    ``set_stage``. Raises Refused."""
    with transaction.atomic():
        row = _held(account, actor, at)
        reason = checked_reason(reason, needed=wanted is False, field="reason")
        if wanted is None and reason and reason != row.wants_project_reason:
            raise Refused("Choose yes or no for this reason, or leave it out.", "invalid", "wanted")
        reason = reason if wanted is not None else ""
        if row.wants_project is wanted and row.wants_project_reason == reason:
            return None
        _check_free(account, wanted, today)
        by = actor.pk if actor and wanted is not None else None
        values = {
            "wants_project": wanted, "wants_project_by_id": by, "wants_project_reason": reason,
            "wants_project_on": today if wanted is not None else None,
        }  # fmt: skip
        return _write(row, values, "engagement.project", actor, at)


def follow(account: Account, what: str, *, today: date, actor: User | None, at: datetime) -> int | None:
    """Give a customer the stage that begins with ``what`` (onboarding, end_of_onboarding), unless it is in that one or a later one, or left out of
    reports. For an actor who may keep what led to it. Returns as ``set_stage``."""
    stages = handbook.pack().journey.lifecycle(today)
    stage = next((key for key, one in stages.items() if one.begins_with == what), "")
    with transaction.atomic():
        if not stage:
            return None
        row, order = _locked(account, at), list(stages)
        if row.stage and (row.stage not in order or order.index(row.stage) >= order.index(stage)):
            return None
        values = {"stage": stage, "stage_since": today, "stage_reason": REASONS[what], "confirmations": {}}
        return _write(row, values, "engagement.stage", actor, at)


def take_back(account_id: int, since: datetime, *, today: date, actor: User | None, at: datetime) -> None:
    """Take back the stage that was given at that moment, where nobody has set another since."""
    event = (
        Event.objects.filter(account_id=account_id, noun="engagement", verb="engagement.stage", at=since).order_by("-id").first()
    )
    if event is not None:
        with suppress(Refused):
            undo(event.pk, today=today, actor=actor, at=at)


def undo(event_id: int, *, today: date, actor: User | None, at: datetime) -> Account:
    """Take a change back, while nothing came after it; returns the account. A decision on a project comes back only where the handbook of
    ``today`` still leaves one to take. Raises Refused."""
    with transaction.atomic():
        event = Event.objects.filter(pk=event_id, noun="engagement").first()
        account = Account.objects.filter(pk=event.account_id or 0, deleted_at=None).first() if event else None
        if event is None or account is None:
            raise Refused("There is no such change.", "not_found")
        row = _held(account, actor, at)
        kept = json.loads(event.body).get("undo") or {}
        if not kept or any(_plain(getattr(row, name)) != value for name, value in kept["after"].items()):
            raise Refused(CHANGED, "conflict")
        before = {name: engagements.typed(name, value) for name, value in kept["before"].items()}
        _check_free(account, before.get("wants_project"), today)
        _write(row, before, "engagement.undone", actor, at)
    return row.account


# --- checks that the journey shares


def check_account(account: Account, actor: User | None) -> None:
    """Refuse who may not keep this account's journey."""
    if actor is None:
        return
    if not visible.accounts(actor).filter(pk=account.pk).exists():
        raise Refused("There is no such account.", "not_found")
    if not visible.may_on(actor, EDIT, account):
        raise Refused(f"You may not change the journey of {account.name}.", "not_allowed")


def checked_reason(text: str, *, needed: bool, field: str) -> str:
    """A reason or note without blanks around it. Raises Refused."""
    text = text.strip()
    if (needed and not text) or len(text) > LONGEST or "\x00" in text:
        raise Refused(f"Say why, in at most {LONGEST} characters.", "invalid", field)
    return text


# --- steps


def _held(account: Account, actor: User | None, at: datetime) -> Engagement:
    check_account(account, actor)
    return _locked(account, at)


def _locked(account: Account, at: datetime) -> Engagement:
    """The account's row. A run that writes stages holds the lock of the log already, so whoever writes one takes that before the row."""
    bulk.lock("events")
    row, _ = Engagement.objects.select_related("account").get_or_create(account=account, defaults={"updated_at": at})
    return row


def _check_free(account: Account, wanted: bool | None, today: date) -> None:
    """Refuse a decision on a project where the handbook requires one."""
    if wanted is None or engagements.outputs(account.pk, today).get("engagement_plan", {}).get("project") != engagements.REQUIRED:
        return
    sentence = f"The handbook requires a customer project for {account.name}: there is nothing to decide."
    raise Refused(sentence, "conflict", "wanted")


def _stage(key: str, day: date) -> LifecycleShape | None:
    if not key:
        return None
    found = handbook.pack().journey.lifecycle(day).get(key)
    if found is None:
        raise Refused(f"The handbook of {day} has no such stage of a customer's life.", "invalid", "stage")
    return found


def _confirmed(shape: LifecycleShape, given: Mapping[str, Confirmed], actor: User | None, today: date) -> dict[str, Any]:
    """What is kept of the confirmations. Raises Refused where one that is needed, or its address, is missing or is no address."""
    for key, said in given.items():
        link = said.link.strip()
        if link and (len(link) > LONGEST or "\x00" in link or not link.startswith(("https://", "http://"))):
            raise Refused("Give the whole address, with https:// before it.", "invalid", key)
    lacking = [one for one in shape.confirmations if one.needed and not _holds(one, given.get(one.key))]
    if lacking:
        asked = "; ".join(one.title + (" (with its address)" if one.link else "") for one in lacking)
        raise Refused(f"{shape.title} asks for: {asked}.", "invalid", lacking[0].key)
    by = {"by": actor.pk, "name": actor.name} if actor else {}
    kept = [one for one in shape.confirmations if one.key in given]
    return {one.key: {**by, "on": today.isoformat(), "link": given[one.key].link.strip()} for one in kept}


def _has_bought(account: Account, day: date) -> bool:
    """Whether it is a customer, or was one, whatever the records call it by now."""
    sold = account.kind != "prospect" or opportunities.any_won(account.pk, day)
    rows = Subscription.objects.filter(account=account, start_date__lte=day, deleted_at=None, is_trial=False)
    return sold or rows.exclude(status="draft").exists()


def _links(confirmations: Mapping[str, Any]) -> dict[str, str]:
    """What was confirmed, with its addresses; whoever confirms the same again adds nothing."""
    return {key: said["link"] for key, said in confirmations.items()}


def _holds(one: ConfirmationShape, given: Confirmed | None) -> bool:
    if given is None or len(given.link) > LONGEST:
        return False
    return not one.link or given.link.strip().startswith(("https://", "http://"))


def _write(row: Engagement, values: Mapping[str, Any], verb: str, actor: User | None, at: datetime) -> int:
    before = {name: _plain(getattr(row, name)) for name in values}
    for name, value in values.items():
        setattr(row, name, value)
    row.updated_at = at
    row.save(update_fields=[*(name.removesuffix("_id") for name in values), "updated_at"])
    if "stage" in values:
        _keep_stage(row, taken_back=verb == "engagement.undone", at=at)
    after = {name: _plain(getattr(row, name)) for name in values}
    events.record(
        verb, "engagement", row.pk, at=at, actor=actor, account_id=row.account_id, name=row.account.name,
        before=_shown(before), after=_shown(after), undo={"before": before, "after": after},
    )  # fmt: skip
    return events.last()[0]


def _keep_stage(row: Engagement, *, taken_back: bool, at: datetime) -> None:
    """Remember since when the customer is in its stage; what is taken back leaves the one before as it was."""
    last, before = [*EngagementStage.objects.filter(account=row.account, taken_back_at=None).order_by("-pk")[:2], None, None][:2]
    was = (before.stage, before.since) if before and before.stage else ("", None)
    if taken_back and last and was == (row.stage, row.stage_since):
        last.taken_back_at = at
        last.save(update_fields=["taken_back_at"])
        return
    EngagementStage.objects.create(
        account=row.account, stage=row.stage, since=row.stage_since or clock.day_of(at), reason=row.stage_reason,
        confirmations=row.confirmations, recorded_at=at,
    )  # fmt: skip


def _shown(values: Mapping[str, Any]) -> dict[str, Any]:
    """What the log shows: without blanks and ids."""
    return {name: value for name, value in values.items() if value not in (None, "", {}) and not name.endswith("_id")}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
