"""Template filters of onboardings: days that something took, and the names of their days."""

from django import template

from tenure.queries import onboarding_words
from tenure.queries.onboardings_one import DAYS
from tenure.views.tags import BLANK

register = template.Library()


@register.filter
def took(value: float | None) -> str:
    """Days: ``11``, ``10.5``, ``−3``; an en dash for none."""
    if value is None:
        return BLANK
    return f"{round(value, 1):,g}".replace("-", "−")


@register.filter
def day_name(field: str) -> str:
    """``first_reach_out`` as people read it."""
    return DAYS.get(field, field)


@register.filter
def onboarding_status(key: str) -> str:
    """A status by its title."""
    return onboarding_words.title("status", key) or key
