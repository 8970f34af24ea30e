"""Accepting a hand-over: everything that changes hands in one transaction, and taking all of it back."""

from datetime import date, datetime
from typing import Any

from django.db import transaction

from tenure.actions import (
    assignments,
    events,
    handovers_moving,
    handovers_projects,
    handovers_steps,
    settling,
)
from tenure.actions import handovers_writing as writing
from tenure.actions.handovers_starting import CLOSE, follow_team
from tenure.actions.handovers_telling import tell
from tenure.actions.refusals import Refused
from tenure.models import Account, Assignment, HandOver, User
from tenure.queries import handbook, handovers, handovers_people, handovers_rights, handovers_states, handovers_work, visible
from tenure.queries.handovers_rights import ASSIGN
from tenure.rules import handovers as rules
from tenure.rules.handovers import ItemState

REASON = "Handed over"


def accept(handover: HandOver, *, today: date, actor: User | None, at: datetime, note: str = "") -> int:
    """The taking side accepts it, once nothing that is needed is missing; the id of the event, which ``handovers.undo`` takes back.

    A sale or an upgrade: the project goes on after the sale. From TAM to TAM: the new TAM is assigned, and gets the open work. A
    disengagement: the TAM's assignment ends, the open work is moved or closed. Raises Refused; then nothing is changed.
    """
    with transaction.atomic():
        settling.lock()
        row = writing.held(handover, actor)
        found = handovers_states.one(row, today, handbook.pack())
        _check(row, found, actor)
        taker = _taker(row, actor, today)
        moved = {
            "items": [one.item.key for one in found if one.state == "done"],
            "from": row.giver_id,
            "taker": taker.pk,
            **_move(row, taker, today, actor, at),
            "steps": handovers_steps.settle(row, writing.shape(row), found, taker, actor=actor, at=at),
        }
        values = {"state": "accepted", "is_open": False, "ended_at": at, "taker_id": taker.pk, "moved": moved, "reason": ""}
        said = writing.text(note, "note")
        event = writing.write(row, values, "accepted", reason=said, more={"accept": True}, today=today, actor=actor, at=at)
        HandOver.objects.filter(pk=row.pk).update(missing=0)
        follow_team(row, today=today, actor=actor, at=at)
        tell(row, "accepted", said or f"{taker.name} has taken it over.", actor=actor, at=at)
    handover.refresh_from_db()
    return event


def take_back(row: HandOver, *, today: date, actor: User, at: datetime) -> None:
    """Give everything back that changed hands. Call with the locks of ``accept`` taken. Raises Refused where anything was changed since."""
    moved = row.moved
    handovers_steps.take_back(moved.get("steps"), actor=actor, at=at)
    if kept := moved.get("work"):
        handovers_moving.take_back(kept, moved["from"], actor=actor, at=at)
    handovers_projects.take_back(moved.get("projects", []), today=today, actor=actor, at=at)
    if people := moved.get("people"):
        _give_back(people, row.ended_at, today, actor, at)


def refusal(row: HandOver, found: list[ItemState]) -> str:
    """Why it can't be accepted yet, in words; blank where it can."""
    left = rules.missing(found)
    return f"It can't be accepted yet. Missing: {'; '.join(_named(one) for one in left)}." if left else ""


def decided(row: HandOver, actor: User | None) -> bool:
    """Whether somebody who may say who is on the account has begun it, or does it now."""
    people = [user for user in (actor, row.created_by) if user is not None]
    rows = list(Account.objects.filter(pk__in=handovers.accounts(row), deleted_at=None))
    return not people or any(all(visible.may_on(user, ASSIGN, one) for one in rows) for user in people)


# --- steps


def _check(row: HandOver, found: list[ItemState], actor: User | None) -> None:
    if actor is not None and not handovers_rights.of(actor, row).takes:
        raise Refused("Only the side that takes over can accept it, or who stands above both.", "not_allowed")
    if sentence := refusal(row, found):
        raise Refused(sentence, "conflict", "items")
    if row.kind in ("tam", "disengagement") and not decided(row, actor):
        raise Refused("It was begun by somebody who may not assign people: a manager has to accept it.", "not_allowed")


def _named(one: ItemState) -> str:
    why = one.why if one.state == "returned" or one.item.done_when else ""
    return one.item.title + (f" ({why[:1].lower()}{why[1:]})" if why else "")


