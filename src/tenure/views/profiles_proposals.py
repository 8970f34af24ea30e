"""What customers propose for an account's profiles: accepting, declining, and deciding again."""

from datetime import datetime
from typing import Any

from django.core import signing
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from tenure.actions import profiles_proposals as actions
from tenure.actions.refusals import Refused
from tenure.models import Account, ProfileProposal
from tenure.queries import handbook
from tenure.queries.cells import counted
from tenure.views import profilesform as form
from tenure.views.drawers import dialog, done, editable
from tenure.views.shell import PageRequest, needs

EDIT = "profile.edit"
SHOWN = 3  # reasons
SALT = "proposals accepted together"


@needs(EDIT)
@require_POST
def accept(request: PageRequest, pk: int, proposal: int) -> HttpResponse:
    """Let a proposed value hold. It can be undone."""
    account, row = _find(request, pk, proposal)
    try:
        actions.accept(row, today=request.today, actor=request.user, at=timezone.now())
    except Refused as refusal:
        return form.shown(request, account, row.field, refusal.sentence)
    return form.shown(
        request, account, row.field, f"{_title(row)} accepted.", reverse("profiles_proposals:reopen", args=[pk, row.pk])
    )


@needs(EDIT)
@require_http_methods(["GET", "POST"])
def decline(request: PageRequest, pk: int, proposal: int) -> HttpResponse:
    """Ask why, then say no to a proposed value. It can be undone."""
    (account, row), errors = _find(request, pk, proposal), {}
    if request.method == "POST":
        try:
            actions.decline(row, request.POST.get("reason", ""), today=request.today, actor=request.user, at=timezone.now())
            return done(
                request, _back(account, row), f"{_title(row)} declined.", reverse("profiles_proposals:reopen", args=[pk, row.pk])
            )
        except Refused as refusal:
            errors = {refusal.field or "form": refusal.sentence}
    data = {"row": row, "title": _title(row), "account": account, "given": request.POST}
    return dialog(request, "profiles_proposals/decline.html", data, errors)


@needs(EDIT)
@require_POST
def reopen(request: PageRequest, pk: int, proposal: int) -> HttpResponse:
    """Let a decided proposal wait again."""
    account, row = _find(request, pk, proposal)
    try:
        actions.reopen(row, today=request.today, actor=request.user, at=timezone.now())
    except Refused as refusal:
        return done(request, _back(account, row), refusal.sentence)
    return done(request, _back(account, row), f"{_title(row)} waits for a decision again.")


@needs(EDIT)
@require_POST
def accept_many(request: PageRequest, pk: int, profile: str) -> HttpResponse:
    """Accept every proposal for a profile on which the reader decides; what can't be accepted stays and is told. It can be undone at once."""
    account = editable(request, pk, EDIT)
    chosen = [int(one) for one in request.POST.getlist("proposal") if one.isdecimal() and len(one) < 18]
    rows = ProfileProposal.objects.filter(account=account, state="pending", pk__in=chosen).order_by("pk")
    now = timezone.now()
    taken = actions.accept_many(rows, today=request.today, actor=request.user, at=now)
    token = signing.dumps([pk, profile, taken.accepted, now.isoformat()], salt=SALT)
    undo = reverse("profiles_proposals:reopen_many", args=[pk, token]) if taken.accepted else ""
    return done(request, form.url(account, profile), _told(taken), undo)


@needs(EDIT)
@require_POST
def reopen_many(request: PageRequest, pk: int, token: str) -> HttpResponse:
    """Let proposals that the reader accepted together wait again, all of them or none."""
    account = editable(request, pk, EDIT)
    try:
        of, profile, chosen, at = signing.loads(token, salt=SALT, max_age=24 * 3600)
    except signing.BadSignature as error:
        raise Http404 from error
    if of != pk:
        raise Http404
    try:
        moment: dict[str, Any] = {"today": request.today, "actor": request.user, "at": timezone.now()}
        actions.reopen_many(account, chosen, accepted_at=datetime.fromisoformat(at), **moment)
    except Refused as refusal:
        return done(request, form.url(account, profile), refusal.sentence)
    return done(
        request,
        form.url(account, profile),
        f"{counted(len(chosen), 'proposal')} {'waits' if len(chosen) == 1 else 'wait'} for a decision again.",
    )


def _find(request: PageRequest, pk: int, proposal: int) -> tuple[Account, ProfileProposal]:
    account = editable(request, pk, EDIT)
    return account, get_object_or_404(ProfileProposal.objects.select_related("account", "sheet"), pk=proposal, account=account)


def _told(taken: actions.Taken) -> str:
    """What came of accepting several, in words; the first reasons of those that were not."""
    if not taken.accepted and not taken.refused:
        return "Nothing waits any more: it was decided meanwhile."
    more = len(taken.refused) - SHOWN
    rest = [f"{more} more could not be accepted."] if more > 0 else []
    return " ".join([f"{counted(len(taken.accepted), 'proposal')} accepted.", *taken.refused[:SHOWN], *rest])


def _title(row: ProfileProposal) -> str:
    return handbook.pack().profiles.title(row.field)


def _back(account: Account, row: ProfileProposal) -> str:
    return form.url_of(account, [row.field])
