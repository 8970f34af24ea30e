"""A TAM for many accounts at once, and taking that back."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Count, QuerySet, Sum

from tenure.actions import assignments
from tenure.actions.refusals import Refused
from tenure.models import AccountSummary, Assignment, User

MOST = 5_000  # accounts of one bulk assignment: what one transaction should hold
TAM = "tam"


@dataclass(frozen=True)
class Done:
    """What a bulk assignment did: whom it gave how many accounts, how many were theirs before, and the first refusal of how many."""

    user: User
    started: int
    unchanged: int
    refused: int
    refusal: str

    @property
    def told(self) -> str:
        """The result in words."""
        parts = [f"{self.user.name} is the TAM of {self.started:,} account{'' if self.started == 1 else 's'}."]
        if self.unchanged:
            parts.append(f"{self.unchanged:,} {'was' if self.unchanged == 1 else 'were'} theirs already.")
        if self.refused:
            parts.append(f"{self.refused:,} left as {'it was' if self.refused == 1 else 'they were'}: {self.refusal}")
        return " ".join(parts)


def summed(rows: QuerySet[AccountSummary]) -> dict[str, Any]:
    """How many accounts and how much ARR (minor units) a choice of rows holds, and whether it is too many."""
    found = rows.aggregate(count=Count("pk"), arr=Sum("arr_minor"))
    return {"count": found["count"], "arr": found["arr"] or 0, "most": MOST, "too_many": found["count"] > MOST}


def assign(rows: QuerySet[AccountSummary], user_id: int, *, actor: User, at: datetime, today: date, reason: str = "") -> Done:
    """Give these visible accounts a TAM from today on; whoever was TAM ends. Raises Refused: nobody chosen, none or too many accounts."""
    user = User.objects.filter(pk=user_id).first()
    if user is None:
        raise Refused("Choose who becomes TAM. Nothing was changed.", "invalid", "user")
    ids = list(rows.order_by("pk").values_list("pk", flat=True)[: MOST + 1])
    if not ids:
        raise Refused("No account was chosen. Nothing was changed.", "invalid", "id")
    if len(ids) > MOST:
        raise Refused(
            f"At most {MOST:,} accounts can be assigned at once. Nothing was changed: narrow the list first.", "invalid", "id"
        )
    done = assignments.assign_many(ids, user, TAM, from_date=today, actor=actor, at=at, reason=reason.strip()[:500], today=today)
    return Done(user, len(done.started), len(done.unchanged), len(done.refused), next(iter(done.refused.values()), ""))


@transaction.atomic
def undo(user_id: int, moment: str, *, actor: User, at: datetime, today: date) -> int:
    """Take back what ``assign`` did at that moment; returns for how many accounts. Whoever was TAM until then is TAM again.

    Assignments that ended since stay ended. Raises Refused where nothing is left to take back.
    """
    made = Assignment.objects.filter(
        user=user_id, role=TAM, recorded_at=datetime.fromisoformat(moment), assigned_by=actor, until_date=None
    ).select_related("account", "user")
    rows = list(made)
    if not rows:
        raise Refused("There is nothing to take back any more.", "conflict")
    assignments.begin([row.account_id for row in rows], TAM, today, actor, taken_back=True)
    before = _before(rows)
    for earlier, ids in before.items():
        assignments.assign_many(
            ids, earlier, TAM, from_date=today, actor=actor, at=at, today=today, reason=assignments.TAKEN_BACK
        )
    held = {pk for ids in before.values() for pk in ids}
    assignments.take_back([row for row in rows if row.account_id not in held], today=today, actor=actor, at=at)
    return len(rows)


def _before(rows: list[Assignment]) -> dict[User, list[int]]:
    """Who was TAM of each account until the day the new one began."""
    day = rows[0].from_date
    ended = Assignment.objects.filter(account__in=[row.account_id for row in rows], role=TAM, until_date=day, from_date__lt=day)
    found: dict[User, list[int]] = {}
    for row in ended.select_related("user").order_by("pk"):
        if row.user.is_active:
            found.setdefault(row.user, []).append(row.account_id)
    return found
