"""What a person was told."""

from datetime import datetime

from django.db.models import Count, Q, QuerySet

from tenure.models import Notice, User


def of(user: User) -> QuerySet[Notice]:
    """The user's notices in the application, newest first."""
    return Notice.objects.filter(user=user, channel="app").select_related("account")


def unread(user: User) -> int:
    """How many of them were not read."""
    return Notice.objects.filter(user=user, channel="app", read_at=None).count()


def due(channels: list[str], at: datetime) -> QuerySet[Notice]:
    """Notices of these channels that wait for delivery at this moment, oldest first; also those whose sender died on the way."""
    ready = Q(next_try_at=None) | Q(next_try_at__lte=at)
    return (
        Notice.objects.filter(ready, state__in=("queued", "sending"), channel__in=channels, user__is_active=True)
        .select_related("user")
        .order_by("id")
    )


def counts(user: User) -> dict[str, int]:
    """How many notices of each kind the user has in the application."""
    rows = Notice.objects.filter(user=user, channel="app").values("kind").annotate(count=Count("pk")).order_by("kind")
    return {row["kind"]: row["count"] for row in rows}
