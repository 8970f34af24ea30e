"""Saving, changing and deleting views of a list."""

from typing import Any

from django.contrib import messages
from django.core import signing
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from tenure.actions import saved_views as actions
from tenure.actions.refusals import Refused
from tenure.actions.saved_views import Given
from tenure.models import SavedView
from tenure.queries import saved_views, visible
from tenure.views.shell import PageRequest, needs

NEED = "account.view"
LISTS = {
    "accounts": "accounts:list",
    "cockpit": "cockpit:list",
    "feedback": "feedback:list",
    "services": "services:list",
    "entitlements": "entitlements:list",
    "playbooks": "playbooks:list",
    "projects": "projects:list",
    "handovers": "handovers:list",
    "onboardings": "onboardings:list",
}  # fmt: skip - page -> route of its list
SALT = "saved_view"


@needs(NEED)
@require_http_methods(["GET", "POST"])
def create(request: PageRequest) -> HttpResponse:
    """The dialog that names the present state of a list, and saving it."""
    page = request.POST.get("page") or request.GET.get("page", "accounts")
    if page not in LISTS:
        raise Http404
    return _form(request, page, None)


@needs(NEED)
@require_http_methods(["GET", "POST"])
def change(request: PageRequest, pk: int) -> HttpResponse:
    """The dialog that changes a view's name and sharing, and changing it."""
    view = _find(request, pk)
    return _form(request, view.page, view)


@needs(NEED)
@require_POST
def update(request: PageRequest, pk: int) -> HttpResponse:
    """Let a view show what the list shows now."""
    view = _find(request, pk)
    kept = actions.content(view) | {"query": _state(request.POST.get("query", ""))}
    try:
        row = actions.change(view, Given(**kept), actor=request.user, at=timezone.now())
    except Refused as refusal:
        messages.error(request, refusal.sentence)
        return redirect(_address(request, view, request.POST.get("query", "")))
    messages.success(request, f"{row.name} shows this now.")
    return redirect(_address(request, row, row.query))


@needs(NEED)
@require_POST
def delete(request: PageRequest, pk: int) -> HttpResponse:
    """Remove a view; it can be brought back."""
    view = _find(request, pk)
    token = signing.dumps([view.page, view.owner_id, actions.content(view)], salt=SALT, compress=True)
    page, name, query = view.page, view.name, view.query
    try:
        actions.delete(view, actor=request.user, at=timezone.now())
    except Refused as refusal:
        messages.error(request, refusal.sentence)
        return redirect(_address(request, view, query))
    messages.success(
        request, f"{name} is deleted. The list stays as it was.", extra_tags=reverse("saved_views:restore", args=[token])
    )
    return redirect(_list(request, page, query))


@needs(NEED)
@require_POST
def restore(request: PageRequest, token: str) -> HttpResponse:
    """Bring a deleted view back."""
    try:
        page, owner, kept = signing.loads(token, salt=SALT, max_age=3600)
    except signing.BadSignature as error:
        raise Http404 from error
    try:
        view = actions.restore(page, kept, owner, actor=request.user, at=timezone.now())
    except Refused as refusal:
        messages.error(request, refusal.sentence)
        return redirect(_list(request, page, kept["query"]))
    messages.success(request, f"{view.name} is back.")
    return redirect(_address(request, view, view.query))


def _find(request: PageRequest, pk: int) -> SavedView:
    return get_object_or_404(saved_views.of(request.user), pk=pk)


def _form(request: PageRequest, page: str, view: SavedView | None) -> HttpResponse:
    """The dialog of a view: shown, or carried out."""
    given = _given(request, view)
    errors: dict[str, str] = {}
    if request.method == "POST":
        try:
            moment: dict[str, Any] = {"actor": request.user, "at": timezone.now()}
            row = actions.change(view, given, **moment) if view else actions.create(page, given, **moment)
        except Refused as refusal:
            errors = {refusal.field or "form": refusal.sentence}
        else:
            messages.success(request, f"Saved as {row.name}.")
            url = _address(request, row, row.query)
            return HttpResponse(status=204, headers={"HX-Redirect": url}) if request.htmx else redirect(url)
    context = {"view": view, "page": page, "given": given, "errors": errors, "may_share": visible.may(request.user, "view.share")}
    return render(request, "saved_views/form.html", context, status=422 if errors else 200)


def _given(request: PageRequest, view: SavedView | None) -> Given:
    if request.method != "POST":
        return Given(**actions.content(view)) if view else Given("", _state(request.GET.get("query", "")))
    form = request.POST
    return Given(form.get("name", ""), _state(form.get("query", "")), "shared" in form, "pinned" in form, "is_default" in form)


def _state(query: str) -> str:
    """A list's state without the name of a view and the place in it."""
    kept = QueryDict(query, mutable=True)
    for name in ("view", "after", "before", "from", "as_of"):
        kept.pop(name, None)
    return kept.urlencode(safe=":,")


def _address(request: PageRequest, view: SavedView, query: str) -> str:
    return _list(request, view.page, f"view={view.pk}" + (f"&{_state(query)}" if query else ""))


def _list(request: PageRequest, page: str, query: str) -> str:
    """The list in this state, on the day that one looked at: a view keeps none."""
    day = f"&as_of={request.as_of.isoformat()}" if request.is_as_of else ""
    return f"{reverse(LISTS[page])}?{query or 'view=all'}{day}"
