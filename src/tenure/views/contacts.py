"""The drawer that adds and changes the people at an account."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from tenure.actions import contacts as actions
from tenure.actions.refusals import Refused
from tenure.models import Account, Contact
from tenure.queries.contacts import DUTIES
from tenure.views.drawers import done, drawer, editable
from tenure.views.shell import PageRequest, needs

EDIT = "contact.edit"
TEXTS = ("name", "salutation", "title", "role", "email", "phone")


@needs(EDIT)
@require_http_methods(["GET", "POST"])
def create(request: PageRequest, pk: int) -> HttpResponse:
    """Add a contact."""
    return _saved(request, editable(request, pk, EDIT), None)


@needs(EDIT)
@require_http_methods(["GET", "POST"])
def change(request: PageRequest, pk: int, contact: int) -> HttpResponse:
    """Change a contact."""
    account = editable(request, pk, EDIT)
    return _saved(request, account, get_object_or_404(Contact, pk=contact, account=account, deleted_at=None))


@needs(EDIT)
@require_POST
def delete(request: PageRequest, pk: int, contact: int) -> HttpResponse:
    """Take a contact off the account; it can be undone."""
    account = editable(request, pk, EDIT)
    row = get_object_or_404(Contact, pk=contact, account=account, deleted_at=None)
    actions.delete(row, today=request.today, actor=request.user, at=timezone.now())
    return done(request, _list(account), f"{row.name} deleted.", reverse("contacts:restore", args=[pk, row.pk]))


@needs(EDIT)
@require_POST
def restore(request: PageRequest, pk: int, contact: int) -> HttpResponse:
    """Bring a deleted contact back."""
    account = editable(request, pk, EDIT)
    row = get_object_or_404(Contact.objects.exclude(deleted_at=None), pk=contact, account=account)
    actions.restore(row, today=request.today, actor=request.user, at=timezone.now())
    return done(request, _list(account), f"{row.name} is back.")


def _saved(request: PageRequest, account: Account, contact: Contact | None) -> HttpResponse:
    if request.method == "GET":
        return _form(request, account, contact, {})
    fields: dict[str, Any] = {name: request.POST.get(name, "") for name in TEXTS} | {
        name: name in request.POST for name in DUTIES
    }
    moment: dict[str, Any] = {"today": request.today, "actor": request.user, "at": timezone.now()}
    try:
        saved = actions.update(contact, fields, **moment) if contact else actions.create(account, fields, **moment)
    except Refused as refusal:
        return _form(request, account, contact, {refusal.field or "form": refusal.sentence})
    return done(request, _list(account), f"{fields['name']} saved." if saved else "")


def _form(request: PageRequest, account: Account, contact: Contact | None, errors: dict[str, str]) -> HttpResponse:
    given = {name: request.POST.get(name, "") for name in (*TEXTS, *DUTIES)} if errors else {}
    values = given or {name: getattr(contact, name, "") for name in (*TEXTS, *DUTIES)}
    duties = [(name, word, values[name]) for name, word in DUTIES.items()]
    asks = "salutation" in Contact(name="").missing_fields(account.summary.region or account.region)
    context = {"contact": contact, "values": values, "duties": duties, "asks_salutation": asks}
    return drawer(request, "contacts/form.html", account, context, errors)


def _list(account: Account) -> str:
    return reverse("account:section", args=[account.pk, "contacts"])
