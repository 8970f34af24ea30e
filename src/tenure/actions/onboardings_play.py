"""The playbook of an onboarding that a person completes: it has nothing more to do, so its CTA closes with it, and comes back with it."""

from datetime import datetime

from tenure.actions import cascades_writing as writing
from tenure.actions import ctas_carrying as carrying
from tenure.actions import ctas_steps as steps
from tenure.actions.cascades_writing import Change, Moment
from tenure.actions.refusals import Refused
from tenure.models import Cascade, Onboarding, PlaybookUse, User
from tenure.queries import cta_types

NOTE = "The onboarding is completed"
CHANGED = "The work of its playbook was changed since, so nothing was taken back."


def close(row: Onboarding, *, actor: User | None, at: datetime) -> int | None:
    """Close the CTA of its playbook as a success; open steps are skipped, tasks that people added go on in a follow-up CTA. The id of what takes
    it back, None where nothing is open. Call with ``cascades_writing.lock`` taken."""
    use = row.playbook_use
    if use is None:
        return None
    moment, held = Moment(actor, at), writing.hold(use.ctas.filter(is_open=True).values_list("pk", flat=True))
    ctas = [cta for cta in held.ctas.values() if cta.is_open]
    if not ctas:
        return None
    moved = carrying.carry(held, ctas, moment)
    changes: list[Change] = [*moved.changes]
    for cta in ctas:
        changes += steps.closing(held, cta, cta_types.success(cta.type), NOTE, moment, kept=moved.kept)
    writing.write(changes, held, moment, "closed")
    writing.tell_owners(changes, held, moment)
    return writing.keep("close", ctas[0].title, [*changes, *moved.undone], moment).pk


def take_back(kept: int | None, *, actor: User | None, at: datetime) -> None:
    """Open it again as it was. Raises Refused where anything of it has been changed since. Call with ``cascades_writing.lock`` taken."""
    # Below ``cascades``, which brings onboardings back together with what it takes back.
    row = Cascade.objects.filter(pk=kept or 0).first()
    if row is None:
        return
    changes = [change.inverse for change in writing.kept(row)]
    ids = {change.pk for change in changes if change.noun == "cta"}
    held = writing.hold(ids)
    uses = [use for use in held.uses.values() if use.status != "active"]
    again = PlaybookUse.objects.filter(
        account__in=[use.account_id for use in uses], version__key__in=[use.version.key for use in uses], status="active"
    )
    if row.undone_at is not None or any(writing.differs(change, held) for change in changes) or again.exists():
        raise Refused(CHANGED, "conflict")
    writing.write(changes, held, Moment(actor, at), "undone", reason=row.title, cascade=row.pk)
    Cascade.objects.filter(pk=row.pk).update(undone_at=at)
