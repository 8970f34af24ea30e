"""What the pages of profiles share: a field as a form, what was filled in, one field and its side shown again."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from tenure.actions.profiles import Clash
from tenure.models import Account, Contact, User
from tenure.queries import handbook, profiles, profiles_page
from tenure.queries.profiles_page import Line
from tenure.rules.profiles import ProfileField
from tenure.rules.profilesreading import PARTS
from tenure.views.drawers import contact_given, done
from tenure.views.shell import PageRequest

ORIGIN = ("source", "confidence", "learnt_on", "note")
LABELS = {"name": "Name", "title": "Title", "role": "Role", "email": "E-mail", "phone": "Phone", "salutation": "Salutation"}


def url(account: Account, profile: str) -> str:
    """The page of a profile."""
    return reverse("account:section", args=[account.pk, profile])


def url_of(account: Account, keys: Iterable[str]) -> str:
    """The page of the profile to which the first of these fields belongs."""
    fields = handbook.pack().profiles.of(keys)
    return url(account, fields[0].profile if fields else "business")


def raw(field: ProfileField, given: QueryDict, account: Account) -> Any:
    """What a form gave for a field, as ``rules.profilesreading.read`` takes it. Raises Refused for a contact that the account doesn't have."""
    if field.type == "choices":
        return given.getlist("value")
    if field.type != "contact":
        return given.get("value", "")
    if row := contact_given(account, given.get("contact"), "value"):
        return {"name": row.name, "id": row.pk, **{part: getattr(row, part) for part in PARTS}}
    typed = {part: given.get(part, "") for part in ("name", *PARTS)}
    return typed if any(text.strip() for text in typed.values()) else ""


def parts(field: ProfileField, value: Any, given: QueryDict | None = None) -> dict[str, Any]:
    """What the inputs of a field show: of a value, or what was typed."""
    if given is not None:
        typed = {part: given.get(part, "") for part in ("name", *PARTS)}
        return {
            "text": given.get("value", ""),
            "many": given.getlist("value"),
            "contact": given.get("contact", ""),
            "typed": typed,
        }
    held = value if isinstance(value, dict) and field.type == "contact" else {}
    amount = profiles_page.words(field, value).partition(" ")[0] if field.type == "money" else ""
    text = amount or (
        "yes" if value is True else "no" if value is False else str(value) if isinstance(value, str | int | float) else ""
    )
    typed = {part: held.get(part, "") for part in ("name", *PARTS)}
    return {"text": text, "many": value if isinstance(value, list) else [], "contact": str(held.get("id", "")), "typed": typed}


def context(account: Account, line: Line, today: date, given: QueryDict | None = None) -> dict[str, Any]:
    """What the form of one field needs."""
    pack, field = handbook.pack(), line.field
    terms = pack.profiles.terms
    origin = {name: given.get(name, "") for name in ORIGIN} if given is not None else {"source": "call", "confidence": "high"}
    shown = parts(field, line.row.value if line.row else line.own, given)
    people = Contact.objects.filter(account=account, deleted_at=None).order_by("name", "pk") if field.type == "contact" else []
    return {
        "line": line, "field": field, "v": shown, "origin": {"learnt_on": today.isoformat(), **origin}, "terms": terms, "people": people,
        "typed": [(part, LABELS[part], shown["typed"][part]) for part in LABELS], "currency": pack.handbook.currency,
    }  # fmt: skip


def line_of(request: PageRequest, account: Account, key: str) -> tuple[profiles_page.Frame, Line] | None:
    """One field of the account today; None where the handbook has none of that key."""
    pack = handbook.pack()
    field = pack.profiles.fields.get(key)
    if field is None or not field.on(request.today):
        return None
    found = profiles_page.frame(request.user, account, request.today, pack)
    waiting = [row for row in profiles.pending(account) if row.field == key]
    return found, profiles_page.line(found, field, waiting)


def shown(request: PageRequest, account: Account, key: str, text: str = "", undo: str = "") -> HttpResponse:
    """A field after a change: itself and what its change moves beside it; the whole page without htmx."""
    from_page = line_of(request, account, key)
    profile = from_page[1].field.profile if from_page else "business"
    if not request.htmx or from_page is None:
        return done(request, url(account, profile), text, undo)
    if text:
        messages_of(request, text, undo)
    book = profiles_page.book(from_page[0], profile, timezone.now())
    data = {"line": from_page[1], "account": account, "book": book, "may": True, "fresh": True, "after": bool(text)}
    return render(request, "profiles/changed.html", data)


def messages_of(request: PageRequest, text: str, undo: str) -> None:
    """A toast that comes with the part."""
    messages.success(request, text, extra_tags=undo)


def clash(error: Clash, field: ProfileField) -> dict[str, Any]:
    """Both values, and what the form sends for each."""
    theirs = error.row
    author: User | None = theirs.author if theirs else None
    return {
        "theirs": profiles_page.words(field, theirs.value) if theirs and theirs.value is not None else "", "by": author.name if author else "Somebody",
        "at": theirs.recorded_at if theirs else None, "mine": profiles_page.words(field, error.value), "seen": theirs.pk if theirs else 0,
    }  # fmt: skip


def sent(given: Mapping[str, str]) -> int | None:
    """Which row the form had shown."""
    text = given.get("seen", "")
    return int(text) if text.isdecimal() and len(text) < 18 else None
