"""What CTAs are about: things of the same account, by noun."""

from typing import Any

from django.db.models import QuerySet

from tenure.models import Activity, Contact, Opportunity, Subscription, Ticket

MOST = 50  # things offered of one kind
NOUNS = {
    "subscription": "Subscription",
    "opportunity": "Opportunity",
    "contact": "Contact",
    "activity": "Activity",
    "ticket": "Ticket",
}


def _rows(noun: str, account_id: int) -> tuple[QuerySet[Any], str]:
    """The rows of a kind that belong to an account and can be named, and the field that names them."""
    here = {"account": account_id, "deleted_at": None}
    shelves: dict[str, tuple[QuerySet[Any], str]] = {
        "subscription": (Subscription.objects.filter(**here).order_by("-start_date", "-pk"), "number"),
        "opportunity": (Opportunity.objects.filter(**here).order_by("-close_date", "-pk"), "name"),
        "contact": (Contact.objects.filter(**here).order_by("name", "pk"), "name"),
        "activity": (Activity.objects.filter(**here, draft=False).order_by("-happened_at", "-pk"), "subject"),
        "ticket": (Ticket.objects.filter(**here).order_by("-opened_at", "-pk"), "subject"),
    }
    return shelves[noun]


def title(noun: str, object_id: int | None, account_id: int) -> str | None:
    """What the thing is called; None where the account has no such thing."""
    if noun not in NOUNS or object_id is None:
        return None
    rows, field = _rows(noun, account_id)
    found = rows.filter(pk=object_id).values_list(field, flat=True).first()
    return None if found is None else found or f"{NOUNS[noun]} {object_id}"


def choices(account_id: int) -> list[tuple[str, list[tuple[str, str]]]]:
    """What can be linked, by kind: (``contact:12``, name). One query a kind."""
    found = []
    for noun, word in NOUNS.items():
        rows, field = _rows(noun, account_id)
        items = [(f"{noun}:{pk}", name or f"{word} {pk}") for pk, name in rows.values_list("pk", field)[:MOST]]
        if items:
            found.append((word, items))
    return found
