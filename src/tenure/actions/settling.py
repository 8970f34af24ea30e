"""What a person's doing settles, settled at once: the same comparison as the daily run's, for the accounts that it touched."""

from collections.abc import Iterable
from datetime import date, datetime

from tenure.actions import cascades_writing as writing
from tenure.actions import ctas_runs
from tenure.actions.ctas_runs import Ending
from tenure.queries import settling

FEW = 500  # accounts at once: more wait for the daily run


def begin(account_ids: Iterable[int], changed: frozenset[str], *, today: date, taken_back: bool = False) -> None:
    """Where ``follow`` will have something to look at, let one at a time work on CTAs: call before any row is locked."""
    ids = set(account_ids)
    if ids and changed and len(ids) <= FEW and settling.concerned(ids, changed, today, taken_back):
        writing.lock()


def follow(
    account_ids: Iterable[int], changed: frozenset[str], *, today: date, at: datetime, taken_back: datetime | None = None
) -> int:
    """Close what is over on these accounts since the facts ``changed`` have moved, and, with ``taken_back`` (the moment at which what is
    taken back was written down), open again what Tenure closed for it. How many CTAs that were; the daily run then finds nothing to do.

    Call last in the transaction of the change, which began with ``begin``. Beyond ``FEW`` accounts nothing is done: the daily run does it.
    """
    ids = set(account_ids)
    if not ids or not changed or len(ids) > FEW:
        return 0
    found = settling.of(ids, changed, today, taken_back)
    if not found.over and not found.back:
        return 0
    writing.lock()
    done = ctas_runs.close_many([Ending(*row) for row in found.over], today=today, at=at) if found.over else 0
    return done + (ctas_runs.reopen_many(found.back, at=at) if found.back else 0)
