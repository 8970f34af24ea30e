"""Previous owners: who owned an account before stays on its team, where the handbook says so."""

from collections.abc import Iterable
from datetime import date, datetime

from tenure.actions import events
from tenure.models import Assignment, Decision, User
from tenure.queries import handbook, leavers

ROLE = "previous_owner"
REASON = "Owner before the account was handed over"


def kept_by(account_ids: Iterable[int], today: date) -> dict[int, str]:
    """Account -> the role that owns it by coverage, where coverage keeps the previous owner on the team and the time for that
    (``leavers``) is not over."""
    said = Decision.objects.filter(account__in=account_ids, rule="coverage", until_date=None)
    found = {
        pk: role
        for pk, role, outputs in said.values_list("account_id", "outcome", "outputs")
        if outputs.get("previous_owner_stays")
    }
    over = leavers.over(found, today, handbook.pack()) if found else set()
    return {pk: role for pk, role in found.items() if pk not in over}


def keep(ended: Iterable[Assignment], on: date, *, at: datetime, actor: User | None, run_id: int | None = None) -> int:
    """Those who held these owner roles go on as previous owners from ``on``, once each; how many. Call in the transaction that ends the
    assignments."""
    rows = list(ended)
    accounts = {row.account_id for row in rows}
    there = Assignment.objects.filter(account__in=accounts, role=ROLE, until_date=None).values_list("account_id", "user_id")
    people = {(row.account_id, row.user_id): row for row in rows}
    for pair in set(there):
        people.pop(pair, None)
    made = Assignment.objects.bulk_create(
        Assignment(account_id=pk, user_id=user_id, role=ROLE, from_date=max(on, row.from_date), reason=REASON, assigned_by=actor,
                   recorded_at=at)
        for (pk, user_id), row in people.items()
    )  # fmt: skip
    entries = [_entry(row, people[row.account_id, row.user_id]) for row in made]
    events.record_many(entries, at=at, actor=actor, run_id=run_id)
    return len(made)


def _entry(row: Assignment, before: Assignment) -> events.Entry:
    was = {"user": str(before.user), "role": before.role, "from": before.from_date}
    body = events.body(was, {"user": str(before.user), "role": row.role, "from": row.from_date}, row.reason)
    return events.Entry("assignment.started", "assignment", row.pk, row.account_id, body)
