"""A TAM for many accounts of the list at once, and taking that back."""

from django.contrib import messages
from django.core import signing
from django.db.models import QuerySet
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from tenure.actions import bulk_accounts
from tenure.actions.refusals import Refused
from tenure.models import AccountSummary
from tenure.queries import accounts, handbook, home, visible
from tenure.views import tags
from tenure.views.accounts import SITE, state_of
from tenure.views.listing import numbers
from tenure.views.shell import PageRequest, needs

SALT = "bulk"


@needs("account.assign")
@require_http_methods(["GET", "POST"])
def bulk_assign(request: PageRequest) -> HttpResponse:
    """The dialog that asks who becomes TAM of the chosen accounts, with everybody's load; and doing it."""
    if request.method == "GET":
        return _dialog(request)
    given, now = request.POST, timezone.now()
    user = next(iter(numbers([given.get("user", "")])), 0)
    try:
        _check_day(request, given)
        done = bulk_accounts.assign(
            _chosen(request, given), user, actor=request.user, at=now, today=request.today, reason=given.get("reason", "")
        )
    except Refused as refusal:
        messages.error(request, refusal.sentence)
    else:
        token = signing.dumps([user, now.isoformat(), request.user.pk], salt=SALT)
        messages.success(request, done.told, extra_tags=reverse("accounts:bulk_undo", args=[token]) if done.started else "")
    return redirect(SITE.url("list", given.get("query", "")))


def _dialog(request: PageRequest) -> HttpResponse:
    given, pack = request.GET, handbook.pack()
    try:
        _check_day(request, given)
    except Refused as refusal:
        messages.error(request, refusal.sentence)
        return HttpResponse() if request.htmx else redirect(SITE.url("list", given.get("query", "")))
    loads = home.team_loads(home.people_of(request.user), pack)
    context = {
        "people": sorted(loads, key=lambda load: (load.accounts, load.arr_minor, load.user.name)),
        "given": given,
        "ids": numbers(given.getlist("id")),
        "currency": pack.handbook.currency,
        **bulk_accounts.summed(_chosen(request, given)),
    }
    return render(request, "accounts/bulk_assign.html", context)


def _check_day(request: PageRequest, given: QueryDict) -> None:
    """Raise Refused for a list of another day: its rows are not those that would be changed."""
    day = request.as_of if request.is_as_of else state_of(QueryDict(given.get("query", "")), request.today).as_of
    if day is not None:
        raise Refused(f"This is the list of {tags.day(day)}. TAMs are assigned on today's list; nothing was changed.", "conflict")


def _chosen(request: PageRequest, given: QueryDict) -> QuerySet[AccountSummary]:
    """The rows that were ticked, or all that match."""
    if given.get("all"):
        state = state_of(QueryDict(given.get("query", "")), request.today)
        return visible.summaries(request.user).filter(accounts.conditions(request.user, state, request.today))
    return visible.summaries(request.user).filter(pk__in=numbers(given.getlist("id")))


@needs("account.assign")
@require_POST
def bulk_undo(request: PageRequest, token: str) -> HttpResponse:
    """Take a bulk assignment back: who was TAM before is TAM again."""
    try:
        user, at, actor = signing.loads(token, salt=SALT, max_age=3600)
    except signing.BadSignature as error:
        raise Http404 from error
    if actor != request.user.pk:
        raise Http404
    try:
        count = bulk_accounts.undo(user, at, actor=request.user, at=timezone.now(), today=request.today)
        messages.success(request, f"Taken back for {count:,} account{'' if count == 1 else 's'}.")
    except Refused as refusal:
        messages.error(request, refusal.sentence)
    return redirect(SITE.url("list"))
