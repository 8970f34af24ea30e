"""The timeline: logging what happened, planning calls, changing, deleting, and taking that back."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from django.db import transaction

from tenure.actions import activities_drafts as drafts
from tenure.actions import activities_steps as steps
from tenure.actions import events, handovers_runs, invitations, notices, services, settling
from tenure.actions.activities_fields import Given, NextStep, Values, checked
from tenure.actions.notices import Letter
from tenure.actions.refusals import Refused
from tenure.models import Account, Activity, User
from tenure.queries import activities as queries
from tenure.queries import activities_rights as rights
from tenure.queries import activity_kinds, clock, mentions, visible
from tenure.queries.settling import of_entry, of_plan

UNKNOWN = "There is no such entry."
DONE = "That has been done already."
CHANGED = "The entry was changed since, so nothing was taken back."
EXCERPT = 300  # of the notes in a letter
VERBS = (
    "activity.logged",
    "activity.planned",
    "activity.updated",
    "activity.held",
    "activity.deleted",
    "activity.restored",
    "activity.undone",
)
UNDONE = ("activity.updated", "activity.held")
TOLD = (
    "kind",
    "subject",
    "happened_at",
    "minutes",
    "outcome",
    "sentiment",
)  # what the history shows of a change; the rest is kept beside it


def log(
    account: Account, fields: Mapping[str, Any], *, today: date, actor: User | None, at: datetime, author: User | None = None
) -> Activity:
    """Put on the timeline what happened: kind and happened_at (a moment up to ``at``) are needed, the other ``FIELDS`` may be left out.

    Next steps become tasks of the CTA given, or of a new one (``own_cta``); colleagues named in the notes are told; ``step`` is a task that is done
    with it; what was asked for and is done by this closes. The actor's draft is used up. ``author`` is whose entry a run writes (no actor: the run settles). Raises Refused.
    """
    return _create(account, fields, False, author, today, actor, at)


def plan(
    account: Account, fields: Mapping[str, Any], *, today: date, actor: User | None, at: datetime, invite: bool = False
) -> Activity:
    """Plan a call, a meeting or another kind that can be planned; happened_at lies ahead. It counts for nothing until it is held.

    ``invite``: those who take part get an invitation by mail, and later every change of it. Raises Refused.
    """
    with transaction.atomic():
        row = _create(account, fields, True, None, today, actor, at)
        if invite:
            invitations.send(row, actor=actor, at=at)
    return row


def update(
    activity: Activity, fields: Mapping[str, Any], *, today: date, actor: User | None, at: datetime, invite: bool = False
) -> bool:
    """Change what differs; False when nothing does. ``next_steps`` are further ones: those that are tasks already stay.

    ``invite``: those who take part in what is planned are invited now. Raises Refused.
    """
    with transaction.atomic():
        changed = _change(activity, fields, False, today, actor, at)
        if invite:
            invitations.send(activity, actor=actor, at=at)
    return changed


def hold(activity: Activity, fields: Mapping[str, Any], *, today: date, actor: User | None, at: datetime) -> bool:
    """Write up a planned call that has been held. Raises Refused."""
    return _change(activity, fields, True, today, actor, at)


def delete(activity: Activity, *, actor: User | None, at: datetime) -> None:
    """Take an entry off the timeline, with its next steps that are still open; a planned one is called off. Work that closed because of
    it is open again. Raises Refused."""
    with transaction.atomic():
        _prepare(activity, actor, at)
        row = held(activity, actor)
        if row.deleted_at is not None:
            raise Refused(DONE, "conflict")
        steps.take_back(row, task_ids(row), actor=actor, at=at)
        services.take_along(row, actor=actor, at=at)
        _mark(row, at, "activity.deleted", actor, at)
        _settle(row, _moves(row), actor, at, taken_back=row.recorded_at)
        steps.untick(row, actor=actor, at=at)
    activity.refresh_from_db()


def restore(activity: Activity, *, actor: User | None, at: datetime) -> None:
    """Bring a deleted entry back, with the next steps that went with it. Raises Refused."""
    with transaction.atomic():
        _prepare(activity, actor, at)
        row = held(activity, actor)
        if row.deleted_at is None:
            raise Refused(DONE, "conflict")
        steps.bring_back(row, task_ids(row), row.deleted_at, actor=actor, at=at)
        services.bring_along(row, row.deleted_at, actor=actor, at=at)
        steps.tick_again(row, actor=actor, at=at)
        _mark(row, None, "activity.restored", actor, at)
        _settle(row, _moves(row), actor, at)
    activity.refresh_from_db()


def undo(activity: Activity, *, actor: User, at: datetime) -> None:
    """Take back one's own last change of an entry, with the next steps that came with it. Raises Refused when anything changed since."""
    with transaction.atomic():
        _prepare(activity, actor, at)
        row = held(activity, actor)
        event = queries.last_change(row, VERBS)
        said = json.loads(event.body) if event and event.verb in UNDONE and event.actor_id == actor.pk else {}
        was, now = ({**said.get(shown, {}), **said.get(kept, {})} for shown, kept in (("before", "was"), ("after", "now")))
        current = content(row)
        if not now or row.deleted_at is not None or {name: current[name] for name in now} != now:
            raise Refused(CHANGED, "conflict")
        steps.take_back(row, said.get("steps", []), actor=actor, at=at)
        moved = _moves(row)
        if event and event.verb == "activity.held":
            services.take_along(row, actor=actor, at=at)
        _put_back(row, was, at)
        _record("activity.undone", row, actor, at)
        invitations.follow(row, actor=actor, at=at)
        _settle(row, moved | _moves(row), actor, at, taken_back=row.recorded_at)
    activity.refresh_from_db()


