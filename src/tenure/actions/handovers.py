"""Hand-overs: what is done for them, offering, sending back, calling off, and taking each of these back. Beginning one stands in
``handovers_starting``, accepting it in ``handovers_accepting``."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction

from tenure.actions import (
    cascades,
    handovers_accepting,
    handovers_starting,
    handovers_steps,
    merging,
    playbooks,
    settling,
    ticking,
)
from tenure.actions import handovers_writing as writing
from tenure.actions.handovers_starting import check_due, check_taker, follow_team
from tenure.actions.handovers_telling import tell
from tenure.actions.merging import Clash
from tenure.actions.refusals import Refused
from tenure.models import Cascade, Event, HandOver, PlaybookUse, User
from tenure.queries import cta_types, handovers_rights, visible
from tenure.queries.handovers_rights import ASSIGN
from tenure.rules.journey import ItemShape

SAID = {"done": "ticked", "waived": "waived"}
EARLIEST = date(2000, 1, 1)
CHANGEABLE = ("giver_id", "taker_id", "due_on", "note")
NOT_YOURS = "Only the side that {} can do that, or who stands above both."


@dataclass(frozen=True)
class Changed:
    """What came of a change: the id of its event, which ``undo`` takes back (None = nothing is new), and what was not saved."""

    event: int | None = None
    clashes: Sequence[Clash] = ()


def tick(
    handover: HandOver, key: str, state: str, *, on: date, today: date, actor: User | None, at: datetime, note: str = "", link: str = "",
    seen: Mapping[str, str] | None = None,
) -> Changed:  # fmt: skip
    """Say that an item is done, or (``waived``, with a reason) not needed here; the step of its playbook that means the same ends with it. What falls
    due after the acceptance is ticked then. Raises Refused, also where somebody has said something since it was ``seen``."""
    with transaction.atomic():
        row = _tickable(handover, actor)
        item = _item(row, key)
        if state not in SAID:
            raise Refused("An item is done or not needed.", "invalid", "state")
        note = writing.text(note, "note", needed=state == "waived")
        link = writing.text(link, "link")
        if link and not link.startswith(("https://", "http://")):
            raise Refused("Give the whole address, with https:// before it.", "invalid", "link")
        if not EARLIEST <= on <= today:
            raise Refused("It was done on a day up to today.", "invalid", "on")
        said = {"state": state, "on": on, "note": note, "link": link, "author_id": actor.pk if actor else None}
        if (old := row.items.filter(key=key).first()) and all(
            getattr(old, name) == said[name] for name in ("state", "on", "note", "link")
        ):
            return Changed()
        ticking.check(old, seen)
        moment: dict[str, Any] = {"today": today, "actor": actor, "at": at}
        more = {"steps": handovers_steps.follow(row, item, state, actor=actor, at=at)}
        event = writing.write(row, {}, SAID[state], items={key: said}, name=item.title, reason=note, more=more, **moment)
    handover.refresh_from_db()
    return Changed(event)


def untick(handover: HandOver, key: str, *, today: date, actor: User | None, at: datetime) -> Changed:
    """Take back what somebody said of an item: the facts hold again, and the step that ended with it is open. Raises Refused."""
    with transaction.atomic():
        row = _tickable(handover, actor)
        item = _item(row, key)
        if not row.items.filter(key=key).exists():
            raise Refused("Nobody has said anything of that.", "conflict", "key")
        more = {"steps": handovers_steps.reopen(row, item, actor=actor, at=at)}
        event = writing.write(row, {}, "reopened", items={key: None}, name=item.title, more=more, today=today, actor=actor, at=at)
    handover.refresh_from_db()
    return Changed(event)


def offer(handover: HandOver, *, today: date, actor: User | None, at: datetime, note: str = "") -> Changed:
    """The giving side hands it over, with a word; the other side is told. What was sent back must have been seen to. Raises Refused."""
    with transaction.atomic():
        row = writing.held(handover, actor)
        if actor is not None and not handovers_rights.of(actor, row).offers:
            raise Refused(
                f"Only {row.giver.name if row.giver else 'who gives it'} and the giving side can offer it.", "not_allowed"
            )
        if row.state == "offered":
            raise Refused("It is offered already.", "conflict")
        if back := [_item(row, key).title for key in row.items.filter(state="returned").values_list("key", flat=True)]:
            raise Refused(f"Say first what became of what was sent back: {'; '.join(back)}.", "conflict", "items")
        note = writing.text(note, "note")
        values = {"state": "offered", "offered_at": at, "reason": ""}
        event = writing.write(row, values, "offered", reason=note, today=today, actor=actor, at=at)
        tell(row, "offered", note or "Look through its list: accept it, or send it back with a reason.", actor=actor, at=at)
    handover.refresh_from_db()
    return Changed(event)


def send_back(
    handover: HandOver, reason: str, *, items: Iterable[str] = (), today: date, actor: User | None, at: datetime
) -> Changed:  # fmt: skip
    """The taking side sends it back with a reason, and says which items are not good enough. Raises Refused."""
    with transaction.atomic():
        row = writing.held(handover, actor)
        _check_takes(row, actor)
        if row.state != "offered":
            raise Refused("It is not offered: there is nothing to send back.", "conflict")
        reason = writing.text(reason, "reason", needed=True)
        said = {"state": "returned", "on": today, "note": reason, "link": "", "author_id": actor.pk if actor else None}
        back = {_item(row, key).key: said for key in items}
        names = {"items": [_item(row, key).title for key in back]} if back else {}
        values = {"state": "returned", "reason": reason}
        event = writing.write(row, values, "returned", items=back, reason=reason, told=names, today=today, actor=actor, at=at)
        tell(row, "returned", reason, actor=actor, at=at)
    handover.refresh_from_db()
    return Changed(event)


def cancel(handover: HandOver, reason: str, *, today: date, actor: User | None, at: datetime) -> Changed:
    """Call it off with a reason; its playbook stops. Raises Refused."""
    with transaction.atomic():
        settling.lock()
        row = writing.held(handover, actor)
        _check_ends(row, actor)
        reason = writing.text(reason, "reason", 300, needed=True)
        stopped = _stop(row, reason, actor, at)
        values = {"state": "cancelled", "is_open": False, "ended_at": at, "reason": reason}
        event = writing.write(row, values, "cancelled", reason=reason, more={"cascade": stopped}, today=today, actor=actor, at=at)
        HandOver.objects.filter(pk=row.pk).update(missing=0)
        follow_team(row, today=today, actor=actor, at=at)
        tell(row, "cancelled", reason, actor=actor, at=at)
    handover.refresh_from_db()
    return Changed(event)


def change(
    handover: HandOver, fields: Mapping[str, Any], *, today: date, actor: User | None, at: datetime, seen: Mapping[str, Any] | None = None
) -> Changed:  # fmt: skip
    """Change who gives, who takes, the day or the note (``CHANGEABLE``). ``seen``: what the person saw; what somebody else has changed since
    comes back as clashes. Whoever it is now is told. Raises Refused."""
    with transaction.atomic():
        row = writing.held(handover, actor)
        _check_ends(row, actor)
        if strange := set(fields) - set(CHANGEABLE):
            raise Refused(f"A hand-over has no {', '.join(sorted(strange))} to change.", "invalid", min(strange))
        mine, clashes = merging.split({name: getattr(row, name) for name in fields}, dict(fields), dict(seen or {}))
        fresh = {name: value for name, value in mine.items() if getattr(row, name) != value}
        _check_change(row, fresh, today)
        _check_chosen(row, fresh, actor)
        event = None
        if fresh:
            event = writing.write(row, fresh, "updated", today=today, actor=actor, at=at)
            row = writing.held(row, None)
            follow_team(row, today=today, actor=actor, at=at)
            if {"giver_id", "taker_id"} & set(fresh):
                names = (row.giver.name if row.giver else "nobody yet", row.taker.name if row.taker else "nobody yet")
                tell(row, "named", f"From {names[0]} to {names[1]}.", actor=actor, at=at)
    handover.refresh_from_db()
    return Changed(event, clashes)


def undo(handover: HandOver, event_id: int, *, today: date, actor: User, at: datetime) -> None:
    """Take a change back exactly, the acceptance with everything that it moved. Only who made it, and who stands above both, can. Raises
    Refused where anything of it has been changed since; then nothing is taken back."""
    with transaction.atomic():
        settling.lock()
        row = writing.held(handover, actor, is_open=None)
        event = Event.objects.filter(pk=event_id, account_id=row.account_id, noun="handover", object_id=row.pk).first()
        kept = json.loads(event.body).get("undo") if event else None
        if event is None or kept is None or kept.get("final"):
            raise Refused("There is nothing to take back.", "not_found")
        if event.actor_id != actor.pk and not handovers_rights.of(actor, row).wide:
            raise Refused("Only who made this change can take it back.", "not_allowed")
        if kept.get("start"):
            handovers_starting.take_back(row, kept["own_play"], today=today, actor=actor, at=at)
            return
        now = writing.typed(kept["row"]["after"])
        if any(getattr(row, name) != value for name, value in now.items()):
            raise Refused(writing.CHANGED, "conflict")
        writing.check_items(row, kept["items"])
        _put_back(row, kept, event_id, today, actor, at)
    handover.refresh_from_db()


def _put_back(row: HandOver, kept: Mapping[str, Any], event_id: int, today: date, actor: User, at: datetime) -> None:
    before = writing.typed(kept["row"]["before"])
    if before.get("is_open"):
        handovers_starting.check_alone(row.account, row.kind, writing.shape(row))
    if kept.get("accept"):
        handovers_accepting.take_back(row, today=today, actor=actor, at=at)
    if stopped := kept.get("cascade"):
        cascades.undo(Cascade.objects.get(pk=stopped), actor=actor, at=at)
    handovers_steps.take_back(kept.get("steps"), actor=actor, at=at)
    items = {key: writing.read_item(sides[0]) for key, sides in kept["items"].items()}
    writing.write(row, before, "undone", items=items, more={"final": True, "of": event_id}, today=today, actor=actor, at=at)
    row = writing.held(row, None, is_open=None)
    follow_team(row, today=today, actor=actor, at=at)


# --- checks


def _tickable(handover: HandOver, actor: User | None) -> HandOver:
    """The locked row of one that goes on, or that was accepted: what could be left open is done afterwards. Raises Refused."""
    row = writing.held(handover, actor, is_open=None)
    if row.state == "cancelled":
        raise Refused("This hand-over is over.", "conflict")
    return row


def _check_chosen(row: HandOver, fresh: Mapping[str, Any], actor: User | None) -> None:
    """Who takes over an account is said by whoever may assign people: nobody else changes it afterwards. Raises Refused."""
    if (
        "taker_id" not in fresh
        or row.kind not in ("tam", "disengagement")
        or actor is None
        or visible.may_on(actor, ASSIGN, row.account)
    ):
        return
    if row.created_by is not None and visible.may_on(row.created_by, ASSIGN, row.account):
        raise Refused("A manager chose who takes it over: a manager has to change that.", "not_allowed", "taker")


def _item(row: HandOver, key: str) -> ItemShape:
    found = next((one for one in writing.shape(row).of(row.plan) if one.key == key), None)
    if found is None:
        raise Refused("This hand-over has no such item.", "invalid", "key")
    return found


def _check_takes(row: HandOver, actor: User | None) -> None:
    if actor is not None and not handovers_rights.of(actor, row).takes:
        raise Refused(NOT_YOURS.format("takes over"), "not_allowed")


def _check_ends(row: HandOver, actor: User | None) -> None:
    if actor is not None and not handovers_rights.of(actor, row).ends:
        raise Refused("Only the two sides can do that, or who stands above both.", "not_allowed")


def _check_change(row: HandOver, fresh: Mapping[str, Any], today: date) -> None:
    """Refuse people who can't do it and days that nobody means. Who has begun to give an account up goes on doing so."""
    if "note" in fresh:
        writing.text(fresh["note"], "note", writing.NOTE)
    if "due_on" in fresh:
        check_due(fresh["due_on"], today)
    people = User.objects.in_bulk([pk for name in ("giver_id", "taker_id") if (pk := fresh.get(name, getattr(row, name)))])
    for name in {"giver_id", "taker_id"} & set(fresh):
        if fresh[name] is not None and fresh[name] not in people:
            raise Refused("There is no such person.", "invalid", name.removesuffix("_id"))
    giver, taker = (people.get(fresh.get(name, getattr(row, name)) or 0) for name in ("giver_id", "taker_id"))
    shape = writing.shape(row)
    if "giver_id" in fresh and shape.giver == "tam":
        raise Refused("It is the TAM of the account who hands it over.", "invalid", "giver")
    if "taker_id" in fresh and shape.giver == "tam" and taker is None:
        raise Refused("Say who takes it over.", "invalid", "taker")
    if "giver_id" in fresh and giver is not None:
        check_taker(shape, row.account, None, giver)
    if {"giver_id", "taker_id"} & set(fresh):
        check_taker(shape, row.account, giver, taker)


def _stop(row: HandOver, reason: str, actor: User | None, at: datetime) -> int | None:
    """Cancel the playbook that goes with it; the id of what takes that back."""
    use = PlaybookUse.objects.filter(pk=row.playbook_use_id or 0, status="active").select_related("version", "account").first()
    cta = use.ctas.filter(is_open=True).first() if use else None
    if use is None or cta is None:
        return None
    return playbooks.cancel(use, reason, outcome=cta_types.neutral(cta.type), actor=actor, at=at).pk
