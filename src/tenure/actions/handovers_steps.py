"""One bookkeeping: what a hand-over needs and the steps of its playbook that mean the same, both ways; what accepting does among them."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from tenure.actions import cascades
from tenure.actions import cascades_writing as writing
from tenure.actions import ctas_steps as steps
from tenure.actions.cascades_writing import Change, Held, Moment, Values
from tenure.models import Cascade, Event, HandOver, Task, User
from tenure.queries import cta_types
from tenure.rules.handovers import ItemState
from tenure.rules.journey import HandOverShape, ItemShape

ENDED = {"done": "done", "waived": "skipped"}  # what an item says, and what becomes of its step
SAID = ("handover.ticked", "handover.waived")


def follow(row: HandOver, item: ItemShape, state: str, *, actor: User | None, at: datetime) -> int | None:
    """Do or leave out the step that means the same as an item; the id of what takes it back, None where nothing is open."""
    return _write(row, {item.step: ENDED[state]} if item.step else {}, Moment(actor, at))


def reopen(row: HandOver, item: ItemShape, *, actor: User | None, at: datetime) -> int | None:
    """Open the step again that a tick of the item has ended; one that somebody did by themselves stays done."""
    held = _hold(row) if item.step else Held()
    back: Values = {"status": "open", "done_at": None, "done_by_id": None}
    changes = [
        _set(task, back, "reopened")
        for task in held.tasks.values()
        if task.key == item.step and task.status != "open" and held.ctas[task.cta_id].is_open and _ticked(row, task)
    ]
    return _keep(row, changes, held, Moment(actor, at))


def settle(
    row: HandOver, shape: HandOverShape, found: Iterable[ItemState], taker: User, *, actor: User | None, at: datetime
) -> int | None:  # fmt: skip
    """On acceptance: end the steps whose items are done, and those that accepting does. Where none is left its CTA closes, else the taker has
    it from now on. The id of what takes it back."""
    ended = {one.item.step: ENDED[one.state] for one in found if one.item.step and one.state in ENDED}
    return _write(row, {**ended, **dict.fromkeys(shape.closes, "done")}, Moment(actor, at), taker)


def take_back(kept: int | None, *, actor: User, at: datetime) -> None:
    """Take back what one of these did. Raises Refused where anything of it has been changed since."""
    if kept:
        cascade = Cascade.objects.get(pk=kept)
        cascades.undo(cascade, actor=actor if cascade.made_by_id == actor.pk else None, at=at)


# --- steps


def _hold(row: HandOver) -> Held:
    use = row.playbook_use
    return writing.hold(use.ctas.values_list("pk", flat=True)) if use else Held()


def _write(row: HandOver, ended: Mapping[str, str], moment: Moment, taker: User | None = None) -> int | None:
    if not ended and taker is None:
        return None
    held, changes = _hold(row), list[Change]()
    by = moment.actor.pk if moment.actor else None
    for cta in held.ctas.values():
        if not cta.is_open:
            continue
        for task in held.of(cta):
            if task.status == "open" and (status := ended.get(task.key)):
                changes.append(_set(task, {"status": status, "done_at": moment.at, "done_by_id": by}, status))
                task.status = status  # as it will be for what closes the CTA
        if taker is None:
            continue
        if all(task.status != "open" for task in held.of(cta)):
            changes += steps.closing(held, cta, cta_types.success(cta.type), "", moment)
        elif change := steps.changed("cta", cta, {"owner_id": taker.pk}, by_hand=False):
            changes.append(change)
    return _keep(row, changes, held, moment)


def _keep(row: HandOver, changes: list[Change], held: Held, moment: Moment) -> int | None:
    if not changes:
        return None
    writing.write(changes, held, moment, "updated", reason=f"Hand-over of {row.account.name}")
    writing.tell_owners(changes, held, moment)
    return writing.keep("bulk", f"Hand-over of {row.account.name}", changes, moment).pk


def _set(task: Task, values: Values, verb: str) -> Change:
    return Change("task", task.pk, {name: getattr(task, name) for name in values}, values, verb)


def _ticked(row: HandOver, task: Task) -> bool:
    said = Event.objects.filter(account_id=row.account_id, noun="handover", object_id=row.pk, verb__in=SAID)
    return task.done_at is not None and said.filter(at=task.done_at).exists()
