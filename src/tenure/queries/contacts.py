"""Contacts of one account: who they are, and what the handbook asks for and is missing."""

from collections.abc import Container, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from tenure.models import Account, Contact
from tenure.queries import contacts_then

DUTIES = {
    "is_champion": "Champion",
    "is_decision_maker": "Decision maker",
    "is_licence_contact": "Licence contact",
    "is_billing_contact": "Billing contact",
}
WORDS = {"title": "title", "role": "role", "email": "e-mail", "phone": "phone", "salutation": "salutation"}


@dataclass(frozen=True)
class Line:
    """A contact, its duties in words, the fields that are missing, in words, and those of which nobody recorded what they had been."""

    row: Contact
    duties: list[str]
    missing: list[str]
    untold: Sequence[str] = ()


@dataclass(frozen=True)
class Book:
    """The contacts of one account. ``completeness`` is the share of the asked fields that are filled, in percent; None without contacts."""

    lines: list[Line]
    completeness: int | None
    no_one_is: list[str]  # duties that nobody has, in words
    asks_salutation: bool

    @property
    def incomplete(self) -> list[Line]:
        """The contacts with something missing."""
        return [line for line in self.lines if line.missing]


def book(account: Account, region: str, until: datetime, *, past: bool = False) -> Book:
    """The contacts known at a moment, by name; of a ``past`` one as they were then. One query."""
    if past:
        lines = [_line(one.row, region, one.untold) for one in contacts_then.of(account.pk, until)]
    else:
        alive = Q(deleted_at=None) | Q(deleted_at__gt=until)
        rows = Contact.objects.filter(alive, account=account, created_at__lt=until).order_by("name", "id")
        lines = [_line(row, region) for row in rows]
    held = {duty for line in lines for duty in line.duties}
    return Book(
        lines,
        completeness([line.row for line in lines], region),
        [word for word in DUTIES.values() if word not in held],
        "salutation" in _asked(region),
    )


def completeness(rows: list[Contact], region: str) -> int | None:
    """Percent of the asked fields that are filled over all contacts, rounded down; None without contacts."""
    asked = len(_asked(region)) * len(rows)
    missing = sum(len(row.missing_fields(region)) for row in rows)
    return (asked - missing) * 100 // asked if asked else None


def _asked(region: str) -> list[str]:
    return Contact(name="").missing_fields(region)


def _line(row: Contact, region: str, untold: Container[str] = ()) -> Line:
    duties = [word for field, word in DUTIES.items() if getattr(row, field) and field not in untold]
    missing = [WORDS[field] for field in row.missing_fields(region) if field not in untold]
    return Line(row, duties, missing, [word for field, word in {"name": "name", **WORDS, **DUTIES}.items() if field in untold])
