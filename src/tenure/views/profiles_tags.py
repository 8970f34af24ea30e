"""Template filters of profiles: values in words taken apart again."""

from datetime import date
from decimal import Decimal, InvalidOperation

from django import template

from tenure.views.tags import day

register = template.Library()


@register.filter
def semicolons(words: str) -> list[str]:
    """``SOC 2; GDPR`` as a list."""
    return [one for one in words.split("; ") if one]


@register.filter
def thousands(words: str) -> str:
    """A plain number with separators of thousands; anything else as it stands."""
    try:
        return f"{Decimal(words):,}"
    except InvalidOperation:
        return words


@register.filter
def iso_day(words: str) -> str:
    """``2026-03-31`` as ``31 Mar 2026``; anything else as it stands."""
    try:
        return day(date.fromisoformat(words))
    except ValueError:
        return words
