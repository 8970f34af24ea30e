"""Saved views: those that a person made, and those that others share."""

from collections.abc import Iterable

from django.db.models import Q, QuerySet

from tenure.models import SavedView, User


def of(user: User, page: str = "") -> QuerySet[SavedView]:
    """The user's own views and the shared ones (of one page): pinned before the others, then by place and name."""
    rows = SavedView.objects.filter(Q(owner=user) | Q(shared=True)).select_related("owner")
    return (rows.filter(page=page) if page else rows).order_by("-pinned", "position", "name", "pk")


def default(views: Iterable[SavedView], user: User) -> SavedView | None:
    """The view with which the page opens for this user; None = the plain list."""
    return next((view for view in views if view.is_default and view.owner_id == user.pk), None)
