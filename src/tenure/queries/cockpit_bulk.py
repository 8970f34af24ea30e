"""What the cockpit's dialogs need to know of the CTAs that something is to be done to."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Count, Q

from tenure.models import CallToAction, Task, User
from tenure.queries import cta_types, visible

LIMIT = 500  # people offered


def title(user: User, ids: Sequence[int]) -> str:
    """The CTA's title where there is one only, else how many: for the head of a dialog."""
    if len(ids) == 1:
        found = visible.ctas(user).filter(pk__in=ids).values_list("title", flat=True).first()
        return found or "1 CTA"
    return f"{len(ids):,} CTAs"


def people(user: User) -> list[tuple[User, int]]:
    """Who could own CTAs, each with how many open ones they have; the user's own team first."""
    keys = [key for key, role in visible.roles().items() if "cta.edit" in role.may]
    opened = Count("ctas", filter=Q(ctas__is_open=True), distinct=True)
    found = User.objects.filter(is_active=True, roles__role__in=keys).annotate(opened=opened).order_by("name", "pk")[:LIMIT]
    near = {user.pk, *visible.team_ids(user)}
    return sorted(((one, one.opened) for one in found), key=lambda pair: pair[0].pk not in near)


def person(pk: int) -> User | None:
    """Somebody who may own CTAs; the action checks the rest."""
    return User.objects.filter(pk=pk).prefetch_related("roles").first()


def tasks(ids: Sequence[int]) -> int:
    """How many open tasks these CTAs have."""
    return Task.objects.filter(cta__in=ids, status="open").count()


def closing(ids: Sequence[int]) -> dict[str, Any]:
    """The outcomes with how many of the CTAs can have each, and how many open tasks would be skipped."""
    rows = CallToAction.objects.filter(pk__in=ids, is_open=True).order_by()
    types = dict(rows.values("type").annotate(n=Count("pk")).values_list("type", "n"))
    found = [
        (status, fits)
        for key, status in cta_types.every_status().items()
        if not status.open and (fits := sum(n for kind, n in types.items() if cta_types.status(kind, key)))
    ]
    return {"outcomes": found, "open": sum(types.values()), "tasks": tasks(ids)}


def named(user: User, refused: Sequence[tuple[int, str]]) -> list[tuple[str, str, str]]:
    """(title, account, reason) of what was refused; what the user doesn't see stays without a name."""
    ids = [pk for pk, _ in refused]
    rows = {row.pk: row for row in visible.ctas(user).filter(pk__in=ids).select_related("account")}
    return [
        (rows[pk].title, rows[pk].account.name, reason) if pk in rows else ("A CTA that isn't there", "", reason)
        for pk, reason in refused
    ]
