"""Account 360: one account with its sections, on a day; and the drawer that changes its facts."""

from collections.abc import Callable
from typing import Any

from django.core import signing
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from tenure.actions import accounts as actions
from tenure.actions.refusals import Refused
from tenure.models import Account
from tenure.queries import account as accounts
from tenure.queries import handbook, sections
from tenure.queries.sections import Day
from tenure.views import factform, timeline
from tenure.views.drawers import day_or, done, drawer, editable, find
from tenure.views.shell import PageRequest, needs

EDIT = "account.edit"
SALT = "facts"


def day_of(request: PageRequest) -> Day:
    """The day that the page is about."""
    return Day(request.as_of, request.today, accounts.end_of(request.as_of))


@needs("account.view")
def show(request: PageRequest, pk: int) -> HttpResponse:
    """The account's page with its summary."""
    page = sections.page(request.user, find(request, pk), "summary", day_of(request), handbook.pack())
    return _render(request, page)


@needs("account.view")
def section(request: PageRequest, pk: int, section: str) -> HttpResponse:
    """One section: only its part when htmx asks for it, the whole page otherwise."""
    if section not in sections.TITLES or not sections.may_read(request.user, section):
        raise Http404
    asked = ASKED[section](request) if section in ASKED else {}
    page = sections.page(request.user, find(request, pk), section, day_of(request), handbook.pack(), **asked)
    more = timeline.frame(request, asked["asked"], page.data["feed"], request.path, page.account) if section == "timeline" else {}
    return _render(request, page, more)


def _history(request: PageRequest) -> dict[str, Any]:
    return {"before": _number(request.GET.get("before")), "part": request.GET.get("part", "")}


def _journey(request: PageRequest) -> dict[str, Any]:
    return {"chosen": _number(request.GET.get("deal"))}


def _timeline(request: PageRequest) -> dict[str, Any]:
    return {"asked": timeline.asked_of(request), "now": timezone.now()}


def _profile(request: PageRequest) -> dict[str, Any]:
    return {"now": timezone.now()}


ASKED: dict[str, Callable[[PageRequest], dict[str, Any]]] = {
    "history": _history,
    "timeline": _timeline,
    "journey": _journey,
    "business": _profile,
    "technical": _profile,
}  # a section's own parameters
NOTHING: dict[str, Any] = {}


def _render(request: PageRequest, page: sections.Page, more: dict[str, Any] = NOTHING) -> HttpResponse:
    """The whole page, or only what changes with the section."""
    part = request.htmx and request.htmx.target == "acc-body" and not request.htmx.history_restore_request
    query = f"?as_of={request.as_of.isoformat()}" if request.is_as_of else ""
    context = {"p": page, "account": page.account, "at": query, "body": f"account/{page.section}.html", "part": part}
    return render(request, "account/section.html" if part else "account/show.html", context | more)


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() else None


@needs("account.view")
def names(request: PageRequest) -> HttpResponse:
    """Options for a field that asks for an account: names that begin as typed."""
    typed = request.GET.get("parent_id") or request.GET.get("account_name", "")
    return render(request, "account/names.html", {"rows": accounts.like(request.user, typed)})


@needs(EDIT)
@require_http_methods(["GET", "POST"])
def change(request: PageRequest, pk: int) -> HttpResponse:
    """Change the account's facts; they hold from a day on. It can be undone."""
    account = editable(request, pk, EDIT)
    errors: dict[str, str] = {}
    if request.method == "POST":
        before = factform.texts(account)
        try:
            changed = _update(request, account, request.POST)
            undo = reverse("account:undo", args=[pk, signing.dumps([before, factform.texts(account)], salt=SALT, compress=True)])
            return done(request, reverse("account:show", args=[pk]), f"{account.name} saved." if changed else "", undo)
        except Refused as refusal:
            errors = {refusal.field or "form": refusal.sentence}
    given = request.POST if errors else factform.texts(account)
    return drawer(request, "account/change.html", account, factform.context(account, given, request.GET.get("field", "")), errors)


@needs(EDIT)
@require_POST
def undo(request: PageRequest, pk: int, token: str) -> HttpResponse:
    """Bring the facts back to what they were, unless somebody changed them since."""
    account = editable(request, pk, EDIT)
    url = reverse("account:show", args=[pk])
    try:
        before, after = signing.loads(token, salt=SALT, max_age=3600)
    except signing.BadSignature as error:
        raise Http404 from error
    if factform.texts(account) != after:
        return done(request, url, "The facts were changed since, so nothing was taken back.")
    try:
        _update(request, account, before)
    except Refused as refusal:
        return done(request, url, refusal.sentence)
    return done(request, url, f"{account.name} is as it was.")


def _update(request: PageRequest, account: Account, given: Any) -> bool:
    """Carry out what was filled in. Raises Refused."""
    start = day_or(given.get("from_date"), request.today, "from_date")
    fields, reason = factform.fields(given, account, request.user), given.get("reason", "")
    return actions.update(
        account, fields, from_date=start, today=request.today, actor=request.user, at=timezone.now(), reason=reason
    )
