"""Playbooks at work: applying them to one account or many, replacing and cancelling them. Work in flight keeps its version."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime

from django.db import transaction

from tenure.actions import cascades_writing as writing
from tenure.actions import ctas_carrying as carrying
from tenure.actions import ctas_making, playbooks_plan
from tenure.actions import ctas_steps as steps
from tenure.actions.cascades_writing import Change, Held, Moment
from tenure.actions.ctas_calls import BulkResult, Call
from tenure.actions.refusals import Refused
from tenure.models import Account, Cascade, PlaybookUse, User
from tenure.queries import playbooks as queries
from tenure.queries import visible
from tenure.queries.playbooks import DENIED

APPLY = "playbook.apply"
MOST = 2_000  # accounts at once: what one transaction should hold


def apply(
    account: Account, key: str, *, start: date, today: date, actor: User | None, at: datetime, natural_key: str | None = None,
    people: Mapping[str, User] | None = None, owner: User | None = None,
) -> PlaybookUse:  # fmt: skip
    """Put a playbook to work on an account from a day on: one CTA with its tasks, each with whoever holds its role.

    ``people`` are the persons that the playbook asks for by name. Without ``owner`` the CTA is whose role the playbook names, else the
    actor's. Raises Refused, also while the same playbook is at work there.
    """
    playbooks_plan.check(key, start, people, today)
    with transaction.atomic():
        writing.lock()
        _check_right(actor, account)
        for person in [*(people or {}).values(), *([owner] if owner else [])]:
            steps.check_owner(person, account)
        if running := queries.active([account.pk], key).get(account.pk):
            raise Refused(queries.running_words(running, account.name), "conflict")
        call = _call(account.pk, key, start, owner=owner.pk if owner else None, natural_key=natural_key)
        return PlaybookUse.objects.get(pk=_made(call, today, Moment(actor, at), people))


@transaction.atomic
def apply_many(
    account_ids: Iterable[int], key: str, *, start: date, today: date, actor: User | None, at: datetime,
    people: Mapping[str, User] | None = None,
) -> BulkResult:  # fmt: skip
    """``apply`` for many accounts in one transaction; those where it can't be are refused alone. Ids of the result are accounts."""
    ids = list(dict.fromkeys(account_ids))
    if not ids or len(ids) > MOST:
        raise Refused(f"Choose between 1 and {MOST:,} accounts. Nothing was changed.", "invalid", "id")
    playbooks_plan.check(key, start, people, today)
    writing.lock()
    result = BulkResult(refused=queries.refusals(actor, ids, key))
    left = {pk for pk, _ in result.refused}
    moment = Moment(actor, at)
    calls = [_call(pk, key, start) for pk in ids if pk not in left]
    made = ctas_making.make(playbooks_plan.expanded(calls, today=today, moment=moment, people=people), moment)
    result.done = [one.call.account_id for one in made]
    return result


def cancel(use: PlaybookUse, reason: str, *, outcome: str, actor: User | None, at: datetime) -> Cascade:
    """Stop a playbook: its CTA is closed with the outcome, its open tasks are skipped but for those that a person added or changed,
    which go on in a follow-up CTA. Done tasks stay done. Raises Refused."""
    reason, moment = _reason(reason), Moment(actor, at)
    with transaction.atomic():
        row, held = _hold(use, actor)
        changes, undone = _ending(held, row, "cancelled", reason, outcome, moment)
        writing.write(changes, held, moment, "cancelled", reason=reason)
        kept = writing.keep("playbook", row.version.title, [*changes, *undone], moment)
    use.refresh_from_db()
    return kept


