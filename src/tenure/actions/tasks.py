"""The steps of a CTA: adding, changing, doing, skipping and ordering them."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import transaction
from django.db.models import Max

from tenure.actions import cascades_writing as writing
from tenure.actions import ctas_steps as steps
from tenure.actions import events, merging
from tenure.actions.cascades_writing import Change, Held, Moment, Values
from tenure.actions.merging import Merged
from tenure.actions.refusals import Refused
from tenure.models import CallToAction, Cascade, Task, User
from tenure.queries import ctas, visible

FIELDS = ("title", "note", "owner_id", "due_date")
MOST = 200  # tasks of one CTA
ANSWER = 2000  # characters
UNKNOWN = "There is no such task."
Plan = Callable[[Held, Task], list[Change]]


def add(
    cta: CallToAction, title: str, *, actor: User | None, at: datetime, owner: User | None = None, due_date: date | None = None, note: str = "",
    after: Iterable[Task] = (),
) -> Task:  # fmt: skip
    """Add a step to the end of a CTA; ``after`` are steps of the same CTA that come first. Its owner is told. Raises Refused."""
    values: Values = {"title": title.strip(), "note": note.strip(), "due_date": due_date}
    with transaction.atomic():
        row = _cta(writing.hold([cta.pk]), cta.pk)
        steps.check_right(actor, row)
        steps.check_open(row)
        _check(row, {**values, "owner_id": owner.pk if owner else None}, actor, None)
        if row.tasks.count() >= MOST:
            raise Refused(f"A CTA has at most {MOST} tasks.", "invalid", "title")
        last = row.tasks.aggregate(last=Max("position"))["last"]
        made = Task.objects.create(cta=row, owner=owner, position=0 if last is None else last + 1, **values)
        _depend(row, made, [one.pk for one in after])
        writing.recount([row.pk])
        CallToAction.objects.filter(pk=row.pk).update(updated_at=at)
        told = {"title": made.title, "owner_id": made.owner_id, "due_date": due_date}
        events.record("task.created", "task", made.pk, at=at, actor=actor, account_id=row.account_id, after=told, name=made.title)
        held = Held({row.pk: row}, {made.pk: made})
        writing.tell_owners([Change("task", made.pk, {"owner_id": None}, {"owner_id": made.owner_id})], held, Moment(actor, at))
    return made


def update(
    task: Task, fields: Values, *, actor: User | None, at: datetime, after: Sequence[Task] | None = None
) -> Cascade | None:
    """Change what differs: title, note, owner, due_date, fields (answers by key); ``after`` are the steps that come first now.

    Returns what takes it back (the order stays), None when no field changes. Raises Refused.
    """
    given = dict(fields)
    answers = given.pop("fields", None)
    values = steps.cleaned(given, FIELDS)

    def changes(held: Held, row: Task) -> list[Change]:
        cta = held.ctas[row.cta_id]
        steps.check_open(cta)
        _check(cta, values, actor, row)
        more = {"fields": _answered(row, answers)} if answers is not None else {}
        mine = {**values, **more}
        if actor is None:
            mine = {name: value for name, value in mine.items() if name.removesuffix("_id") not in row.edited}
        change = steps.changed("task", row, mine, by_hand=actor is not None)
        return [change] if change else []

    with transaction.atomic():
        kept = _carry_out(task, changes, "updated", Moment(actor, at))
        if after is not None:
            depend(task, after, actor=actor, at=at)
    return kept


def merge(
    task: Task, fields: Values, seen: Values, *, actor: User | None, at: datetime, after: Sequence[Task] | None = None
) -> Merged:
    """``update`` by somebody who saw the task as ``seen`` says (answers by key under ``fields``, there too): what another person has
    changed meanwhile is not overwritten but told. Raises Refused."""
    answers, before = fields.get("fields") or {}, seen.get("fields") or {}
    values, was = (steps.cleaned({name: given[name] for name in given if name != "fields"}, FIELDS) for given in (fields, seen))
    with transaction.atomic():
        held = writing.hold([task.cta_id])
        row = _task(held, task)
        _check_right(actor, row, held.ctas[row.cta_id])
        mine, clashes = merging.split({name: getattr(row, name) for name in values}, values, was)
        said, more = merging.split({key: row.fields.get(key, "") for key in answers}, answers, before)
        kept = update(task, {**mine, **({"fields": said} if said else {})}, actor=actor, at=at, after=after)
    return Merged(kept, [*clashes, *more])


def done(task: Task, answers: Values | None = None, *, actor: User | None, at: datetime) -> Cascade | None:
    """Do a step, with the answers that it asks for. Raises Refused while steps that come first are open or an answer is missing."""

    def changes(held: Held, row: Task) -> list[Change]:
        _check_doable(held, row)
        fields = _answered(row, answers or {})
        missing = [asked["label"] for asked in row.asked if asked.get("required") and fields.get(asked["key"], "") == ""]
        if missing:
            raise Refused(f"{row.title} asks for: {', '.join(missing)}.", "invalid", "fields")
        waits = _waits(held, row)
        if waits:
            raise Refused(f"First comes: {', '.join(waits)}.", "conflict")
        return [_ended(row, "done", Moment(actor, at), fields)]

    return _carry_out(task, changes, "done", Moment(actor, at))


def skip(task: Task, *, actor: User | None, at: datetime, reason: str = "") -> Cascade | None:
    """Leave a step out; what comes after it needn't wait for it. Raises Refused."""

    def changes(held: Held, row: Task) -> list[Change]:
        _check_doable(held, row)
        return [_ended(row, "skipped", Moment(actor, at), row.fields)]

    return _carry_out(task, changes, "skipped", Moment(actor, at), reason)


