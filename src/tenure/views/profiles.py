"""The values of an account's profiles, in place: changing, confirming, taking back, undoing, and what a field has said before."""

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from tenure.actions import profiles as actions
from tenure.actions.profiles import Clash
from tenure.actions.refusals import Refused
from tenure.models import Account, ProfileValue
from tenure.queries import handbook, profiles, profiles_page
from tenure.views import profilesform as form
from tenure.views.drawers import day_given, dialog, done, drawer, editable, find
from tenure.views.shell import PageRequest, needs

VIEW, EDIT = "profile.view", "profile.edit"


@needs(VIEW)
def show(request: PageRequest, pk: int, field: str) -> HttpResponse:
    """One field as it stands, for who began to edit it and left it."""
    account = find(request, pk)
    if not request.htmx:
        return redirect(form.url(account, _line(request, account, field).field.profile))
    line = _line(request, account, field)
    return render(request, "profiles/line.html", {"line": line, "account": account, "may": True, "fresh": True})


@needs(VIEW)
def asked(request: PageRequest, pk: int) -> HttpResponse:
    """The next questions, where a call is prepared; nothing where there are none."""
    account = find(request, pk)
    found = profiles_page.frame(request.user, account, request.today, handbook.pack())
    return render(request, "profiles/call.html", {"asked": found.questions(), "account": account})


@needs(EDIT)
@require_http_methods(["GET", "POST"])
def change(request: PageRequest, pk: int, field: str) -> HttpResponse:
    """Say what is known of a field, and from where. It can be undone."""
    account, errors, clash = editable(request, pk, EDIT), {}, None
    line = _line(request, account, field)
    if request.method == "POST":
        try:
            row = _set(request, account, line)
            return _changed(request, account, line, row)
        except Clash as error:
            clash = form.clash(error, line.field)
        except Refused as refusal:
            errors = {
                refusal.field if refusal.field in form.ORIGIN else "value" if refusal.field == field else "form": refusal.sentence
            }
    given = request.POST if errors or clash else None
    data = form.context(account, line, request.today, given) | {"clash": clash}
    return _form(request, account, data, errors, bool(clash))


@needs(EDIT)
@require_POST
def confirm(request: PageRequest, pk: int, field: str) -> HttpResponse:
    """It is still true: the value is as fresh as if it had been learnt today."""
    account = editable(request, pk, EDIT)
    line = _line(request, account, field)
    if line.row is None:
        return form.shown(request, account, field, f"{line.field.title} has no value to confirm.")
    try:
        moment: dict[str, Any] = {"learnt_on": request.today, "today": request.today, "actor": request.user, "at": timezone.now()}
        row = actions.set_value(account, field, line.row.value, seen=form.sent(request.POST), **moment)
    except Refused as refusal:
        return form.shown(request, account, field, refusal.sentence)
    undo = reverse("profiles:undo", args=[pk, row.pk])
    return form.shown(request, account, field, f"{line.field.title} is still true.", undo)


@needs(EDIT)
@require_http_methods(["GET", "POST"])
def take_back(request: PageRequest, pk: int, field: str) -> HttpResponse:
    """Ask why, then say that a field isn't known after all. It can be undone."""
    account, errors = editable(request, pk, EDIT), {}
    line = _line(request, account, field)
    if request.method == "POST":
        try:
            row = actions.take_back(
                account, field, today=request.today, actor=request.user, at=timezone.now(), reason=request.POST.get("reason", ""),
                seen=form.sent(request.POST),
            )  # fmt: skip
            undo, where = reverse("profiles:undo", args=[pk, row.pk]), form.url(account, line.field.profile)
            return done(request, where, f"{line.field.title} is not known any more.", undo)
        except Refused as refusal:
            errors = {refusal.field or "form": refusal.sentence}
    return dialog(request, "profiles/take_back.html", {"line": line, "account": account, "given": request.POST}, errors)


@needs(EDIT)
@require_POST
def undo(request: PageRequest, pk: int, value: int) -> HttpResponse:
    """Let what was before a change hold again, unless something came after it."""
    account = editable(request, pk, EDIT)
    row = get_object_or_404(ProfileValue.objects.select_related("account"), pk=value, account=account)
    where = form.url_of(account, [row.field])
    try:
        kept = actions.undo(row, actor=request.user, at=timezone.now())
    except Refused as refusal:
        return done(request, where, refusal.sentence)
    text = f"{handbook.pack().profiles.title(row.field)} is as it was."
    return done(request, where, text, reverse("profiles:undo", args=[pk, kept.pk]))


@needs(VIEW)
def history(request: PageRequest, pk: int, field: str) -> HttpResponse:
    """Everything that a field has said, the newest first."""
    account = find(request, pk)
    line = _line(request, account, field)
    source = handbook.pack().profiles.source
    rows = [(row, profiles_page.words(line.field, row.value), source(row.source)) for row in profiles.history(account, field)]
    return drawer(request, "profiles/history.html", account, {"line": line, "rows": rows})


# --- steps


def _line(request: PageRequest, account: Account, key: str) -> profiles_page.Line:
    found = form.line_of(request, account, key)
    if found is None:
        raise Http404
    return found[1]


def _set(request: PageRequest, account: Account, line: profiles_page.Line) -> ProfileValue:
    """Carry out what was filled in. Raises Refused."""
    given, learnt = request.POST, day_given(request.POST.get("learnt_on"), "learnt_on")
    if learnt is None:
        raise Refused("Say on which day it was learnt.", "invalid", "learnt_on")
    return actions.set_value(
        account, line.key, form.raw(line.field, given, account), learnt_on=learnt, today=request.today, actor=request.user, at=timezone.now(),
        source=given.get("source", ""), note=given.get("note", ""), confidence=given.get("confidence", ""), seen=form.sent(given),
    )  # fmt: skip


def _changed(request: PageRequest, account: Account, line: profiles_page.Line, row: ProfileValue) -> HttpResponse:
    if row.pk == line.seen:
        return form.shown(request, account, line.key)
    return form.shown(
        request, account, line.key, f"{line.field.title} saved.", reverse("profiles:undo", args=[account.pk, row.pk])
    )


def _form(request: PageRequest, account: Account, data: dict[str, Any], errors: dict[str, str], clash: bool) -> HttpResponse:
    """In the place of the line; a page of its own without htmx. 422 when something was refused."""
    if not request.htmx:
        return drawer(request, "profiles/change.html", account, data, errors)
    status = 422 if errors or clash else 200
    return render(request, "profiles/line_form.html", {**data, "account": account, "errors": errors}, status=status)
