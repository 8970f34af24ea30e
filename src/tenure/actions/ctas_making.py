"""Making CTAs with their tasks, one or ten thousand, by the same few statements."""

from collections.abc import Iterable, Sequence
from typing import Any

from tenure.actions import bulk, events
from tenure.actions import cascades_writing as writing
from tenure.actions.cascades_writing import Moment, News, column
from tenure.actions.ctas_calls import Call, Made
from tenure.models import Account, CallToAction, PlaybookUse, Task
from tenure.queries import cta_types

CHUNK = 5000
CTA = (
    "id", "account_id", "type", "reason", "title", "note", "priority", "important", "status", "is_open", "owner_id", "due_date",
    "snoozed_until", "snooze_reason", "origin", "rule", "edition", "because", "natural_key", "playbook_use_id", "edited", "tasks_open",
    "tasks_done", "created_by_id", "created_at", "updated_at", "closed_at", "closed_by_id", "outcome_note",
)  # fmt: skip
TASK = (
    "id", "cta_id", "key", "position", "title", "note", "owner_id", "due_date", "status", "asked", "fields", "edited", "done_at", "done_by_id",
)  # fmt: skip
USE = (
    "id", "account_id", "version_id", "start", "status", "reason", "replaced_by_id", "applied_by_id", "applied_at", "ended_at", "natural_key",
)  # fmt: skip


def make(calls: Iterable[Call], moment: Moment) -> list[Made]:
    """Make what isn't there yet by its natural key, with an Event each; owners are told.

    A key is known for ever, also when its CTA was closed or snoozed. Call in a transaction.
    """
    writing.lock()  # what is known stays known until this transaction ends
    fresh = unknown(calls)
    if not fresh:
        return []
    uses = _uses(fresh, moment)
    ids = bulk.next_ids(CallToAction, len(fresh))
    made = [Made(pk, use, call) for pk, use, call in zip(ids, uses, fresh, strict=True)]
    first = {key: cta_types.first(key) for key in {call.type for call in fresh}}
    bulk.insert(CallToAction, CTA, [_row(one, first[one.call.type], moment) for one in made])
    _tasks(made)
    entries = [events.Entry(_verb(one.call, moment), "cta", one.pk, one.call.account_id, _told(one.call)) for one in made]
    events.record_many(entries, at=moment.at, actor=moment.actor, run_id=moment.run_id)
    _tell(made, moment)
    return made


def _verb(call: Call, moment: Moment) -> str:
    """What a run makes for an occasion is raised; what goes on by itself is added, as by a person."""
    return "cta.created" if moment.actor or (call.origin == "follow_up" and call.natural_key is None) else "cta.raised"


def unknown(calls: Iterable[Call]) -> list[Call]:
    """The calls whose key is new, each key once."""
    calls = list(calls)
    keys = list({call.natural_key for call in calls if call.natural_key})
    known: set[str | None] = set()
    for start in range(0, len(keys), CHUNK):
        rows = CallToAction.objects.filter(natural_key__in=keys[start : start + CHUNK])
        known |= set(rows.values_list("natural_key", flat=True))
    fresh = []
    for call in calls:
        if call.natural_key is None or call.natural_key not in known:
            fresh.append(call)
            known.add(call.natural_key)
    return fresh


def _uses(calls: Sequence[Call], moment: Moment) -> list[int | None]:
    """Make the playbook uses; their ids in the order of the calls, None for a call without a playbook."""
    with_book = [call for call in calls if call.version_id is not None]
    ids = iter(bulk.next_ids(PlaybookUse, len(with_book)) if with_book else ())
    found = [next(ids) if call.version_id is not None else None for call in calls]
    by = moment.actor.pk if moment.actor else None
    rows = [
        (pk, call.account_id, call.version_id, call.start, "active", "", None, by, moment.at, None, call.natural_key)
        for pk, call in zip(found, calls, strict=True)
        if pk is not None
    ]
    bulk.insert(PlaybookUse, USE, rows)
    return found


def _row(made: Made, status: str, moment: Moment) -> tuple[Any, ...]:
    call, by = made.call, moment.actor.pk if moment.actor else None
    return (
        made.pk, call.account_id, call.type, call.reason, call.title[:300], call.note, call.priority, call.important, status, True,
        call.owner_id, call.due_date, None, "", call.origin, call.rule, call.edition, column(dict(call.because)), call.natural_key, made.use,
        "[]", len(call.tasks), 0, by, moment.at, moment.at, None, None, "",
    )  # fmt: skip


def _tasks(made: Sequence[Made]) -> None:
    """Insert the tasks of new CTAs and what comes after what."""
    count = sum(len(one.call.tasks) for one in made)
    if not count:
        return
    ids = iter(bulk.next_ids(Task, count))
    rows: list[tuple[Any, ...]] = []
    links: list[tuple[int, int]] = []
    for one in made:
        by_key: dict[str, int] = {}
        for position, task in enumerate(one.call.tasks):
            pk = next(ids)
            rows.append((
                pk, one.pk, task.key, position, task.title[:300], task.note, task.owner_id, task.due_date, "open",
                column([dict(asked) for asked in task.asked]), "{}", "[]", None, None,
            ))  # fmt: skip
            links += [(pk, by_key[key]) for key in task.after if key in by_key]
            by_key[task.key or str(pk)] = pk
    bulk.insert(Task, TASK, rows)
    bulk.insert(Task.after.through, ("from_task_id", "to_task_id"), links)


def _told(call: Call) -> str:
    """What the log keeps of a new CTA."""
    after = {
        "type": call.type, "reason": call.reason, "title": call.title[:300], "owner_id": call.owner_id, "due_date": call.due_date,
        "priority": call.priority, "tasks": len(call.tasks),
    }  # fmt: skip
    shown = {name: value for name, value in after.items() if value not in (None, "", 0)}
    return events.body(None, shown, rule=call.rule, edition=call.edition, key=call.natural_key, playbook=call.playbook)


def _tell(made: Sequence[Made], moment: Moment) -> None:
    """Owners of CTAs are told, and owners of tasks in somebody else's CTA; who gives work to themselves knows it."""
    mine = moment.actor.pk if moment.actor else None
    owned = [
        one
        for one in made
        if not one.call.quiet and {one.call.owner_id, *(task.owner_id for task in one.call.tasks)} - {None, mine}
    ]
    names = dict(Account.objects.filter(pk__in={one.call.account_id for one in owned}).values_list("pk", "name"))
    news = []
    for one in owned:
        call, account = one.call, names[one.call.account_id]
        if call.owner_id is not None and call.owner_id != mine:
            news.append(News(call.owner_id, one.pk, call.account_id, account, call.title, f"cta:{one.pk}"))
        for user in sorted({task.owner_id for task in call.tasks if task.owner_id} - {mine, call.owner_id}):
            count = sum(task.owner_id == user for task in call.tasks)
            title = f"{count} task{'' if count == 1 else 's'} of {call.title}"
            news.append(News(user, one.pk, call.account_id, account, title, f"tasks:{one.pk}"))
    writing.tell(news, moment)
