"""Territories, with who covers them."""

from django.db.models import Count, Q, QuerySet

from tenure.models import Territory


def listed() -> QuerySet[Territory]:
    """All territories by name, each with ``held`` (its accounts) and its active people prefetched as ``users``."""
    return Territory.objects.annotate(held=Count("accounts", filter=Q(accounts__deleted_at=None))).prefetch_related("users")