def reopen(task: Task, *, actor: User | None, at: datetime) -> Cascade | None:
    """Take up a step again. Raises Refused where one that comes after it is done."""

    def changes(held: Held, row: Task) -> list[Change]:
        steps.check_open(held.ctas[row.cta_id])
        if row.status == "open":
            raise Refused("This task is open.", "conflict")
        later = [held.tasks[pk] for pk, first in ctas.dependencies([row.cta_id]) if first == row.pk]
        if finished := [one.title for one in later if one.status == "done"]:
            raise Refused(f"{', '.join(finished)} came after it and is done.", "conflict")
        values: Values = {"status": "open", "done_at": None, "done_by_id": None}
        return [Change("task", row.pk, {name: getattr(row, name) for name in values}, values, "reopened")]

    return _carry_out(task, changes, "reopened", Moment(actor, at))


def move(task: Task, position: int, *, actor: User | None, at: datetime) -> Cascade | None:
    """Put a step at a place of its CTA's list, counted from 0. Raises Refused."""

    def changes(held: Held, row: Task) -> list[Change]:
        steps.check_open(held.ctas[row.cta_id])
        rest = [one for one in held.of(held.ctas[row.cta_id]) if one.pk != row.pk]
        place = min(max(position, 0), len(rest))
        order = [*rest[:place], row, *rest[place:]]
        return [
            Change("task", one.pk, {"position": one.position}, {"position": number}, "moved")
            for number, one in enumerate(order)
            if one.position != number
        ]

    return _carry_out(task, changes, "moved", Moment(actor, at))


def depend(task: Task, after: Sequence[Task], *, actor: User | None, at: datetime) -> bool:
    """Say which steps of the same CTA come first; False when that was so already. Raises Refused for a circle."""
    with transaction.atomic():
        held = writing.hold([task.cta_id])
        row = _task(held, task)
        cta = held.ctas[row.cta_id]
        _check_right(actor, row, cta)
        steps.check_open(cta)
        before = [one.title for one in row.after.order_by("position", "pk")]
        _depend(cta, row, [one.pk for one in after])
        now = [one.title for one in row.after.order_by("position", "pk")]
        if before == now:
            return False
        events.record(
            "task.updated", "task", row.pk, at=at, actor=actor, account_id=cta.account_id, name=row.title, before={"after": before},
            after={"after": now},
        )  # fmt: skip
    return True


# --- checks


def _check_right(actor: User | None, task: Task, cta: CallToAction) -> None:
    """Whoever may work on the CTA, and the task's own owner."""
    if actor is None or ctas.editable(actor, [cta]):
        return
    if not visible.tasks(actor).filter(pk=task.pk).exists():
        raise Refused(UNKNOWN, "not_found")
    if task.owner_id != actor.pk or not visible.may(actor, steps.EDIT):
        raise Refused("You may not change this task.", "not_allowed")


