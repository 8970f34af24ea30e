"""One owner or one status for many onboardings at once, and taking that back. Each is done or refused on its own."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from tenure.actions import onboardings, onboardings_owners
from tenure.actions.onboardings_owners import Given, Step
from tenure.actions.refusals import Refused
from tenure.models import Onboarding, User
from tenure.queries import onboardings as queries

MOST = 500


@dataclass
class Result:
    """What was done, what was so already, what was refused (name, account, sentence); of how many accounts the owner is the TAM now, and in
    how many somebody else stays it."""

    done: list[Step] = field(default_factory=list)
    unchanged: int = 0
    refused: list[tuple[str, str, str]] = field(default_factory=list)
    named: int = 0
    stays: int = 0


def assign(ids: Sequence[int], owner: User, *, today: date, actor: User, at: datetime) -> Result:
    """Give onboardings to somebody, as ``onboardings_owners.give`` does. Raises Refused where none, or too many, are named."""
    rows = _rows(ids, actor)
    given = onboardings_owners.give(rows, owner, reason="With the onboarding", today=today, actor=actor, at=at)
    return _result(given)


def mark(ids: Sequence[int], status: str, *, today: date, actor: User, at: datetime) -> Result:
    """Give onboardings a status; those that it asks for more are refused. Raises Refused where none, or too many, are named."""
    found = Given()
    for row in _rows(ids, actor):
        try:
            event = onboardings.set_status(row, status, today=today, actor=actor, at=at).event
        except Refused as refusal:
            found.refused.append((row, refusal))
            continue
        if event is None:
            found.unchanged += 1
        else:
            found.done.append(Step(row.pk, event))
    return _result(found)


def undo(done: Sequence[Step], *, today: date, actor: User, at: datetime) -> Result:
    """Take back what was done, where nobody has changed it since."""
    return _result(onboardings_owners.take_back(done, today=today, actor=actor, at=at))


# --- steps


def _rows(ids: Sequence[int], actor: User) -> list[Onboarding]:
    if not ids:
        raise Refused("Choose some onboardings first.", "invalid", "id")
    if len(ids) > MOST:
        raise Refused(f"At most {MOST} onboardings at once. Narrow the list first.", "invalid", "id")
    return list(queries.seen(actor).filter(pk__in=ids).select_related("account").order_by("pk"))


def _result(given: Given) -> Result:
    refused = [(row.name, row.account.name, refusal.sentence) for row, refusal in given.refused]
    return Result(given.done, given.unchanged, refused, given.named, len(given.stays))
