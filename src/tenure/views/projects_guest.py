"""What a guest of the customer sees: one project by the link of an invitation, without log-in, and nothing else of Tenure."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from tenure.actions import projects_guests as actions
from tenure.actions.refusals import Refused
from tenure.models import ProjectGuest, ProjectIssue
from tenure.queries import clock, projects, projects_issues, projects_progress
from tenure.views import errors, limits, listing

SHOWN = 200  # issues on one page


def _guest(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Gives the view the guest of the link; a link that doesn't work, or not any more, is told so with 404, and too many requests are told to wait."""

    @wraps(view)
    def guarded(request: HttpRequest, token: str, **more: Any) -> HttpResponse:
        if not limits.allows(request, "guest", token):
            return errors.too_many(request)
        guest = projects.guest_of(projects.digest(token), timezone.now())
        if guest is None:
            response = render(request, "projects_guest/gone.html", status=404)
        else:
            try:
                response = view(request, token, guest, **more)
            except Http404:
                response = render(request, "projects_guest/gone.html", {"token": token}, status=404)
        return response

    return guarded


def _context(token: str, guest: ProjectGuest) -> dict[str, Any]:
    return {"guest": guest, "project": guest.project, "token": token, "today": clock.day_of(timezone.now())}


@require_safe
@_guest
def show(request: HttpRequest, token: str, guest: ProjectGuest) -> HttpResponse:
    """README, milestones and issues. Who only tries the address (HEAD, as mail servers do) has not been here."""
    if request.method == "GET":
        actions.mark_seen(guest, at=timezone.now())
    state = "closed" if request.GET.get("state") == "closed" else "opened"
    found = projects.issues(guest.project, hidden=False)
    rows = found.filter(state=state).order_by("due_date", "iid").prefetch_related(*projects_issues.shown())
    stones = projects_progress.milestones(guest.project, hidden=False)
    counts = {one: found.filter(state=one).count() for one in ("opened", "closed")}
    known = _context(token, guest)
    late = {one.row.pk for one in stones if one.is_late(known["today"])}
    context = {"rows": rows[:SHOWN], "stones": stones, "late": late, "counts": counts, "state": state, "tab": "show"}
    return render(request, "projects_guest/show.html", known | context)


@require_safe
@_guest
def issue(request: HttpRequest, token: str, guest: ProjectGuest, iid: int) -> HttpResponse:
    """One issue with its comments."""
    return _issue(request, token, guest, iid)


@require_POST
@_guest
def comment(request: HttpRequest, token: str, guest: ProjectGuest, iid: int) -> HttpResponse:
    """Say something about an issue."""
    _find(guest, iid)
    try:
        actions.comment(token, iid, request.POST.get("text", ""), at=timezone.now())
    except Refused as refusal:
        return _refused(request, token, guest, iid, refusal)
    return redirect(reverse("projects_guest:issue", args=[token, iid]) + "#said")


@require_POST
@_guest
def tick(request: HttpRequest, token: str, guest: ProjectGuest, iid: int) -> HttpResponse:
    """Tick a box of an issue's text, or take the tick away."""
    _find(guest, iid)
    form = request.POST
    box = next(iter(listing.numbers([form.get("box", "")])), 0)
    try:
        actions.tick(token, iid, box, form.get("words", ""), bool(form.get("done")), at=timezone.now())
    except Refused as refusal:
        return _refused(request, token, guest, iid, refusal)
    return _issue(request, token, guest, iid)


def _refused(request: HttpRequest, token: str, guest: ProjectGuest, iid: int, refusal: Refused) -> HttpResponse:
    if refusal.code in ("not_found", "not_allowed"):
        raise Http404
    return _issue(request, token, guest, iid, refusal.sentence)


def _find(guest: ProjectGuest, iid: int) -> ProjectIssue:
    row = projects_issues.one(guest.project, hidden=False, iid=iid)
    if row is None:
        raise Http404
    return row


def _issue(request: HttpRequest, token: str, guest: ProjectGuest, iid: int, error: str = "") -> HttpResponse:
    row = _find(guest, iid)
    url = reverse("projects_guest:tick", args=[token, iid]) if guest.may_tick else ""
    context = {
        "row": row,
        "comments": projects_issues.comments(row),
        "tick_url": url,
        "error": error,
        "draft": request.POST.get("text", ""),
        "tab": "issue",
    }
    part = request.headers.get("HX-Target") == "issue"
    return render(
        request,
        f"projects_guest/{'issue_body' if part else 'issue'}.html",
        _context(token, guest) | context,
        status=422 if error else 200,
    )
