"""What the palette finds: accounts by name, people by name or by any name of their role. A few of each, quick at any size."""

from dataclasses import dataclass

from django.db import connection
from django.db.models import Q, QuerySet

from tenure.models import AccountSummary, User
from tenure.queries import handbook, roles, visible

ACCOUNTS = 7
PEOPLE = 5
LAST = "\U0010ffff"


@dataclass(frozen=True)
class Found:
    """Accounts (id, name, region, gemstone, ARR in minor units) and people, best first."""

    accounts: list[AccountSummary]
    people: list[User]


def find(user: User, text: str) -> Found:
    """What the user may see of what fits ``text``: names that begin with it, then names that hold it. Blank finds nothing."""
    words = " ".join(text.lower().split())
    if not words:
        return Found([], [])
    return Found(_accounts(user, words) if visible.may(user, "account.view") else [], _people(user, words))


def _accounts(user: User, words: str) -> list[AccountSummary]:
    rows = visible.summaries(user).only("name", "region", "gemstone", "arr_minor").order_by("name_key", "pk")
    found = list(rows.filter(_begins(words))[:ACCOUNTS])
    if len(found) < ACCOUNTS:
        known = [row.pk for row in found]
        found += rows.filter(name_key__contains=words).exclude(pk__in=known)[: ACCOUNTS - len(found)]
    return found


def _begins(words: str) -> Q:
    """Names that begin with the words: a range of the index where text compares by code point, LIKE where it may not."""
    if connection.vendor == "sqlite":
        return Q(name_key__gte=words, name_key__lt=words + LAST)
    return Q(name_key__startswith=words)


def _people(user: User, words: str) -> list[User]:
    """Colleagues, for who can go somewhere from them: to their accounts, or to their page."""
    if not (visible.may(user, "account.view") or visible.may(user, "user.manage")):
        return []
    rows: QuerySet[User] = User.objects.filter(is_active=True).prefetch_related("roles").order_by("name", "pk")
    begins = Q(name__istartswith=words) | Q(email__istartswith=words)
    found = list(rows.filter(begins)[:PEOPLE])
    if len(found) < PEOPLE:
        known = [row.pk for row in found]
        found += rows.filter(name__icontains=words).exclude(pk__in=known)[: PEOPLE - len(found)]
    if len(found) < PEOPLE and (named := roles.called(words, handbook.pack())):
        known = [row.pk for row in found]
        found += rows.filter(roles__role__in=named).exclude(pk__in=known).distinct()[: PEOPLE - len(found)]
    return found
