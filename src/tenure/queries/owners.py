"""Whom a role means on an account: the person to whom work of that role falls."""

from collections.abc import Iterable
from datetime import date

from tenure.models import Assignment, User
from tenure.queries import assignments

MANAGERS = {"tam_manager": "tam"}  # a manager's role -> the role of the person whose manager is meant


def of(account_ids: Iterable[int], on: date) -> "Owners":
    """Who holds which role on these accounts on a day. Two queries for any number of accounts."""
    rows = Assignment.objects.filter(assignments.active(on), account__in=list(account_ids), user__is_active=True)
    found: dict[tuple[int, str], int] = {}
    for account, role, user in rows.order_by("-from_date", "-pk").values_list("account_id", "role", "user_id"):
        found.setdefault((account, role), user)
    people = User.objects.filter(pk__in=set(found.values()), manager__is_active=True)
    return Owners(found, dict(people.values_list("pk", "manager_id")))


class Owners:
    """The people of some accounts by role."""

    def __init__(self, people: dict[tuple[int, str], int], managers: dict[int, int | None]) -> None:
        self.people, self.managers = people, managers

    def get(self, account_id: int, role: str) -> int | None:
        """The person whom a role means on an account, None where nobody holds it.

        Owner roles stand for each other: a small account's manager may be a sales administrator. A manager is the manager of who
        holds the role.
        """
        if role in MANAGERS:
            below = self.people.get((account_id, MANAGERS[role]))
            return self.people.get((account_id, role)) or (self.managers.get(below) if below else None)
        if role in assignments.OWNER_ROLES:
            keys = (role, *assignments.OWNER_ROLES)
            return next((self.people[account_id, key] for key in keys if (account_id, key) in self.people), None)
        return self.people.get((account_id, role))
