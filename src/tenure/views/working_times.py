"""Working times: the hours of a person's week from a day on."""

from typing import Any

from django.core import signing
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from tenure.actions import working_times as actions
from tenure.actions.refusals import Refused
from tenure.models import User, WorkingTime
from tenure.queries import absences, handbook
from tenure.views.absences import editable, frame, loads, saved
from tenure.views.drawers import day
from tenure.views.shell import PageRequest

SALT = "working_time"
WEEKDAYS = {"1": "Mon", "2": "Tue", "3": "Wed", "4": "Thu", "5": "Fri", "6": "Sat", "7": "Sun"}


@require_http_methods(["GET", "POST"])
def create(request: PageRequest, pk: int) -> HttpResponse:
    """Let other hours hold from a day on."""
    whose = editable(request, pk)
    if request.method == "GET":
        return _form(request, whose, actions.Given(request.today, absences.usual(handbook.pack(), request.today)), {})
    given = _given(request)
    old = WorkingTime.objects.filter(user=whose, from_date=given.from_date).first() if given.from_date else None
    before = actions.plain(actions.given(old)) if old else None
    try:
        row = actions.put(whose, given, actor=request.user, at=timezone.now())
    except Refused as refusal:
        return _form(request, whose, given, {refusal.field or "form": refusal.sentence})
    words = f"{whose.name} works {row.minutes_a_week / 60:g} hours a week from {row.from_date:%-d %b %Y}."
    return saved(request, whose, words, _token("put" if before else "delete", row, before))


@require_POST
def delete(request: PageRequest, pk: int) -> HttpResponse:
    """Take a working time away: what was before holds again."""
    row = get_object_or_404(WorkingTime.objects.select_related("user"), pk=pk)
    whose, token = editable(request, row.user_id), _token("put", row)
    try:
        actions.delete(row, actor=request.user, at=timezone.now())
    except Refused as refusal:
        return saved(request, whose, refusal.sentence)
    return saved(request, whose, "The working time is deleted.", token)


@require_POST
def undo(request: PageRequest, token: str) -> HttpResponse:
    """Take back what was done to a working time."""
    verb, pk, user, kept, now = loads(token, SALT)
    whose = editable(request, user)
    moment: dict[str, Any] = {"actor": request.user, "at": timezone.now()}
    try:
        if verb == "delete":
            actions.delete(WorkingTime(pk=pk, user=whose), expected=now, **moment)
        else:
            actions.put(whose, actions.read(kept), **moment)
    except Refused as refusal:
        return saved(request, whose, refusal.sentence)
    return saved(request, whose, "Taken back.")


def _given(request: PageRequest) -> actions.Given:
    form = request.POST
    try:
        minutes = round(float(form.get("hours", "").replace(",", ".")) * 60)
    except (ValueError, OverflowError):
        minutes = None
    return actions.Given(day(form.get("from_date")), minutes, "".join(form.getlist("day")))


def _form(request: PageRequest, whose: User, given: actions.Given, errors: dict[str, str]) -> HttpResponse:
    hours: Any = request.POST.get("hours", "") if errors else f"{(given.minutes_a_week or 0) / 60:g}"
    context = {"whose": whose, "v": given, "hours": hours, "weekdays": WEEKDAYS, "errors": errors, "frame": frame(request)}
    return render(request, "working_times/create.html", context, status=422 if errors else 200)


def _token(verb: str, row: WorkingTime, kept: dict[str, Any] | None = None) -> str:
    """The address that takes something back: ``kept`` is what it said before, else what it says."""
    now = actions.plain(actions.given(row))
    content = [verb, row.pk, row.user_id, kept or now, now]
    return reverse("working_times:undo", args=[signing.dumps(content, salt=SALT, compress=True)])
