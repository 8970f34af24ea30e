"""Playbooks on an account: the plan before it is applied, one at work, replacing it, cancelling it, and taking that back."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tenure.actions import playbooks as actions
from tenure.actions import playbooks_undo
from tenure.actions.refusals import Refused
from tenure.models import Account, PlaybookUse
from tenure.queries import cta_types, playbooks, playbooks_one, visible
from tenure.queries.playbooks_one import One
from tenure.views import cockpit_site, playbookform
from tenure.views.ctas import changed
from tenure.views.drawers import Errors, dialog, done, drawer, editable, stood
from tenure.views.playbookform import CHANGED, Form
from tenure.views.shell import PageRequest, needs

VIEW, APPLY = "cta.view", "playbook.apply"
SALT = "playbooks"


@needs(VIEW)
@require_GET
def show(request: PageRequest, pk: int) -> HttpResponse:
    """One playbook at work: its steps, and where the handbook of today says otherwise."""
    found = _find(request, pk)
    return drawer(request, "playbooks/show.html", found.use.account, {"one": found})


@needs(APPLY)
@require_GET
def start(request: PageRequest) -> HttpResponse:
    """Choose the account to which a playbook is applied: those whose names begin as typed, one's own first."""
    typed, key = request.GET.get("q", "")[:100], request.GET.get("playbook", "")[:80]
    template = "playbooks/start_rows.html" if request.htmx.target == "start-rows" else "playbooks/start.html"
    rows = playbooks.accounts_like(request.user, typed)
    return render(request, template, {"rows": rows, "key": key, "book": playbooks.find(key), "frame": _frame(request)})


@needs(APPLY)
@require_http_methods(["GET", "POST"])
def apply(request: PageRequest, pk: int) -> HttpResponse:
    """The plan of a playbook on an account, with days and people; and doing just that."""
    account = editable(request, pk, APPLY)
    form = playbookform.read(request.POST if request.method == "POST" else request.GET, request.today)
    if request.method == "GET":
        return _form(request, account, form)
    try:
        _check_seen(form, account, request)
        now = timezone.now()
        use = actions.apply(account, form.key, start=form.start or request.today, today=request.today, actor=request.user, at=now, people=form.people, owner=form.owner)  # fmt: skip
    except Refused as refusal:
        return _form(request, account, form, {refusal.field or "form": refusal.sentence})
    return done(request, back(request, account), f"{use.version.title} is at work.", undo_address(form.key, now, request))


@needs(APPLY)
@require_POST
def unapply(request: PageRequest, token: str) -> HttpResponse:
    """Take back that a playbook was applied, to one account or to many, where nobody has worked on it."""
    try:
        key, at, actor = signing.loads(token, salt=SALT, max_age=24 * 3600)
    except signing.BadSignature as error:
        raise Http404 from error
    if actor != request.user.pk:
        raise Http404
    try:
        told = playbooks_undo.apply(key, datetime.fromisoformat(at), actor=request.user, at=timezone.now())
        messages.success(request, told.told)
    except Refused as refusal:
        messages.error(request, refusal.sentence)
    return _returned(request)


@needs(APPLY)
@require_http_methods(["GET", "POST"])
def replace(request: PageRequest, pk: int) -> HttpResponse:
    """Put another playbook, or today's wording of the same, in the place of one at work: what ends and what comes, and doing it."""
    found = _at_work(request, pk)
    account, given = found.use.account, request.POST if request.method == "POST" else request.GET
    form = playbookform.read(given, request.today, found.use.version.key)
    if request.method == "GET":
        return _form(request, account, form, one=found)
    try:
        _check_seen(form, account, request)
        moment: dict[str, Any] = {"today": request.today, "actor": request.user, "at": timezone.now()}
        use = actions.replace(found.use, form.key, form.reason, outcome=form.outcome, start=form.start or request.today, people=form.people, **moment)  # fmt: skip
    except Refused as refusal:
        return _form(request, account, form, {refusal.field or "form": refusal.sentence}, found)
    told = f"{use.version.title} took the place of {found.use.version.title}."
    return done(request, back(request, account), told, reverse("playbooks:unreplace", args=[use.pk]))