def _check(cta: CallToAction, values: Values, actor: User | None, task: Task | None) -> None:
    steps.check_text(Task, values)
    if values.get("title") == "":
        raise Refused("A task has a title.", "invalid", "title")
    steps.check_day(values.get("due_date"))
    owner_id = values.get("owner_id")
    if owner_id is None or (task is not None and owner_id == task.owner_id):
        return
    if actor is not None and owner_id != actor.pk:
        steps.check_right(actor, cta, steps.ASSIGN)
    steps.check_owner(User.objects.get(pk=owner_id), cta.account)


def _check_doable(held: Held, row: Task) -> None:
    steps.check_open(held.ctas[row.cta_id])
    if row.status != "open":
        raise Refused(f"{row.title} is {row.status} already.", "conflict")


def _waits(held: Held, row: Task) -> list[str]:
    first = {first for task, first in ctas.dependencies([row.cta_id]) if task == row.pk}
    return [one.title for one in held.of(held.ctas[row.cta_id]) if one.pk in first and one.status == "open"]


def _answered(row: Task, answers: Values) -> Values:
    """The task's answers with these among them, each as its kind is kept. Raises Refused."""
    asked = {one["key"]: one for one in row.asked}
    if strange := set(answers) - set(asked):
        raise Refused(f"{row.title} doesn't ask for {', '.join(sorted(strange))}.", "invalid", "fields")
    return {**row.fields, **{key: _answer(asked[key], value) for key, value in answers.items()}}


def _answer(asked: dict[str, Any], value: Any) -> str:
    text = str(value if value is not None else "").strip()
    label, kind = asked["label"], asked.get("kind", "text")
    if not text:
        return ""
    if len(text) > ANSWER or "\x00" in text:
        raise Refused(f"{label}: at most {ANSWER:,} characters.", "invalid", asked["key"])
    if kind == "choice" and text not in asked.get("choices", ()):
        raise Refused(f"{label}: '{text}' is none of {', '.join(asked.get('choices', ()))}.", "invalid", asked["key"])
    try:
        if kind == "date":
            return date.fromisoformat(text).isoformat()
        if kind == "number":
            number = Decimal(text)
            if not number.is_finite():
                raise InvalidOperation
            return format(number, "f")
    except (ValueError, InvalidOperation) as error:
        raise Refused(f"{label}: '{text}' is not a {kind}.", "invalid", asked["key"]) from error
    return text


# --- steps


def _carry_out(task: Task, plan: Plan, verb: str, moment: Moment, reason: str = "") -> Cascade | None:
    """Lock the CTA, check the right, plan, write, tell, remember."""
    with transaction.atomic():
        held = writing.hold([task.cta_id])
        row = _task(held, task)
        _check_right(moment.actor, row, held.ctas[row.cta_id])
        changes = plan(held, row)
        if not changes:
            return None
        writing.write(changes, held, moment, verb, reason=reason.strip()[:500])
        writing.tell_owners(changes, held, moment)
        kept = writing.keep("task", row.title, changes, moment)
    task.refresh_from_db()
    return kept


def _cta(held: Held, pk: int) -> CallToAction:
    if pk not in held.ctas:
        raise Refused(steps.UNKNOWN, "not_found")
    return held.ctas[pk]


def _task(held: Held, task: Task) -> Task:
    if task.pk not in held.tasks:
        raise Refused(UNKNOWN, "not_found")
    return held.tasks[task.pk]


def _ended(row: Task, status: str, moment: Moment, fields: Values) -> Change:
    values: Values = {"status": status, "done_at": moment.at, "done_by_id": moment.actor.pk if moment.actor else None}
    if fields != row.fields:
        values["fields"] = fields
    return Change("task", row.pk, {name: getattr(row, name) for name in values}, values, status)


def _depend(cta: CallToAction, row: Task, first: list[int]) -> None:
    """Set what comes first. Raises Refused for steps of another CTA and for a circle."""
    there = set(cta.tasks.values_list("pk", flat=True))
    if row.pk in first or not set(first) <= there:
        raise Refused("What comes first is another task of the same CTA.", "invalid", "after")
    before: dict[int, set[int]] = {}
    for task, earlier in ctas.dependencies([cta.pk]):
        before.setdefault(task, set()).add(earlier)
    before[row.pk] = set(first)
    level, seen = set(first), set[int]()
    while level:
        seen |= level
        level = {earlier for task in level for earlier in before.get(task, ())} - seen
    if row.pk in seen:
        raise Refused("Then each of two tasks would wait for the other.", "invalid", "after")
    row.after.set(first)
