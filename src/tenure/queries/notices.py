"""What a person was told."""

from django.db.models import Count, QuerySet

from tenure.models import Notice, User


def of(user: User) -> QuerySet[Notice]:
    """The user's notices in the application, newest first."""
    return Notice.objects.filter(user=user, channel="app").select_related("account")


def unread(user: User) -> int:
    """How many of them were not read."""
    return Notice.objects.filter(user=user, channel="app", read_at=None).count()


def counts(user: User) -> dict[str, int]:
    """How many notices of each kind the user has in the application."""
    rows = Notice.objects.filter(user=user, channel="app").values("kind").annotate(count=Count("pk")).order_by("kind")
    return {row["kind"]: row["count"] for row in rows}
