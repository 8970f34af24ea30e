"""Log-in, log-out and the first-run page."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class ClosedSignup(DefaultAccountAdapter):  # type: ignore[misc]
    """Nobody signs up by themselves: an administrator makes users."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never."""
        return False
