"""A worker's sign of life, for pages that wait for one. Bookkeeping: it leaves no Event."""

from datetime import datetime

from django.core.cache import cache

from tenure.queries.workers import KEY

LASTS = 60  # seconds


def beat(*, at: datetime) -> None:
    """Say that a worker runs."""
    cache.set(KEY, at.isoformat(), LASTS)