# --- steps


def _put_back(row: Activity, was: Values, at: datetime) -> None:
    """Write what an entry said before, as the log keeps it."""
    if (moment := was.pop("happened_at", None)) is not None:
        row.happened_at = datetime.fromisoformat(moment)
    for name in ("participants", "attendees"):
        if name in was:
            getattr(row, name).set(was.pop(name))
    for name, value in was.items():
        setattr(row, name, value)
    row.updated_at = at
    row.save()


def _create(
    account: Account, fields: Mapping[str, Any], planned: bool, author: User | None, today: date, actor: User | None, at: datetime
) -> Activity:
    with transaction.atomic():
        check_account(actor, account)
        given = checked({"kind": "", "happened_at": None, **fields}, account)
        _prepare(Activity(account=account, planned=planned, **given.values), actor, at)
        _begin(account, given, actor)
        _check_moment(given.values, planned, at)
        row = Activity(
            account=account, owner=actor or author, source="tenure", planned=planned, cta=given.cta, created_at=at, updated_at=at,
            recorded_at=at, custom={"form": given.form} if given.form else {}, **given.values,
        )  # fmt: skip
        row.subject = row.subject or activity_kinds.title(row.kind)
        row.save()
        _relate(row, given)
        _step(row, given, today, actor, at)
        if given.step and not planned:
            steps.tick(row, given.step, actor=actor, at=at)
        said = content(row)
        told = {name: said[name] for name in TOLD}
        verb = "activity.planned" if planned else "activity.logged"
        _record(verb, row, actor, at, after=told, steps=task_ids(row))
        _mention(row, actor, at)
        _settle(row, _moves(row), actor, at, today=today)
        if actor:
            drafts.use_up(account, actor, planned=planned)
    return row


