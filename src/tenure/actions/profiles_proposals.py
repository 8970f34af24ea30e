"""Values that somebody from outside gives: they count once whoever answers for the field has accepted them."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import transaction

from tenure.actions import events, profiles, settling
from tenure.actions.refusals import Refused
from tenure.models import Account, ProfileProposal, ProfileSheet, ProfileValue, User
from tenure.queries import clock, handbook, visible
from tenure.queries import profiles as queries
from tenure.rules.profilesreading import ADDRESS

DECIDED = "That has been decided already."


@dataclass(frozen=True)
class Taken:
    """What came of accepting several: the ids of those that hold now, and why the others don't."""

    accepted: list[int] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


def propose(
    account: Account, field: str, raw: Any, *, from_name: str, today: date, actor: User | None, at: datetime, from_address: str = "",
    sheet: ProfileSheet | None = None,
) -> ProfileProposal:  # fmt: skip
    """Put a value forward for somebody outside; it changes nothing yet. With an actor, who may keep the profiles. Raises Refused."""
    name, address = checked_name(from_name), from_address.strip()
    if address and (len(address) > 254 or not ADDRESS.fullmatch(address)):
        raise Refused(f"'{address}' is no mail address. Write it like ann@example.com.", "invalid", "from_address")
    with transaction.atomic():
        profiles.check_account(account, actor)
        found = profiles.field_of(field, today)
        value = profiles.checked_value(found, raw, account)
        row = ProfileProposal.objects.create(
            account=account, sheet=sheet, field=field, value=value, from_name=name, from_address=address, proposed_at=at
        )
        after = {"value": profiles.in_words(found, value), "from": name}
        _tell("profile_proposal.made", row, found.title, actor, at, after=after)
    return row


def checked_name(from_name: str) -> str:
    """Whose answer it is. Raises Refused."""
    name = from_name.strip()
    if not name or len(name) > 200 or "\x00" in name:
        raise Refused("Say whose answer it is, in at most 200 characters.", "invalid", "from_name")
    return name


def accept(proposal: ProfileProposal, *, today: date, actor: User, at: datetime) -> ProfileValue:
    """Let a proposed value hold, as learnt on the day on which it came. ``reopen`` undoes it. Raises Refused."""
    with transaction.atomic():
        profiles.begin(proposal.field, proposal.account_id, at)
        row = _held(proposal, today, actor)
        note = f"From {row.from_name}" + (f" by the data sheet {row.sheet.title}" if row.sheet else "")
        day = min(clock.day_of(row.proposed_at), today)
        value = profiles.set_value(
            row.account, row.field, row.value, learnt_on=day, today=today, actor=actor, at=at, source="customer", note=note[:300]
        )
        _decide(row, "accepted", "", actor, at)
    proposal.refresh_from_db()
    return value


def accept_many(rows: Iterable[ProfileProposal], *, today: date, actor: User, at: datetime) -> Taken:
    """Accept several; what can't be accepted stays and is told, so does a field with more than one answer: somebody has to choose. ``reopen_many``
    undoes the others together."""
    taken, found = Taken(), list(rows)
    answers = Counter(row.field for row in found)
    title = handbook.pack().profiles.title
    taken.refused.extend(f"{title(key)} has {many} answers: choose one." for key, many in answers.items() if many > 1)
    for row in (row for row in found if answers[row.field] == 1):
        try:
            accept(row, today=today, actor=actor, at=at)
            taken.accepted.append(row.pk)
        except Refused as refusal:
            taken.refused.append(refusal.sentence)
    return taken


def reopen_many(account: Account, ids: Sequence[int], *, accepted_at: datetime, today: date, actor: User, at: datetime) -> None:
    """Let proposals that were accepted together wait again, and undo their values: all or none. Refused where any of it has been changed since."""
    with transaction.atomic():
        settling.lock()
        for row in ProfileProposal.objects.filter(account=account, pk__in=ids).order_by("-pk"):
            if (row.state, row.decided_at, row.decided_by_id) != ("accepted", accepted_at, actor.pk):
                raise Refused(profiles.CHANGED, "conflict")
            reopen(row, today=today, actor=actor, at=at)


def decline(proposal: ProfileProposal, reason: str, *, today: date, actor: User, at: datetime) -> None:
    """Say no to a proposed value. ``reopen`` undoes it. Raises Refused."""
    reason = reason.strip()
    if not reason or len(reason) > 300 or "\x00" in reason:
        raise Refused("Say why, in at most 300 characters.", "invalid", "reason")
    with transaction.atomic():
        _decide(_held(proposal, today, actor), "declined", reason, actor, at)
    proposal.refresh_from_db()


def reopen(proposal: ProfileProposal, *, today: date, actor: User, at: datetime) -> None:
    """Let a decided proposal wait again; the value of an accepted one is undone. Refused where the value has been changed since."""
    with transaction.atomic():
        profiles.begin(proposal.field, proposal.account_id, at)
        row = _held(proposal, today, actor, decided=True)
        if row.state == "accepted" and row.decided_at is not None:
            then = ProfileValue.objects.filter(account=row.account, field=row.field, recorded_at=row.decided_at).order_by("-pk")
            value = next((one for one in then if one.value == row.value), None)
            if value is not None:
                profiles.undo(value, actor=actor, at=at)
        row.state, row.reason, row.decided_by, row.decided_at = "pending", "", None, None
        row.save(update_fields=["state", "reason", "decided_by", "decided_at"])
        _tell("profile_proposal.reopened", row, _title(row), actor, at)
    proposal.refresh_from_db()


def _held(proposal: ProfileProposal, today: date, actor: User, decided: bool = False) -> ProfileProposal:
    """The locked row, if the actor may decide on it. Raises Refused."""
    row = ProfileProposal.objects.select_related("account", "sheet").filter(pk=proposal.pk).first()
    if row is None or not visible.accounts(actor).filter(pk=row.account_id).exists():
        raise Refused("There is no such proposal.", "not_found")
    profiles.check_account(row.account, actor)
    _check_keeper(row, today, actor)
    row.refresh_from_db(fields=["state", "reason", "decided_by", "decided_at"])
    if (row.state != "pending") != decided:
        raise Refused(DECIDED if not decided else "It has not been decided yet.", "conflict")
    return row


def _check_keeper(row: ProfileProposal, today: date, actor: User) -> None:
    roles, people = queries.keepers(row.account, row.field, today, handbook.pack()), queries.holders(row.account, today)
    if not queries.may_decide(actor, roles, people):
        names = ", ".join(sorted(queries.deciders(roles, people).values()))
        raise Refused(f"{_title(row)} is kept by {names}, who decides on it.", "not_allowed")


def _decide(row: ProfileProposal, state: str, reason: str, actor: User, at: datetime) -> None:
    row.state, row.reason, row.decided_by, row.decided_at = state, reason, actor, at
    row.save(update_fields=["state", "reason", "decided_by", "decided_at"])
    _tell(f"profile_proposal.{state}", row, _title(row), actor, at, after={"from": row.from_name}, reason=reason)


def _title(row: ProfileProposal) -> str:
    return handbook.pack().profiles.title(row.field)


def _tell(verb: str, row: ProfileProposal, title: str, actor: User | None, at: datetime, **sides: Any) -> None:
    events.record(
        verb, "profile_proposal", row.pk, at=at, actor=actor, account_id=row.account_id, name=title, field=row.field, **sides
    )
