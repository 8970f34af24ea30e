"""Open work that passes to somebody else at once, or is closed; with what takes all of it back."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Model, QuerySet

from tenure.actions import cascades, events, invitations
from tenure.actions import cascades_writing as writing
from tenure.actions import ctas_steps as steps
from tenure.actions.cascades_writing import Change, Moment
from tenure.actions.refusals import Refused
from tenure.models import Activity, Cascade, Onboarding, ServiceDelivery, User
from tenure.queries import cta_types
from tenure.queries.handovers_work import Work

MODELS: dict[str, type[Model]] = {"activity": Activity, "onboarding": Onboarding, "service": ServiceDelivery}
OWNER = {"activity": "owner_id", "onboarding": "owner_id", "service": "delivered_by_id"}
TITLE = "Hand-over of {}"
CHANGED = "{} was changed since, so nothing was taken back."


@dataclass(frozen=True)
class Row:
    """One row that changes: what it was and what it becomes, by column."""

    noun: str
    pk: int
    account: int
    title: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]


def move(work: Work, to: User, title: str, *, actor: User | None, at: datetime) -> dict[str, Any]:
    """Give open work to another person; what takes it back. Whoever gets it is told. Call with ``cascades_writing.lock`` taken."""
    moment = Moment(actor, at)
    held = writing.hold({row.pk for row in work.ctas} | {row.cta_id for row in work.tasks})
    given = [("cta", held.ctas[row.pk]) for row in work.ctas] + [("task", held.tasks[row.pk]) for row in work.tasks]
    changes = [steps.changed(noun, row, {"owner_id": to.pk}, by_hand=False) for noun, row in given]
    cascade = _write([one for one in changes if one], held, moment, title)
    rows = [_row(noun, row, {OWNER[noun]: to.pk}) for noun, row in _others(work)]
    swapped = _swap(work.entries, to)
    _put(rows, "updated", actor, at)
    _follow(work.entries, actor, at)
    return {"cascade": cascade, "rows": [_kept(row) for row in rows], "swapped": swapped, "to": to.pk}


def close(work: Work, to: User, note: str, title: str, *, actor: User | None, at: datetime) -> dict[str, Any]:
    """Close open work: CTAs as not relevant, planned calls and services are called off; tasks in other people's CTAs pass to their owners,
    onboardings to ``to``. What takes it back."""
    moment = Moment(actor, at)
    held = writing.hold({row.pk for row in work.ctas} | {row.cta_id for row in work.tasks})
    changes: list[Change] = []
    for row in work.ctas:
        cta = held.ctas[row.pk]
        changes += steps.closing(held, cta, cta_types.neutral(cta.type), note, moment)
    ending = {row.pk for row in work.ctas}
    for task in work.tasks:
        if task.cta_id not in ending:
            changed = steps.changed(
                "task", held.tasks[task.pk], {"owner_id": held.ctas[task.cta_id].owner_id or to.pk}, by_hand=False
            )
            changes += [changed] if changed else []
    cascade = _write(changes, held, moment, title)
    rows = [_row("onboarding", row, {"owner_id": to.pk}) for row in work.onboardings]
    gone = [_row("activity", row, {"deleted_at": at}) for row in work.entries]
    off = [_row("service", row, {"status": "cancelled"}) for row in work.services]
    for found, verb in ((rows, "updated"), (gone, "deleted"), (off, "cancelled")):
        _put(found, verb, actor, at)
    _follow(work.entries, actor, at)
    return {"cascade": cascade, "rows": [_kept(row) for row in (*rows, *gone, *off)], "swapped": [], "to": to.pk}


def take_back(kept: Mapping[str, Any], from_: int | None, *, actor: User, at: datetime) -> None:
    """Take back what ``move`` or ``close`` did. Raises Refused where anything of it has been changed since."""
    if kept["cascade"]:
        cascade = Cascade.objects.get(pk=kept["cascade"])
        cascades.undo(cascade, actor=actor if cascade.made_by_id == actor.pk else None, at=at)
    rows = [_read(one) for one in kept["rows"]]
    for row in rows:
        now = QuerySet(MODELS[row.noun]).filter(pk=row.pk).values(*row.after).first()
        if now != dict(row.after):
            raise Refused(CHANGED.format(row.title), "conflict")
    _put([Row(row.noun, row.pk, row.account, row.title, row.after, row.before) for row in rows], "updated", actor, at)
    entries = list(
        Activity.objects.filter(pk__in=[row.pk for row in rows if row.noun == "activity"]).select_related("account", "owner")
    )
    for entry in entries:
        if entry.pk in kept["swapped"] and from_ is not None:
            entry.participants.remove(kept["to"])
            entry.participants.add(from_)
    _follow(entries, actor, at)


def _write(changes: list[Change], held: writing.Held, moment: Moment, title: str) -> int | None:
    if not changes:
        return None
    writing.write(changes, held, moment, "updated")
    writing.tell_owners(changes, held, moment)
    return writing.keep("bulk", title, changes, moment).pk


def _others(work: Work) -> list[tuple[str, Any]]:
    return [
        *(("activity", row) for row in work.entries), *(("onboarding", row) for row in work.onboardings), *(("service", row) for row in work.services),
    ]  # fmt: skip


def _row(noun: str, row: Any, after: Mapping[str, Any]) -> Row:
    """What a row becomes. An onboarding that is given away stays where it is put: it does not follow the account's TAM any more."""
    if noun == "onboarding":
        after = {**after, "edited": sorted({*row.edited, "owner"})}
    title = (
        row.subject if noun == "activity" else row.name if noun == "onboarding" else row.service.replace("_", " ").capitalize()
    )
    return Row(noun, row.pk, row.account_id, title, {name: getattr(row, name) for name in after}, after)


