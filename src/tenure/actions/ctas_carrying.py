"""What goes on when a CTA closes: open tasks that a person added or changed move to a follow-up CTA of the account."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from tenure.actions import ctas_making, events
from tenure.actions.cascades_writing import Change, Held, Moment, Values
from tenure.actions.ctas_calls import Call
from tenure.models import Activity, CallToAction, CtaLink, Task
from tenure.queries import clock, cta_types

ORIGIN = "follow_up"
TYPE, REASON, TITLE = "activity", "Next step", "Next steps: "
TAKEN_BACK = "Taken back"


@dataclass
class Carried:
    """What was moved. ``changes``: of the tasks, still to be written; ``undone``: what taking it back has to do besides, which is
    written already; ``to``: title of the follow-up by the id of the CTA that closes."""

    changes: list[Change] = field(default_factory=list)
    undone: list[Change] = field(default_factory=list)
    to: dict[int, str] = field(default_factory=dict)

    @property
    def kept(self) -> set[int]:
        """Ids of the tasks that go on."""
        return {change.pk for change in self.changes}


def own(tasks: Sequence[Task]) -> list[Task]:
    """The open ones that are somebody's own: added by a person, or of a playbook and changed by one."""
    return [task for task in tasks if task.status == "open" and (not task.key or task.edited)]


def carry(held: Held, closing: Sequence[CallToAction], moment: Moment) -> Carried:
    """Make a follow-up CTA for each of those that close and hold tasks of people's own; its owner is told. It has the same owner and
    links, and is linked to the entry of which the tasks are the next steps.

    Call in the transaction that holds the rows, and after ``cascades_writing.lock``.
    """
    going = [(cta, tasks) for cta in closing if (tasks := own(held.of(cta)))]
    found = Carried()
    if not going:
        return found
    made = ctas_making.make([_call(cta, tasks, moment) for cta, tasks in going], moment)
    entries = []
    for (cta, tasks), one in zip(going, made, strict=True):
        for place, task in enumerate(tasks):
            before: Values = {"cta_id": cta.pk, "position": task.position}
            found.changes.append(Change("task", task.pk, before, {"cta_id": one.pk, "position": place}, "carried"))
        found.undone.append(_taken_back(one.pk, one.call.type, moment))
        found.to[cta.pk] = one.call.title
        told = {"title": one.call.title, "tasks": len(tasks)}
        entries.append(events.Entry("cta.continued", "cta", cta.pk, cta.account_id, events.body(None, told, name=cta.title)))
    events.record_many(entries, at=moment.at, actor=moment.actor, run_id=moment.run_id)
    _link({cta.pk: one.pk for (cta, _), one in zip(going, made, strict=True)}, found.kept)
    return found


def _call(cta: CallToAction, tasks: Sequence[Task], moment: Moment) -> Call:
    title = cta.title if cta.title.startswith(TITLE) else f"{TITLE}{cta.title}"
    owner = cta.owner_id or next((task.owner_id for task in tasks if task.owner_id), None)
    closed = f"{clock.day_of(moment.at):%-d %b %Y}"
    return Call(
        cta.account_id, TYPE, title[:300], reason=REASON if REASON in cta_types.reasons(TYPE) else "", priority=cta.priority, owner_id=owner,
        due_date=min((task.due_date for task in tasks if task.due_date), default=None), origin=ORIGIN, important=cta.important,
        because={"continues": f"{cta.title}, closed on {closed}", "continues_cta": cta.pk},
    )  # fmt: skip


def _taken_back(pk: int, kind: str, moment: Moment) -> Change:
    """The follow-up as it would be without the closing: closed, so that taking the closing back closes it."""
    by = moment.actor.pk if moment.actor else None
    without: Values = {
        "status": cta_types.neutral(kind), "is_open": False, "closed_at": moment.at, "closed_by_id": by, "outcome_note": TAKEN_BACK,
    }  # fmt: skip
    now: Values = {"status": cta_types.first(kind), "is_open": True, "closed_at": None, "closed_by_id": None, "outcome_note": ""}
    return Change("cta", pk, without, now)


def _link(follow_ups: dict[int, int], tasks: set[int]) -> None:
    """Give the follow-ups the links of what they continue, and one to each entry whose next steps moved."""
    rows = {
        (one.cta_id, one.noun, one.object_id, one.url): one.title
        for one in CtaLink.objects.filter(cta__in=follow_ups).order_by("pk")
    }
    for entry in Activity.objects.filter(cta__in=follow_ups, deleted_at=None).exclude(next_steps=[]).order_by("pk"):
        if any(step.get("task") in tasks for step in entry.next_steps) and entry.cta_id is not None:
            rows.setdefault((entry.cta_id, "activity", entry.pk, ""), entry.subject)
    CtaLink.objects.bulk_create(
        CtaLink(cta_id=follow_ups[cta], noun=noun, object_id=thing, url=url, title=title[:300])
        for (cta, noun, thing, url), title in rows.items()
    )
