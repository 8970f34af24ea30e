"""Saving and deleting views of a list."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from tenure.actions import saved_views as actions
from tenure.actions.refusals import Refused
from tenure.queries import saved_views, visible
from tenure.views.shell import PageRequest, needs

PAGES = {"accounts": "accounts:list"}


@needs("account.view")
def edit(request: PageRequest) -> HttpResponse:
    """The dialog that names the present state of a list."""
    view = saved_views.of(request.user, "accounts").filter(pk=_number(request.GET.get("view"))).first()
    own = view if view and view.owner_id == request.user.pk else None
    context = {"view": own, "other": view, "query": request.GET.get("query", ""), "may_share": visible.may(request.user, "view.share")}
    return render(request, "saved_views/edit.html", context)


@require_POST
@needs("account.view")
def save(request: PageRequest) -> HttpResponse:
    """Save the state under a name; the same name replaces the view of that name."""
    given = request.POST
    query = given.get("query", "")
    flags = {name: bool(given.get(name)) for name in ("shared", "pinned", "is_default")}
    try:
        view = actions.save("accounts", given.get("name", ""), query, actor=request.user, at=timezone.now(), **flags)
    except Refused as refusal:
        messages.error(request, refusal.sentence)
        return redirect(f"{reverse('accounts:list')}?{query}")
    messages.success(request, f"Saved as {view.name}.")
    return redirect(f"{reverse('accounts:list')}?view={view.pk}&{view.query}")


@require_POST
@needs("account.view")
def delete(request: PageRequest, pk: int) -> HttpResponse:
    """Remove a view."""
    view = get_object_or_404(saved_views.of(request.user, "accounts"), pk=pk)
    query, name = view.query, view.name
    try:
        actions.delete(view, actor=request.user, at=timezone.now())
    except Refused as refusal:
        messages.error(request, refusal.sentence)
        return redirect(f"{reverse('accounts:list')}?view={pk}&{query}")
    messages.success(request, f"The view {name} is gone. The list stays as it was.")
    return redirect(f"{reverse('accounts:list')}?{query}")


def _number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 18 else 0
