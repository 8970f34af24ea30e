"""Dates and owners that move together: the dialogs that show first what would move, and taking it back."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.contrib import messages
from django.core import signing
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from tenure.actions import cascades as actions
from tenure.actions import ctas, tasks
from tenure.actions.cascades import Move
from tenure.actions.refusals import Refused
from tenure.models import CallToAction, Cascade, Task
from tenure.queries import people, visible
from tenure.views import ctaform
from tenure.views.ctas import EDIT, changed, finished, moment
from tenure.views.drawers import day, dialog
from tenure.views.shell import PageRequest, needs

SALT = "cascade"
UNITS = {"business_days": "Business days", "days": "Days"}


@needs(EDIT)
@require_http_methods(["GET", "POST"])
def due(request: PageRequest, pk: int) -> HttpResponse:
    """When a CTA is due, and which of its tasks move along."""
    row = get_object_or_404(visible.ctas(request.user).select_related("account"), pk=pk)
    return _due(request, row)


@needs(EDIT)
@require_http_methods(["GET", "POST"])
def task_due(request: PageRequest, pk: int) -> HttpResponse:
    """When a task is due, and which later ones move along."""
    row = get_object_or_404(visible.tasks(request.user).select_related("cta__account"), pk=pk)
    return _due(request, row)


@needs(EDIT)
@require_http_methods(["GET", "POST"])
def owner(request: PageRequest, pk: int) -> HttpResponse:
    """Whose a CTA is, and which of its tasks change hands with it."""
    row = get_object_or_404(visible.ctas(request.user).select_related("account", "owner"), pk=pk)
    given, errors = request.POST or request.GET, {}
    owners = people.seeing(row.account, EDIT)
    chosen = next((one for one in owners if str(one.pk) == given.get("owner", "")), None)
    shown = actions.preview_owner(row, chosen) if chosen else []
    if request.method == "POST":
        try:
            return _apply(request, row, shown)
        except Refused as refusal:
            errors = {refusal.field or "form": refusal.sentence}
    data = {"row": row, "owners": owners, "given": given, "shown": shown, "token": _sign(shown)}
    return dialog(request, _part(request, "owner"), data, errors)


@needs(EDIT)
@require_POST
def undo(request: PageRequest, pk: int) -> HttpResponse:
    """Take back what moved together, unless something of it was changed since."""
    row = get_object_or_404(Cascade, pk=pk, made_by=request.user)
    try:
        actions.undo(row, actor=request.user, at=timezone.now())
        messages.success(request, "Taken back.")
    except Refused as refusal:
        messages.error(request, refusal.sentence)
    if not request.htmx:
        back = _cta_of(row)
        return redirect("ctas:show", pk=back) if back else redirect("home:show")
    return changed()


# --- steps


def _due(request: PageRequest, row: CallToAction | Task) -> HttpResponse:
    given, errors = request.POST or request.GET, {}
    wanted = day(given.get("due_date")) or (row.due_date if request.method == "GET" else None)
    unit = given.get("unit", "") if given.get("unit") in UNITS else ""
    shown = actions.preview_due(row, wanted, unit=unit) if wanted else []
    if request.method == "POST":
        try:
            return _apply(request, row, shown) if wanted else _clear(request, row)
        except Refused as refusal:
            errors = {refusal.field or "form": refusal.sentence}
    data = {
        "row": row, "noun": "task" if isinstance(row, Task) else "cta", "wanted": wanted, "unit": unit or actions.unit_of(row, wanted), "units": UNITS, "shown": shown,
        "token": _sign(shown), "days": ctaform.days(request.today),
    }  # fmt: skip
    return dialog(request, _part(request, "due"), data, errors)


def _part(request: PageRequest, name: str) -> str:
    """The whole dialog, or only what would move when the day in it changes."""
    return f"cascades/{name}_moves.html" if request.htmx and request.htmx.target == "moves" else f"cascades/{name}.html"


def _apply(request: PageRequest, row: CallToAction | Task, now: Sequence[Move]) -> HttpResponse:
    """Carry out what was shown and is ticked. Raises Refused where it isn't any more what would happen."""
    if _load(request.POST.get("shown", "")) != _plain(now):
        raise Refused("This is what moves now: look again.", "conflict")
    ticked = set(request.POST.getlist("with"))
    moves = [move for move in now if move.asked or move.key in ticked]
    kept = actions.apply(row, moves, **moment(request))
    return finished(request, _pk(row), kept.title if kept else "Nothing to change.", kept)


def _clear(request: PageRequest, row: CallToAction | Task) -> HttpResponse:
    if request.POST.get("due_date"):
        raise Refused("That is not a day.", "invalid", "due_date")
    none: dict[str, Any] = {"due_date": None}
    if isinstance(row, Task):
        kept = tasks.update(row, none, **moment(request))
    else:
        kept = ctas.update(row, none, today=request.today, **moment(request))
    return finished(request, _pk(row), f"{row.title} has no due date now.", kept)


def _pk(row: CallToAction | Task) -> int:
    return row.cta_id if isinstance(row, Task) else row.pk


def _plain(moves: Sequence[Move]) -> list[list[Any]]:
    def plain(value: Any) -> Any:
        return value.isoformat() if isinstance(value, date) else value

    return [[move.key, plain(move.before), plain(move.after)] for move in moves]


def _sign(moves: Sequence[Move]) -> str:
    return signing.dumps(_plain(moves), salt=SALT, compress=True)


def _load(token: str) -> list[list[Any]]:
    try:
        return list(signing.loads(token, salt=SALT, max_age=24 * 3600))
    except signing.BadSignature as error:
        raise Refused("This is what moves now: look again.", "conflict") from error


def _cta_of(row: Cascade) -> int | None:
    first = next((one for one in row.before if one["noun"] in ("cta", "task")), None)
    if first is None or first["noun"] == "cta":
        return first["id"] if first else None
    return Task.objects.filter(pk=first["id"]).values_list("cta_id", flat=True).first()
