"""Whether background work is being done at all."""

from django.core.cache import cache

KEY = "tenure.worker"


def alive() -> bool:
    """Whether any worker has given a sign of life lately."""
    return cache.get(KEY) is not None
