"""One issue of a project: its drawer or page, its forms, its boxes, what is said about it."""

from collections.abc import Callable, Sequence
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tenure.actions import projects_comments
from tenure.actions import projects_issues as actions
from tenure.actions.merging import Clash
from tenure.actions.refusals import Refused
from tenure.models import ProjectIssue, ProjectLabel, ProjectMilestone
from tenure.queries import mentions, projects, projects_issues
from tenure.views import listing
from tenure.views.clashes import seen
from tenure.views.drawers import Errors, day, day_given, done
from tenure.views.projects_site import CHANGED, Here, attempt, drawer, editable, find, frame, moment, stood, today, told
from tenure.views.shell import PageRequest, needs

VIEW, EDIT = projects.VIEW, projects.EDIT
LABELS = {"milestone_id": "Milestone", "due_date": "Due"}


def _one(here: Here, iid: int) -> ProjectIssue:
    row = projects_issues.one(here.project, here.rights.hidden, iid)
    if row is None:
        raise Http404
    return row


def url_of(here: Here, iid: int) -> str:
    """The address of an issue."""
    return reverse("projects:issue", args=[here.project.pk, iid])


@needs(VIEW)
@require_GET
def issue(request: PageRequest, pk: int, iid: int) -> HttpResponse:
    """The issue with its text, its boxes and its comments."""
    return _shown(request, find(request, pk), iid)


def _shown(
    request: PageRequest, here: Here, iid: int, *, turned: bool = False, error: str = "", draft: str = "", edited: dict[str, Any] | None = None
) -> HttpResponse:  # fmt: skip
    """The issue: in a drawer, as a page, or only its part where that asks. ``turned``: something of it was changed, so what lies below shows itself anew.
    ``draft``: a comment that isn't said yet; ``edited``: the comment whose form is open, and what was typed there."""
    row = _one(here, iid)
    context = {
        "row": row, "comments": projects_issues.comments(row), "may_say": projects_comments.may(request.user, here.project), "error": error, "draft": draft, "edited": edited,
        "tick_url": reverse("projects:issue_tick", args=[here.project.pk, iid]) if here.rights.edit else "", "today": request.today,
    }  # fmt: skip
    if request.htmx and request.htmx.target == "issue":
        response = render(request, "projects/issue_body.html", frame(here, "issues") | context)
    else:
        response = drawer(request, "projects/issue.html", here, context)
    if turned:
        response["HX-Trigger"] = CHANGED
    return response


def _do(
    request: PageRequest, pk: int, iid: int, act: Callable[[Here, ProjectIssue], Any], text: str = "", *, edited: dict[str, Any] | None = None
) -> HttpResponse:  # fmt: skip
    """Carry something out and show the issue anew; what was refused is said. A comment that isn't said yet comes along and stays."""
    here = find(request, pk)
    row = _one(here, iid)
    try:
        event = act(here, row)
        if text and event:
            told(request, here, text, [event], stood(request, url_of(here, iid)))
    except Refused as refusal:
        if refusal.code == "not_allowed":
            return HttpResponse(status=403)
        messages.error(request, refusal.sentence)
    if not request.htmx:
        return done(request, url_of(here, iid))
    return _shown(request, find(request, pk), iid, turned=True, draft=request.POST.get("text", ""), edited=edited)


@needs(EDIT)
@require_http_methods(["GET", "POST"])
def issue_create(request: PageRequest, pk: int) -> HttpResponse:
    """Add an issue; it can be taken back."""
    here = editable(request, pk)
    if request.method == "GET":
        start = {
            "labels": listing.numbers(request.GET.getlist("label")),
            "milestone": request.GET.get("milestone", ""),
            "assignees": [],
        }
        return _form(request, here, None, start)
    try:
        row, event = actions.create(here.project, _given(request), **today(request))
    except Refused as refusal:
        return _form(request, here, None, _typed(request), {refusal.field or "form": refusal.sentence})
    back = stood(request, reverse("projects:issues", args=[pk]))
    told(request, here, f"#{row.iid} {row.title} is added.", [event], back)
    return done(request, back)


