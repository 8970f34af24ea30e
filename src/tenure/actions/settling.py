"""What a person's doing settles, settled at once: the same comparison as the daily run's, for the accounts that it touched."""

from collections.abc import Iterable
from datetime import date, datetime

from tenure.actions import cascades_writing as writing
from tenure.actions import ctas_runs, decisions, onboardings, onboardings_runs
from tenure.actions.ctas_runs import Ending
from tenure.queries import onboardings_follow, settling

FEW = 500  # accounts at once: more wait for the daily run


def lock() -> None:
    """Let one transaction at a time do what decides, works on many CTAs and on onboardings. Taken before any row is locked and any Event is
    written, and always in this order: two never wait for each other."""
    decisions.lock()
    writing.lock()
    onboardings.lock()


def begin(account_ids: Iterable[int], changed: frozenset[str], *, today: date, taken_back: bool = False) -> None:
    """Where ``follow`` will have something to look at, let one at a time work on CTAs and on onboardings: call before any row is locked."""
    ids = set(account_ids)
    if not ids or not changed or len(ids) > FEW:
        return
    if settling.concerned(ids, changed, today, taken_back):
        writing.lock()
    if onboardings_follow.concerned(ids, changed):
        onboardings.lock()


def follow(
    account_ids: Iterable[int], changed: frozenset[str], *, today: date, at: datetime, taken_back: datetime | None = None
) -> int:
    """Close what is over on these accounts since the facts ``changed`` have moved, and, with ``taken_back`` (the moment at which what is
    taken back was written down), open again what Tenure closed for it; onboardings begin and follow. How many CTAs that were; the daily run
    then finds nothing to do.

    Call last in the transaction of the change, which began with ``begin``. Beyond ``FEW`` accounts nothing is done: the daily run does it.
    """
    ids = set(account_ids)
    if not ids or not changed or len(ids) > FEW:
        return 0
    found, done = settling.of(ids, changed, today, taken_back), 0
    if found.over or found.back:
        writing.lock()
        done = ctas_runs.close_many([Ending(*row) for row in found.over], today=today, at=at) if found.over else 0
        done += ctas_runs.reopen_many(found.back, at=at) if found.back else 0
    onboardings_runs.settle(ids, changed, today=today, at=at, taken_back=taken_back is not None)
    return done