def replace(
    use: PlaybookUse, key: str, reason: str, *, outcome: str, start: date, today: date, actor: User | None, at: datetime,
    people: Mapping[str, User] | None = None,
) -> PlaybookUse:  # fmt: skip
    """Stop a playbook and put another, or a newer wording of the same, in its place; returns the new use. Raises Refused."""
    reason, moment = _reason(reason), Moment(actor, at)
    playbooks_plan.check(key, start, people, today)
    with transaction.atomic():
        row, held = _hold(use, actor)
        if key != row.version.key and (running := queries.active([row.account_id], key).get(row.account_id)):
            raise Refused(queries.running_words(running, row.account.name), "conflict")
        owner = next((cta.owner_id for cta in held.ctas.values() if cta.is_open), None)
        changes, undone = _ending(held, row, "replaced", reason, outcome, moment)
        writing.write(changes, held, moment, "replaced", reason=reason)
        writing.keep("playbook", row.version.title, [*changes, *undone], moment)  # what playbooks_undo takes back
        made = _made(_call(row.account_id, key, start, owner=owner), today, moment, people)
        PlaybookUse.objects.filter(pk=row.pk).update(replaced_by=made)
    use.refresh_from_db()
    return PlaybookUse.objects.get(pk=made)


# --- checks


def _check_right(actor: User | None, account: Account) -> None:
    if actor is None:
        return
    if not visible.accounts(actor).filter(pk=account.pk).exists():
        raise Refused("There is no such account.", "not_found")
    if not visible.may_on(actor, APPLY, account):
        raise Refused(DENIED.format(account.name), "not_allowed")


def _reason(reason: str) -> str:
    reason, longest = reason.strip(), PlaybookUse._meta.get_field("reason").max_length or 0
    if not reason or len(reason) > longest or "\x00" in reason:
        raise Refused(f"Say why, in at most {longest} characters.", "invalid", "reason")
    return reason


# --- steps


def _call(account_id: int, key: str, start: date, *, owner: int | None = None, natural_key: str | None = None) -> Call:
    book = playbooks_plan.book(key)
    return Call(
        account_id, book.type, book.title, natural_key, reason=book.reason, priority=book.priority, owner_id=owner, origin="playbook",
        playbook=key, start=start,
    )  # fmt: skip


def _made(call: Call, today: date, moment: Moment, people: Mapping[str, User] | None) -> int:
    """Make the CTA of a playbook; the id of its use. Raises Refused where its occasion is known."""
    (planned,) = playbooks_plan.expanded([call], today=today, moment=moment, people=people)
    made = ctas_making.make([planned], moment)
    if not made or made[0].use is None:
        raise Refused("This playbook was applied for this occasion already.", "conflict")
    return made[0].use


def _hold(use: PlaybookUse, actor: User | None) -> tuple[PlaybookUse, Held]:
    """The use and its CTAs, locked; refused where it isn't at work."""
    writing.lock()
    held = writing.hold(use.ctas.values_list("pk", flat=True))
    row = PlaybookUse.objects.select_for_update(of=("self",), no_key=True).select_related("account", "version").get(pk=use.pk)
    _check_right(actor, row.account)
    if row.status != "active":
        raise Refused(f"{row.version.title} is {row.status} already.", "conflict")
    return row, held


def _ending(
    held: Held, use: PlaybookUse, status: str, reason: str, outcome: str, moment: Moment
) -> tuple[list[Change], list[Change]]:
    """What ends, and what taking it back has to do besides."""
    ending = [cta for cta in held.ctas.values() if cta.is_open]
    for cta in ending:
        steps.check_outcome(cta, outcome)
    moved = carrying.carry(held, ending, moment)
    changes = [*moved.changes]
    for cta in ending:
        changes += steps.closing(held, cta, outcome, reason, moment, use_status=status, use_reason=reason, kept=moved.kept)
    if not any(change.noun == "use" for change in changes):  # its CTA was closed by hand meanwhile, or is gone
        values = {"status": status, "ended_at": moment.at, "reason": reason}
        held.uses[use.pk] = use
        changes.append(Change("use", use.pk, {name: getattr(use, name) for name in values}, values, status))
    return changes, moved.undone
