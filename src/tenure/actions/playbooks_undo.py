"""Taking back that playbooks were applied or replaced, as long as nobody has worked on them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from tenure.actions import cascades
from tenure.actions import cascades_writing as writing
from tenure.actions import ctas_steps as steps
from tenure.actions.cascades_writing import Held, Moment
from tenure.actions.refusals import Refused
from tenure.models import CallToAction, Cascade, Comment, PlaybookUse, User
from tenure.queries import assignments, cta_types

APPLY = "playbook.apply"
TAKEN_BACK = "Taken back"
NOTHING = "There is nothing to take back any more."
WORKED_ON = "{} was worked on since, so nothing was taken back."


@dataclass(frozen=True)
class Undone:
    """How many applications were taken back, and how many stay because somebody has worked on them."""

    done: int
    left: int

    @property
    def told(self) -> str:
        """The result in words."""
        stay = f" {self.left:,} stay: they were worked on." if self.left else ""
        return f"Taken back on {self.done:,} account{'' if self.done == 1 else 's'}.{stay}"


def apply(key: str, made_at: datetime, *, actor: User, at: datetime) -> Undone:
    """Take back what the actor applied at that moment: the CTAs close, their tasks are skipped, the log keeps both. Raises Refused."""
    with transaction.atomic():
        rows = PlaybookUse.objects.filter(applied_by=actor, applied_at=made_at, version__key=key, status="active")
        done, left = _end(rows, Moment(actor, at))
        if not done:
            raise Refused(WORKED_ON.format("It") if left else NOTHING, "conflict")
    return Undone(done, left)


def replace(use: PlaybookUse, *, actor: User, at: datetime) -> PlaybookUse:
    """Take back that ``use`` took the place of another: the former is at work again with its open tasks; returns it. Raises Refused."""
    with transaction.atomic():
        former = PlaybookUse.objects.filter(replaced_by=use).select_related("version").first()
        kept = _kept(former, use) if former else None
        if former is None or kept is None or use.applied_by_id != actor.pk:
            raise Refused(NOTHING, "conflict")
        done, left = _end(PlaybookUse.objects.filter(pk=use.pk, status="active"), Moment(actor, at))
        if not done:
            raise Refused(WORKED_ON.format(use.version.title) if left else NOTHING, "conflict")
        cascades.undo(kept, actor=actor, at=at)
        PlaybookUse.objects.filter(pk=former.pk).update(replaced_by=None)
    former.refresh_from_db()
    return former


def _kept(former: PlaybookUse, use: PlaybookUse) -> Cascade | None:
    """What replacing changed of the former one."""
    rows = Cascade.objects.filter(kind="playbook", made_by=use.applied_by_id, made_at=use.applied_at, undone_at=None)
    return next((row for row in rows if any((one["noun"], one["id"]) == ("use", former.pk) for one in row.after)), None)


def _end(uses: Iterable[PlaybookUse], moment: Moment) -> tuple[int, int]:
    """Cancel those that nobody has worked on; how many, and how many are left."""
    writing.lock()
    rows = list(uses)
    held = writing.hold(CallToAction.objects.filter(playbook_use__in=rows).values_list("pk", flat=True))
    allowed = assignments.assignable_ids(moment.actor, {row.account_id for row in rows}, APPLY) if moment.actor else set()
    said = set(Comment.objects.filter(cta__in=list(held.ctas), deleted_at=None).values_list("cta_id", flat=True))
    fresh = [cta for cta in held.ctas.values() if cta.account_id in allowed and cta.pk not in said and _is_fresh(cta, held)]
    changes = [
        change
        for cta in fresh
        for change in steps.closing(
            held, cta, cta_types.neutral(cta.type), TAKEN_BACK, moment, use_status="cancelled", use_reason=TAKEN_BACK
        )
    ]
    writing.write(changes, held, moment, "cancelled", reason=TAKEN_BACK)
    return len(fresh), len(rows) - len(fresh)


def _is_fresh(cta: CallToAction, held: Held) -> bool:
    """Whether nothing of a CTA has changed since it was made."""
    return cta.is_open and cta.updated_at == cta.created_at and all(task.status == "open" for task in held.of(cta))