@needs(EDIT)
@require_http_methods(["GET", "POST"])
def issue_change(request: PageRequest, pk: int, iid: int) -> HttpResponse:
    """Change an issue: its fields and its text."""
    here = editable(request, pk)
    row = _one(here, iid)
    if request.method == "GET":
        return _form(request, here, row, _values(row))
    try:
        event, clashes = actions.change(here.project, row.pk, _given(request), **today(request), seen=_seen(request))
    except Refused as refusal:
        return _form(request, here, row, _typed(request), {refusal.field or "form": refusal.sentence})
    if clashes:
        return _clashed(request, here, _one(here, iid), clashes)
    told(request, here, f"#{iid} is saved.", [event], stood(request, url_of(here, iid)))
    return _shown(request, find(request, pk), iid, turned=True) if request.htmx else done(request, url_of(here, iid))


def _clashed(request: PageRequest, here: Here, row: ProjectIssue, clashes: Any) -> HttpResponse:
    """The form again: what others wrote meanwhile stands beside what this person wrote."""
    errors = {_name(one): f"Somebody changed this meanwhile to: {_said(one)}. Save again to overwrite it." for one in clashes}
    return _form(request, here, row, {**_values(row), **{_name(one): _typed(request)[_name(one)] for one in clashes}}, errors)


def _name(one: Clash) -> str:
    return one.name.removesuffix("_id")


def _said(one: Clash) -> str:
    if one.name == "labels":
        return ", ".join(ProjectLabel.objects.filter(pk__in=one.theirs).values_list("name", flat=True)) or "none"
    if one.name == "milestone_id":
        found = ProjectMilestone.objects.filter(pk=one.theirs).first()
        return found.title if found else "none"
    return str(one.theirs) if one.theirs not in (None, "", []) else "nothing"


def _given(request: PageRequest) -> dict[str, Any]:
    """The fields of a form as the action takes them. Raises Refused."""
    form = request.POST
    weight = form.get("weight", "").strip()
    if weight and not (weight.isascii() and weight.isdecimal() and len(weight) < 6):
        raise Refused("A weight is a number from 0 to 100.", "invalid", "weight")
    stones = chosen(form.getlist("milestone")[-1:], "milestone")
    return {
        "title": form.get("title", ""), "description": form.get("description", ""), "labels": chosen(form.getlist("label"), "labels"),
        "milestone": stones[0] if stones else None, "assignees": chosen(form.getlist("assignee"), "assignees"), "due_date": day_given(form.get("due_date"), "due_date"),
        "weight": int(weight) if weight else None, "confidential": bool(form.get("confidential")),
    }  # fmt: skip


def chosen(texts: Sequence[str], field: str) -> list[int]:
    """The ids that a form chooses; none of what is no id may be taken for "none chosen". Raises Refused."""
    found = listing.numbers(texts)
    if len(found) < len([one for one in texts if one]):
        raise Refused("Choose from the list.", "invalid", field)
    return found


def _seen(request: PageRequest) -> dict[str, Any]:
    """What the form showed when it was opened."""
    was = seen(request.POST)
    found: dict[str, Any] = {name: was[name] for name in ("title", "description") if name in was}
    for name in ("labels", "assignees"):
        found |= {name: sorted(listing.numbers(was[name].split(",")))} if name in was else {}
    found |= {"milestone_id": next(iter(listing.numbers([was["milestone"]])), None)} if "milestone" in was else {}
    found |= {"weight": next(iter(listing.numbers([was["weight"]])), None)} if "weight" in was else {}
    found |= {"due_date": day(was["due_date"])} if "due_date" in was else {}
    return found | ({"confidential": was["confidential"] == "1"} if "confidential" in was else {})


def _typed(request: PageRequest) -> dict[str, Any]:
    form = request.POST
    numbers = {"labels": listing.numbers(form.getlist("label")), "assignees": listing.numbers(form.getlist("assignee"))}
    return {
        **{name: form.get(name, "") for name in ("title", "description", "milestone", "weight", "due_date", "confidential")},
        **numbers,
    }


def _values(row: ProjectIssue) -> dict[str, Any]:
    return {
        "title": row.title, "description": row.description, "milestone": str(row.milestone_id or ""), "weight": "" if row.weight is None else str(row.weight),
        "due_date": row.due_date.isoformat() if row.due_date else "", "confidential": "1" if row.confidential else "",
        "labels": sorted(label.pk for label in row.labels.all()), "assignees": sorted(one.pk for one in row.assignees.all()),
    }  # fmt: skip


def _form(
    request: PageRequest, here: Here, row: ProjectIssue | None, values: dict[str, Any], errors: Errors | None = None
) -> HttpResponse:
    context = {
        "row": row, "v": values, "was": _values(row) if row else {}, "people": projects.members(here.project),
        "labels": ProjectLabel.objects.filter(project=here.project, deleted_at=None),
        "stones": ProjectMilestone.objects.filter(project=here.project, deleted_at=None),
        "given": [int(one) for one in values.get("labels", ())], "to": [int(one) for one in values.get("assignees", ())],
    }  # fmt: skip
    return drawer(request, "projects/issue_form.html", here, context, errors)


