"""Who is in a project: our own people with their access, and guests of the customer."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tenure.actions import projects_guests
from tenure.actions import projects_parts as actions
from tenure.actions.refusals import Refused
from tenure.models import ProjectGuest, ProjectMember
from tenure.queries import projects
from tenure.views import listing
from tenure.views.drawers import Errors, contact_given, done
from tenure.views.projects_site import Here, attempt, drawer, editable, ended, find, frame, moment, today
from tenure.views.shell import PageRequest, needs

VIEW, EDIT, INVITE = projects.VIEW, projects.EDIT, projects.INVITE


@needs(VIEW)
@require_GET
def people(request: PageRequest, pk: int) -> HttpResponse:
    """Members and guests."""
    here = find(request, pk)
    terms = projects.book().terms
    guests = (
        ProjectGuest.objects.filter(project=here.project).select_related("invited_by").order_by("-pk")
        if here.rights.hidden
        else ()
    )
    context = {
        "members": projects.members(here.project),
        "guests": guests,
        "access": terms.access if terms else (),
        "now": timezone.now(),
    }
    return render(request, "projects/people.html", frame(here, "people") | context)


@needs(EDIT)
@require_http_methods(["GET", "POST"])
def member_create(request: PageRequest, pk: int) -> HttpResponse:
    """Put somebody of ours in; it can be taken back."""
    here = editable(request, pk)
    errors, user = dict[str, str](), None
    known = {user.pk: user for user in projects.candidates(here.project)}
    if request.method == "POST":
        user = known.get(next(iter(listing.numbers([request.POST.get("user", "")])), 0))
        try:
            if user is None:
                raise Refused("Choose somebody.", "invalid", "user")
            held = projects.people_of(here.project.account_id, request.today)
            role = next((key for key, people in held.items() if user in people), next(iter(user.role_keys), ""))
            events = actions.add_member(here.project, user, role, request.POST.get("access", ""), **today(request))
            return ended(request, here, f"{user.name} is in the project.", events, _url(here))
        except Refused as refusal:
            errors = {refusal.field or "form": refusal.sentence}
    terms = projects.book().terms
    context = {"candidates": known.values(), "access": terms.access if terms else (), "chosen": user}
    return drawer(
        request, "projects/member_form.html", here, context | {"given": request.POST.get("access", "developer")}, errors
    )


@needs(EDIT)
@require_POST
def member_change(request: PageRequest, pk: int, part: int) -> HttpResponse:
    """Give a member another access."""
    here = editable(request, pk)
    row = _member(here, part)
    try:
        event = actions.change_member(here.project, row.pk, request.POST.get("access", ""), **today(request))
    except Refused as refusal:
        messages.error(request, refusal.sentence)
        return done(request, _url(here))
    return ended(request, here, f"{row.user.name} has another access.", [event], _url(here))


@needs(EDIT)
@require_POST
def member_delete(request: PageRequest, pk: int, part: int) -> HttpResponse:
    """Take a member out; it can be taken back."""
    here = editable(request, pk)
    row = _member(here, part)
    _, event = attempt(request, lambda: actions.remove_member(here.project, row.pk, **today(request)))
    return ended(request, here, f"{row.user.name} is out of the project.", [event], _url(here))


@needs(INVITE)
@require_http_methods(["GET", "POST"])
def guest_create(request: PageRequest, pk: int) -> HttpResponse:
    """Invite somebody of the customer; the link is shown once."""
    here = editable(request, pk, "invite")
    errors: Errors = {}
    contacts = here.project.account.contacts.filter(deleted_at=None).order_by("name", "pk")
    given = {name: request.POST.get(name, "") for name in ("contact", "name", "address", "days", "may_comment", "may_tick")}
    if request.method == "POST":
        days = next(iter(listing.numbers([given["days"]])), 0) if given["days"] else None
        may: dict[str, Any] = {"may_comment": bool(given["may_comment"]), "may_tick": bool(given["may_tick"])}
        try:
            contact = contact_given(here.project.account, given["contact"])
            named: dict[str, Any] = {"contact": contact, "name": given["name"], "address": given["address"], "days": days}
            guest, token = projects_guests.invite(here.project, **named, **may, **moment(request))
            link = f"{settings.BASE_URL}{reverse('projects_guest:show', args=[token])}"
            return drawer(request, "projects/guest_link.html", here, {"guest": guest, "link": link})
        except Refused as refusal:
            errors = {refusal.field or "form": refusal.sentence}
    terms = projects.book().terms
    context = {"contacts": contacts, "v": given, "posted": request.method == "POST", "usual": terms.guest_days if terms else 30}
    return drawer(request, "projects/guest_form.html", here, context, errors)


@needs(INVITE)
@require_POST
def guest_revoke(request: PageRequest, pk: int, part: int) -> HttpResponse:
    """End a guest's link at once."""
    here = editable(request, pk, "move")
    row = ProjectGuest.objects.filter(project=here.project, pk=part).first()
    if row is None:
        raise Http404
    try:
        projects_guests.revoke(here.project, row.pk, **moment(request))
        messages.success(request, f"The link of {row.name} has ended.")
    except Refused as refusal:
        messages.error(request, refusal.sentence)
    return done(request, _url(here))


def _member(here: Here, pk: int) -> ProjectMember:
    row = projects.members(here.project).filter(pk=pk).first()
    if row is None:
        raise Http404
    return row


def _url(here: Here) -> str:
    return reverse("projects:people", args=[here.project.pk])