def _change(
    activity: Activity, fields: Mapping[str, Any], written_up: bool, today: date, actor: User | None, at: datetime
) -> bool:
    with transaction.atomic():
        _prepare(activity, actor, at, fields)
        row = held(activity, actor)
        if row.deleted_at is not None or (written_up and not row.planned):
            raise Refused(DONE, "conflict")
        given = checked(fields, row.account, row)
        _begin(row.account, given, actor)
        planned = row.planned and not written_up
        _check_moment(
            {"kind": row.kind, "happened_at": row.happened_at, **given.values}, planned, at, moved="happened_at" in given.values
        )
        before, moved = content(row), _moves(row)
        for name, value in {**given.values, "planned": planned}.items():
            setattr(row, name, value)
        row.subject = row.subject or activity_kinds.title(row.kind)
        row.cta = given.cta or row.cta
        row.custom = {**row.custom, "form": given.form} if given.form else row.custom
        _relate(row, given)
        known = task_ids(row)
        _step(row, given, today, actor, at)
        changed = _save(row, before, written_up, [pk for pk in task_ids(row) if pk not in known], actor, at)
        if changed:
            _mention(row, actor, at)
            _settle(row, moved | _moves(row), actor, at, today=today, taken_back=row.recorded_at)
        if actor:
            drafts.use_up(row.account, actor, of=row.pk)
    activity.refresh_from_db()
    return changed


def _save(row: Activity, before: Values, written_up: bool, made: Sequence[int], actor: User | None, at: datetime) -> bool:
    """Write a changed entry with its Event; False where nothing differs."""
    after = content(row)
    names = [name for name in after if after[name] != before[name]]
    if not names:
        return False
    row.updated_at = at
    row.save()
    verb = "activity.held" if written_up else "activity.updated"
    parts = [{name: side[name] for name in names if (name in TOLD) == told} for told in (True, False) for side in (before, after)]
    _record(verb, row, actor, at, before=parts[0], after=parts[1], was=parts[2], now=parts[3], steps=list(made))
    invitations.follow(row, actor=actor, at=at)
    return True


def content(row: Activity) -> Values:
    """What an entry says, by field, as the log can keep it."""
    moment = row.happened_at.astimezone(UTC).isoformat().replace("+00:00", "Z") if row.happened_at else None
    plain = {
        name: getattr(row, name) for name in ("kind", "subject", "body", "minutes", "outcome", "sentiment", "template", "planned")
    }
    return {
        **plain, "happened_at": moment, "cta_id": row.cta_id, "next_steps": row.next_steps,
        "participants": sorted(row.participants.values_list("pk", flat=True)),
        "attendees": sorted(row.attendees.values_list("pk", flat=True)),
    }  # fmt: skip


def task_ids(row: Activity) -> list[int]:
    """Ids of the tasks that its next steps have become."""
    return [step["task"] for step in row.next_steps if step.get("task")]


def _relate(row: Activity, given: Given) -> None:
    if given.participants is not None:
        row.participants.set(given.participants)
    if given.attendees is not None:
        row.attendees.set(given.attendees)


def _step(row: Activity, given: Given, today: date, actor: User | None, at: datetime) -> None:
    """Make tasks of what comes next; the steps that are tasks already stay before them."""
    fresh = [NextStep(step.title.strip(), step.owner_id, step.due) for step in given.steps or [] if step.task is None]
    if fresh:
        on = row.cta if row.cta and row.cta.is_open and not given.own_cta else None
        made = steps.make(row, fresh, on, today=today, actor=actor, at=at)
        row.next_steps = [*row.next_steps, *(step.stored() for step in made)]
        row.save(update_fields=["next_steps"])


def _mark(row: Activity, deleted_at: datetime | None, verb: str, actor: User | None, at: datetime) -> None:
    row.deleted_at, row.updated_at = deleted_at, at
    row.save(update_fields=["deleted_at", "updated_at"])
    _record(verb, row, actor, at, before={"subject": row.subject} if deleted_at else None)
    invitations.follow(row, actor=actor, at=at)


def _moves(row: Activity) -> frozenset[str]:
    """The facts that an entry moves; while it is only planned, that it is."""
    return (of_plan if row.planned else of_entry)(row.kind, row.sentiment, row.template)


