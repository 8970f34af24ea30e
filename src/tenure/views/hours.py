"""Paid hours: the drawer in which they are added, changed and deleted."""

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from tenure.actions import hours as actions
from tenure.actions.refusals import Refused
from tenure.models import Account, PaidHours
from tenure.queries import visible
from tenure.views.drawers import Errors, day_given, done, drawer, editable
from tenure.views.services import LOG, back, clock, minutes
from tenure.views.shell import PageRequest, needs

FORM = "hours/form.html"
TEXTS = ("hours", "bought_on", "expires_on", "reference")


@needs(LOG)
@require_http_methods(["GET", "POST"])
def buy(request: PageRequest, pk: int) -> HttpResponse:
    """Add hours that the customer bought."""
    account = editable(request, pk, LOG)
    if request.method == "GET":
        return _form(request, account, {"bought_on": request.today.isoformat()})
    try:
        row = actions.buy(account, _given(request), today=request.today, actor=request.user, at=timezone.now())
    except Refused as refusal:
        return _form(request, account, _typed(request), errors={refusal.field or "form": refusal.sentence})
    return done(request, back(request, account), "The hours are added.", reverse("hours:delete", args=[row.pk]))


@needs(LOG)
@require_http_methods(["GET", "POST"])
def change(request: PageRequest, pk: int) -> HttpResponse:
    """Change bought hours."""
    row = _find(request, pk)
    if request.method == "GET":
        ends = row.expires_on.isoformat() if row.expires_on else ""
        values = {"hours": clock(row.minutes), "bought_on": row.bought_on.isoformat(), "expires_on": ends}
        return _form(request, row.account, values | {"reference": row.reference}, row)
    try:
        changed = actions.update(row, _given(request), today=request.today, actor=request.user, at=timezone.now())
    except Refused as refusal:
        return _form(request, row.account, _typed(request), row, {refusal.field or "form": refusal.sentence})
    return done(request, back(request, row.account), "The hours are saved." if changed else "")


@needs(LOG)
@require_POST
def delete(request: PageRequest, pk: int) -> HttpResponse:
    """Take bought hours off the account; they can be brought back."""
    row = _find(request, pk)
    try:
        actions.delete(row, actor=request.user, at=timezone.now())
    except Refused as refusal:
        return done(request, back(request, row.account), refusal.sentence)
    return done(request, back(request, row.account), "The hours are deleted.", reverse("hours:restore", args=[pk]))


@needs(LOG)
@require_POST
def restore(request: PageRequest, pk: int) -> HttpResponse:
    """Bring deleted hours back."""
    row = _find(request, pk, deleted=True)
    try:
        actions.restore(row, actor=request.user, at=timezone.now())
    except Refused as refusal:
        return done(request, back(request, row.account), refusal.sentence)
    return done(request, back(request, row.account), "The hours are back.")


# --- parts


def _find(request: PageRequest, pk: int, *, deleted: bool = False) -> PaidHours:
    rows = PaidHours.objects.filter(account__in=visible.accounts(request.user)).select_related("account")
    row = get_object_or_404(rows, pk=pk)
    if row.deleted_at is not None and not deleted:
        raise Http404
    editable(request, row.account_id, LOG)
    return row


def _given(request: PageRequest) -> dict[str, Any]:
    form = request.POST
    return {
        "minutes": minutes(form.get("hours", "")), "bought_on": day_given(form.get("bought_on"), "bought_on"), "expires_on": day_given(form.get("expires_on"), "expires_on"),
        "reference": form.get("reference", ""),
    }  # fmt: skip


def _typed(request: PageRequest) -> dict[str, Any]:
    return {name: request.POST.get(name, "") for name in TEXTS}


def _form(
    request: PageRequest, account: Account, values: dict[str, Any], row: PaidHours | None = None, errors: Errors | None = None
) -> HttpResponse:
    return drawer(request, FORM, account, {"v": values, "row": row}, errors)
