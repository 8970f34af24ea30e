"""Next steps of a timeline entry: they become tasks of a CTA, and go with the entry when it is deleted. And the step for which an entry is
written: it is done with it, and open again without it."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import date, datetime

from tenure.actions import ctas, tasks
from tenure.actions.activities_fields import NextStep
from tenure.actions.ctas_carrying import ORIGIN as FOLLOW_UP
from tenure.actions.refusals import Refused
from tenure.models import Activity, CallToAction, Task, User
from tenure.queries import cta_types

TYPE, REASON, ORIGIN = "activity", "Next step", "activity"
BACK = "closed_not_relevant"  # the outcome of a CTA whose entry is deleted, where the handbook has it
DELETED = "The entry that it came from was deleted"


def make(
    row: Activity, steps: Sequence[NextStep], cta: CallToAction | None, *, today: date, actor: User | None, at: datetime
) -> list[NextStep]:
    """Make a task of every step that is none yet: in ``cta``, or in a CTA of their own. Returns the steps with their tasks.

    Raises Refused.
    """
    fresh = [step for step in steps if step.task is None]
    if not fresh:
        return list(steps)
    people = {user.pk: user for user in User.objects.filter(pk__in={step.owner_id for step in fresh})}
    _check(fresh, people)
    on = cta or _own(row, fresh, people, today, actor, at)
    if row.cta_id is None:
        row.cta = on
        row.save(update_fields=["cta"])
    made = []
    for step in steps:
        if step.task is None:
            owner = people.get(step.owner_id) if step.owner_id is not None else None
            task = tasks.add(on, step.title, owner=owner, due_date=step.due, actor=actor, at=at)
            step = NextStep(task.title, task.owner_id, task.due_date, task.pk)
        made.append(step)
    return made


def _check(fresh: Sequence[NextStep], people: dict[int, User]) -> None:
    for step in fresh:
        if step.owner_id is not None and step.owner_id not in people:
            raise Refused(f"Choose who does '{step.title}'.", "invalid", "next_steps")


def _own(
    row: Activity, fresh: Sequence[NextStep], people: dict[int, User], today: date, actor: User | None, at: datetime
) -> CallToAction:
    """A CTA for the steps. It is due with the first of them and belongs to who does them all, else to the author."""
    owners = {step.owner_id for step in fresh}
    owner = people.get(owners.pop() or 0) if len(owners) == 1 else None
    return ctas.create(
        row.account, type=TYPE, reason=REASON if REASON in cta_types.reasons(TYPE) else "", title=f"Next steps: {row.subject}"[:300],
        owner=owner or row.owner, due_date=min((step.due for step in fresh if step.due), default=None), origin=ORIGIN,
        links=[ctas.Link("activity", row.pk)], today=today, actor=actor, at=at,
    )  # fmt: skip


def take_back(row: Activity, ids: Sequence[int], *, actor: User | None, at: datetime) -> None:
    """Skip those of these tasks that are open; a CTA that holds nothing else is closed. What is done stays. Raises Refused."""
    found = list(Task.objects.filter(pk__in=ids, status="open").select_related("cta").order_by("pk"))
    for cta in {task.cta_id: task.cta for task in found if task.cta.is_open}.values():
        mine = [task for task in found if task.cta_id == cta.pk]
        if cta.origin in (ORIGIN, FOLLOW_UP) and cta.tasks.count() == len(mine):
            ctas.close(cta, _outcome(), note=f"{DELETED}.", actor=actor, at=at, skip_own=True)
            continue
        for task in mine:
            tasks.skip(task, actor=actor, at=at, reason=DELETED)


def bring_back(row: Activity, ids: Sequence[int], since: datetime, *, actor: User | None, at: datetime) -> None:
    """Open again what ``take_back`` ended at the moment ``since``. Raises Refused."""
    for cta in CallToAction.objects.filter(tasks__in=ids, is_open=False, closed_at=since).distinct():
        ctas.reopen(cta, actor=actor, at=at)
    for task in Task.objects.filter(pk__in=ids, status="skipped", done_at=since, cta__is_open=True).order_by("pk"):
        tasks.reopen(task, actor=actor, at=at)


def tick(row: Activity, step: Task, *, actor: User | None, at: datetime) -> None:
    """Do the step for which the entry was written; one that is done or left out meanwhile, or whose CTA is closed, stays as it is.

    Raises Refused where it can't be done: something comes first, or it asks for an answer.
    """
    task = Task.objects.filter(pk=step.pk, status="open", cta__is_open=True).first()
    if task is None:
        return
    try:
        tasks.done(task, actor=actor, at=at)
    except Refused as refusal:
        raise Refused(refusal.sentence, refusal.code, "step") from refusal
    row.custom = {**row.custom, "step": task.pk, "step_done_at": at.isoformat()}
    row.save(update_fields=["custom"])


def untick(row: Activity, *, actor: User | None, at: datetime) -> None:
    """Open the step again that was done with an entry, as long as nothing has come after it."""
    task = _ticked(row, "done")
    if task is not None and task.done_at == datetime.fromisoformat(row.custom["step_done_at"]):
        with suppress(Refused):
            tasks.reopen(task, actor=actor, at=at)


def tick_again(row: Activity, *, actor: User | None, at: datetime) -> None:
    """Do the step with the entry that is brought back, if it still can be done."""
    task = _ticked(row, "open")
    if task is not None:
        with suppress(Refused):
            tick(row, task, actor=actor, at=at)


def _ticked(row: Activity, status: str) -> Task | None:
    return Task.objects.filter(pk=row.custom.get("step") or 0, status=status, cta__is_open=True).first()


def _outcome() -> str:
    """The outcome that says least: not relevant, else one that is neither won nor lost, else the last."""
    found = cta_types.outcomes(TYPE)
    return next((one.key for one in found if one.key == BACK), next((one.key for one in found if not one.outcome), found[-1].key))
