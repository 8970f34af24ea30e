"""Assigning people to an account, ending it, and taking it back."""

from typing import Any

from django.core import signing
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from tenure.actions import assignments as actions
from tenure.actions.refusals import Refused
from tenure.models import Account, Assignment, User
from tenure.queries import assignments, capacity_loads, handbook, people
from tenure.views import home
from tenure.views.drawers import day_or, done, drawer, editable, find
from tenure.views.shell import PageRequest, needs

ASSIGN, ENGAGE = "account.assign", assignments.ENGAGE
SALT = "assignment"


@needs(ENGAGE)
@require_http_methods(["GET", "POST"])
def create(request: PageRequest, pk: int) -> HttpResponse:
    """Give a person a role on the account, from a day on: any role for who assigns, else those that one's own role engages."""
    account = editable(request, pk, ENGAGE)
    given = {name: request.POST.get(name, "") for name in ("who", "from_date", "reason")}
    errors: dict[str, str] = {}
    if request.method == "POST":
        try:
            row = _assign(request, account, given)
            return done(request, _back(request, account), f"{row.user} is on {account.name}.", _undo(row))
        except Refused as refusal:
            errors = {refusal.field or "form": refusal.sentence}
    groups = people.by_role(account, request.GET.get("role", ""), _roles(request, account))
    return drawer(
        request,
        "assignments/create.html",
        account,
        {"groups": groups, "given": given, **_offer(request, account, groups)},
        errors,
    )


@needs(ENGAGE)
@require_http_methods(["GET", "POST"])
def end(request: PageRequest, pk: int, assignment: int) -> HttpResponse:
    """End an assignment on a day, with a reason."""
    account = editable(request, pk, ENGAGE)
    row = get_object_or_404(Assignment.objects.select_related("user"), pk=assignment, account=account)
    if not assignments.nameable_ids(request.user, [pk], row.role):
        raise PermissionDenied
    given = {name: request.POST.get(name, "") for name in ("on", "reason")}
    errors: dict[str, str] = {}
    if request.method == "POST":
        try:
            moment: dict[str, Any] = {"actor": request.user, "at": timezone.now(), "today": request.today}
            actions.end(row, on=day_or(given["on"], request.today, "on"), reason=given["reason"], **moment)
            return done(request, reverse("account:section", args=[pk, "team"]), f"{row.user} is off {account.name}.")
        except Refused as refusal:
            errors = {refusal.field or "form": refusal.sentence}
    return drawer(request, "assignments/end.html", account, {"row": row, "given": given}, errors)


@needs(ASSIGN)
@require_POST
def assign(request: PageRequest, pk: int) -> HttpResponse:
    """Assign a TAM from the home page: the row leaves, the loads move."""
    account = editable(request, pk, ASSIGN)
    try:
        row = _assign(request, account, {"who": f"tam:{request.POST.get('user', '')}"})
    except Refused as refusal:
        return home.back(request, refusal.sentence)
    return home.back(request, f"{row.user} is the TAM of {account.name}.", _undo(row))


@needs(ENGAGE)
@require_POST
def undo(request: PageRequest, pk: int, token: str) -> HttpResponse:
    """Take an assignment back, as if it had not been."""
    try:
        found = signing.loads(token, salt=SALT, max_age=3600)
    except signing.BadSignature as error:
        raise Http404 from error
    row = get_object_or_404(Assignment.objects.select_related("account"), pk=found, account=find(request, pk))
    try:
        actions.end(row, on=row.from_date, actor=request.user, at=timezone.now(), today=request.today, reason="Undone")
    except Refused as refusal:
        if refusal.code == "not_allowed":
            raise PermissionDenied from refusal
        return done(request, reverse("account:show", args=[pk]), refusal.sentence)
    if row.role == "tam":
        return done(request, reverse("home:show"), f"{row.account.name} waits for a TAM again.")
    return done(request, reverse("account:section", args=[pk, "team"]), "Taken back.")


def _roles(request: PageRequest, account: Account) -> list[str] | None:
    """The roles that the reader may give here; None = every role. Without any 403."""
    if assignments.assignable_ids(request.user, [account.pk]):
        return None
    found = [role for role in assignments.named_by(request.user) if assignments.nameable_ids(request.user, [account.pk], role)]
    if not found:
        raise PermissionDenied
    return found


def _assign(request: PageRequest, account: Account, given: dict[str, str]) -> Assignment:
    """Carry out what was chosen. Raises Refused."""
    role, _, number = given["who"].partition(":")
    user = User.objects.filter(pk=int(number)).first() if number.isdecimal() else None
    if user is None:
        raise Refused("Choose a person.", "invalid", "who")
    start = day_or(given.get("from_date"), request.today, "from_date")
    moment: dict[str, Any] = {"actor": request.user, "at": timezone.now(), "today": request.today}
    return actions.assign(account, user, role, from_date=start, reason=given.get("reason", ""), **moment)


def _offer(request: PageRequest, account: Account, groups: list[people.Group]) -> dict[str, Any]:
    """Where only a TAM is asked for: how full everybody's weeks are, and would be with the account."""
    if [group.key for group in groups] != ["tam"]:
        return {"only": groups[0] if len(groups) == 1 else None}
    offer = capacity_loads.offer(request.user, account, [one.user for one in groups[0].people], request.today, handbook.pack())
    return {"only": groups[0], "only_tam": True, "offer": offer, "offered": capacity_loads.ranked(offer, groups[0].people)}


def _back(request: PageRequest, account: Account) -> str:
    """Where the dialog was opened: the team's home, the account's journey or a hand-over, else the account's team."""
    team, journey = (reverse("account:section", args=[account.pk, section]) for section in ("team", "journey"))
    opened = (request.htmx.current_url_abs_path or "").partition("?")[0] if request.htmx else ""
    return opened if opened in (reverse("home:show"), journey) or opened.startswith(reverse("handovers:list")) else team


def _undo(row: Assignment) -> str:
    return reverse("assignments:undo", args=[row.account_id, signing.dumps(row.pk, salt=SALT)])
