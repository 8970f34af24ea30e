"""Calls to action: adding, changing, snoozing, closing and opening them again, and what they are about."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from urllib.parse import urlparse

from django.db import transaction

from tenure.actions import cascades_writing as writing
from tenure.actions import ctas_carrying as carrying
from tenure.actions import ctas_making, events, merging, onboardings, onboardings_runs
from tenure.actions import ctas_steps as steps
from tenure.actions.cascades_writing import Change, Held, Moment, Values
from tenure.actions.ctas_calls import Call
from tenure.actions.ctas_carrying import Carried
from tenure.actions.merging import Merged
from tenure.actions.refusals import Refused
from tenure.models import Account, CallToAction, Cascade, CtaLink, User
from tenure.queries import clock, cta_links, cta_types

MOST_LINKS = 50
SNOOZE_DAYS = 366  # longer is not a snooze but a closing
Plan = Callable[[Held, CallToAction], list[Change]]  # what to change, once the rows are locked; raises Refused


@dataclass(frozen=True)
class Link:
    """What a CTA is about: a thing of Tenure by noun and id, or an address outside."""

    noun: str
    object_id: int | None = None
    title: str = ""
    url: str = ""


def create(
    account: Account, *, type: str, title: str, today: date, actor: User | None, at: datetime, reason: str = "",  # noqa: A002
    owner: User | None = None, due_date: date | None = None, priority: int = 2, note: str = "", important: bool = False,
    links: Sequence[Link] = (), natural_key: str | None = None, origin: str = "person",
) -> CallToAction:  # fmt: skip
    """Add a CTA to an account; its owner is told. A day in the past is allowed: work may be late already. Raises Refused."""
    values: Values = {
        "title": title.strip(),
        "reason": reason.strip(),
        "note": note.strip(),
        "priority": priority,
        "due_date": due_date,
    }
    if type not in cta_types.types():
        raise Refused("Choose a type.", "invalid", "type")
    steps.check_fields(CallToAction(type=type), values)
    call = Call(
        account.pk, type, values["title"], natural_key, reason=values["reason"], note=values["note"], priority=priority, due_date=due_date,
        owner_id=owner.pk if owner else None, origin=origin, important=important,
    )  # fmt: skip
    with transaction.atomic():
        steps.check_account(actor, account)
        if owner is not None and owner != actor:
            steps.check_account(actor, account, steps.ASSIGN)
        steps.check_owner(owner, account)
        made = ctas_making.make([call], Moment(actor, at))
        if not made:
            raise Refused("There is a CTA for this occasion already.", "conflict")
        row = CallToAction.objects.get(pk=made[0].pk)
        for link in links:
            _add_link(row, link, Moment(actor, at))
    return row


def update(cta: CallToAction, fields: Values, *, today: date, actor: User | None, at: datetime) -> Cascade | None:
    """Change what differs: title, reason, note, priority, important, status (an open one), owner, due_date.

    Fields that a person sets are kept from the runs; a run (no actor) leaves such fields alone. Returns what takes it back, None when
    nothing changes. A new owner is told. Raises Refused.
    """
    values = steps.cleaned(fields, steps.BY_HAND)

    def changes(held: Held, row: CallToAction) -> list[Change]:
        mine = values if actor else {name: value for name, value in values.items() if name.removesuffix("_id") not in row.edited}
        steps.check_open(row)
        steps.check_fields(row, mine)
        if "owner_id" in mine and mine["owner_id"] != row.owner_id:
            if mine["owner_id"] != (actor.pk if actor else None):
                steps.check_right(actor, row, steps.ASSIGN)
            steps.check_owner(User.objects.filter(pk=mine["owner_id"]).first(), row.account)
        change = steps.changed("cta", row, mine, by_hand=actor is not None)
        return [change] if change else []

    return _carry_out(cta, changes, "updated", "edit", Moment(actor, at))


def merge(cta: CallToAction, fields: Values, seen: Values, *, today: date, actor: User | None, at: datetime) -> Merged:
    """``update`` by somebody who saw the CTA as ``seen`` says: what another person has changed meanwhile is not overwritten but told.
    Raises Refused."""
    values, was = steps.cleaned(fields, steps.BY_HAND), steps.cleaned(seen, steps.BY_HAND)
    with transaction.atomic():
        row = _one(writing.hold([cta.pk]), cta)
        steps.check_right(actor, row)
        steps.check_open(row)
        mine, clashes = merging.split({name: getattr(row, name) for name in values}, values, was)
        kept = update(cta, mine, today=today, actor=actor, at=at) if mine else None
    return Merged(kept, clashes)


def snooze(cta: CallToAction, until: date, reason: str, *, today: date, actor: User | None, at: datetime) -> Cascade | None:
    """Let a CTA rest until a day, with a reason: it leaves the lists of what is due, stays on the account and is not raised again.

    Raises Refused.
    """
    reason = check_snooze(until, reason, today)

    def changes(held: Held, row: CallToAction) -> list[Change]:
        steps.check_open(row)
        return [steps.snoozing(row, until, reason)]

    return _carry_out(cta, changes, "snoozed", "snooze", Moment(actor, at))


def check_snooze(until: date, reason: str, today: date) -> str:
    """The reason, tidied. Raises Refused for a day that isn't ahead, one too far, or a blank reason."""
    reason = reason.strip()
    if until <= today:
        raise Refused("A snooze ends on a day to come.", "invalid", "until")
    if (until - today).days > SNOOZE_DAYS:
        raise Refused("A snooze lasts a year at most. Close the CTA instead.", "invalid", "until")
    if not reason:
        raise Refused("Say why it can wait.", "invalid", "reason")
    if len(reason) > (longest := CallToAction._meta.get_field("snooze_reason").max_length or 0) or "\x00" in reason:
        raise Refused(f"The reason has at most {longest} characters.", "invalid", "reason")
    return reason