def _taker(row: HandOver, actor: User | None, today: date) -> User:
    """Who has it from now on. Raises Refused where nobody takes it."""
    team = handovers_people.teams([row.account_id], today)[row.account_id]
    found = row.taker or handovers_people.taker(writing.shape(row), team)
    if found is None:
        raise Refused("Nobody takes it over yet: say who.", "conflict", "taker")
    return found


def _move(row: HandOver, taker: User, today: date, actor: User | None, at: datetime) -> dict[str, Any]:
    if row.kind in ("sale", "upgrade"):
        return {"projects": handovers_projects.move(row, today=today, actor=actor, at=at)}
    if row.giver is None:
        raise Refused("Nobody hands it over.", "conflict", "giver")
    title, ids = f"Hand-over of {row.account.name}", handovers.accounts(row)
    if row.kind == "tam":
        people = _assign(row, ids, taker, today, actor, at)
        work = handovers_work.of(ids, row.giver.pk, without=row.playbook_use_id)
        kept = handovers_moving.move(work, taker, title, actor=actor, at=at)
        return {
            "people": people,
            "work": kept,
            "projects": handovers_projects.pass_on(ids, row.giver, taker, today=today, actor=actor, at=at),
        }
    work = handovers_work.of(ids, row.giver.pk, without=row.playbook_use_id)
    if row.because.get("open_work") == CLOSE:
        kept = handovers_moving.close(work, taker, row.note[:300] or "The TAM has left the account", title, actor=actor, at=at)
    else:
        kept = handovers_moving.move(work, taker, title, actor=actor, at=at)
    return {
        "work": kept,
        "people": _end(ids, row.giver, today, actor, at),
        "projects": handovers_projects.pass_on(ids, row.giver, taker, today=today, actor=actor, at=at),
    }


def _assign(row: HandOver, ids: list[int], taker: User, today: date, actor: User | None, at: datetime) -> dict[str, list[int]]:
    """Make the taker the TAM of these accounts; the ids of what ended and what began."""
    before = list(_tams(ids).values_list("pk", flat=True))
    done = assignments.assign_many(
        ids, taker, "tam", from_date=today, today=today, actor=actor, at=at, reason=REASON, decided=True
    )
    if done.refused:
        raise Refused(next(iter(done.refused.values())), "conflict")
    after = set(_tams(ids).values_list("pk", flat=True))
    return {"ended": [pk for pk in before if pk not in after], "began": sorted(after - set(before))}


def _end(ids: list[int], giver: User, today: date, actor: User | None, at: datetime) -> dict[str, list[int]]:
    rows = list(_tams(ids).filter(user=giver).select_related("account", "user"))
    for row in rows:
        assignments.end(row, on=max(today, row.from_date), actor=actor, at=at, reason=REASON, today=today, decided=True)
    return {"ended": [row.pk for row in rows], "began": []}


def _tams(ids: list[int]) -> Any:
    return Assignment.objects.filter(account__in=ids, role="tam", until_date=None).order_by("pk")


def _give_back(people: dict[str, list[int]], since: datetime | None, today: date, actor: User, at: datetime) -> None:
    """Put assignments back as they were at the moment ``since``. Raises Refused where somebody else has the account by now."""
    rows = (
        Assignment.objects.select_for_update(of=("self",), no_key=True)
        .select_related("account", "user")
        .in_bulk([*people["ended"], *people["began"]])
    )
    began, ended = ([rows[pk] for pk in people[name] if pk in rows] for name in ("began", "ended"))
    ids = sorted({row.account_id for row in (*began, *ended)})
    now = set(_tams(ids).values_list("pk", flat=True))
    if now != {row.pk for row in began} or any(row.until_date is None for row in ended):
        raise Refused("Somebody else is TAM by now, so nothing was taken back.", "conflict")
    for row in began:
        Assignment.objects.filter(pk=row.pk).update(until_date=row.from_date)
    for row in ended:
        Assignment.objects.filter(pk=row.pk).update(until_date=None)
    told = [("ended", row) for row in began] + [("started", row) for row in ended]
    entries = []
    for verb, row in told:
        said = {"user": row.user.name, "role": row.role, "from": row.from_date}
        body = events.body(said if verb == "ended" else None, said if verb == "started" else None, "Hand-over taken back")
        entries.append(events.Entry(f"assignment.{verb}", "assignment", row.pk, row.account_id, body))
    events.record_many(entries, at=at, actor=actor)
    assignments.settle(ids, "tam", today, at, actor, taken_back=since)