@needs(EDIT)
@require_POST
def issue_close(request: PageRequest, pk: int, iid: int) -> HttpResponse:
    """Close it."""
    return _do(request, pk, iid, lambda here, row: actions.close(here.project, row.pk, **today(request)), f"#{iid} is closed.")


@needs(EDIT)
@require_POST
def issue_reopen(request: PageRequest, pk: int, iid: int) -> HttpResponse:
    """Open it again."""
    return _do(
        request, pk, iid, lambda here, row: actions.reopen(here.project, row.pk, **today(request)), f"#{iid} is open again."
    )


@needs(EDIT)
@require_POST
def issue_delete(request: PageRequest, pk: int, iid: int) -> HttpResponse:
    """Delete it; it can be brought back."""
    here = editable(request, pk)
    row = _one(here, iid)
    _, event = attempt(request, lambda: actions.delete(here.project, row.pk, **today(request)))
    back = stood(request, reverse("projects:issues", args=[pk]))
    back = reverse("projects:issues", args=[pk]) if back.partition("?")[0] == url_of(here, iid) else back
    told(request, here, f"#{iid} is deleted.", [event], back)
    return done(request, back)


@needs(EDIT)
@require_POST
def issue_tick(request: PageRequest, pk: int, iid: int) -> HttpResponse:
    """Tick a box of its text, or take the tick away."""
    box = next(iter(listing.numbers([request.POST.get("box", "")])), 0)
    words, ticked = request.POST.get("words", ""), bool(request.POST.get("done"))
    return _do(request, pk, iid, lambda here, row: actions.tick(here.project, row.pk, box, words, ticked, **moment(request)))


@needs(EDIT)
@require_POST
def issue_comment(request: PageRequest, pk: int, iid: int) -> HttpResponse:
    """Say something about it."""
    here = find(request, pk)
    try:
        projects_comments.add(here.project, _one(here, iid).pk, request.POST.get("text", ""), **moment(request))
    except Refused as refusal:
        return _shown(request, here, iid, error=refusal.sentence, draft=request.POST.get("text", ""))
    return _shown(request, here, iid, turned=True) if request.htmx else done(request, url_of(here, iid))


@needs(EDIT)
@require_POST
def comment_change(request: PageRequest, pk: int, iid: int, comment: int) -> HttpResponse:
    """Change one's own remark; what is refused stays in its form."""
    here = find(request, pk)
    row, typed, draft = _one(here, iid), request.POST.get("edit", ""), request.POST.get("text", "")
    if not row.comments.filter(pk=comment, author=request.user).exists():
        return _do(request, pk, iid, lambda here, _: projects_comments.change(here.project, comment, typed, **moment(request)))
    try:
        projects_comments.change(here.project, comment, typed, **moment(request))
    except Refused as refusal:
        return _shown(request, here, iid, error=refusal.sentence, draft=draft, edited={"pk": comment, "text": typed})
    return _shown(request, here, iid, turned=True, draft=draft) if request.htmx else done(request, url_of(here, iid))


@needs(EDIT)
@require_POST
def comment_delete(request: PageRequest, pk: int, iid: int, comment: int) -> HttpResponse:
    """Take back one's own remark; its place offers it again."""
    return _do(request, pk, iid, lambda here, row: projects_comments.delete(here.project, comment, **moment(request)))


@needs(EDIT)
@require_POST
def comment_restore(request: PageRequest, pk: int, iid: int, comment: int) -> HttpResponse:
    """Bring a remark of one's own back; what was typed in its form stays there."""
    edited = {"pk": comment, "text": request.POST["edit"]} if "edit" in request.POST else None
    return _do(
        request, pk, iid, lambda here, row: projects_comments.restore(here.project, comment, **moment(request)), edited=edited
    )


@needs(VIEW)
@require_GET
def people_like(request: PageRequest, pk: int, iid: int) -> HttpResponse:
    """People to name who may read the issue, as one types after an @."""
    project, row = (here := find(request, pk)).project, _one(here, iid)
    asked = request.GET.get("q", "")[:100]
    people = mentions.like(asked, project.account, lambda user: projects.reads(user, project, row))
    return render(request, "comments/people.html", {"people": people})
