"""Template filters and tags of every page: money, days, marks. They format; they decide nothing."""

from datetime import date, datetime
from functools import lru_cache
from typing import Any

from django import template
from django.templatetags.static import static
from django.utils import timezone
from django.utils.safestring import SafeString

from tenure.queries import cells, clock
from tenure.queries.money import digits
from tenure.rules.services import words
from tenure.views.markup import fill

register = template.Library()

SIGNS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥"}
BLANK = "–"


def major(minor: int, currency: str) -> float:
    """Minor units as major ones, for display only."""
    return minor / float(10 ** digits(currency))


@register.filter
def money(minor: int | None, currency: str = "USD") -> str:
    """A whole amount for tables: ``$1,940,000``; blank is an en dash; a real minus."""
    if minor is None:
        return BLANK
    amount = round(major(abs(minor), currency))
    sign = SIGNS.get(currency, f"{currency} ")
    return f"{'−' if minor < 0 else ''}{sign}{amount:,}"


@register.filter
def money_exact(minor: int | None, currency: str = "USD") -> str:
    """An amount with its cents where it has some: ``$4.17``, ``$228``."""
    places = digits(currency)
    if minor is None or minor % 10**places == 0:
        return money(minor, currency)
    return f"{'−' if minor < 0 else ''}{SIGNS.get(currency, f'{currency} ')}{major(abs(minor), currency):,.{places}f}"


@register.filter
def money_short(minor: int | None, currency: str = "USD") -> str:
    """A short amount for sums: ``$5.01M``, ``$834k``."""
    if minor is None:
        return BLANK
    amount, sign = major(abs(minor), currency), SIGNS.get(currency, f"{currency} ")
    minus = "−" if minor < 0 else ""
    for size, unit in ((1e9, "B"), (1e6, "M")):
        if amount >= size:
            return f"{minus}{sign}{amount / size:.2f}{unit}"
    return f"{minus}{sign}{amount / 1000:,.0f}k" if amount >= 10_000 else f"{minus}{sign}{amount:,.0f}"


@register.filter
def count(value: int | None) -> str:
    """A number with thousands separators; blank is an en dash."""
    return BLANK if value is None else f"{value:,}"


@register.filter
def hours(minutes: int | None) -> str:
    """Minutes as ``1 h 30 min``; blank is an en dash."""
    return BLANK if minutes is None else words(minutes)


@register.filter
def counted(number: int, word: str) -> str:
    """A number of things: ``{{ n|counted:"row" }}`` is ``1 row`` or ``1,200 rows``."""
    return cells.counted(number, word)


@register.filter
def day(value: date | None, today: date | None = None) -> str:
    """``31 Jan``, with the year where it isn't this year's: ``31 Jan 2027``."""
    if value is None:
        return BLANK
    same = today is not None and value.year == today.year
    return f"{value.day} {value:%b}" + ("" if same else f" {value.year}")


@register.filter
def moment_day(value: datetime | None, today: date | None = None) -> str:
    """The day of a moment in the zone of whoever reads, as ``day`` tells it."""
    return day(timezone.localtime(value), today) if value else BLANK


@register.filter
def days_until(value: date | None, today: date) -> int | None:
    """Days from ``today`` to the day; negative when it has passed."""
    return None if value is None else (value - today).days


@register.filter
def ago(value: datetime | None, today: date) -> str:
    """The company's day of a moment as ``today``, ``yesterday``, ``12 days ago``; an en dash for none."""
    if value is None:
        return BLANK
    days = (today - clock.day_of(value)).days
    return {0: "today", 1: "yesterday"}.get(days, f"{days} days ago")


@register.simple_tag
def zone() -> str:
    """The name of the time zone in which the page shows moments and takes them: the reader's."""
    return timezone.get_current_timezone_name()


@register.filter
def dash(value: Any) -> Any:
    """The one blank convention: an en dash."""
    return BLANK if value in (None, "") else value


@register.filter
def beside(name: str, account: str) -> str:
    """What something of an account is called where the account stands beside it: "Homeworld Inc.: first purchase" is "First purchase" there."""
    rest = name.removeprefix(account)
    rest = rest.lstrip(" :,-–") if rest != name and rest[:1] in (" ", ":", ",", "-", "–") else ""
    return rest[:1].upper() + rest[1:] or name


@register.filter
def browser(agent: str) -> str:
    """Browser and system of a user agent, roughly, for one's own list of sessions."""
    names = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"))
    systems = (
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS", "macOS"),
        ("Linux", "Linux"),
    )
    name = next((word for mark, word in names if mark in agent), "A browser")
    system = next((word for mark, word in systems if mark in agent), "")
    return f"{name} on {system}" if system else name


@register.filter
def role_words(role: str, roles: dict[str, Any] | None = None) -> str:
    """A role's key in words: its title where the roles of the handbook are given, else ``account manager``, ``TAM``."""
    if roles and role in roles:
        return str(roles[role].title)
    return role.replace("_", " ").replace("tam", "TAM")


@register.filter
def field(row: Any, name: str) -> Any:
    """``row.name`` or ``row[name]`` where the name is data."""
    return row.get(name) if isinstance(row, dict) else getattr(row, name, None)


@register.simple_tag
@lru_cache(maxsize=256)
def icon(name: str, extra: str = "") -> SafeString:
    """An outline icon of the sprite, hidden from screen readers."""
    return fill('<svg class="i {}" aria-hidden="true"><use href="{}#i-{}"/></svg>', extra, static("icons.svg"), name)


@register.simple_tag
@lru_cache(maxsize=64)
def gem(name: str) -> SafeString | str:
    """The cut stone and the word."""
    if not name:
        return BLANK
    return fill(
        '<span class="gem" data-g="{}"><svg aria-hidden="true"><use href="{}#g-{}"/></svg>{}</span>',
        name, static("icons.svg"), name.lower(), name,
    )  # fmt: skip


@register.simple_tag
def monogram(name: str, key: int | None, person: bool = False, size: str = "") -> SafeString:
    """The tinted letter(s) before an account's or a person's name. ``size``: "", "l" or "m"."""
    words = (name or "?").split()
    letters = words[0][0] + (words[-1][0] if person and len(words) > 1 else "") if words else "?"
    classes = f"mg m{(key or 0) % 6 + 1}" + (" mg-p" if person else "") + (f" mg-{size}" if size else "")
    return fill('<span class="{}" aria-hidden="true">{}</span>', classes, letters.upper())
