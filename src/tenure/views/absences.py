"""A person's time: absences and working times in one drawer, for oneself and for whoever keeps the team's."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tenure.actions import absences as actions
from tenure.actions.refusals import Refused
from tenure.models import Absence, User
from tenure.queries import absences, handbook
from tenure.views.drawers import day
from tenure.views.shell import PageRequest

SALT = "absence"
HOUR = 3600


@require_GET
def list_(request: PageRequest, pk: int) -> HttpResponse:
    """A person's working times, absences and holidays."""
    return shown(request, find(request, pk))


@require_http_methods(["GET", "POST"])
def create(request: PageRequest, pk: int) -> HttpResponse:
    """Add an absence."""
    whose = editable(request, pk)
    if request.method == "GET":
        return _form(request, whose, None, actions.Given(request.today, None), {})
    try:
        row = actions.create(whose, _given(request), actor=request.user, at=timezone.now())
    except Refused as refusal:
        return _form(request, whose, None, _given(request), {refusal.field or "form": refusal.sentence})
    return saved(request, whose, f"{whose.name} is away: {_words(row)}.", _token("delete", row))


@require_http_methods(["GET", "POST"])
def change(request: PageRequest, pk: int) -> HttpResponse:
    """Change an absence."""
    row = _find(request, pk)
    if request.method == "GET":
        return _form(request, row.user, row, actions.given(row), {})
    before = actions.plain(actions.given(row))
    try:
        changed = actions.update(row, _given(request), actor=request.user, at=timezone.now())
    except Refused as refusal:
        return _form(request, row.user, row, _given(request), {refusal.field or "form": refusal.sentence})
    return (
        saved(request, row.user, "The absence is changed.", _token("update", row, before))
        if changed
        else shown(request, row.user)
    )


@require_POST
def delete(request: PageRequest, pk: int) -> HttpResponse:
    """Take an absence away."""
    row = _find(request, pk)
    token = _token("create", row)
    try:
        actions.delete(row, actor=request.user, at=timezone.now())
    except Refused as refusal:
        return saved(request, row.user, refusal.sentence)
    return saved(request, row.user, "The absence is deleted.", token)


@require_POST
def undo(request: PageRequest, token: str) -> HttpResponse:
    """Take back what was done to an absence."""
    verb, pk, user, kept, now = loads(token, SALT)
    whose = editable(request, user)
    moment: dict[str, Any] = {"actor": request.user, "at": timezone.now()}
    try:
        if verb == "create":
            actions.create(whose, actions.read(kept), **moment)
        elif verb == "delete":
            actions.delete(Absence(pk=pk, user=whose), expected=now, **moment)
        else:
            actions.put_back(Absence(pk=pk, user=whose), actions.read(kept), expected=now, **moment)
    except Refused as refusal:
        return saved(request, whose, refusal.sentence)
    return saved(request, whose, "Taken back.")


# --- parts, of working times too


def find(request: PageRequest, pk: int) -> User:
    """A person whose time the reader sees: 404 for everybody else."""
    if pk == request.user.pk:
        return request.user
    return get_object_or_404(absences.reached(request.user, absences.VIEW), pk=pk)


def editable(request: PageRequest, pk: int) -> User:
    """A person whose time the reader keeps."""
    whose = find(request, pk)
    if not absences.may_edit(request.user, whose):
        raise PermissionDenied
    return whose


def shown(request: PageRequest, whose: User) -> HttpResponse:
    """The drawer; a page of its own without htmx."""
    pack = handbook.pack()
    rows = absences.of(whose, request.today)
    cal, holidays = absences.holidays(whose, pack, request.today)
    person = absences.times([whose], date.min, date.max)[whose.pk]
    context = {
        "whose": whose, "rows": [(row, absences.days_lost(row, person, pack)) for row in rows],
        "times": [(row, absences.weekdays(row.days)) for row in absences.working_times(whose)],
        "holidays": holidays, "calendar": cal, "usual": absences.usual(pack, request.today), "kinds": absences.KINDS,
        "may_edit": absences.may_edit(request.user, whose), "frame": frame(request),
    }  # fmt: skip
    return render(request, "absences/list.html", context)


def saved(request: PageRequest, whose: User, text: str, undo: str = "") -> HttpResponse:
    """The drawer again with a toast; after an undo, or without htmx, the page again."""
    messages.success(request, text, extra_tags=undo)
    return shown(request, whose) if request.htmx else redirect("absences:list", whose.pk)


def frame(request: PageRequest) -> str:
    """What the drawer stands in."""
    return "account/drawer.html" if request.htmx else "absences/page.html"


def loads(token: str, salt: str) -> Any:
    """What an undo says; 404 for a forged or old one."""
    try:
        return signing.loads(token, salt=salt, max_age=HOUR)
    except signing.BadSignature as error:
        raise Http404 from error


def _find(request: PageRequest, pk: int) -> Absence:
    row = get_object_or_404(Absence.objects.select_related("user"), pk=pk)
    editable(request, row.user_id)
    return row


def _given(request: PageRequest) -> actions.Given:
    form = request.POST
    deputy = form.get("deputy", "")
    first, last = day(form.get("first")), day(form.get("last"))
    return actions.Given(first, last, form.get("kind", ""), form.get("note", ""), int(deputy) if deputy.isdecimal() else None)


def _form(request: PageRequest, whose: User, row: Absence | None, given: actions.Given, errors: dict[str, str]) -> HttpResponse:
    context = {
        "whose": whose, "row": row, "v": given, "errors": errors, "kinds": absences.KINDS, "deputies": absences.deputies(whose),
        "frame": frame(request),
    }  # fmt: skip
    return render(request, "absences/form.html", context, status=422 if errors else 200)


def _token(verb: str, row: Absence, kept: dict[str, Any] | None = None) -> str:
    """The address that takes something back: ``kept`` is what it said before, else what it says."""
    now = actions.plain(actions.given(row))
    return reverse("absences:undo", args=[signing.dumps([verb, row.pk, row.user_id, kept or now, now], salt=SALT, compress=True)])


def _words(row: Absence) -> str:
    if row.first == row.last:
        return f"{row.first:%-d %b %Y}"
    return f"{row.first:%-d %b} to {row.last:%-d %b %Y}"
