"""What every drawer of an account needs: who may open it, its frame, and how it ends."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from tenure.models import Account
from tenure.queries import visible
from tenure.views.shell import PageRequest

Errors = dict[str, str]


def find(request: PageRequest, pk: int) -> Account:
    """The account, if the reader may see it; 404 for everybody else, whether it exists or not."""
    return get_object_or_404(visible.accounts(request.user).select_related("territory", "parent", "summary"), pk=pk)


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
    return render(
        request, template, {**context, "frame": frame, "account": account, "errors": errors or {}}, status=422 if errors else 200
    )


def done(request: PageRequest, url: str, text: str = "", undo: str = "") -> HttpResponse:
    """Back to a page with a toast; ``undo`` is the address that takes it back."""
    if text:
        messages.success(request, text, extra_tags=undo)
    return HttpResponse(status=204, headers={"HX-Redirect": url}) if request.htmx else redirect(url)


def day(text: str | None) -> date | None:
    """A date field's value; None where blank or wrong."""
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None
