"""Onboardings that a person sees, and what is known of one."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from tenure.models import Assignment, Onboarding, User
from tenure.queries import assignments, visible
from tenure.rules.onboarding import BEGINS, ENDS, FIELDS

VIEW, EDIT = "onboarding.view", "onboarding.edit"
NOT_KEPT = ("account", "tam_assigned_on")


def seen(user: User) -> QuerySet[Onboarding]:
    """The onboardings of the accounts that the user sees."""
    if not visible.may(user, VIEW):
        return Onboarding.objects.none()
    return Onboarding.objects.filter(Exists(visible.summaries(user).filter(pk=OuterRef("account_id"))), deleted_at=None)


def open_of(account_id: int) -> QuerySet[Onboarding]:
    """The open onboarding of an account: at most one."""
    return Onboarding.objects.filter(account=account_id, is_open=True, deleted_at=None)


def team_of(account_id: int, day: date) -> dict[str, dict[str, Any]]:
    """Who works on an account on a day: role -> id and name; of several in one role, the latest."""
    rows = Assignment.objects.filter(assignments.active(day), account=account_id).select_related("user")
    return {row.role: {"id": row.user_id, "name": row.user.name} for row in rows.order_by("from_date", "pk")}


def tam_assigned_on(row: Onboarding) -> date | None:
    """The day from which the account had the TAM of its onboarding: the one on its first day, else the first one after it."""
    since = row.start_date or row.purchase_date or row.contract_date
    rows = Assignment.objects.filter(account=row.account_id, role="tam")
    if since is not None:
        rows = rows.filter(Q(until_date=None) | Q(until_date__gt=since))
    return rows.order_by("from_date", "pk").values_list("from_date", flat=True).first()


def values_of(row: Onboarding, tam: Mapping[int, date | None] | None = None) -> dict[str, Any]:
    """What the handbook's times, track and required fields read of an onboarding. ``tam``: ``tam_assigned_on`` by id, where it is known."""
    names = [name for name in dict.fromkeys((*BEGINS, *ENDS, *FIELDS)) if name not in NOT_KEPT]
    found = {name: getattr(row, f"{name}_id" if name == "owner" else name) for name in names}
    return {
        **found,
        "cause": row.cause,
        "gemstone": row.gemstone,
        "account": row.account_id,
        "tam_assigned_on": tam_assigned_on(row) if tam is None else tam[row.pk],
    }
