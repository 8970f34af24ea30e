"""What every drawer of an account needs: who may open it, its frame, and how it ends."""

from datetime import date, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import Resolver404, resolve
from django.utils.html import escape

from tenure.actions.refusals import Refused
from tenure.models import Account, Contact
from tenure.queries import activities, ctas, handovers, onboardings_one, visible
from tenure.queries.account import end_of, with_below
from tenure.views.shell import PageRequest

Errors = dict[str, str]


def find(request: PageRequest, pk: int) -> Account:
    """The account, if the reader may see it; 404 for everybody else, whether it exists or not."""
    rows = with_below(visible.accounts(request.user).select_related("territory", "parent", "summary"))
    until = end_of(request.as_of)
    return get_object_or_404(
        activities.called(
            ctas.counted(handovers.known(onboardings_one.noted(rows)), request.today), until, until - timedelta(days=1)
        ),
        pk=pk,
    )


def editable(request: PageRequest, pk: int, capability: str) -> Account:
    """The account, if the reader may change it in this way: 404 where it isn't seen, 403 where it can only be read."""
    account = find(request, pk)
    if request.is_as_of or capability not in visible.rights_on(request.user, account):
        raise PermissionDenied
    return account


def drawer(
    request: PageRequest, template: str, account: Account, context: dict[str, Any], errors: Errors | None = None
) -> HttpResponse:
    """A drawer over the page; a page of its own without htmx. 422 when something was refused."""
    frame = "account/drawer.html" if request.htmx else "account/drawer_page.html"
    return answer(request, template, {**context, "frame": frame, "account": account}, errors)


def dialog(request: PageRequest, template: str, context: dict[str, Any], errors: Errors | None = None) -> HttpResponse:
    """A dialog over the page; a page of its own without htmx. 422 when something was refused."""
    frame = "shell/dialog.html" if request.htmx else "shell/dialog_page.html"
    return answer(request, template, {**context, "frame": frame}, errors)


def answer(request: PageRequest, template: str, context: dict[str, Any], errors: Errors | None = None) -> HttpResponse:
    """A form, 422 with what was refused. What has no place beside a field of the form stands above them: no refusal is without its words."""
    said = dict(errors or {})
    response = render(request, template, {**context, "errors": said}, status=422 if said else 200)
    shown = response.content.decode() if said else ""
    if unsaid := [text for text in said.values() if escape(text) not in shown]:
        said["form"] = " ".join(dict.fromkeys(unsaid))
        response = render(request, template, {**context, "errors": said}, status=422)
    return response


def done(request: PageRequest, url: str, text: str = "", undo: str = "") -> HttpResponse:
    """Back to a page with a toast; ``undo`` is the address that takes it back."""
    if text:
        messages.success(request, text, extra_tags=undo)
    return HttpResponse(status=204, headers={"HX-Redirect": url}) if request.htmx else redirect(url)


def stood(request: PageRequest, *nouns: str) -> str | None:
    """The page on which a drawer of these nouns stood; None where it was a page of its own, to which nobody comes back: it would be empty."""
    path = request.htmx.current_url_abs_path if request.htmx else None
    try:
        match = resolve(urlsplit(path).path) if path else None
    except Resolver404:
        return None
    own = match is None or (match.namespace in nouns and match.url_name != "list")
    return None if own else str(path)


def day(text: str | None) -> date | None:
    """A date field's value; None where blank or wrong."""
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None


def day_given(text: str | None, field: str) -> date | None:
    """A date field's value, None where nothing was typed. Raises Refused for what is no day: nobody meant it to be none."""
    found = day(text)
    if found is None and (text or "").strip():
        raise Refused("That is no day. Give one like 2026-11-16.", "invalid", field)
    return found


def day_or(text: str | None, blank: date, field: str) -> date:
    """A date field's value, ``blank`` where nothing was typed. Raises Refused for what is no day."""
    return day_given(text, field) or blank


def contact_given(account: Account, text: str | None, field: str = "contact") -> Contact | None:
    """The contact that a form chooses, None where it chooses nobody. Raises Refused for one that the account doesn't have."""
    key = text if text and text.isascii() and text.isdecimal() and len(text) < 18 else "0"
    found = account.contacts.filter(pk=int(key), deleted_at=None).first()
    if text and found is None:
        raise Refused("The account has no such contact any more. Choose another.", "invalid", field)
    return found
