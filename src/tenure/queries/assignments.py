"""Who works on what: active assignments, their history, and the load of people."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum

from tenure.models import AccountDay, AccountSummary, Assignment, BuiltDay, SummaryFields, User
from tenure.queries import visible

ENGAGE = "team.engage"
# Roles that own an account after the sale; the rule `coverage` says which one does. An imported owner without one of them is account_owner.
OWNER_ROLES = ("account_manager", "account_executive", "smb_advocate", "sales_admin", "partner", "account_owner")


def active(on: date) -> Q:
    """The condition of being active on a day."""
    return Q(from_date__lte=on) & (Q(until_date=None) | Q(until_date__gt=on))


def of_account(account_id: int) -> QuerySet[Assignment]:
    """All assignments of an account, active ones first, then newest first."""
    rows = Assignment.objects.filter(account=account_id).select_related("user", "assigned_by")
    return rows.order_by(F("until_date").desc(nulls_first=True), "-from_date", "-id")


def assignable_ids(user: User, account_ids: Iterable[int], capability: str = "account.assign") -> set[int]:
    """Those of the accounts on which the user may do this: ``visible.may_on`` for many at once."""
    wanted = set(account_ids)
    if not visible.may(user, capability):
        return set()
    sees = {role.sees for role in visible.roles_of(user) if capability in role.may}
    if "all" in sees or "team" in sees:
        return set(visible.summaries(user).filter(pk__in=wanted).values_list("pk", flat=True))
    mine = Assignment.objects.filter(account__in=wanted, user=user, until_date=None)
    return set(mine.values_list("account_id", flat=True))


def named_by(user: User) -> dict[str, set[str]]:
    """Role -> the roles of the user that may name people in it, on accounts on which they have one of those roles themselves."""
    found: dict[str, set[str]] = {}
    for role in visible.roles_of(user):
        for key in role.engages if ENGAGE in role.may else ():
            found.setdefault(key, set()).add(role.key)
    return found


def nameable_ids(user: User, account_ids: Iterable[int], role: str) -> set[int]:
    """Those of the accounts on which the user may say who has the role: who may assign may, and who engages such people on an own account."""
    wanted = set(account_ids)
    found, by = assignable_ids(user, wanted), named_by(user).get(role)
    if not by or not user.is_active or found == wanted:
        return found
    own = Assignment.objects.filter(account__in=wanted, account__deleted_at=None, user=user, role__in=by, until_date=None)
    return found | set(own.values_list("account_id", flat=True))


def candidates(role: str = "tam") -> QuerySet[User]:
    """Active people who hold the role, by name."""
    return User.objects.filter(is_active=True, roles__role=role).order_by("name", "pk").prefetch_related("territories")


def held(role: str, built: BuiltDay) -> QuerySet[User]:
    """The candidates of today and whoever was TAM of an account on a built day, by name."""
    then = Q(pk__in=AccountDay.objects.filter(built=built, tam__isnull=False).values("tam"))
    now = Q(pk__in=User.objects.filter(is_active=True, roles__role=role).values("pk"))
    return User.objects.filter(then | now).order_by("name", "pk").prefetch_related("territories")


def loads(user_ids: Iterable[int] | None = None, built: BuiltDay | None = None) -> list[dict[str, Any]]:
    """What each TAM carries, today or on a built day: ``{user_id, accounts, arr_minor, gems: {name: count}}``, biggest ARR first; one
    query each way."""
    rows: QuerySet[SummaryFields] = AccountSummary.objects.filter(deleted=False)
    if built is not None:
        rows = AccountDay.objects.filter(built=built)
    rows = rows.filter(tam__isnull=False) if user_ids is None else rows.filter(tam__in=list(user_ids))
    found: dict[int, dict[str, Any]] = {}
    for row in rows.values("tam", "gemstone").annotate(accounts=Count("account"), arr=Sum("arr_minor")).order_by("tam"):
        load = found.setdefault(row["tam"], {"user_id": row["tam"], "accounts": 0, "arr_minor": 0, "gems": {}})
        load["accounts"] += row["accounts"]
        load["arr_minor"] += row["arr"] or 0
        load["gems"][row["gemstone"]] = row["accounts"]
    return sorted(found.values(), key=lambda load: (-load["arr_minor"], load["user_id"]))
