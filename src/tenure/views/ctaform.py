"""The form of a new CTA, and the fields that are changed in place: from text to values and back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings

from tenure.actions import attachments_types, ctas
from tenure.actions.refusals import Refused
from tenure.models import Account, CallToAction, User
from tenure.queries import account as accounts
from tenure.queries import cta_types, handbook, people, visible
from tenure.views import clashes
from tenure.views.drawers import day
from tenure.views.shell import PageRequest

TEXTS = ("title", "reason", "note", "status")


@dataclass(frozen=True)
class Form:
    """A new CTA as typed. ``account`` is None while none, or none that the reader sees, is named."""

    given: Mapping[str, str]
    account: Account | None
    type: str
    owners: list[User] = field(default_factory=list)


def fields(given: Mapping[str, str]) -> dict[str, Any]:
    """The fields that came, as values. Raises Refused for what is none."""
    found: dict[str, Any] = {name: given[name] for name in TEXTS if name in given}
    if "priority" in given:
        found["priority"] = _priority(given)
    if "important" in given:
        found["important"] = given["important"] == "1"
    return found


def seen(given: Mapping[str, str]) -> dict[str, Any]:
    """The values that the page had shown of those fields."""
    return fields(clashes.seen(given))


def _priority(given: Mapping[str, str]) -> int:
    """The priority that was chosen; 0 for what is none, which the action refuses."""
    typed = given.get("priority") or "2"
    return int(typed) if typed in ("1", "2", "3") else 0


def read(given: Mapping[str, str], user: User) -> Form:
    """What was typed, with the account that it names and the people who could own it."""
    account = _account(given, user)
    kind = given.get("type", "")
    return Form(given, account, kind if kind in cta_types.types() else "", people.seeing(account, "cta.edit") if account else [])


def _account(given: Mapping[str, str], user: User) -> Account | None:
    number = given.get("account", "")
    if number.isdecimal() and len(number) < 19:
        return visible.accounts(user).filter(pk=int(number)).first()
    named = accounts.named(user, given.get("account_name", "")) if given.get("account_name") else []
    return visible.accounts(user).filter(pk=named[0]).first() if len(named) == 1 else None


def add(form: Form, actor: User, today: date, at: datetime) -> CallToAction:
    """Add it. Raises Refused."""
    if form.account is None:
        raise Refused("Choose an account from the list.", "invalid", "account_name")
    given = form.given
    owner = next((one for one in form.owners if str(one.pk) == given.get("owner", "")), None)
    if given.get("owner") and owner is None:
        raise Refused("Choose an owner from the list.", "invalid", "owner")
    if given.get("due_date") and day(given["due_date"]) is None:
        raise Refused("That is not a day.", "invalid", "due_date")
    return ctas.create(
        form.account, type=form.type, title=given.get("title", ""), reason=given.get("reason", ""), owner=owner, due_date=day(given.get("due_date")),
        priority=_priority(given), note=given.get("note", ""), today=today, actor=actor, at=at,
    )  # fmt: skip


def context(form: Form, request: PageRequest) -> dict[str, Any]:
    """What the template of the form needs."""
    chosen = form.given.get("owner", str(request.user.pk))
    return {
        "form": form, "given": form.given, "types": list(cta_types.types().values()), "reasons": cta_types.reasons(form.type) if form.type else (),
        "chosen": chosen, "days": days(request.today), "me": request.user,
    }  # fmt: skip


def days(today: date) -> list[tuple[str, date]]:
    """Days that one chooses often."""
    monday = today + timedelta(days=7 - today.weekday())
    return [
        ("Tomorrow", today + timedelta(days=1)),
        ("Next Monday", monday),
        ("In 2 weeks", today + timedelta(days=14)),
        ("In a month", today + timedelta(days=30)),
    ]


def currency() -> str:
    """The handbook's currency."""
    return handbook.pack().handbook.currency


def attach_types() -> str:
    """The endings that may be attached, as a file field takes them."""
    return ",".join(f".{one}" for one in settings.ATTACHMENT_TYPES if one in attachments_types.KNOWN)
