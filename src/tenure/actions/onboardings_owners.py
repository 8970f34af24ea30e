"""Giving onboardings to somebody, one in a review or many from the list: an account without a TAM gets them as its TAM too. Taking that back."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db import transaction

from tenure.actions import assignments, onboardings, settling
from tenure.actions.refusals import Refused
from tenure.models import Assignment, Onboarding, User
from tenure.queries import assignments as holding

TAM = "tam"


@dataclass(frozen=True)
class Step:
    """What was done to one: the event of the onboarding (None: they had it already) and the assignment with which the account got its TAM."""

    onboarding: int
    event: int | None = None
    assignment: int | None = None


@dataclass
class Given:
    """What was done, what was so already, what was refused, and whose TAM is somebody else and stays (by account)."""

    done: list[Step] = field(default_factory=list)
    unchanged: int = 0
    refused: list[tuple[Onboarding, Refused]] = field(default_factory=list)
    stays: dict[int, User] = field(default_factory=dict)

    @property
    def named(self) -> int:
        """How many accounts got their TAM with it."""
        return sum(one.assignment is not None for one in self.done)


def give(rows: Sequence[Onboarding], owner: User, *, reason: str, today: date, actor: User, at: datetime) -> Given:
    """Give onboardings to somebody, each done or refused on its own. Where one is open, its account has no TAM, they are one and the actor
    may say so, they become its TAM too; who is TAM already stays."""
    given, events = Given(), dict[int, int | None]()
    accounts = {row.account_id for row in rows}
    with transaction.atomic():
        settling.lock()
        assignments.begin(accounts, TAM, today, actor)
        for row in rows:
            try:
                with transaction.atomic():
                    events[row.pk] = onboardings.change(row, {"owner": owner}, today=today, actor=actor, at=at).event
            except Refused as refusal:
                given.refused.append((row, refusal))
        kept = [row for row in rows if row.pk in events]
        made = _name(kept, owner, given, reason, today, actor, at)
    for row in kept:
        step = Step(row.pk, events[row.pk], made.pop(row.account_id, None) if row.is_open else None)
        if step.event is None and step.assignment is None:
            given.unchanged += 1
        else:
            given.done.append(step)
    return given


def take_back(done: Sequence[Step], *, today: date, actor: User, at: datetime) -> Given:
    """Take back what was done, as if it had not been, each with the TAM that came with it or not at all: one that was changed since is refused."""
    found, ended = Given(), list[Assignment]()
    rows = Onboarding.objects.select_related("account").in_bulk([one.onboarding for one in done])
    with transaction.atomic():
        settling.lock()
        named = [rows[one.onboarding].account_id for one in done if one.assignment and one.onboarding in rows]
        if named:
            assignments.begin(named, TAM, today, actor, taken_back=True)
        for one in [one for one in done if one.onboarding in rows]:
            try:
                with transaction.atomic():
                    if one.event is not None:
                        onboardings.undo(rows[one.onboarding], one.event, today=today, actor=actor, at=at)
                    ended += [_made(one.assignment, rows[one.onboarding], actor)] if one.assignment else []
            except Refused as refusal:
                found.refused.append((rows[one.onboarding], refusal))
                continue
            found.done.append(one)
        assignments.take_back(ended, today=today, actor=actor, at=at)
    return found


# --- steps


def _name(
    rows: Sequence[Onboarding], owner: User, given: Given, reason: str, today: date, actor: User, at: datetime
) -> dict[int, int]:
    """Make the owner the TAM where there is none; the new assignments by account. Fills in who stays."""
    accounts = {row.account_id for row in rows if row.is_open}
    held = Assignment.objects.filter(account__in=accounts, role=TAM, until_date=None).select_related("user")
    tams = {row.account_id: row.user for row in held}
    given.stays = {pk: user for pk, user in tams.items() if user.pk != owner.pk}
    free = holding.nameable_ids(actor, accounts - tams.keys(), TAM) if owner.has_role(TAM) else set()
    if not free:
        return {}
    done = assignments.assign_many(free, owner, TAM, from_date=today, actor=actor, at=at, reason=reason, today=today)
    new = Assignment.objects.filter(account__in=done.started, role=TAM, user=owner, until_date=None)
    return dict(new.values_list("account_id", "pk"))


def _made(pk: int, onboarding: Onboarding, actor: User) -> Assignment:
    """The assignment that came with an onboarding, locked. Raises Refused where it is over, or no longer the actor's to take back."""
    rows = Assignment.objects.select_for_update(of=("self",), no_key=True).select_related("account", "user")
    row = rows.filter(pk=pk, account=onboarding.account_id, role=TAM, assigned_by=actor).first()
    if row is None or row.until_date is not None or not holding.nameable_ids(actor, [row.account_id], TAM):
        raise Refused("Its TAM has been changed since.", "conflict")
    return row