def _swap(entries: Iterable[Activity], to: User) -> list[int]:
    """Let the new person take part in planned calls instead of the old one; the ids of those in which the old one did."""
    swapped = []
    for entry in entries:
        people = set(entry.participants.values_list("pk", flat=True))
        if entry.owner_id is not None and entry.owner_id in people and to.pk not in people:
            entry.participants.remove(entry.owner_id)
            entry.participants.add(to)
            swapped.append(entry.pk)
    return swapped


def _put(rows: list[Row], verb: str, actor: User | None, at: datetime) -> None:
    people = {row.after[name] for row in rows for name in row.after if name in OWNER.values()} | {
        row.before[name] for row in rows for name in row.before if name in OWNER.values()
    }
    names = dict(User.objects.filter(pk__in={pk for pk in people if pk}).values_list("pk", "name")) if people else {}
    for row in rows:
        QuerySet(MODELS[row.noun]).filter(pk=row.pk).update(**row.after)
    events.record_many([_entry(row, verb, names) for row in rows], at=at, actor=actor)


def _entry(row: Row, verb: str, names: Mapping[int, str]) -> events.Entry:
    before, after = (
        {name.removesuffix("_id"): names.get(value) if name in OWNER.values() else value for name, value in side.items()}
        for side in (row.before, row.after)
    )
    return events.Entry(f"{row.noun}.{verb}", row.noun, row.pk, row.account, events.body(before, after, name=row.title))


def _follow(entries: Iterable[Activity], actor: User | None, at: datetime) -> None:
    """Those who were invited to planned calls hear of another organiser, or that a call is off or on again."""
    for entry in entries:
        row = Activity.objects.select_related("account", "owner").get(pk=entry.pk)
        invitations.follow(row, actor=actor, at=at)


def _kept(row: Row) -> dict[str, Any]:
    sides = [
        {name: value.isoformat() if isinstance(value, date) else value for name, value in side.items()}
        for side in (row.before, row.after)
    ]
    return {"noun": row.noun, "id": row.pk, "account": row.account, "title": row.title, "before": sides[0], "after": sides[1]}


def _read(kept: Mapping[str, Any]) -> Row:
    model = MODELS[kept["noun"]]
    fields = {field.attname: field for field in model._meta.concrete_fields}
    sides = [{name: fields[name].to_python(value) for name, value in kept[side].items()} for side in ("before", "after")]
    return Row(kept["noun"], kept["id"], kept["account"], kept["title"], *sides)