def _prepare(row: Activity, actor: User | None, at: datetime, fields: Mapping[str, Any] | None = None) -> None:
    """Before an entry is locked that moves, or with ``fields`` will move, facts by which work closes."""
    if actor is not None:
        kind, sentiment, template = (
            str((fields or {}).get(name) or getattr(row, name)) for name in ("kind", "sentiment", "template")
        )
        moved = (
            _moves(row)
            if fields is None
            else of_entry(row.kind, row.sentiment, row.template) | of_entry(kind, sentiment, template)
        )
        settling.begin([row.account_id], moved, today=clock.day_of(at), taken_back=row.pk is not None)


def _settle(
    row: Activity, moved: frozenset[str], actor: User | None, at: datetime, *, today: date | None = None, taken_back: datetime | None = None
) -> None:  # fmt: skip
    """What is done by the entry closes now, and what was closed by what it said before is open again; a run settles by itself."""
    if actor is not None:
        settling.follow([row.account_id], moved, today=today or clock.day_of(at), at=at, taken_back=taken_back)
        handovers_runs.follow(today or clock.day_of(at), at=at, account_ids=[row.account_id])


def _record(verb: str, row: Activity, actor: User | None, at: datetime, **told: Any) -> None:
    events.record(verb, "activity", row.pk, at=at, actor=actor, account_id=row.account_id, name=row.subject, **told)


def _mention(row: Activity, actor: User | None, at: datetime) -> None:
    """Remember who is named in the notes, and tell who was not told yet."""
    people = mentions.named(row.body, row.account)
    row.mentioned.set(people)
    excerpt = mentions.MENTION.sub(r"\1", row.body)[:EXCERPT]
    by = actor or row.owner or "Tenure"
    notices.queue(
        [
            Letter(user.pk, "mention", f"{by} mentioned you: {row.subject}", f"activity.mention:{row.pk}", excerpt, f"/activities/{row.pk}/", row.account_id)
            for user in people
            if actor is None or user.pk != actor.pk
        ],
        at=at,
    )  # fmt: skip


# --- checks


def _begin(account: Account, given: Given, actor: User | None) -> None:
    """Let an author's drafts wait, and refuse what was sent from the same form before."""
    if actor is not None:
        drafts.lock(account, actor)
    if drafts.written(account, given.form).filter(deleted_at=None).exists():
        raise Refused("That is written down already.", "conflict")


def check_account(actor: User | None, account: Account) -> None:
    """Refuse who may not write on this account's timeline."""
    if actor is None:
        return
    if not visible.accounts(actor).filter(pk=account.pk).exists():
        raise Refused("There is no such account.", "not_found")
    if not rights.may_log(actor, account):
        raise Refused(f"You may not log anything on {account.name}.", "not_allowed")


def held(activity: Activity, actor: User | None) -> Activity:
    """The locked entry, if the actor may change it. Raises Refused."""
    rows = Activity.objects.select_for_update(of=("self",), no_key=True).select_related("account", "owner", "cta")
    row = rows.filter(pk=activity.pk, draft=False).first()
    if row is None or (actor and not visible.accounts(actor).filter(pk=row.account_id).exists()):
        raise Refused(UNKNOWN, "not_found")
    if row.source != "tenure":
        raise Refused("This entry comes from the CRM. Change it there.", "not_allowed")
    if actor and not rights.may_change(actor, row):
        raise Refused("Only its author and managers can change an entry.", "not_allowed")
    return row


def _check_moment(values: Mapping[str, Any], planned: bool, at: datetime, moved: bool = True) -> None:
    """What is logged has happened; what is planned lies ahead and is of a kind that can be planned. Raises Refused."""
    moment: datetime | None = values["happened_at"]
    if moment is None:
        raise Refused("Say when it was.", "invalid", "happened_at")
    if planned:
        if values["kind"] not in {kind.key for kind in activity_kinds.inviting()}:
            raise Refused(f"{activity_kinds.title(values['kind'])}: that isn't planned, only logged.", "invalid", "kind")
        if moved and moment <= at:
            raise Refused("A plan is for a time to come.", "invalid", "happened_at")
    elif moment > at:
        raise Refused("That is still to come. Plan it instead.", "invalid", "happened_at")
