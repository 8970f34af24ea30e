"""Template filters of work: due days in words, who is named in a text."""

from datetime import date
from typing import Any

from django import template
from django.urls import reverse
from django.utils.html import escape, urlize
from django.utils.safestring import SafeString, mark_safe

from tenure.models import Account, CallToAction, CtaLink
from tenure.queries import activity_kinds, cta_types, ctas_history, handbook, services, texts
from tenure.queries.mentions import MENTION
from tenure.rules.calendars import Offset
from tenure.views.tags import BLANK

register = template.Library()
PRIORITY = {1: "High", 2: "Medium", 3: "Low"}
THINGS = {  # what a CTA can be about: its section of the account's page, its icon
    "url": ("", "link"), "contact": ("contacts", "user"), "subscription": ("subscriptions", "receipt-2"),
    "opportunity": ("subscriptions", "trending-up"), "activity": ("timeline", "phone"), "ticket": ("", "lifebuoy"),
}  # fmt: skip
WEEK = 14  # days ahead for which the day of the week helps


@register.filter
def due(value: date | None, today: date) -> str:
    """``2 d late``, ``Today``, ``Thu 26 Nov``, ``9 Jan 2027``; an en dash for no day."""
    if value is None:
        return BLANK
    days = (value - today).days
    if days < 0:
        return f"{-days} d late"
    if days == 0:
        return "Today"
    text = f"{value.day} {value:%b}" + ("" if value.year == today.year else f" {value.year}")
    return f"{value:%a} {text}" if days < WEEK else text


@register.filter
def service_title(key: str) -> str:
    """A service of the handbook in words."""
    return services.title(key)


@register.filter
def letter_verb(template: str) -> str:
    """What one does with a text of the handbook: ``Write from template``, ``Log call``."""
    found = activity_kinds.templates().get(template)
    if found is None:
        return "Log call"
    return {"email": "Write from template", "call": "Log call"}.get(found.kind, f"Log {activity_kinds.title(found.kind).lower()}")


@register.filter
def letter_icon(template: str) -> str:
    """The icon of the entry that a text of the handbook begins."""
    found = activity_kinds.templates().get(template)
    return activity_kinds.icon(found.kind) if found else "phone"


@register.simple_tag
def release_gap(key: str, answer: Any, today: date) -> str:
    """How a version that somebody answered stands against the latest release; blank for other answers."""
    return texts.gap(str(answer), today, handbook.pack()) if key in texts.ANSWERS and answer else ""


@register.simple_tag
def release_hint(key: str, today: date) -> str:
    """The latest release, beside a field that asks for a version."""
    return texts.newest(today, handbook.pack()) if key in texts.ANSWERS else ""


@register.filter
def counted_from(row: CallToAction) -> str:
    """From what a CTA's day is counted, in words."""
    return ctas_history.counted_from(row)


@register.filter
def kind_icon(key: str) -> str:
    """The icon of a kind of timeline entry."""
    return activity_kinds.icon(key)


@register.filter
def kind_word(key: str) -> str:
    """A kind of timeline entry in one word."""
    return activity_kinds.word(key)


@register.filter
def link_icon(noun: str) -> str:
    """The icon of what a CTA is about."""
    return THINGS.get(noun, ("", "stack-2"))[1]


@register.filter
def link_url(link: CtaLink, account: Account) -> str:
    """Where one sees what a CTA is about; blank where there is no page for it."""
    if link.url or link.noun not in THINGS:
        return link.url
    if link.noun == "activity":
        return reverse("activities:show", args=[link.object_id])
    section = THINGS[link.noun][0]
    return reverse("account:section", args=[account.pk, section]) if section else ""


@register.filter
def every(by: Offset) -> str:
    """How often: ``month``, ``3 months``."""
    return str(by).removeprefix("1 ")


@register.filter
def due_class(value: date | None, today: date) -> str:
    """How strongly a due day is shown."""
    if value is None or value > today:
        return "mut"
    return "down med" if value < today else "med"


@register.filter
def priority_word(value: int) -> str:
    """1 = High."""
    return PRIORITY.get(value, str(value))


@register.filter
def cta_type(key: str) -> Any:
    """The type of a key: its title and icon."""
    return cta_types.types().get(key) or {"key": key, "title": cta_types.title(key), "icon": "checkbox"}


@register.filter
def cta_status(key: str) -> str:
    """A status in words."""
    return cta_types.status_title(key)


@register.filter
def said(text: str) -> SafeString:
    """What a person wrote, with its lines, its addresses as links and the people named in it marked. Nothing of it is taken as HTML."""
    marked = MENTION.sub(lambda found: f"\ue000{found[1]}\ue001", text.replace("\ue000", "").replace("\ue001", ""))
    html = urlize(escape(marked), nofollow=True).replace("\ue000", '<b class="at">@').replace("\ue001", "</b>")
    return mark_safe(html.replace("\n", "<br>"))  # noqa: S308 - escaped above


@register.filter
def file_size(value: int) -> str:
    """``340 kB``, ``1.2 MB``."""
    return f"{value / 1024 / 1024:.1f} MB" if value >= 1024 * 1024 else f"{max(value // 1024, 1)} kB"
