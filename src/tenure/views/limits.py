"""Limits of how often pages without log-in may be asked for; allauth's own limits count no GET."""

from hashlib import sha256

from allauth.account.adapter import get_adapter
from django.core.cache import cache
from django.http import HttpRequest
from django.utils import timezone

# action: (how often, in how many seconds, by whom: ip | key). The key is what the address names, right or wrong.
LIMITS: dict[str, tuple[tuple[int, int, str], ...]] = {
    "feed": ((120, 60, "ip"), (60, 3600, "key")),
    "mail_link": ((60, 60, "ip"),),
    "guest": ((120, 60, "ip"), (600, 3600, "key")),
    "answers": ((60, 60, "ip"), (120, 3600, "key")),
}


def allows(request: HttpRequest, action: str, key: str = "") -> bool:
    """Count a request and say whether it is within the limits of the action. Windows are fixed: at their border twice as many pass."""
    now = int(timezone.now().timestamp())
    within = True
    for most, seconds, by in LIMITS[action]:
        who = get_adapter().get_client_ip(request) if by == "ip" else key
        name = f"limit:{action}:{by}:{now // seconds}:{sha256(str(who).encode()).hexdigest()[:32]}"
        within = _count(name, seconds) <= most and within
    return within


def _count(name: str, seconds: int) -> int:
    cache.add(name, 0, timeout=seconds)
    try:
        return cache.incr(name)
    except ValueError:  # it ended just now
        return 1