def wake(cta: CallToAction, *, today: date, actor: User | None, at: datetime) -> Cascade | None:
    """End a snooze early. Raises Refused."""

    def changes(held: Held, row: CallToAction) -> list[Change]:
        steps.check_open(row)
        if row.snoozed_until is None:
            raise Refused("This CTA isn't snoozed.", "conflict")
        return [steps.snoozing(row, None, "")]

    return _carry_out(cta, changes, "woken", "snooze", Moment(actor, at))


def close(
    cta: CallToAction, status: str, *, note: str = "", actor: User | None, at: datetime, remind_on: date | None = None,
    skip_own: bool = False,
) -> Cascade | None:  # fmt: skip
    """Close a CTA with an outcome of its type. Its playbook ends, and its open tasks are skipped but for those that a person added or
    changed: they go on in a follow-up CTA, unless ``skip_own``.

    ``remind_on`` puts it off: a CTA of the same kind and owner is added for that day (an objective that is deferred asks for a
    reminder). Raises Refused.
    """
    note, undone = check_note(note), list[Change]()
    steps.check_day(remind_on, "remind_on")
    if remind_on is not None and remind_on <= clock.day_of(at):
        raise Refused("A reminder is for a day to come.", "invalid", "remind_on")

    def changes(held: Held, row: CallToAction) -> list[Change]:
        steps.check_open(row)
        steps.check_outcome(row, status)
        moved = Carried() if skip_own else carrying.carry(held, [row], Moment(actor, at))
        undone.extend(moved.undone)
        return [*moved.changes, *steps.closing(held, row, status, note, Moment(actor, at), kept=moved.kept)]

    with transaction.atomic():
        writing.lock()  # before any row: closing may make CTAs
        if tied := onboardings_runs.tied(cta):
            onboardings.lock()
        kept = _carry_out(cta, changes, "closed", "close", Moment(actor, at), undone)
        if tied and actor is not None:
            onboardings_runs.follow([cta.account_id], today=clock.day_of(at), at=at)
        if remind_on is not None:
            again = Call(
                cta.account_id, cta.type, cta.title, reason=cta.reason, note=cta.note, priority=cta.priority, owner_id=cta.owner_id, due_date=remind_on,
                because={"reminder_of": f"CTA {cta.pk}, closed on {clock.day_of(at)}"},
            )  # fmt: skip
            ctas_making.make([again], Moment(actor, at))
    return kept


def check_note(note: str) -> str:
    """The note of an outcome, tidied. Raises Refused."""
    note, longest = note.strip(), CallToAction._meta.get_field("outcome_note").max_length or 0
    if len(note) > longest or "\x00" in note:
        raise Refused(f"The note has at most {longest:,} characters.", "invalid", "note")
    return note