@needs(APPLY)
@require_POST
def unreplace(request: PageRequest, pk: int) -> HttpResponse:
    """Take back that a playbook took the place of another."""
    use = get_object_or_404(
        PlaybookUse.objects.filter(account__in=visible.accounts(request.user)).select_related("account"), pk=pk
    )
    editable(request, use.account_id, APPLY)
    try:
        former = playbooks_undo.replace(use, actor=request.user, at=timezone.now())
        messages.success(request, f"{former.version.title} is at work again.")
    except Refused as refusal:
        messages.error(request, refusal.sentence)
    return _returned(request)


@needs(APPLY)
@require_http_methods(["GET", "POST"])
def cancel(request: PageRequest, pk: int) -> HttpResponse:
    """Stop a playbook with a reason and an outcome; it can be taken back."""
    found, errors = _at_work(request, pk), {}
    reason, outcome = request.POST.get("reason", ""), request.POST.get("outcome", "")
    if request.method == "POST":
        try:
            kept = actions.cancel(found.use, reason, outcome=outcome, actor=request.user, at=timezone.now())
            told = f"{found.use.version.title} is cancelled."
            return done(request, back(request, found.use.account), told, reverse("cascades:undo", args=[kept.pk]))
        except Refused as refusal:
            errors = {refusal.field or "form": refusal.sentence}
    data = {"one": found, "reason": reason, "outcome": outcome, "outcomes": outcomes(found)}
    return dialog(request, "playbooks/cancel.html", data, errors)


# --- parts


def _find(request: PageRequest, pk: int) -> One:
    found = playbooks_one.one(request.user, pk, request.today)
    if found is None:
        raise Http404
    return found


def _at_work(request: PageRequest, pk: int) -> One:
    """A use that the reader may end: 404 where it isn't seen or has ended, 403 where it can only be read."""
    found = _find(request, pk)
    if found.use.status != "active":
        raise Http404
    if request.is_as_of or not found.may:
        raise PermissionDenied
    return found


def _check_seen(form: Form, account: Account, request: PageRequest) -> None:
    """Raise Refused unless the plan is the one that was shown."""
    plan = playbookform.shown(form, account, request.today, request.user)
    if plan is None:
        raise Refused(
            "Choose a playbook." if form.start else "Give the day on which it starts.",
            "invalid",
            "start" if form.key else "playbook",
        )
    if form.seen != plan.digest:
        raise Refused(CHANGED, "conflict")


def _form(
    request: PageRequest, account: Account, form: Form, errors: Errors | None = None, one: One | None = None
) -> HttpResponse:
    """The drawer with the form and the plan; with ``one`` that one is replaced."""
    context = playbookform.context(form, account, request.today, request.user)
    if one:
        context |= {"one": one, "outcomes": outcomes(one)}
    context["url"] = reverse("playbooks:replace", args=[one.use.pk]) if one else reverse("playbooks:apply", args=[account.pk])
    return drawer(request, "playbooks/apply.html", account, context, errors)


def outcomes(one: One) -> list[Any]:
    """The outcomes with which the CTA of a use can be closed."""
    return cta_types.outcomes(one.cta.type) if one.cta else []


def undo_address(key: str, at: datetime, request: PageRequest) -> str:
    """Where an application is taken back."""
    return reverse("playbooks:unapply", args=[signing.dumps([key, at.isoformat(), request.user.pk], salt=SALT)])


def back(request: PageRequest, account: Account) -> str:
    """The page on which the drawer stood, else the account's work."""
    path = stood(request, "playbooks")
    if path and not path.startswith("/handbook/"):
        return path
    return reverse("account:section", args=[account.pk, "work"])


def _returned(request: PageRequest) -> HttpResponse:
    """Back to where the toast stood."""
    path = request.htmx.current_url_abs_path if request.htmx else None
    if path and str(path).startswith(cockpit_site.SITE.list_url):  # which shows itself anew
        return changed()
    url = str(path) if path else reverse("playbooks:list")
    return HttpResponse(status=204, headers={"HX-Redirect": url}) if request.htmx else redirect(url)


def _frame(request: PageRequest) -> str:
    return "shell/dialog.html" if request.htmx else "shell/dialog_page.html"
