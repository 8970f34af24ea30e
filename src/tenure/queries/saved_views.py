"""Saved views: those that a person made, and those that others share."""

from django.db.models import Q, QuerySet

from tenure.models import SavedView, User


def of(user: User, page: str) -> QuerySet[SavedView]:
    """The user's own views of a page and the shared ones: own first, pinned before the others."""
    rows = SavedView.objects.filter(page=page).filter(Q(owner=user) | Q(shared=True)).select_related("owner")
    return rows.order_by("-pinned", "position", "name", "pk")


def default(user: User, page: str) -> SavedView | None:
    """The view with which the page opens for this user; None = the plain list."""
    return SavedView.objects.filter(page=page, owner=user, is_default=True).first()