def reopen(cta: CallToAction, *, actor: User | None, at: datetime) -> Cascade | None:
    """Open a closed CTA again, with the tasks that its closing skipped and the onboarding that ended with it. Raises Refused."""

    def changes(held: Held, row: CallToAction) -> list[Change]:
        if row.is_open:
            raise Refused("This CTA is open.", "conflict")
        return steps.reopening(held, row)

    uses = [cta.playbook_use_id] if cta.playbook_use_id else []
    with transaction.atomic():
        if tied := onboardings_runs.ended_with(uses):
            writing.lock()
            onboardings.lock()
        kept = _carry_out(cta, changes, "reopened", "close", Moment(actor, at))
        if tied:
            onboardings_runs.reopen(uses, today=clock.day_of(at), at=at)
    return kept


def link(cta: CallToAction, to: Link, *, actor: User | None, at: datetime) -> CtaLink:
    """Say what a CTA is about. Raises Refused."""
    with transaction.atomic():
        row = _one(writing.hold([cta.pk]), cta)
        steps.check_right(actor, row)
        return _add_link(row, to, Moment(actor, at))


def unlink(found: CtaLink, *, actor: User | None, at: datetime) -> None:
    """Take a link away. Raises Refused."""
    with transaction.atomic():
        row = _one(writing.hold([found.cta_id]), found.cta)
        steps.check_right(actor, row)
        if not CtaLink.objects.filter(pk=found.pk).delete()[0]:
            raise Refused("That has been done already.", "conflict")
        was = {"noun": found.noun, "object_id": found.object_id, "title": found.title, "url": found.url}
        events.record("cta.unlinked", "cta", row.pk, at=at, actor=actor, account_id=row.account_id, before=was, name=row.title)


# --- steps


def _carry_out(
    cta: CallToAction, plan: Plan, verb: str, kind: str, moment: Moment, undone: Sequence[Change] = ()
) -> Cascade | None:
    """Lock, check the right, plan, write, tell, remember; ``undone``: what the plan has written and taking it back has to do too."""
    with transaction.atomic():
        held = writing.hold([cta.pk])
        row = _one(held, cta)
        steps.check_right(moment.actor, row)
        changes = plan(held, row)
        if not changes:
            return None
        writing.write(changes, held, moment, verb)
        writing.tell_owners(changes, held, moment)
        kept = writing.keep(kind, row.title, [*changes, *undone], moment)
    cta.refresh_from_db()
    return kept


def _one(held: Held, cta: CallToAction) -> CallToAction:
    row = held.ctas.get(cta.pk)
    if row is None:
        raise Refused(steps.UNKNOWN, "not_found")
    return row


def _add_link(row: CallToAction, to: Link, moment: Moment) -> CtaLink:
    to = _checked_link(row, to)
    if row.links.count() >= MOST_LINKS:
        raise Refused(f"A CTA has at most {MOST_LINKS} links.", "invalid", "url")
    if row.links.filter(noun=to.noun, object_id=to.object_id, url=to.url).exists():
        raise Refused("It is linked already.", "conflict", "url")
    made = CtaLink.objects.create(cta=row, noun=to.noun, object_id=to.object_id, title=to.title, url=to.url)
    told = {"noun": to.noun, "object_id": to.object_id, "title": to.title, "url": to.url}
    events.record(
        "cta.linked", "cta", row.pk, at=moment.at, actor=moment.actor, account_id=row.account_id, after=told, name=row.title,
        run_id=moment.run_id,
    )  # fmt: skip
    return made


def _checked_link(row: CallToAction, to: Link) -> Link:
    """A link with its title. An address is http or https; a thing belongs to the CTA's account."""
    if to.noun == "url":
        parts = urlparse(to.url.strip())
        if (
            parts.scheme not in ("http", "https")
            or not parts.netloc
            or len(to.url) > 500
            or any(c.isspace() for c in to.url.strip())
        ):
            raise Refused("An address begins with https:// and has at most 500 characters.", "invalid", "url")
        return Link("url", None, (to.title.strip() or parts.netloc)[:300], to.url.strip())
    title = cta_links.title(to.noun, to.object_id, row.account_id)
    if title is None:
        raise Refused("There is nothing of that kind on this account.", "invalid", "object_id")
    return replace(to, title=(to.title.strip() or title)[:300], url="")
