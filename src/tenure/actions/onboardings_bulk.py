"""One owner or one status for many onboardings at once, and taking that back. Each is done or refused on its own."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from tenure.actions import onboardings
from tenure.actions.onboardings import Changed
from tenure.actions.refusals import Refused
from tenure.models import Onboarding, User
from tenure.queries import onboardings as queries

MOST = 500
Doing = Callable[[Onboarding], Changed]


@dataclass
class Result:
    """What was done (onboarding, event that takes it back), what was so already, and what was refused (name, account, sentence)."""

    done: list[tuple[int, int]] = field(default_factory=list)
    unchanged: int = 0
    refused: list[tuple[str, str, str]] = field(default_factory=list)


def assign(ids: Sequence[int], owner: User | None, *, today: date, actor: User, at: datetime) -> Result:
    """Give onboardings to somebody, or to nobody. Raises Refused where none, or too many, are named."""
    return _each(ids, actor, lambda row: onboardings.change(row, {"owner": owner}, today=today, actor=actor, at=at))


def mark(ids: Sequence[int], status: str, *, today: date, actor: User, at: datetime) -> Result:
    """Give onboardings a status; those that it asks for more are refused. Raises Refused where none, or too many, are named."""
    return _each(ids, actor, lambda row: onboardings.set_status(row, status, today=today, actor=actor, at=at))


def undo(done: Sequence[tuple[int, int]], *, today: date, actor: User, at: datetime) -> Result:
    """Take back what was done, where nobody has changed it since."""
    events = dict(done)

    def back(row: Onboarding) -> Changed:
        onboardings.undo(row, events[row.pk], today=today, actor=actor, at=at)
        return Changed(events[row.pk])

    return _each(list(events), actor, back)


def _each(ids: Sequence[int], actor: User, doing: Doing) -> Result:
    if not ids:
        raise Refused("Choose some onboardings first.", "invalid", "id")
    if len(ids) > MOST:
        raise Refused(f"At most {MOST} onboardings at once. Narrow the list first.", "invalid", "id")
    found = Result()
    for row in queries.seen(actor).filter(pk__in=ids).select_related("account").order_by("pk"):
        try:
            made = doing(row)
        except Refused as refusal:
            found.refused.append((row.name, row.account.name, refusal.sentence))
            continue
        if made.event is None:
            found.unchanged += 1
        else:
            found.done.append((row.pk, made.event))
    return found
