"""One project: its page, making one, changing, moving, archiving, deleting, taking back."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tenure.actions import projects as actions
from tenure.actions.refusals import Refused
from tenure.models import Account, Project
from tenure.queries import projects, projects_progress
from tenure.views import drawers
from tenure.views.clashes import seen
from tenure.views.drawers import day, day_given
from tenure.views.projects_site import attempt, drawer, editable, ended, find, frame, moment, read_undo, today
from tenure.views.shell import PageRequest, needs

VIEW, EDIT = projects.VIEW, projects.EDIT
TEXTS = ("name", "description", "success_plan_url", "tree", "visibility", "readme", "instructions")
DAYS = ("start_date", "contract_date")
PARTS = {
    "": ("name", "description", "success_plan_url", "tree", "visibility", *DAYS),
    "readme": ("readme",),
    "instructions": ("instructions",),
}


@needs(VIEW)
@require_GET
def show(request: PageRequest, pk: int) -> HttpResponse:
    """The project's page: README, first steps, milestones, what was done last."""
    here = find(request, pk)
    stones = projects_progress.milestones(here.project, here.rights.hidden)
    context = {
        "stones": stones,
        "lines": projects_progress.activity(here.project, here.rights.hidden),
        "members": projects.members(here.project),
        "tab": "show",
    }
    return render(request, "projects/show.html", frame(here, "show") | context)


@needs(EDIT)
@require_http_methods(["GET", "POST"])
def create(request: PageRequest, pk: int) -> HttpResponse:
    """Make a project for an account from a template; it can be taken back."""
    account = drawers.editable(request, pk, EDIT)
    errors: dict[str, str] = {}
    given = {name: request.POST.get(name, "") for name in ("template", "name", "start", "contract", "another")}
    if request.method == "POST":
        try:
            return _made(request, account, given)
        except Refused as refusal:
            errors = {refusal.field or "form": refusal.sentence}
    else:
        usual = projects.template_for(account, request.today)
        given |= {"template": usual.key if usual else "", "start": request.today.isoformat(), "name": account.name}
        since = projects.contract_of(account, request.today, request.today)
        given["contract"] = since.isoformat() if since else ""
    templates = [found for key in projects.book().templates if (found := projects.book().on(key, request.today))]
    context = {"v": given, "templates": templates, "live": projects.live_of(pk).first()}
    return drawers.drawer(request, "projects/create.html", account, context, errors)


def _made(request: PageRequest, account: Account, given: dict[str, str]) -> HttpResponse:
    """Raises Refused."""
    start = day_given(given["start"], "start_date")
    if start is None:
        raise Refused("Say on which day the project began.", "invalid", "start_date")
    named: dict[str, Any] = {
        "name": given["name"],
        "contract": day_given(given["contract"], "contract_date"),
        "another": bool(given["another"]),
    }
    row = actions.create(account, given["template"], start=start, **named, **today(request))
    text = f"{row.name} is made, with {row.issues_open} issues."
    return drawers.done(request, reverse("projects:show", args=[row.pk]), text, reverse("projects:delete", args=[row.pk]))


@needs(EDIT)
@require_http_methods(["GET", "POST"])
def change(request: PageRequest, pk: int) -> HttpResponse:
    """Change what the project says of itself: its fields, its README, its first steps."""
    here = editable(request, pk)
    part = request.POST.get("part") or request.GET.get("part", "")
    if part not in PARTS:
        raise Http404
    if request.method == "GET":
        return _form(request, pk, part, _values(here.project, part))
    given = {name: request.POST.get(name, "") for name in PARTS[part]}
    try:
        values: dict[str, Any] = {name: day_given(text, name) if name in DAYS else text for name, text in given.items()}
        before = {name: day(text) if name in DAYS else text for name, text in seen(request.POST).items() if name in values}
        events, clashes = actions.change(here.project, values, **today(request), seen=before)
    except Refused as refusal:
        return _form(request, pk, part, given, {refusal.field or "form": refusal.sentence})
    if clashes:
        said = {one.name: f"Somebody wrote meanwhile: {one.theirs or 'nothing'}" for one in clashes}
        return _form(request, pk, part, given, said, _values(here.project, part))
    return ended(request, here, f"{here.project.name} saved.", events, reverse("projects:show", args=[pk]))


def _values(project: Project, part: str) -> dict[str, str]:
    return {name: str(getattr(project, name) or "") for name in PARTS[part]}


def _form(
    request: PageRequest,
    pk: int,
    part: str,
    values: dict[str, str],
    errors: dict[str, str] | None = None,
    was: dict[str, str] | None = None,
) -> HttpResponse:
    terms = projects.book().terms
    context = {
        "v": values,
        "was": was or _values(find(request, pk).project, part),
        "part": part,
        "trees": terms.trees if terms else (),
    }
    return drawer(request, "projects/change.html", find(request, pk), context, errors)


@needs(EDIT)
@require_POST
def move(request: PageRequest, pk: int) -> HttpResponse:
    """Move it to the other phase."""
    here = editable(request, pk, "move")
    url = reverse("projects:show", args=[pk])
    try:
        events = actions.move(here.project, request.POST.get("phase", ""), **today(request))
    except Refused as refusal:
        messages.error(request, refusal.sentence)
        return drawers.done(request, url)
    return ended(request, here, f"{here.project.name} stands in {projects.full_path(here.project)} now.", events, url)


@needs(EDIT)
@require_POST
def archive(request: PageRequest, pk: int) -> HttpResponse:
    """Close it for changes."""
    here = editable(request, pk, "move")
    url = reverse("projects:show", args=[pk])
    well, _ = attempt(request, lambda: actions.archive(here.project, **moment(request)))
    return drawers.done(request, url, f"{here.project.name} is archived." if well else "", reverse("projects:reopen", args=[pk]))


@needs(EDIT)
@require_POST
def reopen(request: PageRequest, pk: int) -> HttpResponse:
    """Open an archived one again."""
    here = editable(request, pk, "move")
    well, _ = attempt(request, lambda: actions.reopen(here.project, **moment(request)))
    return drawers.done(request, reverse("projects:show", args=[pk]), f"{here.project.name} is open again." if well else "")


@needs(EDIT)
@require_POST
def delete(request: PageRequest, pk: int) -> HttpResponse:
    """Take it off the account; it can be brought back."""
    here = editable(request, pk, "move")
    well, _ = attempt(request, lambda: actions.delete(here.project, **moment(request)))
    url = reverse("account:section", args=[here.project.account_id, "project"])
    return drawers.done(request, url, f"{here.project.name} is deleted." if well else "", reverse("projects:restore", args=[pk]))


@needs(EDIT)
@require_POST
def restore(request: PageRequest, pk: int) -> HttpResponse:
    """Bring a deleted one back."""
    row = get_object_or_404(Project.objects.exclude(deleted_at=None).select_related("account"), pk=pk)
    drawers.editable(request, row.account_id, EDIT)
    try:
        actions.restore(row, **moment(request))
    except Refused as refusal:
        messages.error(request, refusal.sentence)
        return redirect("account:section", row.account_id, "project")
    return drawers.done(request, reverse("projects:show", args=[pk]), f"{row.name} is back.")


@needs(EDIT)
@require_POST
def undo(request: PageRequest, pk: int, token: str) -> HttpResponse:
    """Take back what a toast offered."""
    here = editable(request, pk)
    ids, back = read_undo(token)
    try:
        actions.undo(here.project, ids, **today(request))
        messages.success(request, "Taken back.")
    except Refused as refusal:
        messages.error(request, refusal.sentence)
    return drawers.done(request, back)
