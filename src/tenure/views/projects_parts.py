"""Milestones of a project with the burndown, and its labels."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Count
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tenure.actions import projects_parts as actions
from tenure.actions.merging import Clash
from tenure.actions.refusals import Refused
from tenure.models import Project, ProjectIssue, ProjectLabel, ProjectMilestone
from tenure.queries import projects, projects_progress
from tenure.views import projects_chart
from tenure.views.clashes import seen
from tenure.views.drawers import Errors, day, day_given
from tenure.views.projects_site import Here, attempt, drawer, editable, ended, find, frame, today
from tenure.views.shell import PageRequest, needs

VIEW, EDIT = projects.VIEW, projects.EDIT
STONE, LABEL = ("title", "description", "start_date", "due_date", "state"), ("name", "color", "note", "board")
DAYS = ("start_date", "due_date")
COLOURS = {
    "n": "Grey", "accent": "Indigo", "c1": "Blue", "c2": "Teal", "c3": "Ochre", "c4": "Violet", "g": "Green", "y": "Yellow", "a": "Orange", "r": "Red",
}  # fmt: skip


@needs(VIEW)
@require_GET
def milestones(request: PageRequest, pk: int) -> HttpResponse:
    """The milestones with their progress, and the burndown of the project or of one of them."""
    here = find(request, pk)
    stones = projects_progress.milestones(here.project, here.rights.hidden)
    chosen = next((one for one in stones if str(one.row.iid) == request.GET.get("milestone")), None)
    days = projects_progress.burndown(here.project, here.rights.hidden, request.today, chosen.row if chosen else None)
    by = "weight" if request.GET.get("by") == "weight" else "issues"
    context = {"stones": stones, "chosen": chosen, "chart": projects_chart.chart(days, by), "by": by, "today": request.today}
    return render(request, "projects/milestones.html", frame(here, "milestones") | context)


@needs(EDIT)
@require_http_methods(["GET", "POST"])
def milestone_create(request: PageRequest, pk: int) -> HttpResponse:
    """Add a milestone; it can be taken back."""
    return _milestone(request, editable(request, pk), None)


@needs(EDIT)
@require_http_methods(["GET", "POST"])
def milestone_change(request: PageRequest, pk: int, part: int) -> HttpResponse:
    """Change a milestone, close it, open it again."""
    here = editable(request, pk)
    return _milestone(request, here, _part(here.project, ProjectMilestone, part))


def _milestone(request: PageRequest, here: Here, row: ProjectMilestone | None) -> HttpResponse:
    was, errors = _values(row, STONE), dict[str, str]()
    values = was or dict.fromkeys(STONE, "")
    if request.method == "POST":
        values = {name: request.POST.get(name, "") for name in STONE}
        try:
            given = {name: day_given(text, name) if name in DAYS else text for name, text in values.items()}
            before = {name: day(text) if name in DAYS else text for name, text in seen(request.POST).items()}
            given["state"] = given["state"] or "active"
            event, clashes = actions.save_milestone(here.project, row.pk if row else None, given, **today(request), seen=before)
            if row is None or not clashes:
                return ended(
                    request, here, f"{given['title']} saved.", [event], reverse("projects:milestones", args=[here.project.pk])
                )
            was, values, errors = _overtaken(row, values, clashes)
        except Refused as refusal:
            errors = {refusal.field or "form": refusal.sentence}
    return drawer(request, "projects/milestone_form.html", here, {"row": row, "v": values, "was": was}, errors)


@needs(EDIT)
@require_POST
def milestone_delete(request: PageRequest, pk: int, part: int) -> HttpResponse:
    """Delete a milestone; its issues stand under none. It can be taken back."""
    here = editable(request, pk)
    row = _part(here.project, ProjectMilestone, part)
    _, events = attempt(request, lambda: actions.delete_milestone(here.project, row.pk, **today(request)))
    return ended(request, here, f"{row.title} is deleted.", events or [], reverse("projects:milestones", args=[pk]))


@needs(VIEW)
@require_GET
def labels(request: PageRequest, pk: int) -> HttpResponse:
    """The labels, and how many open issues have each."""
    here = find(request, pk)
    rows = list(ProjectLabel.objects.filter(project=here.project, deleted_at=None))
    links = ProjectIssue.labels.through.objects.filter(
        projectissue__in=projects.issues(here.project, here.rights.hidden).filter(state="opened")
    )
    worn = dict(links.values_list("projectlabel_id").annotate(n=Count("pk")))
    context = {"rows": [(row, worn.get(row.pk, 0)) for row in rows], "colours": COLOURS}
    return render(request, "projects/labels.html", frame(here, "labels") | context)


@needs(EDIT)
@require_http_methods(["GET", "POST"])
def label_create(request: PageRequest, pk: int) -> HttpResponse:
    """Add a label; it can be taken back."""
    return _label(request, editable(request, pk), None)


@needs(EDIT)
@require_http_methods(["GET", "POST"])
def label_change(request: PageRequest, pk: int, part: int) -> HttpResponse:
    """Change a label."""
    here = editable(request, pk)
    return _label(request, here, _part(here.project, ProjectLabel, part))


def _label(request: PageRequest, here: Here, row: ProjectLabel | None) -> HttpResponse:
    was, errors = _values(row, LABEL), dict[str, str]()
    values = was or {"color": "n"}
    if request.method == "POST":
        values = {name: request.POST.get(name, "") for name in LABEL}
        try:
            given, before = ({**one, "board": bool(one.get("board"))} for one in (values, seen(request.POST)))
            before = before if "was-board" in request.POST else {}
            event, clashes = actions.save_label(here.project, row.pk if row else None, given, **today(request), seen=before)
            if row is None or not clashes:
                return ended(
                    request, here, f"{given['name']} saved.", [event], reverse("projects:labels", args=[here.project.pk])
                )
            was, values, errors = _overtaken(row, values, clashes)
        except Refused as refusal:
            errors = {refusal.field or "form": refusal.sentence}
    return drawer(request, "projects/label_form.html", here, {"row": row, "v": values, "was": was, "colours": COLOURS}, errors)


@needs(EDIT)
@require_POST
def label_delete(request: PageRequest, pk: int, part: int) -> HttpResponse:
    """Delete a label; it can be brought back, with the issues that have it."""
    here = editable(request, pk)
    row = _part(here.project, ProjectLabel, part)
    _, event = attempt(request, lambda: actions.delete_label(here.project, row.pk, **today(request)))
    return ended(request, here, f"{row.name} is deleted.", [event], reverse("projects:labels", args=[pk]))


def _values(row: ProjectLabel | ProjectMilestone | None, names: Sequence[str]) -> dict[str, str]:
    """The fields of a label or milestone as its form holds them; none of one that isn't there yet."""
    found = {name: getattr(row, name) for name in names} if row else {}
    return {name: "1" if value is True else str(value or "") for name, value in found.items()}


def _overtaken(
    row: ProjectLabel | ProjectMilestone, typed: dict[str, str], clashes: Sequence[Clash]
) -> tuple[dict[str, str], dict[str, str], Errors]:
    """What it says now, what the form shows, and what others wrote meanwhile where both changed it."""
    row.refresh_from_db()
    now = _values(row, list(typed))
    errors = {
        one.name: f"Somebody changed this meanwhile to: {_said(one.theirs)}. Save again to overwrite it." for one in clashes
    }
    return now, {**now, **{one.name: typed[one.name] for one in clashes}}, errors


def _said(value: Any) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else COLOURS.get(str(value), str(value or "nothing"))


def _part(project: Project, model: type[Any], pk: int) -> Any:
    row = model.objects.filter(project=project, pk=pk, deleted_at=None).first()
    if row is None:
        raise Http404
    return row
