"""What a project must comply with: what differs, mending it; and bringing it up to a later version of its template."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tenure.actions import projects_mending, projects_updating
from tenure.actions.refusals import Refused
from tenure.models import ProjectLabel, ProjectMilestone
from tenure.queries import projects, projects_template
from tenure.queries import projects_check as queries_check
from tenure.rules import projects_merge, projects_text
from tenure.rules.projects_merge import Change
from tenure.rules.projects_text import Line
from tenure.views import listing
from tenure.views.drawers import answer, done
from tenure.views.projects_site import editable, ended, find, frame, today
from tenure.views.shell import PageRequest, needs

VIEW, EDIT = projects.VIEW, projects.EDIT
NOUNS = {"label": "Labels", "milestone": "Milestones", "issue": "Issues", "project": "Texts"}
FIELDS = {
    "title": "Title", "description": "Text", "labels": "Labels", "milestone": "Milestone", "weight": "Weight", "confidential": "Confidential",
    "due_date": "Due", "start_date": "Begins", "name": "Name", "color": "Colour", "note": "Note", "board": "Column of the board", "readme": "README.md",
    "instructions": "PLEASE-READ-THESE-INSTRUCTIONS.md",
}  # fmt: skip


@needs(VIEW)
@require_GET
def check(request: PageRequest, pk: int) -> HttpResponse:
    """What differs from the template, why it matters, and a mend for each."""
    here = find(request, pk)
    template, coming = projects.template_of(here.project), projects.newer(here.project, request.today)
    found = queries_check.differences(here.project, request.today)
    context = {
        "found": found,
        "template": template,
        "coming": coming,
        "mendable": any(projects_mending.alone(one) for one in found),
    }
    return render(request, "projects/check.html", frame(here, "check") | context)


@needs(EDIT)
@require_POST
def mend(request: PageRequest, pk: int) -> HttpResponse:
    """Mend one difference, or everything that can be; it can be taken back."""
    here = editable(request, pk)
    code, url = request.POST.get("code", ""), reverse("projects:check", args=[pk])
    try:
        events, left = projects_mending.mend(here.project, [code] if code else None, **today(request))
    except Refused as refusal:
        messages.error(request, refusal.sentence)
        return done(request, url)
    rest = f" {len(left)} need{'s' if len(left) == 1 else ''} a person." if left else ""
    words = "Mended." if code else f"Mended what could be.{rest}"
    if not events:
        messages.success(request, "Nothing could be mended: a person has to do something first.")
    return ended(request, here, words, events, url)


@needs(EDIT)
@require_http_methods(["GET", "POST"])
def update(request: PageRequest, pk: int) -> HttpResponse:
    """Preview what a later version of the template changes, choose where both changed, take it over; it can be taken back."""
    here = editable(request, pk)
    url, errors = reverse("projects:check", args=[pk]), {}
    if request.method == "POST":
        form = request.POST
        choices = {name.removeprefix("c-"): form[name] for name in form if name.startswith("c-")}
        version = next(iter(listing.numbers([form.get("version", "")])), 0)
        try:
            events = projects_updating.update(here.project, version, choices, **today(request))
            return ended(request, here, f"{here.project.name} follows version {version} now.", events, url)
        except Refused as refusal:
            errors = {"form": refusal.sentence, "code": refusal.field}
    template, found = projects_template.coming(here.project, request.today)
    clean, open_ = projects_merge.counted(found)
    context = {
        "coming": template,
        "groups": _groups(here.project.pk, found),
        "clean": clean,
        "open": open_,
        "given": request.POST,
    }
    return answer(request, "projects/update.html", frame(here, "check") | context, errors)


def _groups(pk: int, found: list[Change]) -> list[tuple[str, list[dict[str, Any]]]]:
    """The changes by what they are about, in words."""
    names = dict(ProjectLabel.objects.filter(project=pk).exclude(key="").values_list("key", "name"))
    stones = dict(ProjectMilestone.objects.filter(project=pk).exclude(key="").values_list("key", "title"))
    rows = [
        (one.noun, {"c": one, "field": FIELDS.get(one.field, one.field), **_sides(one, names, stones), **_lines(one)})
        for one in found
    ]
    return [(title, mine) for noun, title in NOUNS.items() if (mine := [row for key, row in rows if key == noun])]


def _sides(one: Change, names: dict[str, str], stones: dict[str, str]) -> dict[str, str]:
    return {side: _words(one, getattr(one, side), names, stones) for side in ("base", "ours", "theirs")}


def _lines(one: Change) -> dict[str, Sequence[Line]]:
    """A text line by line: what it would become; where both changed it, what each of them made of what the template said before."""
    if one.what != "changed" or one.field not in projects_merge.TEXT:
        return {}
    base, ours, theirs, merged = (str(side or "") for side in (one.base, one.ours, one.theirs, one.merged))
    if one.state == "clash":
        return {"mine": projects_text.compared(base, ours), "new": projects_text.compared(base, theirs)}
    return {"lines": projects_text.compared(ours, merged)}


def _words(one: Change, value: Any, names: dict[str, str], stones: dict[str, str]) -> str:
    if one.what != "changed":
        return str((value or {}).get("description") or (value or {}).get("note") or "") if value else ""
    if one.field == "labels":
        return ", ".join(names.get(key, key) for key in value or ()) or "none"
    if one.field == "milestone":
        return stones.get(value or "", value or "none")
    if one.field.endswith("_date") and value:
        return f"{date.fromisoformat(value):%-d %b %Y}"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value) if value not in (None, "") else "nothing"
